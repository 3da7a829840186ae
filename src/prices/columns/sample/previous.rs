//! Columns that hold the previous close, that is the close of the row before.

use super::order::{Ordered, Step};
use super::{Sample, nearly_all};

impl Sample {
    /// Returns open and close of a bar in the usual order, or with these two exchanged, if a previous close shows which
    /// column is the close.
    pub(super) fn by_previous_close(
        &self,
        [open, high, low, close]: [usize; 4],
        within: &[usize],
        rest: &[usize],
        steps: &[Step],
    ) -> Option<Ordered> {
        let repeated = self.repeated(within, rest, [high, low], steps);
        let last = *repeated.last()?;
        let (found, or_close) = match repeated.contains(&close) {
            true if self.are_equal(close, last) => (close, Vec::new()),
            // Exchanges write the last price in front of the close; the two can differ in the newest row only.
            true => (last, vec![close]),
            false => (last, Vec::new()),
        };
        let open = if found == open { close } else { open };
        Some(Ordered { open, close: found, or_close })
    }

    /// Whether two columns have the same numbers on all rows.
    fn are_equal(&self, column: usize, other: usize) -> bool {
        let rows = self.rows.iter().chain(&self.later);
        rows.filter_map(|row| self.values(row, &[column, other])).all(|row| row[0] == row[1])
    }

    /// Returns the columns within the bar that another column repeats in the next row: the close, and a last price that
    /// equals it in as many rows.
    pub(super) fn repeated(&self, within: &[usize], rest: &[usize], ends: [usize; 2], steps: &[Step]) -> Vec<usize> {
        let others = || within.iter().chain(rest).copied();
        let outside = |column: usize| self.outside(column, ends);
        // A column of the next day's closes is repeated by the close; it is outside the bar more often than the close
        // is.
        let is_previous = |column: usize, close: usize| {
            self.is_of_day_before(column, close, steps) && outside(close) <= outside(column)
        };
        let pairs = within.iter().flat_map(|&close| others().map(move |column| [column, close]));
        let pairs = pairs.filter(|&[column, close]| is_previous(column, close));
        let best = pairs.max_by_key(|&[column, close]| self.repeats(column, close, steps));
        let Some([previous, _]) = best else { return Vec::new() };
        let closes = || within.iter().copied().filter(|&close| close != previous);
        let count = |close: usize| self.repeats(previous, close, steps);
        let most = closes().map(count).max();
        closes().filter(|&close| Some(count(close)) == most).collect()
    }

    /// Returns the number of rows in which a column has the value that another has in the row before. A last price
    /// equals the close on nearly all rows, so the rows after the first ones count too.
    fn repeats(&self, column: usize, close: usize, steps: &[Step]) -> usize {
        let pairs = steps.iter().map(|[before, row]| [&self.rows[*before], &self.rows[*row]]);
        let both = pairs
            .chain(self.later_steps(steps))
            .filter_map(|[before, row]| Some((self.number(row, column)?, self.number(before, close)?)));
        both.filter(|(column, close)| column == close).count()
    }

    /// Returns the steps in the rows after the first ones, the earlier day first; none if rows do not follow each
    /// other, as in a table of tickers.
    fn later_steps(&self, steps: &[Step]) -> Vec<[&Vec<Vec<u8>>; 2]> {
        let is_up = steps.iter().all(|[before, row]| *row == *before + 1);
        let is_down = steps.iter().all(|[before, row]| *before == *row + 1);
        if is_up == is_down {
            return Vec::new();
        }
        let rows: Vec<_> = self.rows[..self.first].last().into_iter().chain(&self.later).collect();
        rows.windows(2).map(|pair| if is_up { [pair[0], pair[1]] } else { [pair[1], pair[0]] }).collect()
    }

    /// Whether a column has the values that another has in the row before, in rows in which that one changes.
    pub fn is_of_day_before(&self, column: usize, close: usize, steps: &[Step]) -> bool {
        const MIN_MOVES: usize = 5;
        /// So many different values are not all repeated by chance.
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
