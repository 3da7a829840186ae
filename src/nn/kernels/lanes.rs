//! Sixteen numbers side by side.

use crate::nn::Real;

/// Units in one plane: one AVX-512 register of `f32`, or two of AVX2.
pub const LANES: usize = 16;

/// Planes needed to hold `units`; the last one is padded with zeros.
pub const fn planes(units: usize) -> usize {
    units.div_ceil(LANES)
}

/// Sixteen neighbouring units of one row, aligned to a cache line.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(C, align(64))]
pub struct Lanes<F>(pub [F; LANES]);

impl<F: Real> Lanes<F> {
    /// All zero.
    pub const ZERO: Self = Lanes([F::ZERO; LANES]);

    /// The sum of the lanes, added in pairs so that the order never depends on the machine.
    #[inline(always)]
    pub fn sum(&self) -> F {
        let mut partial = self.0;
        let mut width = LANES / 2;
        while width > 0 {
            for lane in 0..width {
                partial[lane] += partial[lane + width];
            }
            width /= 2;
        }
        partial[0]
    }
}
