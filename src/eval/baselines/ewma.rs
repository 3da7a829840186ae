//! EWMA volatility, with the empirical distribution of past standardised returns.

use super::{ANY_HORIZON, Baseline, Empirical, FittedBaseline, ReturnForecast, Shape};
use crate::eval::EvalError;
use crate::eval::check::{at_least, finite, mean};

/// EWMA volatility, the distribution of past standardised returns.
pub const EWMA: Baseline = Baseline {
    name: "ewma",
    label: |_| "EWMA",
    max_horizon: ANY_HORIZON,
    is_garch: false,
    fallback: None,
    fit: |past, _| Ok(Box::new(Ewma::fit(past.returns)?)),
};

/// `v_t = 0.94 v_{t-1} + 0.06 r_t^2` (RiskMetrics, Longerstaey & Spencer 1996), with the empirical
/// distribution of the standardised returns `z_t = r_t / sqrt(v_{t-1})`. The expected return is zero.
///
/// It estimates no parameter, so it can be fitted to any 50 returns.
#[derive(Debug, Clone, PartialEq)]
pub struct Ewma {
    variance: f64,
    past: Empirical,
}

const DECAY: f64 = 0.94;

/// Days whose mean square is the initial variance. They give no residual: that variance is computed from them.
const START: usize = 30;

/// The lowest variance, a tenth of a basis point a day squared: a price that has not moved for months must not divide
/// by zero.
const MIN_VARIANCE: f64 = 1e-10;

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
        Ok(Ewma { variance, past: Empirical::new(past)? })
    }
}

impl FittedBaseline for Ewma {
    fn forecast(&self) -> ReturnForecast<'_> {
        let scale = self.variance.max(MIN_VARIANCE).sqrt();
        ReturnForecast { mean: 0.0, once: 0.0, scale, shape: Shape::Past(&self.past) }
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
    r / variance.max(MIN_VARIANCE).sqrt()
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
        let mut steady = Ewma::fit(&[0.01; 60]).unwrap();
        assert!((steady.forecast().scale - 0.01).abs() < 1e-15);
        steady.update(0.05);
        let expected = (0.94 * 1e-4 + 0.06 * 25e-4_f64).sqrt();
        assert!((steady.forecast().scale - expected).abs() < 1e-15);
    }

    #[test]
    fn a_price_that_never_moves_has_quantiles_of_zero() {
        let still = Ewma::fit(&[0.0; 60]).unwrap();
        assert_eq!(still.forecast().quantile(0.99), 0.0);
    }

    #[test]
    fn too_short_a_past_is_an_error() {
        assert!(Ewma::fit(&[0.01; 49]).is_err());
    }
}
