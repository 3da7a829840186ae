//! Evaluation and calibration of a fit on days that it has not seen.

use std::ops::Range;
use std::sync::Arc;

use jiff::civil::Date;

use super::calibration::{self, Calibration, RecalibrationMap};
use super::card::{Coverage, Evaluation, StepCoverage};
use super::distribution::Distribution;
use super::forecaster::Forecaster;
use super::path::Path;
use crate::features::Frame;
use crate::prices::PriceSeries;

/// Maximum rounding error of an adjusted close, as a fraction of the price.
const ROUNDING: f64 = 1e-6;
/// The fractional parts of its multiples are evenly distributed, for every number of them.
const GOLDEN_RATIO: f64 = 0.618_033_988_749_894_9;

/// A test fit on days it has not seen.
pub(super) struct Unseen<'a> {
    test: &'a Forecaster,
    frame: &'a Frame,
    days: Range<usize>,
    /// The dates of the first and of the last of them.
    span: (Date, Date),
    /// Before recalibration, one day after another.
    distributions: Vec<Vec<Distribution>>,
    /// For each day ahead, day after day: the level of the smallest raw interval that contains the outcome, if it is known.
    levels: Vec<Vec<Option<f64>>>,
}

impl<'a> Unseen<'a> {
    /// A fit on the days `days` of a series, all of them after the forecaster's training days.
    pub fn new(test: &'a Forecaster, series: &PriceSeries, frame: &'a Frame, days: Range<usize>) -> Self {
        let span = (series.dates[days.start], series.dates[days.end - 1]);
        let distributions = test.distributions(frame, days.clone());
        let mut unseen = Unseen { test, frame, days, span, distributions, levels: Vec::new() };
        unseen.levels = unseen.horizons().map(|(step, horizon)| unseen.levels(step, horizon)).collect();
        unseen
    }

    fn is_enough(&self) -> bool {
        self.days.len() >= calibration::MIN_DAYS
    }

    /// The calibration by these days; `None` if they are too few.
    pub fn calibration(&self) -> Option<Calibration> {
        let (first, last) = self.span;
        let levels = || self.recalibration_maps(|_| self.days.clone());
        self.is_enough().then(|| Calibration { days: self.days.len(), first, last, levels: levels() })
    }

    /// The errors and the coverage on these days.
    pub fn evaluation(&self) -> Evaluation {
        let (days, (first, last)) = (self.days.clone(), self.span);
        let (rmse, naive_rmse) = self.errors(days.clone());
        let raw = self.coverage(days.clone(), None);
        let calibrated = self.is_enough().then(|| self.cross_fitted(days.clone()));
        let step = |(step, horizon): (usize, usize)| StepCoverage {
            horizon,
            raw: raw[step],
            calibrated: calibrated.as_ref().map(|calibrated| calibrated[step]),
        };
        // Of a day far ahead none of the outcomes may be known.
        let is_tested = |(step, _): &(usize, usize)| self.levels[*step].iter().any(Option::is_some);
        let steps: Vec<StepCoverage> = self.horizons().filter(is_tested).map(step).collect();
        let usual = self.test.card.config.usual_day();
        let of_usual = self.horizons().filter(|(_, ahead)| *ahead <= usual).map(|(step, _)| raw[step]);
        let Coverage { level_50: coverage_50, level_90: coverage_90 } = Coverage::mean(of_usual.collect());
        Evaluation { days: days.len(), first, last, rmse, naive_rmse, coverage_50, coverage_90, steps }
    }

    fn levels(&self, step: usize, horizon: usize) -> Vec<Option<f64>> {
        let scaled = |y: f64| self.test.card.target_scaler.scale(y);
        let level = |(day, distribution): (usize, &Vec<Distribution>)| {
            // With a price grid an outcome is rounded, and its level an interval. A point of that interval is taken, spread
            // evenly over the days.
            if let Some((lower, upper)) = self.frame.step_of_target(day, horizon) {
                let position = (day as f64 * GOLDEN_RATIO).fract();
                return Some(distribution[step].level_between((scaled(lower), scaled(upper)), position));
            }
            Some(distribution[step].level_containing(scaled(self.frame.target(day, horizon)?)))
        };
        (self.days.start..).zip(&self.distributions).map(level).collect()
    }

    fn horizons(&self) -> impl Iterator<Item = (usize, usize)> {
        self.test.card.config.horizons().into_iter().enumerate()
    }

    fn of_days(&self, days: &Range<usize>) -> impl Iterator<Item = (usize, &Vec<Distribution>)> {
        days.clone().zip(&self.distributions[days.start - self.days.start..])
    }

    /// The paths of some of the days, with recalibration if there are maps.
    fn paths(&self, days: Range<usize>, maps: Option<&[Arc<RecalibrationMap>]>) -> Vec<(usize, Path)> {
        let mut distributions: Vec<Vec<Distribution>> = self.of_days(&days).map(|(_, all)| all.clone()).collect();
        for day in &mut distributions {
            for (step, distribution) in day.iter_mut().enumerate() {
                distribution.levels = maps.map(|maps| Arc::clone(&maps[step]));
            }
        }
        let horizons = self.test.card.config.horizons();
        days.clone().zip(self.test.paths_from(self.frame, days, distributions, &horizons)).collect()
    }

    /// Root mean square errors of the median and of "tomorrow = today", in prices on the basis of the last day.
    fn errors(&self, days: Range<usize>) -> (f64, f64) {
        let (mut squares, mut naive_squares, mut count) = (0.0, 0.0, 0.0);
        // Of a network with outputs for several days ahead the first counts, of a path every day.
        let steps = if self.test.card.config.nodes.is_empty() { usize::MAX } else { 1 };
        for (day, path) in self.paths(days, None) {
            for (step, horizon) in path.horizons().enumerate().take(steps) {
                let actual = self.frame.adjusted(day + horizon);
                squares += (actual - self.frame.adjusted_after(day, path.median(step))).powi(2);
                naive_squares += (actual - self.frame.adjusted(day)).powi(2);
                count += 1.0;
            }
        }
        let rmse = |squares: f64| (squares / count).sqrt() * self.frame.last_quote();
        (rmse(squares), rmse(naive_squares))
    }

    /// The recalibration map of each day ahead, from the outcomes of the days that `days` gives for it.
    fn recalibration_maps(&self, days: impl Fn(usize) -> Range<usize>) -> Vec<Arc<RecalibrationMap>> {
        let map = |(step, horizon): (usize, usize)| {
            let levels = self.levels_of(step, &days(horizon)).flatten().collect();
            Arc::new(RecalibrationMap::of(levels, calibration::pseudo_days(&self.test.card.start, horizon)))
        };
        self.horizons().map(map).collect()
    }

    fn levels_of(&self, step: usize, days: &Range<usize>) -> impl Iterator<Item = Option<f64>> {
        self.levels[step][days.start - self.days.start..days.end - self.days.start].iter().copied()
    }

    /// The fraction of the days inside the intervals, for each day ahead.
    fn coverage(&self, days: Range<usize>, maps: Option<&[Arc<RecalibrationMap>]>) -> Vec<Coverage> {
        if days.clone().any(|day| self.frame.grid(day).is_some()) {
            return self.coverage_on_grid(&self.paths(days, maps));
        }
        let step = |(step, _)| {
            let levels: Vec<f64> = self.levels_of(step, &days).flatten().collect();
            let inside = |level: f64| {
                let raw = maps.map_or(level, |maps| maps[step].raw_level(level));
                levels.iter().filter(|containing| **containing <= raw).count() as f64 / levels.len() as f64
            };
            Coverage { level_50: inside(0.5), level_90: inside(0.9) }
        };
        self.horizons().map(step).collect()
    }

    /// The same where the ends of intervals are prices on a grid.
    fn coverage_on_grid(&self, paths: &[(usize, Path)]) -> Vec<Coverage> {
        let step = |(step, horizon): (usize, usize)| {
            let known = || paths.iter().filter(move |(day, _)| day + horizon < self.frame.days());
            let is_inside = |(day, path): &&(usize, Path), level: f64| {
                let end = |p: f64| self.frame.adjusted_after(*day, path.quantile(step, p));
                // An outcome may equal a bound of the interval, and both are rounded.
                let (lower, upper) = (end((1.0 - level) / 2.0), end((1.0 + level) / 2.0));
                let actual = self.frame.adjusted(day + horizon);
                (lower * (1.0 - ROUNDING)..=upper * (1.0 + ROUNDING)).contains(&actual)
            };
            let inside = |level| known().filter(|one| is_inside(one, level)).count() as f64 / known().count() as f64;
            Coverage { level_50: inside(0.5), level_90: inside(0.9) }
        };
        self.horizons().map(step).collect()
    }

    /// The fraction of the days inside intervals that were calibrated on the other half of the days (cross-fitting), for each
    /// day ahead: on the days of its own calibration coverage would be biased. Days whose targets overlap the scored half
    /// are left out of the calibration.
    fn cross_fitted(&self, days: Range<usize>) -> Vec<Coverage> {
        let middle = days.start + days.len() / 2;
        let earlier = self.recalibration_maps(|ahead| days.start..(middle + 1).saturating_sub(ahead).max(days.start));
        let later = self.recalibration_maps(|ahead| (middle + ahead - 1).min(days.end)..days.end);
        let mut all = vec![Coverage::default(); self.horizons().count()];
        for (maps, scored) in [(earlier, middle..days.end), (later, days.start..middle)] {
            let share = scored.len() as f64 / days.len() as f64;
            for (all, half) in all.iter_mut().zip(self.coverage(scored, Some(&maps))) {
                all.level_50 += share * half.level_50;
                all.level_90 += share * half.level_90;
            }
        }
        all
    }
}
