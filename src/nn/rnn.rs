//! Simple RNN (Elman 1990): a dense unit that also takes its previous output.
//!
//! ```text
//! h_t = act(x_t W_ih + h_{t-1} W_hh + b)      act = tanh or ReLU
//! ```
//!
//! Row vectors; b = b_ih + b_hh, two vectors because PyTorch's file format has two. The way back
//! multiplies by W_hh once a day, so the gradient of early days fades or grows with every step
//! (Bengio, Simard & Frasconi 1994). ReLU with an identity start is one remedy (Le, Jaitly & Hinton
//! 2015); gates are the structural one. B = batch, T = window, I = inputs, H = hidden, P = planes
//! of 16 units.

use std::ops::Range;

use super::Real;
use super::activation::Activation;
use super::cell::{Cell, Size, Weights};
use super::kernels::{
    Days, Isa, LANES, Lanes, Product, RowSum, Sequence, Start, Term, WeightGradient, planes, transpose,
};
use super::parameters::{GateOrder, Parameters, Role};

/// One Simple RNN layer.
pub struct Rnn<F> {
    isa: Isa,
    activation: Activation,
    size: Size,
    w_ih: Range<usize>,      // (P, I)
    w_hh: Range<usize>,      // (P, H)
    b_ih: Range<usize>,      // (P)
    b_hh: Range<usize>,      // (P)
    bias: Range<usize>,      // (P) b_ih + b_hh, derived
    w_ih_back: Range<usize>, // (I/16, 16P) W_ih transposed, derived
    w_hh_back: Range<usize>, // (P, 16P) W_hh transposed, derived
    h: Sequence<F>,          // (T + 1, P, B)
    dh: Sequence<F>,         // (T + 1, P, B) dh, then da of the day before the slot
    initial: bool,           // whether slot 0 holds a given state; otherwise it is zero
}

impl<F: Real> Rnn<F> {
    /// A layer of zeros; its tensors are `{name}.weight_ih_l{layer}` and so on.
    pub fn new(
        parameters: &mut Parameters<F>,
        isa: Isa,
        activation: Activation,
        (name, layer): (&str, usize),
        size: Size,
    ) -> Self {
        let Size { inputs, hidden, window, rows, .. } = size;
        let tensor = |kind: &str| format!("{name}.{kind}_l{layer}");
        let gates = (1, GateOrder::Same);
        let padded = planes(hidden) * LANES;
        Rnn {
            isa,
            activation,
            size,
            w_ih: parameters.add_gates(tensor("weight_ih"), Role::InputWeight, gates, (inputs, hidden)),
            w_hh: parameters.add_gates(tensor("weight_hh"), Role::RecurrentWeight, gates, (hidden, hidden)),
            b_ih: parameters.add_bias(tensor("bias_ih"), Role::Bias(&[0.0]), gates, hidden),
            b_hh: parameters.add_bias(tensor("bias_hh"), Role::Bias(&[0.0]), gates, hidden),
            bias: parameters.add_derived(planes(hidden)),
            w_ih_back: parameters.add_derived(planes(inputs) * padded),
            w_hh_back: parameters.add_derived(planes(hidden) * padded),
            h: Sequence::new(window + 1, hidden, rows),
            dh: Sequence::new(window + 1, hidden, rows),
            initial: false,
        }
    }

    /// On the first day of a window that starts from zero there is nothing to recur to.
    fn recurs(&self, day: usize) -> bool {
        day > 0 || self.initial
    }
}

impl<F: Real> Cell<F> for Rnn<F> {
    fn derive(&self, values: &[Lanes<F>], derived: &mut [Lanes<F>], wanted: bool) {
        let biases = values[self.b_ih.clone()].iter().zip(&values[self.b_hh.clone()]);
        for (bias, (b_ih, b_hh)) in derived[self.bias.clone()].iter_mut().zip(biases) {
            *bias = *b_ih + *b_hh;
        }
        if wanted {
            let out = &mut derived[self.w_ih_back.clone()];
            transpose(&values[self.w_ih.clone()], self.size.inputs, out, self.isa);
        }
        let out = &mut derived[self.w_hh_back.clone()];
        transpose(&values[self.w_hh.clone()], self.size.hidden, out, self.isa);
    }

    fn forward(&mut self, weights: Weights<'_, F>, x: &[Lanes<F>], day: usize, rows: usize) {
        let Size { inputs, hidden, rows: stride, .. } = self.size;
        let recurs = self.recurs(day);
        let x_day = &x[day * planes(inputs) * stride..][..planes(inputs) * stride];
        let (h_prev, h) = self.h.day_and_next_mut(day);
        let input = Term { a: x_day, w: &weights.values[self.w_ih.clone()], inputs };
        let recurrent = Term { a: h_prev, w: &weights.values[self.w_hh.clone()], inputs: hidden };
        let terms = [input, recurrent];
        let terms = if recurs { &terms[..] } else { &terms[..1] };
        let start = Start::Bias(&weights.derived[self.bias.clone()]);
        // a = x_t W_ih + h_{t-1} W_hh + b
        self.isa.run(Product { out: h, stride, rows, start, terms });
        // h_t = act(a)
        self.activation.forward(self.isa, h, stride, rows);
    }

    fn start_backward(&mut self) {
        self.size.read.clear(&mut self.dh);
    }

    fn backward(&mut self, weights: Weights<'_, F>, day: usize, rows: usize, dx: Option<&mut [Lanes<F>]>) {
        let (stride, recurs) = (self.size.rows, self.recurs(day));
        let inputs = planes(self.size.hidden) * LANES;
        // dL/da = dL/dh act'(a)
        self.activation.backward(self.isa, self.h.day(day + 1), self.dh.day_mut(day + 1), stride, rows);
        let (dh_prev, da) = self.dh.day_mut_and_next(day);
        if recurs {
            // dL/dh_{t-1} += da W_hh^T
            let terms = &[Term { a: da, w: &weights.derived[self.w_hh_back.clone()], inputs }];
            self.isa.run(Product { out: dh_prev, stride, rows, start: self.size.read.start(), terms });
        }
        if let Some(dx) = dx {
            // dL/dx_t += da W_ih^T
            let terms = &[Term { a: da, w: &weights.derived[self.w_ih_back.clone()], inputs }];
            let day_len = planes(self.size.inputs) * stride;
            let out = &mut dx[day * day_len..][..day_len];
            self.isa.run(Product { out, stride, rows, start: Start::Output, terms });
        }
    }

    fn weight_gradient(&mut self, x: &[Lanes<F>], rows: usize, gradient: &mut [Lanes<F>]) {
        let Size { inputs, hidden, window: days, rows: stride, .. } = self.size;
        // dL/dW_ih = sum over days of x_t^T da_t
        let (dw, da) = (&mut gradient[self.w_ih.clone()], self.dh.days_from(1));
        let a = Days { data: x, stride: planes(inputs) * stride };
        self.isa.run(WeightGradient { dw, inputs, a, da, days, stride, rows });
        // dL/dW_hh = sum over days of h_{t-1}^T da_t
        let first = usize::from(!self.initial);
        let dw = &mut gradient[self.w_hh.clone()];
        let (a, da) = (self.h.days_from(first), self.dh.days_from(first + 1));
        self.isa.run(WeightGradient { dw, inputs: hidden, a, da, days: days - first, stride, rows });
        // dL/db = sum over days of da_t, for both biases
        let (sum, da) = (&mut gradient[self.b_ih.clone()], self.dh.days_from(1));
        self.isa.run(RowSum { sum, da, days, stride, rows });
        gradient.copy_within(self.b_ih.clone(), self.b_hh.start);
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

    fn initial_state(&mut self) -> Option<(&mut Sequence<F>, Option<&mut Sequence<F>>)> {
        self.initial = true;
        Some((&mut self.h, None))
    }
}
