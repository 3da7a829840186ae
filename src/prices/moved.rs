//! Finds columns that do not belong to the dates of their rows: moved by a day, or of another stock.

use super::columns::Field;
use super::draft::Draft;
use super::moves::{step, tick};
use super::series::OpenHighLow;

/// A column that fits the others once it is moved by a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moved {
    pub field: Field,
    /// Whether it holds the value of the next day; otherwise of the day before.
    pub ahead: bool,
}

/// Columns of a series that belong to other days or to another stock.
#[derive(Debug, Default)]
pub(super) struct Misplaced {
    pub moved: Vec<Moved>,
    /// Whether the names of open and close are exchanged.
    pub open_for_close: bool,
    /// If many: the days on which the adjusted close diverges from the close, and the number of days compared.
    pub diverging: Option<(usize, usize)>,
}

impl Misplaced {
    /// Examines an ordered draft whose adjusted close has not been taken out yet.
    pub fn find(range: Option<&OpenHighLow>, close: &[f64], volume: Option<&[f64]>, draft: &Draft) -> Self {
        let mut moved = range.map_or_else(Vec::new, |range| in_bars(range, close));
        let close_is_moved = moved.iter().any(|one| one.field == Field::Close);
        moved.extend(volume.and_then(|volume| self::volume(volume, close, range)));
        let column = &draft.values[Field::Adjusted as usize];
        let fit = if column.is_empty() || close_is_moved { Fit::Fits } else { adjusted(column, close) };
        let diverging = match fit {
            Fit::Diverges { days, of } => Some((days, of)),
            Fit::Moved(one) => {
                moved.push(one);
                None
            }
            Fit::Fits => None,
        };
        let open_for_close = moved.is_empty() && range.is_some_and(|range| is_exchanged(&range.open, close));
        Self { moved, open_for_close, diverging }
    }

    /// Whether a price of the bars is moved.
    pub fn is_bar_moved(&self) -> bool {
        self.moved.iter().any(|one| !matches!(one.field, Field::Volume | Field::Adjusted))
    }
}

/// Minimum number of days as evidence.
const MIN_DAYS: usize = 10;

/// A column counts as moved if moving it back leaves at most one in so many of the days at fault.
const LEFT: usize = 5;

/// Whether the opens are the closes and the closes the opens. From a close to the next open is one night; from an open to the
/// next close there are two days more, so that the move is larger unless the names are exchanged.
fn is_exchanged(open: &[f64], close: &[f64]) -> bool {
    const ENOUGH: usize = 60;
    /// Names in their place give less than one.
    const MORE: f64 = 1.25;
    let mean = |from: &[f64], to: &[f64]| {
        let moves = from.iter().zip(&to[1..]).map(|(from, to)| (to / from).ln().abs()).filter(|size| size.is_finite());
        let (sum, count) = moves.fold((0.0, 0), |(sum, count), size| (sum + size, count + 1));
        (count >= ENOUGH).then(|| sum / count as f64)
    };
    if close.len() < ENOUGH {
        return false;
    }
    matches!((mean(close, open), mean(open, close)), (Some(night), Some(days)) if night > MORE * days)
}

/// The columns of bars that are moved by a day: highs are below the close, or lows above it, on many days, and on few
/// once a column is moved back.
fn in_bars(range: &OpenHighLow, close: &[f64]) -> Vec<Moved> {
    /// One column, or high and low together; by places in open, high, low and close.
    const SETS: [&[usize]; 5] = [&[0], &[1], &[2], &[3], &[1, 2]];
    const FIELDS: [Field; 4] = [Field::Open, Field::High, Field::Low, Field::Close];
    let bar = [&range.open[..], &range.high, &range.low, close];
    let today = days_outside(bar, &[], 0);
    // One day in twenty: other faults are rarer, those of a moved column more frequent.
    if today < MIN_DAYS || 20 * today < close.len() {
        return Vec::new();
    }
    let tried = SETS.into_iter().flat_map(|set| [1, -1].map(|days| (days_outside(bar, set, days), set, days)));
    let best = tried.min_by_key(|(left, ..)| *left).filter(|(left, ..)| LEFT * left <= today);
    let moved = |(_, set, days): (usize, &[usize], isize)| {
        set.iter().map(|&place| Moved { field: FIELDS[place], ahead: days > 0 }).collect()
    };
    best.map_or_else(Vec::new, moved)
}

/// The days on which the open or the close lies outside high and low, where the columns in `set` are those of `days`
/// days before.
fn days_outside(bar: [&[f64]; 4], set: &[usize], days: isize) -> usize {
    const ROUNDING: f64 = 1e-5;
    let value = |place: usize, row: usize| {
        let row = if set.contains(&place) { row.checked_add_signed(-days)? } else { row };
        bar[place].get(row).copied()
    };
    let outside = |row: &usize| {
        let prices = [0, 1, 2, 3].map(|place| value(place, *row));
        let [Some(open), Some(high), Some(low), Some(close)] = prices else { return false };
        let slack = ROUNDING * close.abs();
        close > 0.0 && (high < open.max(close) - slack || low > open.min(close) + slack)
    };
    (0..bar[3].len()).filter(outside).count()
}

/// How an adjusted close fits the close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    /// As dividends and splits have it.
    Fits,
    /// As that of another day.
    Moved(Moved),
    /// On `days` of `of` days it moves differently from the close.
    Diverges { days: usize, of: usize },
}

/// Compares the moves of the adjusted close with those of the close.
fn adjusted(adjusted: &[f64], close: &[f64]) -> Fit {
    /// Twice the frequency of monthly dividends.
    const OFTEN: usize = 10;
    const ENOUGH: usize = 20;
    let ticks = [tick(adjusted), tick(close)];
    let far = |days: isize| far_moves((adjusted, close), ticks, days);
    let (far_off, of) = far(0);
    if far_off < ENOUGH || OFTEN * far_off < of {
        return Fit::Fits;
    }
    let moved = [1, -1].into_iter().find(|&days| LEFT * far(days).0 <= far_off);
    match moved {
        Some(days) => Fit::Moved(Moved { field: Field::Adjusted, ahead: days > 0 }),
        None => Fit::Diverges { days: far_off, of },
    }
}

/// The number of days on which the move of the adjusted close differs by more than rounding from that of the close
/// `days` days later, and the number of days compared.
fn far_moves((adjusted, close): (&[f64], &[f64]), ticks: [f64; 2], days: isize) -> (usize, usize) {
    const ROUNDING: f64 = 0.002;
    let apart = |row: usize| {
        let other = row.checked_add_signed(days).filter(|other| (1..close.len()).contains(other))?;
        let moves = [step(adjusted, row), step(close, other)];
        let rounding = ticks[0] / adjusted[row].min(adjusted[row - 1]) + ticks[1] / close[other].min(close[other - 1]);
        let all = moves.iter().all(|step| step.is_finite());
        all.then(|| (moves[0] - moves[1]).abs() > ROUNDING + rounding)
    };
    let apart = (1..adjusted.len()).filter_map(apart);
    apart.fold((0, 0), |(far, all), is_far| (far + usize::from(is_far), all + 1))
}

/// Whether the volume is that of the next day: its changes correlate with those of the next day's range (without bars,
/// of the next day's move) and not with the day's own; or it is the next day's move itself.
fn volume(volume: &[f64], close: &[f64], range: Option<&OpenHighLow>) -> Option<Moved> {
    const ENOUGH: usize = 100;
    /// Two years of days are enough, and sorting more takes time.
    const RECENT: usize = 500;
    /// Measured: 0.1 to 0.8 for volumes of the same day, -0.3 to 0 for those of the day before.
    const ALIKE: f64 = 0.3;
    const MORE: f64 = 0.25;
    /// No volume has so high a rank correlation with the moves of the next day.
    const SAME: f64 = 0.9;
    let size = |row: usize| match range {
        Some(range) => (range.high[row] / range.low[row]).ln(),
        None => step(close, row).abs(),
    };
    let last = close.len().saturating_sub(1);
    let rows = last.saturating_sub(RECENT).max(2)..last;
    let ratio = |row: usize, size: &dyn Fn(usize) -> f64| (size(row) / size(row - 1)).ln();
    let change = |row: usize| (volume[row] / volume[row - 1]).ln();
    let changes: Vec<[f64; 3]> =
        rows.clone().map(|row| [change(row), ratio(row, &size), ratio(row + 1, &size)]).collect();
    let moves: Vec<[f64; 3]> = rows.map(|row| [volume[row], 0.0, step(close, row + 1).abs()]).collect();
    let changes = finite(changes);
    if changes.len() < ENOUGH {
        return None;
    }
    let [change, own, next] = [0, 1, 2].map(|place| ranks(&changes, place));
    let (own, next) = (rank_correlation(&change, &own), rank_correlation(&change, &next));
    let is_next = next > ALIKE && next > own + MORE;
    let is_move = || {
        let moves = finite(moves);
        rank_correlation(&ranks(&moves, 0), &ranks(&moves, 2)) > SAME
    };
    (is_next || is_move()).then_some(Moved { field: Field::Volume, ahead: true })
}

fn finite(rows: Vec<[f64; 3]>) -> Vec<[f64; 3]> {
    rows.into_iter().filter(|row| row.iter().all(|value| value.is_finite())).collect()
}

/// The rank of each row by one of its numbers; ties are ranked in the order of the rows.
fn ranks(rows: &[[f64; 3]], place: usize) -> Vec<u32> {
    let mut order: Vec<(f64, u32)> = (0..).zip(rows).map(|(row, numbers)| (numbers[place], row)).collect();
    order.sort_unstable_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
    let mut ranks = vec![0; rows.len()];
    (0..).zip(order).for_each(|(rank, (_, row))| ranks[row as usize] = rank);
    ranks
}

/// Spearman's rank correlation; ties are not averaged.
fn rank_correlation(one: &[u32], other: &[u32]) -> f64 {
    let count = one.len() as f64;
    let squares: f64 = one.iter().zip(other).map(|(one, other)| (f64::from(*one) - f64::from(*other)).powi(2)).sum();
    1.0 - 6.0 * squares / (count * (count * count - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prices::testing::noise;

    /// A year and a half of bars whose volume correlates with their range.
    fn bars() -> (OpenHighLow, Vec<f64>, Vec<f64>) {
        let mut noise = noise(4);
        let mut next = || noise.next().unwrap();
        let (mut last, mut bars) = (100.0_f64, Vec::new());
        for _ in 0..400 {
            let wide = 0.004 + 0.03 * next() * next();
            let open = last * (1.0 + 2.0 * wide * (next() - 0.5));
            let close = open * (1.0 + wide * (next() - 0.5));
            let (high, low) = (open.max(close) * (1.0 + 0.3 * wide), open.min(close) * (1.0 - 0.3 * wide));
            bars.push([open, high, low, close, 1e6 * wide * (0.7 + 0.6 * next())]);
            last = close;
        }
        let column = |place: usize| -> Vec<f64> {
            bars.iter().map(|bar| if place < 4 { (100.0 * bar[place]).round() / 100.0 } else { bar[4] }).collect()
        };
        (OpenHighLow { open: column(0), high: column(1), low: column(2) }, column(3), column(4))
    }

    /// The column as of so many days later.
    fn ahead(column: &[f64], days: isize) -> Vec<f64> {
        let last = column.len() as isize - 1;
        (0..=last).map(|row| column[(row + days).clamp(0, last) as usize]).collect()
    }

    #[test]
    fn a_column_of_a_bar_that_is_moved_is_named() {
        let (range, close, _) = bars();
        assert_eq!(in_bars(&range, &close), []);
        for days in [1, -1] {
            let moved = |field| vec![Moved { field, ahead: days > 0 }];
            let high = OpenHighLow { high: ahead(&range.high, days), ..range.clone() };
            assert_eq!(in_bars(&high, &close), moved(Field::High));
            let low = OpenHighLow { low: ahead(&range.low, days), ..range.clone() };
            assert_eq!(in_bars(&low, &close), moved(Field::Low));
            let open = OpenHighLow { open: ahead(&range.open, days), ..range.clone() };
            assert_eq!(in_bars(&open, &close), moved(Field::Open));
            assert_eq!(in_bars(&range, &ahead(&close, days)), moved(Field::Close));
            let both = OpenHighLow { high: ahead(&range.high, days), low: ahead(&range.low, days), ..range.clone() };
            assert_eq!(in_bars(&both, &close), [moved(Field::High), moved(Field::Low)].concat());
        }
    }

    #[test]
    fn names_of_open_and_close_that_are_exchanged_are_found() {
        let (range, close, _) = bars();
        assert!(!is_exchanged(&range.open, &close) && is_exchanged(&close, &range.open));
        assert!(!is_exchanged(&close, &close) && !is_exchanged(&close[..40], &range.open[..40]));
    }

    #[test]
    fn bars_that_are_wrong_otherwise_are_not_moved() {
        let (mut range, close, _) = bars();
        range.high.iter_mut().step_by(7).for_each(|high| *high *= 0.9);
        assert_eq!(in_bars(&range, &close), []);
    }

    #[test]
    fn an_adjusted_close_of_another_day_or_stock_is_found() {
        let (_, close, _) = bars();
        let paid: Vec<f64> =
            close.iter().enumerate().map(|(row, close)| close * 0.99_f64.powi(4 - row as i32 / 90)).collect();
        assert_eq!(adjusted(&paid, &close), Fit::Fits);
        let coarse: Vec<f64> = close.iter().map(|close| (close / 5.0).round() / 100.0).collect();
        assert_eq!(adjusted(&coarse, &close), Fit::Fits);
        let moved = |ahead| Fit::Moved(Moved { field: Field::Adjusted, ahead });
        assert_eq!(adjusted(&ahead(&paid, 1), &close), moved(true));
        assert_eq!(adjusted(&ahead(&paid, -1), &close), moved(false));
        let mut other = close.clone();
        other.reverse();
        assert!(matches!(adjusted(&other, &close), Fit::Diverges { days: 100.., of: 399 }));
    }

    #[test]
    fn a_volume_of_the_next_day_is_found() {
        let (range, close, traded) = bars();
        let next = Some(Moved { field: Field::Volume, ahead: true });
        assert_eq!(volume(&traded, &close, Some(&range)), None);
        assert_eq!(volume(&ahead(&traded, 1), &close, Some(&range)), next);
        let moves: Vec<f64> =
            (0..close.len()).map(|row| if row == 0 { 0.0 } else { step(&close, row).abs() }).collect();
        assert_eq!(volume(&ahead(&moves, 1), &close, None), next);
        assert_eq!(volume(&vec![1000.0; close.len()], &close, Some(&range)), None);
    }
}
