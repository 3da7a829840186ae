//! Weekly and monthly rows: the day by which a row is dated, the date of the next row, and whether the last period is
//! over.

use std::fmt;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use super::calendar::Calendar;
use super::columns::Field;
use super::draft::Draft;
use super::frequency::Frequency;
use super::lines::Lines;
use fourcast_base::words::counted;

/// The number of last rows that are used: a vendor can change the dating.
const RECENT: usize = 60;

/// The day of its week or month by which a row is dated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stamps {
    /// A day of the week, and whether rows move to another day on holidays.
    Weekday {
        /// The day.
        day: Weekday,
        /// Whether rows move to another day on holidays.
        moves: bool,
    },
    /// A day of the month, or its last day if the month is shorter.
    MonthDay(i8),
    /// The first trading day of the month.
    FirstSession,
    /// The last day of the month.
    MonthEnd,
    /// The last trading day of the month.
    LastSession,
}

impl Stamps {
    /// Detects the dating from the days of weekly or monthly rows, in order; `None` for daily rows.
    pub fn detect(dates: &[Date], frequency: Frequency) -> Option<Self> {
        let recent = &dates[dates.len().saturating_sub(RECENT)..];
        match frequency {
            _ if recent.is_empty() => None,
            Frequency::Daily => None,
            Frequency::Weekly => Some(Self::of_weeks(recent)),
            Frequency::Monthly => Some(Self::of_months(recent)),
        }
    }

    fn of_weeks(dates: &[Date]) -> Self {
        let count = |day: Weekday| dates.iter().filter(|date| date.weekday() == day).count();
        let mut days: Vec<Weekday> = Weekday::Monday.cycle_forward().take(7).collect();
        // Of equally frequent days, the first in the week is used.
        days.reverse();
        let day = days.into_iter().max_by_key(|day| count(*day)).unwrap_or(Weekday::Monday);
        Stamps::Weekday { day, moves: count(day) < dates.len() }
    }

    fn of_months(dates: &[Date]) -> Self {
        let nearly_all =
            |is: &dyn Fn(&Date) -> bool| 10 * dates.iter().filter(|date| is(date)).count() >= 9 * dates.len();
        let last = dates[dates.len() - 1];
        let on_weekend = dates.iter().any(|date| is_weekend(*date));
        if nearly_all(&|date| date.day() == date.days_in_month()) && on_weekend {
            Stamps::MonthEnd
        } else if nearly_all(&|date| date.days_in_month() - date.day() <= MAX_FROM_EDGE) {
            if on_weekend { Stamps::MonthDay(last.day()) } else { Stamps::LastSession }
        } else if nearly_all(&|date| date.day() == dates[0].day()) {
            Stamps::MonthDay(dates[0].day())
        } else if nearly_all(&|date| date.day() <= 1 + MAX_FROM_EDGE) && !on_weekend {
            Stamps::FirstSession
        } else {
            Stamps::MonthDay(last.day())
        }
    }

    /// Returns the day on which the row of the `n`-th period after that of `last` is due.
    pub fn after(self, last: Date, n: usize, calendar: Option<Calendar>) -> Date {
        let n = i64::try_from(n).unwrap_or(i64::MAX);
        let closed = |day: Date| is_weekend(day) || is_holiday(day, calendar);
        match self {
            Stamps::Weekday { day, moves } => {
                let due = checked(nearest(last, day), 7_i64.saturating_mul(n));
                let step = if opens_week(day) { 1 } else { -1 };
                // No market is closed for a week; if all five days are holidays, the date is not moved.
                let moved = std::iter::successors(Some(due), |day| Some(checked(*day, step))).take(5);
                moved.into_iter().find(|day| !moves || !is_holiday(*day, calendar)).unwrap_or(due)
            }
            Stamps::MonthDay(day) => {
                let month = month_after(last, n);
                with_day(month, day.min(month.days_in_month()))
            }
            Stamps::MonthEnd => month_after(last, n).last_of_month(),
            Stamps::FirstSession => first_open(month_after(last, n), 1, closed),
            Stamps::LastSession => first_open(month_after(last, n).last_of_month(), -1, closed),
        }
    }
}

/// The maximum distance, in days, of the first or last trading day from the edge of a month.
const MAX_FROM_EDGE: i8 = 5;

/// Returns the number of last rows that reading leaves out of a file with these days and closes, in order, because they
/// belong to an unfinished week or month.
pub fn unfinished_rows(dates: &[Date], close: &[f64], frequency: Frequency, calendar: Option<Calendar>) -> usize {
    match unfinished(dates, frequency, calendar) {
        2 if is_repeated((dates, close), frequency) => 1,
        rows => rows,
    }
}

/// Returns the number of last rows of an unfinished period, in weekly or monthly rows in order: 1 for the last row, 2
/// if the row before belongs to the same period, 0 if the dates show none.
///
/// The date is compared with those of the other rows. A row dated by the first day of its period does not show whether
/// the period is over.
fn unfinished(dates: &[Date], frequency: Frequency, calendar: Option<Calendar>) -> usize {
    let [others @ .., last] = dates else { return 0 };
    let (Some(&before), Some(stamps)) = (others.last(), Stamps::detect(others, frequency)) else { return 0 };
    if others.len() < MIN_OTHERS {
        return 0;
    }
    match stamps {
        Stamps::Weekday { day, .. } => unfinished_week(others, *last, day, calendar),
        Stamps::MonthEnd | Stamps::LastSession => {
            let usual = others.iter().map(|date| sessions_left(*date, calendar)).max().unwrap_or(0);
            usize::from(sessions_left(*last, calendar) > usual)
        }
        Stamps::MonthDay(_) | Stamps::FirstSession => {
            let same = (before.year(), before.month()) == (last.year(), last.month());
            let usual = others.iter().map(|date| date.day()).max().unwrap_or(31);
            // A row in the month of the row before belongs to that month.
            if same { 2 } else { usize::from(last.day() > usual && usual <= 1 + MAX_FROM_EDGE) }
        }
    }
}

/// The minimum number of other rows.
const MIN_OTHERS: usize = 3;

/// Last rows of an unfinished week or month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// The frequency of the rows.
    pub frequency: Frequency,
    /// The day of the last row.
    pub last: Date,
    /// The lines of the rows.
    pub lines: Lines,
    /// Whether a calendar of holidays was used.
    pub has_calendar: bool,
}

impl Unfinished {
    /// Leaves the rows of an unfinished period out of an ordered draft of weeks or months, if there are any.
    pub(super) fn leave_out(draft: &mut Draft, frequency: Frequency, calendar: Option<Calendar>) -> Option<Self> {
        let rows = unfinished_rows(&draft.dates, &draft.values[Field::Close as usize], frequency, calendar);
        let kept = draft.dates.len() - rows;
        let lines = (kept..draft.dates.len()).map(|row| draft.line(row)).collect();
        let last = *draft.dates.last()?;
        draft.truncate(kept);
        (rows > 0).then_some(Self { frequency, last, lines, has_calendar: calendar.is_some() })
    }
}

impl fmt::Display for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { frequency, last, lines, .. } = self;
        let (rows, unit) = (counted(lines.count(), "row"), frequency.unit());
        write!(f, "{rows} of an unfinished {unit} ({lines}): the other rows are not stamped as {last} is")
    }
}

/// Whether the last row repeats the close of the row before, on the last trading day of their common period: some
/// vendors add a row for the last day after the row of the whole week or month.
fn is_repeated((dates, close): (&[Date], &[f64]), frequency: Frequency) -> bool {
    let Some(last) = dates.last() else { return false };
    let is_over = match frequency {
        Frequency::Monthly => sessions_left(*last, None) == 0,
        _ => matches!(last.weekday(), Weekday::Friday | Weekday::Saturday | Weekday::Sunday),
    };
    is_over && matches!(close, [.., before, last] if before == last)
}

/// A day of the week is as usual as another if at least one in this many of the other rows is on it.
const USUAL: usize = 4;

fn unfinished_week(others: &[Date], last: Date, day: Weekday, calendar: Option<Calendar>) -> usize {
    let alike = others.iter().filter(|date| date.weekday() == last.weekday()).count();
    if last.weekday() == day || USUAL * alike >= others.len() {
        0
    } else if opens_week(day) {
        opened_week(others[others.len() - 1], last, day, calendar)
    } else {
        usize::from(!is_week_over(last, day, calendar))
    }
}

/// Returns the number of rows of an unfinished week in a file whose rows are dated by the first day of their week.
fn opened_week(before: Date, last: Date, day: Weekday, calendar: Option<Calendar>) -> usize {
    let start = checked(last, -i64::from(last.weekday().since(day)));
    if nearest(before, day) >= start {
        // The row before belongs to the same week.
        return 2;
    }
    let mut missed = start.series(1.day()).take_while(|date| *date < last);
    // A holiday moves a row; without a calendar, one day is assumed.
    let is_moved = match calendar {
        Some(_) => missed.all(|date| is_weekend(date) || is_holiday(date, calendar)),
        None => missed.count() == 1,
    };
    usize::from(!is_moved)
}

/// Whether no session is left in a week that ends on a day of the week.
fn is_week_over(last: Date, day: Weekday, calendar: Option<Calendar>) -> bool {
    const SESSIONS: i64 = 5;
    let left = i64::from(last.weekday().until(day));
    let mut rest = last.series(1.day()).skip(1).take(usize::try_from(left).unwrap_or(0));
    left >= SESSIONS || rest.all(|date| is_weekend(date) || is_holiday(date, calendar))
}

/// Whether a row dated by this day of the week is at the start of its week rather than at its end.
fn opens_week(day: Weekday) -> bool {
    matches!(day, Weekday::Sunday | Weekday::Monday | Weekday::Tuesday)
}

/// Returns the number of weekdays left in the month after a day, without known holidays.
fn sessions_left(date: Date, calendar: Option<Calendar>) -> usize {
    let rest = date.series(1.day()).skip(1).take_while(|day| day.month() == date.month());
    rest.filter(|day| !is_weekend(*day) && !is_holiday(*day, calendar)).count()
}

fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

fn is_holiday(date: Date, calendar: Option<Calendar>) -> bool {
    calendar.and_then(|calendar| calendar.is_closed(date)) == Some(true)
}

/// Returns the date of a day of the week that is nearest to a date.
fn nearest(date: Date, day: Weekday) -> Date {
    let after = i64::from(date.weekday().until(day));
    checked(date, if after > 3 { after - 7 } else { after })
}

fn checked(date: Date, days: i64) -> Date {
    let span = jiff::Span::new().try_days(days);
    span.map_or(if days < 0 { Date::MIN } else { Date::MAX }, |span| date.saturating_add(span))
}

/// Returns the first day of the `n`-th month after the month of a date.
fn month_after(date: Date, n: i64) -> Date {
    let span = jiff::Span::new().try_months(n);
    span.map_or(Date::MAX, |span| date.first_of_month().saturating_add(span)).first_of_month()
}

fn with_day(month: Date, day: i8) -> Date {
    checked(month, i64::from(day) - 1)
}

/// Returns the first day that is not closed, from a day on in steps of `step` days, within ten steps.
fn first_open(from: Date, step: i64, closed: impl Fn(Date) -> bool) -> Date {
    let mut days = std::iter::successors(Some(from), |day| Some(checked(*day, step))).take(10);
    days.find(|day| !closed(*day)).unwrap_or(from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn next(dates: &[Date], frequency: Frequency) -> Date {
        Stamps::detect(dates, frequency).unwrap().after(dates[dates.len() - 1], 1, None)
    }

    /// Rows of `count` periods from a day on.
    fn rows(first: Date, frequency: Frequency, count: usize) -> Vec<Date> {
        let step = if frequency == Frequency::Weekly { 1.week() } else { 1.month() };
        first.series(step).take(count).collect()
    }

    /// The trading days of some months at their beginnings or ends.
    fn sessions(edge: fn(Date) -> Date, step: i64, count: usize) -> Vec<Date> {
        let months = rows(date(2020, 1, 1), Frequency::Monthly, count);
        months.into_iter().map(|month| first_open(edge(month), step, is_weekend)).collect()
    }

    #[test]
    fn the_next_week_is_dated_like_the_others() {
        let (weekly, none) = (Frequency::Weekly, None);
        for first in [date(2024, 1, 5), date(2024, 1, 1), date(2024, 1, 7)] {
            let mut dates = rows(first, weekly, 20);
            let due = dates.pop().unwrap();
            assert_eq!(next(&dates, weekly), due);
            assert_eq!(Stamps::detect(&dates, weekly).unwrap().after(dates[18], 3, none), due + 2.weeks());
        }
        // Good Friday: the row is dated Thursday, and the next one Friday.
        let mut dates = rows(date(2024, 1, 5), weekly, 12);
        dates.push(date(2024, 3, 28));
        assert_eq!(next(&dates, weekly), date(2024, 4, 5));
    }

    #[test]
    fn a_week_is_dated_a_day_off_on_a_holiday_where_others_are() {
        let nyse = Some("nyse".parse().unwrap());
        let after = |dates: &[Date], last| Stamps::detect(dates, Frequency::Weekly).unwrap().after(last, 1, nyse);
        let fridays = rows(date(2023, 12, 1), Frequency::Weekly, 17);
        assert_eq!(after(&fridays, fridays[16]), date(2024, 3, 29));
        let moved = [&[date(2023, 11, 23)], &fridays[..]].concat();
        assert_eq!(after(&moved, fridays[16]), date(2024, 3, 28));
        let mondays = rows(date(2023, 11, 6), Frequency::Weekly, 10);
        let moved = [&[date(2023, 10, 31)], &mondays[..]].concat();
        // The Monday is Martin Luther King Jr. Day.
        assert_eq!(after(&moved, mondays[9]), date(2024, 1, 16));
    }

    #[test]
    fn the_next_month_is_dated_like_the_others() {
        let monthly = Frequency::Monthly;
        let firsts = rows(date(2020, 1, 1), monthly, 14);
        assert_eq!(next(&firsts, monthly), date(2021, 3, 1));
        let ends: Vec<Date> = firsts.iter().map(|date| date.last_of_month()).collect();
        assert_eq!(next(&ends, monthly), date(2021, 3, 31));
        let middles = rows(date(2020, 1, 15), monthly, 14);
        assert_eq!(next(&middles, monthly), date(2021, 3, 15));
        let last = sessions(Date::last_of_month, -1, 16);
        assert_eq!((last[15], next(&last, monthly)), (date(2021, 4, 30), date(2021, 5, 31)));
        assert_eq!(next(&last[..15], monthly), date(2021, 4, 30));
        let first = sessions(Date::first_of_month, 1, 16);
        assert_eq!((first[15], next(&first, monthly)), (date(2021, 4, 1), date(2021, 5, 3)));
        assert_eq!(next(&[date(2020, 1, 31), date(2020, 2, 28)], monthly), date(2020, 3, 31));
        assert_eq!(next(&[Date::MAX], monthly), Date::MAX.last_of_month());
    }

    #[test]
    fn dates_show_an_unfinished_week() {
        let weekly = |mut dates: Vec<Date>, last: Date| {
            dates.push(last);
            unfinished(&dates, Frequency::Weekly, None)
        };
        let fridays = rows(date(2024, 1, 5), Frequency::Weekly, 12);
        for (last, rows) in
            [(date(2024, 3, 27), 1), (date(2024, 3, 28), 1), (date(2024, 3, 29), 0), (date(2024, 3, 30), 0)]
        {
            assert_eq!(weekly(fridays.clone(), last), rows, "{last}");
        }
        let mondays = rows(date(2024, 1, 1), Frequency::Weekly, 12);
        for (last, rows) in [(date(2024, 3, 20), 2), (date(2024, 3, 25), 0), (date(2024, 3, 26), 0)] {
            assert_eq!(weekly(mondays.clone(), last), rows, "{last}");
        }
        // One in nine weeks ends a day earlier.
        let moved: Vec<Date> = fridays
            .iter()
            .enumerate()
            .map(|(week, day)| if week % 9 == 4 { day.yesterday().unwrap() } else { *day })
            .collect();
        assert_eq!(weekly(moved, date(2024, 3, 28)), 1);
        // Every other week does, for example because of time zones.
        let zones: Vec<Date> = fridays
            .iter()
            .enumerate()
            .map(|(week, day)| if week % 2 == 0 { day.yesterday().unwrap() } else { *day })
            .collect();
        assert_eq!(weekly(zones, date(2024, 3, 28)), 0);
        // A week whose Monday has no row is dated by its Thursday; after a holiday, by its Tuesday.
        assert_eq!(weekly(mondays.clone(), date(2024, 3, 28)), 1);
        let of_tuesday = |day, calendar| unfinished(&[&mondays[..], &[day]].concat(), Frequency::Weekly, calendar);
        let nyse = Some("nyse".parse().unwrap());
        assert_eq!(of_tuesday(date(2024, 3, 26), nyse), 1);
        let until_may = rows(date(2024, 3, 4), Frequency::Weekly, 12);
        let after_memorial_day = [&until_may[..], &[date(2024, 5, 28)]].concat();
        assert_eq!(unfinished(&after_memorial_day, Frequency::Weekly, nyse), 0);
        let good_friday =
            |calendar| unfinished(&[&fridays[..], &[date(2024, 3, 28)]].concat(), Frequency::Weekly, calendar);
        assert_eq!(good_friday(Some("nyse".parse().unwrap())), 0);
    }

    #[test]
    fn dates_show_an_unfinished_month() {
        let monthly = |dates: &[Date], last: Date| unfinished(&[dates, &[last]].concat(), Frequency::Monthly, None);
        let firsts = rows(date(2020, 1, 1), Frequency::Monthly, 14);
        // The row of February is in the same month as the row dated within it.
        assert_eq!(monthly(&firsts, date(2021, 2, 12)), 2);
        assert_eq!(monthly(&firsts, date(2021, 3, 12)), 1);
        assert_eq!(monthly(&firsts, date(2021, 3, 1)), 0);
        let ends: Vec<Date> = firsts.iter().map(|date| date.last_of_month()).collect();
        assert_eq!(monthly(&ends, date(2021, 3, 12)), 1);
        assert_eq!(monthly(&ends, date(2021, 3, 31)), 0);
        let last = sessions(Date::last_of_month, -1, 16);
        assert_eq!(monthly(&last, date(2021, 5, 14)), 1);
        assert_eq!(monthly(&last, date(2021, 5, 31)), 0);
        assert_eq!(unfinished(&firsts, Frequency::Daily, None), 0);
    }
}
