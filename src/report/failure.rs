//! A series that failed while others did not, and the rows of csv with a column for its error.

use std::io::{self, Write};

use serde::Serialize;

use super::record::{Record, cell, record, write_json};

/// A series of several that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The series; the file's name without its endings where the file cannot be read; none where the run was ended.
    pub series: Option<String>,
    /// What is wrong, in a line.
    pub error: String,
    /// How to fix it.
    pub help: Option<String>,
}

/// An object in the place of the series' results.
///
/// # Errors
/// Any error of writing.
pub fn failure_as_json(out: &mut dyn Write, failure: &Failure) -> io::Result<()> {
    write_json(out, &[record(failure)?])
}

/// Empty lines in the place of the series' values, so that lines and series correspond.
///
/// # Errors
/// Any error of writing.
pub fn failure_as_values(out: &mut dyn Write, lines: usize) -> io::Result<()> {
    out.write_all("\n".repeat(lines).as_bytes())
}

/// Rows of csv, added a series at a time under one header.
///
/// With several series the last column is `error`, empty in the rows of results. The row of a series that failed has
/// its name, its error, and empty cells between.
#[derive(Debug, Default)]
pub struct CsvRows {
    many: bool,
    /// Columns of the header, once it is written.
    columns: Option<usize>,
    /// Rows of results so far.
    rows: usize,
    /// Failures before the first answer: the columns are not known yet.
    waiting: Vec<Failure>,
}

impl CsvRows {
    /// For the results of one series, or of many.
    pub fn of(many: bool) -> CsvRows {
        CsvRows { many, ..CsvRows::default() }
    }

    /// Rows of results so far, without those of series that failed.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Writes the rows of a series, which have the same fields as all others.
    ///
    /// # Errors
    /// Any error of writing.
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

    /// Writes the row of a series that failed, or keeps it until the columns are known.
    ///
    /// # Errors
    /// Any error of writing.
    pub fn failure(&mut self, out: &mut dyn Write, failure: Failure) -> io::Result<()> {
        match self.columns {
            Some(columns) => write_failure(out, &failure, columns),
            None => {
                self.waiting.push(failure);
                Ok(())
            }
        }
    }

    /// Writes what waits. Where no series was answered the columns are `series` and `error`.
    ///
    /// # Errors
    /// Any error of writing.
    pub fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if self.waiting.is_empty() { Ok(()) } else { self.header(out, ["series"].into_iter()) }
    }

    fn header<'a>(&mut self, out: &mut dyn Write, names: impl Iterator<Item = &'a str>) -> io::Result<()> {
        let names: Vec<&str> = names.chain(self.many.then_some("error")).collect();
        let mut csv = csv::Writer::from_writer(&mut *out);
        csv.write_record(&names)?;
        csv.flush()?;
        drop(csv);
        self.columns = Some(names.len());
        std::mem::take(&mut self.waiting).iter().try_for_each(|failure| write_failure(out, failure, names.len()))
    }
}

/// The error of the output itself: whoever reads of it, `head` say, may have closed it, which is not a failure.
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

fn write_failure(out: &mut dyn Write, failure: &Failure, columns: usize) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    let between = std::iter::repeat_n("", columns.saturating_sub(2));
    csv.write_record(
        std::iter::once(failure.series.as_deref().unwrap_or_default()).chain(between).chain([&*failure.error]),
    )?;
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
