//! Many series in one run: output that does not depend on the number of threads, folders, warnings, and errors at their
//! places.

use std::fs;
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use serde_json::Value;

use crate::common::autoregressive;

fn run(folder: &Path, args: &str) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } =
        Command::cargo_bin("fourcast").unwrap().current_dir(folder).args(args.split(' ')).output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

fn rows(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Returns a long file of this many tickers, from `T0` on. T3 has a cell that is not a number, T5 has three rows, T7
/// has a missing price.
fn long(tickers: u64, by_date: bool) -> String {
    let mut lines = Vec::new();
    for ticker in 0..tickers {
        let series = autoregressive(if ticker == 5 { 3 } else { 120 + ticker as usize }, 0.0, ticker + 1);
        for (day, (date, close)) in series.dates.iter().zip(&series.close).enumerate() {
            let cell = match (ticker, day) {
                (3, 40) => "12:3".to_owned(),
                (7, 50) => String::new(),
                _ => close.to_string(),
            };
            lines.push((*date, format!("T{ticker},{date},{cell}\n")));
        }
    }
    if by_date {
        lines.sort_by_key(|(date, _)| *date);
    }
    lines.into_iter().fold("Ticker,Date,Close\n".to_owned(), |text, (_, line)| text + &line)
}

/// Creates a folder with such a file in both orders.
fn universe() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("tickers.csv"), long(12, false)).unwrap();
    fs::write(folder.path().join("dates.csv"), long(12, true)).unwrap();
    folder
}

#[test]
fn the_threads_change_no_byte_and_no_place() {
    let folder = universe();
    for command in ["predict --pretrained", "inspect"] {
        for file in ["tickers.csv", "dates.csv", "tickers.csv dates.csv"] {
            let one = run(folder.path(), &format!("{command} --format json --threads 1 {file}"));
            let two = run(folder.path(), &format!("{command} --format json --threads 2 {file}"));
            assert_eq!(one, two, "{command} {file}");
            assert_eq!(one.0, Some(4), "{}", one.2);
        }
    }
    let (_, out, _) = run(folder.path(), "predict --pretrained --format json tickers.csv");
    let names: Vec<String> = rows(&out).iter().map(|row| row["series"].as_str().unwrap().to_owned()).collect();
    assert_eq!(names, (0..12).map(|ticker| format!("T{ticker}")).collect::<Vec<_>>());
    // The order of the rows in the file changes no forecast.
    let (_, other, _) = run(folder.path(), "predict --pretrained -q --format json dates.csv --series T8");
    assert_eq!(rows(&other)[0], rows(&out)[8]);
}

#[test]
fn one_bad_ticker_is_one_error_row() {
    let folder = universe();
    let (code, out, stderr) = run(folder.path(), "predict --pretrained --format json tickers.csv");
    assert_eq!(code, Some(4), "{stderr}");
    let failed: Vec<usize> = (0..12).filter(|ticker| rows(&out)[*ticker]["error"].is_string()).collect();
    assert_eq!(failed, [3, 5]);
    assert!(
        stderr.contains("error: tickers.csv:405: T3: column 'Close': cannot read '12:3' as a number\n"),
        "{stderr}"
    );
    assert!(stderr.ends_with("error: 2 of 12 series failed\n"), "{stderr}");
}

#[test]
fn series_that_fail_alike_get_their_help_once() {
    let folder = universe();
    let (code, out, stderr) = run(folder.path(), "predict --pretrained --format json dates.csv --until 1990-01-03");
    assert_eq!(code, Some(1), "{stderr}");
    assert!(rows(&out).len() == 12 && rows(&out).iter().all(|row| row["help"].is_string()), "{out}");
    assert_eq!((stderr.matches("error: dates.csv").count(), stderr.matches("  help: ").count()), (12, 1), "{stderr}");
}

#[test]
fn warnings_of_a_series_are_in_its_row_and_of_many_one_message() {
    let folder = universe();
    let (_, out, stderr) = run(folder.path(), "predict --pretrained --format json tickers.csv --until 1990-01-25");
    let rows = rows(&out);
    let short = "25 rows are too few to estimate the volatility";
    let warnings = |row: usize| rows[row]["warnings"].as_array().unwrap();
    assert!(warnings(0)[0].as_str().unwrap().starts_with(short), "{out}");
    let last = rows[0].as_object().unwrap().keys().next_back().unwrap();
    assert_eq!(last, "warnings");
    // Eleven series have the warning; T5 is too short for a forecast.
    assert_eq!(stderr.matches(short).count(), 1, "{stderr}");
    let more = "; 10 more have a warning of this kind: T1, T2, T3, T4, T6 and 5 more\n";
    assert!(stderr.contains("warning: tickers.csv: T0: 25 rows") && stderr.contains(more), "{stderr}");

    let (_, out, stderr) = run(folder.path(), "predict --pretrained --format json tickers.csv");
    let hole = "left out 1 row without a price (line 791)";
    assert_eq!(self::rows(&out)[7]["warnings"], Value::from(vec![hole]), "{out}");
    assert!(stderr.contains("warning: tickers.csv: left out 1 row without a price (line 791 of T7)\n"), "{stderr}");
    // `--quiet` affects only standard error.
    assert_eq!(run(folder.path(), "predict --pretrained -q --format json tickers.csv").1, out);
}

#[test]
fn strictly_a_warning_is_an_error() {
    let folder = universe();
    let (code, out, stderr) = run(folder.path(), "predict --pretrained --strict --format json tickers.csv");
    assert_eq!(code, Some(4), "{stderr}");
    let row = &rows(&out)[7];
    assert_eq!(row["error"], "tickers.csv: T7: left out 1 row without a price (line 791)", "{out}");
    assert!(row["help"].as_str().unwrap().ends_with("without --strict this is a warning"), "{row}");
    assert!(stderr.ends_with("error: 3 of 12 series failed\n") && !stderr.contains("warning:"), "{stderr}");

    // All subcommands follow one rule: T7 has a warning, T3 a bad cell, T5 is short.
    let quick = "--epochs 1 --ensemble 1";
    for command in [
        format!("train {quick} -m m.safetensors"),
        format!("train {quick} --each --models models"),
        format!("backtest {quick} --baselines naive --test-days 30 --test-fraction 0"),
        format!(
            "tune {quick} --cells lstm --windows 4 --hidden 8 --layers 1 --trials 1 --folds 3 --test-days 30 -m t.safetensors"
        ),
    ] {
        let (code, out, stderr) = run(folder.path(), &format!("{command} --strict --format json tickers.csv"));
        // Without calibration, because the days are too few, there is another warning.
        let is_tested = !command.starts_with("tune");
        assert_eq!(code, Some(if is_tested { 1 } else { 4 }), "{command}: {stderr}");
        let failed = rows(&out).into_iter().find(|row| row["series"] == "T7").unwrap();
        let error = failed["error"].as_str().unwrap();
        assert!(error.starts_with("tickers.csv: T7: left out 1 row without a price (line 791)"), "{command}: {error}");
    }
    let (code, _, stderr) = run(folder.path(), "inspect --strict --format json tickers.csv");
    assert_eq!(code, Some(4));
    assert!(stderr.contains("error: tickers.csv: T7: left out 1 row without a price"), "{stderr}");
    assert!(stderr.ends_with("error: 2 of 12 series failed\n"), "{stderr}");
    // A series that fails for another reason keeps its warnings.
    let text = long(2, false) + "T9,2020-01-01,5\n";
    fs::write(folder.path().join("short.csv"), text).unwrap();
    let (code, _, stderr) = run(folder.path(), "predict --pretrained --strict short.csv");
    assert_eq!(code, Some(4));
    assert!(stderr.contains("warning: short.csv: only one or two rows for 'T9'"), "{stderr}");
    let (code, _, stderr) = run(folder.path(), "inspect --strict short.csv");
    assert_eq!(code, Some(4));
    assert!(stderr.contains("error: short.csv: T9: only one or two rows for 'T9'"), "{stderr}");

    // If it is the only series, it is the error of the run.
    let series = autoregressive(200, 0.0, 1);
    let lines = series.dates.iter().zip(&series.close).map(|(date, close)| format!("{date},{close}\n"));
    let text = format!("Date,Close\n1989-12-30,100\n1989-12-31,\n{}", lines.collect::<String>());
    fs::write(folder.path().join("hole.csv"), text).unwrap();
    for command in [
        "predict --pretrained",
        "explain --pretrained",
        "backtest --epochs 1 --ensemble 1 --baselines naive",
        "compare --cells dense --windows 1 --epochs 1 --ensemble 1",
        "train --epochs 1 -m n.safetensors",
    ] {
        let (code, out, stderr) = run(folder.path(), &format!("{command} --strict hole.csv"));
        assert_eq!((code, &*out), (Some(1), ""), "{command}");
        assert!(stderr.starts_with("error: hole.csv: left out 1 row without a price (line 3)"), "{command}: {stderr}");
    }
    let (code, out, stderr) = run(folder.path(), "inspect --strict --format json hole.csv");
    assert_eq!((code, rows(&out).len()), (Some(1), 1), "{stderr}");
    let (code, _, stderr) = run(folder.path(), "predict --strict tickers.csv");
    assert_eq!(code, Some(1));
    assert!(stderr.starts_with("error: no model.safetensors") && stderr.contains("pass --pretrained"), "{stderr}");
}

/// A series is requested by name. Files without it are left out, and if no file has it, one error says so.
#[test]
fn a_series_is_found_in_the_files_that_have_it() {
    let folder = tempfile::tempdir().unwrap();
    let prices = folder.path().join("prices");
    fs::create_dir(&prices).unwrap();
    for (name, tickers) in [("a.csv", ["AAA", "BBB"]), ("b.csv", ["CCC", "DDD"]), ("c.csv", ["BBB", "EEE"])] {
        let text = long(2, false).replace("T0", tickers[0]).replace("T1", tickers[1]);
        fs::write(prices.join(name), text).unwrap();
    }
    let quick = "--epochs 1 --ensemble 1 --test-days 30";
    let commands = [
        "predict --pretrained".to_owned(),
        "inspect".into(),
        "train --epochs 1 --ensemble 1".into(),
        "train --epochs 1 --ensemble 1 --each --models models".into(),
        format!("backtest {quick} --baselines naive --test-fraction 0"),
        format!("tune {quick} --cells lstm --windows 4 --hidden 8 --layers 1 --trials 1 --folds 3"),
    ];
    for command in commands {
        let (code, out, stderr) = run(folder.path(), &format!("{command} --format json prices --series DDD"));
        assert_eq!((code, rows(&out).len()), (Some(0), 1), "{command}: {stderr}");
        let (code, out, stderr) = run(folder.path(), &format!("{command} --format json prices --series BBX"));
        assert_eq!((code, &*out), (Some(1), ""), "{command}: {stderr}");
        let error = "error: 3 files: no series 'BBX', expected one of 'AAA', 'BBB', 'CCC', 'DDD' or 'EEE'\n";
        assert!(
            stderr.contains(&format!("{error}  help: did you mean 'BBB'? pass --series BBB\n")),
            "{command}: {stderr}"
        );
    }
    // A file that cannot be read could contain the series.
    fs::write(prices.join("d.csv"), "nothing\n").unwrap();
    let (code, out, stderr) = run(folder.path(), "predict --pretrained --format json prices --series BBX");
    assert_eq!((code, rows(&out).len()), (Some(1), 1), "{stderr}");
    assert!(
        stderr.contains("error: 3 files: no series 'BBX'") && stderr.contains("error: 1 of 1 series failed"),
        "{stderr}"
    );
}

/// In a file of several series, the first result has the warnings about the whole file.
#[test]
fn warnings_about_a_file_are_in_json() {
    let folder = tempfile::tempdir().unwrap();
    let text = long(3, false) + ",2024-01-02,5\n,2024-01-03,6\n";
    fs::write(folder.path().join("p.csv"), text).unwrap();
    let (code, out, stderr) = run(folder.path(), "predict --pretrained -q --format json p.csv");
    assert_eq!((code, &*stderr), (Some(0), ""));
    let rows = rows(&out);
    assert_eq!(rows[0]["warnings"][0], "left out 2 rows without a ticker (lines 365 and 366)", "{out}");
    assert!(rows[1].get("warnings").is_none() && rows[2].get("warnings").is_none(), "{out}");
}

#[test]
fn inspect_writes_a_file_as_others_do() {
    let folder = universe();
    let (code, printed, _) = run(folder.path(), "inspect --format json tickers.csv dates.csv");
    assert_eq!(code, Some(4));
    for _ in 0..2 {
        let (code, out, _) = run(folder.path(), "inspect -q tickers.csv dates.csv --output all.json");
        assert_eq!((code, &*out), (Some(4), ""));
        assert_eq!(fs::read_to_string(folder.path().join("all.json")).unwrap(), printed);
    }
    assert_eq!(run(folder.path(), "inspect tickers.csv --output all.json --format table").0, Some(2));
    let (code, _, stderr) = run(folder.path(), "inspect tickers.csv --output dates.csv");
    assert_eq!(code, Some(1));
    assert!(stderr.contains("expected results of fourcast"), "{stderr}");
}

#[test]
fn a_folder_is_its_files_by_name() {
    let folder = universe();
    let prices = folder.path().join("prices");
    fs::create_dir(&prices).unwrap();
    for (name, seed) in [("b.csv", 1), ("a.csv", 2), (".c.csv", 3)] {
        let series = autoregressive(120, 0.0, seed);
        let lines = series.dates.iter().zip(&series.close).map(|(date, close)| format!("{date},{close}\n"));
        fs::write(prices.join(name), format!("Date,Close\n{}", lines.collect::<String>())).unwrap();
    }
    fs::write(prices.join("notes.txt"), "nothing about prices\n").unwrap();
    fs::write(prices.join("model.safetensors"), "").unwrap();
    let (code, out, stderr) = run(folder.path(), "predict --pretrained -q --format json prices");
    assert_eq!(code, Some(4), "{stderr}");
    let names: Vec<Value> = rows(&out).into_iter().map(|row| row["series"].clone()).collect();
    assert_eq!(names, ["a", "b", "notes"]);
    let (code, out, _) = run(folder.path(), "inspect --format json prices");
    assert_eq!((code, rows(&out).len()), (Some(4), 3));

    fs::create_dir(folder.path().join("empty")).unwrap();
    for command in ["predict", "backtest", "inspect", "train"] {
        let (code, _, stderr) = run(folder.path(), &format!("{command} empty"));
        assert_eq!(code, Some(1));
        assert!(
            stderr.starts_with("error: empty: no file of prices in this folder, expected at least one\n"),
            "{stderr}"
        );
    }
}

#[test]
fn a_name_in_two_files_is_answered_twice_with_a_warning() {
    let folder = universe();
    let (_, out, stderr) = run(folder.path(), "predict --pretrained --format json tickers.csv dates.csv");
    let rows = rows(&out);
    assert_eq!((rows.len(), &rows[0]["series"], &rows[12]["series"]), (24, &"T0".into(), &"T0".into()));
    assert!(stderr.contains("warning: dates.csv: T0: a series of tickers.csv is called 'T0' too; "), "{stderr}");
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_ends_the_run() {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};
    let folder = universe();
    let text = long(200, false);
    fs::write(folder.path().join("many.csv"), text).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_fourcast"))
        .current_dir(folder.path())
        .args(["predict", "--pretrained", "-q", "--format", "json", "many.csv"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("{\"series\":\"T0\""), "{line}");
    // If the run has not reached the failed series, its exit code is not that for failed series.
    assert!(matches!(child.wait().unwrap().code(), Some(0 | 4)));
}

#[test]
fn a_backtest_of_many_series_is_in_order() {
    let folder = universe();
    let walk = "backtest --baselines naive --test-days 30 --refit-every 30 --epochs 1 --ensemble 1 --format json";
    let [one, two] = ["1", "2"].map(|threads| run(folder.path(), &format!("{walk} --threads {threads} tickers.csv")));
    assert_eq!(one, two);
    let names: Vec<Value> = rows(&one.1).into_iter().map(|row| row["series"].clone()).collect();
    assert_eq!(names, (0..12).map(|ticker| Value::from(format!("T{ticker}"))).collect::<Vec<_>>());
    assert_eq!(one.0, Some(4), "{}", one.2);
}
