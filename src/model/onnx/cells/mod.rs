//! The layers in ONNX, one file per cell. All of them read a sequence (T, B, I) and write one (T, B, H), in 32 bits: T
//! = days, B = windows, I = inputs, H = hidden.

mod conv;
mod dense;
mod gru;
mod lstm;
mod rnn;

use ndarray::{ArrayD, Axis, concatenate};

use super::graph::{Graph, Value};
use fourcast_nn::parameters::Parameters;
use fourcast_nn::{Activation, CellKind, Shape};

/// The weights of one network.
pub struct Weights<'a>(pub &'a Parameters<f32>);

impl Weights<'_> {
    /// Returns the tensor of that name, in PyTorch's shape.
    ///
    /// # Panics
    /// If there is no such tensor.
    pub fn get(&self, name: &str) -> ArrayD<f32> {
        let Some(tensor) = self.0.find(name) else { panic!("no tensor '{name}'") };
        self.0.unpack(tensor, &self.0.values)
    }
}

/// A layer of a network.
pub struct Layer<'a> {
    pub weights: &'a Weights<'a>,
    pub shape: Shape,
    /// The prefix of the names of its tensors.
    pub name: &'a str,
    /// The number of the layer, the lowest first.
    pub number: usize,
}

impl Layer<'_> {
    /// Returns one of the layer's tensors, such as `weight_ih`.
    fn tensor(&self, kind: &str) -> ArrayD<f32> {
        self.weights.get(&format!("{}.{kind}_l{}", self.name, self.number))
    }

    /// Returns a tensor with its gates reordered; `order` holds, for each of ONNX's gates, its position among the cell's.
    fn gates(&self, kind: &str, order: &[usize]) -> ArrayD<f32> {
        let (tensor, hidden) = (self.tensor(kind), self.shape.hidden);
        let gate = |gate: &usize| tensor.slice_axis(Axis(0), (gate * hidden..(gate + 1) * hidden).into());
        let parts: Vec<_> = order.iter().map(gate).collect();
        match concatenate(Axis(0), &parts) {
            Ok(ordered) => ordered,
            Err(_) => unreachable!("all gates have one shape"),
        }
    }

    /// Returns the constants of a recurrent operator: W (1, G H, I), R (1, G H, H), B (1, 2 G H).
    fn recurrent<'g>(&self, graph: &'g Graph, order: &[usize]) -> [Value<'g>; 3] {
        let constant = |array: ArrayD<f32>| {
            let shape: Vec<usize> = std::iter::once(1).chain(array.shape().iter().copied()).collect();
            graph.floats(&shape, &array.iter().copied().collect::<Vec<f32>>())
        };
        let [b_ih, b_hh] = ["bias_ih", "bias_hh"].map(|kind| self.gates(kind, order));
        let bias = b_ih.iter().chain(&b_hh).copied().collect::<Vec<f32>>();
        let [w, r] = ["weight_ih", "weight_hh"].map(|kind| constant(self.gates(kind, order)));
        [w, r, graph.floats(&[1, bias.len()], &bias)]
    }

    /// Returns act(a).
    fn activate<'g>(&self, a: Value<'g>) -> Value<'g> {
        match self.shape.activation {
            Activation::Tanh => a.tanh(),
            Activation::Relu => a.relu(),
        }
    }
}

/// The state that a layer carries from day to day, (1, B, H) each; only an LSTM has c.
#[derive(Clone, Copy)]
pub struct State<'g> {
    pub h: Value<'g>,
    pub c: Option<Value<'g>>,
}

impl<'g> State<'g> {
    /// Returns the state of the last window.
    pub fn of_last_window(self) -> State<'g> {
        let last = |value: Value<'g>| value.slice(1, -1, super::graph::END);
        State { h: last(self.h), c: self.c.map(last) }
    }
}

/// Returns the sequence of a layer, and its state after the last day.
pub fn layer<'g>(layer: &Layer<'_>, x: Value<'g>, start: Option<State<'g>>) -> (Value<'g>, State<'g>) {
    match layer.shape.cell {
        CellKind::Lstm => lstm::layer(layer, x, start),
        CellKind::Gru => gru::layer(layer, x, start),
        CellKind::Rnn => rnn::layer(layer, x, start),
        CellKind::Dense => dense::layer(layer, x),
        CellKind::Conv => conv::layer(layer, x),
    }
}

/// Returns a sequence, and its last day as the state of a layer without memory.
fn without_memory(sequence: Value<'_>) -> (Value<'_>, State<'_>) {
    (sequence, State { h: sequence.last(), c: None })
}
