//! Options with values that fit a file, quoted for a shell.

use std::borrow::Cow;
use std::fs;
use std::path::Path;

use clap::ValueEnum;

use crate::prices::DateOrder;
use crate::words::{TYPING_ERRORS, is_hidden, nearest, typing_errors};

/// Options that take a list, which is written as a row of csv.
const LISTS: [&str; 2] = ["--past", "--future"];

/// Returns an option with its value: `--series SYMBOL`, `--price-column 'Adj Close'`.
pub(in crate::cli) fn option(flag: &str, value: &str) -> String {
    let between = if value.starts_with('-') { '=' } else { ' ' };
    let is_quoted = LISTS.contains(&flag) && value.contains([',', '"']);
    let value = if is_quoted { Cow::Owned(format!("\"{}\"", value.replace('"', "\"\""))) } else { value.into() };
    format!("{flag}{between}{}", crate::words::shell_word(&value))
}

/// Returns an order as the value of `--date-order`.
pub(super) fn word(order: DateOrder) -> String {
    order.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
}

/// Returns an example of an option with the first of several values.
pub(super) fn one_of(what: &str, flag: &str, values: &[String]) -> String {
    match values {
        [] => format!("{what} with {flag}"),
        [only] => format!("{what} with {}", option(flag, only)),
        [first, ..] => format!("{what} with {flag}, for example {}", option(flag, first)),
    }
}

/// Returns the help for a value that no column or series has: the value that it may be a misspelling of, otherwise the
/// first value, as an example.
pub(super) fn nearest_of(what: &str, flag: &str, wanted: &str, values: &[String]) -> String {
    let found =
        nearest(wanted, values).or_else(|| only_with(wanted, values)).or_else(|| with_part(flag, wanted, values));
    match found {
        Some(value) => format!("did you mean '{value}'? pass {}", option(flag, value)),
        None => one_of(what, flag, values),
    }
}

/// Returns the help for a file that does not exist: the name in its folder that it may be a misspelling of, then
/// `else_do`.
pub(in crate::cli) fn nearest_file(path: &Path, else_do: &str) -> String {
    match near(path) {
        Some(meant) => format!("did you mean '{meant}'? else {else_do}"),
        None => else_do.to_owned(),
    }
}

/// Returns a path in the same folder whose name differs by few typing errors. Without its extension, the name can
/// differ in at most a third of its letters.
fn near(path: &Path) -> Option<String> {
    // Larger folders are not searched for the help of an error.
    const MAX_ENTRIES: usize = 100_000;
    let wanted = path.file_name()?.to_str()?;
    let max = stem(wanted).chars().count() / 3;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let entries = fs::read_dir(folder.unwrap_or(Path::new("."))).ok()?.take(MAX_ENTRIES).flatten();
    let is_near =
        |name: &String| typing_errors(wanted, name) <= TYPING_ERRORS && typing_errors(stem(wanted), stem(name)) <= max;
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok()).filter(is_near);
    // A broken link has exactly the name.
    let listed = names.filter(|name| name != wanted && !name.starts_with('.') && !is_hidden_in(name));
    // The order of a folder's entries is arbitrary; if two are equally near, the first by name is chosen.
    let meant = listed.min_by_key(|name| (typing_errors(wanted, name), name.clone()))?;
    Some(folder.map_or_else(|| meant.clone(), |folder| folder.join(&meant).display().to_string()))
}

/// Returns a name without its extension.
fn stem(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

fn is_hidden_in(name: &str) -> bool {
    name.chars().any(is_hidden)
}

/// Returns the only value that contains a text of at least three letters.
fn only_with<'a>(wanted: &str, values: &'a [String]) -> Option<&'a String> {
    const MIN_CHARACTERS: usize = 3;
    let wanted = wanted.to_lowercase();
    let mut with = values.iter().filter(|value| value.to_lowercase().contains(&wanted));
    let found = with.next().filter(|_| wanted.chars().count() >= MIN_CHARACTERS)?;
    with.next().is_none().then_some(found)
}

/// For an option that takes a list, returns a value with a comma that has the text as a part, because the value was not
/// quoted.
fn with_part<'a>(flag: &str, wanted: &str, values: &'a [String]) -> Option<&'a String> {
    let has_part = |value: &&String| value.contains(',') && value.split(',').any(|part| part.trim() == wanted.trim());
    values.iter().find(has_part).filter(|_| LISTS.contains(&flag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_a_shell_takes_them() {
        assert_eq!(option("--ticker-column", "SYMBOL"), "--ticker-column SYMBOL");
        assert_eq!(option("--price-column", "Adj Close"), "--price-column 'Adj Close'");
        assert_eq!(option("--price-column", "it's"), r"--price-column 'it'\''s'");
        assert_eq!(option("--price-column", "-x"), "--price-column=-x");
        assert_eq!(option("--series", "005930.KS"), "--series 005930.KS");
        assert_eq!(option("--past", "V,X"), "--past '\"V,X\"'");
        assert_eq!(option("--price-column", "V,X"), "--price-column V,X");
        assert_eq!(option("--price-column", "종가"), "--price-column 종가");
    }

    #[test]
    fn a_misspelt_value_leads_to_the_one_that_was_meant() {
        let values = ["IBM", "AAPL", "Größe"].map(str::to_owned);
        let of = |wanted: &str| nearest_of("name one", "--series", wanted, &values);
        assert_eq!(of("APPL"), "did you mean 'AAPL'? pass --series AAPL");
        assert_eq!(of("ibn"), "did you mean 'IBM'? pass --series IBM");
        assert_eq!(of("GROSSE"), "name one with --series, for example --series IBM");
        assert_eq!(of("Grösse"), "did you mean 'Größe'? pass --series Größe");
        assert_eq!(of("XOM"), "name one with --series, for example --series IBM");
        assert_eq!(of("I"), "name one with --series, for example --series IBM");
        assert_eq!(of("öße"), "did you mean 'Größe'? pass --series Größe");
        let values = ["VIX", "my, col"].map(str::to_owned);
        let of = |flag: &str, wanted: &str| nearest_of("name one", flag, wanted, &values);
        assert_eq!(of("--past", "my"), "did you mean 'my, col'? pass --past '\"my, col\"'");
        assert_eq!(of("--past", " col"), "did you mean 'my, col'? pass --past '\"my, col\"'");
        assert_eq!(of("--series", "my"), "name one with --series, for example --series VIX");
    }

    #[test]
    fn a_misspelt_file_leads_to_the_one_in_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["aapl.csv", "aapl.html", "fb.csv", ".aapl.cvs"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let of = |name: &str| nearest_file(&folder.path().join(name), "check the path");
        let meant = folder.path().join("aapl.csv").display().to_string();
        assert_eq!(of("aapl.cvs"), format!("did you mean '{meant}'? else check the path"));
        assert_eq!(of("Appl.csv"), format!("did you mean '{meant}'? else check the path"));
        // Letters of the extension do not count as agreement with the name of another series.
        for other in ["ibm.csv", "fv.csv", "a", "none/aapl.csv"] {
            assert_eq!(of(other), "check the path");
        }
    }
}
