//! The table of a backtest, within 80 columns.

use std::borrow::Cow;
use std::io::{self, Write};

use super::{NOT_PROVEN, Tested, all_scores};
use crate::eval::backtest::{AuditReport, Backtest, LevelScores, Scores};
use crate::eval::scores::{IntervalScore, PitHistogram, Skill};
use crate::eval::verdict::{Against, Comparison, Lag, Verdict};
use crate::prices::Frequency;
use crate::report::number::{counted, percent, price, probability};
use crate::report::screen;
use crate::report::terminal::{Shown, Terminal};
use crate::report::verdict::{
    compared, correction_note, distribution_warning, fallback_note, figure, information, marked_label, p_value,
    price_warning, untested,
};
use crate::report::wording::{later, rows};

/// Verdict, scores, PIT histogram and audit.
pub(super) fn write(out: &mut Terminal<'_>, (result, audit_report): &Tested) -> io::Result<()> {
    write_heading(out, result)?;
    write_verdict(out, &result.verdict, result.frequency)?;
    write_scores(out, result)?;
    write_events(out, result)?;
    write_histogram(out, &result.scores.pit, result.frequency)?;
    out.chart(|screen| screen::coverage_of_days(screen, result))?;
    out.chart(|screen| screen::gain(screen, result))?;
    audit_report.as_ref().map_or(Ok(()), |audit_report| write_audit_report(out, audit_report))
}

fn write_heading(out: &mut dyn Write, result: &Backtest) -> io::Result<()> {
    writeln!(out, "{}", Shown(heading(result)))
}

/// The series, its test days, and how the model was fitted.
pub(in crate::report) fn heading(result: &Backtest) -> String {
    let (first, last) = (&result.days[0], &result.days[result.days.len() - 1]);
    let days = rows(result.days.len(), result.frequency);
    let how = match result.refits {
        0 => "one saved model".to_owned(),
        1 => "fitted once".to_owned(),
        refits => format!("fitted {refits} times"),
    };
    let ahead = match result.horizon {
        1 => String::new(),
        horizon => format!(", {} ahead", rows(horizon, result.frequency)),
    };
    format!("{}: {days} from {} to {}{ahead}, {how}", result.series, first.date, last.date)
}

/// Most baselines whose comparisons the table shows one by one.
const MAX_SHOWN: usize = 3;

/// The comparisons that the table shows: all of a few; of more the simplest and the most elaborate baseline. Json and csv
/// have all of them.
fn shown(verdict: &Verdict) -> Vec<&Against> {
    match &verdict.against[..] {
        [first, .., last] if verdict.against.len() > MAX_SHOWN => vec![first, last],
        all => all.iter().collect(),
    }
}

fn write_verdict(out: &mut Terminal<'_>, verdict: &Verdict, frequency: Frequency) -> io::Result<()> {
    for against in shown(verdict) {
        let label = marked_label(against, frequency);
        write_comparison(out, "price:", &label, (&against.price, frequency))?;
        for part in information(against, verdict.level).iter().flatten() {
            writeln!(out, "         {part}")?;
        }
        if let Some(warning) = price_warning(against, frequency) {
            writeln!(out, "         warning: a skill {warning}")?;
        }
        write_comparison(out, "distribution:", &label, (&against.distribution, frequency))?;
    }
    for line in correction_note(verdict) {
        writeln!(out, "  {line}")?;
    }
    if let Some(warning) = distribution_warning(verdict, frequency) {
        writeln!(out, "  warning: {warning}")?;
    }
    verdict.lag.as_ref().map_or(Ok(()), |lag| write_lag(out, lag, (frequency, verdict.horizon)))
}

/// The finding on a line of its own, its evidence or why there is none below.
fn write_comparison(
    out: &mut dyn Write,
    what: &str,
    label: &str,
    (comparison, frequency): (&Comparison, Frequency),
) -> io::Result<()> {
    let Comparison { finding, skill, test, reason, .. } = comparison;
    writeln!(out, "  {what} {} {label}", compared(*finding))?;
    if let Some(reason) = reason {
        if let Some(skill) = skill {
            writeln!(out, "         skill {:.4}", skill.value)?;
        }
        return writeln!(out, "         {}", untested(*reason, frequency));
    }
    let test = p_value(test.as_ref());
    match skill {
        Some(Skill { value, level, lower: Some(lower), upper: Some(upper), .. }) => {
            let level = percent(*level);
            writeln!(out, "         skill {value:.4}, {level} % from {lower:.4} to {upper:.4}, {test}")
        }
        _ => writeln!(out, "         {test}"),
    }
}

fn write_lag(out: &mut Terminal<'_>, lag: &Lag, (frequency, ahead): (Frequency, usize)) -> io::Result<()> {
    let (this, later) = (frequency.this(), later(frequency, ahead));
    let (level, next_level) = (figure(lag.with_today), figure(lag.with_tomorrow));
    let (change, next_change) = (figure(lag.changes_with_today), figure(lag.changes_with_tomorrow));
    writeln!(out, "  lag:   correlates {level} with {this}'s close, {next_level} with {later};")?;
    writeln!(out, "         its changes, {change} with {this}'s change, {next_change} with {later};")?;
    let fraction = figure(lag.share_of_copy);
    let r2 = if out.has_unicode() { "R²" } else { "R^2" };
    writeln!(out, "         of its {r2} of {:.4}, copying {this}'s close explains {fraction}", lag.r2)
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
        let days = (result.days.len(), result.frequency);
        if let Some(note) = fallback_note(&format!("{}*", scores.name), &scores.fallbacks, days) {
            writeln!(out, "  {note}")?;
        }
    }
    let (no_change, unit) = (short_no_change(result), result.frequency.unit());
    writeln!(out, "  RMSE in prices on the basis of the last day, its ratio to {no_change};")?;
    writeln!(out, "  CRPS of the return in basis points, from 21 quantiles; % of closes in the")?;
    writeln!(out, "  intervals, also by tercile of volatility on the {unit}s before; % of directions")?;
    writeln!(out, "  forecast correctly{}", base_rate(result))
}

/// What a forecast that always says "up" would have reached; none where no direction was forecast.
fn base_rate(result: &Backtest) -> String {
    let rate = result.scores.direction.as_ref().map(|direction| in_percent(direction.base_rate));
    rate.map_or_else(String::new, |rate| format!(", where always \"up\" is correct on {rate} %"))
}

/// No change, without the days ahead where its name has them: within 80 columns.
fn short_no_change(result: &Backtest) -> Cow<'static, str> {
    if result.horizon == 1 { result.frequency.no_change(1) } else { "no change".into() }
}

fn write_forecaster(out: &mut dyn Write, scores: &Scores, naive: f64) -> io::Result<()> {
    let (ratio, crps) = (scores.rmse / naive, scores.crps * 1e4);
    let name = format!("{}{}", scores.name, if scores.fallbacks.is_empty() { "" } else { "*" });
    let ratio = if ratio.is_finite() { format!("{ratio:.4}") } else { "-".to_owned() };
    write!(out, "  {name:<10} {:>10} {ratio:>8} {crps:>9.3}", price(scores.rmse))?;
    for level in &scores.levels {
        write!(out, " {:>width$}", in_percent(level.all.coverage), width = width(&level.all))?;
    }
    let hits = scores.direction.as_ref().map_or_else(|| "-".to_owned(), |hits| in_percent(hits.rate));
    writeln!(out, " {hits:>7}")
}

/// Coverage by tercile of volatility, below that on all days.
fn write_terciles(out: &mut dyn Write, levels: &[LevelScores]) -> io::Result<()> {
    write_tercile(out, "low volatility", levels.iter().map(|level| &level.by_volatility.low))?;
    write_tercile(out, "medium volatility", levels.iter().map(|level| &level.by_volatility.medium))?;
    write_tercile(out, "high volatility", levels.iter().map(|level| &level.by_volatility.high))
}

fn write_tercile<'a>(
    out: &mut dyn Write,
    name: &str,
    scores: impl Iterator<Item = &'a IntervalScore>,
) -> io::Result<()> {
    let cells = scores.map(|score| format!(" {:>width$}", in_percent(score.coverage), width = width(score)));
    writeln!(out, "    {name:<38}{}", cells.collect::<String>())
}

/// The heading of an interval's coverage.
fn head(score: &IntervalScore) -> String {
    format!("in {} %", percent(score.level))
}

/// The width of its column: the heading of a level such as 0.975 is wider than the figures below it.
fn width(score: &IntervalScore) -> usize {
    head(score).len().max(7)
}

fn in_percent(fraction: f64) -> String {
    format!("{:.1}", fraction * 100.0)
}

/// The Brier scores of each event asked for.
fn write_events(out: &mut dyn Write, result: &Backtest) -> io::Result<()> {
    for scores in &result.events {
        let bound = if scores.event.is_above() { '>' } else { '<' };
        let event = format!("P(move {bound} {})", scores.event);
        let came = format!("came on {} of {}", probability(scores.frequency), rows(scores.days, result.frequency));
        writeln!(out, "  {event}: {came}")?;
        writeln!(
            out,
            "    {:<10} {:>9} {:>10} {:>8} {:>17}",
            "forecaster", "Brier", "std. error", "skill", "mean probability"
        )?;
        for score in scores.all() {
            let skill = score.skill.map_or_else(|| "-".to_owned(), |skill| format!("{skill:.4}"));
            let mean = probability(score.mean_probability);
            let error = score.standard_error.map_or_else(|| "-".to_owned(), |error| format!("{error:.5}"));
            writeln!(out, "    {:<10} {:>9.5} {error:>10} {skill:>8} {mean:>17}", score.name, score.score)?;
        }
    }
    if !result.events.is_empty() {
        let no_change = short_no_change(result);
        writeln!(out, "  skill: 1 - Brier score / that of {no_change}; moves are from the origin")?;
    }
    Ok(())
}

fn write_histogram(out: &mut Terminal<'_>, pit: &PitHistogram, frequency: Frequency) -> io::Result<()> {
    let shares = pit.shares();
    let unicode = out.has_unicode();
    let bars = shares.iter().map(|share| bar(share * shares.len() as f64, unicode)).collect::<String>();
    writeln!(out, "  {bars} {}s by tenth of the distribution: flat = calibrated (PIT)", frequency.unit())
}

/// A bar in eighths, or a digit; full at twice the height of a flat histogram.
fn bar(share: f64, unicode: bool) -> char {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    const DIGITS: [char; 8] = ['0', '1', '2', '3', '4', '5', '6', '7'];
    let bars = if unicode { BARS } else { DIGITS };
    bars[((share * 4.0) as usize).min(bars.len() - 1)]
}

fn write_audit_report(out: &mut dyn Write, audit_report: &AuditReport) -> io::Result<()> {
    let origins = counted(audit_report.origins.len(), "origin");
    let days = counted(audit_report.reread.len(), "day");
    writeln!(out, "  audit: the file was cut after {days} ({origins} and their fits), read again")?;
    writeln!(out, "         with equal rows, and the walk repeated up to each origin:")?;
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
