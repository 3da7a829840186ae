//! Finds the columns: by the caller's options, then by name, then by content.

use std::cell::RefCell;
use std::ops::Range;

use super::copies;
use super::plan::Group;
use super::sample::Sample;
use crate::covariates::{Covariate, CovariateKind};
use crate::dates::DateOrder;
use crate::error::{Fault, Problem};
use crate::options::{ColumnRef, ColumnUse, ReadOptions, is_shown_as};
use crate::table::Table;
use crate::vocabulary::beside::is_fraction;
use crate::vocabulary::currencies;
use crate::vocabulary::currency_names;
use crate::vocabulary::names::{self, Known, Role};

/// A column and the role that its name states.
pub(super) type Named = (usize, Known);

pub(super) struct Finder<'a> {
    pub(super) table: &'a Table,
    pub(super) sample: Sample,
    /// The role that the name of each column states; for the columns of dates and tickers, the role that was decided.
    pub(super) known: Vec<Option<Known>>,
    /// For each column, the column that it repeats, if it is a copy.
    pub(super) repeated: Vec<Option<usize>>,
    /// The columns that are not read because they repeat the date or the price that is read.
    pub(super) equal_dates: RefCell<Vec<usize>>,
    pub(super) equal_prices: RefCell<Vec<usize>>,
    /// The order of day, month and year that the caller states.
    pub(super) date_order: Option<DateOrder>,
    /// The columns of dates.
    pub(super) dates: Vec<usize>,
    /// The columns that label the rows.
    pub(super) labels: Vec<usize>,
    /// The columns of shares or contracts.
    pub(super) counts: Vec<usize>,
    /// The columns of fundamentals of a company, such as earnings or ratios of its price.
    pub(super) measures: Vec<usize>,
    /// The sides of a middle rate that only their numbers show.
    pub(super) sides_by_values: Vec<usize>,
    /// The columns of tables side by side with other days.
    pub(super) other_days: Vec<usize>,
    /// The roles and tickers of names that contain a ticker.
    pub(super) affixed: Vec<Option<(Known, String)>>,
}

impl Finder<'_> {
    /// Returns the columns that repeat a close.
    pub(super) fn copies(&self, groups: &[Group]) -> Vec<usize> {
        let is_close = |column: usize| groups.iter().any(|group| group.close() == column);
        let equal = self.equal_prices.borrow();
        let is_copy = |column: &usize| self.repeated[*column].is_some_and(is_close) || equal.contains(column);
        self.columns().filter(is_copy).collect()
    }

    pub(super) fn columns(&self) -> Range<usize> {
        0..self.known.len()
    }

    /// Returns the columns whose names are known.
    pub(super) fn all_named(&self) -> Vec<Named> {
        self.columns().filter_map(|column| Some((column, self.known[column]?))).collect()
    }

    /// Returns the columns that are named as a close, raw or adjusted.
    pub(super) fn named_closes(&self) -> Vec<usize> {
        self.all_named().into_iter().filter(|(_, (role, _))| role.is_close()).map(|(column, _)| column).collect()
    }

    /// Returns the column that the caller named.
    pub(super) fn find(&self, role: ColumnUse, wanted: &ColumnRef) -> Result<usize, Fault> {
        let text = wanted.to_string();
        let name = names::normal(&text);
        let number = match wanted {
            ColumnRef::Number(number) => number.checked_sub(1),
            ColumnRef::Name(_) => None,
        };
        let labels = self.table.labels();
        let exact = |&column: &usize| {
            let label = &labels[column];
            self.table.names[column] == text || *label == text || is_shown_as(label, &text)
        };
        let alike = |&column: &usize| !name.is_empty() && names::normal(&self.table.names[column]) == name;
        let found = self.columns().find(exact);
        let found = found.or_else(|| self.columns().find(alike));
        found.or(number.filter(|column| self.columns().contains(column))).ok_or_else(|| {
            let mut found = self.fitting(role, []);
            // Columns with the role that the name states come first.
            let meant = names::role(text.as_bytes()).map(|(role, _)| role);
            found.sort_by_key(|&column| meant.is_none() || self.known[column].map(|(role, _)| role) != meant);
            let fitting = !found.is_empty();
            let columns = if fitting { self.table.labels_of(&found) } else { self.table.labels() };
            Problem::UnknownColumn { role, wanted: wanted.clone(), columns, fitting }.into()
        })
    }

    /// Returns the column that the caller named, if its cells are of the kind required.
    pub(super) fn find_fitting(&self, role: ColumnUse, wanted: &ColumnRef) -> Result<usize, Fault> {
        let column = self.find(role, wanted)?;
        let is_dates = || self.dates.contains(&column) || self.sample.holds_only_dates(column);
        // The names of contracts can be the days on which they expire.
        let is_expiry = || !self.dates.contains(&column) && !self.sample.hardly_repeats(column);
        let is_other = match role {
            ColumnUse::Date => !self.sample.may_be_date(column) && !self.sample.counts_days(column),
            ColumnUse::Price => is_dates() || self.is_label_or_words(column) || self.is_count_or_money(column),
            ColumnUse::Ticker => is_dates() && !is_expiry() || self.cannot_be_ticker(column),
            ColumnUse::Past | ColumnUse::Future => false,
        };
        if !is_other || self.sample.is_blank(column) {
            return Ok(column);
        }
        let (label, fitting) = (self.table.label(column), self.table.labels_of(&self.fitting(role, [column])));
        let found = self.sample.first(column).unwrap_or_default();
        Err(Problem::OtherKind { role, column: label, found, fitting }.into())
    }

    /// Whether a column is empty, is rejected if the caller names it as the price, or is named as a fraction.
    pub(super) fn is_no_price_to_name(&self, column: usize) -> bool {
        /// Every pair of columns is compared; wider tables are not checked for counts and money.
        const MAX_COLUMNS: usize = 64;
        let is_dates = || self.dates.contains(&column) || self.sample.holds_only_dates(column);
        let is_money = || self.known.len() <= MAX_COLUMNS && self.is_count_or_money(column);
        // A quantity on each row, such as `1 USD`, is a label; `1e-5` is none.
        let has_letter = |cell: &[u8]| cell.iter().any(|byte| byte.is_ascii_alphabetic() && !b"eE".contains(byte));
        let is_unit = || self.sample.changes(column) == 0 && self.sample.all(column, has_letter);
        self.sample.is_blank(column)
            || is_unit()
            || is_dates()
            || self.is_label_or_words(column)
            || self.sample.holds_some_words(column)
            || self.is_amount(column)
            || is_fraction(&self.table.names[column])
            || is_money()
    }

    fn is_label_or_words(&self, column: usize) -> bool {
        self.labels.contains(&column) || self.sample.holds_words(column)
    }

    /// Whether a column holds numbers that are no codes: numbers with decimals, other than a few strikes, or whole
    /// numbers that hardly repeat while the days hardly repeat either.
    fn cannot_be_ticker(&self, column: usize) -> bool {
        let hardly_repeats = |column: usize| self.sample.hardly_repeats(column);
        let is_of_rows = || hardly_repeats(column) && self.dates.iter().all(|&date| hardly_repeats(date));
        let are_few = || {
            let may_be_codes = self.dates.iter().any(|&date| self.sample.may_be_codes(column, date));
            may_be_codes || self.sample.changes(column) == 0
        };
        self.sample.holds_fractions(column) && !are_few() || (self.sample.holds_prices(column) && is_of_rows())
    }

    /// Returns the covariates that the caller named, with their names in the file.
    pub(super) fn covariates(&self, options: &ReadOptions) -> Result<Vec<(Covariate, usize)>, Fault> {
        let of = |role, columns: &[ColumnRef], kind| -> Result<Vec<_>, Fault> {
            let found = columns.iter().map(|wanted| {
                let column = self.find(role, wanted)?;
                Ok((Covariate { name: self.table.labels()[column].clone(), kind }, column))
            });
            found.collect()
        };
        let past = of(ColumnUse::Past, &options.past, CovariateKind::Past)?;
        let all = [past, of(ColumnUse::Future, &options.future, CovariateKind::Future)?].concat();
        let is_again = |place: &usize| all[..*place].iter().any(|(_, column)| *column == all[*place].1);
        match (0..all.len()).find(is_again) {
            Some(place) => Err(Problem::NamedTwice { column: all[place].0.name.clone() }.into()),
            None => Ok(all),
        }
    }

    /// Returns the column of tickers.
    pub(super) fn by(&self, wanted: Option<&ColumnRef>, date: usize) -> Result<Option<usize>, Fault> {
        if let Some(wanted) = wanted {
            return self.find_fitting(ColumnUse::Ticker, wanted).map(Some);
        }
        let filled = self.all_named().into_iter().filter(|&(column, _)| !self.sample.is_blank(column));
        let filled = filled.filter(|&(column, _)| self.sample.may_be_ticker(column, date));
        let named = best(&filled.collect::<Vec<_>>(), Role::Ticker).first().copied();
        let unnamed = || {
            let mut words = self.words(date);
            let only = words.next().filter(|_| self.table.header.is_none() && words.next().is_none());
            only.filter(|&column| self.sample.is_mostly_filled(column))
        };
        Ok(named.or_else(unnamed))
    }

    /// Marks columns of flags with names of numbers as not to be read: `adjusted` with True and False, or 1 and 0.
    pub(super) fn pass_over_flags(&mut self) {
        const WORDS: [&str; 6] = ["true", "false", "yes", "no", "t", "f"];
        let is_word = |cell: &[u8]| WORDS.iter().any(|word| cell.eq_ignore_ascii_case(word.as_bytes()));
        let is_digit = |cell: &[u8]| matches!(cell, b"0" | b"1" | b"0.0" | b"1.0");
        let is_flag = |&(column, (role, _)): &Named| {
            let is_number = !matches!(role, Role::Date | Role::Ticker | Role::Unused);
            let are_words = || self.sample.all(column, is_word);
            !self.sample.is_blank(column)
                && is_number
                && (are_words() || role == Role::Adjusted && self.sample.all(column, is_digit))
        };
        let flags: Vec<Named> = self.all_named().into_iter().filter(is_flag).collect();
        flags.into_iter().for_each(|(column, _)| self.known[column] = Some((Role::Unused, 0)));
    }

    /// Reads a column named `Index` that holds words as the column of tickers.
    pub(super) fn read_index_as_key(&mut self, date: usize) {
        let is_key = |column: &usize| {
            let is_named = names::normal(&self.table.names[*column]) == "index";
            is_named && *column != date && self.sample.holds_words(*column)
        };
        let keys: Vec<usize> = self.columns().filter(is_key).collect();
        keys.into_iter().for_each(|column| self.known[column] = Some((Role::Ticker, 2)));
    }

    /// Returns the column of the currencies of the prices: by its name, or by its cells, if all are currencies.
    pub(super) fn currency(&self, but: &[usize]) -> Option<usize> {
        const MAX_CHANGES: usize = 2;
        let is_filled = |column: &usize| self.sample.all(*column, currencies::is_alone);
        let is_named = |column: &usize| {
            currency_names::is_currency_of_prices(&self.table.names[*column])
                && (self.sample.holds_words(*column) || is_filled(column))
        };
        let is_candidate = |column: &usize| !but.contains(column) && self.sample.is_mostly_filled(*column);
        let others = || self.columns().filter(is_candidate);
        let is_other = |column: &usize| currency_names::is_currency_of_others(&self.table.names[*column]);
        // Cells that change back and forth are not the currency of one price.
        let in_blocks = |column: &usize| self.sample.changes(*column) <= MAX_CHANGES;
        let unnamed = |column: &usize| is_filled(column) && !is_other(column) && in_blocks(column);
        // A column that changes takes precedence over one that never does.
        let changing = others().filter(is_named).find(|column| self.sample.changes(*column) > 0 && in_blocks(column));
        changing.or_else(|| others().find(is_named)).or_else(|| others().find(unnamed))
    }

    /// Returns the columns that hold words.
    pub(super) fn words(&self, date: usize) -> impl Iterator<Item = usize> {
        self.columns().filter(move |&column| column != date && self.sample.holds_words(column))
    }

    /// Returns the columns that are not read and whose names are one typing error from a name that would be read.
    pub(super) fn misnamed(&self, groups: &[Group]) -> Vec<(String, String)> {
        let mut is_read = vec![false; self.known.len()];
        groups.iter().flat_map(|group| &group.fields).for_each(|&(_, column)| is_read[column] = true);
        let read = self.columns().filter(|&column| is_read[column]);
        let read: std::collections::HashSet<Role> = read.filter_map(|column| Some(self.known[column]?.0)).collect();
        // In a wide table every name is a ticker.
        if groups.len() > 1 && read.is_empty() {
            return Vec::new();
        }
        let nearest = |column: usize| {
            let name = &self.table.names[column];
            // Among names in lower case, a name in capitals is a ticker.
            if names::is_symbol(name) && !self.writes_capitals() {
                return None;
            }
            // A known word is no typing error: `Stock` is not `Stuck`, German for shares.
            if names::role(name.as_bytes()).is_some() {
                return None;
            }
            // A column of units or titles, in words, is no misspelt volume.
            if !self.sample.holds_numbers(column) {
                return None;
            }
            // In a wide table, another series can lack the column.
            let (alike, _) = names::almost(name, |role| !read.contains(&role) || groups.len() > 1)?;
            Some((name.clone(), alike.to_owned()))
        };
        let unknown = || self.columns().filter(|&column| self.known[column].is_none());
        let unread = || unknown().filter(|&column| !is_read[column]);
        let similar: Vec<_> = unread().filter_map(nearest).collect();
        // Only an adjusted close is known, and another column lies between high and low.
        if similar.is_empty() && read.contains(&Role::Adjusted) && !read.contains(&Role::Close) {
            let within = self.within_range().unwrap_or_default().into_iter();
            return within.map(|column| (self.table.names[column].clone(), "close".to_owned())).collect();
        }
        similar
    }

    /// Reads columns whose names are one typing error from a name of a price that the table lacks, if their numbers
    /// fit. Returns them with the names that theirs resemble.
    pub(super) fn take_misnamed(&mut self) -> Vec<(String, String)> {
        let roles = [Role::Close, Role::Open, Role::High, Role::Low, Role::Volume];
        let named = |finder: &Self, role: Role| finder.all_named().iter().any(|(_, (other, _))| *other == role);
        if roles.iter().filter(|role| named(self, **role)).count() < 2 {
            return Vec::new();
        }
        let lacking: Vec<Role> = roles.into_iter().filter(|&role| !named(self, role)).collect();
        let mut taken = Vec::new();
        for role in lacking {
            let like =
                |column: usize| Some((column, names::almost(&self.table.names[column], |other| other == role)?.0));
            let unknown = self.columns().filter(|&column| self.known[column].is_none());
            let found: Vec<_> = unknown.filter_map(like).filter(|&(column, _)| self.fits(column, role)).collect();
            if let [(column, alike)] = found[..] {
                self.known[column] = Some((role, 0));
                taken.push((self.table.names[column].clone(), alike.to_owned()));
            }
        }
        taken
    }

    /// Whether the numbers of a column fit a role, compared with the other columns.
    fn fits(&self, column: usize, role: Role) -> bool {
        let all = self.all_named();
        let [high, low] = [Role::High, Role::Low].map(|role| best(&all, role).first().copied());
        let closes = [Role::Close, Role::Adjusted].map(|role| best(&all, role).first().copied());
        let close = closes.into_iter().flatten().next();
        let stands = |high: Option<usize>, low: Option<usize>, inner: Option<usize>| match (high, low, inner) {
            (Some(high), Some(low), Some(inner)) => self.sample.stands_as_bar(high, low, &[inner]),
            _ => false,
        };
        match role {
            Role::Volume => self.sample.holds_numbers(column),
            Role::High => stands(Some(column), low, close),
            Role::Low => stands(high, Some(column), close),
            _ => stands(high, low, Some(column)),
        }
    }

    /// Whether all known names are written in capitals.
    fn writes_capitals(&self) -> bool {
        let known = self.columns().filter(|&column| self.known[column].is_some());
        let mut letters =
            known.flat_map(|column| self.table.names[column].chars()).filter(|letter| letter.is_alphabetic());
        letters.all(char::is_uppercase)
    }

    /// Returns the columns whose cells fit `role`, without those in `but`.
    pub(super) fn fitting(&self, role: ColumnUse, but: impl IntoIterator<Item = usize>) -> Vec<usize> {
        let mut left = vec![true; self.known.len()];
        but.into_iter().for_each(|column| left[column] = false);
        let of_role = |column: usize, role: Role| self.known[column].is_none_or(|(known, _)| known == role);
        let holds_values = |column: usize| {
            let key = self.known[column].is_some_and(|(role, _)| matches!(role, Role::Date | Role::Ticker));
            !key && self.sample.holds_prices(column) && !self.labels_rows(column)
        };
        let fits = |&column: &usize| match role {
            ColumnUse::Date => {
                (of_role(column, Role::Date) && self.sample.holds_dates(column))
                    || self.sample.holds_only_dates(column)
                    || self.sample.counts_days(column)
            }
            ColumnUse::Ticker => self.sample.holds_words(column),
            ColumnUse::Price => holds_values(column) && !self.is_no_price(column) && !self.measures.contains(&column),
            ColumnUse::Past | ColumnUse::Future => holds_values(column) && !self.is_part_of_bar(column),
        };
        let filled = self.columns().filter(|&column| left[column] && !self.sample.is_blank(column));
        let mut found: Vec<usize> = filled.filter(fits).collect();
        if role == ColumnUse::Price {
            found = self.may_be_closes(&found);
        }
        // The likeliest comes first: it is the example in the message.
        found.sort_by_key(|&column| match self.known[column] {
            Some((Role::Close, _)) => 0,
            Some((Role::Adjusted, _)) => 1,
            // A last price under another name, such as an average or a nominal price, but not the price of the day
            // before.
            Some((Role::Unused, _))
                if self.is_like_price(column) && !names::is_of_day_before(&self.table.names[column]) =>
            {
                3
            }
            Some((Role::Open | Role::High | Role::Low, _)) => 4,
            Some((Role::Volume | Role::Split | Role::Dividend | Role::Unused, _)) => 5,
            _ => 2,
        });
        found
    }

    /// Whether the name of a column is that of a price or the volume, which are no covariates.
    fn is_part_of_bar(&self, column: usize) -> bool {
        self.known[column].is_some_and(|(role, _)| {
            role.is_close() || matches!(role, Role::Open | Role::High | Role::Low | Role::Volume)
        })
    }

    /// Returns the fault that no column fits.
    fn none(&self, what: ColumnUse) -> Fault {
        if let [name] = &self.table.names[..] {
            return Problem::OneColumn { column: Some(name.clone()).filter(|name| !name.is_empty()) }.into();
        }
        if what == ColumnUse::Date {
            if let Some([first, second]) = self.sample.days_in_a_row(self.table) {
                return Problem::Transposed { first, second }.into();
            }
            if let Some((column, found)) =
                self.columns().find_map(|column| Some((column, self.sample.odd_year(column)?)))
            {
                return Problem::Year { column: self.table.label(column), found }.into();
            }
            if self.known.len() > 1 && self.sample.counts_rows(0, self.table) {
                let mut others = self.table.labels();
                return Problem::RowNumbers { counter: others.remove(0), others }.into();
            }
        }
        let fitting = self.table.labels_of(&self.fitting(what, []));
        Problem::NoColumn { what, columns: self.table.labels(), fitting }.into()
    }

    /// Returns the only column found, or the fault that there is not exactly one.
    pub(super) fn only(&self, what: ColumnUse, found: &[usize]) -> Result<usize, Fault> {
        match found {
            [one] => Ok(*one),
            [] => Err(self.none(what)),
            several => {
                // The first column is the example in the help; an open there would be taken for the close.
                let mut columns = several.to_vec();
                let is_of_bar =
                    |column: usize| names::role(self.table.names[column].as_bytes()).is_some_and(is_part_of_bar);
                columns.sort_by_key(|&column| what == ColumnUse::Price && is_of_bar(column));
                Err(Problem::SeveralColumns { what, candidates: self.table.labels_of(&columns) }.into())
            }
        }
    }

    /// Returns the only column found, or the first of several that are equal in all rows of the sample. Later rows in
    /// which they differ are an error.
    pub(super) fn only_or_equal(&self, what: ColumnUse, found: &[usize]) -> Result<usize, Fault> {
        let repeats = |first: usize, column: usize| match what {
            ColumnUse::Date => self.sample.same_days(first, column),
            _ => copies::repeats(&self.sample, first, column),
        };
        match found {
            [first, rest @ ..] if !rest.is_empty() && rest.iter().all(|&column| repeats(*first, column)) => {
                let equal = if what == ColumnUse::Date { &self.equal_dates } else { &self.equal_prices };
                equal.borrow_mut().extend(rest);
                Ok(*first)
            }
            [one, other] if what == ColumnUse::Date => match self.days_from_and_to(*one, *other) {
                Some([from, _]) => Ok(from),
                // The help names the first: the day of the trade, before that of the settlement.
                None if self.sample.are_days_apart(*other, *one, self.date_order) => self.only(what, &[*other, *one]),
                None => self.only(what, found),
            },
            _ => self.only(what, found),
        }
    }
}

fn is_part_of_bar((role, _): Known) -> bool {
    matches!(role, Role::Open | Role::High | Role::Low)
}

/// Returns the columns of a role that share its best rank.
pub(super) fn best(columns: &[Named], role: Role) -> Vec<usize> {
    let of_role = || columns.iter().filter(|(_, (found, _))| *found == role);
    let rank = of_role().map(|(_, (_, rank))| *rank).min();
    of_role().filter(|(_, (_, found))| Some(*found) == rank).map(|(column, _)| *column).collect()
}
