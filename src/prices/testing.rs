//! Functions that the tests of several modules share.

use super::{ReadError, ReadOptions, Reading, read_bytes};

/// Reads a price file without options.
pub fn read(text: &str) -> Result<Reading, ReadError> {
    read_bytes("prices.csv", text.as_bytes(), &ReadOptions::default())
}

/// Reads a price file with the given rows under `Date,Close`.
pub fn closes(rows: &str) -> Result<Reading, ReadError> {
    read(&format!("Date,Close\n{rows}"))
}

/// Returns options that name the price column.
pub fn priced(column: &str) -> ReadOptions {
    ReadOptions { price: Some(column.parse().unwrap()), ..ReadOptions::default() }
}

/// Returns pseudo-random numbers between 0 and 1.
pub fn noise(seed: u64) -> impl Iterator<Item = f64> {
    let mut state = seed.wrapping_mul(2) + 1;
    std::iter::repeat_with(move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / (1_u64 << 24) as f64
    })
}
