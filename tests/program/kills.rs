//! A process that is killed or terminated at any moment leaves complete files and no locks.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::faults::{EXE, FB, run, with_first_part};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

/// Returns how often a process is killed; `KILLS=1000` in the environment sets another number.
fn kills(default: usize) -> usize {
    std::env::var("KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(default)
}

/// After a kill at any moment, the model is the old one or the new one, and the next run removes leftover files.
#[test]
fn a_kill_leaves_a_whole_model_and_the_next_run_no_strays() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), FB).unwrap();
    let train = ["train", "p.csv", "--epochs", "1", "--ensemble", "1", "-q"];
    let start = Instant::now();
    assert!(run(folder.path(), &train).status.success());
    let usual = start.elapsed();
    let mut rng = Pcg64::seed_from_u64(72);
    for _ in 0..kills(30) {
        let mut command = Command::new(EXE);
        command.current_dir(folder.path()).args(train).args(["--seed", &rng.random_range(0..9).to_string()]);
        let mut child = command.stdout(Stdio::null()).spawn().unwrap();
        std::thread::sleep(usual.mul_f64(rng.random_range(0.5..1.1)));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(run(folder.path(), &["inspect", "model.safetensors"]).status.success());
    }
    // A temporary file, as left by a kill between writing and renaming.
    fs::write(folder.path().join(".fourcast-a1B2c3"), "half a model").unwrap();
    assert!(run(folder.path(), &train).status.success());
    let names = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    assert_eq!(names, ["model.safetensors", "p.csv"]);
}

pub(crate) fn sorted_names(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

/// Starts a command and kills it after a random fraction (0.1 to 1.2) of its usual time.
fn killed(folder: &Path, args: &[&str], usual: Duration, rng: &mut Pcg64) {
    let mut child = Command::new(EXE).current_dir(folder).args(args).stdout(Stdio::null()).spawn().unwrap();
    std::thread::sleep(usual.mul_f64(rng.random_range(0.1..1.2)));
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Creates a folder with prices and a model of all rows except the last 20.
pub(crate) fn folder_to_update() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let rows = FB.lines().count() - 20;
    let some: String = FB.lines().take(rows).map(|row| format!("{row}\n")).collect();
    fs::write(folder.path().join("p.csv"), some).unwrap();
    assert!(run(folder.path(), &["train", "p.csv", "--epochs", "1", "--ensemble", "1", "-q"]).status.success());
    fs::write(folder.path().join("p.csv"), FB).unwrap();
    folder
}

/// After an interrupted update, the model is the one before or the one after, complete.
#[expect(clippy::print_stdout, reason = "what was found, with --nocapture")]
#[test]
fn a_kill_during_an_update_leaves_one_of_two_models() {
    let folder = folder_to_update();
    let model = folder.path().join("model.safetensors");
    let old = fs::read(&model).unwrap();
    let update = ["update", "p.csv", "-q", "--epochs", "1"];
    let start = Instant::now();
    assert!(run(folder.path(), &update).status.success());
    let usual = start.elapsed();
    let new = fs::read(&model).unwrap();
    assert!(old != new);
    let mut rng = Pcg64::seed_from_u64(73);
    let (mut left, mut replaced) = (0, 0);
    for _ in 0..kills(20) {
        fs::write(&model, &old).unwrap();
        killed(folder.path(), &update, usual, &mut rng);
        match fs::read(&model).unwrap() {
            bytes if bytes == old => left += 1,
            bytes if bytes == new => replaced += 1,
            bytes => panic!("a mixture of {} bytes", bytes.len()),
        }
    }
    println!("{left} old models, {replaced} new ones");
    fs::write(&model, &old).unwrap();
    assert!(run(folder.path(), &update).status.success());
    assert!(fs::read(&model).unwrap() == new);
    assert_eq!(sorted_names(folder.path()), ["model.safetensors", "p.csv"]);
}

/// A ledger keeps its content, and the next run adds what is missing.
#[expect(clippy::print_stdout, reason = "what was found, with --nocapture")]
#[test]
fn a_kill_while_forecasts_are_recorded_loses_none() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), FB).unwrap();
    let ledger = folder.path().join("l.jsonl");
    let predict = ["predict", "p.csv", "-q", "--path", "30", "--ledger", "l.jsonl"];
    let before = ["predict", "p.csv", "-q", "--until", "2013-01-15", "--path", "30", "--ledger", "l.jsonl"];
    assert!(run(folder.path(), &before).status.success());
    let old = fs::read(&ledger).unwrap();
    let start = Instant::now();
    assert!(run(folder.path(), &predict).status.success());
    let usual = start.elapsed();
    let new = fs::read(&ledger).unwrap();
    assert!(new.starts_with(&old) && new.len() > old.len());
    let mut rng = Pcg64::seed_from_u64(74);
    let (mut left, mut added, mut torn) = (0, 0, 0);
    for _ in 0..kills(20) {
        fs::write(&ledger, &old).unwrap();
        killed(folder.path(), &predict, usual, &mut rng);
        let bytes = fs::read(&ledger).unwrap();
        assert!(bytes.starts_with(&old) && new.starts_with(&bytes), "{} bytes", bytes.len());
        match bytes.len() {
            length if length == old.len() => left += 1,
            length if length == new.len() => added += 1,
            _ => torn += 1,
        }
        assert!(run(folder.path(), &predict).status.success());
        assert!(fs::read(&ledger).unwrap() == new);
    }
    println!("{left} ledgers as before, {added} with all forecasts, {torn} with a part of them");
    assert_eq!(sorted_names(folder.path()), ["l.jsonl", "p.csv"]);
}

/// SIGTERM ends a command at once, and the files that it was to write are unchanged.
#[cfg(target_os = "linux")]
#[test]
fn a_terminated_command_leaves_its_files_as_they_were() {
    use rustix::process::{Pid, Signal, kill_process};
    use std::os::unix::process::ExitStatusExt;

    let text = include_str!("../../data/aapl.csv");
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), text).unwrap();
    assert!(
        run(folder.path(), &["predict", "p.csv", "-q", "--until", "2013-02-01", "--ledger", "l.jsonl"])
            .status
            .success()
    );
    fs::write(folder.path().join("r.csv"), "").unwrap();
    let ledger = fs::read(folder.path().join("l.jsonl")).unwrap();
    let (child, _) = with_first_part(folder.path(), "predict - --ledger l.jsonl --output r.csv", text);
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.status.signal()), (None, Some(15)));
    assert!(fs::read(folder.path().join("l.jsonl")).unwrap() == ledger);
    assert_eq!(fs::read_to_string(folder.path().join("r.csv")).unwrap(), "");
    assert!(run(folder.path(), &["predict", "p.csv", "-q", "--output", "r.csv"]).status.success());
    assert_eq!(sorted_names(folder.path()), ["l.jsonl", "p.csv", "r.csv"]);
}

/// SIGTERM and the end of the terminal (SIGHUP) end a training run by that signal, and leave neither a lock nor a
/// temporary file. Under `nohup`, the end of the terminal ends nothing.
#[cfg(target_os = "linux")]
#[test]
fn a_terminated_training_leaves_no_lock() {
    use rustix::process::{Pid, Signal, kill_process};
    use std::os::unix::process::ExitStatusExt;

    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), include_str!("../../data/aapl.csv")).unwrap();
    let train = ["train", "p.csv", "-q", "--epochs", "1000000", "--ensemble", "1", "--patience", "0"];
    let is_locked = || sorted_names(folder.path()).iter().any(|name| name.starts_with(".fourcast-lock-"));
    let begin = |setup: &str| {
        let mut command = Command::new("env");
        command.arg(setup).arg(env!("CARGO_BIN_EXE_fourcast")).args(train).current_dir(folder.path());
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while !is_locked() {
            std::thread::sleep(Duration::from_millis(5));
        }
        child
    };
    for (signal, number) in [(Signal::TERM, 15), (Signal::HUP, 1)] {
        let mut child = begin("--default-signal");
        kill_process(Pid::from_child(&child), signal).unwrap();
        assert_eq!(child.wait().unwrap().signal(), Some(number));
        assert_eq!(sorted_names(folder.path()), ["p.csv"]);
    }
    let mut child = begin("--ignore-signal=HUP");
    kill_process(Pid::from_child(&child), Signal::HUP).unwrap();
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().signal(), Some(15));
}
