//! What to do about errors of the library, in terms of the command line. The library itself mentions no options.
//!
//! | modules | what they do |
//! |---|---|
//! | `typed` | options with values that fit a file, quoted for a shell |
//! | `writing` | files that cannot be written |
//! | `evaluation` | backtests, searches, ledgers and tables of forecasts |
//! | `model` | models that cannot be made, read, updated or used |
//! | `spacing` | rows whose spacing is not the expected one |
//! | `prices` | errors of the reader |
//! | `warnings` | warnings of the reader |

mod evaluation;
#[cfg(test)]
mod messages;
mod model;
mod prices;
#[cfg(test)]
mod snapshots;
mod spacing;
mod typed;
mod warnings;
mod writing;

use std::io;

pub use model::{of_initial_weights, of_update};
pub(super) use prices::column_flag;
pub(super) use typed::{nearest_file, option};
pub use warnings::{hint_of, inspection};
pub(super) use writing::of_write;

use jiff::civil::Date;

use super::max_age::MAX_DAYS;
use crate::files::{FileError, FileProblem};
use crate::fleet::merge::{MergeError, MergeProblem};
use crate::model::{SizeSetting, Smaller};
use crate::prices::AgeError;
use crate::words::join;

/// The file of prices in a command that a help suggests, if the error does not contain the file.
pub(super) const FILE: &str = "PRICES.csv";

/// Help for a variant without one. Variants may be added to errors of the library; `tests/program/helps_complete.rs`
/// finds those without a help.
const UNKNOWN: &str = "see fourcast --help";

/// What to do about a series that is too short, if the error does not contain the options that left rows out.
const MORE_DAYS: &str = "give it more days of history";

/// Returns a help in which [`MORE_DAYS`] is replaced by options: `cut` contains the first and the last day requested,
/// if there are rows beyond them.
pub(super) fn with_cut(help: &str, cut: (Option<Date>, Option<Date>)) -> String {
    let other = match cut {
        (None, None) => return help.to_owned(),
        (Some(since), None) => format!("pass a day before {since} with --since, or leave --since out"),
        (None, Some(until)) => format!("pass a day after {until} with --until, or leave --until out"),
        (Some(_), Some(_)) => "pass an earlier day with --since or a later one with --until".to_owned(),
    };
    help.replace(MORE_DAYS, &other)
}

/// Returns what to do about an error.
pub fn help_of(error: &dyn Help) -> String {
    error.help()
}

/// An error about which something can be done on the command line.
pub trait Help {
    /// Returns what to do about it.
    fn help(&self) -> String;

    /// Returns what to do about it if the series is one of `several`.
    fn help_among(&self, _several: bool) -> String {
        self.help()
    }
}

/// Returns the options that train on price levels. A model of levels is of one series.
fn of_levels(several: bool) -> &'static str {
    if several { "--target price --each --models DIR" } else { "--target price" }
}

impl Help for AgeError {
    fn help(&self) -> String {
        match self {
            AgeError::LastRow { age, .. } | AgeError::Repeated { age, .. } if *age > MAX_DAYS as usize => {
                "get newer prices, leave --max-age out, or name a day near the last row with --today".into()
            }
            AgeError::LastRow { age, .. } => format!("get newer prices, or allow their age with --max-age {age}"),
            AgeError::Repeated { age, .. } => {
                format!(
                    "the feed, or trade, may have stopped: get newer prices, or allow their age with --max-age {age}"
                )
            }
            _ => "correct the dates, leave rows out with --drop-last or --until, or name the day with --today".into(),
        }
    }
}

impl Help for MergeError {
    fn help(&self) -> String {
        let help = match &self.problem {
            MergeProblem::Nothing => "name the files that --shard wrote",
            MergeProblem::NoManifest { .. } => "name files that --shard wrote, with their manifests beside them",
            MergeProblem::Manifest(_) | MergeProblem::Changed { .. } | MergeProblem::Read { .. } => {
                "make that shard again: run its command once more"
            }
            MergeProblem::Mixed { .. } => "name shards of one run, or make that one again",
            MergeProblem::Twice { .. } => "name each shard once",
            MergeProblem::Missing { .. } => "name those files too; if there are none, run the commands of those shards",
            MergeProblem::Series { .. } => "make all shards again",
        };
        help.into()
    }
}

impl Help for FileError {
    fn help(&self) -> String {
        of_file(&self.problem)
    }
}

/// Returns what to do about a model file, or a file written with it, that cannot be read or written.
fn of_file(problem: &FileProblem) -> String {
    let help = match problem {
        FileProblem::Folder => "name a file in it",
        FileProblem::Busy => "wait until that run has ended, or name another file with --model",
        FileProblem::LockUnreadable { .. } => {
            "if there is no such run, remove the lock file: its owner and that of the folder can; or name another file \
             with --model"
        }
        FileProblem::LockKind { .. } => "remove what has the name of the lock file, or name another file with --model",
        FileProblem::Write(cause) | FileProblem::Read(cause) if cause.kind() == io::ErrorKind::InvalidFilename => {
            "pass a shorter name with --model: the checkpoint and a temporary file have longer ones"
        }
        FileProblem::Write(cause) => return of_write(cause, "file", "--model"),
        FileProblem::Special | FileProblem::NoFolder(_) => "name a file in a folder you can write to with --model",
        FileProblem::Links => "name the file itself with --model",
        FileProblem::Occupied { .. } => "it would be overwritten: pass another name, or remove it first",
        FileProblem::Read(cause) if cause.kind() == io::ErrorKind::PermissionDenied => {
            "let this user read the file (its owner can, with chmod +r), or name another one with --model"
        }
        FileProblem::Read(_) => "check the disk or the connection that the file is on, and try again",
        _ => UNKNOWN,
    };
    help.into()
}

/// Returns `, or a smaller --window` if smaller values would suffice.
fn or_smaller(smaller: &Option<Smaller>) -> String {
    let (settings, word) = match smaller {
        Some(Smaller::AnyOf(settings)) => (settings, "or"),
        Some(Smaller::AllOf(settings)) => (settings, "and"),
        None => return String::new(),
    };
    let options: Vec<String> = settings.iter().map(|setting| option_of(*setting).to_owned()).collect();
    format!(", or a smaller {}", join(&options, word))
}

/// Returns the option for a setting.
fn option_of(setting: SizeSetting) -> &'static str {
    match setting {
        SizeSetting::TestDays => "--test-days",
        SizeSetting::ValidFraction => "--valid-fraction",
        SizeSetting::Window => "--window",
        SizeSetting::Horizon => "--horizon",
        _ => UNKNOWN,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;
    use crate::features::Target;
    use crate::model::{ConfigOptions, InitFrom, pretrained_for};
    use crate::nn::{Activation, CellKind, Loss, Topology};
    use crate::prices::{Frequency, PriceSeries};

    #[test]
    fn settings_are_named_by_their_options() {
        let settings = || vec![SizeSetting::TestDays, SizeSetting::ValidFraction, SizeSetting::Window];
        let any = or_smaller(&Some(Smaller::AnyOf(settings())));
        assert_eq!(any, ", or a smaller --test-days, --valid-fraction or --window");
        let all = or_smaller(&Some(Smaller::AllOf(settings())));
        assert_eq!(all, ", or a smaller --test-days, --valid-fraction and --window");
        assert_eq!(or_smaller(&None), "");
    }

    /// Returns every long option of the program and of its subcommands.
    fn options() -> BTreeSet<String> {
        let mut cli = crate::cli::command();
        cli.build();
        let own = |command: &clap::Command| -> Vec<String> {
            let names = command.get_arguments().filter_map(clap::Arg::get_long_and_visible_aliases);
            names.flatten().map(str::to_owned).collect()
        };
        cli.get_subcommands().chain([&cli]).flat_map(own).collect()
    }

    fn sources(folder: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let files = |path: PathBuf| if path.is_dir() { sources(&path) } else { vec![path] };
        entries.flat_map(files).filter(|path| path.extension().is_some_and(|ending| ending == "rs")).collect()
    }

    /// Returns the options that a file names outside of comments and tests.
    fn named(text: &str) -> Vec<String> {
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
        let name = |part: &str| {
            let end = part.find(|letter: char| !letter.is_ascii_lowercase() && letter != '-').unwrap_or(part.len());
            part[..end].trim_end_matches('-').to_owned()
        };
        let names = lines.flat_map(|line| line.split("--").skip(1)).map(name);
        names.filter(|name| !name.is_empty()).collect()
    }

    #[test]
    fn every_option_that_a_message_names_exists() {
        let options = options();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let (mut count, mut unknown) = (0, Vec::new());
        for path in sources(&root) {
            for name in named(&fs::read_to_string(&path).unwrap()) {
                count += 1;
                if !options.contains(&name) {
                    unknown.push(format!("{}: --{name}", path.display()));
                }
            }
        }
        assert!(count > 100, "{count} options found in the source");
        assert!(unknown.is_empty(), "{unknown:#?}");
    }

    /// A model can differ in nine fields, each named like its option.
    #[test]
    fn differences_of_models_are_named_by_options_that_exist() {
        let series = PriceSeries {
            name: "p".into(),
            frequency: Frequency::Daily,
            dates: (1..=3).map(|day| jiff::civil::date(2024, 1, day)).collect(),
            close: vec![1.0; 3],
            adjusted: vec![1.0; 3],
            range: None,
            volume: None,
            ..PriceSeries::default()
        };
        let asked = ConfigOptions {
            init_from: Some(InitFrom::model(pretrained_for(&series), "old.st")),
            cell: CellKind::Gru,
            topology: Topology::ManyToMany,
            activation: Activation::Relu,
            window: Some(5),
            horizon: Some(2),
            hidden: 8,
            layers: 2,
            target: Target::Price,
            loss: Loss::Mse,
            ..ConfigOptions::default()
        };
        let error = asked.resolve(&series).unwrap_err();
        let help = help_of(&error);
        assert_eq!(named(&help).len(), 10, "{help}");
        assert!(named(&help).iter().all(|name| options().contains(name)), "{help}");
        let found = "a model with cell lstm, topology many-to-one, window 4, horizon 1 to 30, hidden 16, layers 1, activation tanh, \
                     target return, loss student-t, expected one with cell gru, topology many-to-many, window 5, horizon 2, \
                     hidden 8, layers 2, activation relu, target price, loss mse to start from";
        assert_eq!(error.to_string(), found);
    }
}
