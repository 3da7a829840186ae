//! Warnings of skills so large that a leak is likely, with the columns to check.

use super::warnings::{CliWarning, Kind};
use crate::eval::verdict::Verdict;
use crate::prices::{Covariate, Frequency};
use crate::report;
use crate::words::join;

/// Returns the warnings of a verdict. `columns` are those that the model reads in addition to date and close,
/// `covariates` its further inputs.
pub(super) fn warnings_of(
    verdict: &Verdict,
    (columns, covariates): (&[&str], &[Covariate]),
    frequency: Frequency,
) -> Vec<CliWarning> {
    let warning = |text| CliWarning { kind: Kind::Leak, text, hint: Some(suspects(columns, covariates)) };
    report::leak_warnings(verdict, frequency).into_iter().map(warning).collect()
}

/// Describes what to check: columns that a user made come before those of a vendor.
fn suspects(columns: &[&str], covariates: &[Covariate]) -> String {
    let columns = columns.iter().map(|column| (*column).to_owned()).collect::<Vec<_>>();
    let covariates = covariates.iter().map(|covariate| format!("'{}'", covariate.name)).collect::<Vec<_>>();
    let known = "is known only after its own day";
    match (columns.is_empty(), covariates.is_empty()) {
        (true, true) => "check that each close is that of its own day".to_owned(),
        (false, true) => format!("check that no value of {} {known}", join(&columns, "or")),
        (true, false) => format!("check that no value of {} {known}", join(&covariates, "or")),
        (false, false) => {
            let columns = join(&columns, "or");
            format!("check that no value of {} {known}, then those of {columns}", join(&covariates, "or"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prices::CovariateKind;

    #[test]
    fn the_columns_to_suspect_are_named() {
        let expected = "check that no value of open, high, low or volume is known only after its own day";
        assert_eq!(suspects(&["open", "high", "low", "volume"], &[]), expected);
        assert_eq!(suspects(&[], &[]), "check that each close is that of its own day");
        let vix = [Covariate { name: "VIX".into(), kind: CovariateKind::Past }];
        let expected = "check that no value of 'VIX' is known only after its own day";
        assert_eq!(suspects(&[], &vix), expected);
        assert_eq!(suspects(&["volume"], &vix), format!("{expected}, then those of volume"));
    }
}
