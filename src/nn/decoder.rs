//! A decoder: writes a path, day by day, starting from the last states of an encoder.
//!
//! ```text
//! h_0, c_0 = the encoder's last states       x_1 = the value forecast, as it was on the origin
//! h_k, c_k = cell(x_k, h_{k-1}, c_{k-1})     output_k = head(h_k)
//! x_{k+1}  = point(output_k); with teacher forcing in training, the true target of day k
//! ```
//!
//! Sutskever, Vinyals & Le 2014; teacher forcing: Williams & Zipser 1989. The backward pass includes the gradient
//! through the outputs that were fed back.

use super::cell::Weights;
use super::float::Float;
use super::head::{Below, Head};
use super::kernels::{AddTo, Lanes, Sequence};
use super::stack::Stack;

/// The layers of a decoder and their inputs. B = batch, S = steps.
pub struct Decoder<F> {
    /// The layers.
    pub stack: Stack<F>,
    x: Sequence<F>,  // (S, 1, B)
    dx: Sequence<F>, // (S, 1, B)
    forced: Vec<bool>,
    point_scale: F,
}

/// The inputs of a decoder for one batch.
pub struct Feed<'a, F> {
    /// x_1, one number per row.
    pub starts: &'a [F],
    /// The true targets, `(step, row)`.
    pub targets: &'a [F],
    /// For each step, whether the next step reads the true target of this step instead of the decoder's output.
    pub forced: &'a [bool],
    /// The factor from the first number of an output to its point forecast.
    pub point_scale: F,
}

impl<F: Float> Decoder<F> {
    /// Returns a decoder for paths of `steps` days and at most `rows` rows.
    pub fn new(stack: Stack<F>, steps: usize, rows: usize) -> Self {
        let buffer = Sequence::new(steps, 1, rows);
        Decoder { stack, x: buffer.clone(), dx: buffer, forced: vec![false; steps], point_scale: F::ONE }
    }

    /// Computes all outputs, `(step, row)`.
    pub fn forward(
        &mut self,
        weights: Weights<'_, F>,
        encoder: &Stack<F>,
        head: &Head,
        feed: &Feed<'_, F>,
        output: &mut [Lanes<F>],
    ) {
        let rows = feed.starts.len();
        self.forced.copy_from_slice(feed.forced);
        self.point_scale = feed.point_scale;
        self.take_states(encoder);
        for step in 0..self.x.days() {
            for row in 0..rows {
                let x = match step.checked_sub(1) {
                    None => feed.starts[row],
                    Some(last) if feed.forced[last] => feed.targets[last * rows + row],
                    Some(last) => feed.point_scale * output[last * rows + row].0[0],
                };
                self.x.set(step, row, 0, x);
            }
            self.stack.forward(weights, self.x.all(), step, rows);
            let h = self.stack.top().h().day(step + 1);
            head.forward(weights, h, 0, &mut output[step * rows..][..rows]);
        }
    }

    /// Copies the encoder's last states to h_0 and c_0 of every layer.
    fn take_states(&mut self, encoder: &Stack<F>) {
        for (from, to) in encoder.cells.iter().zip(&mut self.stack.cells) {
            let last = from.h().days() - 1;
            if let Some((h, c)) = to.initial_state() {
                h.day_mut(0).copy_from_slice(from.h().day(last));
                if let (Some(to), Some(from)) = (c, from.c()) {
                    to.day_mut(0).copy_from_slice(from.day(last));
                }
            }
        }
    }

    /// Computes the gradient of the weights from dL/doutput `(step, row)`, and dL/dh and dL/dc of the encoder's last
    /// day. Adds the gradient through the outputs that were fed back to `d_output`.
    pub fn backward(
        &mut self,
        weights: Weights<'_, F>,
        encoder: &mut Stack<F>,
        head: &Head,
        d_output: &mut [Lanes<F>],
        gradient: &mut [Lanes<F>],
    ) {
        let steps = self.x.days();
        let rows = d_output.len() / steps;
        self.stack.start_backward();
        self.dx.clear();
        for step in (0..steps).rev() {
            let (h, dh) = self.stack.top().h_and_dh(step + 1..step + 2);
            let states = Below { h, dh, add_to: AddTo::Output };
            head.backward(weights.values, 0, states, &d_output[step * rows..][..rows], gradient);
            self.stack.backward(weights, step, rows, Some(self.dx.all_mut()));
            let Some(last) = step.checked_sub(1).filter(|last| !self.forced[*last]) else { continue };
            for row in 0..rows {
                d_output[last * rows + row].0[0] += self.point_scale * self.dx.get(step, row, 0);
            }
        }
        self.stack.weight_gradient(self.x.all(), rows, gradient);
        for (from, to) in self.stack.cells.iter_mut().zip(&mut encoder.cells) {
            let last = to.dh().days() - 1;
            to.dh().day_mut(last).fill(Lanes::ZERO);
            add(to.dh().day_mut(last), from.dh().day(0));
            if let (Some(to), Some(from)) = (to.dc(), from.dc()) {
                add(to.day_mut(0), from.day(0));
            }
        }
    }

    /// The inputs of the last forward pass, `(S, 1, B)`.
    pub fn x(&self) -> &Sequence<F> {
        &self.x
    }

    /// Returns dL/dx_1 of a row, after the backward pass.
    pub fn start_gradient(&self, row: usize) -> F {
        self.dx.get(0, row, 0)
    }
}

fn add<F: Float>(to: &mut [Lanes<F>], from: &[Lanes<F>]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to += *from;
    }
}
