//! A network: layers and a head, with their weights and the buffers for one batch.

use ndarray::{Array3, ArrayD, ArrayViewD};
use rand::Rng;
use rand_pcg::Pcg64;
use rayon::prelude::*;

use super::cell::{Cell, Weights};
use super::decoder::Decoder;
use super::float::Float;
use super::init::{RecurrentInit, initialize};
use super::kernels::{Isa, Lanes};
use super::loss::Loss;
use super::optimizer::{self, Optimizer};
use super::parameters::{Parameters, Tensor};
use super::samples::Samples;
use super::shape::Shape;
use super::stack::Stack;
use super::worker::{TrainingContext, Worker};

/// Larger batches are split into micro-batches. The split depends only on the batch and never on the number of threads,
/// so that the sums of gradients do not depend on that number either.
const MAX_UNSPLIT: usize = 32;
/// The largest number of micro-batches: with more, the sum of their gradients would take too long.
pub const MAX_WORKERS: usize = 4;

/// A network with its weights and all buffers for one batch. Neither the forward nor the backward pass allocates.
///
/// B = batch, S = steps, T = window, I = inputs, O = outputs.
pub struct Network<F> {
    shape: Shape,
    rows: usize,
    micro_batch: usize, // windows per worker
    isa: Isa,
    parameters: Parameters<F>,
    prepared: Vec<Lanes<F>>, // what the layers computed from the parameters
    workers: Vec<Worker<F>>,
    output: Vec<Lanes<F>>, // (S, B)
    current_batch: usize,  // windows of the last pass
    is_forward: bool,      // whether that was a forward pass, which a backward pass can follow
    one_thread: bool,      // whether the workers run one after the other
}

impl<F: Float> Network<F> {
    /// Returns the tensors of a network of that shape, without memory for their values.
    pub fn describe(shape: Shape) -> Parameters<F> {
        let mut parameters = Parameters::default();
        Worker::new(&mut parameters, Isa::detect(), shape, 0);
        parameters
    }

    /// Returns a network whose weights are zero, for batches of at most `rows` windows.
    pub fn new(shape: Shape, rows: usize, isa: Isa) -> Self {
        let workers = rows.div_ceil(MAX_UNSPLIT).clamp(1, MAX_WORKERS);
        let micro_batch = rows.div_ceil(workers);
        let mut parameters = Parameters::default();
        let mut workers = vec![Worker::new(&mut parameters, isa, shape, micro_batch)];
        let more = rows.div_ceil(micro_batch).max(1) - 1;
        workers.extend((0..more).map(|_| Worker::new(&mut Parameters::default(), isa, shape, micro_batch)));
        parameters.allocate();
        for worker in &mut workers {
            worker.allocate_gradient(parameters.values.len());
        }
        Network {
            shape,
            rows,
            micro_batch,
            isa,
            prepared: vec![Lanes::ZERO; parameters.prepared_len()],
            parameters,
            workers,
            output: vec![Lanes::ZERO; shape.steps * rows],
            current_batch: 0,
            is_forward: false,
            one_thread: false,
        }
    }

    /// The architecture and dimensions of the network.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// The largest batch.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The instruction set that the network runs on.
    pub fn isa(&self) -> Isa {
        self.isa
    }

    /// The weights.
    pub fn parameters(&self) -> &Parameters<F> {
        &self.parameters
    }

    /// Returns the weights and drops the rest of the network.
    pub fn into_parameters(self) -> Parameters<F> {
        self.parameters
    }

    /// Replaces all weights.
    ///
    /// # Panics
    /// If the weights are those of a network of another shape.
    #[track_caller]
    pub fn set_weights(&mut self, weights: &Parameters<F>) {
        assert!(self.parameters.is_like(weights), "weights of a network of another shape");
        self.set_values(&weights.values);
    }

    /// Replaces all weights by values laid out as [`Parameters::values`].
    pub(super) fn set_values(&mut self, values: &[Lanes<F>]) {
        self.parameters.values.copy_from_slice(values);
        self.prepare();
    }

    /// Replaces the values of one tensor.
    ///
    /// # Panics
    /// If `values` does not have the tensor's shape.
    #[track_caller]
    pub fn set_tensor(&mut self, tensor: &Tensor, values: ArrayViewD<'_, F>) {
        self.parameters.pack(tensor, values);
        self.prepare();
    }

    /// Replaces all weights by random initial ones: see [`initialize`].
    pub fn initialize(&mut self, loss: Loss, recurrent: RecurrentInit, rng: &mut impl Rng) {
        initialize(&mut self.parameters, loss, recurrent, rng);
        self.prepare();
    }

    /// Clips the gradient of the last backward pass to a norm of at most `max_norm` and takes one step of
    /// `optimizer` with it. Returns the norm before clipping.
    pub fn step(&mut self, optimizer: &mut Optimizer<F>, max_norm: f64, learning_rate: f64) -> f64 {
        let gradient = &mut self.workers[0].gradient;
        let norm = optimizer::clip(gradient, max_norm, self.isa);
        optimizer.step(&mut self.parameters, gradient, learning_rate);
        self.prepare();
        norm
    }

    /// Recomputes the values that layers derive from the weights. It must run after every change of the weights.
    fn prepare(&mut self) {
        self.workers[0].prepare(&self.parameters.values, &mut self.prepared);
    }

    /// Returns a layer of the encoder, counted from the lowest, with the buffers of the first micro-batch.
    #[doc(hidden)]
    pub fn layer(&mut self, layer: usize) -> &mut dyn Cell<F> {
        &mut *self.workers[0].encoder.cells[layer]
    }

    /// The layers of the encoder, with the buffers of the first micro-batch.
    pub(crate) fn encoder(&self) -> &Stack<F> {
        &self.workers[0].encoder
    }

    /// The decoder, if there is one, with the buffers of the first micro-batch.
    #[doc(hidden)]
    pub fn decoder(&mut self) -> Option<&mut Decoder<F>> {
        self.workers[0].decoder()
    }

    /// Makes all later passes run the micro-batches of a batch one after the other, for callers that keep all threads
    /// busy with other networks. Results do not change.
    pub fn use_one_thread(&mut self) {
        self.one_thread = true;
    }

    /// Applies dropout between layers in training.
    pub fn enable_dropout(&mut self, rate: f64, seed: u64) {
        for (stream, worker) in self.workers.iter_mut().enumerate() {
            worker.enable_dropout(rate, seed, stream as u128);
        }
    }

    /// Returns the random number generators of dropout, one or two per micro-batch; none without dropout.
    pub(super) fn dropout_state(&self) -> Vec<Pcg64> {
        self.workers.iter().flat_map(Worker::dropout_rngs).cloned().collect()
    }

    /// Replaces the random number generators of dropout.
    pub(super) fn set_dropout_state(&mut self, state: &[Pcg64]) {
        for (rng, new) in self.workers.iter_mut().flat_map(Worker::dropout_rngs_mut).zip(state) {
            *rng = new.clone();
        }
    }

    /// Makes all later backward passes compute dL/dx: see [`Network::input_gradient`].
    pub fn track_inputs(&mut self) {
        for worker in &mut self.workers {
            worker.track_inputs();
        }
        self.prepare();
    }

    /// Computes the outputs, `(step, window)`, for the windows `indices` of `samples`: one [`Lanes`] each, whose first
    /// O lanes are used. A decoder is fed with its own point forecasts, scaled as `loss` requires.
    ///
    /// # Panics
    /// If there are more windows than rows, or the shape of the samples is not that of the network.
    pub fn forward(&mut self, samples: &Samples<F>, indices: &[usize], loss: Loss) -> &[Lanes<F>] {
        self.begin(samples, indices, true);
        let weights = Weights { values: &self.parameters.values, prepared: &self.prepared };
        for (worker, indices) in self.workers.iter_mut().zip(indices.chunks(self.micro_batch)) {
            worker.forward(weights, samples, indices, None, loss);
        }
        self.output()
    }

    /// Returns the outputs of the last pass, `(step, window)`.
    pub fn output(&mut self) -> &[Lanes<F>] {
        let (rows, micro_batch) = (self.current_batch, self.micro_batch);
        for (k, worker) in self.workers[..rows.div_ceil(micro_batch)].iter().enumerate() {
            let first = k * micro_batch;
            let count = micro_batch.min(rows - first);
            for (step, output) in worker.output().chunks_exact(count).enumerate() {
                self.output[step * rows + first..][..count].copy_from_slice(output);
            }
        }
        &self.output[..self.shape.steps * rows]
    }

    /// Begins a pass over the windows `indices`.
    #[track_caller]
    fn begin(&mut self, samples: &Samples<F>, indices: &[usize], is_forward: bool) {
        self.check(samples, indices);
        self.current_batch = indices.len();
        self.is_forward = is_forward;
    }

    #[track_caller]
    fn check(&self, samples: &Samples<F>, indices: &[usize]) {
        assert!(indices.len() <= self.rows, "{} windows for {} rows", indices.len(), self.rows);
        assert_eq!(samples.window, self.shape.window, "days of a window");
        assert_eq!(samples.inputs.ncols(), self.shape.inputs, "inputs per day");
        assert!(samples.inputs.is_standard_layout(), "inputs are in row-major order");
        assert_eq!(samples.steps, self.shape.steps, "targets per window");
        assert!(!self.shape.decodes() || samples.starts.len() == samples.len(), "a start for every window");
    }

    /// Runs a forward pass over the windows `indices` and returns the sum of their losses.
    ///
    /// # Panics
    /// As [`Network::forward`].
    pub fn loss(&mut self, samples: &Samples<F>, indices: &[usize], loss: Loss) -> f64 {
        self.begin(samples, indices, true);
        let weights = Weights { values: &self.parameters.values, prepared: &self.prepared };
        let micro_batches = self.workers.iter_mut().zip(indices.chunks(self.micro_batch));
        micro_batches
            .map(|(worker, indices)| {
                worker.forward(weights, samples, indices, None, loss);
                worker.loss(loss, samples.weights.as_deref())
            })
            .sum()
    }

    /// Runs a forward and a backward pass over the windows `indices` as in training, and returns the sum of their
    /// losses. The gradient of their mean is kept for [`Network::step`]. `forced` holds, for each step of a path,
    /// whether the decoder is fed with the true target.
    ///
    /// The micro-batches run in parallel; their gradients are added in a fixed order.
    pub fn forward_backward(&mut self, samples: &Samples<F>, indices: &[usize], loss: Loss, forced: &[bool]) -> f64 {
        self.begin(samples, indices, false);
        let weights = Weights { values: &self.parameters.values, prepared: &self.prepared };
        let context = TrainingContext { loss, forced, scale: 1.0 / (self.shape.steps * indices.len()) as f64 };
        if indices.len() <= self.micro_batch {
            return self.workers[0].forward_backward(weights, samples, indices, context);
        }
        let count = indices.len().div_ceil(self.micro_batch);
        let workers = &mut self.workers[..count];
        let mut sums = [0.0; MAX_WORKERS];
        let run = |((worker, indices), sum): ((&mut Worker<F>, &[usize]), &mut f64)| {
            *sum = worker.forward_backward(weights, samples, indices, context);
        };
        if self.one_thread {
            workers.iter_mut().zip(indices.chunks(self.micro_batch)).zip(&mut sums[..count]).for_each(run);
        } else {
            let parallel = workers.par_iter_mut().zip(indices.par_chunks(self.micro_batch)).zip(&mut sums[..count]);
            parallel.with_max_len(1).for_each(run);
        }
        self.add_gradients(count);
        sums.iter().sum()
    }

    /// Adds the gradients of the first `count` workers to the gradient of the first worker.
    fn add_gradients(&mut self, count: usize) {
        let (first, others) = self.workers.split_at_mut(1);
        let (to, isa) = (&mut first[0].gradient, self.isa);
        match &others[..count - 1] {
            [] => (),
            [a] => optimizer::add(to, [&a.gradient], isa),
            [a, b] => optimizer::add(to, [&a.gradient, &b.gradient], isa),
            [a, b, c] => optimizer::add(to, [&a.gradient, &b.gradient, &c.gradient], isa),
            _ => unreachable!("there are at most {MAX_WORKERS} workers"),
        }
    }

    /// Computes the gradient of all weights from dL/doutput `(step, window)` of the last forward pass.
    ///
    /// # Panics
    /// If the last pass was not a forward pass, because a backward pass overwrites what it reads, or if `d_output` has
    /// another number of windows than that pass.
    #[track_caller]
    pub fn backward(&mut self, d_output: &[Lanes<F>]) {
        let (rows, micro_batch) = (self.current_batch, self.micro_batch);
        assert!(std::mem::take(&mut self.is_forward), "a backward pass follows a forward pass");
        assert_eq!(d_output.len(), self.shape.steps * rows, "dL/doutput of the windows of the last pass");
        let weights = Weights { values: &self.parameters.values, prepared: &self.prepared };
        let count = rows.div_ceil(micro_batch);
        for (k, worker) in self.workers[..count].iter_mut().enumerate() {
            let first = k * micro_batch;
            let own = micro_batch.min(rows - first);
            for (step, to) in worker.d_output().chunks_exact_mut(own).enumerate() {
                to.copy_from_slice(&d_output[step * rows + first..][..own]);
            }
            worker.backward(weights);
        }
        self.add_gradients(count);
    }

    /// Returns the gradient of a tensor after [`Network::backward`] or [`Network::forward_backward`], in the tensor's
    /// shape.
    pub fn gradient(&self, tensor: &Tensor) -> ArrayD<F> {
        self.parameters.unpack(tensor, &self.workers[0].gradient)
    }

    /// Returns dL/dx of the first `rows` windows of the last batch, `(B, T, I)`, if it is tracked.
    ///
    /// # Panics
    /// If the last batch had fewer than `rows` windows.
    #[track_caller]
    pub fn input_gradient(&self, rows: usize) -> Option<Array3<F>> {
        assert!(rows <= self.current_batch, "dL/dx of windows of the last batch");
        let dx: Vec<_> = self.workers.iter().map(|worker| worker.dx()).collect::<Option<_>>()?;
        let shape = (rows, self.shape.window, self.shape.inputs);
        let value = |(b, t, i): (usize, usize, usize)| dx[b / self.micro_batch].get(t, b % self.micro_batch, i);
        Some(Array3::from_shape_fn(shape, value))
    }
}
