//! What the subcommands over one series have in common.

use super::CliError;
use crate::prices::Source;

/// Returns the only file of prices. Several are an error: `why` states the reason, `help` what to do.
pub fn only_file(sources: Vec<Source>, why: &str, help: &str) -> Result<Source, CliError> {
    <[Source; 1]>::try_from(sources).map(|[source]| source).map_err(|sources| CliError {
        message: format!("{} files of prices, expected one: {why}", sources.len()),
        help: Some(help.to_owned()),
    })
}
