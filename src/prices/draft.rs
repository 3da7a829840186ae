//! The rows of one series in the order of the file.

use std::io;
use std::mem::take;

use jiff::civil::Date;

use super::columns::Field;
use super::currencies::Currencies;
use super::error::Fault;
use super::lines::Lines;
use super::spill::{Columns, SpillWriter, Spilled, has_fraction, spanned};

/// The numbers of one row, by [`Field`]; NaN where missing.
pub(super) type Values = [f64; Field::COUNT];

/// The covariates of one row; NaN where missing.
#[derive(Debug)]
pub(super) struct CovariateRow {
    pub date: Date,
    pub line: u32,
    pub values: Vec<f64>,
    /// Whether the row has no price and is left out of the rows. It can be ahead of the prices.
    pub is_priceless: bool,
}

/// Rows in the order of the file, column by column.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub name: String,
    /// The first rows, in a file, until the draft is [`restored`](Draft::restored).
    pub spilled: Spilled,
    pub dates: Vec<Date>,
    pub lines: Vec<u32>,
    /// The time of day of each row, in seconds; empty if the file has none.
    pub times: Vec<u32>,
    /// A column for each field; empty if the file has none.
    pub values: [Vec<f64>; Field::COUNT],
    /// The days and lines of rows without a price.
    pub no_price: Vec<(Date, u32)>,
    /// Rows of zeros.
    pub no_trade: Lines,
    /// The days of rows of zeros.
    pub no_trade_dates: Vec<Date>,
    /// Whether the file holds other series, or may hold them; see [`lacking_price`](Draft::lacking_price).
    pub is_of_several: bool,
    /// The covariates of each row, with or without a price.
    pub covariates: Vec<CovariateRow>,
    /// The currencies of the prices, if rows have one.
    pub currencies: Currencies,
    /// The first row that could not be read; in that case there is no series.
    pub fault: Option<Fault>,
}

/// Returns the close and the adjusted close of a row, if the file has them.
fn prices(values: &Values, fields: &[(Field, usize)]) -> impl Iterator<Item = f64> {
    let prices = fields.iter().filter(|(field, _)| matches!(field, Field::Close | Field::Adjusted));
    prices.map(|(field, _)| values[*field as usize])
}

impl Draft {
    pub fn new(name: String) -> Self {
        Self { name, ..Self::default() }
    }

    /// Whether the close or the adjusted close of a row is missing.
    fn is_priceless(values: &Values, fields: &[(Field, usize)]) -> bool {
        prices(values, fields).any(f64::is_nan)
    }

    /// Whether a row has neither close nor adjusted close.
    pub fn is_without_prices(values: &Values, fields: &[(Field, usize)]) -> bool {
        prices(values, fields).all(f64::is_nan)
    }

    /// Adds a row, or only its line if it has no price or only zeros.
    pub fn push(&mut self, line: usize, (date, time): (Date, Option<u32>), values: &Values, fields: &[(Field, usize)]) {
        if Self::is_priceless(values, fields) {
            self.no_price.push((date, u32::try_from(line).unwrap_or(u32::MAX)));
            return;
        }
        if is_zeros(values, fields) {
            self.no_trade.push(line);
            self.no_trade_dates.push(date);
            return;
        }
        self.dates.push(date);
        self.lines.push(u32::try_from(line).unwrap_or(u32::MAX));
        self.times.extend(time);
        for &(field, _) in fields {
            self.values[field as usize].push(values[field as usize]);
        }
    }

    /// Writes the rows to a file, and frees their memory.
    ///
    /// # Errors
    /// Errors of the operating system; the rows are then unchanged.
    pub fn spill(&mut self, writer: &mut SpillWriter) -> io::Result<()> {
        if self.dates.is_empty() {
            return Ok(());
        }
        let columns = self.take_columns();
        let written = writer.write(&columns, &mut self.spilled);
        if written.is_err() {
            self.set_columns(columns);
        }
        written
    }

    /// Whether all rows are of one day.
    pub fn is_of_one_day(&self) -> bool {
        spanned(self.spilled.span, &self.dates).is_some_and(|(first, last)| first == last)
    }

    /// Whether some rows are in a file.
    pub fn is_spilled(&self) -> bool {
        self.spilled.rows > 0
    }

    /// Returns the draft with all rows in memory.
    ///
    /// # Errors
    /// Errors of the operating system.
    pub fn restored(mut self) -> io::Result<Draft> {
        let rest = self.take_columns();
        let all = take(&mut self.spilled).before(rest)?;
        self.set_columns(all);
        Ok(self)
    }

    fn take_columns(&mut self) -> Columns {
        Columns {
            dates: take(&mut self.dates),
            lines: take(&mut self.lines),
            times: take(&mut self.times),
            values: take(&mut self.values),
        }
    }

    fn set_columns(&mut self, Columns { dates, lines, times, values }: Columns) {
        (self.dates, self.lines, self.times, self.values) = (dates, lines, times, values);
    }

    /// Returns the number of rows, in memory and in a file.
    pub fn row_count(&self) -> usize {
        self.spilled.rows + self.dates.len()
    }

    /// Whether a number of a field has a fraction.
    pub fn has_fraction(&self, field: Field) -> bool {
        self.spilled.fractions[field as usize] || has_fraction(&self.values[field as usize])
    }

    /// Takes the covariates out. Rows without a price that are before the last price are reported like other rows
    /// without a price; those after it are known ahead.
    pub fn take_covariates(&mut self) -> Vec<CovariateRow> {
        let last = self.dates.iter().max().copied();
        let rows = take(&mut self.covariates);
        for row in rows.iter().filter(|row| row.is_priceless && last.is_none_or(|last| row.date < last)) {
            self.no_price.push((row.date, row.line));
        }
        rows
    }

    /// Leaves out rows that are no prices, and the rows of the last day if `drop_last` is set.
    pub fn leave_out(&mut self, drop_last: bool) {
        self.leave_out_zeros();
        if drop_last {
            self.drop_last_day();
        }
    }

    /// Leaves out closes of zero in a file with only closes, if the others are positive: the price of the day was not
    /// known.
    fn leave_out_zeros(&mut self) {
        let close = &self.values[Field::Close as usize];
        let alone = self.values.iter().filter(|column| !column.is_empty()).count() == 1;
        let filled = close.iter().any(|&close| close > 0.0) && close.iter().all(|&close| close >= 0.0);
        if !alone || !filled || !close.contains(&0.0) {
            return;
        }
        let (zeros, kept): (Vec<usize>, Vec<usize>) = (0..close.len()).partition(|&row| close[row] == 0.0);
        for row in zeros {
            self.no_trade.push(self.line(row));
            self.no_trade_dates.push(self.dates[row]);
        }
        self.reorder(&kept);
    }

    /// Marks the series as failed and drops its rows; other series can still be read.
    pub fn fail(&mut self, fault: Fault) {
        if self.fault.is_none() {
            *self = Self { fault: Some(fault), ..Self::new(take(&mut self.name)) };
        }
    }

    /// Whether the draft has neither a row with a price nor a fault.
    pub fn is_empty(&self) -> bool {
        self.row_count() == 0 && self.fault.is_none()
    }

    /// Puts the rows in the given order; rows that are not in it are left out.
    pub fn reorder(&mut self, order: &[usize]) {
        // Times come before dates, because the number of dates decides whether each row has a time.
        if let Some(times) = self.times() {
            self.times = order.iter().map(|&row| times[row]).collect();
        }
        self.dates = order.iter().map(|&row| self.dates[row]).collect();
        self.lines = order.iter().map(|&row| self.lines[row]).collect();
        for column in &mut self.values {
            if !column.is_empty() {
                *column = order.iter().map(|&row| column[row]).collect();
            }
        }
    }

    /// Whether rows were left out because they have no price.
    pub fn has_no_price(&self) -> bool {
        !self.no_price.is_empty() || !self.no_trade.is_empty()
    }

    /// Returns the days of rows without a price, and of rows of zeros.
    pub fn priceless_dates(&self) -> impl Iterator<Item = Date> {
        self.no_price.iter().map(|(date, _)| *date).chain(self.no_trade_dates.iter().copied())
    }

    /// Returns the rows of an ordered draft that lack a price. Beside other series, rows before the first price
    /// of a series are days on which it was not listed yet, and rows after its last price have a warning of their own.
    pub fn lacking_price(&self) -> Lines {
        let span = self.dates.first().zip(self.dates.last()).filter(|_| self.is_of_several);
        let lacks = |date: Date| span.is_none_or(|(first, last)| *first < date && date < *last);
        self.no_price.iter().filter(|(date, _)| lacks(*date)).map(|(_, line)| *line as usize).collect()
    }

    /// Returns the times of all rows, if each row has one.
    pub fn times(&self) -> Option<&[u32]> {
        Some(&self.times[..]).filter(|times| times.len() == self.dates.len())
    }

    /// Keeps the first `rows` rows of an ordered draft.
    pub fn truncate(&mut self, rows: usize) {
        self.reorder(&(0..rows.min(self.dates.len())).collect::<Vec<_>>());
    }

    /// Leaves out the rows of the last day.
    fn drop_last_day(&mut self) {
        let last = self.dates.iter().copied().max();
        let kept: Vec<usize> = (0..self.dates.len()).filter(|&row| Some(self.dates[row]) != last).collect();
        self.reorder(&kept);
    }

    /// Removes the adjusted close if it is zero on all rows, but the close is not: vendors that have none write this.
    pub fn leave_out_empty_adjusted(&mut self) {
        let is_zero = |field: Field| self.values[field as usize].iter().all(|price| *price == 0.0);
        if is_zero(Field::Adjusted) && !is_zero(Field::Close) {
            self.values[Field::Adjusted as usize].clear();
        }
    }

    /// Returns the line of a row.
    pub fn line(&self, row: usize) -> usize {
        self.lines[row] as usize
    }

    /// Takes a column out; `None` if the file has none or it is empty throughout.
    pub fn take(&mut self, field: Field) -> Option<Vec<f64>> {
        let column = take(&mut self.values[field as usize]);
        (!column.iter().all(|value| value.is_nan())).then_some(column)
    }
}

/// Whether all of several numbers of a row are zero: some exchanges write days without trade like this.
fn is_zeros(values: &Values, fields: &[(Field, usize)]) -> bool {
    // Splits and dividends are 0 or 1 on most days.
    let quoted = fields.iter().filter(|(field, _)| !matches!(field, Field::Split | Field::Dividend));
    let mut quoted = quoted.map(|&(field, _)| values[field as usize]);
    let count = quoted.clone().filter(|value| *value == 0.0).count();
    count > 1 && quoted.all(|value| value == 0.0 || value.is_nan())
}
