//! Trains a model of each series, in a folder.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use anyhow::Result;

use super::resume::Checkpoints;
use super::{TrainRequest, note_prices, resume};
use crate::cli::covariates::unreadable;
use crate::cli::help::of_write;
use crate::cli::interrupt::{self, Interrupted, Stoppable};
use crate::cli::options::{Format, Use};
use crate::cli::results::ResultFile;
use crate::cli::series_run::{Answered, SeriesRun};
use crate::cli::sources::word_of;
use crate::cli::warnings::CliWarning;
use crate::cli::{CliError, SeriesError};
use crate::files::{FileError, FileProblem, WriteLock};
use crate::fleet::manifest::{Checksum, Entry, checksum_of};
use crate::fleet::{Event, Inputs, Workers, each_series};
use crate::model::{
    self, Checkpoint, FitOptions, FitProgress, Fitted, ForecastError, Forecaster, ModelFileError, ModelFileProblem,
    SilentFit, model_path,
};
use crate::prices::{self, Column, OneSeries, PriceFile, ReadError, Source};
use crate::report::{self, OneOfMany, Summary, TrainedModels, WithWarnings};
use crate::words::{counted, shell_word};

/// Trains a model of each series of all files, in parallel, and writes each as soon as all before it are written.
pub fn run(request: &TrainRequest, folder: &Path) -> Result<()> {
    refuse(request, folder)?;
    let results = request.results.as_ref();
    let lacks = |entry: &Entry| wrong_model(&model_path(folder, &entry.series), entry.model.as_deref());
    if let Some(outcome) = results.and_then(|file| file.finished(request.output.quiet, lacks)) {
        return outcome;
    }
    request.recipe.warn_of_far_day(&request.output)?;
    fs::create_dir_all(folder).map_err(|error| {
        let message = format!("{}: cannot be made a folder: {error}", folder.display());
        CliError { message, help: Some("name a folder for the models with --models".into()) }
    })?;
    interrupt::listen("the epoch that each network is in; series whose fit has not ended get no model");
    let workers = Workers::new(request.recipe.threads)?;
    // A single series has a row like one of several series.
    let series = SeriesRun::new(request.sources.len(), (&request.output, Use::Fit), 0).with_many_series();
    let mut run = Run {
        request,
        folder,
        series: series.with_models(Some(folder)).into_file(results)?,
        table: Vec::new(),
        failed: Vec::new(),
        stopped: false,
    };
    let open = |source: &Source| -> Result<(PriceFile, Vec<Column>), ReadError> {
        let file = prices::open(source, &request.read)?;
        let columns = file.understood().columns.clone();
        Ok((file, columns))
    };
    let locks = Locks::default();
    let fit = |columns: &Vec<Column>, one: OneSeries| fit_one((request, folder, &locks), columns, &one);
    let inputs = Inputs { sources: &request.sources, shard: results.and_then(ResultFile::shard) };
    each_series(&workers, inputs, open, fit, |event| run.take(event))?;
    run.finish()
}

/// Returns what is wrong with the model of a finished series, if anything.
fn wrong_model(path: &Path, sha256: Option<&str>) -> Option<String> {
    let is_other = |found: &Checksum| sha256.is_some_and(|expected| expected != found.sha256);
    match checksum_of(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Some(format!("{} is missing", path.display())),
        Err(error) => Some(format!("{} cannot be read: {error}", path.display())),
        Ok(found) if is_other(&found) => Some(format!("{} was changed since", path.display())),
        Ok(_) => None,
    }
}

fn unread(path: &Path, error: &io::Error) -> CliError {
    CliError {
        message: format!("{}: cannot be read any more: {error}", path.display()),
        help: Some("check the folder of the models, and run the same command again".into()),
    }
}

/// Returns an error for outputs about a single model.
fn refuse(request: &TrainRequest, folder: &Path) -> Result<(), CliError> {
    let folder = shell_word(&folder.display().to_string());
    let (message, with) = if request.output.format == Format::Value {
        ("--format value prints one forecast, and --each trains a model of each series", "--format value")
    } else if let Some(option) = request.pages.options().first() {
        let wrong = match *option {
            "--report" => "--report shows the training of one model, and --each trains one of each series",
            _ => "--plot shows the training of one model, and --each trains one of each series",
        };
        (wrong, *option)
    } else {
        return Ok(());
    };
    let command = format!("fourcast predict {} --models {folder} {with}", word_of(&request.sources));
    let help = format!("leave it out, and show the forecasts with: {command}");
    Err(CliError { message: message.to_owned(), help: Some(help) })
}

/// The fit of a series; `None` if Ctrl-C ended it.
type Trained = Option<Box<Made>>;

struct Made {
    fitted: Fitted,
    /// The warnings about its forecast and its test.
    notes: Vec<CliWarning>,
    checkpoint: Option<Checkpoint>,
    /// Held until the model is written.
    _lock: Arc<WriteLock>,
}

/// The locks of the models in training. Two series with the same name share the lock of their model, which is written
/// for only one of them.
#[derive(Default)]
struct Locks(Mutex<HashMap<PathBuf, Weak<WriteLock>>>);

impl Locks {
    /// Returns the lock of a model, and whether no other series of the run has it.
    fn of(&self, path: &Path) -> Result<(Arc<WriteLock>, bool), FileError> {
        let mut locks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lock) = locks.get(path).and_then(Weak::upgrade) {
            return Ok((lock, false));
        }
        let lock = Arc::new(WriteLock::of(path)?);
        locks.insert(path.to_owned(), Arc::downgrade(&lock));
        Ok((lock, true))
    }
}

fn fit_one(
    (request, folder, locks): (&TrainRequest, &Path, &Locks),
    columns: &[Column],
    one: &OneSeries,
) -> Result<Trained, CliError> {
    one.rows_settled()?;
    one.split_settled()?;
    let failed = |error: &dyn SeriesError| CliError::of_one(one, error);
    let series = &one.series;
    let (config, init) = request.recipe.config_for(&one.file, series)?;
    let path = model_path(folder, &series.name);
    let (lock, is_alone) = locks.of(&path).map_err(unsaved)?;
    let checkpoints = if is_alone { request.checkpoints } else { Checkpoints::none() };
    // Zero threads mean those of the run.
    let options = FitOptions { threads: 0, ..request.fit };
    let progress = checkpoints.progress(Stoppable(Box::new(SilentFit)), &path);
    let mut fitted = model::fit(series, &config, init.as_ref(), options, &progress).map_err(|error| failed(&error))?;
    if fitted.stopped.is_some() {
        return Ok(None);
    }
    note_prices(&mut fitted.forecaster, (columns, &series.covariates), &request.read);
    let mut notes = notes_of(&fitted.forecaster, one).map_err(|error| failed(&error))?;
    notes.extend(CliWarning::of_coverage(&fitted.forecaster));
    let checkpoint = progress.checkpoint().cloned();
    Ok(Some(Box::new(Made { fitted, notes, checkpoint, _lock: lock })))
}

/// Returns the warnings about the forecast of its series; none if values known ahead are missing, because the forecast
/// can be made once they are in the file.
fn notes_of(model: &Forecaster, one: &OneSeries) -> Result<Vec<CliWarning>, ForecastError> {
    match model.forecast(&one.series) {
        Ok(forecast) => Ok(CliWarning::of_forecast(&forecast)),
        Err(ForecastError::NotKnownAhead { .. }) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Returns the error of a model that cannot be written into the folder.
fn unsaved(error: impl Into<ModelFileError>) -> CliError {
    let error = error.into();
    let ModelFileProblem::File(problem) = &error.problem else { return error.into() };
    let help = match problem {
        FileProblem::Write(cause) => of_write(cause, "folder", "--models"),
        FileProblem::NoFolder(_) => "name a folder you can write to with --models".to_owned(),
        FileProblem::Busy => "wait until that run has ended, or name another folder with --models".to_owned(),
        FileProblem::Folder => "remove that folder, or name another one for the models with --models".to_owned(),
        _ => return error.into(),
    };
    CliError { message: error.to_string(), help: Some(help) }
}

/// A run over all series.
struct Run<'a> {
    request: &'a TrainRequest,
    folder: &'a Path,
    series: SeriesRun<'a>,
    /// The rows of a table, which is written at the end.
    table: Vec<Summary>,
    /// The series without a model, each with the number of series before it that have one.
    failed: Vec<(usize, String)>,
    stopped: bool,
}

impl Run<'_> {
    fn take(&mut self, event: Event<Result<Trained, CliError>>) -> Result<ControlFlow<()>> {
        if matches!(&event, Event::Done(done) if matches!(done.result, Ok(Ok(None)))) {
            self.stopped = true;
            return Ok(ControlFlow::Break(()));
        }
        let files = self.request.sources.len();
        let notes = |trained: &Trained| trained.as_ref().map_or_else(Vec::new, |made| made.notes.clone());
        match self.series.take(event, |error, _| unreadable(error, files), notes) {
            Some((name, Ok(Answered { value: Some(made), warnings, .. }))) => {
                self.write(&name, &made, &warnings)?;
            }
            Some((name, Err(error))) => self.fail(&name, error)?,
            _ => {}
        }
        Ok(ControlFlow::Continue(()))
    }

    fn fail(&mut self, name: &str, error: CliError) -> Result<()> {
        if self.series.answers.takes(name) { self.fail_taken(name, error) } else { Ok(()) }
    }

    fn fail_taken(&mut self, name: &str, error: CliError) -> Result<()> {
        self.failed.push((self.table.len(), name.to_owned()));
        self.series.answers.fail(name, error)
    }

    /// Writes a model and its row.
    fn write(&mut self, name: &str, made: &Made, warnings: &[String]) -> Result<()> {
        self.series.answers.takes(name);
        let path = model_path(self.folder, name);
        if let Err(error) = model::save(&made.fitted.forecaster, &path) {
            return self.fail_taken(name, unsaved(error));
        }
        resume::remove(made.checkpoint.as_ref(), self.request.output.quiet);
        let answers = &mut self.series.answers;
        let summary = Summary::new(&path, &made.fitted, None, Vec::new());
        if self.request.output.format == Format::Table {
            answers.count();
            self.table.push(summary);
            return Ok(());
        }
        let shown = WithWarnings { report: &OneOfMany(&summary), warnings };
        answers.answer(|out, format, csv| report::write(&shown, format, out, csv))?;
        Ok(answers.note_model(&path).map_err(|error| unread(&path, &error))?)
    }

    fn finish(mut self) -> Result<()> {
        let table = TrainedModels { models: &self.table, failed: &self.failed };
        if !self.table.is_empty() {
            self.series.answers.print(|out, _| table.write(out))?;
        }
        if self.stopped {
            let models = counted(self.series.answers.answered(), "model");
            let unwritten = self.request.results.as_ref().map_or_else(String::new, ResultFile::unwritten);
            let begun = self.request.checkpoints.remark();
            let message = format!("after {models}, in {}{unwritten}{begun}", self.folder.display());
            self.series.interrupt(&message)?;
            return Err(Interrupted(message).into());
        }
        self.series.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of models is named by `--models`; `--model` cannot be combined with `--each`.
    #[test]
    fn a_model_that_cannot_be_written_is_one_of_a_folder() {
        for kind in [io::ErrorKind::StorageFull, io::ErrorKind::PermissionDenied] {
            let problem = FileProblem::Write(io::Error::from(kind));
            let error = unsaved(FileError { path: "m/A.safetensors".into(), problem });
            assert!(error.message.starts_with("m/A.safetensors: cannot be written: "), "{}", error.message);
            assert!(error.help.unwrap().ends_with(" with --models"));
        }
    }
}
