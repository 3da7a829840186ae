//! What stands around the digits of a number: signs, currencies, units, and the words for "none".

use super::is_space;

/// The spellings of a value that is not there, in lower case.
const MISSING: [&str; 31] = [
    "", "-", "--", "---", ".", "..", "...", "*", "?", "null", "(null)", "none", "nan", "n/a", "na", "#n/a", "#na",
    "nil", "n.a.", "n.a", "n.d.", "nd", "k.a.", "\\n", "#n/a n/a", "missing", "#value!", "#div/0!", "#ref!", "x",
    "nat",
];

/// Currencies as they stand before or behind a price, in lower case, but for the codes and signs of three
/// letters or one; the longer before the shorter.
const CURRENCIES: [&str; 28] = [
    "us$",
    "hk$",
    "nt$",
    "au$",
    "mx$",
    "ca$",
    "a$",
    "c$",
    "s$",
    "r$",
    "руб.",
    "руб",
    "rs.",
    "rs",
    "rp.",
    "rp",
    "rm",
    "kr.",
    "kr",
    "zł",
    "kč",
    "kn",
    "ft",
    "lei",
    "лв.",
    "лв",
    "tl",
    "บาท",
];

/// Currencies of one sign.
const SIGNS: &str = "$€£¥￥￦円원元圓%p₽";

/// The codes of ISO 4217 that quotes bear, with three of coins and the pence of London.
const CODES: &str = "AED ARS AUD BGN BRL BTC CAD CHF CLP CNH CNY COP CZK DKK EGP ETH EUR GBP GBX HKD HUF IDR ILS INR JPY \
                     KRW KWD MXN MYR NOK NZD PEN PHP PKR PLN QAR RMB RON RUB SAR SEK SGD THB TRY TWD UAH USD VND ZAR";

/// What is counted, as it stands behind a volume, in lower case.
const COUNTED: [&str; 18] = [
    "shares", "aktien", "stück", "stk.", "stk", "szt.", "szt", "шт.", "шт", "adet", "lots", "ks", "주", "株", "股",
    "手", "張", "口",
];

/// Units of a volume, in lower case, with their factor; the longer before the shorter.
const UNITS: [(&str, f64); 46] = [
    ("thousand", 1e3),
    ("million", 1e6),
    ("billion", 1e9),
    ("crore", 1e7),
    ("lakhs", 1e5),
    ("lakh", 1e5),
    ("lacs", 1e5),
    ("lac", 1e5),
    ("mio.", 1e6),
    ("mrd.", 1e9),
    ("mil.", 1e6),
    ("mln.", 1e6),
    ("млн.", 1e6),
    ("млрд", 1e9),
    ("tsd.", 1e3),
    ("тыс.", 1e3),
    ("тыс", 1e3),
    ("млн", 1e6),
    ("mio", 1e6),
    ("mrd", 1e9),
    ("mln", 1e6),
    ("mld", 1e9),
    ("tys.", 1e3),
    ("tys", 1e3),
    ("bn", 1e9),
    ("mn", 1e6),
    ("mm", 1e6),
    ("cr", 1e7),
    ("k", 1e3),
    ("m", 1e6),
    ("b", 1e9),
    ("t", 1e12),
    ("백만", 1e6),
    ("百万", 1e6),
    ("百萬", 1e6),
    ("千万", 1e7),
    ("千萬", 1e7),
    ("천", 1e3),
    ("千", 1e3),
    ("만", 1e4),
    ("万", 1e4),
    ("萬", 1e4),
    ("억", 1e8),
    ("亿", 1e8),
    ("億", 1e8),
    ("조", 1e12),
];

/// Whether a text says that there is no value.
pub(super) fn is_missing(text: &str) -> bool {
    let text = text.trim_matches(is_space);
    let dashes = |letter: char| matches!(letter, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}');
    // Most cells are numbers; only a spreadsheet's error says it with a digit.
    let number = text.starts_with(is_digit);
    !number && (text.chars().all(dashes) || (text.len() <= 16 && MISSING.contains(&text.to_lowercase().as_str())))
}

/// A number without its unit and what it counts, and the unit's factor.
pub(super) fn scaled(text: &str) -> (&str, f64) {
    let text = text.trim_matches(is_space);
    if text.ends_with(is_digit) {
        return (text, 1.0);
    }
    let counted = COUNTED.iter().find_map(|word| strip(text, word, End::Back)).unwrap_or(text);
    if counted.ends_with(is_digit) {
        return (counted, 1.0);
    }
    let of_digits = |number: &&str| number.ends_with(is_digit);
    let mut found =
        UNITS.iter().filter_map(|(unit, factor)| Some((strip(counted, unit, End::Back).filter(of_digits)?, *factor)));
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
    let before = if front { without_currency(text, End::Front) } else { None };
    before.or_else(|| if back { without_currency(text, End::Back) } else { None }).unwrap_or(text)
}

fn without_currency(text: &str, end: End) -> Option<&str> {
    let sign = |letter: &char| SIGNS.contains(*letter) || matches!(letter, '\u{20A0}'..='\u{20CF}');
    let named = CURRENCIES.iter().find_map(|name| strip(text, name, end));
    named
        .or_else(|| {
            let mut letters = text.chars();
            let one = if matches!(end, End::Front) { letters.next() } else { letters.next_back() };
            one.filter(sign).map(|_| letters.as_str().trim_matches(is_space))
        })
        .or_else(|| {
            let code = if matches!(end, End::Front) { text.get(..3) } else { text.get(text.len().checked_sub(3)?..) };
            let code = code.filter(|code| CODES.split(' ').any(|known| known.eq_ignore_ascii_case(code)))?;
            strip(text, code, end)
        })
}

fn is_digit(letter: char) -> bool {
    letter.is_ascii_digit()
}

#[derive(Clone, Copy)]
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
    (at.eq_ignore_ascii_case(word) || (!at.is_ascii() && at.to_lowercase() == word))
        .then(|| rest.trim_matches(is_space))
}
