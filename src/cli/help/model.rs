//! What to do about models that cannot be made, read, updated or used.

use std::io;

use super::typed::{nearest_file, option};
use super::{FILE, Help, MORE_DAYS, UNKNOWN, of_file, of_levels, or_smaller};
use crate::files::FileProblem;
use crate::model::{
    Ahead, CheckpointError, CheckpointProblem, ConfigError, Difference, ExplainError, FitError, ForecastError,
    Mismatch, ModelFileError, ModelFileProblem as Problem, OUTPUT_HORIZONS, Oversize, UpdateError, WeightsError,
};
use crate::prices::{CovariateKind, Nonpositive};
use crate::words::shell_word;

/// A learning rate at which training does not diverge on prices: the default peak of fits that start from pretrained
/// networks.
const SAFE_RATE: f64 = 0.002;

impl Help for UpdateError {
    fn help(&self) -> String {
        of_update(self, "fourcast train PRICES.csv -m NEW.safetensors")
    }

    fn help_among(&self, several: bool) -> String {
        match self {
            UpdateError::Forecast(cause) => cause.help_among(several),
            _ => self.help(),
        }
    }
}

/// Returns what to do about a failed update; `train` is a command that trains a model on the given prices.
pub fn of_update(error: &UpdateError, train: &str) -> String {
    match error {
        UpdateError::Simulated => "train a model on prices with: fourcast train PRICES.csv".into(),
        UpdateError::SeveralSeries { .. } => {
            "train it again on all series with fourcast train, or a model of each with --each --models DIR".into()
        }
        UpdateError::OtherSeries { mismatch: Mismatch::Replaced { .. }, .. } => {
            "correct those rows, or name the file of its series; if the model was updated with wrong rows, train it again \
             with: fourcast train PRICES.csv"
                .into()
        }
        UpdateError::OtherSeries { mismatch, .. } if mismatch.is_known() => {
            format!("name the file of its series, or train a model of these with: {train}")
        }
        UpdateError::OtherSeries { mismatch: Mismatch::Late { .. }, .. } => {
            let begin =
                error.begin().map_or_else(String::new, |day| format!(" (if --since is given, --since {day} or earlier)"));
            format!("name the file of its series, and include more rows before the new ones{begin}")
        }
        UpdateError::OtherSeries { .. } => {
            "name the file of its series, and include more rows before the new ones; or train a model on these rows".into()
        }
        UpdateError::Unproven { .. } => {
            "name the file that it was trained on, with the new rows, or leave out --epochs".into()
        }
        UpdateError::NoHistory { .. } => {
            let begin =
                error.begin().map_or_else(String::new, |day| format!(", or --since {day} with a file that has them"));
            format!("name a file that also has the rows before the new ones, without --since{begin}")
        }
        UpdateError::Forecast(cause) => cause.help(),
        UpdateError::Fit(FitError::TooFewRows { .. }) => {
            "name a file of all rows of the training and the new ones, or leave out --epochs".into()
        }
        UpdateError::Fit(cause) => cause.help(),
        _ => UNKNOWN.into(),
    }
}

impl Help for Oversize {
    fn help(&self) -> String {
        let help = match self {
            Oversize::Path { .. } => "pass a smaller --horizon, or --topology many-to-one to forecast only that day",
            Oversize::Weights { .. } => "pass a smaller --hidden, --layers or --ensemble",
            Oversize::Tensors { .. } => "pass a smaller --layers or --ensemble",
            Oversize::Work { .. } => "pass a smaller --window, --hidden, --layers or --ensemble",
            Oversize::Batch { .. } => "pass a smaller --batch-size, --window, --hidden, --layers or --threads",
            _ => UNKNOWN,
        };
        help.into()
    }
}

impl Help for ConfigError {
    fn help(&self) -> String {
        match self {
            ConfigError::NoBars => "pass --features close, or leave it out".into(),
            ConfigError::NotPretrained => concat!(
                "there are some for --cell lstm, gru and rnn with the other network options left as they are; pass ",
                "--init-from random for the others"
            )
            .into(),
            ConfigError::OtherNetwork(differences) => {
                let option = |field: &Difference| match field.found.contains(' ') {
                    // Several days ahead cannot be the value of an option.
                    true => "no --horizon".to_owned(),
                    false => format!("--{} {}", field.field, field.found),
                };
                let options: Vec<String> = differences.iter().map(option).collect();
                let options = options.join(" ");
                format!("select its network with {options}, or name another model with --init-from")
            }
            ConfigError::OtherCovariates { .. } => {
                "pass the --past, --future and --events that it was trained with, or name another model with --init-from"
                    .into()
            }
            ConfigError::OtherCount { found, .. } => {
                format!("leave out --ensemble, pass --ensemble {found}, or train with --epochs above 0")
            }
            ConfigError::Weights(WeightsError::Stray { .. }) => {
                "take that tensor out of the file, or select its network with --cell, --layers and --topology".into()
            }
            ConfigError::Weights(_) => concat!(
                "select the network of the file with --cell, --layers, --hidden, --window, --horizon, --topology and ",
                "--features, or name its tensors as fourcast inspect lists those of such a model"
            )
            .into(),
            ConfigError::Oversize(cause) => cause.help(),
            _ => UNKNOWN.into(),
        }
    }
}

/// Returns the options with which a model for these days ahead is trained.
fn options_for(asked: Ahead) -> String {
    match asked {
        Ahead::Day(day) if day > OUTPUT_HORIZONS[OUTPUT_HORIZONS.len() - 1] => format!(" --horizon {day}"),
        Ahead::Path(days) if days > OUTPUT_HORIZONS[OUTPUT_HORIZONS.len() - 1] => {
            format!(" --topology many-to-many --horizon {days}")
        }
        _ => String::new(),
    }
}

impl Help for ForecastError {
    fn help(&self) -> String {
        match self {
            ForecastError::TooFewRows { .. } => MORE_DAYS.into(),
            ForecastError::Frequency { series, .. } => format!("train a model of such rows with --frequency {series}"),
            ForecastError::NoVolume => "train a model for such files with --features ohlc or --features close".into(),
            ForecastError::NoBars => "train a model for such files with --features close".into(),
            ForecastError::NoCovariate { covariate } => match covariate.kind {
                CovariateKind::Past => format!("pass {}", option("--past", &covariate.name)),
                CovariateKind::Future => format!("pass {}", option("--future", &covariate.name)),
                CovariateKind::Events => "pass --events FILE with the dates of the same events".into(),
            },
            ForecastError::NotKnownAhead { covariate, date } => {
                format!(
                    "add a row for {date} with the value of '{}' and an empty price; if it is a holiday, pass --calendar EXCHANGE",
                    covariate.name
                )
            }
            ForecastError::NonPositive { .. } => self.help_among(false),
            ForecastError::Quantile { level, .. } => {
                format!("pass --quantiles a level farther from {}", if *level < 0.5 { 0 } else { 1 })
            }
            ForecastError::Ahead { asked, first, last } => {
                let has = if first == last {
                    format!("pass --horizon {first}")
                } else {
                    format!("request days {first} to {last}")
                };
                format!("{has}, or train a model for this request with: fourcast train {FILE}{}", options_for(*asked))
            }
            ForecastError::NotFinite | ForecastError::NoPrice { .. } | ForecastError::Implausible { .. } => {
                "train again with a smaller --learning-rate, or check the prices for wild jumps".into()
            }
            _ => UNKNOWN.into(),
        }
    }

    fn help_among(&self, several: bool) -> String {
        match self {
            ForecastError::NonPositive { cause: Nonpositive::Levels, .. } => {
                let model = if several { "" } else { " -m FILE" };
                let options = of_levels(several);
                format!(
                    "leave those days out with --since or --until, or train a model of levels with: fourcast train \
                     {FILE} {options}{model}"
                )
            }
            ForecastError::NonPositive { cause, .. } => cause.help_among(several),
            _ => self.help(),
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
            _ => UNKNOWN.into(),
        }
    }

    fn help_among(&self, several: bool) -> String {
        match self {
            ExplainError::Forecast(cause) => cause.help_among(several),
            _ => self.help(),
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
            FitError::Series(_) => self.help_among(false),
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
            FitError::Threads(_) => "pass a smaller --threads".into(),
            _ => UNKNOWN.into(),
        }
    }

    fn help_among(&self, several: bool) -> String {
        match self {
            FitError::Series(ForecastError::NonPositive { cause: Nonpositive::Levels, .. }) => {
                let options = of_levels(several);
                format!("leave those days out with --since or --until, or train with {options}")
            }
            FitError::Series(cause) => cause.help_among(several),
            _ => self.help(),
        }
    }
}

/// Returns what to do about a file from which weights cannot start. A help of a model that names `--model`, or suggests
/// training again, does not apply here, because the model to start from is not the model written.
pub fn of_initial_weights(error: &ModelFileError) -> String {
    const OTHER: &str =
        "name a model that fourcast train wrote, or weights in a safetensors file, with --init-from, or leave it out";
    let is_of_weights = !error.is_of_model();
    match &error.problem {
        Problem::File(FileProblem::Folder) => "name a file in it with --init-from".into(),
        Problem::File(FileProblem::Occupied { .. }) | Problem::TrainedUntil(_) | Problem::NamedPipe => error.help(),
        Problem::File(FileProblem::Read(cause))
            if !matches!(cause.kind(), io::ErrorKind::InvalidFilename | io::ErrorKind::PermissionDenied) =>
        {
            error.help()
        }
        Problem::Misshapen { .. } | Problem::ImpossibleShape { .. } | Problem::NotFinite(_) if is_of_weights => {
            error.help()
        }
        _ => OTHER.into(),
    }
}

impl Help for ModelFileError {
    fn help(&self) -> String {
        let path = shell_word(&self.path.display().to_string());
        match &self.problem {
            Problem::File(problem) => of_file(problem),
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
            // This applies to weights of another program.
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
            // A file that is not a model is not replaced.
            _ if !self.is_of_model() => {
                "name a model with --model, or train one with: fourcast train -m NEW.safetensors PRICES.csv".into()
            }
            _ => format!("train again with: fourcast train -m {path} PRICES.csv"),
        }
    }
}
