//! Finds a high or a low of the next day that was widened to hold the open and the close of its row, so that no price
//! is outside the bar.

use super::rank::{rank_correlation, ranks};
use super::series::OpenHighLow;

/// Returns whether the highs, and whether the lows, are those of the next row.
pub(super) fn of_next_row(range: &OpenHighLow, close: &[f64]) -> [bool; 2] {
    [is_next((&range.open, &range.high), close, 1.0), is_next((&range.open, &range.low), close, -1.0)]
}

/// Whether the highs are those of the next row, or the lows if `side` is -1. Wherever the higher of open and close rises
/// to the next row, such a high is not below it, and the distance between the two is the rise and what the next row's
/// high adds to it. A high of its own row is below the next open or close on many of these rows, and its distance has
/// little to do with the rise.
fn is_next((open, high): (&[f64], &[f64]), close: &[f64], side: f64) -> bool {
    /// The minimum number of rises.
    const MIN_RISES: usize = 60;
    /// At most one rise in this many may end above the high: repaired and rounded rows.
    const OUTSIDE: usize = 20;
    /// Measured: 0.76 to 0.92 for highs of the next row, up to 0.14 for those of their own.
    const MIN_CORRELATION: f64 = 0.5;
    const ROUNDING: f64 = 1e-5;
    let top = |row: usize| (side * open[row]).max(side * close[row]);
    let sizes = |row: usize| [side * high[row] - top(row), top(row + 1) - top(row)].map(|size| size / top(row).abs());
    let is_rise = |sizes: &[f64; 2]| sizes[1] > 0.0 && sizes.iter().all(|size| size.is_finite());
    let rises = || (0..close.len().saturating_sub(1)).map(sizes).filter(is_rise);
    // Counted before anything is sorted: on nearly all files this decides, and after few rows.
    let (mut count, mut outside) = (0, 0);
    for [reach, rise] in rises() {
        (count, outside) = (count + 1, outside + usize::from(reach < rise - ROUNDING));
        if OUTSIDE * outside > close.len() {
            return false;
        }
    }
    let is_correlated = || {
        let rises: Vec<[f64; 2]> = rises().collect();
        rank_correlation(&ranks(&rises, 0), &ranks(&rises, 1)) > MIN_CORRELATION
    };
    count >= MIN_RISES && OUTSIDE * outside <= count && is_correlated()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::noise;

    /// Returns bars of a random walk with a drift and a width of their own.
    fn bars(seed: u64, (drift, width): (f64, f64)) -> (OpenHighLow, Vec<f64>) {
        let mut noise = noise(seed);
        let mut next = || noise.next().unwrap();
        let mut price = 100.0;
        let (mut range, mut closes) = (OpenHighLow { open: vec![], high: vec![], low: vec![] }, Vec::new());
        for _ in 0..400 {
            let open = price * (1.0 + 0.004 * (next() - 0.5));
            price = open * (1.0 + drift + 0.04 * (next() - 0.5));
            range.open.push(open);
            range.high.push(open.max(price) * (1.0 + width * next()));
            range.low.push(open.min(price) * (1.0 - width * next()));
            closes.push(price);
        }
        (range, closes)
    }

    #[test]
    fn highs_and_lows_of_the_next_row_are_found_inside_bars_that_hold_all_prices() {
        for seed in 0..20 {
            let (range, close) = bars(seed, (0.0, 0.01));
            let next = |row: usize| (row + 1).min(close.len() - 1);
            let high = |row: usize| range.high[next(row)].max(range.open[row]).max(close[row]);
            let low = |row: usize| range.low[next(row)].min(range.open[row]).min(close[row]);
            let high: Vec<f64> = (0..close.len()).map(high).collect();
            let low: Vec<f64> = (0..close.len()).map(low).collect();
            assert_eq!(of_next_row(&range, &close), [false, false], "{seed}");
            assert_eq!(of_next_row(&OpenHighLow { high: high.clone(), ..range.clone() }, &close), [true, false]);
            assert_eq!(of_next_row(&OpenHighLow { low: low.clone(), ..range.clone() }, &close), [false, true]);
            assert_eq!(of_next_row(&OpenHighLow { high, low, ..range.clone() }, &close), [true, true]);
        }
    }

    /// Bars that are wider than the moves hold the next prices, and so do the highs of a price that falls every day.
    #[test]
    fn wide_bars_and_trends_are_of_their_own_rows() {
        for of in [(0.0, 0.2), (0.0, 0.001), (-0.01, 0.01), (-0.01, 0.1), (0.01, 0.03), (-0.018, 0.05)] {
            for seed in 0..20 {
                let (range, close) = bars(seed, of);
                assert_eq!(of_next_row(&range, &close), [false, false], "{seed} {of:?}");
            }
        }
    }
}
