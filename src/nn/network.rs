//! Layers and a head as one thing: many-to-one, many-to-many, one-to-many.

use ndarray::{Array3, ArrayD};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::Real;
use super::activation::Activation;
use super::cell::{Cell, CellKind, Weights};
use super::decoder::Decoder;
use super::kernels::{Isa, Lanes};
use super::loss::Loss;
use super::optimizer;
use super::parameters::{Parameters, Tensor};
use super::samples::Samples;
use super::worker::{TrainingContext, Worker};

/// What goes in and what comes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Topology {
    /// A window in, one value out.
    ManyToOne,
    /// A window in, a path out: an encoder reads, a decoder writes.
    ManyToMany,
    /// One day in, a path out.
    OneToMany,
}

/// What a network looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Kind of its layers.
    pub cell: CellKind,
    /// Nonlinearity of layers without gates.
    pub activation: Activation,
    /// What goes in and what comes out.
    pub topology: Topology,
    /// Inputs a day.
    pub inputs: usize,
    /// Days it sees.
    pub window: usize,
    /// Units of each layer.
    pub hidden: usize,
    /// Layers, one above the other.
    pub layers: usize,
    /// Days of the path; 1 for many-to-one.
    pub steps: usize,
    /// Numbers that come out a step.
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
    /// Whether a path is written by a decoder. Layers without memory have no state to decode from:
    /// they answer all days of a path at once.
    pub fn decodes(&self) -> bool {
        self.topology != Topology::ManyToOne && self.cell.is_recurrent()
    }

    /// What the tensors of the layers that read the window are called.
    pub(super) fn encoder_name(&self) -> &'static str {
        if self.decodes() { "encoder" } else { self.cell.name() }
    }
}

/// Windows that one worker takes at the least before a batch is split. A split depends on the
/// batch alone and never on the threads, so that the sums of gradients do not either.
const SHARE: usize = 32;
/// Most workers of a network: more would spend their time adding up gradients.
pub const MAX_WORKERS: usize = 4;

/// A network with its weights and all buffers for one batch, so that neither the way forward nor
/// the way back allocates.
///
/// B = batch, S = steps, T = window, I = inputs, O = outputs.
pub struct Network<F> {
    shape: Shape,
    rows: usize,
    share: usize,
    isa: Isa,
    /// All weights. After a change, [`Network::prepare`] must be called.
    pub parameters: Parameters<F>,
    derived: Vec<Lanes<F>>,
    workers: Vec<Worker<F>>,
    output: Vec<Lanes<F>>, // (S, B)
    current_batch: usize,  // windows of the last pass
    alone: bool,           // whether the shares run one after the other
}

impl<F: Real> Network<F> {
    /// The tensors of a network of that shape, without memory for their values.
    pub fn describe(shape: Shape) -> Parameters<F> {
        let mut parameters = Parameters::default();
        Worker::new(&mut parameters, Isa::detect(), shape, 0);
        parameters
    }

    /// A network of zeros for batches of at most `rows` windows.
    pub fn new(shape: Shape, rows: usize, isa: Isa) -> Self {
        let workers = rows.div_ceil(SHARE).clamp(1, MAX_WORKERS);
        let share = rows.div_ceil(workers);
        let mut parameters = Parameters::default();
        let mut workers = vec![Worker::new(&mut parameters, isa, shape, share)];
        let more = rows.div_ceil(share).max(1) - 1;
        workers.extend((0..more).map(|_| Worker::new(&mut Parameters::default(), isa, shape, share)));
        parameters.allocate();
        for worker in &mut workers {
            worker.allocate_gradient(parameters.values.len());
        }
        Network {
            shape,
            rows,
            share,
            isa,
            derived: vec![Lanes::ZERO; parameters.derived_len()],
            parameters,
            workers,
            output: vec![Lanes::ZERO; shape.steps * rows],
            current_batch: 0,
            alone: false,
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

    /// A layer that reads the window, the lowest first, with the buffers of the batch's first share.
    pub fn layer(&mut self, layer: usize) -> &mut dyn Cell<F> {
        &mut *self.workers[0].encoder.cells[layer]
    }

    /// The decoder, if there is one, with the buffers of the batch's first share.
    pub fn decoder(&mut self) -> Option<&mut Decoder<F>> {
        self.workers[0].decoder()
    }

    /// From now on the shares of a batch run one after the other: where other networks keep the threads
    /// busy, splitting would only cost. Not one bit of a result depends on it.
    pub fn keep_to_one_thread(&mut self) {
        self.alone = true;
    }

    /// Drops a share of what each layer hands to the next, in training.
    pub fn drop_out(&mut self, rate: f64, seed: u64) {
        for (stream, worker) in self.workers.iter_mut().enumerate() {
            worker.drop_out(rate, seed, stream as u128);
        }
    }

    /// From now on the way back goes down to the inputs too: see [`Network::input_gradient`].
    pub fn track_inputs(&mut self) {
        for worker in &mut self.workers {
            worker.track_inputs();
        }
        self.prepare();
    }

    /// Takes up changed weights.
    pub fn prepare(&mut self) {
        self.workers[0].derive(&self.parameters.values, &mut self.derived);
    }

    /// The outputs, `(step, window)`, one [`Lanes`] each with O lanes in use, for the windows `picks`
    /// of `samples`. A decoder is fed with its own point forecasts, as `loss` reads them.
    ///
    /// # Panics
    /// If there are more picks than rows, or the samples have another shape than the network.
    pub fn forward(&mut self, samples: &Samples<F>, indices: &[usize], loss: Loss) -> &[Lanes<F>] {
        self.check(samples, indices);
        let weights = Weights { values: &self.parameters.values, derived: &self.derived };
        for (worker, indices) in self.workers.iter_mut().zip(indices.chunks(self.share)) {
            worker.forward(weights, samples, indices, None, loss);
        }
        self.current_batch = indices.len();
        self.output()
    }

    /// The outputs of the last pass, `(step, window)`.
    pub fn output(&mut self) -> &[Lanes<F>] {
        let rows = self.current_batch;
        for (share, worker) in self.workers[..rows.div_ceil(self.share)].iter().enumerate() {
            let own = self.share.min(rows - share * self.share);
            for (step, output) in worker.output().chunks_exact(own).enumerate() {
                self.output[step * rows + share * self.share..][..own].copy_from_slice(output);
            }
        }
        &self.output[..self.shape.steps * rows]
    }

    #[track_caller]
    fn check(&self, samples: &Samples<F>, indices: &[usize]) {
        assert!(indices.len() <= self.rows, "{} windows for {} rows", indices.len(), self.rows);
        assert_eq!(samples.window, self.shape.window, "days of a window");
        assert_eq!(samples.inputs.ncols(), self.shape.inputs, "inputs a day");
        assert!(samples.inputs.is_standard_layout(), "inputs lie row after row");
        assert_eq!(samples.steps, self.shape.steps, "targets a window");
        assert!(!self.shape.decodes() || samples.starts.len() == samples.len(), "a start for every window");
    }

    /// The sum of the losses of the windows `picks`.
    pub fn loss(&mut self, samples: &Samples<F>, indices: &[usize], loss: Loss) -> f64 {
        self.check(samples, indices);
        let weights = Weights { values: &self.parameters.values, derived: &self.derived };
        let shares = self.workers.iter_mut().zip(indices.chunks(self.share));
        shares
            .map(|(worker, indices)| {
                worker.forward(weights, samples, indices, None, loss);
                worker.loss(loss)
            })
            .sum()
    }

    /// Forward and backward over the windows `picks` as in training: the sum of their losses; the
    /// gradient of their mean is then in [`Network::parameters_and_gradient`]. `forced` says for each
    /// step of a path whether the decoder gets the true target.
    ///
    /// The shares run side by side on the threads at hand, and are added up in their own order.
    pub fn learn(&mut self, samples: &Samples<F>, indices: &[usize], loss: Loss, forced: &[bool]) -> f64 {
        self.check(samples, indices);
        let weights = Weights { values: &self.parameters.values, derived: &self.derived };
        self.current_batch = indices.len();
        let context = TrainingContext { loss, forced, scale: 1.0 / (self.shape.steps * indices.len()) as f64 };
        if indices.len() <= self.share {
            return self.workers[0].learn(weights, samples, indices, context);
        }
        let shares = indices.len().div_ceil(self.share);
        let workers = &mut self.workers[..shares];
        let mut sums = [0.0; MAX_WORKERS];
        let learn = |((worker, indices), sum): ((&mut Worker<F>, &[usize]), &mut f64)| {
            *sum = worker.learn(weights, samples, indices, context);
        };
        if self.alone {
            workers.iter_mut().zip(indices.chunks(self.share)).zip(&mut sums[..shares]).for_each(learn);
        } else {
            let side_by_side = workers.par_iter_mut().zip(indices.par_chunks(self.share)).zip(&mut sums[..shares]);
            side_by_side.with_max_len(1).for_each(learn);
        }
        self.add_up(shares);
        sums.iter().sum()
    }

    /// Adds the gradients of the first `shares` workers into that of the first.
    fn add_up(&mut self, shares: usize) {
        let (first, others) = self.workers.split_at_mut(1);
        let (to, isa) = (&mut first[0].gradient, self.isa);
        match &others[..shares - 1] {
            [] => (),
            [a] => optimizer::add(to, [&a.gradient], isa),
            [a, b] => optimizer::add(to, [&a.gradient, &b.gradient], isa),
            [a, b, c] => optimizer::add(to, [&a.gradient, &b.gradient, &c.gradient], isa),
            _ => unreachable!("there are at most {MAX_WORKERS} workers"),
        }
    }

    /// The gradient of all weights for dL/doutput `(step, window)` of the last forward pass.
    pub fn backward(&mut self, d_output: &[Lanes<F>]) {
        let rows = d_output.len() / self.shape.steps;
        let weights = Weights { values: &self.parameters.values, derived: &self.derived };
        let shares = rows.div_ceil(self.share);
        for (share, worker) in self.workers[..shares].iter_mut().enumerate() {
            let own = self.share.min(rows - share * self.share);
            for (step, to) in worker.d_output().chunks_exact_mut(own).enumerate() {
                to.copy_from_slice(&d_output[step * rows + share * self.share..][..own]);
            }
            worker.backward(weights);
        }
        self.add_up(shares);
    }

    /// A tensor's gradient after [`Network::backward`] or [`Network::learn`], in its own shape.
    pub fn gradient(&self, tensor: &Tensor) -> ArrayD<F> {
        self.parameters.unpack(tensor, &self.workers[0].gradient)
    }

    /// Weights and gradient together, for an optimiser.
    pub fn parameters_and_gradient(&mut self) -> (&mut Parameters<F>, &mut [Lanes<F>]) {
        (&mut self.parameters, &mut self.workers[0].gradient)
    }

    /// dL/dx of the first `rows` windows of the last batch, `(B, T, I)`, if tracked.
    pub fn input_gradient(&self, rows: usize) -> Option<Array3<F>> {
        let shape = (rows, self.shape.window, self.shape.inputs);
        let value =
            |(b, t, i): (usize, usize, usize)| self.workers[b / self.share].dx().map(|dx| dx.get(t, b % self.share, i));
        self.workers[0].dx()?;
        Some(Array3::from_shape_fn(shape, |at| value(at).unwrap_or(F::ZERO)))
    }
}
