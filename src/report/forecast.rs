//! Forecasts and their records.

use std::io;

use jiff::civil::Date;
use serde::{Serialize, Serializer};

use super::number::{percent_label, price, probability, rounded};
use super::record::{Record, record};
use crate::model::Provenance;
use crate::prices::Frequency;

/// One forecast.
#[derive(Debug, Clone, PartialEq)]
pub struct ForecastRow {
    /// The series.
    pub series: String,
    /// The frequency of the rows.
    pub frequency: Frequency,
    /// The last day in the file.
    pub origin: Date,
    /// The day that is forecast.
    pub date: Date,
    /// The close on `origin`.
    pub last_close: f64,
    /// The median of the predictive distribution.
    pub forecast: f64,
    /// The requested prediction intervals.
    pub intervals: Vec<Interval>,
    /// The requested quantiles and probabilities.
    pub answers: Vec<Answer>,
    /// What the forecast was made with, if csv and json are to contain it.
    pub provenance: Option<Provenance>,
}

/// A central prediction interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Probability that it contains the price.
    pub level: f64,
    /// Lower end.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
}

/// A question about the predictive distribution, other than an interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Question {
    /// The quantile at a level.
    Quantile(f64),
    /// The probability of a close above a price.
    Above(f64),
    /// The probability of a close below a price.
    Below(f64),
}

/// Formats a number, with an exponent if it would have many zeros without one.
fn short(price: f64) -> String {
    let is_plain = price == 0.0 || (1e-5..1e16).contains(&price.abs());
    if is_plain { price.to_string() } else { format!("{price:e}") }
}

impl Question {
    /// Returns the column or key: `q0.05`, `p_above_450`.
    fn column(self) -> String {
        match self {
            Question::Quantile(level) => format!("q{level}"),
            Question::Above(price) => format!("p_above_{}", short(price)),
            Question::Below(price) => format!("p_below_{}", short(price)),
        }
    }

    /// Returns the label in a table: `5 % quantile`, `P(close > 450)`.
    pub(super) fn label(self) -> String {
        match self {
            Question::Quantile(level) => format!("{} % quantile", percent_label(level)),
            Question::Above(price) => format!("P(close > {})", short(price)),
            Question::Below(price) => format!("P(close < {})", short(price)),
        }
    }
}

/// A question and its answer: a price or a probability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answer {
    /// The question.
    pub question: Question,
    /// The answer.
    pub value: f64,
}

impl Answer {
    /// Returns the answer as a table has it: `419.00`, `12.3 %`.
    pub(super) fn text(self) -> String {
        match self.question {
            Question::Quantile(_) => price(self.value),
            Question::Above(_) | Question::Below(_) => probability(self.value),
        }
    }
}

/// A forecast without the name of its series, for records that have the name elsewhere.
#[derive(Serialize)]
pub(super) struct DayRecord {
    origin: Date,
    date: Date,
    last_close: f64,
    forecast: f64,
    #[serde(flatten)]
    intervals: Ends,
    #[serde(flatten)]
    answers: Answers,
}

/// Serialised as `lower_50`, `upper_50` and so on.
struct Ends(Vec<Interval>);

impl Serialize for Ends {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let ends = self.0.iter().flat_map(|interval| {
            let level = percent_label(interval.level);
            [(format!("lower_{level}"), rounded(interval.lower)), (format!("upper_{level}"), rounded(interval.upper))]
        });
        serializer.collect_map(ends)
    }
}

/// Serialised as `q0.05`, `p_above_450` and so on.
struct Answers(Vec<Answer>);

impl Serialize for Answers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|answer| (answer.question.column(), rounded(answer.value))))
    }
}

#[derive(Serialize)]
struct PricesRecord<'a> {
    series: &'a str,
    #[serde(flatten)]
    day: DayRecord,
}

impl ForecastRow {
    pub(super) fn day(&self) -> DayRecord {
        DayRecord {
            origin: self.origin,
            date: self.date,
            // Copied from the file, so not rounded.
            last_close: self.last_close,
            forecast: rounded(self.forecast),
            intervals: Ends(self.intervals.clone()),
            answers: Answers(self.answers.clone()),
        }
    }

    /// Returns the record of series, days and prices.
    pub(super) fn prices(&self) -> io::Result<Record> {
        record(&PricesRecord { series: &self.series, day: self.day() })
    }

    /// Returns the record of the prices, followed by what the forecast was made with.
    pub(super) fn record(&self) -> io::Result<Record> {
        let mut prices = self.prices()?;
        if let Some(provenance) = &self.provenance {
            prices.append(&mut record(provenance)?);
        }
        Ok(prices)
    }
}

/// Returns the label of an interval: `50 % interval`.
pub(super) fn interval_label(level: f64) -> String {
    format!("{} % interval", percent_label(level))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_column_has_a_name_of_many_zeros() {
        assert_eq!([1e308, 1e16, 450.0, -1.5, 0.0, 1e-9].map(short), ["1e308", "1e16", "450", "-1.5", "0", "1e-9"]);
    }
}
