//! Errors of point forecasts, where y is the outcome, f the forecast, and e = y - f.

use crate::EvalError;
use crate::check::{at_least, finite, mean, same_days};

/// Returns the root mean squared error, sqrt(mean(e^2)), in the units of the series.
///
/// # Errors
/// If there are no days, the lengths differ or a number is not finite.
pub fn rmse(actual: &[f64], forecast: &[f64]) -> Result<f64, EvalError> {
    mean_of_errors(actual, forecast, |y, f| (y - f) * (y - f)).map(f64::sqrt)
}

/// Returns the mean absolute error, mean(|e|), in the units of the series.
///
/// # Errors
/// If there are no days, the lengths differ or a number is not finite.
pub fn mae(actual: &[f64], forecast: &[f64]) -> Result<f64, EvalError> {
    mean_of_errors(actual, forecast, |y, f| (y - f).abs())
}

/// Returns the mean absolute scaled error, mean(|e|) / `scale`, with the scale of [`naive_scale`]: if it is below one,
/// the error is smaller than that of "tomorrow = today" in training (Hyndman & Koehler 2006).
///
/// # Errors
/// Those of [`mae`], and if `scale` is not a positive number.
pub fn mase(actual: &[f64], forecast: &[f64], scale: f64) -> Result<f64, EvalError> {
    if !(scale.is_finite() && scale > 0.0) {
        let expected = "a positive number";
        return Err(EvalError::OutOfRange { what: "the scale of the MASE", value: scale, expected });
    }
    Ok(mae(actual, forecast)? / scale)
}

/// Returns the mean absolute one-day change of the training prices, mean(|y_t - y_{t-1}|): the in-sample error of
/// "tomorrow = today" and the denominator of [`mase`] (Hyndman & Koehler 2006).
///
/// # Errors
/// If there are fewer than two prices, one is not finite, or they never change.
pub fn naive_scale(training: &[f64]) -> Result<f64, EvalError> {
    at_least("training prices", training.len(), 2)?;
    finite("training prices", training)?;
    let changes: Vec<f64> = training.windows(2).map(|pair| (pair[1] - pair[0]).abs()).collect();
    match mean(&changes) {
        0.0 => Err(EvalError::Constant { what: "the training prices", figure: "the MASE" }),
        scale => Ok(scale),
    }
}

/// Returns the symmetric mean absolute percentage error, mean(2 |e| / (|y| + |f|)), as a fraction from 0 to 2 (the form
/// of the M4 competition, not multiplied by 100). On a day on which both are zero the error is zero.
///
/// # Errors
/// If there are no days, the lengths differ or a number is not finite.
pub fn smape(actual: &[f64], forecast: &[f64]) -> Result<f64, EvalError> {
    mean_of_errors(actual, forecast, |y, f| match y.abs() + f.abs() {
        0.0 => 0.0,
        size => 2.0 * (y - f).abs() / size,
    })
}

fn mean_of_errors(actual: &[f64], forecast: &[f64], error: impl Fn(f64, f64) -> f64) -> Result<f64, EvalError> {
    let days = same_days(&[("actual", actual), ("forecast", forecast)])?;
    let sum: f64 = actual.iter().zip(forecast).map(|(&y, &f)| error(y, f)).sum();
    Ok(sum / days as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACTUAL: [f64; 4] = [1.0, 2.0, 4.0, 8.0];
    const FORECAST: [f64; 4] = [1.0, 3.0, 2.0, 8.0];

    #[test]
    fn errors_by_hand() {
        assert_eq!(rmse(&ACTUAL, &FORECAST), Ok(1.25_f64.sqrt()));
        assert_eq!(mae(&ACTUAL, &FORECAST), Ok(0.75));
        assert_eq!(mase(&ACTUAL, &FORECAST, 1.5), Ok(0.5));
        // (0 + 2/5 + 4/6 + 0) / 4
        let by_hand = (0.4 + 4.0 / 6.0) / 4.0;
        assert!((smape(&ACTUAL, &FORECAST).unwrap() - by_hand).abs() < 1e-15);
    }

    #[test]
    fn the_scale_is_the_naive_error_in_training() {
        assert_eq!(naive_scale(&[1.0, 3.0, 2.0, 2.0]), Ok(1.0));
        assert!(naive_scale(&[5.0, 5.0, 5.0]).is_err());
        assert!(naive_scale(&[5.0]).is_err());
        assert!(mase(&ACTUAL, &FORECAST, 0.0).is_err());
    }

    #[test]
    fn no_day_is_never_a_perfect_score() {
        assert!(rmse(&[], &[]).is_err());
        assert!(mae(&[], &[]).is_err());
        assert!(smape(&[], &[]).is_err());
    }

    #[test]
    fn zero_against_zero_is_no_error() {
        assert_eq!(smape(&[0.0, 1.0], &[0.0, -1.0]), Ok(1.0));
    }
}
