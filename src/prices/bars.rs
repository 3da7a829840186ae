//! Bars that cannot be right: days without trade, prices outside their range, prices far off.

use super::draft::Draft;
use super::lines::Lines;
use super::moves::{AROUND, blocks, median, spikes, step};
use super::series::OpenHighLow;

/// How far a high may be below the close before it is more than a rounding.
const ROUNDING: f64 = 1e-5;

/// A price that jumps by so much and back is wrong: pence for pounds, a digit lost.
const SPIKE: f64 = 0.1;

/// A high so many times the close, or a low so small a part of it, is looked at.
const FAR_OUT: f64 = 1.5;

/// How many usual distances of a high or a low from the close are too many.
const UNUSUAL: f64 = 10.0;

/// An open, high or low so many times the close, or so small a part of it, is no price of the same day.
const REACH: f64 = 5.0;

/// No price moves by a quarter on a usual day; volumes and changes do.
const WILD: f64 = 0.22;

/// Days from which the usual move is taken.
const RECENT: usize = 250;

/// What is wrong with the bars of a series.
#[derive(Debug, Default)]
pub(super) struct Faults {
    /// Days with a close and no trade, but for those at the end that are told by themselves.
    pub halts: Lines,
    /// The first row of the end without trade, if there is one.
    pub end_without_trade: Option<usize>,
    /// Days without all of open, high and low.
    pub no_range: Lines,
    /// Days with an open, high or low at or below zero, or out of reach of the close.
    pub close_only: Lines,
    /// Days whose high is below, or whose low is above, another price.
    pub outside: Lines,
    /// Days that repeat the whole bar of the day before, volume and all.
    pub stale: Lines,
    /// Closes many times the days' before and after, or a fraction of them.
    pub far_off: Lines,
    /// Days whose high or low is far from the day's other prices, and from what it is on other days.
    pub far_out: Lines,
    /// The usual move of the closes from day to day, if it is none of a price.
    pub wild: Option<f64>,
}

impl Faults {
    /// Looks at the closes alone; a split is a fault of its own, or none.
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

    /// Takes halts and holes out of a range: the close stands in.
    pub fn fix(&mut self, range: &mut OpenHighLow, close: &[f64], volume: Option<&[f64]>, draft: &Draft) {
        for (row, &close) in close.iter().enumerate() {
            let bar = [&mut range.open[row], &mut range.high[row], &mut range.low[row]];
            let told = self.end_without_trade.is_some_and(|first| row >= first);
            let traded = volume.is_none_or(|volume| volume[row] != 0.0);
            if bar.iter().all(|price| **price == 0.0) && close != 0.0 {
                if !told {
                    self.halts.push(draft.line(row));
                }
                bar.into_iter().for_each(|price| *price = close);
            } else if bar.iter().any(|price| is_out_of_reach(**price, close)) {
                self.close_only.push(draft.line(row));
                bar.into_iter().for_each(|price| *price = close);
            } else if bar.iter().any(|price| is_hole(**price, close)) {
                self.no_range.push(draft.line(row));
                let [open, high, low] = bar.map(|price| {
                    *price = if is_hole(*price, close) { f64::NAN } else { *price };
                    price
                });
                *open = if open.is_nan() { close } else { *open };
                // `max` and `min` pass over a NaN.
                *high = high.max(*open).max(close);
                *low = low.min(*open).min(close);
            } else if !traded && bar.iter().all(|price| **price == close) && close != 0.0 && !told {
                self.halts.push(draft.line(row));
            }
        }
    }

    /// Looks at whole bars, once they are fixed.
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

/// Whether a day's high or low is many times the close, or a fraction, where those of the days around are near it.
fn is_far_out(range: &OpenHighLow, close: &[f64], row: usize) -> bool {
    let factor = |row: usize| (range.high[row] / close[row]).max(close[row] / range.low[row]);
    let (high, low) = (range.high[row], range.low[row]);
    if close[row] <= 0.0 || (low > 0.0 && factor(row) < FAR_OUT) {
        return false;
    }
    let around = row.saturating_sub(AROUND)..(row + AROUND + 1).min(close.len());
    let others = around.filter(|&other| other != row && range.low[other] > 0.0 && close[other] > 0.0);
    let usual = median(others.map(|other| factor(other).ln()).collect()).unwrap_or(0.0);
    low <= 0.0 || high <= 0.0 || factor(row).ln() > UNUSUAL * usual
}

/// Whether a price below zero is what its neighbours are above.
fn has_wrong_sign(close: &[f64], row: usize) -> bool {
    let beside = [row.checked_sub(1), Some(row + 1)].into_iter().flatten().filter_map(|row| close.get(row));
    let alike = |&other: &f64| other > 0.0 && (0.8..1.25).contains(&(-close[row] / other));
    close[row] < 0.0 && beside.copied().any(|other| alike(&other))
}

/// Whether a price cannot be of the day that has this close: below zero under a close above it, or many times as much.
fn is_out_of_reach(price: f64, close: f64) -> bool {
    close > 0.0 && (price < 0.0 || (price > 0.0 && !(close / REACH..=close * REACH).contains(&price)))
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
