//! Averages beside counts.

use super::finder::Finder;
use crate::vocabulary::books::total;
use crate::vocabulary::counts::{Counted, counted, is_average, may_be_code};
use crate::vocabulary::names::{self, Role};

impl Finder<'_> {
    /// Whether a column holds counts, amounts or codes by its name and its numbers. Names in capitals can be tickers.
    pub(super) fn is_amount(&self, column: usize) -> bool {
        let name = &self.table.names[column];
        let may_be = match counted(name) {
            Some(Counted::Amount) => true,
            Some(Counted::MaybeCount) => !self.sample.holds_fractions(column),
            None => may_be_code(name) && self.sample.changes(column) == 0,
        };
        // The comparison with the spelling of all names of volumes takes longest.
        may_be && !names::is_long_symbol(name) && names::almost(name, |role| role == Role::Volume).is_none()
    }

    /// Reads the only average of a day as the price if all other columns hold counts, amounts or measures: the mean price
    /// beside the number of deals. Without an average, such as beside a previous close, counts are no price either.
    pub(super) fn name_average(&mut self) {
        if !self.named_closes().is_empty() {
            return;
        }
        let name = |column: usize| &self.table.names[column];
        let others: Vec<usize> =
            self.columns().filter(|column| !self.dates.contains(column) && self.may_be_series(*column)).collect();
        let is_unused = |column: usize| matches!(self.known[column], Some((Role::Unused, _)));
        let (prices, others): (Vec<usize>, Vec<usize>) =
            others.into_iter().partition(|&column| is_unused(column) && self.is_like_price(column));
        let is_of_day = |&column: &usize| is_average(name(column)) && !names::is_of_day_before(name(column));
        let averages: Vec<usize> = prices.iter().copied().filter(is_of_day).collect();
        let open: Vec<usize> = others.iter().copied().filter(|&column| self.known[column].is_none()).collect();
        let is_count = |&column: &usize| self.is_amount(column);
        let is_read =
            |column: usize| !is_unused(column) && !matches!(self.known[column], None | Some((Role::Volume, _)));
        if prices.is_empty() || others.iter().any(|&column| is_read(column)) {
            return;
        }
        match averages[..] {
            // `Average price,Lots sold,Total value`
            [average] if open.iter().all(|column| is_count(column) || total(name(*column)).is_some()) => {
                self.known[average] = Some((Role::Close, 0));
            }
            [] if !open.is_empty() && open.iter().all(is_count) => {}
            _ => return,
        }
        open.iter().for_each(|&column| self.known[column] = Some((Role::Unused, 0)));
        self.measures.extend(open);
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Row, first_closes, walks, warnings};

    /// A price and a count.
    fn counted(Row { prices: [price, _], count, .. }: Row) -> String {
        format!("{price:.2},{count}")
    }

    #[test]
    fn an_average_beside_a_count_is_the_price() {
        let expected = first_closes("Date,Close,Volume", counted).unwrap();
        for header in [
            "Date,Avg price,Number of deals",
            "Date,VWAP,Deals",
            "Date,VWAP,No of trades",
            "Date,VWAP,Transactions",
            "Date,Average Price,Arrivals",
            "Date,Average price,Trades",
            "Date,Average price,Turnover",
            "Date,Weighted average,Bags sold",
            "Date,Weighted average,Open interest",
            "Date,Average,Sample size",
            "Date,Mean price,Number of lots",
            "Datum,Durchschnittskurs,Anzahl Geschäfte",
        ] {
            assert_eq!(first_closes(header, counted).as_ref(), Ok(&expected), "{header}");
        }
        let with_value = |row: Row| format!("{},{:.1}", counted(row), 50.0 * row.prices[0]);
        assert_eq!(first_closes("Date,Average price,Lots sold,Total value", with_value), Ok(expected));
        let fault = first_closes("Date,Prev Close,Number of deals", counted).unwrap_err();
        assert!(fault.contains("'Prev Close'"), "{fault}");
        // The name of an index of sales, with decimals, and tickers in capitals.
        for header in ["Date,Orders,Sales", "Date,DEALS,QUOTES", "Date,Gold,Numbers"] {
            let found = first_closes(header, |Row { prices: [one, other], .. }| format!("{one:.2},{other:.2}"));
            assert_eq!(found.map(|found| found.len()), Ok(2), "{header}");
        }
    }

    /// A column that the reader does not take for a price is not offered as one.
    #[test]
    fn counts_are_not_offered_as_the_price() {
        let text =
            walks("Date,Average price,Number of deals,Gold", |row| format!("{},{:.2}", counted(row), row.prices[1]));
        let warnings = warnings(&text);
        assert!(
            warnings.iter().any(|warning| warning.contains("'Number of deals' is not read: it contains no prices")),
            "{warnings:?}"
        );
    }

    #[test]
    fn a_constant_beside_a_rate_is_no_price() {
        for (header, cell) in
            [("Datum,Sifra,Kurs A", "840"), ("Дата,Код цифровий,Курс A", "840"), ("Date,Payout,Fund A", "0")]
        {
            let found = first_closes(header, |row| format!("{cell},{:.2}", row.prices[0])).unwrap();
            assert!(found.len() == 1 && (30.0..50.0).contains(&found[0]), "{header}: {found:?}");
        }
        let found = first_closes("Date,USDT,BTC", |row| format!("1.25,{:.2}", row.prices[0]));
        assert_eq!(found.map(|found| found.len()), Ok(2));
    }
}
