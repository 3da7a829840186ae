//! Evaluation and calibration of a fit on days that it has not seen.

use std::ops::Range;
use std::sync::Arc;

use super::calibration::{self, Calibration, RecalibrationMap};
use super::card::{Coverage, Evaluation, StepCoverage, Training};
use super::distribution::Distribution;
use super::forecaster::Forecaster;
use super::path::Path;
use crate::features::Frame;
use crate::prices::PriceSeries;

/// Maximum rounding error of an adjusted close, as a fraction of the price.
const ROUNDING: f64 = 1e-6;
/// The fractional parts of its multiples are evenly distributed, for every number of them.
const GOLDEN_RATIO: f64 = 0.618_033_988_749_894_9;

/// Evaluates forecasts on the days `days`, all of them after the forecaster's training days, and calibrates by them; no
/// calibration if they are too few.
pub(super) fn assess(
    test: &Forecaster,
    series: &PriceSeries,
    frame: &Frame,
    days: Range<usize>,
) -> (Evaluation, Option<Calibration>) {
    let unseen = Unseen { test, frame, first: days.start, distributions: test.distributions(frame, days.clone()) };
    let (first, last) = (series.dates[days.start], series.dates[days.end - 1]);
    let enough = days.len() >= calibration::MIN_DAYS;
    let calibration =
        enough.then(|| Calibration { days: days.len(), first, last, levels: unseen.recalibration_maps(days.clone()) });
    let (rmse, naive_rmse) = unseen.errors(days.clone());
    let raw = unseen.coverage(days.clone(), None);
    let calibrated = enough.then(|| unseen.cross_fitted(days.clone()));
    let step = |(step, horizon): (usize, usize)| StepCoverage {
        horizon,
        raw: raw[step],
        calibrated: calibrated.as_ref().map(|calibrated| calibrated[step]),
    };
    let steps: Vec<StepCoverage> = unseen.horizons().map(step).collect();
    let Coverage { level_50, level_90 } = Coverage::mean(raw);
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
    /// Before recalibration, one day after another.
    distributions: Vec<Vec<Distribution>>,
}

impl Unseen<'_> {
    fn horizons(&self) -> impl Iterator<Item = (usize, usize)> {
        self.test.card.config.horizons().enumerate()
    }

    fn of_days(&self, days: &Range<usize>) -> impl Iterator<Item = (usize, &Vec<Distribution>)> {
        days.clone().zip(&self.distributions[days.start - self.first..])
    }

    /// The paths of some of the days, with recalibration if there are maps.
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
        let rmse = |squares: f64| (squares / count).sqrt() * self.frame.last_quote();
        (rmse(squares), rmse(naive_squares))
    }

    /// The recalibration map of each day ahead, from the outcomes of the days.
    fn recalibration_maps(&self, days: Range<usize>) -> Vec<Arc<RecalibrationMap>> {
        let card = &self.test.card;
        let map = |(step, horizon): (usize, usize)| {
            let scaled = |y: f64| card.target_scaler.scale(y);
            let level = |(day, distribution): (usize, &Vec<Distribution>)| {
                // With a price grid an outcome is rounded, and its level an interval. A point of that interval is taken, spread
                // evenly over the days.
                if let Some((lower, upper)) = self.frame.step_of_target(day, horizon) {
                    let position = (day as f64 * GOLDEN_RATIO).fract();
                    return Some(distribution[step].level_between((scaled(lower), scaled(upper)), position));
                }
                Some(distribution[step].level_containing(scaled(self.frame.target(day, horizon)?)))
            };
            let levels = self.of_days(&days).filter_map(level).collect();
            Arc::new(RecalibrationMap::of(levels, calibration::pseudo_days(&card.start, horizon)))
        };
        self.horizons().map(map).collect()
    }

    /// The fraction of the days inside the intervals, for each day ahead.
    fn coverage(&self, days: Range<usize>, maps: Option<&[Arc<RecalibrationMap>]>) -> Vec<Coverage> {
        let count = days.len() as f64;
        let mut inside = vec![Coverage::default(); self.horizons().count()];
        for (day, path) in self.paths(days, maps) {
            for (step, horizon) in path.horizons().enumerate() {
                let actual = self.frame.adjusted(day + horizon);
                let end = |p: f64| self.frame.adjusted_after(day, path.quantile(step, p));
                let fraction = |level: f64| {
                    // An outcome may equal a bound of the interval, and both are rounded.
                    let (lower, upper) = (end((1.0 - level) / 2.0), end((1.0 + level) / 2.0));
                    let is_inside = (lower * (1.0 - ROUNDING)..=upper * (1.0 + ROUNDING)).contains(&actual);
                    f64::from(u8::from(is_inside)) / count
                };
                inside[step].level_50 += fraction(0.5);
                inside[step].level_90 += fraction(0.9);
            }
        }
        inside
    }

    /// The fraction of the days inside intervals that were calibrated on the other half of the days (cross-fitting), for each
    /// day ahead: on the days of its own calibration coverage would be biased. Days whose targets overlap the scored half
    /// are left out of the calibration.
    fn cross_fitted(&self, days: Range<usize>) -> Vec<Coverage> {
        let middle = days.start + days.len() / 2;
        let apart = self.horizons().map(|(_, horizon)| horizon).max().unwrap_or(1) - 1;
        let earlier = days.start..middle.saturating_sub(apart).max(days.start);
        let later = (middle + apart).min(days.end)..days.end;
        let halves = [(earlier, middle..days.end), (later, days.start..middle)];
        let mut all = vec![Coverage::default(); self.horizons().count()];
        for (seen, scored) in halves {
            let share = scored.len() as f64 / days.len() as f64;
            for (all, half) in all.iter_mut().zip(self.coverage(scored, Some(&self.recalibration_maps(seen)))) {
                all.level_50 += share * half.level_50;
                all.level_90 += share * half.level_90;
            }
        }
        all
    }
}
