//! Evaluation of forecasts: baselines, scores, significance tests, the verdict, and the walk-forward backtest.
//!
//! Scores are functions of slices with one entry per day. Only `backtest` and `tune` fit models. Nothing here prints;
//! `report` formats the results.
//!
//! An empty input is an [`EvalError`], never a perfect score; every skill has a confidence interval.
//!
//! The modules, from the bottom. Each imports only from modules above it in the table; a test reads this table.
//!
//! | modules | what they do |
//! |---|---|
//! | `error`, `check` | why an input cannot be evaluated; the checks of every function of slices |
//! | `longrun` | the long-run variance of a mean of autocorrelated days |
//! | `significance` | tests: Diebold-Mariano, Clark-West |
//! | `scores` | measures of accuracy, calibration and width |
//! | `baselines` | forecasters to compare with |
//! | `verdict` | the finding against each baseline, on price and on distribution |
//! | `backtest` | a model or a configuration walked forward beside baselines; the look-ahead audit |
//! | `ledger` | the file of recorded forecasts |
//! | `score` | recorded forecasts compared with the actual prices |
//! | `tune` | the search for a configuration, and the expected optimism of its best score |

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
