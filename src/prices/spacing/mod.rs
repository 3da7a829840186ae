//! The spacing of the rows of a series, detected from their days.
//!
//! `changes` finds rows that change from one frequency to another, `other_end` a few such rows at an end.

mod changes;
mod other_end;

use std::fmt;
use std::ops::RangeInclusive;

use jiff::civil::{Date, Weekday};

use super::dates::days_between;
use super::frequency::Frequency;
use fourcast_base::words::counted;
pub use other_end::OtherEnd;
pub(crate) use other_end::without_first_weeks;

/// The spacing of the rows of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spacing {
    /// Several rows per day, and the usual number of seconds between them if rows have a time.
    Intraday(Option<u32>),
    /// Trading days, possibly with gaps.
    Daily,
    /// Weeks.
    Weekly,
    /// Months.
    Monthly,
    /// Quarters of a year.
    Quarterly,
    /// Years.
    Yearly,
    /// Half months, such as rows on the 1st and the 15th.
    HalfMonthly,
    /// Other steps, nearly all of about the same number of days.
    Alike(u64),
    /// Steps of different lengths, none of which prevails.
    Irregular {
        /// The days of the shortest step.
        least: u64,
        /// The days of the longest step.
        most: u64,
    },
    /// Rows whose frequency changes, possibly several times. The last change is described.
    Mixed {
        /// The frequency before it.
        before: Frequency,
        /// The frequency after it.
        after: Frequency,
        /// The last row of the frequency before it.
        last: Date,
        /// The first row of the frequency after it; usually the same row.
        first: Date,
        /// Whether the rows before, and those after, can be read as rows of their frequency.
        fit: [bool; 2],
    },
}

impl Spacing {
    /// Whether the rows before the last change of frequency, or those after it, can be read as rows of a frequency.
    pub fn has_side(self, frequency: Frequency) -> bool {
        let Spacing::Mixed { before, after, fit, .. } = self else { return false };
        [before, after].into_iter().zip(fit).any(|(side, fits)| fits && side == frequency)
    }
}

impl fmt::Display for Spacing {
    /// Writes the spacing in words: `a month apart`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Spacing::Intraday(Some(seconds)) => write!(f, "{} apart", duration(*seconds)),
            Spacing::Intraday(None) => f.write_str("less than a day apart"),
            Spacing::Daily => f.write_str("a day apart"),
            Spacing::Weekly => f.write_str("a week apart"),
            Spacing::Monthly => f.write_str("a month apart"),
            Spacing::Quarterly => f.write_str("three months apart"),
            Spacing::Yearly => f.write_str("a year apart"),
            Spacing::HalfMonthly => f.write_str("half a month apart"),
            Spacing::Alike(days) => write!(f, "{days} days apart"),
            Spacing::Irregular { least, most } if least == most => write!(f, "{least} days apart"),
            Spacing::Irregular { least, most } => write!(f, "{least} to {most} days apart"),
            Spacing::Mixed { before, after, last, first, .. } if last == first => {
                write!(f, "{before} up to {last} and {after} from there on")
            }
            Spacing::Mixed { before, after, last, first, .. } => {
                write!(f, "{before} up to {last} and {after} from {first} on")
            }
        }
    }
}

/// Returns a duration in words: `an hour`, `5 minutes`, `90 seconds`, `about 30 minutes`.
fn duration(seconds: u32) -> String {
    /// Longer durations are rounded to minutes.
    const MAX_SECONDS: u32 = 300;
    let rounded = (seconds + 30) / 60 * 60;
    match seconds {
        _ if seconds > MAX_SECONDS && seconds != rounded => format!("about {}", duration(rounded)),
        3600 => "an hour".to_owned(),
        60 => "a minute".to_owned(),
        1 => "a second".to_owned(),
        _ if seconds.is_multiple_of(3600) => format!("{} hours", seconds / 3600),
        _ if seconds.is_multiple_of(60) => format!("{} minutes", seconds / 60),
        _ => format!("{seconds} seconds"),
    }
}

/// A spacing, and the number of steps from row to row that agree with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spaced {
    /// The spacing.
    pub spacing: Spacing,
    /// The number of steps that agree with it.
    pub steps: usize,
    /// The number of all steps.
    pub of: usize,
}

impl Spaced {
    /// Returns the evidence in words: `12 of 13 steps of 26 to 35 days`; `None` if the spacing itself states it.
    pub fn evidence(&self) -> Option<String> {
        let (least, most) = days_of(self.spacing).filter(|_| self.spacing != Spacing::HalfMonthly)?.into_inner();
        Some(format!("{} of {} of {least} to {most} days", self.steps, counted(self.of, "step")))
    }

    /// Whether rows of this spacing can be read as rows of a frequency.
    pub fn fits(&self, frequency: Frequency) -> bool {
        self.frequency() == Some(frequency)
    }

    /// Returns the frequency that accepts such rows.
    pub fn frequency(&self) -> Option<Frequency> {
        match self.spacing {
            Spacing::Daily => Some(Frequency::Daily),
            Spacing::Weekly => Some(Frequency::Weekly),
            Spacing::Monthly => Some(Frequency::Monthly),
            _ => None,
        }
    }

    /// Returns the spacing of days in order, without repetitions; `None` if there are too few.
    ///
    /// Illiquid markets and files with gaps have steps of all lengths: a spacing other than daily is found only if most
    /// steps are equal, or hardly any step is to the next session. Rows are mixed if a run of at least eight steps
    /// has one frequency, and another such run has another. If the rows are otherwise irregular, or daily with mostly long
    /// steps, a run of three steps is enough, provided that such runs are nearly all rows.
    pub fn find(dates: &[Date]) -> Option<Self> {
        let steps = steps(dates);
        if steps.len() < MIN_STEPS {
            return None;
        }
        let whole = |spacing| Self { spacing, steps: steps.len(), of: steps.len() };
        if let Some(mixed) = changes::find(dates, &steps, [MIN_SIDE; 2]) {
            return Some(whole(mixed));
        }
        let found = Self::of_most(dates, &steps);
        if found.spacing == Spacing::Daily && has_long_periods(&steps) {
            return Some(whole(irregular(&steps)));
        }
        let has_extra = has_extra_rows(&steps, found.spacing);
        let is_thin = found.spacing == Spacing::Daily && 2 * found.steps < steps.len();
        if !has_extra && !is_thin && !matches!(found.spacing, Spacing::Irregular { .. }) {
            return Some(found);
        }
        // A run may then have only a few steps. Irregular rows are an error in any case, which a change explains.
        let longest = if is_thin { MIN_SIDE } else { MIN_STEPS };
        let mixed = changes::find(dates, &steps, [MIN_STEPS, longest]);
        Some(mixed.map_or(if has_extra { whole(irregular(&steps)) } else { found }, whole))
    }

    /// Returns the spacing that most steps show.
    fn of_most(dates: &[Date], steps: &[u64]) -> Self {
        let spaced = |spacing, steps_of_it| Self { spacing, steps: steps_of_it, of: steps.len() };
        for spacing in [Spacing::Weekly, Spacing::Monthly, Spacing::Quarterly, Spacing::Yearly] {
            let alike = days_of(spacing).map_or(0, |days| count(steps, &days));
            if is_most(alike, steps, days_of(spacing)) && !(spacing == Spacing::Monthly && are_four_weeks(steps)) {
                return spaced(spacing, alike);
            }
        }
        let mut sorted = steps.to_vec();
        sorted.sort_unstable();
        let median = sorted[(sorted.len() - 1) / 2];
        let short = count(steps, &(1..=MAX_DAILY));
        let is_daily = if steps.len() < MIN_IRREGULAR {
            median <= MAX_FEW
        } else {
            (median <= MAX_DAILY || MIN_SHORT * short >= steps.len()) && MIN_NEXT * next_sessions(dates) >= steps.len()
        };
        let near = count(steps, &(median - median / 5..=median + median / 5));
        let half_months = count(steps, &(13..=18));
        let found = if is_daily {
            (Spacing::Daily, short)
        } else if (median != 14 && is_most(half_months, steps, None)) || is_half_monthly(dates) {
            (Spacing::HalfMonthly, half_months)
        } else if is_most(near, steps, None) {
            (Spacing::Alike(median), near)
        } else {
            (irregular(steps), steps.len())
        };
        spaced(found.0, found.1)
    }

    /// Returns the spacing of days in order that should have another frequency: a few steps that count as daily with
    /// gaps are then irregular.
    pub(super) fn unlike(self, dates: &[Date]) -> Self {
        let steps = steps(dates);
        let is_short = 2 * count(&steps, &(1..=MAX_DAILY)) >= steps.len();
        if self.spacing != Spacing::Daily || is_short {
            return self;
        }
        Self { spacing: irregular(&steps), ..self }
    }

    /// Returns the first row, counted from 1, that is not one step of a frequency after the row before, if rows are
    /// irregular.
    pub(super) fn first_misplaced(&self, dates: &[Date], frequency: Frequency) -> Option<usize> {
        let days = days_of(frequency.into()).filter(|_| matches!(self.spacing, Spacing::Irregular { .. }))?;
        steps(dates).iter().position(|step| !days.contains(step)).map(|step| step + 1)
    }
}

impl From<Frequency> for Spacing {
    fn from(frequency: Frequency) -> Self {
        match frequency {
            Frequency::Daily => Spacing::Daily,
            Frequency::Weekly => Spacing::Weekly,
            Frequency::Monthly => Spacing::Monthly,
        }
    }
}

/// Returns the weekdays of daily rows, if nearly all rows are on two or three of them: every second session, as in a
/// list that is kept by hand. With fewer days, this can be chance.
pub(super) fn few_weekdays(dates: &[Date]) -> Option<Vec<Weekday>> {
    const MIN_ROWS: usize = 60;
    const MAX_WEEKDAYS: usize = 3;
    /// A holiday moves a row now and then.
    const MAX_ROWS_PER_OCCURRENCE: usize = 20;
    let mut counts = [0_usize; 7];
    dates.iter().for_each(|date| counts[date.weekday().to_monday_zero_offset() as usize % 7] += 1);
    let days = (0_i8..).zip(counts).filter(|(_, count)| MAX_ROWS_PER_OCCURRENCE * count > dates.len());
    let days: Vec<Weekday> = days.filter_map(|(day, _)| Weekday::from_monday_zero_offset(day).ok()).collect();
    (dates.len() >= MIN_ROWS && (2..=MAX_WEEKDAYS).contains(&days.len())).then_some(days)
}

/// Returns the days from row to row.
fn steps(dates: &[Date]) -> Vec<u64> {
    dates.windows(2).map(|pair| days_between(pair[0], pair[1]).unsigned_abs()).collect()
}

fn irregular(steps: &[u64]) -> Spacing {
    let (least, most) = (steps.iter().min(), steps.iter().max());
    Spacing::Irregular { least: least.copied().unwrap_or_default(), most: most.copied().unwrap_or_default() }
}

/// Returns the number of steps to the next session: to the next day in markets that trade on weekends, otherwise to the
/// next weekday.
fn next_sessions(dates: &[Date]) -> usize {
    let is_weekend = |date: &Date| matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
    let trades_on_weekends = 20 * dates.iter().filter(|date| is_weekend(date)).count() >= dates.len();
    let is_next = |pair: &&[Date]| match days_between(pair[0], pair[1]).unsigned_abs() {
        days if days > MAX_DAILY => false,
        days if trades_on_weekends => days == 1,
        days => weekdays_after(pair[0], days) <= 1,
    };
    dates.windows(2).filter(is_next).count()
}

/// Returns the number of weekdays among the next `days` days after a day.
fn weekdays_after(day: Date, days: u64) -> usize {
    let day = u64::from(day.weekday().to_monday_zero_offset().unsigned_abs());
    (day + 1..=day + days).filter(|day| day % 7 < 5).count()
}

const FREQUENCIES: [Frequency; 3] = [Frequency::Daily, Frequency::Weekly, Frequency::Monthly];

/// The minimum number of steps.
const MIN_STEPS: usize = 3;
/// The longest step between trading days, over a weekend and a holiday.
const MAX_DAILY: u64 = 4;
/// If at least one step in this many is short, the rows are daily, from an illiquid market.
const MIN_SHORT: usize = 4;
/// Fewer irregular steps are daily prices with gaps, unless their median is longer than [`MAX_FEW`].
const MIN_IRREGULAR: usize = 8;
/// The longest median of a few steps that are daily.
const MAX_FEW: u64 = 13;
/// Even in the thinnest market, at least one step in this many is to the next session. Rows of every second or third
/// session are not daily.
const MIN_NEXT: usize = 20;

/// Returns the days in a step of a spacing. A week can be a day longer or shorter if a holiday moves a row; the last
/// trading days of months are 26 to 35 days apart.
fn days_of(spacing: Spacing) -> Option<RangeInclusive<u64>> {
    match spacing {
        Spacing::Daily => Some(1..=MAX_DAILY),
        Spacing::Weekly => Some(6..=8),
        Spacing::Monthly => Some(26..=35),
        Spacing::Quarterly => Some(85..=96),
        Spacing::Yearly => Some(355..=376),
        Spacing::HalfMonthly
        | Spacing::Alike(_)
        | Spacing::Intraday(_)
        | Spacing::Irregular { .. }
        | Spacing::Mixed { .. } => None,
    }
}

/// Whether nearly all months have two rows, about half a month apart.
fn is_half_monthly(dates: &[Date]) -> bool {
    let steps = dates.windows(2).map(|pair| days_between(pair[0], pair[1]).unsigned_abs());
    let near = steps.clone().filter(|step| (11..=20).contains(step)).count();
    let months: Vec<&[Date]> =
        dates.chunk_by(|one, other| (one.year(), one.month()) == (other.year(), other.month())).collect();
    let of_two = months.iter().filter(|month| month.len() == 2).count();
    // Rows every two weeks give three rows in one or two months of a year.
    let of_three = months.iter().filter(|month| month.len() == 3).count();
    10 * near >= 9 * (dates.len() - 1) && 10 * of_two >= 9 * months.len().saturating_sub(2) && of_three == 0
}

/// Fewer consecutive steps of another frequency are holidays, closed exchanges or an unfinished end: daily files of
/// exchanges have at most one step of a week.
const MIN_SIDE: usize = 8;

fn frequency_of(spacing: Spacing) -> Option<Frequency> {
    FREQUENCIES.into_iter().find(|one| spacing == (*one).into())
}

/// Returns the frequency whose steps have this number of days.
fn kind_of(step: &u64) -> Option<Frequency> {
    FREQUENCIES.into_iter().find(|one| days_of((*one).into()).is_some_and(|days| days.contains(step)))
}

/// Whether at least [`MIN_SIDE`] consecutive steps are longer than two months, as in a file of quarters or years up to a
/// day and of days from there on. No market with daily prices closes so often in a row.
fn has_long_periods(steps: &[u64]) -> bool {
    const TWO_MONTHS: u64 = 62;
    steps
        .chunk_by(|one, other| (*one > TWO_MONTHS) == (*other > TWO_MONTHS))
        .any(|run| run[0] > TWO_MONTHS && run.len() >= MIN_SIDE)
}

/// Whether more than one in twenty weeks or months has a row within it: a step, other than the last, that is too short
/// for a holiday.
fn has_extra_rows(steps: &[u64], spacing: Spacing) -> bool {
    let shortest = match spacing {
        Spacing::Weekly => 5,
        Spacing::Monthly => 20,
        _ => return false,
    };
    let extra = steps[..steps.len() - 1].iter().filter(|step| **step < shortest).count();
    extra > 2 && 20 * extra > steps.len()
}

fn count(steps: &[u64], days: &RangeInclusive<u64>) -> usize {
    steps.iter().filter(|step| days.contains(step)).count()
}

/// Whether `alike` steps are enough: three in four, or all but the last, which an unfinished period shortens.
fn is_most(alike: usize, steps: &[u64], days: Option<RangeInclusive<u64>>) -> bool {
    let before_last = &steps[..steps.len() - 1];
    4 * alike >= 3 * steps.len() || days.is_some_and(|days| count(before_last, &days) == before_last.len())
}

/// Whether all steps have 28 days: thirteen of them are a year.
fn are_four_weeks(steps: &[u64]) -> bool {
    steps.iter().all(|step| *step == 28)
}

#[cfg(test)]
mod tests;
