//! Parquet files: read as the text of a table, and written from one.
//!
//! `prices` reads a Parquet file as rows of text, one a line, so that everything after the first step is that of a file
//! of text: names of columns, layouts, forms of dates, errors and warnings. Text loses nothing: a number is written in
//! digits that are read back as the same number.
//!
//! `table` is the feature `parquet`; without it Parquet files are still recognised, and results as Parquet are an
//! error.

pub mod marker;
#[cfg(feature = "parquet")]
mod table;

#[cfg(feature = "parquet")]
pub use table::*;
#[cfg(not(feature = "parquet"))]
pub use without::*;

/// What the cells of a column of results are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// Text in UTF-8.
    Text,
    /// `true` or `false`.
    Bool,
    /// Days, as `YYYY-MM-DD`.
    Date,
    /// Whole numbers of 64 bits with a sign.
    Whole,
    /// Whole numbers of 64 bits without a sign.
    Unsigned,
    /// Numbers of double precision.
    Number,
}

/// What separates the cells of the text of a table.
pub const DELIMITER: u8 = b'\t';

/// Names of the columns of a table.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Columns {
    /// The name of each; of one with two names the first.
    pub names: Vec<String>,
    /// The second name of each, if columns have two, as of pandas tables of several tickers: `('Close', 'AAPL')`.
    pub second: Vec<String>,
    /// Columns of lists, structures and other values that are not cells of a table.
    pub left_out: Vec<String>,
}

/// What a program that was built without Parquet has in its place.
#[cfg(not(feature = "parquet"))]
mod without {
    use std::fs::File;
    use std::io::{self, Read};

    fn missing() -> io::Error {
        io::Error::new(io::ErrorKind::Unsupported, "this fourcast was built without Parquet")
    }

    /// An error.
    #[cfg(feature = "cli")]
    pub fn write(_: impl Read, _: impl Fn(&str) -> super::ColumnType, _: impl io::Write + Send) -> io::Result<()> {
        Err(missing())
    }

    /// An error.
    pub fn text_of_results(_: File) -> io::Result<Box<dyn Read + Send>> {
        Err(missing())
    }
}
