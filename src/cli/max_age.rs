//! The maximum age of the prices to forecast from. This is the only place where the clock is read.

use clap::Args;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

use super::CliError;
use super::options::day;
use super::typed_options::TypedOptions;
use crate::prices::{AgeError, MaxAge, OneSeries, ReadOptions};

/// A hundred years.
pub(super) const MAX_DAYS: u32 = 36_525;

/// Options about the age of prices.
#[derive(Debug, Args)]
#[command(next_help_heading = "Prices")]
pub struct MaxAgeArgs {
    /// Fail if the last prices are older than this many calendar days; a row that repeats the row before counts as
    /// old
    #[arg(long, value_name = "DAYS", value_parser = days)]
    max_age: Option<u32>,
    /// The day to which --max-age counts, as YYYY-MM-DD [default: that of the clock, in UTC]
    #[arg(long, value_name = "DATE", value_parser = day, requires = "max_age")]
    today: Option<Date>,
}

fn days(text: &str) -> Result<u32, String> {
    let days = text.trim().parse().ok().filter(|days| *days <= MAX_DAYS);
    days.ok_or_else(|| format!("expected a whole number of days from 0 to {MAX_DAYS}, for example 5"))
}

impl MaxAgeArgs {
    /// Returns the maximum age. The day to which it counts also decides the century of years with two digits. The day
    /// of the clock is added to the typed options, because results depend on it.
    pub fn resolve(&self, typed: &mut TypedOptions, read: &mut ReadOptions) -> Option<MaxAge> {
        let days = self.max_age?;
        let today = self.today.unwrap_or_else(of_the_clock);
        // A day before the last rows is an error of their age; it does not move them to another century.
        read.today = Some(today.max(of_the_clock()));
        typed.0.insert("today".into(), vec![today.to_string()]);
        Some(MaxAge { days, today })
    }
}

/// Returns an error for rows of future days, which are not prices: their effect on a model cannot be undone, nor can a
/// forecast from them be removed from a ledger.
pub(super) fn refuse_future(one: &OneSeries) -> Result<(), CliError> {
    let today = MaxAge { days: u32::MAX, today: of_the_clock() };
    let help = "correct the dates, or leave out rows that are not over, with --drop-last or --until";
    let refused = |error: AgeError| CliError { help: Some(help.into()), ..CliError::of_one(one, &error) };
    today.check(&one.series).map_err(refused)
}

/// Returns the day of the clock, in UTC.
pub fn of_the_clock() -> Date {
    Offset::UTC.to_datetime(Timestamp::now()).date()
}
