//! Tables that stand side by side, each with its own column of dates: `Date,Gold,Date,Silver`.

use std::ops::Range;

use super::finder::Finder;
use crate::options::{ColumnUse, ReadOptions};
use crate::vocabulary::names::{self, Role};

impl Finder<'_> {
    /// Returns the columns of tables side by side, each from its column of dates to that of the next table; none if
    /// there is only one table. Each table has a price and the same kind of name for its dates.
    fn tables_side_by_side(&self) -> Vec<Range<usize>> {
        let is_date = |column: &usize| {
            let is_named = matches!(self.known[*column], Some((Role::Date, _))) || self.kind_of_date(*column).is_some();
            is_named && self.sample.holds_dates(*column)
        };
        let starts: Vec<usize> = self.columns().filter(is_date).collect();
        let ends = starts.iter().skip(1).copied().chain([self.known.len()]);
        let tables: Vec<Range<usize>> = starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect();
        let has_price = |table: &Range<usize>| {
            table.clone().skip(1).any(|column| self.may_be_series(column) && self.sample.moves_as_price(column))
        };
        let kind = |table: &Range<usize>| self.kind_of_date(table.start);
        let is_one_kind = tables.iter().all(|table| kind(table).is_some() && kind(table) == kind(&tables[0]));
        if tables.len() > 1 && is_one_kind && tables.iter().all(has_price) { tables } else { Vec::new() }
    }

    /// Returns the word for dates in the name of a column without its number, `date` for `Date.1`, or without the name
    /// of the price beside it: `Gold Date` beside `Gold`.
    fn kind_of_date(&self, column: usize) -> Option<String> {
        let name = &self.table.names[column];
        let first = name.rsplit_once('.').filter(|(_, number)| number.bytes().all(|byte| byte.is_ascii_digit()));
        let name = names::normal(first.map_or(name.as_str(), |(first, _)| first));
        let is_date = |word: &str| matches!(names::role(word.as_bytes()), Some((Role::Date, _)));
        if is_date(&name) && !name.contains(' ') {
            return Some(name);
        }
        let (front, word) = name.rsplit_once(' ')?;
        let beside = names::normal(self.table.names.get(column + 1)?);
        (is_date(word) && beside.split(' ').take(front.split(' ').count()).eq(front.split(' ')))
            .then(|| word.to_owned())
    }

    /// Returns the column of dates of the table that a named price belongs to.
    pub(super) fn dates_beside(&self, options: &ReadOptions) -> Option<usize> {
        let price = self.find(ColumnUse::Price, options.price.as_ref()?).ok()?;
        let tables = self.tables_side_by_side();
        tables.into_iter().find(|table| table.contains(&price)).map(|table| table.start).filter(|&date| date != price)
    }

    /// Leaves out the columns of tables whose days are not those of the dates that are read.
    pub(super) fn pass_over_other_days(&mut self, date: usize) {
        let tables = self.tables_side_by_side();
        let equal = self.equal_dates.borrow();
        let is_other = |table: &Range<usize>| {
            !table.contains(&date) && !equal.contains(&table.start) && !self.sample.same_days(table.start, date)
        };
        let others: Vec<usize> = tables.into_iter().filter(is_other).flatten().collect();
        drop(equal);
        for column in others {
            self.known[column] = Some((Role::Unused, 0));
            self.affixed[column] = None;
            self.other_days.push(column);
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use crate::{ReadOptions, Reading, read_bytes};

    /// Two tables side by side, the second two weeks later.
    fn table(header: &str) -> String {
        let row = |row: usize| {
            let [gold, silver] = [100 + row * 7 % 5, 40 + row * 5 % 7];
            format!("2024-01-{:02},{gold}.5,2024-01-{:02},{silver}.5\n", row + 1, row + 15)
        };
        format!("{header}\n{}", (0..14).map(row).collect::<String>())
    }

    fn read(header: &str, date: &str, price: Option<&str>) -> Reading {
        let options = ReadOptions {
            date: Some(date.parse().unwrap()).filter(|_| !date.is_empty()),
            price: price.map(|price| price.parse().unwrap()),
            ..ReadOptions::default()
        };
        read_bytes("p.csv", table(header).as_bytes(), &options).unwrap_or_else(|error| panic!("{header}: {error}"))
    }

    #[test]
    fn a_price_has_the_dates_at_its_left() {
        for (header, dates) in [
            ("Date,Gold,Date,Silver", ["Date (column 1)", "Date (column 3)"]),
            ("Date,Gold,Date.1,Silver", ["Date", "Date.1"]),
            ("Gold Date,Gold,Silver Date,Silver", ["Gold Date", "Silver Date"]),
        ] {
            let first = read(header, dates[0], None);
            let warnings: Vec<String> = first.remarks().iter().map(|warning| warning.to_string()).collect();
            assert_eq!((first.series.len(), first.series[0].close[0]), (1, 100.5), "{header}");
            assert!(warnings.iter().any(|warning| warning.contains("'Silver'")), "{header}: {warnings:?}");
            let second = read(header, dates[1], None);
            assert_eq!((second.series.len(), second.series[0].close[0]), (1, 40.5), "{header}");
            let silver = read(header, "", Some("Silver"));
            assert_eq!((silver.series[0].dates[0], silver.series[0].close[0]), (date(2024, 1, 15), 40.5), "{header}");
        }
    }

    #[test]
    fn another_date_of_the_same_price_begins_no_table() {
        let reading = read("Trade Date,Close,Settlement Date,Last", "Trade Date", None);
        assert_eq!(reading.series[0].close[0], 100.5);
        let text =
            "Date,Ex Date,Close\n2024-01-02,2024-03-01,10.5\n2024-01-03,2024-03-02,10.25\n2024-01-04,2024-03-03,11\n";
        let options = ReadOptions { date: Some("Date".parse().unwrap()), ..ReadOptions::default() };
        assert_eq!(read_bytes("p.csv", text.as_bytes(), &options).unwrap().series[0].close[0], 10.5);
    }
}
