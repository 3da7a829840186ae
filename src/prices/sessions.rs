//! The weekdays that trade, learned from the days of a series.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use super::calendar::Calendar;
use super::frequency::Frequency;
use super::periods::Stamps;
use super::series::PriceSeries;

/// Number of last rows that are used: a market may change its week, as Saudi Arabia's did.
const RECENT: usize = 60;

/// How often a weekday must be absent before it counts as not trading. One absence can be a holiday.
const ABSENCES: u32 = 3;

/// The weekdays on which a market trades.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TradingWeek {
    /// Monday first.
    trades: [bool; 7],
}

impl TradingWeek {
    /// Learns the week from the last of some days in order.
    ///
    /// Monday to Friday trade unless they are absent repeatedly; Saturday and Sunday trade if they are present at least
    /// every second time.
    pub fn learn(dates: &[Date]) -> Self {
        let recent = &dates[dates.len().saturating_sub(RECENT)..];
        let (Some(&first), Some(&last)) = (recent.first(), recent.last()) else {
            return Self::monday_to_friday();
        };
        let mut seen = [0_u32; 7];
        recent.iter().for_each(|&date| seen[index(date)] += 1);
        let passed = passed(first, last);
        let often = |day: usize| seen[day] > 0 && 2 * seen[day] >= passed[day];
        let weekend = often(5) || often(6);
        let allowed = if weekend { 1 } else { ABSENCES };
        let mut trades = [false; 7];
        for (day, trades) in trades.iter_mut().enumerate() {
            *trades = match day {
                // The other day of a weekend that the rows do not reach.
                5 | 6 => often(day) || (passed[day] == 0 && weekend),
                _ => often(day) || passed[day] < allowed,
            };
        }
        // No weekday is present every second time: rows a month apart, for example.
        if recent.len() >= RECENT && !(0..7).any(often) {
            return Self::monday_to_friday();
        }
        Self { trades }
    }

    /// Whether a day's weekday is one that trades.
    pub fn trades_on(&self, date: Date) -> bool {
        self.trades[index(date)]
    }

    /// How many weekdays trade.
    pub fn days(&self) -> usize {
        self.trades.iter().filter(|trades| **trades).count()
    }

    /// The `n`-th trading day after a day. Holidays are those of the calendar; without one there are none.
    pub fn session_after(&self, date: Date, n: usize, calendar: Option<Calendar>) -> Date {
        let is_holiday = |day| calendar.and_then(|calendar| calendar.is_closed(day)) == Some(true);
        let mut day = date;
        for _ in 0..n {
            day = next_day(day);
            // At least one weekday trades, and no exchange is closed for good.
            while (!self.trades_on(day) || is_holiday(day)) && day < Date::MAX {
                day = next_day(day);
            }
        }
        day
    }

    fn monday_to_friday() -> Self {
        Self { trades: [true, true, true, true, true, false, false] }
    }
}

/// The `n`-th trading day after a series' last; of weeks and months the day on which the row of the `n`-th
/// period after its last is due.
///
/// # Panics
///
/// If the series is empty.
pub fn session_ahead(series: &PriceSeries, n: usize, calendar: Option<Calendar>) -> Date {
    let last = series.dates[series.len() - 1];
    match Stamps::learn(&series.dates, series.frequency) {
        Some(stamps) => stamps.after(last, n, calendar),
        None => TradingWeek::learn(&series.dates).session_after(last, n, calendar),
    }
}

/// The `count` sessions after the last of some days in order, as [`session_ahead`] has them; none if there is no day.
pub fn sessions_ahead(dates: &[Date], frequency: Frequency, count: usize, calendar: Option<Calendar>) -> Vec<Date> {
    let Some(&last) = dates.last() else { return Vec::new() };
    match Stamps::learn(dates, frequency) {
        Some(stamps) => (1..=count).map(|n| stamps.after(last, n, calendar)).collect(),
        None => {
            let week = TradingWeek::learn(dates);
            let next = |day: &Date| Some(week.session_after(*day, 1, calendar));
            std::iter::successors(Some(last), next).skip(1).take(count).collect()
        }
    }
}

/// How often each weekday occurs from one day to another, both included.
fn passed(first: Date, last: Date) -> [u32; 7] {
    let days = (last - first).get_days().unsigned_abs() + 1;
    let mut passed = [days / 7; 7];
    for extra in 0..days % 7 {
        passed[(index(first) + extra as usize) % 7] += 1;
    }
    passed
}

fn index(date: Date) -> usize {
    usize::from(date.weekday().since(Weekday::Monday) as u8)
}

fn next_day(date: Date) -> Date {
    date.saturating_add(1.day())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn days(first: Date, count: usize, trades: impl Fn(Date) -> bool) -> Vec<Date> {
        first.series(1.day()).filter(|&day| trades(day)).take(count).collect()
    }

    fn next(dates: &[Date], n: usize) -> Date {
        TradingWeek::learn(dates).session_after(dates[dates.len() - 1], n, None)
    }

    fn is_weekend(day: Date) -> bool {
        matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
    }

    #[test]
    fn four_rows_are_enough() {
        // Thursday to Tuesday, then Monday to Thursday: the next are Wednesday and Friday.
        let weekdays = |first| days(first, 4, |day| !is_weekend(day));
        assert_eq!(next(&weekdays(date(2024, 10, 31)), 1), date(2024, 11, 6));
        assert_eq!(next(&weekdays(date(2024, 11, 4)), 1), date(2024, 11, 8));
        assert_eq!(next(&weekdays(date(2024, 11, 4)), 2), date(2024, 11, 11));
        assert_eq!(next(&[date(2024, 11, 8)], 1), date(2024, 11, 11));
    }

    #[test]
    fn a_weekend_row_means_seven_days() {
        for start in 1..=7 {
            let dates = days(date(2024, 11, start), 4, |_| true);
            let ends_on_weekend = dates.iter().any(|&day| is_weekend(day));
            let expected = next_day(dates[3]);
            assert!(next(&dates, 1) == expected || !ends_on_weekend, "{dates:?}");
        }
        let year = days(date(2024, 1, 1), 365, |_| true);
        assert_eq!(next(&year, 3), date(2025, 1, 2));
    }

    #[test]
    fn a_week_from_sunday_to_thursday_is_learned() {
        let gulf = |day: Date| !matches!(day.weekday(), Weekday::Friday | Weekday::Saturday);
        for count in [4, 12, 100] {
            let dates = days(date(2024, 11, 6), count, gulf);
            let expected = days(next_day(dates[count - 1]), 3, gulf);
            assert_eq!(next(&dates, 3), expected[2], "{count}");
        }
    }

    #[test]
    fn a_holiday_and_an_odd_saturday_change_nothing() {
        // Monday 2024-01-01 is missing; Saturday 2024-02-17 trades once.
        let odd = date(2024, 2, 17);
        let dates = days(date(2023, 12, 28), 45, |day| day == odd || !(is_weekend(day) || day == date(2024, 1, 1)));
        assert!(dates.contains(&odd));
        assert_eq!(TradingWeek::learn(&dates), TradingWeek::monday_to_friday());
        assert_eq!(TradingWeek::learn(&dates[..4]), TradingWeek::monday_to_friday());
    }

    #[test]
    fn weekly_rows_recur_after_a_week_and_monthly_ones_on_a_weekday() {
        let weekly: Vec<Date> = date(2024, 1, 5).series(7.days()).take(60).collect();
        assert_eq!(next(&weekly, 1), weekly[59].saturating_add(7.days()));
        let monthly: Vec<Date> = date(2014, 1, 1).series(1.month()).take(60).collect();
        assert_eq!(TradingWeek::learn(&monthly), TradingWeek::monday_to_friday());
    }

    #[test]
    fn holidays_of_a_calendar_are_skipped() {
        let before = days(date(2026, 11, 2), 18, |day| !is_weekend(day));
        let after = |n, calendar: &str| {
            TradingWeek::learn(&before).session_after(before[17], n, Some(calendar.parse().unwrap()))
        };
        // Thanksgiving.
        assert_eq!((next(&before, 1), next(&before, 2)), (date(2026, 11, 26), date(2026, 11, 27)));
        assert_eq!((after(1, "nyse"), after(2, "nyse")), (date(2026, 11, 27), date(2026, 11, 30)));
        assert_eq!(after(1, "lse"), date(2026, 11, 26));
    }

    #[test]
    fn the_last_date_is_no_endless_loop() {
        assert_eq!(next(&[Date::MAX], 5), Date::MAX);
        assert_eq!(TradingWeek::learn(&[]), TradingWeek::monday_to_friday());
    }
}
