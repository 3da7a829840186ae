//! A [`Forecaster`]: how it is configured, fitted to prices and stored in a file, and its forecasts.
//!
//! The modules, from the bottom. Each module imports only from modules above it in this table; a test checks this.
//!
//! | modules | what they do |
//! |---|---|
//! | `limits` | bounds on the sizes of a model |
//! | `config` | the configuration of a model |
//! | `training_values` | values of a training run, as options and in a model file |
//! | `spans` | training, validation and test days |
//! | `cut` | the days of several series, cut at the same dates |
//! | `ahead`, `forecast_error` | the days ahead requested from a model; why a series cannot be forecast |
//! | `horizons` | the days ahead that a model forecasts |
//! | `initial_weights`, `calibration` | the origin of the weights; recalibration of levels and adjustment of scales |
//! | `uncalibrated` | why a model has no calibration |
//! | `skew`, `distribution` | the predictive distribution of an ensemble for one day, and its skewness |
//! | `initial_bias` | the first forecast of random weights: the distribution of the training targets |
//! | `rounded_walk`, `past_moves`, `grid` | predictive distributions of prices with a large tick |
//! | `path` | the predictive distributions of several days |
//! | `moves`, `reference` | whether two moves are the same; the returns by which a model recognises its series |
//! | `training`, `evaluation`, `update_record` | what a model was trained on, how it was tested, how it was updated |
//! | `file_error`, `card`, `card_bounds` | why a model file cannot be read or written; its metadata, and bounds on it |
//! | `samples`, `requirements` | the windows of a series; whether a series has the columns that the networks read |
//! | `note`, `provenance`, `forecast` | a forecast in prices, remarks on it, and the model and data it was made from |
//! | `plausible` | whether a forecast is likely, given the recent returns of its series |
//! | `forecaster` | forecasts of a series by a fitted forecaster |
//! | `header`, `file`, `file_name` | the bounds on what is read of a model file; the file; its name |
//! | `init`, `widen` | the weights that a fit starts from; the same networks with inputs of covariates added |
//! | `pretrained` | networks pretrained on simulated markets, compiled in |
//! | `weights` | weights of another program |
//! | `config_error` | why no configuration can be made for a series |
//! | `defaults` | the configuration for a series if few or no options are set |
//! | `checkpoint` | the state of a training run, from which another process continues it |
//! | `progress` | what a fit reports while it runs, and how it is stopped |
//! | `fit_error` | why a forecaster cannot be fitted |
//! | `member`, `keeper`, `members` | trains the networks of the fits in parallel, and keeps their states |
//! | `pool`, `source` | the series of a fit |
//! | `scales`, `windows` | the scales measured before training; the windows of all series in one table |
//! | `plan` | one fit: its days, its scales, the training of a network |
//! | `residuals` | the values measured on the training days after training |
//! | `unseen`, `assess` | evaluation and calibration of a fit on unseen days |
//! | `loss_curve`, `fit` | the losses of a fit, epoch by epoch; fits a forecaster to one or several series |
//! | `many` | fits one forecaster to many simulated series, as for the pretrained networks |
//! | `sums` | the terms of the sums inside nonlinearities |
//! | `sensitivity` | how the forecast depends on each day of the window |
//! | `explain`, `flow` | what the networks read and computed for a forecast, day by day |
//! | `late_rows`, `update` | rows that updates have missed; updates a model with new rows |
//! | `onnx` | the whole forecast as an ONNX graph |

mod ahead;
mod assess;
mod calibration;
mod card;
mod card_bounds;
mod checkpoint;
mod config;
mod config_error;
mod cut;
mod defaults;
mod distribution;
mod evaluation;
mod explain;
mod file;
mod file_error;
mod file_name;
mod fit;
mod fit_error;
mod flow;
mod forecast;
mod forecast_error;
mod forecaster;
mod grid;
mod header;
mod horizons;
mod init;
mod initial_bias;
mod initial_weights;
mod keeper;
mod late_rows;
mod limits;
mod loss_curve;
mod many;
mod member;
mod members;
#[doc(hidden)]
pub mod moves;
mod note;
pub mod onnx;
mod past_moves;
mod path;
mod plan;
mod plausible;
mod pool;
mod pretrained;
mod progress;
mod provenance;
mod reference;
mod requirements;
mod residuals;
mod rounded_walk;
mod samples;
mod scales;
mod sensitivity;
mod skew;
mod source;
mod spans;
mod sums;
mod training;
#[doc(hidden)]
pub mod training_values;
mod uncalibrated;
mod unseen;
mod update;
mod update_record;
mod weights;
mod widen;
mod windows;

pub use ahead::Ahead;
pub use calibration::{Calibration, ErrorScale, RecalibrationMap};
pub use card::{Card, Residuals};
pub use checkpoint::{Checkpoint, CheckpointError, CheckpointProblem};
pub use config::{Config, Oversize};
pub use config_error::{ConfigError, Difference};
pub use defaults::{ConfigOptions, InitFrom};
pub use distribution::Distribution;
pub use evaluation::{Coverage, Evaluation, Miss, StepCoverage};
pub use explain::{DayOfWindow, ExplainError, ExplainOptions, Explanation, Influence, MemberTrace};
pub use file::{check_target, load, load_bytes, save};
pub use file_error::{FORMAT_VERSION, ModelFileError, Problem as ModelFileProblem};
pub use file_name::{model_file_name, model_path, series_of_model_file};
pub use fit::{FitOptions, Fitted, FittedSeveral, JointFit, TestFit, fit, fit_several};
pub use fit_error::FitError;
pub use flow::{DayFlow, Flows, LayerFlow, SignedMeans, Terms};
pub use forecast::{Forecast, Session};
pub use forecast_error::ForecastError;
pub use forecaster::Forecaster;
pub use horizons::OUTPUT_HORIZONS;
pub use init::Init;
pub use initial_weights::InitialWeights;
pub use limits::{MAX_DAYS, MAX_HIDDEN, MAX_LAYERS, MAX_MEMBERS, MAX_PATH};
pub use loss_curve::{LossCurve, WhichFit};
pub use many::fit_pool;
pub use note::{Note, UnlikelyForecast};
pub use path::Path;
pub use pretrained::{pretrained, pretrained_for};
pub use progress::{FitProgress, SilentFit};
pub use provenance::{Provenance, WeightSource, short_hash};
pub use reference::{Mismatch, PriceDifference, ReferenceReturn};
pub use sensitivity::{Attribution, StartAttribution};
pub use skew::Skew;
pub use spans::{Needs, SizeSetting, Smaller, Spans, at_least, settings_to_lower};
pub use sums::{LayerSums, SumTerm, Sums, TermSource};
pub use training::{Losses, Panel, StoppedFit, TrainedSeries, Training, data_sha256};
pub use training_values::{Expected, MAX_BATCH, MAX_EPOCHS, WrongTrainingValue};
pub use uncalibrated::Uncalibrated;
pub use update::{Doubt, Jump, UpdateError, UpdateOptions, UpdateRemark, Updated};
pub use update_record::{Drift, SeenRows, UpdateRecord};
pub use weights::{InitFile, Weights, WeightsError, load_init};
