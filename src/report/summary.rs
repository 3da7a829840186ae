//! The summary of a training run.

use std::borrow::Cow;
use std::io;
use std::path::Path;

use jiff::civil::Date;
use serde::Serialize;

use super::columns::{self, Column};
use super::forecast::ForecastRow;
use super::number::{counted, fixed, price, thousands};
use super::output::{Record, Report, record, rounded_record};
use super::screen;
use super::several;
use super::terminal::{Shown, Terminal};
use super::verdict::{
    VerdictRecord, compared, correction_note, distribution_warning, fallback_note, finding, follows_price, headline,
    information, marked_label, short_p, unproven_loss, untested,
};
use super::wrap::wrapped;
use crate::eval::EvalError;
use crate::eval::baselines::NAIVE;
use crate::eval::verdict::{Against, Comparison, Finding, Verdict};
use crate::features::Target;
use crate::model::{
    Card, Config, Coverage, Evaluation, Fitted, InitialWeights, LossCurve, StepCoverage, Training, Uncalibrated,
};
use crate::nn::{CellKind, Topology};
use crate::prices::Frequency;

/// Columns of the summary, and those before its texts.
const WIDTH: usize = 80;
const INDENT: usize = 15;

/// A finished training run.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    model: String,
    card: Card,
    weights: usize,
    seconds: f64,
    windows_per_second: f64,
    verdict: Option<Result<Verdict, EvalError>>,
    curves: Vec<LossCurve>,
    /// Of a model of several series: those that could not be trained on.
    left_out: usize,
    /// Whether it was to be trained on several series.
    is_of_many: bool,
    /// The next close, or the days of a path; empty where a value known ahead is missing.
    pub path: Vec<ForecastRow>,
}

/// What csv has of a run beside a day forecast; json has more.
#[derive(Serialize)]
struct SummaryRecord<'a> {
    model: &'a str,
    series: &'a str,
    rows: usize,
    first_date: Option<Date>,
    last_date: Option<Date>,
    windows: usize,
    epochs: usize,
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
    headline: Option<String>,
    calibration_days: usize,
    uncalibrated_coverage_50: Option<f64>,
    uncalibrated_coverage_90: Option<f64>,
}

/// The verdict, under the key that it has in a backtest.
#[derive(Serialize)]
struct WithVerdict<'a> {
    verdict: Option<VerdictRecord<'a>>,
}

/// The coverage of one day of a path.
#[derive(Serialize)]
struct StepRecord {
    day: usize,
    coverage_50: f64,
    coverage_90: f64,
    uncalibrated_coverage_50: f64,
    uncalibrated_coverage_90: f64,
}

#[derive(Serialize)]
struct WithCoverage {
    coverage: Option<Vec<StepRecord>>,
}

impl StepRecord {
    fn new(step: &StepCoverage) -> Self {
        let shown = step.shown();
        StepRecord {
            day: step.horizon,
            coverage_50: shown.level_50,
            coverage_90: shown.level_90,
            uncalibrated_coverage_50: step.raw.level_50,
            uncalibrated_coverage_90: step.raw.level_90,
        }
    }
}

impl Summary {
    /// Of a fit that was written to `model`, with the verdict on its test and its forecasts.
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

    /// Of a fit to several series together, beside `left_out` others that could not be trained on.
    pub fn of_several(model: &Path, fitted: &Fitted, left_out: usize) -> Self {
        Summary { left_out, is_of_many: true, ..Summary::new(model, fitted, None, Vec::new()) }
    }

    pub(super) fn card(&self) -> &Card {
        &self.card
    }

    pub(super) fn verdict(&self) -> Option<&Result<Verdict, EvalError>> {
        self.verdict.as_ref()
    }

    fn frequency(&self) -> Frequency {
        self.card.training.frequency
    }

    fn windows(&self) -> usize {
        self.card.training.training_windows + self.card.training.validation_windows
    }

    fn record(&self) -> SummaryRecord<'_> {
        let Card { training, losses, evaluation, calibration, config, start, .. } = &self.card;
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
            seconds: self.seconds,
            windows_per_second: self.windows_per_second.round(),
            train_loss: losses.train,
            valid_loss: losses.valid,
            seed: config.seed,
            init_from: start_name(start),
            test_days: test.map_or(0, |test| test.days),
            test_rmse: test.map(|test| test.rmse),
            naive_rmse: test.map(|test| test.naive_rmse),
            coverage_50: coverage.map(|coverage| coverage.level_50),
            coverage_90: coverage.map(|coverage| coverage.level_90),
            coverage_of: test.map(coverage_of),
            headline: self.verdict.as_ref().map(|verdict| line(verdict, training.frequency)),
            calibration_days: calibration.as_ref().map_or(0, |seen| seen.days),
            uncalibrated_coverage_50: test.map(|test| test.coverage_50),
            uncalibrated_coverage_90: test.map(|test| test.coverage_90),
        }
    }

    /// The file of the model.
    pub(super) fn model(&self) -> &str {
        &self.model
    }

    /// The run, without a day forecast.
    pub(super) fn run(&self) -> io::Result<Record> {
        rounded_record(&self.record())
    }

    /// The run and one of the days forecast.
    fn with_day(&self, day: Option<&ForecastRow>) -> io::Result<Record> {
        let mut fields = self.run()?;
        if let Some(panel) = &self.card.training.panel {
            fields = several::record(fields, panel, (self.card.evaluation.as_ref(), self.left_out));
        } else if self.is_of_many {
            // All but one were left out: the rows of their errors have the series first too.
            fields = several::series_first(fields);
        }
        if let Some(day) = day.map(ForecastRow::day) {
            fields.extend(record(&day)?);
        }
        Ok(fields)
    }

    fn verdict_record(&self) -> Option<VerdictRecord<'_>> {
        let verdict = self.verdict.as_ref()?.as_ref().ok()?;
        Some(VerdictRecord::new(verdict, self.frequency()))
    }
}

/// A run over several series has no forecast and no verdict; its columns and keys begin with `series`.
///
/// In json one object: the run, the first day forecast and the verdict; a path under `path`, and under `coverage` the
/// coverage of each of several days ahead. In csv a row per day forecast.
impl Report for Summary {
    fn objects(&self) -> io::Result<Vec<Record>> {
        let mut object = self.with_day(self.path.first())?;
        if self.card.training.panel.is_none() {
            object.extend(rounded_record(&WithVerdict { verdict: self.verdict_record() })?);
        }
        if self.path.len() > 1 {
            let days = self.path.iter().map(ForecastRow::record).collect::<io::Result<Vec<_>>>()?;
            object.insert("path".into(), days.into());
        }
        if self.card.config.horizons().len() > 1 {
            let steps = self.card.evaluation.as_ref().map(|test| test.steps.iter().map(StepRecord::new).collect());
            object.extend(rounded_record(&WithCoverage { coverage: steps })?);
        }
        Ok(vec![object])
    }

    fn rows(&self) -> io::Result<Vec<Record>> {
        match &self.path[..] {
            [] => Ok(vec![self.with_day(None)?]),
            path => path.iter().map(|day| self.with_day(Some(day))).collect(),
        }
    }

    fn values(&self) -> Vec<Option<f64>> {
        self.path.as_slice().values()
    }

    fn table(&self, out: &mut Terminal<'_>) -> io::Result<()> {
        write_summary(out, self)
    }
}

/// Which intervals the coverage is of, as one word for programs.
fn coverage_of(test: &Evaluation) -> &'static str {
    if test.is_calibrated() { "calibrated" } else { "uncalibrated" }
}

fn write_summary(out: &mut Terminal<'_>, summary: &Summary) -> io::Result<()> {
    let (card, training) = (&summary.card, &summary.card.training);
    out.text(2, format_args!("{}: {}", Shown(&summary.model), network_in_words(summary)))?;
    write_training(out, summary)?;
    match &card.evaluation {
        Some(test) => write_evaluation(out, test, summary)?,
        None => out.text(INDENT, format_args!("not tested on unseen {}s", training.frequency.unit()))?,
    }
    match &card.calibration {
        Some(seen) => {
            let (days, unit) = (thousands(seen.days), training.frequency.unit());
            out.text(2, format_args!("intervals calibrated on {days} of these {unit}s"))?;
        }
        None => write_uncalibrated(out, card)?,
    }
    write_charts(out, summary)?;
    summary.path.as_slice().table(out)
}

/// The windows that were not trained on and whose loss was measured.
pub(super) fn unseen(training: &Training) -> &'static str {
    if training.validation_windows > 0 { "validation" } else { "test" }
}

fn write_charts(out: &mut Terminal<'_>, summary: &Summary) -> io::Result<()> {
    let unseen = unseen(&summary.card.training);
    out.chart(|screen| screen::losses(screen, &summary.curves, unseen))?;
    chart_of_coverage(out, &summary.card)
}

/// The chart of the coverage that a card has.
///
/// # Errors
/// Any error of writing.
pub(super) fn chart_of_coverage(out: &mut Terminal<'_>, card: &Card) -> io::Result<()> {
    let Some(test) = &card.evaluation else { return Ok(()) };
    // Of the days between the network's outputs the text has the numbers.
    let outputs = card.config.horizons();
    let has_enough = |step: &StepCoverage| outputs.contains(&step.horizon) && has_enough_days(test, step);
    out.chart(|screen| screen::coverage_of_test(screen, test, card.training.frequency, has_enough))
}

/// The reason on a line of its own.
fn write_uncalibrated(out: &mut Terminal<'_>, Card { uncalibrated, training, .. }: &Card) -> io::Result<()> {
    let reason = |reason: &Uncalibrated| format!(":\n  {}", reason.in_words(training.frequency));
    let reason = uncalibrated.as_ref().map_or(String::new(), reason);
    out.text(2, format_args!("intervals not calibrated (raw distribution){reason}"))
}

fn network_in_words(summary: &Summary) -> String {
    let config = &summary.card.config;
    format!("{}, window {}", layers_in_words(config), config.window)
}

/// The layers of a network: kind, number, units.
pub(super) fn layers_in_words(config: &Config) -> String {
    let layers = counted(config.layers, &format!("{} layer", cell_name(config.cell)));
    format!("{layers} of {}", counted(config.hidden, "unit"))
}

fn write_training(out: &mut Terminal<'_>, summary: &Summary) -> io::Result<()> {
    let Card { training, losses, start, config, .. } = &summary.card;
    let weights = counted(summary.weights / config.ensemble, "weight");
    out.text(INDENT, format_args!("  networks     {} of {weights}", thousands(config.ensemble)))?;
    out.text(INDENT, format_args!("  series       {}", trained_on(training)))?;
    out.text(INDENT, format_args!("  start        {}", start_in_words(start, training.frequency)))?;
    let (train, stop) = (thousands(training.training_windows), thousands(training.validation_windows));
    out.text(
        INDENT,
        format_args!("  windows      {}: {train} to train, {stop} for validation", thousands(summary.windows())),
    )?;
    out.text(INDENT, format_args!("  epochs       {} run, {} kept", list(&losses.epochs), list(&losses.best_epochs)))?;
    if let Some(stopped) = &losses.interrupted {
        out.text(INDENT, format_args!("  interrupted  {stopped}, over all networks"))?;
    }
    // Without a validation the second loss is of another fit than the first.
    let [of_train, of_test] = match (losses.valid, training.validation_windows) {
        (Some(_), 0) => [" (final fit)", " (test fit)"],
        _ => ["", ""],
    };
    let valid = losses.valid.map_or(String::new(), |loss| format!(", {loss:.4} {}{of_test}", unseen(training)));
    out.text(INDENT, format_args!("  loss         {:.4} training{of_train}{valid}", losses.train))?;
    let speed = thousands(summary.windows_per_second.round() as usize);
    out.text(INDENT, format_args!("  time         {:.2} s, {speed} windows a second", summary.seconds))
}

/// The series and its days.
pub(super) fn trained_on(training: &Training) -> String {
    let rows = format!("{}, {}", Shown(&training.series), counted(training.rows, "row"));
    match (training.first, training.last) {
        (Some(first), Some(last)) => format!("{rows} from {first} to {last}"),
        _ => rows,
    }
}

/// Where weights started.
pub(super) fn start_in_words(start: &InitialWeights, frequency: Frequency) -> String {
    match start {
        InitialWeights::Random => "at random".into(),
        InitialWeights::Pretrained if frequency.is_daily() => "networks pretrained on simulated markets".into(),
        InitialWeights::Pretrained => "networks pretrained on simulated markets, of daily rows".into(),
        InitialWeights::Model(path) => format!("the weights of {}", Shown(path)),
    }
}

/// Where weights started, as one word for programs.
fn start_name(start: &InitialWeights) -> &str {
    match start {
        InitialWeights::Random => "random",
        InitialWeights::Pretrained => "pretrained",
        InitialWeights::Model(path) => path,
    }
}

fn cell_name(cell: CellKind) -> &'static str {
    match cell {
        CellKind::Dense => "dense",
        CellKind::Conv => "convolution",
        CellKind::Rnn => "Simple RNN",
        CellKind::Gru => "GRU",
        CellKind::Lstm => "LSTM",
    }
}

/// One count a network: once where they are all the same, and from least to most where they are many.
fn list(counts: &[usize]) -> String {
    match (counts.iter().min(), counts.iter().max()) {
        (Some(least), Some(most)) if least == most => least.to_string(),
        (Some(least), Some(most)) if counts.len() > 5 => format!("{least} to {most}"),
        _ => counts.iter().map(usize::to_string).collect::<Vec<_>>().join(", "),
    }
}

fn write_evaluation(out: &mut Terminal<'_>, test: &Evaluation, summary: &Summary) -> io::Result<()> {
    let frequency = summary.frequency();
    let (days, unit, first, last) = (thousands(test.days), frequency.unit(), test.first, test.last);
    out.text(2, format_args!("on {days} unseen {unit}s, {first} to {last}, fitted on the {unit}s before:"))?;
    // Prices of several series have no common scale.
    let number: fn(f64) -> String = if test.forecasts.is_some() { several::of_last_close } else { price };
    let (rmse, naive) = (number(test.rmse), number(test.naive_rmse));
    let ratio = if test.naive_rmse > 0.0 { format!(" (ratio {:.4})", test.ratio()) } else { String::new() };
    let no_change = no_change_of_test(&summary.card.config, frequency);
    let what = match test.forecasts {
        Some(forecasts) => format!("of the last close, over {} forecasts", thousands(forecasts)),
        None => format!("in prices on the basis of the last {} tested", frequency.unit()),
    };
    let line = format!("  RMSE         {rmse} against {naive} for {no_change}{ratio},\n{:INDENT$}{what}", "");
    out.text(INDENT, line)?;
    match &summary.verdict {
        Some(Ok(verdict)) => write_verdict(out, verdict, (summary.card.config.target, frequency))?,
        Some(Err(error)) => out.text(INDENT, format_args!("  verdict      not tested: {error}"))?,
        None => {}
    }
    write_coverage(out, test, &summary.card.config, frequency)
}

/// What the RMSE of a test is compared with: that of a path is over all of its days, that of a network with outputs for
/// several days ahead of the next alone.
pub(super) fn no_change_of_test(config: &Config, frequency: Frequency) -> Cow<'static, str> {
    let is_path = config.topology != Topology::ManyToOne && config.horizon > 1;
    if is_path { "no change".into() } else { frequency.no_change(config.usual_day()) }
}

/// The fraction of closes that the intervals contained; of a path, day by day.
fn write_coverage(out: &mut Terminal<'_>, test: &Evaluation, config: &Config, frequency: Frequency) -> io::Result<()> {
    let tenths = |fraction: f64| format!("{:.1}", 100.0 * fraction);
    let of = if test.is_calibrated() { "after calibration, cross-fitted" } else { "not calibrated" };
    let line = |coverage: Coverage| {
        format!(
            "50 % interval {} % of closes, 90 % interval {} %",
            tenths(coverage.level_50),
            tenths(coverage.level_90)
        )
    };
    if test.steps.len() < 2 {
        return out.text(INDENT, format_args!("  coverage     {}\n               ({of})", line(test.coverage(config))));
    }
    if test.steps.len() > MAX_COVERAGE_LINES {
        return write_coverage_table(out, test, frequency);
    }
    let unit = frequency.unit();
    out.text(INDENT, format_args!("  coverage     by {unit} ahead ({of}):"))?;
    test.steps.iter().try_for_each(|step| {
        let text = if has_enough_days(test, step) {
            line(step.shown())
        } else {
            format!("too few {unit}s: {} that do not overlap", independent_days(test, step))
        };
        out.text(INDENT, format_args!("    {:<11}{text}", step.horizon))
    })
}

/// Days ahead whose coverage has a line each; more are a table.
const MAX_COVERAGE_LINES: usize = 7;

/// The coverage of many days ahead, in columns that are read downwards.
fn write_coverage_table(out: &mut Terminal<'_>, test: &Evaluation, frequency: Frequency) -> io::Result<()> {
    let unit = frequency.unit();
    let of = if test.is_calibrated() { "after calibration, cross-fitted" } else { "not calibrated" };
    out.text(INDENT, format_args!("  coverage     by {unit} ahead, of the 50 % and the 90 % interval"))?;
    out.text(INDENT, format_args!("               ({of}):"))?;
    let (shown, too_few): (Vec<&StepCoverage>, Vec<&StepCoverage>) =
        test.steps.iter().partition(|step| has_enough_days(test, step));
    let cell = |step: &&StepCoverage| {
        let Coverage { level_50, level_90 } = step.shown();
        format!("{:>6}  {:5.1} %  {:5.1} %", step.horizon, 100.0 * level_50, 100.0 * level_90)
    };
    let cells: Vec<String> = shown.iter().map(cell).collect();
    let width = out.screen().map_or(80, |screen| screen.width);
    let columns = (width / cells.first().map_or(1, String::len)).clamp(1, 3);
    let rows = cells.len().div_ceil(columns);
    for row in 0..rows {
        let line: String = cells[row..].iter().step_by(rows).map(String::as_str).collect();
        out.text(INDENT, line)?;
    }
    let Some(first) = too_few.first() else { return Ok(()) };
    let days = independent_days(test, first);
    out.text(
        INDENT,
        format_args!("    from {} on: too few {unit}s, {days} or fewer that do not overlap", first.horizon),
    )
}

/// Test days whose forecasts do not overlap.
fn independent_days(test: &Evaluation, step: &StepCoverage) -> usize {
    (test.days + 1).saturating_sub(step.horizon) / step.horizon
}

/// Whether the test has enough days without an overlap of their forecasts to print a coverage.
pub(super) fn has_enough_days(test: &Evaluation, step: &StepCoverage) -> bool {
    const MIN_INDEPENDENT: usize = 10;
    independent_days(test, step) >= MIN_INDEPENDENT
}

/// The finding on the price against no change, and all findings below.
fn write_verdict(
    out: &mut Terminal<'_>,
    verdict: &Verdict,
    (target, frequency): (Target, Frequency),
) -> io::Result<()> {
    if let Some(naive) = verdict.against(NAIVE.name) {
        out.text(INDENT, format_args!("  verdict      price: {}", price_finding(naive, target, frequency)))?;
        let informative = naive.is_informative(verdict.level).then(|| information(naive, verdict.level)).flatten();
        for part in informative.iter().flatten() {
            out.text(INDENT, format_args!("               {part}"))?;
        }
    }
    if let Some(strongest) = verdict.strongest() {
        let (found, label) = (compared(strongest.distribution.finding), marked_label(strongest, frequency));
        let strongest = format!("{:INDENT$}the strongest of these baselines", "");
        out.text(INDENT, format_args!("{:INDENT$}distribution: {found} {label},\n{strongest}", ""))?;
    }
    write_findings(out, verdict, frequency)?;
    if let Some(warning) = distribution_warning(verdict, frequency) {
        out.text(INDENT, format_args!("  warning      {warning}"))?;
    }
    Ok(())
}

/// A cell of the column of a baseline.
type CellOf = fn(&Against) -> String;

/// The findings, a column per baseline, and the fallbacks.
fn write_findings(out: &mut Terminal<'_>, verdict: &Verdict, frequency: Frequency) -> io::Result<()> {
    let head = |against: &Against| format!("against {}", marked_label(against, frequency));
    let rows: [(&str, CellOf); 4] = [
        ("price", |against| finding(against.price.finding).to_owned()),
        ("  skill", |against| skill_and_p(&against.price)),
        ("distribution", |against| finding(against.distribution.finding).to_owned()),
        ("  skill", |against| skill_and_p(&against.distribution)),
    ];
    let names = Column { is_left: true, ..Column::new("", rows.map(|(name, _)| name.to_owned()).to_vec(), 0) };
    let column = |against: &Against| {
        let cells = rows.iter().map(|(_, cell)| cell(against)).collect();
        Column { is_left: true, ..Column::new(head(against), cells, 24) }
    };
    let all: Vec<Column> = [names].into_iter().chain(verdict.against.iter().map(column)).collect();
    columns::write(out, &all, 1)?;
    if verdict.tests() > 0 {
        let lines = [
            "  skill: 1 - RMSE, or CRPS of the distribution, / that of the baseline;",
            "  p: of the Diebold-Mariano test that both are equally accurate",
        ];
        out.text(4, lines.join("\n"))?;
    }
    let correction = correction_note(verdict);
    if !correction.is_empty() {
        out.text(4, format_args!("  {}", correction.join("\n  ")))?;
    }
    let note = |against: &Against| {
        fallback_note(&marked_label(against, frequency), &against.fallbacks, (verdict.days, frequency))
    };
    for note in verdict.against.iter().filter_map(note) {
        out.text(INDENT, format_args!("               {note}"))?;
    }
    Ok(())
}

/// `0.0123, p = 0.0456`, as far as they are defined.
fn skill_and_p(comparison: &Comparison) -> String {
    let skill = comparison.skill.as_ref().map(|skill| fixed(skill.value, 4));
    let p = comparison.test.as_ref().map(|test| short_p(test.p_value));
    let parts: Vec<String> = skill.into_iter().chain(p).collect();
    if parts.is_empty() { "-".to_owned() } else { parts.join(", ") }
}

/// A verdict in one line, or why there is none.
fn line(verdict: &Result<Verdict, EvalError>, frequency: Frequency) -> String {
    match verdict {
        Ok(verdict) => headline(verdict, frequency),
        Err(error) => format!("not tested: {error}"),
    }
}

fn price_finding(naive: &Against, target: Target, frequency: Frequency) -> String {
    let no_change = frequency.no_change(naive.price.horizon());
    let text = match (naive.price.finding, target) {
        (Finding::Better, _) if naive.is_too_good() => {
            format!("better than is plausible for {frequency} prices: look for a leak")
        }
        (Finding::Better, _) => format!("better than {no_change}"),
        (Finding::Worse, Target::Price) if follows_price(naive) => {
            format!("worse than {no_change}; its chart follows the price")
        }
        (Finding::Worse, _) => format!("worse than {no_change}"),
        (Finding::NotSignificant | Finding::Same, _) => match unproven_loss(&naive.price) {
            Some(loss) => format!("{loss} {no_change}"),
            None => format!("no significant difference from {no_change}, as is usual"),
        },
        (Finding::NotTested, _) => "not tested".to_owned(),
    };
    let text = wrapped(&text, WIDTH, "  verdict      price: ".len(), INDENT);
    let reason = naive.price.reason.map(|reason| format!("\n{:INDENT$}{}", "", untested(reason, frequency)));
    format!("{text}{}", reason.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The RMSE of several days ahead is that of the next, the RMSE of a path that of all of its days.
    #[test]
    fn a_test_is_compared_with_no_change_on_the_same_days() {
        let text = b"Date,Close\n2024-01-02,1.5\n2024-01-03,1.25\n2024-01-04,1.5\n";
        let reading = crate::prices::read_bytes("p.csv", text, &crate::prices::ReadOptions::default()).unwrap();
        let several = Config::for_series(&reading.series[0]);
        let words = |config: &Config| no_change_of_test(config, Frequency::Daily).into_owned();
        assert!(several.nodes.len() > 1);
        assert_eq!(words(&several), "tomorrow = today");
        let one = Config { nodes: Vec::new(), horizon: 5, ..several };
        assert_eq!(words(&one), "no change in 5 days");
        let path = Config { topology: Topology::ManyToMany, ..one };
        assert_eq!(words(&path), "no change");
        assert_eq!(words(&Config { horizon: 1, ..path }), "tomorrow = today");
    }

    #[test]
    fn counts_of_networks_stay_short() {
        assert_eq!(list(&[12, 12, 12]), "12");
        assert_eq!(list(&[30, 29, 30]), "30, 29, 30");
        assert_eq!(list(&[7, 9, 12, 8, 7, 30]), "7 to 30");
        assert_eq!(list(&[]), "");
    }
}
