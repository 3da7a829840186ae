//! The gradient of a matrix of weights.
//!
//! K = inputs of the matrix, P = blocks of 16 output units, B = rows of the batch.

use super::tiles::{has, height, part, rows_of_tiles, tile_rows};
use super::{Arithmetic, Days, Kernel, LANES, Lanes, Real};

/// `dw[p][k] += sum over days and rows of a[day][b, k] da[day][p][b]`, for the first `rows` rows.
pub struct WeightGradient<'a, F> {
    /// `(P, K, lane)`
    pub dw: &'a mut [Lanes<F>],
    /// K
    pub inputs: usize,
    /// Activations that the weights multiply, `(day, ceil(K / 16), stride, lane)`.
    pub a: Days<'a, F>,
    /// The gradient of the products, `(day, P, stride, lane)`.
    pub da: Days<'a, F>,
    /// Number of days.
    pub days: usize,
    /// The distance from one block to the next, in rows, in `a` and in `da`.
    pub stride: usize,
    /// B
    pub rows: usize,
}

impl<F: Real> Kernel for WeightGradient<'_, F> {
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let WeightGradient { dw, inputs, a, da, days, stride, rows } = self;
        let step = (ROWS_AT_A_TIME / rows.max(1)).max(1);
        for first in (0..days).step_by(step) {
            let end = days.min(first + step);
            let operands = Operands { inputs, a, da, first, end, stride, rows };
            // Each addition to a sum waits for the previous one, so the fewer sums a tile has, the more partial sums
            // each has.
            let rest = inputs % LANES;
            let one_sum = if rest < FEW { inputs - rest } else { inputs };
            gradient::<F, A, 1, LANES>(dw, (0, one_sum), operands);
            match inputs - one_sum {
                0 => (),
                1 => gradient::<F, A, 4, 1>(dw, (one_sum, inputs), operands),
                _ => gradient::<F, A, 2, { FEW - 1 }>(dw, (one_sum, inputs), operands),
            }
        }
    }
}

/// In a block with fewer inputs than this, each number is the sum of several partial sums.
const FEW: usize = 6;

/// The number of rows that a weight gradient sums at a time, in whole days. The rows of `a` and of four blocks of `da`
/// are read again for every tile: 26 kB of `f32`, in a first-level cache of 32 kB or more. The number is the same for
/// every instruction set, because the order of the sum depends on it.
const ROWS_AT_A_TIME: usize = 80;

/// The operands for some of the days.
struct Operands<'a, F> {
    inputs: usize,
    a: Days<'a, F>,
    da: Days<'a, F>,
    first: usize, // day
    end: usize,   // day
    stride: usize,
    rows: usize,
}

impl<F> Clone for Operands<'_, F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F> Copy for Operands<'_, F> {}

impl<'a, F: Real> Operands<'a, F> {
    /// Returns one block of `a` on one day, `(B, lane)`.
    #[inline(always)]
    fn a(&self, block: usize, day: usize) -> &'a [Lanes<F>] {
        self.a.rows(day, block * self.stride, self.rows)
    }

    /// Returns one block of `da` on one day, `(B, lane)`.
    #[inline(always)]
    fn da(&self, block: usize, day: usize) -> &'a [Lanes<F>] {
        self.da.rows(day, block * self.stride, self.rows)
    }
}

/// Computes the gradient of the weights of the inputs from `first` to before `end`, in `U` partial sums, with at most
/// `MAX` inputs in a block.
#[inline(always)]
fn gradient<F: Real, A: Arithmetic, const U: usize, const MAX: usize>(
    dw: &mut [Lanes<F>],
    (first, end): (usize, usize),
    operands: Operands<'_, F>,
) {
    let (mut block, mut dw) = (0, dw);
    while !dw.is_empty() {
        let width = part(dw.len() / operands.inputs, tile_rows::<F, A>().len());
        let (group, rest) = dw.split_at_mut(width * operands.inputs);
        match width {
            4 => gradient_blocks::<F, A, 4, U, MAX>(group, (first, end), block, operands),
            3 => gradient_blocks::<F, A, 3, U, MAX>(group, (first, end), block, operands),
            2 => gradient_blocks::<F, A, 2, U, MAX>(group, (first, end), block, operands),
            _ => gradient_blocks::<F, A, 1, U, MAX>(group, (first, end), block, operands),
        }
        block += width;
        dw = rest;
    }
}

/// Computes the gradient for `P` blocks of `da`, from `block` on, in tiles of nearly equal height.
#[inline(always)]
fn gradient_blocks<F: Real, A: Arithmetic, const P: usize, const U: usize, const MAX: usize>(
    dw: &mut [Lanes<F>],
    (first, end): (usize, usize),
    block: usize,
    operands: Operands<'_, F>,
) {
    let mut k = first;
    while k < end {
        let end = end.min((k / LANES + 1) * LANES);
        let height = height(end - k, const { rows_of_tiles::<F, A, P, U>() });
        // Tiles whose height no number of inputs requires are not compiled.
        with_height!(R = height of &reached(rows_of_tiles::<F, A, P, U>(), if U == 1 { FEW } else { 1 }, MAX), {
            gradient_tile::<F, A, P, R, U>(dw, k, block, operands)
        });
        k += height;
    }
}

/// Returns the heights of `rows` that occur if a block has `min` to `max` inputs; the other elements are 0.
const fn reached(rows: &[usize], min: usize, max: usize) -> [usize; LANES] {
    let mut found = [0; LANES];
    let mut inputs = min;
    while inputs <= max && !rows.is_empty() {
        let mut left = inputs;
        while left > 0 {
            let height = height(left, rows);
            found[height - 1] = height;
            left -= height;
        }
        inputs += 1;
    }
    found
}

/// Computes the gradient of `R` inputs from `k` on and of `P` blocks, each number in `U` partial sums.
#[inline(always)]
fn gradient_tile<F: Real, A: Arithmetic, const P: usize, const R: usize, const U: usize>(
    dw: &mut [Lanes<F>],
    k: usize,
    block: usize,
    operands: Operands<'_, F>,
) {
    let lane = k % LANES;
    let chunks = operands.rows / U;
    if lane + R > LANES || (U == 1 && chunks == 0) || operands.first >= operands.end {
        return; // Does not happen; the compiler then omits the checks of the indices below.
    }
    let mut sum = [[[Lanes::ZERO; R]; P]; U];
    for day in operands.first..operands.end {
        let (a, a_rest) = operands.a(k / LANES, day).as_chunks::<U>();
        let a = &a[..chunks];
        let mut da = [a; P];
        let mut da_rest = [a_rest; P];
        for p in 0..P {
            (da[p], da_rest[p]) = operands.da(block + p, day).as_chunks::<U>();
            da[p] = &da[p][..chunks];
        }
        for b in 0..chunks {
            for_each!(u < U of 4, {
                add_outer_row::<F, A, P, R>(&mut sum[u], &a[b][u], lane, array!(p < P, &da[p][b][u]));
            });
        }
        if const { U > 1 } {
            for (b, a) in a_rest.iter().enumerate() {
                add_outer_row::<F, A, P, R>(&mut sum[0], a, lane, array!(p < P, &da_rest[p][b]));
            }
        }
    }
    let mut total = sum[0];
    for_each!(u < U of 4, {
        if u > 0 {
            for_each!(p < P of 4, { add_rows::<F, A, R>(&mut total[p], &sum[u][p]) });
        }
    });
    for_each!(p < P of 4, {
        let dw = &mut dw[p * operands.inputs + k..][..R];
        add_rows::<F, A, R>(dw, &total[p]);
    });
}

/// Adds the `R` rows `rows` to the rows of `to`.
#[inline(always)]
fn add_rows<F: Real, A: Arithmetic, const R: usize>(to: &mut [Lanes<F>], rows: &[Lanes<F>; R]) {
    for_each!(r < R of 16, { to[r].add_scaled::<A>(F::ONE, &rows[r]) });
}

/// Adds the outer product of `R` numbers of a row of `a`, from `lane` on, and the row of `da` in each block.
#[inline(always)]
fn add_outer_row<F: Real, A: Arithmetic, const P: usize, const R: usize>(
    sum: &mut [[Lanes<F>; R]; P],
    a: &Lanes<F>,
    lane: usize,
    da: [&Lanes<F>; P],
) {
    for_each!(r < R of 16, {
        let a = a.0[lane + r];
        for_each!(p < P of 4, { sum[p][r].add_scaled::<A>(a, da[p]) });
    });
}

#[cfg(test)]
mod tests {
    use super::super::testing::exact;
    use super::super::{Isa, blocks};
    use super::*;

    /// Computes the gradient of the weights in plain loops.
    fn naive<F: Real>(WeightGradient { dw, inputs, a, da, days, stride, rows }: WeightGradient<'_, F>) {
        for (p, dw) in dw.chunks_exact_mut(inputs).enumerate() {
            for (k, dw) in dw.iter_mut().enumerate() {
                for day in 0..days {
                    for b in 0..rows {
                        let a = a.data[day * a.day_stride + k / LANES * stride + b].0[k % LANES];
                        *dw += Lanes([a; LANES]) * da.data[day * da.day_stride + p * stride + b];
                    }
                }
            }
        }
    }

    const STRIDE: usize = 35;

    #[test]
    fn a_weight_gradient_is_the_naive_one_whatever_the_tiles() {
        for (blocks_out, rows, days) in
            [(1, 1, 1), (1, 33, 2), (2, 5, 3), (2, 32, 4), (3, 19, 2), (4, 32, 3), (8, 7, 1)]
        {
            for inputs in 1..=33 {
                let (a_len, da_len) = (blocks(inputs) * STRIDE, blocks_out * STRIDE);
                let (a, da) = (exact(days * a_len, 1), exact(days * da_len, 2));
                let before = exact(blocks_out * inputs, 3);
                let (a, da) = (Days { data: &a, day_stride: a_len }, Days { data: &da, day_stride: da_len });
                let mut expected = before.clone();
                naive(WeightGradient { dw: &mut expected, inputs, a, da, days, stride: STRIDE, rows });
                for isa in Isa::available() {
                    let mut dw = before.clone();
                    isa.run(WeightGradient { dw: &mut dw, inputs, a, da, days, stride: STRIDE, rows });
                    assert!(dw == expected, "{blocks_out} blocks, {rows} rows, {days} days, {inputs} inputs, {isa:?}");
                }
            }
        }
    }
}
