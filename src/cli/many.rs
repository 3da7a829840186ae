//! Several series in one run: each is answered, or its error told, in order and as they come.

use std::io::{self, Write};

use anyhow::Result;

use super::options::{Format, Output};
use super::{CliError, output};
use crate::report::{self, CsvRows, Terminal};

/// Some of several series failed; each has been told.
#[derive(Debug, thiserror::Error)]
#[error("{failed} of {asked} series failed")]
pub struct SomeFailed {
    asked: usize,
    failed: usize,
}

impl SomeFailed {
    /// The outcome of a run.
    ///
    /// # Errors
    /// If a series failed.
    pub fn unless_none(answered: usize, failed: usize) -> Result<()> {
        if failed == 0 { Ok(()) } else { Err(SomeFailed { asked: answered + failed, failed }.into()) }
    }

    /// Whether no series was answered.
    pub fn is_all(&self) -> bool {
        self.failed == self.asked
    }
}

/// Where the results of a run go, and what became of the series so far.
///
/// An error of the only series ends the run. One of several is told at once on standard error, takes the place of
/// the series' results on standard output as far as the format has one, and the next series is tried.
pub struct Answers<'a> {
    output: &'a Output,
    /// Lines that `--format value` has for a series.
    lines: usize,
    csv: CsvRows,
    many: bool,
    answered: usize,
    failed: usize,
    /// Whether the reader of standard output has seen enough.
    closed: bool,
}

impl<'a> Answers<'a> {
    /// For a run over so many files.
    pub fn of(files: usize, output: &'a Output, lines: usize) -> Self {
        let many = files > 1;
        Answers { output, lines, csv: CsvRows::of(many), many, answered: 0, failed: 0, closed: false }
    }

    /// A file holds so many series.
    pub fn expect(&mut self, series: usize) {
        if series > 1 && !self.many {
            self.many = true;
            self.csv = CsvRows::of(true);
        }
    }

    /// How many series have been answered.
    pub fn answered(&self) -> usize {
        self.answered
    }

    /// Whether nobody reads standard output any more.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// Writes the results of a series.
    pub fn answer(
        &mut self,
        write: impl FnOnce(&mut Terminal<'_>, Format, &mut CsvRows) -> io::Result<()>,
    ) -> Result<()> {
        self.answered += 1;
        let format = self.output.format();
        self.print(|out, csv| write(out, format, csv))
    }

    /// Tells that a series failed. The error of the only one is returned, and so is one that is no fault of a
    /// series.
    pub fn fail(&mut self, series: &str, error: impl Into<anyhow::Error>) -> Result<()> {
        let error = error.into();
        if !self.many {
            return Err(error);
        }
        let told = error.downcast::<CliError>()?;
        self.failed += 1;
        told.tell();
        let failure = told.failure(series);
        let (format, lines) = (self.output.format(), self.lines);
        self.print(|out, csv| match format {
            Format::Table => Ok(()),
            Format::Csv => csv.failure(out, failure),
            Format::Json => report::failure_as_json(out, &failure),
            Format::Value => report::failure_as_values(out, lines),
        })
    }

    fn print(&mut self, write: impl FnOnce(&mut Terminal<'_>, &mut CsvRows) -> io::Result<()>) -> Result<()> {
        if self.closed {
            return Ok(());
        }
        let stdout = output::stdout(self.output.format() == Format::Table);
        match stdout.and_then(|mut out| write(&mut out, &mut self.csv).and_then(|()| out.flush())) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self.closed = true,
            written => written?,
        }
        Ok(())
    }

    /// Ends the results.
    ///
    /// # Errors
    /// [`SomeFailed`] if some series did, or all of several.
    pub fn finish(mut self) -> Result<()> {
        if self.output.format() == Format::Csv {
            self.print(|out, csv| csv.finish(out))?;
        }
        SomeFailed::unless_none(self.answered, self.failed)
    }
}
