//! Bars that cannot be right: days without trade, prices outside their range, prices far off.

use super::draft::Draft;
use super::lines::Lines;
use super::series::OpenHighLow;

/// How far a high may be below the close before it is more than a rounding.
const ROUNDING: f64 = 1e-5;

/// A price so many times the one before and the one after is wrong: pence for pounds, a point lost.
const FAR_OFF: f64 = 5.0;

/// What is wrong with the bars of a series.
#[derive(Debug, Default)]
pub(super) struct Faults {
    /// Days with a close and no trade.
    pub halts: Lines,
    /// Days without all of open, high and low.
    pub no_range: Lines,
    /// Days whose high is below, or whose low is above, another price.
    pub outside: Lines,
    /// Days that repeat the whole bar of the day before, volume and all.
    pub stale: Lines,
    /// Closes many times the days' before and after, or a fraction of them.
    pub far_off: Lines,
    /// Closes of zero and below.
    pub nonpositive: Lines,
}

impl Faults {
    /// Looks at the closes alone.
    pub fn find_in_closes(&mut self, close: &[f64], draft: &Draft) {
        for (row, &price) in close.iter().enumerate() {
            if price <= 0.0 {
                self.nonpositive.push(draft.line(row));
            } else if is_far_off(close, row) {
                self.far_off.push(draft.line(row));
            }
        }
    }

    /// Takes halts and holes out of a range: the close stands in.
    pub fn mend(&mut self, range: &mut OpenHighLow, close: &[f64], volume: Option<&[f64]>, draft: &Draft) {
        for (row, &close) in close.iter().enumerate() {
            let bar = [&mut range.open[row], &mut range.high[row], &mut range.low[row]];
            let traded = volume.is_none_or(|volume| volume[row] != 0.0);
            if bar.iter().all(|price| **price == 0.0) && close != 0.0 {
                self.halts.push(draft.line(row));
                bar.into_iter().for_each(|price| *price = close);
            } else if bar.iter().any(|price| price.is_nan()) {
                self.no_range.push(draft.line(row));
                let [open, high, low] = bar;
                *open = if open.is_nan() { close } else { *open };
                // `max` and `min` pass over a NaN.
                *high = high.max(*open).max(close);
                *low = low.min(*open).min(close);
            } else if !traded && bar.iter().all(|price| **price == close) && close != 0.0 {
                self.halts.push(draft.line(row));
            }
        }
    }

    /// Looks at whole bars, once they are mended.
    pub fn find_in_bars(&mut self, range: &OpenHighLow, close: &[f64], volume: Option<&[f64]>, draft: &Draft) {
        for row in 0..close.len() {
            let prices = [range.open[row], close[row]];
            let (high, low) = (range.high[row], range.low[row]);
            let slack = ROUNDING * close[row].abs();
            if close[row] > 0.0 && prices.iter().any(|price| high < price - slack || low > price + slack) {
                self.outside.push(draft.line(row));
            }
            if row > 0 && repeats(range, close, volume, row) {
                self.stale.push(draft.line(row));
            }
        }
    }
}

/// Whether a close is far from its neighbours, which are near each other.
fn is_far_off(close: &[f64], row: usize) -> bool {
    let (before, after) = (row.checked_sub(1).and_then(|row| close.get(row)), close.get(row + 1));
    let times = |one: f64, other: f64| (one / other).max(other / one);
    match (before, after) {
        (Some(&before), Some(&after)) if before > 0.0 && after > 0.0 => {
            let near = times(before, after) < 1.5;
            near && times(close[row], before) > FAR_OFF && times(close[row], after) > FAR_OFF
        }
        // At an end there is one neighbour, and only the plainest slip can be told.
        (Some(&beside), None) | (None, Some(&beside)) if beside > 0.0 => times(close[row], beside) > 8.0 * FAR_OFF,
        _ => false,
    }
}

fn repeats(range: &OpenHighLow, close: &[f64], volume: Option<&[f64]>, row: usize) -> bool {
    let same = |column: &[f64]| column[row] == column[row - 1];
    let traded = volume.is_some_and(|volume| volume[row] > 0.0 && same(volume));
    traded && [&range.open[..], &range.high, &range.low, close].into_iter().all(same)
}
