//! Columns of tickers as a source writes them, for one series that was renamed: `FB` ends where `META` begins.

use std::collections::HashMap;

use jiff::civil::Date;

use super::finder::Finder;
use super::panel::{MAX_ROWS, Rows};
use crate::dates::{DateEvidence, DateOrder, FoundForm};
use crate::error::Fault;
use crate::text::Input;
use crate::vocabulary::headers::is_variant_of_ticker;
use crate::vocabulary::names::Role;

impl Finder<'_> {
    /// Marks such columns as not to be read, if they hold several words and the days of no two words overlap.
    pub(super) fn pass_over_renamed(&mut self, input: &mut Input, date: usize) -> Result<(), Fault> {
        let may_be = |column: &usize| {
            let is_ticker = self.known[*column].is_some_and(|(role, _)| role == Role::Ticker);
            is_ticker && is_variant_of_ticker(&self.table.names[*column]) && self.sample.holds_words(*column)
        };
        let columns: Vec<usize> = self.columns().filter(may_be).collect();
        for column in columns {
            if self.is_renamed(input, date, column)? {
                self.known[column] = None;
            }
        }
        Ok(())
    }

    /// Whether a column holds several words that follow each other. Reads as much of the text as is needed to decide.
    fn is_renamed(&self, input: &mut Input, date: usize, column: usize) -> Result<bool, Fault> {
        loop {
            let rows = self.rows_of_words(input.head(), date, &[column]);
            let Some(spans) = spans(&rows, self.date_order).filter(|spans| are_apart(spans)) else { return Ok(false) };
            // A word further down can have the same days.
            if rows.len() >= MAX_ROWS || !input.grow()? {
                return Ok(spans.len() > 1);
            }
        }
    }
}

/// Returns the first and the last day of each word.
fn spans(rows: &Rows, order: Option<DateOrder>) -> Option<Vec<(Date, Date)>> {
    let mut evidence = DateEvidence::default();
    rows.iter().for_each(|(day, _)| evidence.see(day, 0));
    let FoundForm::Form(form) = evidence.verdict(order) else { return None };
    let mut spans: HashMap<&[u8], (Date, Date)> = HashMap::new();
    for (day, cells) in rows.iter().filter(|(_, cells)| !cells[0].is_empty()) {
        let day = form.parse(day)?;
        let (first, last) = spans.entry(&cells[0]).or_insert((day, day));
        (*first, *last) = (day.min(*first), day.max(*last));
    }
    Some(spans.into_values().collect())
}

/// Whether no two spans have a day in common.
fn are_apart(spans: &[(Date, Date)]) -> bool {
    let mut spans = spans.to_vec();
    spans.sort_unstable();
    spans.windows(2).all(|pair| pair[0].1 < pair[1].0)
}
