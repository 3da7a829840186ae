//! Evaluation of forecasts: baselines, scores, significance tests, the verdict, and the walk-forward backtest.
//!
//! Scores are functions of slices with one entry a day. Only `backtest`, which walks a model forward, knows
//! what a model is. Nothing here prints; `report` words the results.
//!
//! An empty input is an [`EvalError`], never a perfect score; a skill comes with its confidence interval.

pub mod backtest;
pub mod baselines;
mod check;
mod error;
pub mod ledger;
mod longrun;
pub mod score;
pub mod scores;
pub mod significance;
pub mod tune;
pub mod verdict;

pub use error::EvalError;
