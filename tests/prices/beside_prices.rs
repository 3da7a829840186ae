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

#[test]
fn units_in_issue_and_units_held_are_no_volume() {
    for (name, is_volume) in [("units", false), ("Shares", false), ("Number of Shares", false), ("Contracts", true)] {
        let in_issue = table(&format!("date,nav,total_assets,{name}"), ROWS, |row, day| {
            let units = 1_000_000 + row * 137;
            format!("{day},{:.2},{:.2},{units}", price(row), price(row) * units as f64)
        });
        assert_eq!(found(&in_issue), [(price(0), is_volume)], "{name}");
        let traded = table(&format!("date,close,{name}"), ROWS, |row, day| {
            format!("{day},{:.2},{:.0}", price(row), 100_000.0 + 900_000.0 * noise(3 * row + 1))
        });
        assert_eq!(found(&traded), [(price(0), true)], "{name}");
    }
}

#[test]
fn shares_and_money_of_a_backtest_are_no_series() {
    let names =
        "Shares Held|Shares Bought|Total Shares|Units Owned|Fees|Commission|Investment|Total Invested|Contracts Held";
    for name in names.split('|') {
        let cells = |row: usize| {
            let shares = 0.8 * (row + 1) as f64;
            match name {
                "Fees" | "Commission" => format!("{:.2}", 1.5 * (row % 2) as f64),
                "Investment" => "100".to_owned(),
                "Shares Held" => format!("{}", 10 * (row % 2)),
                _ => format!("{shares:.4}"),
            }
        };
        let header = format!("Date,Price,{name},Cash,Portfolio Value");
        let text = table(&header, ROWS, |row, day| {
            let value = price(row) * (row + 1) as f64;
            format!("{day},{:.2},{},{},{value:.2}", price(row), cells(row), 10_000 + row * 7919 % 900)
        });
        let closes = found(&text);
        assert!(closes.len() == 2 && closes[0].0 == price(0), "{name} {closes:?}");
    }
}

#[test]
fn an_empty_price_gives_way_to_one_with_numbers() {
    for (filled, empty) in [
        ("NAV", "Reinvestment Price"),
        ("NAV", "Market Price"),
        ("Last", "Close"),
        ("Value", "Price"),
        ("Close", "Adj Close"),
        ("Price", "Last Price"),
        ("Gold Price", "Price"),
    ] {
        let behind = table(&format!("Date,{filled},{empty}"), ROWS, |row, day| format!("{day},{:.2},", price(row)));
        let before = table(&format!("Date,{empty},{filled}"), ROWS, |row, day| format!("{day},,{:.2}", price(row)));
        for text in [behind, before] {
            assert_eq!(found(&text), [(price(0), false)], "{filled} {empty}");
        }
    }
}

/// `MAX` and `MIN` are tickers beside as many others, and a bar beside one other price.
#[test]
fn words_for_a_price_of_the_day_are_tickers_beside_others() {
    for names in
        ["KO_PRICE,MAX_PRICE,HD_PRICE", "KO_PRICE,MAX_PRICE,MIN_PRICE,HD_PRICE", "Fokus kurs,Slut kurs,Norden kurs"]
    {
        let columns = names.split(',').count();
        let text = table(&format!("Date,{names}"), ROWS, |row, day| {
            let cells = (0..columns).map(|at| format!(",{:.2}", (1 + 3 * at) as f64 * price(row + 11 * at)));
            format!("{day}{}", cells.collect::<String>())
        });
        assert_eq!(found(&text).len(), columns, "{names}");
    }
    let text = table("Date,Open Price,Max_Price,Min_Price,Close Price,Modal_Price", ROWS, |row, day| {
        let close = price(row);
        format!("{day},{close},{:.2},{:.2},{close},{:.2}", close + 0.4, close - 0.5, close + 0.1)
    });
    assert!(read(&text).series[0].range.is_some());
}

#[test]
fn the_closing_price_precedes_the_official_price() {
    let text = table("Data;Prezzo ufficiale;Prezzo chiusura", ROWS, |row, day| {
        format!("{day};{:.2};{:.2}", price(row) + 0.2, price(row))
    });
    assert_eq!(found(&text), [(price(0), false)]);
}

/// A quantity of a currency on each row is no price, and an average of an oscillator beside a bar none to name.
#[test]
fn labels_and_indicators_are_not_offered_as_the_price() {
    let text = table("Period;Serie;Value", ROWS, |row, day| format!("{day};1 USD;{:.2}", price(row)));
    let reading = read(&text);
    let said: Vec<String> = reading.remarks().iter().map(|warning| warning.to_string()).collect();
    assert_eq!(said, ["column 'Serie' is not read: it contains no prices"]);
    let text = table("time,open,high,low,close,RSI,RSI-based MA,Shapes", ROWS, |row, day| {
        let close = price(row);
        let average = 40.0 + 20.0 * noise(row / 9);
        format!("{day},{close},{:.2},{:.2},{close},{average:.2},{:.2},0", close + 0.4, close - 0.5, average + 0.7)
    });
    let said: Vec<String> = read(&text).remarks().iter().map(|warning| warning.to_string()).collect();
    assert!(!said.iter().any(|said| said.contains("RSI") || said.contains("Shapes")), "{said:?}");
}

#[test]
fn an_asset_may_have_the_name_of_a_measure() {
    let names = "Equitas,Real Estate,Realty Income,Real Assets,Gold Reserve,Gold Stock";
    let text = table(&format!("Date,{names}"), ROWS, |row, day| {
        let cells = (0..6).map(|at| format!(",{:.2}", (1.0 + at as f64) * price(row + 11 * at)));
        format!("{day}{}", cells.collect::<String>())
    });
    let series: Vec<String> = read(&text).series.iter().map(|series| series.name.clone()).collect();
    assert_eq!(series.join(","), names);
    let text = table("Date,Real,Real Assets,Other", ROWS, |row, day| {
        format!("{day},{:.2},{:.0},{:.2}", price(row), 1e6 * price(row), 7.0 * price(row + 9))
    });
    assert_eq!(found(&text).len(), 2);
}

/// Only a close that is empty on all rows gives way to another price.
#[test]
fn a_close_that_starts_late_is_the_close() {
    for (close, other) in [("Close", "NAV"), ("Close", "Last"), ("Close", "Settle")] {
        let table_of = |is_late: bool| {
            table(&format!("Date,{close},{other}"), 300, |row, day| {
                let own = if is_late && row >= 150 { format!("{:.2}", price(row)) } else { String::new() };
                format!("{day},{own},{:.2}", price(row + 7) + 3.0)
            })
        };
        let last = |is_late: bool| *read(&table_of(is_late)).series[0].close.last().unwrap();
        assert_eq!(last(true), (100.0 * price(299)).round() / 100.0, "{close}");
        assert_eq!(last(false), (100.0 * (price(306) + 3.0)).round() / 100.0, "{other}");
    }
}
