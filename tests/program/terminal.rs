//! Output at a terminal: each view on pseudo-terminals of several widths, with and without colour, in Unicode and in
//! ASCII.

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// How a terminal shows text.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Look {
    Plain,
    Colour,
    Ascii,
}

impl Look {
    fn variables(self) -> [(&'static str, &'static str); 3] {
        match self {
            Look::Plain => [("LC_ALL", "C.UTF-8"), ("TERM", "xterm-256color"), ("NO_COLOR", "1")],
            Look::Colour => [("LC_ALL", "C.UTF-8"), ("TERM", "xterm-256color"), ("NO_COLOR", "")],
            Look::Ascii => [("LC_ALL", "C"), ("TERM", "xterm-256color"), ("NO_COLOR", "1")],
        }
    }
}

/// Opens a terminal with this many columns; returns the test's end, and the path of the program's end.
fn terminal(columns: u16) -> (File, PathBuf) {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    tcsetwinsize(&ours, Winsize { ws_row: 50, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
    let path = ptsname(&ours, Vec::new()).unwrap().into_string().unwrap();
    (File::from(ours), path.into())
}

/// Returns what is written to a terminal until its other end is closed.
fn read(mut ours: File) -> String {
    let (mut bytes, mut chunk) = (Vec::new(), [0; 4096]);
    loop {
        match ours.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => bytes.extend_from_slice(&chunk[..count]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            // The system reports a closed end as an error.
            Err(_) => break,
        }
    }
    String::from_utf8(bytes).unwrap().replace("\r\n", "\n")
}

fn command(folder: &Path, look: Look, args: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fourcast"));
    command.args(args.split(' ')).current_dir(folder).stdin(Stdio::null()).env_remove("COLUMNS");
    for (name, value) in look.variables() {
        command.env(name, value);
    }
    command
}

/// Runs a command with a terminal as standard output; returns its output.
fn shown(folder: &Path, columns: u16, look: Look, args: &str) -> String {
    let (ours, path) = terminal(columns);
    let theirs = OpenOptions::new().read(true).write(true).open(path).unwrap();
    let mut command = command(folder, look, args);
    let mut child = command.stdout(theirs).stderr(Stdio::null()).spawn().unwrap();
    drop(command);
    let text = read(ours);
    assert!(child.wait().unwrap().success(), "{args}: {text}");
    text
}

/// Runs a command with a terminal as standard error; returns its messages.
fn stderr_of(folder: &Path, columns: u16, args: &str) -> String {
    let (ours, path) = terminal(columns);
    let theirs = OpenOptions::new().read(true).write(true).open(path).unwrap();
    let mut command = command(folder, Look::Plain, args);
    let mut child = command.stdout(Stdio::null()).stderr(theirs).spawn().unwrap();
    drop(command);
    let text = read(ours);
    child.wait().unwrap();
    text
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["fb.csv", "aapl.csv", "eurusd.csv"] {
        fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(name), folder.path().join(name)).unwrap();
    }
    folder
}

const WIDTHS: [u16; 3] = [40, 80, 120];

/// Returns a view at every width in Unicode and in ASCII, and at 80 columns in colour. Colour must not change the text.
/// Only lines from the first that begins with `from` are included, because the tables above have other tests.
fn view_from(folder: &Path, args: &str, from: &str) -> String {
    let mut all = format!("$ fourcast {args}\n");
    let tail = |text: String| -> String {
        text.lines().skip_while(|line| !line.starts_with(from)).map(|line| format!("{line}\n")).collect()
    };
    for columns in WIDTHS {
        for look in [Look::Plain, Look::Ascii] {
            let text = tail(shown(folder, columns, look, args));
            assert!(look == Look::Plain || text.is_ascii(), "{args}: {text}");
            let _ = write!(all, "\n=== {columns} columns, {look:?}\n{text}");
            if columns == 80 && look == Look::Plain {
                let coloured = tail(shown(folder, columns, Look::Colour, args));
                assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), text, "{args}");
                let _ = write!(all, "\n=== {columns} columns, colour\n{}", coloured.replace('\u{1b}', "^"));
            }
        }
    }
    all
}

fn view(folder: &Path, args: &str) -> String {
    view_from(folder, args, "")
}

/// Checks the widest line of a view at each width, without colours and headings.
fn fits(view: &str) {
    for part in view.split("\n=== ").skip(1) {
        let (columns, text) = part.split_once(' ').unwrap();
        let columns: usize = columns.parse().unwrap();
        let text = anstream::adapter::strip_str(&text.replace('^', "\u{1b}")).to_string();
        let widest = text.lines().skip(1).map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= columns, "{widest} of {columns} columns:\n{text}");
    }
}

#[test]
fn a_forecast_has_a_fan() {
    let folder = folder();
    let next = view(folder.path(), "predict fb.csv --pretrained");
    fits(&next);
    insta::assert_snapshot!("forecast", next);
    let path = view(
        folder.path(),
        "predict fb.csv --pretrained --path 3 --above 28 --quantiles 0.01,0.05 --levels 0.5,0.8,0.95",
    );
    fits(&path);
    insta::assert_snapshot!("path", path);
}

#[test]
fn many_series_are_one_table() {
    let folder = folder();
    let table = view(folder.path(), "predict aapl.csv fb.csv eurusd.csv --pretrained --above 100");
    fits(&table);
    insta::assert_snapshot!("many", table);
}

#[test]
fn training_and_its_model_have_losses_and_coverage() {
    let folder = folder();
    insta::assert_snapshot!("train", view_from(folder.path(), "train fb.csv --ensemble 1", "test fit: loss"));
    insta::assert_snapshot!("card", view_from(folder.path(), "inspect model.safetensors", "coverage of the intervals"));
}

#[test]
fn a_backtest_has_coverage_and_the_cumulative_gain() {
    let folder = folder();
    let args = "backtest fb.csv --ensemble 1 --epochs 2 --refit-every 60 --baselines naive,ewma";
    insta::assert_snapshot!("backtest", view_from(folder.path(), args, "coverage ("));
}

#[test]
fn a_file_has_its_closes() {
    insta::assert_snapshot!("inspect", view(folder().path(), "inspect fb.csv"));
}

#[test]
fn an_explanation_has_heat_maps() {
    let folder = folder();
    let of_window = view_from(folder.path(), "explain fb.csv --pretrained", "gates and states");
    fits(&of_window);
    insta::assert_snapshot!("explain", of_window);
    let gradient_norms = view(folder.path(), "explain fb.csv --pretrained --gradient-norms --window 8");
    fits(&gradient_norms);
    insta::assert_snapshot!("gradient_norms", gradient_norms);
}

/// The text of every table also fits the terminal, and is the same at every width.
#[test]
fn texts_and_tables_fit_the_terminal() {
    let folder = folder();
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    for (args, prose) in [
        ("train fb.csv --ensemble 1 --epochs 2", "the strongest of these baselines"),
        ("train fb.csv --ensemble 1 --epochs 2 --horizon 5", "no change in 5 days"),
        (
            "backtest fb.csv --ensemble 1 --epochs 2 --refit-every 60 --baselines naive,ewma --brier +2% --audit=1",
            "of closes in the intervals, also by tercile of volatility on the days before",
        ),
        ("compare fb.csv --cells dense,conv --ensemble 1 --epochs 2 --refit-every 60", "are the same network."),
        ("compare fb.csv --cells lstm --ensemble 1 --epochs 2 --refit-every 60", "s.e.: its standard error,"),
        ("inspect fb.csv", "'Adj Close' (adjusted close)"),
        ("inspect model.safetensors", "trained on fb,"),
    ] {
        for columns in [40, 80, 200] {
            let text = shown(folder.path(), columns, Look::Plain, args);
            let widest = text.lines().max_by_key(|line| line.chars().count()).unwrap();
            assert!(widest.chars().count() <= usize::from(columns), "{args} at {columns}: {widest}");
            let (all, wanted) = (words(&text), words(prose));
            assert!(all.windows(wanted.len()).any(|part| part == wanted), "{args} at {columns}:\n{text}");
        }
    }
}

#[test]
fn charts_are_for_terminals_and_tables_only() {
    let folder = folder();
    let has_chart = |text: &str| text.contains('┤');
    let predict = "predict fb.csv --pretrained";
    assert!(has_chart(&shown(folder.path(), 80, Look::Plain, predict)));
    for option in [" -q", " --format csv", " --format json", " --format value"] {
        assert!(!has_chart(&shown(folder.path(), 80, Look::Plain, &format!("{predict}{option}"))), "{option}");
    }
    let piped = command(folder.path(), Look::Plain, &format!("{predict} --format table")).output().unwrap();
    assert!(!has_chart(&String::from_utf8(piped.stdout).unwrap()));
    let wide = shown(folder.path(), 200, Look::Plain, predict);
    assert!(wide.lines().all(|line| line.chars().count() <= 200), "{wide}");
}

/// Nothing is read from the keyboard unless requested.
#[test]
fn a_terminal_is_no_file_of_prices() {
    let folder = folder();
    let (ours, theirs) = terminal(80);
    for subcommand in ["train", "predict", "backtest", "inspect", "update", "compare"] {
        let input = OpenOptions::new().read(true).write(true).open(&theirs).unwrap();
        let output = command(folder.path(), Look::Plain, subcommand).stdin(input).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{subcommand}: {stderr}");
        assert!(
            stderr.starts_with("error: no prices: no file is named, and standard input is a terminal\n"),
            "{stderr}"
        );
    }
    // An export needs no prices.
    fs::write(folder.path().join("weights.st"), include_bytes!("../fixtures/model/v2/close.safetensors")).unwrap();
    fs::write(folder.path().join("fourcast.toml"), "calendar = \"nyse\"\nuntil = \"2013-01-01\"\n").unwrap();
    let input = OpenOptions::new().read(true).write(true).open(&theirs).unwrap();
    let mut export = command(folder.path(), Look::Plain, "export --to onnx weights.st --output o.onnx");
    let output = export.stdin(input).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    drop(ours);
}

#[test]
fn messages_wrap_at_words_on_a_terminal() {
    let folder = folder();
    let narrow = stderr_of(folder.path(), 40, "predict fb.csv");
    assert!(narrow.lines().all(|line| line.chars().count() <= 40), "{narrow}");
    assert!(narrow.starts_with("warning: ") && narrow.contains("\n         "), "{narrow}");
    let piped = command(folder.path(), Look::Plain, "predict fb.csv").output().unwrap();
    assert_eq!(String::from_utf8(piped.stderr).unwrap().lines().count(), 2, "a warning and its help");
}

/// The epoch counter starts with the total over the networks of both fits.
#[test]
fn the_epoch_counter_knows_its_total() {
    let folder = folder();
    let text = stderr_of(folder.path(), 80, "train aapl.csv --ensemble 1 --epochs 4");
    let totals: Vec<&str> = text.split("epoch ").skip(1).filter_map(|rest| rest.split(" over ").next()).collect();
    assert!(!totals.is_empty() && totals.iter().all(|total| total.ends_with("/8")), "{totals:?}");
    let random =
        stderr_of(folder.path(), 80, "train aapl.csv --ensemble 1 --epochs 20 --patience 2 --init-from random");
    assert!(random.contains(" of at most 40 over 2 fits of 1 network"), "{random}");
    let narrow = stderr_of(folder.path(), 40, "train aapl.csv --ensemble 2 --epochs 9");
    let lines: Vec<String> =
        narrow.split(['\r', '\n']).map(|line| anstream::adapter::strip_str(line).to_string()).collect();
    assert!(lines.iter().any(|line| line.contains("/36 over 2 fits of 2 networks")), "{lines:?}");
    assert!(lines.iter().all(|line| line.trim_end().chars().count() < 40), "{lines:?}");
}

/// Creates a folder with the prices of Facebook under a ticker of 120 letters, and under one of wide letters.
fn folder_of_names() -> tempfile::TempDir {
    let folder = folder();
    let prices = fs::read_to_string(folder.path().join("fb.csv")).unwrap();
    let (header, rows) = prices.split_once('\n').unwrap();
    for (file, ticker) in [("long.csv", "LONGTICKER".repeat(12)), ("wide.csv", "삼성전자보통주식회사우선주".repeat(3))]
    {
        let rows: String = rows.lines().map(|row| format!("{ticker},{row}\n")).collect();
        fs::write(folder.path().join(file), format!("Ticker,{header}\n{rows}")).unwrap();
    }
    folder
}

#[test]
fn long_and_wide_names_fit_the_terminal() {
    use unicode_width::UnicodeWidthStr;
    let folder = folder_of_names();
    for file in ["long.csv", "wide.csv"] {
        for args in [
            "inspect FILE",
            "predict FILE --pretrained",
            "predict FILE --pretrained --path 3",
            "predict FILE aapl.csv --pretrained",
            "explain FILE --pretrained",
            "backtest FILE --test-days 60 --epochs 1 --ensemble 1 --baselines naive,ewma",
            "compare FILE --cells rnn,lstm --windows 4 --epochs 1 --ensemble 1 --test-days 60",
        ] {
            for columns in [40, 80] {
                let args = args.replace("FILE", file);
                let text = shown(folder.path(), columns, Look::Plain, &args);
                let widest = text.lines().max_by_key(|line| line.width()).unwrap();
                assert!(
                    widest.width() <= usize::from(columns),
                    "{args}, {columns}: {} {widest}\n{text}",
                    widest.width()
                );
            }
        }
    }
}

/// Names that differ only at their ends stay different, and at 40 columns the output is still a table.
#[test]
fn names_that_differ_at_their_ends_stay_apart() {
    let folder = folder();
    let prices = fs::read_to_string(folder.path().join("fb.csv")).unwrap();
    let (header, rows) = prices.split_once('\n').unwrap();
    let of = |ticker: &str| rows.lines().map(|row| format!("{ticker},{row}\n")).collect::<String>();
    let text = format!("Ticker,{header}\n{}{}", of("A_PORTFOLIO_OF_2024_NORTH"), of("A_PORTFOLIO_OF_2024_SOUTH"));
    fs::write(folder.path().join("p.csv"), text).unwrap();
    for args in ["predict p.csv --pretrained", "predict p.csv --pretrained --path 2"] {
        let text = shown(folder.path(), 40, Look::Plain, args);
        let blocks: Vec<&str> = text.split("\n\n").collect();
        assert!(blocks.len() > 2, "{text}");
        for block in blocks {
            let lines: Vec<&str> = block.trim_end().lines().collect();
            assert!(lines[0].starts_with("  series  "), "{text}");
            assert!(lines[1..].iter().all(|line| line.contains("RTH ") || line.contains("UTH ")), "{text}");
            assert!(block.contains("RTH ") && block.contains("UTH "), "{text}");
        }
    }
}

#[test]
fn a_usage_error_is_broken_between_words() {
    let folder = folder();
    for columns in [40, 80] {
        let text = stderr_of(folder.path(), columns, "train fb.csv --cell elman");
        assert!(text.contains("[possible values: "), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= usize::from(columns)), "{text}");
    }
}

/// At 40 columns, a score, its skill and the standard error stay together.
#[test]
fn a_score_keeps_its_standard_error() {
    let folder = folder();
    let args = "compare fb.csv --cells dense,lstm --windows 4 --epochs 1 --ensemble 1 --test-days 60";
    let text = shown(folder.path(), 40, Look::Plain, args);
    let heads: Vec<&str> = text.lines().filter(|line| line.starts_with("  forecaster")).collect();
    assert!(heads.iter().any(|head| head.split_whitespace().eq(["forecaster", "CRPS", "skill", "s.e."])), "{heads:?}");
    assert!(heads.iter().any(|head| head.split_whitespace().eq(["forecaster", "RMSE", "skill", "s.e."])), "{heads:?}");
}

/// The epoch counter ends at the epochs of all fits, and names the fit.
#[test]
fn the_counter_of_epochs_names_the_fit() {
    let folder = folder();
    let text = stderr_of(folder.path(), 100, "train fb.csv --epochs 3 --patience 0 --init-from random");
    for expected in ["/18 over 2 fits of 3 networks", "test fit, ", "final fit, "] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
}
