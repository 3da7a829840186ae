//! Names of columns that carry a ticker: `AAPL.Close`, `Close_AAPL`, `('Close', 'AAPL')`.

use std::collections::{HashMap, HashSet};

use super::names::{self, Known, Role};

/// Maximum number of words in the part of a name that states the role.
const WORDS: usize = 3;

/// The roles and tickers of names that carry a ticker. A known word is a ticker where other names have the same form.
pub(in crate::prices) fn split_all(names: &[String], known: &[Option<Known>]) -> Vec<Option<(Known, String)>> {
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
pub(in crate::prices) fn split(name: &str) -> Option<(Known, String)> {
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
