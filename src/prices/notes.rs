//! Facts about a series besides its numbers.

use jiff::civil::Date;

use super::adjust::Adjustment;
use super::dates::DateOrder;
use super::error::{Fault, Problem};
use super::frequency::Frequency;
use super::gaps::Gap;
use super::lines::Lines;
use super::order::Order;
use super::spacing::Spaced;
use super::splits::Split;

/// Facts about one series besides its numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesNotes {
    /// The name of the series.
    pub name: String,
    /// The order of its days in the file.
    pub order: Order,
    /// The source of its adjusted close.
    pub adjustment: Adjustment,
    /// The splits that were removed from the adjusted close.
    pub splits: Vec<Split>,
    /// Jumps that look like splits and were not settled.
    pub unsettled_splits: Vec<Split>,
    /// The rows whose price is zero or negative and has no return.
    pub nonpositive: Lines,
    /// The longest step from one day to the next.
    pub longest_gap: Option<Gap>,
    /// The price, if it is the same on all rows.
    pub constant: Option<f64>,
    /// The spacing of its rows; `None` if there are too few.
    pub spaced: Option<Spaced>,
    /// The columns that distinguish several rows of a day, such as the expiry of futures.
    pub distinguished_by: Box<[String]>,
    /// The order of dates with which rows that are months apart are a few days apart, if there is one.
    pub days_in: Option<DateOrder>,
    /// The first and the last day that the caller requested, if the file has rows before or after it.
    pub cut: (Option<Date>, Option<Date>),
    /// The line of each day's row, for later messages.
    pub lines: Vec<u32>,
}

impl SeriesNotes {
    /// Returns the name for messages, in a file with several series.
    fn named(&self, several: bool) -> Option<String> {
        several.then(|| self.name.clone())
    }

    /// Returns an error if there is an unsettled jump that looks like a split.
    pub(super) fn split_settled(&self, several: bool) -> Result<(), Fault> {
        match self.unsettled_splits.first() {
            None => Ok(()),
            Some(&split) => Err(Fault::at(split.line, Problem::UnsettledSplit { series: self.named(several), split })),
        }
    }

    /// Returns an error if the rows on these days have another frequency than `expected`, or if the price is constant.
    /// `asked` means that the caller requested this frequency.
    pub(super) fn rows_settled(
        &self,
        dates: &[Date],
        (expected, asked): (Frequency, bool),
        several: bool,
    ) -> Result<(), Fault> {
        if let Some(price) = self.constant {
            return Err(Problem::Constant { series: self.named(several), price, rows: dates.len() }.into());
        }
        let Some(found) = self.spaced.filter(|spaced| !spaced.fits(expected)) else { return Ok(()) };
        let found = found.unlike(dates);
        let row = found.first_misplaced(dates, expected);
        let line = row.and_then(|row| self.lines.get(row)).map(|&line| line as usize);
        let by = self.distinguished_by.clone();
        let (series, days_in) = (self.named(several), self.days_in);
        let problem = Problem::Spacing { series, found, expected, asked, by, days_in };
        Err(Fault { line, ..problem.into() })
    }
}

/// Returns the common order of all series of a file; shuffled if they differ.
pub(super) fn common_order(series: &[SeriesNotes]) -> Order {
    let first = series.first().map_or(Order::OldestFirst, |notes| notes.order);
    let same = series.iter().all(|notes| notes.order == first || notes.lines.len() < 2);
    if same { first } else { Order::Shuffled }
}
