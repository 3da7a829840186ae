//! From a source to a stream of text whose beginning can be looked at before it is read.

use std::fs::File;
use std::io::{self, Cursor, Read};

use super::error::{Fault, Problem};
use super::options::Source;

/// How much of the text is looked at before its form is decided.
const HEAD: usize = 256 * 1024;

const UTF8_BOM: &[u8] = b"\xEF\xBB\xBF";

/// A text whose head is in memory and whose rest is still to be read.
pub(super) struct Input<'a> {
    head: Vec<u8>,
    rest: Box<dyn Read + 'a>,
    /// Whether the text began with a byte order mark.
    pub bom: bool,
}

impl<'a> Input<'a> {
    /// Opens a source and reads its head.
    pub fn open(source: &Source) -> Result<Input<'static>, Fault> {
        match source {
            Source::File(path) => {
                let file = File::open(path).map_err(opening)?;
                if file.metadata().is_ok_and(|data| data.is_dir()) {
                    return Err(Problem::Folder.into());
                }
                Input::new(Box::new(file))
            }
            Source::Stdin => Input::new(Box::new(io::stdin().lock())),
        }
    }

    /// Reads the head of a stream.
    pub fn new(mut rest: Box<dyn Read + 'a>) -> Result<Self, Fault> {
        let mut head = Vec::new();
        rest.by_ref().take(HEAD as u64).read_to_end(&mut head).map_err(Problem::Io)?;
        let bom = head.starts_with(UTF8_BOM);
        if bom {
            head.drain(..UTF8_BOM.len());
        }
        Ok(Input { head, rest, bom })
    }

    /// The beginning of the text.
    pub fn head(&self) -> &[u8] {
        &self.head
    }

    /// The whole text from its beginning, ended by a line break so that every line has one.
    pub fn into_text(self) -> impl Read + 'a {
        Cursor::new(self.head).chain(self.rest).chain(&b"\n"[..])
    }
}

fn opening(error: io::Error) -> Fault {
    match error.kind() {
        io::ErrorKind::NotFound => Problem::Missing,
        io::ErrorKind::IsADirectory => Problem::Folder,
        _ => Problem::Io(error),
    }
    .into()
}
