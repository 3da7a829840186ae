//! A cell to a number.

/// What a cell holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cell {
    /// A finite number.
    Value(f64),
    /// One of the ways to say that there is none.
    Missing,
    /// An infinity, in letters.
    Infinite,
    /// Anything else.
    Bad,
}

/// Powers of ten that an `f64` holds exactly.
const TENS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

/// The spellings of a value that is not there, in lower case.
const MISSING: [&str; 13] = ["", "-", "--", ".", "null", "none", "nan", "n/a", "na", "#n/a", "#na", "nil", "n.a."];

/// Reads a cell whose decimal mark is a point.
pub(super) fn parse(cell: &[u8]) -> Cell {
    match plain(cell) {
        Some(value) => Cell::Value(value),
        None => written(cell),
    }
}

/// `-?digits[.digits]`, the form of nearly every cell, exactly as `str::parse` would have it.
///
/// A mantissa below 2^53 divided by a power of ten up to 10^22 has one rounding, so the quotient is
/// the nearest `f64` (Clinger, "How to read floating point numbers accurately", 1990).
fn plain(cell: &[u8]) -> Option<f64> {
    let (negative, digits) = match cell {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, cell),
    };
    // 18 digits cannot overflow the mantissa; longer cells take the other road.
    if digits.len() > 19 || !digits.first()?.is_ascii_digit() {
        return None;
    }
    let mut mantissa: u64 = 0;
    let mut point = None;
    for (at, &byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' => mantissa = mantissa * 10 + u64::from(byte - b'0'),
            b'.' if point.is_none() => point = Some(at),
            _ => return None,
        }
    }
    let decimals = point.map_or(0, |at| digits.len() - 1 - at);
    if mantissa >= 1 << 53 || (point.is_some() && decimals == 0) {
        return None;
    }
    let value = mantissa as f64 / TENS[decimals];
    Some(if negative { -value } else { value })
}

fn written(cell: &[u8]) -> Cell {
    let Ok(text) = std::str::from_utf8(cell) else {
        return Cell::Bad;
    };
    let text = text.trim().to_ascii_lowercase();
    if MISSING.contains(&text.as_str()) {
        return Cell::Missing;
    }
    if ["inf", "infinity"].contains(&text.trim_start_matches(['+', '-'])) {
        return Cell::Infinite;
    }
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Cell::Value(value),
        Ok(value) if value.is_infinite() => Cell::Infinite,
        _ => Cell::Bad,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> f64 {
        match parse(text.as_bytes()) {
            Cell::Value(value) => value,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn reads_as_the_standard_library_does() {
        for text in [
            "0",
            "-0",
            "222.910000",
            "-36.98",
            "1e3",
            "8.20E+11",
            "65276700",
            "0.1",
            "9007199254740991",
            "9007199254740993",
            "123456789.123456789",
            "10.380000114440918",
            "1234567890123456789",
            "+1.5",
            "0.000000000000000001",
            "5.",
            ".5",
        ] {
            assert_eq!(value(text).to_bits(), text.parse::<f64>().unwrap().to_bits(), "{text}");
        }
    }

    #[test]
    fn tells_missing_from_bad() {
        for text in ["", " ", "-", "--", ".", "null", "NaN", "N/A", "#N/A", "None"] {
            assert_eq!(parse(text.as_bytes()), Cell::Missing, "{text:?}");
        }
        for text in ["inf", "-Infinity", "1e999"] {
            assert_eq!(parse(text.as_bytes()), Cell::Infinite, "{text:?}");
        }
        for text in ["12,3", "1.2.3", "abc", "1 2", "1-2", "--1"] {
            assert_eq!(parse(text.as_bytes()), Cell::Bad, "{text:?}");
        }
        assert_eq!(parse(b"\xff1"), Cell::Bad);
    }
}
