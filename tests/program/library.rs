//! The library with its defaults, compared with the program with its defaults.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use fourcast::model::{self, Forecaster};

#[path = "../../examples/forecast.rs"]
#[allow(dead_code, reason = "its main is not called")]
mod example;

fn weights(forecaster: &Forecaster) -> Vec<u32> {
    let members = forecaster.members.iter();
    members
        .flat_map(|member| member.tensors().iter().flat_map(|tensor| member.unpack(tensor, &member.values)))
        .map(f32::to_bits)
        .collect()
}

#[test]
fn the_code_of_the_readme_is_that_of_the_example() {
    let [readme, example] = ["README.md", "examples/forecast.rs"]
        .map(|file| fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap());
    let (_, code) = readme.split_once("```rust\n").unwrap();
    let code: String = code.split_once("```").unwrap().0.lines().map(|line| format!("    {line}\n")).collect();
    assert!(code.lines().count() > 3 && example.contains(&code), "{code}");
}

/// The weights and the forecast are the same, and the card too, except for the columns of the file, which only the
/// program records.
#[test]
fn the_example_trains_and_predicts_as_the_program_does() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.csv");
    for prices in ["fb.csv", "eurusd.csv"] {
        let rows = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(prices)).unwrap();
        let rows: Vec<&str> = rows.lines().take(400).collect();
        fs::write(&path, rows.join("\n")).unwrap();
        let run = |args: &[&str]| {
            let mut command = Command::cargo_bin("fourcast").unwrap();
            command.current_dir(folder.path()).args(args).assert().success().get_output().stdout.clone()
        };
        run(&["train", "p.csv", "-m", "m.st"]);
        let predicted: serde_json::Value =
            serde_json::from_slice(&run(&["predict", "p.csv", "-m", "m.st", "--format", "json"])).unwrap();
        let (fitted, forecast) = example::train(path.to_str().unwrap()).unwrap();
        let mut written = model::load(&folder.path().join("m.st")).unwrap();
        written.card.training.columns.clear();
        assert_eq!(written.card, fitted.forecaster.card, "{prices}");
        assert_eq!(weights(&written), weights(&fitted.forecaster), "{prices}");
        let series =
            fourcast::prices::read(&fourcast::prices::Source::File(path.clone()), &Default::default()).unwrap();
        let of_program = written.forecast(series.only().unwrap()).unwrap();
        for p in [0.05, 0.25, 0.5, 0.75, 0.95] {
            assert_eq!(of_program.quantile(0, p).to_bits(), forecast.quantile(0, p).to_bits(), "{prices}");
        }
        assert_eq!(predicted["date"], forecast.dates[0].to_string());
        let shown = predicted["forecast"].as_f64().unwrap();
        assert!((shown / forecast.median(0) - 1.0).abs() < 1e-6, "{prices}: {shown}");
    }
}
