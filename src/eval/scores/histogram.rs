//! The probability integral transform (PIT) of outcomes under their predictive distributions.

use std::collections::HashMap;

use serde::Serialize;

use super::quantiles::{QuantileForecasts, days_of};
use crate::EvalError;
use crate::check::finite;

/// Histogram of the PIT. Flat means calibrated; high in the middle means distributions too wide, high at the ends too
/// narrow, sloped biased (Diebold, Gunther & Tay 1998).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PitHistogram {
    /// Number of days whose transform is in each bin; the bins divide [0, 1] into equal parts. If a day's transform is
    /// an interval, each bin counts the fraction of the interval that lies in it.
    pub counts: Vec<f64>,
    /// Number of all days.
    pub days: usize,
}

impl PitHistogram {
    /// Returns the fraction of days in each bin; `1 / bins` everywhere is flat.
    pub fn shares(&self) -> Vec<f64> {
        self.counts.iter().map(|count| count / self.days as f64).collect()
    }
}

/// Returns the probability integral transform of each day: the levels from F(y-) to F(y) between which its outcome y
/// is, from 0 to 1, as used by the nonrandomized histogram of Czado, Gneiting & Held (2009).
///
/// - Between two quantiles the distribution function is interpolated linearly, and both ends are the same level.
/// - If several quantiles are equal to the outcome, the forecast has a point mass there. It extends half way to the
///   levels next to theirs.
/// - Beyond the outermost quantiles nothing was forecast: the outcome is anywhere between that level and 0 or 1.
/// - An outcome that occurred on several days (such as a return of zero on days without a price change) is a point
///   mass, which a continuous forecast cannot have. Its days are spread around the level forecast, over an interval of
///   [0, 1] as wide as their fraction of all days. A single level would put all of them into one bin, whatever the
///   forecast.
///
/// # Errors
/// If there are no days, the lengths differ or a number is not finite.
pub fn pit(actual: &[f64], forecasts: &QuantileForecasts) -> Result<Vec<(f64, f64)>, EvalError> {
    let days = days_of(actual, forecasts)?;
    let mut times: HashMap<u64, usize> = HashMap::new();
    // -0.0 and 0.0 are the same outcome.
    let key = |y: f64| (y + 0.0).to_bits();
    actual.iter().for_each(|y| *times.entry(key(*y)).or_default() += 1);
    let day = |(&y, row): (&f64, &[f64])| {
        let (below, at) = levels_of(y, row, forecasts.levels());
        match times[&key(y)] {
            times if times > 1 && below == at => spread(at, times as f64 / days as f64),
            _ => (below, at),
        }
    };
    Ok(actual.iter().zip(forecasts.rows()).map(day).collect())
}

/// Returns the histogram of [`pit`] intervals over `bins` equal bins.
///
/// # Errors
/// If there are no intervals, one is not in [0, 1] or is reversed, or `bins` is zero.
pub fn pit_histogram(pit: &[(f64, f64)], bins: usize) -> Result<PitHistogram, EvalError> {
    if pit.is_empty() {
        return Err(EvalError::Empty { what: "pit" });
    }
    if bins == 0 {
        return Err(EvalError::Empty { what: "the list of bins" });
    }
    let mut counts = vec![0.0; bins];
    for &(below, at) in pit {
        finite("pit", &[below, at])?;
        if !(0.0 <= below && below <= at && at <= 1.0) {
            let expected = "an interval of probabilities";
            return Err(EvalError::OutOfRange { what: "a pit value", value: at, expected });
        }
        count(&mut counts, below, at);
    }
    Ok(PitHistogram { counts, days: pit.len() })
}

/// Adds a day, spread evenly from `below` to `at`.
fn count(counts: &mut [f64], below: f64, at: f64) {
    let bins = counts.len() as f64;
    if at == below {
        counts[((at * bins) as usize).min(counts.len() - 1)] += 1.0;
        return;
    }
    for (bin, count) in counts.iter_mut().enumerate() {
        let (start, end) = (bin as f64 / bins, (bin + 1) as f64 / bins);
        *count += (at.min(end) - below.max(start)).max(0.0) / (at - below);
    }
}

/// Returns the interval of the given width around a level, shifted to lie in [0, 1].
fn spread(level: f64, width: f64) -> (f64, f64) {
    let below = (level - width / 2.0).min(1.0 - width).max(0.0);
    (below, (below + width).min(1.0))
}

/// Returns F(y-) and F(y).
fn levels_of(y: f64, row: &[f64], levels: &[f64]) -> (f64, f64) {
    let (below, through) = (row.partition_point(|&q| q < y), row.partition_point(|&q| q <= y));
    let last = row.len();
    let between = |upper: usize| match upper {
        0 => 0.0,
        upper if upper == last => 1.0,
        upper => (levels[upper - 1] + levels[upper]) / 2.0,
    };
    match through - below {
        0 if below == 0 => (0.0, levels[0]),
        0 if below == last => (levels[last - 1], 1.0),
        0 => {
            let (q0, q1) = (row[below - 1], row[below]);
            let (p0, p1) = (levels[below - 1], levels[below]);
            let level = p0 + (p1 - p0) * (y - q0) / (q1 - q0);
            (level, level)
        }
        1 => (levels[below], levels[below]),
        _ => (between(below), between(through)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scores::QUANTILE_LEVELS;
    use rand::{RngExt, SeedableRng};
    use statrs::distribution::{ContinuousCDF, Normal};

    fn forecasts(days: usize) -> QuantileForecasts {
        let mut forecasts = QuantileForecasts::new(&[0.1, 0.5, 0.9]).unwrap();
        for _ in 0..days {
            forecasts.push(&[-1.0, 0.0, 2.0]).unwrap();
        }
        forecasts
    }

    #[test]
    fn levels_are_read_off_a_straight_line() {
        let actual = [-9.0, -1.0, -0.5, 0.0, 1.0, 2.0, 2.5];
        let levels = pit(&actual, &forecasts(7)).unwrap();
        let by_hand = [(0.0, 0.1), (0.1, 0.1), (0.3, 0.3), (0.5, 0.5), (0.7, 0.7), (0.9, 0.9), (0.9, 1.0)];
        for ((below, at), by_hand) in levels.iter().zip(by_hand) {
            assert!((below - by_hand.0).abs() < 1e-15 && (at - by_hand.1).abs() < 1e-15, "{below} {at} {by_hand:?}");
        }
    }

    #[test]
    fn equal_quantiles_are_a_point_mass() {
        let mut forecasts = QuantileForecasts::new(&[0.1, 0.5, 0.9]).unwrap();
        forecasts.push(&[0.0, 0.0, 0.0]).unwrap();
        forecasts.push(&[-1.0, 0.0, 0.0]).unwrap();
        assert_eq!(pit(&[0.0, 0.0], &forecasts), Ok(vec![(0.0, 1.0), (0.3, 1.0)]));
    }

    #[test]
    fn days_with_one_outcome_are_spread_by_their_share() {
        let levels = pit(&[0.0, 0.0, -0.5, -0.0, 1.0, 1.5, 1.5, 2.0], &forecasts(8)).unwrap();
        assert_eq!(levels[0], (0.3125, 0.6875));
        assert_eq!((levels[1], levels[3]), (levels[0], levels[0]));
        for (day, by_hand) in [(2, 0.3), (4, 0.7)] {
            assert_eq!(levels[day].0, levels[day].1);
            assert!((levels[day].0 - by_hand).abs() < 1e-15, "{levels:?}");
        }
        let (below, at) = levels[5];
        assert!((below - 0.675).abs() < 1e-15 && (at - 0.925).abs() < 1e-15, "{below} {at}");
        assert_eq!(spread(0.95, 0.3), (0.7, 1.0));
    }

    #[test]
    fn every_day_counts_once() {
        let histogram = pit_histogram(&[(0.0, 0.0), (0.05, 0.05), (0.1, 0.4), (0.99, 0.99), (1.0, 1.0)], 10).unwrap();
        for (count, by_hand) in histogram.counts.iter().zip([2.0, 1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0, 0.0]) {
            assert!((count - by_hand).abs() < 1e-12, "{histogram:?}");
        }
        assert_eq!(histogram.counts[9], 2.0);
        assert!((histogram.counts.iter().sum::<f64>() - 5.0).abs() < 1e-12);
        assert_eq!(histogram.shares()[0], 0.4);
        assert!(pit_histogram(&[], 10).is_err());
        assert!(pit_histogram(&[(0.5, 0.5)], 0).is_err());
        assert!(pit_histogram(&[(0.5, 1.5)], 10).is_err());
        assert!(pit_histogram(&[(0.5, 0.4)], 10).is_err());
    }

    /// Three days in ten have a return of zero. The histogram must be flat for the forecast with that point mass and
    /// for the nearest continuous one.
    #[test]
    fn days_without_a_move_leave_it_flat() {
        let mut rng = rand_pcg::Pcg64::seed_from_u64(4);
        let normal = Normal::standard();
        let actual: Vec<f64> = (0..4000)
            .map(|_| if rng.random::<f64>() < 0.3 { 0.0 } else { normal.inverse_cdf(rng.random::<f64>()) })
            .collect();
        let quantile = |p: f64| match p {
            p if p < 0.35 => normal.inverse_cdf(p / 0.7),
            p if p > 0.65 => normal.inverse_cdf((p - 0.3) / 0.7),
            _ => 0.0,
        };
        for nearly in [0.0, 1e-9] {
            let mut forecasts = QuantileForecasts::new(&QUANTILE_LEVELS).unwrap();
            for _ in &actual {
                forecasts.push(&QUANTILE_LEVELS.map(|p| quantile(p) + nearly * (p - 0.5))).unwrap();
            }
            let histogram = pit_histogram(&pit(&actual, &forecasts).unwrap(), 10).unwrap();
            for share in histogram.shares() {
                assert!((0.08..0.125).contains(&share), "{:?}", histogram.shares());
            }
        }
    }
}
