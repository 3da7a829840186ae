//! How many rows are equal, or the mean of others, by chance, if the last decimal is small relative to the moves.

use super::kinds::highest_count;
use crate::moves::median;

/// Rows whose number, such as a move, is zero, which is rare by chance: the rows of years whose numbers are usually
/// many units.
#[derive(Default)]
pub(super) struct Rare {
    rows: Vec<usize>,
    expected: f64,
    /// The frequency of the most frequent other number.
    most: usize,
}

impl Rare {
    /// Adds the rows of some years: those whose number is zero, the sizes of the others, and the width of a place.
    pub fn see(&mut self, zero: impl Iterator<Item = usize>, sizes: &[f64], width: f64) {
        /// The minimum usual size, in places.
        const FINE: f64 = 100.0;
        /// The maximum frequency of any other number.
        const MAX_REPEATS: usize = 3;
        let zero: Vec<usize> = zero.collect();
        let Some(usual) = median(sizes.to_vec()).filter(|usual| *usual >= FINE * width) else { return };
        let count = (zero.len() + sizes.len()) as f64;
        // The last decimal of adjusted prices is meaningless. If these zeros came from a coarser grid, hardly any
        // numbers would be nearer to zero than its step, and the same numbers would repeat.
        let step = 1.8 * usual * zero.len() as f64 / count;
        let most = highest_count(sizes.iter().map(|size| (size / width).round() as i64).collect());
        if 4 * sizes.iter().filter(|size| **size < step).count() < zero.len() || most > MAX_REPEATS {
            return;
        }
        // Numbers around zero are up to twice as dense as their median size suggests.
        self.expected += count * width / usual;
        self.most += most;
        self.rows.extend(zero);
    }

    /// Returns the rows, if they are at least one in a hundred, more frequent than any other number, and so many occur
    /// by chance in fewer than one of ten million files.
    pub fn out_of_chance(mut self, of: usize) -> Vec<usize> {
        let found = self.rows.len();
        if are_too_few(found, of) || !is_out(found, self.expected) || found <= 3 * self.most {
            return Vec::new();
        }
        self.rows.sort_unstable();
        self.rows
    }
}

/// Whether so few of the rows `of` can always be chance, whatever the others are.
pub(super) fn are_too_few(found: usize, of: usize) -> bool {
    const MIN_FOUND: usize = 5;
    found < MIN_FOUND || 100 * found < of
}

fn is_out(found: usize, expected: f64) -> bool {
    const MAX_PROBABILITY: f64 = 1e-7;
    // Beyond twice the mean, the tail of a Poisson distribution is at most twice its first term.
    let tail = (1..=found).fold((-expected).exp(), |term, count| term * expected / count as f64) * 2.0;
    found as f64 > 2.0 * expected && tail < MAX_PROBABILITY
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_rows_are_out_of_chance_on_a_fine_grid() {
        assert!(!are_too_few(5, 500) && are_too_few(4, 500) && are_too_few(5, 501));
        assert!(is_out(5, 0.025));
        assert!(!is_out(5, 1.0) && is_out(17, 1.0) && !is_out(12, 3.0));
    }

    #[test]
    fn zeros_of_a_coarser_grid_are_not_rare() {
        let of = |sizes: &[f64], width: f64| {
            let mut rare = Rare::default();
            rare.see([7, 3, 90, 150, 40, 60].into_iter(), sizes, width);
            rare.out_of_chance(250)
        };
        let fine: Vec<f64> = (1..245).map(f64::from).collect();
        assert_eq!(of(&fine, 0.01), [3, 7, 40, 60, 90, 150]);
        // Too wide a place; then steps of ten.
        assert_eq!(of(&fine, 5.0), [0; 0]);
        let coarse: Vec<f64> = fine.iter().map(|size| (size / 10.0).ceil() * 10.0).collect();
        assert_eq!(of(&coarse, 0.01), [0; 0]);
    }
}
