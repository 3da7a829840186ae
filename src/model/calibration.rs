//! Bringing the odds in line with what came.
//!
//! Two things, each measured on days the network had not seen. The *level map* is conformal: a
//! central interval that should hold 90 % of days is the model's own interval of whatever level held
//! 90 % of unseen days. The *surprise* follows the regime: when the last months surprised the model
//! more than it is used to, its intervals widen, and when they surprised it less, they narrow.

use std::sync::Arc;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::card::Start;

/// Fewest unseen days that say anything about odds.
pub const MIN_DAYS: usize = 100;
/// Days that the networks' own levels count for, beside the days seen, where they were pretrained on simulated
/// markets: with few days their own shape is the better guess, with many that of the days.
const OWN_DAYS: f64 = 500.0;
/// The same for networks from any other start, whose intervals are less often right: fewer, but not so few that the
/// noise of the days seen costs more than it corrects (measured in docs/forecast-quality.md).
const OWN_DAYS_FROM_OTHERS: f64 = 200.0;
/// Pieces of the level map.
const PIECES: usize = 20;
/// How far a level is moved towards 0 or 1 at the most: so many times nearer.
const MAX_DISTANCE: f64 = 50.0;

/// What was learnt from unseen days. Stands in the model file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Days it saw.
    pub days: usize,
    /// First origin it saw.
    pub first: Date,
    /// Last origin it saw.
    pub last: Date,
    /// One a step.
    pub levels: Vec<Arc<RecalibrationMap>>,
}

/// From the level asked for to the level of the model's own odds that holds it: straight lines
/// between equal steps from 0 to 1, never falling.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RecalibrationMap {
    own: Vec<f64>,
}

/// Days that the networks' own levels count for beside the days seen, of which those of forecasts `horizon`
/// days ahead share days, and tell as much as so many times fewer.
pub fn own_days(start: &Start, horizon: usize) -> f64 {
    let own = if *start == Start::Pretrained { OWN_DAYS } else { OWN_DAYS_FROM_OTHERS };
    own * horizon as f64
}

impl RecalibrationMap {
    /// From the level of each unseen day: that of the model's smallest central interval which held
    /// what came. Levels need no order.
    ///
    /// The distribution of levels is that of the days seen together with `own_days` days, above zero, on which
    /// the model's own odds were right, so it never stops rising, and no interval is ever empty.
    pub fn of(mut levels: Vec<f64>, own_days: f64) -> RecalibrationMap {
        levels.sort_by(f64::total_cmp);
        let days = levels.len() as f64;
        let share = |level: f64| {
            let below = levels.partition_point(|seen| *seen <= level) as f64;
            (below + own_days * level) / (days + own_days)
        };
        let own = |piece: usize| {
            let wanted = piece as f64 / PIECES as f64;
            let (mut low, mut high) = (0.0, 1.0);
            for _ in 0..40 {
                let middle = 0.5 * (low + high);
                if share(middle) < wanted { low = middle } else { high = middle }
            }
            // Where nothing held, or everything did, no level would be enough, and intervals would have no
            // end or no width.
            high.clamp(wanted / MAX_DISTANCE, 1.0 - (1.0 - wanted) / MAX_DISTANCE)
        };
        let inner = (1..PIECES).map(own);
        RecalibrationMap { own: std::iter::once(0.0).chain(inner).chain([1.0]).collect() }
    }

    /// The level of the model's own odds for a level asked for, both between 0 and 1.
    pub fn own(&self, level: f64) -> f64 {
        let place = level * (self.own.len() - 1) as f64;
        let below = (place as usize).min(self.own.len() - 2);
        self.own[below] + (place - below as f64) * (self.own[below + 1] - self.own[below])
    }

    /// Whether it is what [`LevelMap::of`] makes: from 0 to 1, never falling.
    pub fn is_proper(&self) -> bool {
        let ends = self.own.len() >= 2 && self.own.first() == Some(&0.0) && self.own.last() == Some(&1.0);
        ends && self.own.is_sorted()
    }
}

/// How much the days surprise the model, as a running mean that forgets in about 200 days.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ErrorScale {
    usual: f64,
    mean: f64,
}

/// What a day adds to the running mean.
const NEW: f64 = 0.005;
/// Largest surprise that counts: one crash is one day.
const LARGEST: f64 = 4.0;
/// How much of a departure from the usual is followed.
const FOLLOWED: f64 = 0.5;

impl ErrorScale {
    /// Days after which what was before hardly counts: 0.995^1000 = 0.7 %.
    pub const MEMORY: usize = 1000;

    /// Starts at what is usual.
    pub fn new(usual: f64) -> ErrorScale {
        ErrorScale { usual, mean: usual }
    }

    /// The surprise of an error, in units of the error that was to be expected.
    pub fn of(error: f64, expected: f64) -> f64 {
        (error.abs() / expected).min(LARGEST)
    }

    /// Takes in a day.
    pub fn add(&mut self, standardised_error: f64) {
        self.mean += NEW * (standardised_error - self.mean);
    }

    /// What widths are to be multiplied by: a regime makes them half or twice as wide at the most. A
    /// model surprised beyond that (one of price levels, say, that the price has left) is not in
    /// another regime but wrong, and wider odds would only hide it.
    pub fn width(&self) -> f64 {
        (1.0 + FOLLOWED * (self.mean / self.usual - 1.0)).clamp(0.5, 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn honest_odds_keep_their_levels() {
        let map = RecalibrationMap::of((0..2000).map(|k| (f64::from(k) + 0.5) / 2000.0).collect(), OWN_DAYS);
        for level in [0.0, 0.1, 0.5, 0.9, 0.98, 0.999, 1.0] {
            assert!((map.own(level) - level).abs() < 1e-3, "{level}: {}", map.own(level));
        }
        assert!(map.is_proper());
    }

    /// Odds twice as wide as they should be: on half the levels lies everything.
    #[test]
    fn wide_odds_are_narrowed_the_more_days_say_so() {
        let held = |days: u32| {
            let levels = (0..days).map(|k| 0.5 * (f64::from(k) + 0.5) / f64::from(days)).collect();
            RecalibrationMap::of(levels, OWN_DAYS).own(0.8)
        };
        assert!(held(100) > held(1000) && held(1000) > held(100_000));
        assert!((held(100_000) - 0.4).abs() < 0.01, "{}", held(100_000));
        assert!(held(0) == 0.8 || (held(0) - 0.8).abs() < 1e-9);
    }

    /// Five days ahead, five days in a row tell little more than one.
    #[test]
    fn overlapping_days_count_for_fewer() {
        let narrow = |days: u32| (0..days).map(|k| (f64::from(k) / f64::from(days)).sqrt()).collect::<Vec<f64>>();
        for start in [Start::Random, Start::Pretrained] {
            let [far, near] = [(10_000, 5), (2000, 1)]
                .map(|(days, horizon)| RecalibrationMap::of(narrow(days), own_days(&start, horizon)).own(0.9));
            assert!((far - near).abs() < 1e-3, "{far} {near}");
        }
        let own = |start: &Start| RecalibrationMap::of(narrow(300), own_days(start, 1)).own(0.9);
        assert!(own(&Start::Random) > own(&Start::Pretrained) && own(&Start::Pretrained) > 0.9);
    }

    #[test]
    fn levels_never_cross() {
        for seen in [vec![0.5; 700], vec![0.0; 700], vec![1.0; 700], (0..700).map(|k| f64::from(k % 9) / 9.0).collect()]
        {
            let map = RecalibrationMap::of(seen, OWN_DAYS);
            let own: Vec<f64> = (1..1000).map(|k| map.own(f64::from(k) / 1000.0)).collect();
            assert!(own.is_sorted() && map.is_proper());
            assert!(own.iter().all(|level| 0.0 < *level && *level <= 1.0 - 1e-9), "{own:?}");
        }
    }

    #[test]
    fn surprises_widen_and_calm_narrows() {
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
