//! The interface of a layer, which reads a window day by day.

use std::ops::Range;

use super::kernels::{AddTo, Lanes, Real, Sequence};

/// The dimensions of a layer.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// I: inputs a day.
    pub inputs: usize,
    /// H: units.
    pub hidden: usize,
    /// T: days.
    pub window: usize,
    /// Rows there is room for: the largest batch.
    pub rows: usize,
    /// The days that the layer above reads.
    pub read: Read,
}

/// What the names of a layer's tensors are made of: `{stack}.{kind}_l{layer}`, as PyTorch has them.
#[derive(Debug, Clone, Copy)]
pub struct TensorNames<'a> {
    /// `lstm`, or `encoder` and `decoder` where there are both.
    pub stack: &'a str,
    /// The number of the layer in its stack, from 0.
    pub layer: usize,
}

impl TensorNames<'_> {
    /// The name of a tensor.
    pub fn of(self, kind: &str) -> String {
        format!("{}.{kind}_l{}", self.stack, self.layer)
    }
}

/// The days of a recurrent layer that are read from above, and whose dL/dh therefore comes from there too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Read {
    /// The last day alone, by a head.
    LastDay,
    /// Any day, by a layer or by the head of a decoder.
    EveryDay,
}

impl Read {
    /// Clears `dh` where gradients from above are added to it. That of the last day alone is written, not added.
    pub fn clear<F: Real>(self, dh: &mut Sequence<F>) {
        match self {
            Read::LastDay => (),
            Read::EveryDay => dh.clear(),
        }
    }

    /// What the recurrent part of dL/dh of a day before the last is added to.
    pub fn add_to<'a, F>(self) -> AddTo<'a, F> {
        match self {
            Read::LastDay => AddTo::Zero,
            Read::EveryDay => AddTo::Output,
        }
    }
}

/// The weights of all layers; each layer knows the places of its own.
#[derive(Debug, Clone, Copy)]
pub struct Weights<'a, F> {
    /// The parameters.
    pub values: &'a [Lanes<F>],
    /// What the layers computed from them: see [`Cell::prepare`].
    pub prepared: &'a [Lanes<F>],
}

/// A gate of a cell: a vector of H numbers that it computes on a day from the inputs and the last state.
///
/// How a cell is described (by `fourcast explain`, on its page) follows from the roles of its gates: a state s is
/// `kept s_{t-1} + added candidate`, where `kept` is the gate of that role, or 1 less the gate that adds, and the other
/// way round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gate {
    /// Its letter in the equations.
    pub letter: &'static str,
    /// Its name: `forget gate`.
    pub name: &'static str,
    /// What it does.
    pub role: GateRole,
    /// Its place among the gates in memory.
    pub place: usize,
}

/// What a gate does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GateRole {
    /// Decides how much of the state is kept. Every cell with gates has one.
    Keep,
    /// Decides how much of the candidate is added to the state; in a cell without one the rest is what is not kept.
    Add,
    /// Is what is added. Every cell with gates has one.
    Candidate,
    /// Decides how much of the last hidden state the candidate sees.
    Reset,
    /// Decides how much of the cell state becomes the hidden state.
    Output,
}

impl GateRole {
    /// Whether its values lie between 0 and 1; those of a candidate have a sign.
    pub fn is_fraction(self) -> bool {
        self != GateRole::Candidate
    }
}

/// One layer of a network, with the buffers for one batch.
///
/// B = rows of the batch, I = inputs, H = hidden units, T = days of the window. Days count from 0;
/// slot `t + 1` of a state is the state after day `t`, slot 0 the state before the first. `x` and
/// `dx` hold all days, `(T, I / 16, rows, lane)`.
pub trait Cell<F: Real>: Send {
    /// Computes what the passes need beside the weights: summed biases and transposed weights. Those that only
    /// dL/dx needs are computed if `needs_dx`.
    fn prepare(&self, values: &[Lanes<F>], prepared: &mut [Lanes<F>], needs_dx: bool);

    /// Day `day` of the forward pass: from `x` and the last state to the next state.
    fn forward(&mut self, weights: Weights<'_, F>, x: &[Lanes<F>], day: usize, rows: usize);

    /// Begins a backward pass. The caller then adds the gradients from above to `dh` (and `dc`) before the day they
    /// belong to, on the days of [`Size::read`]; if that is the last day alone, it overwrites `dh` instead.
    fn start_backward(&mut self);

    /// Day `day` of the backward pass. Slot `day + 1` of `dh` holds the whole dL/dh of that day; adds
    /// to the slots before, and adds dL/dx to `dx` if given.
    fn backward(&mut self, weights: Weights<'_, F>, day: usize, rows: usize, dx: Option<&mut [Lanes<F>]>);

    /// Writes the gradients of the layer's weights, summed over all days, to their places in `gradient`,
    /// which is laid out as the parameters are and holds zeros there.
    fn weight_gradient(&mut self, x: &[Lanes<F>], rows: usize, gradient: &mut [Lanes<F>]);

    /// The day of its output that the layer writes after day `day` of its input. A layer over the
    /// flattened window writes once, after the last.
    fn output_day(&self, day: usize) -> Option<usize> {
        Some(day)
    }

    /// The states `h`; one slot more than days it writes.
    fn h(&self) -> &Sequence<F>;

    /// dL/dh, slot for slot.
    fn dh(&mut self) -> &mut Sequence<F>;

    /// Slots of `h`, and the same slots of `dh` to be written.
    fn h_and_dh(&mut self, slots: Range<usize>) -> (&[Lanes<F>], &mut [Lanes<F>]);

    /// The cell states `c`, slot for slot, of a cell that has them.
    fn c(&self) -> Option<&Sequence<F>> {
        None
    }

    /// The gates, of a cell that has some, and their values `(T, G P, B)` in the last forward pass, until a backward
    /// pass replaces them.
    fn gates(&self) -> Option<(&'static [Gate], &Sequence<F>)> {
        None
    }

    /// dL/dc of the current day, one slot, of a cell that has it.
    fn dc(&mut self) -> Option<&mut Sequence<F>> {
        None
    }

    /// The states to start from: `h` and `c`, whose slot 0 the caller fills in. Without this call
    /// they are zero. `None` for a layer without memory.
    fn initial_state(&mut self) -> Option<(&mut Sequence<F>, Option<&mut Sequence<F>>)> {
        None
    }
}
