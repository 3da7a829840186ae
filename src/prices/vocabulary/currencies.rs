//! Currencies, as they stand beside a price and in the name of a column.

use std::collections::HashSet;
use std::sync::OnceLock;

use super::normal::normal;

/// Currencies as they are written beside a price, in lower case, but for codes and signs; the longer before the
/// shorter.
pub(in crate::prices) const WRITTEN: [&str; 33] = [
    "dollar",
    "euro",
    "usdt",
    "won",
    "yen",
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
pub(in crate::prices) const SIGNS: &str = "$€£¥￥￦円원元圓₽";

/// The codes of ISO 4217 that quotes bear, with others in use: of coins, of China's currency abroad, and of the pence
/// of London.
pub(in crate::prices) const CODES: [&str; 49] = [
    "aed", "ars", "aud", "bgn", "brl", "btc", "cad", "chf", "clp", "cnh", "cny", "cop", "czk", "dkk", "egp", "eth",
    "eur", "gbp", "gbx", "hkd", "huf", "idr", "ils", "inr", "jpy", "krw", "kwd", "mxn", "myr", "nok", "nzd", "pen",
    "php", "pkr", "pln", "qar", "rmb", "ron", "rub", "sar", "sek", "sgd", "thb", "try", "twd", "uah", "usd", "vnd",
    "zar",
];

/// Whether a word of a normal name is a currency.
pub(super) fn is_currency(word: &str) -> bool {
    static WORDS: OnceLock<HashSet<String>> = OnceLock::new();
    let words = WORDS.get_or_init(|| {
        let signs = SIGNS.chars().filter(|sign| sign.is_alphanumeric()).map(String::from);
        // A name that was made normal has lost its dollar sign: `A` alone is no currency.
        let written = WRITTEN.into_iter().filter(|currency| !has_sign(currency)).map(normal);
        CODES.map(str::to_owned).into_iter().chain(written).chain(signs).collect()
    });
    words.contains(word)
}

/// Whether a word as it is written is a currency with a sign in it: `A$`, `US$`.
pub(super) fn is_signed_currency(word: &str) -> bool {
    let word = word.to_lowercase();
    has_sign(&word) && WRITTEN.contains(&word.as_str())
}

fn has_sign(currency: &str) -> bool {
    currency.contains('$')
}
