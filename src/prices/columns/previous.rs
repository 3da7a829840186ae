//! Columns of previous closes, recognised by their values: they repeat the close of the row before.

use super::finder::{Finder, best};
use super::groups::VAGUE;
use crate::vocabulary::affix;
use crate::vocabulary::names::{self, Role};

impl Finder<'_> {
    /// Marks the previous close as not to be read. If the other column is the only one that can be the price, it is the
    /// close, whatever its name.
    pub(super) fn pass_over_previous_closes(&mut self, date: usize) {
        /// Every pair of columns is compared.
        const MAX_COLUMNS: usize = 24;
        let has_tickers = self.table.tickers.iter().any(|ticker| !ticker.is_empty());
        let columns: Vec<usize> =
            self.columns().filter(|&column| column != date && self.is_comparable(column)).collect();
        if self.table.header.is_none() || has_tickers || !(2..=MAX_COLUMNS).contains(&columns.len()) {
            return;
        }
        let by = best(&self.all_named(), Role::Ticker).first().copied();
        let steps = self.sample.steps(date, by, self.date_order);
        let pairs = columns.iter().flat_map(|&previous| columns.iter().map(move |&close| [previous, close]));
        let pairs = pairs.filter(|&[previous, close]| self.may_be_previous_and_close(previous, close));
        let found: Vec<[usize; 2]> =
            pairs.filter(|&[previous, close]| self.sample.is_of_day_before(previous, close, &steps)).collect();
        let found: Vec<[usize; 2]> = found.into_iter().filter(|pair| self.has_close_in_bar(*pair)).collect();
        for &[previous, _] in &found {
            self.known[previous] = Some((Role::Unused, 0));
            self.affixed[previous] = None;
        }
        if let [[_, close]] = found[..]
            && self.is_only_price(close)
        {
            self.known[close] = Some((Role::Close, 0));
            self.affixed[close] = None;
        }
    }

    /// Whether the close is between high and low on at least as many rows as the previous close. A column with the close
    /// of the next day is not.
    fn has_close_in_bar(&self, [previous, close]: [usize; 2]) -> bool {
        let all = self.all_named();
        match [Role::High, Role::Low].map(|role| best(&all, role).first().copied()) {
            [Some(high), Some(low)] => {
                self.sample.outside(close, [high, low]) <= self.sample.outside(previous, [high, low])
            }
            _ => true,
        }
    }

    fn is_comparable(&self, column: usize) -> bool {
        let is_part = |(role, _): names::Known| matches!(role, Role::Open | Role::High | Role::Low | Role::Volume);
        !self.known[column].is_some_and(is_part) && self.may_be_series(column) && self.sample.moves_as_price(column)
    }

    /// Whether the names allow that a column is the previous close of another: by a word for the day before, or because
    /// both are closes of one series. A column that is named as one of the next day is no close of its row.
    fn may_be_previous_and_close(&self, previous: usize, close: usize) -> bool {
        let is_known = |column: usize| matches!(self.known[column], Some((Role::Close, ..VAGUE)));
        // `previo` of `Cierre previo` is no ticker.
        let is_qualified = |column: usize| {
            let of_close =
                |(known, ticker): &(names::Known, String)| known.0 == Role::Close && !names::is_symbol(ticker);
            self.known[column].is_none() && self.affixed[column].as_ref().is_some_and(of_close)
        };
        let is_free = |column: usize| self.known[column].is_none() || is_known(column);
        let name = |column: usize| &self.table.names[column];
        if previous == close
            || !is_free(close)
            || names::is_of_day_before(name(close))
            || names::is_of_next_day(name(close))
        {
            return false;
        }
        names::is_of_day_before(name(previous))
            || is_known(close) && (is_known(previous) || is_qualified(previous))
            || is_qualified(previous) && !names::is_symbol(name(close)) && self.known[close].is_none()
    }

    /// Whether no other column can be the price.
    fn is_only_price(&self, close: usize) -> bool {
        let is_other = |column: usize| {
            let is_close = self.known[column].is_some_and(|(role, _)| role.is_close());
            let is_unknown = self.known[column].is_none() && affix::split(&self.table.names[column]).is_none();
            column != close && self.is_comparable(column) && (is_close || is_unknown)
        };
        self.known[close].is_none() && !self.columns().any(is_other)
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;

    use crate::testing::{noise, read};

    /// A table of a close and the close of the row before, in two of its columns.
    fn table(header: &str, cells: impl Fn(f64, f64) -> String) -> String {
        let mut random = noise(3);
        let mut close = 60.0;
        let mut text = format!("{header}\n");
        for row in 0..60 {
            let before = close;
            close = (close * (0.98 + 0.04 * random.next().unwrap()) * 100.0_f64).round() / 100.0;
            text += &format!("{},{}\n", date(2021, 3, 1) + row.days(), cells(before, close));
        }
        text
    }

    #[test]
    fn the_close_is_the_value_of_the_own_day_whatever_the_names() {
        for header in [
            "Date,Close (prev),Last Price",
            "Date,Closing Price (Previous),Current Price",
            "Date,Chiusura prec.,Prezzo",
            "Date,Clôture j-1,Cours",
            "Datum,Slot vorige dag,Laatste koers",
            "Дата,Пред. закр.,Цена посл. сделки",
            "Date,Close,Last",
            "Date,Close of old,Current",
        ] {
            let both = |before: f64, close: f64| format!("{before},{close}");
            let reading = read(&table(header, both)).unwrap_or_else(|error| panic!("{header}: {error}"));
            let warnings: Vec<String> = reading.remarks().iter().map(|warning| warning.to_string()).collect();
            assert_eq!((reading.series.len(), warnings), (1, Vec::<String>::new()), "{header}");
            let read_close = &reading.series[0].close;
            let text = table(header, both);
            let cells: Vec<&str> = text.lines().nth(1).unwrap().split(',').collect();
            assert_eq!(read_close[0], cells[2].parse::<f64>().unwrap(), "{header}");
        }
    }

    #[test]
    fn columns_of_the_next_day_and_other_tickers_are_not_the_close() {
        for header in ["Date,Close,Next_Close", "Date,Close,target", "Date,KO,XOM"] {
            let reading = read(&table(header, |before, close| format!("{before},{close}"))).unwrap();
            assert_eq!(reading.series[0].close[0], 60.0, "{header}");
        }
    }
}
