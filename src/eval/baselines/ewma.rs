//! EWMA volatility with the empirical distribution of past standardised returns.

use super::overlapping::{Origin, Overlapping};
use super::{
    ANY_HORIZON, Baseline, Empirical, FittedBaseline, HorizonForecast, NewDay, Past, ResidualDistribution,
    ReturnForecast,
};
use crate::EvalError;
use crate::check::{at_least, finite, mean};

/// EWMA volatility with the empirical distribution of past standardised returns.
pub const EWMA: Baseline = Baseline {
    name: "ewma",
    label: |_, _| "EWMA".into(),
    max_horizon: ANY_HORIZON,
    is_default: true,
    needs_bars: false,
    is_garch: false,
    fallback: None,
    fit: |past, _| Ok(Box::new(Ewma::fit(past)?)),
};

/// `v_t = 0.94 v_{t-1} + 0.06 r_t^2` (RiskMetrics, Longerstaey & Spencer 1996), with the empirical
/// distribution of the standardised returns `z_t = r_t / sqrt(v_{t-1})`. The expected return is zero.
///
/// It estimates no parameter, so it can be fitted to any 50 returns.
#[derive(Debug, Clone, PartialEq)]
pub struct Ewma {
    variance: f64,
    past: Empirical,
    ahead: Option<Overlapping>,
    horizon: usize,
}

const DECAY: f64 = 0.94;

/// Days whose mean square is the initial variance. They give no residuals, because that variance is computed from them.
const START: usize = 30;

/// The lowest variance, the square of a tenth of a basis point per day. It prevents a division by zero after months
/// without a price change.
const MIN_VARIANCE: f64 = 1e-10;

impl Ewma {
    /// Fits it to past log returns.
    ///
    /// # Errors
    /// If there are fewer than 50 returns or one is not finite.
    pub fn fit(past: &Past<'_>) -> Result<Ewma, EvalError> {
        let Past { returns, horizon, .. } = *past;
        at_least("returns for an EWMA", returns.len(), START + 20)?;
        finite("returns", returns)?;
        let squares: Vec<f64> = returns[..START].iter().map(|r| r * r).collect();
        let mut variance = mean(&squares);
        let (mut past, mut origins) = (Vec::with_capacity(returns.len() - START), Vec::with_capacity(returns.len()));
        for (day, &r) in returns.iter().enumerate() {
            if day >= START {
                past.push(standardised(r, variance));
            }
            variance = after(variance, r);
            origins.push((day + 1 >= START).then(|| origin(variance, horizon)));
        }
        let ahead = Overlapping::new(horizon, None, returns.iter().copied().zip(origins));
        Ok(Ewma { variance, past: Empirical::new(past)?, ahead, horizon })
    }
}

impl FittedBaseline for Ewma {
    fn forecast(&self) -> ReturnForecast<'_> {
        let scale = volatility(self.variance);
        ReturnForecast { mean: 0.0, once: 0.0, scale, residuals: ResidualDistribution::Past(&self.past) }
    }

    fn forecast_ahead(&self) -> Option<HorizonForecast<'_>> {
        self.ahead.as_ref()?.forecast()
    }

    fn update(&mut self, NewDay { r, .. }: NewDay) {
        self.past.insert(standardised(r, self.variance));
        self.variance = after(self.variance, r);
        if let Some(ahead) = &mut self.ahead {
            ahead.update(r, origin(self.variance, self.horizon));
        }
    }
}

fn after(variance: f64, r: f64) -> f64 {
    DECAY * variance + (1.0 - DECAY) * r * r
}

fn volatility(variance: f64) -> f64 {
    variance.max(MIN_VARIANCE).sqrt()
}

fn standardised(r: f64, variance: f64) -> f64 {
    r / volatility(variance)
}

/// Returns the scale of the return over the horizon: volatility grows with the square root of time, and the residuals
/// correct for any deviation from that.
fn origin(variance: f64, horizon: usize) -> Origin {
    Origin::new(0.0, (horizon as f64).sqrt() * volatility(variance))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baselines::testing::returns;

    #[test]
    fn updating_is_fitting_on_one_day_more() {
        let returns = returns(300);
        for horizon in [1, 5] {
            let fit = |days: usize| Ewma::fit(&Past::of(&returns[..days]).ahead(horizon)).unwrap();
            let mut updated = fit(290);
            returns[290..].iter().for_each(|&r| updated.update(r.into()));
            assert_eq!(updated, fit(300));
        }
    }

    #[test]
    fn volatility_follows_the_last_days() {
        let mut steady = Ewma::fit(&Past::of(&[0.01; 60])).unwrap();
        assert!((steady.forecast().scale - 0.01).abs() < 1e-15);
        steady.update(0.05.into());
        let expected = (0.94 * 1e-4 + 0.06 * 25e-4_f64).sqrt();
        assert!((steady.forecast().scale - expected).abs() < 1e-15);
    }

    #[test]
    fn a_price_that_never_moves_has_quantiles_of_zero() {
        let still = Ewma::fit(&Past::of(&[0.0; 60])).unwrap();
        assert_eq!(still.forecast().quantile(0.99), 0.0);
    }

    #[test]
    fn too_short_a_past_is_an_error() {
        assert!(Ewma::fit(&Past::of(&[0.01; 49])).is_err());
    }
}
