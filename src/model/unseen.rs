//! The forecasts of a test fit on the unseen days of one series.

use std::ops::Range;
use std::sync::Arc;

use super::calibration::RecalibrationMap;
use super::distribution::Distribution;
use super::forecaster::Forecaster;
use super::path::Path;
use fourcast_features::Frame;

/// Maximum rounding error of an adjusted close, as a fraction of the price.
const ROUNDING: f64 = 1e-6;
/// The fractional parts of its multiples are evenly distributed, for any number of them.
const GOLDEN_RATIO: f64 = 0.618_033_988_749_894_9;

/// The unit of errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ErrorUnit {
    /// Adjusted prices.
    Price,
    /// The last close before each forecast, because prices of several series have no common scale.
    LastClose,
}

/// Sums of squared errors, of the median and of "tomorrow = today".
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Errors {
    pub squares: f64,
    pub naive_squares: f64,
    pub count: f64,
}

/// The number of known outcomes of one day ahead, and the numbers of these inside the intervals.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Inside {
    pub level_50: usize,
    pub level_90: usize,
    pub known: usize,
}

impl Inside {
    fn count(outcomes: impl Iterator<Item = [bool; 2]>) -> Inside {
        outcomes.fold(Inside::default(), |sum, [inside_50, inside_90]| Inside {
            level_50: sum.level_50 + usize::from(inside_50),
            level_90: sum.level_90 + usize::from(inside_90),
            known: sum.known + 1,
        })
    }

    pub fn plus(self, other: Inside) -> Inside {
        Inside {
            level_50: self.level_50 + other.level_50,
            level_90: self.level_90 + other.level_90,
            known: self.known + other.known,
        }
    }
}

/// A test fit on days of one series that it was not trained on.
pub(super) struct Unseen<'a> {
    test: &'a Forecaster,
    /// The origins.
    pub days: Range<usize>,
    /// For each day ahead, one day after another: the level of the smallest raw interval that contains the outcome, if
    /// the outcome is known.
    levels: Vec<Vec<Option<f64>>>,
    /// The errors, if they are measured.
    pub errors: Errors,
    /// The quoted close divided by the adjusted close on the last day.
    pub quote_factor: f64,
    /// The data needed to forecast the days again. It is kept only if the errors are measured and the levels do not
    /// determine the coverage of every day ahead: for one series, which has interpolated days between the outputs of
    /// the network, and if prices lie on a grid. Otherwise it is not kept, because there can be thousands of series.
    kept: Option<Kept>,
}

struct Kept {
    frame: Frame,
    /// The distributions before recalibration, one day after another.
    distributions: Vec<Vec<Distribution>>,
}

impl<'a> Unseen<'a> {
    /// Evaluates the origins `days`, all after the forecaster's training days. The errors are measured if a unit is
    /// given.
    pub fn new(test: &'a Forecaster, frame: Frame, days: Range<usize>, errors: Option<ErrorUnit>) -> Self {
        let distributions = if days.is_empty() { Vec::new() } else { test.distributions(&frame, days.clone()) };
        let horizons = test.card.config.horizons();
        let levels = horizons.iter().enumerate().map(|(step, horizon)| {
            let each = days.clone().zip(&distributions);
            each.map(|(day, distribution)| level(test, &frame, (day, *horizon), &distribution[step])).collect()
        });
        let mut unseen = Unseen {
            test,
            levels: levels.collect(),
            days: days.clone(),
            errors: Errors::default(),
            quote_factor: frame.quote_factor(),
            kept: None,
        };
        if let Some(unit) = errors {
            let kept = Kept { frame, distributions };
            unseen.errors = unseen.errors_of(&kept, unit);
            let has_grid = || days.clone().any(|day| kept.frame.grid(day).is_some());
            let is_kept = unit == ErrorUnit::Price || has_grid();
            unseen.kept = is_kept.then_some(kept);
        }
        unseen
    }

    /// Returns the known levels of a day ahead on some of the days.
    pub fn levels_of(&self, step: usize, days: &Range<usize>) -> impl Iterator<Item = f64> {
        self.levels[step][days.start - self.days.start..days.end - self.days.start].iter().copied().flatten()
    }

    /// Counts the outcomes on some of the days inside the intervals of the days ahead `ahead`, with recalibration if
    /// there are maps. For several series without a price grid, `ahead` must be the days for which the network has
    /// outputs.
    pub fn inside(&self, days: Range<usize>, ahead: &[usize], maps: Option<&[Arc<RecalibrationMap>]>) -> Vec<Inside> {
        if let Some(kept) = &self.kept {
            return self.inside_paths(kept, days, ahead, maps);
        }
        debug_assert_eq!(ahead, self.test.card.config.horizons());
        let step = |step: usize| {
            let raw = |level: f64| maps.map_or(level, |maps| maps[step].raw_level(level));
            let ends = [raw(0.5), raw(0.9)];
            Inside::count(self.levels_of(step, &days).map(|containing| ends.map(|end| containing <= end)))
        };
        (0..ahead.len()).map(step).collect()
    }

    /// Counts the outcomes inside the intervals of paths.
    fn inside_paths(
        &self,
        kept: &Kept,
        days: Range<usize>,
        ahead: &[usize],
        maps: Option<&[Arc<RecalibrationMap>]>,
    ) -> Vec<Inside> {
        let frame = &kept.frame;
        let mut all = vec![Inside::default(); ahead.len()];
        for (day, path) in self.paths(kept, days, ahead, maps) {
            let ends = [0.25, 0.75, 0.05, 0.95].map(|p| path.quantiles(p));
            for (step, horizon) in ahead.iter().enumerate().filter(|(_, horizon)| day + **horizon < frame.days()) {
                let actual = frame.adjusted(day + horizon);
                let [lower_50, upper_50, lower_90, upper_90] =
                    [0, 1, 2, 3].map(|end: usize| frame.adjusted_after(day, ends[end][step]));
                // An outcome can equal an end of the interval, and both are rounded.
                let contains =
                    |lower: f64, upper: f64| (lower * (1.0 - ROUNDING)..=upper * (1.0 + ROUNDING)).contains(&actual);
                let one = [contains(lower_50, upper_50), contains(lower_90, upper_90)];
                all[step] = all[step].plus(Inside::count(std::iter::once(one)));
            }
        }
        all
    }

    /// Returns the paths of some of the days, with recalibration if there are maps.
    fn paths(
        &self,
        Kept { frame, distributions }: &Kept,
        days: Range<usize>,
        ahead: &[usize],
        maps: Option<&[Arc<RecalibrationMap>]>,
    ) -> Vec<(usize, Path)> {
        let first = days.start - self.days.start;
        let mut distributions = distributions[first..first + days.len()].to_vec();
        for day in &mut distributions {
            for (step, distribution) in day.iter_mut().enumerate() {
                distribution.levels = maps.map(|maps| Arc::clone(&maps[step]));
            }
        }
        days.clone().zip(self.test.paths_from(frame, days, distributions, ahead)).collect()
    }

    /// Returns the errors of the median and of "tomorrow = today".
    fn errors_of(&self, kept: &Kept, unit: ErrorUnit) -> Errors {
        let (mut errors, frame) = (Errors::default(), &kept.frame);
        let horizons = self.test.card.config.horizons();
        // For a network with several outputs only the first day ahead counts; for a path every day counts.
        let steps = if self.test.card.config.output_horizons.is_empty() { usize::MAX } else { 1 };
        for (day, path) in self.paths(kept, self.days.clone(), &horizons, None) {
            let scale = if unit == ErrorUnit::Price { 1.0 } else { frame.adjusted(day) };
            for (step, horizon) in path.horizons().enumerate().take(steps) {
                let actual = frame.adjusted(day + horizon);
                errors.squares += ((actual - frame.adjusted_after(day, path.median(step))) / scale).powi(2);
                errors.naive_squares += ((actual - frame.adjusted(day)) / scale).powi(2);
                errors.count += 1.0;
            }
        }
        errors
    }
}

fn level(test: &Forecaster, frame: &Frame, (day, horizon): (usize, usize), distribution: &Distribution) -> Option<f64> {
    let scaled = |y: f64| test.card.target_scaler.scale(y);
    // With a price grid an outcome is rounded, and its level is an interval. One point of that interval is used; the
    // positions of these points are spread evenly over the days.
    if let Some((lower, upper)) = frame.step_of_target(day, horizon) {
        let position = (day as f64 * GOLDEN_RATIO).fract();
        return Some(distribution.level_between((scaled(lower), scaled(upper)), position));
    }
    Some(distribution.level_containing(scaled(frame.target(day, horizon)?)))
}
