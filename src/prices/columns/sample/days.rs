//! Whether a column holds dates, periods or times.

use super::Sample;
use crate::dates::{self, DateEvidence, DateOrder, FoundForm, Period};
use crate::table::Table;

impl Sample {
    /// Whether a column that is named as dates holds dates.
    pub fn holds_dates(&self, column: usize) -> bool {
        self.mostly(column, |cell| dates::is_date(cell, true))
    }

    /// Returns the first two of the days that stand side by side, as names of columns or in the first row.
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

    /// Whether a column that the caller named holds dates, or a kind of date that has its own error.
    pub fn may_be_date(&self, column: usize) -> bool {
        self.holds_dates(column) || self.period(column, true).is_some() || self.odd_year(column).is_some()
    }

    /// Whether a column holds day numbers as spreadsheets write them: whole numbers that can be read as dates, and rise
    /// or fall throughout by a few from row to row, but not always by one, as row numbers do.
    pub fn counts_days(&self, column: usize) -> bool {
        const MAX_STEP: f64 = 7.0;
        const MIN_VALUES: usize = 4;
        let values: Vec<f64> = self.numbers(column).collect();
        let steps: Vec<f64> = values.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let is_one_way = |sign: f64| steps.iter().all(|step| (1.0..=MAX_STEP).contains(&(sign * step)));
        let is_whole = self.all(column, |cell| cell.iter().all(u8::is_ascii_digit));
        let are_days = || {
            let mut evidence = DateEvidence::default();
            self.filled(column).for_each(|cell| evidence.see(cell, 0));
            !matches!(evidence.verdict(None), FoundForm::NoDate)
        };
        let may_be = is_whole && values.len() >= MIN_VALUES && steps.iter().any(|step| step.abs() > 1.0);
        may_be && (is_one_way(1.0) || is_one_way(-1.0)) && are_days()
    }

    /// Returns the kind of period that all cells of a column hold; bare numbers count only if `bare` allows it.
    pub fn period(&self, column: usize, bare: bool) -> Option<Period> {
        /// Days in six digits, with two for the year, do not all fall on the first twelve days of their months.
        const MIN_OTHER_DATES: usize = 13;
        let first = dates::period(self.filled(column).next()?, bare)?;
        // `202001` can be a month, and `210301` a day; some weeks can be neither.
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

    /// Whether a column that is not named as dates holds dates; numbers count only if all have the same time of day.
    pub fn holds_only_dates(&self, column: usize) -> bool {
        self.mostly(column, |cell| dates::is_date(cell, false))
            || (self.holds_dates(column) && self.is_one_time_of_day(column))
    }

    /// Whether all cells of a column are digits that are dates in a given order, such as `990104` or `1130104`, and not
    /// all the same day.
    pub fn holds_digits_of(&self, column: usize, order: DateOrder) -> bool {
        let are_digits = self.all(column, |cell| (6..=8).contains(&cell.len()) && cell.iter().all(u8::is_ascii_digit));
        let mut evidence = DateEvidence::default();
        self.filled(column).filter(|_| are_digits).for_each(|cell| evidence.see(cell, 0));
        let FoundForm::Form(form) = evidence.verdict(Some(order)) else { return false };
        self.changes(column) > 0 && self.all(column, |cell| form.parse(cell).is_some())
    }

    /// Whether all cells of a column are eight digits that are dates in only one order, such as `13102020`, and most
    /// differ from the day before.
    pub fn holds_days_in_digits(&self, column: usize) -> bool {
        let are_digits = self.all(column, |cell| cell.len() == 8 && cell.iter().all(u8::is_ascii_digit));
        let mut evidence = DateEvidence::default();
        self.filled(column).filter(|_| are_digits).for_each(|cell| evidence.see(cell, 0));
        let FoundForm::Form(form) = evidence.verdict(None) else { return false };
        let is_changing = 2 * self.changes(column) > self.kinds[column].filled;
        are_digits && is_changing && self.all(column, |cell| form.parse(cell).is_some())
    }

    /// Returns the first cell of a column whose cells would be dates if their year were possible.
    pub fn odd_year(&self, column: usize) -> Option<String> {
        let first = self.filled(column).next()?;
        self.mostly(column, dates::is_of_other_year).then(|| String::from_utf8_lossy(first).into_owned())
    }

    pub(super) fn is_one_time_of_day(&self, column: usize) -> bool {
        let seconds = |cell: &[u8]| {
            let digits = cell.split(|&byte| byte == b'.').next()?;
            let time = digits.get(..10.min(digits.len())).filter(|time| time.len() > 8)?;
            std::str::from_utf8(time).ok()?.parse::<i64>().ok()
        };
        let mut times: Vec<i64> = self.filled(column).filter_map(seconds).map(|time| time % 86_400).collect();
        times.sort_unstable();
        times.dedup();
        // There are two with daylight saving time.
        (1..=2).contains(&times.len())
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::read;
    use crate::{ColumnRef, ReadError, ReadOptions, Reading, read_bytes};

    fn of_columns(text: &str, date: Option<usize>, by: Option<&str>) -> Result<Reading, ReadError> {
        let options = ReadOptions {
            date: date.map(ColumnRef::Number),
            ticker_column: by.map(|by| ColumnRef::Name(by.into())),
            ..ReadOptions::default()
        };
        read_bytes("prices.csv", text.as_bytes(), &options)
    }

    #[test]
    fn days_counted_by_a_spreadsheet_can_be_named() {
        // From Monday to Friday.
        let row = |row: usize| format!("{},{}.5\n", 37172 + row + 2 * (row / 5), 120 + row % 3);
        for text in [(0..8).map(row).collect::<String>(), (0..8).rev().map(row).collect()] {
            let error = read(&text).unwrap_err();
            assert!(matches!(&*error.problem, crate::Problem::NoColumn { fitting, .. } if fitting[..] == ["column 1"]));
            let reading = of_columns(&text, Some(1), None).unwrap();
            assert_eq!(reading.series[0].dates[0], jiff::civil::date(2001, 10, 8));
        }
        assert!(of_columns(&(0..8).map(row).collect::<String>(), Some(2), None).is_err());
    }

    #[test]
    fn days_of_expiry_can_be_tickers() {
        for [near, far] in [["20210319", "20210618"], ["2021-03-19", "2021-06-18"]] {
            let rows = (1..9).map(|day| {
                format!("2021-03-0{day},{near},{}.5\n2021-03-0{day},{far},{}.25\n", 50 + day % 3, 60 + day % 4)
            });
            let text = format!("date,expiry,close\n{}", rows.collect::<String>());
            assert_eq!(of_columns(&text, None, Some("expiry")).unwrap().series.len(), 2);
            assert!(of_columns(&text, None, Some("date")).is_err());
        }
    }
}
