//! The adjusted close, from which returns are computed.

use super::moves::{is_jump, spikes};

/// Where the adjusted close comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adjustment {
    /// The file has a column of it.
    Column,
    /// It was computed from the file's split factors and dividends.
    Factors,
    /// The file has none: it is the close.
    None,
    /// The file's column contradicts the close: from that row on it follows the close.
    Rejected,
    /// Jumps that look like splits were removed, as the caller asked.
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

/// Days in a row on which the close moves and the adjusted close does not, after which it is no adjusted close, or one
/// with too few decimals.
const STILL: usize = 20;

/// The first row at which the adjusted close moves relative to the close as no dividend or split explains, or has stood
/// still for too long; `apart` is their ratio.
pub(super) fn contradiction(adjusted: &[f64], apart: &[f64]) -> Option<usize> {
    // The adjusted close jumps, not the close.
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

/// The adjusted close before a row that contradicts the close, and the moves of the close from there on.
///
/// Earlier rows must not depend on later ones: no forecast may change when a row after its origin does.
pub(super) fn accepted_before(row: usize, adjusted: &[f64], close: &[f64]) -> Vec<f64> {
    let factor = adjusted[row - 1] / close[row - 1];
    if !(factor.is_finite() && factor > 0.0) {
        return close.to_vec();
    }
    let later = close[row..].iter().map(|close| close * factor);
    adjusted[..row].iter().copied().chain(later).collect()
}

/// The rows at which the adjusted close departs from the close for one row.
pub(super) fn outlier(apart: &[f64]) -> Vec<usize> {
    spikes(apart, MIN_OUTLIER)
}

/// The adjusted close over the close.
pub(super) fn over(adjusted: &[f64], close: &[f64]) -> Vec<f64> {
    adjusted.iter().zip(close).map(|(adjusted, close)| adjusted / close).collect()
}

/// Limit of the cumulative factor of dividends and splits: beyond it a column holds something else, and prices would
/// overflow.
const MAX_FACTOR: f64 = 1e100;

/// The adjusted close of a close, its split factors and its dividends, and the splits among them.
///
/// It starts at the first close, and days after a split or a dividend are multiplied: a day's adjusted close
/// depends on no later row. A split that the close does not show has already been removed by
/// the vendor.
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

/// The prices without the given splits: the days from each split on are multiplied by its ratio, so that no day depends
/// on a later one.
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
    use crate::prices::splits::taken_out;
    use crate::prices::splits::tests::prices;

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
        // Both stand still.
        assert_eq!(contradiction(&constant, &over(&constant, &constant)), None);
    }

    #[test]
    fn an_adjusted_close_that_moves_alone_is_an_outlier() {
        let close = prices(60, &[]);
        let mut adjusted: Vec<f64> = close.iter().map(|price| (price * 98.5).round() / 100.0).collect();
        assert!(outlier(&over(&adjusted, &close)).is_empty());
        adjusted[20] = close[20];
        assert_eq!(outlier(&over(&adjusted, &close)), [20]);
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
        // The vendor has already removed the split from the close.
        let (adjusted, found) = by_factors(&[50.0, 50.0, 49.0], Some(&[0.0, 2.0, 0.0]), None);
        assert_eq!((adjusted, found), (vec![50.0, 50.0, 49.0], vec![]));
        assert_eq!(by_factors(&[], None, None).0, Vec::<f64>::new());
    }
}
