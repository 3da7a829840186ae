//! The kind of a file, by its content, before the file is replaced or read.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::columnar::marker;

/// The metadata entry of a model file that holds its card.
pub const MODEL_ENTRY: &str = "fourcast";
/// The metadata entry of a checkpoint that describes its tensors.
pub const CHECKPOINT_ENTRY: &str = "fourcast_checkpoint";

/// Number of bytes that are read to determine the kind of a file.
const HEAD: u64 = 64 * 1024;
/// Number of characters of a text that a message quotes.
const SHOWN: usize = 40;

/// Returns the first bytes of a file and, for a Parquet file, also the last ones. They determine its kind.
pub fn head(path: &Path) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    let mut file = File::open(path)?;
    Read::by_ref(&mut file).take(HEAD).read_to_end(&mut head)?;
    marker::add_end(&mut file, &mut head);
    Ok(head)
}

/// Whether a file is a model, complete or damaged, of any version: safetensors with the entry of this program.
pub fn is_model(head: &[u8]) -> bool {
    has_entry(head, MODEL_ENTRY)
}

/// Whether a file is the checkpoint of a training run, complete or damaged.
pub fn is_checkpoint(head: &[u8]) -> bool {
    has_entry(head, CHECKPOINT_ENTRY)
}

fn has_entry(head: &[u8], name: &str) -> bool {
    let entry = format!("\"{name}\":");
    is_safetensors(head) && head.windows(entry.len()).any(|bytes| bytes == entry.as_bytes())
}

/// Whether a file starts with the length of a header, and the brace that opens it. No text starts with such bytes.
fn is_safetensors(head: &[u8]) -> bool {
    head.len() > 8 && head[8] == b'{' && head[4..8] == [0; 4]
}

/// Whether a file is certain to be of another kind than safetensors. False for a file too short to decide.
pub fn is_of_other_kind(head: &[u8]) -> bool {
    let is_vast = head.iter().take(8).skip(4).any(|byte| *byte != 0);
    // The shortest header is `{}`.
    let is_short = head.first_chunk().is_some_and(|length| u64::from_le_bytes(*length) < 2);
    is_vast || is_short || head.get(8).is_some_and(|byte| *byte != b'{')
}

/// Returns the kind of a file in words.
pub fn in_words(head: &[u8]) -> String {
    if is_model(head) {
        return "a model".into();
    }
    if is_checkpoint(head) {
        return "the checkpoint of a training run".into();
    }
    if is_safetensors(head) {
        return "a safetensors file that fourcast did not write".into();
    }
    if head.starts_with(marker::MAGIC) {
        let other = if marker::is_of_results(head) { "results as Parquet" } else { "a Parquet file of others" };
        return other.into();
    }
    // The head can end within a character.
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default(),
        Err(_) => "",
    };
    let line = text.lines().find(|line| !line.trim().is_empty()).filter(|_| !text.contains('\0'));
    match line {
        Some(line) if line.chars().count() > SHOWN => {
            format!("a text that starts with '{}…'", line.chars().take(SHOWN).collect::<String>())
        }
        Some(line) => format!("a text that starts with '{line}'"),
        None => "a file of other data".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_its_content() {
        assert!(is_model(b"\x40\x1f\0\0\0\0\0\0{\"__metadata__\":{\"fourcast\":\"{"));
        let other = b"\x3a\0\0\0\0\0\0\0{\"__metadata__\":{\"format\":\"pt\"}}";
        assert!(!is_model(other));
        assert_eq!(in_words(other), "a safetensors file that fourcast did not write");
        for (bytes, words) in [
            (&b"\n \nDate,Close\n2024-01-02,1\n"[..], "a text that starts with 'Date,Close'".to_owned()),
            (b"PK\x03\x04\x14\0\xff", "a file of other data".into()),
            (b"\0\0\0", "a file of other data".into()),
            ("é".repeat(50).as_bytes(), format!("a text that starts with '{}…'", "é".repeat(40))),
            (&"aé".as_bytes()[..2], "a text that starts with 'a'".into()),
        ] {
            assert!(!is_model(bytes));
            assert_eq!(in_words(bytes), words);
        }
    }
}
