//! The dense head: `output = h W^T + b`, from the last hidden state to a few numbers.
//!
//! dL/dh = dL/doutput W, dL/dW = dL/doutput^T h, dL/db = the sum of dL/doutput over the rows.

use std::ops::Range;

use super::Real;
use super::kernels::{Arithmetic, Isa, LANES, Lanes, Pass};
use super::parameters::{GateOrder, Parameters, Role};

/// An affine map with at most 16 outputs, or several of them: one a step of a path.
///
/// B = batch, H = units read, O = outputs, S = steps, P = planes of 16 units.
pub struct Head {
    isa: Isa,
    outputs: usize,
    w: Range<usize>, // (S O, P)
    b: Range<usize>, // (S O / 16), steps never share a plane
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
        Head {
            isa,
            outputs,
            w: parameters.add_rows("head.weight".into(), Role::HeadWeight, steps * outputs, (blocks, units)),
            b: parameters.add_bias("head.bias".into(), Role::HeadBias, (steps, GateOrder::Same), outputs),
            stride: rows,
        }
    }

    fn weights_of(&self, step: usize) -> Range<usize> {
        let len = self.w.len() / self.b.len();
        self.w.start + step * len..self.w.start + (step + 1) * len
    }

    /// From `h` `(P, stride, lane)` to one [`Lanes`] a row of `output`, of which the first O count.
    pub fn forward<F: Real>(&self, values: &[Lanes<F>], h: &[Lanes<F>], step: usize, output: &mut [Lanes<F>]) {
        let w = &values[self.weights_of(step)];
        let b = &values[self.b.start + step];
        self.isa.run(Outputs { output, h, w, b, outputs: self.outputs, stride: self.stride });
    }

    /// From dL/doutput to dL/dh and to the gradient of the weights; adds to both.
    pub fn backward<F: Real>(
        &self,
        values: &[Lanes<F>],
        (h, dh): (&[Lanes<F>], &mut [Lanes<F>]),
        step: usize,
        d_output: &[Lanes<F>],
        gradient: &mut [Lanes<F>],
    ) {
        // The biases were added right after the weights.
        let (dw, db) = gradient[self.w.start..].split_at_mut(self.w.len());
        let weights = self.weights_of(step);
        let dw = &mut dw[weights.start - self.w.start..][..weights.len()];
        let w = &values[weights];
        let (outputs, stride) = (self.outputs, self.stride);
        self.isa.run(Gradients { h, dh, d_output, w, dw, db: &mut db[step], outputs, stride });
    }
}

/// `output[b][o] = b[o] + sum over planes of h[p][b] . w[o][p]`
struct Outputs<'a, F> {
    output: &'a mut [Lanes<F>],
    h: &'a [Lanes<F>],
    w: &'a [Lanes<F>],
    b: &'a Lanes<F>,
    outputs: usize,
    stride: usize,
}

impl<F: Real> Pass for Outputs<'_, F> {
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let planes = self.w.len() / self.outputs;
        for (row, output) in self.output.iter_mut().enumerate() {
            *output = *self.b;
            for (o, w) in self.w.chunks_exact(planes).enumerate() {
                let mut sum = Lanes::ZERO;
                for (h, w) in self.h.chunks_exact(self.stride).zip(w) {
                    sum.add_product::<A>(&h[row], w);
                }
                output.0[o % LANES] += sum.sum();
            }
        }
    }
}

/// `dh[p][b] += sum over o of dout[b][o] w[o][p]`, `dw[o][p] += dout[b][o] h[p][b]`, `db += dout[b]`
struct Gradients<'a, F> {
    h: &'a [Lanes<F>],
    dh: &'a mut [Lanes<F>],
    d_output: &'a [Lanes<F>],
    w: &'a [Lanes<F>],
    dw: &'a mut [Lanes<F>],
    db: &'a mut Lanes<F>,
    outputs: usize,
    stride: usize,
}

impl<F: Real> Pass for Gradients<'_, F> {
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let planes = self.w.len() / self.outputs;
        for plane in 0..planes {
            let h = &self.h[plane * self.stride..][..self.d_output.len()];
            let dh = &mut self.dh[plane * self.stride..][..self.d_output.len()];
            for o in 0..self.outputs {
                let w = self.w[o * planes + plane];
                let mut dw = self.dw[o * planes + plane];
                for ((h, dh), d_output) in h.iter().zip(dh.iter_mut()).zip(self.d_output) {
                    let d = d_output.0[o % LANES];
                    dh.add_scaled::<A>(d, &w);
                    dw.add_scaled::<A>(d, h);
                }
                self.dw[o * planes + plane] = dw;
            }
        }
        for d_output in self.d_output {
            *self.db += *d_output;
        }
    }
}
