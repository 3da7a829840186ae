//! What a training run ends with.

use std::io::{self, Write};
use std::path::Path;

use serde_json::{Map, Value, json};

use super::forecast::{ForecastRow, forecasts_as_table, write_csv, write_json};
use super::number::{counted, percent, price, rounded, thousands};
use super::periods::{in_words_of, write_in_words_of};
use super::terminal::{Shown, Terminal};
use crate::eval::EvalError;
use crate::eval::baselines::NAIVE;
use crate::eval::verdict::{Against, Finding, Verdict};
use crate::features::Target;
use crate::model::{Card, Coverage, Evaluation, Fitted, Start, StepCoverage, Training, Uncalibrated};
use crate::nn::CellKind;
use crate::prices::Frequency;

/// A finished training run, ready to print.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    model: String,
    card: Card,
    weights: usize,
    seconds: f64,
    windows_per_second: f64,
    verdict: Option<Result<Verdict, EvalError>>,
    /// The next close, or the days of a path.
    pub path: Vec<ForecastRow>,
}

impl Summary {
    /// Puts it together.
    pub fn new(
        model: &Path,
        fitted: &Fitted,
        verdict: Option<Result<Verdict, EvalError>>,
        path: Vec<ForecastRow>,
    ) -> Self {
        Summary {
            model: model.display().to_string(),
            card: fitted.forecaster.card.clone(),
            weights: fitted.forecaster.members.iter().map(|member| member.count()).sum(),
            seconds: fitted.elapsed.as_secs_f64(),
            windows_per_second: fitted.windows_per_second,
            verdict,
            path,
        }
    }

    fn windows(&self) -> usize {
        self.card.training.training_windows + self.card.training.validation_windows
    }

    fn epochs(&self) -> usize {
        self.card.losses.epochs.iter().copied().max().unwrap_or(0)
    }

    fn fields(&self) -> Map<String, Value> {
        let mut fields = Map::new();
        let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
        put("model", self.model.clone().into());
        put("series", self.card.training.series.clone().into());
        put("rows", self.card.training.rows.into());
        put("first_date", self.card.training.first.map(|date| date.to_string()).into());
        put("last_date", self.card.training.last.map(|date| date.to_string()).into());
        put("windows", self.windows().into());
        put("epochs", self.epochs().into());
        put("seconds", rounded(self.seconds).into());
        put("windows_per_second", self.windows_per_second.round().into());
        put("train_loss", rounded(self.card.losses.train).into());
        put("valid_loss", self.card.losses.valid.map(rounded).into());
        put("seed", self.card.config.seed.into());
        put("init_from", start_name(&self.card.start).into());
        let test = self.card.evaluation.as_ref();
        put("test_days", test.map_or(0, |test| test.days).into());
        put("test_rmse", test.map(|test| rounded(test.rmse)).into());
        put("naive_rmse", test.map(|test| rounded(test.naive_rmse)).into());
        let coverage = test.map(Evaluation::coverage);
        put("coverage_50", coverage.map(|coverage| rounded(coverage.level_50)).into());
        put("coverage_90", coverage.map(|coverage| rounded(coverage.level_90)).into());
        put("coverage_of", test.map(coverage_of).into());
        let in_words = |text: String| in_words_of(self.card.training.frequency, &text);
        put("verdict", self.verdict.as_ref().map(headline).map(in_words).into());
        put("calibration_days", self.card.calibration.as_ref().map_or(0, |seen| seen.days).into());
        put("uncalibrated_coverage_50", test.map(|test| rounded(test.coverage_50)).into());
        put("uncalibrated_coverage_90", test.map(|test| rounded(test.coverage_90)).into());
        fields
    }

    /// The same with one of the days forecast; the series stands already where it belongs.
    fn with_day(&self, day: &ForecastRow) -> Map<String, Value> {
        let mut fields = self.fields();
        fields.extend(day.fields().into_iter().filter(|(name, _)| name != "series"));
        fields
    }
}

/// One object: the figures of the run and the first day forecast; a path stands under `path`.
///
/// # Errors
/// Whatever writing gives.
pub fn summary_as_json(out: &mut dyn Write, summary: &Summary) -> io::Result<()> {
    let mut object = summary.path.first().map_or_else(|| summary.fields(), |day| summary.with_day(day));
    if summary.path.len() > 1 {
        let days = summary.path.iter().map(|day| Value::Object(day.fields()));
        object.insert("path".into(), days.collect());
        let test = summary.card.evaluation.as_ref();
        object.insert("coverage".into(), test.map_or(Value::Null, |test| test.steps.iter().map(of_step).collect()));
    }
    write_json(out, &[object])
}

/// The coverage of one day of a path.
fn of_step(step: &StepCoverage) -> Value {
    let shown = step.shown();
    json!({
        "day": step.horizon,
        "coverage_50": rounded(shown.level_50),
        "coverage_90": rounded(shown.level_90),
        "uncalibrated_coverage_50": rounded(step.own.level_50),
        "uncalibrated_coverage_90": rounded(step.own.level_90),
    })
}

/// Which intervals coverage is of, as one word for programs.
fn coverage_of(test: &Evaluation) -> &'static str {
    if test.is_calibrated() { "calibrated" } else { "uncalibrated" }
}

/// A header and a row a day forecast.
///
/// # Errors
/// Whatever writing gives.
pub fn summary_as_csv(out: &mut dyn Write, summary: &Summary) -> io::Result<()> {
    let records: Vec<_> = summary.path.iter().map(|day| summary.with_day(day)).collect();
    write_csv(out, &records)
}

/// For people.
///
/// # Errors
/// Whatever writing gives.
pub fn summary_as_table(out: &mut Terminal<'_>, summary: &Summary) -> io::Result<()> {
    write_in_words_of(summary.card.training.frequency, out, |out| write_summary(out, summary))
}

fn write_summary(out: &mut Terminal<'_>, summary: &Summary) -> io::Result<()> {
    let card = &summary.card;
    writeln!(out, "{}: {}", Shown(&summary.model), network_in_words(summary))?;
    write_training(out, summary)?;
    match &card.evaluation {
        Some(test) => write_evaluation(out, test, (card.config.target, summary.verdict.as_ref()))?,
        None => writeln!(out, "not tested on unseen days")?,
    }
    match &card.calibration {
        Some(seen) => writeln!(out, "odds calibrated on {} of these days", thousands(seen.days))?,
        None => write_uncalibrated(out, card.uncalibrated)?,
    }
    forecasts_as_table(out, &summary.path)
}

/// The reason on a line of its own.
fn write_uncalibrated(out: &mut dyn Write, reason: Option<Uncalibrated>) -> io::Result<()> {
    let reason = reason.map_or(String::new(), |reason| format!(":\n  {reason}"));
    writeln!(out, "odds not calibrated, they are the networks' own{reason}")
}

fn network_in_words(summary: &Summary) -> String {
    let config = &summary.card.config;
    let layers = counted(config.layers, &format!("{} layer", cell_name(config.cell)));
    format!("{layers} of {}, window {}", counted(config.hidden, "unit"), config.window)
}

fn write_training(out: &mut dyn Write, summary: &Summary) -> io::Result<()> {
    let Card { training, losses, start, config, .. } = &summary.card;
    let weights = counted(summary.weights / config.ensemble, "weight");
    writeln!(out, "  networks     {} of {weights}", thousands(config.ensemble))?;
    writeln!(out, "  series       {}", trained_on(training))?;
    writeln!(out, "  start        {}", start_in_words(start, training.frequency))?;
    let (train, stop) = (thousands(training.training_windows), thousands(training.validation_windows));
    writeln!(out, "  windows      {}: {train} to train, {stop} to stop", thousands(summary.windows()))?;
    writeln!(out, "  epochs       {} run, {} kept", list(&losses.epochs), list(&losses.best_epochs))?;
    let valid = losses.valid.map_or(String::new(), |loss| format!(", {loss:.4} validation"));
    writeln!(out, "  loss         {:.4} training{valid}", losses.train)?;
    let speed = thousands(summary.windows_per_second.round() as usize);
    writeln!(out, "  time         {:.2} s, {speed} windows a second", summary.seconds)
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
pub(super) fn start_in_words(start: &Start, frequency: Frequency) -> String {
    match start {
        Start::Random => "at random".into(),
        Start::Pretrained if frequency.is_daily() => "the prior, networks that have seen simulated markets".into(),
        Start::Pretrained => "the prior, networks that have seen simulated markets, of daily rows".into(),
        Start::Model(path) => format!("the weights of {}", Shown(path)),
    }
}

/// Where weights started, as one word for programs.
fn start_name(start: &Start) -> &str {
    match start {
        Start::Random => "random",
        Start::Pretrained => "pretrained",
        Start::Model(path) => path,
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

fn write_evaluation(
    out: &mut dyn Write,
    test: &Evaluation,
    (target, scored): (Target, Option<&Result<Verdict, EvalError>>),
) -> io::Result<()> {
    let (days, first, last) = (thousands(test.days), test.first, test.last);
    writeln!(out, "on {days} unseen days, {first} to {last}, fitted on the days before:")?;
    let (rmse, naive) = (price(test.rmse), price(test.naive_rmse));
    let ratio = if test.naive_rmse > 0.0 { format!(" (ratio {:.4})", test.ratio()) } else { String::new() };
    writeln!(out, "  RMSE         {rmse} against {naive} for tomorrow = today{ratio},")?;
    writeln!(out, "               in quoted prices")?;
    match scored {
        Some(Ok(verdict)) => write_verdict(out, verdict, target)?,
        Some(Err(error)) => writeln!(out, "  verdict      not tested: {error}")?,
        None => {}
    }
    write_coverage(out, test)
}

/// The share of the days inside the intervals; of a path, day by day.
fn write_coverage(out: &mut dyn Write, test: &Evaluation) -> io::Result<()> {
    let share = |share: f64| percent((share * 1000.0).round() / 1000.0);
    let of = if test.is_calibrated() { "after calibration, cross-fitted" } else { "not calibrated" };
    let shares = |coverage: Coverage| {
        format!(
            "{} % in the 50 % interval, {} % in the 90 % interval",
            share(coverage.level_50),
            share(coverage.level_90)
        )
    };
    if test.steps.len() < 2 {
        return writeln!(out, "  coverage     {}\n               ({of})", shares(test.coverage()));
    }
    writeln!(out, "  coverage     of each day of the path ({of}):")?;
    test.steps.iter().try_for_each(|step| writeln!(out, "    {:<11}{}", step.horizon, shares(step.shown())))
}

/// What the comparison of prices with tomorrow = today comes to, and the findings below.
fn write_verdict(out: &mut dyn Write, verdict: &Verdict, target: Target) -> io::Result<()> {
    if let Some(naive) = verdict.against(NAIVE.name) {
        writeln!(out, "  verdict      {}", price_in_words(naive, target))?;
    }
    write_findings(out, verdict)?;
    if let Some(warning) = verdict.leak_warning() {
        writeln!(out, "  warning      {warning}")?;
    }
    Ok(())
}

/// What each comparison comes to, a column a rival, and what took a rival's place.
fn write_findings(out: &mut dyn Write, verdict: &Verdict) -> io::Result<()> {
    let row = |head: &str, cell: &dyn Fn(&Against) -> String| {
        let cells = verdict.against.iter().map(|against| format!("{:<26}", cell(against)));
        format!("  {head:<13}{}", cells.collect::<String>()).trim_end().to_owned()
    };
    writeln!(out, "{}", row("", &|against| format!("against {}", against.marked_name())))?;
    writeln!(out, "{}", row("price", &|against| against.price.finding.alone().to_owned()))?;
    writeln!(out, "{}", row("odds", &|against| against.distribution.finding.alone().to_owned()))?;
    for note in verdict.against.iter().filter_map(|against| against.fallback_note(verdict.days)) {
        writeln!(out, "               {note}")?;
    }
    Ok(())
}

/// A verdict in one line, or why there is none.
fn headline(verdict: &Result<Verdict, EvalError>) -> String {
    match verdict {
        Ok(verdict) => verdict.headline(),
        Err(error) => format!("not tested: {error}"),
    }
}

fn price_in_words(naive: &Against, target: Target) -> String {
    let words = match (naive.price.finding, target) {
        (Finding::Better, _) if naive.is_too_good() => "better than daily prices allow: look for a leak",
        (Finding::Better, _) => "better than tomorrow = today",
        (Finding::Worse, Target::Price) => "does worse than tomorrow = today, however good its chart may look",
        (Finding::Worse, Target::Return) => "does worse than tomorrow = today",
        (Finding::NotShown | Finding::Same, _) => "no significant difference from tomorrow = today, as is usual",
        (Finding::NotTested, _) => "not tested",
    };
    let reason = naive.price.reason.map_or(String::new(), |reason| format!("\n               {reason}"));
    format!("{words}{reason}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_networks_stay_short() {
        assert_eq!(list(&[12, 12, 12]), "12");
        assert_eq!(list(&[30, 29, 30]), "30, 29, 30");
        assert_eq!(list(&[7, 9, 12, 8, 7, 30]), "7 to 30");
        assert_eq!(list(&[]), "");
    }
}
