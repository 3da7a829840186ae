//! The verdict of `backtest` and the gate `--require-skill`: when they exist, and when the gate passes.

use std::fs;

use crate::backtest::{fourcast, stdout};
use crate::common::{autoregressive, config, folder_with, with_bars};
use fourcast::eval::backtest::{BacktestSettings, SilentBacktest, Subject, backtest};
use fourcast::eval::baselines::NAIVE;
use fourcast::model::Config;
use serde_json::Value;

/// The gate passes only real skill; the results are printed in both cases.
#[test]
fn the_gate_passes_an_autoregression_and_not_a_random_walk() {
    let options = "--baselines naive,egarch --test-days 400 --refit-every 200 --require-skill 0.0 --format json";
    for (phi, code, finding) in [(0.0, 3, "not_significant"), (0.4, 0, "better")] {
        let folder = folder_with(&autoregressive(1600, phi, 3));
        let args: Vec<&str> = ["backtest", "p.csv"].into_iter().chain(options.split(' ')).collect();
        let output = fourcast(folder.path(), &args);
        let messages = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "phi {phi}: {messages}");
        assert_eq!(
            messages.contains("price: no significant difference from tomorrow = today, expected better: skill"),
            code == 3,
            "{messages}"
        );
        // The p-value that decides is printed in both cases.
        let passed = "p: skill on price over tomorrow = today significantly above 0 at the 1 % level: skill ";
        assert_eq!(
            (messages.contains(passed), messages.contains("Diebold-Mariano p ")),
            (code == 0, true),
            "{messages}"
        );
        let result: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(result["verdict"]["against"][0]["baseline"], "naive");
        assert_eq!(result["verdict"]["against"][0]["price"]["finding"], finding, "phi {phi}");
        // In both cases, copying today's close explains nearly all of the R².
        let share = result["verdict"]["lag"]["share_of_copy"].as_f64().unwrap();
        assert!((0.9..1.1).contains(&share), "{share}");
    }
}

/// A few days give scores, but neither a verdict nor a gate.
#[test]
fn few_days_have_neither_verdict_nor_gate() {
    let folder = folder_with(&autoregressive(300, 0.5, 3));
    let run = |args: &str| {
        let args: Vec<&str> =
            ["backtest", "p.csv", "--baselines", "naive"].into_iter().chain(args.split(' ')).collect();
        let output = fourcast(folder.path(), &args);
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let reason = "49 test days, at least 50 needed for a verdict";
    let (code, stdout, _) = run("--test-days 49 --format json");
    assert_eq!(code, Some(0));
    let result: Value = serde_json::from_str(&stdout).unwrap();
    let price = &result["verdict"]["against"][0]["price"];
    assert_eq!((&price["finding"], &price["reason"]), (&"not_tested".into(), &reason.into()));
    assert!(result["skill"].is_f64() && result["skill_lower"].is_null() && result["scores"]["rmse"].is_f64());
    let (_, table, _) = run("--test-days 49 --format table");
    assert!(table.contains("price: not tested against tomorrow = today") && table.contains(reason), "{table}");
    let (_, csv, _) = run("--test-days 49 --format csv");
    assert!(csv.contains("not_tested_because") && csv.contains(reason), "{csv}");

    // A gate with so few days is a usage error, before any work is done.
    let (code, stdout, messages) = run("--test-days 49 --require-skill 0.0");
    assert_eq!((code, stdout.as_str()), (Some(2), ""));
    assert!(messages.contains("--require-skill takes at least 50 test days: --test-days is 49"), "{messages}");
    let (code, _, messages) = run("--test-days 100 --horizon 20 --require-skill 0.0");
    assert_eq!(code, Some(2));
    assert!(messages.contains("at least 200 test days for forecasts 20 days ahead"), "{messages}");
    // The default test of a short file has too few days.
    let (code, stdout, messages) = run("--until 1990-05-20 --require-skill 0.0 --epochs 1");
    assert_eq!(code, Some(3), "{messages}");
    assert!(messages.contains("at least 50 needed for a verdict") && !stdout.is_empty(), "{messages}");
}

/// A traded price that did not move in the test: every format gives the reason why there is no verdict.
#[test]
fn a_price_that_stood_still_has_a_reason_instead_of_a_verdict() {
    let mut series = autoregressive(600, 0.0, 7);
    // If half of the days are unchanged, no run of unchanged days is too long for chance.
    (1..350).step_by(2).for_each(|day| series.close[day] = series.close[day - 1]);
    let last = series.close[349];
    series.close[350..].fill(last);
    let folder = tempfile::tempdir().unwrap();
    // A different volume on each day shows that the days were traded.
    let days = series.dates.iter().zip(&series.close).enumerate();
    let rows = days.map(|(day, (date, close))| format!("{date},{close},{}\n", 1000 + day));
    fs::write(folder.path().join("p.csv"), format!("Date,Close,Volume\n{}", rows.collect::<String>())).unwrap();
    let reason = "the price did not move on 100 test days";
    let walk = ["backtest", "p.csv", "--test-days", "100", "--refit-every", "100", "--epochs", "1", "-q"];
    let walk = |format: &'static str| stdout(folder.path(), &[&walk[..], &["--format", format]].concat());
    for format in ["table", "csv"] {
        assert!(walk(format).contains(reason), "{}", walk(format));
    }
    let result: Value = serde_json::from_str(&walk("json")).unwrap();
    let price = &result["verdict"]["against"][0]["price"];
    assert_eq!((&price["finding"], &price["reason"]), (&"not_tested".into(), &reason.into()));
    let reason = "the price did not move on";
    for format in ["table", "csv", "json"] {
        let printed = stdout(folder.path(), &["train", "p.csv", "-q", "--epochs", "1", "--format", format]);
        assert!(printed.contains(reason) && !printed.contains("NaN"), "{printed}");
    }
}

/// A volume that reveals the size of tomorrow's return.
#[test]
fn a_column_that_knows_tomorrow_is_warned_of() {
    let mut series = with_bars(1200, 43);
    let tomorrow = |day: usize| (series.close[(day + 1).min(1199)] / series.close[day]).ln().abs();
    series.volume = Some((0..1200).map(|day| 1e9 * tomorrow(day) + 1.0).collect());
    let range = series.range.as_ref().unwrap();
    let row = |day: usize| {
        let (open, high, low) = (range.open[day], range.high[day], range.low[day]);
        let volume = series.volume.as_ref().unwrap()[day];
        format!("{},{open},{high},{low},{},{volume:.0}\n", series.dates[day], series.close[day])
    };
    let text = format!("Date,Open,High,Low,Close,Volume\n{}", (0..1200).map(row).collect::<String>());
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), text).unwrap();
    for command in ["train p.csv", "backtest p.csv --baselines egarch --test-days 250 --refit-every 250"] {
        let output = fourcast(folder.path(), &command.split(' ').collect::<Vec<_>>());
        let messages = String::from_utf8(output.stderr).unwrap();
        assert!(
            messages.contains("of the distribution over EGARCH: above 0.05, look for a leak"),
            "{command}: {messages}"
        );
        assert!(
            messages.contains("no value of open, high, low or volume is known only after its own day"),
            "{messages}"
        );
    }
}

/// The exit code is that of the gate even if the reader closes the pipe.
#[test]
fn the_gate_does_not_pass_because_the_pipe_is_closed() {
    let folder = folder_with(&autoregressive(300, 0.0, 3));
    let args = "backtest p.csv --baselines naive --refit-every 100 --epochs 1 --require-skill 0.0 --quiet";
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_fourcast"))
        .current_dir(folder.path())
        .args(args.split(' '))
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(3));
}

/// A test has more days than the horizon, also by default.
#[test]
fn the_default_test_is_long_enough_for_its_horizon() {
    let series = autoregressive(400, 0.0, 5);
    let far = Config { horizon: 70, epochs: 1, ensemble: 1, ..config() };
    let forecaster = crate::common::fitted(&series, &far).forecaster;
    let settings = BacktestSettings {
        horizon: 70,
        test_days: None,
        refit_every: 100,
        rolling: None,
        calendar: None,
        baselines: vec![NAIVE],
        test_fraction: 0.2,
        levels: vec![0.5],
        events: Vec::new(),
        threads: 1,
    };
    let subject = Subject::Model { forecaster: &forecaster, in_sample: true };
    let result = backtest(&series.slice(0..205), subject, &settings, &SilentBacktest).unwrap();
    assert_eq!(result.days.len(), 71);
}
