//! Tests of the errors of whole files, with what to do about them.

use jiff::civil::{Date, date};

use super::Help;
use crate::prices::testing::{closes, priced, read};
use crate::prices::{ColumnRef, FailedSeries, ReadError, ReadOptions, Reading, Source, read_bytes};

const YAHOO: &str = "\
Date,Open,High,Low,Close,Adj Close,Volume
2024-11-01,220.97,225.35,220.27,222.91,222.13,65276700
2024-11-04,220.99,222.79,219.71,222.01,221.23,44944500
";

/// Returns an error as the command line shows it: the message, then the help.
fn message(result: Result<Reading, ReadError>) -> String {
    let error = result.expect_err("an error");
    format!("{error}\n{}", error.help())
}

#[test]
fn since_and_until_cut() {
    let cut = |since: Option<Date>, until: Option<Date>| {
        let text = "Date,Close\n2024-01-01,1\n2024-01-02,2\n2024-01-03,3\n";
        let options = ReadOptions { since, until, ..ReadOptions::default() };
        read_bytes("prices.csv", text.as_bytes(), &options)
    };
    let (one, two) = (date(2024, 1, 2), date(2025, 1, 1));
    assert_eq!(cut(Some(one), None).unwrap().series[0].close, [2.0, 3.0]);
    assert_eq!(cut(None, Some(one)).unwrap().series[0].close, [1.0, 2.0]);
    assert_eq!(
        message(cut(Some(two), None)),
        "prices.csv: no row from 2025-01-01 on, the file goes from 2024-01-01 to 2024-01-03\n\
         leave out --since, or pass a day up to 2024-01-03"
    );
}

#[test]
fn nothing_to_read() {
    let missing = crate::prices::read(&Source::File("no/such.csv".into()), &ReadOptions::default());
    assert_eq!(
        message(missing),
        "no/such.csv: no such file\ncheck the path; '-' or no file at all reads standard input"
    );
    let folder = crate::prices::read(&Source::File("src".into()), &ReadOptions::default());
    assert_eq!(
        message(folder),
        "src: is a folder, expected a file of prices\nname the files of prices in it, or leave it out"
    );
    for text in ["", "\n\n", "\u{FEFF}", " \r\n"] {
        let empty = "prices.csv: is empty, expected a header and rows of prices\n\
                     export the prices again, or name another file";
        assert_eq!(message(read(text)), empty);
    }
    let header = "prices.csv: has a header but no row of prices under it\n\
                  export the prices again, or name another file";
    assert_eq!(message(read("Date,Close\n")), header);
    assert_eq!(message(read("Date,Close\n,\n\n")), header);
}

#[test]
fn the_price_column_must_be_one() {
    assert_eq!(
        message(read("Date,Open,Volume\n2024-01-02,1,2\n")),
        "prices.csv: no price column, expected 'Open'\n\
         name it with --price-column Open"
    );
    assert_eq!(
        message(read("Date,Close,Price\n2024-01-02,1,2\n")),
        "prices.csv: 'Close' and 'Price' could each be the price column, expected one\n\
         name it with --price-column, for example --price-column Close"
    );
    assert_eq!(
        message(read("2024-01-02,1,2\n")),
        "prices.csv: 'column 2' and 'column 3' could each be the price column, expected one\n\
         name the one that has the closes by its number, with --price-column COLUMN"
    );
    assert_eq!(
        message(closes("2024-01-02,\n2024-01-03,NaN\n")),
        "prices.csv: column 'Close': no row has a price\n\
         export the prices again, with their closes, or name another file"
    );
}

#[test]
fn a_date_column_must_be_one() {
    assert_eq!(
        message(read("Close,Open\n1,2\n")),
        "prices.csv: no date column, and none of 'Close' and 'Open' contains dates\n\
         write the day of each row in one column, as YYYY-MM-DD"
    );
}

#[test]
fn an_unknown_column_lists_those_there_are() {
    let unknown = read_bytes("prices.csv", YAHOO.as_bytes(), &priced("Clsoe"));
    assert_eq!(
        message(unknown),
        "prices.csv: no price column 'Clsoe', expected one of 'Close', 'Adj Close', 'Open', \
         'High' or 'Low'\ndid you mean 'Close'? pass --price-column Close"
    );
    let options = ReadOptions { date: Some(ColumnRef::Number(9)), ..ReadOptions::default() };
    assert_eq!(
        message(read_bytes("prices.csv", b"a,b\n2024-01-02,1\n", &options)),
        "prices.csv: no date column '9', expected 'a'\n\
         name it with --date-column a"
    );
}

#[test]
fn a_bad_number_is_named_by_line_and_column() {
    assert_eq!(
        message(closes("2024-01-01,1.5\n\n2024-01-02,\"12,3\"\n")),
        "prices.csv:4: column 'Close': cannot read '12,3' as a number\n\
         fix that cell, or leave it empty if the price is not known"
    );
    assert_eq!(
        message(closes("2024-01-01,x1\n")),
        "prices.csv:2: column 'Close': cannot read 'x1' as a number\n\
         fix that cell, or leave it empty if the price is not known"
    );
    for text in ["inf", "-Infinity"] {
        assert_eq!(
            message(closes(&format!("2024-01-01,{text}\n"))),
            format!(
                "prices.csv:2: column 'Close': '{text}' is infinite, expected a finite number\n\
                 leave the cell empty if the price is not known"
            )
        );
    }
}

#[test]
fn a_long_cell_is_cut_in_a_message() {
    let message = message(closes(&format!("2024-01-01,{}\n", "é".repeat(100))));
    assert!(message.contains(&format!("'{}…'", "é".repeat(40))), "{message}");
}

#[test]
fn a_bad_date_is_named_by_line_and_column() {
    assert_eq!(
        message(closes("2024-02-29,1\r\n2023-02-29,1\r\n")),
        "prices.csv:3: column 'Date': cannot read '2023-02-29' as a date (YYYY-MM-DD)\n\
         fix that row, or take it out"
    );
    assert_eq!(
        message(closes("2024-02-29,1\n,1\n")),
        "prices.csv:3: column 'Date': cannot read '' as a date (YYYY-MM-DD)\n\
         fix that row, or take it out"
    );
}

#[test]
fn a_row_of_another_width_is_an_error() {
    let help = "the line may be cut short, or hold a delimiter that is not in quotes";
    assert_eq!(message(closes("2024-01-01,1,000\n")), format!("prices.csv:2: found 3 cells, expected 2\n{help}"));
    assert_eq!(
        message(closes("2024-01-01,1\n2024-01-02\n")),
        format!("prices.csv:3: found 1 cell, expected 2\n{help}")
    );
    assert_eq!(closes("2024-01-01,1,\n").unwrap().series[0].close, [1.0]);
}

#[test]
fn a_quote_left_open_is_an_error() {
    assert_eq!(
        message(closes("2024-01-01,1\n2024-01-02,\"2\n2024-01-03,3\n")),
        "prices.csv:3: a quoted cell that begins on this line is not closed\n\
         add the closing quote, or remove the opening one"
    );
}

#[test]
fn rows_of_one_day_that_disagree_are_an_error() {
    for text in [
        "Date,Close,Volume\n2024-01-02,2,7\n2024-01-03,3,7\n2024-01-02,2.5,7\n",
        "Date,Close,Volume\n2024-01-02,2,7\n2024-01-01,1,7\n2024-01-02,2.5,8\n",
    ] {
        assert_eq!(
            message(read(text)),
            "prices.csv:4: 2024-01-02 is also on line 2, and 'Close' is 2.5 here but 2 there\n\
             take out the row that is wrong"
        );
    }
    // With equal closes the row with more values is kept, and a warning names the other.
    for (text, left) in [
        ("Date,Close,Volume\n2024-01-02,2,7\n2024-01-02,2,\n", 3),
        ("Date,Close,Volume\n2024-01-02,2,\n2024-01-02,2,7\n", 2),
    ] {
        let reading = read(text).unwrap();
        assert_eq!((reading.series[0].len(), reading.series[0].volume.clone()), (1, Some(vec![7.0])));
        let other = "another row of the day has the same close and more values";
        let expected = format!("left out 1 row (line {left}): {other}");
        assert!(reading.warnings.iter().any(|warning| warning.to_string() == expected), "{:?}", reading.warnings);
    }
}

#[test]
fn one_failed_series_does_not_affect_the_others() {
    let text = "Ticker,Date,Close\nA,2024-01-02,x1\nB,2024-01-02,1\nC,2024-01-02,2\nC,2024-01-02,3\nD,2024-01-02,4\n\
                B,2024-01-03,1.5\nA,2024-01-03,2\nE,2024-01-32,2\n";
    let reading = read(text).unwrap();
    let order = |one: Result<usize, &FailedSeries>| match one {
        Ok(series) => reading.series[series].name.clone(),
        Err(failed) => failed.error.to_string(),
    };
    assert_eq!(
        reading.in_order().map(order).collect::<Vec<_>>(),
        [
            "prices.csv:2: A: column 'Close': cannot read 'x1' as a number",
            "B",
            "prices.csv:5: C: 2024-01-02 is also on line 4, and 'Close' is 3 here but 2 there",
            "D",
            "prices.csv:9: E: column 'Date': cannot read '2024-01-32' as a date (YYYY-MM-DD)",
        ]
    );
    assert_eq!((reading.count(), &reading.series[0].close), (5, &vec![1.0, 1.5]));
    let several = reading.only().unwrap_err().to_string();
    assert_eq!(several, "prices.csv: holds 5 series, expected one: 'A', 'B', 'C', 'D' and 'E'");
    // For a single requested series, the file is at fault.
    let only = |name: &str| ReadOptions { series: Some(name.to_owned()), ..ReadOptions::default() };
    let error = message(read_bytes("prices.csv", text.as_bytes(), &only("A")));
    assert!(error.starts_with("prices.csv:2: column 'Close': cannot read 'x1' as a number\n"), "{error}");
    assert_eq!(read_bytes("prices.csv", text.as_bytes(), &only("d")).unwrap().series[0].close, [4.0]);
}

/// Rows without a ticker are left out if they are fewer than the others.
#[test]
fn rows_without_a_ticker_are_left_out() {
    let rows = "Ticker,Date,Close\nA,2024-01-02,1\nB,2024-01-02,2\nA,2024-01-03,1\nB,2024-01-03,2\n";
    let few = format!("{rows},2024-01-04,2\nA,2024-01-04,3\n,2024-01-05,2\n");
    let reading = read(&few).unwrap();
    assert_eq!(reading.series.iter().map(|one| one.len()).collect::<Vec<_>>(), [3, 2]);
    let messages: Vec<String> = reading.warnings.iter().map(ToString::to_string).collect();
    assert!(messages.contains(&"left out 2 rows without a ticker (lines 6 and 8)".to_owned()), "{messages:?}");
    let many = format!("{rows},2024-01-04,2\n,2024-01-05,2\n,2024-01-08,2\n,2024-01-09,2\n");
    let error = message(read(&many));
    assert!(error.starts_with("prices.csv:6: column 'Ticker': is empty"), "{error}");
    // If only one ticker is requested, the number of its rows is not that of all rows with a ticker.
    let only = ReadOptions { series: Some("B".into()), ..ReadOptions::default() };
    let one = format!("{few}B,2024-01-05,2\n");
    assert_eq!(read_bytes("prices.csv", one.as_bytes(), &only).unwrap().series[0].len(), 3);
}

/// A row with the wrong number of cells is an error of its ticker; without a ticker it is reported in addition to the
/// series.
#[test]
fn a_fault_that_belongs_to_no_series_is_reported_beside_them() {
    let rows = "Ticker,Date,Close\nA,2024-01-02,1\nB,2024-01-02,2\n";
    let reading = read(&format!("{rows}A,2024-01-03,1,5\nB,2024-01-03,2\n")).unwrap();
    assert_eq!(reading.failed[0].error.to_string(), "prices.csv:4: A: found 4 cells, expected 3");
    let reading = read(&format!("{rows}A,2024-01-03,1\n2024-01-03,5\n")).unwrap();
    assert_eq!(reading.failed[0].error.to_string(), "prices.csv:5: found 2 cells, expected 3");
    let lost = &super::warnings::inspection(&reading).failed[0];
    assert_eq!((&lost.series, reading.series.len()), (&None, 2));
    let several = reading.only().unwrap_err();
    assert!(!format!("{several} {}", several.help()).contains("''"), "{several}");
}
