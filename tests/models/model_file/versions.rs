//! Files of every format version can be loaded.

use super::*;

/// Loads a file of the fixtures; `fixtures/model/README.md` says how they were made.
fn golden(name: &str) -> Forecaster {
    model::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/model").join(name)).unwrap()
}

/// What the checksum covers must not change, because every existing file would then be refused.
#[test]
fn a_model_of_the_first_version_with_a_checksum_loads() {
    let model = golden("v1-sha256.safetensors");
    let forecast = model.forecast(&aapl().slice(0..200)).unwrap();
    let (lower, upper) = forecast.interval(0, 0.9);
    for (got, expected) in [(forecast.median(0), 15.4575), (lower, 13.392212), (upper, 17.841288)] {
        assert!((got / expected - 1.0).abs() < 1e-6, "{got}, expected {expected}");
    }
}

/// The first format.
#[test]
fn a_model_of_version_1_loads_for_ever() {
    let model = golden("v1.safetensors");
    assert_eq!(model.card.format_version, 1);
    assert_eq!(model.card.training.rows, 200);
    assert_eq!(model.card.training.columns[5], ("Adj Close".into(), "adjusted".into()));
    let pinned = [
        (200, [15.4575, 13.349031, 17.899]),
        (158, [19.707276, 17.761278, 21.866486]),
        // So few rows that the model's initial variance is used.
        (4, [125.79501, 111.82326, 141.51247]),
    ];
    for (rows, expected) in pinned {
        let forecast = model.forecast(&aapl().slice(0..rows)).unwrap();
        let (lower, upper) = forecast.interval(0, 0.9);
        for (got, expected) in [forecast.median(0), lower, upper].into_iter().zip(expected) {
            assert!((got / expected - 1.0).abs() < 1e-6, "{rows} rows: {got}, expected {expected}");
        }
    }
}

/// The second format: the checksum is required.
#[test]
fn a_model_of_version_2_loads_for_ever() {
    let model = golden("v2.safetensors");
    assert_eq!(model.card.format_version, 2);
    let forecast = model.forecast(&aapl().slice(0..200)).unwrap();
    let (lower, upper) = forecast.interval(0, 0.9);
    for (got, expected) in [(forecast.median(0), 15.490991), (lower, 13.656799), (upper, 17.571526)] {
        assert!((got / expected - 1.0).abs() < 1e-6, "{got}, expected {expected}");
    }
}

/// The third format: event factors multiply the standard deviation of a session.
#[test]
fn a_model_with_factors_of_events_is_of_version_3() {
    let mut series = autoregressive(400, 0.0, 31);
    let events: Vec<usize> = (10..=400).step_by(20).collect();
    let plain = series.close.clone();
    for day in 1..plain.len() {
        let factor = if events.contains(&day) { 4.0 } else { 1.0 };
        series.close[day] = series.close[day - 1] * (plain[day] / plain[day - 1]).powf(factor);
    }
    series.adjusted = series.close.clone();
    let fit_with = |days: Vec<usize>| {
        let mut series = series.clone();
        let days =
            days.into_iter().map(|day| (series.dates[0].saturating_add(jiff::Span::new().days(day as i64)), 1.0));
        let days = days.collect();
        series.add_events(&fourcast::prices::Events { name: "e".into(), days }, None);
        let config = Config { covariates: series.covariates.list(), epochs: 1, ..config() };
        (crate::common::fitted(&series, &config).forecaster, series)
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.safetensors");
    // Without a factor, the file is the same as before event factors were introduced.
    let (model, _) = fit_with(vec![3, 200]);
    model::save(&model, &path).unwrap();
    assert_eq!((model.card.format_version, model::load(&path).unwrap().card.format_version), (2, 2));
    assert!(!String::from_utf8_lossy(&fs::read(&path).unwrap()).contains("event_factors"));

    let (mut model, series) = fit_with(events);
    assert!(model.card.event_factors[0] > 2.0 && model.card.format_version == 3, "{:?}", model.card.event_factors);
    model::save(&model, &path).unwrap();
    let loaded = model::load(&path).unwrap();
    assert_eq!(loaded.card, model.card);
    assert_eq!(loaded.forecast(&series).unwrap().interval(0, 0.9), model.forecast(&series).unwrap().interval(0, 0.9));
    for (factors, message) in [
        (vec![9.0], "an event factor is not from 0.33 to 8"),
        (vec![f64::NAN], "an event factor is not from 0.33 to 8"),
        (vec![2.0, 2.0], "2 event factors, expected 1: one per covariate"),
    ] {
        let factors_are_numbers = factors.iter().all(|factor| factor.is_finite());
        model.card.event_factors = factors;
        let error = model::save(&model, &path).unwrap_err().to_string();
        let expected = if factors_are_numbers { message } else { "expected f64" };
        assert!(error.contains(expected), "{error}");
    }
}
