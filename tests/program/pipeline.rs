//! `train`, then `predict`, as in scripts.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::Stdio;

use crate::made_once::made_once;
use assert_cmd::Command;
use serde_json::Value;

pub(crate) const AAPL: &str = include_str!("../../data/aapl.csv");

pub(crate) fn fourcast(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::cargo_bin("fourcast").unwrap();
    command.current_dir(folder).args(args);
    command
}

pub(crate) fn stdout(folder: &Path, args: &[&str]) -> String {
    let output = fourcast(folder, args).output().unwrap();
    let messages = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "fourcast {}: {messages}", args.join(" "));
    String::from_utf8(output.stdout).unwrap()
}

/// Creates a folder with Apple's prices and a model trained on them.
pub(crate) fn trained() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), AAPL).unwrap();
    let model = made_once("pipeline", || {
        fourcast(folder.path(), &["train", "p.csv", "--quiet"]).assert().success().stderr("");
        fs::read(folder.path().join("model.safetensors")).unwrap()
    });
    fs::write(folder.path().join("model.safetensors"), model).unwrap();
    folder
}

/// Apple's last 1,000 days, which take a third of the time of all.
fn recent() -> String {
    let (header, rows) = AAPL.split_once('\n').unwrap();
    let rows: Vec<&str> = rows.lines().collect();
    format!("{header}\n{}\n", rows[rows.len() - 1000..].join("\n"))
}

#[test]
fn csv_json_value_and_table_say_the_same() {
    let folder = trained();
    let csv = stdout(folder.path(), &["predict", "p.csv"]);
    let lines: Vec<&str> = csv.lines().collect();
    let columns = "series,origin,date,last_close,forecast,lower_50,upper_50,lower_90,upper_90,model,source,calibrated,\
                   version,hindsight,trained_on";
    assert_eq!(lines[0], columns);
    assert_eq!(lines.len(), 2);
    let json: Value = serde_json::from_str(&stdout(folder.path(), &["predict", "p.csv", "--format", "json"])).unwrap();
    for (name, cell) in lines[0].split(',').zip(lines[1].split(',')) {
        let value = &json[name];
        assert_eq!(value.as_str().map_or_else(|| value.to_string(), str::to_owned), cell, "{name}");
    }
    let value = stdout(folder.path(), &["predict", "p.csv", "--format", "value"]);
    assert_eq!(value.trim(), json["forecast"].to_string());
    assert_eq!(json["origin"], "2013-03-01");
    assert_eq!(json["date"], "2013-03-04", "the next session is a Monday");
    let number = |name: &str| json[name].as_f64().unwrap();
    let inward = ["lower_90", "lower_50", "forecast", "upper_50", "upper_90"].map(number);
    assert!(inward.is_sorted(), "{inward:?}");
    assert!((number("forecast") / number("last_close") - 1.0).abs() < 0.2);
}

#[test]
fn holidays_are_passed_over_where_an_exchange_is_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), AAPL).unwrap();
    let date = |options: &[&str]| {
        let predict = ["predict", "p.csv", "--until", "2012-11-21", "--format", "json"];
        let row: Value = serde_json::from_str(&stdout(folder.path(), &[&predict, options].concat())).unwrap();
        row["date"].as_str().unwrap().to_owned()
    };
    // Thanksgiving was on the 22nd.
    stdout(folder.path(), &["train", "p.csv", "--epochs", "1", "--ensemble", "1"]);
    assert_eq!(date(&[]), "2012-11-22");
    assert_eq!(date(&["--calendar", "NYSE"]), "2012-11-23");
    stdout(folder.path(), &["train", "p.csv", "--epochs", "1", "--ensemble", "1", "--calendar", "nyse"]);
    assert_eq!(date(&[]), "2012-11-23", "the model remembers");
    assert_eq!(date(&["--calendar", "lse"]), "2012-11-22");
    let later = ["predict", "p.csv", "--until", "2005-11-23"];
    let messages = fourcast(folder.path(), &later).output().unwrap();
    assert_eq!(
        String::from_utf8(messages.stderr).unwrap(),
        "warning: p.csv: hindsight: the model was trained on days up to 2013-03-01, after the origin of this forecast, \
         2005-11-23\n\
         warning: p.csv: the holidays of nyse are not known for 2005-11-24: it may be a holiday\n"
    );
}

#[test]
fn four_rows_on_standard_input_suffice() {
    let folder = trained();
    let mut four: Vec<&str> = AAPL.lines().take(1).collect();
    four.extend(AAPL.lines().skip(AAPL.lines().count() - 4));
    let four = four.join("\n");
    for args in [&["predict"][..], &["predict", "-"], &["predict", "-", "--format", "value"]] {
        let output = fourcast(folder.path(), args).write_stdin(four.as_str()).output().unwrap();
        assert!(output.status.success());
        let messages = String::from_utf8(output.stderr).unwrap();
        assert!(messages.contains("4 rows are too few to estimate the volatility"), "{messages}");
    }
    let three = four.lines().take(4).collect::<Vec<_>>().join("\n");
    let output = fourcast(folder.path(), &["predict"]).write_stdin(three).output().unwrap();
    let messages = String::from_utf8(output.stderr).unwrap();
    assert!(messages.contains("3 rows of prices, expected at least 4"), "{messages}");
}

#[test]
fn the_summary_is_one_object_with_all_it_promises() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), AAPL).unwrap();
    let json = stdout(folder.path(), &["train", "p.csv", "--format", "json"]);
    assert_eq!(json.lines().count(), 1);
    let json: Value = serde_json::from_str(&json).unwrap();
    let promised = "model series rows windows epochs seconds windows_per_second train_loss valid_loss seed origin date \
                    last_close forecast lower_50 upper_50 lower_90 upper_90 test_rmse naive_rmse";
    for name in promised.split_whitespace() {
        assert!(!json[name].is_null(), "{name}");
    }
    assert_eq!(json["rows"], 3270);
    assert_eq!(json["model"], "model.safetensors");
}

#[test]
fn the_same_seed_gives_the_same_bytes_whatever_the_threads() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), recent()).unwrap();
    let train = |name: &str, extra: &[&str]| {
        let args = [&["train", "p.csv", "-m", name][..], extra].concat();
        fourcast(folder.path(), &args).assert().success();
        fs::read(folder.path().join(name)).unwrap()
    };
    let one = train("one", &["--threads", "1"]);
    assert!(one == train("two", &["--threads", "2"]), "threads changed the model");
    assert!(one == train("again", &[]), "a second run changed the model");
    assert!(one != train("other", &["--seed", "5"]), "another seed changed nothing");
}

#[test]
fn the_textbook_recipe_is_reported_as_worse() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), AAPL).unwrap();
    let args = ["train", "p.csv", "--target", "price", "--loss", "mse", "--format", "table"];
    let summary = stdout(folder.path(), &args);
    assert!(summary.contains("verdict      price: worse than tomorrow = today"), "{summary}");
}

/// A model of price levels cannot forecast levels outside those of its training, and a warning says so.
#[test]
fn a_model_of_price_levels_warns_of_other_levels() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), AAPL).unwrap();
    stderr_of(folder.path(), "train p.csv -q --target price --epochs 1 --until 2004-12-31");
    let warning = "standard deviations from the mean of the prices that the model of price levels was trained on";
    let stderr = stderr_of(folder.path(), "predict p.csv --format value");
    assert!(stderr.contains(warning), "{stderr}");
    let stderr = stderr_of(folder.path(), "predict p.csv --format value --until 2004-12-31");
    assert!(!stderr.contains(warning), "{stderr}");
}

#[test]
fn every_kind_of_network_trains_and_predicts() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), recent()).unwrap();
    for extra in [
        "--layers 2",
        "--hidden 20 --window 9",
        "--window 1",
        "--horizon 5",
        "--features close",
        "--loss mse",
        "--target price --features ohlc",
        "--target price",
        "--valid-fraction 0 --patience 0 --test-fraction 0",
        "--batch-size 100000",
    ] {
        let mut args = vec!["train", "p.csv", "--epochs", "2", "--format", "json"];
        args.extend(extra.split_whitespace());
        let json: Value = serde_json::from_str(&stdout(folder.path(), &args)).unwrap();
        let again: Value =
            serde_json::from_str(&stdout(folder.path(), &["predict", "p.csv", "--format", "json"])).unwrap();
        assert!(json["forecast"].as_f64().unwrap().is_finite(), "{extra}");
        assert_eq!(json["forecast"], again["forecast"], "{extra}");
    }
}

#[test]
fn asking_how_recurrent_weights_start_starts_them_at_random() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), recent()).unwrap();
    let train = |extra: &[&str]| -> Value {
        let args = [&["train", "p.csv", "--epochs", "1", "--format", "json"], extra].concat();
        serde_json::from_str(&stdout(folder.path(), &args)).unwrap()
    };
    let start = |extra: &[&str]| train(extra)["init_from"].as_str().unwrap().to_owned();
    assert_eq!(start(&[]), "pretrained");
    assert_eq!(start(&["--recurrent-init", "glorot"]), "random");
    // With patience, training watches a loss, whichever weights it starts from.
    assert_eq!(start(&["--patience", "2"]), "pretrained");
    assert_ne!(train(&["--patience", "2"])["train_loss"], train(&[])["train_loss"]);
}

/// With a validation fraction, windows are held back to decide when training stops, whichever weights it starts from. A
/// user who sets it expects it to have an effect.
#[test]
fn a_validation_share_decides_when_training_stops() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), recent()).unwrap();
    let config = |extra: &[&str]| {
        let args = [&["train", "p.csv", "--epochs", "1", "--ensemble", "1", "-q"], extra].concat();
        stdout(folder.path(), &args);
        let card: Value = serde_json::from_str(&stdout(folder.path(), &["inspect", "model.safetensors"])).unwrap();
        (card["config"]["valid_fraction"].as_f64().unwrap(), card["config"]["patience"].as_u64().unwrap())
    };
    assert_eq!(config(&[]), (0.0, 0));
    assert_eq!(config(&["--valid-fraction", "0.2"]), (0.2, 5));
    assert_eq!(config(&["--valid-fraction", "0.2", "--init-from", "model.safetensors"]), (0.2, 5));
    assert_eq!(config(&["--valid-fraction", "0.2", "--patience", "2"]), (0.2, 2));
    assert_eq!(config(&["--valid-fraction", "0"]), (0.0, 0));
    // With an explicit patience of 0, the loss is measured but training does not stop early.
    assert_eq!(config(&["--valid-fraction", "0.2", "--patience", "0"]), (0.2, 0));
}

#[test]
fn inspect_describes_files_and_models() {
    let folder = trained();
    let of_file: Value = serde_json::from_str(&stdout(folder.path(), &["inspect", "p.csv"])).unwrap();
    assert_eq!(of_file["rows"], 3270);
    assert_eq!(of_file["last_close"], 430.47);
    let splits = of_file["series"][0]["splits"].as_array().unwrap();
    let dates: Vec<&str> = splits.iter().filter_map(|split| split["date"].as_str()).collect();
    assert_eq!(dates, ["2000-06-21", "2005-02-28"]);
    let of_model: Value = serde_json::from_str(&stdout(folder.path(), &["inspect", "model.safetensors"])).unwrap();
    assert_eq!(of_model["config"]["cell"], "lstm");
    assert_eq!(of_model["training"]["rows"], 3270);
    assert_eq!(of_model["tensors"][0]["name"], "lstm.weight_ih_l0");
    let table = stdout(folder.path(), &["inspect", "p.csv", "model.safetensors", "--format", "table"]);
    assert!(table.contains("'Adj Close' (adjusted close)") && table.contains("data sha-256"), "{table}");
}

#[test]
fn a_file_of_several_tickers_is_predicted_whole_or_one_by_name() {
    let folder = trained();
    let long = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/formats/long_three_tickers.csv");
    let long = long.to_str().unwrap();
    let train = ["train", long, "--features", "close", "-m", "close.st"];
    let output = fourcast(folder.path(), &train).output().unwrap();
    let messages = String::from_utf8(output.stderr).unwrap();
    // Training uses all series too, but these are too short.
    assert_eq!(output.status.code(), Some(1), "{messages}");
    for ticker in ["AAPL", "KO", "XOM"] {
        assert!(messages.contains(&format!("{ticker}: 30 rows of prices, expected at least")), "{messages}");
    }
    assert!(!folder.path().join("close.st").exists());
    fourcast(folder.path(), &["train", "p.csv", "--features", "close", "-m", "close.st"]).assert().success();
    let rows = stdout(folder.path(), &["predict", long, "-m", "close.st", "--quiet"]);
    let series: Vec<&str> = rows.lines().skip(1).filter_map(|row| row.split(',').next()).collect();
    assert_eq!(series, ["AAPL", "KO", "XOM"]);
    let one = stdout(folder.path(), &["predict", long, "-m", "close.st", "--quiet", "--series", "KO"]);
    assert_eq!(one.lines().count(), 2);
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let folder = trained();
    let many = vec!["p.csv"; 200];
    let mut args = vec!["predict", "--format", "json"];
    args.extend(many);
    for args in [args, vec!["train", "--help"]] {
        closes_the_pipe(folder.path(), &args);
    }
}

fn closes_the_pipe(folder: &Path, args: &[&str]) {
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_fourcast"))
        .current_dir(folder)
        .args(args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut messages = String::new();
    child.stderr.take().unwrap().read_to_string(&mut messages).unwrap();
    assert!(child.wait().unwrap().success(), "{messages}");
    assert_eq!(messages, "");
}

/// Runs a command that must succeed; returns standard error.
pub(crate) fn stderr_of(folder: &Path, args: &str) -> String {
    let output = fourcast(folder, &args.split(' ').collect::<Vec<_>>()).output().unwrap();
    let messages = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "fourcast {args}: {messages}");
    messages
}

/// Levels can be below zero (a spread, a rate), and then have no returns. A zero among positive prices is not such a
/// level.
#[test]
fn levels_of_zero_and_below_are_shown_and_can_be_trained_on() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<&str> = AAPL.lines().skip(2600).collect();
    for (level, found) in [("0", "left out 1 row of zeros (line 302)"), ("-3.5", "1 price of zero or below (line 302)")]
    {
        let close = |row: usize| if row == 300 { level } else { rows[row].split(',').nth(4).unwrap() };
        let lines: String = (0..rows.len()).map(|row| format!("{},{}\n", &rows[row][..10], close(row))).collect();
        fs::write(folder.path().join("p.csv"), format!("Date,Close\n{lines}")).unwrap();
        for format in ["table", "json"] {
            let shown = stdout(folder.path(), &["inspect", "p.csv", "--format", format]);
            assert!(shown.contains(found), "{shown}");
        }
        let train = ["train", "p.csv", "--target", "price", "--epochs", "2", "--format", "value"];
        let messages: f64 = stdout(folder.path(), &train).trim().parse().unwrap();
        assert!(messages.is_finite());
        assert_eq!(stdout(folder.path(), &["predict", "p.csv", "--format", "value"]).trim().parse(), Ok(messages));
    }
}

#[test]
fn a_card_has_the_calendar_and_the_number_of_networks() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), recent()).unwrap();
    let card = |ensemble: &str, calendar: &[&str]| {
        let train = ["train", "p.csv", "--epochs", "1", "--quiet", "--ensemble", ensemble];
        stdout(folder.path(), &[&train, calendar].concat());
        stdout(folder.path(), &["inspect", "model.safetensors", "--format", "table"])
    };
    let (one, two) = (card("1", &["--calendar", "NYSE"]), card("2", &[]));
    assert!(one.contains("\n  calendar         nyse\n") && one.contains("\n1 network:\n"), "{one}");
    assert!(!two.contains("calendar ") && two.contains("\n2 networks, each:\n"), "{two}");
}

/// Text from a pipe can be read only once: if its beginning had been read to recognise the format, the header would be
/// lost.
#[cfg(unix)]
#[test]
fn inspect_reads_a_pipe_with_a_name_from_its_beginning() {
    let folder = tempfile::tempdir().unwrap();
    let inspect = ["inspect", "/dev/stdin", "--format", "json"];
    let output = fourcast(folder.path(), &inspect).write_stdin(AAPL).output().unwrap();
    let messages = String::from_utf8_lossy(&output.stderr).into_owned();
    let json: Value = serde_json::from_slice(&output.stdout).expect(&messages);
    assert_eq!(json["rows"], 3270);
    assert_eq!(json["columns"][0]["name"], "Date");
}
