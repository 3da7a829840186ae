//! Bounds on what is read of a model file: no more bytes than its header states, and these within limits. A short text
//! can list a million entries, which take fifty times its size in memory.

use std::fmt;
use std::io::Read;

use safetensors::tensor::Metadata;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::file_error::Problem;
use super::limits::MAX_TENSORS;
use fourcast_base::files::FileProblem;

/// Bounds on the lengths that a file states, so that a damaged file does not fill the memory.
pub(super) struct Bounds {
    /// Bytes of the header.
    pub header: u64,
    /// Bytes of the tensors.
    pub tensors: usize,
}

/// Bytes that are read of a file of another kind, to recognise the kind.
const BEGINNING: u64 = 4096;

/// Maximum bytes of the tensors of a model.
pub(super) const MAX_TENSOR_BYTES: usize = 1 << 30;
/// The bounds for a model.
pub(super) const OF_MODELS: Bounds = Bounds { header: 4 << 20, tensors: MAX_TENSOR_BYTES };

/// Maximum number of commas of a header: a tensor has at most five, and the metadata of other programs a few.
const MAX_IN_HEADER: usize = 5 * MAX_TENSORS + 1024;
/// Maximum number of entries of the metadata: a model has one, and files of other programs a few.
const MAX_METADATA: usize = 1024;
/// Maximum number of commas of a card: a path of a thousand days has a hundred levels for each day.
pub(super) const MAX_IN_CARD: usize = 200_000;

/// Reads the bytes of a model: the header, as many bytes as it states, within the bounds, and one more byte, to
/// recognise a file that is too long. If the file is not a model, only its beginning is read.
pub(super) fn read_bounded(mut file: impl Read, bounds: &Bounds) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    let mut read = |bytes: &mut Vec<u8>, count: u64| {
        file.by_ref().take(count).read_to_end(bytes).map(drop).map_err(FileProblem::Read)
    };
    read(&mut bytes, 8)?;
    match bytes.first_chunk().map(|length| u64::from_le_bytes(*length)) {
        Some(length) if length <= bounds.header => read(&mut bytes, length)?,
        Some(found) => {
            read(&mut bytes, BEGINNING)?;
            // The parser reports what kind of file it is instead.
            let is_header = bytes.get(8) == Some(&b'{');
            return if is_header { Err(Problem::LongHeader { found, max: bounds.header }) } else { Ok(bytes) };
        }
        None => return Ok(bytes),
    }
    check_entries_of("header", &bytes[8..], MAX_IN_HEADER)?;
    check_metadata(&bytes[8..])?;
    let Ok(header) = serde_json::from_slice::<Metadata>(&bytes[8..]) else { return Ok(bytes) };
    let (found, max) = (header.data_len(), bounds.tensors);
    if found > max {
        return Err(Problem::TooLarge { found, max });
    }
    read(&mut bytes, found as u64 + 1)?;
    Ok(bytes)
}

/// Checks the number of entries before a text is parsed, which can take fifty times its size in memory.
pub(super) fn check_entries_of(place: &'static str, json: &[u8], max: usize) -> Result<(), Problem> {
    let found = commas(json);
    if found > max { Err(Problem::ManyEntries { found, place, max }) } else { Ok(()) }
}

/// Checks the number of entries of the metadata before they are parsed, because each takes one or two allocations.
fn check_metadata(header: &[u8]) -> Result<(), Problem> {
    // Text that is not JSON is reported by the parser.
    match serde_json::from_slice::<MetadataEntries>(header) {
        Ok(MetadataEntries(found)) if found > MAX_METADATA => {
            Err(Problem::ManyEntries { found, place: "metadata", max: MAX_METADATA })
        }
        _ => Ok(()),
    }
}

/// The number of entries in the metadata of a header.
struct MetadataEntries(usize);

impl<'de> Deserialize<'de> for MetadataEntries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Counter { is_metadata: false }).map(MetadataEntries)
    }
}

/// Counts the entries of an object; in a header, the entries of its metadata.
struct Counter {
    is_metadata: bool,
}

impl<'de> Visitor<'de> for Counter {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<usize, A::Error> {
        let mut count = 0;
        while let Some(key) = map.next_key::<String>()? {
            if self.is_metadata {
                count += 1;
                map.next_value::<IgnoredAny>()?;
            } else if key == "__metadata__" {
                count += map.next_value_seed(Counter { is_metadata: true })?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(count)
    }
}

impl<'de> DeserializeSeed<'de> for Counter {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_map(self)
    }
}

/// Counts the commas outside strings: approximately the numbers and keys that are parsed from a text.
fn commas(json: &[u8]) -> usize {
    let (mut count, mut is_string, mut is_escaped) = (0, false, false);
    for byte in json {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = is_string,
            b'"' => is_string = !is_string,
            b',' if !is_string => count += 1,
            _ => {}
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_in_strings_are_text() {
        assert_eq!(commas(br#"{"a":[1,2],"b,c":"\",\\","d":{}}"#), 3);
        assert_eq!(commas(br#"{"a":"\\","b":","#), 1);
        assert_eq!(commas(b""), 0);
    }

    #[test]
    fn entries_of_the_metadata_are_bounded() {
        let header = |entries: usize| {
            let all: Vec<String> = (0..entries).map(|entry| format!("\"k{entry}\":\"a,b\"")).collect();
            format!("{{\"__metadata__\":{{{}}},\"t\":{{\"dtype\":\"F32\",\"shape\":[1,2]}}}}", all.join(","))
        };
        assert!(check_metadata(header(MAX_METADATA).as_bytes()).is_ok());
        let error = check_metadata(header(MAX_METADATA + 1).as_bytes()).unwrap_err().to_string();
        assert!(error.contains("1025") && error.contains("metadata"), "{error}");
    }
}
