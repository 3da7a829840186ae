//! A backtest: the verdict first, the figures behind it after.

use std::io::{self, Write};
use std::path::Path;

use serde_json::{Map, Value, json};

use super::forecast::{write_csv, write_json};
use super::number::{percent, price, rounded, thousands};
use crate::eval::backtest::{Backtest, Certificate, Replaced, Scores};
use crate::eval::baselines::Kind;
use crate::eval::scores::LEVELS;

/// A backtest, and its audit if one was asked for.
pub type Tested = (Backtest, Option<Certificate>);

/// The baselines that could not always be fitted, each with the fits where it could not.
pub fn replacements(result: &Backtest) -> Vec<(Kind, Vec<&Replaced>)> {
    let days_of = |kind| result.replaced.iter().filter(|replaced| replaced.asked == kind).collect::<Vec<_>>();
    Kind::ALL.into_iter().map(|kind| (kind, days_of(kind))).filter(|(_, days)| !days.is_empty()).collect()
}

fn all_scores(result: &Backtest) -> impl Iterator<Item = &Scores> {
    std::iter::once(&result.scores).chain(&result.baseline_scores)
}

/// An object a series: the verdict, the scores of the model, and those of every baseline.
///
/// # Errors
/// Whatever writing gives.
pub fn backtests_as_json(out: &mut dyn Write, results: &[Tested]) -> io::Result<()> {
    let objects = results.iter().map(object).collect::<io::Result<Vec<_>>>()?;
    write_json(out, &objects)
}

fn object((result, certificate): &Tested) -> io::Result<Map<String, Value>> {
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
    let naive = result.verdict.against("naive");
    put("skill", naive.map(|naive| rounded(naive.price.skill.value)).into());
    put("skill_lower", naive.map(|naive| rounded(naive.price.skill.lower)).into());
    put("skill_upper", naive.map(|naive| rounded(naive.price.skill.upper)).into());
    put("headline", result.verdict.headline().into());
    put("verdict", serde_json::to_value(&result.verdict)?);
    put("words", result.verdict.to_string().lines().collect());
    put("scores", serde_json::to_value(&result.scores)?);
    let baselines =
        result.baseline_scores.iter().map(|scores| Ok((scores.name.clone(), serde_json::to_value(scores)?)));
    put("baselines", Value::Object(baselines.collect::<io::Result<_>>()?));
    let replaced = result.replaced.iter().map(|replaced| {
        json!({
            "origin": replaced.origin.to_string(),
            "asked": replaced.asked.name(),
            "used": replaced.used.name(),
            "why": replaced.why,
        })
    });
    put("replaced", replaced.collect());
    if let Some(certificate) = certificate {
        put(
            "audit",
            json!({
                "origins": certificate.origins.iter().map(ToString::to_string).collect::<Vec<_>>(),
                "forecasts": certificate.forecasts,
                "bytes": certificate.bytes,
                "passed": certificate.difference.is_none(),
            }),
        );
    }
    Ok(fields)
}

/// A header, and a row a forecaster: the model first.
///
/// # Errors
/// Whatever writing gives.
pub fn backtests_as_csv(out: &mut dyn Write, results: &[Tested]) -> io::Result<()> {
    let rows = |(result, _): &Tested| all_scores(result).map(|scores| row(result, scores)).collect::<Vec<_>>();
    write_csv(out, &results.iter().flat_map(rows).collect::<Vec<_>>())
}

/// The bare skill on price over tomorrow = today, a line a series.
///
/// # Errors
/// Whatever writing gives.
pub fn backtests_as_values(out: &mut dyn Write, results: &[Tested]) -> io::Result<()> {
    for skill in results.iter().filter_map(|(result, _)| result.verdict.against("naive")) {
        writeln!(out, "{}", rounded(skill.price.skill.value))?;
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
    let skill =
        |of: fn(&crate::eval::verdict::Against) -> f64| Value::from(against.map(|against| rounded(of(against))));
    put("price_skill_of_model".into(), skill(|against| against.price.skill.value));
    put("odds_skill_of_model".into(), skill(|against| against.odds.skill.value));
    fields
}

/// For people.
///
/// # Errors
/// Whatever writing gives.
pub fn backtests_as_table(out: &mut dyn Write, results: &[Tested]) -> io::Result<()> {
    for (k, (result, certificate)) in results.iter().enumerate() {
        if k > 0 {
            writeln!(out)?;
        }
        write_table(out, result)?;
        if let Some(certificate) = certificate {
            write_certificate(out, certificate)?;
        }
    }
    out.flush()
}

fn write_table(out: &mut dyn Write, result: &Backtest) -> io::Result<()> {
    let (first, last) = (&result.days[0], &result.days[result.days.len() - 1]);
    let days = thousands(result.days.len());
    let how = match result.refits {
        0 => "one saved model".to_owned(),
        1 => "fitted once".to_owned(),
        refits => format!("fitted {refits} times"),
    };
    let ahead = if result.horizon == 1 { String::new() } else { format!(", {} days ahead", result.horizon) };
    writeln!(out, "{}: {days} days from {} to {}{ahead}, {how}", result.series, first.date, last.date)?;
    // The two that everything is measured by; the others' figures stand in the table and in json.
    let of_note = |rival: &str| ["naive", "egarch"].contains(&rival);
    let mut verdict = result.verdict.clone();
    verdict.against.retain(|against| of_note(&against.rival));
    for line in verdict.to_string().lines() {
        // The finding on a line of its own, its evidence below: together they would not fit a terminal.
        let (finding, evidence) = line.split_once(" (").map_or((line, None), |(a, b)| (a, b.strip_suffix(')')));
        writeln!(out, "  {finding}")?;
        if let Some(evidence) = evidence {
            writeln!(out, "    {evidence}")?;
        }
    }
    write!(out, "  {:<10} {:>10} {:>8} {:>9}", "forecaster", "RMSE", "ratio", "CRPS")?;
    let naive = result.baseline_scores.first();
    for level in &result.scores.levels {
        write!(out, " {:>7}", format!("in {} %", percent(level.all.level)))?;
    }
    writeln!(out, " {:>6}", "up/down")?;
    for scores in all_scores(result) {
        let ratio = naive.map_or(f64::NAN, |naive| scores.rmse / naive.rmse);
        let crps = scores.crps * 1e4;
        write!(out, "  {:<10} {:>10} {ratio:>8.4} {crps:>9.3}", scores.name, price(scores.rmse))?;
        for level in &scores.levels {
            write!(out, " {:>7.1}", level.all.coverage * 100.0)?;
        }
        let hits = scores.direction.as_ref().map_or_else(|| "-".to_owned(), |hits| format!("{:.1}", hits.rate * 100.0));
        writeln!(out, " {hits:>7}")?;
    }
    writeln!(out, "  RMSE of the price, its ratio to tomorrow = today; CRPS of the return in basis points;")?;
    writeln!(out, "  per cent of days inside the intervals; per cent of directions called")?;
    write_terciles(out, &result.scores)?;
    let shares = result.scores.pit.shares();
    let bars = shares.iter().map(|share| bar(share * shares.len() as f64)).collect::<String>();
    writeln!(out, "  where in its odds the price came to lie, tenths from low to high: {bars} (flat is honest)")
}

/// Coverage on calm, middling and stormy days.
fn write_terciles(out: &mut dyn Write, scores: &Scores) -> io::Result<()> {
    write!(out, "  by volatility")?;
    for level in &scores.levels {
        let by = &level.by_volatility;
        let thirds = [&by.calm, &by.middling, &by.stormy].map(|third| format!("{:.1}", third.coverage * 100.0));
        write!(out, ", {} %: {}", percent(level.all.level), thirds.join(" "))?;
    }
    writeln!(out, " (calm, middling, stormy)")
}

/// A bar of eighths, full at twice what is flat.
fn bar(share: f64) -> char {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    BARS[((share * 4.0) as usize).min(BARS.len() - 1)]
}

fn write_certificate(out: &mut dyn Write, certificate: &Certificate) -> io::Result<()> {
    let origins = thousands(certificate.origins.len());
    let (forecasts, bytes) = (thousands(certificate.forecasts), thousands(certificate.bytes));
    let outcome = if certificate.difference.is_none() { "not one bit differed" } else { "a forecast differed" };
    writeln!(
        out,
        "  audit: every row after each of {origins} origins was spoilt: {forecasts} forecasts, {bytes} bytes compared, {outcome}"
    )
}

/// A row a test day: `series,date,actual,naive,forecast`, then the quantiles, all of them prices.
///
/// # Errors
/// Whatever writing gives.
pub fn forecasts_of_days_as_csv(out: &mut dyn Write, results: &[&Backtest]) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    let header = ["series", "date", "actual", "naive", "forecast"].map(str::to_owned);
    let quantiles = LEVELS.map(|level| format!("q{level:.2}"));
    csv.write_record(header.iter().chain(&quantiles))?;
    for result in results {
        let prices = result.model.prices(&result.days);
        for (k, day) in result.days.iter().enumerate() {
            let numbers = [day.actual, day.naive, prices[k]];
            let numbers = numbers.into_iter().chain(result.model.price_quantiles(k, &result.days));
            let date = [result.series.clone(), day.date.to_string()];
            csv.write_record(date.into_iter().chain(numbers.map(|number| rounded(number).to_string())))?;
        }
    }
    csv.flush()
}

/// Writes a file whole or not at all.
///
/// # Errors
/// Whatever writing gives.
pub fn to_file(path: &Path, write: &dyn Fn(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut bytes = Vec::new();
    write(&mut bytes)?;
    crate::model::write_atomically(path, &bytes)
}
