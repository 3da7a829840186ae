//! The weekdays that trade, detected from the days of a series.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use super::calendar::Calendar;
use super::frequency::Frequency;
use super::periods::Stamps;
use super::series::PriceSeries;
use super::spacing::without_first_weeks;

/// The number of last rows that are used: a market can change its week, as Saudi Arabia's did.
const RECENT: usize = 60;

/// How often a weekday must be absent before it counts as not trading. A single absence can be a holiday.
const ABSENCES: u32 = 3;

/// The minimum number of days between two rows that is a gap of the file, in which no weekday counts as absent.
const GAP: u32 = 14;

/// The weekdays on which a market trades.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TradingWeek {
    /// Monday first.
    trades: [bool; 7],
}

impl TradingWeek {
    /// Detects the trading week from the last of some days, which are in order.
    ///
    /// Every weekday is present on some fraction of its days, which is low if many days are missing. Monday to Friday
    /// trade unless their fraction is below a quarter of the highest one and they are absent repeatedly; Saturday and
    /// Sunday trade if theirs is at least half of the highest. Gaps of more than two weeks do not count; if most steps
    /// are longer, Monday to Friday trade. Weekly rows before daily ones show no absences and do not count.
    pub fn detect(dates: &[Date]) -> Self {
        let recent = without_first_weeks(&dates[dates.len().saturating_sub(RECENT)..]);
        let gaps = recent.windows(2).filter(|pair| between(pair) > GAP).count();
        if 2 * gaps >= recent.len() {
            return Self::monday_to_friday();
        }
        let mut seen = [0_u32; 7];
        recent.iter().for_each(|&date| seen[index(date)] += 1);
        let passed = passed(recent);
        let present = |day: usize| f64::from(seen[day]) / f64::from(passed[day].max(1));
        let highest = (0..7).map(present).fold(0.0, f64::max);
        let reaches = |day: usize, share: f64| seen[day] > 0 && present(day) >= share * highest;
        let weekend = reaches(5, 0.5) || reaches(6, 0.5);
        let allowed = if weekend { 1 } else { ABSENCES };
        let mut trades = [false; 7];
        for (day, trades) in trades.iter_mut().enumerate() {
            *trades = match day {
                // A day of a weekend that the rows do not reach trades if the other day of the weekend does.
                5 | 6 => reaches(day, 0.5) || (passed[day] == 0 && weekend),
                _ => reaches(day, 0.25) || passed[day] < allowed,
            };
        }
        Self { trades }
    }

    /// Whether a day is on a weekday that trades.
    pub fn trades_on(&self, date: Date) -> bool {
        self.trades[index(date)]
    }

    /// Returns the number of weekdays that trade.
    pub fn days(&self) -> usize {
        self.trades.iter().filter(|trades| **trades).count()
    }

    /// Returns the `n`-th trading day after a day. Holidays are taken from the calendar; without one, there are none.
    pub fn session_after(&self, date: Date, n: usize, calendar: Option<Calendar>) -> Date {
        let is_holiday = |day| calendar.and_then(|calendar| calendar.is_closed(day)) == Some(true);
        let mut day = date;
        for _ in 0..n {
            day = next_day(day);
            // This ends: at least the weekday with the highest fraction trades, and no exchange is closed forever.
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

/// Returns the `n`-th trading day after the last day of a series; for weeks and months, the day on which the row of the
/// `n`-th period after the last one is due.
///
/// # Panics
///
/// If the series is empty.
pub fn session_ahead(series: &PriceSeries, n: usize, calendar: Option<Calendar>) -> Date {
    let last = series.dates[series.len() - 1];
    match Stamps::detect(&series.dates, series.frequency) {
        Some(stamps) => stamps.after(last, n, calendar),
        None => TradingWeek::detect(&series.dates).session_after(last, n, calendar),
    }
}

/// Returns the `count` sessions after the last of some days in order, each as [`session_ahead`] would return it; none
/// if there is no day.
pub fn sessions_ahead(dates: &[Date], frequency: Frequency, count: usize, calendar: Option<Calendar>) -> Vec<Date> {
    let Some(&last) = dates.last() else { return Vec::new() };
    match Stamps::detect(dates, frequency) {
        Some(stamps) => (1..=count).map(|n| stamps.after(last, n, calendar)).collect(),
        None => {
            let week = TradingWeek::detect(dates);
            let next = |day: &Date| Some(week.session_after(*day, 1, calendar));
            std::iter::successors(Some(last), next).skip(1).take(count).collect()
        }
    }
}

/// Returns how often each weekday occurs from the first of some ordered days to the last, without gaps.
fn passed(dates: &[Date]) -> [u32; 7] {
    let mut passed = [0; 7];
    dates.iter().take(1).for_each(|first| passed[index(*first)] += 1);
    for pair in dates.windows(2) {
        let counted = if between(pair) > GAP { 0 } else { between(pair).saturating_sub(1) };
        (0..=counted).for_each(|back| passed[index(pair[1].saturating_sub(i64::from(back).days()))] += 1);
    }
    passed
}

/// Returns the days from the first date of a pair to the second.
fn between(pair: &[Date]) -> u32 {
    (pair[1] - pair[0]).get_days().unsigned_abs()
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
    use crate::testing::noise;
    use jiff::civil::date;

    fn days(first: Date, count: usize, trades: impl Fn(Date) -> bool) -> Vec<Date> {
        first.series(1.day()).filter(|&day| trades(day)).take(count).collect()
    }

    fn next(dates: &[Date], n: usize) -> Date {
        TradingWeek::detect(dates).session_after(dates[dates.len() - 1], n, None)
    }

    fn is_weekend(day: Date) -> bool {
        matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
    }

    #[test]
    fn four_rows_are_enough() {
        // Thursday to Tuesday, then Monday to Thursday: the next sessions are Wednesday and Friday.
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
        assert_eq!(TradingWeek::detect(&dates), TradingWeek::monday_to_friday());
        assert_eq!(TradingWeek::detect(&dates[..4]), TradingWeek::monday_to_friday());
    }

    #[test]
    fn weekly_rows_recur_after_a_week_and_monthly_ones_on_a_weekday() {
        let weekly: Vec<Date> = date(2024, 1, 5).series(7.days()).take(60).collect();
        assert_eq!(next(&weekly, 1), weekly[59].saturating_add(7.days()));
        let monthly: Vec<Date> = date(2014, 1, 1).series(1.month()).take(60).collect();
        assert_eq!(TradingWeek::detect(&monthly), TradingWeek::monday_to_friday());
    }

    #[test]
    fn weeks_before_days_remove_no_weekday() {
        let daily = days(date(2024, 3, 4), 11, |day| !is_weekend(day));
        for weeks in 2..=7 {
            let weekly = (1..=weeks).rev().map(|week| daily[0] - (7 * week).days());
            let dates: Vec<Date> = weekly.chain(daily.iter().copied()).collect();
            assert_eq!(next(&dates, 1), date(2024, 3, 19), "{weeks}");
        }
    }

    /// Days that are missing at random, and mistyped years, do not remove a weekday.
    #[test]
    fn missing_days_change_no_week() {
        let all = days(date(2022, 1, 3), 800, |day| !is_weekend(day));
        let mut noise = noise(5);
        for missing in [0.1, 0.3, 0.5, 0.7, 0.8] {
            for _ in 0..20 {
                let kept: Vec<Date> = all.iter().copied().filter(|_| noise.next().unwrap() >= missing).collect();
                assert_eq!(TradingWeek::detect(&kept), TradingWeek::monday_to_friday(), "{missing}: {kept:?}");
            }
        }
        let short = [date(2020, 1, 2), date(2020, 1, 3), date(2020, 2, 3), date(2020, 2, 4), date(2020, 6, 1)];
        assert_eq!(next(&short, 1), date(2020, 6, 2));
        for count in [4, 12, 30] {
            let mut mistyped = all[..count].to_vec();
            mistyped.push(date(2102, 3, 1));
            assert_eq!(TradingWeek::detect(&mistyped), TradingWeek::monday_to_friday(), "{count}");
        }
        let every_day = days(date(2024, 1, 1), 400, |_| true);
        let half: Vec<Date> = every_day.into_iter().filter(|_| noise.next().unwrap() >= 0.5).collect();
        assert_eq!(TradingWeek::detect(&half).days(), 7);
    }

    #[test]
    fn holidays_of_a_calendar_are_skipped() {
        let before = days(date(2026, 11, 2), 18, |day| !is_weekend(day));
        let after = |n, calendar: &str| {
            TradingWeek::detect(&before).session_after(before[17], n, Some(calendar.parse().unwrap()))
        };
        // Thanksgiving.
        assert_eq!((next(&before, 1), next(&before, 2)), (date(2026, 11, 26), date(2026, 11, 27)));
        assert_eq!((after(1, "nyse"), after(2, "nyse")), (date(2026, 11, 27), date(2026, 11, 30)));
        assert_eq!(after(1, "lse"), date(2026, 11, 26));
    }

    #[test]
    fn the_last_date_is_no_endless_loop() {
        assert_eq!(next(&[Date::MAX], 5), Date::MAX);
        assert_eq!(TradingWeek::detect(&[]), TradingWeek::monday_to_friday());
    }
}
