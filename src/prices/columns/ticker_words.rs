//! Names that are tickers as well as words.
//!
//! Many tickers are also known names of columns: KEY, LOW, DAY, HOG (Swedish for high). Such a word is read as a name
//! only if the other names fit; otherwise it is a ticker like the others.

use super::finder::{Finder, Named};
use crate::error::Fault;
use crate::options::ReadOptions;
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
    pub(super) fn is_series_by_another_name(&self, column: usize, prices: &[usize]) -> bool {
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
}
