//! The three products of a layer, as sums of outer products kept in registers.
//!
//! K = inputs summed over, P = planes of 16 output units, B = rows of the batch.

use super::{Arithmetic, LANES, Lanes, Pass};
use crate::nn::Real;

/// Rows whose accumulators fit in the sixteen registers of AVX2, beside one weight and one input.
const TILE: usize = 6;

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
    /// `(P, stride, lane)`
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
        let tiles = rows.div_ceil(TILE);
        for (plane, out) in out.chunks_exact_mut(stride).enumerate() {
            // Tiles of nearly equal height: a tail of one or two rows would starve the units
            // that multiply.
            let mut row = 0;
            for tile in 0..tiles {
                let height = (rows - row).div_ceil(tiles - tile);
                let at = At { plane, row, stride };
                match height {
                    6 => product_tile::<F, A, 6>(at, out, &start, terms),
                    5 => product_tile::<F, A, 5>(at, out, &start, terms),
                    4 => product_tile::<F, A, 4>(at, out, &start, terms),
                    3 => product_tile::<F, A, 3>(at, out, &start, terms),
                    2 => product_tile::<F, A, 2>(at, out, &start, terms),
                    _ => product_tile::<F, A, 1>(at, out, &start, terms),
                }
                row += height;
            }
        }
    }
}

#[derive(Clone, Copy)]
struct At {
    plane: usize,
    row: usize,
    stride: usize,
}

#[inline(always)]
fn product_tile<F: Real, A: Arithmetic, const R: usize>(
    at: At,
    out: &mut [Lanes<F>],
    start: &Start<'_, F>,
    terms: &[Term<'_, F>],
) {
    let Some(out) = out[at.row..].first_chunk_mut::<R>() else { return };
    let mut sum = match start {
        Start::Zero => [Lanes::ZERO; R],
        Start::Bias(bias) => [bias[at.plane]; R],
        Start::Output => *out,
    };
    for term in terms {
        let w = &term.w[at.plane * term.inputs..][..term.inputs];
        let (whole, rest) = w.as_chunks::<LANES>();
        let mut row = at.row;
        for w in whole {
            let Some(a) = term.a[row..].first_chunk::<R>() else { return };
            for (k, w) in w.iter().enumerate() {
                for r in 0..R {
                    sum[r].add_scaled::<A>(a[r].0[k], w);
                }
            }
            row += at.stride;
        }
        if !rest.is_empty() {
            let Some(a) = term.a[row..].first_chunk::<R>() else { return };
            for (k, w) in rest.iter().enumerate() {
                for r in 0..R {
                    sum[r].add_scaled::<A>(a[r].0[k % LANES], w);
                }
            }
        }
    }
    *out = sum;
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
        for (plane, dw) in dw.chunks_exact_mut(inputs).enumerate() {
            for (a_plane, dw) in dw.chunks_mut(LANES).enumerate() {
                let pairs = Pairs { a, da, a_at: a_plane * stride, da_at: plane * stride, days, rows };
                match dw.as_chunks_mut::<LANES>() {
                    ([dw], _) => {
                        gradient_tile::<F, A, 0, 6>(dw, pairs);
                        gradient_tile::<F, A, 6, 5>(dw, pairs);
                        gradient_tile::<F, A, 11, 5>(dw, pairs);
                    }
                    (_, dw) => {
                        for (k, dw) in dw.iter_mut().enumerate() {
                            gradient_row::<F, A>(dw, k, pairs);
                        }
                    }
                }
            }
        }
    }
}

/// One plane of `a` and one of `da`, row by row and day after day.
struct Pairs<'a, F> {
    a: Days<'a, F>,
    da: Days<'a, F>,
    a_at: usize,
    da_at: usize,
    days: usize,
    rows: usize,
}

impl<F> Clone for Pairs<'_, F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F> Copy for Pairs<'_, F> {}

impl<'a, F: Real> Pairs<'a, F> {
    #[inline(always)]
    fn day(&self, day: usize) -> (&'a [Lanes<F>], &'a [Lanes<F>]) {
        (self.a.rows(day, self.a_at, self.rows), self.da.rows(day, self.da_at, self.rows))
    }
}

/// Rows `FIRST .. FIRST + R` of one 16 x 16 block of the weight gradient.
#[inline(always)]
fn gradient_tile<F: Real, A: Arithmetic, const FIRST: usize, const R: usize>(
    dw: &mut [Lanes<F>; LANES],
    pairs: Pairs<'_, F>,
) {
    let mut sum = [Lanes::ZERO; R];
    for day in 0..pairs.days {
        let (a, da) = pairs.day(day);
        for (a, da) in a.iter().zip(da) {
            for (r, sum) in sum.iter_mut().enumerate() {
                sum.add_scaled::<A>(a.0[FIRST + r], da);
            }
        }
    }
    for (dw, sum) in dw[FIRST..].iter_mut().zip(sum) {
        *dw += sum;
    }
}

/// One row of the weight gradient. Four partial sums, because one alone would wait for itself.
#[inline(always)]
fn gradient_row<F: Real, A: Arithmetic>(dw: &mut Lanes<F>, k: usize, pairs: Pairs<'_, F>) {
    let k = k % LANES;
    let mut sum = [Lanes::ZERO; 4];
    for day in 0..pairs.days {
        let (a, da) = pairs.day(day);
        let (a_fours, a_rest) = a.as_chunks::<4>();
        let (da_fours, da_rest) = da.as_chunks::<4>();
        for (a, da) in a_fours.iter().zip(da_fours) {
            for ((sum, a), da) in sum.iter_mut().zip(a).zip(da) {
                sum.add_scaled::<A>(a.0[k], da);
            }
        }
        for (a, da) in a_rest.iter().zip(da_rest) {
            sum[0].add_scaled::<A>(a.0[k], da);
        }
    }
    *dw += (sum[0] + sum[1]) + (sum[2] + sum[3]);
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
/// Lanes of the result beyond K are left as they are: they start as zero and stay so.
pub fn transpose<F: Real>(w: &[Lanes<F>], inputs: usize, out: &mut [Lanes<F>]) {
    let outputs = w.len() / inputs * LANES;
    for (plane, w) in w.chunks_exact(inputs).enumerate() {
        for (k, w) in w.iter().enumerate() {
            let column = (k / LANES) * outputs + plane * LANES;
            for (lane, value) in w.0.iter().enumerate() {
                out[column + lane].0[k % LANES] = *value;
            }
        }
    }
}
