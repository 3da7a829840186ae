//! A file of dates that are known ahead.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::covariates::Events;
use super::dates::DateForm;
use super::limits::MAX_COVARIATE;
use super::numbers::{self, Cell, DecimalMark};
use super::options::series_name;
use fourcast_base::words::shortened;

/// The maximum length of a file: about five million dates.
const MAX_BYTES: u64 = 64_000_000;

/// A file of events that could not be read.
#[derive(Debug, Error)]
pub enum EventsError {
    /// The path does not exist.
    #[error("{}: no such file", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The operating system reported an error.
    #[error("{}: cannot be read: {cause}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The error.
        cause: io::Error,
    },
    /// A line is not an event.
    #[error("{file}:{line}: cannot read '{found}' as {expected}")]
    Line {
        /// The file.
        file: String,
        /// The line, counted from 1.
        line: usize,
        /// The cell.
        found: String,
        /// What the cell should be.
        expected: &'static str,
    },
    /// The file is not a list of dates.
    #[error("{file}:{line}: {columns} columns, expected one or two: a date, and optionally a value")]
    Columns {
        /// The file.
        file: String,
        /// The line, counted from 1.
        line: usize,
        /// The number of its columns.
        columns: usize,
    },
    /// The file is too long.
    #[error("{}: longer than {} MB, expected a list of dates", path.display(), MAX_BYTES / 1_000_000)]
    Long {
        /// The file.
        path: PathBuf,
    },
    /// There is no date.
    #[error("{file}: no dates, expected one in each row")]
    Empty {
        /// The file.
        file: String,
    },
}

impl Events {
    /// Reads a CSV file: each row has a date (YYYY-MM-DD) and an optional value, under an optional header. A date
    /// without a value has the value 1.
    ///
    /// # Errors
    /// If the file cannot be read, a row has no date or a value that is no number, or there is no row.
    pub fn read(path: &Path) -> Result<Events, EventsError> {
        let path = path.to_owned();
        let failed = |cause: io::Error| match cause.kind() {
            io::ErrorKind::NotFound => EventsError::Missing { path: path.clone() },
            _ => EventsError::Io { path: path.clone(), cause },
        };
        let mut bytes = Vec::new();
        // A device can be endless.
        let file = File::open(&path).map_err(failed)?;
        file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(EventsError::Long { path: path.clone() });
        }
        Events::parse(&path.display().to_string(), &String::from_utf8_lossy(&bytes))
    }

    /// Reads events from memory. `file` is the name of the file in messages.
    ///
    /// # Errors
    /// The errors of [`Events::read`].
    pub fn parse(file: &str, text: &str) -> Result<Events, EventsError> {
        let mut days = Vec::new();
        let lines = text.trim_start_matches('\u{feff}').lines().enumerate();
        for (place, row) in lines.filter(|(_, row)| !row.trim().is_empty()) {
            let mut cells = row.split([',', ';', '\t']).map(|cell| cell.trim().trim_matches('"').trim());
            let (day, value) = (cells.next().unwrap_or_default(), cells.next().unwrap_or_default());
            let line = place + 1;
            let more = cells.filter(|cell| !cell.is_empty()).count();
            if more > 0 {
                return Err(EventsError::Columns { file: file.to_owned(), line, columns: 2 + more });
            }
            let wrong = |found: &str, expected| {
                Err(EventsError::Line { file: file.to_owned(), line, found: shortened(found), expected })
            };
            let Some(date) = DateForm::ISO.parse(day.as_bytes()) else {
                let is_header = place == 0 && !day.starts_with(|first: char| first.is_ascii_digit());
                if is_header {
                    continue;
                }
                return wrong(day, "a date (YYYY-MM-DD) from 1600 to 2200");
            };
            let value = match numbers::price(value.as_bytes(), DecimalMark::Point) {
                Cell::Value(value) if value.abs() <= MAX_COVARIATE => value,
                Cell::Value(_) => return wrong(value, "a number from -1e18 to 1e18"),
                _ if value.is_empty() => 1.0,
                _ => return wrong(value, "a number"),
            };
            days.push((date, value));
        }
        if days.is_empty() {
            return Err(EventsError::Empty { file: file.to_owned() });
        }
        Ok(Events { name: series_name(file), days })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_is_no_event_is_named() {
        let error = |text: &str| Events::parse("e.csv", text).unwrap_err().to_string();
        assert_eq!(
            error("date\n2024-01-02\nsoon\n"),
            "e.csv:3: cannot read 'soon' as a date (YYYY-MM-DD) from 1600 to 2200"
        );
        assert_eq!(error("02/01/2024\n"), "e.csv:1: cannot read '02/01/2024' as a date (YYYY-MM-DD) from 1600 to 2200");
        assert_eq!(error("2024-01-02,high\n"), "e.csv:1: cannot read 'high' as a number");
        assert_eq!(error("date\n"), "e.csv: no dates, expected one in each row");
        let columns = "e.csv:1: 3 columns, expected one or two: a date, and optionally a value";
        assert_eq!(error("Date,Open,High\n2024-01-02,1,2\n"), columns);
        assert!(error(&format!("date\n{}", "x".repeat(1000))).len() < 200);
        assert_eq!(error("2024-01-02,nan\n"), "e.csv:1: cannot read 'nan' as a number");
        let huge = "e.csv:2: cannot read '-1e300' as a number from -1e18 to 1e18";
        assert_eq!(error("2024-01-02,1e18\n2024-01-03,-1e300\n"), huge);
    }
}
