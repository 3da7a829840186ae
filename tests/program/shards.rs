//! Shards of a run: each is written completely with its manifest, and merging them gives the same bytes as a single
//! run.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Output;

use crate::common::{autoregressive, with_bars};
use assert_cmd::Command;
use fourcast::prices::PriceSeries;
use serde_json::Value;

/// Variables of schedulers; those of the machine that runs the tests must have no effect.
pub(crate) const TASKS: [&str; 7] = [
    "SLURM_ARRAY_TASK_ID",
    "SLURM_ARRAY_TASK_COUNT",
    "SLURM_ARRAY_TASK_MIN",
    "SLURM_ARRAY_TASK_STEP",
    "JOB_COMPLETION_INDEX",
    "AWS_BATCH_JOB_ARRAY_INDEX",
    "AWS_BATCH_JOB_ARRAY_SIZE",
];

/// Runs a command line in an environment.
pub(crate) fn in_task(folder: &Path, task: &str, args: &str) -> (Option<i32>, Vec<u8>, String) {
    let mut command = Command::cargo_bin("fourcast").unwrap();
    for name in TASKS {
        command.env_remove(name);
    }
    let variables = task.split(' ').filter_map(|pair| pair.split_once('='));
    let Output { status, stdout, stderr } =
        command.envs(variables).current_dir(folder).args(args.split(' ')).output().unwrap();
    (status.code(), stdout, String::from_utf8(stderr).unwrap())
}

pub fn run(folder: &Path, args: &str) -> (Option<i32>, Vec<u8>, String) {
    in_task(folder, "", args)
}

/// Runs a command line that must fail; returns its messages.
pub fn refused(folder: &Path, args: &str) -> String {
    let (code, out, stderr) = run(folder, args);
    assert!(code != Some(0) && out.is_empty(), "{args}: {code:?}");
    stderr
}

/// Returns a long file ordered by day and then by ticker, so that the rows of a ticker are not adjacent.
pub(crate) fn long(tickers: &[(&str, PriceSeries)]) -> String {
    let days = tickers.iter().map(|(_, series)| series.len()).max().unwrap();
    let row = |day: usize, (name, series): &(&str, PriceSeries)| match series.dates.get(day) {
        Some(date) => format!("{date},\"{}\",{}\n", name.replace('"', "\"\""), series.close[day]),
        None => String::new(),
    };
    let rows = (0..days).flat_map(|day| tickers.iter().map(move |ticker| row(day, ticker)));
    format!("Date,Ticker,Close\n{}", rows.collect::<String>())
}

/// Creates two files: nine tickers, one with only two rows and one with a price below zero; and a file of one series. A
/// third file does not exist.
pub fn universe() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let names = ["AAA", "B \"quoted\", C", "CCC", "DDD", "EEE", "FFF", "Ünï", "HHH", "III"];
    let tickers = names.iter().enumerate().map(|(seed, name)| {
        let days = if *name == "CCC" { 2 } else { 120 };
        (*name, autoregressive(days, 0.0, seed as u64))
    });
    let text = long(&tickers.collect::<Vec<_>>()).replace("1990-02-01,\"FFF\",", "1990-02-01,\"FFF\",-");
    fs::write(folder.path().join("long.csv"), text).unwrap();
    let one = with_bars(120, 99);
    let rows = one.dates.iter().zip(&one.close).map(|(date, close)| format!("{date},{close}\n"));
    fs::write(folder.path().join("one.csv"), format!("Date,Close\n{}", rows.collect::<String>())).unwrap();
    folder
}

pub const FILES: &str = "long.csv none.csv one.csv";

/// Runs all `count` shards and returns the names of their files.
pub fn shards(folder: &Path, command: &str, count: u32, ending: &str) -> Vec<String> {
    (1..=count)
        .map(|index| {
            let name = format!("{index}of{count}.{ending}");
            let (code, out, stderr) = run(folder, &format!("{command} -q --shard {index}/{count} --output {name}"));
            assert!(matches!(code, Some(0 | 4)) && out.is_empty(), "{code:?}: {stderr}");
            name
        })
        .collect()
}

pub(crate) fn manifest(folder: &Path, name: &str) -> Value {
    serde_json::from_slice(&fs::read(folder.join(format!("{name}.manifest.json"))).unwrap()).unwrap()
}

#[test]
fn the_shards_of_a_forecast_are_that_of_one_machine() {
    let folder = universe();
    let folder = folder.path();
    for (format, ending) in [("csv", "csv"), ("json", "jsonl")] {
        let command = format!("predict {FILES} --path 2");
        let (code, whole, _) = run(folder, &format!("{command} -q --format {format}"));
        assert_eq!(code, Some(4));
        for count in [1, 2, 3, 16] {
            let names = shards(folder, &command, count, ending);
            let places: BTreeSet<u64> = names
                .iter()
                .flat_map(|name| manifest(folder, name)["series"].as_array().unwrap().clone())
                .map(|entry| entry["place"].as_u64().unwrap())
                .collect();
            assert!(places.into_iter().eq(1..=11), "each series is in one shard");
            let (code, merged, stderr) = run(folder, &format!("merge {}", names.join(" ")));
            assert_eq!(String::from_utf8(merged).unwrap(), String::from_utf8(whole.clone()).unwrap());
            assert_eq!((code, &*stderr), (Some(4), "error: 3 of 11 series failed\n"));
            // Manifests in another order, and both names of one shard.
            let other = names.iter().rev().map(|name| format!("{name}.manifest.json")).chain([names[0].clone()]);
            let all = format!("all.{ending}");
            let (code, out, _) = run(folder, &format!("merge {} --output {all}", other.collect::<Vec<_>>().join(" ")));
            assert_eq!((code, out), (Some(4), Vec::new()));
            assert_eq!(fs::read(folder.join(all)).unwrap(), whole);
        }
    }
}

/// This holds whichever shard has the first series of the file, and also if that series has failed.
#[test]
fn merged_rows_have_the_warnings_about_a_file_once() {
    let folder = tempfile::tempdir().unwrap();
    let tickers = ["AAA", "BBB", "CCC", "DDD", "EEE"].map(|name| (name, autoregressive(120, 0.0, 7)));
    for (close, stderr) in [("", 1), ("-", 0)] {
        let before = "1990-02-01,\"AAA\",";
        let text = long(&tickers).replace(before, &format!("{before}{close}"));
        fs::write(folder.path().join("long.csv"), text + "2024-01-02,,5\n2024-01-03,,6\n").unwrap();
        let command = "predict long.csv --pretrained -q --format json";
        let (_, whole, _) = run(folder.path(), command);
        for shard in 1..=3 {
            run(folder.path(), &format!("{command} --shard {shard}/3 --output {shard}.json"));
        }
        let (_, merged, _) = run(folder.path(), "merge 1.json 2.json 3.json");
        assert!(merged == whole, "{}", String::from_utf8(merged).unwrap());
        assert_eq!(String::from_utf8(whole).unwrap().matches("without a ticker").count(), stderr);
    }
    let stderr = refused(folder.path(), "merge 1.json 2.json 3.json --output all.csv");
    assert!(stderr.contains("all.csv: the shards are json") && stderr.contains("name it all.json"), "{stderr}");
    let stderr = refused(folder.path(), "merge 1.json 2.json 3.json --output all.html");
    assert!(stderr.contains("name it all.json"), "{stderr}");
    let stderr = refused(folder.path(), "merge 1.json 2.json 3.json --output all.parquet");
    assert!(stderr.contains("the shards are json") && stderr.contains("name it all.json"), "{stderr}");
    let stderr = refused(folder.path(), "merge 1.json 2.json 3.json --output 2.json");
    assert!(stderr.contains("the shard would be overwritten"), "{stderr}");
}

#[test]
fn the_shards_of_a_backtest_are_that_of_one_machine() {
    let folder = universe();
    let folder = folder.path();
    for (format, ending) in [("csv", "csv"), ("json", "json")] {
        let how = "--test-days 5 --refit-every 5 --epochs 1 --ensemble 1 --baselines ewma --brier +1%";
        let command = format!("backtest {FILES} {how}");
        let (code, whole, stderr) = run(folder, &format!("{command} -q --format {format}"));
        assert_eq!(code, Some(4), "{stderr}");
        let names = shards(folder, &command, 3, ending);
        let (code, merged, _) = run(folder, &format!("merge {}", names.join(" ")));
        assert_eq!(code, Some(4));
        assert_eq!(String::from_utf8(merged).unwrap(), String::from_utf8(whole).unwrap());
        assert_eq!(manifest(folder, &names[0])["run"]["seed"], 4);
    }
}

/// Models and rows of `train --each`, and forecasts and tests with these models.
#[test]
fn the_shards_of_models_are_those_of_one_machine() {
    let folder = universe();
    let folder = folder.path();
    let train = format!("train {FILES} --each --models models --epochs 1 --ensemble 1");
    let (code, whole, stderr) = run(folder, &format!("{train} -q --format json"));
    assert_eq!(code, Some(4), "{stderr}");
    let models = || {
        let mut models: Vec<_> =
            fs::read_dir(folder.join("models")).unwrap().map(|entry| entry.unwrap().path()).collect();
        models.sort();
        models.into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect::<Vec<_>>()
    };
    let of_one = models();
    assert_eq!(of_one.len(), 8);
    fs::remove_dir_all(folder.join("models")).unwrap();
    let names = shards(folder, &train, 3, "json");
    assert!(models() == of_one, "the same models, byte for byte");
    let (code, merged, _) = run(folder, &format!("merge {}", names.join(" ")));
    assert_eq!((code, String::from_utf8(merged).unwrap()), (Some(4), String::from_utf8(whole).unwrap()));

    let predict = format!("predict {FILES} --models models");
    let (_, whole, _) = run(folder, &format!("{predict} -q"));
    let names = shards(folder, &predict, 2, "csv");
    assert_eq!(run(folder, &format!("merge {}", names.join(" "))).1, whole);
    // Another model counts as another input.
    fs::copy(&of_one[0].0, &of_one[1].0).unwrap();
    let (_, _, stderr) = run(folder, &format!("{predict} --shard 1/2 --output 1of2.csv"));
    assert!(stderr.contains("made again: of the manifest there the SHA-256 of models is "), "{stderr}");
    assert_eq!(run(folder, "train one.csv --output o.csv").0, Some(2));
}

/// Runs without failures, and with only failures.
#[test]
fn the_exit_code_of_a_merge_is_that_of_one_machine() {
    let folder = universe();
    let folder = folder.path();
    for (files, expected) in [("one.csv one.csv", 0), ("none.csv no.csv", 1), ("one.csv", 0)] {
        let (code, whole, _) = run(folder, &format!("predict {files} -q"));
        assert_eq!(code, Some(expected));
        let names = shards(folder, &format!("predict {files}"), 5, "csv");
        let (code, merged, _) = run(folder, &format!("merge {}", names.join(" ")));
        assert_eq!((code, merged), (Some(expected), whole), "{files}");
        names.iter().for_each(|name| fs::remove_file(folder.join(name)).unwrap());
        names.iter().for_each(|name| fs::remove_file(folder.join(format!("{name}.manifest.json"))).unwrap());
    }
}

#[test]
fn a_finished_shard_is_left_as_it_is_and_another_is_made_again() {
    let folder = universe();
    let folder = folder.path();
    let command = format!("predict {FILES} --shard 1/1 --output out.csv");
    let (code, _, _) = run(folder, &command);
    assert_eq!(code, Some(4));
    let written = || fs::metadata(folder.join("out.csv")).unwrap().modified().unwrap();
    let (first, whole) = (written(), fs::read(folder.join("out.csv")).unwrap());
    let (code, _, stderr) = run(folder, &command);
    assert_eq!((code, written()), (Some(4), first));
    assert!(stderr.starts_with("out.csv: shard 1/1 is finished, and left as it is\n"), "{stderr}");
    let again = |change: &dyn Fn(), why: &str| {
        change();
        let (code, _, stderr) = run(folder, &command);
        assert_eq!(code, Some(4), "{stderr}");
        assert!(stderr.starts_with("out.csv: shard 1/1 is made again: ") && stderr.contains(why), "{stderr}");
    };
    let edit = |name: &str, from: &str, to: &str| {
        let text = fs::read_to_string(folder.join(name)).unwrap();
        fs::write(folder.join(name), text.replacen(from, to, 1)).unwrap();
    };
    again(&|| edit("out.csv", "AAA", "AAB"), "the file is not the one of its manifest");
    assert_eq!(fs::read(folder.join("out.csv")).unwrap(), whole);
    again(&|| fs::remove_file(folder.join("out.csv")).unwrap(), "the file is not the one of its manifest");
    again(&|| edit("one.csv", "1990-01-01,", "1990-01-01,1"), "the SHA-256 of one.csv");
    let (_, _, stderr) = run(folder, &format!("{command} --levels 0.8"));
    assert!(
        stderr.contains("made again: of the manifest there the option levels is not given, expected 0.8"),
        "{stderr}"
    );
    // Options that do not change any result.
    let (_, _, stderr) = run(folder, &format!("{command} --levels 0.8 --verbose"));
    assert!(stderr.contains("is finished"), "{stderr}");
    // An incomplete manifest counts as missing.
    let path = folder.join("out.csv.manifest.json");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, &text[..text.len() / 2]).unwrap();
    let (code, _, stderr) = run(folder, &format!("{command} --levels 0.8"));
    assert!(code == Some(4) && !stderr.contains("is finished"), "{stderr}");
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    let stderr = refused(folder, &format!("predict {FILES} --shard 1/2 --output out.csv"));
    assert!(stderr.starts_with("error: out.csv: holds shard 1/1, expected shard 1/2 or a new name"), "{stderr}");
}

#[test]
fn tasks_of_schedulers_take_their_shards() {
    let folder = universe();
    let folder = folder.path();
    let (_, whole, _) = run(folder, &format!("predict {FILES} -q"));
    let slurm = |id| format!("SLURM_ARRAY_TASK_ID={id} SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_COUNT=3");
    for id in 1..=3 {
        let (code, _, stderr) = in_task(folder, &slurm(id), &format!("predict {FILES} --output {id}.csv"));
        let because = format!("{id}.csv: shard {id}/3, because of SLURM_ARRAY_TASK_ID={id}\n");
        assert!(matches!(code, Some(0 | 4)) && stderr.starts_with(&because), "{stderr}");
    }
    assert_eq!(run(folder, "merge 1.csv 2.csv 3.csv").1, whole);
    for index in 0..2 {
        let pod = format!("JOB_COMPLETION_INDEX={index}");
        let (code, _, stderr) =
            in_task(folder, &pod, &format!("predict {FILES} -q --shard /2 --output pod{index}.csv"));
        assert!(matches!(code, Some(0 | 4)), "{stderr}");
    }
    assert_eq!(run(folder, "merge pod0.csv pod1.csv").1, whole);
    let (code, _, stderr) = in_task(folder, "JOB_COMPLETION_INDEX=0", "predict one.csv --output o.csv");
    assert!(code == Some(1) && stderr.contains("no variable contains the number of shards"), "{stderr}");
    // A task does not leave out a file that it names.
    let (code, _, stderr) = in_task(folder, &slurm(2), "predict one.csv --output o.csv");
    assert!(code == Some(1) && stderr.contains("pass --shard 1/1 to take it in this task"), "{stderr}");
    assert!(!folder.join("o.csv").exists());
    let (code, out, stderr) = in_task(folder, &slurm(2), "predict one.csv --format csv");
    assert!(code == Some(0) && !out.is_empty(), "{stderr}");
    assert!(stderr.contains("SLURM_ARRAY_TASK_ID=2: all series, because there is no --output\n"), "{stderr}");
    let (code, _, stderr) = run(folder, "predict one.csv --shard /2 --output o.csv");
    assert!(code == Some(1) && stderr.contains("and none is set"), "{stderr}");
}

/// Two runs compute the same shard at the same time: both succeed, and the files are complete.
#[test]
fn two_processes_may_write_one_shard() {
    let folder = universe();
    let folder = folder.path();
    let command = format!("predict {FILES} -q --shard 1/1 --output out.csv");
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| assert_eq!(run(folder, &command).0, Some(4)));
        }
    });
    let (_, whole, _) = run(folder, &format!("predict {FILES} -q"));
    assert_eq!(run(folder, "merge out.csv").1, whole);
}

#[test]
fn outputs_do_not_take_the_place_of_each_other() {
    let folder = universe();
    for (args, other) in [
        ("predict one.csv --pretrained --output a.svg --plot ./a.svg", "the results"),
        ("predict one.csv --pretrained --output a.html --report a.html", "the results"),
        ("backtest one.csv --test-days 30 --output a.csv --forecasts a.csv", "the results"),
        ("backtest one.csv --test-days 30 --output a.html --report a.html", "the results"),
        ("backtest one.csv --test-days 30 --report a.html --plot a.svg --forecasts a.svg", "the test days"),
    ] {
        let stderr = refused(folder.path(), args);
        assert!(stderr.contains(&format!("is named for {other} too, expected two files")), "{args}: {stderr}");
    }
    let each = "train long.csv --each --models models --epochs 1 --ensemble 1 --output models/AAA.safetensors";
    let stderr = refused(folder.path(), each);
    assert!(stderr.contains("is the name of a model, expected a name for results"), "{stderr}");
    // The results of all series do not replace a shard.
    assert_eq!(run(folder.path(), "predict one.csv --pretrained -q --shard 1/1 --output s.csv").0, Some(0));
    let stderr = refused(folder.path(), "predict one.csv --pretrained -q --output s.csv");
    assert!(stderr.starts_with("error: s.csv: holds shard 1/1, expected a new name"), "{stderr}");
}

/// The error of the only series is a row of its shard, so the shards are complete.
#[test]
fn shards_of_one_series_that_fails_are_whole() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("one.csv"), "Date,Close\n2024-01-02,1\n").unwrap();
    let mut codes = Vec::new();
    for index in 1..=3 {
        let line = format!("predict one.csv --pretrained -q --shard {index}/3 --output {index}.csv");
        codes.push(run(folder.path(), &line).0.unwrap());
    }
    codes.sort_unstable();
    assert_eq!(codes, [0, 0, 4]);
    let (code, out, stderr) = run(folder.path(), "merge 1.csv 2.csv 3.csv");
    let rows = String::from_utf8(out).unwrap();
    assert!(rows.starts_with("series,error\none,") && code == Some(1), "{code:?} {rows} {stderr}");
}

#[test]
fn a_shard_whose_model_is_gone_is_made_again() {
    let folder = universe();
    let line = "train one.csv --each --models models --epochs 1 --ensemble 1 --shard 1/1 --output s.csv";
    assert_eq!(run(folder.path(), line).0, Some(0));
    assert!(run(folder.path(), line).2.contains("is finished, and left as it is"));
    fs::remove_file(folder.path().join("models/one~.safetensors")).unwrap();
    let stderr = run(folder.path(), line).2;
    assert!(stderr.contains("s.csv: shard 1/1 is made again: models/one~.safetensors is missing"), "{stderr}");
    let model = folder.path().join("models/one~.safetensors");
    let whole = fs::read(&model).unwrap();
    // Another training run has written the model in the meantime.
    let other = line.replace("--shard 1/1 --output s.csv", "--seed 9");
    assert_eq!(run(folder.path(), &other).0, Some(0));
    let stderr = run(folder.path(), line).2;
    assert!(stderr.contains("s.csv: shard 1/1 is made again: models/one~.safetensors was changed since"), "{stderr}");
    assert!(fs::read(&model).unwrap() == whole);
}
