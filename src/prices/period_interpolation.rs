//! Finds closes that are interpolated from the first session of each week, month or quarter to the next, or over a
//! fixed number of sessions.

use jiff::civil::Date;

/// Numbers of sessions that approximate a week, a month, two months and a quarter.
const SESSIONS: [usize; 5] = [5, 21, 22, 42, 63];

/// Returns the rows within periods, if nearly all closes are within a unit of the line from the start of their period
/// to the next, and few pairs of consecutive periods are on one line. A smooth curve on the lines of its periods is
/// also on the lines of pairs.
pub(super) fn within_periods(close: &[f64], dates: &[Date], unit: f64) -> Vec<usize> {
    let keys: [fn(Date) -> i32; 3] = [week, month, quarter];
    let dates = &dates[..close.len().min(dates.len())];
    let by_day = keys.iter().map(|key| starts(dates, *key));
    let by_row = SESSIONS.iter().map(|sessions| (0..close.len()).step_by(*sessions).collect::<Vec<usize>>());
    let mut found = by_day.chain(by_row).filter(|starts| are_known(close, starts, unit));
    let inside = |starts: Vec<usize>| starts.windows(2).flat_map(|pair| pair[0] + 1..pair[1]).collect();
    found.next().map_or_else(Vec::new, inside)
}

fn week(date: Date) -> i32 {
    let monday = i32::from(date.weekday().to_monday_zero_offset());
    (date - Date::constant(1970, 1, 5)).get_days() - monday
}

fn month(date: Date) -> i32 {
    12 * i32::from(date.year()) + i32::from(date.month())
}

fn quarter(date: Date) -> i32 {
    (month(date) - 1).div_euclid(3)
}

/// Returns the first row of each period except the first period, which the file may not have from its beginning.
fn starts(dates: &[Date], key: fn(Date) -> i32) -> Vec<usize> {
    (1..dates.len()).filter(|&row| key(dates[row]) != key(dates[row - 1])).collect()
}

/// Whether the closes at the starts of periods are known, and the closes in between are interpolated.
fn are_known(close: &[f64], starts: &[usize], unit: f64) -> bool {
    /// The minimum number of periods that rise or fall by at least so many units: others are on a line by chance.
    const MIN_PERIODS: usize = 8;
    const MIN_UNITS: f64 = 3.0;
    const MIN_FRACTION: f64 = 0.98;
    const MAX_FRACTION_OF_TWO: f64 = 0.3;
    let moves = |ends: &&[usize]| (close[ends[ends.len() - 1]] - close[ends[0]]).abs() >= MIN_UNITS * unit;
    let fraction = |count: usize| {
        let periods: Vec<_> = starts.windows(count + 1).filter(moves).collect();
        let straight = periods.iter().filter(|ends| is_straight(&close[ends[0]..=ends[count]], unit)).count();
        (periods.len() >= MIN_PERIODS).then(|| straight as f64 / periods.len() as f64)
    };
    let is_long = starts.len() > MIN_PERIODS && starts[starts.len() - 1] - starts[0] >= 4 * (starts.len() - 1);
    is_long
        && fraction(1).is_some_and(|one| one >= MIN_FRACTION)
        && fraction(2).is_some_and(|two| two <= MAX_FRACTION_OF_TWO)
}

/// Whether closes are within a unit of the line from the first to the last: three prices are each rounded by up to half
/// a unit.
fn is_straight(close: &[f64], unit: f64) -> bool {
    let last = close.len() - 1;
    let slope = (close[last] - close[0]) / last as f64;
    close.iter().enumerate().all(|(row, price)| (close[0] + slope * row as f64 - price).abs() <= 1.001 * unit)
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;

    use super::*;
    use crate::testing::noise;

    /// Weekdays, and closes in cents that were known every `every` rows.
    fn interpolated(every: usize) -> (Vec<Date>, Vec<f64>) {
        let days = date(2020, 1, 1).series(1.day()).filter(|day| day.weekday().to_monday_one_offset() < 6);
        let mut price = 2.0;
        let known: Vec<f64> = noise(4)
            .zip(noise(5))
            .take(60)
            .map(|(one, two)| {
                price *= 1.0 + 0.2 * (one + two - 1.0);
                price
            })
            .collect();
        let close = (0..every * 59).map(|row| {
            let (at, part) = (row / every, (row % every) as f64 / every as f64);
            ((known[at] + (known[at + 1] - known[at]) * part) * 100.0).round() / 100.0
        });
        (days.take(every * 59).collect(), close.collect())
    }

    #[test]
    fn rows_between_known_ones_are_found_on_a_coarse_grid() {
        for every in [5, 21, 42] {
            let (dates, close) = interpolated(every);
            assert_eq!(within_periods(&close, &dates, 0.01).len(), (close.len() - 1) / every * (every - 1), "{every}");
        }
        assert!(within_periods(&[], &[], 0.01).is_empty());
    }

    #[test]
    fn averages_and_walks_are_not_interpolated() {
        let (dates, _) = interpolated(42);
        for slowness in [0.0, 0.7, 0.9, 0.97] {
            let (mut price, mut mean) = (3.0, 3.0);
            let moves = noise(6).zip(noise(7)).take(dates.len());
            let close = moves.map(|(one, two)| {
                price *= 1.0 + 0.03 * (one + two - 1.0);
                mean += (1.0 - slowness) * (price - mean);
                (mean * 100.0_f64).round() / 100.0
            });
            let close: Vec<f64> = close.collect();
            assert!(within_periods(&close, &dates, 0.01).is_empty(), "{slowness}");
        }
    }
}
