//! The rows of a delimited text, each with the physical line it stands on.

use std::io::{self, Read};

use csv::{ByteRecord, Reader, ReaderBuilder, Terminator};

use crate::prices::error::{Fault, Problem};

const BUFFER: usize = 128 * 1024;

/// What parts the cells of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::prices) struct Dialect {
    /// The byte between two cells.
    pub delimiter: u8,
    /// What blanks between cells mean.
    pub blanks: Blanks,
}

/// What blanks between cells mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::prices) enum Blanks {
    /// They are white space around a cell, which is cut off.
    Cut,
    /// They stand between a delimiter and a quote, which they would hide.
    HideQuotes,
    /// So many of them or more part two cells, as in a table set in columns.
    Part(usize),
}

/// Stands for the blanks that part two cells.
const PARTED: u8 = 0x1F;

impl Dialect {
    /// How a text that begins so and has that delimiter is to be read.
    pub fn of(head: &[u8], delimiter: u8) -> Self {
        // Most files have no quotes, and looking for one byte is quick.
        let hide = head.contains(&b'"') && head.windows(3).any(|three| three == [delimiter, b' ', b'"']);
        Self { delimiter, blanks: if hide { Blanks::HideQuotes } else { Blanks::Cut } }
    }

    /// A table set in columns, with at least so many blanks between two cells.
    pub const fn of_blanks(least: usize) -> Self {
        Self { delimiter: b' ', blanks: Blanks::Part(least) }
    }
}

/// A text whose blanks are what a delimiter and a quote need them to be.
struct Unspaced<R> {
    text: R,
    dialect: Dialect,
    /// The last byte kept, a line break at the beginning.
    last: u8,
    /// Blanks read and not yet written.
    waiting: usize,
    inside_quotes: bool,
}

impl<R: Read> Read for Unspaced<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            // One byte is left free: for the blank that waits.
            let free = usize::from(matches!(self.dialect.blanks, Blanks::Part(_)));
            let count = self.text.read(&mut buffer[free..])?;
            let kept = match self.dialect.blanks {
                Blanks::Cut => count,
                Blanks::HideQuotes => self.squeeze(&mut buffer[..count]),
                Blanks::Part(least) => self.part(&mut buffer[..count + free], least),
            };
            // Nothing kept of something read is not the end.
            if kept > 0 || count == 0 {
                return Ok(kept);
            }
        }
    }
}

impl<R> Unspaced<R> {
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

    /// `text` begins with a byte that is not of the text. Blanks at either end of a line part nothing.
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

/// Reads rows one at a time, leaving out the blank ones and lines drawn between them.
pub(in crate::prices) struct Records<R> {
    reader: Reader<Unspaced<R>>,
    record: ByteRecord,
}

/// One row.
pub(in crate::prices) struct Row<'a> {
    /// The physical line, counted from 1.
    pub line: usize,
    /// The cells, unquoted, the last one without its carriage return.
    pub cells: Cells<'a>,
}

/// The cells of a row.
#[derive(Clone, Copy)]
pub(in crate::prices) struct Cells<'a>(&'a ByteRecord);

impl<R: Read> Records<R> {
    /// `text` must end with a line break: lines are counted by them.
    pub fn new(text: R, dialect: Dialect) -> Self {
        let text = Unspaced { text, dialect, last: b'\n', waiting: 0, inside_quotes: false };
        let parted = matches!(dialect.blanks, Blanks::Part(_));
        let reader = ReaderBuilder::new()
            .delimiter(if parted { PARTED } else { dialect.delimiter })
            .has_headers(false)
            .flexible(true)
            // A carriage return is part of the last cell and cut off there. Were it a terminator,
            // the line breaks read after a row would not be a function of the row.
            .terminator(Terminator::Any(b'\n'))
            .buffer_capacity(BUFFER)
            .from_reader(text);
        Self { reader, record: ByteRecord::new() }
    }

    /// The next row that is not blank.
    pub fn next(&mut self) -> Result<Option<Row<'_>>, Fault> {
        loop {
            let before = self.reader.position().line();
            let more = self.reader.read_byte_record(&mut self.record);
            if !more.map_err(|error| Problem::Io(error.into()))? {
                return Ok(None);
            }
            let after = self.reader.position().line();
            // More than one line break: blank lines before the row, or breaks inside its cells.
            let inside = match after - before {
                0 | 1 => 0,
                _ => count_breaks(self.record.as_slice()),
            };
            let line = (after - inside).saturating_sub(1) as usize;
            if inside > 0 {
                // A quote open to the end of the text has swallowed the last line break too.
                let open_to_end = self.record.as_slice().ends_with(b"\n");
                let line = line + usize::from(open_to_end);
                return Err(Fault::at(line, Problem::OpenQuote));
            }
            let first = self.record.as_slice().iter().find(|byte| !byte.is_ascii_whitespace());
            let skipped = match first {
                None => true,
                Some(b'-' | b'=' | b'+' | b':' | b'|') => is_rule(&self.record),
                Some(_) => false,
            };
            if !skipped {
                return Ok(Some(Row { line, cells: Cells(&self.record) }));
            }
        }
    }
}

fn count_breaks(cells: &[u8]) -> u64 {
    cells.iter().filter(|&&b| b == b'\n').count() as u64
}

/// Whether a row is a line drawn under a header: `|---|---:|`, `+------+------+`.
fn is_rule(record: &ByteRecord) -> bool {
    let drawn = |byte: &u8| b"-=+:| \t\r".contains(byte);
    record.as_slice().iter().all(drawn) && record.iter().all(|cell| cell.trim_ascii().is_empty() || has_a_line(cell))
}

fn has_a_line(cell: &[u8]) -> bool {
    [&b"---"[..], b"==="].iter().any(|line| cell.windows(3).any(|three| three == *line))
}

impl<'a> Cells<'a> {
    /// How many there are.
    pub fn len(self) -> usize {
        self.0.len()
    }

    /// A cell, with surrounding white space cut off; empty where the row is too short.
    pub fn get(self, column: usize) -> &'a [u8] {
        self.0.get(column).unwrap_or_default().trim_ascii()
    }

    /// All cells from the first.
    pub fn iter(self) -> impl Iterator<Item = &'a [u8]> {
        self.0.iter().map(<[u8]>::trim_ascii)
    }

    /// Whether the row has something in each of `width` columns' places and nothing after them.
    ///
    /// Empty cells past the last column are common (a delimiter at the end of each line).
    pub fn fits(self, width: usize) -> bool {
        self.len() == width || (self.len() > width && self.iter().skip(width).all(<[u8]>::is_empty))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMA: Dialect = Dialect { delimiter: b',', blanks: Blanks::Cut };

    fn lines_of(text: &str) -> Vec<(usize, usize)> {
        let mut records = Records::new(text.as_bytes(), COMMA);
        let mut found = Vec::new();
        while let Some(row) = records.next().unwrap() {
            found.push((row.line, row.cells.len()));
        }
        found
    }

    #[test]
    fn lines_are_physical() {
        assert_eq!(lines_of("a,b\n1,2\n3,4\n"), [(1, 2), (2, 2), (3, 2)]);
        assert_eq!(lines_of("\n\na,b\n\n1,2\n,\n3,4\n\n\n"), [(3, 2), (5, 2), (7, 2)]);
        assert_eq!(lines_of("a,b\r\n\r\n1,2\r\n \r\n3,\"4\"\r\n"), [(1, 2), (3, 2), (5, 2)]);
    }

    #[test]
    fn drawn_lines_are_blank() {
        let drawn = "a\n---+---\n---,---\n+=====+\n:---,---:\n1,2\n-,-\n--,--\n";
        assert_eq!(lines_of(drawn), [(1, 1), (6, 2), (7, 2), (8, 2)]);
    }

    #[test]
    fn the_last_cell_has_no_carriage_return() {
        let mut records = Records::new(&b"a, \"b\" ,\"c\"\r\n"[..], COMMA);
        let row = records.next().unwrap().unwrap();
        assert_eq!(row.cells.get(2), b"c");
        assert_eq!(row.cells.get(3), b"");
        assert!(row.cells.fits(3) && !row.cells.fits(2) && !row.cells.fits(4));
    }

    #[test]
    fn a_quote_left_open_is_named_where_it_opens() {
        for text in ["a,b\n\n1,\"2\n3,4\n5,6\n", "a,b\n\n1,\"2\n3,4\"\n5,6\n"] {
            let mut records = Records::new(text.as_bytes(), COMMA);
            records.next().unwrap();
            let fault = records.next().err().unwrap();
            assert_eq!(fault.line, Some(3));
            assert!(matches!(fault.problem, Problem::OpenQuote));
        }
    }

    #[test]
    fn blanks_may_part_cells() {
        let cells = |text: &str, least: usize| -> Vec<Vec<String>> {
            // In pieces of three bytes, so that blanks fall on their edges.
            let pieces = text
                .as_bytes()
                .chunks(3)
                .fold(Box::new(io::empty()) as Box<dyn Read>, |read, piece| Box::new(read.chain(piece)));
            let mut records = Records::new(pieces, Dialect::of_blanks(least));
            let mut rows = Vec::new();
            while let Some(row) = records.next().unwrap() {
                rows.push(row.cells.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect());
            }
            rows
        };
        assert_eq!(cells("  a   b c  \r\n1  2 \n", 2), [vec!["a", "b c"], vec!["1", "2"]]);
        assert_eq!(cells("  a   b c  \n\"1  x\"  2 \n", 1), [vec!["a", "b", "c"], vec!["1  x", "2"]]);
    }

    #[test]
    fn blanks_before_a_quote_do_not_hide_it() {
        let text = b"\"a\", \"1,234\",  \"c d\"\n1, 2, 3\n";
        let dialect = Dialect::of(text, b',');
        assert_eq!((dialect.blanks, Dialect::of(b"a, b\n", b',').blanks), (Blanks::HideQuotes, Blanks::Cut));
        let mut records = Records::new(&text[..], dialect);
        let row = records.next().unwrap().unwrap();
        assert_eq!(row.cells.iter().collect::<Vec<_>>(), [&b"a"[..], b"1,234", b"c d"]);
        assert_eq!(records.next().unwrap().unwrap().cells.len(), 3);
    }
}
