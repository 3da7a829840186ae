//! Recorded forecasts.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::ledger::Ledger;
use crate::scores::QUANTILE_LEVELS;
use fourcast_prices::Frequency;

/// A forecast of a day's close that was made earlier.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Its line in the file, from 1.
    pub line: usize,
    /// The last known day; if `None`, the row before the forecast day.
    pub origin: Option<Date>,
    /// The day forecast, as expected when the forecast was made.
    pub date: Date,
    /// Number of rows from the origin to the day forecast; if `None`, the number of rows up to `date`.
    pub horizon: Option<usize>,
    /// The close that the forecast was made from; if `None`, the close of the origin in the prices.
    pub last_close: Option<f64>,
    /// The price forecast.
    pub point: f64,
    /// The price quantiles, at the levels of [`Records`].
    pub quantiles: Vec<f64>,
    /// The hash of the prices up to the origin, if known.
    pub data: Option<String>,
    /// What a row of the prices was, if known.
    pub frequency: Option<Frequency>,
}

/// Recorded forecasts of a series, in the order in which they were made.
#[derive(Debug, Clone, PartialEq)]
pub struct Records {
    /// The name of the forecaster.
    pub name: String,
    /// The levels of the quantiles, strictly increasing; only 0.5 for point forecasts.
    pub levels: Vec<f64>,
    /// The forecasts.
    pub forecasts: Vec<Recorded>,
}

impl Records {
    /// Returns the forecasts of a ledger by series.
    pub fn of_ledger(ledger: Ledger) -> BTreeMap<String, Records> {
        let mut all: BTreeMap<String, Records> = BTreeMap::new();
        for (line, entry) in ledger.entries {
            let recorded = Recorded {
                line,
                origin: Some(entry.origin),
                date: entry.date,
                horizon: Some(entry.horizon),
                last_close: Some(entry.last_close),
                point: entry.forecast,
                quantiles: entry.quantiles(),
                data: Some(entry.data),
                frequency: Some(entry.frequency),
            };
            let new = || Records { name: "fourcast".into(), levels: QUANTILE_LEVELS.to_vec(), forecasts: Vec::new() };
            all.entry(entry.series).or_insert_with(new).forecasts.push(recorded);
        }
        all
    }
}
