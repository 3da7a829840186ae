//! No change: the next price is today's.

use super::overlapping::{Origin, Overlapping};
use super::{
    ANY_HORIZON, Baseline, Empirical, FittedBaseline, HorizonForecast, NewDay, Past, ResidualDistribution,
    ReturnForecast,
};
use crate::EvalError;
use fourcast_prices::Frequency;

/// Tomorrow = today.
pub const NAIVE: Baseline = Baseline {
    name: "naive",
    label: Frequency::no_change,
    max_horizon: ANY_HORIZON,
    is_default: true,
    needs_bars: false,
    is_garch: false,
    fallback: None,
    fit: |past, _| Ok(Box::new(Naive::fit(past)?)),
};

/// The next price is today's: the expected return is zero, its distribution that of all past returns.
#[derive(Debug, Clone, PartialEq)]
pub struct Naive {
    past: Empirical,
    ahead: Option<Overlapping>,
}

/// The expected return is zero, and residuals are in the unit of returns.
fn origin() -> Origin {
    Origin::new(0.0, 1.0)
}

impl Naive {
    /// From past log returns.
    ///
    /// # Errors
    /// If there are fewer than 20 returns or one is not finite.
    pub fn fit(past: &Past<'_>) -> Result<Naive, EvalError> {
        let days = past.returns.iter().map(|r| (*r, Some(origin())));
        let ahead = Overlapping::new(past.horizon, Some(origin()), days);
        Ok(Naive { past: Empirical::new(past.returns.to_vec())?, ahead })
    }
}

impl FittedBaseline for Naive {
    fn forecast(&self) -> ReturnForecast<'_> {
        ReturnForecast { mean: 0.0, once: 0.0, scale: 1.0, residuals: ResidualDistribution::Past(&self.past) }
    }

    fn forecast_ahead(&self) -> Option<HorizonForecast<'_>> {
        self.ahead.as_ref()?.forecast()
    }

    fn update(&mut self, NewDay { r, .. }: NewDay) {
        self.past.insert(r);
        if let Some(ahead) = &mut self.ahead {
            ahead.update(r, origin());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_distribution_is_that_of_past_returns() {
        let returns: Vec<f64> = (0..41).map(|i| f64::from(i) / 1000.0).collect();
        let mut naive = Naive::fit(&Past::of(&returns)).unwrap();
        let forecast = naive.forecast();
        assert_eq!(forecast.mean, 0.0);
        assert!((forecast.quantile(0.5) - 0.020).abs() < 1e-15);
        assert!((forecast.quantile(0.95) - 0.038).abs() < 1e-15);
        naive.update(1.0.into());
        assert_eq!(naive.forecast().quantile(1.0), 1.0);
    }

    #[test]
    fn too_short_a_past_is_an_error() {
        assert!(Naive::fit(&Past::of(&[0.01; 5])).is_err());
    }
}
