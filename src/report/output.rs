//! The four formats. A result implements [`Report`]; what it consists of is its own matter, how a format writes it is
//! decided here.

use std::io::{self, Write};

use clap::ValueEnum;
use serde::Serialize;
use serde_json::{Map, Serializer, Value};

use super::failure::CsvRows;
use super::number::rounded;
use super::terminal::{Terminal, VisibleJson};

/// Format of the results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Human-readable
    Table,
    /// A header and rows
    Csv,
    /// JSON Lines: an object per line
    Json,
    /// A bare number: the forecast price; of a backtest, the price skill over "tomorrow = today"
    Value,
}

/// Names and values, in the order in which csv and json print them.
pub(super) type Record = Map<String, Value>;

/// A result in every format.
pub trait Report {
    /// The objects of json, one a line.
    ///
    /// # Errors
    /// If a value cannot be represented in json.
    fn objects(&self) -> io::Result<Vec<Record>>;

    /// The rows of csv, all with the same names.
    ///
    /// # Errors
    /// As [`objects`](Report::objects).
    fn rows(&self) -> io::Result<Vec<Record>> {
        self.objects()
    }

    /// The bare numbers; an empty line for one that does not exist.
    fn values(&self) -> Vec<Option<f64>> {
        Vec::new()
    }

    /// Writes the table.
    ///
    /// # Errors
    /// Any error of writing.
    fn table(&self, out: &mut Terminal<'_>) -> io::Result<()>;
}

/// A result with the warnings about it, which json has behind the other keys, if there are any.
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

/// Writes a report; rows of csv go under the header that `csv` has written, or under a new one.
///
/// # Errors
/// Any error of writing.
pub fn write(report: &dyn Report, format: Format, out: &mut Terminal<'_>, csv: &mut CsvRows) -> io::Result<()> {
    match format {
        Format::Table => report.table(out)?,
        Format::Csv => csv.records(out, &report.rows()?)?,
        Format::Json => write_json(out, &report.objects()?)?,
        Format::Value => write_values(out, &report.values())?,
    }
    out.flush()
}

/// An object per line.
pub(super) fn write_json(out: &mut dyn Write, records: &[Record]) -> io::Result<()> {
    for record in records {
        record.serialize(&mut Serializer::with_formatter(&mut *out, VisibleJson))?;
        writeln!(out)?;
    }
    out.flush()
}

fn write_values(out: &mut dyn Write, values: &[Option<f64>]) -> io::Result<()> {
    values.iter().try_for_each(|value| match value {
        Some(value) => writeln!(out, "{}", rounded(*value)),
        None => writeln!(out),
    })
}

/// A value as csv writes it: as json does, without the quotes of a string.
pub(super) fn cell(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// The record of a struct.
pub(super) fn record(fields: &impl Serialize) -> io::Result<Record> {
    match serde_json::to_value(fields)? {
        Value::Object(record) => Ok(record),
        other => Err(io::Error::other(format!("{other} is not a record"))),
    }
}

/// The record of a struct of computed numbers, each rounded to the digits that all formats print.
pub(super) fn rounded_record(fields: &impl Serialize) -> io::Result<Record> {
    let mut record = record(fields)?;
    record.values_mut().for_each(round);
    Ok(record)
}

fn round(value: &mut Value) {
    match value {
        Value::Number(number) if number.is_f64() => *value = number.as_f64().map(rounded).into(),
        Value::Array(values) => values.iter_mut().for_each(round),
        Value::Object(fields) => fields.values_mut().for_each(round),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn computed_numbers_are_rounded_at_any_depth_and_counts_are_not() {
        let record =
            rounded_record(&json!({"a": 1.0 / 3.0, "n": 123_456_789_012_u64, "b": [{"c": 2.0 / 3.0}]})).unwrap();
        assert_eq!(Value::from(record), json!({"a": 0.33333333, "n": 123_456_789_012_u64, "b": [{"c": 0.66666667}]}));
    }
}
