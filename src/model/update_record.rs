//! The record of updates in a model file.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::evaluation::Coverage;
use super::reference::{MAX_REFERENCE, ReferenceReturn};
use super::training::{close_sum, data_sha256};
use fourcast_prices::{Covariates, PriceSeries};

/// The updates of a model since it was trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UpdateRecord {
    /// The number of updates.
    pub count: usize,
    /// The last day of the last update.
    pub until: Date,
    /// Rows that were added since the last training; for an update with epochs, these include its own rows.
    pub rows: usize,
    /// Outcomes in the recalibration map of each day ahead, including those of the test days of the training.
    pub outcomes: Vec<usize>,
    /// Returns of the rows up to the last day, by which the next update recognises the series. Absent from files of
    /// earlier versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reference: Vec<ReferenceReturn>,
    /// The rows up to the last day, by which the next update detects changed rows. Absent from files of earlier
    /// versions, and if it is not certain that the rows are those of the series.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<SeenRows>,
    /// The changes of the last update.
    pub last: Drift,
}

impl UpdateRecord {
    /// Checks that the record fits a model that forecasts this many days ahead. The error names the wrong value.
    pub(super) fn check(&self, days_ahead: usize) -> Result<(), String> {
        let Drift { widths: (before, after), .. } = self.last;
        if self.outcomes.len() != days_ahead {
            return Err("the outcomes of the update are not one number per day forecast".into());
        }
        if self.reference.len() > MAX_REFERENCE {
            return Err(format!("more than {MAX_REFERENCE} reference returns"));
        }
        let is_width = |width: f64| width >= 0.0 && width.is_finite();
        if is_width(before) && is_width(after) {
            Ok(())
        } else {
            Err("a width of the update is below zero or not finite".into())
        }
    }
}

/// The rows that an update used, up to its last day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeenRows {
    /// The first day.
    pub first: Date,
    /// SHA-256 of days, prices and volumes, in hexadecimal.
    pub sha256: String,
    /// Sum of the closes, as [`Training::close_sum`](super::Training::close_sum). Absent from files of earlier
    /// versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub close_sum: Option<f64>,
}

impl SeenRows {
    /// Returns the rows of a series from one day to another.
    pub(super) fn from(series: &PriceSeries, first: Date, until: Date) -> SeenRows {
        let rows = series.slice(series.between(first, until));
        // The covariates are left out, because values known ahead are added every day.
        let close_sum = Some(close_sum(&rows));
        SeenRows { first, sha256: data_sha256(&PriceSeries { covariates: Covariates::default(), ..rows }), close_sum }
    }
}

/// The change of a model's intervals with new rows, and the coverage of its old intervals on these rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    /// Number of new rows.
    pub rows: usize,
    /// Epochs of training on all rows; 0 if the weights did not change.
    pub epochs: usize,
    /// Widths of the 90 % interval of the first day ahead from the last row, by the model before and after, in prices.
    pub widths: (f64, f64),
    /// Number of outcomes of the first day ahead on the new rows.
    pub outcomes: usize,
    /// Fractions of these outcomes inside the intervals of the earlier model; `None` without outcomes.
    pub coverage: Option<Coverage>,
}

impl Drift {
    /// The relative change of the width: 0.1 is an interval that is wider by 10 %. Infinite if the interval was a
    /// single price, which is possible on a coarse grid, and no longer is.
    pub fn change(&self) -> f64 {
        let (before, after) = self.widths;
        if before == after { 0.0 } else { after / before - 1.0 }
    }
}
