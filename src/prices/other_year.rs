//! Finds rows whose year is a typing error: they are years from the neighbouring rows, and next to these with another
//! year.

use jiff::civil::Date;

use super::dates::days_between;
use super::draft::Draft;
use super::error::{Fault, Problem};

/// Returns the fault that a few rows have a wrong year, in a draft that is otherwise in order, oldest or newest first.
pub(super) fn other_year(draft: &Draft) -> Option<Fault> {
    const MIN_ROWS: usize = 10;
    const MAX_ROWS: usize = 3;
    if draft.dates.len() < MIN_ROWS || !draft.dates.windows(2).any(|pair| are_far_apart(pair[0], pair[1])) {
        return None;
    }
    let mut dates: Vec<(usize, Date)> = draft.dates.iter().copied().enumerate().collect();
    let falls = |dates: &[(usize, Date)]| dates.windows(2).filter(|pair| pair[0].1 > pair[1].1).count();
    if 2 * falls(&dates) > dates.len() {
        dates.reverse();
    }
    let found: Vec<(usize, Date)> = (0..dates.len()).filter_map(|at| Some((at, in_order(&dates, at)?))).collect();
    let &(first, meant) = found.first().filter(|_| found.len() <= MAX_ROWS && falls(&dates) <= found.len())?;
    let (row, date) = dates[first];
    Some(Fault::at(draft.line(row), Problem::OtherYear { date, year: meant.year(), more: found.len() - 1 }))
}

fn are_far_apart(one: Date, other: Date) -> bool {
    const MIN_DAYS: i64 = 300;
    days_between(one, other).abs() >= MIN_DAYS
}

/// Returns the day of a row with the year of the neighbouring rows, if the row is far from both, and is next to them
/// with that year.
fn in_order(dates: &[(usize, Date)], at: usize) -> Option<Date> {
    /// Over a weekend and two holidays.
    const MAX_STEP: i64 = 5;
    let day = dates[at].1;
    let before = at.checked_sub(1).map(|before| dates[before].1);
    let after = dates.get(at + 1).map(|(_, after)| *after);
    let beside = || [before, after].into_iter().flatten();
    if !beside().all(|other| are_far_apart(other, day)) {
        return None;
    }
    let follows = |one: Option<Date>, other: Option<Date>| {
        one.zip(other).is_none_or(|(one, other)| (1..=MAX_STEP).contains(&days_between(one, other)))
    };
    let in_year = beside().filter_map(|other| Date::new(other.year(), day.month(), day.day()).ok());
    let mut fits = in_year.filter(|meant| follows(before, Some(*meant)) && follows(Some(*meant), after));
    fits.next()
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::{Date, date};

    use crate::testing::read;

    fn rows(newest_first: bool, change: impl Fn(usize, Date) -> Date) -> String {
        let day = |row: usize| date(2020, 6, 1) + (row as i64 + 2 * (row as i64 / 5)).days();
        let mut rows: Vec<String> =
            (0..40).map(|row| format!("{},{}\n", change(row, day(row)), 50 + row * 7 % 5)).collect();
        if newest_first {
            rows.reverse();
        }
        format!("Date,Close\n{}", rows.concat())
    }

    #[test]
    fn a_row_in_another_year_is_an_error_with_its_line() {
        for newest_first in [false, true] {
            for (at, year) in [(0, 2010), (17, 2100), (17, 2019), (17, 2021), (39, 2029)] {
                let other = |row, day: Date| if row == at { day.with().year(year).build().unwrap() } else { day };
                let error = read(&rows(newest_first, other)).unwrap_err();
                let line = if newest_first { 41 - at } else { at + 2 };
                let expected = format!("prices.csv:{line}: the day {year}-0");
                assert!(error.to_string().starts_with(&expected), "{at} {year}: {error}");
                assert!(error.to_string().ends_with("but fits if the year is 2020"), "{error}");
            }
        }
    }

    #[test]
    fn prices_after_a_long_gap_are_none() {
        // In no year is the first day after the gap next to the last day before it.
        let gap = |row, day: Date| if row < 20 { day } else { day + 400.days() };
        assert!(read(&rows(false, gap)).unwrap().only().is_ok());
        let one = |row, day: Date| if row < 39 { day } else { day + 380.days() };
        assert!(read(&rows(false, one)).unwrap().only().is_ok());
    }
}
