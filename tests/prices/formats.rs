//! The layout of every vendor is read correctly without options.

use std::fs;
use std::path::{Path, PathBuf};

use crate::layouts::layouts_of;
use fourcast::cli::help::Help;
use fourcast::prices::{self, ReadOptions, Reading, Role, Source, Splits, Warning};

/// A row of `EXPECTED.csv`.
#[derive(Debug, serde::Deserialize)]
struct Expected {
    file: String,
    data_rows: usize,
    usable_rows: usize,
    first: String,
    last: String,
    first_price: f64,
    last_price: f64,
    price_column: String,
    encoding: String,
    sep: String,
    decimal: char,
    order: String,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/formats")
}

fn read(file: &str, series: Option<&str>) -> Reading {
    let options = ReadOptions { series: series.map(str::to_owned), ..ReadOptions::default() };
    prices::read(&Source::File(folder().join(file)), &options).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn every_layout_is_understood() {
    let mut table = csv::Reader::from_path(folder().join("EXPECTED.csv")).unwrap();
    let expected: Vec<Expected> = table.deserialize().map(|row| row.unwrap()).collect();
    let files = fs::read_dir(folder()).unwrap().count();
    assert_eq!(expected.len(), files - 2, "a row for each file");
    expected.iter().for_each(check);
}

fn check(expected: &Expected) {
    let several = expected.file.contains("three_tickers");
    let reading = read(&expected.file, several.then_some("AAPL"));
    let (file, understood) = (&expected.file, &reading.understood);
    let series = reading.only().unwrap();
    assert_eq!(understood.rows, if several { expected.usable_rows } else { expected.data_rows }, "{file}");
    assert_eq!(understood.usable_rows, expected.usable_rows, "{file}");
    assert_eq!(series.len(), expected.usable_rows, "{file}");
    assert_eq!(series.dates[0].to_string(), expected.first, "{file}");
    assert_eq!(series.dates[series.len() - 1].to_string(), expected.last, "{file}");
    assert_eq!(series.close[0], expected.first_price, "{file}");
    assert_eq!(series.close[series.len() - 1], expected.last_price, "{file}");
    assert_eq!(understood.encoding, expected.encoding, "{file}");
    assert_eq!(understood.delimiter.map_or(String::new(), String::from).replace('\t', "TAB"), expected.sep, "{file}");
    assert_eq!(understood.decimal, expected.decimal, "{file}");
    assert_eq!(understood.order.to_string(), expected.order, "{file}");
    let close = understood.columns.iter().find(|column| column.role == Role::Close).unwrap();
    let name = if close.name.is_empty() { format!("column {}", close.number) } else { close.name.clone() };
    assert!(expected.price_column.starts_with(&name), "{file}: {name}");
}

#[test]
fn several_series_are_all_read_or_one_is_chosen() {
    for file in ["wide_three_tickers.csv", "long_three_tickers.csv"] {
        let all = read(file, None);
        let names: Vec<&str> = all.series.iter().map(|series| series.name.as_str()).collect();
        assert_eq!(names, ["AAPL", "KO", "XOM"], "{file}");
        let error = all.only().unwrap_err();
        assert!(error.to_string().ends_with("holds 3 series, expected one: 'AAPL', 'KO' and 'XOM'"), "{error}");
        assert_eq!(error.help(), "name one with --series, for example --series AAPL");
        for series in &all.series {
            assert_eq!(read(file, Some(&series.name)).series, std::slice::from_ref(series), "{file}");
        }
    }
}

#[test]
fn adjusted_closes_are_used_where_a_file_has_them() {
    for file in ["alphavantage_adjusted_split.csv", "tiingo_split.csv"] {
        let reading = read(file, None);
        let [split] = &reading.understood.series[0].splits[..] else { panic!("{file}") };
        assert_eq!(split.to_string(), "2:1 split on 2005-02-28");
        assert!(reading.splits_settled().is_ok(), "{file}");
        assert!(reading.series[0].adjusted[0] < 5.0, "{file}");
    }
    let google = read("google_finance_2011.csv", None);
    let error = google.splits_settled().unwrap_err();
    assert!(error.to_string().ends_with("google_finance_2011.csv:24: the price moves like a 2:1 split on 2005-02-28"));
}

/// Layouts without a sample file, all with the same five days.
#[test]
fn other_vendors_say_the_same_in_other_words() {
    let layouts = layouts_of("layouts.txt");
    assert!(layouts.len() > 50);
    for (name, text) in &layouts {
        let reading = prices::read_bytes(name, text.as_bytes(), &ReadOptions::default());
        let reading = reading.unwrap_or_else(|error| panic!("{error}\n{:?}", error.help()));
        let series = reading.only().unwrap();
        let days: Vec<String> = series.dates.iter().map(|date| date.to_string()).collect();
        assert_eq!(days, ["2024-11-13", "2024-11-14", "2024-11-15", "2024-11-18", "2024-11-19"], "{name}");
        assert_eq!(series.close, [155.0, 153.6, 154.85, 156.2, 155.45], "{name}");
        assert_eq!(series.adjusted, series.close, "{name}");
        let range = series.range.as_ref().unwrap_or_else(|| panic!("{name}: no range"));
        assert_eq!(range.open, [154.25, 155.1, 153.4, 154.9, 156.05], "{name}");
        assert_eq!(range.high, [155.8, 156.0, 155.2, 156.45, 157.1], "{name}");
        assert_eq!(range.low, [153.9, 153.2, 152.75, 154.3, 154.8], "{name}");
        let volume = series.volume.as_ref().unwrap_or_else(|| panic!("{name}: no volume"));
        assert!((volume[0] / 32_456_100.0 - 1.0).abs() < 1e-3, "{name}: {}", volume[0]);
    }
}

/// Real prices as vendors publish them: no column is reported as moved, and no close as inserted.
#[test]
fn sound_files_have_no_columns_of_other_days() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let all = [folder(), data].into_iter().flat_map(|folder| fs::read_dir(folder).unwrap());
    let files =
        all.map(|entry| entry.unwrap().path()).filter(|path| path.file_stem().is_some_and(|name| name != "EXPECTED"));
    let mut read = 0;
    for path in files.filter(|path| path.is_file() && path.extension().is_some_and(|ending| ending != "md")) {
        let reading = prices::read(&Source::File(path.clone()), &ReadOptions::default());
        for warning in reading.unwrap_or_else(|error| panic!("{error}")).warnings {
            let wrong = matches!(
                warning,
                Warning::Moved { .. } | Warning::Diverging { .. } | Warning::Filled(_) | Warning::Interpolated(_)
            );
            assert!(!wrong, "{}: {warning}", path.display());
        }
        read += 1;
    }
    assert!(read > 25, "only {read} files");
}

/// Apple's bars with one column moved by a day: reported as one fault, not as thousands of days.
#[test]
fn a_column_moved_by_a_day_is_one_fault() {
    let text = include_str!("../../data/aapl.csv");
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    for (column, name) in [(1, "Open"), (2, "High"), (3, "Low"), (4, "Close"), (5, "Adj Close"), (6, "Volume")] {
        let mut moved = rows.clone();
        for row in 1..rows.len() - 1 {
            moved[row][column] = rows[row + 1][column];
        }
        let text: String = moved.iter().map(|row| row.join(",") + "\n").collect();
        let options = ReadOptions { splits: Some(Splits::AsIs), ..ReadOptions::default() };
        let warnings = prices::read_bytes("p.csv", text.as_bytes(), &options).unwrap().warnings;
        let reported: Vec<&Warning> = warnings.iter().filter(|one| matches!(one, Warning::Moved { .. })).collect();
        let [Warning::Moved { column, ahead: true, .. }] = reported[..] else { panic!("{name}: {warnings:?}") };
        assert!(column == name, "{name}: {column}");
        assert!(!warnings.iter().any(|one| matches!(one, Warning::OutsideRange(_))), "{name}: {warnings:?}");
    }
}
