//! A cell to a day.

use jiff::civil::Date;

/// Reads `YYYY-MM-DD`.
pub(super) fn parse(cell: &[u8]) -> Option<Date> {
    let &[a, b, c, d, b'-', e, f, b'-', g, h] = cell else {
        return None;
    };
    let year = number(&[a, b, c, d])?;
    let month = number(&[e, f])?;
    let day = number(&[g, h])?;
    Date::new(year, month as i8, day as i8).ok()
}

/// Digits only, few enough for an `i16`.
fn number(digits: &[u8]) -> Option<i16> {
    digits.iter().try_fold(0, |value, digit| digit.is_ascii_digit().then(|| value * 10 + i16::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn iso_days_and_nothing_else() {
        assert_eq!(parse(b"2024-02-29"), Some(date(2024, 2, 29)));
        for text in ["2023-02-29", "2024-13-01", "2024-1-1", "2024/01/01", "2024-01-0x", "", "null"] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }
}
