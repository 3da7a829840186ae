//! The adding problem (Hochreiter & Schmidhuber 1997; as in Le, Jaitly & Hinton 2015): can a network carry two numbers
//! from the days on which they appear to the end of the window?
//!
//! A day has two inputs: a value uniform in [0, 1], and a marker that is 1 on one day of the first half and on one day
//! of the second, and 0 on all others. The target is the sum of the two marked values. A network without memory answers
//! 1, with a mean squared error of 1/6.

use std::time::{Duration, Instant};

use fourcast::nn::init::RecurrentInit;
use fourcast::nn::optimizer::{AdamW, Optimizer};
use fourcast::nn::parameters::{Role, Tensor};
use fourcast::nn::train::evaluate;
use fourcast::nn::{Activation, CellKind, Isa, Lanes, Loss, Network, Samples, Shape};
use ndarray::{Array2, ArrayD, IxDyn};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

/// Units of every network.
pub const HIDDEN: usize = 32;
/// Sequences per step. All of them are new, so none can be memorised.
pub const BATCH: usize = 32;
/// The task counts as learnt if the mean squared error on unseen sequences is below this: 6 % of the 1/6 that a network
/// without memory reaches.
pub const LEARNT: f64 = 0.01;

/// Training ends a little below [`LEARNT`], so that a single lucky check does not decide.
const ENOUGH: f64 = 0.8 * LEARNT;
/// Steps from one check to the next.
const CHECK_EVERY: usize = 100;
/// Sequences of a check. They are not trained on.
const CHECKED: usize = 512;
/// Sequences of the final test. They are not trained on, and do not decide when training ends.
const TESTED: usize = 1024;
/// Steps over which the learning rate rises, while Adam's averages are based on few steps.
const WARM_UP: f64 = 100.0;
/// Maximum norm of a step's gradient.
const CLIP_NORM: f64 = 1.0;

/// The initial biases of the gates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gates {
    /// Those of the library: 1 for the LSTM's forget gate, which opens it beyond one half, and 0 for the others.
    Library,
    /// Each unit keeps its state for a different time, up to the length of the window: the chrono initialisation of
    /// Tallec & Ollivier 2018.
    Timed,
}

/// A network of the comparison.
#[derive(Debug, Clone, Copy)]
pub struct Contestant {
    pub name: &'static str,
    pub cell: CellKind,
    pub activation: Activation,
    pub recurrent: RecurrentInit,
    pub gates: Gates,
    pub learning_rate: f64,
}

/// All compared networks, the shortest memory first. `docs/memory.md` lists what else was tried.
pub const CONTESTANTS: [Contestant; 7] = [
    simple("rnn, tanh, glorot", Activation::Tanh, RecurrentInit::Glorot, 3e-3),
    simple("rnn, tanh, orthogonal", Activation::Tanh, RecurrentInit::Orthogonal, 3e-3),
    simple("rnn, ReLU, identity", Activation::Relu, RecurrentInit::Identity, 1e-2),
    gated("gru", CellKind::Gru, Gates::Library),
    gated("lstm", CellKind::Lstm, Gates::Library),
    gated("gru, timed gates", CellKind::Gru, Gates::Timed),
    gated("lstm, timed gates", CellKind::Lstm, Gates::Timed),
];

const fn simple(
    name: &'static str,
    activation: Activation,
    recurrent: RecurrentInit,
    learning_rate: f64,
) -> Contestant {
    Contestant { name, cell: CellKind::Rnn, activation, recurrent, gates: Gates::Library, learning_rate }
}

const fn gated(name: &'static str, cell: CellKind, gates: Gates) -> Contestant {
    let (activation, recurrent) = (Activation::Tanh, RecurrentInit::Orthogonal);
    Contestant { name, cell, activation, recurrent, gates, learning_rate: 1e-2 }
}

/// Limits at which a training run ends if it has not learnt the task.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub steps: usize,
    pub time: Duration,
}

/// The result of a training run.
#[derive(Debug, Clone, Copy)]
pub struct Outcome {
    pub steps: usize,
    /// Mean squared error on unseen sequences.
    pub test: f64,
    /// The [`gradient_share`] before the first step.
    pub share_before: Option<f64>,
    /// The [`gradient_share`] after the last step.
    pub share_after: Option<f64>,
    pub time: Duration,
    /// Whether the time limit was reached before the step limit.
    pub cut_short: bool,
}

impl Outcome {
    pub fn learnt(&self) -> bool {
        self.test < LEARNT
    }
}

/// Generates `count` new sequences of `window` days.
pub fn sequences(count: usize, window: usize, rng: &mut Pcg64) -> Samples<f32> {
    let value_or_no_marker = |(_, input)| if input == 0 { rng.random::<f32>() } else { 0.0 };
    let mut inputs = Array2::from_shape_fn((count * window, 2), value_or_no_marker);
    let mut targets = Vec::with_capacity(count);
    for first in (0..count * window).step_by(window) {
        let (middle, end) = (first + window / 2, first + window);
        let marked = [rng.random_range(first..middle), rng.random_range(middle..end)];
        for day in marked {
            inputs[(day, 1)] = 1.0;
        }
        targets.push(marked.iter().map(|day| inputs[(*day, 0)]).sum());
    }
    let origins = (1..=count).map(|sequence| sequence * window - 1).collect();
    Samples { inputs, window, origins, steps: 1, targets, starts: Vec::new(), weights: None }
}

impl Contestant {
    /// Creates a network that has not been trained yet.
    pub fn network(&self, window: usize, rng: &mut Pcg64) -> Network<f32> {
        let Contestant { cell, activation, .. } = *self;
        let shape = Shape { cell, activation, inputs: 2, window, hidden: HIDDEN, ..Shape::default() };
        let mut network = Network::new(shape, BATCH, Isa::detect());
        network.initialize(Loss::Mse, self.recurrent, rng);
        for tensor in network.parameters().tensors().to_vec() {
            if let Some(start) = self.start(&tensor, window, rng) {
                network.set_tensor(&tensor, start.view());
            }
        }
        network.track_inputs();
        network
    }

    /// Returns the initial values of a tensor if they differ from the library's.
    fn start(&self, tensor: &Tensor, window: usize, rng: &mut Pcg64) -> Option<ArrayD<f32>> {
        let shape = IxDyn(&tensor.shape);
        match tensor.role {
            // With the library's initial value, zero, no gradient would reach any day before the first step.
            Role::HeadWeight => {
                let limit = (1.0 / HIDDEN as f32).sqrt();
                Some(ArrayD::from_shape_simple_fn(shape, || rng.random_range(-limit..limit)))
            }
            Role::InputBias(_) if self.gates == Gates::Timed => Some(self.timed_biases(shape, window, rng)),
            _ => None,
        }
    }

    /// Returns biases for the chrono initialisation. A gate of sigma(ln t) keeps 1 - 1/(1 + t) a day, so a state lasts
    /// about t days. For each unit, t is drawn uniformly between 1 day and the length of the window.
    fn timed_biases(&self, shape: IxDyn, window: usize, rng: &mut Pcg64) -> ArrayD<f32> {
        let mut biases = ArrayD::zeros(shape);
        for unit in 0..HIDDEN {
            let keep = rng.random_range(1.0..window as f32 - 1.0).ln();
            // The second gate keeps the state: f of i f g o, z of r z n. The LSTM's input gate is its counterpart: a
            // state that is kept long is written a little at a time. In a GRU, z does both.
            biases[HIDDEN + unit] = keep;
            if self.cell == CellKind::Lstm {
                biases[unit] = -keep;
            }
        }
        biases
    }

    /// Trains on new sequences until the task is learnt or a limit is reached. All networks with the same seed and
    /// window see the same sequences.
    pub fn run(&self, window: usize, limits: Limits, seed: u64) -> Outcome {
        let start = Instant::now();
        let mut weights_rng = Pcg64::seed_from_u64(seed);
        let mut data_rng = Pcg64::new(u128::from(seed), window as u128);
        let mut network = self.network(window, &mut weights_rng);
        let (check, test) = (sequences(CHECKED, window, &mut data_rng), sequences(TESTED, window, &mut data_rng));
        let share_before = gradient_share(&mut network, &test);

        let rule = AdamW { weight_decay: 0.0, ..AdamW::default() };
        let mut optimizer = Optimizer::new(rule, network.parameters(), network.isa());
        let mut steps = 0;
        while steps < limits.steps && start.elapsed() < limits.time {
            let batch = sequences(BATCH, window, &mut data_rng);
            steps += 1;
            let rate = self.learning_rate * (steps as f64 / WARM_UP).min(1.0);
            step(&mut network, &mut optimizer, &batch, rate);
            if steps % CHECK_EVERY == 0 {
                let error = error(&mut network, &check);
                if error < ENOUGH || error.is_nan() {
                    break;
                }
            }
        }
        let test_error = error(&mut network, &test);
        Outcome {
            steps,
            test: test_error,
            share_before,
            share_after: gradient_share(&mut network, &test),
            time: start.elapsed(),
            cut_short: start.elapsed() >= limits.time,
        }
    }
}

/// Runs one step: forward, backward, update.
fn step(network: &mut Network<f32>, optimizer: &mut Optimizer<f32>, batch: &Samples<f32>, rate: f64) {
    network.forward_backward(batch, &all(batch), Loss::Mse, &[]);
    network.step(optimizer, CLIP_NORM, rate);
}

/// Returns the mean squared error.
fn error(network: &mut Network<f32>, samples: &Samples<f32>) -> f64 {
    evaluate(network, samples, &all(samples), Loss::Mse)
}

fn all(samples: &Samples<f32>) -> Vec<usize> {
    (0..samples.len()).collect()
}

/// Returns how much of the gradient reaches the first day: |dL/dx_1| / |dL/dx_T|, each averaged over a batch. The
/// common factor dL/doutput is taken as 1, so that a sequence with a small error does not count less. `None` if nothing
/// reaches the last day either: all units are dead.
pub fn gradient_share(network: &mut Network<f32>, samples: &Samples<f32>) -> Option<f64> {
    let mut d_output = Lanes::ZERO;
    d_output.0[0] = 1.0;
    network.forward(samples, &all(samples)[..BATCH], Loss::Mse);
    network.backward(&[d_output; BATCH]);
    let dx = network.input_gradient(BATCH)?; // (B, T, I)
    let length = |row: usize, day: usize| f64::from(dx[(row, day, 0)]).hypot(f64::from(dx[(row, day, 1)]));
    let at = |day: usize| (0..BATCH).map(|row| length(row, day)).sum::<f64>();
    let (first, last) = (at(0), at(samples.window - 1));
    (last > 0.0).then(|| first / last)
}
