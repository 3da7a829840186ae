//! The simple baselines, compared with statsmodels and numpy.

use std::collections::BTreeMap;

use fourcast::eval::baselines::{Drift, Ewma, FittedBaseline, NAIVE, Past, Smoothing};
use serde::Deserialize;

use crate::fixture::{assert_close, read};

#[derive(Deserialize)]
struct Case {
    series: String,
    first: usize,
    count: usize,
    levels: Vec<f64>,
    smoothing: Smoothed,
    naive: Vec<f64>,
    drift: f64,
    ewma: Vec<f64>,
}

#[derive(Deserialize)]
struct Smoothed {
    alpha: f64,
    next_return: f64,
}

/// Calls `check` with each case and its returns.
fn each(check: impl Fn(&Case, &[f64])) {
    let series: BTreeMap<String, Vec<f64>> = read("garch/returns.json");
    let cases: Vec<Case> = read("baselines/baselines.json");
    assert!(cases.len() > 4);
    for case in &cases {
        check(case, &series[&case.series][case.first..case.first + case.count]);
    }
}

#[test]
fn smoothing_agrees_with_statsmodels() {
    each(|case, returns| {
        let fitted = Smoothing::fit(&Past::of(returns)).unwrap();
        assert_close(&case.series, fitted.alpha(), case.smoothing.alpha, 1e-5);
        assert_close(&case.series, fitted.forecast().mean, case.smoothing.next_return, 1e-6);
    });
}

#[test]
fn quantiles_of_the_past_agree_with_numpy() {
    each(|case, returns| {
        let (naive, drift) = ((NAIVE.fit)(&Past::of(returns), None).unwrap(), Drift::fit(&Past::of(returns)).unwrap());
        let ewma = Ewma::fit(&Past::of(returns)).unwrap();
        assert_close("drift", drift.forecast().mean, case.drift, 1e-15);
        for (k, &p) in case.levels.iter().enumerate() {
            assert_close("naive", naive.forecast().quantile(p), case.naive[k], 1e-13);
            assert_close("drift", drift.forecast().quantile(p), case.naive[k], 1e-13);
            assert_close("ewma", ewma.forecast().quantile(p), case.ewma[k], 1e-13);
        }
    });
}
