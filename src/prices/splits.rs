//! Splits: jumps of the price by the ratio of a stock split.

use jiff::civil::Date;

use super::moves::{
    AROUND, is_jump, median, robust_deviation, robust_deviation_before, robust_deviation_of_moves, step, tick,
};
use super::rates::is_step_of_rate;

/// A change of the price between two rows that is a split or looks like one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Split {
    /// The first day at the new price.
    pub date: Date,
    /// The line of that day in the file.
    pub line: usize,
    /// New shares for one old share: 2 for a two-for-one split, 0.1 for a one-for-ten reverse split.
    pub ratio: f64,
}

impl std::fmt::Display for Split {
    /// Writes `2:1 split on 2005-02-28`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (new, old) = RATIOS
            .into_iter()
            .chain(SMALL_RATIOS)
            .flat_map(|(new, old)| [(new, old), (old, new)])
            .find(|(new, old)| (new / old / self.ratio - 1.0).abs() < 1e-9)
            .unwrap_or((self.ratio, 1.0));
        write!(f, "{new}:{old} split on {}", self.date)
    }
}

/// The ratios of splits in use; each can also be reversed.
const RATIOS: [(f64, f64); 30] = [
    (3.0, 2.0),
    (2.0, 1.0),
    (5.0, 2.0),
    (3.0, 1.0),
    (4.0, 1.0),
    (5.0, 1.0),
    (6.0, 1.0),
    (7.0, 1.0),
    (8.0, 1.0),
    (9.0, 1.0),
    (10.0, 1.0),
    (12.0, 1.0),
    (15.0, 1.0),
    (20.0, 1.0),
    (25.0, 1.0),
    (30.0, 1.0),
    (40.0, 1.0),
    (50.0, 1.0),
    (60.0, 1.0),
    (75.0, 1.0),
    (80.0, 1.0),
    (100.0, 1.0),
    (125.0, 1.0),
    (150.0, 1.0),
    (200.0, 1.0),
    (250.0, 1.0),
    (300.0, 1.0),
    (400.0, 1.0),
    (500.0, 1.0),
    (1000.0, 1.0),
];

/// Ratios of small splits; prices also move by these ratios on news.
const SMALL_RATIOS: [(f64, f64); 3] = [(3.0, 2.0), (4.0, 3.0), (5.0, 4.0)];

/// Conditions for a jump to be a split; they are stricter for small splits, because prices do fall by a third in a day.
struct Conditions {
    /// The minimum jump, in usual daily moves.
    unusual: f64,
    /// The maximum distance of the jump from the exact ratio, which is the day's own move.
    own_move: f64,
}

/// For splits of less than two for one. Oil fell by a third on 1991-01-17, ten usual moves.
const SMALL: Conditions = Conditions { unusual: 15.0, own_move: 0.06 };

/// For all other splits. Apple moved by 9 % on the day of its split in 2000, and had moved by 6 % a day.
const LARGE: Conditions = Conditions { unusual: 8.0, own_move: 0.12 };

/// The maximum own move on the day of a split, in usual daily moves.
const OWN_MOVES: f64 = 4.0;

/// The minimum usual move: a constant price can also jump.
const MIN_USUAL: f64 = 0.002;

/// The smallest jump that is examined: a little less than a three-for-two split.
const MIN_JUMP: f64 = 1.4;

/// The minimum number of rows before a possible small split.
const MIN_ROWS_BEFORE: usize = 20;

/// Turnover above this multiple of the usual turnover means a crash rather than a split.
const CRASH_TRADE: f64 = 3.0;

/// What is known about the rows besides their adjusted prices.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Trade<'a> {
    pub close: &'a [f64],
    pub open: Option<&'a [f64]>,
    pub volume: Option<&'a [f64]>,
}

impl Trade<'_> {
    /// Whether the move to a row is a step of a rate that is set. A rate has no open and no volume.
    pub fn is_set(&self, prices: &[f64], row: usize) -> bool {
        self.open.is_none() && self.volume.is_none() && is_step_of_rate(prices, row)
    }

    /// Whether a day opens near the close before, and so moves within the day; after a split, it opens at the new
    /// price. Opens are no evidence if a feed fills them with the close before.
    fn moves_within(&self, row: usize) -> bool {
        const NEAR: f64 = 1.1;
        let Some(open) = self.open else { return false };
        let before = row.saturating_sub(AROUND).max(1)..row;
        let rows = before.len();
        let filled = before.filter(|&row| open[row] == self.close[row - 1]).count();
        2 * filled <= rows && (NEAR.recip()..NEAR).contains(&(open[row] / self.close[row - 1]))
    }
}

/// Returns the rows whose price relates to the price before as after a split, with the ratio. A crash with heavy trade
/// is no split, nor is a day that opens at the close before.
///
/// A row is judged only by the rows up to it, so that a file cut on any day has the same splits up to that day. Whether
/// a jump lasts is not known on its day: if it is reversed on the next row, the result has a split there and one with
/// the inverse ratio on the next row (see [`lasting`]).
pub(super) fn split_like(prices: &[f64], trade: &Trade<'_>) -> Vec<(usize, f64)> {
    let mut found: Vec<(usize, f64)> = Vec::new();
    for row in (1..prices.len()).filter(|&row| is_jump(prices, row, MIN_JUMP)) {
        let before = found.last().filter(|(last, _)| last + 1 == row).map(|(_, ratio)| *ratio);
        let ratio = match before {
            Some(ratio) if jumps_back(prices, row) => Some(1.0 / ratio),
            _ if jumps_back(prices, row) || is_few_ticks(prices, row) => None,
            _ if trade.moves_within(row) || is_heavy(prices, trade, row) || trade.is_set(prices, row) => None,
            _ => ratio(step(prices, row), robust_deviation_before(prices, row).max(MIN_USUAL)),
        };
        found.extend(ratio.map(|ratio| (row, ratio)));
    }
    found
}

/// Returns the ratio of a small split that the last row resembles. Within a series, news can move the price like this,
/// and such a row is not [`split_like`]; but every forecast starts from the last row, and no later row shows what it
/// is.
pub(super) fn like_small_at_end(prices: &[f64], trade: &Trade<'_>) -> Option<(usize, f64)> {
    const MIN_TIMES_USUAL: f64 = 6.5;
    /// The maximum distance from the exact ratio: in usual moves, and its bounds.
    const MAX_OWN_MOVES: f64 = 1.25;
    const OWN_MOVE: (f64, f64) = (0.01, 0.03);
    /// The same for a jump that is a fault even if it is no split; 5:4 and 4:3 are 0.065 apart.
    const MAX_OWN_MOVES_OF_FAULT: f64 = 2.5;
    const OWN_MOVE_OF_FAULT: (f64, f64) = (0.01, 0.035);
    let row = prices.len().checked_sub(1).filter(|row| *row >= MIN_ROWS_BEFORE)?;
    let step = step(prices, row);
    let usual = robust_deviation_before(prices, row).max(MIN_USUAL);
    let is_small = !step.is_finite() || step.abs() < MIN_TIMES_USUAL * usual;
    if is_small || jumps_back(prices, row) || is_no_split(prices, trade, row) {
        return None;
    }
    let (moves, bounds) = match is_far(prices, row) {
        true => (MAX_OWN_MOVES_OF_FAULT, OWN_MOVE_OF_FAULT),
        false => (MAX_OWN_MOVES, OWN_MOVE),
    };
    small_ratio(step, (moves * usual).clamp(bounds.0, bounds.1)).map(|ratio| (row, ratio))
}

/// Whether a jump has another explanation.
fn is_no_split(prices: &[f64], trade: &Trade<'_>, row: usize) -> bool {
    let is_traded = || trade.moves_within(row) || is_heavy(prices, trade, row);
    is_few_ticks(prices, row) || is_traded() || trade.is_set(prices, row)
}

/// Whether a jump is so many usual moves that it is a fault of the file, unless trade explains it.
pub(super) fn is_far(prices: &[f64], row: usize) -> bool {
    const MIN_TIMES_USUAL: f64 = 12.0;
    step(prices, row).abs() > MIN_TIMES_USUAL * robust_deviation_of_moves(prices, row)
}

/// Returns rows before the last that resemble small splits: the jump is unlike the moves around it and near the ratio,
/// and after it the price moves as before. News that move a price this far keep it moving for days. If a series has
/// many such rows, they are its normal moves.
pub(super) fn like_small(prices: &[f64], trade: &Trade<'_>) -> Vec<(usize, f64)> {
    const MAX_ROWS: usize = 4;
    let rows = MIN_ROWS_BEFORE..prices.len().saturating_sub(1);
    let found: Vec<_> = rows.filter_map(|row| Some((row, small_ratio_at(prices, trade, row)?))).collect();
    if found.len() > MAX_ROWS { Vec::new() } else { found }
}

fn small_ratio_at(prices: &[f64], trade: &Trade<'_>, row: usize) -> Option<f64> {
    /// The smallest of these jumps is a fifth.
    const MIN_JUMP: f64 = 1.2;
    /// In the closes of 20 companies over 32 years, eight moves were as large without a split, and none as near to a
    /// ratio as required below.
    const MIN_TIMES_USUAL: f64 = 12.0;
    const MAX_OWN_MOVES: f64 = 1.25;
    const OWN_MOVE: (f64, f64) = (0.01, 0.015);
    /// The number of rows on either side that must have usual moves.
    const BESIDE: usize = 5;
    const MAX_BESIDE: f64 = 4.0;
    if !is_jump(prices, row, MIN_JUMP) {
        return None;
    }
    let (step_to, usual) = (step(prices, row), robust_deviation(prices, row).max(MIN_USUAL));
    let beside = (row.saturating_sub(BESIDE).max(1)..row).chain(row + 1..(row + BESIDE + 1).min(prices.len()));
    let is_calm = beside.map(|row| step(prices, row).abs()).all(|size| size < MAX_BESIDE * usual);
    if !is_calm || step_to.abs() < MIN_TIMES_USUAL * usual || is_no_split(prices, trade, row) {
        return None;
    }
    // Reverse splits of this kind are rare, and news are not.
    small_ratio(step_to, (MAX_OWN_MOVES * usual).clamp(OWN_MOVE.0, OWN_MOVE.1)).filter(|ratio| *ratio > 1.0)
}

/// Returns the ratio of a small split that is nearest to a jump, if the distance is below `near`.
fn small_ratio(step: f64, near: f64) -> Option<f64> {
    let ratios = SMALL_RATIOS.iter().flat_map(|(new, old)| [new / old, old / new]);
    let distance = |ratio: &f64| (step + ratio.ln()).abs();
    ratios.min_by(|one, other| distance(one).total_cmp(&distance(other))).filter(|nearest| distance(nearest) < near)
}

/// Returns the splits that were not reversed on the next row: a jump for one row is a wrong price.
pub(super) fn lasting(found: &[(usize, f64)]) -> Vec<(usize, f64)> {
    let is_undone = |(one, other): (&(usize, f64), &(usize, f64))| one.0 + 1 == other.0 && 1.0 / one.1 == other.1;
    let mut lasting = Vec::new();
    let mut rest = found;
    while let Some((first, others)) = rest.split_first() {
        let undone = others.first().is_some_and(|next| is_undone((first, next)));
        lasting.extend((!undone).then_some(*first));
        rest = if undone { &others[1..] } else { others };
    }
    lasting
}

/// Whether a row reverses the jump of the row before.
fn jumps_back(prices: &[f64], row: usize) -> bool {
    let jumped = row > 1 && is_jump(prices, row - 1, MIN_JUMP);
    jumped && (step(prices, row - 1) + step(prices, row)).abs() < 0.2
}

/// Whether a jump is one or two of the smallest steps of the price before, or of its last decimal if it did not move: a
/// price of 0.02 with a tick of 0.01 moves by half in a day without a split.
pub(super) fn is_few_ticks(prices: &[f64], row: usize) -> bool {
    let before = &prices[row.saturating_sub(AROUND)..row];
    let steps = before.windows(2).map(|pair| (pair[1] - pair[0]).abs()).filter(|step| *step > 0.0);
    let smallest = steps.reduce(f64::min);
    let tick = smallest.unwrap_or_else(|| tick(&prices[row - 1..=row]));
    (prices[row] - prices[row - 1]).abs() < 2.5 * tick
}

/// Whether a day is traded much more than the days before: by its turnover; or after a rise, which alone would raise
/// the turnover, by its volume.
pub(super) fn is_heavy(prices: &[f64], trade: &Trade<'_>, row: usize) -> bool {
    let Some(volume) = trade.volume else { return false };
    let has_risen = prices[row] > prices[row - 1];
    let traded = |row: usize| if has_risen { volume[row] } else { prices[row] * volume[row] };
    let before = row.saturating_sub(AROUND)..row;
    median(before.map(traded).collect()).is_some_and(|usual| usual > 0.0 && traded(row) > CRASH_TRADE * usual)
}

/// Returns the ratio of a split, if a jump fits one.
fn ratio(step: f64, usual: f64) -> Option<f64> {
    let fits = |ratio: f64| {
        let conditions = if (0.51..1.99).contains(&ratio) { SMALL } else { LARGE };
        let allowed = (OWN_MOVES * usual).clamp(0.02, conditions.own_move);
        step.abs() > conditions.unusual * usual && (step + ratio.ln()).abs() < allowed
    };
    let distance = |ratio: &f64| (step + ratio.ln()).abs();
    let ratios = RATIOS.iter().flat_map(|(new, old)| [new / old, old / new]);
    ratios.filter(|&ratio| fits(ratio)).min_by(|one, other| distance(one).total_cmp(&distance(other)))
}

/// Returns the splits that were removed from an adjusted close: the steps of `apart`, its ratio to the close, that are
/// split ratios.
pub(super) fn taken_out(apart: &[f64]) -> Vec<(usize, f64)> {
    let ratio = |step: f64| {
        let mut ratios = RATIOS.iter().flat_map(|(new, old)| [new / old, old / new]);
        ratios.find(|ratio| (step / ratio - 1.0).abs() < 0.01)
    };
    let steps = (1..apart.len()).map(|row| (row, apart[row] / apart[row - 1]));
    steps.filter(|(_, step)| !(0.8..1.25).contains(step)).filter_map(|(row, step)| Some((row, ratio(step)?))).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Prices with small moves, and with jumps by the given factors at the given rows.
    pub fn prices(rows: usize, jumps: &[(usize, f64)]) -> Vec<f64> {
        let mut price = 100.0;
        let small = [1.01, 0.99, 1.005, 0.985, 1.012];
        (0..rows)
            .map(|row| {
                price *= small[row % small.len()];
                price *= jumps.iter().find(|(at, _)| *at == row).map_or(1.0, |(_, factor)| *factor);
                price
            })
            .collect()
    }

    fn traded(volume: &[f64]) -> Trade<'_> {
        Trade { volume: Some(volume), ..Trade::default() }
    }

    #[test]
    fn splits_are_known_by_their_ratio() {
        for (factor, ratio) in [(0.5, 2.0), (2.0 / 3.0, 1.5), (0.02, 50.0), (10.0, 0.1), (1.0 / 7.0, 7.0)] {
            let found = split_like(&prices(60, &[(30, factor)]), &Trade::default());
            assert_eq!(found.len(), 1, "{factor}");
            assert_eq!(found[0].0, 30);
            assert!((found[0].1 - ratio).abs() < 1e-12, "{factor}");
        }
        assert_eq!(split_like(&prices(4, &[(2, 0.5)]), &Trade::default()).len(), 1);
    }

    #[test]
    fn crashes_wrong_prices_and_volatile_markets_are_no_splits() {
        assert!(split_like(&prices(60, &[]), &Trade::default()).is_empty());
        assert!(split_like(&prices(60, &[(30, 0.58)]), &Trade::default()).is_empty());
        let wrong = prices(60, &[(30, 0.01), (31, 100.0)]);
        assert!(lasting(&split_like(&wrong, &Trade::default())).is_empty());
        let wild: Vec<f64> = (0..60).map(|row| [100.0, 120.0, 90.0, 130.0][row % 4]).collect();
        assert!(split_like(&[wild, vec![200.0]].concat(), &Trade::default()).is_empty());
        assert!(split_like(&[18.31, -36.98, 8.91, 0.0, 13.64], &Trade::default()).is_empty());
    }

    #[test]
    fn the_last_row_may_be_a_small_split() {
        for (factor, ratio) in [(2.0 / 3.0, 1.5), (0.75, 4.0 / 3.0), (0.8, 1.25), (1.5, 2.0 / 3.0)] {
            let jump = prices(60, &[(59, factor)]);
            assert_eq!(like_small_at_end(&jump, &Trade::default()), Some((59, ratio)), "{factor}");
            // News come with trade, and a later row is further evidence.
            let volume: Vec<f64> = (0..60).map(|row| if row < 59 { 1e6 } else { 9e6 }).collect();
            assert_eq!(like_small_at_end(&jump, &traded(&volume)), None, "{factor}");
            assert_eq!(like_small_at_end(&prices(60, &[(58, factor)]), &Trade::default()), None, "{factor}");
            // The day's own move is two usual moves.
            let moved = prices(60, &[(59, factor * 1.015)]);
            assert_eq!(like_small_at_end(&moved, &Trade::default()), Some((59, ratio)), "{factor}");
        }
        for factor in [0.9, 0.6, 1.0, 1.15] {
            assert_eq!(like_small_at_end(&prices(60, &[(59, factor)]), &Trade::default()), None, "{factor}");
        }
        assert_eq!(like_small_at_end(&prices(4, &[(3, 0.75)]), &Trade::default()), None);
        assert_eq!(like_small_at_end(&[], &Trade::default()), None);
    }

    #[test]
    fn a_small_split_stands_out_among_calm_days() {
        for ratio in [1.5, 4.0 / 3.0, 1.25] {
            let jump = prices(90, &[(50, 1.0 / ratio)]);
            assert_eq!(like_small(&jump, &Trade::default()), [(50, ratio)]);
            // The last row is judged separately, and news come with trade or keep the price moving for days.
            assert!(like_small(&jump[..51], &Trade::default()).is_empty(), "{ratio}");
            let volume: Vec<f64> = (0..90).map(|row| if row == 50 { 9e6 } else { 1e6 }).collect();
            assert!(like_small(&jump, &traded(&volume)).is_empty(), "{ratio}");
            let news = prices(90, &[(50, 1.0 / ratio), (52, 0.9)]);
            assert!(like_small(&news, &Trade::default()).is_empty(), "{ratio}");
        }
        for factor in [1.0, 0.86, 0.72, 0.6, 4.0 / 3.0] {
            assert!(like_small(&prices(90, &[(50, factor)]), &Trade::default()).is_empty(), "{factor}");
        }
        let often = [30, 45, 60, 75, 90].map(|row| (row, 0.75));
        assert!(like_small(&prices(110, &often), &Trade::default()).is_empty());
        assert!(like_small(&[], &Trade::default()).is_empty());
    }

    #[test]
    fn a_tick_of_a_price_of_few_is_no_split() {
        let mut coarse: Vec<f64> = (0..60).map(|row| if row % 20 < 10 { 0.03 } else { 0.02 }).collect();
        assert!(split_like(&coarse, &Trade::default()).is_empty());
        coarse.push(0.2);
        assert_eq!(split_like(&coarse, &Trade::default()), [(60, 0.1)]);
    }

    /// A wrong price is distinguished from a split only on the next row, because a row must not depend on later ones.
    #[test]
    fn a_jump_is_classified_by_the_rows_up_to_it() {
        for jumps in [&[(30, 0.5)][..], &[(30, 0.01), (31, 100.0)], &[(30, 2.1), (31, 0.47)], &[(30, 0.58), (31, 1.7)]]
        {
            let prices = prices(60, jumps);
            let found = split_like(&prices, &Trade::default());
            for rows in 1..60 {
                let known: Vec<_> = found.iter().copied().filter(|(row, _)| *row < rows).collect();
                assert_eq!(split_like(&prices[..rows], &Trade::default()), known, "{jumps:?}, {rows} rows");
            }
        }
        let wrong = split_like(&prices(60, &[(30, 0.01), (31, 100.0)]), &Trade::default());
        assert_eq!(wrong, [(30, 100.0), (31, 0.01)]);
        assert_eq!(lasting(&[(3, 2.0), (4, 0.5), (5, 2.0), (9, 0.5)]), [(5, 2.0), (9, 0.5)]);
    }

    #[test]
    fn a_day_that_opens_at_the_close_before_moves_by_itself() {
        for factor in [0.05, 0.5, 0.75, 2.0] {
            let close = prices(60, &[(59, factor)]);
            let open: Vec<f64> = (0..60).map(|row: usize| close[row.saturating_sub(1)] * 1.002).collect();
            let after_split: Vec<f64> =
                open.iter().zip(&close).map(|(open, close)| if close / open < 0.9 { *close } else { *open }).collect();
            let opened = |open: &[f64]| {
                let trade = Trade { close: &close, open: Some(open), volume: None };
                (split_like(&close, &trade).len(), like_small_at_end(&close, &trade).is_some())
            };
            assert_eq!(opened(&open), (0, false), "{factor}");
            let filled: Vec<f64> = (0..60).map(|row: usize| close[row.saturating_sub(1)]).collect();
            assert_ne!(opened(&filled), (0, false), "{factor}");
            if factor < 1.0 {
                assert_ne!(opened(&after_split), (0, false), "{factor}");
            }
        }
    }

    #[test]
    fn heavy_trade_distinguishes_a_crash_from_a_split() {
        let prices = prices(60, &[(30, 0.5)]);
        let mut volume = vec![1e6; 60];
        assert_eq!(split_like(&prices, &traded(&volume)).len(), 1);
        volume[30] = 2e6;
        assert_eq!(split_like(&prices, &traded(&volume)).len(), 1);
        volume[30] = 14e6;
        assert!(split_like(&prices, &traded(&volume)).is_empty());
    }

    #[test]
    fn a_split_is_shown_in_whole_shares() {
        let split = |ratio| Split { date: jiff::civil::date(2005, 2, 28), line: 3, ratio };
        assert_eq!(split(2.0).to_string(), "2:1 split on 2005-02-28");
        assert_eq!(split(1.5).to_string(), "3:2 split on 2005-02-28");
        assert_eq!(split(1.0 / 50.0).to_string(), "1:50 split on 2005-02-28");
        assert_eq!(split(0.001).to_string(), "1:1000 split on 2005-02-28");
        assert_eq!(split(0.75).to_string(), "3:4 split on 2005-02-28");
        assert_eq!(split(1.03).to_string(), "1.03:1 split on 2005-02-28");
    }
}
