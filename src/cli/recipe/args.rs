//! The arguments about the network and its training.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueEnum};

use super::values::{count, epochs, fraction, maximum_epochs, one, probability, rate, seed};
use crate::eval::tune::Values;
use crate::features::Target;
use crate::model::{ConfigOptions, MAX_BATCH, MAX_DAYS, MAX_HIDDEN, MAX_LAYERS, MAX_MEMBERS};
use crate::nn::init::RecurrentInit;
use crate::nn::{Activation, CellKind, Loss, Topology};

/// The source of the initial weights as typed: unlike in [`model::InitFrom`], a file is not read yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum InitArg {
    Pretrained,
    Random,
    Model(PathBuf),
}

impl FromStr for InitArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            // Earlier versions called the pretrained networks the prior.
            _ if ["pretrained", "prior"].iter().any(|name| text.eq_ignore_ascii_case(name)) => Ok(InitArg::Pretrained),
            _ if text.eq_ignore_ascii_case("random") => Ok(InitArg::Random),
            "" => Err("expected pretrained, random or the name of a model file".into()),
            path => Ok(InitArg::Model(path.into())),
        }
    }
}

/// Columns that the inputs are made of, as they are typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Features {
    /// All columns that the file has and the target uses
    Auto,
    /// The close
    Close,
    /// Open, high, low and close
    Ohlc,
}

/// Options about the network and its training.
#[derive(Debug, Args)]
pub struct RecipeArgs {
    #[command(flatten)]
    pub kind: KindArgs,
    #[command(flatten)]
    pub common: CommonArgs,
}

/// What the networks of a comparison differ in.
#[derive(Debug, Args)]
#[command(next_help_heading = "Network")]
pub struct KindArgs {
    /// Kind of the layers
    #[arg(long, value_enum, default_value_t = ConfigOptions::default().cell)]
    pub cell: CellKind,
    /// Lengths of the input and the output sequence
    #[arg(long, value_enum, default_value_t = ConfigOptions::default().topology)]
    pub topology: Topology,
    /// Days in the input window [default: 4; 1 for one-to-many]
    #[arg(long, value_name = "DAYS", value_parser = count(MAX_DAYS))]
    pub window: Option<usize>,
}

/// What they have in common.
#[derive(Debug, Clone, Args)]
pub struct CommonArgs {
    #[command(flatten)]
    pub(super) network: NetworkArgs,
    #[command(flatten)]
    pub(super) training: TrainingArgs,
    /// Maximum number of threads, at most one per core; the results do not depend on it [default: all cores]
    #[arg(long, value_name = "N", value_parser = count(4096), help_heading = "Run")]
    pub(super) threads: Option<usize>,
}

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Network")]
pub(super) struct NetworkArgs {
    /// The day ahead
    #[arg(long, value_name = "DAYS", value_parser = count(MAX_DAYS))]
    pub(super) horizon: Option<usize>,
    /// Hidden units per layer
    // `tune` accepts several values for this option, and for the other options of type `Values`.
    #[arg(
        long,
        value_name = "UNITS",
        default_value_t = Values::Each(vec![ConfigOptions::default().hidden]),
        value_parser = one(count(MAX_HIDDEN))
    )]
    pub(super) hidden: Values<usize>,
    /// Number of stacked layers
    #[arg(
        long,
        value_name = "N",
        default_value_t = Values::Each(vec![ConfigOptions::default().layers]),
        value_parser = one(count(MAX_LAYERS))
    )]
    pub(super) layers: Values<usize>,
    /// Activation function of dense, conv and rnn layers [default: tanh]
    #[arg(long, value_enum)]
    pub(super) activation: Option<Activation>,
    /// Initialisation of random recurrent weights [default: orthogonal]
    #[arg(long, value_enum, value_name = "INIT")]
    pub(super) recurrent_init: Option<RecurrentInit>,
    /// Quantity that the network forecasts
    #[arg(long, value_enum, default_value_t = ConfigOptions::default().target)]
    pub(super) target: Target,
    /// Loss function
    #[arg(long, value_enum, default_value_t = ConfigOptions::default().loss)]
    pub(super) loss: Loss,
    /// Columns that the inputs are made of
    #[arg(long, value_enum, default_value = "auto")]
    pub(super) features: Features,
}

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Training")]
pub(super) struct TrainingArgs {
    /// Initial weights: pretrained (on simulated markets), random, or a file: a model, or safetensors of another
    /// program with the tensor names of a model, such as torch.nn.LSTM has [default: pretrained where there are
    /// pretrained networks of this configuration; random otherwise and with --recurrent-init]
    #[arg(long, value_name = "START")]
    pub(super) init_from: Option<InitArg>,
    /// Maximum epochs; 0 leaves the initial weights as they are [default: 30 from random weights, otherwise 12 with
    /// covariates, and 6 with only events or with none]
    #[arg(long, value_name = "N", value_parser = one(maximum_epochs))]
    pub(super) epochs: Option<Values<usize>>,
    /// Batch size, in windows [default: 32 from random weights, otherwise 64]
    #[arg(long, value_name = "N", value_parser = count(MAX_BATCH))]
    pub(super) batch_size: Option<usize>,
    /// Peak learning rate [default: 0.003 from random weights, otherwise 0.002]
    #[arg(long, value_name = "RATE", value_parser = one(rate))]
    pub(super) learning_rate: Option<Values<f64>>,
    /// Stop training after this many epochs without a lower loss on the windows held back by --valid-fraction; 0 runs
    /// all epochs and keeps the last, after Ctrl-C too [default: 5 from random weights and with --valid-fraction,
    /// otherwise 0]
    #[arg(long, value_name = "EPOCHS", value_parser = epochs)]
    pub(super) patience: Option<usize>,
    /// Fraction of the windows, the last ones, to hold back from training for the validation loss, which decides when
    /// --patience stops; 0 trains on all windows [default: 0.15 from random weights and with --patience, otherwise 0]
    #[arg(long, value_name = "FRACTION", value_parser = fraction)]
    pub(super) valid_fraction: Option<f64>,
    /// Dropout rate between layers
    #[arg(long, value_name = "RATE", default_value_t = ConfigOptions::default().dropout, value_parser = fraction)]
    pub(super) dropout: f64,
    /// Probability that, in training, the decoder reads the true value of the previous day instead of its own [default:
    /// 0.5]
    #[arg(long, value_name = "PROBABILITY", value_parser = probability)]
    pub(super) teacher_forcing: Option<f64>,
    /// Number of networks in the ensemble; their quantiles are averaged [default: 3; with --init-from FILE those of
    /// FILE]
    #[arg(long, value_name = "N", value_parser = count(MAX_MEMBERS))]
    pub(super) ensemble: Option<usize>,
    /// Seed of the random number generator; equal seeds give equal bytes
    #[arg(long, value_name = "N", default_value_t = ConfigOptions::default().seed, value_parser = seed)]
    pub(super) seed: u64,
}
