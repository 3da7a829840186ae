//! Columns that are nearly empty in the sample. The first rows in which they have cells are kept while the text is read,
//! and decide whether a warning names them.

use std::collections::HashSet;

use super::finder::Finder;
use super::plan::Plan;
use super::sample::Sample;
use crate::numbers;
use crate::options::ReadOptions;
use crate::table::{Cells, Table};
use crate::vocabulary::names::Role;

/// Rows in which columns that are nearly empty in the sample have cells.
#[derive(Debug)]
pub(crate) struct LateRows {
    rows: Vec<Vec<Vec<u8>>>,
    /// The number of cells of each of these columns, up to [`MIN_CELLS`].
    filled: Vec<usize>,
    max_rows: usize,
}

/// The number of cells that are enough to judge a column.
const MIN_CELLS: usize = 100;

/// The maximum number of rows. Columns that are empty in all of them are named by a warning, whatever they hold.
const MAX_ROWS: usize = 300;

impl Default for LateRows {
    fn default() -> Self {
        LateRows { rows: Vec::new(), filled: Vec::new(), max_rows: MAX_ROWS }
    }
}

impl LateRows {
    /// Makes the rows of a block: all that can be among the first of the whole text.
    pub fn of_block() -> Self {
        LateRows { max_rows: usize::MAX, ..LateRows::default() }
    }

    /// Keeps a row if one of the columns has a cell in it, and too few cells so far.
    pub fn see(&mut self, columns: &[usize], cells: Cells) {
        self.add(columns, |column| cells.get(column), || cells.to_vecs());
    }

    /// Keeps rows of a later part of the text.
    pub fn see_all(&mut self, columns: &[usize], later: &LateRows) {
        for row in &later.rows {
            self.add(columns, |column| row.get(column).map_or(b"", Vec::as_slice), || row.clone());
        }
    }

    fn add<'a>(&mut self, columns: &[usize], cell: impl Fn(usize) -> &'a [u8], row: impl FnOnce() -> Vec<Vec<u8>>) {
        let mut is_kept = false;
        for (place, &column) in columns.iter().enumerate() {
            let is_open = self.filled.get(place).is_none_or(|&filled| filled < MIN_CELLS);
            if is_open && !numbers::is_missing(cell(column)) {
                self.filled.resize(columns.len(), 0);
                self.filled[place] += 1;
                is_kept = true;
            }
        }
        if is_kept && self.rows.len() < self.max_rows {
            self.rows.push(row());
        }
    }

    /// Adds the columns to those of the plan that a warning names, as if the sample had begun with these rows.
    pub fn name_columns(self, plan: &mut Plan, table: &Table, options: &ReadOptions) {
        if self.rows.is_empty() {
            return;
        }
        let (mut finder, _) = Finder::new(Sample::of_rows(self.rows, table, options), table, options);
        finder.dates = plan.date_columns();
        let dates = plan.date_columns().into_iter().map(|column| (column, Role::Date));
        let ticker = plan.by.map(|column| (column, Role::Ticker));
        let covariates = plan.covariates.iter().map(|&(_, column)| (column, Role::Unused));
        for (column, role) in dates.chain(ticker).chain(covariates) {
            finder.known[column] = Some((role, 0));
        }
        finder.pass_over_other_days(plan.date);
        finder.pass_over_others(plan.date);
        let mut is_late = vec![false; table.names.len()];
        for (&column, &filled) in plan.late.iter().zip(&self.filled) {
            is_late[column] = filled > 0;
        }
        let [mut prices, mut others] = finder.not_read(plan);
        prices.retain(|&column| is_late[column]);
        others.retain(|&column| is_late[column]);
        let is_unjudged = |column: usize| is_late[column] && finder.sample.is_blank(column);
        prices.extend(finder.columns().filter(|&column| is_unjudged(column) && finder.known[column].is_none()));
        let [prices, others] = [prices, others].map(|columns| finder.labels_to_name(&columns, plan));
        let named: HashSet<String> = plan.not_read.iter().chain(&plan.no_prices).cloned().collect();
        plan.not_read.extend(prices.into_iter().filter(|label| !named.contains(label)));
        plan.no_prices.extend(others.into_iter().filter(|label| !named.contains(label)));
    }
}

#[cfg(test)]
mod tests {
    use crate::options::ReadOptions;
    use crate::reader::read_bytes;
    use crate::testing::{Row, walks_of, warnings};

    /// Returns the warnings about a table whose last cell is empty in the first 150 of 400 rows.
    fn warnings_about(header: &str, late: impl Fn(Row) -> String, early: impl Fn(Row) -> String) -> Vec<String> {
        let cells = |row: Row| match row.number < 150 {
            true => format!("{},", early(row)),
            false => format!("{},{}", early(row), late(row)),
        };
        let text = walks_of(400, header, cells);
        warnings(text.trim_start())
    }

    type Cell = fn(Row) -> String;

    fn close(row: Row) -> String {
        row.prices[0].to_string()
    }

    fn other(row: Row) -> String {
        row.prices[1].to_string()
    }

    /// Open, high, low and close.
    fn bar(row: Row) -> String {
        let [close, _] = row.prices;
        format!("{:.2},{:.2},{:.2},{close}", close * 0.999, close * 1.01, close * 0.99)
    }

    fn names(column: &str) -> bool {
        column.contains("is not read")
    }

    #[test]
    fn a_column_of_prices_that_starts_late_is_named() {
        for header in ["Date,Close,Gold price in Vienna", "Date,Price,Brent crude"] {
            let warnings = warnings_about(header, other, close);
            let name = header.rsplit(',').next().unwrap();
            assert!(warnings.contains(&format!("column '{name}' is not read")), "{header}: {warnings:?}");
        }
        let warnings = warnings_about("Date,Open,High,Low,Close,Brent crude", other, bar);
        assert!(warnings.contains(&"column 'Brent crude' is not read".to_owned()), "{warnings:?}");
    }

    #[test]
    fn a_late_column_that_is_no_price_is_not_named() {
        let others: [(&str, Cell); 4] = [
            ("Number of trades", |row| (row.count * 7).to_string()),
            ("RSI", other),
            ("Dividends", |row| f64::from(u8::from(row.number == 200)).to_string()),
            ("Comment", |_| "none".to_owned()),
        ];
        for (name, late) in others {
            let warnings = warnings_about(&format!("Date,Open,High,Low,Close,{name}"), late, bar);
            assert!(!warnings.iter().any(|warning| names(warning)), "{name}: {warnings:?}");
        }
    }

    /// One cell in the first rows tells too little.
    #[test]
    fn a_column_with_a_cell_among_the_first_rows_is_late_too() {
        let cells = |row: Row| match row.number == 5 || row.number >= 150 {
            true => format!("{},{}", close(row), other(row)),
            false => format!("{},", close(row)),
        };
        let warnings = warnings(&walks_of(400, "Date,Close,Brent crude", cells));
        assert!(warnings.contains(&"column 'Brent crude' is not read".to_owned()), "{warnings:?}");
    }

    /// A full column beside it is no reason to read each column of the bar as a series.
    #[test]
    fn a_bar_that_starts_late_is_a_bar() {
        for header in ["Date,Gold,Open,High,Low,Close", "Date,VIX,Open,High,Low,Close"] {
            let bar_of = |row: Row| if row.number < 150 { ",,,".to_owned() } else { bar(row) };
            let text = walks_of(400, header, |row| format!("{},{}", other(row), bar_of(row)));
            let reading = read_bytes("late.csv", text.as_bytes(), &ReadOptions::default());
            let reading = reading.unwrap_or_else(|error| panic!("{header}: {error}"));
            let [series] = &reading.series[..] else { panic!("{header}: {} series", reading.series.len()) };
            assert_eq!((series.len(), series.range.is_some()), (250, true), "{header}");
            let name = header.split(',').nth(1).unwrap();
            let named = format!("column '{name}' is not read");
            assert!(reading.warnings.iter().any(|warning| warning.to_string() == named), "{:?}", reading.warnings);
        }
    }

    /// Rows after the last requested day could be unknown on that day.
    #[test]
    fn later_rows_name_no_column() {
        let cells = |row: Row| match row.number < 150 {
            true => format!("{},", close(row)),
            false => format!("{},{}", close(row), other(row)),
        };
        let text = walks_of(400, "Date,Close,Brent crude", cells);
        let named = |until: &str| {
            let options = ReadOptions { until: Some(until.parse().unwrap()), ..ReadOptions::default() };
            let reading = read_bytes("late.csv", text.as_bytes(), &options).unwrap_or_else(|error| panic!("{error}"));
            reading.warnings.iter().any(|warning| names(&warning.to_string()))
        };
        assert_eq!(["2021-07-28", "2021-09-30"].map(named), [false, true]);
    }

    /// The columns are the same in a long text, whose blocks are read in parallel, and if more rows would have to be
    /// kept than there is room for.
    #[test]
    fn many_late_columns_of_a_long_text_are_named() {
        const COLUMNS: usize = 40;
        let names: Vec<String> = (0..COLUMNS).map(|column| format!("Grade {column} crude")).collect();
        let late = |row: Row| -> Vec<String> {
            let start = |column: usize| 150 + 100 * column;
            let cell = |column| if row.number < start(column) { String::new() } else { other(row) };
            (0..COLUMNS).map(cell).collect()
        };
        let cells = |row: Row| format!("{},{}", close(row), late(row).join(","));
        let text = walks_of(20_000, &format!("Date,Close,{}", names.join(",")), cells);
        assert!(text.len() > 2 * 1024 * 1024);
        let found = warnings(&text);
        let is_whole = |warning: &String| warning.ends_with("'Grade 9 crude' and 30 more are not read");
        assert!(found.iter().any(is_whole), "{found:?}");
    }
}
