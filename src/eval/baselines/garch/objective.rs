//! The function that the search minimises: minus the mean log-likelihood, in the coordinates of the box.

use std::convert::Infallible;

use basin::{BoxBounds, ConstraintDescription, ConstraintSet, Constraints, CostFunction, Gradient};

use super::coordinates::Coordinates;
use super::egarch::Egarch;
use super::linear::Linear;
use super::params::{Family, Params};
use super::recursion::{Likelihood, Slopes, likelihood};
use super::sample::ReturnSample;

/// A family's log-likelihood at given parameters, with its derivatives and the growth.
struct LikelihoodAt {
    value: f64,
    slopes: Slopes,
    growth: f64,
}

fn evaluate(family: Family, params: &Params, sample: &ReturnSample) -> LikelihoodAt {
    let Params { mu, nu, .. } = *params;
    match family {
        Family::Garch | Family::Gjr => likelihood(&Linear::new(params), mu, nu, sample).into(),
        Family::Egarch | Family::EgarchX => likelihood(&Egarch::new(params), mu, nu, sample).into(),
    }
}

impl<S> From<Likelihood<S>> for LikelihoodAt {
    fn from(Likelihood { value, slopes, growth, .. }: Likelihood<S>) -> LikelihoodAt {
        LikelihoodAt { value, slopes, growth }
    }
}

/// Returns the log-likelihood of a family at given parameters.
pub(super) fn log_likelihood(family: Family, params: &Params, sample: &ReturnSample) -> f64 {
    evaluate(family, params, sample).value
}

/// Minus the mean log-likelihood over the box.
pub(super) struct Objective<'a> {
    family: Family,
    sample: &'a ReturnSample,
    coordinates: Coordinates,
    lower: Vec<f64>,
    upper: Vec<f64>,
}

impl<'a> Objective<'a> {
    pub(super) fn new(family: Family, sample: &'a ReturnSample) -> Self {
        let coordinates = Coordinates::new(family, sample);
        let (lower, upper) = coordinates.bounds();
        Objective { family, sample, coordinates, lower, upper }
    }
}

impl Constraints for Objective<'_> {
    type Set = ConstraintSet<BoxBounds<Vec<f64>>>;

    fn constraints(&self) -> <Self::Set as ConstraintDescription>::Borrowed<'_> {
        let bounds = BoxBounds::new(Some(&self.lower), Some(&self.upper));
        ConstraintSet::new().with_bounds(bounds)
    }
}

impl CostFunction for Objective<'_> {
    type Param = Vec<f64>;
    type Output = f64;
    type Error = Infallible;

    fn cost(&self, x: &Vec<f64>) -> Result<f64, Infallible> {
        Ok(self.cost_and_gradient(x)?.0)
    }
}

impl Gradient for Objective<'_> {
    type Gradient = Vec<f64>;

    fn gradient(&self, x: &Vec<f64>) -> Result<Vec<f64>, Infallible> {
        Ok(self.cost_and_gradient(x)?.1)
    }

    fn cost_and_gradient(&self, x: &Vec<f64>) -> Result<(f64, Vec<f64>), Infallible> {
        let at = evaluate(self.family, &self.coordinates.params(x), self.sample);
        let days = self.sample.y.len() as f64;
        let mut gradient = self.coordinates.pull_back(x, &at.slopes);
        gradient.iter_mut().for_each(|slope| *slope /= -days);
        // An infinite cost makes the line search step back. Models whose errors grow are excluded: their likelihood is
        // unbounded and irregular, and the estimator is consistent if it maximises over the other models (Wintenberger
        // 2013).
        let sound = at.growth < 1.0 && at.value.is_finite() && gradient.iter().all(|g| g.is_finite());
        Ok((if sound { -at.value / days } else { f64::INFINITY }, gradient))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baselines::testing::{returns, variances};

    fn sample() -> ReturnSample {
        let returns = returns(400);
        ReturnSample::with_variances(&returns, &variances(&returns)).unwrap()
    }

    /// Compares central differences with the analytic gradient at points inside the box.
    fn gradient_error(family: Family, params: Params) -> f64 {
        let sample = sample();
        let objective = Objective::new(family, &sample);
        let x = objective.coordinates.point(&params);
        let gradient = objective.gradient(&x).unwrap();
        let slope = |i: usize| {
            let step = 1e-6;
            let at = |step: f64| {
                let mut x = x.clone();
                x[i] += step;
                objective.cost(&x).unwrap()
            };
            (at(step) - at(-step)) / (2.0 * step)
        };
        let errors = gradient.iter().enumerate().map(|(i, g)| (g - slope(i)).abs());
        errors.fold(0.0, f64::max)
    }

    const PARAMS: Params = Params { mu: 0.03, omega: 0.06, alpha: 0.06, gamma: 0.07, beta: 0.85, delta: 0.0, nu: 5.5 };

    #[test]
    fn gradients_agree_with_central_differences() {
        let symmetric = Params { gamma: 0.0, ..PARAMS };
        assert!(gradient_error(Family::Garch, symmetric) < 1e-8);
        assert!(gradient_error(Family::Gjr, PARAMS) < 1e-8);
        assert!(gradient_error(Family::Egarch, PARAMS) < 1e-8);
        assert!(gradient_error(Family::Egarch, Params { gamma: -0.1, ..PARAMS }) < 1e-8);
        assert!(gradient_error(Family::EgarchX, Params { gamma: -0.1, delta: 0.2, ..PARAMS }) < 1e-8);
        assert!(gradient_error(Family::EgarchX, Params { delta: -0.1, ..PARAMS }) < 1e-8);
    }

    #[test]
    fn parameters_are_the_same_after_a_round_trip() {
        let sample = sample();
        for family in [Family::Garch, Family::Gjr, Family::Egarch, Family::EgarchX] {
            let params = match family {
                Family::Garch => Params { gamma: 0.0, ..PARAMS },
                Family::EgarchX => Params { delta: 0.2, ..PARAMS },
                _ => PARAMS,
            };
            let coordinates = Coordinates::new(family, &sample);
            let back = coordinates.params(&coordinates.point(&params));
            for (a, b) in [
                (back.mu, params.mu),
                (back.omega, params.omega),
                (back.alpha, params.alpha),
                (back.gamma, params.gamma),
                (back.beta, params.beta),
                (back.delta, params.delta),
                (back.nu, params.nu),
            ] {
                assert!((a - b).abs() < 1e-12, "{family:?}: {back:?} {params:?}");
            }
        }
    }
}
