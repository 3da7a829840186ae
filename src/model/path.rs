//! The predictive distributions of the days ahead, from one day.

use super::distribution::Distribution;
use super::forecaster::ForecastError;
use super::grid::GridDistribution;
use super::inverse::probability_below;
use crate::features::{Frame, Scaler};
use crate::nn::loss::StudentT;

/// One day of a path: the distribution of its scaled target, and how that becomes an outcome: shift + scale x target.
#[derive(Debug, Clone)]
struct Step {
    horizon: usize,
    shift: f64,
    scale: f64,
    distribution: Distribution,
}

/// The predictive distribution of each day ahead, of outcomes (see [`Frame`]).
///
/// The target of day k is the outcome from the origin to day k, so nothing is summed and no independence is assumed.
///
/// Intervals widen with the days ahead: where a network has a quantile nearer to the median than on an earlier day, it is
/// moved to slightly beyond the earlier distance.
///
/// With a price grid, every quantile is the outcome of a price on it.
#[derive(Debug, Clone)]
pub struct Path {
    steps: Vec<Step>,
    /// One per day ahead, with a price grid.
    on_grid: Option<Vec<GridDistribution>>,
}

impl Path {
    /// From the distributions of the scaled targets at `horizons`, from day `day` of a frame.
    pub(super) fn new(
        frame: &Frame,
        day: usize,
        target: Scaler,
        horizons: impl Iterator<Item = usize>,
        distribution: Vec<Distribution>,
        on_grid: Option<Vec<GridDistribution>>,
    ) -> Path {
        let step = |(horizon, distribution)| Step {
            horizon,
            shift: frame.to_outcome(day, horizon, target.mean),
            scale: frame.unit(day, horizon) * target.deviation,
            distribution,
        };
        Path { steps: horizons.zip(distribution).map(step).collect(), on_grid }
    }

    /// Whether every quantile is the outcome of a price on a grid.
    pub fn is_on_grid(&self) -> bool {
        self.on_grid.is_some()
    }

    /// The days ahead of each step.
    pub fn horizons(&self) -> impl Iterator<Item = usize> {
        self.steps.iter().map(|step| step.horizon)
    }

    /// The median outcome.
    pub fn median(&self, step: usize) -> f64 {
        if let Some(on_grid) = &self.on_grid {
            return on_grid[step].log_return(on_grid[step].quantile(0.5));
        }
        let Step { shift, scale, distribution, .. } = &self.steps[step];
        shift + scale * distribution.median()
    }

    /// The outcome's quantile at `p`, 0 < p < 1.
    pub fn quantile(&self, step: usize, p: f64) -> f64 {
        if let Some(on_grid) = &self.on_grid {
            return quantile_on_grid(&on_grid[..=step], p);
        }
        self.median(step) + self.distances(p).nth(step).unwrap_or(f64::NAN)
    }

    /// The quantile of each step.
    pub fn quantiles(&self, p: f64) -> Vec<f64> {
        if let Some(on_grid) = &self.on_grid {
            return (0..on_grid.len()).map(|step| quantile_on_grid(&on_grid[..=step], p)).collect();
        }
        self.distances(p).enumerate().map(|(step, distance)| self.median(step) + distance).collect()
    }

    /// The probability of an outcome below `outcome`.
    pub fn probability_below(&self, step: usize, outcome: f64) -> f64 {
        probability_below(|p| self.quantile(step, p), outcome - self.rounding())
    }

    /// The probability of an outcome above `outcome`: what is left of one, but on a price grid, where `outcome` itself has
    /// a probability.
    pub fn probability_above(&self, step: usize, outcome: f64) -> f64 {
        1.0 - probability_below(|p| self.quantile(step, p), outcome + self.rounding())
    }

    /// How far apart two logarithmic returns to one price of the grid may be by the rounding of printed prices.
    fn rounding(&self) -> f64 {
        if self.is_on_grid() { 1e-8 } else { 0.0 }
    }

    /// Signed distance of each step's quantile from its median.
    fn distances(&self, p: f64) -> impl Iterator<Item = f64> {
        let farther = if p < 0.5 { f64::min } else { f64::max };
        self.steps.iter().scan(0.0, move |reached, step| {
            let distance = step.scale * (step.distribution.quantile(p) - step.distribution.median());
            *reached = farther(*reached * WIDENING, distance);
            Some(*reached)
        })
    }

    /// Refuses distributions without finite prices.
    ///
    /// # Errors
    /// [`ForecastError::NotFinite`] if a parameter is not finite.
    pub fn check(&self) -> Result<(), ForecastError> {
        let finite = |values: &[f64]| values.iter().all(|value| value.is_finite());
        let member = |t: &StudentT| finite(&[t.mu, t.sigma, t.nu]);
        let step = |step: &Step| {
            finite(&[step.shift, step.scale, step.distribution.width]) && step.distribution.members.iter().all(member)
        };
        self.steps.iter().all(step).then_some(()).ok_or(ForecastError::NotFinite)
    }
}

/// The quantile of the last of some days ahead: at least as far from the median as on every earlier day.
fn quantile_on_grid(steps: &[GridDistribution], p: f64) -> f64 {
    let farther = if p < 0.5 { i64::min } else { i64::max };
    let distances = steps.iter().map(|step| step.quantile(p) - step.quantile(0.5));
    let distance = distances.fold(0, farther);
    steps.last().map_or(0.0, |last| last.log_return(last.quantile(0.5) + distance))
}

/// Minimum widening per day: more than the rounding of printed prices, and less than a random walk widens per day within
/// any horizon, sqrt((k + 1) / k) for k up to 10,000.
const WIDENING: f64 = 1.0 + 1e-5;

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
        let path = Path { steps: vec![step(1, 1.0, 0.1), step(2, 0.4, -0.2), step(3, 0.9, 0.0)], on_grid: None };
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
