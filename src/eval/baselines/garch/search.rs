//! Maximum likelihood: searches from several starts, each optimum checked.

use basin::{Executor, FirstOrderState, Lbfgsb, Termination};

use super::coordinates::Coordinates;
use super::guard::{Optimum, check};
use super::model::Garch;
use super::objective::{Objective, log_likelihood};
use super::params::{Family, Params};
use super::sample::ReturnSample;
use crate::baselines::Unfit;

/// Number of searches with a usable model after which the fit ends.
const SOUND_SEARCHES: usize = 2;

impl Garch {
    /// Fits a volatility model to past log returns (0.01 for one percent) by maximum likelihood. Likelihood, variance
    /// before the first day and bounds on variances are those of Python's `arch` 8.
    ///
    /// The likelihood can have several local maxima, in particular on short series. Searches begin at the starts with
    /// the highest likelihood, until two searches have found a usable model; the model with the higher likelihood is
    /// returned. The parameters of an earlier fit are the first start.
    ///
    /// # Errors
    /// If there are fewer than 100 returns, one is not finite, or they do not vary; or if no search found a usable
    /// model.
    pub fn fit(family: Family, returns: &[f64], earlier: Option<&Params>) -> Result<Garch, Unfit> {
        Garch::fit_to(family, &ReturnSample::new(returns)?, earlier)
    }

    /// Fits an EGARCH-X with the variances of the days' bars.
    ///
    /// # Errors
    /// Those of [`fit`](Garch::fit), and if the number of variances differs or one is not a number above zero.
    pub fn fit_with_variances(returns: &[f64], variances: &[f64], earlier: Option<&Params>) -> Result<Garch, Unfit> {
        Garch::fit_to(Family::EgarchX, &ReturnSample::with_variances(returns, variances)?, earlier)
    }

    fn fit_to(family: Family, sample: &ReturnSample, earlier: Option<&Params>) -> Result<Garch, Unfit> {
        let mut unfit = None;
        let starts = earlier.copied().into_iter().chain(starts_by_likelihood(family, sample));
        let sound = starts.filter_map(|start| {
            let optimum = search_from(family, sample, &start);
            let model = optimum.and_then(|optimum| check(family, sample, &optimum));
            model.map_err(|why| unfit.get_or_insert(why).clone()).ok()
        });
        let by_likelihood = |a: &Garch, b: &Garch| a.log_likelihood().total_cmp(&b.log_likelihood());
        let likeliest = sound.take(SOUND_SEARCHES).max_by(by_likelihood);
        likeliest.ok_or(unfit.unwrap_or(Unfit::NotConverged))
    }
}

/// Maximises the likelihood from `start` with L-BFGS-B (Byrd, Lu, Nocedal & Zhu 1995).
///
/// The mean log-likelihood is of order one and is maximised to ten digits. The error of the sum is therefore far below
/// one, the order of a difference that distinguishes two models.
fn search_from(family: Family, sample: &ReturnSample, start: &Params) -> Result<Optimum, Unfit> {
    let coordinates = Coordinates::new(family, sample);
    let search =
        Lbfgsb::new().with_absolute_projected_gradient_tolerance(1e-6).with_relative_cost_reduction_tolerance(1e-10);
    let from = FirstOrderState::new(coordinates.point(start));
    let run = Executor::new(Objective::new(family, sample), search, from).max_iter(100).run();
    let result = run.map_err(|_| Unfit::NotConverged)?;
    // If no point had a finite likelihood, there is no optimum.
    if !result.best_cost().is_finite() {
        return Err(Unfit::NotConverged);
    }
    Ok(Optimum {
        params: coordinates.params(result.best_param()),
        converged: matches!(result.report.termination, Termination::Converged(_)),
    })
}

/// Returns the start with the highest likelihood for each of four persistences, sorted by likelihood, highest first.
fn starts_by_likelihood(family: Family, sample: &ReturnSample) -> Vec<Params> {
    let likeliest = |persistence: f64| {
        let starts = starts(family, sample, persistence).into_iter();
        let rated = starts.map(|start| (log_likelihood(family, &start, sample), start));
        rated.max_by(|a, b| a.0.total_cmp(&b.0))
    };
    let mut rated: Vec<_> = [0.5, 0.9, 0.97, 0.995].into_iter().filter_map(likeliest).collect();
    rated.sort_by(|a, b| b.0.total_cmp(&a.0));
    rated.into_iter().map(|(_, start)| start).collect()
}

/// Returns the starts for one persistence: weak and strong reactions to errors, symmetric and mostly to falls, around
/// the sample's mean and variance.
fn starts(family: Family, sample: &ReturnSample, persistence: f64) -> Vec<Params> {
    let (mu, nu, left) = (sample.centre, 6.0, 1.0 - persistence);
    let tilts: &[f64] = if family == Family::Garch { &[0.0] } else { &[0.0, 0.7] };
    let start = |arch: f64, tilt: f64| match family {
        Family::Garch | Family::Gjr => Params {
            mu,
            omega: left * sample.variance,
            alpha: arch * (1.0 - tilt),
            gamma: 2.0 * arch * tilt,
            beta: persistence - arch,
            delta: 0.0,
            nu,
        },
        Family::Egarch => Params {
            mu,
            omega: left * sample.variance.ln(),
            alpha: 2.0 * arch,
            gamma: -arch * tilt,
            beta: persistence,
            delta: 0.0,
            nu,
        },
        // The bar contains more information on the variance than the error does.
        Family::EgarchX => {
            let delta = 2.0 * arch;
            let omega = left * sample.variance.ln() - delta * sample.log_ratio;
            Params { mu, omega, alpha: 0.5 * arch, gamma: -arch * tilt, beta: persistence, delta, nu }
        }
    };
    [0.04, 0.12].iter().flat_map(|&arch| tilts.iter().map(move |&tilt| start(arch, tilt))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baselines::testing::returns;
    use rand::SeedableRng;
    use rand_distr::{Distribution, StandardNormal, StudentT};
    use rand_pcg::Pcg64;

    /// The result must be within a few standard errors of the parameters of the simulated market.
    #[test]
    fn finds_the_parameters_of_a_simulated_market() {
        let model = Garch::fit(Family::Gjr, &returns(20_000), None).unwrap();
        let Params { mu, omega, alpha, gamma, beta, nu, .. } = *model.params();
        let errors = [
            (mu - 0.04, 0.03),
            (omega - 0.06, 0.02),
            (alpha - 0.03, 0.015),
            (gamma - 0.10, 0.025),
            (beta - 0.89, 0.015),
            (nu - 5.0, 0.4),
        ];
        assert!(errors.iter().all(|(e, max)| e.abs() < *max), "{:?}", model.params());
    }

    /// The bars of an EGARCH-X measure the log variance with an error of standard deviation 0.25.
    #[test]
    fn finds_the_weight_of_the_bars_of_a_simulated_market() {
        let mut rng = Pcg64::seed_from_u64(5);
        let (t, noise) = (StudentT::new(6.0).unwrap(), StandardNormal);
        let (mut h, mut returns, mut variances) = (0.5_f64, Vec::new(), Vec::new());
        for _ in 0..10_000 {
            let z = t.sample(&mut rng) * (4.0_f64 / 6.0).sqrt();
            let error: f64 = noise.sample(&mut rng);
            let x = h - 0.2 + 0.25 * error + 0.3 * (z.abs() - 0.75);
            returns.push((0.03 + (0.5 * h).exp() * z) / 100.0);
            variances.push(x.exp() / 1e4);
            h = 0.01 + 0.02 * (z.abs() - 0.8) - 0.06 * z + 0.97 * h + 0.25 * (x - h);
        }
        let model = Garch::fit_with_variances(&returns, &variances, None).unwrap();
        let Params { gamma, beta, delta, nu, .. } = *model.params();
        assert!((delta - 0.25).abs() < 0.05 && (beta - 0.97).abs() < 0.01, "{:?}", model.params());
        assert!((gamma + 0.06).abs() < 0.015 && (nu - 6.0).abs() < 0.8, "{:?}", model.params());
        let without = Garch::fit(Family::Egarch, &returns, None).unwrap();
        assert!(model.log_likelihood() > without.log_likelihood() + 50.0);
    }

    #[test]
    fn a_larger_model_is_at_least_as_likely() {
        let returns = returns(1500);
        let garch = Garch::fit(Family::Garch, &returns, None).unwrap();
        let gjr = Garch::fit(Family::Gjr, &returns, None).unwrap();
        assert!(gjr.log_likelihood() > garch.log_likelihood());
    }

    #[test]
    fn an_earlier_fit_leads_to_the_same_optimum() {
        let returns = returns(1500);
        for family in [Family::Garch, Family::Gjr, Family::Egarch] {
            let earlier = Garch::fit(family, &returns[..1479], None).unwrap();
            let cold = Garch::fit(family, &returns, None).unwrap();
            let warm = Garch::fit(family, &returns, Some(earlier.params())).unwrap();
            let difference = warm.log_likelihood() - cold.log_likelihood();
            assert!(difference.abs() < 1e-4, "{family:?}: {difference}");
            let volatilities = warm.volatility() / cold.volatility();
            assert!((volatilities - 1.0).abs() < 1e-3, "{family:?}: {volatilities}");
        }
    }

    /// The price grows by the same factor every day and is rounded to five decimals: the variation of the returns is
    /// rounding, and no search finds a point with a finite likelihood.
    #[test]
    fn a_trend_has_no_fit() {
        let price = |day: i32| (100.0 * 1.001_f64.powi(day) * 1e5).round() / 1e5;
        let returns: Vec<f64> = (0..400).map(|day| (price(day + 1) / price(day)).ln()).collect();
        for family in [Family::Garch, Family::Gjr, Family::Egarch] {
            assert!(Garch::fit(family, &returns, None).is_err(), "{family:?}");
        }
    }

    #[test]
    fn an_implausible_earlier_fit_does_not_matter() {
        let returns = returns(600);
        let implausible = Params { mu: 50.0, omega: -3.0, alpha: 4.0, gamma: -9.0, beta: 2.0, delta: 0.0, nu: 0.0 };
        for family in [Family::Garch, Family::Gjr, Family::Egarch] {
            let cold = Garch::fit(family, &returns, None).unwrap();
            let warm = Garch::fit(family, &returns, Some(&implausible)).unwrap();
            let difference = warm.log_likelihood() - cold.log_likelihood();
            assert!(difference > -1.0, "{family:?}: {difference}");
        }
    }
}
