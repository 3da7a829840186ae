//! What surrounds the digits of a number: signs, currencies and units; and markers of missing values.

use crate::vocabulary::currencies::{CODES, WRITTEN, is_sign_of_currency};
use crate::vocabulary::numbers::{COUNTED, MISSING, UNITS};

/// Whether a text is a marker of a missing value.
pub(super) fn is_missing(text: &str) -> bool {
    let text = text.trim_matches(is_space);
    let dashes = |letter: char| matches!(letter, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}');
    // Most cells are numbers, and no marker begins with a digit.
    let number = text.starts_with(is_digit);
    let is_marker = || match text.is_ascii() {
        true => MISSING.iter().any(|marker| marker.eq_ignore_ascii_case(text)),
        false => MISSING.contains(&text.to_lowercase().as_str()),
    };
    !number && (text.chars().all(dashes) || (text.len() <= 16 && is_marker()))
}

/// Returns a number without its unit and without a word for shares, and the factor of the unit.
pub(super) fn scaled(text: &str) -> (&str, f64) {
    let text = text.trim_matches(is_space);
    if text.ends_with(is_digit) {
        return (text, 1.0);
    }
    let counted = COUNTED.iter().find_map(|word| strip(text, word, End::Back)).unwrap_or(text);
    if counted.ends_with(is_digit) {
        return (counted, 1.0);
    }
    if !counted.contains(is_digit) {
        return (text, 1.0);
    }
    let of_digits = |number: &&str| number.ends_with(is_digit);
    let mut found =
        UNITS.iter().filter_map(|(unit, factor)| Some((strip(counted, unit, End::Back).filter(of_digits)?, *factor)));
    found.next().unwrap_or((text, 1.0))
}

/// Returns a number without sign, currency and brackets, and whether it is negative.
pub(super) fn bare(text: &str) -> (bool, &str) {
    let text = text.trim_matches(is_space);
    let quoted = text.strip_prefix('\'').map(|inner| inner.strip_suffix('\'').unwrap_or(inner));
    let text = quoted.unwrap_or(text);
    let bracketed = text.strip_prefix('(').and_then(|inner| inner.strip_suffix(')'));
    let (outer, text) = sign(bracketed.unwrap_or(text));
    let (inner, text) = if outer.is_none() { sign(currency(text)) } else { (None, currency(text)) };
    let minus = outer.or(inner) == Some('-');
    (minus || bracketed.is_some(), text)
}

/// Returns a sign in front, and the text behind it.
fn sign(text: &str) -> (Option<char>, &str) {
    let mut letters = text.chars();
    match letters.next() {
        Some('+') => (Some('+'), letters.as_str()),
        Some('-' | '\u{2212}') => (Some('-'), letters.as_str()),
        _ => (None, text),
    }
}

/// Returns a number without its currency, which is at one of its ends.
fn currency(text: &str) -> &str {
    let (front, back) = (!text.starts_with(is_digit), !text.ends_with(is_digit));
    if !front && !back {
        return text;
    }
    let before = if front { without_currency(text, End::Front) } else { None };
    before.or_else(|| if back { without_currency(text, End::Back) } else { None }).unwrap_or(text)
}

/// Returns the currency of a number, as it is written; none for a percent sign.
pub(super) fn currency_of(text: &str) -> Option<&str> {
    let text = text.trim_matches(is_space).trim_matches(['\'', '(', ')']);
    let (_, text) = sign(text);
    let number = currency(text);
    let written = text.strip_suffix(number).filter(|rest| !rest.is_empty()).or_else(|| text.strip_prefix(number))?;
    let written = written.trim_matches(is_space);
    (!written.is_empty() && written != "%" && number.contains(is_digit)).then_some(written)
}

fn without_currency(text: &str, end: End) -> Option<&str> {
    let sign = |letter: &char| is_sign_of_currency(*letter) || matches!(letter, '%' | 'p');
    let named = WRITTEN.iter().find_map(|name| strip(text, name, end));
    named
        .or_else(|| {
            let mut letters = text.chars();
            let one = if matches!(end, End::Front) { letters.next() } else { letters.next_back() };
            one.filter(sign).map(|_| letters.as_str().trim_matches(is_space))
        })
        .or_else(|| {
            let code = if matches!(end, End::Front) { text.get(..3) } else { text.get(text.len().checked_sub(3)?..) };
            let code = code.filter(|code| CODES.iter().any(|known| known.eq_ignore_ascii_case(code)))?;
            strip(text, code, end)
        })
}

/// Whether a character is a blank that can group thousands: common, no-break, thin or narrow.
pub(super) fn is_space(letter: char) -> bool {
    letter.is_whitespace() || letter == '\u{2060}'
}

fn is_digit(letter: char) -> bool {
    letter.is_ascii_digit()
}

#[derive(Clone, Copy)]
enum End {
    Front,
    Back,
}

/// Returns `text` without a word at one of its ends, in any letter case, and without blanks there.
fn strip<'a>(text: &'a str, word: &str, end: End) -> Option<&'a str> {
    // Most texts differ from most words in the first byte that is compared.
    let outer = |text: &str| match end {
        End::Front => text.as_bytes().first().copied(),
        End::Back => text.as_bytes().last().copied(),
    };
    let (first, of_word) = (outer(text)?, outer(word)?);
    if first.is_ascii() && !first.eq_ignore_ascii_case(&of_word) {
        return None;
    }
    let (at, rest) = match end {
        End::Front => (text.get(..word.len())?, text.get(word.len()..)?),
        End::Back => {
            let from = text.len().checked_sub(word.len())?;
            (text.get(from..)?, text.get(..from)?)
        }
    };
    (at.eq_ignore_ascii_case(word) || (!at.is_ascii() && at.to_lowercase() == word))
        .then(|| rest.trim_matches(is_space))
}
