//! The dates of a file in one of the ways to read them.

use jiff::civil::{Date, Weekday};

use super::century::{Centuries, POSIX};
use super::steps::Steps;
use super::{DateForm, Shape, Side, Stamp, days_between};

/// One way to read the dates.
#[derive(Debug, Clone, Copy)]
pub(super) struct Track {
    /// Whether a leading year has four digits. Dates with a leading number of two digits are then in another order.
    pub long_years: bool,
    /// The number of dates that can be read this way.
    pub valid: usize,
    /// The number of years of the Buddhist calendar.
    pub buddhist: usize,
    /// The number of days on a weekend.
    pub weekend: usize,
    /// The number of days per day of the week, from Monday.
    pub weekdays: [usize; 7],
    /// The number of times that can belong to the next day further east, and of days on a weekend if they do.
    pub late: usize,
    pub eastern_weekend: usize,
    /// The number of times that can belong to the day before further west, and of days on a weekend if they do.
    pub early: usize,
    pub western_weekend: usize,
    /// The number of midnights in UTC.
    pub midnights: usize,
    pub last: Option<Date>,
    pub steps: Steps,
    /// The first two-digit year of the 1900s.
    pub first_year: u8,
}

impl Default for Track {
    fn default() -> Self {
        Self {
            long_years: false,
            valid: 0,
            buddhist: 0,
            weekend: 0,
            weekdays: [0; 7],
            late: 0,
            eastern_weekend: 0,
            early: 0,
            western_weekend: 0,
            midnights: 0,
            last: None,
            steps: Steps::default(),
            first_year: POSIX,
        }
    }
}

impl Track {
    /// Corrects the first year, the days of the week and the steps for the century of years with two digits. The other
    /// counts, among them the weekends further east and west, and the last day remain with the century of POSIX.
    pub fn put_in_centuries(&mut self, years: &Centuries, last_year: Option<i16>) {
        let first = years.first_year(last_year);
        self.first_year = first;
        if first == POSIX {
            return;
        }
        for (_, days) in years.years.range(first..POSIX) {
            // A day is a day of the week later than the same day a century later.
            for (place, count) in days.iter().enumerate() {
                self.weekdays[place] -= count;
            }
            for (place, count) in days.iter().enumerate() {
                self.weekdays[(place + 1) % 7] += count;
            }
        }
        self.weekend = self.weekdays[5..].iter().sum();
        let moved = first..POSIX;
        for ([from, to], steps) in &years.steps {
            if moved.contains(from) != moved.contains(to) {
                self.steps.replace(&steps.posix, &steps.moved);
            }
        }
    }

    pub fn see(&mut self, stamp: Stamp) {
        let Stamp { date, buddhist, .. } = stamp;
        self.buddhist += usize::from(buddhist);
        self.valid += 1;
        self.late += usize::from(stamp.is_late());
        self.early += usize::from(stamp.is_early());
        self.midnights += usize::from(stamp.utc == Some(0));
        self.weekend += usize::from(is_weekend(date));
        self.weekdays[usize::from(date.weekday().to_monday_zero_offset().unsigned_abs())] += 1;
        self.eastern_weekend += usize::from(is_weekend(stamp.on(Side::East)));
        self.western_weekend += usize::from(is_weekend(stamp.on(Side::West)));
        if let Some(last) = self.last.replace(date) {
            self.steps.see(days_between(last, date));
        }
    }

    /// Whether early times can be evenings of the day before. Days of markets that trade all week are also stamped at
    /// midnight, and a few such days can end on a Saturday.
    pub fn are_evenings(&self) -> bool {
        const MIN_SATURDAYS: usize = 2;
        self.midnights < self.valid || self.weekend >= MIN_SATURDAYS
    }

    pub fn form(&self, shape: Shape) -> DateForm {
        // Intraday rows are not midnights of the next day.
        let is_intraday = 2 * self.steps.none > self.valid;
        let side = match self.weekend > 0 && !is_intraday {
            true if self.late > 0 && self.eastern_weekend == 0 => Side::East,
            true if self.early > 0 && self.western_weekend == 0 && self.are_evenings() => Side::West,
            _ => Side::Utc,
        };
        DateForm {
            shape,
            side,
            buddhist: 2 * self.buddhist > self.valid,
            long_years: self.long_years,
            first_year: self.first_year,
        }
    }
}

fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;

    use super::*;

    /// The dates of rows, and their two-digit years.
    fn track(dates: impl Iterator<Item = Date>) -> Track {
        let mut track = Track::default();
        let mut years = Centuries::default();
        for date in dates {
            let year = u8::try_from(date.year() % 100).unwrap();
            let of_posix = if year < POSIX { 2000 } else { 1900 } + i16::from(year);
            let date = Date::new(of_posix, date.month(), date.day()).unwrap();
            track.see(Stamp { date, utc: None, buddhist: false, short_year: Some(year) });
            years.see(year, date);
        }
        track.put_in_centuries(&years, Some(2026));
        track
    }

    #[test]
    fn steps_over_the_first_year_of_posix_are_as_with_four_digits() {
        let first = jiff::civil::date(1964, 1, 31);
        for span in [1.day(), 7.days(), 1.month(), 3.months(), 12.months()] {
            let upwards: Vec<Date> =
                (0..2000).map_while(|place| Some(first + span * place).filter(|date| date.year() < 1980)).collect();
            let downwards: Vec<Date> = upwards.iter().rev().copied().collect();
            for dates in [upwards, downwards] {
                let mut expected = Track::default();
                for date in &dates {
                    expected.see(Stamp { date: *date, utc: None, buddhist: false, short_year: None });
                }
                let found = track(dates.into_iter());
                assert_eq!(found.first_year, 64, "{span}");
                assert_eq!(found.steps, expected.steps, "{span}");
                assert_eq!((found.weekdays, found.weekend), (expected.weekdays, expected.weekend), "{span}");
            }
        }
    }
}
