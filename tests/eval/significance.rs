//! The Diebold-Mariano test against the papers' formulas in Python, and against R's manual.

use fourcast::eval::significance::diebold_mariano;
use serde::Deserialize;

use crate::fixture::{assert_close, read};

#[derive(Deserialize)]
struct Case {
    differential: Vec<f64>,
    asked: usize,
    side: String,
    statistic: f64,
    p_value: f64,
    horizon: usize,
}

#[derive(Deserialize)]
struct Published {
    first_errors: Vec<f64>,
    second_errors: Vec<f64>,
    statistic: f64,
    p_value: f64,
}

#[test]
fn agrees_with_the_papers_formulas() {
    let cases: Vec<Case> = read("scores/diebold_mariano.json");
    assert!(cases.iter().any(|case| case.horizon != case.asked), "no case falls back");
    for case in &cases {
        let test = diebold_mariano(&case.differential, case.asked).unwrap();
        assert_eq!(test.horizon, case.horizon);
        assert_close("statistic", test.statistic, case.statistic, 1e-11);
        // Of one side, the statistic's own half of both tails, or all but that half.
        let one_side = |its_own: bool| if its_own { test.p_value / 2.0 } else { 1.0 - test.p_value / 2.0 };
        let p_value = match case.side.as_str() {
            "two_sided" => test.p_value,
            "first_better" => one_side(test.statistic < 0.0),
            "second_better" => one_side(test.statistic > 0.0),
            other => panic!("unknown side {other}"),
        };
        assert_close("p-value", p_value, case.p_value, 1e-9);
    }
}

/// Five printed digits of the statistic, four of the p-value.
#[test]
fn agrees_with_the_manual_of_r() {
    let published: Published = read("scores/published.json");
    let errors = published.first_errors.iter().zip(&published.second_errors);
    let differential: Vec<f64> = errors.map(|(first, second)| first * first - second * second).collect();
    let test = diebold_mariano(&differential, 1).unwrap();
    assert_eq!(format!("{:.4}", test.statistic), format!("{:.4}", published.statistic));
    assert_eq!(format!("{:.5}", test.p_value), format!("{:.5}", published.p_value));
}
