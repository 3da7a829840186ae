//! What stands around the digits of a number: signs, currencies, units, and the words for "none".

use super::is_space;

/// The spellings of a value that is not there, in lower case.
const MISSING: [&str; 31] = [
    "", "-", "--", "---", ".", "..", "...", "*", "?", "null", "(null)", "none", "nan", "n/a", "na", "#n/a", "#na",
    "nil", "n.a.", "n.a", "n.d.", "nd", "k.a.", "\\n", "#n/a n/a", "missing", "#value!", "#div/0!", "#ref!", "x",
    "nat",
];

/// Currencies as they stand before or behind a price, in lower case; the longer before the shorter.
const CURRENCIES: [&str; 47] = [
    "us$", "hk$", "nt$", "au$", "a$", "c$", "s$", "r$", "rs.", "rs", "chf", "usd", "eur", "gbp", "gbx", "jpy", "krw",
    "cny", "rmb", "hkd", "twd", "sgd", "cad", "aud", "inr", "brl", "pln", "sek", "nok", "dkk", "zar", "ils", "zł",
    "kč", "kr", "$", "€", "£", "¥", "₩", "₹", "円", "원", "元", "￥", "￦", "%",
];

/// Units of a volume, in lower case, with their factor.
const UNITS: [(&str, f64); 24] = [
    ("thousand", 1e3),
    ("million", 1e6),
    ("billion", 1e9),
    ("mio.", 1e6),
    ("mrd.", 1e9),
    ("mio", 1e6),
    ("mrd", 1e9),
    ("mln", 1e6),
    ("mld", 1e9),
    ("tys", 1e3),
    ("bn", 1e9),
    ("mn", 1e6),
    ("mm", 1e6),
    ("k", 1e3),
    ("m", 1e6),
    ("b", 1e9),
    ("t", 1e12),
    ("천", 1e3),
    ("만", 1e4),
    ("万", 1e4),
    ("萬", 1e4),
    ("억", 1e8),
    ("亿", 1e8),
    ("億", 1e8),
];

/// Whether a text says that there is no value.
pub(super) fn is_missing(text: &str) -> bool {
    let text = text.trim_matches(is_space);
    let dashes = |letter: char| matches!(letter, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}');
    // Most cells are numbers; only a spreadsheet's error says it with a digit.
    let number = text.starts_with(is_digit);
    !number && (text.chars().all(dashes) || (text.len() <= 16 && MISSING.contains(&text.to_lowercase().as_str())))
}

/// A number without its unit, and the unit's factor.
pub(super) fn scaled(text: &str) -> (&str, f64) {
    let text = text.trim_matches(is_space);
    if text.ends_with(is_digit) {
        return (text, 1.0);
    }
    let of_digits = |number: &&str| number.ends_with(is_digit);
    let mut found =
        UNITS.iter().filter_map(|(unit, factor)| Some((strip(text, unit, End::Back).filter(of_digits)?, *factor)));
    found.next().unwrap_or((text, 1.0))
}

/// A number without sign, currency and brackets, and whether it is negative.
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

/// A sign in front, and what follows it.
fn sign(text: &str) -> (Option<char>, &str) {
    let mut letters = text.chars();
    match letters.next() {
        Some('+') => (Some('+'), letters.as_str()),
        Some('-' | '\u{2212}') => (Some('-'), letters.as_str()),
        _ => (None, text),
    }
}

/// A number without its currency, which stands at one end of it.
fn currency(text: &str) -> &str {
    let (front, back) = (!text.starts_with(is_digit), !text.ends_with(is_digit));
    if !front && !back {
        return text;
    }
    let found = CURRENCIES.iter().find_map(|name| {
        let before = if front { strip(text, name, End::Front) } else { None };
        before.or_else(|| if back { strip(text, name, End::Back) } else { None })
    });
    found.unwrap_or(text)
}

fn is_digit(letter: char) -> bool {
    letter.is_ascii_digit()
}

enum End {
    Front,
    Back,
}

/// `text` without a word at one of its ends, in any letter case, and without the blanks beside it.
fn strip<'a>(text: &'a str, word: &str, end: End) -> Option<&'a str> {
    let (at, rest) = match end {
        End::Front => (text.get(..word.len())?, text.get(word.len()..)?),
        End::Back => {
            let from = text.len().checked_sub(word.len())?;
            (text.get(from..)?, text.get(..from)?)
        }
    };
    at.eq_ignore_ascii_case(word).then(|| rest.trim_matches(is_space))
}
