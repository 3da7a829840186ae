//! Reads a file that others write to meanwhile up to the length that it had when it was opened, or not at all.

use std::io::{self, Read};

use crate::limits::Changed;

/// The first bytes of a file. Reading fails with [`Changed`] if the file became shorter, or if it became longer and its
/// former last row is cut off.
pub(super) struct AsOpened<R> {
    file: R,
    left: u64,
    ends_row: bool,
}

impl<R> AsOpened<R> {
    /// Limits a file to this length.
    pub fn new(file: R, length: u64) -> Self {
        AsOpened { file, left: length, ends_row: true }
    }
}

impl<R: Read> Read for AsOpened<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        if most == 0 {
            let is_cut = !buffer.is_empty() && !self.ends_row && self.file.read(&mut buffer[..1])? > 0;
            return if is_cut { Err(io::Error::other(Changed::Longer)) } else { Ok(0) };
        }
        let count = self.file.read(&mut buffer[..most])?;
        if count == 0 {
            return Err(io::Error::other(Changed::Shorter));
        }
        self.left -= count as u64;
        self.ends_row = buffer[count - 1] == b'\n';
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, length: u64) -> Result<String, Changed> {
        let mut all = String::new();
        let read = AsOpened::new(text.as_bytes(), length).read_to_string(&mut all);
        read.map(|_| all).map_err(|error| error.downcast::<Changed>().unwrap())
    }

    #[test]
    fn a_file_is_read_to_the_length_that_it_had() {
        assert_eq!(read("one\ntwo\n", 8).unwrap(), "one\ntwo\n");
        assert_eq!(read("one\ntwo", 7).unwrap(), "one\ntwo");
        assert_eq!(read("one\ntwo\n", 4).unwrap(), "one\n");
        assert_eq!(read("one\ntwo\n", 6).unwrap_err(), Changed::Longer);
        assert_eq!(read("one\ntwo\n", 9).unwrap_err(), Changed::Shorter);
        assert_eq!(read("", 0).unwrap(), "");
    }
}
