//! Errors of the backtest.

use jiff::civil::Date;
use thiserror::Error;

use crate::EvalError;
use crate::baselines::Baseline;
use fourcast_base::words::counted;
use fourcast_model::{FitError, Smaller, at_least};
use fourcast_prices::Nonpositive;

/// The error of a backtest that cannot be made.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum BacktestError {
    /// The file is too short for the requested test days.
    #[error("{} of prices, expected {} for {}", counted(*.rows, "row"), at_least(*.needed), counted(*.test_days, "test day"))]
    TooFewRows {
        /// Rows of the file.
        rows: usize,
        /// Rows required.
        needed: usize,
        /// Test days.
        test_days: usize,
        /// Settings for which smaller values would suffice.
        smaller: Option<Smaller>,
    },
    /// Too few test days for forecasts several days ahead, whose errors overlap.
    #[error("{} of forecasts {} ahead, expected at least {needed}", counted(*.asked, "test day"), counted(*.horizon, "day"))]
    TooFewTestDays {
        /// Test days requested.
        asked: usize,
        /// Days ahead.
        horizon: usize,
        /// Test days required.
        needed: usize,
    },
    /// Each fit would have too few rows.
    #[error("{} for each fit, expected {}", counted(*.rolling, "row"), at_least(*.needed))]
    TooShortRolling {
        /// Rows requested.
        rolling: usize,
        /// Rows required.
        needed: usize,
        /// Settings for which smaller values would suffice.
        smaller: Option<Smaller>,
    },
    /// A model would be tested on days that it, or its initial weights, were trained on.
    #[error("the model was trained on days up to {last}, and {found} after them, expected at least {needed}")]
    InSample {
        /// The last day that the model was trained on.
        last: Date,
        /// The number of days after it, in words.
        found: String,
        /// Days required.
        needed: usize,
        /// The maximum number of test days after it; `None` if there are too few for a test.
        possible: Option<usize>,
    },
    /// A price is not above zero, but baselines forecast logarithmic returns.
    #[error("the {which} on {date} is {price}, expected one above zero: the baselines forecast returns{}", .cause.remark())]
    NonPositive {
        /// The day.
        date: Date,
        /// The price.
        price: f64,
        /// The kind of price: `price` or `adjusted close`.
        which: &'static str,
        /// How the prices at or below zero are to be explained.
        cause: Nonpositive,
    },
    /// A baseline was requested for a longer horizon than it supports.
    #[error("{baseline} forecasts {} ahead, expected a baseline for {}", ahead(*.baseline), counted(*.horizon, "day"))]
    Horizon {
        /// The baseline.
        baseline: Baseline,
        /// Days ahead requested.
        horizon: usize,
    },
    /// A baseline that reads bars was requested, but the series has none.
    #[error("the series has no open, high and low, which {baseline} is fitted to")]
    NoBars {
        /// The baseline.
        baseline: Baseline,
    },
    /// The observer stopped the walk.
    #[error("stopped after {fits} of {}: no verdict", counted(*.planned, "fit"))]
    Stopped {
        /// Fits done.
        fits: usize,
        /// Fits planned.
        planned: usize,
    },
    /// A fit failed.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// A score failed.
    #[error(transparent)]
    Eval(#[from] EvalError),
}

impl BacktestError {
    /// Returns the day at fault, if there is one.
    pub fn date(&self) -> Option<Date> {
        match self {
            BacktestError::NonPositive { date, .. } => Some(*date),
            BacktestError::Fit(cause) => cause.date(),
            _ => None,
        }
    }
}

/// Returns the maximum horizon of a baseline, in words.
fn ahead(baseline: Baseline) -> String {
    match baseline.max_horizon {
        1 => "one day".to_owned(),
        days => format!("at most {days} days"),
    }
}
