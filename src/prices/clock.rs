//! Finds the time of day of rows: in the cell of the date, or in a separate column.

use super::columns::Plan;
use super::dates::{self, DateForm};
use super::survey::Forms;
use super::table::{Cells, Records, Table};
use super::vocabulary::headers::OF_TIMES;
use super::vocabulary::names;

/// The position of the time of day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Clock {
    /// There is no time of day.
    None,
    /// After the date in its cell.
    InDate(DateForm),
    /// In a separate column.
    Column(usize),
}

/// The number of rows that are examined.
const SEEN: usize = 100;

impl Clock {
    /// Finds the time of day in the beginning of the text.
    pub fn find(head: &[u8], table: &Table, plan: &Plan, forms: &Forms) -> Self {
        if forms.timed() {
            return Clock::InDate(forms.date);
        }
        let used = plan.groups.iter().flat_map(|group| &group.fields).map(|&(_, column)| column);
        let used: Vec<usize> = used.chain(plan.by).chain([plan.date]).chain(plan.codes.iter().copied()).collect();
        let mut columns: Vec<usize> = (0..table.names.len()).filter(|column| !used.contains(column)).collect();
        let mut records = Records::new(head, table.dialect);
        let mut rows = 0;
        // An unreadable row is reported later, when all rows are read.
        while let Ok(Some(row)) = records.next() {
            let is_row = row.line >= table.first_line && row.cells.fits(table.names.len());
            if is_row && forms.date.parse(row.cells.get(plan.date)).is_some() {
                columns.retain(|&column| time_of(row.cells.get(column), is_time(table, column)).is_some());
                rows += 1;
            }
            if rows == SEEN {
                break;
            }
        }
        columns.first().filter(|_| rows > 0).map_or(Clock::None, |&column| Clock::Column(column))
    }

    /// Returns the time of a row, in seconds since midnight.
    pub fn read(self, cells: Cells, date: usize) -> Option<u32> {
        match self {
            Clock::None => None,
            Clock::InDate(form) => form.seconds(cells.get(date)),
            Clock::Column(column) => time_of(cells.get(column), true),
        }
    }
}

/// Whether a column is named time, so that `905` and `90500` are times.
fn is_time(table: &Table, column: usize) -> bool {
    let name = names::normal(&table.names[column]);
    table.header.is_none() || OF_TIMES.contains(&name.as_str())
}

/// Reads `09:05:00` and `9:05 PM`; with `digits`, also `905` and `090500`.
fn time_of(cell: &[u8], digits: bool) -> Option<u32> {
    if let Some(time) = dates::clock(cell) {
        return Some(time);
    }
    let all = digits && (3..=6).contains(&cell.len()) && cell.iter().all(u8::is_ascii_digit);
    let number: u32 = std::str::from_utf8(cell).ok().filter(|_| all)?.parse().ok()?;
    let number = if cell.len() > 4 { number } else { number * 100 };
    let (hour, minute, second) = (number / 10_000, number / 100 % 100, number % 100);
    (hour < 24 && minute < 60 && second < 60).then_some(hour * 3600 + minute * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_in_colons_and_in_digits() {
        let read = |text: &str, digits| time_of(text.as_bytes(), digits);
        assert_eq!(read("09:05:00", false), Some(9 * 3600 + 300));
        assert_eq!(read("9:05 PM", false), Some(21 * 3600 + 300));
        assert_eq!(read("905", true), Some(9 * 3600 + 300));
        assert_eq!(read("090500", true), Some(9 * 3600 + 300));
        assert_eq!(read("0905", false), None);
        assert_eq!(read("9905", true), None);
        assert_eq!(read("12:99", false), None);
        assert_eq!(read("", true), None);
    }

    /// Rows at three times of day, on a few days.
    fn rows(header: &str, times: [&str; 3]) -> String {
        let mut random = crate::testing::noise(4);
        let day = |at: usize| format!("2021-03-{:02}", at / 3 + 1);
        let row = |at: usize| format!("{},{},{:.2}\n", day(at), times[at % 3], 50.0 + random.next().unwrap());
        format!("{header}{}", (0..60).map(row).collect::<String>())
    }

    #[test]
    fn times_in_words_are_no_tickers() {
        for times in [
            ["09:30 AM", "12:30 PM", "03:30 PM"],
            ["9:30 a.m.", "12:30 p.m.", "3:30 p.m."],
            ["9 AM", "12 PM", "3 PM"],
            ["09h30", "12h30", "15h30"],
            ["T09:30", "T12:30", "T15:30"],
            ["上午 09:30", "下午 12:30", "下午 03:30"],
            ["09:30 EST", "12:30 EST", "15:30 EST"],
            ["09:30+01:00", "12:30+01:00", "15:30+01:00"],
            ["09:30Z", "12:30Z", "15:30Z"],
        ] {
            for header in ["", "date,time,close\n"] {
                let reading = crate::testing::read(&rows(header, times)).unwrap_or_else(|error| panic!("{error}"));
                assert_eq!(reading.series.len(), 1, "{times:?}");
                let error = reading.only_settled().unwrap_err().to_string();
                assert!(error.contains("3 hours apart"), "{times:?} {error}");
            }
        }
    }

    #[test]
    fn times_that_cannot_be_read_are_no_tickers_either() {
        for header in ["", "date,time,close\n"] {
            let reading = crate::testing::read(&rows(header, ["09:30 @!", "12:30 @!", "15:30 @!"])).unwrap();
            assert!(reading.only_settled().unwrap_err().to_string().contains("several rows"));
        }
    }
}
