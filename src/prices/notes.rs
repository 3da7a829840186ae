//! What is known about a series besides its numbers.

use super::adjust::Adjustment;
use super::gaps::Gap;
use super::lines::Lines;
use super::order::Order;
use super::spacing::Spaced;
use super::splits::Split;

/// What is known about one series besides its numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesNotes {
    /// The name of the series.
    pub name: String,
    /// The order of its days in the file.
    pub order: Order,
    /// Where its adjusted close comes from.
    pub adjustment: Adjustment,
    /// The splits that were removed from the adjusted close.
    pub splits: Vec<Split>,
    /// Jumps that look like splits and were not settled.
    pub unsettled_splits: Vec<Split>,
    /// The rows whose price is zero or negative and has no return.
    pub nonpositive: Lines,
    /// The longest step from one day to the next.
    pub longest_gap: Option<Gap>,
    /// The spacing of its rows; `None` where they are too few.
    pub spaced: Option<Spaced>,
    /// The physical line of each day's row, for later messages.
    pub lines: Vec<u32>,
}

/// The common order of all series of a file; shuffled if they differ.
pub(super) fn common_order(series: &[SeriesNotes]) -> Order {
    let first = series.first().map_or(Order::OldestFirst, |notes| notes.order);
    let same = series.iter().all(|notes| notes.order == first || notes.lines.len() < 2);
    if same { first } else { Order::Shuffled }
}
