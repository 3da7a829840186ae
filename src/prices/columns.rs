//! Which column is what.

use super::date;
use super::error::{Fault, Problem};
use super::input::Input;
use super::layout::{Layout, is_number, share};
use super::names::{self, Role};
use super::options::{ColumnRef, ReadOptions};

/// The numbers that a row can give, in the order in which a draft keeps them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Close,
    Adjusted,
    Open,
    High,
    Low,
    Volume,
}

impl Field {
    /// How many there are.
    pub const COUNT: usize = 6;

    /// All of them, in order.
    pub const ALL: [Field; Field::COUNT] =
        [Field::Close, Field::Adjusted, Field::Open, Field::High, Field::Low, Field::Volume];
}

/// The columns to read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plan {
    /// The column of dates.
    pub date: usize,
    /// Where each number is found. The close is always among them.
    pub fields: Vec<(Field, usize)>,
}

impl Plan {
    /// Decides on the columns by what the caller says, then by name, then by content.
    pub fn find(input: &Input, layout: &Layout, options: &ReadOptions) -> Result<Self, Fault> {
        let finder = Finder { input, layout };
        let date = finder.date(options.date.as_ref())?;
        let (close, adjusted) = finder.price(options.price.as_ref(), date)?;
        let mut fields = vec![(Field::Close, close)];
        fields.extend(adjusted.map(|column| (Field::Adjusted, column)));
        // An adjusted close and quoted highs and lows are not of one scale.
        if finder.role(close) != Some((Role::Adjusted, 0)) {
            fields.extend(finder.range());
        }
        fields.extend(finder.first(Role::Volume).map(|column| (Field::Volume, column)));
        Ok(Plan { date, fields })
    }

    /// The column of a field.
    pub fn column(&self, field: Field) -> Option<usize> {
        let found = self.fields.iter().find(|(wanted, _)| *wanted == field);
        found.map(|&(_, column)| column)
    }

    /// What a column was taken for.
    pub fn role(&self, column: usize) -> Role {
        if column == self.date {
            return Role::Date;
        }
        match self.fields.iter().find(|(_, at)| *at == column) {
            Some((Field::Close, _)) => Role::Close,
            Some((Field::Adjusted, _)) => Role::Adjusted,
            Some((Field::Open, _)) => Role::Open,
            Some((Field::High, _)) => Role::High,
            Some((Field::Low, _)) => Role::Low,
            Some((Field::Volume, _)) => Role::Volume,
            None => Role::Unused,
        }
    }
}

struct Finder<'a> {
    input: &'a Input<'a>,
    layout: &'a Layout,
}

impl Finder<'_> {
    fn role(&self, column: usize) -> Option<(Role, u8)> {
        names::role(self.layout.names[column].as_bytes())
    }

    fn columns(&self) -> std::ops::Range<usize> {
        0..self.layout.names.len()
    }

    fn labels(&self, columns: &[usize]) -> Vec<String> {
        columns.iter().map(|&column| self.layout.label(column)).collect()
    }

    /// The columns of a role that share the best rank.
    fn best(&self, role: Role) -> Vec<usize> {
        let rank = |column| match self.role(column) {
            Some((found, rank)) if found == role => Some(rank),
            _ => None,
        };
        let best = self.columns().filter_map(rank).min();
        self.columns().filter(|&column| best.is_some() && rank(column) == best).collect()
    }

    fn first(&self, role: Role) -> Option<usize> {
        self.best(role).first().copied()
    }

    fn named(&self, flag: &'static str, wanted: &ColumnRef) -> Result<usize, Fault> {
        let name = names::normal(wanted.to_string().as_bytes());
        let exact = |&column: &usize| self.layout.names[column] == wanted.to_string();
        let alike = |&column: &usize| !name.is_empty() && names::normal(self.layout.names[column].as_bytes()) == name;
        let number = match wanted {
            ColumnRef::Number(number) => number.checked_sub(1),
            ColumnRef::Name(_) => None,
        };
        self.columns()
            .find(exact)
            .or_else(|| self.columns().find(alike))
            .or(number.filter(|column| self.columns().contains(column)))
            .ok_or_else(|| {
                Problem::UnknownColumn { flag, wanted: wanted.clone(), columns: self.layout.labels() }.into()
            })
    }

    fn date(&self, wanted: Option<&ColumnRef>) -> Result<usize, Fault> {
        if let Some(wanted) = wanted {
            return self.named("date", wanted);
        }
        let mut found = self.best(Role::Date);
        if found.is_empty() {
            let is_date = |cell: &[u8]| date::parse(cell).is_some();
            found = self.columns().filter(|&column| share(self.input, self.layout, column, is_date) > 0.5).collect();
        }
        self.only("date", &found)
    }

    /// The price and, beside it, the adjusted price.
    fn price(&self, wanted: Option<&ColumnRef>, date: usize) -> Result<(usize, Option<usize>), Fault> {
        let close = match wanted {
            Some(wanted) => self.named("price", wanted)?,
            None => self.only("price", &self.prices(date))?,
        };
        let beside = matches!(self.role(close), Some((Role::Close, _)));
        let adjusted = self.first(Role::Adjusted).filter(|_| beside);
        Ok((close, adjusted))
    }

    /// The columns that could be the price: a close, an adjusted close alone, or numbers without a
    /// known name.
    fn prices(&self, date: usize) -> Vec<usize> {
        let closes =
            [Role::Close, Role::Adjusted].map(|role| self.best(role)).into_iter().find(|found| !found.is_empty());
        closes.unwrap_or_else(|| {
            self.columns()
                .filter(|&column| column != date && self.role(column).is_none())
                .filter(|&column| share(self.input, self.layout, column, is_number) > 0.5)
                .collect()
        })
    }

    fn only(&self, what: &'static str, found: &[usize]) -> Result<usize, Fault> {
        match found {
            [one] => Ok(*one),
            [] => Err(Problem::NoColumn { what, columns: self.layout.labels() }.into()),
            several => Err(Problem::SeveralColumns { what, candidates: self.labels(several) }.into()),
        }
    }

    /// Open, high and low, where all three are there.
    fn range(&self) -> Vec<(Field, usize)> {
        let wanted = [(Field::Open, Role::Open), (Field::High, Role::High), (Field::Low, Role::Low)];
        let found = wanted.map(|(field, role)| self.first(role).map(|column| (field, column)));
        found.into_iter().collect::<Option<Vec<_>>>().unwrap_or_default()
    }
}
