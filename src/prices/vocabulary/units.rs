//! Currencies and units at the end of a name, and numbers in front of it.

use super::currencies::{self, is_currency, is_signed_currency};

/// Returns a name without a currency at its end that is written with a sign: `Close US$`.
pub(super) fn without_signed_currency(name: &str) -> &str {
    let name = name.trim_end();
    let (before, last) = name.rsplit_once([' ', '_']).unwrap_or(("", name));
    // `High price $/MWh`
    let currency = last.split_once('/').map_or(last, |(currency, _)| currency);
    let is_per_unit = currency.len() < last.len() && currencies::is_alone(currency.as_bytes());
    if is_signed_currency(currency) || is_per_unit { before } else { name }
}

/// Returns the normal form of a name without its number in front (`4. close`, `4b. close (USD)`, `24h Open`) and a
/// currency behind. Longer numbers and capitals are those of tickers, `005930_Close`, `3M Price`, `1COV_Close`, and other
/// letters those of a period, `52w High`.
pub(super) fn without_units(name: &str, normal: &str) -> String {
    const UNITS: [&str; 3] = ["in", "pct", "шт"];
    let first = name.split(|letter: char| !letter.is_alphanumeric()).find(|word| !word.is_empty()).unwrap_or_default();
    let digits = first.trim_end_matches(|letter: char| letter.is_ascii_lowercase());
    let is_number = (1..=2).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    let is_numbered = is_number && (matches!(&first[digits.len()..], "" | "a" | "b") || first == "24h");
    let mut words: Vec<&str> = normal.split(' ').skip(usize::from(is_numbered)).collect();
    while words.len() > 1 && words.last().is_some_and(|last| UNITS.contains(last) || is_currency(last)) {
        words.pop();
    }
    words.join(" ")
}
