//! Functions that the tests of several modules share.

use jiff::ToSpan;
use jiff::civil::date;

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

/// A row of [`walks`]: its number, two prices, which begin near 40 and 60, and a count from 9 to 15.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The number of the row, from 0.
    pub number: usize,
    /// The prices, with two decimals.
    pub prices: [f64; 2],
    /// The count.
    pub count: usize,
}

/// Returns a table of sixty days of two random walks: the cells that `cells` makes of each row, behind the date.
pub fn walks(header: &str, cells: impl Fn(Row) -> String) -> String {
    walks_of(60, header, cells)
}

/// Returns a table of two random walks, as [`walks`] makes it, with the given number of days.
pub fn walks_of(days: usize, header: &str, cells: impl Fn(Row) -> String) -> String {
    let mut random = noise(29);
    let mut prices = [40.0_f64, 60.0];
    let mut text = format!("{header}\n");
    for number in 0..days {
        prices = prices.map(|price| (price * (0.98 + 0.04 * random.next().unwrap()) * 100.0).round() / 100.0);
        let count = 9 + (7.0 * random.next().unwrap()) as usize;
        let day = date(2021, 3, 1) + i64::try_from(number).unwrap().days();
        text += &format!("{day},{}\n", cells(Row { number, prices, count }));
    }
    text
}

/// Returns the first close of each series of such a table, or the error.
pub fn first_closes(header: &str, cells: impl Fn(Row) -> String) -> Result<Vec<f64>, String> {
    let reading = read(&walks(header, cells)).map_err(|error| error.to_string())?;
    Ok(reading.series.iter().map(|series| series.close[0]).collect())
}

/// Returns the messages of all warnings of a table.
pub fn warnings(text: &str) -> Vec<String> {
    read(text).unwrap_or_else(|error| panic!("{error}")).warnings.iter().map(ToString::to_string).collect()
}
