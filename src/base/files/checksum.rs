//! The checksum of a file with a JSON text and, in a model, tensors.
//!
//! It is the SHA-256 of the text and of every tensor's bytes, in the order of the network, and is the last entry of the
//! text's object. Names, shapes and positions of tensors are not included: the card of a model determines them, and a
//! file with others is refused for that reason. Another program can therefore write the same card and tensors in
//! another order, and the checksum remains valid.

use sha2::{Digest, Sha256};

/// The entry of the checksum in the object.
pub const ENTRY: &str = "sha256";

/// Returns the card's JSON with the checksum added as its last entry.
pub fn seal(card: &str, tensors: impl Iterator<Item = impl AsRef<[u8]>>) -> String {
    let sum = checksum(card, tensors);
    format!("{}{}", card.strip_suffix('}').unwrap_or(card), ending(&sum))
}

/// Whether a card that [`seal`] wrote, and these tensors, are unchanged. In a fuzzer, always true, because it cannot
/// compute the checksum of changed data.
pub fn holds(sealed: &str, sum: &str, tensors: impl Iterator<Item = impl AsRef<[u8]>>) -> bool {
    if cfg!(fuzzing) {
        return true;
    }
    let card = sealed.strip_suffix(&ending(sum));
    card.is_some_and(|card| checksum(&format!("{card}}}"), tensors) == sum)
}

/// Returns a JSON object with the SHA-256 of its text as its last entry.
pub fn seal_text(object: &str) -> String {
    seal(object, std::iter::empty::<&[u8]>())
}

/// Returns the object given to [`seal_text`]; `None` if the text has changed since it was written.
pub fn unseal_text(text: &str) -> Option<String> {
    let (open, ending) = text.rsplit_once(&format!(",\"{ENTRY}\":\""))?;
    let object = format!("{open}}}");
    (ending.strip_suffix("\"}")? == checksum(&object, std::iter::empty::<&[u8]>())).then_some(object)
}

fn ending(sum: &str) -> String {
    format!(",\"{ENTRY}\":\"{sum}\"}}")
}

fn checksum(card: &str, tensors: impl Iterator<Item = impl AsRef<[u8]>>) -> String {
    let mut hash = Sha256::new();
    hash.update(card);
    tensors.for_each(|bytes| hash.update(bytes));
    hexadecimal(hash)
}

/// Returns the SHA-256 of a whole file, in hexadecimal: the output of `sha256sum`.
pub fn of_bytes(bytes: &[u8]) -> String {
    hexadecimal(Sha256::new().chain_update(bytes))
}

/// Returns a finished hash as text.
pub fn hexadecimal(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum_in(sealed: &str) -> String {
        let card: serde_json::Value = serde_json::from_str(sealed).unwrap();
        card[ENTRY].as_str().unwrap().to_owned()
    }

    /// Computed with coreutils: printf '{"a":1}bcd' | sha256sum
    #[test]
    fn it_is_the_sha_256_of_card_and_tensors() {
        let sealed = seal(r#"{"a":1}"#, [&b"bc"[..], b"d"].into_iter());
        assert_eq!(sum_in(&sealed), "7c56e0b6056fcf281eee1ee7a1396181fe18df82d42f4b9b31a042349dc89c1d");
        assert!(holds(&sealed, &sum_in(&sealed), [&b"bc"[..], b"d"].into_iter()));
    }

    #[test]
    fn a_text_is_unsealed_as_it_was() {
        let sealed = seal_text(r#"{"a":"}"}"#);
        assert_eq!(unseal_text(&sealed).unwrap(), r#"{"a":"}"}"#);
        for other in
            [sealed.replacen('a', "b", 1), sealed.replacen("\"}", "\" }", 1), sealed.clone() + " ", "{}".into()]
        {
            assert_eq!(unseal_text(&other), None, "{other}");
        }
    }

    #[test]
    fn another_card_or_tensor_does_not_hold() {
        let sealed = seal(r#"{"a":1}"#, [&b"bcd"[..]].into_iter());
        let sum = sum_in(&sealed);
        let tensors = |bytes: &'static [u8]| std::iter::once(bytes);
        assert!(!holds(&sealed, &sum, tensors(b"bce")));
        assert!(!holds(&sealed.replace('1', "2"), &sum, tensors(b"bcd")));
        assert!(!holds(&sealed, &sum.replacen(|digit| digit != 'f', "f", 1), tensors(b"bcd")));
        assert!(!holds(&format!("{sealed} "), &sum, tensors(b"bcd")));
    }
}
