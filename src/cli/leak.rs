//! Warnings of skills so large that a leak is likely, with the columns to check.

use super::warnings::{CliWarning, Kind};
use crate::eval::verdict::Verdict;
use crate::prices::Frequency;
use crate::report;
use crate::words::join;

/// The warnings of a verdict; `columns` are those that the model reads beside date and close.
pub(super) fn warnings_of(verdict: &Verdict, (columns, frequency): (&[&str], Frequency)) -> Vec<CliWarning> {
    let warning = |text| CliWarning { kind: Kind::Named("leak"), text, hint: Some(suspects(columns)) };
    report::leak_warnings(verdict, frequency).into_iter().map(warning).collect()
}

fn suspects(columns: &[&str]) -> String {
    let named = columns.iter().map(|column| (*column).to_owned()).collect::<Vec<_>>();
    match named.is_empty() {
        true => "check that each close is that of its own day".to_owned(),
        false => format!("check that no value of {} is known only after its own day", join(&named, "or")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_to_suspect_are_named() {
        let expected = "check that no value of open, high, low or volume is known only after its own day";
        assert_eq!(suspects(&["open", "high", "low", "volume"]), expected);
        assert_eq!(suspects(&[]), "check that each close is that of its own day");
    }
}
