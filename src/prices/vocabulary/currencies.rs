//! Currencies beside prices and in the names of columns.

use std::collections::HashSet;
use std::sync::OnceLock;

use super::normal::normal;

/// Currencies as they are written beside a price, in lower case, except codes and signs; longer ones before shorter
/// ones.
pub(crate) const WRITTEN: [&str; 33] = [
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

/// Currency signs of one character, except those in Unicode's block of currency symbols.
pub(crate) const SIGNS: &str = "$€£¥￥￦円원元圓฿";

/// The ISO 4217 codes of quotes, and other codes in use: coins, China's offshore currency, pence sterling.
pub(crate) const CODES: [&str; 49] = [
    "aed", "ars", "aud", "bgn", "brl", "btc", "cad", "chf", "clp", "cnh", "cny", "cop", "czk", "dkk", "egp", "eth",
    "eur", "gbp", "gbx", "hkd", "huf", "idr", "ils", "inr", "jpy", "krw", "kwd", "mxn", "myr", "nok", "nzd", "pen",
    "php", "pkr", "pln", "qar", "rmb", "ron", "rub", "sar", "sek", "sgd", "thb", "try", "twd", "uah", "usd", "vnd",
    "zar",
];

/// Words for a currency in the name of a column, in the form of [`normal`].
pub(crate) const WORDS: [&str; 23] = [
    "divisa",
    "monnaie",
    "币别",
    "幣別",
    "currencies",
    "currency",
    "ccy",
    "curr",
    "cur",
    "crncy",
    "waehrung",
    "wahrung",
    "devise",
    "moneda",
    "moeda",
    "valuta",
    "waluta",
    "валюта",
    "통화",
    "币种",
    "货币",
    "貨幣",
    "通貨",
];

/// Words for a currency at the end of compounds: `Dividendenwährung`, `报价货币`.
pub(super) const ENDS: [&str; 10] =
    ["waehrung", "wahrung", "货币", "币种", "币别", "貨幣", "幣種", "幣別", "通貨", "통화"];

/// Returns the code of a currency as it is written beside a price; if it has no known code, its text in lower case.
pub(crate) fn code(written: &str) -> String {
    const SAME: [(&str, &str); 33] = [
        ("usd", "$|us$|dollar|dollars|us dollar|us dollars|u.s. dollar|美元"),
        ("eur", "€|euro|euros|欧元"),
        ("gbp", "£|pound|pounds|pound sterling|sterling"),
        ("gbx", "p|pence"),
        ("jpy", "¥|￥|円|yen|日本円|日元|日圓"),
        ("cny", "元|圓|圆|rmb|cnh|人民币|人民幣|yuan|renminbi"),
        ("chf", "sfr|sfr.|fr.|franken|swiss franc"),
        ("uah", "₴"),
        ("ils", "₪|nis"),
        ("nzd", "nz$"),
        ("php", "₱"),
        ("zar", "r"),
        ("krw", "₩|￦|원|won|원화"),
        ("rub", "₽|руб|руб.|rur"),
        ("inr", "₹|rs|rs."),
        ("brl", "r$"),
        ("pln", "zł"),
        ("czk", "kč"),
        ("cad", "c$|ca$"),
        ("aud", "a$|au$"),
        ("hkd", "hk$|港元|港币|港幣"),
        ("sgd", "s$"),
        ("twd", "nt$|新台币|新臺幣|新台幣"),
        ("mxn", "mx$"),
        ("idr", "rp|rp."),
        ("myr", "rm"),
        ("huf", "ft"),
        ("ron", "lei"),
        ("bgn", "лв|лв."),
        ("try", "tl|₺"),
        ("thb", "บาท|฿"),
        ("vnd", "₫"),
        ("kr", "kr."),
    ];
    // Pence sterling are written like pounds, except for one letter.
    if written == "GBp" {
        return "gbx".to_owned();
    }
    let written = written.to_lowercase();
    let found = SAME.iter().find(|(_, others)| others.split('|').any(|other| other == written));
    found.map_or(written, |(code, _)| (*code).to_owned())
}

/// Whether two currencies, as they are written, can be the same: several countries write `kr`, `¥` and `元`.
pub(crate) fn are_one(one: &str, other: &str) -> bool {
    const SHARED: [(&str, &str); 5] = [
        ("kr", "sek|nok|dkk|isk"),
        ("kr.", "sek|nok|dkk|isk"),
        ("¥", "jpy|cny"),
        ("￥", "jpy|cny"),
        ("元", "cny|twd|hkd"),
    ];
    let meanings = |written: &str| -> Vec<String> {
        let shared = SHARED.iter().filter(|(sign, _)| written.eq_ignore_ascii_case(sign));
        let codes = shared.flat_map(|(_, codes)| codes.split('|')).map(str::to_owned);
        codes.chain([code(written)]).collect()
    };
    one == other || meanings(one).iter().any(|code| meanings(other).contains(code))
}

/// Whether a character is a currency sign.
pub(crate) fn is_sign_of_currency(letter: char) -> bool {
    SIGNS.contains(letter) || matches!(letter, '\u{20A0}'..='\u{20CF}')
}

/// Whether a cell holds only a currency: its code, its sign or its word.
pub(crate) fn is_alone(cell: &[u8]) -> bool {
    let Ok(cell) = std::str::from_utf8(cell) else { return false };
    let cell = cell.trim().to_lowercase();
    let is_sign = || {
        let mut letters = cell.chars();
        letters.next().is_some_and(is_sign_of_currency) && letters.next().is_none()
    };
    CODES.contains(&cell.as_str()) || WRITTEN.contains(&cell.as_str()) || is_sign()
}

/// Whether a word of a normal name is a currency.
pub(super) fn is_currency(word: &str) -> bool {
    static WORDS: OnceLock<HashSet<String>> = OnceLock::new();
    let words = WORDS.get_or_init(|| {
        let signs = SIGNS.chars().filter(|sign| sign.is_alphanumeric()).map(String::from);
        // A normal name has lost its dollar sign, and `A` without it is no currency.
        let written = WRITTEN.into_iter().filter(|currency| !has_sign(currency)).map(normal);
        CODES.map(str::to_owned).into_iter().chain(written).chain(signs).collect()
    });
    words.contains(word)
}

/// Whether a word, as it is written, is a currency with a sign: `A$`, `US$`.
pub(super) fn is_signed_currency(word: &str) -> bool {
    let word = word.to_lowercase();
    has_sign(&word) && WRITTEN.contains(&word.as_str())
}

fn has_sign(currency: &str) -> bool {
    currency.contains('$')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_currency_has_several_spellings() {
        for (one, other) in [
            ("CNY", "人民币"),
            ("CHF", "SFr"),
            ("SEK", "kr"),
            ("kr.", "NOK"),
            ("CNY", "￥"),
            ("¥", "JPY"),
            ("TWD", "元"),
            ("USD", "US Dollar"),
        ] {
            assert!(are_one(one, other) && are_one(other, one), "{one} {other}");
        }
        for (one, other) in [("SEK", "NOK"), ("JPY", "CNY"), ("GBp", "GBP"), ("$", "CAD"), ("kr", "EUR")] {
            assert!(!are_one(one, other) && !are_one(other, one), "{one} {other}");
        }
    }
}
