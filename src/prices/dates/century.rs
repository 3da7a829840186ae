//! The century of years with two digits.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;

use super::steps::Steps;
use super::{Stamp, days_between};

/// The first two-digit year of the 1900s, as in POSIX; smaller years are of the 2000s.
pub(super) const POSIX: u8 = 69;

impl Stamp {
    /// Returns the same day with a two-digit year in another century, if `first` is the first year of the 1900s.
    pub(super) fn with_first_year(self, first: u8) -> Self {
        match self.short_year {
            Some(year) if (first..POSIX).contains(&year) => Self { date: century_before(self.date), ..self },
            _ => self,
        }
    }
}

/// Returns the day a century earlier.
pub(super) fn century_before(date: Date) -> Date {
    date.checked_sub(100.years()).unwrap_or(date)
}

/// The two-digit years of dates, in the order of the rows.
#[derive(Debug, Clone, Default)]
pub(super) struct Centuries {
    /// For each year, the number of days per day of the week, from Monday, with the century of POSIX.
    pub years: BTreeMap<u8, [usize; 7]>,
    /// For each year and a different one in the next row, the steps from row to row.
    pub steps: BTreeMap<[u8; 2], StepsOfYears>,
    last: Option<(u8, Date)>,
}

/// The steps from dates of a year to dates of another one.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct StepsOfYears {
    /// With the centuries of POSIX.
    pub posix: Steps,
    /// With one of both years a century earlier. It is always the same one, because the years that belong to the 1900s
    /// are all from some year up to 99.
    pub moved: Steps,
}

impl Centuries {
    pub fn see(&mut self, year: u8, date: Date) {
        let weekday = usize::from(date.weekday().to_monday_zero_offset().unsigned_abs());
        self.years.entry(year).or_default()[weekday] += 1;
        if let Some((last, from)) = self.last.replace((year, date)).filter(|(last, _)| *last != year) {
            let steps = self.steps.entry([last, year]).or_default();
            steps.posix.see(days_between(from, date));
            let is_last_earlier = (last < POSIX, last) > (year < POSIX, year);
            let (from, to) = if is_last_earlier { (century_before(from), date) } else { (from, century_before(date)) };
            steps.moved.see(days_between(from, to));
        }
    }

    /// Takes a date whose year does not have two digits into account: no step to the next date is counted.
    pub fn see_other(&mut self) {
        self.last = None;
    }

    /// Whether a date has a year before another one.
    pub fn has_year_before(&self, year: u8) -> bool {
        self.years.keys().any(|own| *own < year)
    }

    /// Returns the first year of the 1900s: that with which the years follow each other in one direction with the
    /// fewest jumps, if the century of POSIX would have days after `last_year`. If that of POSIX has as few jumps, it
    /// is kept, unless more than half of the days would be after `last_year`. Without a `last_year`, that of POSIX is
    /// kept unless another one has at most half of its jumps: among rows in no order, a few fewer are chance.
    pub fn first_year(&self, last_year: Option<i16>) -> u8 {
        let future = |first: u8| -> usize {
            let is_future = |year: &u8| *year < first && last_year.is_some_and(|last| 2000 + i16::from(*year) > last);
            let years = self.years.iter().filter(|(year, _)| is_future(year));
            years.map(|(_, days)| days.iter().sum::<usize>()).sum()
        };
        let candidates = self.years.keys().copied().filter(|year| *year < POSIX && future(*year) == 0);
        let Some((jumps, best)) = candidates.map(|first| (self.jumps(first), first)).min_by_key(|found| {
            // Of equal ones, the latest.
            (found.0, u8::MAX - found.1)
        }) else {
            return POSIX;
        };
        let all: usize = self.years.values().flatten().sum();
        let of_posix = self.jumps(POSIX);
        let is_better = match future(POSIX) {
            _ if last_year.is_none() => jumps < of_posix && 2 * jumps <= of_posix,
            0 => false,
            future => jumps < of_posix || jumps == of_posix && 2 * future > all,
        };
        if is_better { best } else { POSIX }
    }

    /// Returns the number of steps against the direction of most steps, or over more than ten years.
    fn jumps(&self, first: u8) -> usize {
        const MAX_YEARS: i16 = 10;
        let steps = || self.steps.iter().map(|(years, steps)| (years_between(*years, first), steps.posix.count()));
        let count = |test: &dyn Fn(i16) -> bool| steps().filter(|(step, _)| test(*step)).map(|(_, count)| count).sum();
        let ways: [usize; 2] =
            [count(&|step| !(1..=MAX_YEARS).contains(&step)), count(&|step| !(-MAX_YEARS..0).contains(&step))];
        ways[0].min(ways[1])
    }
}

/// Returns the number of years from one to another, if `first` is the first year of the 1900s.
fn years_between([from, to]: [u8; 2], first: u8) -> i16 {
    let full = |year: u8| i16::from(year) + if year < first { 100 } else { 0 };
    full(to) - full(from)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first year of the 1900s, in a file whose days have these years, three days each.
    fn first_year(years: impl IntoIterator<Item = u8>) -> u8 {
        first_year_until(Some(2026), years)
    }

    fn first_year_until(last_year: Option<i16>, years: impl IntoIterator<Item = u8>) -> u8 {
        let mut centuries = Centuries::default();
        for year in years {
            (0..3).for_each(|_| centuries.see(year, Date::constant(2000, 1, 3)));
        }
        centuries.first_year(last_year)
    }

    #[test]
    fn years_run_in_one_direction_and_not_into_the_future() {
        let fifty_to_eleven = || (50..100).chain(0..12);
        assert_eq!(first_year(fifty_to_eleven()), 50);
        assert_eq!(first_year(fifty_to_eleven().rev()), 50);
        assert_eq!(first_year([fifty_to_eleven(), fifty_to_eleven()].into_iter().flatten()), 50);
        assert_eq!(first_year((20..100).chain(0..12)), 20);
        assert_eq!(first_year((68..100).chain(0..12)), 68);
        assert_eq!(first_year(50..69), 50);
        assert_eq!(first_year(0..61), 0);
        assert_eq!(first_year(0..100), 0);
        assert_eq!(first_year(65..77), 65);
        assert_eq!(first_year([50]), 50);
        assert_eq!(first_year(30..32), 30);
        assert_eq!(first_year_until(Some(2032), 30..32), POSIX);
    }

    #[test]
    fn without_a_last_year_only_the_order_of_the_years_counts() {
        let first_year = |years: &[u8]| first_year_until(None, years.iter().copied());
        let fifty_to_eleven: Vec<u8> = (50..100).chain(0..12).collect();
        assert_eq!(first_year(&fifty_to_eleven), 50);
        assert_eq!(first_year(&fifty_to_eleven.repeat(2)), 50);
        assert_eq!(first_year(&[50, 51, 52]), POSIX);
        assert_eq!(first_year(&[62, 69, 5, 30, 60]), POSIX);
    }

    #[test]
    fn the_years_of_posix_stay_where_nothing_speaks_against_them() {
        for years in [70..100, 0..27, 20..27, 24..29] {
            assert_eq!(first_year(years.clone()), POSIX, "{years:?}");
        }
        assert_eq!(first_year((70..100).chain(0..27)), POSIX);
        // A wrong year in one row.
        assert_eq!(first_year((0..13).chain([62]).chain(13..27)), POSIX);
        assert_eq!(first_year((0..27).chain([62])), POSIX);
    }
}
