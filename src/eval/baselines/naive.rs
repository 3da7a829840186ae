//! Tomorrow = today, and tomorrow = today plus the usual drift.

use super::Baseline;
use super::forecast::{Forecast, Shape};
use super::residuals::Residuals;
use crate::eval::EvalError;
use crate::eval::check::{finite, mean};

/// Tomorrow's price is today's: the expected return is zero, and its odds are those of all past
/// returns.
#[derive(Debug, Clone, PartialEq)]
pub struct Naive {
    past: Residuals,
}

impl Naive {
    /// From past log returns.
    ///
    /// # Errors
    /// If there are fewer than 20 returns or one is not finite.
    pub fn fit(returns: &[f64]) -> Result<Naive, EvalError> {
        Ok(Naive { past: Residuals::new(returns.to_vec())? })
    }
}

impl Baseline for Naive {
    fn forecast(&self) -> Forecast<'_> {
        Forecast { mean: 0.0, once: 0.0, scale: 1.0, shape: Shape::Past(&self.past) }
    }

    fn update(&mut self, r: f64) {
        self.past.insert(r);
    }
}

/// A random walk with drift: tomorrow's return is expected to be the mean of those so far, and its
/// odds are those of the past deviations from it.
#[derive(Debug, Clone, PartialEq)]
pub struct Drift {
    drift: f64,
    past: Residuals,
}

impl Drift {
    /// From past log returns. The drift is that of the fit, until the next one.
    ///
    /// # Errors
    /// If there are fewer than 20 returns or one is not finite.
    pub fn fit(returns: &[f64]) -> Result<Drift, EvalError> {
        finite("returns", returns)?;
        let drift = if returns.is_empty() { 0.0 } else { mean(returns) };
        let past = Residuals::new(returns.iter().map(|r| r - drift).collect())?;
        Ok(Drift { drift, past })
    }
}

impl Baseline for Drift {
    fn forecast(&self) -> Forecast<'_> {
        Forecast { mean: self.drift, once: 0.0, scale: 1.0, shape: Shape::Past(&self.past) }
    }

    fn update(&mut self, r: f64) {
        self.past.insert(r - self.drift);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn returns() -> Vec<f64> {
        (0..41).map(|i| f64::from(i) / 1000.0).collect()
    }

    #[test]
    fn naive_is_the_past_as_it_was() {
        let mut naive = Naive::fit(&returns()).unwrap();
        let forecast = naive.forecast();
        assert_eq!(forecast.mean, 0.0);
        assert!((forecast.quantile(0.5) - 0.020).abs() < 1e-15);
        assert!((forecast.quantile(0.95) - 0.038).abs() < 1e-15);
        naive.update(1.0);
        assert_eq!(naive.forecast().quantile(1.0), 1.0);
    }

    #[test]
    fn drift_moves_the_middle_and_keeps_the_odds() {
        let drift = Drift::fit(&returns()).unwrap();
        let (naive, forecast) = (Naive::fit(&returns()).unwrap(), drift.forecast());
        assert!((forecast.mean - 0.020).abs() < 1e-15);
        for p in [0.05, 0.5, 0.8] {
            assert!((forecast.quantile(p) - naive.forecast().quantile(p)).abs() < 1e-15);
        }
    }

    #[test]
    fn too_short_a_past_is_an_error() {
        assert!(Naive::fit(&[0.01; 5]).is_err());
        assert!(Drift::fit(&[]).is_err());
    }
}
