//! The odds of the days ahead, standing on one day.

use super::distribution::Distribution;
use super::forecaster::ForecastError;
use super::grid::Ladder;
use crate::features::{Frame, Scaler};
use crate::nn::loss::StudentT;

/// One day of a path: its odds, and how its scaled target becomes a move.
#[derive(Debug, Clone)]
struct Step {
    horizon: usize,
    shift: f64,
    scale: f64,
    distribution: Distribution,
}

/// The odds of each day that is forecast, in moves (see [`Frame`]).
///
/// Each day's odds are those of the price on that day, learnt as such: the target of day k is the
/// whole way from the origin to day k, so nothing is summed and no independence is assumed.
///
/// A network may think day 5 less uncertain than day 4, by a little, where it has learnt little. A
/// price cannot be, so an interval reaches further from the median than on every earlier day: by a
/// hair, where the network would have it reach less far.
///
/// Where prices move in steps that are no small part of a day's move, every quantile is the move to a price on that
/// grid.
#[derive(Debug, Clone)]
pub struct Path {
    steps: Vec<Step>,
    /// One a step, where prices move in steps.
    ladders: Option<Vec<Ladder>>,
}

impl Path {
    /// The odds of the scaled targets at `horizons`, standing on day `day` of a frame.
    pub(super) fn new(
        frame: &Frame,
        day: usize,
        target: Scaler,
        horizons: impl Iterator<Item = usize>,
        distribution: Vec<Distribution>,
        ladders: Option<Vec<Ladder>>,
    ) -> Path {
        let step = |(horizon, distribution)| Step {
            horizon,
            shift: frame.to_outcome(day, horizon, target.mean),
            scale: frame.unit(day, horizon) * target.deviation,
            distribution,
        };
        Path { steps: horizons.zip(distribution).map(step).collect(), ladders }
    }

    /// Whether every quantile is the move to a price on a grid.
    pub fn is_on_grid(&self) -> bool {
        self.ladders.is_some()
    }

    /// The days ahead, step by step.
    pub fn horizons(&self) -> impl Iterator<Item = usize> {
        self.steps.iter().map(|step| step.horizon)
    }

    /// The move that is as likely too low as too high.
    pub fn median(&self, step: usize) -> f64 {
        if let Some(ladders) = &self.ladders {
            return ladders[step].moved(ladders[step].quantile(0.5));
        }
        let Step { shift, scale, distribution, .. } = &self.steps[step];
        shift + scale * distribution.median()
    }

    /// The move that will not be reached with probability `p`, 0 < p < 1.
    pub fn quantile(&self, step: usize, p: f64) -> f64 {
        if let Some(ladders) = &self.ladders {
            return quantile_on_grid(&ladders[..=step], p);
        }
        self.median(step) + self.reaches(p).nth(step).unwrap_or(f64::NAN)
    }

    /// The same for each step.
    pub fn quantiles(&self, p: f64) -> Vec<f64> {
        if let Some(ladders) = &self.ladders {
            return (0..ladders.len()).map(|step| quantile_on_grid(&ladders[..=step], p)).collect();
        }
        self.reaches(p).enumerate().map(|(step, reach)| self.median(step) + reach).collect()
    }

    /// How far from its median each step's quantile lies, with its sign.
    fn reaches(&self, p: f64) -> impl Iterator<Item = f64> {
        let further = if p < 0.5 { f64::min } else { f64::max };
        self.steps.iter().scan(0.0, move |reached, step| {
            let own = step.scale * (step.distribution.quantile(p) - step.distribution.median());
            *reached = further(*reached * HAIR, own);
            Some(*reached)
        })
    }

    /// Refuses odds that no price can be made of.
    ///
    /// # Errors
    /// [`ForecastError::NotFinite`] if something in them is infinite or no number.
    pub fn check(&self) -> Result<(), ForecastError> {
        let finite = |values: &[f64]| values.iter().all(|value| value.is_finite());
        let member = |t: &StudentT| finite(&[t.mu, t.sigma, t.nu]);
        let step = |step: &Step| {
            finite(&[step.shift, step.scale, step.distribution.width]) && step.distribution.members.iter().all(member)
        };
        self.steps.iter().all(step).then_some(()).ok_or(ForecastError::NotFinite)
    }
}

/// The quantile of the last of some days ahead: as far from the median as on every earlier one at the least.
fn quantile_on_grid(ladders: &[Ladder], p: f64) -> f64 {
    let further = if p < 0.5 { i64::min } else { i64::max };
    let reaches = ladders.iter().map(|ladder| ladder.quantile(p) - ladder.quantile(0.5));
    let reach = reaches.fold(0, further);
    ladders.last().map_or(0.0, |last| last.moved(last.quantile(0.5) + reach))
}

/// Above one by enough to outlive the rounding of printed prices, and by less than a random walk widens
/// from day to day within any horizon there is: the root of (k + 1) / k for k up to 10,000.
const HAIR: f64 = 1.0 + 1e-5;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::loss::StudentT;

    #[test]
    fn intervals_widen_and_never_cross() {
        let step = |horizon, sigma, mu| Step {
            horizon,
            shift: 0.0,
            scale: 0.01 * (horizon as f64).sqrt(),
            distribution: Distribution::of(vec![StudentT { mu, sigma, nu: 5.0 }]),
        };
        let path = Path { steps: vec![step(1, 1.0, 0.1), step(2, 0.4, -0.2), step(3, 0.9, 0.0)], ladders: None };
        let levels = [0.05, 0.25, 0.5, 0.75, 0.95];
        for k in 0..3 {
            let quantiles = levels.map(|p| path.quantile(k, p));
            assert!(quantiles.is_sorted_by(|a, b| a < b), "{quantiles:?}");
            assert_eq!(quantiles[2], path.median(k));
            assert_eq!(quantiles, levels.map(|p| path.quantiles(p)[k]));
        }
        for k in 1..3 {
            let width = |k| path.quantile(k, 0.95) - path.quantile(k, 0.05);
            assert!(width(k) > width(k - 1) * (1.0 + 5e-6));
        }
    }
}
