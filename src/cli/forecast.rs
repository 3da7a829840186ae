//! From a forecast of the library to what the reports print.

use super::options::Output;
use super::warn;
use crate::model::{Forecast, ForecastError, Session};
use crate::report::{ForecastRow, Interval};

/// The rows to print, one a day forecast.
///
/// # Errors
/// If one of the prices is no number: nothing of it is printed.
pub fn rows(forecast: &Forecast, output: &Output) -> Result<Vec<ForecastRow>, ForecastError> {
    let levels = output.levels();
    let interval = |(level, (lower, upper)): (&f64, (f64, f64))| Interval { level: *level, lower, upper };
    let row = |(date, Session { median, intervals })| ForecastRow {
        series: forecast.series.clone(),
        frequency: forecast.frequency,
        origin: forecast.origin,
        date,
        last_close: forecast.last_close,
        forecast: median,
        intervals: levels.iter().zip(intervals).map(interval).collect(),
    };
    Ok(forecast.dates.iter().copied().zip(forecast.sessions(&levels)?).map(row).collect())
}

/// Tells the notes of a forecast on standard error.
pub fn tell_notes(place: &str, forecast: &Forecast, output: &Output) {
    if !output.quiet {
        for note in &forecast.notes {
            warn(&format!("{place}: {note}"), None);
        }
    }
}
