//! Finds the columns that identify the series of a row, if two rows of one day differ.

use std::collections::HashSet;

use super::columns::Plan;
use super::dates;
use super::error::{Cause, Fault, Problem};
use super::table::{Records, Row, Table};
use super::vocabulary::headers::OF_CONTRACTS;
use super::vocabulary::names::{self, Role};

/// The cause of different rows on one day, and the labels of the columns that distinguish them.
pub(super) type Keys = (Cause, Box<[String]>);

/// Adds the columns that distinguish the rows of a day to a contradiction, or to the fault that days begin again.
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

/// Finds the columns that distinguish the rows of a day, in the beginning of the text.
///
/// A column that does not distinguish the rows would lead to the same contradiction again.
pub(super) fn find(head: &[u8], table: &Table, plan: &Plan) -> Keys {
    let distinguish = |columns: &[usize]| are_unique(head, table, &[&plan.date_columns(), columns].concat());
    let words: Vec<usize> =
        plan.words.iter().chain(&plan.codes).copied().filter(|&column| distinguish(&[column])).collect();
    // Beside a column of tickers, a word such as the series of shares is no other ticker.
    let is_other = |column: usize| !is_named_ticker(table, column);
    if let (Some(by), Some(&word)) = (plan.by.filter(|&by| is_named_ticker(table, by)), words.first())
        && words.iter().all(|&column| is_other(column))
    {
        return (Cause::Key, table.labels_of(&[by, word]).into());
    }
    let alone: Vec<usize> = words.into_iter().chain(others(head, table, plan)).collect();
    if !alone.is_empty() {
        return (Cause::Words, table.labels_of(&alone).into());
    }
    match together(head, table, plan) {
        Some(keys) => (Cause::Key, table.labels_of(&keys).into()),
        None => (Cause::Mistake, Box::default()),
    }
}

/// Returns the fewest columns that together distinguish the rows of a day, the column of tickers first: symbol and
/// series; or symbol, expiry, strike and type of options.
fn together(head: &[u8], table: &Table, plan: &Plan) -> Option<Vec<usize>> {
    let is_key = |&column: &usize| is_contract(table, column) || is_named_ticker(table, column);
    let named: Vec<usize> = (0..table.names.len()).filter(is_key).collect();
    let of_contracts = named.iter().filter(|&&column| is_contract(table, column));
    let by = plan.by.or_else(|| named.iter().copied().find(|&column| is_named_ticker(table, column)));
    let all = by.into_iter().chain(of_contracts.copied()).chain(plan.words.iter().copied());
    let mut columns: Vec<usize> = Vec::new();
    let dates = plan.date_columns();
    all.filter(|column| !dates.contains(column)).for_each(|column| {
        if !columns.contains(&column) {
            columns.push(column);
        }
    });
    let distinguish = |columns: &[usize]| are_unique(head, table, &[&plan.date_columns(), columns].concat());
    if columns.len() < 2 || !distinguish(&columns) {
        return None;
    }
    for column in columns.clone().into_iter().skip(usize::from(by.is_some())).rev() {
        let without: Vec<usize> = columns.iter().copied().filter(|other| *other != column).collect();
        if distinguish(&without) {
            columns = without;
        }
    }
    Some(columns).filter(|columns| columns.len() > 1)
}

fn is_named_ticker(table: &Table, column: usize) -> bool {
    matches!(names::role(table.names[column].as_bytes()), Some((Role::Ticker, _)))
}

/// Returns the column that distinguishes the rows of a day and holds no words: a column of contracts, such as the
/// expiry of futures, or another column; or the columns that do so together. Empty if there are none.
pub(super) fn other(head: &[u8], table: &Table, plan: &Plan) -> Box<[String]> {
    let distinguishes = |column: &usize| are_unique(head, table, &[&plan.date_columns()[..], &[*column]].concat());
    let mut contracts = (0..table.names.len()).filter(|&column| is_contract(table, column));
    let found = contracts.find(distinguishes).or_else(|| others(head, table, plan).first().copied());
    let found = found.map(|column| vec![column]).or_else(|| together(head, table, plan));
    table.labels_of(&found.unwrap_or_default()).into()
}

fn is_contract(table: &Table, column: usize) -> bool {
    OF_CONTRACTS.contains(&names::normal(&table.names[column]).as_str())
}

/// The cells of a column, collected row by row.
#[derive(Default)]
struct Cells {
    all: HashSet<Vec<u8>>,
    with_days: HashSet<(Vec<u8>, Vec<u8>)>,
    last: Vec<u8>,
    /// The number of cells that differ from the cell above.
    changes: usize,
    /// Whether all cells are days, months or other periods.
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

/// Returns the columns that hold neither words nor codes, and distinguish the rows of a day by a few values that
/// repeat: days or months of expiry, strikes, or values that are constant within each block of rows.
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
        let is_like_key = || is_named_ticker(table, *column) || is_contract(table, *column) || cells.are_dates;
        let in_blocks = || cells.changes + 1 == cells.all.len();
        cells.with_days.len() == rows && are_few && (is_like_key() || in_blocks())
    };
    columns.into_iter().filter(is_key).map(|(column, _)| column).collect()
}

/// Whether all rows differ in at least one of some columns.
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

#[cfg(test)]
mod tests {
    use crate::testing::read;
    use crate::{Cause, Problem};

    /// Returns the cause and the columns that an error names.
    fn keys(header: &str, keys_of_day: &[&str]) -> (Option<Cause>, String) {
        let price = |at: usize, day: usize| 10.0 * (at + 1) as f64 + (day * (at + 3) % 5) as f64 / 4.0;
        let rows = (2..30).flat_map(|day| {
            let row = move |(at, key): (usize, &&str)| format!("{key},2020-01-{day:02},{:.2}\n", price(at, day));
            keys_of_day.iter().enumerate().map(row)
        });
        let text = format!("{header},date,close\n{}", rows.collect::<String>());
        let error = match read(&text) {
            Ok(reading) if reading.failed.is_empty() => reading.rows_settled().unwrap_err(),
            Ok(mut reading) => reading.failed.remove(0).error,
            Err(error) => error,
        };
        match &*error.problem {
            Problem::Contradiction { cause, keys, .. } => (Some(*cause), keys.join("+")),
            Problem::Spacing { by, .. } => (None, by.join("+")),
            _ => panic!("{error}"),
        }
    }

    #[test]
    fn all_columns_of_the_key_are_named() {
        let futures = ["CL,2020-03-20", "CL,2020-04-20", "NG,2020-03-20", "NG,2020-04-20"];
        assert_eq!(keys("symbol,expiry", &futures).1, "symbol+expiry");
        let options = ["CL,2020-03-20,50,CE", "CL,2020-03-20,50,PE", "CL,2020-03-20,60,CE", "CL,2020-03-20,60,PE"];
        assert_eq!(keys("SYMBOL,EXPIRY_DT,STRIKE_PR,OPTION_TYP", &options).1, "SYMBOL+STRIKE_PR+OPTION_TYP");
        let options = [&options[..], &["NG,2020-03-20,50,CE", "CL,2020-04-20,50,CE"]].concat();
        let all = "SYMBOL+EXPIRY_DT+STRIKE_PR+OPTION_TYP";
        assert_eq!(keys("SYMBOL,EXPIRY_DT,STRIKE_PR,OPTION_TYP", &options).1, all);
        let shares = ["TCS,EQ", "TCS,BL"];
        assert_eq!(keys("symbol,series", &shares), (Some(Cause::Key), "symbol+series".to_owned()));
    }
}
