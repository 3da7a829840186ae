//! A network: layers, decoder and head, over the windows of the last rows.

use super::cells::{Layer, State, Weights, layer};
use super::graph::Value;
use crate::Card;
use fourcast_nn::Shape;
use fourcast_nn::parameters::Parameters;

/// The outputs of one network, in 64 bits. B = windows, S = steps, O = outputs.
pub struct Outputs<'g> {
    /// The outputs of the first step for all windows, (B, O).
    pub first: Value<'g>,
    /// The outputs of all steps for the last window, (S, O).
    pub last: Value<'g>,
}

/// Returns the outputs of a network with `weights` for windows (T, B, I) and the first inputs of a decoder, (B).
pub fn outputs<'g>(card: &Card, weights: &Parameters<f32>, windows: Value<'g>, starts: Value<'g>) -> Outputs<'g> {
    let network = GraphNetwork { shape: card.config.shape(), weights: Weights(weights) };
    let states = network.encode(windows);
    if network.shape.decodes() {
        network.decode(states.1, starts, card.config.loss.point_scale())
    } else {
        network.all_at_once(states.0)
    }
}

struct GraphNetwork<'a> {
    shape: Shape,
    weights: Weights<'a>,
}

impl GraphNetwork<'_> {
    /// Runs one pass through all layers from `starts`, the states of each layer. Returns the sequence of the uppermost
    /// layer, and the states.
    fn pass<'g>(&self, name: &str, x: Value<'g>, starts: Option<&[State<'g>]>) -> (Value<'g>, Vec<State<'g>>) {
        let (mut sequence, mut states) = (x, Vec::new());
        for number in 0..self.shape.layers {
            let this = Layer { weights: &self.weights, shape: self.shape, name, number };
            let (next, state) = layer(&this, sequence, starts.map(|starts| starts[number]));
            sequence = next;
            states.push(state);
        }
        (sequence, states)
    }

    fn encode<'g>(&self, windows: Value<'g>) -> (Value<'g>, Vec<State<'g>>) {
        self.pass(self.shape.encoder_name(), windows, None)
    }

    /// Returns `h W^T + b`, (B, ...), in 32 bits.
    fn head<'g>(&self, h: Value<'g>) -> Value<'g> {
        let graph = h.graph();
        let (w, b) = (self.weights.get("head.weight"), self.weights.get("head.bias"));
        let w_t = graph.floats(&[w.shape()[1], w.shape()[0]], &w.t().iter().copied().collect::<Vec<f32>>());
        h.product(w_t) + graph.floats(&[b.len()], &b.iter().copied().collect::<Vec<f32>>())
    }

    /// Returns all steps, computed from the last day of the window; for a convolution, from all its days.
    fn all_at_once<'g>(&self, sequence: Value<'g>) -> Outputs<'g> {
        let Shape { cell, window, hidden, steps, outputs, .. } = self.shape;
        let h = match cell.head_reads_all_days() {
            true => sequence.transpose(&[1, 0, 2]).reshape(&[-1, (window * hidden) as i64]),
            false => sequence.at(0, -1),
        };
        let all = self.head(h).to_number().reshape(&[-1, steps as i64, outputs as i64]);
        Outputs { first: all.at(1, 0), last: all.at(0, -1) }
    }

    /// Computes the path step by step from the states of the encoder. Each step reads the point forecast of the
    /// previous one. From the second step on, only the last window is computed.
    fn decode<'g>(&self, states: Vec<State<'g>>, starts: Value<'g>, point_scale: f64) -> Outputs<'g> {
        let graph = starts.graph();
        let step = |x: Value<'g>, states: &[State<'g>]| {
            let (sequence, states) = self.pass("decoder", x, Some(states));
            (self.head(sequence.at(0, 0)), states)
        };
        // (1, B, 1)
        let (first, states) = step(starts.with_axis(0).with_axis(2), &states);
        let mut states: Vec<State<'g>> = states.into_iter().map(State::of_last_window).collect();
        let mut outputs = vec![first.last()];
        for _ in 1..self.shape.steps {
            let last = outputs[outputs.len() - 1];
            let point = last.slice(1, 0, 1) * graph.floats(&[], &[point_scale as f32]);
            let (output, next) = step(point.with_axis(0), &states);
            outputs.push(output);
            states = next;
        }
        Outputs { first: first.to_number(), last: graph.join(0, &outputs).to_number() }
    }
}
