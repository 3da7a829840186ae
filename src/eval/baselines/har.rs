//! HAR: forecasts the variance of the days ahead from the variances of the last day, week and month.
//!
//! ```text
//! ln V_{t,h} = b_0 + b_1 ln v_t + b_2 ln v^5_t + b_3 ln v^22_t + error
//! V_{t,h} the mean of v_{t+1}, ..., v_{t+h},   v^k_t the mean of v_{t-k+1}, ..., v_t
//! ```
//!
//! v_t is the variance of day t: with bars, the squared overnight return plus the estimate of Garman & Klass (1980);
//! without bars, the squared return. This is the heterogeneous autoregression of Corsi (2009) in logarithms, fitted by
//! least squares for each horizon. The distribution is that of past returns over the same number of days, each divided
//! by the volatility forecast at its origin (filtered historical simulation, Barone-Adesi, Giannopoulos & Vosper 1999).

use std::collections::VecDeque;

use super::overlapping::{Origin, Overlapping};
use super::{
    Baseline, EWMA, Empirical, FittedBaseline, HorizonForecast, NewDay, Past, ResidualDistribution, ReturnForecast,
    Unfit,
};
use crate::EvalError;
use crate::check::{at_least, finite, mean};

/// HAR of the variance, with the distribution of past standardised returns.
pub const HAR: Baseline = Baseline {
    name: "har",
    label: |_, _| "HAR".into(),
    is_default: false,
    fallback: Some(&EWMA),
    fit: |past, _| Ok(Box::new(Har::fit(past)?)),
    ..EWMA
};

/// A fitted HAR. The expected return is zero.
#[derive(Debug, Clone)]
pub struct Har {
    coefficients: [f64; TERMS],
    /// The variances of the last month.
    recent: VecDeque<f64>,
    /// The volatility forecast per day over the days ahead.
    volatility: f64,
    /// Standard deviation of the returns it was fitted to.
    deviation: f64,
    past: Empirical,
    ahead: Option<Overlapping>,
    horizon: usize,
}

/// The terms of the regression: a constant, and the last day, week and month.
const TERMS: usize = 4;
const WEEK: usize = 5;
const MONTH: usize = 22;

/// Minimum number of origins of the regression, and the minimum of those without common days.
const MIN_ORIGINS: usize = 50;
const MIN_APART: usize = 20;

/// A volatility forecast that differs from the volatility of all returns by more than this factor is implausible.
const MAX_TIMES: f64 = 100.0;

impl Har {
    /// Fits it to past returns and variances.
    ///
    /// # Errors
    /// If there are fewer than 50 origins, or fewer than 20 per day ahead; if a number is not finite, or a variance is
    /// not above zero; or if the variances do not vary.
    pub fn fit(past: &Past<'_>) -> Result<Har, Unfit> {
        let Past { returns, variances, horizon, .. } = *past;
        if variances.len() != returns.len() {
            return Err(EvalError::Length { what: "variances", got: variances.len(), expected: returns.len() }.into());
        }
        let origins = returns.len().saturating_sub(MONTH - 1 + horizon);
        at_least("origins of a HAR", origins, MIN_ORIGINS.max(MIN_APART * horizon))?;
        finite("returns", returns)?;
        let terms = all_terms(variances);
        finite("logarithms of variances", terms.as_flattened())?;
        let targets: Vec<f64> = variances[MONTH..].windows(horizon).map(|days| mean(days).ln()).collect();
        let coefficients = least_squares(&terms[..targets.len()], &targets)
            .ok_or(EvalError::Constant { what: "the variances", figure: "their regression" })?;
        let volatilities: Vec<f64> = terms.iter().map(|terms| volatility(&coefficients, terms)).collect();
        let next_days = returns[MONTH..].iter().zip(&volatilities);
        let root = (horizon as f64).sqrt();
        let origins = std::iter::repeat_n(None, MONTH - 1).chain(volatilities.iter().map(Some));
        let origins = origins.map(|volatility| volatility.map(|volatility| Origin::new(0.0, root * volatility)));
        let har = Har {
            coefficients,
            recent: variances[variances.len() - MONTH..].iter().copied().collect(),
            volatility: volatilities.last().copied().unwrap_or(f64::NAN),
            deviation: mean(&returns.iter().map(|r| r * r).collect::<Vec<_>>()).sqrt(),
            past: Empirical::new(next_days.map(|(r, volatility)| r / volatility).collect())?,
            ahead: Overlapping::new(horizon, None, returns.iter().copied().zip(origins)),
            horizon,
        };
        har.implausible_ratio().map_or(Ok(har), |ratio| Err(Unfit::Implausible { ratio }))
    }

    /// Returns the constant and the coefficients of the last day, week and month.
    pub fn coefficients(&self) -> [f64; TERMS] {
        self.coefficients
    }
}

impl FittedBaseline for Har {
    /// Uses the mean variance of the days ahead; one day ahead, that of the next day.
    fn forecast(&self) -> ReturnForecast<'_> {
        ReturnForecast {
            mean: 0.0,
            once: 0.0,
            scale: self.volatility,
            residuals: ResidualDistribution::Past(&self.past),
        }
    }

    fn forecast_ahead(&self) -> Option<HorizonForecast<'_>> {
        self.ahead.as_ref()?.forecast()
    }

    fn update(&mut self, NewDay { r, variance }: NewDay) {
        self.past.insert(r / self.volatility);
        self.recent.pop_front();
        self.recent.push_back(variance);
        let terms = last_terms(self.recent.make_contiguous());
        self.volatility = volatility(&self.coefficients, &terms);
        if let Some(ahead) = &mut self.ahead {
            ahead.update(r, Origin::new(0.0, (self.horizon as f64).sqrt() * self.volatility));
        }
    }

    fn implausible_ratio(&self) -> Option<f64> {
        let ratio = self.volatility / self.deviation;
        (!(1.0 / MAX_TIMES..=MAX_TIMES).contains(&ratio)).then_some(ratio)
    }
}

/// Returns the terms of every day from the first with a full month.
fn all_terms(variances: &[f64]) -> Vec<[f64; TERMS]> {
    variances.windows(MONTH).map(last_terms).collect()
}

/// Returns the terms of the last day of a month.
fn last_terms(month: &[f64]) -> [f64; TERMS] {
    let of_last = |days: usize| mean(&month[MONTH - days..]).ln();
    [1.0, of_last(1), of_last(WEEK), of_last(MONTH)]
}

fn volatility(coefficients: &[f64; TERMS], terms: &[f64; TERMS]) -> f64 {
    let log_variance: f64 = coefficients.iter().zip(terms).map(|(b, x)| b * x).sum();
    (0.5 * log_variance).exp()
}

/// Returns the coefficients that minimise the sum of squared errors, from the normal equations of the deviations from
/// the means; `None` if they have no unique solution.
fn least_squares(terms: &[[f64; TERMS]], targets: &[f64]) -> Option<[f64; TERMS]> {
    const SLOPES: usize = TERMS - 1;
    let n = targets.len() as f64;
    let centres: [f64; SLOPES] = std::array::from_fn(|k| terms.iter().map(|terms| terms[k + 1]).sum::<f64>() / n);
    let centre = mean(targets);
    let mut equations = [[0.0; SLOPES + 1]; SLOPES];
    for (terms, target) in terms.iter().zip(targets) {
        let x: [f64; SLOPES] = std::array::from_fn(|k| terms[k + 1] - centres[k]);
        for (row, xi) in equations.iter_mut().zip(x) {
            row.iter_mut().zip(x.iter().chain([&(target - centre)])).for_each(|(sum, xj)| *sum += xi * xj);
        }
    }
    let slopes = solve(equations)?;
    let constant = centre - slopes.iter().zip(centres).map(|(b, x)| b * x).sum::<f64>();
    Some([constant, slopes[0], slopes[1], slopes[2]])
}

/// Solves positive definite equations by elimination; the last entry of each is its right-hand side.
fn solve<const N: usize, const M: usize>(mut rows: [[f64; M]; N]) -> Option<[f64; N]> {
    let scale: [f64; N] = std::array::from_fn(|k| rows[k][k]);
    for pivot in 0..N {
        // The part of a term that the terms before it do not explain: zero if it is a linear combination of them.
        if rows[pivot][pivot].is_nan() || rows[pivot][pivot] <= 1e-10 * scale[pivot] {
            return None;
        }
        let eliminated = rows[pivot];
        for row in &mut rows[pivot + 1..] {
            let factor = row[pivot] / eliminated[pivot];
            row.iter_mut().zip(eliminated).for_each(|(a, b)| *a -= factor * b);
        }
    }
    let mut solution = [0.0; N];
    for k in (0..N).rev() {
        let known: f64 = (k + 1..N).map(|j| rows[k][j] * solution[j]).sum();
        solution[k] = (rows[k][M - 1] - known) / rows[k][k];
    }
    Some(solution)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baselines::testing::{returns, variances};

    fn past<'a>(returns: &'a [f64], variances: &'a [f64], horizon: usize) -> Past<'a> {
        Past { returns, variances, has_bars: true, horizon }
    }

    #[test]
    fn finds_the_coefficients_of_an_exact_relation() {
        let mut variances = variances(&returns(60));
        for _ in 0..400 {
            let terms = last_terms(&variances[variances.len() - MONTH..]);
            variances.push(volatility(&[-1.2, 0.2, 0.3, 0.35], &terms).powi(2));
        }
        // The variances begin 38 rows later than the returns, at the month of the first origin.
        let found = Har::fit(&past(&returns(422), &variances[38..], 1)).unwrap().coefficients();
        for (a, b) in found.into_iter().zip([-1.2, 0.2, 0.3, 0.35]) {
            assert!((a - b).abs() < 1e-4, "{found:?}");
        }
    }

    #[test]
    fn updating_continues_from_the_fit() {
        let returns = returns(500);
        let variances = variances(&returns);
        for horizon in [1, 5] {
            let mut fitted = Har::fit(&past(&returns[..400], &variances[..400], horizon)).unwrap();
            let coefficients = fitted.coefficients();
            for day in 400..500 {
                fitted.update(NewDay { r: returns[day], variance: variances[day] });
            }
            let terms = last_terms(&variances[478..]);
            assert!((fitted.forecast().scale / volatility(&coefficients, &terms) - 1.0).abs() < 1e-12);
            assert_eq!(fitted.past.count(), 500 - MONTH);
            assert_eq!(fitted.forecast_ahead().is_some(), horizon > 1);
        }
    }

    #[test]
    fn volatility_follows_the_last_days() {
        let returns = returns(600);
        let variances = variances(&returns);
        let fitted = Har::fit(&past(&returns, &variances, 20)).unwrap();
        let width = |har: &Har| {
            let forecast = har.forecast_ahead().unwrap();
            forecast.quantile(0.95) - forecast.quantile(0.05)
        };
        let (mut low, mut high) = (fitted.clone(), fitted.clone());
        for _ in 0..5 {
            low.update(NewDay { r: 0.0, variance: 1e-6 });
            high.update(NewDay { r: 0.0, variance: 4e-3 });
        }
        assert!(width(&low) < width(&fitted) && width(&fitted) < width(&high));
    }

    #[test]
    fn what_cannot_be_regressed_is_an_error() {
        let returns = returns(400);
        let variances = variances(&returns);
        let fit = |days: usize, horizon| Har::fit(&past(&returns[..days], &variances[..days], horizon));
        assert!(fit(71, 1).is_err() && fit(72, 1).is_ok());
        assert!(fit(360, 20).is_err());
        assert!(Har::fit(&past(&returns, &vec![1e-4; 400], 1)).is_err(), "the variances do not vary");
        assert!(Har::fit(&past(&returns, &vec![0.0; 400], 1)).is_err(), "a variance of zero has no logarithm");
        assert!(Har::fit(&Past::of(&returns)).is_err(), "there are no variances");
    }
}
