//! A header of two rows, one with the field of each column and one with its ticker: `Close,Close,High,High` above
//! `KO,LOW,KO,LOW`.

use std::collections::{HashMap, HashSet};

use super::Line;
use crate::vocabulary::names::{self, Role};

/// The indices of the two rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pair {
    pub names: usize,
    pub tickers: usize,
}

/// Returns the first pair of rows of fields and tickers above the prices, in either order. A row that begins with a
/// word for tickers holds the tickers; otherwise the row with more lower-case words holds the fields.
pub(super) fn find(above: &[Line], prices: Option<&Line>) -> Option<Pair> {
    let fits = |row: &Line| prices.is_none_or(|prices| row.cells.len() == prices.cells.len());
    let is_pair = |pair: &Pair| {
        let [names, tickers] = [&above[pair.names], &above[pair.tickers]];
        fits(names) && names.cells.len() == tickers.cells.len() && !is_labelled(names) && are_of(names, tickers)
    };
    let pairs = (1..above.len())
        .flat_map(|under| [Pair { names: under - 1, tickers: under }, Pair { names: under, tickers: under - 1 }]);
    let found: Vec<Pair> = pairs.filter(is_pair).collect();
    let best = |test: &dyn Fn(&Pair) -> bool| found.iter().find(|pair| test(pair)).copied();
    let is_sure = |pair: &Pair| is_labelled(&above[pair.tickers]);
    best(&is_sure).or_else(|| best(&|pair| has_small_letters(&above[pair.names]))).or_else(|| best(&|_| true))
}

/// Whether a row begins with a word for tickers.
fn is_labelled(row: &Line) -> bool {
    matches!(names::role(&row.cells[0]), Some((Role::Ticker, _)))
}

fn has_small_letters(row: &Line) -> bool {
    row.cells[1..].iter().flatten().any(u8::is_ascii_lowercase)
}

/// Whether one row holds fields and the other tickers. A row of tickers begins with a word for tickers or for days, or
/// with an empty cell: `FY1990,7.5` are prices.
fn are_of(names: &Line, tickers: &Line) -> bool {
    let first = &tickers.cells[0];
    let is_label = || matches!(names::role(first), Some((Role::Ticker | Role::Date, _)));
    if !first.is_empty() && !is_label() {
        return false;
    }
    let pairs = names.cells.iter().zip(&tickers.cells).skip(1);
    are_fields(pairs.map(|(name, ticker)| (&name[..], &ticker[..])))
}

/// Whether the first of each pair is a field and the second its ticker: every ticker has a close, no field occurs twice
/// with one ticker, and no ticker is a word written like a field.
pub(super) fn are_fields<'a>(pairs: impl Iterator<Item = (&'a [u8], &'a [u8])>) -> bool {
    let mut seen = HashSet::new();
    let mut has_close: HashMap<&[u8], bool> = HashMap::new();
    for (name, ticker) in pairs.filter(|(name, ticker)| !name.is_empty() || !ticker.is_empty()) {
        let Some((role, _)) = names::role(name).filter(|_| is_ticker(ticker)) else { return false };
        if matches!(role, Role::Date | Role::Ticker) || !seen.insert((name, ticker)) {
            return false;
        }
        *has_close.entry(ticker).or_default() |= role.is_close();
    }
    !has_close.is_empty() && has_close.into_values().all(|has| has)
}

fn is_ticker(cell: &[u8]) -> bool {
    !cell.is_empty() && (names::role(cell).is_none() || !cell.iter().any(u8::is_ascii_lowercase))
}
