//! The lag line: the degree to which a price forecast is a copy of today's price.

use serde::Serialize;

use crate::EvalError;
use crate::check::{at_least, mean, same_days, varies};

/// The correlation of a price forecast for tomorrow with today's close and with tomorrow's.
///
/// The R² of any forecast near today's price is close to one, because the variance of prices over months is large. The
/// R² of a copy of today's close shows how much of it is not skill.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Lag {
    /// Correlation of the forecast with today's close.
    pub with_today: Option<f64>,
    /// Correlation of the forecast with tomorrow's close, which it forecasts.
    pub with_tomorrow: Option<f64>,
    /// Correlation of the forecast's change since the day before with today's change.
    pub changes_with_today: Option<f64>,
    /// Correlation of the forecast's change since the day before with tomorrow's change.
    pub changes_with_tomorrow: Option<f64>,
    /// The forecast's R²: `1 - sum (y - f)^2 / sum (y - mean y)^2`, where y is tomorrow's close.
    pub r2: f64,
    /// The R² of a copy of today's close.
    pub r2_of_copy: f64,
    /// The R² of the copy divided by the forecast's; `None` if the forecast's is not positive.
    pub share_of_copy: Option<f64>,
}

/// Returns the lag line of `forecast` prices for `actual`, made on the days that closed at `today`.
///
/// A correlation is `None` if one side does not vary.
///
/// # Errors
/// If there are fewer than three days, the lengths differ, a number is not finite, or the actual prices never change.
pub fn lag(today: &[f64], actual: &[f64], forecast: &[f64]) -> Result<Lag, EvalError> {
    let days = same_days(&[("today", today), ("actual", actual), ("forecast", forecast)])?;
    at_least("days for the lag line", days, 3)?;
    let changes = |prices: &[f64]| prices.windows(2).map(|p| p[1] - p[0]).collect::<Vec<_>>();
    let forecast_changes = changes(forecast);
    let outcomes: Vec<f64> = actual.iter().zip(today).skip(1).map(|(y, c)| y - c).collect();
    let (r2, r2_of_copy) = (r_squared(actual, forecast)?, r_squared(actual, today)?);
    Ok(Lag {
        with_today: correlation(forecast, today),
        with_tomorrow: correlation(forecast, actual),
        changes_with_today: correlation(&forecast_changes, &changes(today)),
        changes_with_tomorrow: correlation(&forecast_changes, &outcomes),
        r2,
        r2_of_copy,
        share_of_copy: (r2 > 0.0).then(|| r2_of_copy / r2),
    })
}

fn r_squared(actual: &[f64], forecast: &[f64]) -> Result<f64, EvalError> {
    if !varies(actual) {
        return Err(EvalError::Constant { what: "the actual price", figure: "R²" });
    }
    let centre = mean(actual);
    let total: f64 = actual.iter().map(|y| (y - centre) * (y - centre)).sum();
    let missed: f64 = actual.iter().zip(forecast).map(|(y, f)| (y - f) * (y - f)).sum();
    Ok(1.0 - missed / total)
}

/// Returns Pearson's correlation; `None` if one side does not vary.
fn correlation(a: &[f64], b: &[f64]) -> Option<f64> {
    if !(varies(a) && varies(b)) {
        return None;
    }
    let (centre_a, centre_b) = (mean(a), mean(b));
    let (mut aa, mut ab, mut bb) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        let (a, b) = (a - centre_a, b - centre_b);
        aa += a * a;
        ab += a * b;
        bb += b * b;
    }
    Some((ab / (aa.sqrt() * bb.sqrt())).clamp(-1.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLOSES: [f64; 7] = [10.0, 13.0, 14.0, 18.0, 17.0, 22.0, 24.0];

    #[test]
    fn a_copy_correlates_with_today() {
        let (today, actual) = (&CLOSES[..6], &CLOSES[1..]);
        let lag = lag(today, actual, today).unwrap();
        assert!((lag.with_today.unwrap() - 1.0).abs() < 1e-12);
        assert!((lag.changes_with_today.unwrap() - 1.0).abs() < 1e-12);
        assert!(lag.changes_with_tomorrow.unwrap() < 0.0);
        assert!((lag.share_of_copy.unwrap() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_perfect_forecast_has_an_r_squared_of_one() {
        let (today, actual) = (&CLOSES[..6], &CLOSES[1..]);
        let lag = lag(today, actual, actual).unwrap();
        assert_eq!(lag.r2, 1.0);
        assert_eq!(lag.share_of_copy, Some(lag.r2_of_copy));
        assert!((lag.with_tomorrow.unwrap() - 1.0).abs() < 1e-12);
        assert!((lag.changes_with_tomorrow.unwrap() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn r_squared_by_hand() {
        let lag = lag(&[1.0, 2.0, 3.0], &[2.0, 3.0, 7.0], &[2.0, 3.0, 6.0]).unwrap();
        // The squared deviations from the mean of 4 are 4, 1 and 9; the errors of the copy are 1, 1 and 4.
        assert!((lag.r2_of_copy - (1.0 - 18.0 / 14.0)).abs() < 1e-12);
        assert!((lag.r2 - (1.0 - 1.0 / 14.0)).abs() < 1e-12);
    }

    #[test]
    fn a_constant_forecast_correlates_with_nothing() {
        let lag = lag(&CLOSES[..6], &CLOSES[1..], &[12.0; 6]).unwrap();
        assert_eq!((lag.with_today, lag.changes_with_today), (None, None));
        assert_eq!(lag.share_of_copy, None);
    }

    #[test]
    fn nothing_to_correlate_is_an_error() {
        assert!(lag(&[], &[], &[]).is_err());
        assert!(lag(&[1.0; 5], &[1.0; 5], &[1.0; 5]).is_err());
        assert!(lag(&CLOSES[..2], &CLOSES[1..3], &CLOSES[..2]).is_err());
    }
}
