//! Sorts the rows of a draft by day, and leaves one row for each day.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use jiff::civil::{Date, Weekday};

use super::columns::Field;
use super::dates::days_between;
use super::draft::Draft;
use super::error::{Cause, Fault, Problem};
use super::lines::Lines;

/// The order of the days in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Each row is later than the row above it.
    OldestFirst,
    /// Each row is earlier than the row above it.
    NewestFirst,
    /// Neither of these.
    Shuffled,
}

impl std::fmt::Display for Order {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Order::OldestFirst => "oldest first",
            Order::NewestFirst => "newest first",
            Order::Shuffled => "shuffled",
        })
    }
}

/// Returns the order of a draft, and the rows that contradict it.
pub(super) fn order_of(draft: &Draft) -> (Order, Lines) {
    let [ups, downs] = ways(&draft.dates);
    let order = match (ups, downs) {
        (_, 0) => Order::OldestFirst,
        (0, _) => Order::NewestFirst,
        _ => Order::Shuffled,
    };
    let is_against = |one: usize, other: usize| match order {
        Order::Shuffled if ups >= downs => draft.dates[one] > draft.dates[other],
        Order::Shuffled => draft.dates[one] < draft.dates[other],
        _ => false,
    };
    // Of two rows, the misplaced one is that without which the others are in order; if both are, or neither, the second.
    let misplaced = |row: usize| {
        let without_first = row == 0 || !is_against(row - 1, row + 1);
        let without_second = row + 2 >= draft.dates.len() || !is_against(row, row + 2);
        if without_first && !without_second { row } else { row + 1 }
    };
    let rows = 0..draft.dates.len().saturating_sub(1);
    let mut against: Vec<usize> = rows.filter(|&row| is_against(row, row + 1)).map(misplaced).collect();
    against.dedup();
    (order, against.into_iter().map(|row| draft.line(row)).collect())
}

/// Returns the number of rows that are later than the row above, and the number of those that are earlier.
fn ways(dates: &[Date]) -> [usize; 2] {
    let count = |way: Ordering| dates.windows(2).filter(|pair| pair[1].cmp(&pair[0]) == way).count();
    [Ordering::Greater, Ordering::Less].map(count)
}

/// Returns the fault that days are in order, oldest or newest first, only with day and month of some exchanged; or of
/// only the newest row, if it is then the next session after the others.
pub(super) fn exchanged(draft: &Draft, against: &Lines) -> Option<Fault> {
    const MIN_ROWS: usize = 10;
    const MIN_EXCHANGED: usize = 3;
    let dates = &draft.dates;
    if dates.len() < MIN_ROWS {
        return None;
    }
    let places: Vec<usize> = (0..dates.len()).collect();
    let newest_first: Vec<usize> = places.iter().rev().copied().collect();
    let is_fault = |places: &&Vec<usize>, found: &[usize]| {
        let are_several = !against.is_empty() && (MIN_EXCHANGED..dates.len()).contains(&found.len());
        are_several || is_newest_exchanged(dates, places, found)
    };
    let orders = [places, newest_first];
    let found = orders
        .iter()
        .find_map(|places| in_order_if_exchanged(dates, places).filter(|found| is_fault(&places, found)))?;
    let first = *found.iter().min()?;
    Some(Fault::at(draft.line(first), Problem::ExchangedDays { date: dates[first], more: found.len() - 1 }))
}

/// Whether only the newest row has day and month exchanged, and is the next session with them exchanged.
fn is_newest_exchanged(dates: &[Date], places: &[usize], found: &[usize]) -> bool {
    /// From a Thursday over a holiday to a Monday.
    const MAX_STEP: i64 = 4;
    let [.., before, newest] = *places else { return false };
    let date = dates[newest];
    let exchanged = Date::new(date.year(), date.day(), date.month());
    let is_session = |day: Date| (1..=MAX_STEP).contains(&days_between(dates[before], day));
    found == [newest] && exchanged.is_ok_and(|day| is_session(day) && is_trading_day(day, dates))
}

/// Whether a day is no weekend, or the file has rows on weekends.
fn is_trading_day(day: Date, dates: &[Date]) -> bool {
    let is_weekend = |date: &Date| matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
    let weekends = dates.iter().filter(|date| is_weekend(date)).count();
    !is_weekend(&day) || 10 * weekends > dates.len()
}

/// Returns the fault that day and month are exchanged in monthly rows: no day is after the twelfth, the rows are a few
/// days of each year, and with day and month exchanged they are always one, two, three, four or six months apart.
pub(super) fn exchanged_months(draft: &Draft) -> Option<Fault> {
    const LAST_MONTH: i8 = 12;
    const MIN_ROWS: usize = 8;
    const APART: [i32; 5] = [1, 2, 3, 4, 6];
    /// The first session of a month is on one of these days.
    const MAX_DAYS: i8 = 5;
    /// The days between the rows of one year and those of the next.
    const MIN_GAP: i64 = 150;
    let dates = &draft.dates;
    if dates.len() < MIN_ROWS || dates.iter().any(|date| date.day() > LAST_MONTH) {
        return None;
    }
    let place = |date: &Date| i32::from(LAST_MONTH) * i32::from(date.year()) + i32::from(date.day());
    let steps: Vec<i32> = dates.windows(2).map(|pair| place(&pair[1]) - place(&pair[0])).collect();
    let is_one_way = steps.iter().all(|step| *step > 0) || steps.iter().all(|step| *step < 0);
    let is_usual = |apart: &i32| 5 * steps.iter().filter(|step| step.abs() == *apart).count() >= 4 * steps.len();
    let usual = APART.into_iter().find(is_usual);
    let days = || dates.iter().map(|date| date.month());
    let is_one_day = days().max()? - days().min()? <= MAX_DAYS;
    let mut sorted = dates.clone();
    sorted.sort_unstable();
    let are_of_years = sorted.windows(2).any(|pair| days_between(pair[0], pair[1]) >= MIN_GAP);
    let months = usual.filter(|_| is_one_way && is_one_day && are_of_years)?;
    let (first, last) = (*dates.first()?, *dates.last()?);
    Some(Fault::at(draft.line(0), Problem::ExchangedMonths { first, last, months, orders: None }))
}

/// Returns the fault that twelve rows are either the first twelve days of a month, or the months of a year with day and
/// month exchanged.
pub(super) fn year_or_days(draft: &Draft) -> Option<Fault> {
    let (first, last) = (*draft.dates.first()?, *draft.dates.last()?);
    let days = || draft.dates.iter().map(|date| (date.year(), date.month(), date.day()));
    let is_year = |day: &dyn Fn(i8) -> i8| days().eq((1..=12).map(|row| (first.year(), first.month(), day(row))));
    let found = is_year(&|row| row) || is_year(&|row| 13 - row);
    found.then(|| Fault::at(draft.line(0), Problem::ExchangedMonths { first, last, months: 1, orders: None }))
}

/// Returns the fault that days on weekends are all up to the twelfth of their month, while all days after the twelfth
/// are on weekdays: day and month of some rows were exchanged, and the rows were then sorted. With day and month
/// exchanged, these days must be weekdays that the file lacks. A file with a row for the first of each month has most
/// of these, so it is no such file.
pub(super) fn exchanged_weekends(draft: &Draft) -> Option<Fault> {
    const LAST_MONTH: i8 = 12;
    /// If this many days are all up to the twelfth, the probability of chance is (12 / 30.4)^8 = 0.0006.
    const MIN_DAYS: usize = 8;
    let dates = &draft.dates;
    let is_weekend = |date: Date| matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
    let are_after = || dates.iter().filter(|date| date.day() > LAST_MONTH);
    let is_daily = dates.windows(2).all(|pair| pair[0] != pair[1]);
    if !is_daily || are_after().count() < MIN_DAYS || are_after().any(|date| is_weekend(*date)) {
        return None;
    }
    let weekends: Vec<usize> = (0..dates.len()).filter(|&row| is_weekend(dates[row])).collect();
    let first = *weekends.first().filter(|_| weekends.len() >= MIN_DAYS)?;
    let days: HashSet<Date> = dates.iter().copied().collect();
    let is_missing_weekday = |row: &usize| {
        let exchanged = Date::new(dates[*row].year(), dates[*row].day(), dates[*row].month());
        exchanged.is_ok_and(|date| !is_weekend(date) && !days.contains(&date))
    };
    let all = weekends.iter().all(is_missing_weekday);
    all.then(|| {
        Fault::at(draft.line(first), Problem::ExchangedWeekends { date: dates[first], more: weekends.len() - 1 })
    })
}

/// Whether a few days are all a few days apart with day and month exchanged. With more rows, the year would be over, or
/// some days would be after the twelfth.
pub(super) fn are_days_if_exchanged(dates: &[Date]) -> bool {
    /// Over a weekend and two holidays.
    const MAX_STEP: i64 = 5;
    const MAX_ROWS: usize = 8;
    if dates.len() > MAX_ROWS {
        return false;
    }
    let exchanged = |date: &Date| Date::new(date.year(), date.day(), date.month()).ok();
    let Some(mut days) = dates.iter().map(exchanged).collect::<Option<Vec<Date>>>() else { return false };
    days.sort_unstable();
    days.windows(2).all(|pair| (1..=MAX_STEP).contains(&days_between(pair[0], pair[1])))
}

/// Returns the rows whose day and month are exchanged, if with them exchanged all days rise by less than two weeks.
fn in_order_if_exchanged(dates: &[Date], places: &[usize]) -> Option<Vec<usize>> {
    const MAX_STEP: i64 = 13;
    let readings = |place: usize| {
        let date = dates[place];
        [Some(date), Date::new(date.year(), date.day(), date.month()).ok()].into_iter().flatten()
    };
    let (first, rest) = places.split_first()?;
    readings(*first).find_map(|start| {
        let (mut last, mut exchanged) = (start, Vec::new());
        for &place in rest {
            let next = readings(place).filter(|day| (1..=MAX_STEP).contains(&days_between(last, *day))).min()?;
            if next != dates[place] {
                exchanged.push(place);
            }
            last = next;
        }
        exchanged.extend((start != dates[*first]).then_some(*first));
        Some(exchanged)
    })
}

/// Returns the fault that days begin again a few times: the tables of several series stand below each other.
pub(super) fn begins_again(draft: &Draft, against: &Lines) -> Option<Fault> {
    const MIN_ROWS_PER_RESTART: usize = 10;
    let dates = &draft.dates;
    let [ups, downs] = ways(dates);
    let back = if ups >= downs { Ordering::Less } else { Ordering::Greater };
    // Not the first row in `against`: of a first table of one row, that is the row of this table.
    let row = (1..dates.len()).find(|&row| dates[row].cmp(&dates[row - 1]) == back)?;
    let few = draft.times().is_none() && MIN_ROWS_PER_RESTART * against.count() <= dates.len();
    few.then(|| Fault::at(draft.line(row), Problem::BeginAgain { date: dates[row], keys: Box::default() }))
}

/// Returns the fault that a part of the days repeats, mostly with other closes; otherwise the fault `contradiction`.
pub(super) fn comes_again(draft: &Draft, against: &Lines, contradiction: Fault) -> Fault {
    /// Rows that repeat a day by mistake are fewer.
    const MIN_REPEATED: usize = 10;
    let Problem::Contradiction { cause: Cause::Mistake, .. } = *contradiction.problem else { return contradiction };
    let mut first: HashMap<Date, usize> = HashMap::new();
    let close = &draft.values[Field::Close as usize];
    let (mut again, mut other) = (0, 0);
    for (row, date) in draft.dates.iter().enumerate() {
        let known = *first.entry(*date).or_insert(row);
        again += usize::from(known != row);
        other += usize::from(close.get(known) != close.get(row));
    }
    let are_many = again >= MIN_REPEATED && 2 * other > again;
    begins_again(draft, against).filter(|_| are_many).unwrap_or(contradiction)
}

/// Rows left out because another row has the same day.
#[derive(Debug, Default)]
pub(super) struct Duplicates {
    /// Rows with the same values as the other row.
    pub repeated: Lines,
    /// Rows with the same close as the other row, which has more values.
    pub merged: Lines,
}

/// Sorts the rows, oldest first. Leaves out repeated rows and, of two rows with the same close, the one with fewer
/// values, and returns their lines.
pub(super) fn sort(
    draft: &mut Draft,
    order: Order,
    label: impl Fn(Field) -> String,
    cause: Cause,
) -> Result<Duplicates, Fault> {
    let mut rows: Vec<usize> = (0..draft.dates.len()).collect();
    match order {
        Order::OldestFirst => {}
        Order::NewestFirst => rows.reverse(),
        Order::Shuffled => rows.sort_by_key(|&row| draft.dates[row]),
    }
    let mut kept: Vec<usize> = Vec::with_capacity(rows.len());
    let mut duplicates = Duplicates::default();
    for row in rows {
        match kept.last_mut() {
            Some(last) if draft.dates[*last] == draft.dates[row] => {
                *last = duplicates.keep(draft, *last, row, &label, cause)?;
            }
            _ => kept.push(row),
        }
    }
    if kept.len() < draft.dates.len() || order != Order::OldestFirst {
        draft.reorder(&kept);
    }
    Ok(duplicates)
}

impl Duplicates {
    /// Returns which of two rows of one day is kept: the first if they are equal; otherwise, if their closes are equal,
    /// the one with more values.
    fn keep(
        &mut self,
        draft: &Draft,
        one: usize,
        other: usize,
        label: &impl Fn(Field) -> String,
        cause: Cause,
    ) -> Result<usize, Fault> {
        let (first, second) = (one.min(other), one.max(other));
        let Some(problem) = difference(draft, first, second, label, cause) else {
            self.repeated.push(draft.line(second));
            return Ok(first);
        };
        // Rows of several tickers or times of day are not duplicates.
        if cause != Cause::Mistake || !same_close(draft, first, second) {
            return Err(Fault::at(draft.line(second), problem));
        }
        let (kept, left) =
            if filled_values(draft, second) > filled_values(draft, first) { (second, first) } else { (first, second) };
        self.merged.push(draft.line(left));
        Ok(kept)
    }
}

/// Whether two rows have the same close and the same adjusted close.
fn same_close(draft: &Draft, one: usize, other: usize) -> bool {
    let columns = [Field::Close, Field::Adjusted].map(|field| &draft.values[field as usize]);
    columns.iter().all(|column| column.get(one) == column.get(other))
}

/// Returns the number of values of a row that are neither missing nor zero.
fn filled_values(draft: &Draft, row: usize) -> usize {
    let values = draft.values.iter().filter_map(|column| column.get(row));
    values.filter(|value| !value.is_nan() && **value != 0.0).count()
}

/// Returns the first difference between two rows of one day.
fn difference(
    draft: &Draft,
    first: usize,
    second: usize,
    label: &impl Fn(Field) -> String,
    cause: Cause,
) -> Option<Problem> {
    for ((field, _), column) in Field::ALL.into_iter().zip(&draft.values) {
        let Some((there, here)) = column.get(first).zip(column.get(second)) else {
            continue;
        };
        if there != here && !(there.is_nan() && here.is_nan()) {
            return Some(Problem::Contradiction {
                date: draft.dates[second],
                other: draft.line(first).into(),
                column: label(field),
                here: show(*here),
                there: show(*there),
                cause,
                keys: Box::default(),
            });
        }
    }
    None
}

fn show(value: f64) -> String {
    if value.is_nan() { "empty".to_owned() } else { value.to_string() }
}

#[cfg(test)]
mod tests {
    use crate::error::{Problem, ReadError};
    use crate::reading::Reading;
    use crate::testing::{closes, read};

    #[test]
    fn a_second_table_begins_in_its_first_row() {
        let table = |days: std::ops::RangeInclusive<i8>, price: i8| {
            days.map(move |day| format!("2024-03-{day:02},{}.5\n", price + day % 5)).collect::<String>()
        };
        // The first table has three rows, or only one.
        for (first, line) in [(18..=20, 5), (20..=20, 3)] {
            let tables = [table(first, 10), table(1..=20, 40), table(1..=20, 70)].concat();
            let error = read(&format!("Date,Close\n{tables}")).unwrap_err().to_string();
            let again =
                format!("prices.csv:{line}: the days start again here, at 2024-03-01, as if another series began");
            assert_eq!(error, again);
        }
    }

    /// Monthly rows whose first days are read as days of January are an error; the days of January in a daily file are not.
    /// Twelve rows do not decide, except that the month is second if the year comes first.
    #[test]
    fn months_with_exchanged_days_are_an_error() {
        let months = |months: usize| {
            let row =
                |month: usize| format!("{}-01-{:02},{}\n", 2020 + month / 12, month % 12 + 1, 100 + month * 7 % 5);
            closes(&(0..months).map(row).collect::<String>())
        };
        let is_error = |read: Result<Reading, ReadError>| {
            read.is_err_and(|error| matches!(*error.problem, Problem::ExchangedMonths { .. }))
        };
        assert!(is_error(months(30)) && months(12).is_ok());
        let slashes = |rows: usize| {
            let row = |row: usize| format!("{:02}/01/2020,{}\n", row + 1, 100 + row * 7 % 5);
            closes(&(0..rows).map(row).collect::<String>())
        };
        let open = slashes(12).unwrap_err();
        assert!(matches!(*open.problem, Problem::AmbiguousDate { .. }) && slashes(13).is_ok());
        // With missing months; quarters; and the first sessions of months.
        let of = |days: &mut dyn Iterator<Item = (i32, i32, i32)>| {
            let rows: Vec<String> = days
                .map(|(year, month, day)| format!("{year}-{day:02}-{month:02},{}\n", 100 + month * 7 % 5))
                .collect();
            closes(&rows.concat())
        };
        let each = |step: i32| {
            (2020..2024).flat_map(move |year| (1..=12).step_by(step as usize).map(move |month| (year, month, 1)))
        };
        assert!(is_error(of(&mut each(1).filter(|day| *day != (2021, 5, 1)))));
        assert!(is_error(of(&mut each(3))));
        assert!(is_error(of(&mut each(1).skip(9).take(12))));
        let firsts = [1, 3, 2, 1, 1, 1, 1, 3, 1, 1, 2, 1];
        assert!(is_error(of(&mut each(1).map(|(year, month, _)| (year, month, firsts[(month - 1) as usize])))));
        assert!(of(&mut each(1).map(|(year, day, month)| (year, month, day))).is_ok());
        assert!(of(&mut (1..=12).flat_map(|month| (1..=9).map(move |day| (2020, day, month)))).is_ok());
        let daily: String = (1..=31).map(|day| format!("2024-01-{day:02},{}\n", 100 + day * 7 % 5)).collect();
        assert!(closes(&daily).is_ok());
    }
}
