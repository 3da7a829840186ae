//! What the user should know about a file that could be read.

use std::fmt;

use jiff::civil::Weekday;

use super::alike::AlikeSeries;
use super::columns::Sign;
use super::covariates::Covariate;
use super::ending::{NoPriceAtEnd, StaleEnd, UnfinishedDay};
use super::error::{Problem, ReadError, spacing};
use super::frequency::Frequency;
use super::gaps::Gap;
use super::known_ahead::CovariateFinding;
use super::lines::{Lines, Names, Numbering, few};
use super::nonpositive::Nonpositive;
use super::periods::Unfinished;
use super::spacing::{OtherEnd, Spaced};
use super::splits::Split;
use fourcast_base::words::{counted, join};

/// Something about a price file that the user should know.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(not(feature = "cli"), non_exhaustive)]
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
    AlikeColumns(AlikeSeries),
    /// Columns that may hold prices and are not read.
    NotRead(Vec<String>),
    /// Prices with a sign that does not mean a negative price, read without it.
    Signed {
        /// The column of the close.
        column: String,
        /// The meaning of the sign.
        sign: Sign,
        /// Rows with a price below zero.
        rows: usize,
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
        /// What they are, as far as the series tells.
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
        /// The column that tells several rows of a day apart, if there is one.
        by: Option<String>,
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
    /// A covariate that is worth less than it seems.
    Covariate {
        /// The series, where there are several.
        series: Option<String>,
        /// The covariate.
        covariate: Covariate,
        /// What was found.
        finding: CovariateFinding,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = |lines: &Lines| counted(lines.count(), "row");
        let days = |lines: &Lines| counted(lines.count(), "day");
        let of = |series: &Option<String>| series.as_ref().map_or(String::new(), |name| format!("{name}: "));
        match self {
            Warning::NoPrice(lines) => {
                write!(f, "left out {} without a price ({lines})", rows(lines))
            }
            Warning::NoTicker(lines) => {
                write!(f, "left out {} without a ticker ({lines})", rows(lines))
            }
            Warning::NoTrade(lines) => {
                write!(f, "left out {} of zeros ({lines}): days without trade", rows(lines))
            }
            Warning::Merged(lines) => {
                let days = if lines.count() == 1 { "a day" } else { "days" };
                write!(
                    f,
                    "left out {} of {days} that another row with the same close says more of ({lines})",
                    rows(lines)
                )
            }
            Warning::Repeated(lines) => {
                write!(f, "left out {} ({lines})", counted(lines.count(), "repeated row"))
            }
            Warning::Text(lines) => {
                write!(f, "left out {} ({lines})", counted(lines.count(), lines.numbering().noun()) + " of text")
            }
            Warning::Shuffled(lines) => write!(f, "rows are in no order of date ({lines}): sorted"),
            Warning::NoRange(lines) => {
                write!(f, "{} without all of open, high and low ({lines}): the close stands in", rows(lines))
            }
            Warning::CloseOnly(lines) => {
                write!(
                    f,
                    "{} with an open, high or low below zero or far from the close ({lines}): the close stands in",
                    days(lines)
                )
            }
            Warning::OutOfReach { columns, close } => {
                let numbers = if columns.len() == 1 { "has" } else { "have" };
                write!(
                    f,
                    "{} {numbers} numbers far from those of '{close}': the closes alone are read",
                    few(columns, "and")
                )
            }
            Warning::BarNotRead { columns, price, .. } => {
                let are = if columns.len() == 1 { "is" } else { "are" };
                write!(f, "{} {are} not read: '{price}' is not the close of that bar", few(columns, "and"))
            }
            Warning::Swapped { high, low } => write!(
                f,
                "'{high}' is below '{low}' on nearly all days: '{high}' is read as the low and '{low}' as the high"
            ),
            Warning::OfOneName(series) => {
                write!(f, "several columns have one name: their series are called {}", few(series, "and"))
            }
            Warning::AlikeColumns(alike) => write!(f, "{alike}"),
            Warning::NotRead(columns) => {
                let are = if columns.len() == 1 { "column {} is" } else { "columns {} are" };
                f.write_str(&(are.replace("{}", &few(columns, "and")) + " not read"))
            }
            Warning::Signed { column, sign, rows } => {
                let what = match sign {
                    Sign::Direction => "says whether it rose or fell",
                    Sign::Midpoint => "says that it is the middle of bid and ask",
                };
                let rows = counted(*rows, "price");
                write!(f, "'{column}' has {rows} below zero, where the sign {what}: read without the sign")
            }
            Warning::TakenName { column, alike } => write!(f, "column '{column}' is taken for '{alike}'"),
            Warning::NoVolume(lines) => {
                write!(f, "{} without a volume ({lines}): taken as 0", rows(lines))
            }
            Warning::OddVolume(lines) => {
                write!(f, "{} with a volume that cannot be ({lines}): read as no volume", rows(lines))
            }
            Warning::Constant { series, price, rows } => {
                write!(f, "{}the price is {price} on all {}", of(series), counted(*rows, "row"))
            }
            Warning::Halted(lines) => write!(f, "{} without trade ({lines})", days(lines)),
            Warning::OutsideRange(lines) => {
                write!(f, "{} with a price outside high and low ({lines})", days(lines))
            }
            Warning::UnfitBars { series, days, of: all } => write!(
                f,
                "{}left out open, high and low: on {days} of {all} days a price is outside high and low",
                of(series)
            ),
            Warning::OpenForClose { series, open, close, lines } => {
                let rows = lines.map_or(String::new(), |(first, last)| format!(" from line {first} to line {last}"));
                write!(
                    f,
                    "{}'{close}' seems to hold the opens and '{open}' the closes{rows}: on average '{close}' is nearer \
                     to the '{open}' of the day before than '{open}' to the '{close}' of that day",
                    of(series)
                )
            }
            Warning::Stale(lines) => {
                write!(f, "{} repeating the bar of the day before ({lines})", days(lines))
            }
            Warning::FarOff(lines) => {
                write!(f, "{} far from those around ({lines})", counted(lines.count(), "price"))
            }
            Warning::Leaps(lines) => {
                write!(f, "{} by a factor of more than 3 ({lines})", counted(lines.count(), "move"))
            }
            Warning::FarOut(lines) => {
                write!(f, "{} with a high or a low far from the other prices ({lines})", days(lines))
            }
            Warning::Nonpositive { lines, cause } => {
                write!(f, "{} of zero or below ({lines}){}", counted(lines.count(), "price"), cause.remark())
            }
            Warning::OddDays(lines) => {
                write!(f, "{} on a weekday that does not trade ({lines})", rows(lines))
            }
            Warning::LongGap { gap, line, series } => {
                write!(f, "no row from {} to {}, {} days ({line}{series})", gap.from, gap.to, gap.days())
            }
            Warning::NotDaily { series, found, expected, .. } => {
                write!(f, "{}{}", of(series), spacing(found, *expected))
            }
            Warning::OtherEnd { series, rows } => write!(f, "{}{rows}", of(series)),
            Warning::Unfinished { series, rows } => write!(f, "{}left out {rows}", of(series)),
            Warning::NoPriceAtEnd { series, end } => write!(f, "{}{end}", of(series)),
            Warning::MoreNoPriceAtEnd { series } => {
                write!(f, "{series} more series without a price on their last rows")
            }
            Warning::UnfinishedDay { series, day } => write!(f, "{}{day}", of(series)),
            Warning::StaleEnd { series, end } => write!(f, "{}{end}", of(series)),
            Warning::Wild { series, usual } => {
                write!(f, "{}the price moves by {:.0} % on a usual day: is it a price?", of(series), usual * 100.0)
            }
            Warning::EmptySeries(names) => write!(f, "no price at all for {}", few(names, "and")),
            Warning::Contradicted { series, line } => {
                write!(
                    f,
                    "{}the adjusted close contradicts the close ({line}): from there on the close is used",
                    of(series)
                )
            }
            Warning::Outlier(lines) => {
                write!(f, "{} on which only one of the close and the adjusted close moves ({lines})", days(lines))
            }
            Warning::Moved { series, column, ahead, .. } => {
                let day = if *ahead { "next day" } else { "day before" };
                write!(f, "{}'{column}' has the values of the {day}, as the other columns show", of(series))
            }
            Warning::Diverging { series, days, of: all } => write!(
                f,
                "{}the adjusted close moves against the close on {days} of {}",
                of(series),
                counted(*all, "day")
            ),
            Warning::Filled(lines) => {
                write!(f, "{} that repeat the close before ({lines}): filled in, or without trade", days(lines))
            }
            Warning::Unchanged(lines) => {
                write!(f, "the price does not change on {} ({lines})", days(lines))
            }
            Warning::Interpolated(lines) => {
                write!(
                    f,
                    "{} on a straight line with those beside ({lines}): interpolated, or smoothed",
                    counted(lines.count(), "close")
                )
            }
            Warning::OddName { column, alike } => write!(f, "column '{column}' is not used: is it '{alike}'?"),
            Warning::ShortSeries(names) => write!(f, "only a row or two for {}", few(names, "and")),
            Warning::SplitLike { series, split, line } => {
                write!(f, "{}a jump like a {split} ({line})", of(series))
            }
            Warning::SplitAtEnd { series, split, line } => {
                let of = of(series);
                write!(f, "{of}the last close ({line}) is about as far from the one before as after a {split}")
            }
            Warning::SmallSplit { series, split, line } => {
                write!(f, "{}a close ({line}) is about as far from the one before as after a {split}", of(series))
            }
            Warning::NoCells(columns) => {
                let (s, verb, are) = if columns.len() == 1 { ("", "holds", "is") } else { ("s", "hold", "are") };
                write!(f, "column{s} {} {verb} lists, structures or bytes and {are} not read", few(columns, "and"))
            }
            Warning::AssumedBar { bar: [open, high, low, close], or_close } => {
                write!(
                    f,
                    "no header: columns {open}, {high}, {low} and {close} are taken for open, high, low and close"
                )?;
                let others: Vec<String> = or_close.iter().map(|column| format!("column {column}")).collect();
                if others.is_empty() { Ok(()) } else { write!(f, "; {} may be the close too", few(&others, "and")) }
            }
            Warning::Covariate { series, covariate, finding } => {
                write!(f, "{}{covariate} ", of(series))?;
                match finding {
                    CovariateFinding::Constant(value) => write!(f, "is {value} on every row"),
                    CovariateFinding::Carried { rows } => write!(
                        f,
                        "has no value on the last {}: the last one before them is used",
                        match rows {
                            1 => "row".to_owned(),
                            rows => counted(*rows, "row"),
                        }
                    ),
                    CovariateFinding::EveryRow(value) => write!(f, "have the value {value} on every row"),
                    CovariateFinding::NoEvents(first, last) => write!(f, "have none from {first} to {last}"),
                    CovariateFinding::Twice { first, days: 1 } => {
                        write!(f, "have {first} more than once: the values of a day add up")
                    }
                    CovariateFinding::Twice { first, days } => {
                        write!(f, "have {days} days more than once, {first} first: the values of a day add up")
                    }
                    CovariateFinding::IsPrice => f.write_str("is the price itself, which networks read anyway"),
                    CovariateFinding::Ended(day) => write!(f, "end on {day}: no later session counts as one"),
                }
            }
            Warning::FewWeekdays { series, days } => {
                let days: Vec<String> = days.iter().map(|day| format!("{day:?}s")).collect();
                write!(
                    f,
                    "{}rows are of {} alone: sessions are taken to be on these days",
                    of(series),
                    join(&days, "and")
                )
            }
            Warning::MaybeThirtySeconds { column, found } => {
                write!(f, "'{column}' has no decimals above 31: prices like {found} may be in 32nds")
            }
            Warning::ZoneInDoubt => f.write_str("times are Greenwich's: each row is taken for its day there"),
        }
    }
}

impl Warning {
    /// The warning that rows are not daily, or that the price does not move, for a caller that only inspects the file.
    pub(super) fn of_unsettled(error: &ReadError) -> Option<Self> {
        match &*error.problem {
            Problem::Spacing { series, found, expected, asked, by } => {
                let (series, by) = (series.clone(), by.clone());
                Some(Warning::NotDaily { series, found: *found, expected: *expected, asked: *asked, by })
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
