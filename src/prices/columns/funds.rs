//! Names of funds that begin with a word of the bar.

use super::finder::Finder;
use crate::vocabulary::names::{self, Role};

impl Finder<'_> {
    /// Reads names such as `High Growth` beside `Growth` as names of funds if their prices are farther apart than those
    /// of one day. The name of a ticker in capitals is no such word.
    pub(super) fn free_names_of_funds(&mut self) {
        let name = |column: usize| &self.table.names[column];
        let is_fund = |column: &usize| {
            let Some(((Role::Open | Role::High | Role::Low, _), ticker)) = &self.affixed[*column] else { return false };
            let is_behind = name(*column).ends_with(ticker.as_str()) && !names::is_symbol(ticker);
            let is_own = |other: &usize| name(*other) == ticker && !self.sample.is_near(*column, *other);
            is_behind && self.may_be_series(*column) && self.columns().any(|other| is_own(&other))
        };
        let found: Vec<usize> = self.columns().filter(is_fund).collect();
        found.into_iter().for_each(|column| self.affixed[column] = None);
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Row, first_closes, walks, warnings};

    fn two(Row { prices: [one, other], .. }: Row) -> String {
        format!("{one:.2},{other:.2}")
    }

    #[test]
    fn names_of_funds_may_contain_words_for_measures() {
        for header in [
            "Date,Low Volatility,High Dividend",
            "Date,Absolute Return,Equity",
            "Date,Price Index,Return Index",
            "Date,Price Return,Net Return",
            "Date,SPLV Low Volatility,SPHB High Beta",
            "Date,Growth,High Growth",
            "Date,Duration,Low Duration",
        ] {
            assert_eq!(first_closes(header, two).map(|found| found.len()), Ok(2), "{header}");
        }
        // A volatility is no price, and a high of the same day is none of another fund.
        let volatility = |row: Row| format!("{:.2},{}", row.prices[0], row.count as f64 / 64.0);
        assert_eq!(first_closes("Date,AAPL,AAPL Volatility", volatility).map(|found| found.len()), Ok(1));
        let high = |row: Row| format!("{:.2},{:.2}", row.prices[0], row.prices[0] + 0.4);
        assert_eq!(first_closes("Date,Growth,High Growth", high).map(|found| found.len()), Ok(1));
    }

    #[test]
    fn a_fund_beside_a_close_is_named_in_a_warning() {
        for name in ["Low Volatility", "Absolute Return", "Growth"] {
            let warnings = warnings(&walks(&format!("Date,Close,{name}"), two));
            assert!(warnings.iter().any(|warning| warning.contains(name)), "{name}: {warnings:?}");
        }
    }
}
