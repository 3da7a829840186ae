//! A fitted volatility model, updated day by day.

use super::egarch::Egarch;
use super::linear::Linear;
use super::params::{Family, Params};
use super::paths::{PATHS, Paths};
use super::recursion::{Recursion, likelihood};
use super::sample::{Bounds, MAX_TIMES, PERCENT, ReturnSample, log_variance};
use crate::EvalError;
use crate::baselines::{
    Empirical, FittedBaseline, HorizonForecast, NewDay, ResidualDistribution, ReturnForecast, UnitStudentT,
};

/// A volatility model with given parameters, filtered over a sample of returns.
#[derive(Debug, Clone)]
pub struct Garch {
    family: Family,
    params: Params,
    log_likelihood: f64,
    growth: f64,
    /// Standard deviation of the returns it was fitted to, in percent.
    deviation: f64,
    filter: AnyFilter,
    z: UnitStudentT,
    /// `None` if it forecasts one day ahead.
    paths: Option<Paths>,
}

#[derive(Debug, Clone)]
enum AnyFilter {
    Linear(Filter<Linear>),
    Egarch(Filter<Egarch>),
}

/// A recursion, its state for the next day, and the bounds of that day.
#[derive(Debug, Clone)]
struct Filter<R: Recursion> {
    recursion: R,
    next: R::State,
    bounds: Bounds,
    centre: f64,
}

impl Garch {
    /// Returns the model at `params`, filtered over log `returns` (0.01 for one percent).
    ///
    /// # Errors
    /// If there are fewer than 100 returns, one is not finite, they do not vary, or the degrees of freedom are not
    /// above two. An EGARCH-X has no variances of bars here: it uses one percent squared for each.
    pub fn at(family: Family, params: &Params, returns: &[f64]) -> Result<Garch, EvalError> {
        Garch::over(family, params, &ReturnSample::new(returns)?)
    }

    pub(super) fn over(family: Family, params: &Params, sample: &ReturnSample) -> Result<Garch, EvalError> {
        let z = UnitStudentT::new(params.nu)?;
        let (filter, log_likelihood, growth) = match family {
            Family::Garch | Family::Gjr => {
                let seen = likelihood(&Linear::new(params), params.mu, params.nu, sample);
                let linear = Filter::after(Linear::new(params), seen.next, sample);
                (AnyFilter::Linear(linear), seen.value, seen.growth)
            }
            Family::Egarch | Family::EgarchX => {
                let seen = likelihood(&Egarch::new(params), params.mu, params.nu, sample);
                let egarch = Filter::after(Egarch::new(params), seen.next, sample);
                (AnyFilter::Egarch(egarch), seen.value, seen.growth)
            }
        };
        let deviation = sample.variance.sqrt();
        Ok(Garch { family, params: *params, log_likelihood, growth, deviation, filter, z, paths: None })
    }

    /// Returns this model for forecasts `horizon` days ahead, by simulation if that is more than one day.
    pub fn ahead(self, horizon: usize) -> Garch {
        if horizon > 1 { self.simulating(horizon, PATHS) } else { self }
    }

    /// Returns this model for forecasts `horizon` days ahead by simulation of an even number of paths. The innovations
    /// are drawn here, with a fixed seed.
    pub fn simulating(self, horizon: usize, paths: usize) -> Garch {
        let paths = Paths::draw(self.family, &self.params, &self.z, (horizon, paths));
        Garch { paths: Some(paths), ..self }
    }

    /// Returns which of the models it is.
    pub fn family(&self) -> Family {
        self.family
    }

    /// Returns its parameters, for returns in percent.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// Returns the log-likelihood of the returns it was fitted to, in percent.
    pub fn log_likelihood(&self) -> f64 {
        self.log_likelihood
    }

    /// Returns the factor by which an error in the variance grows per day, as the geometric mean over the returns it
    /// was fitted to: `exp(mean ln |ds_{t+1}/ds_t|)`, where s is the variance or, for EGARCH, its logarithm.
    ///
    /// Below one, the effect of the initial variance fades. At one and above, the filtered path, the likelihood and the
    /// forecasts are chaotic (Straumann & Mikosch 2006; Wintenberger 2013). Only an EGARCH can reach this: for the
    /// other models the factor is beta.
    pub fn growth(&self) -> f64 {
        self.growth
    }

    /// Returns the volatility forecast: the standard deviation of the next log return.
    pub fn volatility(&self) -> f64 {
        self.next_variance().sqrt() / PERCENT
    }

    /// Returns the next day's variance, for returns in percent.
    fn next_variance(&self) -> f64 {
        match &self.filter {
            AnyFilter::Linear(filter) => filter.recursion.variance(&filter.next),
            AnyFilter::Egarch(filter) => filter.recursion.variance(&filter.next),
        }
    }
}

impl<R: Recursion> Filter<R> {
    fn after(recursion: R, next: R::State, sample: &ReturnSample) -> Filter<R> {
        let bounds = sample.next_bounds.clone();
        Filter { recursion, next, bounds, centre: sample.centre }
    }

    fn update(&mut self, y: f64, x: f64, mu: f64) {
        let bounds = self.bounds.of_the_day_then(y - self.centre);
        let today = self.recursion.bounded(self.next, bounds);
        self.next = self.recursion.next(&today, y - mu, x);
    }
}

impl FittedBaseline for Garch {
    fn forecast(&self) -> ReturnForecast<'_> {
        let mean = self.params.mu / PERCENT;
        ReturnForecast { mean, once: 0.0, scale: self.volatility(), residuals: ResidualDistribution::StudentT(&self.z) }
    }

    fn forecast_ahead(&self) -> Option<HorizonForecast<'_>> {
        let paths = self.paths.as_ref()?;
        let returns = paths.returns(self.next_variance()).into_iter().map(|r| r / PERCENT);
        let returns = Empirical::of(returns.collect());
        Some(HorizonForecast::Simulated { mean: paths.mean() / PERCENT, returns })
    }

    fn update(&mut self, NewDay { r, variance }: NewDay) {
        let x = if self.family == Family::EgarchX { log_variance(variance) } else { 0.0 };
        match &mut self.filter {
            AnyFilter::Linear(filter) => filter.update(PERCENT * r, x, self.params.mu),
            AnyFilter::Egarch(filter) => filter.update(PERCENT * r, x, self.params.mu),
        }
    }

    fn implausible_ratio(&self) -> Option<f64> {
        let ratio = self.volatility() * PERCENT / self.deviation;
        (!(1.0 / MAX_TIMES..=MAX_TIMES).contains(&ratio)).then_some(ratio)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baselines::testing::{returns, variances};

    const EGARCH_PARAMS: Params =
        Params { mu: 0.03, omega: 0.02, alpha: 0.15, gamma: -0.05, beta: 0.97, delta: 0.0, nu: 6.0 };
    const GJR_PARAMS: Params =
        Params { mu: 0.03, omega: 0.06, alpha: 0.04, gamma: 0.08, beta: 0.88, delta: 0.0, nu: 6.0 };

    /// The mean, backcast and bounds of the updated model are those of the first 400 returns.
    #[test]
    fn updating_equals_filtering_over_one_day_more() {
        let returns = returns(500);
        for (family, params) in [(Family::Gjr, GJR_PARAMS), (Family::Egarch, EGARCH_PARAMS)] {
            let mut updated = Garch::at(family, &params, &returns[..400]).unwrap();
            returns[400..].iter().for_each(|&r| updated.update(r.into()));
            let seen = Garch::at(family, &params, &returns).unwrap();
            let ratio = updated.volatility() / seen.volatility();
            assert!((ratio - 1.0).abs() < 1e-12, "{family:?}: {ratio}");
        }
    }

    #[test]
    fn updating_an_egarch_x_equals_filtering_over_one_day_more() {
        let returns = returns(500);
        let variances = variances(&returns);
        let params = Params { delta: 0.2, ..EGARCH_PARAMS };
        let over = |days: usize| {
            let sample = ReturnSample::with_variances(&returns[..days], &variances[..days]).unwrap();
            Garch::over(Family::EgarchX, &params, &sample).unwrap()
        };
        let mut updated = over(400);
        for day in 400..500 {
            updated.update(NewDay { r: returns[day], variance: variances[day] });
        }
        let ratio = updated.volatility() / over(500).volatility();
        assert!((ratio - 1.0).abs() < 1e-12, "{ratio}");
    }

    #[test]
    fn a_fall_raises_volatility_more_than_a_rise() {
        for (family, params) in [(Family::Gjr, GJR_PARAMS), (Family::Egarch, EGARCH_PARAMS)] {
            let model = Garch::at(family, &params, &returns(300)).unwrap();
            let after = |r: f64| {
                let mut model = model.clone();
                model.update(r.into());
                model.volatility()
            };
            assert!(after(-0.04) > after(0.04), "{family:?}");
            assert!(after(0.04) > model.volatility(), "{family:?}");
        }
    }

    /// Compares the growth with the convergence of two filters with different initial variances.
    #[test]
    fn filters_converge_at_the_rate_of_the_growth() {
        let days = 100;
        let sample = ReturnSample::new(&returns(days)).unwrap();
        let apart = 1e-4;
        let mut shifted = sample.clone();
        shifted.backcast *= f64::exp(apart);
        let end = |sample: &ReturnSample| {
            Garch::over(Family::Egarch, &EGARCH_PARAMS, sample).unwrap().volatility().ln() * 2.0
        };
        // On the first day the difference is multiplied by beta only.
        let left = (end(&shifted) - end(&sample)).abs() / (EGARCH_PARAMS.beta * apart);
        let rate = left.powf(1.0 / days as f64);
        let growth = Garch::over(Family::Egarch, &EGARCH_PARAMS, &sample).unwrap().growth();
        assert!((rate / growth - 1.0).abs() < 1e-4, "{rate} {growth}");
        assert!(growth < 1.0);
    }

    /// If a large error lowers the variance, a variance that is too low makes the next standardised error larger and is
    /// lowered further.
    #[test]
    fn a_negative_alpha_makes_an_egarch_chaotic() {
        let negative = Params { omega: -0.2, alpha: -0.4, ..EGARCH_PARAMS };
        let model = Garch::at(Family::Egarch, &negative, &returns(500)).unwrap();
        assert!(model.growth() > 1.0, "{}", model.growth());
    }

    #[test]
    fn errors_in_linear_models_fade_by_beta() {
        let model = Garch::at(Family::Gjr, &GJR_PARAMS, &returns(300)).unwrap();
        assert!((model.growth() - GJR_PARAMS.beta).abs() < 1e-12);
    }
}
