//! Predictive distributions: the Student-t distributions of an ensemble, averaged by quantile.

use std::sync::Arc;

use super::calibration::RecalibrationMap;
use super::skew::Skew;
use fourcast_base::math::student_t;
use fourcast_nn::loss::StudentT;

/// The predictive distribution of a scaled target.
///
/// The quantile at p is the mean of the members' quantiles at p (Vincentization; Ratcliff 1979). This keeps the shape
/// of the members' distributions, whereas a mixture of their densities would be wider than each of them. Calibration
/// then changes the levels and scales the distances from the median.
#[derive(Debug, Clone, PartialEq)]
pub struct Distribution {
    /// The distributions of the members; at least one.
    pub members: Vec<StudentT>,
    /// Factor of the distances from the median.
    pub width: f64,
    /// The map from nominal to raw levels; `None` for raw levels.
    pub levels: Option<Arc<RecalibrationMap>>,
    /// The skew, with its shift in units of the scaled target.
    pub skew: Skew,
}

impl Distribution {
    /// Returns the raw distribution of the members.
    pub fn of(members: Vec<StudentT>) -> Distribution {
        Distribution { members, width: 1.0, levels: None, skew: Skew::default() }
    }

    /// Returns the quantile at `p`, 0 < p < 1.
    pub fn quantile(&self, p: f64) -> f64 {
        let raw = match &self.levels {
            Some(map) if p < 0.5 => 0.5 - 0.5 * map.raw_level(1.0 - 2.0 * p),
            // Mirrored, so that central intervals are symmetric to the last bit.
            Some(map) if p > 0.5 => 0.5 + 0.5 * map.raw_level(1.0 - 2.0 * (1.0 - p)),
            _ => p,
        };
        let center = self.center();
        let side = if p < 0.5 { 1.0 - self.skew.asymmetry } else { 1.0 + self.skew.asymmetry };
        center + self.skew.shift + side * (self.width * (self.raw_quantile(raw) - center))
    }

    /// Returns this distribution with a skew whose shift is given in units of the distribution's scale.
    pub(super) fn skewed(self, skew: Skew) -> Distribution {
        let shift = skew.shift * self.width * self.scale();
        Distribution { skew: Skew { shift, ..skew }, ..self }
    }

    /// Returns the mean scale of the members.
    pub(super) fn scale(&self) -> f64 {
        self.mean(|t| t.sigma)
    }

    fn raw_quantile(&self, p: f64) -> f64 {
        self.mean(|t| t.mu + t.sigma * student_t::quantile(t.nu, p))
    }

    /// Returns the median.
    pub fn median(&self) -> f64 {
        self.center() + self.skew.shift
    }

    /// Returns the median without skew.
    fn center(&self) -> f64 {
        self.mean(|t| t.mu)
    }

    /// Returns the value that skew and width transform to `y`.
    fn raw_value(&self, y: f64) -> f64 {
        let (center, Skew { shift, asymmetry }) = (self.center(), self.skew);
        let distance = y - center - shift;
        let side = if distance < 0.0 { 1.0 - asymmetry } else { 1.0 + asymmetry };
        center + distance / side / self.width
    }

    fn mean(&self, of: impl Fn(&StudentT) -> f64) -> f64 {
        self.members.iter().map(of).sum::<f64>() / self.members.len() as f64
    }

    /// Returns the mean absolute deviation from the median, before calibration: the mean of the members'
    /// `E|t| = 2 nu f(0) / (nu - 1)`, where f is the density.
    pub fn mean_absolute_deviation(&self) -> f64 {
        let of_unit = |nu: f64| 2.0 * nu / (nu - 1.0) * student_t::density(nu, 0.0);
        self.mean(|t| t.sigma * of_unit(t.nu))
    }

    /// Returns the level of the smallest central interval that contains `y`, before recalibration.
    pub fn level_containing(&self, y: f64) -> f64 {
        (2.0 * self.cdf(y) - 1.0).abs().min(1.0)
    }

    /// Returns the level of a rounded value for which only bounds are known. A fraction `position` of the probability
    /// between the bounds is assumed to lie below the value.
    pub fn level_between(&self, (lower, upper): (f64, f64), position: f64) -> f64 {
        let [lower, upper] = [lower, upper].map(|y| if y.is_finite() { self.cdf(y) } else { 0.0 });
        (2.0 * (lower + position * (upper - lower)) - 1.0).abs().min(1.0)
    }

    /// Returns the mean of the members' distribution functions at `y`, before recalibration: a fast approximation of
    /// the distribution function if the members differ little.
    pub fn mean_cdf(&self, y: f64) -> f64 {
        let y = self.raw_value(y);
        self.mean(|t| student_t::cdf(t.nu, (y - t.mu) / t.sigma))
    }

    /// Returns the distribution function at `y`, before recalibration.
    fn cdf(&self, y: f64) -> f64 {
        // A mean of quantiles has no distribution function in closed form. Newton's method from the mean of the
        // members' functions converges in a step or two.
        let mut p = self.mean_cdf(y);
        let y = self.raw_value(y);
        for _ in 0..3 {
            p = p.clamp(1e-9, 1.0 - 1e-9);
            let at = |t: &StudentT| student_t::quantile(t.nu, p);
            let quantiles: Vec<f64> = self.members.iter().map(at).collect();
            let members = || self.members.iter().zip(&quantiles);
            let raw: f64 = members().map(|(t, z)| t.mu + t.sigma * z).sum();
            let slope: f64 = members().map(|(t, z)| t.sigma / student_t::density(t.nu, *z)).sum();
            let step = (y * self.members.len() as f64 - raw) / slope;
            p += step;
            // The remaining error is of the order of the square of the step.
            if step.abs() < 1e-6 {
                break;
            }
        }
        p
    }
}

/// Returns the maximum likelihood Student-t distribution around zero of `residuals`.
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
        if best.is_none_or(|(lowest, _)| loss < lowest) {
            best = Some((loss, this));
        }
    }
    best.map_or(StudentT { mu: 0.0, sigma: 1.0, nu: 200.0 }, |(_, t)| t)
}

fn scale(residuals: &[f64], nu: f64) -> f64 {
    const ITERATIONS: usize = 100;
    // A scale above zero for residuals of zero.
    const MIN_VARIANCE: f64 = 1e-12;
    let mean = |weight: &dyn Fn(f64) -> f64| {
        residuals.iter().map(|e| weight(e * e) * e * e).sum::<f64>() / residuals.len() as f64
    };
    let mut variance = mean(&|_| 1.0).max(MIN_VARIANCE);
    for _ in 0..ITERATIONS {
        let now = variance;
        variance = mean(&|square| (nu + 1.0) / (nu + square / now)).max(MIN_VARIANCE);
        if (variance / now - 1.0).abs() < 1e-10 {
            break;
        }
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
    fn a_quantile_is_at_the_end_of_the_interval_of_its_level() {
        let member = |mu, sigma, nu| StudentT { mu, sigma, nu };
        let mut distribution = Distribution::of(vec![member(0.1, 1.0, 4.2), member(-0.1, 0.8, 9.0)]);
        distribution.width = 1.3;
        for p in [0.01, 0.2, 0.5, 0.77, 0.995] {
            let level = distribution.level_containing(distribution.quantile(p));
            assert!((level - (2.0 * p - 1.0_f64).abs()).abs() < 1e-6, "{p}: {level}");
        }
    }

    #[test]
    fn the_mean_absolute_deviation_is_that_of_a_sample() {
        let distribution = Distribution::of(vec![StudentT { mu: 3.0, sigma: 2.0, nu: 6.0 }]);
        let n = 20_000;
        let distance = |k: i32| (distribution.quantile((f64::from(k) + 0.5) / f64::from(n)) - 3.0).abs();
        let mean = (0..n).map(distance).sum::<f64>() / f64::from(n);
        assert!((distribution.mean_absolute_deviation() / mean - 1.0).abs() < 1e-3);
    }

    #[test]
    fn the_distribution_of_a_sample_is_estimated() {
        let mut rng = rand_pcg::Pcg64::seed_from_u64(3);
        let t = rand_distr::StudentT::new(4.0).unwrap();
        let residuals: Vec<f64> = (0..20_000).map(|_| 0.02 * t.sample(&mut rng)).collect();
        let found = fit_student_t(&residuals);
        assert!((found.sigma / 0.02 - 1.0).abs() < 0.03, "{found:?}");
        assert!((3.5..=5.0).contains(&found.nu), "{found:?}");
    }
}
