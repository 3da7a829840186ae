//! Why a series cannot be fitted.

use jiff::civil::Date;
use thiserror::Error;

use super::checkpoint::CheckpointError;
use super::forecast_error::ForecastError;
use super::spans::{Needs, Smaller, at_least, settings_to_lower};
use super::training_values::WrongTrainingValue;
use fourcast_base::threads::ThreadError;
use fourcast_base::words::counted;
use fourcast_nn::train::Diverged;

/// Returns the message. Epoch 0 is before the first step. In the first epoch, huge initial weights are the likely
/// cause.
fn diverged(cause: Diverged, epochs: usize, initial: Option<f32>) -> String {
    match (cause.epoch, initial) {
        (0, _) => "the loss of the initial weights is not a number".to_owned(),
        (1, Some(largest)) => format!("{cause} of at most {epochs}, from initial weights of up to {largest:e}"),
        _ => format!("{cause} of at most {epochs}"),
    }
}

/// Why a series cannot be fitted.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum FitError {
    /// The file is too short.
    #[error("{} of prices, expected {}", counted(*.rows, "row"), at_least(*.needed))]
    TooFewRows {
        /// Number of rows.
        rows: usize,
        /// Number of rows needed.
        needed: usize,
        /// Settings to lower so that there are enough rows.
        smaller: Option<Smaller>,
    },
    /// The series lacks data that the model reads.
    #[error(transparent)]
    Series(#[from] ForecastError),
    /// An input or a target of the training is not finite.
    #[error("the inputs of the networks on {date} are not finite numbers: a value up to that day is too large")]
    NotFinite {
        /// The first such day.
        date: Date,
    },
    /// The loss is not finite.
    #[error("{}", diverged(*.cause, *.epochs, *.initial))]
    Diverged {
        /// The epoch.
        #[source]
        cause: Diverged,
        /// Maximum number of epochs.
        epochs: usize,
        /// Peak learning rate.
        learning_rate: f64,
        /// The largest initial weight, if it is huge.
        initial: Option<f32>,
    },
    /// A value of the training is not allowed.
    #[error(transparent)]
    Training(#[from] WrongTrainingValue),
    /// Price levels of several series have no common scale.
    #[error("several series for a model of price levels, expected one: their levels have no common scale")]
    PriceLevels,
    /// The training cannot be resumed.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The operating system did not start the threads.
    #[error(transparent)]
    Threads(#[from] ThreadError),
}

impl FitError {
    /// Returns the error for too few rows for those needs.
    pub(super) fn too_few_rows(rows: usize, needs: Needs) -> FitError {
        let smaller = settings_to_lower(&Needs::SETTINGS, |settings| needs.with_minimal(settings).rows() <= rows);
        FitError::TooFewRows { rows, needed: needs.rows(), smaller }
    }

    /// The day that caused the error, if there is one.
    pub fn date(&self) -> Option<Date> {
        match self {
            FitError::Series(cause) => cause.date(),
            FitError::NotFinite { date } => Some(*date),
            _ => None,
        }
    }
}
