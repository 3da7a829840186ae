//! The rows of a CSV file of forecasts. They are read one after another, so that a fault in one of the first rows of a
//! long file, or of an input without end, is reported before the rest is read.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;

use csv::StringRecord;

use super::table_error::{MAX_BYTES, MAX_ROW, TableError, TableProblem};
use fourcast_base::words::counted;
use fourcast_prices::cells;

/// Number of bytes from which the delimiter is detected.
const HEAD: u64 = 1 << 16;

/// A row, with its line.
pub(super) type Row = (StringRecord, u64);

/// The rows of a file that have not been read yet.
pub(super) struct Rows<'a> {
    path: &'a Path,
    pub delimiter: u8,
    reader: csv::Reader<Input>,
}

impl<'a> Rows<'a> {
    pub fn open(path: &'a Path) -> Result<Rows<'a>, TableError> {
        let file = File::open(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => failed(path, None, TableProblem::Missing),
            _ => failed(path, None, TableProblem::Read(error)),
        })?;
        Rows::of(path, file)
    }

    pub fn of(path: &'a Path, mut input: impl Read + 'static) -> Result<Rows<'a>, TableError> {
        let mut head = Vec::new();
        let read = input.by_ref().take(HEAD).read_to_end(&mut head);
        read.map_err(|error| failed(path, None, TableProblem::Read(error)))?;
        if (head.len() as u64) < HEAD && head.trim_ascii().is_empty() {
            return Err(failed(path, None, TableProblem::Nothing));
        }
        let delimiter = cells::delimiter(&head);
        let text = Text { line: 1, ..Text::default() };
        let input = Input { input: Box::new(Cursor::new(head).chain(input)), text };
        let reader = csv::ReaderBuilder::new().trim(csv::Trim::All).delimiter(delimiter).from_reader(input);
        Ok(Rows { path, delimiter, reader })
    }

    pub fn failed(&self, line: Option<u64>, problem: TableProblem) -> TableError {
        failed(self.path, line, problem)
    }

    /// Returns the names of the columns. It is called before the first row is read.
    pub fn header(&mut self) -> Result<StringRecord, TableError> {
        let start = self.reader.position().clone();
        let header = self.reader.headers().cloned();
        header.map_err(|error| self.of_csv(error, &start))
    }

    /// Returns the next row; `None` after the last.
    pub fn next(&mut self) -> Result<Option<Row>, TableError> {
        let mut row = StringRecord::new();
        // After an error it is the position up to which the text was read.
        let start = self.reader.position().clone();
        match self.reader.read_record(&mut row) {
            Ok(true) => {
                let line = row.position().map_or(0, |place| self.text().line_of(place));
                Ok(Some((row, line)))
            }
            Ok(false) => Ok(None),
            Err(error) => Err(self.of_csv(error, &start)),
        }
    }

    /// Returns the next rows, at most `count`, and not many more than `bytes`.
    pub fn first(&mut self, count: usize, bytes: usize) -> Result<Vec<Row>, TableError> {
        let (mut rows, mut length) = (Vec::new(), 0);
        while rows.len() < count && length < bytes {
            let Some((row, line)) = self.next()? else { break };
            length += row.as_slice().len();
            rows.push((row, line));
        }
        Ok(rows)
    }

    fn text(&mut self) -> &mut Text {
        &mut self.reader.get_mut().text
    }

    /// Returns the error of a row that begins at `start`.
    fn of_csv(&mut self, error: csv::Error, start: &csv::Position) -> TableError {
        if let Some(limit) = self.text().passed {
            let line = self.text().line_of(start);
            return match limit {
                Limit::File => self.failed(None, TableProblem::Long),
                Limit::Row => self.failed(Some(line), TableProblem::LongRow),
            };
        }
        let line = error.position().map(|place| self.text().line_of(place));
        match error.into_kind() {
            csv::ErrorKind::Io(error) => self.failed(line, TableProblem::Read(error)),
            csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                let found = counted(usize::try_from(len).unwrap_or(usize::MAX), "cell");
                self.failed(line, TableProblem::Row(format!("{found}, expected {expected_len} as in the header")))
            }
            _ => self.failed(line, TableProblem::Row("is not UTF-8 text, expected csv".to_owned())),
        }
    }
}

fn failed(path: &Path, line: Option<u64>, problem: TableProblem) -> TableError {
    TableError { path: path.to_owned(), line, problem }
}

/// The text that the reader of the rows reads. It keeps the part from which the lines of the next rows are counted.
struct Input {
    input: Box<dyn Read>,
    text: Text,
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        self.text.add(&buffer[..count])?;
        Ok(count)
    }
}

#[derive(Debug, Clone, Copy)]
enum Limit {
    File,
    Row,
}

/// The text from the last row on, as far as it has been read.
#[derive(Default)]
struct Text {
    bytes: Vec<u8>,
    /// Number of bytes before it.
    offset: u64,
    /// The line of its first byte.
    line: u64,
    /// The limit that it has passed.
    passed: Option<Limit>,
}

impl Text {
    fn add(&mut self, read: &[u8]) -> io::Result<()> {
        self.bytes.extend_from_slice(read);
        let length = self.bytes.len() as u64;
        self.passed =
            if self.offset + length > MAX_BYTES { Some(Limit::File) } else { (length > MAX_ROW).then_some(Limit::Row) };
        self.passed.map_or(Ok(()), |_| Err(io::ErrorKind::FileTooLarge.into()))
    }

    /// Returns the line of a row, which must not be before the last one returned, and drops the text before it. The
    /// position of a row is the start of the empty lines before it.
    fn line_of(&mut self, place: &csv::Position) -> u64 {
        let start = usize::try_from(place.byte().saturating_sub(self.offset)).unwrap_or(usize::MAX);
        let start = start.min(self.bytes.len());
        let blank = self.bytes[start..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let before = self.bytes.drain(..start + blank);
        self.offset += before.len() as u64;
        self.line += before.filter(|byte| *byte == b'\n').count() as u64;
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(input: impl Read + 'static) -> Rows<'static> {
        Rows::of(Path::new("f.csv"), input).unwrap()
    }

    /// Reads all rows; returns their number, and the error after them.
    fn count(mut rows: Rows<'_>) -> (usize, Option<String>) {
        let mut count = 0;
        loop {
            match rows.next() {
                Ok(Some(_)) => count += 1,
                Ok(None) => return (count, None),
                Err(error) => return (count, Some(error.to_string())),
            }
        }
    }

    #[test]
    fn lines_are_counted_while_the_text_is_read() {
        let text: String = (0..20_000).map(|row| format!("{row},\"a\n\nb\"\r\n\r\n")).collect();
        let mut rows = rows(Cursor::new(format!("x,y\n{text}")));
        assert_eq!(rows.header().unwrap(), vec!["x", "y"]);
        for row in 0..20_000 {
            let (cells, line) = rows.next().unwrap().unwrap();
            assert_eq!((&cells[0], line), (&*row.to_string(), 2 + 4 * row));
        }
        assert_eq!(rows.next().unwrap(), None);
        assert!(rows.text().bytes.len() < 20_000, "the text before is dropped");
    }

    /// A fault is reported at once, whatever follows.
    #[test]
    fn an_endless_input_ends_at_a_limit() {
        let endless = |text: &'static str| Cursor::new(text).chain(io::repeat(b'x'));
        assert_eq!(
            count(rows(endless("x,y\n1,2\n3\n"))),
            (1, Some("f.csv:3: 1 cell, expected 2 as in the header".into()))
        );
        let long = "f.csv:4: the row is longer than 16 MB, expected a forecast";
        assert_eq!(count(rows(endless("x,y\n1,2\n3,4\n"))), (2, Some(long.into())));
        // An unclosed quote, with many lines behind it.
        let lines = "5,6\n".repeat(6 << 20);
        let open = Cursor::new(format!("x,y\n1,2\n3,\"4\n{lines}"));
        assert_eq!(count(rows(open)), (1, Some(long.replace(":4:", ":3:"))));
        let mut header = rows(io::repeat(0));
        assert_eq!(header.header().unwrap_err().to_string(), long.replace(":4:", ":1:"));
    }
}
