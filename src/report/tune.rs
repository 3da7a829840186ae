//! A search over configurations: the trials, the best of them, and its expected score on other days.

use std::borrow::Cow;
use std::io::{self, Write};

use jiff::civil::Date;
use serde::Serialize;

use super::columns::{self, Column};
use super::number::{counted, rounded};
use super::output::{Record, Report, rounded_record};
use super::terminal::{Shown, Terminal};
use super::verdict::{VerdictRecord, sentences};
use super::wording::rows;
use super::wrap::wrapped;
use crate::eval::tune::{Objective, Optimism, Schedule, TestSpan};
use crate::model::Config;
use crate::nn::CellKind;
use crate::prices::Frequency;

/// A finished search.
#[derive(Debug, Clone)]
pub struct Tuned {
    /// The series.
    pub series: Vec<TunedSeries>,
    /// The rungs.
    pub schedule: Schedule,
    /// The score of the trials.
    pub objective: Objective,
    /// Number of evaluations that the search made.
    pub evaluations: usize,
    /// The trials, the best first.
    pub trials: Vec<Trial>,
    /// The expected optimism of the best score; none if there were too few folds.
    pub optimism: Option<Optimism>,
    /// The command that trains the written model again.
    pub command: String,
    /// The file of the model: that of the best trial, or of the default configuration if no trial has a better score.
    pub model: String,
}

/// A series of a search.
#[derive(Debug, Clone)]
pub struct TunedSeries {
    /// Its name.
    pub name: String,
    /// The frequency of its rows.
    pub frequency: Frequency,
    /// The days forecast in all folds together: the first, the last and their number.
    pub folds: (Date, Date, usize),
    /// The test days, which no trial has seen.
    pub test_span: TestSpan,
}

/// A trial.
#[derive(Debug, Clone)]
pub struct Trial {
    /// Its number from 1; none for a default configuration outside the trials.
    pub number: Option<usize>,
    /// Whether it is the default configuration.
    pub is_default: bool,
    /// Whether it is the best trial.
    pub is_best: bool,
    /// Whether the written model has this configuration.
    pub is_written: bool,
    /// Its configuration, for the first series.
    pub config: Config,
    /// Whether its weights start from the pretrained networks.
    pub pretrained: bool,
    /// The last rung that it reached, from 1, and the number of folds there.
    pub rung: (usize, usize),
    /// Its score on that rung; none if a fit failed.
    pub score: Option<f64>,
    /// Why a fit failed.
    pub failure: Option<String>,
}

/// Maximum number of trials in the table; csv and json have all.
const MAX_SHOWN: usize = 40;

impl Report for Tuned {
    fn objects(&self) -> io::Result<Vec<Record>> {
        Ok(vec![rounded_record(&SearchRecord::new(self))?])
    }

    fn rows(&self) -> io::Result<Vec<Record>> {
        self.trials.iter().map(|one| rounded_record(&Row::new(self, one))).collect()
    }

    fn table(&self, out: &mut Terminal<'_>) -> io::Result<()> {
        self.write_heading(out)?;
        self.write_trials(out)?;
        self.write_best(out)?;
        self.series.iter().try_for_each(|series| self.write_test_span(out, series))?;
        self.write_model(out)
    }
}

impl Tuned {
    fn best(&self) -> &Trial {
        self.trials.iter().find(|one| one.is_best).unwrap_or(&self.trials[0])
    }

    /// Returns the scores of the best trial and of the default configuration on the test days, as means over the
    /// series.
    fn test_scores(&self) -> (f64, f64) {
        TestSpan::mean_scores(self.series.iter().map(|series| &series.test_span), self.objective)
    }

    /// Returns the expected score of the best trial on other days.
    fn expected(&self) -> Option<f64> {
        Some(self.best().score? + self.optimism?.expected())
    }

    fn write_heading(&self, out: &mut Terminal<'_>) -> io::Result<()> {
        let trials = counted(self.schedule.rungs[0].trials, "trial");
        for series in &self.series {
            let (first, last, days) = series.folds;
            let days = rows(days, series.frequency);
            let name = out.name(&series.name);
            out.text(2, format_args!("{name}: {trials} on {days} from {first} to {last}"))?;
        }
        let rung = |rung: &crate::eval::tune::Rung| {
            format!("{} on {}", counted(rung.trials, "trial"), counted(rung.folds, "fold"))
        };
        let rungs: Vec<String> = self.schedule.rungs.iter().map(rung).collect();
        out.text(4, format_args!("  rungs: {}; {}", rungs.join(", "), counted(self.evaluations, "evaluation")))
    }

    fn write_trials(&self, out: &mut Terminal<'_>) -> io::Result<()> {
        let shown: Vec<&Trial> = self.trials.iter().take(MAX_SHOWN).collect();
        let cells = |cell: &dyn Fn(&Trial) -> String| shown.iter().map(|one| cell(one)).collect::<Vec<_>>();
        let left = |head: &str, cells: Vec<String>| Column { is_left: true, ..Column::new(head, cells, 0) };
        let columns = [
            left("trial", cells(&|one| one.label())),
            left("cell", cells(&|one| one.config.cell.name().to_owned())),
            Column::new("window", cells(&|one| one.config.window.to_string()), 0),
            Column::new("units", cells(&|one| one.units()), 0),
            Column::new("rate", cells(&|one| one.config.learning_rate.to_string()), 0),
            Column::new("epochs", cells(&|one| one.config.epochs.to_string()), 0),
            left("weights", cells(&|one| one.start().to_owned())),
            Column::new("folds", cells(&|one| one.rung.1.to_string()), 0),
            Column::new("score", cells(&|one| one.score.map_or("failed".into(), |score| format!("{score:.4}"))), 0),
        ];
        columns::write(out, &columns, 1)?;
        if self.trials.len() > shown.len() {
            writeln!(out, "  and {} more, which csv and json have", self.trials.len() - shown.len())?;
        }
        let notes = [
            format!("  score: {}, lower is better; trials of", in_words(self.objective)),
            "  fewer folds are scored on fewer days; units: hidden units, 2 x 16 in two".to_owned(),
            "  layers; weights: where they start".to_owned(),
        ];
        out.text(4, notes.join("\n"))
    }

    fn write_best(&self, out: &mut Terminal<'_>) -> io::Result<()> {
        let best = self.best();
        let trials = counted(self.schedule.rungs[0].trials, "trial");
        let name = if best.is_default { " (the default configuration)" } else { "" };
        let score = best.score.map_or_else(|| "none".to_owned(), |score| format!("{score:.4}"));
        let line = match (self.optimism, self.expected()) {
            (Some(optimism), Some(expected)) => format!(
                "the best of {trials}{name}: score {score}, expected optimism {:.4} (standard error {:.4}): expect \
                 {expected:.4} on other days",
                optimism.expected(),
                optimism.standard_error
            ),
            _ => format!("the best of {trials}{name}: score {score}; its optimism is not known: too few folds"),
        };
        out.text(2, wrapped(&line, 80, 0, 2))?;
        let default = self.trials.iter().find(|one| one.is_default && !one.is_best).and_then(|one| one.score);
        match default.filter(|default| best.score.is_none_or(|best| best >= *default)) {
            Some(default) => {
                out.text(2, format_args!("no trial is better than the default configuration ({default:.4})"))
            }
            None => Ok(()),
        }
    }

    fn write_test_span(&self, out: &mut Terminal<'_>, series: &TunedSeries) -> io::Result<()> {
        let TestSpan { best: result, default, verdict } = &series.test_span;
        let (first, last) = (&result.days[0], &result.days[result.days.len() - 1]);
        let days = rows(result.days.len(), series.frequency);
        let (name, first, last) = (Shown(&series.name), first.date, last.date);
        out.text(2, format_args!("{name}: {days} from {first} to {last}, which no trial has seen"))?;
        let (best, of_default) = series.test_span.scores(self.objective);
        let against =
            if default.is_some() { format!(", the default configuration {of_default:.4}") } else { String::new() };
        out.text(4, format_args!("  score: the best trial {best:.4}{against}"))?;
        for sentence in sentences(verdict, series.frequency) {
            out.text(4, format_args!("  {}", wrapped(&sentence, 78, 2, 4)))?;
        }
        Ok(())
    }

    fn write_model(&self, out: &mut Terminal<'_>) -> io::Result<()> {
        let fitted = match &self.series[..] {
            [_] => "fitted to all days",
            _ => "one model of all series; the search fits each separately",
        };
        let (best, default) = self.test_scores();
        let what =
            if self.best().is_written { "the best trial" } else { "the default configuration, which no trial beats" };
        if best > default {
            let text = match self.best().is_written {
                true => {
                    "on the test days the default configuration has the better score: no gain from the search. The best \
                     trial is written nevertheless: a choice by the test days would leave no days for a test"
                }
                false => "on the test days the default configuration has the better score too",
            };
            out.text(2, wrapped(text, 80, 0, 2))?;
        }
        out.text(2, wrapped(&format!("{}: {what}, {fitted}", Shown(&self.model)), 80, 0, 2))?;
        out.text(2, format_args!("train it with: {}", Shown(&self.command)))
    }
}

fn in_words(objective: Objective) -> &'static str {
    match objective {
        Objective::Crps => "CRPS / CRPS of EWMA on the same days",
        Objective::Rmse => "RMSE / RMSE of tomorrow = today on the same days",
    }
}

impl Trial {
    fn label(&self) -> String {
        match self.number {
            _ if self.is_default => "default".to_owned(),
            number => number.map_or_else(String::new, |number| number.to_string()),
        }
    }

    fn units(&self) -> String {
        let Config { hidden, layers, .. } = self.config;
        if layers == 1 { hidden.to_string() } else { format!("{layers} x {hidden}") }
    }

    fn start(&self) -> &'static str {
        if self.pretrained { "pretrained" } else { "random" }
    }
}

#[derive(Serialize)]
struct SearchRecord<'a> {
    series: Vec<&'a str>,
    objective: Objective,
    baseline: &'static str,
    rungs: Vec<RungRecord>,
    evaluations: usize,
    trials: Vec<TrialRecord<'a>>,
    best: TrialRecord<'a>,
    optimism: Option<OptimismRecord>,
    test: Vec<TestRecord<'a>>,
    command: &'a str,
    model: &'a str,
}

#[derive(Serialize)]
struct RungRecord {
    trials: usize,
    folds: usize,
}

#[derive(Serialize)]
struct TrialRecord<'a> {
    #[serde(rename = "trial")]
    number: Option<usize>,
    is_default: bool,
    is_best: bool,
    is_written: bool,
    cell: CellKind,
    window: usize,
    hidden: usize,
    layers: usize,
    learning_rate: f64,
    epochs: usize,
    init_from: &'static str,
    rung: usize,
    folds: usize,
    score: Option<f64>,
    failure: Option<&'a str>,
}

#[derive(Serialize)]
struct OptimismRecord {
    trials: usize,
    expected: f64,
    estimate: f64,
    standard_error: f64,
    expected_score: Option<f64>,
}

#[derive(Serialize)]
struct TestRecord<'a> {
    series: &'a str,
    days: usize,
    first_date: Date,
    last_date: Date,
    horizon: usize,
    refits: usize,
    score: f64,
    default_score: f64,
    crps: Option<f64>,
    rmse: f64,
    default_crps: Option<f64>,
    default_rmse: f64,
    verdict: VerdictRecord<'a>,
}

impl<'a> SearchRecord<'a> {
    fn new(tuned: &'a Tuned) -> Self {
        let optimism = |optimism: Optimism| OptimismRecord {
            trials: tuned.schedule.rungs[0].trials,
            expected: optimism.expected(),
            estimate: optimism.estimate,
            standard_error: optimism.standard_error,
            expected_score: tuned.expected(),
        };
        let rung = |rung: &crate::eval::tune::Rung| RungRecord { trials: rung.trials, folds: rung.folds };
        SearchRecord {
            series: tuned.series.iter().map(|series| &*series.name).collect(),
            objective: tuned.objective,
            baseline: tuned.objective.baseline().name,
            rungs: tuned.schedule.rungs.iter().map(rung).collect(),
            evaluations: tuned.evaluations,
            trials: tuned.trials.iter().map(TrialRecord::new).collect(),
            best: TrialRecord::new(tuned.best()),
            optimism: tuned.optimism.map(optimism),
            test: tuned.series.iter().map(|series| TestRecord::new(tuned, series)).collect(),
            command: &tuned.command,
            model: &tuned.model,
        }
    }
}

impl<'a> TrialRecord<'a> {
    fn new(trial: &'a Trial) -> Self {
        let Config { cell, window, hidden, layers, learning_rate, epochs, .. } = trial.config;
        TrialRecord {
            number: trial.number,
            is_default: trial.is_default,
            is_best: trial.is_best,
            is_written: trial.is_written,
            cell,
            window,
            hidden,
            layers,
            learning_rate,
            epochs,
            init_from: trial.start(),
            rung: trial.rung.0,
            folds: trial.rung.1,
            score: trial.score,
            failure: trial.failure.as_deref(),
        }
    }
}

impl<'a> TestRecord<'a> {
    fn new(tuned: &Tuned, series: &'a TunedSeries) -> Self {
        let TestSpan { best, default, verdict } = &series.test_span;
        let default = default.as_ref().unwrap_or(best);
        let (score, default_score) = series.test_span.scores(tuned.objective);
        TestRecord {
            series: &series.name,
            days: best.days.len(),
            first_date: best.days[0].date,
            last_date: best.days[best.days.len() - 1].date,
            horizon: best.horizon,
            refits: best.refits,
            score,
            default_score,
            crps: best.scores.crps,
            rmse: best.scores.rmse,
            default_crps: default.scores.crps,
            default_rmse: default.scores.rmse,
            verdict: VerdictRecord::new(verdict, series.frequency),
        }
    }
}

/// A trial in csv. Only the row of the best trial has the optimism; that row and the row of the default configuration
/// have the scores on the test days.
#[derive(Serialize)]
struct Row<'a> {
    /// The name of the series, or the number of series if there are several.
    series: Cow<'a, str>,
    #[serde(flatten)]
    trial: TrialRecord<'a>,
    expected_optimism: Option<f64>,
    optimism_se: Option<f64>,
    expected_score: Option<f64>,
    test_days: Option<usize>,
    test_score: Option<f64>,
}

impl<'a> Row<'a> {
    fn new(tuned: &'a Tuned, trial: &'a Trial) -> Self {
        let optimism = tuned.optimism.filter(|_| trial.is_best);
        let (best, default) = tuned.test_scores();
        let test_score = if trial.is_best { Some(best) } else { Some(default).filter(|_| trial.is_default) };
        let days: usize = tuned.series.iter().map(|series| series.test_span.best.days.len()).sum();
        Row {
            series: match &tuned.series[..] {
                [one] => Cow::Borrowed(&one.name),
                several => Cow::Owned(format!("{} series", several.len())),
            },
            trial: TrialRecord::new(trial),
            expected_optimism: optimism.map(|optimism| optimism.expected()),
            optimism_se: optimism.map(|optimism| optimism.standard_error),
            expected_score: tuned.expected().filter(|_| trial.is_best),
            test_days: test_score.map(|_| days),
            test_score: test_score.map(rounded),
        }
    }
}

/// The progress of one part of a search.
#[derive(Debug, Clone, Serialize)]
pub struct PartDone {
    /// The number of series in a run over several. Others can have failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub series: Option<String>,
    /// The part, from 1.
    pub shard: usize,
    /// How many parts there are.
    pub of: usize,
    /// The rung that is not complete, from 1; none if the search is complete.
    pub rung: Option<usize>,
    /// How many rungs there are.
    pub rungs: usize,
    /// Evaluations in that rung that other parts have yet to make.
    pub missing: usize,
    /// Evaluations that are done and known.
    pub known: usize,
    /// Maximum number of evaluations of the search.
    pub planned: usize,
}

impl Report for PartDone {
    fn objects(&self) -> io::Result<Vec<Record>> {
        Ok(vec![super::record::record(self)?])
    }

    fn table(&self, out: &mut Terminal<'_>) -> io::Result<()> {
        let PartDone { shard, of, rungs, missing, known, planned, .. } = self;
        let evaluations = format!("{known} of at most {}", counted(*planned, "evaluation"));
        match self.rung {
            Some(rung) => writeln!(
                out,
                "shard {shard} of {of}: {evaluations}; rung {rung} of {rungs} still needs {} from other shards",
                counted(*missing, "evaluation")
            ),
            None => writeln!(out, "shard {shard} of {of}: {evaluations}; all rungs are complete"),
        }
    }
}
