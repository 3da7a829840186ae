//! Why a model has no calibration.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::calibration::MIN_DAYS;
use fourcast_base::words::counted;
use fourcast_prices::Frequency;

/// Why a model has no calibration. Stored in the model file.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Uncalibrated {
    /// No test was requested.
    NoTest,
    /// The test has too few days for a calibration.
    TooFewDays {
        /// Days of the test.
        days: usize,
    },
    /// There are too few days before the test for a fit.
    NoFit,
    /// The initial weights depend on days of the test.
    SeenByStart {
        /// The last day that they depend on.
        last: Date,
    },
}

impl Uncalibrated {
    /// Returns the reason in words, for rows of a frequency: `41 test months are too few to calibrate them on, …`.
    pub fn in_words(self, frequency: Frequency) -> String {
        let unit = frequency.unit();
        match self {
            Uncalibrated::NoTest => format!("a test fraction of 0 leaves no {unit}s to calibrate them on"),
            Uncalibrated::TooFewDays { days } => {
                let are = if days == 1 { "is" } else { "are" };
                let rows = counted(days, &format!("test {unit}"));
                format!("{rows} {are} too few to calibrate them on, expected at least {MIN_DAYS}")
            }
            Uncalibrated::NoFit => format!("the {unit}s before the test {unit}s are too few for a fit"),
            Uncalibrated::SeenByStart { last } => {
                format!("the initial weights may have seen test {unit}s (up to {last})")
            }
        }
    }
}

/// The test of a fit that has no calibration.
pub(super) struct TestSpan {
    /// The requested fraction of the windows.
    pub fraction: f64,
    /// The number of days of the test.
    pub asked: usize,
    /// Whether there are enough days before the test for a fit.
    pub fitted: bool,
    /// The last day that the initial weights depend on.
    pub seen: Option<Date>,
}

impl TestSpan {
    /// Returns the reason: the first that applies of no test, too few days, no fit, initial weights.
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
    fn the_first_reason_is_given() {
        let seen = Some(date(2026, 10, 30));
        let reason = |fraction, asked, fitted, seen| {
            TestSpan { fraction, asked, fitted, seen }.reason().in_words(Frequency::Daily)
        };
        assert_eq!(reason(0.0, 0, false, seen), "a test fraction of 0 leaves no days to calibrate them on");
        let few = "32 test days are too few to calibrate them on, expected at least 100";
        assert_eq!(reason(0.2, 32, true, seen), few);
        assert_eq!(reason(0.99, 8000, false, None), "the days before the test days are too few for a fit");
        let last = "the initial weights may have seen test days (up to 2026-10-30)";
        assert_eq!(reason(0.2, 1600, true, seen), last);
        let months = "41 test months are too few to calibrate them on, expected at least 100";
        assert_eq!(Uncalibrated::TooFewDays { days: 41 }.in_words(Frequency::Monthly), months);
    }
}
