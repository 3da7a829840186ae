//! What a forecast was made with, in the results of `predict`.

use std::fs;
use std::path::Path;

use crate::made_once::made_once;
use assert_cmd::Command;
use fourcast::model::short_hash;
use serde_json::Value;
use sha2::{Digest, Sha256};

const AAPL: &str = include_str!("../../data/aapl.csv");
const FAST: &str = "--epochs 1 --ensemble 1 -q";

/// Creates a folder with Apple's prices, and a model of them in the default file.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), AAPL).unwrap();
    fs::write(folder.path().join("q.csv"), AAPL).unwrap();
    let model = made_once("provenance", || {
        assert_eq!(run(folder.path(), &format!("train p.csv {FAST}")).0, Some(0));
        fs::read(folder.path().join("model.safetensors")).unwrap()
    });
    fs::write(folder.path().join("model.safetensors"), model).unwrap();
    folder
}

fn run(folder: &Path, line: &str) -> (Option<i32>, String, String) {
    let output = Command::cargo_bin("fourcast").unwrap().current_dir(folder).args(line.split(' ')).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn json(folder: &Path, line: &str) -> Value {
    let (code, out, stderr) = run(folder, &format!("{line} --format json -q"));
    assert_eq!(code, Some(0), "{line}: {stderr}");
    serde_json::from_str(&out).unwrap()
}

/// Returns the hash that `sha256sum FILE | cut -c 1-16` prints.
fn hash_of(path: &Path) -> String {
    let hash = Sha256::digest(fs::read(path).unwrap());
    short_hash(&hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

#[test]
fn a_forecast_names_the_model_it_was_made_with() {
    let folder = folder();
    let row = json(folder.path(), "predict p.csv");
    assert_eq!(row["model"], hash_of(&folder.path().join("model.safetensors")));
    assert_eq!((&row["source"], &row["calibrated"], &row["hindsight"]), (&"model".into(), &true.into(), &false.into()));
    assert_eq!((&row["version"], &row["trained_on"]), (&env!("CARGO_PKG_VERSION").into(), &"p".into()));

    let pretrained = json(folder.path(), "predict p.csv --pretrained");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/pretrained/lstm-ohlc.safetensors");
    assert_eq!((&pretrained["model"], &pretrained["source"]), (&hash_of(&file).into(), &"pretrained".into()));
    assert_eq!((&pretrained["calibrated"], &pretrained["trained_on"]), (&false.into(), &Value::Null));

    // A model without a test has no calibration.
    let (_, _, _) = run(folder.path(), &format!("train p.csv {FAST} --test-fraction 0 -m plain.st"));
    let plain = json(folder.path(), "predict p.csv -m plain.st");
    assert_eq!(plain["calibrated"], false);
    assert_ne!(plain["model"], row["model"]);
}

/// If a model has seen later days, or is of another series, the row says so; with `--strict`, there is no forecast.
#[test]
fn hindsight_and_another_series_are_in_the_row() {
    let folder = folder();
    let row = json(folder.path(), "predict p.csv --until 2013-02-01");
    assert_eq!((&row["hindsight"], &row["trained_on"]), (&true.into(), &"p".into()));
    let (code, out, stderr) = run(folder.path(), "predict p.csv --until 2013-02-01 --strict");
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(stderr.starts_with("error: p.csv: hindsight: the model was trained on days up to 2013-03-01"), "{stderr}");

    assert_eq!(json(folder.path(), "predict q.csv")["trained_on"], "p");
    let (code, out, stderr) = run(folder.path(), "predict q.csv --strict");
    assert_eq!((code, out.as_str()), (Some(1), ""));
    let found = "error: q.csv: model.safetensors, found in this folder, was trained on p";
    assert!(stderr.starts_with(found) && stderr.contains("pass -m model.safetensors if that is meant"), "{stderr}");
    assert_eq!(run(folder.path(), "predict q.csv --strict -m model.safetensors").0, Some(0));
}

/// A file of another company under the name of the model's series is recognised by its moves. A split of all prices is
/// not reported as one, nor is a named model used for another series.
#[test]
fn other_prices_under_the_name_of_the_series_are_a_warning() {
    let folder = folder();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let run_line = |line: &str| run(folder.path(), line);
    assert_eq!(run(folder.path(), "export --to onnx model.safetensors --inputs p.csv").2, "");
    write("p.csv", include_str!("../../data/fb.csv"));
    let differ =
        "p.csv: the prices of the model's last days differ from those of this file, though both are named 'p': ";
    for line in
        ["predict p.csv -m model.safetensors", "explain p.csv", "backtest p.csv -m model.safetensors --in-sample"]
    {
        let (code, _, warned) = run_line(line);
        assert!(code == Some(0) && warned.contains(&format!("warning: {differ}")), "{line}: {warned}");
        let (code, out, refused) = run_line(&format!("{line} --strict"));
        assert!(
            code == Some(1) && out.is_empty() && refused.contains(&format!("error: {differ}")),
            "{line}: {refused}"
        );
        assert!(refused.contains("give its file another name; without --strict this is a warning"), "{refused}");
    }
    assert_eq!(run(folder.path(), "predict p.csv --strict --ledger l.jsonl").0, Some(1));
    assert!(!folder.path().join("l.jsonl").exists());
    assert!(run_line("export --to onnx model.safetensors --inputs p.csv").2.contains(&format!("warning: {differ}")));

    // Under another name, the use is intentional and gives one note.
    fs::copy(folder.path().join("p.csv"), folder.path().join("fb.csv")).unwrap();
    let note = "fb.csv: the model was trained on 'p', not on 'fb'\n";
    for line in [
        "predict fb.csv -m model.safetensors --strict",
        "explain fb.csv -m model.safetensors --strict",
        "backtest fb.csv -m model.safetensors --in-sample --test-days 60",
        "export --to onnx model.safetensors --inputs fb.csv",
    ] {
        let (code, _, stderr) = run_line(line);
        assert!(code == Some(0) && stderr.matches(note).count() == 1 && !stderr.contains("differ"), "{line}: {stderr}");
    }
    assert!(run_line("predict fb.csv p.csv -m model.safetensors -q").2.is_empty());

    // A split of all rows, or the same rows under another name, is neither.
    let quarter = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let price = |cell: &&str| format!("{}", cell.parse::<f64>().unwrap() / 4.0);
        let prices: Vec<String> = cells[1..5].iter().map(price).collect();
        format!("{},{},{},{}\n", cells[0], prices.join(","), cells[5], price(&cells[6]))
    };
    let (header, rows) = AAPL.split_once('\n').unwrap();
    write("p.csv", &format!("{header}\n{}", rows.lines().map(quarter).collect::<String>()));
    assert_eq!(run_line("predict p.csv --strict").2, "");
    assert_eq!(run_line("predict q.csv -m model.safetensors --strict").2, "");
}

/// Names with control characters are unchanged in csv and escaped in json, for the series and the model.
#[test]
fn control_characters_in_names_are_alike_in_both_columns() {
    let folder = tempfile::tempdir().unwrap();
    let name = "a\u{1b}[31m,b\nc";
    fs::write(folder.path().join(format!("{name}.csv")), AAPL).unwrap();
    assert_eq!(run(folder.path(), &format!("train {name}.csv {FAST}")).0, Some(0));
    let (_, csv, _) = run(folder.path(), &format!("predict {name}.csv -q --format csv"));
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    let header = rows.headers().unwrap().clone();
    let row = rows.records().next().unwrap().unwrap();
    let cell = |column: &str| &row[header.iter().position(|name| name == column).unwrap()];
    assert_eq!((cell("series"), cell("trained_on")), (name, name));
    let (_, json, _) = run(folder.path(), &format!("predict {name}.csv -q --format json"));
    assert!(json.matches("\"a\\u001b[31m,b\\nc\"").count() == 2 && !json.contains('\u{1b}'), "{json}");
}
