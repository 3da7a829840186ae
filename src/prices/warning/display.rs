//! The texts of warnings.

use std::fmt;

use super::Warning;
use crate::columns::Sign;
use crate::covariates::CovariateKind;
use crate::error::spacing;
use crate::known_ahead::CovariateFinding;
use crate::later_values::{Later, LaterValue};
use crate::lines::{Lines, few};
use fourcast_base::words::{counted, join};

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
                write!(f, "left out {} of zeros ({lines}): they are no prices", rows(lines))
            }
            Warning::Merged(lines) => {
                let other = match lines.count() {
                    1 => "another row of the day has the same close",
                    _ => "other rows of the days have the same closes",
                };
                write!(f, "left out {} ({lines}): {other} and more values", rows(lines))
            }
            Warning::Repeated(lines) => {
                write!(f, "left out {} ({lines})", counted(lines.count(), "repeated row"))
            }
            Warning::Text(lines) => {
                write!(f, "left out {} ({lines})", counted(lines.count(), lines.numbering().noun()) + " of text")
            }
            Warning::Shuffled(lines) => write!(f, "rows were not sorted by date ({lines})"),
            Warning::NoRange(lines) => {
                write!(f, "{} without open, high or low ({lines}): the close is used instead", rows(lines))
            }
            Warning::CloseOnly(lines) => {
                write!(
                    f,
                    "{} with an open, high or low below zero or far from the close ({lines}): the close is used instead",
                    days(lines)
                )
            }
            Warning::OutOfReach { columns, close } => {
                let numbers = if columns.len() == 1 { "has" } else { "have" };
                write!(
                    f,
                    "{} {numbers} numbers far from those of '{close}': only the closes are read",
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
                write!(f, "several columns have the same name: their series are called {}", few(series, "and"))
            }
            Warning::AlikeColumns(alike) => write!(f, "{alike}"),
            Warning::NotRead(columns) => f.write_str(&not_read(columns)),
            Warning::HoldNoPrices(columns) => {
                let they = if columns.len() == 1 { "it contains" } else { "they contain" };
                write!(f, "{}: {they} no prices", not_read(columns))
            }
            Warning::LikelyPoint { cell, grouped } => {
                write!(
                    f,
                    "'{cell}' is read with a decimal point, not as {grouped}: no other number shows the decimal mark"
                )
            }
            Warning::Signed { column, sign, rows } => {
                let what = match sign {
                    Sign::Direction => "is that of the change",
                    Sign::Midpoint => "marks the middle of bid and ask",
                };
                let rows = counted(*rows, "price");
                write!(f, "'{column}' has {rows} below zero, where the sign {what}: read without the sign")
            }
            Warning::JoinedSeries { column, before, after, line, jumps } => write!(
                f,
                "column '{column}' changes from '{before}' to '{after}' ({line}){}: the rows are read as one series",
                if *jumps { ", where the price jumps" } else { "" }
            ),
            Warning::PanelKey { column } => {
                write!(f, "several rows a day: a series is read for each value of column '{column}'")
            }
            Warning::TakenName { column, alike } => write!(f, "column '{column}' is read as '{alike}'"),
            Warning::NoVolume(lines) => {
                write!(f, "{} without a volume ({lines}): taken as 0", rows(lines))
            }
            Warning::OddVolume(lines) => {
                write!(f, "{} with an impossible volume ({lines}): read as no volume", rows(lines))
            }
            Warning::Constant { series, price, rows } => {
                write!(f, "{}the price is {price} on all {}", of(series), counted(*rows, "row"))
            }
            Warning::Halted(lines) => {
                write!(f, "{} with one price and no volume, or with a bar of zeros ({lines})", days(lines))
            }
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
                     to the '{open}' of the day before than '{open}' is to the '{close}' of that day",
                    of(series)
                )
            }
            Warning::Stale(lines) => {
                write!(f, "{} repeating the bar of the day before ({lines})", days(lines))
            }
            Warning::FarOff(lines) => {
                write!(f, "{} far from the prices around ({lines})", counted(lines.count(), "price"))
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
                write!(f, "{} that repeat the previous close ({lines}): filled in, or without trade", days(lines))
            }
            Warning::Unchanged(lines) => {
                write!(f, "the price does not change on {} ({lines})", days(lines))
            }
            Warning::Interpolated(lines) => {
                write!(
                    f,
                    "{} on a straight line with the closes around ({lines}): interpolated, or smoothed",
                    counted(lines.count(), "close")
                )
            }
            Warning::OddName { column, alike } => write!(f, "column '{column}' is not used: is it '{alike}'?"),
            Warning::ShortSeries(names) => write!(f, "only one or two rows for {}", few(names, "and")),
            Warning::SplitLike { series, split, line } => {
                write!(f, "{}a jump like a {split} ({line})", of(series))
            }
            Warning::SplitAtEnd { series, split, line } => {
                let of = of(series);
                write!(f, "{of}the last close ({line}) differs from the previous close by about the ratio of a {split}")
            }
            Warning::SmallSplit { series, split, line } => {
                write!(
                    f,
                    "{}a close ({line}) differs from the previous close by about the ratio of a {split}",
                    of(series)
                )
            }
            Warning::NoCells(columns) => {
                let (s, verb, are) = if columns.len() == 1 { ("", "holds", "is") } else { ("s", "hold", "are") };
                write!(f, "column{s} {} {verb} lists, structures or bytes and {are} not read", few(columns, "and"))
            }
            Warning::AssumedBar { bar: [open, high, low, close], or_close } => {
                write!(
                    f,
                    "no header: columns {open}, {high}, {low} and {close} are read as open, high, low and close"
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
                        "has no value on the last {}: the last known value is used",
                        match rows {
                            1 => "row".to_owned(),
                            rows => counted(*rows, "row"),
                        }
                    ),
                    CovariateFinding::EveryRow(value) => write!(f, "have the value {value} on every row"),
                    CovariateFinding::NoEvents(first, last) => write!(f, "have no event from {first} to {last}"),
                    CovariateFinding::Twice { first, days: 1 } => {
                        write!(f, "have {first} more than once: the values of a day are added")
                    }
                    CovariateFinding::Twice { first, days } => {
                        write!(f, "have {days} repeated days, the first is {first}: the values of a day are added")
                    }
                    CovariateFinding::Later(value) => f.write_str(&later(value, covariate.kind)),
                    CovariateFinding::IsPrice => f.write_str("is the price itself, which networks read anyway"),
                    CovariateFinding::Ended(day) => {
                        write!(f, "end on {day}: later sessions count as sessions without an event")
                    }
                }
            }
            Warning::FewWeekdays { series, days } => {
                let days: Vec<String> = days.iter().map(|day| format!("{day:?}s")).collect();
                write!(
                    f,
                    "{}all rows are on {}: only these weekdays are taken as sessions",
                    of(series),
                    join(&days, "and")
                )
            }
            Warning::MaybeThirtySeconds { column, found } => {
                write!(f, "'{column}' has no decimals above 31: prices like {found} may be in 32nds")
            }
            Warning::ZoneInDoubt => f.write_str("times are in UTC: each row is dated by its day in UTC"),
        }
    }
}

/// Writes that a covariate contains later prices. A past covariate is known on its row, and one known ahead on the row
/// before.
fn later(LaterValue { what, correlation }: &LaterValue, kind: CovariateKind) -> String {
    let row = |rows: usize| match (kind, rows) {
        (CovariateKind::Past, 1) => "the next row".to_owned(),
        (CovariateKind::Past, rows) => format!("the row {rows} rows later"),
        (_, 1) => "its own row, known ahead".to_owned(),
        (_, rows) => format!("the row {} later", counted(rows - 1, "row")),
    };
    let of = match what {
        Later::Return(rows) => format!("the return of {}", row(*rows)),
        Later::Price(1) => format!("the return of {}", row(1)),
        Later::Price(rows) => format!("the return up to {}", row(*rows)),
        Later::Size => format!("the size of the return of {}", row(1)),
    };
    format!("has a correlation of {correlation:.2} with {of}: it seems to hold later prices")
}

/// Writes `column 'Average' is not read`; a few columns without names are called by their numbers.
fn not_read(columns: &[String]) -> String {
    let are = if columns.len() == 1 { "column {} is not read" } else { "columns {} are not read" };
    let numbers = columns.iter().map(|label| Some(label.strip_prefix("column ")?.to_owned()));
    let numbers: Option<Vec<String>> = numbers.collect();
    are.replace("{}", &numbers.map_or_else(|| few(columns, "and"), |numbers| join(&numbers, "and")))
}
