//! The volatility models several days ahead, compared with simulations by Python's `arch`.

use std::collections::BTreeMap;

use fourcast::eval::baselines::garch::{Family, Garch};
use fourcast::eval::baselines::{FittedBaseline, HorizonForecast};
use serde::Deserialize;

use crate::fixture::read;
use crate::garch::{Parameters, family};

#[derive(Deserialize)]
struct Ahead {
    levels: Vec<f64>,
    returns: Vec<f64>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    family: String,
    params: Parameters,
    variances: Vec<f64>,
    analytic: Option<Vec<f64>>,
    quantiles: BTreeMap<usize, Vec<f64>>,
}

/// Number of simulated paths, large enough that the tolerances exceed the sampling error.
const PATHS: usize = 200_000;

impl Case {
    fn model(&self, returns: &[f64]) -> Garch {
        Garch::at(family(&self.family), &self.params.params(), returns).unwrap()
    }

    /// Returns the variance of the return over `days`, as a fraction: errors of different days are uncorrelated.
    fn variance(&self, days: usize) -> f64 {
        let each = self.analytic.as_ref().unwrap_or(&self.variances);
        each[..days].iter().sum::<f64>() / 1e4
    }
}

/// Calls `check` with each case and its model.
fn each(check: impl Fn(&Ahead, &Case, Garch)) {
    let ahead: Ahead = read("ahead/ahead.json");
    assert_eq!(ahead.cases.len(), 3);
    for case in &ahead.cases {
        check(&ahead, case, case.model(&ahead.returns));
    }
}

/// Returns the variance of a simulated distribution.
fn variance(forecast: &HorizonForecast<'_>, paths: usize) -> f64 {
    let square = |path: usize| (forecast.quantile(path as f64 / (paths - 1) as f64) - forecast.mean()).powi(2);
    (0..paths).map(square).sum::<f64>() / paths as f64
}

#[test]
fn variances_of_several_days_agree_with_arch() {
    each(|_, case, model| {
        for days in [2, 3, 5, 10, 20] {
            let model = model.clone().simulating(days, PATHS);
            let ratio = variance(&model.forecast_ahead().unwrap(), PATHS) / case.variance(days);
            assert!((ratio - 1.0).abs() < 0.02, "{} over {days} days: {ratio}", case.family);
        }
    });
}

#[test]
fn quantiles_over_several_days_agree_with_arch() {
    each(|ahead, case, model| {
        for (&days, quantiles) in &case.quantiles {
            let model = model.clone().simulating(days, PATHS);
            let forecast = model.forecast_ahead().unwrap();
            for (&p, &theirs) in ahead.levels.iter().zip(quantiles) {
                let error = (forecast.quantile(p) - theirs) / case.variance(days).sqrt();
                let max = if (0.05..=0.95).contains(&p) { 0.02 } else { 0.05 };
                assert!(error.abs() < max, "{} over {days} days at {p}: {error}", case.family);
            }
        }
    });
}

/// A backtest has 4,000 paths.
#[test]
fn the_paths_of_a_backtest_are_near_them() {
    each(|ahead, case, model| {
        let model = model.ahead(20);
        let forecast = model.forecast_ahead().unwrap();
        for (&p, &theirs) in ahead.levels.iter().zip(&case.quantiles[&20]) {
            let error = (forecast.quantile(p) - theirs) / case.variance(20).sqrt();
            let max = if (0.05..=0.95).contains(&p) { 0.1 } else { 0.3 };
            assert!(error.abs() < max, "{} at {p}: {error}", case.family);
        }
    });
}

#[test]
fn one_simulated_day_has_the_distribution_of_the_next() {
    each(|ahead, case, model| {
        let simulated = model.clone().simulating(1, PATHS);
        let simulated = simulated.forecast_ahead().unwrap();
        let exact = model.forecast();
        for &p in &ahead.levels {
            let error = (simulated.quantile(p) - exact.quantile(p)) / exact.scale;
            assert!(error.abs() < 0.04, "{} at {p}: {error}", case.family);
        }
        assert!(model.ahead(1).forecast_ahead().is_none(), "one day ahead nothing is simulated");
    });
}

/// All origins share the innovations, so equal variances give equal forecasts, to the bit.
#[test]
fn forecasts_of_one_fit_differ_by_their_variance_alone() {
    let ahead: Ahead = read("ahead/ahead.json");
    let model = ahead.cases[2].model(&ahead.returns).ahead(5);
    assert_eq!(model.family(), Family::Egarch);
    let quantiles = |model: &Garch| ahead.levels.iter().map(|&p| model.forecast_ahead().unwrap().quantile(p)).collect();
    let before: Vec<f64> = quantiles(&model);
    let (mut low_volatility, mut high_volatility) = (model.clone(), model.clone());
    low_volatility.update(0.0005.into());
    high_volatility.update((-0.05).into());
    let (low_volatility, high_volatility): (Vec<f64>, Vec<f64>) =
        (quantiles(&low_volatility), quantiles(&high_volatility));
    assert_eq!(before, quantiles(&model.clone()));
    assert!(
        low_volatility[0] > before[0] && high_volatility[0] < before[0],
        "{low_volatility:?} {before:?} {high_volatility:?}"
    );
    assert!(
        low_volatility[6] < before[6] && high_volatility[6] > before[6],
        "{low_volatility:?} {before:?} {high_volatility:?}"
    );
}
