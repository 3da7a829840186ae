//! What to do about an error: options with values that fit the same file.

use std::io;

use jiff::civil::Date;

use super::numbers::DecimalMark;
use super::options::Source;
use crate::words::join;

/// `--series SYMBOL`, `--price-column 'Adj Close'`: an option with its value as a shell takes it.
pub(super) fn option(flag: &str, value: &str) -> String {
    let between = if value.starts_with('-') { '=' } else { ' ' };
    format!("--{flag}{between}{}", crate::words::shell_word(value))
}

/// The option that names the column of dates, of prices or of tickers, or a column beside the prices.
pub(super) fn column_flag(role: &str) -> String {
    if ["past", "future"].contains(&role) { role.to_owned() } else { format!("{role}-column") }
}

/// Of several values for an option the first, as an example.
pub(super) fn one_of(what: &str, flag: &str, values: &[String]) -> String {
    match values {
        [] => format!("{what} with --{flag}"),
        [only] => format!("{what} with {}", option(flag, only)),
        [first, ..] => format!("{what} with --{flag}, for example {}", option(flag, first)),
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

/// A missing column.
pub(super) fn no_column(what: &str, fitting: &[String]) -> String {
    match (what, fitting) {
        (_, [_, ..]) => one_of("name it", &column_flag(what), fitting),
        ("date", []) => "write the day of each row in one column, as YYYY-MM-DD".to_owned(),
        _ => "no column holds numbers: export the prices again, or name another file".to_owned(),
    }
}

/// A model in the place of prices; `file` is its path, or what standard input is called.
pub(super) fn model_as_prices(file: &str) -> String {
    if file == Source::Stdin.to_string() {
        return "read a file of prices, and name the model with --model FILE".to_owned();
    }
    let model = crate::words::shell_word(file);
    format!("name a file of prices beside it: fourcast predict PRICES.csv --model {model}")
}

/// A price column without prices.
pub(super) fn other_price(others: &[String]) -> String {
    match others {
        [] => "no column holds numbers: export the prices again, or name another file".to_owned(),
        _ => one_of("name another column", "price-column", others),
    }
}

/// A cell of the wrong kind.
pub(super) fn fix_or(role: &str, what: &str, others: &[String]) -> String {
    match others {
        [] => "fix that line, or take it out".to_owned(),
        [first, ..] => format!("fix that line, or name {what}, for example {}", option(&column_flag(role), first)),
    }
}

/// A cell that is no number.
pub(super) fn number(other_mark: Option<DecimalMark>) -> &'static str {
    match other_mark {
        Some(DecimalMark::Comma) => "if the comma is the decimal mark, pass --decimal-comma",
        Some(DecimalMark::Point) => "if the point is the decimal mark, pass --decimal-point",
        None => "fix that cell, or leave it empty if the price is not known",
    }
}

/// A date that can be read in several ways.
pub(super) fn date_order(readings: &[(&'static str, Date)]) -> String {
    const ORDERS: [(&str, &str); 4] = [
        ("day first", "dmy"),
        ("month first", "mdy"),
        ("year first", "ymd"),
        ("year of the Republic of China first", "roc"),
    ];
    let possible = |&(sense, _): &(&str, &str)| readings.iter().any(|(found, _)| *found == sense);
    let orders: Vec<String> = ORDERS.into_iter().filter(possible).map(|(_, order)| order.to_owned()).collect();
    if orders.is_empty() {
        return "write the dates as YYYY-MM-DD: what days are counted from cannot be told".to_owned();
    }
    format!("pass --date-order {} to say what stands where", join(&orders, "or"))
}

/// A span that holds no row.
pub(super) fn span(since: Option<Date>, until: Option<Date>, first: Date, last: Date) -> String {
    match (since, until) {
        (Some(since), Some(until)) if since > until => "pass a --since that is no later than --until".to_owned(),
        (Some(since), _) if since > last => format!("leave out --since, or pass a day up to {last}"),
        (_, Some(until)) if until < first => format!("leave out --until, or pass a day from {first} on"),
        _ => "pass an earlier --since or a later --until".to_owned(),
    }
}

/// An error of the operating system or a decoder.
pub(super) fn of_io(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "let this user read the file, for example with chmod +r",
        io::ErrorKind::InvalidData => "copy or download the file again",
        _ => "check the disk or the connection that the file is on, and try again",
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn values_are_written_as_a_shell_takes_them() {
        assert_eq!(option("ticker-column", "SYMBOL"), "--ticker-column SYMBOL");
        assert_eq!(option("price-column", "Adj Close"), "--price-column 'Adj Close'");
        assert_eq!(option("price-column", "it's"), r"--price-column 'it'\''s'");
        assert_eq!(option("price-column", "-x"), "--price-column=-x");
        assert_eq!(option("series", "005930.KS"), "--series 005930.KS");
        assert_eq!(option("price-column", "종가"), "--price-column 종가");
    }

    #[test]
    fn a_misspelt_value_leads_to_the_one_that_was_meant() {
        let of = |wanted: &str| nearest_of("name one", "series", wanted, &["IBM", "AAPL", "Größe"].map(str::to_owned));
        assert_eq!(of("APPL"), "did you mean 'AAPL'? pass --series AAPL");
        assert_eq!(of("ibn"), "did you mean 'IBM'? pass --series IBM");
        assert_eq!(of("GROSSE"), "name one with --series, for example --series IBM");
        assert_eq!(of("Grösse"), "did you mean 'Größe'? pass --series Größe");
        assert_eq!(of("XOM"), "name one with --series, for example --series IBM");
        assert_eq!(of("I"), "name one with --series, for example --series IBM");
    }

    #[test]
    fn only_orders_that_fit_the_date_are_offered() {
        let day = date(2024, 1, 2);
        assert_eq!(
            date_order(&[("day first", day), ("month first", day)]),
            "pass --date-order dmy or mdy to say what stands where"
        );
        assert!(date_order(&[("days since 1960-01-01", day)]).starts_with("write the dates as YYYY-MM-DD"));
    }

    #[test]
    fn the_end_of_the_span_at_fault_is_named() {
        let [first, last] = [date(2020, 1, 1), date(2024, 1, 1)];
        assert_eq!(
            span(Some(date(2025, 1, 1)), None, first, last),
            "leave out --since, or pass a day up to 2024-01-01"
        );
        assert_eq!(
            span(None, Some(date(2019, 1, 1)), first, last),
            "leave out --until, or pass a day from 2020-01-01 on"
        );
        assert!(span(Some(date(2022, 1, 1)), Some(date(2021, 1, 1)), first, last).contains("no later than"));
    }
}
