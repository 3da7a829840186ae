//! `fourcast update`: updates a model with new rows of its series.

mod run;
mod warnings;

use std::collections::BTreeSet;
use std::mem::{Discriminant, discriminant};
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args as ClapArgs;
use jiff::civil::Date;

use super::chosen_model::Model;
use super::covariates::EventArgs;
use super::help::of_update;
use super::max_age::refuse_future;
use super::options::{ModelArgs, PriceArgs, Use, place_of, refuse_overwrite, threads, train_command};
use super::output_args::{FormatArgs, MessageArgs, Output};
use super::recipe::count;
use super::series_run::SeriesRun;
use super::sources::with_files_of_folders;
use super::warnings::CliWarning;
use super::{CliError, usage_error};
use crate::files::{FileError, FileProblem, WriteLock};
use crate::fleet::manifest::checksum_of;
use crate::fleet::{Inputs, Workers, each_series};
use crate::model::{self, ConfigOptions, Forecaster, MAX_EPOCHS, SilentFit, UpdateOptions, UpdateRemark, Updated};
use crate::prices::{self, OneSeries, ReadError, ReadOptions, Source};
use crate::words::shell_word;
use run::Run;
use warnings::{frozen, warning_of, without_repeats};

/// Update a model with the new rows of its series.
///
/// The calibration takes in the days since the training or the last update, and the scales of volatility are measured
/// up to the last row. The weights stay unchanged unless --epochs trains them further. The file must also have the rows
/// before the new ones.
///
/// The drift is the relative change, by the update, of the width of the 90 % interval of the next close from the last
/// row. The model is replaced atomically; without new rows it stays as it is.
///
/// The model keeps the returns of up to 16 earlier days, the last 8 and the largest before them, and compares the file
/// with them. If more than half differ, or at least the last three differ by far, the rows are of another series, which
/// is an error; a single return that differs is a warning. A sum over all rows shows whether any other close has
/// changed, as after a split, which is a warning, or only volumes and adjusted closes, as after a dividend, which is a
/// note. A row that was added after the update of its day is a warning, and with --calendar so is a session without a
/// row among the new ones: the effect of a counted outcome cannot be undone, so the model has to be updated from a
/// copy, or trained again. A new return of more than 12 times the volatility, of the training and of the last rows, is
/// a warning until the next row confirms it; a move by a factor of more than 2.5, or of more than 40 times the
/// volatility, remains a warning.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  fourcast update prices.csv
  fourcast update prices.csv --save-as new.safetensors    keep the old model
  fourcast update prices.csv --max-drift 0.5              stop at large changes
  fourcast update prices.csv --epochs 2                   train for two epochs
  fourcast update tickers.csv --models models             each ticker's model")]
pub struct Args {
    #[command(flatten)]
    prices: PriceArgs,
    #[command(flatten)]
    model: ModelArgs,
    /// Update the model of each series in this folder, which train --each has written
    #[arg(long, value_name = "DIR", conflicts_with = "named", help_heading = "Model")]
    models: Option<PathBuf>,
    /// Write the updated model there, and leave that of -m as it is
    #[arg(long, value_name = "FILE", conflicts_with = "models", help_heading = "Model")]
    save_as: Option<PathBuf>,
    #[command(flatten)]
    events: EventArgs,
    /// Train on all rows for this many epochs, from the present weights [default: no training]
    #[arg(long, value_name = "N", value_parser = count(MAX_EPOCHS), help_heading = "Training")]
    epochs: Option<usize>,
    /// Write no model whose drift is larger than this, for example 0.2 for 20 %, and end with exit code 3. A single
    /// wrong price hardly changes it: --strict stops at such a price
    #[arg(long, value_name = "FRACTION", value_parser = drift, help_heading = "Model")]
    max_drift: Option<f64>,
    /// Maximum number of threads, at most one per core; the results do not depend on it [default: all cores]
    #[arg(long, value_name = "N", value_parser = count(4096), help_heading = "Run")]
    threads: Option<usize>,
    #[command(flatten)]
    format: FormatArgs,
    #[command(flatten)]
    messages: MessageArgs,
}

fn drift(text: &str) -> Result<f64, String> {
    match text.trim().parse::<f64>() {
        Ok(fraction) if (0.0..=1000.0).contains(&fraction) => Ok(fraction),
        _ => Err("expected a fraction from 0, for example 0.2 for 20 %".into()),
    }
}

/// The checked request.
struct UpdateRequest {
    sources: Vec<Source>,
    /// The reading options of the command line.
    typed: ReadOptions,
    /// The reading options, completed by those recorded in the model.
    read: ReadOptions,
    model: Model,
    /// The lock of the model to write, if there is only one.
    _lock: Option<WriteLock>,
    save_as: Option<PathBuf>,
    epochs: usize,
    max_drift: Option<f64>,
    threads: usize,
    output: Output,
}

impl Args {
    fn resolve(self) -> Result<UpdateRequest> {
        let (sources, mut typed) = self.prices.resolve()?;
        let sources = with_files_of_folders(sources)?;
        if sources.len() > 1 && self.models.is_none() {
            let wrong = format!("{} files, expected one: a model is of one series; pass --models DIR", sources.len());
            return Err(usage_error("update", &wrong));
        }
        self.events.resolve(&mut typed)?;
        let target = self.save_as.as_deref().unwrap_or(self.model.path());
        // The lock precedes the reading of the model; otherwise an update that another run writes in between would be
        // lost. The models of a folder are locked one by one.
        let is_written = self.models.is_none() && (self.save_as.is_some() || target.is_file());
        let lock = is_written.then(|| {
            refuse_overwrite(&sources, target)?;
            let lock = WriteLock::of(target)?;
            model::check_target(target)?;
            Ok::<_, CliError>(lock)
        });
        let lock = lock.transpose()?;
        let model = match self.models {
            Some(folder) => Model::of_folder(folder)?,
            None => one_model(self.model)?,
        };
        let read = model.read_options(&typed)?;
        Ok(UpdateRequest {
            sources,
            typed,
            read,
            model,
            _lock: lock,
            save_as: self.save_as,
            epochs: self.epochs.unwrap_or(0),
            max_drift: self.max_drift,
            threads: threads(self.threads),
            output: Output::of(self.format, self.messages),
        })
    }
}

/// Returns the named model, or the one in the current folder.
fn one_model(file: ModelArgs) -> Result<Model, CliError> {
    Model::trained(&file.resolve())?.ok_or_else(|| CliError {
        message: "no model.safetensors in this folder, expected the model to update".into(),
        help: Some("train one with: fourcast train PRICES.csv, or name it with -m FILE".into()),
    })
}

/// The new state of the model of a series, and the path of the old one.
struct Made {
    updated: Updated,
    series: String,
    path: PathBuf,
    /// The hash of the file that the old model was read from.
    old_sha256: Option<String>,
    warnings: Vec<CliWarning>,
    /// The day of the last row.
    last: Option<Date>,
    /// Notes on the rows that are not warnings, each with its kind.
    notes: Vec<(Discriminant<UpdateRemark>, String)>,
}

/// Runs the subcommand: writes and prints each model as soon as those before it are written.
pub fn run(args: Args) -> Result<()> {
    let request = args.resolve()?;
    let workers = Workers::new(request.threads)?;
    let series =
        SeriesRun::new(request.sources.len(), (&request.output, Use::Fit), 0).with_models(request.model.folder());
    // A folder contains models of many series.
    let series = if request.model.folder().is_some() { series.with_many_series() } else { series };
    let mut run = Run::new(&request, series);
    let open = |source: &Source| Ok::<_, ReadError>((prices::open(source, &request.read)?, ()));
    let work = |(): &(), one: OneSeries| request.update(&one);
    each_series(&workers, Inputs { sources: &request.sources, shard: None }, open, work, |event| run.take(event))?;
    run.finish()
}

impl UpdateRequest {
    fn update(&self, one: &OneSeries) -> Result<Made, CliError> {
        if one.is_one_of_several && self.model.path().is_some() {
            let message = format!("{}: several series, expected one: a model is of one series", one.file);
            let help = format!("pass --series '{}', or --models DIR for the models of all", one.series.name);
            return Err(CliError { message, help: Some(help) });
        }
        one.rows_settled().map_err(|error| self.model.misspaced(error, &self.typed))?;
        one.split_settled()?;
        let model = self.model.of_series(&one.series, &one.file)?;
        let (Some(path), Some(forecaster)) = (model.path(), model.forecaster()) else {
            return Err(CliError { message: format!("{}: no model of '{}'", one.file, one.series.name), help: None });
        };
        let mut forecaster = forecaster.clone();
        forecaster.card.training.calendar = self.typed.calendar.or(forecaster.card.training.calendar);
        refuse_future(one)?;
        let (series, warning) = without_repeats(one);
        // Zero threads mean those of the run.
        let updated = forecaster.update(&series, UpdateOptions { epochs: self.epochs, threads: 0 }, &SilentFit);
        let updated = updated.map_err(|error| {
            let message = format!("{}: {}", place_of(one, error.date()), error.of_model(&path.display().to_string()));
            let train = train_command(&one.file, &self.typed_of(one), "NEW.safetensors");
            CliError { message, help: Some(of_update(&error, &train)) }
        })?;
        let again = self.train_again(one, &forecaster, path);
        let (notes, remarks): (Vec<_>, Vec<_>) = updated.remarks.iter().partition(|remark| remark.is_note());
        let warnings = warning
            .into_iter()
            .chain(frozen(&series))
            .chain(remarks.into_iter().map(|remark| warning_of(remark, &again)))
            .collect();
        let notes =
            notes.into_iter().map(|note| (discriminant(note), format!("{}: {note}", place_of(one, None)))).collect();
        Ok(Made {
            updated,
            series: one.series.name.clone(),
            path: path.to_owned(),
            old_sha256: forecaster.file_sha256,
            warnings,
            last: series.dates.last().copied(),
            notes,
        })
    }

    /// Returns the options that read only this series.
    fn typed_of(&self, one: &OneSeries) -> ReadOptions {
        let series = one.is_one_of_several.then(|| one.series.name.clone()).or_else(|| self.typed.series.clone());
        ReadOptions { series, ..self.typed.clone() }
    }

    /// Returns how to train the model again on all rows: a command, if that would train such a model.
    fn train_again(&self, one: &OneSeries, forecaster: &Forecaster, path: &Path) -> String {
        let usual = ConfigOptions::default().resolve(&one.series);
        if !usual.is_ok_and(|(config, _)| config == forecaster.card.config) {
            return "train it again with the options that it was trained with".into();
        }
        let typed = ReadOptions { calendar: forecaster.card.training.calendar, ..self.typed_of(one) };
        format!("train it again with: {}", train_command(&one.file, &typed, &shell_word(&path.display().to_string())))
    }

    /// Returns the models of the folder whose series is in no file, sorted by name; none if a single series is
    /// requested.
    fn models_without(&self, found: &BTreeSet<String>) -> Result<Vec<(String, PathBuf)>, CliError> {
        let Some(folder) = self.model.folder().filter(|_| self.typed.series.is_none()) else { return Ok(Vec::new()) };
        let entries = std::fs::read_dir(folder).map_err(|error| CliError {
            message: format!("{}: cannot be read any more: {error}", folder.display()),
            help: Some("check that the models are still there".into()),
        })?;
        let of_entry = |entry: std::fs::DirEntry| {
            let series = model::series_of_model_file(entry.file_name().to_str()?)?;
            (!found.contains(&series)).then(|| (series, entry.path()))
        };
        let mut all: Vec<(String, PathBuf)> = entries.flatten().filter_map(of_entry).collect();
        all.sort();
        Ok(all)
    }

    /// Whether the intervals changed by more than the limit.
    fn is_past_limit(&self, updated: &Updated) -> bool {
        let exceeds = |change: f64| self.max_drift.is_some_and(|max| change.abs() > max);
        updated.changed.as_ref().is_some_and(|(_, _, drift)| exceeds(drift.change()))
    }

    /// Writes the model, if necessary. Returns whether it was written, and the hash of the file, if there is one.
    fn write(&self, made: &Made) -> Result<(bool, Option<String>), CliError> {
        let Made { updated, path, old_sha256, .. } = made;
        let is_in_place = self.save_as.is_none();
        if self.is_past_limit(updated) || (is_in_place && updated.changed.is_none()) {
            return Ok((false, old_sha256.clone().filter(|_| is_in_place)));
        }
        let is_of_folder = self.model.folder().is_some();
        let _lock = is_of_folder.then(|| WriteLock::of(path)).transpose().map_err(unwritten)?;
        if is_in_place {
            check_unchanged(path, old_sha256.as_deref())?;
        }
        let target = self.save_as.as_deref().unwrap_or(path);
        model::save(&updated.forecaster, target).map_err(CliError::from)?;
        Ok((true, Some(sha256_of(target)?)))
    }
}

/// Returns the error of a model of a folder that another run is writing.
fn unwritten(error: FileError) -> CliError {
    match error.problem {
        FileProblem::Busy => {
            CliError { message: error.to_string(), help: Some("run the update again when that run has ended".into()) }
        }
        _ => error.into(),
    }
}

fn sha256_of(path: &Path) -> Result<String, CliError> {
    let failed = |error| CliError {
        message: format!("{}: cannot be read any more: {error}", path.display()),
        help: Some("check that the model is still there, and run the update again".into()),
    };
    checksum_of(path).map(|checksum| checksum.sha256).map_err(failed)
}

/// Checks that no other run has updated the model since it was read, because its rows would be lost.
fn check_unchanged(path: &Path, old_sha256: Option<&str>) -> Result<(), CliError> {
    if Some(&*sha256_of(path)?) == old_sha256 {
        return Ok(());
    }
    let message = format!("{}: was changed by another program since it was read", path.display());
    Err(CliError { message, help: Some("run the update again".into()) })
}
