//! `train`, then `predict`, as scripts use them.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::Stdio;

use assert_cmd::Command;
use serde_json::Value;

const AAPL: &str = include_str!("../../data/aapl.csv");

fn fourcast(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::cargo_bin("fourcast").unwrap();
    command.current_dir(folder).args(args);
    command
}

fn stdout(folder: &Path, args: &[&str]) -> String {
    let output = fourcast(folder, args).output().unwrap();
    let messages = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "fourcast {}: {messages}", args.join(" "));
    String::from_utf8(output.stdout).unwrap()
}

/// A folder with Apple's prices and a model trained on them.
fn trained() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), AAPL).unwrap();
    fourcast(folder.path(), &["train", "p.csv", "--quiet"]).assert().success().stderr("");
    folder
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
    stdout(folder.path(), &["train", "p.csv", "--epochs", "1"]);
    assert_eq!(date(&[]), "2012-11-22");
    assert_eq!(date(&["--calendar", "NYSE"]), "2012-11-23");
    stdout(folder.path(), &["train", "p.csv", "--epochs", "1", "--calendar", "nyse"]);
    assert_eq!(date(&[]), "2012-11-23", "the model remembers");
    assert_eq!(date(&["--calendar", "lse"]), "2012-11-22");
    let later = ["predict", "p.csv", "--until", "2005-11-23"];
    let messages = fourcast(folder.path(), &later).output().unwrap();
    assert_eq!(
        String::from_utf8(messages.stderr).unwrap(),
        "warning: p.csv: hindsight: the model was trained on days up to 2013-03-01, after the origin of this forecast, \
         2005-11-23\n\
         warning: p.csv: the holidays of nyse are not known for 2005-11-24: it may be one\n"
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
        assert!(messages.contains("4 rows are too few to measure a volatility"), "{messages}");
    }
    let three = four.lines().take(4).collect::<Vec<_>>().join("\n");
    let output = fourcast(folder.path(), &["predict"]).write_stdin(three).output().unwrap();
    let messages = String::from_utf8(output.stderr).unwrap();
    assert!(messages.contains("3 rows of prices, expected at least 4"), "{messages}");
}

#[test]
fn a_model_answers_for_a_file_it_was_not_trained_on() {
    let folder = trained();
    let fb = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/fb.csv");
    let rows = stdout(folder.path(), &["predict", fb.to_str().unwrap(), "p.csv"]);
    let series: Vec<&str> = rows.lines().skip(1).filter_map(|row| row.split(',').next()).collect();
    assert_eq!(series, ["fb", "p"]);
    let eurusd = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/eurusd.csv");
    fourcast(folder.path(), &["predict", eurusd.to_str().unwrap()]).assert().failure().code(1);
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
    fs::write(folder.path().join("p.csv"), AAPL).unwrap();
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
fn the_textbook_recipe_hears_that_it_does_worse() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), AAPL).unwrap();
    let args = ["train", "p.csv", "--target", "price", "--loss", "mse", "--format", "table"];
    let summary = stdout(folder.path(), &args);
    assert!(summary.contains("verdict      price: worse than tomorrow = today"), "{summary}");
}

/// A model of price levels cannot forecast beyond the levels that it was trained on, and says so.
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
    fs::write(folder.path().join("p.csv"), AAPL).unwrap();
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
fn every_cell_in_every_shape_gives_a_path_whose_intervals_widen() {
    let folder = tempfile::tempdir().unwrap();
    // Three years are enough to train on, and take a quarter of the time.
    let (header, rows) = AAPL.split_once('\n').unwrap();
    let rows: Vec<&str> = rows.lines().collect();
    fs::write(folder.path().join("p.csv"), format!("{header}\n{}", rows[rows.len() - 750..].join("\n"))).unwrap();
    for cell in ["dense", "conv", "rnn", "rnn --activation relu --recurrent-init identity", "gru", "lstm"] {
        for shape in ["many-to-one --horizon 4", "many-to-many --horizon 4", "one-to-many --horizon 4 --layers 2"] {
            let line = format!("train p.csv --epochs 3 --quiet --cell {cell} --topology {shape}");
            stdout(folder.path(), &line.split_whitespace().collect::<Vec<_>>());
            let rows = stdout(folder.path(), &["predict", "p.csv"]);
            let rows: Vec<Vec<f64>> = rows
                .lines()
                .skip(1)
                .map(|row| row.split(',').skip(4).take(5).map(|cell| cell.parse().unwrap()).collect())
                .collect();
            assert_eq!(rows.len(), if shape.starts_with("many-to-one") { 1 } else { 4 }, "{line}");
            for row in &rows {
                // forecast, then lower and upper at 50 % and at 90 %
                let inward = [row[3], row[1], row[0], row[2], row[4]];
                assert!(inward.iter().all(|price| price.is_finite()) && inward.is_sorted(), "{line}: {row:?}");
            }
            let widths: Vec<f64> = rows.iter().map(|row| (row[4] / row[3]).ln()).collect();
            assert!(widths.is_sorted_by(|a, b| a < b), "{line}: {widths:?}");
        }
    }
}

/// A level network knows nothing of time: its intervals would be as wide on every day of a path.
#[test]
fn the_intervals_of_a_path_of_levels_widen_too() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), AAPL).unwrap();
    let line = "train p.csv --epochs 2 --quiet --cell rnn --topology one-to-many --horizon 6 --target price";
    stdout(folder.path(), &line.split(' ').collect::<Vec<_>>());
    let rows = stdout(folder.path(), &["predict", "p.csv"]);
    let rows: Vec<Vec<f64>> = rows
        .lines()
        .skip(1)
        .map(|row| row.split(',').skip(4).take(5).map(|cell| cell.parse().unwrap()).collect())
        .collect();
    for (lower, upper) in [(1, 2), (3, 4)] {
        let widths: Vec<f64> = rows.iter().map(|row| row[upper] - row[lower]).collect();
        assert!(widths.len() == 6 && widths.is_sorted_by(|a, b| a < b), "{widths:?}");
    }
}

#[test]
fn asking_how_recurrent_weights_start_starts_them_at_random() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), AAPL).unwrap();
    let train = |extra: &[&str]| -> Value {
        let args = [&["train", "p.csv", "--epochs", "1", "--format", "json"], extra].concat();
        serde_json::from_str(&stdout(folder.path(), &args)).unwrap()
    };
    let start = |extra: &[&str]| train(extra)["init_from"].as_str().unwrap().to_owned();
    assert_eq!(start(&[]), "pretrained");
    assert_eq!(start(&["--recurrent-init", "glorot"]), "random");
    // Patience has a loss to watch, wherever the weights start.
    assert_eq!(start(&["--patience", "2"]), "pretrained");
    assert_ne!(train(&["--patience", "2"])["train_loss"], train(&[])["train_loss"]);
}

/// Days are held back to decide when training stops, wherever the weights start; nobody who asks for
/// them wants them held back for nothing.
#[test]
fn a_validation_share_decides_when_training_stops() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), AAPL).unwrap();
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
    // Who says so sees the loss and never stops.
    assert_eq!(config(&["--valid-fraction", "0.2", "--patience", "0"]), (0.2, 0));
}

/// Two columns of one name would be one to whoever reads them.
#[test]
fn every_level_has_columns_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), AAPL).unwrap();
    let header = |levels: &str| {
        let rows = stdout(folder.path(), &["predict", "p.csv", "-q", "--levels", levels]);
        let names = rows.lines().next().unwrap().split(',').skip(5).map(str::to_owned);
        names.take_while(|name| name != "model").collect::<Vec<_>>()
    };
    assert_eq!(header("0.9,0.07,0.5"), ["lower_90", "upper_90", "lower_7", "upper_7", "lower_50", "upper_50"]);
    assert_eq!(header("0.5,0.500000001"), ["lower_50", "upper_50", "lower_50.0000001", "upper_50.0000001"]);
    assert_eq!(header("0.999999,0.99999899999").len(), 4);
    // The same level twice is one.
    assert_eq!(header("0.5,0.9,0.50"), ["lower_50", "upper_50", "lower_90", "upper_90"]);
    let walk = ["backtest", "p.csv", "--test-days", "20", "--epochs", "1", "--ensemble", "1", "--baselines", "naive"];
    let rows = stdout(folder.path(), &[&walk[..], &["-q", "--levels", "0.9,0.900000000001,0.9"]].concat());
    let names: Vec<&str> = rows.lines().next().unwrap().split(',').collect();
    let mut each = names.clone();
    each.sort_unstable();
    each.dedup();
    assert_eq!(each.len(), names.len(), "{names:?}");
    assert!(names.contains(&"width_90.0000000001"), "{names:?}");
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
    // Training takes all of them too, and these are too short.
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

/// Standard error of a command that succeeds.
fn stderr_of(folder: &Path, args: &str) -> String {
    let output = fourcast(folder, &args.split(' ').collect::<Vec<_>>()).output().unwrap();
    let messages = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "fourcast {args}: {messages}");
    messages
}

/// A model knows the days it was trained on, of whichever series and by whichever way.
#[test]
fn a_forecast_of_a_day_that_the_model_has_seen_says_so() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), AAPL).unwrap();
    let hindsight = |last: &str, origin: &str| {
        format!("hindsight: the model was trained on days up to {last}, after the origin of this forecast, {origin}\n")
    };
    assert_eq!(stderr_of(folder.path(), "train p.csv -q --epochs 1 --ensemble 1"), "");
    assert_eq!(stderr_of(folder.path(), "predict p.csv"), "");
    let expected = format!("warning: p.csv: {}", hindsight("2013-03-01", "2012-06-29"));
    assert_eq!(stderr_of(folder.path(), "predict p.csv --until 2012-06-30"), expected);
    // The file itself ends earlier, and the model is one that was trained on from another.
    let early: Vec<&str> = AAPL.lines().take(2001).collect();
    fs::write(folder.path().join("early.csv"), early.join("\n")).unwrap();
    let train = "train early.csv -q -m e.st --epochs 1 --ensemble 1 --init-from model.safetensors";
    assert_eq!(stderr_of(folder.path(), train), "");
    let messages = stderr_of(folder.path(), "predict early.csv -m e.st");
    assert!(messages.contains(&hindsight("2013-03-01", &early[2000][..10])), "{messages}");
    assert!(!stderr_of(folder.path(), "predict p.csv -m e.st").contains("hindsight"));
}

/// Returns of one size: an interval contains all of them or none, whatever its level.
#[test]
fn intervals_that_miss_their_level_are_not_said_to_be_right() {
    let folder = tempfile::tempdir().unwrap();
    let (mut state, mut close) = (7_u32, 100.0);
    let mut text = "date,close\n".to_owned();
    let mut day = jiff::civil::date(2015, 1, 1);
    for _ in 0..900 {
        day = day.tomorrow().unwrap();
        if day.weekday().to_monday_one_offset() > 5 {
            continue;
        }
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        close *= if state >> 31 == 0 { 1.01 } else { 1.0 / 1.01 };
        text += &format!("{day},{close:.6}\n");
    }
    fs::write(folder.path().join("p.csv"), text).unwrap();
    let run = |args: &str| {
        let output = Command::cargo_bin("fourcast").unwrap().current_dir(folder.path()).args(args.split(' ')).output();
        let output = output.unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let train = "train p.csv --epochs 1 --ensemble 1 --report page.html";
    let (code, out, stderr) = run(&format!("{train} --format json"));
    assert_eq!(code, Some(0), "{stderr}");
    let summary: serde_json::Value = serde_json::from_str(&out).unwrap();
    let warning = summary["coverage_warning"].as_str().unwrap();
    assert!(warning.starts_with("1 day ahead the 50 % interval contained "), "{warning}");
    assert!(warning.contains("further from the level than chance explains"), "{warning}");
    assert!(stderr.contains(&format!("warning: p.csv: {warning}\n")), "{stderr}");
    let page = fs::read_to_string(folder.path().join("page.html")).unwrap();
    assert_eq!(page.matches(warning.split('(').next().unwrap()).count(), 2, "at the top and in the test");
    let (_, table, _) = run(&format!("{train} --format table"));
    assert!(table.contains("\nwarning: 1 day ahead the 50 % interval contained "), "{table}");
    assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
    let (_, card, _) = run("inspect model.safetensors --format table");
    assert!(card.contains("\n  warning          1 day ahead"), "{card}");
    let (code, _, stderr) = run(&format!("{train} --strict -m other.st"));
    assert!(code == Some(1) && stderr.contains(warning) && !folder.path().join("other.st").exists(), "{stderr}");
    let (code, out, stderr) = run("train p.csv --each --models models --epochs 1 --ensemble 1 --format json");
    assert!(code == Some(0) && out.contains(warning) && stderr.contains(warning), "{out}{stderr}");
}

#[test]
fn intervals_that_are_not_calibrated_have_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), AAPL).unwrap();
    let short: Vec<&str> = AAPL.lines().take(201).collect();
    fs::write(folder.path().join("short.csv"), short.join("\n")).unwrap();
    let quick = "-q --epochs 1 --ensemble 1";
    stderr_of(folder.path(), &format!("train p.csv {quick} -m first.st"));
    for (train, reason) in [
        ("p.csv --test-fraction 0", "a test fraction of 0 leaves no days to calibrate them on"),
        ("p.csv --test-fraction 0.01", "32 test days are too few to calibrate them on, expected at least 100"),
        ("short.csv", "33 test days are too few to calibrate them on, expected at least 100"),
        ("p.csv --init-from first.st", "the initial weights may have seen test days (up to 2013-03-01)"),
    ] {
        let summary =
            stdout(folder.path(), &format!("train {train} {quick} --format table").split(' ').collect::<Vec<_>>());
        let expected = format!("intervals not calibrated (raw distribution):\n  {reason}\n");
        assert!(summary.contains(&expected), "{summary}");
        let messages = stderr_of(folder.path(), "predict p.csv -m model.safetensors");
        assert!(
            messages.contains(&format!("warning: p.csv: the prediction intervals are not calibrated: {reason}\n")),
            "{messages}"
        );
        let card = stdout(folder.path(), &["inspect", "model.safetensors", "--format", "table"]);
        assert!(card.contains(&format!("calibration      none: {reason}\n")), "{card}");
    }
    let walk = "backtest p.csv --test-days 50 --refit-every 50 --baselines naive --epochs 1 --ensemble 1";
    let messages = stderr_of(folder.path(), &format!("{walk} --test-fraction 0"));
    let expected = "the prediction intervals of 1 of 1 fit are not calibrated: a test fraction of 0 leaves no days to calibrate them on\n";
    assert!(messages.ends_with(expected), "{messages}");
}

/// A model in the folder forecasts where the command line names none, and a warning names its series.
#[test]
fn a_model_that_the_command_line_does_not_name_is_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), AAPL).unwrap();
    fs::write(folder.path().join("q.csv"), AAPL).unwrap();
    let closes: String = AAPL
        .lines()
        .map(|line| line.split(',').collect::<Vec<_>>())
        .fold(String::new(), |text, row| text + &format!("{},{}\n", row[0], row[4]));
    fs::write(folder.path().join("closes.csv"), closes).unwrap();
    stderr_of(folder.path(), "train p.csv -q --epochs 1 --ensemble 1");
    let found = "model.safetensors, found in this folder, was trained on p, 2000-03-01 to 2013-03-01";
    let pretrained = "pass --pretrained to forecast with the networks pretrained on simulated markets";
    let warning = format!(
        "warning: q.csv: {found}\n  help: pass -m model.safetensors if that is meant; otherwise name another model, or \
         {pretrained}\n"
    );
    assert_eq!(stderr_of(folder.path(), "predict q.csv q.csv p.csv"), warning, "once a run");
    assert_eq!(stderr_of(folder.path(), "predict p.csv q.csv"), warning);
    for silent in
        ["predict p.csv", "predict q.csv -q", "predict q.csv -m model.safetensors", "predict q.csv --pretrained"]
    {
        assert_eq!(stderr_of(folder.path(), silent), "", "{silent}");
    }

    // It does not take the place of the pretrained networks in silence, nor without a way to them.
    let output = fourcast(folder.path(), &["predict", "closes.csv", "-q"]).output().unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
    let expected = format!(
        "error: closes.csv: no open, high and low, expected them: the model was trained on them ({found})\n  help: name \
         another model with -m FILE, train one of this file with: fourcast train closes.csv -m FILE, or {pretrained}\n"
    );
    assert_eq!(String::from_utf8(output.stderr).unwrap(), expected);
    // What was typed to read the file is typed again.
    let typed = ["predict", "closes.csv", "-q", "--price-column", "Close", "--splits", "as-is"];
    let messages = String::from_utf8(fourcast(folder.path(), &typed).output().unwrap().stderr).unwrap();
    let train = "fourcast train closes.csv --price-column Close --splits as-is -m FILE";
    assert!(messages.contains(train), "{messages}");
    stderr_of(
        folder.path(),
        &format!("{} -q --epochs 1 --ensemble 1", train["fourcast ".len()..].replace("FILE", "c.st")),
    );
    let answer = stdout(folder.path(), &["predict", "closes.csv", "--pretrained"]);
    stderr_of(folder.path(), "train closes.csv -q --epochs 1 --ensemble 1 --splits as-is -m closes.st");
    stderr_of(folder.path(), "predict closes.csv -m closes.st");
    fs::remove_file(folder.path().join("model.safetensors")).unwrap();
    assert_eq!(stdout(folder.path(), &["predict", "closes.csv"]), answer);

    // A damaged one, and rows that no model has enough of.
    fs::write(folder.path().join("model.safetensors"), "prices?").unwrap();
    let output = fourcast(folder.path(), &["predict", "p.csv"]).output().unwrap();
    let messages = String::from_utf8(output.stderr).unwrap();
    assert!(
        messages.starts_with("error: model.safetensors: ") && messages.ends_with(&format!(", or {pretrained}\n")),
        "{messages}"
    );
    stderr_of(folder.path(), "predict p.csv --pretrained");
    let both = fourcast(folder.path(), &["predict", "p.csv", "--pretrained", "-m", "closes.st"]).output().unwrap();
    assert_eq!(both.status.code(), Some(2));
}

/// Whatever fails because of a model that the command line does not name names it, and offers what works in its place.
#[test]
fn every_error_of_a_model_found_in_the_folder_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let rows: Vec<&str> = AAPL.lines().skip(1).collect();
    // Columns of the file by number; 7 is one of words, 8 one of numbers.
    let table = |rows: &[&str], columns: &[usize], header: &str| {
        let row = |(row, line): (usize, &&str)| {
            let cells: Vec<&str> = line.split(',').collect();
            let further = ["word".to_owned(), format!("{}", 20 + row % 7)];
            let cell = |column: &usize| further.get(column - 7).cloned();
            let cells = columns
                .iter()
                .map(|column| if *column < 7 { cells[*column].to_owned() } else { cell(column).unwrap() });
            cells.collect::<Vec<_>>().join(",") + "\n"
        };
        format!("{header}\n{}", rows.iter().enumerate().map(row).collect::<String>())
    };
    let recent = &rows[2900..];
    write("all.csv", &table(recent, &[0, 4], "Date,Settle"));
    write("vix.csv", &table(recent, &[0, 4, 8], "Date,Close,VIX"));
    write("plain.csv", &table(recent, &[0, 4], "Date,Close"));
    write("words.csv", &table(recent, &[0, 4, 7], "Date,Close,VIX"));
    let weeks: Vec<&str> = rows.iter().copied().filter(|line| is_friday(line)).collect();
    write("weeks.csv", &table(&weeks, &[0, 4], "Date,Close"));
    write("ohlc.csv", AAPL);
    let model = |args: &str| {
        let quick = format!("train -q --epochs 1 --ensemble 1 --splits as-is {args}");
        stderr_of(folder.path(), &quick);
    };
    let fails = |args: &str, expected: &str| {
        let args: Vec<&str> = args.split(' ').collect();
        let output = fourcast(folder.path(), &args).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_ne!(output.status.code(), Some(0), "{args:?}");
        assert!(error.contains(expected), "{args:?}: {error}");
        assert!(error.contains("(model.safetensors, found in this folder, was trained on "), "{args:?}: {error}");
        let offer = "pass --pretrained";
        let Some(at) = error.find(offer) else { panic!("{args:?}: {error}") };
        let weekly = if error[at..].starts_with("pass --pretrained --frequency weekly") {
            &["--frequency", "weekly"][..]
        } else {
            &[]
        };
        let args = [&args[..], &["--pretrained"], weekly].concat();
        let output = fourcast(folder.path(), &args).output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    model("all.csv --price-column Settle");
    fails("predict plain.csv", "no price column 'Settle'");
    fails("explain plain.csv", "no price column 'Settle'");
    model("vix.csv --past VIX");
    fails("predict plain.csv", "no column 'VIX'");
    fails("predict words.csv", "column 'VIX': cannot read 'word' as a number");
    write("dates.csv", "2008-01-02\n2012-12-20\n");
    model("plain.csv --events dates.csv");
    fails("predict plain.csv", "no events, expected 'dates'");
    model("weeks.csv --frequency weekly");
    fails("predict plain.csv", "the model was trained on weekly prices");
    fails("predict plain.csv --frequency daily", "daily rows, expected weekly ones");
    model("ohlc.csv --window 22");
    write("ohlc.csv", &AAPL.lines().take(15).map(|line| format!("{line}\n")).collect::<String>());
    fails("predict ohlc.csv", "14 rows of prices, expected at least 22");
    fails("predict weeks.csv", "the model was trained on daily prices");
    model("plain.csv --horizon 1 --topology many-to-one");
    fails("predict plain.csv --path 5", "ahead is asked for, and the model forecasts");
    fails("explain plain.csv --member 2", "no member 2");
}

/// Whether a row of prices is of a Friday.
fn is_friday(row: &str) -> bool {
    row[..10].parse::<jiff::civil::Date>().unwrap().weekday() == jiff::civil::Weekday::Friday
}

/// Of a wide file a series typed goes before a column that the model records.
#[test]
fn a_series_typed_goes_before_a_column_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let rows = AAPL.lines().skip(2900).enumerate().map(|(row, line)| {
        let cells: Vec<&str> = line.split(',').collect();
        [cells[0].to_owned(), cells[4].to_owned(), format!("{}.5", 100 + row * 7 % 13)]
    });
    let rows: Vec<[String; 3]> = rows.collect();
    let wide: String = rows.iter().map(|[date, one, two]| format!("{date},{one},{two}\n")).collect();
    fs::write(folder.path().join("wide.csv"), format!("Date,NDQ,SPX\n{wide}")).unwrap();
    fs::write(folder.path().join("other.csv"), format!("Date,DJI,SPX\n{wide}")).unwrap();
    let long = |[date, one, two]: &[String; 3]| format!("{date},A,{one},{two}\n{date},B,{two},{one}\n");
    let long: String = rows.iter().map(long).collect();
    fs::write(folder.path().join("long.csv"), format!("Date,Ticker,NDQ,Close\n{long}")).unwrap();
    stderr_of(folder.path(), "train wide.csv --price-column NDQ -q --epochs 1 --ensemble 1 --splits as-is -m ndq.st");
    for (args, series) in [
        ("wide.csv", "NDQ"),
        ("wide.csv --series NDQ", "NDQ"),
        ("wide.csv --series SPX", "SPX"),
        ("wide.csv --series spx", "SPX"),
        ("wide.csv --price-column SPX", "SPX"),
        ("wide.csv --price-column NDQ --series NDQ", "NDQ"),
        ("other.csv --series SPX", "SPX"),
        ("other.csv --price-column DJI", "DJI"),
        ("long.csv --series A", "A"),
        ("long.csv --ticker-column Ticker --series B", "B"),
        ("long.csv --series B --price-column Close", "B"),
    ] {
        let args: Vec<&str> = "predict -q -m ndq.st --format csv".split(' ').chain(args.split(' ')).collect();
        let answer = stdout(folder.path(), &args);
        let lines: Vec<&str> = answer.lines().collect();
        assert_eq!(lines.len(), 2, "{args:?}: {answer}");
        assert!(lines[1].starts_with(&format!("{series},")), "{args:?}: {answer}");
    }
    // Two columns typed contradict each other.
    let args = "predict -q -m ndq.st wide.csv --price-column SPX --series NDQ".split(' ').collect::<Vec<_>>();
    let output = fourcast(folder.path(), &args).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("no series 'NDQ', expected one of 'SPX'"), "{error}");
}

/// Levels may be below zero (a spread, a rate), where returns cannot be made of them. A zero among prices above it is
/// none.
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
fn a_card_tells_the_calendar_and_counts_its_networks() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), AAPL).unwrap();
    let card = |ensemble: &str, calendar: &[&str]| {
        let train = ["train", "p.csv", "--epochs", "1", "--quiet", "--ensemble", ensemble];
        stdout(folder.path(), &[&train, calendar].concat());
        stdout(folder.path(), &["inspect", "model.safetensors", "--format", "table"])
    };
    let (one, two) = (card("1", &["--calendar", "NYSE"]), card("2", &[]));
    assert!(one.contains("\n  calendar         nyse\n") && one.contains("\n1 network:\n"), "{one}");
    assert!(!two.contains("calendar ") && two.contains("\n2 networks, each:\n"), "{two}");
}

/// What comes through a pipe comes once: a look at its beginning would be the end of the header.
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
