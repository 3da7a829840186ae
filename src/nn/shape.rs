//! The architecture of a network: kinds of layer, topology, dimensions.

use serde::{Deserialize, Serialize};

use super::activation::Activation;
use super::cell::{Gate, GateRole};
use super::kernels::LANES;
use super::{gru, lstm};

/// The kinds of layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum CellKind {
    /// Fully connected over the flattened window; no memory.
    Dense,
    /// Convolution over the days; no memory.
    Conv,
    /// Simple RNN.
    Rnn,
    /// Gated recurrent unit.
    Gru,
    /// Long short-term memory.
    Lstm,
}

impl CellKind {
    /// All of them.
    pub const ALL: [CellKind; 5] = [CellKind::Dense, CellKind::Conv, CellKind::Rnn, CellKind::Gru, CellKind::Lstm];

    /// Its gates, in PyTorch's order; none of a cell without.
    pub fn gates(self) -> &'static [Gate] {
        match self {
            CellKind::Dense | CellKind::Conv | CellKind::Rnn => &[],
            CellKind::Gru => gru::NAMED_GATES,
            CellKind::Lstm => lstm::NAMED_GATES,
        }
    }

    /// The gate with that role, if it has one.
    pub fn gate(self, role: GateRole) -> Option<&'static Gate> {
        self.gates().iter().find(|gate| gate.role == role)
    }

    /// Whether its nonlinearities are fixed; the other cells have an [`Activation`].
    pub fn is_gated(self) -> bool {
        !self.gates().is_empty()
    }

    /// Whether it carries a state from day to day.
    pub fn is_recurrent(self) -> bool {
        match self {
            CellKind::Dense | CellKind::Conv => false,
            CellKind::Rnn | CellKind::Gru | CellKind::Lstm => true,
        }
    }

    /// Whether the state that it carries is a cell state beside the hidden state.
    pub fn has_cell_state(self) -> bool {
        match self {
            CellKind::Dense | CellKind::Conv | CellKind::Rnn | CellKind::Gru => false,
            CellKind::Lstm => true,
        }
    }

    /// The name its tensors start with; for recurrent layers PyTorch's.
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

/// Lengths of the input and the output sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Topology {
    /// A window in, one day or several days ahead out, each by itself.
    ManyToOne,
    /// A window in, the path of the next days out, by encoder and decoder.
    ManyToMany,
    /// One day in, the path of the next days out.
    OneToMany,
}

/// Numbers that a layer keeps per unit and day in the forward and the backward pass, at most: those of an LSTM, with a
/// margin. A test compares it with what every kind of layer allocates.
const MAX_BUFFERS: usize = 12;

/// Architecture and dimensions of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Kind of its layers.
    pub cell: CellKind,
    /// Nonlinearity of layers without gates.
    pub activation: Activation,
    /// Lengths of the input and the output sequence.
    pub topology: Topology,
    /// I: inputs a day.
    pub inputs: usize,
    /// T: days of a window.
    pub window: usize,
    /// H: units of each layer.
    pub hidden: usize,
    /// Number of layers.
    pub layers: usize,
    /// S: days of the path; 1 for many-to-one.
    pub steps: usize,
    /// O: outputs a step.
    pub outputs: usize,
}

impl Default for Shape {
    /// One LSTM layer of 16 units over four days of one input, with one output.
    fn default() -> Self {
        Shape {
            cell: CellKind::Lstm,
            activation: Activation::Tanh,
            topology: Topology::ManyToOne,
            inputs: 1,
            window: 4,
            hidden: 16,
            layers: 1,
            steps: 1,
            outputs: 1,
        }
    }
}

impl Shape {
    /// Whether a decoder writes the path. Layers without memory have no state to decode from: their head writes
    /// all days of a path at once.
    pub fn decodes(&self) -> bool {
        self.topology != Topology::ManyToOne && self.cell.is_recurrent()
    }

    /// A bound on the size of the buffers for a batch of so many windows, in `f32`.
    pub fn buffer_bytes(&self, windows: usize) -> usize {
        let numbers = self.layers * self.hidden.next_multiple_of(LANES) * MAX_BUFFERS + self.inputs;
        size_of::<f32>() * windows * (self.window + self.steps) * numbers
    }

    /// The name that the tensors of the encoder start with.
    pub fn encoder_name(&self) -> &'static str {
        if self.decodes() { "encoder" } else { self.cell.name() }
    }
}
