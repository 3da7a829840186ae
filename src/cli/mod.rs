//! The command line: typed arguments, a checked configuration, a call of the library, a report.
//!
//! One file a subcommand. This is the only room that knows of exit codes and standard output; of standard error only it
//! and `report` know.

mod backtest;
mod forecast;
pub mod help;
mod inspect;
mod leak;
mod many;
mod options;
mod output;
mod predict;
mod recipe;
mod train;

use std::fmt::Display;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use jiff::civil::Date;

use crate::eval::backtest::BacktestError;
use crate::model::{FitError, ForecastError, ModelFileError};
use crate::prices::{ReadError, Reading, Source};
use crate::report::Failure;
use crate::report::style::{ERROR, HELP, WARNING};
use crate::report::tell;
use crate::words::join;
use help::{Help, help_of};
use many::SomeFailed;

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
    /// Reads the command line.
    ///
    /// # Errors
    /// A mistake in it, or the help or the version that it asks for, all of it for [`finish`] to tell.
    pub fn read() -> Result<Cli> {
        Ok(Cli::from_arg_matches(&command().try_get_matches().map_err(elsewhere)?)?)
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

/// The command line as clap sees it: `--seed -1` is a wrong value, not an option called -1, `--cell LSTM` is
/// `--cell lstm`, and `inspect` takes models too.
fn command() -> clap::Command {
    let lenient = |arg: clap::Arg| {
        let named = arg.get_long().is_some() && arg.get_action().takes_values();
        let chosen = named && !arg.get_possible_values().is_empty();
        if named { arg.allow_negative_numbers(true).ignore_case(chosen) } else { arg }
    };
    let files = |arg: clap::Arg| {
        arg.value_name("FILE").help("Files of daily prices, or models; none, or \"-\", is standard input")
    };
    Cli::command()
        .mut_args(lenient)
        .mut_subcommands(|command| command.mut_args(lenient))
        .mut_subcommand("inspect", |command| command.mut_arg("files", files))
}

/// An unknown option that another subcommand has is no misspelling of a third: its place is named instead of the
/// name that is most like it.
fn elsewhere(mut error: clap::Error) -> clap::Error {
    let unknown = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(option)) if error.kind() == ErrorKind::UnknownArgument => option.clone(),
        _ => return error,
    };
    let name = unknown.trim_start_matches('-').split('=').next().unwrap_or_default();
    let cli = command();
    let has = |command: &&clap::Command| command.get_arguments().any(|arg| arg.get_long() == Some(name));
    let places: Vec<String> = cli.get_subcommands().filter(has).map(|place| place.get_name().to_owned()).collect();
    let tip = match (name, &places[..]) {
        (_, []) => return error,
        ("horizon", _) => {
            "a model forecasts as many days ahead as it was trained for: fourcast train --horizon 5".into()
        }
        _ => format!("'--{name}' is an option of {}", join(&places, "and")),
    };
    error.remove(ContextKind::SuggestedArg);
    // The usage would show the option that was suggested.
    error.remove(ContextKind::Usage);
    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    error
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
struct CliError {
    message: String,
    help: Option<String>,
}

/// A forecast that was to show skill and did not.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct SkillNotShown(String);

/// Exit code of [`SkillNotShown`].
const SKILL_NOT_SHOWN: u8 = 3;
/// Exit code of [`SomeFailed`], where others did not. It goes before [`SKILL_NOT_SHOWN`]: a gate that could not be
/// asked about every series has not been passed.
const SOME_FAILED: u8 = 4;

impl From<ReadError> for CliError {
    fn from(error: ReadError) -> Self {
        CliError::of_read(&error)
    }
}

impl From<ModelFileError> for CliError {
    fn from(error: ModelFileError) -> Self {
        CliError { help: Some(help_of(&error)), message: error.to_string() }
    }
}

/// What is wrong with a series.
trait SeriesError: Display + Help {
    /// The day at fault, where it is one.
    fn date(&self) -> Option<Date>;
}

/// The errors of the library have a method of this name.
macro_rules! series_errors {
    ($($error:ty),*) => {$(
        impl SeriesError for $error {
            fn date(&self) -> Option<Date> {
                <$error>::date(self)
            }
        }
    )*};
}

series_errors!(BacktestError, FitError, ForecastError);

impl CliError {
    /// A file, or a series of it, that could not be read.
    fn of_read(error: &ReadError) -> Self {
        CliError { help: error.help(), message: error.to_string() }
    }

    /// The same with another way out behind its help.
    fn or_else(self, way: &str) -> Self {
        let help = self.help.map_or_else(|| way.to_owned(), |help| format!("{help}, or {way}"));
        CliError { message: self.message, help: Some(help) }
    }

    fn tell(&self) {
        tell_error(&self.message, self.help.as_deref());
    }

    /// What stands in the place of the results of a series among several.
    fn failure(&self, series: &str) -> Failure {
        Failure { series: series.to_owned(), error: self.message.clone(), help: self.help.clone() }
    }

    /// A series of a file that is at fault, with its place.
    fn series((source, reading, index): (&Source, &Reading, usize), error: &dyn SeriesError) -> Self {
        let place = options::place(source, reading, index, error.date());
        CliError { help: Some(error.help()), message: format!("{place}: {error}") }
    }

    /// A file that would be written over while it is needed; `what` would be gone.
    fn same_file(path: &Path, what: &str) -> Self {
        let message = format!("{}: is read and written, expected two files", path.display());
        CliError { message, help: Some(format!("write to another name: {what} would be gone")) }
    }

    /// A file that standard output goes to as well.
    fn written_twice(path: &Path) -> Self {
        let message = format!("{}: standard output goes there too, expected two files", path.display());
        CliError { message, help: Some("write to another name: the results would be gone".into()) }
    }
}

/// Prints the error, if there is one, once and with its help, and says how to exit.
pub fn finish(result: Result<()>) -> ExitCode {
    let Err(error) = result else { return ExitCode::SUCCESS };
    if is_closed_pipe(&error) {
        return ExitCode::SUCCESS;
    }
    let error = match error.downcast::<clap::Error>() {
        Ok(usage) => match output::usage(usage) {
            Ok(code) => return code,
            Err(error) => error.into(),
        },
        Err(error) => error,
    };
    // Files say their own name; what is left to fail is where results go.
    let place = if error.is::<io::Error>() { "standard output: " } else { "" };
    let lost = "check where the output goes: the disk may be full, or the place closed";
    let of_error = error.downcast_ref::<CliError>().and_then(|told| told.help.as_deref());
    let help = of_error.or_else(|| error.is::<io::Error>().then_some(lost));
    tell_error(&format!("{place}{error:#}"), help);
    match error.downcast_ref::<SomeFailed>() {
        Some(failed) if !failed.is_all() => SOME_FAILED.into(),
        _ if error.is::<SkillNotShown>() => SKILL_NOT_SHOWN.into(),
        _ => ExitCode::FAILURE,
    }
}

/// What went wrong, and what to do about it.
fn tell_error(message: &str, help: Option<&str>) {
    tell(Some((ERROR, "error:")), message);
    if let Some(help) = help {
        say_help(help);
    }
}

/// Whether the reader of our output has seen enough: that is success.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let broken = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
    error.chain().any(|cause| cause.downcast_ref().is_some_and(broken))
}

/// Something the user should know that is no error.
fn warn(message: &str, hint: Option<&str>) {
    tell(Some((WARNING, "warning:")), message);
    if let Some(hint) = hint {
        say_help(hint);
    }
}

/// Something the user asked to hear.
fn note(message: &str) {
    tell(None, message);
}

fn say_help(help: &str) {
    tell(Some((HELP, "  help:")), help);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }

    /// What is said of a command line that clap refuses.
    fn refused(line: &str) -> String {
        let words = std::iter::once("fourcast").chain(line.split(' '));
        elsewhere(command().try_get_matches_from(words).unwrap_err()).to_string()
    }

    #[test]
    fn options_of_another_subcommand_are_told_from_misspelt_ones() {
        let horizon = refused("predict --horizon 5");
        assert!(horizon.contains("a model forecasts as many days ahead as it was trained for"), "{horizon}");
        assert!(horizon.contains("fourcast train --horizon 5") && !horizon.contains("--version"), "{horizon}");
        let cell = refused("predict --cell=gru p.csv");
        assert!(cell.contains("'--cell' is an option of train and backtest"), "{cell}");
        assert!(refused("predict --sereis A").contains("'--series'"));
    }

    #[test]
    fn names_of_choices_may_be_in_capitals() {
        let choices = "--cell LSTM --topology Many-To-One --recurrent-init GLOROT --target RETURN --loss Student-T \
                       --features OHLC --init-from Random --splits As-Is --date-order DMY --format JSON --calendar NYSE";
        let words = ["fourcast", "train", "--color", "NEVER"].into_iter().chain(choices.split_whitespace());
        Cli::from_arg_matches(&command().try_get_matches_from(words).unwrap()).unwrap();
        let words = ["fourcast", "backtest", "--baselines", "EGARCH,Ewma", "--activation", "ReLU", "--cell", "RNN"];
        Cli::from_arg_matches(&command().try_get_matches_from(words).unwrap()).unwrap();
    }

    #[test]
    fn inspect_takes_files_of_either_kind() {
        let mut cli = command();
        let inspect = cli.find_subcommand_mut("inspect").unwrap();
        assert!(inspect.render_usage().to_string().contains("[FILE]..."));
    }
}
