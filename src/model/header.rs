//! Bounds on the JSON of a model file: a short text may list a million entries, which take fifty times its size in
//! memory.

/// Tensors of all networks of a model.
pub(super) const MAX_TENSORS: usize = 1 << 15;
/// Commas of a header: a tensor has five at most, and the metadata of other programs a few.
pub(super) const MAX_IN_HEADER: usize = 5 * MAX_TENSORS + 1024;
/// Commas of a card: a path of a thousand days has a hundred levels for each.
pub(super) const MAX_IN_CARD: usize = 200_000;

/// Commas outside of strings: about the numbers and keys that are read from a text.
pub(super) fn commas(json: &[u8]) -> usize {
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
}
