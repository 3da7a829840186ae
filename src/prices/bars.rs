//! Finds faults in bars: days without trade, prices outside high and low, prices far from others.

use super::draft::Draft;
use super::lines::Lines;
use super::moves::{AROUND, AT_AN_END, blocks, is_jump, median, spikes, step};
use super::recurring::recurring;
use super::series::OpenHighLow;
use super::splits::{Trade, is_far, is_few_ticks, is_heavy};

/// How far a high can be below the close because of rounding, as a fraction of the close.
const ROUNDING: f64 = 1e-5;

/// The minimum jump, and return, of a wrong price, such as one with a mistyped digit. The usual move is the main
/// criterion.
const SPIKE: f64 = 0.01;

/// The minimum factor between the close and a high or low that is examined.
const FAR_OUT: f64 = 1.5;

/// The maximum distance of a high or low from the close, in usual distances.
const UNUSUAL: f64 = 10.0;

/// The maximum factor between the close and another price of the day.
const REACH: f64 = 5.0;

/// The maximum usual move of a price; volumes and changes move more.
const WILD: f64 = 0.22;

/// The number of days for the usual move.
const RECENT: usize = 250;

/// Faults in the bars of a series.
#[derive(Debug, Default)]
pub(super) struct Faults {
    /// Days with a close and no trade, except those at the end, which have their own warning.
    pub halts: Lines,
    /// The first of the last rows without trade, if any.
    pub end_without_trade: Option<usize>,
    /// Days without a complete open, high and low.
    pub no_range: Lines,
    /// Days with an open, high or low at or below zero, or out of reach of the close.
    pub close_only: Lines,
    /// Days whose high is below, or whose low is above, another price.
    pub outside: Lines,
    /// The number of days with a price outside high and low, and of all days, if there are so many that the bars are
    /// left out.
    pub unfit: Option<(usize, usize)>,
    /// Days that repeat the whole bar of the day before, including the volume.
    pub stale: Lines,
    /// Closes that differ by a large factor from those before and after.
    pub far_off: Lines,
    /// Moves by a large factor that are not reversed by the next row.
    pub leaps: Lines,
    /// Days whose high or low is unusually far from the day's other prices.
    pub far_out: Lines,
    /// The usual daily move of the closes, if it is too large for a price.
    pub wild: Option<f64>,
}

impl Faults {
    /// Whether prices are outside high and low on more than half of the days, so that the columns are no bars.
    pub fn are_unfit(&self, days: usize) -> bool {
        const MIN_DAYS: usize = 10;
        self.outside.count() >= MIN_DAYS && 2 * self.outside.count() > days
    }

    /// Examines the closes, except at splits.
    pub fn find_in_closes(&mut self, trade: &Trade<'_>, splits: &[usize], draft: &Draft) {
        let close = trade.close;
        let split = |row: usize| splits.contains(&draft.line(row)) || (row == 0 && splits.contains(&draft.line(1)));
        let mut far_off = spikes(close, SPIKE);
        let expected = recurring(close, &draft.dates, &far_off);
        far_off.retain(|&row| !split(row) && !expected.contains(&row) && !trade.is_set(close, row));
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

    /// Examines the last close, which is no evidence about the others.
    pub fn find_at_end(&mut self, trade: &Trade<'_>, splits: &[usize], draft: &Draft) {
        let last = trade.close.len().checked_sub(1).filter(|&last| is_far_at_end(trade, last));
        let is_expected = |last: &usize| {
            let spikes = [spikes(trade.close, SPIKE), vec![*last]].concat();
            recurring(trade.close, &draft.dates, &spikes).contains(last)
        };
        let last = last.filter(|last| !is_expected(last));
        let line = last.map(|last| draft.line(last)).filter(|line| !splits.contains(line));
        line.into_iter().for_each(|line| self.far_off.push(line));
    }

    /// Replaces missing prices of bars, and the prices of days without trade, by the close.
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
            if is_far_out(range, close, row) || is_mistyped(range, close, row) {
                self.far_out.push(draft.line(row));
            }
        }
        // The last rows without a change have their own warning.
        let end = self.end_without_trade.unwrap_or(close.len());
        let repeated = repeats(range, close, volume).into_iter().filter(|row| *row < end);
        self.stale = repeated.map(|row| draft.line(row)).collect();
    }
}

/// Whether a high or a low was mistyped: it is far from the other prices of its day relative to the usual range of the
/// days around, the close hardly moves, and the neighbouring days have usual ranges. After news, the neighbouring days
/// have wide ranges too.
fn is_mistyped(range: &OpenHighLow, close: &[f64], row: usize) -> bool {
    const MIN_DISTANCE: f64 = 0.05;
    const MIN_TIMES_RANGE: f64 = 8.0;
    const BESIDE: usize = 3;
    const MAX_BESIDE: f64 = 3.0;
    const MIN_DAYS: usize = 10;
    let before = close[row.saturating_sub(1)];
    let others = [range.open[row], close[row], before];
    let (least, most) = others.iter().fold((f64::MAX, f64::MIN), |(least, most), &one| (least.min(one), most.max(one)));
    let factor = (range.high[row] / most).max(least / range.low[row]);
    // log(1 + x) < x: most rows need no logarithm.
    if least <= 0.0 || range.low[row] <= 0.0 || factor.is_nan() || factor <= 1.0 + MIN_DISTANCE {
        return false;
    }
    let distance = factor.ln();
    if distance < MIN_DISTANCE {
        return false;
    }
    let size = |row: usize| (range.high[row] / range.low[row]).ln();
    let days =
        |around: usize| (row.saturating_sub(around)..(row + around + 1).min(close.len())).filter(|&day| day != row);
    let sizes: Vec<f64> = days(AROUND).map(size).filter(|size| size.is_finite()).collect();
    let days_known = sizes.len();
    let Some(usual) = median(sizes).filter(|usual| *usual > 0.0 && days_known >= MIN_DAYS) else { return false };
    let is_calm = days(BESIDE).all(|day| size(day) < MAX_BESIDE * usual);
    is_calm && distance > MIN_TIMES_RANGE * usual && (close[row] / before).ln().abs() < MAX_BESIDE * usual
}

/// Whether a day's high or low is far from the close, unlike those of the days around.
fn is_far_out(range: &OpenHighLow, close: &[f64], row: usize) -> bool {
    // A price can move far from one close to the next.
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

/// Whether the last close is far from the close before relative to the usual moves, without the heavy trade that comes
/// with news. Every forecast starts from the last close, and no later row shows whether it is right.
fn is_far_at_end(trade: &Trade<'_>, last: usize) -> bool {
    const MIN_ROWS: usize = 20;
    const MIN_MOVE: f64 = 1.03;
    let close = trade.close;
    last >= MIN_ROWS
        && is_jump(close, last, MIN_MOVE)
        && !is_jump(close, last, AT_AN_END)
        && is_far(close, last)
        && !is_few_ticks(close, last)
        && !is_heavy(close, trade, last)
        && !trade.is_set(close, last)
}

/// Whether a price has about the size of a price beside it, and not the sign of most of the four prices around.
fn has_wrong_sign(close: &[f64], row: usize) -> bool {
    let others = |around: usize| {
        let rows = row.saturating_sub(around)..(row + around + 1).min(close.len());
        rows.filter(move |&other| other != row).map(|other| close[other])
    };
    let is_opposite = |other: f64| other * close[row] < 0.0;
    let alike = |other: f64| is_opposite(other) && (0.8..1.25).contains(&(-close[row] / other));
    others(1).any(alike) && 2 * others(2).filter(|other| is_opposite(*other)).count() > others(2).count()
}

/// Whether a price cannot belong to the same day as a close: it is negative beside a positive close, or too far from
/// it.
fn is_out_of_reach(price: f64, close: f64) -> bool {
    close > 0.0 && (price < 0.0 || (price > 0.0 && !(close / REACH..=close * REACH).contains(&price)))
}

/// Whether a price is about the close of the row before: a day can begin there and end far away.
fn is_from_before(price: f64, close: &[f64], row: usize) -> bool {
    row > 0 && close[row - 1] > 0.0 && (0.8..1.25).contains(&(price / close[row - 1]))
}

/// Whether a price is missing: some vendors write 0.
fn is_hole(price: f64, close: f64) -> bool {
    price.is_nan() || (price == 0.0 && close > 0.0)
}

/// Returns the rows that repeat the bar of the day before, including its volume; and, if there are several, rows with
/// another volume whose bar has too many ticks to repeat by chance. Real files have one or two such days. A row with a
/// volume of zero is without trade, which has its own warning.
fn repeats(range: &OpenHighLow, close: &[f64], volume: Option<&[f64]>) -> Vec<usize> {
    const MIN_TICKS: f64 = 8.0;
    const MIN_OF_OTHER_VOLUME: usize = 3;
    let same = |column: &[f64], row: usize| column[row] == column[row - 1];
    let is_same = |row: &usize| [&range.open[..], &range.high, &range.low, close].iter().all(|one| same(one, *row));
    let moves = Moves::of(close);
    let is_wide = |row: usize| range.high[row] - range.low[row] > MIN_TICKS * moves.least_around(row);
    let (whole, rest): (Vec<usize>, Vec<usize>) =
        (1..close.len()).filter(is_same).partition(|&row| volume.is_some_and(|volume| same(volume, row)));
    let is_traded = |row: &usize| volume.is_none_or(|volume| volume[*row] > 0.0);
    let others: Vec<usize> = rest.into_iter().filter(|row| is_traded(row) && is_wide(*row)).collect();
    let mut rows: Vec<usize> = whole.into_iter().filter(is_traded).collect();
    if others.len() >= MIN_OF_OTHER_VOLUME {
        rows.extend(others);
        rows.sort_unstable();
    }
    rows
}

/// The rows whose close moved, with the size of the move.
struct Moves(Vec<(usize, f64)>);

impl Moves {
    fn of(close: &[f64]) -> Self {
        let sizes = (1..close.len()).map(|row| (row, (close[row] - close[row - 1]).abs()));
        Moves(sizes.filter(|(_, size)| *size > 0.0).collect())
    }

    /// Returns the smallest move around a row, which on a grid of prices is one or a few ticks; infinite if there are
    /// no moves.
    fn least_around(&self, row: usize) -> f64 {
        let place = self.0.partition_point(|(moved, _)| *moved < row);
        let around = &self.0[place.saturating_sub(AROUND)..(place + AROUND).min(self.0.len())];
        around.iter().map(|(_, size)| *size).fold(f64::INFINITY, f64::min)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::noise;

    /// Closes, and bars with a range of about 1 %.
    fn bars(days: usize) -> (OpenHighLow, Vec<f64>) {
        let mut price = 100.0;
        let moves = noise(3).zip(noise(4)).take(days);
        let close: Vec<f64> = moves
            .map(|(one, two)| {
                price *= 1.0 + 0.01 * (one + two - 1.0);
                price
            })
            .collect();
        let open: Vec<f64> = (0..days).map(|row: usize| close[row.saturating_sub(1)]).collect();
        let end = |sign: f64| {
            let pairs = open
                .iter()
                .zip(&close)
                .map(|(open, close)| if sign > 0.0 { open.max(*close) } else { open.min(*close) });
            pairs.map(|price| price * (1.0 + sign * 0.003)).collect()
        };
        let (high, low) = (end(1.0), end(-1.0));
        (OpenHighLow { open, high, low }, close)
    }

    #[test]
    fn a_mistyped_high_or_low_is_known_by_the_usual_range() {
        let (range, close) = bars(90);
        assert!((0..90).all(|row| !is_mistyped(&range, &close, row)));
        for factor in [0.15, 0.3] {
            let mut wrong = range.clone();
            wrong.high[40] *= 1.0 + factor;
            wrong.low[60] *= 1.0 - factor;
            let found: Vec<usize> = (0..90).filter(|&row| is_mistyped(&wrong, &close, row)).collect();
            assert_eq!(found, [40, 60], "{factor}");
            // After a flash crash, the ranges stay wide.
            wrong.low[61] *= 0.95;
            assert!(!is_mistyped(&wrong, &close, 60), "{factor}");
        }
    }

    #[test]
    fn bars_that_come_twice_are_repeated_where_they_have_many_ticks() {
        let (mut range, mut close) = bars(90);
        let repeat = |column: &mut Vec<f64>| [30, 50, 70].into_iter().for_each(|row| column[row] = column[row - 1]);
        [&mut range.open, &mut range.high, &mut range.low, &mut close].into_iter().for_each(repeat);
        let volume: Vec<f64> = (0..90).map(f64::from).collect();
        assert_eq!(repeats(&range, &close, None), [30, 50, 70]);
        assert_eq!(repeats(&range, &close, Some(&volume)), [30, 50, 70]);
        assert_eq!(repeats(&range, &close, Some(&[0.0; 90])), [0; 0]);
        // A single day is reported only if it has the volume of the day before.
        let part = |column: &[f64]| column[40..].to_vec();
        let late = OpenHighLow { open: part(&range.open), high: part(&range.high), low: part(&range.low) };
        assert_eq!(repeats(&late, &close[40..], Some(&volume[40..])), [0; 0]);
        assert_eq!(repeats(&late, &close[40..], Some(&[9.0; 50])), [10, 30]);
        // A feed that has stopped.
        let stopped = |column: &[f64]| [&column[..60], &[column[59]; 100]].concat();
        let ended = OpenHighLow { open: stopped(&range.open), high: stopped(&range.high), low: stopped(&range.low) };
        let volume_of_its_own: Vec<f64> = (0..160).map(f64::from).collect();
        assert_eq!(repeats(&ended, &stopped(&close), Some(&volume_of_its_own)).len(), 102);
        // On a grid of halves.
        let coarse = |column: &[f64]| column.iter().map(|price| (2.0 * price).round() / 2.0).collect::<Vec<f64>>();
        let halves = OpenHighLow { open: coarse(&range.open), high: coarse(&range.high), low: coarse(&range.low) };
        assert_eq!(repeats(&halves, &coarse(&close), Some(&volume)), [0; 0]);
        assert!(repeats(&halves, &coarse(&close), Some(&[9.0; 90])).contains(&50));
    }

    #[test]
    fn the_last_close_is_judged_by_the_usual_moves() {
        let close: Vec<f64> = bars(90).1.iter().map(|price| price * 0.0112).collect();
        let found = |factor: f64, volume: Option<f64>| {
            let mut close = close.clone();
            close[89] *= factor;
            let volume: Option<Vec<f64>> =
                volume.map(|last| (0..90).map(|row| if row < 89 { 1e6 } else { last }).collect());
            is_far_at_end(&Trade { close: &close, open: None, volume: volume.as_deref() }, 89)
        };
        assert!(found(0.85, None) && found(1.2, None) && found(0.85, Some(1e6)));
        assert!(!found(1.0, None) && !found(0.96, None) && !found(0.85, Some(9e6)));
    }
}
