//! The command line. Each subcommand has a struct of arguments; a function that checks them and resolves them into a
//! request; and a function `run`, which calls the library and prints a report.
//!
//! Only this module uses exit codes and standard output; only it and `report` use standard error.
//!
//! | modules | what they are |
//! |---|---|
//! | `train`, `predict`, `backtest`, `score`, `explain`, `compare`, `tune`, `update` | subcommands that use models |
//! | `inspect`, `merge`, `export`, `config`, `completions`, `man` | the other subcommands |
//! | `options`, `option_helps` | options that several subcommands share; their help, if it differs |
//! | `output_args` | options about the results |
//! | `recipe`, `covariates` | options of the network and its training, and of covariates |
//! | `walk`, `questions` | options of a walk forward, and of the predictive distribution |
//! | `settings`, `typed_options` | options set in the environment and in a file; options that were typed |
//! | `sources`, `max_age`, `unfound` | the files of prices; their maximum age; a series that no file contains |
//! | `chosen_model`, `forecast` | the model that forecasts; the conversion of its forecast to rows of a report |
//! | `gate` | the gate of `--require-skill`: whether a series passes it |
//! | `single`, `series_run`, `many` | runs over one series, over several files, over several series |
//! | `some_failed` | the outcome of a run in which some series failed |
//! | `environment` | the shard given by a scheduler |
//! | `output`, `screen` | standard output; the screen that tables are written to |
//! | `results`, `spool` | the file of the results and its shard; results as Parquet |
//! | `files`, `pages`, `ledger` | the other files that are written; pages and charts; the ledger |
//! | `errors`, `help`, `tips` | errors and exit codes; what to do about errors; command lines that clap rejects |
//! | `warnings`, `leak` | the warnings of a run; warnings of skills so large that a leak is likely |
//! | `interrupt` | Ctrl-C, and the other signals that end a run |

mod backtest;
mod chosen_model;
mod compare;
mod completions;
mod config;
mod covariates;
mod environment;
mod errors;
mod explain;
mod export;
mod files;
mod forecast;
mod gate;
pub mod help;
mod inspect;
mod interrupt;
mod leak;
mod ledger;
mod man;
mod many;
mod max_age;
mod merge;
mod option_helps;
mod options;
mod output;
mod output_args;
mod pages;
mod predict;
mod questions;
mod recipe;
mod results;
mod score;
mod screen;
mod series_run;
mod settings;
mod single;
mod some_failed;
mod sources;
mod spool;
mod tips;
mod train;
mod tune;
mod typed_options;
mod unfound;
mod update;
mod walk;
mod warnings;

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::Result;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::report::Shown;
pub use errors::finish;
use errors::{CliError, DriftPastLimit, SeriesError, SkillNotShown, note, print_error, warn};
use settings::Setting;
use typed_options::TypedOptions;

/// Forecasts the next close of a stock, with prediction intervals, from a CSV file of daily prices.
///
/// Daily prices are close to a random walk: no sound method forecasts the price itself more than about one percent
/// better than "tomorrow = today". How far the price may move can be forecast; the prediction intervals show it.
#[derive(Debug, Parser)]
#[command(name = NAME, bin_name = NAME, version, about, long_about, propagate_version = true)]
#[command(after_help = "Start with: fourcast train PRICES.csv, then: fourcast predict PRICES.csv")]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    color: colorchoice_clap::Color,
    /// File of settings, with options as they are named here [default: fourcast.toml in this folder, if it is there]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The options of the subcommand, as they were typed.
    #[arg(skip)]
    typed: TypedOptions,
    /// Its options that were not typed.
    #[arg(skip)]
    set: Vec<Setting>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Train(train::Args),
    Predict(predict::Args),
    Backtest(backtest::Args),
    Score(score::Args),
    Explain(explain::Args),
    Compare(compare::Args),
    Tune(Box<tune::Args>),
    Update(update::Args),
    Inspect(inspect::Args),
    Merge(merge::Args),
    Export(export::Args),
    Config(config::Args),
    Completions(completions::Args),
    Man(man::Args),
}

impl Cli {
    /// Reads the command line and adds the options that the environment and the file of settings set.
    ///
    /// # Errors
    /// A usage error, the error of a setting, or the requested help or version, for [`finish`] to print.
    pub fn read() -> Result<Cli> {
        // This must precede all output, including the help.
        interrupt::survive_file_limit();
        let typed: Vec<OsString> = std::env::args_os().collect();
        let mut cli = command_for(&typed);
        cli.build();
        tips::refuse_single_dashes(&mut cli, &typed)?;
        let mut arguments = settings::arguments(&cli, typed)?;
        let matches = arguments.parse(&mut cli)?;
        let typed = TypedOptions::of(&matches, &cli);
        let set = arguments.added().to_vec();
        Ok(Cli { typed, set, ..Cli::from_arg_matches(&matches)? })
    }

    /// Runs the command.
    ///
    /// # Errors
    /// The error of the subcommand, for [`finish`] to print.
    pub fn run(self) -> Result<()> {
        self.color.write_global();
        interrupt::end_in_order();
        let outcome = match self.command {
            Command::Train(args) => train::run(args, self.typed),
            Command::Predict(args) => predict::run(args, self.typed),
            Command::Backtest(args) => backtest::run(args, self.typed),
            Command::Score(args) => score::run(args),
            Command::Explain(args) => explain::run(args),
            Command::Compare(args) => compare::run(args),
            Command::Tune(args) => tune::run(*args),
            Command::Update(args) => update::run(args),
            Command::Inspect(args) => inspect::run(args, &self.typed.without(&self.set)),
            Command::Merge(args) => merge::run(args),
            Command::Export(args) => export::run(args),
            Command::Config(args) => config::run(args, self.config.as_ref()),
            Command::Completions(args) => completions::run(&args),
            Command::Man(args) => man::run(args),
        };
        interrupt::wait_if_ending();
        outcome.map_err(|error| settings::with_places(error, &self.set))
    }
}

/// The name of the program.
const NAME: &str = "fourcast";

/// The subcommands.
const SUBCOMMANDS: &[&str] = &[
    "train",
    "predict",
    "backtest",
    "score",
    "explain",
    "compare",
    "tune",
    "update",
    "inspect",
    "merge",
    "export",
    "config",
    "completions",
    "man",
];

/// Returns the whole command line for clap.
fn command() -> clap::Command {
    command_with(|_| true)
}

/// Returns the command line for clap that parses `words`. If the first word is a subcommand, the other subcommands have
/// only their names: building their options takes as long as everything else before a run. Where there are settings, all
/// options are built, because settings can be those of any subcommand.
fn command_for(words: &[OsString]) -> clap::Command {
    let first = words.get(1).and_then(|word| word.to_str()).filter(|first| SUBCOMMANDS.contains(first));
    match first.filter(|_| !settings::may_exist(words)) {
        Some(first) => command_with(|name| name == first),
        None => command(),
    }
}

/// Returns the command line with the options of those subcommands for which `is_wanted` is true.
fn command_with(is_wanted: impl Fn(&str) -> bool) -> clap::Command {
    let in_full = |command: clap::Command| match SUBCOMMANDS.iter().find(|name| **name == command.get_name()) {
        Some(&name) if !is_wanted(name) => clap::Command::new(name),
        // `fourcast train --version` prints `fourcast`, not `fourcast-train`.
        _ => command.mut_args(lenient).display_name(NAME),
    };
    let cli = Cli::command().mut_args(lenient).mut_arg("color", |arg| arg.help("When to print in colour"));
    let wanted = ADAPTED.iter().filter(|(name, _)| is_wanted(name));
    wanted.fold(cli.mut_subcommands(in_full), |cli, (name, adapt)| cli.mut_subcommand(name, adapt)).mut_subcommands(
        |command| {
            let worded = option_helps::for_subcommand(command.get_name().to_owned());
            command.mut_args(worded)
        },
    )
}

/// A change of a subcommand's command line.
type Adapt = fn(clap::Command) -> clap::Command;

/// The subcommands whose options differ from those that clap derives from the types.
const ADAPTED: &[(&str, Adapt)] = &[
    ("inspect", inspect::files),
    ("explain", explain::names),
    ("export", export::inputs),
    ("compare", compare::one_file),
    ("tune", tune::lists),
    ("backtest", backtest::conflicts),
];

/// Accepts negative numbers and any letter case as values: `--seed -1` is a wrong value, not an option called -1;
/// `--cell LSTM` is `--cell lstm`.
fn lenient(arg: clap::Arg) -> clap::Arg {
    let named = arg.get_long().is_some() && arg.get_action().takes_values();
    let chosen = named && !arg.get_possible_values().is_empty();
    if named { arg.allow_negative_numbers(true).ignore_case(chosen) } else { arg }
}

/// Returns the usage error for options of `subcommand` that contradict each other or would have no effect.
fn usage_error(subcommand: &str, wrong: &str) -> anyhow::Error {
    let mut cli = command();
    cli.build();
    let message = Shown(wrong);
    let mut error = match cli.find_subcommand_mut(subcommand) {
        Some(command) => command.error(ErrorKind::ArgumentConflict, message),
        None => cli.error(ErrorKind::ArgumentConflict, message),
    };
    // Adds the options concerned, as clap does in its own errors.
    error.insert(ContextKind::InvalidArg, ContextValue::Strings(settings::options_in(wrong)));
    error.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
        let mut names = command().get_subcommands().map(|one| one.get_name().to_owned()).collect::<Vec<_>>();
        let mut known = SUBCOMMANDS.to_vec();
        names.sort();
        known.sort();
        assert_eq!(names, known);
    }

    /// Compares the help too: it lists the options with their values and defaults.
    #[test]
    fn a_subcommand_is_the_same_without_the_others() {
        let mut all = command();
        all.build();
        for &name in SUBCOMMANDS {
            let mut alone = command_with(|wanted| wanted == name);
            alone.build();
            let [one, other] = [&mut all, &mut alone].map(|cli| cli.find_subcommand_mut(name).unwrap());
            assert_eq!(one.render_long_help().to_string(), other.render_long_help().to_string());
            assert_eq!(format!("{one:?}"), format!("{other:?}"));
        }
    }

    /// Returns the error of a command line that clap rejects.
    fn refused(line: &str) -> String {
        let words = std::iter::once("fourcast").chain(line.split(' '));
        command().try_get_matches_from(words).unwrap_err().to_string()
    }

    #[test]
    fn names_of_choices_may_be_in_capitals() {
        let choices = "--cell LSTM --topology Many-To-One --recurrent-init GLOROT --target RETURN --loss Student-T \
                       --features OHLC --init-from Random --splits As-Is --date-order DMY --frequency Weekly --format JSON \
                       --calendar NYSE";
        let words = ["fourcast", "train", "--color", "NEVER"].into_iter().chain(choices.split_whitespace());
        Cli::from_arg_matches(&command().try_get_matches_from(words).unwrap()).unwrap();
        let words = ["fourcast", "backtest", "--baselines", "EGARCH,Ewma", "--activation", "ReLU", "--cell", "RNN"];
        Cli::from_arg_matches(&command().try_get_matches_from(words).unwrap()).unwrap();
        for line in
            ["compare --cells ALL --format Table", "tune --cells GRU,Lstm --format CSV", "inspect --format JSON"]
        {
            let words = std::iter::once("fourcast").chain(line.split(' '));
            Cli::from_arg_matches(&command().try_get_matches_from(words).unwrap()).unwrap();
        }
    }

    #[test]
    fn a_format_that_a_subcommand_does_not_write_is_refused() {
        for line in ["compare --format value", "inspect --format csv", "config --format value"] {
            let error = refused(line);
            assert!(error.contains("[possible values: table, ") && error.contains("json]"), "{line}: {error}");
        }
    }

    #[test]
    fn a_finished_model_is_not_trained() {
        for option in
            ["--cell lstm", "--hidden 16", "--seed 4", "--init-from random", "--rolling 90", "--test-fraction 0.2"]
        {
            let error = refused(&format!("backtest p.csv --model m.safetensors {option}"));
            let name = option.split(' ').next().unwrap();
            assert!(error.contains(&format!("'--model <FILE>' cannot be used with '{name}")), "{option}: {error}");
        }
        let words = "fourcast backtest p.csv --model m.safetensors --threads 1 --test-days 90".split(' ');
        command().try_get_matches_from(words).unwrap();
    }

    #[test]
    fn every_subcommand_prints_the_version_of_the_program() {
        for subcommand in command().get_subcommands() {
            let text = refused(&format!("{} --version", subcommand.get_name()));
            assert_eq!(text.trim(), concat!("fourcast ", env!("CARGO_PKG_VERSION")));
        }
    }

    #[test]
    fn the_date_of_explain_is_the_origin() {
        let error = refused("explain p.csv --date Close");
        assert!(error.contains("expected a day as YYYY-MM-DD") && error.contains("--date-column"), "{error}");
        command().try_get_matches_from("fourcast explain p.csv --date 2013-01-04".split(' ')).unwrap();
        command().try_get_matches_from("fourcast explain p.csv --date-column Day --price 2".split(' ')).unwrap();
    }

    #[test]
    fn columns_have_short_options_too() {
        let words = "fourcast inspect p.csv --date 1 --price 2 --by 3".split(' ');
        command().try_get_matches_from(words).unwrap();
    }

    #[test]
    fn inspect_takes_files_of_either_kind() {
        let mut cli = command();
        let inspect = cli.find_subcommand_mut("inspect").unwrap();
        assert!(inspect.render_usage().to_string().contains("[FILE]..."));
    }
}
