//! Why a price file could not be read: the place, what was found, what was expected, and what to do.

mod fault;
mod phrases;

use std::io;

use jiff::civil::Date;
use thiserror::Error;

use crate::dates::{DateOrder, DateSense, Period, YEARS};
use crate::frequency::Frequency;
use crate::limits::{Changed, MAX_LINE, MAX_TEXT, Unbounded};
use crate::lines::{Lines, Numbering, few};
use crate::numbers::DecimalMark;
use crate::options::{ColumnRef, ColumnUse};
use crate::spacing::Spaced;
use crate::splits::Split;
use fourcast_base::words::counted;

pub(crate) use fault::Fault;
pub(crate) use phrases::spacing;
use phrases::{
    as_on, bracketed, cells_of, days, expected_among, have, of, other_header, rows_above, single, span, those_there_are,
};

/// A price file that could not be read.
///
/// `Display` is one line, `place: thing: what was found or expected`.
#[derive(Debug, Error)]
#[error("{}: {problem}", place(.file, *.line, *.numbering, .series.as_deref()))]
pub struct ReadError {
    /// The file's path, or "standard input".
    pub file: String,
    /// The physical line in the file, counted from 1, where there is one to name.
    pub line: Option<usize>,
    /// What the number of the line counts.
    pub numbering: Numbering,
    /// The series at fault, where the file holds others.
    pub series: Option<String>,
    /// What is wrong there.
    pub problem: Box<Problem>,
}

fn place(file: &str, line: Option<usize>, numbering: Numbering, series: Option<&str>) -> String {
    let place = line.map_or_else(|| file.to_owned(), |line| numbering.place(file, line));
    series.map_or(place.clone(), |series| format!("{place}: {series}"))
}

fn carried_in_words(rows: usize) -> String {
    if rows == 0 { String::new() } else { format!(", and none in the {rows} rows before") }
}

/// What is wrong with a price file.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Problem {
    /// The path does not exist.
    #[error("no such file")]
    Missing,
    /// The path is a folder.
    #[error("is a folder, expected a file of prices")]
    Folder,
    /// The operating system reported an error.
    #[error("cannot be read: {0}")]
    Io(io::Error),
    /// A line longer than any row of prices.
    #[error("is longer than {} MB, expected a row of prices", MAX_LINE / 1_000_000)]
    LongLine,
    /// A text of unknown length that exceeds the limit.
    #[error("goes on after {mb} MB, the most that is read from {0}", mb = MAX_TEXT / 1_000_000)]
    Unbounded(Unbounded),
    /// A file that was changed while it was read.
    #[error("{0}")]
    Changed(Changed),
    /// No line of text.
    #[error("is empty, expected a header and rows of prices")]
    Empty,
    /// A header and no rows.
    #[error("has a header but no row of prices under it")]
    NoRows,
    /// Rows, but none with a price.
    #[error("column '{column}': no row has a price")]
    NoPrices {
        /// The price column.
        column: String,
        /// Other columns that hold numbers.
        others: Vec<String>,
    },
    /// A single column, which cannot hold both the dates and the prices.
    #[error("has one column, {}, expected a date and a price", single(.column))]
    OneColumn {
        /// Its name; none without a header.
        column: Option<String>,
    },
    /// No column that could be the one needed.
    #[error("no {what} column, {}", expected_among(*.what, .columns, .fitting))]
    NoColumn {
        /// What it would be read as.
        what: ColumnUse,
        /// The columns there are.
        columns: Vec<String>,
        /// Those of them whose cells fit.
        fitting: Vec<String>,
    },
    /// The first column numbers the rows, and no column has dates.
    #[error("no date column: {} numbers the rows, and {} no dates", .counter, have(.others))]
    RowNumbers {
        /// The first column.
        counter: String,
        /// The others.
        others: Vec<String>,
    },
    /// More than one column that could be the one needed.
    #[error("{} could each be the {what} column, expected one", few(.candidates, "and"))]
    SeveralColumns {
        /// What it would be read as.
        what: ColumnUse,
        /// The columns that could be it.
        candidates: Vec<String>,
    },
    /// The caller named a column that the file does not have.
    #[error("no {role} column '{wanted}', {}", those_there_are(*.role, *.fitting, .columns))]
    UnknownColumn {
        /// What it was to be read as.
        role: ColumnUse,
        /// What it was called.
        wanted: ColumnRef,
        /// The columns whose cells fit; all columns, if none fits.
        columns: Vec<String>,
        /// Whether any column fits.
        fitting: bool,
    },
    /// The caller named a column whose cells are of another kind.
    #[error("column '{column}' holds no {}: '{found}'", cells_of(*.role))]
    OtherKind {
        /// What it was to be read as.
        role: ColumnUse,
        /// The column.
        column: String,
        /// Its first cell.
        found: String,
        /// The columns whose cells fit.
        fitting: Vec<String>,
    },
    /// The caller named a column as a covariate twice, by its name and its number for example.
    #[error("column '{column}' is named twice as a covariate, expected once")]
    NamedTwice {
        /// The column.
        column: String,
    },
    /// A column that is named as known ahead is one of the prices, or the volume.
    #[error(
        "column '{column}' is read as a price or a volume, which is known at the end of its day and not ahead of it"
    )]
    PriceAhead {
        /// The column.
        column: String,
    },
    /// A covariate without a value on a day with a price.
    #[error("column '{column}' has no value{}", carried_in_words(*.carried))]
    NoValue {
        /// The column.
        column: String,
        /// Rows before, of which none has a value either.
        carried: usize,
        /// The first day with a value, where no earlier row has one.
        since: Option<Date>,
    },
    /// A row with more or fewer cells than the header.
    #[error("found {}, expected {expected}", counted(*.found, "cell"))]
    Width {
        /// Cells in the row.
        found: usize,
        /// Columns in the file.
        expected: usize,
    },
    /// A quoted cell that is not closed.
    #[error("a quoted cell that begins on this line is not closed")]
    OpenQuote,
    /// A cell that is no number.
    #[error("column '{column}': cannot read '{found}' as a number")]
    Number {
        /// The column.
        column: String,
        /// The cell.
        found: String,
        /// What the column is read as: the price, or a covariate.
        role: ColumnUse,
        /// Whether it is the volume.
        is_volume: bool,
        /// The other decimal mark, if it can read this cell and all numbers before it.
        other_mark: Option<DecimalMark>,
    },
    /// A covariate that is too large.
    #[error("column '{column}': '{found}' is too large, expected a number from -1e18 to 1e18")]
    Huge {
        /// The column.
        column: String,
        /// The cell.
        found: String,
    },
    /// Columns with decimal points and columns with decimal commas.
    #[error("'{point}' has decimal points and '{comma}' decimal commas, expected one of them")]
    TwoMarks {
        /// A column with decimal points.
        point: String,
        /// A column with decimal commas.
        comma: String,
    },
    /// An infinite number.
    #[error("column '{column}': '{found}' is infinite, expected a finite number")]
    Infinite {
        /// What the column is read as: the price, or a covariate.
        role: ColumnUse,
        /// Whether it is the volume.
        is_volume: bool,
        /// The column.
        column: String,
        /// The cell.
        found: String,
    },
    /// A cell that is no date.
    #[error("column '{column}': cannot read '{found}' as a date{}", bracketed(.expected))]
    Date {
        /// The column.
        column: String,
        /// The cell.
        found: String,
        /// The form of the other dates in the file; empty if there are none.
        expected: String,
        /// Whether the cell is a date of another form.
        is_of_other_form: bool,
        /// The order of day, month and year that reads all dates of the file, where this form does not.
        other_order: Option<DateOrder>,
        /// Other columns with dates, where this one has none.
        others: Vec<String>,
    },
    /// A date outside the years that are accepted.
    #[error("column '{column}': the year of '{found}' is outside {} to {}", YEARS.start(), YEARS.end())]
    Year {
        /// The column.
        column: String,
        /// The cell.
        found: String,
    },
    /// A number that can be read in two ways, which the file does not decide.
    #[error("column '{column}': '{found}' can be {point} or {comma}")]
    AmbiguousNumber {
        /// The column.
        column: String,
        /// The cell.
        found: String,
        /// What it is if the point is the decimal mark.
        point: String,
        /// What it is if the comma is.
        comma: String,
    },
    /// A date that can be read in several ways, which the file does not decide.
    #[error("column '{column}': '{found}' can be {}", days(.readings))]
    AmbiguousDate {
        /// The column.
        column: String,
        /// The cell.
        found: String,
        /// The ways that fit all dates, with this date by each.
        readings: Vec<(DateSense, Date)>,
    },
    /// A row without a ticker.
    #[error("column '{column}': is empty, expected whose prices the row holds")]
    NoTicker {
        /// The column.
        column: String,
        /// Other columns of words.
        others: Vec<String>,
    },
    /// Prices of futures in 32nds: `109'145` is 109 and 14.5 of them.
    #[error("column '{column}': '{found}' is a price in 32nds, expected decimals")]
    ThirtySeconds {
        /// The column.
        column: String,
        /// The cell.
        found: String,
    },
    /// A second header, whose columns are in another order, or others.
    #[error("{}, expected one table", other_header(*.same_columns, *.first, .names.as_ref()))]
    OtherHeader {
        /// Whether its columns are the same in another order.
        same_columns: bool,
        /// The line of the first header.
        first: Option<usize>,
        /// A name of the second header, and the one of the first in its place.
        names: Option<(String, String)>,
    },
    /// A line among the rows that names another ticker.
    #[error("the rows below are of '{ticker}', {}, expected one table", rows_above(.above.as_ref()))]
    OtherTicker {
        /// The ticker.
        ticker: String,
        /// The ticker of the rows above, and the line that names it.
        above: Option<(String, usize)>,
    },
    /// Rows of many tickers, all on one day.
    #[error("holds one day, {date}, of {tickers} tickers, expected the history of each")]
    OneDay {
        /// The day.
        date: Date,
        /// How many tickers there are.
        tickers: usize,
    },
    /// The caller named a series that the file does not have.
    #[error("no series '{wanted}', expected one of {}", few(.series, "or"))]
    UnknownSeries {
        /// What it was called.
        wanted: String,
        /// The series there are.
        series: Vec<String>,
    },
    /// Several series where one was expected.
    #[error("holds {} series, expected one: {}", .series.len(), few(.series, "and"))]
    SeveralSeries {
        /// The series there are.
        series: Vec<String>,
    },
    /// A jump that looks like a split.
    #[error("{}the price moves like a {split}", of(.series))]
    UnsettledSplit {
        /// The series, where there are several.
        series: Option<String>,
        /// The jump.
        split: Split,
    },
    /// Not a table of text.
    #[error("is {what}, expected a table of text (CSV)")]
    Foreign {
        /// What it is.
        what: &'static str,
        /// Whether that is a model of this program.
        is_model: bool,
    },
    /// Two rows of one day with different values.
    #[error("{date} is also on {other}, and '{column}' is {here} here but {there} there")]
    Contradiction {
        /// The day.
        date: Date,
        /// The line that had it first.
        other: Lines,
        /// The first column in which the rows differ.
        column: String,
        /// Its value on this line.
        here: String,
        /// Its value on the other line.
        there: String,
        /// The probable cause.
        cause: Cause,
        /// The columns that distinguish the rows of a day, according to the cause.
        keys: Box<[String]>,
    },
    /// A list of transactions.
    #[error(
        "a list of transactions ('{column}' says '{found}', beside {}), expected a history of prices",
        few(.others, "and")
    )]
    Transactions {
        /// The column of buy or sell.
        column: String,
        /// Its first cell.
        found: String,
        /// Columns of amounts and fees.
        others: Vec<String>,
    },
    /// Days that stand in one row.
    #[error("the days stand in one row ({first}, {second}, …), expected a row for each day")]
    Transposed {
        /// The first one.
        first: String,
        /// The second one.
        second: String,
    },
    /// The columns of one series below each other, with their names in a column.
    #[error("column '{column}' holds the names of columns ({}): the prices of a day stand below each other, expected one row per day", few(.names, "and"))]
    Stacked {
        /// That column.
        column: String,
        /// Its values.
        names: Vec<String>,
        /// The names of the columns that distinguish the rows of a day, the date among them.
        index: Vec<String>,
        /// The name of the only column of numbers.
        value: Option<String>,
    },
    /// Days that begin again, once or a few times, in a file without tickers.
    #[error("the days begin again here, at {date}, as those of another series")]
    BeginAgain {
        /// The day of that row.
        date: Date,
        /// The columns that distinguish the rows of a day.
        keys: Box<[String]>,
    },
    /// Days of which some have day and month exchanged, as a spreadsheet leaves them that reads the others as text.
    #[error("the day {date} is out of order, and in order with day and month exchanged{}", as_on(*.more))]
    ExchangedDays {
        /// The first of them, as it is read.
        date: Date,
        /// How many more there are.
        more: usize,
    },
    /// A day whose year is another than that of the rows beside it.
    #[error("the day {date} is far from the rows beside it, and next to them in the year {year}{}", as_on(*.more))]
    OtherYear {
        /// The first of them.
        date: Date,
        /// The year of the rows beside it.
        year: i16,
        /// How many more there are.
        more: usize,
    },
    /// Months whose day and month are exchanged.
    #[error(
        "no day from {first} to {last} is after the 12th, and with day and month exchanged the rows are {} apart",
        if *.months == 1 { "a month".to_owned() } else { format!("{} months", .months) }
    )]
    ExchangedMonths {
        /// The first row's day, as it is read.
        first: Date,
        /// The last row's.
        last: Date,
        /// How many months the rows are apart with day and month exchanged.
        months: i32,
        /// The order in which the dates are read, and the one that exchanges day and month; `None` where no order does.
        orders: Option<[DateOrder; 2]>,
    },
    /// Days on weekends of which none is after the twelfth of its month, where days after it are on weekdays.
    #[error("{date} and {} fall on a weekend, none of them after the 12th: day and month may be exchanged", counted(*.more, "more day"))]
    ExchangedWeekends {
        /// The first of them.
        date: Date,
        /// How many more there are.
        more: usize,
    },
    /// Prices in two currencies.
    #[error("the price is in {here} here and in {there} on {other}, expected one currency")]
    Currencies {
        /// The currency on this line, as it is written.
        here: String,
        /// The currency before.
        there: String,
        /// The first line that has it.
        other: Lines,
        /// The first day from which on there is one currency, where it changes once.
        since: Option<Date>,
    },
    /// Columns of one bar in two currencies.
    #[error("'{column}' is in {here} and '{close}' in {there}, expected one currency")]
    OtherCurrency {
        /// The column.
        column: String,
        /// Its currency, as it is written.
        here: String,
        /// The column of the close.
        close: String,
        /// Its currency.
        there: String,
    },
    /// A price that is the same on all rows.
    #[error("{}the price is {price} on all {}, expected one that moves", of(.series), counted(*.rows, "row"))]
    Constant {
        /// The series, where there are several.
        series: Option<String>,
        /// The price.
        price: f64,
        /// The number of rows.
        rows: usize,
    },
    /// The dates are months, quarters or other periods.
    #[error("'{column}' holds {kind} ({found}), {} are expected", if .asked.is_some() { "days" } else { "daily prices" })]
    Periods {
        /// The column.
        column: String,
        /// What they are.
        kind: Period,
        /// Its first cell.
        found: String,
        /// The frequency that the caller asked for.
        asked: Option<Frequency>,
    },
    /// Rows of another spacing than is expected.
    #[error("{}{}", of(.series), spacing(.found, *.expected))]
    Spacing {
        /// The series, where there are several.
        series: Option<String>,
        /// The spacing found.
        found: Spaced,
        /// What was expected.
        expected: Frequency,
        /// Whether the caller asked for it.
        asked: bool,
        /// The columns that distinguish several rows of a day; empty where there are none.
        by: Box<[String]>,
        /// The order of dates by which the rows are a few days apart, if there is another one.
        days_in: Option<DateOrder>,
    },
    /// Without the last day nothing is left.
    #[error("has rows of one day, which is left out as the last day")]
    LastAlone,
    /// No row is of the days asked for.
    #[error("no row {}, the file goes from {first} to {last}", span(.since, .until))]
    OutsideSpan {
        /// The first day asked for.
        since: Option<Date>,
        /// The last day asked for.
        until: Option<Date>,
        /// The first day there is.
        first: Date,
        /// The last day there is.
        last: Date,
    },
}

/// Why one day may have two rows that differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// A mistake in the file.
    Mistake,
    /// The dates have times: the rows may be intraday.
    Times,
    /// There is a column of words: it may hold tickers.
    Words,
    /// Two columns together identify the series of a row.
    Key,
}

impl Problem {
    /// The problem in a column that is read as something else than the price.
    pub(crate) fn of_column(self, role: ColumnUse) -> Problem {
        match self {
            Problem::Number { column, found, other_mark, is_volume, .. } => {
                Problem::Number { role, is_volume, column, found, other_mark }
            }
            Problem::Infinite { column, found, is_volume, .. } => Problem::Infinite { role, is_volume, column, found },
            other => other,
        }
    }

    /// The problem of an error while reading text.
    pub(crate) fn reading(error: io::Error) -> Problem {
        let changed = |error: io::Error| error.downcast::<Changed>().map_or_else(Problem::Io, Problem::Changed);
        error.downcast::<Unbounded>().map_or_else(changed, Problem::Unbounded)
    }
}
