//! No column of a table of tickers is left out silently: each is a series, has a role, has a name that describes it, or
//! is named in a warning.

use fourcast::prices::{self, ReadOptions, Reading, Role};
use jiff::civil::{Date, date};

use super::random::{Noise, weekdays};

/// Returns the cell of a row and its day.
type Column = Box<dyn Fn(usize, Date) -> String>;

/// Returns a column of prices.
fn walk(noise: &mut Noise, from: f64) -> Column {
    let mut price = from;
    let mut step = || {
        price *= 0.98 + 0.04 * noise.next();
        price
    };
    let prices: Vec<f64> = (0..400).map(|_| step()).collect();
    Box::new(move |row, _| format!("{:.2}", prices[row]))
}

/// Returns columns that are not prices, or barely.
fn others() -> Vec<(&'static str, Column)> {
    fn column(cell: impl Fn(usize, Date) -> String + 'static) -> Column {
        Box::new(cell)
    }
    let noise = |row: usize| (row * 7_919 % 1_000) as f64 / 1_000.0;
    let words = ["buy", "sell", "hold"];
    vec![
        ("counter", column(|row, _| (101 + row).to_string())),
        ("counter from zero", column(|row, _| row.to_string())),
        ("counter with decimals", column(|row, _| format!("{}.00", 1001 + row))),
        ("falling counter", column(|row, _| (900 - row).to_string())),
        ("counter in steps", column(|row, _| (10 + 2 * row).to_string())),
        ("counter with gaps", column(|row, _| (101 + row + row / 40).to_string())),
        ("weeks", column(|row, _| (101 + row / 5).to_string())),
        ("constant", column(|_, _| "5".to_owned())),
        ("zeros", column(|_, _| "0".to_owned())),
        ("blank", column(|_, _| String::new())),
        ("missing", column(|_, _| "N/A".to_owned())),
        ("one note", column(|row, _| if row == 12 { "see note".to_owned() } else { String::new() })),
        ("words", column(move |row, _| words[row * 7 % 3].to_owned())),
        ("one word", column(|_, _| "Tech".to_owned())),
        ("codes", column(|row, _| format!("X{row:05}"))),
        ("numbers as codes", column(move |row, _| format!("{:.0}", 1e6 + 9e6 * noise(row)))),
        ("ratio", column(move |row, _| format!("{:.3}", 0.5 + noise(row)))),
        ("percentages", column(move |row, _| format!("{:.2}%", noise(row) - 0.5))),
        ("positive percentages", column(move |row, _| format!("{:.1}%", 50.0 + noise(row)))),
        ("returns", column(move |row, _| format!("{:.5}", 0.02 * (noise(row) - 0.5)))),
        ("flag", column(|row, _| (row * 7 % 2).to_string())),
        ("true or false", column(|row, _| (row * 7 % 3 == 0).to_string())),
        ("days in digits", column(|_, day| day.strftime("%Y%m%d").to_string())),
        ("days", column(|_, day| day.to_string())),
        ("weekday", column(|_, day| day.weekday().to_monday_one_offset().to_string())),
        ("day of the month", column(|_, day| day.day().to_string())),
        ("month", column(|_, day| day.month().to_string())),
        ("volume", column(move |row, _| format!("{:.0}", 2e6 * (0.2 + noise(row))))),
        ("below zero", column(move |row, _| format!("{:.2}", -2.0 - noise(row)))),
        ("units", column(move |row, _| format!("{:.2}M", 1.0 + 80.0 * noise(row)))),
        ("eighths", column(|row, _| format!("{}-{}/8", 40 + row % 9, row % 8))),
    ]
}

/// Names of tickers in several styles, some of which are also words of vendors.
const NAMES: [(&[&str], &[&str]); 4] = [
    (&["AAPL", "MSFT", "AMZN"], &["GOOG", "IBM", "KO", "T", "C", "ALL", "ON", "KEY", "LOW", "BRK.B"]),
    (&["aapl", "msft", "amzn"], &["goog", "ibm", "ko", "step_ratio"]),
    (&["Apple", "Microsoft", "Amazon"], &["Gold", "Nikkei 225", "Crude Oil", "Score"]),
    (&["HDFCBANK", "WIPROLTD", "TATAMOTORS"], &["RELIANCE", "LEVERAGE", "EXPOSURE", "NIFTYBANK"]),
];

fn table(columns: &[(String, Column)], rows: usize) -> String {
    let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    let row = |(row, day): (usize, Date)| {
        let cells: Vec<String> = columns.iter().map(|(_, cell)| cell(row, day)).collect();
        format!("{day},{}\n", cells.join(","))
    };
    format!(
        "Date,{}\n{}",
        names.join(","),
        weekdays(date(2021, 3, 1)).take(rows).enumerate().map(row).collect::<String>()
    )
}

fn is_said(reading: &Reading, name: &str) -> bool {
    let column = reading.understood.columns.iter().find(|column| column.name == name);
    let has_role = column.is_some_and(|column| column.role != Role::Unused);
    let is_series = reading.series.iter().any(|series| series.name == name)
        || reading.failed.iter().any(|failed| failed.name == name);
    let quoted = format!("'{name}'");
    has_role || is_series || reading.remarks().iter().any(|warning| warning.to_string().contains(&quoted))
}

/// Every ticker of a table of several is a series or is named in the warnings.
#[test]
fn every_column_beside_tickers_is_read_or_named() {
    let mut noise = Noise(11);
    let kinds = others().len();
    let mut read = 0;
    for case in 0..16 * kinds {
        let (tickers, names) = NAMES[case / kinds % NAMES.len()];
        let (kind, cell) = others().swap_remove(case % kinds);
        let mut columns: Vec<(String, Column)> = tickers[..1 + noise.below(3)]
            .iter()
            .enumerate()
            .map(|(at, ticker)| ((*ticker).to_owned(), walk(&mut noise, 30.0 + 70.0 * at as f64)))
            .collect();
        let name = names[noise.below(names.len())];
        columns.insert(noise.below(columns.len() + 1), (name.to_owned(), cell));
        let text = table(&columns, [25, 120, 300][noise.below(3)]);
        // An error names the columns that it is about.
        if let Ok(reading) = prices::read_bytes("p.csv", text.as_bytes(), &ReadOptions::default()) {
            read += 1;
            let head: String = text.lines().take(4).collect::<Vec<_>>().join("\n");
            let found: Vec<String> = reading.remarks().iter().map(|warning| warning.to_string()).collect();
            assert!(is_said(&reading, name), "'{name}', {kind}: {found:?}\n{head}");
            for ticker in columns.iter().map(|(name, _)| name).filter(|ticker| *ticker != name) {
                assert!(is_said(&reading, ticker), "'{ticker}' beside {kind}: {found:?}\n{head}");
            }
        }
    }
    assert!(10 * read >= 9 * 16 * kinds, "only {read} of {} tables are read", 16 * kinds);
}

/// A warning has a help only if following it works.
#[test]
fn a_ticker_that_counts_the_rows_holds_no_prices() {
    let mut noise = Noise(3);
    let counter: Column = Box::new(|row, _| (101 + row).to_string());
    let columns = [("AAPL".to_owned(), walk(&mut noise, 100.0)), ("GOOG".to_owned(), counter)];
    let reading = prices::read_bytes("p.csv", table(&columns, 100).as_bytes(), &ReadOptions::default()).unwrap();
    let found: Vec<String> = reading.remarks().iter().map(|warning| warning.to_string()).collect();
    assert_eq!(found, ["column 'GOOG' is not read: it contains no prices"]);
}

/// Names that describe a column are not tickers, and columns beside a close belong to it.
#[test]
fn names_of_labels_and_columns_beside_a_close_need_no_warning() {
    let mut noise = Noise(5);
    for (price, name) in [("AAPL", "row_id"), ("AAPL", "No."), ("AAPL", "update"), ("Close", "x1"), ("Close", "note")] {
        let counter: Column = Box::new(|row, _| (101 + row).to_string());
        let columns = [(price.to_owned(), walk(&mut noise, 100.0)), (name.to_owned(), counter)];
        let reading = prices::read_bytes("p.csv", table(&columns, 100).as_bytes(), &ReadOptions::default()).unwrap();
        assert!(reading.remarks().is_empty(), "{name}: {:?}", reading.remarks());
    }
}

/// A word in capitals beside a ticker can be a ticker if its prices differ; a settlement beside a price is another
/// price of the same day.
#[test]
fn words_with_prices_of_their_own_and_settlements_beside_a_price_are_said() {
    let said = |names: [&str; 2]| {
        let mut noise = Noise(8);
        let columns = names.map(|name| (name.to_owned(), walk(&mut noise, if name == "AAPL" { 220.0 } else { 100.0 })));
        let reading = prices::read_bytes("p.csv", table(&columns, 100).as_bytes(), &ReadOptions::default()).unwrap();
        assert_eq!(reading.series.len(), 1, "{names:?}");
        reading.remarks().iter().map(|warning| warning.to_string()).collect::<Vec<_>>()
    };
    for name in ["RETURNS", "DIVIDEND", "FORECAST", "TURNOVER", "AVERAGE", "LEVERAGE"] {
        assert_eq!(said([name, "AAPL"]), [format!("column '{name}' is not read")]);
    }
    for other in ["SETTLE", "Settlement Price", "Last"] {
        assert_eq!(said(["PRICE", other]), [format!("column '{other}' is not read")]);
    }
}
