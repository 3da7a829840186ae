//! Can the fitted model forecast, or did it explode?

use super::fit::Optimum;
use super::model::Garch;
use super::params::Family;
use super::sample::Sample;
use crate::eval::EvalError;

/// Why there is no usable fit of a volatility model.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Unfit {
    /// The returns themselves do not allow one.
    #[error(transparent)]
    Data(#[from] EvalError),
    /// No search for the maximum of the likelihood arrived.
    #[error("no search for the maximum of its likelihood arrived")]
    NotConverged,
    /// The likelihood rises towards models in which an error in today's volatility grows from day
    /// to day instead of fading: they describe the days they have seen and say nothing of the next.
    #[error("it is likeliest where its own errors grow from day to day instead of fading")]
    Explosive,
    /// Tomorrow's volatility is out of all proportion.
    #[error("tomorrow's volatility comes out {ratio:.3e} times the sample's")]
    Implausible {
        /// Tomorrow's volatility over the sample's standard deviation.
        ratio: f64,
    },
}

/// A search that stops without arriving was stopped by the edge beyond which errors grow, if they
/// fade by less than this a day: of 1,113 such stops, on windows of 200 to 700 days of 27 series,
/// all but one.
const EDGE: f64 = 0.98;

/// Tomorrow's volatility may be this many times more or less than the sample's: wide enough for a
/// crash, too narrow for what only arithmetic brings about.
pub(super) const MAX_TIMES: f64 = 100.0;

/// Turns a summit into a model if it can forecast.
pub(super) fn check(family: Family, sample: &Sample, optimum: &Optimum) -> Result<Garch, Unfit> {
    let model = Garch::over(family, &optimum.params, sample)?;
    if !optimum.converged {
        let stopped_by_edge = family == Family::Egarch && model.growth() > EDGE;
        return Err(if stopped_by_edge { Unfit::Explosive } else { Unfit::NotConverged });
    }
    match model.implausible_ratio() {
        Some(ratio) => Err(Unfit::Implausible { ratio }),
        None => Ok(model),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::baselines::garch::params::Params;
    use crate::eval::baselines::testing::returns;

    const SOUND: Params = Params { mu: 0.03, omega: 0.02, alpha: 0.15, gamma: -0.05, beta: 0.97, nu: 6.0 };

    fn scorer(family: Family, params: Params, converged: bool) -> Result<Garch, Unfit> {
        let sample = Sample::new(&returns(500)).unwrap();
        check(family, &sample, &Optimum { params, converged })
    }

    #[test]
    fn a_sound_model_passes() {
        assert!(scorer(Family::Egarch, SOUND, true).is_ok());
        assert_eq!(scorer(Family::Egarch, SOUND, false).unwrap_err(), Unfit::NotConverged);
    }

    #[test]
    fn a_search_stopped_by_the_edge_says_so() {
        let edge = Params { alpha: 0.0, gamma: 0.0, beta: 0.999, ..SOUND };
        assert_eq!(scorer(Family::Egarch, edge, false).unwrap_err(), Unfit::Explosive);
        assert_eq!(scorer(Family::Gjr, edge, false).unwrap_err(), Unfit::NotConverged);
    }

    #[test]
    fn a_volatility_out_of_proportion_is_refused() {
        let tiny = Params { omega: 1e-9, alpha: 0.0, gamma: 0.0, beta: 0.5, ..SOUND };
        let unfit = scorer(Family::Garch, tiny, true).unwrap_err();
        assert!(matches!(unfit, Unfit::Implausible { ratio } if ratio < 0.01), "{unfit}");
    }
}
