//! Layouts without sample files: ten invented days as many vendors would write them.

use std::fs;
use std::path::Path;

use fourcast::cli::help::Help;
use fourcast::prices::{self, PriceSeries, ReadOptions, Reading};

const DAYS: [&str; 10] = [
    "2024-11-06",
    "2024-11-07",
    "2024-11-08",
    "2024-11-11",
    "2024-11-12",
    "2024-11-13",
    "2024-11-14",
    "2024-11-15",
    "2024-11-18",
    "2024-11-19",
];
const OPEN: [f64; 10] = [150.10, 151.60, 152.90, 153.80, 154.40, 153.25, 155.15, 153.40, 154.90, 156.05];
const HIGH: [f64; 10] = [152.40, 153.05, 153.90, 155.15, 154.95, 155.80, 156.00, 155.20, 156.45, 157.10];
const LOW: [f64; 10] = [149.35, 151.20, 152.05, 153.10, 152.60, 152.90, 153.20, 152.75, 154.30, 154.80];
const CLOSE: [f64; 10] = [151.85, 152.75, 153.35, 154.65, 153.15, 155.05, 153.60, 154.85, 156.25, 155.45];

fn read(name: &str, text: &str) -> Reading {
    let reading = prices::read_bytes("prices.csv", text.as_bytes(), &ReadOptions::default());
    reading.unwrap_or_else(|error| panic!("{name}: {error}\n{:?}", error.help()))
}

fn messages_of(text: &str) -> String {
    let error = match prices::read_bytes("prices.csv", text.as_bytes(), &ReadOptions::default()) {
        Err(error) => error,
        Ok(reading) => match reading.rows_settled() {
            Err(error) => error,
            Ok(()) => reading.only().map(|series| panic!("read as {series:?}")).unwrap_err(),
        },
    };
    format!("{error}\n{}", error.help())
}

/// The prices of a layout: those of the ten days in another unit, or with those of a larger company added.
struct Scale {
    times: f64,
    plus: f64,
}

impl Scale {
    fn of(first: f64, last: f64) -> Self {
        let times = (last - first) / (CLOSE[9] - CLOSE[0]);
        Self { times, plus: first - times * CLOSE[0] }
    }

    #[track_caller]
    fn check(&self, found: &[f64], expected: [f64; 10], what: &str) {
        for (found, expected) in found.iter().zip(expected) {
            let expected = self.times * expected + self.plus;
            assert!((found / expected - 1.0).abs() < 1e-6, "{what}: {found}, expected {expected}");
        }
    }
}

/// Returns the layouts of a file of fixtures: the name after `===`, and the text up to the next one.
pub(crate) fn layouts_of(file: &str) -> Vec<(String, String)> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(file);
    let text = fs::read_to_string(file).unwrap();
    let layouts = text.split("=== ").skip(1).map(|one| one.split_once('\n').unwrap());
    layouts.map(|(title, text)| (title.to_owned(), text.to_owned())).collect()
}

#[test]
fn vendors_of_no_sample_are_read_right() {
    let layouts = layouts_of("more_layouts.txt");
    assert!(layouts.len() > 100, "{}", layouts.len());
    for (title, text) in &layouts {
        let (name, closes) = title.split_once(" = ").unwrap();
        let closes: Vec<f64> = closes.split(' ').map(|close| close.parse().unwrap()).collect();
        let reading = read(name, text);
        let series = reading.only().unwrap_or_else(|error| panic!("{name}: {error}"));
        check(name, series, closes[0], closes[1]);
        assert!(reading.splits_settled().is_ok() && reading.understood.usable_rows == 10, "{name}");
        // If the file has open, high and low, they are found; likewise for a header with volumes.
        let named = |words: &[&str]| words.iter().any(|word| text.to_lowercase().contains(word));
        if named(&["open", "opn", "始値", "시가", "开盘", "開盤", "eröffnung", "ouverture"]) {
            assert!(series.range.is_some() || name.starts_with("finan"), "{name}: no range");
        }
        if named(&["volume", "tickvol", "거래량", "出来高", "成交量", "volumen", "wolumen"]) {
            let volume = series.volume.as_ref().unwrap_or_else(|| panic!("{name}: no volume"));
            assert!(volume.iter().any(|volume| *volume > 0.0), "{name}: volumes of zero");
        }
    }
}

/// Exchanges write more columns after the volume, and some vendors write the turnover before it.
#[test]
fn the_volume_behind_an_unnamed_bar_is_read() {
    let read_with = |behind: &dyn Fn(usize) -> String| {
        let row = |day: usize| {
            format!("{},{},{},{},{},{}\n", DAYS[day], OPEN[day], HIGH[day], LOW[day], CLOSE[day], behind(day))
        };
        let reading = read("unnamed", &(0..10).map(row).collect::<String>());
        reading.only().unwrap().volume.clone()
    };
    let volume = |day: usize| 100.5 + 80.0 * (day * day % 7) as f64;
    let money = |day: usize| (volume(day) * (CLOSE[day] + LOW[day]) / 2.0).round();
    let expected: Vec<f64> = (0..10).map(volume).collect();
    let trades = |day: usize| 400 + day * day % 5;
    assert_eq!(read_with(&|day| format!("{},{}", volume(day), trades(day))), Some(expected.clone()), "Kraken");
    assert_eq!(read_with(&|day| format!("{},{},{}", volume(day), money(day), trades(day))), Some(expected.clone()));
    assert_eq!(read_with(&|day| format!("{},{}", money(day), volume(day))), Some(expected.clone()), "money first");
    let adjusted = |day: usize| 0.97 * CLOSE[day];
    assert_eq!(read_with(&|day| format!("{:.4},{}", adjusted(day), volume(day))), Some(expected), "Yahoo");
    // The change of the day is not a volume.
    let change = |day: usize| CLOSE[day] - if day == 0 { OPEN[0] } else { CLOSE[day - 1] };
    assert_eq!(read_with(&|day| format!("{:.2},{}", change(day), trades(day))), None);
}

#[test]
fn tables_of_several_tickers_are_read_right() {
    let layouts = layouts_of("wide_layouts.txt");
    assert!(layouts.len() >= 20, "{}", layouts.len());
    for (title, text) in &layouts {
        let (name, tickers) = title.split_once(" = ").unwrap();
        let reading = read(name, text);
        let found: Vec<&str> = reading.series.iter().map(|series| series.name.as_str()).collect();
        assert_eq!(found, tickers.split('|').collect::<Vec<_>>(), "{name}");
        check(name, &reading.series[0], CLOSE[0], CLOSE[9]);
        assert_eq!(reading.series[0].volume.is_some(), text.contains("Volume"), "{name}");
    }
}

fn check(name: &str, series: &PriceSeries, first: f64, last: f64) {
    let days: Vec<String> = series.dates.iter().map(|date| date.to_string()).collect();
    assert_eq!(days, DAYS, "{name}");
    let scale = Scale::of(first, last);
    scale.check(&series.close, CLOSE, &format!("{name}, close"));
    scale.check(&series.adjusted, CLOSE, &format!("{name}, adjusted close"));
    if let Some(range) = &series.range {
        scale.check(&range.open, OPEN, &format!("{name}, open"));
        scale.check(&range.high, HIGH, &format!("{name}, high"));
        scale.check(&range.low, LOW, &format!("{name}, low"));
    }
}

/// If two readings are possible, the error names both, and the option that decides.
#[test]
fn what_could_be_two_things_stops() {
    let currencies = ",close (EUR),close (USD)\n2024-11-06,151.85,160.21\n2024-11-07,152.75,161.4\n";
    assert_eq!(
        messages_of(currencies),
        "prices.csv: 'close (EUR)' and 'close (USD)' could each be the price column, expected one\n\
         name it with --price-column, for example --price-column 'close (EUR)'"
    );
    let fixings =
        "Date,USD (AM),USD (PM)\n2024-11-06,2711.3,2667.0\n2024-11-07,2672.1,2691.1\n2024-11-08,2690,2691.2\n";
    assert_eq!(
        messages_of(fixings),
        "prices.csv: holds 2 series, expected one: 'USD (AM)' and 'USD (PM)'\n\
         name one with --series, for example --series 'USD (AM)'"
    );
    let months = "Date,Close\n01/01/2024,151.85\n02/01/2024,152.75\n03/01/2024,153.35\n04/01/2024,154.65\n";
    assert_eq!(
        messages_of(months),
        "prices.csv:3: column 'Date': '02/01/2024' can be 2024-01-02 (day first) or 2024-02-01 (month first)\n\
         pass --date-order dmy or mdy to give the order of day, month and year"
    );
    let thousandths = "Datum;Kurs\n06.11.2024;1.151\n07.11.2024;1.153\n08.11.2024;1.154\n";
    assert_eq!(
        messages_of(thousandths),
        "prices.csv:2: column 'Kurs': '1.151' can be 1.151 or 1151\n\
         pass --decimal-point or --decimal-comma to say which mark is decimal"
    );
    let quotes = "Date,Bid,Ask\n2024-11-06,151.84,151.86\n2024-11-07,152.74,152.76\n";
    assert_eq!(
        messages_of(quotes),
        "prices.csv: no price column, expected 'Bid' or 'Ask'\n\
         name it with --price-column, for example --price-column Bid"
    );
    let hours = "Date,Close\n2024-11-06 09:00,151.85\n2024-11-06 10:00,152.75\n2024-11-06 11:00,153.35\n";
    assert_eq!(
        messages_of(hours),
        "prices.csv: several rows per day, an hour apart: one row per day is expected\n\
         combine them into one row per day: the first open, the highest high, the lowest low and the last close"
    );
}

/// CRSP writes a negative price on days without trade. It is read without the sign, with a warning.
#[test]
fn signs_that_are_no_signs_are_noticed() {
    let crsp = "PERMNO,date,TICKER,PRC,VOL\n14593,2024-11-06,AAPL,151.85,31250400\n14593,2024-11-07,AAPL,-152.75,0\n\
                14593,2024-11-08,AAPL,153.35,25433200\n14593,2024-11-11,AAPL,154.65,27890100\n";
    let reading = read("CRSP", crsp);
    let remarks: Vec<String> = reading.remarks().iter().map(ToString::to_string).collect();
    assert!(remarks.iter().any(|remark| remark.contains("read without the sign")), "{remarks:?}");
    assert_eq!(reading.only().unwrap().close[1], 152.75);
}

#[test]
fn notes_among_the_rows_are_left_out_with_a_warning() {
    let text = "Date,Close,Volume\n2024-11-06,151.85,3\n2024-11-07,4:1 Stock Splits\n2024-11-07,152.75,4\n\
                10 rows in set (0.00 sec)\n";
    let reading = read("notes", text);
    assert_eq!(reading.only().unwrap().close, [151.85, 152.75]);
    assert_eq!(reading.warnings.len(), 1);
    assert_eq!(reading.warnings[0].to_string(), "left out 2 lines of text (lines 3 and 5)");
    // A truncated row is not a line of text, nor is a row that lost its delimiters.
    for damaged in ["2024-11-08,153.3", "2024-11-08", "2024-11-08 153.35 5", "8.11.2024,15x3.35"] {
        let text = format!("{text}{damaged}\n2024-11-11,154.65,6\n");
        assert!(messages_of(&text).starts_with("prices.csv:6: found"), "{damaged}");
    }
}

/// A header that lost a delimiter is not shifted until it fits.
#[test]
fn a_header_that_slipped_is_named() {
    let rows = "06.11.2024;22:58;151,85;31250;\n07.11.2024;22:58;152,75;28110;\n08.11.2024;22:58;153,35;25433;\n";
    assert!(
        messages_of(&format!("Datum;ZeitKurs;Stück;\n{rows}")).starts_with("prices.csv:1: found 4 cells, expected 5")
    );
    assert_eq!(read("whole", &format!("Datum;Zeit;Kurs;Stück;\n{rows}")).only().unwrap().close[0], 151.85);
    assert_eq!(read("bare", &format!("Datum;Zeit;Kurs;Stück\n{rows}")).only().unwrap().close[0], 151.85);
    let merged =
        "quote_date,open,high,lowclose,value\n2024-11-06,1.1,1.3,1,1.2,9000\n2024-11-07,1.2,1.4,1.1,1.3,9100\n";
    assert!(messages_of(merged).starts_with("prices.csv"), "{}", messages_of(merged));
    // An index column without a name is not a lost delimiter.
    let index = "Open,High,Low,Close\n2024-11-06,1.1,1.3,1,1.2\n2024-11-07,1.2,1.4,1.1,1.3\n";
    assert_eq!(read("index", index).only().unwrap().close, [1.2, 1.3]);
}

/// Series side by side are read as series, whatever the relation of their prices; a bar with names in an unknown
/// language is not.
#[test]
fn columns_side_by_side_are_series_unless_they_are_a_bar() {
    let names = |text: &str| -> Vec<String> { read("wide", text).series.into_iter().map(|one| one.name).collect() };
    let coins = "Date,BTC,ETH,USDT\n2024-11-06,75.1,2.7,1\n2024-11-07,76.2,2.9,1\n2024-11-08,76.5,2.95,1\n";
    assert_eq!(names(coins), ["BTC", "ETH", "USDT"]);
    let ordered = "Date,X,Y,Z\n2024-11-06,100,105,110\n2024-11-07,101,106,111\n2024-11-08,100.5,105,112\n";
    assert_eq!(names(ordered), ["X", "Y", "Z"]);
    let bar = "Date,Qa,Qb,Qc,Qd,Qe\n2024-11-06,101,104,100,103.5,9000\n2024-11-07,104,105,101,101.5,9100\n\
               2024-11-08,101,103,100,102.5,8900\n";
    // The likeliest column comes first, because the help uses it as its example.
    assert!(
        messages_of(bar).contains("'Qd', 'Qa', 'Qb' and 'Qc' could each be the price column"),
        "{}",
        messages_of(bar)
    );
    // A price that cannot be read does not leave another column as the price.
    let unparsable = "Date,Qa,Qb\n2024-11-06,10~1,9000\n2024-11-07,10~2,9100\n2024-11-08,10~3,8900\n";
    assert!(
        messages_of(unparsable).contains("'Qb' and 'Qa' could each be the price column"),
        "{}",
        messages_of(unparsable)
    );
}
