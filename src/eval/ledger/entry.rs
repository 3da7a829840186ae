//! A forecast of a ledger, as a line of json.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use thiserror::Error;

use super::line_fault::{LineFault, Object, doubled};
use crate::scores::QUANTILE_LEVELS;
use fourcast_model::MAX_DAYS;
use fourcast_prices::Frequency;

/// Version of the format.
pub(super) const VERSION: u64 = 1;

/// A forecast of a day's close, with what it was made from. It contains no time of day: whenever it was made, it is
/// based on the rows up to its origin, which is before the forecast day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Version of the format; it is the first key, by which a ledger is recognised.
    fourcast_ledger: u64,
    /// The series.
    pub series: String,
    /// What a row of the series is.
    pub frequency: Frequency,
    /// The last known day.
    pub origin: Date,
    /// The day forecast.
    pub date: Date,
    /// Number of rows from the origin to the day forecast.
    pub horizon: usize,
    /// The close on the origin, as quoted.
    pub last_close: f64,
    /// The median price.
    pub forecast: f64,
    /// The price quantiles at [`QUANTILE_LEVELS`].
    #[serde(flatten)]
    quantiles: Quantiles,
    /// The hash of the model, as in results; `None` for a model that was not read from a file.
    pub model: Option<String>,
    /// The hash of the prices up to the origin (see [`data_hash`](super::data_hash)).
    pub data: String,
    /// Version of the program that made the forecast.
    pub version: String,
}

/// The maximum relative difference of two numbers that are printed with the same digits.
const ROUNDING: f64 = 1e-5;

/// Price quantiles by name: `q0.01` and so on.
#[derive(Debug, Clone, PartialEq)]
struct Quantiles(BTreeMap<String, Value>);

/// Reads the entries without a field of their own. Two entries with the same name, or two quantiles at the same level
/// (`q0.5` and `q0.50`), are an error because it is unknown which of them was the forecast.
impl<'de> Deserialize<'de> for Quantiles {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Object(entries) = Object::deserialize(deserializer)?;
        if doubled(&entries).is_some() {
            return Err(serde::de::Error::custom("an entry occurs twice"));
        }
        Ok(Quantiles(entries.into_iter().collect()))
    }
}

impl Serialize for Quantiles {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(QUANTILE_LEVELS.map(key).iter().filter_map(|key| self.0.get_key_value(key)))
    }
}

fn key(level: f64) -> String {
    format!("q{level:.2}")
}

/// The first bytes of a line of this version.
pub(super) const OF_THIS_VERSION: &[u8] = b"{\"fourcast_ledger\":1,";

/// Only the version, because a newer line can have other entries.
#[derive(Deserialize)]
struct Version {
    fourcast_ledger: u64,
}

/// The error of a line that is not a forecast.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum EntryError {
    /// The line is not JSON, or an entry is missing or has the wrong type.
    #[error("{0}")]
    Fault(LineFault),
    /// It is the last line and was not completely written.
    #[error("it is incomplete: it was cut off while it was written")]
    CutOff,
    /// Its format is newer.
    #[error("is of version {0}, expected {VERSION}")]
    Version(u64),
    /// Its numbers are inconsistent.
    #[error("{0}")]
    Contradiction(&'static str),
}

/// The days of a forecast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days {
    /// The last known day.
    pub origin: Date,
    /// The day forecast.
    pub date: Date,
    /// Number of rows from the origin to the day forecast.
    pub horizon: usize,
}

/// The prices of a forecast.
#[derive(Debug, Clone, PartialEq)]
pub struct Prices {
    /// The close on the origin.
    pub last_close: f64,
    /// The median.
    pub forecast: f64,
    /// The quantiles at [`QUANTILE_LEVELS`].
    pub quantiles: Vec<f64>,
}

/// What the forecast was made with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeWith {
    /// The hash of the model.
    pub model: Option<String>,
    /// The hash of the prices.
    pub data: String,
    /// Version of the program.
    pub version: String,
}

impl Entry {
    /// Creates the forecast of a series with rows of the given frequency.
    pub fn new((series, frequency): (&str, Frequency), days: Days, prices: Prices, made_with: MadeWith) -> Entry {
        let quantiles = QUANTILE_LEVELS.iter().zip(prices.quantiles).map(|(level, price)| (key(*level), price.into()));
        Entry {
            fourcast_ledger: VERSION,
            series: series.to_owned(),
            frequency,
            origin: days.origin,
            date: days.date,
            horizon: days.horizon,
            last_close: prices.last_close,
            forecast: prices.forecast,
            quantiles: Quantiles(quantiles.collect()),
            model: made_with.model,
            data: made_with.data,
            version: made_with.version,
        }
    }

    /// Returns the price quantiles at [`QUANTILE_LEVELS`].
    pub fn quantiles(&self) -> Vec<f64> {
        QUANTILE_LEVELS
            .map(|level| self.quantiles.0.get(&key(level)).and_then(Value::as_f64).unwrap_or(f64::NAN))
            .to_vec()
    }

    /// Whether two entries are the same forecast: for the same day, from the same model and prices, with the same
    /// numbers.
    pub fn is_same(&self, other: &Entry) -> bool {
        let key = |entry: &Entry| (entry.origin, entry.date, entry.horizon);
        let numbers = |entry: &Entry| (entry.last_close, entry.forecast, entry.quantiles());
        (&self.series, &self.model, &self.data) == (&other.series, &other.model, &other.data)
            && key(self) == key(other)
            && numbers(self) == numbers(other)
    }

    /// Returns the line, including its line break.
    pub(super) fn line(&self) -> serde_json::Result<String> {
        Ok(serde_json::to_string(self)? + "\n")
    }

    /// Reads a line.
    ///
    /// # Errors
    /// [`EntryError`] if it is not a forecast.
    pub(super) fn parse(line: &[u8]) -> Result<Entry, EntryError> {
        let fault = |_: serde_json::Error| EntryError::Fault(LineFault::of(line));
        if !line.starts_with(OF_THIS_VERSION) {
            let Version { fourcast_ledger: version } = serde_json::from_slice(line).map_err(fault)?;
            if version > VERSION {
                return Err(EntryError::Version(version));
            }
        }
        let entry: Entry = serde_json::from_slice(line).map_err(fault)?;
        entry.check().map_err(EntryError::Contradiction)?;
        Ok(entry)
    }

    /// Returns the hash of the prices in a line of this version without parsing the rest; `None` if it is not at the
    /// place where this program writes it.
    pub(super) fn data_in(line: &[u8]) -> Option<&[u8]> {
        const KEY: &[u8] = b"\"data\":\"";
        let line = Some(line).filter(|line| line.starts_with(OF_THIS_VERSION) && line.ends_with(b"\"}\n"))?;
        let start = line.windows(KEY.len()).rposition(|bytes| bytes == KEY)? + KEY.len();
        line[start..].split(|byte| *byte == b'"').next()
    }

    fn check(&self) -> Result<(), &'static str> {
        let quantiles = self.quantiles();
        if self.fourcast_ledger != VERSION {
            return Err("is of version 0");
        }
        if self.date <= self.origin || self.horizon == 0 {
            return Err("the day forecast is not after the origin");
        }
        if self.horizon > MAX_DAYS {
            return Err("the day forecast is too far ahead");
        }
        if self.series.is_empty() {
            return Err("the series has no name");
        }
        if i64::try_from(self.horizon).is_ok_and(|rows| rows > i64::from((self.date - self.origin).get_days())) {
            // A row spans at least a day.
            return Err("the day forecast is too close to the origin for its horizon");
        }
        if !(self.last_close.is_finite() && self.forecast.is_finite()) {
            return Err("a price is not finite");
        }
        if quantiles.iter().any(|price| !price.is_finite()) {
            return Err("a quantile from q0.01 to q0.99 is missing");
        }
        let median = self.quantiles.0.get(&key(0.5)).and_then(Value::as_f64).unwrap_or(f64::NAN);
        if (median - self.forecast).abs() > ROUNDING * self.forecast.abs() {
            return Err("the forecast is not the median, q0.50");
        }
        Ok(())
    }
}

#[cfg(test)]
pub(super) mod testing {
    use super::*;
    use jiff::civil::date;

    /// Returns a forecast of a series from a day of January 2024 for the next day.
    pub fn entry(series: &str, day: i8) -> Entry {
        let days = Days { origin: date(2024, 1, day), date: date(2024, 1, day + 1), horizon: 1 };
        let quantiles = QUANTILE_LEVELS.map(|level| 100.0 + level).to_vec();
        let prices = Prices { last_close: 100.25, forecast: 100.5, quantiles };
        let made_with = MadeWith { model: Some("0123".into()), data: "abcd".into(), version: "0.1.0".into() };
        Entry::new((series, Frequency::Daily), days, prices, made_with)
    }
}

#[cfg(test)]
mod tests {
    use super::testing::entry;
    use super::*;

    #[test]
    fn a_line_is_read_as_it_was_written() {
        let written = entry("A \"quoted\"\n", 3);
        let line = written.line().unwrap();
        assert!(line.starts_with("{\"fourcast_ledger\":1,\"series\":\"A \\\"quoted\\\"\\n\",\"frequency\":\"daily\","));
        let keys =
            "\"horizon\":1,\"last_close\":100.25,\"forecast\":100.5,\"q0.01\":100.01,\"q0.05\":100.05,\"q0.10\":100.1,";
        assert!(line.contains(keys), "{line}");
        assert!(
            line.ends_with("\"q0.99\":100.99,\"model\":\"0123\",\"data\":\"abcd\",\"version\":\"0.1.0\"}\n"),
            "{line}"
        );
        let read = Entry::parse(line.as_bytes()).unwrap();
        assert_eq!(read, written);
        assert!(read.is_same(&written) && !read.is_same(&entry("B", 3)) && !read.is_same(&entry("A \"quoted\"\n", 4)));
        let newer = Entry { version: "0.2.0".into(), ..read.clone() };
        assert!(newer.is_same(&read));
        assert_eq!(Entry::data_in(line.as_bytes()), Some(&b"abcd"[..]));
        for other in [&line[..line.len() - 1], &line.replacen(":1,", ":2,", 1), &line.replace("data", "date")] {
            assert_eq!(Entry::data_in(other.as_bytes()), None);
        }
        assert!(!Entry { data: "other".into(), ..read.clone() }.is_same(&read));
        assert!(!Entry { forecast: 100.6, ..read.clone() }.is_same(&read));
    }

    #[test]
    fn what_is_no_forecast_is_refused() {
        let line = entry("A", 3).line().unwrap();
        let refused = |from: &str, to: &str| {
            assert!(line.contains(from), "{from}");
            Entry::parse(line.replacen(from, to, 1).as_bytes()).unwrap_err().to_string()
        };
        assert_eq!(refused("ledger\":1", "ledger\":2"), "is of version 2, expected 1");
        assert_eq!(
            refused("\"date\":\"2024-01-04", "\"date\":\"2024-01-03"),
            "the day forecast is not after the origin"
        );
        assert_eq!(refused("\"forecast\":100.5", "\"forecast\":100.6"), "the forecast is not the median, q0.50");
        assert_eq!(refused("\"series\":\"A\"", "\"series\":\"\""), "the series has no name");
        let near = "the day forecast is too close to the origin for its horizon";
        assert_eq!(refused("\"horizon\":1", "\"horizon\":2"), near);
        assert_eq!(refused("\"q0.50\":100.5,", ""), "a quantile from q0.01 to q0.99 is missing");
        assert_eq!(refused("\"forecast\"", "\"forecasts\""), "it has no 'forecast'");
        let twice = "it has 'q0.50' and 'q0.5', which are the same quantile";
        assert_eq!(refused("\"q0.50\":100.5,", "\"q0.50\":100.5,\"q0.5\":101,"), twice);
        assert_eq!(refused("\"q0.50\"", "\"q0.50\":1,\"q0.50\""), "it has 'q0.50' twice");
        assert_eq!(refused("\"horizon\":1", "\"horizon\":1,\"horizon\":1"), "it has 'horizon' twice");
        assert_eq!(refused("\"horizon\":1", "\"horizon\":-1"), "'horizon' is -1, expected a whole number");
        assert_eq!(
            refused("\"origin\":\"2024-01-03", "\"origin\":\"3 Jan"),
            "'origin' is \"3 Jan\", expected a day as YYYY-MM-DD"
        );
        assert_eq!(refused("\"last_close\":100.25", "\"last_close\":null"), "'last_close' is null, expected a number");
        assert_eq!(refused("\"horizon\":1", "\"horizon\" 1"), "it is not a JSON object, or was changed or cut off");
        let cut = Entry::parse(&line.as_bytes()[..40]).unwrap_err().to_string();
        assert_eq!(cut, "it is not a JSON object, or was changed or cut off");
    }
}
