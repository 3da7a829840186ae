//! The gain of a model on each baseline, day by day.

use super::Backtest;
use crate::EvalError;

/// The model's cumulative gain on a baseline.
#[derive(Debug, Clone, PartialEq)]
pub struct Gain {
    /// The baseline.
    pub baseline: String,
    /// The sum of the baseline's CRPS minus that of the model, from the first test day to each day, in logarithmic
    /// returns. It rises on days on which the model's distribution was better.
    pub cumulative: Vec<f64>,
}

impl Backtest {
    /// Returns the gain on each baseline, in the order of the settings.
    ///
    /// # Errors
    /// If a score is not finite.
    pub fn gains(&self) -> Result<Vec<Gain>, EvalError> {
        let own = self.model.crps(&self.days)?;
        let gain = |track: &super::Track| {
            let mut sum = 0.0;
            let scores = track.crps(&self.days)?;
            let up_to = scores.iter().zip(&own).map(|(theirs, own)| {
                sum += theirs - own;
                sum
            });
            Ok(Gain { baseline: track.name.clone(), cumulative: up_to.collect() })
        };
        self.baselines.iter().map(gain).collect()
    }
}
