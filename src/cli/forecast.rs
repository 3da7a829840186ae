//! From a forecast of the library to the rows of a report.

use super::options::Output;
use super::warn;
use crate::model::{Forecast, ForecastError, Session};
use crate::report::{ForecastRow, Interval};

/// The rows to print, one per day that is forecast, with central intervals at these levels.
///
/// # Errors
/// If one of the prices is not finite.
pub fn rows(forecast: &Forecast, levels: &[f64]) -> Result<Vec<ForecastRow>, ForecastError> {
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
    Ok(forecast.dates.iter().copied().zip(forecast.sessions(levels)?).map(row).collect())
}

/// Prints the notes of a forecast as warnings.
pub fn warn_of_notes(place: &str, forecast: &Forecast, output: &Output) {
    if !output.quiet {
        for note in &forecast.notes {
            warn(&format!("{place}: {note}"), None);
        }
    }
}
