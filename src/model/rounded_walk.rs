//! A random walk that is observed rounded to the tick: a filter that estimates its position within the tick and its
//! volatility.
//!
//! It is the forward algorithm of a hidden Markov model (Rabiner 1989) on a lattice. The hidden state is the position
//! within the observed tick, and one of several volatilities, which change over time. If the tick is as wide as several
//! days' moves, a price that has just changed often reverts, and one that has long been unchanged seldom changes; both
//! follow from the model.

/// Number of positions within a tick.
const POSITIONS: usize = 12;
/// Number of volatilities, each `RATIO` times the previous one.
const VOLATILITIES: usize = 16;
const RATIO: f64 = 1.5;
/// The lowest volatility, as a fraction of the price per day.
const MIN_VOLATILITY: f64 = 0.0005;

/// The filter's state.
#[derive(Debug, Clone)]
pub(super) struct RoundedWalk {
    moves: EvenStudentT,
    /// Probability that the volatility changes to the next higher level within a day, and equally to the next lower
    /// one.
    transition: f64,
    /// Probability of each volatility and position, given all prices so far.
    state: [[f64; POSITIONS]; VOLATILITIES],
}

impl RoundedWalk {
    /// Returns the filter before any price, with a uniform distribution. Daily moves are Student-t with `nu` degrees of
    /// freedom, an even number.
    pub fn new(nu: i32, transition: f64) -> RoundedWalk {
        let each = 1.0 / (POSITIONS * VOLATILITIES) as f64;
        RoundedWalk { moves: EvenStudentT::new(nu), transition, state: [[each; POSITIONS]; VOLATILITIES] }
    }

    /// Updates the state with the next day's price, `steps` ticks from the last price, which was `level` ticks.
    pub fn observe(&mut self, steps: f64, level: f64) {
        let before = self.predicted();
        for (k, (positions, before)) in self.state.iter_mut().zip(&before).enumerate() {
            let scale = scale_of(k, level, 1.0);
            let kernel: [f64; 2 * POSITIONS - 1] = std::array::from_fn(|difference| {
                let apart = steps * POSITIONS as f64 + difference as f64 - (POSITIONS - 1) as f64;
                self.moves.between(apart, scale)
            });
            for (to, position) in positions.iter_mut().enumerate() {
                let from = before.iter().enumerate();
                *position = from.map(|(from, p)| p * kernel[to + POSITIONS - 1 - from]).sum();
            }
        }
        let sum: f64 = self.state.as_flattened().iter().sum();
        if sum > 1e-280 {
            self.state.as_flattened_mut().iter_mut().for_each(|p| *p /= sum);
        } else {
            // The move is larger than any of the volatilities explains.
            self.state = before;
            self.forget_position();
        }
    }

    /// Makes the distribution of the position uniform, as after a split, which changes the grid.
    pub fn forget_position(&mut self) {
        for positions in &mut self.state {
            let mean = positions.iter().sum::<f64>() / POSITIONS as f64;
            positions.fill(mean);
        }
    }

    /// Returns the distribution of the price `days` ahead, from the last price, which is `level` ticks.
    pub fn ahead(&self, level: f64, days: f64) -> WalkAhead<'_> {
        let scales = std::array::from_fn(|k| scale_of(k, level, days));
        WalkAhead { moves: &self.moves, predicted: self.predicted(), scales }
    }

    /// Returns the distribution of the state on the next day, before its price is observed.
    fn predicted(&self) -> [[f64; POSITIONS]; VOLATILITIES] {
        std::array::from_fn(|k| {
            let (lower, higher) = (k.saturating_sub(1), (k + 1).min(VOLATILITIES - 1));
            std::array::from_fn(|position| {
                let [here, below, above] = [k, lower, higher].map(|k| self.state[k][position]);
                here + self.transition * (below + above - 2.0 * here)
            })
        })
    }
}

/// The distribution of a later price.
#[derive(Debug)]
pub(super) struct WalkAhead<'a> {
    moves: &'a EvenStudentT,
    /// Probability of each volatility and position.
    predicted: [[f64; POSITIONS]; VOLATILITIES],
    /// The scale of the moves at each volatility.
    scales: [f64; VOLATILITIES],
}

impl WalkAhead<'_> {
    /// Returns the probability of a price below a bound, in ticks from the last price.
    pub fn below(&self, bound: f64) -> f64 {
        let of = |(positions, scale): (&[f64; POSITIONS], &f64)| {
            let edge =
                |position: usize| self.moves.integral(((bound + 0.5) * POSITIONS as f64 - position as f64) / scale);
            let mut upper = edge(0);
            let mut sum = 0.0;
            for (position, p) in positions.iter().enumerate() {
                let lower = edge(position + 1);
                sum += p * scale * (upper - lower);
                upper = lower;
            }
            sum
        };
        self.predicted.iter().zip(&self.scales).map(of).sum::<f64>().clamp(0.0, 1.0)
    }
}

/// Returns the scale of the moves over some days, in positions.
fn scale_of(volatility: usize, level: f64, days: f64) -> f64 {
    MIN_VOLATILITY * RATIO.powi(volatility as i32) * days.sqrt() * level * POSITIONS as f64
}

/// A Student-t distribution with an even number of degrees of freedom, whose distribution function is a finite sum.
#[derive(Debug, Clone)]
struct EvenStudentT {
    nu: f64,
    terms: Vec<f64>,
    /// The density at zero.
    peak: f64,
}

impl EvenStudentT {
    fn new(nu: i32) -> EvenStudentT {
        let term = |term: &mut f64, k: i32| {
            if k > 0 {
                *term *= f64::from(2 * k - 1) / f64::from(2 * k);
            }
            Some(*term)
        };
        let terms: Vec<f64> = (0..nu / 2).scan(1.0, term).collect();
        let peak = terms.iter().sum::<f64>() / (2.0 * f64::from(nu).sqrt());
        EvenStudentT { nu: f64::from(nu), terms, peak }
    }

    fn density(&self, z: f64) -> f64 {
        let base = 1.0 + z * z / self.nu;
        self.peak / (base.powi((self.nu / 2.0) as i32) * base.sqrt())
    }

    /// Returns F(z) = 1/2 + sin(a)/2 (1 + cos(a)^2 / 2 + ...), tan(a) = z / sqrt(nu) (Abramowitz & Stegun 26.7.4).
    fn distribution(&self, z: f64) -> f64 {
        let square = self.nu / (self.nu + z * z); // cos(a)^2
        let sum = self.terms.iter().rev().fold(0.0, |sum, term| sum * square + term);
        0.5 + 0.5 * sum * z / (self.nu + z * z).sqrt()
    }

    /// Returns the integral of F up to z: z F(z) + (nu + z^2) / (nu - 1) f(z).
    fn integral(&self, z: f64) -> f64 {
        z * self.distribution(z) + (self.nu + z * z) / (self.nu - 1.0) * self.density(z)
    }

    /// Returns the probability of a move from a uniform point in one position to the position `apart` positions away.
    fn between(&self, apart: f64, scale: f64) -> f64 {
        const MIN_SMOOTH_SCALE: f64 = 3.0;
        if scale > MIN_SMOOTH_SCALE {
            return self.density(apart / scale) / scale;
        }
        let [above, here, below] = [apart + 1.0, apart, apart - 1.0].map(|positions| self.integral(positions / scale));
        // In the tails, rounding errors exceed the difference, and the density is used instead.
        (scale * (above - 2.0 * here + below)).max(self.density((apart.abs() + 1.0) / scale) / scale * 1e-3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{ContinuousCDF, StudentsT};

    #[test]
    fn sums_are_the_distribution_function() {
        for nu in [4, 16] {
            let shape = EvenStudentT::new(nu);
            let exact = StudentsT::new(0.0, 1.0, f64::from(nu)).unwrap();
            for z in [-30.0, -2.0, -0.3, 0.0, 0.7, 5.0] {
                assert!((shape.distribution(z) - exact.cdf(z)).abs() < 1e-9, "{nu} {z}");
                let slope = (shape.integral(z + 1e-5) - shape.integral(z - 1e-5)) / 2e-5;
                assert!((slope - exact.cdf(z)).abs() < 1e-6, "{nu} {z}");
            }
        }
    }

    #[test]
    fn probabilities_of_positions_sum_to_one() {
        let shape = EvenStudentT::new(4);
        for scale in [0.1, 1.0, 2.9, 3.1, 20.0] {
            let sum: f64 = (-4000..=4000).map(|apart| shape.between(f64::from(apart), scale)).sum();
            assert!((sum - 1.0).abs() < 2e-3, "{scale}: {sum}");
        }
    }

    /// Just after a change the price is near the edge of its tick and often reverts; after a year without change it can
    /// be anywhere.
    #[test]
    fn a_price_that_has_just_changed_may_revert() {
        let mut walk = RoundedWalk::new(4, 0.02);
        (0..250).for_each(|_| walk.observe(0.0, 2.0));
        let rested = walk.ahead(2.0, 1.0).below(-0.5);
        walk.observe(1.0, 2.0);
        let (back, further) = (walk.ahead(3.0, 1.0).below(-0.5), 1.0 - walk.ahead(3.0, 1.0).below(0.5));
        assert!(rested < 0.02 && back > 0.1 && further < 0.1, "{rested} {back} {further}");
        assert!(walk.ahead(3.0, 10.0).below(-0.5) > back);
        walk.forget_position();
        assert!(walk.ahead(3.0, 1.0).below(-0.5) < back);
    }
}
