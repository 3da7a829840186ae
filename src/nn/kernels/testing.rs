//! Operands for the tests of the kernels.

use super::{LANES, Lanes};

/// `len` times 16 multiples of 1/8 between -7/8 and 7/8: their products and sums are exact in `f32`, so that the
/// order of a sum does not matter.
pub fn exact(len: usize, seed: usize) -> Vec<Lanes<f32>> {
    let number = |k: usize| ((k * 7919 + seed * 104_729) % 15) as f32 / 8.0 - 7.0 / 8.0;
    (0..len).map(|k| Lanes(std::array::from_fn(|lane| number(k * LANES + lane)))).collect()
}
