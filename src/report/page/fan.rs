//! The chart of prices with the forecast.

use std::io;

use maud::{Markup, html};
use serde_json::Value;

use super::number::numbers;
use crate::eval::backtest::{Backtest, Day};
use crate::eval::scores::{CentralInterval, central_intervals};
use crate::prices::PriceSeries;
use crate::report::chart::Table;
use crate::report::chart::fan::{Fan, History};
use crate::report::closes::Closes;
use crate::report::forecast::{ForecastRow, Interval};
use crate::report::html::Text;
use crate::report::number::price;
use crate::report::record::{Record, cell};

/// Number of closes before the origin that are shown: for a forecast of ten or more days, and for a shorter one.
const SHOWN: [usize; 2] = [90, 40];

/// Returns the closes up to a row, on the basis of that row's quote.
fn history(series: &PriceSeries, origin: usize, ahead: usize) -> History {
    let first = (origin + 1).saturating_sub(SHOWN[usize::from(ahead < 10)]);
    let closes = Closes::of(series, first..origin + 1, origin);
    History { dates: series.dates[first..=origin].to_vec(), name: closes.name(), closes: closes.values }
}

/// Returns the chart of a forecast from the last row; `ahead` has the number of rows from there to each day.
///
/// # Errors
/// If a value cannot be represented in json.
pub fn of_rows((rows, ahead): &(&[ForecastRow], Vec<usize>), series: &PriceSeries) -> io::Result<Fan> {
    let table = table(rows)?;
    let last = ahead.last().copied().unwrap_or(1);
    let history = history(series, series.len() - 1, last);
    Ok(Fan { history, rows: rows.to_vec(), ahead: ahead.clone(), outcome: None, table })
}

/// Returns the prices of the rows as `predict` prints them.
///
/// # Errors
/// If a value cannot be represented in json.
pub fn table(rows: &[ForecastRow]) -> io::Result<Table> {
    let records = rows.iter().map(ForecastRow::prices).collect::<io::Result<Vec<_>>>()?;
    let without_series = |record: &Record| {
        record.iter().filter(|(name, _)| *name != "series").map(|(_, value)| value.clone()).collect::<Vec<Value>>()
    };
    let names = records.first().into_iter().flat_map(|record| record.keys().filter(|name| *name != "series"));
    Ok(Table { columns: names.cloned().collect(), rows: records.iter().map(without_series).collect() })
}

/// Shows the rows in numbers: as a table, or on a narrow screen as one list per row.
///
/// # Errors
/// If a value cannot be represented in json.
pub fn in_numbers(rows: &[ForecastRow], caption: &str) -> io::Result<Markup> {
    let table = table(rows)?;
    let list = |(k, row): (usize, &ForecastRow)| {
        html! {
            details open[k == 0] {
                summary { (row.date) ": " (price(row.forecast)) }
                dl.pairs {
                    @for (name, value) in table.columns.iter().zip(&table.rows[k]) {
                        div { dt { (Text(name)) } dd { (Text(cell(value))) } }
                    }
                }
            }
        }
    };
    Ok(html! {
        div.wide { (numbers(&table, caption)) }
        div.narrow { @for row in rows.iter().enumerate() { (list(row)) } }
    })
}

/// Returns the central intervals that are drawn, the narrow one first: of the intervals that were forecast, those
/// nearest to 50 % and 90 %.
pub fn shown_intervals(result: &Backtest) -> Vec<CentralInterval> {
    let all = central_intervals(result.model.quantiles.levels());
    let distance = |interval: &CentralInterval, level: f64| (interval.level - level).abs();
    let nearest = |level| all.iter().min_by(|a, b| distance(a, level).total_cmp(&distance(b, level))).copied();
    let mut shown: Vec<CentralInterval> = [0.5, 0.9].into_iter().filter_map(nearest).collect();
    shown.dedup();
    shown
}

/// Returns the chart of the last day's forecast in a backtest, with the outcome. None if the series does not contain
/// its origin.
///
/// # Errors
/// If a value cannot be represented in json.
pub fn of_last_day(result: &Backtest, series: &PriceSeries) -> io::Result<Option<Fan>> {
    let Some(k) = result.days.len().checked_sub(1) else { return Ok(None) };
    let day: &Day = &result.days[k];
    let Ok(origin) = series.dates.binary_search(&day.origin) else { return Ok(None) };
    let quantiles = result.model.price_quantiles(k, &result.days);
    let interval = |CentralInterval { level, lower, upper }: CentralInterval| Interval {
        level,
        lower: quantiles[lower],
        upper: quantiles[upper],
    };
    let row = ForecastRow {
        series: result.series.clone(),
        frequency: result.frequency,
        origin: day.origin,
        date: day.date,
        last_close: day.naive,
        forecast: result.model.prices(&result.days)[k],
        intervals: shown_intervals(result).into_iter().map(interval).collect(),
        answers: Vec::new(),
        provenance: None,
    };
    let table = table(std::slice::from_ref(&row))?;
    let history = history(series, origin, result.horizon);
    Ok(Some(Fan { history, rows: vec![row], ahead: vec![result.horizon], outcome: Some(day.actual), table }))
}
