//! `fourcast backtest`: tests forecasts of past days against baselines.

mod args;
mod outcome;

use std::io::{self, IsTerminal, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;

use anyhow::Result;

pub use args::{Args, baselines_help, conflicts, scored_levels, skill};
use args::{BacktestRequest, Forecasters, Subject};
use outcome::check_audit;
pub use outcome::warnings_of;

use super::chosen_model::note_of;
use super::covariates::{missing_column, unreadable};
use super::gate::{Gate, Gates};
use super::interrupt::{self, Interrupted, Stoppable};
use super::options::{Format, Use, note_series, place_of, unlike_model};
use super::pages::Pages;
use super::results::ResultFile;
use super::series_run::{Answered, SeriesRun};
use super::typed_options::TypedOptions;
use super::warnings::CliWarning;
use super::{CliError, leak, note};
use crate::eval::backtest::{self, BacktestError, BacktestProgress, CutSeries, SilentBacktest};
use crate::fleet::{Event, Inputs, Workers, each_series};
use crate::prices::{self, Column, History, OneSeries, PriceFile, PriceSeries, Problem, ReadError, Source};
use crate::report::page::{chart_of_backtest, page_of_backtest};
use crate::report::{self, DaysAsCsv, FitBar, Tested, WithWarnings, name_of_failed};
use crate::words::counted;

/// Runs the subcommand: prints each series as soon as it and those before it are tested. If the only series fails,
/// nothing is written to standard output.
pub fn run(args: Args, options: TypedOptions) -> Result<()> {
    let request = args.resolve(options)?;
    let results = request.results.as_ref();
    if let Some(outcome) = results.and_then(|file| file.finished(request.output.quiet, |_| None)) {
        return outcome;
    }
    if let Subject::Recipe(recipe) = &request.subject {
        recipe.warn_of_far_day(&request.output)?;
    }
    let workers = Workers::new(request.threads)?;
    let mut run = Run {
        request: &request,
        series: SeriesRun::new(request.sources.len(), (&request.output, Use::Fit), 1)
            .with_models(request.subject.models())
            .into_file(results)?,
        days: create_forecasts(&request)?,
        gates: Gates::new(request.output.quiet),
        pages: Pages::new(&request.pages),
        has_tables: false,
        stopped: None,
        has_noted_model: false,
    };
    let work = |file: &FileOfTest, one: OneSeries| request.test(one, file);
    let inputs = Inputs { sources: &request.sources, shard: results.and_then(ResultFile::shard) };
    each_series(&workers, inputs, |source| request.open(source), work, |event| run.take(event))?;
    run.finish()
}

/// What the test of a series requires of its file in addition to the rows.
struct FileOfTest {
    columns: Vec<Column>,
    /// The text of the file, if an audit has to read it again.
    history: Option<History>,
}

/// Creates the file of the test days, if it is requested.
fn create_forecasts(request: &BacktestRequest) -> Result<Option<DaysAsCsv>, CliError> {
    let baselines = match request.forecasts_of {
        Forecasters::Model => &[][..],
        Forecasters::All => &request.settings.baselines,
    };
    let create =
        |path: &PathBuf| DaysAsCsv::create(path, baselines).map_err(|error| CliError::cannot_write(path, &error));
    request.forecasts.as_ref().map(create).transpose()
}

/// A series that has been tested.
struct Outcome {
    tested: Tested,
    warnings: Vec<CliWarning>,
    series: PriceSeries,
    /// The note that the model was trained on another series.
    note: Option<String>,
}

/// A run over all series.
struct Run<'a> {
    request: &'a BacktestRequest,
    series: SeriesRun<'a>,
    /// The test days so far, if they are to be written.
    days: Option<DaysAsCsv>,
    gates: Gates,
    pages: Pages<'a>,
    /// Whether standard output contains a table or the message of a failed series.
    has_tables: bool,
    /// The message of the point at which Ctrl-C ended the run.
    stopped: Option<String>,
    /// Whether the note that the model is of another series was printed; it is printed once per run.
    has_noted_model: bool,
}

impl Run<'_> {
    /// Prints the outcome of an event. Breaks if the rest can be left out.
    fn take(&mut self, event: Event<Result<Outcome, CliError>>) -> Result<ControlFlow<()>> {
        let (subject, files) = (&self.request.subject, self.request.sources.len());
        let worded = |error: &ReadError, _: &Source| {
            let of_model = subject.model().and_then(|_| missing_column(error));
            of_model.unwrap_or_else(|| unreadable(error, files))
        };
        match self.series.take(event, worded, |one| one.warnings.clone()) {
            Some((_, Ok(answered))) => self.answer(answered)?,
            Some((_, Err(error))) if interrupt::is_stopped() => {
                self.stopped = Some(error.message);
                return Ok(ControlFlow::Break(()));
            }
            Some((name, Err(error))) => self.fail(&name, error)?,
            None => {}
        }
        Ok(if self.is_over() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }

    fn fail(&mut self, series: &str, error: CliError) -> Result<()> {
        if !self.series.answers.takes(series) {
            return Ok(());
        }
        let error = error.into();
        self.pages.fail(series, &error);
        self.series.answers.fail(series, error)?;
        if self.request.output.format != Format::Table {
            return Ok(());
        }
        let between = if std::mem::replace(&mut self.has_tables, true) { "\n" } else { "" };
        self.series.answers.print(|out, _| writeln!(out, "{between}{}: failed", name_of_failed(series)))
    }

    fn answer(&mut self, answered: Answered<Outcome>) -> Result<()> {
        let Answered { value: Outcome { tested, series, note: of_model, .. }, warnings, .. } = answered;
        self.series.answers.takes(&series.name);
        if let Some(message) = of_model.filter(|_| !self.request.output.quiet && !self.has_noted_model) {
            self.has_noted_model = true;
            self.series.answers.print_above(|| note(&message));
        }
        check_audit(&tested)?;
        self.note_audit(&tested);
        if let (Some(path), Some(days)) = (&self.request.forecasts, &mut self.days) {
            days.add(&tested.0).map_err(|error| CliError::cannot_write(path, &error))?;
        }
        self.pages.add(|| page_of_backtest(&tested, &series), Some(|| chart_of_backtest(&tested.0)))?;
        let gate = Gate::of(&tested.0, self.request.require_skill)?;
        let answers = &mut self.series.answers;
        let (first, is_many) = (!std::mem::replace(&mut self.has_tables, true), answers.is_many());
        let shown = WithWarnings { report: &tested, warnings: if is_many { &warnings } else { &[] } };
        answers.answer(|out, format, csv| {
            if format == Format::Table && !first {
                writeln!(out)?;
            }
            report::write(&shown, format, out, csv)
        })?;
        self.gates.add(gate, &self.series.answers);
        Ok(())
    }

    /// Prints the audit on standard error, for formats whose results do not contain it.
    fn note_audit(&self, (result, audit_report): &Tested) {
        let output = &self.request.output;
        let is_missing = matches!(output.format, Format::Csv | Format::Value) && !output.quiet;
        if let Some(audit_report) = audit_report.as_ref().filter(|_| is_missing) {
            note(&format!("{}: {}", result.series, report::audit_note(audit_report)));
        }
    }

    /// Whether the remaining series can be left out: standard output is a closed pipe, and nothing else is requested.
    fn is_over(&self) -> bool {
        let request = self.request;
        let wanted = request.pages.is_any()
            || request.require_skill.is_some()
            || request.audit.is_some()
            || request.forecasts.is_some();
        self.series.answers.is_closed() && !wanted
    }

    fn finish(mut self) -> Result<()> {
        if let Some(message) = self.stopped {
            self.series.interrupt(&message)?;
            return Err(Interrupted(message).into());
        }
        if let (Some(path), Some(days)) = (&self.request.forecasts, self.days.take())
            && self.series.answers.answered() > 0
        {
            days.finish().map_err(|error| CliError::cannot_write(path, &error))?;
        }
        self.pages.finish("backtest")?;
        self.gates.finish(|| self.series.finish())
    }
}

impl BacktestRequest {
    /// Opens a file, with what its tests require.
    fn open(&self, source: &Source) -> Result<(PriceFile, FileOfTest), ReadError> {
        let (file, history) = match self.audit {
            None => (prices::open(source, &self.read)?, None),
            Some(_) => History::open(source, &self.read).map(|(file, history)| (file, Some(history)))?,
        };
        let columns = file.understood().columns.clone();
        Ok((file, FileOfTest { columns, history }))
    }

    /// Whether a series is the only one of the run.
    fn is_only(&self, one: &OneSeries) -> bool {
        self.sources.len() == 1 && !one.is_one_of_several
    }

    /// Runs the backtest of one series of a file.
    fn test(&self, one: OneSeries, FileOfTest { columns, history }: &FileOfTest) -> Result<Outcome, CliError> {
        let history = history.as_ref();
        if let ([first, .., last], true) = (&one.series.dates[..], self.output.verbose && self.is_only(&one)) {
            // Printed before the walk, which can take long.
            note_series(&one.file, columns, &one.series.name, one.series.len(), (*first, *last));
        }
        one.rows_settled().map_err(|error| self.misspaced(error))?;
        one.split_settled()?;
        let in_sample = self.in_sample;
        let walk = |forecaster| self.walk(&one, history, backtest::Subject::Model { forecaster, in_sample });
        let (tested, warnings) = match &self.subject {
            Subject::Model(forecaster) => walk(forecaster),
            Subject::Models(models) => walk(&models.of_series(&one.series, &one.file)?.for_series(&one.series, None)),
            Subject::Recipe(recipe) => {
                let (config, init) = recipe.config_for(&place_of(&one, None), &one.series)?;
                let subject = backtest::Subject::Recipe { config: &config, init: init.as_ref(), in_sample };
                self.walk(&one, history, subject)
            }
        }
        .map_err(|error| CliError::of_one(&one, &error))?;
        let model = if let Subject::Model(model) = &self.subject { Some(model) } else { None };
        let note = model.and_then(|model| note_of(model, &place_of(&one, None), &one.series));
        Ok(Outcome { tested, warnings, series: one.series, note })
    }

    /// Returns the error of rows whose frequency is not that of the model, if the command line names no frequency.
    fn misspaced(&self, error: ReadError) -> CliError {
        if !matches!(*error.problem, Problem::Spacing { .. }) {
            return error.into();
        }
        match &self.subject {
            Subject::Models(models) => models.misspaced(error, &self.requested),
            Subject::Model(model) if self.requested.frequency.is_none() => unlike_model(model, &self.requested, error),
            _ => error.into(),
        }
    }

    /// Walks over the test days of a series; returns the result with its warnings, and the audit if it is requested.
    fn walk(
        &self,
        one: &OneSeries,
        history: Option<&History>,
        subject: backtest::Subject<'_>,
    ) -> Result<(Tested, Vec<CliWarning>), BacktestError> {
        interrupt::listen("the current fit, without a verdict");
        let series = &one.series;
        let result = backtest::backtest(series, subject, &self.settings, &self.progress(one))?;
        let columns = subject.config().columns_of(series);
        let mut warnings = other_prices(subject, series);
        warnings.extend(warnings_of(&result, series));
        warnings.extend(leak::warnings_of(&result.verdict, (&columns, &subject.config().covariates), series.frequency));
        let audit = |(sample, history): (usize, &History)| {
            if self.output.verbose {
                note(&format!("{}: auditing {}", one.file, counted(sample, "origin")));
            }
            // What is known ahead was also known on that day.
            let known_on = |day| {
                let mut known = history.series_on(&series.name, day)?;
                known.covariates.ahead.clone_from(&series.covariates.ahead);
                Ok(CutSeries { ends_unfinished: history.ends_unfinished(&known), series: known })
            };
            backtest::audit(series, subject, &self.settings, &result, sample, &known_on)
        };
        let audit_report = self.audit.zip(history).map(audit).transpose()?;
        Ok(((result, audit_report), warnings))
    }

    /// Shows the fits only if there is a single series.
    fn progress(&self, one: &OneSeries) -> Stoppable<dyn BacktestProgress> {
        Stoppable(if self.is_only(one) && !self.output.quiet && io::stderr().is_terminal() {
            Box::new(FitBar::new())
        } else {
            Box::new(SilentBacktest)
        })
    }
}

/// Returns the warning that the prices are not those of a finished model, although they have the name of its series.
fn other_prices(subject: backtest::Subject<'_>, series: &PriceSeries) -> Vec<CliWarning> {
    let backtest::Subject::Model { forecaster, .. } = subject else { return Vec::new() };
    forecaster.other_prices(series).as_ref().map(CliWarning::of_note).into_iter().collect()
}
