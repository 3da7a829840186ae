//! The gain of a model on each baseline, day by day.

use super::{Backtest, Track};
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
    /// Returns the gain on the baseline with the lowest CRPS; `None` without baselines, or if a score is not finite.
    pub fn gain_on_best(&self) -> Option<Gain> {
        let scored = self.baselines.iter().zip(&self.baseline_scores);
        let scored = scored.filter_map(|(track, scores)| Some((track, scores.crps?)));
        let (best, _) = scored.min_by(|(_, one), (_, other)| one.total_cmp(other))?;
        self.gain(&self.model.crps(&self.days).ok()?, best).ok()
    }

    /// Returns the gain on each baseline, in the order of the settings.
    ///
    /// # Errors
    /// If a score is not finite.
    pub fn gains(&self) -> Result<Vec<Gain>, EvalError> {
        let own = self.model.crps(&self.days)?;
        self.baselines.iter().map(|track| self.gain(&own, track)).collect()
    }

    /// Returns the gain on a baseline; `own` is the CRPS of the model on each day.
    fn gain(&self, own: &[f64], baseline: &Track) -> Result<Gain, EvalError> {
        let mut sum = 0.0;
        let scores = baseline.crps(&self.days)?;
        let up_to = scores.iter().zip(own).map(|(theirs, own)| {
            sum += theirs - own;
            sum
        });
        Ok(Gain { baseline: baseline.name.clone(), cumulative: up_to.collect() })
    }
}
