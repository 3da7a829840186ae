//! Why the odds of a model are not calibrated.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::calibration::MIN_DAYS;
use crate::words::counted;

/// Why the odds of a model are not calibrated. Stands in the model file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Uncalibrated {
    /// The user asked for no test.
    NoTest,
    /// The test has fewer days than a calibration takes.
    TooFewDays {
        /// Days of the test.
        days: usize,
    },
    /// The days before the test are too few for a fit that the test could be made with.
    NoFit,
    /// The model that the weights started from had been trained on days of the test.
    SeenByStart {
        /// The last day that it had been trained on.
        last: Date,
    },
}

impl fmt::Display for Uncalibrated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Uncalibrated::NoTest => f.write_str("a test fraction of 0 leaves no days to calibrate them on"),
            Uncalibrated::TooFewDays { days } => {
                let (days, are) = (counted(*days, "test day"), if *days == 1 { "is" } else { "are" });
                write!(f, "{days} {are} too few to calibrate them on, expected at least {MIN_DAYS}")
            }
            Uncalibrated::NoFit => f.write_str("the days before the test days are too few for a fit"),
            Uncalibrated::SeenByStart { last } => {
                write!(f, "the initial model had seen the test days (it was trained up to {last})")
            }
        }
    }
}

/// What a fit knows of the test that it could not be calibrated with.
pub(super) struct Test {
    /// Share of the windows asked for.
    pub fraction: f64,
    /// Days that this share comes to.
    pub asked: usize,
    /// Whether the days before them are enough for a fit.
    pub fitted: bool,
    /// The last day that had reached the weights before the fit.
    pub seen: Option<Date>,
}

impl Test {
    /// The reason, of several the first: what the user asked for, what the file has, what the weights had seen.
    pub fn reason(&self) -> Uncalibrated {
        match (self.seen, self.asked) {
            _ if self.fraction == 0.0 => Uncalibrated::NoTest,
            (_, days) if days < MIN_DAYS => Uncalibrated::TooFewDays { days },
            _ if !self.fitted => Uncalibrated::NoFit,
            (Some(last), _) => Uncalibrated::SeenByStart { last },
            (None, days) => Uncalibrated::TooFewDays { days },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_first_reason_is_told() {
        let seen = Some(date(2026, 10, 30));
        let reason = |fraction, asked, fitted, seen| Test { fraction, asked, fitted, seen }.reason().to_string();
        assert_eq!(reason(0.0, 0, false, seen), "a test fraction of 0 leaves no days to calibrate them on");
        let few = "32 test days are too few to calibrate them on, expected at least 100";
        assert_eq!(reason(0.2, 32, true, seen), few);
        assert_eq!(reason(0.99, 8000, false, None), "the days before the test days are too few for a fit");
        let last = "the initial model had seen the test days (it was trained up to 2026-10-30)";
        assert_eq!(reason(0.2, 1600, true, seen), last);
    }
}
