//! Parquet files of pandas, pyarrow and polars are read as the csv from which they were made.

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use fourcast::cli::help::Help;
use fourcast::prices::{self, ColumnRef, History, PriceSeries, ReadError, ReadOptions, Reading, Source, Warning};

/// Rows of each file, the first of `data/fb.csv`.
const ROWS: usize = 60;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/parquet")
}

fn try_read(file: &str, options: &ReadOptions) -> Result<Reading, ReadError> {
    prices::read(&Source::File(folder().join(file)), options)
}

fn read(file: &str) -> Reading {
    try_read(file, &ReadOptions::default()).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn content(file: &str) -> Vec<u8> {
    fs::read(folder().join(file)).unwrap()
}

/// Returns the csv from which the files were made.
fn csv() -> String {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("data/fb.csv")).unwrap();
    text.split_inclusive('\n').take(ROWS + 1).collect()
}

fn of_csv() -> Reading {
    prices::read_bytes("p.csv", csv().as_bytes(), &ReadOptions::default()).unwrap()
}

/// Returns a series without its name, which is that of the file.
fn unnamed(series: &PriceSeries) -> PriceSeries {
    PriceSeries { name: String::new(), ..series.clone() }
}

#[test]
fn prices_are_those_of_csv() {
    let expected = of_csv();
    for file in [
        "pandas.parquet",
        "pandas_index.parquet",
        "pandas_unnamed_index.parquet",
        "pandas_gzip.parquet",
        "polars.parquet",
        "polars_text.parquet",
        "pyarrow_v2.parquet",
        "pyarrow_plain.parquet",
        "spark_int96.parquet",
        "decimals.parquet",
        "single.parquet",
        "nested.parquet",
    ] {
        let reading = read(file);
        let rounded = |mut series: PriceSeries| {
            // Adjusted closes have only four decimals.
            series.adjusted.iter_mut().for_each(|price| *price = (*price * 1e4).round() / 1e4);
            series
        };
        let [found, wanted] = [&reading, &expected].map(|reading| unnamed(reading.only().unwrap()));
        let is_coarse = file == "decimals.parquet";
        let [found, wanted] = [found, wanted].map(|series| if is_coarse { rounded(series) } else { series });
        assert_eq!(found, wanted, "{file}");
        let (understood, of_csv) = (&reading.understood, &expected.understood);
        assert_eq!((understood.encoding.as_str(), understood.header), ("parquet", None), "{file}");
        assert_eq!((understood.rows, understood.usable_rows), (of_csv.rows, of_csv.usable_rows), "{file}");
        assert_eq!(understood.date_format, "YYYY-MM-DD", "{file}");
        // Unlike csv, Parquet has no header line.
        let day = expected.series[0].dates[7];
        assert_eq!(reading.line(0, day).unwrap() + 1, expected.line(0, day).unwrap(), "{file}");
    }
}

#[test]
fn times_in_utc_are_days_of_the_exchange() {
    let expected = of_csv().series.remove(0);
    for file in ["new_york.parquet", "tokyo.parquet"] {
        assert_eq!(read(file).series[0].dates, expected.dates, "{file}");
    }
}

#[test]
fn several_series_are_read_from_rows_columns_and_pairs_of_names() {
    let close = of_csv().series.remove(0).close;
    let times = |factor: f64| close.iter().map(|price| price * factor).collect::<Vec<_>>();
    for file in ["long.parquet", "wide.parquet", "yfinance.parquet"] {
        let reading = read(file);
        let names: Vec<&str> = reading.series.iter().map(|series| series.name.as_str()).collect();
        assert_eq!(names, ["AAA", "BBB", "CCC"], "{file}");
        let closes: Vec<&[f64]> = reading.series.iter().map(|series| &series.close[..]).collect();
        let missing = if file == "wide.parquet" { 5 } else { 0 };
        assert_eq!(closes, [&times(1.0)[..], &times(2.0)[missing..], &times(0.5)], "{file}");
    }
    let options =
        ReadOptions { ticker_column: Some(ColumnRef::Number(1)), series: Some("bbb".into()), ..ReadOptions::default() };
    assert_eq!(try_read("long.parquet", &options).unwrap().only().unwrap().close, times(2.0));
}

#[test]
fn messages_name_rows() {
    let error = try_read("bad_cell.parquet", &ReadOptions::default()).unwrap_err();
    let message = error.to_string();
    assert!(message.ends_with("bad_cell.parquet: row 41: column 'Close': cannot read 'n/k' as a number"), "{message}");
    // Beside other series, BBB is listed later; read alone, its first rows lack a price.
    assert!(read("wide.parquet").remarks().is_empty());
    let price = Some("BBB".parse().unwrap());
    let reading = try_read("wide.parquet", &ReadOptions { price, ..ReadOptions::default() }).unwrap();
    let remarks: Vec<String> = reading.remarks().iter().map(Warning::to_string).collect();
    assert!(remarks.iter().any(|remark| remark.contains("(rows 1, 2, 3, 4 and 5)")), "{remarks:?}");
    assert!(remarks.iter().all(|remark| !remark.contains("line")), "{remarks:?}");
    let remarks = read("nested.parquet").remarks();
    assert!(remarks.contains(&Warning::NoCells(vec!["Notes".into()])), "{remarks:?}");
}

#[test]
fn other_files_are_refused_by_what_they_are() {
    let error_of = |file: &str, bytes: &[u8]| {
        let error = prices::read_bytes(file, bytes, &ReadOptions::default()).unwrap_err();
        (error.to_string(), error.help())
    };
    let whole = content("pandas.parquet");
    for (file, bytes, message, help) in [
        ("no_rows.parquet", content("no_rows.parquet"), "no row of prices", "export the prices again"),
        ("only_lists.parquet", content("only_lists.parquet"), "without a column of single values", "as CSV"),
        ("pandas_brotli.parquet", content("pandas_brotli.parquet"), "compressed with BROTLI", "compression=\"snappy\""),
        ("pandas_lz4.parquet", content("pandas_lz4.parquet"), "compressed with LZ4_RAW", "compression=\"snappy\""),
        ("cut.parquet", whole[..whole.len() - 100].to_vec(), "damaged or cut short", "copy or download"),
        ("start.parquet", b"PAR1".to_vec(), "damaged or cut short", "copy or download"),
        ("encrypted.parquet", [&whole[..whole.len() - 4], b"PARE"].concat(), "an encrypted Parquet file", "as CSV"),
    ] {
        let (found, found_help) = error_of(file, &bytes);
        assert!(found.contains(message), "{file}: {found}");
        assert!(found_help.contains(help), "{file}: {found_help}");
    }
}

#[test]
fn bytes_and_compressed_files_are_read_as_files_are() {
    let expected = unnamed(read("pandas.parquet").only().unwrap());
    let whole = content("pandas.parquet");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, &whole).unwrap();
    for bytes in [whole, packed.finish().unwrap()] {
        let reading = prices::read_bytes("p.parquet", &bytes, &ReadOptions::default()).unwrap();
        assert_eq!(unnamed(reading.only().unwrap()), expected);
    }
}

#[test]
fn a_table_is_cut_by_its_days() {
    let options = ReadOptions::default();
    for file in ["pandas.parquet", "yfinance.parquet"] {
        let (reading, history) = History::read_bytes(file, &content(file), &options).unwrap();
        let day = reading.series[0].dates[30];
        let cut = history.reading_on(day).unwrap();
        assert_eq!(cut.series[0].close, reading.series[0].close[..31], "{file}");
        assert_eq!(cut.series.len(), reading.series.len(), "{file}");
    }
}

/// Changed bytes give a result or an error, never a panic, which would end the program.
#[test]
fn changed_bytes_never_panic() {
    let mut state = 1_u64;
    let mut random = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for file in ["pandas.parquet", "polars.parquet", "pyarrow_v2.parquet", "long.parquet", "spark_int96.parquet"] {
        let whole = content(file);
        for _ in 0..rounds() {
            let mut bytes = whole.clone();
            for _ in 0..1 + random(3) {
                // Half of the changes are in the footer.
                let start = if random(2) == 0 { whole.len() * 2 / 3 } else { 0 };
                let place = start + random(whole.len() - start);
                bytes[place] = if random(2) == 0 { random(256) as u8 } else { bytes[place] ^ (1 << random(8)) };
            }
            let read = || drop(prices::read_bytes(file, &bytes, &ReadOptions::default()));
            if catch_unwind(read).is_err() {
                let path = std::env::temp_dir().join(format!("panic-{file}"));
                fs::write(&path, &bytes).unwrap();
                panic!("{} panics", path.display());
            }
        }
    }
}

/// Number of changes of each file; `FOURCAST_FUZZ_ROUNDS` sets another number.
fn rounds() -> usize {
    std::env::var("FOURCAST_FUZZ_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(200)
}
