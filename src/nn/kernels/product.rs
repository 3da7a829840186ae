//! The three products of a layer, as sums of outer products kept in registers.
//!
//! K = inputs summed over, P = planes of 16 output units, B = rows of the batch.

use rayon::prelude::*;

use super::{Arithmetic, Isa, LANES, Lanes, Pass};
use crate::nn::Real;

/// Rows whose accumulators fit in the sixteen registers of AVX2, beside one weight and one input.
const TILE: usize = 6;

/// `$body` for each `$i` below `$count`, of at most six, written out. A loop would mostly be unrolled
/// too, and where it is not, every sum is stored after every multiply-add.
macro_rules! for_each {
    ($i:ident < $count:ident, $body:block) => {
        for_each!(@ $i $count $body 0 1 2 3 4 5)
    };
    (@ $i:ident $count:ident $body:block $($number:literal)*) => {
        $(if const { $number < $count } {
            let $i = $number;
            $body
        })*
    };
}

/// What a product is added to.
pub enum Start<'a, F> {
    /// Nothing.
    Zero,
    /// The same vector for every row, `(P, lane)`.
    Bias(&'a [Lanes<F>]),
    /// What the output already holds.
    Output,
}

/// One operand pair of a product.
pub struct Term<'a, F> {
    /// Activations, `(ceil(K / 16), stride, lane)`.
    pub a: &'a [Lanes<F>],
    /// Weights, `(P, K, lane)`.
    pub w: &'a [Lanes<F>],
    /// K
    pub inputs: usize,
}

/// `out[p][b] = start + sum over terms and k of a[b, k] w[p][k]` for the first `rows` rows.
pub struct Product<'a, F> {
    /// `(P, stride, lane)`; the last plane may end with the last row.
    pub out: &'a mut [Lanes<F>],
    /// Rows from one plane to the next, in `out` and in every `a`.
    pub stride: usize,
    /// B
    pub rows: usize,
    /// What the sum starts from.
    pub start: Start<'a, F>,
    /// What is summed: two terms (input and recurrent) cost one pass over the output.
    pub terms: &'a [Term<'a, F>],
}

impl<F: Real> Pass for Product<'_, F> {
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let Product { out, stride, rows, start, terms } = self;
        if rows == 0 {
            return;
        }
        let planes = out.len().div_ceil(stride);
        let (mut plane, mut out) = (0, out);
        while plane < planes {
            let width = part(planes - plane, A::TILE_PLANES);
            let (group, rest) = out.split_at_mut(out.len().min(width * stride));
            match width {
                4 => product_planes::<F, A, 4>(plane, group, (stride, rows), &start, terms),
                3 => product_planes::<F, A, 3>(plane, group, (stride, rows), &start, terms),
                2 => product_planes::<F, A, 2>(plane, group, (stride, rows), &start, terms),
                _ => product_planes::<F, A, 1>(plane, group, (stride, rows), &start, terms),
            }
            plane += width;
            out = rest;
        }
    }
}

/// The first of the fewest parts of `whole`, none above `most`, that are nearly equal: a small part
/// left over would starve the units that multiply.
#[inline(always)]
fn part(whole: usize, most: usize) -> usize {
    whole.div_ceil(whole.div_ceil(most))
}

/// Inputs that a product takes at a time, a multiple of 16. The weights of a tile are read again for every
/// tile of rows: of four planes, 32 kB of `f32`, which stay in the first-level cache. The same for every
/// instruction set, because the order of the sum depends on it.
const INPUTS_AT_A_TIME: usize = 128;

/// What a tile is the sum of, and where it stands.
#[derive(Clone, Copy)]
struct At {
    plane: usize,
    row: usize,
    stride: usize,
    first: usize, // input, a multiple of 16
    end: usize,   // input, a multiple of 16; or beyond the last
}

/// `P` planes from `plane` on, some inputs after the others.
#[inline(always)]
fn product_planes<F: Real, A: Arithmetic, const P: usize>(
    plane: usize,
    out: &mut [Lanes<F>],
    (stride, rows): (usize, usize),
    start: &Start<'_, F>,
    terms: &[Term<'_, F>],
) {
    let mut inputs = 1; // without a term too, there is something to write
    for term in terms {
        inputs = inputs.max(term.inputs);
    }
    let (mut start, mut first) = (start, 0);
    while first < inputs {
        let end = first + part(inputs - first, INPUTS_AT_A_TIME).next_multiple_of(LANES);
        product_rows::<F, A, P>(At { plane, row: 0, stride, first, end }, rows, out, start, terms);
        (start, first) = (&Start::Output, end);
    }
}

/// All rows of some planes and inputs, in tiles of nearly equal height.
#[inline(always)]
fn product_rows<F: Real, A: Arithmetic, const P: usize>(
    mut at: At,
    rows: usize,
    out: &mut [Lanes<F>],
    start: &Start<'_, F>,
    terms: &[Term<'_, F>],
) {
    while at.row < rows {
        let left = rows - at.row;
        let height = match part(left, 2 * TILE) & !1 {
            // A single plane has registers for two tiles, and needs them: its sums would wait for themselves.
            twice @ 8.. if P == 1 && A::TILE_PLANES > 1 => twice,
            _ => part(left, TILE),
        };
        match height {
            12 if P == 1 => product_tile::<F, A, P, 2, 6>(at, out, start, terms),
            10 if P == 1 => product_tile::<F, A, P, 2, 5>(at, out, start, terms),
            8 if P == 1 => product_tile::<F, A, P, 2, 4>(at, out, start, terms),
            6 => product_tile::<F, A, P, 1, 6>(at, out, start, terms),
            5 => product_tile::<F, A, P, 1, 5>(at, out, start, terms),
            4 => product_tile::<F, A, P, 1, 4>(at, out, start, terms),
            3 => product_tile::<F, A, P, 1, 3>(at, out, start, terms),
            2 => product_tile::<F, A, P, 1, 2>(at, out, start, terms),
            _ => product_tile::<F, A, P, 1, 1>(at, out, start, terms),
        }
        at.row += height;
    }
}

/// `P` planes of `G` times `R` rows. More rows in one piece would fall apart into single lanes.
#[inline(always)]
#[expect(clippy::needless_range_loop, reason = "`k` is a place in several arrays; an iterator may stay a call")]
fn product_tile<F: Real, A: Arithmetic, const P: usize, const G: usize, const R: usize>(
    at: At,
    out: &mut [Lanes<F>],
    start: &Start<'_, F>,
    terms: &[Term<'_, F>],
) {
    let mut sum = [[[Lanes::ZERO; R]; G]; P];
    for_each!(p < P, {
        for_each!(g < G, {
            match start {
                Start::Zero => (),
                Start::Bias(bias) => {
                    let bias = bias[at.plane + p];
                    for_each!(r < R, { sum[p][g][r] += bias });
                }
                Start::Output => {
                    let Some(out) = out[p * at.stride + at.row + g * R..].first_chunk::<R>() else { return };
                    sum[p][g] = *out;
                }
            }
        });
    });
    for term in terms {
        let w = &term.w[at.plane * term.inputs..][..P * term.inputs];
        let whole = term.inputs / LANES;
        for block in at.first / LANES..whole.min(at.end / LANES) {
            let Some(a) = rows_of::<F, G, R>(&term.a[block * at.stride + at.row..]) else { return };
            // Of known length, so that no check stands between the planes and every number of `a` is
            // read once for all of them.
            let Some(w_first) = w[block * LANES..].first_chunk::<LANES>() else { return };
            let mut w_block = [w_first; P];
            for p in 1..P {
                let Some(w) = w[p * term.inputs + block * LANES..].first_chunk::<LANES>() else { return };
                w_block[p] = w;
            }
            for k in 0..LANES {
                for_each!(p < P, {
                    for_each!(g < G, {
                        for r in 0..R {
                            sum[p][g][r].add_scaled::<A>(a[g][r].0[k], &w_block[p][k]);
                        }
                    });
                });
            }
        }
        let rest = term.inputs % LANES;
        if rest > 0 && (at.first..at.end).contains(&(whole * LANES)) {
            let Some(a) = rows_of::<F, G, R>(&term.a[whole * at.stride + at.row..]) else { return };
            for k in 0..rest {
                for_each!(p < P, {
                    let w = &w[p * term.inputs + whole * LANES + k];
                    for_each!(g < G, {
                        for r in 0..R {
                            sum[p][g][r].add_scaled::<A>(a[g][r].0[k % LANES], w);
                        }
                    });
                });
            }
        }
    }
    for_each!(p < P, {
        for_each!(g < G, {
            let Some(out) = out[p * at.stride + at.row + g * R..].first_chunk_mut::<R>() else { return };
            *out = sum[p][g];
        });
    });
}

/// The first `G` times `R` rows.
#[inline(always)]
fn rows_of<F, const G: usize, const R: usize>(a: &[Lanes<F>]) -> Option<[&[Lanes<F>; R]; G]> {
    let mut rows = [a.first_chunk::<R>()?; G];
    for g in 1..G {
        rows[g] = a[g * R..].first_chunk::<R>()?;
    }
    Some(rows)
}

/// Activations or gradients over several days, of which a layer uses some planes.
pub struct Days<'a, F> {
    /// From the first plane of the first day on.
    pub data: &'a [Lanes<F>],
    /// From one day to the next.
    pub stride: usize,
}

impl<F> Clone for Days<'_, F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F> Copy for Days<'_, F> {}

impl<'a, F: Real> Days<'a, F> {
    #[inline(always)]
    fn rows(self, day: usize, first: usize, rows: usize) -> &'a [Lanes<F>] {
        &self.data[day * self.stride + first..][..rows]
    }
}

/// `dw[p][k] += sum over days and rows of a[day][b, k] da[day][p][b]`, for the first `rows` rows.
pub struct WeightGradient<'a, F> {
    /// `(P, K, lane)`
    pub dw: &'a mut [Lanes<F>],
    /// K
    pub inputs: usize,
    /// What the weights were multiplied with, `(day, ceil(K / 16), stride, lane)`.
    pub a: Days<'a, F>,
    /// Gradient on what came out, `(day, P, stride, lane)`.
    pub da: Days<'a, F>,
    /// Number of days.
    pub days: usize,
    /// Rows from one plane to the next, in `a` and in `da`.
    pub stride: usize,
    /// B
    pub rows: usize,
}

impl<F: Real> Pass for WeightGradient<'_, F> {
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let WeightGradient { dw, inputs, a, da, days, stride, rows } = self;
        let step = (ROWS_AT_A_TIME / rows.max(1)).max(1);
        for first in (0..days).step_by(step) {
            let end = days.min(first + step);
            let planes = Planes { inputs, a, da, first, end, stride, rows };
            let mut plane = 0;
            let mut dw = &mut *dw;
            while !dw.is_empty() {
                let width = part(dw.len() / inputs, A::TILE_PLANES);
                let (group, rest) = dw.split_at_mut(width * inputs);
                match width {
                    4 => gradient_planes::<F, A, 4>(group, plane, planes),
                    3 => gradient_planes::<F, A, 3>(group, plane, planes),
                    2 => gradient_planes::<F, A, 2>(group, plane, planes),
                    _ => gradient_planes::<F, A, 1>(group, plane, planes),
                }
                plane += width;
                dw = rest;
            }
        }
    }
}

/// Rows of whole days that a weight gradient sums at a time. Those of `a` and of four planes of `da` are
/// read again for every tile: 26 kB of `f32`, of a first-level cache of 32 or more. The same for every
/// instruction set, because the order of the sum depends on it.
const ROWS_AT_A_TIME: usize = 80;

/// What a weight gradient is made of.
struct Planes<'a, F> {
    inputs: usize,
    a: Days<'a, F>,
    da: Days<'a, F>,
    first: usize, // day
    end: usize,   // day
    stride: usize,
    rows: usize,
}

impl<F> Clone for Planes<'_, F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F> Copy for Planes<'_, F> {}

impl<'a, F: Real> Planes<'a, F> {
    /// A plane of `a`, on one day.
    #[inline(always)]
    fn a(&self, plane: usize, day: usize) -> &'a [Lanes<F>] {
        self.a.rows(day, plane * self.stride, self.rows)
    }

    /// A plane of `da`, on one day.
    #[inline(always)]
    fn da(&self, plane: usize, day: usize) -> &'a [Lanes<F>] {
        self.da.rows(day, plane * self.stride, self.rows)
    }
}

/// The weights of `P` planes of `da`, from `plane` on, in tiles of nearly equal height.
#[inline(always)]
fn gradient_planes<F: Real, A: Arithmetic, const P: usize>(dw: &mut [Lanes<F>], plane: usize, planes: Planes<'_, F>) {
    for block in (0..planes.inputs).step_by(LANES) {
        let end = planes.inputs.min(block + LANES);
        // As in a product: a single plane has registers for more sums, and needs them.
        if P == 1 && A::TILE_PLANES > 1 && end - block == LANES {
            gradient_tile::<F, A, P, 4, 4, 1>(dw, block, plane, planes);
            continue;
        }
        let tiles = (end - block).div_ceil(TILE);
        let mut k = block;
        for tile in 0..tiles {
            let height = (end - k).div_ceil(tiles - tile);
            // One sum alone would wait for itself: a low tile has several partial ones.
            match height {
                6 => gradient_tile::<F, A, P, 1, 6, 1>(dw, k, plane, planes),
                5 => gradient_tile::<F, A, P, 1, 5, 1>(dw, k, plane, planes),
                4 => gradient_tile::<F, A, P, 1, 4, 1>(dw, k, plane, planes),
                3 => gradient_tile::<F, A, P, 1, 3, 2>(dw, k, plane, planes),
                2 => gradient_tile::<F, A, P, 1, 2, 2>(dw, k, plane, planes),
                _ => gradient_tile::<F, A, P, 1, 1, 4>(dw, k, plane, planes),
            }
            k += height;
        }
    }
}

/// `G` times `R` rows from `k` on of `P` planes of the weight gradient, each in `U` partial sums.
#[inline(always)]
fn gradient_tile<F: Real, A: Arithmetic, const P: usize, const G: usize, const R: usize, const U: usize>(
    dw: &mut [Lanes<F>],
    k: usize,
    plane: usize,
    planes: Planes<'_, F>,
) {
    let lane = k % LANES;
    let mut sum = [[[[Lanes::ZERO; R]; G]; P]; U];
    for day in planes.first..planes.end {
        let (a, a_rest) = planes.a(k / LANES, day).as_chunks::<U>();
        let mut da = [a; P];
        let mut da_rest = [a_rest; P];
        for p in 0..P {
            (da[p], da_rest[p]) = planes.da(plane + p, day).as_chunks::<U>();
        }
        for (b, a) in a.iter().enumerate() {
            for_each!(u < U, {
                for_each!(g < G, {
                    let Some(a) = a[u].0[lane + g * R..].first_chunk::<R>() else { return };
                    for_each!(p < P, {
                        for r in 0..R {
                            sum[u][p][g][r].add_scaled::<A>(a[r], &da[p][b][u]);
                        }
                    });
                });
            });
        }
        for (b, a) in a_rest.iter().enumerate() {
            for_each!(g < G, {
                let Some(a) = a.0[lane + g * R..].first_chunk::<R>() else { return };
                for_each!(p < P, {
                    for r in 0..R {
                        sum[0][p][g][r].add_scaled::<A>(a[r], &da_rest[p][b]);
                    }
                });
            });
        }
    }
    for_each!(p < P, {
        for_each!(g < G, {
            for_each!(r < R, {
                let mut total = sum[0][p][g][r];
                for_each!(u < U, {
                    if u > 0 {
                        total += sum[u][p][g][r];
                    }
                });
                dw[p * planes.inputs + k + g * R + r] += total;
            });
        });
    });
}

/// `sum[p] += sum over days and rows of da[day][p][b]`, for the first `rows` rows.
pub struct RowSum<'a, F> {
    /// `(P, lane)`
    pub sum: &'a mut [Lanes<F>],
    /// `(day, P, stride, lane)`
    pub da: Days<'a, F>,
    /// Number of days.
    pub days: usize,
    /// Rows from one plane to the next.
    pub stride: usize,
    /// B
    pub rows: usize,
}

impl<F: Real> Pass for RowSum<'_, F> {
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        for (plane, to) in self.sum.iter_mut().enumerate() {
            let mut sum = [Lanes::ZERO; 4];
            for day in 0..self.days {
                let (fours, rest) = self.da.rows(day, plane * self.stride, self.rows).as_chunks::<4>();
                for da in fours {
                    for (sum, da) in sum.iter_mut().zip(da) {
                        *sum += *da;
                    }
                }
                for da in rest {
                    sum[0] += *da;
                }
            }
            *to += (sum[0] + sum[1]) + (sum[2] + sum[3]);
        }
    }
}

/// Turns weights `(P, K, lane)` into the weights of the way back, `(ceil(K / 16), 16 P, lane)`.
///
/// Lanes of the result beyond K become zero.
pub fn transpose<F: Real>(w: &[Lanes<F>], inputs: usize, out: &mut [Lanes<F>], isa: Isa) {
    let blocks = inputs.div_ceil(LANES);
    let outputs = out.len() / blocks;
    // Several microseconds of work are shared with the other threads.
    if out.len() > TRANSPOSED_ALONE {
        let columns = out.par_chunks_exact_mut(outputs).enumerate().with_max_len(1);
        columns.for_each(|(block, out)| isa.run(Transpose { w, inputs, first: block, out }));
    } else {
        for (block, out) in out.chunks_exact_mut(outputs).enumerate() {
            isa.run(Transpose { w, inputs, first: block, out });
        }
    }
}

/// Most numbers a lane of a transposed matrix that one thread makes alone.
const TRANSPOSED_ALONE: usize = 2048;

/// One plane of the way back.
struct Transpose<'a, F> {
    w: &'a [Lanes<F>],
    inputs: usize,
    first: usize,
    out: &'a mut [Lanes<F>], // (16 P, lane)
}

impl<F: Real> Pass for Transpose<'_, F> {
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let first = self.first * LANES;
        let height = LANES.min(self.inputs - first);
        for (w, out) in self.w.chunks_exact(self.inputs).zip(self.out.as_chunks_mut::<LANES>().0) {
            match w[first..].first_chunk::<LANES>() {
                Some(w) => transpose_block(w, out),
                None => {
                    let mut padded = [Lanes::ZERO; LANES];
                    padded[..height].copy_from_slice(&w[first..]);
                    transpose_block(&padded, out);
                }
            }
        }
    }
}

/// Numbers of a block of 16 by 16.
const BLOCK: usize = LANES * LANES;

/// Four riffles of a pack of 256 cards transpose it: each turns the eight bits of a place by one. A
/// riffle becomes whole registers and their interleaving, a loop over rows and columns does not.
#[inline(always)]
fn transpose_block<F: Real>(w: &[Lanes<F>; LANES], out: &mut [Lanes<F>; LANES]) {
    let (mut a, mut b) = ([F::ZERO; BLOCK], [F::ZERO; BLOCK]);
    for (a, w) in a.as_chunks_mut::<LANES>().0.iter_mut().zip(w) {
        *a = w.0;
    }
    riffle(&a, &mut b);
    riffle(&b, &mut a);
    riffle(&a, &mut b);
    riffle(&b, &mut a);
    for (out, a) in out.iter_mut().zip(a.as_chunks::<LANES>().0) {
        out.0 = *a;
    }
}

/// The two halves of `from`, one number of each in turn.
#[inline(always)]
fn riffle<F: Real>(from: &[F; BLOCK], to: &mut [F; BLOCK]) {
    let (first, second) = from.split_at(BLOCK / 2);
    for ((to, first), second) in to.as_chunks_mut::<2>().0.iter_mut().zip(first).zip(second) {
        *to = [*first, *second];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::kernels::planes;

    #[test]
    fn a_transposed_weight_stands_in_the_column_of_its_row() {
        for (outputs, inputs) in [(16, 1), (16, 16), (48, 5), (32, 33), (512, 80)] {
            let weight = |output: usize, input: usize| (output * 1000 + input) as f32 + 1.0;
            let row = |plane: usize, k: usize| Lanes(std::array::from_fn(|lane| weight(plane * LANES + lane, k)));
            let w: Vec<_> = (0..outputs / LANES).flat_map(|p| (0..inputs).map(move |k| row(p, k))).collect();
            for isa in Isa::available() {
                let mut out = vec![Lanes([-1.0; LANES]); planes(inputs) * outputs];
                transpose(&w, inputs, &mut out, isa);
                for (at, lanes) in out.iter().enumerate() {
                    let (block, output) = (at / outputs, at % outputs);
                    for (lane, value) in lanes.0.iter().enumerate() {
                        let input = block * LANES + lane;
                        let expected = if input < inputs { weight(output, input) } else { 0.0 };
                        assert_eq!(*value, expected, "{outputs} x {inputs}: output {output}, input {input}, {isa:?}");
                    }
                }
            }
        }
    }
}
