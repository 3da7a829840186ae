//! Which instructions this machine has, found once, what AVX-512 alone does, and the only `unsafe` of the engine.

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{__m512, _mm512_fmadd_ps, _mm512_fnmadd_ps, _mm512_set1_ps};
#[cfg(target_arch = "x86_64")]
use std::mem::transmute;

use super::{LANES, Lanes};
use crate::nn::Real;

/// A loop to be compiled once for every instruction set.
///
/// Implementations mark `run` as `#[inline(always)]`, so that it is compiled inside the function
/// that carries the instruction set.
pub trait Pass {
    /// Does the work, with multiply-adds as `A` does them.
    fn run<A: Arithmetic>(self);
}

/// How `a * b + c` is computed, and on how many registers. Unless said otherwise, as it is fastest where
/// the hardware has an instruction for it.
pub trait Arithmetic {
    /// Rows of the tiles of a product of `f32` that span one plane of output units, two planes, and so on: at most
    /// as many as there are registers for, falling to one. What is computed does not depend on it.
    const TILE_ROWS: &[&[usize]];

    /// `a * b + c`.
    #[inline(always)]
    fn mul_add<F: Real>(a: F, b: F, c: F) -> F {
        a.mul_add(b, c)
    }

    /// Adds `a * b` to every lane, with one number for all lanes of `a`.
    #[inline(always)]
    fn add_scaled<F: Real>(sum: &mut Lanes<F>, a: F, b: &Lanes<F>) {
        for lane in 0..LANES {
            sum.0[lane] = Self::mul_add(a, b.0[lane], sum.0[lane]);
        }
    }

    /// Takes `a * b` away from every lane.
    #[inline(always)]
    fn subtract_product<F: Real>(sum: &mut Lanes<F>, a: &Lanes<F>, b: &Lanes<F>) {
        for lane in 0..LANES {
            sum.0[lane] = Self::mul_add(-a.0[lane], b.0[lane], sum.0[lane]);
        }
    }

    /// `a / b` for a `b` that is positive and normal.
    #[inline(always)]
    fn div<F: Real>(a: F, b: F) -> F {
        a.fused_div(b)
    }

    /// The square root of an `a` that is not negative.
    #[inline(always)]
    fn root<F: Real>(a: F) -> F {
        a.fused_sqrt()
    }
}

/// One rounding, where the hardware has the instruction.
pub struct Fused;

/// The same on the 32 registers of AVX-512, of which one holds a whole plane of `f32`. Nobody but `avx512`
/// can name it.
#[cfg(target_arch = "x86_64")]
struct WideFused;

/// Two roundings: without the instruction, a fused multiply-add would be a slow library call.
pub struct Separate;

impl Arithmetic for Fused {
    // Twelve of sixteen registers, two a plane; one is left for a weight and one for an input.
    const TILE_ROWS: &[&[usize]] = &[&[6, 5, 4, 3, 2, 1]];
}

#[cfg(target_arch = "x86_64")]
impl Arithmetic for WideFused {
    const TILE_ROWS: &[&[usize]] = &[
        &[16, 12, 11, 8, 6, 5, 4, 3, 2, 1],
        &[11, 10, 8, 6, 5, 4, 3, 2, 1],
        &[8, 6, 5, 4, 3, 2, 1],
        &[6, 5, 4, 3, 2, 1],
    ];

    // A loop over lanes is taken apart into single numbers before it is put together again, and where there are
    // many sums some of it stays apart, forty times slower. What is an instruction from the start stays one.

    #[inline(always)]
    fn add_scaled<F: Real>(sum: &mut Lanes<F>, a: F, b: &Lanes<F>) {
        // SAFETY: `avx512` alone runs a pass with this arithmetic.
        unsafe { F::add_scaled_avx512(sum, a, b) }
    }

    #[inline(always)]
    fn subtract_product<F: Real>(sum: &mut Lanes<F>, a: &Lanes<F>, b: &Lanes<F>) {
        // SAFETY: as above.
        unsafe { F::subtract_product_avx512(sum, a, b) }
    }
}

impl Arithmetic for Separate {
    const TILE_ROWS: &[&[usize]] = &[&[6, 5, 4, 3, 2, 1]];

    #[inline(always)]
    fn mul_add<F: Real>(a: F, b: F, c: F) -> F {
        a * b + c
    }

    #[inline(always)]
    fn div<F: Real>(a: F, b: F) -> F {
        a / b
    }

    #[inline(always)]
    fn root<F: Real>(a: F) -> F {
        a.sqrt()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

/// The instruction set to run on. A value can only be had for what this machine supports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Isa(Level);

impl Isa {
    /// The best one here.
    pub fn detect() -> Isa {
        Self::available().pop().unwrap_or(Isa(Level::Portable))
    }

    /// Every one that works here, the plainest first.
    pub fn available() -> Vec<Isa> {
        #[cfg_attr(not(target_arch = "x86_64"), expect(unused_mut, reason = "only x86-64 has several"))]
        let mut found = vec![Isa(Level::Portable)];
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            found.push(Isa(Level::Avx2));
            if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vl") {
                found.push(Isa(Level::Avx512));
            }
        }
        found
    }

    /// Runs a pass that does little more than read and write. It keeps to AVX2 even where AVX-512 is
    /// there: it would wait for memory either way, and compiled for AVX-512 such a loop falls apart
    /// into gathers and scatters.
    #[inline]
    pub fn stream(self, pass: impl Pass) {
        match self.0 {
            Level::Portable => portable(pass),
            #[cfg(target_arch = "x86_64")]
            // SAFETY: the level was only made after the machine was found to have it, and whoever
            // has AVX-512 was found to have AVX2 first.
            Level::Avx2 | Level::Avx512 => unsafe { avx2(pass) },
        }
    }

    /// Runs a pass.
    #[inline]
    pub fn run(self, pass: impl Pass) {
        match self.0 {
            Level::Portable => portable(pass),
            #[cfg(target_arch = "x86_64")]
            // SAFETY: the level was only made after the machine was found to have it.
            Level::Avx2 => unsafe { avx2(pass) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: as above.
            Level::Avx512 => unsafe { avx512(pass) },
        }
    }
}

fn portable(pass: impl Pass) {
    // Every 64-bit ARM has the fused instruction; a plain x86-64 does not.
    if cfg!(any(target_arch = "aarch64", target_feature = "fma")) {
        pass.run::<Fused>();
    } else {
        pass.run::<Separate>();
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn avx2(pass: impl Pass) {
    pass.run::<Fused>();
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,avx512f,avx512vl")]
fn avx512(pass: impl Pass) {
    pass.run::<WideFused>();
}

/// What AVX-512 does with sixteen numbers. As it is here, it is for `f64`, which is there to prove and not to be
/// fast.
pub trait Wide: Copy {
    /// [`Arithmetic::add_scaled`]
    ///
    /// # Safety
    /// The machine has AVX-512.
    #[inline(always)]
    unsafe fn add_scaled_avx512(sum: &mut Lanes<Self>, a: Self, b: &Lanes<Self>)
    where
        Self: Real,
    {
        Fused::add_scaled(sum, a, b);
    }

    /// [`Arithmetic::subtract_product`]
    ///
    /// # Safety
    /// The machine has AVX-512.
    #[inline(always)]
    unsafe fn subtract_product_avx512(sum: &mut Lanes<Self>, a: &Lanes<Self>, b: &Lanes<Self>)
    where
        Self: Real,
    {
        Fused::subtract_product(sum, a, b);
    }
}

impl Wide for f64 {}

#[cfg(not(target_arch = "x86_64"))]
impl Wide for f32 {}

#[cfg(target_arch = "x86_64")]
impl Wide for f32 {
    #[inline(always)]
    unsafe fn add_scaled_avx512(sum: &mut Lanes<f32>, a: f32, b: &Lanes<f32>) {
        // SAFETY: the caller knows that the machine has the instruction.
        *sum = unsafe { lanes(_mm512_fmadd_ps(_mm512_set1_ps(a), register(b), register(sum))) };
    }

    #[inline(always)]
    unsafe fn subtract_product_avx512(sum: &mut Lanes<f32>, a: &Lanes<f32>, b: &Lanes<f32>) {
        // SAFETY: as above.
        *sum = unsafe { lanes(_mm512_fnmadd_ps(register(a), register(b), register(sum))) };
    }
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn register(lanes: &Lanes<f32>) -> __m512 {
    // SAFETY: both are sixteen floats, aligned to 64 bytes.
    unsafe { transmute::<Lanes<f32>, __m512>(*lanes) }
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn lanes(register: __m512) -> Lanes<f32> {
    // SAFETY: as above.
    unsafe { transmute::<__m512, Lanes<f32>>(register) }
}
