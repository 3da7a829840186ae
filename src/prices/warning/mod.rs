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
    /// Rows of zeros, left out.
    NoTrade(Lines),
    /// Rows left out because another row of the same day and close has more values.
    Merged(Lines),
    /// Rows left out because they repeat an earlier row.
    Repeated(Lines),
    /// Lines of text among the rows, left out.
    Text(Lines),
    /// The lines of rows that were not in order; the rows were sorted.
    Shuffled(Lines),
    /// Days without a complete open, high and low, which are replaced by the close.
    NoRange(Lines),
    /// Days with an open, high or low at or below zero, or far from the close; all three are replaced by the close.
    CloseOnly(Lines),
    /// Columns of open, high or low that are far from the close on most days: only closes are read.
    OutOfReach {
        /// The columns.
        columns: Vec<String>,
        /// The column of the close.
        close: String,
    },
    /// Open, high and low that are not read because they do not belong to the price that is read.
    BarNotRead {
        /// The columns.
        columns: Vec<String>,
        /// The column of the price.
        price: String,
        /// The column of the close that they belong to, if any.
        close: Option<String>,
    },
    /// Columns of high and low that are exchanged on nearly all days, and are read as exchanged.
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
    /// Columns that can hold prices but are not read.
    NotRead(Vec<String>),
    /// Columns beside tickers that are not read because they hold no prices: they label the rows, hold words, or are
    /// empty.
    HoldNoPrices(Vec<String>),
    /// Prices such as `1.005` whose point is read as decimal only because of the delimiter, the dates and the names.
    LikelyPoint {
        /// The first cell.
        cell: String,
        /// The number if the point grouped thousands.
        grouped: String,
    },
    /// Prices with a sign that does not mean a negative price; they are read without it.
    Signed {
        /// The column of the close.
        column: String,
        /// The meaning of the sign.
        sign: Sign,
        /// Rows with a price below zero.
        rows: usize,
    },
    /// Series below each other, named by a column of words, that are read as one.
    JoinedSeries {
        /// The column.
        column: String,
        /// The name of a series.
        before: String,
        /// The name of the next series.
        after: String,
        /// The first line of the next series.
        line: Lines,
        /// Whether the price jumps there.
        jumps: bool,
    },
    /// A column that is read as tickers because only it distinguishes the rows of a day.
    PanelKey {
        /// The column.
        column: String,
    },
    /// A column that is read under a known name that its name resembles.
    TakenName {
        /// The column.
        column: String,
        /// The known name.
        alike: String,
    },
    /// Days without a volume, which is taken as 0.
    NoVolume(Lines),
    /// Days with a volume that is negative or of an impossible size; it is taken as 0.
    OddVolume(Lines),
    /// A price that is the same on all rows. It is not among a reading's warnings but among its
    /// [`remarks`](super::Reading::remarks), because it is an error in every other use of the file.
    Constant {
        /// The series, if there are several.
        series: Option<String>,
        /// The price.
        price: f64,
        /// The number of rows.
        rows: usize,
    },
    /// Days with a close but no trade.
    Halted(Lines),
    /// Days with a high below, or a low above, another price of the day.
    OutsideRange(Lines),
    /// Open, high and low that are consistent with each other and the close on only a few days; they are left out.
    UnfitBars {
        /// The series, if there are several.
        series: Option<String>,
        /// Days with a price outside high and low.
        days: usize,
        /// The number of all days.
        of: usize,
    },
    /// The names of open and close are exchanged.
    OpenForClose {
        /// The series, if there are several.
        series: Option<String>,
        /// The column named open.
        open: String,
        /// The column named close.
        close: String,
        /// The first and the last line on which they are exchanged, unless they are on all lines.
        lines: Option<(usize, usize)>,
    },
    /// Bars that repeat the day before, including the volume.
    Stale(Lines),
    /// Prices that differ by a large factor from those around them.
    FarOff(Lines),
    /// Moves by a factor of three or more that are no splits and are not reversed by the next row.
    Leaps(Lines),
    /// Highs and lows far from the other prices of their day.
    FarOut(Lines),
    /// Prices of zero or below. They are not among a reading's warnings but among its
    /// [`remarks`](super::Reading::remarks).
    Nonpositive {
        /// The lines.
        lines: Lines,
        /// Their cause, as far as the series shows it.
        cause: Nonpositive,
    },
    /// Days on weekdays on which the market does not trade.
    OddDays(Lines),
    /// A gap longer than a holiday.
    LongGap {
        /// The last day before the gap and the first after it.
        gap: Gap,
        /// The line of the first row after the gap.
        line: Lines,
        /// The series, if there are several.
        series: Names,
    },
    /// Rows that are not daily. They are not among a reading's warnings but among its
    /// [`remarks`](super::Reading::remarks), because they are an error in every other use of the file.
    NotDaily {
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
    /// A few first or last rows whose frequency differs from that of the others.
    OtherEnd {
        /// The series, if there are several.
        series: Option<String>,
        /// The rows.
        rows: OtherEnd,
    },
    /// Last rows of an unfinished week or month, left out.
    Unfinished {
        /// The series, if there are several.
        series: Option<String>,
        /// The rows.
        rows: Unfinished,
    },
    /// The last rows have a date but no price: the forecast is for the session after the last price.
    NoPriceAtEnd {
        /// The series, if there are several.
        series: Option<String>,
        /// What was found.
        end: NoPriceAtEnd,
    },
    /// Further series without prices at their end.
    MoreNoPriceAtEnd {
        /// The number of these series.
        series: usize,
    },
    /// The time of day of the last row differs from that of the others: its day may not be over.
    UnfinishedDay {
        /// The series, if there are several.
        series: Option<String>,
        /// What was found.
        day: UnfinishedDay,
    },
    /// The last rows repeat a price.
    StaleEnd {
        /// The series, if there are several.
        series: Option<String>,
        /// What was found.
        end: StaleEnd,
    },
    /// The price moves more than prices do: it may be another quantity.
    Wild {
        /// The series, if there are several.
        series: Option<String>,
        /// The usual move from day to day, as a fraction.
        usual: f64,
    },
    /// Series that are left out because they have no price.
    EmptySeries(Vec<String>),
    /// The adjusted close moves relative to the close in a way that no dividend or split explains.
    Contradicted {
        /// The series, if there are several.
        series: Option<String>,
        /// The first line of such a move.
        line: Lines,
    },
    /// Days on which only one of the close and the adjusted close moves, and moves back on the next day, if there is
    /// one.
    Outlier(Lines),
    /// A column that fits the others only if it is moved by a day.
    Moved {
        /// The series, if there are several.
        series: Option<String>,
        /// The column.
        column: String,
        /// Whether its values are those of the next day; otherwise they are those of the day before.
        ahead: bool,
        /// Whether the column is the close: open, high and low beside a close of the day before belong to the next day.
        is_close: bool,
    },
    /// The adjusted close moves relative to the close on more days than dividends and splits explain.
    Diverging {
        /// The series, if there are several.
        series: Option<String>,
        /// The number of days on which it moves.
        days: usize,
        /// The number of days compared.
        of: usize,
    },
    /// Closes of days without trade that repeat the close of the day before.
    Filled(Lines),
    /// Days without a change of the price, more than by chance, in a series with closes only.
    Unchanged(Lines),
    /// Closes on a straight line with the closes before and after, more than by chance.
    Interpolated(Lines),
    /// A column that is not read, with a name that resembles a known one.
    OddName {
        /// The column.
        column: String,
        /// The known name.
        alike: String,
    },
    /// Series of one or two rows among longer ones.
    ShortSeries(Vec<String>),
    /// A jump that looks like a split.
    SplitLike {
        /// The series, if there are several.
        series: Option<String>,
        /// The jump.
        split: Split,
        /// Its line.
        line: Lines,
    },
    /// A close, other than the last, whose distance from the close before looks like a small split, while the other
    /// closes move little.
    SmallSplit {
        /// The series, if there are several.
        series: Option<String>,
        /// The split that it resembles.
        split: Split,
        /// Its line.
        line: Lines,
    },
    /// The last close, whose distance from the close before looks like a small split.
    SplitAtEnd {
        /// The series, if there are several.
        series: Option<String>,
        /// The split that it resembles.
        split: Split,
        /// Its line.
        line: Lines,
    },
    /// Columns of a Parquet file that hold lists, structures or bytes.
    NoCells(Vec<String>),
    /// Columns of a file without a header that are read as open, high, low and close, counted from 1.
    AssumedBar {
        /// The columns of open, high, low and close.
        bar: [usize; 4],
        /// Other columns that can be the close.
        or_close: Vec<usize>,
    },
    /// Daily rows of two or three weekdays.
    FewWeekdays {
        /// The series, if there are several.
        series: Option<String>,
        /// The weekdays.
        days: Vec<Weekday>,
    },
    /// Prices whose decimals are all below 32: they can be 32nds.
    MaybeThirtySeconds {
        /// The column.
        column: String,
        /// The first such price.
        found: String,
    },
    /// The dates can be in UTC rather than the market's time.
    ZoneInDoubt,
    /// A covariate that can be less informative than it looks.
    Covariate {
        /// The series, if there are several.
        series: Option<String>,
        /// The covariate.
        covariate: Covariate,
        /// What was found.
        finding: CovariateFinding,
    },
}

impl Warning {
    /// Returns the warning for the error that rows are not daily or that the price is constant, for a caller that only
    /// inspects the file.
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
    /// Returns the series that the warning is about, if it names one.
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

    /// Returns the warning with the name of its series, in a file with several.
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

    /// Sets what the line numbers of the warning count.
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

    /// Returns the lines of a warning that consists only of lines.
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
