//! Whether a column holds dates, periods or times.

use super::Sample;
use crate::dates::{self, Period};
use crate::table::Table;

impl Sample {
    /// Whether a column named date has dates.
    pub fn holds_dates(&self, column: usize) -> bool {
        self.mostly(column, |cell| dates::is_date(cell, true))
    }

    /// The first two of the days that stand side by side, as names of columns or in the first row.
    pub fn days_in_a_row(&self, table: &Table) -> Option<[String; 2]> {
        const MIN_DAYS: usize = 3;
        let names = table.names.iter().map(String::as_bytes);
        let first = self.rows.first().into_iter().flatten().map(Vec::as_slice);
        let days = |cells: &mut dyn Iterator<Item = &[u8]>| -> Vec<String> {
            let days = cells.filter(|cell| dates::is_date(cell, false));
            days.map(|cell| String::from_utf8_lossy(cell).into_owned()).collect()
        };
        let mut rows = [days(&mut { names }), days(&mut { first })].into_iter();
        let found = rows.find(|days| days.len() >= MIN_DAYS && 2 * days.len() > table.names.len())?;
        found.into_iter().take(2).collect::<Vec<_>>().try_into().ok()
    }

    /// Whether a column that was named has dates, or what is reported as another kind of date.
    pub fn may_be_date(&self, column: usize) -> bool {
        self.holds_dates(column) || self.period(column, true).is_some() || self.odd_year(column).is_some()
    }

    /// The period that all cells of a column are; a bare number only if `bare` allows it.
    pub fn period(&self, column: usize, bare: bool) -> Option<Period> {
        /// Days in six digits, two of them the year, are not all in the first twelve of their months.
        const MIN_OTHER_DATES: usize = 13;
        let first = dates::period(self.filled(column).next()?, bare)?;
        // `202001` may be a month, and `210301` a day; of weeks some are beyond both.
        let in_digits = |cell: &[u8]| cell.len() == 6 && cell.iter().all(u8::is_ascii_digit);
        let is_late = |cell: &[u8]| in_digits(cell) && cell[4..] > b"31"[..];
        let first = match first {
            Period::Month | Period::Week if self.filled(column).next().is_some_and(in_digits) => {
                if self.filled(column).any(is_late) { Period::Week } else { Period::Month }
            }
            other => other,
        };
        let is_one = |found: Period| found == first || (first == Period::Week && found == Period::Month);
        let is_period = self.all(column, |cell| dates::period(cell, bare).is_some_and(is_one));
        let may_be_days = self.kinds[column].filled < MIN_OTHER_DATES && self.holds_dates(column);
        (is_period && !may_be_days).then_some(first)
    }

    /// Whether a column with another name has dates; numbers only if all are the same time of day.
    pub fn holds_only_dates(&self, column: usize) -> bool {
        self.mostly(column, |cell| dates::is_date(cell, false))
            || (self.holds_dates(column) && self.is_one_time_of_day(column))
    }

    /// The first cell of a column whose cells would be dates in another year.
    pub fn odd_year(&self, column: usize) -> Option<String> {
        let first = self.filled(column).next()?;
        self.mostly(column, dates::is_of_other_year).then(|| String::from_utf8_lossy(first).into_owned())
    }

    fn is_one_time_of_day(&self, column: usize) -> bool {
        let seconds = |cell: &[u8]| {
            let digits = cell.split(|&byte| byte == b'.').next()?;
            let time = digits.get(..10.min(digits.len())).filter(|time| time.len() > 8)?;
            std::str::from_utf8(time).ok()?.parse::<i64>().ok()
        };
        let mut times: Vec<i64> = self.filled(column).filter_map(seconds).map(|time| time % 86_400).collect();
        times.sort_unstable();
        times.dedup();
        // Two where there is daylight saving time.
        (1..=2).contains(&times.len())
    }
}
