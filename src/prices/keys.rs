//! Finds the columns that identify the series of a row, where two rows of one day differ.

use std::collections::HashSet;

use super::columns::Plan;
use super::dates;
use super::error::{Cause, Fault, Problem};
use super::table::{Records, Row, Table};
use super::vocabulary::headers::OF_CONTRACTS;
use super::vocabulary::names::{self, Role};

/// The cause of different rows on one day, and the labels of the columns that distinguish them.
pub(super) type Keys = (Cause, Box<[String]>);

/// Adds to a contradiction, and to days that begin again, the columns that distinguish the rows of a day.
pub(super) fn with_keys(mut fault: Fault, found: impl FnOnce() -> Keys) -> Fault {
    match &mut *fault.problem {
        Problem::Contradiction { cause: cause @ (Cause::Words | Cause::Mistake), keys, .. } => {
            (*cause, *keys) = found()
        }
        Problem::BeginAgain { keys, .. } => {
            let (cause, found) = found();
            *keys = if cause == Cause::Words { found } else { Box::default() };
        }
        _ => {}
    }
    fault
}

/// Finds them in the beginning of the text.
///
/// A column that does not distinguish the rows would lead to the same contradiction again.
pub(super) fn find(head: &[u8], table: &Table, plan: &Plan) -> Keys {
    let distinguish = |columns: &[usize]| are_unique(head, table, &[&plan.date_columns(), columns].concat());
    let alone = plan.words.iter().chain(&plan.codes).copied().filter(|&column| distinguish(&[column]));
    let alone: Vec<usize> = alone.chain(others(head, table, plan)).collect();
    let beside = |by: usize| plan.words.iter().find(|&&other| distinguish(&[by, other])).map(|&other| [by, other]);
    match (&alone[..], plan.by.and_then(beside)) {
        ([_, ..], _) => (Cause::Words, table.labels_of(&alone).into()),
        ([], Some(both)) => (Cause::Key, table.labels_of(&both).into()),
        ([], None) => (Cause::Mistake, Box::default()),
    }
}

/// The column that tells the rows of a day apart and holds no words: that of contracts, such as the expiry of futures,
/// or another.
pub(super) fn other(head: &[u8], table: &Table, plan: &Plan) -> Option<String> {
    let tells_apart = |column: &usize| are_unique(head, table, &[&plan.date_columns()[..], &[*column]].concat());
    let mut contracts = (0..table.names.len()).filter(|&column| is_contract(table, column));
    let found = contracts.find(tells_apart).or_else(|| others(head, table, plan).first().copied());
    found.map(|column| table.label(column))
}

fn is_contract(table: &Table, column: usize) -> bool {
    OF_CONTRACTS.contains(&names::normal(&table.names[column]).as_str())
}

/// The cells of a column, row by row.
#[derive(Default)]
struct Cells {
    all: HashSet<Vec<u8>>,
    with_days: HashSet<(Vec<u8>, Vec<u8>)>,
    last: Vec<u8>,
    /// How often a cell differs from the one above it.
    changes: usize,
    /// Whether all are days, or months and other periods.
    are_dates: bool,
}

impl Cells {
    fn see(&mut self, day: &[u8], cell: &[u8], is_first: bool) {
        self.changes += usize::from(!is_first && self.last != cell);
        self.are_dates &= dates::is_date(cell, false) || dates::period(cell, false).is_some();
        self.last = cell.to_vec();
        self.all.insert(cell.to_vec());
        self.with_days.insert((day.to_vec(), cell.to_vec()));
    }
}

/// The columns that hold neither words nor codes and tell the rows of a day apart, a few values that come again: days or
/// months of expiry, strikes, or what stays the same within each block of rows.
fn others(head: &[u8], table: &Table, plan: &Plan) -> Vec<usize> {
    let fields = plan.groups.iter().flat_map(|group| &group.fields).map(|&(_, column)| column);
    let known = plan.date_columns().into_iter().chain(plan.by).chain(plan.words.iter().copied());
    let used: HashSet<usize> = fields.chain(known).chain(plan.codes.iter().copied()).collect();
    let mut columns: Vec<(usize, Cells)> = (0..table.names.len())
        .filter(|column| !used.contains(column))
        .map(|column| (column, Cells { are_dates: true, ..Cells::default() }))
        .collect();
    let (mut rows, mut days) = (0, HashSet::new());
    let mut records = Records::new(head, table.dialect);
    while let Ok(Some(row)) = records.next() {
        if !is_of_table(&row, table) {
            continue;
        }
        let day = plan.date_columns().iter().map(|&column| row.cells.get(column)).collect::<Vec<_>>().concat();
        columns.iter_mut().for_each(|(column, cells)| cells.see(&day, row.cells.get(*column), rows == 0));
        days.insert(day);
        rows += 1;
    }
    let is_key = |(column, cells): &(usize, Cells)| {
        let are_few = cells.all.len() > 1 && 2 * cells.all.len() <= rows && 4 * days.len() <= 3 * rows;
        let is_named = matches!(names::role(table.names[*column].as_bytes()), Some((Role::Ticker, _)));
        let is_like_key = || is_named || is_contract(table, *column) || cells.are_dates;
        let in_blocks = || cells.changes + 1 == cells.all.len();
        cells.with_days.len() == rows && are_few && (is_like_key() || in_blocks())
    };
    columns.into_iter().filter(is_key).map(|(column, _)| column).collect()
}

/// Whether no two rows have the same cells in all of some columns.
fn are_unique(head: &[u8], table: &Table, columns: &[usize]) -> bool {
    let mut records = Records::new(head, table.dialect);
    let mut seen: HashSet<Vec<Vec<u8>>> = HashSet::new();
    while let Ok(Some(row)) = records.next() {
        if is_of_table(&row, table)
            && !seen.insert(columns.iter().map(|&column| row.cells.get(column).to_vec()).collect())
        {
            return false;
        }
    }
    true
}

fn is_of_table(row: &Row, table: &Table) -> bool {
    row.line >= table.first_line && row.cells.fits(table.names.len())
}
