//! Rows that are not days, days that have not ended, and tables that are not prices.

use std::fs;
use std::path::{Path, PathBuf};

use fourcast::prices::{self, Frequency, ReadOptions, Reading, Source, Spacing, session_ahead};
use jiff::civil::{Date, date};
use jiff::{Span, ToSpan};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

fn asked(frequency: Option<Frequency>) -> ReadOptions {
    ReadOptions { frequency, ..ReadOptions::default() }
}

fn read_file(name: &str, options: &ReadOptions) -> Result<Reading, String> {
    prices::read(&Source::File(fixture(name)), options).map_err(|error| error.to_string())
}

fn read(text: &str, options: &ReadOptions) -> Reading {
    prices::read_bytes("prices.csv", text.as_bytes(), options).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// Returns the error that stops every command except `inspect`.
fn stop(reading: &Reading) -> String {
    reading.rows_settled().unwrap_err().to_string()
}

fn warnings(reading: &Reading) -> String {
    reading.warnings.iter().map(|warning| format!("{warning}\n")).collect()
}

fn closes(dates: &[Date]) -> String {
    let row = |(row, date): (usize, &Date)| format!("{date},{}\n", 100 + row * 7 % 11);
    format!("Date,Close\n{}", dates.iter().enumerate().map(row).collect::<String>())
}

fn every(first: Date, step: Span, rows: usize) -> Vec<Date> {
    first.series(step).take(rows).collect()
}

#[test]
fn minutes_and_hours_are_recognised_wherever_the_time_stands() {
    let minutes = read_file("mini/minutes_date_and_time_columns.csv", &asked(None)).unwrap();
    assert!(stop(&minutes).ends_with("several rows per day, 5 minutes apart: one row per day is expected"));
    let hours = read_file("mini/metatrader5_hours.csv", &asked(None)).unwrap();
    assert!(stop(&hours).ends_with("several rows per day, an hour apart: one row per day is expected"));
    let row = |time: fn(usize) -> String, separator: &str| -> String {
        (0..24)
            .map(|row| format!("2024.01.0{}{separator}{},{}\n", 2 + row / 12, time(row % 12), 100 + row % 5))
            .collect()
    };
    let clock = |row: usize| format!("{:02}:{:02}", 9 + row / 4, row % 4 * 15);
    let digits = |row: usize| format!("{:02}{:02}00", 9 + row / 4, row % 4 * 15);
    for text in [
        row(clock, ","),
        row(clock, " "),
        format!("Date,Close\n{}", row(clock, " ")),
        format!("Date,Time,Close\n{}", row(digits, ",")),
        format!("<DATE>,<TIME>,<CLOSE>\n{}", row(clock, ",")),
    ] {
        assert!(stop(&read(&text, &asked(None))).contains("15 minutes apart"), "{text}");
        // No value of the frequency option accepts them as days, weeks or months.
        for frequency in [Frequency::Daily, Frequency::Weekly, Frequency::Monthly] {
            assert!(read(&text, &asked(Some(frequency))).rows_settled().is_err());
        }
    }
}

#[test]
fn epochs_a_minute_apart_are_recognised() {
    let row = |row: usize| format!("{},{}\n", 1_704_205_800 + 60 * row, 100 + row % 5);
    let text = format!("timestamp,close\n{}", (0..30).map(row).collect::<String>());
    assert!(stop(&read(&text, &asked(None))).contains("a minute apart"));
}

#[test]
fn one_day_twice_is_no_habit() {
    let mut text = closes(&every(date(2024, 1, 1), 1.day(), 40));
    text += "2024-02-09,55\n";
    let error = prices::read_bytes("prices.csv", text.as_bytes(), &asked(None)).unwrap_err().to_string();
    assert!(error.contains("2024-02-09 is also on line 41"), "{error}");
}

#[test]
fn months_weeks_and_quarters_stop_and_are_accepted_as_what_they_are() {
    let monthly = read_file("mini/monthly_next_date.csv", &asked(None)).unwrap();
    assert!(stop(&monthly).contains("rows are a month apart, not daily (13 of 13 steps of 26 to 35 days)"));
    assert_eq!(monthly.understood.usable_rows, 14);
    let monthly = read_file("mini/monthly_next_date.csv", &asked(Some(Frequency::Monthly))).unwrap();
    monthly.rows_settled().unwrap();
    assert_eq!(session_ahead(&monthly.series[0], 1, None), date(2021, 3, 1));
    let weeks = closes(&every(date(2024, 1, 5), 1.week(), 30));
    let weekly = read(&weeks, &asked(Some(Frequency::Weekly)));
    weekly.rows_settled().unwrap();
    assert_eq!(session_ahead(&weekly.series[0], 2, None), date(2024, 8, 9));
    assert!(stop(&read(&weeks, &asked(None))).contains("a week apart"));
    assert!(stop(&read(&weeks, &asked(Some(Frequency::Daily)))).contains("a week apart"));
    let quarters = read(&closes(&every(date(2019, 3, 31), 3.months(), 20)), &asked(None));
    assert!(stop(&quarters).contains("three months apart"));
}

/// A frequency that is given is checked in the same way as one that is found.
#[test]
fn irregular_rows_are_of_no_frequency() {
    let by = |steps: &[i64], unit: fn(i64) -> Span| {
        let mut day = date(2010, 1, 31);
        let mut dates = vec![day];
        for step in steps.iter().cycle().take(80) {
            day = day.saturating_add(unit(*step));
            dates.push(day);
        }
        closes(&dates)
    };
    let months = by(&[1, 3, 2, 4, 1, 2], |months| months.months());
    let weeks = by(&[1, 1, 3, 9, 1, 2, 1, 15], |weeks| weeks.weeks());
    let sessions: Vec<Date> = every(date(2020, 1, 6), 1.day(), 400);
    let sessions = sessions.into_iter().filter(|day| day.weekday().to_monday_zero_offset() < 5).step_by(3);
    let sessions = closes(&sessions.collect::<Vec<_>>());
    for (text, found, line) in
        [(&months, "28 to 123 days apart", 4), (&weeks, "7 to 105 days apart", 5), (&sessions, "3 to 5 days apart", 3)]
    {
        for frequency in [None, Some(Frequency::Daily), Some(Frequency::Weekly), Some(Frequency::Monthly)] {
            let error = stop(&read(text, &asked(frequency)));
            let frequency = frequency.unwrap_or_default();
            assert!(error.contains(&format!("rows are {found}, not {frequency}")), "{error}");
            assert!(error.starts_with("prices.csv:"), "{error}");
        }
        let frequency = if *text == months { Frequency::Monthly } else { Frequency::Weekly };
        let error = stop(&read(text, &asked(Some(frequency))));
        assert!(*text == sessions || error.starts_with(&format!("prices.csv:{line}: ")), "{error}");
    }
    let weekly = closes(&every(date(2020, 1, 3), 1.week(), 60));
    assert!(stop(&read(&weekly, &asked(Some(Frequency::Daily)))).contains("rows are a week apart, not daily"));
}

/// A few longer steps are gaps; a warning names the longest.
#[test]
fn a_month_or_week_missing_among_many_is_a_warning() {
    for (step, frequency, gap) in [
        (1.month(), Frequency::Monthly, "2012-06-01 to 2012-08-01, 61 days"),
        (1.week(), Frequency::Weekly, "2010-07-23 to 2010-08-06, 14 days"),
    ] {
        let mut dates = every(date(2010, 1, 1), step, 60);
        dates.remove(30);
        let reading = read(&closes(&dates), &asked(Some(frequency)));
        reading.rows_settled().unwrap();
        assert!(warnings(&reading).contains(&format!("no row from {gap}")), "{}", warnings(&reading));
        let whole = read(&closes(&every(date(2010, 1, 1), step, 60)), &asked(Some(frequency)));
        assert!(!warnings(&whole).contains("no row from"), "{}", warnings(&whole));
    }
}

#[test]
fn an_unfinished_week_or_month_is_left_out() {
    let options = asked(Some(Frequency::Weekly));
    let mut fridays = every(date(2024, 1, 5), 1.week(), 30);
    fridays.push(date(2024, 7, 31));
    let reading = read(&closes(&fridays), &options);
    assert_eq!(reading.series[0].dates.last(), Some(&date(2024, 7, 26)));
    assert_eq!(session_ahead(&reading.series[0], 1, None), date(2024, 8, 2));
    assert_eq!(
        warnings(&reading),
        "left out 1 row of an unfinished week (line 32): the other rows are not stamped as 2024-07-31 is\n"
    );
    // The row of the unfinished month up to the day before, and the row of the last day.
    let mut firsts = every(date(2023, 1, 1), 1.month(), 14);
    firsts.push(date(2024, 2, 14));
    let reading = read(&closes(&firsts), &asked(Some(Frequency::Monthly)));
    assert_eq!(session_ahead(&reading.series[0], 1, None), date(2024, 2, 1));
    // A whole week, followed by its last day again.
    let text = closes(&every(date(2024, 1, 1), 1.week(), 12)) + "2024-03-22,100\n";
    let last = text.lines().rev().nth(1).unwrap().rsplit(',').next().unwrap().to_owned();
    let reading = read(&text.replace("2024-03-22,100", &format!("2024-03-22,{last}")), &options);
    assert_eq!(reading.series[0].dates.last(), Some(&date(2024, 3, 18)));
}

/// All available files of daily prices are read as daily.
#[test]
fn no_daily_file_is_refused() {
    let mut seen = 0;
    for name in ["formats", "../../data"] {
        for entry in fs::read_dir(fixture(name)).unwrap() {
            let path = entry.unwrap().path();
            let known =
                ["csv", "tsv", "txt"].iter().any(|ending| path.extension().is_some_and(|found| found == *ending));
            if !known || path.ends_with("EXPECTED.csv") {
                continue;
            }
            let Ok(reading) = prices::read(&Source::File(path.clone()), &ReadOptions::default()) else { continue };
            reading.rows_settled().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            seen += 1;
        }
    }
    assert!(seen > 25, "{seen}");
}

#[test]
fn four_rows_and_short_weeks_are_daily() {
    let sunday_to_thursday = every(date(2024, 1, 7), 1.day(), 40);
    let gulf: Vec<Date> =
        sunday_to_thursday.into_iter().filter(|day| day.weekday().to_sunday_zero_offset() < 5).collect();
    let four = [date(2024, 1, 5), date(2024, 1, 8), date(2024, 1, 9), date(2024, 1, 10)];
    let halted = [date(2019, 1, 3), date(2019, 1, 4), date(2023, 6, 1), date(2023, 6, 2), date(2023, 6, 5)];
    for dates in [&gulf[..], &four, &halted, &every(date(2024, 1, 1), 1.day(), 30)] {
        let reading = read(&closes(dates), &asked(None));
        reading.rows_settled().unwrap();
        assert!(reading.understood.series[0].spaced.is_none_or(|spaced| spaced.spacing == Spacing::Daily));
    }
}

#[test]
fn months_and_transactions_are_no_days() {
    let error = read_file("mini/month_names.csv", &asked(None)).unwrap_err();
    assert!(error.ends_with("'Month' holds months (January-2020), daily prices are expected"), "{error}");
    let error = read_file("bugs/transactions.csv", &asked(None)).unwrap_err();
    assert!(
        error.contains("a list of transactions ('type' says 'Buy', beside 'shares', 'tax', 'fee' and 'broker')"),
        "{error}"
    );
}

#[test]
fn a_file_that_ends_without_prices_says_so() {
    let delisted = read_file("bugs/delisted.csv", &asked(None)).unwrap();
    let last = *delisted.series[0].dates.last().unwrap();
    assert!(warnings(&delisted).contains(&format!("the last price is of {last}, and ")), "{}", warnings(&delisted));
    assert!(warnings(&delisted).contains("up to 2026-10-16: forecasts start from the last price"));
    let today = read_file("bugs/nan_last_with_volume.csv", &asked(None)).unwrap();
    assert!(warnings(&today).contains("the last price is of 2026-10-15, and 1 row without a price follows"));
    assert_eq!(session_ahead(&today.series[0], 1, None), date(2026, 10, 16));
    let stale = read_file("bugs/stale_feed.csv", &asked(None)).unwrap();
    assert!(
        warnings(&stale).contains("the last 20 rows repeat the close of 2026-09-18, with one price and no volume"),
        "{}",
        warnings(&stale)
    );
}

#[test]
fn a_time_among_midnights_is_an_unfinished_day() {
    let days = every(date(2024, 1, 1), 1.day(), 20);
    let stamped = |time: &str, last: &str| {
        let row =
            |(row, date): (usize, &Date)| format!("{date} {},{}\n", if row == 19 { last } else { time }, 100 + row % 7);
        format!("Date,Close\n{}", days.iter().enumerate().map(row).collect::<String>())
    };
    for (time, last, found) in [
        ("00:00", "11:30", true),
        ("16:00", "11:30", true),
        ("16:00:00", "15:00:00", false),
        ("00:00:00", "00:00:00", false),
        ("04:00:00Z", "05:00:00Z", false),
        ("14:30:00Z", "17:12:09Z", true),
    ] {
        let reading = read(&stamped(time, last), &asked(None));
        assert_eq!(warnings(&reading).contains("its day may not be over"), found, "{time} {last}");
        let reading = read(&stamped(time, last), &ReadOptions { drop_last: true, ..ReadOptions::default() });
        assert_eq!(reading.series[0].dates.last(), Some(&date(2024, 1, 19)));
        assert!(!warnings(&reading).contains("its day may not be over"));
    }
}
