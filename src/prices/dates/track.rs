//! The dates of a file in one of the ways to read them.

use jiff::civil::{Date, Weekday};

use super::century::{Centuries, POSIX, last_year, years_between};
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

/// The steps from date to date in the order of the file.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Steps {
    pub up: usize,
    pub down: usize,
    /// Steps of a week or less.
    pub short: usize,
    /// Steps of a month.
    pub monthly: usize,
    /// Steps from a session of a month to a session of the next.
    pub of_months: usize,
    /// Steps of most of a year.
    pub yearly: usize,
    /// Steps to another row of the same day.
    pub none: usize,
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
    /// Corrects the days of the week and the steps for the century of years with two digits.
    pub fn put_in_centuries(&mut self, years: &Centuries) {
        let first = years.first_year(last_year());
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
        for (pair, count) in &years.steps {
            let (before, now) = (years_between(*pair, POSIX), years_between(*pair, first));
            if before.signum() != now.signum() {
                self.steps.turn(now > 0, *count, now.abs() == 1);
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

impl Steps {
    /// Turns steps that go in the other direction in another century.
    pub fn turn(&mut self, up: bool, count: usize, short: bool) {
        let (from, to) = if up { (&mut self.down, &mut self.up) } else { (&mut self.up, &mut self.down) };
        *from -= count.min(*from);
        *to += count;
        self.short += if short { count } else { 0 };
    }

    pub fn see(&mut self, days: i64) {
        self.none += usize::from(days == 0);
        self.up += usize::from(days > 0);
        self.down += usize::from(days < 0);
        self.short += usize::from((1..=7).contains(&days.abs()));
        self.monthly += usize::from((28..=31).contains(&days.abs()));
        self.of_months += usize::from((25..=36).contains(&days.abs()));
        self.yearly += usize::from((300..=400).contains(&days.abs()));
    }

    /// Whether the steps go mostly in one direction, and mostly to the next trading day. A new ticker or an error of
    /// the vendor can interrupt this.
    pub fn are_daily(&self) -> bool {
        let all = self.up + self.down;
        all > 0 && self.are_mostly_one_way() && 5 * self.short >= 4 * all
    }

    pub fn are_mostly_one_way(&self) -> bool {
        20 * self.up.max(self.down) >= 19 * (self.up + self.down)
    }

    pub fn are_one_way(&self) -> bool {
        self.up == 0 || self.down == 0
    }

    /// Whether all steps go in one direction, from one month to the next.
    pub fn are_months(&self) -> bool {
        const MIN_STEPS: usize = 6;
        self.are_one_way() && self.up + self.down >= MIN_STEPS && self.of_months == self.up + self.down
    }

    pub fn are_all_monthly(&self) -> bool {
        self.monthly == self.up + self.down
    }

    pub fn are_monthly(&self) -> bool {
        let all = self.up + self.down;
        all > 0 && 5 * self.monthly >= 4 * all
    }
}

fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}
