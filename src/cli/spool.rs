//! Results that become a table of Parquet: its rows are kept as csv until all are known, because a file of Parquet is
//! written a group of rows at a time, under a header that may come last.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, IntoInnerError, Seek, Write};
use std::path::Path;

use crate::columnar;
use crate::report::type_of;

/// The endings of files of Parquet.
pub const PARQUET: [&str; 2] = ["parquet", "pq"];

/// The endings of files of JSON Lines.
pub const JSON: [&str; 3] = ["json", "jsonl", "ndjson"];

/// Whether a file is one of Parquet: by its name.
pub fn is_parquet(path: &Path) -> bool {
    has_ending(path, &PARQUET)
}

/// Whether a file is one of JSON Lines: by its name.
pub fn is_json(path: &Path) -> bool {
    has_ending(path, &JSON)
}

fn has_ending(path: &Path, endings: &[&str]) -> bool {
    path.extension().is_some_and(|found| endings.iter().any(|ending| found.eq_ignore_ascii_case(ending)))
}

/// Rows as csv in a file without a name, which the operating system removes with the run.
#[derive(Debug)]
pub struct Spool(BufWriter<File>);

impl Spool {
    /// On the disk of the file that the table goes to.
    ///
    /// # Errors
    /// If no file can be made there.
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
