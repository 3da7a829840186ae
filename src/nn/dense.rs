//! A layer that is fully connected over the flattened window. It has no memory; it is there for comparison with
//! recurrent layers.
//!
//! ```text
//! h = act([x_1 x_2 … x_T] W + b) = act(sum over t of x_t W_t + b)
//! ```
//!
//! Vectors are row vectors; W_t are the rows of W that belong to day t. The layer writes once, after the last day, and
//! a second dense layer reads that one day. B = batch, T = window, I = inputs, H = hidden, P = channel blocks of 16
//! units.

use std::ops::Range;

use super::activation::Activation;
use super::cell::{Cell, Size, TensorNames, Weights};
use super::kernels::{
    AddTo, Days, Isa, LANES, Lanes, Product, Real, RowSum, Sequence, Term, WeightGradient, blocks, transpose,
};
use super::parameters::{GateOrder, Parameters, Role};

/// One dense layer.
pub struct Dense<F> {
    isa: Isa,
    activation: Activation,
    size: Size,
    w: Range<usize>,            // (P, T I)
    b: Range<usize>,            // (P)
    w_days: Range<usize>,       // (T, P, I) W_t of each day, prepared
    w_transposed: Range<usize>, // (T, I/16, 16P) W_t transposed, prepared
    dw: Vec<Lanes<F>>,          // (P, I) of the current day
    h: Sequence<F>,             // (2, P, B) slot 1 is written
    dh: Sequence<F>,            // (2, P, B) dh in slot 1, then da
}

impl<F: Real> Dense<F> {
    /// Returns a layer whose weights are zero. Its tensors are `{stack}.weight_l{layer}` (H, T I), like those of a
    /// `torch.nn.Linear` over the flattened window, and `{stack}.bias_l{layer}` (H).
    pub fn new(
        parameters: &mut Parameters<F>,
        isa: Isa,
        activation: Activation,
        names: TensorNames<'_>,
        size: Size,
    ) -> Self {
        let Size { inputs, hidden, window, rows, .. } = size;
        let gates = (1, GateOrder::Same);
        let (weight, bias) = (names.of("weight"), names.of("bias"));
        Dense {
            isa,
            activation,
            size,
            w: parameters.add_gates(weight, Role::InputWeight, gates, (window * inputs, hidden)),
            b: parameters.add_bias(bias, Role::InputBias(&[0.0]), gates, hidden),
            w_days: parameters.add_prepared(window * blocks(hidden) * inputs),
            w_transposed: parameters.add_prepared(window * blocks(inputs) * blocks(hidden) * LANES),
            dw: vec![Lanes::ZERO; if rows > 0 { blocks(hidden) * inputs } else { 0 }],
            h: Sequence::new(2, hidden, rows),
            dh: Sequence::new(2, hidden, rows),
        }
    }

    /// Returns the part of a prepared range that belongs to day `day`.
    fn part(&self, range: &Range<usize>, day: usize) -> Range<usize> {
        let len = range.len() / self.size.window;
        range.start + day * len..range.start + (day + 1) * len
    }
}

impl<F: Real> Cell<F> for Dense<F> {
    fn prepare(&self, values: &[Lanes<F>], prepared: &mut [Lanes<F>], needs_dx: bool) {
        let Size { inputs, window, .. } = self.size;
        for day in 0..window {
            let (w_day, w_transposed) = (self.part(&self.w_days, day), self.part(&self.w_transposed, day));
            let blocks = values[self.w.clone()].chunks_exact(window * inputs);
            for (to, from) in prepared[w_day.clone()].chunks_exact_mut(inputs).zip(blocks) {
                to.copy_from_slice(&from[day * inputs..][..inputs]);
            }
            if needs_dx {
                // `w_days` lies before `w_transposed`.
                let (days, back) = prepared.split_at_mut(self.w_transposed.start);
                let start = w_transposed.start - self.w_transposed.start;
                let out = &mut back[start..][..w_transposed.len()];
                transpose(&days[w_day], inputs, out, self.isa);
            }
        }
    }

    fn forward(&mut self, weights: Weights<'_, F>, x: &[Lanes<F>], day: usize, rows: usize) {
        let Size { inputs, window, rows: stride, .. } = self.size;
        let x_day = &x[day * blocks(inputs) * stride..][..blocks(inputs) * stride];
        let w_day = &weights.prepared[self.part(&self.w_days, day)];
        let add_to = if day == 0 { AddTo::Bias(&weights.values[self.b.clone()]) } else { AddTo::Output };
        let out = self.h.day_mut(1);
        // a += x_t W_t
        let terms = &[Term { a: x_day, w: w_day, inputs }];
        self.isa.run(Product { out, stride, rows, add_to, terms });
        if day + 1 == window {
            // h = act(a)
            self.activation.forward(self.isa, out, stride, rows);
        }
    }

    fn start_backward(&mut self) {
        self.dh.clear();
    }

    fn backward(&mut self, weights: Weights<'_, F>, day: usize, rows: usize, dx: Option<&mut [Lanes<F>]>) {
        let Size { inputs, hidden, window, rows: stride, .. } = self.size;
        if day + 1 == window {
            // dL/da = dL/dh act'(a)
            self.activation.backward(self.isa, self.h.day(1), self.dh.day_mut(1), stride, rows);
        }
        if let Some(dx) = dx {
            // dL/dx_t += da W_t^T
            let w = &weights.prepared[self.part(&self.w_transposed, day)];
            let terms = &[Term { a: self.dh.day(1), w, inputs: blocks(hidden) * LANES }];
            let out = &mut dx[day * blocks(inputs) * stride..][..blocks(inputs) * stride];
            self.isa.run(Product { out, stride, rows, add_to: AddTo::Output, terms });
        }
    }

    fn weight_gradient(&mut self, x: &[Lanes<F>], rows: usize, gradient: &mut [Lanes<F>]) {
        let Size { inputs, window, rows: stride, .. } = self.size;
        let da = self.dh.days_from(1);
        for day in 0..window {
            // dL/dW_t = x_t^T da
            self.dw.fill(Lanes::ZERO);
            let a = Days { data: &x[day * blocks(inputs) * stride..], day_stride: blocks(inputs) * stride };
            self.isa.run(WeightGradient { dw: &mut self.dw, inputs, a, da, days: 1, stride, rows });
            let blocks = gradient[self.w.clone()].chunks_exact_mut(window * inputs);
            for (to, from) in blocks.zip(self.dw.chunks_exact(inputs)) {
                to[day * inputs..][..inputs].copy_from_slice(from);
            }
        }
        // dL/db = da
        self.isa.run(RowSum { sum: &mut gradient[self.b.clone()], da, days: 1, stride, rows });
    }

    fn output_day(&self, day: usize) -> Option<usize> {
        (day + 1 == self.size.window).then_some(0)
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
