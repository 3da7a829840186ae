//! Layouts of files in public repositories: headers in mid-file, rates of banks, books of portfolios, panels whose key
//! has any name.

use fourcast::cli::help::Help;
use fourcast::prices::{self, ReadOptions, Reading};

use crate::tables::{noise, price, table};

fn read(text: &str) -> Reading {
    let reading = prices::read_bytes("p.csv", text.as_bytes(), &ReadOptions::default());
    reading.unwrap_or_else(|error| panic!("{error}\n{}\n{text}", error.help()))
}

fn fault(text: &str) -> String {
    match prices::read_bytes("p.csv", text.as_bytes(), &ReadOptions::default()) {
        Err(error) => format!("{error}\n{}", error.help()),
        Ok(reading) => panic!("{} series read from {text}", reading.series.len()),
    }
}

/// The names of the series and their last closes.
fn series(text: &str) -> Vec<(String, f64)> {
    let mut reading = read(text);
    reading.series.drain(..).map(|series| (series.name.clone(), *series.close.last().unwrap())).collect()
}

/// Prices that do not move with those of `price`.
fn other(row: usize) -> f64 {
    (20_000.0 + 900.0 * noise(5 * row + 2)).round() / 100.0
}

/// A text with lines inserted behind so many lines.
fn with_lines(text: &str, behind: usize, lines: &str) -> String {
    let all: Vec<&str> = text.lines().collect();
    format!("{}\n{lines}\n{}\n", all[..behind].join("\n"), all[behind..].join("\n"))
}

#[test]
fn a_header_with_other_names_in_mid_file_is_an_error() {
    let wide = table("Date,AAPL,MSFT", 40, |row, day| format!("{day},{},{}", price(row), other(row)));
    for (header, found) in [
        ("Date,AAPL,GOOG", "'GOOG' is in the place of 'MSFT'"),
        ("date,KO,MSFT", "'KO' is in the place of 'AAPL'"),
        ("Date,AAPL,MSFT,GOOG", "'GOOG' has no name above it"),
    ] {
        let said = fault(&with_lines(&wide, 20, header));
        let expected = format!("p.csv:21: another table begins here, with other columns than line 1: {found}");
        assert!(said.starts_with(&expected), "{said}");
        assert!(said.contains("write the rows below it into a file of their own"), "{said}");
    }
    let unnamed = wide.replacen("Date", "", 1);
    assert!(fault(&with_lines(&unnamed, 20, ",AAPL,GOOG")).contains("'GOOG' is in the place of 'MSFT'"));
    let yahoo = format!("Price,Close,High\nTicker,KO,KO\n{}", wide.replacen("Date,AAPL,MSFT", "Date,,", 1));
    let repeated = with_lines(&yahoo, 20, "Price,Close,High\nTicker,PEP,PEP\nDate,,");
    assert!(fault(&repeated).starts_with("p.csv:22: another table"), "{}", fault(&repeated));
}

#[test]
fn a_repeated_header_and_one_under_the_last_row_are_left_out() {
    let wide = table("Date,AAPL,MSFT", 40, |row, day| format!("{day},{},{}", price(row), other(row)));
    for lines in ["Date,AAPL,MSFT", "DATE,aapl,Msft", "Date,,", "a note,,"] {
        assert_eq!(series(&with_lines(&wide, 20, lines)), series(&wide), "{lines}");
    }
    assert_eq!(series(&format!("{wide}Date,AAPL,GOOG\n")), series(&wide));
    let close = table("Date,Close", 40, |row, day| format!("{day},{}", price(row)));
    assert_eq!(series(&with_lines(&close, 20, "Datum,Schlusskurs")), series(&close));
}

#[test]
fn a_line_that_names_another_ticker_in_mid_file_is_an_error() {
    let close = table("Date,Close", 40, |row, day| format!("{day},{}", price(row)));
    let of = |first: &str, second: &str| format!("{first}\n{}", with_lines(&close, 20, second));
    let same = of("Symbol: KO", "Symbol: KO\nDate,Close");
    assert_eq!(series(&same), series(&close));
    for (text, expected) in [
        (
            of("Symbol: KO", "Symbol: PEP\nDate,Close"),
            "p.csv:22: the rows below are of 'PEP', those above of 'KO' (line 1)",
        ),
        (
            of("Ticker,KO", "Ticker,PEP\nDate,Close"),
            "p.csv:22: the rows below are of 'PEP', those above of 'KO' (line 1)",
        ),
        (of("NYSE", "AMEX\nDate,Close"), "p.csv:22: the rows below are of 'AMEX', those above of 'NYSE' (line 1)"),
        (
            with_lines(&close, 20, "Symbol: PEP"),
            "p.csv:21: the rows below are of 'PEP', those above of a ticker that no",
        ),
    ] {
        assert!(fault(&text).starts_with(expected), "{}", fault(&text));
    }
    assert_eq!(series(&format!("{close}Symbol: PEP\n")), series(&close));
}
