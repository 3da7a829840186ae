//! The windows of a series as the networks read them: scaled inputs and targets.

use ndarray::{Array2, s};

use super::config::Config;
use super::horizons::TrainingData;
use fourcast_features::{Frame, Scaler, Target};
use fourcast_nn::Samples;

/// Bound on standardised inputs, so that networks do not extrapolate from a crash larger than any in training.
pub(super) const MAX_INPUT: f64 = 5.0;

/// Scalers of inputs and targets.
pub(super) struct Scales<'a> {
    pub inputs: &'a [Scaler],
    pub target: Scaler,
}

/// Returns the scaled inputs, and the windows ending on `origins`. A target after the last row, or after the row that
/// `last_row` returns for the origin, is NaN.
pub(super) fn samples(
    config: &Config,
    scales: &Scales<'_>,
    frame: &Frame,
    origins: Vec<usize>,
    last_row: &dyn Fn(usize) -> usize,
) -> Samples<f32> {
    let horizons = config.horizons();
    // Price levels have no bound: they can leave the range of the training. This is a weakness of the method and is not
    // hidden.
    let bound = if config.target == Target::Return { MAX_INPUT } else { f64::INFINITY };
    let mut inputs = Array2::zeros((frame.days(), frame.inputs.all().ncols()));
    // Rows before the first window are not read.
    let first = origins.iter().min().map_or(frame.days(), |first| (first + 1).saturating_sub(config.window));
    let rows = frame.inputs.rows(first..frame.days());
    for (mut row, values) in inputs.slice_mut(s![first.., ..]).rows_mut().into_iter().zip(rows.rows()) {
        for ((scaled, value), scaler) in row.iter_mut().zip(values).zip(scales.inputs) {
            *scaled = (scaler.gain * scaler.scale(*value).clamp(-bound, bound)) as f32;
        }
    }
    let scaled = |y: f64| scales.target.scale(y) as f32;
    let is_known = |day: usize, horizon: usize| day + horizon <= last_row(day);
    let known = |day: usize, horizon: usize| is_known(day, horizon).then(|| frame.target(day, horizon)).flatten();
    let target = |day: usize, horizon| known(day, horizon).map_or(f32::NAN, scaled);
    let targets = origins.iter().flat_map(|day| horizons.iter().map(|horizon| target(*day, *horizon))).collect();
    let starts = origins.iter().map(|day| scaled(frame.start(*day))).collect();
    let (steps, weights) = (horizons.len(), config.step_weights(TrainingData::Series));
    Samples { inputs, window: config.window, origins, steps, targets, weights, starts }
}
