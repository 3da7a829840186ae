//! The blocks of bytes that each series has in the results of a shard.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::PathBuf;

use csv::ByteRecord;

use super::manifest::{Checksum, Hashed, Manifest, ResultFormat};

/// Files that are open at once: there may be more shards than files that a process may open.
const MAX_OPEN: usize = 100;

/// The results of a shard.
#[derive(Debug)]
pub(super) struct Part {
    /// The file of the results.
    pub path: PathBuf,
    /// What they are.
    pub manifest: Manifest,
}

/// Where the series of a part are in its results.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    /// Bytes of the header of csv, with its line break.
    pub header: u64,
    /// Bytes of each entry of the manifest, in order.
    pub lengths: Vec<u64>,
}

/// Why results are not those of their manifest.
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
    /// Reads the results, checks them, and finds the block of each series.
    pub fn blocks(&self) -> Result<Blocks, Mismatch> {
        let format = self.manifest.run.format;
        let mut records = Records::of(format, File::open(&self.path)?);
        let header = if format == ResultFormat::Csv { records.next_length()?.unwrap_or(0) } else { 0 };
        let mut lengths = Vec::with_capacity(self.manifest.series.len());
        for entry in &self.manifest.series {
            let mut bytes = 0;
            for _ in 0..entry.rows {
                bytes += records.next_length()?.ok_or(Mismatch::Changed)?;
            }
            lengths.push(bytes);
        }
        let is_over = records.next_length()?.is_none();
        if is_over && records.checksum() == self.manifest.results {
            Ok(Blocks { header, lengths })
        } else {
            Err(Mismatch::Changed)
        }
    }
}

/// Rows of csv or lines of json, by their lengths.
enum Records {
    Csv(Box<csv::Reader<Hashed<File>>>),
    Json(BufReader<Hashed<File>>),
}

impl Records {
    fn of(format: ResultFormat, file: File) -> Records {
        let hashed = Hashed::of(file);
        match format {
            ResultFormat::Csv => {
                let reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(hashed);
                Records::Csv(Box::new(reader))
            }
            ResultFormat::Json => Records::Json(BufReader::new(hashed)),
        }
    }

    /// Bytes of the next record, with its line break; `None` at the end.
    fn next_length(&mut self) -> io::Result<Option<u64>> {
        match self {
            Records::Csv(reader) => {
                let start = reader.position().byte();
                let found = reader.read_byte_record(&mut ByteRecord::new())?;
                Ok(found.then(|| reader.position().byte() - start))
            }
            Records::Json(reader) => {
                let count = reader.skip_until(b'\n')?;
                Ok((count > 0).then_some(count as u64))
            }
        }
    }

    /// Length and SHA-256 of what was read.
    fn checksum(&self) -> Checksum {
        match self {
            Records::Csv(reader) => reader.get_ref().checksum(),
            Records::Json(reader) => reader.get_ref().checksum(),
        }
    }
}

/// The results of all shards, each read from its beginning to its end, a block at a time.
#[derive(Debug)]
pub(super) struct OpenParts<'a> {
    parts: &'a [Part],
    /// Bytes that have been read of each.
    offsets: Vec<u64>,
    readers: Vec<Option<BufReader<File>>>,
    /// The parts that are open, in the order in which they were opened.
    open: VecDeque<usize>,
}

impl<'a> OpenParts<'a> {
    pub fn of(parts: &'a [Part]) -> Self {
        let readers = parts.iter().map(|_| None).collect();
        OpenParts { parts, offsets: vec![0; parts.len()], readers, open: VecDeque::new() }
    }

    /// The next `length` bytes of a part, into `block`.
    pub fn read(&mut self, part: usize, length: u64, block: &mut Vec<u8>) -> io::Result<()> {
        block.clear();
        let read = self.reader(part)?.take(length).read_to_end(block)?;
        self.offsets[part] += read as u64;
        if read as u64 == length { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    fn reader(&mut self, part: usize) -> io::Result<&mut BufReader<File>> {
        if self.readers[part].is_none() {
            if self.open.len() == MAX_OPEN
                && let Some(first) = self.open.pop_front()
            {
                self.readers[first] = None;
            }
            let mut file = File::open(&self.parts[part].path)?;
            file.seek(SeekFrom::Start(self.offsets[part]))?;
            self.open.push_back(part);
            self.readers[part] = Some(BufReader::new(file));
        }
        self.readers[part].as_mut().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}
