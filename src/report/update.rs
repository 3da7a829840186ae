//! What an update has changed in a model.

use std::io;
use std::path::Path;

use jiff::civil::Date;
use serde::Serialize;

use super::columns::{self, Column};
use super::number::{percent_with_decimal, price, thousands};
use super::output::{Record, Report, rounded_record};
use super::terminal::{Shown, Terminal};
use crate::model::{Drift, Updated, short_hash};
use crate::prices::Frequency;
use crate::words::counted;

/// The update of the model of a series.
#[derive(Debug, Clone)]
pub struct UpdatedModel {
    /// The series.
    series: String,
    frequency: Frequency,
    /// The file of the model.
    model: String,
    changed: Option<(Date, Date, Drift)>,
    calibration_days: usize,
    /// Whether the updated model was written.
    written: bool,
    hash: Option<String>,
}

/// A csv row or json object.
#[derive(Serialize)]
struct UpdateRow<'a> {
    series: &'a str,
    model: &'a str,
    new_rows: usize,
    first_new: Option<Date>,
    last: Option<Date>,
    epochs: usize,
    outcomes: usize,
    coverage_50: Option<f64>,
    coverage_90: Option<f64>,
    width_90_before: Option<f64>,
    width_90_after: Option<f64>,
    drift: Option<f64>,
    calibration_days: usize,
    written: bool,
    hash: Option<&'a str>,
}

/// A warning about a series that became known only after the json object of the series had been written. It gets an
/// object of its own.
pub struct LateWarning {
    /// The series.
    pub series: String,
    /// The warning.
    pub warning: String,
}

impl Report for LateWarning {
    fn objects(&self) -> io::Result<Vec<Record>> {
        let mut object = Record::new();
        object.insert("series".into(), self.series.as_str().into());
        object.insert("warnings".into(), [self.warning.as_str()].as_slice().into());
        Ok(vec![object])
    }

    fn table(&self, _: &mut Terminal<'_>) -> io::Result<()> {
        Ok(())
    }
}

/// Describes a relative change of a width: `1.2 % wider`.
pub fn change_in_words(change: f64) -> String {
    let size = percent_with_decimal(change.abs());
    match size.as_str() {
        "0.0" => "as wide as before".to_owned(),
        _ if change > 0.0 => format!("{size} % wider"),
        _ => format!("{size} % narrower"),
    }
}

impl UpdatedModel {
    /// Creates the result for the model in the file `model`: whether the updated model was written, and its hash.
    pub fn new(model: &Path, series: &str, updated: &Updated, (written, sha256): (bool, Option<&str>)) -> UpdatedModel {
        let card = &updated.forecaster.card;
        UpdatedModel {
            series: series.to_owned(),
            frequency: card.training.frequency,
            model: model.display().to_string(),
            changed: updated.changed.clone(),
            calibration_days: card.calibration.as_ref().map_or(0, |calibration| calibration.days),
            written,
            hash: sha256.map(short_hash),
        }
    }

    /// Creates the result for a model whose series has no rows.
    pub fn without_rows(model: &Path, series: &str) -> UpdatedModel {
        UpdatedModel {
            series: series.to_owned(),
            frequency: Frequency::Daily,
            model: model.display().to_string(),
            changed: None,
            calibration_days: 0,
            written: false,
            hash: None,
        }
    }

    fn row(&self) -> UpdateRow<'_> {
        let drift = self.changed.as_ref().map(|(_, _, drift)| drift);
        let coverage = drift.and_then(|drift| drift.coverage);
        UpdateRow {
            series: &self.series,
            model: &self.model,
            new_rows: drift.map_or(0, |drift| drift.rows),
            first_new: self.changed.as_ref().map(|changed| changed.0),
            last: self.changed.as_ref().map(|changed| changed.1),
            epochs: drift.map_or(0, |drift| drift.epochs),
            outcomes: drift.map_or(0, |drift| drift.outcomes),
            coverage_50: coverage.map(|coverage| coverage.level_50),
            coverage_90: coverage.map(|coverage| coverage.level_90),
            width_90_before: drift.map(|drift| drift.widths.0),
            width_90_after: drift.map(|drift| drift.widths.1),
            drift: drift.map(Drift::change),
            calibration_days: self.calibration_days,
            written: self.written,
            hash: self.hash.as_deref(),
        }
    }

    fn days(&self, count: usize) -> String {
        counted(count, self.frequency.unit())
    }
}

impl Report for UpdatedModel {
    fn objects(&self) -> io::Result<Vec<Record>> {
        Ok(vec![rounded_record(&self.row())?])
    }

    fn table(&self, out: &mut Terminal<'_>) -> io::Result<()> {
        let series = Shown(&self.series).to_string();
        let Some((first, last, drift)) = &self.changed else {
            return out.text(2, format_args!("{series}: no new rows"));
        };
        let days = if first == last { first.to_string() } else { format!("{first} to {last}") };
        out.text(2, format_args!("{series}: {}, {days}", counted(drift.rows, "new row")))?;
        let not = if self.written { "" } else { ", not written" };
        out.text(INDENT, format_args!("  {:<16} {}{not}", "model", Shown(&self.model)))?;
        if drift.epochs > 0 {
            out.text(INDENT, format_args!("  {:<16} {}", "trained", counted(drift.epochs, "epoch")))?;
        }
        let ((before, after), change) = (drift.widths, change_in_words(drift.change()));
        let widths = format!("{change}: {} before, {} after", price(before), price(after));
        out.text(INDENT, format_args!("  {:<16} {widths}", "90 % interval"))?;
        if let Some(coverage) = drift.coverage {
            let (of, inside) =
                (self.days(drift.outcomes), [coverage.level_50, coverage.level_90].map(percent_with_decimal));
            let text = format!("{} % in 50 %, {} % in 90 %, of {of}, before the update", inside[0], inside[1]);
            out.text(INDENT, format_args!("  {:<16} {text}", "coverage"))?;
        }
        let calibration = match self.calibration_days {
            0 => "none".to_owned(),
            days => self.days(days),
        };
        out.text(INDENT, format_args!("  {:<16} {calibration}", "calibration"))
    }
}

/// Columns before a value: two blanks, its name, a blank.
const INDENT: usize = 19;

/// The updates of the models of many series as a table.
pub struct UpdatedModels<'a>(pub &'a [UpdatedModel]);

impl UpdatedModels<'_> {
    /// Writes the table.
    ///
    /// # Errors
    /// If writing fails.
    pub fn write(&self, out: &mut Terminal<'_>) -> io::Result<()> {
        let cells = |of: &dyn Fn(&UpdateRow<'_>) -> String| -> Vec<String> {
            self.0.iter().map(|one| of(&one.row())).collect()
        };
        let left = |head: &str, cells| Column { is_left: true, ..Column::new(head, cells, 0) };
        let share = |value: Option<f64>| {
            value.map_or_else(|| "-".to_owned(), |value| format!("{} %", percent_with_decimal(value)))
        };
        let columns = [
            left("series", cells(&|row| Shown(row.series).to_string())),
            Column::new("new rows", cells(&|row| thousands(row.new_rows)), 0),
            left("last", cells(&|row| row.last.map_or_else(|| "-".to_owned(), |last| last.to_string()))),
            left("90 % interval", cells(&|row| row.drift.map_or_else(|| "-".to_owned(), change_in_words))),
            Column::new("in 90 %", cells(&|row| share(row.coverage_90)), 0),
            left("written", cells(&|row| if row.written { "yes" } else { "no" }.to_owned())),
        ];
        columns::write(out, &columns, 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_of_widths_are_in_words() {
        assert_eq!(change_in_words(0.0123), "1.2 % wider");
        assert_eq!(change_in_words(-0.5), "50.0 % narrower");
        assert_eq!(change_in_words(-0.0001), "as wide as before");
    }
}
