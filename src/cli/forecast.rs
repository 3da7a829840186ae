//! From a forecast of the library to what the reports print.

use jiff::civil::Date;

use super::options::Output;
use super::warn;
use crate::model::Forecast;
use crate::report::{ForecastRow, Interval};

/// The rows to print, one a day forecast, and their notes on standard error.
pub fn rows(place: &str, forecast: &Forecast, output: &Output) -> Vec<ForecastRow> {
    if !output.quiet {
        for note in &forecast.notes {
            warn(&format!("{place}: {note}"), None);
        }
    }
    let levels = output.levels();
    let row = |(step, date): (usize, &Date)| ForecastRow {
        series: forecast.series.clone(),
        origin: forecast.origin,
        date: *date,
        last_close: forecast.last_close,
        forecast: forecast.median(step),
        intervals: levels.iter().map(|level| interval(forecast, step, *level)).collect(),
    };
    forecast.dates.iter().enumerate().map(row).collect()
}

fn interval(forecast: &Forecast, step: usize, level: f64) -> Interval {
    let (lower, upper) = forecast.interval(step, level);
    Interval { level, lower, upper }
}
