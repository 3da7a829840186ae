//! What the user should know about a file that could be read.

mod display;

use jiff::civil::Weekday;

use crate::columns::Sign;
use crate::covariates::Covariate;
use crate::dates::DateOrder;
use crate::duplicate_series::DuplicateSeries;
use crate::ending::{NoPriceAtEnd, StaleEnd, UnfinishedDay};
use crate::error::{Problem, ReadError};
use crate::frequency::Frequency;
use crate::gaps::Gap;
use crate::known_ahead::CovariateFinding;
use crate::lines::{Lines, Names, Numbering};
use crate::nonpositive::Nonpositive;
use crate::periods::Unfinished;
use crate::spacing::{OtherEnd, Spaced};
use crate::splits::Split;

/// Something about a price file that the user should know.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Warning {
    /// Rows left out because they have no price.
    NoPrice(Lines),
    /// Rows left out because they have no ticker.
    NoTicker(Lines),
    /// Rows of zeros, left out: days without trade.
    NoTrade(Lines),
    /// Rows left out because another row of the same day and close has more values.
    Merged(Lines),
    /// Rows left out because an earlier row is the same.
    Repeated(Lines),
    /// Lines of text among the rows, left out.
    Text(Lines),
    /// The rows were not in order and have been sorted; the lines out of order.
    Shuffled(Lines),
    /// Days without all of open, high and low, which the close replaces.
    NoRange(Lines),
    /// Days with an open, high or low at or below zero, or far from the close, which replaces all three.
    CloseOnly(Lines),
    /// Columns of open, high or low that are far from the close on most days: only closes are read.
    OutOfReach {
        /// The columns.
        columns: Vec<String>,
        /// The column of the close.
        close: String,
    },
    /// Open, high and low that are not read, because they do not belong to the price that is.
    BarNotRead {
        /// The columns.
        columns: Vec<String>,
        /// The column of the price.
        price: String,
        /// The column of the close that they belong to, if there is one.
        close: Option<String>,
    },
    /// Columns of high and low that are exchanged on nearly all days, and read so.
    Swapped {
        /// The column named high.
        high: String,
        /// The column named low.
        low: String,
    },
    /// Series whose columns share a name, by the names that they are given.
    OfOneName(Vec<String>),
    /// Columns of several series with the same prices.
    AlikeColumns(DuplicateSeries),
    /// Columns that may hold prices and are not read.
    NotRead(Vec<String>),
    /// Columns beside those of tickers that are not read because they hold no prices: they label the rows, or hold
    /// words or nothing.
    HoldNoPrices(Vec<String>),
    /// Prices such as `1.005`, whose point is read as decimal because of the delimiter, the dates and the names alone.
    LikelyPoint {
        /// The first cell.
        cell: String,
        /// What it would be if the point grouped thousands.
        grouped: String,
    },
    /// Prices with a sign that does not mean a negative price, read without it.
    Signed {
        /// The column of the close.
        column: String,
        /// The meaning of the sign.
        sign: Sign,
        /// Rows with a price below zero.
        rows: usize,
    },
    /// Series below each other, which a column of words names and which are read as one.
    JoinedSeries {
        /// The column.
        column: String,
        /// A word.
        before: String,
        /// The next one.
        after: String,
        /// The first line of the next one.
        line: Lines,
        /// Whether the price jumps there.
        jumps: bool,
    },
    /// A column read as that of the tickers because it alone distinguishes the rows of a day.
    PanelKey {
        /// The column.
        column: String,
    },
    /// A column read by a known name that its own resembles.
    TakenName {
        /// The column.
        column: String,
        /// The known name.
        alike: String,
    },
    /// Days without a volume: taken as 0.
    NoVolume(Lines),
    /// Days with a volume that is negative, or of a size that no market has: taken as 0.
    OddVolume(Lines),
    /// A price that is the same on all rows. Not among a reading's warnings but among its
    /// [`remarks`](super::Reading::remarks): it stops every use of them.
    Constant {
        /// The series, where there are several.
        series: Option<String>,
        /// The price.
        price: f64,
        /// The number of rows.
        rows: usize,
    },
    /// Days with a close and no trade.
    Halted(Lines),
    /// A high below, or a low above, another price of the day.
    OutsideRange(Lines),
    /// Open, high and low that fit each other or the close on few days; they are left out.
    UnfitBars {
        /// The series, where there are several.
        series: Option<String>,
        /// Days with a price outside high and low.
        days: usize,
        /// All days.
        of: usize,
    },
    /// The names of open and close are exchanged.
    OpenForClose {
        /// The series, where there are several.
        series: Option<String>,
        /// The column that is called the open.
        open: String,
        /// The column that is called the close.
        close: String,
        /// The first and the last line on which they are, if not on all.
        lines: Option<(usize, usize)>,
    },
    /// Bars that repeat the day before, volume and all.
    Stale(Lines),
    /// Prices that are many times those around them, or a fraction.
    FarOff(Lines),
    /// Moves by a factor of three or more that are no split, and that the next row does not reverse.
    Leaps(Lines),
    /// Highs and lows far from the other prices of their day.
    FarOut(Lines),
    /// Prices of zero and below. Not among a reading's warnings but among its
    /// [`remarks`](super::Reading::remarks).
    Nonpositive {
        /// The lines.
        lines: Lines,
        /// What they are, as far as the series shows it.
        cause: Nonpositive,
    },
    /// Days of the week on which the market does not trade.
    OddDays(Lines),
    /// A gap longer than a holiday explains.
    LongGap {
        /// From the last day before to the first after.
        gap: Gap,
        /// The line of the first row after.
        line: Lines,
        /// The series, where there are several.
        series: Names,
    },
    /// The rows are not daily. Not among a reading's warnings but among its [`remarks`](super::Reading::remarks):
    /// it stops every use of them.
    NotDaily {
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
    /// A few first or last rows of another frequency than the others.
    OtherEnd {
        /// The series, where there are several.
        series: Option<String>,
        /// The rows.
        rows: OtherEnd,
    },
    /// Last rows of an unfinished week or month, left out.
    Unfinished {
        /// The series, where there are several.
        series: Option<String>,
        /// The rows.
        rows: Unfinished,
    },
    /// The last rows have a date and no price: the forecast is for the session after the last price.
    NoPriceAtEnd {
        /// The series, where there are several.
        series: Option<String>,
        /// What was found.
        end: NoPriceAtEnd,
    },
    /// More series without prices at their end.
    MoreNoPriceAtEnd {
        /// How many.
        series: usize,
    },
    /// The last row has another time of day than the others: its day may not be over.
    UnfinishedDay {
        /// The series, where there are several.
        series: Option<String>,
        /// What was found.
        day: UnfinishedDay,
    },
    /// The last rows repeat a price without trade.
    StaleEnd {
        /// The series, where there are several.
        series: Option<String>,
        /// What was found.
        end: StaleEnd,
    },
    /// The price moves more than prices do: it may be another quantity.
    Wild {
        /// The series, where there are several.
        series: Option<String>,
        /// The usual move from day to day, as a share.
        usual: f64,
    },
    /// Series that were left out because they have no price at all.
    EmptySeries(Vec<String>),
    /// The adjusted close moves relative to the close as no dividend or split explains.
    Contradicted {
        /// The series, where there are several.
        series: Option<String>,
        /// The first line at which it does.
        line: Lines,
    },
    /// Days on which only one of the close and the adjusted close moves, and returns on the next day if there is one.
    Outlier(Lines),
    /// A column that fits the others only if it is moved by a day.
    Moved {
        /// The series, where there are several.
        series: Option<String>,
        /// The column.
        column: String,
        /// Whether its values are those of the next day; otherwise of the day before.
        ahead: bool,
        /// Whether it is the close: open, high and low beside one of the day before are those of the next day.
        is_close: bool,
    },
    /// The adjusted close moves relative to the close on more days than dividends and splits explain.
    Diverging {
        /// The series, where there are several.
        series: Option<String>,
        /// Days on which it does.
        days: usize,
        /// Number of days compared.
        of: usize,
    },
    /// Closes of days without trade, filled in with those of the day before.
    Filled(Lines),
    /// Days on which the price does not change, more than by chance, in a series of closes alone.
    Unchanged(Lines),
    /// Closes on a straight line with those before and after, more than by chance.
    Interpolated(Lines),
    /// A column that is not used, with a name that resembles a known one.
    OddName {
        /// The column.
        column: String,
        /// The known name.
        alike: String,
    },
    /// Series of a row or two among longer ones.
    ShortSeries(Vec<String>),
    /// A jump that looks like a split.
    SplitLike {
        /// The series, where there are several.
        series: Option<String>,
        /// The jump.
        split: Split,
        /// Its line.
        line: Lines,
    },
    /// A close before the last is as far from the one before as after a small split, and the others move little.
    SmallSplit {
        /// The series, where there are several.
        series: Option<String>,
        /// The split that it resembles.
        split: Split,
        /// Its line.
        line: Lines,
    },
    /// The last close is as far from the one before as after a small split.
    SplitAtEnd {
        /// The series, where there are several.
        series: Option<String>,
        /// The split that it resembles.
        split: Split,
        /// Its line.
        line: Lines,
    },
    /// Columns of a Parquet file that hold lists, structures or bytes.
    NoCells(Vec<String>),
    /// Columns of a file without header that are read as open, high, low and close, counted from 1.
    AssumedBar {
        /// The columns of open, high, low and close.
        bar: [usize; 4],
        /// Other columns that may be the close.
        or_close: Vec<usize>,
    },
    /// Daily rows of two or three weekdays.
    FewWeekdays {
        /// The series, where there are several.
        series: Option<String>,
        /// The weekdays.
        days: Vec<Weekday>,
    },
    /// Prices whose decimals are all below 32: they may be 32nds.
    MaybeThirtySeconds {
        /// The column.
        column: String,
        /// The first of them.
        found: String,
    },
    /// The dates may be in UTC, not in the market's time.
    ZoneInDoubt,
    /// A covariate that may be less informative than it looks.
    Covariate {
        /// The series, where there are several.
        series: Option<String>,
        /// The covariate.
        covariate: Covariate,
        /// What was found.
        finding: CovariateFinding,
    },
}

impl Warning {
    /// The warning that rows are not daily, or that the price does not move, for a caller that only inspects the file.
    pub(super) fn of_unsettled(error: &ReadError) -> Option<Self> {
        match &*error.problem {
            Problem::Spacing { series, found, expected, asked, by, days_in } => {
                let (series, by, found, days_in) = (series.clone(), by.clone(), *found, *days_in);
                Some(Warning::NotDaily { series, found, expected: *expected, asked: *asked, by, days_in })
            }
            Problem::Constant { series, price, rows } => {
                Some(Warning::Constant { series: series.clone(), price: *price, rows: *rows })
            }
            _ => None,
        }
    }
}

impl Warning {
    /// The series that it names as its own.
    pub fn series(&self) -> Option<&str> {
        match self {
            Warning::NotDaily { series, .. }
            | Warning::Constant { series, .. }
            | Warning::OtherEnd { series, .. }
            | Warning::Moved { series, .. }
            | Warning::UnfitBars { series, .. }
            | Warning::OpenForClose { series, .. }
            | Warning::FewWeekdays { series, .. }
            | Warning::Diverging { series, .. }
            | Warning::Unfinished { series, .. }
            | Warning::NoPriceAtEnd { series, .. }
            | Warning::UnfinishedDay { series, .. }
            | Warning::StaleEnd { series, .. }
            | Warning::Wild { series, .. }
            | Warning::Contradicted { series, .. }
            | Warning::SplitLike { series, .. }
            | Warning::SmallSplit { series, .. }
            | Warning::SplitAtEnd { series, .. }
            | Warning::Covariate { series, .. } => series.as_deref(),
            _ => None,
        }
    }

    /// The warning with the name of its series, of a file that holds several.
    pub(super) fn of(mut self, name: &str) -> Self {
        match &mut self {
            Warning::Moved { series, .. }
            | Warning::UnfitBars { series, .. }
            | Warning::OpenForClose { series, .. }
            | Warning::FewWeekdays { series, .. }
            | Warning::OtherEnd { series, .. }
            | Warning::Diverging { series, .. }
            | Warning::Unfinished { series, .. }
            | Warning::NoPriceAtEnd { series, .. }
            | Warning::UnfinishedDay { series, .. }
            | Warning::StaleEnd { series, .. }
            | Warning::Wild { series, .. }
            | Warning::Contradicted { series, .. }
            | Warning::SplitLike { series, .. }
            | Warning::SmallSplit { series, .. }
            | Warning::SplitAtEnd { series, .. }
            | Warning::Covariate { series, .. } => *series = Some(name.to_owned()),
            Warning::LongGap { series, .. } => *series = Some(name).into(),
            other => {
                if let Some(lines) = other.lines_mut() {
                    *lines = std::mem::take(lines).of(Some(name));
                }
            }
        }
        self
    }

    /// The warning of a file whose lines are counted so.
    pub(super) fn counted_in(mut self, numbering: Numbering) -> Warning {
        let lines = match &mut self {
            Warning::LongGap { line, .. }
            | Warning::Contradicted { line, .. }
            | Warning::SplitLike { line, .. }
            | Warning::SmallSplit { line, .. }
            | Warning::SplitAtEnd { line, .. } => Some(line),
            Warning::UnfinishedDay { day, .. } => Some(&mut day.line),
            Warning::Unfinished { rows, .. } => Some(&mut rows.lines),
            Warning::OtherEnd { rows, .. } => Some(&mut rows.line),
            other => other.lines_mut(),
        };
        if let Some(lines) = lines {
            *lines = std::mem::take(lines).counted_in(numbering);
        }
        self
    }

    /// The lines of a warning that is about nothing else.
    pub(super) fn lines_mut(&mut self) -> Option<&mut Lines> {
        match self {
            Warning::NoPrice(lines)
            | Warning::NoTicker(lines)
            | Warning::NoTrade(lines)
            | Warning::Merged(lines)
            | Warning::Repeated(lines)
            | Warning::Text(lines)
            | Warning::Shuffled(lines)
            | Warning::NoRange(lines)
            | Warning::CloseOnly(lines)
            | Warning::NoVolume(lines)
            | Warning::OddVolume(lines)
            | Warning::Halted(lines)
            | Warning::OutsideRange(lines)
            | Warning::Stale(lines)
            | Warning::FarOff(lines)
            | Warning::Leaps(lines)
            | Warning::FarOut(lines)
            | Warning::Outlier(lines)
            | Warning::Filled(lines)
            | Warning::Unchanged(lines)
            | Warning::Interpolated(lines)
            | Warning::OddDays(lines) => Some(lines),
            _ => None,
        }
    }
}
