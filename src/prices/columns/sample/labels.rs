//! Numbers that label the rows: row numbers, and days as digits or as a count of days.

use jiff::civil::Date;

use super::{Sample, nearly_all};
use crate::dates::{DateEvidence, DateOrder, FoundForm};

/// Fewer rows are not enough evidence.
const MIN_ROWS: usize = 5;

impl Sample {
    /// Whether whole numbers rise or fall by one from row to row, whatever their name: from 0 or 1, or over many rows.
    /// If rows were removed, they rise or fall throughout, and by one on nearly all rows.
    pub fn numbers_rows(&self, column: usize) -> bool {
        const MIN_ROWS_FROM_ANYWHERE: usize = 20;
        let cells = self.rows[..self.first].iter().filter(|row| row.get(column).is_some_and(|cell| !cell.is_empty()));
        let cells: Vec<Option<f64>> = cells.map(|row| self.number(row, column)).collect();
        let values: Vec<f64> = cells.iter().copied().flatten().collect();
        let steps: Vec<f64> = values.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let goes = |sign: f64| {
            let by_one = steps.iter().filter(|step| **step == sign).count();
            let is_throughout = steps.iter().all(|step| sign * step >= 1.0 && step.fract() == 0.0);
            let from_first = by_one == steps.len() && (least == 0.0 || least == 1.0);
            let of_many = values.len() >= MIN_ROWS_FROM_ANYWHERE && nearly_all(by_one, steps.len());
            is_throughout && (from_first || of_many)
        };
        let is_whole = least.fract() == 0.0;
        values.len() >= MIN_ROWS && values.len() == cells.len() && is_whole && (goes(1.0) || goes(-1.0))
    }

    /// Returns the days of the rows.
    pub fn days_of_rows(&self, date: usize, order: Option<DateOrder>) -> Vec<Option<Date>> {
        days(self.rows[..self.first].iter().map(|row| row.get(date).map(Vec::as_slice)), order)
    }

    /// Whether numbers are days. They can be years with decimals, `2019.4301`; digits, `20230530`; seconds since 1970
    /// or fractions of seconds, near the day of the row or always at one time of day; or a count that rises or falls
    /// from row to row by as many days as the dates do.
    pub fn holds_days_in_numbers(&self, column: usize, rows: &[Option<Date>], order: Option<DateOrder>) -> bool {
        if self.are_years_with_decimals(column, rows) {
            return true;
        }
        let whole = |cell: &[u8]| self.value(column, cell).filter(|value| value.fract() == 0.0 && *value >= 0.0);
        if !self.all(column, |cell| whole(cell).is_some()) {
            return false;
        }
        let text = |row: &Vec<Vec<u8>>| row.get(column).and_then(|cell| whole(cell)).map(|value| format!("{value:.0}"));
        let cells: Vec<Option<String>> = self.rows[..self.first].iter().map(text).collect();
        self.are_dates(column, &cells, rows, order) || self.are_counted(column, rows)
    }

    /// Whether numbers are the days of the rows, as years with decimals.
    fn are_years_with_decimals(&self, column: usize, days: &[Option<Date>]) -> bool {
        const MAX_YEARS_APART: f64 = 0.02;
        let year = |day: Date| f64::from(day.year()) + f64::from(day.day_of_year()) / 366.0;
        let rows = self.rows[..self.first].iter().zip(days);
        let known: Vec<f64> = rows.filter_map(|(row, day)| Some(self.number(row, column)? - year((*day)?))).collect();
        let near = known.iter().filter(|apart| apart.abs() <= MAX_YEARS_APART).count();
        self.holds_fractions(column) && known.len() >= MIN_ROWS && nearly_all(near, known.len())
    }

    /// Whether texts of digits are dates.
    fn are_dates(
        &self,
        column: usize,
        cells: &[Option<String>],
        rows: &[Option<Date>],
        order: Option<DateOrder>,
    ) -> bool {
        const DAY: usize = 8;
        const SECONDS: usize = 10;
        const MIN_CELLS: usize = 3;
        /// A day of publication or of an update is near the day of the price.
        const MAX_DAYS_APART: i32 = 10;
        let filled: Vec<&String> = cells.iter().flatten().collect();
        let are_long = |length: fn(usize) -> bool| filled.iter().all(|cell| length(cell.len()));
        let are_days = are_long(|length| length == DAY);
        if filled.len() < MIN_CELLS || !(are_days || are_long(|length| length >= SECONDS)) {
            return false;
        }
        let found = days(cells.iter().map(|cell| cell.as_ref().map(String::as_bytes)), order);
        let is_near = |(one, other): (&Option<Date>, &Option<Date>)| {
            let apart = one.zip(*other).map(|(one, other)| (one - other).get_days().abs());
            apart.is_some_and(|days| days <= MAX_DAYS_APART)
        };
        let near = found.iter().zip(rows).filter(|pair| is_near(*pair)).count();
        let are_all = found.iter().flatten().count() == filled.len();
        are_all && (are_days || nearly_all(near, filled.len()) || self.is_one_time_of_day(column))
    }

    /// Whether numbers rise from row to row by as many days as the dates do, or fall, like days to an expiry.
    fn are_counted(&self, column: usize, days: &[Option<Date>]) -> bool {
        let rows = self.rows[..self.first].iter().zip(days);
        let known: Vec<(f64, Date)> =
            rows.filter_map(|(row, day)| Some((self.number(row, column)?, (*day)?))).collect();
        let Some(&(first, day)) = known.first() else { return false };
        let apart = |other: Date| f64::from((other - day).get_days());
        let moved = known.iter().filter(|(_, other)| *other != day).count();
        let goes = |sign: f64| known.iter().all(|&(value, other)| value - first == sign * apart(other));
        moved >= MIN_ROWS && (goes(1.0) || goes(-1.0))
    }
}

/// Returns the days in the cells, by the one format that all of them have.
fn days<'a>(cells: impl Iterator<Item = Option<&'a [u8]>> + Clone, order: Option<DateOrder>) -> Vec<Option<Date>> {
    let mut evidence = DateEvidence::default();
    cells.clone().flatten().for_each(|cell| evidence.see(cell, 0));
    let FoundForm::Form(form) = evidence.verdict(order) else { return Vec::new() };
    cells.map(|cell| form.parse(cell?)).collect()
}
