//! What separates the cells of a row, and the blanks between them.

use std::io::{self, Read};

/// What separates the cells of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dialect {
    /// The byte between two cells.
    pub delimiter: u8,
    /// What blanks between cells mean.
    pub blanks: Blanks,
}

/// The meaning of blanks between cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Blanks {
    /// They surround a cell and are removed.
    Cut,
    /// They precede quotes, which would not be recognised behind them.
    HideQuotes,
    /// At least this many of them separate two cells, as in a table aligned by blanks.
    Part(usize),
}

/// Replaces the blanks that separate two cells.
pub(super) const PARTED: u8 = 0x1F;

impl Dialect {
    /// Returns the dialect of a text with this beginning and delimiter.
    pub fn of(head: &[u8], delimiter: u8) -> Self {
        // Most files have no quotes, and a search for one byte is fast.
        let hide = head.contains(&b'"') && head.windows(3).any(|three| three == [delimiter, b' ', b'"']);
        Self { delimiter, blanks: if hide { Blanks::HideQuotes } else { Blanks::Cut } }
    }

    /// Returns the dialect of a table aligned by blanks, with at least `least` of them between two cells.
    pub const fn of_blanks(least: usize) -> Self {
        Self { delimiter: b' ', blanks: Blanks::Part(least) }
    }
}

/// A text with its blanks removed or replaced as the dialect requires.
pub(super) struct Unspaced<R> {
    text: R,
    dialect: Dialect,
    /// The last byte that was kept, or a line break at the beginning.
    last: u8,
    /// The number of blanks read but not written yet.
    waiting: usize,
    inside_quotes: bool,
}

impl<R: Read> Read for Unspaced<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            // One byte is left free for a pending blank.
            let free = usize::from(matches!(self.dialect.blanks, Blanks::Part(_)));
            let count = self.text.read(&mut buffer[free..])?;
            let kept = match self.dialect.blanks {
                Blanks::Cut => count,
                Blanks::HideQuotes => self.squeeze(&mut buffer[..count]),
                Blanks::Part(least) => self.part(&mut buffer[..count + free], least),
            };
            // If nothing was kept, the text can continue.
            if kept > 0 || count == 0 {
                return Ok(kept);
            }
        }
    }
}

impl<R> Unspaced<R> {
    pub fn new(text: R, dialect: Dialect) -> Self {
        Unspaced { text, dialect, last: b'\n', waiting: 0, inside_quotes: false }
    }

    fn squeeze(&mut self, text: &mut [u8]) -> usize {
        let mut kept = 0;
        for at in 0..text.len() {
            let byte = text[at];
            if byte == b' ' && self.last == self.dialect.delimiter {
                continue;
            }
            self.last = byte;
            text[kept] = byte;
            kept += 1;
        }
        kept
    }

    /// Replaces blanks that separate cells. The first byte of `text` does not belong to the text. Blanks at either end
    /// of a line separate nothing.
    fn part(&mut self, text: &mut [u8], least: usize) -> usize {
        let mut kept = 0;
        for at in 1..text.len() {
            let byte = text[at];
            if byte == b' ' && !self.inside_quotes {
                self.waiting += 1;
                continue;
            }
            let blanks = std::mem::take(&mut self.waiting);
            if blanks > 0 && self.last != b'\n' && !matches!(byte, b'\n' | b'\r') {
                text[kept] = if blanks >= least { PARTED } else { b' ' };
                kept += 1;
            }
            self.inside_quotes ^= byte == b'"';
            self.last = byte;
            text[kept] = byte;
            kept += 1;
        }
        kept
    }
}
