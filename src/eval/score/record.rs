//! Recorded forecasts.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::ledger::Ledger;
use crate::scores::QUANTILE_LEVELS;
use fourcast_prices::Frequency;

/// A forecast of a day's close that was made before.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Its line in the file, from 1.
    pub line: usize,
    /// The last day that was known; without one the row before the day.
    pub origin: Option<Date>,
    /// The day, as it was expected when the forecast was made.
    pub date: Date,
    /// Rows from the origin to the day; without that the rows that there are up to `date`.
    pub horizon: Option<usize>,
    /// The close that it was made from; without one that of the prices on the origin.
    pub last_close: Option<f64>,
    /// The price forecast.
    pub point: f64,
    /// The price quantiles, at the levels of all.
    pub quantiles: Vec<f64>,
    /// The hash of the prices up to the origin, where it is known.
    pub data: Option<String>,
    /// What a row of the prices was, where it is known.
    pub frequency: Option<Frequency>,
}

/// Recorded forecasts of a series, in the order in which they were made.
#[derive(Debug, Clone, PartialEq)]
pub struct Records {
    /// Whose they are.
    pub name: String,
    /// The levels of the quantiles, strictly increasing: 0.5 alone where they are points.
    pub levels: Vec<f64>,
    /// The forecasts.
    pub forecasts: Vec<Recorded>,
}

impl Records {
    /// The forecasts of a ledger by series.
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
