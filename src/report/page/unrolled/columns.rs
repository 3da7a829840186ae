//! The content of the drawing: one column per day, with the values of each layer and the texts around them.

use jiff::civil::Date;

use crate::model::{DayFlow, Explanation, LayerFlow, SignedMeans, TermSource};
use crate::nn::{Activation, CellKind};
use crate::report::number::price;
use crate::words::counted;

/// The kind of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A day of the window.
    Day,
    /// A day ahead, which a decoder computes.
    Step,
    /// The head, and its forecast from the window.
    Forecast,
}

/// A column of the drawing.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    pub kind: Kind,
    pub date: Option<Date>,
    /// The layers, the lowest first; none if a layer has no output on the day.
    pub layers: Vec<Option<DayFlow>>,
    /// The text below: the day, and what the lowest layer reads.
    pub below: Vec<String>,
    /// The text above: the forecast.
    pub above: Vec<String>,
}

/// A network along its days.
#[derive(Debug, Clone, PartialEq)]
pub struct Unrolled {
    pub cell: CellKind,
    /// The nonlinearity of layers without gates.
    pub activation: &'static str,
    pub columns: Vec<Column>,
}

impl Unrolled {
    /// Creates the columns of an explanation.
    pub fn of(explanation: &Explanation) -> Unrolled {
        let flows = explanation.flows();
        let config = &explanation.config;
        let mut columns: Vec<Column> = (0..explanation.days.len())
            .map(|day| Column {
                kind: Kind::Day,
                date: Some(explanation.days[day].date),
                layers: on(&flows.encoder, day, explanation.days.len()),
                below: inputs(explanation, day),
                above: Vec::new(),
            })
            .collect();
        let steps = flows.decoder.first().map_or(0, |layer| layer.days.len());
        columns.extend((0..steps).map(|step| Column {
            kind: Kind::Step,
            date: explanation.forecast.dates.get(step).copied(),
            layers: on(&flows.decoder, step, steps),
            below: fed(explanation, step),
            above: forecast(explanation, step),
        }));
        if steps == 0 {
            let above = shown(explanation).into_iter().flat_map(|step| forecast(explanation, step)).collect();
            columns.push(Column { kind: Kind::Forecast, date: None, layers: Vec::new(), below: Vec::new(), above });
        }
        let activation = match config.activation {
            Activation::Tanh => "tanh",
            Activation::Relu => "ReLU",
        };
        Unrolled { cell: config.cell, activation, columns }
    }

    /// Returns the number of layers.
    pub fn layers(&self) -> usize {
        self.columns.first().map_or(0, |column| column.layers.len())
    }

    /// Returns all days of all layers.
    pub fn days(&self) -> impl Iterator<Item = &DayFlow> {
        self.columns.iter().flat_map(|column| column.layers.iter().flatten())
    }

    /// Returns the terms of the sum of a layer without gates, with their names. For the lowest dense layer, which sums
    /// all days of the window, a column has the terms that come from its day. Otherwise it has all terms of its day's
    /// sum.
    pub fn terms(&self, column: usize, layer: usize) -> Vec<(String, SignedMeans)> {
        let of_day = |one: &Column| one.layers.get(layer).and_then(Option::as_ref).map(|day| day.sum.clone());
        let written = of_day(&self.columns[column]);
        if (self.cell, layer) != (CellKind::Dense, 0) {
            let name = |source: TermSource| match source {
                TermSource::Day(day) => match column.saturating_sub(day).min(self.cell.taps() - 1) {
                    0 => "x W".to_owned(),
                    tap => format!("x-{tap} W"),
                },
                TermSource::State => "h W".to_owned(),
                TermSource::Bias => "b".to_owned(),
            };
            return written.into_iter().flatten().map(|(source, means)| (name(source), means)).collect();
        }
        let all = self.columns.iter().find_map(of_day).unwrap_or_default();
        let own = all.into_iter().filter_map(|(source, means)| match source {
            TermSource::Day(day) if day == column => Some(("x W".to_owned(), means)),
            TermSource::Bias if written.is_some() => Some(("b".to_owned(), means)),
            _ => None,
        });
        own.collect()
    }

    /// Returns the columns that a layer without memory reads for its output in a column.
    pub fn read_by(&self, layer: usize, column: usize) -> std::ops::RangeInclusive<usize> {
        match (self.cell, layer) {
            (CellKind::Dense, 0) => 0..=column,
            (cell, _) => (column + 1).saturating_sub(cell.taps())..=column,
        }
    }
}

/// Returns the layers on one of `days` days.
fn on(layers: &[LayerFlow], day: usize, days: usize) -> Vec<Option<DayFlow>> {
    let of_layer = |layer: &LayerFlow| day.checked_sub(days - layer.days.len()).map(|day| layer.days[day].clone());
    layers.iter().map(of_layer).collect()
}

fn inputs(explanation: &Explanation, day: usize) -> Vec<String> {
    let read = explanation.read.row(day);
    let size = read.iter().map(|value| value.abs()).sum::<f64>() / read.len().max(1) as f64;
    let close = price(explanation.days[day].close);
    vec![
        explanation.days[day].date.to_string(),
        format!("close {close}"),
        format!("{}, |x| {}", counted(read.len(), "input"), short(size)),
    ]
}

/// Describes what the decoder reads, as a mean over the networks.
fn fed(explanation: &Explanation, step: usize) -> Vec<String> {
    let values: Vec<f64> = explanation.traces.iter().filter_map(|one| one.trace.fed.get(step).copied()).collect();
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    let unit = explanation.forecast.frequency.unit();
    let whence = if step == 0 { format!("of the last {unit}") } else { format!("from the {unit} before") };
    vec![format!("{} ahead", counted(step + 1, unit)), format!("fed x {}", signed(mean)), whence]
}

/// Returns the steps that are written beside the head: those with influences, and the first if the network has no
/// output horizons; at most three.
fn shown(explanation: &Explanation) -> Vec<usize> {
    let dates = &explanation.forecast.dates;
    let place = |date: &Date| dates.iter().position(|one| one == date);
    let mut steps: Vec<usize> = explanation.influences.iter().filter_map(|influence| place(&influence.date)).collect();
    if explanation.config.output_horizons.is_empty() {
        steps.push(0);
    }
    steps.sort_unstable();
    steps.dedup();
    steps.truncate(3);
    steps
}

fn forecast(explanation: &Explanation, step: usize) -> Vec<String> {
    let forecast = &explanation.forecast;
    let (lower, upper) = forecast.interval(step, 0.9);
    let date = forecast.dates[step];
    let sigma = explanation.influences.iter().find(|influence| influence.date == date);
    [
        Some(date.to_string()),
        Some(format!("median {}", price(forecast.median(step)))),
        Some(format!("90 % from {}", price(lower))),
        Some(format!("to {}", price(upper))),
        sigma.map(|influence| format!("sigma {:.2} %", influence.sigma_of_price)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Formats a size with the digits that fit a picture.
pub fn short(value: f64) -> String {
    let decimals = if value != 0.0 && value.abs() < 0.0995 { 3 } else { 2 };
    format!("{value:.decimals$}")
}

/// Formats a number with its sign and the digits that fit a picture.
pub fn signed(value: f64) -> String {
    let size = short(value.abs());
    // A number that rounds to zero has no sign.
    let is_zero = size.chars().all(|digit| matches!(digit, '0' | '.'));
    let sign = if is_zero { "" } else { ["+", "\u{2212}"][usize::from(value < 0.0)] };
    format!("{sign}{size}")
}
