//! A [`Forecaster`]: configured, fitted to prices, stored in a file, asked for forecasts.
//!
//! | file | what it holds |
//! |---|---|
//! | `config` | the configuration of a model |
//! | `defaults` | the configuration for a series where little or nothing is asked for |
//! | `spans` | training, validation and test days |
//! | `cut` | the same of several series, cut at the same dates |
//! | `fit`, `fit_error` | fits a forecaster to a series, or to several together; why it cannot |
//! | `source`, `pool`, `windows` | the series of a fit, and their windows in one table |
//! | `plan` | one fit: its days, its scales, the training of a network |
//! | `scales`, `residuals` | what is measured on the training days, before and after the training |
//! | `forecaster` | forecasts of a series by a fitted forecaster |
//! | `forecast`, `note`, `forecast_error` | a forecast in prices, remarks on it, and why there is none |
//! | `provenance` | what a forecast was made with |
//! | `explain` | what the networks read and computed for a forecast, day by day |
//! | `flow` | what the layers of an explained forecast keep, add and pass on, day by day |
//! | `sums` | the terms of the sums inside nonlinearities |
//! | `sensitivity` | how the forecast depends on each day of the window |
//! | `assess`, `unseen` | evaluation and calibration of a fit on unseen days; those of one series |
//! | `calibration` | recalibration of levels and adjustment of scales |
//! | `uncalibrated` | why a model has no calibration |
//! | `members` | trains the networks of the fits in parallel |
//! | `progress` | what a fit reports while it runs, and how it is stopped |
//! | `loss_curve` | the losses of a fit, epoch by epoch |
//! | `many` | fits one forecaster to many simulated series, as the pretrained ones are |
//! | `pretrained` | networks pretrained on simulated markets, compiled in |
//! | `weights` | weights of another program |
//! | `widen` | networks that read covariates beside their own inputs, before they are trained on them |
//! | `ahead` | the days ahead that a model forecasts, and those asked of it |
//! | `distribution`, `path` | the predictive distribution of an ensemble, for one day and for several |
//! | `skew` | the skewness of a predictive distribution |
//! | `grid`, `rounded_walk` | predictive distributions of prices with a large tick |
//! | `update`, `update_record` | brings a model up to new rows; what that changed |
//! | `reference` | the returns by which a model knows its series again |
//! | `checkpoint` | the state of a training, from which another process continues it |
//! | `card`, `card_bounds`, `file` | the model file: its metadata, writing, reading, checking |
//! | `header` | bounds on the header of a model file |
//! | `training_values` | values that a training may have, as options and in a model file |
//! | `file_name` | the file name of the model of a series, in a folder of models |
//! | `onnx` | the whole forecast as an ONNX graph |
//! | `place`, `content` | writing files safely, and the kind of a file that would be replaced |
//! | `lock` | one run at a time writes a model |
//! | `pending` | temporary files, removed where the program ends at once |
//! | `checksum` | whether a file is as it was written |

mod ahead;
mod assess;
mod calibration;
mod card;
mod card_bounds;
mod checkpoint;
mod checksum;
mod config;
mod content;
mod cut;
mod defaults;
mod distribution;
mod explain;
mod file;
mod file_name;
mod fit;
mod fit_error;
mod flow;
mod forecast;
mod forecast_error;
mod forecaster;
mod grid;
mod header;
mod lock;
mod loss_curve;
mod many;
mod members;
mod note;
pub mod onnx;
mod path;
mod pending;
mod place;
mod plan;
mod pool;
mod pretrained;
mod progress;
mod provenance;
mod reference;
mod residuals;
mod rounded_walk;
mod scales;
mod sensitivity;
mod skew;
mod source;
mod spans;
mod sums;
pub(crate) mod training_values;
mod uncalibrated;
mod unseen;
mod update;
mod update_record;
mod weights;
mod widen;
mod windows;

pub use ahead::{Ahead, NODES};
pub use calibration::{Calibration, ErrorScale, RecalibrationMap};
pub use card::{
    Card, Coverage, Evaluation, InitialWeights, Losses, MAX_DAYS, MAX_HIDDEN, MAX_LAYERS, MAX_MEMBERS, MAX_PATH, Panel,
    Residuals, StepCoverage, TrainedSeries, Training, data_sha256,
};
pub use checkpoint::{Checkpoint, CheckpointError, CheckpointProblem};
pub(crate) use checksum::{hexadecimal, seal_text, unseal_text};
pub use config::{Config, LossKind, Oversize};
pub use defaults::{ConfigError, ConfigOptions, Difference, InitFrom};
pub use distribution::Distribution;
pub use explain::{DayOfWindow, ExplainError, ExplainOptions, Explanation, Influence, MemberTrace};
pub use file::{
    FORMAT_VERSION, ModelFileError, Problem as ModelFileProblem, check_target, check_target_of, load, load_bytes, save,
};
pub use file_name::{model_file_name, model_path, series_of_model_file};
pub use fit::{FitOptions, Fitted, FittedSeveral, Init, TestFit, fit, fit_several};
pub use fit_error::{FitError, pool};
pub use flow::{DayFlow, Flows, LayerFlow, Split, Terms};
pub use forecast::{Forecast, Session};
pub use forecast_error::ForecastError;
pub use forecaster::Forecaster;
pub use lock::WriteLock;
pub use loss_curve::{LossCurve, WhichFit};
pub use many::fit_pool;
pub use note::Note;
pub use path::Path;
pub use pending::abandon_writes;
pub use place::{AtomicFile, write_atomically};
pub(crate) use place::{is_at, sync_folder_of};
pub use pretrained::{pretrained, pretrained_for};
pub use progress::{FitProgress, SilentFit, StoppedFit};
pub use provenance::{Provenance, WeightSource, short_hash};
pub use reference::{Mismatch, PriceDifference, ReferenceReturn};
pub use sensitivity::{Attribution, StartAttribution};
pub use skew::Skew;
pub use spans::{Needs, SizeSetting, Smaller, Spans, at_least, settings_to_lower};
pub use sums::{LayerSums, Source, SumTerm, Sums};
pub use training_values::{Expected, MAX_BATCH, MAX_EPOCHS, WrongTrainingValue};
pub use uncalibrated::Uncalibrated;
pub use update::{Doubt, Jump, UpdateError, UpdateRemark, Updated};
pub use update_record::{Drift, SeenRows, UpdateRecord};
pub use weights::{InitFile, Weights, WeightsError, load_init};
