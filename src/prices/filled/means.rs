//! Closes that are the mean of their neighbours.

use std::cell::LazyCell;

use super::MIN_DAYS;
use super::chance::{Rare, are_too_few};
use super::kinds::highest_count;
use super::lines::{MIN_SHARPNESS, sharpness};
use crate::moves::median;

/// A mean of two prices that a filled-in row between them holds.
pub(super) struct Mean {
    of: fn(f64, f64) -> f64,
    /// The width of a place, in units of twice the distance from the mean. Rounding moves the row by half a unit; the
    /// plain mean is a whole or half number of units, so both ways to round a half are the mean.
    units_per_place: f64,
}

impl Mean {
    /// Returns twice the distance of a row from the mean of its neighbours, if there is a [`bend`].
    fn distance(&self, close: &[f64], row: usize, unit: f64) -> Option<f64> {
        bend(close, row, unit)?;
        let distance = 2.0 * ((self.of)(close[row - 1], close[row + 1]) - close[row]);
        distance.is_finite().then_some(distance)
    }
}

pub(super) const PLAIN: Mean = Mean { of: |before, after| f64::midpoint(before, after), units_per_place: 3.0 };
pub(super) const OF_LOGS: Mean = Mean { of: |before, after| (before * after).sqrt(), units_per_place: 2.0 };

/// Returns the rows that equal the mean of their neighbours except for rounding, in years whose moves are large
/// relative to the last decimal.
pub(super) fn rounded(close: &[f64], unit: f64, mean: &Mean) -> Vec<usize> {
    /// The moves of a stock grow with its price.
    const MAX_ROWS_OF_PRICE: usize = 1000;
    /// The minimum usual distance from the line, in units.
    const MIN_DISTANCE: f64 = 15.0;
    /// The minimum usual step, in units, if most rows are on a line, and the minimum fraction of such rows. In a random
    /// walk with such steps, about a quarter of the rows are on a line.
    const MIN_STEP: f64 = 2.0;
    const MIN_FRACTION_ON_LINES: f64 = 0.6;
    /// The number of distances around the line whose mean frequency is taken as chance.
    const MAX_PLACES: u64 = 5;
    /// The range of chance, in standard deviations of a count.
    const MAX_DEVIATIONS: f64 = 6.0;
    let rows: Vec<usize> = (1..close.len().saturating_sub(1)).collect();
    let place = |bend: f64| (bend / (mean.units_per_place * unit)).round() as i64;
    let is_on_line = |row: &&usize| mean.distance(close, **row, unit).is_some_and(|bend| place(bend) == 0);
    if are_too_few(rows.iter().filter(is_on_line).count(), close.len()) {
        return Vec::new();
    }
    let is_sharp = LazyCell::new(|| {
        let times: Vec<f64> = (0..close.len()).map(|row| row as f64).collect();
        sharpness(close, &times, unit) >= MIN_SHARPNESS
    });
    let (mut straight, mut chance, mut most) = (Vec::new(), 0.0, 0);
    let mut rare = Rare::default();
    for years in rows.chunks(MAX_ROWS_OF_PRICE) {
        let bends: Vec<(usize, f64)> =
            years.iter().filter_map(|&row| Some((row, mean.distance(close, row, unit)?))).collect();
        let steps = bends.iter().map(|&(row, _)| (close[row] - close[row - 1]).abs());
        let (step, distance) = (median(steps.collect()), median(bends.iter().map(|(_, bend)| bend.abs()).collect()));
        let (Some(step), Some(distance)) = (step, distance) else { continue };
        let on_lines = bends.iter().filter(|(_, bend)| place(*bend) == 0).count();
        let is_on_lines = on_lines as f64 >= MIN_FRACTION_ON_LINES * bends.len() as f64 && step >= MIN_STEP * unit;
        if distance < MIN_DISTANCE * unit && !(is_on_lines && *is_sharp) {
            continue;
        }
        let near = bends.iter().filter(|(_, bend)| (1..=MAX_PLACES).contains(&place(*bend).unsigned_abs())).count();
        chance += near as f64 / (2 * MAX_PLACES) as f64;
        most += highest_count(bends.iter().map(|(_, bend)| place(*bend)).filter(|place| *place != 0).collect());
        let on_line = bends.iter().filter(|(_, bend)| place(*bend) == 0).map(|(row, _)| *row);
        straight.extend(on_line.clone());
        let others = bends.iter().filter(|(_, bend)| place(*bend) != 0).map(|(_, bend)| bend.abs());
        rare.see(on_line, &others.collect::<Vec<_>>(), mean.units_per_place * unit);
    }
    // At least one day in forty, more than by chance, and clearly more than any other distance.
    let is_frequent = 40 * straight.len() >= close.len() && 5 * straight.len() > 7 * most;
    let by_chance = chance + chance.min(MAX_DEVIATIONS * chance.sqrt()) + MIN_DAYS as f64;
    if is_frequent && straight.len() as f64 > by_chance {
        return straight;
    }
    rare.out_of_chance(close.len())
}

/// Returns the step from a row minus the step to it; `None` if neither is more than a unit, as on days without a move:
/// such steps are equal by chance.
pub(super) fn bend(close: &[f64], row: usize, unit: f64) -> Option<f64> {
    let steps = [close[row] - close[row - 1], close[row + 1] - close[row]];
    let is_move = steps.iter().any(|step| step.abs() > 1.5 * unit) && steps.iter().all(|step| step.is_finite());
    is_move.then(|| steps[1] - steps[0])
}
