//! `fourcast config`: the value of each option, and where it is set.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args as ClapArgs;

use super::settings::{Layer, Setting, Settings, has_settings, options};
use super::single::{Format, format_or_usual, formats};
use super::{CliError, command, output};
use crate::report::{self, CsvRows, OptionRow, OptionRows};
use crate::words::join;

/// Print the value of each option, and where it is set.
///
/// An option that is typed goes before the environment, that before a file, and that before the default. The variable of
/// --date-column is FOURCAST_DATE_COLUMN. The file is fourcast.toml in this folder, or that of --config FILE or FOURCAST_CONFIG.
///
/// In the file options of all subcommands that have them come first, such as levels = [0.5, 0.9], and then those of one
/// subcommand under its name in brackets, such as [predict]. Options without a value are true or false.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  fourcast config predict
  fourcast config predict --format json
  fourcast config --set                                   only what is set")]
pub struct Args {
    /// The subcommand [default: all]
    subcommand: Option<String>,
    /// Print only the options that the environment or the file sets
    #[arg(long)]
    set: bool,
    /// Format of the results [default: table on a terminal, csv in a pipe]
    #[arg(long, value_parser = formats())]
    format: Option<Format>,
}

/// Runs it, with the file that is named.
pub fn run(args: &Args, file: Option<&PathBuf>) -> Result<()> {
    let mut cli = command();
    cli.build();
    let settings = Settings::read(&cli, file.map(|path| path.as_os_str()))?;
    let mut rows = Vec::new();
    for subcommand in chosen(&cli, args.subcommand.as_deref())? {
        let set = settings.of(subcommand, &[])?;
        let row = |(name, arg)| row(subcommand.get_name(), name, arg, set.iter().find(|one| one.option == name));
        rows.extend(options(subcommand).map(row).filter(|row| !args.set || row.place.is_some()));
    }
    let format = format_or_usual(args.format);
    let mut out = output::stdout((format == report::Format::Table, false))?;
    Ok(report::write(&OptionRows(rows), format, &mut out, &mut CsvRows::of(false))?)
}

/// The subcommand that is named, or all.
fn chosen<'a>(cli: &'a clap::Command, named: Option<&str>) -> Result<Vec<&'a clap::Command>, CliError> {
    let all: Vec<&clap::Command> = cli.get_subcommands().filter(|one| has_settings(one)).collect();
    let Some(name) = named else { return Ok(all) };
    let found: Vec<&clap::Command> = all.iter().copied().filter(|one| one.get_name() == name).collect();
    if found.is_empty() {
        let names: Vec<String> = all.iter().map(|one| one.get_name().to_owned()).collect();
        let message = format!("no subcommand '{name}' with options to set, expected one of {}", join(&names, "or"));
        return Err(CliError { message, help: Some("leave it out for all".into()) });
    }
    Ok(found)
}

fn row(command: &str, option: &str, arg: &clap::Arg, set: Option<&Setting>) -> OptionRow {
    let source = match set.map(|setting| setting.layer) {
        None => "default",
        Some(Layer::Environment) => "environment",
        Some(Layer::File) => "file",
    };
    OptionRow {
        command: command.to_owned(),
        option: option.to_owned(),
        value: set.map_or_else(|| default(arg), |setting| Some(setting.shown())),
        source,
        place: set.map(|setting| setting.place.clone()),
    }
}

/// The default as clap knows it; none where it depends on other things, and the help says on which.
fn default(arg: &clap::Arg) -> Option<String> {
    let values: Vec<String> =
        arg.get_default_values().iter().map(|value| value.to_string_lossy().into_owned()).collect();
    (!values.is_empty()).then(|| values.join(","))
}
