//! Skewness of the predictive distributions, measured on the days of the fit.
//!
//! The networks' Student-t distributions are symmetric. The returns of some markets are not: returns of stock indices
//! have a longer lower tail and a median above the mean. A skew shifts the median and scales the distances above and
//! below it:
//!
//! ```text
//! q(p) = median + shift + (1 + a) (q0(p) - median)   above the median
//!        median + shift + (1 - a) (q0(p) - median)   below it
//! ```
//!
//! Both parameters are estimated from the quantiles of the standardised residuals z of past days. The midpoint of the
//! quantiles at p and 1 - p, which is zero for a symmetric distribution, is shift + a D(p), where D(p) is half their
//! distance. The estimates are shrunk according to the evidence for them, so that a series without skewness keeps its
//! symmetric distributions.

use fourcast_base::math::sample_quantile;
use serde::{Deserialize, Serialize};

/// Weight of a symmetric distribution, in days: the estimate is shrunk as if that many additional days were symmetric.
const PSEUDO_DAYS: f64 = 250.0;
/// The t value below which the skew is zero: the threshold of the non-negative garrote (Breiman 1995).
const MIN_T: f64 = 2.0;
/// Bound on the distance of a residual from the median, in scales of the distribution.
const MAX_DISTANCE: f64 = 4.0;
/// The maximum relative change of distances.
pub(super) const MAX_ASYMMETRY: f64 = 0.3;
/// The maximum shift of a median, in standard deviations.
pub(super) const MAX_SHIFT: f64 = 0.3;
/// Minimum number of independent days to measure a skew.
const MIN_DAYS: f64 = 50.0;

/// Levels below the median whose quantiles are compared with those above it.
const SKEW_LEVELS: [f64; 9] = [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45];

/// The skewness of the distribution of one day ahead. Stored in the model file.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Skew {
    /// Shift of the median, in units of the distribution's scale.
    pub shift: f64,
    /// a: distances above the median are 1 + a times as large, those below 1 - a times.
    pub asymmetry: f64,
}

impl Skew {
    /// Estimates the skew from the standardised residuals of past days. Each `overlap` residuals count as one, because
    /// forecasts several days ahead have days in common, and series have their day in common.
    pub(super) fn fit(mut residuals: Vec<f64>, overlap: f64) -> Skew {
        let days = residuals.len() as f64 / overlap;
        if days < MIN_DAYS || !residuals.iter().all(|z| z.is_finite()) {
            return Skew::default();
        }
        residuals.sort_by(f64::total_cmp);
        let pairs = SKEW_LEVELS.map(|p| [sample_quantile(&residuals, p), sample_quantile(&residuals, 1.0 - p)]);
        let points = pairs.map(|[lower, upper]| (0.5 * (upper - lower), 0.5 * (upper + lower)));
        let full = line(&points).within_bounds();
        let evidence = garrote(asymmetry_t(&residuals) / overlap.sqrt());
        let share = evidence * days / (days + PSEUDO_DAYS);
        if share == 0.0 {
            return Skew::default();
        }
        Skew { shift: share * full.shift, asymmetry: share * full.asymmetry }
    }

    fn within_bounds(self) -> Skew {
        Skew {
            shift: self.shift.clamp(-MAX_SHIFT, MAX_SHIFT),
            asymmetry: self.asymmetry.clamp(-MAX_ASYMMETRY, MAX_ASYMMETRY),
        }
    }
}

/// Fits the line midpoint = shift + a distance by least squares.
fn line(points: &[(f64, f64)]) -> Skew {
    let count = points.len() as f64;
    let mean = |of: &dyn Fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(&|point| point.0), mean(&|point| point.1));
    let slope = mean(&|point| (point.0 - x) * (point.1 - y)) / mean(&|point| (point.0 - x).powi(2));
    let asymmetry = if slope.is_finite() { slope } else { 0.0 };
    Skew { shift: y - asymmetry * x, asymmetry }
}

/// Returns the t value of the asymmetry: that of the mean distance from the median, bounded so that a few crashes do
/// not decide it.
fn asymmetry_t(residuals: &[f64]) -> f64 {
    let median = sample_quantile(residuals, 0.5);
    let distances = || residuals.iter().map(|z| (z - median).clamp(-MAX_DISTANCE, MAX_DISTANCE));
    let squares: f64 = distances().map(|distance| distance * distance).sum();
    let t = distances().sum::<f64>() / squares.sqrt();
    if t.is_finite() { t.abs() } else { 0.0 }
}

fn garrote(t: f64) -> f64 {
    if t > MIN_T { 1.0 - (MIN_T / t).powi(2) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_distr::Distribution as _;

    fn sample(days: usize, seed: u64, of: impl Fn(f64) -> f64) -> Vec<f64> {
        let mut rng = rand_pcg::Pcg64::seed_from_u64(seed);
        let t = rand_distr::StudentT::new(6.0).unwrap();
        (0..days).map(|_| of(t.sample(&mut rng))).collect()
    }

    #[test]
    fn a_skew_is_found_and_its_sign_is_right() {
        let skewed = |z: f64| 0.05 + if z > 0.0 { 0.85 * z } else { 1.15 * z };
        let found = Skew::fit(sample(20_000, 1, skewed), 1.0);
        assert!((found.asymmetry + 0.15).abs() < 0.03 && (found.shift - 0.05).abs() < 0.02, "{found:?}");
    }

    #[test]
    fn symmetric_residuals_have_little_or_none() {
        let sizes: Vec<f64> = (0..40).map(|seed| Skew::fit(sample(2000, seed, |z| z), 1.0).asymmetry.abs()).collect();
        let none = sizes.iter().filter(|size| **size == 0.0).count();
        assert!(none >= 25 && sizes.iter().all(|size| *size < 0.05), "{none} {sizes:?}");
    }

    #[test]
    fn few_days_and_equal_residuals_have_none() {
        assert_eq!(Skew::fit(sample(40, 1, |z| z), 1.0), Skew::default());
        assert_eq!(Skew::fit(sample(900, 1, |z| z), 20.0), Skew::default());
        assert_eq!(Skew::fit(vec![0.5; 500], 1.0), Skew::default());
    }
}
