//! From a forecast of the library to what the reports print.

use super::options::Output;
use super::warn;
use crate::model::Forecast;
use crate::report::{ForecastRow, Interval};

/// The row to print, and its notes on standard error.
pub fn row(place: &str, forecast: &Forecast, output: &Output) -> ForecastRow {
    if !output.quiet {
        for note in &forecast.notes {
            warn(&format!("{place}: {note}"), None);
        }
    }
    let interval = |level: &f64| {
        let (lower, upper) = forecast.interval(*level);
        Interval { level: *level, lower, upper }
    };
    ForecastRow {
        series: forecast.series.clone(),
        origin: forecast.origin,
        date: forecast.date,
        last_close: forecast.last_close,
        forecast: forecast.forecast,
        intervals: output.levels.iter().map(interval).collect(),
    }
}
