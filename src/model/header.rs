//! Bounds on the header of a safetensors file: a short one may list a million entries, which take a hundred times its size.

use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Tensors of all networks of a model.
pub(super) const MAX_TENSORS: usize = 1 << 15;
/// Entries of the metadata: a model has one, and other programs few.
const MAX_METADATA: usize = 1 << 10;
/// Sizes and places in the file of a tensor: two of each.
const MAX_NUMBERS: usize = 4 * MAX_TENSORS;

/// The key of the metadata in a header.
const METADATA: &str = "__metadata__";

/// What a header has too many of, if anything, and how many there may be. What is no header has not too many.
pub(super) fn excess(json: &[u8]) -> Option<(&'static str, usize)> {
    let mut counts = Counts { tensors: 0, metadata: 0, numbers: 0 };
    let mut parser = serde_json::Deserializer::from_slice(json);
    // An error of the syntax is reported where the header is read.
    let _ = OfHeader(&mut counts).deserialize(&mut parser);
    counts.excess()
}

struct Counts {
    tensors: usize,
    metadata: usize,
    /// In lists of tensors.
    numbers: usize,
}

impl Counts {
    fn excess(&self) -> Option<(&'static str, usize)> {
        match self {
            Counts { tensors, .. } if *tensors > MAX_TENSORS => Some(("tensors", MAX_TENSORS)),
            Counts { metadata, .. } if *metadata > MAX_METADATA => Some(("entries of metadata", MAX_METADATA)),
            Counts { numbers, .. } if *numbers > MAX_NUMBERS => Some(("numbers", MAX_NUMBERS)),
            _ => None,
        }
    }

    /// Ends the reading where there are too many.
    fn check<E: Error>(&self) -> Result<(), E> {
        self.excess().map_or(Ok(()), |(of, _)| Err(E::custom(of)))
    }
}

/// Counts the entries of a header.
struct OfHeader<'a>(&'a mut Counts);
/// Counts the numbers of a tensor.
struct OfTensor<'a>(&'a mut Counts);
/// Counts those of a list.
struct OfList<'a>(&'a mut Counts);
/// Counts those of its metadata.
struct OfMetadata<'a>(&'a mut Counts);
/// Whether a key is that of the metadata.
struct IsMetadata;

impl<'de> DeserializeSeed<'de> for OfHeader<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for OfHeader<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a header")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(is_metadata) = map.next_key_seed(IsMetadata)? {
            if is_metadata {
                map.next_value_seed(OfMetadata(self.0))?;
            } else {
                map.next_value_seed(OfTensor(self.0))?;
                self.0.tensors += 1;
            }
            self.0.check()?;
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for OfTensor<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for OfTensor<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a tensor")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_key::<IgnoredAny>()?.is_some() {
            map.next_value_seed(OfList(self.0))?;
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for OfList<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for OfList<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a type or a list of numbers")
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {
            self.0.numbers += 1;
            self.0.check()?;
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for OfMetadata<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for OfMetadata<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("metadata")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
            self.0.metadata += 1;
            self.0.check()?;
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for IsMetadata {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for IsMetadata {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<bool, E> {
        Ok(key == METADATA)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(tensors: usize, metadata: usize) -> String {
        let tensors: String = (0..tensors)
            .map(|k| format!(",\"{k}\":{{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}"))
            .collect();
        let entries: Vec<String> = (0..metadata).map(|k| format!("\"{k}\":\"\"")).collect();
        format!("{{\"{METADATA}\":{{{}}}{tensors}}}", entries.join(","))
    }

    #[test]
    fn a_header_with_too_many_entries_is_known() {
        assert_eq!(excess(header(MAX_TENSORS, MAX_METADATA).as_bytes()), None);
        assert_eq!(excess(header(MAX_TENSORS + 1, 1).as_bytes()), Some(("tensors", MAX_TENSORS)));
        assert_eq!(excess(header(1, MAX_METADATA + 1).as_bytes()), Some(("entries of metadata", MAX_METADATA)));
        let long = format!("{{\"a\":{{\"dtype\":\"F32\",\"shape\":[0{}]}}}}", ",0".repeat(MAX_NUMBERS));
        assert_eq!(excess(long.as_bytes()), Some(("numbers", MAX_NUMBERS)));
        for other in ["", "{", "[1]", "{\"a\":", "{\"__metadata__\":3}"] {
            assert_eq!(excess(other.as_bytes()), None);
        }
    }
}
