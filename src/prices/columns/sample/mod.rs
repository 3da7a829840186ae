//! The content of the columns in the first rows, which decides what names leave open.
//!
//! The modules, from the bottom. Each imports only from modules that precede it in the table, which a test checks.
//!
//! | modules | what they do |
//! |---|---|
//! | `days` | whether a column holds dates, periods or times |
//! | `others` | changes of a price, and sums of the other columns |
//! | `labels` | row numbers, and days as numbers |
//! | `relations` | how columns relate: prices of one day, counts, products |
//! | `codes` | whole numbers that distinguish series |
//! | `closes` | unnamed columns that can be closes |
//! | `order` | the open and the close of an unnamed bar |
//! | `previous` | columns of previous closes |
//! | `bars` | unnamed columns that form a bar |
//! | `volume` | the volume beside such a bar |

mod bars;
mod closes;
mod codes;
mod days;
mod labels;
mod order;
mod others;
mod previous;
mod relations;
mod volume;

use std::collections::HashSet;

use super::marks::Marks;
use crate::dates::{self};
use crate::error::{Fault, Problem};
use crate::moves::median;
use crate::numbers;
use crate::options::ReadOptions;
use crate::table::{Records, Row, Table};
use crate::text::Input;
use crate::vocabulary::names;

pub(super) use bars::UnnamedBar;

/// Number of rows in the sample.
const ROWS: usize = 100;

/// The number of later rows, in a table without a header, that distinguish columns which are equal on most rows.
const LATER_ROWS: usize = 2_000;

/// Tables with more columns are not a bar with a few other columns.
const MAX_COLUMNS_OF_LATER_ROWS: usize = 64;

/// Whether `count` is nearly all of `rows`.
fn nearly_all(count: usize, rows: usize) -> bool {
    10 * count >= 9 * rows
}

/// The first rows under the header, and a few more for columns that are empty in these.
pub(super) struct Sample {
    rows: Vec<Vec<Vec<u8>>>,
    /// How many of the rows, from the first, are consecutive.
    first: usize,
    /// The next rows, in a table without a header.
    later: Vec<Vec<Vec<u8>>>,
    /// The line of the last row read.
    last_line: usize,
    /// Why no further row could be read.
    fault: Option<Fault>,
    /// Counts of the cells of each column.
    kinds: Vec<Kinds>,
    /// The decimal mark of each column.
    marks: Marks,
    delimiter: u8,
    /// The columns for whose cells the whole text was searched.
    read_on: Vec<bool>,
}

/// Counts of the cells of a column by kind.
#[derive(Debug, Clone, Copy, Default)]
struct Kinds {
    filled: usize,
    /// Numbers, with or without a unit.
    numbers: usize,
    /// Numbers without a unit.
    prices: usize,
    /// Numbers with a decimal mark.
    decimals: usize,
}

impl Kinds {
    fn see(&mut self, cell: &[u8]) {
        if numbers::is_missing(cell) {
            return;
        }
        self.filled += 1;
        let price = numbers::is_price(cell);
        self.prices += usize::from(price);
        self.numbers += usize::from(price || numbers::is_number(cell));
        self.decimals += usize::from(price && cell.iter().any(|byte| matches!(byte, b'.' | b',')));
    }

    /// Whether `count` is more than half of the filled cells.
    fn mostly(self, count: usize) -> bool {
        2 * count > self.filled
    }
}

impl Sample {
    pub fn take(input: &Input, table: &Table, options: &ReadOptions) -> Self {
        let mut records = Records::new(input.head(), table.dialect);
        let mut sample = Self::empty(table);
        sample.fault = loop {
            match records.next() {
                Ok(Some(row)) if row.line >= table.first_line => {
                    sample.last_line = row.line;
                    sample.keep(row.cells.to_vecs());
                }
                Ok(Some(_)) => {}
                Ok(None) => break None,
                Err(fault) => break Some(fault),
            }
            if sample.rows.len() == ROWS {
                break None;
            }
        };
        sample.first = sample.rows.len();
        let is_narrow = table.names.len() <= MAX_COLUMNS_OF_LATER_ROWS;
        if table.header.is_none() && is_narrow && sample.fault.is_none() {
            sample.later = later_rows(records);
        }
        sample.find_marks(options);
        sample
    }

    /// Makes a sample of rows from anywhere in the text.
    pub fn of_rows(rows: Vec<Vec<Vec<u8>>>, table: &Table, options: &ReadOptions) -> Self {
        let mut sample = Self::empty(table);
        sample.first = rows.len();
        rows.into_iter().for_each(|row| sample.keep(row));
        sample.find_marks(options);
        sample
    }

    fn empty(table: &Table) -> Self {
        Self {
            rows: Vec::new(),
            first: 0,
            later: Vec::new(),
            last_line: 0,
            fault: None,
            kinds: vec![Kinds::default(); table.names.len()],
            marks: Marks::default(),
            delimiter: table.dialect.delimiter,
            read_on: vec![false; table.names.len()],
        }
    }

    fn find_marks(&mut self, options: &ReadOptions) {
        self.marks = Marks::find(&self.rows, self.kinds.len(), self.delimiter, options);
    }

    fn keep(&mut self, row: Vec<Vec<u8>>) {
        self.kinds.iter_mut().zip(&row).for_each(|(kinds, cell)| kinds.see(cell));
        self.rows.push(row);
    }

    /// Adds a few later rows, in which columns that are empty in the sample have cells.
    pub fn read_on(
        &mut self,
        input: &mut Input,
        table: &Table,
        columns: &[usize],
        options: &ReadOptions,
    ) -> Result<(), Fault> {
        /// The number of cells that are enough to judge a column.
        const MIN_CELLS: usize = 10;
        let mut open = columns.to_vec();
        columns.iter().for_each(|&column| self.read_on[column] = true);
        while !open.is_empty() {
            let mut records = Records::new(input.head(), table.dialect);
            // An unreadable row is reported later, when all rows are read.
            while let Ok(Some(row)) = records.next() {
                if row.line <= self.last_line || !open.iter().any(|&column| !numbers::is_missing(row.cells.get(column)))
                {
                    continue;
                }
                self.last_line = row.line;
                self.keep(row.cells.to_vecs());
                open.retain(|&column| self.kinds[column].filled < MIN_CELLS);
                if open.is_empty() {
                    break;
                }
            }
            if !input.grow()? {
                break;
            }
        }
        if !columns.is_empty() {
            self.find_marks(options);
        }
        Ok(())
    }

    /// Returns why there are no rows, if there are none.
    pub fn why_empty(&mut self) -> Option<Fault> {
        self.rows.is_empty().then(|| self.fault.take().unwrap_or_else(|| Problem::NoRows.into()))
    }

    /// Returns the filled cells of a column.
    fn filled(&self, column: usize) -> impl Iterator<Item = &[u8]> + Clone {
        let cells = self.rows.iter().filter_map(move |row| row.get(column));
        cells.map(Vec::as_slice).filter(|cell| !numbers::is_missing(cell))
    }

    /// Returns the numbers of a column.
    fn numbers(&self, column: usize) -> impl Iterator<Item = f64> {
        self.filled(column).filter_map(move |cell| self.value(column, cell))
    }

    /// Returns the number in a cell of a column.
    pub fn value(&self, column: usize, cell: &[u8]) -> Option<f64> {
        self.marks.value(column, cell)
    }

    /// Returns the number in a column of a row.
    fn number(&self, row: &[Vec<u8>], column: usize) -> Option<f64> {
        self.value(column, row.get(column)?)
    }

    /// Returns the number in a column of a row, with or without a unit.
    fn volume(&self, row: &[Vec<u8>], column: usize) -> Option<f64> {
        self.marks.volume(column, row.get(column)?)
    }

    /// Returns the numbers in some columns of a row, if all are numbers.
    fn values(&self, row: &[Vec<u8>], columns: &[usize]) -> Option<Vec<f64>> {
        columns.iter().map(|&column| self.number(row, column)).collect()
    }

    /// Whether the whole text was searched for cells of a column.
    pub fn is_read_on(&self, column: usize) -> bool {
        self.read_on[column]
    }

    pub fn is_blank(&self, column: usize) -> bool {
        self.kinds[column].filled == 0
    }

    /// Whether a column has at least so many filled cells.
    pub fn is_filled_for(&self, column: usize, rows: usize) -> bool {
        self.kinds[column].filled >= rows
    }

    /// Whether a column is filled in at least half of the rows.
    pub fn is_mostly_filled(&self, column: usize) -> bool {
        2 * self.filled(column).count() >= self.rows.len()
    }

    /// Whether a column is filled and all its cells pass a test.
    pub fn all(&self, column: usize, test: impl Fn(&[u8]) -> bool) -> bool {
        !self.is_blank(column) && self.filled(column).all(test)
    }

    /// Returns the different cells of a column of words, in the order of the rows; none if there are more of them than
    /// a series has fields.
    pub fn different(&self, column: usize) -> Vec<String> {
        const MAX_COLUMNS: usize = 16;
        if !self.holds_words(column) {
            return Vec::new();
        }
        let mut found: Vec<String> = Vec::new();
        for cell in self.filled(column).map(String::from_utf8_lossy) {
            if !found.iter().any(|known| *known == cell) {
                found.push(cell.into_owned());
            }
            if found.len() > MAX_COLUMNS {
                return Vec::new();
            }
        }
        found
    }

    /// Whether the cells of some columns pass a test in every row that has these columns.
    pub fn all_rows(&self, columns: &[usize], test: impl Fn(&[&[u8]]) -> bool) -> bool {
        let cells = |row: &Vec<Vec<u8>>| -> Option<bool> {
            let cells: Option<Vec<&[u8]>> = columns.iter().map(|&column| row.get(column).map(Vec::as_slice)).collect();
            cells.map(|cells| test(&cells))
        };
        let mut rows = self.rows.iter().filter_map(cells).peekable();
        rows.peek().is_some() && rows.all(|passed| passed)
    }

    /// Returns the first filled cell of a column.
    pub fn first(&self, column: usize) -> Option<String> {
        self.filled(column).next().map(|cell| String::from_utf8_lossy(cell).into_owned())
    }

    /// Returns how often a filled cell of a column differs from the one above it.
    pub fn changes(&self, column: usize) -> usize {
        let cells: Vec<&[u8]> = self.filled(column).collect();
        cells.windows(2).filter(|pair| pair[0] != pair[1]).count()
    }

    /// Whether more than half of a column passes a test.
    fn mostly(&self, column: usize, test: impl Fn(&[u8]) -> bool) -> bool {
        let (mut passed, mut all) = (0, 0);
        for cell in self.filled(column) {
            all += 1;
            passed += usize::from(test(cell));
        }
        2 * passed > all
    }

    /// Whether nearly all filled cells of a column pass a test.
    pub fn is_mostly(&self, column: usize, test: impl Fn(&[u8]) -> bool) -> bool {
        const MIN_SHARE: f64 = 0.8;
        let passed = self.filled(column).filter(|cell| test(cell)).count() as f64;
        let filled = self.kinds[column].filled;
        filled > 0 && passed >= MIN_SHARE * filled as f64
    }

    pub fn holds_numbers(&self, column: usize) -> bool {
        let kinds = self.kinds[column];
        kinds.mostly(kinds.numbers)
    }

    /// Whether the numbers of a column can be prices: most have no unit of a volume.
    pub fn holds_prices(&self, column: usize) -> bool {
        let kinds = self.kinds[column];
        kinds.mostly(kinds.prices)
    }

    /// Whether the numbers of a column have decimals.
    pub fn holds_decimals(&self, column: usize) -> bool {
        let kinds = self.kinds[column];
        kinds.mostly(kinds.decimals)
    }

    /// Whether a column can hold tickers: words, or whole numbers if days occur in several rows. With one row a day,
    /// the rows of a number must follow each other: inventories and prices repeat by chance.
    pub fn may_be_ticker(&self, column: usize, date: usize) -> bool {
        const MIN_SHARE_OF_DAYS: f64 = 0.9;
        let kinds = self.kinds[column];
        let days = self.distinct(date) as f64;
        let is_one_row_a_day = days > MIN_SHARE_OF_DAYS * self.kinds[date].filled as f64;
        let in_blocks = || self.changes(column) < self.distinct(column) && !self.hardly_repeats(column);
        !kinds.mostly(kinds.prices) || (kinds.decimals == 0 && (!is_one_row_a_day || in_blocks()))
    }

    /// Whether more than half of the cells of a column are numbers with a fraction; `600000.0` has none.
    pub fn holds_fractions(&self, column: usize) -> bool {
        self.mostly(column, |cell| self.value(column, cell).is_some_and(|value| value.fract() != 0.0))
    }

    /// Returns the number of different cells of a column.
    pub fn distinct(&self, column: usize) -> usize {
        self.filled(column).collect::<HashSet<&[u8]>>().len()
    }

    /// Whether a column has more than half as many different cells as filled ones.
    pub fn hardly_repeats(&self, column: usize) -> bool {
        2 * self.distinct(column) > self.kinds[column].filled
    }

    /// Whether the numbers of a column move like prices: they are positive, not constant, and mostly move by less than
    /// a fifth.
    pub fn moves_as_price(&self, column: usize) -> bool {
        const MAX_USUAL_MOVE: f64 = 0.2;
        const MIN_VALUES: usize = 3;
        let values: Vec<f64> = self.numbers(column).collect();
        let positive = values.iter().filter(|value| **value > 0.0).count();
        let moves: Vec<f64> = values.windows(2).map(|pair| (pair[1] / pair[0]).ln().abs()).collect();
        let varies = moves.iter().any(|step| *step > 0.0);
        let small = median(moves).is_some_and(|usual| usual < MAX_USUAL_MOVE);
        !values.is_empty() && nearly_all(positive, values.len()) && (values.len() < MIN_VALUES || (varies && small))
    }

    /// Whether most numbers of a column change by less than a fiftieth from row to row. Traded volumes change by more.
    pub fn hardly_moves(&self, column: usize) -> bool {
        const MAX_USUAL_MOVE: f64 = 0.02;
        let values: Vec<f64> = self.numbers(column).filter(|value| *value > 0.0).collect();
        let moves = values.windows(2).map(|pair| (pair[1] / pair[0]).ln().abs()).collect();
        median(moves).is_some_and(|usual| usual < MAX_USUAL_MOVE)
    }

    /// Returns the median of a column.
    pub fn middle(&self, column: usize) -> Option<f64> {
        median(self.numbers(column).collect())
    }

    /// Whether the numbers of a column have both plus and minus signs.
    pub fn has_both_signs(&self, column: usize) -> bool {
        let starts = |sign: u8| self.filled(column).any(|cell| cell.first() == Some(&sign));
        let signed = |cell: &[u8]| matches!(cell.first(), Some(b'+' | b'-'));
        starts(b'+') && starts(b'-') && self.mostly(column, signed)
    }

    /// Returns the first negative number of a column.
    pub fn below_zero(&self, column: usize) -> Option<String> {
        let below = |cell: &&[u8]| self.value(column, cell).is_some_and(|value| value < 0.0);
        self.filled(column).find(below).map(|cell| String::from_utf8_lossy(cell).into_owned())
    }

    /// Whether the numbers of a column cannot be prices: percentages, or changes, which are often negative.
    pub fn holds_changes(&self, column: usize) -> bool {
        const MAX_CELLS_PER_NEGATIVE: usize = 10;
        let below = self.numbers(column).filter(|value| *value < 0.0).count();
        self.mostly(column, |cell| cell.ends_with(b"%")) || MAX_CELLS_PER_NEGATIVE * below > self.kinds[column].filled
    }

    /// Whether the whole numbers of a column change by one from row to row.
    pub fn changes_by_one(&self, column: usize) -> bool {
        const MIN_VALUES: usize = 3;
        let values: Vec<f64> = self.numbers(column).collect();
        let by = |step: f64| values.windows(2).all(|pair| pair[1] - pair[0] == step);
        values.len() >= MIN_VALUES && self.kinds[column].decimals == 0 && (by(1.0) || by(-1.0))
    }

    /// Whether a column has different cells with digits that are neither numbers nor dates nor times.
    pub fn holds_unparsable(&self, column: usize) -> bool {
        let is_time = |cell: &[u8]| cell.contains(&b':') || dates::resembles_clock(cell);
        let is_day = |cell: &[u8]| dates::is_date(cell, true) || dates::period(cell, false).is_some();
        let known = |cell: &[u8]| numbers::is_number(cell) || is_day(cell) || is_time(cell);
        let unparsable = |cell: &[u8]| numbers::is_figure(cell) && !known(cell);
        let mut cells = self.filled(column);
        let first = cells.next();
        self.mostly(column, unparsable) && cells.any(|cell| Some(cell) != first)
    }

    /// Whether a column holds the same power of ten in every row: the unit of a rate.
    pub fn is_unit(&self, column: usize) -> bool {
        const MIN_CELLS: usize = 3;
        let mut values = self.numbers(column);
        let Some(unit) = values.next().filter(|first| [1.0, 10.0, 100.0, 1000.0, 10_000.0].contains(first)) else {
            return false;
        };
        self.kinds[column].filled >= MIN_CELLS && values.all(|value| value == unit)
    }

    pub fn holds_words(&self, column: usize) -> bool {
        self.mostly(column, codes::is_word)
    }

    /// Whether a column is named as row numbers and numbers the rows.
    pub fn counts_rows(&self, column: usize, table: &Table) -> bool {
        if !names::is_counter(&table.names[column]) {
            return false;
        }
        let values: Vec<f64> = self.rows[..self.first].iter().filter_map(|row| self.number(row, column)).collect();
        let by_one = |step: f64| values.windows(2).all(|pair| pair[1] - pair[0] == step);
        table.header.is_some() && !values.is_empty() && (by_one(1.0) || by_one(-1.0))
    }

    /// Whether a column is a part of the date of each row: whole numbers, named as a year, a month or a day.
    pub fn is_part_of_date(&self, column: usize, table: &Table) -> bool {
        let Some(range) = names::range_of_date_part(&table.names[column]) else { return false };
        table.header.is_some()
            && self.all(column, |cell| {
                self.value(column, cell).is_some_and(|number| number.fract() == 0.0 && range.contains(&number))
            })
    }

    /// Whether the numbers of a column lie between those of two others on every row.
    pub fn is_between(&self, column: usize, low: usize, high: usize) -> bool {
        let rows = self.rows.iter().filter_map(|row| self.values(row, &[low, column, high]));
        let rows: Vec<bool> = rows.map(|row| row.is_sorted()).collect();
        !rows.is_empty() && rows.into_iter().all(|between| between)
    }

    /// Whether the dates of two columns are the same days.
    pub fn same_days(&self, one: usize, other: usize) -> bool {
        let day = |row: &Vec<Vec<u8>>, column: usize| dates::bare_day(row.get(column)?);
        self.rows.iter().all(|row| day(row, one) == day(row, other))
    }
}

/// Returns the rows that follow, up to one that cannot be read.
fn later_rows(mut records: Records<&[u8]>) -> Vec<Vec<Vec<u8>>> {
    let cells = |row: Row| row.cells.to_vecs();
    let rows = std::iter::from_fn(|| records.next().ok().flatten().map(cells));
    rows.take(LATER_ROWS).collect()
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (count, sum) = values.fold((0, 0.0), |(count, sum), value| (count + 1, sum + value));
    (count > 0).then(|| sum / f64::from(count))
}
