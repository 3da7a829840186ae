//! `fourcast backtest`: its results for series with known properties, and its agreement with `train` and `predict`.

use std::fs;
use std::path::Path;
use std::process::Output;

use crate::common::{autoregressive, folder_with};
use assert_cmd::Command;
use serde_json::Value;

pub(crate) const AAPL: &str = include_str!("../../data/aapl.csv");

pub(crate) fn fourcast(folder: &Path, args: &[&str]) -> Output {
    Command::cargo_bin("fourcast").unwrap().current_dir(folder).args(args).output().unwrap()
}

pub(crate) fn stdout(folder: &Path, args: &[&str]) -> String {
    let output = fourcast(folder, args);
    let messages = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "fourcast {}: {messages}", args.join(" "));
    String::from_utf8(output.stdout).unwrap()
}

/// The factor `basis` in the file of test days converts its prices to the basis of the errors. These days include a 1:2
/// split, and the file's adjusted closes include dividends.
#[test]
fn errors_can_be_recomputed_from_the_file_of_test_days() {
    let folder = tempfile::tempdir().unwrap();
    let walk = |file: &str, options: &str| {
        let args = format!(
            "backtest {file} -q --format json --epochs 1 --ensemble 1 --refit-every 1000 --baselines naive,ewma --forecasts \
             days.csv --forecasts-of all {options}"
        );
        let result = stdout(folder.path(), &args.split_whitespace().collect::<Vec<_>>());
        let result: Value = serde_json::from_str(&result).unwrap();
        let days = fs::read_to_string(folder.path().join("days.csv")).unwrap();
        let rows: Vec<Vec<&str>> = days.lines().map(|line| line.split(',').collect()).collect();
        let column = |name: &str| -> Vec<f64> {
            let at = rows[0].iter().position(|head| *head == name).unwrap();
            rows[1..].iter().map(|row| row[at].parse().unwrap()).collect()
        };
        let (actual, basis) = (column("actual"), column("basis"));
        assert!(basis.iter().any(|factor| (factor - 1.0).abs() > 0.01), "the prices have one basis");
        for (forecast, rmse) in [
            ("forecast", &result["scores"]["rmse"]),
            ("naive", &result["baselines"]["naive"]["rmse"]),
            ("ewma_forecast", &result["baselines"]["ewma"]["rmse"]),
        ] {
            let forecasts = column(forecast);
            let square = |day: usize| (basis[day] * (actual[day] - forecasts[day])).powi(2);
            let mean = (0..basis.len()).map(square).sum::<f64>() / basis.len() as f64;
            assert!((mean.sqrt() / rmse.as_f64().unwrap() - 1.0).abs() < 1e-6, "{file}: {forecast} {mean} {rmse}");
        }
    };
    fs::write(folder.path().join("p.csv"), AAPL).unwrap();
    walk("p.csv", "--until 2006-06-30 --test-days 400");
    walk("p.csv", "--test-days 400");
}

/// Both subcommands give the error on the same days, on the basis of the last day and not in adjusted prices.
#[test]
fn train_and_backtest_measure_in_one_unit() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), AAPL).unwrap();
    let train = ["train", "p.csv", "--until", "2006-06-30", "--epochs", "1", "-q", "--format", "json"];
    let trained: Value = serde_json::from_str(&stdout(folder.path(), &train)).unwrap();
    let days = trained["test_days"].to_string();
    let walk = ["backtest", "p.csv", "--until", "2006-06-30", "--epochs", "1", "-q", "--format", "json"];
    let walk = [&walk[..], &["--baselines", "naive", "--test-days", &days, "--refit-every", "1000"]].concat();
    let walked: Value = serde_json::from_str(&stdout(folder.path(), &walk)).unwrap();
    let naive = (trained["naive_rmse"].as_f64().unwrap(), walked["baselines"]["naive"]["rmse"].as_f64().unwrap());
    assert!((naive.0 / naive.1 - 1.0).abs() < 1e-6, "{naive:?}");
}

/// A forecast in the walk equals, to the last printed digit, that of train and predict on that day.
#[test]
fn a_backtest_forecasts_what_train_and_predict_forecast() {
    let folder = tempfile::tempdir().unwrap();
    let lines: Vec<&str> = AAPL.lines().collect();
    fs::write(folder.path().join("all.csv"), lines[..1001].join("\n")).unwrap();
    let walk = "backtest all.csv --test-days 30 --refit-every 30 --baselines naive --forecasts days.csv -q";
    stdout(folder.path(), &walk.split(' ').collect::<Vec<_>>());
    let days = fs::read_to_string(folder.path().join("days.csv")).unwrap();
    let days: Vec<Vec<&str>> = days.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(days[0][..6], ["series", "date", "actual", "naive", "forecast", "q0.01"]);
    assert_eq!(days[0][days[0].len() - 3..], ["q0.99", "origin", "basis"]);
    let date_of = |row: usize| lines[row].split(',').next().unwrap();
    assert_eq!((days.len(), days[1][days[1].len() - 2]), (31, date_of(970)));

    // Row 970 is the origin of the first test day.
    fs::write(folder.path().join("known.csv"), lines[..971].join("\n")).unwrap();
    stdout(folder.path(), &["train", "known.csv", "-q"]);
    // Later days are forecast by the same model, from more rows.
    for (row, known) in [(1, 971), (2, 972), (30, 1000)] {
        fs::write(folder.path().join("known.csv"), lines[..known].join("\n")).unwrap();
        let printed = stdout(folder.path(), &["predict", "known.csv", "--format", "json", "--levels", "0.5,0.9,0.98"]);
        let printed: Value = serde_json::from_str(&printed).unwrap();
        let columns = ["forecast", "lower_98", "lower_90", "lower_50", "upper_50", "upper_90", "upper_98"];
        for (name, level) in columns.into_iter().zip(["forecast", "q0.01", "q0.05", "q0.25", "q0.75", "q0.95", "q0.99"])
        {
            let column = days[0].iter().position(|name| *name == level).unwrap();
            let (a, b): (f64, f64) = (printed[name].as_f64().unwrap(), days[row][column].parse().unwrap());
            assert!((a / b - 1.0).abs() < 2e-8, "row {row}: {name} {a} {b}");
        }
    }
}

/// Prices are as quoted on the origin, so a later split cannot affect them.
#[test]
fn quantiles_of_every_day_are_ordered_and_prices_those_of_the_day_known() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), AAPL).unwrap();
    let walk = "backtest p.csv --until 2005-06-30 --test-days 120 --refit-every 60 --baselines naive --forecasts d.csv";
    stdout(folder.path(), &walk.split(' ').collect::<Vec<_>>());
    let days = fs::read_to_string(folder.path().join("d.csv")).unwrap();
    let rows: Vec<Vec<&str>> = AAPL.lines().map(|line| line.split(',').collect()).collect();
    let price = |cell: &str| cell.parse::<f64>().unwrap();
    let mut split_seen = false;
    for line in days.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let numbers: Vec<f64> = cells[2..cells.len() - 2].iter().map(|cell| price(cell)).collect();
        assert!(numbers[3..].is_sorted(), "{line}");
        let day = rows.iter().position(|row| row[0] == cells[1]).unwrap();
        assert_eq!(numbers[1], price(rows[day - 1][4]), "{line}");
        // The outcome is converted across a split, so that the split does not look like a crash.
        let adjusted = price(rows[day][5]) / price(rows[day - 1][5]);
        assert!((numbers[0] / numbers[1] / adjusted - 1.0).abs() < 1e-7, "{line}");
        split_seen |= cells[1] == "2005-02-28";
    }
    assert!(split_seen);
}

/// Changes the closes in the file after a day, and thereby their adjustment.
#[test]
fn no_later_row_of_the_file_reaches_a_forecast() {
    let lines: Vec<&str> = AAPL.lines().collect();
    let perturb = |line: &&str| {
        let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        cells[4] = format!("{:.2}", 1.01 * cells[4].parse::<f64>().unwrap());
        cells.join(",")
    };
    let (known, later) = lines.split_at(961);
    let perturbed: Vec<String> = known.iter().map(|line| (*line).to_owned()).chain(later.iter().map(perturb)).collect();
    let forecasts = |text: String| {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("p.csv"), text).unwrap();
        let walk =
            "backtest p.csv --until 2003-12-31 --test-days 20 --refit-every 20 --baselines naive -q --forecasts d";
        stdout(folder.path(), &walk.split(' ').collect::<Vec<_>>());
        let days = fs::read_to_string(folder.path().join("d")).unwrap();
        // Everything except the outcome and the basis, which depends on the last day.
        let forecast = |line: &str| {
            let cells: Vec<String> = line.split(',').map(str::to_owned).collect();
            cells[3..cells.len() - 1].to_vec()
        };
        let until = known[960].split(',').next().unwrap();
        // The next day is forecast from the last unchanged day.
        let known = days.lines().skip(1).take_while(|line| line.split(',').nth(1).unwrap() <= until).count();
        days.lines().take(known + 2).map(forecast).collect::<Vec<_>>()
    };
    let untouched = forecasts(lines.join("\n"));
    assert!(untouched.len() > 5, "{}", untouched.len());
    assert_eq!(untouched, forecasts(perturbed.join("\n")));
}

#[test]
fn tables_fit_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), AAPL).unwrap();
    let backtest = "backtest p.csv --test-days 60 --refit-every 60 --baselines egarch --audit=1 --until 2004-12-31";
    for command in [backtest, "train p.csv --ensemble 7 --init-from random --epochs 6 --horizon 3", "predict p.csv"] {
        let args: Vec<&str> = command.split(' ').chain(["--format", "table"]).collect();
        for line in stdout(folder.path(), &args).lines() {
            assert!(line.chars().count() <= 80, "fourcast {command}: {line}");
        }
    }
}

#[test]
fn a_saved_model_is_tested_on_days_after_its_own_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), AAPL).unwrap();
    stdout(folder.path(), &["train", "p.csv", "--until", "2012-06-29", "--epochs", "1", "-q"]);
    let args = ["backtest", "p.csv", "-m", "model.safetensors", "--baselines", "naive", "--format", "json"];
    let result: Value = serde_json::from_str(&stdout(folder.path(), &args)).unwrap();
    assert_eq!((&result["first_date"], &result["last_date"]), (&"2012-07-02".into(), &"2013-03-01".into()));
    assert_eq!((&result["refits"], &result["in_sample"]), (&0.into(), &false.into()));

    let more = [&args[..], &["--test-days", "200"]].concat();
    let refused = fourcast(folder.path(), &more);
    assert_eq!(refused.status.code(), Some(1));
    assert!(refused.stdout.is_empty());
    let messages = String::from_utf8_lossy(&refused.stderr);
    assert!(messages.contains("trained on days up to 2012-06-29") && messages.contains("--in-sample"), "{messages}");

    let allowed = fourcast(folder.path(), &[&more[..], &["--in-sample"]].concat());
    assert_eq!(allowed.status.code(), Some(0));
    let messages = String::from_utf8_lossy(&allowed.stderr);
    assert!(messages.contains("its scores are too good"), "{messages}");
}

#[test]
fn what_cannot_be_tested_is_an_error() {
    let folder = folder_with(&autoregressive(90, 0.0, 5));
    let messages = |args: &[&str]| {
        let output = fourcast(folder.path(), &[&["backtest", "p.csv"], args].concat());
        assert!(output.stdout.is_empty(), "{args:?}");
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, message) = messages(&["--test-days", "80"]);
    assert_eq!(code, Some(1));
    assert!(message.contains("p.csv: 90 rows of prices, expected at least 141 for 80 test days"), "{message}");
    let (code, message) = messages(&["--baselines", "arima"]);
    assert_eq!(code, Some(2));
    assert!(message.contains("no baseline is called 'arima'"), "{message}");
    let (code, message) = messages(&["--forecasts", "nowhere/days.csv"]);
    assert_eq!(code, Some(1));
    assert!(message.contains("nowhere"), "{message}");
    let usage: [&[&str]; 5] =
        [&["--test-days", "2"], &["--refit-every", "x"], &["--rolling", "-5"], &["--audit=0"], &["--in-sample"]];
    for wrong in usage {
        assert_eq!(messages(wrong).0, Some(2), "{wrong:?}");
    }
    assert!(messages(&["--audit=0"]).1.contains("expected a number of origins from 1"));
    assert!(messages(&["--in-sample"]).1.contains("pass --model FILE, --models DIR or --init-from FILE"));
    let (code, message) = messages(&["--test-days", "4", "--horizon", "5"]);
    assert_eq!(code, Some(1));
    assert!(message.contains("p.csv: 4 test days of forecasts 5 days ahead, expected at least 6"), "{message}");
    let (code, message) = messages(&["--rolling", "10"]);
    assert_eq!(code, Some(1));
    assert!(
        message.contains("10 rows for each fit, expected at least 61\n  help: pass a larger --rolling"),
        "{message}"
    );
}

/// Weights that were trained on the test days are refused, whichever option names them.
#[test]
fn weights_that_were_trained_on_the_days_are_refused() {
    let folder = folder_with(&autoregressive(500, 0.0, 8));
    let inside = folder.path();
    stdout(inside, &["train", "p.csv", "-q", "-m", "all.safetensors", "--epochs", "1"]);
    let walk = ["backtest", "p.csv", "--baselines", "naive", "--init-from", "all.safetensors", "--format", "json"];
    let refused = fourcast(inside, &walk);
    assert_eq!(refused.status.code(), Some(1));
    let messages = String::from_utf8(refused.stderr).unwrap();
    assert!(messages.contains("trained on days up to") && messages.contains("--in-sample"), "{messages}");
    let allowed = fourcast(inside, &[&walk[..], &["--in-sample"]].concat());
    assert!(String::from_utf8(allowed.stderr).unwrap().contains("its scores are too good"));

    // Such days are not used for calibration either, and a model that starts from the weights records them.
    let again = ["train", "p.csv", "--init-from", "all.safetensors", "-m", "early.safetensors", "--epochs", "1"];
    let again = [&again[..], &["--until", "1990-12-31", "--format", "json"]].concat();
    let summary: Value = serde_json::from_str(&stdout(inside, &again)).unwrap();
    assert_eq!((&summary["test_days"], &summary["calibration_days"]), (&0.into(), &0.into()));
    let refused = fourcast(inside, &["backtest", "p.csv", "-m", "early.safetensors", "--baselines", "naive"]);
    assert_eq!(refused.status.code(), Some(1));
}

/// If one of several tickers cannot be tested, it is named, and the other is tested.
#[test]
fn the_series_at_fault_is_named() {
    let series = autoregressive(200, 0.0, 14);
    let rows = series.dates.iter().zip(&series.close).enumerate();
    let line = |(day, (date, close)): (usize, (_, &f64))| {
        let short = if day < 40 { format!("{date},SHORT,{close}\n") } else { String::new() };
        format!("{date},LONG,{close}\n{short}")
    };
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("two.csv"), format!("Date,Ticker,Close\n{}", rows.map(line).collect::<String>()))
        .unwrap();
    let output = fourcast(folder.path(), &["backtest", "two.csv", "--baselines", "naive", "--format", "json"]);
    let messages = String::from_utf8(output.stderr).unwrap();
    assert!(messages.contains("error: two.csv: SHORT: 40 rows of prices, expected at least"), "{messages}");
    assert_eq!(output.status.code(), Some(4));
    let rows = output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let rows: Vec<Value> = rows.map(|line| serde_json::from_slice(line).unwrap()).collect();
    assert_eq!((&rows[0]["series"], &rows[1]["series"]), (&"LONG".into(), &"SHORT".into()));
    assert!(rows[0]["skill"].is_f64() && rows[1]["error"].is_string());
}

/// The system has no memory for the stacks of thousands of threads, and more threads than cores would not help. A
/// training run requests at most four threads for each network of its two fits.
#[cfg(target_os = "linux")]
#[test]
fn no_more_threads_start_than_there_are_cores() {
    let folder = folder_with(&autoregressive(200, 0.0, 3));
    for subcommand in ["train --ensemble 200", "backtest --ensemble 1 --baselines naive --test-days 20"] {
        let command =
            format!("ulimit -v 2000000; exec \"$0\" {subcommand} p.csv -q --epochs 1 --hidden 1 --threads 4096");
        let mut shell = Command::new("sh");
        shell.current_dir(folder.path()).args(["-c", &command, env!("CARGO_BIN_EXE_fourcast")]).assert().success();
    }
}

/// A given validation fraction decides when training stops, in a walk as in a training run.
#[test]
fn a_validation_share_decides_when_refits_stop() {
    let folder = folder_with(&autoregressive(300, 0.0, 3));
    let walk = |extra: &str| {
        let args =
            "backtest p.csv -q --baselines naive --test-days 20 --epochs 12 --valid-fraction 0.2 --learning-rate 0.02";
        let args = format!("{args}{extra}");
        stdout(folder.path(), &args.split(' ').collect::<Vec<_>>())
    };
    assert_eq!(walk(""), walk(" --patience 5"));
    assert_ne!(walk(""), walk(" --patience 0"));
}

/// A level with three digits needs a wider column.
#[test]
fn the_columns_of_the_table_stand_under_their_heads() {
    let folder = folder_with(&autoregressive(300, 0.0, 3));
    let args = "backtest p.csv --baselines naive --refit-every 100 --epochs 1 --levels 0.975,0.999 --format table";
    let table = stdout(folder.path(), &args.split(' ').collect::<Vec<_>>());
    let lines: Vec<&str> = table.lines().skip_while(|line| !line.starts_with("  forecaster")).take(6).collect();
    let end_of = |line: &str, word: &str| line.find(word).unwrap() + word.len();
    // The last column of the table, and the last column of the intervals.
    assert_eq!(lines[0].len(), lines[1].len(), "{table}");
    assert_eq!(lines[0].len(), lines[5].len(), "{table}");
    for third in &lines[2..5] {
        assert_eq!(third.len(), end_of(lines[0], "in 99.9 %"), "{table}");
    }
}
