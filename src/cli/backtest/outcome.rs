//! What is printed or refused in addition to the results of a backtest: warnings and a failed audit.

use anyhow::Result;

use crate::cli::CliError;
use crate::cli::warnings::{CliWarning, Kind};
use crate::eval::backtest::{Backtest, Difference, NotFitted};
use crate::features::Halts;
use crate::prices::PriceSeries;
use crate::report::Tested;
use crate::words::counted;

/// Returns the warnings of a backtest.
pub fn warnings_of(result: &Backtest, series: &PriceSeries) -> Vec<CliWarning> {
    let mut warnings = Vec::new();
    let mut say = |kind, text| warnings.push(CliWarning::new(kind, text));
    if let Some(halts) = Halts::of(series) {
        say(Kind::Halts, format!("left out {halts}: none of them is tested"));
    }
    if result.in_sample {
        let unit = result.frequency.unit();
        say(Kind::InSample, format!("the model was trained on {unit}s it is tested on: its scores are too good"));
    }
    if let [first, ..] = result.uncalibrated[..] {
        let (count, fits) = (result.uncalibrated.len(), counted(result.refits.max(1), "fit"));
        let reason = first.map_or(String::new(), |reason| format!(": {}", reason.in_words(result.frequency)));
        let text = format!("the prediction intervals of {count} of {fits} are not calibrated{reason}");
        say(Kind::Uncalibrated, text);
    }
    for NotFitted { baseline, fits: times, first } in NotFitted::of(&result.fallbacks) {
        let fits = counted(result.fits, "fit");
        let text = format!(
            "{baseline} could not be fitted on {times} of {fits}, first on {}: {} is its fallback ({})",
            first.origin, first.used, first.reason
        );
        say(Kind::NotFitted(baseline.name), text);
    }
    warnings
}

/// Returns an error if a forecast depends on a later row, which is a fault of the program.
pub fn check_audit((result, audit_report): &Tested) -> Result<()> {
    let difference = audit_report.as_ref().and_then(|audit_report| audit_report.difference.as_ref());
    let Some(difference) = difference else { return Ok(()) };
    let message = format!("{}: look-ahead: {}", result.series, in_words(difference));
    let help = "no figure of this backtest can be trusted; please report it".to_owned();
    Err(CliError { message, help: Some(help) }.into())
}

fn in_words(difference: &Difference) -> String {
    match difference {
        Difference::Reading { what, date: Some(date), cut_after } => {
            format!("in the file cut after {cut_after}, the {what} of {date} differs from that in the whole file")
        }
        Difference::Reading { what, date: None, cut_after } => {
            format!("the file cut after {cut_after} and the whole file do not both have the column {what}")
        }
        Difference::Forecast { name, origin, cut_after, forecasts: (whole, cut) } => format!(
            "in the file cut after {cut_after}, the forecast of {name} on {origin} differs: {whole} became {cut}"
        ),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn look_ahead_is_described_by_its_place() {
        let (cut_after, origin) = (date(2024, 1, 5), date(2024, 1, 4));
        let reading = |date| in_words(&Difference::Reading { what: "adjusted close", date, cut_after });
        assert_eq!(
            reading(Some(origin)),
            "in the file cut after 2024-01-05, the adjusted close of 2024-01-04 differs from that in the whole file"
        );
        assert!(reading(None).ends_with("do not both have the column adjusted close"));
        let name = "EGARCH".to_owned();
        let forecast = Difference::Forecast { name, origin, cut_after, forecasts: (0.5, 0.25) };
        let expected =
            "in the file cut after 2024-01-05, the forecast of EGARCH on 2024-01-04 differs: 0.5 became 0.25";
        assert_eq!(in_words(&forecast), expected);
    }
}
