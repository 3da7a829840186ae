//! What a row of a file is: a day, a week or a month; and how far apart rows are.

use std::fmt;
use std::ops::RangeInclusive;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::dates::days_between;
use crate::words::counted;

/// What a row of a series is, and so what the next one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Frequency {
    /// A row per trading day.
    #[default]
    Daily,
    /// A row per week.
    Weekly,
    /// A row per month.
    Monthly,
}

impl Frequency {
    /// Whether a row is a trading day.
    pub fn is_daily(&self) -> bool {
        *self == Frequency::Daily
    }

    /// `day`, `week` or `month`.
    pub fn unit(self) -> &'static str {
        match self {
            Frequency::Daily => "day",
            Frequency::Weekly => "week",
            Frequency::Monthly => "month",
        }
    }

    /// Trading days of a row, where the market has no holidays.
    pub fn sessions(self) -> u32 {
        match self {
            Frequency::Daily => 1,
            Frequency::Weekly => 5,
            Frequency::Monthly => 21,
        }
    }

    /// The baseline of no change, in words: `tomorrow = today`, `next = this week`.
    pub fn no_change(self) -> &'static str {
        match self {
            Frequency::Daily => "tomorrow = today",
            Frequency::Weekly => "next = this week",
            Frequency::Monthly => "next = this month",
        }
    }
}

impl fmt::Display for Frequency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Frequency::Daily => "daily",
            Frequency::Weekly => "weekly",
            Frequency::Monthly => "monthly",
        })
    }
}

/// How far apart the rows of a series are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spacing {
    /// Several rows a day; the usual seconds from one to the next, where rows have a time.
    Intraday(Option<u32>),
    /// Trading days, with whatever holes.
    Daily,
    /// Weeks.
    Weekly,
    /// Months.
    Monthly,
    /// Quarters of a year.
    Quarterly,
    /// Years.
    Yearly,
    /// Other steps; the median of their days.
    Every(u64),
}

impl fmt::Display for Spacing {
    /// What rows of that spacing are: `a month apart`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Spacing::Intraday(Some(seconds)) => write!(f, "{} apart", duration(*seconds)),
            Spacing::Intraday(None) => f.write_str("less than a day apart"),
            Spacing::Daily => f.write_str("a day apart"),
            Spacing::Weekly => f.write_str("a week apart"),
            Spacing::Monthly => f.write_str("a month apart"),
            Spacing::Quarterly => f.write_str("three months apart"),
            Spacing::Yearly => f.write_str("a year apart"),
            Spacing::Every(days) => write!(f, "{days} days apart"),
        }
    }
}

/// `an hour`, `5 minutes`, `90 seconds`.
fn duration(seconds: u32) -> String {
    match seconds {
        3600 => "an hour".to_owned(),
        60 => "a minute".to_owned(),
        1 => "a second".to_owned(),
        _ if seconds.is_multiple_of(3600) => format!("{} hours", seconds / 3600),
        _ if seconds.is_multiple_of(60) => format!("{} minutes", seconds / 60),
        _ => format!("{seconds} seconds"),
    }
}

/// A spacing, and how many of the steps from row to row are of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spaced {
    /// The spacing.
    pub spacing: Spacing,
    /// Steps of it.
    pub steps: usize,
    /// All steps.
    pub of: usize,
}

impl Spaced {
    /// The evidence in words: `12 of 13 steps are 28 to 31 days`; none where the spacing says it all.
    pub fn evidence(&self) -> Option<String> {
        let (least, most) = days_of(self.spacing)?.into_inner();
        Some(format!("{} of {} of {least} to {most} days", self.steps, counted(self.of, "step")))
    }

    /// Whether rows of this spacing can be taken for rows of a frequency. Irregular steps, of which only the
    /// owner of the file knows what they are, can be taken for any that is `asked` for.
    pub fn fits(&self, frequency: Frequency, asked: bool) -> bool {
        match (self.spacing, frequency) {
            (Spacing::Daily, Frequency::Daily)
            | (Spacing::Weekly, Frequency::Weekly)
            | (Spacing::Monthly, Frequency::Monthly) => true,
            (Spacing::Every(_), _) => asked,
            _ => false,
        }
    }

    /// The frequency that accepts such rows.
    pub fn frequency(&self) -> Option<Frequency> {
        match self.spacing {
            Spacing::Daily => Some(Frequency::Daily),
            Spacing::Weekly => Some(Frequency::Weekly),
            Spacing::Monthly => Some(Frequency::Monthly),
            _ => None,
        }
    }

    /// Looks at days in order, each once; nothing where they are too few to tell.
    ///
    /// Markets that trade seldom, and files with holes, have steps of every length: another spacing than a
    /// day is believed only where most steps are alike.
    pub fn find(dates: &[Date]) -> Option<Self> {
        let steps: Vec<u64> = dates.windows(2).map(|pair| days_between(pair[0], pair[1]).unsigned_abs()).collect();
        if steps.len() < MIN_STEPS {
            return None;
        }
        let spaced = |spacing, steps_of_it| Self { spacing, steps: steps_of_it, of: steps.len() };
        for spacing in [Spacing::Weekly, Spacing::Monthly, Spacing::Quarterly, Spacing::Yearly] {
            let alike = days_of(spacing).map_or(0, |days| count(&steps, &days));
            if is_most(alike, &steps, days_of(spacing)) && !(spacing == Spacing::Monthly && are_four_weeks(&steps)) {
                return Some(spaced(spacing, alike));
            }
        }
        let mut sorted = steps.clone();
        sorted.sort_unstable();
        let median = sorted[(sorted.len() - 1) / 2];
        let short = count(&steps, &(1..=MAX_DAILY));
        let is_daily = median <= MAX_DAILY || MIN_SHORT * short >= steps.len() || steps.len() < MIN_IRREGULAR;
        let found = if is_daily {
            (Spacing::Daily, short)
        } else {
            (Spacing::Every(median), count(&steps, &(median..=median)))
        };
        Some(spaced(found.0, found.1))
    }
}

/// Fewer steps say nothing.
const MIN_STEPS: usize = 3;
/// The longest step from one trading day to the next over a weekend and a holiday.
const MAX_DAILY: u64 = 4;
/// One step in so many that is as short as those of trading days makes a market that seldom trades.
const MIN_SHORT: usize = 4;
/// Fewer steps of irregular length are daily prices with holes.
const MIN_IRREGULAR: usize = 8;

/// The days of a step of some spacings. A week's can be a day more or less where a holiday moves a row; a
/// month's last trading days are 26 to 35 days apart.
fn days_of(spacing: Spacing) -> Option<RangeInclusive<u64>> {
    match spacing {
        Spacing::Daily => Some(1..=MAX_DAILY),
        Spacing::Weekly => Some(6..=8),
        Spacing::Monthly => Some(26..=35),
        Spacing::Quarterly => Some(85..=96),
        Spacing::Yearly => Some(355..=376),
        Spacing::Intraday(_) | Spacing::Every(_) => None,
    }
}

fn count(steps: &[u64], days: &RangeInclusive<u64>) -> usize {
    steps.iter().filter(|step| days.contains(step)).count()
}

/// Whether so many of the steps are enough: three in four, or all but the last, which an unfinished period
/// shortens.
fn is_most(alike: usize, steps: &[u64], days: Option<RangeInclusive<u64>>) -> bool {
    let before_last = &steps[..steps.len() - 1];
    4 * alike >= 3 * steps.len() || days.is_some_and(|days| count(before_last, &days) == before_last.len())
}

/// Whether all steps are of 28 days: thirteen of them are a year.
fn are_four_weeks(steps: &[u64]) -> bool {
    steps.iter().all(|step| *step == 28)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;
    use jiff::civil::date;

    fn spacing(dates: &[Date]) -> Option<Spacing> {
        Spaced::find(dates).map(|spaced| spaced.spacing)
    }

    /// The first day, and days so many days after one another.
    fn stepping(steps: &[i64]) -> Vec<Date> {
        let mut day = date(2021, 1, 4);
        let after = steps.iter().map(|step| {
            day += step.days();
            day
        });
        std::iter::once(date(2021, 1, 4)).chain(after).collect()
    }

    #[test]
    fn weeks_months_quarters_and_years_are_told_apart() {
        let series = |span: jiff::Span, rows| date(2019, 1, 31).series(span).take(rows).collect::<Vec<Date>>();
        for rows in [4, 12, 100] {
            assert_eq!(spacing(&series(1.day(), rows)), Some(Spacing::Daily));
            assert_eq!(spacing(&series(1.week(), rows)), Some(Spacing::Weekly));
            assert_eq!(spacing(&series(1.month(), rows)), Some(Spacing::Monthly));
            assert_eq!(spacing(&series(3.months(), rows)), Some(Spacing::Quarterly));
            assert_eq!(spacing(&series(1.year(), rows)), Some(Spacing::Yearly));
        }
        assert_eq!(spacing(&series(2.weeks(), 20)), Some(Spacing::Every(14)));
        assert_eq!(spacing(&series(4.weeks(), 20)), Some(Spacing::Every(28)));
    }

    #[test]
    fn an_unfinished_last_period_changes_nothing() {
        assert_eq!(spacing(&stepping(&[7, 7, 2])), Some(Spacing::Weekly));
        assert_eq!(spacing(&stepping(&[28, 31, 11])), Some(Spacing::Monthly));
    }

    #[test]
    fn holes_and_thin_trade_stay_daily() {
        for steps in [
            &[1, 1, 700, 1, 1][..],
            &[1, 3, 7],
            &[7, 1, 1],
            &[5, 9, 12],
            &[2, 5, 7, 3, 9, 1, 6, 8, 2, 12, 5, 7, 6],
            &[7, 7, 1, 1, 1, 1, 3, 7],
        ] {
            assert_eq!(spacing(&stepping(steps)), Some(Spacing::Daily), "{steps:?}");
        }
        // Sunday to Thursday, and seven days.
        assert_eq!(spacing(&stepping(&[1, 1, 1, 3, 1, 1, 1, 1, 3])), Some(Spacing::Daily));
        assert_eq!(spacing(&stepping(&[9, 20, 6, 11, 15, 7, 30, 9, 14])), Some(Spacing::Every(11)));
        assert_eq!(spacing(&stepping(&[7, 7])), None);
    }

    #[test]
    fn spacings_are_said_in_words() {
        let said = [1, 60, 300, 3600, 14400, 90].map(|seconds| Spacing::Intraday(Some(seconds)).to_string());
        let expected = ["a second", "a minute", "5 minutes", "an hour", "4 hours", "90 seconds"];
        assert_eq!(said, expected.map(|duration| format!("{duration} apart")));
    }
}
