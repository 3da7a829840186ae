//! `fourcast backtest`: its results for series with known properties, and that its forecasts are those of `train` and
//! `predict`.

use std::fs;
use std::path::Path;
use std::process::Output;

use crate::common::{SIGMA, autoregressive, config, folder_with, with_bars};
use assert_cmd::Command;
use fourcast::eval::backtest::{AuditReport, BacktestSettings, SilentBacktest, Subject, audit, backtest};
use fourcast::eval::baselines::{ALL, EGARCH, EWMA, NAIVE};
use fourcast::model::Config;
use fourcast::prices::PriceSeries;
use serde_json::Value;

const AAPL: &str = include_str!("../../data/aapl.csv");

fn fourcast(folder: &Path, args: &[&str]) -> Output {
    Command::cargo_bin("fourcast").unwrap().current_dir(folder).args(args).output().unwrap()
}

fn stdout(folder: &Path, args: &[&str]) -> String {
    let output = fourcast(folder, args);
    let messages = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "fourcast {}: {messages}", args.join(" "));
    String::from_utf8(output.stdout).unwrap()
}

/// The gate passes real skill and nothing else; the results are printed either way.
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
            messages.contains("price: no significant difference from tomorrow = today, expected better: rmse skill"),
            code == 3,
            "{messages}"
        );
        let result: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(result["verdict"]["against"][0]["baseline"], "naive");
        assert_eq!(result["verdict"]["against"][0]["price"]["finding"], finding, "phi {phi}");
        // Copying today's close explains nearly all of the R² of either.
        let share = result["verdict"]["lag"]["share_of_copy"].as_f64().unwrap();
        assert!((0.9..1.1).contains(&share), "{share}");
    }
}

/// With few days there are scores, and neither a verdict nor a gate.
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
    // By default a short file has too few.
    let (code, stdout, messages) = run("--until 1990-05-20 --require-skill 0.0 --epochs 1");
    assert_eq!(code, Some(3), "{messages}");
    assert!(messages.contains("at least 50 needed for a verdict") && !stdout.is_empty(), "{messages}");
}

/// A price that was traded and did not move in the test: every format has the reason why there is no verdict.
#[test]
fn a_price_that_stood_still_has_a_reason_instead_of_a_verdict() {
    let mut series = autoregressive(600, 0.0, 7);
    // Where half of the days are without a change, no run of them is too long for chance.
    (1..350).step_by(2).for_each(|day| series.close[day] = series.close[day - 1]);
    let last = series.close[349];
    series.close[350..].fill(last);
    let folder = tempfile::tempdir().unwrap();
    // A volume of its own each day: the days were traded.
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

/// A volume that holds the size of tomorrow's return.
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
            messages.contains("of the distribution over EGARCH: over 0.05, look for a leak"),
            "{command}: {messages}"
        );
        assert!(
            messages.contains("no value of open, high, low or volume is known only after its own day"),
            "{messages}"
        );
    }
}

/// The factor `basis` of the file of test days makes its prices those of the errors. In that span a share was split 1
/// to 2, and the file's adjusted closes have dividends.
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

/// Both subcommands give the error of the same days on the basis of the last one, not in adjusted prices.
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

/// A forecast in the walk is, to the last digit printed, that of train and predict on that day.
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

    // The origin of the first test day is row 970.
    fs::write(folder.path().join("known.csv"), lines[..971].join("\n")).unwrap();
    stdout(folder.path(), &["train", "known.csv", "-q"]);
    // Days after the fit are forecast by the same model, from more rows.
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

/// Behind the columns of the model those of every baseline; a file with them may be replaced.
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

/// Prices are quoted as on the day that was known, so that a later split cannot reach them.
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
        // What came is taken back across a split: it is no crash.
        let adjusted = price(rows[day][5]) / price(rows[day - 1][5]);
        assert!((numbers[0] / numbers[1] / adjusted - 1.0).abs() < 1e-7, "{line}");
        split_seen |= cells[1] == "2005-02-28";
    }
    assert!(split_seen);
}

/// Perturbs the close in the file after a day, so that its adjustment changes too.
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
        // All but what came, and the basis, which is that of the last day.
        let forecast = |line: &str| {
            let cells: Vec<String> = line.split(',').map(str::to_owned).collect();
            cells[3..cells.len() - 1].to_vec()
        };
        let until = known[960].split(',').next().unwrap();
        // The day after is forecast from the last day that was left as it was.
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

/// Weights that were trained on the test days are refused, by whichever option they are given.
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

    // Such days do not calibrate either, and a model that starts from them records it.
    let again = ["train", "p.csv", "--init-from", "all.safetensors", "-m", "early.safetensors", "--epochs", "1"];
    let again = [&again[..], &["--until", "1990-12-31", "--format", "json"]].concat();
    let summary: Value = serde_json::from_str(&stdout(inside, &again)).unwrap();
    assert_eq!((&summary["test_days"], &summary["calibration_days"]), (&0.into(), &0.into()));
    let refused = fourcast(inside, &["backtest", "p.csv", "-m", "early.safetensors", "--baselines", "naive"]);
    assert_eq!(refused.status.code(), Some(1));
}

/// A level that noise is drawn around: in five days as in one, smoothing expects the level.
#[test]
fn smoothing_is_as_good_over_five_days_as_it_should_be() {
    let (walk, mut series) = (autoregressive(701, 0.0, 10), autoregressive(700, 0.0, 9));
    let level = 100.0;
    for day in 0..700 {
        // A walk's steps are draws of their own.
        let noise = (walk.close[day + 1] / walk.close[day]).ln();
        series.close[day] = level * (1.0 + noise);
    }
    series.adjusted.clone_from(&series.close);
    let folder = folder_with(&series);
    let args =
        ["backtest", "p.csv", "--horizon", "5", "--test-days", "100", "--refit-every", "100", "--format", "json"];
    let result: Value = serde_json::from_str(&stdout(folder.path(), &args)).unwrap();
    let rmse = |name: &str| result["baselines"][name]["rmse"].as_f64().unwrap();
    // Half the variance of the difference of two draws is left: a ratio of sqrt(1/2).
    assert!((rmse("smoothing") / rmse("naive") - 0.5_f64.sqrt()).abs() < 0.08, "{}", rmse("smoothing") / rmse("naive"));
    assert!((rmse("egarch") / rmse("naive") - 1.0).abs() < 0.05, "it expects no return");
}

/// A rise to fifty times the price (a reverse split that was not adjusted) on a day after the fit.
#[test]
fn a_baseline_that_explodes_between_fits_has_a_fallback() {
    // An ARCH(1): the volatility models find that large moves follow large moves.
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
        // EWMA itself scores 0.0702 here.
        assert!(scores.crps.unwrap() < 0.08, "{}: {:?}", scores.name, scores.crps);
    }
}

/// Fallbacks alone make no baseline of that name.
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

/// Of several tickers, the one that cannot be tested is named, and the other is tested.
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

fn settings() -> BacktestSettings {
    BacktestSettings {
        horizon: 1,
        test_days: Some(40),
        refit_every: 15,
        rolling: None,
        baselines: ALL.iter().copied().filter(|baseline| !baseline.needs_bars).collect(),
        test_fraction: 0.2,
        levels: vec![0.5, 0.9],
        events: vec!["+2%".parse().unwrap()],
        threads: 1,
    }
}

/// A walk does not depend on the number of threads, and a rolling walk only on its rows.
#[test]
fn threads_and_rows_out_of_sight_change_nothing() {
    let series = with_bars(420, 41);
    // Before the first fit's 200 rows.
    let mut wild = series.clone();
    (0..170).for_each(|day| {
        let factor = if day % 2 == 0 { 1.0 } else { 1.3 };
        wild.close[day] *= factor;
        wild.adjusted[day] *= factor;
    });
    let config = config();
    let subject = Subject::Recipe { config: &config, init: None, in_sample: false };
    let walk = |series: &PriceSeries, settings: &BacktestSettings| {
        backtest(series, subject, settings, &SilentBacktest).unwrap().model
    };
    let one = walk(&series, &settings());
    assert_eq!(one, walk(&series, &BacktestSettings { threads: 2, ..settings() }));
    let rolling = BacktestSettings { rolling: Some(200), ..settings() };
    assert_ne!(one, walk(&series, &rolling));
    assert_ne!(one, walk(&wild, &settings()));
    assert_eq!(walk(&series, &rolling), walk(&wild, &rolling));
}

fn audited(series: &PriceSeries, config: &Config, sample: usize) -> AuditReport {
    let subject = Subject::Recipe { config, init: None, in_sample: false };
    let settings = BacktestSettings { baselines: ALL.to_vec(), ..settings() };
    let result = backtest(series, subject, &settings, &SilentBacktest).unwrap();
    let known_on = |day| Ok(series.slice(0..series.dates.partition_point(|date| *date <= day)));
    audit(series, subject, &settings, &result, sample, &known_on).unwrap()
}

#[test]
fn the_audit_passes_a_walk_without_look_ahead() {
    let series = with_bars(300, 42);
    let config = config();
    let audit_report = audited(&series, &config, 3);
    assert_eq!(audit_report.difference, None);
    assert_eq!(audit_report.origins.len(), 3);
    // One of the three is the day of its fit.
    assert_eq!((audit_report.reread.len(), audit_report.unread.len()), (6, 0));
    // The model and every baseline, on 7, 21 and 34 days; a median, 21 quantiles, two intervals and a probability each.
    assert_eq!(audit_report.forecasts, (1 + ALL.len()) * (7 + 21 + 34));
    assert_eq!(audit_report.bytes, audit_report.forecasts * 8 * (1 + 21 + 4 + 1));
}

/// Bars that begin in the test are not look-ahead: the days before have their closes alone. That the file has bars is
/// known from later rows, which the report says.
#[test]
fn bars_and_volumes_that_begin_in_the_test_pass_the_audit() {
    let folder = tempfile::tempdir().unwrap();
    let series = with_bars(420, 42);
    let range = series.range.as_ref().unwrap();
    let row = |row: usize| {
        let (date, close) = (series.dates[row], series.close[row]);
        let bar = format!("{},{},{}", range.open[row], range.high[row], range.low[row]);
        let (bar, volume) = (if row < 390 { ",,".into() } else { bar }, 1000 + row);
        format!("{date},{bar},{close},{}\n", if row < 410 { String::new() } else { volume.to_string() })
    };
    let text = format!("Date,Open,High,Low,Close,Volume\n{}", (0..420).map(row).collect::<String>());
    fs::write(folder.path().join("p.csv"), text).unwrap();
    for features in ["auto", "close"] {
        let args = format!("backtest p.csv {WALK} {RECIPE} --features {features} --audit --format json");
        let record: Value = serde_json::from_str(&stdout(folder.path(), &args.split(' ').collect::<Vec<_>>())).unwrap();
        let audit = &record["audit"];
        assert_eq!(audit["passed"], true, "{audit}");
        assert_eq!(audit["later_columns"], "open, high, low and volume", "{audit}");
    }
}

/// A walk with a split of three for one on row 400 of 420, inside the last 40 days.
fn split_in_test() -> Vec<String> {
    let series = autoregressive(420, 0.0, 7);
    let quote = |row: usize| if row < 400 { series.close[row] } else { series.close[row] / 3.0 };
    let rows = series.dates.iter().enumerate().map(|(row, date)| format!("{date},{}", quote(row)));
    ["Date,Close".to_owned()].into_iter().chain(rows).collect()
}

const RECIPE: &str = "--splits adjust --init-from random --ensemble 1 --epochs 2 -q";
const WALK: &str = "--test-days 40 --refit-every 20 --baselines naive,egarch";

/// Whether a jump is a split is known on its day, from the rows up to it.
#[test]
fn a_split_in_the_test_reaches_no_earlier_day() {
    let folder = tempfile::tempdir().unwrap();
    let lines = split_in_test();
    let write = |name: &str, rows: usize| fs::write(folder.path().join(name), lines[..=rows].join("\n")).unwrap();
    let run = |args: String| stdout(folder.path(), &args.split(' ').collect::<Vec<_>>());
    write("p.csv", 420);
    run(format!("backtest p.csv {WALK} {RECIPE} --forecasts days.csv"));
    let days = fs::read_to_string(folder.path().join("days.csv")).unwrap();
    let days: Vec<Vec<&str>> = days.lines().map(|line| line.split(',').collect()).collect();
    // The first origin is row 379, a fit, and so is row 399: days before the split, and after it.
    for (fit, origin) in [(379, 379), (379, 389), (379, 398), (399, 399), (399, 400), (399, 404)] {
        write("p.csv", fit + 1);
        run(format!("train p.csv {RECIPE}"));
        write("p.csv", origin + 1);
        let printed = run("predict p.csv --splits adjust --levels 0.9 --format json -q".to_owned());
        let printed: Value = serde_json::from_str(&printed).unwrap();
        for (name, column) in [("forecast", "forecast"), ("lower_90", "q0.05"), ("upper_90", "q0.95")] {
            let at = days[0].iter().position(|name| *name == column).unwrap();
            assert_eq!(printed[name].to_string(), days[origin - 379 + 1][at], "{name} on row {origin}");
        }
    }
}

/// The audit of one backtest of a text: how it ended, its json and its messages.
fn audit_of(args: &str, text: &[u8]) -> (Option<i32>, Value, String) {
    let folder = tempfile::tempdir().unwrap();
    let args = format!("backtest - {WALK} {RECIPE} --audit=3 --format json {args}");
    let mut command = Command::cargo_bin("fourcast").unwrap();
    let output = command.current_dir(folder.path()).args(args.trim().split(' ')).write_stdin(text).output().unwrap();
    let json = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (output.status.code(), json, String::from_utf8(output.stderr).unwrap())
}

#[test]
fn the_audit_reads_the_file_again_as_it_stood() {
    let lines = split_in_test();
    let mut turned = lines.clone();
    turned[1..].reverse();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, lines.join("\n").as_bytes()).unwrap();
    for text in [lines.join("\n").into_bytes(), turned.join("\n").into_bytes(), packed.finish().unwrap()] {
        let (code, json, stderr) = audit_of("", &text);
        assert_eq!(code, Some(0), "{stderr}");
        let audit = &json["audit"];
        assert_eq!((&audit["passed"], &audit["unread"]), (&true.into(), &Value::Array(Vec::new())), "{audit}");
        // Three origins: the second is the day of its own fit and of that of the third.
        assert_eq!((audit["origins"].as_array().unwrap().len(), audit["reread"].as_array().unwrap().len()), (3, 4));
        assert!(audit["not_proven"][0].as_str().unwrap().contains("vendor"), "{audit}");
    }
}

/// Three decimals throughout may be thousands, until a number of four digits without a mark says that they are none:
/// what the cut file cannot say by itself is not called proven.
#[test]
fn the_audit_says_where_it_could_not_read() {
    let series = autoregressive(420, 0.0, 8);
    let rows = series.dates.iter().zip(&series.close).map(|(date, close)| format!("{date};{close:.3}\n"));
    let text = format!("Date;Close\n{}1999-01-04;1000\n", rows.collect::<String>());
    let (code, json, stderr) = audit_of("", text.as_bytes());
    assert_eq!(code, Some(0), "{stderr}");
    let audit = &json["audit"];
    assert_eq!(audit["reread"].as_array().unwrap().len(), 0, "{audit}");
    assert_eq!(audit["unread"].as_array().unwrap().len(), 4, "{audit}");
    assert!(audit["unread"][0]["why"].as_str().unwrap().contains("Close"), "{audit}");
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

/// A test takes more days than the horizon, also by default.
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

/// The system gives no memory for the stacks of thousands, and no more than there are cores would help. A training asks
/// for four threads for each network of its two fits, at most.
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

/// A validation share given decides when training stops, in a walk as in a training.
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

/// A level of three digits needs a wider column than the others.
#[test]
fn the_columns_of_the_table_stand_under_their_heads() {
    let folder = folder_with(&autoregressive(300, 0.0, 3));
    let args = "backtest p.csv --baselines naive --refit-every 100 --epochs 1 --levels 0.975,0.999 --format table";
    let table = stdout(folder.path(), &args.split(' ').collect::<Vec<_>>());
    let lines: Vec<&str> = table.lines().skip_while(|line| !line.starts_with("  forecaster")).take(6).collect();
    let end_of = |line: &str, word: &str| line.find(word).unwrap() + word.len();
    // The last column, and the last of the intervals.
    assert_eq!(lines[0].len(), lines[1].len(), "{table}");
    assert_eq!(lines[0].len(), lines[5].len(), "{table}");
    for third in &lines[2..5] {
        assert_eq!(third.len(), end_of(lines[0], "in 99.9 %"), "{table}");
    }
}
