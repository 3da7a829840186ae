//! Rates that are set, such as those of central banks: constant for long, and changed in steps on a coarse grid.

use super::moves::median;

/// Whether the move to a row is a step of such a rate, judged by the rows up to it.
///
/// A split of a stock that is rarely traded can look similar; but its step is larger than the steps before, and its
/// prices are seldom all on the grid.
pub(super) fn is_step_of_rate(prices: &[f64], row: usize) -> bool {
    const MAX_RATE: f64 = 20.0;
    const MAX_STEP: f64 = 1.0;
    const GRIDS: [f64; 2] = [0.25, 0.05];
    /// The maximum first step on each grid; a later step may be up to twice the largest step before it.
    const MAX_FIRST_STEPS: [f64; 2] = [0.5, 0.25];
    const MIN_RUN: usize = 5;
    const MIN_USUAL_RUN: f64 = 15.0;
    const ROUNDING: f64 = 1e-6;
    let known = &prices[..=row];
    let is_on = |grid: f64| {
        let is_point = |rate: &f64| rate.abs() <= MAX_RATE && (rate / grid - (rate / grid).round()).abs() < ROUNDING;
        known.iter().all(is_point)
    };
    let changes: Vec<usize> = (1..=row).filter(|&row| prices[row] != prices[row - 1]).collect();
    let starts = std::iter::once(&0).chain(&changes);
    let runs: Vec<f64> = changes.iter().zip(starts).map(|(change, start)| (change - start) as f64).collect();
    let are_long = runs.last().is_some_and(|run| *run >= MIN_RUN as f64)
        && median(runs).is_some_and(|usual| usual >= MIN_USUAL_RUN);
    let Some(grid) = GRIDS.iter().position(|grid| is_on(*grid)).filter(|_| are_long) else { return false };
    let size = |row: &usize| (prices[*row] - prices[*row - 1]).abs();
    let largest = changes.split_last().map_or(0.0, |(_, before)| before.iter().map(size).fold(0.0, f64::max));
    let most = (2.0 * largest).max(MAX_FIRST_STEPS[grid]).min(MAX_STEP);
    changes.last() == Some(&row) && size(&row) <= most + ROUNDING
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values that are constant for a number of rows each.
    fn held(runs: &[(f64, usize)]) -> Vec<f64> {
        runs.iter().flat_map(|&(value, rows)| std::iter::repeat_n(value, rows)).collect()
    }

    fn steps(prices: &[f64]) -> Vec<usize> {
        (1..prices.len()).filter(|&row| is_step_of_rate(prices, row)).collect()
    }

    #[test]
    fn steps_between_long_runs_on_a_coarse_grid_are_those_of_a_rate() {
        let fed = held(&[(1.5, 60), (1.75, 60), (1.25, 8), (0.25, 400), (0.5, 35), (1.0, 30), (1.75, 30)]);
        assert_eq!(steps(&fed), [60, 120, 128, 528, 563, 593]);
        assert_eq!(steps(&held(&[(0.1, 100), (0.25, 50), (0.5, 40), (0.35, 3)])), [100, 150, 190]);
    }

    #[test]
    fn splits_of_stocks_that_hardly_trade_are_no_steps_of_a_rate() {
        // Not on the grid; a larger step than those before; prices that change too often; prices that are too high.
        assert!(steps(&held(&[(0.52, 60), (0.26, 60)])).is_empty());
        assert_eq!(steps(&held(&[(1.0, 60), (1.05, 60), (0.5, 60)])), [60]);
        assert!(steps(&held(&[(0.25, 60), (2.5, 60)])).is_empty());
        assert!(steps(&held(&[(1.0, 5), (1.25, 6), (1.0, 4), (1.25, 7), (0.5, 9)])).is_empty());
        assert!(steps(&held(&[(60.0, 60), (60.5, 60)])).is_empty());
        assert!(steps(&[0.5, 0.25]).is_empty());
        assert!(steps(&[]).is_empty());
    }
}
