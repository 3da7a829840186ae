//! Windows of several series in one table.

use ndarray::Array2;
use rayon::prelude::*;

use super::config::Config;
use super::horizons::TrainingData;
use super::samples::{Scales, samples};
use fourcast_features::{Frame, Target};
use fourcast_nn::Samples;
use fourcast_nn::train::Group;

/// Bound on training targets, in units of volatility, so that one crash does not dominate the fit.
const MAX_TARGET: f32 = 10.0;
/// Number of series whose tables are made before they are appended, so that little memory is used twice.
const AT_A_TIME: usize = 16;
/// Maximum number of windows in an epoch over several series.
const MAX_EPOCH_WINDOWS: f64 = 262_144.0;

/// Returns the results of `of` for each of `count` series, in their order; computed in parallel for several series.
pub(super) fn for_each<T: Send>(count: usize, of: impl Fn(usize) -> T + Sync + Send) -> Vec<T> {
    if count == 1 { vec![of(0)] } else { (0..count).into_par_iter().map(of).collect() }
}

/// [`samples`] with bounded targets. Targets after the row that `last_row` returns for the origin are unknown.
pub(super) fn training_samples(
    config: &Config,
    scales: &Scales<'_>,
    frame: &Frame,
    origins: Vec<usize>,
    last_row: &dyn Fn(usize) -> usize,
) -> Samples<f32> {
    let mut samples = samples(config, scales, frame, origins, last_row);
    if config.target == Target::Return {
        for target in &mut samples.targets {
            *target = target.clamp(-MAX_TARGET, MAX_TARGET);
        }
    }
    samples
}

/// Returns the windows of `count` series, one series after another.
pub(super) fn pooled(config: &Config, count: usize, of: impl Fn(usize) -> Samples<f32> + Sync + Send) -> Samples<f32> {
    if count == 1 {
        return of(0);
    }
    let (mut inputs, mut origins, mut targets, mut starts) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut rows = 0;
    for first in (0..count).step_by(AT_A_TIME) {
        let some = for_each(AT_A_TIME.min(count - first), |place| of(first + place));
        for one in some {
            origins.extend(one.origins.iter().map(|origin| rows + origin));
            targets.extend(one.targets);
            starts.extend(one.starts);
            rows += one.inputs.nrows();
            inputs.extend(one.inputs);
        }
    }
    let Ok(inputs) = Array2::from_shape_vec((rows, config.input_count()), inputs) else {
        unreachable!("every row has all inputs")
    };
    Samples {
        inputs,
        window: config.window,
        origins,
        steps: config.horizons().len(),
        targets,
        weights: config.step_weights(TrainingData::Pool),
        starts,
    }
}

/// Returns the windows that an epoch uses of each series, given the numbers `windows`; empty if it uses all windows.
///
/// A series with fewer windows than the median series contributes all of them. A longer series contributes the
/// geometric mean of its own number and the median number: neighbouring windows of one series carry nearly the same
/// information, and the networks should learn what the series have in common, so the longest series must not dominate;
/// but a longer series has more information. If the sum exceeds [`MAX_EPOCH_WINDOWS`], all numbers are reduced in
/// proportion.
pub(super) fn groups(windows: &[usize]) -> Vec<Group> {
    let mut sorted: Vec<usize> = windows.iter().copied().filter(|count| *count > 0).collect();
    sorted.sort_unstable();
    let Some(median) = sorted.get((sorted.len().max(1) - 1) / 2).map(|median| *median as f64) else {
        return Vec::new();
    };
    let share = |count: usize| (count as f64).min((count as f64 * median).sqrt());
    let all: f64 = windows.iter().map(|count| share(*count)).sum();
    let fraction = (MAX_EPOCH_WINDOWS / all).min(1.0);
    let drawn = |count: usize| ((share(count) * fraction).round() as usize).clamp(count.min(1), count);
    let mut end = 0;
    let group = |count: &usize| {
        end += count;
        Group { end, drawn: drawn(*count) }
    };
    let each: Vec<Group> = windows.iter().map(group).collect();
    let is_all = each.iter().zip(windows).all(|(group, count)| group.drawn == *count);
    if is_all { Vec::new() } else { each }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_series_do_not_outweigh_short_ones() {
        let drawn = |windows: &[usize]| -> Vec<usize> { groups(windows).iter().map(|group| group.drawn).collect() };
        assert_eq!(drawn(&[400]), [0; 0]);
        assert_eq!(drawn(&[400, 400, 0, 400]), [0; 0]);
        // The median of the series that have windows is 400, and the geometric mean of 400 and 40,000 is 4,000.
        assert_eq!(drawn(&[400, 40_000, 100, 0]), [400, 4000, 100, 0]);
        assert_eq!(groups(&[400, 40_000, 100, 0])[3].end, 40_500);
        let many = drawn(&[5000; 500]);
        assert!(many.iter().all(|one| *one == 524), "{many:?}");
        // Many short series: at least one window of each.
        assert!(drawn(&[20; 400_000]).iter().all(|one| *one == 1));
        assert_eq!(drawn(&[]), [0; 0]);
    }
}
