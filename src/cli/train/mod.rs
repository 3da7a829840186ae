//! `fourcast train`: fits a model to prices and writes it to disk.

mod alone;
mod each;
mod resume;
mod several;

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args as ClapArgs;
use rayon::prelude::*;

use self::resume::{CheckpointArgs, Checkpoints, Resumable};
use super::covariates::CovariateArgs;
use super::interrupt::{Interrupted, Stoppable};
use super::options::{Format, ModelArgs, PriceArgs, Use, announce, refuse_overwrite};
use super::output_args::{Output, OutputArgs};
use super::pages::{PageArgs, PageFiles};
use super::recipe::{Recipe, RecipeArgs, fraction};
use super::results::{Origin, ResultArgs, ResultFile};
use super::sources::with_files_of_folders;
use super::typed_options::TypedOptions;
use super::warnings::{CliWarning, Strictly};
use super::{CliError, output, usage_error, warn};
use crate::files::{FileError, FileProblem, WriteLock};
use crate::model::{self, FitOptions, FitProgress, Forecaster, SilentFit, StoppedFit};
use crate::prices::{self, Column, ColumnRef, Covariates, ReadOptions, Reading, Role, Source};
use crate::report::{self, CsvRows, EpochLines, ProgressBar, Summary};
use crate::threads;

/// Fit a model to a CSV file of prices and write it to disk.
///
/// Then print how accurate a fit to the earlier windows is on the last ones, compared with "tomorrow = today", and
/// the forecast of the next close with its prediction intervals.
///
/// From several series, in several files or in a file of several tickers, one model is trained on all of them together.
/// It can forecast these and other series.
///
/// Ctrl-C once ends the training after the current epoch and keeps the model so far; twice, it ends at once and leaves
/// the old model as it was. The exit code is 130 after both.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  fourcast train prices.csv
  fourcast train prices.csv --target price --loss mse      price levels
  fourcast train prices.csv --topology many-to-many --horizon 5
  fourcast train prices.csv --report page.html             losses and forecast
  fourcast train prices.csv --past VIX --events meetings.csv
  fourcast train prices.csv --cell gru --hidden 32 --layers 2
  fourcast train tickers.csv                               one model of all
  fourcast train tickers.csv --each --models models        a model of each")]
pub struct Args {
    #[command(flatten)]
    prices: PriceArgs,
    #[command(flatten)]
    model: ModelArgs,
    /// Train a separate model of each series; --models says where they are written
    #[arg(long, requires = "models", help_heading = "Model")]
    each: bool,
    /// With --each, the folder that the models are written to, one file per series: AAPL.safetensors for AAPL, and
    /// aapl~.safetensors for aapl, because some file systems do not distinguish upper and lower case
    #[arg(long, value_name = "DIR", requires = "each", conflicts_with = "named", help_heading = "Model")]
    models: Option<PathBuf>,
    #[command(flatten)]
    covariates: CovariateArgs,
    #[command(flatten)]
    recipe: RecipeArgs,
    /// Fraction of the windows, the last ones, on which a fit to the earlier ones is tested and calibrated; 0 for no
    /// test
    #[arg(long, value_name = "FRACTION", default_value_t = FitOptions::default().test_fraction, value_parser = fraction)]
    #[arg(help_heading = "Training")]
    test_fraction: f64,
    #[command(flatten)]
    checkpoint: CheckpointArgs,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    results: ResultArgs,
    #[command(flatten)]
    pages: PageArgs,
}

/// A series that was read: its file, and its index in it.
type Place<'a> = (&'a Source, &'a Reading, usize);

/// The checked request.
#[derive(Debug)]
struct TrainRequest {
    sources: Vec<Source>,
    read: ReadOptions,
    /// The file for the model.
    model: PathBuf,
    /// The folder for a model of each series, instead of a single model.
    models: Option<PathBuf>,
    recipe: Recipe,
    fit: FitOptions,
    checkpoints: Checkpoints,
    output: Output,
    /// The file of the results of several models.
    results: Option<ResultFile>,
    pages: PageFiles,
    /// The lock of the model, if there is only one.
    _lock: Option<WriteLock>,
}

impl Args {
    /// Checks everything that can be checked before the prices are read, including that the model can be written.
    fn resolve(self, options: TypedOptions) -> Result<TrainRequest> {
        if self.results.file().is_some() && !self.each {
            return Err(usage_error("train", "--output is for models of each series: pass --each, or leave it out"));
        }
        let (sources, mut read) = self.prices.resolve()?;
        let sources = with_files_of_folders(sources)?;
        let recipe = self.recipe.resolve("train")?;
        let events = self.covariates.events_file().map(Path::to_owned);
        self.covariates.resolve("train", &mut read)?;
        let output = self.output.resolve(self.results.file());
        let checkpoints = self.checkpoint.resolve(output.quiet);
        let model = self.model.resolve().path;
        if self.models.is_none() {
            refuse_overwrite(&sources, &model)?;
        }
        // The lock comes first: while another run trains the model, its files may be readable only by that run's user.
        let lock = self.models.is_none().then(|| WriteLock::of(&model)).transpose().map_err(CliError::from)?;
        if self.models.is_none() {
            model::check_target(&model).map_err(CliError::from)?;
            let checkpoint = checkpoints.of(&model).map(|checkpoint| checkpoint.check_target());
            checkpoint.transpose().map_err(no_checkpoint)?;
        }
        let models = self.models;
        let pages = self.pages.resolve(&sources, &[(&model, "the model")])?;
        if pages.plot().is_some() && recipe.options().epochs == Some(0) {
            return Err(usage_error("train", "--plot draws the losses of each epoch: leave it out with --epochs 0"));
        }
        let fit = FitOptions { test_fraction: self.test_fraction, threads: recipe.threads, ..FitOptions::default() };
        let results = match models {
            None => None,
            Some(_) => self.results.resolve(Origin {
                command: "train",
                sources: &sources,
                files: &recipe.input_files(events.as_deref()),
                seed: Some(recipe.seed()),
                typed: options,
                whole: pages.options(),
                output: (output.format, output.quiet),
            })?,
        };
        Ok(TrainRequest { sources, read, model, models, recipe, fit, checkpoints, output, results, pages, _lock: lock })
    }
}

/// Returns the error of a checkpoint that cannot be written next to the model. The help for a model does not apply to
/// it.
fn no_checkpoint(error: FileError) -> CliError {
    match error.problem {
        FileProblem::Folder => CliError {
            message: format!(
                "{}: is a folder, expected the file that keeps the state of the training",
                error.path.display()
            ),
            help: Some("rename that folder, name another model with --model, or pass --checkpoint-every 0".into()),
        },
        _ => error.into(),
    }
}

/// Runs the subcommand: trains a model of the only series, one model of all series together, or a model of each.
pub fn run(args: Args, options: TypedOptions) -> Result<()> {
    let request = args.resolve(options)?;
    if let Some(folder) = &request.models {
        return each::run(&request, folder);
    }
    match &request.sources[..] {
        [source] => {
            let reading = prices::read(source, &request.read).map_err(CliError::from)?;
            // If all other tickers have no prices, the only one with prices is meant.
            if reading.count() == 1 || reading.only().is_ok() {
                Strictly(&request.output, Use::Fit).check(source, &reading)?;
                announce(source, &reading, (&request.output, Use::Fit));
                return alone::run(&request, source, &reading);
            }
            several::run(&request, vec![Ok(reading)])
        }
        sources => {
            let read = || sources.par_iter().map(|source| prices::read(source, &request.read)).collect();
            several::run(&request, threads::pool(request.recipe.threads)?.install(read))
        }
    }
}

/// Returns the series of the model in a file, if it is not `series`.
fn replaced_series(path: &Path, series: &str) -> Option<String> {
    let old = path.is_file().then(|| model::load(path).ok())??;
    let other = old.card.training.series;
    (other != series).then_some(other)
}

fn warn_of_replaced(path: &Path, other: &str, series: &str) {
    let message = format!("{}: replaced the model of '{other}' with one of '{series}'", path.display());
    warn(&message, Some("to keep a model per series, name its file with --model"));
}

/// Returns the error that replaces this warning with `--strict`.
fn refuse_replaced(path: &Path, other: &str, series: &str) -> CliError {
    let message = format!("{}: holds the model of '{other}', which one of '{series}' would replace", path.display());
    CliWarning::strict(message, Some("name another file with --model".into()))
}

impl TrainRequest {
    /// Whether a chart of the losses is drawn.
    fn draws_losses(&self) -> bool {
        let on_terminal = || self.output.format == Format::Table && io::stdout().is_terminal();
        self.pages.is_any() || (!self.output.quiet && on_terminal())
    }

    /// Returns the message of a run that Ctrl-C ended.
    fn stopped(&self, stopped: StoppedFit, model: &Forecaster, progress: &Resumable) -> Interrupted {
        let (path, kept) = (self.model.display(), report::kept_epoch(&model.card));
        let held = format!("{path} holds the model so far, each network with the weights of its {kept}");
        Interrupted(format!("{stopped}: {held}{}", progress.remark()))
    }

    fn progress(&self) -> Resumable {
        let inner: Stoppable<dyn FitProgress> = Stoppable(match (self.output.verbose, self.output.quiet) {
            (true, _) => Box::new(EpochLines::new(self.recipe.ensemble())),
            (false, false) if io::stderr().is_terminal() => Box::new(ProgressBar::new(self.recipe.ensemble())),
            _ => Box::new(SilentFit),
        });
        self.checkpoints.progress(inner, &self.model)
    }
}

fn print(output: &Output, summary: &Summary) -> Result<()> {
    let mut out = output::stdout((output.format == Format::Table, !output.quiet))?;
    Ok(report::write(summary, output.format, &mut out, &mut CsvRows::of(false))?)
}

/// Records in the model the columns that it was trained on, and the exchange whose holidays it skips.
pub(super) fn note_prices(
    forecaster: &mut Forecaster,
    (columns, covariates): (&[Column], &Covariates),
    options: &ReadOptions,
) {
    let training = &mut forecaster.card.training;
    let used = columns.iter().filter(|column| column.role != Role::Unused);
    training.columns = used.map(|column| (column.name.clone(), column.role.to_string())).collect();
    let past = covariates.list().into_iter();
    training.columns.extend(past.map(|covariate| (covariate.name, covariate.kind.to_string())));
    training.date_column = options.date.as_ref().map(ColumnRef::to_string);
    training.price_column = options.price.as_ref().map(ColumnRef::to_string);
    training.calendar = options.calendar;
}
