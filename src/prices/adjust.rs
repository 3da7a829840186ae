//! The adjusted close, from which returns are computed.

use super::moves::{is_jump, robust_deviation_of_moves, spikes, step};

/// The source of the adjusted close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adjustment {
    /// The file has an adjusted close.
    Column,
    /// It was computed from the file's split factors and dividends.
    Factors,
    /// The file has no adjusted close: the close is used.
    None,
    /// The file's adjusted close contradicts the close: from that row on, it moves with the close.
    Rejected,
    /// Jumps that look like splits were removed, as the caller requested.
    Jumps,
}

impl std::fmt::Display for Adjustment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Adjustment::Column => "column",
            Adjustment::Factors => "factors",
            Adjustment::None => "none",
            Adjustment::Rejected => "rejected",
            Adjustment::Jumps => "jumps",
        })
    }
}

/// A step of the adjusted close relative to the close that no dividend explains: 25 %.
const NO_DIVIDEND: f64 = 0.25;

/// A step of the adjusted close relative to the close that exceeds rounding: 0.2 %.
const MIN_OUTLIER: f64 = 0.002;

/// The number of consecutive days on which the close moves and the adjusted close does not, from which it is no
/// adjusted close, or has too few decimals.
const STILL: usize = 20;

/// Returns the first row at which the adjusted close moves relative to the close in a way that no dividend or split
/// explains, or has been constant for too long. `apart` is their ratio.
pub(super) fn contradiction(adjusted: &[f64], apart: &[f64]) -> Option<usize> {
    // The adjusted close jumps, and the close does not.
    let jumps = |prices: &[f64], row: usize| is_jump(prices, row, 1.0 + NO_DIVIDEND);
    let mut still = 0;
    let mut stands_still = |row: usize| {
        still = match adjusted[row] == adjusted[row - 1] {
            true => still + usize::from(apart[row] != apart[row - 1]),
            false => 0,
        };
        still == STILL
    };
    (1..adjusted.len()).find(|&row| stands_still(row) || (jumps(adjusted, row) && jumps(apart, row)))
}

/// Returns the adjusted close before a row at which it contradicts the close, and from there on prices that move like
/// the close.
///
/// Earlier rows must not depend on later ones: no forecast may change because of a row after its origin.
pub(super) fn accepted_before(row: usize, adjusted: &[f64], close: &[f64]) -> Vec<f64> {
    let factor = adjusted[row - 1] / close[row - 1];
    if !(factor.is_finite() && factor > 0.0) {
        return close.to_vec();
    }
    let later = close[row..].iter().map(|close| close * factor);
    adjusted[..row].iter().copied().chain(later).collect()
}

/// Returns the rows at which the adjusted close departs from the close for one row, and only the adjusted close moves,
/// or either of the two can be wrong.
pub(super) fn outlier(adjusted: &[f64], close: &[f64], apart: &[f64]) -> Vec<usize> {
    let is_open = |row: &usize| differs_at_end(apart) && row + 1 == apart.len();
    let moves_alone = |row: &usize| is_open(row) || !is_move_of_close(adjusted, close, apart, (*row).max(1));
    spikes(apart, MIN_OUTLIER).into_iter().filter(moves_alone).collect()
}

/// Whether the adjusted close of the last row differs from its close. Most vendors divide the prices before a split, so
/// the two are equal after it; if they differ on the last row, the close can also be wrong.
pub(super) fn differs_at_end(apart: &[f64]) -> bool {
    const EQUAL: f64 = 1e-3;
    apart.last().is_some_and(|ratio| (ratio - 1.0).abs() >= EQUAL)
}

/// Whether the two depart from each other at a row because of a move of the close: it accounts for most of the
/// distance, which is many usual moves. This is true of a split on the last row, and of a wrong close beside a correct
/// adjusted close.
fn is_move_of_close(adjusted: &[f64], close: &[f64], apart: &[f64], row: usize) -> bool {
    const MIN_FRACTION: f64 = 0.7;
    const MIN_TIMES_USUAL: f64 = 5.0;
    let distance = step(apart, row).abs();
    step(close, row).abs() > MIN_FRACTION * distance
        && distance > MIN_TIMES_USUAL * robust_deviation_of_moves(adjusted, row)
}

/// Whether an adjusted close explains a jump of the close: it does not jump itself, and departs from the close by the
/// ratio of a small split.
pub(super) fn is_explained(adjusted: &[f64], close: &[f64], row: usize) -> bool {
    const RATIOS: [f64; 5] = [3.0 / 2.0, 4.0 / 3.0, 5.0 / 4.0, 6.0 / 5.0, 11.0 / 10.0];
    const ROUNDING: f64 = 0.01;
    let (of_adjusted, of_close) = (step(adjusted, row), step(close, row));
    let apart = (of_adjusted - of_close).abs().exp();
    let is_ratio = RATIOS.iter().any(|ratio| (apart / ratio - 1.0).abs() < ROUNDING);
    is_ratio && of_adjusted.abs() < of_close.abs() / 2.0
}

/// Returns the ratio of the adjusted close to the close.
pub(super) fn over(adjusted: &[f64], close: &[f64]) -> Vec<f64> {
    adjusted.iter().zip(close).map(|(adjusted, close)| adjusted / close).collect()
}

/// The limit of the cumulative factor of dividends and splits: beyond it, a column holds something else, and prices
/// would overflow.
const MAX_FACTOR: f64 = 1e100;

/// Returns the adjusted close computed from a close, its split factors and its dividends, and the splits that were
/// used.
///
/// It begins at the first close, and days after a split or a dividend are multiplied, so that a day's adjusted close
/// depends on no later row. A split that does not show in the close was removed by the vendor.
pub(super) fn by_factors(
    close: &[f64],
    splits: Option<&[f64]>,
    dividends: Option<&[f64]>,
) -> (Vec<f64>, Vec<(usize, f64)>) {
    let known = |column: Option<&[f64]>, row: usize| {
        column.map(|column| column[row]).filter(|value| value.is_finite() && *value > 0.0)
    };
    let within = |factor: &f64| (1.0 / MAX_FACTOR..MAX_FACTOR).contains(factor);
    let mut adjusted = close.to_vec();
    let mut found = Vec::new();
    let mut factor = 1.0;
    for row in 1..close.len() {
        let step = (close[row] / close[row - 1]).ln();
        let shown = |ratio: &f64| *ratio != 1.0 && (step + ratio.ln()).abs() < step.abs();
        if let Some(ratio) = known(splits, row).filter(shown).filter(|ratio| within(&(factor * ratio))) {
            factor *= ratio;
            found.push((row, ratio));
        }
        if let Some(dividend) = known(dividends, row).filter(|dividend| *dividend < close[row - 1]) {
            let with_it = factor / (1.0 - dividend / close[row - 1]);
            factor = if within(&with_it) { with_it } else { factor };
        }
        adjusted[row] = close[row] * factor;
    }
    (adjusted, found)
}

/// Returns the prices without the given splits: the days from each split on are multiplied by its ratio, so that no day
/// depends on a later one.
pub(super) fn without(prices: &[f64], splits: &[(usize, f64)]) -> Vec<f64> {
    let mut adjusted = prices.to_vec();
    for &(row, ratio) in splits {
        adjusted[row..].iter_mut().for_each(|price| *price *= ratio);
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::splits::taken_out;
    use crate::splits::tests::prices;

    #[test]
    fn a_contradiction_changes_no_earlier_row() {
        let close = prices(60, &[]);
        let mut adjusted: Vec<f64> = close.iter().map(|price| price * 0.9).collect();
        adjusted[40] *= 3.0;
        assert_eq!(contradiction(&adjusted, &over(&adjusted, &close)), Some(40));
        let accepted = accepted_before(40, &adjusted, &close);
        assert_eq!(accepted[..40], adjusted[..40]);
        for row in 40..60 {
            assert!((accepted[row] / accepted[row - 1] - close[row] / close[row - 1]).abs() < 1e-12);
        }
    }

    #[test]
    fn an_adjusted_close_may_step_by_dividends_and_splits_only() {
        let close = prices(60, &[(30, 0.5)]);
        let split = without(&close, &[(30, 2.0)]);
        assert_eq!(contradiction(&split, &over(&split, &close)), None);
        assert_eq!(taken_out(&over(&split, &close)), [(30, 2.0)]);
        let dividend: Vec<f64> =
            split.iter().enumerate().map(|(row, price)| if row < 20 { price * 0.95 } else { *price }).collect();
        assert_eq!(contradiction(&dividend, &over(&dividend, &close)), None);
        let broken: Vec<f64> =
            split.iter().enumerate().map(|(row, price)| if row < 20 { price / 70.0 } else { *price }).collect();
        assert_eq!(contradiction(&broken, &over(&broken, &close)), Some(20));
        assert_eq!(contradiction(&close, &over(&close, &close)), None);
    }

    #[test]
    fn an_adjusted_close_that_stands_still_is_none() {
        let close = prices(60, &[]);
        let constant = vec![1.0; 60];
        assert_eq!(contradiction(&constant, &over(&constant, &close)), Some(20));
        let coarse: Vec<f64> = close.iter().map(|price| (price / 8.0).round() / 100.0).collect();
        assert!(contradiction(&coarse, &over(&coarse, &close)).is_some());
        // Both are constant.
        assert_eq!(contradiction(&constant, &over(&constant, &constant)), None);
    }

    #[test]
    fn an_adjusted_close_that_moves_alone_is_an_outlier() {
        let close = prices(60, &[]);
        let mut adjusted: Vec<f64> = close.iter().map(|price| (price * 98.5).round() / 100.0).collect();
        let found = |adjusted: &[f64], close: &[f64]| outlier(adjusted, close, &over(adjusted, close));
        assert!(found(&adjusted, &close).is_empty());
        adjusted[20] = close[20];
        assert_eq!(found(&adjusted, &close), [20]);
        // The close moves, and the adjusted close does not: a split in the first or last row, or a wrong close.
        for row in [0, 1, 30, 59] {
            let is_open = usize::from(row == 59);
            for factor in [0.1, 0.5, 2.0, 10.0] {
                let adjusted: Vec<f64> = prices(60, &[]).iter().map(|price| (price * 98.5).round() / 100.0).collect();
                let mut wrong = close.clone();
                wrong[row] *= factor;
                assert_eq!(found(&adjusted, &wrong).len(), is_open, "{row} {factor}");
                let mut moved = adjusted.clone();
                moved[row] *= factor;
                assert_eq!(found(&moved, &close).len(), 1, "{row} {factor}");
            }
        }
    }

    /// In files of most vendors, the adjusted close equals the close after a split.
    #[test]
    fn a_close_that_leaves_the_adjusted_one_on_the_last_row_is_open() {
        let close = prices(60, &[]);
        let adjusted = close.clone();
        for factor in [0.1, 0.8, 10.0] {
            let wrong = [&close[..59], &[close[59] * factor]].concat();
            assert!(differs_at_end(&over(&adjusted, &wrong)), "{factor}");
            // A price that deviates less is reported as far from those around it.
            let found = outlier(&adjusted, &wrong, &over(&adjusted, &wrong));
            assert_eq!(found.len(), usize::from(factor != 0.8), "{factor}");
        }
        let divided: Vec<f64> = close.iter().map(|price| price / 2.0).collect();
        let split = [&close[..59], &[close[59] / 2.0]].concat();
        assert!(outlier(&divided, &split, &over(&divided, &split)).is_empty());
        assert!(!differs_at_end(&over(&divided, &split)) && !differs_at_end(&[]));
    }

    #[test]
    fn a_small_split_explains_a_jump_of_the_close() {
        let adjusted = prices(60, &[]);
        let is_explained = |factor: f64| {
            let close: Vec<f64> = [&adjusted[..59], &[adjusted[59] * factor]].concat();
            is_explained(&adjusted, &close, 59)
        };
        for ratio in [1.5, 4.0 / 3.0, 1.25, 1.2] {
            assert!(is_explained(ratio) && is_explained(1.0 / ratio), "{ratio}");
        }
        assert!(!is_explained(0.7) && !is_explained(1.37) && !is_explained(1.0));
        let close = prices(60, &[(59, 0.8)]);
        assert!(!super::is_explained(&close, &close, 59));
    }

    #[test]
    fn factors_make_an_adjusted_close() {
        let close = [100.0, 50.0, 49.0, 50.0];
        let splits = [1.0, 2.0, 1.0, f64::NAN];
        let dividends = [0.0, 0.0, 1.0, 0.0];
        let (adjusted, found) = by_factors(&close, Some(&splits), Some(&dividends));
        assert_eq!(adjusted[..2], [100.0, 100.0]);
        // A dividend of 1 on 50 explains the fall to 49.
        assert!(
            (adjusted[2] / 100.0 - 1.0).abs() < 1e-15
                && (adjusted[3] / adjusted[2] / (50.0 / 49.0) - 1.0).abs() < 1e-15
        );
        assert_eq!(found, [(1, 2.0)]);
        for rows in 0..4 {
            assert_eq!(by_factors(&close[..rows], Some(&splits[..rows]), Some(&dividends[..rows])).0, adjusted[..rows]);
        }
        // The vendor has removed the split from the close.
        let (adjusted, found) = by_factors(&[50.0, 50.0, 49.0], Some(&[0.0, 2.0, 0.0]), None);
        assert_eq!((adjusted, found), (vec![50.0, 50.0, 49.0], vec![]));
        assert_eq!(by_factors(&[], None, None).0, Vec::<f64>::new());
    }
}
