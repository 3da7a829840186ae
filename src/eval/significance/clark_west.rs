//! The Clark-West test.

use serde::Serialize;

use super::{MeanTest, Variance, below, long_run, mean_test};
use crate::EvalError;
use crate::check::{mean, same_days};

/// Outcome of a Clark-West test.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClarkWest {
    /// The statistic; positive if the forecast departs from today's price in the direction in which the price moves.
    pub statistic: f64,
    /// One-sided p-value: the probability of a statistic at least as large if the forecast has no information on the
    /// change.
    pub p_value: f64,
    /// Mean of the adjusted loss differential.
    pub mean: f64,
    /// The forecast's horizon in days.
    pub horizon: usize,
    /// Days tested.
    pub days: usize,
    /// Degrees of freedom of the t distribution with which the statistic is compared.
    pub freedom: usize,
}

impl ClarkWest {
    /// Whether the forecast changes correlate with those of the price, by a test at the level 1 - `level`.
    pub fn is_significant(&self, level: f64) -> bool {
        self.p_value < 1.0 - level
    }
}

/// Tests whether a forecast contains information on the change of the price since `today`, which "tomorrow = today"
/// does not contain (Clark & West 2007).
///
/// "Tomorrow = today" is the forecasting model with all coefficients equal to zero. If these are the true coefficients,
/// estimated coefficients are noise that increases the squared error. The mean squared errors of both forecasts then
/// favour "tomorrow = today", and a Diebold-Mariano test rarely favours the model. This test corrects for the noise,
/// whose contribution is the squared difference of both forecasts (c is today's price, f the forecast, y the outcome):
///
/// ```text
/// a = (y - c)^2 - ((y - f)^2 - (c - f)^2) = 2 (y - c) (f - c)
/// CW = mean(a) / sqrt(V / n),   one-sided
/// ```
///
/// If the change cannot be forecast, the mean of a is zero for any forecast made before it. One day ahead, the values
/// of a are then uncorrelated, and V is their variance, with n - 1 degrees of freedom. Further ahead they share days,
/// and V is the long-run variance of [`diebold_mariano`](super::diebold_mariano), with B degrees of freedom.
///
/// A significant statistic does not mean that the forecast is more accurate than "tomorrow = today": the noise of its
/// coefficients can outweigh its information.
///
/// # Errors
/// If there are fewer than four days or fewer than 2 h, the horizon is zero, the lengths differ, a number is not
/// finite, or a is the same on every day, for example because the forecast is today's price.
pub fn clark_west(today: &[f64], actual: &[f64], forecast: &[f64], horizon: usize) -> Result<ClarkWest, EvalError> {
    let days = same_days(&[("today", today), ("actual", actual), ("forecast", forecast)])?;
    let adjusted = |((c, y), f): ((&f64, &f64), &f64)| 2.0 * (y - c) * (f - c);
    let adjusted: Vec<f64> = today.iter().zip(actual).zip(forecast).map(adjusted).collect();
    let estimate: Variance = if horizon == 1 { of_independent_days } else { long_run };
    let names = ("the adjusted loss differential", "the Clark-West statistic");
    let MeanTest { statistic, mean, freedom } = mean_test(&adjusted, horizon, estimate, names)?;
    Ok(ClarkWest { statistic, p_value: below(-statistic, freedom)?, mean, horizon, days, freedom })
}

fn of_independent_days(series: &[f64], _: usize) -> (f64, usize) {
    let (centre, freedom) = (mean(series), series.len() - 1);
    let squares: f64 = series.iter().map(|x| (x - centre) * (x - centre)).sum();
    (squares / freedom as f64, freedom)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: [f64; 6] = [10.0, 11.0, 10.5, 12.0, 12.5, 12.0];
    const ACTUAL: [f64; 6] = [11.0, 10.5, 12.0, 12.5, 12.0, 13.0];
    const FORECAST: [f64; 6] = [10.2, 10.9, 10.5, 12.2, 12.6, 12.5];

    /// The differences of squared errors in the paper, computed one by one.
    #[test]
    fn it_is_the_formula_of_the_paper() {
        let day = |t: usize| {
            let (e0, e1, adjustment) = (ACTUAL[t] - TODAY[t], ACTUAL[t] - FORECAST[t], TODAY[t] - FORECAST[t]);
            e0 * e0 - (e1 * e1 - adjustment * adjustment)
        };
        let f: Vec<f64> = (0..6).map(day).collect();
        let mean = f.iter().sum::<f64>() / 6.0;
        let variance = f.iter().map(|f| (f - mean).powi(2)).sum::<f64>() / 5.0;
        let test = clark_west(&TODAY, &ACTUAL, &FORECAST, 1).unwrap();
        assert!((test.mean - mean).abs() < 1e-12 && (mean - 0.8 / 3.0).abs() < 1e-12, "{test:?}");
        assert!((test.statistic - mean / (variance / 6.0).sqrt()).abs() < 1e-12, "{test:?}");
        assert_eq!((test.days, test.freedom), (6, 5));
        let ahead = clark_west(&TODAY, &ACTUAL, &FORECAST, 2).unwrap();
        assert_eq!((ahead.mean, ahead.freedom), (test.mean, 1));
    }

    #[test]
    fn the_wrong_side_is_not_information() {
        let other_side: Vec<f64> = TODAY.iter().zip(FORECAST).map(|(c, f)| 2.0 * c - f).collect();
        let (right, wrong) = (clark_west(&TODAY, &ACTUAL, &FORECAST, 1), clark_west(&TODAY, &ACTUAL, &other_side, 1));
        let (right, wrong) = (right.unwrap(), wrong.unwrap());
        assert!((right.p_value + wrong.p_value - 1.0).abs() < 1e-9 && right.p_value < 0.5, "{right:?} {wrong:?}");
    }

    #[test]
    fn todays_price_has_no_test() {
        let same = clark_west(&TODAY, &ACTUAL, &TODAY, 1);
        assert!(matches!(same, Err(EvalError::Constant { .. })));
        assert!(clark_west(&TODAY, &ACTUAL[..5], &FORECAST, 1).is_err());
        assert!(clark_west(&TODAY, &ACTUAL, &FORECAST, 4).is_err());
        assert!(clark_west(&[], &[], &[], 1).is_err());
    }
}
