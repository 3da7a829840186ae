//! Finds closes without a trade: repeated from the day before, or interpolated between two others.

use std::cell::LazyCell;
use std::collections::BTreeMap;

use super::chords::within_periods;
use super::draft::Draft;
use super::lines::Lines;
use super::moves::{median, tick};

/// Minimum number of days as evidence.
const MIN_DAYS: usize = 10;

/// Rows on weekdays whose close is nearly always that of the day before, where on other weekdays it is not: filled-in
/// weekends.
pub(super) fn on_days_off(close: &[f64], draft: &Draft) -> Lines {
    let weekday = |row: usize| draft.dates[row].weekday().to_monday_zero_offset() as usize % 7;
    let repeats = |row: usize| close[row] == close[row - 1];
    let mut counts = [(0_usize, 0_usize); 7];
    for row in 1..close.len() {
        let (rows, same) = &mut counts[weekday(row)];
        (*rows, *same) = (*rows + 1, *same + usize::from(repeats(row)));
    }
    let off = counts.map(|(rows, same)| rows >= 5 && 10 * same >= 9 * rows);
    let others =
        (0..7).filter(|&day| !off[day]).fold((0, 0), |(rows, same), day| (rows + counts[day].0, same + counts[day].1));
    let filled: Vec<usize> = (1..close.len()).filter(|&row| off[weekday(row)] && repeats(row)).collect();
    // Where most closes repeat on any day, nothing can be distinguished.
    if filled.len() < MIN_DAYS || others.0 == 0 || 2 * others.1 > others.0 {
        return Lines::default();
    }
    filled.into_iter().map(|row| draft.line(row)).collect()
}

/// Rows that repeat the close of the day before, where on a fine grid far more do than make any other move. A row with
/// a volume of its own was traded. `end` is the first of the last rows without trade, which have a warning of their
/// own.
pub(super) fn repeats(close: &[f64], volume: Option<&[f64]>, end: usize, draft: &Draft) -> Lines {
    /// Grids change over the years, as from eighths to decimals.
    const MAX_ROWS_OF_GRID: usize = 1000;
    /// On a fine grid no move is more frequent than one in so many, or than a few.
    const MIN_ROWS_PER_MOVE: usize = 20;
    const MAX_REPEATS_OF_MOVE: usize = 3;
    let unit = tick(close);
    let is_traded = |row: usize| volume.is_some_and(|volume| volume[row] > 0.0 && volume[row] != volume[row - 1]);
    let end = end.min(close.len());
    let rows: Vec<usize> = (1..end).collect();
    let (mut filled, mut chance) = (Vec::new(), 0);
    for years in rows.chunks(MAX_ROWS_OF_GRID) {
        let (mut steps, mut same) = (Vec::new(), Vec::new());
        for &row in years {
            match ((close[row] - close[row - 1]) / unit).round() as i64 {
                0 if is_traded(row) => {}
                0 => same.push(row),
                step => steps.push(step),
            }
        }
        let count = steps.len();
        let most = highest_count(steps);
        if MIN_ROWS_PER_MOVE * most <= count.max(MIN_ROWS_PER_MOVE * MAX_REPEATS_OF_MOVE) {
            filled.append(&mut same);
            chance += most;
        }
    }
    // Where most days are without a change, one more says nothing.
    let are_usual = 2 * rows.iter().filter(|&&row| close[row] == close[row - 1]).count() > rows.len();
    if are_usual || filled.len() <= 3 * chance + MIN_DAYS || 40 * filled.len() < close.len() {
        filled = in_equal_runs(close, unit, end);
    }
    filled.into_iter().map(|row| draft.line(row)).collect()
}

/// Rows that repeat the close of the day before, where most runs of equal closes are of one length, as the days of a
/// week, month or quarter are: the lengths of runs that chance makes are spread widely. Money that accrues in small
/// amounts, and rates that are set, change at equal distances too.
fn in_equal_runs(close: &[f64], unit: f64, end: usize) -> Vec<usize> {
    const MIN_LENGTH: usize = 4;
    const MIN_RUNS: usize = 10;
    /// Months have 19 to 23 weekdays, fewer with holidays.
    const MAX_DIFFERENCE: f64 = 0.2;
    let repeats = |row: &usize| close[*row] == close[*row - 1];
    let starts: Vec<usize> = (1..end).filter(|row| !repeats(row)).collect();
    let lengths: Vec<f64> = starts.windows(2).map(|pair| (pair[1] - pair[0]) as f64).collect();
    let Some(usual) = median(lengths.clone()).filter(|usual| *usual >= MIN_LENGTH as f64) else { return Vec::new() };
    let alike = lengths.iter().filter(|length| (**length - usual).abs() <= (MAX_DIFFERENCE * usual).max(1.0)).count();
    if alike < MIN_RUNS || 2 * alike < lengths.len() || is_accrual(close) || is_set(close, unit) {
        return Vec::new();
    }
    (1..end).filter(repeats).collect()
}

/// Rows whose close lies on a straight line with those before and after, where there are far more of them than of any
/// other distance from the line, or where the closes are lines from one known price to the next.
pub(super) fn between_others(close: &[f64], draft: &Draft) -> Lines {
    /// Three closes of a wave or of a trend, which seldom turn, are on a line without interpolation; every second step
    /// of a walk turns, and seldom one from one known price to the next.
    const MIN_TURNS_OF_ROWS: f64 = 0.2;
    const MAX_TURNS_OF_LINES: f64 = 0.4;
    let unit = unit(close);
    let turns = turns(close);
    let readings: [&dyn Fn() -> Vec<usize>; 3] =
        [&|| straight(close, unit), &|| rounded(close, unit, &PLAIN), &|| rounded(close, unit, &OF_LOGS)];
    let among_others = || readings.iter().map(|reading| reading()).find(|rows| !rows.is_empty()).unwrap_or_default();
    let is_smooth = turns < MIN_TURNS_OF_ROWS || is_accrual(close);
    let is_tree = moves_in_few_sizes(close, unit);
    let rows = if is_smooth || is_tree { Vec::new() } else { among_others() };
    let may_be_lines = rows.is_empty() && turns <= MAX_TURNS_OF_LINES && !is_tree;
    let rows = if may_be_lines { on_any_lines(close, unit, draft) } else { rows };
    let rows = if rows.is_empty() && turns <= MAX_TURNS_OF_LINES && !is_accrual(close) {
        within_periods(close, &draft.dates, unit)
    } else {
        rows
    };
    rows.into_iter().map(|row| draft.line(row)).collect()
}

/// Rows on lines by rows or by days, of the closes or of their logarithms.
fn on_any_lines(close: &[f64], unit: f64, draft: &Draft) -> Vec<usize> {
    let by_row = || (0..close.len()).map(|row| row as f64).collect::<Vec<f64>>();
    let by_day = || draft.dates.iter().map(|date| f64::from((*date - draft.dates[0]).get_days())).collect::<Vec<f64>>();
    let logs = || close.iter().map(|close| close.ln()).collect::<Vec<f64>>();
    let unit_of_logs = || median(close.to_vec()).map_or(unit, |middle| unit / middle);
    let times = [&by_row as &dyn Fn() -> Vec<f64>, &by_day];
    let mut of_closes = times.iter().map(|times| on_lines(close, &times(), unit));
    let mut of_logs = times.iter().map(|times| on_lines(&logs(), &times(), unit_of_logs()));
    let found = of_closes.find(|rows| !rows.is_empty()).or_else(|| of_logs.find(|rows| !rows.is_empty()));
    found.unwrap_or_default()
}

/// The fraction of moves that go the other way than the one before.
fn turns(close: &[f64]) -> f64 {
    let steps = close.windows(2).map(|pair| pair[1] - pair[0]).filter(|step| *step != 0.0);
    let (mut moves, mut turns, mut last) = (0_usize, 0_usize, 0.0);
    for step in steps {
        (moves, turns) = (moves + 1, turns + usize::from(step * last < 0.0));
        last = step;
    }
    turns as f64 / moves.max(1) as f64
}

/// Rows between the ends of lines, where most of the closes are on long lines whose directions are those of a walk. A
/// wave is on lines too, and so is a trend, but these seldom turn from one line to the next.
fn on_lines(close: &[f64], times: &[f64], unit: f64) -> Vec<usize> {
    /// A line goes on for so many steps, and rises or falls by so many units: shorter ones are common by chance.
    const MIN_STEPS: usize = 4;
    const MIN_UNITS: f64 = 3.0;
    const MIN_LINES: usize = 6;
    /// None of the walks of `benches/quality/filled.py` has so many of its rows on lines that turn as often.
    const MIN_FRACTION: f64 = 0.46;
    const MIN_FRACTION_OF_TURNS: f64 = 0.28;
    /// Lines that hardly anything prolongs need fewer turns: no trend and no wave has such.
    const MIN_FRACTION_OF_SHARP_TURNS: f64 = 0.15;
    const SHARP: f64 = 0.9;
    /// A rate of interest may change its sign twice.
    const MIN_TURNS: usize = 3;
    let rise = |&(start, end): &(usize, usize)| close[end] - close[start];
    let is_long =
        |line: &(usize, usize)| line.1 - line.0 >= MIN_STEPS && rise(line).abs() >= MIN_UNITS * unit * (1.0 - 1e-9);
    let lines: Vec<(usize, usize)> = lines(close, times, unit).into_iter().filter(is_long).collect();
    let rows: usize = lines.iter().map(|(start, end)| end - start).sum();
    let turns = lines.windows(2).filter(|pair| rise(&pair[0]) * rise(&pair[1]) < 0.0).count();
    let sharpness = sharpness(close, times, unit);
    let least = if sharpness >= SHARP { MIN_FRACTION_OF_SHARP_TURNS } else { MIN_FRACTION_OF_TURNS };
    let is_walk = turns >= MIN_TURNS && turns as f64 >= least * (lines.len().max(1) - 1) as f64;
    if lines.len() < MIN_LINES
        || !is_walk
        || sharpness < MIN_SHARPNESS
        || (rows as f64) < MIN_FRACTION * (close.len() - 1) as f64
    {
        return Vec::new();
    }
    lines.into_iter().flat_map(|(start, end)| start + 1..end).collect()
}

/// Minimum [`sharpness`] of interpolated closes: averages and walks with momentum have up to 0.68.
const MIN_SHARPNESS: f64 = 0.7;

/// The number of lines within two units of the closes, of those within one. Lines between known prices end where these
/// are, however wide the band; a smooth curve leaves a band of any width, a wider one later.
fn sharpness(close: &[f64], times: &[f64], unit: f64) -> f64 {
    let [narrow, wide] = [unit, 2.0 * unit].map(|unit| lines(close, times, unit).len());
    wide as f64 / narrow.max(1) as f64
}

/// The longest lines from the first row on that are within a unit of the closes, each from the end of the one before.
fn lines(close: &[f64], times: &[f64], unit: f64) -> Vec<(usize, usize)> {
    // Both ends are rounded by half a unit.
    let tolerance = 1.001 * unit;
    let mut found = Vec::new();
    let mut start = 0;
    while start + 1 < close.len() {
        let (mut least, mut most, mut end) = (f64::NEG_INFINITY, f64::INFINITY, start + 1);
        for row in start + 1..close.len() {
            let (time, rise) = (times[row] - times[start], close[row] - close[start]);
            (least, most) = (least.max((rise - tolerance) / time), most.min((rise + tolerance) / time));
            if time <= 0.0 || !rise.is_finite() || least > most {
                break;
            }
            end = row;
        }
        found.push((start, end));
        start = end;
    }
    found
}

/// Whether the usual step is that of a day at a rate of interest, of at most 11 % a year; rates may change their sign.
fn moves_little(close: &[f64]) -> bool {
    const MAX_USUAL_STEP: f64 = 3e-4;
    let relative = close.windows(2).map(|pair| (pair[1] / pair[0] - 1.0).abs()).filter(|step| *step > 0.0);
    median(relative.collect()).is_some_and(|usual| usual < MAX_USUAL_STEP)
}

/// Whether the closes accrue, as money at a rate of interest does: in steps of which most are about the size of the one
/// before, and which go one way or are small beside the price.
fn is_accrual(close: &[f64]) -> bool {
    /// Steps over weekends, and after a change of the rate, are of another size.
    const MAX_DIFFERENCE: f64 = 0.25;
    let steps: Vec<f64> = close.windows(2).map(|pair| pair[1] - pair[0]).filter(|step| *step != 0.0).collect();
    let [up, down] = [1.0, -1.0].map(|sign| steps.iter().filter(|step| sign * **step > 0.0).count());
    let is_small = moves_little(close);
    let alike = |pair: &&[f64]| (pair[1] / pair[0] - 1.0).abs() < MAX_DIFFERENCE;
    (50 * up.min(down) <= steps.len() || is_small) && 2 * steps.windows(2).filter(alike).count() > steps.len()
}

/// Whether relative moves or steps are of few sizes, as on a binomial or trinomial tree, and two in turn are of one size
/// no more often than chance makes them.
fn moves_in_few_sizes(close: &[f64], unit: f64) -> bool {
    let pairs = || close.windows(2).filter(|pair| pair[0] != pair[1]);
    let moves = pairs().map(|pair| (pair[1] / pair[0]).ln()).filter(|step| step.is_finite()).collect();
    let steps = pairs().map(|pair| pair[1] - pair[0]).filter(|step| step.is_finite()).collect();
    let middle = median(close.to_vec()).unwrap_or(1.0);
    are_of_few_sizes(moves, (unit / middle).abs()) || are_of_few_sizes(steps, unit)
}

fn are_of_few_sizes(moves: Vec<f64>, unit: f64) -> bool {
    /// Sizes that are told apart, up to the usual one.
    const SIZES: f64 = 50.0;
    /// Of a walk one move in about two hundred is of the most frequent of them.
    const MAX_FRACTION: f64 = 0.1;
    /// How far chance may go, in standard deviations of a count.
    const MAX_DEVIATIONS: f64 = 6.0;
    let Some(usual) = median(moves.iter().map(|step| step.abs()).collect()) else { return false };
    // Both prices of a move are rounded.
    let width = (usual / SIZES).max(unit);
    let sizes: Vec<i64> = moves.iter().map(|step| (step / width).round() as i64).collect();
    let rows = sizes.len() as f64;
    if highest_count(sizes.clone()) as f64 <= MAX_FRACTION * rows {
        return false;
    }
    let mut counts: BTreeMap<u64, usize> = BTreeMap::new();
    sizes.iter().for_each(|size| *counts.entry(size.unsigned_abs()).or_default() += 1);
    let around = |size: u64| (size.saturating_sub(1)..=size + 1).filter_map(|size| counts.get(&size)).sum::<usize>();
    // Of moves that go on in one direction, all that are of one size in turn are equal.
    let chance = counts.iter().map(|(size, count)| (count * around(*size)) as f64).sum::<f64>() / rows;
    let in_turn = sizes.windows(2).filter(|pair| pair[0].abs_diff(pair[1]) <= 1).count() as f64;
    in_turn <= chance + MAX_DEVIATIONS * chance.sqrt()
}

/// Whether the price is set in steps of one size, as rates of central banks are.
fn is_set(close: &[f64], unit: f64) -> bool {
    const MIN_UNITS: f64 = 4.0;
    let steps = close.windows(2).map(|pair| ((pair[1] - pair[0]) / unit).abs().round());
    let steps: Vec<i64> = steps.filter(|step| step.is_finite() && *step > 0.0).map(|step| step as i64).collect();
    let usual = median(steps.iter().map(|step| *step as f64).collect());
    usual.is_some_and(|usual| usual >= MIN_UNITS) && 3 * highest_count(steps.clone()) >= steps.len()
}

/// A mean of two prices, with which a row between them was filled in.
struct Mean {
    of: fn(f64, f64) -> f64,
    /// Width of a place in units of twice the distance from the mean. Rounding moves the row by half a unit; the plain
    /// mean is a whole or half number of units, so that both of two halves are the mean.
    units_per_place: f64,
}

const PLAIN: Mean = Mean { of: |before, after| f64::midpoint(before, after), units_per_place: 3.0 };
const OF_LOGS: Mean = Mean { of: |before, after| (before * after).sqrt(), units_per_place: 2.0 };

impl Mean {
    /// Twice the distance of a row from the mean of its neighbours, where there is a [`bend`].
    fn distance(&self, close: &[f64], row: usize, unit: f64) -> Option<f64> {
        bend(close, row, unit)?;
        let distance = 2.0 * ((self.of)(close[row - 1], close[row + 1]) - close[row]);
        distance.is_finite().then_some(distance)
    }
}

/// Rows that are the mean of their neighbours but for rounding, in years whose moves are large beside the last decimal.
fn rounded(close: &[f64], unit: f64, mean: &Mean) -> Vec<usize> {
    /// The moves of a stock grow with its price.
    const MAX_ROWS_OF_PRICE: usize = 1000;
    /// Minimum usual distance from the line in units.
    const MIN_DISTANCE: f64 = 15.0;
    /// Minimum usual step in units where most rows are on a line, and how many at least are: of a walk with such steps
    /// about a quarter is.
    const MIN_STEP: f64 = 2.0;
    const MIN_FRACTION_ON_LINES: f64 = 0.6;
    /// Distances around the line whose mean frequency is that of chance.
    const MAX_PLACES: u64 = 5;
    /// How far chance may go, in standard deviations of a count.
    const MAX_DEVIATIONS: f64 = 6.0;
    let rows: Vec<usize> = (1..close.len().saturating_sub(1)).collect();
    let is_sharp = LazyCell::new(|| {
        let times: Vec<f64> = (0..close.len()).map(|row| row as f64).collect();
        sharpness(close, &times, unit) >= MIN_SHARPNESS
    });
    let (mut straight, mut chance, mut most) = (Vec::new(), 0.0, 0);
    for years in rows.chunks(MAX_ROWS_OF_PRICE) {
        let bends: Vec<(usize, f64)> =
            years.iter().filter_map(|&row| Some((row, mean.distance(close, row, unit)?))).collect();
        let steps = bends.iter().map(|&(row, _)| (close[row] - close[row - 1]).abs());
        let (step, distance) = (median(steps.collect()), median(bends.iter().map(|(_, bend)| bend.abs()).collect()));
        let (Some(step), Some(distance)) = (step, distance) else { continue };
        let place = |bend: f64| (bend / (mean.units_per_place * unit)).round() as i64;
        let on_lines = bends.iter().filter(|(_, bend)| place(*bend) == 0).count();
        let is_on_lines = on_lines as f64 >= MIN_FRACTION_ON_LINES * bends.len() as f64 && step >= MIN_STEP * unit;
        if distance < MIN_DISTANCE * unit && !(is_on_lines && *is_sharp) {
            continue;
        }
        let near = bends.iter().filter(|(_, bend)| (1..=MAX_PLACES).contains(&place(*bend).unsigned_abs())).count();
        chance += near as f64 / (2 * MAX_PLACES) as f64;
        most += highest_count(bends.iter().map(|(_, bend)| place(*bend)).filter(|place| *place != 0).collect());
        straight.extend(bends.iter().filter(|(_, bend)| place(*bend) == 0).map(|(row, _)| *row));
    }
    // At least one day in forty, more than by chance, and clearly more than of any other distance.
    let is_frequent = 40 * straight.len() >= close.len() && 5 * straight.len() > 7 * most;
    let by_chance = chance + chance.min(MAX_DEVIATIONS * chance.sqrt()) + MIN_DAYS as f64;
    if is_frequent && straight.len() as f64 > by_chance { straight } else { Vec::new() }
}

/// Rows on a straight line with their neighbours to within half of `width`, if they are more than by chance.
fn straight(close: &[f64], width: f64) -> Vec<usize> {
    let place = |row: usize| bend(close, row, width).map(|bend| (bend / width).round() as i64);
    let rows = 1..close.len().saturating_sub(1);
    let mut places: Vec<i64> = rows.clone().filter_map(place).collect();
    let bends = places.len();
    places.retain(|place| *place != 0);
    let straight = bends - places.len();
    let chance = highest_count(places);
    // At least one day in forty, and three times as many as by chance.
    if straight <= 3 * chance + MIN_DAYS || 40 * straight < close.len() {
        return Vec::new();
    }
    rows.filter(|&row| place(row) == Some(0)).collect()
}

/// How often the most frequent of some numbers occurs.
fn highest_count(mut numbers: Vec<i64>) -> usize {
    numbers.sort_unstable();
    numbers.chunk_by(|one, next| one == next).map(<[i64]>::len).max().unwrap_or(0)
}

/// The step from a row minus the step to it; `None` where neither is more than a unit, as on days without a move: such
/// steps are alike by chance.
fn bend(close: &[f64], row: usize, unit: f64) -> Option<f64> {
    let steps = [close[row] - close[row - 1], close[row + 1] - close[row]];
    let is_move = steps.iter().any(|step| step.abs() > 1.5 * unit) && steps.iter().all(|step| step.is_finite());
    is_move.then(|| steps[1] - steps[0])
}

/// The unit of distances: the last decimal, or an odd multiple of it that covers the rounding of the middle of two
/// numbers.
fn unit(close: &[f64]) -> f64 {
    const ROUNDING: f64 = 2e-6;
    let tick = tick(close);
    let middle = median(close.iter().copied().filter(|price| price.is_finite()).collect());
    let pairs = (ROUNDING * middle.unwrap_or(1.0).abs() / tick / 2.0).floor();
    tick * (2.0 * pairs + 1.0)
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;

    use super::*;
    use crate::prices::testing::noise;

    /// Closes with two decimals on consecutive days.
    fn walk(days: usize) -> (Vec<f64>, Draft) {
        let mut price = 100.0;
        let moves = noise(9).zip(noise(10)).take(days);
        let close = moves.map(|(one, two)| {
            price *= 1.0 + 0.02 * (one + two - 1.0);
            (price * 100.0_f64).round() / 100.0
        });
        let close = close.collect();
        let dates = date(2020, 1, 1).series(1.day()).take(days).collect();
        (close, Draft { dates, lines: (2..).take(days).collect(), ..Draft::default() })
    }

    #[test]
    fn filled_in_weekends_are_found() {
        let (mut close, draft) = walk(400);
        assert!(on_days_off(&close, &draft).is_empty());
        for row in 1..400 {
            if draft.dates[row].weekday().to_monday_zero_offset() > 4 {
                close[row] = close[row - 1];
            }
        }
        let filled = on_days_off(&close, &draft);
        assert_eq!((filled.count(), filled.first()[..2].to_vec()), (114, vec![5, 6]));
        // A price that never moves has no days off.
        assert!(on_days_off(&[100.0; 400], &draft).is_empty());
    }

    #[test]
    fn interpolated_closes_are_distinguished_from_chance() {
        let (mut close, draft) = walk(1500);
        assert!(between_others(&close, &draft).is_empty());
        for row in (10..1490).step_by(20) {
            close[row] = (close[row - 1] + close[row + 1]) / 2.0;
        }
        let found = between_others(&close, &draft).count();
        assert!((70..86).contains(&found), "{found}");
        // On a coarse grid many closes lie in the middle of others, as many as do not.
        let coarse: Vec<f64> = walk(1500).0.iter().map(|price| (price / 2.0).round() * 2.0).collect();
        assert!(between_others(&coarse, &draft).is_empty());
        assert!(between_others(&[], &draft).is_empty());
    }

    #[test]
    fn a_price_that_accrues_is_on_its_own_line() {
        let accrued = |rate: fn(usize) -> f64, decimals: i32| -> Vec<f64> {
            let mut price = 1000.0;
            let unit = 10.0_f64.powi(decimals);
            let days = (0..1500).map(|day| {
                price *= 1.0 + rate(day) / 365.0;
                (price * unit).round() / unit
            });
            days.collect()
        };
        let draft = walk(1500).1;
        for decimals in [2, 4, 6] {
            let rates: [fn(usize) -> f64; 4] = [
                |_| 0.03,
                |day| 0.01 + 0.01 * (day / 30 % 3) as f64,
                |_| -0.005,
                |day| 0.03 * (day as f64 / 100.0).sin(),
            ];
            for rate in rates {
                let price = accrued(rate, decimals);
                assert!(between_others(&price, &draft).is_empty(), "{decimals} {}", price[1499]);
            }
        }
        // Months, quarters and years between which days were interpolated go both ways.
        let known: Vec<f64> = walk(1600).0;
        for (apart, unit) in [(21, 0.0), (63, 0.0), (252, 0.0), (5, 0.01), (21, 0.01)] {
            let between = |day: usize| {
                let (at, fraction) = (day / apart, (day % apart) as f64 / apart as f64);
                let price = known[apart * at] + (known[apart * (at + 1)] - known[apart * at]) * fraction;
                if unit > 0.0 { (price / unit).round() * unit } else { price }
            };
            let days: Vec<f64> = (0..1500).map(between).collect();
            assert!(between_others(&days, &draft).count() > 1000, "{apart} {unit}");
        }
    }

    #[test]
    fn closes_of_months_that_are_repeated_are_found() {
        let (known, draft) = walk(1500);
        for apart in [21, 63] {
            for unit in [0.01, 0.05] {
                let days: Vec<f64> = (0..1500).map(|day| (known[day / apart * apart] / unit).round() * unit).collect();
                assert!(repeats(&days, None, 1500, &draft).count() > 1300, "{apart} {unit}");
            }
        }
    }

    /// At a low price in cents most days of a month have the close of the day before, interpolated or not.
    #[test]
    fn months_are_found_at_any_price() {
        let (known, draft) = walk(1500);
        let of_month = |day: usize| known[day] / 50.0 * (1.0 + 0.3 * ((day / 21) as f64 * 2.4).sin());
        let cents = |price: f64| (price * 100.0).round() / 100.0;
        let repeated: Vec<f64> = (0..1260).map(|day| cents(of_month(day / 21 * 21))).collect();
        assert!(repeats(&repeated, None, 1260, &draft).count() > 1100);
        let line = |day: usize| {
            let (at, fraction) = (day / 21 * 21, (day % 21) as f64 / 21.0);
            cents(of_month(at) + (of_month(at + 21) - of_month(at)) * fraction)
        };
        let interpolated: Vec<f64> = (0..1260).map(line).collect();
        assert!(between_others(&interpolated, &draft).count() > 200);
        // Days without a trade come as chance has it.
        let mut traded = known.clone();
        for (row, chance) in (1..1500).zip(noise(11)) {
            traded[row] = if chance < 0.8 { traded[row - 1] } else { cents(known[row] / 50.0) };
        }
        assert!(repeats(&traded, None, 1500, &draft).is_empty());
        assert!(between_others(&traded, &draft).is_empty());
    }

    #[test]
    fn a_wave_is_not_interpolated() {
        let draft = walk(1500).1;
        for days in [44.0, 120.0, 250.0] {
            let wave =
                |day: usize| ((300.0 + 50.0 * (day as f64 * std::f64::consts::TAU / days).sin()) * 1000.0).round();
            let wave: Vec<f64> = (0..1500).map(|day| wave(day) / 1000.0).collect();
            assert!(between_others(&wave, &draft).is_empty(), "{days}");
        }
    }

    #[test]
    fn a_low_price_is_on_no_line() {
        let (close, draft) = walk(400);
        for scale in [1e-10, 1e-8, 1e-4] {
            let low: Vec<f64> = close.iter().map(|price| price * scale).collect();
            assert!(between_others(&low, &draft).is_empty(), "{scale}");
            assert!(repeats(&low, None, 400, &draft).is_empty(), "{scale}");
        }
    }

    #[test]
    fn rounded_weekends_and_gaps_on_a_line_are_found() {
        let (mut close, draft) = walk(700);
        // Two days in a row of every seven, and of every forty.
        for every in [40, 7] {
            for row in (1..690).step_by(every) {
                let [from, to] = [close[row - 1], close[row + 2]];
                let part = |days: f64| ((from + (to - from) * days / 3.0) * 1e4).round() / 1e4;
                (close[row], close[row + 1]) = (part(1.0), part(2.0));
            }
            let found = between_others(&close, &draft).count();
            assert!(found >= 2 * 690 / every, "{found} of every {every}");
        }
    }

    /// In cents, as most files have them: of every seventh to twenty-fifth day the mean of its neighbours, and
    /// weekends.
    #[test]
    fn closes_between_others_are_found_in_cents() {
        let (close, draft) = walk(1600);
        let cents = |price: f64| (price * 100.0).round() / 100.0;
        assert!(between_others(&close, &draft).is_empty());
        for every in [25, 10, 7] {
            let mut filled = close.clone();
            for row in (1..1599).step_by(every) {
                filled[row] = cents((filled[row - 1] + filled[row + 1]) / 2.0);
            }
            let found = between_others(&filled, &draft).count();
            assert!(found >= 1598 / every, "{found} of every {every}");
        }
        let mut filled = close.clone();
        for row in (1..1590).step_by(7) {
            let [from, to] = [close[row - 1], close[row + 2]];
            (filled[row], filled[row + 1]) = (cents(from + (to - from) / 3.0), cents(from + (to - from) / 1.5));
        }
        let found = between_others(&filled, &draft).count();
        assert!(found >= 2 * 1590 / 7, "{found}");
        // Prices whose steps are beyond whole numbers.
        filled[700] = 1e300;
        assert!(between_others(&filled, &draft).count() > 400);
        // A price that grows from pennies: its first years are on a coarse grid.
        let grown: Vec<f64> =
            (0..1600).map(|day| cents(close[day] * 0.005 * f64::from(day as u32 / 10).max(1.0))).collect();
        assert!(between_others(&grown, &draft).is_empty());
    }

    /// Averages of a walk, in cents: their moves are alike from day to day, and small beside the tick.
    #[test]
    fn averages_on_a_coarse_grid_are_not_interpolated() {
        let (walk, draft) = walk(1500);
        for (scale, slowness) in [(0.02, 0.67), (0.02, 0.8), (0.02, 0.9), (0.05, 0.9), (0.05, 0.95)] {
            let mut mean = walk[0];
            let close = walk.iter().map(|price| {
                mean += (1.0 - slowness) * (price - mean);
                (mean * scale * 100.0).round() / 100.0
            });
            let close: Vec<f64> = close.collect();
            assert!(between_others(&close, &draft).is_empty(), "{scale} {slowness}");
        }
    }

    /// One day in 25, with four decimals, of which the mean of logarithms differs from the plain one by several.
    #[test]
    fn means_of_logarithms_are_found() {
        let (close, draft) = walk(500);
        let ten_thousandths = |price: f64| (price * 1e4).round() / 1e4;
        let mut next = noise(12);
        let mut filled: Vec<f64> =
            close.iter().map(|price| ten_thousandths(price + 0.01 * next.next().unwrap())).collect();
        assert!(between_others(&filled, &draft).is_empty());
        for row in (7..499).step_by(25) {
            filled[row] = ten_thousandths((filled[row - 1] * filled[row + 1]).sqrt());
        }
        let found = between_others(&filled, &draft).count();
        assert!((20..24).contains(&found), "{found}");
    }

    #[test]
    fn moves_of_trees_are_not_means() {
        let (_, draft) = walk(900);
        let moves: [fn(f64, f64) -> f64; 6] = [
            |price, part| if part > 0.5 { price * 1.01 } else { price / 1.01 },
            |price, part| price * [0.99, 1.0, 1.0 / 0.99][(3.0 * part) as usize],
            |price, part| if part > 0.35 { price * 1.01 } else { price * 0.98 },
            |price, part| price * 1.01_f64.powi((5.0 * part) as i32 - 2),
            |price, part| if part > 0.5 { price + 0.5 } else { price - 0.5 },
            |price, part| price + 0.5 * ((5.0 * part).floor() - 2.0),
        ];
        for (tree, move_) in moves.iter().enumerate() {
            for (seed, decimals) in (0..24).map(|case| (case, [2, 4, 6][case as usize % 3])) {
                let (mut price, unit) = (100.0, 10.0_f64.powi(decimals));
                let close = noise(seed).take(900).map(|part| {
                    price = move_(price, part).max(5.0);
                    (price * unit).round() / unit
                });
                let close: Vec<f64> = close.collect();
                assert!(between_others(&close, &draft).is_empty(), "{tree} {seed}");
            }
        }
    }

    #[test]
    fn moves_that_go_on_are_on_no_line() {
        let (_, draft) = walk(1000);
        for seed in 0..24 {
            let (mut price, mut factor) = (100.0, 1.01);
            let close = noise(seed).take(1000).map(|part| {
                factor = if part < 0.6 { factor } else { 1.0 / factor };
                price *= factor;
                (price * 1e4_f64).round() / 1e4
            });
            let close: Vec<f64> = close.collect();
            assert!(between_others(&close, &draft).is_empty(), "{seed}");
        }
    }

    #[test]
    fn money_that_accrues_and_rates_that_are_set_are_not_filled_in() {
        let (_, draft) = walk(1500);
        let of = |price: &dyn Fn(f64, usize) -> f64| {
            let mut last = 10.0;
            (0..1500)
                .map(|day| {
                    last = price(last, day);
                    (last * 100.0_f64).round() / 100.0
                })
                .collect::<Vec<f64>>()
        };
        let accrued = of(&|last, _| last * (1.0 + 0.02 / 365.0));
        let set = of(&|last, day| if day % 30 == 29 { last + [0.25, -0.25, 0.25, 0.5][day / 30 % 4] } else { last });
        for close in [accrued, set] {
            assert!(repeats(&close, None, 1500, &draft).is_empty());
        }
        // Closes of months, repeated.
        let walk = walk(1500).0;
        let months: Vec<f64> = (0..1500).map(|day| walk[day / 21 * 21]).collect();
        assert_eq!(repeats(&months, None, 1500, &draft).count(), 1500 - 1500_usize.div_ceil(21));
    }

    #[test]
    fn filled_closes_are_distinguished_from_those_that_did_not_move() {
        let (close, draft) = walk(700);
        let mut next = noise(6);
        let fine: Vec<f64> = close.iter().map(|price| price + (next.next().unwrap() * 1e4).round() / 1e6).collect();
        assert!(repeats(&fine, None, 700, &draft).is_empty());
        for every in [10, 25] {
            let mut filled = fine.clone();
            (1..700).step_by(every).for_each(|row| filled[row] = filled[row - 1]);
            assert_eq!(repeats(&filled, None, 700, &draft).count(), 700_usize.div_ceil(every));
            // Days that a volume shows were traded, and last rows with a warning of their own.
            let traded: Vec<f64> = (1..=700).map(f64::from).collect();
            assert!(repeats(&filled, Some(&traded), 700, &draft).is_empty());
            assert!(repeats(&filled, None, 5, &draft).is_empty());
        }
        // A price on a coarse grid often does not move.
        let coarse: Vec<f64> = close.iter().map(|price| (price / 2.0).round() * 2.0).collect();
        assert!(repeats(&coarse, None, 700, &draft).is_empty());
    }
}
