//! What parts the cells of a row.

use super::Line;
use super::{Dialect, rows_of};
use crate::prices::columns::names;
use crate::prices::{dates, numbers};

/// What vendors part cells with; of two that do equally well, the first.
const CANDIDATES: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Finds the dialect: the delimiter that makes the most rows of prices, and failing that the most known
/// names.
pub(super) fn find(head: &[u8]) -> Dialect {
    let dialects = CANDIDATES.map(|delimiter| Dialect::of(head, delimiter));
    let score = |&dialect: &Dialect| {
        let rows = rows_of(head, dialect);
        let prices = rows.iter().filter(|row| has_prices(row)).count();
        (prices, rows.iter().map(known_names).max())
    };
    let scores = dialects.each_ref().map(score);
    let best = scores.iter().max();
    let found = scores.iter().position(|score| Some(score) == best);
    dialects[found.unwrap_or(0)]
}

/// Whether a row holds a date and a number beside it, or only a date and nothing to say: `2024-11-01,.`.
pub(super) fn has_prices(row: &Line) -> bool {
    let cells = &row.cells;
    let count = |test: fn(&[u8]) -> bool| cells.iter().filter(|cell| test(cell)).count();
    let dates = count(|cell| dates::is_date(cell, true));
    let numbers = count(numbers::is_number);
    let missing = count(numbers::is_missing);
    // A date may itself be a number.
    let bare = usize::from(cells.iter().any(|cell| dates::is_date(cell, true) && numbers::is_number(cell)));
    let says_nothing = missing > 0 && dates + missing == cells.len();
    dates > 0 && (numbers > bare || says_nothing)
}

/// How many cells of a row are names that vendors use.
pub(super) fn known_names(row: &Line) -> usize {
    if row.cells.len() < 2 {
        return 0;
    }
    row.cells.iter().filter(|cell| names::role(cell).is_some()).count()
}
