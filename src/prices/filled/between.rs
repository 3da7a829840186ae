//! Closes that are interpolated between two others.

use std::cell::LazyCell;

use super::MIN_DAYS;
use super::kinds::{highest_count, is_accrual, moves_in_few_sizes};
use super::lines::on_lines;
use super::means::{OF_LOGS, PLAIN, bend, rounded};
use crate::draft::Draft;
use crate::lines::Lines;
use crate::moves::{median, tick};
use crate::period_interpolation::within_periods;

/// Returns the rows whose close lies on a straight line with the closes before and after, if such rows are far more
/// frequent than any other distance from the line, or if the closes form lines from one known price to the next.
pub fn between_others(close: &[f64], draft: &Draft) -> Lines {
    /// Three closes of a wave or a trend, which seldom turn, lie on a line without interpolation. Every second step of
    /// a random walk is a turn; closes interpolated between known prices seldom turn.
    const MIN_TURNS_OF_ROWS: f64 = 0.2;
    const MAX_TURNS_OF_LINES: f64 = 0.4;
    let unit = unit(close);
    let turns = turns(close);
    let readings: [&dyn Fn() -> Vec<usize>; 3] =
        [&|| straight(close, unit), &|| rounded(close, unit, &PLAIN), &|| rounded(close, unit, &OF_LOGS)];
    let among_others = || readings.iter().map(|reading| reading()).find(|rows| !rows.is_empty()).unwrap_or_default();
    let is_tree = LazyCell::new(|| moves_in_few_sizes(close, unit));
    let rows = if turns < MIN_TURNS_OF_ROWS { Vec::new() } else { among_others() };
    // Evaluated only for the few prices with such rows.
    let rows = if rows.is_empty() || is_accrual(close) || *is_tree { Vec::new() } else { rows };
    let may_be_lines = rows.is_empty() && turns <= MAX_TURNS_OF_LINES && !*is_tree;
    let rows = if may_be_lines { on_any_lines(close, unit, draft) } else { rows };
    let rows = if rows.is_empty() && turns <= MAX_TURNS_OF_LINES && !is_accrual(close) {
        within_periods(close, &draft.dates, unit)
    } else {
        rows
    };
    rows.into_iter().map(|row| draft.line(row)).collect()
}

/// Returns the rows on lines in the row number or in the day, for the closes or their logarithms.
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

/// Returns the fraction of moves whose direction is opposite to that of the move before.
fn turns(close: &[f64]) -> f64 {
    let steps = close.windows(2).map(|pair| pair[1] - pair[0]).filter(|step| *step != 0.0);
    let (mut moves, mut turns, mut last) = (0_usize, 0_usize, 0.0);
    for step in steps {
        (moves, turns) = (moves + 1, turns + usize::from(step * last < 0.0));
        last = step;
    }
    turns as f64 / moves.max(1) as f64
}

/// Returns the rows on a straight line with their neighbours to within half of `width`, if there are more than by
/// chance.
fn straight(close: &[f64], width: f64) -> Vec<usize> {
    let place = |row: usize| bend(close, row, width).map(|bend| (bend / width).round() as i64);
    let rows = 1..close.len().saturating_sub(1);
    let mut places: Vec<i64> = rows.clone().filter_map(place).collect();
    let bends = places.len();
    places.retain(|place| *place != 0);
    let straight = bends - places.len();
    // At least one day in forty, and three times as many as by chance.
    if straight <= MIN_DAYS || 40 * straight < close.len() || straight <= 3 * highest_count(places) + MIN_DAYS {
        return Vec::new();
    }
    rows.filter(|&row| place(row) == Some(0)).collect()
}

/// Returns the unit of distances: the last decimal, or an odd multiple of it that covers the rounding of a mean of two
/// numbers.
fn unit(close: &[f64]) -> f64 {
    const ROUNDING: f64 = 2e-6;
    let tick = tick(close);
    let middle = median(close.iter().copied().filter(|price| price.is_finite()).collect());
    let pairs = (ROUNDING * middle.unwrap_or(1.0).abs() / tick / 2.0).floor();
    tick * (2.0 * pairs + 1.0)
}
