//! The fit of a baseline, or of its fallback.

use std::fmt;

use super::{Baseline, FittedBaseline, HorizonForecast, NewDay, Past, ReturnForecast, Unfit};
use crate::EvalError;

/// A fit of a baseline, or of the first of its fallbacks that could be fitted.
#[derive(Debug)]
pub struct BaselineFit {
    used: Baseline,
    steps: Vec<FallbackStep>,
    horizon: usize,
    fitted: Box<dyn FittedBaseline>,
}

/// A baseline that could not be fitted, and the fallback tried next.
#[derive(Debug, Clone, PartialEq)]
pub struct FallbackStep {
    /// The baseline that could not be fitted.
    pub of: Baseline,
    /// Its fallback.
    pub by: Baseline,
    /// Why it could not be fitted.
    pub why: Unfit,
}

impl fmt::Display for FallbackStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} instead of {}: {}", self.by, self.of, self.why)
    }
}

impl BaselineFit {
    /// Fits `baseline` to the past; if that fails, its fallback, and so on. With an earlier fit to the same series, a
    /// search can start where the earlier one ended.
    ///
    /// # Errors
    /// If neither the baseline nor any of its fallbacks could be fitted.
    pub fn new(baseline: &Baseline, past: &Past<'_>, earlier: Option<&BaselineFit>) -> Result<BaselineFit, EvalError> {
        let (mut used, mut steps) = (*baseline, Vec::new());
        loop {
            match ((used.fit)(past, earlier.map(|earlier| &*earlier.fitted)), used.fallback) {
                (Ok(fitted), _) => return Ok(BaselineFit { used, steps, horizon: past.horizon, fitted }),
                (Err(why), None) => return Err(why.without_fallback(used.name)),
                (Err(why), Some(fallback)) => {
                    steps.push(FallbackStep { of: used, by: *fallback, why });
                    used = *fallback;
                }
            }
        }
    }

    /// Returns the baseline that forecasts: the one requested, or a fallback.
    pub fn used(&self) -> Baseline {
        self.used
    }

    /// Returns the fits that failed, in the order in which they were tried.
    pub fn fallback_steps(&self) -> &[FallbackStep] {
        &self.steps
    }

    /// Returns the predictive distribution of the next log return.
    pub fn forecast(&self) -> ReturnForecast<'_> {
        self.fitted.forecast()
    }

    /// Returns the predictive distribution of the log return over the days ahead that it was fitted for.
    pub fn forecast_ahead(&self) -> HorizonForecast<'_> {
        let root_of_time = || HorizonForecast::RootOfTime { next: self.fitted.forecast(), days: self.horizon };
        self.fitted.forecast_ahead().unwrap_or_else(root_of_time)
    }

    /// Adds the next day.
    pub fn update(&mut self, day: NewDay) {
        self.fitted.update(day);
    }

    /// See [`FittedBaseline::implausible_ratio`].
    pub fn implausible_ratio(&self) -> Option<f64> {
        self.fitted.implausible_ratio()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baselines::testing::{returns, variances};
    use crate::baselines::{ALL, EGARCH, EWMA, GARCH, GJR, HAR};
    use crate::scores::QUANTILE_LEVELS;

    fn past<'a>(returns: &'a [f64], variances: &'a [f64]) -> Past<'a> {
        Past { variances, has_bars: true, ..Past::of(returns) }
    }

    #[test]
    fn every_baseline_forecasts_increasing_quantiles() {
        let returns = returns(600);
        let variances = variances(&returns);
        for baseline in ALL {
            let past = past(&returns[..500], &variances[..500]);
            let mut fitted = BaselineFit::new(baseline, &past, None).unwrap();
            assert_eq!(fitted.used(), *baseline);
            for (&r, &variance) in returns[500..].iter().zip(&variances[500..]) {
                let quantiles = fitted.forecast().quantiles(&QUANTILE_LEVELS);
                assert!(quantiles.windows(2).all(|pair| pair[0] <= pair[1]), "{baseline}");
                assert!(quantiles.iter().all(|q| q.is_finite()), "{baseline}");
                fitted.update(NewDay { r, variance });
            }
        }
    }

    /// The width for twenty days is about the square root of twenty times that for one day; the forecast of the next
    /// day does not depend on the horizon.
    #[test]
    fn every_baseline_without_a_limit_forecasts_twenty_days() {
        let returns = returns(600);
        let variances = variances(&returns);
        for baseline in ALL.iter().filter(|baseline| baseline.supports(20)) {
            let one = BaselineFit::new(baseline, &past(&returns, &variances), None).unwrap();
            let fitted = BaselineFit::new(baseline, &past(&returns, &variances).ahead(20), None).unwrap();
            assert_eq!(fitted.used(), *baseline);
            let width = |forecast: HorizonForecast<'_>| {
                let quantiles = QUANTILE_LEVELS.map(|p| forecast.quantile(p));
                assert!(quantiles.windows(2).all(|pair| pair[0] <= pair[1]), "{baseline}");
                assert!(quantiles.iter().all(|q| q.is_finite()), "{baseline}");
                quantiles[18] - quantiles[2]
            };
            let ratio = width(fitted.forecast_ahead()) / width(one.forecast_ahead());
            assert!((2.5..7.0).contains(&ratio), "{baseline}: {ratio}");
            // Only HAR differs: it regresses the variance of the days ahead.
            let next = |fitted: &BaselineFit| fitted.forecast().quantiles(&QUANTILE_LEVELS);
            assert!(*baseline == HAR || next(&fitted) == next(&one), "{baseline}");
        }
    }

    #[test]
    fn too_short_a_series_falls_back_to_ewma_and_names_the_steps() {
        let fitted = BaselineFit::new(&EGARCH, &Past::of(&returns(80)), None).unwrap();
        assert_eq!(fitted.used(), EWMA);
        let chain: Vec<_> = fitted.fallback_steps().iter().map(|step| (step.of, step.by)).collect();
        assert_eq!(chain, [(EGARCH, GJR), (GJR, GARCH), (GARCH, EWMA)]);
        let first = fitted.fallback_steps()[0].to_string();
        assert!(first.starts_with("gjr instead of egarch: ") && first.contains("100"), "{first}");
    }

    #[test]
    fn shorter_still_is_an_error() {
        for baseline in ALL {
            assert!(BaselineFit::new(baseline, &Past::of(&returns(10)), None).is_err(), "{baseline}");
        }
    }

    #[test]
    fn a_price_that_never_moves_is_left_to_ewma() {
        let fitted = BaselineFit::new(&GARCH, &Past::of(&[0.0; 300]), None).unwrap();
        assert_eq!(fitted.used(), EWMA);
        assert_eq!(fitted.forecast().quantile(0.05), 0.0);
    }

    /// A baseline without a fallback whose fit fails for a reason other than its returns.
    #[test]
    fn a_fit_that_fails_without_a_fallback_is_an_error_with_its_name() {
        let alone = Baseline { name: "alone", fallback: None, fit: |_, _| Err(Unfit::NotConverged), ..EGARCH };
        let error = BaselineFit::new(&alone, &Past::of(&returns(300)), None).unwrap_err();
        assert!(error.to_string().starts_with("alone cannot be fitted: no search"), "{error}");
    }
}
