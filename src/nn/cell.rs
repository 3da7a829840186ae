//! The interface of a layer, which reads a window day by day.

use std::ops::Range;

use super::kernels::{AddTo, Lanes, Real, Sequence};

/// The dimensions of a layer.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// I: inputs per day.
    pub inputs: usize,
    /// H: units.
    pub hidden: usize,
    /// T: days.
    pub window: usize,
    /// The number of rows that the buffers hold: the largest batch.
    pub rows: usize,
    /// The days that the layer above reads.
    pub read: Read,
}

/// The parts of the names of a layer's tensors, which are `{stack}.{kind}_l{layer}` as in PyTorch.
#[derive(Debug, Clone, Copy)]
pub struct TensorNames<'a> {
    /// `lstm` or another kind of layer; `encoder` or `decoder` in a network that has both.
    pub stack: &'a str,
    /// The number of the layer in its stack, from 0.
    pub layer: usize,
}

impl TensorNames<'_> {
    /// Returns the name of a tensor.
    pub fn of(self, kind: &str) -> String {
        format!("{}.{kind}_l{}", self.stack, self.layer)
    }
}

/// The days of a recurrent layer that the layer above reads. On these days, that layer contributes to dL/dh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Read {
    /// Only the last day, by a head.
    LastDay,
    /// Any day, by a layer or by the head of a decoder.
    EveryDay,
}

impl Read {
    /// Clears `dh` if gradients from above are added to it. The gradient of [`Read::LastDay`] is written, not added.
    pub fn clear<F: Real>(self, dh: &mut Sequence<F>) {
        match self {
            Read::LastDay => (),
            Read::EveryDay => dh.clear(),
        }
    }

    /// Returns what the recurrent part of dL/dh is added to, on a day before the last.
    pub fn add_to<'a, F>(self) -> AddTo<'a, F> {
        match self {
            Read::LastDay => AddTo::Zero,
            Read::EveryDay => AddTo::Output,
        }
    }
}

/// The weights of all layers; each layer stores the positions of its own weights.
#[derive(Debug, Clone, Copy)]
pub struct Weights<'a, F> {
    /// The parameters.
    pub values: &'a [Lanes<F>],
    /// The values that the layers computed from the parameters: see [`Cell::prepare`].
    pub prepared: &'a [Lanes<F>],
}

/// A gate of a cell: a vector of H numbers computed each day from the inputs and the previous state.
///
/// The descriptions of a cell (those of `fourcast explain` and of its page) follow from the roles of its gates: a state
/// s_t is `kept s_{t-1} + added candidate`. Here `kept` is the gate that keeps, and `added` is the gate that adds or,
/// in a cell without one, 1 - `kept`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gate {
    /// The letter in the equations.
    pub letter: &'static str,
    /// The name, such as `forget gate`.
    pub name: &'static str,
    /// The role of the gate.
    pub role: GateRole,
    /// The position among the gates in memory.
    pub place: usize,
}

/// The role of a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GateRole {
    /// Decides how much of the state is kept. Every cell with gates has one.
    Keep,
    /// Decides how much of the candidate is added to the state. In a cell without this gate, the fraction that is not
    /// kept is added.
    Add,
    /// Is the vector that is added to the state. Every cell with gates has one.
    Candidate,
    /// Decides how much of the previous hidden state enters the candidate.
    Reset,
    /// Decides how much of the cell state becomes the hidden state.
    Output,
}

impl GateRole {
    /// Whether the gate's values lie between 0 and 1; those of a candidate lie between -1 and 1.
    pub fn is_fraction(self) -> bool {
        self != GateRole::Candidate
    }
}

/// One layer of a network, with the buffers for one batch.
///
/// B = rows of the batch, I = inputs, H = hidden units, T = days of the window. Days count from 0; slot `t + 1` of a
/// state is the state after day `t`, slot 0 the state before the first day. `x` and `dx` hold all days,
/// `(T, I / 16, rows, lane)`.
pub trait Cell<F: Real>: Send {
    /// Computes the values that the passes need besides the weights: summed biases and transposed weights. The values
    /// needed only for dL/dx are computed if `needs_dx`.
    fn prepare(&self, values: &[Lanes<F>], prepared: &mut [Lanes<F>], needs_dx: bool);

    /// Computes day `day` of the forward pass: the next state from `x` and the previous state.
    fn forward(&mut self, weights: Weights<'_, F>, x: &[Lanes<F>], day: usize, rows: usize);

    /// Begins a backward pass. The caller then adds the gradients from above to `dh` (and `dc`) before the day they
    /// belong to, on the days of [`Size::read`]. With [`Read::LastDay`], the caller overwrites `dh` instead.
    fn start_backward(&mut self);

    /// Computes day `day` of the backward pass. Slot `day + 1` of `dh` holds the complete dL/dh of that day; this adds
    /// to the slots before, and adds dL/dx to `dx` if given.
    fn backward(&mut self, weights: Weights<'_, F>, day: usize, rows: usize, dx: Option<&mut [Lanes<F>]>);

    /// Writes the gradients of the layer's weights, summed over all days, to their positions in `gradient`, which is
    /// laid out like the parameters and holds zeros there.
    fn weight_gradient(&mut self, x: &[Lanes<F>], rows: usize, gradient: &mut [Lanes<F>]);

    /// Returns the day of the layer's output that is written after day `day` of its input. A layer over the flattened
    /// window writes once, after the last day.
    fn output_day(&self, day: usize) -> Option<usize> {
        Some(day)
    }

    /// The states `h`: one slot more than the days that the layer writes.
    fn h(&self) -> &Sequence<F>;

    /// dL/dh, with the same slots as `h`.
    fn dh(&mut self) -> &mut Sequence<F>;

    /// Returns slots of `h`, and the same slots of `dh` to be written.
    fn h_and_dh(&mut self, slots: Range<usize>) -> (&[Lanes<F>], &mut [Lanes<F>]);

    /// The cell states `c`, with the same slots as `h`, if the cell has them.
    fn c(&self) -> Option<&Sequence<F>> {
        None
    }

    /// The gates, if the cell has some, and their values `(T, G P, B)` from the last forward pass. A backward pass
    /// overwrites the values.
    fn gates(&self) -> Option<(&'static [Gate], &Sequence<F>)> {
        None
    }

    /// dL/dc of the current day, one slot, if the cell has it.
    fn dc(&mut self) -> Option<&mut Sequence<F>> {
        None
    }

    /// Makes the window start from given states, and returns `h` and `c`, whose slot 0 the caller fills in. Without
    /// this call the initial states are zero. `None` for a layer without memory.
    fn initial_state(&mut self) -> Option<(&mut Sequence<F>, Option<&mut Sequence<F>>)> {
        None
    }
}
