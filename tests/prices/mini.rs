//! Small files modelled on real ones that were once read wrongly or refused. Each is read correctly, or refused with
//! the reason.

use std::fs;
use std::path::{Path, PathBuf};

use fourcast::cli::help::Help;
use fourcast::prices::{self, PriceSeries, ReadError, ReadOptions, Reading, Source};

/// A row of `EXPECTED.csv`.
#[derive(Debug, serde::Deserialize)]
struct Expected {
    file: String,
    expected_rows_or_error: String,
    first_date: String,
    last_date: String,
    first_close: String,
    last_close: String,
}

/// For each file, texts that its error or help must contain.
const ERRORS: &[(&str, &[&str])] = &[
    ("two_decimal_marks.csv", &["'Close' has decimal points and 'Open' decimal commas", "no option reads both"]),
    ("bhavcopy_one_day.csv", &["4 tickers on one day, 2025-04-01"]),
    ("r_rows_without_dates.csv", &["no date column", "'TAXI.SR.Open'", "write.zoo"]),
    ("bid_and_ask_bars.csv", &["'CloseBid' and 'CloseAsk' could each be the price column"]),
    ("minutes_date_and_time_columns.csv", &["several rows per day, 5 minutes apart: one row per day is expected"]),
    ("metatrader5_hours.csv", &["several rows per day, an hour apart: one row per day is expected"]),
    ("monthly_next_date.csv", &["rows are a month apart, not daily", "--frequency monthly"]),
    ("month_names.csv", &["'Month' holds months (January-2020), daily prices are expected"]),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/mini")
}

fn read(file: &str) -> Result<Reading, ReadError> {
    let reading = prices::read(&Source::File(folder().join(file)), &ReadOptions::default())?;
    reading.rows_settled()?;
    Ok(reading)
}

#[test]
fn every_small_file_is_read_right_or_refused_with_its_reason() {
    let mut table = csv::Reader::from_path(folder().join("EXPECTED.csv")).unwrap();
    let expected: Vec<Expected> = table.deserialize().map(|row| row.unwrap()).collect();
    let files = fs::read_dir(folder()).unwrap().count();
    assert_eq!(expected.len(), files - 2, "a row for each file");
    let faults: Vec<String> = expected.iter().filter_map(|expected| fault(expected).err()).collect();
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), expected.len(), faults.join("\n"));
}

/// Checks that a file is read as expected.
fn fault(expected: &Expected) -> Result<(), String> {
    let file = &expected.file;
    let words = &expected.expected_rows_or_error;
    if let Some((_, parts)) = ERRORS.iter().find(|(name, _)| name == file) {
        let error = read(file).err().ok_or_else(|| format!("{file}: read, expected {words}"))?;
        let messages = format!("{error} {}", error.help());
        let missing = parts.iter().find(|part| !messages.contains(*part));
        return missing.map_or(Ok(()), |part| Err(format!("{file}: no {part:?} in {messages:?}")));
    }
    if file == "cp1251_cells_ascii_header.csv" {
        let encoding = read(file).map(|reading| reading.understood.encoding);
        assert_eq!(encoding.ok().as_deref(), Some("cp1251"), "{file}");
    }
    let reading = read(file).map_err(|error| format!("{error}: expected {words}"))?;
    let series: Vec<&PriceSeries> = reading.series.iter().collect();
    let counts: Vec<String> = series.iter().map(|one| format!("{} {}", one.name, one.len())).collect();
    let all_of = |rows: usize| series.iter().all(|one| one.len() == rows);
    let numbers: Vec<usize> =
        words.split(|letter: char| !letter.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect();
    let fits = match (words.split_once(": "), words.contains(" series of ")) {
        (Some((_, list)), _) if !words.starts_with("error") => list.split(", ").eq(counts.iter().map(String::as_str)),
        (_, true) => series.len() == numbers[0] && all_of(numbers[1]),
        _ => {
            let rows = reading.understood.rows;
            series.len() == 1
                && all_of(numbers.get(1).map_or(numbers[0], |&used| if rows == numbers[0] { used } else { 0 }))
        }
    };
    if !fits {
        return Err(format!("{file}: found {counts:?}, expected {words}"));
    }
    check_ends(expected, &reading)
}

/// Checks the first and the last day and close, of the series named before the close or of the only one.
fn check_ends(expected: &Expected, reading: &Reading) -> Result<(), String> {
    let end = |text: &str| -> (Option<String>, f64) {
        let (name, close) = text.rsplit_once(' ').map_or((None, text), |(name, close)| (Some(name.to_owned()), close));
        (name, close.parse().unwrap())
    };
    let (name, first) = end(&expected.first_close);
    let (_, last) = end(&expected.last_close);
    let one = reading.series.iter().find(|one| name.as_ref().is_none_or(|name| one.name == *name));
    let one = one.ok_or_else(|| format!("{}: no series {name:?}", expected.file))?;
    let ends = |row: usize| (one.dates[row].to_string(), one.close[row]);
    let found = (ends(0), ends(one.len() - 1));
    let wanted = ((expected.first_date.clone(), first), (expected.last_date.clone(), last));
    if found == wanted { Ok(()) } else { Err(format!("{}: {found:?}, expected {wanted:?}", expected.file)) }
}
