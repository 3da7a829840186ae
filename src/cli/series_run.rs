//! A run over the series of several files: results, errors and warnings in the order of the input.

use std::collections::HashMap;

use anyhow::Result;

use super::many::Answers;
use super::options::{Output, Use, note_series};
use super::results::ResultFile;
use super::warnings::{CliWarning, Kind, Warnings};
use super::{CliError, warn};
use crate::fleet::{Event, SeriesDone};
use crate::prices::{Column, FileWarnings, ReadError, Source, Understood, Warning};

/// What a run has in common over all its series.
pub struct SeriesRun<'a> {
    output: &'a Output,
    to: Use,
    /// The results so far.
    pub answers: Answers<'a>,
    warnings: Warnings,
    /// The file whose series are at hand.
    file: Option<FileAtHand>,
    /// The file of each series so far, where there are several files.
    files: Option<HashMap<String, Source>>,
}

struct FileAtHand {
    source: Source,
    /// How many series it holds.
    series: usize,
    columns: Vec<Column>,
    warnings: FileWarnings,
    /// Whether its series are left out, because it has failed as a whole.
    is_refused: bool,
}

/// The result of a series, with its warnings.
pub struct Answered<T> {
    /// The file, and the series if the file has several.
    pub place: String,
    /// The result.
    pub value: T,
    /// The warnings about the series.
    pub warnings: Vec<String>,
}

impl<'a> SeriesRun<'a> {
    /// Over so many files, with so many lines per series with `--format value`.
    pub fn new(files: usize, (output, to): (&'a Output, Use), lines: usize) -> Self {
        let answers = Answers::of(files, output, lines).with_progress();
        let files = (files > 1).then(HashMap::new);
        SeriesRun { output, to, answers, warnings: Warnings::default(), file: None, files }
    }

    /// The same with results that go to a file, if there is one.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn into_file(self, file: Option<&'a ResultFile>) -> Result<Self, CliError> {
        Ok(SeriesRun { answers: self.answers.into_file(file)?, ..self })
    }

    /// Counts a series that is in another shard.
    fn pass(&mut self, name: &str) {
        if self.file.as_ref().is_some_and(|file| !file.is_refused) {
            self.answers.pass(name);
        }
    }

    /// A file has been read.
    ///
    /// # Errors
    /// With `--strict`, that of warnings about the whole of a file of several series.
    fn opened(
        &mut self,
        source: Source,
        series: usize,
        (understood, warnings): (Understood, FileWarnings),
    ) -> Result<(), CliError> {
        self.close_file();
        self.answers.expect(series);
        let of_file: Vec<CliWarning> = warnings.of_file().iter().map(CliWarning::from).collect();
        let refused = CliWarning::as_error(&source.to_string(), &of_file.iter().collect::<Vec<_>>())
            .filter(|_| self.output.strict && series > 1);
        let is_refused = refused.is_some();
        self.file = Some(FileAtHand { source, series, columns: understood.columns, warnings, is_refused });
        refused.map_or(Ok(()), Err)
    }

    /// Takes up the warnings of the file that was read last.
    pub fn close_file(&mut self) {
        let Some(file) = self.file.take() else { return };
        if file.is_refused || self.output.quiet || self.output.strict {
            return;
        }
        let place = file.source.to_string();
        for warning in file.warnings.finish().iter().filter(|warning| self.to.warns_of(warning)) {
            let shown = CliWarning::from(warning);
            match self.answers.is_many() {
                true => self.warnings.add(&place, warning.series().unwrap_or(&place), shown),
                false => warn(&format!("{place}: {}", shown.text), shown.hint.as_deref()),
            }
        }
    }

    /// The name of the series or the file of an event, and its result or its error, after its warnings; none where there is
    /// nothing to print. `notes` are the warnings about a result, `unreadable` words the error of a file or a series that
    /// cannot be read.
    pub fn take<T>(
        &mut self,
        event: Event<Result<T, CliError>>,
        unreadable: impl FnOnce(&ReadError, &Source) -> CliError,
        notes: impl FnOnce(&T) -> Vec<CliWarning>,
    ) -> Option<(String, Result<Answered<T>, CliError>)> {
        match event {
            Event::Opened { source, series, understood, warnings } => {
                let name = source.series_name();
                let opened = self.opened(source, series, (*understood, warnings));
                opened.err().map(|error| (name, Err(error)))
            }
            Event::Unreadable { source, error } => {
                self.close_file();
                Some((source.series_name(), Err(unreadable(&error, &source))))
            }
            Event::Passed { name } => {
                self.pass(&name);
                None
            }
            Event::Done(done) => self.settle(*done, unreadable, notes),
        }
    }

    /// The same of a series that was worked on; none of a file that has failed as a whole.
    fn settle<T>(
        &mut self,
        done: SeriesDone<Result<T, CliError>>,
        unreadable: impl FnOnce(&ReadError, &Source) -> CliError,
        notes: impl FnOnce(&T) -> Vec<CliWarning>,
    ) -> Option<(String, Result<Answered<T>, CliError>)> {
        let SeriesDone { name, rows, span, warnings, result } = done;
        let file = self.file.as_mut().filter(|file| !file.is_refused)?;
        let place = file.place(&name);
        // That of the only series that is tested has been printed before the test.
        let is_printed = self.to == Use::Fit && !self.answers.is_many();
        if let Some(span) = span.filter(|_| self.output.verbose && !is_printed) {
            note_series((&file.source.to_string(), &file.columns), (&name, rows), span);
        }
        let of_rows = file.warnings_of(&warnings, self.to);
        let result = result.unwrap_or_else(|error| Err(unreadable(&error, &file.source)));
        if rows > 0 {
            file.warnings.add(&name, rows, warnings);
        }
        if !self.answers.is_many() {
            // Before the result, or its error.
            self.close_file();
        }
        let answered = result.and_then(|value| {
            let own = [self.of_two_files(&name), notes(&value)].concat();
            self.answered((&name, place), (of_rows, own), value)
        });
        Some((name, answered))
    }

    /// A result with its warnings: those of its rows, which are printed with those of the file, and others.
    ///
    /// # Errors
    /// With `--strict`, the warnings.
    fn answered<T>(
        &mut self,
        (name, place): (&str, String),
        (of_rows, own): (Vec<CliWarning>, Vec<CliWarning>),
        value: T,
    ) -> Result<Answered<T>, CliError> {
        let all: Vec<&CliWarning> = of_rows.iter().chain(&own).collect();
        if let Some(error) = CliWarning::as_error(&place, &all).filter(|_| self.output.strict) {
            return Err(error);
        }
        let warnings = all.into_iter().map(|warning| warning.text.clone()).collect();
        own.into_iter().for_each(|warning| self.warn(&place, name, warning));
        Ok(Answered { place, value, warnings })
    }

    /// Prints a warning about a series, or takes it up if there are several.
    fn warn(&mut self, place: &str, series: &str, warning: CliWarning) {
        match (self.output.quiet, self.answers.is_many()) {
            (true, _) => {}
            (false, true) => self.warnings.add(place, series, warning),
            (false, false) => warn(&format!("{place}: {}", warning.text), warning.hint.as_deref()),
        }
    }

    /// The warning that a series of another file has the same name.
    fn of_two_files(&mut self, name: &str) -> Vec<CliWarning> {
        let (Some(files), Some(file)) = (&mut self.files, &self.file) else { return Vec::new() };
        let other = files.entry(name.to_owned()).or_insert_with(|| file.source.clone());
        if *other == file.source {
            return Vec::new();
        }
        vec![CliWarning::new(Kind::Named("two files"), format!("a series of {other} is called '{name}' too"))]
    }

    /// Prints what is left to print, and ends the results.
    ///
    /// # Errors
    /// As [`Answers::finish`].
    pub fn finish(mut self) -> Result<()> {
        self.end();
        self.answers.finish()
    }

    /// Ends a run that was interrupted.
    ///
    /// # Errors
    /// As [`Answers::interrupt`].
    pub fn interrupt(mut self) -> Result<()> {
        self.end();
        self.answers.interrupt()
    }

    fn end(&mut self) {
        self.answers.end_progress();
        self.close_file();
        self.warnings.print();
    }
}

impl FileAtHand {
    /// The place that messages about a series name.
    fn place(&self, series: &str) -> String {
        if self.series > 1 { format!("{}: {series}", self.source) } else { self.source.to_string() }
    }

    /// The warnings about the rows of a series; with those about the file if it has no other.
    fn warnings_of(&self, warnings: &[Warning], to: Use) -> Vec<CliWarning> {
        let of_file = if self.series > 1 { &[] } else { self.warnings.of_file() };
        of_file.iter().chain(warnings).filter(|warning| to.warns_of(warning)).map(CliWarning::from).collect()
    }
}
