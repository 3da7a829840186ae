//! Columns beside prices that are neither prices nor tickers: inventories, units in issue, holdings, empty columns; and
//! assets whose names are those of such columns.

use fourcast::prices::{self, ReadOptions, Reading};

use crate::tables::{noise, price, table};

const ROWS: usize = 80;

fn read(text: &str) -> Reading {
    let reading = prices::read_bytes("p.csv", text.as_bytes(), &ReadOptions::default());
    reading.unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// Returns the first price of each series, and whether each has a volume.
fn found(text: &str) -> Vec<(f64, bool)> {
    read(text).series.iter().map(|series| (series.close[0], series.volume.is_some())).collect()
}

#[test]
fn whole_numbers_that_hardly_recur_are_no_tickers() {
    let names =
        "Stock|Contract|Fund|Commodity|Security|Pair|Asset|Instrument|Code|Company|Name|Key|Stock (t)|Coin|ISIN";
    for name in names.split('|') {
        for inventory in [|row: usize| 150_000 + row * 7919 % 2_000, |row: usize| 30 + row * 7919 % 13] {
            let close = table(&format!("Date,Close,{name}"), ROWS, |row, day| {
                format!("{day},{:.2},{}", price(row), inventory(row))
            });
            assert_eq!(found(&close), [(price(0), false)], "{name}");
            let wide = table(&format!("Date,Cash,3 months,{name}"), ROWS, |row, day| {
                format!("{day},{:.2},{:.2},{}", price(row), 1.01 * price(row), inventory(row))
            });
            let closes = found(&wide);
            assert!(closes.len() == 2 && closes[0].0 == price(0), "{name} {closes:?}");
        }
    }
    // The rows of a ticker follow each other, or several tickers have rows of one day.
    let blocks = table("Date,Stock,Close", ROWS, |row, day| format!("{day},{},{:.2}", 600_000 + row / 40, price(row)));
    assert_eq!(found(&blocks).len(), 2);
    let days =
        table("Date,Stock,Close", ROWS, |row, day| format!("{day},600000,{:.2}\n{day},600036,8.{row}", price(row)));
    assert_eq!(found(&days).len(), 2);
}
