//! Currencies in the names of columns: currencies of one series, or tickers beside other tickers.

use std::collections::{HashMap, HashSet};

use crate::vocabulary::affix;
use crate::vocabulary::currency_names;
use crate::vocabulary::names::{self, Known, Role};

/// Decides, from the other names, whether currencies in names are tickers.
pub(super) fn settle(names: &[String], known: &mut [Option<Known>]) {
    take_currencies_for_tickers(names, known);
    read_after_currencies(names, known);
}

/// Reads a currency as a ticker if the close of another ticker is named in the same way: `Close_COP` beside
/// `Close_XOM`. A pair of currencies beside another ticker is a ticker too: `Close_BTC-USD` beside `Close_005930.KS` or
/// `Close_ETH-USD`.
fn take_currencies_for_tickers(names: &[String], known: &mut [Option<Known>]) {
    let form = |name: &str, ticker: &str| name.replacen(ticker, "{}", 1);
    let parts: Vec<Option<(Known, String)>> = names.iter().map(|name| affix::split_any(name)).collect();
    let columns = names.iter().zip(&*known).zip(&parts);
    let closes: Vec<(&String, bool, &String)> = columns
        .filter_map(|((name, known), part)| match part {
            Some(((role, _), ticker)) if role.is_close() => Some((name, known.is_some(), ticker)),
            _ => None,
        })
        .collect();
    let others = closes.iter().filter(|(_, known, ticker)| {
        (!known && names::is_long_symbol(ticker)) || currency_names::is_pair_of_currencies(ticker)
    });
    let mut by_form: HashMap<String, HashSet<&str>> = HashMap::new();
    others.for_each(|(name, _, ticker)| _ = by_form.entry(form(name, ticker)).or_default().insert(ticker));
    let is_beside_other = |name: &str, ticker: &str| {
        let others = by_form.get(&form(name, ticker));
        others.is_some_and(|others| others.len() > usize::from(others.contains(ticker)))
    };
    let is_currency =
        |ticker: &str| currency_names::is_like_currency(ticker) || currency_names::is_pair_of_currencies(ticker);
    let alike =
        closes.iter().filter(|(name, known, ticker)| *known && is_currency(ticker) && is_beside_other(name, ticker));
    let tickers: HashSet<&str> = alike.map(|(_, _, ticker)| ticker.as_str()).collect();
    for (known, part) in known.iter_mut().zip(&parts) {
        if part.as_ref().is_some_and(|(_, ticker)| tickers.contains(ticker.as_str())) {
            *known = None;
        }
    }
}

/// Reads `NZD Volume` beside `Close` as a volume: if the close, or high and low, have names without a ticker, a
/// currency in front of a name is no ticker. A role that several columns could have is given to none of them.
fn read_after_currencies(names: &[String], known: &mut [Option<Known>]) {
    let has = |known: &[Option<Known>], role: Role| known.iter().flatten().any(|(found, _)| *found == role);
    let has_close = has(known, Role::Close) || has(known, Role::Adjusted);
    if !(has_close || has(known, Role::High) && has(known, Role::Low)) {
        return;
    }
    let unknown = known.iter().zip(names).enumerate().filter(|(_, (known, _))| known.is_none());
    let found: Vec<(usize, Known)> =
        unknown.filter_map(|(column, (_, name))| Some((column, currency_names::role_after_currency(name)?))).collect();
    let found: Vec<(usize, Known)> = found.into_iter().filter(|(_, known)| is_clear_quote(*known)).collect();
    for &(column, (role, rank)) in &found {
        let is_only = found.iter().filter(|(_, (other, _))| *other == role).count() == 1;
        if is_only && !has(known, role) {
            known[column] = Some((role, rank));
        }
    }
}

/// Whether a name clearly means a price or a volume: `USD Rate` and `USD Code` do not.
fn is_clear_quote((role, rank): Known) -> bool {
    let quotes = [Role::Open, Role::High, Role::Low, Role::Close, Role::Adjusted, Role::Volume];
    rank == 0 && quotes.contains(&role)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::read;

    fn roles(names: &str) -> Vec<Option<Role>> {
        let names: Vec<String> = names.split(',').map(str::to_owned).collect();
        let mut known: Vec<Option<Known>> = names.iter().map(|name| names::role(name.as_bytes())).collect();
        settle(&names, &mut known);
        known.into_iter().map(|known| known.map(|(role, _)| role)).collect()
    }

    #[test]
    fn a_currency_beside_tickers_is_a_ticker() {
        assert_eq!(roles("Close_COP,Close_XOM,High_COP"), [None; 3]);
        for names in ["Close_BTC-USD,Close_AAPL", "Close BTC-USD,Close ETH-USD", "BTC-USD.Close,005930.KS.Close"] {
            assert_eq!(roles(names), [None; 2], "{names}");
        }
        assert_eq!(roles("('Adj Close'; 'BTC-USD'),('Close'; 'BTC-USD'),('Close'; 'KO')"), [None; 3]);
        assert_eq!(roles("Open,Close (BTC/USD)"), [Some(Role::Open), Some(Role::Close)]);
        assert_eq!(roles("Close,Volume LTC,Volume USDT"), [Some(Role::Close), None, Some(Role::Volume)]);
        assert_eq!(roles("Open USD,Close USD"), [Some(Role::Open), Some(Role::Close)]);
    }

    #[test]
    fn a_currency_before_a_name_is_a_unit_beside_a_close() {
        assert_eq!(roles("Close,NZD Volume"), [Some(Role::Close), Some(Role::Volume)]);
        assert_eq!(roles("High,Low,A$ Close"), [Some(Role::High), Some(Role::Low), Some(Role::Close)]);
        assert_eq!(roles("Close,USD Close,NZD Open,AUD Open"), [Some(Role::Close), None, None, None]);
        assert_eq!(roles("USD Close,EUR Close"), [None; 2]);
        assert_eq!(roles("Adj Close,USD Rate,USD Code"), [Some(Role::Adjusted), None, None]);
    }

    /// A column with a currency in its name keeps its role, whichever currency it is and wherever it stands.
    #[test]
    fn currencies_in_names_of_columns_are_units() {
        use crate::vocabulary::currencies::{CODES, SIGNS, WRITTEN};

        const NAMES: [&str; 5] = ["Open", "High", "Low", "Close", "Volume"];
        let roles = |names: &[String]| {
            let text = format!("Date,{}\n2024-01-02,5,7,4,6,900\n2024-01-03,6,8,5,7,800\n", names.join(","));
            let reading = read(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
            let [series] = &reading.series[..] else { panic!("several series\n{text}") };
            assert!(series.range.is_some() && series.volume.is_some() && series.close == [6.0, 7.0], "{text}");
            assert_eq!(reading.warnings, [], "{text}");
        };
        let signs = SIGNS.chars().map(String::from);
        let lower = CODES.iter().chain(&WRITTEN).map(|currency| currency.to_string()).chain(signs);
        for currency in lower.flat_map(|currency| [currency.to_uppercase(), currency]) {
            let forms: [fn(&str, &str) -> String; 4] = [
                |name, currency| format!("{currency} {name}"),
                |name, currency| format!("{name} {currency}"),
                |name, currency| format!("{name} ({currency})"),
                |name, currency| format!("{name}_{currency}"),
            ];
            for form in forms {
                roles(&NAMES.map(|name| form(name, &currency)));
                for with_currency in NAMES {
                    roles(
                        &NAMES.map(|name| if name == with_currency { form(name, &currency) } else { name.to_owned() }),
                    );
                }
            }
        }
    }
}
