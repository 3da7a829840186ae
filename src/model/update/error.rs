//! Why a model cannot be updated.

use jiff::civil::Date;
use thiserror::Error;

use crate::fit_error::FitError;
use crate::forecast_error::ForecastError;
use crate::reference::Mismatch;
use fourcast_base::words::counted;

/// Why a model cannot be updated.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum UpdateError {
    /// The model was trained only on simulated markets.
    #[error("the model was trained only on simulated markets, expected one that was trained on prices")]
    Simulated,
    /// The model was trained on several series.
    #[error("the model was trained on {count} series, expected one that was trained on one")]
    SeveralSeries {
        /// The number of series.
        count: usize,
    },
    /// The rows are not those of the model's series: outcomes of another company would permanently distort its
    /// calibration.
    #[error("{}", of_other_series(series, mismatch, "the model"))]
    OtherSeries {
        /// The model's series.
        series: String,
        /// How they differ.
        mismatch: Mismatch,
    },
    /// It is not certain that the rows are of the model's series, and the weights would be trained on them.
    #[error("{}, so its weights are not trained on them", unproven(series))]
    Unproven {
        /// The model's series.
        series: String,
    },
    /// The rows needed to compute the inputs of new days are missing.
    #[error("{} of days with trade up to {until}, the last day of the model, expected at least {needed} before the new rows", counted(*.rows, "row"))]
    NoHistory {
        /// The last day of the model.
        until: Date,
        /// Rows up to that day.
        rows: usize,
        /// Rows needed.
        needed: usize,
        /// A first day that gives enough rows.
        begin: Date,
    },
    /// The series lacks columns that the model reads, or the forecast is not finite.
    #[error(transparent)]
    Forecast(#[from] ForecastError),
    /// The training on all rows failed.
    #[error(transparent)]
    Fit(#[from] FitError),
}

fn of_other_series(series: &str, mismatch: &Mismatch, model: &str) -> String {
    let known = if mismatch.is_known() { "" } else { "known to be " };
    format!("these are not {known}the prices of '{series}' that {model} was trained on: {mismatch}")
}

pub(super) fn unproven(series: &str) -> String {
    format!(
        "nothing shows that these are the prices of '{series}': the model is of an earlier version, which stores no returns, \
         and the rows are not exactly those that it was trained on"
    )
}

impl UpdateError {
    /// Returns the message with the name of the model's file.
    pub fn of_model(&self, model: &str) -> String {
        match self {
            UpdateError::OtherSeries { series, mismatch } => of_other_series(series, mismatch, model),
            _ => self.to_string(),
        }
    }

    /// Returns a first day that gives enough rows for an update, if the rows begin too late.
    pub fn begin(&self) -> Option<Date> {
        match self {
            UpdateError::OtherSeries { mismatch: Mismatch::Late { begin, .. }, .. } => Some(*begin),
            UpdateError::NoHistory { begin, .. } => Some(*begin),
            _ => None,
        }
    }

    /// The day that caused the error, if it is a single day.
    pub fn date(&self) -> Option<Date> {
        match self {
            UpdateError::OtherSeries { mismatch: Mismatch::Different(difference), .. } => Some(difference.date),
            UpdateError::OtherSeries { mismatch: Mismatch::Replaced { days, .. }, .. } => days.first().map(|day| day.0),
            UpdateError::Forecast(cause) => cause.date(),
            UpdateError::Fit(cause) => cause.date(),
            _ => None,
        }
    }
}
