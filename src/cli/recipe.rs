//! The network and its training: arguments, and the configuration that they ask for.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::Result;
use clap::{Args, ValueEnum};

use super::help::{Help, help_of};
use super::options::{Output, threads};
use super::{CliError, usage_error, warn};
use crate::eval::tune::{Setting, Space, TriedSettings, Values};
use crate::features::{InputSet, Target};
use crate::files::FileProblem;
use crate::model::training_values::{check_count, check_epochs, check_fraction, check_probability, check_rate};
use crate::model::{
    self, Config, ConfigError, ConfigOptions, Expected, Init, InitFile, LossKind, MAX_BATCH, MAX_DAYS, MAX_EPOCHS,
    MAX_HIDDEN, MAX_LAYERS, MAX_MEMBERS, MAX_PATH, ModelFileError, ModelFileProblem, NODES,
};
use crate::nn::init::RecurrentInit;
use crate::nn::{Activation, CellKind, Topology};
use crate::prices::PriceSeries;

/// Where the weights start, as it is typed: a file is not read yet, unlike in [`model::InitFrom`].
#[derive(Debug, Clone, PartialEq, Eq)]
enum InitArg {
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
enum Features {
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
    pub(super) kind: KindArgs,
    #[command(flatten)]
    pub(super) common: CommonArgs,
}

/// What the networks of a comparison differ in.
#[derive(Debug, Args)]
#[command(next_help_heading = "Network")]
pub(super) struct KindArgs {
    /// Kind of the layers
    #[arg(long, value_enum, default_value_t = ConfigOptions::default().cell)]
    pub(super) cell: CellKind,
    /// Lengths of the input and the output sequence
    #[arg(long, value_enum, default_value_t = ConfigOptions::default().topology)]
    pub(super) topology: Topology,
    /// Days in the input window [default: 4; 1 for one-to-many]
    #[arg(long, value_name = "DAYS", value_parser = count(MAX_DAYS))]
    pub(super) window: Option<usize>,
}

/// What they have in common.
#[derive(Debug, Clone, Args)]
pub(super) struct CommonArgs {
    #[command(flatten)]
    network: NetworkArgs,
    #[command(flatten)]
    training: TrainingArgs,
    /// Maximum number of threads, at most one per core; the results do not depend on it [default: all cores]
    #[arg(long, value_name = "N", value_parser = count(4096), help_heading = "Training")]
    threads: Option<usize>,
}

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Network")]
struct NetworkArgs {
    /// The day ahead
    #[arg(long, value_name = "DAYS", value_parser = count(MAX_DAYS))]
    horizon: Option<usize>,
    /// Hidden units per layer
    // `tune` takes several values of it, and of the other options that are `Values`.
    #[arg(
        long,
        value_name = "UNITS",
        default_value_t = Values::Each(vec![ConfigOptions::default().hidden]),
        value_parser = one(count(MAX_HIDDEN))
    )]
    hidden: Values<usize>,
    /// Number of stacked layers
    #[arg(
        long,
        value_name = "N",
        default_value_t = Values::Each(vec![ConfigOptions::default().layers]),
        value_parser = one(count(MAX_LAYERS))
    )]
    layers: Values<usize>,
    /// Activation function of dense, conv and rnn layers [default: tanh]
    #[arg(long, value_enum)]
    activation: Option<Activation>,
    /// Initialisation of random recurrent weights [default: orthogonal]
    #[arg(long, value_enum, value_name = "INIT")]
    recurrent_init: Option<RecurrentInit>,
    /// Quantity that the network forecasts
    #[arg(long, value_enum, default_value_t = ConfigOptions::default().target)]
    target: Target,
    /// Loss function
    #[arg(long, value_enum, default_value_t = ConfigOptions::default().loss)]
    loss: LossKind,
    /// Columns that the inputs are made of
    #[arg(long, value_enum, default_value = "auto")]
    features: Features,
}

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Training")]
struct TrainingArgs {
    /// Initial weights: pretrained (on simulated markets), random, or a file: a model, or safetensors of another
    /// program with the tensor names of a model, such as torch.nn.LSTM has [default: pretrained where there are
    /// pretrained networks of this configuration; random otherwise and with --recurrent-init]
    #[arg(long, value_name = "START")]
    init_from: Option<InitArg>,
    /// Maximum epochs; 0 leaves the initial weights as they are [default: 30 from random weights, otherwise 12 with
    /// covariates, and 6 with events alone or without any]
    #[arg(long, value_name = "N", value_parser = one(maximum_epochs))]
    epochs: Option<Values<usize>>,
    /// Batch size, in windows [default: 32 from random weights, otherwise 64]
    #[arg(long, value_name = "N", value_parser = count(MAX_BATCH))]
    batch_size: Option<usize>,
    /// Peak learning rate [default: 0.003 from random weights, otherwise 0.002]
    #[arg(long, value_name = "RATE", value_parser = one(rate))]
    learning_rate: Option<Values<f64>>,
    /// Stop training after this many epochs without a lower loss on the windows held back by --valid-fraction; 0 runs
    /// all epochs and keeps the last, after Ctrl-C too [default: 5 from random weights and with --valid-fraction, otherwise 0]
    #[arg(long, value_name = "EPOCHS", value_parser = epochs)]
    patience: Option<usize>,
    /// Fraction of the windows, the last ones, to hold back from training for the validation loss, which decides when
    /// --patience stops; 0 trains on all windows [default: 0.15 from random weights and with --patience, otherwise 0]
    #[arg(long, value_name = "FRACTION", value_parser = fraction)]
    valid_fraction: Option<f64>,
    /// Dropout rate between layers
    #[arg(long, value_name = "RATE", default_value_t = ConfigOptions::default().dropout, value_parser = fraction)]
    dropout: f64,
    /// Probability that, in training, the decoder reads the true value of the previous day instead of its own [default:
    /// 0.5]
    #[arg(long, value_name = "PROBABILITY", value_parser = probability)]
    teacher_forcing: Option<f64>,
    /// Number of networks in the ensemble; their quantiles are averaged [default: 3; with --init-from FILE those of
    /// FILE]
    #[arg(long, value_name = "N", value_parser = count(MAX_MEMBERS))]
    ensemble: Option<usize>,
    /// Seed of the random number generator; equal seeds give equal bytes
    #[arg(long, value_name = "N", default_value_t = ConfigOptions::default().seed, value_parser = seed)]
    seed: u64,
}

/// A number as it is typed, if it is allowed. `wrong` is one that is not, for text that is no number.
fn checked<T: FromStr>(text: &str, wrong: T, check: impl Fn(T) -> Result<T, Expected>) -> Result<T, String> {
    check(text.trim().parse().unwrap_or(wrong)).map_err(|expected| expected.to_string())
}

pub(super) fn count(max: usize) -> impl Fn(&str) -> Result<usize, String> + Clone + Send + Sync + 'static {
    move |text: &str| checked(text, 0, |count| check_count(count, max))
}

/// The one value of an option of which `tune` takes several.
fn one<T>(
    parse: impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static,
) -> impl Fn(&str) -> Result<Values<T>, String> + Clone + Send + Sync + 'static {
    move |text: &str| Ok(Values::Each(vec![parse(text)?]))
}

/// Several values of an option, or a range of them.
pub(super) fn several<T: Setting>(
    parse: impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static,
) -> impl Fn(&str) -> Result<Values<T>, String> + Clone + Send + Sync + 'static {
    move |text: &str| Values::parse(text, &parse)
}

fn maximum_epochs(text: &str) -> Result<usize, String> {
    checked(text, usize::MAX, check_epochs)
}

fn epochs(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| "expected a whole number from 0, for example 5".into())
}

fn seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("expected a whole number from 0 to {}", u64::MAX))
}

/// The last day that the pretrained networks forecast.
const FAR_DAY: usize = NODES[NODES.len() - 1];

/// A fraction of the windows, or 0.
pub fn fraction(text: &str) -> Result<f64, String> {
    checked(text, f64::NAN, check_fraction)
}

fn rate(text: &str) -> Result<f64, String> {
    checked(text, f64::NAN, check_rate)
}

fn probability(text: &str) -> Result<f64, String> {
    checked(text, f64::NAN, check_probability)
}

/// A network and its training, resolved.
#[derive(Debug)]
pub struct Recipe {
    /// What the configuration is made from.
    options: ConfigOptions,
    /// The day ahead that the command line asks for.
    asked_horizon: Option<usize>,
    /// The model file that weights start from, which have seen prices of some days.
    pub init_file: Option<PathBuf>,
    /// Threads to compute on.
    pub threads: usize,
}

impl CommonArgs {
    /// The recipe of one network of a comparison: weights start at random unless otherwise asked for, as only some
    /// networks are pretrained.
    ///
    /// # Errors
    /// As [`RecipeArgs::resolve`].
    pub(super) fn recipe_of(&self, kind: KindArgs, subcommand: &str) -> Result<Recipe> {
        let mut common = self.clone();
        common.training.init_from.get_or_insert(InitArg::Random);
        RecipeArgs { kind, common }.resolve(subcommand)
    }

    /// The recipe of a try of a search.
    ///
    /// # Errors
    /// As [`RecipeArgs::resolve`].
    pub(super) fn recipe_of_try(&self, kind: KindArgs, settings: &TriedSettings, kinds: &[KindArgs]) -> Result<Recipe> {
        let mut common = self.without_foreign(&kind, kinds);
        let start = if settings.pretrained { InitArg::Pretrained } else { InitArg::Random };
        common.network.hidden = Values::Each(vec![settings.hidden]);
        common.network.layers = Values::Each(vec![settings.layers]);
        common.training.learning_rate = Some(Values::Each(vec![settings.learning_rate]));
        common.training.epochs = settings.epochs.map(|epochs| Values::Each(vec![epochs]));
        common.training.init_from = Some(start);
        common.without_dropout_of_one_layer(self).resolved(kind)
    }

    /// The recipe of the default configuration of a search: the values of `train` in the place of those that are
    /// searched.
    ///
    /// # Errors
    /// As [`RecipeArgs::resolve`].
    pub(super) fn recipe_of_default(&self, kind: KindArgs, kinds: &[KindArgs]) -> Result<Recipe> {
        let mut common = self.without_foreign(&kind, kinds);
        let default = ConfigOptions::default();
        common.network.hidden = Values::Each(vec![default.hidden]);
        common.network.layers = Values::Each(vec![default.layers]);
        (common.training.learning_rate, common.training.epochs) = (None, None);
        common.without_dropout_of_one_layer(self).resolved(kind)
    }

    fn resolved(self, kind: KindArgs) -> Result<Recipe> {
        Ok(RecipeArgs { kind, common: self }.resolve("tune")?.for_its_day())
    }

    /// Dropout is between layers: where others have several, those of one layer have none.
    fn without_dropout_of_one_layer(mut self, all: &CommonArgs) -> CommonArgs {
        let others = !matches!(&all.network.layers, Values::Each(layers) if layers.iter().all(|layers| *layers == 1));
        if self.network.layers.first() == 1 && others {
            self.training.dropout = 0.0;
        }
        self
    }

    /// What a search draws from; `is_pretrained` says of which kinds there are pretrained networks.
    pub(super) fn space(
        &self,
        cells: &[CellKind],
        windows: Values<usize>,
        is_pretrained: impl Fn(CellKind) -> bool,
    ) -> Space {
        let (network, training, default) = (&self.network, &self.training, ConfigOptions::default());
        let pretrained = match training.init_from {
            Some(InitArg::Random) => Vec::new(),
            _ => cells.iter().copied().filter(|cell| is_pretrained(*cell)).collect(),
        };
        Space {
            cells: cells.to_vec(),
            windows,
            hidden: network.hidden.clone(),
            layers: network.layers.clone(),
            learning_rates: training.learning_rate.clone().unwrap_or(Values::Between(5e-4, 1e-2)),
            epochs: training.epochs.clone(),
            pretrained,
            pretrained_sizes: (default.hidden, default.layers),
            random: training.init_from != Some(InitArg::Pretrained),
        }
    }

    /// The command `tune`, whose networks differ in more: these options take several values, or a range.
    pub(super) fn several_values(command: clap::Command) -> clap::Command {
        const LISTED: &str = "several with commas, or a range LOW..HIGH";
        command
            .mut_arg("hidden", |arg| {
                let arg = arg.value_parser(several(count(MAX_HIDDEN))).default_value("8,16,32");
                arg.help(format!("Hidden units per layer: {LISTED}"))
            })
            .mut_arg("layers", |arg| {
                let arg = arg.value_parser(several(count(MAX_LAYERS))).default_value("1,2");
                arg.help(format!("Numbers of stacked layers: {LISTED}"))
            })
            .mut_arg("learning_rate", |arg| {
                let arg = arg.value_parser(several(rate)).default_value("0.0005..0.01").visible_alias("learning-rates");
                arg.help(format!("Peak learning rates: {LISTED}, which is drawn from on a logarithmic scale"))
            })
            .mut_arg("epochs", |arg| {
                let arg = arg.value_parser(several(count(MAX_EPOCHS)));
                arg.help(format!("Maximum epochs: {LISTED} [default: 30 from random weights, otherwise 12 with covariates, and 6 with events alone or without any]"))
            })
            .mut_arg("init_from", |arg| {
                arg.help(
                    "Initial weights: pretrained (on simulated markets) or random [default: half of the tries each, where \
                     there are pretrained networks in the space]",
                )
            })
    }

    /// Seed of everything random.
    pub(super) fn seed(&self) -> u64 {
        self.training.seed
    }

    /// Whether weights are to start from those of a model, which are of one network.
    pub(super) fn starts_from_model(&self) -> bool {
        matches!(self.training.init_from, Some(InitArg::Model(_)))
    }

    /// Leaves out what has no effect on networks of a kind, where it has one on others of the comparison.
    pub(super) fn without_foreign(&self, kind: &KindArgs, others: &[KindArgs]) -> CommonArgs {
        let has_activation = |kind: &KindArgs| !kind.cell.is_gated();
        let has_recurrent = |kind: &KindArgs| kind.cell.is_recurrent();
        let decodes = |kind: &KindArgs| kind.topology != Topology::ManyToOne && kind.cell.is_recurrent();
        let foreign = |has: &dyn Fn(&KindArgs) -> bool| !has(kind) && others.iter().any(has);
        let mut common = self.clone();
        common.network.activation = common.network.activation.filter(|_| !foreign(&has_activation));
        common.network.recurrent_init = common.network.recurrent_init.filter(|_| !foreign(&has_recurrent));
        common.training.teacher_forcing = common.training.teacher_forcing.filter(|_| !foreign(&decodes));
        common
    }
}

impl RecipeArgs {
    /// The options that have no effect on a finished model.
    pub fn training_options() -> Vec<clap::Id> {
        let of = |command: clap::Command| -> Vec<clap::Id> {
            command.get_arguments().map(|arg| arg.get_id().clone()).collect()
        };
        let kind = of(KindArgs::augment_args(clap::Command::new("kind")));
        let network = of(NetworkArgs::augment_args(clap::Command::new("network")));
        [kind, network, of(TrainingArgs::augment_args(clap::Command::new("training")))].concat()
    }

    /// Checks the options together and loads the model that weights start from.
    ///
    /// # Errors
    /// A usage error for options that would have no effect; a model that cannot be loaded.
    pub fn resolve(self, subcommand: &str) -> Result<Recipe> {
        if let Some(wrong) = self.wrong() {
            return Err(usage_error(subcommand, wrong));
        }
        let (options, init_file) = self.options()?;
        let has_inputs = matches!(options.init_from, Some(model::InitFrom::Model(_)));
        if has_inputs && self.common.network.features != Features::Auto {
            let wrong = "the inputs are those of the model in --init-from: leave out --features";
            return Err(usage_error(subcommand, wrong));
        }
        Ok(Recipe { asked_horizon: options.horizon, options, init_file, threads: threads(self.common.threads) })
    }

    /// What is wrong with the options together, as far as no file is read.
    pub fn wrong(&self) -> Option<&'static str> {
        self.wrong_of_network().or_else(|| self.wrong_of_training())
    }

    fn wrong_of_network(&self) -> Option<&'static str> {
        let KindArgs { cell, topology, window } = self.kind;
        let network = &self.common.network;
        if cell.is_gated() && network.activation.is_some() {
            Some("--activation is for dense, conv and rnn: lstm and gru have their own")
        } else if !cell.is_recurrent() && network.recurrent_init.is_some() {
            Some("--recurrent-init is for rnn, gru and lstm: dense and conv have no recurrent weights")
        } else if topology == Topology::OneToMany && window.is_some_and(|window| window != 1) {
            Some("one-to-many reads one day: leave out --window")
        } else if topology != Topology::ManyToOne && network.horizon.is_some_and(|days| days > MAX_PATH) {
            const { assert!(MAX_PATH == 1000, "the text below says so") }
            Some("a path has at most 1000 days: pass a smaller --horizon, or --topology many-to-one for one day")
        } else {
            None
        }
    }

    fn wrong_of_training(&self) -> Option<&'static str> {
        let CommonArgs { network, training, .. } = &self.common;
        let decodes = self.kind.topology != Topology::ManyToOne && self.kind.cell.is_recurrent();
        let from_weights = matches!(training.init_from, Some(InitArg::Pretrained | InitArg::Model(_)));
        let patient = training.patience.is_some_and(|patience| patience > 0);
        if training.dropout > 0.0 && network.layers.first() == 1 {
            Some("--dropout is between layers: pass --layers 2 or more")
        } else if training.teacher_forcing.is_some() && !decodes {
            Some(
                "--teacher-forcing is for decoders: pass --topology many-to-many or one-to-many, and a recurrent --cell",
            )
        } else if training.teacher_forcing.is_some() && network.horizon.unwrap_or(1) == 1 {
            Some("--teacher-forcing is for paths of several days: pass --horizon 2 or more")
        } else if network.recurrent_init.is_some() && from_weights {
            Some("--recurrent-init is for random weights: leave it out, or pass --init-from random")
        } else if patient && training.valid_fraction == Some(0.0) {
            Some("--patience needs a validation loss: pass a --valid-fraction above 0")
        } else {
            None
        }
    }

    /// The options of the library, and the file that weights start from.
    fn options(&self) -> Result<(ConfigOptions, Option<PathBuf>), CliError> {
        let CommonArgs { network, training, .. } = &self.common;
        let (init_from, init_file) = match &training.init_from {
            None => (None, None),
            Some(InitArg::Pretrained) => (Some(model::InitFrom::Pretrained), None),
            Some(InitArg::Random) => (Some(model::InitFrom::Random), None),
            Some(InitArg::Model(path)) => {
                let init = match model::load_init(path).map_err(|error| unusable_start(&error))? {
                    InitFile::Model(model) => model::InitFrom::model(*model, path.display().to_string()),
                    InitFile::Weights(weights) => model::InitFrom::Weights(Box::new(weights)),
                };
                (Some(init), Some(path.clone()))
            }
        };
        let default = ConfigOptions::default();
        let options = ConfigOptions {
            cell: self.kind.cell,
            topology: self.kind.topology,
            window: self.kind.window,
            horizon: network.horizon,
            hidden: network.hidden.first(),
            layers: network.layers.first(),
            activation: network.activation.unwrap_or(default.activation),
            recurrent_init: network.recurrent_init,
            target: network.target,
            loss: network.loss,
            features: match network.features {
                Features::Auto => None,
                Features::Close => Some(InputSet::Close),
                Features::Ohlc => Some(InputSet::Ohlc),
            },
            init_from,
            epochs: training.epochs.as_ref().map(Values::first),
            batch_size: training.batch_size,
            learning_rate: training.learning_rate.as_ref().map(Values::first),
            patience: training.patience,
            valid_fraction: training.valid_fraction,
            dropout: training.dropout,
            teacher_forcing: training.teacher_forcing.unwrap_or(default.teacher_forcing),
            ensemble: training.ensemble,
            seed: training.seed,
        };
        Ok((options, init_file))
    }
}

/// The error of a file that weights cannot start from. What helps with a model that forecasts does not: a model to train
/// is another one.
fn unusable_start(error: &ModelFileError) -> CliError {
    let own = error.help();
    let is_of_other_option = ["--model", " -m ", "train again"].iter().any(|text| own.contains(text));
    let help = match &error.problem {
        ModelFileProblem::File(FileProblem::Folder) => "name a file in it with --init-from".into(),
        _ if is_of_other_option => {
            "name a model that fourcast train wrote, or weights in a safetensors file, with --init-from, or leave it out"
                .into()
        }
        _ => own,
    };
    CliError { message: error.to_string(), help: Some(help) }
}

impl Recipe {
    /// The configuration for a series that was read from `place`, and the weights to start from; `None` for random
    /// weights.
    ///
    /// # Errors
    /// If the series lacks the columns asked for, there are no such weights, or a batch would need too much memory.
    pub fn config_for(&self, place: &str, series: &PriceSeries) -> Result<(Config, Option<Init>), CliError> {
        let (config, init) = self.options.resolve(series).map_err(|error| self.error(place, &error))?;
        config.check_memory(series.len(), self.threads).map_err(|oversize| self.error(place, &oversize.into()))?;
        Ok((config, init))
    }

    /// The configuration and the initial weights for one model of several series.
    ///
    /// # Errors
    /// As [`config_for`](Recipe::config_for).
    pub fn config_for_several(&self, series: &[&PriceSeries]) -> Result<(Config, Option<Init>), CliError> {
        let without_bars = series.iter().find(|one| one.range.is_none()).map_or("", |one| &one.name);
        let failed = |error: ConfigError| self.error(without_bars, &error);
        let (config, init) = self.options.resolve_several(series).map_err(failed)?;
        let rows = series.iter().map(|one| one.len()).sum();
        config.check_memory(rows, self.threads).map_err(|oversize| failed(oversize.into()))?;
        Ok((config, init))
    }

    /// An error of the configuration, with the file at fault.
    fn error(&self, place: &str, error: &ConfigError) -> CliError {
        let place = match error {
            ConfigError::NoRange => Some(place.to_owned()),
            ConfigError::OtherNetwork(_) | ConfigError::OtherCount { .. } | ConfigError::Weights(_) => {
                self.init_file.as_ref().map(|path| path.display().to_string())
            }
            _ => None,
        };
        let message = place.map_or_else(|| error.to_string(), |place| format!("{place}: {error}"));
        CliError { message, help: Some(help_of(error)) }
    }

    /// What the configuration is made from.
    pub fn options(&self) -> &ConfigOptions {
        &self.options
    }

    /// A recipe for models whose forecasts of the day [`Recipe::horizon`] are to be tested.
    pub fn for_its_day(self) -> Recipe {
        let day = self.horizon();
        Recipe { options: self.options.for_day(day), ..self }
    }

    /// The day ahead that is asked for on the command line.
    pub fn asked_horizon(&self) -> Option<usize> {
        self.asked_horizon
    }

    /// The day ahead asked for: by default the next one, or that of the model that weights start from.
    pub fn horizon(&self) -> usize {
        let of_model = match &self.options.init_from {
            Some(model::InitFrom::Model(init)) => Some(init.forecaster.card.config.usual_day()),
            _ => None,
        };
        self.asked_horizon.or(of_model).unwrap_or(1)
    }

    /// Says that a network of a day beyond those of the pretrained ones starts from random weights, unless that is
    /// asked for.
    ///
    /// # Errors
    /// With `--strict`, that warning.
    pub fn warn_of_far_day(&self, output: &Output) -> Result<(), CliError> {
        let Some(day) = self.asked_horizon.filter(|day| *day > FAR_DAY && self.options.init_from.is_none()) else {
            return Ok(());
        };
        let message = format!(
            "day {day} ahead is beyond days 1 to {FAR_DAY} of the pretrained networks: networks of day {day} alone are \
             trained, from random weights"
        );
        match (output.strict, output.quiet) {
            (true, _) => {
                let help = "pass --init-from random if that is meant, or leave out --horizon".to_owned();
                return Err(CliError { message, help: Some(help) });
            }
            (false, false) => warn(&message, None),
            (false, true) => {}
        }
        Ok(())
    }

    /// The files that it reads besides prices, each with what it is.
    pub fn input_files<'a>(&'a self, events: Option<&'a Path>) -> Vec<(&'static str, &'a Path)> {
        let init = self.init_file.as_deref().map(|path| ("model", path));
        init.into_iter().chain(events.map(|path| ("events", path))).collect()
    }

    /// The seed.
    pub fn seed(&self) -> u64 {
        self.options.seed
    }

    /// Networks of an ensemble.
    pub fn ensemble(&self) -> usize {
        self.options.networks()
    }
}
