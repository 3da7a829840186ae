//! The losses of trials on folds, and their scores.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::check::mean;

/// The score by which trials are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Objective {
    /// CRPS of the return, divided by that of EWMA
    #[default]
    Crps,
    /// Root mean squared error of the price, divided by that of "tomorrow = today"
    Rmse,
}

impl Objective {
    /// Returns the score for a mean relative loss; the losses of prices are squared errors.
    pub(super) fn of_mean(self, relative: f64) -> f64 {
        match self {
            Objective::Crps => relative,
            Objective::Rmse => relative.sqrt(),
        }
    }
}

/// The losses on one fold: the mean CRPS of its days, or the mean squared error as a fraction of the price.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Loss {
    /// For the trial.
    pub own: f64,
    /// For the baseline.
    pub baseline: f64,
}

/// The result of an evaluation: losses, or the reason why the fit failed.
pub type Found = Result<Loss, String>;

/// The results of all evaluations so far, by series, trial and fold.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Losses(BTreeMap<(usize, usize, usize), Found>);

impl Losses {
    /// Adds the result of an evaluation.
    pub fn insert(&mut self, (series, index, fold): (usize, usize, usize), found: Found) {
        self.0.insert((series, index, fold), found);
    }

    /// Returns the result for a series, a trial and a fold, if there is one.
    pub fn get(&self, series: usize, index: usize, fold: usize) -> Option<&Found> {
        self.0.get(&(series, index, fold))
    }

    /// Returns the number of results.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Returns the reason why a fit of a trial failed, if one did.
    pub fn failure(&self, index: usize) -> Option<&str> {
        self.0
            .iter()
            .filter(|((_, one, _), _)| *one == index)
            .find_map(|(_, found)| Some(found.as_ref().err()?.as_str()))
    }

    /// Returns the mean loss of a trial on each of `folds`, over `series`, relative to the baseline's mean loss on all
    /// these folds: 1 - skill, by fold. Infinite if a fit failed; `None` if an evaluation is missing.
    pub fn relative(&self, series: &[usize], index: usize, folds: &[usize]) -> Option<Vec<f64>> {
        let of_series = |series: &usize| -> Option<Vec<f64>> {
            let found = folds.iter().map(|fold| self.get(*series, index, *fold));
            let found: Vec<&Found> = found.collect::<Option<_>>()?;
            let Ok(losses) = found.into_iter().map(Result::as_ref).collect::<Result<Vec<&Loss>, _>>() else {
                return Some(vec![f64::INFINITY; folds.len()]);
            };
            let baseline = mean(&losses.iter().map(|loss| loss.baseline).collect::<Vec<_>>());
            // If the price did not change, no trial is better than another.
            let relative = |loss: &&Loss| if baseline > 0.0 { loss.own / baseline } else { 1.0 };
            Some(losses.iter().map(relative).collect())
        };
        let each: Vec<Vec<f64>> = series.iter().map(of_series).collect::<Option<_>>()?;
        let over_series = |place: usize| mean(&each.iter().map(|own| own[place]).collect::<Vec<_>>());
        Some((0..folds.len()).map(over_series).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_are_relative_to_those_of_the_baseline_on_all_folds() {
        let mut losses = Losses::default();
        // The second fold has three times the loss of the first; the second series ten times that of the first series.
        for (series, unit) in [(0, 1.0), (1, 10.0)] {
            losses.insert((series, 0, 4), Ok(Loss { own: 0.9 * unit, baseline: unit }));
            losses.insert((series, 0, 5), Ok(Loss { own: 3.0 * unit, baseline: 3.0 * unit }));
        }
        let relative = losses.relative(&[0, 1], 0, &[4, 5]).unwrap();
        assert!((relative[0] - 0.45).abs() < 1e-12 && (relative[1] - 1.5).abs() < 1e-12, "{relative:?}");
        assert_eq!(losses.relative(&[0, 1], 0, &[4, 6]), None);
        losses.insert((1, 0, 6), Err("diverged".into()));
        losses.insert((0, 0, 6), Ok(Loss { own: 1.0, baseline: 1.0 }));
        assert!(losses.relative(&[0, 1], 0, &[4, 6]).unwrap().iter().all(|score| score.is_infinite()));
        assert_eq!((losses.failure(0), losses.failure(1), losses.count()), (Some("diverged"), None, 6));
        losses.insert((0, 1, 4), Ok(Loss { own: 0.0, baseline: 0.0 }));
        assert_eq!(losses.relative(&[0], 1, &[4]), Some(vec![1.0]));
    }
}
