//! The four formats. A result implements [`Report`], which provides its content; this module writes it in each format.

use std::io::{self, Write};

use clap::ValueEnum;

use super::failure::CsvRows;
use super::number::rounded;
use super::record::write_json;
use super::terminal::Terminal;

// Used by the reports to build their records.
pub(super) use super::record::{Record, record, rounded_record};

/// Format of the results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Human-readable
    Table,
    /// A header and rows
    Csv,
    /// JSON Lines: an object per line
    Json,
    /// A bare number
    Value,
}

/// A result that can be written in every format.
pub trait Report {
    /// Returns the json objects, one per line.
    ///
    /// # Errors
    /// If a value cannot be represented in json.
    fn objects(&self) -> io::Result<Vec<Record>>;

    /// Returns the csv rows, all with the same names.
    ///
    /// # Errors
    /// As [`objects`](Report::objects).
    fn rows(&self) -> io::Result<Vec<Record>> {
        self.objects()
    }

    /// Returns the bare numbers. A missing number is written as an empty line.
    fn values(&self) -> Vec<Option<f64>> {
        Vec::new()
    }

    /// Writes the table.
    ///
    /// # Errors
    /// If writing fails.
    fn table(&self, out: &mut Terminal<'_>) -> io::Result<()>;
}

/// A result with the warnings about it. If there are any, json has them after the other keys.
pub struct WithWarnings<'a> {
    /// The result.
    pub report: &'a dyn Report,
    /// The warnings.
    pub warnings: &'a [String],
}

impl Report for WithWarnings<'_> {
    fn objects(&self) -> io::Result<Vec<Record>> {
        let mut objects = self.report.objects()?;
        if !self.warnings.is_empty() {
            objects.iter_mut().for_each(|object| drop(object.insert("warnings".into(), self.warnings.into())));
        }
        Ok(objects)
    }

    fn rows(&self) -> io::Result<Vec<Record>> {
        self.report.rows()
    }

    fn values(&self) -> Vec<Option<f64>> {
        self.report.values()
    }

    fn table(&self, out: &mut Terminal<'_>) -> io::Result<()> {
        self.report.table(out)
    }
}

/// Writes a report. Csv rows go under the header that `csv` has written, or under a new one.
///
/// # Errors
/// If writing fails.
pub fn write(report: &dyn Report, format: Format, out: &mut Terminal<'_>, csv: &mut CsvRows) -> io::Result<()> {
    match format {
        Format::Table => report.table(out)?,
        Format::Csv => csv.records(out, &report.rows()?)?,
        Format::Json => write_json(out, &report.objects()?)?,
        Format::Value => write_values(out, &report.values())?,
    }
    out.flush()
}

fn write_values(out: &mut dyn Write, values: &[Option<f64>]) -> io::Result<()> {
    values.iter().try_for_each(|value| match value {
        Some(value) => writeln!(out, "{}", rounded(*value)),
        None => writeln!(out),
    })
}
