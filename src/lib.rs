//! `fourcast` forecasts the next close of a stock, with prediction intervals, from a CSV file of daily prices.
//!
//! Windows of four days are the input of an LSTM (or another network) trained by backpropagation through time; its
//! output is a predictive distribution of the next close.
//!
//! Read prices, choose a configuration, fit, forecast:
//!
//! ```
//! use std::path::PathBuf;
//!
//! use fourcast::model::{self, Config, FitOptions, SilentFit};
//! use fourcast::prices::{self, ReadOptions, Source};
//!
//! let reading = prices::read(&Source::File(PathBuf::from("data/fb.csv")), &ReadOptions::default())?;
//! let series = reading.only_settled()?;
//!
//! // The defaults of `fourcast train`, but for the epochs.
//! let mut config = Config::for_series(series);
//! config.epochs = 2;
//! let pretrained = model::pretrained(&config);
//! let fitted = model::fit(series, &config, pretrained.as_ref(), FitOptions::default(), &SilentFit)?;
//!
//! let forecast = fitted.forecaster.forecast(series)?;
//! let (lower, upper) = forecast.interval(0, 0.9);
//! assert!(lower < forecast.median(0) && forecast.median(0) < upper);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! - Other networks: [`model::ConfigOptions`] holds the requested options, and derives the others from the series.
//! - Model files: [`model::save`] and [`model::load`].
//! - Accuracy on days that a fit was not trained on: [`eval::backtest`].
//! - Networks without prices: [`nn`] works on arrays.
//!
//! Errors are typed. The program itself is the feature `cli`, which is on by default; depend on this crate with
//! `default-features = false` to leave out the program and its dependencies.
//!
//! The modules, from the bottom. Each imports only from those above it in this table; a test checks this. The first
//! five are modules of `fourcast-base`; the next ones, up to `eval`, are separate crates, `fourcast-prices` and so on,
//! in the folders of their names.
//!
//! | module | what it does |
//! |---|---|
//! | `words` | the words of messages: counts with nouns, lists, quoting for a shell, escaped characters, similar names |
//! | `threads` | pools of threads |
//! | `math` | mathematics that several modules use |
//! | `columnar` | Parquet files, read and written as tables of text |
//! | [`files`] | files: written atomically, locked, checked, identified by their content |
//! | [`prices`] | from a vendor's file to a checked series |
//! | [`nn`] | the networks: equations, forward and backward pass, optimiser; works on arrays only |
//! | [`features`] | from prices to daily inputs and targets, without look-ahead |
//! | [`model`] | a forecaster: configuration, fit, forecast, calibration, model file |
//! | [`eval`] | accuracy: baselines, backtest, scores, significance tests, the verdict |
//! | [`fleet`] | many series: in parallel and in order on one machine, in shards on many |
//! | `report` | results as table, csv, json or a bare value |
//! | `cli` | the command line: arguments, checked and resolved; one file per subcommand |

#[cfg(feature = "cli")]
pub mod cli;
pub mod fleet;
#[cfg(feature = "cli")]
pub mod report;

#[doc(inline)]
pub use fourcast_base::files;
#[cfg(feature = "cli")]
use fourcast_base::math;
use fourcast_base::{columnar, threads, words};
#[doc(inline)]
pub use {
    fourcast_eval as eval, fourcast_features as features, fourcast_model as model, fourcast_nn as nn,
    fourcast_prices as prices,
};
