//! The currency of each price; a series has only one.

use jiff::civil::Date;

use super::error::{Fault, Problem};
use super::vocabulary::currencies::are_one;

/// The currencies seen so far in the rows of a series.
#[derive(Debug, Clone, Default)]
pub(super) struct Currencies {
    first: Option<Span>,
    /// The first other currency, with the days of all others.
    other: Option<Span>,
}

/// A currency as it is written, its first line, and its first and last day.
#[derive(Debug, Clone)]
struct Span {
    written: String,
    line: usize,
    days: (Date, Date),
}

impl Span {
    fn see(&mut self, date: Date) {
        self.days = (self.days.0.min(date), self.days.1.max(date));
    }
}

impl Currencies {
    /// Adds the currency of a row.
    pub fn see(&mut self, line: usize, date: Date, written: &str) {
        let span = || Span { written: written.to_owned(), line, days: (date, date) };
        match &mut self.first {
            None => self.first = Some(span()),
            Some(first) if are_one(&first.written, written) => first.see(date),
            Some(_) => self.other.get_or_insert_with(span).see(date),
        }
    }

    /// Returns the fault of prices in two currencies, if there are two.
    pub fn fault(&self) -> Option<Fault> {
        let (first, other) = (self.first.as_ref()?, self.other.as_ref()?);
        let since = if first.days.1 < other.days.0 {
            Some(other.days.0)
        } else {
            (other.days.1 < first.days.0).then_some(first.days.0)
        };
        let (here, there) = (other.written.clone(), first.written.clone());
        let problem = Problem::Currencies { here, there, other: first.line.into(), since };
        Some(Fault::at(other.line, problem))
    }
}
