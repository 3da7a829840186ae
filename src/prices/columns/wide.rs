//! Wide tables, with a column for each of several series, and their series.

use std::collections::{HashMap, HashSet};

use super::finder::{Finder, Named};
use super::plan::{Field, Group};
use super::sample::{Sample, UnnamedBar};
use crate::error::Fault;
use crate::options::ColumnUse;
use crate::vocabulary::names::{self, Role};

impl Finder<'_> {
    /// Whether a column with an ambiguous name, such as value, is turnover: millions, and many times as large as
    /// another column that can be the price.
    pub(super) fn may_be_turnover(&self, close: usize) -> bool {
        const MIN_TURNOVER: f64 = 1e6;
        const MIN_TIMES_OTHER: f64 = 1e3;
        let vague = matches!(self.known[close], Some((Role::Close, 3..)));
        let Some(value) = self.sample.middle(close).filter(|value| vague && *value >= MIN_TURNOVER) else {
            return false;
        };
        let unknown = self.columns().filter(|&column| self.known[column].is_none() && self.may_be_series(column));
        let mut others = unknown.filter_map(|column| self.sample.middle(column));
        others.any(|other| other > 0.0 && value > MIN_TIMES_OTHER * other)
    }

    /// Returns the columns that are empty in the sample and can be series that start later: those with a name, and without
    /// a header all, except beside the four prices of a bar, where an empty column is behind a last delimiter.
    pub(super) fn late_starters(&self) -> Vec<usize> {
        let has_bar = || {
            let prices: Vec<usize> = self.columns().filter(|&column| self.is_like_price(column)).collect();
            self.sample.one_bar(&prices).is_some()
        };
        let may_be_unnamed = self.table.header.is_none() && !has_bar();
        let has_name = |column: usize| may_be_unnamed || !self.table.names[column].is_empty();
        let named = |&column: &usize| has_name(column) && !self.dates.contains(&column);
        let is_blank = |column: usize| self.sample.is_blank(column) && !self.sample.is_read_on(column);
        let filled = |&(column, _): &Named| !self.sample.is_blank(column);
        let has_close = self.all_named().iter().filter(|named| filled(named)).any(|(_, (role, _))| role.is_close());
        // Beside a close, only tickers and other closes matter: a warning names a ticker that is not read, and only a
        // close that is empty on all rows gives way to another one.
        let matters = |column: usize| match self.known[column] {
            None => names::is_symbol(&self.table.names[column]),
            Some((role, _)) => role == Role::Close,
        };
        let blank = self.columns().filter(named).filter(|&column| is_blank(column));
        blank.filter(|&column| !has_close || matters(column)).collect()
    }

    /// Returns the series of a table without known names of prices.
    pub(super) fn wide(&self) -> Result<Vec<Group>, Fault> {
        if let Some(closes) = self.within_range() {
            let close = self.only_or_equal(ColumnUse::Price, &closes)?;
            return Ok(vec![Group::new(None, self.fields(close, &self.all_named()))]);
        }
        let prices = self.side_by_side();
        // If unreadable numbers can be the price, the only readable column must not be taken for it.
        let mut unparsable = self
            .columns()
            .filter(|&column| self.known[column].is_none() && self.sample.holds_unparsable(column))
            .filter(|&column| !self.may_be_codes(column))
            .peekable();
        if prices.len() == 1 && unparsable.peek().is_some() {
            return self
                .only_or_equal(ColumnUse::Price, &prices.into_iter().chain(unparsable).collect::<Vec<_>>())
                .map(|_| Vec::new());
        }
        if let Some(bar) = self.sample.one_bar(&prices).filter(|_| self.table.header.is_some()) {
            let bar = self.sample.likely_closes(&bar);
            let close = self.only_or_equal(ColumnUse::Price, &self.called_close(&bar))?;
            return Ok(vec![Group::new(None, self.fields(close, &self.all_named()))]);
        }
        self.series_of(&prices)
    }

    /// Returns the columns of prices whose names are unknown.
    fn side_by_side(&self) -> Vec<usize> {
        let mut prices = self.numbers(|known| known.is_none());
        prices.retain(|&column| self.sample.holds_prices(column));
        if self.table.header.is_none() {
            prices = self.without_codes(prices);
        }
        // Beside its close, the volume, open, high or low of a ticker is no series; `LOW.US` beside `AAPL.US` is one.
        let tickers: HashSet<&str> = prices.iter().filter_map(|&column| self.ticker_of_close(column)).collect();
        let part = |column: usize| match &self.affixed[column] {
            Some(((Role::Volume, _), _)) if !self.is_like_price(column) => true,
            Some(((role, _), ticker)) => !role.is_close() && tickers.contains(ticker.as_str()),
            None => false,
        };
        if prices.iter().any(|&column| !part(column)) {
            prices.retain(|&column| !part(column));
        }
        // An average is no series beside the price that it is computed from.
        let is_series = |column: usize| !self.is_indicator(column) || self.is_series_by_another_name(column, &prices);
        let series: Vec<usize> = prices.iter().copied().filter(|&column| is_series(column)).collect();
        if !series.is_empty() {
            prices = series;
        }
        self.without_constants(prices)
    }

    /// Returns the columns without units and codes, which have one value on all rows, if only one rate is beside them.
    /// Among several series such a column can be a coin with a price of 1; a constant ticker can be a stock without trade.
    fn without_constants(&self, prices: Vec<usize>) -> Vec<usize> {
        const MIN_ROWS: usize = 20;
        let is_named = |column: usize| !names::is_long_symbol(&self.table.names[column]);
        let is_constant = |column: usize| {
            let is_same = self.sample.changes(column) == 0 && self.sample.is_filled_for(column, MIN_ROWS);
            self.sample.is_unit(column) || self.table.header.is_some() && is_named(column) && is_same
        };
        let rates: Vec<usize> = prices.iter().copied().filter(|&column| !is_constant(column)).collect();
        let is_price = |rate: usize| self.sample.moves_as_price(rate) && !self.sample.moves_as_count(rate);
        match rates[..] {
            [rate] if is_price(rate) || prices.iter().all(|&one| one == rate || self.sample.is_unit(one)) => rates,
            _ => prices,
        }
    }

    /// Returns the columns without those that can be the codes of several series, unless none is left.
    fn without_codes(&self, columns: Vec<usize>) -> Vec<usize> {
        let others: Vec<usize> = columns.iter().copied().filter(|&column| !self.may_be_codes(column)).collect();
        if others.is_empty() { columns } else { others }
    }

    fn may_be_codes(&self, column: usize) -> bool {
        self.dates.iter().any(|&date| self.sample.may_be_codes(column, date))
    }

    /// Returns the ticker of a column of closes.
    fn ticker_of_close(&self, column: usize) -> Option<&str> {
        match &self.affixed[column] {
            Some(((role, _), ticker)) => role.is_close().then_some(ticker.as_str()),
            None => Some(&self.table.names[column]),
        }
    }

    fn series_of(&self, prices: &[usize]) -> Result<Vec<Group>, Fault> {
        let name = |column: usize| self.table.names[column].clone();
        let series = |name: Option<String>, column: usize| Group::new(name, vec![(Field::Close, column)]);
        match prices {
            [one] => {
                let mut group = series(None, *one);
                group.fields.extend(self.first_of(&self.all_named(), Role::Volume, Field::Volume));
                Ok(vec![group])
            }
            [_, _, ..] if prices.iter().all(|&column| !name(column).is_empty()) => {
                let volumes = self.volumes();
                let of_ticker = |&column: &usize| {
                    let mut group = series(Some(name(column)), column);
                    let volume = self.ticker_of_close(column).and_then(|ticker| volumes.get(ticker));
                    group.fields.extend(volume.map(|&volume| (Field::Volume, volume)));
                    group
                };
                Ok(prices.iter().map(of_ticker).collect())
            }
            several => match self.unnamed_bar(several) {
                Some(UnnamedBar { fields, or_close }) => Ok(vec![Group { name: None, fields, or_close }]),
                None => self.unnamed_close(several),
            },
        }
    }

    /// Returns the bar in the columns of a table without a header, and the volume beside it.
    fn unnamed_bar(&self, columns: &[usize]) -> Option<UnnamedBar> {
        let date = self.dates.first().copied().filter(|_| self.table.header.is_none())?;
        let by = self.columns().find(|&column| matches!(self.known[column], Some((Role::Ticker, _))));
        let mut bar = self.sample.bar(columns, &self.sample.steps(date, by, self.date_order))?;
        if bar.fields.iter().all(|(field, _)| *field != Field::Volume) {
            bar.fields.extend(self.with_units().map(|column| (Field::Volume, column)));
        }
        Some(bar)
    }

    /// Returns the only column of numbers with units, such as `45.3M`, none of which is a percentage.
    fn with_units(&self) -> Option<usize> {
        let numbers = self.numbers(|known| known.is_none()).into_iter();
        let mut found =
            numbers.filter(|&column| !self.sample.holds_prices(column) && !self.sample.holds_changes(column));
        found.next().filter(|_| found.next().is_none())
    }

    /// Returns the only column of a table without a header that can be the close, and the volume beside it.
    fn unnamed_close(&self, columns: &[usize]) -> Result<Vec<Group>, Fault> {
        let close = self.only_or_equal(ColumnUse::Price, &self.may_be_closes(columns))?;
        let beside: Vec<usize> = columns.iter().copied().filter(|column| *column != close).collect();
        let of_one = self.of_one_series();
        let sample = of_one.as_ref().unwrap_or(&self.sample);
        let volume = sample.volume_beside(close, &beside).or_else(|| self.with_units());
        let volume = volume.map(|column| (Field::Volume, column));
        Ok(vec![Group::new(None, [(Field::Close, close)].into_iter().chain(volume).collect())])
    }

    /// Returns the columns that can be closes; without a header, their numbers decide.
    pub(super) fn may_be_closes(&self, columns: &[usize]) -> Vec<usize> {
        if self.table.header.is_some() {
            return columns.to_vec();
        }
        self.of_one_series().as_ref().unwrap_or(&self.sample).may_be_closes(columns)
    }

    /// Returns the rows of one series, if a column distinguishes several rows of a day.
    fn of_one_series(&self) -> Option<Sample> {
        /// In tables with more columns, each column is a series.
        const MAX_COLUMNS: usize = 64;
        let date = self.dates.first().copied().filter(|_| self.known.len() <= MAX_COLUMNS)?;
        let distinguishes = |&column: &usize| !self.dates.contains(&column) && self.sample.distinguishes(column, date);
        self.columns().find(distinguishes).map(|key| self.sample.of_one_series(key))
    }

    /// Returns the volumes of tickers, by ticker.
    fn volumes(&self) -> HashMap<&str, usize> {
        let volumes = self.columns().filter_map(|column| match self.affixed[column].as_ref()? {
            ((Role::Volume, _), ticker) if self.known[column].is_none() => Some((ticker.as_str(), column)),
            _ => None,
        });
        volumes.collect()
    }

    /// Gives distinct names to series whose columns share a name, and returns the new names.
    pub(super) fn rename_duplicates(&self, groups: &mut [Group]) -> Vec<String> {
        let mut counts: HashMap<String, usize> = HashMap::new();
        groups.iter().filter_map(|group| group.name.clone()).for_each(|name| *counts.entry(name).or_default() += 1);
        let shared = |name: &Option<String>| name.as_ref().is_some_and(|name| counts[name] > 1);
        let mut renamed = Vec::new();
        for group in groups.iter_mut().filter(|group| shared(&group.name)) {
            let name = format!("{} (column {})", group.name.as_deref().unwrap_or_default(), group.close() + 1);
            renamed.push(name.clone());
            group.name = Some(name);
        }
        renamed
    }
}
