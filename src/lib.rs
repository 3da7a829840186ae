//! `fourcast` forecasts tomorrow's stock price, with its odds, from a CSV of daily prices.
//!
//! Four days of prices go as a sequence through an LSTM trained with hand-written backpropagation
//! through time; out comes the next close and how far it may be off. The rooms, from the command
//! line down; nothing looks up:
//!
//! | room | what it does |
//! |---|---|
//! | [`cli`] | typed arguments, a checked configuration, a call, a report |
//! | [`report`] | what people and programs read |
//! | [`eval`] | what the forecast is worth: baselines, scores, significance, the verdict |
//! | [`model`] | a forecaster: fitted, asked, written to disk and read back |
//! | [`features`] | from prices to windows and targets, seeing no later row |
//! | [`nn`] | the networks: equations, forward and backward; knows arrays only |
//! | [`prices`] | from a vendor's file to a checked series; knows no network |
//!
//! `words` has what all of them say alike.

pub mod cli;
pub mod eval;
pub mod features;
pub mod model;
pub mod nn;
pub mod prices;
pub mod report;
mod words;
