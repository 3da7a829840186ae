//! Moves of prices from row to row, and unusual ones among them.

pub(super) use fourcast_base::math::upper_median as median;

/// The number of rows before and after that determine the usual move.
pub(super) const AROUND: usize = 30;

/// The usual move if there are too few rows: 2 %, as for a large company.
const DEFAULT: f64 = 0.02;

/// Returns the logarithm of the ratio of a price to the price before.
pub(super) fn step(prices: &[f64], row: usize) -> f64 {
    (prices[row] / prices[row - 1]).ln()
}

/// Whether a price is more than `times` the price before, or less than 1/`times` of it; false if either is zero or
/// negative. No logarithm is computed, because most rows are not jumps.
pub(super) fn is_jump(prices: &[f64], row: usize, times: f64) -> bool {
    let factor = prices[row] / prices[row - 1];
    prices[row - 1] > 0.0 && (factor > times || (factor > 0.0 && factor < 1.0 / times))
}

/// The median absolute value of a normal variable, in standard deviations.
const NORMAL_MEDIAN: f64 = 0.6745;

/// The minimum number of moves that give a usual move.
const MIN_MOVES: usize = 5;

/// Returns the robust standard deviation of the log returns around a row: the median size of the other moves, scaled to
/// the standard deviation of a normal distribution.
pub(super) fn robust_deviation(prices: &[f64], row: usize) -> f64 {
    let others = (row.saturating_sub(AROUND)..row).chain(row + 1..(row + AROUND + 1).min(prices.len()));
    scaled_median(sizes(prices, others)).unwrap_or(DEFAULT)
}

/// Returns the robust standard deviation of the moves other than zero, if there are enough: on a coarse grid most moves
/// are zero.
pub(super) fn robust_deviation_of_moves(prices: &[f64], row: usize) -> f64 {
    let others = (row.saturating_sub(AROUND)..row).chain(row + 1..(row + AROUND + 1).min(prices.len()));
    let moves = sizes(prices, others).into_iter().filter(|size| *size > 0.0).collect();
    scaled_median(moves).unwrap_or_else(|| robust_deviation(prices, row))
}

/// Whether [`robust_deviation_of_moves`] is certainly above `bound`, computed without a logarithm: more than half of the
/// moves around the row are larger.
fn robust_deviation_is_above(prices: &[f64], row: usize, bound: f64) -> bool {
    let rows = &prices[row.saturating_sub(AROUND + 1)..(row + AROUND + 1).min(prices.len())];
    // |ln(a / b)| >= |a - b| / max(a, b)
    let is_larger = |pair: &&[f64]| {
        let (min, max) = (pair[0].min(pair[1]), pair[0].max(pair[1]));
        min > 0.0 && max - min > NORMAL_MEDIAN * bound * max
    };
    // The move to the row itself is not one of the moves around it.
    rows.windows(2).filter(is_larger).nth(AROUND + 1).is_some()
}

/// Returns the robust standard deviation, from earlier rows only. If there are too few, it is the largest move, or the
/// default if that is larger; infinity without any move.
pub(super) fn robust_deviation_before(prices: &[f64], row: usize) -> f64 {
    let known = sizes(prices, row.saturating_sub(2 * AROUND)..row);
    let largest = known.iter().copied().reduce(f64::max).map_or(f64::INFINITY, |largest| largest.max(DEFAULT));
    scaled_median(known).unwrap_or(largest)
}

/// Returns the sizes of the moves to some rows.
fn sizes(prices: &[f64], rows: impl Iterator<Item = usize>) -> Vec<f64> {
    let sizes = rows.filter(|&row| row > 0).map(|row| step(prices, row).abs());
    sizes.filter(|size| size.is_finite()).collect()
}

fn scaled_median(sizes: Vec<f64>) -> Option<f64> {
    if sizes.len() < MIN_MOVES { None } else { median(sizes).map(|middle| middle / NORMAL_MEDIAN) }
}

/// The minimum factor of a spike at either end, where it has only one neighbour.
pub(super) const AT_AN_END: f64 = 1.8;

/// Returns the rows that jump from their neighbours and back. Both neighbours differ from the price by more than
/// `least` and by ten usual moves, or by seven if the two jumps are equal to within a usual move; and they differ
/// little from each other. At either end, the only neighbour must differ by 80 %.
pub(super) fn spikes(prices: &[f64], least: f64) -> Vec<usize> {
    const MIN_TIMES_USUAL: f64 = 10.0;
    const MIN_TIMES_IF_BACK: f64 = 7.0;
    /// If a price is only a few ticks, one tick is a large fraction of it.
    const MAX_TICKS: f64 = 2.5;
    let last = prices.len().saturating_sub(1);
    let tick = tick(prices);
    let is_few_ticks = |row: usize| (prices[row] - prices[row - 1]).abs() < MAX_TICKS * tick;
    let is_spike = |row: &usize| {
        let row = *row;
        if row == 0 || row == last {
            let jump = row.max(1);
            let jumps = last > 0 && is_jump(prices, jump, AT_AN_END) && !is_few_ticks(jump);
            return jumps && step(prices, jump).abs() > MIN_TIMES_USUAL * robust_deviation_of_moves(prices, jump);
        }
        let is_jump = |row: usize| is_jump(prices, row, 1.0 + least) && !is_few_ticks(row);
        if !is_jump(row) || !is_jump(row + 1) {
            return false;
        }
        let (there, back) = (step(prices, row), step(prices, row + 1));
        let apart = (there + back).abs();
        let size = there.abs().min(back.abs());
        // The usual move is computed last, because it is a median, and most rows do not jump back.
        apart < 0.3 * there.abs() && !robust_deviation_is_above(prices, row, size / MIN_TIMES_IF_BACK) && {
            let usual = robust_deviation_of_moves(prices, row);
            let times = if apart < usual { MIN_TIMES_IF_BACK } else { MIN_TIMES_USUAL };
            size > times * usual
        }
    };
    let mut found: Vec<usize> = (0..prices.len()).filter(is_spike).collect();
    // At an end, the neighbour can be the wrong one of the two prices.
    let is_beside = |row: usize, other: usize| found.contains(&row) && found.contains(&other);
    let (at_start, at_end) = (is_beside(0, 1), last > 1 && is_beside(last, last - 1));
    found.retain(|&row| !(at_start && row == 0 || at_end && row == last));
    found
}

/// Returns short runs of rows whose prices are ten or a hundred times those before and after, or a tenth or a
/// hundredth: a wrong unit for a few days.
pub(super) fn blocks(prices: &[f64]) -> impl Iterator<Item = std::ops::Range<usize>> {
    /// A price can stay high for weeks.
    const MAX_ROWS: usize = 10;
    /// The minimum factor of the jump, and its tolerance in logarithms, which allows for the day's own move.
    const MIN_FACTOR: f64 = 8.0;
    const TOLERANCE: f64 = 0.1;
    let is_power = |step: f64| {
        let tens = (step.abs() / 10.0_f64.ln()).round();
        tens > 0.0 && (step.abs() - tens * 10.0_f64.ln()).abs() < TOLERANCE
    };
    let end = move |start: usize| {
        let there = step(prices, start);
        let mut ends =
            (start + 2..prices.len().min(start + MAX_ROWS + 1)).filter(|&end| is_jump(prices, end, MIN_FACTOR));
        ends.next().filter(|&end| is_power(there) && (there + step(prices, end)).abs() < 2.0 * TOLERANCE)
    };
    let starts = (1..prices.len()).filter(|&row| is_jump(prices, row, MIN_FACTOR));
    starts.filter_map(move |start| Some(start..end(start)?))
}

/// Returns the unit of the last decimal with which prices are written, of at most eight decimals from the first that is
/// not zero.
pub fn tick(prices: &[f64]) -> f64 {
    const MAX_DECIMALS: f64 = 8.0;
    let whole = |price: &f64, scale: f64| {
        let scaled = (price * scale).abs();
        (scaled - scaled.round()).abs() < 1e-6 * scaled.min(1.0) + scaled * 1e-12
    };
    let finite = prices.iter().copied().filter(|price| price.is_finite() && *price != 0.0);
    let middle = median(finite.clone().map(f64::abs).collect()).unwrap_or(1.0);
    let zeros = (-middle.log10()).floor().clamp(0.0, 100.0);
    let max = (MAX_DECIMALS + zeros) as i32;
    let mut decimals = 0;
    // Each price needs as many decimals as those before it, or more.
    for price in finite {
        while decimals < max && !whole(&price, 10.0_f64.powi(decimals)) {
            decimals += 1;
        }
        if decimals == max {
            break;
        }
    }
    10.0_f64.powi(-decimals)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jump_there_and_back_is_a_spike() {
        let quiet: Vec<f64> = (0..40).map(|row| 100.0 + f64::from(row % 5)).collect();
        let with = |row: usize, price: f64| {
            let mut prices = quiet.clone();
            prices[row] = price;
            prices
        };
        assert!(spikes(&quiet, 0.3).is_empty());
        assert_eq!(spikes(&with(20, 10_200.0), 0.3), [20]);
        assert_eq!(spikes(&with(20, 20.3), 0.3), [20]);
        assert!(spikes(&with(20, 110.0), 0.3).is_empty());
        assert_eq!(spikes(&with(0, 10_000.0), 0.3), [0]);
        assert_eq!(spikes(&with(39, 1.0), 0.3), [39]);
        // On a coarse grid, most moves are one tick or zero.
        let coarse: Vec<f64> = (0..60).map(|row| if row % 5 == 0 { 0.06 } else { 0.05 }).collect();
        assert!(spikes(&coarse, 0.1).is_empty());
        let mut wrong = coarse.clone();
        wrong[31] = 5.0;
        assert_eq!(spikes(&wrong, 0.1), [31]);
        // The last row is back at the former prices.
        assert_eq!(spikes(&with(38, 300.0), 0.01), [38]);
        assert_eq!(spikes(&with(1, 300.0), 0.01), [1]);
        // For a calm price, a few per cent are many usual moves.
        let calm: Vec<f64> = (0..60).map(|row| 1.1 + f64::from(row % 5) * 0.001).collect();
        let mut typed = calm.clone();
        typed[30] *= 0.96;
        assert!(spikes(&calm, 0.01).is_empty());
        assert_eq!(spikes(&typed, 0.01), [30]);
        // Nine usual moves, and back to within a tick.
        let even: Vec<f64> = (0..61).map(|row| 100.0 * 1.01_f64.powi([0, 1, 1, 2, 1, 0][row % 6])).collect();
        let mut slip = even.clone();
        slip[32] = even[31] * 0.88;
        slip[33] = even[31];
        assert!(spikes(&even, 0.01).is_empty());
        assert_eq!(spikes(&slip, 0.01), [32]);
        slip[33] = even[31] * 0.97;
        assert!(spikes(&slip, 0.01).is_empty());
        // A fall that is not reversed.
        let crash: Vec<f64> =
            quiet.iter().enumerate().map(|(row, price)| if row > 20 { price / 2.0 } else { *price }).collect();
        assert!(spikes(&crash, 0.3).is_empty());
        assert!(spikes(&[], 0.3).is_empty() && spikes(&[1.0], 0.3).is_empty());
    }

    #[test]
    fn a_mistaken_unit_is_a_block() {
        let with = |rows: std::ops::Range<usize>, factor: f64| -> Vec<std::ops::Range<usize>> {
            let mut prices: Vec<f64> = (0..40).map(|row| 100.0 + f64::from(row % 5)).collect();
            prices[rows].iter_mut().for_each(|price| *price *= factor);
            blocks(&prices).collect()
        };
        for factor in [100.0, 0.01, 10.0, 0.001] {
            let found = with(20..23, factor);
            assert!(found.len() == 1 && found[0] == (20..23), "{factor}: {found:?}");
        }
        assert!(with(20..23, 3.0).is_empty() && with(20..35, 100.0).is_empty() && with(20..40, 100.0).is_empty());
    }

    #[test]
    fn prices_of_zero_and_below_do_not_jump() {
        for pair in [[-130.0, -20.0], [-20.0, -130.0], [0.0, 5.0], [5.0, 0.0], [-5.0, 50.0], [50.0, -5.0], [0.0, 0.0]] {
            assert!(!is_jump(&pair, 1, 1.4), "{pair:?}");
        }
        assert!(is_jump(&[20.0, 130.0], 1, 1.4) && is_jump(&[130.0, 20.0], 1, 1.4));
    }

    #[test]
    fn the_usual_move_does_not_count_jumps() {
        let mut prices: Vec<f64> = (0..60).map(|row| 100.0 * 1.01_f64.powi(row % 2)).collect();
        let before = robust_deviation(&prices, 30);
        prices[40] = 1000.0;
        assert!((robust_deviation(&prices, 30) / before - 1.0).abs() < 1e-9);
        assert_eq!(robust_deviation(&[1.0, 2.0], 1), DEFAULT);
    }

    #[test]
    fn the_unit_of_the_last_decimal_is_found() {
        assert_eq!(tick(&[100.0, 25.0]), 1.0);
        assert!((tick(&[100.25, 25.5, f64::NAN]) - 0.01).abs() < 1e-12);
        assert!((tick(&[1.0 / 3.0]) - 1e-8).abs() < 1e-15);
        assert!((tick(&[1.1234e-8, 1.12e-8]) / 1e-12 - 1.0).abs() < 1e-9);
    }
}
