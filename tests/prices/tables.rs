//! Tables of invented prices, for the tests of this crate.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday, date};

/// Returns the first `count` weekdays from a day on.
pub fn weekdays(first: Date, count: usize) -> Vec<Date> {
    let is_open = |day: &Date| !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
    first.series(1.day()).filter(is_open).take(count).collect()
}

/// Returns a pseudo-random number from 0 to 1.
pub fn noise(row: usize) -> f64 {
    ((row * row * 7919 + row * 104_729) % 9973) as f64 / 9973.0
}

/// Returns a pseudo-random price around 51.
pub fn price(row: usize) -> f64 {
    (5000.0 + 300.0 * noise(row)).round() / 100.0
}

/// Returns a table with a row for each of these days.
pub fn rows_of(header: &str, days: &[Date], row: impl Fn(usize, Date) -> String) -> String {
    format!("{header}\n{}", days.iter().enumerate().map(|(at, day)| row(at, *day) + "\n").collect::<String>())
}

/// Returns a table with a row for each weekday from 2021-03-01 on.
pub fn table(header: &str, rows: usize, row: impl Fn(usize, Date) -> String) -> String {
    rows_of(header, &weekdays(date(2021, 3, 1), rows), row)
}
