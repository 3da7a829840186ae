//! Reads a cell as a number.

mod mark;
mod thirty_seconds;
mod units;

pub(super) use mark::{FoundMark, MarkEvidence};
pub(super) use thirty_seconds::ThirtySeconds;

/// The character before the first decimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecimalMark {
    /// `1,234.5`
    Point,
    /// `1.234,5`
    Comma,
}

impl DecimalMark {
    /// Returns the character.
    pub fn as_char(self) -> char {
        char::from(self.byte())
    }

    /// Returns the other mark.
    pub(super) fn other(self) -> DecimalMark {
        match self {
            DecimalMark::Point => DecimalMark::Comma,
            DecimalMark::Comma => DecimalMark::Point,
        }
    }

    fn byte(self) -> u8 {
        match self {
            DecimalMark::Point => b'.',
            DecimalMark::Comma => b',',
        }
    }
}

/// The content of a cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cell {
    /// A finite number.
    Value(f64),
    /// A marker of a missing value.
    Missing,
    /// An infinity, or a number too large for `f64`.
    Infinite,
    /// Anything else.
    Bad,
}

/// Powers of ten that are exact in an `f64`.
const TENS: [f64; 20] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19];

/// Powers of ten as integers.
const WHOLE_TENS: [u64; 20] = {
    let mut tens = [1; 20];
    let mut power = 1;
    while power < 20 {
        tens[power] = 10 * tens[power - 1];
        power += 1;
    }
    tens
};

/// Maximum length of a number in bytes.
const MAX_DIGITS: usize = 64;

/// Reads a price: a number, possibly with a currency, a percent sign or grouped thousands.
pub(super) fn price(cell: &[u8], mark: DecimalMark) -> Cell {
    plain(cell, mark).map_or_else(|| written(cell, mark, 1.0), Cell::Value)
}

/// Reads a volume: a number like a price, possibly with a unit such as `K` or `M`. Some vendors write `000` for a
/// missing volume.
pub(super) fn volume(cell: &[u8], mark: DecimalMark) -> Cell {
    if let Some(value) = plain(cell, mark) {
        return Cell::Value(value);
    }
    if cell.len() > 1 && cell.iter().all(|byte| *byte == b'0') {
        return Cell::Missing;
    }
    let Ok(text) = std::str::from_utf8(cell) else {
        return Cell::Bad;
    };
    let (number, factor) = units::scaled(text);
    written(number.as_bytes(), mark, factor)
}

/// Returns the currency beside a price, as it is written.
pub(super) fn currency(cell: &[u8]) -> Option<&str> {
    let is_bare = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_digit);
    if is_bare(cell.first()) && is_bare(cell.last()) {
        return None;
    }
    units::currency_of(std::str::from_utf8(cell).ok()?)
}

/// Reads a split factor: a number, or two numbers such as `2:1` and `3/2`.
pub(super) fn ratio(cell: &[u8], mark: DecimalMark) -> Cell {
    let Some(colon) = cell.iter().position(|byte| matches!(byte, b':' | b'/')) else {
        return price(cell, mark);
    };
    match (plain(&cell[..colon], mark), plain(&cell[colon + 1..], mark)) {
        (Some(new), Some(old)) if old != 0.0 => Cell::Value(new / old),
        _ => written(cell, mark, 1.0),
    }
}

/// Returns the number in a cell, read with a mark, for a message.
pub(super) fn show(cell: &[u8], mark: DecimalMark) -> String {
    match volume(cell, mark) {
        Cell::Value(value) => value.to_string(),
        _ => "no number".to_owned(),
    }
}

/// Whether a cell is a number with either decimal mark.
pub(super) fn is_number(cell: &[u8]) -> bool {
    marks_of(cell).iter().any(|mark| matches!(volume(cell, *mark), Cell::Value(_)))
}

/// Whether a cell is a price with either decimal mark: a number without a unit.
pub(super) fn is_price(cell: &[u8]) -> bool {
    marks_of(cell).iter().any(|mark| matches!(price(cell, *mark), Cell::Value(_)))
}

/// The decimal marks under which a cell may be a number: none without a digit, and where neither mark is in the cell
/// one of them, because it is the same number under both.
fn marks_of(cell: &[u8]) -> &'static [DecimalMark] {
    match cell.iter().any(u8::is_ascii_digit) {
        false => &[],
        true if !cell.iter().any(|byte| b".,".contains(byte)) => &[DecimalMark::Point],
        true => &[DecimalMark::Point, DecimalMark::Comma],
    }
}

/// Whether a cell has more digits than letters.
pub(super) fn is_figure(cell: &[u8]) -> bool {
    let digits = cell.iter().filter(|byte| byte.is_ascii_digit()).count();
    if digits == 0 || 2 * digits > cell.len() {
        return digits > 0;
    }
    let letters = String::from_utf8_lossy(cell).chars().filter(|letter| letter.is_alphabetic()).count();
    digits > letters
}

/// Whether a cell is a marker of a missing value.
pub(super) fn is_missing(cell: &[u8]) -> bool {
    std::str::from_utf8(cell).is_ok_and(units::is_missing)
}

/// Reads `-?digits[.digits]`, the format of nearly every cell, with the result of `str::parse`.
///
/// A mantissa below 2^53 divided by a power of ten up to 10^22 has one rounding, so the quotient is the nearest `f64`
/// (Clinger, "How to read floating point numbers accurately", 1990).
fn plain(cell: &[u8], mark: DecimalMark) -> Option<f64> {
    let (negative, digits) = match cell {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, cell),
    };
    // Nineteen digits cannot overflow the mantissa; longer cells take the slower path.
    if digits.len() > 19 || !digits.first()?.is_ascii_digit() || has_leading_zero(digits) {
        return None;
    }
    let (whole, rest) = leading_digits(digits);
    let (mantissa, decimals) = match rest {
        [] => (whole, 0),
        [first, rest @ ..] if *first == mark.byte() && !rest.is_empty() => match leading_digits(rest) {
            // Separate from the whole part, so that the processor can compute both in parallel.
            (fraction, []) => (whole * WHOLE_TENS[rest.len()] + fraction, rest.len()),
            _ => return None,
        },
        _ => return None,
    };
    if mantissa >= 1 << 53 {
        return None;
    }
    // Conversion from a signed integer is one instruction.
    let value = mantissa as i64 as f64 / TENS[decimals];
    // `-0.0` is zero.
    Some(if negative { 0.0 - value } else { value })
}

/// Returns the number at the beginning of a text, and the rest of the text.
fn leading_digits(text: &[u8]) -> (u64, &[u8]) {
    let mut number = 0;
    for (at, byte) in text.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return (number, &text[at..]);
        }
        number = number * 10 + u64::from(digit);
    }
    (number, &[])
}

/// Whether digits are like `042.1`, which is no number: a digit in front of the zero is missing, or the zero is too
/// many.
fn has_leading_zero(digits: &[u8]) -> bool {
    matches!(digits, [b'0', next, ..] if next.is_ascii_digit())
}

/// Reads a number in any other format.
fn written(cell: &[u8], mark: DecimalMark, factor: f64) -> Cell {
    let Ok(text) = std::str::from_utf8(cell) else {
        return Cell::Bad;
    };
    if units::is_missing(text) {
        return Cell::Missing;
    }
    // Words are most of what is no number.
    if !text.contains(|letter: char| letter.is_ascii_digit() || matches!(letter, 'f' | 'F' | '∞')) {
        return Cell::Bad;
    }
    let (negative, digits) = units::bare(text);
    if ["inf", "infinity", "∞"].iter().any(|word| digits.eq_ignore_ascii_case(word)) {
        return Cell::Infinite;
    }
    let value = canonical(digits, mark).and_then(|digits| digits.parse::<f64>().ok());
    match value.map(|value| value * factor) {
        Some(value) if value.is_infinite() => Cell::Infinite,
        Some(value) => Cell::Value(if negative { 0.0 - value } else { value }),
        None => Cell::Bad,
    }
}

/// Converts `1.234.567,8` to `1234567.8`; `None` if the digits are not grouped as thousands.
fn canonical(digits: &str, mark: DecimalMark) -> Option<String> {
    if digits.len() > MAX_DIGITS {
        return None;
    }
    let exponent = digits.find(['e', 'E']);
    let (number, exponent) = digits.split_at(exponent.unwrap_or(digits.len()));
    let point = number.find(mark.as_char());
    let (whole, fraction) = number.split_at(point.unwrap_or(number.len()));
    // A number that ends with its mark was cut off.
    let cut = fraction.len() == 1;
    let fraction = fraction.strip_prefix(mark.as_char()).unwrap_or_default();
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let whole = ungrouped(whole)?;
    if cut || !all_digits(fraction) || (whole.is_empty() && fraction.is_empty()) || has_leading_zero(whole.as_bytes()) {
        return None;
    }
    let power = exponent.get(1..).unwrap_or_default().trim_start_matches(['+', '-']);
    if !exponent.is_empty() && (power.is_empty() || !all_digits(power)) {
        return None;
    }
    Some(format!("{whole}.{fraction}{exponent}"))
}

/// Returns the digits of a whole number without the marks between groups of three digits (in India, first two and then
/// three).
fn ungrouped(whole: &str) -> Option<String> {
    let Some(group) = whole.chars().find(|letter| !letter.is_ascii_digit()) else {
        return Some(whole.to_owned());
    };
    if !(units::is_space(group) || [',', '.', '\'', '’'].contains(&group)) {
        return None;
    }
    let mut groups: Vec<&str> = whole.split(group).collect();
    let digits = groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_digit()));
    let (first, last) = (groups.remove(0), groups.pop()?);
    let by = |size: usize| groups.iter().all(|group| group.len() == size);
    let sized = last.len() == 3 && (1..=3).contains(&first.len()) && (by(3) || by(2));
    (digits && sized).then(|| whole.replace(group, ""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use DecimalMark::{Comma, Point};

    fn value(text: &str, mark: DecimalMark) -> f64 {
        match price(text.as_bytes(), mark) {
            Cell::Value(value) => value,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn zero_has_no_sign() {
        for text in ["-0", "-0.00", "(0.00)", "-0.0e2", "-000.0"] {
            if let Cell::Value(value) = price(text.as_bytes(), Point) {
                assert_eq!(format!("{value}"), "0", "{text}");
            }
        }
        assert_eq!(value("-0.0", Point).to_bits(), 0.0_f64.to_bits());
        assert_eq!(value("-1.5", Point), -1.5);
    }

    #[test]
    fn numbers_are_those_of_the_standard_library() {
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
            ".5",
            "1.7e-5",
        ] {
            // The expected zero has no sign.
            let expected = text.parse::<f64>().unwrap() + 0.0;
            assert_eq!(value(text, Point).to_bits(), expected.to_bits(), "{text}");
            let swapped = text.replace('.', ",");
            assert_eq!(value(&swapped, Comma).to_bits(), expected.to_bits(), "{swapped}");
        }
    }

    #[test]
    fn thousands_may_be_grouped() {
        for text in [
            "2,506.85",
            "$2,506.85",
            "2 506.85",
            "2\u{a0}506.85",
            "2\u{202f}506.85 €",
            "2'506.85",
            "2506.85 USD",
            "US$ 2,506.85",
            "₩2,506.85",
            "2,506.85%",
            "'2506.85'",
        ] {
            assert_eq!(value(text, Point), 2506.85, "{text}");
        }
        for text in ["2.506,85", "2 506,85", "2.506,85 €", "€2.506,85", "2506,85 zł", "2’506,85"] {
            assert_eq!(value(text, Comma), 2506.85, "{text}");
        }
        assert_eq!(value("12,34,567.5", Point), 1234567.5);
        assert_eq!(value("1.234.567", Comma), 1234567.0);
        assert_eq!(value("(1,234.5)", Point), -1234.5);
        assert_eq!(value("\u{2212}36.98", Point), -36.98);
        assert_eq!(value("-$36.98", Point), -36.98);
        assert_eq!(value("$-36.98", Point), -36.98);
    }

    #[test]
    fn currencies_stand_at_either_end() {
        for (cell, expected) in [
            ("$2,506.85", Some("$")),
            ("US$ 2506.85", Some("US$")),
            ("2506.85 USD", Some("USD")),
            ("-$36.98", Some("$")),
            ("$-36.98", Some("$")),
            ("2.506,85 €", Some("€")),
            ("250p", Some("p")),
            ("(€1.5)", Some("€")),
            ("2506.85", None),
            ("-1.5", None),
            ("1.5%", None),
            ("USD", None),
            ("", None),
        ] {
            assert_eq!(currency(cell.as_bytes()), expected, "{cell}");
        }
    }

    #[test]
    fn units_belong_to_volumes() {
        for (text, expected) in [
            ("35.56M", 35.56e6),
            ("1.2B", 1.2e9),
            ("12K", 12e3),
            ("1.5 bn", 1.5e9),
            ("3万", 3e4),
            ("1.2억", 1.2e8),
            ("8.20E+11", 8.2e11),
            ("795.150377", 795.150377),
            ("1T", 1e12),
            ("2,5", 25.0),
        ] {
            let read = volume(text.as_bytes(), Point);
            match read {
                Cell::Value(read) => assert!((read / expected - 1.0).abs() < 1e-15, "{text}"),
                Cell::Bad => assert_eq!(text, "2,5"),
                other => panic!("{text}: {other:?}"),
            }
        }
        assert_eq!(price(b"35.56M", Point), Cell::Bad);
        assert_eq!(volume(b"000", Point), Cell::Missing);
        assert_eq!(price(b"000", Point), Cell::Bad);
    }

    #[test]
    fn missing_values_and_other_texts() {
        for text in [
            "", " ", "-", "--", ".", "null", "NaN", "N/A", "#N/A", "None", "—", "\u{a0}", "\\N", "n.a.", "k. A.",
            "N/T", "n.q.", "-/-", "Closed", "Holiday", "k. A.", "N/T", "n.q.", "-/-", "Closed", "Holiday",
        ] {
            assert_eq!(price(text.as_bytes(), Point), Cell::Missing, "{text:?}");
        }
        for text in ["inf", "-Infinity", "1e999", "∞"] {
            assert_eq!(price(text.as_bytes(), Point), Cell::Infinite, "{text:?}");
        }
        for text in [
            "12,3",
            "1.2.3",
            "abc",
            "1 2",
            "1-2",
            "--1",
            "1,23,4",
            "1,2345",
            "12,345,67",
            ",123",
            "1e",
            "e5",
            "1e5e5",
            "$",
            "12a",
            "0x1F",
            "1_000",
            "220.97225.35",
            "$1€2",
            "1,234 567",
            "1..2",
            "+-1",
            "5.",
            "042.1",
            "00.5",
        ] {
            assert_eq!(price(text.as_bytes(), Point), Cell::Bad, "{text:?}");
        }
        assert_eq!(price(b"\xff1", Point), Cell::Bad);
        assert_eq!(price("1".repeat(500).as_bytes(), Point), Cell::Bad);
    }
}
