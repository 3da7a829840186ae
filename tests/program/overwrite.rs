//! Files that would be lost are not overwritten, and a path that cannot be written is reported before any work.

use std::fs;

use crate::bad_input::{AAPL, OLDER_MODEL, fails, fourcast};

#[test]
fn a_place_that_cannot_be_written_is_known_before_training() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), AAPL).unwrap();
    let help = "\n  help: name a file in a folder you can write to with --model";
    let no_folder = format!("error: none/m.st: cannot be written: no folder 'none'{help}");
    fails(folder.path(), &["train", "p.csv", "-m", "none/m.st"], 1, &no_folder);
    fs::create_dir(folder.path().join("folder")).unwrap();
    // For reading and for writing.
    let a_folder = "error: folder: is a folder, expected a file\n  help: name a file in it";
    fails(folder.path(), &["train", "p.csv", "-m", "folder"], 1, a_folder);
    fails(folder.path(), &["predict", "p.csv", "-m", "folder"], 1, a_folder);
}

#[test]
fn neither_prices_nor_devices_are_written_over() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), AAPL).unwrap();
    let messages = "error: p.csv: is read and written, expected two files\n  \
                help: name another output file: the prices would be overwritten";
    fails(folder.path(), &["train", "p.csv", "-m", "p.csv"], 1, messages);
    fails(folder.path(), &["backtest", "p.csv", "--forecasts", "p.csv"], 1, messages);
    for place in ["/dev/stdout", "/dev/null", "-"] {
        let output = fourcast(folder.path(), &["train", "p.csv", "-m", place]).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{place}");
        let messages = String::from_utf8(output.stderr).unwrap();
        assert!(messages.contains("is not an ordinary file"), "{messages}");
    }
    assert_eq!(fs::read_to_string(folder.path().join("p.csv")).unwrap(), AAPL);
}

/// Under any name or redirection; and any other file that is neither a model nor forecasts of a backtest.
#[test]
fn what_would_be_lost_is_not_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("p.csv"), AAPL).unwrap();
    fs::write(at("notes.txt"), "buy low\n").unwrap();
    fs::write(at("other.safetensors"), b"\x02\0\0\0\0\0\0\0{}").unwrap();
    fs::write(at("model.safetensors"), OLDER_MODEL).unwrap();
    fs::hard_link(at("p.csv"), at("hard.csv")).unwrap();
    let mut aliases = vec!["p.csv", "./p.csv", "hard.csv"];
    if cfg!(unix) {
        #[cfg(unix)]
        std::os::unix::fs::symlink("p.csv", at("soft.csv")).unwrap();
        aliases.push("soft.csv");
    }
    let refused = |args: &[&str], stdin: bool, stderr_text: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_fourcast"));
        command.current_dir(folder.path()).args(args);
        if stdin {
            command.stdin(fs::File::open(at("p.csv")).unwrap());
        }
        let output = command.output().unwrap();
        let messages = String::from_utf8(output.stderr).unwrap();
        assert_eq!(messages.trim_end(), stderr_text, "{args:?}");
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{args:?}");
    };
    for name in aliases {
        let stderr_text = format!(
            "error: {name}: is read and written, expected two files\n  \
             help: name another output file: the prices would be overwritten"
        );
        refused(&["train", "p.csv", "-m", name], false, &stderr_text);
        refused(&["train", "-m", name], true, &stderr_text);
        refused(&["backtest", "-", "--forecasts", name], true, &stderr_text);
    }
    let help = "help: it would be overwritten: pass another name, or remove it first";
    let text =
        format!("error: notes.txt: is a text that starts with 'buy low', expected a model or a new name\n  {help}");
    refused(&["train", "p.csv", "-m", "notes.txt"], false, &text);
    let other = format!(
        "error: other.safetensors: is a safetensors file that fourcast did not write, expected a model or a new name\n  {help}"
    );
    refused(&["train", "p.csv", "-m", "other.safetensors"], false, &other);
    let forecasts =
        format!("error: model.safetensors: is a model, expected forecasts of a backtest or a new name\n  {help}");
    refused(&["backtest", "p.csv", "--forecasts", "model.safetensors"], false, &forecasts);
    assert_eq!(fs::read_to_string(at("p.csv")).unwrap(), AAPL);
    assert_eq!(fs::read(at("model.safetensors")).unwrap(), OLDER_MODEL);
    // An empty file, an older model or older forecasts can be replaced, because nothing is lost.
    fs::write(at("empty"), "").unwrap();
    for name in ["empty", "model.safetensors"] {
        let train = ["train", "p.csv", "--epochs", "1", "--ensemble", "1", "-m", name];
        fourcast(folder.path(), &train).assert().success();
    }
    for _ in 0..2 {
        let backtest = ["backtest", "p.csv", "-m", "model.safetensors", "--in-sample", "--forecasts", "days.csv"];
        fourcast(folder.path(), &[&backtest[..], &["--baselines", "naive", "--test-days", "60"]].concat())
            .assert()
            .success();
    }
}

/// Linux has a device that is always full.
#[cfg(target_os = "linux")]
#[test]
fn results_that_cannot_be_written_name_their_place() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), AAPL).unwrap();
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_fourcast"))
        .current_dir(folder.path())
        .args(["predict", "p.csv", "-q"])
        .stdout(full)
        .output()
        .unwrap();
    let messages = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(messages.starts_with("error: standard output: "), "{messages}");
    assert!(messages.contains("\n  help: check where the output goes"), "{messages}");
}

/// Forecasts written to the path of a model would destroy it.
#[test]
fn a_model_that_is_tested_is_not_written_over() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), AAPL).unwrap();
    let train = ["train", "p.csv", "--until", "2009-12-31", "--epochs", "1", "--ensemble", "1"];
    fourcast(folder.path(), &train).assert().success();
    let stderr = "error: ./model.safetensors: is read and written, expected two files\n  \
                help: name another output file: the model would be overwritten";
    for model in ["--model", "--init-from"] {
        let args = ["backtest", "p.csv", model, "model.safetensors", "--forecasts", "./model.safetensors"];
        fails(folder.path(), &args, 1, stderr);
    }
}
