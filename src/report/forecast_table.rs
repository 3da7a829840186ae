//! Forecasts in words and in tables.

use std::io::{self, Write};

use super::columns::{self, Column, shortened};
use super::forecast::{Answer, ForecastRow, Interval, interval_label};
use super::number::price;
use super::style::ANSWER;
use super::terminal::{Shown, Terminal};
use crate::prices::Frequency;

/// Weeks or months from the origin to the date of a forecast.
fn periods_ahead(row: &ForecastRow) -> i32 {
    let days = (row.date - row.origin).get_days();
    let of_one = if row.frequency == Frequency::Weekly { 7.0 } else { 365.25 / 12.0 };
    (f64::from(days) / of_one).round() as i32
}

pub(super) fn write_forecast(out: &mut Terminal<'_>, row: &ForecastRow) -> io::Result<()> {
    let when = match row.frequency {
        Frequency::Daily => format!("on {}", row.date),
        frequency => {
            let unit = frequency.unit();
            match periods_ahead(row) {
                0 | 1 => format!("next {unit} ({})", row.date),
                periods => format!("in {periods} {unit}s ({})", row.date),
            }
        }
    };
    let name = out.name(&row.series);
    write!(out, "{name} {when}: ")?;
    out.styled(ANSWER, price(row.forecast))?;
    writeln!(out)?;
    let labels = row.answers.iter().map(|answer| answer.question.label().len());
    let width = labels.max().unwrap_or(0).max(LABEL);
    let indent = width + 4;
    out.text(indent, format_args!("  {:<width$}  {} on {}", "last close", price(row.last_close), row.origin))?;
    for interval in &row.intervals {
        let label = interval_label(interval.level);
        let ends = format!("{} to {}", price(interval.lower), price(interval.upper));
        out.text(indent, format_args!("  {label:<width$}  {ends}"))?;
    }
    for answer in &row.answers {
        out.text(indent, format_args!("  {:<width$}  {}", answer.question.label(), answer.text()))?;
    }
    Ok(())
}

/// The width of the labels below a forecast.
const LABEL: usize = 13;

/// Several days of one series: a line each.
pub(super) fn write_path(out: &mut Terminal<'_>, path: &[ForecastRow]) -> io::Result<()> {
    let first = &path[0];
    let (series, last_close) = (out.name(&first.series), price(first.last_close));
    out.text(2, format_args!("{series} after {last_close} on {}:", first.origin))?;
    columns::write(out, &columns_of(path), 1)
}

/// Date, forecast, intervals and answers.
fn columns_of(rows: &[ForecastRow]) -> Vec<Column> {
    let Some(first) = rows.first() else { return Vec::new() };
    let each = |of: &dyn Fn(&ForecastRow) -> String| rows.iter().map(of).collect::<Vec<String>>();
    let dates = Column { is_left: true, ..Column::new("date", each(&|row| row.date.to_string()), 10) };
    let forecasts = Column { style: ANSWER, ..Column::new("forecast", each(&|row| price(row.forecast)), 10) };
    let interval = |(place, interval): (usize, &Interval)| {
        let ends = |row: &ForecastRow| {
            let Interval { lower, upper, .. } = row.intervals[place];
            format!("{} to {}", price(lower), price(upper))
        };
        Column::new(interval_label(interval.level), each(&ends), 24)
    };
    let answer = |(place, answer): (usize, &Answer)| {
        Column::new(answer.question.label(), each(&|row| row.answers[place].text()), 10)
    };
    let intervals = first.intervals.iter().enumerate().map(interval);
    [dates, forecasts].into_iter().chain(intervals).chain(first.answers.iter().enumerate().map(answer)).collect()
}

/// Forecasts of several series, in one table with a row each, or a row for each of their days.
pub struct OfManySeries<'a> {
    /// The forecasts.
    pub rows: &'a [ForecastRow],
    /// The series that failed, each with the number of rows before it.
    pub failed: &'a [(usize, String)],
}

impl OfManySeries<'_> {
    /// Writes the table.
    ///
    /// # Errors
    /// Any error of writing.
    pub fn write(&self, out: &mut Terminal<'_>) -> io::Result<()> {
        let rows = self.rows;
        let screen = out.screen();
        let name = |series: &str| {
            let name = Shown(series).to_string();
            screen.map_or_else(|| name.clone(), |screen| shortened(&name, (screen.width / 4).max(8), screen))
        };
        let names = rows.iter().map(|row| name(&row.series)).collect();
        let series = Column { is_left: true, ..Column::new("series", names, 6) };
        let origins = rows.iter().map(|row| row.origin.to_string()).collect();
        let origin = Column { is_left: true, ..Column::new("last day", origins, 10) };
        let last = Column::new("last close", rows.iter().map(|row| price(row.last_close)).collect(), 10);
        let mut columns = columns_of(rows);
        // A block without the forecast has both days.
        if let Some(dates) = columns.first_mut() {
            dates.head = "forecast for".into();
        }
        // Last, so that each date stands beside what is forecast for it.
        columns.extend([origin, last]);
        columns.insert(0, series);
        columns::add_failed(&mut columns, "forecast", self.failed.iter().map(|(place, series)| (*place, name(series))));
        if rows.is_empty() { Ok(()) } else { columns::write(out, &columns, 2) }
    }
}
