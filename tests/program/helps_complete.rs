//! Every variant of an error has a help. The enums are `#[non_exhaustive]`, so the compiler does not report a missing
//! variant in another crate.

use std::fs;
use std::path::Path;

/// Each enum with its file, the file of its helps, and the name that it has there.
const ENUMS: [(&str, &str, &str, &str); 9] = [
    ("UpdateError", "src/model/update/error.rs", "src/cli/help/model.rs", "UpdateError"),
    ("Oversize", "src/model/config.rs", "src/cli/help/model.rs", "Oversize"),
    ("ConfigError", "src/model/config_error.rs", "src/cli/help/model.rs", "ConfigError"),
    ("ForecastError", "src/model/forecast_error.rs", "src/cli/help/model.rs", "ForecastError"),
    ("ExplainError", "src/model/explain.rs", "src/cli/help/model.rs", "ExplainError"),
    ("FitError", "src/model/fit_error.rs", "src/cli/help/model.rs", "FitError"),
    ("Problem", "src/prices/error/mod.rs", "src/cli/help/prices.rs", "Problem"),
    ("FileProblem", "src/base/files/error.rs", "src/cli/help/mod.rs", "FileProblem"),
    ("SizeSetting", "src/model/spans.rs", "src/cli/help/mod.rs", "SizeSetting"),
];

fn source(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).expect(file)
}

/// Returns the variants of an enum, from its source as formatted by rustfmt.
fn variants(source: &str, name: &str) -> Vec<String> {
    let (_, body) = source.split_once(&format!("pub enum {name} {{\n")).expect(name);
    let lines = body.lines().take_while(|line| *line != "}").filter_map(|line| line.strip_prefix("    "));
    let name = |line: &str| line.split(|letter: char| !letter.is_ascii_alphanumeric()).next().map(str::to_owned);
    lines.filter(|line| line.starts_with(|letter: char| letter.is_ascii_uppercase())).filter_map(name).collect()
}

#[test]
fn every_variant_has_a_help() {
    for (name, file, help, called) in ENUMS {
        let (all, help_text) = (variants(&source(file), name), source(help));
        assert!(all.len() > 2, "{name}: {all:?}");
        let is_named = |variant: &String| {
            let path = format!("{called}::{variant}");
            let is_whole =
                |(at, _)| !help_text[at + path.len()..].starts_with(|next: char| next.is_ascii_alphanumeric());
            help_text.match_indices(&path).any(is_whole)
        };
        let missing: Vec<&String> = all.iter().filter(|variant| !is_named(variant)).collect();
        assert!(missing.is_empty(), "{help} has no help for {name}: {missing:?}");
    }
}

/// The snapshots of messages list every problem and every warning of the reader; each needs a file that causes it.
#[test]
fn every_message_of_the_reader_has_a_snapshot() {
    let snapshots = source("src/cli/help/snapshots.rs");
    let words: Vec<&str> = snapshots.split(|letter: char| !letter.is_ascii_alphanumeric()).collect();
    for (name, file) in [("Problem", "src/prices/error/mod.rs"), ("Warning", "src/prices/warning/mod.rs")] {
        let all = variants(&source(file), name);
        let missing: Vec<&String> = all.iter().filter(|variant| !words.contains(&variant.as_str())).collect();
        assert!(all.len() > 20 && missing.is_empty(), "{name}: no snapshot of {missing:?}");
    }
}
