//! The rows of a delimited text, each with its line number.

use std::io::Read;

use super::cells::Cells;
use super::dialect::{Blanks, Dialect, PARTED, Unspaced};
use crate::error::{Fault, Problem};
use crate::limits::MAX_LINE;

/// Small enough for the allocator to reuse: the beginning of a file is read a dozen times.
const BUFFER: usize = 64 * 1024;

/// The size of the buffer before the first bytes are read. Most of these readings are of few kilobytes; filling a large
/// buffer with zeros takes longer than reading them.
const FIRST_BUFFER: usize = 4 * 1024;

/// The maximum number of line breaks in one row: news texts have some, and an unclosed quote would consume the whole
/// file.
const MAX_BREAKS: usize = 200;

/// Reads rows one at a time, without blank rows and rules.
pub(crate) struct Records<R> {
    text: Unspaced<R>,
    delimiter: u8,
    /// The text that was read; `at..end` is to be split.
    buffer: Vec<u8>,
    at: usize,
    end: usize,
    /// Line breaks before `at`.
    breaks: usize,
    /// The ends of the cells of the row.
    ends: Vec<usize>,
    /// A row that had quotes, without these.
    unquoted: Vec<u8>,
}

/// One row.
pub(crate) struct Row<'a> {
    /// The line, counted from 1.
    pub line: usize,
    /// The cells without quotes, and the last one without its carriage return.
    pub cells: Cells<'a>,
}

impl<R: Read> Records<R> {
    /// Reads a text whose rows are its lines.
    pub fn new(text: R, dialect: Dialect) -> Self {
        Records::after(0, text, dialect)
    }

    /// Reads a text whose rows are its lines, after `breaks` line breaks.
    pub fn after(breaks: usize, text: R, dialect: Dialect) -> Self {
        let text = Unspaced::new(text, dialect);
        let parted = matches!(dialect.blanks, Blanks::Part(_));
        Self {
            text,
            delimiter: if parted { PARTED } else { dialect.delimiter },
            buffer: vec![0; FIRST_BUFFER],
            at: 0,
            end: 0,
            breaks,
            ends: Vec::new(),
            unquoted: Vec::new(),
        }
    }

    /// Returns the next row that is not blank.
    pub fn next(&mut self) -> Result<Option<Row<'_>>, Fault> {
        loop {
            let Some(line) = self.line()? else {
                return Ok(None);
            };
            let number = self.breaks;
            let Line { start, end, quoted } = if line.quoted { self.unquote(line)? } else { line };
            let row = Cells::new(if quoted { &self.unquoted } else { &self.buffer[start..end] }, &self.ends);
            if !row.is_blank_or_rule() {
                // Borrowed again: the row returned cannot share a borrow with the rows skipped.
                let row = if quoted { &self.unquoted[..] } else { &self.buffer[start..end] };
                return Ok(Some(Row { line: number, cells: Cells::new(row, &self.ends) }));
            }
        }
    }

    /// Splits a line with quotes, with the lines after it if a quoted cell continues there.
    fn unquote(&mut self, mut line: Line) -> Result<Line, Fault> {
        let number = self.breaks;
        loop {
            let text = &self.buffer[line.start..line.end];
            let continues = self.breaks > number;
            match unquote(text, self.delimiter, continues, &mut self.unquoted, &mut self.ends) {
                Quotes::Closed => return Ok(line),
                Quotes::Open if self.extend(&mut line, number + MAX_BREAKS)? => {}
                _ => return Err(Fault::at(number, Problem::OpenQuote)),
            }
        }
    }

    /// Adds lines to a line, up to the next one with a quote. Returns false if no line up to `last` or the end of the
    /// text has one.
    fn extend(&mut self, line: &mut Line, last: usize) -> Result<bool, Fault> {
        let mut from = line.end + 1 - line.start;
        self.at = line.start;
        let mut quoted = false;
        while self.breaks < last {
            // The cells are split later: here only line breaks and quotes matter.
            let place = scan(&self.buffer[..self.end], self.at + from, self.at, b'"', &mut self.ends, &mut quoted);
            let Some(end) = place else {
                from = (self.end - self.at).max(from);
                if self.fill()? {
                    continue;
                }
                return Ok(false);
            };
            self.breaks += 1;
            from = end + 1 - self.at;
            if quoted {
                *line = Line { start: self.at, end, quoted };
                self.at = end + 1;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Returns the next line, with the ends of its cells unless it has quotes; `None` at the end of the text.
    fn line(&mut self) -> Result<Option<Line>, Fault> {
        self.ends.clear();
        let (mut scanned, mut quoted) = (self.at, false);
        loop {
            let found = scan(&self.buffer[..self.end], scanned, self.at, self.delimiter, &mut self.ends, &mut quoted);
            let complete = found.is_some();
            if !complete {
                scanned = self.end - self.at;
                if self.fill()? {
                    continue;
                }
                if self.at == self.end {
                    return Ok(None);
                }
            }
            let (start, end) = (self.at, found.unwrap_or(self.end));
            self.ends.push(end - start);
            self.at = if complete { end + 1 } else { end };
            self.breaks += 1;
            return Ok(Some(Line { start, end, quoted }));
        }
    }

    /// Moves the rest of the text to the front and reads more; returns false at the end.
    fn fill(&mut self) -> Result<bool, Fault> {
        self.buffer.copy_within(self.at..self.end, 0);
        (self.at, self.end) = (0, self.end - self.at);
        if self.end > MAX_LINE {
            return Err(Fault::at(self.breaks + 1, Problem::LongLine));
        }
        if self.end + BUFFER / 2 > self.buffer.len() {
            self.buffer.resize(2 * self.buffer.len(), 0);
        }
        let count = self.text.read(&mut self.buffer[self.end..]).map_err(Problem::reading)?;
        self.end += count;
        Ok(count > 0)
    }
}

/// The range of a line in the buffer, and whether it has quotes.
struct Line {
    start: usize,
    end: usize,
    quoted: bool,
}

/// Searches for the line break from `from` on, eight bytes at a time, and adds the ends of the cells, counted from
/// `start`.
pub(crate) fn scan(
    text: &[u8],
    from: usize,
    start: usize,
    delimiter: u8,
    ends: &mut Vec<usize>,
    quoted: &mut bool,
) -> Option<usize> {
    let mut at = from;
    while let Some(eight) = text.get(at..at + 8).and_then(|eight| eight.try_into().ok()) {
        let word = u64::from_le_bytes(eight);
        let mut marks = equal(word, delimiter) | equal(word, b'\n') | equal(word, b'"');
        while marks != 0 {
            let place = at + (marks.trailing_zeros() / 8) as usize;
            match text[place] {
                b'\n' => return Some(place),
                b'"' => *quoted = true,
                _ => ends.push(place - start),
            }
            marks &= marks - 1;
        }
        at += 8;
    }
    for (place, &byte) in text.iter().enumerate().skip(at) {
        match byte {
            b'\n' => return Some(place),
            b'"' => *quoted = true,
            _ if byte == delimiter => ends.push(place - start),
            _ => {}
        }
    }
    None
}

/// Returns a word with the high bit set in each byte of `word` that equals `byte`.
fn equal(word: u64, byte: u8) -> u64 {
    const LOW: u64 = 0x7F7F_7F7F_7F7F_7F7F;
    let differs = word ^ (u64::from(byte) * 0x0101_0101_0101_0101);
    !(((differs & LOW) + LOW) | differs | LOW)
}

/// Whether the quotes of a line are closed.
#[derive(Debug, PartialEq, Eq)]
enum Quotes {
    Closed,
    Open,
    /// There is text between a closing quote and the next cell.
    Broken,
}

/// Splits a line with quotes: a cell that begins with a quote ends at the next quote that is not doubled. In cells of
/// several lines, nothing may follow a closing quote: otherwise an unclosed quote would end at the first quote of
/// another cell and consume the rows in between.
fn unquote(line: &[u8], delimiter: u8, strict: bool, row: &mut Vec<u8>, ends: &mut Vec<usize>) -> Quotes {
    row.clear();
    ends.clear();
    let mut bytes = line.iter().copied().peekable();
    let (mut begins, mut inside) = (true, false);
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' if inside => match bytes.peek() {
                Some(b'"') => row.extend(bytes.next()),
                Some(next) if strict && *next != delimiter && !b" \r\n".contains(next) => return Quotes::Broken,
                _ => inside = false,
            },
            b'"' if begins => inside = true,
            _ if byte == delimiter && !inside => {
                ends.push(row.len());
                row.push(delimiter);
                begins = true;
                continue;
            }
            _ => row.push(byte),
        }
        begins = false;
    }
    ends.push(row.len());
    if inside { Quotes::Open } else { Quotes::Closed }
}

#[cfg(test)]
mod tests {
    use std::io;

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
    fn rules_are_blank() {
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
    fn an_unclosed_quote_is_reported_where_it_opens() {
        for text in ["a,b\n\n1,\"2\n3,4\n5,6\n", "a,b\n\n1,\"2\n3,\"4\"\n5,6\n", "a,b\n\n1,\"2 \"\"\n3,\"4\"\n5,6\n"] {
            let mut records = Records::new(text.as_bytes(), COMMA);
            records.next().unwrap();
            let fault = records.next().err().unwrap();
            assert_eq!(fault.line, Some(3), "{text}");
            assert!(matches!(*fault.problem, Problem::OpenQuote));
        }
        let endless = "a\n\"".to_owned() + &"b\n".repeat(10_000_000);
        let mut records = Records::new(endless.as_bytes(), COMMA);
        records.next().unwrap();
        assert_eq!(records.next().err().unwrap().line, Some(2));
    }

    #[test]
    fn a_quoted_cell_may_have_several_lines() {
        for (text, cells) in [
            ("a,\"b\nc\",1\nd,e,2\n".to_owned(), vec!["a", "b\nc", "1"]),
            ("a,\"b\r\n\r\nc, \"\"d\"\"\" ,\"1\"\r\nd,e,2\r\n".to_owned(), vec!["a", "b\r\n\r\nc, \"d\"", "1"]),
        ] {
            let mut records = Records::new(text.as_bytes(), COMMA);
            let row = records.next().unwrap().unwrap();
            assert_eq!(row.line, 1);
            assert_eq!(
                row.cells.iter().collect::<Vec<_>>(),
                cells.iter().map(|cell| cell.as_bytes()).collect::<Vec<_>>()
            );
            let breaks = text.matches('\n').count() - 1;
            let row = records.next().unwrap().unwrap();
            assert_eq!((row.line, row.cells.get(2)), (breaks + 1, &b"2"[..]));
        }
    }

    #[test]
    fn a_line_without_end_is_reported_by_its_number() {
        let endless = b"a,b\n1,2\n3,".chain(io::repeat(b'4'));
        let mut records = Records::new(endless, COMMA);
        assert!(records.next().unwrap().is_some() && records.next().unwrap().is_some());
        let fault = records.next().err().unwrap();
        assert_eq!(fault.line, Some(3));
        assert!(matches!(*fault.problem, Problem::LongLine));
        assert!(records.buffer.len() < 3 * MAX_LINE, "{}", records.buffer.len());
        let long = [&b"1,"[..], &[b'2'; 1_000_000], b"\n3,4\n"].concat();
        let mut records = Records::new(&long[..], COMMA);
        assert_eq!(records.next().unwrap().unwrap().cells.get(1).len(), 1_000_000);
        assert_eq!(records.next().unwrap().unwrap().line, 2);
    }

    #[test]
    fn blanks_may_separate_cells() {
        let cells = |text: &str, least: usize| -> Vec<Vec<String>> {
            // In pieces of three bytes, so that blanks are at their edges.
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
