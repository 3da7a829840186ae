//! Covariates and events on the command line.

use std::fs;
use std::path::Path;

use assert_cmd::Command;

/// Returns prices of 300 weekdays with a past column, and a column known ahead with values for the 20 days after the
/// last price.
fn prices() -> String {
    let mut text = "Date,Close,VIX,Hours\n".to_owned();
    let mut price = 100.0;
    for row in 0..320_u32 {
        let day = jiff::civil::date(2022, 1, 3) + jiff::Span::new().days(row / 5 * 7 + row % 5);
        price *= 1.0 + f64::from((row * 7919) % 101) / 2500.0 - 0.02;
        let hours = if row % 9 == 0 { 3 } else { 6 };
        text += &match row < 300 {
            true => format!("{day},{price:.3},{},{hours}\n", 12 + (row * 31) % 17),
            false => format!("{day},,,{hours}\n"),
        };
    }
    text
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), prices()).unwrap();
    let events =
        (0..40).map(|month| format!("{}\n", jiff::civil::date(2021, 12, 4) + jiff::Span::new().days(month * 30)));
    fs::write(folder.path().join("meetings.csv"), format!("date\n{}", events.collect::<String>())).unwrap();
    folder
}

fn run(folder: &Path, line: &str) -> (Option<i32>, String, String) {
    let mut command = Command::cargo_bin("fourcast").unwrap();
    let output = command.current_dir(folder).args(line.split(' ')).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn out(folder: &Path, line: &str) -> String {
    let (code, out, error) = run(folder, line);
    assert_eq!(code, Some(0), "{line}: {error}");
    out
}

/// Names with a comma are typed as in csv, and following the help of an error works.
#[test]
fn a_column_with_a_comma_in_its_name_can_be_typed() {
    let folder = folder();
    let text = prices().replace(",VIX,", ",\"V,X\",");
    fs::write(folder.path().join("comma.csv"), text).unwrap();
    let train = |past: &str| {
        let mut command = Command::cargo_bin("fourcast").unwrap();
        let args = ["train", "comma.csv", "-q", "--epochs", "1", "--ensemble", "1", "--past", past];
        let output = command.current_dir(folder.path()).args(args).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    for past in ["\"V,X\"", "\"V,X\",Hours"] {
        assert_eq!(train(past), (Some(0), String::new()), "{past}");
    }
    let (code, error) = train("\"W,X\"");
    assert!(code == Some(1) && error.contains("pass --past '\"V,X\"'"), "{error}");
    let (code, error) = train("\"V,X");
    assert!(code == Some(2) && error.contains("as in a row of csv"), "{error}");
    let card = out(folder.path(), "inspect model.safetensors --format table");
    assert!(card.contains("V,X, Hours"), "{card}");
    out(folder.path(), "predict comma.csv -q");
}

/// A column of a wide file can be a covariate of another one. It is read, and no warning denies it.
#[test]
fn columns_of_a_wide_file_are_read_as_covariates() {
    let folder = folder();
    let rows: Vec<Vec<String>> =
        prices().lines().take(301).map(|line| line.split(',').map(str::to_owned).collect()).collect();
    let wide = |last: &str| {
        let row = |(place, cells): (usize, &Vec<String>)| {
            let beside = if place == 300 { last } else { &cells[2] };
            format!("{},{},{beside},{}.25\n", cells[0], cells[1], 200 + place * 7 % 13)
        };
        let rows: String = rows.iter().enumerate().skip(1).map(row).collect();
        fs::write(folder.path().join("wide.csv"), format!("Date,NDQ,SPX,DJI\n{rows}")).unwrap();
    };
    wide("15");
    let (code, _, error) = run(folder.path(), "train wide.csv --series NDQ --past SPX --epochs 2 --ensemble 1");
    assert!(code == Some(0) && !error.contains("not read"), "{error}");
    let (code, forecast, error) = run(folder.path(), "predict wide.csv --series NDQ --format csv");
    assert!(code == Some(0) && !error.contains("not read"), "{error}");
    assert!(forecast.contains("\nNDQ,"), "{forecast}");
    // Also if all other columns are covariates.
    let two = fs::read_to_string(folder.path().join("wide.csv")).unwrap();
    let two: String = two.lines().map(|line| line.rsplit_once(',').unwrap().0.to_owned() + "\n").collect();
    fs::write(folder.path().join("two.csv"), two).unwrap();
    let quick = "--series NDQ --past SPX --epochs 1 --ensemble 1";
    out(folder.path(), &format!("train two.csv -q {quick} -m two.st"));
    // The forecast depends on the covariate.
    wide("27");
    assert_ne!(out(folder.path(), "predict wide.csv -q --series NDQ --format csv"), forecast);
}

#[test]
fn a_model_reads_its_columns_and_events_again() {
    let folder = folder();
    out(folder.path(), "train p.csv -q --past VIX --future Hours --events meetings.csv --epochs 2");
    let card = out(folder.path(), "inspect model.safetensors --format table");
    assert!(card.contains("VIX, Hours, meetings"), "{card}");
    let forecast = out(folder.path(), "predict p.csv -q --events meetings.csv --path 20");
    assert_eq!(forecast.lines().count(), 21);
    // The values known ahead change the forecast, and so does the past column.
    let changed = |from: &str, to: &str| {
        fs::write(folder.path().join("other.csv"), prices().replace(from, to)).unwrap();
        out(folder.path(), "predict other.csv -q --events meetings.csv --path 20").replace("other", "p")
    };
    let last = prices().lines().nth(300).unwrap().to_owned();
    let next = prices().lines().nth(301).unwrap().to_owned();
    assert_eq!(changed("no such text", ""), forecast);
    assert_ne!(changed(&next, &format!("{},,,60", &next[..10])), forecast);
    let cells: Vec<&str> = last.split(',').collect();
    assert_ne!(changed(&last, &format!("{},{},40,{}", cells[0], cells[1], cells[3])), forecast);
    let names = out(folder.path(), "explain p.csv -q --events meetings.csv --format csv");
    for input in ["VIX change", "VIX level", "Hours next session", "meetings sessions 21 to 30"] {
        assert!(names.contains(input), "{input}");
    }
    // The table shows which numbers are multiplied.
    let table = out(folder.path(), "explain p.csv -q --events meetings.csv --format table");
    for text in ["times the factor beside a name\n", "  VIX change x 15 ", "  meetings next session x 5 "] {
        assert!(table.contains(text), "{text} in {table}");
    }
    assert!(!table.contains("return x 15"), "{table}");
}

/// The help fits a command line without an option for the column, and following it works.
#[test]
fn a_damaged_cell_of_a_models_column_is_named_by_its_line() {
    let folder = folder();
    out(folder.path(), "train p.csv -q --past VIX --epochs 1 --ensemble 1 -m m.st");
    let line = prices().lines().nth(200).unwrap().to_owned();
    let cells: Vec<&str> = line.split(',').collect();
    let with = |cell: &str| {
        let text = prices().replace(&line, &format!("{},{},{cell},{}", cells[0], cells[1], cells[3]));
        fs::write(folder.path().join("damaged.csv"), text).unwrap();
    };
    with("2x5");
    let help = "  help: write a number as 'VIX' into line 201 of damaged.csv, or leave the cell empty: then the last value before it \
                is used\n";
    for command in ["predict", "explain", "backtest --in-sample --test-days 30 --baselines naive"] {
        let (code, _, error) = run(folder.path(), &format!("{command} damaged.csv -m m.st"));
        assert_eq!(code, Some(1));
        let expected = format!("error: damaged.csv:201: column 'VIX': cannot read '2x5' as a number\n{help}");
        assert_eq!(error, expected, "{command}");
    }
    with("");
    out(folder.path(), "predict damaged.csv -q -m m.st");
}

#[test]
fn what_is_missing_is_one_error_that_names_it() {
    let folder = folder();
    out(folder.path(), "train p.csv -q --past VIX --future Hours --events meetings.csv --epochs 1");
    out(folder.path(), "train p.csv -q --epochs 1 -m plain.st");
    let without = prices().replace("VIX", "Fear");
    fs::write(folder.path().join("without.csv"), without).unwrap();
    let known: Vec<String> = prices().lines().map(str::to_owned).collect();
    fs::write(folder.path().join("known.csv"), known[..302].join("\n") + "\n").unwrap();
    fs::write(folder.path().join("bad.csv"), "date\nsoon\n").unwrap();
    for (line, code, error, help) in [
        (
            "predict p.csv",
            1,
            "no events, expected 'meetings': the model was trained with --events",
            "pass --events meetings.csv",
        ),
        (
            "predict without.csv --events meetings.csv",
            1,
            "no column 'VIX', expected it: the model was trained with --past VIX",
            "add the column",
        ),
        (
            "backtest without.csv --model model.safetensors --events meetings.csv --in-sample",
            1,
            "no column 'VIX', expected it",
            "add the column",
        ),
        (
            "predict known.csv --events meetings.csv --path 2",
            1,
            "the future column 'Hours' has no value for 2023-02-28",
            "add a row for 2023-02-28",
        ),
        ("predict p.csv -m plain.st --events meetings.csv", 1, "this one was not", "leave out --events"),
        ("predict p.csv --pretrained --events meetings.csv", 1, "this one was not", "leave out --events"),
        ("train p.csv --events bad.csv", 1, "bad.csv:2: cannot read 'soon' as a date", "fix that line"),
        ("train p.csv --events none.csv", 1, "none.csv: no such file", "name a csv file"),
        ("train p.csv --past VIX,vix", 1, "column 'VIX' is named twice as a covariate", "name it once"),
        ("train p.csv --past Date", 1, "cannot read '2022-01-03' as a number", "name a column of numbers with --past"),
        ("train p.csv --past VXI", 1, "no past covariate column 'VXI'", "did you mean 'VIX'? pass --past VIX"),
        ("train p.csv --future Close", 1, "known at the end of its day", "name it with --past"),
        ("train p.csv --past VIX --future VIX", 2, "name the column VIX twice", ""),
        ("train p.csv --events meetings.csv --frequency weekly", 1, "--events is for daily rows", "leave out --events"),
        ("backtest p.csv --model model.safetensors --past VIX", 2, "cannot be used with", ""),
        (
            "train p.csv --past VIX --init-from model.safetensors -m other.st",
            1,
            "a model that reads the past column 'VIX'",
            "pass the --past",
        ),
    ] {
        let (found, out, stderr) = run(folder.path(), line);
        assert_eq!((found, &*out), (Some(code), ""), "{line}: {stderr}");
        assert!(stderr.contains(error) && stderr.contains(help), "{line}: {stderr}");
    }
    // The value of one day ahead is known.
    assert_eq!(out(folder.path(), "predict known.csv -q --events meetings.csv").lines().count(), 2);
}

#[test]
fn a_backtest_with_covariates_has_no_look_ahead() {
    let folder = folder();
    let line = "backtest p.csv -q --test-days 40 --baselines naive --epochs 1 --audit=3 --format json";
    for options in ["--past VIX", "--past VIX --future Hours --events meetings.csv"] {
        let result = out(folder.path(), &format!("{line} {options}"));
        assert!(result.contains("\"audit\""), "{options}: {result}");
    }
    out(folder.path(), "train p.csv -q --past VIX --until 2022-11-30 --epochs 1");
    out(folder.path(), "backtest p.csv -q --model model.safetensors --baselines naive --audit=2");
    // A model without covariates can be the start of one with covariates.
    out(folder.path(), "train p.csv -q --epochs 1 -m plain.st");
    out(folder.path(), "train p.csv -q --epochs 1 --past VIX --init-from plain.st -m wide.st");
}

/// Writes prices of 600 weekdays whose move is four times as large on every 19th (4.1 times in this sample), and the
/// file of these days, with `more` sessions after the last row, counted from 1.
fn prices_with_events(folder: &Path, more: &[usize]) {
    let day = |row: usize| jiff::civil::date(2020, 1, 6) + jiff::Span::new().days((row / 5 * 7 + row % 5) as i64);
    let (mut state, mut price) = (7_u64, 100.0);
    let (mut text, mut events) = ("Date,Close,Report\n".to_owned(), "date\n".to_owned());
    let is_event = |row: usize| if row < 600 { row % 19 == 7 } else { more.contains(&(row - 599)) };
    for row in 0..630 {
        let mut uniform = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as f64 / (1_u64 << 31) as f64 - 0.5
        };
        let size = if is_event(row) { 4.0 } else { 1.0 };
        price *= (0.02 * size * (uniform() + uniform() + uniform() + uniform())).exp();
        if is_event(row) {
            events += &format!("{}\n", day(row));
        }
        let flag = usize::from(is_event(row));
        text +=
            &if row < 600 { format!("{},{price:.4},{flag}\n", day(row)) } else { format!("{},,{flag}\n", day(row)) };
    }
    fs::write(folder.join("p.csv"), text).unwrap();
    fs::write(folder.join("e.csv"), events).unwrap();
}

/// An event on session 3 widens the intervals from day 3 on, according to its variance, and no earlier ones. A column
/// of 0 and 1 has the same effect.
#[test]
fn an_event_on_the_third_session_widens_no_day_before_it() {
    let folder = tempfile::tempdir().unwrap();
    for covariate in ["--events e.csv", "--future Report"] {
        prices_with_events(folder.path(), &[]);
        out(folder.path(), &format!("train p.csv -q {covariate}"));
        let given = if covariate.contains("events") { covariate } else { "" };
        let widths = |more: &[usize]| -> Vec<f64> {
            prices_with_events(folder.path(), more);
            let line = format!("predict p.csv -q --path 8 --format json {given}");
            let rows = out(folder.path(), line.trim_end());
            let width = |row: &str| {
                let row: serde_json::Value = serde_json::from_str(row).unwrap();
                let end = |name: &str| row[name].as_f64().unwrap().ln();
                end("upper_90") - end("lower_90")
            };
            rows.lines().map(width).collect()
        };
        let (without, with) = (widths(&[]), widths(&[3]));
        for (day, (without, with)) in (1..).zip(without.iter().zip(&with)) {
            let (ratio, days) = (with / without, f64::from(day));
            let expected = if day < 3 { 1.0 } else { ((days + 15.0) / days).sqrt() };
            assert!((0.85..1.15).contains(&(ratio / expected)), "{covariate}: day {day}: {ratio}, expected {expected}");
        }
    }
    let card = out(folder.path(), "inspect model.safetensors --format json");
    let card: serde_json::Value = serde_json::from_str(&card).unwrap();
    assert_eq!(card["format_version"], 3);
    assert!((2.8..5.2).contains(&card["event_factors"][0].as_f64().unwrap()), "{}", card["event_factors"]);
    let table = out(folder.path(), "inspect model.safetensors --format table");
    assert!(
        table.contains("  event factors    Report 3.") || table.contains("  event factors    Report 4."),
        "{table}"
    );
    // The exported graph reads the sessions with events.
    out(folder.path(), "export --to onnx model.safetensors -o m.onnx -q");
    let feed = out(folder.path(), "export --to onnx model.safetensors -q --inputs p.csv");
    let feed: serde_json::Value = serde_json::from_str(&feed).unwrap();
    let sessions = feed["events Report"].as_array().unwrap();
    let last: Vec<f64> = serde_json::from_value(sessions[599].clone()).unwrap();
    assert_eq!((sessions.len(), last.len(), last[..4].to_vec()), (600, 30, vec![0.0, 0.0, 1.0, 0.0]));
}

/// A model is written even if a value for the next session is missing; it forecasts once a row has the value.
#[test]
fn a_model_without_a_value_for_the_next_session_is_written() {
    let folder = folder();
    let text = prices();
    let known: Vec<&str> = text.lines().take(301).collect();
    fs::write(folder.path().join("known.csv"), known.join("\n") + "\n").unwrap();
    for format in ["table", "csv", "json", "value"] {
        let (code, out, stderr) =
            run(folder.path(), &format!("train known.csv --future Hours --epochs 1 --format {format}"));
        assert_eq!(code, Some(0), "{format}: {stderr}");
        assert!(
            stderr.contains("'Hours' has no value for 2023-02-27") && stderr.contains("the model is written"),
            "{stderr}"
        );
        assert!(stderr.contains("add a row for 2023-02-27 with the value of 'Hours' and an empty price"), "{stderr}");
        assert!(format == "value" || out.contains("model.safetensors"), "{format}: {out}");
    }
    let (code, _, stderr) = run(folder.path(), "predict known.csv -q");
    assert_eq!(code, Some(1), "{stderr}");
    assert_eq!(out(folder.path(), "predict p.csv -q").lines().count(), 2);
}

#[test]
fn events_of_other_years_and_a_model_of_another_series_are_warnings() {
    let folder = folder();
    fs::write(folder.path().join("old.csv"), "date\n1990-01-02\n2190-01-02\n").unwrap();
    let (code, _, stderr) = run(folder.path(), "train p.csv --events old.csv --epochs 1");
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stderr.contains("the events 'old' have no event from 2022-01-03"), "{stderr}");
    assert!(!stderr.contains("replaced the model"), "{stderr}");
    fs::write(folder.path().join("other.csv"), prices()).unwrap();
    let (_, _, stderr) = run(folder.path(), "train other.csv --epochs 1");
    assert!(stderr.contains("model.safetensors: replaced the model of 'p' with one of 'other'"), "{stderr}");
}

/// Returns the first error or warning that begins with `begins`, with its help.
fn message(folder: &Path, args: &[&str], begins: &str) -> String {
    let output = Command::cargo_bin("fourcast").unwrap().current_dir(folder).args(args).output().unwrap();
    let messages = String::from_utf8(output.stderr).unwrap();
    let from = messages.find(begins).unwrap_or_else(|| panic!("{args:?}: {messages}"));
    messages[from..].lines().take(2).map(str::trim).collect::<Vec<_>>().join("\n")
}

const SHORT: [&str; 4] = ["--epochs", "1", "--ensemble", "1"];

fn train<'a>(file: &'a str, options: &[&'a str]) -> Vec<&'a str> {
    [&["train", file][..], options, &SHORT].concat()
}

#[test]
fn numbers_that_no_model_can_store_are_named_by_their_line() {
    let folder = folder();
    fs::write(folder.path().join("huge.csv"), prices().replacen(",6\n", ",1e300\n", 1)).unwrap();
    fs::write(folder.path().join("huge_events.csv"), "date,value\n2022-02-01,1\n2022-03-01,1e300\n").unwrap();
    let error = "error: huge.csv:3: column 'Hours': '1e300' is too large, expected a number from -1e18 to 1e18";
    assert_eq!(
        message(folder.path(), &train("huge.csv", &["--future", "Hours"]), "error:"),
        format!("{error}\nhelp: fix that cell, or leave the column out")
    );
    let error = "error: huge_events.csv:3: cannot read '1e300' as a number from -1e18 to 1e18";
    assert_eq!(
        message(folder.path(), &train("p.csv", &["--events", "huge_events.csv"]), "error:"),
        format!("{error}\nhelp: fix that line, or take it out")
    );
    // The largest number with which a model can be trained.
    fs::write(folder.path().join("large.csv"), prices().replace(",6\n", ",1e18\n")).unwrap();
    out(folder.path(), "train large.csv --future Hours --epochs 1 --ensemble 1 -m large.safetensors");
    out(folder.path(), "predict large.csv -m large.safetensors");
}

#[test]
fn a_file_of_events_that_is_not_there_is_no_such_file() {
    let folder = folder();
    let error = message(folder.path(), &train("p.csv", &["--events", "none.csv"]), "error:");
    assert!(error.starts_with("error: none.csv: no such file\nhelp: name a csv file of dates"), "{error}");
}

#[test]
fn an_event_day_listed_twice_is_named() {
    let folder = folder();
    let twice = fs::read_to_string(folder.path().join("meetings.csv")).unwrap() + "2022-01-03\n2022-01-03\n";
    fs::write(folder.path().join("twice.csv"), twice).unwrap();
    let warning = message(folder.path(), &train("p.csv", &["--events", "twice.csv"]), "warning: p.csv: the events");
    let expected = "the events 'twice' have 2022-01-03 more than once: the values of a day are added";
    assert_eq!(warning, format!("warning: p.csv: {expected}\nhelp: list each day once, with one value"));
}

#[test]
fn columns_that_are_prices_are_no_covariates_to_name() {
    let folder = folder();
    let error = message(folder.path(), &train("p.csv", &["--past", "VXN"]), "error:");
    assert!(error.contains("no past covariate column 'VXN', expected 'VIX' or 'Hours'\n"), "{error}");
    let all = prices();
    let alone = all.lines().map(|line| line.split(',').take(2).collect::<Vec<_>>().join(",") + "\n");
    fs::write(folder.path().join("alone.csv"), alone.collect::<String>()).unwrap();
    let error = message(folder.path(), &train("alone.csv", &["--past", "VIX"]), "error:");
    let none = "and no column beside the dates and the prices contains numbers\nhelp: leave out --past";
    assert!(error.ends_with(none), "{error}");
    let warning = message(folder.path(), &train("p.csv", &["--past", "Close"]), "warning: p.csv: the past");
    let expected = "the past column 'Close' is the price itself, which networks read anyway\nhelp: leave it out";
    assert_eq!(warning, format!("warning: p.csv: {expected}"));
}

#[test]
fn names_with_commas_are_quoted_in_what_is_to_be_typed() {
    let folder = folder();
    fs::write(folder.path().join("comma.csv"), prices().replacen(",VIX,", ",\"my, col\",", 1)).unwrap();
    let error = message(folder.path(), &train("comma.csv", &["--past", "my, col"]), "error:");
    assert!(error.ends_with("did you mean 'my, col'? pass --past '\"my, col\"'"), "{error}");
    fs::copy(folder.path().join("meetings.csv"), folder.path().join("my, ev.csv")).unwrap();
    let typed = train("comma.csv", &["--past", "\"my, col\"", "--events", "my, ev.csv", "-q"]);
    Command::cargo_bin("fourcast").unwrap().current_dir(folder.path()).args(typed).assert().success();
    let error = message(folder.path(), &["predict", "comma.csv"], "error:");
    assert!(error.contains("pass --events 'my, ev.csv', the file"), "{error}");
    let error = message(folder.path(), &["predict", "p.csv", "--events", "my, ev.csv"], "error:");
    assert!(error.contains("the model was trained with --past '\"my, col\"'"), "{error}");
}

#[test]
fn a_value_far_outside_those_before_is_named() {
    let folder = folder();
    out(folder.path(), "train p.csv --future Hours --past VIX --epochs 1 --ensemble 1");
    let predict = |text: String| {
        fs::write(folder.path().join("far.csv"), text).unwrap();
        run(folder.path(), "predict far.csv").2
    };
    assert!(!predict(prices()).contains("far outside"));
    let rows: Vec<String> = prices().lines().map(str::to_owned).collect();
    let hours = [&rows[..302], &[rows[302].replace(",,,6", ",,,5000")], &rows[303..]].concat().join("\n");
    let found = predict(hours);
    let expected = "the future column 'Hours' is 5000 on 2023-02-28, far outside the earlier range of 3 to 6";
    assert!(found.contains(expected), "{found}");
    let mut cells: Vec<&str> = rows[300].split(',').collect();
    cells[2] = "900";
    let vix = [&rows[..300], &[cells.join(",")], &rows[301..]].concat().join("\n");
    let found = predict(vix);
    assert!(
        found.contains("the past column 'VIX' is 900 on 2023-02-24, far outside the earlier range of 12 to 28"),
        "{found}"
    );
}
