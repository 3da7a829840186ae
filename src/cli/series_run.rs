//! A run over the series of several files: prints results, errors and warnings in the order of the input.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Result;

use super::many::Answers;
use super::options::{Use, note_series};
use super::output_args::Output;
use super::results::ResultFile;
use super::unfound::Unfound;
use super::warnings::{CliWarning, Kind, Warnings};
use super::{CliError, warn};
use crate::fleet::{Event, SeriesDone};
use crate::model::model_path;
use crate::prices::{Column, FileWarnings, ReadError, Source, Understood, Warning};

/// The state of a run over all its series.
pub struct SeriesRun<'a> {
    output: &'a Output,
    to: Use,
    /// The results so far.
    pub answers: Answers<'a>,
    warnings: Warnings,
    /// The file of the current series.
    file: Option<FileAtHand>,
    /// The file of each series so far, if there are several files.
    files: Option<HashMap<String, Source>>,
    /// The folder of the models, if each series has a model with its name.
    models: Option<&'a Path>,
    /// A series that is requested by name.
    unfound: Unfound,
    sources: usize,
}

struct FileAtHand {
    source: Source,
    /// Number of series in the file.
    series: usize,
    columns: Vec<Column>,
    warnings: FileWarnings,
    /// Whether its series are left out because the file as a whole failed.
    is_refused: bool,
    /// Whether its warnings are not printed because they are errors.
    is_strict: bool,
    /// Whether its first series is done; the result of that series contains the warnings about the whole file. A series
    /// of another shard counts, so that merged shards contain them once; so does one that failed, because other shards
    /// cannot know of the failure.
    is_begun: bool,
}

/// The result of a series, with its warnings.
pub struct Answered<T> {
    /// The file, and the series if the file contains several.
    pub place: String,
    /// The result.
    pub value: T,
    /// The warnings about the series; for the first series of a file, also those about the whole file.
    pub warnings: Vec<String>,
}

impl<'a> SeriesRun<'a> {
    /// Creates a run over `count` files, with `lines` lines per series with `--format value`.
    pub fn new(count: usize, (output, to): (&'a Output, Use), lines: usize) -> Self {
        let answers = Answers::of(count, output, lines).with_progress();
        let files = (count > 1).then(HashMap::new);
        SeriesRun {
            output,
            to,
            answers,
            warnings: Warnings::default(),
            file: None,
            files,
            models: None,
            unfound: Unfound::default(),
            sources: count,
        }
    }

    /// Treats the only series as one of several, with a row of its own.
    pub fn with_many_series(mut self) -> Self {
        self.answers.expect_many();
        self
    }

    /// Sets the folder, if there is one, that contains a model for each series under its name. A second series with the
    /// same name is then an error.
    pub fn with_models(self, models: Option<&'a Path>) -> Self {
        SeriesRun { models, ..self }
    }

    /// Writes the results to a file, if one is given.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn into_file(self, file: Option<&'a ResultFile>) -> Result<Self, CliError> {
        Ok(SeriesRun { answers: self.answers.into_file(file)?, ..self })
    }

    /// Adds a warning about a series that is known only at the end of the run.
    pub fn warn_of(&mut self, place: &str, series: &str, warning: CliWarning) {
        match self.output.quiet {
            true => {}
            false if self.answers.is_many() => self.warnings.add(place, series, warning),
            false => warn(&format!("{place}: {}", warning.text), warning.hint.as_deref()),
        }
    }

    /// Counts a series of another shard.
    fn pass(&mut self, name: &str) {
        if let Some(file) = self.file.as_mut().filter(|file| !file.is_refused) {
            file.is_begun = true;
            self.answers.pass(name);
        }
    }

    /// Begins the series of a file that has been read.
    ///
    /// # Errors
    /// With `--strict`, the error of warnings about the whole of a file with several series.
    fn opened(
        &mut self,
        source: Source,
        series: usize,
        (understood, warnings): (Understood, FileWarnings),
    ) -> Result<(), CliError> {
        self.close_file();
        self.unfound.is_found = true;
        self.answers.expect(series);
        let of_file: Vec<CliWarning> = warnings.of_file().iter().map(CliWarning::from).collect();
        let refused = CliWarning::as_error(&source.to_string(), &of_file.iter().collect::<Vec<_>>())
            .filter(|_| self.output.strict && series > 1);
        let (is_refused, is_strict) = (refused.is_some(), self.output.strict);
        self.file = Some(FileAtHand {
            source,
            series,
            columns: understood.columns,
            warnings,
            is_refused,
            is_strict,
            is_begun: false,
        });
        refused.map_or(Ok(()), Err)
    }

    /// Prints or collects the warnings of the file that was read last.
    pub fn close_file(&mut self) {
        let Some(file) = self.file.take() else { return };
        if file.is_refused || file.is_strict || self.output.quiet {
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

    /// Returns the name of the series or file of an event, with its result or error, after its warnings; `None` if
    /// there is nothing to print. `notes` returns the warnings about a result, `unreadable` the error of a file or a
    /// series that cannot be read.
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
            Event::Unreadable { error, .. } if self.unfound.takes(self.sources, &error) => {
                self.close_file();
                self.answers.leave_out();
                None
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

    /// Returns the name and the result of a series that was processed; `None` if its file failed as a whole.
    fn settle<T>(
        &mut self,
        done: SeriesDone<Result<T, CliError>>,
        unreadable: impl FnOnce(&ReadError, &Source) -> CliError,
        notes: impl FnOnce(&T) -> Vec<CliWarning>,
    ) -> Option<(String, Result<Answered<T>, CliError>)> {
        let SeriesDone { name, rows, span, warnings, result } = done;
        let file = self.file.as_mut().filter(|file| !file.is_refused)?;
        let place = file.place(&name);
        let of_file = file.take_warnings_of_file(self.to);
        // For the only series of a test, this was printed before the test.
        let is_printed = self.to == Use::Fit && !self.answers.is_many();
        if let Some(span) = span.filter(|_| self.output.verbose && !is_printed) {
            note_series(&file.source.to_string(), &file.columns, &name, rows, span);
        }
        let of_rows = file.warnings_of(&warnings, self.to);
        let result = result.unwrap_or_else(|error| Err(unreadable(&error, &file.source)));
        // With --strict the warnings are the error of a series, unless it has another error.
        if rows > 0 && (!self.output.strict || result.is_err()) {
            file.is_strict = false;
            file.warnings.add(&name, warnings);
        }
        if !self.answers.is_many() {
            // Printed before the result or its error.
            self.close_file();
        }
        let other = self.other_file(&name);
        let answered = result.and_then(|value| {
            let of_two_files = other.map(|other| self.of_two_files((&name, &place), &other)).transpose()?;
            let own = of_two_files.into_iter().flatten().chain(notes(&value)).collect();
            let answered = self.answered((&name, place), (of_rows, own), value)?;
            Ok(Answered { warnings: of_file.into_iter().chain(answered.warnings).collect(), ..answered })
        });
        Some((name, answered))
    }

    /// Returns a result with its warnings: those of its rows, which are printed with those of the file, and others.
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

    /// Prints a warning about a series, or collects it if there are several series.
    fn warn(&mut self, place: &str, series: &str, warning: CliWarning) {
        match (self.output.quiet, self.answers.is_many()) {
            (true, _) => {}
            (false, true) => self.warnings.add(place, series, warning),
            (false, false) => warn(&format!("{place}: {}", warning.text), warning.hint.as_deref()),
        }
    }

    /// Returns the first file with a series of that name, if it is not the current file.
    fn other_file(&mut self, name: &str) -> Option<Source> {
        let (files, file) = (self.files.as_mut()?, self.file.as_ref()?);
        let other = files.entry(name.to_owned()).or_insert_with(|| file.source.clone());
        (*other != file.source).then(|| other.clone())
    }

    /// Returns the warning that a series of another file has the same name.
    ///
    /// # Errors
    /// If each series has a model under its name, because both series would have the same model.
    fn of_two_files(&self, (name, place): (&str, &str), other: &Source) -> Result<Option<CliWarning>, CliError> {
        let text = format!("a series of {other} is called '{name}' too");
        let Some(folder) = self.models else { return Ok(Some(CliWarning::new(Kind::TwoFiles, text))) };
        let model = model_path(folder, name);
        let message = format!("{place}: {text}, and {} is the model of one of them", model.display());
        let help = "rename one of the two series, or run each file by itself with a folder of models of its own";
        Err(CliError { message, help: Some(help.into()) })
    }

    /// Prints what remains to be printed, and ends the results.
    ///
    /// # Errors
    /// Those of [`Answers::finish`], and the error of a requested series that no file contains.
    pub fn finish(mut self) -> Result<()> {
        self.end();
        match self.unfound.error() {
            Some(error) if self.answers.failed() == 0 => return Err(error.into()),
            Some(error) => error.print(),
            None => {}
        }
        self.answers.finish()
    }

    /// Ends a run that was interrupted.
    ///
    /// # Errors
    /// Those of [`Answers::interrupt`].
    pub fn interrupt(mut self, message: &str) -> Result<()> {
        self.end();
        self.answers.interrupt(message)
    }

    fn end(&mut self) {
        self.answers.end_progress();
        self.close_file();
        self.warnings.print();
    }
}

impl FileAtHand {
    /// Returns the place named in messages about a series.
    fn place(&self, series: &str) -> String {
        if self.series > 1 { format!("{}: {series}", self.source) } else { self.source.to_string() }
    }

    /// Returns the warnings about the whole of a file with several series, for the first of them; none for the others.
    fn take_warnings_of_file(&mut self, to: Use) -> Vec<String> {
        if self.series < 2 || std::mem::replace(&mut self.is_begun, true) {
            return Vec::new();
        }
        self.warnings.of_file().iter().filter(|warning| to.warns_of(warning)).map(ToString::to_string).collect()
    }

    /// Returns the warnings about the rows of a series, and those about the file if it has no other series.
    fn warnings_of(&self, warnings: &[Warning], to: Use) -> Vec<CliWarning> {
        let of_file = if self.series > 1 { &[] } else { self.warnings.of_file() };
        of_file.iter().chain(warnings).filter(|warning| to.warns_of(warning)).map(CliWarning::from).collect()
    }
}
