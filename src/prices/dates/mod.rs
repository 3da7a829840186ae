//! Reads a cell as a date.
//!
//! | file | what it holds |
//! |---|---|
//! | `time` | the time of day |
//! | `written` | the parts of a written date |
//! | `conversion` | the numbers of a date as a day |
//! | `steps` | the steps from date to date |
//! | `century` | the century of years with two digits |
//! | `track` | the dates of a file in one of the ways to read them |
//! | `evidence` | the format of a file's dates, from all of them |
//! | `pattern` | the pattern of dates, for messages |
//! | `period` | months, quarters and other periods instead of days |

mod century;
mod conversion;
mod evidence;
mod pattern;
mod period;
mod steps;
mod time;
mod track;
mod written;

use std::fmt;

use jiff::civil::Date;

use century::POSIX;
pub use conversion::YEARS;
use conversion::{
    BUDDHIST, compact, date, epoch, joined, joined_ordinal, ordinal, republican, serial, short, week, year,
};
pub(super) use evidence::{DateEvidence, FoundForm};
pub use period::Period;
pub(super) use period::period;
pub(super) use time::{clock, resembles_clock};
use written::{Number, Written};

impl Written {
    /// Returns the numbers as a shape reads them: `241106` is three numbers in a shape of three numbers.
    fn parts(&self, shape: Shape) -> (usize, [Number; 3]) {
        let [whole, ..] = self.numbers;
        let two = |value: i64| Number { value: value % 100, digits: 2 };
        let first = match (shape, whole.digits) {
            (Shape::Numbers(_) | Shape::YearDayMonth | Shape::Republic, 6) => two(whole.value / 10_000),
            (Shape::Republic, 7) => Number { value: whole.value / 10_000, digits: 3 },
            _ => return (self.count, self.numbers),
        };
        if self.count != 1 {
            return (self.count, self.numbers);
        }
        (3, [first, two(whole.value / 100), two(whole.value)])
    }
}

/// The order of day and month in dates like `04/05/2024`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum DateOrder {
    /// Day, month, year.
    Dmy,
    /// Month, day, year.
    Mdy,
    /// Year, month, day.
    Ymd,
    /// Year, day, month.
    Ydm,
    /// Year of the Republic of China, as in Taiwan, month, day.
    Roc,
}

/// One of several ways to read a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateSense {
    /// By the order of its parts.
    Order(DateOrder),
    /// As a number of days since this one.
    DaysSince(Date),
}

impl fmt::Display for DateSense {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DateSense::Order(DateOrder::Dmy) => f.write_str("day first"),
            DateSense::Order(DateOrder::Mdy) => f.write_str("month first"),
            DateSense::Order(DateOrder::Ymd) => f.write_str("year first"),
            DateSense::Order(DateOrder::Ydm) => f.write_str("year first, then the day"),
            DateSense::Order(DateOrder::Roc) => f.write_str("year of the Republic of China first"),
            DateSense::DaysSince(zero) => write!(f, "days since {zero}"),
        }
    }
}

/// The format in which dates are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Three numbers.
    Numbers(DateOrder),
    /// Three numbers, the first a year of the Republic of China, as in Taiwan.
    Republic,
    /// Three numbers: a year of two digits, the day, the month. Only if the caller states this order.
    YearDayMonth,
    /// Two numbers and the name of a month.
    Named,
    /// `YYYYMMDD`, or `YYYYMMDDhhmmss`.
    Compact,
    /// `DDMMYYYY` or `MMDDYYYY`, possibly without its leading zero; `YYYYDDMM`.
    Joined(DateOrder),
    /// Time since 1970-01-01, in units of `1 / per_second` seconds.
    Epoch { per_second: i64 },
    /// `2024-W45-3`: year, week and day of the week.
    Week,
    /// `2024-311` or `2024311`: year and day of the year.
    Ordinal,
    /// Days since the day zero of a program.
    Serial(Zero),
}

/// The day zero of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Zero {
    /// 1899-12-30: spreadsheets.
    Sheet,
    /// 1904-01-01: old spreadsheets on the Macintosh.
    OldSheet,
    /// 1960-01-01: SAS and Stata.
    Sas,
    /// 1970-01-01: R and Arrow.
    Unix,
}

impl Zero {
    fn date(self) -> Date {
        match self {
            Zero::Sheet => jiff::civil::date(1899, 12, 30),
            Zero::OldSheet => jiff::civil::date(1904, 1, 1),
            Zero::Sas => jiff::civil::date(1960, 1, 1),
            Zero::Unix => jiff::civil::date(1970, 1, 1),
        }
    }
}

impl Shape {
    /// All shapes.
    const ALL: [Shape; 21] = [
        Shape::Numbers(DateOrder::Ymd),
        Shape::Numbers(DateOrder::Ydm),
        Shape::Numbers(DateOrder::Dmy),
        Shape::Numbers(DateOrder::Mdy),
        Shape::Republic,
        Shape::YearDayMonth,
        Shape::Named,
        Shape::Compact,
        Shape::Joined(DateOrder::Dmy),
        Shape::Joined(DateOrder::Mdy),
        Shape::Joined(DateOrder::Ydm),
        Shape::Epoch { per_second: 1 },
        Shape::Epoch { per_second: 1_000 },
        Shape::Epoch { per_second: 1_000_000 },
        Shape::Epoch { per_second: 1_000_000_000 },
        Shape::Week,
        Shape::Ordinal,
        Shape::Serial(Zero::Sheet),
        Shape::Serial(Zero::OldSheet),
        Shape::Serial(Zero::Sas),
        Shape::Serial(Zero::Unix),
    ];

    /// Returns the order of the parts, if such parts can be in several orders.
    fn order(self) -> Option<DateOrder> {
        match self {
            Shape::Numbers(order) | Shape::Joined(order) => Some(order),
            Shape::YearDayMonth => Some(DateOrder::Ydm),
            Shape::Compact => Some(DateOrder::Ymd),
            Shape::Republic => Some(DateOrder::Roc),
            _ => None,
        }
    }

    /// Returns whether the year of a date has four digits, in shapes with a leading year.
    fn has_long_year(self, written: &Written) -> Option<bool> {
        match self {
            Shape::Numbers(DateOrder::Ymd) => Some(written.parts(self).1[0].digits > 3),
            _ => None,
        }
    }

    /// Returns the day that a date of this shape denotes.
    fn stamp(self, written: &Written) -> Option<Stamp> {
        let (count, [a, b, c]) = written.parts(self);
        let date = match (self, count, written.month) {
            (Shape::Week, 3, None) if written.week => week(a, b, c),
            _ if written.week => None,
            (Shape::Numbers(DateOrder::Ymd), 3, None) if a.digits != 3 => date(year(a)?, short(b)?, short(c)?),
            (Shape::Numbers(DateOrder::Ydm), 3, None) if a.digits > 3 => date(year(a)?, short(c)?, short(b)?),
            (Shape::YearDayMonth, 3, None) if a.digits == 2 => date(year(a)?, short(c)?, short(b)?),
            (Shape::Republic, 3, None) => date(republican(a)?, short(b)?, short(c)?),
            (Shape::Numbers(DateOrder::Dmy), 3, None) => date(year(c)?, short(b)?, short(a)?),
            (Shape::Numbers(DateOrder::Mdy), 3, None) => date(year(c)?, short(a)?, short(b)?),
            (Shape::Ordinal, 1, None) => joined_ordinal(a),
            (Shape::Ordinal, 2, None) if (a.digits, b.digits) == (4, 3) => ordinal(a.value, b.value),
            (Shape::Named, 2, Some(month)) if a.digits > 2 => date(year(a)?, i64::from(month), short(b)?),
            (Shape::Named, 2, Some(month)) => date(year(b)?, i64::from(month), short(a)?),
            (Shape::Compact, 1 | 2, None) => compact(written),
            (Shape::Joined(order), 1, None) => joined(a, order),
            (Shape::Epoch { per_second }, 1, None) => return epoch(a, per_second),
            (Shape::Serial(zero), 1, None) => serial(a, zero),
            _ => None,
        }?;
        let utc = written.time.filter(|time| time.utc).map(|time| time.seconds);
        let buddhist = [a, b, c].iter().any(|number| number.digits == 4 && BUDDHIST.contains(&number.value));
        Some(Stamp { date, utc, buddhist, short_year: self.short_year([a, b, c]) })
    }

    /// Returns the year of a date of three parts, if it has two digits and no calendar of its own.
    fn short_year(self, [a, b, c]: [Number; 3]) -> Option<u8> {
        let year = match self {
            Shape::Numbers(DateOrder::Ymd | DateOrder::Ydm) | Shape::YearDayMonth => a,
            Shape::Numbers(_) => c,
            Shape::Named if a.digits <= 2 => b,
            _ => return None,
        };
        u8::try_from(year.value).ok().filter(|_| year.digits == 2)
    }
}

/// Times in UTC, in seconds of the day, from which a time can be midnight of the next day: in a zone 13 hours further
/// east.
const LATE: u32 = 11 * 3600;
/// Times in UTC, in seconds of the day, up to which a time can belong to the day before: its evening in a zone 8 hours
/// further west.
const EARLY: u32 = 8 * 3600;

/// A day in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    date: Date,
    /// The time of day, if it is in UTC.
    utc: Option<u32>,
    /// Whether the year is of the Buddhist calendar.
    buddhist: bool,
    /// The year, if it has two digits.
    short_year: Option<u8>,
}

impl Stamp {
    /// Returns the day of a market on a side.
    fn on(self, side: Side) -> Date {
        let moved = match side {
            Side::East if self.is_late() => self.date.tomorrow().ok(),
            Side::West if self.is_early() => self.date.yesterday().ok(),
            _ => None,
        };
        moved.unwrap_or(self.date)
    }

    /// Whether the time can be local midnight of the next day further east.
    fn is_late(self) -> bool {
        self.utc.is_some_and(|seconds| seconds >= LATE)
    }

    /// Whether the time can be the evening of the day before further west.
    fn is_early(self) -> bool {
        self.utc.is_some_and(|seconds| seconds < EARLY)
    }
}

/// The days that times in UTC belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// The days in UTC.
    Utc,
    /// Late times are local midnights of the next day.
    East,
    /// Early times are evenings of the day before.
    West,
}

/// The format of a file's dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DateForm {
    pub shape: Shape,
    /// The days that times in UTC belong to.
    pub side: Side,
    /// Whether years are of the Buddhist calendar, as in Thailand.
    pub buddhist: bool,
    /// Whether leading years have four digits: `23-04-24` among such dates is in another order.
    pub long_years: bool,
    /// The first two-digit year of the 1900s.
    pub first_year: u8,
}

impl DateForm {
    /// `YYYY-MM-DD`.
    pub const ISO: DateForm = DateForm {
        shape: Shape::Numbers(DateOrder::Ymd),
        side: Side::Utc,
        buddhist: false,
        long_years: true,
        first_year: POSIX,
    };

    /// Returns the order of day and month, and the order with these two exchanged, if there is one.
    pub fn with_days_exchanged(self) -> Option<[DateOrder; 2]> {
        match self.shape {
            Shape::Numbers(DateOrder::Ymd) | Shape::Compact => Some([DateOrder::Ymd, DateOrder::Ydm]),
            Shape::Numbers(DateOrder::Ydm) | Shape::YearDayMonth | Shape::Joined(DateOrder::Ydm) => {
                Some([DateOrder::Ydm, DateOrder::Ymd])
            }
            Shape::Numbers(DateOrder::Dmy) | Shape::Joined(DateOrder::Dmy) => Some([DateOrder::Dmy, DateOrder::Mdy]),
            Shape::Numbers(DateOrder::Mdy) | Shape::Joined(DateOrder::Mdy) => Some([DateOrder::Mdy, DateOrder::Dmy]),
            _ => None,
        }
    }

    /// Reads a cell.
    pub fn parse(self, cell: &[u8]) -> Option<Date> {
        if let Some(date) = self.plain(cell) {
            return Some(date);
        }
        let written = Written::read(cell)?;
        let stamp = self.shape.stamp(&written).filter(|stamp| stamp.buddhist == self.buddhist)?;
        let is_other = self.long_years && self.shape.has_long_year(&written) == Some(false);
        (!is_other).then(|| stamp.with_first_year(self.first_year).on(self.side))
    }

    /// Returns the time of day in a cell, in seconds since midnight; `None` without a time, or if days do not begin at
    /// midnight UTC.
    pub fn seconds(self, cell: &[u8]) -> Option<u32> {
        let written = Written::read(cell).filter(|_| self.side == Side::Utc)?;
        let [first, second, _] = written.numbers;
        match (self.shape, written.count) {
            (Shape::Epoch { per_second }, 1) => u32::try_from(first.value.div_euclid(per_second) % 86_400).ok(),
            (Shape::Compact, 1) if first.digits == 14 => Some(seconds_of(first.value % 1_000_000)),
            (Shape::Compact, 2) if second.digits == 6 => Some(seconds_of(second.value)),
            (Shape::Compact, 2) => Some(seconds_of(second.value * 100)),
            _ => written.time.map(|time| time.seconds),
        }
    }

    /// Reads the common formats of ten and eight characters by a faster path.
    fn plain(self, cell: &[u8]) -> Option<Date> {
        let separator = |byte: u8| matches!(byte, b'-' | b'/' | b'.');
        let (y, m, d) = match (self.shape, cell) {
            (Shape::Numbers(DateOrder::Ymd), &[a, b, c, d, s, e, f, t, g, h]) if separator(s) && s == t => {
                ([a, b, c, d], [e, f], [g, h])
            }
            (Shape::Numbers(DateOrder::Ydm), &[a, b, c, d, s, g, h, t, e, f]) if separator(s) && s == t => {
                ([a, b, c, d], [e, f], [g, h])
            }
            (Shape::Numbers(DateOrder::Dmy), &[g, h, s, e, f, t, a, b, c, d]) if separator(s) && s == t => {
                ([a, b, c, d], [e, f], [g, h])
            }
            (Shape::Numbers(DateOrder::Mdy), &[e, f, s, g, h, t, a, b, c, d]) if separator(s) && s == t => {
                ([a, b, c, d], [e, f], [g, h])
            }
            (Shape::Compact, &[a, b, c, d, e, f, g, h]) => ([a, b, c, d], [e, f], [g, h]),
            _ => return None,
        };
        date(digits(&y)?, digits(&m)?, digits(&d)?)
    }
}

/// Whether a cell would be a date if its year were one of [`YEARS`].
pub(super) fn is_of_other_year(cell: &[u8]) -> bool {
    /// A leap year.
    const LEAP_YEAR: i64 = 2000;
    let Some(mut written) = Written::read(cell) else {
        return false;
    };
    let mut changed = false;
    for number in &mut written.numbers[..written.count] {
        let (year, rest) = match number.digits {
            4 => (number.value, 0),
            8 => (number.value / 10_000, number.value % 10_000),
            _ => continue,
        };
        if !YEARS.contains(&year) && !BUDDHIST.contains(&year) {
            number.value = if number.digits == 4 { LEAP_YEAR } else { LEAP_YEAR * 10_000 + rest };
            changed = true;
        }
    }
    changed && usual_shapes().any(|shape| shape.stamp(&written).is_some())
}

/// Whether a cell can be a date in any format; a bare number only if `bare` allows it.
pub(super) fn is_date(cell: &[u8], bare: bool) -> bool {
    is_of(Shape::ALL.into_iter(), cell, bare)
}

/// Whether a cell can by itself be a date in any format.
pub(super) fn is_usual_date(cell: &[u8]) -> bool {
    is_of(usual_shapes(), cell, false)
}

fn is_of(mut shapes: impl Iterator<Item = Shape>, cell: &[u8], bare: bool) -> bool {
    if DateForm::ISO.plain(cell).is_some() {
        return true;
    }
    let Some(written) = Written::read(cell) else {
        return false;
    };
    let known = |shape: Shape| match shape {
        Shape::Serial(_) => false,
        Shape::Numbers(_) | Shape::YearDayMonth | Shape::Republic if written.count == 1 => {
            bare && shape.stamp(&written).is_some()
        }
        Shape::Ordinal if written.count == 1 => bare && shape.stamp(&written).is_some(),
        Shape::Epoch { .. } | Shape::Joined(_) => bare && shape.stamp(&written).is_some(),
        _ => shape.stamp(&written).is_some(),
    };
    shapes.any(known)
}

/// Returns the shapes of a single date: only all dates of a file together can show that the day stands between year and
/// month.
fn usual_shapes() -> impl Iterator<Item = Shape> {
    Shape::ALL.into_iter().filter(|shape| shape.order() != Some(DateOrder::Ydm))
}

/// Returns the day of a cell, if all formats that can read it agree.
pub(super) fn bare_day(cell: &[u8]) -> Option<Date> {
    let written = Written::read(cell)?;
    let mut days = usual_shapes().filter_map(|shape| shape.stamp(&written));
    let day = days.next()?.date;
    days.all(|other| other.date == day).then_some(day)
}

/// Converts `hhmmss` to seconds.
fn seconds_of(time: i64) -> u32 {
    u32::try_from(time / 10_000 * 3600 + time / 100 % 100 * 60 + time % 100).unwrap_or(0)
}

/// Returns the value of a text of digits.
fn digits(text: &[u8]) -> Option<i64> {
    text.iter().try_fold(0, |value, digit| digit.is_ascii_digit().then(|| value * 10 + i64::from(digit - b'0')))
}

/// Returns the number of days from one date to another, negative if the other is earlier.
pub(super) fn days_between(from: Date, to: Date) -> i64 {
    from.duration_until(to).as_hours() / 24
}

#[cfg(test)]
mod tests;
