//! The weights of a network, in one flat buffer and as tensors with PyTorch's names and shapes.
//!
//! The kernels read weights in blocks of 16 units; files and other frameworks use named matrices. A [`Tensor`] maps
//! one to the other.

use std::ops::Range;

use ndarray::{ArrayD, ArrayViewD, IxDyn};

use super::kernels::{LANES, Lanes, Real, blocks};

/// The role of a tensor, which decides its initial values and whether weight decay applies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Role {
    /// Multiplies the input of a layer.
    InputWeight,
    /// Multiplies the input of a layer: one tap of a convolution with that many taps.
    TapWeight(usize),
    /// Multiplies the previous output of the same layer.
    RecurrentWeight,
    /// Added to the product with the input weights. Holds the initial value of each gate, in PyTorch's order.
    InputBias(&'static [f64]),
    /// Added to the product with the recurrent weights. Holds the initial value of each gate, in PyTorch's order.
    RecurrentBias(&'static [f64]),
    /// Multiplies the last hidden state.
    HeadWeight,
    /// Added to the outputs.
    HeadBias,
}

impl Role {
    /// Whether weight decay applies: to weights, not to biases.
    pub(crate) fn decays(self) -> bool {
        !matches!(self, Role::InputBias(_) | Role::RecurrentBias(_) | Role::HeadBias)
    }
}

/// The layout of a matrix in memory.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Layout {
    /// `(gate, block, column, lane)`: a row of the matrix is a unit of a gate.
    Gates { units: usize, columns: usize, order: GateOrder },
    /// `(step, day, block, output, lane)`: a row of the matrix is an output of a step, a column a unit of a day.
    Outputs { units: usize, outputs: usize },
}

/// The order of gates in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GateOrder {
    /// The order of PyTorch.
    Same,
    /// The order of PyTorch, but with the last gate first.
    LastFirst,
}

impl GateOrder {
    fn place(self, gate: usize, gates: usize) -> usize {
        match self {
            GateOrder::Same => gate,
            GateOrder::LastFirst => (gate + 1) % gates,
        }
    }
}

/// One named matrix or vector.
#[derive(Debug, Clone)]
pub struct Tensor {
    /// PyTorch's name, such as `lstm.weight_ih_l0`.
    pub name: String,
    /// PyTorch's shape.
    pub shape: Vec<usize>,
    /// The role of the tensor.
    pub role: Role,
    layout: Layout,
    start: usize,
    len: usize,
}

impl Tensor {
    /// The tensor's range in the flat buffer.
    pub fn range(&self) -> Range<usize> {
        self.start..self.start + self.len
    }

    /// Number of values, without padding.
    pub fn count(&self) -> usize {
        self.shape.iter().product()
    }

    /// The number of gates: the parts of the rows that are separate matrices.
    pub(super) fn gates(&self) -> usize {
        match self.layout {
            Layout::Gates { units, .. } => self.shape[0] / units,
            Layout::Outputs { .. } => 1,
        }
    }

    fn columns(&self) -> usize {
        self.shape.get(1).copied().unwrap_or(1)
    }

    /// Returns the index into the flat buffer and the lane of a row and column.
    fn place(&self, row: usize, column: usize) -> (usize, usize) {
        match self.layout {
            Layout::Gates { units, columns, order } => {
                let (gate, unit) = (order.place(row / units, self.gates()), row % units);
                let block = gate * blocks(units) + unit / LANES;
                (self.start + block * columns + column, unit % LANES)
            }
            Layout::Outputs { units, outputs } => {
                let days = self.columns() / units;
                let (day, unit) = (column / units, column % units);
                let block = (row / outputs * days + day) * blocks(units) + unit / LANES;
                (self.start + block * outputs + row % outputs, unit % LANES)
            }
        }
    }

    fn places(&self) -> impl Iterator<Item = (usize, usize)> {
        let columns = self.columns();
        (0..self.count()).map(move |k| self.place(k / columns, k % columns))
    }
}

/// All tensors of a network, and their values.
#[derive(Debug, Clone)]
pub struct Parameters<F> {
    tensors: Vec<Tensor>,
    len: usize,
    prepared: usize, // length of the buffer for what layers compute from their tensors
    /// The flat buffer, padding included; padding is zero and stays zero. Empty until
    /// [`Parameters::allocate`].
    pub values: Vec<Lanes<F>>,
}

impl<F: Real> Default for Parameters<F> {
    fn default() -> Self {
        Parameters { tensors: Vec::new(), len: 0, prepared: 0, values: Vec::new() }
    }
}

impl<F: Real> Parameters<F> {
    /// Adds the weights of `gates` gates, `(gates * units, inputs)`.
    pub(crate) fn add_gates(
        &mut self,
        name: String,
        role: Role,
        (gates, order): (usize, GateOrder),
        (inputs, units): (usize, usize),
    ) -> Range<usize> {
        let layout = Layout::Gates { units, columns: inputs, order };
        self.add(name, vec![gates * units, inputs], role, layout, gates * blocks(units) * inputs)
    }

    /// Adds the biases of `gates` gates, `(gates * units)`.
    pub(crate) fn add_bias(
        &mut self,
        name: String,
        role: Role,
        (gates, order): (usize, GateOrder),
        units: usize,
    ) -> Range<usize> {
        let layout = Layout::Gates { units, columns: 1, order };
        self.add(name, vec![gates * units], role, layout, gates * blocks(units))
    }

    /// Adds the weights of `steps` maps, `(steps * outputs, days * units)`. Each map leads from the units of `days`
    /// days to `outputs` numbers.
    pub(crate) fn add_outputs(
        &mut self,
        name: String,
        role: Role,
        (steps, outputs): (usize, usize),
        (days, units): (usize, usize),
    ) -> Range<usize> {
        let rows = steps * outputs;
        let layout = Layout::Outputs { units, outputs };
        self.add(name, vec![rows, days * units], role, layout, rows * days * blocks(units))
    }

    fn add(&mut self, name: String, shape: Vec<usize>, role: Role, layout: Layout, len: usize) -> Range<usize> {
        let start = self.len;
        self.len += len;
        self.tensors.push(Tensor { name, shape, role, layout, start, len });
        start..start + len
    }

    /// Reserves `len` vectors of a separate buffer for the values that a layer computes from its tensors after every
    /// update: transposed weights and summed biases. This buffer is not part of the values.
    pub(crate) fn add_prepared(&mut self, len: usize) -> Range<usize> {
        let start = self.prepared;
        self.prepared += len;
        start..self.prepared
    }

    /// The length of the buffer of prepared values.
    #[doc(hidden)]
    pub fn prepared_len(&self) -> usize {
        self.prepared
    }

    /// Allocates the values of all tensors, as zeros. The tensors can be described without that memory.
    pub fn allocate(&mut self) {
        self.values.resize(self.len, Lanes::ZERO);
    }

    /// Whether `other` has the same tensors at the same positions.
    pub fn is_like(&self, other: &Parameters<F>) -> bool {
        let same = |(a, b): (&Tensor, &Tensor)| a.name == b.name && a.shape == b.shape && a.start == b.start;
        self.values.len() == other.values.len()
            && self.tensors.len() == other.tensors.len()
            && self.tensors.iter().zip(&other.tensors).all(same)
    }

    /// The tensors, in the order in which they were added.
    pub fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    /// Returns the tensor with that name.
    pub fn find(&self, name: &str) -> Option<&Tensor> {
        self.tensors.iter().find(|tensor| tensor.name == name)
    }

    /// Number of values, without padding.
    pub fn count(&self) -> usize {
        self.tensors.iter().map(Tensor::count).sum()
    }

    /// Returns a tensor's part of a flat buffer (the values or a gradient), in the tensor's shape.
    pub fn unpack(&self, tensor: &Tensor, flat: &[Lanes<F>]) -> ArrayD<F> {
        let values = tensor.places().map(|(index, lane)| flat[index].0[lane]).collect();
        match ArrayD::from_shape_vec(IxDyn(&tensor.shape), values) {
            Ok(array) => array,
            Err(_) => unreachable!("a tensor has as many places as its shape has"),
        }
    }

    /// Writes the values of a tensor.
    ///
    /// # Panics
    /// If the array does not have the tensor's shape.
    #[track_caller]
    pub fn pack(&mut self, tensor: &Tensor, array: ArrayViewD<'_, F>) {
        assert_eq!(array.shape(), tensor.shape, "shape of {}", tensor.name);
        for ((index, lane), value) in tensor.places().zip(array.iter()) {
            self.values[index].0[lane] = *value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    #[test]
    fn what_is_packed_comes_back_whatever_the_width() {
        for units in [1, 8, 16, 20, 33] {
            let mut parameters = Parameters::<f32>::default();
            for order in [GateOrder::Same, GateOrder::LastFirst] {
                parameters.add_gates("w".into(), Role::InputWeight, (4, order), (5, units));
            }
            parameters.add_outputs("head".into(), Role::HeadWeight, (3, 2), (2, units));
            parameters.allocate();
            for tensor in parameters.tensors().to_vec() {
                let shape = (tensor.shape[0], tensor.shape[1]);
                let array = Array2::from_shape_fn(shape, |(r, c)| (r * 100 + c) as f32).into_dyn();
                parameters.pack(&tensor, array.view());
                assert_eq!(parameters.unpack(&tensor, &parameters.values), array);
            }
            let written = parameters.values.iter().flat_map(|lanes| lanes.0).filter(|v| *v != 0.0).count();
            // Row 0, column 0 of each of the three tensors is a zero.
            assert_eq!(written, parameters.count() - 3, "nothing was written over anything else");
        }
    }
}
