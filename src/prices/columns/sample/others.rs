//! Numbers beside prices that are no prices: changes, and sums of the others.

use super::{Sample, mean, nearly_all};
use crate::moves::median;

/// Fewer rows are not enough evidence.
const MIN_ROWS: usize = 5;

impl Sample {
    /// Whether numbers have both signs, and their differences from row to row are about as large as the numbers
    /// themselves, as for changes of a price. A level near zero stays near the value of the row before.
    pub fn moves_like_changes(&self, column: usize) -> bool {
        const MIN_OF_EACH_SIGN: usize = 2;
        const MAX_ROWS_PER_SIGN: usize = 10;
        const MIN_STEP: f64 = 0.5;
        let values: Vec<f64> = self.numbers(column).collect();
        let count = |test: fn(f64) -> bool| values.iter().filter(|value| test(**value)).count();
        let least = count(|value| value < 0.0).min(count(|value| value > 0.0));
        if least < MIN_OF_EACH_SIGN || MAX_ROWS_PER_SIGN * least < values.len() || values.len() < MIN_ROWS {
            return false;
        }
        let step = median(values.windows(2).map(|pair| (pair[1] - pair[0]).abs()).collect());
        let size = median(values.iter().map(|value| value.abs()).collect());
        step.zip(size).is_some_and(|(step, size)| step >= MIN_STEP * size)
    }

    /// Returns those of three or more columns that are the sum or the mean of the others on nearly all rows.
    pub fn sums_of_others(&self, columns: &[usize]) -> Vec<usize> {
        const MIN_COLUMNS: usize = 3;
        /// Relative to the value: the others are rounded.
        const MAX_ROUNDING: f64 = 5e-4;
        const MIN_TIMES_LEAST: f64 = 1.05;
        let rows: Vec<Vec<f64>> = self.rows[..self.first].iter().filter_map(|row| self.values(row, columns)).collect();
        if columns.len() < MIN_COLUMNS || rows.len() < MIN_ROWS {
            return Vec::new();
        }
        let others = (columns.len() - 1) as f64;
        let sums: Vec<f64> = rows.iter().map(|row| row.iter().sum()).collect();
        let is_by = |place: usize, count: f64| {
            let is_near = |(row, sum): (&Vec<f64>, &f64)| {
                let expected = (sum - row[place]) / count;
                (row[place] - expected).abs() <= MAX_ROUNDING * expected.abs()
            };
            nearly_all(rows.iter().zip(&sums).filter(|pair| is_near(*pair)).count(), rows.len())
        };
        // If the columns are near each other, each is about the mean of the others.
        let [least, most] =
            [f64::min, f64::max].map(|end| mean(rows.iter().filter_map(|row| row.iter().copied().reduce(end))));
        let are_apart = least.zip(most).is_some_and(|(least, most)| most > MIN_TIMES_LEAST * least);
        let is_one = |&place: &usize| is_by(place, 1.0) || are_apart && is_by(place, others);
        (0..columns.len()).filter(is_one).map(|place| columns[place]).collect()
    }
}
