//! The architecture of a network: kinds of layer, topology, dimensions.

use serde::{Deserialize, Serialize};

use super::activation::Activation;
use super::cell::{Gate, GateRole};
use super::conv::KERNEL;
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
    /// All kinds.
    pub const ALL: [CellKind; 5] = [CellKind::Dense, CellKind::Conv, CellKind::Rnn, CellKind::Gru, CellKind::Lstm];

    /// The gates, in PyTorch's order; empty for a cell without gates.
    pub fn gates(self) -> &'static [Gate] {
        match self {
            CellKind::Dense | CellKind::Conv | CellKind::Rnn => &[],
            CellKind::Gru => gru::NAMED_GATES,
            CellKind::Lstm => lstm::NAMED_GATES,
        }
    }

    /// Returns the gate with that role, if the cell has one.
    pub fn gate(self, role: GateRole) -> Option<&'static Gate> {
        self.gates().iter().find(|gate| gate.role == role)
    }

    /// Whether the cell has gates, and therefore fixed nonlinearities; the nonlinearity of the others is an
    /// [`Activation`].
    pub fn is_gated(self) -> bool {
        !self.gates().is_empty()
    }

    /// Whether the layer carries a state from day to day.
    pub fn is_recurrent(self) -> bool {
        match self {
            CellKind::Dense | CellKind::Conv => false,
            CellKind::Rnn | CellKind::Gru | CellKind::Lstm => true,
        }
    }

    /// Whether the layer carries a cell state in addition to the hidden state.
    pub fn has_cell_state(self) -> bool {
        match self {
            CellKind::Dense | CellKind::Conv | CellKind::Rnn | CellKind::Gru => false,
            CellKind::Lstm => true,
        }
    }

    /// The number of consecutive days, the last of which is the day of the output, that the layer multiplies by a
    /// matrix each. A dense layer, which reads the flattened window, has one matrix.
    pub fn taps(self) -> usize {
        match self {
            CellKind::Dense | CellKind::Rnn | CellKind::Gru | CellKind::Lstm => 1,
            CellKind::Conv => KERNEL,
        }
    }

    /// Whether the head reads the layer's outputs of all days of the window, and not only the last one.
    pub fn head_reads_all_days(self) -> bool {
        match self {
            CellKind::Dense | CellKind::Rnn | CellKind::Gru | CellKind::Lstm => false,
            CellKind::Conv => true,
        }
    }

    /// The name that its tensors start with; for recurrent layers, the name in PyTorch.
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

/// An upper bound on the numbers that a layer stores per unit and day in the forward and the backward pass: those of an
/// LSTM, with a margin. A test compares it with what every kind of layer allocates.
const MAX_BUFFERS: usize = 12;

/// Architecture and dimensions of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Kind of the layers.
    pub cell: CellKind,
    /// Nonlinearity of layers without gates.
    pub activation: Activation,
    /// Lengths of the input and the output sequence.
    pub topology: Topology,
    /// I: inputs per day.
    pub inputs: usize,
    /// T: days of a window.
    pub window: usize,
    /// H: units of each layer.
    pub hidden: usize,
    /// Number of layers.
    pub layers: usize,
    /// S: targets per window: the output horizons of many-to-one (1 or more), or the days of a path.
    pub steps: usize,
    /// O: outputs per step.
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
    /// Whether a decoder writes the path. Layers without memory have no state to decode from, so their head writes all
    /// days of a path at once.
    pub fn decodes(&self) -> bool {
        self.topology != Topology::ManyToOne && self.cell.is_recurrent()
    }

    /// Returns an upper bound, in bytes, on the size of the buffers for a batch of `windows` windows of `f32`.
    pub fn buffer_bytes(&self, windows: usize) -> usize {
        let numbers = self.layers * self.hidden.next_multiple_of(LANES) * MAX_BUFFERS + self.inputs;
        size_of::<f32>() * windows * (self.window + self.steps) * numbers
    }

    /// The name that the names of the encoder's tensors start with.
    pub fn encoder_name(&self) -> &'static str {
        if self.decodes() { "encoder" } else { self.cell.name() }
    }
}
