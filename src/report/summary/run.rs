//! A training run and its records.

use std::io;
use std::path::Path;

use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value;

use super::super::forecast::ForecastRow;
use super::super::record::{Record, record, rounded_record};
use super::super::training::coverage_warning;
use super::super::verdict::{VerdictRecord, headline};
use crate::eval::EvalError;
use crate::eval::verdict::Verdict;
use crate::model::{Card, Evaluation, Fitted, InitialWeights, LossCurve, Panel, StepCoverage};
use crate::prices::Frequency;

/// A finished training run.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    pub(super) model: String,
    pub(super) card: Card,
    pub(super) weights: usize,
    pub(super) seconds: f64,
    pub(super) windows_per_second: f64,
    pub(super) verdict: Option<Result<Verdict, EvalError>>,
    pub(super) curves: Vec<LossCurve>,
    /// For a model of several series: the number of series that could not be trained on.
    left_out: usize,
    /// Whether training on several series was requested.
    is_of_many: bool,
    /// The next close, or the days of a path; empty if a covariate known ahead has no value.
    pub path: Vec<ForecastRow>,
}

/// The columns that csv has in addition to a day forecast; json has more.
#[derive(Serialize)]
struct SummaryRecord<'a> {
    model: &'a str,
    series: &'a str,
    rows: usize,
    first_date: Option<Date>,
    last_date: Option<Date>,
    windows: usize,
    epochs: usize,
    interrupted: bool,
    seconds: f64,
    windows_per_second: f64,
    train_loss: f64,
    valid_loss: Option<f64>,
    seed: u64,
    init_from: &'a str,
    test_days: usize,
    test_rmse: Option<f64>,
    naive_rmse: Option<f64>,
    coverage_50: Option<f64>,
    coverage_90: Option<f64>,
    coverage_of: Option<&'static str>,
    coverage_warning: Option<String>,
    headline: Option<String>,
    calibration_days: usize,
    uncalibrated_coverage_50: Option<f64>,
    uncalibrated_coverage_90: Option<f64>,
}

/// The verdict, under the same key as in a backtest.
#[derive(Serialize)]
struct WithVerdict<'a> {
    verdict: Option<VerdictRecord<'a>>,
}

/// The coverage of one day of a path.
#[derive(Serialize)]
struct StepRecord {
    day: usize,
    coverage_50: Option<f64>,
    coverage_90: Option<f64>,
    uncalibrated_coverage_50: Option<f64>,
    uncalibrated_coverage_90: Option<f64>,
}

#[derive(Serialize)]
struct WithCoverage {
    coverage: Option<Vec<StepRecord>>,
}

impl StepRecord {
    /// Creates the record of one day, without coverage if it was measured on too few days that do not overlap, as in
    /// the table.
    fn new(test: &Evaluation, step: &StepCoverage) -> Self {
        let shown = test.has_enough_days(step).then_some((step.shown(), step.raw));
        StepRecord {
            day: step.horizon,
            coverage_50: shown.map(|(coverage, _)| coverage.level_50),
            coverage_90: shown.map(|(coverage, _)| coverage.level_90),
            uncalibrated_coverage_50: shown.map(|(_, raw)| raw.level_50),
            uncalibrated_coverage_90: shown.map(|(_, raw)| raw.level_90),
        }
    }
}

impl Summary {
    /// Creates the summary of a fit that was written to `model`, with the verdict on its test and its forecasts.
    pub fn new(
        model: &Path,
        fitted: &Fitted,
        verdict: Option<Result<Verdict, EvalError>>,
        path: Vec<ForecastRow>,
    ) -> Self {
        Summary {
            model: model.display().to_string(),
            card: fitted.forecaster.card.clone(),
            curves: fitted.loss_curves.clone(),
            weights: fitted.forecaster.members.iter().map(|member| member.count()).sum(),
            seconds: fitted.elapsed.as_secs_f64(),
            windows_per_second: fitted.windows_per_second,
            verdict,
            left_out: 0,
            is_of_many: false,
            path,
        }
    }

    /// Creates the summary of a fit to several series together; `left_out` others could not be trained on.
    pub fn of_several(model: &Path, fitted: &Fitted, left_out: usize) -> Self {
        Summary { left_out, is_of_many: true, ..Summary::new(model, fitted, None, Vec::new()) }
    }

    /// Returns the summary for a run over several series of which this is the only one left.
    pub fn beside_others(self) -> Self {
        Summary { is_of_many: true, ..self }
    }

    pub(in crate::report) fn card(&self) -> &Card {
        &self.card
    }

    pub(in crate::report) fn verdict(&self) -> Option<&Result<Verdict, EvalError>> {
        self.verdict.as_ref()
    }

    pub(super) fn frequency(&self) -> Frequency {
        self.card.training.frequency
    }

    pub(super) fn windows(&self) -> usize {
        self.card.training.training_windows + self.card.training.validation_windows
    }

    fn record(&self) -> SummaryRecord<'_> {
        let Card { training, losses, evaluation, calibration, config, init_from, .. } = &self.card;
        let test = evaluation.as_ref();
        let coverage = test.map(|test| test.coverage(config));
        SummaryRecord {
            model: &self.model,
            series: &training.series,
            rows: training.rows,
            first_date: training.first,
            last_date: training.last,
            windows: self.windows(),
            epochs: losses.epochs.iter().copied().max().unwrap_or(0),
            interrupted: losses.interrupted.is_some(),
            seconds: self.seconds,
            windows_per_second: self.windows_per_second.round(),
            train_loss: losses.train,
            valid_loss: losses.valid,
            seed: config.seed,
            init_from: start_name(init_from),
            test_days: test.map_or(0, |test| test.days),
            test_rmse: test.map(|test| test.rmse),
            naive_rmse: test.map(|test| test.naive_rmse),
            coverage_50: coverage.map(|coverage| coverage.level_50),
            coverage_90: coverage.map(|coverage| coverage.level_90),
            coverage_of: test.map(coverage_of),
            coverage_warning: coverage_warning(&self.card),
            headline: self.verdict.as_ref().map(|verdict| line(verdict, training.frequency)),
            calibration_days: calibration.as_ref().map_or(0, |seen| seen.days),
            uncalibrated_coverage_50: test.map(|test| test.coverage_50),
            uncalibrated_coverage_90: test.map(|test| test.coverage_90),
        }
    }

    /// Returns the file of the model.
    pub(in crate::report) fn model(&self) -> &str {
        &self.model
    }

    /// Returns the record of the run, without a day forecast.
    pub(in crate::report) fn run(&self) -> io::Result<Record> {
        rounded_record(&self.record())
    }

    /// Returns the record of the run with one day forecast.
    fn with_day(&self, day: Option<&ForecastRow>) -> io::Result<Record> {
        let mut fields = self.run()?;
        if let Some(panel) = &self.card.training.panel {
            fields = of_several(fields, panel, (self.card.evaluation.as_ref(), self.left_out));
        } else if self.is_of_many {
            // All series but one were left out. The series is still the first column, as in the rows of their errors.
            fields = series_first(fields);
        }
        if let Some(day) = day.map(ForecastRow::day) {
            fields.extend(record(&day)?);
        }
        Ok(fields)
    }

    /// Returns the run, the first day forecast, the verdict, the path and the coverage by day ahead.
    pub(super) fn object(&self) -> io::Result<Record> {
        let mut object = self.with_day(self.path.first())?;
        if self.card.training.panel.is_none() {
            object.extend(rounded_record(&WithVerdict { verdict: self.verdict_record() })?);
        }
        if self.path.len() > 1 {
            let days = self.path.iter().map(ForecastRow::record).collect::<io::Result<Vec<_>>>()?;
            object.insert("path".into(), days.into());
        }
        if self.card.config.horizons().len() > 1 {
            let steps = self.card.evaluation.as_ref();
            let steps = steps.map(|test| test.steps.iter().map(|step| StepRecord::new(test, step)).collect());
            object.extend(rounded_record(&WithCoverage { coverage: steps })?);
        }
        Ok(object)
    }

    /// Returns one record of the run per day forecast, or one without a day.
    pub(super) fn days(&self) -> io::Result<Vec<Record>> {
        match &self.path[..] {
            [] => Ok(vec![self.with_day(None)?]),
            path => path.iter().map(|day| self.with_day(Some(day))).collect(),
        }
    }

    fn verdict_record(&self) -> Option<VerdictRecord<'_>> {
        let verdict = self.verdict.as_ref()?.as_ref().ok()?;
        Some(VerdictRecord::new(verdict, self.frequency()))
    }
}

/// Says whether the coverage is of calibrated intervals, as one word for programs.
fn coverage_of(test: &Evaluation) -> &'static str {
    if test.is_calibrated() { "calibrated" } else { "uncalibrated" }
}

/// Says where the training of the weights started, as one word for programs.
fn start_name(start: &InitialWeights) -> &str {
    match start {
        InitialWeights::Random => "random",
        InitialWeights::Pretrained => "pretrained",
        InitialWeights::Model(path) => path,
    }
}

/// Returns a verdict in one line, or why there is none.
fn line(verdict: &Result<Verdict, EvalError>, frequency: Frequency) -> String {
    match verdict {
        Ok(verdict) => headline(verdict, frequency),
        Err(error) => format!("not tested: {error}"),
    }
}

/// Returns the record of a run over several series. The series comes first, because the rows of series that were left
/// out begin with it. After the other keys, it has the numbers of series trained on and left out, and of forecasts in
/// the test.
fn of_several(mut run: Record, panel: &Panel, (test, left_out): (Option<&Evaluation>, usize)) -> Record {
    // A verdict is on one series, and there are several.
    run.shift_remove("headline");
    let mut record = series_first(run);
    let forecasts = test.and_then(|test| test.forecasts);
    let counts = [("trained_series", panel.count.into()), ("left_out", left_out.into())];
    record.extend(counts.map(|(key, count): (&str, Value)| (key.to_owned(), count)));
    record.insert("test_forecasts".into(), forecasts.into());
    record
}

/// Moves the series to the front of a record.
pub(in crate::report) fn series_first(mut run: Record) -> Record {
    let mut record = Record::new();
    record.extend(run.shift_remove_entry("series"));
    record.append(&mut run);
    record
}
