//! Ctrl-C during training or testing.

use std::fs;
use std::io::{BufRead, BufReader, Lines, Read};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

/// A run whose standard error is read while it runs.
struct Run {
    child: Child,
    stderr: Lines<BufReader<ChildStderr>>,
}

/// The results of a run that has ended.
struct Ended {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Run {
    fn start(folder: &Path, args: &str) -> Run {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/aapl.csv");
        fs::copy(data, folder.join("aapl.csv")).unwrap();
        // Background jobs of a shell ignore SIGINT, and so do the processes that they start.
        let mut child = Command::new("env")
            .args(["--default-signal=INT", env!("CARGO_BIN_EXE_fourcast")])
            .args(args.split(' '))
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap()).lines();
        Run { child, stderr }
    }

    fn wait_for(&mut self, text: &str) {
        let found = self.stderr.by_ref().map(Result::unwrap).any(|line| line.contains(text));
        assert!(found, "the run ended before it printed '{text}'");
    }

    /// Waits until the run handles SIGINT.
    fn wait_for_handler(&self) {
        const INTERRUPT: u64 = 1 << 1;
        let status = format!("/proc/{}/status", self.child.id());
        let handles = |text: String| {
            assert!(!text.contains("State:\tZ"), "the run ended before it handled the signal");
            let caught = text.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
            u64::from_str_radix(caught.trim(), 16).unwrap() & INTERRUPT != 0
        };
        if !Path::new("/proc/self/status").exists() {
            return std::thread::sleep(Duration::from_secs(2));
        }
        while !handles(fs::read_to_string(&status).unwrap()) {
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn interrupt(&self) {
        kill_process(Pid::from_child(&self.child), Signal::INT).unwrap();
    }

    fn end(mut self) -> Ended {
        let stderr = self.stderr.map(|line| line.unwrap() + "\n").collect();
        let mut stdout = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
        Ended { code: self.child.wait().unwrap().code(), stdout, stderr }
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// A training run that takes minutes.
const LONG: &str = "train aapl.csv -v --format csv --init-from random --epochs 5000 --patience 0";

/// A series that is too short and a file that is missing are errors before the training on the others begins.
#[test]
fn errors_of_the_other_series_come_before_the_training() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("short.csv"), "Date,Close\n2024-01-02,1\n2024-01-03,2\n").unwrap();
    let mut run = Run::start(folder.path(), &LONG.replace("aapl.csv", "gone.csv aapl.csv short.csv"));
    for text in ["error: gone.csv: no such file", "error: short.csv: 2 rows", "epoch 2:"] {
        run.wait_for(text);
    }
    run.interrupt();
    let Ended { code, stdout, stderr } = run.end();
    assert_eq!(code, Some(130), "{stderr}");
    assert!(stdout.contains("\ngone,"), "{stdout}");
}

#[test]
fn once_keeps_the_best_model_so_far() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = Run::start(folder.path(), LONG);
    run.wait_for("epoch 3:");
    run.interrupt();
    let Ended { code, stdout, stderr } = run.end();
    assert_eq!(code, Some(130), "{stderr}");
    assert!(stderr.contains("stopping after the epoch, with the model so far; Ctrl-C again"), "{stderr}");
    assert!(stderr.contains("stopped: after ") && stderr.contains(" of at most 30000 epochs"), "{stderr}");
    assert!(stderr.contains("model.safetensors holds the model so far"), "{stderr}");
    assert!(stderr.contains("each network with the weights of its last epoch"), "{stderr}");
    assert!(stdout.starts_with("model,series,"), "the results are printed: {stdout}");
    assert_eq!(of_csv(&stdout, "interrupted"), "true");
    // With the checkpoint, the same command continues the run.
    assert_eq!(names(folder.path()), ["aapl.csv", "model.safetensors", "model.safetensors.checkpoint"]);
    let mut predict = Command::new(env!("CARGO_BIN_EXE_fourcast"));
    let output =
        predict.args(["predict", "aapl.csv", "--format", "value"]).current_dir(folder.path()).output().unwrap();
    assert!(output.status.success(), "{output:?}");

    // The model records how far its training came.
    let count = stderr.split_once("stopped: after ").unwrap().1.split_once(' ').unwrap().0;
    let epochs = format!("after {count} of at most 30000 epochs");
    let print = |line: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_fourcast"))
            .args(line.split(' '))
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let card = print("inspect model.safetensors --format table");
    assert!(card.contains(&format!("  interrupted      {epochs}")), "{card}");
    let record = print("inspect model.safetensors --format json");
    assert!(record.contains(&format!("\"interrupted\":{{\"epochs\":{count},\"planned\":30000,")), "{record}");
    assert!(record.contains("\"planned_networks\":3}"), "{record}");
    for line in ["predict aapl.csv --report page.html", "explain aapl.csv --report page.html"] {
        print(line);
        let page = fs::read_to_string(folder.path().join("page.html")).unwrap();
        assert_eq!(page.matches(&epochs).count(), 2, "{line}: at the top, and on the card");
    }
}

/// Returns the cell of the first row in the column `name`.
fn of_csv<'a>(text: &'a str, name: &str) -> &'a str {
    let (head, row) = text.split_once('\n').unwrap();
    let place = head.split(',').position(|column| column == name).unwrap();
    row.split(',').nth(place).unwrap()
}

/// If the validation loss decides, the best epoch is kept, otherwise the last one.
#[test]
fn the_epoch_that_is_kept_is_named() {
    for (patience, kept) in [("0", "last epoch"), ("4000", "epoch with the lowest validation loss")] {
        let folder = tempfile::tempdir().unwrap();
        let options = "-v --format json --init-from random --epochs 5000 --learning-rate 0.03 --report page.html";
        let mut run = Run::start(folder.path(), &format!("train aapl.csv {options} --patience {patience}"));
        run.wait_for("epoch 15:");
        run.interrupt();
        let Ended { stdout, stderr, .. } = run.end();
        assert!(stderr.contains(&format!("each network with the weights of its {kept}")), "{stderr}");
        let page = fs::read_to_string(folder.path().join("page.html")).unwrap();
        assert!(page.contains(&format!("Each network has the weights of its {kept}.")), "{page}");
        let object: serde_json::Value = serde_json::from_str(&stdout).unwrap();
        assert_eq!(object["interrupted"], true, "{stdout}");
        let card = Command::new(env!("CARGO_BIN_EXE_fourcast"))
            .args(["inspect", "model.safetensors", "--format", "json"])
            .current_dir(folder.path())
            .output()
            .unwrap();
        let card: serde_json::Value = serde_json::from_slice(&card.stdout).unwrap();
        let (epochs, best) = (&card["losses"]["epochs"], &card["losses"]["best_epochs"]);
        assert_eq!(epochs == best, patience == "0", "{epochs} {best}");
    }
}

#[test]
fn twice_leaves_the_old_model() {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("model.safetensors");
    let old = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/pretrained/gru-close.safetensors");
    fs::copy(&old, &model).unwrap();
    // An epoch takes seconds.
    let mut run = Run::start(folder.path(), &format!("{LONG} --hidden 256 --layers 2 --ensemble 1"));
    run.wait_for("epoch 1:");
    run.interrupt();
    run.wait_for("stopping after the epoch");
    run.interrupt();
    let Ended { code, stdout, stderr } = run.end();
    assert_eq!(code, Some(130), "{stderr}");
    assert!(
        stderr.contains("stopped at once: no file is left half written, and an old model is unchanged (exit code 130)"),
        "{stderr}"
    );
    assert_eq!(stdout, "");
    assert!(fs::read(&model).unwrap() == fs::read(&old).unwrap(), "the old model is whole");
    assert_eq!(names(folder.path()), ["aapl.csv", "model.safetensors"]);
}

/// Many refits, each of which takes long.
const WALK: &str = "backtest aapl.csv -v --format csv --init-from random --epochs 400 --patience 0 --refit-every 1 \
                    --forecasts days.csv --threads 1";

#[test]
fn a_backtest_stops_without_a_verdict() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = Run::start(folder.path(), &WALK.replace("400", "3").replace("every 1", "every 2"));
    run.wait_for("aapl");
    std::thread::sleep(Duration::from_millis(500));
    run.interrupt();
    let Ended { code, stdout, stderr } = run.end();
    assert_eq!(code, Some(130), "{stderr}");
    assert!(stderr.contains("stopped: aapl.csv: stopped after "), "{stderr}");
    assert!(stderr.contains(" fits: no verdict"), "{stderr}");
    assert_eq!(stdout, "");
    assert_eq!(names(folder.path()), ["aapl.csv"]);
}

#[test]
fn a_comparison_stops_without_a_result() {
    let folder = tempfile::tempdir().unwrap();
    let args = "compare aapl.csv -v --format csv --cells rnn,lstm --windows 4 --epochs 3 --patience 0 --refit-every 2 \
                --threads 1";
    let mut run = Run::start(folder.path(), args);
    run.wait_for("aapl");
    std::thread::sleep(Duration::from_millis(500));
    run.interrupt();
    let Ended { code, stdout, stderr } = run.end();
    assert_eq!(code, Some(130), "{stderr}");
    assert!(stderr.contains("stopping after the current fit, without a comparison; Ctrl-C again"), "{stderr}");
    assert!(stderr.contains("stopped: aapl.csv: at rnn, network 1 of 2: no comparison"), "{stderr}");
    assert_eq!(stdout, "");
}

#[test]
fn a_backtest_that_stops_at_once_leaves_no_temporary_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = Run::start(folder.path(), WALK);
    run.wait_for("aapl");
    std::thread::sleep(Duration::from_millis(500));
    assert!(names(folder.path()).iter().any(|name| name.starts_with(".fourcast-")), "the forecasts are being written");
    run.interrupt();
    run.wait_for("stopping after the current fit");
    run.interrupt();
    let Ended { code, stderr, .. } = run.end();
    assert_eq!(code, Some(130), "{stderr}");
    assert_eq!(names(folder.path()), ["aapl.csv"]);
}

/// Evaluations in progress are completed and kept. The next run continues from them to the result of an uninterrupted
/// search.
#[test]
fn a_search_stops_after_the_evaluations_that_have_begun() {
    const SEARCH: &str = "tune aapl.csv --since 2008-01-01 --trials 9 --folds 9 --test-days 60 --ensemble 1 --baselines naive \
                          --state s.jsonl";
    let folder = tempfile::tempdir().unwrap();
    let mut run = Run::start(folder.path(), SEARCH);
    run.wait_for(" by the first 8");
    run.interrupt();
    let Ended { code, stdout, stderr } = run.end();
    assert_eq!(code, Some(130), "{stderr}");
    assert!(stderr.contains("stopping after the evaluations that have begun; Ctrl-C again"), "{stderr}");
    assert!(stderr.contains("s.jsonl holds them, and the same command continues from there"), "{stderr}");
    assert_eq!(stdout, "");
    assert_eq!(names(folder.path()), ["aapl.csv", "s.jsonl"]);
    let known = fs::read_to_string(folder.path().join("s.jsonl")).unwrap().lines().count() - 1;
    let go_on = |args: &str| Run::start(folder.path(), args).end();
    let Ended { code, stdout, stderr } = go_on(SEARCH);
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stderr.contains(&format!("{known} evaluations of at most")), "{stderr}");
    let whole = go_on(SEARCH.strip_suffix(" --state s.jsonl").unwrap());
    assert_eq!(stdout, whole.stdout);
}

/// The results of several series say that they are incomplete.
#[test]
fn an_interrupted_run_over_many_series_says_so_in_its_results() {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("data/aapl.csv"), folder.path().join("b.csv")).unwrap();
    let slow = "--init-from random --patience 0 --threads 1";
    for (line, expected) in [
        (
            format!("train aapl.csv b.csv --each --models models {slow} --epochs 5000"),
            "stopped: after 0 models, in models",
        ),
        (format!("backtest aapl.csv b.csv {slow} --epochs 3 --refit-every 1"), "stopped: "),
    ] {
        for format in ["json", "csv"] {
            let run = Run::start(folder.path(), &format!("{line} --format {format}"));
            run.wait_for_handler();
            run.interrupt();
            let Ended { code, stdout, stderr } = run.end();
            assert_eq!(code, Some(130), "{stderr}");
            if format == "csv" {
                assert!(stdout.starts_with("series,error\n,"), "{stdout}");
                assert!(stdout.contains("stopped: "), "{stdout}");
                continue;
            }
            let row: serde_json::Value = serde_json::from_str(&stdout).unwrap();
            assert!(row["series"].is_null() && row["help"] == "run the same command again", "{stdout}");
            assert!(row["error"].as_str().unwrap().starts_with(expected), "{stdout}");
        }
    }
}

/// Incomplete results must not be mistaken for those of the run: neither a file nor the manifest of a shard is written.
#[test]
fn an_interrupted_run_over_many_series_writes_no_results() {
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("data/aapl.csv")).unwrap();
    let closes: Vec<(&str, &str)> =
        text.lines().skip(1).map(|row| row.split(',').collect::<Vec<_>>()).map(|cells| (cells[0], cells[5])).collect();
    let rows = |ticker: usize| closes.iter().map(move |(day, close)| format!("{day},S{ticker},{close}\n"));
    let long: String = (0..60).flat_map(rows).collect();
    fs::write(folder.path().join("long.csv"), format!("date,ticker,close\n{long}")).unwrap();
    let old = "series,error\nold,nothing\n";
    fs::write(folder.path().join("old.csv"), old).unwrap();
    for (options, output) in [("--splits as-is", "old.csv"), ("--splits as-is --shard 1/1", "new.csv")] {
        let train = "train long.csv --each --models models --init-from random --epochs 2000 --patience 0 --threads 1";
        let run = Run::start(folder.path(), &format!("{train} {options} --output {output}"));
        run.wait_for_handler();
        run.interrupt();
        let Ended { code, stdout, stderr } = run.end();
        assert_eq!((code, stdout.as_str()), (Some(130), ""), "{stderr}");
        assert!(stderr.contains(&format!("; {output} is not written")), "{stderr}");
    }
    assert_eq!(fs::read_to_string(folder.path().join("old.csv")).unwrap(), old);
    assert_eq!(names(folder.path()), ["aapl.csv", "long.csv", "models", "old.csv"]);
}
