//! The accuracy of a model on days that were not used in its fit.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::config::Config;
use fourcast_base::math::binomial_p;

/// Accuracy, on the last days of the file, of a forecaster fitted on the rows before them; for a path, over all its
/// days.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Number of days forecast; for several series, of distinct days.
    pub days: usize,
    /// Number of forecasts of all series on those days. Absent from the file for one series.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forecasts: Option<usize>,
    /// First origin.
    pub first: Date,
    /// Last origin.
    pub last: Date,
    /// Root mean square error, in quoted prices on the basis of the last day tested, as in a backtest. In models from
    /// before 2026-11-26, in adjusted prices. For several series, as a fraction of the last close before each forecast.
    pub rmse: f64,
    /// Root mean square error of "tomorrow = today" on the same days.
    pub naive_rmse: f64,
    /// Fraction of days inside the central 50 % interval, before calibration.
    pub coverage_50: f64,
    /// Fraction of days inside the central 90 % interval, before calibration.
    pub coverage_90: f64,
    /// One entry per day ahead; empty in files of earlier versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<StepCoverage>,
}

/// Coverage of the central intervals of one day ahead.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StepCoverage {
    /// Days ahead.
    pub horizon: usize,
    /// Of the raw distributions.
    #[serde(alias = "own")]
    pub raw: Coverage,
    /// Of calibrated distributions, cross-fitted: each half of the days with the calibration of the other half. `None`
    /// if there are too few days to calibrate.
    pub calibrated: Option<Coverage>,
}

impl StepCoverage {
    /// Returns the coverage of the intervals that the model gives: the calibrated ones if there is a calibration.
    pub fn shown(&self) -> Coverage {
        self.calibrated.unwrap_or(self.raw)
    }
}

/// Fractions of days inside central intervals.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Coverage {
    /// Inside the 50 % interval.
    pub level_50: f64,
    /// Inside the 90 % interval.
    pub level_90: f64,
}

/// An interval whose coverage differs from its level by more than chance explains.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Miss {
    /// Days ahead.
    pub horizon: usize,
    /// The level of the interval.
    pub level: f64,
    /// The fraction of closes inside the interval.
    pub coverage: f64,
    /// The p-value of the exact binomial test on the days whose forecasts do not overlap.
    pub p: f64,
}

/// The probability that any coverage of a calibrated model is counted as a miss.
const MISS: f64 = 0.01;
/// The minimum number of days, with forecasts that do not overlap, for a meaningful coverage.
const MIN_INDEPENDENT: usize = 10;

impl Coverage {
    /// The mean over steps.
    pub fn mean(steps: Vec<Coverage>) -> Coverage {
        let count = steps.len() as f64;
        let sum = |of: fn(&Coverage) -> f64| steps.iter().map(of).sum::<f64>() / count;
        Coverage { level_50: sum(|step| step.level_50), level_90: sum(|step| step.level_90) }
    }
}

impl Evaluation {
    /// Returns rmse / naive_rmse: below 1 is better than "tomorrow = today".
    pub fn ratio(&self) -> f64 {
        self.rmse / self.naive_rmse
    }

    /// Returns the coverage of the intervals that the model gives, over the days ahead that it usually forecasts (see
    /// [`Config::usual_day`]); in files of earlier versions, before calibration.
    pub fn coverage(&self, config: &Config) -> Coverage {
        let usual = self.steps.iter().filter(|step| step.horizon <= config.usual_day());
        match self.steps[..] {
            [] => Coverage { level_50: self.coverage_50, level_90: self.coverage_90 },
            _ => Coverage::mean(usual.map(StepCoverage::shown).collect()),
        }
    }

    /// The number of test days whose forecasts do not overlap.
    pub fn independent_days(&self, step: &StepCoverage) -> usize {
        (self.days + 1).saturating_sub(step.horizon) / step.horizon
    }

    /// Whether there are enough such days for a meaningful coverage.
    pub fn has_enough_days(&self, step: &StepCoverage) -> bool {
        self.independent_days(step) >= MIN_INDEPENDENT
    }

    /// Returns the intervals whose coverage differs from their level by more than chance explains, for the days ahead
    /// for which the network has outputs. The significance level is 1 % for all of them together (Bonferroni).
    pub fn misses(&self, config: &Config) -> Vec<Miss> {
        let outputs = config.horizons();
        let tested = self.steps.iter().filter(|step| outputs.contains(&step.horizon) && self.has_enough_days(step));
        let tests = tested.flat_map(|step| {
            let Coverage { level_50, level_90 } = step.shown();
            [(0.5, level_50), (0.9, level_90)].map(|(level, coverage)| {
                let days = self.independent_days(step);
                let p = binomial_p((coverage * days as f64).round() as usize, days, level);
                Miss { horizon: step.horizon, level, coverage, p }
            })
        });
        let tests: Vec<Miss> = tests.collect();
        let level = MISS / tests.len() as f64;
        tests.into_iter().filter(|test| test.p < level).collect()
    }

    /// Whether [`Evaluation::coverage`] is that of calibrated intervals.
    pub fn is_calibrated(&self) -> bool {
        self.steps.iter().all(|step| step.calibrated.is_some()) && !self.steps.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(days: usize, steps: &[(usize, f64, f64)]) -> Evaluation {
        let step = |&(horizon, level_50, level_90): &(usize, f64, f64)| {
            let coverage = Coverage { level_50, level_90 };
            StepCoverage { horizon, raw: Coverage { level_50: 0.1, level_90: 0.1 }, calibrated: Some(coverage) }
        };
        let day = Date::constant(2024, 1, 2);
        let steps = steps.iter().map(step).collect();
        let (rmse, naive_rmse, coverage_50, coverage_90) = (1.0, 1.0, 0.1, 0.1);
        Evaluation { days, forecasts: None, first: day, last: day, rmse, naive_rmse, coverage_50, coverage_90, steps }
    }

    fn misses(days: usize, steps: &[(usize, f64, f64)]) -> Vec<(usize, f64)> {
        let text = b"Date,Close\n2024-01-02,1.5\n2024-01-03,1.25\n2024-01-04,1.5\n";
        let reading = fourcast_prices::read_bytes("p.csv", text, &fourcast_prices::ReadOptions::default()).unwrap();
        let config = Config::for_series(&reading.series[0]);
        test(days, steps).misses(&config).iter().map(|miss| (miss.horizon, miss.level)).collect()
    }

    #[test]
    fn a_coverage_that_chance_does_not_explain_is_a_miss() {
        assert_eq!(misses(200, &[(1, 0.25, 0.9)]), [(1, 0.5)]);
        assert_eq!(misses(200, &[(1, 0.75, 0.99)]), [(1, 0.5), (1, 0.9)], "too wide is a miss too");
        // 43 % of 200 days: p = 0.056. 43 % of 2,000 days: far below 1 %.
        assert_eq!(misses(200, &[(1, 0.43, 0.89)]), []);
        assert_eq!(misses(2_000, &[(1, 0.43, 0.89)]), [(1, 0.5)]);
        // Forecasts ten days ahead overlap: 19 of 200 days are independent; 100 days have too few.
        assert_eq!(misses(200, &[(1, 0.5, 0.9), (10, 0.3, 0.9)]), []);
        assert_eq!(misses(200, &[(1, 0.5, 0.9), (10, 0.1, 0.9)]), [(10, 0.5)]);
        assert_eq!(misses(100, &[(1, 0.5, 0.9), (10, 0.0, 0.0)]), []);
        // p = 0.003 is significant for two intervals, but not for six.
        assert_eq!(misses(200, &[(1, 0.395, 0.9)]), [(1, 0.5)]);
        assert_eq!(misses(200, &[(1, 0.395, 0.9), (2, 0.5, 0.9), (5, 0.5, 0.9)]), []);
        // Days between the outputs are interpolated.
        assert_eq!(misses(500, &[(1, 0.5, 0.9), (4, 0.0, 0.0)]), []);
    }
}
