//! Options of a walk forward over past days, for `backtest`, `compare` and `tune`.

use clap::Args;

use super::recipe::fraction;
use crate::eval::backtest::BacktestSettings;
use crate::prices::Calendar;

/// Options about the days tested and the fits.
#[derive(Debug, Args)]
pub struct WalkArgs {
    /// Number of days to test on, the last ones, at least 3 [default: 500, or a third of a shorter file]
    #[arg(long, value_name = "DAYS", value_parser = test_days)]
    pub test_days: Option<usize>,
    /// Days from one fit to the next
    #[arg(long, value_name = "DAYS", default_value_t = BacktestSettings::REFIT_EVERY, value_parser = days)]
    pub refit_every: usize,
    /// Days to fit on, the last ones before each fit [default: all]
    #[arg(long, value_name = "DAYS", value_parser = days)]
    pub rolling: Option<usize>,
    /// Fraction of the windows of each fit, the last ones, on which its prediction intervals are calibrated
    #[arg(long, value_name = "FRACTION", default_value_t = BacktestSettings::TEST_FRACTION, value_parser = fraction)]
    pub test_fraction: f64,
}

impl WalkArgs {
    /// Returns the default settings for forecasts `horizon` days ahead, with the typed options and the calendar with
    /// which the prices are read.
    pub fn settings(&self, horizon: usize, calendar: Option<Calendar>) -> BacktestSettings {
        BacktestSettings {
            test_days: self.test_days,
            refit_every: self.refit_every,
            rolling: self.rolling,
            calendar,
            test_fraction: self.test_fraction,
            ..BacktestSettings::new(horizon)
        }
    }
}

/// Parses a number of days.
pub fn days(text: &str) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(days) if (1..=1_000_000).contains(&days) => Ok(days),
        _ => Err("expected a number of days from 1, for example 250".into()),
    }
}

fn test_days(text: &str) -> Result<usize, String> {
    days(text).ok().filter(|days| *days >= 3).ok_or_else(|| "expected a number of days from 3, for example 250".into())
}
