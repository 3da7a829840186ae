//! `predict --max-age`: prices that are too old to forecast from.

use std::fs;
use std::path::Path;

use assert_cmd::Command;

const AAPL: &str = include_str!("../../data/aapl.csv");

fn run(folder: &Path, line: &str) -> (Option<i32>, String, String) {
    let output = Command::cargo_bin("fourcast").unwrap().current_dir(folder).args(line.split(' ')).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// Creates files with Apple's prices up to 2013-03-01; the same with ten more rows that copy the last one; and tickers,
/// one of which has ended.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), AAPL).unwrap();
    let last = AAPL.trim_end().lines().last().unwrap().split_once(',').unwrap().1;
    let days = [4, 5, 6, 7, 8, 11, 12, 13, 14, 15];
    let copies: String = days.iter().map(|day| format!("2013-03-{day:02},{last}\n")).collect();
    fs::write(folder.path().join("frozen.csv"), format!("{}\n{copies}", AAPL.trim_end())).unwrap();
    let row = |ticker: &str, day: usize| format!("2024-01-{day:02},{ticker},{}\n", 20 + day * 7 % 5);
    let rows: String = (1..=30).map(|day| row("NEW", day)).chain((1..=10).map(|day| row("OLD", day))).collect();
    fs::write(folder.path().join("tickers.csv"), format!("date,ticker,close\n{rows}")).unwrap();
    folder
}

#[test]
fn old_prices_are_an_error_that_names_day_and_age() {
    let folder = folder();
    let predict = "predict p.csv --pretrained --max-age 5";
    assert_eq!(run(folder.path(), &format!("{predict} --today 2013-03-06 -q")).0, Some(0));
    let (code, out, stderr) = run(folder.path(), &format!("{predict} --today 2013-03-25"));
    assert_eq!((code, out.as_str()), (Some(1), ""));
    let expected = "error: p.csv: the last row is dated 2013-03-01, 24 days before 2013-03-25, expected at most 5 days\n  help: \
                    get newer prices, or allow their age with --max-age 24\n";
    assert_eq!(stderr, expected);
    assert_eq!(run(folder.path(), "predict p.csv --pretrained --max-age 24 --today 2013-03-25 -q").0, Some(0));
    // The date of the clock is much later.
    let (code, _, stderr) = run(folder.path(), predict);
    assert_eq!(code, Some(1));
    assert!(
        stderr.contains("the last row is dated 2013-03-01, ") && stderr.contains("expected at most 5 days"),
        "{stderr}"
    );
    let (code, _, stderr) = run(folder.path(), &format!("{predict} --today 2013-02-01"));
    assert_eq!(code, Some(1));
    assert!(stderr.contains("the last row is dated 2013-03-01, after 2013-02-01"), "{stderr}");
    assert_eq!(run(folder.path(), "predict p.csv --today 2013-02-01").0, Some(2), "--today is nothing by itself");
    // The help does not offer an age that the option does not accept.
    let (code, _, stderr) = run(folder.path(), &format!("{predict} --today 2150-01-01"));
    assert!(code == Some(1) && !stderr.contains("--max-age 5") && stderr.contains("leave --max-age out"), "{stderr}");
}

#[test]
fn years_of_two_digits_are_not_after_the_day_of_today() {
    let folder = folder();
    // The same days of the week, 56 years later.
    let moved = |line: &str| {
        let (day, rest) = line.split_once(',')?;
        let parts: Vec<&str> = day.split('-').collect();
        let year = parts[0].parse::<u32>().unwrap() - 2000 + 56;
        (year < 69).then(|| format!("{}/{}/{year},{rest}\n", parts[2], parts[1]))
    };
    let (header, rows) = AAPL.split_once('\n').unwrap();
    let rows: String = rows.lines().filter_map(moved).collect();
    fs::write(folder.path().join("short.csv"), format!("{header}\n{rows}")).unwrap();
    let predict = "predict short.csv --pretrained -q --max-age 5";
    let (code, _, stderr) = run(folder.path(), &format!("{predict} --today 2069-01-02"));
    assert_eq!(code, Some(0), "{stderr}");
    let (code, _, stderr) = run(folder.path(), predict);
    assert!(code == Some(1) && stderr.contains("1968-12-31"), "{stderr}");
}

#[test]
fn a_feed_that_repeats_its_last_row_is_seen() {
    let folder = folder();
    let (code, out, stderr) = run(folder.path(), "predict frozen.csv --pretrained -q --max-age 5 --today 2013-03-15");
    assert_eq!((code, out.as_str()), (Some(1), ""));
    let expected = "error: frozen.csv: the last 10 rows up to 2013-03-15 repeat the prices of 2013-03-01, 14 days before \
                    2013-03-15, expected at most 5 days\n";
    assert!(stderr.starts_with(expected), "{stderr}");
    assert_eq!(run(folder.path(), "predict frozen.csv --pretrained -q --max-age 14 --today 2013-03-15").0, Some(0));
}

#[test]
fn an_old_series_of_several_is_a_row_of_its_own() {
    let folder = folder();
    let (code, out, _) = run(folder.path(), "predict tickers.csv --pretrained -q --max-age 5 --today 2024-02-01");
    assert_eq!(code, Some(4));
    let rows: Vec<&str> = out.lines().skip(1).collect();
    assert!(rows[0].starts_with("NEW,2024-01-30,") && rows[0].ends_with(','), "{out}");
    let old = "the last row is dated 2024-01-10, 22 days before 2024-02-01, expected at most 5 days";
    assert!(rows[1].starts_with("OLD,") && rows[1].contains(old), "{out}");
}

/// A shard that was finished on another day is computed again.
#[test]
fn the_day_is_part_of_what_a_shard_was_made_from() {
    let folder = folder();
    let shard = "predict tickers.csv p.csv --pretrained -q --shard 1/1 --output out.csv --max-age 40";
    assert_eq!(run(folder.path(), &format!("{shard} --today 2013-03-05")).0, Some(4), "2024 is after 2013");
    let first = fs::read_to_string(folder.path().join("out.csv")).unwrap();
    assert_eq!(run(folder.path(), &format!("{shard} --today 2024-02-01")).0, Some(4));
    let second = fs::read_to_string(folder.path().join("out.csv")).unwrap();
    assert!(first.contains("OLD,,") && !second.contains("OLD,,"), "{first}{second}");
}
