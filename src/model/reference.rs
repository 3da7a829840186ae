//! How a model knows its series again: by the returns of some of its days.
//!
//! A hash of the prices would not do: a vendor changes all adjusted closes with every dividend, and all closes with a split.
//! The returns of quoted closes stay, but for that of a split's day.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::prices::PriceSeries;
use crate::words::counted;

/// Days whose returns are kept, at most.
const DAYS: usize = 16;

/// A difference of returns that two vendors may have, as a share of the return, and beside it.
const RELATIVE: f64 = 0.1;
const ABSOLUTE: f64 = 1e-3;

/// The return of a day.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ReferenceReturn {
    /// The day.
    pub date: Date,
    /// Its log return, of quoted closes.
    pub log_return: f64,
}

/// Why a series is not that of a model.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum Mismatch {
    /// The series does not have the days of the model.
    #[error("{missing} of {of} days compared are not in the rows, {date} the first of them")]
    Missing {
        /// The first that it does not have.
        date: Date,
        /// How many of the days it does not have.
        missing: usize,
        /// Days compared.
        of: usize,
    },
    /// The prices moved otherwise.
    #[error(
        "the close moved by {:+.2} %, expected {:+.2} %, and {different} of {of} days compared differ",
        percent(*.found), percent(*.expected)
    )]
    Different {
        /// The first day at which they did.
        date: Date,
        /// The log return of the model's series.
        expected: f64,
        /// That of this series.
        found: f64,
        /// How many of the days differ.
        different: usize,
        /// Days compared.
        of: usize,
    },
    /// Of a model that keeps no returns: the name differs, and the prices do, or the number of rows.
    #[error("{} from {first} to {last} under the name '{name}', expected {expected} under its name, or the same prices", counted(*.rows, "row"))]
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
    },
}

/// A log return as a change in per cent.
fn percent(log_return: f64) -> f64 {
    100.0 * log_return.exp_m1()
}

/// The log return of a row that is not the first.
fn log_return(series: &PriceSeries, row: usize) -> f64 {
    (series.close[row] / series.close[row - 1]).ln()
}

/// Those of a series: the largest of each of its parts of equal length, which another series hardly shares.
pub(super) fn reference_returns(series: &PriceSeries) -> Vec<ReferenceReturn> {
    let rows = series.len();
    let parts = DAYS.min(rows / 2);
    let largest = |part: usize| {
        let days = (part * rows / parts).max(1)..(part + 1) * rows / parts;
        let known = days.map(|row| ReferenceReturn { date: series.dates[row], log_return: log_return(series, row) });
        let known = known.filter(|day| day.log_return.is_finite());
        known.max_by(|one, other| one.log_return.abs().total_cmp(&other.log_return.abs()))
    };
    (0..parts).filter_map(largest).collect()
}

/// Whether a series is that of a model: a quarter of the days may be missing, and half of the others may differ, as where
/// the prices were not adjusted for splits and now are.
pub(super) fn check(known: &[ReferenceReturn], series: &PriceSeries) -> Result<(), Mismatch> {
    let row = |day: &ReferenceReturn| series.dates.binary_search(&day.date).ok().filter(|row| *row > 0);
    let missing: Vec<&ReferenceReturn> = known.iter().filter(|day| row(day).is_none()).collect();
    if let Some(first) = missing.first().filter(|_| missing.len() * 4 > known.len()) {
        return Err(Mismatch::Missing { date: first.date, missing: missing.len(), of: known.len() });
    }
    let compared: Vec<_> = known.iter().filter_map(|day| Some((day, log_return(series, row(day)?)))).collect();
    let agrees = |expected: f64, found: f64| (found - expected).abs() <= RELATIVE * expected.abs() + ABSOLUTE;
    let different: Vec<_> = compared.iter().filter(|(day, found)| !agrees(day.log_return, *found)).collect();
    match different.first().filter(|_| different.len() * 2 > compared.len()) {
        None => Ok(()),
        Some(&&(day, found)) => Err(Mismatch::Different {
            date: day.date,
            expected: day.log_return,
            found,
            different: different.len(),
            of: compared.len(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;

    fn series(rows: usize, phase: f64) -> PriceSeries {
        let first = jiff::civil::date(2020, 1, 1);
        let dates = (0..rows).map(|day| first.saturating_add((day as i64).days())).collect();
        let close: Vec<f64> = (0..rows).map(|day| 100.0 + 10.0 * (day as f64 * 1.7 + phase).sin()).collect();
        PriceSeries { dates, adjusted: close.clone(), close, ..PriceSeries::default() }
    }

    #[test]
    fn a_series_is_known_again_with_new_rows_a_split_and_a_factor() {
        let known = reference_returns(&series(200, 0.0));
        assert_eq!(known.len(), 16);
        let mut later = series(260, 0.0);
        later.close[..150].iter_mut().for_each(|close| *close /= 4.0);
        assert_eq!(check(&known, &later), Ok(()));
        assert_eq!(check(&known[..0], &later), Ok(()));
        for rows in 0..40 {
            assert_eq!(check(&reference_returns(&series(rows, 0.0)), &later), Ok(()), "{rows}");
        }
    }

    #[test]
    fn another_series_is_not_taken_for_it() {
        let known = reference_returns(&series(200, 0.0));
        let differs = check(&known, &series(200, 1.0));
        assert!(matches!(differs, Err(Mismatch::Different { different, of: 16, .. }) if different > 12), "{differs:?}");
        let late = series(200, 0.0).slice(100..200);
        let missing = check(&known, &late);
        assert!(matches!(missing, Err(Mismatch::Missing { date, missing: 8, of: 16 }) if date == known[0].date));
    }
}
