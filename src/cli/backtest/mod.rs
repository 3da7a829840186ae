//! `fourcast backtest`: tests forecasts of past days against baselines.

mod args;
mod outcome;

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;

use anyhow::Result;

pub use args::{Args, conflicts};
use args::{BacktestRequest, Forecasters, Subject};
use outcome::{check_audit, check_skill, warn_of};

use super::covariates::missing_column;
use super::interrupt::{self, Interrupted, Stoppable};
use super::many::Answers;
use super::options::{Format, Use, place, read, read_with_history, unlike_model};
use super::pages::Pages;
use super::{CliError, SkillNotShown, leak, note, print_error};
use crate::eval::backtest::{self, BacktestError, BacktestProgress, SilentBacktest};
use crate::prices::{History, PriceSeries, ReadError, Reading, Source};
use crate::report::page::{chart_of_backtest, page_of_backtest};
use crate::report::{self, DaysAsCsv, FitBar, Tested};
use crate::words::counted;

/// Runs it: each series is printed as it is tested. An error of the only one leaves nothing on standard output.
pub fn run(args: Args) -> Result<()> {
    let request = args.resolve()?;
    if let (Subject::Recipe(recipe), false) = (&request.subject, request.output.quiet) {
        recipe.warn_of_far_day();
    }
    let mut run = Run {
        request: &request,
        answers: Answers::of(request.sources.len(), &request.output, 1),
        days: create_forecasts(&request)?,
        unskilled: Vec::new(),
        pages: Pages::new(&request.pages),
    };
    for source in &request.sources {
        match request.read(source) {
            Ok((reading, history)) => run.test_all(source, &reading, history.as_ref())?,
            Err(error) => {
                let of_model = request.subject.model().and_then(|_| missing_column(&error));
                run.fail(&source.series_name(), of_model.unwrap_or_else(|| error.into()))?;
            }
        }
        if run.is_over() {
            break;
        }
    }
    run.finish()
}

/// The file of the test days, if one is asked for.
fn create_forecasts(request: &BacktestRequest) -> Result<Option<DaysAsCsv>, CliError> {
    let baselines = match request.forecasts_of {
        Forecasters::Model => &[][..],
        Forecasters::All => &request.settings.baselines,
    };
    let create =
        |path: &PathBuf| DaysAsCsv::create(path, baselines).map_err(|error| CliError::cannot_write(path, &error));
    request.forecasts.as_ref().map(create).transpose()
}

/// A run over all series.
struct Run<'a> {
    request: &'a BacktestRequest,
    answers: Answers<'a>,
    /// The test days so far, if they are to be written.
    days: Option<DaysAsCsv>,
    /// The series that did not show the required skill.
    unskilled: Vec<SkillNotShown>,
    pages: Pages<'a>,
}

impl Run<'_> {
    /// Tests every series of a file.
    fn test_all(&mut self, source: &Source, reading: &Reading, history: Option<&History>) -> Result<()> {
        self.answers.expect(reading.count());
        for one in reading.in_order() {
            match one {
                Ok(index) => match self.request.test((source, reading, index), history) {
                    Ok(tested) => self.answer(&tested, &reading.series[index])?,
                    Err(error) if interrupt::is_stopped() => return Err(Interrupted(error.message).into()),
                    Err(error) => self.fail(&reading.series[index].name, error)?,
                },
                Err(failed) => self.fail(&failed.name, CliError::of_read(&failed.error))?,
            }
            if self.is_over() {
                break;
            }
        }
        Ok(())
    }

    fn fail(&mut self, series: &str, error: CliError) -> Result<()> {
        let error = error.into();
        self.pages.fail(series, &error);
        self.answers.fail(series, error)
    }

    fn answer(&mut self, tested: &Tested, series: &PriceSeries) -> Result<()> {
        check_audit(tested)?;
        self.note_audit(tested);
        if let (Some(path), Some(days)) = (&self.request.forecasts, &mut self.days) {
            days.add(&tested.0).map_err(|error| CliError::cannot_write(path, &error))?;
        }
        self.pages.add(|| page_of_backtest(tested, series), || chart_of_backtest(&tested.0))?;
        self.unskilled.extend(check_skill(&tested.0, self.request.require_skill)?);
        let first = self.answers.answered() == 0;
        self.answers.answer(|out, format, csv| {
            if format == Format::Table && !first {
                writeln!(out)?;
            }
            report::write(tested, format, out, csv)
        })
    }

    /// Prints the audit on standard error, for formats in which the results do not have it.
    fn note_audit(&self, (result, audit_report): &Tested) {
        let output = &self.request.output;
        let is_missing = matches!(output.format, Format::Csv | Format::Value) && !output.quiet;
        if let Some(audit_report) = audit_report.as_ref().filter(|_| is_missing) {
            note(&format!("{}: {}", result.series, report::audit_note(audit_report)));
        }
    }

    /// Whether the rest of the series can be left out: standard output is a closed pipe, and nothing else is asked for.
    fn is_over(&self) -> bool {
        let request = self.request;
        let wanted = request.pages.is_any()
            || request.require_skill.is_some()
            || request.audit.is_some()
            || request.forecasts.is_some();
        self.answers.is_closed() && !wanted
    }

    fn finish(mut self) -> Result<()> {
        if let (Some(path), Some(days)) = (&self.request.forecasts, self.days.take())
            && self.answers.answered() > 0
        {
            days.finish().map_err(|error| CliError::cannot_write(path, &error))?;
        }
        self.pages.finish("backtest")?;
        let last = self.unskilled.pop();
        self.unskilled.iter().for_each(|unskilled| print_error(&unskilled.to_string(), None));
        match (self.answers.finish(), last) {
            (Ok(()), Some(last)) => Err(last.into()),
            (failed, last) => {
                last.iter().for_each(|unskilled| print_error(&unskilled.to_string(), None));
                failed
            }
        }
    }
}

impl BacktestRequest {
    /// A file, and its text if an audit is to read it again.
    fn read(&self, source: &Source) -> Result<(Reading, Option<History>), ReadError> {
        if self.audit.is_none() {
            return Ok((read(source, &self.read, (&self.output, Use::Fit))?, None));
        }
        read_with_history(source, &self.read, &self.output).map(|(reading, history)| (reading, Some(history)))
    }

    /// The backtest of one series of a file.
    fn test(
        &self,
        (source, reading, index): (&Source, &Reading, usize),
        history: Option<&History>,
    ) -> Result<Tested, CliError> {
        reading.spacing_of_series_settled(index).map_err(|error| self.misspaced(error))?;
        reading.split_settled(index)?;
        let (series, in_sample) = (&reading.series[index], self.in_sample);
        let tested = match &self.subject {
            Subject::Model(forecaster) => {
                self.walk(source, series, history, backtest::Subject::Model { forecaster, in_sample })
            }
            Subject::Recipe(recipe) => {
                let (config, init) = recipe.config_for(&place(source, reading, index, None), series)?;
                let subject = backtest::Subject::Recipe { config: &config, init: init.as_ref(), in_sample };
                self.walk(source, series, history, subject)
            }
        };
        tested.map_err(|error| CliError::series((source, reading, index), &error))
    }

    /// Rows of another frequency than the model's, where the command line does not say which.
    fn misspaced(&self, error: ReadError) -> CliError {
        match self.subject.model() {
            Some(model) if self.typed.frequency.is_none() => unlike_model(model, &self.typed, error),
            _ => error.into(),
        }
    }

    /// The walk over the test days of a series, and its audit if one is asked for.
    fn walk(
        &self,
        source: &Source,
        series: &PriceSeries,
        history: Option<&History>,
        subject: backtest::Subject<'_>,
    ) -> Result<Tested, BacktestError> {
        interrupt::listen("the current fit, without a verdict");
        let result = backtest::backtest(series, subject, &self.settings, &self.progress())?;
        if !self.output.quiet {
            let place = format!("{source}: {}", result.series);
            warn_of(&place, &result, series);
            leak::warn_of(&place, &result.verdict, (&subject.config().columns_of(series), series.frequency));
        }
        let audit = |(sample, history): (usize, &History)| {
            if self.output.verbose {
                note(&format!("{source}: auditing {}", counted(sample, "origin")));
            }
            // What is known ahead was known on the day too.
            let known_on = |day| {
                let mut known = history.series_on(&series.name, day)?;
                known.covariates.ahead.clone_from(&series.covariates.ahead);
                Ok(known)
            };
            backtest::audit(series, subject, &self.settings, &result, sample, &known_on)
        };
        let audit_report = self.audit.zip(history).map(audit).transpose()?;
        Ok((result, audit_report))
    }

    fn progress(&self) -> Stoppable<dyn BacktestProgress> {
        Stoppable(if !self.output.quiet && io::stderr().is_terminal() {
            Box::new(FitBar::new())
        } else {
            Box::new(SilentBacktest)
        })
    }
}
