//! `fourcast update`: new rows are added to a model.

use std::fs;
use std::path::Path;

use crate::made_once::made_once;
use assert_cmd::Command;
use serde_json::Value;

pub(crate) const AAPL: &str = include_str!("../../data/aapl.csv");
pub(crate) const FB: &str = include_str!("../../data/fb.csv");
pub(crate) const FAST: &str = "--epochs 2 --ensemble 1 -q";

pub(crate) fn run(folder: &Path, line: &str) -> (Option<i32>, String, String) {
    let output = Command::cargo_bin("fourcast").unwrap().current_dir(folder).args(line.split(' ')).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

pub(crate) fn json(folder: &Path, line: &str) -> Value {
    let (code, out, stderr) = run(folder, &format!("{line} --format json"));
    assert_eq!((code, stderr.as_str()), (Some(0), ""), "{line}");
    serde_json::from_str(&out).unwrap()
}

/// Returns the header and the first `rows` rows of Apple's prices.
pub(crate) fn first(rows: usize) -> String {
    AAPL.lines().take(rows + 1).map(|line| format!("{line}\n")).collect()
}

/// Creates a folder with Apple's prices, and models of all rows except the last 70.
pub(crate) fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), first(3200)).unwrap();
    let model = made_once("update", || {
        assert_eq!(run(folder.path(), &format!("train p.csv {FAST}")).0, Some(0));
        fs::read(folder.path().join("model.safetensors")).unwrap()
    });
    fs::write(folder.path().join("p.csv"), AAPL).unwrap();
    for name in ["model.safetensors", "old.st"] {
        fs::write(folder.path().join(name), &model).unwrap();
    }
    folder
}

pub(crate) fn number(row: &Value, key: &str) -> f64 {
    row[key].as_f64().unwrap_or_else(|| panic!("{key}: {row}"))
}

#[test]
fn calibration_moves_to_the_last_row_and_the_weights_stay() {
    let folder = folder();
    let before = json(folder.path(), "inspect old.st");
    let row = json(folder.path(), "update p.csv");
    assert_eq!((&row["new_rows"], &row["outcomes"], &row["epochs"]), (&70.into(), &70.into(), &0.into()));
    assert_eq!((&row["last"], &row["written"]), (&"2013-03-01".into(), &true.into()));
    assert!((0.3..0.7).contains(&number(&row, "coverage_50")) && number(&row, "coverage_90") > 0.8, "{row}");
    let change = number(&row, "width_90_after") / number(&row, "width_90_before") - 1.0;
    assert!((change - number(&row, "drift")).abs() < 1e-6 && change != 0.0 && change.abs() < 0.05, "{row}");

    let after = json(folder.path(), "inspect model.safetensors");
    let days = |card: &Value| card["calibration"]["days"].as_u64().unwrap();
    assert_eq!(days(&after), days(&before) + 70);
    assert_eq!(after["calibration"]["last"], "2013-02-28", "the last origin whose outcome is known");
    assert_eq!((&after["evaluation"], &after["training"]), (&before["evaluation"], &before["training"]));
    assert_eq!((&after["update"]["until"], &after["update"]["rows"]), (&"2013-03-01".into(), &70.into()));
    // The forecast has the interval that the update announced, around the same median.
    let forecast = json(folder.path(), "predict p.csv");
    let width = number(&forecast, "upper_90") - number(&forecast, "lower_90");
    assert!((width / number(&row, "width_90_after") - 1.0).abs() < 1e-4, "{forecast} {row}");
    assert_eq!((&forecast["model"], &forecast["hindsight"]), (&row["hash"], &false.into()));
    // A forecast from an earlier origin is now marked as hindsight.
    let (_, _, stderr) = run(folder.path(), "predict p.csv --until 2013-02-01");
    assert!(stderr.contains("hindsight: the model was updated with days up to 2013-03-01"), "{stderr}");
}

/// Each outcome counts once, whether rows are added together or in parts. Without new rows, nothing is written.
#[test]
fn updates_in_parts_are_nearly_one_update() {
    let folder = folder();
    fs::copy(folder.path().join("old.st"), folder.path().join("parts.st")).unwrap();
    for rows in [3201, 3202, 3210, 3240, 3270] {
        fs::write(folder.path().join("p.csv"), first(rows)).unwrap();
        json(folder.path(), "update p.csv -m parts.st");
    }
    json(folder.path(), "update p.csv -m old.st");
    let [parts, whole] = ["parts.st", "old.st"].map(|model| json(folder.path(), &format!("inspect {model}")));
    assert_eq!(parts["update"]["outcomes"], whole["update"]["outcomes"]);
    assert_eq!((&parts["update"]["count"], &whole["update"]["count"]), (&5.into(), &1.into()));
    let [parts, whole] = ["parts.st", "old.st"].map(|model| json(folder.path(), &format!("predict p.csv -m {model}")));
    assert_eq!(parts["forecast"], whole["forecast"]);
    let width = |row: &Value| number(row, "upper_90") - number(row, "lower_90");
    assert!((width(&parts) / width(&whole) - 1.0).abs() < 0.01, "{parts} {whole}");

    let bytes = fs::read(folder.path().join("old.st")).unwrap();
    let again = json(folder.path(), "update p.csv -m old.st");
    assert_eq!((&again["new_rows"], &again["written"], &again["drift"]), (&0.into(), &false.into(), &Value::Null));
    assert_eq!(fs::read(folder.path().join("old.st")).unwrap(), bytes);
    let (_, table, _) = run(folder.path(), "update p.csv -m old.st --format table");
    assert_eq!(table, "p: no new rows\n");
}

#[test]
fn a_drift_past_its_limit_leaves_the_model() {
    let folder = folder();
    let bytes = fs::read(folder.path().join("old.st")).unwrap();
    let (code, out, stderr) = run(folder.path(), "update p.csv -m old.st --max-drift 0 --format json");
    assert_eq!(code, Some(3));
    let row: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(row["written"], false);
    assert!(
        stderr.starts_with("error: old.st: the 90 % interval is ") && stderr.contains("past --max-drift 0"),
        "{stderr}"
    );
    assert_eq!(fs::read(folder.path().join("old.st")).unwrap(), bytes);
    let (code, table, _) = run(folder.path(), "update p.csv -m old.st --max-drift 0.5 --save-as new.st --format table");
    assert_eq!(code, Some(0));
    assert!(table.starts_with("p: 70 new rows, 2012-11-19 to 2013-03-01\n  model            new.st\n"), "{table}");
    assert_eq!(fs::read(folder.path().join("old.st")).unwrap(), bytes);
    assert!(folder.path().join("new.st").is_file());
}

/// Further training of the weights keeps the calibration, which was measured on forecasts of the earlier weights.
#[test]
fn epochs_train_the_weights_on_and_keep_the_calibration() {
    let folder = folder();
    let row = json(folder.path(), "update p.csv -m old.st --epochs 1 --save-as new.st -q");
    assert_eq!((&row["epochs"], &row["written"]), (&1.into(), &true.into()));
    let [old, new] = ["old.st", "new.st"].map(|model| json(folder.path(), &format!("inspect {model}")));
    assert_eq!(new["calibration"]["days"].as_u64(), old["calibration"]["days"].as_u64().map(|days| days + 70));
    assert_eq!((&new["config"], &new["evaluation"]), (&old["config"], &old["evaluation"]));
    // The new rows count as training rows, and the next update continues after them.
    assert_eq!((&new["update"]["rows"], &new["update"]["last"]["rows"]), (&0.into(), &70.into()));
    assert_eq!((&new["training"]["last"], &new["training"]["rows"]), (&"2013-03-01".into(), &3270.into()));
    let [old, new] = ["old.st", "new.st"].map(|model| json(folder.path(), &format!("predict p.csv -m {model}")));
    assert_ne!(old["forecast"], new["forecast"]);
    assert_eq!(new["calibrated"], true);
}

#[test]
fn what_cannot_be_updated_is_an_error_that_says_what_to_do() {
    let folder = folder();
    fs::write(folder.path().join("fb.csv"), FB).unwrap();
    let lines: Vec<&str> = AAPL.lines().collect();
    fs::write(folder.path().join("late.csv"), [&[lines[0]], &lines[3211..]].concat().join("\n")).unwrap();
    // The same days with prices of other days.
    let reversed = lines[1..].iter().zip(lines[1..].iter().rev()).map(|(one, other)| {
        let [(day, _), (_, prices)] = [one, other].map(|line| line.split_once(',').unwrap());
        format!("{day},{prices}\n")
    });
    fs::write(folder.path().join("same.csv"), format!("{}\n{}", lines[0], reversed.collect::<String>())).unwrap();
    // Another company under the same name, and a row with a future date.
    fs::create_dir(folder.path().join("other")).unwrap();
    fs::write(folder.path().join("other/p.csv"), FB).unwrap();
    fs::copy(folder.path().join("old.st"), folder.path().join("future.st")).unwrap();
    fs::write(folder.path().join("future.csv"), format!("{AAPL}2099-07-06,430,433,429,431,1000000,431\n")).unwrap();
    let tickers: String = (1..=28).map(|day| format!("2024-01-{day:02},A,1\n2024-01-{day:02},B,2\n")).collect();
    fs::write(folder.path().join("tickers.csv"), format!("date,ticker,close\n{tickers}")).unwrap();
    assert_eq!(run(folder.path(), &format!("train p.csv fb.csv {FAST} -m many.st")).0, Some(0));
    for (line, code, message, help) in [
        ("update p.csv -m none.st", 1, "none.st: no such file", "fourcast train"),
        (
            "update late.csv -m old.st",
            1,
            "error: late.csv: these are not known to be the prices of 'p' that old.st was trained on: they begin on 2012-12-04 \
             and contain only 0 of the 16 days whose returns the model stores, expected at least 3: rows from before \
             2012-11-14 are required\n",
            "name the file of its series",
        ),
        (
            "update fb.csv",
            1,
            "these are not the prices of 'p' that model.safetensors was trained on: 8 of 8 days compared differ: the close of \
             2012-",
            "name the file of its series, or train a model of these with: fourcast train",
        ),
        (
            "update same.csv -m old.st --splits as-is -q",
            1,
            "these are not the prices of 'p' that old.st was trained on: 16 of 16 days compared differ: ",
            "train a model of these with: fourcast train ",
        ),
        (
            "update other/p.csv -m old.st -q",
            1,
            "these are not the prices of 'p' that old.st was trained on: 8 of 8 days compared differ",
            "name the file",
        ),
        ("update future.csv -m future.st", 1, "the last row is dated 2099-07-06, after", ""),
        ("update p.csv -m many.st", 1, "the model was trained on 2 series, expected", "fourcast train"),
        ("update p.csv fb.csv", 2, "2 files, expected one", ""),
        ("update p.csv --max-drift x", 2, "expected a fraction from 0", ""),
    ] {
        let (found, out, stderr) = run(folder.path(), line);
        assert_eq!((found, out.as_str()), (Some(code), ""), "{line}: {stderr}");
        assert!(stderr.contains(message) && stderr.contains(help), "{line}: {stderr}");
    }
    let (code, _, stderr) = run(folder.path(), "update tickers.csv -m old.st -q");
    assert_eq!(code, Some(1));
    assert!(stderr.contains("several series, expected one") && stderr.contains("--models DIR"), "{stderr}");
    fs::remove_file(folder.path().join("model.safetensors")).unwrap();
    let (code, _, stderr) = run(folder.path(), "update p.csv");
    assert_eq!(code, Some(1));
    assert!(stderr.contains("no model.safetensors in this folder, expected the model to update"), "{stderr}");
}

/// Repeated rows of a feed that has stopped are not outcomes: the prices of these days count as new when they arrive.
/// Adjusted closes that changed because of a dividend are recognised as the same series.
#[test]
fn repeated_rows_are_left_out() {
    let folder = folder();
    let last = AAPL.lines().nth(3200).unwrap().split_once(',').unwrap().1;
    let frozen: String = (19..=23).map(|day| format!("2012-11-{day},{last}\n")).collect();
    fs::write(folder.path().join("p.csv"), first(3200) + &frozen).unwrap();
    let (code, out, stderr) = run(folder.path(), "update p.csv -m old.st --format json");
    let row: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &row["new_rows"], &row["written"]), (Some(0), &0.into(), &false.into()));
    assert!(stderr.contains("the last 5 rows repeat the prices before them and are left out"), "{stderr}");
    let one = first(3200) + frozen.lines().next().unwrap();
    fs::write(folder.path().join("p.csv"), one).unwrap();
    let (_, _, stderr) = run(folder.path(), "update p.csv -m old.st");
    assert!(stderr.contains("the last row repeats the prices before it and is left out"), "{stderr}");
    let paid = |line: &str| {
        let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        if let Ok(price) = cells[5].parse::<f64>() {
            cells[5] = (price * 0.99).to_string();
        }
        cells.join(",")
    };
    fs::write(folder.path().join("p.csv"), AAPL.lines().map(|line| paid(line) + "\n").collect::<String>()).unwrap();
    // The change is reported once, as a note.
    let (code, out, stderr) = run(folder.path(), "update p.csv -m old.st --strict --format json");
    assert!(code == Some(0) && out.contains("\"new_rows\":70"), "{stderr}");
    assert_eq!(stderr, CHANGED);
    assert_eq!(json(folder.path(), "update p.csv -m old.st --strict")["new_rows"], 0);
}

pub(crate) const CHANGED: &str = "p.csv: a row up to 2012-11-16 has changed since the last training or update (a volume, an \
                       adjusted close, a covariate, or open, high or low): the returns that the model stores agree, and the \
                       outcomes are not counted again\n";

/// A row that has changed is reported once, anywhere in the file.
#[test]
fn a_changed_row_is_named_in_the_update_that_finds_it() {
    let folder = folder();
    let lines: Vec<&str> = AAPL.lines().collect();
    let changed = |row: usize, rows: usize| -> String {
        let more = format!("{}1", lines[row]);
        let line = |(place, line): (usize, &&str)| format!("{}\n", if place == row { &more } else { *line });
        lines.iter().take(rows + 1).enumerate().map(line).collect()
    };
    let update = |text: String| {
        fs::write(folder.path().join("p.csv"), text).unwrap();
        let (code, _, stderr) = run(folder.path(), "update p.csv -m old.st --strict");
        assert_eq!(code, Some(0), "{stderr}");
        stderr
    };
    assert_eq!(update(changed(1500, 3210)), CHANGED);
    assert_eq!(update(changed(1500, 3220)), "");
    // A row of an update has changed, and then the file is the earlier one again.
    assert_eq!(update(changed(3215, 3230)), CHANGED.replace("2012-11-16", "2012-12-17"));
    assert_eq!(update(first(3240)), CHANGED.replace("2012-11-16", "2013-01-02"));
    // Nothing is known about rows before the first day that is read.
    fs::write(folder.path().join("p.csv"), changed(3215, 3250)).unwrap();
    assert_eq!(run(folder.path(), "update p.csv -m old.st --strict --since 2004-01-01").2, "");
}

/// Nearly half of the closes of a pegged currency repeat the previous close, so a repeated last close is no sign of a
/// stopped feed.
#[test]
fn a_repeated_price_of_a_peg_is_a_price() {
    let folder = tempfile::tempdir().unwrap();
    let mut state = 7_u64;
    let mut price = 37500;
    let mut rows = "Date,Close\n".to_owned();
    let first = jiff::civil::date(2018, 1, 1);
    for day in 0..320 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // Moves by the smallest unit, towards the peg.
        price += match (state >> 33) % 4 {
            0 => 1,
            1 => -1,
            _ => 0,
        };
        price += (37500 - price) / 4;
        rows += &format!("{},{:.4}\n", first + jiff::Span::new().days(day), f64::from(price) / 1e4);
    }
    let cut = |count: usize| rows.lines().take(count + 1).map(|line| format!("{line}\n")).collect::<String>();
    let last = |count: usize| rows.lines().nth(count).unwrap().split(',').nth(1).unwrap().to_owned();
    let repeated = (260..320).find(|count| last(*count) == last(*count - 1)).unwrap();
    fs::write(folder.path().join("sar.csv"), cut(repeated - 1)).unwrap();
    let (code, _, stderr) = run(folder.path(), &format!("train sar.csv {FAST} -m m.st"));
    assert_eq!(code, Some(0), "{stderr}");
    fs::write(folder.path().join("sar.csv"), cut(repeated)).unwrap();
    assert_eq!(json(folder.path(), "update sar.csv -m m.st --strict")["new_rows"], 1);
}

/// Each model of a folder is updated; one series has no model.
#[test]
fn the_model_of_each_series_is_updated() {
    let folder = tempfile::tempdir().unwrap();
    let rows = |rows: usize| -> String {
        let cells = AAPL.lines().skip(1).take(rows).map(|row| row.split(',').collect::<Vec<_>>());
        cells.map(|row| format!("{0},A,{1}\n{0},B,{2}\n", row[0], row[4], row[1])).collect()
    };
    fs::write(folder.path().join("t.csv"), format!("date,ticker,close\n{}", rows(600))).unwrap();
    assert_eq!(run(folder.path(), &format!("train t.csv {FAST} --each --models models --splits as-is")).0, Some(0));
    let more = "2002-08-01,C,5\n2002-08-02,C,6\n2002-08-05,C,7\n2002-08-06,C,8\n2002-08-07,C,9\n";
    fs::write(folder.path().join("t.csv"), format!("date,ticker,close\n{}{more}", rows(620))).unwrap();
    let (code, out, stderr) = run(folder.path(), "update t.csv --models models --splits as-is -q --format json");
    assert_eq!(code, Some(4), "{stderr}");
    let rows: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let by_name: Vec<&Value> = rows.iter().filter(|row| row["new_rows"] == 20 && row["written"] == true).collect();
    assert_eq!((rows.len(), by_name.len()), (3, 2), "{out}");
    assert!(rows.iter().any(|row| row["series"] == "C" && row["error"].is_string()), "{out}");
    let (_, table, _) = run(folder.path(), "update t.csv --models models --splits as-is -q --format table --series A");
    assert!(table.contains("A") && table.contains("no"), "{table}");
}

/// A row is printed before the next series is read: here from standard input, which waits for it.
#[test]
fn rows_of_json_are_printed_one_by_one() {
    use std::io::{BufRead, BufReader, Write};
    use std::process::{Command, Stdio};
    let folder = tempfile::tempdir().unwrap();
    let rows = |rows: usize| AAPL.lines().take(rows).map(|row| format!("{row}\n")).collect::<String>();
    fs::write(folder.path().join("a.csv"), rows(600)).unwrap();
    assert_eq!(run(folder.path(), &format!("train a.csv {FAST} --each --models models")).0, Some(0));
    fs::write(folder.path().join("a.csv"), rows(603)).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_fourcast"))
        .args(["update", "a.csv", "-", "--models", "models", "--format", "json", "-q"])
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let (sender, lines) = std::sync::mpsc::channel();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    let reader = std::thread::spawn(move || stdout.lines().for_each(|line| sender.send(line.unwrap()).unwrap()));
    let first = lines.recv_timeout(std::time::Duration::from_secs(60));
    // Written in any case, so that the program ends.
    stdin.write_all(rows(603).as_bytes()).unwrap();
    drop(stdin);
    child.wait().unwrap();
    reader.join().unwrap();
    let first: Value = serde_json::from_str(&first.expect("a row before the next series is read")).unwrap();
    assert_eq!((&first["series"], &first["new_rows"]), (&"a".into(), &3.into()), "{first}");
    assert_eq!(lines.iter().count(), 1, "the error of standard input, which has no model");
}

/// A model whose series is in no file, and a series that ends before the others, are reported, also in json.
#[test]
fn series_that_are_missing_or_end_early_are_reported() {
    let folder = tempfile::tempdir().unwrap();
    let rows = |name: &str, column: usize, rows: usize| -> String {
        let cells = AAPL.lines().skip(1).take(rows).map(|row| row.split(',').collect::<Vec<_>>());
        cells.map(|row| format!("{},{name},{}\n", row[0], row[column])).collect()
    };
    let write = |text: String| fs::write(folder.path().join("t.csv"), format!("date,ticker,close\n{text}")).unwrap();
    write(rows("A", 4, 600) + &rows("B", 1, 600) + &rows("C", 2, 600) + &rows("D", 3, 600));
    assert_eq!(run(folder.path(), &format!("train t.csv {FAST} --each --models models --splits as-is")).0, Some(0));
    write(rows("A", 4, 620) + &rows("B", 1, 619) + &rows("C", 2, 620));
    let update = "update t.csv --models models --splits as-is";
    let (code, _, stderr) = run(folder.path(), &format!("{update} --strict --max-drift 1000 -q --series B"));
    assert_eq!((code, stderr.as_str()), (Some(0), ""), "one series is asked for");
    write(rows("A", 4, 621) + &rows("B", 1, 620) + &rows("C", 2, 621));
    let (code, out, stderr) = run(folder.path(), &format!("{update} --format json"));
    assert_eq!(code, Some(0), "{stderr}");
    let rows_of: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let names: Vec<&str> = rows_of.iter().map(|row| row["series"].as_str().unwrap()).collect();
    // That a series ends early is known only after all are read, so the warning is an object of its own.
    assert_eq!(names, ["A", "B", "C", "D", "B"]);
    let (behind, missing) =
        ("ends on 2002-08-20, and at least half of the series on 2002-08-21 or later", "has no rows in these files");
    assert!(rows_of[0]["warnings"].is_null() && rows_of[1]["warnings"].is_null(), "{out}");
    assert_eq!(rows_of[4], serde_json::json!({"series": "B", "warnings": [behind]}));
    assert_eq!((&rows_of[3]["warnings"][0], &rows_of[3]["written"]), (&missing.into(), &false.into()), "{out}");
    assert!(stderr.contains(&format!("warning: t.csv: B: {behind}\n")), "{stderr}");
    assert!(stderr.contains(&format!("D.safetensors: 'D': {missing}\n")), "{stderr}");
    let (code, out, stderr) = run(folder.path(), &format!("{update} --format json --strict -q"));
    assert_eq!(code, Some(4), "{stderr}");
    assert!(out.contains("\"series\":\"D\",\"error\"") && stderr.contains(missing), "{out}{stderr}");
    let (_, table, _) = run(folder.path(), &format!("{update} --format table -q"));
    assert!(table.lines().count() == 5 && table.contains('D'), "{table}");
}

/// A file can begin late. Changed rows, and new rows far from the others, give warnings.
#[test]
fn late_files_are_updated_and_odd_rows_are_warned_of() {
    let folder = folder();
    let update = |text: String, options: &str| {
        fs::write(folder.path().join("p.csv"), text).unwrap();
        run(folder.path(), format!("update p.csv -m old.st --save-as new.st --format json {options}").trim_end())
    };
    for since in ["2004-01-01", "2010-01-01"] {
        let (code, out, stderr) = update(AAPL.into(), &format!("--since {since} --strict"));
        assert!(code == Some(0) && stderr.is_empty() && out.contains("\"new_rows\":70"), "{since}: {stderr}");
    }
    let lines: Vec<&str> = AAPL.lines().collect();
    let scaled = |rows: std::ops::Range<usize>, factor: f64| -> String {
        let line = |(row, line): (usize, &&str)| {
            let cells: Vec<&str> = line.split(',').collect();
            let scale =
                |cell: &&str| cell.parse().map_or((*cell).to_owned(), |price: f64| (price * factor).to_string());
            let changed = rows.contains(&row).then(|| cells.iter().map(scale).collect::<Vec<_>>().join(","));
            changed.unwrap_or_else(|| (*line).to_owned()) + "\n"
        };
        lines.iter().enumerate().map(line).collect()
    };
    for (text, expected) in [
        (
            scaled(3200..3201, 1.03),
            "rows that the model depends on have changed; their outcomes are not counted again: 1 of 16 days \
             compared differs: the close of 2012-11-16 moved by",
        ),
        (scaled(3270..3271, 1.7), "times the volatility, and there is no later row that confirms it"),
        (
            scaled(3210..9999, 2.7),
            "times the volatility, and the next row confirms it: rows of another series may begin there",
        ),
        (scaled(3210..3211, 1.7), "times the volatility, and the next row reverses it"),
    ] {
        let (code, _, stderr) = update(text.clone(), "");
        assert!(code == Some(0) && stderr.contains(expected), "{stderr}");
        let (code, out, stderr) = update(text, "-q --strict");
        // The reader's own warning about a price far from the prices around it comes first.
        let is_read = expected.ends_with("reverses it") || expected.contains("no later row");
        let expected = if is_read { "1 price far from the prices around" } else { expected };
        assert!(code == Some(1) && out.is_empty() && stderr.contains(expected), "{stderr}");
    }
    // A run with --strict succeeds once the next row has arrived.
    let (code, out, stderr) = update(scaled(3210..9999, 1.6), "--strict");
    assert!(code == Some(0) && out.contains("\"new_rows\":70"), "{stderr}");
    let (place, note) = stderr.split_once(": ").unwrap();
    assert_eq!(place, "p.csv");
    assert!(
        note.starts_with("the close moved by +")
            && note.ends_with("times the volatility, and the next row confirms it\n")
    );
}
