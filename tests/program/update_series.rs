//! `fourcast update`: a model recognises the rows of its series, and refuses those of other series.

use std::fs;
use std::path::Path;

use crate::update::{AAPL, FAST, FB, first, folder, json, run};
use serde_json::Value;

/// A model that was written before returns were stored: its rows can only be recognised by their hash.
#[test]
fn rows_that_a_model_without_returns_cannot_know_are_warned_of() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/model/v2");
    let aapl: Vec<&str> = AAPL.lines().collect();
    // Closes of another company on the same days and under the same name.
    let other = |line: (usize, &&str)| {
        let cells: Vec<&str> = line.1.split(',').collect();
        let close = 50.0 + (line.0 * 7 % 13) as f64;
        format!("{},{close},{},{},{close},{close},1000\n", cells[0], close + 1.0, close - 1.0)
    };
    let foreign = format!("{}\n{}", aapl[0], aapl[1..].iter().enumerate().map(other).collect::<String>());
    for model in ["close", "updated"] {
        fs::copy(fixtures.join(format!("{model}.safetensors")), path("m.st")).unwrap();
        let references = |name: &str| {
            let card = json(folder.path(), &format!("inspect {name}"));
            let count = |of: &Value| of["reference"].as_array().map_or(0, Vec::len);
            (count(&card["training"]), count(&card["update"]), card["update"]["data"].is_object())
        };
        fs::write(path("aapl.csv"), &foreign).unwrap();
        let expected = "nothing shows that these are the prices of 'aapl': the model is of an earlier version, which stores no \
                        returns, and the rows are not exactly those that it was trained on";
        let (code, out, stderr) = run(folder.path(), "update aapl.csv -m m.st --strict --save-as new.st");
        assert!(code == Some(1) && out.is_empty() && stderr.contains(expected), "{stderr}");
        let (code, _, stderr) = run(folder.path(), "update aapl.csv -m m.st --epochs 1 --save-as new.st");
        assert!(
            code == Some(1) && stderr.contains("so its weights are not trained on them\n  help: name the file"),
            "{stderr}"
        );
        assert!(!path("new.st").exists());
        let (code, _, stderr) = run(folder.path(), "update aapl.csv -m m.st --save-as new.st");
        assert!(code == Some(0) && stderr.contains(&format!("warning: aapl.csv: {expected}\n  help: ")), "{stderr}");
        assert_eq!(references("new.st"), (0, 0, false), "{model}");
        fs::write(path("aapl.csv"), AAPL).unwrap();
        json(folder.path(), "update aapl.csv -m m.st --splits as-is --strict --save-as new.st");
        assert_eq!(references("new.st"), (0, 16, true), "{model}");
        fs::remove_file(path("new.st")).unwrap();
    }
}

/// A series is recognised by its returns, whatever the name of its file. Prices of another company on the same days are
/// refused, and so are rows of an earlier update that have changed since.
#[test]
fn a_series_is_known_again_by_its_returns() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("renamed.csv"), AAPL).unwrap();
    assert_eq!(json(folder.path(), "update renamed.csv -m old.st --save-as new.st")["new_rows"], 70);
    // Other prices on the same days.
    let reversed = |rows: &[&str]| -> String {
        let cells: Vec<Vec<&str>> = rows.iter().map(|row| row.split(',').collect()).collect();
        cells.iter().zip(cells.iter().rev()).map(|(day, other)| format!("{},{}\n", day[0], other[4])).collect()
    };
    let rows: Vec<&str> = AAPL.lines().skip(1).collect();
    let close = |rows: &[&str]| -> String {
        rows.iter()
            .map(|row| row.split(',').collect::<Vec<_>>())
            .map(|row| format!("{},{}\n", row[0], row[4]))
            .collect()
    };
    fs::create_dir(path("sub")).unwrap();
    fs::write(path("sub/p.csv"), format!("date,close\n{}", close(&rows[..600]))).unwrap();
    let line = format!("train sub/p.csv {FAST} -m close.st --splits as-is");
    assert_eq!(run(folder.path(), &line).0, Some(0));
    fs::write(path("sub/p.csv"), format!("date,close\n{}{}", reversed(&rows[..600]), close(&rows[600..620]))).unwrap();
    let (code, out, stderr) = run(folder.path(), "update sub/p.csv -m close.st --splits as-is -q");
    assert_eq!((code, out.as_str()), (Some(1), ""), "{stderr}");
    assert!(stderr.contains("these are not the prices of 'p' that close.st was trained on: "), "{stderr}");
    assert!(stderr.contains(" of 16 days compared differ: the close of "), "{stderr}");
    // Rows of the previous update have changed.
    fs::write(path("sub/p.csv"), format!("date,close\n{}", close(&rows[..1000]))).unwrap();
    assert_eq!(json(folder.path(), "update sub/p.csv -m close.st --splits as-is")["new_rows"], 400);
    let changed = format!("date,close\n{}{}{}", close(&rows[..400]), reversed(&rows[400..1000]), close(&rows[1000..]));
    fs::write(path("sub/p.csv"), changed).unwrap();
    let (code, _, stderr) = run(folder.path(), "update sub/p.csv -m close.st --splits as-is -q");
    assert!(code == Some(1) && stderr.contains("days compared differ"), "{stderr}");
}

/// A file that ends before the model has no new rows, and none of its rows has changed.
#[test]
fn a_file_that_ends_before_the_model_is_a_warning() {
    let folder = folder();
    let expected =
        "the file ends on 2012-11-15, before the last day of the model, 2012-11-16: there is nothing to update\n";
    for rows in [3199, 3195, 600] {
        fs::write(folder.path().join("p.csv"), first(rows)).unwrap();
        let (code, out, stderr) = run(folder.path(), "update p.csv -m old.st --format json");
        let row: Value = serde_json::from_str(&out).unwrap();
        assert_eq!((code, &row["new_rows"], &row["written"]), (Some(0), &0.into(), &false.into()), "{rows}: {stderr}");
        assert!(
            stderr.starts_with("warning: p.csv: the file ends on ") && !stderr.contains("changed"),
            "{rows}: {stderr}"
        );
        assert!(rows != 3199 || stderr.contains(expected), "{stderr}");
        let (code, _, stderr) = run(folder.path(), "update p.csv -m old.st -q --strict");
        assert!(code == Some(1) && stderr.contains("before the last day of the model, 2012-11-16"), "{stderr}");
    }
}

/// An error about too few rows says how many are needed, and names a day from which on they are enough.
#[test]
fn a_late_since_leads_to_an_earlier_one() {
    let folder = folder();
    for since in ["2012-11-16", "2012-11-12", "2012-10-20", "2013-01-10"] {
        let line = format!("update p.csv -m old.st --save-as new.st --since {since}");
        let (code, _, stderr) = run(folder.path(), &line);
        assert!(code == Some(1) && stderr.contains("expected at least "), "{since}: {stderr}");
        let meant = stderr.split("--since 20").nth(1).unwrap_or_else(|| panic!("{since}: {stderr}"));
        let line = line.replace(since, &format!("20{}", &meant[..8]));
        assert_eq!(json(folder.path(), &line)["new_rows"], 70, "{line}");
    }
}

/// Closes of another company instead of the last rows of the model are refused, with and without printed warnings.
#[test]
fn recent_rows_of_another_company_are_refused() {
    let folder = folder();
    let close = |line: &str| line.split(',').nth(4).unwrap().parse::<f64>().unwrap();
    let fb: Vec<f64> = FB.lines().skip(1).map(close).collect();
    let lines: Vec<&str> = AAPL.lines().collect();
    for rows in [3, 5, 7] {
        // Scaled to the level of the previous row, so that only the moves are those of the other company.
        let first = 3201 - rows;
        let scale = close(lines[first - 1]) / fb[50];
        let line = |(row, line): (usize, &&str)| {
            let (day, _) = line.split_once(',').unwrap();
            let price = (first..3201).contains(&row).then(|| fb[51 + row - first] * scale);
            price.map_or_else(|| format!("{line}\n"), |price| format!("{day},{0},{0},{0},{0},{0},1000\n", price))
        };
        let text: String = lines.iter().enumerate().map(line).collect();
        fs::write(folder.path().join("p.csv"), text).unwrap();
        let before = fs::read(folder.path().join("model.safetensors")).unwrap();
        let (code, out, stderr) = run(folder.path(), "update p.csv -q");
        assert!(code == Some(1) && out.is_empty(), "{rows}: {stderr}");
        assert!(stderr.contains(" of 16 days compared differ: the closes moved on 2012-11-"), "{stderr}");
        assert!(stderr.contains("\n  help: correct those rows"), "{stderr}");
        assert!(fs::read(folder.path().join("model.safetensors")).unwrap() == before);
    }
}
