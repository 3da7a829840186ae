//! `fourcast score`: forecasts of other prices, impossible forecasts, and files of other programs.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use assert_cmd::Command;
use fourcast::prices::PriceSeries;
use serde_json::Value;

use crate::common::{autoregressive, folder_with};

fn run(folder: &Path, args: &str) -> (Option<i32>, String, String) {
    let output = Command::cargo_bin("fourcast").unwrap().current_dir(folder).args(args.split(' ')).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// Returns the forecasts of each row from the 150th on.
fn file(series: &PriceSeries, header: &str, row: impl Fn(usize) -> String) -> String {
    (150..series.len()).fold(format!("{header}\n"), |mut text, day| {
        writeln!(text, "{}", row(day)).unwrap();
        text
    })
}

/// A ledger is scored against the prices from which it was made, not against those of another company with the same
/// name.
#[test]
fn a_ledger_of_other_prices_is_refused() {
    let series = autoregressive(170, 0.0, 7);
    let folder = folder_with(&series);
    for origin in &series.dates[150..169] {
        let predict = format!("predict --pretrained p.csv -q --until {origin} --ledger l.jsonl");
        assert_eq!(run(folder.path(), &predict).0, Some(0));
    }
    let score = "score p.csv --ledger l.jsonl --baselines naive";
    let write = |of: &PriceSeries| fs::copy(folder_with(of).path().join("p.csv"), folder.path().join("p.csv")).unwrap();
    write(&autoregressive(170, 0.0, 8));
    let (code, out, stderr) = run(folder.path(), score);
    assert!(code == Some(1) && out.is_empty(), "{stderr}");
    let recorded = series.close[150];
    let other = autoregressive(170, 0.0, 8).close[150];
    for part in [
        "error: p.csv: l.jsonl: the forecasts were made from other prices: 1".to_owned(),
        " of 19 last closes differ from these prices, and so do the moves between them; line ".to_owned(),
        format!("{recorded:.2}")[..4].to_owned(),
        format!("{other:.2}")[..4].to_owned(),
        "help: name the file of the prices that the forecasts were made from".to_owned(),
    ] {
        assert!(stderr.contains(&part), "{part}: {stderr}");
    }
    // All closes before a split are multiplied by a factor.
    let factor = |row: usize| if row < 160 { 0.25 } else { 1.0 };
    let close: Vec<f64> = series.close.iter().enumerate().map(|(row, close)| close * factor(row)).collect();
    write(&PriceSeries { adjusted: close.clone(), close, ..series.clone() });
    let (code, _, stderr) = run(folder.path(), &format!("{score} --splits as-is"));
    assert!(code == Some(0) && stderr.contains("were made from closes that these prices no longer have"), "{stderr}");
}

/// `101,523` can mean a hundred or a hundred thousand; the prices decide. If all forecasts are left out, that is an
/// error.
#[test]
fn the_prices_decide_how_decimals_are_read() {
    let series = autoregressive(170, 0.0, 7);
    let folder = folder_with(&series);
    let cents =
        |day: usize, mark: &str| format!("{};{:.3}", series.dates[day], series.close[day - 1]).replace('.', mark);
    for (mark, reading) in [(",", "decimal commas"), (".", "';' between cells\n")] {
        fs::write(folder.path().join("f.csv"), file(&series, "date;forecast", |day| cents(day, mark))).unwrap();
        let (code, out, stderr) = run(folder.path(), "score p.csv --forecasts f.csv --baselines naive");
        assert!(code == Some(0) && stderr.contains(reading) && !stderr.contains("factor"), "{stderr}");
        assert!(out.contains("20 test days") || out.contains("20 days"), "{out}");
    }
    // With several series, the prices of the row's series decide.
    let dear = PriceSeries { close: series.close.iter().map(|close| 1000.0 * close).collect(), ..series.clone() };
    fs::copy(folder_with(&dear).path().join("p.csv"), folder.path().join("dear.csv")).unwrap();
    let of_dear = |day: usize| format!("{};dear;{:.3}", series.dates[day], dear.close[day - 1] / 1000.0);
    fs::write(folder.path().join("f.csv"), file(&series, "date;series;forecast", of_dear)).unwrap();
    for files in ["p.csv dear.csv", "dear.csv p.csv"] {
        let (code, _, stderr) = run(folder.path(), &format!("score {files} --forecasts f.csv --baselines naive"));
        assert!(code == Some(0) && stderr.contains("decimal commas") && !stderr.contains("left out"), "{stderr}");
    }
    // A message says what is wrong with the prices.
    fs::write(folder.path().join("bad.csv"), "Date,Close\n2024-01-02,x\n").unwrap();
    let (code, _, stderr) = run(folder.path(), "score bad.csv --forecasts f.csv");
    assert!(code == Some(1) && stderr.contains("bad.csv: column 'Close': no row has a price"), "{stderr}");
    let swapped = file(&series, "origin,date,forecast", |day| {
        format!("{},{},{}", series.dates[day], series.dates[day - 1], series.close[day - 1])
    });
    fs::write(folder.path().join("f.csv"), swapped).unwrap();
    let (code, _, stderr) = run(folder.path(), "score p.csv --forecasts f.csv");
    assert!(code == Some(1) && stderr.contains("no forecast of 'p' can be scored"), "{stderr}");
}

/// Returns the forecast of a row.
type Point<'a> = &'a dyn Fn(usize) -> f64;

/// Forecasts of another scale, equal to the outcomes, or equal to those of the next day: each gives a warning, and an
/// error with --strict.
#[test]
fn forecasts_that_cannot_have_been_made_are_doubted() {
    let series = autoregressive(250, 0.0, 3);
    let folder = folder_with(&series);
    let score = "score p.csv --forecasts f.csv --baselines naive";
    let close = |row: usize| series.close[row.min(249)];
    let cases: [(&str, Point<'_>, bool); 5] = [
        ("are more than 3 times their last closes, or less than a third", &|row| close(row - 1) / 100.0, true),
        ("are more than 3 times their last closes, or less than a third", &|row| close(row - 1) * 4.0, true),
        ("are the closes of their own days, which were not known before", &|row| close(row), true),
        ("are the closes of the days after their own, which were not known before", &|row| close(row + 1), true),
        ("", &|row| close(row - 1), false),
    ];
    for (expected, forecast, is_doubted) in cases {
        let row = |day: usize| format!("{},{}", series.dates[day], forecast(day));
        fs::write(folder.path().join("f.csv"), file(&series, "date,forecast", row)).unwrap();
        let (code, _, stderr) = run(folder.path(), score);
        assert_eq!((code, stderr.contains(&format!("{expected}: ")) || !is_doubted), (Some(0), true), "{stderr}");
        let (code, out, stderr) = run(folder.path(), &format!("{score} --strict"));
        assert_eq!((code, out.is_empty()), (Some(i32::from(is_doubted)), is_doubted), "{expected}: {stderr}");
        assert!(!is_doubted || stderr.contains(expected), "{stderr}");
    }
}

/// Forecasts in the layouts of other programs have the same scores as in this program's own layout.
#[test]
fn files_of_other_programs_are_scored() {
    let series = autoregressive(250, 0.0, 3);
    let folder = folder_with(&series);
    let ends = |day: usize| [0.98, 1.0, 1.02].map(|factor| series.close[day - 1] * factor);
    let scores = |text: String| -> (Value, String) {
        fs::write(folder.path().join("f.csv"), text).unwrap();
        let (code, out, stderr) = run(folder.path(), "score p.csv --forecasts f.csv --baselines naive --format json");
        assert_eq!(code, Some(0), "{stderr}");
        let one: Value = serde_json::from_str(&out).unwrap();
        assert!(one["left_out"] == 0 && one["pending"] == 0, "{one}");
        (one["scores"].clone(), stderr)
    };
    let dotted = |day: usize| {
        let date = series.dates[day];
        format!("{:02}.{:02}.{}", date.day(), date.month(), date.year())
    };
    let (of_80, stderr) = scores(file(&series, "date,q0.1,forecast,q0.9", |day| {
        let [low, middle, high] = ends(day);
        format!("{},{low},{middle},{high}", series.dates[day])
    }));
    assert_eq!(stderr, "");
    let (prophet, stderr) = scores(file(&series, "ds;yhat_lower;yhat;yhat_upper", |day| {
        let [low, middle, high] = ends(day).map(|price| price.to_string().replace('.', ","));
        format!("{};{low};{middle};{high}", dotted(day))
    }));
    assert_eq!(prophet, of_80);
    let expected = "f.csv: read 'ds' as the day, 'yhat' as the forecast, 'yhat_lower' and 'yhat_upper' as the quantiles \
                    at 0.1 and 0.9, Prophet's default, ';' between cells, decimal commas and days as DD.MM.YYYY\n";
    assert_eq!(stderr, expected);
    for header in
        ["ds,AutoARIMA-lo-80,AutoARIMA,AutoARIMA-hi-80", "date,0.1,0.5,0.9", "date,p10,p50,p90", "date,q10,mean,q90"]
    {
        let (found, stderr) = scores(file(&series, header, |day| {
            let [low, middle, high] = ends(day);
            format!("{},{low},{middle},{high}", series.dates[day])
        }));
        assert!(stderr.starts_with("f.csv: read '"), "{stderr}");
        // A median is a quantile; a price forecast is not.
        let is_alike = header.contains("0.5") || header.contains("p50") || found == of_80;
        assert!(is_alike, "{header}: {found} {of_80}");
        assert_eq!(found["rmse"], of_80["rmse"], "{header}");
    }
}

/// Rows without a value are left out and counted; an empty file says what is expected.
#[test]
fn rows_without_a_value_are_left_out() {
    let series = autoregressive(250, 0.0, 3);
    let folder = folder_with(&series);
    let row = |day: usize| match day {
        160 => format!("{},NaN", series.dates[day]),
        170 => format!("{},", series.dates[day]),
        _ => format!("{},{}", series.dates[day], series.close[day - 1]),
    };
    fs::write(folder.path().join("f.csv"), file(&series, "date,forecast", row)).unwrap();
    let score = "score p.csv --forecasts f.csv --baselines naive --format json";
    let (code, out, stderr) = run(folder.path(), score);
    assert!(code == Some(0) && out.contains("\"scored\":98"), "{stderr}");
    assert_eq!(stderr, "warning: f.csv: left out 2 rows without a value (lines 12 and 22)\n");
    let (code, out, stderr) = run(folder.path(), &format!("{score} --strict"));
    assert!(code == Some(1) && out.is_empty() && stderr.starts_with("error: f.csv: left out 2 rows"), "{stderr}");
    for text in ["", "\n"] {
        fs::write(folder.path().join("f.csv"), text).unwrap();
        let (code, _, stderr) = run(folder.path(), score);
        let expected = "error: f.csv: is empty, expected a header and a row for each forecast\n  help: ";
        assert!(code == Some(1) && stderr.starts_with(expected), "{stderr}");
    }
    fs::write(folder.path().join("f.csv"), "date,forecast\n").unwrap();
    let (_, _, stderr) = run(folder.path(), score);
    assert!(stderr.starts_with("error: f.csv: no row with a forecast, expected at least one\n  help: "), "{stderr}");
}
