//! The odds of a forecast: Student-t distributions of an ensemble, averaged by quantile.

use std::sync::Arc;

use super::calibration::RecalibrationMap;
use super::student_t;
use crate::nn::loss::StudentT;

/// The distribution of a target.
///
/// The quantile at p is the mean of the members' quantiles at p (Vincentization; Ratcliff 1979):
/// it keeps the members' shape, where a mixture of their densities would be wider than each of them.
/// Calibration then stretches it about its median.
#[derive(Debug, Clone, PartialEq)]
pub struct Distribution {
    /// One distribution a member; at least one.
    pub members: Vec<StudentT>,
    /// What distances from the median are multiplied by.
    pub width: f64,
    /// Which of the members' own levels holds the level asked for; their own, if there is none.
    pub levels: Option<Arc<RecalibrationMap>>,
}

impl Distribution {
    /// The odds of the members, as they are.
    pub fn of(members: Vec<StudentT>) -> Distribution {
        Distribution { members, width: 1.0, levels: None }
    }

    /// The value that the target stays under with probability `p`, 0 < p < 1.
    pub fn quantile(&self, p: f64) -> f64 {
        let own = match &self.levels {
            Some(map) if p < 0.5 => 0.5 - 0.5 * map.own(1.0 - 2.0 * p),
            // Mirrored, so that central intervals are central to the last bit.
            Some(map) if p > 0.5 => 0.5 + 0.5 * map.own(1.0 - 2.0 * (1.0 - p)),
            _ => p,
        };
        let median = self.median();
        median + self.width * (self.own_quantile(own) - median)
    }

    fn own_quantile(&self, p: f64) -> f64 {
        self.mean(|t| t.mu + t.sigma * student_t::quantile(t.nu, p))
    }

    /// The value that the target stays under as often as not.
    pub fn median(&self) -> f64 {
        self.mean(|t| t.mu)
    }

    fn mean(&self, of: impl Fn(&StudentT) -> f64) -> f64 {
        self.members.iter().map(of).sum::<f64>() / self.members.len() as f64
    }

    /// The mean distance from the median that the members expect, before any calibration:
    /// `E|t| = 2 nu f(0) / (nu - 1)` for each, f its density.
    pub fn mean_absolute_deviation(&self) -> f64 {
        let of_unit = |nu: f64| 2.0 * nu / (nu - 1.0) * student_t::density(nu, 0.0);
        self.mean(|t| t.sigma * of_unit(t.nu))
    }

    /// The level of the smallest central interval that holds `y`, before the level map.
    pub fn level_holding(&self, y: f64) -> f64 {
        (2.0 * self.share_below(y) - 1.0).abs().min(1.0)
    }

    /// The level of the smallest central interval that holds a value of which only its bounds are known, before the level
    /// map: of the probability between them, a share `place` lies below it.
    pub fn level_between(&self, (lower, upper): (f64, f64), place: f64) -> f64 {
        let [lower, upper] = [lower, upper].map(|y| if y.is_finite() { self.share_below(y) } else { 0.0 });
        (2.0 * (lower + place * (upper - lower)) - 1.0).abs().min(1.0)
    }

    /// The mean of what the members give to values below `y`, before the level map: nearly `Odds::share_below` where they
    /// differ little, and sooner had.
    pub fn share_of_members_below(&self, y: f64) -> f64 {
        let median = self.median();
        let y = median + (y - median) / self.width;
        self.mean(|t| student_t::cdf(t.nu, (y - t.mu) / t.sigma))
    }

    /// The probability of values below `y`, before the level map.
    fn share_below(&self, y: f64) -> f64 {
        // The mean of quantiles has no distribution function of its own to ask. Newton's method from
        // the mean of the members' is there in a step or two, for they differ little.
        let mut p = self.share_of_members_below(y);
        let median = self.median();
        let y = median + (y - median) / self.width;
        for _ in 0..3 {
            p = p.clamp(1e-9, 1.0 - 1e-9);
            let slope = self.mean(|t| t.sigma / student_t::density(t.nu, student_t::quantile(t.nu, p)));
            p += (y - self.own_quantile(p)) / slope;
        }
        p
    }
}

/// The Student-t distribution around zero under which `residuals` are likeliest.
///
/// For each number of degrees of freedom on a grid the scale is found by expectation maximisation
/// (Lange, Little & Taylor 1989): sigma^2 = mean of w e^2 with w = (nu + 1) / (nu + e^2 / sigma^2).
pub fn fit_student_t(residuals: &[f64]) -> StudentT {
    const GRID: [f64; 12] = [2.1, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 8.0, 12.0, 20.0, 50.0, 200.0];
    let loss = |t: &StudentT| residuals.iter().map(|e| t.negative_log_likelihood(*e)).sum::<f64>();
    let mut best: Option<(f64, StudentT)> = None;
    for nu in GRID {
        let this = StudentT { mu: 0.0, sigma: scale(residuals, nu), nu };
        let loss = loss(&this);
        if best.is_none_or(|(least, _)| loss < least) {
            best = Some((loss, this));
        }
    }
    best.map_or(StudentT { mu: 0.0, sigma: 1.0, nu: 200.0 }, |(_, t)| t)
}

fn scale(residuals: &[f64], nu: f64) -> f64 {
    const ROUNDS: usize = 100;
    // A model that fits to the last bit still has a width.
    const LEAST: f64 = 1e-12;
    let mean = |weight: &dyn Fn(f64) -> f64| {
        residuals.iter().map(|e| weight(e * e) * e * e).sum::<f64>() / residuals.len() as f64
    };
    let mut variance = mean(&|_| 1.0).max(LEAST);
    for _ in 0..ROUNDS {
        let now = variance;
        variance = mean(&|square| (nu + 1.0) / (nu + square / now)).max(LEAST);
    }
    variance.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_distr::Distribution as _;

    #[test]
    fn quantiles_never_cross() {
        let member = |mu, sigma, nu| StudentT { mu, sigma, nu };
        let distribution =
            Distribution::of(vec![member(0.1, 1.0, 2.2), member(-0.1, 0.3, 9.0), member(0.0, 2.0, 60.0)]);
        let quantiles: Vec<f64> = (1..1000).map(|k| distribution.quantile(f64::from(k) / 1000.0)).collect();
        assert!(quantiles.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(distribution.quantile(0.5), distribution.median());
    }

    #[test]
    fn a_level_holds_the_quantile_it_came_from() {
        let member = |mu, sigma, nu| StudentT { mu, sigma, nu };
        let mut distribution = Distribution::of(vec![member(0.1, 1.0, 4.2), member(-0.1, 0.8, 9.0)]);
        distribution.width = 1.3;
        for p in [0.01, 0.2, 0.5, 0.77, 0.995] {
            let level = distribution.level_holding(distribution.quantile(p));
            assert!((level - (2.0 * p - 1.0_f64).abs()).abs() < 1e-6, "{p}: {level}");
        }
    }

    #[test]
    fn the_expected_distance_is_the_mean_of_a_sample() {
        let distribution = Distribution::of(vec![StudentT { mu: 3.0, sigma: 2.0, nu: 6.0 }]);
        let n = 20_000;
        let distance = |k: i32| (distribution.quantile((f64::from(k) + 0.5) / f64::from(n)) - 3.0).abs();
        let mean = (0..n).map(distance).sum::<f64>() / f64::from(n);
        assert!((distribution.mean_absolute_deviation() / mean - 1.0).abs() < 1e-3);
    }

    #[test]
    fn a_sample_gives_its_distribution_back() {
        let mut rng = rand_pcg::Pcg64::seed_from_u64(3);
        let t = rand_distr::StudentT::new(4.0).unwrap();
        let residuals: Vec<f64> = (0..20_000).map(|_| 0.02 * t.sample(&mut rng)).collect();
        let found = fit_student_t(&residuals);
        assert!((found.sigma / 0.02 - 1.0).abs() < 0.03, "{found:?}");
        assert!((3.5..=5.0).contains(&found.nu), "{found:?}");
    }
}
