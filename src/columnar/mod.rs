//! Parquet files: read as the text of a table, and written from one.
//!
//! `prices` reads a Parquet file as rows of text, one a line, so that everything after the first step is that of a file of
//! text: names of columns, layouts, forms of dates, errors and warnings. Text loses nothing: a number is written in digits
//! that are read back as the same number.
//!
//! `table` is the feature `parquet`; without it Parquet files are still recognised.

pub(crate) mod marker;
#[cfg(feature = "parquet")]
mod table;

#[cfg(feature = "parquet")]
pub(crate) use table::*;

/// What separates the cells of the text of a table.
pub(crate) const DELIMITER: u8 = b'\t';

/// Names of the columns of a table.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Columns {
    /// The name of each; of one with two names the first.
    pub names: Vec<String>,
    /// The second name of each, if columns have two, as of pandas tables of several tickers: `('Close', 'AAPL')`.
    pub second: Vec<String>,
    /// Columns of lists, structures and other values that are no cell of a table.
    pub left_out: Vec<String>,
}
