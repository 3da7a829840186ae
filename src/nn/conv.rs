//! Convolution over the days. It has no memory; it is there for comparison with recurrent layers.
//!
//! ```text
//! h_t = act(sum over k of x_{t-k} W_k + b)      k = 0 … K - 1, x before the window = 0
//! ```
//!
//! Vectors are row vectors. The convolution is causal: h_t depends on day t and the K - 1 days before it. The head
//! reads all days. B = batch, T = window, I = inputs, H = hidden, P = channel blocks of 16 units.

use std::ops::Range;

use super::activation::Activation;
use super::cell::{Cell, Size, TensorNames, Weights};
use super::kernels::{
    AddTo, Days, Isa, LANES, Lanes, Product, Real, RowSum, Sequence, Term, WeightGradient, blocks, transpose,
};
use super::parameters::{GateOrder, Parameters, Role};

/// The number of taps K; a window shorter than this has as many taps as days.
pub const KERNEL: usize = 3;

/// One convolution layer.
pub struct Conv<F> {
    isa: Isa,
    activation: Activation,
    size: Size,
    w: Vec<Range<usize>>,            // K times (P, I)
    b: Range<usize>,                 // (P)
    w_transposed: Vec<Range<usize>>, // K times (I/16, 16P), transposed, prepared
    h: Sequence<F>,                  // (T + 1, P, B) slot 0 is not used
    dh: Sequence<F>,                 // (T + 1, P, B) dh, then da of the day before the slot
}

impl<F: Real> Conv<F> {
    /// Returns a layer whose weights are zero. Its tensors are `{stack}.weight{k}_l{layer}` (H, I), the slice of the
    /// weight of a `torch.nn.Conv1d` that multiplies the day k days back, and `{stack}.bias_l{layer}` (H).
    pub fn new(
        parameters: &mut Parameters<F>,
        isa: Isa,
        activation: Activation,
        names: TensorNames<'_>,
        size: Size,
    ) -> Self {
        let Size { inputs, hidden, window, rows, .. } = size;
        let gates = (1, GateOrder::Same);
        let count = KERNEL.min(window);
        let taps = 0..count;
        let mut weight =
            |k| parameters.add_gates(names.of(&format!("weight{k}")), Role::TapWeight(count), gates, (inputs, hidden));
        let w: Vec<_> = taps.clone().map(&mut weight).collect();
        let len = blocks(inputs) * blocks(hidden) * LANES;
        Conv {
            isa,
            activation,
            size,
            w,
            b: parameters.add_bias(names.of("bias"), Role::InputBias(&[0.0]), gates, hidden),
            w_transposed: taps.map(|_| parameters.add_prepared(len)).collect(),
            h: Sequence::new(window + 1, hidden, rows),
            dh: Sequence::new(window + 1, hidden, rows),
        }
    }
}

impl<F: Real> Cell<F> for Conv<F> {
    fn prepare(&self, values: &[Lanes<F>], prepared: &mut [Lanes<F>], needs_dx: bool) {
        let needed = if needs_dx { &self.w[..] } else { &[] };
        for (w, transposed) in needed.iter().zip(&self.w_transposed) {
            let out = &mut prepared[transposed.clone()];
            transpose(&values[w.clone()], self.size.inputs, out, self.isa);
        }
    }

    fn forward(&mut self, weights: Weights<'_, F>, x: &[Lanes<F>], day: usize, rows: usize) {
        let Size { inputs, rows: stride, .. } = self.size;
        let day_len = blocks(inputs) * stride;
        let out = self.h.day_mut(day + 1);
        let days = self.w.len().min(day + 1); // taps within the window
        let terms: [Term<'_, F>; KERNEL] = std::array::from_fn(|k| {
            let k = k.min(days - 1);
            Term { a: &x[(day - k) * day_len..][..day_len], w: &weights.values[self.w[k].clone()], inputs }
        });
        let (add_to, terms) = (AddTo::Bias(&weights.values[self.b.clone()]), &terms[..days]);
        // a = b + sum over k of x_{t-k} W_k
        self.isa.run(Product { out, stride, rows, add_to, terms });
        // h_t = act(a)
        self.activation.forward(self.isa, out, stride, rows);
    }

    fn start_backward(&mut self) {
        self.dh.clear();
    }

    fn backward(&mut self, weights: Weights<'_, F>, day: usize, rows: usize, dx: Option<&mut [Lanes<F>]>) {
        let Size { inputs, hidden, rows: stride, .. } = self.size;
        // dL/da = dL/dh act'(a)
        self.activation.backward(self.isa, self.h.day(day + 1), self.dh.day_mut(day + 1), stride, rows);
        let Some(dx) = dx else { return };
        let day_len = blocks(inputs) * stride;
        for (k, w) in self.w_transposed.iter().enumerate().take(day + 1) {
            // dL/dx_{t-k} += da_t W_k^T
            let w = &weights.prepared[w.clone()];
            let terms = &[Term { a: self.dh.day(day + 1), w, inputs: blocks(hidden) * LANES }];
            let out = &mut dx[(day - k) * day_len..][..day_len];
            self.isa.run(Product { out, stride, rows, add_to: AddTo::Output, terms });
        }
    }

    fn weight_gradient(&mut self, x: &[Lanes<F>], rows: usize, gradient: &mut [Lanes<F>]) {
        let Size { inputs, window, rows: stride, .. } = self.size;
        for (k, w) in self.w.iter().enumerate() {
            // dL/dW_k = sum over days of x_{t-k}^T da_t
            let a = Days { data: x, day_stride: blocks(inputs) * stride };
            let (dw, da, days) = (&mut gradient[w.clone()], self.dh.days_from(k + 1), window - k);
            self.isa.run(WeightGradient { dw, inputs, a, da, days, stride, rows });
        }
        // dL/db = sum over days of da_t
        let (sum, da) = (&mut gradient[self.b.clone()], self.dh.days_from(1));
        self.isa.run(RowSum { sum, da, days: window, stride, rows });
    }

    fn h(&self) -> &Sequence<F> {
        &self.h
    }

    fn dh(&mut self) -> &mut Sequence<F> {
        &mut self.dh
    }

    fn h_and_dh(&mut self, slots: Range<usize>) -> (&[Lanes<F>], &mut [Lanes<F>]) {
        (self.h.slots(slots.clone()), self.dh.slots_mut(slots))
    }
}
