//! What to do about errors of the library, in the words of the command line: the library knows no option.

#[cfg(test)]
mod messages;
mod prices;
#[cfg(test)]
mod snapshots;
mod typed;
mod warnings;

use std::io;

pub(super) use prices::column_flag;
pub(super) use typed::{nearest_file, option};
pub use warnings::{hint_of, inspection};

use jiff::civil::Date;

use super::max_age::MAX_DAYS;
use crate::eval::EvalError;
use crate::eval::backtest::BacktestError;
use crate::eval::baselines::{ALL, Baseline};
use crate::eval::ledger::{LedgerError, LedgerProblem};
use crate::eval::score::{TableError, TableProblem};
use crate::eval::tune::{JournalError, JournalProblem, TuneError};
use crate::files::{FileError, FileProblem};
use crate::fleet::merge::{MergeError, MergeProblem};
use crate::model::{
    Ahead, CheckpointError, CheckpointProblem, ConfigError, Difference, ExplainError, FitError, ForecastError,
    Mismatch, ModelFileError, ModelFileProblem as Problem, NODES, Oversize, SizeSetting, Smaller, UpdateError,
    WeightsError,
};
use crate::prices::{AgeError, CovariateKind, Nonpositive};
use crate::words::{join, shell_word};

/// A learning rate at which training does not diverge on prices: the peak of fits that start from pretrained networks.
const SAFE_RATE: f64 = 0.002;

/// The file of prices in a command that a help says to type, where the error does not know the file.
pub(super) const FILE: &str = "PRICES.csv";

/// What to do about a series that is too short, where the error does not know the options that left rows out.
const MORE_DAYS: &str = "give it more days of history";

/// A help with these options in its place: the first and the last day that were asked for, where rows lie beyond them.
pub(super) fn with_cut(help: &str, cut: (Option<Date>, Option<Date>)) -> String {
    let other = match cut {
        (None, None) => return help.to_owned(),
        (Some(since), None) => format!("pass a day before {since} with --since, or leave --since out"),
        (None, Some(until)) => format!("pass a day after {until} with --until, or leave --until out"),
        (Some(_), Some(_)) => "pass an earlier day with --since or a later one with --until".to_owned(),
    };
    help.replace(MORE_DAYS, &other)
}

/// What to do about an error.
pub fn help_of(error: &dyn Help) -> String {
    error.help()
}

/// An error that something can be done about on the command line.
pub trait Help {
    /// What to do about it.
    fn help(&self) -> String;
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
            _ => "correct the dates, leave rows out with --until, or name the day with --today".into(),
        }
    }
}

impl Help for UpdateError {
    fn help(&self) -> String {
        match self {
            UpdateError::Simulated => "train a model on prices with: fourcast train PRICES.csv".into(),
            UpdateError::SeveralSeries { .. } => {
                "train it again on all series with fourcast train, or a model of each with --each --models DIR".into()
            }
            UpdateError::OtherSeries { mismatch: Mismatch::Replaced { .. }, .. } => {
                "correct those rows, or name the file of its series; if the model has taken in wrong rows, train it again \
                 with: fourcast train PRICES.csv"
                    .into()
            }
            UpdateError::OtherSeries { mismatch, .. } if mismatch.is_known() => {
                "name the file of its series, or train a model of these with: fourcast train PRICES.csv -m NEW.safetensors"
                    .into()
            }
            UpdateError::OtherSeries { mismatch: Mismatch::Late { .. }, .. } => {
                let begin = self.begin().map_or_else(String::new, |day| format!(", such as --since {day}, if it is given"));
                format!("name the file of its series, with more of the rows before the new ones{begin}")
            }
            UpdateError::OtherSeries { .. } => {
                "name the file of its series, with more of the rows before the new ones, or train a model of these".into()
            }
            UpdateError::Unproven { .. } => {
                "name the file that it was trained on, with the new rows, or leave out --epochs".into()
            }
            UpdateError::NoHistory { .. } => {
                let begin = self.begin().map_or_else(String::new, |day| format!(", or --since {day} with a file that has them"));
                format!("name a file that has the rows before the new ones too, without --since{begin}")
            }
            UpdateError::Forecast(cause) => cause.help(),
            UpdateError::Fit(FitError::TooFewRows { .. }) => {
                "name a file of all rows of the training and the new ones, or leave out --epochs".into()
            }
            UpdateError::Fit(cause) => cause.help(),
        }
    }
}

impl Help for Oversize {
    fn help(&self) -> String {
        let help = match self {
            Oversize::Path { .. } => "pass a smaller --horizon, or --topology many-to-one for that day alone",
            Oversize::Weights { .. } => "pass a smaller --hidden, --layers or --ensemble",
            Oversize::Tensors { .. } => "pass a smaller --layers or --ensemble",
            Oversize::Work { .. } => "pass a smaller --window, --hidden, --layers or --ensemble",
            Oversize::Batch { .. } => "pass a smaller --batch-size, --window, --hidden, --layers or --threads",
        };
        help.into()
    }
}

impl Help for ConfigError {
    fn help(&self) -> String {
        match self {
            ConfigError::NoRange => "pass --features close, or leave it out".into(),
            ConfigError::NotPretrained => concat!(
                "there are some for --cell lstm, gru and rnn with the other network options left as they are; pass ",
                "--init-from random for the others"
            )
            .into(),
            ConfigError::OtherNetwork(differences) => {
                let option = |field: &Difference| match field.found.contains(' ') {
                    // Days ahead: several, which are not an option's value.
                    true => "no --horizon".to_owned(),
                    false => format!("--{} {}", field.field, field.found),
                };
                let options: Vec<String> = differences.iter().map(option).collect();
                let options = options.join(" ");
                format!("ask for its network with {options}, or name another model with --init-from")
            }
            ConfigError::OtherCovariates { .. } => {
                "pass the --past, --future and --events that it was trained with, or name another model with --init-from"
                    .into()
            }
            ConfigError::OtherCount { found, .. } => {
                format!("leave out --ensemble, pass --ensemble {found}, or train with --epochs above 0")
            }
            ConfigError::Weights(WeightsError::Stray { .. }) => {
                "take that tensor out of the file, or ask for its network with --cell, --layers and --topology".into()
            }
            ConfigError::Weights(_) => concat!(
                "ask for the network of the file with --cell, --layers, --hidden, --window, --horizon, --topology and ",
                "--features, or name its tensors as fourcast inspect lists those of such a model"
            )
            .into(),
            ConfigError::Oversize(cause) => cause.help(),
        }
    }
}

/// The options with which a model of some days ahead is trained.
fn options_for(asked: Ahead) -> String {
    match asked {
        Ahead::Day(day) if day > NODES[NODES.len() - 1] => format!(" --horizon {day}"),
        Ahead::Path(days) if days > NODES[NODES.len() - 1] => {
            format!(" --topology many-to-many --horizon {days}")
        }
        _ => String::new(),
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

impl Help for LedgerError {
    fn help(&self) -> String {
        match &self.problem {
            LedgerProblem::Missing => {
                nearest_file(&self.path, "name the file that fourcast predict --ledger has written")
            }
            LedgerProblem::Other => {
                "name the file that fourcast predict --ledger writes; forecasts of another program \
                                     are a file of csv for fourcast score --forecasts"
                    .into()
            }
            LedgerProblem::Version { .. } => "use the version of fourcast that wrote it, or a later one".into(),
            LedgerProblem::Unended { .. } => "take the line out, or end it with a line break".into(),
            LedgerProblem::Lock(_) => "name a file on a disk that can lock files; not all network drives can".into(),
            LedgerProblem::Read(_) => "name a file that you may read".into(),
            LedgerProblem::Write(error) if error.kind() == io::ErrorKind::StorageFull => {
                "free some space on the disk, and run it again".into()
            }
            LedgerProblem::Write(_) => "name a file that you may write to".into(),
        }
    }
}

impl Help for TableError {
    fn help(&self) -> String {
        match &self.problem {
            TableProblem::Missing => nearest_file(&self.path, "name a csv file of forecasts"),
            TableProblem::Read(_) => "name a csv file of forecasts that you may read".into(),
            TableProblem::NoColumn { expected, .. } => format!("rename the column that holds it to {expected}"),
            TableProblem::NoForecast(_) => "rename the columns of the forecasts".into(),
            TableProblem::NoMiddle => "add the price forecast as a column named forecast, or the median as q0.5".into(),
            TableProblem::Quantile(_) => "rename the column, or leave it out".into(),
            TableProblem::Twice { .. } => "leave out one of them".into(),
            TableProblem::OneEnd { missing, .. } => format!("add the column {missing}, or rename the other"),
            TableProblem::Row(_) | TableProblem::Cell { .. } => "fix that row, or leave it out".into(),
            TableProblem::Long => "name a csv file with a row for each forecast".into(),
            TableProblem::Ambiguous(_) => "write days as YYYY-MM-DD, and numbers with a decimal point".into(),
            TableProblem::Models(_) => "leave out the columns of the others, and score each model by itself".into(),
            TableProblem::Nothing | TableProblem::Empty { missing: 0 } => {
                "name a file with a row for each forecast: date,forecast in the first line, and 2024-01-31,101.5 below"
                    .into()
            }
            TableProblem::Empty { .. } => "fill in the date and the prices of the forecasts".into(),
        }
    }
}

impl Help for ForecastError {
    fn help(&self) -> String {
        match self {
            ForecastError::TooFewRows { .. } => MORE_DAYS.into(),
            ForecastError::Frequency { series, .. } => format!("train a model of such rows with --frequency {series}"),
            ForecastError::NoVolume => "train a model for such files with --features ohlc or --features close".into(),
            ForecastError::NoRange => "train a model for such files with --features close".into(),
            ForecastError::NoCovariate { covariate } => match covariate.kind {
                CovariateKind::Past => format!("pass {}", typed::option("--past", &covariate.name)),
                CovariateKind::Future => format!("pass {}", typed::option("--future", &covariate.name)),
                CovariateKind::Events => "pass --events FILE with the dates of the same events".into(),
            },
            ForecastError::NotKnownAhead { covariate, date } => {
                format!(
                    "add a row for {date} with the value of '{}' and an empty price; if it is a holiday, pass --calendar EXCHANGE",
                    covariate.name
                )
            }
            ForecastError::NonPositive { cause: Nonpositive::Levels, .. } => {
                "leave those days out with --since or --until, or train with --target price".into()
            }
            ForecastError::NonPositive { cause, .. } => cause.help(),
            ForecastError::Quantile { level, .. } => {
                format!("pass --quantiles a level farther from {}", if *level < 0.5 { 0 } else { 1 })
            }
            ForecastError::Ahead { asked, first, last } => {
                let has = if first == last {
                    format!("pass --horizon {first}")
                } else {
                    format!("ask for days {first} to {last}")
                };
                format!(
                    "{has}, or train a model of what is asked for with: fourcast train {FILE}{}",
                    options_for(*asked)
                )
            }
            ForecastError::NotFinite | ForecastError::NoPrice { .. } | ForecastError::Implausible { .. } => {
                "train again with a smaller --learning-rate, or check the prices for wild jumps".into()
            }
        }
    }
}

impl Help for ExplainError {
    fn help(&self) -> String {
        match self {
            ExplainError::Forecast(cause) => cause.help(),
            ExplainError::Member { members, .. } => format!("pass --member {members}, or leave it out for all of them"),
            ExplainError::Ahead { horizons, .. } => {
                format!("pass --ahead {}", horizons.iter().map(usize::to_string).collect::<Vec<_>>().join(","))
            }
            ExplainError::Window { window, .. } => format!("train a model of such windows with --window {window}"),
            ExplainError::Short { rows, .. } => format!("pass --window {rows}, or a smaller one"),
            ExplainError::Oversize(_) => "pass a smaller --window".into(),
        }
    }
}

impl Help for CheckpointError {
    fn help(&self) -> String {
        let again = "leave out --resume to train from the start";
        match &self.problem {
            CheckpointProblem::Differs(_) => {
                format!("train with the prices and options it was written with, or {again}")
            }
            CheckpointProblem::Version { .. } => format!("resume with the fourcast that wrote it, or {again}"),
            CheckpointProblem::Read(_) => format!("let this user read the file, or {again}"),
            CheckpointProblem::Damaged(_) => again.into(),
            CheckpointProblem::Other => "remove that file, or name another model with --model".into(),
        }
    }
}

impl Help for FitError {
    fn help(&self) -> String {
        match self {
            FitError::TooFewRows { smaller, .. } => format!("{MORE_DAYS}{}", or_smaller(smaller)),
            FitError::Series(cause) => cause.help(),
            FitError::NotFinite { .. } => {
                "fix the prices and the further inputs of that day and the days before it, or leave them out with --since".into()
            }
            FitError::Diverged { cause, initial, .. }
                if cause.epoch == 0 || (cause.epoch == 1 && initial.is_some()) =>
            {
                "name a file of other weights with --init-from".into()
            }
            FitError::Diverged { learning_rate, .. } => {
                let smaller = if *learning_rate > SAFE_RATE { SAFE_RATE } else { learning_rate / 10.0 };
                format!("pass a smaller --learning-rate, for example {smaller}, or check the prices for wild jumps")
            }
            FitError::PriceLevels => {
                "leave out --target price, or train a model of each series with --each --models DIR".into()
            }
            FitError::Checkpoint(error) => error.help(),
            FitError::Training(_) => "train a new model, with an allowed value".into(),
            FitError::Threads { .. } => "pass a smaller --threads".into(),
        }
    }
}

/// Those of the default baselines that are wanted, as a list to type.
fn defaults(is_wanted: impl Fn(&Baseline) -> bool) -> String {
    let wanted = ALL.iter().filter(|baseline| baseline.is_default && is_wanted(baseline));
    wanted.map(|baseline| baseline.name).collect::<Vec<_>>().join(",")
}

impl Help for BacktestError {
    fn help(&self) -> String {
        match self {
            BacktestError::TooFewRows { smaller, .. } => format!("{MORE_DAYS}{}", or_smaller(smaller)),
            BacktestError::TooFewTestDays { .. } => "pass a larger --test-days or a shorter --horizon".into(),
            BacktestError::TooShortRolling { smaller, .. } => format!("pass a larger --rolling{}", or_smaller(smaller)),
            BacktestError::InSample { possible, last, .. } => {
                let fewer = match possible {
                    Some(days) => format!("pass --test-days {days} or fewer, or give it newer prices"),
                    None => format!(
                        "give it prices of more days after {last}, or train a model on earlier days with: fourcast \
                         train PRICES.csv --until DATE -m FILE"
                    ),
                };
                format!("{fewer}; --in-sample tests on days the model has seen")
            }
            BacktestError::NonPositive { cause: Nonpositive::Levels, .. } => {
                "leave those days out with --since or --until".into()
            }
            BacktestError::NonPositive { cause, .. } => cause.help(),
            BacktestError::Horizon { horizon, .. } => {
                format!("pass --baselines {}", defaults(|baseline| baseline.supports(*horizon)))
            }
            BacktestError::NoBars { .. } => {
                format!("give it a file with them, or pass --baselines {}", defaults(|baseline| !baseline.needs_bars))
            }
            BacktestError::Stopped { .. } => "run it again for a verdict".into(),
            BacktestError::Fit(cause) => cause.help(),
            BacktestError::Eval(EvalError::TooFew { .. }) => {
                "give it more days: a smaller --test-days, a larger --rolling or a longer file".into()
            }
            BacktestError::Eval(EvalError::NotFinite { .. }) => {
                "its forecasts are beyond every number: test another model, or train again with a smaller \
                 --learning-rate"
                    .into()
            }
            BacktestError::Eval(_) => "give it days on which the price moves".into(),
        }
    }
}

impl Help for TuneError {
    fn help(&self) -> String {
        match self {
            TuneError::Config(cause) => cause.help(),
            TuneError::Backtest(BacktestError::TooFewRows { .. }) => {
                format!("{MORE_DAYS}, or a smaller --test-days, --folds or --windows")
            }
            TuneError::Backtest(cause) => cause.help(),
        }
    }
}

impl Help for JournalError {
    fn help(&self) -> String {
        match &self.problem {
            JournalProblem::Other => "name another file with --state: this one is not changed".into(),
            JournalProblem::Version { .. } => "go on with the fourcast that wrote it, or name another --state".into(),
            JournalProblem::Differs(_) => {
                "type the command it was written with, or name another file with --state for this search".into()
            }
            JournalProblem::Line { .. } => "take out that line: what it held is evaluated again".into(),
            JournalProblem::Busy => "wait for it, or name another file with --state".into(),
            JournalProblem::Io(_) => "name a file in a folder you can write to with --state".into(),
        }
    }
}

impl Help for FileError {
    fn help(&self) -> String {
        of_file(&self.problem).into()
    }
}

/// What to do about a model, or a file that is written with it, that cannot be read or written.
fn of_file(problem: &FileProblem) -> &'static str {
    match problem {
        FileProblem::Folder => "name a file in it",
        FileProblem::Busy => "wait until that run has ended, or name another file with --model",
        FileProblem::LockUnreadable { .. } => {
            "if there is no such run, remove the lock file: its owner and that of the folder can; or name another file \
             with --model"
        }
        FileProblem::LockKind { .. } => "remove what has the name of the lock file, or name another file with --model",
        FileProblem::Write(cause) if cause.kind() == io::ErrorKind::StorageFull => {
            "free some space on the disk, or name a file on another one with --model"
        }
        FileProblem::Write(cause) | FileProblem::Read(cause) if cause.kind() == io::ErrorKind::InvalidFilename => {
            "pass a shorter name with --model: the checkpoint and a temporary file have longer ones"
        }
        FileProblem::Special | FileProblem::NoFolder(_) | FileProblem::Write(_) => {
            "name a file in a folder you can write to with --model"
        }
        FileProblem::Links => "name the file itself with --model",
        FileProblem::Occupied { .. } => "it would be overwritten: pass another name, or remove it first",
        FileProblem::Read(cause) if cause.kind() == io::ErrorKind::PermissionDenied => {
            "let this user read the file (its owner can, with chmod +r), or name another one with --model"
        }
        FileProblem::Read(_) => "check the disk or the connection that the file is on, and try again",
    }
}

impl Help for ModelFileError {
    fn help(&self) -> String {
        let path = shell_word(&self.path.display().to_string());
        match &self.problem {
            Problem::File(problem) => of_file(problem).into(),
            Problem::Missing => {
                nearest_file(&self.path, &format!("train one with: fourcast train -m {path} PRICES.csv"))
            }
            Problem::TrainedUntil(_) => "write that entry as 2024-11-29, or leave it out".into(),
            Problem::Device => format!("name a model that fourcast train wrote with --model, not {path}"),
            Problem::NamedPipe => {
                format!("copy the model into a file first, for example with: cat {path} > copy.safetensors")
            }
            Problem::Dangling(_) => {
                format!("name a model with --model, or train one with: fourcast train -m {path} PRICES.csv")
            }
            Problem::Checksum | Problem::NoChecksum => {
                format!("copy it again, or train again with: fourcast train -m {path} PRICES.csv")
            }
            Problem::Version { .. } | Problem::UnknownEntry(_) => {
                "read it with the fourcast that wrote it, or train again".into()
            }
            // Of weights of another program.
            Problem::Misshapen { .. } if !self.is_of_model() => {
                "save the weights in single precision (in PyTorch, module.float()), or name another file with --init-from"
                    .into()
            }
            Problem::ImpossibleShape { .. } if !self.is_of_model() => {
                "save the weights again, or name another file with --init-from".into()
            }
            Problem::NotFinite(_) if !self.is_of_model() => {
                "train the network again with a smaller learning rate, or name another file with --init-from".into()
            }
            // A file that is no model is not replaced by one.
            _ if !self.is_of_model() => {
                "name a model with --model, or train one with: fourcast train -m NEW.safetensors PRICES.csv".into()
            }
            _ => format!("train again with: fourcast train -m {path} PRICES.csv"),
        }
    }
}

/// `, or a smaller --window`, where smaller values would do.
fn or_smaller(smaller: &Option<Smaller>) -> String {
    let (settings, word) = match smaller {
        Some(Smaller::AnyOf(settings)) => (settings, "or"),
        Some(Smaller::AllOf(settings)) => (settings, "and"),
        None => return String::new(),
    };
    let options: Vec<String> = settings.iter().map(|setting| option_of(*setting).to_owned()).collect();
    format!(", or a smaller {}", join(&options, word))
}

/// The option for a setting.
fn option_of(setting: SizeSetting) -> &'static str {
    match setting {
        SizeSetting::TestDays => "--test-days",
        SizeSetting::ValidFraction => "--valid-fraction",
        SizeSetting::Window => "--window",
        SizeSetting::Horizon => "--horizon",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;
    use crate::features::Target;
    use crate::model::{ConfigOptions, InitFrom, LossKind, pretrained_for};
    use crate::nn::{Activation, CellKind, Topology};
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

    /// Every long option of the program and of its subcommands.
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

    /// The options that the lines of a file name outside comments and tests.
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

    #[test]
    fn the_library_names_no_option() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let of_program = ["cli", "report"].map(|module| root.join(module));
        let is_of_library = |path: &&PathBuf| !of_program.iter().any(|module| path.starts_with(module));
        let (mut count, all) = (0, sources(&root));
        for path in all.iter().filter(is_of_library) {
            count += 1;
            assert_eq!(named(&fs::read_to_string(path).unwrap()), [""; 0], "{}", path.display());
        }
        assert!(count > 150, "{count} files");
    }

    /// A model may differ in nine fields, each named as its option is.
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
            loss: LossKind::Mse,
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
