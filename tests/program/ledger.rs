//! The ledger of `predict --ledger`: its content, and that it repeats and loses nothing.

use std::fs;
use std::path::Path;
use std::process::{Command as Process, Output, Stdio};

use assert_cmd::Command;
use fourcast::prices::PriceSeries;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::common::{autoregressive, folder_with};

fn run(folder: &Path, args: &str) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } =
        Command::cargo_bin("fourcast").unwrap().current_dir(folder).args(args.split(' ')).output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

/// Runs a command that must succeed; returns its messages.
fn done(folder: &Path, args: &str) -> String {
    let (code, _, stderr) = run(folder, args);
    assert_eq!(code, Some(0), "{args}: {stderr}");
    stderr
}

/// Returns the forecasts of a ledger.
fn entries(folder: &Path) -> Vec<Value> {
    let text = fs::read_to_string(folder.join("l.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

const PREDICT: &str = "predict --pretrained p.csv --ledger l.jsonl";

fn prices() -> (tempfile::TempDir, PriceSeries) {
    let series = autoregressive(150, 0.0, 1);
    (folder_with(&series), series)
}

#[test]
fn a_forecast_is_kept_with_what_it_was_made_from() {
    let (folder, series) = prices();
    let (_, out, stderr) = run(folder.path(), &format!("{PREDICT} --format json --quantiles 0.05,0.5,0.99"));
    assert!(stderr.ends_with("l.jsonl: 1 forecast added\n"), "{stderr}");
    let (row, entry) = (serde_json::from_str::<Value>(&out).unwrap(), &entries(folder.path())[0]);
    for key in ["series", "origin", "date", "last_close", "forecast", "q0.05", "q0.99", "model", "version"] {
        assert_eq!(entry[key], row[key], "{key}");
        assert!(!entry[key].is_null(), "{key}");
    }
    assert_eq!((&entry["q0.50"], &entry["horizon"]), (&row["q0.5"], &1.into()));
    let keys: Vec<&str> = entry.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys[..4], ["fourcast_ledger", "series", "frequency", "origin"]);
    assert_eq!((keys.len(), keys[8], keys[28]), (32, "q0.01", "q0.99"));
    // The hash as the documentation defines it.
    let rows = series.dates.iter().zip(&series.close).map(|(date, close)| format!("{date},{close:?}\n"));
    let hash = Sha256::digest(rows.collect::<String>());
    assert_eq!(entry["data"], hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
}

/// A row with a future date is not used as a price to forecast from. Without a ledger, it is left to the user.
#[test]
fn rows_of_the_future_are_kept_out() {
    let (folder, _) = prices();
    let text = fs::read_to_string(folder.path().join("p.csv")).unwrap();
    let columns = text.lines().last().unwrap().matches(',').count();
    fs::write(folder.path().join("p.csv"), format!("{text}2099-03-04{}\n", ",100".repeat(columns))).unwrap();
    let (code, out, stderr) = run(folder.path(), PREDICT);
    assert!(
        code == Some(1) && out.is_empty() && stderr.contains("the last row is dated 2099-03-04, after "),
        "{stderr}"
    );
    assert!(stderr.contains("leave out rows that are not over, with --drop-last or --until"), "{stderr}");
    assert!(!folder.path().join("l.jsonl").exists());
    assert_eq!(run(folder.path(), &format!("{PREDICT} --drop-last")).0, Some(0));
    assert_eq!(entries(folder.path()).len(), 1);
}

#[test]
fn the_same_forecast_is_kept_once_and_another_beside_it() {
    let (folder, series) = prices();
    done(folder.path(), PREDICT);
    let before = fs::read(folder.path().join("l.jsonl")).unwrap();
    let stderr = done(folder.path(), PREDICT);
    assert!(stderr.ends_with("l.jsonl: 0 forecasts added, 1 already recorded\n"), "{stderr}");
    assert_eq!(fs::read(folder.path().join("l.jsonl")).unwrap(), before);
    // Each day of a path is a forecast; the ledger contains the first one.
    let stderr = done(folder.path(), &format!("{PREDICT} --path 3"));
    assert!(stderr.ends_with("2 forecasts added, 1 already recorded\n"), "{stderr}");
    assert_eq!(
        entries(folder.path()).iter().map(|entry| entry["horizon"].as_u64().unwrap()).collect::<Vec<_>>(),
        [1, 2, 3]
    );
    // Other prices give another forecast of the same day.
    let mut revised = series.clone();
    revised.close[100] *= 1.001;
    let other = folder_with(&revised);
    fs::copy(other.path().join("p.csv"), folder.path().join("p.csv")).unwrap();
    done(folder.path(), PREDICT);
    let all = entries(folder.path());
    assert_eq!((all.len(), &all[3]["date"]), (4, &all[0]["date"]));
    assert_ne!(all[3]["data"], all[0]["data"]);
    assert!(fs::read(folder.path().join("l.jsonl")).unwrap().starts_with(&before));
}

/// Creates a folder with this many files of prices, `S0.csv` and so on.
fn universe(files: u64) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("prices")).unwrap();
    for file in 0..files {
        let series = autoregressive(100, 0.0, file);
        let rows = series.dates.iter().zip(&series.close).map(|(date, close)| format!("{date},{close}\n"));
        let text = format!("Date,Close\n{}", rows.collect::<String>());
        fs::write(folder.path().join(format!("prices/S{file}.csv")), text).unwrap();
    }
    folder
}

#[test]
fn a_series_that_failed_has_no_forecast() {
    let folder = universe(3);
    fs::write(folder.path().join("prices/S1.csv"), "Date,Close\n2024-01-02,x\n").unwrap();
    let (code, _, stderr) = run(folder.path(), "predict --pretrained prices --ledger l.jsonl --path 2");
    assert_eq!(code, Some(4), "{stderr}");
    let names: Vec<Value> = entries(folder.path()).into_iter().map(|entry| entry["series"].clone()).collect();
    assert_eq!(names, ["S0", "S0", "S2", "S2"]);
    // A run that fails as a whole writes no ledger.
    let (code, _, _) = run(folder.path(), "predict --pretrained prices/S1.csv --ledger none.jsonl");
    assert_eq!((code, folder.path().join("none.jsonl").exists()), (Some(1), false));
}

#[test]
fn each_model_of_a_folder_is_named() {
    let folder = universe(2);
    done(folder.path(), "train prices --each --models models --epochs 1 --ensemble 1 -q");
    done(folder.path(), "predict prices --models models --ledger l.jsonl");
    let all = entries(folder.path());
    assert_eq!(all.len(), 2);
    assert_ne!(all[0]["model"], all[1]["model"]);
    // A model does not forecast for the ledger if it has seen later days.
    let (code, _, stderr) = run(folder.path(), "predict prices --models models --ledger l.jsonl --until 1990-03-01 -q");
    let error = "S1.csv: no forecast for the ledger: the model was trained on days after 1990-03-01";
    assert!(code == Some(1) && stderr.contains(error), "{code:?} {stderr}");
    assert_eq!(entries(folder.path()).len(), 2);
}

#[test]
fn many_processes_append_at_once() {
    let folder = universe(8);
    let start = |file: usize| {
        Process::new(env!("CARGO_BIN_EXE_fourcast"))
            .current_dir(folder.path())
            .args(["predict", "--pretrained", "-q", "--threads", "1", "--path", "5", "--ledger", "l.jsonl"])
            .arg(format!("prices/S{}.csv", file % 8))
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
    };
    let children: Vec<_> = (0..24).map(start).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let mut all: Vec<String> =
        entries(folder.path()).iter().map(|entry| format!("{} {}", entry["series"], entry["horizon"])).collect();
    all.sort_unstable();
    let expected = (0..8).flat_map(|file| (1..=5).map(move |day| format!("\"S{file}\" {day}")));
    assert_eq!(all, expected.collect::<Vec<_>>());
}

#[test]
fn a_torn_line_is_taken_out_or_completed() {
    let (folder, _) = prices();
    done(folder.path(), &format!("{PREDICT} --path 2"));
    let path = folder.path().join("l.jsonl");
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 30]).unwrap();
    let stderr = done(folder.path(), &format!("{PREDICT} --path 3"));
    assert!(
        stderr.contains("warning: l.jsonl: the last line was incomplete: ")
            && stderr.contains(" of a forecast removed\n")
    );
    assert!(stderr.ends_with("2 forecasts added, 1 already recorded\n"), "{stderr}");
    assert!(fs::read(&path).unwrap().starts_with(&whole));
    fs::write(&path, &whole[..whole.len() - 1]).unwrap();
    let stderr = done(folder.path(), &format!("{PREDICT} --path 2"));
    assert!(stderr.contains("warning: l.jsonl: the last line had no line break: it was added\n"), "{stderr}");
    assert_eq!(fs::read(&path).unwrap(), whole);
}

#[test]
fn what_is_no_ledger_is_not_written_to() {
    let (folder, _) = prices();
    done(folder.path(), "train p.csv --epochs 1 --ensemble 1 -q -m m.safetensors");
    done(folder.path(), "predict --pretrained p.csv -q --output r.csv");
    fs::write(folder.path().join("other.jsonl"), "{\"a\":1}\n").unwrap();
    let refused = |ledger: &str, found: &str| {
        let before = fs::read(folder.path().join(ledger)).ok();
        let (code, out, stderr) = run(folder.path(), &format!("predict --pretrained p.csv --ledger {ledger}"));
        assert!(code == Some(1) && out.is_empty(), "{ledger}: {stderr}");
        assert!(stderr.contains(found) && stderr.contains("help: "), "{ledger}: {stderr}");
        assert_eq!(fs::read(folder.path().join(ledger)).ok(), before);
    };
    refused("p.csv", "p.csv: is read and written, expected two files");
    for (ledger, found) in
        [("m.safetensors", "a model"), ("r.csv", "a text that starts with"), ("other.jsonl", "a text")]
    {
        refused(ledger, found);
        refused(ledger, "expected a ledger of forecasts");
    }
    refused("none/l.jsonl", "none");
    refused(".", "error: .");
    if cfg!(unix) {
        refused("/dev/null", "/dev/null");
    }
    let (code, _, stderr) = run(folder.path(), "predict --pretrained p.csv --ledger l.jsonl --output l.jsonl");
    assert!(code == Some(1) && stderr.contains("expected two files"), "{stderr}");
}

/// Beyond the limit nothing can be written; the existing content is unchanged.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_loses_nothing() {
    let (folder, _) = prices();
    done(folder.path(), &format!("{PREDICT} --path 4"));
    let before = fs::read(folder.path().join("l.jsonl")).unwrap();
    let script = format!("trap '' XFSZ; ulimit -f 2; exec \"$0\" {PREDICT} --path 5");
    let output = Process::new("sh")
        .args(["-c", &script, env!("CARGO_BIN_EXE_fourcast")])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("error: l.jsonl: cannot be written, and is unchanged: "), "{stderr}");
    assert_eq!(fs::read(folder.path().join("l.jsonl")).unwrap(), before);
}

/// The forecasts of a finished shard can be missing in the ledger.
#[test]
fn a_finished_shard_is_added_too() {
    let folder = universe(4);
    let shard = "predict --pretrained prices -q --shard 1/1 --output r.csv";
    done(folder.path(), shard);
    done(folder.path(), &format!("{shard} --ledger l.jsonl"));
    done(folder.path(), &format!("{shard} --ledger l.jsonl"));
    assert_eq!(entries(folder.path()).len(), 4);
}
