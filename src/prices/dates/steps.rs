//! The steps from date to date.

/// The steps from date to date in the order of the file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
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

impl Steps {
    /// Counts other steps instead of some that were counted.
    pub fn replace(&mut self, old: &Steps, new: &Steps) {
        let pairs = self.counts_mut().into_iter().zip(old.counts()).zip(new.counts());
        for ((count, old), new) in pairs {
            *count = *count - old + new;
        }
    }

    fn counts(mut self) -> [usize; 7] {
        self.counts_mut().map(|count| *count)
    }

    fn counts_mut(&mut self) -> [&mut usize; 7] {
        let Self { up, down, short, monthly, of_months, yearly, none } = self;
        [up, down, short, monthly, of_months, yearly, none]
    }

    /// Returns the number of all steps.
    pub fn count(&self) -> usize {
        self.up + self.down + self.none
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
