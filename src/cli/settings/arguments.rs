//! The command line with the options set elsewhere, and its parsing.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgMatches, Command};

use super::errors::{missing, option_of, options_of, what_is_wrong};
use super::line::TypedLine;
use super::{Setting, Settings, Value, has_settings};
use crate::cli::tips::with_tip;
use crate::cli::{CliError, warn};

/// A command line with the options set elsewhere.
pub struct Arguments {
    line: TypedLine,
    /// The options that were not typed.
    added: Vec<Setting>,
}

/// Returns the command line, completed by the environment and the file.
///
/// # Errors
/// If a file or a variable cannot be read.
pub fn arguments(cli: &Command, args: Vec<OsString>) -> Result<Arguments, CliError> {
    let line = TypedLine::of(cli, args);
    let Some(command) = line.command(cli).filter(|command| has_settings(command) && !line.asks_for_help()) else {
        return Ok(Arguments { line, added: Vec::new() });
    };
    let settings = Settings::read(cli, line.config.as_deref())?;
    let added = settings.of(command, &line.typed)?;
    let is_on = |option: &str| {
        let is_set = |setting: &Setting| setting.option == option && setting.value == Value::Switch(true);
        line.typed.iter().any(|typed| typed == option) || added.iter().any(is_set)
    };
    for (message, help) in settings.unknown(cli) {
        match (is_on("strict"), is_on("quiet")) {
            (true, _) => {
                return Err(CliError { message, help: help.or(Some("unset it, or leave out --strict".into())) });
            }
            (false, false) => warn(&message, help.as_deref()),
            (false, true) => {}
        }
    }
    Ok(Arguments { line, added })
}

impl Arguments {
    /// Returns the options that were not typed.
    pub fn added(&self) -> &[Setting] {
        &self.added
    }

    /// Parses the arguments.
    ///
    /// # Errors
    /// The error of clap, or of a setting with its place.
    pub fn parse(&mut self, cli: &mut Command) -> anyhow::Result<ArgMatches> {
        loop {
            match cli.try_get_matches_from_mut(self.line.with(&self.added)) {
                Ok(matches) => return Ok(matches),
                Err(error) if self.gives_way(&error) || self.says_nothing(&error, cli) => {}
                Err(error) => match self.requires_more(cli).filter(|_| !missing(&error).is_empty()) {
                    Some(error) => return Err(error.into()),
                    None => return Err(self.blame(with_tip(error))),
                },
            }
        }
    }

    /// Removes a setting that a typed argument excludes; a typed file, for example, excludes an option. Returns whether
    /// there was one.
    fn gives_way(&mut self, error: &clap::Error) -> bool {
        let named = |kind| options_of(error, kind);
        let names = [named(ContextKind::InvalidArg), named(ContextKind::PriorArg)].concat();
        let is_added = |name: &&String| self.added.iter().any(|setting| setting.option == **name);
        let (added, typed): (Vec<&String>, Vec<&String>) = names.iter().partition(is_added);
        if error.kind() != ErrorKind::ArgumentConflict || added.is_empty() || typed.is_empty() {
            return false;
        }
        self.added.retain(|setting| !added.contains(&&setting.option));
        true
    }

    /// Removes settings about prices from an export without prices. Returns whether there were any.
    fn says_nothing(&mut self, error: &clap::Error, cli: &mut Command) -> bool {
        let of_prices = |error: &clap::Error| missing(error).iter().any(|option| option == "inputs");
        if !of_prices(error) || self.lack(&[], cli).is_some() {
            return false;
        }
        let all = std::mem::take(&mut self.added);
        let (idle, kept): (Vec<_>, Vec<_>) = all.into_iter().partition(|one| {
            self.lack(std::slice::from_ref(one), cli).is_some_and(|lack| lack.iter().any(|option| option == "inputs"))
        });
        self.added = kept;
        !idle.is_empty()
    }

    /// Returns the options that the typed arguments and these settings require but do not include; `None` if there are
    /// none.
    fn lack(&self, added: &[Setting], cli: &mut Command) -> Option<Vec<String>> {
        let error = cli.try_get_matches_from_mut(self.line.with(added)).err()?;
        Some(missing(&error)).filter(|missing| !missing.is_empty())
    }

    /// Returns the error of a setting that requires a missing option.
    fn requires_more(&self, cli: &mut Command) -> Option<CliError> {
        if self.lack(&[], cli).is_some() {
            return None;
        }
        let (setting, lack) =
            self.added.iter().find_map(|one| Some((one, self.lack(std::slice::from_ref(one), cli)?)))?;
        let lack = lack.iter().map(|option| format!("--{option}")).collect::<Vec<_>>().join(" and ");
        let Setting { option, place, .. } = setting;
        let message = format!("{place}: --{option} requires {lack}, which is not set");
        Some(CliError { message, help: Some(format!("pass {lack}, or take --{option} out of {place}")) })
    }

    /// Returns the error of parsing the arguments; for a value that was not typed it names the place where it is set.
    fn blame(&self, error: clap::Error) -> anyhow::Error {
        let Some(ContextValue::String(arg)) = error.get(ContextKind::InvalidArg) else { return error.into() };
        let name = option_of(arg);
        let Some(setting) = self.added.iter().find(|setting| setting.option == name) else { return error.into() };
        let help = format!("correct it there, or pass --{name}; fourcast config shows what is set");
        let message = format!("{}: {}", setting.place, what_is_wrong(error));
        CliError { message, help: Some(help) }.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::settings::tests::{built, settings};

    /// A file named without an option excludes the option, and two variables exclude each other.
    #[test]
    fn a_setting_gives_way_to_what_is_typed_and_not_to_another() {
        let parsed = |line: &str, variables: &[(&str, &str)]| {
            let mut cli = built();
            let line = TypedLine::of(&cli, line.split(' ').map(OsString::from).collect());
            let added = settings(variables, "").unwrap().of(line.command(&cli).unwrap(), &line.typed).unwrap();
            (Arguments { line, added }).parse(&mut cli).map_err(|error| error.to_string())
        };
        let model = [("FOURCAST_MODEL", "m.st")];
        let matches = parsed("fourcast export --to onnx own.st -o graph.onnx", &model).unwrap();
        assert!(!matches.subcommand().unwrap().1.contains_id("named"), "the file that is typed is meant");
        let matches = parsed("fourcast export --to onnx -o graph.onnx", &model).unwrap();
        assert!(matches.subcommand().unwrap().1.contains_id("named"));
        let error = parsed("fourcast predict p.csv", &[("FOURCAST_HORIZON", "5"), ("FOURCAST_PATH", "3")]).unwrap_err();
        assert!(error.starts_with("FOURCAST_"), "{error}");
        assert!(error.contains("cannot be used with"), "{error}");
    }
}
