//! A random walk that is observed rounded to the tick: a filter that estimates its position within the tick and its
//! volatility.
//!
//! It is the forward algorithm of a hidden Markov model (Rabiner 1989) on a lattice. The hidden state is the position
//! within the observed tick, and one of several volatilities, which change over time. If the tick is as wide as several
//! days' moves, a price that has just changed often reverts, and one that has long been unchanged seldom changes; both
//! follow from the model.

/// Number of positions within a tick.
const POSITIONS: usize = 12;
/// Number of differences between two positions.
const DIFFERENCES: usize = 2 * POSITIONS - 1;
/// Number of volatilities, each `RATIO` times the previous one.
const VOLATILITIES: usize = 16;
const RATIO: f64 = 1.5;
/// A volatility of a lower probability is left out of the distribution of a later price.
const NEGLIGIBLE: f64 = 1e-10;
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
            let apart: [f64; DIFFERENCES] =
                std::array::from_fn(|difference| steps * POSITIONS as f64 + difference as f64 - (POSITIONS - 1) as f64);
            let kernel = self.moves.between(apart, scale);
            *positions = [0.0; POSITIONS];
            for (from, p) in before.iter().enumerate() {
                let to = &kernel[POSITIONS - 1 - from..];
                positions.iter_mut().zip(to).for_each(|(position, probability)| *position += p * probability);
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
        let scaled = self.predicted().into_iter().enumerate().map(|(k, p)| (p, scale_of(k, level, days)));
        let levels = scaled.filter(|(p, _)| p.iter().sum::<f64>() > NEGLIGIBLE).collect();
        WalkAhead { moves: &self.moves, levels }
    }

    /// Returns the distribution of the state on the next day, before its price is observed.
    fn predicted(&self) -> [[f64; POSITIONS]; VOLATILITIES] {
        std::array::from_fn(|k| {
            let (lower, higher) = (k.saturating_sub(1), (k + 1).min(VOLATILITIES - 1));
            let [here, below, above] = [k, lower, higher].map(|k| &self.state[k]);
            std::array::from_fn(|at| here[at] + self.transition * (below[at] + above[at] - 2.0 * here[at]))
        })
    }
}

/// The distribution of a later price.
#[derive(Debug)]
pub(super) struct WalkAhead<'a> {
    moves: &'a EvenStudentT,
    /// For each volatility that is not negligible, the probability of each position and the scale of the moves.
    levels: Vec<([f64; POSITIONS], f64)>,
}

impl WalkAhead<'_> {
    /// Returns the probability of a price below a bound, in ticks from the last price.
    pub fn below(&self, bound: f64) -> f64 {
        let of = |(positions, scale): &([f64; POSITIONS], f64)| {
            let first = (bound + 0.5) * POSITIONS as f64;
            let mut edges = [0.0; POSITIONS + 1];
            for (position, edge) in edges.iter_mut().enumerate() {
                *edge = (first - position as f64) / scale;
            }
            let integrals = self.moves.integrals(edges);
            let each = positions.iter().zip(integrals.windows(2));
            scale * each.map(|(p, edges)| p * (edges[0] - edges[1])).sum::<f64>()
        };
        self.levels.iter().map(of).sum::<f64>().clamp(0.0, 1.0)
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

    /// Returns the integral of F up to each z: z F(z) + (nu + z^2) / (nu - 1) f(z). With tan(a) = z / sqrt(nu), F(z) =
    /// 1/2 + sin(a)/2 (1 + cos(a)^2 / 2 + ...) (Abramowitz & Stegun 26.7.4), a polynomial in cos(a)^2, and the second
    /// summand is nu / (nu - 1) f(0) cos(a)^(nu - 1). All are computed together, so that the loops are vectorised.
    fn integrals<const N: usize>(&self, z: [f64; N]) -> [f64; N] {
        let Some((last, terms)) = self.terms.split_last() else { return [0.0; N] };
        let (mut squares, mut sums, mut powers) = ([0.0; N], [*last; N], [self.nu / (self.nu - 1.0) * self.peak; N]);
        for k in 0..N {
            squares[k] = 1.0 / (1.0 + z[k] * z[k] / self.nu);
        }
        for term in terms.iter().rev() {
            for k in 0..N {
                sums[k] = sums[k] * squares[k] + term;
                powers[k] *= squares[k];
            }
        }
        let half_root = 0.5 / self.nu.sqrt();
        let mut integrals = [0.0; N];
        for k in 0..N {
            let cosine = squares[k].sqrt();
            integrals[k] = z[k] * (0.5 + half_root * sums[k] * z[k] * cosine) + powers[k] * cosine;
        }
        integrals
    }

    /// Returns the probabilities of moves from a uniform point in one position to the positions `apart` positions away.
    fn between(&self, apart: [f64; DIFFERENCES], scale: f64) -> [f64; DIFFERENCES] {
        const MIN_SMOOTH_SCALE: f64 = 3.0;
        if scale > MIN_SMOOTH_SCALE {
            return apart.map(|apart| self.density(apart / scale) / scale);
        }
        let [above, here, below] =
            [1.0, 0.0, -1.0].map(|move_by| self.integrals(apart.map(|apart| (apart + move_by) / scale)));
        std::array::from_fn(|k| {
            // In the tails, rounding errors exceed the difference, and the density is used instead.
            let tail = self.density((apart[k].abs() + 1.0) / scale) / scale * 1e-3;
            (scale * (above[k] - 2.0 * here[k] + below[k])).max(tail)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{Continuous, ContinuousCDF, StudentsT};

    #[test]
    fn integrals_are_those_of_the_distribution_function() {
        for nu in [4, 16] {
            let (shape, nu) = (EvenStudentT::new(nu), f64::from(nu));
            let exact = StudentsT::new(0.0, 1.0, nu).unwrap();
            for z in [-30.0, -2.0, -0.3, 0.0, 0.7, 5.0] {
                let integral = z * exact.cdf(z) + (nu + z * z) / (nu - 1.0) * exact.pdf(z);
                let [own] = shape.integrals([z]);
                assert!((own - integral).abs() < 1e-12, "{nu} {z}: {}", own - integral);
                assert!((shape.density(z) - exact.pdf(z)).abs() < 1e-13, "{nu} {z}");
            }
        }
    }

    #[test]
    fn probabilities_of_positions_sum_to_one() {
        let shape = EvenStudentT::new(4);
        for scale in [0.1, 1.0, 2.9, 3.1, 20.0] {
            let first = |block: i32| block * DIFFERENCES as i32;
            let apart = |block: i32| std::array::from_fn(|k| f64::from(first(block)) + k as f64);
            let sum: f64 = (-200..200).flat_map(|block| shape.between(apart(block), scale)).sum();
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
