//! Names of columns that carry a ticker: `AAPL.Close`, `Close_AAPL`, `('Close', 'AAPL')`, `AAPL PE`; or a side of the
//! quotes: `Bid Close`.

use std::collections::{HashMap, HashSet};

use super::names::{self, Known, Role};

/// Maximum number of words in the part of a name that states the role.
const WORDS: usize = 3;

/// The roles and tickers of names that carry a ticker. A known word is a ticker where other names have the same form.
pub(crate) fn split_all(names: &[String], known: &[Option<Known>]) -> Vec<Option<(Known, String)>> {
    let mut found: Vec<Option<(Known, String)>> = names.iter().map(|name| split(name)).collect();
    let form = |name: &str, ticker: &str| name.replacen(ticker, "{}", 1);
    let forms: HashSet<String> =
        names.iter().zip(&found).filter_map(|(name, found)| Some(form(name, &found.as_ref()?.1))).collect();
    let words: Vec<Option<(Known, String)>> = names.iter().map(|name| split_word(name)).collect();
    let mut of_words: HashMap<String, usize> = HashMap::new();
    for (name, (_, ticker)) in names.iter().zip(&words).filter_map(|(name, word)| Some((name, word.as_ref()?))) {
        *of_words.entry(form(name, ticker)).or_default() += 1;
    }
    for (column, word) in words.into_iter().enumerate() {
        let Some((role, ticker)) = word.filter(|_| known[column].is_none() && found[column].is_none()) else {
            continue;
        };
        let form = form(&names[column], &ticker);
        if forms.contains(&form) || of_words.get(&form).is_some_and(|count| *count > 1) {
            found[column] = Some((role, ticker));
        }
    }
    found
}

/// The role and the ticker of a name; `None` where it does not consist of both.
pub(crate) fn split(name: &str) -> Option<(Known, String)> {
    split_by(name, |whose| names::role(whose.as_bytes()).is_none() && !is_qualified(whose))
}

/// The role and the ticker of a name whose ticker is a known word too, in capitals: `LOW close`, `KEY_Vol`.
fn split_word(name: &str) -> Option<(Known, String)> {
    split_by(name, |whose| names::role(whose.as_bytes()).is_some() && names::is_symbol(whose))
}

fn split_by(name: &str, is_ticker: impl Fn(&str) -> bool) -> Option<(Known, String)> {
    let starts = word_starts(name);
    let part = |what: &str, whose: &str| {
        let known = names::role(what.as_bytes())?;
        let prices = [Role::Open, Role::High, Role::Low, Role::Close, Role::Adjusted, Role::Volume];
        let whose = whose.trim_matches(|letter: char| !letter.is_alphanumeric() && letter != '^');
        let ticker = !whose.is_empty() && is_ticker(whose);
        (ticker && known.1 == 0 && prices.contains(&known.0)).then(|| (known, whose.to_owned()))
    };
    // The longer part first: `AAPL Adj Close` is not the close of `AAPL Adj`.
    let words = (1..=WORDS.min(starts.len().saturating_sub(1))).rev();
    words.into_iter().find_map(|count| {
        let front = starts[count];
        let back = starts[starts.len() - count];
        part(&name[..front], &name[front..]).or_else(|| part(&name[back..], &name[..back]))
    })
}

/// A name of a ticker and a quantity of it that is no price.
pub(crate) struct Measured<'a> {
    pub ticker: &'a str,
    /// Whether the quantity stands behind the ticker, and its name.
    pub form: (bool, String),
}

/// The ways in which a name may be that of a ticker and of what a company is measured by, or of an indicator.
pub(crate) fn measured(name: &str) -> Vec<Measured<'_>> {
    let is_separator = |letter: char| !letter.is_alphanumeric() && letter != '^';
    let is_measure = |what: &str| names::measure(what).is_some() || names::is_bare_indicator(what);
    let starts = word_starts(name).into_iter().skip(1);
    let parts = starts.flat_map(|at| {
        let (front, back) = (name[..at].trim_end_matches(is_separator), name[at..].trim_matches(is_separator));
        [(front, back, true), (back, front, false)]
    });
    let found = parts.filter(|(ticker, what, _)| !ticker.is_empty() && is_measure(what));
    found.map(|(ticker, what, behind)| Measured { ticker, form: (behind, names::normal(what)) }).collect()
}

/// A side of the quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Bid,
    Ask,
}

/// The side of the quotes and the role of a name that states both: `Bid Close`, `closeAsk`.
pub(crate) fn side(name: &str) -> Option<(Side, Role)> {
    const PRICES: [Role; 4] = [Role::Open, Role::High, Role::Low, Role::Close];
    let name = names::normal(name);
    let (front, behind) = (name.split_once(' ')?, name.rsplit_once(' ')?);
    [front, (behind.1, behind.0)].into_iter().find_map(|(word, what)| {
        let side = match word {
            "bid" => Side::Bid,
            "ask" | "offer" => Side::Ask,
            _ => return None,
        };
        let role = names::role(what.as_bytes()).filter(|(role, rank)| *rank == 0 && PRICES.contains(role))?;
        Some((side, role.0))
    })
}

/// Whether several words qualify the price and are no ticker: the `prev closing` price.
fn is_qualified(whose: &str) -> bool {
    let whose = names::normal(whose);
    let mut words = whose.split(' ');
    let known = |word: &str| names::role(word.as_bytes()).is_some_and(|(_, rank)| rank == 0);
    words.clone().count() > 1 && words.any(known)
}

/// The positions at which the words of a name begin.
fn word_starts(name: &str) -> Vec<usize> {
    let mut before = false;
    let mut starts = Vec::new();
    for (at, letter) in name.char_indices() {
        let inside = letter.is_alphanumeric() || letter == '^';
        if inside && !before {
            starts.push(at);
        }
        before = inside;
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_in_capitals_may_be_a_ticker() {
        assert_eq!(split("LOW close"), None);
        assert_eq!(split_word("LOW close"), Some(((Role::Close, 0), "LOW".to_owned())));
        assert_eq!(split_word("Volume_KEY"), Some(((Role::Volume, 0), "KEY".to_owned())));
        assert_eq!(split_word("Low close").or(split_word("AAPL close")), None);
    }

    #[test]
    fn a_ticker_may_stand_beside_what_it_is_measured_by() {
        let forms = |name: &str| -> Vec<(String, bool, String)> {
            let found = measured(name).into_iter();
            found.map(|one| (one.ticker.to_owned(), one.form.0, one.form.1)).collect()
        };
        let aapl = |behind: bool, what: &str| vec![("AAPL".to_owned(), behind, what.to_owned())];
        assert_eq!(forms("AAPL PE"), aapl(true, "pe"));
        assert_eq!(forms("AAPL_P/E"), aapl(true, "p e"));
        assert_eq!(forms("EPS AAPL"), aapl(false, "eps"));
        assert_eq!(forms("AAPL RSI"), aapl(true, "rsi"));
        assert!(forms("AAPL Dividend Yield").contains(&aapl(true, "dividend yield")[0]));
        assert!(forms("AAPL").is_empty() && forms("PE").is_empty() && forms("Royal Dutch").is_empty());
    }

    #[test]
    fn a_name_may_state_a_side_of_the_quotes() {
        for name in ["Bid Close", "bid_close", "CloseBid", "-Bid-Close"] {
            assert_eq!(side(name), Some((Side::Bid, Role::Close)), "{name}");
        }
        assert_eq!(side("High Ask"), Some((Side::Ask, Role::High)));
        for name in ["Bid", "Bid Size", "AAPL Close", "Bid Ask Spread"] {
            assert_eq!(side(name), None, "{name}");
        }
    }

    #[test]
    fn tickers_stand_before_or_behind() {
        let split = |name: &str| super::split(name).map(|((role, _), ticker)| (role, ticker));
        let aapl = |role| Some((role, "AAPL".to_owned()));
        for name in ["AAPL.Close", "Close_AAPL", "('Close', 'AAPL')", "AAPL close", "Close (AAPL)"] {
            assert_eq!(split(name), aapl(Role::Close), "{name}");
        }
        assert_eq!(split("AAPL.Adj Close"), aapl(Role::Adjusted));
        assert_eq!(split("Adj Close AAPL"), aapl(Role::Adjusted));
        assert_eq!(split("BTC-USD Close"), Some((Role::Close, "BTC-USD".to_owned())));
        assert_eq!(split("005930.KS_종가"), Some((Role::Close, "005930.KS".to_owned())));
        assert_eq!(split("^GSPC.Volume"), Some((Role::Volume, "^GSPC".to_owned())));
        for name in ["AAPL", "Average Volume", "", "S&P 500", "Close", "prev_closing_price"] {
            assert_eq!(split(name), None, "{name}");
        }
    }
}
