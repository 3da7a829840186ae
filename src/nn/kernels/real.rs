//! The number types of a network, with the functions that its layers need.

use std::fmt::{Debug, Display};
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

use super::{Arithmetic, Wide};
use sealed::Sealed;

/// A trait that other crates cannot reach, so that they can implement neither [`Real`] nor `Float`.
mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// `f32` or `f64`; no other type can implement it.
///
/// `sigmoid` and `tanh` of `f32` are polynomials that the compiler vectorises. Those of `f64` are the standard
/// library's, because `f64` is used only in tests of the equations and need not be fast.
pub trait Real:
    Sealed
    + Copy
    + Wide
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

    /// Returns the number nearest to `x`.
    fn of(x: f64) -> Self;
    /// Returns the number as `f64`.
    fn to_f64(self) -> f64;
    /// Returns `self * b + c`, rounded once.
    fn mul_add(self, b: Self, c: Self) -> Self;
    /// Returns the square root.
    fn sqrt(self) -> Self;
    /// Returns `self / b` for a positive and normal `b`, computed by multiply-adds where that is faster. NaN stays NaN.
    fn fused_div(self, b: Self) -> Self;
    /// Returns the square root of a non-negative number, computed by multiply-adds where that is faster.
    fn fused_sqrt(self) -> Self;
    /// Returns the logistic function, `1 / (1 + exp(-x))`. NaN stays NaN.
    fn sigmoid<A: Arithmetic>(self) -> Self;
    /// Returns the hyperbolic tangent. NaN stays NaN.
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
    fn to_f64(self) -> f64 {
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
    fn fused_div(self, b: Self) -> Self {
        self / b
    }
    #[inline(always)]
    fn fused_sqrt(self) -> Self {
        self.sqrt()
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
    fn to_f64(self) -> f64 {
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
    fn fused_div(self, b: Self) -> Self {
        div(self, b)
    }
    #[inline(always)]
    fn fused_sqrt(self) -> Self {
        sqrt(self)
    }
    #[inline(always)]
    fn sigmoid<A: Arithmetic>(self) -> Self {
        let (p, scale) = exp_parts::<A>(-self);
        1.0 / A::mul_add(p, scale, 1.0)
    }
    #[inline(always)]
    fn tanh<A: Arithmetic>(self) -> Self {
        tanh_rational::<A>(self)
    }
}

/// Returns `e^x` as the product of a number near 1 and a power of two, saturating at `e^-87` and `e^87`.
///
/// `x = n ln 2 + r` with an integer `n` and `|r| <= ln(2) / 2`, where ln 2 is split in two parts so that no bit of `r`
/// is lost (Cody & Waite 1980). `e^r` is the minimax polynomial of degree 5 for the relative error on that interval
/// (7.5e-8, found with the Remez exchange); `2^n` is made from its exponent bits.
#[inline(always)]
fn exp_parts<A: Arithmetic>(x: f32) -> (f32, f32) {
    // `min` and `max` would turn a NaN into a number.
    let x = if x > 87.0 { 87.0 } else { x };
    let x = if x < -87.0 { -87.0 } else { x };
    // Adding 1.5 * 2^23 leaves the nearest integer in the low bits of the mantissa. With another 127 added, they are
    // the exponent bits of 2^n.
    const ROUND: f32 = 12_582_912.0 + 127.0;
    let shifted = A::mul_add(x, std::f32::consts::LOG2_E, ROUND);
    let n = shifted - ROUND;
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    let r = A::mul_add(n, -LN_2_LOW, A::mul_add(n, -LN_2_HIGH, x));
    let p = A::mul_add(0.008297655, r, 0.041915383);
    let p = A::mul_add(p, r, 0.16667575);
    let p = A::mul_add(p, r, 0.49998894);
    let p = A::mul_add(p, r, 0.9999997);
    let p = A::mul_add(p, r, 1.0000001);
    (p, f32::from_bits(shifted.to_bits() << 23))
}

/// Returns `tanh` as an odd polynomial of degree 13 divided by an even one of degree 6, the rational approximation of
/// Eigen (`generic_fast_tanh_float`). Beyond 7.9 `tanh` is 1 in `f32`.
#[inline(always)]
fn tanh_rational<A: Arithmetic>(x: f32) -> f32 {
    const SATURATED: f32 = 7.905_311;
    let x = if x > SATURATED { SATURATED } else { x };
    let x = if x < -SATURATED { -SATURATED } else { x };
    let x2 = x * x;
    let p = A::mul_add(-2.760_768_5e-16, x2, 2.000_187_8e-13);
    let p = A::mul_add(p, x2, -8.604_672e-11);
    let p = A::mul_add(p, x2, 5.122_297e-8);
    let p = A::mul_add(p, x2, 1.485_722_35e-5);
    let p = A::mul_add(p, x2, 6.372_619_3e-4);
    let p = A::mul_add(p, x2, 4.893_524_6e-3);
    let q = A::mul_add(1.198_258_4e-6, x2, 1.185_347_1e-4);
    let q = A::mul_add(q, x2, 2.268_434_6e-3);
    let q = A::mul_add(q, x2, 4.893_525e-3);
    A::div(x * p, q)
}

/// Returns `a / b` within 0.6 ulp, for `b` between `2^-125` and `2^125.6`. It takes eight multiply-adds; a division can
/// take as long as thirty.
#[inline(always)]
fn div(a: f32, b: f32) -> f32 {
    // Subtracting the bits of b from a constant negates the exponent, and makes the mantissa nearly that of the
    // reciprocal. This constant, a little less than twice the bits of 1, leaves an error of 5.05 % on either side.
    const MIRROR: u32 = 0x7ef3_11c7;
    let r = f32::from_bits(MIRROR.wrapping_sub(b.to_bits()));
    // Newton's step with 2 + 0.0505^2 / 2 instead of 2, which again balances the error: 0.13 % on either side.
    let r = r * f32::mul_add(-b, r, 2.001_275);
    // A second step, after which the error is 2e-6. The remainder a - b q then corrects the quotient q.
    let r = f32::mul_add(r, f32::mul_add(-b, r, 1.0), r);
    let q = a * r;
    f32::mul_add(f32::mul_add(-b, q, a), r, q)
}

/// Returns the square root of `a` within 0.8 ulp, as `a` times an approximation of `1 / sqrt(a)`. Zero stays zero; the
/// result for a subnormal `a` is small but not accurate.
#[inline(always)]
fn sqrt(a: f32) -> f32 {
    // Halving the bits halves the exponent (Lomont 2003). The result is within 3.5 %.
    const MIRROR: u32 = 0x5f37_5a86;
    let r = f32::from_bits(MIRROR.wrapping_sub(a.to_bits() >> 1));
    // Newton's step r (3 - a r^2) / 2, with slightly more than 3, which balances the error: 0.09 %.
    let r = r * f32::mul_add(-0.5 * a * r, r, 1.500_89);
    // sqrt(a) = a r / sqrt(1 - e) = a r (1 + e / 2 + 3 e^2 / 8 + ...)
    let q = a * r;
    let e = f32::mul_add(-q, r, 1.0);
    f32::mul_add(q, e * f32::mul_add(0.375, e, 0.5), q)
}

#[cfg(test)]
mod tests {
    use super::super::{Fused, Separate};
    use super::*;

    /// Returns the error in units of the last place of the exact value.
    fn ulp(got: f32, exact: f64) -> f64 {
        let spacing = f64::from((exact as f32).abs().next_up()) - f64::from((exact as f32).abs());
        (f64::from(got) - exact).abs() / spacing
    }

    /// Returns every 97th float up to `largest`, with both signs. Below `MIN`, `x * x` and the products with small
    /// coefficients are subnormal, and the functions are 1/2 and 0.
    fn floats(largest: f32) -> impl Iterator<Item = f32> {
        const MIN: f32 = 1e-30;
        (MIN.to_bits()..largest.to_bits()).step_by(97).map(f32::from_bits).flat_map(|x| [x, -x])
    }

    fn worst_ulp(largest: f32, got: fn(f32) -> f32, exact: fn(f64) -> f64) -> f64 {
        floats(largest).map(|x| ulp(got(x), exact(f64::from(x)))).fold(0.0, f64::max)
    }

    #[test]
    fn sigmoid_is_within_five_ulp_over_its_range() {
        let exact = |x: f64| 1.0 / (1.0 + (-x).exp());
        // Below -87 the function saturates, because the exact value is no longer a normal float.
        let (fused, separate) = (|x: f32| x.sigmoid::<Fused>(), |x: f32| x.sigmoid::<Separate>());
        let worst = [worst_ulp(86.0, fused, exact), worst_ulp(86.0, separate, exact)];
        assert!(worst.iter().all(|ulp| *ulp < 5.0), "{worst:?}");
    }

    #[test]
    fn tanh_is_within_a_few_ulp_over_its_range() {
        let (fused, separate) = (|x: f32| Real::tanh::<Fused>(x), |x: f32| Real::tanh::<Separate>(x));
        assert!(worst_ulp(86.0, fused, f64::tanh) < 5.0);
        // Two roundings per step cost about one unit more.
        assert!(worst_ulp(86.0, separate, f64::tanh) < 6.5);
    }

    #[test]
    fn div_and_sqrt_are_within_an_ulp() {
        let normal = || floats(1e36).filter(|x| *x > 0.0);
        let div = |a: f32| {
            let each = normal().map(|b| ulp(super::div(a, b), f64::from(a) / f64::from(b)));
            each.fold(0.0, f64::max)
        };
        let worst = [div(1.0), div(-0.777)];
        assert!(worst.iter().all(|ulp| *ulp < 0.6), "{worst:?}");
        let root = normal().map(|a| ulp(super::sqrt(a), f64::from(a).sqrt())).fold(0.0, f64::max);
        assert!(root < 0.8, "{root}");
        assert_eq!(super::sqrt(0.0), 0.0);
        assert!(super::sqrt(1e-40) < 1e-18);
        assert!(super::div(1.0, f32::NAN).is_nan() && super::sqrt(f32::NAN).is_nan());
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
