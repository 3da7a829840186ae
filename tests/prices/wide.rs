//! Tables with a column of closes for each ticker, where many tickers are also words that vendors use as column names.

use fourcast::cli::help::Help;
use fourcast::prices::{self, ReadOptions, Reading};
use jiff::civil::{Date, date};

use super::random::{Noise, weekdays};

const ROWS: usize = 300;

/// Pseudo-random numbers between -1 and 1.
fn noise(seed: u64) -> impl Iterator<Item = f64> {
    let mut noise = Noise(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) + 1);
    std::iter::repeat_with(move || 2.0 * noise.next() - 1.0)
}

fn days() -> impl Iterator<Item = Date> {
    weekdays(date(2019, 1, 2))
}

/// Returns the closes of a stock; each seed gives another one.
fn walk(seed: u64) -> Vec<f64> {
    let mut price = [45.3, 120.7, 17.9, 210.4, 88.8, 33.3, 61.2, 150.5][seed as usize % 8];
    let mut step = |noise: f64| {
        price *= 1.0 + 0.02 * noise;
        price
    };
    noise(seed + 3).take(ROWS).map(&mut step).collect()
}

/// Returns open, high, low and close of one stock.
fn bar() -> [Vec<f64>; 4] {
    let close = walk(9);
    let noise: Vec<f64> = noise(77).take(3 * ROWS).collect();
    let open: Vec<f64> = (0..ROWS).map(|row| close[row.saturating_sub(1)] * (1.0 + 0.004 * noise[3 * row])).collect();
    let edge = |row: usize, place: usize| 0.006 * noise[3 * row + place].abs();
    let high = (0..ROWS).map(|row| open[row].max(close[row]) * (1.0 + edge(row, 1))).collect();
    let low = (0..ROWS).map(|row| open[row].min(close[row]) * (1.0 - edge(row, 2))).collect();
    [open, high, low, close]
}

/// Returns a file of these columns; NaN is written as an empty cell.
fn file(names: &[&str], columns: &[Vec<f64>]) -> String {
    let cell = |value: f64| if value.is_nan() { String::new() } else { format!("{value:.2}") };
    let row = |(row, day): (usize, Date)| {
        let cells: Vec<String> = columns.iter().map(|column| cell(column[row])).collect();
        format!("{day},{}\n", cells.join(","))
    };
    let rows: String = days().take(ROWS).enumerate().map(row).collect();
    format!("Date,{}\n{rows}", names.join(","))
}

/// Returns a table of stocks with these names.
fn table(names: &[&str]) -> String {
    file(names, &(0..names.len() as u64).map(walk).collect::<Vec<_>>())
}

fn read(text: &str) -> Reading {
    let reading = prices::read_bytes("prices.csv", text.as_bytes(), &ReadOptions::default());
    reading.unwrap_or_else(|error| panic!("{error}\n{}", &text[..200]))
}

fn names(reading: &Reading) -> Vec<&str> {
    reading.series.iter().map(|series| series.name.as_str()).collect()
}

fn warnings(reading: &Reading) -> Vec<String> {
    reading.remarks().iter().map(ToString::to_string).collect()
}

/// The close of another ticker beside a close is not read, and a warning says so.
#[test]
fn a_close_that_names_a_ticker_beside_a_close_is_named() {
    let rows: String = (1..=28)
        .map(|day| format!("2024-02-{day:02},{}.5,{}.25\n", 50 + day % 7, 1900 + 3 * (day * day % 11)))
        .collect();
    for (header, column) in [("Date,Close,Close Gold", "Close Gold"), ("Date,Price,Price Silver", "Price Silver")] {
        let reading =
            prices::read_bytes("p.csv", format!("{header}\n{rows}").as_bytes(), &ReadOptions::default()).unwrap();
        assert_eq!(reading.series.len(), 1, "{header}");
        let warnings: Vec<String> = reading.warnings.iter().map(ToString::to_string).collect();
        assert_eq!(warnings, [format!("column '{column}' is not read")], "{header}");
    }
}

/// Numbers in front of a name are left out (`4. close`), but not those of a ticker.
#[test]
fn tickers_that_begin_with_a_digit_are_tickers() {
    for [one, other, third] in [
        ["SAP", "1COV", "DTE"],
        ["3M", "IBM", "GE"],
        ["1INCH", "BTC", "ETH"],
        ["005930", "000660", "035420"],
        ["RELIANCE", "20MICRONS", "3IINFOTECH"],
        ["2Y", "5Y", "10Y"],
        ["Dow 30", "CAC 40", "Stoxx 600"],
    ] {
        for form in ["{}_Close", "{} Price", "Close_{}", "{}.Close"] {
            let columns = [one, other, third].map(|ticker| form.replace("{}", ticker));
            let reading = read(&table(&columns.each_ref().map(String::as_str)));
            assert_eq!(names(&reading), [one, other, third], "{columns:?}: {:?}", warnings(&reading));
            for (series, seed) in reading.series.iter().zip(0..) {
                assert!((series.close[0] - walk(seed)[0]).abs() < 0.01, "{columns:?}");
            }
        }
    }
    for header in [
        ["1. open", "2. high", "3. low", "4. close"],
        ["1b. open (USD)", "2b. high (USD)", "3b. low (USD)", "4b. close (USD)"],
        ["24h Open", "24h High", "24h Low", "Close"],
    ] {
        let reading = read(&file(&header, &bar()));
        assert!(reading.series.len() == 1 && reading.series[0].range.is_some(), "{header:?}");
    }
}

#[test]
fn a_late_starter_is_read_whatever_it_is_called() {
    for late in ["LOW", "KEY", "HOG", "DAY", "DATE", "OPEN", "NAME", "VOL", "HIGH", "CLOSE", "XYZ"] {
        for others in [&["AAPL", "MSFT", "IBM"][..], &["AAPL"]] {
            let all = [others, &[late]].concat();
            let mut columns: Vec<Vec<f64>> = (0..all.len() as u64).map(walk).collect();
            let whole = read(&file(&all, &columns));
            columns[others.len()][..150].fill(f64::NAN);
            let reading = read(&file(&all, &columns));
            // Beside a single ticker, `CLOSE` is the close, and another warning names the ticker.
            if late == "CLOSE" && others.len() == 1 {
                assert_eq!((names(&whole), names(&reading)), (vec!["prices"], vec!["prices"]));
                assert_eq!((whole.series[0].len(), reading.series[0].len()), (300, 150));
                assert!(warnings(&reading).contains(&"column 'AAPL' is not read".to_owned()));
                continue;
            }
            assert_eq!((names(&whole), names(&reading)), (all.clone(), all));
            assert_eq!(reading.series[others.len()].len(), 150, "{late}");
        }
    }
}

/// One series ends early. The few rows on which all series have a price do not decide about the others.
#[test]
fn a_series_that_ends_early_leaves_the_others() {
    for (last, seed) in [3, 5, 10].into_iter().flat_map(|last| (0..20).map(move |seed| (last, seed))) {
        let mut columns: Vec<Vec<f64>> = (0..7)
            .map(|place| walk(8 * (7 * seed + place)).iter().map(|price| price + 0.4 * place as f64).collect())
            .collect();
        columns[2][last..].fill(f64::NAN);
        let all = ["AAPL", "MSFT", "OLDCO", "GOOG", "KO", "XOM", "GE"];
        let reading = read(&file(&all, &columns));
        assert_eq!(names(&reading), all, "{last} rows, seed {seed}");
        assert_eq!(reading.series[2].len(), last);
    }
}

/// As for an index of five hundred companies: closes over five years, with some companies listed later than others.
#[test]
fn a_table_of_an_index_is_read_whole() {
    const COLUMNS: usize = 502;
    let words = ["A", "KEY", "LOW", "HOG", "ALL", "MA", "C", "L", "O", "T", "V", "BRK.B", "MAX", "HI", "DATE", "IT"];
    let names: Vec<String> = (0..COLUMNS)
        .map(|column| if column % 31 == 7 { words[column / 31 % words.len()].to_owned() } else { format!("T{column}") })
        .collect();
    let column = |column: usize| {
        let late = if column % 20 == 7 { 110 + column % 150 } else { 0 };
        let mut closes = walk(column as u64);
        closes[..late].fill(f64::NAN);
        closes
    };
    let columns: Vec<Vec<f64>> = (0..COLUMNS).map(column).collect();
    let text = file(&names.iter().map(String::as_str).collect::<Vec<_>>(), &columns);
    for text in [text.clone(), text.replacen("Date", "", 1)] {
        let reading = read(&text);
        assert_eq!(self::names(&reading), names);
        assert_eq!(reading.series[7].len(), ROWS - 117);
    }
}

#[test]
fn words_are_tickers_where_their_numbers_fit_no_other_reading() {
    for all in [
        &["OPEN", "LOW", "KEY", "CLOSE"][..],
        &["HIGH", "LOW", "AAPL", "CLOSE"],
        &["LOW", "HIGH", "OPEN", "CLOSE", "AAPL", "MSFT"],
        &["KEY", "LOW", "HOG", "OPEN", "DAY", "DATE"],
        &["HOG", "LOW", "KEY", "DAY"],
        &["KEY", "HOG"],
        &["KEY", "Corn"],
        &["Gold", "KEY"],
        &["Nikkei", "Gold", "KEY", "Silver"],
        &["AAPL", "KEY", "LOW", "NAME", "VOL"],
        &["low", "key", "hog", "day"],
        &["Low", "Key", "Hog", "Day"],
    ] {
        let reading = read(&table(all));
        assert_eq!(names(&reading), all);
        assert_eq!(warnings(&reading), [] as [&str; 0], "{all:?}");
    }
    let alone = read(&table(&["LOW"]));
    assert_eq!(alone.only().unwrap().len(), ROWS);
    // Open, high and low of the same days are not tickers.
    let [open, high, low, _] = bar();
    for (names, columns) in [(&["OPEN", "HIGH"][..], vec![open, high.clone()]), (&["High", "Low"], vec![high, low])] {
        let text = file(names, &columns);
        let error = prices::read_bytes("p.csv", text.as_bytes(), &ReadOptions::default()).unwrap_err();
        assert!(error.to_string().contains("no price column"), "{error}");
    }
}

#[test]
fn a_column_beside_a_close_is_not_dropped_without_a_word() {
    let [open, high, low, close] = bar();
    let mut late = walk(2);
    late[..150].fill(f64::NAN);
    let bar =
        file(&["A", "OPEN", "HIGH", "LOW", "CLOSE", "B"], &[walk(1), open.clone(), high, low, close.clone(), walk(2)]);
    for (text, dropped) in [
        (table(&["AAPL", "MSFT", "CLOSE"]), "columns 'AAPL' and 'MSFT' are not read"),
        (table(&["LAST", "VALUE", "RATE", "PRICE"]), "columns 'LAST', 'VALUE' and 'RATE' are not read"),
        (table(&["AAPL", "Close", "MSFT", "IBM", "Adj Close"]), "columns 'AAPL', 'MSFT' and 'IBM' are not read"),
        (bar, "columns 'A' and 'B' are not read"),
        (file(&["Open", "Close"], &[open, close.clone()]), "column 'Open' is not read"),
        (file(&["Close", "XYZ"], &[close, late]), "column 'XYZ' is not read"),
    ] {
        let reading = read(&text);
        assert_eq!(reading.series.len(), 1);
        assert!(warnings(&reading).contains(&dropped.to_owned()), "{:?}, expected {dropped}", warnings(&reading));
    }
}

/// Parts of the date are not series, and a warning names columns that are not prices.
#[test]
fn a_table_of_series_beside_parts_of_the_date_and_changes() {
    let part = |of: fn(&Date) -> i8| days().take(ROWS).map(|day| f64::from(of(&day))).collect::<Vec<_>>();
    let year: Vec<f64> = days().take(ROWS).map(|day| f64::from(day.year())).collect();
    let month = part(|day| day.month());
    let names = |reading: &Reading| reading.series.iter().map(|one| one.name.clone()).collect::<Vec<_>>();
    let whole = |text: String| text.lines().map(|line| line.replace(".00", "") + "\n").collect::<String>();
    let text = file(&["Year", "Month", "AAPL", "MSFT"], &[year, month, walk(1), walk(2)]);
    let reading = read(&whole(text));
    assert_eq!(names(&reading), ["AAPL", "MSFT"]);
    assert!(warnings(&reading).is_empty(), "{:?}", warnings(&reading));
    // A ticker named like a part of the date has prices.
    assert_eq!(names(&read(&table(&["DAY", "AAPL", "MSFT"]))), ["DAY", "AAPL", "MSFT"]);
    let spread: Vec<f64> = noise(12).take(ROWS).collect();
    let reading = read(&file(&["EURUSD", "GBPUSD", "spread"], &[walk(1), walk(2), spread]));
    assert_eq!(names(&reading), ["EURUSD", "GBPUSD"]);
    assert_eq!(warnings(&reading), ["column 'spread' is not read"]);
}

#[test]
fn a_high_and_a_low_that_were_changed_over_are_one_fault() {
    let [open, high, low, close] = bar();
    for names in [["Open", "High", "Low", "Close"], ["OPEN", "HIGH", "LOW", "CLOSE"]] {
        let reading = read(&file(&names, &[open.clone(), low.clone(), high.clone(), close.clone()]));
        let [_, named_high, named_low, _] = names;
        let messages = format!(
            "'{named_high}' is below '{named_low}' on nearly all days: '{named_high}' is read as the low and \
             '{named_low}' as the high"
        );
        assert_eq!(warnings(&reading), [messages]);
        let range = reading.series[0].range.as_ref().unwrap();
        assert!((range.high[7] - high[7]).abs() < 0.006 && (range.low[7] - low[7]).abs() < 0.006);
    }
    let right = read(&file(&["OPEN", "HIGH", "LOW", "CLOSE"], &bar()));
    assert_eq!((warnings(&right).len(), right.series[0].range.is_some()), (0, true));
}

#[test]
fn a_column_without_a_price_and_columns_of_one_name_are_warnings() {
    let blank = vec![f64::NAN; ROWS];
    for beside in [&["AAPL", "MSFT"][..], &["AAPL"]] {
        let mut columns: Vec<Vec<f64>> = (0..beside.len() as u64).map(walk).collect();
        columns.push(blank.clone());
        let reading = read(&file(&[beside, &["XYZ"]].concat(), &columns));
        assert_eq!(warnings(&reading), ["no price at all for 'XYZ'"]);
    }
    let twins = read(&table(&["KEY", "KEY", "AAPL"]));
    assert_eq!(names(&twins), ["KEY (column 2)", "KEY (column 3)", "AAPL"]);
    assert_eq!(
        warnings(&twins),
        ["several columns have the same name: their series are called 'KEY (column 2)' and 'KEY (column 3)'"]
    );
}

#[test]
fn a_volume_is_that_of_its_ticker() {
    let volume: Vec<f64> = noise(5).take(ROWS).map(|part| (2e6 + 1e6 * part).round()).collect();
    for names_in_file in [&["AAPL Close", "MSFT Close", "AAPL Volume"][..], &["AAPL", "MSFT", "AAPL Volume"]] {
        let reading = read(&file(names_in_file, &[walk(1), walk(2), volume.clone()]));
        assert_eq!(names(&reading), ["AAPL", "MSFT"]);
        assert_eq!(reading.series[0].volume.as_ref().unwrap()[3], volume[3]);
        assert_eq!(reading.series[1].volume, None);
    }
    // A volume whose ticker has no close is named in a warning.
    let reading = read(&file(&["AAPL", "MSFT", "IBM Volume"], &[walk(1), walk(2), volume]));
    assert_eq!(warnings(&reading), ["column 'IBM Volume' is not read: it contains no prices"]);
}

#[test]
fn a_word_carries_a_role_as_other_tickers_do() {
    let reading = read(&table(&["AAPL close", "MSFT close", "LOW close"]));
    assert_eq!(names(&reading), ["AAPL", "MSFT", "LOW"]);
    assert_eq!(names(&read(&table(&["KEY_Close", "LOW_Close"]))), ["KEY", "LOW"]);
}

#[test]
fn dates_may_stand_under_index_or_in_three_columns() {
    let index = table(&["DATE", "LOW", "AAPL"]).replacen("Date,", "Index,", 1);
    assert_eq!(names(&read(&index)), ["DATE", "LOW", "AAPL"]);
    let [close, other] = [walk(1), walk(2)];
    let row = |(row, day): (usize, Date)| {
        format!("{},{},{},{:.2},{:.2}\n", day.year(), day.month(), day.day(), close[row], other[row])
    };
    let rows: String = days().take(ROWS).enumerate().map(row).collect();
    for (header, series) in
        [("Year,Month,Day,Close,Foo", 1), ("YEAR,MONTH,DAY,AAPL,MSFT", 2), ("yyyy,mm,dd,aapl,msft", 2)]
    {
        let reading = read(&format!("{header}\n{rows}"));
        assert_eq!(reading.series.len(), series, "{header}");
        assert_eq!(reading.series[0].dates[..], days().take(ROWS).collect::<Vec<_>>()[..]);
    }
    // Two-digit years could be anything.
    let short = rows.replace("2019,", "19,").replace("2020,", "20,");
    let error =
        prices::read_bytes("p.csv", format!("Year,Month,Day,Close,Foo\n{short}").as_bytes(), &ReadOptions::default());
    assert!(error.unwrap_err().help().contains("in one column, as YYYY-MM-DD"));
}

#[test]
fn a_close_of_zero_among_prices_is_no_price() {
    for names in [&["AAPL", "MSFT", "IBM"][..], &["Close"]] {
        let mut columns: Vec<Vec<f64>> = (0..names.len() as u64).map(walk).collect();
        columns.last_mut().unwrap()[200] = 0.0;
        let reading = read(&file(names, &columns));
        assert_eq!(reading.series.last().unwrap().len(), ROWS - 1);
        let of = if names.len() > 1 { " of IBM" } else { "" };
        assert_eq!(warnings(&reading), [format!("left out 1 row of zeros (line 202{of}): they are no prices")]);
    }
    // Beside a price below zero, zero is a price.
    let mut close = walk(1);
    (close[200], close[201]) = (0.0, -3.0);
    let reading = read(&file(&["Close"], &[close]));
    assert_eq!(reading.series[0].len(), ROWS);
}

#[test]
fn codes_that_are_dates_too_are_names() {
    let names = ["600000", "600519", "000001", "300750"];
    let series: Vec<String> = read(&table(&names)).series.into_iter().map(|series| series.name).collect();
    assert_eq!(series, names);
    let unnamed = table(&names).replacen("Date", "", 1);
    assert_eq!(read(&unnamed).series.len(), 4);
}

#[test]
fn several_words_for_a_price_are_tickers_beside_others() {
    for names in [["KO", "LAST", "XOM", "VALUE"], ["KO", "XOM", "PRICE", "LAST"]] {
        let series: Vec<String> = read(&table(&names)).series.into_iter().map(|series| series.name).collect();
        assert_eq!(series, names);
    }
}

/// Ratios and indicators of a company move as its price does, but are not series beside it.
#[test]
fn ratios_and_indicators_of_tickers_are_not_read() {
    let of = |what: &str| [format!("AAPL {what}"), format!("MSFT {what}")];
    let behind = ["PE", "P/E", "EPS", "Dividend Yield", "RSI", "MA"].map(of);
    let others = [["AAPL_PE", "MSFT_PE"], ["PE AAPL", "PE MSFT"], ["AAPL_EPS", "GOOG_EPS"]]
        .map(|names| names.map(str::to_owned));
    for [one, other] in behind.into_iter().chain(others) {
        let reading = read(&table(&["AAPL", "MSFT", &one, &other]));
        assert_eq!(names(&reading), ["AAPL", "MSFT"], "{one}");
        assert_eq!(warnings(&reading), [format!("columns '{one}' and '{other}' are not read")]);
    }
    let reading = read(&table(&["AAPL", "AAPL PE"]));
    assert_eq!((reading.series.len(), warnings(&reading)), (1, vec!["column 'AAPL PE' is not read".to_owned()]));
    for tickers in [&["AAPL", "MSFT", "PE", "MA"][..], &["EUR USD", "EUR JPY", "USD JPY"]] {
        assert_eq!(names(&read(&table(tickers))), tickers);
    }
}

#[test]
fn bid_and_ask_are_one_instrument() {
    let [open, high, low, close] = bar();
    let ask = |price: &[f64]| price.iter().map(|price| price + 0.02).collect::<Vec<_>>();
    let (ask_open, ask_close) = (ask(&open), ask(&close));
    let error = |names: &[&str], columns: &[Vec<f64>]| {
        let read = prices::read_bytes("prices.csv", file(names, columns).as_bytes(), &ReadOptions::default());
        read.map(|reading| names_of(&reading)).unwrap_err().to_string()
    };
    for [bid, ask] in [["Bid Close", "Ask Close"], ["bid_close", "ask_close"], ["-Bid Close", "-Ask Close"]] {
        let expected = format!("prices.csv: '{bid}' and '{ask}' could each be the price column, expected one");
        assert_eq!(error(&[bid, ask], &[close.clone(), ask_close.clone()]), expected);
        let opens = [bid, ask].map(|name| name.replace("Close", "Open").replace("close", "open"));
        let columns = [close.clone(), ask_close.clone(), open.clone(), ask_open.clone()];
        assert_eq!(error(&[bid, ask, &opens[0], &opens[1]], &columns), expected);
    }
    // A single side is read as the prices; beside other prices, neither side is read.
    let reading = read(&file(&["Bid Open", "Bid High", "Bid Low", "Bid Close"], &[open, high, low, close.clone()]));
    assert_eq!((reading.series.len(), reading.series[0].range.is_some()), (1, true));
    let reading = read(&file(&["AAPL", "MSFT", "Bid Close", "Ask Close"], &[walk(1), walk(2), close, ask_close]));
    assert_eq!(names(&reading), ["AAPL", "MSFT"]);
    assert_eq!(warnings(&reading), ["columns 'Bid Close' and 'Ask Close' are not read"]);
    assert_eq!(names(&read(&table(&["AAPL Close", "BID Close", "ASK Close"]))), ["AAPL", "BID", "ASK"]);
}

fn names_of(reading: &Reading) -> Vec<String> {
    names(reading).into_iter().map(str::to_owned).collect()
}

#[test]
fn a_forecast_close_is_no_price() {
    for pair in [["Predicted Close", "Forecast Close"], ["Close Forecast", "Close Predicted"]] {
        let near: Vec<f64> = walk(0).iter().zip(noise(5)).map(|(price, noise)| price * (1.0 + 0.01 * noise)).collect();
        let text = file(&pair, &[walk(0), near]);
        let read = prices::read_bytes("prices.csv", text.as_bytes(), &ReadOptions::default());
        let expected = format!("prices.csv: no price column, expected '{}' or '{}'", pair[0], pair[1]);
        assert_eq!(read.map(|reading| names_of(&reading)).unwrap_err().to_string(), expected);
    }
    for (names, place) in [(["Forecast Close", "Actual Close"], 1), (["Actual", "Forecast Close"], 0)] {
        assert_eq!(read(&table(&names)).series[0].close, read(&table(&names[..1 + place])).series[0].close);
    }
}

#[test]
fn the_price_between_bid_and_ask_is_the_close_whatever_their_names() {
    let close = walk(7);
    let by = |factor: f64| close.iter().map(|price| price * factor).collect::<Vec<_>>();
    for [bid, ask, middle] in [
        ["Bid Price", "Offer Price", "Mid Price"],
        ["Bid", "Offer", "Mid"],
        ["Buying", "Selling", "Average"],
        ["TT Buy", "TT Sell", "Mean Rate"],
        ["Cancellation Price", "Creation Price", "NAV"],
        ["Döviz Alış", "Döviz Satış", "Orta"],
        ["Compra", "Venda", "Média"],
        ["Rücknahmepreis", "Ausgabepreis", "Inventarwert"],
    ] {
        let [bids, middles, asks] = [by(0.999), by(1.0), by(1.001)];
        for (names, columns) in [
            ([bid, ask, middle], [&bids, &asks, &middles]),
            ([ask, bid, middle], [&asks, &bids, &middles]),
            ([middle, bid, ask], [&middles, &bids, &asks]),
        ] {
            let reading = read(&file(&names, &columns.map(Clone::clone)));
            let read: Vec<f64> = reading.series.iter().map(|series| series.close[0]).collect();
            assert_eq!((read.len(), warnings(&reading).len()), (1, 0), "{names:?} {:?}", warnings(&reading));
            assert!((read[0] / close[0] - 1.0).abs() < 1e-4, "{names:?} {}", read[0]);
        }
    }
    let reading = read(&file(&["Offer Price", "Mid Price"], &[by(1.001), by(1.0)]));
    assert!((reading.series[0].close[0] / close[0] - 1.0).abs() < 1e-4);
}

#[test]
fn the_assets_units_and_holders_of_a_fund_are_no_prices() {
    let price = walk(4);
    let times = |by: f64| price.iter().map(|price| price * by).collect::<Vec<_>>();
    let holders: Vec<f64> = (0..price.len()).map(|row| 823_000.0 + (row * 37 % 11) as f64 * 900.0).collect();
    for names in [
        ["NAV", "Net Assets", "Holders"],
        ["Unit Price", "Fund Size (USD mn)", "Units Outstanding"],
        ["Valor Cuota", "Patrimonio", "Partícipes"],
        ["Cota", "Patrimônio", "Cotistas"],
        ["VL_QUOTA", "VL_PATRIM_LIQ", "NR_COTST"],
        ["Fiyat", "Fon Toplam Değer", "Kişi Sayısı"],
        ["Anteilwert", "Fondsvolumen", "Anteile im Umlauf"],
        ["Стоимость пая", "СЧА", "Количество паев"],
        ["单位净值", "基金规模", "持有人数"],
        ["My Fund", "Net Assets", "Number of Holders"],
    ] {
        let reading = read(&file(&names, &[price.clone(), times(2e7), holders.clone()]));
        assert_eq!((reading.series.len(), reading.failed.len()), (1, 0), "{names:?} {:?}", warnings(&reading));
        assert_eq!(
            reading.series[0].close[0],
            read(&file(&["Close"], std::slice::from_ref(&price))).series[0].close[0]
        );
    }
    // Without other columns, they can be the series to be read.
    assert_eq!(read(&file(&["Net Assets"], &[times(2e7)])).series.len(), 1);
}

#[test]
fn changes_beside_their_tickers_are_not_read() {
    let [one, other] = [walk(1), walk(2)];
    let change = |prices: &[f64]| (0..prices.len()).map(|row| prices[row] - prices[row.max(1) - 1]).collect::<Vec<_>>();
    for what in ["%", "Change", "pct", "Return"] {
        let names = ["AAPL", &format!("AAPL {what}"), "MSFT", &format!("MSFT {what}")];
        let reading = read(&file(&names, &[one.clone(), change(&one), other.clone(), change(&other)]));
        assert_eq!(self::names(&reading), ["AAPL", "MSFT"], "{what}");
        let form = if matches!(what, "%" | "pct") { ": they contain no prices" } else { "" };
        assert_eq!(warnings(&reading), [format!("columns '{}' and '{}' are not read{form}", names[1], names[3])]);
    }
}

/// Without a header, a column that starts after the first rows is not dropped in silence.
#[test]
fn without_a_header_a_series_that_starts_late_may_be_the_price_too() {
    let [one, other] = [walk(1), walk(2)];
    let days = weekdays(date(2020, 1, 1)).zip(one.iter().zip(&other)).enumerate();
    let row = |(row, (day, (one, other))): (usize, (Date, (&f64, &f64)))| match row < 150 {
        true => format!("{day},{one:.2},\n"),
        false => format!("{day},{one:.2},{other:.2}\n"),
    };
    let rows: String = days.map(row).collect();
    let error = prices::read_bytes("p.csv", rows.as_bytes(), &ReadOptions::default()).unwrap_err();
    assert!(error.to_string().contains("'column 2' and 'column 3' could each be the price column"), "{error}");
}

/// AR is also the Hungarian word for a price, and 52w a period.
#[test]
fn words_for_a_price_may_be_tickers() {
    let bars: Vec<String> = ["AR", "KO"]
        .iter()
        .flat_map(|ticker| ["OPEN", "HIGH", "LOW", "CLOSE"].map(|of| format!("{ticker}_{of}")))
        .collect();
    for headers in [
        vec!["KO_CLOSE", "AR_CLOSE", "HD_CLOSE"],
        vec!["CLOSE_KO", "CLOSE_AR"],
        vec!["ar_close", "ko_close"],
        vec!["Ar Close", "Ko Close"],
        vec!["SONAR", "BTC"],
        vec!["Maxar", "Basar"],
    ] {
        let columns: Vec<Vec<f64>> = (0..headers.len()).map(|seed| walk(seed as u64)).collect();
        assert_eq!(read(&file(&headers, &columns)).series.len(), headers.len(), "{headers:?}");
    }
    let [one, other] = [walk(1), walk(3)];
    let bar = |close: &[f64]| {
        let high: Vec<f64> = close.iter().map(|close| close + 0.4).collect();
        let low: Vec<f64> = close.iter().map(|close| close - 0.4).collect();
        [close.to_vec(), high, low, close.to_vec()]
    };
    let columns = [bar(&one), bar(&other)].concat();
    let headers: Vec<&str> = bars.iter().map(String::as_str).collect();
    let reading = read(&file(&headers, &columns));
    assert_eq!((reading.series.len(), reading.series[0].range.is_some()), (2, true));

    let [close, high, low] =
        [one.clone(), one.iter().map(|close| close + 9.0).collect(), one.iter().map(|close| close - 9.0).collect()];
    let reading = read(&file(&["Open", "52w High", "52w Low", "Close"], &[close.clone(), high, low, close]));
    assert!(reading.series.len() == 1 && reading.series[0].range.is_none());
}
