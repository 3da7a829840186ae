//! Damaged files: truncated, with flipped bits, or with changed digits.

use super::*;

#[test]
fn every_truncated_file_is_refused() {
    let bytes = save_to_bytes(&small_model());
    assert!(load_bytes(b"").unwrap_err().to_string().contains("is an empty file, expected a model"));
    for length in (1..bytes.len()).step_by(37).chain([bytes.len() - 1]) {
        let error = load_bytes(&bytes[..length]).unwrap_err().to_string();
        assert!(error.contains("not a whole safetensors file"), "{length} bytes: {error}");
    }
    let longer = [&bytes[..], b"\0"].concat();
    assert!(load_bytes(&longer).unwrap_err().to_string().contains("not a whole safetensors file"));
}

/// One bit anywhere: in the header, the card, a weight or the checksum.
#[test]
fn every_flipped_bit_is_refused() {
    // Every kind of entry once or twice: each byte is read eight times.
    let config = Config { hidden: 1, epochs: 1, ..config() };
    let mut bytes = save_to_bytes(&crate::common::fitted(&with_bars(120, 31), &config).forecaster);
    let path = Path::new("damaged.safetensors");
    for place in 0..bytes.len() {
        for bit in 0..8 {
            bytes[place] ^= 1 << bit;
            assert!(model::load_bytes(path, &bytes).is_err(), "bit {bit} of byte {place} of {}", bytes.len());
            bytes[place] ^= 1 << bit;
        }
    }
    assert!(model::load_bytes(path, &bytes).is_ok(), "every bit is back in its place");
}

#[test]
fn an_older_file_without_a_checksum_loads() {
    let model = small_model();
    let bytes = save_to_bytes(&model);
    let loaded = load_bytes(&without_checksum(&bytes)).unwrap();
    assert_eq!(loaded.card, Card { format_version: 1, ..model.card });
    assert!(save_to_bytes(&loaded) == bytes, "written in the present version");
}

/// A flipped byte makes the file unreadable or changes a number, but never causes a panic.
#[test]
fn flipped_bytes_in_the_header_never_panic() {
    let series = with_bars(60, 33);
    let bytes = without_checksum(&save_to_bytes(&small_model()));
    let header = 8 + header_length(&bytes);
    let mut rng = Pcg64::seed_from_u64(37);
    let mut refused = 0;
    for case in 0..300 {
        let mut damaged = bytes.clone();
        for _ in 0..1 + case % 4 {
            damaged[rng.random_range(0..header)] ^= rng.random_range(1..=255);
        }
        match load_bytes(&damaged) {
            Err(_) => refused += 1,
            Ok(model) => {
                let _ = model.forecast(&series);
                save_to_bytes(&model);
            }
        }
    }
    assert!((200..300).contains(&refused), "{refused} of 300 refused");
}

/// Digits are replaced by digits, so most of these files are well-formed with other numbers in the card.
#[test]
fn other_digits_in_the_header_never_panic() {
    let series = with_bars(60, 33);
    let bytes = without_checksum(&save_to_bytes(&small_model()));
    let digits: Vec<usize> = (8..8 + header_length(&bytes)).filter(|place| bytes[*place].is_ascii_digit()).collect();
    let mut rng = Pcg64::seed_from_u64(38);
    let mut refused = 0;
    for _ in 0..300 {
        let mut damaged = bytes.clone();
        for _ in 0..3 {
            damaged[digits[rng.random_range(0..digits.len())]] = rng.random_range(b'0'..=b'9');
        }
        match load_bytes(&damaged) {
            Err(_) => refused += 1,
            Ok(model) => {
                let _ = model.forecast(&series);
                save_to_bytes(&model);
            }
        }
    }
    assert!((50..300).contains(&refused), "{refused} of 300 refused");
}
