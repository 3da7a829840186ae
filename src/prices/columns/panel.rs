//! The key of a panel: the column of words or whole numbers that distinguishes the rows of a day, whatever its name.

use std::collections::{HashMap, HashSet};

use super::finder::Finder;
use crate::table::Records;
use crate::vocabulary::headers::{OF_PERIODS, OF_TIMES, is_vintage_or_side};
use crate::vocabulary::names::{self, Role};

/// The most rows that are examined.
pub(super) const MAX_ROWS: usize = 20_000;
/// Fewer rows are no evidence.
const MIN_ROWS: usize = 6;

/// The rows with a day and words: their days, and the cells of the columns of words.
pub(super) type Rows = Vec<(Vec<u8>, Vec<Vec<u8>>)>;

impl Finder<'_> {
    /// The column of words with which no two rows are of one day, of a table with several rows a day, where each word
    /// comes again on other days: the tickers, or whatever else the series are called by. Of several such columns the
    /// first, if they distinguish the same series. Vintages and sides of one price are no series.
    pub(super) fn panel_key(&self, head: &[u8], date: usize) -> Option<usize> {
        if self.table.header.is_none() || self.dates.len() > 1 {
            return None;
        }
        let may_be = |column: &usize| {
            let is_other = matches!(self.known[*column], Some((Role::Date, _)));
            !is_other && self.sample.is_mostly_filled(*column) && !self.sample.holds_only_dates(*column)
        };
        // `EUR1`, the currency and its unit, reads as a number.
        let has_letters = |cell: &[u8]| cell.iter().any(u8::is_ascii_alphabetic);
        let is_code = |column: usize| self.known[column].is_none() && self.sample.all(column, has_letters);
        let is_key = |column: &usize| *column != date && (self.sample.holds_words(*column) || is_code(*column));
        let words: Vec<usize> = self.columns().filter(is_key).filter(may_be).collect();
        if words.is_empty() {
            return None;
        }
        let rows = self.rows_of_words(head, date, &words);
        let days = rows.iter().map(|(day, _)| day).collect::<HashSet<_>>().len();
        if rows.len() < MIN_ROWS || days < 2 || 4 * days > 3 * rows.len() {
            return None;
        }
        let keys: Vec<usize> = (0..words.len()).filter(|&place| distinguishes(&rows, place)).collect();
        if keys.iter().any(|&place| rows.iter().all(|(_, cells)| is_vintage_or_side(&cells[place]))) {
            return None;
        }
        let are_one = |place: &usize| are_one_to_one(&rows, keys[0], *place);
        let first = *keys.first().filter(|_| keys.iter().all(are_one))?;
        Some(words[first])
    }

    /// The column of whole numbers that distinguishes the rows of a day, such as `10001` and `10107` on each day, beside
    /// the only column that may be the price: the prices under two numbers keep their distance, as those of two series
    /// do, and those of two times of day or two vintages do not. Of several such columns the first, if they distinguish
    /// the same series.
    pub(super) fn number_key(&self, head: &[u8], date: usize) -> Option<usize> {
        if self.table.header.is_none() || self.dates.len() > 1 {
            return None;
        }
        let codes: Vec<usize> =
            self.columns().filter(|&column| column != date && self.may_hold_codes(column)).collect();
        let price = self.only_price_beside(&codes).filter(|_| !codes.is_empty())?;
        let keys = self.sample.series_codes(head, self.table, [date, price], &codes);
        let first = *keys.first()?;
        let rows = self.rows_of_words(head, date, &keys);
        let are_one = |place: usize| are_one_to_one(&rows, 0, place);
        (1..keys.len()).all(are_one).then_some(first)
    }

    /// Whether a column has whole numbers of three digits or more, and no name for a count, a time or a part of a date.
    fn may_hold_codes(&self, column: usize) -> bool {
        const MIN_DIGITS: usize = 3;
        let is_code = |cell: &[u8]| cell.len() >= MIN_DIGITS && cell.iter().all(u8::is_ascii_digit);
        let name = names::normal(&self.table.names[column]);
        let is_in = |words: &[&str]| words.contains(&name.as_str());
        let is_other = is_in(&OF_TIMES) || is_in(&OF_PERIODS) || names::range_of_date_part(&name).is_some();
        let is_open = matches!(self.known[column], None | Some((Role::Unused, _)));
        is_open && !is_other && !self.labels_rows(column) && self.sample.all(column, is_code)
    }

    /// The only named close, or the only other column of numbers where none is named.
    fn only_price_beside(&self, codes: &[usize]) -> Option<usize> {
        let closes = self.named_closes();
        let may_be = |column: &usize| {
            let is_open = self.known[*column].is_none() && !self.dates.contains(column) && !codes.contains(column);
            is_open && self.may_be_series(*column)
        };
        let unnamed = || self.columns().filter(may_be).collect();
        match (if closes.is_empty() { unnamed() } else { closes })[..] {
            [price] => Some(price),
            _ => None,
        }
    }

    /// The days of the rows, as they are written, and their cells in the columns `words`.
    pub(super) fn rows_of_words(&self, head: &[u8], date: usize, words: &[usize]) -> Rows {
        let mut records = Records::new(head, self.table.dialect);
        let mut rows = Vec::new();
        // A row that cannot be read is reported when all rows are read.
        while let Ok(Some(row)) = records.next() {
            let day = row.cells.get(date);
            let is_row = row.line >= self.table.first_line && row.cells.fits(self.table.names.len());
            if is_row && day.iter().any(u8::is_ascii_digit) {
                rows.push((day.to_vec(), words.iter().map(|&column| row.cells.get(column).to_vec()).collect()));
            }
            if rows.len() == MAX_ROWS {
                break;
            }
        }
        rows
    }
}

/// Whether a column distinguishes the rows of a day by words that are few, and of which most come again.
fn distinguishes(rows: &Rows, place: usize) -> bool {
    let mut pairs = HashSet::new();
    let mut counts: HashMap<&[u8], usize> = HashMap::new();
    for (day, cells) in rows {
        *counts.entry(&cells[place]).or_default() += 1;
        if cells[place].is_empty() || !pairs.insert((day, &cells[place])) {
            return false;
        }
    }
    let again = counts.values().filter(|count| **count > 1).count();
    counts.len() > 1 && 2 * again > counts.len()
}

/// Whether each word of one column has one of the other, and each of the other one of this.
fn are_one_to_one(rows: &Rows, one: usize, other: usize) -> bool {
    let distinct = |places: &[usize]| {
        let words = |cells: &Vec<Vec<u8>>| places.iter().map(|&place| cells[place].clone()).collect::<Vec<_>>();
        rows.iter().map(|(_, cells)| words(cells)).collect::<HashSet<_>>().len()
    };
    let pairs = distinct(&[one, other]);
    pairs == distinct(&[one]) && pairs == distinct(&[other])
}

/// Whether a name is that of what a price is of, as no stock changes: a country, a product.
pub(super) fn is_of_what(name: &str) -> bool {
    const WORDS: [&str; 17] = [
        "country",
        "land",
        "pais",
        "pays",
        "paese",
        "city",
        "state",
        "region",
        "district",
        "item",
        "crop",
        "product",
        "variety",
        "scheme",
        "tenor",
        "maturity",
        "currency pair",
    ];
    WORDS.contains(&names::normal(name).as_str())
}
