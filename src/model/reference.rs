//! How a model recognises its series: by the returns of some of its days.
//!
//! A hash of the prices would not do: a vendor changes all adjusted closes with every dividend, and all closes with a
//! split. The returns of quoted closes stay, but for that of a split's day.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::prices::PriceSeries;
use crate::words::counted;

/// Days whose returns are kept, at most: the largest of each of the parts, and that of the last day.
pub(super) const MAX_REFERENCE: usize = PARTS + 1;
const PARTS: usize = 15;

/// Days that are enough to know a series by.
const NEEDED: usize = 3;

/// A difference of returns that two vendors may have: a share of the return, and beside it a difference, which is
/// smaller in series of small moves.
const RELATIVE: f64 = 0.1;
const ABSOLUTE: f64 = 1e-3;
const OF_USUAL: f64 = 0.25;

/// The return of a day.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ReferenceReturn {
    /// The day.
    pub date: Date,
    /// Its log return, of quoted closes.
    pub log_return: f64,
}

/// The first day at which the prices of a series differ from those that a model knows.
#[derive(Debug, Clone, PartialEq)]
pub struct PriceDifference {
    /// The day.
    pub date: Date,
    /// The log return that the model knows.
    pub expected: f64,
    /// That of the series; none where it has no row of the day.
    pub found: Option<f64>,
    /// How many of the days differ.
    pub different: usize,
    /// Days compared.
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

/// Why a series is not that of a model.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum Mismatch {
    /// The rows begin after the days of the model.
    #[error("they begin on {first}, and only {found} of the {of} days whose moves the model keeps come after it")]
    Late {
        /// The first row.
        first: Date,
        /// Days after it.
        found: usize,
        /// Days of the model.
        of: usize,
    },
    /// The prices moved otherwise.
    #[error("{0}")]
    Different(PriceDifference),
    /// Of a model that keeps no returns: the name or the number of rows differs, and the prices do.
    #[error("they are named '{name}' and have {} from {first} to {last}, expected the {expected} of '{series}'", counted(*.rows, "row"))]
    Rows {
        /// First day of the training.
        first: Date,
        /// Its last day.
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

impl Mismatch {
    /// Whether the rows are known to be those of another series, not only unknown.
    pub fn is_known(&self) -> bool {
        // A single day may have been corrected.
        matches!(self, Mismatch::Different(difference) if difference.of >= NEEDED)
    }
}

/// A log return as a change in per cent with its sign: with so many decimals, and more where it has fewer than two digits
/// in them.
pub(super) fn percent(log_return: f64, decimals: usize) -> String {
    const MAX_DECIMALS: f64 = 8.0;
    let percent = 100.0 * log_return.exp_m1();
    let two_digits = (1.0 - percent.abs().log10().floor()).clamp(0.0, MAX_DECIMALS) as usize;
    let decimals = if percent == 0.0 { decimals } else { decimals.max(two_digits) };
    format!("{percent:+.decimals$}")
}

/// The log return of a row that is not the first.
fn log_return(series: &PriceSeries, row: usize) -> f64 {
    (series.close[row] / series.close[row - 1]).ln()
}

/// Those of a series: the largest of each of its parts of equal length, which another series hardly shares, and the
/// last.
pub(super) fn reference_returns(series: &PriceSeries) -> Vec<ReferenceReturn> {
    let rows = series.len();
    let parts = PARTS.min(rows / 2);
    let of_row = |row: usize| ReferenceReturn { date: series.dates[row], log_return: log_return(series, row) };
    let is_known = |day: &ReferenceReturn| day.log_return.is_finite();
    let largest = |part: usize| {
        let days = (part * rows / parts).max(1)..(part + 1) * rows / parts;
        let known = days.map(of_row).filter(is_known);
        known.max_by(|one, other| one.log_return.abs().total_cmp(&other.log_return.abs()))
    };
    let mut returns: Vec<ReferenceReturn> = (0..parts).filter_map(largest).collect();
    let last = (rows > 1).then(|| of_row(rows - 1)).filter(is_known);
    returns.extend(last.filter(|last| returns.last().is_none_or(|day| day.date < last.date)));
    returns
}

/// Whether a series is that of a model: of the days after its first row half may differ, as where prices were not
/// adjusted for splits and now are. Gives the first that does.
pub(super) fn check(known: &[ReferenceReturn], series: &PriceSeries) -> Result<Option<PriceDifference>, Mismatch> {
    let Some(&first) = series.dates.first() else { return Ok(None) };
    let compared = &known[known.partition_point(|day| day.date <= first)..];
    let squares: f64 = known.iter().map(|day| day.log_return.powi(2)).sum();
    let absolute = ABSOLUTE.min(OF_USUAL * (squares / known.len().max(1) as f64).sqrt());
    let agrees = |expected: f64, found: f64| (found - expected).abs() <= RELATIVE * expected.abs() + absolute;
    let difference = |day: &ReferenceReturn| {
        let found = series.dates.binary_search(&day.date).ok().map(|row| log_return(series, row));
        (!found.is_some_and(|found| agrees(day.log_return, found))).then_some((*day, found))
    };
    let differences: Vec<_> = compared.iter().filter_map(difference).collect();
    let (different, of) = (differences.len(), compared.len());
    let difference = differences.first().map(|(day, found)| {
        let ReferenceReturn { date, log_return: expected } = *day;
        PriceDifference { date, expected, found: *found, different, of }
    });
    match difference {
        Some(difference) if 2 * different > of => Err(Mismatch::Different(difference)),
        _ if of < NEEDED.min(known.len()) => Err(Mismatch::Late { first, found: of, of: known.len() }),
        difference => Ok(difference),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;

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
        // The day of the split may be one of those compared.
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
        let late = check(&known, &all.slice(195..200)).unwrap_err().to_string();
        let expected = "they begin on 2020-07-14, and only 1 of the 16 days whose moves the model keeps come after it";
        assert_eq!(late, expected);
        // One day that differs refuses the rows, but does not show that they are of another series.
        let other = check(&known, &series(200, 1.0, 10.0).slice(195..200)).unwrap_err();
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
}
