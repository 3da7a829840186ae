//! A backtest for people, within 80 columns.

use std::io::{self, Write};

use super::{NOT_PROVEN, Tested, all_scores};
use crate::eval::backtest::{AuditReport, Backtest, LevelScores, Scores};
use crate::eval::baselines::{EGARCH, NAIVE};
use crate::eval::scores::{IntervalScore, PitHistogram, Skill};
use crate::eval::verdict::{Against, Comparison, Fallback, Lag};
use crate::report::number::{counted, percent, price, thousands};
use crate::report::periods::write_in_words_of;
use crate::report::terminal::{Shown, Terminal};

/// For people.
///
/// # Errors
/// Whatever writing gives.
pub fn backtest_as_table(out: &mut Terminal<'_>, (result, audit_report): &Tested) -> io::Result<()> {
    write_in_words_of(result.frequency, out, |out| write_result(out, result, audit_report.as_ref()))
}

fn write_result(out: &mut Terminal<'_>, result: &Backtest, audit_report: Option<&AuditReport>) -> io::Result<()> {
    write_heading(out, result)?;
    write_verdict(out, result)?;
    write_scores(out, result)?;
    write_histogram(out, &result.scores.pit)?;
    audit_report.map_or(Ok(()), |audit_report| write_audit_report(out, audit_report))?;
    out.flush()
}

fn write_heading(out: &mut dyn Write, result: &Backtest) -> io::Result<()> {
    let (first, last) = (&result.days[0], &result.days[result.days.len() - 1]);
    let days = thousands(result.days.len());
    let how = match result.refits {
        0 => "one saved model".to_owned(),
        1 => "fitted once".to_owned(),
        refits => format!("fitted {refits} times"),
    };
    let ahead = if result.horizon == 1 { String::new() } else { format!(", {} days ahead", result.horizon) };
    let series = Shown(&result.series);
    writeln!(out, "{series}: {days} days from {} to {}{ahead}, {how}", first.date, last.date)
}

/// Against the two that everything is measured by; the others' figures stand in json.
fn write_verdict(out: &mut dyn Write, result: &Backtest) -> io::Result<()> {
    let of_note = |against: &&Against| [NAIVE, EGARCH].iter().any(|one| one.name == against.baseline);
    for against in result.verdict.against.iter().filter(of_note) {
        let name = against.marked_name();
        write_comparison(out, "price:", &name, &against.price)?;
        if let Some(warning) = against.warning() {
            writeln!(out, "         warning: a skill {warning}")?;
        }
        write_comparison(out, "odds:", &name, &against.distribution)?;
    }
    if let Some(warning) = result.verdict.leak_warning() {
        writeln!(out, "  warning: {warning}")?;
    }
    result.verdict.lag.as_ref().map_or(Ok(()), |lag| write_lag(out, lag))
}

/// The finding on a line of its own, its evidence or why there is none below.
fn write_comparison(out: &mut dyn Write, what: &str, baseline: &str, comparison: &Comparison) -> io::Result<()> {
    let Comparison { finding, skill, test, reason, .. } = comparison;
    writeln!(out, "  {what:<6} {} {baseline}", finding.words())?;
    if let Some(reason) = reason {
        if let Some(skill) = skill {
            writeln!(out, "         skill {:.4}", skill.value)?;
        }
        return writeln!(out, "         {reason}");
    }
    let test = match test {
        Some(test) if test.p_value < 1e-4 => "Diebold-Mariano p < 0.0001".to_owned(),
        Some(test) => format!("Diebold-Mariano p = {:.4}", test.p_value),
        None => "Diebold-Mariano not defined".to_owned(),
    };
    match skill {
        Some(Skill { value, level, lower: Some(lower), upper: Some(upper), .. }) => {
            let level = percent(*level);
            writeln!(out, "         skill {value:.4}, {level} % from {lower:.4} to {upper:.4}, {test}")
        }
        _ => writeln!(out, "         {test}"),
    }
}

fn write_lag(out: &mut dyn Write, lag: &Lag) -> io::Result<()> {
    let number = |value: Option<f64>| value.map_or_else(|| "(undefined)".to_owned(), |value| format!("{value:.4}"));
    let (today, tomorrow) = (number(lag.with_today), number(lag.with_tomorrow));
    let (change, next) = (number(lag.changes_with_today), number(lag.changes_with_tomorrow));
    writeln!(out, "  lag:   correlates {today} with today's close, {tomorrow} with tomorrow's;")?;
    writeln!(out, "         its changes, {change} with today's change, {next} with tomorrow's;")?;
    let share = number(lag.share_of_copy);
    writeln!(out, "         of its R² of {:.4}, copying today's close explains {share}", lag.r2)
}

fn write_scores(out: &mut dyn Write, result: &Backtest) -> io::Result<()> {
    write!(out, "  {:<10} {:>10} {:>8} {:>9}", "forecaster", "RMSE", "ratio", "CRPS")?;
    for level in &result.scores.levels {
        write!(out, " {:>width$}", head(&level.all), width = width(&level.all))?;
    }
    writeln!(out, " {:>7}", "up/down")?;
    let naive = result.baseline_scores.first().map_or(f64::NAN, |naive| naive.rmse);
    for (k, scores) in all_scores(result).enumerate() {
        write_forecaster(out, scores, naive)?;
        if k == 0 {
            write_terciles(out, &scores.levels)?;
        }
    }
    for scores in all_scores(result) {
        if let Some(note) = Fallback::note(&format!("{}*", scores.name), &scores.fallbacks, result.days.len()) {
            writeln!(out, "  {note}")?;
        }
    }
    writeln!(out, "  RMSE in quoted prices, its ratio to tomorrow = today; CRPS of the return in")?;
    writeln!(out, "  basis points; per cent of days inside the intervals, also on the calm,")?;
    writeln!(out, "  middling and stormy third of the days; per cent of directions called")
}

fn write_forecaster(out: &mut dyn Write, scores: &Scores, naive: f64) -> io::Result<()> {
    let (ratio, crps) = (scores.rmse / naive, scores.crps * 1e4);
    let name = format!("{}{}", scores.name, if scores.fallbacks.is_empty() { "" } else { "*" });
    let ratio = if ratio.is_finite() { format!("{ratio:.4}") } else { "-".to_owned() };
    write!(out, "  {name:<10} {:>10} {ratio:>8} {crps:>9.3}", price(scores.rmse))?;
    for level in &scores.levels {
        write!(out, " {:>width$}", share(level.all.coverage), width = width(&level.all))?;
    }
    let hits = scores.direction.as_ref().map_or_else(|| "-".to_owned(), |hits| share(hits.rate));
    writeln!(out, " {hits:>7}")
}

/// Coverage on calm, middling and stormy days, below that on all days.
fn write_terciles(out: &mut dyn Write, levels: &[LevelScores]) -> io::Result<()> {
    write_third(out, "calm", levels.iter().map(|level| &level.by_volatility.calm))?;
    write_third(out, "middling", levels.iter().map(|level| &level.by_volatility.middling))?;
    write_third(out, "stormy", levels.iter().map(|level| &level.by_volatility.stormy))
}

fn write_third<'a>(out: &mut dyn Write, name: &str, scores: impl Iterator<Item = &'a IntervalScore>) -> io::Result<()> {
    let cells = scores.map(|score| format!(" {:>width$}", share(score.coverage), width = width(score)));
    writeln!(out, "    {name:<38}{}", cells.collect::<String>())
}

/// What stands above an interval's coverage.
fn head(score: &IntervalScore) -> String {
    format!("in {} %", percent(score.level))
}

/// How wide its column is: a level such as 0.975 takes more room than the shares below it.
fn width(score: &IntervalScore) -> usize {
    head(score).len().max(7)
}

fn share(share: f64) -> String {
    format!("{:.1}", share * 100.0)
}

fn write_histogram(out: &mut dyn Write, pit: &PitHistogram) -> io::Result<()> {
    let shares = pit.shares();
    let bars = shares.iter().map(|share| bar(share * shares.len() as f64)).collect::<String>();
    writeln!(out, "  {bars} days by tenths of the odds, from low to high: flat is honest")
}

/// A bar of eighths, full at twice what is flat.
fn bar(share: f64) -> char {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    BARS[((share * 4.0) as usize).min(BARS.len() - 1)]
}

fn write_audit_report(out: &mut dyn Write, audit_report: &AuditReport) -> io::Result<()> {
    let origins = counted(audit_report.origins.len(), "origin");
    let days = counted(audit_report.reread.len(), "day");
    writeln!(out, "  audit: the file was cut after {days} ({origins} and their fits), read again")?;
    writeln!(out, "         with equal rows, and walked again up to each origin:")?;
    let (forecasts, bytes) = (counted(audit_report.forecasts, "forecast"), counted(audit_report.bytes, "byte"));
    let outcome = if audit_report.difference.is_none() { "all equal" } else { "one differed" };
    writeln!(out, "         {forecasts} ({bytes}) compared, {outcome}")?;
    if let Some(first) = audit_report.unread.first() {
        let days = counted(audit_report.unread.len(), "day");
        writeln!(out, "         cut after {days} the file could not be read by itself, first")?;
        writeln!(out, "         {}: how it is read there is not proven", first.day)?;
    }
    writeln!(out, "         not proven:")?;
    NOT_PROVEN.iter().try_for_each(|what| writeln!(out, "           {what}"))
}
