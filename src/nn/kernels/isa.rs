//! The instruction sets, and the dispatch to the best one of this machine. This file has the only `unsafe` code of the
//! crate.

// For calls to functions with target features, and for AVX-512 intrinsics.
#![allow(unsafe_code)]

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{__m512, _mm512_fmadd_ps, _mm512_fnmadd_ps, _mm512_set1_ps};
#[cfg(target_arch = "x86_64")]
use std::mem::transmute;

use super::{LANES, Lanes, Real};

/// A loop that is compiled once for every instruction set.
///
/// Implementations mark `run` as `#[inline(always)]`, so that it is compiled inside the function that enables the
/// target features.
pub trait Kernel {
    /// Runs the loop with the arithmetic `A`.
    fn run<A: Arithmetic>(self);
}

/// The way to compute `a * b + c`, and the number of registers to use. The default methods are the fastest on hardware
/// with a fused multiply-add.
pub trait Arithmetic {
    /// The heights of tiles of `f32` of one block of output units, of two blocks, and so on, in descending order to 1:
    /// at most as many rows as fit in the registers. Results do not depend on them.
    const TILE_ROWS: &[&[usize]];

    /// Returns `a * b + c`.
    #[inline(always)]
    fn mul_add<F: Real>(a: F, b: F, c: F) -> F {
        a.mul_add(b, c)
    }

    /// Adds `a * b` to every lane, with the same number `a` for all lanes.
    #[inline(always)]
    fn add_scaled<F: Real>(sum: &mut Lanes<F>, a: F, b: &Lanes<F>) {
        for lane in 0..LANES {
            sum.0[lane] = Self::mul_add(a, b.0[lane], sum.0[lane]);
        }
    }

    /// Subtracts `a * b` from every lane.
    #[inline(always)]
    fn subtract_product<F: Real>(sum: &mut Lanes<F>, a: &Lanes<F>, b: &Lanes<F>) {
        for lane in 0..LANES {
            sum.0[lane] = Self::mul_add(-a.0[lane], b.0[lane], sum.0[lane]);
        }
    }

    /// Returns `a / b` for a positive and normal `b`.
    #[inline(always)]
    fn div<F: Real>(a: F, b: F) -> F {
        a.fused_div(b)
    }

    /// Returns the square root of a non-negative `a`.
    #[inline(always)]
    fn sqrt<F: Real>(a: F) -> F {
        a.fused_sqrt()
    }
}

/// Multiply-adds that round once, for hardware that has the instruction.
pub struct Fused;

/// Arithmetic on the 32 registers of AVX-512, each of which holds a block of `f32`. Private, so that only `avx512` can
/// run a kernel with it.
#[cfg(target_arch = "x86_64")]
struct WideFused;

/// Multiply-adds that round twice, for hardware without the instruction, where a fused multiply-add is a slow library
/// call.
pub struct Separate;

impl Arithmetic for Fused {
    // A row of a block takes two of the sixteen registers; weights and inputs need the remaining ones.
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

    // The compiler turns a loop over lanes into scalar operations before it vectorises them. With many sums some
    // operations stay scalar, forty times slower. An intrinsic stays one instruction.

    #[inline(always)]
    fn add_scaled<F: Real>(sum: &mut Lanes<F>, a: F, b: &Lanes<F>) {
        // SAFETY: only `avx512` runs a kernel with this arithmetic.
        unsafe { F::add_scaled_avx512(sum, a, b) }
    }

    #[inline(always)]
    fn subtract_product<F: Real>(sum: &mut Lanes<F>, a: &Lanes<F>, b: &Lanes<F>) {
        // SAFETY: as above.
        unsafe { F::subtract_product_avx512(sum, a, b) }
    }
}

impl Arithmetic for Separate {
    // A row of a block takes four of the sixteen registers of baseline x86-64.
    const TILE_ROWS: &[&[usize]] = &[&[3, 2, 1]];

    #[inline(always)]
    fn mul_add<F: Real>(a: F, b: F, c: F) -> F {
        a * b + c
    }

    #[inline(always)]
    fn div<F: Real>(a: F, b: F) -> F {
        a / b
    }

    #[inline(always)]
    fn sqrt<F: Real>(a: F) -> F {
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

/// An instruction set that this machine supports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Isa(Level);

impl Isa {
    /// The best instruction set of this machine.
    pub fn detect() -> Isa {
        Self::available().pop().unwrap_or(Isa(Level::Portable))
    }

    /// Every instruction set of this machine, the simplest first.
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

    /// Runs a kernel that mostly reads and writes memory, on AVX2 at most. Memory limits the speed of such a kernel,
    /// and the compiler turns its loops into gathers and scatters for AVX-512.
    pub fn stream(self, kernel: impl Kernel) {
        match self.0 {
            Level::Portable => portable(kernel),
            #[cfg(target_arch = "x86_64")]
            // SAFETY: a level exists only where `available` found its instructions; it finds AVX-512 only with AVX2.
            Level::Avx2 | Level::Avx512 => unsafe { avx2(kernel) },
        }
    }

    /// Runs a kernel.
    pub fn run(self, kernel: impl Kernel) {
        match self.0 {
            Level::Portable => portable(kernel),
            #[cfg(target_arch = "x86_64")]
            // SAFETY: a level exists only where `available` found its instructions.
            Level::Avx2 => unsafe { avx2(kernel) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: as above.
            Level::Avx512 => unsafe { avx512(kernel) },
        }
    }
}

/// Not inlined: otherwise every place that runs a kernel would compile its portable loop again, as large as that of
/// AVX2.
#[inline(never)]
fn portable(kernel: impl Kernel) {
    // Every 64-bit ARM has a fused multiply-add; baseline x86-64 does not.
    if cfg!(any(target_arch = "aarch64", target_feature = "fma")) {
        kernel.run::<Fused>();
    } else {
        kernel.run::<Separate>();
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn avx2(kernel: impl Kernel) {
    kernel.run::<Fused>();
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,avx512f,avx512vl")]
fn avx512(kernel: impl Kernel) {
    kernel.run::<WideFused>();
}

/// AVX-512 on sixteen numbers. The default methods are those of `f64`, which is used only in tests and need not be
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
        // SAFETY: by contract of this function the machine has the instruction.
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
