//! Which instructions this machine has, found once, and the only `unsafe` of the engine.

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
    /// Most planes of output units that a tile of a product spans: as many as there are registers for.
    /// What is computed does not depend on it.
    const TILE_PLANES: usize;

    /// `a * b + c`.
    #[inline(always)]
    fn mul_add<F: Real>(a: F, b: F, c: F) -> F {
        a.mul_add(b, c)
    }

    /// `a / b` for a `b` that is positive and normal.
    #[inline(always)]
    fn quotient<F: Real>(a: F, b: F) -> F {
        a.fused_quotient(b)
    }

    /// The square root of an `a` that is not negative.
    #[inline(always)]
    fn root<F: Real>(a: F) -> F {
        a.fused_root()
    }
}

/// One rounding, where the hardware has the instruction.
pub struct Fused;

/// The same on the 32 registers of AVX-512, of which one holds a whole plane of `f32`.
pub struct WideFused;

/// Two roundings: without the instruction, a fused multiply-add would be a slow library call.
pub struct Separate;

impl Arithmetic for Fused {
    const TILE_PLANES: usize = 1;
}

impl Arithmetic for WideFused {
    const TILE_PLANES: usize = 4;
}

impl Arithmetic for Separate {
    const TILE_PLANES: usize = 1;

    #[inline(always)]
    fn mul_add<F: Real>(a: F, b: F, c: F) -> F {
        a * b + c
    }

    #[inline(always)]
    fn quotient<F: Real>(a: F, b: F) -> F {
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
