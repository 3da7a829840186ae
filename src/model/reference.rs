//! Recognises the series of a model by the returns of some of its days.
//!
//! A hash of the prices would not serve: a vendor changes all adjusted closes with every dividend, and all closes with
//! a split. The returns of quoted closes stay the same, except on the day of a split.

use std::fmt;

use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::moves::{MoveTolerance, Rounding};
use fourcast_base::words::{counted, join};
use fourcast_prices::{Frequency, PriceSeries};

/// Maximum number of days whose returns are kept: the last days, which detect that rows of the last update were
/// replaced, and the day with the largest return in each of the parts before them.
pub(super) const MAX_REFERENCE: usize = PARTS + RECENT;
const PARTS: usize = 8;
const RECENT: usize = 8;

/// The number of days that is enough to recognise a series.
const NEEDED: usize = 3;

/// The number of rows before the compared days that an error suggests: more than the inputs of a usual window need.
const HISTORY: usize = 40;

/// Returns a day that is at least this many rows before `day`.
pub(super) fn rows_before(day: Date, rows: usize, frequency: Frequency) -> Date {
    // Two days per week without trade, and one or two holidays.
    let days = match frequency {
        Frequency::Daily => (1.4 * rows as f64).ceil() + 5.0,
        Frequency::Weekly => 7.0 * (rows + 1) as f64,
        Frequency::Monthly => 31.0 * (rows + 1) as f64,
    };
    day.saturating_sub((days as i64).days())
}

/// The return of a day.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ReferenceReturn {
    /// The day.
    pub date: Date,
    /// The log return of quoted closes.
    pub log_return: f64,
}

/// The first day on which the prices of a series differ from those of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct PriceDifference {
    /// The day.
    pub date: Date,
    /// The log return that the model keeps.
    pub expected: f64,
    /// The log return of the series; `None` if it has no row on the day.
    pub found: Option<f64>,
    /// The number of days that differ.
    pub different: usize,
    /// The number of days compared.
    pub of: usize,
}

impl fmt::Display for PriceDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PriceDifference { date, different, of, .. } = self;
        let (expected, differ) = (percent(self.expected, 2), if *different == 1 { "differs" } else { "differ" });
        write!(f, "{different} of {} compared {differ}: ", counted(*of, "day"))?;
        match self.found.map(|found| percent(found, 2)) {
            Some(found) => write!(f, "the close of {date} moved by {found} %, expected {expected} %"),
            None => write!(f, "no row of {date}, expected a close that moved by {expected} %"),
        }
    }
}

/// Why a series is not the series of a model.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum Mismatch {
    /// The rows begin after the days of the model.
    #[error(
        "they begin on {first} and contain only {found} of the {of} days whose returns the model stores, expected at least {NEEDED}: rows from before {needed} are required"
    )]
    Late {
        /// The first row.
        first: Date,
        /// The number of the model's days after it.
        found: usize,
        /// The number of days that the model keeps.
        of: usize,
        /// The day before which the rows must begin.
        needed: Date,
        /// A first day that gives enough rows, including those for the inputs of new days.
        begin: Date,
    },
    /// The prices equal those of the model up to some day, and moved differently after it.
    #[error("{} of the last {last} of {} compared differ: {}", .days.len(), counted(*.of, "day"), moves(.days))]
    Replaced {
        /// The days that differ, each with the log return in the model and the log return of the series.
        days: Vec<Moves>,
        /// The number of days from the first of them on.
        last: usize,
        /// The number of days compared.
        of: usize,
    },
    /// The prices moved differently.
    #[error("{0}")]
    Different(PriceDifference),
    /// The model keeps no returns, and the prices and the name or the number of rows differ.
    #[error("they are named '{name}' and have {} from {first} to {last}, expected the {expected} of '{series}'", counted(*.rows, "row"))]
    Rows {
        /// First day of the training.
        first: Date,
        /// The last day of the training.
        last: Date,
        /// Rows of this series.
        rows: usize,
        /// Rows of the training.
        expected: usize,
        /// Name of this series.
        name: String,
        /// Name of the model's series.
        series: String,
    },
}

/// A day, with its log return in a model and in a series.
type Moves = (Date, f64, f64);

/// Returns the first few moves as text.
fn moves(days: &[Moves]) -> String {
    const MAX_MOVES: usize = 3;
    let one = |(date, expected, found): &Moves| {
        format!("on {date} by {} %, not {} %", percent(*found, 2), percent(*expected, 2))
    };
    let mut all: Vec<String> = days.iter().take(MAX_MOVES).map(one).collect();
    if days.len() > MAX_MOVES {
        all.push(format!("{} more", days.len() - MAX_MOVES));
    }
    format!("the closes moved {}", join(&all, "and"))
}

impl Mismatch {
    /// Whether it is certain that the rows belong to another series.
    pub fn is_known(&self) -> bool {
        // A single different day can be a correction.
        match self {
            Mismatch::Different(difference) => difference.of >= NEEDED,
            Mismatch::Replaced { .. } => true,
            Mismatch::Late { .. } | Mismatch::Rows { .. } => false,
        }
    }
}

/// Returns a log return as a change in per cent with its sign: with this many decimals, or more if these would show
/// fewer than two digits.
pub(super) fn percent(log_return: f64, decimals: usize) -> String {
    const MAX_DECIMALS: f64 = 8.0;
    let percent = 100.0 * log_return.exp_m1();
    let two_digits = (1.0 - percent.abs().log10().floor()).clamp(0.0, MAX_DECIMALS) as usize;
    let decimals = if percent == 0.0 { decimals } else { decimals.max(two_digits) };
    format!("{percent:+.decimals$}")
}

/// Returns the log return of a row that is not the first.
fn log_return(series: &PriceSeries, row: usize) -> f64 {
    (series.close[row] / series.close[row - 1]).ln()
}

/// Returns the reference returns of a series: those of its last rows, and the largest return of each of several equal
/// parts before them, which another series is unlikely to share.
pub(super) fn reference_returns(series: &PriceSeries) -> Vec<ReferenceReturn> {
    let recent = series.len().saturating_sub(RECENT).max(1);
    let parts = PARTS.min(recent / 2);
    let of_row = |row: usize| ReferenceReturn { date: series.dates[row], log_return: log_return(series, row) };
    let is_known = |day: &ReferenceReturn| day.log_return.is_finite();
    let largest = |part: usize| {
        let days = (part * recent / parts).max(1)..(part + 1) * recent / parts;
        let known = days.map(of_row).filter(is_known);
        known.max_by(|one, other| one.log_return.abs().total_cmp(&other.log_return.abs()))
    };
    let last = (recent..series.len()).map(of_row).filter(is_known);
    (0..parts).filter_map(largest).chain(last).collect()
}

/// A day whose return differs, and the return of the series; `None` if the series has no row on the day.
type Different = (ReferenceReturn, Option<f64>);

/// Checks that a series is that of a model, and returns the first day that differs. Of the days between its first and
/// its last row, up to half can differ, for example if prices are now adjusted for splits and were not before. It is an
/// error if most of the last days differ by large amounts.
pub(super) fn check(known: &[ReferenceReturn], series: &PriceSeries) -> Result<Option<PriceDifference>, Mismatch> {
    let (Some(&first), Some(&last)) = (series.dates.first(), series.dates.last()) else { return Ok(None) };
    let period = |date: Date| series.frequency.period(date);
    let up_to = |date: Date| known.partition_point(|day| period(day.date) <= period(date));
    // Days after the end of the file are not compared.
    let (end, all) = (up_to(last), known);
    let (known, compared) = (&known[..end], &known[up_to(first).min(end)..end]);
    let (tolerance, rounding) = (MoveTolerance::of(all.iter().map(|day| day.log_return)), Rounding::of(&series.close));
    let agrees = |expected: f64, row: usize| {
        let rounding = rounding.of_log(series.close[row]) + rounding.of_log(series.close[row - 1]);
        tolerance.agrees(expected, log_return(series, row), rounding)
    };
    let difference = |day: &ReferenceReturn| {
        // Vendors date a week by its first day, its last day or its last session.
        let row = series.dates.partition_point(|date| period(*date) < period(day.date));
        let row = Some(row).filter(|row| series.dates.get(*row).is_some_and(|date| period(*date) == period(day.date)));
        let is_known = row.is_some_and(|row| agrees(day.log_return, row));
        (!is_known).then(|| (*day, row.map(|row| log_return(series, row))))
    };
    let each: Vec<Option<Different>> = compared.iter().map(difference).collect();
    let differences: Vec<Different> = each.iter().flatten().copied().collect();
    let (different, of) = (differences.len(), compared.len());
    let difference = differences.first().map(|(day, found)| {
        let ReferenceReturn { date, log_return: expected } = *day;
        PriceDifference { date, expected, found: *found, different, of }
    });
    match difference {
        Some(difference) if 2 * different > of => Err(Mismatch::Different(difference)),
        _ if of < NEEDED.min(known.len()) => {
            let needed = known[known.len() - NEEDED.min(known.len())].date;
            let begin = rows_before(needed, HISTORY, series.frequency);
            Err(Mismatch::Late { first, found: of, of: all.len(), needed, begin })
        }
        difference => replaced(&each).map_or(Ok(difference), |(days, last)| Err(Mismatch::Replaced { days, last, of })),
    }
}

/// The result of comparing the moves of a series with those of a model.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Recognised {
    /// The moves are those of the model's series.
    Same,
    /// Too few days were compared.
    Unknown,
    /// The moves are those of another series.
    Different(Mismatch),
}

/// Compares a series with that of a model for a forecast. Unlike an update, a forecast can be of another series.
pub(super) fn recognise(known: &[ReferenceReturn], series: &PriceSeries) -> Recognised {
    let span = series.dates.first().zip(series.dates.last());
    let period = |date: Date| series.frequency.period(date);
    let is_within =
        |date: Date| span.is_some_and(|(first, last)| period(*first) < period(date) && period(date) <= period(*last));
    let compared = known.iter().filter(|day| is_within(day.date));
    match check(known, series) {
        Err(mismatch) if mismatch.is_known() => Recognised::Different(mismatch),
        Ok(_) if compared.count() >= NEEDED => Recognised::Same,
        _ => Recognised::Unknown,
    }
}

/// Returns the moves that differ among the last of the compared days, and the number of these days, if their rows are
/// of another series: at least [`NEEDED`] days differ, at most one in four agrees by chance, and two in three of those
/// that differ do so by more than half of the larger move. Neither rounding nor another time of the close explains such
/// differences.
fn replaced(each: &[Option<Different>]) -> Option<(Vec<Moves>, usize)> {
    let is_replaced = |start: &usize| {
        let days = &each[*start..];
        let differ = days.iter().flatten().count();
        let is_far = |(day, found): &&Different| {
            found.is_some_and(|found| (found - day.log_return).abs() > 0.5 * found.abs().max(day.log_return.abs()))
        };
        let far = days.iter().flatten().filter(is_far).count();
        let has_rows = days.iter().flatten().all(|(_, found)| found.is_some());
        has_rows && days[0].is_some() && differ >= NEEDED && 4 * differ >= 3 * days.len() && 3 * far >= 2 * differ
    };
    let start = (0..each.len()).find(is_replaced)?;
    let moves = |(day, found): &Different| Some((day.date, day.log_return, (*found)?));
    Some((each[start..].iter().flatten().filter_map(moves).collect(), each.len() - start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(rows: usize, phase: f64, size: f64) -> PriceSeries {
        let first = jiff::civil::date(2020, 1, 1);
        let dates = (0..rows).map(|day| first.saturating_add((day as i64).days())).collect();
        let close: Vec<f64> = (0..rows).map(|day| 100.0 + size * (day as f64 * 1.7 + phase).sin()).collect();
        PriceSeries { dates, adjusted: close.clone(), close, ..PriceSeries::default() }
    }

    #[test]
    fn small_moves_have_digits() {
        for (log_return, text) in
            [(0.0, "+0.00"), (1e-5, "+0.0010"), (-2e-12, "-0.00000000"), (0.05, "+5.13"), (3.0, "+1908.55")]
        {
            assert_eq!(percent(log_return, 2), text);
        }
    }

    #[test]
    fn a_series_is_known_again_with_new_rows_a_split_and_a_factor() {
        let known = reference_returns(&series(200, 0.0, 10.0));
        assert_eq!(known.len(), 16);
        let mut later = series(260, 0.0, 10.0);
        assert_eq!(check(&known, &later), Ok(None));
        // The day of the split can be one of the days compared.
        later.close[..150].iter_mut().for_each(|close| *close /= 4.0);
        assert!(check(&known, &later).is_ok());
        assert_eq!(check(&known, &later.slice(170..260)), Ok(None));
        assert_eq!(check(&known[..0], &later), Ok(None));
        for rows in 0..40 {
            assert_eq!(check(&reference_returns(&series(rows, 0.0, 10.0)), &series(60, 0.0, 10.0)), Ok(None), "{rows}");
        }
    }

    #[test]
    fn another_series_is_not_taken_for_it() {
        for size in [10.0, 0.01] {
            let known = reference_returns(&series(200, 0.0, size));
            let differs = check(&known, &series(200, 1.0, size));
            let Err(Mismatch::Different(PriceDifference { different, of: 16, .. })) = differs else {
                panic!("{size}: {differs:?}");
            };
            assert!(different > 12, "{size}: {different}");
        }
    }

    #[test]
    fn rows_that_begin_late_are_not_compared_and_corrections_are_named() {
        let all = series(200, 0.0, 10.0);
        let known = reference_returns(&all);
        let late = check(&known, &all.slice(198..200)).unwrap_err().to_string();
        let expected = "they begin on 2020-07-17 and contain only 1 of the 16 days whose returns the model stores, expected at \
                        least 3: rows from before 2020-07-16 are required";
        assert_eq!(late, expected);
        assert_eq!(check(&known, &all.slice(196..200)), Ok(None));
        // One day that differs causes an error, but does not show that the rows belong to another series.
        let other = check(&known, &series(200, 1.0, 10.0).slice(198..200)).unwrap_err();
        assert!(matches!(other, Mismatch::Different(PriceDifference { different: 1, of: 1, .. })) && !other.is_known());
        assert!(check(&known, &series(200, 1.0, 10.0)).unwrap_err().is_known());
        let mut corrected = all.clone();
        corrected.close[199] *= 1.03;
        let difference = check(&known, &corrected).unwrap().unwrap();
        assert!(
            difference.date == all.dates[199]
                && difference.to_string().starts_with("1 of 16 days compared differs: the close of 2020-")
        );
        let without = [all.dates[..150].to_vec(), all.dates[160..].to_vec()].concat();
        let close = [&all.close[..150], &all.close[160..]].concat();
        let gap = PriceSeries { dates: without, adjusted: close.clone(), close, ..PriceSeries::default() };
        assert!(check(&known, &gap).unwrap().unwrap().to_string().contains(": no row of 2020-0"));
    }

    /// A factor of all prices is a split; a few days before the end of a series show no other series.
    #[test]
    fn a_series_to_forecast_is_recognised_where_days_are_compared() {
        let all = series(200, 0.0, 10.0);
        let known = reference_returns(&all);
        let mut split = all.clone();
        split.close.iter_mut().for_each(|close| *close /= 4.0);
        let other = series(200, 1.0, 10.0);
        for (one, expected) in [(&all, true), (&split, true), (&all.slice(150..200), true), (&all.slice(0..120), true)]
        {
            assert_eq!(recognise(&known, one) == Recognised::Same, expected);
        }
        assert!(matches!(recognise(&known, &other), Recognised::Different(Mismatch::Different(_))));
        assert!(matches!(recognise(&known, &other.slice(150..200)), Recognised::Different(_)));
        for unknown in [other.slice(198..200), all.slice(198..200), other.slice(0..2), all.slice(0..2)] {
            assert_eq!(recognise(&known, &unknown), Recognised::Unknown);
        }
        assert_eq!(recognise(&[], &other), Recognised::Unknown);
    }

    /// Prices with other decimals at a low price, and weeks dated by another of their days.
    #[test]
    fn other_decimals_and_other_days_of_a_week_are_of_the_same_series() {
        let low = |scale: f64| {
            let mut low = series(200, 0.0, 2.0);
            low.close.iter_mut().for_each(|close| *close = (*close * 0.007 * scale).round() / scale);
            low
        };
        let (fine, cents) = (low(1e4), low(100.0));
        let known = reference_returns(&fine);
        assert_eq!(check(&known, &cents), Ok(None));
        assert!(matches!(recognise(&known, &series(200, 1.0, 10.0)), Recognised::Different(_)));

        let weeks = |weekday: i64| {
            let mut weeks = series(200, 0.0, 10.0);
            let monday = jiff::civil::date(2020, 1, 6);
            weeks.dates = (0..200).map(|week| monday.saturating_add((7 * week + weekday).days())).collect();
            weeks.frequency = Frequency::Weekly;
            weeks
        };
        let known = reference_returns(&weeks(4));
        for weekday in [0, 3, 4, 6] {
            assert_eq!(check(&known, &weeks(weekday)), Ok(None), "{weekday}");
            assert_eq!(recognise(&known, &weeks(weekday).slice(180..200)), Recognised::Same, "{weekday}");
        }
    }

    /// The rows of a file that ends before those of the model are compared up to its end.
    #[test]
    fn days_after_the_end_of_a_file_are_not_compared() {
        let all = series(200, 0.0, 10.0);
        let known = reference_returns(&all);
        for rows in [2, 60, 150, 195, 199] {
            assert_eq!(check(&known, &all.slice(0..rows)), Ok(None), "{rows}");
        }
        assert!(check(&known, &series(199, 1.0, 10.0)).unwrap_err().is_known());
    }

    /// All of the last rows of the last update are kept, so that a replacement of these rows is found: rows of another
    /// series are refused, a revision and a coarser rounding are not.
    #[test]
    fn recent_rows_of_another_series_are_refused() {
        let all = series(200, 0.0, 10.0);
        let known = reference_returns(&all);
        assert_eq!(known.len(), MAX_REFERENCE);
        assert!(known[PARTS..].iter().map(|day| day.date).eq(all.dates[192..].iter().copied()));
        let other = series(200, 1.1, 10.0);
        let replaced = |rows: usize| {
            let mut changed = all.clone();
            changed.close[200 - rows..].copy_from_slice(&other.close[200 - rows..]);
            check(&known, &changed)
        };
        for rows in 3..=7 {
            let mismatch = replaced(rows).unwrap_err();
            assert!(mismatch.is_known(), "{rows}");
            // One of the days agrees by chance.
            let Mismatch::Replaced { days, last, of: 16 } = &mismatch else { panic!("{rows}: {mismatch}") };
            assert!(days.len() >= 3 && days.len() + 1 >= *last && *last <= rows, "{rows}: {mismatch}");
        }
        assert!(replaced(2).unwrap().is_some());
        let text = replaced(5).unwrap_err().to_string();
        assert!(
            text.starts_with("4 of the last 5 of 16 days compared differ: the closes moved on 2020-07-14 by "),
            "{text}"
        );
        assert!(text.contains(" %, not ") && text.ends_with(" and 1 more"), "{text}");
        // Closes of another time of the day, and closes with a tick of a fiftieth of the price.
        let mut later = all.clone();
        later.close[190..]
            .iter_mut()
            .zip((190..).map(|row| 1.0 + 0.01 * f64::from(row).cos()))
            .for_each(|(close, by)| *close *= by);
        assert!(check(&known, &later).unwrap().is_some());
        let mut coarse = all.clone();
        coarse.close.iter_mut().for_each(|close| *close = (*close / 2.0).round() * 2.0);
        assert!(check(&known, &coarse).is_ok());
        // Days without rows are a gap.
        let gap = PriceSeries {
            dates: [&all.dates[..192], &all.dates[198..]].concat(),
            close: [&all.close[..192], &all.close[198..]].concat(),
            adjusted: [&all.close[..192], &all.close[198..]].concat(),
            ..PriceSeries::default()
        };
        assert!(check(&known, &gap).unwrap().is_some());
    }
}
