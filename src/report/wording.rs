//! Words that depend on what a row is: a day, a week or a month.

use super::number::counted;
use crate::prices::Frequency;

/// The row of the origin: `today`, `this week`.
pub(super) fn this(frequency: Frequency) -> &'static str {
    match frequency {
        Frequency::Daily => "today",
        Frequency::Weekly => "this week",
        Frequency::Monthly => "this month",
    }
}

/// The row after it: `tomorrow`, `next week`.
pub(super) fn next(frequency: Frequency) -> &'static str {
    match frequency {
        Frequency::Daily => "tomorrow",
        Frequency::Weekly => "next week",
        Frequency::Monthly => "next month",
    }
}

/// A count of rows: `1 day`, `3,270 weeks`.
pub(super) fn rows(count: usize, frequency: Frequency) -> String {
    counted(count, frequency.unit())
}

/// A count of test rows: `36 test days`.
pub(super) fn test_rows(count: usize, frequency: Frequency) -> String {
    counted(count, &format!("test {}", frequency.unit()))
}
