//! Which columns say whose price a row is, where two rows of one day do not say the same.

use std::collections::HashSet;

use super::columns::Plan;
use super::error::{Cause, Fault, Problem};
use super::table::{Records, Row, Table};

/// Names the columns that tell the rows of a day apart in a contradiction; `head` is the beginning of the text.
///
/// A column that does not would only lead to the same contradiction again.
pub(super) fn find(mut fault: Fault, head: &[u8], table: &Table, plan: &Plan) -> Fault {
    let Problem::Contradiction { cause: cause @ Cause::Words, keys, .. } = &mut fault.problem else {
        return fault;
    };
    let tell_apart = |columns: &[usize]| are_unique(head, table, &[&plan.date_columns(), columns].concat());
    let alone: Vec<usize> = plan.words.iter().copied().filter(|&column| tell_apart(&[column])).collect();
    let beside = |by: usize| plan.words.iter().find(|&&other| tell_apart(&[by, other])).map(|&other| [by, other]);
    (*cause, *keys) = match (&alone[..], plan.by.and_then(beside)) {
        ([_, ..], _) => (Cause::Words, table.labels_of(&alone).into()),
        ([], Some(both)) => (Cause::Key, table.labels_of(&both).into()),
        ([], None) => (Cause::Slip, Box::default()),
    };
    fault
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
