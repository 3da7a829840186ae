//! What a forecast was made with, in the results of `predict`.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use fourcast::model::short_hash;
use serde_json::Value;
use sha2::{Digest, Sha256};

const AAPL: &str = include_str!("../../data/aapl.csv");
const FAST: &str = "--epochs 1 --ensemble 1 -q";

/// A folder with Apple's prices, and a model of them that was not named.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), AAPL).unwrap();
    fs::write(folder.path().join("q.csv"), AAPL).unwrap();
    assert_eq!(run(folder.path(), &format!("train p.csv {FAST}")).0, Some(0));
    folder
}

fn run(folder: &Path, line: &str) -> (Option<i32>, String, String) {
    let output = Command::cargo_bin("fourcast").unwrap().current_dir(folder).args(line.split(' ')).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn json(folder: &Path, line: &str) -> Value {
    let (code, out, told) = run(folder, &format!("{line} --format json -q"));
    assert_eq!(code, Some(0), "{line}: {told}");
    serde_json::from_str(&out).unwrap()
}

/// As `sha256sum FILE | cut -c 1-16` prints it.
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

/// A model that knows later days, or another series, says so in the row; with `--strict` it does not forecast.
#[test]
fn hindsight_and_another_series_are_in_the_row() {
    let folder = folder();
    let row = json(folder.path(), "predict p.csv --until 2013-02-01");
    assert_eq!((&row["hindsight"], &row["trained_on"]), (&true.into(), &"p".into()));
    let (code, out, told) = run(folder.path(), "predict p.csv --until 2013-02-01 --strict");
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(told.starts_with("error: p.csv: hindsight: the model was trained on days up to 2013-03-01"), "{told}");

    assert_eq!(json(folder.path(), "predict q.csv")["trained_on"], "p");
    let (code, out, told) = run(folder.path(), "predict q.csv --strict");
    assert_eq!((code, out.as_str()), (Some(1), ""));
    let found = "error: q.csv: model.safetensors, found in this folder, was trained on p";
    assert!(told.starts_with(found) && told.contains("pass -m model.safetensors if that is meant"), "{told}");
    assert_eq!(run(folder.path(), "predict q.csv --strict -m model.safetensors").0, Some(0));
}
