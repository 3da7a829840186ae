//! Recognises files that are no tables of text by their first bytes.

/// The name of a model file.
pub(super) const MODEL: &str = "a model (safetensors)";

/// First bytes of other kinds of files, and their names.
const MAGIC: [(&[u8], &str); 13] = [
    (b"PK\x03\x04", "a zip archive or a workbook (xlsx, ods)"),
    (b"\xD0\xCF\x11\xE0", "a workbook (xls)"),
    (b"%PDF", "a PDF document"),
    (b"PAR1", "a Parquet file"),
    (b"PARE", "an encrypted Parquet file"),
    (b"ARROW1", "an Arrow file"),
    (b"SQLite format 3", "a SQLite database"),
    (b"\x89HDF", "an HDF5 file"),
    (b"BZh", "bzip2 data"),
    (b"\xFD7zXZ", "xz data"),
    (b"7z\xBC\xAF", "a 7-Zip archive"),
    (b"\x89PNG", "a picture"),
    (b"GIF8", "a picture"),
];

/// Returns the kind of a file that is no table of text. `head` is the stored bytes of a binary file, or the decoded
/// bytes of a text.
pub(super) fn name(head: &[u8]) -> Option<&'static str> {
    let magic = MAGIC.iter().find(|(magic, _)| head.starts_with(magic));
    magic.map(|&(_, name)| name).or_else(|| is_model(head).then_some(MODEL)).or_else(|| text(head))
}

/// Whether the file is in the safetensors format: the length of its header in eight bytes, at least four of which are
/// zero, and an opening brace.
fn is_model(head: &[u8]) -> bool {
    head.get(4..9).is_some_and(|bytes| bytes == b"\0\0\0\0{")
}

fn text(head: &[u8]) -> Option<&'static str> {
    let text = head.trim_ascii_start();
    let begins = |word: &str| {
        let start = text.get(..word.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()))
    };
    match text.first()? {
        b'{' | b'[' => Some("JSON"),
        // A header can begin with `<DATE>`, so only known tags count.
        b'<' if ["<!doctype", "<html", "<?xml", "<table", "<head"].iter().any(|tag| begins(tag)) => {
            Some("a web page or XML")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_accepted() {
        for table in ["Date,Close\n", "<DATE>,<CLOSE>\n", "", "2024-01-02,1"] {
            assert_eq!(name(table.as_bytes()), None, "{table}");
        }
        assert_eq!(name(b"PK\x03\x04\x14"), Some("a zip archive or a workbook (xlsx, ods)"));
        assert_eq!(name(b"\n <!DOCTYPE html>"), Some("a web page or XML"));
        assert_eq!(name(b"{\"prices\": []}"), Some("JSON"));
        assert_eq!(name(b"\x10\x27\0\0\0\0\0\0{\"__metadata__\""), Some(MODEL));
        assert_eq!(name(b"\x10\0\0\0\0\0\0"), None);
    }
}
