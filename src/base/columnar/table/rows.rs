//! All columns of a Parquet file in parallel: the text of its rows, one row group after another.

use std::io::{self, Read};
use std::sync::Arc;

use parquet::column::reader::{ColumnReader, get_column_reader};
use parquet::errors::Result as ParquetResult;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::reader::ChunkReader;
use parquet::file::serialized_reader::SerializedPageReader;

use super::cells::Dialect;
use super::kind::Values;
use super::open::{Footer, Leaf};
use super::pages::{Codec, Pages};
use super::{Table, TableError, damaged};

/// Maximum number of cells that are held as values.
const CELLS: usize = 128 * 1024;

/// Maximum number of rows that are read at once, for tables with few columns.
const MAX_ROWS: usize = 4096;

/// Maximum length of the text per byte of a file, and the length allowed for any file: no file of prices has more.
const TEXT_PER_BYTE: u64 = 200;
const SHORT_TEXT: u64 = 1_000_000_000;

/// Opens the rows of a file.
pub(super) fn open<R: ChunkReader + 'static>(mut footer: Footer<R>, dialect: Dialect) -> Result<Table, TableError> {
    for leaf in 0..footer.leaves.len() {
        if footer.leaves[leaf].kind.may_be_days() {
            let days = are_days(&footer, &footer.leaves[leaf]).map_err(|error| TableError::Read(of_crate(error)))?;
            footer.leaves[leaf].days = days;
        }
    }
    let columns = footer.columns.clone();
    Ok((columns, Box::new(Rows::of(footer, dialect))))
}

/// Whether all times of a column are at midnight, so that they are days.
fn are_days<R: ChunkReader + 'static>(footer: &Footer<R>, leaf: &Leaf) -> ParquetResult<bool> {
    for group in 0..footer.data.num_row_groups() {
        let mut column = Column::open(footer, group, leaf)?;
        let mut left = rows_of(footer, group);
        while left > 0 {
            column.read(left.min(MAX_ROWS))?;
            left = left.saturating_sub(column.levels.len().max(1));
            if !column.values.are_days(leaf.kind) {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

fn rows_of<R>(footer: &Footer<R>, group: usize) -> usize {
    usize::try_from(footer.data.row_group(group).num_rows()).unwrap_or(0)
}

/// A column of a row group, and the values of some of its rows.
struct Column {
    reader: ColumnReader,
    values: Values,
    /// One level per row: the highest level if the row has a value.
    levels: Vec<i16>,
    highest: i16,
    /// The index of the next value.
    next: usize,
}

impl Column {
    fn open<R: ChunkReader + 'static>(footer: &Footer<R>, group: usize, leaf: &Leaf) -> ParquetResult<Column> {
        let data = footer.data.row_group(group).column(leaf.place);
        let rows = rows_of(footer, group);
        // `Pages` decompresses the pages.
        let plain = ColumnChunkMetaData::into_builder(data.clone());
        let plain = plain.set_compression(parquet::basic::Compression::UNCOMPRESSED).build()?;
        let packed = SerializedPageReader::new(Arc::clone(&footer.file), &plain, rows, None)?;
        let pages = Pages::new(packed, Codec::of(data.compression_codec())?, rows);
        let reader = get_column_reader(data.column_descr_ptr(), Box::new(pages));
        let values = Values::of(&reader);
        Ok(Column { reader, values, levels: Vec::new(), highest: data.column_descr().max_def_level(), next: 0 })
    }

    /// Reads the values of the next rows.
    fn read(&mut self, rows: usize) -> ParquetResult<()> {
        let read = self.values.read(&mut self.reader, rows, &mut self.levels)?;
        if self.highest == 0 {
            // A column that is never null has no levels.
            self.levels.resize(read, 0);
        }
        self.next = 0;
        let values = self.levels.iter().filter(|&&level| level == self.highest).count();
        if read != rows || self.levels.len() != rows || values != self.values.len() {
            let message = format!("a column ends after {read} of {rows} rows");
            return Err(parquet::errors::ParquetError::EOF(message));
        }
        Ok(())
    }

    fn write(&mut self, row: usize, leaf: &Leaf, dialect: Dialect, out: &mut Vec<u8>) {
        if self.levels[row] == self.highest {
            self.values.write(self.next, (leaf.kind, leaf.days), dialect, out);
            self.next += 1;
        }
    }
}

/// The text of all rows.
struct Rows<R> {
    footer: Footer<R>,
    dialect: Dialect,
    /// The next row group.
    group: usize,
    columns: Vec<Column>,
    /// Number of rows of the group that have not been read.
    left: usize,
    /// Text that has been made; the part from `at` on has not been returned yet.
    text: Vec<u8>,
    at: usize,
    made: u64,
}

impl<R: ChunkReader + 'static> Rows<R> {
    fn of(footer: Footer<R>, dialect: Dialect) -> Self {
        Rows { footer, dialect, group: 0, columns: Vec::new(), left: 0, text: Vec::new(), at: 0, made: 0 }
    }

    /// Makes the text of the next rows; returns false at the end.
    fn fill(&mut self) -> io::Result<bool> {
        while self.left == 0 {
            if self.group == self.footer.data.num_row_groups() {
                return Ok(false);
            }
            self.open_group().map_err(of_crate)?;
        }
        let rows = self.left.min(MAX_ROWS).min((CELLS / self.columns.len()).max(16));
        for column in &mut self.columns {
            column.read(rows).map_err(of_crate)?;
        }
        self.left -= rows;
        (self.at, self.made) = (0, self.made + self.text.len() as u64);
        if self.made > SHORT_TEXT.max(self.footer.length.saturating_mul(TEXT_PER_BYTE)) {
            return Err(damaged(format!(
                "its text is longer than {TEXT_PER_BYTE} times its {} bytes",
                self.footer.length
            )));
        }
        self.text.clear();
        for row in 0..rows {
            self.write_row(row);
        }
        Ok(true)
    }

    fn open_group(&mut self) -> ParquetResult<()> {
        let open = |leaf| Column::open(&self.footer, self.group, leaf);
        self.columns = self.footer.leaves.iter().map(open).collect::<ParquetResult<_>>()?;
        self.left = rows_of(&self.footer, self.group);
        self.group += 1;
        Ok(())
    }

    fn write_row(&mut self, row: usize) {
        for (column, leaf) in self.columns.iter_mut().zip(&self.footer.leaves) {
            column.write(row, leaf, self.dialect, &mut self.text);
            self.text.push(self.dialect.delimiter());
        }
        if let Some(last) = self.text.last_mut() {
            *last = b'\n';
        }
    }
}

impl<R: ChunkReader + 'static> Read for Rows<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.text.len() {
            if buffer.is_empty() || !self.fill()? {
                return Ok(0);
            }
        }
        let ready = &self.text[self.at..];
        let count = ready.len().min(buffer.len());
        buffer[..count].copy_from_slice(&ready[..count]);
        self.at += count;
        Ok(count)
    }
}

/// Converts an error of the crate; errors of the disk are unchanged.
fn of_crate(error: parquet::errors::ParquetError) -> io::Error {
    let parquet::errors::ParquetError::External(cause) = error else { return damaged(error) };
    match cause.downcast::<io::Error>() {
        Ok(cause) if cause.kind() != io::ErrorKind::Other => *cause,
        Ok(cause) => damaged(cause),
        Err(cause) => damaged(cause),
    }
}
