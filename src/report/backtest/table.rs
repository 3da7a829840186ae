//! The table of a backtest, within 80 columns.

use std::borrow::Cow;
use std::io;

use super::records::{NOT_PROVEN, all_scores};
use crate::eval::backtest::{AuditReport, Backtest, LevelScores, Scores};
use crate::eval::scores::{PitHistogram, ProbabilityScore};
use crate::eval::verdict::{Against, Lag, Verdict};
use crate::prices::Frequency;
use crate::report::columns::{self, Column};
use crate::report::number::{counted, percent_label, percent_with_decimal, price, probability};
use crate::report::terminal::Terminal;
use crate::report::text_chart;
use crate::report::verdict::{
    ComparisonLines, clark_west, correction_note, distribution_warning, fallback_note, lag_lines, later_columns,
    marked_label, price_warning,
};
use crate::report::wording::rows;

/// Writes verdict, scores, PIT histogram and audit.
pub(in crate::report) fn write(
    out: &mut Terminal<'_>,
    result: &Backtest,
    audit_report: Option<&AuditReport>,
) -> io::Result<()> {
    write_heading(out, result)?;
    write_verdict(out, &result.verdict, result.frequency)?;
    write_scores(out, result)?;
    write_events(out, result)?;
    result.scores.pit.as_ref().map_or(Ok(()), |pit| write_histogram(out, pit, result.frequency))?;
    out.chart(|screen| text_chart::coverage_of_days(screen, result))?;
    out.chart(|screen| text_chart::gain(screen, result))?;
    audit_report.map_or(Ok(()), |audit_report| write_audit_report(out, audit_report))
}

fn write_heading(out: &mut Terminal<'_>, result: &Backtest) -> io::Result<()> {
    out.text(2, heading_of(result, &out.name(&result.series)))
}

/// Names the series, its test days, and how the model was fitted.
pub(in crate::report) fn heading(result: &Backtest) -> String {
    heading_of(result, &result.series)
}

fn heading_of(result: &Backtest, name: &str) -> String {
    let (first, last) = (&result.days[0], &result.days[result.days.len() - 1]);
    let days = rows(result.days.len(), result.frequency);
    let how = match result.refits {
        0 if result.config.is_none() => "as recorded".to_owned(),
        0 => "one saved model".to_owned(),
        1 => "fitted once".to_owned(),
        refits => format!("fitted {refits} times"),
    };
    let ahead = match result.horizon {
        1 => String::new(),
        horizon => format!(", {} ahead", rows(horizon, result.frequency)),
    };
    format!("{name}: {days} from {} to {}{ahead}, {how}", first.date, last.date)
}

/// Maximum number of baselines whose comparisons the table shows one by one.
const MAX_SHOWN: usize = 3;

/// Returns the comparisons that the table shows: all if there are few, otherwise those with the simplest and the most
/// elaborate baseline. Json and csv have all of them.
fn shown(verdict: &Verdict) -> Vec<&Against> {
    match &verdict.against[..] {
        [first, .., last] if verdict.against.len() > MAX_SHOWN => vec![first, last],
        all => all.iter().collect(),
    }
}

fn write_verdict(out: &mut Terminal<'_>, verdict: &Verdict, frequency: Frequency) -> io::Result<()> {
    for against in shown(verdict) {
        let label = marked_label(against, frequency);
        write_comparison(out, ComparisonLines::new("price", &against.price, &label, frequency))?;
        if let Some(parts) = clark_west(against, verdict.level) {
            out.text(9, format_args!("         {}", parts.join("\n         ")))?;
        }
        if let Some(warning) = price_warning(against, frequency) {
            out.text(9, format_args!("         warning: {warning}"))?;
        }
        write_comparison(out, ComparisonLines::new("distribution", &against.distribution, &label, frequency))?;
    }
    let note = correction_note(verdict);
    if !note.is_empty() {
        out.text(4, format_args!("  {}", note.join("\n  ")))?;
    }
    if let Some(warning) = distribution_warning(verdict, frequency) {
        out.text(9, format_args!("  warning: {warning}"))?;
    }
    verdict.lag.as_ref().map_or(Ok(()), |lag| write_lag(out, lag, (frequency, verdict.horizon)))
}

/// Writes the finding on one line, and below it the evidence or the reason why there is none.
fn write_comparison(out: &mut Terminal<'_>, lines: ComparisonLines) -> io::Result<()> {
    out.text(9, format_args!("  {}\n         {}", lines.finding, lines.evidence))
}

fn write_lag(out: &mut Terminal<'_>, lag: &Lag, of: (Frequency, usize)) -> io::Result<()> {
    let r2 = if out.has_unicode() { "R²" } else { "R^2" };
    out.text(9, format_args!("  lag:   {}", lag_lines(lag, of, r2).join("\n         ")))
}

fn write_scores(out: &mut Terminal<'_>, result: &Backtest) -> io::Result<()> {
    columns::write(out, &columns_of_scores(result), 1)?;
    for scores in all_scores(result) {
        let days = (result.days.len(), result.frequency);
        if let Some(note) = fallback_note(&format!("{}'", scores.name), &scores.fallbacks, days) {
            out.text(4, format_args!("  {note}"))?;
        }
    }
    out.text(2, legend(result).join("\n"))
}

/// Explains the columns, in several lines.
fn legend(result: &Backtest) -> Vec<String> {
    let (no_change, unit) = (short_no_change(result), result.frequency.unit());
    let quantiles = counted(result.model.quantiles.levels().len(), "quantile");
    let up_to_rate = match (result.scores.crps.is_some(), result.scores.levels.is_empty()) {
        (true, false) => vec![
            format!("  CRPS of the return in basis points, from {quantiles}; % of closes in the"),
            format!("  intervals, also by tercile of volatility on the {unit}s before (low, medium,"),
            "  high); ".to_owned(),
        ],
        (true, true) => vec![format!("  CRPS of the return in basis points, from {quantiles};"), "  ".to_owned()],
        (false, _) => vec!["  ".to_owned()],
    };
    let mut lines = vec![format!("  RMSE in prices adjusted to the last test {unit}, ratio to {no_change};")];
    lines.extend(up_to_rate);
    if let Some(last) = lines.last_mut() {
        *last += &format!("% of directions forecast correctly{}", base_rate(result));
    }
    lines
}

/// Returns the columns: one row per forecaster, and below the model's row its coverage by tercile of volatility.
fn columns_of_scores(result: &Backtest) -> Vec<Column> {
    let naive = result.baseline_scores.first().map_or(f64::NAN, |naive| naive.rmse);
    let has_terciles = !result.scores.levels.is_empty();
    let column = |head: &str, roomy: usize, of: &dyn Fn(&Scores) -> String| {
        let mut cells: Vec<String> = all_scores(result).map(of).collect();
        if has_terciles {
            cells.splice(1..1, [const { String::new() }; TERCILES.len()]);
        }
        Column::new(head, cells, roomy)
    };
    let name = |scores: &Scores| format!("{}{}", scores.name, if scores.fallbacks.is_empty() { "" } else { "'" });
    let mut names = column("forecaster", 10, &name);
    names.is_left = true;
    for (place, tercile) in TERCILES.into_iter().enumerate().filter(|_| has_terciles) {
        names.cells[1 + place] = format!("  {tercile}");
    }
    let ratio = |scores: &Scores| {
        let ratio = scores.rmse / naive;
        if ratio.is_finite() { format!("{ratio:.4}") } else { "-".to_owned() }
    };
    let rate = |scores: &Scores| {
        scores.direction.as_ref().map_or_else(|| "-".to_owned(), |hits| percent_with_decimal(hits.rate))
    };
    let fixed = [names, column("RMSE", 9, &|scores| price(scores.rmse)), column("ratio", 7, &ratio)];
    let crps = |scores: &Scores| scores.crps.map_or_else(|| "-".to_owned(), |crps| format!("{:.3}", crps * 1e4));
    let crps = result.scores.crps.map(|_| column("CRPS", 8, &crps));
    let level = |(place, level): (usize, &LevelScores)| {
        let head = format!("in {} %", percent_label(level.all.level));
        let mut column = column(&head, 7, &|scores| percent_with_decimal(scores.levels[place].all.coverage));
        let terciles = [&level.by_volatility.low, &level.by_volatility.medium, &level.by_volatility.high];
        for (cell, score) in column.cells[1..].iter_mut().zip(terciles) {
            *cell = percent_with_decimal(score.coverage);
        }
        column
    };
    let levels = result.scores.levels.iter().enumerate().map(level);
    fixed.into_iter().chain(crps).chain(levels).chain([column("up/down", 7, &rate)]).collect()
}

/// Names of the rows by tercile of volatility.
const TERCILES: [&str; 3] = ["low", "medium", "high"];

/// Says how often a forecast of "up" on every day would have been correct; empty if no direction was forecast.
fn base_rate(result: &Backtest) -> String {
    let rate = result.scores.direction.as_ref().map(|direction| percent_with_decimal(direction.base_rate));
    rate.map_or_else(String::new, |rate| format!(", where always \"up\" is correct on\n  {rate} %"))
}

/// Names the no-change forecast, without the days ahead if there are several, to fit 80 columns.
fn short_no_change(result: &Backtest) -> Cow<'static, str> {
    if result.horizon == 1 { result.frequency.no_change(1) } else { "no change".into() }
}

/// Writes the Brier scores of each requested event.
fn write_events(out: &mut Terminal<'_>, result: &Backtest) -> io::Result<()> {
    for scores in &result.events {
        let bound = if scores.event.is_above() { '>' } else { '<' };
        let event = format!("P(move {bound} {})", scores.event);
        let came = format!("came on {} of {}", probability(scores.frequency), rows(scores.days, result.frequency));
        out.text(4, format_args!("  {event}: {came}"))?;
        let column = |head: &str, roomy: usize, of: &dyn Fn(&ProbabilityScore) -> String| {
            Column::new(head, scores.all().map(of).collect(), roomy)
        };
        let number = |value: Option<f64>, decimals: usize| {
            value.map_or_else(|| "-".to_owned(), |value| format!("{value:.decimals$}"))
        };
        let names = Column { is_left: true, ..column("forecaster", 10, &|score| score.name.clone()) };
        let all = [
            names,
            column("Brier", 8, &|score| format!("{:.5}", score.score)),
            column("std. error", 9, &|score| number(score.standard_error, 5)),
            column("skill", 7, &|score| number(score.skill, 4)),
            column("mean probability", 16, &|score| probability(score.mean_probability)),
        ];
        columns::write(out, &all, 1)?;
    }
    if !result.events.is_empty() {
        let no_change = short_no_change(result);
        out.text(9, format_args!("  skill: 1 - score / score of {no_change}; moves are from the origin"))?;
    }
    Ok(())
}

fn write_histogram(out: &mut Terminal<'_>, pit: &PitHistogram, frequency: Frequency) -> io::Result<()> {
    let shares = pit.shares();
    let unicode = out.has_unicode();
    let bars = shares.iter().map(|share| bar(share * shares.len() as f64, unicode)).collect::<String>();
    // Digits need an explanation of their scale; bars do not.
    let height = if unicode { "" } else { "; 3 or 4: as many as expected" };
    let unit = frequency.unit();
    out.text(9, format_args!("  {bars} {unit}s by tenth of the distribution: flat = calibrated (PIT{height})"))
}

/// Returns a bar in eighths, or a digit. The highest is twice the height of a flat histogram.
fn bar(share: f64, unicode: bool) -> char {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    const DIGITS: [char; 8] = ['0', '1', '2', '3', '4', '5', '6', '7'];
    let bars = if unicode { BARS } else { DIGITS };
    bars[((share * 4.0) as usize).min(bars.len() - 1)]
}

fn write_audit_report(out: &mut Terminal<'_>, audit_report: &AuditReport) -> io::Result<()> {
    let origins = counted(audit_report.origins.len(), "origin");
    let days = counted(audit_report.reread.len(), "day");
    let (forecasts, bytes) = (counted(audit_report.forecasts, "forecast"), counted(audit_report.bytes, "byte"));
    let outcome = if audit_report.difference.is_none() { "all equal" } else { "one differed" };
    let mut lines = vec![
        format!("  audit: the file was cut after {days} ({origins} and their fits), read again"),
        "         with equal rows, and the walk repeated up to each origin:".to_owned(),
        format!("         {forecasts} ({bytes}) compared, {outcome}"),
    ];
    if let Some(first) = audit_report.unread.first() {
        let days = counted(audit_report.unread.len(), "day");
        lines.push(format!("         after {days}, first {}, the shortened file could not be read:", first.day));
        lines.push("         those days are not proven".to_owned());
    }
    if let Some(first) = audit_report.unfinished.first() {
        let days = counted(audit_report.unfinished.len(), "day");
        lines.push(format!(
            "         {days}, first {first}, end a week or month that seems unfinished there: predict on the"
        ));
        lines.push("         cut file leaves such a row out, and the backtest forecasts from it".to_owned());
    }
    if let Some(columns) = later_columns(audit_report) {
        lines.push(format!("         {columns} begin after the first of these days: only later"));
        lines.push("         rows show that the file has them".to_owned());
    }
    out.text(9, lines.join("\n"))?;
    out.text(9, format_args!("         not proven:"))?;
    NOT_PROVEN.iter().try_for_each(|what| out.text(11, format_args!("           {what}")))
}
