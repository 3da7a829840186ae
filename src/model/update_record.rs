//! What an update has changed in a model: the record in its file.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::evaluation::Coverage;
use super::reference::{MAX_REFERENCE, ReferenceReturn};
use super::training::{close_sum, data_sha256};
use fourcast_prices::{Covariates, PriceSeries};

/// The updates of a model since it was trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UpdateRecord {
    /// How many there were.
    pub count: usize,
    /// The last day of the last one.
    pub until: Date,
    /// Rows that were added since the model was last trained; the rows of an update with epochs count among them.
    pub rows: usize,
    /// Outcomes in the recalibration map of each day ahead, those of the training's test days among them.
    pub outcomes: Vec<usize>,
    /// Returns of the rows up to the last day, by which the next update recognises the series. Absent from files of
    /// earlier versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reference: Vec<ReferenceReturn>,
    /// The rows up to the last day, by which the next update knows whether one has changed. Absent from files of
    /// earlier versions, and where the rows are not known to be those of the series.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<SeenRows>,
    /// What the last one changed.
    pub last: Drift,
}

impl UpdateRecord {
    /// Whether it fits a model that forecasts this many days ahead. The error says what is wrong.
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

/// The rows that an update was made with, up to its last day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeenRows {
    /// The first day.
    pub first: Date,
    /// SHA-256 of days, prices and volumes, in hexadecimal.
    pub sha256: String,
    /// Their sum, as [`Training::close_sum`](super::Training::close_sum). Absent from files of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub close_sum: Option<f64>,
}

impl SeenRows {
    /// Those of a series from one day to another.
    pub(super) fn from(series: &PriceSeries, first: Date, until: Date) -> SeenRows {
        let rows = series.slice(series.between(first, until));
        // Values of further columns that are known ahead are added with every day.
        let close_sum = Some(close_sum(&rows));
        SeenRows { first, sha256: data_sha256(&PriceSeries { covariates: Covariates::default(), ..rows }), close_sum }
    }
}

/// How the intervals of a model changed with new rows, and how its old intervals did on them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    /// New rows.
    pub rows: usize,
    /// Epochs of training on all rows; 0 where the weights did not change.
    pub epochs: usize,
    /// Widths of the 90 % interval of the first day ahead from the last row, by the model before and after, in prices.
    pub widths: (f64, f64),
    /// Outcomes of the first day ahead among the new rows.
    pub outcomes: usize,
    /// Fractions of them inside the intervals of the model before; none without outcomes.
    pub coverage: Option<Coverage>,
}

impl Drift {
    /// The relative change of the width: 0.1 is an interval that is wider by 10 %. Infinite for one that was a single
    /// price, as it may be on a coarse grid, and is not now.
    pub fn change(&self) -> f64 {
        let (before, after) = self.widths;
        if before == after { 0.0 } else { after / before - 1.0 }
    }
}
