//! The value of a holding: a price times the units held, which change on few days.

use super::finder::Finder;
use super::groups::VAGUE;
use crate::vocabulary::names::Role;

impl Finder<'_> {
    /// Marks the units held and their value as no prices beside the price of one unit, whatever the names: the value is
    /// the product of the other two on nearly all rows.
    pub(super) fn name_holding(&mut self) {
        /// Every triple of columns is tried. Tables with more columns hold many series.
        const MAX_COLUMNS: usize = 8;
        let may_be = |column: &usize| {
            let is_open = match self.known[*column] {
                None => true,
                Some((role, rank)) => role == Role::Volume || role == Role::Close && rank >= VAGUE,
            };
            is_open && !self.dates.contains(column) && self.may_be_series(*column)
        };
        let open: Vec<usize> = self.columns().filter(may_be).collect();
        if self.table.header.is_none() || open.len() > MAX_COLUMNS {
            return;
        }
        let is_price =
            |column: usize| self.is_like_price(column) && self.known[column].is_none_or(|it| it.0.is_close());
        let held = open.iter().copied().filter(|&column| self.sample.is_held(column));
        let pairs = held.flat_map(|held| open.iter().map(move |&price| (price, held)));
        let pairs = pairs.filter(|&(price, held)| price != held && is_price(price));
        let mut found = pairs.filter_map(|(price, held)| {
            let is_value = |value: &usize| {
                ![price, held].contains(value) && is_price(*value) && self.sample.is_value_of(*value, price, held)
            };
            Some((price, held, open.iter().copied().find(is_value)?))
        });
        let Some((price, held, value)) = found.next() else { return };
        [held, value].into_iter().for_each(|column| self.known[column] = Some((Role::Unused, 0)));
        if self.known[price].is_some() {
            self.known[price] = Some((Role::Close, 0));
        }
        self.measures.extend([held, value]);
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Row, first_closes};

    fn units(row: Row) -> f64 {
        12.5 + (row.number / 20) as f64
    }

    #[test]
    fn the_value_of_units_held_is_no_price() {
        let held = |row: Row| format!("{:.2},{},{:.2}", row.prices[0], units(row), row.prices[0] * units(row));
        let expected = first_closes("Date,Close", |row| format!("{:.2}", row.prices[0]));
        for header in [
            "Date,NAV,Units Held,Value",
            "Date,NAV,Units,Value",
            "Date,AAPL,Shares,Holding",
            "Datum,Kurs,Bestand,Wert",
            "Data,Wycena,Jednostki,Wartość",
            "Date,A,B,C",
        ] {
            assert_eq!(first_closes(header, held), expected, "{header}");
        }
    }

    /// An index that is about ten times a fund, and a value that is no product of the other columns.
    #[test]
    fn a_value_that_is_no_product_is_a_series() {
        let other =
            |row: Row| format!("{:.2},{},{:.2}", row.prices[0], units(row), 3.0 * row.prices[0] + row.number as f64);
        assert_eq!(first_closes("Date,A,B,C", other).map(|found| found.len()), Ok(3));
        let index = |row: Row| {
            let off = 1.0 + 0.003 * (row.count as f64 - 12.0) / 3.0;
            format!("{:.2},10,{:.2}", row.prices[0], 10.0 * row.prices[0] * off)
        };
        assert_eq!(first_closes("Date,SPY,MULT,SPX", index).map(|found| found.len()), Ok(3));
    }
}
