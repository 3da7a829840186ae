//! A search over configurations: random search, successive halving on walk-forward folds, and the optimism that
//! choosing the best of several trials adds to its score.
//!
//! The modules, from the bottom. Each imports only from modules above it in the table; a test reads this table.
//!
//! | modules | what they do |
//! |---|---|
//! | `values`, `space` | the space from which trials are drawn |
//! | `days` | the folds, and the test days that no trial uses |
//! | `schedule` | the rungs: which trials are evaluated on which folds |
//! | `losses`, `evaluation` | the losses of all trials, and their scores; a trial on a fold |
//! | `optimism` | the expected optimism of the best trial's score |
//! | `test_span` | the best trial and the default configuration on the test days |
//! | `search` | evaluates what the schedule requires, on all threads |
//! | `journal` | the file of evaluations, from which a search continues |

mod days;
mod evaluation;
mod journal;
mod losses;
mod optimism;
mod schedule;
mod search;
mod space;
mod test_span;
mod values;

use jiff::civil::Date;
use thiserror::Error;

use super::backtest::{BacktestError, BacktestSettings};
use fourcast_model::ConfigError;

pub use days::SearchDays;
pub use evaluation::Searched;
pub use journal::{Identity, Journal, JournalError, JournalProblem};
pub use losses::{Found, Loss, Losses, Objective};
pub use optimism::Optimism;
pub use schedule::{Placed, Rung, Schedule, Stage};
pub use search::{Evaluation, Part, Search, SearchEnd, SearchError, TuneProgress};
pub use space::{Space, TrialSettings};
pub use test_span::{DEFAULT, TestSpan};
pub use values::{Setting, Values};

/// Settings of a search.
#[derive(Debug, Clone, PartialEq)]
pub struct TuneSettings {
    /// The walk over the test days. Its number of days between fits is also the length of a fold, if the file is long
    /// enough; its baselines include that of the objective.
    pub walk: BacktestSettings,
    /// Folds of the last rung.
    pub folds: usize,
    /// The score by which trials are compared.
    pub objective: Objective,
    /// Seed of the bootstrap.
    pub seed: u64,
}

/// The error of a series that cannot be used in a search.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum TuneError {
    /// A trial cannot be configured for the series.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A fit or a test failed.
    #[error(transparent)]
    Backtest(#[from] BacktestError),
}

impl TuneError {
    /// Returns the day at fault, if there is one.
    pub fn date(&self) -> Option<Date> {
        match self {
            TuneError::Config(_) => None,
            TuneError::Backtest(cause) => cause.date(),
        }
    }
}
