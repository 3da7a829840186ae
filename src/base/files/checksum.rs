//! The checksum of a file that holds a text of JSON, and tensors beside it in a model.
//!
//! It is the SHA-256 of the text and of every tensor's bytes in the order of the network, and stands as the last entry of
//! the text's object. Names, shapes and places of tensors are not in it: the card of a model decides them, and a file that
//! has others is refused for that. So another program may write the same card and tensors in another order and the
//! checksum still holds.

use sha2::{Digest, Sha256};

/// Its entry in the object.
pub const ENTRY: &str = "sha256";

/// The card's JSON with the checksum behind its last entry.
pub fn seal(card: &str, tensors: impl Iterator<Item = impl AsRef<[u8]>>) -> String {
    let sum = checksum(card, tensors);
    format!("{}{}", card.strip_suffix('}').unwrap_or(card), ending(&sum))
}

/// Whether a card that [`seal`] wrote, and these tensors, are as they were then. A fuzzer, which could not make the
/// checksum of what it changes, finds that all are.
pub fn holds(sealed: &str, sum: &str, tensors: impl Iterator<Item = impl AsRef<[u8]>>) -> bool {
    if cfg!(fuzzing) {
        return true;
    }
    let card = sealed.strip_suffix(&ending(sum));
    card.is_some_and(|card| checksum(&format!("{card}}}"), tensors) == sum)
}

/// An object of json with the SHA-256 of its text as its last entry.
pub fn seal_text(object: &str) -> String {
    seal(object, std::iter::empty::<&[u8]>())
}

/// The object that [`seal_text`] was given; `None` if the text is not as it was written.
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

/// The SHA-256 of a whole file, in hexadecimal: what `sha256sum` prints.
pub fn of_bytes(bytes: &[u8]) -> String {
    hexadecimal(Sha256::new().chain_update(bytes))
}

/// A finished hash as text.
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

    /// Against coreutils: printf '{"a":1}bcd' | sha256sum
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
