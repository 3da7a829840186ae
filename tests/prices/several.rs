//! Files of several series, some of which cannot be read, and faults that are reported only once.

use fourcast::cli::help::Help;
use fourcast::prices::{self, PriceSeries, ReadOptions, Reading, Splits};

const DAYS: usize = 90;

/// Returns a weekday and a close for the row.
fn row(row: usize) -> (String, f64) {
    let day = jiff::civil::date(2024, 1, 1) + jiff::Span::new().days((row / 5 * 7 + row % 5) as i64);
    (day.to_string(), 100.0 + [0.0, 1.25, -0.5, 0.75, 2.0, -1.0, 0.25][row % 7] + row as f64 / 16.0)
}

fn read(text: &str, options: &ReadOptions) -> Reading {
    prices::read_bytes("prices.csv", text.as_bytes(), options).unwrap_or_else(|error| panic!("{error}"))
}

fn warnings(reading: &Reading) -> Vec<String> {
    reading.remarks().iter().map(ToString::to_string).collect()
}

#[test]
fn a_ticker_without_any_price_is_a_series_that_failed() {
    let rows = |ticker: &str, priced: bool| -> String {
        let row =
            |(day, close)| format!("{ticker},{day},{}\n", if priced { format!("{close}") } else { String::new() });
        (0..20).map(|at| row(self::row(at))).collect()
    };
    let text = format!("Ticker,Date,Close\n{}{}{}", rows("A", true), rows("B", false), rows("C", true));
    let reading = read(&text, &ReadOptions::default());
    let [failed] = &reading.failed[..] else { panic!("{:?}", reading.failed) };
    assert_eq!((failed.name.as_str(), failed.before, reading.series.len()), ("B", 1, 2));
    assert_eq!(failed.error.to_string(), "prices.csv: B: column 'Close': no row has a price");
    assert_eq!(failed.error.help(), "leave its rows out, or get its prices again");
    // Beside a series with prices, it is ignored.
    let two = format!("Ticker,Date,Close\n{}{}", rows("A", true), rows("B", false));
    assert_eq!(read(&two, &ReadOptions::default()).only().unwrap().name, "A");
}

#[test]
fn a_series_may_be_asked_for_as_it_is_shown() {
    let tickers = ["A\x07B", "\"X\nY\"", "a\\b"];
    let rows = |at: usize| tickers.map(|ticker| format!("{ticker},{},{}\n", row(at).0, row(at).1)).concat();
    let text = format!("Ticker,Date,Close\n{}", (0..20).map(rows).collect::<String>());
    let wide = format!(
        "Date,A\x07B,CD\n{}",
        (0..20).map(|at| format!("{},{},2.5\n", row(at).0, row(at).1)).collect::<String>()
    );
    for (text, asked, name) in [
        (&text, "A\\u{7}B", "A\x07B"),
        (&text, "A\x07B", "A\x07B"),
        (&text, "X\\nY", "X\nY"),
        (&text, "X\nY", "X\nY"),
        (&text, "a\\b", "a\\b"),
        (&wide, "A\\u{7}B", "A\x07B"),
    ] {
        let options = ReadOptions { series: Some(asked.into()), ..ReadOptions::default() };
        assert_eq!(read(text, &options).only().unwrap().name, name);
    }
    let price = ReadOptions { price: Some("A\\u{7}B".parse().unwrap()), ..ReadOptions::default() };
    assert_eq!(read(&wide, &price).only().unwrap().close[0], row(0).1);
}

#[test]
fn two_keys_are_found_for_every_series() {
    let rows = |ticker: usize| -> String {
        let row = |at: usize| format!("S{ticker},EQ,{},{}\nS{ticker},N1,{},9\n", row(at).0, row(at).1, row(at).0);
        (0..5).map(row).collect()
    };
    let text = format!("Symbol,Series,Date,Close\n{}", (0..30).map(rows).collect::<String>());
    let reading = read(&text, &ReadOptions::default());
    assert_eq!(reading.failed.len(), 30);
    for failed in &reading.failed {
        assert!(failed.error.help().starts_with("'Symbol' and 'Series' together"), "{:?}", failed.error.help());
    }
}

#[test]
fn an_end_without_trade_is_told_once() {
    let line = |at: usize| {
        let (day, close) = row(at);
        match at {
            // The first of these rows has a new price.
            60.. => format!("{day},101,101,101,101,0\n"),
            _ => format!("{day},{close},{},{},{close},{}\n", close + 1.0, close - 1.0, 1000 + at),
        }
    };
    let text = format!("Date,Open,High,Low,Close,Volume\n{}", (0..DAYS).map(line).collect::<String>());
    let messages = warnings(&read(&text, &ReadOptions::default()));
    assert_eq!(
        messages,
        [
            "1 day with one price and no volume, or with a bar of zeros (line 62)",
            &format!("the last 29 rows repeat the close of {}, with one price and no volume", row(60).0)
        ]
    );
}

#[test]
fn a_split_on_the_last_row_is_no_price_far_off() {
    let line = |at: usize| format!("{},{}\n", row(at).0, if at + 1 == DAYS { row(at).1 / 2.0 } else { row(at).1 });
    let text = format!("Date,Close\n{}", (0..DAYS).map(line).collect::<String>());
    let adjust = ReadOptions { splits: Some(Splits::Adjust), ..ReadOptions::default() };
    assert_eq!(warnings(&read(&text, &adjust)), [] as [&str; 0]);
    let open = warnings(&read(&text, &ReadOptions::default()));
    assert!(open.len() == 1 && open[0].contains("split"), "{open:?}");
}

#[test]
fn an_open_that_is_not_read_is_a_warning() {
    let rows: String =
        (0..20).map(|at| format!("{},{:.2},\"{},25\"\n", row(at).0, row(at).1, row(at).1 as i64)).collect();
    let messages = warnings(&read(&format!("Date,Close,Open\n{rows}"), &ReadOptions::default()));
    assert_eq!(messages, ["column 'Open' is not read"]);
}

/// A line with too few or too many cells is an error of its ticker if the ticker can be read.
#[test]
fn a_line_of_another_width_is_an_error_of_its_ticker() {
    let rows = |form: fn(&str, &str, f64) -> String| -> Vec<String> {
        (0..20).flat_map(|at| ["A", "B", "C"].map(|ticker| form(ticker, &row(at).0, row(at).1))).collect()
    };
    let first = || rows(|ticker, day, close| format!("{ticker},{day},{close},100"));
    let last = || rows(|ticker, day, close| format!("{day},{close},100,{ticker}"));
    let cases = [
        ("Ticker,Date,Close,Volume", first(), "B,2024-01-05", "B"),
        ("Ticker,Date,Close,Volume", first(), "B,2024-01-05,100,1,234", "B"),
        ("Ticker,Date,Close,Volume", first(), "D,2024-01-05,100,1,234", "D"),
        ("Date,Close,Volume,Ticker", last(), "2024-01-05,100,B", "B"),
        ("Date,Close,Volume,Ticker", last(), "2024-01-05,100,1,234,B", "B"),
    ];
    for (header, mut rows, line, ticker) in cases {
        rows.insert(12, line.to_owned());
        let text = format!("{header}\n{}\n", rows.join("\n"));
        let reading = read(&text, &ReadOptions::default());
        let failed: Vec<String> = reading.failed.iter().map(|failed| failed.error.to_string()).collect();
        let cells = line.split(',').count();
        assert_eq!(failed, [format!("prices.csv:14: {ticker}: found {cells} cells, expected 4")], "{line}");
        let others: Vec<&str> = ["A", "B", "C"].into_iter().filter(|other| *other != ticker).collect();
        assert_eq!(reading.series.iter().map(|series| &series.name[..]).collect::<Vec<_>>(), others, "{line}");
        // If only another ticker is requested, its rows are read.
        let options = ReadOptions { series: Some("A".into()), ..ReadOptions::default() };
        assert_eq!(read(&text, &options).only().unwrap().len(), 20);
    }
    // Without a ticker, the line is an error of no series, and the other lines are read.
    let mut rows = last();
    rows.insert(12, "2024-01-05,100,1".to_owned());
    rows.insert(30, "2024-01-05,100".to_owned());
    let text = format!("Date,Close,Volume,Ticker\n{}\n", rows.join("\n"));
    let reading = read(&text, &ReadOptions::default());
    let [lost] = &reading.failed[..] else { panic!("{:?}", reading.failed) };
    assert_eq!((&lost.name[..], &lost.error.to_string()[..]), ("", "prices.csv:14: found 3 cells, expected 4"));
    assert_eq!(reading.series.iter().map(PriceSeries::len).collect::<Vec<_>>(), [20; 3]);
    // The line could belong to the requested ticker, or to the only one.
    let error = |text: &str, series: Option<String>| {
        let options = ReadOptions { series, ..ReadOptions::default() };
        prices::read_bytes("prices.csv", text.as_bytes(), &options).unwrap_err().to_string()
    };
    assert_eq!(error(&text, Some("A".into())), "prices.csv:14: found 3 cells, expected 4");
    let only: Vec<String> = rows.into_iter().filter(|row| !row.ends_with('B') && !row.ends_with('C')).collect();
    let only = format!("Date,Close,Volume,Ticker\n{}\n", only.join("\n"));
    assert_eq!(error(&only, None), "prices.csv:6: found 3 cells, expected 4");
}

/// A line of totals is text, as in a file of one series.
#[test]
fn a_total_below_the_rows_of_several_tickers_is_text() {
    let rows: String =
        (0..20).flat_map(|at| ["A", "B"].map(|it| format!("{it},{},{}\n", row(at).0, row(at).1))).collect();
    for line in ["Total,,12345", "Grand Total,,12345", "Total,,"] {
        let reading = read(&format!("Ticker,Date,Close\n{rows}{line}\n"), &ReadOptions::default());
        assert_eq!(warnings(&reading), ["left out 1 line of text (line 42)"], "{line}");
        assert!(reading.failed.is_empty() && reading.series.len() == 2, "{line}");
    }
    // A ticker without a date is not a total.
    let reading = read(&format!("Ticker,Date,Close\n{rows}B,,12345\n"), &ReadOptions::default());
    assert_eq!(reading.failed.iter().map(|failed| &failed.name[..]).collect::<Vec<_>>(), ["B"]);
}
