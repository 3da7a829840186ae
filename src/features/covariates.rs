//! Inputs computed from covariates: from past columns, using rows up to a day; from values known ahead, using the
//! sessions after it.
//!
//! EW_k is the exponentially weighted mean with decay k. As long as every value so far was above zero, z = log x; from
//! the first other value on, z = x:
//!
//! - of a past column, the change (z_t - z_{t-1}) / v_t and the level (z_t - EW_0.98(z)_t) / v_t, where
//!   v_t = sqrt(EW_0.97((z_t - z_{t-1})^2)). The networks do not read levels in the column's own units, because these
//!   can lie beyond all levels of the training.
//! - of what is known ahead, the value on the next session, and the mean of the known values over sessions 2 to 5, 6 to
//!   10, 11 to 20 and 21 to 30 ahead; if none is known, the mean of the sessions before them, or the last value. The
//!   sessions are those that are expected on the day, as for the dates of a forecast, not the days on which the market
//!   later traded.

use std::ops::Range;

use jiff::civil::Date;
use ndarray::{Array2, s};

use super::event_variance::EventSessions;
use super::indicators::{BACKCAST_DAYS, from_first};
use super::input::InputTable;
use fourcast_prices::{AheadColumn, Covariate, CovariateKind, PriceSeries, SESSIONS_AHEAD};

/// Decay of the mean to which a level is relative.
const MEAN_DECAY: f64 = 0.98;
/// Decay of the mean square of changes.
const DEVIATION_DECAY: f64 = 0.97;
/// Sessions ahead, counted from 0, over which the values known ahead are averaged.
const SPANS: [Range<usize>; 5] = [0..1, 1..5, 5..10, 10..20, 20..SESSIONS_AHEAD];

/// Returns the names of a covariate's inputs.
pub fn input_names(covariate: &Covariate) -> Vec<String> {
    let named = |part: &str| format!("{} {part}", covariate.name);
    match covariate.kind {
        CovariateKind::Past => ["change", "level"].map(named).to_vec(),
        CovariateKind::Future | CovariateKind::Events => {
            let part = |span: &Range<usize>| match span.len() {
                1 => named("next session"),
                _ => named(&format!("sessions {} to {}", span.start + 1, span.end)),
            };
            SPANS.iter().map(part).collect()
        }
    }
}

/// Returns the number of inputs made from a covariate.
pub fn input_count(covariate: &Covariate) -> usize {
    match covariate.kind {
        CovariateKind::Past => 2,
        CovariateKind::Future | CovariateKind::Events => SPANS.len(),
    }
}

/// Returns a table of inputs with those of covariates appended, and the sessions ahead of each day on which a covariate
/// is not zero. A covariate that the series does not have is 0.
pub(super) fn with_covariates(
    table: InputTable,
    covariates: &[Covariate],
    series: &PriceSeries,
) -> (InputTable, EventSessions) {
    if covariates.is_empty() {
        return (table, EventSessions::default());
    }
    let InputTable { first, values } = table;
    let (days, own) = values.dim();
    let mut all = Array2::zeros((days, own + covariates.iter().map(input_count).sum::<usize>()));
    all.slice_mut(s![.., ..own]).assign(&values);
    let mut at = own;
    let sessions = sessions_of_days(series);
    for covariate in covariates {
        for (place, column) in columns(covariate, series, &sessions).unwrap_or_default().into_iter().enumerate() {
            all.column_mut(at + place).iter_mut().zip(&column[first..]).for_each(|(cell, value)| *cell = *value);
        }
        at += input_count(covariate);
    }
    let ahead = |covariate| series.covariates.ahead(covariate);
    let events = covariates.iter().map(|covariate| {
        let column = ahead(covariate).filter(|_| covariate.kind != CovariateKind::Past);
        column.map(|column| not_zero(column, &series.dates, &sessions)).unwrap_or_default()
    });
    (InputTable { first, values: all }, EventSessions::new(events.collect()))
}

/// Returns, for each day, the sessions ahead on which a column is known and not zero, as bits; the lowest is the next
/// session.
fn not_zero(column: &AheadColumn, days: &[Date], sessions: &[Vec<Date>]) -> Vec<u32> {
    let is_event = |value: &Option<f64>| value.is_some_and(|value| value != 0.0);
    let bits =
        |values: Vec<Option<f64>>| values.iter().rev().fold(0, |bits, value| bits << 1 | u32::from(is_event(value)));
    days.iter().zip(sessions).map(|(day, sessions)| bits(column.on_sessions(*day, sessions))).collect()
}

/// Returns the sessions expected after each day; empty if the series has no covariates known ahead.
fn sessions_of_days(series: &PriceSeries) -> Vec<Vec<Date>> {
    let Some(ahead) = &series.covariates.ahead else { return Vec::new() };
    (1..=series.len()).map(|days| ahead.sessions_after(&series.dates[..days], series.frequency)).collect()
}

/// Returns the inputs of a covariate, one column per input; `None` if the series does not have it.
fn columns(covariate: &Covariate, series: &PriceSeries, sessions: &[Vec<Date>]) -> Option<Vec<Vec<f64>>> {
    let covariates = &series.covariates;
    match covariate.kind {
        CovariateKind::Past => Some(of_past(covariates.past(&covariate.name)?)),
        CovariateKind::Future | CovariateKind::Events => {
            Some(of_ahead(covariates.ahead(covariate)?, &series.dates, sessions))
        }
    }
}

/// Returns the change and the level, in units of the standard deviation of changes.
fn of_past(values: &[f64]) -> Vec<Vec<f64>> {
    let positive = values.iter().take_while(|value| **value > 0.0).count();
    let logs: Vec<f64> = values[..positive].iter().map(|value| value.ln()).collect();
    let [mut inputs, plain] = [standardised(&logs), standardised(values)];
    // The rows so far decide whether a column has logarithms.
    inputs.iter_mut().zip(&plain).for_each(|(column, plain)| column.extend(&plain[positive..]));
    inputs.to_vec()
}

fn standardised(z: &[f64]) -> [Vec<f64>; 2] {
    let change: Vec<f64> =
        std::iter::once(0.0).chain(z.windows(2).map(|pair| pair[1] - pair[0])).take(z.len()).collect();
    let mean = from_first(z, MEAN_DECAY);
    let squares: Vec<f64> = change.iter().map(|change| change * change).collect();
    // Started at the mean of the first days, like the volatility of prices.
    let first = &squares[squares.len().min(1)..squares.len().min(BACKCAST_DAYS + 1)];
    let mut variance = first.iter().sum::<f64>() / first.len().max(1) as f64;
    let ratio = |value: f64, variance: f64| if variance > 0.0 { value / variance.sqrt() } else { 0.0 };
    let mut inputs = [Vec::with_capacity(z.len()), Vec::with_capacity(z.len())];
    for day in 0..z.len() {
        if day > 0 {
            variance = DEVIATION_DECAY * variance + (1.0 - DEVIATION_DECAY) * squares[day];
        }
        inputs[0].push(ratio(change[day], variance));
        inputs[1].push(ratio(z[day] - mean[day], variance));
    }
    inputs
}

/// Returns the means over the sessions ahead of each day.
fn of_ahead(column: &AheadColumn, days: &[Date], sessions: &[Vec<Date>]) -> Vec<Vec<f64>> {
    let mut inputs = vec![Vec::with_capacity(days.len()); SPANS.len()];
    for (day, sessions) in days.iter().zip(sessions) {
        let values = column.on_sessions(*day, sessions);
        let mut nearer = column.last_on(*day).unwrap_or(0.0);
        for (input, span) in inputs.iter_mut().zip(SPANS) {
            let known = values.iter().take(span.end).skip(span.start).flatten();
            let count = known.clone().count();
            if count > 0 {
                nearer = known.sum::<f64>() / count as f64;
            }
            input.push(nearer);
        }
    }
    inputs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::tests::walk;
    use fourcast_prices::{Events, PastColumn};
    use jiff::ToSpan;

    fn with_column(series: &PriceSeries, values: Vec<f64>) -> PriceSeries {
        let mut series = series.clone();
        series.covariates.past = vec![PastColumn { name: "x".into(), values }];
        series
    }

    fn table(series: &PriceSeries) -> Array2<f64> {
        let own = InputTable { first: 0, values: Array2::zeros((series.len(), 1)) };
        with_covariates(own, &series.covariates.list(), series).0.values
    }

    #[test]
    fn a_past_column_is_used_up_to_its_day_and_without_its_units() {
        let series = walk(200, 1);
        let values = series.close.clone();
        let before = table(&with_column(&series, values.clone()));
        assert_eq!(before.dim(), (200, 3));
        assert!(before.column(1).iter().all(|change| change.abs() < 6.0));
        let mut later = values.clone();
        later[150..].iter_mut().for_each(|value| *value *= -7.0);
        let after = table(&with_column(&series, later));
        assert_eq!(before.slice(s![..150, ..]), after.slice(s![..150, ..]));
        assert_ne!(before.row(150), after.row(150));
        let other_units = table(&with_column(&series, values.iter().map(|value| 100.0 * value).collect()));
        assert!((&before - &other_units).iter().all(|difference| difference.abs() < 1e-9));
        let constant = table(&with_column(&series, vec![3.0; 200]));
        assert!(constant.iter().all(|value| *value == 0.0));
    }

    #[test]
    fn what_is_known_ahead_is_read_up_to_30_sessions_ahead() {
        let mut series = walk(100, 2);
        let day = |row: usize| series.dates[50] + (row as i64).days();
        let events = |days: &[usize]| Events { name: "e".into(), days: days.iter().map(|k| (day(*k), 1.0)).collect() };
        let inputs = |days: &[usize]| {
            let mut with = series.clone();
            with.add_events(&events(days), None);
            table(&with).row(50).to_vec()
        };
        assert_eq!(inputs(&[1, 3, 31]), [0.0, 1.0, 0.25, 0.0, 0.0, 0.0]);
        assert_eq!(inputs(&[0, 6, 7, 11, 21, 30]), [0.0, 0.0, 0.0, 0.4, 0.1, 0.2]);
        assert_eq!(inputs(&[31, 40]), inputs(&[45]));
        // A part of the series also has the values known ahead.
        series.add_events(&events(&[1, 25]), None);
        assert_eq!(table(&series.slice(0..51)).row(50), table(&series).row(50));
        // It is not known that the market was closed on the next days.
        let mut closed = series.clone();
        closed.dates.drain(51..53);
        [&mut closed.close, &mut closed.adjusted].into_iter().for_each(|column| drop(column.drain(51..53)));
        let row = table(&closed).row(50).to_vec();
        assert_eq!((&row, row[1]), (&table(&series).row(50).to_vec(), 1.0));
    }
}
