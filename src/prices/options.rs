//! Options for reading a price file.

use std::convert::Infallible;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use jiff::civil::Date;

use super::calendar::Calendar;
use super::covariates::{CovariateKind, Events};
use super::dates::DateOrder;
use super::frequency::Frequency;

/// The source of prices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A file.
    File(PathBuf),
    /// Standard input, read to its end.
    Stdin,
}

impl Source {
    /// Returns the name of a series that the file does not name: the file's name without its folder and extensions.
    pub fn series_name(&self) -> String {
        series_name(&self.to_string())
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::File(path) => path.display().fmt(f),
            Source::Stdin => f.write_str("standard input"),
        }
    }
}

/// Returns the file's name without its folder and extensions.
pub(super) fn series_name(label: &str) -> String {
    let name = Path::new(label).file_name().map_or_else(|| label.into(), |name| name.to_string_lossy());
    let packed = name.strip_suffix(".gz").or(name.strip_suffix(".zst")).unwrap_or(&name);
    let stem = Path::new(packed).file_stem();
    stem.map_or_else(|| packed.to_owned(), |stem| stem.to_string_lossy().into_owned())
}

/// A column, by its name or by its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnRef {
    /// The name in the header, in any letter case.
    Name(String),
    /// The number, counted from 1. A column with this number as its name takes precedence: many Asian tickers are
    /// numbers.
    Number(usize),
}

impl FromStr for ColumnRef {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let plain = !text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit());
        Ok(match text.parse() {
            Ok(number) if plain => ColumnRef::Number(number),
            _ => ColumnRef::Name(text.to_owned()),
        })
    }
}

impl fmt::Display for ColumnRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ColumnRef::Name(name) => f.write_str(name),
            ColumnRef::Number(number) => number.fmt(f),
        }
    }
}

/// The use of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnUse {
    /// The days of the rows.
    Date,
    /// The prices.
    Price,
    /// The tickers, in a file with a row per ticker and day.
    Ticker,
    /// A covariate known up to the day of its row.
    Past,
    /// A covariate whose values are known ahead.
    Future,
}

impl ColumnUse {
    /// Whether the column is a covariate.
    pub fn is_covariate(self) -> bool {
        matches!(self, ColumnUse::Past | ColumnUse::Future)
    }
}

impl From<CovariateKind> for ColumnUse {
    fn from(kind: CovariateKind) -> Self {
        if kind == CovariateKind::Past { ColumnUse::Past } else { ColumnUse::Future }
    }
}

impl fmt::Display for ColumnUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ColumnUse::Date => "date",
            ColumnUse::Price => "price",
            ColumnUse::Ticker => "ticker",
            ColumnUse::Past => "past covariate",
            ColumnUse::Future => "future covariate",
        })
    }
}

/// Options for reading a price file. Options that are `None` or false are detected from the file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReadOptions {
    /// The column of dates.
    pub date: Option<ColumnRef>,
    /// The column of prices.
    pub price: Option<ColumnRef>,
    /// Whether [`series`](Self::series) takes precedence over the column of prices, if each series has its own columns.
    pub price_gives_way: bool,
    /// The column of tickers, in a file with a row per ticker and day.
    pub ticker_column: Option<ColumnRef>,
    /// Days before this one are left out.
    pub since: Option<Date>,
    /// Days after this one are left out.
    pub until: Option<Date>,
    /// The only series to read from a file with several.
    pub series: Option<String>,
    /// Whether the comma is the decimal mark.
    pub decimal_comma: bool,
    /// Whether the point is the decimal mark.
    pub decimal_point: bool,
    /// Columns known up to the day of their row.
    pub past: Vec<ColumnRef>,
    /// Columns whose values are known ahead.
    pub future: Vec<ColumnRef>,
    /// Dates known ahead.
    pub events: Option<Arc<Events>>,
    /// The order of day and month in dates like `04/05/2024`.
    pub date_order: Option<DateOrder>,
    /// Today, which decides the century of years with two digits: no price is of a year after tomorrow's. The reader
    /// never asks the clock. If there is no day, years are 1969 to 2068, unless another century has at most half of the
    /// jumps from year to year.
    pub today: Option<Date>,
    /// How to treat jumps that look like splits.
    pub splits: Option<Splits>,
    /// The expected frequency of rows; daily if there is none.
    pub frequency: Option<Frequency>,
    /// Whether the last day with a price is left out of each series.
    pub drop_last: bool,
    /// Whether an unfinished last week or month is kept, for a file that was cut intentionally.
    pub keep_unfinished: bool,
    /// The exchange whose holidays decide whether the last week or month is over.
    pub calendar: Option<Calendar>,
}

impl ReadOptions {
    /// Whether a series is requested: by its name, in any letter case, or as messages show it.
    pub(super) fn wants(&self, name: &str) -> bool {
        let is = |wanted: &String| wanted.eq_ignore_ascii_case(name) || is_shown_as(name, wanted);
        self.series.as_ref().is_none_or(is)
    }

    /// Whether a series is requested in its exact spelling.
    pub(super) fn names(&self, name: &str) -> bool {
        self.series.as_ref().is_some_and(|wanted| wanted == name || is_shown_as(name, wanted))
    }
}

/// Whether messages show a name as this text: control characters are escaped.
pub(super) fn is_shown_as(name: &str, text: &str) -> bool {
    text.contains('\\') && fourcast_base::words::shown(name) == text
}

/// How jumps of the price that look like splits are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Splits {
    /// As price changes.
    AsIs,
    /// As splits: the adjusted close leaves them out.
    Adjust,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_named_or_numbered_from_one() {
        let parse = |text: &str| text.parse::<ColumnRef>().unwrap();
        assert_eq!(parse("2"), ColumnRef::Number(2));
        assert_eq!(parse("Close"), ColumnRef::Name("Close".into()));
        assert_eq!(parse("005930"), ColumnRef::Name("005930".into()));
        assert_eq!(parse("0"), ColumnRef::Name("0".into()));
        assert_eq!(parse("+1"), ColumnRef::Name("+1".into()));
        assert_eq!(parse("Close").to_string(), "Close");
        assert_eq!(parse("2").to_string(), "2");
    }

    #[test]
    fn a_source_is_named_by_its_path() {
        assert_eq!(Source::File("a/b.csv".into()).to_string(), "a/b.csv");
        assert_eq!(Source::Stdin.to_string(), "standard input");
    }
}
