//! A [`Forecaster`]: fitted on prices, written to disk, read back, asked for tomorrow.
//!
//! Here prices, features and networks meet.
//!
//! | file | what it holds |
//! |---|---|
//! | `config` | what the user may choose, and what a model file must remember of it |
//! | `defaults` | the configuration for a series where little or nothing is asked for |
//! | `spans` | which days train, which stop the training, which test it |
//! | `fit` | from a series to a fitted forecaster, and how it did on days it had not seen |
//! | `forecaster` | from a series and a fitted forecaster to a forecast |
//! | `assess` | how a fit did on days it had not seen, and what they say of its prediction intervals |
//! | `calibration` | what unseen days said about the odds |
//! | `uncalibrated` | why there is no calibration |
//! | `many` | one forecaster for many series: how the prior is made |
//! | `prior` | networks that have seen simulated markets, compiled in |
//! | `odds`, `path` | the ensemble's distribution and its quantiles, for one day and for several |
//! | `grid`, `rounded_walk` | the distribution of prices that move in coarse steps |
//! | `student_t` | quantiles and distribution function for any degrees of freedom |
//! | `card`, `file` | the model file: what it says of itself, writing, reading, checking |
//! | `place`, `content` | where files are written, and what a file is that would be replaced |
//! | `checksum` | proof that a file is as it was written |

mod assess;
mod calibration;
mod card;
mod checksum;
mod config;
mod content;
mod defaults;
mod distribution;
mod file;
mod fit;
mod forecaster;
mod grid;
mod many;
mod path;
mod place;
mod pretrained;
mod rounded_walk;
mod spans;
pub(crate) mod student_t;
mod uncalibrated;

pub use calibration::{Calibration, ErrorScale, RecalibrationMap};
pub use card::{
    Card, Coverage, Evaluation, Losses, MAX_DAYS, MAX_HIDDEN, MAX_LAYERS, MAX_MEMBERS, MAX_PATH, Residuals, Start,
    StepCoverage, Training,
};
pub use config::{Config, LossKind, Oversize};
pub use defaults::{ConfigError, ConfigOptions, Difference, InitFrom};
pub use distribution::Distribution;
pub use file::{
    FORMAT_VERSION, ModelFileError, Problem as ModelFileProblem, check_target, check_target_of, load, save,
};
pub use fit::{FitError, FitOptions, Fitted, Init, Progress, Silent, TestFit, fit, pool};
pub use forecaster::{Forecast, ForecastError, Forecaster, Note, Session};
pub use many::fit_pool;
pub use path::Path;
pub use place::{AtomicFile, write_atomically};
pub use pretrained::{pretrained, pretrained_for};
pub use spans::{Needs, Setting, Smaller, Spans, at_least, settings_to_lower};
pub use uncalibrated::Uncalibrated;
