//! Length and SHA-256 of files, which can be computed while they are read or written.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::files::checksum::hexadecimal;

/// Length and SHA-256 of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checksum {
    /// Number of bytes.
    pub bytes: u64,
    /// SHA-256 of the bytes.
    pub sha256: String,
}

/// Returns the length and the SHA-256 of a file.
///
/// # Errors
/// Any error of reading.
pub fn checksum_of(path: &Path) -> io::Result<Checksum> {
    let mut hashed = Hashed::of(io::sink());
    let mut file = File::open(path)?;
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hashed.checksum()),
            count => hashed.write_all(&buffer[..count])?,
        }
    }
}

/// A writer or a reader that hashes the bytes passing through it.
#[derive(Debug)]
pub struct Hashed<T> {
    inner: T,
    hash: Sha256,
    bytes: u64,
}

impl<T> Hashed<T> {
    /// Hashes the bytes written to `inner` or read from it.
    pub fn of(inner: T) -> Self {
        Hashed { inner, hash: Sha256::new(), bytes: 0 }
    }

    /// Returns the length and the SHA-256 of the bytes so far.
    pub fn checksum(&self) -> Checksum {
        Checksum { bytes: self.bytes, sha256: hexadecimal(self.hash.clone()) }
    }

    /// Returns the writer or reader.
    pub fn into_inner(self) -> T {
        self.inner
    }

    fn pass(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
    }
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.pass(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.pass(&buffer[..count]);
        Ok(count)
    }
}
