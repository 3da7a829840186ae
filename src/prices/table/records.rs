//! The rows of a delimited text, each with the physical line it stands on.

use std::io::Read;

use csv::{ByteRecord, Reader, ReaderBuilder, Terminator};

use crate::prices::error::{Fault, Problem};

const BUFFER: usize = 128 * 1024;

/// Reads rows one at a time, leaving out the blank ones.
pub(in crate::prices) struct Records<R> {
    reader: Reader<R>,
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
    pub fn new(text: R, delimiter: u8) -> Self {
        let reader = ReaderBuilder::new()
            .delimiter(delimiter)
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
            if !self.record.as_slice().iter().all(u8::is_ascii_whitespace) {
                return Ok(Some(Row { line, cells: Cells(&self.record) }));
            }
        }
    }
}

fn count_breaks(cells: &[u8]) -> u64 {
    cells.iter().filter(|&&b| b == b'\n').count() as u64
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

    fn lines_of(text: &str) -> Vec<(usize, usize)> {
        let mut records = Records::new(text.as_bytes(), b',');
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
    fn the_last_cell_has_no_carriage_return() {
        let mut records = Records::new(&b"a, \"b\" ,\"c\"\r\n"[..], b',');
        let row = records.next().unwrap().unwrap();
        assert_eq!(row.cells.get(2), b"c");
        assert_eq!(row.cells.get(3), b"");
        assert!(row.cells.fits(3) && !row.cells.fits(2) && !row.cells.fits(4));
    }

    #[test]
    fn a_quote_left_open_is_named_where_it_opens() {
        for text in ["a,b\n\n1,\"2\n3,4\n5,6\n", "a,b\n\n1,\"2\n3,4\"\n5,6\n"] {
            let mut records = Records::new(text.as_bytes(), b',');
            records.next().unwrap();
            let fault = records.next().err().unwrap();
            assert_eq!(fault.line, Some(3));
            assert!(matches!(fault.problem, Problem::OpenQuote));
        }
    }
}
