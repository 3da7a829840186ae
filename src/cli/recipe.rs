//! What network, and how it is trained: from options to a checked [`Config`].

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::Result;
use clap::{Args, ValueEnum};

use super::{CliError, usage_error};
use crate::features::{InputSet, Target, Unit};
use crate::model::{
    self, Config, Init, LossKind, MAX_DAYS, MAX_HIDDEN, MAX_LAYERS, MAX_MEMBERS, MAX_PATH, Oversize, Start,
};
use crate::nn::init::RecurrentInit;
use crate::nn::{Activation, CellKind, Topology};
use crate::prices::PriceSeries;
use crate::words::counted;

/// Probability that a decoder is fed the truth, unless the user says.
const TEACHER_FORCING: f64 = 0.5;

/// Bound on the buffers of a batch.
const MAX_BATCH_BYTES: usize = 4 << 30;
/// Numbers that a layer keeps of each unit and day of a window, on the way there and back: an LSTM's, which has most.
const BUFFERS: usize = 12;
/// Units lie in planes of so many.
const UNITS: usize = 16;

/// Where weights start, as the user said it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum InitFrom {
    Pretrained,
    Random,
    Model(PathBuf),
}

impl FromStr for InitFrom {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            _ if ["pretrained", "prior"].iter().any(|name| text.eq_ignore_ascii_case(name)) => Ok(InitFrom::Pretrained),
            _ if text.eq_ignore_ascii_case("random") => Ok(InitFrom::Random),
            "" => Err("expected pretrained, random or the name of a model file".into()),
            path => Ok(InitFrom::Model(path.into())),
        }
    }
}

/// What training takes where the user does not say.
struct Defaults {
    epochs: usize,
    batch_size: usize,
    learning_rate: f64,
    patience: usize,
    valid_fraction: f64,
}

/// From random weights there is much to learn, and when to stop must be found out.
const FROM_RANDOM: Defaults =
    Defaults { epochs: 30, batch_size: 32, learning_rate: 3e-3, patience: 5, valid_fraction: 0.15 };
/// From weights that know most of it a few passes over all days are enough (docs/forecast-quality.md
/// has what others gave).
const FROM_WEIGHTS: Defaults =
    Defaults { epochs: 12, batch_size: 64, learning_rate: 2e-3, patience: 0, valid_fraction: 0.0 };

/// Options that weights are made for, as they are typed. The shape alone would not do: a day ahead and five
/// have the same one.
fn network_options(config: &Config) -> Vec<String> {
    const NAMES: [&str; 9] =
        ["cell", "topology", "window", "horizon", "hidden", "layers", "activation", "target", "loss"];
    let values = serde_json::to_value(config).unwrap_or_default();
    let option = |name: &str| match &values[name] {
        serde_json::Value::String(value) => format!("--{name} {value}"),
        value => format!("--{name} {value}"),
    };
    NAMES.into_iter().map(option).collect()
}

/// A network and its training, as the user asked for them.
#[derive(Debug, Args)]
pub struct Recipe {
    #[command(flatten)]
    network: NetworkArgs,
    #[command(flatten)]
    training: TrainingArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Network")]
struct NetworkArgs {
    /// Kind of the layers
    #[arg(long, value_enum, default_value = "lstm")]
    cell: CellArg,
    /// What goes in and what comes out
    #[arg(long, value_enum, default_value = "many-to-one")]
    topology: TopologyArg,
    /// Days the network sees [default: 4; 1 for one-to-many]
    #[arg(long, value_name = "DAYS", value_parser = count(MAX_DAYS))]
    window: Option<usize>,
    /// Days ahead: the day forecast, or the last day of a path
    #[arg(long, value_name = "DAYS", default_value_t = 1, value_parser = count(MAX_DAYS))]
    horizon: usize,
    /// Units a layer
    #[arg(long, value_name = "UNITS", default_value_t = 16, value_parser = count(MAX_HIDDEN))]
    hidden: usize,
    /// Layers, one above the other
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = count(MAX_LAYERS))]
    layers: usize,
    /// Nonlinearity of dense, conv and rnn [default: tanh]
    #[arg(long, value_enum)]
    activation: Option<ActivationArg>,
    /// Where recurrent weights start, where they start at random [default: orthogonal]
    #[arg(long, value_enum)]
    recurrent_init: Option<RecurrentInitArg>,
    /// What is forecast
    #[arg(long, value_enum, default_value = "return")]
    target: TargetArg,
    /// What training makes small
    #[arg(long, value_enum, default_value = "student-t")]
    loss: LossArg,
    /// What the network reads of a day
    #[arg(long, value_enum, default_value = "auto")]
    features: FeaturesArg,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Training")]
struct TrainingArgs {
    /// Where the weights start: prior (networks that have seen simulated markets), random, or the
    /// weights of a model file [default: prior, for the shapes that have one; random for others, and with
    /// --recurrent-init]
    #[arg(long, value_name = "START")]
    init_from: Option<InitFrom>,
    /// Most passes over the windows [default: 12 from a prior or a model, 30 from random]
    #[arg(long, value_name = "N", value_parser = count(1_000_000))]
    epochs: Option<usize>,
    /// Windows a step [default: 64 from a prior or a model, 32 from random]
    #[arg(long, value_name = "N", value_parser = count(1_000_000))]
    batch_size: Option<usize>,
    /// Highest learning rate [default: 0.002 from a prior or a model, 0.003 from random]
    #[arg(long, value_name = "RATE", value_parser = rate)]
    learning_rate: Option<f64>,
    /// Epochs without a better validation loss before training stops; 0 never stops early [default: 0
    /// from a prior or a model, 5 from random and where --valid-fraction is given]
    #[arg(long, value_name = "EPOCHS", value_parser = epochs)]
    patience: Option<usize>,
    /// Share of the windows, the last ones, whose loss decides when training stops [default: 0 from a
    /// prior or a model, 0.15 from random and where --patience is given]
    #[arg(long, value_name = "SHARE", value_parser = share)]
    valid_fraction: Option<f64>,
    /// Share of what a layer hands to the next that is dropped in training
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    dropout: f64,
    /// Probability that a decoder is fed the true target of the day before, in training [default:
    /// 0.5]
    #[arg(long, value_name = "SHARE", value_parser = closed_share)]
    teacher_forcing: Option<f64>,
    /// Networks whose quantiles are averaged
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = count(MAX_MEMBERS))]
    ensemble: usize,
    /// Seed of everything random: same seed, same bytes
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = seed)]
    seed: u64,
    /// Threads, of which no more start than there are cores [default: all cores]
    #[arg(long, value_name = "N", value_parser = count(4096))]
    threads: Option<usize>,
}

fn count(most: usize) -> impl clap::builder::TypedValueParser<Value = usize> {
    use clap::builder::TypedValueParser;
    clap::value_parser!(i64).range(1..=most as i64).map(|value| value as usize)
}

fn epochs(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| "expected a whole number from 0, for example 5".into())
}

fn seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("expected a whole number from 0 to {}", u64::MAX))
}

/// Shares beyond these would need more rows than files have.
const MIN_SHARE: f64 = 0.001;
const MAX_SHARE: f64 = 0.999;

pub fn share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if share == 0.0 || (MIN_SHARE..=MAX_SHARE).contains(&share) => Ok(share),
        _ => Err(format!("expected 0, or a share from {MIN_SHARE} to {MAX_SHARE}, for example 0.15")),
    }
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if rate > 0.0 && rate.is_finite() => Ok(rate),
        _ => Err("expected a number above 0, for example 0.003".into()),
    }
}

fn closed_share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("expected a share from 0 to 1, for example 0.5".into()),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum CellArg {
    /// Fully connected over the flattened window; no memory
    Dense,
    /// Convolution over the days; no memory
    Conv,
    /// Simple RNN
    Rnn,
    /// Gated recurrent unit
    Gru,
    /// Long short-term memory
    Lstm,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TopologyArg {
    /// A window in, one price out
    ManyToOne,
    /// A window in, the path of the next days out
    ManyToMany,
    /// One day in, the path of the next days out
    OneToMany,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ActivationArg {
    /// Hyperbolic tangent
    Tanh,
    /// max(0, a)
    Relu,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum RecurrentInitArg {
    /// A random rotation
    Orthogonal,
    /// Uniform, as input weights
    Glorot,
    /// The identity
    Identity,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TargetArg {
    /// The logarithmic return, from which a price is quoted
    Return,
    /// The scaled price level, as textbooks do
    Price,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LossArg {
    /// Negative log-likelihood of a Student-t distribution
    StudentT,
    /// Squared error
    Mse,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FeaturesArg {
    /// All that the file and the target allow
    Auto,
    /// The close alone
    Close,
    /// Open, high, low and close
    Ohlc,
}

impl Recipe {
    /// Every option of it, for commands that take a finished model in its place.
    pub const OPTIONS: [&str; 23] = [
        "cell",
        "topology",
        "window",
        "horizon",
        "hidden",
        "layers",
        "activation",
        "recurrent_init",
        "target",
        "loss",
        "features",
        "init_from",
        "epochs",
        "batch_size",
        "learning_rate",
        "patience",
        "valid_fraction",
        "dropout",
        "teacher_forcing",
        "ensemble",
        "seed",
        "rolling",
        "test_fraction",
    ];

    /// Refuses options that would do nothing, as a usage error.
    pub fn check(&self, subcommand: &str) -> Result<()> {
        let wrong = self.wrong_of_network().or_else(|| self.wrong_of_training());
        wrong.map_or(Ok(()), |wrong| Err(usage_error(subcommand, wrong)))
    }

    fn wrong_of_network(&self) -> Option<&'static str> {
        let network = &self.network;
        let (cell, topology) = (self.cell(), self.topology());
        let gated = matches!(cell, CellKind::Gru | CellKind::Lstm);
        if gated && network.activation.is_some() {
            Some("--activation is for dense, conv and rnn: lstm and gru have their own")
        } else if !cell.is_recurrent() && network.recurrent_init.is_some() {
            Some("--recurrent-init is for rnn, gru and lstm: dense and conv have no recurrent weights")
        } else if topology == Topology::OneToMany && network.window.is_some_and(|window| window != 1) {
            Some("one-to-many reads one day: leave out --window")
        } else if topology != Topology::ManyToOne && network.horizon > MAX_PATH {
            const { assert!(MAX_PATH == 1000, "the text below says so") }
            Some("a path has at most 1000 days: pass a smaller --horizon, or --topology many-to-one for one day")
        } else {
            None
        }
    }

    fn wrong_of_training(&self) -> Option<&'static str> {
        let (network, training) = (&self.network, &self.training);
        let decodes = self.topology() != Topology::ManyToOne && self.cell().is_recurrent();
        let from_weights = matches!(training.init_from, Some(InitFrom::Pretrained | InitFrom::Model(_)));
        let patient = training.patience.is_some_and(|patience| patience > 0);
        if training.dropout > 0.0 && network.layers == 1 {
            Some("--dropout is between layers: pass --layers 2 or more")
        } else if training.teacher_forcing.is_some() && !decodes {
            Some(
                "--teacher-forcing is for decoders: pass --topology many-to-many or one-to-many, and a cell with memory",
            )
        } else if training.teacher_forcing.is_some() && network.horizon == 1 {
            Some("--teacher-forcing is for paths of several days: pass --horizon 2 or more")
        } else if network.recurrent_init.is_some() && from_weights {
            Some("--recurrent-init is for weights that start at random: leave it out, or pass --init-from random")
        } else if patient && training.valid_fraction == Some(0.0) {
            Some("--patience waits for a better validation loss: pass a --valid-fraction above 0")
        } else if network.features != FeaturesArg::Auto && self.starts_from().is_some() {
            Some("a model that weights start from brings its inputs: leave out --features")
        } else {
            None
        }
    }

    /// The model whose weights, which have seen prices of some days, training starts from.
    pub fn starts_from(&self) -> Option<&Path> {
        match &self.training.init_from {
            Some(InitFrom::Model(path)) => Some(path),
            _ => None,
        }
    }

    fn cell(&self) -> CellKind {
        match self.network.cell {
            CellArg::Dense => CellKind::Dense,
            CellArg::Conv => CellKind::Conv,
            CellArg::Rnn => CellKind::Rnn,
            CellArg::Gru => CellKind::Gru,
            CellArg::Lstm => CellKind::Lstm,
        }
    }

    fn topology(&self) -> Topology {
        match self.network.topology {
            TopologyArg::ManyToOne => Topology::ManyToOne,
            TopologyArg::ManyToMany => Topology::ManyToMany,
            TopologyArg::OneToMany => Topology::OneToMany,
        }
    }

    fn target(&self) -> Target {
        match self.network.target {
            TargetArg::Return => Target::Return,
            TargetArg::Price => Target::Price,
        }
    }

    /// What the network reads of a day of this series.
    fn set(&self, series: &PriceSeries) -> InputSet {
        let all = self.topology() == Topology::OneToMany && series.volume.is_some();
        match (self.network.features, self.target()) {
            (FeaturesArg::Close, _) => InputSet::Close,
            (FeaturesArg::Ohlc, _) => InputSet::Ohlc,
            (FeaturesArg::Auto, _) if series.range.is_some() && all => InputSet::All,
            (FeaturesArg::Auto, Target::Return) if series.range.is_some() => InputSet::Ohlc,
            (FeaturesArg::Auto, _) => InputSet::Close,
        }
    }

    /// The configuration for a series that was read from `place`, and the weights to start from.
    pub fn plan(&self, place: &str, series: &PriceSeries) -> Result<(Config, Option<Init>)> {
        let (config, init) = self.choose(place, series)?;
        let told = |oversize: Oversize| CliError { message: oversize.to_string(), help: Some(oversize.help().into()) };
        config.check_sizes().map_err(told)?;
        self.check_batch(&config, series)?;
        Ok((config, init))
    }

    /// Refuses a batch whose buffers would not fit into memory.
    fn check_batch(&self, config: &Config, series: &PriceSeries) -> Result<()> {
        let windows = config.batch_size.min(series.len());
        let days = config.window + config.horizons().count();
        let numbers = config.layers * config.hidden.next_multiple_of(UNITS) * BUFFERS + config.inputs.len();
        let bytes = 4 * windows * days * numbers * self.threads();
        if bytes <= MAX_BATCH_BYTES {
            return Ok(());
        }
        let (windows, days) = (counted(windows, "window"), counted(days, "day"));
        let (found, most) = (bytes >> 30, MAX_BATCH_BYTES >> 30);
        let message = format!("a batch of {windows} of {days} takes about {found} GiB, expected at most {most}");
        let help = "pass a smaller --batch-size, --window, --hidden, --layers or --threads";
        Err(CliError { message, help: Some(help.into()) }.into())
    }

    fn choose(&self, place: &str, series: &PriceSeries) -> Result<(Config, Option<Init>)> {
        if self.network.features == FeaturesArg::Ohlc && series.range.is_none() {
            let message = format!("{place}: no open, high and low, expected them for --features ohlc");
            return Err(CliError { message, help: Some("pass --features close, or leave it out".into()) }.into());
        }
        let set = self.set(series);
        match &self.training.init_from {
            Some(InitFrom::Random) => Ok((self.config(set, &FROM_RANDOM), None)),
            Some(InitFrom::Model(path)) => self.plan_from_model(set, path),
            None if self.network.recurrent_init.is_some() => Ok((self.config(set, &FROM_RANDOM), None)),
            asked => {
                let config = self.config_for_pretrained(set);
                match (model::pretrained(&config), asked) {
                    (Some(pretrained), _) => Ok((config, Some(pretrained))),
                    (None, None) => Ok((self.config(set, &FROM_RANDOM), None)),
                    (None, Some(_)) => {
                        let message = "there is no prior for this network".to_owned();
                        let help = concat!(
                            "there is one for --cell lstm, gru and rnn with the other network options left as they ",
                            "are; pass --init-from random for the others"
                        );
                        Err(CliError { message, help: Some(help.into()) }.into())
                    }
                }
            }
        }
    }

    /// A model's weights start another of the same network, which reads what that one read and forecasts
    /// what that one forecast.
    fn plan_from_model(&self, set: InputSet, path: &Path) -> Result<(Config, Option<Init>)> {
        let forecaster = model::load(path).map_err(CliError::from)?;
        let other = &forecaster.card.config;
        let (inputs, unit) = (other.inputs.clone(), other.unit);
        let config = Config { inputs, unit, ..self.config(set, &FROM_WEIGHTS) };
        let pairs = network_options(other).into_iter().zip(network_options(&config));
        let (found, asked): (Vec<_>, Vec<_>) = pairs.filter(|(found, asked)| found != asked).unzip();
        if !found.is_empty() {
            let (file, found, asked) = (path.display(), found.join(" "), asked.join(" "));
            let message = format!("{file}: a model with {found}, expected one with {asked} to start from");
            let help = format!("ask for its network with {found}, or name another model with --init-from");
            return Err(CliError { message, help: Some(help) }.into());
        }
        let start = Start::Model(path.display().to_string());
        Ok((config, Some(Init { forecaster, start })))
    }

    fn config_for_pretrained(&self, set: InputSet) -> Config {
        let unit = if set == InputSet::Close { Unit::CloseVolatility } else { Unit::BarVolatility };
        Config { inputs: set.for_pretrained(), unit, ..self.config(set, &FROM_WEIGHTS) }
    }

    fn config(&self, set: InputSet, defaults: &Defaults) -> Config {
        let (network, training, target) = (&self.network, &self.training, self.target());
        let topology = self.topology();
        Config {
            cell: self.cell(),
            activation: match network.activation {
                Some(ActivationArg::Relu) => Activation::Relu,
                Some(ActivationArg::Tanh) | None => Activation::Tanh,
            },
            topology,
            recurrent_init: match network.recurrent_init {
                Some(RecurrentInitArg::Glorot) => RecurrentInit::Glorot,
                Some(RecurrentInitArg::Identity) => RecurrentInit::Identity,
                Some(RecurrentInitArg::Orthogonal) | None => RecurrentInit::Orthogonal,
            },
            inputs: match target {
                Target::Return => set.for_return(),
                Target::Price => set.for_price(),
            },
            target,
            unit: Unit::CloseVolatility,
            autocorrelation: target == Target::Return,
            close_location: target == Target::Return,
            loss: match network.loss {
                LossArg::StudentT => LossKind::StudentT,
                LossArg::Mse => LossKind::Mse,
            },
            window: network.window.unwrap_or(if topology == Topology::OneToMany { 1 } else { 4 }),
            horizon: network.horizon,
            hidden: network.hidden,
            layers: network.layers,
            ensemble: training.ensemble,
            dropout: training.dropout,
            teacher_forcing: training.teacher_forcing.unwrap_or(TEACHER_FORCING),
            epochs: training.epochs.unwrap_or(defaults.epochs),
            batch_size: training.batch_size.unwrap_or(defaults.batch_size),
            learning_rate: training.learning_rate.unwrap_or(defaults.learning_rate),
            // One brings the other: days held back that stop nothing are days lost to training, and patience
            // without a loss to watch waits for nothing.
            patience: training.patience.unwrap_or(match training.valid_fraction {
                Some(share) if share > 0.0 => FROM_RANDOM.patience,
                _ => defaults.patience,
            }),
            valid_fraction: training.valid_fraction.unwrap_or(match training.patience {
                Some(patience) if patience > 0 => FROM_RANDOM.valid_fraction,
                _ => defaults.valid_fraction,
            }),
            seed: training.seed,
        }
    }

    /// Days ahead asked for.
    pub fn horizon(&self) -> usize {
        self.network.horizon
    }

    /// Networks of an ensemble.
    pub fn ensemble(&self) -> usize {
        self.training.ensemble
    }

    /// Threads asked for, and at most one a core: they compute and never wait, so more would only cost
    /// memory. The result is the same with any number.
    pub fn threads(&self) -> usize {
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        self.training.threads.unwrap_or(cores).min(cores)
    }
}
