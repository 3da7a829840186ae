//! `explain`, `completions` and `man` on the command line.

use std::fs;
use std::path::Path;

use crate::explain_page::assert_drawn;
use assert_cmd::Command;
use fourcast::nn::CellKind;
use serde_json::Value;

pub(crate) const AAPL: &str = include_str!("../../data/aapl.csv");
pub(crate) const FB: &str = include_str!("../../data/fb.csv");

pub(crate) fn fourcast(folder: &Path, args: &str) -> Command {
    let mut command = Command::cargo_bin("fourcast").unwrap();
    command.current_dir(folder).args(args.split_whitespace());
    for name in ["LC_ALL", "LC_CTYPE", "COLUMNS"] {
        command.env_remove(name);
    }
    command.env("LANG", "C.UTF-8").env("TERM", "xterm");
    command
}

pub(crate) fn printed(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

pub(crate) fn json(folder: &Path, args: &str) -> Value {
    serde_json::from_str(&printed(&mut fourcast(folder, &format!("{args} --format json")))).unwrap()
}

/// Creates a folder with the prices of Apple and Facebook.
pub(crate) fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("aapl.csv"), AAPL).unwrap();
    fs::write(folder.path().join("fb.csv"), FB).unwrap();
    folder
}

/// Returns the fields of the rows of a csv file without quotes.
pub(crate) fn rows(csv: &str) -> Vec<Vec<String>> {
    csv.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

#[test]
fn the_table_fits_any_width_with_and_without_unicode() {
    let folder = folder();
    for args in ["explain fb.csv -q --format table", "explain fb.csv -q --gradient-norms --window 22 --format table"] {
        for width in ["40", "80", "120", "200"] {
            let text = printed(fourcast(folder.path(), args).env("COLUMNS", width));
            let columns: usize = width.parse().unwrap();
            let widest = text.lines().map(|line| line.chars().count()).max().unwrap();
            assert!(widest <= columns, "{args} at {width}: {widest}\n{text}");
            assert!(!text.contains('\u{1b}'), "no colour off a terminal");
            let plain = printed(fourcast(folder.path(), args).env("COLUMNS", width).env("LC_ALL", "C"));
            assert!(plain.is_ascii(), "{plain}");
            assert_eq!(plain.lines().count(), text.lines().count(), "{plain}");
        }
    }
    let text = printed(&mut fourcast(folder.path(), "explain aapl.csv -q --format table"));
    for word in ["aapl on 2013-03-04: ", "i input gate", "f forget gate", "c cell state", "h hidden state", "close"] {
        assert!(text.contains(word), "{word}\n{text}");
    }
    let colored = printed(&mut fourcast(folder.path(), "--color always explain aapl.csv -q --format table"));
    assert!(colored.contains("\u{1b}["));
}

#[test]
fn json_and_csv_have_the_same_numbers() {
    let folder = folder();
    let all = json(folder.path(), "explain fb.csv -q --units");
    let predicted = json(folder.path(), "predict fb.csv -q");
    assert_eq!(all["forecasts"].as_array().unwrap().len(), 1);
    for key in ["origin", "date", "last_close", "forecast", "lower_50", "upper_50", "lower_90", "upper_90"] {
        assert_eq!(all["forecasts"][0][key], predicted[key], "{key}");
    }
    let influence = &all["influence"][0];
    assert_eq!((&influence["forecast"], &influence["date"]), (&predicted["forecast"], &predicted["date"]));
    assert_eq!(all["days"].as_array().unwrap().len(), 4);
    assert_eq!(all["days"][3]["close"], predicted["last_close"]);
    let gates: Vec<&str> =
        all["gates_and_states"].as_array().unwrap().iter().map(|one| one["quantity"].as_str().unwrap()).collect();
    assert_eq!(gates, ["i", "f", "g", "o", "c", "h"]);
    let units = &all["gates_and_states"][1]["days"][2]["units"];
    assert_eq!((units.as_array().unwrap().len(), units[0].as_array().unwrap().len()), (3, 16));

    let rows = rows(&printed(&mut fourcast(folder.path(), "explain fb.csv -q --units --format csv")));
    assert_eq!(rows[0].join(","), "series,origin,day,ahead,part,layer,member,quantity,unit,value");
    let value = |wanted: [&str; 5]| {
        let is = |row: &&Vec<String>| [&row[2], &row[4], &row[6], &row[7], &row[8]] == wanted;
        let found: Vec<f64> = rows.iter().filter(is).map(|row| row[9].parse().unwrap()).collect();
        assert_eq!(found.len(), 1, "{wanted:?}");
        Value::from(found[0])
    };
    let day = all["days"][2]["date"].as_str().unwrap();
    assert_eq!(value([day, "encoder", "2", "f", "7"]), units[1][6]);
    assert_eq!(value([day, "encoder", "", "f", "mean"]), all["gates_and_states"][1]["days"][2]["mean"]);
    assert_eq!(value([day, "encoder", "", "kept", "mean"]), all["flows"][0]["days"][2]["kept"]["mean"]);
    let date = predicted["date"].as_str().unwrap();
    assert_eq!(value([date, "forecast", "", "lower", "90"]), predicted["lower_90"]);
    assert_eq!(value([day, "input", "", "read", "return"]), all["days"][2]["inputs"]["return"]["read"]);
    assert_eq!(value([day, "sigma", "", "occlusion", ""]), influence["sigma"]["days"][2]["occlusion"]);
    let error = influence["sigma"]["completeness_error"].as_f64().unwrap();
    assert!(error.abs() < 1e-6, "{error}");
}

/// If windows are longer than the file, the error names the option, and following the help works.
#[test]
fn longer_windows_than_the_file_are_an_error_about_the_windows() {
    let folder = folder();
    fs::write(folder.path().join("short.csv"), FB.lines().take(61).collect::<Vec<_>>().join("\n")).unwrap();
    let output = fourcast(folder.path(), "explain short.csv -q --window 500 --format json").output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    let expected = "windows of 500 days, expected at most 60, the number of days with trade";
    assert!(message.contains(expected), "{message}");
    assert!(message.contains("\n  help: pass --window 60, or a smaller one\n"), "{message}");
    assert_eq!(json(folder.path(), "explain short.csv -q --window 60")["days"].as_array().unwrap().len(), 60);
}

#[test]
fn a_reader_may_close_the_pipe() {
    let folder = folder();
    let command = format!("{} explain aapl.csv -q --format csv --units", env!("CARGO_BIN_EXE_fourcast"));
    let mut child = std::process::Command::new("sh");
    child.current_dir(folder.path()).args(["-c", &format!("{command} | head -n 1")]);
    let output = child.output().unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.stdout.iter().filter(|byte| **byte == b'\n').count(), 1);
}

#[test]
fn an_earlier_origin_is_explained_as_if_the_file_ended_there() {
    let folder = folder();
    let at = json(folder.path(), "explain aapl.csv -q --date 2012-09-21");
    assert_eq!(at, json(folder.path(), "explain aapl.csv -q --until 2012-09-21"));
    assert_eq!(
        at["influence"][0]["forecast"],
        json(folder.path(), "predict aapl.csv -q --until 2012-09-21")["forecast"]
    );

    // The day in the help has a whole window up to it.
    for (missing, nearest) in [("2012-09-22", "2012-09-21"), ("1999-01-01", "2000-03-06")] {
        let output = fourcast(folder.path(), &format!("explain aapl.csv -q --date {missing}")).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(
            error,
            format!(
                "error: aapl.csv: no row on {missing}, expected one of its days from 2000-03-06 to 2013-03-01\n  help: pass \
                 --date {nearest}\n"
            )
        );
        assert!(output.stdout.is_empty() && output.status.code() == Some(1));
        json(folder.path(), &format!("explain aapl.csv -q --date {nearest}"));
    }
}

/// Before the first day with a whole window, the help names that day, whether or not the file contains the requested
/// day.
#[test]
fn the_day_that_a_help_names_works() {
    let folder = folder();
    let rows: Vec<&str> = FB.lines().collect();
    fs::write(folder.path().join("fb.csv"), FB).unwrap();
    for options in ["", " --window 22"] {
        let failed = |day: &str| {
            let line = format!("explain fb.csv -q --date {day}{options}");
            let output = fourcast(folder.path(), &line).output().unwrap();
            assert_eq!(output.status.code(), Some(1), "{line}");
            String::from_utf8(output.stderr).unwrap()
        };
        for day in ["2000-01-01", "2012-05-18", "2012-05-21"] {
            let error = failed(day);
            let named = error.trim_end().rsplit_once("pass --date ").unwrap_or_else(|| panic!("{error}")).1;
            json(folder.path(), &format!("explain fb.csv -q --date {named}{options}"));
            let at = rows.iter().position(|row| row.starts_with(named)).unwrap();
            assert!(failed(&rows[at - 1][..10]).contains(&format!("expected one of its days from {named} to ")));
        }
    }
}

#[test]
fn every_network_is_explained() {
    let folder = folder();
    for kind in CellKind::ALL {
        let cell = kind.name();
        for topology in ["many-to-one", "many-to-many --horizon 3", "one-to-many --horizon 3"] {
            let options = format!("--cell {cell} --topology {topology} --layers 2 --epochs 1 --ensemble 2");
            let train = format!("train fb.csv -q {options} --test-fraction 0 --init-from random");
            fourcast(folder.path(), &train).assert().success();
            let all = json(folder.path(), "explain fb.csv -q --report page.html");
            assert_drawn(&fs::read_to_string(folder.path().join("page.html")).unwrap(), &all);
            let layers = all["gates_and_states"].as_array().unwrap();
            let decodes = topology.contains("horizon") && kind.is_recurrent();
            assert_eq!(layers.iter().any(|one| one["side"] == "decoder"), decodes, "{options}");
            assert_eq!(all.get("decoder_inputs").is_some(), decodes, "{options}");
            let table = printed(fourcast(folder.path(), "explain fb.csv -q --format table").env("COLUMNS", "80"));
            assert!(table.lines().all(|line| line.chars().count() <= 80), "{options}\n{table}");
            fourcast(folder.path(), "explain fb.csv -q --units --format csv").assert().success();
        }
    }
}

#[test]
fn memory_is_seen_to_fade_over_a_longer_window() {
    let folder = folder();
    let all = json(folder.path(), "explain aapl.csv -q --gradient-norms --window 22");
    let days = all["gradient_norms"][0]["days"].as_array().unwrap();
    assert_eq!((days.len(), &days[0]["days_before"], &days[21]["days_before"]), (22, &21.into(), &0.into()));
    let relative: Vec<f64> = days.iter().map(|day| day["sigma"]["gradient_relative"].as_f64().unwrap()).collect();
    assert!(relative.iter().all(|share| (0.0..=1.0).contains(share)) && relative.contains(&1.0), "{relative:?}");
    assert!(relative[0] < relative[21], "{relative:?}");
    let output =
        fourcast(folder.path(), "explain aapl.csv --gradient-norms --window 22 --format csv").output().unwrap();
    let messages = String::from_utf8(output.stderr).unwrap();
    assert!(
        messages.contains("computed for windows of 22 days: they do not explain the forecast, which uses windows of 4"),
        "{messages}"
    );
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 1 + 2 * 2 * 22);
}

/// The value that is called the median equals the forecast of `predict`. The output names its unit: per cent of the
/// last price for price levels, log return for returns.
#[test]
fn the_median_is_that_of_predict() {
    let folder = folder();
    let train = "train aapl.csv -q --target price --epochs 5 --ensemble 2 --init-from random -m levels.st";
    fourcast(folder.path(), train).assert().success();
    for (model, unit) in [("-m levels.st", "percent_from_last_price"), ("--pretrained", "log_return_percent")] {
        let line = format!("explain aapl.csv -q {model}");
        let all = json(folder.path(), &line);
        let predicted = json(folder.path(), &format!("predict aapl.csv -q {model}"));
        let number = |value: &Value| value.as_f64().unwrap();
        let factor = number(&predicted["forecast"]) / number(&predicted["last_close"]);
        let expected = 100.0 * if unit == "log_return_percent" { factor.ln() } else { factor - 1.0 };
        let (influence, median) = (&all["influence"][0], &all["influence"][0]["median"]);
        assert_eq!((&influence["forecast"], &median["unit"]), (&predicted["forecast"], &unit.into()));
        assert!((number(&median["value"]) - expected).abs() < 1e-4, "{median} {expected}");

        let csv = rows(&printed(&mut fourcast(folder.path(), &format!("{line} --format csv"))));
        let row = csv.iter().find(|row| (&*row[4], &*row[7]) == ("median", "value")).unwrap();
        assert_eq!((row[8].as_str(), row[9].parse::<f64>().unwrap()), (unit, number(&median["value"])));
        let table = printed(fourcast(folder.path(), &format!("{line} --format table")).env("COLUMNS", "200"));
        assert!(table.contains(&format!(" at average inputs, {expected:+.4} % here")), "{expected} {table}");
    }
}

/// With one of several networks, the median is that of this network.
#[test]
fn the_median_of_one_network_is_named_so() {
    let folder = folder();
    let line = "explain aapl.csv -q --pretrained --member 2 --format table";
    let table = printed(fourcast(folder.path(), line).env("COLUMNS", "200"));
    assert!(table.contains("  median of network 2 alone: "), "{table}");
}

/// With other windows, the forecast is still that of `predict`, and the output marks what does not belong to that
/// forecast.
#[test]
fn the_forecast_beside_other_windows_is_that_of_predict() {
    let folder = folder();
    let predicted = json(folder.path(), "predict fb.csv -q --pretrained");
    for options in ["--window 22", "--window 60 --gradient-norms", "--window 2"] {
        let line = format!("explain fb.csv -q --pretrained {options}");
        let all = json(folder.path(), &format!("{line} --report page.html"));
        for forecast in [&all["forecasts"][0]["forecast"], &all["influence"][0]["forecast"]] {
            assert!(
                forecast.is_null() == options.contains("gradient-norms")
                    && (forecast.is_null() || forecast == &predicted["forecast"])
            );
        }
        let table = printed(fourcast(folder.path(), &format!("{line} --format table")).env("COLUMNS", "200"));
        let value = printed(&mut fourcast(folder.path(), "predict fb.csv -q --pretrained --format table"));
        let (headline, below) = table.split_once('\n').unwrap();
        assert!(value.starts_with(headline), "{headline} {value}");
        let caveat = "  this forecast uses windows of 4 days, as in training; everything below uses windows of ";
        assert!(below.starts_with(caveat), "{table}");
        let page = fs::read_to_string(folder.path().join("page.html")).unwrap();
        let verdict = page.split_once("The forecast for").unwrap().1.split_once("<section").unwrap().0;
        assert!(verdict.contains("This forecast uses windows of 4 days"), "{verdict}");
    }
}

/// A model of price levels can forecast prices below zero; a series of positive prices cannot have such an outcome.
#[test]
fn prices_below_zero_have_a_warning() {
    let folder = folder();
    let train = "train aapl.csv --target price --epochs 5 --ensemble 1 --init-from random -m levels.st --format csv";
    let warned = |line: &str| {
        let output = fourcast(folder.path(), line).output().unwrap();
        assert!(output.status.success(), "{line}");
        let messages = String::from_utf8(output.stderr).unwrap();
        messages.matches("although no price of the series is at or below zero").count()
    };
    assert_eq!(warned(train), 1);
    let lower = json(folder.path(), "predict aapl.csv -q -m levels.st")["lower_90"].as_f64().unwrap();
    assert!(lower < 0.0, "{lower}");
    for line in ["predict aapl.csv -m levels.st --format csv", "explain aapl.csv -m levels.st --format csv"] {
        assert_eq!(warned(&format!("{line} --report page.html")), 1, "{line}");
        let page = fs::read_to_string(folder.path().join("page.html")).unwrap();
        assert!(page.contains("although no price of the series is at or below zero"), "{line}");
        assert_eq!(warned(&format!("{line} -q")), 0, "{line}");
    }
    assert_eq!(warned("predict aapl.csv -m levels.st --levels 0.01 --format csv"), 0);
    assert_eq!(warned("predict aapl.csv -m levels.st --levels 0.01 --quantiles 0.001 --format csv"), 1);
    fs::write(folder.path().join("b.csv"), AAPL).unwrap();
    let many = printed(&mut fourcast(folder.path(), "predict aapl.csv b.csv -q -m levels.st --format json"));
    let of_many = many.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    for one in of_many {
        assert!(one["warnings"][0].as_str().unwrap().contains("reaches down to -"), "{one}");
    }
}

/// Days that are explained only on request also have their forecast.
#[test]
fn a_day_further_ahead_has_the_forecast_of_predict() {
    let folder = folder();
    let far = &json(folder.path(), "explain fb.csv --pretrained -q --ahead 1,20")["influence"];
    let predicted = |day| json(folder.path(), &format!("predict fb.csv --pretrained -q --horizon {day}"));
    for (place, day) in [1, 20].into_iter().enumerate() {
        assert_eq!(far[place]["forecast"], predicted(day)["forecast"], "day {day}: {far}");
    }
}

#[test]
fn what_there_is_not_is_an_error_whose_help_works() {
    let folder = folder();
    let cases = [
        ("--member 4", "no member 4, expected 1 to 3: the model has 3 networks", "pass --member 3"),
        (
            "--ahead 4",
            "the network has no output for 4 days ahead, expected 1, 2, 3, 5, 10, 20 or 30",
            "pass --ahead 1,2,3,5,10,20,30",
        ),
    ];
    for (options, message, help) in cases {
        let output = fourcast(folder.path(), &format!("explain fb.csv -q {options}")).output().unwrap();
        let messages = String::from_utf8(output.stderr).unwrap();
        assert!(messages.contains(message) && messages.contains(help), "{options}: {messages}");
        let typed = help.trim_start_matches("pass ");
        fourcast(folder.path(), &format!("explain fb.csv -q {typed}")).assert().success();
    }
    fourcast(folder.path(), "explain fb.csv aapl.csv").assert().failure();
}

#[test]
fn shells_and_man_know_every_subcommand() {
    let folder = folder();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = printed(&mut fourcast(folder.path(), &format!("completions {shell}")));
        for word in ["explain", "backtest", "gradient-norms", "require-skill"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    let page = printed(&mut fourcast(folder.path(), "man"));
    assert!(page.contains(".TH fourcast 1") && page.contains("explain"), "{page}");
    let page = printed(&mut fourcast(folder.path(), "man explain"));
    assert!(page.contains(".TH fourcast-explain 1") && page.contains("gradient"), "{page}");
    let output = fourcast(folder.path(), "man explian").output().unwrap();
    assert!(String::from_utf8(output.stderr).unwrap().starts_with("error: no subcommand 'explian', expected one of"));
}
