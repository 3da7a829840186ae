//! Sentences in addition to the findings: the correlation with the last close, and what an audit compared.

use crate::eval::backtest::AuditReport;
use crate::eval::verdict::Lag;
use crate::prices::Frequency;
use crate::report::number::{counted, decimals};
use crate::report::wording::later;

/// Formats a number of the lag line.
fn figure(value: Option<f64>) -> String {
    value.map_or_else(|| "(undefined)".to_owned(), decimals)
}

/// Describes how far the forecast is a copy of the last close, in three parts of a sentence. `r2` is R² in characters
/// that the output can show.
pub fn lag_lines(lag: &Lag, (frequency, ahead): (Frequency, usize), r2: &str) -> [String; 3] {
    let (this, later) = (frequency.this(), later(frequency, ahead));
    let (level, next_level) = (figure(lag.with_today), figure(lag.with_tomorrow));
    let (change, next_change) = (figure(lag.changes_with_today), figure(lag.changes_with_tomorrow));
    [
        format!("correlates {level} with {this}'s close, {next_level} with {later};"),
        format!("its changes, {change} with {this}'s change, {next_change} with {later};"),
        format!("{r2} {}; persistence ({this}'s close): {}", decimals(lag.r2), decimals(lag.r2_of_copy)),
    ]
}

/// As [`lag_lines`], in one line.
pub fn lag_sentence(lag: &Lag, of: (Frequency, usize)) -> String {
    format!("lag: the forecast {}", lag_lines(lag, of, "R²").join(" "))
}

/// Names the columns that, according to the audit report, begin after a day on which the file was cut.
pub fn later_columns(audit_report: &AuditReport) -> Option<&'static str> {
    match (audit_report.has_later_bars, audit_report.has_later_volume) {
        (false, false) => None,
        (true, false) => Some("open, high and low"),
        (false, true) => Some("volume"),
        (true, true) => Some("open, high, low and volume"),
    }
}

/// Describes in one line what an audit without differences compared.
pub fn audit_note(audit_report: &AuditReport) -> String {
    let (origins, days) = (audit_report.origins.len(), audit_report.reread.len());
    let unread = match audit_report.unread.len() {
        0 => String::new(),
        days => format!("; after {} the shortened file could not be read", counted(days, "day")),
    };
    let unfinished = match audit_report.unfinished.len() {
        0 => String::new(),
        days => {
            format!("; predict would leave out the row of {} because its period seems unfinished", counted(days, "day"))
        }
    };
    let later = later_columns(audit_report)
        .map_or(String::new(), |columns| format!("; only later rows show that it has {columns}"));
    format!(
        "audit: {} compared up to {}, all equal; the file was cut after {} and read again{unread}{unfinished}{later}",
        counted(audit_report.forecasts, "forecast"),
        counted(origins, "origin"),
        counted(days, "day")
    )
}
