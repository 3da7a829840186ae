//! Why a series cannot be forecast by a model.

use jiff::civil::Date;
use thiserror::Error;

use super::ahead::Ahead;
use fourcast_base::words::counted;
use fourcast_prices::{Covariate, CovariateKind, Frequency, Nonpositive};

/// A series cannot be forecast by a model.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum ForecastError {
    /// Fewer rows than the window.
    #[error("{} of prices, expected at least {window}: the model sees windows of {}", counted(*.rows, "row"), counted(*.window, "day"))]
    TooFewRows {
        /// Rows of the series.
        rows: usize,
        /// Days of a window.
        window: usize,
    },
    /// The rows have another spacing than those of the model: weeks instead of days, for example.
    #[error("{series} rows, expected {model} ones: the model was trained on them")]
    Frequency {
        /// Spacing of the series.
        series: Frequency,
        /// Spacing of the model.
        model: Frequency,
    },
    /// The model reads bars and the series has none.
    #[error("no open, high and low, expected them: the model was trained on them")]
    NoRange,
    /// The model reads volumes and the series has none.
    #[error("no volume, expected one: the model was trained on it")]
    NoVolume,
    /// The model reads a covariate that the series does not have.
    #[error("no {}, expected {covariate}: the model was trained on it", match .covariate.kind { CovariateKind::Events => "events", _ => "such column" })]
    NoCovariate {
        /// The covariate.
        covariate: Covariate,
    },
    /// A value that should be known ahead is missing.
    #[error("{covariate} has no value for {date}, a session up to the one forecast")]
    NotKnownAhead {
        /// The covariate.
        covariate: Covariate,
        /// The session.
        date: Date,
    },
    /// A price is not above zero, and has no logarithm.
    #[error("the {which} on {date} is {price}, expected one above zero: the model forecasts returns{}", .cause.remark())]
    NonPositive {
        /// The day.
        date: Date,
        /// The price.
        price: f64,
        /// Which one it is: `price` or `adjusted close`.
        which: &'static str,
        /// What the prices at or below zero of the series are.
        cause: Nonpositive,
    },
    /// The model has no forecast of a day asked for.
    #[error("{asked} ahead is asked for, and the model forecasts {}", in_words(*.first, *.last))]
    Ahead {
        /// What is asked for.
        asked: Ahead,
        /// The first day ahead that it forecasts.
        first: usize,
        /// The last.
        last: usize,
    },
    /// The output of the networks is not finite.
    #[error("the forecast is not a finite number, expected a price")]
    NotFinite,
    /// A quantile at a level so near to 0 or 1 that no price can hold it.
    #[error("the {level:e} quantile of the price is {price}, expected a price")]
    Quantile {
        /// The level.
        level: f64,
        /// The price.
        price: f64,
    },
    /// A price that no model forecasts that was trained on prices.
    #[error(
        "the forecast is {factor:.1e} times the last price, expected at most {MAX_FACTOR:e} times or that part of it"
    )]
    Implausible {
        /// The price forecast over the last price.
        factor: f64,
    },
    /// A model of returns forecasts a price of zero: the return is beyond what a floating-point number holds.
    #[error("the forecast is {price}, expected a price above zero")]
    NoPrice {
        /// The price.
        price: f64,
    },
}

fn in_words(first: usize, last: usize) -> String {
    if first == last { format!("day {first} alone") } else { format!("days {first} to {last}") }
}

/// The most times that a price can become on the days of a forecast: more than any price that was ever quoted became.
pub(super) const MAX_FACTOR: f64 = 1e9;

impl ForecastError {
    /// Refuses values that are not finite.
    ///
    /// # Errors
    /// [`ForecastError::NotFinite`] if a value is.
    pub fn check(values: impl IntoIterator<Item = f64>) -> Result<(), ForecastError> {
        values.into_iter().all(f64::is_finite).then_some(()).ok_or(ForecastError::NotFinite)
    }

    /// Refuses a forecast that is this many times the last price.
    ///
    /// # Errors
    /// [`ForecastError::Implausible`] if it is more than [`MAX_FACTOR`] times the price or less than that part of it;
    /// [`ForecastError::NotFinite`] if it is beyond every number.
    pub(super) fn check_factor(factor: f64) -> Result<(), ForecastError> {
        ForecastError::check([factor])?;
        let size = factor.abs();
        if (1.0 / MAX_FACTOR..=MAX_FACTOR).contains(&size) {
            Ok(())
        } else {
            Err(ForecastError::Implausible { factor })
        }
    }

    /// The day at fault, where it is one.
    pub fn date(&self) -> Option<Date> {
        if let ForecastError::NonPositive { date, .. } = self { Some(*date) } else { None }
    }
}
