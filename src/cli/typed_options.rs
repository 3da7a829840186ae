//! The options of a command line as they were typed, for the manifest of a shard.

use std::collections::BTreeMap;

use clap::ArgMatches;
use clap::parser::ValueSource;

use super::settings::Setting;

/// Options that do not affect the results, only their destination, the speed, or messages. The input files and the
/// format have entries of their own in the manifest.
const WITHOUT_EFFECT: [&str; 11] = [
    "files",
    "output_file",
    "shard",
    "threads",
    "quiet",
    "verbose",
    "format",
    "color",
    "ledger",
    "resume",
    "checkpoint_every",
];

/// The options of a subcommand with their values, without those that do not affect the results.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TypedOptions(pub BTreeMap<String, Vec<String>>);

impl TypedOptions {
    /// Returns the options of the subcommand that was called.
    pub fn of(matches: &ArgMatches, cli: &clap::Command) -> TypedOptions {
        let called = matches.subcommand().and_then(|(name, matches)| Some((cli.find_subcommand(name)?, matches)));
        let Some((command, matches)) = called else { return TypedOptions::default() };
        let is_typed = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
        let names = command.get_arguments().map(|arg| arg.get_id().as_str());
        let with_effect = names.filter(|name| is_typed(name) && !WITHOUT_EFFECT.contains(name));
        let values = |name: &str| {
            let raw = matches.get_raw(name).into_iter().flatten();
            raw.map(|value| value.to_string_lossy().into_owned()).collect()
        };
        TypedOptions(with_effect.map(|name| (name.replace('_', "-"), values(name))).collect())
    }

    /// Removes the options that are settings.
    pub fn without(mut self, set: &[Setting]) -> TypedOptions {
        self.0.retain(|name, _| set.iter().all(|setting| setting.option != *name));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::command;

    fn typed(line: &str) -> Vec<(String, Vec<String>)> {
        let matches = command().try_get_matches_from(line.split(' ')).unwrap();
        TypedOptions::of(&matches, &command()).0.into_iter().collect()
    }

    #[test]
    fn options_with_effect_are_kept_as_typed() {
        assert!(
            typed("fourcast predict p.csv -q --format json --output o.json --shard 1/2 --ledger l.jsonl").is_empty()
        );
        let line = "fourcast predict p.csv --path 5 --pretrained --levels 0.5,0.8 --drop-last";
        let kept: Vec<(String, String)> =
            typed(line).into_iter().map(|(name, values)| (name, values.join(" "))).collect();
        let expected = [("drop-last", "true"), ("levels", "0.5 0.8"), ("path", "5"), ("pretrained", "true")];
        assert_eq!(kept, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn options_without_effect_exist() {
        let cli = command();
        let of = |name| cli.find_subcommand(name).unwrap().get_arguments().map(|arg| arg.get_id().as_str());
        let ids: Vec<&str> = of("predict").chain(of("train")).collect();
        for name in WITHOUT_EFFECT.iter().filter(|name| **name != "color") {
            assert!(ids.contains(name), "{name}: {ids:?}");
        }
    }
}
