//! The blocks of bytes of each series in the results of a shard.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::PathBuf;

use csv::ByteRecord;

use super::hashed::{Checksum, Hashed, checksum_of};
use super::manifest::{Manifest, ResultFormat};
use crate::columnar;

/// Maximum number of open files, because there can be more shards than a process may open files.
const MAX_OPEN: usize = 100;

/// The results of a shard.
#[derive(Debug)]
pub(super) struct Part {
    /// The file of the results.
    pub path: PathBuf,
    /// The manifest of the results.
    pub manifest: Manifest,
}

/// The positions of a part's series in its results.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    /// Length of the header of csv in bytes, including its line break.
    pub header: u64,
    /// Length in bytes of each entry of the manifest, in order.
    pub lengths: Vec<u64>,
}

/// The reason why results do not match their manifest.
#[derive(Debug)]
pub(super) enum Mismatch {
    /// They cannot be read.
    Read(io::Error),
    /// Their checksum or the number of their rows differs.
    Changed,
}

impl From<io::Error> for Mismatch {
    fn from(error: io::Error) -> Self {
        Mismatch::Read(error)
    }
}

impl Part {
    /// Returns the text of the results from an offset on. The text of a table is generated from its beginning.
    fn text_from(&self, offset: u64) -> io::Result<Box<dyn BufRead>> {
        let mut file = File::open(&self.path)?;
        if self.manifest.run.format == ResultFormat::Parquet {
            let mut text = columnar::text_of_results(file)?;
            io::copy(&mut text.by_ref().take(offset), &mut io::sink())?;
            return Ok(Box::new(BufReader::new(text)));
        }
        file.seek(SeekFrom::Start(offset))?;
        Ok(Box::new(BufReader::new(file)))
    }

    /// Reads the results, checks them, and finds the block of each series.
    pub fn blocks(&self) -> Result<Blocks, Mismatch> {
        let format = self.manifest.run.format;
        if format == ResultFormat::Parquet && checksum_of(&self.path)? != self.manifest.results {
            return Err(Mismatch::Changed);
        }
        let mut records = Records::of(format, File::open(&self.path)?)?;
        let header = if format == ResultFormat::Json { 0 } else { records.next_length()?.unwrap_or(0) };
        let mut lengths = Vec::with_capacity(self.manifest.series.len());
        for entry in &self.manifest.series {
            let mut bytes = 0;
            for _ in 0..entry.rows {
                bytes += records.next_length()?.ok_or(Mismatch::Changed)?;
            }
            lengths.push(bytes);
        }
        let is_over = records.next_length()?.is_none();
        if is_over && records.checksum().is_none_or(|checksum| checksum == self.manifest.results) {
            Ok(Blocks { header, lengths })
        } else {
            Err(Mismatch::Changed)
        }
    }
}

/// Rows of csv or lines of json, read by length.
enum Records {
    Csv(Box<csv::Reader<Hashed<File>>>),
    Json(BufReader<Hashed<File>>),
    /// A table as csv. Its file has been hashed before.
    Table(Box<csv::Reader<Text>>),
}

/// A text that is not read directly from a file.
type Text = Box<dyn Read + Send>;

impl Records {
    fn of(format: ResultFormat, file: File) -> io::Result<Records> {
        let mut csv = csv::ReaderBuilder::new();
        csv.has_headers(false).flexible(true);
        Ok(match format {
            ResultFormat::Csv => Records::Csv(Box::new(csv.from_reader(Hashed::of(file)))),
            ResultFormat::Json => Records::Json(BufReader::new(Hashed::of(file))),
            ResultFormat::Parquet => Records::Table(Box::new(csv.from_reader(columnar::text_of_results(file)?))),
        })
    }

    /// Returns the length of the next record in bytes, including its line break; `None` at the end.
    fn next_length(&mut self) -> io::Result<Option<u64>> {
        match self {
            Records::Csv(reader) => next_row(reader),
            Records::Table(reader) => next_row(reader),
            Records::Json(reader) => {
                let count = reader.skip_until(b'\n')?;
                Ok((count > 0).then_some(count as u64))
            }
        }
    }

    /// Returns the length and the SHA-256 of what was read, if it was hashed.
    fn checksum(&self) -> Option<Checksum> {
        match self {
            Records::Csv(reader) => Some(reader.get_ref().checksum()),
            Records::Json(reader) => Some(reader.get_ref().checksum()),
            Records::Table(_) => None,
        }
    }
}

/// Returns the length of the next row of csv in bytes.
fn next_row(reader: &mut csv::Reader<impl Read>) -> io::Result<Option<u64>> {
    let start = reader.position().byte();
    let found = reader.read_byte_record(&mut ByteRecord::new())?;
    Ok(found.then(|| reader.position().byte() - start))
}

/// The results of all shards, each read block by block from its beginning to its end.
pub(super) struct OpenParts<'a> {
    parts: &'a [Part],
    /// Number of bytes read from each part.
    offsets: Vec<u64>,
    readers: Vec<Option<Box<dyn BufRead>>>,
    /// The open parts, in the order in which they were opened.
    open: VecDeque<usize>,
}

impl<'a> OpenParts<'a> {
    pub fn of(parts: &'a [Part]) -> Self {
        let readers = parts.iter().map(|_| None).collect();
        OpenParts { parts, offsets: vec![0; parts.len()], readers, open: VecDeque::new() }
    }

    /// Reads the next `length` bytes of a part into `block`.
    pub fn read(&mut self, part: usize, length: u64, block: &mut Vec<u8>) -> io::Result<()> {
        block.clear();
        let read = self.reader(part)?.take(length).read_to_end(block)?;
        self.offsets[part] += read as u64;
        if read as u64 == length { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    fn reader(&mut self, part: usize) -> io::Result<&mut (dyn BufRead + 'static)> {
        if self.readers[part].is_none() {
            if self.open.len() == MAX_OPEN
                && let Some(first) = self.open.pop_front()
            {
                self.readers[first] = None;
            }
            let reader = self.parts[part].text_from(self.offsets[part])?;
            self.open.push_back(part);
            self.readers[part] = Some(reader);
        }
        self.readers[part].as_deref_mut().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}
