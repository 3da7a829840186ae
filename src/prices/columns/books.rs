//! Recognises the books of a portfolio. Its total value is the price; cash, the value of positions, their number and
//! the exposure are no prices. Beside prices, earnings, volatilities and warehouse stocks are no prices either.

use super::finder::Finder;
use crate::vocabulary::books::{
    counted, is_figure, is_of_consumers, is_part, is_quantity, is_state, is_vague_total, may_be_part, may_be_total,
    total,
};
use crate::vocabulary::names::{self, Role};

impl Finder<'_> {
    /// Gives the columns of a portfolio their roles, and returns whether the table holds a portfolio. It does if one
    /// name means the total value, and another means a part of it or a figure about it. Beside other prices, such as an
    /// index, the total value is one of several series.
    pub(super) fn name_books(&mut self) -> bool {
        let name = |column: usize| &self.table.names[column];
        let is_number = |column: usize| self.sample.holds_numbers(column) && !self.labels_rows(column);
        let columns: Vec<usize> =
            self.columns().filter(|column| !self.dates.contains(column) && is_number(*column)).collect();
        let mut totals: Vec<usize> = columns.iter().copied().filter(|&column| total(name(column)).is_some()).collect();
        if totals.is_empty() {
            totals.extend(self.sum_of_parts(&columns));
        }
        let has_clear_part = columns.iter().any(|&column| is_part(name(column)));
        let is_part = |name: &str| is_part(name) || has_clear_part && may_be_part(name);
        let (beside, others): (Vec<usize>, Vec<usize>) = columns
            .into_iter()
            .filter(|column| !totals.contains(column))
            .partition(|&column| is_part(name(column)) || self.is_figure(column));
        // CASH and NAV can also be tickers.
        let are_words = totals.iter().chain(&beside).any(|&column| !names::is_symbol(name(column)))
            || others.iter().all(|&column| !names::is_symbol(name(column)));
        let has_part = beside.iter().any(|&column| is_part(name(column)));
        if totals.is_empty() || !has_part && beside.len() < 2 || !are_words || self.has_quoted_close(&totals) {
            return false;
        }
        let is_series = |column: &usize| {
            let is_close = self.affixed[*column].as_ref().is_some_and(|((role, _), _)| role.is_close());
            let is_open = self.is_generic_close(*column)
                || self.known[*column].is_none() && (self.affixed[*column].is_none() || is_close);
            let is_price = self.may_be_series(*column) && self.sample.moves_as_price(*column);
            is_open && is_price && !self.is_quantity(*column) && !self.is_indicator(*column)
        };
        let series: Vec<usize> = others.into_iter().filter(is_series).collect();
        // `Equity,Bonds,Gold,Cash` are asset classes.
        if !series.is_empty() && beside.len() < 2 && totals.iter().all(|&column| is_vague_total(name(column))) {
            return false;
        }
        let first = totals.iter().copied().min_by_key(|&column| total(&self.table.names[column]));
        for &column in totals.iter().chain(&beside) {
            let is_price = Some(column) == first;
            self.known[column] = match (is_price, series.is_empty()) {
                (true, true) => Some((Role::Close, 0)),
                (true, false) => None,
                // Totals in two currencies, or per unit and in all: beside other series, each total is a series.
                (false, false) if totals.contains(&column) => None,
                (false, _) => Some((Role::Unused, 0)),
            };
            self.measures.extend(Some(column).filter(|&column| self.known[column].is_some() && !is_price));
        }
        // If the name of a close contains a ticker, the ticker is the name of its series.
        if !series.is_empty() {
            series.iter().for_each(|&column| self.known[column] = None);
            totals.into_iter().chain(series).for_each(|column| self.affixed[column] = None);
        }
        true
    }

    /// Returns the column whose name can mean the total value, if it is the sum of parts beside it. One of the parts
    /// can be named as a figure: `cash` and `positions`.
    fn sum_of_parts(&self, columns: &[usize]) -> Option<usize> {
        let name = |column: usize| &self.table.names[column];
        let may_be = |test: fn(&str) -> bool| columns.iter().copied().filter(move |&column| test(name(column)));
        let parts: Vec<usize> = may_be(|name| is_part(name) || may_be_part(name)).collect();
        let is_sum = |total: usize, figure: Option<usize>| {
            let all: Vec<usize> = parts.iter().copied().chain(figure).chain([total]).collect();
            self.sample.sums_of_others(&all).contains(&total)
        };
        let is_total =
            |&total: &usize| is_sum(total, None) || may_be(is_figure).any(|figure| is_sum(total, Some(figure)));
        let has_part = parts.iter().any(|&column| is_part(name(column)));
        may_be(may_be_total).find(is_total).filter(|_| has_part)
    }

    /// Marks columns of quantities as no prices, if another column can be the price.
    pub(super) fn name_quantities(&mut self) {
        let is_open = |column: usize| self.known[column].is_none() && !self.dates.contains(&column);
        let open: Vec<usize> = self.columns().filter(|&column| is_open(column) && self.may_be_series(column)).collect();
        let first_words = |column: usize| {
            let name = names::normal(&self.table.names[column]);
            name.rsplit_once(' ').map(|(first, _)| first.to_owned())
        };
        let tickers: Vec<(usize, Option<String>)> = open.iter().map(|&column| (column, first_words(column))).collect();
        let is_count = |column: usize| {
            let ticker = counted(&self.table.names[column]);
            let beside = |(other, first): &(usize, Option<String>)| {
                *other != column && *first == ticker && counted(&self.table.names[*other]).is_none()
            };
            ticker.is_some() && tickers.iter().any(beside)
        };
        let (mut found, mut others): (Vec<usize>, Vec<usize>) =
            open.iter().partition(|&&column| self.is_quantity(column) || is_count(column));
        // PNL and CAPE are also tickers.
        let is_symbol = |column: &mut usize| names::is_long_symbol(&self.table.names[*column]);
        if others.iter().any(|&column| names::is_long_symbol(&self.table.names[column])) {
            others.extend(found.extract_if(.., is_symbol));
        }
        if !found.is_empty() {
            found.extend(others.extract_if(.., |column| is_of_consumers(&self.table.names[*column])));
        }
        // Where the rows of several series alternate, the prices of none move like prices from row to row.
        let may_be_price = |&column: &usize| self.sample.moves_as_price(column) || self.sample.holds_decimals(column);
        if self.named_closes().is_empty() && !others.iter().any(may_be_price) {
            return;
        }
        found.iter().for_each(|&column| self.known[column] = Some((Role::Unused, 0)));
        self.measures.extend(found);
    }

    /// Whether the name of a column means a figure about a portfolio. `risk_on` is 0 and 1, or the value of a basket.
    fn is_figure(&self, column: usize) -> bool {
        let name = &self.table.names[column];
        is_figure(name) && !(is_state(name) && self.sample.moves_as_price(column))
    }

    fn is_quantity(&self, column: usize) -> bool {
        is_quantity(&self.table.names[column]) || self.is_figure(column) || self.is_amount(column)
    }

    /// Whether a column other than the totals is clearly a close by its name, and not the close of a ticker.
    fn has_quoted_close(&self, totals: &[usize]) -> bool {
        self.named_closes().into_iter().any(|column| {
            let is_clear = self.known[column].is_some_and(|(_, rank)| rank < super::groups::VAGUE);
            is_clear && !totals.contains(&column) && !self.is_generic_close(column)
        })
    }

    /// Whether a column has an ambiguous name such as `price`: it is the price of the asset held.
    fn is_generic_close(&self, column: usize) -> bool {
        let is_close = self.known[column].is_some_and(|(role, _)| role == Role::Close);
        is_close && self.is_generic(column) && total(&self.table.names[column]).is_none()
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;

    use crate::testing::{noise, read};

    /// Reads the books of 60 days; `by` is the ratio of the total to the sum of cash and positions.
    fn closes(header: &str, by: f64) -> Vec<String> {
        let mut random = noise(4);
        let [mut cash, mut positions] = [60_000.0_f64, 40_000.0];
        let rows = (0..60_i64).map(|row| {
            positions *= 0.98 + 0.04 * random.next().unwrap();
            cash += if row % 9 == 0 { 500.0 } else { 0.0 };
            let cells = header.split(',').map(|name| match name {
                "cash" | "Cash" => format!("{cash:.2}"),
                "positions" | "Market Value" | "market_value" | "mv" | "invested" => format!("{positions:.2}"),
                "leverage" => format!("{:.3}", positions / (cash + positions)),
                _ => format!("{:.2}", by * (cash + positions)),
            });
            format!("{},{}\n", date(2021, 3, 1) + row.days(), cells.collect::<Vec<_>>().join(","))
        });
        let reading = read(&format!("date,{header}\n{}", rows.collect::<String>())).unwrap();
        reading.series.iter().map(|series| format!("{} {}", series.name, series.close[0])).collect()
    }

    #[test]
    fn the_value_is_the_sum_of_parts_whatever_it_is_called() {
        for total in ["balance", "portfolio", "value", "equity", "nav", "Balance", "Portfolio", "account_value"] {
            for parts in
                ["cash,market_value", "Cash,Market Value", "cash,positions", "cash,invested", "cash,mv,leverage"]
            {
                for header in [format!("{parts},{total}"), format!("{total},{parts}")] {
                    let found = closes(&header, 1.0);
                    assert_eq!((found.len(), &found[0][..7]), (1, "prices "), "{header}: {found:?}");
                    let value: f64 = found[0][7..].parse().unwrap();
                    assert!(value > 99_000.0, "{header}: {found:?}");
                }
            }
        }
    }

    #[test]
    fn a_word_that_may_be_the_value_is_none_where_it_is_no_sum() {
        for total in ["balance", "portfolio"] {
            assert_eq!(closes(&format!("cash,invested,{total}"), 1.7).len(), 3, "{total}");
        }
        // Market values alone do not show that they are parts.
        assert_eq!(closes("market_value,balance", 1.0).len(), 2);
    }
}
