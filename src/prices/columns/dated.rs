//! Finds the column of dates, or the three columns of year, month and day.

use jiff::civil::Date;

use super::finder::{Finder, Named, best};
use crate::error::Fault;
use crate::options::{ColumnRef, ColumnUse, ReadOptions};
use crate::vocabulary::dates::{Word, is_from_and_to, meaning};
use crate::vocabulary::headers::{DAY, MONTH, YEAR};
use crate::vocabulary::names::{self, Role};

impl Finder<'_> {
    /// Returns the column of dates: of the columns that are named as dates and hold dates, the one with the best name;
    /// without such a column, the one that holds dates.
    pub(super) fn date(&self, wanted: Option<&ColumnRef>) -> Result<usize, Fault> {
        if let Some(wanted) = wanted {
            return self.find_fitting(ColumnUse::Date, wanted);
        }
        let named = best(&self.all_named(), Role::Date);
        let is_dated = |column: &usize| self.sample.holds_dates(*column);
        let dated: Vec<Named> = self.all_named().into_iter().filter(|(column, _)| is_dated(column)).collect();
        let dated = best(&dated, Role::Date);
        if !dated.is_empty() {
            return self.only_or_equal(ColumnUse::Date, &dated);
        }
        // Dates under the name of a price mean that the header is shifted. Programs give the name `index` to any
        // column.
        let other =
            |column: usize| !self.is_index(column) && self.known[column].is_some_and(|(role, _)| role != Role::Date);
        let dated = |column: &usize| self.sample.holds_only_dates(*column) && (named.is_empty() || !other(*column));
        let mut found: Vec<usize> = self.columns().filter(dated).collect();
        // A caller who states the order of dates in digits states that there is a column of them.
        if let Some(order) = self.date_order.filter(|_| found.is_empty() && named.is_empty()) {
            found = self.columns().filter(|&column| self.sample.holds_digits_of(column, order)).collect();
        }
        if found.is_empty() && named.is_empty() && self.table.header.is_none() {
            found = self.columns().filter(|&column| self.sample.holds_days_in_digits(column)).collect();
        }
        // Beside days, a number that never changes, such as a number of shares, is no date.
        if found.iter().any(|&column| self.sample.changes(column) > 0) {
            found.retain(|&column| self.sample.changes(column) > 0);
        }
        // Expiry days are few, each on many rows.
        let most = found.iter().map(|&column| self.sample.distinct(column)).max().unwrap_or_default();
        found.retain(|&column| 2 * self.sample.distinct(column) > most);
        if let [first, rest @ ..] = &found[..]
            && rest.iter().all(|&other| self.sample.same_days(*first, other))
        {
            found.truncate(1);
        }
        // A column named as dates without readable dates is reported with its first cell.
        self.only_or_equal(ColumnUse::Date, if found.is_empty() { &named } else { &found })
    }

    /// Returns the column of dates. If the caller named a price whose ticker has its own column of dates, it is that
    /// column.
    pub(super) fn date_beside_price(&self, options: &ReadOptions) -> Result<usize, Fault> {
        let wanted = options.date.as_ref();
        match (self.dates_of_price(options), wanted) {
            (None, _) => self.date(wanted),
            (Some(own), None) => Ok(own),
            (Some(own), Some(wanted)) => {
                let named = self.find_fitting(ColumnUse::Date, wanted)?;
                if named == own {
                    return Ok(own);
                }
                self.only_or_equal(ColumnUse::Date, &[own, named])
            }
        }
    }

    fn dates_of_price(&self, options: &ReadOptions) -> Option<usize> {
        let price = self.find(ColumnUse::Price, options.price.as_ref()?).ok()?;
        let Some(ticker) = self.table.tickers.get(price).filter(|ticker| !ticker.is_empty()) else {
            return self.dates_beside(options);
        };
        let is_own = |column: &usize| {
            let is_date = self.known[*column].is_some_and(|(role, _)| role == Role::Date);
            is_date && self.table.tickers[*column] == *ticker
        };
        self.columns().find(is_own)
    }

    /// Returns the first and the last day on which a price is valid, if two columns are named so and are at most a few
    /// days apart.
    pub(super) fn days_from_and_to(&self, one: usize, other: usize) -> Option<[usize; 2]> {
        let is_pair = |[from, to]: &[usize; 2]| {
            is_from_and_to(&self.table.names[*from], &self.table.names[*to])
                && self.sample.are_days_apart(*from, *to, self.date_order)
        };
        [[one, other], [other, one]].into_iter().find(is_pair)
    }

    fn is_index(&self, column: usize) -> bool {
        names::normal(&self.table.names[column]) == "index"
    }

    /// Returns the columns of year, month and day, if all three exist, give a date in every row, and no other column
    /// has dates.
    pub(super) fn year_month_day(&self) -> Option<[usize; 3]> {
        let called = |words: &[&str]| {
            self.columns().find(|&column| words.contains(&names::normal(&self.table.names[column]).as_str()))
        };
        let day = called(&DAY).or_else(|| best(&self.all_named(), Role::Date).first().copied())?;
        let [year, month] = [called(&YEAR)?, called(&MONTH)?];
        let other = |column: usize| ![year, month, day].contains(&column) && self.sample.holds_only_dates(column);
        let days =
            self.sample.all_rows(&[year, month, day], |cells| of_parts([cells[0], cells[1], cells[2]]).is_some());
        (days && !self.columns().any(other)).then_some([year, month, day])
    }
}

/// Returns the date of a four-digit year, a month (its number or its name) and a day of the month in separate cells.
pub(crate) fn of_parts(cells: [&[u8]; 3]) -> Option<Date> {
    let digits = |cell: &[u8]| {
        let whole = cell.strip_suffix(b".0").unwrap_or(cell).trim_ascii();
        std::str::from_utf8(whole).ok()?.parse::<i16>().ok()
    };
    let [year, month, day] = cells.map(digits);
    let year = year.filter(|year| (1600..2200).contains(year))?;
    let month = month.or_else(|| named_month(cells[1]))?;
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day?).ok()?).ok()
}

fn named_month(cell: &[u8]) -> Option<i16> {
    let word = names::normal(std::str::from_utf8(cell).ok()?.trim());
    match meaning(&word)? {
        Word::Month(month) => Some(month.into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;

    use super::*;
    use crate::testing::read;
    use crate::{DateOrder, ReadOptions, read_bytes};

    #[test]
    fn a_number_that_never_changes_is_no_date() {
        let rows = |names: &str| {
            read(&format!(
                "{names}2021/03/01,50.5,5969782550\n2021/03/02,50.75,5969782550\n2021/03/03,50.25,5969782550\n"
            ))
        };
        let reading = rows("").unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(reading.series[0].dates[2], date(2021, 3, 3));
        assert_eq!(rows("when,price,until\n").unwrap().series[0].close[0], 50.5);
    }

    #[test]
    fn of_days_from_and_to_the_first_is_the_date() {
        let rows = |names: &str, to: [&str; 4]| {
            let from = ["12/09/2025", "13/09/2025", "16/09/2025", "17/09/2025"];
            let rows = (0..4).map(|row| format!("{},{},41{row}0.5\n", from[row], to[row])).collect::<String>();
            read(&format!("{names},Valor\n{rows}"))
        };
        let near = ["12/09/2025", "15/09/2025", "16/09/2025", "17/09/2025"];
        let reading = rows("vigenciadesde,vigenciahasta", near).unwrap();
        assert_eq!(reading.series[0].dates[1], date(2025, 9, 13));
        assert!(reading.warnings.is_empty(), "{:?}", reading.warnings);
        assert!(rows("one_day,other_day", near).is_err());
        // The price of the last day is still valid.
        let reading = rows("vigenciadesde,vigenciahasta", [near[0], near[1], near[2], ""]).unwrap();
        assert_eq!(reading.series[0].dates[3], date(2025, 9, 17));
        assert!(
            rows("vigenciadesde,vigenciahasta", near.map(|day| if day == near[3] { "17/12/2025" } else { day }))
                .is_err()
        );
    }

    #[test]
    fn days_from_and_to_are_read_in_the_order_that_is_stated() {
        let rows = ["03/03/2025,04/03/2025", "05/03/2025,05/03/2025", "06/03/2025,07/03/2025", "10/03/2025,10/03/2025"];
        let rows = rows.map(|days| format!("{days},410.5\n")).concat();
        let read = |order: DateOrder| {
            let options = ReadOptions { date_order: Some(order), ..ReadOptions::default() };
            read_bytes("p.csv", format!("vigenciadesde,vigenciahasta,Valor\n{rows}").as_bytes(), &options)
        };
        assert_eq!(read(DateOrder::Dmy).unwrap().series[0].dates[1], date(2025, 3, 5));
        // A month lies between the third of March and the third of April.
        assert!(read(DateOrder::Mdy).is_err());
    }

    #[test]
    fn days_in_digits_are_dates_where_their_order_is_stated() {
        let of = |text: &str, order: DateOrder| {
            let options = ReadOptions { date_order: Some(order), ..ReadOptions::default() };
            read_bytes("p.csv", text.as_bytes(), &options).map(|reading| reading.series[0].dates[0])
        };
        for (days, order) in [
            (["1010301", "1010302", "1010303"], DateOrder::Roc),
            (["0990301", "0990302", "0990303"], DateOrder::Roc),
            (["990301", "990302", "990303"], DateOrder::Roc),
            (["010321", "020321", "030321"], DateOrder::Dmy),
        ] {
            let rows = days.iter().zip(["50.5", "50.75", "50.25"]).map(|(day, price)| format!("{day},{price}\n"));
            let text = rows.collect::<String>();
            let year = if order == DateOrder::Dmy {
                2021
            } else {
                1911 + days[0][..days[0].len() - 4].parse::<i16>().unwrap()
            };
            assert_eq!(of(&text, order).unwrap(), date(year, 3, 1), "{text}");
            assert!(read(&text).is_err());
        }
    }

    #[test]
    fn a_date_of_three_cells() {
        assert_eq!(of_parts([b"2024", b"2", b"29"]), Some(date(2024, 2, 29)));
        assert_eq!(of_parts([b"2024.0", b"02.0", b"1.0"]), Some(date(2024, 2, 1)));
        assert_eq!(of_parts([b"2024", b"February", b"29"]), Some(date(2024, 2, 29)));
        assert_eq!(of_parts([b"2024", b"dez.", b"1"]), Some(date(2024, 12, 1)));
        for cells in [[&b"2023"[..], b"2", b"29"], [b"24", b"2", b"1"], [b"2024", b"", b"1"], [b"2024", b"13", b"1"]] {
            assert_eq!(of_parts(cells), None);
        }
    }

    /// The help names the first of two columns: that of the earlier days.
    #[test]
    fn the_day_of_the_trade_is_named_before_that_of_the_settlement() {
        let days = date(2024, 1, 1).series(1.day()).take(60);
        let rows = days.map(|day| format!("{},{day},{}.5\n", day + 2.days(), 10 + day.day())).collect::<String>();
        let error = read(&format!("Data regolamento,Data negoziazione,Prezzo\n{rows}")).unwrap_err().to_string();
        assert!(error.contains("'Data negoziazione' and 'Data regolamento' could each be the date column"), "{error}");
    }
}
