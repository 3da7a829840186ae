//! Is the forecast any good? Baselines, scores, significance, and the verdict in words.
//!
//! This room takes slices of numbers, one entry a day, and gives numbers back. It has heard of
//! prices and returns, never of files, dates or networks, and it prints nothing.
//!
//! Two rules hold everywhere. Nothing evaluated is an [`EvalError`], never a perfect score; and
//! every figure a person may act on comes with its uncertainty.

pub mod baselines;
pub mod bootstrap;
mod check;
mod error;
pub mod scores;
pub mod significance;
pub mod verdict;

pub use error::EvalError;
