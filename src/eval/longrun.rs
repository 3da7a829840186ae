//! The long-run variance: the variance of a mean of autocorrelated daily values.
//!
//! Losses are autocorrelated if volatility persists, and those of forecasts h days ahead share h - 1 days of returns.
//! The variance of their mean is then not R(0) / n but the long-run variance divided by n. It is estimated here from
//! projections on low-frequency cosines (the EWC estimator of Lazarus, Lewis, Stock & Watson (2018, "HAR Inference:
//! Recommendations for Practice"), after Müller 2007):
//!
//! ```text
//! L_j = sqrt(2 / n) sum_t x_t cos(pi j (t - 1/2) / n),   j = 1 to B
//! V   = sum_j L_j^2 / B
//! ```
//!
//! V is a mean of squares, so it is never negative. It has B degrees of freedom: a mean divided by sqrt(V / n) is
//! compared with a t distribution with B degrees of freedom, which accounts for V being an estimate.

use std::f64::consts::PI;

/// Returns the number of cosines for the long-run variance of `days` losses of forecasts `horizon` days ahead: 0.4
/// n^(2/3), the rule of the paper, but at most n / (2 h), so that the shortest period is four horizons. The days that
/// forecasts share damp shorter periods, which would make the variance too small.
pub(crate) fn cosines(days: usize, horizon: usize) -> usize {
    let rule = 0.4 * (days as f64).powf(2.0 / 3.0);
    (rule as usize).min(days / (2 * horizon))
}

/// Returns L_j of a series, for j from 1 to `cosines`.
pub(crate) fn projections(series: &[f64], cosines: usize) -> Vec<f64> {
    let days = series.len() as f64;
    let one = |j: usize| {
        let step = PI * j as f64 / days;
        // The cosine and sine of (t - 1/2) step, rotated by one step per day.
        let (mut sin, mut cos) = (0.5 * step).sin_cos();
        let (step_sin, step_cos) = step.sin_cos();
        let mut sum = 0.0;
        for x in series {
            sum += x * cos;
            (sin, cos) = (sin * step_cos + cos * step_sin, cos * step_cos - sin * step_sin);
        }
        (2.0 / days).sqrt() * sum
    };
    (1..=cosines).map(one).collect()
}

/// Returns V, the mean square of the projections.
pub(crate) fn variance(projections: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = projections.len() as f64;
    projections.map(|l| l * l).sum::<f64>() / count
}

/// Returns the standard error of the mean of daily values of forecasts `horizon` days ahead; `None` if there are too
/// few days for a cosine.
pub(crate) fn standard_error(series: &[f64], horizon: usize) -> Option<f64> {
    let cosines = cosines(series.len(), horizon);
    let error = || (variance(projections(series, cosines).into_iter()) / series.len() as f64).sqrt();
    (cosines > 0).then(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::{prop_assert, prop_assume, proptest};
    use rand::{RngExt, SeedableRng};
    use rand_pcg::Pcg64;

    fn variance_of(series: &[f64], horizon: usize) -> f64 {
        variance(projections(series, cosines(series.len(), horizon)).into_iter())
    }

    #[test]
    fn the_projections_are_those_of_the_formula() {
        let series: Vec<f64> = (0..40).map(|t| f64::from((t * 7) % 11)).collect();
        for (j, got) in projections(&series, 6).into_iter().enumerate() {
            let cosine = |t: usize| (PI * (j + 1) as f64 * (t as f64 + 0.5) / 40.0).cos();
            let expected = (2.0 / 40.0_f64).sqrt() * series.iter().enumerate().map(|(t, x)| x * cosine(t)).sum::<f64>();
            assert!((got - expected).abs() < 1e-11, "{got} {expected}");
        }
    }

    /// The cosines are orthogonal to a constant.
    #[test]
    fn a_constant_has_no_variance() {
        assert!(variance_of(&[3.0; 200], 1) < 1e-20);
    }

    /// For independent days the long-run variance is their variance; for an AR(1) it is 1 / (1 - phi)^2 times that of
    /// its innovations.
    #[test]
    fn persistence_is_counted() {
        let mut rng = Pcg64::seed_from_u64(3);
        let noise: Vec<f64> = (0..20_000).map(|_| rng.random::<f64>() - 0.5).collect();
        let mut x = 0.0;
        let persistent: Vec<f64> = noise
            .iter()
            .map(|e| {
                x = 0.5 * x + e;
                x
            })
            .collect();
        // With 294 cosines the standard error of the estimate is 8 per cent.
        assert!((variance_of(&noise, 1) * 12.0 - 1.0).abs() < 0.3);
        assert!((variance_of(&persistent, 1) * 12.0 / 4.0 - 1.0).abs() < 0.3);
    }

    proptest! {
        /// For any days, and any number of days that the forecasts share.
        #[test]
        fn it_is_never_negative(series in vec(-1e6..1e6_f64, 4..120), horizon in 1_usize..60) {
            prop_assume!(series.len() >= 2 * horizon);
            let variance = variance_of(&series, horizon);
            prop_assert!(variance >= 0.0 && variance.is_finite(), "{variance}");
        }
    }

    /// The standard error of the mean of 1200 independent uniform numbers is sqrt(1 / 12 / 1200).
    #[test]
    fn a_mean_has_a_standard_error() {
        let mut rng = Pcg64::seed_from_u64(5);
        let series: Vec<f64> = (0..1200).map(|_| rng.random::<f64>()).collect();
        let error = standard_error(&series, 1).unwrap();
        assert!((error * 120.0 - 1.0).abs() < 0.3, "{error}");
        assert_eq!(standard_error(&series[..39], 20), None);
    }

    #[test]
    fn periods_are_at_least_four_horizons() {
        assert_eq!(cosines(500, 1), 25);
        assert_eq!(cosines(500, 20), 12);
        assert_eq!((cosines(50, 5), cosines(1000, 100)), (5, 5));
        assert_eq!(cosines(39, 20), 0);
    }
}
