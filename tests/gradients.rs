//! Finite-difference proof of every hand-written backward pass.
//!
//! Central differences in f64 against the gradients of `Network::backward`, for every named
//! tensor, the inputs and the initial states.

use fourcast::nn::cell::Cell;
use fourcast::nn::kernels::{Isa, LANES, Lanes, Sequence};
use fourcast::nn::lstm::{Lstm, Tensors};
use fourcast::nn::parameters::Parameters;
use fourcast::nn::{Loss, Network, Samples, Shape};
use ndarray::Array2;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

const STEP: f64 = 1e-5;
/// Error allowed, relative to the gradient's size or, for tiny ones, absolute.
const TOLERANCE: f64 = 1e-6;

struct Case {
    network: Network<f64>,
    samples: Samples<f64>,
    loss: Loss,
    states: Vec<[Array2<f64>; 2]>, // h0 and c0 of each layer, (B, H); empty: they are zero
}

impl Case {
    fn new(shape: Shape, loss: Loss, batch: usize, initial: bool, isa: Isa) -> Case {
        let mut rng = Pcg64::seed_from_u64(7);
        let mut uniform = |size: f64| rng.random_range(-size..size);
        let mut network = Network::new(shape, batch, isa);
        network.track_inputs();
        for tensor in network.parameters.tensors().to_vec() {
            let values = ndarray::ArrayD::from_shape_simple_fn(tensor.shape.clone(), || uniform(0.6));
            network.parameters.pack(&tensor, values.view());
        }
        let days = batch + shape.window - 1;
        let inputs = Array2::from_shape_simple_fn((days, shape.inputs), || uniform(1.5));
        let targets = (0..batch).map(|_| uniform(2.0)).collect();
        let origins = (shape.window - 1..days).collect();
        let samples = Samples { inputs, window: shape.window, origins, targets };
        let state =
            |uniform: &mut dyn FnMut(f64) -> f64| Array2::from_shape_simple_fn((batch, shape.hidden), || uniform(0.8));
        let layers = if initial { shape.layers } else { 0 };
        let states = (0..layers).map(|_| [state(&mut uniform), state(&mut uniform)]).collect();
        Case { network, samples, loss, states }
    }

    fn picks(&self) -> Vec<usize> {
        (0..self.samples.len()).collect()
    }

    fn forward(&mut self) -> Vec<Lanes<f64>> {
        for (layer, [h0, c0]) in self.states.iter().enumerate() {
            let (h, c) = self.network.layer_mut(layer).initial_state();
            for ((b, u), value) in h0.indexed_iter() {
                h.set(0, b, u, *value);
                c.set(0, b, u, c0[(b, u)]);
            }
        }
        let picks = self.picks();
        self.network.prepare();
        self.network.forward(&self.samples, &picks).to_vec()
    }

    fn loss(&mut self) -> f64 {
        let outputs = self.forward();
        self.loss.sum(&outputs, &self.samples.targets) / outputs.len() as f64
    }

    fn backward(&mut self) {
        let outputs = self.forward();
        let mut d_output = vec![Lanes::ZERO; outputs.len()];
        self.loss.sum_with_gradient(&outputs, &self.samples.targets, &mut d_output);
        self.network.backward(&d_output);
    }

    fn slope(&mut self, mut shift: impl FnMut(&mut Case, f64)) -> f64 {
        shift(self, STEP);
        let up = self.loss();
        shift(self, -2.0 * STEP);
        let down = self.loss();
        shift(self, STEP);
        (up - down) / (2.0 * STEP)
    }

    /// The largest error over every number that the loss depends on, with its name.
    fn worst(&mut self) -> (f64, String) {
        self.backward();
        let mut claims: Vec<(String, f64, f64)> = Vec::new();
        for tensor in self.network.parameters.tensors().to_vec() {
            self.backward();
            let gradient = self.network.gradient(&tensor);
            for (index, claimed) in gradient.indexed_iter() {
                let slope = self.slope(|case, by| {
                    let mut values = case.network.parameters.unpack(&tensor, &case.network.parameters.values);
                    values[&index] += by;
                    case.network.parameters.pack(&tensor, values.view());
                });
                claims.push((format!("{} {index:?}", tensor.name), *claimed, slope));
            }
        }
        self.backward();
        let dx = self.network.input_gradient(self.samples.len()).expect("inputs are tracked");
        for (day, column) in ndarray::indices(self.samples.inputs.raw_dim()).into_iter().collect::<Vec<_>>() {
            // A day stands in several windows; its gradient is the sum over them.
            let claimed: f64 = (0..self.samples.len())
                .filter(|b| (*b..b + self.samples.window).contains(&day))
                .map(|b| dx[(b, day - b, column)])
                .sum();
            let slope = self.slope(|case, by| case.samples.inputs[(day, column)] += by);
            claims.push((format!("x ({day}, {column})"), claimed, slope));
        }
        for layer in 0..self.states.len() {
            self.backward();
            let dh = self.network.layer_mut(layer).dh().clone();
            let dc = self.network.layers()[layer].dc().clone();
            for (which, gradient) in [dh, dc].into_iter().enumerate() {
                for (b, u) in ndarray::indices(self.states[layer][which].raw_dim()) {
                    let slope = self.slope(|case, by| case.states[layer][which][(b, u)] += by);
                    claims.push((format!("state {which} of layer {layer} ({b}, {u})"), gradient.get(0, b, u), slope));
                }
            }
        }
        let error = |claimed: f64, slope: f64| (claimed - slope).abs() / slope.abs().max(1.0);
        claims
            .into_iter()
            .map(|(name, claimed, slope)| (error(claimed, slope), format!("{name}: {claimed} against {slope}")))
            .fold((0.0, String::new()), |worst, this| if this.0 > worst.0 { this } else { worst })
    }
}

#[test]
fn every_gradient_is_the_slope_of_the_loss() {
    for isa in Isa::available() {
        for loss in [Loss::Mse, Loss::StudentT] {
            for (inputs, hidden, layers, batch) in
                // Narrow, whole and broken planes of units and inputs, and batches that the kernels
                // cut into tiles of every height, one to six.
                [(1, 3, 1, 2), (5, 16, 1, 7), (2, 20, 1, 3), (3, 5, 2, 4), (1, 4, 3, 1), (18, 2, 1, 11)]
            {
                for initial in [false, true] {
                    let shape = Shape { inputs, window: 4, hidden, layers, outputs: loss.outputs() };
                    let (error, place) = Case::new(shape, loss, batch, initial, isa).worst();
                    assert!(error < TOLERANCE, "{isa:?} {loss:?} {shape:?} batch {batch}: {place}");
                }
            }
        }
    }
}

/// One LSTM layer driven by hand, day by day, with L = sum of v h_T.
///
/// B = batch, T = window, I = inputs, H = hidden.
struct Layer {
    parameters: Parameters<f64>,
    tensors: Tensors,
    x: Sequence<f64>, // (T, I, B)
    v: Sequence<f64>, // (1, H, B) dL/dh_T
}

/// A path that a gradient takes from one day to the day before.
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
        let tensors = Tensors::add(&mut parameters, ("lstm", 0), (Self::INPUTS, Self::HIDDEN));
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
        Layer { parameters, tensors, x, v }
    }

    fn cell(&self, window: usize) -> Lstm<f64> {
        let mut cell =
            Lstm::new(self.tensors.clone(), Isa::detect(), (Self::INPUTS, Self::HIDDEN), (window, Self::ROWS));
        cell.prepare(&self.parameters.values);
        cell
    }

    /// The whole window in one cell, after the way forward.
    fn forward(&self) -> Lstm<f64> {
        let mut cell = self.cell(Self::WINDOW);
        for day in 0..Self::WINDOW {
            cell.forward(&self.parameters.values, self.x.day(day), day, Self::ROWS);
        }
        cell
    }

    fn loss(&self) -> f64 {
        let h = self.forward().h().day(Self::WINDOW).to_vec();
        h.iter().zip(self.v.day(0)).map(|(h, v)| (*h * *v).sum()).sum()
    }

    /// The gradient of all weights, laid out as they are, without what takes the path `cut`.
    fn gradient(&self, cut: Cut) -> Vec<Lanes<f64>> {
        let mut gradient = vec![Lanes::ZERO; self.parameters.values.len()];
        if cut == Cut::CellState {
            self.add_gradient_without_cell_state(&mut gradient);
            return gradient;
        }
        let mut cell = self.forward();
        cell.dh().day_mut(Self::WINDOW).copy_from_slice(self.v.day(0));
        for day in (0..Self::WINDOW).rev() {
            cell.backward(day, Self::ROWS, None);
            if cut == Cut::HiddenState {
                cell.dh().day_mut(day).fill(Lanes::ZERO);
            }
        }
        cell.weight_gradient(self.x.from_day(0), Self::ROWS, &mut gradient);
        gradient
    }

    /// A cell a day, each starting from the states of the one before. On the way back dL/dh is
    /// handed on from cell to cell; dL/dc is not, because it starts from zero in every window.
    fn add_gradient_without_cell_state(&self, gradient: &mut [Lanes<f64>]) {
        let mut days: Vec<Lstm<f64>> = Vec::new();
        for day in 0..Self::WINDOW {
            let mut cell = self.cell(1);
            let (h, c) = cell.initial_state();
            if let Some(before) = days.last() {
                h.day_mut(0).copy_from_slice(before.h().day(1));
                c.day_mut(0).copy_from_slice(before.c().day(1));
            }
            cell.forward(&self.parameters.values, self.x.day(day), 0, Self::ROWS);
            days.push(cell);
        }
        assert_eq!(days[Self::WINDOW - 1].h().day(1), self.forward().h().day(Self::WINDOW), "the way forward is whole");
        let mut dh = self.v.day(0).to_vec();
        for (day, cell) in days.iter_mut().enumerate().rev() {
            cell.dh().day_mut(1).copy_from_slice(&dh);
            cell.backward(0, Self::ROWS, None);
            cell.weight_gradient(self.x.day(day), Self::ROWS, gradient);
            dh.copy_from_slice(cell.dh().day(0));
        }
    }

    /// The largest error of a gradient, over all weights.
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
