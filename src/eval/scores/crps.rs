//! The continuous ranked probability score (CRPS) of a distribution against the outcome, from quantiles.
//!
//! ```text
//! CRPS(F, y) = integral of (F(x) - 1[x >= y])^2 dx = 2 * integral of rho_p(y - q_p) dp
//! ```
//!
//! where `rho_p` is the pinball loss (Matheson & Winkler 1976; Laio & Tamea 2007). It is in the units of y; for a point
//! forecast it is the absolute error. Lower is better.

use super::quantiles::{QuantileForecasts, days_of};
use crate::EvalError;

/// Returns the pinball loss of the quantile `q` at level `p`: `rho_p(y - q) = (y - q) (p - 1[y < q])` (Koenker &
/// Bassett 1978). It is never negative; its mean is lowest for the true quantile.
pub fn pinball(y: f64, q: f64, p: f64) -> f64 {
    let e = y - q;
    if e < 0.0 { (p - 1.0) * e } else { p * e }
}

/// Returns the mean pinball loss over the days at each level, in the order of the levels. It shows in which part of the
/// distribution a forecast is good.
///
/// # Errors
/// If there are no days, the lengths differ or a number is not finite.
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

/// Returns the quantile score of each day, printed as CRPS: twice the mean pinball loss over the levels, all weighted
/// equally.
///
/// On a dense even grid this converges to the CRPS, which `tests/eval/scores.rs` compares with other implementations
/// for a Student-t and for a sample. On the 21 [`QUANTILE_LEVELS`](super::QUANTILE_LEVELS) it is a different quantile
/// score: 0.01 and 0.99 have the same weight as the other levels although they are only 0.04 from their neighbours. Its
/// difference from the CRPS depends on the distribution and on the outcomes. Its mean is lowest for the true quantiles,
/// so forecasts can be compared by it, but only on the same levels.
///
/// # Errors
/// If there are no days, the lengths differ or a number is not finite.
pub fn crps_from_quantiles(actual: &[f64], forecasts: &QuantileForecasts) -> Result<Vec<f64>, EvalError> {
    days_of(actual, forecasts)?;
    let levels = forecasts.levels();
    let day = |(&y, row): (&f64, &[f64])| {
        let losses = row.iter().zip(levels).map(|(&q, &p)| pinball(y, q, p));
        2.0 * losses.sum::<f64>() / levels.len() as f64
    };
    Ok(actual.iter().zip(forecasts.rows()).map(day).collect())
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

    #[test]
    fn nonsense_is_refused() {
        let none = QuantileForecasts::new(&[0.5]).unwrap();
        assert!(crps_from_quantiles(&[], &none).is_err());
        assert!(crps_from_quantiles(&[1.0], &none).is_err());
    }
}
