//! The dense head: `output = h W^T + b`, from the last hidden state to a few numbers.

use std::ops::Range;

use super::Real;
use super::kernels::{Arithmetic, Isa, LANES, Lanes, Pass};
use super::parameters::{Parameters, Role};

/// Where a head's tensors stand among the network's.
#[derive(Debug, Clone)]
pub struct Tensors {
    w: Range<usize>, // (O, P)
    b: Range<usize>, // (1)
}

impl Tensors {
    /// Adds `head.weight` (O, H) and `head.bias` (O).
    pub fn add<F: Real>(parameters: &mut Parameters<F>, hidden: usize, outputs: usize) -> Self {
        Tensors {
            w: parameters.add_rows("head.weight".into(), Role::HeadWeight, outputs, hidden),
            b: parameters.add_bias("head.bias".into(), Role::HeadBias, 1, outputs),
        }
    }
}

/// An affine map with at most 16 outputs.
///
/// B = batch, H = hidden, O = outputs, P = planes of 16 units.
pub struct Head<F> {
    isa: Isa,
    outputs: usize,
    tensors: Tensors,
    output: Vec<Lanes<F>>, // (B) with O lanes in use
}

impl<F: Real> Head<F> {
    /// A head for at most `rows` rows.
    ///
    /// # Panics
    /// If there are no outputs, or more than 16.
    pub fn new(tensors: Tensors, isa: Isa, outputs: usize, rows: usize) -> Self {
        assert!((1..=LANES).contains(&outputs), "a head has 1 to {LANES} outputs, not {outputs}");
        Head { isa, outputs, tensors, output: vec![Lanes::ZERO; rows] }
    }

    /// From `h` `(P, stride, lane)` to one [`Lanes`] a row, of which the first O count.
    pub fn forward(&mut self, weights: &[Lanes<F>], h: &[Lanes<F>], stride: usize, rows: usize) -> &[Lanes<F>] {
        self.isa.product(Outputs {
            output: &mut self.output[..rows],
            h,
            w: &weights[self.tensors.w.clone()],
            b: &weights[self.tensors.b.start],
            outputs: self.outputs,
            stride,
        });
        &self.output[..rows]
    }

    /// From dL/doutput to dL/dh, written, and to the gradient of the weights, added.
    pub fn backward(
        &self,
        weights: &[Lanes<F>],
        (h, dh): (&[Lanes<F>], &mut [Lanes<F>]),
        d_output: &[Lanes<F>],
        stride: usize,
        gradient: &mut [Lanes<F>],
    ) {
        // The bias was added right after the weight.
        let (dw, db) = gradient[self.tensors.w.start..].split_at_mut(self.tensors.w.len());
        let db = &mut db[0];
        let w = &weights[self.tensors.w.clone()];
        self.isa.product(Gradients { h, dh, d_output, w, dw, db, outputs: self.outputs, stride });
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

/// `dh[p][b] = sum over o of dout[b][o] w[o][p]`, `dw[o][p] += dout[b][o] h[p][b]`, `db += dout[b]`
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
            dh.fill(Lanes::ZERO);
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
