//! Converts the numbers of a date to a day.

use std::ops::RangeInclusive;

use jiff::ToSpan;
use jiff::civil::{Date, ISOWeekDate, Weekday};

use super::written::{Number, Written};
use super::{DateOrder, Stamp, Zero};

/// The years in which a date of a price can lie.
pub const YEARS: RangeInclusive<i64> = 1600..=2200;

/// Years that are read as Buddhist.
pub(super) const BUDDHIST: RangeInclusive<i64> = 2400..=2700;

pub(super) fn date(year: i64, month: i64, day: i64) -> Option<Date> {
    if !YEARS.contains(&year) {
        return None;
    }
    let narrow = |number: i64| i8::try_from(number).ok();
    Date::new(i16::try_from(year).ok()?, narrow(month)?, narrow(day)?).ok()
}

/// Converts a year. Two digits mean 1969 to 2068, as in POSIX, unless the dates of the file show another century (see
/// [`Centuries`](super::century::Centuries)); three digits mean a year of the Republic of China, as Taiwan's exchanges
/// write it.
pub(super) fn year(number: Number) -> Option<i64> {
    match (number.digits, number.value) {
        (4, year) if BUDDHIST.contains(&year) => Some(year - 543),
        (4, year) => Some(year),
        (3, year @ 100..200) => Some(year + 1911),
        (2, year @ 69..) => Some(year + 1900),
        (2, year) => Some(year + 2000),
        _ => None,
    }
}

/// Converts a year of the Republic of China, from 1949 on, of two or three digits (`099`).
pub(super) fn republican(number: Number) -> Option<i64> {
    match (number.digits, number.value) {
        (2 | 3, year @ 38..100) | (3, year @ 100..150) => Some(year + 1911),
        _ => None,
    }
}

/// Returns a day or a month.
pub(super) fn short(number: Number) -> Option<i64> {
    (number.digits <= 2).then_some(number.value)
}

/// Returns the day of `YYYYMMDD`, possibly followed by `hhmmss`.
pub(super) fn compact(written: &Written) -> Option<Date> {
    let [day, time, _] = written.numbers;
    let day = match (written.count, day.digits, time.digits) {
        (1, 8, _) | (2, 8, 4 | 6) => day.value,
        (1, 14, _) => day.value / 1_000_000,
        _ => return None,
    };
    date(day / 10_000, day / 100 % 100, day % 100)
}

/// Returns the day of `DDMMYYYY` or `MMDDYYYY`, of eight digits, or seven without a leading zero; or of `YYYYDDMM`.
pub(super) fn joined(number: Number, order: DateOrder) -> Option<Date> {
    /// Nearly all other numbers of eight digits are volumes.
    const YEARS: RangeInclusive<i64> = 1900..=2100;
    let (front, back) = (number.value / 10_000, number.value % 10_000);
    let year = if order == DateOrder::Ydm { front } else { back };
    let digits = if order == DateOrder::Ydm { 8..=8 } else { 7..=8 };
    if !digits.contains(&number.digits) || !YEARS.contains(&year) {
        return None;
    }
    let (first, second) = (front / 100, front % 100);
    match order {
        DateOrder::Ydm => date(year, back % 100, back / 100),
        DateOrder::Mdy => date(year, first, second),
        _ => date(year, second, first),
    }
}

pub(super) fn epoch(number: Number, per_second: i64) -> Option<Stamp> {
    // The number of digits determines the unit: ten digits are seconds from 2001 to 2286, and each smaller unit has
    // three more.
    let digits = match per_second {
        1 => 9..=10,
        1_000 => 12..=13,
        1_000_000 => 15..=16,
        _ => 18..=19,
    };
    if !digits.contains(&number.digits) {
        return None;
    }
    let seconds = number.value.div_euclid(per_second);
    let day = jiff::civil::date(1970, 1, 1).checked_add((seconds / 86_400).days()).ok()?;
    let utc = u32::try_from(seconds.rem_euclid(86_400)).ok();
    YEARS.contains(&i64::from(day.year())).then_some(Stamp { date: day, utc, buddhist: false, short_year: None })
}

pub(super) fn week(year: Number, week: Number, day: Number) -> Option<Date> {
    let year = (year.digits == 4 && YEARS.contains(&year.value)).then_some(year.value)?;
    let (week, day) = (i8::try_from(week.value).ok()?, i8::try_from(day.value).ok()?);
    let weekday = Weekday::from_monday_one_offset(day).ok()?;
    Some(ISOWeekDate::new(i16::try_from(year).ok()?, week, weekday).ok()?.date())
}

pub(super) fn ordinal(year: i64, day: i64) -> Option<Date> {
    let first = date(year, 1, 1)?;
    let found = first.checked_add((day - 1).days()).ok()?;
    (day > 0 && found.year() == first.year()).then_some(found)
}

/// Returns the day of `YYYYDDD`. Nearly all other numbers of seven digits are volumes.
pub(super) fn joined_ordinal(number: Number) -> Option<Date> {
    const YEARS: RangeInclusive<i64> = 1900..=2100;
    let (year, day) = (number.value / 1000, number.value % 1000);
    if number.digits != 7 || !YEARS.contains(&year) { None } else { ordinal(year, day) }
}

/// Returns the day of a serial number: in spreadsheets from 1954 to 2119, in other programs from 1980 to 2059.
pub(super) fn serial(number: Number, zero: Zero) -> Option<Date> {
    let known = (10_000..80_000).contains(&number.value) && number.digits == 5;
    let day = known.then(|| zero.date().checked_add(number.value.days()).ok()).flatten()?;
    let years = if zero == Zero::Sheet { 1954..2120 } else { 1980..2060 };
    years.contains(&day.year()).then_some(day)
}
