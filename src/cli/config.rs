//! `fourcast config`: prints the value of each option, and where it is set.

use std::path::PathBuf;

use anyhow::Result;
use clap::{ArgMatches, Args as ClapArgs, FromArgMatches};

use super::options::Format;
use super::output_args::{format_or_usual, formats};
use super::recipe::RecipeArgs;
use super::settings::{Layer, Setting, Settings, has_settings, options, wrong_together, wrong_value};
use super::{CliError, command, output};
use crate::report::{self, CsvRows, OptionRow, OptionRows};
use crate::words::join;

/// Print the value of each option, and where it is set.
///
/// The command line takes precedence over the environment, the environment over the file, and the file over the
/// default. The variable of --date-column is FOURCAST_DATE_COLUMN; it applies to every subcommand that has the option,
/// and also takes precedence over the table of a subcommand in the file. The file is fourcast.toml in this folder, or
/// that of --config FILE or FOURCAST_CONFIG. A value that the subcommand would refuse, by itself or together with the
/// others that are set, is shown with the error.
///
/// In the file, options for all subcommands that have them come first, such as levels = [0.5, 0.9]; those of one
/// subcommand follow under its name in brackets, such as [predict]. Options without a value are true or false.
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

/// The checked request.
struct ConfigRequest {
    /// The command line, built.
    cli: clap::Command,
    settings: Settings,
    /// The subcommands whose options are printed.
    subcommands: Vec<String>,
    /// Whether to print only what the environment or the file sets.
    only_set: bool,
    format: Format,
}

impl Args {
    /// Resolves the arguments; `file` is the named file of settings.
    fn resolve(self, file: Option<&PathBuf>) -> Result<ConfigRequest> {
        let mut cli = command();
        cli.build();
        let settings = Settings::read(&cli, file.map(|path| path.as_os_str()))?;
        let subcommands = chosen(&cli, self.subcommand.as_deref())?;
        let format = format_or_usual(self.format);
        Ok(ConfigRequest { cli, settings, subcommands, only_set: self.set, format })
    }
}

/// Runs the subcommand with the named file of settings.
pub fn run(args: Args, file: Option<&PathBuf>) -> Result<()> {
    let request = args.resolve(file)?;
    let rows = OptionRows(request.rows()?);
    let mut out = output::stdout((request.format == Format::Table, false))?;
    Ok(report::write(&rows, request.format, &mut out, &mut CsvRows::of(false))?)
}

impl ConfigRequest {
    fn rows(&self) -> Result<Vec<OptionRow>> {
        let mut rows = Vec::new();
        for subcommand in self.subcommands.iter().filter_map(|name| self.cli.find_subcommand(name)) {
            let set = self.settings.of(subcommand, &[])?;
            let together = self.wrong_together(subcommand.get_name(), &set);
            let row = |(name, arg)| {
                let setting = set.iter().find(|one| one.option == name);
                let mut row = self.row(subcommand.get_name(), (name, arg), setting);
                let of_others = together.iter().filter(|(options, _)| setting.is_some_and(|one| one.is_of(options)));
                row.error = row.error.or_else(|| of_others.map(|(_, error)| error.clone()).next());
                row
            };
            rows.extend(options(subcommand).map(row).filter(|row| !self.only_set || row.place.is_some()));
        }
        Ok(rows)
    }

    /// Returns the options that the subcommand would refuse in combination, and the reason.
    fn wrong_together(&self, subcommand: &str, set: &[Setting]) -> Option<(Vec<String>, String)> {
        let right: Vec<&Setting> =
            set.iter().filter(|setting| wrong_value(&self.cli, subcommand, setting).is_none()).collect();
        let has_recipe = matches!(subcommand, "train" | "backtest");
        let check = |matches: &ArgMatches| {
            let recipe = has_recipe.then(|| RecipeArgs::from_arg_matches(matches).ok()).flatten();
            recipe.and_then(|recipe| recipe.wrong())
        };
        wrong_together(&self.cli, subcommand, &right, check)
    }

    fn row(&self, command: &str, (option, arg): (&str, &clap::Arg), set: Option<&Setting>) -> OptionRow {
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
            error: set.and_then(|setting| wrong_value(&self.cli, command, setting)),
        }
    }
}

/// Returns the name of the requested subcommand, or the names of all.
fn chosen(cli: &clap::Command, named: Option<&str>) -> Result<Vec<String>, CliError> {
    let with_settings = cli.get_subcommands().filter(|one| has_settings(one));
    let all: Vec<String> = with_settings.map(|one| one.get_name().to_owned()).collect();
    match named {
        None => Ok(all),
        Some(name) if all.iter().any(|one| one == name) => Ok(vec![name.to_owned()]),
        Some(name) => {
            let expected = join(&all, "or");
            let message = format!("no subcommand '{name}' with options to set, expected one of {expected}");
            Err(CliError { message, help: Some("leave it out for all".into()) })
        }
    }
}

/// Returns the default known to clap; `None` if it depends on other values, which the help then describes.
fn default(arg: &clap::Arg) -> Option<String> {
    let values: Vec<String> =
        arg.get_default_values().iter().map(|value| value.to_string_lossy().into_owned()).collect();
    (!values.is_empty()).then(|| values.join(","))
}
