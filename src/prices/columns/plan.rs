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
    /// Whether the field is a price of the day, quoted or adjusted.
    pub fn is_price(self) -> bool {
        !matches!(self, Field::Volume | Field::Split | Field::Dividend)
    }

    /// The number of fields.
    pub const COUNT: usize = 8;

    /// All fields, in order, with the roles of their columns.
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
    /// The column of dates, or of years if year, month and day have separate columns.
    pub date: usize,
    /// The columns of month and day in that case.
    pub month_and_day: Option<[usize; 2]>,
    /// The column of tickers, in a file with a row per ticker and day.
    pub by: Option<usize>,
    /// The column of the currencies of the prices.
    pub currency: Option<usize>,
    /// Other columns of words, which can hold tickers.
    pub words: Vec<usize>,
    /// Columns of numbers that distinguish series with several rows per day, if there is no column of tickers.
    pub codes: Vec<usize>,
    /// Other columns with dates, if the column of dates has none.
    pub other_dates: Vec<usize>,
    /// Columns that repeat the dates in the first rows; they are not read as long as they do.
    pub same_dates: Vec<usize>,
    /// Columns that repeat the close in the first rows; they are not read as long as they do.
    pub copies: Vec<usize>,
    /// Other columns that hold numbers.
    pub other_prices: Vec<usize>,
    /// Columns that are not read, each with the known name that its name resembles.
    pub misnamed: Vec<(String, String)>,
    /// Columns that are read under the known name that their names resemble, each with that name.
    pub taken: Vec<(String, String)>,
    /// Columns of possible prices that are not read.
    pub not_read: Vec<String>,
    /// Other columns that are not read, in a table of tickers.
    pub no_prices: Vec<String>,
    /// Columns that are not read and are nearly empty in the sample.
    pub late: Vec<usize>,
    /// Columns of open, high or low that are too far from the close to be read.
    pub out_of_reach: Vec<String>,
    /// Open, high and low that are not read, because they do not belong to the price column.
    pub bar_not_read: Option<BarNotRead>,
    /// A column whose words name series below each other that are read as one.
    pub joined: Option<Joined>,
    /// The column that is read as the column of tickers because only it distinguishes the rows of a day.
    pub panel_key: Option<String>,
    /// The columns named high and low, in this order, if their numbers show that they are exchanged.
    pub swapped: Option<[String; 2]>,
    /// Tickers in the header that have columns but no price.
    pub without_price: Vec<String>,
    /// The column of the close, and the meaning of a sign before its prices, if the sign does not mean a negative
    /// price.
    pub signed: Option<(String, Sign)>,
    /// Series whose columns share a name.
    pub of_one_name: Vec<String>,
    /// The covariates and their columns.
    pub covariates: Vec<(Covariate, usize)>,
    /// The series, each with its columns: one, or several in a wide file.
    pub groups: Vec<Group>,
}

/// Series below each other that are read as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Joined {
    /// The column whose words name the series.
    pub column: String,
    /// The name of a series.
    pub before: String,
    /// The name of the next series.
    pub after: String,
    /// The line at which the next series begins.
    pub line: usize,
    /// Whether the price jumps on that line.
    pub jumps: bool,
}

/// Open, high and low that are not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BarNotRead {
    /// The columns of open, high and low.
    pub columns: Vec<String>,
    /// The column of the price that is read.
    pub price: String,
    /// The column of the close that they belong to, if any.
    pub close: Option<String>,
}

/// The meaning of a sign before a price, other than a negative price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// Whether the price rose or fell from the day before (Kiwoom).
    Direction,
    /// There was no trade, and the price is the midpoint of bid and ask (CRSP).
    Midpoint,
}

/// The columns of one series.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Group {
    /// The name of the series in the file, if it has one.
    pub name: Option<String>,
    /// The column of each field. The close is always among them.
    pub fields: Vec<(Field, usize)>,
    /// Other columns without names that can also be the close.
    pub or_close: Vec<usize>,
}

impl Plan {
    /// Keeps only the requested series, if each series has its own columns. `name` is the name of a series that the
    /// file does not name.
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

    /// Returns the columns that give the day of a row.
    pub fn date_columns(&self) -> Vec<usize> {
        [self.date].into_iter().chain(self.month_and_day.into_iter().flatten()).collect()
    }

    /// Returns the role of each of `count` columns.
    pub fn roles(&self, count: usize) -> Vec<Role> {
        let mut roles = vec![Role::Unused; count];
        let fields = self.groups.iter().flat_map(|group| &group.fields);
        // A column with several uses has the role of the first.
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

    /// Returns the column of a field.
    pub fn column(&self, field: Field) -> Option<usize> {
        let found = self.fields.iter().find(|(wanted, _)| *wanted == field);
        found.map(|&(_, column)| column)
    }

    /// Returns the column of the close.
    pub fn close(&self) -> usize {
        self.column(Field::Close).unwrap_or_default()
    }
}
