//! `train --resume`: training runs that were killed, stopped or terminated, and then continued.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use crate::common::{autoregressive, folder_with};

const EXE: &str = env!("CARGO_BIN_EXE_fourcast");

fn command(folder: &Path, line: &str) -> Command {
    let mut command = Command::new(EXE);
    command.current_dir(folder).args(line.split_whitespace());
    command
}

fn run(folder: &Path, line: &str) -> Output {
    command(folder, line).output().unwrap()
}

#[track_caller]
fn done(folder: &Path, line: &str) -> String {
    let output = run(folder, line);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{line}: {:?} {stderr}", output.status);
    stderr
}

/// Runs a command that must fail; returns its error.
#[track_caller]
fn refused(folder: &Path, line: &str) -> String {
    let output = run(folder, line);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{line}: {stderr}");
    assert!(output.stdout.is_empty(), "{line}");
    stderr
}

fn names(folder: &Path) -> Vec<String> {
    let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    let mut names: Vec<String> = fs::read_dir(folder).unwrap().map(name).collect();
    names.sort();
    names
}

/// Waits until a training run has written a checkpoint; returns false if it ended before.
fn has_written(training: &mut Child, checkpoint: &Path) -> bool {
    let start = Instant::now();
    while !checkpoint.exists() {
        if training.try_wait().unwrap().is_some() {
            return false;
        }
        assert!(start.elapsed() < Duration::from_secs(300), "no checkpoint");
        sleep(Duration::from_millis(1));
    }
    true
}

/// Starts a training run and kills it once it has written a checkpoint, or lets it end. Returns whether it was killed.
fn killed(folder: &Path, line: &str, checkpoint: &Path, after: Duration) -> bool {
    let mut child = command(folder, line).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    if !has_written(&mut child, checkpoint) {
        return false;
    }
    sleep(after);
    child.kill().unwrap();
    !child.wait().unwrap().success()
}

/// Networks that train for hundreds of epochs in a fraction of a second.
const SMALL: &str =
    "train p.csv -q --hidden 4 --ensemble 2 --epochs 250 --batch-size 64 --patience 0 --init-from random";
const OFTEN: &str = "--checkpoint-every 0.01";

/// Training runs of each topology, on one thread and on several, are killed twice at random moments and continued.
#[test]
fn a_killed_training_continues_to_the_same_bytes() {
    let folder = folder_with(&autoregressive(260, 0.0, 81));
    let at = |name: &str| folder.path().join(name);
    let mut rng = Pcg64::seed_from_u64(82);
    let mut kills = 0;
    for options in [
        "",
        "--layers 2 --dropout 0.3 --cell gru",
        "--topology many-to-many --horizon 3 --teacher-forcing 0.5",
        "--topology one-to-many --horizon 3 --cell rnn --valid-fraction 0",
    ] {
        done(folder.path(), &format!("{SMALL} {options} -m whole.st"));
        for _ in 0..2 {
            let line = format!("{SMALL} {options} {OFTEN} -m m.st --resume --threads {}", rng.random_range(1..3));
            let after = Duration::from_millis(rng.random_range(0..60));
            kills += usize::from(killed(folder.path(), &line, &at("m.st.checkpoint"), after));
        }
        // Options that do not affect the result can differ when a run is continued.
        let stderr = done(folder.path(), &format!("{SMALL} {options} -m m.st --resume --threads 3").replace(" -q", ""));
        assert!(stderr.contains("m.st.checkpoint: "), "{stderr}");
        assert!(fs::read(at("m.st")).unwrap() == fs::read(at("whole.st")).unwrap(), "{options}");
        assert_eq!(names(folder.path()), ["m.st", "p.csv", "whole.st"], "{options}");
        fs::remove_file(at("m.st")).unwrap();
    }
    assert!(kills > 3, "{kills} trainings were killed");
}

/// Many training runs are killed at random moments. `KILLS=1000` in the environment sets the number.
#[expect(clippy::print_stdout, reason = "what was found, with --nocapture")]
#[test]
fn a_training_killed_at_any_moment_continues() {
    let kills = std::env::var("KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(12);
    let folder = folder_with(&autoregressive(260, 0.0, 83));
    let at = |name: &str| folder.path().join(name);
    let start = Instant::now();
    done(folder.path(), &format!("{SMALL} -m whole.st"));
    let usual = start.elapsed();
    let mut rng = Pcg64::seed_from_u64(84);
    let (mut killed, mut resumed, mut ended) = (0, 0, 0);
    while killed < kills {
        let line = format!("{SMALL} {OFTEN} -m m.st --resume").replace(" -q", "");
        let mut child = command(folder.path(), &line).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        sleep(usual.mul_f64(rng.random_range(0.0..0.6)));
        child.kill().unwrap();
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(!stderr.contains("error:"), "{stderr}");
        killed += usize::from(!output.status.success());
        resumed += usize::from(stderr.contains("continuing after"));
        // The model exists completely or not at all, and so does the checkpoint; the next run would refuse an
        // incomplete one.
        if let Ok(bytes) = fs::read(at("m.st")) {
            assert!(bytes == fs::read(at("whole.st")).unwrap(), "after {killed} kills");
            ended += 1;
            fs::remove_file(at("m.st")).unwrap();
        }
    }
    done(folder.path(), &format!("{SMALL} -m m.st --resume"));
    assert!(fs::read(at("m.st")).unwrap() == fs::read(at("whole.st")).unwrap());
    assert_eq!(names(folder.path()), ["m.st", "p.csv", "whole.st"]);
    println!("{killed} kills, {resumed} trainings resumed, {ended} models written on the way");
    assert!(resumed > 0);
}

/// One model of several series, and one model of each.
#[test]
fn trainings_of_several_series_continue() {
    let folder = tempfile::tempdir().unwrap();
    let rows = |ticker: &str, seed: u64, days: usize| -> String {
        let series = autoregressive(days, 0.0, seed);
        series.dates.iter().zip(&series.close).map(|(date, close)| format!("{ticker},{date},{close}\n")).collect()
    };
    let text = ["A", "B", "C"].map(|ticker| rows(ticker, u64::from(ticker.as_bytes()[0]), 260)).concat();
    fs::write(folder.path().join("p.csv"), format!("Ticker,Date,Close\n{text}")).unwrap();
    let at = |name: &str| folder.path().join(name);
    let small = SMALL.replace("250", "150");
    done(folder.path(), &format!("{small} -m whole.st"));
    assert!(killed(folder.path(), &format!("{small} {OFTEN} -m m.st"), &at("m.st.checkpoint"), Duration::ZERO));
    let stderr = done(folder.path(), &format!("{small} -m m.st --resume").replace(" -q", ""));
    assert!(stderr.contains("m.st.checkpoint: continuing after "), "{stderr}");
    assert!(
        stderr.contains(" of the fit that is tested and ") && stderr.contains(" of the model, over all"),
        "{stderr}"
    );
    assert!(fs::read(at("m.st")).unwrap() == fs::read(at("whole.st")).unwrap());

    done(folder.path(), &format!("{small} --each --models whole"));
    let each = format!("{small} {OFTEN} --each --models models");
    fs::create_dir(at("models")).unwrap();
    assert!(killed(folder.path(), &each, &at("models/B.safetensors.checkpoint"), Duration::ZERO));
    let stderr = done(folder.path(), &format!("{each} --resume").replace(" -q", ""));
    assert!(stderr.contains("B.safetensors.checkpoint: continuing after "), "{stderr}");
    assert_eq!(names(&at("models")), ["A.safetensors", "B.safetensors", "C.safetensors"]);
    for name in names(&at("models")) {
        assert!(fs::read(at("models").join(&name)).unwrap() == fs::read(at("whole").join(&name)).unwrap(), "{name}");
    }
}

/// If a training run cannot continue from the existing files, the error says what to do.
#[test]
fn what_cannot_be_resumed_is_an_error() {
    let folder = folder_with(&autoregressive(260, 0.0, 85));
    let at = |name: &str| folder.path().join(name);
    let line = format!("{SMALL} {OFTEN} -m m.st");
    assert!(killed(folder.path(), &line, &at("m.st.checkpoint"), Duration::ZERO));
    let checkpoint = fs::read(at("m.st.checkpoint")).unwrap();
    let resume = format!("{line} --resume");
    let place = "error: p.csv: m.st.checkpoint: ";
    let stderr = refused(folder.path(), &resume.replace("250", "251"));
    assert!(
        stderr.starts_with(&format!("{place}is the checkpoint of another training run: epochs 250, expected 251\n")),
        "{stderr}"
    );
    let help = "  help: train with the prices and options it was written with, or leave out --resume to train from the start\n";
    assert!(stderr.ends_with(help), "{stderr}");
    let stderr = refused(folder.path(), &format!("{resume} --until 1990-08-01"));
    assert!(
        stderr.contains("another training run: other prices or days of its test; other prices or days of the model\n"),
        "{stderr}"
    );
    let mut damaged = checkpoint.clone();
    let last = damaged.len() - 100;
    damaged[last] ^= 1;
    for bytes in [&damaged[..], &checkpoint[..checkpoint.len() / 2]] {
        fs::write(at("m.st.checkpoint"), bytes).unwrap();
        let stderr = refused(folder.path(), &resume);
        assert!(stderr.starts_with(&format!("{place}is damaged: ")), "{stderr}");
        assert!(stderr.ends_with("  help: leave out --resume to train from the start\n"), "{stderr}");
    }
    fs::write(at("m.st.checkpoint"), "my notes\n").unwrap();
    for line in [&resume, &line] {
        let stderr = refused(folder.path(), line);
        let occupied =
            "error: m.st.checkpoint: is a text that starts with 'my notes', expected the checkpoint of a training run";
        assert!(stderr.starts_with(occupied), "{stderr}");
    }
    assert_eq!(fs::read_to_string(at("m.st.checkpoint")).unwrap(), "my notes\n");
    assert!(!at("m.st").exists());
    // A training run without --resume starts from the beginning, says so, and removes the checkpoint at its end.
    fs::write(at("m.st.checkpoint"), &checkpoint).unwrap();
    let stderr = done(folder.path(), &line.replace(" -q", ""));
    let note = "m.st.checkpoint: holds an interrupted training run; this run starts from the beginning, --resume continues it\n";
    assert!(stderr.contains(note), "{stderr}");
    // Without a checkpoint there is nothing to continue.
    let stderr = done(folder.path(), &resume.replace(" -q", ""));
    assert!(stderr.contains("m.st.checkpoint: no such file, training from the start\n"), "{stderr}");
    assert_eq!(names(folder.path()), ["m.st", "p.csv"]);
    // A model is not a checkpoint, and a checkpoint is not a model.
    fs::write(at("c.st"), &checkpoint).unwrap();
    let stderr = refused(folder.path(), "predict p.csv -m c.st");
    assert!(stderr.starts_with("error: c.st: a safetensors file without the metadata entry 'fourcast'"), "{stderr}");
    let stderr = refused(folder.path(), "train p.csv -m c.st");
    assert!(
        stderr.starts_with("error: c.st: is the checkpoint of a training run, expected a model or a new name"),
        "{stderr}"
    );
}

/// No checkpoint is written if training ends before one is due, or if checkpoints are turned off.
#[test]
fn short_trainings_write_no_checkpoint() {
    let folder = folder_with(&autoregressive(260, 0.0, 86));
    let checkpoint = folder.path().join("m.st.checkpoint");
    for line in [format!("{SMALL} -m m.st"), format!("{SMALL} -m m.st --checkpoint-every 0")] {
        assert!(!killed(folder.path(), &line, &checkpoint, Duration::ZERO), "{line}");
        assert!(!checkpoint.exists());
    }
    let output = run(folder.path(), "train p.csv --checkpoint-every -1");
    assert_eq!(output.status.code(), Some(2));
}

/// If a checkpoint cannot be written, there is one warning, and the training continues.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_costs_the_checkpoint_alone() {
    let folder = folder_with(&autoregressive(260, 0.0, 87));
    // The limit on the size of files is enough for the model, but not for the checkpoint.
    let line = format!("{SMALL} {OFTEN} -m m.st").replace(" -q", "");
    let script = format!("ulimit -f 24; exec \"$0\" {line}");
    let output = Command::new("sh").args(["-c", &script, EXE]).current_dir(folder.path()).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{stderr}");
    let warning = "warning: m.st.checkpoint: cannot be written: File too large (os error 27)\n";
    assert_eq!(stderr.matches("m.st.checkpoint").count(), 1, "{stderr}");
    assert!(stderr.contains(warning), "{stderr}");
    assert_eq!(names(folder.path()), ["m.st", "p.csv"]);
}

#[cfg(target_os = "linux")]
mod signals {
    use std::os::unix::process::ExitStatusExt;

    use rustix::process::{Pid, Signal, kill_process};

    use super::*;

    /// SIGTERM ends a training run at once: the old model is complete, and the checkpoint remains.
    #[test]
    fn a_terminated_training_leaves_the_old_model_and_its_checkpoint() {
        let folder = folder_with(&autoregressive(260, 0.0, 88));
        let at = |name: &str| folder.path().join(name);
        done(folder.path(), &format!("{SMALL} -m whole.st"));
        done(folder.path(), "train p.csv -q --epochs 1 --ensemble 1 -m m.st");
        let old = fs::read(at("m.st")).unwrap();
        let line = format!("{SMALL} {OFTEN} -m m.st");
        let mut child = command(folder.path(), &line).stdout(Stdio::null()).spawn().unwrap();
        assert!(has_written(&mut child, &at("m.st.checkpoint")));
        kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
        let status = child.wait().unwrap();
        // A shell reports this as exit code 143.
        assert_eq!((status.code(), status.signal()), (None, Some(15)));
        assert!(fs::read(at("m.st")).unwrap() == old);
        done(folder.path(), &format!("{line} --resume"));
        assert!(fs::read(at("m.st")).unwrap() == fs::read(at("whole.st")).unwrap());
        assert_eq!(names(folder.path()), ["m.st", "p.csv", "whole.st"]);
    }

    /// Ctrl-C keeps the model so far, and the checkpoint from which the training can continue.
    #[test]
    fn a_training_that_ctrl_c_stopped_continues() {
        let folder = folder_with(&autoregressive(260, 0.0, 89));
        let at = |name: &str| folder.path().join(name);
        // The networks train for half a second, so that the signal arrives before the end.
        let line = SMALL.replace("250", "600");
        done(folder.path(), &format!("{line} -m whole.st"));
        let line = format!("{line} --checkpoint-every 0.02 -m m.st").replace(" -q", "");
        // Background jobs of a shell ignore SIGINT, and so do the processes that they start.
        let mut child = Command::new("env");
        child.args(["--default-signal=INT", EXE]).args(line.split_whitespace()).current_dir(folder.path());
        let mut child = child.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        assert!(has_written(&mut child, &at("m.st.checkpoint")));
        kill_process(Pid::from_child(&child), Signal::INT).unwrap();
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(130), "{stderr}");
        assert!(stderr.contains(": m.st holds the model so far"), "{stderr}");
        assert!(stderr.ends_with("; the same command with --resume goes on\n"), "{stderr}");
        assert_eq!(names(folder.path()), ["m.st", "m.st.checkpoint", "p.csv", "whole.st"]);
        done(folder.path(), "inspect m.st");
        done(folder.path(), &format!("{line} --resume"));
        assert!(fs::read(at("m.st")).unwrap() == fs::read(at("whole.st")).unwrap());
        assert_eq!(names(folder.path()), ["m.st", "p.csv", "whole.st"]);
    }
}

/// A training run that does not end by itself. It is killed on drop, so that it does not outlive a failing test.
struct Endless(Child);

impl Drop for Endless {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// While a run trains a model, other runs can neither train nor update it.
#[test]
fn one_run_at_a_time_writes_a_model() {
    let folder = folder_with(&autoregressive(260, 0.0, 90));
    let at = |name: &str| folder.path().join(name);
    // A series in capital letters has a model file of the same name.
    fs::rename(at("p.csv"), at("P.csv")).unwrap();
    let all = fs::read_to_string(at("P.csv")).unwrap();
    let some: String = all.lines().take(241).map(|row| format!("{row}\n")).collect();
    fs::write(at("P.csv"), some).unwrap();
    fs::create_dir(at("models")).unwrap();
    done(folder.path(), "train P.csv -q --epochs 1 --ensemble 1 -m models/P.safetensors");
    fs::write(at("P.csv"), all).unwrap();
    let old = fs::read(at("models/P.safetensors")).unwrap();
    let long = "train P.csv -q --epochs 1000000 --patience 0 --init-from random --checkpoint-every 0.05 -m models/P.safetensors";
    let mut child = Endless(command(folder.path(), long).stdout(Stdio::null()).spawn().unwrap());
    assert!(has_written(&mut child.0, &at("models/P.safetensors.checkpoint")));
    let busy = "models/P.safetensors: is being trained or updated by another run\n  help: ";
    for line in [
        "train P.csv -q --epochs 1 --ensemble 1 -m models/P.safetensors",
        "train P.csv -q --epochs 1 --ensemble 1 -m ./models/../models/P.safetensors",
        "update P.csv -q -m models/P.safetensors",
        "update P.csv -q --models models",
        "train P.csv -q --epochs 1 --ensemble 1 --each --models models",
        "tune P.csv -q --trials 3 --folds 3 --test-days 30 -m models/P.safetensors",
    ] {
        let output = run(folder.path(), line);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{line}: {stderr}");
        assert!(stderr.contains(&busy.replacen("models/", "", 1)), "{line}: {stderr}");
        assert!(fs::read(at("models/P.safetensors")).unwrap() == old, "{line}");
    }
    // Reading the model, and writing another one, is possible.
    done(folder.path(), "predict P.csv -q -m models/P.safetensors");
    done(folder.path(), "train P.csv -q --epochs 1 --ensemble 1 -m models/other.safetensors");
    done(folder.path(), "update P.csv -q -m models/P.safetensors --save-as models/new.safetensors");
    drop(child);
    // The lock ends with its process, and the next run removes the lock file.
    done(folder.path(), "update P.csv -q -m models/P.safetensors");
    fs::remove_file(at("models/P.safetensors.checkpoint")).unwrap();
    assert_eq!(names(&at("models")), ["P.safetensors", "new.safetensors", "other.safetensors"]);
}
