//! A price that walks at random and is seen in whole steps alone: what its last prices say of where between two
//! steps it stands, and how far it moves a day.
//!
//! A filter on a lattice, as of a hidden Markov model (Rabiner 1989): the hidden state is the place within the step that
//! was seen, and one of several volatilities, which wander. Where a step is several days' moves wide, a price that has just
//! crossed to the next one will often come back, and one that has stood for long will hardly move; both follow.

/// Places within a step.
const PLACES: usize = 12;
/// Volatilities, each so many times the one before it.
const VOLATILITIES: usize = 16;
const RATIO: f64 = 1.5;
/// The lowest, a fraction of the price a day.
const LOWEST: f64 = 0.0005;

/// The filter.
#[derive(Debug, Clone)]
pub(super) struct RoundedWalk {
    shape: Shape,
    /// Probability that the volatility becomes the next higher one within a day, and the next lower one.
    wander: f64,
    /// Probability of each volatility and place, given all prices so far.
    state: [[f64; PLACES]; VOLATILITIES],
}

impl RoundedWalk {
    /// Before any price: everything is as likely. Daily moves are Student-t with `nu` degrees of freedom, an
    /// even number.
    pub fn new(nu: i32, wander: f64) -> RoundedWalk {
        let each = 1.0 / (PLACES * VOLATILITIES) as f64;
        RoundedWalk { shape: Shape::new(nu), wander, state: [[each; PLACES]; VOLATILITIES] }
    }

    /// Takes in the next day's price, `steps` away from the last one, which stood at `level` steps above zero.
    pub fn observe(&mut self, steps: f64, level: f64) {
        let before = self.wandered();
        for (k, (places, before)) in self.state.iter_mut().zip(&before).enumerate() {
            let scale = scale_of(k, level, 1.0);
            let kernel: [f64; 2 * PLACES - 1] = std::array::from_fn(|difference| {
                let apart = steps * PLACES as f64 + difference as f64 - (PLACES - 1) as f64;
                self.shape.between(apart, scale)
            });
            for (to, place) in places.iter_mut().enumerate() {
                let from = before.iter().enumerate();
                *place = from.map(|(from, p)| p * kernel[to + PLACES - 1 - from]).sum();
            }
        }
        let sum: f64 = self.state.as_flattened().iter().sum();
        if sum > 1e-280 {
            self.state.as_flattened_mut().iter_mut().for_each(|p| *p /= sum);
        } else {
            // Farther than any volatility here explains: the price stands anywhere.
            self.state = before;
            self.forget_place();
        }
    }

    /// The price was moved to another grid, by a split say: where it stands between its steps is unknown again.
    pub fn forget_place(&mut self) {
        for places in &mut self.state {
            let mean = places.iter().sum::<f64>() / PLACES as f64;
            places.fill(mean);
        }
    }

    /// The probability that the price, `days` ahead, stays under a bound, in steps from the last price.
    pub fn below(&self, bound: f64, level: f64, days: f64) -> f64 {
        let each = self.wandered();
        let of = |(k, places): (usize, &[f64; PLACES])| {
            let scale = scale_of(k, level, days);
            let edge = |place: usize| self.shape.integral(((bound + 0.5) * PLACES as f64 - place as f64) / scale);
            let mut upper = edge(0);
            let mut sum = 0.0;
            for (place, p) in places.iter().enumerate() {
                let lower = edge(place + 1);
                sum += p * scale * (upper - lower);
                upper = lower;
            }
            sum
        };
        each.iter().enumerate().map(of).sum::<f64>().clamp(0.0, 1.0)
    }

    /// The state on the next day, before its price.
    fn wandered(&self) -> [[f64; PLACES]; VOLATILITIES] {
        std::array::from_fn(|k| {
            let (lower, higher) = (k.saturating_sub(1), (k + 1).min(VOLATILITIES - 1));
            std::array::from_fn(|place| {
                let [here, below, above] = [k, lower, higher].map(|k| self.state[k][place]);
                here + self.wander * (below + above - 2.0 * here)
            })
        })
    }
}

/// The scale of the moves over some days, in places.
fn scale_of(volatility: usize, level: f64, days: f64) -> f64 {
    LOWEST * RATIO.powi(volatility as i32) * days.sqrt() * level * PLACES as f64
}

/// A Student-t distribution with an even number of degrees of freedom, whose functions are finite sums.
#[derive(Debug, Clone)]
struct Shape {
    nu: f64,
    terms: Vec<f64>,
    /// The density at zero.
    peak: f64,
}

impl Shape {
    fn new(nu: i32) -> Shape {
        let term = |term: &mut f64, k: i32| {
            if k > 0 {
                *term *= f64::from(2 * k - 1) / f64::from(2 * k);
            }
            Some(*term)
        };
        let terms: Vec<f64> = (0..nu / 2).scan(1.0, term).collect();
        let peak = terms.iter().sum::<f64>() / (2.0 * f64::from(nu).sqrt());
        Shape { nu: f64::from(nu), terms, peak }
    }

    fn density(&self, z: f64) -> f64 {
        let base = 1.0 + z * z / self.nu;
        self.peak / (base.powi((self.nu / 2.0) as i32) * base.sqrt())
    }

    /// F(z) = 1/2 + sin(a)/2 (1 + cos(a)^2 / 2 + ...), tan(a) = z / sqrt(nu) (Abramowitz & Stegun 26.7.4).
    fn distribution(&self, z: f64) -> f64 {
        let square = self.nu / (self.nu + z * z); // cos(a)^2
        let sum = self.terms.iter().rev().fold(0.0, |sum, term| sum * square + term);
        0.5 + 0.5 * sum * z / (self.nu + z * z).sqrt()
    }

    /// The integral of F up to z: z F(z) + (nu + z^2) / (nu - 1) f(z).
    fn integral(&self, z: f64) -> f64 {
        z * self.distribution(z) + (self.nu + z * z) / (self.nu - 1.0) * self.density(z)
    }

    /// The probability of a move from anywhere in one place to another place, so many places apart.
    fn between(&self, apart: f64, scale: f64) -> f64 {
        const WIDE: f64 = 3.0;
        if scale > WIDE {
            return self.density(apart / scale) / scale;
        }
        let [above, here, below] = [apart + 1.0, apart, apart - 1.0].map(|places| self.integral(places / scale));
        // Far out the difference is lost in rounding, and the density is all there is to it.
        (scale * (above - 2.0 * here + below)).max(self.density((apart.abs() + 1.0) / scale) / scale * 1e-3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{ContinuousCDF, StudentsT};

    #[test]
    fn sums_are_the_distribution() {
        for nu in [4, 16] {
            let shape = Shape::new(nu);
            let exact = StudentsT::new(0.0, 1.0, f64::from(nu)).unwrap();
            for z in [-30.0, -2.0, -0.3, 0.0, 0.7, 5.0] {
                assert!((shape.distribution(z) - exact.cdf(z)).abs() < 1e-9, "{nu} {z}");
                let slope = (shape.integral(z + 1e-5) - shape.integral(z - 1e-5)) / 2e-5;
                assert!((slope - exact.cdf(z)).abs() < 1e-6, "{nu} {z}");
            }
        }
    }

    #[test]
    fn places_are_reached_with_probability_one() {
        let shape = Shape::new(4);
        for scale in [0.1, 1.0, 2.9, 3.1, 20.0] {
            let sum: f64 = (-4000..=4000).map(|apart| shape.between(f64::from(apart), scale)).sum();
            assert!((sum - 1.0).abs() < 2e-3, "{scale}: {sum}");
        }
    }

    /// Just after a change the price stands at the edge and may go back; after a year of rest it stands anywhere.
    #[test]
    fn a_price_that_has_just_moved_may_come_back() {
        let mut walk = RoundedWalk::new(4, 0.02);
        (0..250).for_each(|_| walk.observe(0.0, 2.0));
        let rested = walk.below(-0.5, 2.0, 1.0);
        walk.observe(1.0, 2.0);
        let (back, further) = (walk.below(-0.5, 3.0, 1.0), 1.0 - walk.below(0.5, 3.0, 1.0));
        assert!(rested < 0.02 && back > 0.1 && further < 0.1, "{rested} {back} {further}");
        assert!(walk.below(-0.5, 3.0, 10.0) > back);
        walk.forget_place();
        assert!(walk.below(-0.5, 3.0, 1.0) < back);
    }
}
