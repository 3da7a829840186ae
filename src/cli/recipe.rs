//! What network, and how it is trained: from options to a checked [`Config`].

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::Result;
use clap::{Args, ValueEnum};

use super::help::help_of;
use super::{CliError, usage_error};
use crate::features::{InputSet, Target};
use crate::model::{
    self, Config, ConfigError, ConfigOptions, Init, LossKind, MAX_DAYS, MAX_HIDDEN, MAX_LAYERS, MAX_MEMBERS, MAX_PATH,
};
use crate::nn::init::RecurrentInit;
use crate::nn::{Activation, CellKind, Topology};
use crate::prices::PriceSeries;

/// Where weights start, as the user said it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum InitFrom {
    Pretrained,
    Random,
    Model(PathBuf),
}

impl InitFrom {
    /// The weights themselves.
    fn load(&self) -> Result<model::InitFrom> {
        Ok(match self {
            InitFrom::Pretrained => model::InitFrom::Pretrained,
            InitFrom::Random => model::InitFrom::Random,
            InitFrom::Model(path) => {
                model::InitFrom::model(model::load(path).map_err(CliError::from)?, path.display().to_string())
            }
        })
    }
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

    /// The configuration for a series that was read from `place`, and the weights to start from.
    pub fn plan(&self, place: &str, series: &PriceSeries) -> Result<(Config, Option<Init>)> {
        let (config, init) = self.options()?.resolve(series).map_err(|error| self.error(place, &error))?;
        config.check_memory(series.len(), self.threads()).map_err(|oversize| self.error(place, &oversize.into()))?;
        Ok((config, init))
    }

    /// What the library decides the configuration by.
    fn options(&self) -> Result<ConfigOptions> {
        let (network, training) = (&self.network, &self.training);
        let mut options = ConfigOptions::default();
        options.cell = self.cell();
        options.topology = self.topology();
        options.window = network.window;
        options.horizon = network.horizon;
        options.hidden = network.hidden;
        options.layers = network.layers;
        options.activation = network.activation.map_or(options.activation, |activation| match activation {
            ActivationArg::Tanh => Activation::Tanh,
            ActivationArg::Relu => Activation::Relu,
        });
        options.recurrent_init = network.recurrent_init.map(|init| match init {
            RecurrentInitArg::Orthogonal => RecurrentInit::Orthogonal,
            RecurrentInitArg::Glorot => RecurrentInit::Glorot,
            RecurrentInitArg::Identity => RecurrentInit::Identity,
        });
        options.target = match network.target {
            TargetArg::Return => Target::Return,
            TargetArg::Price => Target::Price,
        };
        options.loss = match network.loss {
            LossArg::StudentT => LossKind::StudentT,
            LossArg::Mse => LossKind::Mse,
        };
        options.features = match network.features {
            FeaturesArg::Auto => None,
            FeaturesArg::Close => Some(InputSet::Close),
            FeaturesArg::Ohlc => Some(InputSet::Ohlc),
        };
        options.init_from = training.init_from.as_ref().map(InitFrom::load).transpose()?;
        options.epochs = training.epochs;
        options.batch_size = training.batch_size;
        options.learning_rate = training.learning_rate;
        options.patience = training.patience;
        options.valid_fraction = training.valid_fraction;
        options.dropout = training.dropout;
        options.teacher_forcing = training.teacher_forcing.unwrap_or(options.teacher_forcing);
        options.ensemble = training.ensemble;
        options.seed = training.seed;
        Ok(options)
    }

    /// A configuration that cannot be made, with the file at fault.
    fn error(&self, place: &str, error: &ConfigError) -> CliError {
        let place = match error {
            ConfigError::NoRange => Some(place.to_owned()),
            ConfigError::OtherNetwork(_) => self.starts_from().map(|path| path.display().to_string()),
            _ => None,
        };
        let message = place.map_or_else(|| error.to_string(), |place| format!("{place}: {error}"));
        CliError { message, help: Some(help_of(error)) }
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
