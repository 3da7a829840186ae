//! The dense head: `output = h W^T + b`, from the last hidden state to a few numbers.
//!
//! dL/dh = dL/doutput W, dL/dW = dL/doutput^T h, dL/db = the sum of dL/doutput over the rows.

use std::ops::Range;

use super::Real;
use super::cell::Weights;
use super::kernels::{Days, Isa, LANES, Lanes, Product, RowSum, Start, Term, WeightGradient, planes, transpose};
use super::parameters::{GateOrder, Parameters, Role};

/// An affine map with at most 16 outputs, or several of them: one a step of a path.
///
/// B = batch, H = units read, O = outputs, S = steps, P = planes of 16 units.
pub struct Head {
    isa: Isa,
    outputs: usize,
    w: Range<usize>,         // (S, P, O)
    b: Range<usize>,         // (S O / 16), steps never share a plane
    w_forward: Range<usize>, // (S, 16P) W transposed, derived
    stride: usize,
}

/// How large a head is.
#[derive(Debug, Clone, Copy)]
pub struct HeadSize {
    /// Blocks of units it reads: the days of a convolution, or one.
    pub blocks: usize,
    /// Units of a block.
    pub units: usize,
    /// S: maps.
    pub steps: usize,
    /// O: outputs of a map.
    pub outputs: usize,
    /// Rows there is room for.
    pub rows: usize,
}

impl Head {
    /// A head of zeros; its tensors are `head.weight` (S O, H) and `head.bias` (S O).
    ///
    /// # Panics
    /// If there are no outputs, or more than 16 a step.
    pub fn new<F: Real>(parameters: &mut Parameters<F>, isa: Isa, size: HeadSize) -> Self {
        let HeadSize { blocks, units, steps, outputs, rows } = size;
        assert!((1..=LANES).contains(&outputs), "a head has 1 to {LANES} outputs, not {outputs}");
        let read = (blocks, units);
        Head {
            isa,
            outputs,
            w: parameters.add_outputs("head.weight".into(), Role::HeadWeight, (steps, outputs), read),
            b: parameters.add_bias("head.bias".into(), Role::HeadBias, (steps, GateOrder::Same), outputs),
            w_forward: parameters.add_derived(steps * blocks * planes(units) * LANES),
            stride: rows,
        }
    }

    /// A step's part of a range that holds all steps.
    fn part(&self, range: &Range<usize>, step: usize) -> Range<usize> {
        let len = range.len() / self.b.len();
        range.start + step * len..range.start + (step + 1) * len
    }

    /// Computes what the way forward needs beside the weights.
    pub fn derive<F: Real>(&self, values: &[Lanes<F>], derived: &mut [Lanes<F>]) {
        for step in 0..self.b.len() {
            let out = &mut derived[self.part(&self.w_forward, step)];
            transpose(&values[self.part(&self.w, step)], self.outputs, out, self.isa);
        }
    }

    /// From `h` `(P, stride, lane)` to one [`Lanes`] a row of `output`, of which the first O count.
    pub fn forward<F: Real>(&self, weights: Weights<'_, F>, h: &[Lanes<F>], step: usize, output: &mut [Lanes<F>]) {
        let w = &weights.derived[self.part(&self.w_forward, step)];
        let start = Start::Bias(&weights.values[self.part(&self.b, step)]);
        let (rows, stride) = (output.len(), self.stride);
        // output = h W^T + b
        let terms = &[Term { a: h, w, inputs: w.len() }];
        self.isa.run(Product { out: output, stride, rows, start, terms });
    }

    /// From dL/doutput to dL/dh, which is summed from `start` on, and to the gradient of the weights, which
    /// this adds to.
    pub fn backward<F: Real>(
        &self,
        values: &[Lanes<F>],
        (h, dh): (&[Lanes<F>], &mut [Lanes<F>]),
        (step, start): (usize, Start<'_, F>),
        d_output: &[Lanes<F>],
        gradient: &mut [Lanes<F>],
    ) {
        let (rows, stride, inputs) = (d_output.len(), self.stride, self.outputs);
        // dL/dh = start + dL/doutput W
        let terms = &[Term { a: d_output, w: &values[self.part(&self.w, step)], inputs }];
        self.isa.run(Product { out: dh, stride, rows, start, terms });
        // dL/dW = dL/doutput^T h
        let dw = &mut gradient[self.part(&self.w, step)];
        let (a, da) = (Days { data: d_output, stride }, Days { data: h, stride });
        self.isa.run(WeightGradient { dw, inputs, a, da, days: 1, stride, rows });
        // dL/db = the sum of dL/doutput
        let sum = &mut gradient[self.part(&self.b, step)];
        self.isa.run(RowSum { sum, da: a, days: 1, stride, rows });
    }
}
