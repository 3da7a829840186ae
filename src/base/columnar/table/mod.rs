//! Parquet files as tables, read with the Parquet crate.
//!
//! The modules, from the bottom. Each module imports only from modules above it in this table; a test checks this.
//!
//! | modules | what they do |
//! |---|---|
//! | `pages` | the pages of a column, decompressed, with bounds on the sizes that they state |
//! | `cells` | a value as text |
//! | `kind` | the types of columns that can be written as text |
//! | `open` | the footer, checked, and the columns that are read |
//! | `rows` | all columns side by side, row by row |
//! | `write` | a csv table as a Parquet file |

mod cells;
mod kind;
mod open;
mod pages;
mod rows;
#[cfg(feature = "cli")]
mod write;

use std::fs::File;
use std::io::{self, Read};

#[cfg(feature = "cli")]
pub use write::write;

use super::Columns;
use cells::Dialect;
use open::Footer;

/// Why a Parquet file is not a table.
#[derive(Debug)]
pub enum TableError {
    /// The file is encrypted.
    Encrypted,
    /// The file has no column of single values.
    NoColumns,
    /// The file is damaged, or cannot be read.
    Read(io::Error),
}

/// The columns of a Parquet file, and the text of its rows: one row per line, without a header line.
pub type Table = (Columns, Box<dyn Read + Send>);

/// Opens a Parquet file. Its rows are read from the disk as the text is consumed.
pub fn open_file(file: File) -> Result<Table, TableError> {
    rows::open(Footer::read(file)?, Dialect::Plain)
}

/// Opens the content of a Parquet file.
pub fn open_bytes(content: Vec<u8>) -> Result<Table, TableError> {
    rows::open(Footer::read(bytes::Bytes::from(content))?, Dialect::Plain)
}

/// Returns the text of results in a Parquet file of this program, as csv with a header; empty if there are no rows.
pub fn text_of_results(file: File) -> io::Result<Box<dyn Read + Send>> {
    let opened = Footer::read(file).and_then(|footer| {
        let is_empty = footer.data.file_metadata().num_rows() == 0;
        Ok((is_empty, rows::open(footer, Dialect::Csv)?))
    });
    match opened {
        Ok((true, _)) => Ok(Box::new(io::empty())),
        Ok((false, (columns, rows))) => Ok(Box::new(io::Cursor::new(header(&columns.names)).chain(rows))),
        Err(TableError::Read(error)) => Err(error),
        Err(TableError::Encrypted | TableError::NoColumns) => Err(damaged("no results")),
    }
}

fn header(names: &[String]) -> Vec<u8> {
    let mut header = Vec::new();
    for name in names {
        Dialect::Csv.text(name.as_bytes(), &mut header);
        header.push(b',');
    }
    header.pop();
    header.push(b'\n');
    header
}

/// Returns an error about the data itself.
fn damaged(error: impl std::fmt::Display) -> io::Error {
    let message = format!("the Parquet data is damaged or cut short ({error})");
    io::Error::new(io::ErrorKind::InvalidData, message)
}
