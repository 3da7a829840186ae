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
    use jiff::ToSpan;
    use jiff::civil::date;

    use crate::testing::{noise, read};

    fn closes(header: &str, cells: impl Fn(usize, f64) -> String) -> Vec<f64> {
        let mut random = noise(23);
        let mut price = 40.0_f64;
        let mut text = format!("{header}\n");
        for row in 0..60_usize {
            price = (price * (0.98 + 0.04 * random.next().unwrap()) * 100.0).round() / 100.0;
            text += &format!("{},{}\n", date(2021, 3, 1) + (row as i64).days(), cells(row, price));
        }
        let reading = read(&text).unwrap_or_else(|error| panic!("{header}: {error}"));
        let mut last: Vec<f64> = reading.series.iter().map(|series| series.close[0]).collect();
        last.truncate(4);
        assert!(last.iter().all(|close| *close > 0.0), "{price}");
        last
    }

    #[test]
    fn the_value_of_units_held_is_no_price() {
        let units = |row: usize| 12.5 + (row / 20) as f64;
        for header in
            ["Date,NAV,Units Held,Value", "Datum,Kurs,Bestand,Wert", "Data,Wycena,Jednostki,Wartość", "Date,A,B,C"]
        {
            let found = closes(header, |row, price| format!("{price:.2},{},{:.2}", units(row), price * units(row)));
            assert!(found.len() == 1 && found[0] < 50.0, "{header}: {found:?}");
        }
        // A value that is no product is a series of its own.
        let found =
            closes("Date,A,B,C", |row, price| format!("{price:.2},{},{:.2}", units(row), price * 3.0 + row as f64));
        assert!(found.len() > 1, "{found:?}");
    }
}
