//! Scores, compared with scoringrules, statsmodels and arch.

use std::collections::BTreeMap;

use fourcast::eval::scores::{
    QUANTILE_LEVELS, QuantileForecasts, crps_from_quantiles, direction_score, interval_score, mae, mase, mean_pinball,
    naive_scale, pinball, rmse, smape,
};
use serde::Deserialize;
use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::fixture::{assert_close, read};

#[derive(Deserialize)]
struct Scores {
    quantile: Quantile,
    exact: Exact,
    point: Point,
}

#[derive(Deserialize)]
struct Quantile {
    levels: Vec<f64>,
    actual: Vec<f64>,
    quantiles: Vec<Vec<f64>>,
    crps: Vec<f64>,
    pinball: Vec<Vec<f64>>,
    interval: BTreeMap<String, Interval>,
}

#[derive(Deserialize)]
struct Interval {
    coverage: f64,
    width: f64,
    winkler: f64,
}

#[derive(Deserialize)]
struct Exact {
    student_t: Vec<StudentT>,
    sample: Vec<f64>,
    sample_y: Vec<f64>,
    sample_crps: Vec<f64>,
}

#[derive(Deserialize)]
struct StudentT {
    y: f64,
    mu: f64,
    sigma: f64,
    nu: f64,
    crps: f64,
}

#[derive(Deserialize)]
struct Point {
    training: Vec<f64>,
    today: Vec<f64>,
    actual: Vec<f64>,
    forecast: Vec<f64>,
    rmse: f64,
    mae: f64,
    mase: f64,
    smape: f64,
    hits: usize,
    days: usize,
    wilson_90: [f64; 2],
}

fn fixture() -> Scores {
    read("scores/scores.json")
}

#[test]
fn quantile_scores_agree_with_scoringrules() {
    let quantile = fixture().quantile;
    assert_eq!(quantile.levels, QUANTILE_LEVELS);
    let mut forecasts = QuantileForecasts::new(&QUANTILE_LEVELS).unwrap();
    for row in &quantile.quantiles {
        forecasts.push(row).unwrap();
    }
    let crps = crps_from_quantiles(&quantile.actual, &forecasts).unwrap();
    for (got, expected) in crps.iter().zip(&quantile.crps) {
        assert_close("crps", *got, *expected, 1e-14);
    }
    for (day, (y, row)) in quantile.actual.iter().zip(&quantile.quantiles).enumerate() {
        for (k, (&q, &p)) in row.iter().zip(&QUANTILE_LEVELS).enumerate() {
            assert_close("pinball", pinball(*y, q, p), quantile.pinball[k][day], 1e-14);
        }
    }
    let means = mean_pinball(&quantile.actual, &forecasts).unwrap();
    for (mean, days) in means.iter().zip(&quantile.pinball) {
        assert_close("mean pinball", *mean, days.iter().sum::<f64>() / days.len() as f64, 1e-15);
    }
    assert_eq!(quantile.interval.len(), 3);
    for (level, expected) in &quantile.interval {
        let level = level.parse().unwrap();
        let score = interval_score(&quantile.actual, &forecasts, level).unwrap();
        assert_close("coverage", score.coverage, expected.coverage, 1e-12);
        assert_close("width", score.width, expected.width, 1e-12);
        assert_close("winkler", score.winkler, expected.winkler, 1e-12);
    }
}

/// Returns the CRPS of one outcome, from quantiles at the midpoints of equal shares.
fn crps_of_shares(y: f64, quantiles: &[f64]) -> f64 {
    let share = |k: usize| (k as f64 + 0.5) / quantiles.len() as f64;
    let levels: Vec<f64> = (0..quantiles.len()).map(share).collect();
    let mut forecast = QuantileForecasts::new(&levels).unwrap();
    forecast.push(quantiles).unwrap();
    crps_from_quantiles(&[y], &forecast).unwrap()[0]
}

/// The grid converges to the exact score, at a rate that depends on the tails. This shows that the factor two is right.
#[test]
fn a_dense_grid_gives_the_exact_score_of_a_t() {
    let exact = fixture().exact;
    assert!(exact.student_t.len() > 4);
    for case in &exact.student_t {
        let t = StudentsT::new(case.mu, case.sigma, case.nu).unwrap();
        let quantiles: Vec<f64> = (0..4000).map(|k| t.inverse_cdf((f64::from(k) + 0.5) / 4000.0)).collect();
        let got = crps_of_shares(case.y, &quantiles);
        assert!((got - case.crps).abs() < 2e-4 * case.sigma, "nu {}: {got}, expected {}", case.nu, case.crps);
    }
}

/// The quantile function of a sample is flat over the share of each draw, so the grid is exact.
#[test]
fn the_quantiles_of_a_sample_give_its_exact_score() {
    let Exact { mut sample, sample_y, sample_crps, .. } = fixture().exact;
    sample.sort_by(f64::total_cmp);
    for (y, expected) in sample_y.iter().zip(&sample_crps) {
        assert_close("crps of a sample", crps_of_shares(*y, &sample), *expected, 1e-12);
    }
}

#[test]
fn point_scores_agree_with_their_definitions() {
    let point = fixture().point;
    let (y, f) = (&point.actual, &point.forecast);
    let scale = naive_scale(&point.training).unwrap();
    assert_close("rmse", rmse(y, f).unwrap(), point.rmse, 1e-12);
    assert_close("mae", mae(y, f).unwrap(), point.mae, 1e-12);
    assert_close("mase", mase(y, f, scale).unwrap(), point.mase, 1e-12);
    assert_close("smape", smape(y, f).unwrap(), point.smape, 1e-12);
}

#[test]
fn the_direction_interval_agrees_with_statsmodels() {
    let point = fixture().point;
    let score = direction_score(&point.today, &point.actual, &point.forecast, 0.9).unwrap();
    assert_eq!((score.hits, score.days), (point.hits, point.days));
    assert_close("lower", score.lower, point.wilson_90[0], 1e-10);
    assert_close("upper", score.upper, point.wilson_90[1], 1e-10);
}
