//! The role that the name of a column states.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::OnceLock;

use super::counted::role_of_counted;
use super::previous::without_day_before;
use super::priced::{may_contain_ticker, role_of_price};
use super::qualified::role_of_qualified;
use super::units::{without_signed_currency, without_units};
use super::words::WORDS;

pub(crate) use super::normal::normal;
use super::normal::without_brackets;
pub(crate) use super::previous::{is_of_day_before, is_of_next_day};
pub(crate) use super::qualified::role_of_adjusted;
pub(crate) use super::role::{Known, Role};

/// Returns the role that a name states, if it is known.
pub(crate) fn role(name: &[u8]) -> Option<Known> {
    let name = String::from_utf8_lossy(name);
    let known = role_of_text(&name);
    // `VALUE (mn)` is an amount of money, not a price.
    known
        .filter(|(role, rank)| *role != Role::Close || *rank < 3 || !is_in_millions(&name))
        .or_else(|| (known.is_some() || is_prediction(&normal(&name))).then_some((Role::Unused, 0)))
}

/// Whether a normal name means a predicted price: `forecast close`.
fn is_prediction(name: &str) -> bool {
    const WORDS: [&str; 7] =
        ["predicted", "prediction", "predictions", "forecast", "forecasts", "forecasted", "projected"];
    let is_price = |what: &str| {
        look_up(what).is_some_and(|(role, _)| role.is_close() || matches!(role, Role::Open | Role::High | Role::Low))
    };
    let parts = [name.split_once(' '), name.rsplit_once(' ').map(|(what, word)| (word, what))];
    parts.into_iter().flatten().any(|(word, what)| WORDS.contains(&word) && is_price(what))
}

/// Whether a name ends with a unit in brackets in which no price is quoted.
fn is_in_millions(name: &str) -> bool {
    const UNITS: [&str; 14] = [
        "mn", "mln", "mio", "million", "millions", "bn", "bln", "billion", "lac", "lacs", "lakh", "lakhs", "cr",
        "crore",
    ];
    let inside = name.split_once(['(', '[']).map_or("", |(_, inside)| inside);
    normal(inside).split(' ').any(|word| UNITS.contains(&word))
}

fn role_of_text(name: &str) -> Option<Known> {
    let whole = normal(name);
    let known = look_up(&whole).or_else(|| role_of_counted(&whole));
    let known = known.or_else(|| Some((role_of_qualified(&whole)?, 0)));
    let is_previous =
        || without_day_before(&whole).and_then(|bare| look_up(&bare)).is_some_and(|(role, _)| role.is_close());
    let known = known.or_else(|| is_previous().then_some((Role::Unused, 0)));
    known.or_else(|| {
        // The name without the unit: `Close (USD)`, `4. close`, `Schlusskurs in EUR`.
        let outside = without_brackets(name);
        let bare = normal(without_signed_currency(&outside));
        let qualified = || Some((role_of_qualified(&bare)?, 0));
        let stripped = without_units(&outside, &bare);
        let of_price = || role_of_price(&bare).or_else(|| role_of_price(&stripped));
        let priced = || of_price().filter(|_| !may_contain_ticker(&outside));
        look_up(&bare)
            .or_else(|| look_up(&stripped))
            .or_else(qualified)
            .or_else(priced)
            .or_else(|| in_two_languages(&bare))
            .or_else(|| without_blanks(name, &bare))
    })
}

/// Returns the role of a known name that is written with other blanks: `Close Last Price` and `closelastprice`. Short
/// words and words in capitals can be tickers.
fn without_blanks(name: &str, bare: &str) -> Option<Known> {
    const MIN_LETTERS: usize = 8;
    static TABLE: OnceLock<HashMap<String, Known>> = OnceLock::new();
    if bare.len() < MIN_LETTERS || is_of_capitals(name) {
        return None;
    }
    let table = TABLE.get_or_init(|| {
        let others = [Role::Date, Role::Ticker, Role::Split, Role::Dividend];
        let names =
            WORDS.iter().rev().filter(|(_, role, _)| !others.contains(role)).flat_map(|&(names, role, rank)| {
                names
                    .split('|')
                    .filter(|name| name.len() >= MIN_LETTERS)
                    .map(move |name| (name.replace(' ', ""), (role, rank)))
            });
        names.collect()
    });
    table.get(&bare.replace(' ', "")).copied()
}

/// Returns the role of a name in two languages: `开盘Open`, `收盘 Close`.
fn in_two_languages(name: &str) -> Option<Known> {
    let part = |ascii: bool| -> String {
        name.chars().filter(|letter| *letter == ' ' || letter.is_ascii() == ascii).collect::<String>()
    };
    let [one, other] = [part(true), part(false)].map(|part| look_up(part.trim()));
    one.zip(other).filter(|(one, other)| one.0 == other.0).map(|(one, _)| one)
}

/// Whether a normal name is in the list of names.
pub(super) fn is_listed(name: &str) -> bool {
    look_up(name).is_some()
}

pub(super) fn look_up(name: &str) -> Option<Known> {
    static TABLE: OnceLock<HashMap<&str, Known>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let entries = WORDS.iter().rev();
        entries.flat_map(|&(names, role, rank)| names.split('|').map(move |name| (name, (role, rank)))).collect()
    });
    table.get(name).copied()
}

/// Returns the known name of a price or a volume, in one of the wanted roles, that is one typing error from a name:
/// `Clse`, `Adj Clsoe`.
pub(crate) fn almost(name: &str, wanted: impl Fn(Role) -> bool) -> Option<(&'static str, Role)> {
    const MIN_LETTERS: usize = 4;
    // A capital can be a typing error that begins no word.
    [normal(name), normal(&name.to_lowercase())].iter().find_map(|name| one_edit_from(name, MIN_LETTERS, &wanted))
}

fn one_edit_from(name: &str, shortest: usize, wanted: &impl Fn(Role) -> bool) -> Option<(&'static str, Role)> {
    let roles = [Role::Open, Role::High, Role::Low, Role::Close, Role::Adjusted, Role::Volume];
    // A letter has up to three bytes, of ASCII one.
    let near = |word: &str| {
        let letter = if word.is_ascii() && name.is_ascii() { 1 } else { 3 };
        word.len() >= shortest && word.len().abs_diff(name.len()) <= letter && strsim::osa_distance(word, name) == 1
    };
    let near = |word: &str| near(word) && !differ_in_first_letter(word, name);
    let words = WORDS.iter().filter(|(_, role, _)| roles.contains(role) && wanted(*role));
    let mut words = words.flat_map(|&(words, role, _)| words.split('|').map(move |word| (word, role)));
    words.find(|(word, _)| name.len() >= shortest && near(word))
}

/// Whether two words differ only in their first letter: they are different words, not a word and a typing error.
fn differ_in_first_letter(one: &str, other: &str) -> bool {
    let (mut one, mut other) = (one.chars(), other.chars());
    one.next() != other.next() && one.as_str() == other.as_str()
}

/// Whether a name is written like a ticker: a few capitals, possibly with digits and punctuation.
pub(crate) fn is_symbol(name: &str) -> bool {
    const MAX_LETTERS: usize = 6;
    name.len() <= MAX_LETTERS && is_of_capitals(name)
}

/// Whether a name is written like a ticker with an exchange or a currency: `RELIANCE.NS`, `005930.KS`, `BTC-USD`.
pub(crate) fn is_long_symbol(name: &str) -> bool {
    const MAX_LETTERS: usize = 14;
    let is_joined = || name.chars().any(|letter| ".-^=/".contains(letter));
    is_symbol(name) || name.len() <= MAX_LETTERS && is_of_capitals(name) && is_joined()
}

fn is_of_capitals(name: &str) -> bool {
    let of_symbol = |letter: char| letter.is_ascii_uppercase() || letter.is_ascii_digit() || ".-^=/".contains(letter);
    name.chars().any(|letter| letter.is_ascii_uppercase()) && name.chars().all(of_symbol)
}

/// Whether a name means row numbers.
pub(crate) fn is_counter(name: &str) -> bool {
    const COUNTERS: [&str; 9] = ["", "index", "no", "nr", "id", "row", "rank", "번호", "序号"];
    let name = normal(name);
    COUNTERS.contains(&name.as_str()) || name.starts_with("unnamed")
}

/// Returns the range of values of a column that is named as a part of a date.
pub(crate) fn range_of_date_part(name: &str) -> Option<RangeInclusive<f64>> {
    let last = match normal(name).replace(' ', "").as_str() {
        "year" | "yr" => return Some(1600.0..=2200.0),
        "month" | "mon" | "monthofyear" => 12.0,
        "day" | "dayofmonth" => 31.0,
        "weekday" | "dayofweek" | "dow" => 7.0,
        "week" | "weekofyear" | "isoweek" => 53.0,
        "quarter" | "qtr" => 4.0,
        "dayofyear" | "doy" => 366.0,
        _ => return None,
    };
    Some(0.0..=last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(name: &str) -> Option<Role> {
        role(name.as_bytes()).map(|(role, _)| role)
    }

    #[test]
    fn case_accents_and_punctuation_do_not_matter() {
        for name in ["Adj Close", "ADJ_CLOSE", "adj. close**", " <adj close> ", "adjClose"] {
            assert_eq!(known(name), Some(Role::Adjusted), "{name}");
        }
        for name in ["Close/Last", "4. close", "Close (USD)", "Clôture", "Schlußkurs", "종가(원)", "ＣＬＯＳＥ"]
        {
            assert_eq!(known(name), Some(Role::Close), "{name}");
        }
        assert_eq!(known("Zamknięcie"), Some(Role::Close));
        assert_eq!(known("Najwyższy"), Some(Role::High));
        assert_eq!(known("Change %"), Some(Role::Unused));
        assert_eq!(known("변동 %"), Some(Role::Unused));
        assert_eq!(known("Volume USDT"), Some(Role::Volume));
        assert_eq!(known("开盘Open"), Some(Role::Open));
        assert_eq!(known("AAPL 종가"), None);
    }

    #[test]
    fn other_names_are_unknown() {
        for name in ["", "AAPL", "USD", "USD/KRW", "S&P 500", "005930", "DCOILWTICO", "%"] {
            assert_eq!(known(name), None, "{name}");
        }
    }

    #[test]
    fn a_typing_error_is_distinguished_from_another_name() {
        let nearest = |name: &str| almost(name, |_| true);
        assert_eq!(almost("Volue", |role| role == Role::Volume), Some(("volume", Role::Volume)));
        assert_eq!(nearest("cloÿse"), Some(("close", Role::Close)));
        assert_eq!(nearest("Clse"), Some(("close", Role::Close)));
        assert_eq!(nearest("clAose"), Some(("close", Role::Close)));
        assert_eq!(nearest("Adj Clsoe"), Some(("adj close", Role::Adjusted)));
        assert_eq!(nearest("volumen2").map(|(_, role)| role), Some(Role::Volume));
        for name in ["AAPL", "RSI", "SMA 20", "DCOILWTICO", "USD", "", "GOOG", "Dose", "Flow", "Hugo"] {
            assert_eq!(nearest(name), None, "{name}");
        }
        assert_eq!(nearest("Colse"), Some(("close", Role::Close)));
        assert_eq!(nearest("lCose").map(|(_, role)| role), Some(Role::Close));
    }

    #[test]
    fn symbols_are_distinguished_from_words() {
        assert!(["GOOG", "BRK.B", "^GSPC", "CL=F", "OPEL", "A"].into_iter().all(is_symbol));
        assert!(!["Clse", "Volum", "005930", "", "VOLUMEN"].into_iter().any(is_symbol));
    }

    #[test]
    fn every_word_is_normal_and_has_one_meaning() {
        let mut seen = HashMap::new();
        for &(names, role, _) in WORDS {
            for name in names.split('|') {
                assert_eq!(normal(name), name);
                let first = *seen.entry(name).or_insert(role);
                assert_eq!(first, role, "{name}");
            }
        }
    }
}
