//! The file name of the model of a series, in a folder of models of many series.
//!
//! Every name of a series gives a valid file name on every system, and different names give different file names:
//! `AAPL.safetensors`, and `%2Fa%20b~.safetensors` for `/a b`. Letters, digits and `-_.^=+@` are unchanged; other bytes
//! are percent-encoded (RFC 3986, section 2.1). Some file systems do not distinguish capital from small letters, so a
//! name with small letters is followed by `~` and, if it also has capital letters, by their positions among its
//! letters. Names that Windows reserves for devices have their first letter encoded.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use fourcast_base::files::checksum::hexadecimal;

/// The extension of a model file.
const ENDING: &str = ".safetensors";
/// Maximum number of bytes of a name before its extension: file systems allow 255, and a temporary file needs a few.
const MAX_BYTES: usize = 200;
/// Characters that are not encoded, besides letters and digits.
const PLAIN: &[u8] = b"-_.^=+@";
/// Names that Windows reserves for devices, with any extension.
const DEVICES: [&str; 4] = ["CON", "PRN", "AUX", "NUL"];
/// The same, followed by a digit.
const NUMBERED_DEVICES: [&str; 2] = ["COM", "LPT"];

/// Returns the path of the model of a series in a folder.
pub fn model_path(folder: &Path, series: &str) -> PathBuf {
    folder.join(model_file_name(series))
}

/// Returns the file name of the model of a series. If the name is too long for a file system, it is replaced by its
/// beginning and a hash.
pub fn model_file_name(series: &str) -> String {
    let stem = format!("{}{}", encoded(series), case_mark(series));
    if stem.len() <= MAX_BYTES {
        return stem + ENDING;
    }
    let mut hash = Sha256::new();
    hash.update(series);
    let hash = hexadecimal(hash);
    let beginning: String = encoded(series).chars().take(MAX_BYTES - hash.len() - 2).collect();
    format!("{beginning}~~{hash}{ENDING}")
}

/// Returns the series of a file name that [`model_file_name`] returned; `None` for any other name, and if the name of
/// the series was too long.
pub fn series_of_model_file(file_name: &str) -> Option<String> {
    let stem = file_name.strip_suffix(ENDING)?;
    let encoded = stem.split_once('~').map_or(stem, |(name, _)| name);
    let series = decoded(encoded)?;
    (model_file_name(&series) == file_name).then_some(series)
}

fn encoded(series: &str) -> String {
    if series.is_empty() {
        return "%".into();
    }
    let is_device = is_device(series);
    let byte = |(place, byte): (usize, u8)| {
        let is_plain = byte.is_ascii_alphanumeric() || PLAIN.contains(&byte) && !(place == 0 && byte == b'.');
        match is_plain && !(is_device && place == 0) {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        }
    };
    series.bytes().enumerate().map(byte).collect()
}

/// Whether Windows treats a file of that name, with any extension, as a device.
fn is_device(series: &str) -> bool {
    let base = series.split('.').next().unwrap_or_default().to_ascii_uppercase();
    let numbered =
        |device: &&str| base.strip_prefix(*device).is_some_and(|rest| matches!(rest.as_bytes(), [b'0'..=b'9']));
    DEVICES.contains(&&*base) || NUMBERED_DEVICES.iter().any(numbered)
}

/// Returns the suffix that distinguishes names that differ only in capital and small letters: none without small
/// letters, `~` without capital letters, and otherwise the positions of the capital letters among the letters as a
/// hexadecimal number, first letter last.
fn case_mark(series: &str) -> String {
    let letters: Vec<bool> =
        series.bytes().filter(u8::is_ascii_alphabetic).map(|letter| letter.is_ascii_uppercase()).collect();
    match (letters.contains(&false), letters.contains(&true)) {
        (false, _) => String::new(),
        (true, false) => "~".into(),
        (true, true) => {
            let digit = |four: &[bool]| {
                let value = four.iter().enumerate().map(|(place, capital)| u32::from(*capital) << place).sum();
                char::from_digit(value, 16).unwrap_or_default()
            };
            format!("~{}", letters.chunks(4).map(digit).collect::<String>())
        }
    }
}

fn decoded(encoded: &str) -> Option<String> {
    if encoded == "%" {
        return Some(String::new());
    }
    let mut bytes = Vec::new();
    let mut rest = encoded.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        let byte = match (first, after) {
            (b'%', [high, low, after @ ..]) => {
                rest = after;
                u8::from_str_radix(std::str::from_utf8(&[*high, *low]).ok()?, 16).ok()?
            }
            (b'%', _) => return None,
            _ => *first,
        };
        bytes.push(byte);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_readable_where_they_can_be() {
        for (series, file) in [
            ("AAPL", "AAPL.safetensors"),
            ("BRK.B", "BRK.B.safetensors"),
            ("^GSPC", "^GSPC.safetensors"),
            ("EURUSD=X", "EURUSD=X.safetensors"),
            ("RDS/A", "RDS%2FA.safetensors"),
            ("aapl", "aapl~.safetensors"),
            ("Aapl", "Aapl~1.safetensors"),
            ("aAPLx", "aAPLx~e0.safetensors"),
            ("..", "%2E..safetensors"),
            ("CON", "%43ON.safetensors"),
            ("com1.x", "%63om1.x~.safetensors"),
            ("COM10", "COM10.safetensors"),
            ("삼성", "%EC%82%BC%EC%84%B1.safetensors"),
            ("a\\b:c*d", "a%5Cb%3Ac%2Ad~.safetensors"),
            ("", "%.safetensors"),
            ("~", "%7E.safetensors"),
        ] {
            assert_eq!(model_file_name(series), file);
            assert_eq!(series_of_model_file(file).as_deref(), Some(series), "{file}");
        }
    }

    #[test]
    fn a_long_name_has_a_hash() {
        let [one, other] = ["A", "B"].map(|end| model_file_name(&format!("{}{end}", "X".repeat(300))));
        assert!(one.len() <= MAX_BYTES + ENDING.len() && one != other, "{one} {other}");
        assert_eq!(series_of_model_file(&one), None);
    }

    #[test]
    fn other_files_are_of_no_series() {
        for file in
            ["AAPL", "aapl.safetensors", "A%2.safetensors", "A%zz.safetensors", "AAPL~.safetensors", "%41.safetensors"]
        {
            assert_eq!(series_of_model_file(file), None, "{file}");
        }
    }

    proptest! {
        #[test]
        fn every_name_is_found_again(series in any::<String>()) {
            let file = model_file_name(&series);
            prop_assert!(file.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>:\"/\\|?*".contains(&byte)), "{}", file);
            if !file.contains("~~") {
                prop_assert_eq!(series_of_model_file(&file), Some(series));
            }
        }

        /// Holds on file systems that do not distinguish capital and small letters.
        #[test]
        fn no_two_names_have_one_file(one in "[aAbB.%~/]{0,6}", other in "[aAbB.%~/]{0,6}") {
            let files = [&one, &other].map(|series| model_file_name(series).to_lowercase());
            prop_assert_eq!(one == other, files[0] == files[1], "{:?} {:?}", one, other);
        }
    }
}
