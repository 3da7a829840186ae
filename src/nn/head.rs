//! The dense head: `output = h W^T + b`, from the last hidden state to the outputs.
//!
//! dL/dh = dL/doutput W, dL/dW = dL/doutput^T h, dL/db = the sum of dL/doutput over the rows.

use std::ops::Range;

use super::cell::Weights;
use super::float::Float;
use super::kernels::{AddTo, Days, Isa, LANES, Lanes, Product, RowSum, Term, WeightGradient, blocks, transpose};
use super::parameters::{GateOrder, Parameters, Role};

/// An affine map with at most 16 outputs, or one such map for each step of a path.
///
/// B = batch, H = units read, O = outputs, S = steps, P = blocks of 16 units.
pub struct Head {
    isa: Isa,
    outputs: usize,
    w: Range<usize>,         // (S, P, O)
    b: Range<usize>,         // (S), one block per step
    w_forward: Range<usize>, // (S, 16P) W transposed, prepared
    stride: usize,
}

/// The dimensions of a head.
#[derive(Debug, Clone, Copy)]
pub struct HeadSize {
    /// Days that the head reads: all days of a convolution, otherwise one.
    pub days: usize,
    /// Units per day.
    pub units: usize,
    /// S: number of maps.
    pub steps: usize,
    /// O: outputs per map.
    pub outputs: usize,
    /// The number of rows that the buffers hold.
    pub rows: usize,
}

/// The states that a head reads in a backward pass, and their gradient.
pub struct Below<'a, F> {
    /// h, `(P, stride, lane)`.
    pub h: &'a [Lanes<F>],
    /// dL/dh, to be written.
    pub dh: &'a mut [Lanes<F>],
    /// The value to which dL/dh is added.
    pub add_to: AddTo<'a, F>,
}

impl Head {
    /// Returns a head whose weights are zero. Its tensors are `head.weight` (S O, H) and `head.bias` (S O).
    ///
    /// # Panics
    /// If there are no outputs, or more than 16 per step.
    pub fn new<F: Float>(parameters: &mut Parameters<F>, isa: Isa, size: HeadSize) -> Self {
        let HeadSize { days, units, steps, outputs, rows } = size;
        assert!((1..=LANES).contains(&outputs), "a head has 1 to {LANES} outputs, not {outputs}");
        let read = (days, units);
        Head {
            isa,
            outputs,
            w: parameters.add_outputs("head.weight".into(), Role::HeadWeight, (steps, outputs), read),
            b: parameters.add_bias("head.bias".into(), Role::HeadBias, (steps, GateOrder::Same), outputs),
            w_forward: parameters.add_prepared(steps * days * blocks(units) * LANES),
            stride: rows,
        }
    }

    /// Returns the part of a range over all steps that belongs to step `step`.
    fn part(&self, range: &Range<usize>, step: usize) -> Range<usize> {
        let len = range.len() / self.b.len();
        range.start + step * len..range.start + (step + 1) * len
    }

    /// Transposes the weights for the forward pass.
    pub fn prepare<F: Float>(&self, values: &[Lanes<F>], prepared: &mut [Lanes<F>]) {
        for step in 0..self.b.len() {
            let out = &mut prepared[self.part(&self.w_forward, step)];
            transpose(&values[self.part(&self.w, step)], self.outputs, out, self.isa);
        }
    }

    /// Computes one [`Lanes`] of `output` per row, whose first O lanes are used, from `h` `(P, stride, lane)`.
    pub fn forward<F: Float>(&self, weights: Weights<'_, F>, h: &[Lanes<F>], step: usize, output: &mut [Lanes<F>]) {
        let w = &weights.prepared[self.part(&self.w_forward, step)];
        let add_to = AddTo::Bias(&weights.values[self.part(&self.b, step)]);
        let (rows, stride) = (output.len(), self.stride);
        // output = h W^T + b
        let terms = &[Term { a: h, w, inputs: w.len() }];
        F::product(self.isa, Product { out: output, stride, rows, add_to, terms });
    }

    /// Computes dL/dh from dL/doutput of a step, and adds the gradient of the weights to `gradient`.
    pub fn backward<F: Float>(
        &self,
        values: &[Lanes<F>],
        step: usize,
        Below { h, dh, add_to }: Below<'_, F>,
        d_output: &[Lanes<F>],
        gradient: &mut [Lanes<F>],
    ) {
        let (rows, stride, inputs) = (d_output.len(), self.stride, self.outputs);
        // dL/dh = add_to + dL/doutput W
        let terms = &[Term { a: d_output, w: &values[self.part(&self.w, step)], inputs }];
        F::product(self.isa, Product { out: dh, stride, rows, add_to, terms });
        // dL/dW = dL/doutput^T h
        let dw = &mut gradient[self.part(&self.w, step)];
        let (a, da) = (Days { data: d_output, day_stride: stride }, Days { data: h, day_stride: stride });
        F::weight_gradient(self.isa, WeightGradient { dw, inputs, a, da, days: 1, stride, rows });
        // dL/db = the sum of dL/doutput
        let sum = &mut gradient[self.part(&self.b, step)];
        self.isa.run(RowSum { sum, da: a, days: 1, stride, rows });
    }
}
