//! A micro-batch: the part of a batch that one thread computes, with its own buffers and gradient.

use std::ops::Range;

use rand_pcg::Pcg64;

use super::cell::{Read, Size, Weights};
use super::decoder::{Decoder, Feed};
use super::float::Float;
use super::head::{Below, Head, HeadSize};
use super::kernels::{AddTo, Isa, Lanes, Sequence};
use super::loss::Loss;
use super::parameters::Parameters;
use super::samples::Samples;
use super::shape::Shape;
use super::stack::Stack;

/// The layers and buffers for one micro-batch. B = windows of the micro-batch, S = steps, T = window, I = inputs.
pub struct Worker<F> {
    isa: Isa,
    shape: Shape,
    x: Sequence<F>,          // (T, I, B)
    dx: Option<Sequence<F>>, // (T, I, B)
    /// The layers that read the window.
    pub encoder: Stack<F>,
    decoder: Option<Decoder<F>>,
    head: Head,
    starts: Vec<F>,          // (B)
    targets: Vec<F>,         // (S, B)
    output: Vec<Lanes<F>>,   // (S, B)
    d_output: Vec<Lanes<F>>, // (S, B)
    not_forced: Vec<bool>,   // (S) false
    rows: usize,             // windows of the current pass
    /// The gradient of all weights.
    pub gradient: Vec<Lanes<F>>,
}

/// The parameters of a forward pass in training.
#[derive(Debug, Clone, Copy)]
pub struct TrainingContext<'a> {
    /// The loss function.
    pub loss: Loss,
    /// For each step of a path, whether the decoder is fed with its true target.
    pub forced: &'a [bool],
    /// The factor of each target's gradient: 1 / number of targets.
    pub scale: f64,
}

impl<F: Float> Worker<F> {
    /// Returns buffers for at most `rows` windows. The layers add their tensors to `parameters`; every worker of a
    /// shape adds the same tensors at the same positions.
    pub fn new(parameters: &mut Parameters<F>, isa: Isa, shape: Shape, rows: usize) -> Self {
        let Shape { inputs, hidden, window, .. } = shape;
        let size = Size { inputs, hidden, window, rows, read: Read::LastDay };
        let encoder = Stack::new(parameters, isa, shape, shape.encoder_name(), size);
        let decodes = shape.decodes();
        let decoder = decodes.then(|| {
            let size = Size { inputs: 1, window: shape.steps, read: Read::EveryDay, ..size };
            Decoder::new(Stack::new(parameters, isa, shape, "decoder", size), shape.steps, rows)
        });
        let size = HeadSize {
            days: if shape.cell.head_reads_all_days() { shape.window } else { 1 },
            units: shape.hidden,
            steps: if decodes { 1 } else { shape.steps },
            outputs: shape.outputs,
            rows,
        };
        let head = Head::new(parameters, isa, size);
        let path = shape.steps * rows;
        Worker {
            isa,
            shape,
            x: Sequence::new(shape.window, shape.inputs, rows),
            dx: None,
            encoder,
            decoder,
            head,
            starts: Vec::with_capacity(rows),
            targets: Vec::with_capacity(path),
            output: vec![Lanes::ZERO; path],
            d_output: vec![Lanes::ZERO; path],
            not_forced: vec![false; shape.steps],
            rows: 0,
            gradient: Vec::new(),
        }
    }

    /// Allocates a gradient of `len` vectors.
    pub fn allocate_gradient(&mut self, len: usize) {
        self.gradient = vec![Lanes::ZERO; len];
    }

    /// Applies dropout between layers in training.
    pub fn enable_dropout(&mut self, rate: f64, seed: u64, stream: u128) {
        let rng = |side: u128| Pcg64::new(u128::from(seed), 2 * stream + side);
        self.encoder.enable_dropout(rate, rng(0));
        if let Some(decoder) = &mut self.decoder {
            decoder.stack.enable_dropout(rate, rng(1));
        }
    }

    /// The random number generators of dropout: one for the encoder, and one for the decoder if there is one.
    pub fn dropout_rngs(&self) -> impl Iterator<Item = &Pcg64> {
        let decoder = self.decoder.iter().filter_map(|decoder| decoder.stack.dropout_rng());
        self.encoder.dropout_rng().into_iter().chain(decoder)
    }

    /// The random number generators of dropout, mutable.
    pub fn dropout_rngs_mut(&mut self) -> impl Iterator<Item = &mut Pcg64> {
        let decoder = self.decoder.iter_mut().filter_map(|decoder| decoder.stack.dropout_rng_mut());
        self.encoder.dropout_rng_mut().into_iter().chain(decoder)
    }

    /// Recomputes the values that the layers derive from the weights.
    pub fn prepare(&self, values: &[Lanes<F>], prepared: &mut [Lanes<F>]) {
        // The first layer of an encoder needs dL/dx only if dL/dx is tracked. The first layer of a decoder always needs
        // it, because the decoder's outputs are fed back to its inputs.
        for (layer, cell) in self.encoder.cells.iter().enumerate() {
            cell.prepare(values, prepared, layer > 0 || self.dx.is_some());
        }
        for cell in self.decoder.iter().flat_map(|decoder| &decoder.stack.cells) {
            cell.prepare(values, prepared, true);
        }
        self.head.prepare(values, prepared);
    }

    /// Makes all later backward passes compute dL/dx.
    pub fn track_inputs(&mut self) {
        self.dx = Some(Sequence::new(self.shape.window, self.shape.inputs, self.x.rows()));
    }

    /// dL/dx, `(T, I, B)`, if it is tracked.
    pub fn dx(&self) -> Option<&Sequence<F>> {
        self.dx.as_ref()
    }

    /// The decoder, if there is one.
    pub fn decoder(&mut self) -> Option<&mut Decoder<F>> {
        self.decoder.as_mut()
    }

    /// The outputs of the last pass, `(step, row)`.
    pub fn output(&self) -> &[Lanes<F>] {
        &self.output[..self.shape.steps * self.rows]
    }

    /// dL/doutput, to be filled in before [`Worker::backward`].
    pub fn d_output(&mut self) -> &mut [Lanes<F>] {
        &mut self.d_output[..self.shape.steps * self.rows]
    }

    /// Runs the windows `indices` forward: as in training with a `context`, as in prediction without.
    pub fn forward(
        &mut self,
        weights: Weights<'_, F>,
        samples: &Samples<F>,
        indices: &[usize],
        context: Option<TrainingContext<'_>>,
        loss: Loss,
    ) {
        self.gather(samples, indices);
        self.rows = indices.len();
        let read = self.read_slots();
        let training = context.is_some();
        self.encoder.set_training(training);
        for day in 0..self.shape.window {
            self.encoder.forward(weights, self.x.all(), day, self.rows);
        }
        let output = &mut self.output[..self.shape.steps * self.rows];
        match &mut self.decoder {
            Some(decoder) => {
                decoder.stack.set_training(training);
                let feed = Feed {
                    starts: &self.starts,
                    targets: &self.targets,
                    forced: context.map_or(&self.not_forced, |context| context.forced),
                    point_scale: F::of(loss.point_scale()),
                };
                decoder.forward(weights, &self.encoder, &self.head, &feed, output);
            }
            None => {
                let (h, _) = self.encoder.top().h_and_dh(read);
                for (step, output) in output.chunks_exact_mut(self.rows).enumerate() {
                    self.head.forward(weights, h, step, output);
                }
            }
        }
    }

    /// Returns the slots of the uppermost layer's states that the head reads: the last day, or all days
    /// (see [`head_reads_all_days`](super::shape::CellKind::head_reads_all_days)).
    fn read_slots(&mut self) -> Range<usize> {
        let end = self.encoder.top().h().days();
        if self.shape.cell.head_reads_all_days() { 1..end } else { end - 1..end }
    }

    /// Copies the windows and their targets from the samples.
    fn gather(&mut self, samples: &Samples<F>, indices: &[usize]) {
        if self.decoder.is_some() {
            self.starts.clear();
            self.starts.extend(indices.iter().filter_map(|index| samples.starts.get(*index)));
        }
        self.targets.clear();
        for step in 0..self.shape.steps {
            self.targets.extend(indices.iter().map(|index| samples.targets[index * samples.steps + step]));
        }
        for day in 0..self.shape.window {
            self.x.set_rows(day, samples.on_day(indices, day));
        }
    }

    /// Computes the gradient of all weights from dL/doutput of the last forward pass.
    pub fn backward(&mut self, weights: Weights<'_, F>) {
        let (rows, read) = (self.rows, self.read_slots());
        let d_output = &mut self.d_output[..self.shape.steps * rows];
        self.gradient.fill(Lanes::ZERO);
        self.encoder.start_backward();
        match &mut self.decoder {
            Some(decoder) => {
                decoder.backward(weights, &mut self.encoder, &self.head, d_output, &mut self.gradient);
            }
            None => {
                let (h, dh) = self.encoder.top().h_and_dh(read);
                for (step, d_output) in d_output.chunks_exact(rows).enumerate() {
                    let add_to = if step == 0 { AddTo::Zero } else { AddTo::Output };
                    let states = Below { h, dh: &mut *dh, add_to };
                    self.head.backward(weights.values, step, states, d_output, &mut self.gradient);
                }
            }
        }
        if let Some(dx) = &mut self.dx {
            dx.clear();
        }
        for day in (0..self.shape.window).rev() {
            let dx = self.dx.as_mut().map(Sequence::all_mut);
            self.encoder.backward(weights, day, rows, dx);
        }
        self.encoder.weight_gradient(self.x.all(), rows, &mut self.gradient);
    }

    /// Runs a forward pass, the loss and a backward pass, and returns the sum of the losses.
    pub fn forward_backward(
        &mut self,
        weights: Weights<'_, F>,
        samples: &Samples<F>,
        indices: &[usize],
        context: TrainingContext<'_>,
    ) -> f64 {
        self.forward(weights, samples, indices, Some(context), context.loss);
        let sum = self.loss_with_gradient(samples.weights.as_deref(), context);
        self.backward(weights);
        sum
    }

    /// Returns the sum of the losses of the last forward pass, each multiplied by the weight of its step, and writes
    /// its gradient.
    fn loss_with_gradient(&mut self, step_weights: Option<&[f64]>, context: TrainingContext<'_>) -> f64 {
        let TrainingContext { loss, scale, .. } = context;
        let count = self.shape.steps * self.rows;
        let (output, targets, d_output) = (&self.output[..count], &self.targets[..], &mut self.d_output[..count]);
        let Some(step_weights) = step_weights else {
            return loss.sum_with_gradient(output, targets, scale, d_output, self.isa);
        };
        let steps = output.chunks(self.rows).zip(targets.chunks(self.rows)).zip(d_output.chunks_mut(self.rows));
        let each = steps.zip(step_weights).map(|(((output, targets), d_output), weight)| {
            weight * loss.sum_with_gradient(output, targets, weight * scale, d_output, self.isa)
        });
        each.sum()
    }

    /// Returns the sum of the losses of the last forward pass, each multiplied by the weight of its step.
    pub fn loss(&self, loss: Loss, step_weights: Option<&[f64]>) -> f64 {
        let Some(step_weights) = step_weights else {
            return loss.sum(self.output(), &self.targets, self.isa);
        };
        let steps = self.output().chunks(self.rows).zip(self.targets.chunks(self.rows));
        steps.zip(step_weights).map(|((output, targets), weight)| weight * loss.sum(output, targets, self.isa)).sum()
    }
}
