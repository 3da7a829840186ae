//! The network and its training: the arguments, and the configuration that they describe.

mod args;
mod several;
mod values;

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;

use super::help::{help_of, of_initial_weights};
use super::options::threads;
use super::output_args::Output;
use super::{CliError, usage_error, warn};
use crate::eval::tune::Values;
use crate::features::InputSet;
use crate::model::{
    self, Config, ConfigError, ConfigOptions, Init, InitFile, MAX_PATH, ModelFileError, OUTPUT_HORIZONS,
};
use crate::nn::{CellKind, Topology};
use crate::prices::PriceSeries;
use crate::words::join;
use args::{Features, InitArg, NetworkArgs, TrainingArgs};

pub use args::{CommonArgs, KindArgs, RecipeArgs};
pub use values::{count, fraction, several};

/// The last day ahead that the pretrained networks forecast.
const FAR_DAY: usize = OUTPUT_HORIZONS[OUTPUT_HORIZONS.len() - 1];

/// A network and its training, resolved from the arguments.
#[derive(Debug)]
pub struct Recipe {
    /// The options of the configuration.
    options: ConfigOptions,
    /// The day ahead requested on the command line.
    asked_horizon: Option<usize>,
    /// The model file from which the weights start; they were trained on prices of some days.
    pub init_file: Option<PathBuf>,
    /// Number of threads.
    pub threads: usize,
}

impl RecipeArgs {
    /// Returns the options that have no effect on a finished model.
    pub fn training_options() -> Vec<clap::Id> {
        let of = |command: clap::Command| -> Vec<clap::Id> {
            command.get_arguments().map(|arg| arg.get_id().clone()).collect()
        };
        let kind = of(KindArgs::augment_args(clap::Command::new("kind")));
        let network = of(NetworkArgs::augment_args(clap::Command::new("network")));
        [kind, network, of(TrainingArgs::augment_args(clap::Command::new("training")))].concat()
    }

    /// Checks the combination of options, and loads the model from which weights start.
    ///
    /// # Errors
    /// A usage error for options that would have no effect, or the error of a model that cannot be loaded.
    pub fn resolve(self, subcommand: &str) -> Result<Recipe> {
        if let Some(wrong) = self.wrong() {
            return Err(usage_error(subcommand, &wrong));
        }
        let (options, init_file) = self.options()?;
        let has_inputs = matches!(options.init_from, Some(model::InitFrom::Model(_)));
        if has_inputs && self.common.network.features != Features::Auto {
            let wrong = "the inputs are those of the model in --init-from: leave out --features";
            return Err(usage_error(subcommand, wrong));
        }
        Ok(Recipe { asked_horizon: options.horizon, options, init_file, threads: threads(self.common.threads) })
    }

    /// Returns what is wrong with the combination of options, as far as this is known without reading a file.
    pub fn wrong(&self) -> Option<String> {
        let wrong_of_cell = self.wrong_of_cell();
        wrong_of_cell.or_else(|| self.wrong_of_network().or_else(|| self.wrong_of_training()).map(str::to_owned))
    }

    fn wrong_of_cell(&self) -> Option<String> {
        let (cell, network) = (self.kind.cell, &self.common.network);
        if cell.is_gated() && network.activation.is_some() {
            let (with, without) = (cells(|cell| !cell.is_gated()), cells(CellKind::is_gated));
            Some(format!("--activation is for {with}: {without} have their own"))
        } else if !cell.is_recurrent() && network.recurrent_init.is_some() {
            let (with, without) = (cells(CellKind::is_recurrent), cells(|cell| !cell.is_recurrent()));
            Some(format!("--recurrent-init is for {with}: {without} have no recurrent weights"))
        } else {
            None
        }
    }

    fn wrong_of_network(&self) -> Option<&'static str> {
        let KindArgs { topology, window, .. } = self.kind;
        let network = &self.common.network;
        if topology == Topology::OneToMany && window.is_some_and(|window| window != 1) {
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

    /// Returns the options for the library, and the file from which weights start.
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

/// Returns the error of a file from which weights cannot start.
fn unusable_start(error: &ModelFileError) -> CliError {
    CliError { message: error.to_string(), help: Some(of_initial_weights(error)) }
}

impl Recipe {
    /// Returns the configuration for a series that was read from `place`, and the initial weights; `None` for random
    /// weights.
    ///
    /// # Errors
    /// If the series lacks the requested columns, there are no such weights, or a batch would require too much memory.
    pub fn config_for(&self, place: &str, series: &PriceSeries) -> Result<(Config, Option<Init>), CliError> {
        let (config, init) = self.options.resolve(series).map_err(|error| self.error(place, &error))?;
        config.check_memory(series.len(), self.threads).map_err(|oversize| self.error(place, &oversize.into()))?;
        Ok((config, init))
    }

    /// Checks that a series that was read from `place` has the requested columns.
    ///
    /// # Errors
    /// If it has not.
    pub fn check_columns(&self, place: &str, series: &PriceSeries) -> Result<(), CliError> {
        match self.options.features {
            Some(InputSet::Ohlc) if series.range.is_none() => Err(self.error(place, &ConfigError::NoBars)),
            _ => Ok(()),
        }
    }

    /// Returns the configuration and the initial weights for one model of several series, of which each has the
    /// requested columns ([`check_columns`](Recipe::check_columns)).
    ///
    /// # Errors
    /// Those of [`config_for`](Recipe::config_for).
    pub fn config_for_several(&self, series: &[&PriceSeries]) -> Result<(Config, Option<Init>), CliError> {
        let failed = |error: ConfigError| self.error(&format!("{} series", series.len()), &error);
        let (config, init) = self.options.resolve_several(series).map_err(failed)?;
        let rows = series.iter().map(|one| one.len()).sum();
        config.check_memory(rows, self.threads).map_err(|oversize| failed(oversize.into()))?;
        Ok((config, init))
    }

    /// Returns an error of the configuration, with the file at fault.
    fn error(&self, place: &str, error: &ConfigError) -> CliError {
        let place = match error {
            ConfigError::NoBars => Some(place.to_owned()),
            ConfigError::OtherNetwork(_) | ConfigError::OtherCount { .. } | ConfigError::Weights(_) => {
                self.init_file.as_ref().map(|path| path.display().to_string())
            }
            _ => None,
        };
        let message = place.map_or_else(|| error.to_string(), |place| format!("{place}: {error}"));
        CliError { message, help: Some(help_of(error)) }
    }

    /// Returns the options of the configuration.
    pub fn options(&self) -> &ConfigOptions {
        &self.options
    }

    /// Returns a recipe for models that are tested on forecasts of the day [`Recipe::horizon`].
    pub fn for_its_day(self) -> Recipe {
        let day = self.horizon();
        Recipe { options: self.options.for_day(day), ..self }
    }

    /// Returns the day ahead requested on the command line.
    pub fn asked_horizon(&self) -> Option<usize> {
        self.asked_horizon
    }

    /// Returns the day ahead requested: by default the next day, or that of the model from which weights start.
    pub fn horizon(&self) -> usize {
        let of_model = match &self.options.init_from {
            Some(model::InitFrom::Model(init)) => Some(init.forecaster.card.config.usual_day()),
            _ => None,
        };
        self.asked_horizon.or(of_model).unwrap_or(1)
    }

    /// Warns that a network for a day beyond those of the pretrained networks starts from random weights, unless these
    /// are requested.
    ///
    /// # Errors
    /// With `--strict`, the warning.
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

    /// Returns the files read other than prices, each with a description.
    pub fn input_files<'a>(&'a self, events: Option<&'a Path>) -> Vec<(&'static str, &'a Path)> {
        let init = self.init_file.as_deref().map(|path| ("model", path));
        init.into_iter().chain(events.map(|path| ("events", path))).collect()
    }

    /// Returns the seed.
    pub fn seed(&self) -> u64 {
        self.options.seed
    }

    /// Returns the number of networks of an ensemble.
    pub fn ensemble(&self) -> usize {
        self.options.networks()
    }
}

/// Returns the names of the cells for which `is_one` is true: `dense, conv and rnn`.
fn cells(is_one: impl Fn(CellKind) -> bool) -> String {
    let names: Vec<String> =
        CellKind::ALL.into_iter().filter(|cell| is_one(*cell)).map(|cell| cell.name().into()).collect();
    join(&names, "and")
}
