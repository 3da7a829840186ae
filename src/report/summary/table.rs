//! The summary of a training run as text.

use std::io;

use super::super::number::{counted, price, thousands};
use super::super::output::Report;
use super::super::terminal::{Shown, Terminal};
use super::super::text_chart;
use super::super::training::{
    chart_of_coverage, coverage_warning, layers_in_words, no_change_of_test, start_in_words, trained_on, unseen,
};
use super::super::wrap::wrapped;
use super::run::Summary;
use super::verdict::{self, INDENT};
use crate::model::{Card, Config, Coverage, Evaluation, StepCoverage, Uncalibrated};
use crate::prices::Frequency;

/// Width of the lines if there is no screen.
const WIDTH: usize = 80;

pub fn write(out: &mut Terminal<'_>, summary: &Summary) -> io::Result<()> {
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
    if let Some(warning) = coverage_warning(card) {
        out.text(2, wrapped(&format!("warning: {warning}"), WIDTH, 0, 2))?;
    }
    write_charts(out, summary)?;
    summary.path.as_slice().table(out)
}

fn write_charts(out: &mut Terminal<'_>, summary: &Summary) -> io::Result<()> {
    let unseen = unseen(&summary.card.training);
    out.chart(|screen| text_chart::losses(screen, &summary.curves, unseen))?;
    chart_of_coverage(out, &summary.card)
}

/// Writes that intervals are not calibrated, with the reason on a line of its own.
fn write_uncalibrated(out: &mut Terminal<'_>, Card { uncalibrated, training, .. }: &Card) -> io::Result<()> {
    let reason = |reason: &Uncalibrated| format!(":\n  {}", reason.in_words(training.frequency));
    let reason = uncalibrated.as_ref().map_or(String::new(), reason);
    out.text(2, format_args!("intervals not calibrated (raw distribution){reason}"))
}

fn network_in_words(summary: &Summary) -> String {
    let config = &summary.card.config;
    format!("{}, window {}", layers_in_words(config), config.window)
}

fn write_training(out: &mut Terminal<'_>, summary: &Summary) -> io::Result<()> {
    let Card { training, losses, init_from, config, .. } = &summary.card;
    let weights = counted(summary.weights / config.ensemble, "weight");
    out.text(INDENT, format_args!("  networks     {} of {weights}", thousands(config.ensemble)))?;
    out.text(INDENT, format_args!("  series       {}", trained_on(training)))?;
    out.text(INDENT, format_args!("  start        {}", start_in_words(init_from, training.frequency)))?;
    let (train, stop) = (thousands(training.training_windows), thousands(training.validation_windows));
    out.text(
        INDENT,
        format_args!("  windows      {}: {train} to train, {stop} for validation", thousands(summary.windows())),
    )?;
    out.text(
        INDENT,
        format_args!("  epochs       {} run; weights of epoch {}", list(&losses.epochs), list(&losses.best_epochs)),
    )?;
    if let Some(stopped) = &losses.interrupted {
        out.text(INDENT, format_args!("  interrupted  {stopped}"))?;
    }
    // Without validation windows, the two losses are of different fits.
    let [of_train, of_test] = match (losses.valid, training.validation_windows) {
        (Some(_), 0) => [" (final fit)", " (test fit)"],
        _ => ["", ""],
    };
    let valid = losses.valid.map_or(String::new(), |loss| format!(", {loss:.4} {}{of_test}", unseen(training)));
    out.text(INDENT, format_args!("  loss         {:.4} training{of_train}{valid}", losses.train))?;
    let speed = thousands(summary.windows_per_second.round() as usize);
    out.text(INDENT, format_args!("  time         {:.2} s, {speed} windows per second", summary.seconds))
}

/// Lists one count per network: a single number if all are the same, a range if there are many.
fn list(counts: &[usize]) -> String {
    match (counts.iter().min(), counts.iter().max()) {
        (Some(min), Some(max)) if min == max => min.to_string(),
        (Some(min), Some(max)) if counts.len() > 5 => format!("{min} to {max}"),
        _ => counts.iter().map(usize::to_string).collect::<Vec<_>>().join(", "),
    }
}

fn write_evaluation(out: &mut Terminal<'_>, test: &Evaluation, summary: &Summary) -> io::Result<()> {
    let frequency = summary.frequency();
    let (days, unit, first, last) = (thousands(test.days), frequency.unit(), test.first, test.last);
    out.text(2, format_args!("on {days} unseen {unit}s, {first} to {last}, fitted on the {unit}s before:"))?;
    // Prices of several series have no common scale.
    let number: fn(f64) -> String = if test.forecasts.is_some() { of_last_close } else { price };
    let (rmse, naive) = (number(test.rmse), number(test.naive_rmse));
    let ratio = if test.naive_rmse > 0.0 { format!(" (ratio {:.4})", test.ratio()) } else { String::new() };
    let no_change = no_change_of_test(&summary.card.config, frequency);
    let what = match test.forecasts {
        Some(forecasts) => format!("of the last close, over {} forecasts", thousands(forecasts)),
        None => format!("in prices adjusted to the last test {}", frequency.unit()),
    };
    let line = format!("  RMSE         {rmse} against {naive} for {no_change}{ratio},\n{:INDENT$}{what}", "");
    out.text(INDENT, line)?;
    match &summary.verdict {
        Some(Ok(verdict)) => verdict::write(out, verdict, (summary.card.config.target, frequency))?,
        Some(Err(error)) => out.text(INDENT, format_args!("  verdict      not tested: {error}"))?,
        None => {}
    }
    write_coverage(out, test, &summary.card.config, frequency)
}

/// Writes the fraction of closes that the intervals contained; for a path, day by day.
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
        let text = if test.has_enough_days(step) {
            line(step.shown())
        } else {
            format!("too few {unit}s: {} that do not overlap", test.independent_days(step))
        };
        out.text(INDENT, format_args!("    {:<11}{text}", step.horizon))
    })
}

/// Maximum number of days ahead whose coverage is written with one line per day; more are written as a table.
const MAX_COVERAGE_LINES: usize = 7;

/// Writes the coverage of many days ahead, in columns to be read from top to bottom.
fn write_coverage_table(out: &mut Terminal<'_>, test: &Evaluation, frequency: Frequency) -> io::Result<()> {
    let unit = frequency.unit();
    let of = if test.is_calibrated() { "after calibration, cross-fitted" } else { "not calibrated" };
    out.text(INDENT, format_args!("  coverage     by {unit} ahead, of the 50 % and the 90 % interval"))?;
    out.text(INDENT, format_args!("               ({of}):"))?;
    let (shown, too_few): (Vec<&StepCoverage>, Vec<&StepCoverage>) =
        test.steps.iter().partition(|step| test.has_enough_days(step));
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
    let days = test.independent_days(first);
    out.text(
        INDENT,
        format_args!("    from {} on: too few {unit}s, {days} or fewer that do not overlap", first.horizon),
    )
}

/// Formats an error as a fraction of the last close.
fn of_last_close(fraction: f64) -> String {
    format!("{:.3} %", 100.0 * fraction)
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
