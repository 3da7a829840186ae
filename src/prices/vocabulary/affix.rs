//! Names of columns that contain a ticker, `AAPL.Close`, `Close_AAPL`, `('Close', 'AAPL')`, `AAPL PE`, or a side of a
//! quote, `Bid Close`.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::LazyLock;

use super::beside::is_change;
use super::currency_names;
use super::indicators;
use super::names::{self, Known, Role, normal};
use super::normal::without_brackets;
use super::priced::{self, role_of_price};
use super::qualified::quantity;
use super::sides::Side;

/// The maximum number of words in the part of a name that states the role.
const WORDS: usize = 3;

/// Returns the roles and tickers of names that contain a ticker. A known word is a ticker if other names have the same
/// form.
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
    for (column, word) in of_words_alone(names, known) {
        found[column] = Some(word);
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

/// Removes the roles of names such as `High_LOW`, the spread, if the names beside it show that LOW is a ticker.
pub(crate) fn free_words(names: &[String], known: &mut [Option<Known>]) {
    of_words_alone(names, known).into_iter().for_each(|(column, _)| known[column] = None);
}

/// Removes the roles of names such as `Close Index` if another name for the same price shows that INDEX is a ticker:
/// `Close AAPL`, `Close Rate`.
pub(crate) fn free_quantities(names: &[String], known: &mut [Option<Known>]) {
    let quantities: Vec<Option<(Role, &str)>> = names.iter().map(|name| quantity(&names::normal(name))).collect();
    if quantities.iter().all(Option::is_none) {
        return;
    }
    let mut by_role: HashMap<Role, HashSet<String>> = HashMap::new();
    for (role, what) in quantities.iter().flatten() {
        by_role.entry(*role).or_default().insert((*what).to_owned());
    }
    let unknown = names.iter().zip(&*known).filter(|(_, known)| known.is_none());
    for ((role, _), ticker) in unknown.filter_map(|(name, _)| split_any(name)) {
        by_role.entry(role).or_default().insert(names::normal(&ticker));
    }
    let others = quantities.iter().flatten().filter(|(role, _)| by_role.get(role).is_some_and(|words| words.len() > 1));
    let tickers: HashSet<&str> = others.map(|(_, what)| *what).collect();
    for (known, found) in known.iter_mut().zip(&quantities) {
        if found.is_some_and(|(_, what)| tickers.contains(what)) {
            *known = None;
        }
    }
}

/// Removes the roles of names such as `MAX_PRICE`, the high, if as many other names have the same word for a price beside
/// an unknown word: `KO_PRICE`; and of names such as `AR_CLOSE`, where AR is a word for a price, if for each of them
/// another name has the same word beside an unknown word: `KO_CLOSE`.
pub(crate) fn free_priced(names: &[String], known: &mut [Option<Known>]) {
    let normal: Vec<String> = names.iter().map(|name| normal(&without_brackets(name))).collect();
    let is_composed =
        |at: usize| known[at].is_some() && role_of_price(&normal[at]).is_some() && !names::is_listed(&normal[at]);
    let composed: Vec<(usize, &str, &str)> = (0..names.len())
        .filter(|&at| is_composed(at))
        .filter_map(|at| priced::parts(&normal[at]).next().map(|(price, rest)| (at, price, rest)))
        .collect();
    if composed.is_empty() {
        return;
    }
    let unknown = || (0..names.len()).filter(|&at| known[at].is_none()).map(|at| normal[at].as_str());
    let beside = |price: &str| unknown().filter(|name| priced::parts(name).any(|(word, _)| word == price)).count();
    let has_alike = |rest: &str| unknown().any(|name| has_at_an_end(name, rest));
    let is_free = |price: &str| {
        let rests: Vec<&str> = composed.iter().filter(|(_, word, _)| *word == price).map(|(.., rest)| *rest).collect();
        beside(price) >= rests.len() || rests.into_iter().all(has_alike)
    };
    let free: Vec<usize> = composed.iter().filter(|(_, price, _)| is_free(price)).map(|(at, ..)| *at).collect();
    free.into_iter().for_each(|at| known[at] = None);
}

/// Whether a normal name begins or ends with these words and has others beside them.
fn has_at_an_end(name: &str, words: &str) -> bool {
    let behind = name.strip_prefix(words).is_some_and(|rest| rest.starts_with(' '));
    behind || name.strip_suffix(words).is_some_and(|rest| rest.ends_with(' '))
}

/// Returns the roles and tickers of names whose ticker is a word, by these names only. Three or more of them, including
/// a close, have the same word on the same side, each with another role beside it, and none is known as a price as a
/// whole.
fn of_words_alone(names: &[String], known: &[Option<Known>]) -> Vec<(usize, (Known, String))> {
    const MIN_COLUMNS: usize = 3;
    let mut tickers: BTreeMap<(String, bool), Vec<(usize, Known)>> = BTreeMap::new();
    for (column, name) in names.iter().enumerate() {
        for behind in [false, true] {
            if let Some((known, ticker)) = split_at(name, behind, &|_, whose| is_word(whose)) {
                tickers.entry((ticker, behind)).or_default().push((column, known));
            }
        }
    }
    let is_ticker = |columns: &[(usize, Known)]| {
        let roles: HashSet<Role> = columns.iter().map(|(_, (role, _))| *role).collect();
        let is_free = |&(column, _): &(usize, Known)| known[column].is_none_or(|(role, _)| role == Role::Unused);
        let has_close = roles.iter().any(|role| role.is_close());
        has_close && columns.len() >= MIN_COLUMNS && roles.len() == columns.len() && columns.iter().all(is_free)
    };
    let mut found: Vec<_> = tickers.into_iter().filter(|(_, columns)| is_ticker(columns)).collect();
    // A name that fits two such tickers, `OPEN_LOW`, belongs to the ticker with more names.
    found.sort_by_key(|(_, columns)| columns.len());
    let names = found.into_iter().flat_map(|((ticker, _), columns)| {
        columns.into_iter().map(move |(column, known)| (column, (known, ticker.clone())))
    });
    names.collect()
}

fn is_word(whose: &str) -> bool {
    names::role(whose.as_bytes()).is_some() && names::is_symbol(whose)
}

/// Returns the role and the ticker of a name; `None` if it does not consist of these two.
pub(crate) fn split(name: &str) -> Option<(Known, String)> {
    let is_ticker = |whose: &str| {
        // `Close MA5` is the average of the close of the only ticker.
        let is_average = word_starts(whose).len() == 1 && indicators::is_indicator(whose);
        names::role(whose.as_bytes()).is_none() && !is_qualified(whose) && !is_average
    };
    // The currency of `Adj Close_BTC-USD` belongs to the ticker, not to the close.
    let in_one = |what: &str, whose: &str| {
        let is_currency = |word: &str| currency_names::is_like_currency(word);
        !whose.contains([' ', '_']) && !names::normal(what).split(' ').any(is_currency)
    };
    let found =
        split_by(name, in_one).filter(|(_, ticker)| is_ticker(ticker) && currency_names::is_pair_of_currencies(ticker));
    found.or_else(|| split_by(name, |_, _| true).filter(|(_, ticker)| is_ticker(ticker)))
}

/// Returns the role and the ticker of a name; the ticker can be a known word in capitals.
pub(crate) fn split_any(name: &str) -> Option<(Known, String)> {
    split(name).or_else(|| split_word(name))
}

/// Returns the role and the ticker of a name whose ticker is also a known word, in capitals: `LOW close`, `KEY_Vol`.
fn split_word(name: &str) -> Option<(Known, String)> {
    split_by(name, |_, whose| is_word(whose))
}

/// Returns the role of the longest part of a name that states one, and the rest, if both pass a test.
fn split_by(name: &str, test: impl Fn(&str, &str) -> bool) -> Option<(Known, String)> {
    let sides = |count: usize| [true, false].into_iter().find_map(|behind| part_of(name, count, behind, &test));
    (1..=WORDS).rev().find_map(sides)
}

/// Returns the same as [`split_by`], with the ticker on one side only.
fn split_at(name: &str, behind: bool, test: &impl Fn(&str, &str) -> bool) -> Option<(Known, String)> {
    (1..=WORDS).rev().find_map(|count| part_of(name, count, behind, test))
}

/// Returns the role that the first or the last words of a name state, and the rest, which is the ticker.
fn part_of(name: &str, count: usize, behind: bool, test: &impl Fn(&str, &str) -> bool) -> Option<(Known, String)> {
    const PRICES: [Role; 6] = [Role::Open, Role::High, Role::Low, Role::Close, Role::Adjusted, Role::Volume];
    let starts = word_starts(name);
    if count >= starts.len() {
        return None;
    }
    let (what, whose) = match behind {
        true => name.split_at(starts[count]),
        false => (&name[starts[starts.len() - count]..], &name[..starts[starts.len() - count]]),
    };
    // The number of `CAC 40 Close` belongs to the name, not to the column.
    if !behind && count > 1 && what.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let known = names::role(what.as_bytes())?;
    let whose = whose.trim_matches(|letter: char| !letter.is_alphanumeric() && letter != '^');
    let is_both = !whose.is_empty() && test(what, whose);
    (is_both && known.1 == 0 && PRICES.contains(&known.0)).then(|| (known, whose.to_owned()))
}

/// A name that consists of a ticker and a quantity that is no price.
pub(crate) struct Measured<'a> {
    pub ticker: &'a str,
    /// Whether the quantity stands behind the ticker, and the name of the quantity.
    pub form: (bool, String),
}

/// Returns the ways to split a name into a ticker and a fundamental or an indicator.
pub(crate) fn measured(name: &str) -> Vec<Measured<'_>> {
    let is_separator = |letter: char| !letter.is_alphanumeric() && letter != '^';
    let is_measure = |what: &str| {
        indicators::measure(what).is_some()
            || indicators::is_bare_indicator(what) && !indicators::is_product(what)
            || is_change(what)
            || is_quantity(what)
    };
    let starts = word_starts(name).into_iter().skip(1);
    let parts = starts.flat_map(|at| {
        let (front, back) = (name[..at].trim_end_matches(is_separator), name[at..].trim_matches(is_separator));
        [(front, back, true), (back, front, false)]
    });
    // The percent sign has no letters: `AAPL %`.
    let percent = name.trim_end().strip_suffix('%').map(|front| (front.trim_end_matches(is_separator), "%", true));
    let found = parts.chain(percent).filter(|(ticker, what, _)| !ticker.is_empty() && is_measure(what));
    found.map(|(ticker, what, behind)| Measured { ticker, form: (behind, names::normal(what)) }).collect()
}

/// Whether a word beside a ticker means a quantity that is no price.
fn is_quantity(what: &str) -> bool {
    const WORDS: &str = "mv|market value|mkt value|marktwert|oi|open int|open interest|iv|implied vol|turnover|value traded|umsatz|\
        weight|weights|wt|wgt|gewicht|平均|成交额|成交金额|市值|换手率|avg|average|mean|pred|predicted|prediction|forecast|yhat|smoothed|premium|discount|premium discount";
    let what = normal(what);
    let numbered = what.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == ' ');
    // The names of wide tables are looked up by the thousand.
    static SET: LazyLock<HashSet<&str>> = LazyLock::new(|| WORDS.split('|').collect());
    SET.contains(what.as_str()) || SET.contains(numbered) || is_count(&what)
}

/// Whether a word beside a ticker means a count, if its numbers are whole: the volume, or the tonnes in a warehouse.
pub(crate) fn is_count(what: &str) -> bool {
    const WORDS: &str = "v|vo|vol|volume|stock|stocks|inventory|open interest|oi|成交量";
    WORDS.split('|').any(|word| word == what)
}

/// Returns the beginnings of a name that end at a word, and the whole name, each with the sides of a quantity as in
/// [`Measured::form`]: a part of a name can be a ticker only in front.
pub(crate) fn ends_at_words(name: &str) -> impl Iterator<Item = (&str, bool)> {
    let is_separator = |letter: char| !letter.is_alphanumeric() && letter != '^';
    let starts = word_starts(name).into_iter().skip(1);
    let parts = starts.map(move |at| (name[..at].trim_end_matches(is_separator), true));
    parts.chain([(name, true), (name, false)])
}

/// Returns the side of the quote and the role of a name that states both: `Bid Close`, `closeAsk`.
pub(crate) fn side(name: &str) -> Option<(Side, Role)> {
    const PRICES: [Role; 4] = [Role::Open, Role::High, Role::Low, Role::Close];
    let name = names::normal(&without_brackets(name));
    let apart = [name.split_once(' '), name.rsplit_once(' ').map(|(what, word)| (word, what))];
    // `bidopen` of FXCM.
    let as_one = ["bid", "ask"].into_iter().find_map(|word| Some((word, name.strip_prefix(word)?)));
    apart.into_iter().flatten().chain(as_one).find_map(|(word, what)| {
        let side = match word {
            "bid" => Side::Bid,
            "ask" | "offer" => Side::Ask,
            _ => return None,
        };
        let role = names::role(what.as_bytes()).filter(|(role, rank)| *rank == 0 && PRICES.contains(role))?;
        Some((side, role.0))
    })
}

/// Whether several words qualify the price and are no ticker: `prev closing` in `prev closing price`.
fn is_qualified(whose: &str) -> bool {
    let whose = names::normal(whose);
    let mut words = whose.split(' ');
    let known = |word: &str| names::role(word.as_bytes()).is_some_and(|(_, rank)| rank == 0);
    words.clone().count() > 1 && words.any(known)
}

/// Returns the positions at which the words of a name begin.
fn word_starts(name: &str) -> Vec<usize> {
    // Chinese words stand behind a ticker without a blank.
    let is_chinese = |letter: char| matches!(letter, '\u{3400}'..='\u{9FFF}');
    let (mut before, mut chinese) = (false, false);
    let mut starts = Vec::new();
    for (at, letter) in name.char_indices() {
        let inside = letter.is_alphanumeric() || letter == '^';
        if inside && (!before || is_chinese(letter) != chinese) {
            starts.push(at);
        }
        (before, chinese) = (inside, is_chinese(letter));
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
    fn one_ticker_that_is_a_word_is_known_by_all_its_names() {
        let of = |names: &str| -> Vec<Option<(Role, String)>> {
            let names: Vec<String> = names.split(',').map(str::to_owned).collect();
            let mut known: Vec<Option<Known>> = names.iter().map(|name| names::role(name.as_bytes())).collect();
            free_words(&names, &mut known);
            let found = split_all(&names, &known).into_iter().zip(&known);
            found
                .map(|(found, known)| found.filter(|_| known.is_none()).map(|((role, _), whose)| (role, whose)))
                .collect()
        };
        for ticker in ["LOW", "HOG", "KEY", "OPEN"] {
            let all = [Role::Adjusted, Role::Close, Role::High, Role::Low, Role::Open, Role::Volume];
            let expected: Vec<_> = all.into_iter().map(|role| Some((role, ticker.to_owned()))).collect();
            for form in ["{f}_{t}", "{t}_{f}", "{f} {t}", "{t}.{f}"] {
                let name = |field: &str| form.replace("{f}", field).replace("{t}", ticker);
                let names = ["Adj Close", "Close", "High", "Low", "Open", "Volume"].map(name).join(",");
                assert_eq!(of(&names), expected, "{names}");
            }
        }
        for names in ["OPEN PRICE,CLOSE PRICE,LOW PRICE,HIGH PRICE", "High Low,Close Open,Close", "MAX CLOSE,Close"] {
            assert!(of(names).iter().all(Option::is_none), "{names}");
        }
    }

    #[test]
    fn a_currency_behind_the_close_belongs_to_the_ticker() {
        for name in ["Adj Close_BTC-USD", "('Adj Close', 'BTC-USD')", "BTC-USD.Adj Close"] {
            assert_eq!(split(name), Some(((Role::Adjusted, 0), "BTC-USD".to_owned())), "{name}");
        }
        assert_eq!(split("AAPL Close USD"), Some(((Role::Close, 0), "AAPL".to_owned())));
        // The longer part of the name is the adjusted close, and its ticker is a word.
        assert_eq!((split("KEY.Adj Close"), split("HOG.Adj Close")), (None, None));
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
        for name in ["Bid Close", "bid_close", "CloseBid", "-Bid-Close", "bidclose"] {
            assert_eq!(side(name), Some((Side::Bid, Role::Close)), "{name}");
        }
        assert_eq!(side("High Ask"), Some((Side::Ask, Role::High)));
        for name in ["Bid", "Bid Size", "AAPL Close", "Bid Ask Spread", "asking", "biddy"] {
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
