//! Options with values that fit a file, as a shell takes them.

use std::borrow::Cow;

/// Options that take a list, written as a row of csv.
const LISTS: [&str; 2] = ["--past", "--future"];

/// `--series SYMBOL`, `--price-column 'Adj Close'`: an option with its value.
pub(super) fn option(flag: &str, value: &str) -> String {
    let between = if value.starts_with('-') { '=' } else { ' ' };
    let is_quoted = LISTS.contains(&flag) && value.contains([',', '"']);
    let value = if is_quoted { Cow::Owned(format!("\"{}\"", value.replace('"', "\"\""))) } else { value.into() };
    format!("{flag}{between}{}", crate::words::shell_word(&value))
}

/// Of several values for an option the first, as an example.
pub(super) fn one_of(what: &str, flag: &str, values: &[String]) -> String {
    match values {
        [] => format!("{what} with {flag}"),
        [only] => format!("{what} with {}", option(flag, only)),
        [first, ..] => format!("{what} with {flag}, for example {}", option(flag, first)),
    }
}

/// A value that no column or series has: the one that it may be a misspelling of, or else the first, as an example.
pub(super) fn nearest_of(what: &str, flag: &str, wanted: &str, values: &[String]) -> String {
    match nearest(wanted, values) {
        Some(value) => format!("did you mean '{value}'? pass {}", option(flag, value)),
        None => one_of(what, flag, values),
    }
}

/// The value that a text is at most two typing errors away from, and no more than one in three letters.
fn nearest<'a>(wanted: &str, values: &'a [String]) -> Option<&'a String> {
    const ERRORS: usize = 2;
    let wanted = wanted.to_lowercase();
    let most = ERRORS.min(wanted.chars().count() / 3);
    let distance = |value: &&String| strsim::osa_distance(&wanted, &value.to_lowercase());
    values.iter().min_by_key(distance).filter(|value| distance(value) <= most)
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
    }
}
