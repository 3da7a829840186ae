//! A limit for texts of unknown length: pipes, devices, compressed files.

use std::io::{self, Read};

use crate::limits::{MAX_TEXT, Unbounded};

/// A text whose reading fails with [`Unbounded`] if it is longer than [`MAX_TEXT`].
pub(super) struct Bounded<R> {
    text: R,
    left: u64,
    kind: Unbounded,
}

impl<R> Bounded<R> {
    pub fn new(text: R, kind: Unbounded) -> Self {
        Self { text, left: MAX_TEXT, kind }
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        if most > 0 || buffer.is_empty() {
            let count = self.text.read(&mut buffer[..most])?;
            self.left -= count as u64;
            return Ok(count);
        }
        // At the limit, the next read shows whether the text ends here.
        match self.text.read(&mut buffer[..1])? {
            0 => Ok(0),
            _ => Err(io::Error::other(self.kind)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(length: u64, left: u64) -> io::Result<usize> {
        let mut text = Bounded { left, ..Bounded::new(io::repeat(b'1').take(length), Unbounded::Stream) };
        let mut all = Vec::new();
        text.read_to_end(&mut all)
    }

    #[test]
    fn a_text_may_be_as_long_as_the_bound_and_no_longer() {
        assert_eq!(read(1000, 1000).unwrap(), 1000);
        assert_eq!(read(999, 1000).unwrap(), 999);
        let error = read(1001, 1000).unwrap_err();
        assert_eq!(error.downcast::<Unbounded>().unwrap(), Unbounded::Stream);
    }
}
