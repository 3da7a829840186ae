//! The levels of intervals, their coverage and their calibration, for one day and for a path.

use std::fs;
use std::path::Path;

use crate::pipeline::{AAPL, stderr_of, stdout};
use assert_cmd::Command;
use fourcast::nn::CellKind;

/// Returns, for each day that `predict` prints: forecast, lower and upper at 50 %, lower and upper at 90 %.
fn forecasts(folder: &Path) -> Vec<Vec<f64>> {
    let rows = stdout(folder, &["predict", "p.csv"]);
    let numbers = |row: &str| row.split(',').skip(4).take(5).map(|cell| cell.parse().unwrap()).collect();
    rows.lines().skip(1).map(numbers).collect()
}

#[test]
fn every_cell_in_every_shape_gives_a_path_whose_intervals_widen() {
    let folder = tempfile::tempdir().unwrap();
    // Three years are enough for training and take a quarter of the time.
    let (header, rows) = AAPL.split_once('\n').unwrap();
    let rows: Vec<&str> = rows.lines().collect();
    fs::write(folder.path().join("p.csv"), format!("{header}\n{}", rows[rows.len() - 750..].join("\n"))).unwrap();
    let plain = CellKind::ALL.map(CellKind::name);
    for cell in plain.into_iter().chain(["rnn --activation relu --recurrent-init identity"]) {
        for shape in ["many-to-one --horizon 4", "many-to-many --horizon 4", "one-to-many --horizon 4 --layers 2"] {
            let line = format!("train p.csv --epochs 3 --quiet --cell {cell} --topology {shape}");
            stdout(folder.path(), &line.split_whitespace().collect::<Vec<_>>());
            let rows = forecasts(folder.path());
            assert_eq!(rows.len(), if shape.starts_with("many-to-one") { 1 } else { 4 }, "{line}");
            for row in &rows {
                // forecast, then lower and upper at 50 % and at 90 %
                let inward = [row[3], row[1], row[0], row[2], row[4]];
                assert!(inward.iter().all(|price| price.is_finite()) && inward.is_sorted(), "{line}: {row:?}");
            }
            let widths: Vec<f64> = rows.iter().map(|row| (row[4] / row[3]).ln()).collect();
            assert!(widths.is_sorted_by(|a, b| a < b), "{line}: {widths:?}");
        }
    }
}

/// A network for levels does not account for time: without an extra factor, its intervals would have the same width on
/// every day of a path.
#[test]
fn the_intervals_of_a_path_of_levels_widen_too() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), AAPL).unwrap();
    let line = "train p.csv --epochs 2 --quiet --cell rnn --topology one-to-many --horizon 6 --target price";
    stdout(folder.path(), &line.split(' ').collect::<Vec<_>>());
    let rows = forecasts(folder.path());
    for (lower, upper) in [(1, 2), (3, 4)] {
        let widths: Vec<f64> = rows.iter().map(|row| row[upper] - row[lower]).collect();
        assert!(widths.len() == 6 && widths.is_sorted_by(|a, b| a < b), "{widths:?}");
    }
}

/// Readers could not distinguish two columns with the same name.
#[test]
fn every_level_has_columns_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), AAPL).unwrap();
    let header = |levels: &str| {
        let rows = stdout(folder.path(), &["predict", "p.csv", "-q", "--levels", levels]);
        let names = rows.lines().next().unwrap().split(',').skip(5).map(str::to_owned);
        names.take_while(|name| name != "model").collect::<Vec<_>>()
    };
    assert_eq!(header("0.9,0.07,0.5"), ["lower_90", "upper_90", "lower_7", "upper_7", "lower_50", "upper_50"]);
    assert_eq!(header("0.5,0.500000001"), ["lower_50", "upper_50", "lower_50.0000001", "upper_50.0000001"]);
    assert_eq!(header("0.999999,0.99999899999").len(), 4);
    // A level that is given twice has one pair of columns.
    assert_eq!(header("0.5,0.9,0.50"), ["lower_50", "upper_50", "lower_90", "upper_90"]);
    let walk = ["backtest", "p.csv", "--test-days", "20", "--epochs", "1", "--ensemble", "1", "--baselines", "naive"];
    let rows = stdout(folder.path(), &[&walk[..], &["-q", "--levels", "0.9,0.900000000001,0.9"]].concat());
    let names: Vec<&str> = rows.lines().next().unwrap().split(',').collect();
    let mut each = names.clone();
    each.sort_unstable();
    each.dedup();
    assert_eq!(each.len(), names.len(), "{names:?}");
    assert!(names.contains(&"width_90.0000000001"), "{names:?}");
}

/// All returns have the same size, so an interval contains all of them or none, at any level.
#[test]
fn intervals_that_miss_their_level_are_reported() {
    let folder = tempfile::tempdir().unwrap();
    let (mut state, mut close) = (7_u32, 100.0);
    let mut text = "date,close\n".to_owned();
    let mut day = jiff::civil::date(2015, 1, 1);
    for _ in 0..900 {
        day = day.tomorrow().unwrap();
        if day.weekday().to_monday_one_offset() > 5 {
            continue;
        }
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        close *= if state >> 31 == 0 { 1.01 } else { 1.0 / 1.01 };
        text += &format!("{day},{close:.6}\n");
    }
    fs::write(folder.path().join("p.csv"), text).unwrap();
    let run = |args: &str| {
        let output = Command::cargo_bin("fourcast").unwrap().current_dir(folder.path()).args(args.split(' ')).output();
        let output = output.unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let train = "train p.csv --epochs 1 --ensemble 1 --report page.html";
    let (code, out, stderr) = run(&format!("{train} --format json"));
    assert_eq!(code, Some(0), "{stderr}");
    let summary: serde_json::Value = serde_json::from_str(&out).unwrap();
    let warning = summary["coverage_warning"].as_str().unwrap();
    assert!(warning.starts_with("1 day ahead the 50 % interval contained "), "{warning}");
    assert!(warning.contains("further from the level than chance explains"), "{warning}");
    assert!(stderr.contains(&format!("warning: p.csv: {warning}\n")), "{stderr}");
    let page = fs::read_to_string(folder.path().join("page.html")).unwrap();
    assert_eq!(page.matches(warning.split('(').next().unwrap()).count(), 2, "at the top and in the test");
    let (_, table, _) = run(&format!("{train} --format table"));
    assert!(table.contains("\nwarning: 1 day ahead the 50 % interval contained "), "{table}");
    assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
    let (_, card, _) = run("inspect model.safetensors --format table");
    assert!(card.contains("\n  warning          1 day ahead"), "{card}");
    let (code, _, stderr) = run(&format!("{train} --strict -m other.st"));
    assert!(code == Some(1) && stderr.contains(warning) && !folder.path().join("other.st").exists(), "{stderr}");
    let (code, out, stderr) = run("train p.csv --each --models models --epochs 1 --ensemble 1 --format json");
    assert!(code == Some(0) && out.contains(warning) && stderr.contains(warning), "{out}{stderr}");
}

#[test]
fn intervals_that_are_not_calibrated_have_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), AAPL).unwrap();
    let short: Vec<&str> = AAPL.lines().take(201).collect();
    fs::write(folder.path().join("short.csv"), short.join("\n")).unwrap();
    let quick = "-q --epochs 1 --ensemble 1";
    stderr_of(folder.path(), &format!("train p.csv {quick} -m first.st"));
    for (train, reason) in [
        ("p.csv --test-fraction 0", "a test fraction of 0 leaves no days to calibrate them on"),
        ("p.csv --test-fraction 0.01", "32 test days are too few to calibrate them on, expected at least 100"),
        ("short.csv", "33 test days are too few to calibrate them on, expected at least 100"),
        ("p.csv --init-from first.st", "the initial weights may have seen test days (up to 2013-03-01)"),
    ] {
        let summary =
            stdout(folder.path(), &format!("train {train} {quick} --format table").split(' ').collect::<Vec<_>>());
        let expected = format!("intervals not calibrated (raw distribution):\n  {reason}\n");
        assert!(summary.contains(&expected), "{summary}");
        let messages = stderr_of(folder.path(), "predict p.csv -m model.safetensors");
        assert!(
            messages.contains(&format!("warning: p.csv: the prediction intervals are not calibrated: {reason}\n")),
            "{messages}"
        );
        let card = stdout(folder.path(), &["inspect", "model.safetensors", "--format", "table"]);
        assert!(card.contains(&format!("calibration      none: {reason}\n")), "{card}");
    }
    let walk = "backtest p.csv --test-days 50 --refit-every 50 --baselines naive --epochs 1 --ensemble 1";
    let messages = stderr_of(folder.path(), &format!("{walk} --test-fraction 0"));
    let expected = "the prediction intervals of 1 of 1 fit are not calibrated: a test fraction of 0 leaves no days to calibrate them on\n";
    assert!(messages.ends_with(expected), "{messages}");
}
