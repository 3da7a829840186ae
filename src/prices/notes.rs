//! What is known of a series beside its numbers.

use super::adjust::Adjustment;
use super::frequency::Spaced;
use super::gaps::Gap;
use super::lines::Lines;
use super::order::Order;
use super::splits::Split;

/// What is known of one series beside its numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesNotes {
    /// What the series is called.
    pub name: String,
    /// The order of its days in the file.
    pub order: Order,
    /// Where its adjusted close comes from.
    pub adjustment: Adjustment,
    /// The splits that the adjusted close does not have.
    pub splits: Vec<Split>,
    /// Jumps that look like splits, of which nothing says whether they are.
    pub unsettled_splits: Vec<Split>,
    /// The rows whose price is zero or below: no return can be made of it.
    pub nonpositive: Lines,
    /// The longest step from one day to the next.
    pub longest_gap: Option<Gap>,
    /// How far apart its rows are; nothing where they are too few to tell.
    pub spaced: Option<Spaced>,
    /// The physical line of each day's row, so that what is found later can still name it.
    pub lines: Vec<u32>,
}

/// The order that all series of a file share.
pub(super) fn common_order(series: &[SeriesNotes]) -> Order {
    let first = series.first().map_or(Order::OldestFirst, |notes| notes.order);
    let same = series.iter().all(|notes| notes.order == first || notes.lines.len() < 2);
    if same { first } else { Order::Shuffled }
}
