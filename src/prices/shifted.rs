//! Finds columns that do not belong to the dates of their rows: moved by a day, or from another stock.

use std::ops::Range;

use super::columns::Field;
use super::draft::Draft;
use super::moves::{step, tick};
use super::rank::{rank_correlation, ranks};
use super::series::OpenHighLow;
use super::widened;

/// A column that fits the others if it is moved by a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moved {
    pub field: Field,
    /// Whether it holds the value of the next day; otherwise it holds that of the day before.
    pub ahead: bool,
}

/// Columns of a series that belong to other days or to another stock.
#[derive(Debug, Default)]
pub(super) struct Misplaced {
    pub moved: Vec<Moved>,
    /// The rows on which the names of open and close are exchanged.
    pub open_for_close: Option<Range<usize>>,
    /// The number of days on which the adjusted close diverges from the close, if large, and the number of days
    /// compared.
    pub diverging: Option<(usize, usize)>,
}

impl Misplaced {
    /// Examines an ordered draft whose adjusted close was not taken out yet.
    pub fn find(range: Option<&OpenHighLow>, close: &[f64], volume: Option<&[f64]>, draft: &Draft) -> Self {
        let mut moved = range.map_or_else(Vec::new, |range| in_bars(range, close));
        if let (Some(range), []) = (range, &moved[..]) {
            let fields = [Field::High, Field::Low].into_iter().zip(widened::of_next_row(range, close));
            moved.extend(fields.filter(|(_, is_next)| *is_next).map(|(field, _)| Moved { field, ahead: true }));
        }
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
        let open_for_close = range.filter(|_| moved.is_empty()).and_then(|range| {
            let moves = nights_and_days(&range.open, close);
            if is_next_open(&moves, &range.open, close) {
                moved.push(Moved { field: Field::Open, ahead: true });
                return None;
            }
            exchanged(&moves)
        });
        Self { moved, open_for_close, diverging }
    }

    /// Whether a price of the bar is moved.
    pub fn is_bar_moved(&self) -> bool {
        self.moved.iter().any(|one| !matches!(one.field, Field::Volume | Field::Adjusted))
    }
}

/// The minimum number of days for evidence.
const MIN_DAYS: usize = 10;

/// A column counts as moved if moving it back leaves faults on at most one in this many of the days.
const LEFT: usize = 5;

/// The minimum number of moves for a comparison of nights and days.
const MIN_MOVES: usize = 60;

/// Returns two moves for each row except the first: from the close of the row before to the open, which is one night,
/// and from the open of the row before to the close, which is two days and a night. NaN if a price has no logarithm.
fn nights_and_days(open: &[f64], close: &[f64]) -> Vec<[f64; 2]> {
    let moves = |row: usize| [(open[row] / close[row - 1]).ln().abs(), (close[row] / open[row - 1]).ln().abs()];
    let known = |moves: [f64; 2]| if moves.iter().all(|size| size.is_finite()) { moves } else { [f64::NAN; 2] };
    (1..close.len()).map(|row| known(moves(row))).collect()
}

/// Returns the ratio of the first moves to the second, if there are enough.
fn ratio<'a>(moves: impl Iterator<Item = &'a [f64; 2]>) -> Option<f64> {
    let known = moves.filter(|moves| !moves[0].is_nan());
    let (count, night, days) =
        known.fold((0, 0.0, 0.0), |(count, night, days), moves| (count + 1, night + moves[0], days + moves[1]));
    (count >= MIN_MOVES).then(|| night / days)
}

/// Whether the opens are those of the next row. The move from the close of the row before to the open is then a day and
/// two nights, the move from the open of the row before to the close is one day, and the move within a row is one
/// night. With opens of the same row, the second move has two days; with exchanged names, the second move is a night,
/// and the move within a row is a day.
fn is_next_open(moves: &[[f64; 2]], open: &[f64], close: &[f64]) -> bool {
    /// With opens of the same row, the ratio is at most 1.
    const MIN_RATIO: f64 = 1.1;
    let rows = || (1..close.len()).filter(|row| !moves[row - 1][0].is_nan());
    let within = || -> f64 { rows().map(|row| (close[row] / open[row]).ln().abs()).sum() };
    let day = || -> f64 { rows().map(|row| moves[row - 1][1]).sum() };
    ratio(moves.iter()).is_some_and(|ratio| ratio > MIN_RATIO) && within() < day()
}

/// Returns the rows on which opens and closes are exchanged: all rows, or a stretch, for example if a vendor changed
/// the order of columns. From a close to the next open is one night. From an open to the next close there are two more
/// days, so this move is larger unless the names are exchanged.
fn exchanged(moves: &[[f64; 2]]) -> Option<Range<usize>> {
    /// With correct names, the ratio is below 1.
    const MIN_RATIO: f64 = 1.25;
    /// A stretch is chosen among many, so its ratio must differ more from that of the other rows.
    const MIN_RATIO_OF_STRETCH: f64 = 1.4;
    if ratio(moves.iter())? > MIN_RATIO {
        return Some(0..moves.len() + 1);
    }
    let stretch = largest_sum(moves.iter().map(|[night, days]| if night.is_nan() { 0.0 } else { night - days }));
    let (before, inside, after) = (&moves[..stretch.start], &moves[stretch.clone()], &moves[stretch.end..]);
    let inside = ratio(inside.iter())?;
    let outside = ratio(before.iter().chain(after))?;
    (inside > MIN_RATIO_OF_STRETCH && outside < 1.0 / MIN_RATIO).then_some(stretch.start..stretch.end + 1)
}

/// Returns the range whose numbers have the largest sum.
fn largest_sum(numbers: impl Iterator<Item = f64>) -> Range<usize> {
    let (mut best, mut most) = (0..0, 0.0);
    let (mut start, mut sum) = (0, 0.0);
    for (at, number) in numbers.enumerate() {
        sum += number;
        if sum <= 0.0 {
            (start, sum) = (at + 1, 0.0);
        } else if sum > most {
            (best, most) = (start..at + 1, sum);
        }
    }
    best
}

/// Returns the columns of bars that are moved by a day: on many days, prices are outside high and low, but only on few
/// days if a column is moved back.
fn in_bars(range: &OpenHighLow, close: &[f64]) -> Vec<Moved> {
    /// One column, or high and low together; as positions in open, high, low and close.
    const SETS: [&[usize]; 5] = [&[0], &[1], &[2], &[3], &[1, 2]];
    const FIELDS: [Field; 4] = [Field::Open, Field::High, Field::Low, Field::Close];
    let bar = [&range.open[..], &range.high, &range.low, close];
    let today = days_outside(bar, &[], 0);
    // One day in twenty: other faults are rarer, and those of a moved column more frequent.
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

/// Returns the number of days on which the open or the close is outside high and low, if the columns in `set` are taken
/// from `days` days before.
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

/// How an adjusted close fits a close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    /// It moves as dividends and splits require.
    Fits,
    /// It fits the close of another day.
    Moved(Moved),
    /// On `days` of `of` days, it moves differently from the close.
    Diverges { days: usize, of: usize },
}

/// Compares the moves of the adjusted close with those of the close.
fn adjusted(adjusted: &[f64], close: &[f64]) -> Fit {
    /// Twice the frequency of monthly dividends.
    const MAX_DAYS_PER_MOVE: usize = 10;
    const MIN_FAR_DAYS: usize = 20;
    let ticks = [tick(adjusted), tick(close)];
    let far = |days: isize| far_moves((adjusted, close), ticks, days);
    let (far_off, of) = far(0);
    if far_off < MIN_FAR_DAYS || MAX_DAYS_PER_MOVE * far_off < of {
        return Fit::Fits;
    }
    let moved = [1, -1].into_iter().find(|&days| LEFT * far(days).0 <= far_off);
    match moved {
        Some(days) => Fit::Moved(Moved { field: Field::Adjusted, ahead: days > 0 }),
        None => Fit::Diverges { days: far_off, of },
    }
}

/// Returns the number of days on which the move of the adjusted close differs from that of the close `days` days later
/// by more than rounding, and the number of days compared.
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
/// of the next day's move) and not with those of the same day; or it is itself the next day's move.
fn volume(volume: &[f64], close: &[f64], range: Option<&OpenHighLow>) -> Option<Moved> {
    const MIN_CHANGES: usize = 100;
    /// Two years of days are enough, and sorting more takes longer.
    const MAX_ROWS: usize = 500;
    /// Measured: 0.1 to 0.8 for volumes of the same day, -0.3 to 0 for those of the day before.
    const MIN_CORRELATION: f64 = 0.3;
    const MIN_DIFFERENCE: f64 = 0.25;
    /// By chance, this many standard deviations occur in one of three million files.
    const MIN_DEVIATIONS: f64 = 5.0;
    /// No volume has such a high rank correlation with the moves of the next day.
    const MAX_CORRELATION: f64 = 0.9;
    let size = |row: usize| match range {
        Some(range) => (range.high[row] / range.low[row]).ln(),
        None => step(close, row).abs(),
    };
    let last = close.len().saturating_sub(1);
    let rows = last.saturating_sub(MAX_ROWS).max(2)..last;
    let ratio = |row: usize, size: &dyn Fn(usize) -> f64| (size(row) / size(row - 1)).ln();
    let change = |row: usize| (volume[row] / volume[row - 1]).ln();
    let changes: Vec<[f64; 3]> =
        rows.clone().map(|row| [change(row), ratio(row, &size), ratio(row + 1, &size)]).collect();
    let moves: Vec<[f64; 3]> = rows.map(|row| [volume[row], 0.0, step(close, row + 1).abs()]).collect();
    let changes = finite(changes);
    if changes.len() < MIN_CHANGES {
        return None;
    }
    let change = ranks(&changes, 0);
    let with_change = |place: usize| rank_correlation(&change, &ranks(&changes, place));
    let next = with_change(2);
    // Changes of independent numbers have a correlation of -0.5 with the next changes, which widens the distribution of
    // the correlation of two such columns: its variance is 1 + 2 x 0.25 over their number.
    let by_chance = MIN_DEVIATIONS * (1.5 / changes.len() as f64).sqrt();
    let is_next = next > MIN_CORRELATION.max(by_chance) && next > with_change(1) + MIN_DIFFERENCE;
    let is_move = || {
        let moves = finite(moves);
        rank_correlation(&ranks(&moves, 0), &ranks(&moves, 2)) > MAX_CORRELATION
    };
    (is_next || is_move()).then_some(Moved { field: Field::Volume, ahead: true })
}

fn finite(rows: Vec<[f64; 3]>) -> Vec<[f64; 3]> {
    rows.into_iter().filter(|row| row.iter().all(|value| value.is_finite())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::noise;

    #[test]
    fn volumes_that_are_independent_of_the_bars_are_of_their_days() {
        for seed in 0..2_000 {
            let mut noise = noise(seed);
            let mut next = || noise.next().unwrap();
            let volumes: Vec<f64> = (0..110).map(|_| 1e6 * (0.3 + next())).collect();
            let mut last = 50.0;
            let closes: Vec<f64> = (0..110)
                .map(|_| {
                    last *= 1.0 + 0.02 * (next() - 0.5);
                    last
                })
                .collect();
            assert_eq!(volume(&volumes, &closes, None), None, "{seed}");
        }
    }

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

    /// The column as it is `days` days later.
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
        assert_eq!(exchanged(&nights_and_days(&range.open, &close)), None);
        assert_eq!(exchanged(&nights_and_days(&close, &range.open)), Some(0..400));
        assert_eq!(exchanged(&nights_and_days(&close, &close)), None);
        assert_eq!(exchanged(&nights_and_days(&close[..40], &range.open[..40])), None);
    }

    /// Opens near the close before, and closes.
    fn quiet_nights(days: usize) -> (Vec<f64>, Vec<f64>) {
        let (mut last, mut noise) = (100.0, noise(7));
        let mut next = || noise.next().unwrap() - 0.5;
        let day = |_| {
            let open = last * (1.0 + 0.015 * next());
            last = open * (1.0 + 0.03 * next());
            (open, last)
        };
        (0..days).map(day).unzip()
    }

    #[test]
    fn names_that_are_exchanged_on_a_stretch_of_rows_are_found() {
        for stretch in [0..200, 200..400, 0..80, 320..400, 100..260] {
            let (mut open, mut close) = quiet_nights(400);
            assert_eq!(exchanged(&nights_and_days(&open, &close)), None);
            open[stretch.clone()].swap_with_slice(&mut close[stretch.clone()]);
            let found = exchanged(&nights_and_days(&open, &close)).unwrap();
            let distance = found.start.abs_diff(stretch.start).max(found.end.abs_diff(stretch.end));
            assert!(distance < 15, "{found:?} {stretch:?}");
        }
    }

    /// High and low contain the open and the close of each row, so no day is outside.
    #[test]
    fn opens_of_the_next_row_are_not_exchanged_names() {
        let (open, close) = quiet_nights(401);
        let next = &open[1..];
        let (close, range) = (&close[..400], |open: &[f64]| OpenHighLow {
            open: open.to_vec(),
            high: open.iter().zip(&close).map(|(open, close)| open.max(*close)).collect(),
            low: open.iter().zip(&close).map(|(open, close)| open.min(*close)).collect(),
        });
        let found = |open: &[f64], close: &[f64]| {
            let found = Misplaced::find(Some(&range(open)), close, None, &Draft::default());
            (found.moved, found.open_for_close)
        };
        assert_eq!(found(&open[..400], close), (vec![], None));
        assert_eq!(found(next, close), (vec![Moved { field: Field::Open, ahead: true }], None));
        assert_eq!(found(close, &open[..400]), (vec![], Some(0..400)));
    }

    #[test]
    fn opens_that_say_nothing_are_not_exchanged() {
        for seed in 1..40 {
            let (mut price, mut noise) = (100.0, noise(seed));
            let mut next = || noise.next().unwrap() - 0.5;
            let (open, close): (Vec<f64>, Vec<f64>) = (0..400)
                .map(|_| {
                    price *= 1.0 + 0.04 * next();
                    (price * (1.0 + 0.01 * next()), price)
                })
                .unzip();
            assert_eq!(exchanged(&nights_and_days(&open, &close)), None, "{seed}");
            assert!(!is_next_open(&nights_and_days(&open, &close), &open, &close), "{seed}");
        }
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
