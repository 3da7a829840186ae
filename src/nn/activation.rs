//! The nonlinearity of the layers without gates.

use serde::{Deserialize, Serialize};

use super::kernels::{Arithmetic, Isa, Kernel, Lanes, Real};

/// The function act in h = act(a).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Activation {
    /// Hyperbolic tangent.
    Tanh,
    /// max(0, a).
    Relu,
}

impl Activation {
    /// Computes h = act(a), in place, over the first `rows` rows of every block.
    pub fn forward<F: Real>(self, isa: Isa, a: &mut [Lanes<F>], stride: usize, rows: usize) {
        match self {
            Activation::Tanh => isa.run(Tanh { a, stride, rows }),
            Activation::Relu => isa.stream(Relu { a, stride, rows }),
        }
    }

    /// Computes dL/da = dL/dh act'(a) from dL/dh, in place. The derivative follows from h: `1 - h^2` for tanh,
    /// `[h > 0]` for ReLU.
    pub fn backward<F: Real>(self, isa: Isa, h: &[Lanes<F>], d: &mut [Lanes<F>], stride: usize, rows: usize) {
        match self {
            Activation::Tanh => isa.run(TanhBackward { h, d, stride, rows }),
            Activation::Relu => isa.stream(ReluBackward { h, d, stride, rows }),
        }
    }
}

struct Tanh<'a, F> {
    a: &'a mut [Lanes<F>],
    stride: usize,
    rows: usize,
}

impl<F: Real> Kernel for Tanh<'_, F> {
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        for block in self.a.chunks_exact_mut(self.stride) {
            for a in &mut block[..self.rows] {
                *a = a.tanh::<A>();
            }
        }
    }
}

struct Relu<'a, F> {
    a: &'a mut [Lanes<F>],
    stride: usize,
    rows: usize,
}

impl<F: Real> Kernel for Relu<'_, F> {
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        for block in self.a.chunks_exact_mut(self.stride) {
            for a in &mut block[..self.rows] {
                *a = a.relu();
            }
        }
    }
}

struct TanhBackward<'a, F> {
    h: &'a [Lanes<F>],
    d: &'a mut [Lanes<F>],
    stride: usize,
    rows: usize,
}

impl<F: Real> Kernel for TanhBackward<'_, F> {
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        for first in (0..self.d.len()).step_by(self.stride) {
            let rows = first..first + self.rows;
            for (d, h) in self.d[rows.clone()].iter_mut().zip(&self.h[rows]) {
                let d_h = *d * *h;
                d.subtract_product::<A>(&d_h, h); // d (1 - h^2) = d - (d h) h
            }
        }
    }
}

struct ReluBackward<'a, F> {
    h: &'a [Lanes<F>],
    d: &'a mut [Lanes<F>],
    stride: usize,
    rows: usize,
}

impl<F: Real> Kernel for ReluBackward<'_, F> {
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        for first in (0..self.d.len()).step_by(self.stride) {
            for k in first..first + self.rows {
                self.d[k] = self.d[k].where_positive(&self.h[k]);
            }
        }
    }
}
