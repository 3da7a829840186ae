//! The help of shared options, for subcommands in which an option has another meaning or default.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Arg, ValueEnum};

use crate::report::Format;

/// Sets the help of an option for a subcommand.
pub fn for_subcommand(subcommand: String) -> impl Fn(Arg) -> Arg {
    move |arg| {
        let arg = match bare_number(&subcommand).filter(|_| arg.get_id() == "format") {
            Some(number) => arg.value_parser(formats_with(number)),
            None => arg,
        };
        match help(&subcommand, arg.get_id().as_str()) {
            Some(help) => arg.help(help),
            None => arg,
        }
    }
}

/// Describes the number that `--format value` prints, for subcommands with this format.
fn bare_number(subcommand: &str) -> Option<&'static str> {
    match subcommand {
        "train" => Some("A bare number: the forecast price"),
        "predict" => Some("A bare number: the forecast price, or the one requested probability or quantile"),
        "backtest" | "score" => Some("A bare number: the price skill over \"tomorrow = today\""),
        _ => None,
    }
}

/// Returns all formats, with the description of the bare number.
fn formats_with(number: &'static str) -> impl TypedValueParser<Value = Format> {
    let value = |format: &Format| {
        let value = format.to_possible_value()?;
        Some(if *format == Format::Value { value.help(number) } else { value })
    };
    let values: Vec<PossibleValue> = Format::value_variants().iter().filter_map(value).collect();
    PossibleValuesParser::new(values).try_map(|name| Format::from_str(&name, true))
}

fn help(subcommand: &str, option: &str) -> Option<&'static str> {
    match option {
        "named" => model(subcommand),
        "horizon" => horizon(subcommand),
        "splits" => Some(splits(subcommand)),
        "frequency" => Some(frequency(subcommand)),
        "calendar" => calendar(subcommand),
        "plot" => plot(subcommand),
        "output_file" if subcommand == "train" => Some(
            "With --each, write the results into this file instead of standard output, as csv, or as json or \
             Parquet if its name ends with .json, .jsonl, .ndjson, .parquet or .pq; written atomically",
        ),
        "quiet" if subcommand == "explain" => Some("Print no warnings"),
        "strict" => strict(subcommand),
        "verbose" => verbose(subcommand),
        _ => None,
    }
}

fn model(subcommand: &str) -> Option<&'static str> {
    match subcommand {
        "train" | "tune" => Some("The model file to write [default: model.safetensors]"),
        "predict" | "explain" => {
            Some("The model file to read [default: model.safetensors, or where there is none the pretrained networks]")
        }
        _ => None,
    }
}

fn horizon(subcommand: &str) -> Option<&'static str> {
    match subcommand {
        "train" => Some(
            "The one day ahead that a many-to-one network forecasts, or the last day of a path [default: days 1 to 30; day 1 \
             with --loss mse or --target price, and of a path]",
        ),
        "backtest" => Some(
            "The day ahead that is tested; of a path its last day [default: the next day; of a saved model the day that it \
             forecasts, of a saved path its last]",
        ),
        "compare" | "tune" => Some("The day ahead that is tested; of a path its last day [default: the next day]"),
        _ => None,
    }
}

fn splits(subcommand: &str) -> &'static str {
    match subcommand {
        "predict" | "explain" | "inspect" => {
            "How to read a price jump that looks like a split [default: as-is, with a warning]"
        }
        _ => "How to read a price jump that looks like a split [default: an error, which names the jump]",
    }
}

fn frequency(subcommand: &str) -> &'static str {
    match subcommand {
        "predict" | "explain" => {
            "Frequency of the rows; rows of another frequency are an error [default: that of the model]"
        }
        "backtest" => {
            "Frequency of the rows; rows of another frequency are an error [default: daily, or that of the saved model]"
        }
        "inspect" => "Frequency of the rows; rows of another frequency have a warning [default: daily]",
        _ => "Frequency of the rows; rows of another frequency are an error [default: daily]",
    }
}

/// A subcommand that reads no model has no model's calendar as the default.
fn calendar(subcommand: &str) -> Option<&'static str> {
    matches!(subcommand, "train" | "compare" | "tune" | "inspect").then_some(
        "Skip this exchange's holidays, for example NYSE: in the dates forecast, and to decide whether the last week or \
         month of a file is complete [default: no holidays are known]",
    )
}

fn strict(subcommand: &str) -> Option<&'static str> {
    match subcommand {
        "compare" | "explain" => Some("Treat warnings as errors"),
        "update" => Some("Treat warnings as errors: a series with one is not updated"),
        _ => None,
    }
}

fn verbose(subcommand: &str) -> Option<&'static str> {
    match subcommand {
        "train" => Some("Print how each file was read, and every epoch"),
        "compare" => Some("Print how the file was read, and how long each network took"),
        "explain" => Some("Print how the file was read"),
        _ => None,
    }
}

fn plot(subcommand: &str) -> Option<&'static str> {
    match subcommand {
        "train" => Some("Write one chart, of the losses by epoch, as FILE.svg or FILE.png"),
        "predict" => Some("Write one chart, of the last closes and the days ahead, as FILE.svg or FILE.png"),
        "compare" => {
            Some("Write one chart, of the skill of each forecaster with its interval, as FILE.svg or FILE.png")
        }
        "backtest" => Some("Write one chart, of the returns and their intervals, as FILE.svg or FILE.png"),
        "explain" => Some(
            "Write one chart, of the network drawn day by day, or with --gradient-norms of the gradient by each day, as FILE.svg or \
             FILE.png",
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::command;

    const OPTIONS: [&str; 10] =
        ["named", "horizon", "splits", "frequency", "calendar", "plot", "output_file", "quiet", "strict", "verbose"];

    /// The help of an option names only options of its subcommand.
    #[test]
    fn helps_are_of_their_subcommand() {
        let cli = command();
        // `merge` reads files that options of other subcommands wrote.
        for subcommand in cli.get_subcommands().filter(|one| one.get_name() != "merge") {
            let options: Vec<&str> = subcommand.get_arguments().filter_map(Arg::get_long).collect();
            for arg in subcommand.get_arguments() {
                let text = arg.get_help().map(ToString::to_string).unwrap_or_default();
                for named in text.split("--").skip(1) {
                    let end = named.find(|letter: char| !letter.is_ascii_lowercase() && letter != '-');
                    let named = &named[..end.unwrap_or(named.len())];
                    // Other subcommands read what `train --each` wrote.
                    let is_of_train = text.contains("train --each") && named == "each";
                    let place = format!("{} {}", subcommand.get_name(), arg.get_id());
                    assert!(is_of_train || options.contains(&named), "{place}: --{named}");
                }
            }
        }
    }

    #[test]
    fn the_options_exist() {
        let cli = command();
        let has = |option: &&str| {
            let mut all = cli.get_subcommands().flat_map(clap::Command::get_arguments);
            all.any(|arg| arg.get_id() == *option)
        };
        assert!(OPTIONS.iter().all(has));
    }

    /// Examples are not wrapped on a terminal of 80 columns.
    #[test]
    fn examples_are_short() {
        for subcommand in command().get_subcommands() {
            let text = subcommand.get_after_help().map(ToString::to_string).unwrap_or_default();
            // A command cannot be shortened.
            for line in text.lines().filter(|line| line.trim_start().contains("  ")) {
                assert!(line.chars().count() <= 80, "{line}");
            }
        }
    }
}
