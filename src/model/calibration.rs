//! Calibration of the predictive distributions, on days that were not used in the fit.
//!
//! The *recalibration map* is conformal: the 90 % interval is the raw interval at the level that contained 90 % of the
//! unseen days. The *scale adjustment* follows the volatility regime: intervals widen if the standardised absolute
//! errors of the last months exceed those of the training days, and narrow if they are smaller.

use std::sync::Arc;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::initial_weights::InitialWeights;

/// Minimum number of unseen days to calibrate with.
pub const MIN_DAYS: usize = 100;
/// Weight of the raw levels of pretrained networks, in days: the map is shrunk towards the identity as if the raw
/// levels had been right on that many more days. With few days the raw levels are more accurate than the map, with many
/// days the map is.
const PSEUDO_DAYS: f64 = 500.0;
/// The pseudo-days of other networks, whose raw levels are less accurate (docs/forecast-quality.md has the
/// measurements).
const PSEUDO_DAYS_OF_OTHERS: f64 = 200.0;
/// Segments of the recalibration map.
const SEGMENTS: usize = 20;
/// A raw level is at most this many times nearer to 0 or 1 than the nominal level.
const MAX_RATIO: f64 = 50.0;

/// The calibration from unseen days. Stored in the model file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Number of days.
    pub days: usize,
    /// First origin.
    pub first: Date,
    /// Last origin.
    pub last: Date,
    /// The recalibration maps, one per day ahead.
    pub levels: Vec<Arc<RecalibrationMap>>,
}

/// The map from nominal levels to levels of the raw distribution: non-decreasing, and piecewise linear between
/// equidistant levels from 0 to 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RecalibrationMap {
    raw: Vec<f64>,
}

/// Returns the weight of the raw levels in days. Outcomes `horizon` days ahead overlap, and `horizon` of them count as
/// one.
pub fn pseudo_days(start: &InitialWeights, horizon: usize) -> f64 {
    let days = if *start == InitialWeights::Pretrained { PSEUDO_DAYS } else { PSEUDO_DAYS_OF_OTHERS };
    days * horizon as f64
}

impl RecalibrationMap {
    /// Makes the map from the raw level of each unseen day, in any order. The raw level of a day is that of the
    /// smallest central interval that contained the outcome.
    ///
    /// The map is the inverse of the distribution function of those levels together with `pseudo_days` > 0 uniform
    /// ones. That function is strictly increasing, so no interval is empty.
    pub fn of(levels: Vec<f64>, pseudo_days: f64) -> RecalibrationMap {
        Self::inverse_of(levels, pseudo_days, |level| level)
    }

    /// Returns this map with further levels of unseen days. This map counts as `days` of them. Except for the
    /// interpolation between its points, the result is the map of all levels together.
    pub fn with(&self, levels: Vec<f64>, days: f64) -> RecalibrationMap {
        if levels.is_empty() { self.clone() } else { Self::inverse_of(levels, days, |level| self.nominal_level(level)) }
    }

    /// Inverts the distribution function of `levels` together with `known_days` days that are distributed as `known`.
    fn inverse_of(mut levels: Vec<f64>, known_days: f64, known: impl Fn(f64) -> f64) -> RecalibrationMap {
        levels.sort_by(f64::total_cmp);
        let days = levels.len() as f64;
        let cdf = |level: f64| {
            let below = levels.partition_point(|seen| *seen <= level) as f64;
            (below + known_days * known(level)) / (days + known_days)
        };
        let raw = |segment: usize| {
            let wanted = segment as f64 / SEGMENTS as f64;
            let (mut low, mut high) = (0.0, 1.0);
            for _ in 0..40 {
                let middle = 0.5 * (low + high);
                if cdf(middle) < wanted { low = middle } else { high = middle }
            }
            // Otherwise days that all lie outside, or all at the median, would give intervals of infinite or zero
            // width.
            high.clamp(wanted / MAX_RATIO, 1.0 - (1.0 - wanted) / MAX_RATIO)
        };
        let inner = (1..SEGMENTS).map(raw);
        RecalibrationMap { raw: std::iter::once(0.0).chain(inner).chain([1.0]).collect() }
    }

    /// Returns the raw level for a nominal level, both between 0 and 1.
    pub fn raw_level(&self, level: f64) -> f64 {
        let position = level * (self.raw.len() - 1) as f64;
        let below = (position as usize).min(self.raw.len() - 2);
        self.raw[below] + (position - below as f64) * (self.raw[below + 1] - self.raw[below])
    }

    /// Returns the nominal level of a raw level, both between 0 and 1: the inverse of
    /// [`raw_level`](RecalibrationMap::raw_level).
    fn nominal_level(&self, level: f64) -> f64 {
        let segments = self.raw.len() - 1;
        let above = self.raw.partition_point(|raw| *raw <= level).clamp(1, segments);
        let (low, high) = (self.raw[above - 1], self.raw[above]);
        let fraction = if high > low { (level - low) / (high - low) } else { 0.0 };
        ((above - 1) as f64 + fraction.clamp(0.0, 1.0)) / segments as f64
    }

    /// Whether the map is non-decreasing from 0 to 1, as [`RecalibrationMap::of`] makes it.
    pub fn is_proper(&self) -> bool {
        let ends = self.raw.len() >= 2 && self.raw.first() == Some(&0.0) && self.raw.last() == Some(&1.0);
        ends && self.raw.is_sorted()
    }
}

/// Scale adjustment: an exponentially weighted mean of standardised absolute errors, with a memory of about 200 days.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ErrorScale {
    baseline: f64,
    mean: f64,
}

/// Weight of one day in the mean.
pub(super) const WEIGHT: f64 = 0.005;
/// Bound on standardised absolute errors, so that one crash does not dominate.
pub(super) const MAX_ERROR: f64 = 4.0;
/// Fraction of a deviation from the baseline error by which the intervals change.
pub(super) const GAIN: f64 = 0.5;

impl ErrorScale {
    /// Number of days after which earlier days have less than 5 % of the weight: 0.995^600 = 4.9 %. A forecast runs the
    /// networks on that many days before its origin, which takes most of its time.
    pub const MEMORY: usize = 600;

    /// Returns a scale that starts at the baseline error.
    pub fn new(baseline: f64) -> ErrorScale {
        ErrorScale { baseline, mean: baseline }
    }

    /// Returns the standardised absolute error: |error| over the mean absolute deviation of its distribution.
    pub fn of(error: f64, expected: f64) -> f64 {
        (error.abs() / expected).min(MAX_ERROR)
    }

    /// Adds the error of one day.
    pub fn add(&mut self, standardised_error: f64) {
        self.mean += WEIGHT * (standardised_error - self.mean);
    }

    /// Returns the factor of widths, from 1/2 to 2. Larger errors indicate a wrong model, such as one of price levels
    /// whose range the price has left, and wider intervals would hide that.
    pub fn width(&self) -> f64 {
        (1.0 + GAIN * (self.mean / self.baseline - 1.0)).clamp(0.5, 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calibrated_distributions_keep_their_levels() {
        let map = RecalibrationMap::of((0..2000).map(|k| (f64::from(k) + 0.5) / 2000.0).collect(), PSEUDO_DAYS);
        for level in [0.0, 0.1, 0.5, 0.9, 0.98, 0.999, 1.0] {
            assert!((map.raw_level(level) - level).abs() < 1e-3, "{level}: {}", map.raw_level(level));
        }
        assert!(map.is_proper());
    }

    /// Distributions twice as wide as they should be: every outcome lies within half of the levels.
    #[test]
    fn wide_distributions_are_narrowed_more_with_more_days() {
        let held = |days: u32| {
            let levels = (0..days).map(|k| 0.5 * (f64::from(k) + 0.5) / f64::from(days)).collect();
            RecalibrationMap::of(levels, PSEUDO_DAYS).raw_level(0.8)
        };
        assert!(held(100) > held(1000) && held(1000) > held(100_000));
        assert!((held(100_000) - 0.4).abs() < 0.01, "{}", held(100_000));
        assert!(held(0) == 0.8 || (held(0) - 0.8).abs() < 1e-9);
    }

    /// Outcomes five days ahead of five consecutive days overlap and count as one.
    #[test]
    fn overlapping_days_count_for_fewer() {
        let narrow = |days: u32| (0..days).map(|k| (f64::from(k) / f64::from(days)).sqrt()).collect::<Vec<f64>>();
        for start in [InitialWeights::Random, InitialWeights::Pretrained] {
            let [far, near] = [(10_000, 5), (2000, 1)]
                .map(|(days, horizon)| RecalibrationMap::of(narrow(days), pseudo_days(&start, horizon)).raw_level(0.9));
            assert!((far - near).abs() < 1e-3, "{far} {near}");
        }
        let level = |start: &InitialWeights| RecalibrationMap::of(narrow(300), pseudo_days(start, 1)).raw_level(0.9);
        assert!(
            level(&InitialWeights::Random) > level(&InitialWeights::Pretrained)
                && level(&InitialWeights::Pretrained) > 0.9
        );
    }

    /// Levels added one by one, or all at once, give the map of all levels.
    #[test]
    fn levels_may_come_one_by_one() {
        let level = |day: usize| (((day * 7919) % 1000) as f64 / 1000.0).powf(0.7);
        let all = RecalibrationMap::of((0..900).map(level).collect(), PSEUDO_DAYS);
        let first = || RecalibrationMap::of((0..300).map(level).collect(), PSEUDO_DAYS);
        let at_once = first().with((300..900).map(level).collect(), 300.0 + PSEUDO_DAYS);
        let by_one = (300..900).fold(first(), |map, day| map.with(vec![level(day)], day as f64 + PSEUDO_DAYS));
        for nominal in [0.1, 0.5, 0.8, 0.9, 0.98] {
            let [all, at_once, by_one] = [&all, &at_once, &by_one].map(|map| map.raw_level(nominal));
            assert!(
                (all - at_once).abs() < 0.005 && (all - by_one).abs() < 0.005,
                "{nominal}: {all} {at_once} {by_one}"
            );
            assert!((first().nominal_level(first().raw_level(nominal)) - nominal).abs() < 1e-9);
        }
        assert!(by_one.is_proper());
        assert_eq!(first().with(Vec::new(), 800.0), first());
        assert_ne!(first().raw_level(0.9), all.raw_level(0.9));
    }

    #[test]
    fn levels_never_cross() {
        for seen in [vec![0.5; 700], vec![0.0; 700], vec![1.0; 700], (0..700).map(|k| f64::from(k % 9) / 9.0).collect()]
        {
            let map = RecalibrationMap::of(seen, PSEUDO_DAYS);
            let raw: Vec<f64> = (1..1000).map(|k| map.raw_level(f64::from(k) / 1000.0)).collect();
            assert!(raw.is_sorted() && map.is_proper());
            assert!(raw.iter().all(|level| 0.0 < *level && *level <= 1.0 - 1e-9), "{raw:?}");
        }
    }

    #[test]
    fn large_errors_widen_and_small_errors_narrow() {
        let after = |standardised_error: f64| {
            let mut state = ErrorScale::new(0.8);
            (0..5000).for_each(|_| state.add(standardised_error));
            state.width()
        };
        assert!((after(1.6) - 1.5).abs() < 1e-6);
        assert!((after(0.8) - 1.0).abs() < 1e-6);
        assert!((after(0.4) - 0.75).abs() < 1e-6);
        assert_eq!(ErrorScale::of(-9.0, 0.01), 4.0);
    }
}
