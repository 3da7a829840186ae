//! Columns beside prices that their numbers show to be no prices: changes, flags, sums of the others, amounts of money.

use super::finder::Finder;
use super::groups::VAGUE;
use crate::vocabulary::beside::{is_flag, is_risk_free, is_sum};
use crate::vocabulary::names::{self, Role};

impl Finder<'_> {
    /// Marks derived columns with unknown names as no prices, if another column can be the price.
    pub(super) fn pass_over_derived(&mut self) {
        let is_open = |column: &usize| {
            let is_unknown = self.known[*column].is_none() && self.affixed[*column].is_none();
            is_unknown && !self.dates.contains(column) && self.may_be_series(*column)
        };
        if self.table.header.is_none() || self.table.tickers.iter().any(|ticker| !ticker.is_empty()) {
            return;
        }
        let open: Vec<usize> = self.columns().filter(is_open).collect();
        let (mut found, rest): (Vec<usize>, Vec<usize>) =
            open.into_iter().partition(|&column| self.sample.moves_like_changes(column) || self.is_flag(column));
        let closes = self.named_closes();
        let prices: Vec<usize> = rest.iter().copied().filter(|&column| self.sample.moves_as_price(column)).collect();
        if prices.is_empty() && closes.is_empty() {
            return;
        }
        // A leg of a spread is the sum of the spread and the other leg, and an index can be the mean of its members:
        // the name decides.
        let is_named = |column: &usize| is_sum(&self.table.names[*column]);
        if prices.iter().any(is_named) {
            found.extend(self.sample.sums_of_others(&prices).into_iter().filter(is_named));
        }
        found.extend(self.money(&prices, &closes));
        found.iter().for_each(|&column| self.known[column] = Some((Role::Unused, 0)));
        self.measures.extend(found);
    }

    /// Whether a column holds only 0 and 1 and is a flag, which needs both values or a name for a flag; or holds the
    /// risk-free rate.
    fn is_flag(&self, column: usize) -> bool {
        let name = &self.table.names[column];
        let is_digit = |cell: &[u8]| matches!(cell, b"0" | b"1" | b"0.0" | b"1.0");
        let has_both = self.sample.distinct(column) > 1 || is_flag(name);
        let is_small = || self.sample.middle(column).is_some_and(|middle| middle < 1.0);
        let is_rate = is_risk_free(name) && (self.sample.changes(column) == 0 || is_small());
        is_rate || has_both && self.sample.all(column, is_digit)
    }

    /// Returns the columns of amounts in millions that are at least 100,000 times as large as a price with which they
    /// are correlated, such as the assets of a fund beside its price.
    fn money(&self, prices: &[usize], closes: &[usize]) -> Vec<usize> {
        const MIN_MONEY: f64 = 1e6;
        const MIN_TIMES_PRICE: f64 = 1e5;
        const MIN_CORRELATION: f64 = 0.9;
        /// Every pair of columns is compared.
        const MAX_COLUMNS: usize = 64;
        let middle = |column: usize| self.sample.middle(column).unwrap_or(f64::NAN);
        let vague = closes.iter().filter(|&&column| matches!(self.known[column], Some((_, VAGUE..))));
        let others: Vec<usize> = prices.iter().chain(vague).copied().collect();
        let is_money = |column: &usize| {
            let is_times = |other: usize| middle(*column) >= MIN_TIMES_PRICE * middle(other);
            let goes_with =
                |other: usize| self.sample.correlation(*column, other).is_some_and(|moves| moves >= MIN_CORRELATION);
            let is_large = middle(*column) >= MIN_MONEY && !names::is_long_symbol(&self.table.names[*column]);
            is_large && others.iter().any(|&other| is_times(other) && goes_with(other))
        };
        if others.len() > MAX_COLUMNS { Vec::new() } else { prices.iter().copied().filter(is_money).collect() }
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;

    use crate::testing::{noise, read};

    /// A table of two prices and other columns computed from them.
    fn table(names: &[&str], cells: impl Fn(usize, [f64; 2], [f64; 2]) -> Vec<String>) -> String {
        let mut random = noise(11);
        let mut prices = [40.0_f64, 130.0];
        let mut text = format!("Date,A1,B2,{}\n", names.join(","));
        for row in 0..60_usize {
            let before = prices;
            prices = prices.map(|price| (price * (0.98 + 0.04 * random.next().unwrap()) * 100.0).round() / 100.0);
            let [one, other] = prices;
            let cells = cells(row, before, prices).join(",");
            text += &format!("{},{one:.2},{other:.2},{cells}\n", date(2021, 3, 1) + (row as i64).days());
        }
        text
    }

    #[test]
    fn changes_flags_sums_and_money_are_no_prices() {
        type Cell = fn(usize, [f64; 2], [f64; 2]) -> String;
        let cells: [(&str, Cell); 10] = [
            ("pct", |_, before, now| format!("{:.2}", 100.0 * (now[0] / before[0] - 1.0))),
            ("r1", |_, before, now| format!("{:.6}", (now[1] / before[1]).ln())),
            ("delta", |_, before, now| format!("{:.2}", now[0] - before[0])),
            ("event", |row, _, _| (row % 9 / 8).to_string()),
            ("is_holiday", |_, _, _| "0".to_owned()),
            ("RF", |_, _, _| "0.02".to_owned()),
            ("risk_free", |row, _, _| format!("{:.3}", 0.01 + 0.001 * (row / 20) as f64)),
            ("Sum", |_, _, now| format!("{:.2}", now[0] + now[1])),
            ("Mean", |_, _, now| format!("{:.3}", (now[0] + now[1]) / 2.0)),
            ("Worth", |row, _, now| format!("{:.2}", now[0] * (2e7 + 1e3 * row as f64))),
        ];
        for (name, cell) in cells {
            let text = table(&[name], |row, before, now| vec![cell(row, before, now)]);
            let reading = read(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
            let names: Vec<&str> = reading.series.iter().map(|series| series.name.as_str()).collect();
            assert_eq!((&names[..], reading.failed.len()), (&["A1", "B2"][..], 0), "{name}");
            let warnings: Vec<String> = reading.remarks().iter().map(|warning| warning.to_string()).collect();
            let form = if name == "pct" { ": it contains no prices" } else { "" };
            assert_eq!(warnings, [format!("column '{name}' is not read{form}")]);
        }
    }

    /// In a spread with its legs, or an index with its members, the sum or the mean is also a price.
    #[test]
    fn sums_and_means_with_other_names_are_series() {
        type Cell = fn(usize, [f64; 2], [f64; 2]) -> String;
        let sum: Cell = |_, _, now| format!("{:.2}", now[0] + now[1]);
        let mean: Cell = |_, _, now| format!("{:.3}", (now[0] + now[1]) / 2.0);
        for (name, cell) in [("RBOB", sum), ("DJIA", mean)] {
            let reading = read(&table(&[name], |row, before, now| vec![cell(row, before, now)])).unwrap();
            let names: Vec<&str> = reading.series.iter().map(|series| series.name.as_str()).collect();
            assert_eq!((&names[..], reading.warnings.len()), (&["A1", "B2", name][..], 0), "{name}");
        }
    }

    #[test]
    fn levels_below_zero_and_large_prices_stay_series() {
        let level = |row: usize| format!("{:.3}", 0.4 - 0.01 * row as f64 + 0.002 * (row % 3) as f64);
        let reading = read(&table(&["Bund", "BTCIDR"], |row, _, now| {
            vec![level(row), format!("{:.0}", 9e8 + 3e7 * ((row * 7) % 5) as f64 + now[0])]
        }));
        let reading = reading.unwrap();
        assert_eq!(reading.series.len() + reading.failed.len(), 4);
    }
}
