//! What a price file was understood as.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::failure::Failure;
use super::forecast::write_json;
use super::number::{counted, price, thousands};
use super::style::{HELP, WARNING};
use super::terminal::{Shown, Terminal};
use crate::prices::{FailedSeries, PriceSeries, Reading, Role, SeriesNotes, Spacing, TradingWeek, Understood};

/// One object a file.
///
/// # Errors
/// Whatever writing gives.
pub fn reading_as_json(out: &mut dyn Write, reading: &Reading) -> io::Result<()> {
    let Understood { columns, .. } = &reading.understood;
    let understood = &reading.understood;
    let mut object = Map::new();
    let mut put = |name: &str, value: Value| object.insert(name.to_owned(), value);
    put("file", understood.source.clone().into());
    put("rows", understood.rows.into());
    put("usable_rows", understood.usable_rows.into());
    let first = reading.series.iter().filter_map(|series| series.dates.first()).min();
    let last = reading.series.iter().filter_map(|series| series.dates.last()).max();
    put("first_date", first.map(ToString::to_string).into());
    put("last_date", last.map(ToString::to_string).into());
    // Of several series no one price is the file's.
    let only = if let [only] = &reading.series[..] { Some(only) } else { None };
    put("first_close", only.and_then(|series| series.close.first().copied()).into());
    put("last_close", only.and_then(|series| series.close.last().copied()).into());
    put("encoding", understood.encoding.clone().into());
    put("compression", understood.compression.map(|compression| compression.to_string()).into());
    put("delimiter", understood.delimiter.to_string().into());
    put("decimal", understood.decimal.to_string().into());
    put("order", understood.order.to_string().into());
    put("frequency", understood.frequency.map(|frequency| frequency.to_string()).into());
    put("date_format", understood.date_format.clone().into());
    put("header_line", understood.header.into());
    let column = |column: &crate::prices::Column| json!({"name": column.name, "number": column.number, "role": column.role.to_string()});
    put("columns", columns.iter().map(column).collect());
    let warning = |warning: &crate::prices::Warning| json!({"warning": warning.to_string(), "help": warning.hint()});
    put("warnings", reading.remarks().iter().map(warning).collect());
    let series = reading.series.iter().zip(&understood.series);
    put("series", series.map(|(series, notes)| series_object(series, notes)).collect());
    if !reading.failed.is_empty() {
        put("failed", reading.failed.iter().map(failed_object).collect());
    }
    write_json(out, &[object])
}

fn failed_object(failed: &FailedSeries) -> Value {
    let FailedSeries { name, error, .. } = failed;
    Value::Object(Failure { series: name.clone(), error: error.to_string(), help: error.help() }.fields())
}

fn series_object(series: &PriceSeries, notes: &SeriesNotes) -> Value {
    let split = |split: &crate::prices::Split| json!({"date": split.date.to_string(), "ratio": split.ratio, "line": split.line});
    json!({
        "name": series.name,
        "rows": series.len(),
        "first_date": series.dates.first().map(ToString::to_string),
        "last_date": series.dates.last().map(ToString::to_string),
        "first_close": series.close.first(),
        "last_close": series.close.last(),
        "adjustment": notes.adjustment.to_string(),
        "splits": notes.splits.iter().map(split).collect::<Vec<_>>(),
        "unsettled_splits": notes.unsettled_splits.iter().map(split).collect::<Vec<_>>(),
        "spacing": notes.spaced.map(|spaced| spaced.spacing.to_string()),
        "days_per_week": TradingWeek::learn(&series.dates).days(),
        "open_high_low": series.range.is_some(),
        "volume": series.volume.is_some(),
    })
}

/// For people.
///
/// # Errors
/// Whatever writing gives.
pub fn reading_as_table(out: &mut Terminal<'_>, reading: &Reading) -> io::Result<()> {
    let understood = &reading.understood;
    let compression = understood.compression.map_or(String::new(), |compression| format!("{compression}, "));
    let delimiter = match understood.delimiter {
        '\t' => "tab".to_owned(),
        other => format!("'{other}'"),
    };
    writeln!(out, "{}", Shown(&understood.source))?;
    let (encoding, decimal) = (&understood.encoding, understood.decimal);
    writeln!(out, "  text         {compression}{encoding}, delimiter {delimiter}, decimal '{decimal}'")?;
    writeln!(out, "  dates        {}, {}", understood.date_format, understood.order)?;
    let (rows, used) = (understood.rows, understood.usable_rows);
    writeln!(out, "  rows         {}, {} used", thousands(rows), thousands(used))?;
    let used = understood.columns.iter().filter(|column| column.role != Role::Unused);
    for (place, column) in used.enumerate() {
        let label = if place == 0 { "columns" } else { "" };
        writeln!(out, "  {label:<11}  {}: '{}' ({})", column.number, Shown(&column.name), column.role)?;
    }
    let unused: Vec<&str> = understood
        .columns
        .iter()
        .filter_map(|column| (column.role == Role::Unused).then_some(column.name.as_str()))
        .collect();
    if !unused.is_empty() {
        writeln!(out, "  {:<11}  not used: {}", "", Shown(unused.join(", ")))?;
    }
    for (series, notes) in reading.series.iter().zip(&understood.series) {
        write_series(out, series, notes)?;
    }
    for warning in reading.remarks() {
        out.styled(WARNING, "warning:")?;
        writeln!(out, " {}", Shown(&warning))?;
        if let Some(hint) = warning.hint() {
            write!(out, "  ")?;
            out.styled(HELP, "help:")?;
            writeln!(out, " {}", Shown(hint))?;
        }
    }
    out.flush()
}

fn write_series(out: &mut dyn Write, series: &PriceSeries, notes: &SeriesNotes) -> io::Result<()> {
    let (Some(first), Some(last)) = (series.dates.first(), series.dates.last()) else { return Ok(()) };
    let rows = counted(series.len(), "row");
    writeln!(out, "{}, {rows}, {}", Shown(&series.name), spacing(series, notes))?;
    writeln!(out, "  first        {first}  {}", price(series.close[0]))?;
    writeln!(out, "  last         {last}  {}", price(series.close[series.len() - 1]))?;
    writeln!(out, "  adjusted by  {}", notes.adjustment)?;
    for split in notes.splits.iter().chain(&notes.unsettled_splits) {
        writeln!(out, "  split        {split}")?;
    }
    if let Some(gap) = notes.longest_gap {
        let days = counted(gap.days() as usize, "day");
        writeln!(out, "  longest gap  {} to {}, {days}", gap.from, gap.to)?;
    }
    writeln!(out, "  {}", sparkline(&series.adjusted, 72))
}

/// How far apart the rows are: of daily ones how many a week, `a month apart` of others.
fn spacing(series: &PriceSeries, notes: &SeriesNotes) -> String {
    match notes.spaced.map(|spaced| spaced.spacing) {
        None | Some(Spacing::Daily) => counted(TradingWeek::learn(&series.dates).days(), "day") + " a week",
        Some(Spacing::Intraday(_)) => "the last row of each day".to_owned(),
        Some(spacing) => spacing.to_string(),
    }
}

/// A line of bars from the lowest to the highest of the values.
fn sparkline(values: &[f64], width: usize) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(*v), high.max(*v)));
    let bar = |column: usize| {
        let value = values[column * values.len() / width.min(values.len())];
        let share = if high > low { (value - low) / (high - low) } else { 0.5 };
        BARS[((share * 7.0).round() as usize).min(7)]
    };
    (0..width.min(values.len())).map(bar).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sparkline_spans_low_to_high() {
        assert_eq!(sparkline(&[1.0, 2.0, 3.0], 72), "▁▅█");
        assert_eq!(sparkline(&[5.0; 4], 2), "▅▅");
        assert_eq!(sparkline(&[], 72), "");
        assert_eq!(sparkline(&(0..100).map(f64::from).collect::<Vec<_>>(), 10).chars().count(), 10);
    }
}
