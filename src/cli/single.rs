//! What the subcommands over one series have in common.

use std::io::{self, IsTerminal};

use clap::builder::TypedValueParser;

use super::CliError;
use super::options::among;
use crate::prices::Source;
pub use crate::report::Format;

/// Returns a parser of the formats of a result that is not one number per series.
pub fn formats() -> impl TypedValueParser<Value = Format> {
    among(&[Format::Table, Format::Csv, Format::Json])
}

/// Returns the requested format, or the default one for standard output.
pub fn format_or_usual(asked: Option<Format>) -> Format {
    asked.unwrap_or_else(|| if io::stdout().is_terminal() { Format::Table } else { Format::Csv })
}

/// Returns the only file of prices. Several are an error: `why` states the reason, `help` what to do.
pub fn only_file(sources: Vec<Source>, why: &str, help: &str) -> Result<Source, CliError> {
    <[Source; 1]>::try_from(sources).map(|[source]| source).map_err(|sources| CliError {
        message: format!("{} files of prices, expected one: {why}", sources.len()),
        help: Some(help.to_owned()),
    })
}
