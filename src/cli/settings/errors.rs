//! Errors about options that are set but not typed: they name the place of the setting.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgMatches, Command};

use super::Setting;
use crate::cli::CliError;
use crate::cli::output::escape;

/// Returns an error of the run; if it is about an option that is set but was not typed, with the place of the setting.
pub fn with_places(error: anyhow::Error, added: &[Setting]) -> anyhow::Error {
    let places = |is_meant: &dyn Fn(&Setting) -> bool| {
        let meant = added.iter().filter(|setting| is_meant(setting));
        let places = meant.map(|setting| format!("--{} is set by {}", setting.option, setting.place));
        Some(places.collect::<Vec<_>>().join(", ")).filter(|places| !places.is_empty())
    };
    match error.downcast::<CliError>() {
        Ok(CliError { message, help }) => {
            let text = [Some(&*message), help.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
            let named = options_in(&text);
            let of_text = |setting: &Setting| is_among(&named, setting) || setting.names_path_in(&text);
            let help = match (help, places(&of_text)) {
                (Some(help), Some(places)) => Some(format!("{help}; {places}")),
                (help, places) => help.or(places),
            };
            CliError { message, help }.into()
        }
        Err(error) => match error.downcast::<clap::Error>() {
            Ok(usage) => {
                let invalid = options_of(&usage, ContextKind::InvalidArg);
                match places(&|setting| is_among(&invalid, setting)) {
                    Some(places) => CliError { message: what_is_wrong(usage), help: Some(places) }.into(),
                    None => usage.into(),
                }
            }
            Err(error) => error,
        },
    }
}

/// Whether the option of a setting is in a list of long names with or without `--`.
fn is_among(options: &[String], setting: &Setting) -> bool {
    options.iter().any(|option| option_of(option) == setting.option)
}

/// Returns the options in a text, as whole words: `--path`, but not the `--path` in `--path-length`.
pub fn options_in(text: &str) -> Vec<String> {
    let is_of_name = |letter: &char| letter.is_ascii_alphanumeric() || *letter == '-';
    let starts = text.match_indices("--").filter(|(at, _)| !text[..*at].ends_with(|letter| is_of_name(&letter)));
    let name = |(at, _): (usize, &str)| text[at + 2..].chars().take_while(is_of_name).collect::<String>();
    starts
        .map(name)
        .filter(|name| name.starts_with(|first: char| first != '-'))
        .map(|name| format!("--{name}"))
        .collect()
}

/// Returns the options, without `--`, that an error of clap is about.
pub(super) fn options_of(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(name)) => vec![option_of(name).to_owned()],
        Some(ContextValue::Strings(names)) => names.iter().map(|name| option_of(name).to_owned()).collect(),
        _ => Vec::new(),
    }
}

/// Returns what is wrong, with the possible values, without usage and tips. Hidden characters are escaped first,
/// because text without styles lacks them.
pub(super) fn what_is_wrong(mut error: clap::Error) -> String {
    escape(&mut error);
    let text = error.to_string();
    let paragraph = text.lines().take_while(|line| !line.is_empty()).map(str::trim);
    paragraph.collect::<Vec<_>>().join(" ").trim_start_matches("error: ").to_owned()
}

/// Returns why a subcommand would refuse the value of a setting; `None` if it would not. Options that it requires or
/// excludes are not checked, because a command line is rejected for a value first.
pub fn wrong_value(cli: &Command, subcommand: &str, setting: &Setting) -> Option<String> {
    let args = [OsString::from(cli.get_name()), subcommand.into()].into_iter().chain(setting.arguments());
    let error = cli.clone().try_get_matches_from(args).err()?;
    let is_of_value = matches!(
        error.kind(),
        ErrorKind::InvalidValue
            | ErrorKind::ValueValidation
            | ErrorKind::TooManyValues
            | ErrorKind::TooFewValues
            | ErrorKind::WrongNumberOfValues
            | ErrorKind::NoEquals
            | ErrorKind::InvalidUtf8
    );
    is_of_value.then(|| what_is_wrong(error))
}

/// Returns why a subcommand would refuse the combination of settings, and the options concerned; `check` examines what
/// clap accepts. Settings with wrong values must be removed before.
pub fn wrong_together(
    cli: &Command,
    subcommand: &str,
    settings: &[&Setting],
    check: impl Fn(&ArgMatches) -> Option<String>,
) -> Option<(Vec<String>, String)> {
    let added = settings.iter().flat_map(|setting| setting.arguments());
    let args = [OsString::from(cli.get_name()), subcommand.into()].into_iter().chain(added);
    match cli.clone().try_get_matches_from(args) {
        Err(error) if error.kind() == ErrorKind::ArgumentConflict => {
            let named = |kind| options_of(&error, kind);
            let options = [named(ContextKind::InvalidArg), named(ContextKind::PriorArg)].concat();
            Some((options, what_is_wrong(error)))
        }
        Err(_) => None,
        Ok(matches) => {
            let wrong = check(matches.subcommand_matches(subcommand)?)?;
            Some((options_in(&wrong), wrong))
        }
    }
}

impl Setting {
    /// Whether the setting is of one of these options, with or without `--`.
    pub fn is_of(&self, options: &[String]) -> bool {
        is_among(options, self)
    }
}

/// Returns the options that a command line requires but does not include.
pub(super) fn missing(error: &clap::Error) -> Vec<String> {
    match (error.kind(), error.get(ContextKind::InvalidArg)) {
        (ErrorKind::MissingRequiredArgument, Some(ContextValue::Strings(names))) => {
            names.iter().map(|name| option_of(name).to_owned()).collect()
        }
        _ => Vec::new(),
    }
}

/// Returns the long name of an option as clap shows it, such as `--horizon <DAYS>`.
pub(super) fn option_of(shown: &str) -> &str {
    shown.trim_start_matches('-').split([' ', '=', '[']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::{Layer, Value};
    use super::*;

    #[test]
    fn an_error_of_the_run_names_the_place_of_what_was_not_typed() {
        let set = |option: &str| Setting {
            option: option.into(),
            value: Value::Switch(true),
            layer: Layer::File,
            place: "fourcast.toml:3".into(),
            is_path: false,
        };
        let help = |message: &str, help: Option<&str>| {
            let error = CliError { message: message.into(), help: help.map(str::to_owned) };
            with_places(error.into(), &[set("path")]).downcast::<CliError>().unwrap().help
        };
        let place = "--path is set by fourcast.toml:3";
        assert_eq!(help("p.csv: --path needs a model", None).unwrap(), place);
        assert_eq!(help("--path is too long", Some("lower it")).unwrap(), format!("lower it; {place}"));
        assert_eq!(help("--path-length is none", Some("lower it")).unwrap(), "lower it");
        let usage = crate::cli::usage_error("predict", "--path has no effect beside --plot");
        let error = with_places(usage, &[set("path")]).downcast::<CliError>().unwrap();
        assert_eq!((&*error.message, &*error.help.unwrap()), ("--path has no effect beside --plot", place));
    }
}
