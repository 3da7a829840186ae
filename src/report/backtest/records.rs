//! The json object and the csv rows of a backtest.

use std::io;

use jiff::civil::Date;
use serde::{Serialize, Serializer};

use crate::eval::backtest::{AuditReport, Backtest, FallbackEvent, LevelScores, Scores, Unread};
use crate::eval::baselines::NAIVE;
use crate::eval::scores::{Event, EventScores, ProbabilityScore, Skill};
use crate::eval::verdict::Against;
use crate::report::number::percent_label;
use crate::report::record::{Record, rounded_record};
use crate::report::verdict::{VerdictRecord, clark_west_finding, headline, later_columns, sentences, untested};

/// What an audit cannot detect, because the rows do not show it.
pub(super) const NOT_PROVEN: [&str; 3] = [
    "that the vendor changed no earlier row later",
    "that the series was not chosen because it survived",
    "that the initial weights were not trained on these days",
];

/// Returns the scores of the model and of each baseline.
pub(super) fn all_scores(result: &Backtest) -> impl Iterator<Item = &Scores> {
    std::iter::once(&result.scores).chain(&result.baseline_scores)
}

/// Returns the csv row of forecasts without scores. It has the same columns as rows with scores.
pub(in crate::report) fn row_without_scores(
    series: &str,
    forecaster: &str,
    days: usize,
    levels: &[f64],
) -> io::Result<Record> {
    rounded_record(&ForecasterRecord {
        series,
        forecaster,
        test_days: days,
        rmse: None,
        mae: None,
        mase: None,
        smape: None,
        direction: None,
        crps: None,
        pinball: None,
        levels: LevelColumns(levels.iter().map(|level| (*level, None)).collect()),
        price_skill_of_model: None,
        distribution_skill_of_model: None,
        price_finding_of_model: None,
        distribution_finding_of_model: None,
        not_tested_because: None,
        fallback_days: 0,
        clark_west_finding_of_model: None,
        events: EventColumns { events: &[], forecaster },
        direction_base_rate: None,
        event_errors: EventErrorColumns(EventColumns { events: &[], forecaster }),
    })
}

/// Returns the csv rows of a backtest.
pub(in crate::report) fn forecaster_rows(result: &Backtest) -> io::Result<Vec<Record>> {
    all_scores(result).map(|scores| rounded_record(&ForecasterRecord::new(result, scores))).collect()
}

/// Returns the json object of a backtest and of its audit.
pub(in crate::report) fn backtest_record(result: &Backtest, audit_report: Option<&AuditReport>) -> io::Result<Record> {
    rounded_record(&BacktestRecord::new(result, audit_report))
}

/// Returns the skill on price over no change.
pub(in crate::report) fn price_skill(result: &Backtest) -> Option<&Skill> {
    result.verdict.against(NAIVE.name).and_then(|naive| naive.price.skill.as_ref())
}

#[derive(Serialize)]
struct BacktestRecord<'a> {
    series: &'a str,
    rows: usize,
    test_days: usize,
    first_date: Date,
    last_date: Date,
    horizon: usize,
    refits: usize,
    in_sample: bool,
    skill: Option<f64>,
    skill_lower: Option<f64>,
    skill_upper: Option<f64>,
    headline: String,
    verdict: VerdictRecord<'a>,
    words: Vec<String>,
    scores: &'a Scores,
    #[serde(serialize_with = "by_name")]
    baselines: &'a [Scores],
    fallbacks: Vec<FallbackRecord<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    brier: Vec<EventRecord<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    audit: Option<AuditRecord<'a>>,
}

/// Serialises scores as an object with one key per forecaster.
fn by_name<S: Serializer>(scores: &[Scores], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(scores.iter().map(|scores| (&scores.name, scores)))
}

impl<'a> BacktestRecord<'a> {
    fn new(result: &'a Backtest, audit_report: Option<&'a AuditReport>) -> Self {
        let skill = price_skill(result);
        BacktestRecord {
            series: &result.series,
            rows: result.rows,
            test_days: result.days.len(),
            first_date: result.days[0].date,
            last_date: result.days[result.days.len() - 1].date,
            horizon: result.horizon,
            refits: result.refits,
            in_sample: result.in_sample,
            skill: skill.map(|skill| skill.value),
            skill_lower: skill.and_then(|skill| skill.lower),
            skill_upper: skill.and_then(|skill| skill.upper),
            headline: headline(&result.verdict, result.frequency),
            verdict: VerdictRecord::new(&result.verdict, result.frequency),
            words: sentences(&result.verdict, result.frequency),
            scores: &result.scores,
            baselines: &result.baseline_scores,
            fallbacks: result.fallbacks.iter().map(FallbackRecord::new).collect(),
            brier: result.events.iter().map(EventRecord::new).collect(),
            audit: audit_report.map(AuditRecord::new),
        }
    }
}

#[derive(Serialize)]
struct EventRecord<'a> {
    event: Event,
    days: usize,
    frequency: f64,
    model: &'a ProbabilityScore,
    #[serde(serialize_with = "each_by_name")]
    baselines: &'a [ProbabilityScore],
}

impl<'a> EventRecord<'a> {
    fn new(scores: &'a EventScores) -> Self {
        EventRecord {
            event: scores.event,
            days: scores.days,
            frequency: scores.frequency,
            model: &scores.model,
            baselines: &scores.baselines,
        }
    }
}

fn each_by_name<S: Serializer>(scores: &[ProbabilityScore], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(scores.iter().map(|score| (&score.name, score)))
}

#[derive(Serialize)]
struct FallbackRecord<'a> {
    origin: Date,
    baseline: &'a str,
    used: &'a str,
    reason: &'a str,
}

impl<'a> FallbackRecord<'a> {
    fn new(FallbackEvent { origin, baseline, used, reason, .. }: &'a FallbackEvent) -> Self {
        FallbackRecord { origin: *origin, baseline: baseline.name, used: used.name, reason }
    }
}

#[derive(Serialize)]
struct AuditRecord<'a> {
    origins: &'a [Date],
    reread: &'a [Date],
    unread: Vec<UnreadRecord<'a>>,
    unfinished: &'a [Date],
    later_columns: Option<&'static str>,
    forecasts: usize,
    bytes: usize,
    passed: bool,
    not_proven: [&'static str; 3],
}

#[derive(Serialize)]
struct UnreadRecord<'a> {
    day: Date,
    why: &'a str,
}

impl<'a> AuditRecord<'a> {
    fn new(audit_report: &'a AuditReport) -> Self {
        let unread = |Unread { day, why }: &'a Unread| UnreadRecord { day: *day, why };
        AuditRecord {
            origins: &audit_report.origins,
            reread: &audit_report.reread,
            unread: audit_report.unread.iter().map(unread).collect(),
            unfinished: &audit_report.unfinished,
            later_columns: later_columns(audit_report),
            forecasts: audit_report.forecasts,
            bytes: audit_report.bytes,
            passed: audit_report.difference.is_none(),
            not_proven: NOT_PROVEN,
        }
    }
}

#[derive(Serialize)]
struct ForecasterRecord<'a> {
    series: &'a str,
    forecaster: &'a str,
    test_days: usize,
    rmse: Option<f64>,
    mae: Option<f64>,
    mase: Option<f64>,
    smape: Option<f64>,
    direction: Option<f64>,
    crps: Option<f64>,
    pinball: Option<f64>,
    #[serde(flatten)]
    levels: LevelColumns<'a>,
    price_skill_of_model: Option<f64>,
    distribution_skill_of_model: Option<f64>,
    price_finding_of_model: Option<&'static str>,
    distribution_finding_of_model: Option<&'static str>,
    not_tested_because: Option<String>,
    fallback_days: usize,
    clark_west_finding_of_model: Option<&'static str>,
    #[serde(flatten)]
    events: EventColumns<'a>,
    direction_base_rate: Option<f64>,
    #[serde(flatten)]
    event_errors: EventErrorColumns<'a>,
}

/// The columns `brier_standard_error_+2%` and so on, of one forecaster.
struct EventErrorColumns<'a>(EventColumns<'a>);

impl Serialize for EventErrorColumns<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let error = |scores: &EventScores| self.0.own(scores).and_then(|own| own.standard_error);
        let column = |scores: &EventScores| (format!("brier_standard_error_{}", scores.event), error(scores));
        serializer.collect_map(self.0.events.iter().map(column))
    }
}

/// The columns `brier_+2%`, `mean_probability_+2%`, `frequency_+2%` and so on, of one forecaster.
#[derive(Clone, Copy)]
struct EventColumns<'a> {
    events: &'a [EventScores],
    forecaster: &'a str,
}

impl EventColumns<'_> {
    /// Returns the forecaster's score of an event.
    fn own<'a>(&self, scores: &'a EventScores) -> Option<&'a ProbabilityScore> {
        scores.all().find(|score| score.name == self.forecaster)
    }
}

impl Serialize for EventColumns<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let columns = self.events.iter().flat_map(|scores| {
            let own = self.own(scores);
            let columns = [
                ("brier", own.map(|own| own.score)),
                ("mean_probability", own.map(|own| own.mean_probability)),
                ("frequency", Some(scores.frequency)),
            ];
            columns.map(|(name, value)| (format!("{name}_{}", scores.event), value))
        });
        serializer.collect_map(columns)
    }
}

/// The columns `coverage_50`, `width_50`, `winkler_50` and so on: the level of each interval, and its scores.
struct LevelColumns<'a>(Vec<(f64, Option<&'a LevelScores>)>);

impl Serialize for LevelColumns<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let columns = self.0.iter().flat_map(|(level, scores)| {
            let all = scores.map(|scores| &scores.all);
            let columns = [
                ("coverage", all.map(|all| all.coverage)),
                ("width", all.map(|all| all.width)),
                ("winkler", all.map(|all| all.winkler)),
            ];
            columns.map(|(name, value)| (format!("{name}_{}", percent_label(*level)), value))
        });
        serializer.collect_map(columns)
    }
}

impl<'a> ForecasterRecord<'a> {
    fn new(result: &'a Backtest, scores: &'a Scores) -> Self {
        let against = result.verdict.against(&scores.name);
        let reason = against.and_then(|Against { price, distribution, .. }| price.reason.or(distribution.reason));
        let skill = |skill: Option<&Skill>| skill.map(|skill| skill.value);
        let events = EventColumns { events: &result.events, forecaster: &scores.name };
        ForecasterRecord {
            series: &result.series,
            forecaster: &scores.name,
            test_days: result.days.len(),
            rmse: Some(scores.rmse),
            mae: Some(scores.mae),
            mase: scores.mase,
            smape: Some(scores.smape),
            direction: scores.direction.as_ref().map(|direction| direction.rate),
            crps: scores.crps,
            pinball: scores.pinball,
            levels: LevelColumns(scores.levels.iter().map(|scores| (scores.all.level, Some(scores))).collect()),
            price_skill_of_model: skill(against.and_then(|against| against.price.skill.as_ref())),
            distribution_skill_of_model: skill(against.and_then(|against| against.distribution.skill.as_ref())),
            price_finding_of_model: against.map(|against| against.price.finding.name()),
            distribution_finding_of_model: against.map(|against| against.distribution.finding.name()),
            not_tested_because: reason.map(|reason| untested(reason, result.frequency)),
            fallback_days: scores.fallbacks.iter().map(|fallback| fallback.days).sum(),
            clark_west_finding_of_model: against.and_then(|against| clark_west_finding(against, result.verdict.level)),
            events,
            direction_base_rate: scores.direction.as_ref().map(|direction| direction.base_rate),
            event_errors: EventErrorColumns(events),
        }
    }
}
