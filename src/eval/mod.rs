//! Is the forecast any good? Baselines, scores, significance, and the verdict in words.
//!
//! The scores take slices of numbers, one entry a day, and give numbers back: they have heard of
//! prices and returns, never of files or networks. Only `backtest`, which walks a model forward, knows
//! what a model is. Nothing here prints.
//!
//! Two rules hold everywhere. Nothing evaluated is an [`EvalError`], never a perfect score; and
//! every figure a person may act on comes with its uncertainty.

pub mod backtest;
pub mod baselines;
mod check;
mod error;
mod longrun;
pub mod scores;
pub mod significance;
pub mod verdict;

pub use error::EvalError;
