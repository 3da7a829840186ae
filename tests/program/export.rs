//! `fourcast export`. `.ci/onnx` compares the results of the graphs with those of `predict`.

use std::fs;
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;

const AAPL: &str = include_str!("../../data/aapl.csv");
const MODEL: &[u8] = include_bytes!("../../data/pretrained/lstm-ohlc.safetensors");

fn fourcast(folder: &Path, line: &str) -> Output {
    let mut command = Command::cargo_bin("fourcast").unwrap();
    command.current_dir(folder).args(line.split(' ')).output().unwrap()
}

/// Creates a folder with a model and prices.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("model.safetensors"), MODEL).unwrap();
    let rows: Vec<&str> = AAPL.lines().take(300).collect();
    fs::write(folder.path().join("prices.csv"), rows.join("\n") + "\n").unwrap();
    folder
}

/// Runs a command that must fail with this error and help, and must not change any file.
fn fails(folder: &Path, line: &str, code: i32, expected: &[&str]) {
    let all = |folder: &Path| {
        let file = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().path();
        let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(file).collect();
        files.sort();
        files.into_iter().map(|path| (fs::read(&path).ok(), path)).collect::<Vec<_>>()
    };
    let before = all(folder);
    let output = fourcast(folder, line);
    let messages = String::from_utf8(output.stderr).unwrap();
    for part in expected {
        assert!(messages.contains(part), "{line}: {part} is not in\n{messages}");
    }
    assert_eq!(output.status.code(), Some(code), "{line}: {messages}");
    assert!(output.stdout.is_empty(), "{line}: something on standard output");
    assert!(all(folder) == before, "{line}: files have changed");
}

fn works(folder: &Path, line: &str) -> Vec<u8> {
    let output = fourcast(folder, line);
    let messages = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && messages.is_empty(), "{line}: {messages}");
    output.stdout
}

#[test]
fn a_graph_is_written_and_replaced_with_the_same_bytes() {
    let folder = folder();
    assert!(works(folder.path(), "export --to onnx -o model.onnx").is_empty());
    let first = fs::read(folder.path().join("model.onnx")).unwrap();
    works(
        folder.path(),
        "export --to ONNX model.safetensors --output model.onnx --quantiles 0.95,0.75,0.5,0.25,0.05,0.5",
    );
    assert!(fs::read(folder.path().join("model.onnx")).unwrap() == first);
    works(folder.path(), "export --to onnx -m model.safetensors -o model.onnx --quantiles 0.1");
    assert!(fs::read(folder.path().join("model.onnx")).unwrap() != first);
    // An empty file can be replaced, because nothing is lost.
    fs::write(folder.path().join("empty"), "").unwrap();
    works(folder.path(), "export --to onnx -o empty");
    assert!(fs::read(folder.path().join("empty")).unwrap() == first);
}

#[test]
fn the_inputs_of_a_file_are_its_columns() {
    let folder = folder();
    let printed = works(folder.path(), "export --to onnx --inputs prices.csv -o model.onnx --until 2000-12-29");
    assert!(folder.path().join("model.onnx").exists());
    let inputs: serde_json::Value = serde_json::from_slice(&printed).unwrap();
    let inputs = inputs.as_object().unwrap();
    let names: Vec<&str> = inputs.keys().map(String::as_str).collect();
    assert_eq!(names, ["day", "close", "adjusted_close", "open", "high", "low", "volume"]);
    let first = |name: &str| inputs[name][0].as_f64().unwrap();
    // 2000-03-01
    assert_eq!(first("day"), 11017.0);
    let row: Vec<f64> = AAPL.lines().nth(1).unwrap().split(',').skip(1).map(|cell| cell.parse().unwrap()).collect();
    for (name, place) in [("open", 0), ("high", 1), ("low", 2), ("close", 3), ("adjusted_close", 4), ("volume", 5)] {
        assert_eq!(first(name), row[place], "{name}");
    }
    let until = AAPL.lines().skip(1).filter(|row| *row <= "2000-12-29,z").count();
    assert!(inputs.values().all(|column| column.as_array().unwrap().len() == until));
}

#[test]
fn what_cannot_be_exported() {
    let folder = folder();
    let path = folder.path();
    fails(path, "export", 2, &["--to <FORM>", "--output <FILE>"]);
    fails(path, "export --to onnx", 2, &["required", "--output <FILE>"]);
    fails(path, "export --to tensorflow -o m.onnx", 2, &["invalid value 'tensorflow' for '--to <FORM>'", "onnx"]);
    fails(path, "export --to onnx -o m.onnx --quantiles 5", 2, &["for 5 % pass 0.05"]);
    fails(path, "export --to onnx -o m.onnx --quantiles 1e-12", 2, &["a number from 1e-9 to 1 - 1e-9"]);
    fails(path, "export --to onnx -o m.onnx --until 2000-05-01", 2, &["required", "--inputs <CSV>"]);
    fails(path, "export --to onnx --inputs prices.csv --quantiles 0.1", 2, &["required", "--output <FILE>"]);
    fails(path, "export --to onnx a -m b -o m.onnx", 2, &["'[MODEL]' cannot be used with '--model <FILE>'"]);
    let no_model = ["error: no.safetensors: no such file, expected a model", "fourcast train -m no.safetensors"];
    fails(path, "export --to onnx no.safetensors -o m.onnx", 1, &no_model);
    fails(
        path,
        "export --to onnx prices.csv -o m.onnx",
        1,
        &["error: prices.csv: is a text that starts with 'Date,", "', expected a model"],
    );
    let occupied =
        ["error: prices.csv: is a text that starts with 'Date,", "expected an ONNX file of fourcast or a new name"];
    fails(path, "export --to onnx -o prices.csv", 1, &occupied);
    fails(path, "export --to onnx -o model.safetensors", 1, &["model.safetensors: is read and written"]);
    fails(path, "export --to onnx -o prices.csv --inputs prices.csv", 1, &["prices.csv: is read and written"]);
    fails(path, "export --to onnx -o none/m.onnx", 1, &["none/m.onnx: cannot be written: no folder 'none'"]);
    fails(path, "export --to onnx -o .", 1, &["is a folder, expected a file"]);
    fails(path, "export --to onnx -o m.onnx --inputs no.csv", 1, &["error: no.csv: no such file"]);
    fs::write(path.join("few.csv"), AAPL.lines().take(3).collect::<Vec<_>>().join("\n")).unwrap();
    fails(path, "export --to onnx -o m.onnx --inputs few.csv", 1, &["few.csv: 2 rows of prices, expected at least 4"]);
    let closes: String = AAPL
        .lines()
        .take(100)
        .map(|row| row.split(',').take(1).chain(row.split(',').skip(5).take(1)).collect::<Vec<_>>().join(",") + "\n")
        .collect();
    fs::write(path.join("closes.csv"), closes).unwrap();
    fails(path, "export --to onnx -o m.onnx --inputs closes.csv", 1, &["closes.csv: no open, high and low"]);
}

/// A model of closes that reads earnings seasonality, for a file with bars; and a file of prices on a grid.
#[test]
fn where_the_graph_differs_from_predict_a_warning_says_so() {
    let folder = folder();
    fs::write(folder.path().join("closes.safetensors"), include_bytes!("../../data/pretrained/lstm-close.safetensors"))
        .unwrap();
    let output = fourcast(folder.path(), "export --to onnx closes.safetensors --inputs prices.csv");
    let messages = String::from_utf8(output.stderr).unwrap();
    assert!(messages.contains("warning: prices.csv: open, high and low are not inputs of the graph"), "{messages}");
    let cents = |day: usize| [50, 51, 51, 53, 49][day % 5];
    let row =
        |day: usize| format!("{}-{:02}-{:02},0.{}\n", 2001 + day / 336, day / 28 % 12 + 1, day % 28 + 1, cents(day));
    let grid: String = (0..1000).map(row).collect();
    fs::write(folder.path().join("cents.csv"), format!("Date,Close\n{grid}")).unwrap();
    let output = fourcast(folder.path(), "export --to onnx closes.safetensors --inputs cents.csv");
    let messages = String::from_utf8(output.stderr).unwrap();
    assert!(messages.contains("cents.csv: prices lie on a grid"), "{messages}");
    let quiet = fourcast(folder.path(), "export --to onnx closes.safetensors --inputs cents.csv -q");
    assert!(quiet.stderr.is_empty() && quiet.stdout == output.stdout);
}
