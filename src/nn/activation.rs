//! The nonlinearity of the layers without gates.

use serde::{Deserialize, Serialize};

use super::Real;
use super::kernels::{Arithmetic, Isa, Lanes, Pass};

/// h = act(a).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activation {
    /// Hyperbolic tangent.
    Tanh,
    /// max(0, a).
    Relu,
}

impl Activation {
    /// h = act(a), in place, over the first `rows` rows of every plane.
    pub fn forward<F: Real>(self, isa: Isa, a: &mut [Lanes<F>], stride: usize, rows: usize) {
        match self {
            Activation::Tanh => isa.run(Tanh { a, stride, rows }),
            Activation::Relu => isa.stream(Relu { a, stride, rows }),
        }
    }

    /// da = dh act'(a), with the derivative told by h itself: `1 - h^2` for tanh, `[h > 0]` for ReLU.
    pub fn backward<F: Real>(
        self,
        isa: Isa,
        (h, dh): (&[Lanes<F>], &[Lanes<F>]),
        da: &mut [Lanes<F>],
        stride: usize,
        rows: usize,
    ) {
        match self {
            Activation::Tanh => isa.stream(TanhBack { h, dh, da, stride, rows }),
            Activation::Relu => isa.stream(ReluBack { h, dh, da, stride, rows }),
        }
    }
}

struct Tanh<'a, F> {
    a: &'a mut [Lanes<F>],
    stride: usize,
    rows: usize,
}

impl<F: Real> Pass for Tanh<'_, F> {
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        for plane in self.a.chunks_exact_mut(self.stride) {
            for a in &mut plane[..self.rows] {
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

impl<F: Real> Pass for Relu<'_, F> {
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        for plane in self.a.chunks_exact_mut(self.stride) {
            for a in &mut plane[..self.rows] {
                *a = a.relu();
            }
        }
    }
}

struct TanhBack<'a, F> {
    h: &'a [Lanes<F>],
    dh: &'a [Lanes<F>],
    da: &'a mut [Lanes<F>],
    stride: usize,
    rows: usize,
}

impl<F: Real> Pass for TanhBack<'_, F> {
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        for first in (0..self.da.len()).step_by(self.stride) {
            for k in first..first + self.rows {
                self.da[k] = self.dh[k] * (Lanes::ONE - self.h[k] * self.h[k]);
            }
        }
    }
}

struct ReluBack<'a, F> {
    h: &'a [Lanes<F>],
    dh: &'a [Lanes<F>],
    da: &'a mut [Lanes<F>],
    stride: usize,
    rows: usize,
}

impl<F: Real> Pass for ReluBack<'_, F> {
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        for first in (0..self.da.len()).step_by(self.stride) {
            for k in first..first + self.rows {
                self.da[k] = self.dh[k].where_positive(&self.h[k]);
            }
        }
    }
}
