//! Tables that resemble price files: lists of transactions, and months in place of dates.

use super::sample::Sample;
use crate::prices::dates;
use crate::prices::error::{Fault, Problem};
use crate::prices::frequency::Frequency;
use crate::prices::table::Table;
use crate::prices::vocabulary::headers::{COUNTS, OF_A_TRANSACTION, OF_MONTHS, SIDES};
use crate::prices::vocabulary::names::{self, Role};

/// The fault of a list of transactions: a column of buy or sell, or of signed numbers of shares, beside amounts or
/// fees, and no bars.
pub(super) fn transactions(sample: &Sample, table: &Table) -> Option<Fault> {
    let role = |column: usize| names::role(table.names[column].as_bytes()).map(|(role, _)| role);
    let columns = || 0..table.names.len();
    if columns().any(|column| matches!(role(column), Some(Role::High | Role::Low | Role::Adjusted))) {
        return None;
    }
    let is_called = |column: usize, names: &[&str]| names.contains(&names::normal(&table.names[column]).as_str());
    let side = columns().find(|&column| sample.all(column, is_side));
    // Without a column of sides, shares that were sold are negative. Volumes never are.
    let sold = || {
        columns().find_map(|column| Some((column, sample.below_zero(column).filter(|_| is_called(column, &COUNTS))?)))
    };
    let (side, found) = side.and_then(|side| Some((side, sample.first(side)?))).or_else(sold)?;
    let others = columns().filter(|&column| column != side && is_called(column, &OF_A_TRANSACTION));
    let prices = columns().filter(|&column| role(column).is_some_and(Role::is_close) && is_called(side, &COUNTS));
    let others: Vec<String> = others.chain(prices).map(|column| table.label(column)).collect();
    (!others.is_empty()).then(|| Problem::Transactions { column: table.label(side), found, others }.into())
}

fn is_side(cell: &[u8]) -> bool {
    SIDES.contains(&String::from_utf8_lossy(cell).trim().to_lowercase().as_str())
}

/// The fault of a column of months in place of days: `named`, or any with a name for months.
pub(super) fn months(sample: &Sample, table: &Table, named: Option<usize>, asked: Option<Frequency>) -> Option<Fault> {
    let called = |column: &usize| OF_MONTHS.contains(&names::normal(&table.names[*column]).as_str());
    let mut columns =
        (0..table.names.len()).filter(|column| named.map_or_else(|| called(column), |named| named == *column));
    let column = columns.find(|&column| sample.all(column, dates::is_month))?;
    let found = sample.first(column)?;
    let asked = asked == Some(Frequency::Monthly);
    Some(Problem::Months { column: table.label(column), found, asked }.into())
}
