//! A run over all series: writes each model and prints its row, and prints what concerns all models at the end.

use std::collections::BTreeSet;
use std::mem::Discriminant;
use std::ops::ControlFlow;

use anyhow::Result;

use super::warnings::{LastDay, behind};
use super::{Made, UpdateRequest};
use crate::cli::series_run::{Answered, SeriesRun};
use crate::cli::warnings::{CliWarning, Kind};
use crate::cli::{CliError, DriftPastLimit, note, warn};
use crate::fleet::Event;
use crate::model::UpdateRemark;
use crate::prices::{ReadError, Source};
use crate::report::{self, LateWarning, UpdatedModel, UpdatedModels, WithWarnings, change_in_words};
use crate::words::counted;

/// A run over all series.
pub(super) struct Run<'a> {
    request: &'a UpdateRequest,
    series: SeriesRun<'a>,
    /// The rows of a table of several series, which is written at the end.
    rows: Vec<UpdatedModel>,
    /// The series found in the files.
    found: BTreeSet<String>,
    /// The last day of each series that was updated, with its file.
    last_days: Vec<LastDay>,
    /// The models whose intervals changed too much.
    drifted: Vec<String>,
    /// Notes that are not warnings: the first of each kind, and their number.
    notes: Vec<(Discriminant<UpdateRemark>, String, usize)>,
}

impl<'a> Run<'a> {
    pub fn new(request: &'a UpdateRequest, series: SeriesRun<'a>) -> Self {
        Run {
            request,
            series,
            rows: Vec::new(),
            found: BTreeSet::new(),
            last_days: Vec::new(),
            drifted: Vec::new(),
            notes: Vec::new(),
        }
    }

    pub fn take(&mut self, event: Event<Result<Made, CliError>>) -> Result<ControlFlow<()>> {
        let UpdateRequest { model, typed, .. } = self.request;
        let unreadable = |error: &ReadError, source: &Source| model.unreadable(error, source, typed);
        let taken = self.series.take(event, unreadable, |made: &Made| made.warnings.clone());
        match taken {
            Some((name, Ok(answered))) => {
                self.found.insert(name.clone());
                self.write(&name, answered)?;
            }
            Some((name, Err(error))) => {
                self.found.insert(name.clone());
                self.fail(&name, error)?;
            }
            None => {}
        }
        Ok(ControlFlow::Continue(()))
    }

    fn fail(&mut self, name: &str, error: CliError) -> Result<()> {
        self.series.answers.takes(name);
        if !self.waits() {
            return self.series.answers.fail(name, error);
        }
        // A table has no row for it.
        self.series.answers.print_failure(&error);
        Ok(())
    }

    /// Whether results are printed at the end, because a table is written as a whole.
    fn waits(&self) -> bool {
        self.series.answers.is_many() && self.request.output.format == report::Format::Table
    }

    /// Writes a model and its row.
    fn write(&mut self, name: &str, answered: Answered<Made>) -> Result<()> {
        let Answered { place, value: made, warnings } = answered;
        for (kind, text) in &made.notes {
            match self.notes.iter_mut().find(|(known, ..)| known == kind) {
                Some((_, _, count)) => *count += 1,
                None => self.notes.push((*kind, text.clone(), 1)),
            }
        }
        let (written, sha256) = match self.request.write(&made) {
            Ok(file) => file,
            Err(error) => return self.fail(name, error),
        };
        let path = self.request.save_as.as_deref().unwrap_or(&made.path);
        let row = UpdatedModel::new(path, &made.series, &made.updated, (written, sha256.as_deref()));
        if let Some((_, _, drift)) = made.updated.changed.as_ref().filter(|_| !written) {
            let change = change_in_words(drift.change());
            self.drifted.push(format!("{}: the 90 % interval is {change}", made.path.display()));
        }
        self.last_days.extend(made.last.map(|last| LastDay { place, series: made.series.clone(), last }));
        self.series.answers.takes(name);
        self.print(row, warnings)
    }

    /// Prints a row, immediately or at the end.
    fn print(&mut self, row: UpdatedModel, warnings: Vec<String>) -> Result<()> {
        if self.waits() {
            self.series.answers.count();
            self.rows.push(row);
            return Ok(());
        }
        // The warnings about a single series are printed only on standard error.
        let warnings = if self.series.answers.is_many() { &warnings[..] } else { &[] };
        let row = WithWarnings { report: &row, warnings };
        self.series.answers.answer(|out, format, csv| report::write(&row, format, out, csv))
    }

    /// Warns of series that end before the others, and of models without a series. With `--strict`, the first such
    /// warning is an error, after the models are written.
    fn warn_of_series(&mut self) -> Result<Option<CliError>> {
        let (mut strict, mut late) = (None, Vec::new());
        for (place, series, warning) in behind(&self.last_days) {
            let message = format!("{place}: {}", warning.text);
            if self.request.output.strict {
                strict.get_or_insert_with(|| CliWarning::strict(message, warning.hint.clone()));
                continue;
            }
            late.push(LateWarning { series: series.clone(), warning: warning.text.clone() });
            self.series.warn_of(&place, &series, warning);
        }
        for (series, path) in self.request.models_without(&self.found)? {
            let warning = CliWarning {
                hint: Some("name the file that has it, or remove the model if the series has ended".into()),
                ..CliWarning::new(Kind::NoRows, "has no rows in these files".into())
            };
            if self.request.output.strict {
                let message = format!("{}: the model of '{series}' has no rows in these files", path.display());
                self.fail(&series, CliWarning::strict(message, warning.hint))?;
                continue;
            }
            let row = UpdatedModel::without_rows(&path, &series);
            self.series.answers.takes(&series);
            self.print(row, vec![warning.text.clone()])?;
            self.series.warn_of(&format!("{}: '{series}'", path.display()), &series, warning);
        }
        if self.request.output.format == report::Format::Json && self.series.answers.is_many() {
            let json = report::Format::Json;
            late.iter().try_for_each(|one| self.series.answers.print(|out, csv| report::write(one, json, out, csv)))?;
        }
        Ok(strict)
    }

    /// Writes the table of collected rows.
    fn print_rows(&mut self) -> Result<()> {
        let table = UpdatedModels(&self.rows);
        if self.rows.is_empty() { Ok(()) } else { self.series.answers.print(|out, _| table.write(out)) }
    }

    pub fn finish(mut self) -> Result<()> {
        for (_, first, count) in self.notes.iter().filter(|_| !self.request.output.quiet) {
            match count - 1 {
                0 => note(first),
                more => note(&format!("{first} (and {more} more series)")),
            }
        }
        let strict = self.warn_of_series()?;
        self.print_rows()?;
        if let Err(error) = self.series.finish().and(strict.map_or(Ok(()), |error| Err(error.into()))) {
            // The exit code is that of failed series.
            self.drifted.iter().for_each(|drifted| warn(&format!("{drifted}: the model is not written"), None));
            return Err(error);
        }
        let max = self.request.max_drift.unwrap_or_default();
        match &self.drifted[..] {
            [] => Ok(()),
            [one] => Err(DriftPastLimit(format!("{one}, past --max-drift {max}: the model is not written")).into()),
            [first, more @ ..] => {
                let more = counted(more.len(), "more model");
                let message = format!("{first}, past --max-drift {max}; {more} too: these are not written");
                Err(DriftPastLimit(message).into())
            }
        }
    }
}
