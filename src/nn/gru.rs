//! GRU: Cho et al. 2014, with the reset gate applied after the matrix product, as PyTorch and cuDNN do.
//!
//! ```text
//! r = sigma(x_t W_ir + b_ir + h_{t-1} W_hr + b_hr)          reset gate
//! z = sigma(x_t W_iz + b_iz + h_{t-1} W_hz + b_hz)          update gate
//! u = h_{t-1} W_hn + b_hn                                   what the past says of the candidate
//! n = tanh(x_t W_in + b_in + r u)                           candidate
//! h_t = (1 - z) n + z h_{t-1}                               hidden state
//! ```
//!
//! Row vectors. The pre-activation of a gate is called a. B = batch, T = window, I = inputs,
//! H = hidden, P = planes of 16 units.
//!
//! In memory the four parts lie as n, r, z, u: what depends on the input stands in one piece, and so does
//! what depends on the state, which the way back multiplies by their weights.

use std::ops::Range;

use super::Real;
use super::cell::{Cell, Read, Size, Weights};
use super::kernels::{
    Arithmetic, Days, Isa, LANES, Lanes, Pass, Product, Sequence, Start, Term, WeightGradient, planes, transpose,
};
use super::parameters::{GateOrder, Parameters, Role};

/// Gates in PyTorch's order: r, z, n.
const GATES: usize = 3;
/// Parts in memory: n, r, z, u.
const PARTS: usize = 4;
const BIAS: &[f64] = &[0.0; GATES];

/// Sixteen units forward, from their a: the gates r and z.
#[inline(always)]
fn gates<F: Real, A: Arithmetic>(a_r: Lanes<F>, a_z: Lanes<F>) -> (Lanes<F>, Lanes<F>) {
    (a_r.sigmoid::<A>(), a_z.sigmoid::<A>())
}

/// The candidate n and the new state, from a of n (without r u), the gates, u and h_{t-1}. Apart from
/// the gates for the reason that an LSTM's tanh(c) is.
#[inline(always)]
fn candidate<F: Real, A: Arithmetic>([a_n, r, z, u]: [Lanes<F>; PARTS], h_prev: Lanes<F>) -> (Lanes<F>, Lanes<F>) {
    let mut a = a_n;
    a.add_product::<A>(&r, &u);
    let n = a.tanh::<A>();
    let mut h = n; // n + z (h_{t-1} - n) = (1 - z) n + z h_{t-1}
    h.add_product::<A>(&z, &(h_prev - n));
    (n, h)
}

/// The same units on the way back: dL/da of n, r and z, dL/du, and the part of dL/dh_{t-1} that does
/// not go through the gates.
#[inline(always)]
fn backward<F: Real>([n, r, z, u]: [Lanes<F>; PARTS], h_prev: Lanes<F>, dh: Lanes<F>) -> ([Lanes<F>; PARTS], Lanes<F>) {
    let one = Lanes::ONE;
    let da_n = dh * (one - z) * (one - n * n); //      dL/dn = dL/dh (1 - z)
    let da_z = dh * (h_prev - n) * z * (one - z); //   dL/dz = dL/dh (h_{t-1} - n)
    let da_r = da_n * u * r * (one - r); //            dL/dr = dL/da_n u
    let du = da_n * r; //                              dL/du = dL/da_n r
    ([da_n, da_r, da_z, du], dh * z) //                dL/dh_{t-1} = dL/dh z + …
}

/// One GRU layer.
pub struct Gru<F> {
    isa: Isa,
    size: Size,
    w_ih: Range<usize>,      // (3P, I) as n, r, z
    w_hh: Range<usize>,      // (3P, H) as r, z, n
    b_ih: Range<usize>,      // (3P) as n, r, z
    b_hh: Range<usize>,      // (3P) as r, z, n
    bias: Range<usize>,      // (4P) b_in, b_ir + b_hr, b_iz + b_hz, b_hn, derived
    w_ih_back: Range<usize>, // (I/16, 48P) W_ih transposed, derived
    w_hh_back: Range<usize>, // (P, 48P) W_hh transposed, derived
    parts: Sequence<F>,      // (T, 4P, B) a, then n r z u, then da and du
    h: Sequence<F>,          // (T + 1, P, B)
    dh: Sequence<F>,         // (T + 1, P, B)
    db: Vec<Lanes<F>>,       // (4P) of the days so far
    initial: bool,           // whether slot 0 holds a given state; otherwise it is zero
}

impl<F: Real> Gru<F> {
    /// A layer of zeros; its tensors are `{name}.weight_ih_l{layer}` and so on.
    pub fn new(parameters: &mut Parameters<F>, isa: Isa, (name, layer): (&str, usize), size: Size) -> Self {
        let Size { inputs, hidden, window, rows, .. } = size;
        let tensor = |kind: &str| format!("{name}.{kind}_l{layer}");
        let (ih, hh) = ((GATES, GateOrder::LastFirst), (GATES, GateOrder::Same));
        let padded = planes(hidden) * LANES;
        Gru {
            isa,
            size,
            w_ih: parameters.add_gates(tensor("weight_ih"), Role::InputWeight, ih, (inputs, hidden)),
            w_hh: parameters.add_gates(tensor("weight_hh"), Role::RecurrentWeight, hh, (hidden, hidden)),
            b_ih: parameters.add_bias(tensor("bias_ih"), Role::Bias(BIAS), ih, hidden),
            b_hh: parameters.add_bias(tensor("bias_hh"), Role::Bias(BIAS), hh, hidden),
            bias: parameters.add_derived(PARTS * planes(hidden)),
            w_ih_back: parameters.add_derived(planes(inputs) * GATES * padded),
            w_hh_back: parameters.add_derived(planes(hidden) * GATES * padded),
            parts: Sequence::new(window, PARTS * padded, rows),
            h: Sequence::new(window + 1, hidden, rows),
            dh: Sequence::new(window + 1, hidden, rows),
            db: vec![Lanes::ZERO; PARTS * planes(hidden)],
            initial: false,
        }
    }

    /// On the first day of a window that starts from zero there is nothing to recur to.
    fn recurs(&self, day: usize) -> bool {
        day > 0 || self.initial
    }

    /// Numbers of one of the four parts, all planes and rows.
    fn part_len(&self) -> usize {
        self.h.day_len()
    }
}

impl<F: Real> Cell<F> for Gru<F> {
    fn derive(&self, values: &[Lanes<F>], derived: &mut [Lanes<F>], wanted: bool) {
        let part = planes(self.size.hidden);
        let bias = &mut derived[self.bias.clone()];
        bias.fill(Lanes::ZERO);
        for (to, from) in bias.iter_mut().zip(&values[self.b_ih.clone()]) {
            *to += *from;
        }
        for (to, from) in bias[part..].iter_mut().zip(&values[self.b_hh.clone()]) {
            *to += *from;
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
        let (recurs, part, p) = (self.recurs(day), self.part_len(), planes(hidden));
        let (n_ih, rz_ih) = weights.values[self.w_ih.clone()].split_at(p * inputs);
        let (rz_hh, u_hh) = weights.values[self.w_hh.clone()].split_at(2 * p * hidden);
        let bias = &weights.derived[self.bias.clone()];
        let (h_prev, h) = self.h.day_and_next_mut(day);
        let parts = self.parts.day_mut(day);
        let of_input = |w| Term { a: x_day, w, inputs };
        let of_state = |w| Term { a: h_prev, w, inputs: hidden };
        let (n, rz, u) = ([of_input(n_ih)], [of_input(rz_ih), of_state(rz_hh)], [of_state(u_hh)]);
        let (rz, u) = if recurs { (&rz[..], &u[..]) } else { (&rz[..1], &[][..]) };
        let product = |out: &mut [Lanes<F>], bias, terms| {
            self.isa.run(Product { out, stride, rows, start: Start::Bias(bias), terms });
        };
        // a_n = b_in + x_t W_in
        product(&mut parts[..part], &bias[..p], &n);
        // a_r, a_z = b + x_t W_i + h_{t-1} W_h
        product(&mut parts[part..3 * part], &bias[p..3 * p], rz);
        // u = b_hn + h_{t-1} W_hn
        product(&mut parts[3 * part..], &bias[3 * p..], u);
        self.isa.run(ForwardUnits { parts, h_prev, h, stride, rows });
    }

    fn start_backward(&mut self) {
        self.size.read.clear(&mut self.dh);
        self.db.fill(Lanes::ZERO);
    }

    fn backward(&mut self, weights: Weights<'_, F>, day: usize, rows: usize, dx: Option<&mut [Lanes<F>]>) {
        let (stride, part) = (self.size.rows, self.part_len());
        let inputs = GATES * planes(self.size.hidden) * LANES;
        let (dh_prev, dh) = self.dh.day_mut_and_next(day);
        let (parts, h_prev) = (self.parts.day_mut(day), self.h.day(day));
        let (db, read) = (&mut self.db[..], self.size.read);
        self.isa.run(BackwardUnits { parts, h_prev, dh, dh_prev, db, read, stride, rows });
        let parts = self.parts.day(day);
        if self.recurs(day) {
            // dL/dh_{t-1} += [da_r da_z du] W_hh^T
            let terms = &[Term { a: &parts[part..], w: &weights.derived[self.w_hh_back.clone()], inputs }];
            let out = self.dh.day_mut(day);
            self.isa.run(Product { out, stride, rows, start: Start::Output, terms });
        }
        if let Some(dx) = dx {
            // dL/dx_t += [da_n da_r da_z] W_ih^T
            let terms = &[Term { a: &parts[..3 * part], w: &weights.derived[self.w_ih_back.clone()], inputs }];
            let day_len = planes(self.size.inputs) * stride;
            let out = &mut dx[day * day_len..][..day_len];
            self.isa.run(Product { out, stride, rows, start: Start::Output, terms });
        }
    }

    fn weight_gradient(&mut self, x: &[Lanes<F>], rows: usize, gradient: &mut [Lanes<F>]) {
        let Size { inputs, hidden, window: days, rows: stride, .. } = self.size;
        let part = self.part_len();
        // [da_n da_r da_z], and one part further on [da_r da_z du]
        let of_input = self.parts.days_from(0);
        let of_state = |day: usize| {
            let parts = self.parts.days_from(day);
            Days { data: parts.data.get(part..).unwrap_or(&[]), ..parts }
        };
        // dL/dW_ih = sum over days of x_t^T [da_n da_r da_z]
        let a = Days { data: x, stride: planes(inputs) * stride };
        let dw = &mut gradient[self.w_ih.clone()];
        self.isa.run(WeightGradient { dw, inputs, a, da: of_input, days, stride, rows });
        // dL/dW_hh = sum over days of h_{t-1}^T [da_r da_z du]
        let first = usize::from(!self.initial);
        let (a, da) = (self.h.days_from(first), of_state(first));
        let dw = &mut gradient[self.w_hh.clone()];
        self.isa.run(WeightGradient { dw, inputs: hidden, a, da, days: days - first, stride, rows });
        // dL/db = sums over days of the same
        let of_gates = GATES * planes(hidden);
        gradient[self.b_ih.clone()].copy_from_slice(&self.db[..of_gates]);
        gradient[self.b_hh.clone()].copy_from_slice(&self.db[self.db.len() - of_gates..]);
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

    fn gates(&self) -> Vec<(&'static str, &Sequence<F>, usize)> {
        let padded = planes(self.size.hidden) * LANES;
        [("r", 1), ("z", 2), ("n", 0)].map(|(name, place)| (name, &self.parts, place * padded)).to_vec()
    }
}

/// `forward` over all units of a day.
struct ForwardUnits<'a, F> {
    parts: &'a mut [Lanes<F>],
    h_prev: &'a [Lanes<F>],
    h: &'a mut [Lanes<F>],
    stride: usize,
    rows: usize,
}

impl<F: Real> Pass for ForwardUnits<'_, F> {
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let len = self.h.len();
        let mut parts = self.parts.chunks_exact_mut(len);
        let (Some(n), Some(r), Some(z), Some(u)) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
            return;
        };
        for first in (0..len).step_by(self.stride) {
            let rows = first..first + self.rows;
            for k in rows.clone() {
                (r[k], z[k]) = gates::<F, A>(r[k], z[k]);
            }
            for k in rows {
                (n[k], self.h[k]) = candidate::<F, A>([n[k], r[k], z[k], u[k]], self.h_prev[k]);
            }
        }
    }
}

/// `backward` over all units of a day; adds da and du of all rows to `db`.
struct BackwardUnits<'a, F> {
    parts: &'a mut [Lanes<F>],
    h_prev: &'a [Lanes<F>],
    dh: &'a [Lanes<F>],
    dh_prev: &'a mut [Lanes<F>],
    db: &'a mut [Lanes<F>],
    read: Read,
    stride: usize,
    rows: usize,
}

impl<F: Real> Pass for BackwardUnits<'_, F> {
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let len = self.dh.len();
        let mut parts = self.parts.chunks_exact_mut(len);
        let (Some(n), Some(r), Some(z), Some(u)) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
            return;
        };
        let planes = len / self.stride;
        for plane in 0..planes {
            let mut sum = [Lanes::ZERO; PARTS];
            for k in plane * self.stride..plane * self.stride + self.rows {
                let (da, mut dh_prev) = backward([n[k], r[k], z[k], u[k]], self.h_prev[k], self.dh[k]);
                sum = [sum[0] + da[0], sum[1] + da[1], sum[2] + da[2], sum[3] + da[3]];
                [n[k], r[k], z[k], u[k]] = da;
                if self.read == Read::EveryDay {
                    dh_prev += self.dh_prev[k];
                }
                self.dh_prev[k] = dh_prev;
            }
            for (part, sum) in sum.into_iter().enumerate() {
                self.db[part * planes + plane] += sum;
            }
        }
    }
}
