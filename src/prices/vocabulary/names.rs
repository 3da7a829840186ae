//! The role that the name of a column states.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::OnceLock;

use super::counted::role_of_counted;
use super::currencies::{self, is_currency, is_signed_currency};
use super::funds::is_of_fund;
use super::previous::without_day_before;
use super::priced::{may_contain_ticker, role_of_price};
use super::qualified::role_of_qualified;
use super::words::WORDS;

pub(crate) use super::normal::normal;
use super::normal::{contains_one, without_brackets};
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

fn look_up(name: &str) -> Option<Known> {
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

/// Whether a name means a column computed from another: an average, an oscillator, a forecast. An abbreviation without
/// more is not enough, because MA, CCI and ATR are also tickers.
pub(crate) fn is_indicator(name: &str) -> bool {
    const SHORT: [&str; 18] = SHORT_INDICATORS;
    const LONG: [&str; 33] = [
        "smoothed",
        "pred",
        "predict",
        "macd",
        "sma",
        "bollinger",
        "band",
        "bands",
        "upperband",
        "lowerband",
        "moving",
        "rolling",
        "oscillator",
        "stochastic",
        "volatility",
        "momentum",
        "signal",
        "return",
        "returns",
        "predicted",
        "prediction",
        "predictions",
        "forecast",
        "forecasts",
        "yhat",
        "zscore",
        "sentiment",
        "drawdown",
        "seasonal",
        "residual",
        "stddev",
        "variance",
        "lagged",
    ];
    let normal = normal(name);
    let words: Vec<&str> = normal.split(' ').collect();
    let number = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    // `SMA_20`, `ma5`, `rsi 14`
    let short = |(at, word): (usize, &&str)| {
        let bare = word.trim_end_matches(|letter: char| letter.is_ascii_digit());
        SHORT.contains(&bare) && (bare.len() < word.len() || words.get(at + 1).is_some_and(|next| number(next)))
    };
    // `BB_upper`, `MACD hist`
    let parts = ["upper", "lower", "middle", "mid", "hist", "line", "width", "high", "low", "based", "signal"];
    let part = words.len() > 1 && SHORT.contains(&words[0]) && parts.contains(&words[1]);
    let is_average =
        words.iter().any(|word| matches!(*word, "avg" | "average")) && words.iter().any(|word| number(word));
    part || is_average || words.iter().any(|word| LONG.contains(word)) || words.iter().enumerate().any(short)
}

/// Whether a name contains words that name funds and indices, though one of them is also a word for a measure: `Low
/// Volatility`, `Absolute Return`, `Return Index`.
pub(crate) fn is_product(name: &str) -> bool {
    const WORDS: [&str; 22] = [
        "price return",
        "net return",
        "gross return",
        "low volatility",
        "low vol",
        "minimum volatility",
        "min volatility",
        "minimum variance",
        "managed volatility",
        "volatility arbitrage",
        "volatility index",
        "absolute return",
        "absolute returns",
        "total return",
        "real return",
        "target return",
        "diversified return",
        "return index",
        "return bond",
        "return fund",
        "momentum index",
        "factor momentum",
    ];
    contains_one(name, WORDS.into_iter())
}

/// How clearly a name means a fundamental of a company, which moves with its price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Measure {
    /// A name without another meaning.
    Clear,
    /// An abbreviation that can also be a ticker, or a word that can also mean a price.
    Short,
}

/// Returns how clearly a name means a fundamental; `None` if it does not.
pub(crate) fn measure(name: &str) -> Option<Measure> {
    const CLEAR: &str = "pe ratio|peratio|p e|p e ratio|pe ratio ttm|p e ratio ttm|p e ttm|pe ttm|price earnings ratio|\
        price to earnings|trailing pe|forward pe|peg ratio|pb ratio|p b|p b ratio|pb mrq|price to book|price book ratio|\
        ps ratio|p s|p s ratio|ps ttm|price to sales|pcf ncf ttm|dividend yield|dividend yield pct|div yield|\
        div yield pct|earnings yield|eps ttm|diluted eps|basic eps|earnings per share|book value|book value per share|\
        market cap|marketcap|market capitalization|market capitalisation|mkt cap|mktcap|enterprise value|ebitda|\
        return on equity|return on assets|roe ttm|shares outstanding";
    const SHORT: &str = "pe|pb|ps|per|pbr|psr|pcr|peg|eps|bps|dps|dy|roe|roa|roic|roi|yield|yld|ev|mcap|capitalisation|\
        capitalization|turn|aum|assets|total assets|shares";
    let outside = without_brackets(name);
    let bare = without_units(&outside, &normal(&outside));
    let name = normal(name);
    let is_fund = || is_of_fund(&name) || bare != name && is_of_fund(&bare);
    let is_in = |words: &str| words.split('|').any(|word| word == name || word == bare);
    let clear = (is_in(CLEAR) || is_fund()).then_some(Measure::Clear);
    clear.or_else(|| is_in(SHORT).then_some(Measure::Short))
}

/// Abbreviations for indicators that can also be tickers.
const SHORT_INDICATORS: [&str; 18] = [
    "sma", "ema", "wma", "dma", "ma", "rsi", "macd", "atr", "adx", "cci", "roc", "obv", "bb", "mom", "vol", "std",
    "lag", "shift",
];

/// Whether a name is such an abbreviation, or means an indicator.
pub(crate) fn is_bare_indicator(name: &str) -> bool {
    SHORT_INDICATORS.contains(&normal(name).as_str()) || is_indicator(name)
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

/// Returns a name without a currency at its end that is written with a sign: `Close US$`.
fn without_signed_currency(name: &str) -> &str {
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
fn without_units(name: &str, normal: &str) -> String {
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

/// Returns the currency in a name, in front or behind: `Close EUR`, `close (usd)`, `NZD Volume`.
pub(crate) fn currency_of(name: &str) -> Option<String> {
    let bare = |word: &str| word.trim_matches(|letter| "()[]".contains(letter)).to_owned();
    let words: Vec<String> = name.split([' ', '_', '.']).filter(|word| !word.is_empty()).map(bare).collect();
    let [first, .., last] = &words[..] else { return None };
    let is_known = |word: &&String| is_currency(&normal(word)) || currencies::is_alone(word.as_bytes());
    [last, first].into_iter().find(is_known).map(|word| currencies::code(word))
}

/// Returns the role of a name without the currency in front: `NZD Volume`.
pub(crate) fn role_after_currency(name: &str) -> Option<Known> {
    let (first, rest) = name.trim().split_once([' ', '_', '.', '-'])?;
    (is_signed_currency(first) || is_currency(&normal(first))).then(|| role(rest.as_bytes())).flatten()
}

/// Whether a name means the currency of something else, such as dividends or the reports: it has a word for a currency
/// and a word that means no price, whatever its other words.
pub(crate) fn is_currency_of_others(name: &str) -> bool {
    const OTHERS: [&str; 37] = [
        "eps",
        "earnings",
        "revenue",
        "income",
        "cap",
        "mktcap",
        "mcap",
        "holder",
        "account",
        "bank",
        "portfolio",
        "event",
        "tax",
        "strike",
        "adr",
        "hedge",
        "hedged",
        "dividends",
        "notes",
        "shareholder",
        "home",
        "dividend",
        "div",
        "reporting",
        "report",
        "financial",
        "accounting",
        "functional",
        "fee",
        "fees",
        "commission",
        "volume",
        "turnover",
        "settlement",
        "base",
        "counter",
        "cash",
    ];
    let words = words_about_currency(name);
    let is_other = |word: &String| OTHERS.contains(&word.as_str());
    words.1.iter().any(is_other) || (words.0 > 0 && !is_currency_of_prices(name))
}

/// Returns the number of words for a currency in a name, and its other words; of a compound, its first part.
fn words_about_currency(name: &str) -> (usize, Vec<String>) {
    let (mut own, mut others) = (0, Vec::new());
    for word in normal(name).split(' ') {
        let compound = currencies::ENDS.iter().find_map(|end| word.strip_suffix(end)).filter(|first| !first.is_empty());
        let is_own = currencies::WORDS.contains(&word) || compound.is_some();
        own += usize::from(is_own);
        others.extend(compound.or(Some(word).filter(|_| !is_own)).map(str::to_owned));
    }
    (own, others)
}

/// Whether a name means the currency of the prices: `Currency`, `Quote currency`, `Close CCY`. Under another name, it
/// can be that of dividends or of the reports.
pub(crate) fn is_currency_of_prices(name: &str) -> bool {
    const OF_A_CURRENCY: [&str; 7] = ["code", "iso", "of", "de", "di", "da", "du"];
    const QUOTED: [&str; 56] = [
        "notierungs",
        "preis",
        "boersen",
        "borsen",
        "报价",
        "交易",
        "价格",
        "上市",
        "计价",
        "股价",
        "報價",
        "거래",
        "kurs",
        "kursu",
        "kursen",
        "kurses",
        "schlusskurs",
        "notierung",
        "handels",
        "cours",
        "cotation",
        "cotacion",
        "cotizacion",
        "precio",
        "preco",
        "prezzo",
        "quotazione",
        "negociacao",
        "negociacion",
        "koers",
        "prijs",
        "notowania",
        "notowan",
        "ceny",
        "cena",
        "цены",
        "котировки",
        "price",
        "px",
        "quote",
        "quoted",
        "quotation",
        "trading",
        "trade",
        "listing",
        "exchange",
        "market",
        "security",
        "instrument",
        "asset",
        "share",
        "stock",
        "fund",
        "local",
        "native",
        "symbol",
    ];
    let (own, mut others) = words_about_currency(name);
    others.retain(|word| !OF_A_CURRENCY.contains(&word.as_str()));
    let is_price = || matches!(look_up(&others.join(" ")), Some((Role::Close | Role::Adjusted, _)));
    own == 1 && (others.iter().all(|word| QUOTED.contains(&word.as_str())) || is_price())
}

/// Whether a ticker is a pair of currencies, in capitals: `BTC-USD`, `EUR/USD`.
pub(crate) fn is_pair_of_currencies(ticker: &str) -> bool {
    let is_pair = |(one, other): (&str, &str)| is_like_currency(one) && is_like_currency(other);
    is_long_symbol(ticker) && ticker.split_once(['-', '/', '.']).is_some_and(is_pair)
}

/// Whether a ticker is written like a currency.
pub(crate) fn is_like_currency(ticker: &str) -> bool {
    is_currency(&normal(ticker))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(name: &str) -> Option<Role> {
        role(name.as_bytes()).map(|(role, _)| role)
    }

    #[test]
    fn a_currency_is_that_of_the_prices_by_its_name() {
        for name in [
            "Currency",
            "currency_code",
            "CCY",
            "Quote Currency",
            "Close Currency",
            "Adj Close Ccy",
            "NAV Currency",
            "LastPriceCurrency",
            "Listing Currency",
            "ISO currency",
            "Px Crncy",
            "валюта",
            "통화",
        ] {
            assert!(is_currency_of_prices(name), "{name}");
        }
        for name in ["Moneda de cotización", "Devise de cotation", "Waluta notowania", "Währung Kurs"] {
            assert!(is_currency_of_prices(name) && !is_currency_of_others(name), "{name}");
        }
        for name in ["Dividend Currency", "Reporting Currency", "Fee CCY", "Volume Currency", "AUM Currency"] {
            assert!(!is_currency_of_prices(name) && is_currency_of_others(name), "{name}");
        }
        for name in ["Kurswährung", "Handelswährung", "报价货币", "交易币种", "Divisa", "Monnaie de cotation"]
        {
            assert!(is_currency_of_prices(name) && !is_currency_of_others(name), "{name}");
        }
        for name in [
            "Dividendenwährung",
            "Berichtswährung",
            "Divisa dividendo",
            "Monnaie du dividende",
            "股息货币",
            "财报货币",
            "分红币种",
            "Waluta dywidendy",
            "Währung Dividende",
            "Moneda del informe",
        ] {
            assert!(!is_currency_of_prices(name) && is_currency_of_others(name), "{name}");
        }
        for name in ["Unit", "Code", "Exchange"] {
            assert!(!is_currency_of_prices(name) && !is_currency_of_others(name), "{name}");
        }
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
