//! Parts of the messages of problems.

use jiff::civil::Date;

use crate::dates::DateSense;
use crate::frequency::Frequency;
use crate::lines::few;
use crate::options::ColumnUse;
use crate::spacing::{Spaced, Spacing};
use fourcast_base::words::counted;

/// Returns a phrase for the number of further rows with the same fault, if there are any.
pub(super) fn as_on(more: usize) -> String {
    if more == 0 { String::new() } else { format!(", as on {}", counted(more, "more row")) }
}

/// Returns a phrase for the columns that the caller can name instead of an unknown one.
pub(super) fn those_there_are(role: ColumnUse, fitting: bool, columns: &[String]) -> String {
    match columns {
        _ if !fitting && role.is_covariate() => {
            "and no column beside the dates and the prices contains numbers".to_owned()
        }
        _ if !fitting => format!("and none of {} contains {}", few(columns, "and"), cells_of(role)),
        _ => format!("expected {}", one_of(columns)),
    }
}

/// Returns a phrase for one of these names.
pub(super) fn one_of(names: &[String]) -> String {
    let listed = few(names, "or");
    if names.len() > 2 { format!("one of {listed}") } else { listed }
}

pub(super) fn other_header(same_columns: bool, first: Option<usize>, names: Option<&(String, String)>) -> String {
    let first =
        first.filter(|line| *line > 0).map_or_else(|| "the first header".to_owned(), |line| format!("line {line}"));
    match (same_columns, names) {
        (true, _) => format!("the header is repeated with its columns in another order than {first}"),
        (false, None) => format!("another table begins here, with other columns than {first}"),
        (false, Some((found, own))) if own.is_empty() => {
            format!("another table begins here, with '{found}' where {first} has no name")
        }
        (false, Some((found, own))) => {
            format!("another table begins here, with '{found}' where {first} has '{own}'")
        }
    }
}

pub(super) fn rows_above(above: Option<&(String, usize)>) -> String {
    match above {
        Some((ticker, line)) => format!("the rows above are of '{ticker}' (line {line})"),
        None => "and no line names the ticker of the rows above".to_owned(),
    }
}

pub(super) fn single(column: &Option<String>) -> String {
    column.as_ref().map_or_else(|| "without a name".to_owned(), |name| format!("'{name}'"))
}

/// Returns a phrase for the columns that can be the one needed, or for all columns if there are none.
pub(super) fn expected_among(what: ColumnUse, columns: &[String], fitting: &[String]) -> String {
    let listed = if fitting.is_empty() { columns } else { fitting };
    those_there_are(what, !fitting.is_empty(), listed)
}

/// Returns the kind of cells in a column with this use.
pub(super) fn cells_of(role: ColumnUse) -> &'static str {
    match role {
        ColumnUse::Date => "dates",
        ColumnUse::Price => "prices",
        ColumnUse::Ticker => "tickers",
        ColumnUse::Past | ColumnUse::Future => "numbers",
    }
}

pub(super) fn have(columns: &[String]) -> String {
    let verb = if columns.len() == 1 { "has" } else { "have" };
    format!("{} {verb}", few(columns, "and"))
}

pub(super) fn bracketed(form: &str) -> String {
    if form.is_empty() { String::new() } else { format!(" ({form})") }
}

pub(super) fn of(series: &Option<String>) -> String {
    series.as_ref().map_or(String::new(), |name| format!("{name}: "))
}

/// Returns a phrase for rows of an unexpected spacing.
pub(crate) fn spacing(found: &Spaced, expected: Frequency) -> String {
    let evidence = found.evidence().map_or(String::new(), |evidence| format!(" ({evidence})"));
    match found.spacing {
        Spacing::Intraday(None) => {
            let times = if found.steps < found.of { " at irregular times" } else { "" };
            format!("several rows per day{times}: one row per {} is expected", expected.unit())
        }
        Spacing::Intraday(_) => {
            format!("several rows per day, {}: one row per {} is expected", found.spacing, expected.unit())
        }
        Spacing::Mixed { .. } => format!("rows are {}, expected one spacing", found.spacing),
        _ => format!("rows are {}, not {expected}{evidence}", found.spacing),
    }
}

pub(super) fn days(readings: &[(DateSense, Date)]) -> String {
    let readings = readings.iter().map(|(sense, date)| format!("{date} ({sense})"));
    readings.collect::<Vec<_>>().join(" or ")
}

pub(super) fn span(since: &Option<Date>, until: &Option<Date>) -> String {
    match (since, until) {
        (Some(since), Some(until)) => format!("from {since} to {until}"),
        (Some(since), None) => format!("from {since} on"),
        (None, Some(until)) => format!("up to {until}"),
        (None, None) => "on the requested days".to_owned(),
    }
}
