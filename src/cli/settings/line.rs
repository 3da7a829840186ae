//! The command line before it is parsed: its subcommand, and the typed options.

use std::ffi::{OsStr, OsString};

use clap::Command;

use super::Setting;

/// A command line.
pub(super) struct TypedLine {
    /// All of its words; the program's name is the first.
    pub args: Vec<OsString>,
    /// The index of the subcommand.
    at: Option<usize>,
    /// The typed options, by their long names.
    pub typed: Vec<String>,
    /// The file named by `--config`.
    pub config: Option<OsString>,
}

impl TypedLine {
    /// Reads the words as clap does: a word that starts with `-` is never the value of the option before it, except a
    /// negative number, and after `--` there are no options.
    pub fn of(cli: &Command, args: Vec<OsString>) -> TypedLine {
        let at = place_of_subcommand(cli, &args);
        let command = at.and_then(|at| cli.find_subcommand(&args[at]));
        let words = || args.iter().skip(1).take_while(|word| *word != "--");
        let long = |word: &OsString| {
            let name = word.to_str()?.strip_prefix("--")?.split('=').next()?.to_owned();
            let command = command?;
            let has =
                |arg: &&clap::Arg| arg.get_long_and_visible_aliases().is_some_and(|names| names.contains(&&*name));
            Some(command.get_arguments().find(has)?.get_long()?.to_owned())
        };
        let shorts = words().flat_map(|word| command.map(|command| shorts(command, word)).unwrap_or_default());
        let typed = words().filter_map(long).chain(shorts).collect();
        let config = value_of_config(&args);
        TypedLine { args, at, typed, config }
    }

    /// Returns the subcommand.
    pub fn command<'a>(&self, cli: &'a Command) -> Option<&'a Command> {
        cli.find_subcommand(&self.args[self.at?])
    }

    /// Whether the help or the version is requested.
    pub fn asks_for_help(&self) -> bool {
        self.args.iter().any(|word| ["-h", "--help", "-V", "--version"].iter().any(|help| *word == *help))
    }

    /// Returns the words with the settings inserted after the subcommand.
    pub fn with(&self, added: &[Setting]) -> Vec<OsString> {
        let mut all = self.args.clone();
        let at = self.at.map_or(all.len(), |at| at + 1);
        all.splice(at..at, added.iter().flat_map(Setting::arguments));
        all
    }
}

/// Options of the program that stand before the subcommand and take a value.
const BEFORE: [&str; 2] = ["--color", "--config"];

fn place_of_subcommand(cli: &Command, args: &[OsString]) -> Option<usize> {
    let mut place = 1;
    while let Some(word) = args.get(place) {
        match BEFORE.iter().any(|option| word == option) {
            true => place += 2,
            false if word.to_str().is_some_and(|word| word.starts_with('-')) => place += 1,
            false => return cli.find_subcommand(word).map(|_| place),
        }
    }
    None
}

/// Returns the long names of the options in a word such as `-qm`.
fn shorts(command: &Command, word: &OsStr) -> Vec<String> {
    let text = word.to_string_lossy();
    let Some(letters) = text.strip_prefix('-').filter(|letters| !letters.starts_with('-')) else { return Vec::new() };
    let mut names = Vec::new();
    for letter in letters.chars() {
        let Some(arg) = command.get_arguments().find(|arg| arg.get_short() == Some(letter)) else { break };
        names.extend(arg.get_long().map(str::to_owned));
        if arg.get_action().takes_values() {
            break;
        }
    }
    names
}

fn value_of_config(args: &[OsString]) -> Option<OsString> {
    let place =
        args.iter().take_while(|word| *word != "--").position(|word| word.to_string_lossy().starts_with("--config"))?;
    match args[place].to_str().and_then(|word| word.strip_prefix("--config")) {
        Some("") => args.get(place + 1).cloned(),
        Some(rest) => rest.strip_prefix('=').map(OsString::from),
        None => None,
    }
}
