//! `fourcast` forecasts the next day's stock price, with prediction intervals, from a CSV of daily prices.
//!
//! An LSTM trained with hand-written backpropagation through time reads windows of four days and returns the
//! distribution of the next close. A module imports only modules that are listed below it:
//!
//! | module | what it does |
//! |---|---|
//! | [`cli`] | the command line: typed arguments, a checked configuration, a call of the library, a report |
//! | [`report`] | results as table, csv, json or bare value |
//! | [`eval`] | accuracy: baselines, backtest, scores, significance tests, the verdict |
//! | [`model`] | a forecaster: fit, forecast, calibrate, save and load |
//! | [`features`] | from prices to windows and targets, without look-ahead |
//! | [`nn`] | the networks: equations, forward and backward pass; works on arrays only |
//! | [`prices`] | from a vendor's file to a checked series |
//!
//! `words` has counts with their nouns and lists, for the messages of all modules.

pub mod cli;
pub mod eval;
pub mod features;
pub mod model;
pub mod nn;
pub mod prices;
pub mod report;
mod words;
