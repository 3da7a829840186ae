//! Whether a forecast is plausible for a trained network, given the recent returns of its series.
//!
//! A file with a valid checksum can hold wrong numbers, and weights of another program can have another scale. Their
//! forecasts are finite and look like any others.

use super::note::{Note, UnlikelyForecast};
use super::path::Path;
use fourcast_features::Frame;
use fourcast_prices::Frequency;

/// Numbers of last returns whose root mean squares are computed. The largest and the smallest of them are used,
/// because a single jump, or a volatility regime that has ended, dominates the longest span.
const SPANS: [usize; 3] = [20, 60, 500];
const MIN_ROWS: usize = 60;
/// Maximum distance of a plausible median from the drift of the price, in root mean squares.
const MAX_MOVES: f64 = 3.0;
/// Maximum ratio between the width of a plausible interval and that for the root mean square: volatility changes by
/// less.
const MAX_RATIO: f64 = 10.0;
/// Levels of the ends of the 90 % interval, and their distance in standard deviations of a normal distribution.
const ENDS: (f64, f64) = (0.05, 0.95);
const DEVIATIONS: f64 = 3.2897;

/// Returns a remark if the first or the last day of a path of returns from the last row is implausible.
pub(super) fn unlikely(frame: &Frame, path: &Path, frequency: Frequency) -> Option<Note> {
    let rms = frame.is_of_returns().then(|| RmsReturns::of(frame)).flatten()?;
    let horizons: Vec<usize> = path.horizons().collect();
    let has_grid = frame.grid(frame.days() - 1).is_some();
    let of_step = |step: usize| {
        let ahead = horizons[step];
        let growth = frame.sessions_of_variance(frame.days() - 1, ahead).sqrt();
        let moves = rms.distance_from_drift(path.median(step), ahead) / (growth * rms.largest);
        let width = (path.quantile(step, ENDS.1) - path.quantile(step, ENDS.0)) / (growth * DEVIATIONS);
        let [of_largest, of_smallest] = [rms.largest, rms.smallest].map(|rms| width / rms);
        let what = if moves.abs() > MAX_MOVES {
            UnlikelyForecast::Median { moves }
        } else if of_largest > MAX_RATIO {
            UnlikelyForecast::Width { ratio: of_largest }
        } else if of_smallest < 1.0 / MAX_RATIO && !has_grid {
            UnlikelyForecast::Width { ratio: of_smallest }
        } else {
            return None;
        };
        Some(Note::Unlikely { ahead, frequency, what })
    };
    of_step(0).or_else(|| of_step(horizons.len() - 1))
}

/// The root mean squares of the last returns of a series.
struct RmsReturns {
    /// The largest and the smallest of the root mean squares over the spans.
    largest: f64,
    smallest: f64,
    /// The mean return over each span. For accruing money, the drift makes up most of the moves.
    drifts: Vec<f64>,
}

impl RmsReturns {
    /// Returns `None` for a price that does not move, and for few rows.
    fn of(frame: &Frame) -> Option<RmsReturns> {
        let returns: Vec<f64> = (0..frame.days()).filter_map(|day| frame.log_return(day, 1)).collect();
        if returns.len() < MIN_ROWS {
            return None;
        }
        let last = |span: &usize| &returns[returns.len().saturating_sub(*span)..];
        let mean = |of: fn(&f64) -> f64, span: &usize| last(span).iter().map(of).sum::<f64>() / last(span).len() as f64;
        let sizes = SPANS.iter().map(|span| mean(|one| one * one, span).sqrt());
        let largest = sizes.clone().fold(0.0, f64::max);
        let smallest = sizes.fold(f64::INFINITY, f64::min);
        let drifts = SPANS.iter().map(|span| mean(|one| *one, span)).collect();
        largest.is_normal().then_some(RmsReturns { largest, smallest, drifts })
    }

    /// Returns the distance of a log return over this many rows from zero, or from the nearest drift.
    fn distance_from_drift(&self, log_return: f64, ahead: usize) -> f64 {
        let distances = self.drifts.iter().map(|drift| log_return - drift * ahead as f64);
        distances.fold(log_return, |nearest, one| if one.abs() < nearest.abs() { one } else { nearest })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The move of accruing money over thirty days is many of its daily moves, but equals its drift.
    #[test]
    fn the_nearest_drift_counts() {
        let rms = RmsReturns { largest: 2e-4, smallest: 1e-4, drifts: vec![2e-4, 1e-4] };
        for (log_return, distance) in [(6e-3, 0.0), (3e-3, 0.0), (7e-3, 1e-3), (1e-3, 1e-3), (-1e-2, -1e-2)] {
            let found = rms.distance_from_drift(log_return, 30);
            assert!((found - distance).abs() < 1e-12, "{log_return}: {found}");
        }
    }
}
