//! The columns to read.

use crate::covariates::{Covariate, CovariateKind};
use crate::error::{Fault, Problem};
use crate::options::ReadOptions;
use crate::vocabulary::role::Role;

/// The numbers of a row, in the order in which a draft stores them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
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
    /// Whether it is a price of the day, as it is quoted or adjusted.
    pub fn is_price(self) -> bool {
        !matches!(self, Field::Volume | Field::Split | Field::Dividend)
    }

    /// How many there are.
    pub const COUNT: usize = 8;

    /// All of them, in order, with the roles of their columns.
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
pub(crate) struct Plan {
    /// The column of dates, or of years where year, month and day have columns of their own.
    pub date: usize,
    /// The columns of month and day in that case.
    pub month_and_day: Option<[usize; 2]>,
    /// The column of tickers, in a file with a row per ticker and day.
    pub by: Option<usize>,
    /// The column of the currencies of the prices.
    pub currency: Option<usize>,
    /// Other columns of words, which may hold tickers.
    pub words: Vec<usize>,
    /// Columns of numbers that distinguish the series of several rows per day, where there is no column of tickers.
    pub codes: Vec<usize>,
    /// Other columns with dates, where the column of dates has none.
    pub other_dates: Vec<usize>,
    /// Columns that repeat the dates in the first rows, and are not read while they do.
    pub same_dates: Vec<usize>,
    /// Columns that repeat the close in the first rows, and are not read while they do.
    pub copies: Vec<usize>,
    /// Other columns that hold numbers.
    pub other_prices: Vec<usize>,
    /// Columns that are not used, with the known name that theirs resembles.
    pub misnamed: Vec<(String, String)>,
    /// Columns that are used by a known name that theirs resembles, with that name.
    pub taken: Vec<(String, String)>,
    /// Columns of possible prices that are not read.
    pub not_read: Vec<String>,
    /// Columns of anything else, in a table of tickers, that are not read.
    pub no_prices: Vec<String>,
    /// Columns of open, high or low that are too far from the close to be read.
    pub out_of_reach: Vec<String>,
    /// Open, high and low that are not read, because they do not belong to the price column.
    pub bar_not_read: Option<BarNotRead>,
    /// A column whose words name series below each other, which are read as one.
    pub joined: Option<Joined>,
    /// The column that is read as that of the tickers because it alone distinguishes the rows of a day.
    pub panel_key: Option<String>,
    /// Columns of high and low that are exchanged, by their numbers: the one named high, the one named low.
    pub swapped: Option<[String; 2]>,
    /// Tickers in the header that have columns, but no price.
    pub without_price: Vec<String>,
    /// The column of the close where a sign before a price does not mean a negative price, and its meaning.
    pub signed: Option<(String, Sign)>,
    /// Series whose columns share a name.
    pub of_one_name: Vec<String>,
    /// The covariates and their columns.
    pub covariates: Vec<(Covariate, usize)>,
    /// The series with columns of their own: one, or several in a wide file.
    pub groups: Vec<Group>,
}

/// Series below each other that are read as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Joined {
    /// The column whose words name them.
    pub column: String,
    /// A word.
    pub before: String,
    /// The next one.
    pub after: String,
    /// The line from which on it stands.
    pub line: usize,
    /// Whether the price jumps there.
    pub jumps: bool,
}

/// Open, high and low that are not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BarNotRead {
    /// Their columns.
    pub columns: Vec<String>,
    /// The column of the price that is read.
    pub price: String,
    /// The column of the close that they belong to, if there is one.
    pub close: Option<String>,
}

/// The meaning of a sign before a price that is not a negative price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// Whether the price rose or fell against the day before, as Kiwoom writes it.
    Direction,
    /// That there was no trade, and the price is the middle of bid and ask, as CRSP writes it.
    Midpoint,
}

/// The columns of one series.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Group {
    /// The name of the series in the file, if it has one.
    pub name: Option<String>,
    /// The column of each field. The close is always among them.
    pub fields: Vec<(Field, usize)>,
    /// Columns without names that may be the close as well.
    pub or_close: Vec<usize>,
}

impl Plan {
    /// Keeps only the requested series, where each has columns of its own; `name` is the name of a series without a
    /// name in the file.
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

    /// Whether a column holds values known ahead.
    pub fn has_future_columns(&self) -> bool {
        self.covariates.iter().any(|(covariate, _)| covariate.kind == CovariateKind::Future)
    }

    /// The columns that give the day of a row.
    pub fn date_columns(&self) -> Vec<usize> {
        [self.date].into_iter().chain(self.month_and_day.into_iter().flatten()).collect()
    }

    /// The role of each of `count` columns.
    pub fn roles(&self, count: usize) -> Vec<Role> {
        let mut roles = vec![Role::Unused; count];
        let fields = self.groups.iter().flat_map(|group| &group.fields);
        // If a column has several uses, the first.
        let fields: Vec<(usize, Role)> = fields.map(|&(field, at)| (at, Field::ALL[field as usize].1)).collect();
        let tickers = self.by.map(|by| (by, Role::Ticker));
        let dates = self.date_columns().into_iter().map(|column| (column, Role::Date));
        let used = fields.into_iter().rev().chain(tickers).chain(dates);
        used.for_each(|(column, role)| roles[column] = role);
        roles
    }
}

impl Group {
    pub fn new(name: Option<String>, fields: Vec<(Field, usize)>) -> Self {
        Self { name, fields, or_close: Vec::new() }
    }

    /// The column of a field.
    pub fn column(&self, field: Field) -> Option<usize> {
        let found = self.fields.iter().find(|(wanted, _)| *wanted == field);
        found.map(|&(_, column)| column)
    }

    /// The column of the close.
    pub fn close(&self) -> usize {
        self.column(Field::Close).unwrap_or_default()
    }
}
