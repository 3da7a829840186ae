//! An index beside a stock, a fund or a portfolio: two series, not a close and a column to leave out.

use super::finder::Finder;
use super::groups::VAGUE;
use crate::vocabulary::beside::{is_holding, is_index};
use crate::vocabulary::names::Role;

impl Finder<'_> {
    /// Reads a column that is named only as an index as a series, like the series beside it.
    pub(super) fn read_index_as_series(&mut self) {
        let [index] = self.named_closes()[..] else { return };
        let is_vague = matches!(self.known[index], Some((_, VAGUE..)));
        if !is_vague || !is_index(&self.table.names[index]) || !self.is_like_price(index) {
            return;
        }
        let held: Vec<usize> =
            self.columns().filter(|&column| column != index && self.is_beside_index(column, index)).collect();
        if !held.is_empty() {
            held.into_iter().chain([index]).for_each(|column| self.known[column] = None);
        }
    }

    /// Whether a column is a series beside an index: by a name for a holding, or because its prices differ from the
    /// index.
    fn is_beside_index(&self, column: usize, index: usize) -> bool {
        const MAX_CORRELATION: f64 = 0.95;
        let name = &self.table.names[column];
        let is_other = || {
            let moves = self.sample.correlation(column, index);
            !self.is_of_day(column, index) && moves.is_none_or(|moves| moves < MAX_CORRELATION)
        };
        let is_price = || !self.dates.contains(&column) && self.may_be_series(column) && self.is_like_price(column);
        match self.known[column] {
            Some((Role::Ticker, _)) => is_price(),
            None => is_price() && self.is_unnamed_series(column) && (is_holding(name) || is_other()),
            Some(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;

    use crate::testing::{noise, read};

    /// Returns the names of the series read from a table of two random walks, the second starting at `from`.
    fn series(names: &str, from: f64) -> Vec<String> {
        let mut random = noise(3);
        let mut prices = [30.0_f64, from];
        let rows = (0..60_i64).map(|row| {
            prices = prices.map(|price| price * (0.98 + 0.04 * random.next().unwrap()));
            format!("{},{:.2},{:.2}\n", date(2021, 3, 1) + row.days(), prices[0], prices[1])
        });
        let reading = read(&format!("{names}\n{}", rows.collect::<String>())).unwrap();
        let is_one = reading.series.len() == 1;
        assert!(is_one || reading.warnings.is_empty(), "{names}: {:?}", reading.warnings);
        reading.series.iter().map(|series| series.name.clone()).collect()
    }

    #[test]
    fn a_holding_and_an_index_are_two_series() {
        for names in ["Stock,Index", "Portfolio,Index", "My Portfolio,Index", "Fund Value,Index Value", "Depot,Index"] {
            for from in [31.0, 4000.0] {
                let [one, other]: [&str; 2] = names.split(',').collect::<Vec<_>>().try_into().unwrap();
                assert_eq!(series(&format!("Date,{names}"), from), [one, other]);
                assert_eq!(series(&format!("Date,{other},{one}"), from), [other, one]);
            }
        }
        assert_eq!(series("Date,AAPL,Index", 4000.0), ["AAPL", "Index"]);
        // An unambiguous name of the close decides.
        assert_eq!(series("Date,Close,Index", 4000.0).len(), 1);
    }
}
