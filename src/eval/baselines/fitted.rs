//! A baseline fitted by its name, and what takes the place of one that cannot be.

use std::fmt;

use super::garch::{Family, Garch, Unfit};
use super::{Baseline, Drift, Ewma, Forecast, Kind, Naive, Smoothing};
use crate::eval::EvalError;

impl Kind {
    /// Fits the baseline to past log returns, oldest first. With an earlier fit of the same series,
    /// a search may begin where that one ended.
    ///
    /// A volatility model that cannot be fitted, or whose fit explodes, is replaced by the next
    /// simpler one, EGARCH by GJR, GJR by GARCH, GARCH by EWMA; [`Fitted::replacements`] says so.
    ///
    /// # Errors
    /// If there are too few returns even for the simplest (50 for the volatility models and EWMA,
    /// 20 for the others), or one is not finite.
    pub fn fit(self, returns: &[f64], earlier: Option<&Fitted>) -> Result<Fitted, EvalError> {
        let mut kind = self;
        let mut replacements = Vec::new();
        while let Some((family, simpler)) = kind.volatility_model() {
            let earlier = earlier.and_then(|fitted| fitted.garch()).filter(|g| g.family() == family);
            match Garch::fit(family, returns, earlier.map(Garch::params)) {
                Ok(garch) => {
                    let model = Model::Garch(Box::new(garch));
                    return Ok(Fitted { asked: self, used: kind, replacements, model });
                }
                Err(why) => replacements.push(Replacement { of: kind, by: simpler, why }),
            }
            kind = simpler;
        }
        let model = kind.fit_simple(returns)?;
        Ok(Fitted { asked: self, used: kind, replacements, model })
    }

    /// The volatility model it is, and the kind that takes its place.
    fn volatility_model(self) -> Option<(Family, Kind)> {
        match self {
            Kind::Egarch => Some((Family::Egarch, Kind::Gjr)),
            Kind::Gjr => Some((Family::Gjr, Kind::Garch)),
            Kind::Garch => Some((Family::Garch, Kind::Ewma)),
            Kind::Naive | Kind::Drift | Kind::Smoothing | Kind::Ewma => None,
        }
    }

    fn fit_simple(self, returns: &[f64]) -> Result<Model, EvalError> {
        Ok(match self {
            Kind::Naive => Model::Naive(Naive::fit(returns)?),
            Kind::Drift => Model::Drift(Drift::fit(returns)?),
            Kind::Smoothing => Model::Smoothing(Smoothing::fit(returns)?),
            Kind::Ewma | Kind::Garch | Kind::Gjr | Kind::Egarch => Model::Ewma(Ewma::fit(returns)?),
        })
    }
}

/// A baseline that had to give way to a simpler one.
#[derive(Debug, Clone, PartialEq)]
pub struct Replacement {
    /// The one that was to be fitted.
    pub of: Kind,
    /// The one fitted in its place.
    pub by: Kind,
    /// What was wrong.
    pub why: Unfit,
}

impl fmt::Display for Replacement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} instead of {}: {}", self.by, self.of, self.why)
    }
}

/// A fitted baseline, ready to be walked forward.
#[derive(Debug, Clone)]
pub struct Fitted {
    asked: Kind,
    used: Kind,
    replacements: Vec<Replacement>,
    model: Model,
}

#[derive(Debug, Clone)]
enum Model {
    Naive(Naive),
    Drift(Drift),
    Smoothing(Smoothing),
    Ewma(Ewma),
    Garch(Box<Garch>),
}

impl Fitted {
    /// The baseline that was asked for.
    pub fn asked(&self) -> Kind {
        self.asked
    }

    /// The baseline that forecasts.
    pub fn used(&self) -> Kind {
        self.used
    }

    /// How the one came to take the other's place, in the order in which they were tried; empty
    /// when they are the same.
    pub fn replacements(&self) -> &[Replacement] {
        &self.replacements
    }

    /// The volatility model, where it is one.
    pub fn garch(&self) -> Option<&Garch> {
        match &self.model {
            Model::Garch(garch) => Some(garch),
            _ => None,
        }
    }
}

impl Baseline for Fitted {
    fn forecast(&self) -> Forecast<'_> {
        match &self.model {
            Model::Naive(model) => model.forecast(),
            Model::Drift(model) => model.forecast(),
            Model::Smoothing(model) => model.forecast(),
            Model::Ewma(model) => model.forecast(),
            Model::Garch(model) => model.forecast(),
        }
    }

    fn update(&mut self, r: f64) {
        match &mut self.model {
            Model::Naive(model) => model.update(r),
            Model::Drift(model) => model.update(r),
            Model::Smoothing(model) => model.update(r),
            Model::Ewma(model) => model.update(r),
            Model::Garch(model) => model.update(r),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::baselines::testing::returns;
    use crate::eval::scores::LEVELS;

    #[test]
    fn every_baseline_forecasts_increasing_quantiles() {
        let returns = returns(600);
        for kind in Kind::ALL {
            let mut fitted = kind.fit(&returns[..500], None).unwrap();
            assert_eq!((fitted.asked(), fitted.used()), (kind, kind));
            for &r in &returns[500..] {
                let quantiles = fitted.forecast().quantiles(&LEVELS);
                assert!(quantiles.windows(2).all(|pair| pair[0] <= pair[1]), "{kind}");
                assert!(quantiles.iter().all(|q| q.is_finite()), "{kind}");
                fitted.update(r);
            }
        }
    }

    #[test]
    fn too_short_a_series_falls_back_to_ewma_and_says_so() {
        let fitted = Kind::Egarch.fit(&returns(80), None).unwrap();
        assert_eq!(fitted.used(), Kind::Ewma);
        let chain: Vec<_> = fitted.replacements().iter().map(|r| (r.of, r.by)).collect();
        let expected = [(Kind::Egarch, Kind::Gjr), (Kind::Gjr, Kind::Garch), (Kind::Garch, Kind::Ewma)];
        assert_eq!(chain, expected);
        let said = fitted.replacements()[0].to_string();
        assert!(said.starts_with("gjr instead of egarch: ") && said.contains("100"), "{said}");
    }

    #[test]
    fn shorter_still_is_an_error() {
        for kind in Kind::ALL {
            assert!(kind.fit(&returns(10), None).is_err(), "{kind}");
        }
    }

    #[test]
    fn a_price_that_never_moves_is_left_to_ewma() {
        let fitted = Kind::Garch.fit(&[0.0; 300], None).unwrap();
        assert_eq!(fitted.used(), Kind::Ewma);
        assert_eq!(fitted.forecast().quantile(0.05), 0.0);
    }
}
