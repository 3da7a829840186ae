//! The product of a batch of activations and a matrix of weights, as sums of outer products kept in registers.
//!
//! K = inputs summed over, P = blocks of 16 output units, B = rows of the batch.

use super::tiles::{has, height, part, rows_of_tiles, tile_rows};
use super::{Arithmetic, Kernel, LANES, Lanes, Real};

/// The initial value of a product.
pub enum AddTo<'a, F> {
    /// Zero.
    Zero,
    /// A vector, `(P, lane)`, the same for every row.
    Bias(&'a [Lanes<F>]),
    /// The values that the output holds.
    Output,
}

impl<F: Real> AddTo<'_, F> {
    /// Writes a product that has no inputs.
    #[inline(always)]
    fn write(&self, out: &mut [Lanes<F>], stride: usize, rows: usize) {
        for (block, out) in out.chunks_mut(stride).enumerate() {
            match self {
                AddTo::Zero => out[..rows].fill(Lanes::ZERO),
                AddTo::Bias(bias) => out[..rows].fill(bias[block]),
                AddTo::Output => (),
            }
        }
    }
}

/// Activations and the weights that multiply them.
pub struct Term<'a, F> {
    /// Activations, `(ceil(K / 16), stride, lane)`.
    pub a: &'a [Lanes<F>],
    /// Weights, `(P, K, lane)`.
    pub w: &'a [Lanes<F>],
    /// K
    pub inputs: usize,
}

/// `out[p][b] = add_to + sum over terms and k of a[b, k] w[p][k]` for the first `rows` rows.
pub struct Product<'a, F> {
    /// `(P, stride, lane)`; the last block can end with the last row.
    pub out: &'a mut [Lanes<F>],
    /// The distance from one block to the next, in rows, in `out` and in every `a`.
    pub stride: usize,
    /// B
    pub rows: usize,
    /// The value to which the sum is added.
    pub add_to: AddTo<'a, F>,
    /// The terms of the sum. All of them (input and recurrent weights, the taps of a convolution) are summed before the
    /// output is written.
    pub terms: &'a [Term<'a, F>],
}

impl<F: Real> Kernel for Product<'_, F> {
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let Product { out, stride, rows, add_to, terms } = self;
        if rows == 0 {
            return;
        }
        if terms.iter().all(|term| term.inputs == 0) {
            return add_to.write(out, stride, rows);
        }
        let blocks = out.len().div_ceil(stride);
        let (mut block, mut out) = (0, out);
        while block < blocks {
            let width = part(blocks - block, tile_rows::<F, A>().len());
            let (group, rest) = out.split_at_mut(out.len().min(width * stride));
            match width {
                4 => product_blocks::<F, A, 4>(block, group, (stride, rows), &add_to, terms),
                3 => product_blocks::<F, A, 3>(block, group, (stride, rows), &add_to, terms),
                2 => product_blocks::<F, A, 2>(block, group, (stride, rows), &add_to, terms),
                _ => product_blocks::<F, A, 1>(block, group, (stride, rows), &add_to, terms),
            }
            block += width;
            out = rest;
        }
    }
}

/// One to sixteen inputs of a product and their weights in `P` blocks. There is at least one input: after a loop that
/// can have zero iterations, the compiler moves all sums to other registers.
#[derive(Clone, Copy)]
struct Piece<'a, F, const P: usize> {
    /// The inputs of all rows.
    a: &'a [Lanes<F>],
    /// The weights of each input, for each block.
    w: [&'a [Lanes<F>]; P],
}

/// The number of pieces that are summed at a time. Their weights are read again for every tile of rows: 4 kB of `f32`
/// for a piece of four blocks, which stay in the first-level cache. The number is the same for every instruction set,
/// because the order of the sum depends on it.
const PIECES: usize = 9;

/// Computes the product of `P` blocks from `block` on, at most [`PIECES`] pieces at a time.
#[inline(always)]
fn product_blocks<F: Real, A: Arithmetic, const P: usize>(
    block: usize,
    out: &mut [Lanes<F>],
    (stride, rows): (usize, usize),
    add_to: &AddTo<'_, F>,
    terms: &[Term<'_, F>],
) {
    let mut left: usize = terms.iter().map(|term| term.inputs.div_ceil(LANES)).sum();
    let at = At { block, row: 0, stride };
    let mut pieces = [Piece { a: &[], w: [&[][..]; P] }; PIECES];
    let (mut count, mut full, mut add_to) = (0, part(left.max(1), PIECES), add_to);
    for term in terms {
        let w = &term.w[block * term.inputs..][..P * term.inputs];
        for first in (0..term.inputs).step_by(LANES) {
            let inputs = LANES.min(term.inputs - first);
            let w = array!(p < P, &w[p * term.inputs + first..][..inputs]);
            pieces[count] = Piece { a: &term.a[first / LANES * stride..], w };
            (count, left) = (count + 1, left - 1);
            if count == full {
                product_rows::<F, A, P>(at, rows, out, add_to, &pieces[..count]);
                (count, full, add_to) = (0, part(left.max(1), PIECES), &AddTo::Output);
            }
        }
    }
}

/// The first block and row of a tile.
#[derive(Clone, Copy)]
struct At {
    block: usize,
    row: usize,
    stride: usize,
}

/// Computes the product of all rows, in tiles of nearly equal height.
#[inline(always)]
fn product_rows<F: Real, A: Arithmetic, const P: usize>(
    mut at: At,
    rows: usize,
    out: &mut [Lanes<F>],
    add_to: &AddTo<'_, F>,
    pieces: &[Piece<'_, F, P>],
) {
    while at.row < rows {
        let height = height(rows - at.row, const { rows_of_tiles::<F, A, P, 1>() });
        with_height!(R = height of rows_of_tiles::<F, A, P, 1>(), { product_tile::<F, A, P, R>(at, out, add_to, pieces) });
        at.row += height;
    }
}

/// Computes the product of `R` rows and `P` blocks. `add_to` is added after the sum, because the first multiply-adds
/// would wait for it.
#[inline(always)]
fn product_tile<F: Real, A: Arithmetic, const P: usize, const R: usize>(
    at: At,
    out: &mut [Lanes<F>],
    add_to: &AddTo<'_, F>,
    pieces: &[Piece<'_, F, P>],
) {
    let mut sum = [[Lanes::ZERO; R]; P];
    let mut next = 0;
    loop {
        let Piece { a, w } = &pieces[next];
        let Some(a) = a[at.row..].first_chunk::<R>() else { return };
        let inputs = w[0].len();
        let w = array!(p < P, &w[p][..inputs]);
        let mut k = 0;
        if inputs % 2 == 0 {
            // Two inputs per iteration: branch predictors predict the end of a loop of eight iterations, but not of
            // sixteen.
            loop {
                add_outer::<F, A, P, R>(&mut sum, a, k % LANES, array!(p < P, &w[p][k]));
                add_outer::<F, A, P, R>(&mut sum, a, (k + 1) % LANES, array!(p < P, &w[p][k + 1]));
                k += 2;
                if k >= inputs {
                    break;
                }
            }
        } else {
            loop {
                add_outer::<F, A, P, R>(&mut sum, a, k % LANES, array!(p < P, &w[p][k]));
                k += 1;
                if k >= inputs {
                    break;
                }
            }
        }
        next += 1;
        if next >= pieces.len() {
            break;
        }
    }
    for_each!(p < P of 4, {
        let Some(out) = out[p * at.stride + at.row..].first_chunk_mut::<R>() else { return };
        match add_to {
            AddTo::Zero => *out = sum[p],
            AddTo::Bias(bias) => {
                let bias = &bias[at.block + p];
                for_each!(r < R of 16, { sum[p][r].add_scaled::<A>(F::ONE, bias) });
                *out = sum[p];
            }
            AddTo::Output => {
                for_each!(r < R of 16, { sum[p][r].add_scaled::<A>(F::ONE, &out[r]) });
                *out = sum[p];
            }
        }
    });
}

/// Adds the outer product of input `k` of each row and the weights of each block.
#[inline(always)]
fn add_outer<F: Real, A: Arithmetic, const P: usize, const R: usize>(
    sum: &mut [[Lanes<F>; R]; P],
    rows: &[Lanes<F>; R],
    k: usize,
    w: [&Lanes<F>; P],
) {
    for_each!(r < R of 16, {
        let a = rows[r].0[k];
        for_each!(p < P of 4, { sum[p][r].add_scaled::<A>(a, w[p]) });
    });
}

#[cfg(test)]
mod tests {
    use super::super::testing::exact;
    use super::super::{Isa, blocks};
    use super::*;

    /// Computes the product in plain loops.
    fn naive<F: Real>(Product { out, stride, rows, add_to, terms }: Product<'_, F>) {
        for (p, out) in out.chunks_mut(stride).enumerate() {
            for (b, out) in out.iter_mut().take(rows).enumerate() {
                let mut sum = match add_to {
                    AddTo::Zero => Lanes::ZERO,
                    AddTo::Bias(bias) => bias[p],
                    AddTo::Output => *out,
                };
                for Term { a, w, inputs } in terms {
                    for k in 0..*inputs {
                        sum += Lanes([a[k / LANES * stride + b].0[k % LANES]; LANES]) * w[p * inputs + k];
                    }
                }
                *out = sum;
            }
        }
    }

    const STRIDE: usize = 35;

    #[test]
    fn a_product_is_the_naive_one_whatever_the_tiles() {
        for (blocks_out, rows) in [(1, 1), (1, 33), (2, 5), (2, 32), (3, 19), (4, 32), (5, 7), (8, 13)] {
            for inputs in [[0, 0], [1, 0], [5, 16], [16, 27], [3, 200], [160, 0]] {
                let a = inputs.map(|inputs| exact(blocks(inputs) * STRIDE, inputs));
                let w = inputs.map(|inputs| exact(blocks_out * inputs, inputs + 1));
                let (bias, before) = (exact(blocks_out, 5), exact(blocks_out * STRIDE, 6));
                let terms = [0, 1].map(|k| Term { a: &a[k], w: &w[k], inputs: inputs[k] });
                for isa in Isa::available() {
                    for add_to in [|_| AddTo::Zero, |bias| AddTo::Bias(bias), |_| AddTo::Output] {
                        let mut expected = before.clone();
                        let product = |out| Product { out, stride: STRIDE, rows, add_to: add_to(&bias), terms: &terms };
                        naive(product(&mut expected));
                        let mut out = before.clone();
                        isa.run(product(&mut out));
                        assert!(out == expected, "{blocks_out} blocks, {rows} rows, {inputs:?}, {isa:?}");
                    }
                }
            }
        }
    }
}
