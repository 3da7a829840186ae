//! The command line: typed arguments, a checked configuration, a call of the library, a report.
//!
//! One file a subcommand. This is the only room that knows of exit codes; of standard error only it and
//! `report::progress` know.

#![allow(clippy::print_stderr, reason = "warnings and errors go to standard error, and from here alone")]

mod backtest;
mod forecast;
mod inspect;
mod options;
mod predict;
mod recipe;
mod train;

use std::fmt::Display;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use jiff::civil::Date;

use crate::eval::backtest::BacktestError;
use crate::model::{FitError, ForecastError, ModelFileError};
use crate::prices::{ReadError, Reading, Source};
use crate::report::style::{ERROR, HELP, WARNING};

/// Forecasts tomorrow's stock price, with its odds, from a CSV of daily prices.
///
/// Daily prices are close to a random walk: no honest method beats "tomorrow = today" by more than
/// a percent or so on the price itself. What can be forecast is how far the price may move, and that
/// is what the intervals say.
#[derive(Debug, Parser)]
#[command(name = "fourcast", version, about, long_about, propagate_version = true)]
#[command(after_help = "Start with: fourcast train PRICES.csv, then: fourcast predict PRICES.csv")]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    color: colorchoice_clap::Color,
}

#[derive(Debug, Subcommand)]
enum Command {
    Train(train::Args),
    Predict(predict::Args),
    Backtest(backtest::Args),
    Inspect(inspect::Args),
}

impl Cli {
    /// Reads the command line; a mistake in it ends the program.
    pub fn read() -> Cli {
        let matches = command().get_matches();
        Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }

    /// Runs the command.
    ///
    /// # Errors
    /// Whatever went wrong, for [`finish`] to tell.
    pub fn run(self) -> Result<()> {
        self.color.write_global();
        match self.command {
            Command::Train(args) => train::run(args),
            Command::Predict(args) => predict::run(args),
            Command::Backtest(args) => backtest::run(args),
            Command::Inspect(args) => inspect::run(args),
        }
    }
}

/// The command line as clap sees it: `--seed -1` is a wrong value, not an option called -1, and
/// `inspect` takes models too.
fn command() -> clap::Command {
    let negative = |arg: clap::Arg| {
        let named = arg.get_long().is_some() && arg.get_action().takes_values();
        if named { arg.allow_negative_numbers(true) } else { arg }
    };
    let files = |arg: clap::Arg| {
        arg.value_name("FILE").help("Files of daily prices, or models; none, or \"-\", is standard input")
    };
    Cli::command()
        .mut_subcommands(|command| command.mut_args(negative))
        .mut_subcommand("inspect", |command| command.mut_arg("files", files))
}

/// Options of `subcommand` that contradict each other, or would do nothing.
fn usage_error(subcommand: &str, wrong: &str) -> anyhow::Error {
    let mut cli = command();
    cli.build();
    let error = match cli.find_subcommand_mut(subcommand) {
        Some(command) => command.error(ErrorKind::ArgumentConflict, wrong),
        None => cli.error(ErrorKind::ArgumentConflict, wrong),
    };
    error.into()
}

/// An error that already names its place, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
struct Told {
    message: String,
    help: Option<String>,
}

/// A forecast that was to show skill and did not.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct SkillNotShown(String);

/// Exit code of [`SkillNotShown`].
const SKILL_NOT_SHOWN: u8 = 3;

impl From<ReadError> for Told {
    fn from(error: ReadError) -> Self {
        Told { help: error.help(), message: error.to_string() }
    }
}

impl From<ModelFileError> for Told {
    fn from(error: ModelFileError) -> Self {
        Told { help: Some(error.help()), message: error.to_string() }
    }
}

/// What is wrong with a series.
trait SeriesError: Display {
    /// The day at fault, where it is one.
    fn date(&self) -> Option<Date>;
    /// What to do about it.
    fn help(&self) -> String;
}

/// The errors of the library have both under these names.
macro_rules! series_errors {
    ($($error:ty),*) => {$(
        impl SeriesError for $error {
            fn date(&self) -> Option<Date> {
                <$error>::date(self)
            }

            fn help(&self) -> String {
                <$error>::help(self)
            }
        }
    )*};
}

series_errors!(BacktestError, FitError, ForecastError);

impl Told {
    /// A series of a file that is at fault, with its place.
    fn series((source, reading, index): (&Source, &Reading, usize), error: &dyn SeriesError) -> Self {
        let place = options::place(source, reading, index, error.date());
        Told { help: Some(error.help()), message: format!("{place}: {error}") }
    }

    /// A file that would be written over while it is needed; `what` would be gone.
    fn same_file(path: &Path, what: &str) -> Self {
        let message = format!("{}: is read and written, expected two files", path.display());
        Told { message, help: Some(format!("write to another name: {what} would be gone")) }
    }
}

/// Prints the error, if there is one, once and with its help, and says how to exit.
pub fn finish(result: Result<()>) -> ExitCode {
    let Err(error) = result else { return ExitCode::SUCCESS };
    if is_closed_pipe(&error) {
        return ExitCode::SUCCESS;
    }
    if let Some(usage) = error.downcast_ref::<clap::Error>() {
        usage.exit();
    }
    // Files say their own name; what is left to fail is where results go.
    let place = if error.is::<io::Error>() { "standard output: " } else { "" };
    anstream::eprintln!("{ERROR}error:{ERROR:#} {place}{error:#}");
    if let Some(help) = error.downcast_ref::<Told>().and_then(|told| told.help.as_ref()) {
        say_help(help);
    }
    if error.is::<SkillNotShown>() { SKILL_NOT_SHOWN.into() } else { ExitCode::FAILURE }
}

/// Whether the reader of our output has seen enough: that is success.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let broken = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
    error.chain().any(|cause| cause.downcast_ref().is_some_and(broken))
}

/// Something the user should know that is no error.
fn warn(message: &str, hint: Option<&str>) {
    anstream::eprintln!("{WARNING}warning:{WARNING:#} {message}");
    if let Some(hint) = hint {
        say_help(hint);
    }
}

/// Something the user asked to hear.
fn note(message: &str) {
    anstream::eprintln!("{message}");
}

fn say_help(help: &str) {
    anstream::eprintln!("  {HELP}help:{HELP:#} {help}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn inspect_takes_files_of_either_kind() {
        let mut cli = command();
        let inspect = cli.find_subcommand_mut("inspect").unwrap();
        assert!(inspect.render_usage().to_string().contains("[FILE]..."));
    }
}
