//! The search for the columns: by what the caller says, then by name, then by content.

use std::collections::BTreeMap;
use std::ops::Range;

use super::affix;
use super::names::{self, Known, Role};
use super::sample::Sample;
use super::{Field, Group, Plan};
use crate::prices::error::{Fault, Problem};
use crate::prices::options::{ColumnRef, ReadOptions};
use crate::prices::table::Table;
use crate::prices::text::Input;

/// A column and what its name says.
type Named = (usize, Known);

pub(super) struct Finder<'a> {
    table: &'a Table,
    sample: Sample,
    known: Vec<Option<Known>>,
}

impl<'a> Finder<'a> {
    pub fn new(input: &Input, table: &'a Table) -> Self {
        Self { table, sample: Sample::take(input, table), known: known_names(table) }
    }

    pub fn plan(&self, options: &ReadOptions) -> Result<Plan, Fault> {
        let date = self.date(options.date.as_ref())?;
        let by = self.by(options.by.as_ref(), date)?;
        if self.sample.is_empty() {
            return Err(Problem::NoRows.into());
        }
        let groups = match &options.price {
            Some(wanted) => vec![self.group_of(self.find("price", wanted)?)],
            None => self.groups(date, by)?,
        };
        let words = self.words(date).any(|column| Some(column) != by);
        Ok(Plan { date, by, words, groups })
    }

    fn columns(&self) -> Range<usize> {
        0..self.known.len()
    }

    /// The columns of a role, with their rank.
    fn of_role(&self, role: Role) -> impl Iterator<Item = (usize, u8)> {
        let known = self.known.iter().enumerate();
        known.filter_map(move |(column, known)| match known {
            Some((found, rank)) if *found == role => Some((column, *rank)),
            _ => None,
        })
    }

    /// The column that the caller named.
    fn find(&self, flag: &'static str, wanted: &ColumnRef) -> Result<usize, Fault> {
        let text = wanted.to_string();
        let name = names::normal(&text);
        let number = match wanted {
            ColumnRef::Number(number) => number.checked_sub(1),
            ColumnRef::Name(_) => None,
        };
        let exact = |&column: &usize| self.table.names[column] == text || self.table.label(column) == text;
        let alike = |&column: &usize| !name.is_empty() && names::normal(&self.table.names[column]) == name;
        let found = self.columns().find(exact);
        let found = found.or_else(|| self.columns().find(alike));
        found.or(number.filter(|column| self.columns().contains(column))).ok_or_else(|| {
            let columns = self.table.labels();
            Problem::UnknownColumn { flag, wanted: wanted.clone(), columns }.into()
        })
    }

    fn date(&self, wanted: Option<&ColumnRef>) -> Result<usize, Fault> {
        if let Some(wanted) = wanted {
            return self.find("date", wanted);
        }
        let named: Vec<(usize, u8)> = self.of_role(Role::Date).collect();
        let dated: Vec<(usize, u8)> =
            named.iter().copied().filter(|&(column, _)| self.sample.holds_dates(column)).collect();
        let candidates = if dated.is_empty() { named } else { dated };
        let best = candidates.iter().map(|&(_, rank)| rank).min();
        let mut found: Vec<usize> =
            candidates.iter().filter(|&&(_, rank)| Some(rank) == best).map(|&(column, _)| column).collect();
        if found.is_empty() {
            found = self.columns().filter(|&column| self.sample.holds_only_dates(column)).collect();
        }
        self.only("date", &found)
    }

    /// The column that says whose prices a row holds.
    fn by(&self, wanted: Option<&ColumnRef>, date: usize) -> Result<Option<usize>, Fault> {
        if let Some(wanted) = wanted {
            return self.find("by", wanted).map(Some);
        }
        let named = self.of_role(Role::Ticker).filter(|&(column, _)| !self.sample.is_blank(column));
        let named = named.min_by_key(|&(_, rank)| rank).map(|(column, _)| column);
        let unnamed = || {
            let mut words = self.words(date);
            words.next().filter(|_| self.table.header.is_none() && words.next().is_none())
        };
        Ok(named.or_else(unnamed))
    }

    /// The columns that hold words.
    fn words(&self, date: usize) -> impl Iterator<Item = usize> {
        self.columns().filter(move |&column| column != date && self.sample.holds_words(column))
    }

    /// The series that the columns hold.
    fn groups(&self, date: usize, by: Option<usize>) -> Result<Vec<Group>, Fault> {
        if let Some(groups) = self.by_ticker_row() {
            return groups.into_iter().map(|(name, columns)| self.group(Some(name), &columns)).collect();
        }
        let plain: Vec<Named> = self.columns().filter_map(|column| Some((column, self.known[column]?))).collect();
        if has_price(&plain) {
            return Ok(vec![self.group(None, &plain)?]);
        }
        let affixed = self.by_affix();
        if !affixed.is_empty() {
            return affixed.into_iter().map(|(name, columns)| self.group(Some(name), &columns)).collect();
        }
        self.wide(date, by)
    }

    /// A column for each series, or one alone.
    fn wide(&self, date: usize, by: Option<usize>) -> Result<Vec<Group>, Fault> {
        let numbers = |known: fn(Option<Known>) -> bool| {
            let columns = self.columns().filter(move |&column| known(self.known[column]));
            columns
                .filter(|&column| column != date && Some(column) != by && self.sample.holds_numbers(column))
                .filter(|&column| !self.sample.counts_rows(column, self.table))
                .collect::<Vec<usize>>()
        };
        let mut prices = numbers(|known| known.is_none());
        if !prices.is_empty() {
            // Beside a ticker these are tickers too: LOW, OPEN.
            prices.extend(numbers(|known| matches!(known, Some((Role::Open | Role::High | Role::Low, _)))));
            prices.sort_unstable();
        }
        let closes = |column: usize| vec![(Field::Close, column)];
        match &prices[..] {
            [] => self.only("price", &[]).map(|_| Vec::new()),
            [one] => {
                let mut group = Group { name: None, fields: closes(*one) };
                group.fields.extend(self.first_of(&self.all_named(), Role::Volume, Field::Volume));
                Ok(vec![group])
            }
            several if several.iter().all(|&column| !self.table.names[column].is_empty()) => {
                let named = several
                    .iter()
                    .map(|&column| Group { name: Some(self.table.names[column].clone()), fields: closes(column) });
                Ok(named.collect())
            }
            several => match self.sample.bar(several) {
                Some(fields) => Ok(vec![Group { name: None, fields }]),
                None => self.only("price", several).map(|_| Vec::new()),
            },
        }
    }

    fn all_named(&self) -> Vec<Named> {
        self.columns().filter_map(|column| Some((column, self.known[column]?))).collect()
    }

    /// The columns under each ticker of the header's row of tickers.
    fn by_ticker_row(&self) -> Option<Vec<(String, Vec<Named>)>> {
        let mut groups: Vec<(String, Vec<Named>)> = Vec::new();
        for (column, ticker) in self.table.tickers.iter().enumerate().skip(1) {
            let Some(known) = self.known.get(column).copied().flatten().filter(|_| !ticker.is_empty()) else {
                continue;
            };
            match groups.iter_mut().find(|(name, _)| name == ticker) {
                Some((_, columns)) => columns.push((column, known)),
                None => groups.push((ticker.clone(), vec![(column, known)])),
            }
        }
        groups.retain(|(_, columns)| has_price(columns));
        (!groups.is_empty()).then_some(groups)
    }

    /// The columns that carry a ticker in their names: `AAPL.Close`, `Close_AAPL`.
    fn by_affix(&self) -> Vec<(String, Vec<Named>)> {
        let mut groups: BTreeMap<String, Vec<Named>> = BTreeMap::new();
        for (column, name) in self.table.names.iter().enumerate() {
            let split = affix::split(name).filter(|_| self.known[column].is_none());
            if let Some((known, ticker)) = split {
                groups.entry(ticker).or_default().push((column, known));
            }
        }
        groups.retain(|_, columns| has_price(columns));
        let mut groups: Vec<_> = groups.into_iter().collect();
        groups.sort_by_key(|(_, columns)| columns[0].0);
        groups
    }

    /// The series of columns whose names are known.
    fn group(&self, name: Option<String>, columns: &[Named]) -> Result<Group, Fault> {
        let closes = [Role::Close, Role::Adjusted].map(|role| best(columns, role));
        let closes = closes.into_iter().find(|found| !found.is_empty()).unwrap_or_default();
        let close = self.only("price", &closes)?;
        Ok(Group { name, fields: self.fields(close, columns) })
    }

    /// The series of a price column that the caller named.
    fn group_of(&self, close: usize) -> Group {
        let tickers = self.by_ticker_row().unwrap_or_default().into_iter();
        let mut groups = tickers.chain(self.by_affix());
        let own = groups.find(|(_, columns)| columns.iter().any(|&(column, _)| column == close));
        let (name, columns) = match own {
            Some((name, columns)) => (Some(name), columns),
            None => (self.wide_name(close), self.all_named()),
        };
        Group { name, fields: self.fields(close, &columns) }
    }

    /// The name of a column that is a series of its own.
    fn wide_name(&self, close: usize) -> Option<String> {
        let unknown = self.known[close].is_none() && !has_price(&self.all_named());
        let name = &self.table.names[close];
        (unknown && !name.is_empty()).then(|| name.clone())
    }

    /// The numbers that belong to a close.
    fn fields(&self, close: usize, columns: &[Named]) -> Vec<(Field, usize)> {
        let role = columns.iter().find(|(column, _)| *column == close).map(|(_, (role, _))| *role);
        let mut fields = vec![(Field::Close, close)];
        if role == Some(Role::Close) {
            let adjusted = self.first_of(columns, Role::Adjusted, Field::Adjusted);
            let factors = [(Role::Split, Field::Split), (Role::Dividend, Field::Dividend)];
            let factors = factors.into_iter().filter_map(|(role, field)| self.first_of(columns, role, field));
            let factors: Vec<_> = if adjusted.is_some() { Vec::new() } else { factors.collect() };
            fields.extend(adjusted.into_iter().chain(factors));
        }
        // An adjusted close and quoted highs and lows are not of one scale.
        if role != Some(Role::Adjusted) {
            let range = [(Role::Open, Field::Open), (Role::High, Field::High), (Role::Low, Field::Low)];
            let range = range.map(|(role, field)| self.first_of(columns, role, field));
            fields.extend(range.into_iter().collect::<Option<Vec<_>>>().unwrap_or_default());
        }
        fields.extend(self.first_of(columns, Role::Volume, Field::Volume));
        fields
    }

    fn first_of(&self, columns: &[Named], role: Role, field: Field) -> Option<(Field, usize)> {
        let filled: Vec<Named> = columns.iter().copied().filter(|&(column, _)| !self.sample.is_blank(column)).collect();
        best(&filled, role).first().map(|&column| (field, column))
    }

    fn only(&self, what: &'static str, found: &[usize]) -> Result<usize, Fault> {
        let labels = |columns: &[usize]| columns.iter().map(|&column| self.table.label(column)).collect();
        match found {
            [one] => Ok(*one),
            [] => Err(Problem::NoColumn { what, columns: self.table.labels() }.into()),
            several => Err(Problem::SeveralColumns { what, candidates: labels(several) }.into()),
        }
    }
}

fn has_price(columns: &[Named]) -> bool {
    columns.iter().any(|(_, (role, _))| matches!(role, Role::Close | Role::Adjusted))
}

/// The columns of a role that share its best rank.
fn best(columns: &[Named], role: Role) -> Vec<usize> {
    let of_role = || columns.iter().filter(|(_, (found, _))| *found == role);
    let rank = of_role().map(|(_, (_, rank))| *rank).min();
    of_role().filter(|(_, (_, found))| Some(*found) == rank).map(|(column, _)| *column).collect()
}

/// What the names of a table say.
fn known_names(table: &Table) -> Vec<Option<Known>> {
    let mut known: Vec<Option<Known>> = table.names.iter().map(|name| names::role(name.as_bytes())).collect();
    spell_out_letters(table, &mut known);
    known
}

/// `o`, `h`, `l` and `c` are the prices of a bar where all four are there; alone they are tickers.
fn spell_out_letters(table: &Table, known: &mut [Option<Known>]) {
    const LETTERS: [(&str, Role); 8] = [
        ("o", Role::Open),
        ("h", Role::High),
        ("l", Role::Low),
        ("c", Role::Close),
        ("v", Role::Volume),
        ("t", Role::Date),
        ("n", Role::Unused),
        ("vw", Role::Unused),
    ];
    let names: Vec<String> = table.names.iter().map(|name| names::normal(name)).collect();
    let has = |letter: &str| names.iter().any(|name| name == letter);
    if !["o", "h", "l", "c"].into_iter().all(has) {
        return;
    }
    for (name, known) in names.iter().zip(known) {
        let letter = LETTERS.iter().find(|(letter, _)| letter == name);
        *known = letter.map(|&(_, role)| (role, 0)).or(*known);
    }
}
