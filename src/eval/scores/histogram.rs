//! The probability integral transform: where in its forecast distribution each outcome fell.

use serde::Serialize;

use super::quantiles::{QuantileForecasts, days_of};
use crate::eval::EvalError;
use crate::eval::check::same_days;

/// How outcomes spread over their forecast distributions. Flat when the odds are honest; a hump in
/// the middle says too wide, high ends say too narrow, a slope says biased (Diebold, Gunther & Tay
/// 1998).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PitHistogram {
    /// Days whose transform fell in each bin; the bins cut [0, 1] into equal parts.
    pub counts: Vec<usize>,
    /// All days.
    pub days: usize,
}

impl PitHistogram {
    /// Share of days in each bin; `1 / bins` everywhere is flat.
    pub fn shares(&self) -> Vec<f64> {
        self.counts.iter().map(|&count| count as f64 / self.days as f64).collect()
    }
}

/// Probability integral transform of each day: the level at which its outcome lay, from 0 to 1.
///
/// Between two quantiles the distribution is taken as a straight line. Beyond the outermost ones
/// nothing was forecast, and the outcome is put halfway between that level and 0 or 1.
///
/// # Errors
/// If there is no day, the lengths differ or a number is not finite.
pub fn pit(actual: &[f64], forecasts: &QuantileForecasts) -> Result<Vec<f64>, EvalError> {
    days_of(actual, forecasts)?;
    let levels = forecasts.levels();
    Ok(actual.iter().zip(forecasts.rows()).map(|(&y, row)| level_of(y, row, levels)).collect())
}

/// Histogram of [`pit`] values over `bins` equal bins.
///
/// # Errors
/// If there is no value, one is not in [0, 1], or `bins` is zero.
pub fn pit_histogram(pit: &[f64], bins: usize) -> Result<PitHistogram, EvalError> {
    let days = same_days(&[("pit", pit)])?;
    if bins == 0 {
        return Err(EvalError::Empty { what: "the list of bins" });
    }
    let mut counts = vec![0; bins];
    for &value in pit {
        if !(0.0..=1.0).contains(&value) {
            let expected = "a probability";
            return Err(EvalError::OutOfRange { what: "a pit value", value, expected });
        }
        counts[((value * bins as f64) as usize).min(bins - 1)] += 1;
    }
    Ok(PitHistogram { counts, days })
}

fn level_of(y: f64, row: &[f64], levels: &[f64]) -> f64 {
    let above = row.partition_point(|&q| q < y);
    if above == 0 {
        return if y < row[0] { levels[0] / 2.0 } else { levels[0] };
    }
    if above == row.len() {
        return (1.0 + levels[above - 1]) / 2.0;
    }
    let (q0, q1) = (row[above - 1], row[above]);
    let (p0, p1) = (levels[above - 1], levels[above]);
    p0 + (p1 - p0) * (y - q0) / (q1 - q0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forecasts(days: usize) -> QuantileForecasts {
        let mut forecasts = QuantileForecasts::new(&[0.1, 0.5, 0.9]).unwrap();
        for _ in 0..days {
            forecasts.push(&[-1.0, 0.0, 2.0]).unwrap();
        }
        forecasts
    }

    #[test]
    fn levels_are_read_off_a_straight_line() {
        let actual = [-9.0, -1.0, -0.5, 0.0, 1.0, 2.0, 2.5];
        let levels = pit(&actual, &forecasts(7)).unwrap();
        for (level, by_hand) in levels.iter().zip([0.05, 0.1, 0.3, 0.5, 0.7, 0.9, 0.95]) {
            assert!((level - by_hand).abs() < 1e-15, "{level} {by_hand}");
        }
    }

    #[test]
    fn equal_quantiles_do_not_divide_by_zero() {
        let mut forecasts = QuantileForecasts::new(&[0.1, 0.5, 0.9]).unwrap();
        forecasts.push(&[0.0, 0.0, 0.0]).unwrap();
        assert_eq!(pit(&[0.0], &forecasts), Ok(vec![0.1]));
    }

    #[test]
    fn every_day_is_in_one_bin() {
        let histogram = pit_histogram(&[0.0, 0.05, 0.1, 0.99, 1.0], 10).unwrap();
        assert_eq!(histogram.counts, [2, 1, 0, 0, 0, 0, 0, 0, 0, 2]);
        assert_eq!(histogram.shares()[0], 0.4);
        assert!(pit_histogram(&[], 10).is_err());
        assert!(pit_histogram(&[0.5], 0).is_err());
        assert!(pit_histogram(&[1.5], 10).is_err());
    }
}
