//! Training on several series.

use std::fs;
use std::path::Path;
use std::process::Output;

use crate::common::{autoregressive, with_bars};
use assert_cmd::Command;
use fourcast::prices::PriceSeries;
use serde_json::Value;

/// The exit code, standard output and standard error.
fn run(folder: &Path, args: &str) -> (Option<i32>, String, String) {
    let mut command = Command::cargo_bin("fourcast").unwrap();
    let Output { status, stdout, stderr } = command.current_dir(folder).args(args.split(' ')).output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

fn rows(series: &PriceSeries, ticker: &str) -> String {
    let day = |(date, close): (&jiff::civil::Date, &f64)| format!("{ticker},{date},{close}\n");
    series.dates.iter().zip(&series.close).map(day).collect()
}

/// Four tickers in a long file, of which `b/c` is too short, and the files of two others.
fn universe() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: String| fs::write(folder.path().join(name), text).unwrap();
    let tickers = ["AAA", "aaa", "CON"].map(|name| (name, autoregressive(400, 0.0, 60 + name.len() as u64)));
    let all: String = tickers.iter().map(|(name, series)| rows(series, name)).collect();
    let short = rows(&autoregressive(20, 0.0, 9), "b/c");
    write("good.csv", format!("Ticker,Date,Close\n{all}"));
    write("tickers.csv", format!("Ticker,Date,Close\n{all}{short}"));
    for (name, seed) in [("one", 70), ("other", 71)] {
        let series = autoregressive(400, 0.0, seed);
        let text: String =
            series.dates.iter().zip(&series.close).map(|(day, close)| format!("{day},{close}\n")).collect();
        write(&format!("{name}.csv"), format!("Date,Close\n{text}"));
    }
    folder
}

const FAST: &str = "-q --epochs 1 --ensemble 1";

fn objects(out: &str) -> Vec<Value> {
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The series that failed has a row, the model is that of the others to the byte, and it forecasts a ticker it has not seen.
#[test]
fn one_model_is_trained_on_all_series_that_can_be() {
    let folder = universe();
    let at = |name: &str| fs::read(folder.path().join(name)).unwrap();
    let (code, out, stderr) = run(folder.path(), &format!("train tickers.csv {FAST} --format json"));
    assert_eq!(code, Some(4), "{stderr}");
    assert!(stderr.contains("b/c: 20 rows of prices, expected at least "), "{stderr}");
    assert!(stderr.ends_with("error: 1 of 4 series failed\n"), "{stderr}");
    let rows = objects(&out);
    assert!(rows[0]["series"] == "b/c" && rows[0]["help"].is_string(), "{out}");
    let summary = &rows[1];
    for (key, value) in [
        ("series", Value::from("3 series")),
        ("rows", 1200.into()),
        ("trained_series", 3.into()),
        ("left_out", 1.into()),
    ] {
        assert_eq!(summary[key], value, "{key}");
    }
    let forecasts = summary["test_forecasts"].as_u64().unwrap();
    assert_eq!(forecasts, 3 * summary["test_days"].as_u64().unwrap());
    assert!(summary["naive_rmse"].as_f64().unwrap() < 0.1, "{out}");

    let (code, _, stderr) = run(folder.path(), &format!("train good.csv {FAST} -m good.safetensors --threads 1"));
    assert_eq!(code, Some(0), "{stderr}");
    assert!(at("good.safetensors") == at("model.safetensors"));

    let (code, out, stderr) = run(folder.path(), "predict one.csv --format json --until 1991-02-05");
    assert_eq!((code, stderr.as_str()), (Some(0), ""), "no remark on another series");
    assert!(objects(&out)[0]["forecast"].is_f64());
    let (_, _, stderr) = run(folder.path(), "predict one.csv --until 1990-06-01");
    assert!(stderr.contains("hindsight: the model was trained on days up to 1991-02-04"), "{stderr}");
    let (_, card, _) = run(folder.path(), "inspect model.safetensors --format table");
    assert!(card.contains("3 series, 1,200 rows"), "{card}");
}

#[test]
fn files_are_trained_on_together() {
    let folder = universe();
    let (code, out, stderr) = run(folder.path(), &format!("train one.csv none.csv other.csv {FAST}"));
    assert_eq!(code, Some(4), "{stderr}");
    let lines: Vec<&str> = out.lines().collect();
    assert!(
        lines[0].starts_with("series,model,rows,")
            && lines[0].ends_with(",trained_series,left_out,test_forecasts,error")
    );
    assert!(lines[1].starts_with("none,,") && lines[1].ends_with("none.csv: no such file"), "{out}");
    assert!(lines[2].starts_with("2 series,model.safetensors,800,") && lines.len() == 3, "{out}");
    let (code, out, stderr) = run(folder.path(), &format!("train one.csv other.csv {FAST} --format table"));
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    assert!(out.contains("% of the last close") || out.contains("of the last close, over "), "{out}");
    assert_eq!(run(folder.path(), &format!("train none.csv no.csv {FAST} -m none.safetensors")).0, Some(1));
    assert!(!folder.path().join("none.safetensors").exists());
}

#[test]
fn what_is_of_one_series_is_refused_before_the_training() {
    let folder = universe();
    for (args, expected) in [
        ("--format value", "error: --format value prints the forecast of one series"),
        ("--plot fan.svg", "error: --report and --plot show the forecast of one series"),
        ("--target price", "error: several series for a model of price levels, expected one"),
    ] {
        let (code, out, stderr) = run(folder.path(), &format!("train good.csv {FAST} {args}"));
        assert_eq!((code, out.as_str()), (Some(1), ""));
        assert!(stderr.starts_with(expected) && stderr.contains("\n  help: "), "{stderr}");
        assert!(!folder.path().join("model.safetensors").exists());
    }
}

/// Where some series have no bars the closes of all are read.
#[test]
fn bars_are_read_where_all_series_have_them() {
    let folder = universe();
    let series = with_bars(200, 80);
    let range = series.range.as_ref().unwrap();
    let bar = |day: usize| {
        let prices = [range.open[day], range.high[day], range.low[day], series.close[day]];
        format!("{},{}\n", series.dates[day], prices.map(|price| price.to_string()).join(","))
    };
    let text: String = (0..series.len()).map(bar).collect();
    for name in ["bars.csv", "more.csv"] {
        fs::write(folder.path().join(name), format!("Date,Open,High,Low,Close\n{text}")).unwrap();
    }
    let inputs = |files: &str| {
        let (code, _, stderr) = run(folder.path(), &format!("train {files} --epochs 1 --ensemble 1"));
        assert_eq!(code, Some(0), "{stderr}");
        let card = run(folder.path(), "inspect model.safetensors --format json").1;
        (objects(&card)[0]["config"]["unit"].clone(), stderr)
    };
    assert_eq!(inputs("bars.csv more.csv").0, "bar_volatility");
    let (unit, stderr) = inputs("bars.csv one.csv");
    assert_eq!(unit, "close_volatility");
    assert!(stderr.contains("warning: 1 of 2 series have no open, high and low, 'one' first"), "{stderr}");
}
