//! Earnings seasonality. Companies report four times a year, often on the same weekday of the same week. A large move
//! 13, 26, 39 or 52 weeks ago therefore makes a large move more likely in the next session.
//!
//! No calendar of announcements is read: the seasonality is estimated from the moves of the series itself. For a series
//! without earnings (an index, a currency), the values are zeros or noise.

use jiff::civil::Date;

use fourcast_prices::Frequency;

/// Days from one announcement to the next: 13 weeks.
const QUARTER: i64 = 91;
/// Months per quarter.
const QUARTER_MONTHS: i64 = 3;
/// Number of quarters that are looked back on: three years.
const QUARTERS: usize = 12;
/// Maximum number of days to the next session, such as over a long holiday.
const MAX_BREAK: i64 = 10;
/// Maximum size of an ordinary standardised move.
const ORDINARY: f64 = 2.0;
/// Bound on the excess of a move over the ordinary size, so that one crash does not mark a day for years.
const MAX_EXCESS: f64 = 4.0;

/// Earnings seasonality of the session after each day, from a first day on: log(1 + sum of max(|z| - 2, 0)), where z
/// are the standardised moves of sessions whole quarters before it.
pub struct EarningsSeasonality {
    /// From the sessions one, two and three years before.
    pub yearly: Vec<f64>,
    /// From the sessions at the other quarters of three years.
    pub quarterly: Vec<f64>,
    /// From the larger move of the two neighbours of each of those sessions, because announcements shift by a day.
    pub nearby: Vec<f64>,
}

impl EarningsSeasonality {
    /// `moves` are standardised, one per day. The date of the next session is not known on a day, so quarters are
    /// counted from the day itself: to the first session later than 91 k days before it.
    ///
    /// For monthly rows a session is a month, and three of them are a quarter. Days before `first` have no entry.
    pub fn new(dates: &[Date], frequency: Frequency, moves: &[f64], first: usize) -> EarningsSeasonality {
        let size: Vec<f64> = moves.iter().map(|z| (z.abs() - ORDINARY).clamp(0.0, MAX_EXCESS)).collect();
        let (numbers, quarter_length, next) = match frequency {
            Frequency::Monthly => (months(dates), QUARTER_MONTHS, 1),
            Frequency::Daily | Frequency::Weekly => (numbers(dates), QUARTER, MAX_BREAK),
        };
        let zeros = || vec![0.0; dates.len() - first];
        let mut seasonality = EarningsSeasonality { yearly: zeros(), quarterly: zeros(), nearby: zeros() };
        for quarter in 1..=QUARTERS {
            let back = quarter_length * quarter as i64;
            let exact = if quarter % 4 == 0 { &mut seasonality.yearly } else { &mut seasonality.quarterly };
            // The first session after the day's date minus `back`.
            let mut after = numbers.get(first).map_or(0, |day| numbers.partition_point(|number| number + back <= *day));
            for (day, number) in numbers[first..].iter().enumerate() {
                let then = number - back;
                while numbers[after] <= then {
                    after += 1;
                }
                if after > 0 && numbers[after] <= then + next {
                    exact[day] += size[after];
                    seasonality.nearby[day] += size[after - 1].max(size[after + 1]);
                }
            }
        }
        for column in [&mut seasonality.yearly, &mut seasonality.quarterly, &mut seasonality.nearby] {
            column.iter_mut().for_each(|sum| *sum = sum.ln_1p());
        }
        seasonality
    }
}

/// Returns the months counted from the year 0.
fn months(dates: &[Date]) -> Vec<i64> {
    dates.iter().map(|date| 12 * i64::from(date.year()) + i64::from(date.month())).collect()
}

/// Returns the days counted from the first day.
fn numbers(dates: &[Date]) -> Vec<i64> {
    dates.iter().map(|date| i64::from((*date - dates[0]).get_days())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;
    use jiff::civil::date;

    /// Weekdays of four years, with an announcement on a Tuesday every 13 weeks.
    #[test]
    fn an_announcement_is_expected_when_it_is_due() {
        let monday = date(2018, 1, 1);
        let dates: Vec<Date> = (0..1040).map(|day| monday + (day / 5 * 7 + day % 5).days()).collect();
        let due = |day: usize| day % 65 == 21;
        let moves: Vec<f64> = (0..1040).map(|day| if due(day) { -5.0 } else { 0.5 }).collect();
        let EarningsSeasonality { yearly, quarterly, nearby } =
            EarningsSeasonality::new(&dates, Frequency::Daily, &moves, 0);
        for day in 800..1039 {
            // Moves of 5 volatilities exceed the ordinary size by 3.
            let expected = |announcements: f64, due: bool| if due { (3.0 * announcements).ln_1p() } else { 0.0 };
            assert_eq!(yearly[day], expected(3.0, due(day + 1)), "day {day}");
            assert_eq!(quarterly[day], expected(9.0, due(day + 1)), "day {day}");
            assert_eq!(nearby[day], expected(12.0, due(day) || due(day + 2)), "day {day}");
        }
        assert!(yearly[..250].iter().chain(&quarterly[..60]).all(|sum| *sum == 0.0));
    }

    /// Ten years of weeks with an announcement every 13 weeks, and of months with one every three months.
    #[test]
    fn quarters_are_13_weeks_or_3_months() {
        for (frequency, step, quarter) in [(Frequency::Weekly, 1.week(), 13), (Frequency::Monthly, 1.month(), 3)] {
            let dates: Vec<Date> = date(2010, 1, 29).series(step).take(520).collect();
            let due = |row: usize| row % quarter == 2;
            let moves: Vec<f64> = (0..520).map(|row| if due(row) { 5.0 } else { 0.5 }).collect();
            let EarningsSeasonality { yearly, quarterly, nearby } =
                EarningsSeasonality::new(&dates, frequency, &moves, 0);
            for row in 200..519 {
                let expected = |announcements: f64, due: bool| if due { (3.0 * announcements).ln_1p() } else { 0.0 };
                assert_eq!(yearly[row], expected(3.0, due(row + 1)), "{frequency} {row}");
                assert_eq!(quarterly[row], expected(9.0, due(row + 1)), "{frequency} {row}");
                assert_eq!(nearby[row], expected(12.0, due(row) || due(row + 2)), "{frequency} {row}");
            }
        }
    }

    /// After a gap of years, the first session is not a neighbour of the days in the gap.
    #[test]
    fn a_gap_in_the_file_has_no_seasonality() {
        let dates = [date(2000, 1, 3), date(2000, 1, 4), date(2010, 1, 4), date(2010, 4, 5), date(2010, 4, 6)];
        let EarningsSeasonality { yearly, quarterly, nearby } =
            EarningsSeasonality::new(&dates, Frequency::Daily, &[9.0; 5], 0);
        assert_eq!(yearly, [0.0; 5]);
        assert_eq!(quarterly, [0.0; 5]);
        assert_eq!(nearby, [0.0; 5]);
    }
}
