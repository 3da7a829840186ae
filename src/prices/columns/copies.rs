//! Columns that repeat others: two columns with one name or one role, `Close.1` as pandas names a second `Close`, and
//! `Close_x` beside `Close_y` after a merge of two tables.

use super::sample::Sample;
use crate::numbers;
use crate::table::Table;
use crate::vocabulary::names::{self, Known, Role};

/// Finds the columns that repeat another in every row of the sample, and returns, for each column, the column that it
/// repeats. A copy is not read. A column with a numbered name that is no copy has the role of the first column.
pub(super) fn settle(table: &Table, sample: &Sample, known: &mut [Option<Known>]) -> Vec<Option<usize>> {
    let names = &table.names;
    let is_copy = |first: usize, column: usize| repeats(sample, first, column);
    // If the table has the bars of one security, both closes of a merge belong to that security.
    let is_bar = |known: &Option<Known>| matches!(known, Some((Role::Open | Role::High | Role::Low, _)));
    let is_one_bar = known.iter().any(is_bar);
    let mut firsts: Vec<(Known, usize)> = Vec::new();
    let mut copies = vec![None; known.len()];
    for column in 0..known.len() {
        let numbered = before(&names[column], names, without_number);
        let merged = before(&names[column], names, left_of_merge);
        let is_either = |first: usize| is_copy(first, column) || is_copy(column, first);
        let merged = merged.filter(|&first| is_either(first) || (is_one_bar && known[first].is_none()));
        if let Some(first) = merged {
            let base = names[first].strip_suffix("_x").unwrap_or_default();
            known[first] = known[first].or_else(|| names::role(base.as_bytes()));
            known[column] = known[column].or(known[first]);
        }
        let of_role = known[column].and_then(|known| firsts.iter().find(|(first, _)| *first == known));
        let of_role = of_role.filter(|_| table.tickers.is_empty()).map(|(_, first)| *first);
        let mut candidates = [numbered, merged, of_role].into_iter().flatten();
        match (candidates.find(|&first| is_either(first)), numbered, known[column]) {
            // If only the second column is filled throughout, the first is the copy.
            (Some(first), _, _) if !is_copy(first, column) => {
                known[column] = known[first];
                copies[first] = Some(column);
                known[first] = Some((Role::Unused, 0));
                firsts.retain(|(_, other)| *other != first);
                firsts.extend(known[column].map(|own| (own, column)));
            }
            (Some(first), _, _) => {
                copies[column] = Some(first);
                known[column] = Some((Role::Unused, 0));
            }
            (None, Some(first), None) => known[column] = known[first],
            (None, _, Some(own)) if is_read(own) => firsts.push((own, column)),
            _ => {}
        }
    }
    copies
}

/// Whether a column repeats another in every row of the sample.
pub(super) fn repeats(sample: &Sample, first: usize, column: usize) -> bool {
    let is_alike = |cells: &[&[u8]]| is_repeated(sample, [first, column], [cells[0], cells[1]]);
    sample.is_mostly_filled(column) && !sample.is_blank(first) && sample.all_rows(&[first, column], is_alike)
}

/// Whether a cell is empty or equal to another as text or as a number: `102.5` repeats `102.50`.
fn is_repeated(sample: &Sample, columns: [usize; 2], [first, cell]: [&[u8]; 2]) -> bool {
    let values = || sample.value(columns[0], first).zip(sample.value(columns[1], cell));
    let is_equal = || values().is_some_and(|(first, cell)| first == cell);
    first == cell || numbers::is_missing(cell) || is_equal()
}

/// Whether a role is the date, a price or the volume.
fn is_read((role, _): Known) -> bool {
    role.is_close() || matches!(role, Role::Date | Role::Open | Role::High | Role::Low | Role::Volume)
}

/// Returns the column that a name repeats; `first` derives the name of that column from it.
fn before(name: &str, names: &[String], first: fn(&str) -> Option<String>) -> Option<usize> {
    let first = first(name)?;
    names.iter().position(|other| *other == first)
}

/// Returns `Close` for `Close.1`.
fn without_number(name: &str) -> Option<String> {
    let (first, number) = name.rsplit_once('.')?;
    (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())).then(|| first.to_owned())
}

/// Returns `Close_x` for `Close_y`.
fn left_of_merge(name: &str) -> Option<String> {
    name.strip_suffix("_y").map(|base| format!("{base}_x"))
}
