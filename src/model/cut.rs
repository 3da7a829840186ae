//! Training, validation and test days of several series, cut at the same dates.
//!
//! Several series have days in common: what the rows of one series reveal about a day must not be used for another
//! series before that day. Therefore each cut is a date, and all series are trained on the days before it. For a single
//! series, the cuts are those of [`Spans::new`], which counts from the end of the series.

use std::ops::Range;

use jiff::civil::Date;

use super::spans::{self, MIN_TEST, Spans};

/// The days of a series, and the range of days on which windows end.
#[derive(Clone)]
pub(super) struct Dated<'a> {
    /// All days of the series.
    pub dates: &'a [Date],
    /// The last rows of the windows whose first target is known.
    pub origins: Range<usize>,
}

impl<'a> Dated<'a> {
    /// Returns the days of a series with windows of `window` days and targets `ahead` days later.
    pub fn new(dates: &'a [Date], window: usize, ahead: usize) -> Dated<'a> {
        let origins = spans::origins(dates.len(), window, ahead);
        Dated { dates, origins: origins.start.min(dates.len())..origins.end.min(dates.len()) }
    }

    fn days(&self) -> &'a [Date] {
        &self.dates[self.origins.clone()]
    }

    fn bounded(&self, row: usize) -> usize {
        row.clamp(self.origins.start, self.origins.end)
    }

    /// Returns the origins from a day on.
    fn from(&self, day: Date) -> Range<usize> {
        self.bounded(self.dates.partition_point(|date| *date < day))..self.origins.end
    }

    /// Returns the series with only the origins whose targets, `ahead` rows later, are known on a day.
    fn known_on(&self, day: Date, ahead: usize) -> Dated<'a> {
        let rows = self.dates.partition_point(|date| *date <= day);
        Dated { dates: self.dates, origins: self.origins.start..self.bounded(rows.saturating_sub(ahead)) }
    }
}

/// Counts the windows of all series.
fn windows(series: &[Dated<'_>]) -> usize {
    series.iter().map(|series| series.origins.len()).sum()
}

/// Returns the day from which on the last `count` windows of all series end, or at least one of them.
fn day_of_last(series: &[Dated<'_>], count: usize) -> Date {
    let mut days: Vec<Date> = series.iter().flat_map(Dated::days).copied().collect();
    let place = days.len() - count;
    *days.select_nth_unstable(place).1
}

/// Returns the number of test days: the distinct days on which the last `fraction` of all windows end.
pub(super) fn test_days(series: &[Dated<'_>], fraction: f64) -> usize {
    let testing = spans::test_days(windows(series), fraction);
    if testing == 0 {
        return 0;
    }
    let first = day_of_last(series, testing);
    distinct_days(series.iter().map(|one| &one.dates[one.from(first)])).len()
}

/// Returns the spans of each series: the last `valid_fraction` of all windows are for validation. `None` if one part is
/// too small.
pub(super) fn spans(series: &[Dated<'_>], valid_fraction: f64, ahead: usize) -> Option<Vec<Spans>> {
    let validating = (windows(series) as f64 * valid_fraction).round() as usize;
    let each: Vec<Spans> = if validating == 0 {
        let all =
            |one: &Dated<'_>| Spans { training: one.origins.clone(), validation: one.origins.end..one.origins.end };
        series.iter().map(all).collect()
    } else {
        let day = day_of_last(series, validating);
        let split = |one: &Dated<'_>| Spans { training: one.known_on(day, ahead).origins, validation: one.from(day) };
        series.iter().map(split).collect()
    };
    Spans::are_enough(&each, valid_fraction).then_some(each)
}

/// Returns the spans of a fit that depends on no target of the test, and the origins of each series in a test on the
/// last `fraction` of all windows. `None` if there are too few.
pub(super) fn test(
    series: &[Dated<'_>],
    fraction: f64,
    valid_fraction: f64,
    ahead: usize,
) -> Option<(Vec<Spans>, Vec<Range<usize>>)> {
    let testing = spans::test_days(windows(series), fraction);
    if testing < MIN_TEST {
        return None;
    }
    let first = day_of_last(series, testing);
    let before: Vec<Dated<'_>> = series.iter().map(|one| one.known_on(first, ahead)).collect();
    let spans = spans(&before, valid_fraction, ahead)?;
    Some((spans, series.iter().map(|one| one.from(first)).collect()))
}

/// Returns the distinct days of several series, in order.
pub(super) fn distinct_days<'a>(parts: impl Iterator<Item = &'a [Date]>) -> Vec<Date> {
    let mut days: Vec<Date> = parts.flatten().copied().collect();
    days.sort_unstable();
    days.dedup();
    days
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;

    use super::*;

    fn days(first: i64, count: i64, every: i64) -> Vec<Date> {
        (0..count).map(|day| date(2000, 1, 1) + (first + day * every).days()).collect()
    }

    #[test]
    fn of_one_series_the_days_are_counted_from_its_end() {
        let dates = days(0, 500, 1);
        for (ahead, valid_fraction, fraction) in [(1, 0.0, 0.2), (1, 0.15, 0.2), (5, 0.15, 0.31), (9, 0.0, 0.2)] {
            let one = [Dated::new(&dates, 4, ahead)];
            let origins = spans::origins(500, 4, ahead);
            let expected = Spans::new(origins.clone(), valid_fraction, ahead).unwrap();
            assert_eq!(spans(&one, valid_fraction, ahead), Some(vec![expected]));
            let first = origins.end - spans::test_days(origins.len(), fraction);
            let before = Spans::new(origins.start..first + 1 - ahead, valid_fraction, ahead).unwrap();
            let tested = first..origins.end;
            let expected = Some((vec![before], vec![tested]));
            assert_eq!(test(&one, fraction, valid_fraction, ahead), expected);
        }
        assert_eq!(spans(&[Dated::new(&dates[..53], 4, 1)], 0.0, 1), None);
        assert_eq!(test(&[Dated::new(&dates[..60], 4, 1)], 0.2, 0.0, 1), None);
        assert!(Dated::new(&dates[..3], 4, 1).origins.is_empty());
    }

    /// No target of a training window is after the first day of the validation or the test, in any series.
    #[test]
    fn every_series_is_cut_on_the_same_day() {
        // A daily series, a weekly series, one that ends earlier, and one that begins later.
        let series = [days(0, 1000, 1), days(3, 140, 7), days(-400, 700, 1), days(900, 100, 1)];
        for ahead in [1, 5] {
            let dated: Vec<Dated<'_>> = series.iter().map(|dates| Dated::new(dates, 4, ahead)).collect();
            let (each, tested) = test(&dated, 0.2, 0.15, ahead).unwrap();
            let first = |ranges: &dyn Fn(usize) -> Range<usize>| {
                let days = (0..4).filter(|one| !ranges(*one).is_empty()).map(|one| series[one][ranges(one).start]);
                days.min().unwrap()
            };
            let (validation, test) = (first(&|one| each[one].validation.clone()), first(&|one| tested[one].clone()));
            for (one, spans) in each.iter().enumerate() {
                let last = |range: &Range<usize>| (!range.is_empty()).then(|| series[one][range.end - 1 + ahead]);
                assert!(last(&spans.training) <= Some(validation), "{one}");
                assert!(last(&spans.validation) <= Some(test), "{one}");
            }
            assert!(tested[2].is_empty() && each[3].training.is_empty() && !tested[3].is_empty());
            let count: usize = tested.iter().map(Range::len).sum();
            let all = windows(&dated) as f64;
            assert!((count as f64 / all - 0.2).abs() < 0.01, "{count} of {all}");
        }
    }
}
