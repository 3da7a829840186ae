//! Exports a model as an ONNX graph that computes the whole forecast, from prices to quantiles of later prices.
//!
//! The modules, from the bottom. Each module imports only from modules above it in this table; a test checks this.
//!
//! | modules | what they do |
//! |---|---|
//! | `proto` | the messages of an ONNX file |
//! | `graph` | builds a graph |
//! | `running` | exponentially weighted means, maximum and median of the last rows |
//! | `columns`, `seasonality`, `inputs` | the inputs of the graph, daily columns, the inputs of the networks |
//! | `target` | the unit of volatility and the expected return |
//! | `cells`, `network` | the layers, one file per cell; a network with decoder and head |
//! | `chebyshev`, `forecast` | Student-t quantiles; calibration, interpolation, prices |
//! | `feed` | the inputs of a graph for a series |
//!
//! The graph computes what `docs/inputs.md` describes, and therefore the same as [`Forecaster::forecast`], except for
//! price grids: if prices lie on a grid, [`Forecaster::forecast`] includes other distributions, which are not in the
//! graph. `docs/onnx.md` describes the files.

mod cells;
mod chebyshev;
mod columns;
mod feed;
mod forecast;
mod graph;
mod inputs;
mod network;
mod proto;
mod running;
mod seasonality;
mod target;

use prost::Message;
use serde::Serialize;

pub use feed::{Feed, FeedNote, Numbers, feed};

use super::calibration::ErrorScale;
use super::forecaster::Forecaster;
use columns::Columns;
use forecast::{Asked, error_scale, prices};
use graph::{Dim, Graph, Value};
use inputs::scaled_inputs;
use proto::Type;
use target::Targets;

/// The version of ONNX's operators that a graph requires.
pub const OPSET: i64 = proto::OPSET;

/// The smallest level of a quantile, and the distance of the largest from 1.
pub const MIN_LEVEL: f64 = 1e-9;

/// The producer named in a file, by which such a file is recognised.
const PRODUCER: &str = "fourcast";

/// Returns the bytes of an ONNX file with the forecasts of a model: the medians and the quantiles at `levels`, each
/// from [`MIN_LEVEL`] to 1 - [`MIN_LEVEL`], for all days ahead that it forecasts. The same model and levels give the
/// same bytes.
pub fn export(forecaster: &Forecaster, levels: &[f64]) -> Vec<u8> {
    let card = &forecaster.card;
    let days: Vec<usize> = card.config.days_ahead().collect();
    let metadata = metadata(forecaster, levels, &days);
    let graph = Graph::default();
    build(&graph, forecaster, &Asked { card, levels, days });
    let model = proto::Model {
        ir_version: proto::IR_VERSION,
        producer_name: PRODUCER.into(),
        producer_version: env!("CARGO_PKG_VERSION").into(),
        doc_string: "Forecast of a price series by fourcast: rows of prices in, quantiles of later closes out.".into(),
        graph: Some(graph.finish("forecast")),
        opset_import: vec![proto::OperatorSet { domain: String::new(), version: OPSET }],
        metadata_props: metadata,
    };
    model.encode_to_vec()
}

/// Whether a file that starts with these bytes was written by [`export`].
pub fn is_export(head: &[u8]) -> bool {
    let start =
        proto::Model { ir_version: proto::IR_VERSION, producer_name: PRODUCER.into(), ..proto::Model::default() };
    head.starts_with(&start.encode_to_vec())
}

fn metadata(forecaster: &Forecaster, levels: &[f64], days: &[usize]) -> Vec<proto::Entry> {
    let card = &forecaster.card;
    let (config, training) = (&card.config, &card.training);
    let list = |values: Vec<String>| values.join(",");
    let date = |date: Option<jiff::civil::Date>| date.map(|date| date.to_string());
    let entries = [
        ("model_sha256", forecaster.file_sha256.clone()),
        ("cell", Some(stored_name(&config.cell))),
        ("topology", Some(stored_name(&config.topology))),
        ("window", Some(config.window.to_string())),
        ("hidden", Some(config.hidden.to_string())),
        ("layers", Some(config.layers.to_string())),
        ("ensemble", Some(config.ensemble.to_string())),
        ("target", Some(stored_name(&config.target))),
        ("loss", Some(stored_name(&config.loss))),
        ("frequency", Some(training.frequency.to_string())),
        ("series", Some(training.series.clone())),
        ("trained_from", date(training.first)),
        ("trained_to", date(training.last)),
        ("days_ahead", Some(list(days.iter().map(ToString::to_string).collect()))),
        ("quantiles", Some(list(levels.iter().map(ToString::to_string).collect()))),
    ];
    let entry = |(key, value): (&str, Option<String>)| Some(proto::Entry { key: key.into(), value: value? });
    entries.into_iter().filter_map(entry).collect()
}

/// Returns the name of a choice in model files and on the command line.
fn stored_name(choice: &impl Serialize) -> String {
    match serde_json::to_value(choice) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}

/// Adds the whole forecast to a graph.
fn build(graph: &Graph, forecaster: &Forecaster, asked: &Asked<'_>) {
    let card = asked.card;
    let x = Columns::new(graph, card);
    let targets = Targets::new(&x, card);
    let scaled = scaled_inputs(&x, card);
    let first = first_window(&x, card);
    let (windows, starts) = windows(&x, &targets, card, (scaled, first));
    let each: Vec<network::Outputs<'_>> = forecaster
        .members
        .iter()
        .enumerate()
        .map(|(member, weights)| {
            graph.part(&format!("member_{member}"));
            network::outputs(card, weights, windows, starts)
        })
        .collect();
    let firsts: Vec<Value<'_>> = each.iter().map(|outputs| outputs.first).collect();
    let lasts: Vec<Value<'_>> = each.iter().map(|outputs| outputs.last).collect();
    let width = match card.baseline_error {
        Some(baseline) => error_scale((&x, &targets), card, (graph.stack(0, &firsts), first), baseline),
        None => graph.numbers(&[1], &[1.0]),
    };
    let prices = prices((&x, &targets), asked, (graph.stack(0, &lasts), width));
    let (days, levels) = (asked.days.len(), asked.levels.len());
    graph.output("forecast", prices.medians, Type::Double, &[Dim::Of(days)], "Median close of each day ahead.");
    let dims = [Dim::Of(days), Dim::Of(levels)];
    graph.output("quantiles", prices.quantiles, Type::Double, &dims, "Quantiles of the close of each day ahead.");
}

/// Returns the row on which the first window ends, (1): the last row or, if errors of earlier days are measured, the
/// first of those days.
fn first_window<'g>(x: &Columns<'g>, card: &super::Card) -> Value<'g> {
    let last = x.count - 1;
    if card.baseline_error.is_none() {
        return last;
    }
    let config = &card.config;
    let settled = fourcast_features::Frame::first_origin(config.window) as i64;
    let known = x.count - config.horizons()[0] as i64;
    (known - ErrorScale::MEMORY as i64).max(settled).min(last)
}

/// Returns the windows that end on the rows from `first` on, (T, B, I), and the first inputs of their decoders, (B), in
/// 32 bits.
fn windows<'g>(
    x: &Columns<'g>,
    targets: &Targets<'g>,
    card: &super::Card,
    (scaled, first): (Value<'g>, Value<'g>),
) -> (Value<'g>, Value<'g>) {
    let graph = x.graph;
    graph.part("windows");
    let ends = x.row.slice_at(0, first, x.count);
    let back: Vec<i64> = (1 - card.config.window as i64..=0).collect();
    let days = graph.wholes(&back).with_axis(1) + ends;
    let start = targets.start().slice_at(0, first, x.count);
    let starts = ((start - card.target_scaler.mean) / card.target_scaler.deviation).cast(Type::Float);
    (scaled.gather(0, days), starts)
}

#[cfg(test)]
mod tests;
