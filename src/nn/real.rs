//! The floats a network can be made of, with the two functions its gates need.

use std::fmt::{Debug, Display};
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

use super::kernels::Arithmetic;

/// `f32` or `f64`.
///
/// `sigmoid` and `tanh` of `f32` are polynomials that a compiler can run sixteen at a time; those
/// of `f64` are the standard library's, because `f64` is there to prove and not to be fast.
pub trait Real:
    Copy
    + Debug
    + Display
    + Default
    + PartialOrd
    + Send
    + Sync
    + 'static
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
{
    /// 0
    const ZERO: Self;
    /// 1
    const ONE: Self;

    /// The nearest value to `x`.
    fn of(x: f64) -> Self;
    /// The same value in double precision.
    fn f64(self) -> f64;
    /// `self * b + c` with one rounding.
    fn mul_add(self, b: Self, c: Self) -> Self;
    /// The square root.
    fn sqrt(self) -> Self;
    /// The logistic function, `1 / (1 + exp(-x))`. NaN stays NaN.
    fn sigmoid<A: Arithmetic>(self) -> Self;
    /// The hyperbolic tangent. NaN stays NaN.
    fn tanh<A: Arithmetic>(self) -> Self;
}

impl Real for f64 {
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;

    #[inline(always)]
    fn of(x: f64) -> Self {
        x
    }
    #[inline(always)]
    fn f64(self) -> f64 {
        self
    }
    #[inline(always)]
    fn mul_add(self, b: Self, c: Self) -> Self {
        f64::mul_add(self, b, c)
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        f64::sqrt(self)
    }
    #[inline(always)]
    fn sigmoid<A: Arithmetic>(self) -> Self {
        1.0 / (1.0 + (-self).exp())
    }
    #[inline(always)]
    fn tanh<A: Arithmetic>(self) -> Self {
        f64::tanh(self)
    }
}

impl Real for f32 {
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;

    #[inline(always)]
    fn of(x: f64) -> Self {
        x as f32
    }
    #[inline(always)]
    fn f64(self) -> f64 {
        f64::from(self)
    }
    #[inline(always)]
    fn mul_add(self, b: Self, c: Self) -> Self {
        f32::mul_add(self, b, c)
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        f32::sqrt(self)
    }
    #[inline(always)]
    fn sigmoid<A: Arithmetic>(self) -> Self {
        1.0 / (1.0 + exp2::<A>(self * -std::f32::consts::LOG2_E))
    }
    #[inline(always)]
    fn tanh<A: Arithmetic>(self) -> Self {
        tanh_rational::<A>(self)
    }
}

/// `2^x`, saturating at `2^-126` and `2^126`.
///
/// `x = n + r` with a whole `n` and `|r| <= 1/2`; `2^r` is the minimax polynomial of degree 5 for
/// the relative error on that span (7.5e-8, found with the Remez exchange), `2^n` is put together
/// from its exponent bits.
#[inline(always)]
fn exp2<A: Arithmetic>(x: f32) -> f32 {
    // Comparisons rather than min and max: these let a NaN through.
    let x = if x > 126.0 { 126.0 } else { x };
    let x = if x < -126.0 { -126.0 } else { x };
    // Adding 1.5 * 2^23 leaves the nearest whole number in the low bits of the mantissa.
    const ROUND: f32 = 12_582_912.0;
    let shifted = x + ROUND;
    let r = x - (shifted - ROUND);
    let p = A::mul_add(1.327_647_2e-3, r, 9.675_541e-3);
    let p = A::mul_add(p, r, 5.550_713_3e-2);
    let p = A::mul_add(p, r, 2.402_212e-1);
    let p = A::mul_add(p, r, 6.931_469_7e-1);
    let p = A::mul_add(p, r, 1.000_000_1);
    let exponent = shifted.to_bits().wrapping_add(127) << 23;
    p * f32::from_bits(exponent)
}

/// `tanh` as an odd polynomial of degree 13 over an even one of degree 6, the rational
/// approximation used by Eigen (`generic_fast_tanh_float`); beyond 7.9 it is 1 in `f32`.
#[inline(always)]
fn tanh_rational<A: Arithmetic>(x: f32) -> f32 {
    const SATURATED: f32 = 7.905_311;
    let x = if x > SATURATED { SATURATED } else { x };
    let x = if x < -SATURATED { -SATURATED } else { x };
    let x2 = x * x;
    let p = A::mul_add(-2.760_768_5e-16, x2, 2.000_187_9e-13);
    let p = A::mul_add(p, x2, -8.604_672e-11);
    let p = A::mul_add(p, x2, 5.122_297e-8);
    let p = A::mul_add(p, x2, 1.485_722_35e-5);
    let p = A::mul_add(p, x2, 6.372_619_3e-4);
    let p = A::mul_add(p, x2, 4.893_524_6e-3);
    let q = A::mul_add(1.198_258_4e-6, x2, 1.185_347_1e-4);
    let q = A::mul_add(q, x2, 2.268_434_6e-3);
    let q = A::mul_add(q, x2, 4.893_525e-3);
    x * p / q
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::kernels::{Fused, Separate};

    /// Distance in units of the last place of the exact value.
    fn ulp(got: f32, exact: f64) -> f64 {
        let spacing = f64::from((exact as f32).abs().next_up()) - f64::from((exact as f32).abs());
        (f64::from(got) - exact).abs() / spacing
    }

    /// Every 97th float of the span, both signs.
    fn floats(largest: f32) -> impl Iterator<Item = f32> {
        (1..largest.to_bits()).step_by(97).map(f32::from_bits).flat_map(|x| [x, -x])
    }

    fn worst_ulp(largest: f32, got: fn(f32) -> f32, exact: fn(f64) -> f64) -> f64 {
        floats(largest).map(|x| ulp(got(x), exact(f64::from(x)))).fold(0.0, f64::max)
    }

    #[test]
    fn sigmoid_is_within_five_ulp_over_its_range() {
        let exact = |x: f64| 1.0 / (1.0 + (-x).exp());
        // Below -87 the result leaves the normal floats.
        assert!(worst_ulp(87.0, |x| x.sigmoid::<Fused>(), exact) < 5.0);
        assert!(worst_ulp(87.0, |x| x.sigmoid::<Separate>(), exact) < 5.0);
    }

    #[test]
    fn tanh_is_within_five_ulp_over_its_range() {
        assert!(worst_ulp(80.0, |x| Real::tanh::<Fused>(x), f64::tanh) < 5.0);
        assert!(worst_ulp(80.0, |x| Real::tanh::<Separate>(x), f64::tanh) < 5.0);
    }

    #[test]
    fn nan_stays_nan_and_infinity_saturates() {
        assert!(f32::NAN.sigmoid::<Fused>().is_nan());
        assert!(Real::tanh::<Fused>(f32::NAN).is_nan());
        assert_eq!(f32::INFINITY.sigmoid::<Fused>(), 1.0);
        assert!(f32::NEG_INFINITY.sigmoid::<Fused>() < 1e-37);
        assert!((Real::tanh::<Fused>(f32::INFINITY) - 1.0).abs() < 3e-7);
        assert!((Real::tanh::<Fused>(f32::NEG_INFINITY) + 1.0).abs() < 3e-7);
    }
}
