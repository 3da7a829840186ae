//! Which columns say whose price a row is, where two rows of one day do not say the same.

use std::collections::HashSet;

use super::columns::Plan;
use super::error::{Cause, Fault, Problem};
use super::table::{Records, Row, Table};

/// Why a day may have rows that differ, and the labels of the columns that tell them apart.
pub(super) type Keys = (Cause, Box<[String]>);

/// Names the columns that tell the rows of a day apart in a contradiction.
pub(super) fn with_keys(mut fault: Fault, found: impl FnOnce() -> Keys) -> Fault {
    if let Problem::Contradiction { cause: cause @ Cause::Words, keys, .. } = &mut fault.problem {
        (*cause, *keys) = found();
    }
    fault
}

/// Looks for them in the beginning of the text.
///
/// A column that does not tell rows apart would only lead to the same contradiction again.
pub(super) fn find(head: &[u8], table: &Table, plan: &Plan) -> Keys {
    let tell_apart = |columns: &[usize]| are_unique(head, table, &[&plan.date_columns(), columns].concat());
    let alone: Vec<usize> = plan.words.iter().copied().filter(|&column| tell_apart(&[column])).collect();
    let beside = |by: usize| plan.words.iter().find(|&&other| tell_apart(&[by, other])).map(|&other| [by, other]);
    match (&alone[..], plan.by.and_then(beside)) {
        ([_, ..], _) => (Cause::Words, table.labels_of(&alone).into()),
        ([], Some(both)) => (Cause::Key, table.labels_of(&both).into()),
        ([], None) => (Cause::Slip, Box::default()),
    }
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
