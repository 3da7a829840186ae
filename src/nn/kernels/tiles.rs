//! Tiles: parts of an output that are small enough for their sums to stay in registers.
//!
//! A tile of `P` blocks and `R` rows holds `P R` sums of 16 numbers each. The macros of this file unroll its loops.

use super::Arithmetic;

/// Runs `$body` for each `$i` below `$count`, unrolled; `$count` is at most sixteen (rows) or four (blocks, partial
/// sums). The compiler unrolls most such loops. Where it does not, every sum is stored after every multiply-add.
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

/// Makes an array of `$value` for each `$i` below `$count`, which is at most four. `std::array::from_fn` and `map`
/// expand to a dozen functions at every place of use, each of which would be compiled for every tile.
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

/// Runs `$body` with the constant `$R` equal to `$height`, which is one of `$rows`.
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

/// Whether `height` is one of `rows`.
pub const fn has(rows: &[usize], height: usize) -> bool {
    let mut k = 0;
    while k < rows.len() {
        if rows[k] == height {
            return true;
        }
        k += 1;
    }
    false
}

/// Returns the heights of tiles, by their number of blocks. `f64` is used only in tests, so it has few tiles, which
/// compile faster.
pub const fn tile_rows<F, A: Arithmetic>() -> &'static [&'static [usize]] {
    if size_of::<F>() == size_of::<f32>() { A::TILE_ROWS } else { &[&[2, 1]] }
}

/// Returns the heights of tiles of `P` blocks with `U` sums per number; empty if no tile has `P` blocks.
pub const fn rows_of_tiles<F, A: Arithmetic, const P: usize, const U: usize>() -> &'static [usize] {
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

/// Returns the height of the next tile of `left` rows. The rows are cut into as few tiles of nearly equal height as
/// possible.
#[inline(always)]
pub const fn height(left: usize, rows: &[usize]) -> usize {
    let [max, ..] = rows else { return left };
    let mut tiles = left.div_ceil(*max);
    loop {
        let height = left.div_ceil(tiles);
        if has(rows, height) {
            return height;
        }
        tiles += 1;
    }
}

/// Returns the size of the next part of `whole`, which is cut into as few parts of nearly equal size, at most `max`, as
/// possible. A small remainder would leave most multiply-add units idle.
#[inline(always)]
pub fn part(whole: usize, max: usize) -> usize {
    whole.div_ceil(whole.div_ceil(max))
}
