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
use super::cell::Cell;
use super::kernels::{
    Arithmetic, Isa, LANES, Lanes, Pass, Product, RowSum, Sequence, Start, Term, WeightGradient, planes, transpose,
};
use super::parameters::{Parameters, Role};

/// Gates in PyTorch's order: i, f, g, o.
const GATES: usize = 4;

/// The forget gate starts open, so that a new network remembers (Gers et al. 2000; Jozefowicz,
/// Zaremba & Sutskever 2015).
const BIAS_IH: &[f64] = &[0.0, 1.0, 0.0, 0.0];
const BIAS_HH: &[f64] = &[0.0; GATES];

/// Sixteen units forward, from a of the four gates and c_{t-1}: the gates, c, tanh(c) and h.
#[inline(always)]
fn forward<F: Real, A: Arithmetic>(
    [a_i, a_f, a_g, a_o]: [Lanes<F>; GATES],
    c_prev: Lanes<F>,
) -> ([Lanes<F>; GATES], Lanes<F>, Lanes<F>, Lanes<F>) {
    let i = a_i.sigmoid::<A>();
    let f = a_f.sigmoid::<A>();
    let g = a_g.tanh::<A>();
    let o = a_o.sigmoid::<A>();
    let c = f * c_prev + i * g;
    let tanh_c = c.tanh::<A>();
    let h = o * tanh_c;
    ([i, f, g, o], c, tanh_c, h)
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

/// Where a layer's tensors stand among the network's.
#[derive(Debug, Clone)]
pub struct Tensors {
    w_ih: Range<usize>, // (4P, I)
    w_hh: Range<usize>, // (4P, H)
    b_ih: Range<usize>, // (4P)
    b_hh: Range<usize>, // (4P)
}

impl Tensors {
    /// Adds the tensors of layer `layer`, `{name}.weight_ih_l{layer}` and so on.
    pub fn add<F: Real>(
        parameters: &mut Parameters<F>,
        (name, layer): (&str, usize),
        (inputs, hidden): (usize, usize),
    ) -> Self {
        let tensor = |kind: &str| format!("{name}.{kind}_l{layer}");
        Tensors {
            w_ih: parameters.add_gates(tensor("weight_ih"), Role::InputWeight, GATES, hidden, inputs),
            w_hh: parameters.add_gates(tensor("weight_hh"), Role::RecurrentWeight, GATES, hidden, hidden),
            b_ih: parameters.add_bias(tensor("bias_ih"), Role::Bias(BIAS_IH), GATES, hidden),
            b_hh: parameters.add_bias(tensor("bias_hh"), Role::Bias(BIAS_HH), GATES, hidden),
        }
    }
}

/// One LSTM layer.
pub struct Lstm<F> {
    isa: Isa,
    inputs: usize,
    tensors: Tensors,
    bias: Vec<Lanes<F>>,      // (4P) b_ih + b_hh
    w_ih_back: Vec<Lanes<F>>, // (I/16, 64P) W_ih transposed
    w_hh_back: Vec<Lanes<F>>, // (P, 64P) W_hh transposed
    gates: Sequence<F>,       // (T, 4P, B) a, then i f g o, then da
    c: Sequence<F>,           // (T + 1, P, B)
    tanh_c: Sequence<F>,      // (T, P, B)
    h: Sequence<F>,           // (T + 1, P, B)
    dh: Sequence<F>,          // (T + 1, P, B)
    dc: Sequence<F>,          // (1, P, B) of the day at hand
    initial: bool,            // whether slot 0 holds a given state; otherwise it is zero
}

impl<F: Real> Lstm<F> {
    /// A layer for at most `rows` windows of `window` days.
    pub fn new(tensors: Tensors, isa: Isa, (inputs, hidden): (usize, usize), (window, rows): (usize, usize)) -> Self {
        let padded = planes(hidden) * LANES;
        Lstm {
            isa,
            inputs,
            tensors,
            bias: vec![Lanes::ZERO; GATES * planes(hidden)],
            w_ih_back: vec![Lanes::ZERO; planes(inputs) * GATES * padded],
            w_hh_back: vec![Lanes::ZERO; planes(hidden) * GATES * padded],
            gates: Sequence::new(window, GATES * padded, rows),
            c: Sequence::new(window + 1, hidden, rows),
            tanh_c: Sequence::new(window, hidden, rows),
            h: Sequence::new(window + 1, hidden, rows),
            dh: Sequence::new(window + 1, hidden, rows),
            dc: Sequence::new(1, hidden, rows),
            initial: false,
        }
    }

    /// The states before the first day, to be filled in: `h` and `c`. Without this call they are
    /// zero, and the first day's recurrent product is left out.
    pub fn initial_state(&mut self) -> (&mut Sequence<F>, &mut Sequence<F>) {
        self.initial = true;
        (&mut self.h, &mut self.c)
    }

    /// dL/dc before the first day, after the way back; dL/dh stands in slot 0 of `dh`.
    pub fn dc(&self) -> &Sequence<F> {
        &self.dc
    }

    /// The activated gates of the last forward pass, `(T, i f g o, B)`, until the way back
    /// overwrites them. Gate `k` of unit `u` is unit `k * padded + u`, padded to whole planes.
    pub fn gates(&self) -> &Sequence<F> {
        &self.gates
    }

    /// The cell states of the last forward pass, T + 1 slots.
    pub fn c(&self) -> &Sequence<F> {
        &self.c
    }

    fn hidden(&self) -> usize {
        self.h.units()
    }

    fn recurs(&self, day: usize) -> bool {
        day > 0 || self.initial
    }
}

impl<F: Real> Cell<F> for Lstm<F> {
    fn prepare(&mut self, weights: &[Lanes<F>]) {
        let biases = weights[self.tensors.b_ih.clone()].iter().zip(&weights[self.tensors.b_hh.clone()]);
        for (bias, (b_ih, b_hh)) in self.bias.iter_mut().zip(biases) {
            *bias = Lanes(std::array::from_fn(|lane| b_ih.0[lane] + b_hh.0[lane]));
        }
        transpose(&weights[self.tensors.w_ih.clone()], self.inputs, &mut self.w_ih_back);
        transpose(&weights[self.tensors.w_hh.clone()], self.h.units(), &mut self.w_hh_back);
    }

    fn forward(&mut self, weights: &[Lanes<F>], x: &[Lanes<F>], day: usize, rows: usize) {
        let stride = self.h.rows();
        let recurrent = Term { a: self.h.day(day), w: &weights[self.tensors.w_hh.clone()], inputs: self.hidden() };
        let input = Term { a: x, w: &weights[self.tensors.w_ih.clone()], inputs: self.inputs };
        let terms = [input, recurrent];
        let terms = if self.recurs(day) { &terms[..] } else { &terms[..1] };
        let gates = self.gates.day_mut(day);
        // a = b + x_t W_ih + h_{t-1} W_hh
        self.isa.product(Product { out: gates, stride, rows, start: Start::Bias(&self.bias), terms });
        let (c_prev, c) = self.c.day_and_next_mut(day);
        let h = self.h.day_mut(day + 1);
        self.isa.elementwise(ForwardUnits { gates, c_prev, c, tanh_c: self.tanh_c.day_mut(day), h, stride, rows });
    }

    fn backward(&mut self, day: usize, rows: usize, dx: Option<&mut [Lanes<F>]>) {
        let stride = self.h.rows();
        if day + 1 == self.gates.days() {
            self.dc.clear(); // nothing comes back from beyond the window
            self.dh.day_mut(0).fill(Lanes::ZERO); // no day of a layer above looks at slot 0
        }
        let da = self.gates.day_mut(day);
        self.isa.elementwise(BackwardUnits {
            gates: da,
            c_prev: self.c.day(day),
            tanh_c: self.tanh_c.day(day),
            dh: self.dh.day(day + 1),
            dc: self.dc.day_mut(0),
            stride,
            rows,
        });
        let da = self.gates.day(day);
        let inputs = self.gates.units();
        if self.recurs(day) {
            // dL/dh_{t-1} += da W_hh^T
            let terms = &[Term { a: da, w: &self.w_hh_back, inputs }];
            let out = self.dh.day_mut(day);
            self.isa.product(Product { out, stride, rows, start: Start::Output, terms });
        }
        if let Some(out) = dx {
            // dL/dx_t = da W_ih^T
            let terms = &[Term { a: da, w: &self.w_ih_back, inputs }];
            self.isa.product(Product { out, stride, rows, start: Start::Zero, terms });
        }
    }

    fn weight_gradient(&mut self, x: &[Lanes<F>], rows: usize, gradient: &mut [Lanes<F>]) {
        let stride = self.h.rows();
        // dL/dW_ih = sum over days of x_t^T da_t
        let (dw, inputs) = (&mut gradient[self.tensors.w_ih.clone()], self.inputs);
        self.isa.product(WeightGradient { dw, inputs, a: x, da: self.gates.from_day(0), stride, rows });
        // dL/dW_hh = sum over days of h_{t-1}^T da_t
        let first = usize::from(!self.initial);
        let (dw, inputs) = (&mut gradient[self.tensors.w_hh.clone()], self.hidden());
        let (a, da) = (self.h.from_day(first), self.gates.from_day(first));
        self.isa.product(WeightGradient { dw, inputs, a, da, stride, rows });
        // dL/db = sum over days of da_t, for both biases
        let sum = &mut gradient[self.tensors.b_ih.clone()];
        self.isa.product(RowSum { sum, da: self.gates.from_day(0), stride, rows });
        gradient.copy_within(self.tensors.b_ih.clone(), self.tensors.b_hh.start);
    }

    fn h(&self) -> &Sequence<F> {
        &self.h
    }

    fn dh(&mut self) -> &mut Sequence<F> {
        &mut self.dh
    }

    fn h_and_dh(&mut self, slot: usize) -> (&[Lanes<F>], &mut [Lanes<F>]) {
        (self.h.day(slot), self.dh.day_mut(slot))
    }
}

/// `forward` over all units of a day.
struct ForwardUnits<'a, F> {
    gates: &'a mut [Lanes<F>],
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
        let planes = self.h.len();
        let mut gates = self.gates.chunks_exact_mut(planes);
        let (Some(i), Some(f), Some(g), Some(o)) = (gates.next(), gates.next(), gates.next(), gates.next()) else {
            return;
        };
        for first in (0..planes).step_by(self.stride) {
            for k in first..first + self.rows {
                let (gates, c, tanh_c, h) = forward::<F, A>([i[k], f[k], g[k], o[k]], self.c_prev[k]);
                [i[k], f[k], g[k], o[k]] = gates;
                (self.c[k], self.tanh_c[k], self.h[k]) = (c, tanh_c, h);
            }
        }
    }
}

/// `backward` over all units of a day.
struct BackwardUnits<'a, F> {
    gates: &'a mut [Lanes<F>],
    c_prev: &'a [Lanes<F>],
    tanh_c: &'a [Lanes<F>],
    dh: &'a [Lanes<F>],
    dc: &'a mut [Lanes<F>],
    stride: usize,
    rows: usize,
}

impl<F: Real> Pass for BackwardUnits<'_, F> {
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let planes = self.dh.len();
        let mut gates = self.gates.chunks_exact_mut(planes);
        let (Some(i), Some(f), Some(g), Some(o)) = (gates.next(), gates.next(), gates.next(), gates.next()) else {
            return;
        };
        for first in (0..planes).step_by(self.stride) {
            for k in first..first + self.rows {
                let states = (self.c_prev[k], self.tanh_c[k]);
                let (da, dc) = backward([i[k], f[k], g[k], o[k]], states, (self.dh[k], self.dc[k]));
                [i[k], f[k], g[k], o[k]] = da;
                self.dc[k] = dc;
            }
        }
    }
}
