//! Results in a Parquet table: the rows are kept as csv until all are known, because a Parquet file is written in
//! groups of rows under a header that may become known last.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, IntoInnerError, Seek, Write};
use std::path::Path;

use crate::columnar;
use crate::report::type_of;

/// The extensions of Parquet files.
pub const PARQUET: [&str; 2] = ["parquet", "pq"];

/// The extensions of JSON Lines files.
pub const JSON: [&str; 3] = ["json", "jsonl", "ndjson"];

/// Whether a file is Parquet, by its name.
pub fn is_parquet(path: &Path) -> bool {
    has_ending(path, &PARQUET)
}

/// Whether a file is JSON Lines, by its name.
pub fn is_json(path: &Path) -> bool {
    has_ending(path, &JSON)
}

fn has_ending(path: &Path, endings: &[&str]) -> bool {
    path.extension().is_some_and(|found| endings.iter().any(|ending| found.eq_ignore_ascii_case(ending)))
}

/// Rows as csv in an unnamed file, which the operating system removes at the end of the run.
#[derive(Debug)]
pub struct Spool(BufWriter<File>);

impl Spool {
    /// Creates a spool on the disk of the file that the table is written to.
    ///
    /// # Errors
    /// If no file can be created there.
    pub fn beside(path: &Path) -> io::Result<Spool> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Ok(Spool(BufWriter::new(tempfile::tempfile_in(folder)?)))
    }

    /// Writes the table.
    ///
    /// # Errors
    /// Any error of reading and writing.
    pub fn write_table(self, out: impl Write + Send) -> io::Result<()> {
        let mut rows = self.0.into_inner().map_err(IntoInnerError::into_error)?;
        rows.rewind()?;
        columnar::write(BufReader::new(rows), type_of, out)
    }
}

impl Write for Spool {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
