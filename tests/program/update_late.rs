//! `fourcast update`: missing and late rows, revised closes, and how to correct an update.

use std::fs;
use std::path::Path;

use crate::made_once::made_once;
use assert_cmd::Command;

const AAPL: &str = include_str!("../../data/aapl.csv");

fn run(folder: &Path, line: &str) -> (Option<i32>, String, String) {
    let output = Command::cargo_bin("fourcast").unwrap().current_dir(folder).args(line.split(' ')).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// Returns the header and the first `rows` rows of Apple's prices, without the rows `without`; prices of the others are
/// multiplied by `factor`.
fn rows(rows: usize, without: &[usize], factor: impl Fn(usize) -> f64) -> String {
    let line = |(row, line): (usize, &str)| {
        let scaled = |(column, cell): (usize, &str)| match column {
            1..=4 | 6 if row > 0 && factor(row) != 1.0 => (cell.parse::<f64>().unwrap() * factor(row)).to_string(),
            _ => cell.to_owned(),
        };
        line.split(',').enumerate().map(scaled).collect::<Vec<_>>().join(",") + "\n"
    };
    let all = AAPL.lines().take(rows + 1).enumerate();
    all.filter(|(row, _)| !without.contains(row)).map(line).collect()
}

/// Creates a folder with a model of the first 3,200 rows, up to 2012-11-16.
fn folder(options: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), rows(3200, &[], |_| 1.0)).unwrap();
    let train = format!("train p.csv --epochs 1 --ensemble 1 -q -m old.st{options}");
    let model = made_once(&train, || {
        assert_eq!(run(folder.path(), &train).0, Some(0));
        fs::read(folder.path().join("old.st")).unwrap()
    });
    fs::write(folder.path().join("old.st"), model).unwrap();
    folder
}

/// The row of 2012-11-27.
const LATE: usize = 3206;

#[test]
fn a_row_that_comes_late_can_be_put_right() {
    let folder = folder(" --calendar nyse");
    let write = |text: String| fs::write(folder.path().join("p.csv"), text).unwrap();
    fs::copy(folder.path().join("old.st"), folder.path().join("m.st")).unwrap();
    write(rows(3210, &[LATE], |_| 1.0));
    let missing = "p.csv: no row for 2012-11-27, a session of nyse, although later rows exist: the move to the next row \
                   counts as one day\n  help: add them first, or keep the model from before them with --save-as FILE";
    let (code, out, stderr) = run(folder.path(), "update p.csv -m m.st --strict");
    assert!(code == Some(1) && out.is_empty() && stderr.starts_with(&format!("error: {missing}")), "{stderr}");
    let (code, _, stderr) = run(folder.path(), "update p.csv -m m.st");
    assert!(code == Some(0) && stderr.starts_with(&format!("warning: {missing}")), "{stderr}");

    write(rows(3211, &[], |_| 1.0));
    let late = "p.csv: 1 row up to 2012-12-03 was added after the update that covered its day; the outcomes are not counted again";
    let help = "help: to count the outcomes with them, update a copy of the model from before them, or train it again with \
                the options that it was trained with";
    let (code, out, stderr) = run(folder.path(), "update p.csv -m m.st --strict");
    assert!(code == Some(1) && out.is_empty() && stderr.contains(&format!("error: {late}")), "{stderr}");
    assert!(stderr.contains(help), "{stderr}");
    // Both commands of the help work.
    let whole = run(folder.path(), "update p.csv -m old.st --strict --save-as m.st --format json");
    assert!(whole.0 == Some(0) && whole.1.contains("\"new_rows\":11") && whole.2.is_empty(), "{}", whole.2);
    assert_eq!(run(folder.path(), "train p.csv -m m.st --epochs 1 --ensemble 1 -q").0, Some(0));
    assert_eq!(run(folder.path(), "update p.csv -m m.st --strict").2, "");
}

/// The command that trains a model again has the same options, and the same series of several.
#[test]
fn the_command_that_trains_a_model_again_is_that_of_its_series() {
    let folder = tempfile::tempdir().unwrap();
    let table = |rows: usize, without: usize| {
        let rows = AAPL.lines().skip(2001).take(rows).enumerate();
        let rows = rows.filter(|(row, _)| *row != without).map(|(row, line)| {
            let mut cells = line.split(',');
            let (date, close) = (cells.next().unwrap(), cells.nth(3).unwrap());
            format!("{date},{close},{:.2}\n", 50.0 + (row as f64 * 1.7).sin())
        });
        fs::write(folder.path().join("w.csv"), format!("Date,AA,BB\n{}", rows.collect::<String>())).unwrap();
    };
    table(300, 300);
    assert_eq!(run(folder.path(), "train w.csv --each --models ms --calendar nyse -q").0, Some(0));
    table(310, 305);
    assert_eq!(run(folder.path(), "update w.csv --models ms -q").0, Some(0));
    table(320, 320);
    let stderr = run(folder.path(), "update w.csv --models ms").2;
    let command = "train w.csv --series AA --calendar nyse -m ms/AA.safetensors";
    assert!(stderr.contains(&format!("or train it again with: fourcast {command}")), "{stderr}");
    assert_eq!(run(folder.path(), &format!("{command} -q")).0, Some(0));
    let (code, _, stderr) = run(folder.path(), "update w.csv --models ms --strict --series AA");
    assert_eq!((code, &*stderr), (Some(0), ""));
}

/// Late rows are reported by one update, and then belong to the model.
#[test]
fn late_rows_are_named_once() {
    let folder = folder("");
    let update = |text: String| {
        fs::write(folder.path().join("p.csv"), text).unwrap();
        let (code, _, stderr) = run(folder.path(), "update p.csv -m old.st");
        assert_eq!(code, Some(0), "{stderr}");
        stderr
    };
    // Without a calendar, one missing weekday can be a holiday, but not five.
    assert_eq!(update(rows(3210, &[LATE], |_| 1.0)), "");
    let stderr = update(rows(3220, &[LATE, 3212, 3213, 3214, 3215, 3216], |_| 1.0));
    assert!(
        stderr
            .starts_with("p.csv: no row for 2012-12-05, 2012-12-06, 2012-12-07 and 2 more, although later rows exist"),
        "{stderr}"
    );
    let stderr = update(rows(3230, &[], |_| 1.0));
    assert!(stderr.contains("warning: p.csv: 6 rows up to 2012-12-17 were added after the update"), "{stderr}");
    assert_eq!(update(rows(3240, &[], |_| 1.0)), "");
}

/// A revised close gives a warning, and an error with --strict; a revised volume gives a note.
#[test]
fn revised_closes_are_warnings() {
    let folder = folder("");
    let write = |text: String| fs::write(folder.path().join("p.csv"), text).unwrap();
    // Rows before the days that are compared one by one: after the training, and after an update.
    for (row, rows_now, until) in [(3000, 3210, "2012-11-16"), (3003, 3220, "2012-12-03")] {
        write(rows(rows_now, &[], |one| if one == row { 1.002 } else { 1.0 }));
        let revised = format!("p.csv: a close up to {until} has changed since the last training or update");
        let (code, out, stderr) = run(folder.path(), "update p.csv -m old.st --strict");
        assert!(code == Some(1) && out.is_empty() && stderr.contains(&format!("error: {revised}")), "{stderr}");
        let (code, _, stderr) = run(folder.path(), "update p.csv -m old.st");
        assert!(code == Some(0) && stderr.contains(&format!("warning: {revised}")), "{stderr}");
        assert!(stderr.contains("update once without --strict"), "{stderr}");
    }
}

/// The last digits of a feed can change every day.
#[test]
fn other_last_digits_are_no_revision() {
    let folder = folder("");
    let digits = |day: usize| move |row: usize| 1.0 + 3e-8 * (row as f64 * (1.3 + day as f64)).sin();
    for (day, rows_now) in [(0, 3210), (1, 3211), (2, 3212)] {
        fs::write(folder.path().join("p.csv"), rows(rows_now, &[], digits(day))).unwrap();
        let (code, _, stderr) = run(folder.path(), "update p.csv -m old.st --strict");
        assert!(code == Some(0) && !stderr.contains("warning"), "{stderr}");
    }
}

/// The warnings about an implausible last price are those of `predict`.
#[test]
fn a_wrong_last_price_stops_a_strict_update_as_it_stops_a_forecast() {
    let folder = folder("");
    for factor in [10.0, 0.1, 0.8] {
        fs::write(folder.path().join("p.csv"), rows(3210, &[], |row| if row == 3210 { factor } else { 1.0 })).unwrap();
        let first = |stderr: &str| stderr.lines().next().unwrap().split(" (and").next().unwrap().to_owned();
        let (code, _, predicted) = run(folder.path(), "predict p.csv -m old.st --strict");
        assert_eq!(code, Some(1));
        let (code, out, updated) = run(folder.path(), "update p.csv -m old.st --strict --max-drift 10");
        assert!(code == Some(1) && out.is_empty(), "{updated}");
        assert_eq!(first(&updated), first(&predicted), "{factor}");
    }
}
