//! Series that failed in a run over several series, and csv rows with a column for the error.

use std::io::{self, Write};

use serde::Serialize;

use super::record::{Record, cell, record, write_json};
use crate::files::io_error;

/// A series that failed in a run over several series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The series. If the file could not be read: its name without extensions. None if the run was interrupted.
    pub series: Option<String>,
    /// The error, in one line.
    pub error: String,
    /// How to fix it.
    pub help: Option<String>,
}

/// Writes a json object with the failure instead of the series' results.
///
/// # Errors
/// If writing fails.
pub fn failure_as_json(out: &mut dyn Write, failure: &Failure) -> io::Result<()> {
    write_json(out, &[record(failure)?])
}

/// Writes empty lines instead of the series' values, so that lines and series correspond.
///
/// # Errors
/// If writing fails.
pub fn failure_as_values(out: &mut dyn Write, lines: usize) -> io::Result<()> {
    out.write_all("\n".repeat(lines).as_bytes())
}

/// Writes csv rows under one header, one series at a time.
///
/// With several series the last column is `error`, which is empty in rows of results. The row of a failed series has
/// its name, its error, and empty cells between them.
#[derive(Debug, Default)]
pub struct CsvRows {
    many: bool,
    /// Number of columns of the header, once it is written.
    columns: Option<usize>,
    /// Rows of results written so far.
    rows: usize,
    /// Failures before the first result, kept until the columns are known.
    waiting: Vec<Failure>,
}

impl CsvRows {
    /// Creates the rows for the results of one series, or of many.
    pub fn of(many: bool) -> CsvRows {
        CsvRows { many, ..CsvRows::default() }
    }

    /// Returns the number of rows of results so far, without the rows of failed series.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Writes the rows of a series. All series have the same fields.
    ///
    /// # Errors
    /// If writing fails.
    pub(super) fn records(&mut self, out: &mut dyn Write, records: &[Record]) -> io::Result<()> {
        let Some(first) = records.first() else { return Ok(()) };
        if self.columns.is_none() {
            self.header(out, first.keys().map(String::as_str))?;
        }
        self.rows += records.len();
        let mut csv = csv::Writer::from_writer(out);
        for record in records {
            let error = self.many.then(String::new);
            csv.write_record(record.values().map(cell).chain(error)).map_err(io_error)?;
        }
        csv.flush()
    }

    /// Writes the row of a failed series, or keeps it until the columns are known.
    ///
    /// # Errors
    /// If writing fails.
    pub fn failure(&mut self, out: &mut dyn Write, failure: Failure) -> io::Result<()> {
        match self.columns {
            Some(columns) => write_failure(out, &failure, columns),
            None => {
                self.waiting.push(failure);
                Ok(())
            }
        }
    }

    /// Writes the failures that were kept. If no series had a result, the columns are `series` and `error`.
    ///
    /// # Errors
    /// If writing fails.
    pub fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if self.waiting.is_empty() { Ok(()) } else { self.header(out, ["series"].into_iter()) }
    }

    fn header<'a>(&mut self, out: &mut dyn Write, names: impl Iterator<Item = &'a str>) -> io::Result<()> {
        let names: Vec<&str> = names.chain(self.many.then_some("error")).collect();
        let mut csv = csv::Writer::from_writer(&mut *out);
        csv.write_record(&names).map_err(io_error)?;
        csv.flush()?;
        drop(csv);
        self.columns = Some(names.len());
        std::mem::take(&mut self.waiting).iter().try_for_each(|failure| write_failure(out, failure, names.len()))
    }
}

fn write_failure(out: &mut dyn Write, failure: &Failure, columns: usize) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    let between = std::iter::repeat_n("", columns.saturating_sub(2));
    let cells = std::iter::once(failure.series.as_deref().unwrap_or_default()).chain(between).chain([&*failure.error]);
    csv.write_record(cells).map_err(io_error)?;
    csv.flush()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn failure(series: &str) -> Failure {
        Failure { series: Some(series.into()), error: format!("{series}.csv: no such file, or so"), help: None }
    }

    fn fields(series: &str) -> Record {
        [("series".to_owned(), series.into()), ("date".to_owned(), Value::Null), ("forecast".to_owned(), 1.5.into())]
            .into_iter()
            .collect()
    }

    fn rows(write: impl FnOnce(&mut CsvRows, &mut Vec<u8>), many: bool) -> String {
        let (mut rows, mut out) = (CsvRows::of(many), Vec::new());
        write(&mut rows, &mut out);
        rows.finish(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn failures_keep_their_place_under_the_columns_of_the_answers() {
        let text = rows(
            |rows, out| {
                rows.failure(out, failure("a")).unwrap();
                rows.records(out, &[fields("b")]).unwrap();
                rows.failure(out, failure("c")).unwrap();
            },
            true,
        );
        let expected = "series,date,forecast,error\n\
                        a,,,\"a.csv: no such file, or so\"\n\
                        b,,1.5,\n\
                        c,,,\"c.csv: no such file, or so\"\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn where_none_was_answered_there_are_two_columns() {
        let text = rows(|rows, out| rows.failure(out, failure("a")).unwrap(), true);
        assert_eq!(text, "series,error\na,\"a.csv: no such file, or so\"\n");
    }

    #[test]
    fn one_series_has_no_column_for_errors() {
        let text = rows(|rows, out| rows.records(out, &[fields("a"), fields("a")]).unwrap(), false);
        assert_eq!(text, "series,date,forecast\na,,1.5\na,,1.5\n");
    }

    #[test]
    fn an_object_has_the_help() {
        let mut out = Vec::new();
        failure_as_json(&mut out, &Failure { help: Some("check it".into()), ..failure("a") }).unwrap();
        let expected = "{\"series\":\"a\",\"error\":\"a.csv: no such file, or so\",\"help\":\"check it\"}\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
