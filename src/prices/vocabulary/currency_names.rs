//! Names with a currency, and names of columns that hold one.

use super::currencies::{self, is_currency, is_signed_currency};
use super::names::{is_long_symbol, look_up, role};
use super::normal::normal;
use super::role::{Known, Role};

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
}
