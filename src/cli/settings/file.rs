//! The file of settings: TOML, with the options of all subcommands first, then a table for each subcommand.

use std::ffi::OsString;
use std::fs;
use std::io::Read;
use std::path::Path;

use clap::{Arg, ArgAction, Command};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Layer, Setting, Value, has_settings, is_switch, may_stand_alone, meant, options, takes_path};
use crate::cli::CliError;
use crate::cli::help::nearest_file;
use crate::words::join;

/// Maximum number of bytes of a file of settings.
const MAX_BYTES: u64 = 1 << 20;

/// The checked settings of a file.
pub(super) struct File {
    /// The settings, with the subcommand if they are in its table.
    settings: Vec<(Option<String>, Setting)>,
}

/// The context in which the keys of a table are read.
struct Reader<'a> {
    name: &'a str,
    text: &'a str,
    cli: &'a Command,
}

/// Options that name what a subcommand reads or writes, or that mean different things in different subcommands: a model
/// that `predict` reads is written by `train` and tested by `backtest`.
pub(super) const OF_ONE_SUBCOMMAND: [&str; 11] =
    ["model", "models", "output", "save-as", "forecasts", "report", "plot", "ledger", "format", "shard", "epochs"];

/// A key and its value.
type Entry<'a, 'i> = (&'a Spanned<std::borrow::Cow<'i, str>>, &'a Spanned<DeValue<'i>>);

impl File {
    /// Reads a file.
    ///
    /// # Errors
    /// If the file cannot be read, is not TOML, or contains something that is not an option.
    pub fn read(path: &Path, cli: &Command) -> Result<File, CliError> {
        let name = path.display().to_string();
        let failed = |what: String| CliError {
            message: format!("{name}: {what}"),
            help: Some("name a file of settings with --config FILE, or with FOURCAST_CONFIG".into()),
        };
        if is_named_pipe(path) {
            return Err(failed("is a named pipe, expected a file of settings".into()));
        }
        let mut text = Vec::new();
        // The length of a device or a pipe is unknown; /dev/null contains no settings.
        let read = fs::File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut text));
        read.map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound if path.is_symlink() => {
                let end = path.read_link().map_or_else(|_| "nothing".into(), |end| format!("'{}'", end.display()));
                failed(format!("is a link to {end}, which does not exist"))
            }
            std::io::ErrorKind::NotFound => {
                let error = failed("no such file, expected settings".into());
                CliError { help: error.help.map(|help| nearest_file(path, &help)), ..error }
            }
            _ => failed(format!("cannot be read: {error}")),
        })?;
        match String::from_utf8(text) {
            Ok(text) if text.len() as u64 <= MAX_BYTES => File::parse(&name, &text, cli),
            _ => Err(failed("is not a file of settings".into())),
        }
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// Those of [`File::read`].
    pub fn parse(name: &str, text: &str, cli: &Command) -> Result<File, CliError> {
        let reader = Reader { name, text, cli };
        let table = DeTable::parse(text).map_err(|error| {
            let line = reader.line(error.span().map_or(0, |span| span.start));
            let message = format!("{name}:{line}: {}", error.message());
            CliError {
                message,
                help: Some("settings are TOML: option = value, and [subcommand] before its own".into()),
            }
        })?;
        let mut settings = Vec::new();
        for (key, value) in table.get_ref() {
            match value.get_ref() {
                DeValue::Table(own) => settings.extend(reader.table(key, own)?),
                _ => settings.push((None, reader.setting((key, value), None)?)),
            }
        }
        Ok(File { settings })
    }

    /// Returns the settings in the table of a subcommand; those for all subcommands if `command` is `None`.
    pub fn of(&self, command: Option<&str>) -> Vec<Setting> {
        let mine = self.settings.iter().filter(|(table, _)| table.as_deref() == command);
        mine.map(|(_, setting)| setting.clone()).collect()
    }
}

/// Whether the path is a pipe that may have no writer, unlike the pipes of a shell.
fn is_named_pipe(path: &Path) -> bool {
    #[cfg(unix)]
    let is_pipe = |data: fs::Metadata| std::os::unix::fs::FileTypeExt::is_fifo(&data.file_type());
    #[cfg(not(unix))]
    let is_pipe = |_: fs::Metadata| false;
    !["/dev", "/proc"].iter().any(|place| path.starts_with(place)) && fs::metadata(path).is_ok_and(is_pipe)
}

impl Reader<'_> {
    /// Returns the line of a byte, counted from 1.
    fn line(&self, byte: usize) -> usize {
        self.text.bytes().take(byte).filter(|byte| *byte == b'\n').count() + 1
    }

    fn place(&self, key: &Spanned<std::borrow::Cow<'_, str>>) -> String {
        format!("{}:{}", self.name, self.line(key.span().start))
    }

    fn subcommands(&self) -> impl Iterator<Item = &Command> {
        self.cli.get_subcommands().filter(|command| has_settings(command))
    }

    /// Returns the settings in the table of a subcommand.
    fn table(
        &self,
        key: &Spanned<std::borrow::Cow<'_, str>>,
        own: &DeTable<'_>,
    ) -> Result<Vec<(Option<String>, Setting)>, CliError> {
        let name = key.get_ref().as_ref();
        let Some(command) = self.subcommands().find(|command| command.get_name() == name) else {
            let names: Vec<String> = self.subcommands().map(|one| one.get_name().to_owned()).collect();
            let message = format!("{}: '{name}' is not a subcommand", self.place(key));
            return Err(CliError { message, help: Some(format!("a table is one of {}", join(&names, "or"))) });
        };
        let setting = |entry| Ok((Some(name.to_owned()), self.setting(entry, Some(command))?));
        own.iter().map(setting).collect()
    }

    /// Returns a setting of a subcommand, or of all subcommands with the option.
    fn setting(&self, (key, value): Entry<'_, '_>, command: Option<&Command>) -> Result<Setting, CliError> {
        let (name, place) = (key.get_ref().as_ref(), self.place(key));
        let all: Vec<&Command> = self.subcommands().collect();
        if let Some(wrong) = command.is_none().then(|| self.refused_for_all(name, &place)).flatten() {
            return Err(wrong);
        }
        let among = command.map_or(all, |command| vec![command]);
        let found = among.iter().find_map(|command| options(command).find(|(option, _)| *option == name));
        let Some((_, arg)) = found else { return Err(self.unknown(name, &place, command)) };
        let value = self.value(value, arg).map_err(|wrong| CliError {
            message: format!("{place}: {name} is {wrong}"),
            help: Some("write it as on the command line, a text in quotation marks".into()),
        })?;
        Ok(Setting { option: name.to_owned(), value, layer: Layer::File, place, is_path: takes_path(arg) })
    }

    /// Returns the error of an option that means something else in every subcommand, or that is short for another
    /// option in some.
    fn refused_for_all(&self, name: &str, place: &str) -> Option<CliError> {
        if OF_ONE_SUBCOMMAND.contains(&name) {
            let message = format!("{place}: '{name}' is not for all subcommands");
            let has = |command: &&Command| options(command).any(|(option, _)| option == name);
            let one = self.subcommands().find(has).map_or("train", |command| command.get_name());
            let help = format!("write it in the table of one, for example under [{one}]: {name} = ...");
            return Some(CliError { message, help: Some(help) });
        }
        let short = |command: &&Command| {
            let mut all = options(command).filter_map(|(long, arg)| Some((long, arg.get_visible_aliases()?)));
            all.find(|(_, aliases)| aliases.contains(&name)).map(|(long, _)| long.to_owned())
        };
        let long = self.subcommands().find_map(|command| short(&command))?;
        let message = format!("{place}: '{name}' is short for '{long}' in some subcommands");
        let help = format!("write {long}, or {name} in the table of the subcommand that is meant");
        Some(CliError { message, help: Some(help) })
    }

    fn unknown(&self, name: &str, place: &str, command: Option<&Command>) -> CliError {
        let of = command.map_or_else(String::new, |command| format!(" of {}", command.get_name()));
        let has = |one: &&Command| options(one).any(|(option, _)| option == name);
        let others: Vec<String> = self.subcommands().filter(has).map(|one| one.get_name().to_owned()).collect();
        let known = || {
            let among = self.subcommands().filter(|one| command.is_none_or(|own| own.get_name() == one.get_name()));
            among.flat_map(options).map(|(option, _)| option)
        };
        let help = match meant(name, known()) {
            _ if !others.is_empty() => format!("'{name}' is an option of {}", join(&others, "and")),
            Some(meant) => format!("did you mean '{meant}'?"),
            None => "fourcast config shows all options".to_owned(),
        };
        CliError { message: format!("{place}: '{name}' is not an option{of}"), help: Some(help) }
    }

    /// Returns the value of an option; the error contains the value found and what was expected.
    fn value(&self, value: &Spanned<DeValue<'_>>, arg: &Arg) -> Result<Value, String> {
        let found = || self.text.get(value.span()).unwrap_or_default().to_owned();
        match value.get_ref() {
            DeValue::Boolean(on) if may_stand_alone(arg) => Ok(Value::Switch(*on)),
            _ if is_switch(arg) => Err(format!("{}, expected true or false", found())),
            DeValue::Array(values) => {
                let each = values.iter().map(|one| text(one.get_ref())).collect::<Option<Vec<_>>>();
                let each = each.ok_or_else(|| format!("{}, expected a list of values", found()))?;
                Ok(Value::Texts(list(each, arg)))
            }
            one => match text(one) {
                Some(text) => Ok(Value::Texts(vec![text.into()])),
                None => Err(format!("{}, expected a value", found())),
            },
        }
    }
}

/// Returns a list as it would be typed: with commas, or for an option that can be repeated, one value each.
fn list(values: Vec<String>, arg: &Arg) -> Vec<OsString> {
    let is_repeated = matches!(arg.get_action(), ArgAction::Append) && arg.get_value_delimiter().is_none();
    if is_repeated { values.into_iter().map(OsString::from).collect() } else { vec![values.join(",").into()] }
}

/// Returns a value as it would be typed; `None` if it is not a single value or not a decimal number.
fn text(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.clone().into_owned()),
        DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str().to_owned()),
        DeValue::Float(number) => Some(number.as_str().to_owned()),
        DeValue::Datetime(day) => Some(day.to_string()),
        _ => None,
    }
}
