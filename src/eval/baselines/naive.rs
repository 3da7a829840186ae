//! No change: the next price is today's.

use super::{ANY_HORIZON, Baseline, Empirical, FittedBaseline, ReturnForecast, Shape};
use crate::eval::EvalError;
use crate::prices::Frequency;

/// Tomorrow = today.
pub const NAIVE: Baseline = Baseline {
    name: "naive",
    label: Frequency::no_change,
    max_horizon: ANY_HORIZON,
    is_garch: false,
    fallback: None,
    fit: |past, _| Ok(Box::new(Naive::fit(past.returns)?)),
};

/// The next price is today's: the expected return is zero, its distribution that of all past returns.
#[derive(Debug, Clone, PartialEq)]
pub struct Naive {
    past: Empirical,
}

impl Naive {
    /// From past log returns.
    ///
    /// # Errors
    /// If there are fewer than 20 returns or one is not finite.
    pub fn fit(returns: &[f64]) -> Result<Naive, EvalError> {
        Ok(Naive { past: Empirical::new(returns.to_vec())? })
    }
}

impl FittedBaseline for Naive {
    fn forecast(&self) -> ReturnForecast<'_> {
        ReturnForecast { mean: 0.0, once: 0.0, scale: 1.0, shape: Shape::Past(&self.past) }
    }

    fn update(&mut self, r: f64) {
        self.past.insert(r);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_distribution_is_that_of_past_returns() {
        let returns: Vec<f64> = (0..41).map(|i| f64::from(i) / 1000.0).collect();
        let mut naive = Naive::fit(&returns).unwrap();
        let forecast = naive.forecast();
        assert_eq!(forecast.mean, 0.0);
        assert!((forecast.quantile(0.5) - 0.020).abs() < 1e-15);
        assert!((forecast.quantile(0.95) - 0.038).abs() < 1e-15);
        naive.update(1.0);
        assert_eq!(naive.forecast().quantile(1.0), 1.0);
    }

    #[test]
    fn too_short_a_past_is_an_error() {
        assert!(Naive::fit(&[0.01; 5]).is_err());
    }
}
