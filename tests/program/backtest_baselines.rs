//! The baselines of `backtest`: their forecasts, fallbacks and failed fits.

use std::fs;

use crate::audit::settings;
use crate::backtest::{AAPL, fourcast, stdout};
use crate::common::{SIGMA, autoregressive, config, folder_with};
use fourcast::eval::backtest::{BacktestSettings, SilentBacktest, Subject, backtest};
use fourcast::eval::baselines::{ALL, EGARCH, EWMA};
use serde_json::Value;

/// The columns of every baseline follow those of the model; a file with such columns can be replaced.
#[test]
fn the_forecasts_of_baselines_are_written_on_request() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), AAPL).unwrap();
    let walk = "backtest p.csv --until 2004-06-30 --test-days 60 --refit-every 60 --epochs 1 --ensemble 1 -q";
    let walk = |options: &str| {
        stdout(folder.path(), &format!("{walk} {options} --forecasts d.csv").split(' ').collect::<Vec<_>>());
        let days = fs::read_to_string(folder.path().join("d.csv")).unwrap();
        let cells = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<_>>();
        // The last columns are the origin and the basis.
        days.lines().map(cells).map(|cells| cells[..cells.len() - 2].to_vec()).collect::<Vec<_>>()
    };
    let alone = walk("--baselines har,egarch-x");
    let all = walk("--baselines har,egarch-x --forecasts-of all");
    assert_eq!(all[0].len(), 26 + 3 * 22);
    for (wide, narrow) in all.iter().zip(&alone) {
        assert_eq!(wide[..26], narrow[..]);
    }
    assert_eq!(all[0][26..28], ["naive_forecast", "naive_q0.01"]);
    assert_eq!(all[0][all[0].len() - 22..][..2], ["egarch-x_forecast", "egarch-x_q0.01"]);
    for row in &all[1..] {
        assert_eq!(row[26], row[3], "tomorrow = today");
        let numbers: Vec<f64> = row[2..].iter().map(|cell| cell.parse().unwrap()).collect();
        assert!(numbers[24..].chunks(22).all(|track| track[1..].is_sorted()), "{row:?}");
    }
    assert_eq!(walk("--baselines har,egarch-x"), alone);

    let closes: String = AAPL
        .lines()
        .map(|line| line.split(',').take(5).collect::<Vec<_>>())
        .fold(String::new(), |text, cells| format!("{text}{},{}\n", cells[0], cells[4]));
    fs::write(folder.path().join("closes.csv"), closes).unwrap();
    let refused = fourcast(folder.path(), &["backtest", "closes.csv", "--splits", "as-is", "--baselines", "egarch-x"]);
    assert_eq!(refused.status.code(), Some(1));
    let messages = String::from_utf8(refused.stderr).unwrap();
    assert!(messages.contains("has no open, high and low, which egarch-x is fitted to"), "{messages}");
    let refused = fourcast(folder.path(), &["backtest", "p.csv", "--horizon", "5", "--baselines", "egarch-x"]);
    assert!(String::from_utf8(refused.stderr).unwrap().contains("egarch-x forecasts one day ahead"));
    let refused = fourcast(folder.path(), &["backtest", "p.csv", "--forecasts-of", "all"]);
    assert_eq!(refused.status.code(), Some(2));
}

/// Prices are noise around a constant level; smoothing forecasts the level, for one day ahead as for five.
#[test]
fn smoothing_is_as_good_over_five_days_as_it_should_be() {
    let (walk, mut series) = (autoregressive(701, 0.0, 10), autoregressive(700, 0.0, 9));
    let level = 100.0;
    for day in 0..700 {
        // The steps of a random walk are independent draws.
        let noise = (walk.close[day + 1] / walk.close[day]).ln();
        series.close[day] = level * (1.0 + noise);
    }
    series.adjusted.clone_from(&series.close);
    let folder = folder_with(&series);
    let args =
        ["backtest", "p.csv", "--horizon", "5", "--test-days", "100", "--refit-every", "100", "--format", "json"];
    let result: Value = serde_json::from_str(&stdout(folder.path(), &args)).unwrap();
    let rmse = |name: &str| result["baselines"][name]["rmse"].as_f64().unwrap();
    // The variance is half of that of the difference of two draws, so the ratio is sqrt(1/2).
    assert!((rmse("smoothing") / rmse("naive") - 0.5_f64.sqrt()).abs() < 0.08, "{}", rmse("smoothing") / rmse("naive"));
    assert!((rmse("egarch") / rmse("naive") - 1.0).abs() < 0.05, "it expects no return");
}

/// The price rises to fifty times its value (a reverse split that was not adjusted) on a day after the fit.
#[test]
fn a_baseline_that_explodes_between_fits_has_a_fallback() {
    // An ARCH(1), so that the volatility models find that large moves follow large moves.
    let mut series = autoregressive(900, 0.0, 12);
    let noise: Vec<f64> = series.close.windows(2).map(|pair| (pair[1] / pair[0]).ln() / SIGMA).collect();
    let (mut price, mut last) = (100.0, SIGMA);
    for (day, z) in noise.iter().enumerate() {
        last = (0.5 * SIGMA * SIGMA + 0.5 * last * last).sqrt() * z;
        price *= last.exp() * if day == 800 { 50.0 } else { 1.0 };
        (series.close[day + 1], series.adjusted[day + 1]) = (price, price);
    }
    let config = config();
    let settings = BacktestSettings { test_days: Some(150), refit_every: 150, ..settings() };
    let subject = Subject::Recipe { config: &config, init: None, in_sample: false };
    let result = backtest(&series, subject, &settings, &SilentBacktest).unwrap();
    let event = result.fallbacks.iter().find(|event| event.baseline == EGARCH).expect("no fallback");
    assert_eq!((event.fit, event.used), (0, EWMA), "{event:?}");
    assert!(event.origin > result.days[0].origin, "{event:?}");
    assert!(event.reason.contains("times the sample's"), "{event:?}");
    let egarch = result.baseline_scores.iter().find(|scores| scores.name == "egarch").unwrap();
    assert_eq!(egarch.fallbacks.len(), 1, "{:?}", egarch.fallbacks);
    assert!(egarch.fallbacks[0].used == "ewma" && egarch.fallbacks[0].days < 150, "{:?}", egarch.fallbacks);
    for scores in &result.baseline_scores {
        // The score of EWMA is 0.0702 here.
        assert!(scores.crps.unwrap() < 0.08, "{}: {:?}", scores.name, scores.crps);
    }
}

/// A baseline that consists only of fallbacks is not compared with.
#[test]
fn a_baseline_that_was_never_fitted_is_not_compared_with() {
    let folder = folder_with(&autoregressive(100, 0.0, 13));
    let args = ["backtest", "p.csv", "--format", "json", "--test-days", "20"];
    let result: Value = serde_json::from_str(&stdout(folder.path(), &args)).unwrap();
    let baselines: Vec<&str> =
        result["verdict"]["against"].as_array().unwrap().iter().map(|a| a["baseline"].as_str().unwrap()).collect();
    let without_fallback = ALL.iter().filter(|baseline| baseline.fallback.is_none()).map(|baseline| baseline.name);
    assert_eq!(baselines, without_fallback.collect::<Vec<_>>());
    assert_eq!(result["fallbacks"][0]["used"], "ewma");
}
