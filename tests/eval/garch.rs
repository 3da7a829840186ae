//! The volatility models, compared with Python's `arch`.

use std::collections::BTreeMap;

use fourcast::eval::baselines::garch::{Family, Garch, Params};
use fourcast::eval::baselines::{BaselineFit, EGARCH, GJR, Past, Unfit};
use serde::Deserialize;

use crate::fixture::{assert_close, read};

#[derive(Deserialize)]
struct Fit {
    series: String,
    first: usize,
    count: usize,
    family: String,
    growth: f64,
    params: Parameters,
    log_likelihood: f64,
    next_volatility: f64,
}

#[derive(Deserialize)]
struct Fixed {
    series: String,
    first: usize,
    count: usize,
    family: String,
    params: Parameters,
    log_likelihood: f64,
    next_volatility: f64,
}

#[derive(Deserialize)]
pub struct Parameters {
    mu: f64,
    omega: f64,
    alpha: f64,
    gamma: f64,
    beta: f64,
    nu: f64,
}

impl Parameters {
    pub fn params(&self) -> Params {
        let Parameters { mu, omega, alpha, gamma, beta, nu } = *self;
        Params { mu, omega, alpha, gamma, beta, delta: 0.0, nu }
    }
}

pub fn family(name: &str) -> Family {
    match name {
        "garch" => Family::Garch,
        "gjr" => Family::Gjr,
        "egarch" => Family::Egarch,
        other => panic!("unknown family {other}"),
    }
}

/// Reads the log returns of each series.
fn series() -> BTreeMap<String, Vec<f64>> {
    read("garch/returns.json")
}

/// Whether the likelihood of an EGARCH on this window rises towards fits with growing errors. On two such windows, a
/// plain call of arch also ends there, with a volatility of 1e-27 or less for the next day.
fn explodes(case: &Fit) -> bool {
    let windows = [("fb", 0), ("ibm", 0), ("eurusd", 6110)];
    let short = case.count <= 500 && case.family == "egarch";
    short && windows.contains(&(case.series.as_str(), case.first))
}

#[test]
fn likelihoods_at_given_parameters_agree_with_arch() {
    let series = series();
    let cases: Vec<Fixed> = read("garch/fixed.json");
    assert!(cases.len() > 20);
    for case in &cases {
        let returns = &series[&case.series][case.first..case.first + case.count];
        let params = case.params.params();
        let model = Garch::at(family(&case.family), &params, returns).unwrap();
        let what = format!("{} {} {:?}", case.series, case.family, params);
        assert_close(&what, model.log_likelihood() / case.log_likelihood, 1.0, 1e-12);
        assert_close(&what, 100.0 * model.volatility() / case.next_volatility, 1.0, 1e-11);
    }
}

#[test]
fn fits_agree_with_arch() {
    let series = series();
    let cases: Vec<Fit> = read("garch/fits.json");
    assert_eq!(cases.len(), 18 * 3);
    for case in cases.iter().filter(|case| !explodes(case)) {
        let returns = &series[&case.series][case.first..case.first + case.count];
        let model = Garch::fit(family(&case.family), returns, None).unwrap();
        let what = format!("{} {}+{} {}", case.series, case.first, case.count, case.family);
        assert_close(&what, model.log_likelihood() / case.log_likelihood, 1.0, 1e-6);
        assert_close(&what, 100.0 * model.volatility() / case.next_volatility, 1.0, 1e-4);
        assert_close(&what, model.growth(), case.growth, 5e-3);
        let theirs = Garch::at(family(&case.family), &case.params.params(), returns).unwrap();
        assert_close(&what, theirs.log_likelihood() / case.log_likelihood, 1.0, 1e-12);
    }
}

#[test]
fn a_fit_that_explodes_has_the_next_simpler_model_as_fallback() {
    let series = series();
    let cases: Vec<Fit> = read("garch/fits.json");
    let exploding: Vec<&Fit> = cases.iter().filter(|case| explodes(case)).collect();
    assert_eq!(exploding.len(), 3);
    for case in exploding {
        let returns = &series[&case.series][case.first..case.first + case.count];
        let fitted = BaselineFit::new(&EGARCH, &Past::of(returns), None).unwrap();
        assert_eq!(fitted.used(), GJR, "{}", case.series);
        let step = &fitted.fallback_steps()[0];
        assert_eq!((step.of, step.by), (EGARCH, GJR));
        assert_eq!(step.why, Unfit::Explosive);
        let gjr = Garch::fit(Family::Gjr, returns, None).unwrap();
        assert_eq!(fitted.forecast().scale, gjr.volatility());
    }
}
