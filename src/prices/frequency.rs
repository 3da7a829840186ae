//! The frequency of rows: daily, weekly or monthly.

use std::borrow::Cow;
use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use fourcast_base::words::counted;

/// What a row of a series is.
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

    /// Returns the number of a date's day, week (from Monday) or month: dates of one period have the same number.
    pub fn period(self, date: Date) -> i32 {
        const MONDAY: Date = Date::constant(1970, 1, 5);
        let days = (date - MONDAY).get_days();
        match self {
            Frequency::Daily => days,
            Frequency::Weekly => days.div_euclid(7),
            Frequency::Monthly => 12 * i32::from(date.year()) + i32::from(date.month()),
        }
    }

    /// Returns `day`, `week` or `month`.
    pub fn unit(self) -> &'static str {
        match self {
            Frequency::Daily => "day",
            Frequency::Weekly => "week",
            Frequency::Monthly => "month",
        }
    }

    /// Returns the trading days per row, in a market without holidays.
    pub fn sessions(self) -> u32 {
        match self {
            Frequency::Daily => 1,
            Frequency::Weekly => 5,
            Frequency::Monthly => 21,
        }
    }

    /// Returns a phrase for the row of the origin: `today`, `this week`.
    pub fn this(self) -> &'static str {
        match self {
            Frequency::Daily => "today",
            Frequency::Weekly => "this week",
            Frequency::Monthly => "this month",
        }
    }

    /// Returns a phrase for the baseline of no change, `ahead` rows ahead: `tomorrow = today`, `no change in 5 weeks`.
    pub fn no_change(self, ahead: usize) -> Cow<'static, str> {
        match (self, ahead) {
            (Frequency::Daily, 1) => "tomorrow = today".into(),
            (Frequency::Weekly, 1) => "next = this week".into(),
            (Frequency::Monthly, 1) => "next = this month".into(),
            _ => format!("no change in {}", counted(ahead, self.unit())).into(),
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
