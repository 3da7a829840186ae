//! Kinds of prices with equal moves: accrued interest, rates that are set, trees.

use std::collections::BTreeMap;

use crate::moves::median;

/// Whether the usual step is that of a day at an interest rate of at most 11 % a year. Rates can change their sign.
fn moves_little(close: &[f64]) -> bool {
    const MAX_USUAL_STEP: f64 = 3e-4;
    let relative = close.windows(2).map(|pair| (pair[1] / pair[0] - 1.0).abs()).filter(|step| *step > 0.0);
    median(relative.collect()).is_some_and(|usual| usual < MAX_USUAL_STEP)
}

/// Whether the closes accrue like money at interest: most steps are about as large as the step before, and they go in
/// one direction or are small relative to the price.
pub(super) fn is_accrual(close: &[f64]) -> bool {
    /// Steps over weekends, and after a change of the rate, differ in size.
    const MAX_DIFFERENCE: f64 = 0.25;
    let steps: Vec<f64> = close.windows(2).map(|pair| pair[1] - pair[0]).filter(|step| *step != 0.0).collect();
    let [up, down] = [1.0, -1.0].map(|sign| steps.iter().filter(|step| sign * **step > 0.0).count());
    let is_small = moves_little(close);
    let alike = |pair: &&[f64]| (pair[1] / pair[0] - 1.0).abs() < MAX_DIFFERENCE;
    (50 * up.min(down) <= steps.len() || is_small) && 2 * steps.windows(2).filter(alike).count() > steps.len()
}

/// Whether relative moves or steps have few sizes, as on a binomial or trinomial tree, and two consecutive ones have
/// the same size no more often than by chance.
pub(super) fn moves_in_few_sizes(close: &[f64], unit: f64) -> bool {
    let pairs = || close.windows(2).filter(|pair| pair[0] != pair[1]);
    let moves = pairs().map(|pair| (pair[1] / pair[0]).ln()).filter(|step| step.is_finite()).collect();
    let steps = pairs().map(|pair| pair[1] - pair[0]).filter(|step| step.is_finite()).collect();
    let middle = median(close.to_vec()).unwrap_or(1.0);
    are_of_few_sizes(moves, (unit / middle).abs()) || are_of_few_sizes(steps, unit)
}

fn are_of_few_sizes(moves: Vec<f64>, unit: f64) -> bool {
    /// The number of sizes that are distinguished up to the usual size.
    const SIZES: f64 = 50.0;
    /// In a random walk, about one move in two hundred has the most frequent size.
    const MAX_FRACTION: f64 = 0.1;
    /// The range of chance, in standard deviations of a count.
    const MAX_DEVIATIONS: f64 = 6.0;
    let Some(usual) = median(moves.iter().map(|step| step.abs()).collect()) else { return false };
    // Both prices of a move are rounded.
    let width = (usual / SIZES).max(unit);
    let sizes: Vec<i64> = moves.iter().map(|step| (step / width).round() as i64).collect();
    let rows = sizes.len() as f64;
    if highest_count(sizes.clone()) as f64 <= MAX_FRACTION * rows {
        return false;
    }
    let mut counts: BTreeMap<u64, usize> = BTreeMap::new();
    sizes.iter().for_each(|size| *counts.entry(size.unsigned_abs()).or_default() += 1);
    let around = |size: u64| (size.saturating_sub(1)..=size + 1).filter_map(|size| counts.get(&size)).sum::<usize>();
    // Sizes have no sign here: if the moves keep one direction, all moves of the same size are equal.
    let chance = counts.iter().map(|(size, count)| (count * around(*size)) as f64).sum::<f64>() / rows;
    let in_turn = sizes.windows(2).filter(|pair| pair[0].abs_diff(pair[1]) <= 1).count() as f64;
    in_turn <= chance + MAX_DEVIATIONS * chance.sqrt()
}

/// Whether the price is set in steps of one size, as rates of central banks are.
pub(super) fn is_set(close: &[f64], unit: f64) -> bool {
    const MIN_UNITS: f64 = 4.0;
    let steps = close.windows(2).map(|pair| ((pair[1] - pair[0]) / unit).abs().round());
    let steps: Vec<i64> = steps.filter(|step| step.is_finite() && *step > 0.0).map(|step| step as i64).collect();
    let usual = median(steps.iter().map(|step| *step as f64).collect());
    usual.is_some_and(|usual| usual >= MIN_UNITS) && 3 * highest_count(steps.clone()) >= steps.len()
}

/// Returns the frequency of the most frequent number.
pub(super) fn highest_count(mut numbers: Vec<i64>) -> usize {
    /// If the range has at most this many entries per number, the numbers are counted in a table, which is faster than
    /// sorting.
    const MAX_ENTRIES_PER_NUMBER: usize = 8;
    let (Some(&min), Some(&max)) = (numbers.iter().min(), numbers.iter().max()) else { return 0 };
    if max.abs_diff(min) >= (MAX_ENTRIES_PER_NUMBER * numbers.len()) as u64 {
        numbers.sort_unstable();
        return numbers.chunk_by(|one, next| one == next).map(<[i64]>::len).max().unwrap_or(0);
    }
    let mut counts = vec![0_u32; max.abs_diff(min) as usize + 1];
    numbers.iter().for_each(|number| counts[number.abs_diff(min) as usize] += 1);
    counts.into_iter().max().unwrap_or(0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_number_is_counted_in_a_narrow_and_in_a_wide_range() {
        assert_eq!(highest_count(vec![]), 0);
        assert_eq!(highest_count(vec![7]), 1);
        assert_eq!(highest_count(vec![-3, 5, -3, 4, 5, -3]), 3);
        assert_eq!(highest_count(vec![i64::MIN, 5, i64::MAX, 5]), 2);
    }
}
