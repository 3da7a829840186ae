//! Simple exponential smoothing of the log price.
//!
//! ```text
//! l_t = l_{t-1} + alpha e_t,   e_t = y_t - l_{t-1},   forecast of y_{t+1}: l_t
//! ```
//!
//! y is the log price (Brown 1959; Hyndman et al. 2008, model ANN). The recursion needs only the lag of the level
//! behind the price, d_t = l_t - y_t = -(1 - alpha) e_t, and e_t = r_t - d_{t-1}, so it is computed from returns, and
//! the expected next return is d_t. With alpha = 1 it is the naive forecast; on daily prices alpha is close to 1.

use std::convert::Infallible;

use basin::{BoxBounds, Brent, ConstraintDescription, ConstraintSet, Constraints, CostFunction, Executor, PointState};

use super::overlapping::{Origin, Overlapping};
use super::{
    ANY_HORIZON, Baseline, Empirical, FittedBaseline, HorizonForecast, NewDay, Past, ResidualDistribution,
    ReturnForecast,
};
use crate::EvalError;
use crate::check::{at_least, finite};

/// Simple exponential smoothing of the log price.
pub const SMOOTHING: Baseline = Baseline {
    name: "smoothing",
    label: |_, _| "smoothing".into(),
    max_horizon: ANY_HORIZON,
    is_default: true,
    needs_bars: false,
    is_garch: false,
    fallback: None,
    fit: |past, _| Ok(Box::new(Smoothing::fit(past)?)),
};

/// Simple exponential smoothing, with the empirical distribution of its past one-day errors.
#[derive(Debug, Clone, PartialEq)]
pub struct Smoothing {
    alpha: f64,
    lag: f64,
    past: Empirical,
    ahead: Option<Overlapping>,
}

/// Bounds of alpha, as in R's `forecast::ets`.
const ALPHA: (f64, f64) = (1e-4, 0.9999);

impl Smoothing {
    /// Fits alpha to past log returns by Gaussian maximum likelihood, that is, by least squares of the one-day errors.
    /// The level starts at the first price.
    ///
    /// # Errors
    /// If there are fewer than 20 returns or one is not finite.
    pub fn fit(past: &Past<'_>) -> Result<Smoothing, EvalError> {
        let returns = past.returns;
        at_least("returns to smooth", returns.len(), 20)?;
        finite("returns", returns)?;
        let alpha = fitted_alpha(returns);
        let (mut lag, mut errors, mut lags) =
            (0.0, Vec::with_capacity(returns.len()), Vec::with_capacity(returns.len()));
        for r in returns {
            let e = r - lag;
            errors.push(e);
            lag = after(alpha, e);
            lags.push(lag);
        }
        let days = returns.iter().zip(lags).map(|(r, lag)| (*r, Some(origin(lag))));
        let ahead = Overlapping::new(past.horizon, Some(origin(0.0)), days);
        Ok(Smoothing { alpha, lag, past: Empirical::new(errors)?, ahead })
    }

    /// Returns the smoothing parameter: the fraction of each error by which the level moves.
    pub fn alpha(&self) -> f64 {
        self.alpha
    }
}

impl FittedBaseline for Smoothing {
    fn forecast(&self) -> ReturnForecast<'_> {
        ReturnForecast { mean: self.lag, once: self.lag, scale: 1.0, residuals: ResidualDistribution::Past(&self.past) }
    }

    fn forecast_ahead(&self) -> Option<HorizonForecast<'_>> {
        self.ahead.as_ref()?.forecast()
    }

    fn update(&mut self, NewDay { r, .. }: NewDay) {
        let e = r - self.lag;
        self.past.insert(e);
        self.lag = after(self.alpha, e);
        if let Some(ahead) = &mut self.ahead {
            ahead.update(r, origin(self.lag));
        }
    }
}

/// Returns the forecast at an origin: the price is expected to return to the level, whatever the horizon.
fn origin(lag: f64) -> Origin {
    Origin::new(lag, 1.0)
}

/// Returns the lag of the level after an error e.
fn after(alpha: f64, e: f64) -> f64 {
    -(1.0 - alpha) * e
}

/// Finds alpha by least squares with Brent's method (Brent 1973). The sum of squares is finite if the returns are, so
/// the search finds a point; if it did not, alpha would be that of a random walk.
fn fitted_alpha(returns: &[f64]) -> f64 {
    let start = PointState::new(0.5 * (ALPHA.0 + ALPHA.1));
    let search = Executor::new(SquaredErrors { returns }, Brent::new(), start).max_iter(100);
    search.run().map_or(ALPHA.1, |result| *result.best_param())
}

struct SquaredErrors<'a> {
    returns: &'a [f64],
}

impl Constraints for SquaredErrors<'_> {
    type Set = ConstraintSet<BoxBounds<f64>>;

    fn constraints(&self) -> <Self::Set as ConstraintDescription>::Borrowed<'_> {
        ConstraintSet::new().with_bounds(BoxBounds::new(Some(&ALPHA.0), Some(&ALPHA.1)))
    }
}

impl CostFunction for SquaredErrors<'_> {
    type Param = f64;
    type Output = f64;
    type Error = Infallible;

    fn cost(&self, alpha: &f64) -> Result<f64, Infallible> {
        let (mut lag, mut sum) = (0.0, 0.0);
        for r in self.returns {
            let e = r - lag;
            sum += e * e;
            lag = after(*alpha, e);
        }
        Ok(sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baselines::testing::returns;

    /// A price that reverts by 0.3 of each error is smoothed with alpha = 0.7.
    #[test]
    fn finds_the_alpha_of_a_price_that_bounces_back() {
        let errors = returns(20_000);
        let bounced = errors.windows(2).map(|pair| pair[1] - 0.3 * pair[0]);
        let fitted = Smoothing::fit(&Past::of(&bounced.collect::<Vec<_>>())).unwrap();
        assert!((fitted.alpha() - 0.7).abs() < 0.03, "{}", fitted.alpha());
        let expected = -0.3 * errors.last().unwrap();
        assert!((fitted.forecast().mean - expected).abs() < 0.1 * expected.abs());
    }

    #[test]
    fn a_trend_makes_it_the_naive_forecast() {
        let rising: Vec<f64> = (0..100).map(|i| 0.01 + f64::from(i % 3) * 1e-4).collect();
        let fitted = Smoothing::fit(&Past::of(&rising)).unwrap();
        assert!(fitted.alpha() > 0.999, "{}", fitted.alpha());
        assert!(fitted.forecast().mean.abs() < 1e-4);
    }

    #[test]
    fn updating_continues_from_the_fit() {
        let returns = returns(200);
        let mut fitted = Smoothing::fit(&Past::of(&returns)).unwrap();
        let before = fitted.forecast().mean;
        fitted.update(0.02.into());
        let expected = -(1.0 - fitted.alpha()) * (0.02 - before);
        assert_eq!(fitted.forecast().mean, expected);
        assert_eq!(fitted.past.count(), 201);
    }

    #[test]
    fn too_short_a_past_is_an_error() {
        assert!(Smoothing::fit(&Past::of(&[0.01; 5])).is_err());
        assert!(Smoothing::fit(&Past::of(&[f64::NAN; 50])).is_err());
    }
}
