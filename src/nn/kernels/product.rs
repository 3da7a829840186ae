//! The three products of a layer, as sums of outer products kept in registers.
//!
//! K = inputs summed over, P = planes of 16 output units, B = rows of the batch.

use std::ops::Range;

use rayon::prelude::*;

use super::{Arithmetic, Isa, LANES, Lanes, Pass};
use crate::nn::Real;

/// `$body` for each `$i` below `$count`, of at most sixteen (rows) or four (planes, partial sums), written out. A loop
/// would mostly be unrolled too, and where it is not, every sum is stored after every multiply-add.
macro_rules! for_each {
    ($i:ident < $count:ident of 4, $body:block) => {
        for_each!(@ $i $count, $body 0 1 2 3)
    };
    ($i:ident < $count:ident of 16, $body:block) => {
        for_each!(@ $i $count, $body 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15)
    };
    (@ $i:ident $count:expr, $body:block $($number:literal)*) => {
        $(if const { $number < $count } {
            let $i = $number;
            $body
        })*
    };
}

/// An array of `$value` for each `$i` below `$count`, of at most four. What the standard library does for an array
/// is a dozen functions for every place it is used at, each of which is compiled for every tile.
macro_rules! array {
    ($i:ident < $count:ident, $value:expr) => {{
        let mut all = {
            let $i = 0;
            [$value; $count]
        };
        for_each!($i < $count of 4, { all[$i] = $value; });
        all
    }};
}

/// `$body` with the constant `$R` at `$height`, which is one of `$rows`.
macro_rules! with_height {
    ($R:ident = $height:ident of $rows:expr, $body:block) => {
        with_height!(@ $R $height $rows, $body 16 12 11 10 8 6 5 4 3 2 1)
    };
    (@ $R:ident $height:ident $rows:expr, $body:block $($number:literal)*) => {
        match $height {
            $($number if const { has($rows, $number) } => {
                const $R: usize = $number;
                $body
            })*
            _ => (),
        }
    };
}

const fn has(rows: &[usize], height: usize) -> bool {
    let mut k = 0;
    while k < rows.len() {
        if rows[k] == height {
            return true;
        }
        k += 1;
    }
    false
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

impl<F: Real> Start<'_, F> {
    /// The sum of nothing else.
    #[inline(always)]
    fn write(&self, out: &mut [Lanes<F>], stride: usize, rows: usize) {
        for (plane, out) in out.chunks_mut(stride).enumerate() {
            match self {
                Start::Zero => out[..rows].fill(Lanes::ZERO),
                Start::Bias(bias) => out[..rows].fill(bias[plane]),
                Start::Output => (),
            }
        }
    }
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
    /// What the sum is added to.
    pub start: Start<'a, F>,
    /// What is summed: several terms (input and recurrent, the taps of a convolution) cost one pass over the output.
    pub terms: &'a [Term<'a, F>],
}

impl<F: Real> Pass for Product<'_, F> {
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let Product { out, stride, rows, start, terms } = self;
        if rows == 0 {
            return;
        }
        if terms.iter().all(|term| term.inputs == 0) {
            return start.write(out, stride, rows);
        }
        let planes = out.len().div_ceil(stride);
        let (mut plane, mut out) = (0, out);
        while plane < planes {
            let width = part(planes - plane, tile_rows::<F, A>().len());
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

/// Rows of tiles by their planes. Numbers that only prove, and are not fast, take little code instead.
const fn tile_rows<F, A: Arithmetic>() -> &'static [&'static [usize]] {
    if size_of::<F>() == size_of::<f32>() { A::TILE_ROWS } else { &[&[2, 1]] }
}

/// Rows of the tiles of `P` planes with `U` sums each; none where there are no tiles of so many planes.
const fn rows_of_tiles<F, A: Arithmetic, const P: usize, const U: usize>() -> &'static [usize] {
    let tiles = tile_rows::<F, A>();
    let mut rows = if P > tiles.len() { &[] } else { tiles[P - 1] };
    while let [first, rest @ ..] = rows {
        if *first * U <= tiles[P - 1][0] || rest.is_empty() {
            return rows;
        }
        rows = rest;
    }
    rows
}

/// The height of the first of the fewest tiles that cover so many rows and are nearly equal.
#[inline(always)]
fn height(left: usize, rows: &[usize]) -> usize {
    let Some(most) = rows.first() else { return left };
    let mut tiles = left.div_ceil(*most);
    loop {
        let height = left.div_ceil(tiles);
        if has(rows, height) {
            return height;
        }
        tiles += 1;
    }
}

/// The first of the fewest parts of `whole`, none above `most`, that are nearly equal: a small part
/// left over would starve the units that multiply.
#[inline(always)]
fn part(whole: usize, most: usize) -> usize {
    whole.div_ceil(whole.div_ceil(most))
}

/// At most sixteen inputs of a product to `P` planes. At least one: a loop that may run no round at all ends with
/// its sums in other registers than it began.
#[derive(Clone, Copy)]
struct Piece<'a, F, const P: usize> {
    /// The inputs of every row.
    a: &'a [Lanes<F>],
    /// A vector an input, for each plane.
    w: [&'a [Lanes<F>]; P],
}

/// Pieces that are summed at a time. Their weights are read again for every tile of rows: of four planes, 4 kB of
/// `f32` a piece, which stay in the first-level cache. The same for every instruction set, because the order of
/// the sum depends on it.
const PIECES: usize = 9;

/// `P` planes from `plane` on, some pieces after the others.
#[inline(always)]
fn product_planes<F: Real, A: Arithmetic, const P: usize>(
    plane: usize,
    out: &mut [Lanes<F>],
    (stride, rows): (usize, usize),
    start: &Start<'_, F>,
    terms: &[Term<'_, F>],
) {
    let mut left: usize = terms.iter().map(|term| term.inputs.div_ceil(LANES)).sum();
    let at = At { plane, row: 0, stride };
    let mut pieces = [Piece { a: &[], w: [&[][..]; P] }; PIECES];
    let (mut count, mut wanted, mut start) = (0, part(left.max(1), PIECES), start);
    for term in terms {
        let w = &term.w[plane * term.inputs..][..P * term.inputs];
        for first in (0..term.inputs).step_by(LANES) {
            let inputs = LANES.min(term.inputs - first);
            let w = array!(p < P, &w[p * term.inputs + first..][..inputs]);
            pieces[count] = Piece { a: &term.a[first / LANES * stride..], w };
            (count, left) = (count + 1, left - 1);
            if count == wanted {
                product_rows::<F, A, P>(at, rows, out, start, &pieces[..count]);
                (count, wanted, start) = (0, part(left.max(1), PIECES), &Start::Output);
            }
        }
    }
}

/// Where a tile stands.
#[derive(Clone, Copy)]
struct At {
    plane: usize,
    row: usize,
    stride: usize,
}

/// All rows of some planes and inputs, in tiles of nearly equal height.
#[inline(always)]
fn product_rows<F: Real, A: Arithmetic, const P: usize>(
    mut at: At,
    rows: usize,
    out: &mut [Lanes<F>],
    start: &Start<'_, F>,
    pieces: &[Piece<'_, F, P>],
) {
    while at.row < rows {
        let height = height(rows - at.row, const { rows_of_tiles::<F, A, P, 1>() });
        with_height!(R = height of rows_of_tiles::<F, A, P, 1>(), { product_tile::<F, A, P, R>(at, out, start, pieces) });
        at.row += height;
    }
}

/// `P` planes of `R` rows. What the sum is added to is added at its end: at its start, the first multiply-adds
/// would wait for it.
#[inline(always)]
fn product_tile<F: Real, A: Arithmetic, const P: usize, const R: usize>(
    at: At,
    out: &mut [Lanes<F>],
    start: &Start<'_, F>,
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
            // Two at a time: a processor foresees the end of a loop of eight rounds, not of sixteen.
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
        match start {
            Start::Zero => *out = sum[p],
            Start::Bias(bias) => {
                let bias = &bias[at.plane + p];
                for_each!(r < R of 16, { sum[p][r].add_scaled::<A>(F::ONE, bias) });
                *out = sum[p];
            }
            Start::Output => {
                for_each!(r < R of 16, { sum[p][r].add_scaled::<A>(F::ONE, &out[r]) });
                *out = sum[p];
            }
        }
    });
}

/// Adds the outer product of number `k` of each row and the vector of each plane.
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
            let whole = inputs / LANES * LANES;
            gradient::<F, A, 1>(dw, 0..whole, planes);
            // Few sums wait for themselves: the fewer inputs there are, the more sums each has.
            match inputs - whole {
                0 => (),
                1 => gradient::<F, A, 4>(dw, whole..inputs, planes),
                2..6 => gradient::<F, A, 2>(dw, whole..inputs, planes),
                _ => gradient::<F, A, 1>(dw, whole..inputs, planes),
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

/// The gradient of the weights of some inputs, in `U` sums each.
#[inline(always)]
fn gradient<F: Real, A: Arithmetic, const U: usize>(dw: &mut [Lanes<F>], inputs: Range<usize>, planes: Planes<'_, F>) {
    let (mut plane, mut dw) = (0, dw);
    while !dw.is_empty() {
        let width = part(dw.len() / planes.inputs, tile_rows::<F, A>().len());
        let (group, rest) = dw.split_at_mut(width * planes.inputs);
        match width {
            4 => gradient_planes::<F, A, 4, U>(group, inputs.clone(), plane, planes),
            3 => gradient_planes::<F, A, 3, U>(group, inputs.clone(), plane, planes),
            2 => gradient_planes::<F, A, 2, U>(group, inputs.clone(), plane, planes),
            _ => gradient_planes::<F, A, 1, U>(group, inputs.clone(), plane, planes),
        }
        plane += width;
        dw = rest;
    }
}

/// The same for `P` planes of `da`, from `plane` on, in tiles of nearly equal height.
#[inline(always)]
fn gradient_planes<F: Real, A: Arithmetic, const P: usize, const U: usize>(
    dw: &mut [Lanes<F>],
    inputs: Range<usize>,
    plane: usize,
    planes: Planes<'_, F>,
) {
    let mut k = inputs.start;
    while k < inputs.end {
        let end = inputs.end.min((k / LANES + 1) * LANES);
        let height = height(end - k, const { rows_of_tiles::<F, A, P, U>() });
        with_height!(R = height of rows_of_tiles::<F, A, P, U>(), {
            gradient_tile::<F, A, P, R, U>(dw, k, plane, planes)
        });
        k += height;
    }
}

/// `R` rows from `k` on of `P` planes of the weight gradient, each in `U` partial sums.
#[inline(always)]
fn gradient_tile<F: Real, A: Arithmetic, const P: usize, const R: usize, const U: usize>(
    dw: &mut [Lanes<F>],
    k: usize,
    plane: usize,
    planes: Planes<'_, F>,
) {
    let lane = k % LANES;
    let chunks = planes.rows / U;
    if lane + R > LANES || (U == 1 && chunks == 0) || planes.first >= planes.end {
        return; // never; known here, it is not asked for every number of every row
    }
    let mut sum = [[[Lanes::ZERO; R]; P]; U];
    for day in planes.first..planes.end {
        let (a, a_rest) = planes.a(k / LANES, day).as_chunks::<U>();
        let a = &a[..chunks];
        let mut da = [a; P];
        let mut da_rest = [a_rest; P];
        for p in 0..P {
            (da[p], da_rest[p]) = planes.da(plane + p, day).as_chunks::<U>();
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
    for_each!(p < P of 4, {
        for_each!(r < R of 16, {
            let mut total = sum[0][p][r];
            for_each!(u < U of 4, {
                if u > 0 {
                    total.add_scaled::<A>(F::ONE, &sum[u][p][r]);
                }
            });
            dw[p * planes.inputs + k + r].add_scaled::<A>(F::ONE, &total);
        });
    });
}

/// Adds the outer product of the numbers of a row from `lane` on and the row's vector in each plane.
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
    interleave(&a, &mut b);
    interleave(&b, &mut a);
    interleave(&a, &mut b);
    interleave(&b, &mut a);
    for (out, a) in out.iter_mut().zip(a.as_chunks::<LANES>().0) {
        out.0 = *a;
    }
}

/// The two halves of `from`, one number of each in turn.
#[inline(always)]
fn interleave<F: Real>(from: &[F; BLOCK], to: &mut [F; BLOCK]) {
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

    /// Numbers that are whole multiples of 1/8 below 1: their products and sums are exact in `f32`.
    fn exact(len: usize, seed: usize) -> Vec<Lanes<f32>> {
        let number = |k: usize| ((k * 7919 + seed * 104_729) % 15) as f32 / 8.0 - 7.0 / 8.0;
        (0..len).map(|k| Lanes(std::array::from_fn(|lane| number(k * LANES + lane)))).collect()
    }

    const STRIDE: usize = 35;

    #[test]
    fn a_product_is_the_sum_whatever_the_tiles() {
        for (planes_out, rows) in [(1, 1), (1, 33), (2, 5), (2, 32), (3, 19), (4, 32), (5, 7), (8, 13)] {
            for inputs in [[0, 0], [1, 0], [5, 16], [16, 27], [3, 200], [160, 0]] {
                let a = inputs.map(|inputs| exact(planes(inputs) * STRIDE, inputs));
                let w = inputs.map(|inputs| exact(planes_out * inputs, inputs + 1));
                let (bias, before) = (exact(planes_out, 5), exact(planes_out * STRIDE, 6));
                for isa in Isa::available() {
                    for start in [Start::Zero, Start::Bias(&bias), Start::Output] {
                        let begun = |plane: usize, row: usize| match start {
                            Start::Zero => Lanes::ZERO,
                            Start::Bias(bias) => bias[plane],
                            Start::Output => before[plane * STRIDE + row],
                        };
                        let expected = |plane: usize, row: usize, lane: usize| {
                            let sum = |term: usize| -> f32 {
                                let number = |k: usize| a[term][k / LANES * STRIDE + row].0[k % LANES];
                                let inputs = inputs[term];
                                (0..inputs).map(|k| number(k) * w[term][plane * inputs + k].0[lane]).sum()
                            };
                            begun(plane, row).0[lane] + sum(0) + sum(1)
                        };
                        let mut expected_all = before.clone();
                        for plane in 0..planes_out {
                            for row in 0..rows {
                                let lanes = std::array::from_fn(|lane| expected(plane, row, lane));
                                expected_all[plane * STRIDE + row] = Lanes(lanes);
                            }
                        }
                        let term = |k: usize| Term { a: &a[k], w: &w[k], inputs: inputs[k] };
                        let mut out = before.clone();
                        isa.run(Product { out: &mut out, stride: STRIDE, rows, start, terms: &[term(0), term(1)] });
                        assert!(out == expected_all, "{planes_out} planes, {rows} rows, {inputs:?}, {isa:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_weight_gradient_is_the_sum_whatever_the_tiles() {
        for (planes_out, rows, days) in
            [(1, 1, 1), (1, 33, 2), (2, 5, 3), (2, 32, 4), (3, 19, 2), (4, 32, 3), (8, 7, 1)]
        {
            for inputs in [1, 2, 3, 5, 6, 16, 20, 27, 33] {
                let (a_len, da_len) = (planes(inputs) * STRIDE, planes_out * STRIDE);
                let (a, da) = (exact(days * a_len, 1), exact(days * da_len, 2));
                let before = exact(planes_out * inputs, 3);
                let mut expected = before.clone();
                for (at, lanes) in expected.iter_mut().enumerate() {
                    let (plane, k) = (at / inputs, at % inputs);
                    for (day, row) in (0..days).flat_map(|day| (0..rows).map(move |row| (day, row))) {
                        let number = a[day * a_len + k / LANES * STRIDE + row].0[k % LANES];
                        lanes.add_scaled::<super::super::Fused>(number, &da[day * da_len + plane * STRIDE + row]);
                    }
                }
                for isa in Isa::available() {
                    let mut dw = before.clone();
                    let (a, da) = (Days { data: &a, stride: a_len }, Days { data: &da, stride: da_len });
                    isa.run(WeightGradient { dw: &mut dw, inputs, a, da, days, stride: STRIDE, rows });
                    assert!(dw == expected, "{planes_out} planes, {rows} rows, {days} days, {inputs} inputs, {isa:?}");
                }
            }
        }
    }
}
