//! The check whether a fitted model can be used to forecast.

use super::model::Garch;
use super::params::{Family, Params};
use super::sample::ReturnSample;
use crate::baselines::{FittedBaseline, Unfit};

/// If a search stops without converging and its growth is above this value, it was stopped at the boundary beyond which
/// errors grow: true of all but one of 1,113 such stops, on windows of 200 to 700 days of 27 series.
const MAX_GROWTH: f64 = 0.98;

/// The result of a search.
#[derive(Debug, Clone)]
pub(super) struct Optimum {
    pub(super) params: Params,
    /// Whether the search converged.
    pub(super) converged: bool,
}

/// Returns the model at an optimum if it can be used to forecast.
pub(super) fn check(family: Family, sample: &ReturnSample, optimum: &Optimum) -> Result<Garch, Unfit> {
    let model = Garch::over(family, &optimum.params, sample)?;
    if !optimum.converged {
        let at_boundary = matches!(family, Family::Egarch | Family::EgarchX) && model.growth() > MAX_GROWTH;
        return Err(if at_boundary { Unfit::Explosive } else { Unfit::NotConverged });
    }
    match model.implausible_ratio() {
        Some(ratio) => Err(Unfit::Implausible { ratio }),
        None => Ok(model),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baselines::testing::returns;

    const SOUND: Params = Params { mu: 0.03, omega: 0.02, alpha: 0.15, gamma: -0.05, beta: 0.97, delta: 0.0, nu: 6.0 };

    fn checked(family: Family, params: Params, converged: bool) -> Result<Garch, Unfit> {
        let sample = ReturnSample::new(&returns(500)).unwrap();
        check(family, &sample, &Optimum { params, converged })
    }

    #[test]
    fn a_sound_model_passes() {
        assert!(checked(Family::Egarch, SOUND, true).is_ok());
        assert_eq!(checked(Family::Egarch, SOUND, false).unwrap_err(), Unfit::NotConverged);
    }

    #[test]
    fn a_search_stopped_at_the_boundary_is_explosive() {
        let boundary = Params { alpha: 0.0, gamma: 0.0, beta: 0.999, ..SOUND };
        assert_eq!(checked(Family::Egarch, boundary, false).unwrap_err(), Unfit::Explosive);
        assert_eq!(checked(Family::Gjr, boundary, false).unwrap_err(), Unfit::NotConverged);
    }

    #[test]
    fn a_volatility_out_of_proportion_is_refused() {
        let tiny = Params { omega: 1e-9, alpha: 0.0, gamma: 0.0, beta: 0.5, ..SOUND };
        let unfit = checked(Family::Garch, tiny, true).unwrap_err();
        assert!(matches!(unfit, Unfit::Implausible { ratio } if ratio < 0.01), "{unfit}");
    }
}
