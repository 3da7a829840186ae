//! Words that depend on the frequency of the rows: daily, weekly or monthly.

use std::borrow::Cow;

use super::number::counted;
use crate::prices::Frequency;

/// Names the close that is forecast, `ahead` rows after the origin, in a sentence that has mentioned the close of the
/// origin: `tomorrow's`, `that in 5 weeks`.
pub(super) fn later(frequency: Frequency, ahead: usize) -> Cow<'static, str> {
    match (frequency, ahead) {
        (Frequency::Daily, 1) => "tomorrow's".into(),
        (Frequency::Weekly, 1) => "next week's".into(),
        (Frequency::Monthly, 1) => "next month's".into(),
        _ => format!("that in {}", rows(ahead, frequency)).into(),
    }
}

/// Formats a count of rows: `1 day`, `3,270 weeks`.
pub(super) fn rows(count: usize, frequency: Frequency) -> String {
    counted(count, frequency.unit())
}

/// Formats a count of test rows: `36 test days`.
pub(super) fn test_rows(count: usize, frequency: Frequency) -> String {
    counted(count, &format!("test {}", frequency.unit()))
}
