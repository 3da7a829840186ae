//! What a model was trained on, and the losses of its training.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::reference::{ReferenceReturn, reference_returns};
use fourcast_base::files::checksum::hexadecimal;
use fourcast_nn::train::Outcome;
use fourcast_prices::{Calendar, Frequency, PriceSeries};

/// The data behind a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Training {
    /// The series.
    pub series: String,
    /// Rows of the file that were used.
    pub rows: usize,
    /// First day; `None` for simulated markets.
    pub first: Option<Date>,
    /// Last day; `None` for simulated markets.
    pub last: Option<Date>,
    /// The last training day of the model that the weights started from, if that day is later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inherited: Option<Date>,
    /// Number of training windows.
    pub training_windows: usize,
    /// Number of validation windows.
    pub validation_windows: usize,
    /// SHA-256 of the days and prices, in hexadecimal.
    pub data_sha256: String,
    /// Sum of the logarithms of the closes, added on even days and subtracted on odd days. A revised close changes it;
    /// a change in the last digits of a price hardly does. Absent from models of simulated markets or of several
    /// series, and from files of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub close_sum: Option<f64>,
    /// The columns of the file and the role of each.
    pub columns: Vec<(String, String)>,
    /// The name or number of the date column, if it was given.
    pub date_column: Option<String>,
    /// The name or number of the price column, if it was given.
    pub price_column: Option<String>,
    /// The exchange calendar, if it was given; otherwise absent from the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<Calendar>,
    /// The spacing of the rows. Absent from the file for daily rows.
    #[serde(default, skip_serializing_if = "Frequency::is_daily")]
    pub frequency: Frequency,
    /// Returns by which `update` recognises the series. Absent from models of simulated markets or of several series,
    /// and from files of earlier versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reference: Vec<ReferenceReturn>,
    /// The panel, if the model was trained on several series together: `series` is then their number, and `rows` the
    /// rows of all. Otherwise absent from the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub panel: Option<Panel>,
}

/// Maximum number of series that a card lists. The hash is computed over all series.
const MAX_LISTED: usize = 1000;

/// The series of a model that was trained on several together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Panel {
    /// The number of series.
    pub count: usize,
    /// The last origin of a training window. K is measured on each series up to this day, also on series that were not
    /// trained on (see [`BarVolatility`](fourcast_features::Unit::BarVolatility)). A series with too few rows up to it
    /// has the K of the card.
    pub bar_ratio_until: Date,
    /// The first 1,000 of the series.
    pub series: Vec<TrainedSeries>,
}

/// One of the series of a panel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrainedSeries {
    /// The name.
    pub name: String,
    /// The number of rows.
    pub rows: usize,
    /// The first day.
    pub first: Option<Date>,
    /// The last day.
    pub last: Option<Date>,
}

impl Training {
    /// The last day that the weights depend on; `None` for simulated markets.
    pub fn seen_until(&self) -> Option<Date> {
        self.last.max(self.inherited)
    }

    /// Returns the entry of a model of simulated markets, without dates and file.
    pub(super) fn simulated(series: String, rows: usize, training_windows: usize) -> Training {
        Training {
            series,
            rows,
            first: None,
            last: None,
            inherited: None,
            training_windows,
            validation_windows: 0,
            data_sha256: String::new(),
            close_sum: None,
            columns: Vec::new(),
            date_column: None,
            price_column: None,
            calendar: None,
            frequency: Frequency::Daily,
            reference: Vec::new(),
            panel: None,
        }
    }

    /// Returns the entry of a model of one series, without the fields that only the reader can fill in.
    pub(super) fn of(series: &PriceSeries, (training_windows, validation_windows): (usize, usize)) -> Training {
        Training {
            first: series.dates.first().copied(),
            last: series.dates.last().copied(),
            frequency: series.frequency,
            validation_windows,
            data_sha256: data_sha256(series),
            close_sum: Some(close_sum(series)),
            reference: reference_returns(series),
            ..Training::simulated(series.name.clone(), series.len(), training_windows)
        }
    }

    /// Returns the entry of a model of several series, at least one. K of each is measured up to the day `until`.
    pub(super) fn of_several(series: &[&PriceSeries], windows: (usize, usize), until: Date) -> Training {
        let (training_windows, validation_windows) = windows;
        let mut hash = Sha256::new();
        for one in series {
            // All hashes have the same length, so different lists of names and hashes give different texts.
            hash.update(data_sha256(one));
            hash.update(&one.name);
            hash.update([0]);
        }
        let trained = |one: &&PriceSeries| TrainedSeries {
            name: one.name.clone(),
            rows: one.len(),
            first: one.dates.first().copied(),
            last: one.dates.last().copied(),
        };
        let panel = Panel {
            count: series.len(),
            bar_ratio_until: until,
            series: series.iter().take(MAX_LISTED).map(trained).collect(),
        };
        let rows = series.iter().map(|one| one.len()).sum();
        Training {
            first: series.iter().filter_map(|one| one.dates.first().copied()).min(),
            last: series.iter().filter_map(|one| one.dates.last().copied()).max(),
            frequency: series.first().map_or(Frequency::Daily, |one| one.frequency),
            validation_windows,
            data_sha256: hexadecimal(hash),
            panel: Some(panel),
            ..Training::simulated(format!("{} series", series.len()), rows, training_windows)
        }
    }
}

/// Returns the SHA-256 of the days, prices and further columns of a series, in hexadecimal.
pub fn data_sha256(series: &PriceSeries) -> String {
    let mut hash = Sha256::new();
    for date in &series.dates {
        hash.update(date.to_string());
    }
    let range = series.range.iter().flat_map(|range| [&range.open, &range.high, &range.low]);
    for column in [&series.close, &series.adjusted].into_iter().chain(range).chain(&series.volume) {
        for value in column {
            hash.update(value.to_le_bytes());
        }
    }
    for value in series.covariates.numbers() {
        hash.update(value.to_le_bytes());
    }
    hexadecimal(hash)
}

/// Returns the sum for [`Training::close_sum`]. A close of zero adds nothing.
pub(super) fn close_sum(series: &PriceSeries) -> f64 {
    let rows = series.dates.iter().zip(&series.close).filter(|(_, close)| **close != 0.0);
    let signed = rows.map(|(date, close)| {
        let log = close.abs().ln();
        if Frequency::Daily.period(*date) % 2 == 0 { log } else { -log }
    });
    signed.sum()
}

/// Whether two such sums are of the same closes. Data feeds can differ in the last digits.
pub(super) fn are_equal_sums(one: f64, other: f64) -> bool {
    const TOLERANCE: f64 = 1e-5;
    (one - other).abs() <= TOLERANCE
}

/// The progress of a fit that its observer stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoppedFit {
    /// Epochs run, over all networks.
    pub epochs: usize,
    /// The maximum number of epochs planned.
    pub planned: usize,
    /// Networks in the model.
    pub networks: usize,
    /// Networks planned.
    pub planned_networks: usize,
}

impl fmt::Display for StoppedFit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let StoppedFit { epochs, planned, networks, planned_networks } = self;
        write!(f, "after {epochs} of at most {planned} epochs over all networks")?;
        if networks < planned_networks { write!(f, ", with {networks} of {planned_networks} networks") } else { Ok(()) }
    }
}

/// Losses of the fit, averaged over the ensemble.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Losses {
    /// On the training windows, in the epoch of the final weights.
    pub train: f64,
    /// On the validation windows; without any, on the test days of the test fit.
    pub valid: Option<f64>,
    /// Epochs run, per member.
    pub epochs: Vec<usize>,
    /// Epochs of the final weights, per member.
    pub best_epochs: Vec<usize>,
    /// The progress of the training, if it was interrupted; otherwise absent from the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interrupted: Option<StoppedFit>,
}

impl Losses {
    /// Returns the means over the members of an ensemble.
    pub(super) fn of(outcomes: &[&Outcome]) -> Losses {
        let mean = |sum: f64| sum / outcomes.len() as f64;
        Losses {
            train: mean(outcomes.iter().map(|outcome| outcome.best.train_loss).sum()),
            valid: outcomes.iter().map(|outcome| outcome.best.valid_loss).sum::<Option<f64>>().map(mean),
            epochs: outcomes.iter().map(|outcome| outcome.epochs).collect(),
            best_epochs: outcomes.iter().map(|outcome| outcome.best.epoch).collect(),
            interrupted: None,
        }
    }
}
