//! The accuracy of a model on days that its fit has not seen.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::config::Config;

/// Accuracy on the last days of the file of a forecaster fitted on the rows before them; of a path, over all its days.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Days forecast; of several series the different ones.
    pub days: usize,
    /// Forecasts of all series on those days. Absent from the file for one series.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forecasts: Option<usize>,
    /// First origin.
    pub first: Date,
    /// Last origin.
    pub last: Date,
    /// Root mean square error, in quoted prices on the basis of the last day tested, as a backtest gives it. In
    /// adjusted prices in models from before 2026-11-26. Of several series as a fraction of the last close of each
    /// forecast.
    pub rmse: f64,
    /// That of "tomorrow = today" on the same days.
    pub naive_rmse: f64,
    /// Fraction of days inside the central 50 % interval, before calibration.
    pub coverage_50: f64,
    /// Fraction of days inside the central 90 % interval, before calibration.
    pub coverage_90: f64,
    /// One entry per day ahead; none in files of earlier versions.
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
    /// Of calibrated distributions, cross-fitted: each half of the days with the calibration of the other. None where
    /// the days are too few to calibrate.
    pub calibrated: Option<Coverage>,
}

impl StepCoverage {
    /// Of the intervals that the model gives: calibrated ones where there is a calibration.
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

impl Coverage {
    /// The mean over steps.
    pub fn mean(steps: Vec<Coverage>) -> Coverage {
        let count = steps.len() as f64;
        let sum = |of: fn(&Coverage) -> f64| steps.iter().map(of).sum::<f64>() / count;
        Coverage { level_50: sum(|step| step.level_50), level_90: sum(|step| step.level_90) }
    }
}

impl Evaluation {
    /// rmse / naive_rmse: below 1 is better than "tomorrow = today".
    pub fn ratio(&self) -> f64 {
        self.rmse / self.naive_rmse
    }

    /// Coverage of the intervals that the model gives, of the days ahead that it usually forecasts (see
    /// [`Config::usual_day`]); before calibration in files of earlier versions.
    pub fn coverage(&self, config: &Config) -> Coverage {
        let usual = self.steps.iter().filter(|step| step.horizon <= config.usual_day());
        match self.steps[..] {
            [] => Coverage { level_50: self.coverage_50, level_90: self.coverage_90 },
            _ => Coverage::mean(usual.map(StepCoverage::shown).collect()),
        }
    }

    /// Whether [`Evaluation::coverage`] is that of calibrated intervals.
    pub fn is_calibrated(&self) -> bool {
        self.steps.iter().all(|step| step.calibrated.is_some()) && !self.steps.is_empty()
    }
}
