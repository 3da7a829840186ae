//! Quantile forecasts.

use crate::EvalError;
use crate::check::{finite, fraction, same_days};

/// The levels at which every forecast in a backtest is recorded and scored.
pub const QUANTILE_LEVELS: [f64; 21] = [
    0.01, 0.05, 0.10, 0.15, 0.20, 0.25, 0.30, 0.35, 0.40, 0.45, 0.50, 0.55, 0.60, 0.65, 0.70, 0.75, 0.80, 0.85, 0.90,
    0.95, 0.99,
];

/// A central interval, with the indices of its two ends among quantile levels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CentralInterval {
    /// Its probability.
    pub level: f64,
    /// The index of its lower end.
    pub lower: usize,
    /// The index of its upper end.
    pub upper: usize,
}

/// Returns the central intervals with both ends among quantile levels, the widest first.
pub fn central_intervals(levels: &[f64]) -> Vec<CentralInterval> {
    let interval = |(lower, end): (usize, &f64)| {
        let upper = levels.iter().position(|level| (level - (1.0 - end)).abs() < 1e-9)?;
        // Rounded because 1 - 2 * 0.05 is not exactly 0.9.
        let level = ((1.0 - 2.0 * end) * 1e9).round() / 1e9;
        (lower < upper).then_some(CentralInterval { level, lower, upper })
    };
    levels.iter().enumerate().filter_map(interval).collect()
}

/// Quantile forecasts of many days at the same levels.
#[derive(Debug, Clone, PartialEq)]
pub struct QuantileForecasts {
    levels: Vec<f64>,
    /// Row-major, (days, levels).
    values: Vec<f64>,
}

impl QuantileForecasts {
    /// Creates forecasts at these levels, without days.
    ///
    /// # Errors
    /// If there are no levels, one is not a fraction, or they do not strictly increase.
    pub fn new(levels: &[f64]) -> Result<Self, EvalError> {
        if levels.is_empty() {
            return Err(EvalError::Empty { what: "the list of quantile levels" });
        }
        for &level in levels {
            fraction("a quantile level", level)?;
        }
        if let Some(pair) = levels.windows(2).find(|pair| pair[0] >= pair[1]) {
            let expected = "levels that strictly increase";
            return Err(EvalError::OutOfRange { what: "a quantile level", value: pair[1], expected });
        }
        Ok(QuantileForecasts { levels: levels.to_vec(), values: Vec::new() })
    }

    /// Appends a day's quantiles, one per level.
    ///
    /// # Errors
    /// If there is not one quantile per level, one is not finite, or they cross.
    pub fn push(&mut self, quantiles: &[f64]) -> Result<(), EvalError> {
        let what = "a day's quantiles";
        if quantiles.len() != self.levels.len() {
            let (got, expected) = (quantiles.len(), self.levels.len());
            return Err(EvalError::Length { what, got, expected });
        }
        finite(what, quantiles)?;
        if let Some(pair) = quantiles.windows(2).find(|pair| pair[0] > pair[1]) {
            let expected = "quantiles that do not cross";
            return Err(EvalError::OutOfRange { what: "a quantile", value: pair[1], expected });
        }
        self.values.extend_from_slice(quantiles);
        Ok(())
    }

    /// Returns the levels, which strictly increase.
    pub fn levels(&self) -> &[f64] {
        &self.levels
    }

    /// Returns the number of days.
    pub fn days(&self) -> usize {
        self.values.len() / self.levels.len()
    }

    /// Returns each day's quantiles, in order, one per level.
    pub fn rows(&self) -> std::slice::ChunksExact<'_, f64> {
        self.values.chunks_exact(self.levels.len())
    }

    /// Returns the indices of the two ends of the central interval of `level` among the levels: 0.9 has its ends at
    /// 0.05 and 0.95.
    ///
    /// # Errors
    /// If `level` is not a fraction or its ends are not among the levels.
    pub fn ends(&self, level: f64) -> Result<(usize, usize), EvalError> {
        fraction("level", level)?;
        let position = |end: f64| self.levels.iter().position(|l| (l - end).abs() < 1e-9);
        match (position((1.0 - level) / 2.0), position((1.0 + level) / 2.0)) {
            (Some(lower), Some(upper)) => Ok((lower, upper)),
            _ => {
                let expected = "a level whose two ends were forecast";
                Err(EvalError::OutOfRange { what: "the interval's level", value: level, expected })
            }
        }
    }
}

/// Checks that there is a forecast for each day's outcome, and at least one day. Returns the number of days.
pub(super) fn days_of(actual: &[f64], forecasts: &QuantileForecasts) -> Result<usize, EvalError> {
    let (days, got) = (same_days(&[("actual", actual)])?, forecasts.days());
    if got == days {
        return Ok(days);
    }
    Err(EvalError::Length { what: "quantile forecasts", got, expected: days })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_central_intervals() {
        let forecasts = QuantileForecasts::new(&QUANTILE_LEVELS).unwrap();
        assert_eq!(forecasts.ends(0.98), Ok((0, 20)));
        assert_eq!(forecasts.ends(0.9), Ok((1, 19)));
        assert_eq!(forecasts.ends(0.5), Ok((5, 15)));
        assert!(forecasts.ends(0.93).is_err());
        assert!(forecasts.ends(90.0).is_err());
    }

    #[test]
    fn crossing_quantiles_are_errors() {
        let mut forecasts = QuantileForecasts::new(&[0.1, 0.5, 0.9]).unwrap();
        assert!(forecasts.push(&[-1.0, 0.0, 1.0]).is_ok());
        assert!(forecasts.push(&[-1.0, -2.0, 1.0]).is_err());
        assert!(forecasts.push(&[-1.0, 0.0]).is_err());
        assert!(forecasts.push(&[-1.0, 0.0, f64::INFINITY]).is_err());
        assert_eq!(forecasts.days(), 1);
    }

    #[test]
    fn levels_must_increase() {
        assert!(QuantileForecasts::new(&[]).is_err());
        assert!(QuantileForecasts::new(&[0.5, 0.5]).is_err());
        assert!(QuantileForecasts::new(&[5.0, 50.0]).is_err());
    }
}
