//! Several series in one run: one that fails does not affect the others, and all messages name it.

use std::fs;
use std::path::Path;
use std::process::Output;

use crate::common::{autoregressive, with_bars};
use assert_cmd::Command;
use fourcast::prices::PriceSeries;
use serde_json::Value;

fn fourcast(folder: &Path, args: &str) -> Output {
    Command::cargo_bin("fourcast").unwrap().current_dir(folder).args(args.split(' ')).output().unwrap()
}

/// Runs a command; returns the exit code, standard output and standard error.
fn run(folder: &Path, args: &str) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = fourcast(folder, args);
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

fn closes(series: &PriceSeries) -> String {
    let rows = series.dates.iter().zip(&series.close).map(|(date, close)| format!("{date},{close}\n"));
    format!("Date,Close\n{}", rows.collect::<String>())
}

fn bars(series: &PriceSeries) -> String {
    let range = series.range.as_ref().unwrap();
    let row = |day: usize| {
        let prices = [range.open[day], range.high[day], range.low[day], series.close[day]];
        format!("{},{}\n", series.dates[day], prices.map(|price| price.to_string()).join(","))
    };
    format!("Date,Open,High,Low,Close\n{}", (0..series.len()).map(row).collect::<String>())
}

/// A series without rows on the requested days is an error of that series, in a file of several tickers as in a file of
/// one series.
#[test]
fn a_series_that_is_cut_away_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let (long, short) = (autoregressive(120, 0.0, 4), autoregressive(120, 0.0, 5).slice(0..60));
    let rows = |(name, series): (&str, &PriceSeries)| {
        let row = |(date, close)| format!("{date},{name},{close}\n");
        series.dates.iter().zip(&series.close).map(row).collect::<String>()
    };
    let all: String = [("A", &short), ("B", &long)].map(rows).concat();
    fs::write(folder.path().join("ab.csv"), format!("Date,Ticker,Close\n{all}")).unwrap();
    fs::write(folder.path().join("A.csv"), closes(&short)).unwrap();
    fs::write(folder.path().join("B.csv"), closes(&long)).unwrap();
    let since = long.dates[80];
    let rows_of = |files: &str| {
        let (code, out, stderr) =
            run(folder.path(), &format!("predict {files} --pretrained -q --since {since} --format json"));
        assert_eq!(code, Some(4), "{stderr}");
        out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["series"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(rows_of("A.csv B.csv"), ["A", "B"]);
    assert_eq!(rows_of("ab.csv"), ["A", "B"]);
}

/// Creates files that are good, or faulty in different ways.
fn files() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: String| fs::write(folder.path().join(name), text).unwrap();
    write("bars.csv", bars(&with_bars(120, 3)));
    write("closes.csv", closes(&autoregressive(120, 0.0, 4)));
    write("two.csv", "Date,Close\n2020-01-02,1.5\n2020-01-03,1.6\n".into());
    write("zero.csv", closes(&autoregressive(120, 0.0, 5)).replacen("1990-02-01,", "1990-02-01,-", 1));
    write("twice.csv", closes(&autoregressive(120, 0.0, 6)) + "1990-02-01,7\n");
    write("words.csv", closes(&autoregressive(120, 0.0, 7)) + "1990-12-01,1.2x\n");
    folder
}

const ALL: &str = "two.csv bars.csv none.csv zero.csv closes.csv twice.csv words.csv";

/// The error of each bad file of [`ALL`].
const TOLD: [(&str, &str); 5] = [
    ("two", "error: two.csv: 2 rows of prices, expected at least 4"),
    ("none", "error: none.csv: no such file"),
    ("zero", "error: zero.csv:33: the price on 1990-02-01 is -"),
    ("twice", "error: twice.csv:122: 1990-02-01 is also on line 33"),
    ("words", "error: words.csv:122: column 'Close': cannot read '1.2x' as a number"),
];

#[test]
fn good_files_are_answered_beside_bad_ones() {
    let folder = files();
    let (code, out, stderr) = run(folder.path(), &format!("predict -q --format json {ALL}"));
    assert_eq!(code, Some(4), "{stderr}");
    let rows: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let series: Vec<&str> = rows.iter().map(|row| row["series"].as_str().unwrap()).collect();
    assert_eq!(series, ["two", "bars", "none", "zero", "closes", "twice", "words"]);
    for row in &rows {
        match TOLD.iter().find(|(name, _)| row["series"] == *name) {
            Some((_, error)) => {
                let keys: Vec<&String> = row.as_object().unwrap().keys().collect();
                assert_eq!(keys, ["series", "error", "help"]);
                let messages = row["error"].as_str().unwrap();
                assert!(format!("error: {messages}").starts_with(error), "{messages}");
                assert!(
                    stderr.contains(&format!("error: {messages}\n  help: {}\n", row["help"].as_str().unwrap())),
                    "{stderr}"
                );
            }
            None => assert!(row["forecast"].is_f64() && row.get("error").is_none(), "{row}"),
        }
    }
    assert!(stderr.ends_with("error: 5 of 7 series failed\n"), "{stderr}");
}

#[test]
fn every_format_keeps_the_place_of_a_series_that_failed() {
    let folder = files();
    let (code, csv, _) = run(folder.path(), &format!("predict -q {ALL}"));
    assert_eq!(code, Some(4));
    let rows: Vec<&str> = csv.lines().collect();
    let columns = "series,origin,date,last_close,forecast,lower_50,upper_50,lower_90,upper_90,model,source,calibrated,\
                   version,hindsight,trained_on,error";
    assert_eq!(rows[0], columns);
    assert_eq!(rows.len(), 8, "{csv}");
    assert!(rows[1].starts_with("two,,,,,,,,,,,,,,,\"two.csv: 2 rows of prices, expected"), "{csv}");
    assert!(rows[2].starts_with("bars,1990-04-30,") && rows[2].ends_with(','), "{csv}");
    assert_eq!(rows[3], "none,,,,,,,,,,,,,,,none.csv: no such file");

    let (code, values, _) = run(folder.path(), &format!("predict -q --format value {ALL}"));
    assert_eq!(code, Some(4));
    let answered: Vec<bool> = values.lines().map(|line| !line.is_empty()).collect();
    assert_eq!(answered, [false, true, false, false, true, false, false]);

    let (code, table, _) = run(folder.path(), &format!("predict -q --format table {ALL}"));
    assert_eq!(code, Some(4));
    let names: Vec<&str> = table.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(names, ["series", "two", "bars", "none", "zero", "closes", "twice", "words"], "{table}");
    let failed = table.lines().filter(|line| line.ends_with("  failed")).count();
    assert_eq!(failed, TOLD.len(), "{table}");

    let quick = "backtest -q --format table --epochs 1 --ensemble 1 --baselines naive --test-days 30 --test-fraction 0";
    let (code, table, _) = run(folder.path(), &format!("{quick} two.csv bars.csv words.csv"));
    assert_eq!(code, Some(4));
    assert!(table.starts_with("two: failed\n\nbars: 30 days") && table.ends_with("\n\nwords: failed\n"), "{table}");
}

/// A single series is not a run over several: its error is the only output.
#[test]
fn the_error_of_the_only_series_leaves_nothing_on_standard_output() {
    let folder = files();
    for (name, error) in TOLD {
        for format in ["json", "csv", "value", "table"] {
            let (code, out, stderr) = run(folder.path(), &format!("predict -q {name}.csv --format {format}"));
            assert_eq!((code, &*out), (Some(1), ""), "{name}");
            assert!(stderr.starts_with(error) && stderr.matches("error:").count() == 1, "{stderr}");
        }
    }
}

#[test]
fn where_all_fail_the_run_has_failed() {
    let folder = files();
    let (code, out, stderr) = run(folder.path(), "predict -q two.csv none.csv");
    assert_eq!(code, Some(1), "{stderr}");
    assert!(out.starts_with("series,error\ntwo,") && out.lines().count() == 3, "{out}");
    assert!(stderr.ends_with("error: 2 of 2 series failed\n"), "{stderr}");
}

/// A model of bars, and several files, one with only closes.
#[test]
fn a_file_without_the_columns_of_the_model_does_not_end_the_run() {
    let folder = files();
    let (code, _, stderr) = run(folder.path(), "train bars.csv -q -m m.st --epochs 1 --ensemble 1");
    assert_eq!(code, Some(0), "{stderr}");
    let (code, out, stderr) = run(folder.path(), "predict -q -m m.st --format json closes.csv bars.csv");
    assert_eq!(code, Some(4), "{stderr}");
    assert!(stderr.starts_with("error: closes.csv: no open, high and low, expected them"), "{stderr}");
    let rows: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&rows[0]["series"], &rows[1]["series"]), (&"closes".into(), &"bars".into()));
    assert!(rows[1]["forecast"].is_f64() && rows[0]["help"].is_string());
}

/// Creates files with tickers one below the other and side by side.
fn tickers() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let series = [1, 2, 3].map(|seed| autoregressive(90, 0.0, seed));
    let (mut long, mut wide) = ("Ticker,Date,Close\n".to_owned(), "Date,AAA,BBB,CCC\n".to_owned());
    for day in 0..90 {
        let date = series[0].dates[day];
        let mut cells = [0, 1, 2].map(|one| series[one].close[day].to_string());
        if day == 40 {
            cells[1] = "12:3".into();
        }
        for (name, cell) in ["AAA", "BBB", "CCC"].iter().zip(&cells) {
            long += &format!("{name},{date},{cell}\n");
        }
        wide += &format!("{date},{}\n", cells.join(","));
    }
    fs::write(folder.path().join("long.csv"), &long).unwrap();
    fs::write(folder.path().join("wide.csv"), wide).unwrap();
    let first = &series[0].dates[0];
    fs::write(folder.path().join("twice.csv"), long.replace("12:3", "12") + &format!("BBB,{first},1\n")).unwrap();
    let day = format!("BBB,{},", series[0].dates[40]);
    fs::write(folder.path().join("day.csv"), long.replace(&day, "BBB,1990-02-31,").replace("12:3", "12")).unwrap();
    folder
}

#[test]
fn a_ticker_that_cannot_be_read_does_not_take_the_others_away() {
    let folder = tickers();
    for (file, error) in [
        ("long.csv", "error: long.csv:123: BBB: column 'Close': cannot read '12:3' as a number\n"),
        ("wide.csv", "error: wide.csv:42: BBB: column 'BBB': cannot read '12:3' as a number\n"),
        ("twice.csv", "error: twice.csv:272: BBB: 1990-01-01 is also on line 3, and 'Close' is 1 here but "),
        ("day.csv", "error: day.csv:123: BBB: column 'Date': cannot read '1990-02-31' as a date (YYYY-MM-DD)\n"),
    ] {
        let (code, out, stderr) = run(folder.path(), &format!("predict -q --format json {file}"));
        assert_eq!(code, Some(4), "{stderr}");
        assert!(stderr.starts_with(error) && stderr.ends_with("\nerror: 1 of 3 series failed\n"), "{stderr}");
        let rows: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let series: Vec<&str> = rows.iter().map(|row| row["series"].as_str().unwrap()).collect();
        assert_eq!(series, ["AAA", "BBB", "CCC"], "{file}");
        assert!(rows[1]["error"].is_string() && rows[0]["forecast"].is_f64() && rows[2]["forecast"].is_f64());
        // The others have the same results as alone, and the faulty one alone is an error.
        let alone = run(folder.path(), &format!("predict -q --format json {file} --series CCC")).1;
        assert_eq!(alone.lines().next(), out.lines().nth(2), "{file}");
        assert_eq!(run(folder.path(), &format!("predict -q {file} --series BBB")).0, Some(1), "{file}");

        let (code, out, stderr) = run(folder.path(), &format!("inspect {file} --format json"));
        assert_eq!(code, Some(4), "{stderr}");
        let shown: Value = serde_json::from_str(&out).unwrap();
        assert_eq!((shown["series"].as_array().unwrap().len(), &shown["failed"][0]["series"]), (2, &"BBB".into()));
        let train = format!("train -q --format json --epochs 1 --ensemble 1 -m global.safetensors {file}");
        let (code, out, stderr) = run(folder.path(), &train);
        assert_eq!(code, Some(4), "{stderr}");
        assert!(stderr.starts_with(error) && stderr.ends_with("\nerror: 1 of 3 series failed\n"), "{stderr}");
        let rows: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(rows[0]["series"] == "BBB" && rows[0]["error"].is_string(), "{out}");
        let counts = [&rows[1]["series"], &rows[1]["trained_series"], &rows[1]["left_out"]];
        assert_eq!(counts, [&Value::from("2 series"), &2.into(), &1.into()]);
    }
}

#[test]
fn inspect_shows_the_files_that_can_be_read() {
    let folder = files();
    let (code, out, stderr) = run(folder.path(), "inspect none.csv bars.csv twice.csv --format json");
    assert_eq!(code, Some(4), "{stderr}");
    let rows: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&rows[0]["series"], &rows[0]["error"]), (&"none".into(), &"none.csv: no such file".into()));
    assert_eq!((&rows[1]["rows"], &rows[2]["series"]), (&120.into(), &"twice".into()));
    assert!(stderr.ends_with("error: 2 of 3 series failed\n"), "{stderr}");
    assert_eq!(run(folder.path(), "inspect none.csv twice.csv").0, Some(1));
    assert_eq!(run(folder.path(), "inspect none.csv").1, "");
}

const WALK: &str = "backtest -q --baselines naive --test-days 60 --refit-every 60 --epochs 1 --ensemble 1";

#[test]
fn a_backtest_tests_the_series_that_it_can() {
    let folder = files();
    fs::write(folder.path().join("more.csv"), closes(&autoregressive(200, 0.0, 8))).unwrap();
    fs::write(folder.path().join("others.csv"), closes(&autoregressive(210, 0.0, 9))).unwrap();
    let files = "more.csv two.csv none.csv others.csv";
    let (code, out, stderr) = run(folder.path(), &format!("{WALK} --format json --forecasts days.csv {files}"));
    assert_eq!(code, Some(4), "{stderr}");
    let rows: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let series: Vec<&str> = rows.iter().map(|row| row["series"].as_str().unwrap()).collect();
    assert_eq!(series, ["more", "two", "none", "others"]);
    assert!(rows[0]["skill"].is_f64() && rows[1]["error"].is_string() && rows[3]["skill"].is_f64());
    let days = fs::read_to_string(folder.path().join("days.csv")).unwrap();
    let named = |name: &str| days.lines().filter(|line| line.starts_with(name)).count();
    assert_eq!((named("more,"), named("others,"), days.lines().count()), (60, 60, 121));

    let (code, out, _) = run(folder.path(), &format!("{WALK} --format value {files}"));
    assert_eq!(code, Some(4));
    assert_eq!(out.lines().map(str::is_empty).collect::<Vec<_>>(), [false, true, true, false]);
    let (_, out, _) = run(folder.path(), &format!("{WALK} {files}"));
    let rows: Vec<&str> = out.lines().collect();
    assert!(rows[0].starts_with("series,forecaster,") && rows[0].ends_with(",error"), "{out}");
    assert!(rows[1].starts_with("more,fourcast,60,") && rows[3].starts_with("two,,,") && rows.len() == 7, "{out}");
}

/// A gate that could not be evaluated for every series has not been passed. Its exit code differs from that for a
/// series without skill.
#[test]
fn the_gate_is_shut_for_a_run_in_which_a_series_failed() {
    let folder = files();
    fs::write(folder.path().join("more.csv"), closes(&autoregressive(200, 0.0, 8))).unwrap();
    let gate = format!("{WALK} --require-skill 0.0 --format value");
    assert_eq!(run(folder.path(), &format!("{gate} more.csv")).0, Some(3));
    let (code, _, stderr) = run(folder.path(), &format!("{gate} more.csv none.csv"));
    assert_eq!(code, Some(4), "{stderr}");
    assert!(
        stderr.contains("error: more: price: no significant difference")
            && stderr.ends_with("error: 1 of 2 series failed\n"),
        "{stderr}"
    );
    assert_eq!(run(folder.path(), &format!("{gate} none.csv two.csv")).0, Some(1));
}

/// Results are printed as soon as they are known: those of the first file before the second can be read.
#[cfg(unix)]
#[test]
fn results_do_not_wait_for_the_next_series() {
    use std::io::{BufRead, BufReader, Write};
    use std::process::{Command, Stdio};
    let folder = files();
    let mut child = Command::new(env!("CARGO_BIN_EXE_fourcast"))
        .current_dir(folder.path())
        .args(["predict", "-q", "--format", "json", "bars.csv", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    assert!(line.starts_with("{\"series\":\"bars\""), "{line}");
    let text = fs::read(folder.path().join("closes.csv")).unwrap();
    child.stdin.take().unwrap().write_all(&text).unwrap();
    line.clear();
    out.read_line(&mut line).unwrap();
    assert!(line.starts_with("{\"series\":\"standard input\""), "{line}");
    assert!(child.wait().unwrap().success());
}

#[test]
fn warnings_of_a_file_of_many_name_the_ticker() {
    let folder = tickers();
    let text = fs::read_to_string(folder.path().join("long.csv")).unwrap().replace("12:3", "");
    fs::write(folder.path().join("hole.csv"), text).unwrap();
    let (code, _, stderr) = run(folder.path(), "predict hole.csv --until 1990-02-20");
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stderr.contains("warning: hole.csv: left out 1 row without a price (line 123 of BBB)\n"), "{stderr}");
    let short = run(folder.path(), "predict hole.csv --until 1990-01-20").2;
    assert!(short.contains("warning: hole.csv: AAA: 20 rows are too few to estimate the volatility"), "{short}");
}

#[test]
fn a_ticker_without_any_price_is_a_bad_series() {
    let folder = tickers();
    let text = fs::read_to_string(folder.path().join("long.csv")).unwrap();
    let hole = "ZZZ,1990-01-02,\nZZZ,1990-01-03,\n";
    fs::write(folder.path().join("hole.csv"), text + hole).unwrap();
    let (code, out, stderr) = run(folder.path(), "predict -q --format json hole.csv");
    assert_eq!(code, Some(4), "{stderr}");
    let last: Value = serde_json::from_str(out.lines().last().unwrap()).unwrap();
    assert_eq!(last["series"], "ZZZ", "{out}");
    assert_eq!(last["error"], "hole.csv: ZZZ: column 'Close': no row has a price", "{out}");
    assert!(stderr.contains("error: hole.csv: ZZZ: column 'Close': no row has a price\n"), "{stderr}");
}

#[test]
fn a_column_without_any_price_is_a_message_of_all_subcommands() {
    let folder = tempfile::tempdir().unwrap();
    let rows: String = closes(&autoregressive(120, 0.0, 4)).lines().skip(1).map(|row| format!("{row},\n")).collect();
    fs::write(folder.path().join("wide.csv"), format!("Date,AAPL,XYZ\n{rows}")).unwrap();
    for args in ["train wide.csv --epochs 1", "predict wide.csv", "inspect wide.csv"] {
        let (code, out, stderr) = run(folder.path(), args);
        assert_eq!(code, Some(0), "{stderr}");
        // `inspect` prints warnings as its result.
        let messages = if args.starts_with("inspect") { out } else { stderr };
        assert!(messages.contains("no price at all for 'XYZ'"), "{args}: {messages}");
    }
}
