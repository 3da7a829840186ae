//! Folders in which no file can be created, full disks, and limits on the size of files.

use std::fs;
use std::process::Command;
use std::time::Duration;

use crate::faults::{EXE, FB, shell, within};
use crate::kills::{folder_to_update, sorted_names};

/// No user can create a file in the system's folder.
#[test]
fn a_folder_that_takes_no_file_is_an_error_before_any_work() {
    let folder = folder_to_update();
    for line in [
        "train p.csv --epochs 1000000 -m /sys/kernel/x",
        "train p.csv --epochs 1000000 --report /sys/kernel/x",
        "update p.csv --save-as /sys/kernel/x",
        "predict p.csv --ledger /sys/kernel/x",
        "predict p.csv --output /sys/kernel/x",
        "backtest p.csv --epochs 1000000 --forecasts /sys/kernel/x",
        "tune p.csv --epochs 1000000 --trials 3 --folds 3 --test-days 30 --state /sys/kernel/x",
        "export --to onnx -m model.safetensors --output /sys/kernel/x",
    ] {
        let args: Vec<&str> = line.split(' ').collect();
        let output = within(Duration::from_secs(60), Command::new(EXE).current_dir(folder.path()).args(args), line);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{line}: {stderr}");
        assert!(stderr.contains("error: /sys/kernel/x: cannot be "), "{line}: {stderr}");
        assert!(stderr.contains("  help: "), "{line}: {stderr}");
        assert_eq!(sorted_names(folder.path()), ["model.safetensors", "p.csv"], "{line}");
    }
}

/// Files are limited to one block, so the new model cannot be written, and the old one is kept.
#[test]
fn a_full_disk_leaves_a_model_that_is_updated() {
    let folder = folder_to_update();
    let old = fs::read(folder.path().join("model.safetensors")).unwrap();
    let output = shell(folder.path(), "trap '' XFSZ; ulimit -f 1; exec \"$0\" update p.csv -q");
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("error: model.safetensors: cannot be written: "), "{stderr}");
    assert!(fs::read(folder.path().join("model.safetensors")).unwrap() == old);
    assert_eq!(sorted_names(folder.path()), ["model.safetensors", "p.csv"]);
}

/// A limit on the size of files, as batch systems set it, is an error like a full disk.
#[test]
fn a_limit_on_the_size_of_files_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("p.csv"), include_str!("../../data/fb.csv")).unwrap();
    let script = "ulimit -f 10; exec \"$0\" train p.csv -q --epochs 1 -m m";
    let output = std::process::Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_fourcast")])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        (output.status.code(), stderr.contains("m: cannot be written: File too large")),
        (Some(1), true),
        "{stderr}"
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// A limit on the size of files also applies to output without any work, and to a ledger. A file that did not exist
/// before does not exist afterwards.
#[test]
fn a_limit_on_the_size_of_files_ends_nothing_by_a_signal() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), FB).unwrap();
    let limited = |line: &str| {
        let output = shell(folder.path(), &format!("ulimit -f 0; exec \"$0\" {line}"));
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    for line in ["--help", "--version", "predict p.csv -q", "man", "completions bash"] {
        let (code, stderr) = limited(&format!("{line} >out.txt"));
        let expected = "error: standard output: File too large (os error 27)\n";
        assert!(code == Some(1) && stderr.starts_with(expected), "{line}: {code:?} {stderr}");
    }
    assert_eq!(limited("train --no-such-option 2>out.txt").0, Some(2));
    let (code, stderr) = limited("predict p.csv -q --ledger l.jsonl >/dev/null");
    assert!(
        code == Some(1) && stderr.contains("l.jsonl: cannot be written, and is unchanged: File too large"),
        "{stderr}"
    );
    assert_eq!(sorted_names(folder.path()), ["out.txt", "p.csv"]);
}

/// The help is that of the kind of the error, for every file that is written.
#[test]
fn a_limit_on_the_size_of_files_has_its_help_for_every_output() {
    let folder = folder_to_update();
    for line in [
        "train p.csv --epochs 1 -m m",
        "train p.csv --epochs 1 --each --models models",
        "update p.csv",
        "predict p.csv --report r.html",
        "backtest p.csv --epochs 0 --test-days 60 --refit-every 60 --baselines naive --forecasts f.csv",
        "predict p.csv --format csv >out.csv",
    ] {
        let output = shell(folder.path(), &format!("ulimit -f 0; exec \"$0\" {line} -q"));
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_ne!(output.status.code(), Some(0), "{line}: {stderr}");
        assert!(stderr.contains("File too large") && stderr.contains("help: raise the limit"), "{line}: {stderr}");
    }
}
