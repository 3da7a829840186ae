//! Finds the delimiter between cells.

use super::Line;
use super::{Dialect, rows_of};
use crate::lines::Lines;
use crate::vocabulary::names;
use crate::{dates, numbers};

/// Common delimiters; if two have equal scores, the first is used.
const CANDIDATES: [u8; 5] = [b',', b';', b'\t', b'|', b'^'];

/// Tables aligned by blanks, tried if no delimiter gives rows of prices.
const COLUMNS: [Dialect; 2] = [Dialect::of_blanks(2), Dialect::of_blanks(1)];

/// Finds the dialect: the delimiter that gives the most rows of prices, or if none does, the most known names.
pub(super) fn find(head: &[u8]) -> Dialect {
    let dialects = CANDIDATES.map(|delimiter| Dialect::of(head, delimiter));
    let score = |&dialect: &Dialect| {
        let rows = rows_of(head, dialect);
        let (prices, others): (Vec<_>, Vec<_>) = rows.iter().partition(|row| has_prices(row));
        (prices.len(), others.into_iter().map(known_names).max())
    };
    let (rows, found) = best(&dialects, score);
    if rows.0 > 0 {
        return found;
    }
    let (set, in_columns) = best(&COLUMNS, |&dialect| set_score(&rows_of(head, dialect)));
    if set.0 > 0 { in_columns } else { found }
}

/// Returns the delimiter, or a comma if blanks separate the cells.
pub fn mark(head: &[u8]) -> u8 {
    let found = find(head).delimiter;
    if CANDIDATES.contains(&found) { found } else { CANDIDATES[0] }
}

/// Returns the number of rows of prices, and whether a line above them has as many names, or one fewer for an index.
fn set_score(rows: &[Line]) -> (usize, bool) {
    let count = rows.iter().filter(|row| has_prices(row)).count();
    let above = rows.iter().take_while(|row| !has_prices(row));
    let width = rows.iter().find(|row| has_prices(row)).map_or(0, |row| row.cells.len());
    (count, above.map(|row| row.cells.len()).any(|names| names == width || names + 1 == width))
}

/// Returns the lines above the first row that are prices with another delimiter: the end of another file.
pub(super) fn other_prices(head: &[u8], dialect: Dialect, first_line: usize) -> Lines {
    if first_line < 3 {
        return Lines::default();
    }
    let others = CANDIDATES.into_iter().filter(|&other| other != dialect.delimiter);
    let rows = others.flat_map(|other| rows_of(head, Dialect::of(head, other)));
    let lines = rows.filter(|row| row.number < first_line && has_prices(row)).map(|row| row.number);
    let lines: std::collections::BTreeSet<usize> = lines.collect();
    lines.into_iter().collect()
}

/// Returns the first of the dialects with the highest score, and that score.
fn best<S: Ord>(dialects: &[Dialect], score: impl Fn(&Dialect) -> S) -> (S, Dialect) {
    let scored = dialects.iter().rev().map(|dialect| (score(dialect), *dialect));
    // `max_by` returns the last maximum; in reverse order that is the first.
    scored.max_by(|one, other| one.0.cmp(&other.0)).unwrap_or_else(|| unreachable!("there are candidates"))
}

/// Whether a row holds a date and a number, or a date and only missing values: `2024-11-01,.`.
pub(super) fn has_prices(row: &Line) -> bool {
    let (mut dates, mut numbers, mut missing, mut bare) = (0, 0, 0, 0);
    for cell in &row.cells {
        let (date, number) = (dates::is_date(cell, true), numbers::is_number(cell));
        dates += usize::from(date);
        numbers += usize::from(number);
        missing += usize::from(numbers::is_missing(cell));
        // A date can itself be a number.
        bare |= usize::from(date && number);
        // A row can have ten thousand cells.
        if dates > 0 && numbers > 1 {
            return true;
        }
    }
    let is_empty = missing > 0 && dates + missing == row.cells.len();
    dates > 0 && (numbers > bare || is_empty)
}

/// Returns the number of cells in a row that are known names.
pub(super) fn known_names(row: &Line) -> usize {
    if row.cells.len() < 2 {
        return 0;
    }
    row.cells.iter().filter(|cell| names::role(cell).is_some()).count()
}
