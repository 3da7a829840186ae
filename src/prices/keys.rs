//! Finds the columns that identify the series of a row, where two rows of one day differ.

use std::collections::HashSet;

use super::columns::Plan;
use super::error::{Cause, Fault, Problem};
use super::table::{Records, Row, Table};
use super::vocabulary::headers::OF_CONTRACTS;
use super::vocabulary::names;

/// The cause of different rows on one day, and the labels of the columns that distinguish them.
pub(super) type Keys = (Cause, Box<[String]>);

/// Adds to a contradiction the columns that distinguish the rows of a day.
pub(super) fn with_keys(mut fault: Fault, found: impl FnOnce() -> Keys) -> Fault {
    if let Problem::Contradiction { cause: cause @ Cause::Words, keys, .. } = &mut *fault.problem {
        (*cause, *keys) = found();
    }
    fault
}

/// Finds them in the beginning of the text.
///
/// A column that does not distinguish the rows would lead to the same contradiction again.
pub(super) fn find(head: &[u8], table: &Table, plan: &Plan) -> Keys {
    let distinguish = |columns: &[usize]| are_unique(head, table, &[&plan.date_columns(), columns].concat());
    let alone = plan.words.iter().chain(&plan.codes).copied().filter(|&column| distinguish(&[column]));
    let alone: Vec<usize> = alone.collect();
    let beside = |by: usize| plan.words.iter().find(|&&other| distinguish(&[by, other])).map(|&other| [by, other]);
    match (&alone[..], plan.by.and_then(beside)) {
        ([_, ..], _) => (Cause::Words, table.labels_of(&alone).into()),
        ([], Some(both)) => (Cause::Key, table.labels_of(&both).into()),
        ([], None) => (Cause::Mistake, Box::default()),
    }
}

/// The column of contracts, such as the expiry of futures, that tells the rows of a day apart.
pub(super) fn contract(head: &[u8], table: &Table, plan: &Plan) -> Option<String> {
    let is_called = |column: &usize| OF_CONTRACTS.contains(&names::normal(&table.names[*column]).as_str());
    let tells_apart = |column: &usize| are_unique(head, table, &[&plan.date_columns()[..], &[*column]].concat());
    (0..table.names.len()).filter(is_called).find(tells_apart).map(|column| table.label(column))
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
