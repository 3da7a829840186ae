//! Finds the key of a panel: the column of words or whole numbers that distinguishes the rows of a day, whatever its
//! name.

use std::collections::{HashMap, HashSet};

use super::finder::Finder;
use crate::table::Records;
use crate::vocabulary::headers::{OF_PERIODS, OF_TIMES, is_vintage_or_side};
use crate::vocabulary::names::{self, Role};

/// The most rows that are examined.
pub(super) const MAX_ROWS: usize = 20_000;
/// Fewer rows are not enough evidence.
const MIN_ROWS: usize = 6;

/// Rows with a day and words: the day of each, and its cells in the columns of words.
pub(super) type Rows = Vec<(Vec<u8>, Vec<Vec<u8>>)>;

impl Finder<'_> {
    /// Returns the column of words that distinguishes the rows of each day, in a table with several rows per day whose
    /// words repeat on other days: tickers or other names of series. If several columns distinguish the same series, it
    /// is the first of them. Vintages and sides of one price are no series.
    pub(super) fn panel_key(&self, head: &[u8], date: usize) -> Option<usize> {
        if self.table.header.is_none() || self.dates.len() > 1 {
            return None;
        }
        let may_be = |column: &usize| {
            let is_other = matches!(self.known[*column], Some((Role::Date, _)));
            !is_other && self.sample.is_mostly_filled(*column) && !self.sample.holds_only_dates(*column)
        };
        // `EUR1`, a currency and its unit, would be read as a number.
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

    /// Returns the column of whole numbers that distinguishes the rows of a day, such as `10001` and `10107` on each
    /// day, if only one other column can be the price. The prices under two numbers stay at a distance from each other,
    /// as those of two series do; prices of two times of day or of two vintages do not. If several columns distinguish
    /// the same series, it is the first of them.
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

    /// Whether a column has whole numbers of three digits or more, and its name is not that of a count, a time or a
    /// part of a date.
    fn may_hold_codes(&self, column: usize) -> bool {
        const MIN_DIGITS: usize = 3;
        let is_code = |cell: &[u8]| cell.len() >= MIN_DIGITS && cell.iter().all(u8::is_ascii_digit);
        let name = names::normal(&self.table.names[column]);
        let is_in = |words: &[&str]| words.contains(&name.as_str());
        let is_other = is_in(&OF_TIMES) || is_in(&OF_PERIODS) || names::range_of_date_part(&name).is_some();
        let is_open = matches!(self.known[column], None | Some((Role::Unused, _)));
        is_open && !is_other && !self.labels_rows(column) && self.sample.all(column, is_code)
    }

    /// Returns the only named close, or the only other column of numbers if no close is named.
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

    /// Returns the days of the rows, as they are written, and their cells in the columns `words`.
    pub(super) fn rows_of_words(&self, head: &[u8], date: usize, words: &[usize]) -> Rows {
        let mut records = Records::new(head, self.table.dialect);
        let mut rows = Vec::new();
        // An unreadable row is reported later, when all rows are read.
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

/// Whether a column distinguishes the rows of a day by words most of which repeat.
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

/// Whether each word of one column stands beside a single word of the other, and vice versa.
fn are_one_to_one(rows: &Rows, one: usize, other: usize) -> bool {
    let distinct = |places: &[usize]| {
        let words = |cells: &Vec<Vec<u8>>| places.iter().map(|&place| cells[place].clone()).collect::<Vec<_>>();
        rows.iter().map(|(_, cells)| words(cells)).collect::<HashSet<_>>().len()
    };
    let pairs = distinct(&[one, other]);
    pairs == distinct(&[one]) && pairs == distinct(&[other])
}

/// Whether a name means the subject of a price that is no stock: a country, a product.
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
