//! Finds closes without a trade: repeated from the day before, or interpolated between two others.

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
    if filled.len() <= 3 * chance + MIN_DAYS || 40 * filled.len() < close.len() {
        filled = in_equal_runs(close, end, is_traded);
    }
    filled.into_iter().map(|row| draft.line(row)).collect()
}

/// Rows that repeat the close of the day before, where most runs of equal closes are of one length, as the days of a
/// week, month or quarter are: the lengths of runs that chance makes are spread widely.
fn in_equal_runs(close: &[f64], end: usize, is_traded: impl Fn(usize) -> bool) -> Vec<usize> {
    const MIN_LENGTH: usize = 4;
    const MIN_RUNS: usize = 10;
    /// Months have 19 to 23 weekdays, fewer with holidays.
    const MAX_DIFFERENCE: f64 = 0.2;
    let repeats = |row: &usize| close[*row] == close[*row - 1] && !is_traded(*row);
    let starts: Vec<usize> = (1..end).filter(|row| !repeats(row)).collect();
    let lengths: Vec<f64> = starts.windows(2).map(|pair| (pair[1] - pair[0]) as f64).collect();
    let Some(usual) = median(lengths.clone()).filter(|usual| *usual >= MIN_LENGTH as f64) else { return Vec::new() };
    let alike = lengths.iter().filter(|length| (**length - usual).abs() <= (MAX_DIFFERENCE * usual).max(1.0)).count();
    if alike < MIN_RUNS || 2 * alike < lengths.len() {
        return Vec::new();
    }
    (1..end).filter(repeats).collect()
}

/// Rows whose close lies on a straight line with those before and after, where there are far more of them than of any
/// other distance from the line.
pub(super) fn between_others(close: &[f64], draft: &Draft) -> Lines {
    let unit = unit(close);
    if is_accrual(close) {
        return Lines::default();
    }
    let exact = straight(close, unit);
    let rows = if exact.is_empty() { rounded(close, unit) } else { exact };
    let rows = if rows.is_empty() { in_runs(close, unit) } else { rows };
    let rows = if rows.is_empty() { in_even_steps(close, unit) } else { rows };
    rows.into_iter().map(|row| draft.line(row)).collect()
}

/// Whether the usual step is that of a day at a rate of interest, of at most 11 % a year; rates may change their sign.
fn moves_little(close: &[f64]) -> bool {
    const MAX_USUAL_STEP: f64 = 3e-4;
    let relative = close.windows(2).map(|pair| (pair[1] / pair[0] - 1.0).abs()).filter(|step| *step > 0.0);
    median(relative.collect()).is_some_and(|usual| usual < MAX_USUAL_STEP)
}

/// Rows between two steps of one direction that differ by rounding, where steps hardly ever change their direction: of
/// closes that move on each day every second step does.
fn in_runs(close: &[f64], unit: f64) -> Vec<usize> {
    /// Most of the steps differ by so little, in units.
    const MAX_ROUNDING: f64 = 1.5;
    const MIN_MOVES: usize = 60;
    /// At most one move in so many turns.
    const MIN_MOVES_PER_TURN: usize = 7;
    let steps: Vec<(usize, f64)> = (1..close.len()).map(|row| (row, close[row] - close[row - 1])).collect();
    let moves: Vec<(usize, f64)> = steps.iter().copied().filter(|(_, step)| *step != 0.0 && step.is_finite()).collect();
    let turns = moves.windows(2).filter(|pair| pair[0].1 * pair[1].1 < 0.0).count();
    let are_many = moves.len() >= MIN_MOVES && 3 * moves.len() >= close.len();
    let is_alike = |pair: &&[(usize, f64)]| (pair[0].1 - pair[1].1).abs() < MAX_ROUNDING * unit;
    let alike = moves.windows(2).filter(is_alike).count();
    if !are_many || 4 * alike < 3 * moves.len() || MIN_MOVES_PER_TURN * turns > moves.len() || moves_little(close) {
        return Vec::new();
    }
    moves.windows(2).filter(|pair| pair[0].1 * pair[1].1 > 0.0).filter(is_alike).map(|pair| pair[0].0).collect()
}

/// Rows on the way from one known price to the next: steps of one direction and one size, with as many days between two
/// of them as between the next two, but for rounding. The slope may be less than a unit a day.
fn in_even_steps(close: &[f64], unit: f64) -> Vec<usize> {
    const MIN_MOVES: usize = 40;
    /// At most one move in so many turns.
    const MIN_MOVES_PER_TURN: usize = 6;
    /// At least one move in so many goes the less frequent way: a price that only rises has no turns either.
    const MAX_MOVES_PER_RARER: usize = 10;
    /// Maximum difference of two steps, in units where they are small and as a fraction where they are large: less than
    /// on a wave, whose steps grow and shrink.
    const MAX_ROUNDING: f64 = 1.5;
    const MAX_DIFFERENCE: f64 = 0.01;
    let step = |row: usize| close[row] - close[row - 1];
    let moves: Vec<usize> = (1..close.len()).filter(|&row| step(row) != 0.0 && step(row).is_finite()).collect();
    let is_up = |row: usize| step(row) > 0.0;
    let up = moves.iter().filter(|&&row| is_up(row)).count();
    let turns = moves.windows(2).filter(|pair| is_up(pair[0]) != is_up(pair[1])).count();
    let is_one_way = MAX_MOVES_PER_RARER * up.min(moves.len() - up) < moves.len();
    if moves.len() < MIN_MOVES || is_one_way || MIN_MOVES_PER_TURN * turns > moves.len() || moves_little(close) {
        return Vec::new();
    }
    let is_alike = |rows: &[usize]| {
        let (one, next) = (step(rows[0]), step(rows[1]));
        (one - next).abs() <= (MAX_ROUNDING * unit).max(MAX_DIFFERENCE * one.abs().max(next.abs()))
    };
    let one_way = moves.windows(3).filter(|rows| rows.iter().all(|&row| is_up(row) == is_up(rows[0])));
    let is_even = |rows: &&[usize]| (rows[1] - rows[0]).abs_diff(rows[2] - rows[1]) <= 1 && is_alike(rows);
    let even: Vec<usize> = one_way.clone().filter(is_even).map(|rows| rows[1]).collect();
    if 3 * even.len() >= 2 * one_way.count() { even } else { Vec::new() }
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

/// Rows on a straight line with their neighbours but for rounding, in years whose moves are large beside the last
/// decimal.
fn rounded(close: &[f64], unit: f64) -> Vec<usize> {
    /// The moves of a stock grow with its price.
    const MAX_ROWS_OF_PRICE: usize = 1000;
    /// Minimum usual distance from the line in units.
    const MIN_DISTANCE: f64 = 15.0;
    /// Minimum usual step in units where most rows are on a line, and how many at least are: of a walk with such steps
    /// about a quarter is.
    const MIN_STEP: f64 = 2.0;
    const MIN_FRACTION_ON_LINES: f64 = 0.6;
    /// Rounding of three closes moves the middle one from the line by less than two units, and so by one.
    const UNITS_PER_PLACE: f64 = 3.0;
    /// Distances around the line whose mean frequency is that of chance.
    const MAX_PLACES: u64 = 5;
    let rows: Vec<usize> = (1..close.len().saturating_sub(1)).collect();
    let (mut straight, mut chance, mut most) = (Vec::new(), 0.0, 0);
    for years in rows.chunks(MAX_ROWS_OF_PRICE) {
        let bends: Vec<(usize, f64)> = years.iter().filter_map(|&row| Some((row, bend(close, row, unit)?))).collect();
        let steps = bends.iter().map(|&(row, _)| (close[row] - close[row - 1]).abs());
        let (step, distance) = (median(steps.collect()), median(bends.iter().map(|(_, bend)| bend.abs()).collect()));
        let (Some(step), Some(distance)) = (step, distance) else { continue };
        let on_lines = bends.iter().filter(|(_, bend)| 2.0 * bend.abs() <= UNITS_PER_PLACE * unit).count();
        let is_on_lines = on_lines as f64 >= MIN_FRACTION_ON_LINES * bends.len() as f64 && step >= MIN_STEP * unit;
        if distance < MIN_DISTANCE * unit && !is_on_lines {
            continue;
        }
        let place = |bend: f64| (bend / (UNITS_PER_PLACE * unit)).round() as i64;
        let near = bends.iter().filter(|(_, bend)| (1..=MAX_PLACES).contains(&place(*bend).unsigned_abs())).count();
        chance += near as f64 / (2 * MAX_PLACES) as f64;
        most += highest_count(bends.iter().map(|(_, bend)| place(*bend)).filter(|place| *place != 0).collect());
        straight.extend(bends.iter().filter(|(_, bend)| place(*bend) == 0).map(|(row, _)| *row));
    }
    // At least one day in forty, twice as many as by chance, and clearly more than of any other distance.
    let is_frequent = 40 * straight.len() >= close.len() && 2 * straight.len() > 3 * most;
    if is_frequent && straight.len() as f64 > 2.0 * chance + MIN_DAYS as f64 { straight } else { Vec::new() }
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
