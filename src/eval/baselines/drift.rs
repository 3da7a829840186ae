//! A random walk with drift: the next price is today's plus the mean change.

use super::overlapping::{Origin, Overlapping};
use super::{
    ANY_HORIZON, Baseline, Empirical, FittedBaseline, HorizonForecast, NewDay, Past, ResidualDistribution,
    ReturnForecast,
};
use crate::EvalError;
use crate::check::{finite, mean};

/// The forecast "tomorrow = today plus the mean change".
pub const DRIFT: Baseline = Baseline {
    name: "drift",
    label: |_, _| "drift".into(),
    max_horizon: ANY_HORIZON,
    is_default: true,
    needs_bars: false,
    is_garch: false,
    fallback: None,
    fit: |past, _| Ok(Box::new(Drift::fit(past)?)),
};

/// A random walk with drift: the expected return is the mean of the past returns, and the distribution around it that
/// of their past deviations from it.
#[derive(Debug, Clone, PartialEq)]
pub struct Drift {
    drift: f64,
    past: Empirical,
    ahead: Option<Overlapping>,
    /// The expected return over the days ahead.
    origin: Origin,
}

impl Drift {
    /// Fits it to past log returns. The drift changes only at the next fit.
    ///
    /// # Errors
    /// If there are fewer than 20 returns or one is not finite.
    pub fn fit(past: &Past<'_>) -> Result<Drift, EvalError> {
        let returns = past.returns;
        finite("returns", returns)?;
        let drift = if returns.is_empty() { 0.0 } else { mean(returns) };
        Drift::of(past, drift)
    }

    /// Fits it with a given drift.
    ///
    /// # Errors
    /// Those of [`Drift::fit`].
    pub(super) fn of(past: &Past<'_>, drift: f64) -> Result<Drift, EvalError> {
        let returns = past.returns;
        let origin = Origin::new(past.horizon as f64 * drift, 1.0);
        let ahead = Overlapping::new(past.horizon, Some(origin), returns.iter().map(|r| (*r, Some(origin))));
        let past = Empirical::new(returns.iter().map(|r| r - drift).collect())?;
        Ok(Drift { drift, past, ahead, origin })
    }
}

impl FittedBaseline for Drift {
    fn forecast(&self) -> ReturnForecast<'_> {
        ReturnForecast { mean: self.drift, once: 0.0, scale: 1.0, residuals: ResidualDistribution::Past(&self.past) }
    }

    fn forecast_ahead(&self) -> Option<HorizonForecast<'_>> {
        self.ahead.as_ref()?.forecast()
    }

    fn update(&mut self, NewDay { r, .. }: NewDay) {
        self.past.insert(r - self.drift);
        if let Some(ahead) = &mut self.ahead {
            ahead.update(r, self.origin);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baselines::NAIVE;

    #[test]
    fn drift_moves_the_mean_and_keeps_the_distribution() {
        let returns: Vec<f64> = (0..41).map(|i| f64::from(i) / 1000.0).collect();
        let drift = Drift::fit(&Past::of(&returns)).unwrap();
        let (naive, forecast) = ((NAIVE.fit)(&Past::of(&returns), None).unwrap(), drift.forecast());
        assert!((forecast.mean - 0.020).abs() < 1e-15);
        for p in [0.05, 0.5, 0.8] {
            assert!((forecast.quantile(p) - naive.forecast().quantile(p)).abs() < 1e-15);
        }
    }

    #[test]
    fn too_short_a_past_is_an_error() {
        assert!(Drift::fit(&Past::of(&[])).is_err());
    }
}
