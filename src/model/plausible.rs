//! Whether a forecast is one that a trained network makes, by the usual moves of its series.
//!
//! A file may have a right checksum and wrong numbers, and weights of another program another scale. Their forecasts are
//! finite, and would be read as any other.

use super::note::{Note, UnlikelyForecast};
use super::path::Path;
use crate::features::Frame;
use crate::prices::Frequency;

/// Returns that say what is usual: as many of the last rows, and the fewest.
const ROWS: usize = 500;
const MIN_ROWS: usize = 60;
/// A median so many usual moves from the last close is none that daily prices give reason for.
const MAX_MOVES: f64 = 3.0;
/// Intervals that much wider or narrower than those of the usual move: volatility changes by less.
const MAX_RATIO: f64 = 10.0;
/// Levels of the ends of the 90 % interval, and their distance in standard deviations of a normal distribution.
const ENDS: (f64, f64) = (0.05, 0.95);
const DEVIATIONS: f64 = 3.2897;

/// The remark on a path of returns, from the last row, whose first or last day is implausible.
pub(super) fn unlikely(frame: &Frame, path: &Path, frequency: Frequency) -> Option<Note> {
    let usual = frame.is_of_returns().then(|| usual_move(frame)).flatten()?;
    let horizons: Vec<usize> = path.horizons().collect();
    let has_grid = frame.grid(frame.days() - 1).is_some();
    let of_step = |step: usize| {
        let ahead = horizons[step];
        let usual = usual * frame.sessions_of_variance(frame.days() - 1, ahead).sqrt();
        let moves = path.median(step) / usual;
        let width = (path.quantile(step, ENDS.1) - path.quantile(step, ENDS.0)) / (DEVIATIONS * usual);
        let what = if moves.abs() > MAX_MOVES {
            UnlikelyForecast::Median { moves }
        } else if width > MAX_RATIO || (width < 1.0 / MAX_RATIO && !has_grid) {
            UnlikelyForecast::Width { ratio: width }
        } else {
            return None;
        };
        Some(Note::Unlikely { ahead, frequency, what })
    };
    of_step(0).or_else(|| of_step(horizons.len() - 1))
}

/// The root mean square of the last returns; none of a price that hardly moves, and of few rows.
fn usual_move(frame: &Frame) -> Option<f64> {
    let first = frame.days().saturating_sub(ROWS + 1);
    let squares: Vec<f64> = (first..frame.days()).filter_map(|day| Some(frame.log_return(day, 1)?.powi(2))).collect();
    let usual = (squares.iter().sum::<f64>() / squares.len() as f64).sqrt();
    (squares.len() >= MIN_ROWS && usual.is_normal()).then_some(usual)
}
