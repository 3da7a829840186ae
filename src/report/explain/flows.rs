//! What the layers keep and add, and the terms of their sums, day by day: the numbers of the drawing in a page.

use jiff::civil::Date;

use super::quantities::Side;
use crate::model::{DayFlow, Explanation, LayerFlow, SignedMeans, TermSource};
use crate::nn::{CellKind, KERNEL};

/// The values of a layer on one day.
#[derive(Debug, Clone, PartialEq)]
pub struct FlowDay {
    /// The side of the network.
    pub side: Side,
    /// The number of the layer, from 1.
    pub layer: usize,
    /// The day, or the step of a path.
    pub date: Date,
    /// The mean of each gate, by the gate's letter.
    pub gates: Vec<(&'static str, f64)>,
    /// The quantities by their json keys, in the order of computation.
    pub values: Vec<(&'static str, SignedMeans)>,
}

/// Returns all days of all layers, the lowest layer first. A dense layer has one output, after the last day; for it,
/// each day of the window has what that day adds to the sum.
pub fn flow_days(explanation: &Explanation) -> Vec<FlowDay> {
    let (flows, cell) = (explanation.flows(), explanation.config.cell);
    let window: Vec<Date> = explanation.days.iter().map(|day| day.date).collect();
    let sides =
        [(Side::Encoder, &flows.encoder, &window), (Side::Decoder, &flows.decoder, &explanation.forecast.dates)];
    let mut all = Vec::new();
    for (side, layers, dates) in sides {
        for (place, layer) in layers.iter().enumerate() {
            let row = |(day, date): (usize, &Date)| {
                let written = (day + layer.days.len()).checked_sub(dates.len()).and_then(|day| layer.days.get(day));
                let values = values(cell, place, layer, (day, written));
                let gates = written.map_or(Vec::new(), |day| day.gates.clone());
                FlowDay { side, layer: place + 1, date: *date, gates, values }
            };
            all.extend(dates.iter().enumerate().map(row).filter(|row| !row.values.is_empty()));
        }
    }
    all
}

fn values(
    cell: CellKind,
    layer: usize,
    flow: &LayerFlow,
    (day, written): (usize, Option<&DayFlow>),
) -> Vec<(&'static str, SignedMeans)> {
    let terms = if (cell, layer) == (CellKind::Dense, 0) {
        terms_of_day(flow, day, written.is_some())
    } else {
        written.map_or(Vec::new(), |flow| terms(cell, flow, day))
    };
    let Some(flow) = written else { return terms };
    let is_recurrent = cell.is_recurrent();
    let before = is_recurrent.then_some(("before", flow.before));
    let gated = flow.terms.into_iter().flat_map(|terms| [("kept", terms.kept), ("added", terms.added)]);
    let after = is_recurrent.then_some(("after", flow.after));
    let hidden = (!is_recurrent || cell.has_cell_state()).then_some(("hidden", flow.hidden));
    before.into_iter().chain(gated).chain(terms).chain(after).chain(hidden).collect()
}

/// The keys of the days that a convolution reads, starting with the day itself.
const CONVOLVED: [&str; KERNEL] = ["x_w", "x_1_w", "x_2_w"];

/// Returns the terms of the sum that is written on a day. Of a convolution, `x_1_w` is what the day before adds.
fn terms(cell: CellKind, flow: &DayFlow, day: usize) -> Vec<(&'static str, SignedMeans)> {
    let key = |source: TermSource| match source {
        TermSource::Day(read) => CONVOLVED[(day - read).min(cell.taps() - 1)],
        TermSource::State => "h_w",
        TermSource::Bias => "b",
    };
    flow.sum.iter().map(|(source, means)| (key(*source), *means)).collect()
}

/// Returns what a day adds to the only sum of a dense layer. The bias is added on the day of the output.
fn terms_of_day(flow: &LayerFlow, day: usize, writes: bool) -> Vec<(&'static str, SignedMeans)> {
    let all = flow.days.iter().flat_map(|flow| &flow.sum);
    let own = all.filter_map(|(source, means)| match source {
        TermSource::Day(read) if *read == day => Some(("x_w", *means)),
        TermSource::Bias if writes => Some(("b", *means)),
        _ => None,
    });
    own.collect()
}
