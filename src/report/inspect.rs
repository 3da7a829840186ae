//! How a price file was read.

use std::io::{self, Write};

use jiff::civil::Date;
use serde::Serialize;

use super::failure::Failure;
use super::number::{counted, price, thousands};
use super::output::{Record, Report, record};
use super::style::{HELP, WARNING};
use super::terminal::{Shown, Terminal};
use super::text_chart;
use crate::prices::{Column, Frequency, PriceSeries, Reading, Role, SeriesNotes, Spacing, Split, TradingWeek};

#[derive(Serialize)]
struct FileRecord<'a> {
    file: &'a str,
    rows: usize,
    usable_rows: usize,
    first_date: Option<Date>,
    last_date: Option<Date>,
    first_close: Option<f64>,
    last_close: Option<f64>,
    encoding: &'a str,
    compression: Option<String>,
    delimiter: Option<String>,
    decimal: String,
    order: String,
    frequency: Option<String>,
    date_format: &'a str,
    header_line: Option<usize>,
    columns: Vec<ColumnRecord<'a>>,
    warnings: &'a [Remark],
    series: Vec<SeriesRecord<'a>>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    failed: &'a [Failure],
}

#[derive(Serialize)]
struct ColumnRecord<'a> {
    name: &'a str,
    number: usize,
    role: String,
}

/// How a price file was read, with what to do about its warnings and errors.
#[derive(Debug)]
pub struct Inspection<'a> {
    /// The series, and how they were read.
    pub reading: &'a Reading,
    /// The warnings.
    pub remarks: Vec<Remark>,
    /// The series that could not be read.
    pub failed: Vec<Failure>,
}

/// A warning, and what to do about it.
#[derive(Debug, Serialize)]
pub struct Remark {
    /// The warning.
    pub warning: String,
    /// What to do about it, if anything.
    pub help: Option<String>,
}

#[derive(Serialize)]
struct SeriesRecord<'a> {
    name: &'a str,
    rows: usize,
    first_date: Option<Date>,
    last_date: Option<Date>,
    first_close: Option<f64>,
    last_close: Option<f64>,
    adjustment: String,
    splits: Vec<SplitRecord>,
    unsettled_splits: Vec<SplitRecord>,
    spacing: Option<String>,
    days_per_week: usize,
    open_high_low: bool,
    volume: bool,
}

#[derive(Serialize)]
struct SplitRecord {
    date: Date,
    ratio: f64,
    line: usize,
}

impl<'a> FileRecord<'a> {
    fn new(inspection: &'a Inspection<'a>) -> Self {
        let reading = inspection.reading;
        let understood = &reading.understood;
        // Only files of one series have a first and a last close.
        let only = if let [only] = &reading.series[..] { Some(only) } else { None };
        let series = reading.series.iter().zip(&understood.series);
        FileRecord {
            file: &understood.source,
            rows: understood.rows,
            usable_rows: understood.usable_rows,
            first_date: reading.series.iter().filter_map(|series| series.dates.first()).min().copied(),
            last_date: reading.series.iter().filter_map(|series| series.dates.last()).max().copied(),
            first_close: only.and_then(|series| series.close.first().copied()),
            last_close: only.and_then(|series| series.close.last().copied()),
            encoding: &understood.encoding,
            compression: understood.compression.map(|compression| compression.to_string()),
            delimiter: understood.delimiter.map(String::from),
            decimal: understood.decimal.to_string(),
            order: understood.order.to_string(),
            frequency: found_frequency(&understood.series).or(understood.frequency).map(|one| one.to_string()),
            date_format: &understood.date_format,
            header_line: understood.header,
            columns: understood.columns.iter().map(ColumnRecord::new).collect(),
            warnings: &inspection.remarks,
            series: series.map(|(series, notes)| SeriesRecord::new(series, notes)).collect(),
            failed: &inspection.failed,
        }
    }
}

/// Returns the frequency of the rows, if the spacing of all series gives the same one.
fn found_frequency(series: &[SeriesNotes]) -> Option<Frequency> {
    let mut found = series.iter().filter_map(|notes| notes.spaced).map(|spaced| spaced.frequency());
    let first = found.next()??;
    found.all(|other| other == Some(first)).then_some(first)
}

impl<'a> ColumnRecord<'a> {
    fn new(column: &'a Column) -> Self {
        ColumnRecord { name: &column.name, number: column.number, role: column.role.to_string() }
    }
}

impl<'a> SeriesRecord<'a> {
    fn new(series: &'a PriceSeries, notes: &SeriesNotes) -> Self {
        let splits = |splits: &[Split]| splits.iter().map(SplitRecord::new).collect();
        SeriesRecord {
            name: &series.name,
            rows: series.len(),
            first_date: series.dates.first().copied(),
            last_date: series.dates.last().copied(),
            first_close: series.close.first().copied(),
            last_close: series.close.last().copied(),
            adjustment: notes.adjustment.to_string(),
            splits: splits(&notes.splits),
            unsettled_splits: splits(&notes.unsettled_splits),
            spacing: notes.spaced.map(|spaced| spaced.spacing.to_string()),
            days_per_week: TradingWeek::detect(&series.dates).days(),
            open_high_low: series.range.is_some(),
            volume: series.volume.is_some(),
        }
    }
}

impl SplitRecord {
    fn new(split: &Split) -> Self {
        SplitRecord { date: split.date, ratio: split.ratio, line: split.line }
    }
}

/// One object per file.
impl Report for Inspection<'_> {
    fn objects(&self) -> io::Result<Vec<Record>> {
        Ok(vec![record(&FileRecord::new(self))?])
    }

    fn table(&self, out: &mut Terminal<'_>) -> io::Result<()> {
        write_inspection(out, self)
    }
}

fn write_inspection(out: &mut Terminal<'_>, inspection: &Inspection<'_>) -> io::Result<()> {
    let reading = inspection.reading;
    let understood = &reading.understood;
    let compression = understood.compression.map_or(String::new(), |compression| format!("{compression}, "));
    out.text(15, format_args!("{}", Shown(&understood.source)))?;
    let (encoding, decimal) = (&understood.encoding, understood.decimal);
    match understood.delimiter {
        None => out.text(15, format_args!("  table        {compression}Parquet"))?,
        Some(delimiter) => {
            let delimiter = if delimiter == '\t' { "tab".to_owned() } else { format!("'{delimiter}'") };
            let forms = format!("{encoding}, delimiter {delimiter}, decimal '{decimal}'");
            out.text(15, format_args!("  text         {compression}{forms}"))?;
        }
    }
    out.text(15, format_args!("  dates        {}, {}", understood.date_format, understood.order))?;
    let (rows, used) = (understood.rows, understood.usable_rows);
    out.text(15, format_args!("  rows         {}, {} used", thousands(rows), thousands(used)))?;
    let used = understood.columns.iter().filter(|column| column.role != Role::Unused);
    for (place, column) in used.enumerate() {
        let label = if place == 0 { "columns" } else { "" };
        out.text(15, format_args!("  {label:<11}  {}: '{}' ({})", column.number, Shown(&column.name), column.role))?;
    }
    let label = |column: &Column| match column.name.as_str() {
        "" => format!("column {}", column.number),
        name => name.to_owned(),
    };
    let unused = understood.columns.iter().filter(|column| column.role == Role::Unused);
    let unused: Vec<String> = unused.map(label).collect();
    if !unused.is_empty() {
        out.text(15, format_args!("  {:<11}  not used: {}", "", Shown(unused.join(", "))))?;
    }
    // The charts of several series are lower.
    let low = (reading.series.len() > 1).then_some(LOW);
    for (series, notes) in reading.series.iter().zip(&understood.series) {
        write_series(out, series, notes)?;
        out.chart(|screen| text_chart::closes(screen, series, low))?;
    }
    for remark in &inspection.remarks {
        out.styled(WARNING, "warning:")?;
        let text = out.wrapped(&Shown(&remark.warning).to_string(), 9, 9);
        out.text(15, format_args!(" {text}"))?;
        if let Some(hint) = &remark.help {
            write!(out, "  ")?;
            out.styled(HELP, "help:")?;
            let text = out.wrapped(&Shown(hint).to_string(), 8, 8);
            out.text(15, format_args!(" {text}"))?;
        }
    }
    Ok(())
}

/// Height in rows of the chart of one of several series.
const LOW: usize = 4;

fn write_series(out: &mut Terminal<'_>, series: &PriceSeries, notes: &SeriesNotes) -> io::Result<()> {
    let (Some(first), Some(last)) = (series.dates.first(), series.dates.last()) else { return Ok(()) };
    let rows = counted(series.len(), "row");
    out.text(15, format_args!("{}, {rows}, {}", out.name(&series.name), spacing(series, notes)))?;
    out.text(15, format_args!("  first        {first}  {}", price(series.close[0])))?;
    out.text(15, format_args!("  last         {last}  {}", price(series.close[series.len() - 1])))?;
    out.text(15, format_args!("  adjusted by  {}", notes.adjustment))?;
    let settled = notes.splits.iter().map(|split| (split, ""));
    let unsettled = notes.unsettled_splits.iter().map(|split| (split, ", unsettled"));
    for (split, note) in settled.chain(unsettled) {
        out.text(15, format_args!("  split        {split}{note}"))?;
    }
    if let Some(gap) = notes.longest_gap {
        let days = counted(gap.days() as usize, "day");
        out.text(15, format_args!("  longest gap  {} to {}, {days}", gap.from, gap.to))?;
    }
    Ok(())
}

/// Describes how far apart the rows are: for daily rows, how many there are a week; for others, `a month apart`.
fn spacing(series: &PriceSeries, notes: &SeriesNotes) -> String {
    match notes.spaced.map(|spaced| spaced.spacing) {
        None | Some(Spacing::Daily) => counted(TradingWeek::detect(&series.dates).days(), "day") + " a week",
        Some(Spacing::Intraday(_)) => "the last row of each day".to_owned(),
        Some(spacing) => spacing.to_string(),
    }
}
