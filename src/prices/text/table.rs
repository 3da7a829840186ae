//! Parquet files, recognised by their first bytes, as the text of their rows. Without the feature `parquet`, they are
//! treated as another kind of file.

use std::fs::File;
#[cfg(feature = "parquet")]
use std::io::Read;

use super::Stream;
use crate::error::Fault;
#[cfg(feature = "parquet")]
use crate::error::Problem;
use fourcast_base::columnar::Columns;
#[cfg(feature = "parquet")]
use fourcast_base::columnar::{self, TableError, marker::MAGIC};

/// The columns of a table, and the text of its rows.
type Table = (Columns, Stream<'static>);

/// Returns the table of a file with these first bytes, if it is a table.
#[cfg(feature = "parquet")]
pub(super) fn of_file(start: &[u8], file: &File) -> Option<Result<Table, Fault>> {
    let open = || columnar::open_file(file.try_clone().map_err(TableError::Read)?);
    start.starts_with(MAGIC).then(|| opened(open()))
}

/// Returns the table of a stream with these first bytes, or the stream if it is no table. A table is kept in memory as
/// a whole, because the positions of its columns are at its end.
#[cfg(feature = "parquet")]
pub(super) fn of_stream<'a>(start: &[u8], mut stream: Stream<'a>) -> Result<Result<Table, Fault>, Stream<'a>> {
    if !start.starts_with(MAGIC) {
        return Err(stream);
    }
    let mut content = Vec::new();
    let read = stream.read_to_end(&mut content).map_err(|error| Problem::reading(error).into());
    Ok(read.and_then(|_| opened(columnar::open_bytes(content))))
}

#[cfg(feature = "parquet")]
fn opened(table: Result<columnar::Table, TableError>) -> Result<Table, Fault> {
    let foreign = |what| Problem::Foreign { what, is_model: false };
    let table = table.map_err(|error| match error {
        TableError::Encrypted => foreign("an encrypted Parquet file"),
        TableError::NoColumns => foreign("a Parquet file without a column of single values"),
        TableError::Read(error) => Problem::reading(error),
    });
    table.map(|(columns, rows)| (columns, rows as Stream<'static>)).map_err(Fault::from)
}

/// Returns no table.
#[cfg(not(feature = "parquet"))]
pub(super) fn of_file(_: &[u8], _: &File) -> Option<Result<Table, Fault>> {
    None
}

/// Returns no table.
#[cfg(not(feature = "parquet"))]
pub(super) fn of_stream<'a>(_: &[u8], stream: Stream<'a>) -> Result<Result<Table, Fault>, Stream<'a>> {
    Err(stream)
}
