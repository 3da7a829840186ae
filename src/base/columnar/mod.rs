//! Parquet files: read as the text of a table, and written from such a text.
//!
//! `prices` reads a Parquet file as rows of text, one per line, so that all later steps are those of a text file:
//! column names, layouts, date formats, errors and warnings. Text loses nothing: each number is written with digits
//! that are read back as the same number.
//!
//! `table` requires the feature `parquet`. Without it, Parquet files are recognised, but results in Parquet are an
//! error.

pub mod marker;
#[cfg(feature = "parquet")]
mod table;

#[cfg(feature = "parquet")]
pub use table::*;
#[cfg(not(feature = "parquet"))]
pub use without::*;

/// The type of the cells of a column of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// Text in UTF-8.
    Text,
    /// `true` or `false`.
    Bool,
    /// Days, as `YYYY-MM-DD`.
    Date,
    /// Signed 64-bit integers.
    Whole,
    /// Unsigned 64-bit integers.
    Unsigned,
    /// Double-precision numbers.
    Number,
}

/// The separator of the cells in the text of a table.
pub const DELIMITER: u8 = b'\t';

/// Names of the columns of a table.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Columns {
    /// The name of each column; if a column has two names, the first.
    pub names: Vec<String>,
    /// The second name of each column, if columns have two, as in pandas tables of several tickers:
    /// `('Close', 'AAPL')`.
    pub second: Vec<String>,
    /// The names of columns of lists, structures and other values that are not cells of a table.
    pub left_out: Vec<String>,
}

/// The replacement in a program that was built without Parquet.
#[cfg(not(feature = "parquet"))]
mod without {
    use std::fs::File;
    use std::io::{self, Read};

    fn missing() -> io::Error {
        io::Error::new(io::ErrorKind::Unsupported, "this fourcast was built without Parquet")
    }

    /// Returns an error.
    #[cfg(feature = "cli")]
    pub fn write(_: impl Read, _: impl Fn(&str) -> super::ColumnType, _: impl io::Write + Send) -> io::Result<()> {
        Err(missing())
    }

    /// Returns an error.
    pub fn text_of_results(_: File) -> io::Result<Box<dyn Read + Send>> {
        Err(missing())
    }
}
