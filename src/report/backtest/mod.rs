//! A backtest: the verdict first, the figures behind it after.

mod table;

use std::io::{self, Write};
use std::path::Path;

use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::failure::CsvRows;
use super::forecast::write_json;
use super::number::{percent, rounded};
use super::periods::in_words_of;
use crate::eval::backtest::{AuditReport, Backtest, FallbackEvent, Scores, Unread};
use crate::eval::baselines::NAIVE;
use crate::eval::scores::LEVELS;
use crate::eval::verdict::{Against, Comparison};

pub use table::backtest_as_table;

/// What no audit can prove, because it never was in the rows.
const NOT_PROVEN: [&str; 3] = [
    "that the vendor changed no earlier row later",
    "that the series was not chosen because it survived",
    "that the weights it starts from have not seen these days",
];

/// A backtest, and its audit if one was asked for.
pub type Tested = (Backtest, Option<AuditReport>);

fn all_scores(result: &Backtest) -> impl Iterator<Item = &Scores> {
    std::iter::once(&result.scores).chain(&result.baseline_scores)
}

/// An object: the verdict, the scores of the model, and those of every baseline.
///
/// # Errors
/// Whatever writing gives.
pub fn backtest_as_json(out: &mut dyn Write, tested: &Tested) -> io::Result<()> {
    write_json(out, &[object(tested)?])
}

fn object((result, audit_report): &Tested) -> io::Result<Map<String, Value>> {
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    let (first, last) = (&result.days[0], &result.days[result.days.len() - 1]);
    put("series", result.series.clone().into());
    put("rows", result.rows.into());
    put("test_days", result.days.len().into());
    put("first_date", first.date.to_string().into());
    put("last_date", last.date.to_string().into());
    put("horizon", result.horizon.into());
    put("refits", result.refits.into());
    put("in_sample", result.in_sample.into());
    let naive = result.verdict.against(NAIVE.name);
    let skill = naive.and_then(|naive| naive.price.skill.as_ref());
    put("skill", skill.map(|skill| rounded(skill.value)).into());
    put("skill_lower", skill.and_then(|skill| skill.lower).map(rounded).into());
    put("skill_upper", skill.and_then(|skill| skill.upper).map(rounded).into());
    put("headline", in_words_of(result.frequency, &result.verdict.headline()).into());
    put("verdict", serde_json::to_value(&result.verdict)?);
    put("words", in_words_of(result.frequency, &result.verdict.to_string()).lines().collect());
    put("scores", serde_json::to_value(&result.scores)?);
    let baselines =
        result.baseline_scores.iter().map(|scores| Ok((scores.name.clone(), serde_json::to_value(scores)?)));
    put("baselines", Value::Object(baselines.collect::<io::Result<_>>()?));
    put("fallbacks", result.fallbacks.iter().map(fallback).collect());
    if let Some(audit_report) = audit_report {
        put("audit", audit(audit_report));
    }
    Ok(fields)
}

fn fallback(event: &FallbackEvent) -> Value {
    json!({
        "origin": event.origin.to_string(),
        "baseline": event.baseline.name,
        "used": event.used.name,
        "reason": event.reason,
    })
}

fn days(days: &[Date]) -> Vec<String> {
    days.iter().map(Date::to_string).collect()
}

fn unread(unread: &Unread) -> Value {
    json!({ "day": unread.day.to_string(), "why": unread.why })
}

fn audit(audit_report: &AuditReport) -> Value {
    json!({
        "origins": days(&audit_report.origins),
        "reread": days(&audit_report.reread),
        "unread": audit_report.unread.iter().map(unread).collect::<Vec<_>>(),
        "forecasts": audit_report.forecasts,
        "bytes": audit_report.bytes,
        "passed": audit_report.difference.is_none(),
        "not_proven": NOT_PROVEN,
    })
}

/// A row a forecaster, the model first, under a header if none is there yet.
///
/// # Errors
/// Whatever writing gives.
pub fn backtest_as_csv(out: &mut dyn Write, csv: &mut CsvRows, (result, _): &Tested) -> io::Result<()> {
    csv.records(out, &all_scores(result).map(|scores| row(result, scores)).collect::<Vec<_>>())
}

/// The bare skill on price over tomorrow = today; an empty line where there is none.
///
/// # Errors
/// Whatever writing gives.
pub fn backtest_as_value(out: &mut dyn Write, (result, _): &Tested) -> io::Result<()> {
    let naive = result.verdict.against(NAIVE.name);
    match naive.and_then(|naive| naive.price.skill.as_ref()) {
        Some(skill) => writeln!(out, "{}", rounded(skill.value))?,
        None => writeln!(out)?,
    }
    out.flush()
}

fn row(result: &Backtest, scores: &Scores) -> Map<String, Value> {
    let mut fields = Map::new();
    let mut put = |name: String, value: Value| fields.insert(name, value);
    put("series".into(), result.series.clone().into());
    put("forecaster".into(), scores.name.clone().into());
    put("test_days".into(), result.days.len().into());
    put("rmse".into(), rounded(scores.rmse).into());
    put("mae".into(), rounded(scores.mae).into());
    put("mase".into(), scores.mase.map(rounded).into());
    put("smape".into(), rounded(scores.smape).into());
    put("direction".into(), scores.direction.as_ref().map(|direction| rounded(direction.rate)).into());
    put("crps".into(), rounded(scores.crps).into());
    put("pinball".into(), rounded(scores.pinball).into());
    for level in &scores.levels {
        let name = percent(level.all.level);
        put(format!("coverage_{name}"), rounded(level.all.coverage).into());
        put(format!("width_{name}"), rounded(level.all.width).into());
        put(format!("winkler_{name}"), rounded(level.all.winkler).into());
    }
    let against = result.verdict.against(&scores.name);
    let skill = |of: fn(&Against) -> &Comparison| {
        let skill = against.and_then(|against| of(against).skill.as_ref());
        Value::from(skill.map(|skill| rounded(skill.value)))
    };
    put("price_skill_of_model".into(), skill(|against| &against.price));
    put("odds_skill_of_model".into(), skill(|against| &against.distribution));
    let finding = |of: fn(&Against) -> &Comparison| Value::from(against.map(|against| of(against).finding.name()));
    put("price_finding_of_model".into(), finding(|against| &against.price));
    put("odds_finding_of_model".into(), finding(|against| &against.distribution));
    let reason = against.and_then(|against| against.price.reason.or(against.distribution.reason));
    put("not_tested_because".into(), reason.map(|reason| reason.to_string()).into());
    put("fallback_days".into(), scores.fallbacks.iter().map(|fallback| fallback.days).sum::<usize>().into());
    fields
}

/// The columns of [`DaysAsCsv`] before the quantiles.
const DAYS_HEADER: [&str; 5] = ["series", "date", "actual", "naive", "forecast"];

/// Whether a file that starts so is one of [`DaysAsCsv`].
pub fn are_forecasts_of_days(head: &[u8]) -> bool {
    head.starts_with(DAYS_HEADER.join(",").as_bytes())
}

/// Rows of csv, one a test day: `series,date,actual,naive,forecast`, then the quantiles, all of them prices.
#[derive(Debug)]
pub struct DaysAsCsv {
    text: Vec<u8>,
}

impl DaysAsCsv {
    /// The header.
    ///
    /// # Errors
    /// Whatever writing gives.
    pub fn new() -> io::Result<DaysAsCsv> {
        let mut csv = csv::Writer::from_writer(Vec::new());
        let header = DAYS_HEADER.map(str::to_owned);
        let quantiles = LEVELS.map(|level| format!("q{level:.2}"));
        csv.write_record(header.iter().chain(&quantiles))?;
        Ok(DaysAsCsv { text: finished(csv)? })
    }

    /// Adds the test days of a series.
    ///
    /// # Errors
    /// Whatever writing gives.
    pub fn add(&mut self, result: &Backtest) -> io::Result<()> {
        let mut csv = csv::Writer::from_writer(std::mem::take(&mut self.text));
        let prices = result.model.prices(&result.days);
        for (k, day) in result.days.iter().enumerate() {
            let numbers = [day.actual, day.naive, prices[k]];
            let numbers = numbers.into_iter().chain(result.model.price_quantiles(k, &result.days));
            let date = [result.series.clone(), day.date.to_string()];
            csv.write_record(date.into_iter().chain(numbers.map(|number| rounded(number).to_string())))?;
        }
        self.text = finished(csv)?;
        Ok(())
    }

    /// What was written.
    pub fn text(&self) -> &[u8] {
        &self.text
    }
}

fn finished(csv: csv::Writer<Vec<u8>>) -> io::Result<Vec<u8>> {
    csv.into_inner().map_err(csv::IntoInnerError::into_error)
}

/// Writes a file whole or not at all.
///
/// # Errors
/// Whatever writing gives.
pub fn to_file(path: &Path, text: &[u8]) -> io::Result<()> {
    crate::model::write_atomically(path, text)
}
