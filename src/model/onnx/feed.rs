//! The inputs of a graph for a series: the columns as they were read, without days without trade.

use std::fmt;

use ndarray::{ArrayView1, ArrayView2, Axis};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::columns::{AHEAD, Column, covariate_name, events_name};
use super::target::days_since_1970;
use crate::card::Basis;
use crate::requirements::check_known_ahead;
use crate::{Card, ForecastError, Forecaster};
use fourcast_features::Target;
use fourcast_features::{Frame, input_count, without_halts};
use fourcast_prices::{CovariateKind, PriceSeries};

/// The values of the inputs of a graph, by name. In JSON, an object of lists.
#[derive(Debug, Clone, PartialEq)]
pub struct Feed {
    /// The inputs, in the order of the graph.
    pub inputs: Vec<(String, Numbers)>,
    /// Why the result of the graph differs from the forecast of the model.
    pub notes: Vec<FeedNote>,
}

/// The values of an input.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Numbers {
    /// 64-bit integers, one per row.
    Whole(Vec<i64>),
    /// 64-bit floats, one per row.
    Real(Vec<f64>),
    /// 64-bit floats, several per row.
    Rows(Vec<Vec<f64>>),
}

/// Why the result of the graph differs from the forecast of the model for a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedNote {
    /// Prices lie on a grid.
    PriceGrid,
    /// The series has bars, which the graph does not read.
    UnreadBars,
    /// A value of a covariate known ahead is missing.
    UnknownAhead,
}

impl fmt::Display for FeedNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FeedNote::PriceGrid => {
                "prices lie on a grid: the model's forecast includes distributions that are not in the graph"
            }
            FeedNote::UnknownAhead => {
                "the values known ahead end before the last day that the graph forecasts: for the days without them the \
                 model makes no forecast, and the graph computes one from missing values"
            }
            FeedNote::UnreadBars => {
                "open, high and low are not inputs of the graph, because the model was trained on closes only: the \
                 model's forecast differs, because it measures large moves by overnight gaps"
            }
        })
    }
}

impl Serialize for Feed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.inputs.len()))?;
        for (name, numbers) in &self.inputs {
            map.serialize_entry(name, numbers)?;
        }
        map.end()
    }
}

/// Returns the inputs of the graph of a model for a series. If the series has no volume, the volume is 1.
///
/// # Errors
/// [`ForecastError`] if the model cannot forecast the series, or the graph reads bars and the series has none.
pub fn feed(forecaster: &Forecaster, series: &PriceSeries) -> Result<Feed, ForecastError> {
    let (card, config) = (&forecaster.card, &forecaster.card.config);
    let traded = without_halts(series);
    if traded.len() < config.window {
        return Err(ForecastError::TooFewRows { rows: traded.len(), window: config.window });
    }
    forecaster.check(series)?;
    let horizons = config.horizons();
    check_known_ahead(config, series, horizons[0])?;
    let last = config.days_to_target();
    let unknown = check_known_ahead(config, series, last).is_err();
    let basis = if config.target == Target::Price { card.basis } else { Basis::FirstDay };
    let (frame, series) = (forecaster.frame(&traded), basis.of(&traded));
    let columns = Column::of(card);
    let mut inputs = Vec::new();
    for column in &columns {
        inputs.push((column.name().to_owned(), values(*column, &series)?));
    }
    inputs.extend(covariates(card, &frame, &series));
    inputs.extend(events(card, &frame));
    let reads_bars = columns.contains(&Column::Open);
    let unread = series.range.is_some() && !reads_bars && super::columns::uses_bars(config);
    let notes = [
        frame.grid(traded.len() - 1).map(|_| FeedNote::PriceGrid),
        unread.then_some(FeedNote::UnreadBars),
        unknown.then_some(FeedNote::UnknownAhead),
    ];
    Ok(Feed { inputs, notes: notes.into_iter().flatten().collect() })
}

fn values(column: Column, series: &PriceSeries) -> Result<Numbers, ForecastError> {
    let range = || series.range.as_ref().ok_or(ForecastError::NoBars);
    Ok(match column {
        Column::Day => Numbers::Whole(series.dates.iter().map(|date| days_since_1970(*date)).collect()),
        Column::Close => Numbers::Real(series.close.clone()),
        Column::Adjusted => Numbers::Real(series.adjusted.clone()),
        Column::Open => Numbers::Real(range()?.open.clone()),
        Column::High => Numbers::Real(range()?.high.clone()),
        Column::Low => Numbers::Real(range()?.low.clone()),
        Column::Volume => Numbers::Real(series.volume.clone().unwrap_or_else(|| vec![1.0; series.len()])),
    })
}

/// Returns the values of covariates: of past columns unchanged, of those known ahead the inputs computed from them.
fn covariates(card: &Card, frame: &Frame, series: &PriceSeries) -> Vec<(String, Numbers)> {
    let mut place = card.config.inputs.len();
    let each = card.config.covariates.iter().map(|covariate| {
        let first = place;
        place += input_count(covariate);
        let numbers = match covariate.kind {
            CovariateKind::Past => {
                Numbers::Real(series.covariates.past(&covariate.name).map(<[f64]>::to_vec).unwrap_or_default())
            }
            CovariateKind::Future | CovariateKind::Events => Numbers::Rows(rows(frame.inputs.all(), first)),
        };
        (covariate_name(covariate.kind, &covariate.name), numbers)
    });
    each.collect()
}

/// Returns the sessions with events of each covariate that has an event factor.
fn events(card: &Card, frame: &Frame) -> impl Iterator<Item = (String, Numbers)> {
    let covariates = card.config.covariates.iter().enumerate();
    let has_factor = |place: &usize| card.event_factors.get(*place).is_some_and(|factor| *factor != 1.0);
    let with_factor = covariates.filter(move |(place, _)| has_factor(place));
    with_factor.map(|(place, covariate)| (events_name(&covariate.name), Numbers::Rows(frame.events_ahead(place))))
}

fn rows(table: ArrayView2<'_, f64>, first: usize) -> Vec<Vec<f64>> {
    let row = |row: ArrayView1<'_, f64>| row.iter().skip(first).take(AHEAD).copied().collect();
    table.axis_iter(Axis(0)).map(row).collect()
}
