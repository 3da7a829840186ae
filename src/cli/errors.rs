//! The errors of the program, their output, and the exit codes.

use std::fmt::Display;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use jiff::civil::Date;

use super::help::{FILE, Help, help_of, of_write, with_cut};
use super::interrupt::{INTERRUPTED, Interrupted};
use super::some_failed::SomeFailed;
use super::{options, output};
use crate::eval::backtest::BacktestError;
use crate::eval::ledger::LedgerError;
use crate::eval::score::TableError;
use crate::eval::tune::TuneError;
use crate::files::FileError;
use crate::model::{ExplainError, FitError, ForecastError, ModelFileError, UpdateError};
use crate::prices::{AgeError, OneSeries, ReadError, Reading, Source};
use crate::report::Failure;
use crate::report::print_message;
use crate::report::style::{ERROR, HELP, WARNING};
use crate::words::file_word;

/// An error whose message names its place, with a help.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct CliError {
    /// Place, what was found and what was expected.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// A forecast that did not show the skill required by `--require-skill`.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SkillNotShown(pub String);

/// Intervals that an update changed by more than `--max-drift` allows.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct DriftPastLimit(pub String);

/// Exit code of [`SkillNotShown`] and [`DriftPastLimit`].
const GATE_NOT_PASSED: u8 = 3;
/// Exit code of [`SomeFailed`] if not all series failed. It takes precedence over [`GATE_NOT_PASSED`], because a gate
/// that could not be checked for every series is not passed.
const SOME_FAILED: u8 = 4;

impl From<ReadError> for CliError {
    fn from(error: ReadError) -> Self {
        CliError::of_read(&error)
    }
}

impl From<FileError> for CliError {
    fn from(error: FileError) -> Self {
        CliError { help: Some(help_of(&error)), message: error.to_string() }
    }
}

impl From<ModelFileError> for CliError {
    fn from(error: ModelFileError) -> Self {
        CliError { help: Some(help_of(&error)), message: error.to_string() }
    }
}

impl From<LedgerError> for CliError {
    fn from(error: LedgerError) -> Self {
        CliError { help: Some(help_of(&error)), message: error.to_string() }
    }
}

impl From<TableError> for CliError {
    fn from(error: TableError) -> Self {
        CliError { help: Some(help_of(&error)), message: error.to_string() }
    }
}

/// An error of a series.
pub trait SeriesError: Display + Help {
    /// The day at fault, if it is a single one.
    fn date(&self) -> Option<Date>;
}

/// Implements `SeriesError` for errors of the library, all of which have a method `date`.
macro_rules! series_errors {
    ($($error:ty),*) => {$(
        impl SeriesError for $error {
            fn date(&self) -> Option<Date> {
                <$error>::date(self)
            }
        }
    )*};
}

series_errors!(AgeError, BacktestError, ExplainError, FitError, ForecastError, TuneError, UpdateError);

impl CliError {
    /// Returns the error of a file, or a series of it, that could not be read.
    pub fn of_read(error: &ReadError) -> Self {
        CliError { help: Some(error.help()), message: error.to_string() }
    }

    /// Adds an alternative after its help.
    pub fn or_else(self, alternative: &str) -> Self {
        let help = self.help.map_or_else(|| alternative.to_owned(), |help| format!("{help}, or {alternative}"));
        CliError { message: self.message, help: Some(help) }
    }

    /// Prints the error.
    pub fn print(&self) {
        print_error(&self.message, self.help.as_deref());
    }

    /// Returns the error as it replaces the results of one of several series, or of all remaining series.
    pub fn failure(&self, series: Option<&str>) -> Failure {
        let series = series.filter(|name| !name.is_empty());
        Failure { series: series.map(str::to_owned), error: self.message.clone(), help: self.help.clone() }
    }

    /// Returns the error of several series together.
    pub fn of(error: &dyn SeriesError) -> Self {
        CliError { help: Some(error.help()), message: error.to_string() }
    }

    /// Returns the error of a series, with its place in the file.
    pub fn series(place: (&Source, &Reading, usize), error: &dyn SeriesError) -> Self {
        CliError::series_of(1, place, error)
    }

    /// Returns the error of a series that is used together with those of other files, with its place in its file.
    pub fn series_of(
        files: usize,
        (source, reading, index): (&Source, &Reading, usize),
        error: &dyn SeriesError,
    ) -> Self {
        let place = options::place(source, reading, index, error.date());
        let cut = reading.understood.series.get(index).map_or((None, None), |notes| notes.cut);
        let help = error.help_among(files > 1 || reading.count() > 1);
        let help = with_cut(&with_file(&help, &source.to_string()), cut);
        CliError { help: Some(help), message: format!("{place}: {error}") }
    }

    /// Returns the error of one series.
    pub fn of_one(one: &OneSeries, error: &dyn SeriesError) -> Self {
        let place = options::place_of(one, error.date());
        let help = error.help_among(one.is_one_of_several);
        let help = with_cut(&with_file(&help, &one.file), one.notes.cut);
        CliError { help: Some(help), message: format!("{place}: {error}") }
    }

    /// Returns the error of an output file that is also an input; `what` would be overwritten.
    pub fn same_file(path: &Path, what: &str) -> Self {
        let message = format!("{}: is read and written, expected two files", path.display());
        CliError { message, help: Some(format!("name another output file: {what} would be overwritten")) }
    }

    /// Returns the error of an output file to which standard output is also redirected.
    pub fn written_twice(path: &Path) -> Self {
        let message = format!("{}: standard output goes there too, expected two files", path.display());
        CliError { message, help: Some("name another output file: the results would be overwritten".into()) }
    }

    /// Returns the error of a file that cannot be written.
    pub fn cannot_write(path: &Path, error: &io::Error) -> Self {
        let message = format!("{}: cannot be written: {error}", path.display());
        CliError { message, help: Some(of_write(error, "file", "")) }
    }
}

/// Replaces the placeholder in a help by the given file. Standard input cannot be read again, so it is not inserted.
fn with_file(help: &str, file: &str) -> String {
    if file == Source::Stdin.to_string() { help.to_owned() } else { help.replace(FILE, &file_word(file)) }
}

/// Prints the error with its help, if there is one, and returns the exit code.
pub fn finish(result: Result<()>) -> ExitCode {
    let Err(error) = result else { return ExitCode::SUCCESS };
    if is_closed_pipe(&error) {
        return ExitCode::SUCCESS;
    }
    if let Some(Interrupted(message)) = error.downcast_ref() {
        print_message(Some((WARNING, "stopped:")), message);
        return INTERRUPTED.into();
    }
    let error = match error.downcast::<clap::Error>() {
        Ok(usage) => match output::usage(usage) {
            Ok(code) => return code,
            Err(error) => error.into(),
        },
        Err(error) => error,
    };
    // Errors of files name the file; a bare I/O error is one of standard output.
    let place = if error.is::<io::Error>() { "standard output: " } else { "" };
    let of_error = error.downcast_ref::<CliError>().and_then(|error| error.help.clone());
    let help = of_error.or_else(|| error.downcast_ref().map(of_standard_output));
    print_error(&format!("{place}{error:#}"), help.as_deref());
    match error.downcast_ref::<SomeFailed>() {
        Some(failed) if !failed.is_all() => SOME_FAILED.into(),
        _ if error.is::<SkillNotShown>() || error.is::<DriftPastLimit>() => GATE_NOT_PASSED.into(),
        _ => ExitCode::FAILURE,
    }
}

/// Returns what to do about standard output that cannot be written.
fn of_standard_output(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::FileTooLarge => of_write(error, "file", ""),
        _ => "check where the output goes: it may be closed, or the disk full".to_owned(),
    }
}

/// Prints an error, and what to do about it.
pub fn print_error(message: &str, help: Option<&str>) {
    print_message(Some((ERROR, "error:")), message);
    if let Some(help) = help {
        print_help(help);
    }
}

/// Whether standard output is a closed pipe, for example that of `head`, which counts as success.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let broken = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
    error.chain().any(|cause| cause.downcast_ref().is_some_and(broken))
}

/// Prints a warning, and what to do about it.
pub fn warn(message: &str, hint: Option<&str>) {
    print_message(Some((WARNING, "warning:")), message);
    if let Some(hint) = hint {
        print_help(hint);
    }
}

/// Prints a line of `--verbose`.
pub fn note(message: &str) {
    print_message(None, message);
}

fn print_help(help: &str) {
    print_message(Some((HELP, "  help:")), help);
}
