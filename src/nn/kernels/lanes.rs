//! Vectors of sixteen numbers, and their arithmetic.

use std::ops::{Add, AddAssign, Mul, Sub};

use super::{Arithmetic, Real};

/// Units per channel block: one AVX-512 register of `f32`, or two of AVX2.
pub const LANES: usize = 16;

/// Returns the number of channel blocks that hold `units`; the last block is padded with zeros.
pub const fn blocks(units: usize) -> usize {
    units.div_ceil(LANES)
}

/// Sixteen neighbouring units of one row, aligned to a cache line.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(C, align(64))]
pub struct Lanes<F>(pub [F; LANES]);

impl<F: Real> Lanes<F> {
    /// All zero.
    pub const ZERO: Self = Lanes([F::ZERO; LANES]);

    /// All one.
    pub const ONE: Self = Lanes([F::ONE; LANES]);

    /// Returns the logistic function of every lane.
    #[inline(always)]
    pub fn sigmoid<A: Arithmetic>(mut self) -> Self {
        for lane in &mut self.0 {
            *lane = lane.sigmoid::<A>();
        }
        self
    }

    /// Returns the hyperbolic tangent of every lane.
    #[inline(always)]
    pub fn tanh<A: Arithmetic>(mut self) -> Self {
        for lane in &mut self.0 {
            *lane = lane.tanh::<A>();
        }
        self
    }

    /// Returns max(0, x) of every lane. NaN stays NaN.
    #[inline(always)]
    pub fn relu(mut self) -> Self {
        for lane in &mut self.0 {
            *lane = if *lane < F::ZERO { F::ZERO } else { *lane };
        }
        self
    }

    /// Returns the lanes where `sign` is positive, and zero in the others.
    #[inline(always)]
    pub fn where_positive(mut self, sign: &Self) -> Self {
        for (lane, sign) in self.0.iter_mut().zip(sign.0) {
            *lane = if sign > F::ZERO { *lane } else { F::ZERO };
        }
        self
    }

    /// Adds `a * b`.
    #[inline(always)]
    pub fn add_product<A: Arithmetic>(&mut self, a: &Self, b: &Self) {
        for lane in 0..LANES {
            self.0[lane] = A::mul_add(a.0[lane], b.0[lane], self.0[lane]);
        }
    }

    /// Subtracts `a * b`.
    #[inline(always)]
    pub fn subtract_product<A: Arithmetic>(&mut self, a: &Self, b: &Self) {
        A::subtract_product(self, a, b);
    }

    /// Adds `a * b`, with the same number `a` for all lanes.
    #[inline(always)]
    pub fn add_scaled<A: Arithmetic>(&mut self, a: F, b: &Self) {
        A::add_scaled(self, a, b);
    }

    /// Returns the sum of the lanes, added in pairs, in an order that does not depend on the machine.
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

/// Implements an operator lane by lane.
macro_rules! lanewise {
    ($trait:ident, $method:ident) => {
        impl<F: Real> $trait for Lanes<F> {
            type Output = Self;

            #[inline(always)]
            fn $method(mut self, other: Self) -> Self {
                for (lane, other) in self.0.iter_mut().zip(other.0) {
                    *lane = F::$method(*lane, other);
                }
                self
            }
        }
    };
}

lanewise!(Add, add);
lanewise!(Sub, sub);
lanewise!(Mul, mul);

impl<F: Real> AddAssign for Lanes<F> {
    #[inline(always)]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}
