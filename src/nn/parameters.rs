//! Every weight of a network in one flat buffer, and under the name and shape PyTorch gives it.
//!
//! The kernels want the weights in planes of 16 units; people, files and other frameworks want
//! matrices with names. A [`Tensor`] knows both places of every number.

use std::ops::Range;

use ndarray::{ArrayD, ArrayViewD, IxDyn};

use super::Real;
use super::kernels::{LANES, Lanes, planes};

/// What a tensor is for: it decides how it starts, and whether weight decay applies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Role {
    /// Multiplies the input of a layer.
    InputWeight,
    /// The same for one tap of a convolution, of so many.
    TapWeight(usize),
    /// Multiplies the layer's own last output.
    RecurrentWeight,
    /// Added to the gates; what each gate's bias starts at.
    Bias(&'static [f64]),
    /// Multiplies the last hidden state.
    HeadWeight,
    /// Added to the outputs.
    HeadBias,
}

impl Role {
    /// Weight decay pulls weights towards zero, not biases.
    pub fn decays(self) -> bool {
        !matches!(self, Role::Bias(_) | Role::HeadBias)
    }
}

/// How a matrix lies in memory.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Layout {
    /// `(gate, plane, column, lane)`: a row of the matrix is a unit of a gate.
    Gates { units: usize, columns: usize, order: GateOrder },
    /// `(step, block, plane, output, lane)`: a row of the matrix is an output of a step, a column a unit
    /// of a block.
    Outputs { units: usize, outputs: usize },
}

/// The order in which gates lie in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GateOrder {
    /// As in PyTorch's matrices.
    Same,
    /// The last of them first: what lets the gates of a GRU share a buffer.
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
    /// What it is for.
    pub role: Role,
    layout: Layout,
    start: usize,
    len: usize,
}

impl Tensor {
    /// Where it stands in the flat buffer.
    pub fn range(&self) -> Range<usize> {
        self.start..self.start + self.len
    }

    /// Number of values, without padding.
    pub fn count(&self) -> usize {
        self.shape.iter().product()
    }

    fn columns(&self) -> usize {
        self.shape.get(1).copied().unwrap_or(1)
    }

    /// The place of a row and column: index into the flat buffer, and lane.
    fn place(&self, row: usize, column: usize) -> (usize, usize) {
        match self.layout {
            Layout::Gates { units, columns, order } => {
                let (gate, unit) = (order.place(row / units, self.shape[0] / units), row % units);
                let plane = gate * planes(units) + unit / LANES;
                (self.start + plane * columns + column, unit % LANES)
            }
            Layout::Outputs { units, outputs } => {
                let blocks = self.columns() / units;
                let (block, unit) = (column / units, column % units);
                let plane = (row / outputs * blocks + block) * planes(units) + unit / LANES;
                (self.start + plane * outputs + row % outputs, unit % LANES)
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
    derived: usize,
    /// The flat buffer, padding included; padding is zero and stays zero. Empty until
    /// [`Parameters::allocate`].
    pub values: Vec<Lanes<F>>,
}

impl<F: Real> Default for Parameters<F> {
    fn default() -> Self {
        Parameters { tensors: Vec::new(), len: 0, derived: 0, values: Vec::new() }
    }
}

impl<F: Real> Parameters<F> {
    /// Adds the weights of `gates` gates, `(gates * units, inputs)`.
    pub fn add_gates(
        &mut self,
        name: String,
        role: Role,
        (gates, order): (usize, GateOrder),
        (inputs, units): (usize, usize),
    ) -> Range<usize> {
        let layout = Layout::Gates { units, columns: inputs, order };
        self.add(name, vec![gates * units, inputs], role, layout, gates * planes(units) * inputs)
    }

    /// Adds the biases of `gates` gates, `(gates * units)`.
    pub fn add_bias(
        &mut self,
        name: String,
        role: Role,
        (gates, order): (usize, GateOrder),
        units: usize,
    ) -> Range<usize> {
        let layout = Layout::Gates { units, columns: 1, order };
        self.add(name, vec![gates * units], role, layout, gates * planes(units))
    }

    /// Adds the weights of `steps` maps from the units of `blocks` blocks to `outputs` numbers each,
    /// `(steps * outputs, blocks * units)`.
    pub fn add_outputs(
        &mut self,
        name: String,
        role: Role,
        (steps, outputs): (usize, usize),
        (blocks, units): (usize, usize),
    ) -> Range<usize> {
        let rows = steps * outputs;
        let layout = Layout::Outputs { units, outputs };
        self.add(name, vec![rows, blocks * units], role, layout, rows * blocks * planes(units))
    }

    fn add(&mut self, name: String, shape: Vec<usize>, role: Role, layout: Layout, len: usize) -> Range<usize> {
        let start = self.len;
        self.len += len;
        self.tensors.push(Tensor { name, shape, role, layout, start, len });
        start..start + len
    }

    /// Sets aside room for `len` numbers a lane that a layer derives from its tensors (transposed
    /// weights, summed biases) once for every update. They live apart from the values.
    pub fn add_derived(&mut self, len: usize) -> Range<usize> {
        let start = self.derived;
        self.derived += len;
        start..self.derived
    }

    /// How much room all layers have set aside.
    pub fn derived_len(&self) -> usize {
        self.derived
    }

    /// Makes room for the values of all tensors, zero as yet. Apart from adding them, so that a
    /// network can be described before any memory is spent on it.
    pub fn allocate(&mut self) {
        self.values.resize(self.len, Lanes::ZERO);
    }

    /// The tensors in the order they were added.
    pub fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    /// The tensor of that name.
    pub fn find(&self, name: &str) -> Option<&Tensor> {
        self.tensors.iter().find(|tensor| tensor.name == name)
    }

    /// Number of values, without padding.
    pub fn count(&self) -> usize {
        self.tensors.iter().map(Tensor::count).sum()
    }

    /// A tensor's part of a flat buffer (the values, or a gradient), in its own shape.
    pub fn unpack(&self, tensor: &Tensor, flat: &[Lanes<F>]) -> ArrayD<F> {
        let values = tensor.places().map(|(index, lane)| flat[index].0[lane]).collect();
        match ArrayD::from_shape_vec(IxDyn(&tensor.shape), values) {
            Ok(array) => array,
            Err(_) => unreachable!("a tensor has as many places as its shape has"),
        }
    }

    /// Writes a tensor's values.
    ///
    /// # Panics
    /// If the shape is another than the tensor's.
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
            // Row 0, column 0 of each of the three is itself a zero.
            assert_eq!(written, parameters.count() - 3, "nothing was written over anything else");
        }
    }
}
