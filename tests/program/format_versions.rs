//! Model files of every format version give the same forecasts as when they were written, to the last digit.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

/// The forecast of each file `vN/NAME.safetensors` is in `vN/NAME.jsonl`; `fixtures/model/generate` created both.
#[test]
fn a_model_file_forecasts_for_ever_what_it_did() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/model");
    let versions = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    let files = versions.flat_map(|version| fs::read_dir(version).unwrap()).map(|entry| entry.unwrap().path());
    let mut compared = 0;
    for model in files.filter(|path| path.extension().is_some_and(|extension| extension == "safetensors")) {
        let expected = without_version(&fs::read_to_string(model.with_extension("jsonl")).unwrap());
        let mut command = Command::cargo_bin("fourcast").unwrap();
        command.current_dir(env!("CARGO_MANIFEST_DIR"));
        command.args(["predict", "data/aapl.csv", "--until", "2004-12-31", "-q", "--format", "json"]);
        command.args(["--quantiles", "0.01,0.25,0.75,0.99"]).arg("-m").arg(&model);
        let events = model.with_file_name("events.csv");
        if events.exists() {
            command.arg("--events").arg(events);
        }
        if expected.len() > 1 {
            command.args(["--path", &expected.len().to_string()]);
        }
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}: {}", model.display(), String::from_utf8_lossy(&output.stderr));
        assert_eq!(without_version(&String::from_utf8(output.stdout).unwrap()), expected, "{}", model.display());
        compared += 1;
    }
    assert!(compared >= 24, "{compared} models");
}

/// Returns the rows without the version of the program that wrote them.
fn without_version(rows: &str) -> Vec<Value> {
    let row = |line| {
        let mut row: Value = serde_json::from_str(line).unwrap();
        row.as_object_mut().unwrap().shift_remove("version").unwrap();
        row
    };
    rows.lines().map(row).collect()
}
