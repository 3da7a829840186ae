//! The Diebold-Mariano test against the papers' formulas in Python, and against R's manual.

use fourcast::eval::significance::{Alternative, diebold_mariano, diebold_mariano_of};
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
        let side = match case.side.as_str() {
            "two_sided" => Alternative::TwoSided,
            "first_better" => Alternative::FirstBetter,
            "second_better" => Alternative::SecondBetter,
            other => panic!("unknown side {other}"),
        };
        let test = diebold_mariano(&case.differential, case.asked, side).unwrap();
        assert_eq!(test.horizon, case.horizon);
        assert_close("statistic", test.statistic, case.statistic, 1e-11);
        assert_close("p-value", test.p_value, case.p_value, 1e-9);
    }
}

/// Five printed digits of the statistic, four of the p-value.
#[test]
fn agrees_with_the_manual_of_r() {
    let published: Published = read("scores/published.json");
    let squared = |errors: &[f64]| errors.iter().map(|e| e * e).collect::<Vec<_>>();
    let (first, second) = (squared(&published.first_errors), squared(&published.second_errors));
    let test = diebold_mariano_of(&first, &second, 1, Alternative::TwoSided).unwrap();
    assert_eq!(format!("{:.4}", test.statistic), format!("{:.4}", published.statistic));
    assert_eq!(format!("{:.5}", test.p_value), format!("{:.5}", published.p_value));
}
