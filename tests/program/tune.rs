//! `fourcast tune`: its result can be trained again, a search continues where it was stopped, and no trial sees the
//! test days.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Output;

use crate::common::{autoregressive, folder_with};
use assert_cmd::Command;
use serde_json::Value;

/// A search that takes seconds.
const SMALL: &str = "tune p.csv --trials 6 --folds 9 --test-days 60 --refit-every 12 --ensemble 1 --epochs 2,3 \
                     --cells lstm,dense --windows 1,4 --hidden 4,16 --layers 1 --baselines naive";

fn fourcast(folder: &Path, line: &str) -> Output {
    Command::cargo_bin("fourcast").unwrap().current_dir(folder).args(line.split_whitespace()).output().unwrap()
}

/// Runs a command; returns the exit code, standard output and standard error.
fn run(folder: &Path, line: &str) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = fourcast(folder, line);
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

fn stdout(folder: &Path, line: &str) -> String {
    let (code, stdout, stderr) = run(folder, line);
    assert_eq!(code, Some(0), "fourcast {line}: {stderr}");
    stdout
}

fn folder() -> tempfile::TempDir {
    folder_with(&autoregressive(420, 0.0, 5))
}

fn read(folder: &Path, name: &str) -> Vec<u8> {
    fs::read(folder.join(name)).unwrap()
}

/// Returns the evaluations of a state, in any order, without the first line.
fn evaluations(folder: &Path, name: &str) -> BTreeSet<String> {
    let text = String::from_utf8(read(folder, name)).unwrap();
    text.lines().skip(1).map(str::to_owned).collect()
}

#[test]
fn the_best_is_trained_again_by_the_command_that_is_printed() {
    let folder = folder();
    let found: Value =
        serde_json::from_str(&stdout(folder.path(), &format!("{SMALL} --seed 7 --since 1990-01-05 --format json -q")))
            .unwrap();
    let trials = found["trials"].as_array().unwrap();
    let is_trial = |one: &&Value| !one["trial"].is_null();
    // The default has six epochs. It is not one of the trials here, but is scored on all folds.
    assert_eq!((trials.len(), trials.iter().filter(is_trial).count()), (7, 6));
    let default = trials.iter().find(|one| one["is_default"] == true).unwrap();
    assert_eq!((&default["epochs"], &default["folds"], &default["trial"]), (&6.into(), &9.into(), &Value::Null));
    let best = &found["best"];
    assert_eq!((&best["is_best"], &best["folds"]), (&true.into(), &9.into()));
    let min = trials.iter().filter(is_trial).filter(|one| one["folds"] == 9).map(|one| one["score"].as_f64().unwrap());
    assert_eq!(best["score"].as_f64().unwrap(), min.fold(f64::INFINITY, f64::min));
    assert_eq!(found["rungs"], serde_json::json!([{"trials": 6, "folds": 3}, {"trials": 2, "folds": 9}]));
    assert_eq!((&found["objective"], &found["baseline"]), (&"crps".into(), &"ewma".into()));
    let optimism = &found["optimism"];
    let expected = best["score"].as_f64().unwrap() + optimism["expected"].as_f64().unwrap();
    assert!((optimism["expected_score"].as_f64().unwrap() - expected).abs() < 1e-6, "{optimism}");
    assert_eq!((&optimism["trials"], &found["test"][0]["days"]), (&6.into(), &60.into()));
    assert_eq!(found["test"][0]["verdict"]["against"][0]["baseline"], "default");
    let model = read(folder.path(), "model.safetensors");
    let command = found["command"].as_str().unwrap();
    assert!(command.starts_with("fourcast train p.csv --cell "), "{command}");
    let named = stdout(folder.path(), &format!("{SMALL} -m other.safetensors --format json -q"));
    let named: Value = serde_json::from_str(&named).unwrap();
    let named = named["command"].as_str().unwrap();
    assert_eq!((named.matches("-m ").count(), named.matches("--model").count()), (1, 0), "{named}");
    let typed = command.strip_prefix("fourcast ").unwrap().replace("model.safetensors", "again.safetensors");
    stdout(folder.path(), &typed);
    assert!(read(folder.path(), "again.safetensors") == model, "{command}");
}

/// If the default configuration is not a trial and no trial is better, its model is written, otherwise that of the best
/// trial.
#[test]
fn the_default_is_written_where_no_try_beats_it() {
    let folder = tempfile::tempdir().unwrap();
    let prices = include_str!("../../data/aapl.csv");
    let rows: Vec<&str> = prices.lines().collect();
    fs::write(folder.path().join("p.csv"), [&rows[..1], &rows[rows.len() - 420..]].concat().join("\n")).unwrap();
    let number = |value: &Value| value.as_f64().unwrap();
    let mut written = Vec::new();
    for space in [
        "--cells lstm,dense --windows 1,4 --hidden 4,16 --layers 1 --epochs 2,3",
        "--learning-rate 0.001,0.003 --epochs 2,3,7",
    ] {
        let line =
            "tune p.csv --trials 4 --folds 3 --test-days 60 --refit-every 20 --ensemble 1 --baselines naive --seed 1";
        let line = format!("{line} {space} -q");
        let found: Value = serde_json::from_str(&stdout(folder.path(), &format!("{line} --format json"))).unwrap();
        let trials = found["trials"].as_array().unwrap();
        let one = |key: &str| trials.iter().find(|one| one[key] == true).unwrap();
        let (default, best) = (one("is_default"), one("is_best"));
        let is_default = number(&default["score"]) <= number(&best["score"]);
        assert_eq!(one("is_written"), if is_default { default } else { best });
        assert!(default["trial"].is_null(), "the default is not a trial");
        let model = read(folder.path(), "model.safetensors");
        let again = found["command"].as_str().unwrap().strip_prefix("fourcast ").unwrap().to_owned();
        stdout(folder.path(), &again.replace("model.safetensors", "again.safetensors"));
        assert!(read(folder.path(), "again.safetensors") == model, "{again}");
        let card: Value =
            serde_json::from_str(&stdout(folder.path(), "inspect model.safetensors --format json")).unwrap();
        assert_eq!(card["config"]["epochs"], one("is_written")["epochs"]);
        let table = stdout(folder.path(), &format!("{line} --format table")).replace('\n', " ");
        let line = "model.safetensors: the default configuration, which no trial beats";
        assert_eq!(table.contains(line), is_default, "{table}");
        written.push(is_default);
    }
    assert_eq!(written, [true, false], "each of them was tried");
}

#[test]
fn a_search_goes_on_where_it_was_stopped() {
    let folder = folder();
    let whole = stdout(folder.path(), &format!("{SMALL} --state s.jsonl -q"));
    let (model, state) = (read(folder.path(), "model.safetensors"), read(folder.path(), "s.jsonl"));
    let without = stdout(folder.path(), &format!("{SMALL} --threads 1 -q"));
    assert_eq!(without, whole, "neither the file nor the threads change a result");
    let lines: Vec<&[u8]> = state.split_inclusive(|byte| *byte == b'\n').collect();
    for (kept, torn) in [(1, 0), (9, 17), (lines.len(), 0)] {
        let part = [lines[..kept].concat(), lines[lines.len() - 1][..torn].to_vec()].concat();
        fs::write(folder.path().join("s.jsonl"), part).unwrap();
        fs::remove_file(folder.path().join("model.safetensors")).unwrap();
        assert_eq!(stdout(folder.path(), &format!("{SMALL} --state s.jsonl -q")), whole, "after {kept} lines");
        assert!(read(folder.path(), "model.safetensors") == model);
        let again = evaluations(folder.path(), "s.jsonl");
        let first: BTreeSet<String> =
            String::from_utf8(state.clone()).unwrap().lines().skip(1).map(str::to_owned).collect();
        assert_eq!(again, first);
    }
}

#[test]
fn several_processes_find_what_one_does() {
    let folder = folder();
    let whole = stdout(folder.path(), &format!("{SMALL} -q"));
    let model = read(folder.path(), "model.safetensors");
    fs::remove_file(folder.path().join("model.safetensors")).unwrap();
    // There are two rungs, and each process computes its part of both.
    let mut waits = Vec::new();
    for (shard, own, other) in
        // The file of the other process does not exist yet in the first step.
        [
            (1, "a", "--state b.jsonl"),
            (2, "b", "--state a.jsonl"),
            (1, "a", "--state b.jsonl"),
            (2, "b", "--state a.jsonl"),
        ]
    {
        let line = format!("{SMALL} --shard {shard}/2 --state {own}.jsonl {other} --format json -q");
        let done: Value = serde_json::from_str(&stdout(folder.path(), &line)).unwrap();
        assert_eq!((&done["shard"], &done["of"], &done["rungs"]), (&shard.into(), &2.into(), &2.into()));
        waits.push(done["rung"].clone());
    }
    assert_eq!((&waits[..2], &waits[3]), (&[1.into(), 2.into()][..], &Value::Null));
    assert!(!folder.path().join("model.safetensors").exists(), "a shard writes no model");
    let merged = stdout(folder.path(), &format!("{SMALL} --state c.jsonl --state a.jsonl --state b.jsonl -q"));
    assert_eq!(merged, whole);
    assert!(read(folder.path(), "model.safetensors") == model);
    assert!(evaluations(folder.path(), "c.jsonl").is_empty(), "nothing was left to evaluate");
}

/// Changes on the test days do not affect the evaluations.
#[test]
fn no_try_sees_the_last_days() {
    let (one, mut other) = (autoregressive(420, 0.0, 5), autoregressive(420, 0.0, 5));
    // Day 359 is the last origin before the test.
    let last = other.close[359];
    other.close[360..].iter_mut().for_each(|price| *price = last * last / *price);
    let [one, other] = [one, other].map(|series| folder_with(&series));
    for folder in [&one, &other] {
        stdout(folder.path(), &format!("{SMALL} --state s.jsonl -q"));
    }
    let [known, same] = [&one, &other].map(|folder| evaluations(folder.path(), "s.jsonl"));
    assert!(known == same && known.len() >= 18, "{} evaluations", known.len());
    let test = |folder: &tempfile::TempDir| stdout(folder.path(), &format!("{SMALL} --state s.jsonl -q"));
    assert!(fs::read(one.path().join("s.jsonl")).unwrap() != fs::read(other.path().join("s.jsonl")).unwrap());
    assert_ne!(test(&one), test(&other), "the test is on them");
}

#[test]
fn what_cannot_be_searched_is_refused() {
    let folder = folder();
    for (options, expected) in [
        ("--cells foo", "invalid value 'foo' for '--cells <CELLS>'"),
        ("--hidden 0", "expected a whole number from 1 to"),
        ("--hidden 8,,16", "expected a whole number from 1 to"),
        ("--windows 8..2", "expected the lower end of the range before the higher one"),
        ("--learning-rate 0..1", "expected a number above 0"),
        ("--layers ''", "expected a whole number from 1 to"),
        ("--epochs 1..", "expected a whole number from 1 to"),
        ("--trials 0", "expected a whole number from 1 to"),
        ("--shard 1/2", "--state"),
        ("--shard 3/2 --state s.jsonl", "expected I/N, for example 1/4"),
        ("--init-from m.safetensors", "--init-from takes pretrained or random here"),
        ("--topology one-to-many --windows 4", "one-to-many reads one day: leave out --windows"),
        ("--dropout 0.1 --layers 1", "--dropout is between layers"),
    ] {
        let (code, stdout, stderr) = run(folder.path(), &format!("tune p.csv {options}"));
        assert!(code == Some(2) && stdout.is_empty() && stderr.contains(expected), "{options}: {code:?} {stderr}");
    }
    let prices = read(folder.path(), "p.csv");
    fs::copy(folder.path().join("p.csv"), folder.path().join("q.csv")).unwrap();
    for (options, expected) in [
        ("--state p.csv", "p.csv: is read and written, expected two files"),
        ("--state q.csv", "q.csv: is not a state of a search, expected one"),
        ("--state model.safetensors", "model.safetensors: is read and written, expected two files"),
        ("--state none/s.jsonl", "none/s.jsonl: cannot be read or written"),
        (
            "--init-from pretrained --hidden 8",
            "there are no pretrained networks of any configuration that is to be tried",
        ),
        ("--test-days 400", "420 rows of prices, expected at least "),
    ] {
        let (code, stdout, stderr) = run(folder.path(), &format!("tune p.csv {options}"));
        assert!(code == Some(1) && stdout.is_empty() && stderr.contains(expected), "{options}: {code:?} {stderr}");
    }
    assert!(read(folder.path(), "p.csv") == prices && read(folder.path(), "q.csv") == prices);
    stdout(folder.path(), &format!("{SMALL} --state s.jsonl -q"));
    let (code, _, stderr) = run(
        folder.path(),
        &format!("{SMALL} --state s.jsonl -q --test-fraction 0.1 --ensemble 2").replace("--ensemble 1", ""),
    );
    assert_eq!(code, Some(1), "{stderr}");
    let expected =
        "s.jsonl: is the state of another search: test fraction 0.2, expected 0.1; default ensemble 1, expected 2";
    assert!(stderr.contains(expected), "{stderr}");
}

/// There is one configuration for several series; a series that is too short is an error row.
#[test]
fn a_series_that_fails_leaves_the_others() {
    let folder = folder();
    let text = String::from_utf8(read(folder.path(), "p.csv")).unwrap();
    let other = folder_with(&autoregressive(420, 0.0, 6));
    let short: String = text.lines().take(40).map(|line| format!("{line}\n")).collect();
    fs::copy(other.path().join("p.csv"), folder.path().join("q.csv")).unwrap();
    fs::write(folder.path().join("short.csv"), short).unwrap();
    let line = SMALL.replace("p.csv", "p.csv short.csv q.csv");
    let (code, stdout, stderr) = run(folder.path(), &format!("{line} --format json"));
    assert_eq!(code, Some(4), "{stderr}");
    let objects: Vec<Value> = stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((objects.len(), &objects[0]["series"]), (2, &"short".into()));
    assert!(objects[0]["error"].as_str().unwrap().contains("39 rows of prices, expected at least "));
    assert_eq!(objects[1]["series"], serde_json::json!(["p", "q"]));
    assert_eq!((objects[1]["test"].as_array().unwrap().len(), &objects[1]["model"]), (2, &"model.safetensors".into()));
    let model = read(folder.path(), "model.safetensors");
    let command = objects[1]["command"].as_str().unwrap();
    let again = command.strip_prefix("fourcast ").unwrap().replace("model.safetensors", "again.safetensors");
    fourcast(folder.path(), &again);
    assert!(read(folder.path(), "again.safetensors") == model, "{command}");
    let (code, csv, _) = run(folder.path(), &line);
    let rows: Vec<&str> = csv.lines().collect();
    assert!(
        code == Some(4)
            && rows[0].starts_with("series,trial,is_default,is_best,is_written,cell,")
            && rows[0].ends_with(",error")
    );
    assert!(rows[1].starts_with("short,") && rows.len() == 2 + 7, "{csv}");
    assert!(rows[2..].iter().all(|row| row.starts_with("2 series,")), "{csv}");
    assert!(stderr.ends_with("error: 1 of 3 series failed\n"), "{stderr}");
    let (code, csv, _) = run(folder.path(), &format!("{line} --shard 1/2 --state s.jsonl"));
    let rows: Vec<&str> = csv.lines().collect();
    assert_eq!((code, rows[0]), (Some(4), "series,shard,of,rung,rungs,missing,known,planned,error"));
    assert!(rows[1].starts_with("short,,") && rows[2].starts_with("2 series,1,2,"), "{csv}");
}

#[test]
fn the_table_has_the_expected_optimism_of_the_choice() {
    let folder = folder();
    let (code, table, stderr) = run(folder.path(), &format!("{SMALL} --format table"));
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stderr.contains("evaluations, about ") && stderr.contains(" by the first 8"), "{stderr}");
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let has = |text: &str| assert!(words(&table).contains(&words(text)), "'{text}' is not in\n{table}");
    has("p: 6 trials on 108 days from ");
    has("  rungs: 6 trials on 3 folds, 2 trials on 9 folds; ");
    has("the best of 6 trials: score ");
    has("expected optimism ");
    has("which no trial has seen\n  score: the best trial ");
    has("price: ");
    has("the default configuration (skill");
    has(", fitted to all days\ntrain it with: fourcast train p.csv --cell ");
    assert!(table.lines().all(|line| line.chars().count() <= 80 || line.starts_with("train it with")), "{table}");
}
