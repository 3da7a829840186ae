//! Baselines several days ahead, computed from past returns over as many days, compared with numpy.

use fourcast::eval::baselines::{BaselineFit, DRIFT, EWMA, HAR, Har, NAIVE, Past};
use serde::Deserialize;

use crate::fixture::{assert_close, read};

#[derive(Deserialize)]
struct History {
    levels: Vec<f64>,
    returns: Vec<f64>,
    variances: Vec<f64>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    days: usize,
    naive: Vec<f64>,
    drift_mean: f64,
    ewma: Vec<f64>,
    har: Regression,
}

#[derive(Deserialize)]
struct Regression {
    coefficients: Vec<f64>,
    quantiles: Vec<f64>,
}

#[test]
fn quantiles_of_past_returns_over_several_days_agree_with_numpy() {
    let history: History = read("ahead/history.json");
    assert_eq!(history.cases.len(), 3);
    for case in &history.cases {
        let past = Past { variances: &history.variances, ..Past::of(&history.returns) }.ahead(case.days);
        let har = Har::fit(&past).unwrap();
        for (b, theirs) in har.coefficients().into_iter().zip(&case.har.coefficients) {
            assert_close("coefficient", b, *theirs, 1e-9);
        }
        let fit = |baseline| BaselineFit::new(baseline, &past, None).unwrap();
        let (naive, drift, ewma, har) = (fit(&NAIVE), fit(&DRIFT), fit(&EWMA), fit(&HAR));
        assert_close("drift", drift.forecast_ahead().mean(), case.drift_mean, 1e-12);
        for (k, &p) in history.levels.iter().enumerate() {
            let at = |fit: &BaselineFit| fit.forecast_ahead().quantile(p);
            assert_close("naive", at(&naive), case.naive[k], 1e-12);
            // The drift is subtracted from the past returns and then added again.
            assert_close("drift", at(&drift), case.naive[k], 1e-12);
            assert_close("ewma", at(&ewma), case.ewma[k], 1e-12);
            assert_close("har", at(&har), case.har.quantiles[k], 1e-9);
        }
    }
}
