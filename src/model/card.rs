//! The metadata of a model.

use std::borrow::Cow;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::calibration::Calibration;
use super::config::Config;
use super::evaluation::Evaluation;
use super::file_error::{EVENTS_VERSION, PLAIN_VERSION};
use super::initial_weights::InitialWeights;
use super::limits::{MAX_DAYS, MAX_HIDDEN, MAX_LAYERS, MAX_MEMBERS};
use super::reference::{MAX_REFERENCE, ReferenceReturn};
use super::skew::{MAX_ASYMMETRY, MAX_SHIFT, Skew};
use super::training::{Losses, Training};
use super::uncalibrated::Uncalibrated;
use super::update_record::UpdateRecord;
use fourcast_base::words::counted;
use fourcast_features::{MAX_EVENT_FACTOR, MIN_EVENT_FACTOR, Scaler, Target};
use fourcast_nn::loss::{MAX_NU, StudentT};
use fourcast_nn::{Loss, Topology};
use fourcast_prices::{Covariate, CovariateKind, PriceSeries};

/// Everything about a model except its weights. Stored as JSON in the file's metadata. It has no clock times, so that
/// equal inputs give equal bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// Version of the file format.
    pub format_version: u32,
    /// Version of the program that wrote the file.
    pub program_version: String,
    /// Configuration.
    pub config: Config,
    /// The scalers of the inputs, one per input, measured only on training rows.
    pub input_scalers: Vec<Scaler>,
    /// The scaler of the target; the identity for returns.
    pub target_scaler: Scaler,
    /// Distributions of the residuals, for losses without a predictive distribution. One per day ahead; empty for other
    /// losses.
    pub residuals: Vec<Residuals>,
    /// Initial variance: the mean square daily return of the training rows, for series too short to measure one.
    #[serde(alias = "typical")]
    pub initial_variance: f64,
    /// The bar ratio K of the training rows (see [`BarVolatility`](fourcast_features::Unit::BarVolatility)).
    #[serde(default = "one")]
    pub bar_ratio: f64,
    /// The factor by which the events of each covariate multiply the standard deviation of their session, in the order
    /// of the configuration; 1 for no effect. If no covariate has a factor, the field is absent and the file has
    /// version 2.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub event_factors: Vec<f64>,
    /// Baseline error: the mean of the standardised absolute errors (see
    /// [`ErrorScale`](super::calibration::ErrorScale::of)) of the first step over the training windows. `None` in older
    /// files; widths are then not scaled.
    #[serde(default, alias = "usual_surprise")]
    pub baseline_error: Option<f64>,
    /// Calibration, measured on unseen days.
    #[serde(default)]
    pub calibration: Option<Calibration>,
    /// Why there is no calibration. `None` in files of earlier versions, and for simulated markets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uncalibrated: Option<Uncalibrated>,
    /// The weights that the fit started from.
    #[serde(default, alias = "start")]
    pub init_from: InitialWeights,
    /// The day on which adjusted closes computed by the reader equal the quotes. Used only for price levels.
    #[serde(default, skip_serializing_if = "Basis::is_last_day")]
    pub basis: Basis,
    /// The skewness of each day ahead for which the network has outputs; empty for none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skew: Vec<Skew>,
    /// The updates since the training. Absent from the file if there were none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update: Option<UpdateRecord>,
    /// The data that the model was trained on.
    pub training: Training,
    /// Losses of the training.
    pub losses: Losses,
    /// Accuracy of the same configuration on unseen days.
    pub evaluation: Option<Evaluation>,
}

impl Card {
    /// Whether each network has the weights of its epoch with the lowest validation loss, instead of those of its last
    /// epoch.
    pub fn keeps_best_epoch(&self) -> bool {
        self.config.patience > 0 && self.training.validation_windows > 0
    }

    /// Returns the card of networks that start at random and forecast returns, before evaluation.
    pub(super) fn new(
        config: &Config,
        input_scalers: Vec<Scaler>,
        initial_variance: f64,
        training: Training,
        losses: Losses,
    ) -> Card {
        Card {
            format_version: PLAIN_VERSION,
            program_version: env!("CARGO_PKG_VERSION").into(),
            config: config.clone(),
            input_scalers,
            target_scaler: Scaler::IDENTITY,
            residuals: Vec::new(),
            initial_variance,
            bar_ratio: one(),
            event_factors: Vec::new(),
            baseline_error: None,
            calibration: None,
            uncalibrated: None,
            skew: Vec::new(),
            init_from: InitialWeights::Random,
            basis: if config.target == Target::Price { Basis::FirstDay } else { Basis::LastDay },
            update: None,
            training,
            losses,
            evaluation: None,
        }
    }

    /// The format version of the file in which this card is written.
    pub(super) fn version(&self) -> u32 {
        if self.event_factors.is_empty() { PLAIN_VERSION } else { EVENTS_VERSION }
    }

    /// Returns the factor by which intervals of a network that started at random are widened because the scale of
    /// returns over h days is uncertain. Its training has n / h such returns that do not overlap. If a scale is
    /// estimated on n / h values, the quantiles of the distribution lie farther out by a fraction of about h / n.
    /// Pretrained networks have been trained on many markets and have a factor of one.
    pub(super) fn uncertainty(&self, ahead: usize) -> f64 {
        let Card { config, init_from, training, .. } = self;
        let estimated = !config.output_horizons.is_empty() && *init_from == InitialWeights::Random;
        if estimated { 1.0 + ahead as f64 / training.training_windows.max(1) as f64 } else { 1.0 }
    }

    /// The last day that the weights or the calibration depend on; `None` for simulated markets.
    pub fn seen_until(&self) -> Option<Date> {
        self.training.seen_until().max(self.update.as_ref().map(|update| update.until))
    }

    /// The last day of the last update, or of the training. The next update continues from it.
    pub(super) fn up_to(&self) -> Option<Date> {
        self.training.last.max(self.update.as_ref().map(|update| update.until))
    }

    /// The returns by which the series is recognised: those of the last update, or else of the training.
    pub(super) fn reference(&self) -> &[ReferenceReturn] {
        let updated = self.update.as_ref().map(|update| &update.reference[..]).filter(|returns| !returns.is_empty());
        updated.unwrap_or(&self.training.reference)
    }

    /// The number of outcomes in the recalibration map of each day ahead. After a training run, these are the test
    /// days, except those whose outcome came too late.
    pub(super) fn calibrated_outcomes(&self) -> Vec<usize> {
        let days = self.calibration.as_ref().map_or(0, |calibration| calibration.days);
        let of_training = |ahead: &usize| days.saturating_sub(ahead - 1);
        match &self.update {
            Some(update) => update.outcomes.clone(),
            None => self.config.horizons().iter().map(of_training).collect(),
        }
    }

    /// Checks for values that only an edited file has: sizes beyond memory, scales that are not finite. The error names
    /// the wrong value.
    pub(super) fn check(&self) -> Result<(), String> {
        self.check_config()?;
        self.check_counts()?;
        self.check_dates()?;
        self.check_statistics()?;
        self.config.check_sizes().map_err(|oversize| oversize.to_string())?;
        self.config.check_training().map_err(|wrong| wrong.to_string())?;
        self.check_lengths()?;
        self.check_event_factors()?;
        self.check_scales()
    }

    /// Checks the sizes of the configuration, and that the numbers of residuals and scalers match it.
    fn check_config(&self) -> Result<(), String> {
        let config = &self.config;
        let sizes = [
            ("window", config.window, MAX_DAYS),
            ("horizon", config.horizon, MAX_DAYS),
            ("hidden", config.hidden, MAX_HIDDEN),
            ("layers", config.layers, MAX_LAYERS),
            ("ensemble", config.ensemble, MAX_MEMBERS),
        ];
        for (name, size, max) in sizes {
            if !(1..=max).contains(&size) {
                return Err(format!("{name} is {size}, expected 1 to {max}"));
            }
        }
        if config.topology == Topology::OneToMany && config.window != 1 {
            return Err(format!("window is {}, expected 1 for one-to-many", config.window));
        }
        let horizons = &config.output_horizons;
        let many = config.topology == Topology::ManyToOne && horizons.last() == Some(&config.horizon);
        if !(horizons.is_empty() || many && horizons[0] == 1 && horizons.is_sorted_by(|one, next| one < next)) {
            let count = counted(horizons.len(), "output horizon");
            return Err(format!("{count} that are not days from 1 to the horizon, {}, in order", config.horizon));
        }
        if config.loss == Loss::Mse && self.residuals.len() != config.horizons().len() {
            let residuals = counted(self.residuals.len(), "residual");
            return Err(format!("{residuals}, expected one per day forecast"));
        }
        if config.inputs.is_empty() || config.input_count() != self.input_scalers.len() {
            let (inputs, scalers) = (config.input_count(), self.input_scalers.len());
            return Err(format!("{} and {}", counted(inputs, "input"), counted(scalers, "scaler")));
        }
        Ok(())
    }

    /// Checks the lengths of lists, and the entries of the calibration, the skews and the update.
    fn check_lengths(&self) -> Result<(), String> {
        let config = &self.config;
        let Losses { epochs, best_epochs, .. } = &self.losses;
        if epochs.len().max(best_epochs.len()) > MAX_MEMBERS {
            return Err("losses of more networks than a model has".into());
        }
        if self.training.reference.len() > MAX_REFERENCE {
            return Err(format!("more than {MAX_REFERENCE} reference returns"));
        }
        if config.loss == Loss::StudentT && !self.residuals.is_empty() {
            return Err(format!("{}, expected none", counted(self.residuals.len(), "residual")));
        }
        let proper =
            |scaler: &Scaler| scaler.mean.abs() <= MAX_SCALE && is_scale(scaler.deviation) && is_scale(scaler.gain);
        if !self.input_scalers.iter().chain([&self.target_scaler]).all(proper) {
            return Err("a scaler is not finite or does not scale".into());
        }
        if config.target == Target::Return && self.target_scaler != Scaler::IDENTITY {
            return Err("target_scaler scales returns, expected a mean of 0, a deviation of 1 and a gain of 1".into());
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
        self.update.as_ref().map_or(Ok(()), |update| update.check(steps))
    }

    /// Checks that there is one factor per covariate, within bounds, if there are any factors.
    fn check_event_factors(&self) -> Result<(), String> {
        let (factors, covariates) = (&self.event_factors, &self.config.covariates);
        if factors.is_empty() {
            return Ok(());
        }
        if self.format_version < EVENTS_VERSION || self.config.target == Target::Price {
            return Err("event factors, expected none".into());
        }
        if factors.len() != covariates.len() {
            let found = counted(factors.len(), "event factor");
            return Err(format!("{found}, expected {}: one per covariate", covariates.len()));
        }
        let is_proper = |(factor, covariate): (&f64, &Covariate)| match covariate.kind {
            CovariateKind::Past => *factor == 1.0,
            CovariateKind::Future | CovariateKind::Events => (MIN_EVENT_FACTOR..=MAX_EVENT_FACTOR).contains(factor),
        };
        if factors.iter().zip(covariates).all(is_proper) {
            return Ok(());
        }
        Err(format!(
            "an event factor is not from {MIN_EVENT_FACTOR:.2} to {MAX_EVENT_FACTOR}, or not 1 for a past column"
        ))
    }

    /// Checks that scales and degrees of freedom define a distribution.
    fn check_scales(&self) -> Result<(), String> {
        if !self.residuals.iter().all(|residuals| is_scale(residuals.sigma)) {
            return Err(format!("a width is not above zero, or not from {MIN_SCALE:e} to {MAX_SCALE:e}"));
        }
        let ratio = 1.0 / MAX_RATIO..=MAX_RATIO;
        let entries = [
            ("initial_variance", Some(self.initial_variance), MIN_SCALE..=MAX_VARIANCE),
            ("bar_ratio", Some(self.bar_ratio), ratio.clone()),
            ("baseline_error", self.baseline_error, ratio),
        ];
        let mut known = entries.into_iter().filter_map(|(name, value, bounds)| Some((name, value?, bounds)));
        if let Some((name, value, bounds)) = known.find(|(_, value, bounds)| !bounds.contains(value)) {
            return Err(format!("{name} is {value:e}, expected {:e} to {:e}", bounds.start(), bounds.end()));
        }
        if !self.residuals.iter().all(|residuals| (MIN_NU..=MAX_NU).contains(&residuals.nu)) {
            return Err(format!("degrees of freedom of a residual are not from {MIN_NU} to {MAX_NU}"));
        }
        Ok(())
    }
}

/// Bounds on scales. Prices and volatilities lie far within them, and products of several are finite.
const MIN_SCALE: f64 = 1e-30;
const MAX_SCALE: f64 = 1e30;
/// Bound on variances: the square of the log return between two prices is never larger.
const MAX_VARIANCE: f64 = 1e7;
/// Bound on the ratio of two measures of the same volatility.
const MAX_RATIO: f64 = 1e12;
/// Minimum degrees of freedom of residuals: with fewer, the variance is infinite.
const MIN_NU: f64 = 2.0;

fn is_scale(value: f64) -> bool {
    (MIN_SCALE..=MAX_SCALE).contains(&value)
}

fn one() -> f64 {
    1.0
}

/// The day on which adjusted closes that the reader computes (from factors, dividends or jumps) equal the quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The last day: in files written by versions up to 2026-11-26.
    #[default]
    LastDay,
    /// The first day, so that no day depends on a later one.
    FirstDay,
}

impl Basis {
    fn is_last_day(&self) -> bool {
        *self == Basis::LastDay
    }

    /// Returns the series with its adjusted closes on this basis. Adjusted closes that were a column of the file differ
    /// from the quotes on the first day or equal them on the last, and are unchanged.
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

#[cfg(test)]
mod tests {
    use super::*;
    use fourcast_prices::Frequency;

    #[test]
    fn names_of_earlier_versions_are_read() {
        for (earlier, name) in [
            ("fall", "negative_return"),
            ("size", "absolute_return"),
            ("log_size", "log_absolute_return"),
            ("fall_share_80", "downside_variance_80"),
            ("fall_share_94", "downside_variance_94"),
            ("fall_share_98", "downside_variance_98"),
            ("evenness", "geary_ratio_94"),
            ("level", "volatility_level"),
        ] {
            let read: fourcast_features::Input = serde_json::from_value(earlier.into()).unwrap();
            assert_eq!(serde_json::to_value(read).unwrap(), name);
        }
        let mut card = serde_json::to_value(&crate::pretrained_for(&PriceSeries::default()).card).unwrap();
        let init_from = card.as_object_mut().unwrap().remove("init_from").unwrap();
        card["start"] = init_from;
        assert_eq!(serde_json::from_value::<Card>(card).unwrap().init_from, InitialWeights::Pretrained);
    }

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
