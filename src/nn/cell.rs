//! What every cell promises: one layer that reads a window day by day.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::Real;
use super::activation::Activation;
use super::conv::Conv;
use super::dense::Dense;
use super::gru::Gru;
use super::kernels::{Isa, Lanes, Sequence, Start};
use super::lstm::Lstm;
use super::parameters::Parameters;
use super::rnn::Rnn;

/// The kinds of layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CellKind {
    /// Fully connected over the flattened window. No memory.
    Dense,
    /// A convolution over the days. No memory.
    Conv,
    /// Simple RNN.
    Rnn,
    /// Gated recurrent unit.
    Gru,
    /// Long short-term memory.
    Lstm,
}

impl CellKind {
    /// Whether it carries a state from day to day.
    pub fn is_recurrent(self) -> bool {
        matches!(self, CellKind::Rnn | CellKind::Gru | CellKind::Lstm)
    }

    /// The name its tensors start with: PyTorch's for its own.
    pub fn name(self) -> &'static str {
        match self {
            CellKind::Dense => "dense",
            CellKind::Conv => "conv",
            CellKind::Rnn => "rnn",
            CellKind::Gru => "gru",
            CellKind::Lstm => "lstm",
        }
    }
}

/// How large a layer is.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// I: numbers it reads a day.
    pub inputs: usize,
    /// H: units, numbers it writes a day.
    pub hidden: usize,
    /// T: days.
    pub window: usize,
    /// Rows there is room for.
    pub rows: usize,
    /// Which of its days are read by what lies above.
    pub read: Read,
}

/// Which days of a recurrent layer are read from outside, and send gradients back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Read {
    /// The last alone, by a head.
    LastDay,
    /// Any of them: by a layer above, by the head of a decoder.
    EveryDay,
}

impl Read {
    /// Makes `dh` ready for what comes from outside to be added. What comes to the last day alone is written,
    /// not added.
    pub fn clear<F: Real>(self, dh: &mut Sequence<F>) {
        match self {
            Read::LastDay => (),
            Read::EveryDay => dh.clear(),
        }
    }

    /// What dL/dh of a day before the last is added to.
    pub fn start<'a, F>(self) -> Start<'a, F> {
        match self {
            Read::LastDay => Start::Zero,
            Read::EveryDay => Start::Output,
        }
    }
}

/// The weights, as a pass over the network sees them: each layer knows its own places.
#[derive(Debug, Clone, Copy)]
pub struct Weights<'a, F> {
    /// The parameters.
    pub values: &'a [Lanes<F>],
    /// What the layers derived from them: see [`Cell::derive`].
    pub derived: &'a [Lanes<F>],
}

/// One layer of a network, with the buffers for one batch.
///
/// B = rows of the batch, I = inputs, H = hidden units, T = days of the window. Days count from 0;
/// slot `t + 1` of a state is the state after day `t`, slot 0 the state before the first. `x` and
/// `dx` hold all days, `(T, I / 16, rows, lane)`.
pub trait Cell<F: Real>: Send {
    /// Computes what the passes need beside the weights: summed biases, transposed weights; what only
    /// dL/dx needs of them if that is `wanted`.
    fn derive(&self, values: &[Lanes<F>], derived: &mut [Lanes<F>], wanted: bool);

    /// Day `day` of the forward pass: from `x` and the last state to the next state.
    fn forward(&mut self, weights: Weights<'_, F>, x: &[Lanes<F>], day: usize, rows: usize);

    /// Forgets the gradients of the last way back. What comes from outside is then added to `dh`
    /// (and `dc`) before the day it belongs to, on the days that [`Size::read`] names; if that is the last
    /// alone, it takes the place of what `dh` held.
    fn start_backward(&mut self);

    /// Day `day` of the way back. Slot `day + 1` of `dh` holds dL/dh of that day, all of it; adds
    /// to the slots before, and adds dL/dx where it is wanted.
    fn backward(&mut self, weights: Weights<'_, F>, day: usize, rows: usize, dx: Option<&mut [Lanes<F>]>);

    /// Writes the gradients of the layer's weights, all days at once, to their places in `gradient`,
    /// which is laid out as the parameters are. Those places hold zero before.
    fn weight_gradient(&mut self, x: &[Lanes<F>], rows: usize, gradient: &mut [Lanes<F>]);

    /// The day on which the layer writes something, having read day `day`. A layer over the
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

    /// dL/dc of the day at hand, one slot, of a cell that has it.
    fn dc(&mut self) -> Option<&mut Sequence<F>> {
        None
    }

    /// The states to start from, `h` and `c` with their slot 0 to be filled in. Without this call
    /// they are zero. `None` for a layer without memory.
    fn initial_state(&mut self) -> Option<(&mut Sequence<F>, Option<&mut Sequence<F>>)> {
        None
    }

    /// The activated gates of the last forward pass by name, until the way back overwrites them:
    /// name, buffer, and the unit of the buffer that the gate starts at.
    fn gates(&self) -> Vec<(&'static str, &Sequence<F>, usize)> {
        Vec::new()
    }
}

/// Makes a layer; its tensors are added to `parameters` under `{name}.{kind}_l{layer}`.
pub fn new<F: Real>(
    kind: CellKind,
    activation: Activation,
    parameters: &mut Parameters<F>,
    isa: Isa,
    (name, layer): (&str, usize),
    size: Size,
) -> Box<dyn Cell<F>> {
    match kind {
        CellKind::Dense => Box::new(Dense::new(parameters, isa, activation, (name, layer), size)),
        CellKind::Conv => Box::new(Conv::new(parameters, isa, activation, (name, layer), size)),
        CellKind::Rnn => Box::new(Rnn::new(parameters, isa, activation, (name, layer), size)),
        CellKind::Gru => Box::new(Gru::new(parameters, isa, (name, layer), size)),
        CellKind::Lstm => Box::new(Lstm::new(parameters, isa, (name, layer), size)),
    }
}
