//! The metadata of a model.

use std::borrow::Cow;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::calibration::Calibration;
use super::checksum::hexadecimal;
use super::config::{Config, LossKind};
use super::file::FORMAT_VERSION;
use super::reference::{MAX_REFERENCE, ReferenceReturn, reference_returns};
use super::skew::{MAX_ASYMMETRY, MAX_SHIFT, Skew};
use super::uncalibrated::Uncalibrated;
use super::update_record::UpdateRecord;
use crate::features::{Scaler, Target};
use crate::nn::Topology;
use crate::nn::loss::{MAX_NU, StudentT};
use crate::nn::train::Outcome;
use crate::prices::{Calendar, Frequency, PriceSeries};
use crate::words::counted;

/// Everything about a model but its weights. Stored as JSON in the file's metadata; without clock times, so that equal
/// inputs give equal bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// Version of the file's format.
    pub format_version: u32,
    /// Version of the program that wrote it.
    pub program_version: String,
    /// Configuration.
    pub config: Config,
    /// One per input, from the training rows only.
    pub input_scalers: Vec<Scaler>,
    /// Of the target; the identity for returns.
    pub target_scaler: Scaler,
    /// Distributions of the residuals, for losses without a predictive distribution. One per day ahead; empty for the
    /// others.
    pub residuals: Vec<Residuals>,
    /// Initial variance: the mean square daily return of the training rows, for series too short to measure one.
    #[serde(alias = "typical")]
    pub initial_variance: f64,
    /// K of the rows trained on (see [`BarVolatility`](crate::features::Unit::BarVolatility)).
    #[serde(default = "one")]
    pub bar_ratio: f64,
    /// Baseline error: the mean of the standardised absolute errors (see
    /// [`ErrorScale`](super::calibration::ErrorScale::of)) of the first step over the training windows. None in files
    /// written before it was measured: widths are then not scaled.
    #[serde(default, alias = "usual_surprise")]
    pub baseline_error: Option<f64>,
    /// Calibration by unseen days.
    #[serde(default)]
    pub calibration: Option<Calibration>,
    /// Why there is no calibration. None in files of earlier versions, and for simulated markets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uncalibrated: Option<Uncalibrated>,
    /// Where the weights started.
    #[serde(default)]
    pub start: InitialWeights,
    /// The day on which adjusted closes computed by the reader equal the quotes. Used for price levels only.
    #[serde(default, skip_serializing_if = "Basis::is_last_day")]
    pub basis: Basis,
    /// The skewness of each day ahead that the network has outputs for; empty for none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skew: Vec<Skew>,
    /// The updates since it was trained. Absent from the file without any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update: Option<UpdateRecord>,
    /// What it was trained on.
    pub training: Training,
    /// Losses of the training.
    pub losses: Losses,
    /// Accuracy of the same configuration on unseen days.
    pub evaluation: Option<Evaluation>,
}

impl Card {
    /// Of networks that start at random and forecast returns, before evaluation.
    pub(super) fn new(
        config: &Config,
        input_scalers: Vec<Scaler>,
        initial_variance: f64,
        training: Training,
        losses: Losses,
    ) -> Card {
        Card {
            format_version: FORMAT_VERSION,
            program_version: env!("CARGO_PKG_VERSION").into(),
            config: config.clone(),
            input_scalers,
            target_scaler: Scaler::IDENTITY,
            residuals: Vec::new(),
            initial_variance,
            bar_ratio: one(),
            baseline_error: None,
            calibration: None,
            uncalibrated: None,
            skew: Vec::new(),
            start: InitialWeights::Random,
            basis: if config.target == Target::Price { Basis::FirstDay } else { Basis::LastDay },
            update: None,
            training,
            losses,
            evaluation: None,
        }
    }

    /// The factor of widths for what a network that started at random cannot know of the scale of returns over many
    /// days: it has seen n / h of them that do not overlap, and the quantiles of a distribution whose scale is
    /// estimated on so many values lie farther out by a fraction of about h / n. Pretrained networks have seen many
    /// markets.
    pub(super) fn uncertainty(&self, ahead: usize) -> f64 {
        let Card { config, start, training, .. } = self;
        let estimated = !config.nodes.is_empty() && *start == InitialWeights::Random;
        if estimated { 1.0 + ahead as f64 / training.training_windows.max(1) as f64 } else { 1.0 }
    }

    /// Checks values that an edited file could have: sizes beyond memory, scales that are not finite. The error says
    /// what is wrong.
    pub(super) fn check(&self) -> Result<(), String> {
        let config = &self.config;
        let sizes = [
            ("window", config.window, MAX_DAYS),
            ("horizon", config.horizon, MAX_DAYS),
            ("hidden", config.hidden, MAX_HIDDEN),
            ("layers", config.layers, MAX_LAYERS),
            ("ensemble", config.ensemble, MAX_MEMBERS),
        ];
        for (name, size, most) in sizes {
            if !(1..=most).contains(&size) {
                return Err(format!("{name} is {size}, expected 1 to {most}"));
            }
        }
        if config.topology == Topology::OneToMany && config.window != 1 {
            return Err(format!("window is {}, expected 1 for one-to-many", config.window));
        }
        let nodes = &config.nodes;
        let many = config.topology == Topology::ManyToOne && nodes.last() == Some(&config.horizon);
        if !(nodes.is_empty() || many && nodes[0] == 1 && nodes.is_sorted_by(|one, next| one < next)) {
            let count = counted(nodes.len(), "node");
            return Err(format!("{count} that are not days from 1 to the horizon, {}, in order", config.horizon));
        }
        if config.loss == LossKind::Mse && self.residuals.len() != config.horizons().len() {
            let residuals = counted(self.residuals.len(), "residual");
            return Err(format!("{residuals}, expected one per day forecast"));
        }
        if config.inputs.is_empty() || config.input_count() != self.input_scalers.len() {
            let (inputs, scalers) = (config.input_count(), self.input_scalers.len());
            return Err(format!("{} and {}", counted(inputs, "input"), counted(scalers, "scaler")));
        }
        self.check_counts()?;
        self.check_dates()?;
        config.check_sizes().map_err(|oversize| oversize.to_string())?;
        config.check_training().map_err(|wrong| wrong.to_string())?;
        let Losses { epochs, best_epochs, .. } = &self.losses;
        if epochs.len().max(best_epochs.len()) > MAX_MEMBERS {
            return Err("losses of more networks than a model has".into());
        }
        if self.training.reference.len() > MAX_REFERENCE {
            return Err(format!("more than {MAX_REFERENCE} reference returns"));
        }
        if config.loss == LossKind::StudentT && !self.residuals.is_empty() {
            return Err(format!("{}, expected none", counted(self.residuals.len(), "residual")));
        }
        let proper =
            |scaler: &Scaler| scaler.mean.abs() <= MAX_SCALE && is_scale(scaler.deviation) && is_scale(scaler.gain);
        if !self.input_scalers.iter().chain([&self.target_scaler]).all(proper) {
            return Err("a scaler is not finite or does not scale".into());
        }
        let steps = config.horizons().len();
        if let Some(Calibration { levels, .. }) = &self.calibration
            && (levels.len() != steps || !levels.iter().all(|map| map.is_proper()))
        {
            return Err("the calibration's levels are not one non-decreasing map per day forecast".into());
        }
        let is_skew = |skew: &Skew| skew.shift.abs() <= MAX_SHIFT && skew.asymmetry.abs() <= MAX_ASYMMETRY;
        if !(self.skew.is_empty() || self.skew.len() == steps) || !self.skew.iter().all(is_skew) {
            return Err(format!("the skews are not one per day forecast, within {MAX_SHIFT} and {MAX_ASYMMETRY}"));
        }
        self.check_update()?;
        let widths = self.residuals.iter().map(|residuals| residuals.sigma);
        let widths = widths.chain([self.initial_variance, self.bar_ratio]).chain(self.baseline_error);
        if !widths.into_iter().all(is_scale) {
            return Err(format!("a width is not above zero, or not from {MIN_SCALE:e} to {MAX_SCALE:e}"));
        }
        if !self.residuals.iter().all(|residuals| (MIN_NU..=MAX_NU).contains(&residuals.nu)) {
            return Err(format!("degrees of freedom of a residual are not from {MIN_NU} to {MAX_NU}"));
        }
        Ok(())
    }
}

/// Bounds on the sizes of a model, on the command line and in a file: far above use, and low enough that a damaged
/// number does not exhaust the memory.
pub const MAX_DAYS: usize = 10_000;
/// See [`MAX_DAYS`].
pub const MAX_HIDDEN: usize = 4_096;
/// See [`MAX_DAYS`].
pub const MAX_LAYERS: usize = 64;
/// See [`MAX_DAYS`].
pub const MAX_MEMBERS: usize = 1_000;

/// Maximum days of a path.
pub const MAX_PATH: usize = 1_000;

/// Bounds on scales: prices and volatilities lie far within, and products of several are finite.
const MIN_SCALE: f64 = 1e-30;
const MAX_SCALE: f64 = 1e30;
/// Minimum degrees of freedom of residuals: with fewer the variance is infinite.
const MIN_NU: f64 = 2.0;

fn is_scale(value: f64) -> bool {
    (MIN_SCALE..=MAX_SCALE).contains(&value)
}

fn one() -> f64 {
    1.0
}

/// Where the weights of a network started.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InitialWeights {
    /// At random.
    #[default]
    Random,
    /// From the networks pretrained on simulated markets.
    #[serde(alias = "prior")]
    Pretrained,
    /// From another model, by its file's name.
    Model(String),
}

/// The day on which adjusted closes that the reader computes (from factors, dividends or jumps) equal the quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The last day: in readers up to 2026-11-26.
    #[default]
    LastDay,
    /// The first day, so that no day depends on a later one.
    FirstDay,
}

impl Basis {
    fn is_last_day(&self) -> bool {
        *self == Basis::LastDay
    }

    /// The series with its adjusted closes on this basis. A column of the file, which differs from the quotes on the
    /// first day or equals them on the last, is unchanged.
    pub(super) fn of(self, series: &PriceSeries) -> Cow<'_, PriceSeries> {
        let ends = |ends: [&Vec<f64>; 2]| ends.map(|column| (column.first().copied(), column.last().copied()));
        let [(first, last), (first_adjusted, last_adjusted)] = ends([&series.close, &series.adjusted]);
        let (Some(last), Some(adjusted)) = (last, last_adjusted) else { return Cow::Borrowed(series) };
        if self == Basis::FirstDay || first != first_adjusted || last == adjusted || adjusted == 0.0 {
            return Cow::Borrowed(series);
        }
        let mut series = series.clone();
        series.adjusted.iter_mut().for_each(|price| *price *= last / adjusted);
        Cow::Owned(series)
    }
}

/// A Student-t distribution around zero, in units of the scaled target.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Residuals {
    /// Scale.
    pub sigma: f64,
    /// Degrees of freedom.
    pub nu: f64,
}

impl From<StudentT> for Residuals {
    fn from(t: StudentT) -> Self {
        Residuals { sigma: t.sigma, nu: t.nu }
    }
}

/// The data behind a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Training {
    /// The series.
    pub series: String,
    /// Rows of the file that were used.
    pub rows: usize,
    /// First day; none for simulated markets.
    pub first: Option<Date>,
    /// Last day; none for simulated markets.
    pub last: Option<Date>,
    /// The last training day of the model that its weights started from, where that is later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inherited: Option<Date>,
    /// Windows trained on.
    pub training_windows: usize,
    /// Windows of the validation.
    pub validation_windows: usize,
    /// SHA-256 of the days and prices, in hexadecimal.
    pub data_sha256: String,
    /// The columns of the file and the role of each.
    pub columns: Vec<(String, String)>,
    /// The name or number of the date column, where it was given.
    pub date_column: Option<String>,
    /// The name or number of the price column, where it was given.
    pub price_column: Option<String>,
    /// The exchange calendar, where it was given. Absent from the file otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<Calendar>,
    /// The spacing of the rows. Absent from the file for daily rows.
    #[serde(default, skip_serializing_if = "Frequency::is_daily")]
    pub frequency: Frequency,
    /// Returns by which `update` recognises the series. Absent from models of simulated markets or of several series,
    /// and from files of earlier versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reference: Vec<ReferenceReturn>,
    /// The series, where it was trained on several together: `series` is then their number, `rows` the rows of all.
    /// Absent from the file otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub panel: Option<Panel>,
}

/// Series that are listed in a card, at most; the hash is that of all.
const MAX_LISTED: usize = 1000;

/// The series of a model that was trained on several together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Panel {
    /// How many there are.
    pub count: usize,
    /// The day up to which K is measured on each series, those that were not trained on too (see
    /// [`BarVolatility`](crate::features::Unit::BarVolatility)): the last origin of a training window. A series with
    /// too few rows up to it has the card's.
    pub bar_ratio_until: Date,
    /// The first 1,000 of them.
    pub series: Vec<TrainedSeries>,
}

/// One of several series of a training.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrainedSeries {
    /// Its name.
    pub name: String,
    /// Its rows.
    pub rows: usize,
    /// Its first day.
    pub first: Option<Date>,
    /// Its last day.
    pub last: Option<Date>,
}

impl Training {
    /// The last day that the weights depend on; none for simulated markets.
    pub fn seen_until(&self) -> Option<Date> {
        self.last.max(self.inherited)
    }

    /// Of simulated markets: without dates and file.
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
            columns: Vec::new(),
            date_column: None,
            price_column: None,
            calendar: None,
            frequency: Frequency::Daily,
            reference: Vec::new(),
            panel: None,
        }
    }

    /// Of a series, without what only the reader knows.
    pub(super) fn of(series: &PriceSeries, (training_windows, validation_windows): (usize, usize)) -> Training {
        Training {
            first: series.dates.first().copied(),
            last: series.dates.last().copied(),
            frequency: series.frequency,
            validation_windows,
            data_sha256: data_sha256(series),
            reference: reference_returns(series),
            ..Training::simulated(series.name.clone(), series.len(), training_windows)
        }
    }
}

impl Training {
    /// Of several series, at least one, on each of which K is measured up to the day `until`.
    pub(super) fn of_several(series: &[&PriceSeries], windows: (usize, usize), until: Date) -> Training {
        let (training_windows, validation_windows) = windows;
        let mut hash = Sha256::new();
        for one in series {
            // The hashes have one length, so no name and hash are those of others.
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

/// SHA-256 of the days, prices and further columns of a series, in hexadecimal.
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

/// Losses of the fit, means over the ensemble.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Losses {
    /// Of the training windows, in the epoch of the final weights.
    pub train: f64,
    /// Of the validation windows; without any, of the test days under the test fit.
    pub valid: Option<f64>,
    /// Epochs run, per member.
    pub epochs: Vec<usize>,
    /// Epochs of the final weights, per member.
    pub best_epochs: Vec<usize>,
}

impl Losses {
    /// Means over the members of an ensemble.
    pub(super) fn of(outcomes: &[&Outcome]) -> Losses {
        let mean = |sum: f64| sum / outcomes.len() as f64;
        Losses {
            train: mean(outcomes.iter().map(|outcome| outcome.best.train_loss).sum()),
            valid: outcomes.iter().map(|outcome| outcome.best.valid_loss).sum::<Option<f64>>().map(mean),
            epochs: outcomes.iter().map(|outcome| outcome.epochs).collect(),
            best_epochs: outcomes.iter().map(|outcome| outcome.best.epoch).collect(),
        }
    }
}

/// Accuracy on the last days of the file of a forecaster fitted on the rows before them; of a path, over all its days.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Days forecast; of several series the different ones.
    pub days: usize,
    /// Forecasts of all series on those days. Absent from the file for one series.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forecasts: Option<usize>,
    /// First origin.
    pub first: Date,
    /// Last origin.
    pub last: Date,
    /// Root mean square error, in quoted prices on the basis of the last day tested, as a backtest gives it. In
    /// adjusted prices in models from before 2026-11-26. Of several series as a fraction of the last close of each
    /// forecast.
    pub rmse: f64,
    /// That of "tomorrow = today" on the same days.
    pub naive_rmse: f64,
    /// Fraction of days inside the central 50 % interval, before calibration.
    pub coverage_50: f64,
    /// Fraction of days inside the central 90 % interval, before calibration.
    pub coverage_90: f64,
    /// One entry per day ahead; none in files of earlier versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<StepCoverage>,
}

/// Coverage of the central intervals of one day ahead.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StepCoverage {
    /// Days ahead.
    pub horizon: usize,
    /// Of the raw distributions.
    #[serde(alias = "own")]
    pub raw: Coverage,
    /// Of calibrated distributions, cross-fitted: each half of the days with the calibration of the other. None where
    /// the days are too few to calibrate.
    pub calibrated: Option<Coverage>,
}

impl StepCoverage {
    /// Of the intervals that the model gives: calibrated ones where there is a calibration.
    pub fn shown(&self) -> Coverage {
        self.calibrated.unwrap_or(self.raw)
    }
}

/// Fractions of days inside central intervals.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Coverage {
    /// Inside the 50 % interval.
    pub level_50: f64,
    /// Inside the 90 % interval.
    pub level_90: f64,
}

impl Coverage {
    /// The mean over steps.
    pub fn mean(steps: Vec<Coverage>) -> Coverage {
        let count = steps.len() as f64;
        let sum = |of: fn(&Coverage) -> f64| steps.iter().map(of).sum::<f64>() / count;
        Coverage { level_50: sum(|step| step.level_50), level_90: sum(|step| step.level_90) }
    }
}

impl Evaluation {
    /// rmse / naive_rmse: below 1 is better than "tomorrow = today".
    pub fn ratio(&self) -> f64 {
        self.rmse / self.naive_rmse
    }

    /// Coverage of the intervals that the model gives, of the days ahead that it usually forecasts (see
    /// [`Config::usual_day`]); before calibration in files of earlier versions.
    pub fn coverage(&self, config: &Config) -> Coverage {
        let usual = self.steps.iter().filter(|step| step.horizon <= config.usual_day());
        match self.steps[..] {
            [] => Coverage { level_50: self.coverage_50, level_90: self.coverage_90 },
            _ => Coverage::mean(usual.map(StepCoverage::shown).collect()),
        }
    }

    /// Whether [`Evaluation::coverage`] is that of calibrated intervals.
    pub fn is_calibrated(&self) -> bool {
        self.steps.iter().all(|step| step.calibrated.is_some()) && !self.steps.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A model of price levels from an earlier version keeps the levels that it was trained on.
    #[test]
    fn prices_equal_the_quotes_on_the_day_of_their_basis() {
        let series = |adjusted: [f64; 3]| PriceSeries {
            name: "p".into(),
            frequency: Frequency::Daily,
            dates: (1..=3).map(|day| jiff::civil::date(2024, 1, day)).collect(),
            close: vec![90.0, 92.0, 31.0],
            adjusted: adjusted.to_vec(),
            range: None,
            volume: None,
            ..PriceSeries::default()
        };
        let made = series([90.0, 92.0, 93.0]);
        assert_eq!(
            Basis::LastDay.of(&made).adjusted,
            [90.0 * (31.0 / 93.0), 92.0 * (31.0 / 93.0), 93.0 * (31.0 / 93.0)]
        );
        assert_eq!(*Basis::FirstDay.of(&made), made);
        let column = series([30.0, 30.7, 31.0]);
        assert_eq!(*Basis::LastDay.of(&column), column);
    }
}
