//! The options about the results: their format, the levels of intervals, and what else is printed.

use std::io::{self, IsTerminal};
use std::path::Path;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};

use super::spool::is_json;
use crate::report::Format;

/// The format of the results.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct FormatArgs {
    /// Format of the results [default: table on a terminal, csv in a pipe]
    #[arg(long, value_parser = formats())]
    format: Option<Format>,
}

/// What is printed besides the results.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct MessageArgs {
    /// Print no progress and no warnings
    #[arg(short, long)]
    quiet: bool,
    /// Treat warnings as errors: a warning about a series fails it, one about a file of several series fails the file
    #[arg(long)]
    strict: bool,
    /// Print how each file was read
    #[arg(short, long, conflicts_with = "quiet")]
    verbose: bool,
}

/// The options of results with prediction intervals.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    #[command(flatten)]
    format: FormatArgs,
    /// Levels of the central prediction intervals to print, between 0 and 1
    #[arg(long, value_name = "LEVELS", value_delimiter = ',', value_parser = level, default_value = "0.5,0.9")]
    levels: Vec<f64>,
    #[command(flatten)]
    messages: MessageArgs,
}

/// Parses one of the given values of an enum.
pub fn among<T: ValueEnum + Send + Sync + 'static>(values: &[T]) -> impl TypedValueParser<Value = T> {
    let names = values.iter().filter_map(ValueEnum::to_possible_value);
    PossibleValuesParser::new(names).try_map(|name| T::from_str(&name, true))
}

/// Returns a parser of the formats of a result that is not one number per series.
pub fn formats() -> impl TypedValueParser<Value = Format> {
    among(&[Format::Table, Format::Csv, Format::Json])
}

/// Returns the requested format, or the default one for standard output.
pub fn format_or_usual(asked: Option<Format>) -> Format {
    asked.unwrap_or_else(|| if io::stdout().is_terminal() { Format::Table } else { Format::Csv })
}

/// Rarer tails cannot be estimated on any test period, and at far smaller levels the bounds are not finite.
const MIN_LEVEL: f64 = 1e-6;

fn level(text: &str) -> Result<f64, String> {
    match text.trim().parse::<f64>() {
        Ok(level) if (MIN_LEVEL..=1.0 - MIN_LEVEL).contains(&level) => Ok(level),
        Ok(level) if level > 0.0 && level < 1.0 => {
            Err(format!("a level is a number from {MIN_LEVEL} to {}, for example 0.9", 1.0 - MIN_LEVEL))
        }
        Ok(level) if (1.0..100.0).contains(&level) => {
            Err(format!("a level is a number between 0 and 1: for {level} % pass {}", (level * 1e10).round() / 1e12))
        }
        _ => Err("a level is a number between 0 and 1, for example 0.9".into()),
    }
}

/// The format of the results, and what else is printed.
#[derive(Debug, Clone)]
pub struct Output {
    /// Format of the results.
    pub format: Format,
    /// Levels of the central prediction intervals to print, without duplicates, in the order of the command line.
    pub levels: Vec<f64>,
    /// Whether to print no progress and no warnings.
    pub quiet: bool,
    /// Whether to print how files are read, and every epoch.
    pub verbose: bool,
    /// Whether warnings are errors.
    pub strict: bool,
}

impl Output {
    /// Resolves the options of a subcommand without prediction intervals. If no format is named, it is the one that
    /// fits standard output.
    pub fn of(format: FormatArgs, messages: MessageArgs) -> Output {
        let MessageArgs { quiet, strict, verbose } = messages;
        Output { format: format_or_usual(format.format), levels: Vec::new(), quiet, verbose, strict }
    }
}

impl OutputArgs {
    /// Resolves the options; levels are without duplicates. If no format is named, it is the one that fits standard
    /// output or the name of the file of results.
    pub fn resolve(self, file: Option<&Path>) -> Output {
        let mut levels = Vec::new();
        for level in self.levels {
            if !levels.contains(&level) {
                levels.push(level);
            }
        }
        let of_file = file.map(|file| if is_json(file) { Format::Json } else { Format::Csv });
        let format = FormatArgs { format: self.format.format.or(of_file) };
        Output { levels, ..Output::of(format, self.messages) }
    }
}
