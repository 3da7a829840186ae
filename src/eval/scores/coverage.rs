//! Coverage, width and Winkler score of prediction intervals, over all days and by tercile of volatility.

use serde::Serialize;

use super::quantiles::{QuantileForecasts, days_of};
use crate::EvalError;
use crate::check::{at_least, same_days};

/// The scores of one central interval over a set of days.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct IntervalScore {
    /// Nominal coverage: 0.9 for the interval from the 0.05 to the 0.95 quantile.
    pub level: f64,
    /// Fraction of days whose outcome is in the interval, ends included.
    pub coverage: f64,
    /// Mean width, upper end minus lower end, in the units of the forecast.
    pub width: f64,
    /// Mean Winkler score, in the units of the forecast; lower is better.
    pub winkler: f64,
    /// Number of days scored.
    pub days: usize,
}

/// The scores of an interval over days of low, medium and high volatility.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TercileScores {
    /// The third of days with the lowest volatility.
    pub low: IntervalScore,
    /// The middle third.
    pub medium: IntervalScore,
    /// The third of days with the highest volatility.
    pub high: IntervalScore,
}

/// Returns coverage, width and Winkler score of the central interval of `level` over all days.
///
/// # Errors
/// If there are no days, the lengths differ, a number is not finite, or the interval's ends are not among the levels
/// forecast.
pub fn interval_score(actual: &[f64], forecasts: &QuantileForecasts, level: f64) -> Result<IntervalScore, EvalError> {
    score_days(actual, forecasts, level, |_| true)
}

/// Returns [`interval_score`] for each tercile of `volatility`, the volatility known at each day's origin.
///
/// An interval of constant width can have the nominal coverage over all days but not in each tercile: it is too wide on
/// days of low volatility and too narrow on days of high volatility.
///
/// # Errors
/// Those of [`interval_score`] and [`terciles`].
pub fn tercile_scores(
    actual: &[f64],
    forecasts: &QuantileForecasts,
    level: f64,
    volatility: &[f64],
) -> Result<TercileScores, EvalError> {
    same_days(&[("actual", actual), ("volatility", volatility)])?;
    let third = terciles(volatility)?;
    let score = |wanted| score_days(actual, forecasts, level, |day| third[day] == wanted);
    Ok(TercileScores { low: score(0)?, medium: score(1)?, high: score(2)? })
}

/// Returns the tercile of each day by its rank: 0, 1 or 2, from low to high. Equal values are ranked in the order of
/// their days, so that the sizes of the thirds differ by at most one.
///
/// # Errors
/// If there are fewer than three days or a number is not finite.
pub fn terciles(values: &[f64]) -> Result<Vec<usize>, EvalError> {
    at_least("days to split in three", values.len(), 3)?;
    let days = same_days(&[("volatility", values)])?;
    let mut order: Vec<usize> = (0..days).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]).then(a.cmp(&b)));
    let mut third = vec![0; days];
    for (rank, &day) in order.iter().enumerate() {
        third[day] = rank * 3 / days;
    }
    Ok(third)
}

fn score_days(
    actual: &[f64],
    forecasts: &QuantileForecasts,
    level: f64,
    wanted: impl Fn(usize) -> bool,
) -> Result<IntervalScore, EvalError> {
    days_of(actual, forecasts)?;
    let (lower, upper) = forecasts.ends(level)?;
    let (mut days, mut inside, mut width, mut score) = (0_usize, 0_usize, 0.0, 0.0);
    for (day, (&y, row)) in actual.iter().zip(forecasts.rows()).enumerate() {
        if wanted(day) {
            let (l, u) = (row[lower], row[upper]);
            days += 1;
            inside += usize::from(l <= y && y <= u);
            width += u - l;
            score += winkler(y, l, u, level);
        }
    }
    if days == 0 {
        return Err(EvalError::Empty { what: "the set of days to score" });
    }
    let n = days as f64;
    Ok(IntervalScore { level, coverage: inside as f64 / n, width: width / n, winkler: score / n, days })
}

/// Returns Winkler's interval score (Winkler 1972): the width, plus 2 / (1 - level) times the distance of the outcome
/// from the interval.
fn winkler(y: f64, l: f64, u: f64, level: f64) -> f64 {
    let missed = (l - y).max(y - u).max(0.0);
    (u - l) + 2.0 / (1.0 - level) * missed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forecasts(days: usize) -> QuantileForecasts {
        let mut forecasts = QuantileForecasts::new(&[0.05, 0.25, 0.75, 0.95]).unwrap();
        for _ in 0..days {
            forecasts.push(&[-2.0, -1.0, 1.0, 2.0]).unwrap();
        }
        forecasts
    }

    #[test]
    fn coverage_width_and_winkler_by_hand() {
        let score = interval_score(&[0.0, 1.0, 3.0, -1.5], &forecasts(4), 0.5).unwrap();
        assert_eq!((score.days, score.coverage, score.width), (4, 0.5, 2.0));
        // misses of 0, 0, 2 and 0.5, each costing 2 / 0.5
        assert_eq!(score.winkler, 2.0 + 4.0 * 2.5 / 4.0);
        let wider = interval_score(&[0.0, 1.0, 3.0, -1.5], &forecasts(4), 0.9).unwrap();
        assert_eq!((wider.coverage, wider.width), (0.75, 4.0));
        assert!((wider.winkler - (4.0 + 20.0 * 1.0 / 4.0)).abs() < 1e-12);
    }

    #[test]
    fn a_constant_width_fails_by_tercile() {
        let volatility = [0.1, 0.2, 5.0, 0.1, 1.0, 6.0, 1.1, 0.9, 7.0];
        let actual = [0.0, 0.1, 5.0, 0.0, 0.9, -6.0, -0.9, 0.5, 1.0];
        let score = tercile_scores(&actual, &forecasts(9), 0.5, &volatility).unwrap();
        assert_eq!(score.low.coverage, 1.0);
        assert_eq!(score.medium.coverage, 1.0);
        assert!((score.high.coverage - 1.0 / 3.0).abs() < 1e-15);
        assert_eq!(score.low.days + score.medium.days + score.high.days, 9);
    }

    #[test]
    fn terciles_are_of_equal_size_whatever_the_ties() {
        let third = terciles(&[1.0; 8]).unwrap();
        assert_eq!(third, [0, 0, 0, 1, 1, 1, 2, 2]);
        assert_eq!(terciles(&[3.0, 1.0, 2.0]).unwrap(), [2, 0, 1]);
        assert!(terciles(&[1.0, 2.0]).is_err());
    }

    #[test]
    fn no_day_is_an_error() {
        assert!(interval_score(&[], &forecasts(0), 0.5).is_err());
        assert!(interval_score(&[1.0], &forecasts(2), 0.5).is_err());
        assert!(interval_score(&[1.0], &forecasts(1), 0.8).is_err());
    }
}
