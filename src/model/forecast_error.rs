//! Why a series cannot be forecast by a model.

use jiff::civil::Date;
use thiserror::Error;

use super::ahead::Ahead;
use fourcast_base::words::counted;
use fourcast_prices::{Covariate, CovariateKind, Frequency, Nonpositive};

/// Why a series cannot be forecast by a model.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum ForecastError {
    /// The series has fewer rows than the window.
    #[error("{} of prices, expected at least {window}: the model reads windows of {}", counted(*.rows, "row"), counted(*.window, "day"))]
    TooFewRows {
        /// Rows of the series.
        rows: usize,
        /// Days per window.
        window: usize,
    },
    /// The spacing of the rows differs from that of the model: weeks instead of days, for example.
    #[error("{series} rows, expected {model} ones: the model was trained on them")]
    Frequency {
        /// Spacing of the series.
        series: Frequency,
        /// Spacing of the model.
        model: Frequency,
    },
    /// The model reads bars, and the series has none.
    #[error("no open, high and low, expected them: the model was trained on them")]
    NoBars,
    /// The model reads volumes, and the series has none.
    #[error("no volume, expected one: the model was trained on it")]
    NoVolume,
    /// The model reads a covariate that the series does not have.
    #[error("no {}, expected {covariate}: the model was trained on it", match .covariate.kind { CovariateKind::Events => "events", _ => "such column" })]
    NoCovariate {
        /// The covariate.
        covariate: Covariate,
    },
    /// A value that must be known ahead is missing.
    #[error("{covariate} has no value for {date}, a session up to the one forecast")]
    NotKnownAhead {
        /// The covariate.
        covariate: Covariate,
        /// The session.
        date: Date,
    },
    /// A price is not above zero, and therefore has no logarithm.
    #[error("the {which} on {date} is {price}, expected one above zero: the model forecasts returns{}", .cause.remark())]
    NonPositive {
        /// The day.
        date: Date,
        /// The price.
        price: f64,
        /// The kind of price: `price` or `adjusted close`.
        which: &'static str,
        /// What the prices of the series at or below zero are.
        cause: Nonpositive,
    },
    /// The model does not forecast a requested day.
    #[error("{asked} ahead is requested, but the model forecasts {}", in_words(*.first, *.last))]
    Ahead {
        /// The requested days.
        asked: Ahead,
        /// The first day ahead that it forecasts.
        first: usize,
        /// The last day ahead that it forecasts.
        last: usize,
    },
    /// The output of the networks is not finite.
    #[error("the forecast is not a finite number, expected a price")]
    NotFinite,
    /// A quantile at a level so near to 0 or 1 that its price is not a valid number.
    #[error("the {level:e} quantile of the price is {price}, expected a price")]
    Quantile {
        /// The level.
        level: f64,
        /// The price.
        price: f64,
    },
    /// A price that no model trained on prices forecasts.
    #[error(
        "the forecast is {factor:.1e} times the last price, expected a factor from {:e} to {MAX_FACTOR:e}", 1.0 / MAX_FACTOR
    )]
    Implausible {
        /// The price forecast divided by the last price.
        factor: f64,
    },
    /// A model of returns forecasts a price of zero, because the return is too large for a floating-point number.
    #[error("the forecast is {price}, expected a price above zero")]
    NoPrice {
        /// The price.
        price: f64,
    },
}

fn in_words(first: usize, last: usize) -> String {
    if first == last { format!("only day {first}") } else { format!("days {first} to {last}") }
}

/// The maximum factor between a price and its forecast: larger than the rise of any price ever quoted.
pub(super) const MAX_FACTOR: f64 = 1e9;

impl ForecastError {
    /// Refuses values that are not finite.
    ///
    /// # Errors
    /// [`ForecastError::NotFinite`] if a value is not finite.
    pub fn check(values: impl IntoIterator<Item = f64>) -> Result<(), ForecastError> {
        values.into_iter().all(f64::is_finite).then_some(()).ok_or(ForecastError::NotFinite)
    }

    /// Refuses a forecast that is an implausible multiple of the last price.
    ///
    /// # Errors
    /// [`ForecastError::Implausible`] if `factor` is above [`MAX_FACTOR`] or below its inverse;
    /// [`ForecastError::NotFinite`] if it is not finite.
    pub(super) fn check_factor(factor: f64) -> Result<(), ForecastError> {
        ForecastError::check([factor])?;
        let size = factor.abs();
        if (1.0 / MAX_FACTOR..=MAX_FACTOR).contains(&size) {
            Ok(())
        } else {
            Err(ForecastError::Implausible { factor })
        }
    }

    /// The day that caused the error, if there is one.
    pub fn date(&self) -> Option<Date> {
        if let ForecastError::NonPositive { date, .. } = self { Some(*date) } else { None }
    }
}
