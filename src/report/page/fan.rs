//! The chart of prices with the forecast.

use serde_json::Value;

use crate::eval::backtest::{Backtest, Day};
use crate::prices::PriceSeries;
use crate::report::chart::Table;
use crate::report::chart::fan::{Fan, History};
use crate::report::forecast::{ForecastRow, Interval};

/// Closes before the origin that are shown beside the forecast of many days, and beside that of few.
const SHOWN: [usize; 2] = [90, 40];

/// The closes up to a row, on the basis of that row's quote.
fn history(series: &PriceSeries, origin: usize, ahead: usize) -> History {
    let first = (origin + 1).saturating_sub(SHOWN[usize::from(ahead < 10)]);
    let basis = series.close[origin] / series.adjusted[origin];
    // Without adjustments the closes of the file, to the bit.
    let is_adjusted =
        (first..=origin).any(|row| series.close[row] != series.adjusted[row] * basis) && basis.is_finite();
    let close = |row: usize| if is_adjusted { series.adjusted[row] * basis } else { series.close[row] };
    let differs = |row: usize| (close(row) / series.close[row] - 1.0).abs() > 1e-6;
    let name = if (first..=origin).any(differs) { "adjusted close" } else { "close" };
    History { dates: series.dates[first..=origin].to_vec(), closes: (first..=origin).map(close).collect(), name }
}

/// The forecast from the last row, `ahead` rows after it.
pub fn of_rows(rows: &[ForecastRow], ahead: Vec<usize>, series: &PriceSeries) -> Fan {
    let table = table(rows);
    let last = ahead.last().copied().unwrap_or(1);
    Fan { history: history(series, series.len() - 1, last), rows: rows.to_vec(), ahead, outcome: None, table }
}

/// The rows as `predict` prints them.
pub fn table(rows: &[ForecastRow]) -> Table {
    let records: Vec<_> = rows.iter().filter_map(|row| row.record().ok()).collect();
    let without_series = |record: &crate::report::output::Record| {
        record.iter().filter(|(name, _)| *name != "series").map(|(_, value)| value.clone()).collect::<Vec<Value>>()
    };
    let names = records.first().into_iter().flat_map(|record| record.keys().filter(|name| *name != "series"));
    Table { columns: names.cloned().collect(), rows: records.iter().map(without_series).collect() }
}

/// Places of the ends of intervals in the list of quantiles, with their levels.
const INTERVALS: [(f64, usize, usize); 2] = [(0.5, 5, 15), (0.9, 1, 19)];

/// The forecast of the last day of a backtest, and what came.
pub fn of_last_day(result: &Backtest, series: &PriceSeries) -> Option<Fan> {
    let k = result.days.len().checked_sub(1)?;
    let day: &Day = &result.days[k];
    let origin = series.dates.binary_search(&day.origin).ok()?;
    let quantiles = result.model.price_quantiles(k, &result.days);
    let interval = |(level, lower, upper): (f64, usize, usize)| Interval {
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
        intervals: INTERVALS.map(interval).to_vec(),
        answers: Vec::new(),
    };
    let table = table(std::slice::from_ref(&row));
    let history = history(series, origin, result.horizon);
    Some(Fan { history, rows: vec![row], ahead: vec![result.horizon], outcome: Some(day.actual), table })
}
