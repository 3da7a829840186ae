//! GRU: Cho et al. 2014, with the reset gate applied after the matrix product, as PyTorch and cuDNN do.
//!
//! ```text
//! r = sigma(x_t W_ir + b_ir + h_{t-1} W_hr + b_hr)      reset gate
//! z = sigma(x_t W_iz + b_iz + h_{t-1} W_hz + b_hz)      update gate
//! u = h_{t-1} W_hn + b_hn                               recurrent term of the candidate
//! n = tanh(x_t W_in + b_in + r u)                       candidate
//! h_t = (1 - z) n + z h_{t-1}                           hidden state
//! ```
//!
//! The argument of a nonlinearity is called a. P = channel blocks of 16 units.

use super::cell::{Gate, GateRole, Read};
use super::kernels::{AddTo, Arithmetic, Isa, Kernel, Lanes, Real};
use super::parameters::GateOrder;
use super::recurrent::{Backward, Equations, Forward, Gates, split};

/// The gates that have names in papers, in PyTorch's order.
pub const NAMED_GATES: &[Gate] = &[
    Gate { letter: "r", name: "reset gate", role: GateRole::Reset, place: 1 },
    Gate { letter: "z", name: "update gate", role: GateRole::Keep, place: 2 },
    Gate { letter: "n", name: "candidate", role: GateRole::Candidate, place: 0 },
];

/// Computes, for sixteen units, the gates r and z from their a.
#[inline(always)]
fn gates<F: Real, A: Arithmetic>(a_r: Lanes<F>, a_z: Lanes<F>) -> (Lanes<F>, Lanes<F>) {
    (a_r.sigmoid::<A>(), a_z.sigmoid::<A>())
}

/// Computes n and h_t from x_n = x_t W_in + b_in, r, z, u and h_{t-1}. Runs in a separate loop, so that it does not
/// wait for the gates of the same row.
#[inline(always)]
fn candidate<F: Real, A: Arithmetic>([x_n, r, z, u]: [Lanes<F>; 4], h_prev: Lanes<F>) -> (Lanes<F>, Lanes<F>) {
    let mut a_n = x_n;
    a_n.add_product::<A>(&r, &u); // a_n = x_n + r u
    let n = a_n.tanh::<A>();
    let mut h = n; // h_t = n + z (h_{t-1} - n) = (1 - z) n + z h_{t-1}
    h.add_product::<A>(&z, &(h_prev - n));
    (n, h)
}

/// Computes, for sixteen units, da_n, da_r, da_z, du, and the part of dL/dh_{t-1} that does not pass through the
/// weights.
#[inline(always)]
fn backward<F: Real>([n, r, z, u]: [Lanes<F>; 4], h_prev: Lanes<F>, dh: Lanes<F>) -> ([Lanes<F>; 4], Lanes<F>) {
    let one = Lanes::ONE;
    let da_n = dh * (one - z) * (one - n * n); //      da_n = dn (1 - n^2), dn = dh (1 - z)
    let da_z = dh * (h_prev - n) * z * (one - z); //   da_z = dz z (1 - z), dz = dh (h_{t-1} - n)
    let da_r = da_n * u * r * (one - r); //            da_r = dr r (1 - r), dr = da_n u
    let du = da_n * r; //                              du = da_n r
    ([da_n, da_r, da_z, du], dh * z) //                dh_{t-1} = dh z + ...
}

/// The equations of a GRU.
pub struct Gru;

impl<F: Real> Equations<F> for Gru {
    /// n, r, z, u: the gates that read the input are adjacent, and so are those that read the state. PyTorch's order is
    /// r, z, n.
    const GATES: Gates = Gates {
        count: 4,
        named: NAMED_GATES,
        input: 0..3,
        state: 1..4,
        input_order: GateOrder::LastFirst,
        bias_ih: &[0.0; 3],
        bias_hh: &[0.0; 3],
        in_place: false,
    };

    fn forward(&mut self, isa: Isa, at: Forward<'_, F>) {
        isa.run(ForwardPass(at));
    }

    fn backward(&mut self, isa: Isa, at: Backward<'_, F>) -> AddTo<'static, F> {
        isa.run(BackwardPass(at));
        AddTo::Output
    }
}

/// A kernel that runs `gates` and `candidate` on all units of one day.
struct ForwardPass<'a, F>(Forward<'a, F>);

impl<F: Real> Kernel for ForwardPass<'_, F> {
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let Forward { stride, rows, gates: all, h_prev, h, .. } = self.0;
        let [n, r, z, u] = split(all, h.len());
        for first in (0..h.len()).step_by(stride) {
            for k in first..first + rows {
                (r[k], z[k]) = gates::<F, A>(r[k], z[k]);
            }
            for k in first..first + rows {
                (n[k], h[k]) = candidate::<F, A>([n[k], r[k], z[k], u[k]], h_prev[k]);
            }
        }
    }
}

/// A kernel that runs `backward` on all units of one day.
struct BackwardPass<'a, F>(Backward<'a, F>);

impl<F: Real> Kernel for BackwardPass<'_, F> {
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let Backward { stride, rows, read, gates, h_prev, dh_prev, dh, db, .. } = self.0;
        let [n, r, z, u] = split(gates, dh.len());
        let blocks = dh.len() / stride;
        for block in 0..blocks {
            let mut sum = [Lanes::ZERO; 4];
            for k in block * stride..block * stride + rows {
                let (da, mut dh_k) = backward([n[k], r[k], z[k], u[k]], h_prev[k], dh[k]);
                sum = [sum[0] + da[0], sum[1] + da[1], sum[2] + da[2], sum[3] + da[3]];
                [n[k], r[k], z[k], u[k]] = da;
                if read == Read::EveryDay {
                    dh_k += dh_prev[k];
                }
                dh_prev[k] = dh_k;
            }
            for (gate, sum) in sum.into_iter().enumerate() {
                db[gate * blocks + block] += sum;
            }
        }
    }
}
