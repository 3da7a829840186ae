//! Finds spikes that recur with the calendar: overnight rates rise at the end of each month or quarter.

use jiff::civil::{Date, Weekday};

use super::moves::step;

/// The minimum percentage of the spikes in one direction that recur.
const MIN_PERCENT: usize = 80;
const MIN_SPIKES: usize = 4;

/// Returns the spikes that recur: most of those in one direction are at the ends of months, or a month or a quarter
/// apart. Spikes by a large factor are wrong units, which can recur too.
pub(super) fn recurring(close: &[f64], dates: &[Date], spikes: &[usize]) -> Vec<usize> {
    const MAX_FACTOR: f64 = 5.0;
    let size = |row: usize| if row == 0 { f64::NAN } else { step(close, row) };
    let of_sign = |sign: f64| {
        let of_sign = spikes.iter().copied().filter(|&row| sign * size(row) > 0.0);
        of_sign.filter(|&row| size(row).abs() < MAX_FACTOR.ln()).collect::<Vec<usize>>()
    };
    let recurring = [1.0, -1.0].map(of_sign).into_iter().flat_map(|spikes| {
        let at_ends = most(&spikes, |row| is_at_end_of_month(dates, row));
        if at_ends.is_empty() { equally_apart(&spikes) } else { at_ends }
    });
    recurring.collect()
}

/// Returns the spikes that pass a test, if most do.
fn most(spikes: &[usize], test: impl Fn(usize) -> bool) -> Vec<usize> {
    let found: Vec<usize> = spikes.iter().copied().filter(|&row| test(row)).collect();
    let are_most = found.len() >= MIN_SPIKES && 100 * found.len() >= MIN_PERCENT * spikes.len();
    if are_most { found } else { Vec::new() }
}

/// Whether a row is the first or the last of its month.
fn is_at_end_of_month(dates: &[Date], row: usize) -> bool {
    let month = |date: Date| (date.year(), date.month());
    let Some(&date) = dates.get(row) else { return false };
    let next = dates.get(row + 1).copied().unwrap_or_else(|| next_weekday(date));
    let before = row.checked_sub(1).and_then(|row| dates.get(row));
    month(next) != month(date) || before.is_some_and(|before| month(*before) != month(date))
}

fn next_weekday(date: Date) -> Date {
    let days = match date.weekday() {
        Weekday::Friday => 3,
        Weekday::Saturday => 2,
        _ => 1,
    };
    date.saturating_add(jiff::Span::new().days(days))
}

/// Returns the spikes whose distances are multiples of the smallest distance, of three weeks to a quarter, if most are.
fn equally_apart(spikes: &[usize]) -> Vec<usize> {
    const PERIODS: std::ops::RangeInclusive<usize> = 15..=66;
    let gaps = || spikes.windows(2).map(|pair| pair[1] - pair[0]);
    let Some(period) = gaps().filter(|gap| PERIODS.contains(gap)).min() else { return Vec::new() };
    let fits = |gap: usize| {
        let rest = gap % period;
        gap + 1 >= period && (rest <= 1 || rest + 1 == period)
    };
    let beside = |row: usize| spikes.windows(2).any(|pair| pair.contains(&row) && fits(pair[1] - pair[0]));
    if MIN_SPIKES > gaps().filter(|&gap| fits(gap)).count() { Vec::new() } else { most(spikes, beside) }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;

    use super::*;

    /// Weekdays, and a rate that spikes on some of them.
    fn rate(is_spike: impl Fn(&[Date], usize) -> bool) -> (Vec<Date>, Vec<f64>, Vec<usize>) {
        let days = date(2019, 1, 1).series(1.day()).filter(|day| day.weekday().to_monday_one_offset() < 6);
        let dates: Vec<Date> = days.take(500).collect();
        let spikes: Vec<usize> = (1..500).filter(|&row| is_spike(&dates, row)).collect();
        let close = (0..500).map(|row| if spikes.contains(&row) { 2.3 } else { 2.0 }).collect();
        (dates, close, spikes)
    }

    #[test]
    fn spikes_that_go_with_the_calendar_recur() {
        let is_last = |dates: &[Date], row: usize| next_weekday(dates[row]).month() != dates[row].month();
        let (dates, close, spikes) = rate(|dates, row| is_last(dates, row) || row == 100);
        let found = recurring(&close, &dates, &spikes);
        assert_eq!((found.len(), found.contains(&100)), (spikes.len() - 1, false));
        let (dates, close, spikes) = rate(|dates, row| is_last(dates, row) && dates[row].month() % 3 == 0);
        assert_eq!(recurring(&close, &dates, &spikes), spikes);
        let (dates, close, spikes) = rate(|_, row| row % 21 == 20 && row != 83);
        assert_eq!(recurring(&close, &dates, &spikes), spikes);
    }

    #[test]
    fn other_spikes_do_not_recur() {
        let (dates, close, spikes) = rate(|_, row| [40, 113, 160, 290, 301, 377].contains(&row));
        assert!(recurring(&close, &dates, &spikes).is_empty());
        // So few that they can be chance; wrong units; and every week.
        let (dates, close, spikes) = rate(|_, row| [30, 51, 72].contains(&row));
        assert!(recurring(&close, &dates, &spikes).is_empty());
        let (dates, mut close, spikes) = rate(|_, row| row % 21 == 20);
        spikes.iter().for_each(|&row| close[row] = 200.0);
        assert!(recurring(&close, &dates, &spikes).is_empty());
        let (dates, close, spikes) = rate(|_, row| row % 5 == 0);
        assert!(recurring(&close, &dates, &spikes).is_empty());
        assert!(recurring(&[], &[], &[]).is_empty());
    }
}
