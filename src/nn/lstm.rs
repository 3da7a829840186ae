//! LSTM: Hochreiter & Schmidhuber 1997, with the forget gate of Gers, Schmidhuber & Cummins 2000.
//!
//! ```text
//! i = sigma(x_t W_ii + h_{t-1} W_hi + b_i)      input gate: how much of the candidate to write
//! f = sigma(x_t W_if + h_{t-1} W_hf + b_f)      forget gate: how much of c to keep
//! g =  tanh(x_t W_ig + h_{t-1} W_hg + b_g)      candidate
//! o = sigma(x_t W_io + h_{t-1} W_ho + b_o)      output gate: how much of c to show
//! c_t = f c_{t-1} + i g                         cell state, the long-term memory
//! h_t = o tanh(c_t)                             hidden state, the short-term memory
//! ```
//!
//! Row vectors; b = b_ih + b_hh, two vectors because PyTorch's file format has two. The pre-activation
//! of a gate is called a. B = batch, T = window, I = inputs, H = hidden, P = planes of 16 units.

use std::ops::Range;

use super::Real;
use super::cell::{Cell, Size, Weights};
use super::kernels::{
    Arithmetic, Days, Isa, LANES, Lanes, Pass, Product, Sequence, Start, Term, WeightGradient, planes, transpose,
};
use super::parameters::{GateOrder, Parameters, Role};

/// Gates in PyTorch's order: i, f, g, o.
const GATES: usize = 4;

/// The forget gate starts open, so that a new network remembers (Gers et al. 2000; Jozefowicz,
/// Zaremba & Sutskever 2015).
const BIAS_IH: &[f64] = &[0.0, 1.0, 0.0, 0.0];
const BIAS_HH: &[f64] = &[0.0; GATES];

/// Sixteen units forward, from a of the four gates and c_{t-1}: the gates and c.
#[inline(always)]
fn forward<F: Real, A: Arithmetic>(
    [a_i, a_f, a_g, a_o]: [Lanes<F>; GATES],
    c_prev: Lanes<F>,
) -> ([Lanes<F>; GATES], Lanes<F>) {
    let i = a_i.sigmoid::<A>();
    let f = a_f.sigmoid::<A>();
    let g = a_g.tanh::<A>();
    let o = a_o.sigmoid::<A>();
    let mut c = i * g;
    c.add_product::<A>(&f, &c_prev); // c_t = f c_{t-1} + i g
    ([i, f, g, o], c)
}

/// tanh(c) and h. Apart from the gates: a processor starts on these sooner when the gates of all rows are
/// done than when each waits for its own.
#[inline(always)]
fn show<F: Real, A: Arithmetic>(c: Lanes<F>, o: Lanes<F>) -> (Lanes<F>, Lanes<F>) {
    let tanh_c = c.tanh::<A>();
    let h = o * tanh_c;
    (tanh_c, h)
}

/// The same units on the way back: dL/da of the four gates, and dL/dc_{t-1}.
#[inline(always)]
fn backward<F: Real>(
    [i, f, g, o]: [Lanes<F>; GATES],
    (c_prev, tanh_c): (Lanes<F>, Lanes<F>),
    (dh, dc_next): (Lanes<F>, Lanes<F>),
) -> ([Lanes<F>; GATES], Lanes<F>) {
    let one = Lanes::ONE;
    let dc = dc_next + dh * o * (one - tanh_c * tanh_c); // dL/dc = dL/dc_next + dL/dh o (1 - tanh(c)^2)
    let da_i = dc * g * i * (one - i); //                   dL/di = dL/dc g
    let da_f = dc * c_prev * f * (one - f); //              dL/df = dL/dc c_{t-1}
    let da_g = dc * i * (one - g * g); //                   dL/dg = dL/dc i
    let da_o = dh * tanh_c * o * (one - o); //              dL/do = dL/dh tanh(c)
    ([da_i, da_f, da_g, da_o], dc * f) //                   dL/dc_{t-1} = dL/dc f
}

/// One LSTM layer.
pub struct Lstm<F> {
    isa: Isa,
    size: Size,
    w_ih: Range<usize>,      // (4P, I)
    w_hh: Range<usize>,      // (4P, H)
    b_ih: Range<usize>,      // (4P)
    b_hh: Range<usize>,      // (4P)
    bias: Range<usize>,      // (4P) b_ih + b_hh, derived
    w_ih_back: Range<usize>, // (I/16, 64P) W_ih transposed, derived
    w_hh_back: Range<usize>, // (P, 64P) W_hh transposed, derived
    parts: Sequence<F>,      // (T, 4P, B) a, then i f g o, then da
    c: Sequence<F>,          // (T + 1, P, B)
    tanh_c: Sequence<F>,     // (T, P, B)
    h: Sequence<F>,          // (T + 1, P, B)
    dh: Sequence<F>,         // (T + 1, P, B)
    dc: Sequence<F>,         // (1, P, B) of the day at hand
    db: Vec<Lanes<F>>,       // (4P) of the days so far
    initial: bool,           // whether slot 0 holds a given state; otherwise it is zero
}

impl<F: Real> Lstm<F> {
    /// A layer of zeros; its tensors are `{name}.weight_ih_l{layer}` and so on.
    pub fn new(parameters: &mut Parameters<F>, isa: Isa, (name, layer): (&str, usize), size: Size) -> Self {
        let Size { inputs, hidden, window, rows, .. } = size;
        let tensor = |kind: &str| format!("{name}.{kind}_l{layer}");
        let order = (GATES, GateOrder::Same);
        let padded = planes(hidden) * LANES;
        Lstm {
            isa,
            size,
            w_ih: parameters.add_gates(tensor("weight_ih"), Role::InputWeight, order, (inputs, hidden)),
            w_hh: parameters.add_gates(tensor("weight_hh"), Role::RecurrentWeight, order, (hidden, hidden)),
            b_ih: parameters.add_bias(tensor("bias_ih"), Role::Bias(BIAS_IH), order, hidden),
            b_hh: parameters.add_bias(tensor("bias_hh"), Role::Bias(BIAS_HH), order, hidden),
            bias: parameters.add_derived(GATES * planes(hidden)),
            w_ih_back: parameters.add_derived(planes(inputs) * GATES * padded),
            w_hh_back: parameters.add_derived(planes(hidden) * GATES * padded),
            parts: Sequence::new(window, GATES * padded, rows),
            c: Sequence::new(window + 1, hidden, rows),
            tanh_c: Sequence::new(window, hidden, rows),
            h: Sequence::new(window + 1, hidden, rows),
            dh: Sequence::new(window + 1, hidden, rows),
            dc: Sequence::new(1, hidden, rows),
            db: vec![Lanes::ZERO; GATES * planes(hidden)],
            initial: false,
        }
    }

    /// On the first day of a window that starts from zero there is nothing to recur to.
    fn recurs(&self, day: usize) -> bool {
        day > 0 || self.initial
    }
}

impl<F: Real> Cell<F> for Lstm<F> {
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
        let x_day = &x[day * planes(inputs) * stride..][..planes(inputs) * stride];
        let input = Term { a: x_day, w: &weights.values[self.w_ih.clone()], inputs };
        let recurrent = Term { a: self.h.day(day), w: &weights.values[self.w_hh.clone()], inputs: hidden };
        let terms = [input, recurrent];
        let terms = if self.recurs(day) { &terms[..] } else { &terms[..1] };
        let start = Start::Bias(&weights.derived[self.bias.clone()]);
        let parts = self.parts.day_mut(day);
        // a = b + x_t W_ih + h_{t-1} W_hh
        self.isa.run(Product { out: parts, stride, rows, start, terms });
        let (c_prev, c) = self.c.day_and_next_mut(day);
        let (tanh_c, h) = (self.tanh_c.day_mut(day), self.h.day_mut(day + 1));
        self.isa.run(ForwardUnits { parts, c_prev, c, tanh_c, h, stride, rows });
    }

    fn start_backward(&mut self) {
        self.size.read.clear(&mut self.dh);
        self.dc.clear();
        self.db.fill(Lanes::ZERO);
    }

    fn backward(&mut self, weights: Weights<'_, F>, day: usize, rows: usize, dx: Option<&mut [Lanes<F>]>) {
        let stride = self.size.rows;
        self.isa.run(BackwardUnits {
            parts: self.parts.day_mut(day),
            c_prev: self.c.day(day),
            tanh_c: self.tanh_c.day(day),
            dh: self.dh.day(day + 1),
            dc: self.dc.day_mut(0),
            db: &mut self.db,
            stride,
            rows,
        });
        let (da, inputs) = (self.parts.day(day), self.parts.units());
        if self.recurs(day) {
            // dL/dh_{t-1} += da W_hh^T
            let terms = &[Term { a: da, w: &weights.derived[self.w_hh_back.clone()], inputs }];
            let out = self.dh.day_mut(day);
            self.isa.run(Product { out, stride, rows, start: self.size.read.start(), terms });
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
        let (dw, da) = (&mut gradient[self.w_ih.clone()], self.parts.days_from(0));
        let a = Days { data: x, stride: planes(inputs) * stride };
        self.isa.run(WeightGradient { dw, inputs, a, da, days, stride, rows });
        // dL/dW_hh = sum over days of h_{t-1}^T da_t
        let first = usize::from(!self.initial);
        let dw = &mut gradient[self.w_hh.clone()];
        let (a, da) = (self.h.days_from(first), self.parts.days_from(first));
        self.isa.run(WeightGradient { dw, inputs: hidden, a, da, days: days - first, stride, rows });
        // dL/db = sum over days of da_t, for both biases
        gradient[self.b_ih.clone()].copy_from_slice(&self.db);
        gradient[self.b_hh.clone()].copy_from_slice(&self.db);
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
        Some(&self.c)
    }

    fn dc(&mut self) -> Option<&mut Sequence<F>> {
        Some(&mut self.dc)
    }

    fn initial_state(&mut self) -> Option<(&mut Sequence<F>, Option<&mut Sequence<F>>)> {
        self.initial = true;
        Some((&mut self.h, Some(&mut self.c)))
    }

    fn gates(&self) -> Vec<(&'static str, &Sequence<F>, usize)> {
        let padded = planes(self.size.hidden) * LANES;
        let names = ["i", "f", "g", "o"].into_iter().enumerate();
        names.map(|(gate, name)| (name, &self.parts, gate * padded)).collect()
    }
}

/// `forward` over all units of a day.
struct ForwardUnits<'a, F> {
    parts: &'a mut [Lanes<F>],
    c_prev: &'a [Lanes<F>],
    c: &'a mut [Lanes<F>],
    tanh_c: &'a mut [Lanes<F>],
    h: &'a mut [Lanes<F>],
    stride: usize,
    rows: usize,
}

impl<F: Real> Pass for ForwardUnits<'_, F> {
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let len = self.h.len();
        let mut parts = self.parts.chunks_exact_mut(len);
        let (Some(i), Some(f), Some(g), Some(o)) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
            return;
        };
        for first in (0..len).step_by(self.stride) {
            let rows = first..first + self.rows;
            for k in rows.clone() {
                let (gates, c) = forward::<F, A>([i[k], f[k], g[k], o[k]], self.c_prev[k]);
                [i[k], f[k], g[k], o[k]] = gates;
                self.c[k] = c;
            }
            for k in rows {
                (self.tanh_c[k], self.h[k]) = show::<F, A>(self.c[k], o[k]);
            }
        }
    }
}

/// `backward` over all units of a day; adds da of all rows to `db`.
struct BackwardUnits<'a, F> {
    parts: &'a mut [Lanes<F>],
    c_prev: &'a [Lanes<F>],
    tanh_c: &'a [Lanes<F>],
    dh: &'a [Lanes<F>],
    dc: &'a mut [Lanes<F>],
    db: &'a mut [Lanes<F>],
    stride: usize,
    rows: usize,
}

impl<F: Real> Pass for BackwardUnits<'_, F> {
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let len = self.dh.len();
        let mut parts = self.parts.chunks_exact_mut(len);
        let (Some(i), Some(f), Some(g), Some(o)) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
            return;
        };
        let planes = len / self.stride;
        for plane in 0..planes {
            let mut sum = [Lanes::ZERO; GATES];
            for k in plane * self.stride..plane * self.stride + self.rows {
                let states = (self.c_prev[k], self.tanh_c[k]);
                let (da, dc) = backward([i[k], f[k], g[k], o[k]], states, (self.dh[k], self.dc[k]));
                sum = [sum[0] + da[0], sum[1] + da[1], sum[2] + da[2], sum[3] + da[3]];
                [i[k], f[k], g[k], o[k]] = da;
                self.dc[k] = dc;
            }
            for (gate, sum) in sum.into_iter().enumerate() {
                self.db[gate * planes + plane] += sum;
            }
        }
    }
}
