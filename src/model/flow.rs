//! How much the layers of an explained forecast keep, add and pass on, day by day.
//!
//! ```text
//! LSTM   c_t = f c_{t-1} + i g            kept f c_{t-1}   added i g
//! GRU    h_t = z h_{t-1} + (1 - z) n      kept z h_{t-1}   added (1 - z) n
//! ```
//!
//! The roles of the gates ([`GateRole`]) determine which gate is which.
//! For a layer without gates, the terms are those of the sum inside its nonlinearity (`sums.rs`).
//!
//! Every value is a mean over the units of all networks that are examined.

use super::explain::Explanation;
use super::sums::{LayerSums, SumTerm, Sums, TermSource};
use fourcast_nn::trace::{LayerTrace, Trace};
use fourcast_nn::{CellKind, GateRole};

/// The mean over units, separately for the values above zero and those below: `above - below` is the mean, and
/// `above + below` is the mean of the absolute values.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct SignedMeans {
    /// Mean of max(v, 0).
    pub above: f64,
    /// Mean of max(-v, 0).
    pub below: f64,
}

impl SignedMeans {
    fn of(values: &[f64]) -> SignedMeans {
        let count = values.len() as f64;
        let mean_of = |part: fn(f64) -> f64| values.iter().map(|value| part(*value)).sum::<f64>() / count;
        SignedMeans { above: mean_of(|value| value.max(0.0)), below: mean_of(|value| (-value).max(0.0)) }
    }

    /// Returns the mean of the absolute values.
    pub fn size(self) -> f64 {
        self.above + self.below
    }

    /// Returns the mean.
    pub fn mean(self) -> f64 {
        self.above - self.below
    }
}

/// The two terms of a new state.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Terms {
    /// The part of the previous state that a gate keeps.
    pub kept: SignedMeans,
    /// The part that is added.
    pub added: SignedMeans,
}

/// A day of a layer.
#[derive(Debug, Clone, PartialEq)]
pub struct DayFlow {
    /// The letter of each gate, and its mean.
    pub gates: Vec<(&'static str, f64)>,
    /// The state before the day: c of an LSTM, h of other cells.
    pub before: SignedMeans,
    /// The terms of the new state, if the cell has gates that determine them.
    pub terms: Option<Terms>,
    /// The terms of the sum inside the nonlinearity, if the cell has no gates.
    pub sum: Vec<(TermSource, SignedMeans)>,
    /// The state after the day.
    pub after: SignedMeans,
    /// The hidden state, which the next day, the layer above and the head read.
    pub hidden: SignedMeans,
}

/// A layer.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerFlow {
    /// The days of the layer. A dense layer has one day, because it writes once, after the last day.
    pub days: Vec<DayFlow>,
}

/// All layers, the lowest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Flows {
    /// The layers that read the window.
    pub encoder: Vec<LayerFlow>,
    /// The layers that write a path; empty without a decoder.
    pub decoder: Vec<LayerFlow>,
}

impl Explanation {
    /// Returns how much the layers keep, add and pass on.
    pub fn flows(&self) -> Flows {
        let traces: Vec<(&Trace, &Sums)> = self.traces.iter().map(|member| (&member.trace, &member.sums)).collect();
        Flows::of(self.config.cell, &traces)
    }
}

impl Flows {
    /// Returns the flows of some networks of one shape.
    fn of(cell: CellKind, traces: &[(&Trace, &Sums)]) -> Flows {
        let layers = |member: for<'a> fn(&'a Trace, &'a Sums, usize) -> Option<Member<'a>>| {
            let of_layer = |layer: usize| -> Option<LayerFlow> {
                let members: Vec<Member<'_>> =
                    traces.iter().map(|(trace, sums)| member(trace, sums, layer)).collect::<Option<_>>()?;
                let days = members.first()?.days();
                Some(LayerFlow { days: (0..days).map(|day| day_flow(cell, &members, day)).collect() })
            };
            (0..).map_while(of_layer).collect()
        };
        Flows {
            encoder: layers(|trace, sums, layer| {
                Some(Member { layer: trace.encoder.get(layer)?, start: None, sums: sums.encoder.get(layer) })
            }),
            // A decoder starts from the last states of the encoder.
            decoder: layers(|trace, sums, layer| {
                let start = trace.encoder.get(layer);
                Some(Member { layer: trace.decoder.get(layer)?, start, sums: sums.decoder.get(layer) })
            }),
        }
    }
}

/// A layer of one network, the layer whose last states it starts from, and its sums.
struct Member<'a> {
    layer: &'a LayerTrace,
    start: Option<&'a LayerTrace>,
    sums: Option<&'a LayerSums>,
}

impl Member<'_> {
    fn days(&self) -> usize {
        self.layer.quantities.first().map_or(0, |(_, values)| values.nrows())
    }

    /// Returns the values of a quantity on a day, in all units.
    fn on(&self, day: usize, name: &str) -> Vec<f64> {
        self.layer.quantity(name).map_or_else(Vec::new, |values| values.row(day).to_vec())
    }

    /// Returns the terms of the sum of a day.
    fn terms(&self, day: usize) -> &[SumTerm] {
        self.sums.and_then(|days| days.get(day)).map_or(&[], Vec::as_slice)
    }

    /// Returns the state before a day.
    fn before(&self, day: usize, name: &str) -> Vec<f64> {
        let state = |layer: &LayerTrace, day: usize| layer.quantity(name).map(|values| values.row(day).to_vec());
        let before = match (day.checked_sub(1), self.start) {
            (Some(last), _) => state(self.layer, last),
            (None, Some(start)) => state(start, start.quantity(name).map_or(1, |values| values.nrows()) - 1),
            (None, None) => None,
        };
        before.unwrap_or_else(|| vec![0.0; self.on(day, name).len()])
    }
}

fn day_flow(cell: CellKind, members: &[Member<'_>], day: usize) -> DayFlow {
    let all = |values: &dyn Fn(&Member<'_>) -> Vec<f64>| members.iter().flat_map(values).collect::<Vec<f64>>();
    let on = |name: &str| all(&|member| member.on(day, name));
    let state = if cell.has_cell_state() { "c" } else { "h" };
    let before = all(&|member| member.before(day, state));
    let gate = |role: GateRole| cell.gate(role).map(|gate| on(gate.letter));
    let terms = gate(GateRole::Keep).zip(gate(GateRole::Candidate)).map(|(keep, candidate)| {
        let add = gate(GateRole::Add).unwrap_or_else(|| keep.iter().map(|kept| 1.0 - kept).collect());
        Terms { kept: SignedMeans::of(&product(&keep, &before)), added: SignedMeans::of(&product(&add, &candidate)) }
    });
    let mean = |letter| {
        let values = on(letter);
        (letter, values.iter().sum::<f64>() / values.len() as f64)
    };
    DayFlow {
        gates: cell.gates().iter().map(|gate| mean(gate.letter)).collect(),
        before: SignedMeans::of(&before),
        sum: (0..members[0].terms(day).len()).map(|term| sum_term(members, day, term)).collect(),
        terms,
        after: SignedMeans::of(&on(state)),
        hidden: SignedMeans::of(&on("h")),
    }
}

/// Returns a term of the sum of a day, over the units of all networks.
fn sum_term(members: &[Member<'_>], day: usize, term: usize) -> (TermSource, SignedMeans) {
    let values: Vec<f64> = members.iter().flat_map(|member| member.terms(day)[term].values.iter().copied()).collect();
    (members[0].terms(day)[term].source, SignedMeans::of(&values))
}

fn product(left: &[f64], right: &[f64]) -> Vec<f64> {
    left.iter().zip(right).map(|(left, right)| left * right).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn what_is_above_and_below_zero_is_apart() {
        let means = SignedMeans::of(&[1.0, -3.0, 0.0, 4.0]);
        assert_eq!((means.above, means.below), (1.25, 0.75));
        assert_eq!((means.size(), means.mean()), (2.0, 0.5));
    }

    /// Two units over two days, and a decoder that continues from them.
    #[test]
    fn a_state_is_what_is_kept_and_what_is_added() {
        let layer = |f, i, g, c| LayerTrace {
            quantities: vec![
                ("i", i),
                ("f", f),
                ("g", g),
                ("o", array![[0.5, 0.5]]),
                ("c", c),
                ("h", array![[0.1, -0.1]]),
            ],
        };
        let encoder = layer(array![[0.5, 0.5]], array![[0.5, 1.0]], array![[0.8, -0.6]], array![[0.4, -0.6]]);
        let decoder = layer(array![[0.5, 0.5]], array![[0.5, 1.0]], array![[-0.8, -0.1]], array![[-0.2, -0.4]]);
        let trace = Trace { encoder: vec![encoder], decoder: vec![decoder], fed: vec![0.0] };
        let flows = Flows::of(CellKind::Lstm, &[(&trace, &Sums::default())]);
        let (first, second) = (&flows.encoder[0].days[0], &flows.decoder[0].days[0]);
        assert_eq!(first.before, SignedMeans::default());
        assert_eq!(first.gates, [("i", 0.75), ("f", 0.5), ("g", 0.10000000000000003), ("o", 0.5)]);
        assert_eq!(second.before, first.after);
        for day in [first, second] {
            let Terms { kept, added } = day.terms.unwrap();
            assert!((kept.mean() + added.mean() - day.after.mean()).abs() < 1e-12, "{day:?}");
            // Amounts that cancel within a unit reduce the parts above and below zero equally.
            let cancelled = [kept.above + added.above - day.after.above, kept.below + added.below - day.after.below];
            assert!((cancelled[0] - cancelled[1]).abs() < 1e-12, "{day:?}");
        }
    }
}
