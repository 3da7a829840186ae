//! Why a series cannot be fitted.

use jiff::civil::Date;
use thiserror::Error;

use super::checkpoint::CheckpointError;
use super::forecast_error::ForecastError;
use super::spans::{Needs, Smaller, at_least, settings_to_lower};
use super::training_values::WrongTrainingValue;
use fourcast_base::words::counted;
use fourcast_nn::train::Diverged;

/// Epoch 0 is before the first step. Huge initial weights are the likely cause in the first epoch.
fn diverged(cause: Diverged, epochs: usize, initial: Option<f32>) -> String {
    match (cause.epoch, initial) {
        (0, _) => "the loss of the initial weights is not a number".to_owned(),
        (1, Some(largest)) => format!("{cause} of at most {epochs}, from initial weights of up to {largest:e}"),
        _ => format!("{cause} of at most {epochs}"),
    }
}

/// A series cannot be fitted.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum FitError {
    /// The file is too short.
    #[error("{} of prices, expected {}", counted(*.rows, "row"), at_least(*.needed))]
    TooFewRows {
        /// Rows there are.
        rows: usize,
        /// Rows needed.
        needed: usize,
        /// Settings that can be lowered so that the rows are enough.
        smaller: Option<Smaller>,
    },
    /// The series lacks what the model reads.
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
        /// Maximum epochs.
        epochs: usize,
        /// Peak learning rate.
        learning_rate: f64,
        /// The largest of the initial weights, where these are huge.
        initial: Option<f32>,
    },
    /// A value of the training is not allowed.
    #[error(transparent)]
    Training(#[from] WrongTrainingValue),
    /// Levels of prices have no common scale.
    #[error("several series for a model of price levels, expected one: their levels have no common scale")]
    PriceLevels,
    /// The training cannot be resumed.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The operating system started no threads.
    #[error("cannot start {}: {reason}", counted(*.threads, "thread"))]
    Threads {
        /// Threads asked for.
        threads: usize,
        /// The reason it gave.
        reason: String,
    },
}

impl FitError {
    /// Too few rows for those needs.
    pub(super) fn too_few_rows(rows: usize, needs: Needs) -> FitError {
        let smaller = settings_to_lower(&Needs::SETTINGS, |settings| needs.with_minimal(settings).rows() <= rows);
        FitError::TooFewRows { rows, needed: needs.rows(), smaller }
    }

    /// The day at fault, where it is one.
    pub fn date(&self) -> Option<Date> {
        match self {
            FitError::Series(cause) => cause.date(),
            FitError::NotFinite { date } => Some(*date),
            _ => None,
        }
    }
}

/// A pool of that many threads.
///
/// # Errors
/// [`FitError::Threads`] if the operating system starts none.
pub fn pool(threads: usize) -> Result<rayon::ThreadPool, FitError> {
    let failed = |reason: rayon::ThreadPoolBuildError| FitError::Threads { threads, reason: reason.to_string() };
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(failed)
}
