//! How a test walks forward over past days: options of `backtest` and `compare`.

use clap::Args;

use super::recipe::fraction;

/// Options about the days tested and the fits.
#[derive(Debug, Args)]
pub struct WalkArgs {
    /// Number of days to test on, the last ones, at least 3 [default: 500, or a third of a shorter file]
    #[arg(long, value_name = "DAYS", value_parser = test_days)]
    pub test_days: Option<usize>,
    /// Days from one fit to the next
    #[arg(long, value_name = "DAYS", default_value_t = 21, value_parser = days)]
    pub refit_every: usize,
    /// Days to fit on, the last ones before each fit [default: all]
    #[arg(long, value_name = "DAYS", value_parser = days)]
    pub rolling: Option<usize>,
    /// Fraction of the windows of each fit, the last ones, on which its prediction intervals are calibrated
    #[arg(long, value_name = "FRACTION", default_value_t = 0.2, value_parser = fraction)]
    pub test_fraction: f64,
}

/// A number of days.
pub fn days(text: &str) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(days) if (1..=1_000_000).contains(&days) => Ok(days),
        _ => Err("expected a number of days from 1, for example 250".into()),
    }
}

fn test_days(text: &str) -> Result<usize, String> {
    days(text).ok().filter(|days| *days >= 3).ok_or_else(|| "expected a number of days from 3, for example 250".into())
}
