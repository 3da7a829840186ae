//! What days that a fit has not seen say of it: its errors, and its odds.

use std::ops::Range;
use std::sync::Arc;

use super::calibration::{self, Calibration, LevelMap};
use super::card::Evaluation;
use super::forecaster::Forecaster;
use super::odds::Odds;
use crate::features::Frame;
use crate::prices::PriceSeries;

/// How much of a price the rounding of an adjusted close may be.
const ROUNDING: f64 = 1e-6;
/// Its multiples, less their whole parts, fill the unit interval evenly from the first on.
const GOLDEN_RATIO: f64 = 0.618_033_988_749_894_9;

/// Scores one-shot forecasts on the days `days`, all of them after the forecaster's own.
pub(super) fn evaluate(forecaster: &Forecaster, series: &PriceSeries, frame: &Frame, days: Range<usize>) -> Evaluation {
    let (mut squares, mut naive_squares, mut inside_50, mut inside_90, mut count) = (0.0, 0.0, 0, 0, 0);
    for (day, path) in days.clone().zip(forecaster.paths(frame, days.clone())) {
        for (step, horizon) in path.horizons().enumerate() {
            let price = |moved: f64| frame.adjusted_after(day, moved);
            let actual = frame.adjusted(day + horizon);
            let inside = |level: f64| {
                let ends = [(1.0 - level) / 2.0, (1.0 + level) / 2.0].map(|p| price(path.quantile(step, p)));
                // An outcome may be an end of the interval, and both are rounded numbers.
                (ends[0] * (1.0 - ROUNDING)..=ends[1] * (1.0 + ROUNDING)).contains(&actual)
            };
            squares += (actual - price(path.median(step))).powi(2);
            naive_squares += (actual - frame.adjusted(day)).powi(2);
            inside_50 += usize::from(inside(0.5));
            inside_90 += usize::from(inside(0.9));
            count += 1;
        }
    }
    let mean = |sum: f64| sum / f64::from(count);
    // Errors of adjusted prices become errors of quoted ones on the basis of the last day tested, as in a backtest.
    let last = days.end - 1 + forecaster.card.config.horizon;
    let basis = series.close[last] / series.adjusted[last];
    Evaluation {
        days: days.len(),
        first: series.dates[days.start],
        last: series.dates[days.end - 1],
        rmse: basis * mean(squares).sqrt(),
        naive_rmse: basis * mean(naive_squares).sqrt(),
        coverage_50: mean(inside_50 as f64),
        coverage_90: mean(inside_90 as f64),
    }
}

/// What the days `days`, all of them after the forecaster's own, say about its odds; nothing if they
/// are too few.
pub(super) fn calibrate(
    test: &Forecaster,
    series: &PriceSeries,
    frame: &Frame,
    days: Range<usize>,
) -> Option<Calibration> {
    if days.len() < calibration::LEAST_DAYS {
        return None;
    }
    let odds = test.odds(frame, days.clone());
    let map = |(step, horizon): (usize, usize)| {
        let level = |(day, odds): (usize, &Vec<Odds>)| {
            let scaled = |y: f64| test.card.target_scaler.scale(y);
            // On a coarse grid many outcomes are one price. Each stands for a step's width of prices that it was rounded
            // from, and takes a place among them that no other day near it takes.
            if let Some((lower, upper)) = frame.step_of_target(day, horizon) {
                let place = (day as f64 * GOLDEN_RATIO).fract();
                return Some(odds[step].level_between((scaled(lower), scaled(upper)), place));
            }
            Some(odds[step].level_holding(scaled(frame.target(day, horizon)?)))
        };
        Arc::new(LevelMap::of(days.clone().zip(&odds).filter_map(level).collect()))
    };
    let levels = test.card.config.horizons().enumerate().map(map).collect();
    let (first, last) = (series.dates[days.start], series.dates[days.end - 1]);
    Some(Calibration { days: days.len(), first, last, levels })
}
