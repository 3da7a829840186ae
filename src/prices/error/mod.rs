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
    as_on, bracketed, cells_of, days, expected_among, have, of, one_of, other_header, rows_above, single, span,
    those_there_are,
};

/// A price file that could not be read.
///
/// `Display` is one line, `place: thing: what was found or expected`.
#[derive(Debug, Error)]
#[error("{}: {problem}", place(.file, *.line, *.numbering, .series.as_deref()))]
pub struct ReadError {
    /// The file's path, or "standard input".
    pub file: String,
    /// The line in the file, counted from 1, if the problem has one.
    pub line: Option<usize>,
    /// What the line number counts.
    pub numbering: Numbering,
    /// The series at fault, if the file has others.
    pub series: Option<String>,
    /// The problem.
    pub problem: Box<Problem>,
}

fn place(file: &str, line: Option<usize>, numbering: Numbering, series: Option<&str>) -> String {
    let place = line.map_or_else(|| file.to_owned(), |line| numbering.place(file, line));
    series.map_or(place.clone(), |series| format!("{place}: {series}"))
}

fn carried_in_words(rows: usize) -> String {
    if rows == 0 { String::new() } else { format!(", and none in the {rows} rows before") }
}

/// A problem of a price file.
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
    #[error("is longer than {mb} MB, the maximum that is read from {0}", mb = MAX_TEXT / 1_000_000)]
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
    /// There are rows, but none has a price.
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
        /// The name of the column; none without a header.
        column: Option<String>,
    },
    /// No column can be the one that is needed.
    #[error("no {what} column, {}", expected_among(*.what, .columns, .fitting))]
    NoColumn {
        /// The use of the missing column.
        what: ColumnUse,
        /// All columns.
        columns: Vec<String>,
        /// The columns whose cells fit.
        fitting: Vec<String>,
    },
    /// The first column numbers the rows, and no column has dates.
    #[error("no date column: {} numbers the rows, and {} no dates", .counter, have(.others))]
    RowNumbers {
        /// The first column.
        counter: String,
        /// The other columns.
        others: Vec<String>,
    },
    /// Several columns can be the one that is needed.
    #[error("{} could each be the {what} column, expected one", few(.candidates, "and"))]
    SeveralColumns {
        /// The use of the column.
        what: ColumnUse,
        /// The columns that can be the one needed.
        candidates: Vec<String>,
    },
    /// The caller named a column that the file does not have.
    #[error("no {role} column '{wanted}', {}", those_there_are(*.role, *.fitting, .columns))]
    UnknownColumn {
        /// The intended use of the column.
        role: ColumnUse,
        /// The name or number that the caller gave.
        wanted: ColumnRef,
        /// The columns whose cells fit; all columns, if none fits.
        columns: Vec<String>,
        /// Whether any column fits.
        fitting: bool,
    },
    /// The caller named a column whose cells are of another kind.
    #[error("column '{column}' contains no {}: '{found}'", cells_of(*.role))]
    OtherKind {
        /// The intended use of the column.
        role: ColumnUse,
        /// The column.
        column: String,
        /// Its first cell.
        found: String,
        /// The columns whose cells fit.
        fitting: Vec<String>,
    },
    /// The caller named a column as a covariate twice, for example by its name and its number.
    #[error("column '{column}' is named twice as a covariate, expected once")]
    NamedTwice {
        /// The column.
        column: String,
    },
    /// A column that the caller named as known ahead is a price or the volume.
    #[error("column '{column}' is read as a price or a volume, which is known at the end of its day, not before")]
    PriceAhead {
        /// The column.
        column: String,
    },
    /// A covariate without a value on a day with a price.
    #[error("column '{column}' has no value{}", carried_in_words(*.carried))]
    NoValue {
        /// The column.
        column: String,
        /// The number of preceding rows without a value.
        carried: usize,
        /// The first day with a value, if no earlier row has one.
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
        /// The use of the column: as the price, or as a covariate.
        role: ColumnUse,
        /// Whether the column is the volume.
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
        /// The use of the column: as the price, or as a covariate.
        role: ColumnUse,
        /// Whether the column is the volume.
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
        /// The format of the other dates in the file; empty if there are none.
        expected: String,
        /// Whether the cell is a date in another format.
        is_of_other_form: bool,
        /// The order of day, month and year that reads all dates of the file, if this format does not.
        other_order: Option<DateOrder>,
        /// Other columns with dates, if this one has none.
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
    /// A number that can be read in two ways, and the file has no evidence for either.
    #[error("column '{column}': '{found}' can be {point} or {comma}")]
    AmbiguousNumber {
        /// The column.
        column: String,
        /// The cell.
        found: String,
        /// The number if the point is the decimal mark.
        point: String,
        /// The number if the comma is the decimal mark.
        comma: String,
    },
    /// A date that can be read in several ways, and the file has no evidence for one of them.
    #[error("column '{column}': '{found}' can be {}", days(.readings))]
    AmbiguousDate {
        /// The column.
        column: String,
        /// The cell.
        found: String,
        /// The ways that fit all dates, with this date read in each.
        readings: Vec<(DateSense, Date)>,
    },
    /// A row without a ticker.
    #[error("column '{column}': is empty, expected the ticker of the row's prices")]
    NoTicker {
        /// The column.
        column: String,
        /// Other columns of words.
        others: Vec<String>,
    },
    /// Prices of futures in 32nds: `109'145` is 109 and 14.5/32.
    #[error("column '{column}': '{found}' is a price in 32nds, expected decimals")]
    ThirtySeconds {
        /// The column.
        column: String,
        /// The cell.
        found: String,
    },
    /// A second header, with other columns or another order of columns.
    #[error("{}, expected one table", other_header(*.same_columns, *.first, .names.as_ref()))]
    OtherHeader {
        /// Whether its columns are the same in another order.
        same_columns: bool,
        /// The line of the first header.
        first: Option<usize>,
        /// A name of the second header, and the name in its position in the first.
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
    #[error("holds {tickers} tickers on one day, {date}; expected several days of each")]
    OneDay {
        /// The day.
        date: Date,
        /// The number of tickers.
        tickers: usize,
    },
    /// The caller named a series that the file does not have.
    #[error("no series '{wanted}', expected {}", one_of(.series))]
    UnknownSeries {
        /// The name that the caller gave.
        wanted: String,
        /// All series in the file.
        series: Vec<String>,
    },
    /// Several series where one was expected.
    #[error("holds {} series, expected one: {}", .series.len(), few(.series, "and"))]
    SeveralSeries {
        /// All series in the file.
        series: Vec<String>,
    },
    /// A jump that looks like a split.
    #[error("{}the price moves like a {split}", of(.series))]
    UnsettledSplit {
        /// The series, if there are several.
        series: Option<String>,
        /// The jump.
        split: Split,
    },
    /// Not a table of text.
    #[error("is {what}, expected a table of text (CSV)")]
    Foreign {
        /// The kind of file.
        what: &'static str,
        /// Whether it is a model of this program.
        is_model: bool,
    },
    /// Two rows of one day with different values.
    #[error("{date} is also on {other}, and '{column}' is {here} here but {there} there")]
    Contradiction {
        /// The day.
        date: Date,
        /// The first line with this day.
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
        /// The column that is named as a price, if there is one.
        price: Option<String>,
    },
    /// The days stand side by side in one row.
    #[error("the days are in one row ({first}, {second}, …), expected a row for each day")]
    Transposed {
        /// The first of these days.
        first: String,
        /// The second of these days.
        second: String,
    },
    /// The columns of one series stand below each other, and a column holds their names.
    #[error("column '{column}' holds the names of columns ({}): the prices of a day are in several rows, expected one row per day", few(.names, "and"))]
    Stacked {
        /// The column of names.
        column: String,
        /// Its values.
        names: Vec<String>,
        /// The names of the columns that distinguish the rows of a day, including the date.
        index: Vec<String>,
        /// The name of the only column of numbers.
        value: Option<String>,
    },
    /// Days that begin again, once or a few times, in a file without tickers.
    #[error("the days start again here, at {date}, as if another series began")]
    BeginAgain {
        /// The day of that row.
        date: Date,
        /// The columns that distinguish the rows of a day.
        keys: Box<[String]>,
    },
    /// Day and month are exchanged in some dates, as in files of a spreadsheet that read the other dates as text.
    #[error("the day {date} is out of order, but fits if day and month are exchanged{}", as_on(*.more))]
    ExchangedDays {
        /// The first of these days, as it is read.
        date: Date,
        /// The number of further such days.
        more: usize,
    },
    /// A day whose year differs from that of the rows beside it.
    #[error("the day {date} is far from the neighbouring rows, but fits if the year is {year}{}", as_on(*.more))]
    OtherYear {
        /// The first such day.
        date: Date,
        /// The year of the rows beside it.
        year: i16,
        /// The number of further such days.
        more: usize,
    },
    /// Dates of months whose day and month are exchanged.
    #[error(
        "no day from {first} to {last} is after the 12th, and with day and month exchanged the rows are {} apart",
        if *.months == 1 { "a month".to_owned() } else { format!("{} months", .months) }
    )]
    ExchangedMonths {
        /// The day of the first row, as it is read.
        first: Date,
        /// The day of the last row.
        last: Date,
        /// The number of months between rows, with day and month exchanged.
        months: i32,
        /// The order in which the dates are read, and the order with day and month exchanged; `None` if the format has
        /// no such order.
        orders: Option<[DateOrder; 2]>,
    },
    /// Days on weekends, none after the twelfth of its month; days after the twelfth are on weekdays.
    #[error("{date} and {} fall on a weekend, none of them after the 12th: day and month may be exchanged", counted(*.more, "more day"))]
    ExchangedWeekends {
        /// The first such day.
        date: Date,
        /// The number of further such days.
        more: usize,
    },
    /// Prices in two currencies.
    #[error("the price is in {here} on this line and in {there} on {other}, expected one currency")]
    Currencies {
        /// The currency on this line, as it is written.
        here: String,
        /// The other currency.
        there: String,
        /// The first line with the other currency.
        other: Lines,
        /// The first day from which there is only one currency, if the currency changes once.
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
        /// Its currency, as it is written.
        there: String,
    },
    /// A price that is the same on all rows.
    #[error("{}the price is {price} on all {}, expected a price that changes", of(.series), counted(*.rows, "row"))]
    Constant {
        /// The series, if there are several.
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
        /// The kind of period.
        kind: Period,
        /// Its first cell.
        found: String,
        /// The frequency that the caller requested.
        asked: Option<Frequency>,
    },
    /// Rows of an unexpected spacing.
    #[error("{}{}", of(.series), spacing(.found, *.expected))]
    Spacing {
        /// The series, if there are several.
        series: Option<String>,
        /// The spacing found.
        found: Spaced,
        /// The expected frequency.
        expected: Frequency,
        /// Whether the caller requested it.
        asked: bool,
        /// The columns that distinguish several rows of a day; empty if there are none.
        by: Box<[String]>,
        /// The order of dates with which the rows are a few days apart, if there is one.
        days_in: Option<DateOrder>,
    },
    /// No row is left without the last day.
    #[error("has rows of only one day, which is left out as the last day")]
    LastAlone,
    /// No row is in the requested span of days.
    #[error("no row {}, the file goes from {first} to {last}", span(.since, .until))]
    OutsideSpan {
        /// The first day requested.
        since: Option<Date>,
        /// The last day requested.
        until: Option<Date>,
        /// The first day in the file.
        first: Date,
        /// The last day in the file.
        last: Date,
    },
}

/// The probable cause of two different rows on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// A mistake in the file.
    Mistake,
    /// The dates have times: the rows can be intraday.
    Times,
    /// There is a column of words: it can hold tickers.
    Words,
    /// Two columns together identify the series of a row.
    Key,
}

impl Problem {
    /// Returns the problem for a column that is not used as the price.
    pub(crate) fn of_column(self, role: ColumnUse) -> Problem {
        match self {
            Problem::Number { column, found, other_mark, is_volume, .. } => {
                Problem::Number { role, is_volume, column, found, other_mark }
            }
            Problem::Infinite { column, found, is_volume, .. } => Problem::Infinite { role, is_volume, column, found },
            other => other,
        }
    }

    /// Returns the problem for an error while reading text.
    pub(crate) fn reading(error: io::Error) -> Problem {
        let changed = |error: io::Error| error.downcast::<Changed>().map_or_else(Problem::Io, Problem::Changed);
        error.downcast::<Unbounded>().map_or_else(changed, Problem::Unbounded)
    }
}
