//! The series in the columns of a table: one, or several in a wide file.

use std::collections::{BTreeMap, HashMap};

use super::finder::{Finder, Named, best};
use super::plan::{BarNotRead, Field, Group, Sign};
use crate::error::Fault;
use crate::options::{ColumnUse, ReadOptions};
use crate::vocabulary::currency_names;
use crate::vocabulary::names::{self, Known, Role};

/// Names of this rank or a higher one are ambiguous: value, rate, index.
pub(super) const VAGUE: u8 = 3;

impl Finder<'_> {
    /// Returns the series in the columns.
    pub(super) fn groups(&self) -> Result<Vec<Group>, Fault> {
        let priced = |groups: &[(String, Vec<Named>)]| groups.iter().any(|(_, columns)| has_price(columns));
        let named = |groups: Vec<(String, Vec<Named>)>| {
            let groups = groups.into_iter().filter(|(_, columns)| has_price(columns));
            groups.map(|(name, columns)| self.group(Some(name), &columns)).collect()
        };
        // An empty adjusted close does not count, and neither does any empty price beside one with numbers.
        let is_filled = |column: usize| !self.sample.is_blank(column);
        let affixed = self.by_affix();
        let has_affixed = affixed.iter().any(|(_, columns)| closes(columns).into_iter().any(is_filled));
        let has_named = self.named_closes().into_iter().any(is_filled);
        let empty = |&(column, (role, _)): &Named| {
            let is_empty = role == Role::Adjusted || role == Role::Close && (has_named || has_affixed);
            is_empty && !is_filled(column)
        };
        let all: Vec<Named> = self.all_named().into_iter().filter(|named| !empty(named)).collect();
        let clear: Vec<Named> = all.iter().copied().filter(|(_, (_, rank))| *rank < VAGUE).collect();
        let under_tickers = self.by_ticker_row();
        if priced(&under_tickers) {
            return named(under_tickers);
        }
        if has_price(&clear) {
            return Ok(vec![self.group(None, &all)?]);
        }
        self.check_sides()?;
        if has_named && !has_affixed {
            return Ok(vec![self.group(None, &all)?]);
        }
        if priced(&affixed) && !self.is_beside_series(&affixed) {
            return match self.several_closes(&affixed) {
                closes if closes.is_empty() => named(affixed),
                closes => Ok(vec![self.group_of(self.only_or_equal(ColumnUse::Price, &closes)?)]),
            };
        }
        if has_price(&all) {
            return Ok(vec![self.group(None, &all)?]);
        }
        self.wide()
    }

    /// Returns all closes if one ticker has two: then the affix is not a ticker, and any of them can be the price.
    fn several_closes(&self, groups: &[(String, Vec<Named>)]) -> Vec<usize> {
        if groups.iter().all(|(_, columns)| closes(columns).len() < 2) {
            return Vec::new();
        }
        let mut all: Vec<usize> = groups.iter().flat_map(|(_, columns)| closes(columns)).collect();
        all.sort_unstable();
        all
    }

    /// Returns the columns whose names contain a word for the close, or all columns if there are none.
    pub(super) fn called_close(&self, columns: &[usize]) -> Vec<usize> {
        let close =
            |word: &str| names::role(word.as_bytes()).is_some_and(|(role, rank)| role == Role::Close && rank < VAGUE);
        let called = |column: &&usize| {
            let name = names::normal(&self.table.names[**column]);
            name == "c" || name.split(' ').any(close)
        };
        let found: Vec<usize> = columns.iter().filter(called).copied().collect();
        if found.is_empty() { columns.to_vec() } else { found }
    }

    /// Returns the columns of numbers with unknown names that lie between high and low and can be the close. `None`
    /// without high and low.
    pub(super) fn within_range(&self) -> Option<Vec<usize>> {
        let all = self.all_named();
        let [_, high, low] = [Role::Open, Role::High, Role::Low].map(|role| best(&all, role).first().copied());
        let (high, low) = (high?, low?);
        let unknown = self.numbers(|known| known.is_none()).into_iter();
        Some(unknown.filter(|&column| self.sample.is_between(column, low, high)).collect())
    }

    /// Returns the tickers in the header that have columns, but no price.
    pub(super) fn without_price(&self) -> Vec<String> {
        let without = |groups: Vec<(String, Vec<Named>)>| -> Vec<String> {
            let any = groups.iter().any(|(_, columns)| has_price(columns));
            let without = groups.into_iter().filter(|(_, columns)| !has_price(columns) && any);
            without.map(|(name, _)| name).collect()
        };
        [without(self.by_ticker_row()), without(self.by_affix())].concat()
    }

    /// Returns the columns of numbers whose roles pass a test, without row numbers.
    pub(super) fn numbers(&self, test: fn(Option<Known>) -> bool) -> Vec<usize> {
        self.columns()
            .filter(|&column| test(self.known[column]) && self.sample.holds_numbers(column))
            .filter(|&column| !self.labels_rows(column))
            .collect()
    }

    /// Returns the columns of each ticker in the header's row of tickers.
    fn by_ticker_row(&self) -> Vec<(String, Vec<Named>)> {
        let mut groups: Vec<(String, Vec<Named>)> = Vec::new();
        let mut places: HashMap<&str, usize> = HashMap::new();
        let tickers = self.table.tickers.iter().enumerate().skip(1);
        for (column, ticker) in tickers.filter(|(column, _)| !self.other_days.contains(column)) {
            let Some(known) = self.known.get(column).copied().flatten().filter(|_| !ticker.is_empty()) else {
                continue;
            };
            let place = *places.entry(ticker).or_insert(groups.len());
            if place == groups.len() {
                groups.push((ticker.clone(), Vec::new()));
            }
            groups[place].1.push((column, known));
        }
        groups.retain(|(_, columns)| !self.has_other_dates(columns));
        groups
    }

    /// Whether some of the columns are dates, and none of these is the column of dates that is read.
    fn has_other_dates(&self, columns: &[Named]) -> bool {
        let equal = self.equal_dates.borrow();
        let is_read = |column: &usize| self.dates.contains(column) || equal.contains(column);
        let dates = || columns.iter().filter(|(_, (role, _))| *role == Role::Date).map(|(column, _)| column);
        dates().next().is_some() && !dates().any(is_read)
    }

    /// Returns the columns whose names contain a ticker: `AAPL.Close`, `Close_AAPL`.
    fn by_affix(&self) -> Vec<(String, Vec<Named>)> {
        let mut groups: BTreeMap<String, Vec<Named>> = BTreeMap::new();
        for column in self.columns().filter(|&column| self.known[column].is_none()) {
            if let Some((known, ticker)) = &self.affixed[column] {
                groups.entry(ticker.clone()).or_default().push((column, *known));
            }
        }
        let mut groups: Vec<_> = groups.into_iter().collect();
        groups.sort_by_key(|(_, columns)| columns[0].0);
        groups
    }

    /// Returns the series of columns whose names are known.
    fn group(&self, name: Option<String>, columns: &[Named]) -> Result<Group, Fault> {
        let close = self
            .in_reach(columns)
            .map_or_else(|| self.only_or_equal(ColumnUse::Price, &self.filled_closes(columns)), Ok)?;
        if name.is_none() && self.may_be_turnover(close) {
            let others = self.columns().filter(|&column| self.may_be_series(column) && self.known[column].is_none());
            self.only(ColumnUse::Price, &others.chain([close]).collect::<Vec<_>>())?;
        }
        Ok(Group::new(name, self.fields(close, columns)))
    }

    /// Returns the candidates for the close without those that hold words, unless none is left: `Quote` can be a
    /// currency.
    fn filled_closes(&self, columns: &[Named]) -> Vec<usize> {
        let holds_words = |&(column, _): &Named| self.sample.holds_words(column);
        let numbers: Vec<Named> = columns.iter().copied().filter(|named| !holds_words(named)).collect();
        let found = closes(&numbers);
        let found = if found.is_empty() { closes(columns) } else { found };
        self.of_quoted_bar(columns, &found).map_or(found, |close| vec![close])
    }

    /// Returns the only one of several closes without a currency in its name, if open, high and low have none either:
    /// `Close` beside `CloseUSD`.
    fn of_quoted_bar(&self, columns: &[Named], closes: &[usize]) -> Option<usize> {
        let is_plain = |column: usize| {
            let name = names::normal(&self.table.names[column]);
            !name.split(' ').any(currency_names::is_like_currency)
        };
        let bar = [Role::Open, Role::High, Role::Low].map(|role| best(columns, role));
        let is_quoted = bar.iter().all(|found| found.iter().any(|&column| is_plain(column)));
        let mut plain = closes.iter().copied().filter(|&column| is_plain(column));
        let close = plain.next().filter(|_| is_quoted && closes.len() > 1 && plain.next().is_none())?;
        let bar = [bar[1].first().copied()?, bar[2].first().copied()?];
        self.sample.stands_as_bar(bar[0], bar[1], &[close]).then_some(close)
    }

    /// Returns a close with a higher rank number if it is near high and low, and the close with the lowest is not.
    fn in_reach(&self, columns: &[Named]) -> Option<usize> {
        let [high, low] = [Role::High, Role::Low].map(|role| best(columns, role).first().copied());
        let (high, low) = (high?, low?);
        let mut closes: Vec<&Named> = columns.iter().filter(|(_, (role, _))| *role == Role::Close).collect();
        closes.sort_by_key(|(_, (_, rank))| *rank);
        let (best, others) = closes.split_first()?;
        let is_near = |column: usize| self.sample.is_in_reach(column, high) && self.sample.is_in_reach(column, low);
        let mut near = others.iter().map(|(column, _)| *column).filter(|&column| is_near(column));
        near.next().filter(|_| !is_near(best.0) && self.sample.is_in_reach(high, low))
    }

    /// Returns the labels of the columns of open, high and low that are too far from the close to be read.
    pub(super) fn out_of_reach(&self, group: &Group) -> Vec<String> {
        let close = group.close();
        let roles = [Role::Open, Role::High, Role::Low];
        let (_, columns) = self.beside(close);
        let bar = roles.map(|role| self.first_of(&columns, role, Field::Open));
        let [Some(open), Some(high), Some(low)] = bar.map(|found| found.map(|(_, column)| column)) else {
            return Vec::new();
        };
        let quoted = matches!(self.known[close], Some((Role::Close, _)) | None);
        let far = [open, high, low].into_iter().filter(|&column| quoted && !self.sample.is_in_reach(column, close));
        far.map(|column| self.table.label(column)).collect()
    }

    /// Returns the series of a price column that the caller named.
    pub(super) fn group_of(&self, close: usize) -> Group {
        let (name, columns) = self.beside(close);
        Group::new(name, self.fields(close, &columns))
    }

    /// Returns the columns of the requested series, if the request takes precedence over the column of prices.
    pub(super) fn group_of_series(&self, options: &ReadOptions) -> Option<Group> {
        options.series.as_ref().filter(|_| options.price_gives_way)?;
        let groups = self.groups().ok()?;
        let is = |names: &dyn Fn(&str) -> bool| groups.iter().find(|group| group.name.as_deref().is_some_and(names));
        is(&|name| options.names(name)).or_else(|| is(&|name| options.wants(name))).cloned()
    }

    /// Names the only series of a table after its column if that name is requested: the other columns of a wide table
    /// can all be covariates.
    pub(super) fn name_as_requested(&self, group: &mut Group, options: &ReadOptions) {
        let column = &self.table.names[group.close()];
        if group.name.is_none() && options.series.is_some() && !column.is_empty() && options.wants(column) {
            group.name = Some(column.clone());
        }
    }

    /// Returns the name of the series that a column belongs to, and its named columns.
    fn beside(&self, close: usize) -> (Option<String>, Vec<Named>) {
        let mut groups = self.by_ticker_row().into_iter().chain(self.by_affix());
        let own = groups.find(|(_, columns)| columns.iter().any(|&(column, _)| column == close));
        match own {
            Some((name, columns)) => (Some(name), columns),
            None => (self.wide_name(close), self.of_one_currency(close)),
        }
    }

    /// Returns the named columns without those whose currency differs from the currency in the name of a price: `Open
    /// USD` beside `Close EUR`.
    fn of_one_currency(&self, close: usize) -> Vec<Named> {
        let currency = |column: usize| currency_names::currency_of(&self.table.names[column]);
        let own = currency(close);
        let all = self.all_named();
        let is_in_bar = |role: Role| matches!(role, Role::Open | Role::High | Role::Low);
        let is_own = |column: usize| own.is_some() && currency(column) == own;
        // If the currency has its own bar, a bar without a currency belongs to a close without one.
        let own_bar = all.iter().filter(|(column, (role, _))| is_in_bar(*role) && is_own(*column)).count();
        let is_other = |&(column, (role, _)): &Named| {
            let is_foreign = own.is_some() && currency(column).is_some_and(|other| Some(other) != own);
            is_foreign || own_bar >= 3 && is_in_bar(role) && !is_own(column)
        };
        all.into_iter().filter(|named| !is_other(named)).collect()
    }

    /// Returns open, high and low that stand beside the price column of a series but are not read because they differ
    /// from it in scale, such as quoted ones beside an adjusted close.
    pub(super) fn bar_not_read(&self, group: &Group) -> Option<BarNotRead> {
        // Numbers that are no prices have their own report.
        if group.column(Field::Open).is_some() || !self.sample.moves_as_price(group.close()) {
            return None;
        }
        let (_, columns) = self.beside(group.close());
        let bar = [Role::Open, Role::High, Role::Low].map(|role| self.first_of(&columns, role, Field::Open));
        let [Some((_, open)), Some((_, high)), Some((_, low))] = bar else { return None };
        let bar = [open, high, low];
        if bar.iter().any(|&column| self.sample.is_blank(column)) {
            return None;
        }
        let others = bar.into_iter().filter(|&column| column != group.close());
        let close = best(&columns, Role::Close).first().copied().filter(|&close| close != group.close());
        Some(BarNotRead {
            columns: others.map(|column| self.table.label(column)).collect(),
            price: self.table.label(group.close()),
            close: close.map(|close| self.table.label(close)),
        })
    }

    /// Returns the name of a column that is a series of a wide table.
    fn wide_name(&self, close: usize) -> Option<String> {
        let unknown = self.known[close].is_none() && !has_price(&self.all_named());
        let name = &self.table.names[close];
        (unknown && !name.is_empty()).then(|| name.clone())
    }

    /// Returns the fields that belong to a close, with their columns.
    pub(super) fn fields(&self, close: usize, columns: &[Named]) -> Vec<(Field, usize)> {
        let role = columns.iter().find(|(column, _)| *column == close).map(|(_, (role, _))| *role);
        let mut fields = vec![(Field::Close, close)];
        if role == Some(Role::Close) {
            fields.extend(self.adjustment(columns));
        }
        // Quoted highs and lows fit neither an adjusted close nor an open that was chosen as the price.
        if matches!(role, Some(Role::Close) | None) {
            let range = [(Role::Open, Field::Open), (Role::High, Field::High), (Role::Low, Field::Low)];
            let range = range.map(|(role, field)| self.first_of(columns, role, field));
            let range = range.into_iter().collect::<Option<Vec<_>>>().unwrap_or_default();
            let in_reach = range.iter().all(|&(_, column)| self.sample.is_in_reach(column, close));
            fields.extend(self.in_right_order(&range, close).into_iter().filter(|_| in_reach));
        }
        fields.extend(self.first_of(columns, Role::Volume, Field::Volume));
        fields.retain(|&(field, column)| field == Field::Close || column != close);
        fields
    }

    /// Returns open, high and low. High and low are exchanged if the low is above the high on nearly all rows.
    fn in_right_order(&self, range: &[(Field, usize)], close: usize) -> Vec<(Field, usize)> {
        match *range {
            [(_, open), (_, high), (_, low)] if self.are_swapped(high, low, &[open, close]) => {
                vec![(Field::Open, open), (Field::High, low), (Field::Low, high)]
            }
            _ => range.to_vec(),
        }
    }

    fn are_swapped(&self, high: usize, low: usize, inner: &[usize]) -> bool {
        self.sample.stands_as_bar(low, high, inner) && !self.sample.stands_as_bar(high, low, inner)
    }

    /// Returns the labels of the columns named high and low that were exchanged.
    pub(super) fn swapped(&self, groups: &[Group]) -> Option<[String; 2]> {
        let role = |column: usize| self.known[column].or(self.affixed[column].as_ref().map(|(known, _)| *known));
        let pairs = groups.iter().filter_map(|group| group.column(Field::Low).zip(group.column(Field::High)));
        let mut swapped = pairs.filter(|&(low, _)| matches!(role(low), Some((Role::High, _))));
        swapped.next().map(|(high, low)| [high, low].map(|column| self.table.label(column)))
    }

    /// Returns the column of the close, and the meaning of a sign before its prices, if the sign does not mean a
    /// negative price.
    pub(super) fn signed(&self, groups: &[Group]) -> Option<(String, Sign)> {
        const KIWOOM: [&str; 8] =
            ["현재가", "종가", "체결가", "cur prc", "cur pric", "close pric", "close prc", "stck prpr"];
        const CRSP: [&str; 2] = ["prc", "dly prc"];
        let [group] = groups else { return None };
        let close = group.close();
        let name = names::normal(&self.table.names[close]);
        let label = || self.table.label(close);
        if KIWOOM.contains(&name.as_str()) && self.sample.has_both_signs(close) {
            return Some((label(), Sign::Direction));
        }
        CRSP.contains(&name.as_str()).then(|| (label(), Sign::Midpoint))
    }

    /// Returns the adjusted close, or the columns that it can be computed from.
    fn adjustment(&self, columns: &[Named]) -> Vec<(Field, usize)> {
        let adjusted = self.first_of(columns, Role::Adjusted, Field::Adjusted);
        if let Some(adjusted) = adjusted.filter(|&(_, column)| !self.sample.is_blank(column)) {
            return vec![adjusted];
        }
        // Closes beside yfinance's `Dividends` are adjusted for them.
        let paid: Vec<Named> = columns.iter().copied().filter(|(_, known)| *known == (Role::Dividend, 0)).collect();
        let split = self.first_of(columns, Role::Split, Field::Split);
        split.into_iter().chain(self.first_of(&paid, Role::Dividend, Field::Dividend)).collect()
    }

    /// Returns the first column of a role that is not empty, or the first if all are empty.
    pub(super) fn first_of(&self, columns: &[Named], role: Role, field: Field) -> Option<(Field, usize)> {
        let found = best(columns, role);
        let filled = found.iter().find(|&&column| !self.sample.is_blank(column));
        filled.or(found.first()).map(|&column| (field, column))
    }
}

/// Returns the candidates for the close of a series.
fn closes(columns: &[Named]) -> Vec<usize> {
    let closes = [Role::Close, Role::Adjusted].map(|role| best(columns, role));
    closes.into_iter().find(|found| !found.is_empty()).unwrap_or_default()
}

fn has_price(columns: &[Named]) -> bool {
    columns.iter().any(|(_, (role, _))| role.is_close())
}
