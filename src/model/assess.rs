//! What days that a fit has not seen say of it: its errors, and its prediction intervals.

use std::ops::Range;
use std::sync::Arc;

use super::calibration::{self, Calibration, RecalibrationMap};
use super::card::{Coverage, Evaluation, StepCoverage, Training};
use super::distribution::Distribution;
use super::forecaster::Forecaster;
use super::path::Path;
use crate::features::Frame;
use crate::prices::PriceSeries;

/// How much of a price the rounding of an adjusted close may be.
const ROUNDING: f64 = 1e-6;
/// Its multiples, less their whole parts, fill the unit interval evenly from the first on.
const GOLDEN_RATIO: f64 = 0.618_033_988_749_894_9;

/// Scores one-shot forecasts on the days `days`, all of them after the forecaster's own, and learns from
/// them what its intervals need: nothing if they are too few.
pub(super) fn assess(
    test: &Forecaster,
    series: &PriceSeries,
    frame: &Frame,
    days: Range<usize>,
) -> (Evaluation, Option<Calibration>) {
    let unseen = Unseen { test, frame, first: days.start, distribution: test.distributions(frame, days.clone()) };
    let (first, last) = (series.dates[days.start], series.dates[days.end - 1]);
    let enough = days.len() >= calibration::MIN_DAYS;
    let calibration =
        enough.then(|| Calibration { days: days.len(), first, last, levels: unseen.level_maps(days.clone()) });
    let (rmse, naive_rmse) = unseen.errors(days.clone());
    let own = unseen.shares(days.clone(), None);
    let calibrated = enough.then(|| unseen.cross_fitted(days.clone()));
    let step = |(step, horizon): (usize, usize)| StepCoverage {
        horizon,
        own: own[step],
        calibrated: calibrated.as_ref().map(|calibrated| calibrated[step]),
    };
    let steps: Vec<StepCoverage> = unseen.horizons().map(step).collect();
    let Coverage { level_50, level_90 } = Coverage::mean(own);
    let (coverage_50, coverage_90) = (level_50, level_90);
    let evaluation = Evaluation { days: days.len(), first, last, rmse, naive_rmse, coverage_50, coverage_90, steps };
    (evaluation, calibration)
}

/// A test fit on days it has not seen.
struct Unseen<'a> {
    test: &'a Forecaster,
    frame: &'a Frame,
    /// The first of the days.
    first: usize,
    /// Before any level map, a day after another.
    distribution: Vec<Vec<Distribution>>,
}

impl Unseen<'_> {
    fn horizons(&self) -> impl Iterator<Item = (usize, usize)> {
        self.test.card.config.horizons().enumerate()
    }

    fn of_days(&self, days: &Range<usize>) -> impl Iterator<Item = (usize, &Vec<Distribution>)> {
        days.clone().zip(&self.distribution[days.start - self.first..])
    }

    /// The paths of some of the days, calibrated or not.
    fn paths(&self, days: Range<usize>, maps: Option<&[Arc<RecalibrationMap>]>) -> impl Iterator<Item = (usize, Path)> {
        let mut forecaster = self.test.clone();
        let Training { first, last, .. } = forecaster.card.training;
        let of_maps = |levels: &[Arc<RecalibrationMap>]| {
            Some(Calibration { days: days.len(), first: first?, last: last?, levels: levels.to_vec() })
        };
        forecaster.card.calibration = maps.and_then(of_maps);
        days.clone().zip(forecaster.paths(self.frame, days))
    }

    /// Root mean square errors of the median and of "tomorrow = today", in prices on the basis of the last day.
    fn errors(&self, days: Range<usize>) -> (f64, f64) {
        let (mut squares, mut naive_squares, mut count) = (0.0, 0.0, 0.0);
        for (day, path) in self.paths(days, None) {
            for (step, horizon) in path.horizons().enumerate() {
                let actual = self.frame.adjusted(day + horizon);
                squares += (actual - self.frame.adjusted_after(day, path.median(step))).powi(2);
                naive_squares += (actual - self.frame.adjusted(day)).powi(2);
                count += 1.0;
            }
        }
        let root = |squares: f64| (squares / count).sqrt() * self.frame.last_quote();
        (root(squares), root(naive_squares))
    }

    /// What the days say of the networks' own levels, step by step.
    fn level_maps(&self, days: Range<usize>) -> Vec<Arc<RecalibrationMap>> {
        let card = &self.test.card;
        let map = |(step, horizon): (usize, usize)| {
            let scaled = |y: f64| card.target_scaler.scale(y);
            let level = |(day, distribution): (usize, &Vec<Distribution>)| {
                // On a coarse grid many outcomes are one price. Each stands for a step's width of prices that it was
                // rounded from, and takes a place among them that no other day near it takes.
                if let Some((lower, upper)) = self.frame.step_of_target(day, horizon) {
                    let place = (day as f64 * GOLDEN_RATIO).fract();
                    return Some(distribution[step].level_between((scaled(lower), scaled(upper)), place));
                }
                Some(distribution[step].level_holding(scaled(self.frame.target(day, horizon)?)))
            };
            let levels = self.of_days(&days).filter_map(level).collect();
            Arc::new(RecalibrationMap::of(levels, calibration::own_days(&card.start, horizon)))
        };
        self.horizons().map(map).collect()
    }

    /// The share of the days inside the intervals, step by step.
    fn shares(&self, days: Range<usize>, maps: Option<&[Arc<RecalibrationMap>]>) -> Vec<Coverage> {
        let count = days.len() as f64;
        let mut inside = vec![Coverage::default(); self.horizons().count()];
        for (day, path) in self.paths(days, maps) {
            for (step, horizon) in path.horizons().enumerate() {
                let actual = self.frame.adjusted(day + horizon);
                let end = |p: f64| self.frame.adjusted_after(day, path.quantile(step, p));
                let share = |level: f64| {
                    // An outcome may be an end of the interval, and both are rounded numbers.
                    let (lower, upper) = (end((1.0 - level) / 2.0), end((1.0 + level) / 2.0));
                    let is_inside = (lower * (1.0 - ROUNDING)..=upper * (1.0 + ROUNDING)).contains(&actual);
                    f64::from(u8::from(is_inside)) / count
                };
                inside[step].level_50 += share(0.5);
                inside[step].level_90 += share(0.9);
            }
        }
        inside
    }

    /// The share of the days inside intervals that the other half of the days has calibrated, step by step.
    ///
    /// What days say of themselves would always be in line. Days whose targets reach into the half that is scored
    /// calibrate nothing.
    fn cross_fitted(&self, days: Range<usize>) -> Vec<Coverage> {
        let middle = days.start + days.len() / 2;
        let apart = self.horizons().map(|(_, horizon)| horizon).max().unwrap_or(1) - 1;
        let earlier = days.start..middle.saturating_sub(apart).max(days.start);
        let later = (middle + apart).min(days.end)..days.end;
        let halves = [(earlier, middle..days.end), (later, days.start..middle)];
        let mut all = vec![Coverage::default(); self.horizons().count()];
        for (seen, scored) in halves {
            let share = scored.len() as f64 / days.len() as f64;
            for (all, half) in all.iter_mut().zip(self.shares(scored, Some(&self.level_maps(seen)))) {
                all.level_50 += share * half.level_50;
                all.level_90 += share * half.level_90;
            }
        }
        all
    }
}
