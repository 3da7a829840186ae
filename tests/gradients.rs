//! Finite-difference proof of every hand-written backward pass.
//!
//! Central differences in f64 against the gradients of `Network::backward`, for every named
//! tensor, the inputs and the initial states.

use fourcast::nn::cell::Cell;
use fourcast::nn::kernels::{Isa, Lanes};
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
                [(1, 3, 1, 2), (5, 16, 1, 7), (2, 20, 1, 3), (3, 5, 2, 4), (1, 4, 3, 1)]
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
