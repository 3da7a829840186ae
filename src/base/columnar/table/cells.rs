//! Writes a value as the text of a cell that the reader of text reads back as the same value.

use std::io::Write;

use jiff::Span;
use jiff::civil::{Date, date};

use crate::columnar::DELIMITER;

/// The number of decimals that nearly all prices have at most.
const DECIMALS: usize = 4;

/// Writes a double-precision number with digits that are read back as the same number; nothing for NaN.
pub(super) fn double(value: f64, out: &mut Vec<u8>) {
    if !price(value, out) {
        float(value, value.abs(), out);
    }
}

/// Writes a single-precision number with the fewest digits that distinguish it from other such numbers.
pub(super) fn single(value: f32, out: &mut Vec<u8>) {
    float(value, f64::from(value.abs()), out);
}

/// Writes a number with few digits in total and at most four decimals; returns false for any other number. A whole
/// number below 2^53 divided by a power of ten is the number nearest to these digits (Clinger 1990), so it is read back
/// exactly.
fn price(value: f64, out: &mut Vec<u8>) -> bool {
    const POWER: f64 = 1e4;
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let units = (value * POWER).round();
    // The comparison is false for NaN.
    if !(units.abs() < EXACT && units / POWER == value) {
        return false;
    }
    digits(units as i64, DECIMALS, out);
    true
}

/// Writes `units` divided by ten to the power of `decimals`, without trailing zeros.
fn digits(units: i64, decimals: usize, out: &mut Vec<u8>) {
    let start = out.len();
    decimal(i128::from(units), decimals, out);
    let zeros = out[start..].iter().rev().take(decimals).take_while(|&&digit| digit == b'0').count();
    out.truncate(out.len() - zeros);
    if zeros == decimals && decimals > 0 {
        // Removes the decimal point.
        out.pop();
    }
    not_of_thousands(start, out);
}

/// Writes a whole number divided by ten to the power of `decimals`, with all of these decimals.
pub(super) fn decimal(units: i128, decimals: usize, out: &mut Vec<u8>) {
    if units < 0 {
        out.push(b'-');
    }
    let start = out.len();
    let written = write!(out, "{:0width$}", units.unsigned_abs(), width = decimals + 1);
    debug_assert!(written.is_ok(), "memory takes any text");
    if decimals > 0 {
        out.insert(out.len() - decimals, b'.');
    }
    not_of_thousands(start, out);
}

/// Writes the shortest digits that are read back as the same number.
fn float(value: impl std::fmt::Display + std::fmt::LowerExp, size: f64, out: &mut Vec<u8>) {
    if size.is_nan() {
        return;
    }
    let start = out.len();
    let is_long = size != 0.0 && !(1e-7..1e17).contains(&size);
    let written = if is_long && size.is_finite() { write!(out, "{value:e}") } else { write!(out, "{value}") };
    debug_assert!(written.is_ok(), "memory takes any text");
    not_of_thousands(start, out);
}

/// Adds a zero to three decimals, which could otherwise be read as thousands: `1.234`.
fn not_of_thousands(start: usize, out: &mut Vec<u8>) {
    let number = &out[start..];
    let Some(point) = number.iter().position(|&byte| byte == b'.') else { return };
    let decimals = number[point + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    if decimals == 3 {
        out.insert(start + point + 4, b'0');
    }
}

/// Writes a day, given as its distance from 1970-01-01; for a day beyond the calendar, the number.
pub(super) fn day(days: i64, out: &mut Vec<u8>) {
    const EPOCH: Date = date(1970, 1, 1);
    // `days` can be any number, and a span holds only those of the calendar.
    let known = Span::new().try_days(days).ok().and_then(|span| EPOCH.checked_add(span).ok());
    let written = match known {
        Some(day) => write!(out, "{day}"),
        None => write!(out, "day {days} from {EPOCH}"),
    };
    debug_assert!(written.is_ok(), "memory takes any text");
}

/// Writes a time of day, given in seconds since midnight.
pub(super) fn time(seconds: i64, out: &mut Vec<u8>) {
    let written = write!(out, "{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    debug_assert!(written.is_ok(), "memory takes any text");
}

/// The separators of cells, and the texts that are quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Cells are separated by tabs, with one row per line: tabs and line breaks in a text become blanks. Blocks of
    /// lines can be read in parallel if there are no quotes, so only texts that contain a quotation mark are quoted.
    Plain,
    /// As in csv; texts are unchanged.
    Csv,
}

impl Dialect {
    /// The byte between two cells.
    pub fn delimiter(self) -> u8 {
        if self == Dialect::Csv { b',' } else { DELIMITER }
    }

    /// Writes a text as a cell.
    pub fn text(self, cell: &[u8], out: &mut Vec<u8>) {
        let is_plain = |byte: &u8| !matches!(*byte, b'\n' | b'\r' | b'"' | 0) && *byte != self.delimiter();
        if cell.iter().all(is_plain) {
            out.extend_from_slice(cell);
            return;
        }
        let quotes = self == Dialect::Csv || cell.contains(&b'"');
        out.extend(quotes.then_some(b'"'));
        for &byte in cell {
            match byte {
                b'"' => out.extend_from_slice(b"\"\""),
                DELIMITER | b'\n' | b'\r' | 0 if self == Dialect::Plain => out.push(b' '),
                other => out.push(other),
            }
        }
        out.extend(quotes.then_some(b'"'));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = b"x".to_vec();
        write(&mut out);
        String::from_utf8(out[1..].to_vec()).unwrap()
    }

    #[test]
    fn numbers_are_read_back_as_they_are() {
        let mut value = 1e-300_f64;
        let mut values = vec![0.1 + 0.2, 1.0 / 3.0, 123_456_789_012.345, 5e-324, f64::MAX, 9_007_199_254_740_993.0];
        while value < 1e300 {
            value *= 1.734_1;
            values.extend([value, (value * 100.0).round() / 100.0]);
        }
        for value in values {
            // Zero is written without a sign.
            for value in [value, 0.0 - value] {
                let text = of(|out| double(value, out));
                assert_eq!(text.parse::<f64>().unwrap().to_bits(), value.to_bits(), "{text}");
                assert!(text.len() <= 64, "{text}");
                let single_value = value as f32;
                if single_value.is_finite() {
                    let text = of(|out| single(single_value, out));
                    assert_eq!(text.parse::<f32>().unwrap().to_bits(), single_value.to_bits(), "{text}");
                }
            }
        }
    }

    #[test]
    fn numbers_are_short_and_never_like_thousands() {
        let double = |value| of(|out| double(value, out));
        for (value, text) in [
            (100.12, "100.12"),
            (1.234, "1.2340"),
            (-0.5, "-0.5"),
            (27_000_000.0, "27000000"),
            (0.0, "0"),
            (1.234e-9, "1.2340e-9"),
            (1.0 / 3.0, "0.3333333333333333"),
            (f64::INFINITY, "inf"),
            (f64::NAN, ""),
        ] {
            assert_eq!(double(value), text);
        }
        assert_eq!(of(|out| single(100.12, out)), "100.12");
        assert_eq!(of(|out| decimal(-1_234, 3, out)), "-1.2340");
        assert_eq!(of(|out| decimal(5, 2, out)), "0.05");
        assert_eq!(of(|out| decimal(120, 0, out)), "120");
    }

    #[test]
    fn days_and_texts() {
        assert_eq!(of(|out| day(19_724, out)), "2024-01-02");
        assert_eq!(of(|out| day(-1, out)), "1969-12-31");
        assert_eq!(of(|out| day(i64::MAX, out)), "day 9223372036854775807 from 1970-01-01");
        assert_eq!(of(|out| time(34_200, out)), "09:30:00");
        let text = |dialect: Dialect, cell: &str| of(|out| dialect.text(cell.as_bytes(), out));
        assert_eq!(text(Dialect::Plain, "Apple, Inc."), "Apple, Inc.");
        assert_eq!(text(Dialect::Csv, "Apple, Inc."), "\"Apple, Inc.\"");
        assert_eq!(text(Dialect::Plain, "a\tb\n"), "a b ");
        assert_eq!(text(Dialect::Plain, "a\t\"b\"\n"), "\"a \"\"b\"\" \"");
        assert_eq!(text(Dialect::Csv, "a\t\"b\"\n"), "\"a\t\"\"b\"\"\n\"");
    }
}
