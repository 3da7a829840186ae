//! Converts a forecast of the library to the rows of a report.

use super::warnings::{CliWarning, Kind};
use crate::model::{Ahead, Config, Forecast, ForecastError, Session};
use crate::report::{Answer, ForecastRow, Interval, Question, price};

/// Returns the rows to print, one per day that is forecast, with central intervals at these levels and the answers to
/// these questions.
///
/// # Errors
/// If one of the prices is not finite.
pub fn rows(forecast: &Forecast, levels: &[f64], questions: &[Question]) -> Result<Vec<ForecastRow>, ForecastError> {
    let interval = |(level, (lower, upper)): (&f64, (f64, f64))| Interval { level: *level, lower, upper };
    let row = |(step, Session { median, intervals })| {
        Ok(ForecastRow {
            series: forecast.series.clone(),
            frequency: forecast.frequency,
            origin: forecast.origin,
            date: forecast.dates[step],
            last_close: forecast.last_close,
            forecast: median,
            intervals: levels.iter().zip(intervals).map(interval).collect(),
            provenance: None,
            answers: questions.iter().map(|question| answer(forecast, step, *question)).collect::<Result<_, _>>()?,
        })
    };
    forecast.sessions(levels)?.into_iter().enumerate().map(row).collect()
}

/// Returns the [`rows`] of a forecast, each with its provenance.
///
/// # Errors
/// Those of [`rows`].
pub fn rows_with_provenance(
    forecast: &Forecast,
    levels: &[f64],
    questions: &[Question],
) -> Result<Vec<ForecastRow>, ForecastError> {
    let with = |row| ForecastRow { provenance: Some(forecast.provenance.clone()), ..row };
    Ok(rows(forecast, levels, questions)?.into_iter().map(with).collect())
}

/// Returns the warning that a forecast contains prices at or below zero although all prices of the series are above
/// zero. A model of price levels has no such bound.
pub fn below_zero(forecast: &Forecast, rows: &[ForecastRow]) -> Option<CliWarning> {
    let lowest = |row: &ForecastRow| {
        let quantiles = row.answers.iter().filter(|answer| matches!(answer.question, Question::Quantile(_)));
        let ends = row.intervals.iter().map(|interval| interval.lower);
        ends.chain(quantiles.map(|answer| answer.value)).fold(row.forecast, f64::min)
    };
    let lows = rows.iter().map(|row| (lowest(row), row.date)).filter(|(low, _)| *low <= 0.0);
    let (low, date) = lows.min_by(|one, other| one.0.total_cmp(&other.0))?;
    let text = format!(
        "the forecast reaches down to {} for {date}, although no price of the series is at or below zero: a model of price \
         levels can forecast negative prices",
        price(low)
    );
    let hint = "train a model of returns with --target return: its forecasts are above zero".to_owned();
    let warning = CliWarning { hint: Some(hint), ..CliWarning::new(Kind::BelowZero, text) };
    forecast.is_of_positive_prices().then_some(warning)
}

/// Returns the warnings about a forecast and the rows printed of it.
pub fn warnings(forecast: &Forecast, rows: &[ForecastRow]) -> Vec<CliWarning> {
    CliWarning::of_forecast(forecast).into_iter().chain(below_zero(forecast, rows)).collect()
}

/// Returns these warnings for a page.
pub fn notes(forecast: &Forecast, rows: &[ForecastRow]) -> Vec<String> {
    warnings(forecast, rows).into_iter().map(|warning| warning.text).collect()
}

fn answer(forecast: &Forecast, step: usize, question: Question) -> Result<Answer, ForecastError> {
    let value = match question {
        Question::Quantile(level) => forecast.price_quantile(step, level)?,
        Question::Above(price) => forecast.probability_above(step, price),
        Question::Below(price) => forecast.probability_below(step, price),
    };
    Ok(Answer { question, value })
}

/// Days of the fan chart if one day is requested and the model forecasts more.
const FAN: usize = 20;

/// Returns the days of the chart, with their numbers of rows after the origin: the requested rows or, if only the next
/// day is requested, every day up to [`FAN`] that the model forecasts.
pub fn fan(
    (rows, ahead): (&[ForecastRow], Ahead),
    config: &Config,
    levels: &[f64],
    forecast: impl FnOnce(Ahead) -> Result<Forecast, ForecastError>,
) -> (Vec<ForecastRow>, Vec<usize>) {
    // A value known ahead is missing for the next session.
    if rows.is_empty() {
        return (Vec::new(), Vec::new());
    }
    let days = config.days_of(ahead).unwrap_or_else(|_| (1..=rows.len()).collect());
    let more = FAN.min(*config.days_ahead().end());
    if days != [1] || more == 1 {
        return (rows.to_vec(), days);
    }
    // If the known future values end before the last of them, the requested rows are shown.
    match forecast(Ahead::Path(more)).and_then(|forecast| self::rows(&forecast, levels, &[])) {
        Ok(path) => (path, (1..=more).collect()),
        Err(_) => (rows.to_vec(), days),
    }
}
