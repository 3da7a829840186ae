//! Direction hit rate.

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, Normal};

use crate::EvalError;
use crate::check::{fraction, same_days};

/// How often the forecast change had the sign of the actual change.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DirectionScore {
    /// Number of days on which both had the same sign.
    pub hits: usize,
    /// Number of days counted: those on which both the forecast and the price changed.
    pub days: usize,
    /// Number of days left out because the price or the forecast did not change.
    pub still: usize,
    /// `hits / days`.
    pub rate: f64,
    /// Lower end of the rate's interval.
    pub lower: f64,
    /// Upper end of the rate's interval.
    pub upper: f64,
    /// The fraction of the days counted on which the price rose: the rate of a forecast that always predicts a rise.
    pub base_rate: f64,
}

/// Returns the direction hit rate of `forecast` against `actual`, both relative to `today` (the last close known when
/// the forecast was made), with a Wilson score interval at `level`.
///
/// The interval (Wilson 1927) treats days as independent draws. Unlike the textbook interval, rate +- z * error, it
/// stays inside [0, 1] and keeps its level on few days.
///
/// # Errors
/// If the lengths differ, a number is not finite, `level` is not a fraction, or there is no day on which both changed.
pub fn direction_score(
    today: &[f64],
    actual: &[f64],
    forecast: &[f64],
    level: f64,
) -> Result<DirectionScore, EvalError> {
    let all = same_days(&[("today", today), ("actual", actual), ("forecast", forecast)])?;
    fraction("level", level)?;
    let moves = today.iter().zip(actual).zip(forecast).map(|((&c, &y), &f)| (y - c, f - c));
    let changed = moves.filter(|&(outcome, forecast)| outcome != 0.0 && forecast != 0.0);
    let (hits, rises, days) = changed.fold((0, 0, 0), |(hits, rises, days), (outcome, forecast)| {
        let is_hit = outcome.is_sign_positive() == forecast.is_sign_positive();
        (hits + usize::from(is_hit), rises + usize::from(outcome > 0.0), days + 1)
    });
    if days == 0 {
        return Err(EvalError::Empty { what: "the set of days on which price and forecast changed" });
    }
    let (lower, upper) = wilson(hits, days, level);
    let rate = hits as f64 / days as f64;
    let base_rate = rises as f64 / days as f64;
    Ok(DirectionScore { hits, days, still: all - days, rate, lower, upper, base_rate })
}

/// Returns Wilson's interval: (p + z^2/2n -+ z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n).
fn wilson(hits: usize, days: usize, level: f64) -> (f64, f64) {
    let n = days as f64;
    let p = hits as f64 / n;
    let z = Normal::standard().inverse_cdf(0.5 + level / 2.0);
    let centre = p + z * z / (2.0 * n);
    let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    let shrink = 1.0 + z * z / n;
    ((centre - half) / shrink, (centre + half) / shrink)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn still_days_are_counted_apart() {
        let today = [10.0, 10.0, 10.0, 10.0];
        let actual = [11.0, 9.0, 10.0, 12.0];
        let forecast = [10.5, 10.5, 10.5, 10.0];
        let score = direction_score(&today, &actual, &forecast, 0.95).unwrap();
        assert_eq!((score.hits, score.days, score.still), (1, 2, 2));
        assert_eq!((score.rate, score.base_rate), (0.5, 0.5));
        assert!(score.lower < 0.5 && score.upper > 0.5);
    }

    #[test]
    fn the_naive_forecast_has_no_direction() {
        let today = [10.0, 11.0];
        assert!(direction_score(&today, &[11.0, 12.0], &today, 0.95).is_err());
    }

    #[test]
    fn ten_hits_of_ten_have_a_lower_end_below_one() {
        let score = direction_score(&[1.0; 10], &[2.0; 10], &[1.5; 10], 0.95).unwrap();
        assert_eq!((score.rate, score.base_rate), (1.0, 1.0));
        // n / (n + z^2), Wilson's lower end for p = 1.
        assert!((score.lower - 10.0 / (10.0 + 1.959964_f64.powi(2))).abs() < 1e-6);
        assert!((score.upper - 1.0).abs() < 1e-12);
    }
}
