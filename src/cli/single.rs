//! What the subcommands over one series have in common.

use std::io::{self, IsTerminal};

use clap::builder::TypedValueParser;

use super::CliError;
use super::options::among;
use crate::prices::Source;
pub use crate::report::Format;

/// The formats of a result that is not one number per series.
pub fn formats() -> impl TypedValueParser<Value = Format> {
    among(&[Format::Table, Format::Csv, Format::Json])
}

/// The format that was asked for, or that of the place where results go.
pub fn format_or_usual(asked: Option<Format>) -> Format {
    asked.unwrap_or_else(|| if io::stdout().is_terminal() { Format::Table } else { Format::Csv })
}

/// The one file of prices: `why` there is to be one, and what to do with several.
pub fn only_file(sources: Vec<Source>, why: &str, help: &str) -> Result<Source, CliError> {
    <[Source; 1]>::try_from(sources).map(|[source]| source).map_err(|sources| CliError {
        message: format!("{} files of prices, expected one: {why}", sources.len()),
        help: Some(help.to_owned()),
    })
}
