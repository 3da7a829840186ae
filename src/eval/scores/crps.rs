//! The continuous ranked probability score: how far a whole distribution was from what came.
//!
//! ```text
//! CRPS(F, y) = integral of (F(x) - 1[x >= y])^2 dx = 2 * integral of rho_p(y - q_p) dp
//! ```
//!
//! with `rho_p` the pinball loss (Matheson & Winkler 1976; Laio & Tamea 2007). In the units of y;
//! for a point forecast it is the absolute error. Lower is better.

use statrs::distribution::{Continuous, ContinuousCDF, StudentsT};
use statrs::function::beta::ln_beta;

use super::quantiles::{QuantileForecasts, days_of};
use crate::eval::EvalError;
use crate::eval::check::{finite, same_days};

/// Pinball loss of the quantile `q` at level `p`: `rho_p(y - q) = (y - q) (p - 1[y < q])`
/// (Koenker & Bassett 1978). Never negative; its mean is least at the true quantile.
pub fn pinball(y: f64, q: f64, p: f64) -> f64 {
    let e = y - q;
    if e < 0.0 { (p - 1.0) * e } else { p * e }
}

/// Mean pinball loss over the days at each level, in the order of the levels: where in the
/// distribution a forecast does well.
///
/// # Errors
/// If there is no day, the lengths differ or a number is not finite.
pub fn mean_pinball(actual: &[f64], forecasts: &QuantileForecasts) -> Result<Vec<f64>, EvalError> {
    let days = days_of(actual, forecasts)?;
    let mut means = vec![0.0; forecasts.levels().len()];
    for (&y, row) in actual.iter().zip(forecasts.rows()) {
        for ((mean, &q), &p) in means.iter_mut().zip(row).zip(forecasts.levels()) {
            *mean += pinball(y, q, p) / days as f64;
        }
    }
    Ok(means)
}

/// CRPS of each day from its quantiles: twice the mean pinball loss over the levels.
///
/// This is the integral over p taken at the levels with equal weights. With
/// [`LEVELS`](super::LEVELS) it runs some 4 % below the exact value, alike for every forecast
/// that is scored on the same levels; compare only such.
///
/// # Errors
/// If there is no day, the lengths differ or a number is not finite.
pub fn crps_from_quantiles(actual: &[f64], forecasts: &QuantileForecasts) -> Result<Vec<f64>, EvalError> {
    days_of(actual, forecasts)?;
    let levels = forecasts.levels();
    let day = |(&y, row): (&f64, &[f64])| {
        let losses = row.iter().zip(levels).map(|(&q, &p)| pinball(y, q, p));
        2.0 * losses.sum::<f64>() / levels.len() as f64
    };
    Ok(actual.iter().zip(forecasts.rows()).map(day).collect())
}

/// Exact CRPS of a Student-t forecast with location `mu`, scale `sigma` (not the standard
/// deviation) and `nu` > 1 degrees of freedom (Jordan, Krueger & Lerch 2019, appendix A):
///
/// ```text
/// z = (y - mu) / sigma
/// CRPS = sigma { z (2 F(z) - 1) + 2 f(z) (nu + z^2) / (nu - 1)
///              - 2 sqrt(nu) / (nu - 1) * B(1/2, nu - 1/2) / B(1/2, nu/2)^2 }
/// ```
///
/// # Errors
/// If a number is not finite, `sigma` is not positive or `nu` is not above one.
pub fn crps_of_student_t(y: f64, mu: f64, sigma: f64, nu: f64) -> Result<f64, EvalError> {
    finite("an outcome and its forecast", &[y, mu, sigma, nu])?;
    if nu <= 1.0 {
        let expected = "more than 1";
        return Err(EvalError::OutOfRange { what: "degrees of freedom", value: nu, expected });
    }
    let bad_scale = || EvalError::OutOfRange { what: "a scale", value: sigma, expected: "a positive number" };
    let t = StudentsT::new(0.0, 1.0, nu).map_err(|_| bad_scale())?;
    if sigma <= 0.0 {
        return Err(bad_scale());
    }
    let z = (y - mu) / sigma;
    let betas = (ln_beta(0.5, nu - 0.5) - 2.0 * ln_beta(0.5, nu / 2.0)).exp();
    let spread = z * (2.0 * t.cdf(z) - 1.0) + 2.0 * t.pdf(z) * (nu + z * z) / (nu - 1.0);
    Ok(sigma * (spread - 2.0 * nu.sqrt() / (nu - 1.0) * betas))
}

/// Exact CRPS of the empirical distribution of a sample x of n draws:
/// mean |x_i - y| - sum over i, j of |x_i - x_j| / (2 n^2) (Gneiting & Raftery 2007, eq. 21).
///
/// # Errors
/// If the sample is empty or a number is not finite.
pub fn crps_of_sample(y: f64, sample: &[f64]) -> Result<f64, EvalError> {
    let n = same_days(&[("sample", sample)])? as f64;
    finite("the outcome", &[y])?;
    let mut sorted = sample.to_vec();
    sorted.sort_by(f64::total_cmp);
    let error: f64 = sorted.iter().map(|x| (x - y).abs()).sum();
    // sum_{i<j} (x_(j) - x_(i)) counts x_(k) once for each of the k - 1 below, minus the rest.
    let pairs = sorted.iter().enumerate().map(|(k, x)| (2.0 * k as f64 + 1.0 - n) * x);
    Ok(error / n - pairs.sum::<f64>() / (n * n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pinball_weighs_the_two_sides_by_the_level() {
        assert_eq!(pinball(3.0, 1.0, 0.9), 1.8);
        assert!((pinball(1.0, 3.0, 0.9) - 0.2).abs() < 1e-15);
        assert_eq!(pinball(1.0, 1.0, 0.3), 0.0);
    }

    /// The grid converges on the exact score; this is what says the factor two is right.
    #[test]
    fn a_dense_grid_gives_the_exact_score() {
        let (mu, sigma, nu) = (0.3, 1.7, 4.5);
        let t = StudentsT::new(mu, sigma, nu).unwrap();
        let levels: Vec<f64> = (0..4000).map(|i| (i as f64 + 0.5) / 4000.0).collect();
        let mut forecasts = QuantileForecasts::new(&levels).unwrap();
        let row: Vec<f64> = levels.iter().map(|&p| t.inverse_cdf(p)).collect();
        for y in [-6.0, -0.2, 0.3, 2.9] {
            forecasts.push(&row).unwrap();
            let grid = crps_from_quantiles(&vec![y; forecasts.days()], &forecasts).unwrap();
            let exact = crps_of_student_t(y, mu, sigma, nu).unwrap();
            assert!((grid[0] - exact).abs() < 2e-4, "{y}: {} {exact}", grid[0]);
        }
    }

    #[test]
    fn a_sample_of_one_scores_its_absolute_error() {
        assert_eq!(crps_of_sample(2.0, &[5.0]), Ok(3.0));
    }

    #[test]
    fn a_sample_agrees_with_the_sum_over_pairs() {
        let sample = [1.5_f64, -0.5, 4.0, 1.5, 0.25];
        let pairs: f64 = sample.iter().flat_map(|a| sample.map(|b| (a - b).abs())).sum();
        let error: f64 = sample.iter().map(|x| (x - 0.7_f64).abs()).sum();
        let by_pairs = error / 5.0 - pairs / 50.0;
        assert!((crps_of_sample(0.7, &sample).unwrap() - by_pairs).abs() < 1e-15);
    }

    #[test]
    fn nonsense_is_refused() {
        let none = QuantileForecasts::new(&[0.5]).unwrap();
        assert!(crps_from_quantiles(&[], &none).is_err());
        assert!(crps_from_quantiles(&[1.0], &none).is_err());
        assert!(crps_of_sample(1.0, &[]).is_err());
        assert!(crps_of_student_t(0.0, 0.0, -1.0, 5.0).is_err());
        assert!(crps_of_student_t(0.0, 0.0, 1.0, 1.0).is_err());
    }
}
