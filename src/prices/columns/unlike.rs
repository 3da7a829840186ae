//! Tables that resemble price files: lists of transactions, and months or other periods instead of dates.

use super::sample::Sample;
use crate::dates::{DateOrder, Period};
use crate::error::{Fault, Problem};
use crate::frequency::Frequency;
use crate::table::Table;
use crate::vocabulary::headers::{
    MONTH, OF_PERIODS, SIDES, contains_count, contains_side, is_column_of_transactions, is_count, is_fee,
    is_of_a_transaction, is_of_an_execution,
};
use crate::vocabulary::names::{self, Role};

/// Returns the fault of a list of transactions. It has no bars, but a column of buy or sell, of signed numbers of
/// shares, or of numbers of shares beside fees, and also amounts or fees.
pub(super) fn transactions(sample: &Sample, table: &Table) -> Option<Fault> {
    let role = |column: usize| names::role(table.names[column].as_bytes()).map(|(role, _)| role);
    let columns = || 0..table.names.len();
    if columns().any(|column| matches!(role(column), Some(Role::High | Role::Low | Role::Adjusted))) {
        return None;
    }
    let is_called = |column: usize, test: fn(&str) -> bool| test(&names::normal(&table.names[column]));
    let side = columns().find(|&column| sample.all(column, is_side));
    // Without a column of sides, sold shares are negative; volumes never are.
    let sold = || {
        columns().find_map(|column| Some((column, sample.below_zero(column).filter(|_| is_called(column, is_count))?)))
    };
    // Fees mean transactions.
    let paid = || columns().any(|column| is_called(column, is_fee));
    let counted =
        || columns().find_map(|column| Some((column, sample.first(column).filter(|_| is_called(column, is_count))?)));
    let found = side.and_then(|side| Some((side, sample.first(side)?))).or_else(sold);
    let Some((side, found)) = found.or_else(|| counted().filter(|_| paid())) else {
        return of_a_broker(sample, table);
    };
    let others = columns().filter(|&column| column != side && is_called(column, is_column_of_transactions));
    let prices = columns().filter(|&column| role(column).is_some_and(Role::is_close) && is_called(side, is_count));
    let others: Vec<String> = others.chain(prices).map(|column| table.label(column)).collect();
    if others.is_empty() {
        return of_a_broker(sample, table);
    }
    Some(Problem::Transactions { column: table.label(side), found, others, price: price_of(table) }.into())
}

/// Returns the label of the column whose name is clearest as a price.
fn price_of(table: &Table) -> Option<String> {
    let rank = |column: &usize| match names::role(table.names[*column].as_bytes()) {
        Some((role, rank)) if role.is_close() => Some(rank),
        _ => None,
    };
    let columns = (0..table.names.len()).filter_map(|column| Some((rank(&column)?, column)));
    columns.min().map(|(_, column)| table.label(column))
}

/// Whether rows are the days of a strategy rather than its transactions: a column is named as the close, not only as a
/// price, and each of many sessions that follow each other has one row.
pub(super) fn is_daily_log(sample: &Sample, table: &Table, order: Option<DateOrder>) -> bool {
    const MIN_ROWS: usize = 20;
    /// Between two sessions, with a weekend and a holiday.
    const MAX_DAYS: i32 = 4;
    const MIN_SHARE: f64 = 0.95;
    let known = |column: usize| names::role(table.names[column].as_bytes());
    let is_close = |column: usize| {
        let name = names::normal(&table.names[column]);
        matches!(known(column), Some((Role::Close, 0))) && (name.contains("clos") || !name.contains("pric"))
    };
    let date = (0..table.names.len()).find(|&column| matches!(known(column), Some((Role::Date, _))));
    let Some(date) = date.filter(|_| (0..table.names.len()).any(is_close)) else { return false };
    let days: Option<Vec<_>> = sample.days_of_rows(date, order).into_iter().collect();
    let Some(days) = days.filter(|days| days.len() >= MIN_ROWS) else { return false };
    let steps: Vec<i32> = days.windows(2).map(|pair| (pair[1] - pair[0]).get_days().abs()).collect();
    let follow = steps.iter().filter(|step| (1..=MAX_DAYS).contains(*step)).count();
    !steps.contains(&0) && follow as f64 >= MIN_SHARE * steps.len() as f64
}

/// Returns the columns of shares and money of transactions.
pub(super) fn of_transactions(table: &Table) -> Vec<usize> {
    let is_one = |column: &usize| {
        let name = names::normal(&table.names[*column]);
        is_count(&name) || is_fee(&name) || is_of_a_transaction(&table.names[*column])
    };
    (0..table.names.len()).filter(is_one).collect()
}

/// Returns the fault of a list of transactions in the words of a broker: a column of phrases with a side, such as `Market
/// buy`, beside two columns of a transaction; or numbers of shares beside the number or the costs of an order.
fn of_a_broker(sample: &Sample, table: &Table) -> Option<Fault> {
    const MIN_OTHERS: usize = 2;
    let columns = || 0..table.names.len();
    let is_called = |column: usize, test: fn(&str) -> bool| test(&table.names[column]);
    // The result of a strategy has its closes day by day.
    if columns().any(|column| names::normal(&table.names[column]) == "close") {
        return None;
    }
    let sides = columns().filter(|&column| sample.holds_words(column) && sample.is_mostly(column, contains_side));
    // Notes repeat the side in other words on every row.
    let side = sides.min_by_key(|&column| sample.distinct(column));
    let others_of = |own: usize| -> Vec<usize> {
        columns().filter(|&column| column != own && is_called(column, is_of_a_transaction)).collect()
    };
    let by_side = side.filter(|&side| others_of(side).len() >= MIN_OTHERS);
    let is_count = |&column: &usize| sample.holds_numbers(column) && is_called(column, contains_count);
    let by_order =
        || columns().find(is_count).filter(|_| columns().any(|column| is_called(column, is_of_an_execution)));
    let column = by_side.or_else(by_order)?;
    let others = table.labels_of(&others_of(column));
    let found = sample.first(column)?;
    Some(Problem::Transactions { column: table.label(column), found, others, price: price_of(table) }.into())
}

/// Returns the fault of a file whose open, high, low and close stand below each other: the cells of one column name
/// them.
pub(super) fn stacked(sample: &Sample, table: &Table) -> Option<Fault> {
    const BAR: [Role; 4] = [Role::Open, Role::High, Role::Low, Role::Close];
    const OF_NAMES: [&str; 13] = [
        "variable",
        "field",
        "metric",
        "measure",
        "item",
        "attribute",
        "indicator",
        "column",
        "price",
        "type",
        "kind",
        "art",
        "指标",
    ];
    let names_of = |column: usize| {
        let cells = sample.different(column);
        let roles: Option<Vec<Role>> = cells.iter().map(|cell| Some(names::role(cell.as_bytes())?.0)).collect();
        let is_called = OF_NAMES.contains(&names::normal(&table.names[column]).as_str());
        // The first rows can all be of one field. OPEN and LOW are also tickers.
        let may_be_part = is_called && !cells.iter().all(|cell| names::is_symbol(cell));
        let are_names = |roles: &Vec<Role>| {
            let has = |role: &Role| roles.contains(role);
            // Rows of only closes are read as they are.
            let is_part = || BAR.iter().any(has) && !roles.iter().all(|role| role.is_close());
            BAR.iter().all(has) || may_be_part && is_part()
        };
        roles.filter(are_names).map(|_| cells)
    };
    let (column, names) = (0..table.names.len()).find_map(|column| Some((column, names_of(column)?)))?;
    let others = || (0..table.names.len()).filter(|other| *other != column && !table.names[*other].is_empty());
    let is_number = |other: &usize| sample.holds_numbers(*other) && !sample.holds_dates(*other);
    let name = |column: usize| table.names[column].clone();
    let index = others().filter(|other| !is_number(other)).map(name).collect();
    let mut numbers = others().filter(is_number);
    let value = numbers.next().filter(|_| numbers.next().is_none()).map(name);
    Some(Problem::Stacked { column: table.label(column), names, index, value }.into())
}

fn is_side(cell: &[u8]) -> bool {
    SIDES.contains(&String::from_utf8_lossy(cell).trim().to_lowercase().as_str())
}

/// Returns the fault of a column of months, quarters or other periods instead of days: the column `named`; without it,
/// any column named as periods, or the first column.
pub(super) fn periods(sample: &Sample, table: &Table, named: Option<usize>, asked: Option<Frequency>) -> Option<Fault> {
    let is_called = |column: usize| OF_PERIODS.contains(&names::normal(&table.names[column]).as_str());
    let is_bare = |column: usize| Some(column) == named || is_called(column) || table.names[column].is_empty();
    let candidates =
        |column: &usize| named.map_or_else(|| is_called(*column) || *column == 0, |named| named == *column);
    let mut columns = (0..table.names.len()).filter(candidates);
    let (column, kind) = columns.find_map(|column| Some((column, sample.period(column, is_bare(column))?)))?;
    // Beside a column of months, a year is only a part of the period.
    let is_month = |other: &usize| MONTH.contains(&names::normal(&table.names[*other]).as_str());
    let mut months = (0..table.names.len()).filter(|other| *other != column && kind == Period::Year);
    let month = months.find(is_month);
    let (column, kind) = month.map_or((column, kind), |month| (month, Period::Month));
    let found = sample.first(column)?;
    Some(Problem::Periods { column: table.label(column), kind, found, asked }.into())
}
