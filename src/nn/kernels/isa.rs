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

/// How `a * b + c` is computed.
pub trait Arithmetic {
    /// `a * b + c`.
    fn mul_add<F: Real>(a: F, b: F, c: F) -> F;
}

/// One rounding, where the hardware has the instruction.
pub struct Fused;

/// Two roundings: without the instruction, a fused multiply-add would be a slow library call.
pub struct Separate;

impl Arithmetic for Fused {
    #[inline(always)]
    fn mul_add<F: Real>(a: F, b: F, c: F) -> F {
        a.mul_add(b, c)
    }
}

impl Arithmetic for Separate {
    #[inline(always)]
    fn mul_add<F: Real>(a: F, b: F, c: F) -> F {
        a * b + c
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

    /// Runs a pass made of products. They keep to AVX2 even where AVX-512 is there: it is not
    /// faster for them, and compiled for AVX-512 some tile heights fall apart into scatters.
    #[inline]
    pub fn product(self, pass: impl Pass) {
        match self.0 {
            Level::Portable => portable(pass),
            #[cfg(target_arch = "x86_64")]
            // SAFETY: the level was only made after the machine was found to have it.
            Level::Avx2 | Level::Avx512 => unsafe { avx2(pass) },
        }
    }

    /// Runs a pass that treats every unit alike.
    #[inline]
    pub fn elementwise(self, pass: impl Pass) {
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
    pass.run::<Fused>();
}
