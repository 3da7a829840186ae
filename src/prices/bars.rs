//! Finds faults in bars: days without trade, prices outside high and low, prices far from others.

use super::draft::Draft;
use super::lines::Lines;
use super::moves::{AROUND, blocks, median, spikes, step};
use super::series::OpenHighLow;

/// How far a high may be below the close by rounding, as a share of the close.
const ROUNDING: f64 = 1e-5;

/// Minimum jump, and return, of a wrong price: a digit that was mistyped. What counts is the usual move.
const SPIKE: f64 = 0.01;

/// Minimum factor between the close and a high or low that is examined.
const FAR_OUT: f64 = 1.5;

/// Maximum distance of a high or low from the close, in usual distances.
const UNUSUAL: f64 = 10.0;

/// Maximum factor between the close and another price of the day.
const REACH: f64 = 5.0;

/// Maximum usual move of a price; volumes and changes move more.
const WILD: f64 = 0.22;

/// Number of days for the usual move.
const RECENT: usize = 250;

/// Faults in the bars of a series.
#[derive(Debug, Default)]
pub(super) struct Faults {
    /// Days with a close and no trade, without those at the end, which have a warning of their own.
    pub halts: Lines,
    /// The first of the last rows without trade, if there are any.
    pub end_without_trade: Option<usize>,
    /// Days without all of open, high and low.
    pub no_range: Lines,
    /// Days with an open, high or low at or below zero, or out of reach of the close.
    pub close_only: Lines,
    /// Days whose high is below, or whose low is above, another price.
    pub outside: Lines,
    /// Days with a price outside high and low, and all days, where they are so many that the bars are left out.
    pub unfit: Option<(usize, usize)>,
    /// Days that repeat the whole bar of the day before, volume and all.
    pub stale: Lines,
    /// Closes that are many times those before and after, or a fraction.
    pub far_off: Lines,
    /// Moves by a large factor that the next row does not reverse.
    pub leaps: Lines,
    /// Days whose high or low is unusually far from the day's other prices.
    pub far_out: Lines,
    /// The usual daily move of the closes, if it is too large for a price.
    pub wild: Option<f64>,
}

impl Faults {
    /// Whether prices are outside high and low on more than half of the days: then the columns are no bars.
    pub fn are_unfit(&self, days: usize) -> bool {
        const MIN_DAYS: usize = 10;
        self.outside.count() >= MIN_DAYS && 2 * self.outside.count() > days
    }

    /// Examines the closes; splits are not counted.
    pub fn find_in_closes(&mut self, close: &[f64], splits: &[usize], draft: &Draft) {
        let split = |row: usize| splits.contains(&draft.line(row)) || (row == 0 && splits.contains(&draft.line(1)));
        let mut far_off = spikes(close, SPIKE);
        far_off.retain(|&row| !split(row));
        let blocks = blocks(close);
        far_off.extend(blocks.filter(|block| !block.clone().any(split)).flatten());
        far_off.extend((0..close.len()).filter(|&row| has_wrong_sign(close, row)));
        far_off.sort_unstable();
        far_off.dedup();
        self.far_off = far_off.into_iter().map(|row| draft.line(row)).collect();
        let recent = &close[close.len().saturating_sub(RECENT)..];
        let moves = (1..recent.len()).map(|row| step(recent, row).abs()).filter(|step| step.is_finite());
        self.wild = median(moves.collect()).filter(|usual| *usual > WILD && recent.len() > 4);
    }

    /// Replaces missing prices of bars, and those of days without trade, by the close.
    pub fn fix(&mut self, range: &mut OpenHighLow, close: &[f64], volume: Option<&[f64]>, draft: &Draft) {
        let closes = close;
        for (row, &close) in close.iter().enumerate() {
            let bar = [&mut range.open[row], &mut range.high[row], &mut range.low[row]];
            let at_end = self.end_without_trade.is_some_and(|first| row >= first);
            let traded = volume.is_none_or(|volume| volume[row] != 0.0);
            if bar.iter().all(|price| **price == 0.0) && close != 0.0 {
                if !at_end {
                    self.halts.push(draft.line(row));
                }
                bar.into_iter().for_each(|price| *price = close);
            } else if bar.iter().any(|price| is_out_of_reach(**price, close) && !is_from_before(**price, closes, row)) {
                self.close_only.push(draft.line(row));
                bar.into_iter().for_each(|price| *price = close);
            } else if bar.iter().any(|price| is_hole(**price, close)) {
                self.no_range.push(draft.line(row));
                let [open, high, low] = bar.map(|price| {
                    *price = if is_hole(*price, close) { f64::NAN } else { *price };
                    price
                });
                *open = if open.is_nan() { close } else { *open };
                // `max` and `min` ignore a NaN.
                *high = high.max(*open).max(close);
                *low = low.min(*open).min(close);
            } else if !traded && bar.iter().all(|price| **price == close) && close != 0.0 && !at_end {
                self.halts.push(draft.line(row));
            }
        }
    }

    /// Examines repaired bars.
    pub fn find_in_bars(&mut self, range: &OpenHighLow, close: &[f64], volume: Option<&[f64]>, draft: &Draft) {
        for row in 0..close.len() {
            let prices = [range.open[row], close[row]];
            let (high, low) = (range.high[row], range.low[row]);
            let slack = ROUNDING * close[row].abs();
            if close[row] > 0.0 && prices.iter().any(|price| high < price - slack || low > price + slack) {
                self.outside.push(draft.line(row));
            }
            if is_far_out(range, close, row) {
                self.far_out.push(draft.line(row));
            }
            if row > 0 && repeats(range, close, volume, row) {
                self.stale.push(draft.line(row));
            }
        }
    }
}

/// Whether a day's high or low is far from the close, where those of the days around are not.
fn is_far_out(range: &OpenHighLow, close: &[f64], row: usize) -> bool {
    // From the close before to the next a price may move far.
    let factor = |row: usize| {
        let before = Some(close[row.saturating_sub(1)]).filter(|before| *before > 0.0).unwrap_or(close[row]);
        (range.high[row] / close[row].max(before)).max(close[row].min(before) / range.low[row])
    };
    let (high, low) = (range.high[row], range.low[row]);
    if close[row] <= 0.0 || (low > 0.0 && factor(row) < FAR_OUT) {
        return false;
    }
    let around = row.saturating_sub(AROUND)..(row + AROUND + 1).min(close.len());
    let others = around.filter(|&other| other != row && range.low[other] > 0.0 && close[other] > 0.0);
    let usual = median(others.map(|other| factor(other).ln()).collect()).unwrap_or(0.0);
    low <= 0.0 || high <= 0.0 || factor(row).ln() > UNUSUAL * usual
}

/// Whether a negative price has about the size of a positive neighbour.
fn has_wrong_sign(close: &[f64], row: usize) -> bool {
    let beside = [row.checked_sub(1), Some(row + 1)].into_iter().flatten().filter_map(|row| close.get(row));
    let alike = |&other: &f64| other > 0.0 && (0.8..1.25).contains(&(-close[row] / other));
    close[row] < 0.0 && beside.copied().any(|other| alike(&other))
}

/// Whether a price cannot be of the same day as a close: negative beside a positive close, or too far from it.
fn is_out_of_reach(price: f64, close: f64) -> bool {
    close > 0.0 && (price < 0.0 || (price > 0.0 && !(close / REACH..=close * REACH).contains(&price)))
}

/// Whether a price is about the close of the row before: a day may begin there and end far away.
fn is_from_before(price: f64, close: &[f64], row: usize) -> bool {
    row > 0 && close[row - 1] > 0.0 && (0.8..1.25).contains(&(price / close[row - 1]))
}

/// Whether a price is missing: some vendors write 0.
fn is_hole(price: f64, close: f64) -> bool {
    price.is_nan() || (price == 0.0 && close > 0.0)
}

fn repeats(range: &OpenHighLow, close: &[f64], volume: Option<&[f64]>, row: usize) -> bool {
    let same = |column: &[f64]| column[row] == column[row - 1];
    let traded = volume.is_some_and(|volume| volume[row] > 0.0 && same(volume));
    traded && [&range.open[..], &range.high, &range.low, close].into_iter().all(same)
}
