//! The columns to read, once they are found.

use crate::prices::error::{Fault, Problem};
use crate::prices::options::ReadOptions;
use crate::prices::vocabulary::role::Role;

/// The numbers that a row can give, in the order in which a draft keeps them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::prices) enum Field {
    Close,
    Adjusted,
    Open,
    High,
    Low,
    Volume,
    Split,
    Dividend,
}

impl Field {
    /// How many there are.
    pub const COUNT: usize = 8;

    /// All of them, in order, with what their columns are called.
    pub const ALL: [(Field, Role); Field::COUNT] = [
        (Field::Close, Role::Close),
        (Field::Adjusted, Role::Adjusted),
        (Field::Open, Role::Open),
        (Field::High, Role::High),
        (Field::Low, Role::Low),
        (Field::Volume, Role::Volume),
        (Field::Split, Role::Split),
        (Field::Dividend, Role::Dividend),
    ];
}

/// The columns to read.
#[derive(Debug, Clone, PartialEq, Default)]
pub(in crate::prices) struct Plan {
    /// The column of dates; of years, where year, month and day have columns of their own.
    pub date: usize,
    /// Those of the month and of the day, where they have.
    pub month_and_day: Option<[usize; 2]>,
    /// The column that says whose prices a row holds, in a file that has a row for each.
    pub by: Option<usize>,
    /// Other columns of words, which might say so too.
    pub words: Vec<usize>,
    /// Other columns that hold dates, where the column of dates holds none.
    pub other_dates: Vec<usize>,
    /// Other columns that hold numbers.
    pub other_prices: Vec<usize>,
    /// Columns that are not used, with the known name that theirs is almost.
    pub misnamed: Vec<(String, String)>,
    /// Columns taken for what their names almost say, with that name.
    pub taken: Vec<(String, String)>,
    /// Columns beside those of the series that are not read.
    pub not_read: Vec<String>,
    /// Columns of a bar that are too far from the close to be read.
    pub out_of_reach: Vec<String>,
    /// Columns taken for high and low the other way round, as their numbers say: the one named high, the one named low.
    pub swapped: Option<[String; 2]>,
    /// Tickers in the header that have columns and no price.
    pub without_price: Vec<String>,
    /// The close's column where the sign of its prices is none, and what it says instead.
    pub signed: Option<(String, Sign)>,
    /// Series whose columns share a name.
    pub of_one_name: Vec<String>,
    /// The series that have columns of their own: one, or in a wide file several.
    pub groups: Vec<Group>,
}

/// What a sign before a price says that is none of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// Whether the price rose or fell against the day before, as Kiwoom writes it.
    Direction,
    /// That nobody traded, and the price is the middle of bid and ask, as CRSP writes it.
    Midpoint,
}

/// The columns of one series.
#[derive(Debug, Clone, PartialEq, Default)]
pub(in crate::prices) struct Group {
    /// What the file calls the series, if it does.
    pub name: Option<String>,
    /// Where each number is found. The close is always among them.
    pub fields: Vec<(Field, usize)>,
}

impl Plan {
    /// Keeps the one series that was asked for, where each has columns of its own; `name` is what a
    /// series is called that has no name in the file.
    pub fn choose(&mut self, options: &ReadOptions, name: &str) -> Result<(), Fault> {
        let Some(wanted) = options.series.as_ref().filter(|_| self.by.is_none()) else {
            return Ok(());
        };
        let name_of = |group: &Group| group.name.clone().unwrap_or_else(|| name.to_owned());
        let series: Vec<String> = self.groups.iter().map(name_of).collect();
        let exact = series.iter().any(|name| options.names(name));
        let is_wanted = |name: &str| if exact { options.names(name) } else { options.wants(name) };
        self.groups.retain(|group| is_wanted(&name_of(group)));
        if self.groups.is_empty() {
            return Err(Problem::UnknownSeries { wanted: wanted.clone(), series }.into());
        }
        Ok(())
    }

    /// The columns that say a row's day.
    pub fn date_columns(&self) -> Vec<usize> {
        [self.date].into_iter().chain(self.month_and_day.into_iter().flatten()).collect()
    }

    /// What each of `count` columns was taken for.
    pub fn roles(&self, count: usize) -> Vec<Role> {
        let mut roles = vec![Role::Unused; count];
        let fields = self.groups.iter().flat_map(|group| &group.fields);
        // Of several uses of one column, the first.
        let fields: Vec<(usize, Role)> = fields.map(|&(field, at)| (at, Field::ALL[field as usize].1)).collect();
        let tickers = self.by.map(|by| (by, Role::Ticker));
        let dates = self.date_columns().into_iter().map(|column| (column, Role::Date));
        let used = fields.into_iter().rev().chain(tickers).chain(dates);
        used.for_each(|(column, role)| roles[column] = role);
        roles
    }
}

impl Group {
    /// The column of a field.
    pub fn column(&self, field: Field) -> Option<usize> {
        let found = self.fields.iter().find(|(wanted, _)| *wanted == field);
        found.map(|&(_, column)| column)
    }

    /// The close's column.
    pub fn close(&self) -> usize {
        self.column(Field::Close).unwrap_or_default()
    }
}
