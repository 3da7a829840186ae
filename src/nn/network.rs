//! Layers and a head as one thing.

use ndarray::{Array3, ArrayD};

use super::Real;
use super::cell::Cell;
use super::head::{self, Head};
use super::kernels::{Isa, Lanes, Sequence};
use super::lstm::{self, Lstm};
use super::parameters::{Parameters, Tensor};
use super::samples::Samples;

/// What a network looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Inputs a day.
    pub inputs: usize,
    /// Days it sees.
    pub window: usize,
    /// Units of each layer.
    pub hidden: usize,
    /// Layers, one above the other.
    pub layers: usize,
    /// Numbers that come out.
    pub outputs: usize,
}

impl Shape {
    /// Inputs and units of a layer.
    fn layer_size(&self, layer: usize) -> (usize, usize) {
        (if layer == 0 { self.inputs } else { self.hidden }, self.hidden)
    }
}

/// A many-to-one network: the layers read the window, the head answers from the last state of the
/// uppermost layer. It owns its weights and all buffers for one batch, so that neither the way
/// forward nor the way back allocates.
///
/// B = batch, T = window, I = inputs, H = hidden, L = layers, O = outputs.
pub struct Network<F> {
    shape: Shape,
    rows: usize,
    isa: Isa,
    /// All weights. After a change, [`Network::prepare`] must be called.
    pub parameters: Parameters<F>,
    gradient: Vec<Lanes<F>>,
    x: Sequence<F>,          // (T, I, B)
    dx: Option<Sequence<F>>, // (T, I, B)
    layers: Vec<Lstm<F>>,    // L
    head: Head<F>,
}

impl<F: Real> Network<F> {
    /// The tensors of a network of that shape, without memory for their values.
    pub fn describe(shape: Shape) -> Parameters<F> {
        let mut parameters = Parameters::default();
        Self::add_tensors(shape, &mut parameters);
        parameters
    }

    fn add_tensors(shape: Shape, parameters: &mut Parameters<F>) -> (Vec<lstm::Tensors>, head::Tensors) {
        let layer = |layer| lstm::Tensors::add(parameters, ("lstm", layer), shape.layer_size(layer));
        let layers = (0..shape.layers).map(layer).collect();
        (layers, head::Tensors::add(parameters, shape.hidden, shape.outputs))
    }

    /// A network of zeros for batches of at most `rows` windows.
    pub fn new(shape: Shape, rows: usize, isa: Isa) -> Self {
        let mut parameters = Parameters::default();
        let (layers, head) = Self::add_tensors(shape, &mut parameters);
        parameters.allocate();
        let layer = |(layer, tensors)| Lstm::new(tensors, isa, shape.layer_size(layer), (shape.window, rows));
        let layers = layers.into_iter().enumerate().map(layer).collect();
        let head = Head::new(head, isa, shape.outputs, rows);
        Network {
            shape,
            rows,
            isa,
            gradient: vec![Lanes::ZERO; parameters.values.len()],
            parameters,
            x: Sequence::new(shape.window, shape.inputs, rows),
            dx: None,
            layers,
            head,
        }
    }

    /// What it looks like.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// Windows it can take at once.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The instructions it runs on.
    pub fn isa(&self) -> Isa {
        self.isa
    }

    /// The layers, the lowest first.
    pub fn layers(&self) -> &[Lstm<F>] {
        &self.layers
    }

    /// A layer, to give it an initial state.
    pub fn layer_mut(&mut self, layer: usize) -> &mut Lstm<F> {
        &mut self.layers[layer]
    }

    /// From now on the way back goes down to the inputs too: see [`Network::input_gradient`].
    pub fn track_inputs(&mut self) {
        self.dx = Some(Sequence::new(self.shape.window, self.shape.inputs, self.rows));
    }

    /// Takes up changed weights.
    pub fn prepare(&mut self) {
        for layer in &mut self.layers {
            layer.prepare(&self.parameters.values);
        }
    }

    /// The outputs, one [`Lanes`] a window with O lanes in use, for the windows `picks` of
    /// `samples`.
    ///
    /// # Panics
    /// If there are more picks than rows, or the samples have another shape than the network.
    pub fn forward(&mut self, samples: &Samples<F>, picks: &[usize]) -> &[Lanes<F>] {
        self.gather(samples, picks);
        let rows = picks.len();
        for layer in 0..self.layers.len() {
            let (below, this) = self.layers.split_at_mut(layer);
            for day in 0..self.shape.window {
                let x = match below.last() {
                    None => self.x.day(day),
                    Some(below) => below.h().day(day + 1),
                };
                this[0].forward(&self.parameters.values, x, day, rows);
            }
        }
        let h = self.layers[self.shape.layers - 1].h().day(self.shape.window);
        self.head.forward(&self.parameters.values, h, self.rows, rows)
    }

    #[track_caller]
    fn gather(&mut self, samples: &Samples<F>, picks: &[usize]) {
        assert!(picks.len() <= self.rows, "{} windows for {} rows", picks.len(), self.rows);
        assert_eq!(samples.window, self.shape.window, "days of a window");
        assert_eq!(samples.inputs.ncols(), self.shape.inputs, "inputs a day");
        for (row, pick) in picks.iter().enumerate() {
            let first = samples.origins[*pick] + 1 - samples.window;
            for day in 0..samples.window {
                for (unit, value) in samples.inputs.row(first + day).iter().enumerate() {
                    self.x.set(day, row, unit, *value);
                }
            }
        }
    }

    /// The gradient of all weights for dL/doutput of the last forward pass.
    pub fn backward(&mut self, d_output: &[Lanes<F>]) -> &mut [Lanes<F>] {
        let (rows, window) = (d_output.len(), self.shape.window);
        self.gradient.fill(Lanes::ZERO);
        let top = &mut self.layers[self.shape.layers - 1];
        top.dh().clear();
        let (h, dh) = top.h_and_dh(window);
        self.head.backward(&self.parameters.values, (h, dh), d_output, self.rows, &mut self.gradient);
        for layer in (0..self.layers.len()).rev() {
            let (below, this) = self.layers.split_at_mut(layer);
            let this = &mut this[0];
            for day in (0..window).rev() {
                let dx = match below.last_mut() {
                    None => self.dx.as_mut().map(|dx| dx.day_mut(day)),
                    Some(below) => Some(below.dh().day_mut(day + 1)),
                };
                this.backward(day, rows, dx);
            }
            let x = match below.last() {
                None => self.x.from_day(0),
                Some(below) => below.h().from_day(1),
            };
            this.weight_gradient(x, rows, &mut self.gradient);
        }
        &mut self.gradient
    }

    /// A tensor's gradient after [`Network::backward`], in its own shape.
    pub fn gradient(&self, tensor: &Tensor) -> ArrayD<F> {
        self.parameters.unpack(tensor, &self.gradient)
    }

    /// Weights and gradient together, for an optimiser.
    pub fn parameters_and_gradient(&mut self) -> (&mut Parameters<F>, &mut [Lanes<F>]) {
        (&mut self.parameters, &mut self.gradient)
    }

    /// dL/dx of the first `rows` windows of the last batch, `(B, T, I)`, if tracked.
    pub fn input_gradient(&self, rows: usize) -> Option<Array3<F>> {
        let shape = (rows, self.shape.window, self.shape.inputs);
        self.dx.as_ref().map(|dx| Array3::from_shape_fn(shape, |(b, t, i)| dx.get(t, b, i)))
    }
}
