//! A series that failed among others that did not, and the rows of csv that have a place for it.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::forecast::{cell, write_json};

/// A series of several that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The series; the file's name without its endings where the file cannot be read.
    pub series: String,
    /// What is wrong, in a line.
    pub error: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Failure {
    /// Names and values in the order in which json prints them.
    pub(super) fn fields(&self) -> Map<String, Value> {
        let fields = json!({"series": self.series, "error": self.error, "help": self.help});
        if let Value::Object(fields) = fields { fields } else { Map::new() }
    }
}

/// An object in the place of the series' own.
///
/// # Errors
/// Whatever writing gives.
pub fn failure_as_json(out: &mut dyn Write, failure: &Failure) -> io::Result<()> {
    write_json(out, &[failure.fields()])
}

/// Empty lines in the place of the series' values, so that lines and series still correspond.
///
/// # Errors
/// Whatever writing gives.
pub fn failure_as_values(out: &mut dyn Write, lines: usize) -> io::Result<()> {
    out.write_all("\n".repeat(lines).as_bytes())
}

/// Rows of csv that come a series at a time, under one header.
///
/// Where several series were asked for, the last column is `error`: empty in the rows of a series that was answered.
/// The row of one that failed has its name, its error, and nothing between.
#[derive(Debug, Default)]
pub struct CsvRows {
    many: bool,
    /// Columns of the header, once it is written.
    columns: Option<usize>,
    /// Failures before the first answer: the columns are not known yet.
    waiting: Vec<Failure>,
}

impl CsvRows {
    /// For the results of one series, or of many.
    pub fn of(many: bool) -> CsvRows {
        CsvRows { many, ..CsvRows::default() }
    }

    /// Writes the rows of a series, which have the same fields as all others.
    ///
    /// # Errors
    /// Whatever writing gives.
    pub(super) fn records(&mut self, out: &mut dyn Write, records: &[Map<String, Value>]) -> io::Result<()> {
        let Some(first) = records.first() else { return Ok(()) };
        if self.columns.is_none() {
            self.header(out, first.keys().map(String::as_str))?;
        }
        let mut csv = csv::Writer::from_writer(out);
        for record in records {
            let error = self.many.then(String::new);
            csv.write_record(record.values().map(cell).chain(error))?;
        }
        csv.flush()
    }

    /// Writes the row of a series that failed, or keeps it until the columns are known.
    ///
    /// # Errors
    /// Whatever writing gives.
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
    /// Whatever writing gives.
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

fn write_failure(out: &mut dyn Write, failure: &Failure, columns: usize) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    let between = std::iter::repeat_n("", columns.saturating_sub(2));
    csv.write_record(std::iter::once(&*failure.series).chain(between).chain([&*failure.error]))?;
    csv.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(series: &str) -> Failure {
        Failure { series: series.into(), error: format!("{series}.csv: no such file, or so"), help: None }
    }

    fn record(series: &str) -> Map<String, Value> {
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
                rows.records(out, &[record("b")]).unwrap();
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
        let text = rows(|rows, out| rows.records(out, &[record("a"), record("a")]).unwrap(), false);
        assert_eq!(text, "series,date,forecast\na,,1.5\na,,1.5\n");
    }

    #[test]
    fn an_object_says_what_to_do() {
        let mut out = Vec::new();
        failure_as_json(&mut out, &Failure { help: Some("check it".into()), ..failure("a") }).unwrap();
        let expected = "{\"series\":\"a\",\"error\":\"a.csv: no such file, or so\",\"help\":\"check it\"}\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
