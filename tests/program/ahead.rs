//! Forecasts of several days ahead from one model.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

const AAPL: &str = include_str!("../../data/aapl.csv");

/// Runs a command; returns its exit code, its json objects, and standard error.
fn run(folder: &Path, line: &str) -> (Option<i32>, Vec<Value>, String) {
    let mut command = Command::cargo_bin("fourcast").unwrap();
    let output = command.current_dir(folder).args(line.split(' ')).args(["--format", "json"]).output().unwrap();
    let rows = String::from_utf8(output.stdout).unwrap();
    let rows = rows.lines().map(|row| serde_json::from_str(row).unwrap()).collect();
    (output.status.code(), rows, String::from_utf8(output.stderr).unwrap())
}

fn rows(folder: &Path, line: &str) -> Vec<Value> {
    let (code, rows, error) = run(folder, line);
    assert_eq!(code, Some(0), "fourcast {line}: {error}");
    rows
}

/// Creates a folder with the last 600 of Apple's prices.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let lines: Vec<&str> = AAPL.lines().collect();
    fs::write(folder.path().join("p.csv"), [&lines[..1], &lines[lines.len() - 600..]].concat().join("\n")).unwrap();
    folder
}

#[test]
fn one_model_answers_for_every_day_up_to_thirty() {
    let folder = folder();
    rows(folder.path(), "train p.csv --quiet");
    let path = rows(folder.path(), "predict p.csv --path 30");
    assert_eq!(path.len(), 30);
    for day in [1, 4, 5, 20, 30] {
        let alone = rows(folder.path(), &format!("predict p.csv --horizon {day}"));
        assert_eq!(alone, path[day - 1..day], "day {day}");
    }
    assert_eq!(rows(folder.path(), "predict p.csv"), path[..1]);
    let width = |row: &Value| row["upper_90"].as_f64().unwrap() - row["lower_90"].as_f64().unwrap();
    assert!(path.is_sorted_by(|one, next| width(one) < width(next)));
    assert_eq!((&path[0]["date"], &path[5]["date"]), (&"2013-03-04".into(), &"2013-03-11".into()));
}

#[test]
fn the_pretrained_networks_answer_for_several_days_too() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), AAPL.lines().take(5).collect::<Vec<_>>().join("\n")).unwrap();
    let path = rows(folder.path(), "predict p.csv --pretrained --path 20");
    assert_eq!(path.len(), 20);
    assert_eq!(rows(folder.path(), "predict p.csv --pretrained --horizon 20"), path[19..]);
}

/// If a model has no answer for a day, the error names the days that it forecasts, and following the help works.
#[test]
fn a_model_says_which_days_it_answers_for() {
    let folder = folder();
    rows(folder.path(), "train p.csv --quiet --horizon 5 --epochs 1 --ensemble 1 -m five.st");
    rows(folder.path(), "train p.csv --quiet --topology many-to-many --horizon 4 --epochs 1 --ensemble 1 -m path.st");
    rows(folder.path(), "train p.csv --quiet --epochs 1 --ensemble 1 -m thirty.st");
    for (line, days, help) in [
        ("predict p.csv -m five.st --horizon 2", "only day 5", "pass --horizon 5"),
        ("predict p.csv -m five.st --path 5", "only day 5", "pass --horizon 5"),
        ("predict p.csv -m path.st --horizon 5", "days 1 to 4", "days 1 to 4"),
        ("predict p.csv -m thirty.st --path 31", "days 1 to 30", "days 1 to 30"),
        ("predict p.csv --pretrained --horizon 400", "days 1 to 30", "days 1 to 30"),
        ("backtest p.csv --model five.st --horizon 2 --in-sample", "only day 5", "pass --horizon 5"),
    ] {
        let (code, rows, error) = run(folder.path(), line);
        assert_eq!((code, rows.len()), (Some(1), 0), "{line}: {error}");
        assert!(error.contains(days) && error.contains(help), "{line}: {error}");
    }
    // The command in the help trains a model that has the answer.
    for line in [
        "predict p.csv -m thirty.st --path 31",
        "predict p.csv -m five.st --path 32",
        "predict p.csv -m five.st --horizon 33",
    ] {
        let (_, _, error) = run(folder.path(), line);
        let train = error.rsplit("fourcast train p.csv").next().unwrap().trim();
        rows(folder.path(), &format!("train p.csv --quiet --epochs 1 --ensemble 1 -m named.st {train}"));
        let asked = line.rsplit(" --").next().unwrap();
        rows(folder.path(), &format!("predict p.csv -m named.st --{asked}"));
    }
    let five = rows(folder.path(), "predict p.csv -m five.st");
    assert_eq!(five, rows(folder.path(), "predict p.csv -m five.st --horizon 5"));
    let path = rows(folder.path(), "predict p.csv -m path.st");
    assert_eq!((path.len(), &path[..3]), (4, &rows(folder.path(), "predict p.csv -m path.st --path 3")[..]));
    assert_eq!(rows(folder.path(), "predict p.csv -m path.st --horizon 4"), path[3..]);
}

/// A refit of a backtest equals the fit of `train`, and its forecast equals that of `predict --horizon`.
#[test]
fn a_backtest_of_a_day_ahead_is_that_of_the_default_model() {
    let folder = folder();
    let backtest = "backtest p.csv --quiet --horizon 5 --test-days 60 --refit-every 60 --baselines naive --epochs 2";
    rows(folder.path(), &format!("{backtest} --forecasts days.csv --audit=2"));
    let days = fs::read_to_string(folder.path().join("days.csv")).unwrap();
    let first: Vec<&str> = days.lines().nth(1).unwrap().split(',').collect();
    let lines: Vec<&str> = AAPL.lines().collect();
    let dates: Vec<&str> = lines.iter().map(|line| &line[..10]).collect();
    let origin = dates.iter().position(|date| *date == first[1]).unwrap() - 5;
    rows(folder.path(), &format!("train p.csv --quiet --epochs 2 --until {}", dates[origin]));
    let forecast = rows(folder.path(), &format!("predict p.csv --horizon 5 --until {}", dates[origin]));
    let names: Vec<&str> = days.lines().next().unwrap().split(',').collect();
    let cell = |name: &str| first[names.iter().position(|one| *one == name).unwrap()].parse::<f64>().unwrap();
    for (column, key) in [("forecast", "forecast"), ("q0.05", "lower_90"), ("q0.75", "upper_50")] {
        let (walked, predicted) = (cell(column), forecast[0][key].as_f64().unwrap());
        assert!((walked / predicted - 1.0).abs() < 1e-7, "{column}: {walked} {predicted}");
    }
}

/// The coverage of every day is printed, and the figures of the next day keep their names.
#[test]
fn train_prints_the_coverage_of_each_day_ahead() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), AAPL).unwrap();
    let summary = &rows(folder.path(), "train p.csv --quiet --epochs 2")[0];
    let coverage = summary["coverage"].as_array().unwrap();
    let days: Vec<u64> = coverage.iter().map(|step| step["day"].as_u64().unwrap()).collect();
    assert_eq!(days, (1..=30).collect::<Vec<_>>());
    assert_eq!(coverage[0]["coverage_90"], summary["coverage_90"]);
}
