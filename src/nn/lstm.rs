//! LSTM: Hochreiter & Schmidhuber 1997, with the forget gate of Gers, Schmidhuber & Cummins 2000.
//!
//! ```text
//! i = sigma(x_t W_ii + h_{t-1} W_hi + b_i)      input gate: how much of the candidate to write
//! f = sigma(x_t W_if + h_{t-1} W_hf + b_f)      forget gate: how much of c to keep
//! g =  tanh(x_t W_ig + h_{t-1} W_hg + b_g)      candidate
//! o = sigma(x_t W_io + h_{t-1} W_ho + b_o)      output gate: how much of c to output
//! c_t = f c_{t-1} + i g                         cell state, the long-term memory
//! h_t = o tanh(c_t)                             hidden state, the short-term memory
//! ```
//!
//! The argument of a nonlinearity is called a. B = batch, T = window, P = channel blocks of 16 units.

use super::cell::{Gate, GateRole, Size};
use super::kernels::{AddTo, Arithmetic, Isa, Kernel, Lanes, Real, Sequence};
use super::parameters::GateOrder;
use super::recurrent::{Backward, Equations, Forward, Gates, split};

/// The gates, in PyTorch's order.
pub const NAMED_GATES: &[Gate] = &[
    Gate { letter: "i", name: "input gate", role: GateRole::Add, place: 0 },
    Gate { letter: "f", name: "forget gate", role: GateRole::Keep, place: 1 },
    Gate { letter: "g", name: "candidate", role: GateRole::Candidate, place: 2 },
    Gate { letter: "o", name: "output gate", role: GateRole::Output, place: 3 },
];

/// Computes, for sixteen units, the four gates and c_t from the gates' a and c_{t-1}.
#[inline(always)]
fn forward<F: Real, A: Arithmetic>([a_i, a_f, a_g, a_o]: [Lanes<F>; 4], c_prev: Lanes<F>) -> ([Lanes<F>; 4], Lanes<F>) {
    let i = a_i.sigmoid::<A>();
    let f = a_f.sigmoid::<A>();
    let g = a_g.tanh::<A>();
    let o = a_o.sigmoid::<A>();
    let mut c = i * g;
    c.add_product::<A>(&f, &c_prev); // c_t = f c_{t-1} + i g
    ([i, f, g, o], c)
}

/// Computes tanh(c) and h. Runs in a separate loop, so that it does not wait for the gates of the same row.
#[inline(always)]
fn output<F: Real, A: Arithmetic>(c: Lanes<F>, o: Lanes<F>) -> (Lanes<F>, Lanes<F>) {
    let tanh_c = c.tanh::<A>();
    (tanh_c, o * tanh_c) // h_t = o tanh(c_t)
}

/// Computes, for sixteen units, da of the four gates and dc_{t-1}.
#[inline(always)]
fn backward<F: Real>(
    [i, f, g, o]: [Lanes<F>; 4],
    (c_prev, tanh_c): (Lanes<F>, Lanes<F>),
    (dh, dc_next): (Lanes<F>, Lanes<F>),
) -> ([Lanes<F>; 4], Lanes<F>) {
    let one = Lanes::ONE;
    let dc = dc_next + dh * o * (one - tanh_c * tanh_c); // dc = dc_next + dh o (1 - tanh(c)^2)
    let da_i = dc * g * i * (one - i); //                   da_i = di i (1 - i), di = dc g
    let da_f = dc * c_prev * f * (one - f); //              da_f = df f (1 - f), df = dc c_{t-1}
    let da_g = dc * i * (one - g * g); //                   da_g = dg (1 - g^2), dg = dc i
    let da_o = dh * tanh_c * o * (one - o); //              da_o = do o (1 - o), do = dh tanh(c)
    ([da_i, da_f, da_g, da_o], dc * f) //                   dc_{t-1} = dc f
}

/// The equations of an LSTM, and its cell states.
pub struct Lstm<F> {
    c: Sequence<F>,      // (T + 1, P, B)
    tanh_c: Sequence<F>, // (T, P, B)
    dc: Sequence<F>,     // (1, P, B) of the current day
}

impl<F: Real> Lstm<F> {
    /// Returns an LSTM with cell states of zero.
    pub fn new(Size { hidden, window, rows, .. }: Size) -> Self {
        let states = |days| Sequence::new(days, hidden, rows);
        Lstm { c: states(window + 1), tanh_c: states(window), dc: states(1) }
    }
}

impl<F: Real> Equations<F> for Lstm<F> {
    /// i, f, g, o. The bias of f starts at 1, so that an untrained network keeps most of its cell state (Gers et al.
    /// 2000; Jozefowicz, Zaremba & Sutskever 2015).
    const GATES: Gates = Gates {
        count: 4,
        named: NAMED_GATES,
        input: 0..4,
        state: 0..4,
        input_order: GateOrder::Same,
        bias_ih: &[0.0, 1.0, 0.0, 0.0],
        bias_hh: &[0.0; 4],
        in_place: false,
    };

    fn forward(&mut self, isa: Isa, at: Forward<'_, F>) {
        isa.run(ForwardPass { cell: self, at });
    }

    fn backward(&mut self, isa: Isa, at: Backward<'_, F>) -> AddTo<'static, F> {
        let read = at.read;
        isa.run(BackwardPass { cell: self, at });
        read.add_to()
    }

    fn start_backward(&mut self) {
        self.dc.clear();
    }

    fn c(&self) -> Option<&Sequence<F>> {
        Some(&self.c)
    }

    fn c_mut(&mut self) -> Option<&mut Sequence<F>> {
        Some(&mut self.c)
    }

    fn dc(&mut self) -> Option<&mut Sequence<F>> {
        Some(&mut self.dc)
    }
}

/// A kernel that runs `forward` and `output` on all units of one day.
struct ForwardPass<'a, F> {
    cell: &'a mut Lstm<F>,
    at: Forward<'a, F>,
}

impl<F: Real> Kernel for ForwardPass<'_, F> {
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let Forward { day, stride, rows, gates, h, .. } = self.at;
        let [i, f, g, o] = split(gates, h.len());
        let (c_prev, c) = self.cell.c.day_and_next_mut(day);
        let tanh_c = self.cell.tanh_c.day_mut(day);
        for first in (0..h.len()).step_by(stride) {
            for k in first..first + rows {
                let (gates, c_k) = forward::<F, A>([i[k], f[k], g[k], o[k]], c_prev[k]);
                [i[k], f[k], g[k], o[k]] = gates;
                c[k] = c_k;
            }
            for k in first..first + rows {
                (tanh_c[k], h[k]) = output::<F, A>(c[k], o[k]);
            }
        }
    }
}

/// A kernel that runs `backward` on all units of one day.
struct BackwardPass<'a, F> {
    cell: &'a mut Lstm<F>,
    at: Backward<'a, F>,
}

impl<F: Real> Kernel for BackwardPass<'_, F> {
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let Backward { day, stride, rows, gates, dh, db, .. } = self.at;
        let [i, f, g, o] = split(gates, dh.len());
        let (c_prev, tanh_c, dc) = (self.cell.c.day(day), self.cell.tanh_c.day(day), self.cell.dc.day_mut(0));
        let blocks = dh.len() / stride;
        for block in 0..blocks {
            let mut sum = [Lanes::ZERO; 4];
            for k in block * stride..block * stride + rows {
                let (da, dc_prev) = backward([i[k], f[k], g[k], o[k]], (c_prev[k], tanh_c[k]), (dh[k], dc[k]));
                sum = [sum[0] + da[0], sum[1] + da[1], sum[2] + da[2], sum[3] + da[3]];
                [i[k], f[k], g[k], o[k]] = da;
                dc[k] = dc_prev;
            }
            for (gate, sum) in sum.into_iter().enumerate() {
                db[gate * blocks + block] += sum;
            }
        }
    }
}
