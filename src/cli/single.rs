//! What the subcommands over one series have in common.

use std::io::{self, IsTerminal};

use clap::ValueEnum;

use super::CliError;
use crate::prices::Source;
use crate::report;

/// The formats of a result that is not a number a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Human-readable
    Table,
    /// A header and rows
    Csv,
    /// One object
    Json,
}

impl Format {
    /// The format that was asked for, or that of the place where results go.
    pub fn resolve(asked: Option<Format>) -> report::Format {
        let fitting = || if io::stdout().is_terminal() { Format::Table } else { Format::Csv };
        match asked.unwrap_or_else(fitting) {
            Format::Table => report::Format::Table,
            Format::Csv => report::Format::Csv,
            Format::Json => report::Format::Json,
        }
    }
}

/// The one file of prices: `why` there is to be one, and what to do with several.
pub fn only_file(sources: Vec<Source>, why: &str, help: &str) -> Result<Source, CliError> {
    <[Source; 1]>::try_from(sources).map(|[source]| source).map_err(|sources| CliError {
        message: format!("{} files of prices, expected one: {why}", sources.len()),
        help: Some(help.to_owned()),
    })
}
