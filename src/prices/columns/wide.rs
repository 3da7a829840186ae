//! Wide tables, with a column for each of several series: they are recognised from the table as a whole, and split into
//! series.
//!
//! Many tickers are also known names of columns: KEY, LOW, DAY, HOG (Swedish for high). Such a word is read as a name
//! only if the other names fit; otherwise it is a ticker like the others.

use std::collections::{HashMap, HashSet};

use super::finder::{Finder, Named};
use super::plan::{Field, Group};
use super::sample::{Sample, UnnamedBar};
use crate::error::Fault;
use crate::options::{ColumnUse, ReadOptions};
use crate::text::Input;
use crate::vocabulary::indicators;
use crate::vocabulary::names::{self, Role};

/// The maximum length of a name that looks like a ticker: `BRK.B`, `^GSPC`, `005930`.
const MAX_TICKER: usize = 6;

/// The style in which a possible ticker is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    Upper,
    Lower,
    Other,
}

impl Style {
    fn of(name: &str) -> Style {
        let ticker = |letter: char| letter.is_ascii_alphanumeric() || ".-^=/".contains(letter);
        let short = name.len() <= MAX_TICKER && name.chars().all(ticker);
        match (short, name.chars().any(|letter| letter.is_ascii_lowercase())) {
            (true, false) => Style::Upper,
            (true, true) if !name.chars().any(|letter| letter.is_ascii_uppercase()) => Style::Lower,
            _ => Style::Other,
        }
    }
}

impl Finder<'_> {
    /// Reads known names as tickers in a wide table.
    pub(super) fn read_words_as_tickers(&mut self, input: &mut Input, options: &ReadOptions) -> Result<(), Fault> {
        if self.table.header.is_none() || self.table.tickers.iter().any(|ticker| !ticker.is_empty()) {
            return Ok(());
        }
        self.read_words_beside_tickers(input, options)?;
        // A column with prices distinguishes no series, whatever its name.
        let is_no_key = |&column: &usize| {
            let is_key = self.known[column].is_some_and(|(role, _)| role == Role::Ticker);
            is_key && self.may_be_series(column) && self.is_like_price(column)
        };
        let no_keys: Vec<usize> = self.columns().filter(is_no_key).collect();
        no_keys.into_iter().for_each(|column| self.known[column] = None);
        Ok(())
    }

    /// Reads known names as tickers if the other names are tickers.
    fn read_words_beside_tickers(&mut self, input: &mut Input, options: &ReadOptions) -> Result<(), Fault> {
        let prices: Vec<usize> =
            self.columns().filter(|column| !self.dates.contains(column) && self.may_be_series(*column)).collect();
        let prices: Vec<usize> = prices.into_iter().filter(|column| !self.measures.contains(column)).collect();
        let (unknown, known): (Vec<usize>, Vec<usize>) =
            prices.into_iter().partition(|&column| self.is_unnamed_series(column));
        if !self.is_side_by_side(&unknown, &known) {
            return Ok(());
        }
        let style = if unknown.is_empty() { Style::Upper } else { self.style_of(&unknown) };
        known.iter().filter(|_| unknown.is_empty()).for_each(|&column| self.known[column] = None);
        // A column that is blank in the sample is judged by its first cells, wherever they are.
        self.sample.read_on(input, self.table, &self.late_starters(), options)?;
        for column in self.columns() {
            let is_other = self.dates.contains(&column) || self.measures.contains(&column);
            if !is_other && self.may_be_series(column) && self.is_ticker_beside(column, style) {
                self.known[column] = None;
            }
        }
        Ok(())
    }

    /// Whether a column has a name and its numbers can be prices.
    pub(super) fn may_be_series(&self, column: usize) -> bool {
        let is_named = !self.table.names[column].is_empty() && !self.other_days.contains(&column);
        is_named && self.sample.holds_prices(column) && !self.labels_rows(column)
    }

    /// Whether a column holds row numbers, the dates of the rows, or a part of these.
    pub(super) fn labels_rows(&self, column: usize) -> bool {
        self.labels.contains(&column)
            || self.sample.counts_rows(column, self.table)
            || self.sample.is_part_of_date(column, self.table)
    }

    /// Whether the name of a column can only be a ticker.
    pub(super) fn is_unnamed_series(&self, column: usize) -> bool {
        self.known[column].is_none() && self.affixed[column].is_none() && !self.is_indicator(column)
    }

    /// Whether the name of a column means an indicator. A fund or an index can have a name with a word for one, and its
    /// numbers are like prices.
    pub(super) fn is_indicator(&self, column: usize) -> bool {
        let name = &self.table.names[column];
        indicators::is_indicator(name) && !(indicators::is_product(name) && self.is_like_price(column))
    }

    /// Whether the columns are several series, rather than the prices of one.
    fn is_side_by_side(&self, unknown: &[usize], known: &[usize]) -> bool {
        let named: Vec<Named> = known.iter().filter_map(|&column| Some((column, self.known[column]?))).collect();
        let closes: Vec<usize> =
            named.iter().filter(|(_, (role, _))| role.is_close()).map(|&(column, _)| column).collect();
        if self.has_bar(&named, &closes, unknown) {
            return false;
        }
        if unknown.is_empty() {
            return self.are_all_tickers(&named, &closes);
        }
        let style = self.style_of(unknown);
        if self.is_no_bar(&named, &closes) && self.are_alike(style, named.iter().map(|(column, _)| *column)) {
            return true;
        }
        if closes.iter().any(|&column| !self.is_generic(column)) {
            return self.is_outnumbered(unknown, &named, &closes) || self.is_one_of_tickers(unknown, &named, &closes);
        }
        let is_word = |(column, _): &Named| {
            [&self.dates, &self.labels, &self.measures].iter().all(|others| !others.contains(column))
        };
        let words = self.all_named().iter().filter(|named| is_word(named)).count();
        closes.is_empty()
            || (unknown.len() > 1 && unknown.len() > words)
            || self.is_one_of_tickers(unknown, &named, &closes)
    }

    /// Whether names that are all known words are tickers nevertheless. Without a close, they are several or in
    /// capitals, and no two of them are near each other like prices of one day; with a close, they are in capitals and
    /// do not form a bar with it. All must have numbers that move like prices.
    fn are_all_tickers(&self, named: &[Named], closes: &[usize]) -> bool {
        let others: Vec<usize> = self.columns().filter(|&column| self.is_other(column)).collect();
        let capitals = self.are_alike(Style::Upper, self.columns().filter(|column| !self.dates.contains(column)));
        let is_price = |&column: &usize| self.may_be_series(column) && self.sample.moves_as_price(column);
        let fits = if closes.is_empty() {
            (capitals || named.len() > 1) && !self.has_near_pair(named)
        } else {
            capitals && self.is_no_bar(named, closes)
        };
        !named.is_empty() && fits && others.iter().all(is_price)
    }

    /// Whether a column is named, filled, and neither a date nor a row number.
    fn is_other(&self, column: usize) -> bool {
        let counter = self.labels_rows(column);
        !self.dates.contains(&column)
            && !counter
            && !self.sample.is_blank(column)
            && !self.table.names[column].is_empty()
    }

    /// Whether two of a few columns are near each other; among many columns, this occurs by chance.
    fn has_near_pair(&self, named: &[Named]) -> bool {
        const MAX_CLOSES: usize = 8;
        let near = |(place, (one, _)): (usize, &Named)| {
            named[place + 1..].iter().any(|(other, _)| self.sample.is_near(*one, *other))
        };
        named.len() <= MAX_CLOSES && named.iter().enumerate().any(near)
    }

    /// Whether the names of columns are tickers of one style; empty names do not count.
    fn are_alike(&self, style: Style, columns: impl IntoIterator<Item = usize>) -> bool {
        let mut names = columns.into_iter().map(|column| &self.table.names[column]).filter(|name| !name.is_empty());
        style != Style::Other && names.all(|name| Style::of(name) == style)
    }

    /// Whether columns named open, high or low are farther from every close than prices of the same day, or of the day
    /// before, would be.
    fn is_no_bar(&self, named: &[Named], closes: &[usize]) -> bool {
        let bar = |role: Role| matches!(role, Role::Open | Role::High | Role::Low);
        let parts: Vec<usize> = named.iter().filter(|(_, (role, _))| bar(*role)).map(|(column, _)| *column).collect();
        let far = |&part: &usize| !closes.iter().any(|&close| self.sample.is_near(part, close));
        !closes.is_empty() && parts.iter().any(far)
    }

    /// Whether the name of a close is ambiguous: price, rate, value.
    pub(super) fn is_generic(&self, column: usize) -> bool {
        let vague = self.known[column].is_some_and(|(_, rank)| rank > 1);
        vague || names::normal(&self.table.names[column]) == "price"
    }

    /// Whether high, low, open and a close relate to each other like the prices of one bar.
    fn has_bar(&self, named: &[Named], closes: &[usize], unknown: &[usize]) -> bool {
        let of_role =
            |role: Role| named.iter().filter(move |(_, (found, _))| *found == role).map(|(column, _)| *column);
        let [open, high, low] = [Role::Open, Role::High, Role::Low].map(|role| of_role(role).collect::<Vec<_>>());
        let stands = |inner: &[usize]| {
            let mut pairs = high.iter().flat_map(|&high| low.iter().map(move |&low| (high, low)));
            // Exchanged names are a fault of the file; they do not make the columns tickers.
            pairs.any(|(high, low)| {
                self.sample.stands_as_bar(high, low, inner) || self.sample.stands_as_bar(low, high, inner)
            })
        };
        let mut inner = open.iter().chain(closes).peekable();
        match inner.peek() {
            Some(_) => inner.any(|&inner| stands(&[inner])),
            None => unknown.len() < 2 && stands(unknown),
        }
    }

    /// Whether names for the close are few among many tickers, and are written like them.
    fn is_outnumbered(&self, unknown: &[usize], named: &[Named], closes: &[usize]) -> bool {
        const MIN_UNKNOWN: usize = 8;
        let style = self.style_of(unknown);
        let alike = |&column: &usize| Style::of(&self.table.names[column]) == style;
        style != Style::Other && unknown.len() >= MIN_UNKNOWN.max(4 * named.len()) && closes.iter().all(alike)
    }

    /// Whether names for the close are additional series beside several tickers, all with prices far from each other:
    /// `LAST` and `VALUE` beside `KO`.
    fn is_one_of_tickers(&self, unknown: &[usize], named: &[Named], closes: &[usize]) -> bool {
        const MIN_SERIES: usize = 4;
        /// Among more columns, two are near each other by chance.
        const MAX_CLOSES: usize = 8;
        let is_far = |column: usize, others: &[usize]| {
            !others.iter().any(|&other| other != column && self.sample.is_near(column, other))
        };
        let is_ticker = |&column: &usize| {
            let name = &self.table.names[column];
            let is_series = self.is_like_price(column) && is_far(column, closes);
            names::is_symbol(name) && !indicators::is_bare_indicator(name) && is_series
        };
        let are_symbols = closes.len() < 2 || closes.iter().all(|&close| names::is_symbol(&self.table.names[close]));
        let are_series = closes.iter().all(|&close| self.is_like_price(close) && is_far(close, closes));
        let alone = named.iter().all(|(column, _)| closes.contains(column)) && are_symbols && are_series;
        let are_several = unknown.len() >= closes.len() && unknown.len() + closes.len() >= MIN_SERIES;
        alone && closes.len() <= MAX_CLOSES && are_several && unknown.iter().all(is_ticker)
    }

    /// Whether a column named like an indicator is a series nevertheless: one word beside other plain names, with
    /// prices that are near none of theirs.
    fn is_series_by_another_name(&self, column: usize, prices: &[usize]) -> bool {
        let name = &self.table.names[column];
        let is_word = name.chars().all(char::is_alphabetic);
        let other = |&&other: &&usize| other != column && self.sample.is_near(column, other);
        let is_plain = |other: usize| self.table.names[other].chars().all(char::is_alphanumeric);
        let beside: Vec<usize> =
            prices.iter().copied().filter(|&other| other != column && !self.is_indicator(other)).collect();
        let has_alike = beside.iter().any(|&other| is_plain(other)) || beside.len() > 2;
        is_word && self.is_like_price(column) && has_alike && prices.iter().find(other).is_none()
    }

    /// Returns the style of at least two thirds of the names.
    fn style_of(&self, columns: &[usize]) -> Style {
        let count =
            |style: Style| columns.iter().filter(|&&column| Style::of(&self.table.names[column]) == style).count();
        let most = |style: &Style| 3 * count(*style) >= 2 * columns.len();
        [Style::Upper, Style::Lower].into_iter().find(most).unwrap_or(Style::Other)
    }

    /// Whether a column with a known name is another series beside tickers: a price is, and so is a column that is
    /// written like the tickers and has decimals or moves like a price.
    fn is_ticker_beside(&self, column: usize, style: Style) -> bool {
        let price = |role: Role| role.is_close() || matches!(role, Role::Open | Role::High | Role::Low);
        let alike = || style != Style::Other && Style::of(&self.table.names[column]) == style;
        let whole = |role: Role| role != Role::Volume && self.sample.moves_as_price(column);
        self.known[column]
            .is_some_and(|(role, _)| price(role) || (alike() && (self.sample.holds_decimals(column) || whole(role))))
    }

    /// Whether columns with a ticker in their names are fewer than the other series, or their names only state that
    /// they are prices, such as `Gold Price` beside `Copper`, or each ticker has only a close beside columns named by a
    /// ticker.
    pub(super) fn is_beside_series(&self, affixed: &[(String, Vec<Named>)]) -> bool {
        let beside =
            self.columns().filter(|&column| self.may_be_series(column) && self.is_unnamed_series(column)).count();
        let generic =
            |(_, columns): &(String, Vec<Named>)| matches!(columns[..], [(column, _)] if self.is_called_price(column));
        let columns: usize = affixed.iter().map(|(_, columns)| columns.len()).sum();
        beside > columns || (beside > 0 && (affixed.iter().all(generic) || self.is_ticker_beside_closes(affixed)))
    }

    /// Whether each ticker has only a close, and there are columns that are named by a ticker only and have different
    /// prices.
    fn is_ticker_beside_closes(&self, affixed: &[(String, Vec<Named>)]) -> bool {
        let close = |(_, columns): &(String, Vec<Named>)| matches!(columns[..], [(_, (role, _))] if role.is_close());
        let closes: Vec<usize> = affixed.iter().flat_map(|(_, columns)| columns).map(|(column, _)| *column).collect();
        let mut beside = self.columns().filter(|&column| {
            let name = &self.table.names[column];
            let is_ticker = names::is_symbol(name) && !indicators::is_bare_indicator(name);
            is_ticker && self.is_unnamed_series(column) && self.is_like_price(column)
        });
        let is_own = |column: usize| !closes.iter().any(|&close| self.sample.is_near(column, close));
        affixed.iter().all(close) && beside.any(is_own)
    }

    fn is_called_price(&self, column: usize) -> bool {
        names::normal(&self.table.names[column]).split(' ').any(|word| word == "price")
    }

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
