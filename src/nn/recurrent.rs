//! The base of the recurrent layers: it has the weights, the states and the products, and a cell adds its equations.
//!
//! ```text
//! a        =  x_t W_ih + h_{t-1} W_hh + b      b = b_ih + b_hh
//! h_t      =  forward(a)                       the cell's equations
//!
//! da       =  backward(dh_t)                   the cell's equations
//! dx_t     += da W_ih^T                        dW_ih = sum over t of x_t^T     da_t
//! dh_{t-1} += da W_hh^T                        dW_hh = sum over t of h_{t-1}^T da_t
//!                                              db    = sum over t of da_t
//! ```
//!
//! This is `a` of a gate that reads both `x_t` and `h_{t-1}`. A gate that reads only one of them, such as `n` and `u`
//! of a GRU, has only that product and its bias.
//!
//! Vectors are row vectors. There are two biases because PyTorch's file format has two. B = batch, T = window, I =
//! inputs, H = hidden, G = gates, P = channel blocks of 16 units.

use std::ops::Range;

use super::cell::{Cell, Gate, Read, Size, TensorNames, Weights};
use super::kernels::{
    AddTo, Days, Isa, LANES, Lanes, Product, Real, RowSum, Sequence, Term, WeightGradient, blocks, transpose,
};
use super::parameters::{GateOrder, Parameters, Role};

/// The gates of a cell: the vectors of H numbers that it computes each day, in their order in memory.
pub struct Gates {
    /// G
    pub count: usize,
    /// The gates that have names in papers, in PyTorch's order.
    pub named: &'static [Gate],
    /// The gates whose `a` contains `x_t W_ih`.
    pub input: Range<usize>,
    /// The gates whose `a` contains `h_{t-1} W_hh`.
    pub state: Range<usize>,
    /// The order of the input gates in memory, relative to PyTorch's.
    pub input_order: GateOrder,
    /// The initial values of `b_ih`, one per gate, in PyTorch's order.
    pub bias_ih: &'static [f64],
    /// The initial values of `b_hh`, one per gate, in PyTorch's order.
    pub bias_hh: &'static [f64],
    /// Whether `a` is stored in `h_t` and `da` in `dh_t`. If so, the base adds the sum of `da` to the gradient of the
    /// biases.
    pub in_place: bool,
}

/// One day of a forward pass. Buffers are `(P, stride, lane)`; only the first `rows` rows are used.
pub struct Forward<'a, F> {
    /// t, from 0.
    pub day: usize,
    /// The distance from one block to the next, in rows.
    pub stride: usize,
    /// B
    pub rows: usize,
    /// `(G, P, stride, lane)`: holds `a`. The values that `forward` leaves here are passed to [`Equations::backward`].
    pub gates: &'a mut [Lanes<F>],
    /// h_{t-1}
    pub h_prev: &'a [Lanes<F>],
    /// h_t, to be written; holds `a` if [`Gates::in_place`].
    pub h: &'a mut [Lanes<F>],
}

/// One day of a backward pass. Buffers are `(P, stride, lane)`; only the first `rows` rows are used.
pub struct Backward<'a, F> {
    /// t, from 0.
    pub day: usize,
    /// The distance from one block to the next, in rows.
    pub stride: usize,
    /// B
    pub rows: usize,
    /// The days that the layer above reads: `dh_prev` holds a gradient from above if it reads every day.
    pub read: Read,
    /// `(G, P, stride, lane)`: the values that `forward` left, to be replaced by `da`.
    pub gates: &'a mut [Lanes<F>],
    /// h_{t-1}
    pub h_prev: &'a [Lanes<F>],
    /// h_t
    pub h: &'a [Lanes<F>],
    /// dL/dh_{t-1}
    pub dh_prev: &'a mut [Lanes<F>],
    /// dL/dh_t; to be replaced by `da` if [`Gates::in_place`].
    pub dh: &'a mut [Lanes<F>],
    /// `(G, P, lane)`: the sum of `da` over the rows is added to it.
    pub db: &'a mut [Lanes<F>],
}

/// The equations of a cell, for one day.
pub trait Equations<F: Real>: Send {
    /// The gates.
    const GATES: Gates;

    /// Computes h_t from `a`.
    fn forward(&mut self, isa: Isa, at: Forward<'_, F>);

    /// Computes `da` from dL/dh_t, and the part of dL/dh_{t-1} that does not pass through the weights. Returns the
    /// value to which `da W_hh^T` is added.
    fn backward(&mut self, isa: Isa, at: Backward<'_, F>) -> AddTo<'static, F>;

    /// Begins a backward pass.
    fn start_backward(&mut self) {}

    /// The cell states, if it has them, `(T + 1, P, B)`.
    fn c(&self) -> Option<&Sequence<F>> {
        None
    }

    /// The cell states, mutable.
    fn c_mut(&mut self) -> Option<&mut Sequence<F>> {
        None
    }

    /// dL/dc of the current day, if it has cell states, `(1, P, B)`.
    fn dc(&mut self) -> Option<&mut Sequence<F>> {
        None
    }
}

/// Splits the gates of a day into slices `(P, stride, lane)` of `len` vectors each.
#[inline(always)]
pub fn split<F, const G: usize>(gates: &mut [Lanes<F>], len: usize) -> [&mut [Lanes<F>]; G] {
    let mut rest = gates;
    std::array::from_fn(|_| {
        let (gate, after) = std::mem::take(&mut rest).split_at_mut(len);
        rest = after;
        gate
    })
}

/// One recurrent layer with the equations `E`.
pub struct Recurrent<F, E> {
    isa: Isa,
    size: Size,
    w_ih: Range<usize>,            // (input gates P, I)
    w_hh: Range<usize>,            // (state gates P, H)
    b_ih: Range<usize>,            // (input gates P)
    b_hh: Range<usize>,            // (state gates P)
    bias: Range<usize>,            // (G P) b_ih + b_hh, prepared
    w_ih_transposed: Range<usize>, // (I/16, input gates 16P), prepared
    w_hh_transposed: Range<usize>, // (P, state gates 16P), prepared
    gates: Sequence<F>,            // (T, G P, B); without days if in place
    db: Vec<Lanes<F>>,             // (G P) of the days so far; empty if in place
    h: Sequence<F>,                // (T + 1, P, B)
    dh: Sequence<F>,               // (T + 1, P, B)
    initial: bool,                 // whether slot 0 holds a given state; otherwise it is zero
    equations: E,
}

impl<F: Real, E: Equations<F>> Recurrent<F, E> {
    /// Returns a layer whose weights are zero. Its tensors are named `{stack}.weight_ih_l{layer}` and so on.
    pub fn new(parameters: &mut Parameters<F>, isa: Isa, names: TensorNames<'_>, size: Size, equations: E) -> Self {
        let Size { inputs, hidden, window, rows, .. } = size;
        let Gates { count, input, state, input_order, bias_ih, bias_hh, in_place, .. } = E::GATES;
        let (ih, hh) = ((input.len(), input_order), (state.len(), GateOrder::Same));
        let (p, days) = (blocks(hidden), if in_place { 0 } else { window });
        Recurrent {
            isa,
            size,
            w_ih: parameters.add_gates(names.of("weight_ih"), Role::InputWeight, ih, (inputs, hidden)),
            w_hh: parameters.add_gates(names.of("weight_hh"), Role::RecurrentWeight, hh, (hidden, hidden)),
            b_ih: parameters.add_bias(names.of("bias_ih"), Role::InputBias(bias_ih), ih, hidden),
            b_hh: parameters.add_bias(names.of("bias_hh"), Role::RecurrentBias(bias_hh), hh, hidden),
            bias: parameters.add_prepared(count * p),
            w_ih_transposed: parameters.add_prepared(blocks(inputs) * input.len() * p * LANES),
            w_hh_transposed: parameters.add_prepared(p * state.len() * p * LANES),
            gates: Sequence::new(days, count * p * LANES, rows),
            db: vec![Lanes::ZERO; if in_place { 0 } else { count * p }],
            h: Sequence::new(window + 1, hidden, rows),
            dh: Sequence::new(window + 1, hidden, rows),
            initial: false,
            equations,
        }
    }

    /// Whether there is a state before day `day`. There is none before the first day of a window that starts from zero.
    fn has_state(&self, day: usize) -> bool {
        day > 0 || self.initial
    }

    /// Returns `da` of the given gates, for the days from `day` on.
    fn da_from(&self, day: usize, gates: &Range<usize>) -> Days<'_, F> {
        let days = if E::GATES.in_place { self.dh.days_from(day + 1) } else { self.gates.days_from(day) };
        Days { data: days.data.get(gates.start * self.h.day_len()..).unwrap_or(&[]), ..days }
    }
}

impl<F: Real, E: Equations<F>> Cell<F> for Recurrent<F, E> {
    fn prepare(&self, values: &[Lanes<F>], prepared: &mut [Lanes<F>], needs_dx: bool) {
        let (Size { inputs, hidden, .. }, Gates { input, state, .. }) = (self.size, E::GATES);
        let p = blocks(hidden);
        let bias = &mut prepared[self.bias.clone()];
        bias.fill(Lanes::ZERO);
        bias[input.start * p..input.end * p].copy_from_slice(&values[self.b_ih.clone()]);
        for (bias, b_hh) in bias[state.start * p..state.end * p].iter_mut().zip(&values[self.b_hh.clone()]) {
            *bias += *b_hh;
        }
        if needs_dx {
            transpose(&values[self.w_ih.clone()], inputs, &mut prepared[self.w_ih_transposed.clone()], self.isa);
        }
        transpose(&values[self.w_hh.clone()], hidden, &mut prepared[self.w_hh_transposed.clone()], self.isa);
    }

    fn forward(&mut self, weights: Weights<'_, F>, x: &[Lanes<F>], day: usize, rows: usize) {
        let Size { inputs, hidden, rows: stride, .. } = self.size;
        let Gates { count, input, state, in_place, .. } = E::GATES;
        let (p, len, has_state) = (blocks(hidden), self.h.day_len(), self.has_state(day));
        let x_day = &x[day * blocks(inputs) * stride..][..blocks(inputs) * stride];
        let (w_ih, w_hh) = (&weights.values[self.w_ih.clone()], &weights.values[self.w_hh.clone()]);
        let bias = &weights.prepared[self.bias.clone()];
        let (h_prev, h) = self.h.day_and_next_mut(day);
        let gates = if in_place { &mut [][..] } else { self.gates.day_mut(day) };
        let a = if in_place { &mut *h } else { &mut *gates };
        // a = x_t W_ih + h_{t-1} W_hh + b, for the gates that have both terms and for those that have one.
        for range in [0..state.start, state.start..input.end, input.end..count] {
            if range.is_empty() {
                continue;
            }
            let rows_of = |gates: &Range<usize>, inputs| (range.start - gates.start) * p * inputs;
            let of_input = (range.end <= input.end).then(|| {
                let w = &w_ih[rows_of(&input, inputs)..][..range.len() * p * inputs];
                Term { a: x_day, w, inputs }
            });
            let of_state = (range.start >= state.start && has_state).then(|| {
                let w = &w_hh[rows_of(&state, hidden)..][..range.len() * p * hidden];
                Term { a: h_prev, w, inputs: hidden }
            });
            let (out, bias) = (&mut a[range.start * len..range.end * len], &bias[range.start * p..range.end * p]);
            let add_to = AddTo::Bias(bias);
            let product = |terms: &[Term<'_, F>]| self.isa.run(Product { out, stride, rows, add_to, terms });
            match (of_input, of_state) {
                (Some(input), Some(state)) => product(&[input, state]),
                (Some(term), None) | (None, Some(term)) => product(&[term]),
                (None, None) => product(&[]),
            }
        }
        self.equations.forward(self.isa, Forward { day, stride, rows, gates, h_prev, h });
    }

    fn start_backward(&mut self) {
        self.size.read.clear(&mut self.dh);
        self.db.fill(Lanes::ZERO);
        self.equations.start_backward();
    }

    fn backward(&mut self, weights: Weights<'_, F>, day: usize, rows: usize, dx: Option<&mut [Lanes<F>]>) {
        let Size { inputs, hidden, rows: stride, read, .. } = self.size;
        let Gates { input, state, in_place, .. } = E::GATES;
        let (p, len, has_state) = (blocks(hidden), self.h.day_len(), self.has_state(day));
        let (dh_prev, dh) = self.dh.two_days_mut(day);
        let gates = if in_place { &mut [][..] } else { self.gates.day_mut(day) };
        let (h_prev, h) = (self.h.day(day), self.h.day(day + 1));
        let at = Backward {
            day,
            stride,
            rows,
            read,
            gates: &mut *gates,
            h_prev,
            h,
            dh_prev: &mut *dh_prev,
            dh: &mut *dh,
            db: &mut self.db,
        };
        let add_to = self.equations.backward(self.isa, at);
        let da = if in_place { dh } else { gates };
        if has_state {
            // dL/dh_{t-1} += da W_hh^T
            let (a, w) = (&da[state.start * len..], &weights.prepared[self.w_hh_transposed.clone()]);
            let terms = &[Term { a, w, inputs: state.len() * p * LANES }];
            self.isa.run(Product { out: dh_prev, stride, rows, add_to, terms });
        }
        if let Some(dx) = dx {
            // dL/dx_t += da W_ih^T
            let (a, w) = (&da[input.start * len..], &weights.prepared[self.w_ih_transposed.clone()]);
            let terms = &[Term { a, w, inputs: input.len() * p * LANES }];
            let out = &mut dx[day * blocks(inputs) * stride..][..blocks(inputs) * stride];
            self.isa.run(Product { out, stride, rows, add_to: AddTo::Output, terms });
        }
    }

    fn weight_gradient(&mut self, x: &[Lanes<F>], rows: usize, gradient: &mut [Lanes<F>]) {
        let Size { inputs, hidden, window: days, rows: stride, .. } = self.size;
        let (p, Gates { input, state, in_place, .. }) = (blocks(hidden), E::GATES);
        // dL/dW_ih = sum over days of x_t^T da_t
        let (a, da) = (Days { data: x, day_stride: blocks(inputs) * stride }, self.da_from(0, &input));
        let dw = &mut gradient[self.w_ih.clone()];
        self.isa.run(WeightGradient { dw, inputs, a, da, days, stride, rows });
        // dL/dW_hh = sum over days of h_{t-1}^T da_t
        let first = usize::from(!self.initial);
        let (a, da) = (self.h.days_from(first), self.da_from(first, &state));
        let dw = &mut gradient[self.w_hh.clone()];
        self.isa.run(WeightGradient { dw, inputs: hidden, a, da, days: days - first, stride, rows });
        // dL/db = sum over days of da_t
        if in_place {
            let (sum, da) = (&mut gradient[self.b_ih.clone()], self.da_from(0, &input));
            self.isa.run(RowSum { sum, da, days, stride, rows });
            gradient.copy_within(self.b_ih.clone(), self.b_hh.start);
        } else {
            gradient[self.b_ih.clone()].copy_from_slice(&self.db[input.start * p..input.end * p]);
            gradient[self.b_hh.clone()].copy_from_slice(&self.db[state.start * p..state.end * p]);
        }
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

    fn c(&self) -> Option<&Sequence<F>> {
        self.equations.c()
    }

    fn gates(&self) -> Option<(&'static [Gate], &Sequence<F>)> {
        let named = E::GATES.named;
        (!named.is_empty()).then_some((named, &self.gates))
    }

    fn dc(&mut self) -> Option<&mut Sequence<F>> {
        self.equations.dc()
    }

    fn initial_state(&mut self) -> Option<(&mut Sequence<F>, Option<&mut Sequence<F>>)> {
        self.initial = true;
        Some((&mut self.h, self.equations.c_mut()))
    }
}
