//! The transpose of a matrix of weights, for the backward pass.
//!
//! K = inputs of the matrix, P = blocks of 16 output units.

use rayon::prelude::*;

use super::{Arithmetic, Isa, Kernel, LANES, Lanes, Real};

/// Writes the transpose, `(ceil(K / 16), 16 P, lane)`, of weights `(P, K, lane)` to `out`.
///
/// Lanes of the result beyond K become zero.
pub fn transpose<F: Real>(w: &[Lanes<F>], inputs: usize, out: &mut [Lanes<F>], isa: Isa) {
    let blocks = inputs.div_ceil(LANES);
    let outputs = out.len() / blocks;
    if out.len() > MAX_ON_ONE_THREAD {
        let columns = out.par_chunks_exact_mut(outputs).enumerate().with_max_len(1);
        columns.for_each(|(block, out)| isa.run(Transpose { w, inputs, block, out }));
    } else {
        for (block, out) in out.chunks_exact_mut(outputs).enumerate() {
            isa.run(Transpose { w, inputs, block, out });
        }
    }
}

/// Matrices of more vectors than this take several microseconds and are transposed on all threads.
const MAX_ON_ONE_THREAD: usize = 2048;

/// One block of the result: the weights of at most 16 inputs.
struct Transpose<'a, F> {
    w: &'a [Lanes<F>],
    inputs: usize,
    block: usize,
    out: &'a mut [Lanes<F>], // (16 P, lane)
}

impl<F: Real> Kernel for Transpose<'_, F> {
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let first = self.block * LANES;
        let height = LANES.min(self.inputs - first);
        for (w, out) in self.w.chunks_exact(self.inputs).zip(self.out.as_chunks_mut::<LANES>().0) {
            match w[first..].first_chunk::<LANES>() {
                Some(w) => transpose_square(w, out),
                None => {
                    let mut padded = [Lanes::ZERO; LANES];
                    padded[..height].copy_from_slice(&w[first..]);
                    transpose_square(&padded, out);
                }
            }
        }
    }
}

/// The number of elements of a square of 16 by 16.
const SQUARE: usize = LANES * LANES;

/// Transposes 16 by 16 numbers by interleaving the halves of the buffer four times. Each interleaving rotates the eight
/// bits of every index by one, so four of them swap row and column. An interleaving compiles to operations on whole
/// registers; a loop over rows and columns does not.
#[inline(always)]
fn transpose_square<F: Real>(w: &[Lanes<F>; LANES], out: &mut [Lanes<F>; LANES]) {
    let (mut a, mut b) = ([F::ZERO; SQUARE], [F::ZERO; SQUARE]);
    for (a, w) in a.as_chunks_mut::<LANES>().0.iter_mut().zip(w) {
        *a = w.0;
    }
    interleave(&a, &mut b);
    interleave(&b, &mut a);
    interleave(&a, &mut b);
    interleave(&b, &mut a);
    for (out, a) in out.iter_mut().zip(a.as_chunks::<LANES>().0) {
        out.0 = *a;
    }
}

/// Writes `to[2 k] = from[k]` and `to[2 k + 1] = from[k + half]`.
#[inline(always)]
fn interleave<F: Real>(from: &[F; SQUARE], to: &mut [F; SQUARE]) {
    let (first, second) = from.split_at(SQUARE / 2);
    for ((to, first), second) in to.as_chunks_mut::<2>().0.iter_mut().zip(first).zip(second) {
        *to = [*first, *second];
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::exact;
    use super::*;

    /// Computes the transpose in plain loops.
    fn naive<F: Real>(w: &[Lanes<F>], inputs: usize, out: &mut [Lanes<F>]) {
        out.fill(Lanes::ZERO);
        let outputs = w.len() / inputs * LANES;
        for input in 0..inputs {
            for output in 0..outputs {
                let weight = w[output / LANES * inputs + input].0[output % LANES];
                out[input / LANES * outputs + output].0[input % LANES] = weight;
            }
        }
    }

    #[test]
    fn a_transpose_is_the_naive_one() {
        for (outputs, inputs) in [(16, 1), (16, 16), (48, 5), (32, 33), (512, 80)] {
            let w = exact(outputs / LANES * inputs, 1);
            let mut expected = vec![Lanes([-1.0; LANES]); inputs.div_ceil(LANES) * outputs];
            naive(&w, inputs, &mut expected);
            for isa in Isa::available() {
                let mut out = vec![Lanes([-1.0; LANES]); expected.len()];
                transpose(&w, inputs, &mut out, isa);
                assert!(out == expected, "{outputs} x {inputs}, {isa:?}");
            }
        }
    }
}
