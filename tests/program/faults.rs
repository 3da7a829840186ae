//! Faults in the program's environment: closed output streams, names with control characters, extreme values of
//! options, a kill at any moment. The program never panics, and never leaves an incomplete file.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

#[cfg(target_os = "linux")]
use crate::kills::{folder_to_update, sorted_names};
use fourcast::nn::CellKind;
use fourcast::report::is_hidden;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use serde_json::Value;

pub(crate) const FB: &str = include_str!("../../data/fb.csv");
pub(crate) const EXE: &str = env!("CARGO_BIN_EXE_fourcast");

pub(crate) fn run(folder: &Path, args: &[&str]) -> Output {
    Command::new(EXE).current_dir(folder).args(args).output().unwrap()
}

/// Runs a shell command in which `$0` is the program.
#[cfg(unix)]
pub(crate) fn shell(folder: &Path, line: &str) -> Output {
    Command::new("sh").current_dir(folder).args(["-c", line, EXE]).output().unwrap()
}

/// The name of a series with control characters: colour, bell, window title, reversed text and hidden characters.
const EVIL: &str = "\u{1b}[31mEVIL\u{1b}[0m\u{1b}]0;owned\u{7}\u{9b}2J\u{202e}X\u{200b}Y";

/// Returns prices of two tickers, one of them [`EVIL`].
pub(crate) fn evil_prices() -> String {
    let mut text = "Ticker,Date,Close\n".to_owned();
    for ticker in [EVIL, "GOOD"] {
        for day in 1..=28 {
            writeln!(text, "{ticker},2024-02-{day:02},{}", 100 + day % 5).unwrap();
        }
    }
    text
}

#[track_caller]
fn harmless(text: &[u8]) -> String {
    let text = String::from_utf8(text.to_vec()).unwrap();
    assert!(!text.contains(|c| c != '\n' && is_hidden(c)), "{}", text.escape_debug());
    text
}

/// Characters that a terminal obeys or does not show: controls of both sets, marks of direction, and characters without
/// width. The first sequence sets a colour that no message has.
const HIDDEN: &str = "\u{1b}[35mA\u{7}\u{8}\r\u{7f}\u{9b}31m\u{ad}\u{61c}\u{115f}\u{180e}\u{200b}\u{200e}\u{2028}\u{202e}\
                      \u{2060}\u{2066}\u{206a}\u{fe0f}\u{feff}\u{fff9}\u{e0041}B";

/// Usage errors quote what was typed, in the message, in tips and in the name of the program. With colours, because
/// text without styles lacks escape sequences.
#[test]
fn what_was_typed_is_shown_in_usage_errors() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(format!("-{HIDDEN}.csv")), "Date,Close\n").unwrap();
    let forms = "--T|T|help T|predict p.csv --T|predict p.csv --T=3|predict p.csv -T|predict p.csv -- -T --T|\
                 predict p.csv -T.csv|predict p.csv --series -T|predict p.csv --horizon T|predict p.csv --horizon=T|\
                 predict p.csv --pretrained=T|predict p.csv --format T|train p.csv --cell T|train p.csv --past T|\
                 predict p.csv --quantiles T|predict p.csv --above T|predict p.csv --shard T|predict p.csv --since T|\
                 backtest p.csv --baselines T|backtest p.csv --brier T|tune p.csv --windows T|predict p.csv --color T|\
                 predict p.csv --config T|train p.csv --frequency T|completions T|man T|man a T|config T|\
                 export m.st T --path|merge T --T|predict p.csv --levels 0.5,T|update p.csv --max-drift T|\
                 compare p.csv --windows T --cells T";
    let each: Vec<String> = HIDDEN.chars().filter(|c| is_hidden(*c)).map(String::from).collect();
    for form in forms.split('|') {
        // After one dash, only the first character is quoted.
        let singles = each.iter().map(String::as_str).filter(|_| form.contains("-T"));
        for typed in std::iter::once(HIDDEN).chain(singles) {
            let args = form.split(' ').map(|word| word.replace('T', typed));
            let output =
                Command::new(EXE).current_dir(folder.path()).args(args).env("CLICOLOR_FORCE", "1").output().unwrap();
            let text = String::from_utf8(output.stderr).unwrap();
            let others = text.split("\u{1b}[").collect::<String>();
            let is_raw = others.contains(|c| c != '\n' && is_hidden(c)) || text.contains("\u{1b}[35m");
            assert!(!is_raw && !output.status.success(), "{form}: {}", text.escape_debug());
            assert!(text.contains(r"\u{") || text.contains(r"\r"), "{form}: {text}");
        }
    }
}

#[cfg(unix)]
#[test]
fn the_usage_names_the_program_as_it_is_called_here() {
    use std::os::unix::process::CommandExt;
    let output = Command::new(EXE).arg0(HIDDEN).args(["predict", "--hrizon", "3"]).output().unwrap();
    assert!(harmless(&output.stderr).contains("Usage: fourcast predict "));
}

#[test]
fn names_that_a_terminal_would_obey_are_shown() {
    let folder = tempfile::tempdir().unwrap();
    let name = "\u{1b}[2Jp.csv";
    fs::write(folder.path().join(name), evil_prices()).unwrap();
    fs::write(folder.path().join("bad.csv"), format!("Date,{EVIL}\n2024-01-02,{EVIL}\n")).unwrap();
    let shown = r"\u{1b}[31mEVIL\u{1b}[0m\u{1b}]0;owned\u{7}\u{9b}2J\u{202e}X\u{200b}Y";
    for args in [
        &["predict", name, "--format", "table", "-v"][..],
        &["inspect", name, "--format", "table"],
        &["train", name, "--format", "table"],
        &["train", name, "--series", EVIL],
        &["backtest", name, "--format", "table"],
        &["predict", "bad.csv"],
        &["predict", "bad.csv", "--price-column", EVIL, "--date-column", EVIL],
        &["inspect", "bad.csv"],
        &["predict", "no\u{1b}such.csv"],
        &["predict", "-m", "no\u{1b}such.st"],
        &["train", "--epochs", EVIL],
        &[EVIL],
    ] {
        let output = run(folder.path(), args);
        let messages = harmless(&output.stdout) + &harmless(&output.stderr);
        assert!(messages.contains(r"\u{1b}"), "{args:?}: {messages}");
    }
    fs::write(folder.path().join("set.toml"), "levels = \"\\u001b\"\n").unwrap();
    let output = run(folder.path(), &["predict", name, "--config", "set.toml"]);
    let error = harmless(&output.stderr);
    assert!(error.contains(r"set.toml:1: invalid value '\u{1b}' for '--levels"), "{error}");
    let table = run(folder.path(), &["predict", name, "--format", "table", "-q"]);
    let table = harmless(&table.stdout);
    assert!(table.lines().any(|line| line.trim_start().starts_with(shown)), "{table}");
    // Formats for programs have the text of the file unchanged.
    let csv = run(folder.path(), &["predict", name, "-q"]).stdout;
    assert!(String::from_utf8(csv).unwrap().contains(&format!("\n{EVIL},")));
    let json = harmless(&run(folder.path(), &["predict", name, "-q", "--format", "json"]).stdout);
    let row: Value = serde_json::from_str(json.lines().next().unwrap()).unwrap();
    assert_eq!(row["series"], EVIL);
}

/// A line break in a name cannot start a new line of output.
#[cfg(unix)]
#[test]
fn a_line_break_in_a_name_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let name = "A\nerror: all is lost.csv";
    fs::write(folder.path().join(name), FB).unwrap();
    for args in [["predict", name, "--format", "table"], ["inspect", name, "--format", "table"]] {
        let output = run(folder.path(), &args);
        let messages = harmless(&output.stdout) + &harmless(&output.stderr);
        assert!(messages.contains(r"A\nerror: all is lost"), "{messages}");
        assert!(!messages.lines().any(|line| line.starts_with("error:")), "{messages}");
    }
}

/// A file name that looks like an option is given with its folder.
#[test]
fn a_file_name_that_begins_with_a_dash_is_no_option() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("-dash.csv"), FB).unwrap();
    let error = harmless(&run(folder.path(), &["predict", "-dash.csv"]).stderr);
    assert!(error.contains("tip: to name the file '-dash.csv', use './-dash.csv'"), "{error}");
    for args in [&["predict", "./-dash.csv"][..], &["predict", "--", "-dash.csv"]] {
        assert!(run(folder.path(), args).status.success(), "{args:?}");
    }
}

/// The model is the purpose of `train`, so it is written even if messages cannot be.
#[cfg(target_os = "linux")]
#[test]
fn messages_that_nobody_takes_stop_nothing() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), FB).unwrap();
    for (k, redirection) in ["2>/dev/full", "2>&-", "2>/dev/full -v"].iter().enumerate() {
        let model = format!("{k}.st");
        let train = format!("exec \"$0\" train p.csv --epochs 1 --ensemble 1 -m {model} {redirection}");
        assert_eq!(shell(folder.path(), &train).status.code(), Some(0), "{redirection}");
        assert!(folder.path().join(model).exists());
        let fails = shell(folder.path(), &format!("exec \"$0\" predict none.csv {redirection}"));
        assert_eq!(fails.status.code(), Some(1), "{redirection}");
        let usage = shell(folder.path(), &format!("exec \"$0\" train --epochs x {redirection}"));
        assert_eq!(usage.status.code(), Some(2), "{redirection}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn results_that_nobody_takes_are_an_error() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), FB).unwrap();
    for (args, redirection, stderr_text) in [
        ("predict p.csv -q", ">&-", "error: standard output: is closed, expected a place for the results\n"),
        ("inspect p.csv", ">&-", "error: standard output: is closed, expected a place for the results\n"),
        ("--help", ">&-", "error: standard output: is closed, expected a place for the results\n"),
        ("--version", ">/dev/full", "error: standard output: No space left on device (os error 28)\n"),
        ("predict p.csv -q", ">/dev/full", "error: standard output: No space left on device (os error 28)\n"),
    ] {
        let output = shell(folder.path(), &format!("exec \"$0\" {args} {redirection}"));
        let messages = String::from_utf8(output.stderr).unwrap();
        assert!(messages.starts_with(stderr_text), "{args} {redirection}: {messages}");
        assert_eq!(output.status.code(), Some(1), "{args} {redirection}");
    }
    let discarded = shell(folder.path(), "exec \"$0\" predict p.csv -q 1<>/dev/null");
    assert_eq!(discarded.status.code(), Some(0), "whoever asks for nothing gets it");
}

/// Waits for the end of a program, up to a time limit.
pub(crate) fn within(limit: Duration, command: &mut Command, about: &str) -> Output {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let start = Instant::now();
    // The output is smaller than the buffer of a pipe.
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > limit {
            child.kill().unwrap();
            panic!("{about}: not done after {limit:?}");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    child.wait_with_output().unwrap()
}

/// Numbers at the limits of the options' ranges, and beyond.
const NUMBERS: [&str; 22] = [
    "0",
    "1",
    "2",
    "3",
    "7",
    "60",
    "1000",
    "1001",
    "10000",
    "10001",
    "-1",
    "1e-19",
    "1e-320",
    "0.001",
    "0.5",
    "0.999",
    "0.9999999999999999",
    "nan",
    "inf",
    "1e308",
    "18446744073709551615",
    "18446744073709551616",
];

/// Numbers with which a training run is short.
const FEW: [&str; 8] = ["0", "1", "2", "3", "-1", "nan", "18446744073709551615", "1e300"];

/// With any numbers as options, the program soon ends with a result or an error, without a panic. `RANDOM_OPTIONS=5000`
/// in the environment sets the number of command lines.
#[test]
fn random_options_never_panic() {
    let folder = tempfile::tempdir().unwrap();
    let rows: String = FB.lines().take(120).map(|line| format!("{line}\n")).collect();
    fs::write(folder.path().join("p.csv"), rows).unwrap();
    let network = ["--window", "--horizon"];
    let training = ["--batch-size", "--learning-rate", "--patience", "--valid-fraction", "--dropout", "--seed"];
    let more = ["--teacher-forcing", "--threads", "--test-fraction"];
    let slow = ["--hidden", "--layers", "--ensemble", "--epochs"];
    let tested = ["--test-days", "--refit-every", "--rolling", "--require-skill"];
    let cases = std::env::var("RANDOM_OPTIONS").ok().and_then(|cases| cases.parse().ok()).unwrap_or(60);
    let mut rng = Pcg64::seed_from_u64(71);
    for _ in 0..cases {
        let mut pick = |from: &[&str]| from[rng.random_range(0..from.len())].to_owned();
        let mut args = vec![pick(&["train", "train", "predict", "backtest"]), "p.csv".to_owned()];
        let few = |args: &mut Vec<String>, name: &str, value: &str| args.push(format!("{name}={value}"));
        match args[0].as_str() {
            "predict" => few(&mut args, "--levels", &pick(&NUMBERS)),
            command => {
                let of_backtest = command == "backtest";
                few(&mut args, "--epochs", "1");
                few(&mut args, "--ensemble", "1");
                few(&mut args, "--topology", &pick(&["many-to-one", "many-to-many", "one-to-many"]));
                few(&mut args, "--cell", &pick(&CellKind::ALL.map(CellKind::name)));
                let of_it = if of_backtest { &tested[..] } else { &[][..] };
                let all = [&network[..], &training, &more, of_it].concat();
                for _ in 0..3 {
                    let name = pick(&all);
                    few(&mut args, &name, &pick(&NUMBERS));
                }
                let name = pick(&slow);
                few(&mut args, &name, &pick(&FEW));
                if of_backtest {
                    few(&mut args, "--baselines", "naive");
                }
            }
        }
        let about = args.join(" ");
        // An option that this test gives twice is an error.
        let output = within(Duration::from_secs(120), Command::new(EXE).current_dir(folder.path()).args(&args), &about);
        let messages = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(matches!(output.status.code(), Some(0..=3)), "{about}: {:?}\n{messages}", output.status);
        assert!(output.status.success() || messages.contains("error: "), "{about}: {messages}");
        let shown = String::from_utf8(output.stdout).unwrap();
        assert!(!shown.contains("NaN") && !shown.contains("inf"), "{about}: {shown}");
    }
}

/// It is not an error if the reader closes the pipe, and no model is lost.
#[test]
fn a_closed_pipe_is_the_end_of_the_results() {
    let folder = folder_to_update();
    assert!(
        run(folder.path(), &["predict", "p.csv", "-q", "--pretrained", "--until", "2013-01-15", "--ledger", "l.jsonl"])
            .status
            .success()
    );
    let fast = "--epochs 1 --ensemble 1";
    for line in [
        "--help",
        "--version",
        "predict p.csv --path 5 --format csv",
        "predict p.csv --path 5 --format json",
        "predict p.csv --path 5 --format table",
        &format!("train p.csv {fast} -m new.st"),
        &format!("train p.csv {fast} -m new.st --format table"),
        &format!("train p.csv {fast} --each --models models"),
        &format!("backtest p.csv {fast} --baselines naive --test-days 20"),
        &format!("compare p.csv {fast} --cells rnn,gru --windows 4 --test-days 20 --format json"),
        "score p.csv --ledger l.jsonl",
        "explain p.csv",
        "inspect p.csv --format json",
        "inspect model.safetensors",
        "update p.csv --save-as new2.st",
        "config",
        "completions bash",
        "man",
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = Command::new(EXE);
        command.current_dir(folder.path()).args(line.split(' ')).stdout(writer).stderr(Stdio::piped());
        let output = command.spawn().unwrap().wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{line}: {stderr}");
        assert!(!stderr.contains("error:") && !stderr.contains("panic"), "{line}: {stderr}");
    }
    let models = fs::read_dir(folder.path().join("models")).unwrap();
    let models: Vec<String> = models.map(|entry| entry.unwrap().path().to_str().unwrap().to_owned()).collect();
    assert_eq!(models.len(), 1);
    for model in ["new.st", "new2.st", &models[0]] {
        assert!(run(folder.path(), &["inspect", model]).status.success(), "{model}");
    }
}

/// Starts a command with a pipe as standard input, and writes the first part of a text to it. Returns once the command
/// has read from the pipe.
pub(crate) fn with_first_part(folder: &Path, line: &str, text: &str) -> (std::process::Child, usize) {
    use std::io::Write as _;

    let mut command = Command::new(EXE);
    command.current_dir(folder).args(line.split(' ')).stdin(Stdio::piped());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // More than the buffer of a pipe.
    let part = 128 * 1024;
    child.stdin.as_mut().unwrap().write_all(&text.as_bytes()[..part]).unwrap();
    (child, part)
}

/// A model that is removed while it is updated is not created again.
#[cfg(target_os = "linux")]
#[test]
fn a_model_that_vanishes_during_an_update_is_an_error() {
    use std::io::Write as _;

    let text = include_str!("../../data/aapl.csv");
    let folder = tempfile::tempdir().unwrap();
    let rows: String = text.lines().take(3200).map(|row| format!("{row}\n")).collect();
    fs::write(folder.path().join("p.csv"), rows).unwrap();
    let train = ["train", "p.csv", "--epochs", "1", "--ensemble", "1", "-q"];
    assert!(run(folder.path(), &train).status.success());
    let old = fs::read(folder.path().join("model.safetensors")).unwrap();
    for replaced in [None, Some(&old[..100])] {
        let (mut child, part) = with_first_part(folder.path(), "update -", text);
        fs::remove_file(folder.path().join("model.safetensors")).unwrap();
        if let Some(bytes) = replaced {
            fs::write(folder.path().join("model.safetensors"), bytes).unwrap();
        }
        child.stdin.take().unwrap().write_all(&text.as_bytes()[part..]).unwrap();
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        let expected = match replaced {
            None => "error: model.safetensors: cannot be read any more: No such file or directory",
            Some(_) => "error: model.safetensors: was changed by another program since it was read",
        };
        assert!(stderr.contains(expected) && stderr.contains("  help: "), "{stderr}");
        let left = fs::read(folder.path().join("model.safetensors")).ok();
        assert_eq!(left.as_deref(), replaced);
        fs::write(folder.path().join("model.safetensors"), &old).unwrap();
    }
    assert_eq!(sorted_names(folder.path()), ["model.safetensors", "p.csv"]);
}

/// A file to which others append is read as it was when it was opened, up to a whole row, or not at all.
#[test]
fn a_file_that_grows_is_read_to_a_whole_row() {
    use std::io::Write as _;
    use std::sync::atomic::{AtomicBool, Ordering};

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.csv");
    let day = |row: i64| jiff::civil::date(1950, 1, 1) + jiff::Span::new().days(row);
    let price = |row: i64| (900 + 5 * (row * 7 % 13)) as f64 / 100.0;
    // The rows and the header have 16 bytes, because a file system makes written data visible page by page.
    let row = |number: i64| format!("{},{:.2}\n", day(number), price(number));
    let start: String = (0..2000).map(row).collect();
    fs::write(&path, format!("Date,Close     \n{start}")).unwrap();
    let ends = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let (path, ends) = (&path, &ends);
        scope.spawn(move || {
            let mut file = fs::OpenOptions::new().append(true).open(path).unwrap();
            for number in 2000..25_000 {
                if ends.load(Ordering::Relaxed) {
                    break;
                }
                file.write_all(row(number).as_bytes()).unwrap();
            }
        });
        for _ in 0..4 {
            let args = ["predict", "p.csv", "-q", "--format", "csv"];
            let output =
                within(Duration::from_secs(60), Command::new(EXE).current_dir(folder.path()).args(args), "grows");
            let stderr = String::from_utf8(output.stderr).unwrap();
            if !output.status.success() {
                let grew = "error: p.csv: grew while it was read, and its last row is incomplete\n  help: ";
                assert!(output.status.code() == Some(1) && stderr.starts_with(grew), "{stderr}");
                continue;
            }
            let text = String::from_utf8(output.stdout).unwrap();
            let cells: Vec<&str> = text.lines().nth(1).unwrap().split(',').collect();
            let origin: jiff::civil::Date = cells[1].parse().unwrap();
            let number = i64::from((origin - day(0)).get_days());
            assert_eq!(cells[3].parse::<f64>().unwrap(), price(number), "{text}");
        }
        ends.store(true, Ordering::Relaxed);
    });
}
