//! The model that forecasts: the model named on the command line, the one in the current folder, one from a folder with
//! a model for each series, or the pretrained networks.

use std::borrow::Cow;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::CliError;
use super::covariates::{missing_column, remember_covariates};
use super::help::column_flag;
use super::options::{ModelArgs, ModelPath, remember, train_command, unlike_model};
use crate::files::FileProblem;
use crate::model::{self, Ahead, Forecast, ForecastError, Forecaster, ModelFileError, ModelFileProblem, Training};
use crate::prices::{
    self, Calendar, ColumnUse, Frequency, PriceSeries, Problem, ReadError, ReadOptions, Source, Spacing,
};
use crate::words::{file_word, shell_word, shown};

/// The source of forecasts.
#[derive(Clone)]
pub(super) enum Model {
    /// The pretrained networks of each series; `is_asked` if `--pretrained` was given.
    Pretrained { is_asked: bool },
    /// A model file; `is_named` if the command line names it.
    File { forecaster: Box<Forecaster>, path: PathBuf, is_named: bool },
    /// A folder with a model for each series. The columns recorded in the first model are used for all.
    Folder { folder: PathBuf, first: Box<Forecaster> },
}

/// Whether a model was trained on a single series other than this one. A model of several series is meant for others
/// too.
fn is_of_another(training: &Training, series: &str) -> bool {
    training.panel.is_none() && training.series != series
}

/// The alternative to a model that is not named on the command line.
const PRETRAINED: &str = "pass --pretrained to forecast with the networks pretrained on simulated markets";

impl Model {
    /// Returns the model named on the command line, else the one in the current folder, else the pretrained networks.
    pub(super) fn load(file: ModelArgs, is_asked: bool) -> Result<Model, CliError> {
        let file = file.resolve();
        if is_asked {
            return Ok(Model::Pretrained { is_asked });
        }
        match Model::trained(&file) {
            Ok(None) => Ok(Model::Pretrained { is_asked }),
            Ok(Some(model)) => Ok(model),
            Err(error) if file.is_named => Err(error),
            Err(error) => Err(error.or_else(PRETRAINED)),
        }
    }

    /// Returns the model named on the command line, else the one in the current folder, if there is one.
    pub(super) fn trained(file: &ModelPath) -> Result<Option<Model>, CliError> {
        if file.is_absent() {
            return Ok(None);
        }
        let forecaster = Box::new(model::load(&file.path)?);
        Ok(Some(Model::File { forecaster, path: file.path.clone(), is_named: file.is_named }))
    }

    /// Returns the models of a folder written by `train --each`.
    ///
    /// # Errors
    /// If the folder contains no model, or none that can be loaded.
    pub(super) fn of_folder(folder: PathBuf) -> Result<Model, CliError> {
        let help = |folder: &Path| {
            let folder = shell_word(&folder.display().to_string());
            Some(format!("train models of each series with: fourcast train PRICES.csv --each --models {folder}"))
        };
        let failed = |what: String| CliError { message: format!("{}: {what}", folder.display()), help: help(&folder) };
        let entries = fs::read_dir(&folder).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => failed("no such folder, expected a folder of models".into()),
            io::ErrorKind::NotADirectory => CliError {
                message: format!("{}: is a file, expected a folder of models", folder.display()),
                help: Some("name the folder that fourcast train --each --models has written".into()),
            },
            _ => failed(format!("cannot be read as a folder: {error}")),
        })?;
        let is_of_series = |path: &PathBuf| {
            path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.ends_with(".safetensors"))
        };
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(is_of_series).collect();
        paths.sort();
        // A damaged model is an error only for its series, and a model of no series in the run is not read.
        let is_own =
            |path: &PathBuf, model: &Forecaster| model::model_path(&folder, &model.card.training.series) == *path;
        let mut damaged = None;
        let loaded = paths.iter().filter_map(|path| match model::load(path) {
            Ok(model) => Some((path, model)),
            Err(error) => {
                damaged.get_or_insert(error);
                None
            }
        });
        let first = loaded.into_iter().find(|(path, model)| is_own(path, model));
        let none = || match damaged {
            Some(error) => failed(format!("holds no model of a series that can be read: {error}")),
            None => failed("holds no models of series, expected NAME.safetensors".into()),
        };
        let (_, first) = first.ok_or_else(none)?;
        Ok(Model::Folder { folder, first: Box::new(first) })
    }

    /// Returns the model of a series: in a folder, its own model.
    ///
    /// # Errors
    /// If there is no such file, or it is the model of another series.
    pub(super) fn of_series(&self, series: &PriceSeries, file: &str) -> Result<Cow<'_, Model>, CliError> {
        let Model::Folder { folder, .. } = self else { return Ok(Cow::Borrowed(self)) };
        let path = model::model_path(folder, &series.name);
        let train = || {
            let file = if *file == Source::Stdin.to_string() { "PRICES.csv".into() } else { file_word(file) };
            let (name, folder) = (shell_word(&series.name), shell_word(&folder.display().to_string()));
            let command = format!("fourcast train {file} --series {name} --each --models {folder}");
            format!("train it with: {command}, or forecast without --models")
        };
        let unusable = |error: ModelFileError| match error.problem {
            ModelFileProblem::Missing => {
                let message = format!("{}: no such file, expected the model of '{}'", path.display(), series.name);
                CliError { message, help: Some(train()) }
            }
            ModelFileProblem::File(FileProblem::Folder) => {
                let message = format!("{}: is a folder, expected the model of '{}'", path.display(), series.name);
                CliError { message, help: Some(format!("remove that folder, then {}", train())) }
            }
            // A file that is not a model is not overwritten.
            _ => CliError { message: error.to_string(), help: Some(format!("remove that file, then {}", train())) },
        };
        let forecaster = Box::new(model::load(&path).map_err(unusable)?);
        let training = &forecaster.card.training;
        if training.panel.is_some() || training.series != series.name {
            let found = &training.series;
            let message = format!("{}: is the model of '{found}', expected that of '{}'", path.display(), series.name);
            return Err(CliError { message, help: Some(train()) });
        }
        Ok(Cow::Owned(Model::File { forecaster, path, is_named: true }))
    }

    /// Returns the forecaster of the file; for a folder the first one.
    pub(super) fn forecaster(&self) -> Option<&Forecaster> {
        match self {
            Model::Pretrained { .. } => None,
            Model::File { forecaster, .. } => Some(forecaster),
            Model::Folder { first, .. } => Some(first),
        }
    }

    /// Returns the path of the file.
    pub(super) fn path(&self) -> Option<&Path> {
        match self {
            Model::Pretrained { .. } | Model::Folder { .. } => None,
            Model::File { path, .. } => Some(path),
        }
    }

    /// Describes the default model file if it is used without being named on the command line.
    fn found_in_words(&self) -> Option<String> {
        let Model::File { forecaster, path, is_named: false } = self else { return None };
        let training = &forecaster.card.training;
        let days = training.first.zip(training.last).map(|(first, last)| format!(", {first} to {last}"));
        let (path, series, days) = (path.display(), &training.series, days.unwrap_or_default());
        Some(format!("{path}, found in this folder, was trained on {series}{days}"))
    }

    /// Returns the folder of the models.
    pub(super) fn folder(&self) -> Option<&Path> {
        if let Model::Folder { folder, .. } = self { Some(folder) } else { None }
    }

    /// Returns the options of the command line, completed by those recorded in the model.
    ///
    /// # Errors
    /// If events are missing, or given to a model that does not read them.
    pub(super) fn read_options(&self, typed: &ReadOptions) -> Result<ReadOptions, CliError> {
        let mut options = typed.clone();
        if let Some(model) = self.forecaster() {
            let Training { date_column, price_column, .. } = &model.card.training;
            let named = |column: &Option<String>| column.as_ref().and_then(|column| column.parse().ok());
            options.date = options.date.or_else(|| named(date_column));
            // A typed series takes precedence over a recorded price column, because in a wide file both name a column.
            options.price_gives_way = options.price.is_none();
            options.price = options.price.or_else(|| named(price_column));
            remember(&mut options, model);
        }
        // The pretrained networks do not read events either.
        let works = typed.events.is_none();
        remember_covariates(&mut options, self.forecaster()).map_err(|error| self.blamed(error, || works))?;
        Ok(options)
    }

    /// Returns an error caused by the default model file, with a message that names the file, because the command line
    /// does not. If the pretrained networks work instead, the help offers them.
    fn blamed(&self, error: CliError, works: impl FnOnce() -> bool) -> CliError {
        let Some(found) = self.found_in_words() else { return error };
        let error = CliError { message: format!("{} ({found})", error.message), ..error };
        if works() { error.or_else(PRETRAINED) } else { error }
    }

    pub(super) fn forecast(
        &self,
        series: &PriceSeries,
        ahead: Ahead,
        calendar: Option<Calendar>,
    ) -> Result<Forecast, ForecastError> {
        self.for_series(series, calendar).forecast_ahead(series, ahead)
    }

    /// Returns the forecaster of a series, with the exchange named on the command line, if any.
    pub(super) fn for_series(&self, series: &PriceSeries, calendar: Option<Calendar>) -> Cow<'_, Forecaster> {
        let own = || Cow::Owned(model::pretrained_for(series));
        let mut model = self.forecaster().map_or_else(own, Cow::Borrowed);
        if let Some(calendar) = calendar {
            model.to_mut().card.training.calendar = Some(calendar);
        }
        model
    }

    /// Returns the warning that there is no model file, and what to do about it.
    pub(super) fn not_trained() -> (String, String) {
        let message =
            "no model.safetensors: forecasting with networks pretrained on simulated markets, not on these prices";
        (message.into(), "train a model on these prices with: fourcast train PRICES.csv".into())
    }

    /// Returns the warning about a model that is not named on the command line: that there is none, or that it was
    /// trained on another series. Includes what to do about it.
    pub(super) fn warning(&self, place: &str, series: &str) -> Option<(String, String)> {
        match self {
            Model::Pretrained { is_asked: false } => Some(Model::not_trained()),
            Model::File { forecaster, path, is_named: false } if is_of_another(&forecaster.card.training, series) => {
                let message = format!("{place}: {}", self.found_in_words().unwrap_or_default());
                let path = path.display();
                let hint = format!("pass -m {path} if that is meant; otherwise name another model, or {PRETRAINED}");
                Some((message, hint))
            }
            _ => None,
        }
    }

    /// Returns the note that a model named on the command line was trained on another series; this is intended, not an
    /// error.
    pub(super) fn note(&self, place: &str, series: &PriceSeries) -> Option<String> {
        if let Model::File { forecaster, is_named: true, .. } = self {
            note_of(forecaster, place, series)
        } else {
            None
        }
    }

    /// Returns the error of rows whose frequency is not that of the model, if the command line names no frequency.
    pub(super) fn misspaced(&self, error: ReadError, typed: &ReadOptions) -> CliError {
        let Problem::Spacing { found, .. } = &*error.problem else { return error.into() };
        // No frequency fits all rows of a mixed file, nor does another model of the folder.
        let is_mixed = matches!((self, found.spacing), (Model::Folder { .. }, Spacing::Mixed { .. }));
        let Some(model) = self.forecaster().filter(|_| typed.frequency.is_none() && !is_mixed) else {
            return error.into();
        };
        if found.spacing.has_side(model.card.training.frequency) {
            return error.into();
        }
        if let Model::Folder { folder, .. } = self {
            let help = format!(
                "pass the --frequency of these rows; without it that of the first model in {} is expected",
                shell_word(&folder.display().to_string())
            );
            return CliError { message: error.to_string(), help: Some(help) };
        }
        let found = found.frequency();
        let error = self.blamed(unlike_model(model, typed, error), || false);
        match found.filter(|_| self.found_in_words().is_some()) {
            Some(Frequency::Daily) => error.or_else(PRETRAINED),
            Some(frequency) => {
                let option = format!("--pretrained --frequency {frequency}");
                error.or_else(&PRETRAINED.replace("--pretrained", &option))
            }
            None => error,
        }
    }

    /// Returns the error of a file, or a series of it, that cannot be read with the columns recorded in the model. An
    /// unknown column that is not on the command line was recorded in the model.
    pub(super) fn unreadable(&self, error: &ReadError, source: &Source, typed: &ReadOptions) -> CliError {
        let recorded = missing_column(error).or_else(|| recorded_column(error, typed));
        let is_recorded = recorded.is_some();
        let error = recorded.unwrap_or_else(|| CliError::of_read(error));
        if self.found_in_words().is_none() {
            return error;
        }
        // Standard input cannot be read a second time.
        let is_readable = if *source == Source::Stdin { is_recorded } else { is_readable(source, typed) };
        if is_recorded || is_readable { self.blamed(error, || is_readable) } else { error }
    }

    /// Returns the error of a series that the model cannot forecast. If the command line does not name the model and
    /// the pretrained networks `work`, the error names the model file and the alternatives, after its own help if that
    /// `is_remedy`.
    pub(super) fn unfit(
        &self,
        (error, is_remedy): (CliError, bool),
        (file, series): (&str, &PriceSeries),
        typed: &ReadOptions,
        work: impl FnOnce(&Forecaster) -> bool,
    ) -> CliError {
        if self.found_in_words().is_none() || !work(&model::pretrained_for(series)) {
            return error;
        }
        let train = train_command(file, typed, "FILE");
        let others = format!("name another model with -m FILE, train one of this file with: {train}");
        let help = if is_remedy { error.help } else { Some(others) };
        self.blamed(CliError { help, ..error }, || true)
    }
}

/// Returns the note that a model was trained on another series, if so.
pub(super) fn note_of(model: &Forecaster, place: &str, series: &PriceSeries) -> Option<String> {
    let of = shown(model.other_series(series)?);
    Some(format!("{place}: the model was trained on '{of}', not on '{}'", shown(&series.name)))
}

/// Whether a file can be read without the columns that a model records.
fn is_readable(source: &Source, typed: &ReadOptions) -> bool {
    prices::read(source, typed).is_ok_and(|reading| reading.failed.is_empty())
}

/// Returns the error of a file without a column of dates or prices recorded in the model; `None` for other errors.
fn recorded_column(error: &ReadError, typed: &ReadOptions) -> Option<CliError> {
    let Problem::UnknownColumn { role, wanted, .. } = &*error.problem else { return None };
    let is_typed = match *role {
        ColumnUse::Date => typed.date.is_some(),
        ColumnUse::Price => typed.price.is_some(),
        _ => true,
    };
    if is_typed {
        return None;
    }
    let option = column_flag(*role);
    let help = format!("the model was trained with {option} {wanted}: name this file's column with {option}");
    Some(CliError { message: error.to_string(), help: Some(help) })
}
