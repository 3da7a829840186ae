//! An exponentially weighted volatility, and the odds of past surprises.

use super::Baseline;
use super::forecast::{Forecast, Shape};
use super::residuals::Residuals;
use crate::eval::EvalError;
use crate::eval::check::{at_least, finite, mean};

/// `v_t = 0.94 v_{t-1} + 0.06 r_t^2` (RiskMetrics, Longerstaey & Spencer 1996), with the odds of
/// the past standardised returns `z_t = r_t / sqrt(v_{t-1})`. The expected return is zero.
///
/// It estimates nothing, so it cannot go wrong on a short series.
#[derive(Debug, Clone, PartialEq)]
pub struct Ewma {
    variance: f64,
    past: Residuals,
}

const DECAY: f64 = 0.94;

/// Days whose mean square starts the recursion, and which leave no residual: their own variance
/// has seen them.
const START: usize = 30;

/// Variances below this (a tenth of a basis point a day, squared) are taken for it, so that a price that
/// has not moved for months does not divide by zero.
const LOWEST_VARIANCE: f64 = 1e-10;

impl Ewma {
    /// From past log returns.
    ///
    /// # Errors
    /// If there are fewer than 50 returns or one is not finite.
    pub fn fit(returns: &[f64]) -> Result<Ewma, EvalError> {
        at_least("returns for an EWMA", returns.len(), START + 20)?;
        finite("returns", returns)?;
        let squares: Vec<f64> = returns[..START].iter().map(|r| r * r).collect();
        let mut variance = mean(&squares);
        let mut past = Vec::with_capacity(returns.len() - START);
        for (day, &r) in returns.iter().enumerate() {
            if day >= START {
                past.push(standardised(r, variance));
            }
            variance = after(variance, r);
        }
        Ok(Ewma { variance, past: Residuals::new(past)? })
    }
}

impl Baseline for Ewma {
    fn forecast(&self) -> Forecast<'_> {
        let scale = self.variance.max(LOWEST_VARIANCE).sqrt();
        Forecast { mean: 0.0, once: 0.0, scale, shape: Shape::Past(&self.past) }
    }

    fn update(&mut self, r: f64) {
        self.past.insert(standardised(r, self.variance));
        self.variance = after(self.variance, r);
    }
}

fn after(variance: f64, r: f64) -> f64 {
    DECAY * variance + (1.0 - DECAY) * r * r
}

fn standardised(r: f64, variance: f64) -> f64 {
    r / variance.max(LOWEST_VARIANCE).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::baselines::testing::returns;

    #[test]
    fn updating_is_fitting_on_one_day_more() {
        let returns = returns(300);
        let mut updated = Ewma::fit(&returns[..290]).unwrap();
        returns[290..].iter().for_each(|&r| updated.update(r));
        assert_eq!(updated, Ewma::fit(&returns).unwrap());
    }

    #[test]
    fn volatility_follows_the_last_days() {
        let mut calm = Ewma::fit(&[0.01; 60]).unwrap();
        assert!((calm.forecast().scale - 0.01).abs() < 1e-15);
        calm.update(0.05);
        let expected = (0.94 * 1e-4 + 0.06 * 25e-4_f64).sqrt();
        assert!((calm.forecast().scale - expected).abs() < 1e-15);
    }

    #[test]
    fn a_price_that_never_moves_has_no_odds_but_no_nan_either() {
        let still = Ewma::fit(&[0.0; 60]).unwrap();
        assert_eq!(still.forecast().quantile(0.99), 0.0);
    }

    #[test]
    fn too_short_a_past_is_an_error() {
        assert!(Ewma::fit(&[0.01; 49]).is_err());
    }
}
