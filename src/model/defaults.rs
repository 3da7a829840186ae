//! The default configuration and starting weights for a series.

use jiff::civil::Date;
use serde::Serialize;

use super::config::Config;
use super::config_error::{ConfigError, Difference};
use super::forecaster::Forecaster;
use super::horizons::OUTPUT_HORIZONS;
use super::init::Init;
use super::initial_weights::InitialWeights;
use super::pretrained::pretrained;
use super::weights::Weights;
use super::widen::with_covariates;
use fourcast_features::{InputSet, Target, Unit};
use fourcast_nn::init::RecurrentInit;
use fourcast_nn::{Activation, CellKind, Loss, Topology};
use fourcast_prices::{Covariate, PriceSeries};

/// Days per window; a one-to-many network reads one day.
const WINDOW: usize = 4;

/// Training settings that depend on where the weights start.
#[derive(Debug, Clone, Copy, PartialEq)]
struct TrainingDefaults {
    epochs: usize,
    batch_size: usize,
    learning_rate: f64,
    patience: usize,
    valid_fraction: f64,
}

/// For random weights: many epochs, stopped early by the loss of the validation windows.
const FROM_RANDOM: TrainingDefaults =
    TrainingDefaults { epochs: 30, batch_size: 32, learning_rate: 3e-3, patience: 5, valid_fraction: 0.15 };
/// For trained weights: few epochs over all windows (docs/forecast-quality.md has the results of other settings).
const FROM_WEIGHTS: TrainingDefaults =
    TrainingDefaults { epochs: 6, batch_size: 64, learning_rate: 2e-3, patience: 0, valid_fraction: 0.0 };
/// For trained weights with covariates, whose own weights can start at zero. The factor of events is estimated before
/// training, so it needs no additional epochs.
const WITH_COVARIATES: TrainingDefaults = TrainingDefaults { epochs: 12, ..FROM_WEIGHTS };

impl Config {
    /// Returns the configuration for more epochs from weights that were trained with this configuration. It trains on
    /// all windows, as all fits do that start from trained weights.
    pub(super) fn for_more_epochs(&self, epochs: usize) -> Config {
        let TrainingDefaults { learning_rate, patience, valid_fraction, .. } = FROM_WEIGHTS;
        let learning_rate = self.learning_rate.min(learning_rate);
        Config { epochs, learning_rate, patience, valid_fraction, ..self.clone() }
    }
}

/// The requested origin of a fit's weights.
#[derive(Debug, Clone)]
pub enum InitFrom {
    /// From the networks pretrained on simulated markets.
    Pretrained,
    /// At random.
    Random,
    /// From the weights of another model.
    Model(Box<Init>),
    /// From weights written by another program.
    Weights(Box<Weights>),
}

impl InitFrom {
    /// Returns the weights of `forecaster`, which was read from the file `name`.
    pub fn model(forecaster: Forecaster, name: impl Into<String>) -> InitFrom {
        InitFrom::Model(Box::new(Init { forecaster, init_from: InitialWeights::Model(name.into()) }))
    }
}

/// The options from which a configuration is made. The value for a `None` depends on the series and on the initial
/// weights.
///
/// [`ConfigOptions::default`] is what `fourcast train` uses without options.
///
/// ```
/// let mut options = fourcast_model::ConfigOptions::default();
/// options.horizon = Some(5);
/// options.seed = 1;
/// ```
#[derive(Debug, Clone)]
pub struct ConfigOptions {
    /// Kind of the layers.
    pub cell: CellKind,
    /// Topology of the network.
    pub topology: Topology,
    /// Days per window; default 4, or 1 for one-to-many.
    pub window: Option<usize>,
    /// Days ahead: the day forecast, or the last day of a path. By default, a many-to-one network forecasts 1 to 30
    /// days ahead if its target is the return and its loss that of a Student-t distribution; other networks forecast
    /// one day.
    pub horizon: Option<usize>,
    /// Hidden units per layer.
    pub hidden: usize,
    /// Number of layers.
    pub layers: usize,
    /// Activation function of dense, convolutional and simple recurrent layers.
    pub activation: Activation,
    /// Initialisation of random recurrent weights; default orthogonal. If set, weights start at random.
    pub recurrent_init: Option<RecurrentInit>,
    /// The quantity that is forecast.
    pub target: Target,
    /// Loss function.
    pub loss: Loss,
    /// Columns that the inputs are made from; default all that the series and the target allow.
    pub features: Option<InputSet>,
    /// Where the weights start; default the pretrained networks of this configuration if there are any, else random
    /// weights.
    pub init_from: Option<InitFrom>,
    /// Maximum number of epochs. Default: 30 from random weights, else 12 with covariates and 6 without. Events, and
    /// columns that are known ahead and contain only 0 and 1, do not count as covariates here. With 0, the weights are
    /// left unchanged.
    pub epochs: Option<usize>,
    /// Batch size; default 32 from random weights, else 64.
    pub batch_size: Option<usize>,
    /// Peak learning rate; default 0.003 from random weights, else 0.002.
    pub learning_rate: Option<f64>,
    /// Epochs without a better validation loss after which training stops, 0 for no early stopping; default 5 from
    /// random weights and with validation windows, else 0.
    pub patience: Option<usize>,
    /// Fraction of the windows, the last ones, that is held out for validation; default 0.15 from random weights and
    /// with patience, else 0.
    pub valid_fraction: Option<f64>,
    /// Dropout rate between layers.
    pub dropout: f64,
    /// Probability that a decoder is fed the true target of the previous day in training.
    pub teacher_forcing: f64,
    /// Number of networks whose quantiles are averaged; default the number in the file that weights start from, else 3.
    pub ensemble: Option<usize>,
    /// Seed of all random numbers.
    pub seed: u64,
}

/// Default number of networks of an ensemble.
const NETWORKS: usize = 3;

impl Default for ConfigOptions {
    fn default() -> Self {
        ConfigOptions {
            cell: CellKind::Lstm,
            topology: Topology::ManyToOne,
            window: None,
            horizon: None,
            hidden: 16,
            layers: 1,
            activation: Activation::Tanh,
            recurrent_init: None,
            target: Target::Return,
            loss: Loss::StudentT,
            features: None,
            init_from: None,
            epochs: None,
            batch_size: None,
            learning_rate: None,
            patience: None,
            valid_fraction: None,
            dropout: 0.0,
            teacher_forcing: 0.5,
            ensemble: None,
            seed: 4,
        }
    }
}

impl Config {
    /// Returns the configuration that `fourcast train` uses for a series by default. Its weights start from
    /// [`pretrained`](super::pretrained()).
    pub fn for_series(series: &PriceSeries) -> Config {
        ConfigOptions::default().automatic(&ConfigOptions::default().reads(series)).0
    }

    /// Returns the fields that weights depend on and that differ from those of `other`. Comparing shapes is not enough:
    /// networks for one day ahead and for five days ahead have the same shape.
    fn differences(&self, other: &Config) -> Vec<Difference> {
        macro_rules! compare {
            ($($field:ident),*) => {
                [$((self.$field != other.$field).then(|| Difference {
                    field: stringify!($field),
                    found: name(&self.$field),
                    expected: name(&other.$field),
                })),*]
            };
        }
        let days = |config: &Config| match config.output_horizons.is_empty() {
            true => config.horizon.to_string(),
            false => format!("1 to {}", config.horizon),
        };
        let (found, expected) = (days(self), days(other));
        let horizon = [(found != expected).then_some(Difference { field: "horizon", found, expected })];
        let before = compare![cell, topology, window];
        let after = compare![hidden, layers, activation, target, loss];
        before.into_iter().chain(horizon).chain(after).flatten().collect()
    }
}

/// The columns of a series that a network reads.
struct Reads {
    set: InputSet,
    covariates: Vec<Covariate>,
    /// Whether the covariates are known ahead and contain only 0 and 1; true if there are none.
    are_flags: bool,
}

impl Reads {
    /// The training settings for weights that have been trained.
    fn trained_defaults(&self) -> &'static TrainingDefaults {
        if self.are_flags { &FROM_WEIGHTS } else { &WITH_COVARIATES }
    }
}

/// Returns the weights to start from, with inputs for the covariates of the configuration added if they lack them.
fn init_with_covariates(init: &Init, config: &Config) -> Init {
    if init.forecaster.card.config.covariates == config.covariates {
        return init.clone();
    }
    Init { forecaster: with_covariates(&init.forecaster, &config.covariates), init_from: init.init_from.clone() }
}

/// Returns the name of a value in model files.
fn name(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        Ok(value) => value.to_string(),
        Err(error) => error.to_string(),
    }
}

impl ConfigOptions {
    /// Returns the configuration for a series and the weights to start from; `None` for random weights.
    ///
    /// # Errors
    /// [`ConfigError`] if the series lacks the requested features, there are no such weights, or the sizes are too
    /// large together.
    pub fn resolve(&self, series: &PriceSeries) -> Result<(Config, Option<Init>), ConfigError> {
        self.resolve_several(&[series])
    }

    /// Returns the configuration of one model of several series. Its inputs are made from the columns that all series
    /// have.
    ///
    /// # Errors
    /// As [`resolve`](ConfigOptions::resolve).
    pub fn resolve_several(&self, series: &[&PriceSeries]) -> Result<(Config, Option<Init>), ConfigError> {
        if self.features == Some(InputSet::Ohlc) && series.iter().any(|one| one.range.is_none()) {
            return Err(ConfigError::NoBars);
        }
        let reads = &self.reads_of_all(series);
        let (config, init) = match &self.init_from {
            Some(InitFrom::Random) => (self.config(reads, &FROM_RANDOM), None),
            Some(InitFrom::Model(init)) => {
                let config = self.config_of_model(reads, &init.forecaster)?;
                let init = init_with_covariates(init, &config);
                (config, Some(init))
            }
            Some(InitFrom::Weights(weights)) => {
                let last = series.iter().filter_map(|one| one.dates.last().copied()).max();
                let (config, init) = self.config_of_weights(reads, weights, last)?;
                (config, Some(init))
            }
            Some(InitFrom::Pretrained) => {
                let config = self.config_of_pretrained(reads);
                let init = pretrained(&config).ok_or(ConfigError::NotPretrained)?;
                (config, Some(init))
            }
            None => self.automatic(reads),
        };
        config.check_sizes()?;
        match self.networks_of_file() {
            Some(found) if config.epochs == 0 && found != config.ensemble => {
                Err(ConfigError::OtherCount { found, expected: config.ensemble })
            }
            _ => Ok((config, init)),
        }
    }

    /// The number of networks whose quantiles are averaged.
    pub fn networks(&self) -> usize {
        self.ensemble.or(self.networks_of_file()).unwrap_or(NETWORKS)
    }

    /// The number of networks in the file that weights start from, if they start from a file.
    fn networks_of_file(&self) -> Option<usize> {
        match &self.init_from {
            Some(InitFrom::Model(init)) => Some(init.forecaster.members.len()),
            Some(InitFrom::Weights(weights)) => Some(weights.networks()),
            _ => None,
        }
    }

    /// Returns a configuration that starts from pretrained networks if there are any, else from random weights.
    fn automatic(&self, reads: &Reads) -> (Config, Option<Init>) {
        let config = self.config_of_pretrained(reads);
        match pretrained(&config).filter(|_| self.recurrent_init.is_none()) {
            Some(init) => (config, Some(init)),
            None => (self.config(reads, &FROM_RANDOM), None),
        }
    }

    /// Returns what a network reads of a series, including all its covariates.
    fn reads(&self, series: &PriceSeries) -> Reads {
        let are_flags = series.dates.last().is_none_or(|last| series.covariates.are_flags(*last));
        Reads { set: self.input_set(series), covariates: series.covariates.list(), are_flags }
    }

    /// Returns what a network reads of each of several series: only what all of them have.
    fn reads_of_all(&self, series: &[&PriceSeries]) -> Reads {
        let each = series.iter().map(|one| self.reads(one));
        let common = each.reduce(|one, other| Reads {
            set: one.set.min(other.set),
            covariates: one.covariates.into_iter().filter(|own| other.covariates.contains(own)).collect(),
            are_flags: one.are_flags && other.are_flags,
        });
        common.unwrap_or(Reads { set: InputSet::Close, covariates: Vec::new(), are_flags: true })
    }

    /// Returns the requested set of inputs, or else the largest that the series and the target allow.
    fn input_set(&self, series: &PriceSeries) -> InputSet {
        let volume = self.topology == Topology::OneToMany && series.volume.is_some();
        match (self.features, self.target) {
            (Some(set), _) => set,
            (None, _) if series.range.is_some() && volume => InputSet::All,
            (None, Target::Return) if series.range.is_some() => InputSet::Ohlc,
            (None, _) => InputSet::Close,
        }
    }

    /// Returns the configuration of a fit that starts from a model. It has the model's inputs and unit and, unless a
    /// horizon is set, its days ahead.
    fn config_of_model(&self, reads: &Reads, model: &Forecaster) -> Result<Config, ConfigError> {
        let Config { inputs, unit, horizon, output_horizons, .. } = model.card.config.clone();
        let config = Config { inputs, unit, ..self.config(reads, reads.trained_defaults()) };
        let config = if self.horizon.is_none() { Config { horizon, output_horizons, ..config } } else { config };
        let differences = model.card.config.differences(&config);
        let its = &model.card.config.covariates;
        let is_added = its.is_empty() && config.cell.is_recurrent();
        if *its != config.covariates && !is_added {
            let (found, expected) = (its.clone(), config.covariates);
            return Err(ConfigError::OtherCovariates { found, expected });
        }
        if differences.is_empty() { Ok(config) } else { Err(ConfigError::OtherNetwork(differences)) }
    }

    /// Returns the configuration of a fit that starts from weights of another program. It has the inputs of a random
    /// start, unless the number of inputs matches only the pretrained networks. It then has the inputs, the scales and
    /// the unit of the pretrained networks.
    fn config_of_weights(
        &self,
        reads: &Reads,
        weights: &Weights,
        last: Option<Date>,
    ) -> Result<(Config, Init), ConfigError> {
        let (own, pretrained_one) = (self.config(reads, reads.trained_defaults()), self.config_of_pretrained(reads));
        own.check_sizes()?;
        if let Some(error) =
            weights.other_inputs(&own, &pretrained_one).filter(|_| pretrained(&pretrained_one).is_some())
        {
            return Err(error.into());
        }
        let is_own = weights.reads_inputs_of(&own) || !weights.reads_inputs_of(&pretrained_one);
        let (config, card) = match pretrained(&pretrained_one).filter(|_| !is_own) {
            Some(init) => (pretrained_one, Some(init.forecaster.card)),
            None => (own, None),
        };
        let init = weights.init(&config, card, last)?;
        Ok((config, init))
    }

    /// Returns the options for a model whose forecast `day` days ahead is needed: one that forecasts several days if
    /// these include the day, otherwise one that forecasts that day, or a path up to it.
    #[must_use]
    pub fn for_day(self, day: usize) -> ConfigOptions {
        let several = ConfigOptions { horizon: None, ..self.clone() };
        let has_others = match &self.init_from {
            Some(InitFrom::Model(init)) => init.forecaster.card.config.output_horizons.is_empty(),
            Some(InitFrom::Weights(weights)) => weights.outputs() != Some(OUTPUT_HORIZONS.len() * self.loss.outputs()),
            _ => false,
        };
        if !has_others && day <= several.days_ahead().0 {
            several
        } else {
            ConfigOptions { horizon: Some(day), ..self }
        }
    }

    /// Returns the last day ahead and, if there are several, the days ahead for which the network has outputs.
    fn days_ahead(&self) -> (usize, Vec<usize>) {
        let distributions = (self.target, self.loss) == (Target::Return, Loss::StudentT);
        match self.horizon {
            Some(horizon) => (horizon, Vec::new()),
            None if self.topology == Topology::ManyToOne && distributions => {
                (OUTPUT_HORIZONS[OUTPUT_HORIZONS.len() - 1], OUTPUT_HORIZONS.to_vec())
            }
            None => (1, Vec::new()),
        }
    }

    fn config_of_pretrained(&self, reads: &Reads) -> Config {
        let unit = if reads.set == InputSet::Close { Unit::CloseVolatility } else { Unit::BarVolatility };
        Config { inputs: reads.set.for_pretrained(), unit, ..self.config(reads, reads.trained_defaults()) }
    }

    fn config(&self, reads: &Reads, defaults: &TrainingDefaults) -> Config {
        let window = if self.topology == Topology::OneToMany { 1 } else { WINDOW };
        let (horizon, output_horizons) = self.days_ahead();
        Config {
            cell: self.cell,
            activation: self.activation,
            topology: self.topology,
            recurrent_init: self.recurrent_init.unwrap_or(RecurrentInit::Orthogonal),
            inputs: match self.target {
                Target::Return => reads.set.for_return(),
                Target::Price => reads.set.for_price(),
            },
            covariates: reads.covariates.clone(),
            target: self.target,
            unit: Unit::CloseVolatility,
            autocorrelation: self.target == Target::Return,
            close_location: self.target == Target::Return,
            loss: self.loss,
            window: self.window.unwrap_or(window),
            horizon,
            output_horizons,
            hidden: self.hidden,
            layers: self.layers,
            ensemble: self.networks(),
            dropout: self.dropout,
            teacher_forcing: self.teacher_forcing,
            epochs: self.epochs.unwrap_or(defaults.epochs),
            batch_size: self.batch_size.unwrap_or(defaults.batch_size),
            learning_rate: self.learning_rate.unwrap_or(defaults.learning_rate),
            // Each implies the other: without early stopping, validation windows would be withheld from training for
            // nothing, and patience needs a validation loss.
            patience: self.patience.unwrap_or(match self.valid_fraction {
                Some(fraction) if fraction > 0.0 => FROM_RANDOM.patience,
                _ => defaults.patience,
            }),
            valid_fraction: self.valid_fraction.unwrap_or(match self.patience {
                Some(patience) if patience > 0 => FROM_RANDOM.valid_fraction,
                _ => defaults.valid_fraction,
            }),
            seed: self.seed,
        }
    }
}
