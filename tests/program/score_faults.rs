//! `fourcast score`: files and forecasts with faults, which are named with their lines.

use std::fs;
use std::path::Path;

use crate::common::{autoregressive, folder_with};
use crate::score::{DAYS, json, recorded, run};

#[test]
fn faults_of_a_file_of_forecasts_name_their_line() {
    let series = autoregressive(250, 0.0, 3);
    let folder = folder_with(&series);
    let day = series.dates[200];
    for (text, error) in [
        (
            format!("date,forecast\n{day},two\n"),
            "error: f.csv:2: column 'forecast': found 'two', expected a finite number\n",
        ),
        (format!("date,q0.1,q0.5\n{day},2,1\n"), "error: f.csv: no forecast of 'p' can be scored: 1 forecast, of "),
        (format!("day,forecast\n{day},1\n"), "error: f.csv:1: no column 'date' among 'day' and 'forecast'\n"),
        (format!("series,date,forecast\nq,{day},1\n"), "error: f.csv: no forecast of 'p', found those of 'q'\n"),
    ] {
        fs::write(folder.path().join("f.csv"), text).unwrap();
        let (code, out, stderr) = run(folder.path(), "score p.csv --forecasts f.csv");
        assert!(
            code == Some(1) && out.is_empty() && stderr.starts_with(error) && stderr.contains("help: "),
            "{stderr}"
        );
    }
    let rows = [150, 151, 152, 153, 153].map(|row| format!("{},{}\n", series.dates[row], series.close[row]));
    fs::write(folder.path().join("f.csv"), format!("date,forecast\n1980-01-01,1\n{}", rows.concat())).unwrap();
    let (all, stderr) = json(folder.path(), "score p.csv --forecasts f.csv --baselines ewma");
    assert_eq!((&all[0]["scored"], &all[0]["repeated"], &all[0]["left_out"]), (&4.into(), &1.into(), &1.into()));
    let repeated =
        format!("1 forecast, of {} (line 7), is for a day that an earlier line forecasts", series.dates[153]);
    assert!(stderr.contains(&repeated), "{stderr}");
    assert!(
        stderr.contains("1 forecast, of 1980-01-01 (line 2), is left out: these prices have no row on its day"),
        "{stderr}"
    );
    for none in ["score p.csv --ledger none.jsonl", "score p.csv --forecasts none.csv", "score p.csv --ledger p.csv"] {
        let (code, _, stderr) = run(folder.path(), none);
        assert!(code == Some(1) && stderr.contains("help: "), "{none}: {stderr}");
    }
    assert_eq!(run(folder.path(), "score p.csv").0, Some(2));
    assert_eq!(run(folder.path(), "score p.csv --ledger l.jsonl --forecasts f.csv").0, Some(2));
}

/// Writes the ledger with one line changed; returns its text.
fn edit(folder: &Path, line: usize, change: impl Fn(&str) -> String) -> String {
    let text = fs::read_to_string(folder.join("l.jsonl")).unwrap();
    let changed = |(place, text): (usize, &str)| if place + 1 == line { change(text) } else { text.to_owned() };
    let lines: Vec<String> = text.lines().enumerate().map(changed).collect();
    fs::write(folder.join("edited.jsonl"), lines.join("\n") + "\n").unwrap();
    lines.join("\n") + "\n"
}

/// Returns a line with another number for a key.
fn with_number(line: &str, key: &str, number: &str) -> String {
    let (before, after) = line.split_once(&format!("\"{key}\":")).unwrap();
    format!("{before}\"{key}\":{number}{}", &after[after.find([',', '}']).unwrap()..])
}

const EDITED: &str = "score p.csv --ledger edited.jsonl --baselines ewma";

/// A line that no program can have written is left out, named and counted; with --strict, it is an error.
#[test]
fn impossible_forecasts_are_left_out_and_named() {
    let (folder, series) = recorded();
    let origin = series.dates[152];
    for (key, number, why) in [
        ("q0.01", "-1", "is left out: one of its prices is not above zero"),
        ("q0.01", "0", "is left out: one of its prices is not above zero"),
        ("q0.99", "1e300", "is left out: one of its prices is impossibly far from its last close"),
        ("q0.99", "1", "is left out: its quantiles cross"),
        ("last_close", "90.5", "is left out: its last_close is not the close of its origin in these prices"),
    ] {
        edit(folder.path(), 4, |line| with_number(line, key, number));
        let (all, stderr) = json(folder.path(), EDITED);
        assert_eq!(
            (&all[0]["scored"], &all[0]["left_out"]),
            (&(DAYS - 1).into(), &1.into()),
            "{key} {number}: {stderr}"
        );
        let expected = format!("1 forecast, of {} (line 4), {why}", origin.tomorrow().unwrap());
        assert!(stderr.contains(&expected), "{key} {number}: {stderr}");
        let (code, out, stderr) = run(folder.path(), &format!("{EDITED} --strict"));
        assert!(code == Some(1) && out.is_empty() && stderr.contains(why), "{key} {number}: {stderr}");
    }
    // All lines are impossible.
    let text = fs::read_to_string(folder.path().join("l.jsonl")).unwrap();
    let all: String = text.lines().map(|line| with_number(line, "q0.01", "-1") + "\n").collect();
    fs::write(folder.path().join("edited.jsonl"), all).unwrap();
    let (code, out, stderr) = run(folder.path(), EDITED);
    assert!(
        code == Some(1) && out.is_empty() && stderr.contains("no forecast of 'p' can be scored: 57 forecasts"),
        "{stderr}"
    );
    // The same faults in csv, written by any program.
    let row = |row: usize, low: f64| {
        let close = series.close[row - 1];
        format!("{},{},{},{}\n", series.dates[row], low, close, 1.1 * close)
    };
    let rows: String = (150..160).map(|k| row(k, if k == 153 { -1.0 } else { 0.9 * series.close[k - 1] })).collect();
    fs::write(folder.path().join("f.csv"), format!("date,lower_90,forecast,upper_90\n{rows}")).unwrap();
    let (all, stderr) = json(folder.path(), "score p.csv --forecasts f.csv --baselines ewma");
    assert_eq!((&all[0]["scored"], &all[0]["left_out"]), (&9.into(), &1.into()));
    assert!(stderr.contains("(line 5), is left out: one of its prices is not above zero"), "{stderr}");
}

/// Lines that are not forecasts are described, including a last line that was cut off by a crash; with --strict, they
/// are an error. A file with a byte order mark is read.
#[test]
fn lines_that_are_no_forecasts_are_named() {
    let (folder, _) = recorded();
    let whole = edit(folder.path(), 4, |line| line.replacen(",\"horizon\":1", ",\"horizon\" 1", 1));
    let refused = |expected: &str| {
        let (all, stderr) = json(folder.path(), EDITED);
        assert_eq!(all[0]["scored"], DAYS - 1, "{stderr}");
        assert!(stderr.contains(expected) && !stderr.contains("column"), "{expected}: {stderr}");
        let (code, out, stderr) = run(folder.path(), &format!("{EDITED} --strict"));
        assert!(
            code == Some(1) && out.is_empty() && stderr.contains(expected) && stderr.contains("help: "),
            "{stderr}"
        );
    };
    refused(
        "edited.jsonl: line 4 is not a forecast and is left out: it is not a JSON object, or was changed or cut off\n",
    );
    edit(folder.path(), 4, |line| line.replacen("\"q0.05\"", "\"q0.05\":1,\"q0.05\"", 1));
    refused("edited.jsonl: line 4 is not a forecast and is left out: it has 'q0.05' twice\n");
    edit(folder.path(), 4, |line| line.replacen("\"q0.50\"", "\"q0.5\":1,\"q0.50\"", 1));
    refused("it has 'q0.5' and 'q0.50', which are the same quantile\n");
    edit(folder.path(), 4, |line| with_number(line, "last_close", "\"x\""));
    refused("line 4 is not a forecast and is left out: 'last_close' is \"x\", expected a number\n");
    let ledger = fs::read_to_string(folder.path().join("l.jsonl")).unwrap();
    fs::write(folder.path().join("edited.jsonl"), &ledger[..ledger.len() - 20]).unwrap();
    let cut = "line 57 is not a forecast and is left out: it is incomplete: it was cut off while it was written\n";
    let (all, stderr) = json(folder.path(), EDITED);
    assert!(all[0]["scored"] == DAYS && all[0]["pending"] == 0 && stderr.contains(cut), "{stderr}");
    let (code, _, stderr) = run(folder.path(), &format!("{EDITED} --strict"));
    assert!(code == Some(1) && stderr.contains("error: edited.jsonl: line 57 is not a forecast"), "{stderr}");
    fs::write(folder.path().join("edited.jsonl"), format!("\u{feff}{ledger}")).unwrap();
    let (all, stderr) = json(folder.path(), &format!("{EDITED} --strict"));
    assert!(all[0]["scored"] == DAYS && stderr.is_empty(), "{stderr}");
    fs::write(folder.path().join("edited.jsonl"), &whole[..30]).unwrap();
    let (code, _, stderr) = run(folder.path(), EDITED);
    assert!(
        code == Some(1)
            && stderr.contains("holds no forecasts, expected at least one; line 1 is not a forecast: it is incomplete"),
        "{stderr}"
    );
    let (code, _, stderr) = run(folder.path(), "score p.csv --ledger p.csv");
    assert!(
        code == Some(1) && stderr.contains("p.csv: is not a ledger of forecasts: expected one forecast per line"),
        "{stderr}"
    );
    assert!(stderr.contains("--forecasts"), "{stderr}");
}
