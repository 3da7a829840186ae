//! Several series in one run: prints the results or the error of each, in order, as soon as they are known.

use std::io::{self, IsTerminal, Write};
use std::path::Path;

use anyhow::Result;

use super::options::Format;
use super::output_args::Output;
use super::results::{ResultFile, ResultWriter};
use super::some_failed::SomeFailed;
use super::{CliError, output, print_error};
use crate::fleet::manifest::{Entry, checksum_of};
use crate::fleet::shard::Shard;
use crate::report::{self, CsvRows, SeriesBar, Terminal};

/// Writes the results of a run, and counts the series with results and those that failed.
///
/// If the only series fails, its error ends the run. The error of one of several series is printed at once and, if the
/// format allows it, replaces the series' results on standard output; the run continues.
pub struct Answers<'a> {
    output: &'a Output,
    /// Number of lines per series with `--format value`.
    lines: usize,
    csv: CsvRows,
    many: bool,
    answered: usize,
    failed: usize,
    /// The help of the last error printed.
    last_help: Option<String>,
    /// Whether standard output is a closed pipe.
    closed: bool,
    /// The progress bar, on a terminal.
    bar: SeriesBar,
    /// Number of series known so far, plus the files that are not read yet.
    total: usize,
    /// The file for the results, instead of standard output.
    file: Option<ResultWriter<'a>>,
    /// The shard of the run; `None` for all series.
    shard: Option<Shard>,
    /// The current series, and its position in the input, from 1.
    current: (String, usize),
}

impl<'a> Answers<'a> {
    /// Creates the answers of a run over `files` files.
    pub fn of(files: usize, output: &'a Output, lines: usize) -> Self {
        let many = files > 1;
        Answers {
            output,
            lines,
            csv: CsvRows::of(many),
            many,
            answered: 0,
            failed: 0,
            last_help: None,
            closed: false,
            bar: SeriesBar::new(false),
            total: files,
            file: None,
            shard: None,
            current: (String::new(), 0),
        }
    }

    /// Adds a progress bar, on a terminal and without `-q`.
    pub fn with_progress(self) -> Self {
        let bar = SeriesBar::new(!self.output.quiet && io::stderr().is_terminal());
        Answers { bar, ..self }
    }

    /// Shows the progress once it is known that there are several series.
    fn show_progress(&self) {
        if self.many {
            self.bar.observe(self.answered + self.failed, self.total);
        }
    }

    /// Writes the results to a file, if one is given.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn into_file(self, file: Option<&'a ResultFile>) -> Result<Self, CliError> {
        let shard = file.and_then(ResultFile::shard);
        Ok(Answers { file: file.map(ResultFile::begin).transpose()?, shard, ..self })
    }

    /// Counts a series of another shard.
    pub fn pass(&mut self, series: &str) {
        self.takes(series);
        self.total = self.total.saturating_sub(1);
    }

    /// Counts a file from which nothing is used.
    pub fn leave_out(&mut self) {
        self.total = self.total.saturating_sub(1);
        self.show_progress();
    }

    /// Whether the next series of the input is in the shard.
    pub fn takes(&mut self, series: &str) -> bool {
        self.current = (series.to_owned(), self.current.1 + 1);
        self.shard.is_none_or(|shard| shard.contains(series))
    }

    /// Sets that there are several series, or that the only one is treated as one of several.
    pub fn expect_many(&mut self) {
        if !self.many {
            self.many = true;
            self.csv = CsvRows::of(true);
        }
    }

    /// Sets that the next file contains `series` series.
    pub fn expect(&mut self, series: usize) {
        if series > 1 {
            self.expect_many();
        }
        self.total += series.saturating_sub(1);
        self.show_progress();
    }

    /// Sets the number of lines per series with `--format value`.
    pub fn expect_lines(&mut self, lines: usize) {
        self.lines = lines;
    }

    /// Whether there are several series.
    pub fn is_many(&self) -> bool {
        self.many
    }

    /// Whether the results are shown with charts: on a terminal, for a single series.
    pub fn has_charts(&self) -> bool {
        let Output { format, quiet, .. } = self.output;
        *format == Format::Table && !quiet && !self.many && io::stdout().is_terminal()
    }

    /// Counts a series whose results are written later.
    pub fn count(&mut self) {
        self.answered += 1;
        self.show_progress();
    }

    /// Returns the number of series with results so far.
    pub fn answered(&self) -> usize {
        self.answered
    }

    /// Returns the number of series that failed so far.
    pub fn failed(&self) -> usize {
        self.failed
    }

    /// Whether standard output is a closed pipe.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// Writes the results of a series.
    pub fn answer(
        &mut self,
        write: impl FnOnce(&mut Terminal<'_>, Format, &mut CsvRows) -> io::Result<()>,
    ) -> Result<()> {
        self.answered += 1;
        self.show_progress();
        let format = self.output.format;
        let before = self.rows();
        self.print(|out, csv| write(out, format, csv))?;
        self.note_series(self.rows() - before, false);
        Ok(())
    }

    /// Records the model of the series whose results were written last, for the manifest of a shard.
    ///
    /// # Errors
    /// If the model cannot be read.
    pub fn note_model(&mut self, path: &Path) -> io::Result<()> {
        if let Some(file) = self.file.as_mut().filter(|_| self.shard.is_some()) {
            file.add_model(checksum_of(path)?.sha256);
        }
        Ok(())
    }

    /// Returns the number of rows in the file so far. Names can contain line breaks in csv, but not in json.
    fn rows(&self) -> usize {
        match &self.file {
            Some(file) if self.output.format == Format::Json => file.lines(),
            _ => self.csv.rows(),
        }
    }

    fn note_series(&mut self, rows: usize, failed: bool) {
        let (series, place) = self.current.clone();
        if let Some(file) = &mut self.file {
            file.add(Entry { place, series, rows, failed, model: None });
        }
    }

    /// Counts a series as failed and prints its error.
    ///
    /// # Errors
    /// The error itself if it is not a [`CliError`], or if the only series failed. In a shard, the only series has a
    /// row for its error too, because the shards of the run would otherwise never be complete.
    pub fn fail(&mut self, series: &str, error: impl Into<anyhow::Error>) -> Result<()> {
        let error = error.into();
        if !self.many && self.shard.is_none() {
            return Err(error);
        }
        self.expect_many();
        let error = error.downcast::<CliError>()?;
        self.print_failure(&error);
        self.write_failure(series, &error)
    }

    /// Counts one of several series as failed and prints its error, but does not write its row. If consecutive series
    /// fail with the same help, it is printed once.
    pub fn print_failure(&mut self, error: &CliError) {
        self.failed += 1;
        let repeated = self.last_help == error.help;
        self.last_help.clone_from(&error.help);
        let help = error.help.as_deref().filter(|_| !repeated);
        self.bar.print_above(|| print_error(&error.message, help));
        self.show_progress();
    }

    /// Writes the row of a series that failed.
    ///
    /// # Errors
    /// If standard output cannot be written.
    pub fn write_failure(&mut self, series: &str, error: &CliError) -> Result<()> {
        self.note_series(1, true);
        let failure = error.failure(Some(series));
        let (format, lines) = (self.output.format, self.lines);
        self.print(|out, csv| match format {
            Format::Table => Ok(()),
            Format::Csv => csv.failure(out, failure),
            Format::Json => report::failure_as_json(out, &failure),
            Format::Value => report::failure_as_values(out, lines),
        })
    }

    /// Writes what several series have in common.
    ///
    /// # Errors
    /// If standard output cannot be written.
    pub fn print(&mut self, write: impl FnOnce(&mut Terminal<'_>, &mut CsvRows) -> io::Result<()>) -> Result<()> {
        if self.closed {
            return Ok(());
        }
        if let Some(file) = &mut self.file {
            let written = write(&mut Terminal::exact(&mut *file), &mut self.csv);
            return Ok(written.map_err(|error| file.error(&error))?);
        }
        let (is_table, charts) = (self.output.format == Format::Table, !self.output.quiet);
        let csv = &mut self.csv;
        let print =
            || output::stdout((is_table, charts)).and_then(|mut out| write(&mut out, csv).and_then(|()| out.flush()));
        match self.bar.print_above(print) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self.closed = true,
            written => written?,
        }
        Ok(())
    }

    /// Prints a message above the bar.
    pub fn print_above(&self, print: impl FnOnce()) {
        self.bar.print_above(print);
    }

    /// Removes the bar.
    pub fn end_progress(&self) {
        self.bar.finish();
    }

    /// Ends the results of a run in which `answered` series have a common result.
    ///
    /// # Errors
    /// Those of [`finish`](Answers::finish).
    pub fn finish_with(mut self, answered: usize) -> Result<()> {
        self.answered = answered;
        self.finish()
    }

    /// Ends a run that was interrupted. Results on standard output remain; for several series, an error without a name
    /// states that there are no more. A file of results keeps its previous content, because the new results are
    /// incomplete.
    ///
    /// # Errors
    /// If standard output cannot be written.
    pub fn interrupt(mut self, message: &str) -> Result<()> {
        if self.file.is_some() {
            return Ok(());
        }
        let error =
            CliError { message: format!("stopped: {message}"), help: Some("run the same command again".into()) };
        let failure = error.failure(None);
        let (format, is_many) = (self.output.format, self.many);
        self.print(|out, csv| match format {
            Format::Json if is_many => report::failure_as_json(out, &failure),
            Format::Csv if is_many => csv.failure(out, failure).and_then(|()| csv.finish(out)),
            Format::Csv => csv.finish(out),
            _ => Ok(()),
        })
    }

    /// Ends the results.
    ///
    /// # Errors
    /// [`SomeFailed`] if some of several series, or all, failed.
    pub fn finish(mut self) -> Result<()> {
        if self.output.format == Format::Csv {
            self.print(|out, csv| csv.finish(out))?;
        }
        if let Some(file) = self.file {
            file.finish(self.current.1)?;
        }
        match self.shard {
            Some(_) => SomeFailed::of_part(self.answered, self.failed),
            None => SomeFailed::unless_none(self.answered, self.failed),
        }
    }
}
