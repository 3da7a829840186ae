//! Every hand-written backward pass, compared with finite differences.
//!
//! Central differences in f64 are compared with the gradients of `Network::backward`, for every named
//! tensor, the inputs and the initial states.

use fourcast_nn::Float;
use fourcast_nn::cell::{Cell, Read, Size, TensorNames, Weights};
use fourcast_nn::kernels::{Isa, LANES, Lanes, Sequence};
use fourcast_nn::parameters::Parameters;
use fourcast_nn::{Activation, CellKind, Loss, Network, Samples, Shape, Topology};
use ndarray::Array2;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

const STEP: f64 = 1e-5;
/// Tolerance, relative to the size of the gradient, or absolute for small gradients.
const TOLERANCE: f64 = 1e-6;

struct Case {
    network: Network<f64>,
    samples: Samples<f64>,
    loss: Loss,
    forced: Vec<bool>,
    dropout: f64,
    states: Vec<[Array2<f64>; 2]>, // h0 and c0 of each layer, (B, H); empty: they are zero
}

impl Case {
    /// Creates a case. `forced` selects the steps of a path that are fed the true target: bit k for step k.
    fn new(shape: Shape, loss: Loss, batch: usize, (initial, forced): (bool, u32), isa: Isa) -> Case {
        let mut rng = Pcg64::seed_from_u64(7);
        let mut uniform = |size: f64| rng.random_range(-size..size);
        let mut network = Network::new(shape, batch, isa);
        network.track_inputs();
        for tensor in network.parameters().tensors().to_vec() {
            let values = ndarray::ArrayD::from_shape_simple_fn(tensor.shape.clone(), || uniform(0.6));
            network.set_tensor(&tensor, values.view());
        }
        let days = batch + shape.window - 1;
        let inputs = Array2::from_shape_simple_fn((days, shape.inputs), || uniform(1.5));
        let targets = (0..batch * shape.steps).map(|_| uniform(2.0)).collect();
        let starts = (0..batch).map(|_| uniform(2.0)).collect();
        let origins = (shape.window - 1..days).collect();
        let samples =
            Samples { inputs, window: shape.window, origins, steps: shape.steps, targets, weights: None, starts };
        let state =
            |uniform: &mut dyn FnMut(f64) -> f64| Array2::from_shape_simple_fn((batch, shape.hidden), || uniform(0.8));
        let layers = if initial { shape.layers } else { 0 };
        let states = (0..layers).map(|_| [state(&mut uniform), state(&mut uniform)]).collect();
        let forced = (0..shape.steps).map(|step| forced >> step & 1 == 1).collect();
        Case { network, samples, loss, forced, dropout: 0.0, states }
    }

    /// Runs forward and backward as in training; returns the mean loss.
    fn forward_backward(&mut self) -> f64 {
        self.set_states();
        if self.dropout > 0.0 {
            // Every pass has the same seed, and therefore the same masks.
            self.network.enable_dropout(self.dropout, 5);
        }
        let indices = self.indices();
        let sum = self.network.forward_backward(&self.samples, &indices, self.loss, &self.forced);
        sum / self.samples.targets.len() as f64
    }

    /// Returns the loss, without a backward pass if possible.
    fn loss(&mut self) -> f64 {
        if self.forced.contains(&true) || self.dropout > 0.0 {
            return self.forward_backward();
        }
        self.set_states();
        let indices = self.indices();
        self.network.loss(&self.samples, &indices, self.loss) / self.samples.targets.len() as f64
    }

    fn indices(&self) -> Vec<usize> {
        (0..self.samples.len()).collect()
    }

    fn set_states(&mut self) {
        for (layer, [h0, c0]) in self.states.iter().enumerate() {
            let (h, mut c) = self.network.layer(layer).initial_state().expect("a layer with memory");
            for ((b, u), value) in h0.indexed_iter() {
                h.set(0, b, u, *value);
                c.iter_mut().for_each(|c| c.set(0, b, u, c0[(b, u)]));
            }
        }
    }

    fn slope(&mut self, mut shift: impl FnMut(&mut Case, f64)) -> f64 {
        shift(self, STEP);
        let up = self.loss();
        shift(self, -2.0 * STEP);
        let down = self.loss();
        shift(self, STEP);
        (up - down) / (2.0 * STEP)
    }

    /// Returns the largest error over all numbers on which the loss depends, with its name.
    fn worst(&mut self) -> (f64, String) {
        self.forward_backward();
        let mut claims: Vec<(String, f64, f64)> = Vec::new();
        for tensor in self.network.parameters().tensors().to_vec() {
            self.forward_backward();
            let gradient = self.network.gradient(&tensor);
            let mut values = self.network.parameters().unpack(&tensor, &self.network.parameters().values);
            for (index, claimed) in gradient.indexed_iter() {
                let slope = self.slope(|case, by| {
                    values[&index] += by;
                    case.network.set_tensor(&tensor, values.view());
                });
                claims.push((format!("{} {index:?}", tensor.name), *claimed, slope));
            }
        }
        self.forward_backward();
        let dx = self.network.input_gradient(self.samples.len()).expect("inputs are tracked");
        for (day, column) in ndarray::indices(self.samples.inputs.raw_dim()).into_iter().collect::<Vec<_>>() {
            // A day is in several windows; its gradient is the sum over them.
            let claimed: f64 = (0..self.samples.len())
                .filter(|b| (*b..b + self.samples.window).contains(&day))
                .map(|b| dx[(b, day - b, column)])
                .sum();
            let slope = self.slope(|case, by| case.samples.inputs[(day, column)] += by);
            claims.push((format!("x ({day}, {column})"), claimed, slope));
        }
        for layer in 0..self.states.len() {
            self.forward_backward();
            let cell = self.network.layer(layer);
            let gradients = [Some(cell.dh().clone()), cell.dc().cloned()];
            for (which, gradient) in gradients.into_iter().enumerate() {
                let Some(gradient) = gradient else { continue };
                for (b, u) in ndarray::indices(self.states[layer][which].raw_dim()) {
                    let slope = self.slope(|case, by| case.states[layer][which][(b, u)] += by);
                    claims.push((format!("state {which} of layer {layer} ({b}, {u})"), gradient.get(0, b, u), slope));
                }
            }
        }
        self.forward_backward();
        let starts = self
            .network
            .decoder()
            .map(|decoder| (0..self.samples.len()).map(|row| decoder.start_gradient(row)).collect::<Vec<f64>>());
        for (row, claimed) in starts.into_iter().flatten().enumerate() {
            let slope = self.slope(|case, by| case.samples.starts[row] += by);
            claims.push((format!("start {row}"), claimed, slope));
        }
        let error = |claimed: f64, slope: f64| (claimed - slope).abs() / slope.abs().max(1.0);
        claims
            .into_iter()
            .map(|(name, claimed, slope)| (error(claimed, slope), format!("{name}: {claimed} against {slope}")))
            .fold((0.0, String::new()), |worst, this| if this.0 > worst.0 { this } else { worst })
    }
}

fn check(shape: Shape, loss: Loss, batch: usize, how: (bool, u32), isa: Isa) {
    let shape = Shape { outputs: loss.outputs(), ..shape };
    let (error, place) = Case::new(shape, loss, batch, how, isa).worst();
    assert!(error < TOLERANCE, "{isa:?} {loss:?} {shape:?} batch {batch} {how:?}: {place}");
}

const LOSSES: [Loss; 2] = [Loss::Mse, Loss::StudentT];

/// Returns every kind of layer with every activation that it supports.
fn cells() -> impl Iterator<Item = Shape> {
    use Activation::{Relu, Tanh};
    CellKind::ALL.into_iter().flat_map(|cell| {
        let activations = if cell.is_gated() { &[Tanh][..] } else { &[Tanh, Relu] };
        activations.iter().map(move |activation| Shape { cell, activation: *activation, ..Shape::default() })
    })
}

#[test]
fn many_to_one() {
    for isa in Isa::available() {
        for (shape, loss) in cells().flat_map(|shape| LOSSES.map(|loss| (shape, loss))) {
            // Partial and whole blocks of units and inputs; odd and even batches, because tiles of f64 have one or two
            // rows.
            for (inputs, hidden, layers, batch) in
                [(1, 3, 1, 2), (5, 16, 1, 7), (2, 17, 1, 3), (3, 5, 2, 4), (1, 4, 3, 1), (18, 2, 1, 11)]
            {
                for initial in [false, true] {
                    // States that are zero are run by the same code as others. The small networks have both; of the
                    // large ones each pass takes long.
                    let is_small = hidden < LANES;
                    if initial == shape.cell.is_recurrent() || (!initial && is_small) {
                        check(Shape { inputs, hidden, layers, ..shape }, loss, batch, (initial, 0), isa);
                    }
                }
            }
        }
    }
}

#[test]
fn many_to_many_and_one_to_many() {
    for (shape, loss) in cells().flat_map(|shape| LOSSES.map(|loss| (shape, loss))) {
        for (topology, window) in [(Topology::ManyToMany, 4), (Topology::OneToMany, 1)] {
            for (inputs, hidden, layers, batch, steps) in [(2, 3, 1, 3, 3), (1, 17, 1, 2, 2), (3, 4, 2, 2, 4)] {
                // The decoder reads its own outputs, the true targets, or some of each.
                for forced in [0, 0b111, 0b10] {
                    let shape = Shape { topology, window, inputs, hidden, layers, steps, ..shape };
                    check(shape, loss, batch, (false, forced), Isa::detect());
                    // The second of two steps is followed by none, so that it is the first case again.
                    if !shape.decodes() || (steps == 2 && forced == 0b111) {
                        break;
                    }
                }
            }
        }
    }
}

/// Outputs for several days ahead, with weights, and with an unknown target.
#[test]
fn many_to_one_with_several_outputs() {
    for shape in cells() {
        for (hidden, batch) in [(4, 3), (17, 40)] {
            let shape = Shape { inputs: 2, hidden, steps: 3, outputs: 3, ..shape };
            let mut case = Case::new(shape, Loss::StudentT, batch, (false, 0), Isa::detect());
            case.samples.weights = Some(vec![1.5, 1.0, 0.25]);
            case.samples.targets[5] = f64::NAN;
            let (error, place) = case.worst();
            assert!(error < TOLERANCE, "{shape:?}: {place}");
        }
    }
}

#[test]
fn with_dropout() {
    for (topology, window, steps) in
        [(Topology::ManyToOne, 4, 1), (Topology::ManyToMany, 3, 2), (Topology::OneToMany, 1, 3)]
    {
        for (shape, layers) in cells().flat_map(|shape| [2, 3].map(|layers| (shape, layers))) {
            let shape = Shape { topology, window, steps, inputs: 2, hidden: 4, layers, outputs: 3, ..shape };
            let mut case = Case::new(shape, Loss::StudentT, 3, (false, 0b10), Isa::detect());
            case.dropout = 0.4;
            let (error, place) = case.worst();
            assert!(error < TOLERANCE, "{shape:?}: {place}");
            let dropped = case.forward_backward();
            case.network.enable_dropout(0.0, 5);
            case.dropout = 0.0;
            // The outputs of a ReLU layer can all be zero.
            let counts = shape.activation == Activation::Tanh;
            assert!(!counts || dropped != case.forward_backward(), "{shape:?}: something is dropped");
        }
    }
}

#[test]
fn a_batch_in_several_micro_batches() {
    for shape in cells() {
        let shape = Shape { window: 2, hidden: 2, ..shape };
        check(shape, Loss::StudentT, 70, (false, 0), Isa::detect());
    }
}

/// One LSTM layer, run day by day, with L = sum of v h_T.
///
/// B = batch, T = window, I = inputs, H = hidden.
struct Layer {
    parameters: Parameters<f64>,
    x: Sequence<f64>, // (T, I, B)
    v: Sequence<f64>, // (1, H, B) dL/dh_T
}

/// A path by which a gradient flows from one day to the day before.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Cut {
    Nothing,
    HiddenState,
    CellState,
}

impl Layer {
    const INPUTS: usize = 2;
    const HIDDEN: usize = 5;
    const ROWS: usize = 3;
    const WINDOW: usize = 4;

    fn new() -> Layer {
        let mut rng = Pcg64::seed_from_u64(11);
        let mut parameters = Parameters::default();
        Self::cell(&mut parameters);
        parameters.allocate();
        for tensor in parameters.tensors().to_vec() {
            let values = ndarray::ArrayD::from_shape_simple_fn(tensor.shape.clone(), || rng.random_range(-0.9..0.9));
            parameters.pack(&tensor, values.view());
        }
        let mut random = |days: usize, units: usize| {
            let mut sequence = Sequence::new(days, units, Self::ROWS);
            for (day, row, unit) in ndarray::indices((days, Self::ROWS, units)) {
                sequence.set(day, row, unit, rng.random_range(-1.5..1.5));
            }
            sequence
        };
        let (x, v) = (random(Self::WINDOW, Self::INPUTS), random(1, Self::HIDDEN));
        Layer { parameters, x, v }
    }

    fn cell(parameters: &mut Parameters<f64>) -> Box<dyn Cell<f64>> {
        let size = Size {
            inputs: Self::INPUTS,
            hidden: Self::HIDDEN,
            window: Self::WINDOW,
            rows: Self::ROWS,
            read: Read::LastDay,
        };
        f64::layer(parameters, Isa::detect(), Shape::default(), TensorNames { stack: "lstm", layer: 0 }, size)
    }

    /// Returns the cell after a forward pass over the whole window, and its prepared weights.
    fn forward(&self) -> (Box<dyn Cell<f64>>, Vec<Lanes<f64>>) {
        let mut places = Parameters::default();
        let mut cell = Self::cell(&mut places);
        let mut prepared = vec![Lanes::ZERO; places.prepared_len()];
        cell.prepare(&self.parameters.values, &mut prepared, true);
        let weights = Weights { values: &self.parameters.values, prepared: &prepared };
        for day in 0..Self::WINDOW {
            cell.forward(weights, self.x.all(), day, Self::ROWS);
        }
        (cell, prepared)
    }

    fn loss(&self) -> f64 {
        let h = self.forward().0.h().day(Self::WINDOW).to_vec();
        h.iter().zip(self.v.day(0)).map(|(h, v)| (*h * *v).sum()).sum()
    }

    /// Returns the gradient of all weights, in the layout of the weights, without the part that flows along `cut`.
    fn gradient(&self, cut: Cut) -> Vec<Lanes<f64>> {
        let mut gradient = vec![Lanes::ZERO; self.parameters.values.len()];
        let (mut cell, prepared) = self.forward();
        let weights = Weights { values: &self.parameters.values, prepared: &prepared };
        cell.start_backward();
        cell.dh().day_mut(Self::WINDOW).copy_from_slice(self.v.day(0));
        for day in (0..Self::WINDOW).rev() {
            cell.backward(weights, day, Self::ROWS, None);
            match cut {
                Cut::Nothing => {}
                Cut::HiddenState => cell.dh().day_mut(day).fill(Lanes::ZERO),
                Cut::CellState => cell.dc().expect("an LSTM has a cell state").clear(),
            }
        }
        cell.weight_gradient(self.x.all(), Self::ROWS, &mut gradient);
        gradient
    }

    /// Returns the largest error of a gradient over all weights.
    fn worst(&mut self, gradient: &[Lanes<f64>]) -> f64 {
        let mut worst = 0.0_f64;
        for (index, lane) in ndarray::indices((gradient.len(), LANES)) {
            let slope = self.slope(index, lane);
            worst = worst.max((gradient[index].0[lane] - slope).abs() / slope.abs().max(1.0));
        }
        worst
    }

    fn slope(&mut self, index: usize, lane: usize) -> f64 {
        let mut loss_at = |shift: f64| {
            let value = self.parameters.values[index].0[lane];
            self.parameters.values[index].0[lane] = value + shift;
            let loss = self.loss();
            self.parameters.values[index].0[lane] = value;
            loss
        };
        (loss_at(STEP) - loss_at(-STEP)) / (2.0 * STEP)
    }
}

#[test]
fn a_cut_path_fails_the_check() {
    let mut layer = Layer::new();
    let whole = layer.gradient(Cut::Nothing);
    let error = layer.worst(&whole);
    assert!(error < TOLERANCE, "with every path: {error}");
    for cut in [Cut::HiddenState, Cut::CellState] {
        let gradient = layer.gradient(cut);
        let error = layer.worst(&gradient);
        assert!(error > 1e5 * TOLERANCE, "without dL/d of the {cut:?} the check still passes: {error}");
    }
}
