//! What the summary of a model of several series has besides that of one.

use serde_json::Value;

use super::output::Record;
use crate::model::{Evaluation, Panel};

/// The record of a run, with the series first, under whose column the series stand that were left out, and behind the
/// other keys: how many were trained on and left out, and the forecasts of the test.
pub(super) fn record(mut run: Record, panel: &Panel, (test, left_out): (Option<&Evaluation>, usize)) -> Record {
    // A verdict is on one series.
    run.shift_remove("headline");
    let mut record = series_first(run);
    let forecasts = test.and_then(|test| test.forecasts);
    let counts = [("trained_series", panel.count.into()), ("left_out", left_out.into())];
    record.extend(counts.map(|(key, count): (&str, Value)| (key.to_owned(), count)));
    record.insert("test_forecasts".into(), forecasts.into());
    record
}

fn series_first(mut run: Record) -> Record {
    let mut record = Record::new();
    record.extend(run.shift_remove_entry("series"));
    record.append(&mut run);
    record
}

/// An error as a share of the last close.
pub(super) fn of_last_close(fraction: f64) -> String {
    format!("{:.3} %", 100.0 * fraction)
}
