//! Columns that hold the closes of the rows before, as vendors write a previous close.

use super::order::Step;
use super::{Sample, nearly_all};

impl Sample {
    /// The columns within the bar that another column repeats on the row after: the close, and a last price equal to
    /// it.
    pub(super) fn repeated(&self, within: &[usize], rest: &[usize], ends: [usize; 2], steps: &[Step]) -> Vec<usize> {
        let others = || within.iter().chain(rest).copied();
        let outside = |column: usize| self.outside(column, ends);
        // A column of the next day's closes is outside more often than the close, which it seems to be repeated by.
        let is_previous = |column: usize, close: usize| {
            self.is_of_day_before(column, close, steps) && outside(close) <= outside(column)
        };
        let is_repeated = |&close: &usize| others().any(|column| is_previous(column, close));
        within.iter().copied().filter(is_repeated).collect()
    }

    /// Whether a column has the values that another has on the row before, where that one moves.
    fn is_of_day_before(&self, column: usize, close: usize, steps: &[Step]) -> bool {
        const MIN_MOVES: usize = 5;
        /// As many different values that all are repeated are no chance.
        const MIN_VALUES: usize = 3;
        let value = |row: usize, column: usize| self.number(&self.rows[row], column);
        let repeats = |column: usize, close: usize| -> Vec<bool> {
            let moves = steps.iter().filter(|[before, row]| value(*before, close) != value(*row, close));
            let both = moves.filter_map(|[before, row]| Some((value(*row, column)?, value(*before, close)?)));
            both.map(|(column, close)| column == close).collect()
        };
        let share = |found: &[bool]| found.iter().filter(|repeats| **repeats).count();
        let (found, reverse) = (repeats(column, close), repeats(close, column));
        let values = || {
            let mut values: Vec<f64> = steps.iter().filter_map(|[before, _]| value(*before, close)).collect();
            values.sort_by(f64::total_cmp);
            values.dedup();
            values.len()
        };
        let is_known = match found.len() {
            MIN_MOVES.. => nearly_all(share(&found), found.len()),
            _ => share(&found) == found.len() && values() >= MIN_VALUES,
        };
        column != close && is_known && 2 * share(&reverse) < reverse.len()
    }
}
