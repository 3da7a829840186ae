//! Opens a source as UTF-8 text whose first part is kept in memory.
//!
//! | file | what it holds |
//! |---|---|
//! | `opened` | a file up to the length that it had when it was opened |
//! | `packed`, `table`, `foreign` | compressed input, Parquet, and files that are no tables, by their first bytes |
//! | `encoding` | the encoding of a text |
//! | `drawn` | box-drawing characters as ASCII |
//! | `bound` | a limit for texts of unknown length |

mod bound;
mod drawn;
mod encoding;
mod foreign;
mod opened;
mod packed;
mod table;

use std::fs::File;
use std::io::{self, Cursor, Read, Seek};

use encoding_rs::{Encoding, UTF_8};
use encoding_rs_io::DecodeReaderBytesBuilder;

use super::error::{Fault, Problem};
use super::limits::{MAX_LINE, Unbounded};
use super::options::Source;
use bound::Bounded;
use fourcast_base::columnar::{self, Columns};
use opened::AsOpened;

pub use packed::Compression;

/// Initial length of the head.
const HEAD: usize = 256 * 1024;

/// The maximum length of the head, if a shorter one does not determine the format of the file.
const MAX_HEAD: usize = 64 * 1024 * 1024;

/// The minimum number of lines in the head: a line of many columns can be longer than the initial length.
const LINES: usize = 16;

/// The bytes that are not read yet.
type Stream<'a> = Box<dyn Read + 'a>;

/// A text whose head is in memory and whose rest is not read yet.
pub(super) struct Input<'a> {
    head: Vec<u8>,
    rest: Stream<'a>,
    complete: bool,
    /// How the file is compressed, if it is.
    pub compression: Option<Compression>,
    /// The character encoding; `parquet` for a Parquet file.
    pub encoding: String,
    /// The columns of a Parquet file, whose text has no header.
    pub columns: Option<Columns>,
}

impl<'a> Input<'a> {
    /// Opens a source and reads its head.
    pub fn open(source: &Source) -> Result<Input<'static>, Fault> {
        match source {
            Source::File(path) => {
                let file = File::open(path).map_err(opening)?;
                match file.metadata() {
                    Ok(data) if data.is_dir() => Err(Problem::Folder.into()),
                    Ok(data) if data.is_file() && data.len() > 0 => Input::of_file(file, data.len()),
                    // A pipe or a device can be endless, and some systems have files without a stated length.
                    _ => Input::new(Box::new(Bounded::new(file, Unbounded::Stream))),
                }
            }
            Source::Stdin => Input::new(Box::new(Bounded::new(io::stdin().lock(), Unbounded::Stream))),
        }
    }

    /// Reads the head of a regular file. Such a file has an end, and need not be read sequentially.
    fn of_file(mut file: File, length: u64) -> Result<Input<'static>, Fault> {
        let mut start = Vec::new();
        Read::by_ref(&mut file)
            .take(columnar::marker::MAGIC.len() as u64)
            .read_to_end(&mut start)
            .map_err(Problem::reading)?;
        file.rewind().map_err(Problem::reading)?;
        match table::of_file(&start, &file) {
            Some(table) => Input::of_table(table?, None),
            None => Input::new(Box::new(AsOpened::new(file, length))),
        }
    }

    /// Makes the input of a table from the text of its rows.
    fn of_table((columns, rows): (Columns, Stream<'a>), compression: Option<Compression>) -> Result<Self, Fault> {
        let (head, rest) = take(rows, HEAD)?;
        let complete = head.len() < HEAD;
        Input { head, rest, complete, compression, encoding: "parquet".to_owned(), columns: Some(columns) }.begun()
    }

    /// Makes the input of a text that was read before; it is a table if it has columns.
    pub fn again(text: &'a [u8], columns: Option<&Columns>) -> Result<Self, Fault> {
        match columns {
            Some(columns) => Input::of_table((columns.clone(), Box::new(text)), None),
            None => Input::new(Box::new(text)),
        }
    }

    /// Unpacks and decodes a stream, and reads its head.
    pub fn new(stream: Stream<'a>) -> Result<Self, Fault> {
        let (start, stream) = peek(stream, 4)?;
        let compression = Compression::of(&start);
        let stream: Stream<'a> = match compression {
            // A short compressed file can expand to a text of any length.
            Some(compression) => Box::new(Bounded::new(compression.unpack(stream), Unbounded::Packed)),
            None => stream,
        };
        let (start, stream) = peek(stream, HEAD)?;
        let stream = match table::of_stream(&start, stream) {
            Ok(table) => return Input::of_table(table?, compression),
            Err(stream) => stream,
        };
        refuse(foreign::name(&start))?;
        let (encoding, mark) = encoding::detect(&start);
        let stream = decode(encoding, skip(mark, stream)?);
        let (head, rest) = take(stream, HEAD)?;
        refuse(foreign::name(&head))?;
        refuse(head.contains(&0).then_some("binary data"))?;
        let complete = head.len() < HEAD;
        let (head, rest) = line_breaks(head, rest);
        let (head, rest) = drawn::plain(head, rest);
        let encoding = encoding::label(encoding, mark > 0);
        Input { head, rest, complete, compression, encoding, columns: None }.begun()
    }

    /// Returns the input with a head of at least some lines.
    fn begun(mut self) -> Result<Self, Fault> {
        self.end();
        while !self.has_lines() && self.grow()? {}
        self.refuse_long_line()?;
        Ok(self)
    }

    /// Returns an error if the last line of the head is too long.
    fn refuse_long_line(&self) -> Result<(), Fault> {
        let open = self.head.len() - self.head().len();
        if self.complete || open <= MAX_LINE {
            return Ok(());
        }
        let lines = self.head().iter().filter(|&&byte| byte == b'\n').count();
        Err(Fault::at(lines + 1, Problem::LongLine))
    }

    /// Returns the beginning of the text, in whole lines.
    pub fn head(&self) -> &[u8] {
        let end = self.head.iter().rposition(|&byte| byte == b'\n');
        &self.head[..end.map_or(0, |end| end + 1)]
    }

    fn has_lines(&self) -> bool {
        self.head.iter().filter(|&&byte| byte == b'\n').nth(LINES).is_some()
    }

    /// Adds a line break to a complete text that does not end with one, so that every line has one.
    fn end(&mut self) {
        if self.complete && !self.head.ends_with(b"\n") {
            self.head.push(b'\n');
        }
    }

    /// Makes the head four times as long. Returns false if it is the whole text or has its maximum length.
    pub fn grow(&mut self) -> Result<bool, Fault> {
        if self.complete || self.head.len() >= MAX_HEAD {
            return Ok(false);
        }
        let wanted = 3 * self.head.len();
        let more = self.rest.by_ref().take(wanted as u64).read_to_end(&mut self.head);
        self.complete = more.map_err(Problem::reading)? < wanted;
        self.end();
        Ok(true)
    }

    /// Returns the whole text, with a line break at the end.
    pub fn into_text(self) -> impl Read + 'a {
        Cursor::new(self.head).chain(self.rest).chain(&b"\n"[..])
    }
}

fn opening(error: io::Error) -> Fault {
    match error.kind() {
        io::ErrorKind::NotFound => Problem::Missing,
        io::ErrorKind::IsADirectory => Problem::Folder,
        _ => Problem::reading(error),
    }
    .into()
}

fn refuse(found: Option<&'static str>) -> Result<(), Fault> {
    found.map_or(Ok(()), |what| Err(Problem::Foreign { what, is_model: what == foreign::MODEL }.into()))
}

/// Returns the first bytes of a stream, and the stream without them.
fn take(mut stream: Stream, count: usize) -> Result<(Vec<u8>, Stream), Fault> {
    let mut start = Vec::new();
    let read = stream.by_ref().take(count as u64).read_to_end(&mut start);
    read.map_err(Problem::reading)?;
    Ok((start, stream))
}

/// Returns the first bytes of a stream, and the stream with them.
fn peek(stream: Stream, count: usize) -> Result<(Vec<u8>, Stream), Fault> {
    let (start, stream) = take(stream, count)?;
    let again = Cursor::new(start.clone()).chain(stream);
    Ok((start, Box::new(again)))
}

fn skip(count: usize, stream: Stream) -> Result<Stream, Fault> {
    Ok(take(stream, count)?.1)
}

/// Converts a stream to UTF-8. A text in UTF-8 is not changed: invalid bytes are reported with the cell that contains
/// them.
fn decode<'a>(encoding: &'static Encoding, stream: Stream<'a>) -> Stream<'a> {
    if encoding == UTF_8 {
        return stream;
    }
    let mut builder = DecodeReaderBytesBuilder::new();
    builder.encoding(Some(encoding)).bom_sniffing(false);
    Box::new(builder.build(stream))
}

/// Converts carriage returns to line feeds in a text that has only carriage returns, as old spreadsheets write it.
fn line_breaks(mut head: Vec<u8>, rest: Stream) -> (Vec<u8>, Stream) {
    let old = head.contains(&b'\r') && !head.contains(&b'\n');
    if !old {
        return (head, rest);
    }
    to_line_feeds(&mut head);
    (head, Box::new(LineFeeds(rest)))
}

fn to_line_feeds(text: &mut [u8]) {
    for byte in text.iter_mut().filter(|byte| **byte == b'\r') {
        *byte = b'\n';
    }
}

struct LineFeeds<'a>(Stream<'a>);

impl Read for LineFeeds<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.0.read(buffer)?;
        to_line_feeds(&mut buffer[..count]);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Changed;

    fn text(bytes: &[u8]) -> String {
        let mut text = String::new();
        let input = Input::new(Box::new(bytes)).unwrap_or_else(|fault| panic!("{fault:?}"));
        input.into_text().read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn text_comes_out_in_utf8_with_a_last_line_break() {
        assert_eq!(text(b"\xEF\xBB\xBFDate,Close"), "Date,Close\n\n");
        assert_eq!(text(b"Date;Er\xF6ffnung\r\n"), "Date;Eröffnung\r\n\n");
        assert_eq!(text(b"\xFF\xFED\0a\0\n\0"), "Da\n\n");
        assert_eq!(text(b"Date,Close\r2024-01-02,1\r"), "Date,Close\n2024-01-02,1\n\n");
    }

    /// A file to which another program writes is read up to its former length, or is an error.
    #[test]
    fn a_file_is_read_as_long_as_it_was_when_it_was_opened() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.csv");
        std::fs::write(&path, "Date,Close\n2024-01-02,1.25\n").unwrap();
        let read = |length: u64| {
            let mut text = String::new();
            let input = Input::of_file(File::open(&path).unwrap(), length);
            let read = input.map(|input| input.into_text().read_to_string(&mut text));
            (read, text)
        };
        assert_eq!(read(11).1, "Date,Close\n\n");
        assert!(matches!(*read(24).0.unwrap_err().problem, Problem::Changed(Changed::Longer)));
    }

    #[test]
    fn the_head_grows_to_the_whole_text() {
        let long = b"Date,Close\n".repeat(100_000);
        let mut input = Input::new(Box::new(&long[..])).unwrap_or_else(|_| panic!());
        assert!((HEAD - 11..HEAD).contains(&input.head().len()));
        assert!(input.grow().is_ok_and(|grew| grew));
        assert!(input.head().len() > 3 * HEAD);
        assert!(input.grow().is_ok_and(|grew| grew));
        assert!(input.grow().is_ok_and(|grew| !grew));
        let mut text = Vec::new();
        input.into_text().read_to_end(&mut text).unwrap();
        assert_eq!(text.len(), long.len() + 1);
    }

    #[test]
    fn a_first_line_without_end_is_refused() {
        let refused = |text: Stream<'static>| match Input::new(text) {
            Err(Fault { line: Some(line), problem, .. }) if matches!(*problem, Problem::LongLine) => line,
            Err(fault) => panic!("{fault:?}"),
            Ok(_) => panic!("not refused"),
        };
        assert_eq!(refused(Box::new(io::repeat(b'1'))), 1);
        assert_eq!(refused(Box::new((&b"Date,Close\n2024-01-02,"[..]).chain(io::repeat(b'1')))), 2);
    }

    #[test]
    fn other_kinds_of_files_are_refused_by_name() {
        let refused = |bytes: &'static [u8]| match Input::new(Box::new(bytes)) {
            Err(Fault { problem, .. }) => match *problem {
                Problem::Foreign { what, .. } => what,
                problem => panic!("{problem:?}"),
            },
            Ok(_) => panic!("not refused"),
        };
        assert_eq!(refused(b"Date\0\0\x01\x02\x03,Close"), "binary data");
        assert_eq!(refused(b"\xFF\xFE<\0h\0t\0m\0l\0>\0"), "a web page or XML");
        assert_eq!(refused(b"PARE\x15\x00"), "an encrypted Parquet file");
    }
}
