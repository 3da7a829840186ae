//! Every fault of an input has one error, only on standard error, and leaves no model behind.

use std::fs;
use std::path::Path;

use assert_cmd::Command;

pub(crate) const AAPL: &str = include_str!("../../data/aapl.csv");
pub(crate) const OLDER_MODEL: &[u8] = include_bytes!("../fixtures/model/v1.safetensors");

pub(crate) fn fourcast(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::cargo_bin("fourcast").unwrap();
    command.current_dir(folder).args(args);
    command
}

/// Returns Apple's prices with line `line` (from 1) replaced.
pub(crate) fn with_line(line: usize, text: &str) -> String {
    let replaced = |(index, old)| if index + 1 == line { text } else { old };
    AAPL.lines().enumerate().map(replaced).collect::<Vec<_>>().join("\n") + "\n"
}

/// Runs a command that must fail, and checks its exit code, its output and the model.
pub(crate) fn fails(folder: &Path, args: &[&str], code: i32, stderr: &str) {
    let before = fs::read(folder.join("model.safetensors")).ok();
    let output = fourcast(folder, args).output().unwrap();
    let messages = String::from_utf8(output.stderr).unwrap();
    let args = args.join(" ");
    // Warnings about the file can come first; the error is the last message.
    let error = &messages[messages.find("error:").unwrap_or(0)..];
    assert_eq!(error.trim_end(), stderr.trim(), "fourcast {args}\n--- messages:\n{messages}");
    assert_eq!(output.status.code(), Some(code), "fourcast {args}");
    assert!(output.stdout.is_empty(), "fourcast {args}: something on standard output");
    assert_eq!(fs::read(folder.join("model.safetensors")).ok(), before, "fourcast {args}: the model changed");
    let left = fs::read_dir(folder)
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with(".fourcast"));
    assert_eq!(left.count(), 0, "fourcast {args}: a temporary file is left");
}

/// Asserts that `train` on a file with this text fails with this error, with and without an existing model.
pub(crate) fn train_fails(name: &str, text: &str, stderr: &str) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), text).unwrap();
    fails(folder.path(), &["train", name], 1, stderr);
    fs::write(folder.path().join("model.safetensors"), OLDER_MODEL).unwrap();
    fails(folder.path(), &["train", name], 1, stderr);
}

#[test]
fn files_that_are_no_prices() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("folder")).unwrap();
    let missing = "error: no.csv: no such file\n  help: check the path; '-' or no file at all reads standard input";
    fails(folder.path(), &["train", "no.csv"], 1, missing);
    let a_folder = "error: folder: no file of prices in this folder, expected at least one\n  help: name a folder with files of prices (.csv, .tsv, .tab, .txt, .psv, .dat, .prn, .asc, .gz, .zst, .parquet, .pq), or name the files in it";
    fails(folder.path(), &["train", "folder"], 1, a_folder);
    train_fails(
        "e.csv",
        "",
        "error: e.csv: is empty, expected a header and rows of prices\n  help: export the prices again, or name another file",
    );
    let header = "Date,Open,High,Low,Close,Adj Close,Volume\n";
    train_fails(
        "h.csv",
        header,
        "error: h.csv: has a header but no row of prices under it\n  help: export the prices again, or name another file",
    );
}

#[test]
fn ambiguous_price_columns() {
    train_fails(
        "a.csv",
        "Date,Opinion,Mood\n2020-01-02,good,fine\n2020-01-03,bad,low\n",
        "error: a.csv: no price column, and none of 'Date', 'Opinion' and 'Mood' contains prices\n  \
         help: export the prices again, with their closes, or name another file",
    );
    train_fails(
        "b.csv",
        "Date,Close,Price\n2020-01-02,10.5,10.6\n2020-01-03,10.7,10.5\n",
        "error: b.csv: 'Close' and 'Price' could each be the price column, expected one\n  \
         help: name it with --price-column, for example --price-column Close",
    );
    // Without column names, an example in the help would be a guess.
    train_fails(
        "c.csv",
        "2020-01-02,10.5,10.6\n2020-01-03,10.7,10.5\n2020-01-06,10.6,10.9\n",
        "error: c.csv: 'column 2' and 'column 3' could each be the price column, expected one\n  \
         help: name the one that has the closes by its number, with --price-column COLUMN",
    );
}

#[test]
fn cells_that_cannot_be_read() {
    train_fails(
        "p.csv",
        &with_line(17, "2000-03-22,132.78,144.38,131.56,12:3,4.630861,10129500"),
        "error: p.csv:17: column 'Close': cannot read '12:3' as a number\n  \
         help: fix that cell, or leave it empty if the price is not known",
    );
    train_fails(
        "p.csv",
        &with_line(17, "2000-03-32,132.78,144.38,131.56,144.19,4.630861,10129500"),
        "error: p.csv:17: column 'Date': cannot read '2000-03-32' as a date (YYYY-MM-DD)\n  \
         help: fix that row, or take it out",
    );
    train_fails(
        "p.csv",
        &with_line(17, "2000-03-22,132.78,144.38,131.56,inf,4.630861,10129500"),
        "error: p.csv:17: column 'Close': 'inf' is infinite, expected a finite number\n  \
         help: leave the cell empty if the price is not known",
    );
    for (price, shown) in [("0", "0"), ("-3.50", "-3.5")] {
        train_fails(
            "p.csv",
            &with_line(17, &format!("2000-03-22,132.78,144.38,131.56,{price},{price},10129500")),
            &format!(
                "error: p.csv:17: the price on 2000-03-22 is {shown}, expected one above zero: the model forecasts \
                 returns\n  help: fix that price, or leave its cell empty if the price is not known"
            ),
        );
    }
    train_fails(
        "p.csv",
        &format!("{AAPL}2013-03-01,1,2,3,4,5,6\n"),
        "error: p.csv:3272: 2013-03-01 is also on line 3271, and 'Close' is 4 here but 430.47 there\n  \
         help: take out the row that is wrong",
    );
}

/// A price without a logarithm is named by every command.
#[test]
fn the_line_of_a_price_of_zero_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let zero = with_line(17, "2000-03-22,132.78,144.38,131.56,0,0,10129500");
    fs::write(folder.path().join("p.csv"), zero).unwrap();
    for (subcommand, why) in [
        ("train", "the model forecasts returns"),
        ("predict", "the model forecasts returns"),
        ("backtest", "the baselines forecast returns"),
    ] {
        let stderr = format!(
            "error: p.csv:17: the price on 2000-03-22 is 0, expected one above zero: {why}\n  help: fix that price, or \
             leave its cell empty if the price is not known"
        );
        fails(folder.path(), &[subcommand, "p.csv"], 1, &stderr);
    }
}

/// Returns a file of these closes, one row per day.
pub(crate) fn closes(close: impl Fn(usize) -> f64, rows: usize) -> String {
    let days = jiff::civil::date(2020, 1, 1).series(jiff::Span::new().days(1)).take(rows).enumerate();
    format!("Date,Close\n{}", days.map(|(row, day)| format!("{day},{}\n", close(row))).collect::<String>())
}

/// A series with many prices at or below zero can be forecast as a level.
#[test]
fn levels_below_zero_lead_to_the_target_price() {
    let folder = tempfile::tempdir().unwrap();
    let level = |row: usize| (5.0 * (row as f64 / 40.0).cos() * 100.0).round() / 100.0;
    fs::write(folder.path().join("p.csv"), closes(level, 300)).unwrap();
    let leave_out = "help: leave those days out with --since or --until";
    // `predict` has no such option, so its help names a command.
    let command = "fourcast train p.csv --target price -m FILE";
    for (subcommand, help) in [
        ("train", format!("{leave_out}, or train with --target price")),
        ("predict", format!("{leave_out}, or train a model of levels with: {command}")),
        ("backtest", leave_out.to_owned()),
    ] {
        let output = fourcast(folder.path(), &[subcommand, "p.csv", "--splits", "as-is"]).output().unwrap();
        let messages = String::from_utf8(output.stderr).unwrap();
        assert!(messages.trim_end().ends_with(&help), "{messages}");
    }
}

/// A model of levels is of one series.
#[test]
fn several_series_of_levels_lead_to_a_model_of_each() {
    let folder = tempfile::tempdir().unwrap();
    let levels = (0..200).map(|row| {
        let day = jiff::civil::date(2020, 1, 1).saturating_add(jiff::Span::new().days(row));
        let wave = |place: f64| (f64::from(row) / 9.0 + place).cos() - 0.4;
        format!("{day},{:.2},{:.2}\n", wave(0.0), wave(0.7))
    });
    fs::write(folder.path().join("p.csv"), format!("Date,1M,3M\n{}", levels.collect::<String>())).unwrap();
    let stderr = |args: &[&str]| {
        let output = fourcast(folder.path(), args).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let command = "train p.csv --target price --each --models DIR";
    let (_, messages) = stderr(&["predict", "p.csv", "--splits", "as-is"]);
    assert!(messages.contains(&format!("train a model of levels with: fourcast {command}\n")), "{messages}");
    let output = fourcast(folder.path(), &["inspect", "p.csv", "--format", "table"]).output().unwrap();
    let messages = String::from_utf8(output.stdout).unwrap();
    let help =
        "help: no returns are computed from them: leave them out, or train with --target price --each --models DIR";
    assert!(messages.contains(&format!("{help}\n")), "{messages}");
    let quick = ["--epochs", "1", "--ensemble", "1", "-q", "--splits", "as-is"];
    let typed: Vec<&str> = command.split(' ').chain(quick).collect();
    let (code, messages) = stderr(&typed);
    assert_eq!(code, Some(0), "{messages}");
    // The same for two files of one series each.
    let text = fs::read_to_string(folder.path().join("p.csv")).unwrap();
    for (column, file) in [(1, "a.csv"), (2, "b.csv")] {
        let cell = |line: &str| line.split(',').nth(column).unwrap().to_owned();
        let rows = text.lines().skip(1).map(|line| format!("{},{}\n", &line[..10], cell(line)));
        fs::write(folder.path().join(file), format!("Date,Close\n{}", rows.collect::<String>())).unwrap();
    }
    let args = [&["train", "a.csv", "b.csv"], &quick[..]].concat();
    let (code, messages) = stderr(&args);
    let help = "or train with --target price --each --models DIR\n";
    assert!(code == Some(1) && messages.contains(help), "{messages}");
    let (code, messages) = stderr(&[&args[..], &["--target", "price", "--each", "--models", "DIR"]].concat());
    assert_eq!(code, Some(0), "{messages}");
}

/// A series of returns is recognised as such, with one message in every command.
#[test]
fn returns_are_distinguished_from_prices() {
    let folder = tempfile::tempdir().unwrap();
    let change = |row: usize| ((row * row * 7 + row * 13) % 101) as f64 / 5000.0 - 0.01;
    fs::write(folder.path().join("p.csv"), closes(change, 300)).unwrap();
    let looks = "the column looks like returns, prices are expected";
    for command in [
        "train p.csv",
        "predict p.csv",
        "backtest p.csv",
        "inspect p.csv --format table",
        "train p.csv --target price --epochs 1 --ensemble 1",
    ] {
        let args: Vec<&str> = command.split(' ').chain(["--splits", "as-is"]).collect();
        let output = fourcast(folder.path(), &args).output().unwrap();
        let messages = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap()).concat();
        assert_eq!(messages.matches(looks).count(), 1, "{command}: {messages}");
        assert!(messages.contains("name the column of prices with --price-column COLUMN"), "{command}: {messages}");
        assert!(
            !messages.contains("is it a price?") && !messages.contains("far from the prices around"),
            "{command}: {messages}"
        );
    }
}

/// A jump that looks like a split is an error of a fit, without an additional warning.
#[test]
fn a_split_is_one_message() {
    let folder = tempfile::tempdir().unwrap();
    let price = |row: usize| (100.0 + (row * 37 % 11) as f64 / 10.0) / if row < 150 { 1.0 } else { 2.0 };
    fs::write(folder.path().join("p.csv"), closes(price, 300)).unwrap();
    for (command, code) in
        [("train p.csv", 1), ("backtest p.csv", 1), ("backtest p.csv --audit", 1), ("predict p.csv", 0)]
    {
        let output = fourcast(folder.path(), &command.split(' ').collect::<Vec<_>>()).output().unwrap();
        let messages = String::from_utf8(output.stderr).unwrap();
        assert_eq!(
            (output.status.code(), messages.matches("2:1 split").count()),
            (Some(code), 1),
            "{command}: {messages}"
        );
    }
}

/// Hourly rows are refused without warnings about days.
#[test]
fn rows_of_hours_are_refused_without_other_messages() {
    let folder = tempfile::tempdir().unwrap();
    // The last close of every third day lies between those of the days around it.
    let close = |day: i64| if day % 3 == 1 { 100.0 + day as f64 } else { 100.0 + (day + (day % 2)) as f64 };
    let start = jiff::civil::date(2020, 1, 1);
    let hour = |day: i64, hour: i64| {
        let date = start + jiff::Span::new().days(day);
        format!("{date} {hour:02}:00,{}\n", close(day) + if hour < 16 { 0.25 * hour as f64 } else { 0.0 })
    };
    let rows: String = (0..400).flat_map(|day| (9..17).map(move |h| (day, h))).map(|(day, h)| hour(day, h)).collect();
    fs::write(folder.path().join("p.csv"), format!("Date,Close\n{rows}")).unwrap();
    for subcommand in ["train", "predict", "backtest"] {
        let output = fourcast(folder.path(), &[subcommand, "p.csv"]).output().unwrap();
        let messages = String::from_utf8(output.stderr).unwrap();
        assert!(messages.starts_with("error: p.csv: several rows per day, an hour apart"), "{messages}");
    }
}

/// If an adjusted close is named as the price, the bar is left out, and a message says so.
#[test]
fn a_bar_that_is_not_read_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), AAPL).unwrap();
    let warning = "'Open', 'High' and 'Low' are not read: 'Adj Close' is not the close of that bar";
    for command in ["predict p.csv", "inspect p.csv --format table"] {
        let args: Vec<&str> = command.split(' ').chain(["--price-column", "adj close"]).collect();
        let output = fourcast(folder.path(), &args).output().unwrap();
        let messages = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap()).concat();
        assert_eq!(messages.matches(warning).count(), 1, "{command}: {messages}");
        assert!(messages.contains("name its close with --price-column Close"), "{command}: {messages}");
        let output = fourcast(folder.path(), &command.split(' ').collect::<Vec<_>>()).output().unwrap();
        assert!(!String::from_utf8_lossy(&output.stderr).contains("not read"));
    }
}

/// `inspect` gives the frequency that the spacing of the rows shows, with or without `--frequency`.
#[test]
fn inspect_gives_the_frequency_that_it_finds() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("days.csv"), AAPL).unwrap();
    let rows = |step: jiff::Span| {
        let days = jiff::civil::date(2020, 1, 3).series(step).take(20).enumerate();
        format!("Date,Close\n{}", days.map(|(row, day)| format!("{day},{}\n", 100 + row % 3)).collect::<String>())
    };
    fs::write(folder.path().join("weeks.csv"), rows(jiff::Span::new().weeks(1))).unwrap();
    fs::write(folder.path().join("quarters.csv"), rows(jiff::Span::new().months(3))).unwrap();
    for (command, frequency) in [
        ("days.csv", "\"daily\""),
        ("weeks.csv", "\"weekly\""),
        ("weeks.csv --frequency weekly", "\"weekly\""),
        ("quarters.csv", "null"),
    ] {
        let args: Vec<&str> = ["inspect", "--format", "json"].into_iter().chain(command.split(' ')).collect();
        let messages = String::from_utf8(fourcast(folder.path(), &args).output().unwrap().stdout).unwrap();
        assert!(messages.contains(&format!("\"frequency\":{frequency}")), "{command}: {messages}");
    }
}

/// A model of prices is trained although a price is below zero; its verdict says why there is none.
#[test]
fn a_verdict_that_a_price_below_zero_forbids_names_its_day() {
    let folder = tempfile::tempdir().unwrap();
    let days = jiff::civil::date(2020, 1, 1).series(jiff::Span::new().days(1)).take(300).enumerate();
    let close = |row: usize| if row == 150 { -3.0 } else { 100.0 + f64::from(row as u32 * 37 % 11) };
    let rows: String = days.map(|(row, day)| format!("{day},{}\n", close(row))).collect();
    fs::write(folder.path().join("p.csv"), format!("Date,Close\n{rows}")).unwrap();
    let args = ["train", "p.csv", "--target", "price", "--epochs", "1", "--format", "table"];
    let output = fourcast(folder.path(), &args).output().unwrap();
    let messages = String::from_utf8(output.stdout).unwrap();
    let why = "not tested: the price on 2020-05-30 is -3, expected one above zero: the baselines forecast returns";
    assert!(output.status.success() && messages.contains(why), "{messages}");
}

#[test]
fn too_few_rows_are_counted() {
    let too_few: String = AAPL.lines().take(54).map(|line| format!("{line}\n")).collect();
    train_fails(
        "p.csv",
        &too_few,
        "error: p.csv: 53 rows of prices, expected at least 54\n  \
         help: give it more days of history, or a smaller --window",
    );
    let one: String = AAPL.lines().take(2).map(|line| format!("{line}\n")).collect();
    train_fails(
        "p.csv",
        &one,
        "error: p.csv: 1 row of prices, expected at least 54\n  help: give it more days of history",
    );
}

/// Of all options that reserve rows, the error names those without which the rows would be enough.
#[test]
fn the_option_that_takes_the_rows_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let rows: String = AAPL.lines().take(101).map(|line| format!("{line}\n")).collect();
    fs::write(folder.path().join("p.csv"), rows).unwrap();
    for (args, needed, smaller) in [
        ("train p.csv --valid-fraction 0.9", "230", "--valid-fraction"),
        ("train p.csv --window 60 --horizon 2 --init-from random", "121", "--window"),
        ("train p.csv --horizon 50", "164", "--horizon"),
        ("train p.csv --window 30 --horizon 15 --init-from random", "114", "--valid-fraction, --window or --horizon"),
        ("train p.csv --window 80 --horizon 60", "262", "--window and --horizon"),
        ("backtest p.csv --valid-fraction 0.9", "250 for 20 test days", "--valid-fraction"),
        ("backtest p.csv --test-days 50", "111 for 50 test days", "--test-days"),
        ("backtest p.csv --window 60 --init-from random", "140 for 20 test days", "--window"),
        (
            "backtest p.csv --test-days 60 --window 60 --init-from random",
            "180 for 60 test days",
            "--test-days and --window",
        ),
    ] {
        let args: Vec<&str> = args.split(' ').collect();
        let stderr = format!(
            "error: p.csv: 100 rows of prices, expected at least {needed}\n  \
             help: give it more days of history, or a smaller {smaller}"
        );
        fails(folder.path(), &args, 1, &stderr);
    }
    let stderr = "error: p.csv: 70 rows for each fit, expected at least 230\n  \
                help: pass a larger --rolling, or a smaller --valid-fraction";
    fails(folder.path(), &["backtest", "p.csv", "--rolling", "70", "--valid-fraction", "0.9"], 1, stderr);
}

/// Endless texts: a line, a pipe, a device.
#[cfg(target_os = "linux")]
#[test]
fn endless_texts_are_refused_in_bounded_memory() {
    let run = |shell: &str| {
        let program = env!("CARGO_BIN_EXE_fourcast");
        // 1.5 GB of address space: a text that is read whole would need more.
        let line = format!("ulimit -v 1500000; {}", shell.replace("fourcast", program));
        let output = std::process::Command::new("bash").args(["-c", &line]).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{shell}");
        String::from_utf8(output.stderr).unwrap()
    };
    let long = "longer than 64 MB, expected a row of prices";
    for command in ["predict", "inspect"] {
        let messages = run(&format!("(echo Date,Close; tr '\\0' 1 < /dev/zero) | fourcast {command}"));
        assert!(messages.starts_with(&format!("error: standard input:2: is {long}")), "{messages}");
    }
    let messages = run("cat /dev/zero | fourcast predict");
    assert!(messages.starts_with("error: standard input: is binary data"), "{messages}");
    let messages = run("fourcast inspect /dev/zero");
    assert!(messages.starts_with("error: /dev/zero: is binary data"), "{messages}");
    let messages = run("yes | fourcast inspect");
    assert!(messages.starts_with("error: standard input: has one column, "), "{messages}");
    let messages =
        run("(echo Date,Close; echo 2024-01-02,1; yes \"$(printf 'a note %.0s' {1..5000})\") | fourcast inspect");
    assert!(messages.starts_with("error: standard input: is longer than 1000 MB"), "{messages}");
    assert!(messages.contains("help: write it to a file, and name that file"), "{messages}");
}

/// A price that never moves is one error in every command; `inspect` shows the file.
#[test]
fn a_price_that_never_moves_is_one_error_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, row: &dyn Fn(&str) -> String| {
        let rows = AAPL.lines().skip(1).take(300).map(|line| row(line.split(',').next().unwrap()));
        fs::write(folder.path().join(name), format!("Date,Close\n{}", rows.collect::<String>())).unwrap();
    };
    write("p.csv", &|day| format!("{day},50\n"));
    write("good.csv", &|day| format!("{day},{}\n", 50 + day.len() + day.bytes().map(usize::from).sum::<usize>() % 7));
    fourcast(folder.path(), &["train", "good.csv", "--epochs", "1", "--ensemble", "1"]).assert().success();
    let error = "error: p.csv: the price is 50 on all 300 rows, expected a price that changes\n  \
                 help: get the prices again, or leave this series out";
    for args in [
        "train p.csv -m other.safetensors",
        "train p.csv --each --models m",
        "predict p.csv",
        "predict p.csv --pretrained",
        "predict p.csv -m model.safetensors",
        "backtest p.csv",
        "backtest p.csv -m model.safetensors",
        "explain p.csv",
        "compare p.csv",
        "tune p.csv --trials 2",
        "update p.csv -m model.safetensors",
        "export --to onnx -m model.safetensors --inputs p.csv",
    ] {
        let output = fourcast(folder.path(), &args.split(' ').collect::<Vec<_>>()).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "fourcast {args}\n{stderr}");
        assert!(stderr.contains(error), "fourcast {args}\n{stderr}");
        assert!(!stderr.contains("p.csv: the last"), "fourcast {args}: the fault twice\n{stderr}");
    }
    fourcast(folder.path(), &["inspect", "p.csv"]).assert().success();
    // In a run over several series, only this series fails.
    fourcast(folder.path(), &["predict", "p.csv", "good.csv", "--pretrained"]).assert().code(4);
}

#[test]
fn a_folder_with_a_text_beside_its_prices_is_read() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("data")).unwrap();
    fs::write(folder.path().join("data/README.md"), include_str!("../../data/README.md")).unwrap();
    fs::write(folder.path().join("data/aapl.csv"), AAPL).unwrap();
    let output = fourcast(folder.path(), &["inspect", "data"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let error =
        "error: data/README.md: is running text, expected a table of text (CSV)\n  help: export the prices as CSV";
    fails(folder.path(), &["train", "data/README.md"], 1, error);
}

#[test]
fn days_left_out_are_named_where_too_few_are_left() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("aapl.csv"), AAPL).unwrap();
    let few = |rows: &str| format!("error: aapl.csv: {rows} of prices, expected at least 54\n  help: ");
    let since = few("8 rows") + "pass a day before 2013-02-20 with --since, or leave --since out";
    fails(folder.path(), &["train", "aapl.csv", "--since", "2013-02-20"], 1, &since);
    // Options that leave out no rows are not named as the cause.
    let short: String = AAPL.lines().take(21).map(|line| format!("{line}\n")).collect();
    fs::write(folder.path().join("short.csv"), short).unwrap();
    for option in [["--since", "1990-01-01"], ["--until", "2030-01-01"]] {
        let args = [&["train", "short.csv"][..], &option].concat();
        let error = "error: short.csv: 20 rows of prices, expected at least 54\n  help: give it more days of history";
        fails(folder.path(), &args, 1, error);
    }
    let until = few("14 rows") + "pass a day after 2000-03-20 with --until, or leave --until out";
    fails(folder.path(), &["train", "aapl.csv", "--until", "2000-03-20"], 1, &until);
}
