//! What every cell promises: one layer that reads a window day by day.

use super::Real;
use super::kernels::{Lanes, Sequence};

/// One layer of a network, with the buffers for one batch.
///
/// B = rows of the batch, I = inputs, H = hidden units, T = days of the window. Days count from 0;
/// slot `t + 1` of a state is the state after day `t`, slot 0 the state before the first.
///
/// `weights` is always the network's flat buffer; a cell knows where its own tensors stand.
pub trait Cell<F: Real>: Send {
    /// Takes up new weights: called once after every update, before `forward`.
    fn prepare(&mut self, weights: &[Lanes<F>]);

    /// Day `day` of the forward pass: from `x` (I) and the last state to the next state.
    fn forward(&mut self, weights: &[Lanes<F>], x: &[Lanes<F>], day: usize, rows: usize);

    /// Day `day` of the way back. Slot `day + 1` of `dh` holds dL/dh of that day, all of it; adds
    /// to slot `day`, and writes dL/dx where it is wanted.
    fn backward(&mut self, day: usize, rows: usize, dx: Option<&mut [Lanes<F>]>);

    /// Adds the gradients of the layer's weights, all days at once, to `gradient`, which is laid
    /// out as `weights` is. `x` holds all days.
    fn weight_gradient(&mut self, x: &[Lanes<F>], rows: usize, gradient: &mut [Lanes<F>]);

    /// The states `h`, T + 1 slots.
    fn h(&self) -> &Sequence<F>;

    /// dL/dh, T + 1 slots.
    fn dh(&mut self) -> &mut Sequence<F>;

    /// One slot of `h`, and the same slot of `dh` to be written.
    fn h_and_dh(&mut self, slot: usize) -> (&[Lanes<F>], &mut [Lanes<F>]);
}
