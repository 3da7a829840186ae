//! Options set by the environment or a file. They are inserted into the arguments before the command line is parsed, so
//! that every option can be set in this way and is checked as if it had been typed.
//!
//! The command line takes precedence over the environment, the environment over the file, and the file over the
//! default. If two options exclude each other, the one of the higher layer is used: `FOURCAST_HORIZON` has no effect if
//! `--path` is typed.

mod arguments;
mod errors;
mod file;
mod line;

use std::ffi::{OsStr, OsString};

use clap::{Arg, ArgAction, Command, ValueHint};

use super::CliError;
use crate::words::nearest;
use file::File;

pub use arguments::arguments;
pub use errors::{options_in, with_places, wrong_together, wrong_value};

/// The prefix of the names of variables.
const PREFIX: &str = "FOURCAST_";
/// The variable that names the file.
const FILE_VARIABLE: &str = "FOURCAST_CONFIG";
/// The file that is read if it exists and no file is named.
const FILE: &str = "fourcast.toml";
/// Subcommands without options that can be set.
const WITHOUT: [&str; 4] = ["completions", "man", "config", "help"];
/// Options that can only be typed.
const TYPED_ONLY: [&str; 3] = ["help", "version", "config"];

/// The origin of a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// A variable.
    Environment,
    /// The file.
    File,
}

/// The value of an option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// The value of an option that takes no value, or whose value is optional.
    Switch(bool),
    /// Texts, as they would be typed; several for an option that can be repeated.
    Texts(Vec<OsString>),
}

/// An option that is set but not typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The option, without `--`.
    pub option: String,
    /// Its value.
    pub value: Value,
    /// The origin of the setting.
    pub layer: Layer,
    /// The variable, or the file and the line.
    pub place: String,
    /// Whether its value is the path of a file or a folder.
    pub is_path: bool,
}

/// The variables and the file.
pub struct Settings {
    variables: Vec<(String, OsString)>,
    file: Option<File>,
}

/// Whether a command line of such words may have settings: `FOURCAST_` variables, or a file.
pub fn may_exist(words: &[OsString]) -> bool {
    let is_of_program = |(name, _): (OsString, OsString)| name.to_string_lossy().starts_with(PREFIX);
    let names_file = |word: &OsString| word.to_string_lossy().starts_with("--config");
    words.iter().any(names_file) || std::env::vars_os().any(is_of_program) || is_file_here()
}

/// Whether this folder has a file of settings, even if it cannot be read.
fn is_file_here() -> bool {
    std::path::Path::new(FILE).symlink_metadata().is_ok()
}

/// Whether options of a subcommand can be set.
pub fn has_settings(command: &Command) -> bool {
    !WITHOUT.contains(&command.get_name())
}

/// Returns the options of a subcommand that can be set.
pub fn options(command: &Command) -> impl Iterator<Item = (&str, &Arg)> {
    let named = command.get_arguments().filter_map(|arg| Some((arg.get_long()?, arg)));
    named.filter(|(name, _)| !TYPED_ONLY.contains(name))
}

/// Returns the variable of an option.
fn variable(option: &str) -> String {
    format!("{PREFIX}{}", option.to_uppercase().replace('-', "_"))
}

/// Whether an option takes no value: `--quiet`.
fn is_switch(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::SetTrue | ArgAction::SetFalse | ArgAction::Count)
}

/// Whether the value of an option is the path of a file or a folder; clap derives that from its type.
fn takes_path(arg: &Arg) -> bool {
    matches!(arg.get_value_hint(), ValueHint::AnyPath | ValueHint::FilePath | ValueHint::DirPath)
}

/// Whether the value of an option is optional: `--audit`.
fn may_stand_alone(arg: &Arg) -> bool {
    is_switch(arg) || arg.get_num_args().is_some_and(|values| values.min_values() == 0)
}

/// Returns the known name that is meant by another, regardless of case and dashes.
fn meant<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |name: &str| name.strip_prefix(PREFIX).unwrap_or(name).to_lowercase().replace('_', "-");
    let known: Vec<(String, &str)> = known.map(|known| (plain(known), known)).collect();
    let found = nearest(&plain(name), known.iter().map(|(plain, _)| plain.as_str()))?;
    known.iter().find(|(plain, _)| plain == found).map(|(_, known)| *known)
}

impl Settings {
    /// Reads the variables of this process, and the file: the one named on the command line, else the one named in the
    /// environment, else the one in the current folder.
    ///
    /// # Errors
    /// If the file cannot be read, or contains something that is not an option.
    pub fn read(cli: &Command, named: Option<&OsStr>) -> Result<Settings, CliError> {
        let of_program = |(name, value): (OsString, OsString)| {
            let name = name.into_string().ok().filter(|name| name.starts_with(PREFIX))?;
            // An empty variable counts as unset.
            (!value.is_empty()).then_some((name, value))
        };
        let mut variables: Vec<(String, OsString)> = std::env::vars_os().filter_map(of_program).collect();
        variables.sort();
        let by_variable = variables.iter().find(|(name, _)| name == FILE_VARIABLE).map(|(_, value)| value.as_os_str());
        let file = match named.or(by_variable) {
            // An empty variable counts as unset, but an empty typed value is an error.
            Some(path) if path.is_empty() => {
                let message = "--config is empty, expected the name of a file of settings".to_owned();
                return Err(CliError { message, help: Some("name one, or leave --config out".into()) });
            }
            Some(path) => Some(File::read(path.as_ref(), cli)?),
            None if is_file_here() => Some(File::read(FILE.as_ref(), cli)?),
            None => None,
        };
        Ok(Settings { variables, file })
    }

    /// Returns the settings of a subcommand, given the options `typed`; each option occurs once.
    ///
    /// # Errors
    /// If the value of a variable for an option without a value does not mean on or off.
    pub fn of(&self, command: &Command, typed: &[String]) -> Result<Vec<Setting>, CliError> {
        let in_environment = options(command).filter_map(|(name, arg)| self.variable(name, arg).transpose());
        let in_environment = in_environment.collect::<Result<Vec<_>, _>>()?;
        let in_file = |table| self.file.as_ref().map(|file| file.of(table)).unwrap_or_default();
        let (mut above, mut all) = (typed.to_vec(), Vec::<Setting>::new());
        for layer in [in_environment, in_file(Some(command.get_name())), in_file(None)] {
            let is_set = |one: &Setting| all.iter().any(|other| other.option == one.option);
            let kept = layer.into_iter().filter(|one| !is_set(one) && is_free(command, &one.option, &above));
            let kept: Vec<Setting> = kept.collect();
            // An option that is switched off excludes no others.
            let on = kept.iter().filter(|one| one.value != Value::Switch(false));
            above.extend(on.map(|one| one.option.clone()));
            all.extend(kept);
        }
        Ok(all)
    }

    fn variable(&self, option: &str, arg: &Arg) -> Result<Option<Setting>, CliError> {
        let place = variable(option);
        let Some((_, text)) = self.variables.iter().find(|(name, _)| *name == place) else { return Ok(None) };
        let is_path = takes_path(arg);
        if text.to_str().is_none() && !is_path {
            let message = format!("{place} is '{}', expected text in UTF-8", text.to_string_lossy());
            return Err(CliError { message, help: Some(format!("set it again, or unset {place}")) });
        }
        let switched = text.to_str().and_then(|text| switch(text, arg));
        let value = match switched {
            Some(on) => Value::Switch(on),
            None if is_switch(arg) => {
                let message = format!("{place} is '{}', expected true or false", text.to_string_lossy());
                return Err(CliError { message, help: Some(format!("set it to one of them, or unset {place}")) });
            }
            None => Value::Texts(vec![text.clone()]),
        };
        Ok(Some(Setting { option: option.to_owned(), value, layer: Layer::Environment, place, is_path }))
    }

    /// Returns the variables with this program's prefix that are not of an option, each with what is wrong and the one
    /// that is probably meant.
    fn unknown(&self, cli: &Command) -> Vec<(String, Option<String>)> {
        let known: Vec<String> = cli
            .get_subcommands()
            .filter(|one| has_settings(one))
            .flat_map(options)
            .map(|(name, _)| variable(name))
            .collect();
        let is_known = |name: &str| name == FILE_VARIABLE || known.iter().any(|known| known == name);
        let meant = |name: &str| meant(name, known.iter().map(String::as_str)).map(|meant| format!("{meant} is one"));
        let unknown = self.variables.iter().filter(|(name, _)| !is_known(name));
        unknown.map(|(name, _)| (format!("{name} is not the variable of an option"), meant(name))).collect()
    }
}

/// Returns whether a text switches an option on or off; `None` if neither.
fn switch(text: &str, arg: &Arg) -> Option<bool> {
    let is_word = |words: [&str; 3]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    match text {
        _ if !may_stand_alone(arg) => None,
        _ if is_word(["true", "yes", "on"]) => Some(true),
        _ if is_word(["false", "no", "off"]) => Some(false),
        "1" if is_switch(arg) => Some(true),
        "0" if is_switch(arg) => Some(false),
        _ => None,
    }
}

/// Whether the option is not among the options `above`, and none of them excludes it.
fn is_free(command: &Command, option: &str, above: &[String]) -> bool {
    let arg = |name: &str| command.get_arguments().find(|arg| arg.get_long() == Some(name));
    let excludes = |one: &Arg, other: &Arg| {
        command.get_arg_conflicts_with(one).iter().any(|conflict| conflict.get_id() == other.get_id())
    };
    let Some(own) = arg(option) else { return false };
    let is_against = |other: &Arg| other.get_id() == own.get_id() || excludes(own, other) || excludes(other, own);
    !above.iter().filter_map(|name| arg(name)).any(is_against)
}

impl Setting {
    /// Returns the equivalent arguments.
    fn arguments(&self) -> Vec<OsString> {
        let name = format!("--{}", self.option);
        let with = |text: &OsString| {
            let mut arg = OsString::from(format!("{name}="));
            arg.push(text);
            arg
        };
        match &self.value {
            Value::Switch(true) => vec![name.into()],
            Value::Switch(false) => Vec::new(),
            Value::Texts(texts) => texts.iter().map(with).collect(),
        }
    }

    /// Whether its value is a path that a text names as a whole word.
    fn names_path_in(&self, text: &str) -> bool {
        let Value::Texts(paths) = &self.value else { return false };
        let is_of_word = |letter: char| letter.is_alphanumeric() || "_-./\\".contains(letter);
        let is_named = |path: &str| {
            let mut places = text.match_indices(path);
            // A path can be followed by the end of a sentence.
            places.any(|(at, _)| {
                let (before, after) = (&text[..at], text[at + path.len()..].trim_start_matches('.'));
                !before.ends_with(is_of_word) && !after.starts_with(is_of_word)
            })
        };
        self.is_path && paths.iter().filter_map(|path| path.to_str()).any(|path| !path.is_empty() && is_named(path))
    }

    /// Returns the value as it is shown.
    pub fn shown(&self) -> String {
        match &self.value {
            Value::Switch(on) => on.to_string(),
            Value::Texts(texts) => {
                texts.iter().map(|text| text.to_string_lossy().into_owned()).collect::<Vec<_>>().join(",")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::line::TypedLine;
    use super::*;
    use crate::cli::command;

    pub(super) fn built() -> Command {
        let mut cli = command();
        cli.build();
        cli
    }

    pub(super) fn settings(variables: &[(&str, &str)], file: &str) -> Result<Settings, String> {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
        let file = File::parse("fourcast.toml", file, &built()).map_err(|error| error.message)?;
        Ok(Settings { variables, file: Some(file) })
    }

    /// Returns the command line with all settings.
    fn completed(line: &str, variables: &[(&str, &str)], file: &str) -> String {
        let cli = built();
        let line = TypedLine::of(&cli, line.split(' ').map(OsString::from).collect());
        let added = settings(variables, file).unwrap().of(line.command(&cli).unwrap(), &line.typed).unwrap();
        let all = line.with(&added).into_iter().map(|arg| arg.into_string().unwrap());
        let all = all.collect::<Vec<_>>();
        command().try_get_matches_from(&all).unwrap();
        all.join(" ")
    }

    const HORIZON: &[(&str, &str)] = &[("FOURCAST_HORIZON", "5")];

    #[test]
    fn what_is_typed_goes_before_the_environment_and_that_before_the_file() {
        let file = "horizon = 7\nlevels = [0.5, 0.8]\n[predict]\nquiet = true\n";
        let typed = "fourcast predict p.csv";
        assert_eq!(completed(typed, &[], file), "fourcast predict --quiet --horizon=7 --levels=0.5,0.8 p.csv");
        assert!(
            completed(typed, HORIZON, file).contains("--horizon=5") && !completed(typed, HORIZON, file).contains("=7")
        );
        let all = completed("fourcast predict p.csv --horizon 3", HORIZON, file);
        assert!(all.ends_with("p.csv --horizon 3") && !all.contains("--horizon="), "{all}");
        // A setting that excludes a typed option has no effect, nor does an option of another subcommand.
        assert!(!completed("fourcast predict p.csv --path 3", HORIZON, "patience = 5\n").contains("--horizon"));
        assert!(!completed("fourcast predict p.csv -v", &[("FOURCAST_QUIET", "1")], file).contains("--quiet"));
        assert!(!completed("fourcast predict -mold.st p.csv", &[("FOURCAST_MODEL", "x")], "").contains("--model="));
        assert!(!completed("fourcast predict p.csv", &[("FOURCAST_QUIET", "no")], file).contains("--quiet"));
        // An option that is switched off excludes no others.
        let all = completed("fourcast predict p.csv", &[("FOURCAST_QUIET", "no")], "verbose = true\nquiet = true\n");
        assert!(all.contains("--verbose") && !all.contains("--quiet"), "{all}");
    }

    /// A path of a single letter occurs in every text.
    #[test]
    fn a_path_is_named_as_a_whole() {
        let set = |path: &str| Setting {
            option: "model".into(),
            value: Value::Texts(vec![path.into()]),
            layer: Layer::Environment,
            place: "FOURCAST_MODEL".into(),
            is_path: true,
        };
        for (path, text, is_named) in [
            ("m", "p.csv: no column of prices, expected some", false),
            ("m", "m: no such file", true),
            ("m.st", "old/m.st: no such file", false),
            ("m.st", "cannot read 'm.st'.", true),
            ("m.st", "m.st.old is not a model", false),
            ("m.st", "m.st2, and then m.st", true),
        ] {
            assert_eq!(set(path).names_path_in(text), is_named, "{path}: {text}");
        }
        assert!(!Setting { is_path: false, ..set("m") }.names_path_in("m: no such file"));
        assert_eq!(
            options_in("--path is set, 'a--b' is not; --path-length, ---x -- --q."),
            ["--path", "--path-length", "--q"]
        );
    }

    /// Options that name files must have values of the type path.
    #[test]
    fn paths_are_known_by_their_type() {
        let cli = built();
        let mut paths: Vec<&str> = cli
            .get_subcommands()
            .filter(|one| has_settings(one))
            .flat_map(options)
            .filter(|(_, arg)| takes_path(arg))
            .map(|(name, _)| name)
            .collect();
        paths.sort_unstable();
        paths.dedup();
        for path in ["model", "models", "events", "ledger", "output", "report", "plot", "forecasts", "save-as"] {
            assert!(paths.contains(&path), "{path}: {paths:?}");
        }
    }

    #[test]
    fn a_table_of_a_subcommand_goes_before_what_is_above_it() {
        let file = "splits = \"as-is\"\n[train]\nsplits = \"adjust\"\n";
        assert!(completed("fourcast train p.csv", &[], file).contains("--splits=adjust"));
        assert!(completed("fourcast predict p.csv", &[], file).contains("--splits=as-is"));
        let all = completed("fourcast predict p.csv", &[], "horizon = 5\n[predict]\npath = 20\n");
        assert!(all.contains("--path=20") && !all.contains("--horizon"), "{all}");
    }

    #[test]
    fn every_kind_of_value_becomes_an_argument() {
        let file = "since = 2013-03-01\nseed = 5\nlearning-rate = 0.001\n[backtest]\naudit = true\n";
        let all = completed("fourcast backtest p.csv", &[], file);
        for arg in ["--since=2013-03-01", "--seed=5", "--learning-rate=0.001", "--audit "] {
            assert!(all.contains(arg), "{all}");
        }
        let all = completed("fourcast backtest p.csv", &[("FOURCAST_AUDIT", "7")], file);
        assert!(all.contains("--audit=7") && !all.contains("--audit "), "{all}");
    }

    #[test]
    fn what_is_no_option_is_an_error_with_its_line() {
        let message = |file: &str| settings(&[], file).err().unwrap();
        assert_eq!(message("\nhorizn = 5\n"), "fourcast.toml:2: 'horizn' is not an option");
        assert_eq!(message("model = \"m.st\"\n"), "fourcast.toml:1: 'model' is not for all subcommands");
        assert_eq!(
            message("date = \"Day\"\n"),
            "fourcast.toml:1: 'date' is short for 'date-column' in some subcommands"
        );
        assert!(settings(&[], "[explain]\ndate = 2013-03-01\n[predict]\nmodel = \"m.st\"\n").is_ok());
        assert_eq!(message("[predict]\nepochs = 5\n"), "fourcast.toml:2: 'epochs' is not an option of predict");
        assert_eq!(message("[predicts]\nhorizon = 5\n"), "fourcast.toml:1: 'predicts' is not a subcommand");
        assert_eq!(message("quiet = 5\n"), "fourcast.toml:1: quiet is 5, expected true or false");
        assert_eq!(message("horizon = true\n"), "fourcast.toml:1: horizon is true, expected a value");
        assert!(message("horizon = \n").starts_with("fourcast.toml:1: "), "{}", message("horizon = \n"));
        let unclear = settings(&[("FOURCAST_QUIET", "maybe")], "").unwrap();
        let cli = built();
        let error = unclear.of(cli.find_subcommand("predict").unwrap(), &[]).unwrap_err();
        assert_eq!(error.message, "FOURCAST_QUIET is 'maybe', expected true or false");
    }

    #[test]
    fn a_misspelt_name_leads_to_the_option() {
        let cli = built();
        let help = |file: &str| File::parse("f", file, &cli).err().unwrap().help.unwrap();
        assert!(help("horizn = 5\n").contains("did you mean 'horizon'"), "{}", help("horizn = 5\n"));
        assert!(help("date_column = 5\n").contains("did you mean 'date-column'"));
        assert!(help("[predict]\nepochs = 5\n").contains("an option of train"), "{}", help("[predict]\nepochs = 5\n"));
    }

    /// The setting that the help suggests for an option of a single subcommand must be accepted.
    #[test]
    fn an_option_of_one_subcommand_leads_to_a_table_that_has_it() {
        let cli = built();
        for name in file::OF_ONE_SUBCOMMAND {
            let help = File::parse("f", &format!("{name} = 5\n"), &cli).err().unwrap().help.unwrap();
            let table = help.split(['[', ']']).nth(1).unwrap();
            assert!(help.ends_with(&format!("under [{table}]: {name} = ...")), "{help}");
            assert!(File::parse("f", &format!("[{table}]\n{name} = 5\n"), &cli).is_ok(), "{help}");
        }
    }
}
