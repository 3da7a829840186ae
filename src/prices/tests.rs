//! Tests that read whole files.

use jiff::civil::date;

use super::testing::{closes, priced, read};
use super::*;

fn warned(reading: &Reading) -> Vec<String> {
    reading.warnings.iter().map(Warning::to_string).collect()
}

const YAHOO: &str = "\
Date,Open,High,Low,Close,Adj Close,Volume
2024-11-01,220.97,225.35,220.27,222.91,222.13,65276700
2024-11-04,220.99,222.79,219.71,222.01,221.23,44944500
";

#[test]
fn a_yahoo_file_is_read_whole() {
    let reading = read(YAHOO).unwrap();
    let [series] = &reading.series[..] else { panic!() };
    assert_eq!(series.name, "prices");
    assert_eq!(series.dates, [date(2024, 11, 1), date(2024, 11, 4)]);
    assert_eq!(series.close, [222.91, 222.01]);
    assert_eq!(series.adjusted, [222.13, 221.23]);
    assert_eq!(series.volume.as_deref(), Some(&[65276700.0, 44944500.0][..]));
    let range = series.range.as_ref().unwrap();
    assert_eq!((&range.open, range.high[1], range.low[1]), (&vec![220.97, 220.99], 222.79, 219.71));
    assert!(reading.warnings.is_empty());
    assert_eq!(reading.understood.rows, 2);
    assert_eq!(reading.understood.header, Some(1));
    assert_eq!(reading.line(0, date(2024, 11, 4)), Some(3));
}

#[test]
fn order_of_columns_letter_case_quotes_mark_and_line_ends_do_not_matter() {
    let text = "\u{FEFF}\"VOLUME\",\"close\",\"DATE\"\r\n\"7\",\"1.5\",\"2024-01-02\"\r\n\r\n\
                8,2.5,2024-01-03\r\n,,\r\n\r\n";
    let reading = read(text).unwrap();
    assert_eq!(reading.series[0].close, [1.5, 2.5]);
    assert_eq!(reading.series[0].adjusted, [1.5, 2.5]);
    assert_eq!(reading.series[0].volume, Some(vec![7.0, 8.0]));
    assert_eq!(reading.series[0].range, None);
    assert_eq!(reading.understood.rows, 2);
    assert_eq!(reading.understood.encoding, "utf-8+BOM");
}

#[test]
fn one_row_is_enough_for_the_reader() {
    let reading = closes("2024-01-02,1").unwrap();
    assert_eq!(reading.series[0].close, [1.0]);
    assert_eq!(reading.understood.order, Order::OldestFirst);
}

#[test]
fn newest_first_is_turned_round() {
    let reading = closes("2024-01-03,1.2\n2024-01-02,1.1\n2024-01-01,1\n").unwrap();
    assert_eq!(reading.series[0].close, [1.0, 1.1, 1.2]);
    assert_eq!(reading.understood.order, Order::NewestFirst);
    assert_eq!(reading.understood.series[0].lines, [4, 3, 2]);
    assert!(reading.warnings.is_empty());
}

#[test]
fn shuffled_rows_are_sorted_and_named() {
    let reading = closes("2024-01-01,50\n2024-01-02,51\n2024-01-05,52\n2024-01-03,53\n").unwrap();
    assert_eq!(reading.series[0].close, [50.0, 51.0, 53.0, 52.0]);
    assert_eq!(reading.understood.order, Order::Shuffled);
    assert_eq!(warned(&reading), ["rows were not sorted by date (line 5)"]);
}

/// The misplaced row is the one without which the others are in order.
#[test]
fn the_row_that_breaks_the_order_is_named() {
    let rows = |days: [&str; 6]| {
        let rows = days.iter().enumerate().map(|(row, day)| format!("2021-{day},{}\n", 40 + row));
        warned(&closes(&rows.collect::<String>()).unwrap())
    };
    let named = |line: usize| format!("rows were not sorted by date (line {line})");
    // May for August.
    let newest_first = rows(["08-10", "08-09", "05-06", "08-05", "08-04", "08-03"]);
    assert!(newest_first.contains(&named(4)), "{newest_first:?}");
    let oldest_first = rows(["03-01", "03-02", "12-03", "03-04", "03-05", "03-08"]);
    assert!(oldest_first.contains(&named(4)), "{oldest_first:?}");
    assert!(rows(["08-02", "03-02", "03-03", "03-04", "03-05", "03-08"]).contains(&named(2)));
    assert!(rows(["03-01", "03-02", "03-03", "03-04", "03-08", "03-05"]).contains(&named(7)));
    assert!(rows(["03-01", "03-03", "03-02", "03-04", "03-05", "03-08"]).contains(&named(4)));
}

#[test]
fn the_price_with_the_wrong_sign_is_named() {
    let far = |prices: [&str; 7]| {
        let rows = prices.iter().enumerate().map(|(row, price)| format!("2024-03-{:02},{price}\n", row + 11));
        let found = warned(&closes(&rows.collect::<String>()).unwrap());
        found.into_iter().filter(|one| one.contains("far from")).collect::<Vec<String>>()
    };
    let named = |line: usize| [format!("1 price far from the prices around (line {line})")];
    assert_eq!(far(["-0.52", "-0.53", "-0.51", "0.52", "-0.52", "-0.53", "-0.54"]), named(5));
    assert_eq!(far(["5.2", "5.3", "5.1", "-5.2", "5.2", "5.3", "5.4"]), named(5));
    assert_eq!(far(["-5.2", "5.3", "5.1", "5.2", "5.2", "5.3", "5.4"]), named(2));
    // Rates that cross zero.
    assert_eq!(far(["0.04", "0.03", "0.02", "-0.02", "-0.03", "-0.04", "-0.04"]), [""; 0]);
}

#[test]
fn the_newest_day_alone_may_have_day_and_month_exchanged() {
    let weekdays = |last: jiff::civil::Date| -> Vec<jiff::civil::Date> {
        let days = (0..40_i64).map(|back| last - jiff::Span::new().days(back));
        let mut days: Vec<_> = days.filter(|day| day.weekday().to_monday_zero_offset() < 5).collect();
        days.reverse();
        days
    };
    let table = |days: &[jiff::civil::Date], newest_first: bool| {
        let mut rows: Vec<String> =
            days.iter().enumerate().map(|(row, day)| format!("{day},{}\n", 50.0 + (row * row % 7) as f64)).collect();
        if newest_first {
            rows.reverse();
        }
        closes(&rows.concat())
    };
    // Later than the other rows, and earlier.
    for last in [date(2024, 3, 11), date(2024, 11, 5), date(2024, 5, 6)] {
        for newest_first in [false, true] {
            let mut days = weekdays(last);
            assert!(table(&days, newest_first).is_ok());
            *days.last_mut().unwrap() = date(last.year(), last.day(), last.month());
            let error = table(&days, newest_first).unwrap_err().to_string();
            assert!(error.ends_with("is out of order, but fits if day and month are exchanged"), "{error}");
        }
    }
    // After a gap, on a day that is not among the next sessions with day and month exchanged.
    let mut days = weekdays(date(2024, 3, 11));
    for late in [date(2024, 11, 4), date(2024, 12, 5), date(2024, 8, 20)] {
        *days.last_mut().unwrap() = late;
        assert!(table(&days, false).is_ok(), "{late}");
    }
}

#[test]
fn rows_without_a_price_are_left_out() {
    let reading = closes("2024-01-01,4\n2024-01-02,\n2024-01-03,null\n2024-01-04,4.1\n").unwrap();
    assert_eq!(reading.series[0].close, [4.0, 4.1]);
    assert_eq!((reading.understood.rows, reading.understood.usable_rows), (4, 2));
    assert_eq!(warned(&reading), ["left out 2 rows without a price (lines 3 and 4)"]);
}

#[test]
fn repeated_rows_are_left_out() {
    let reading = closes("2024-01-01,1.9\n2024-01-02,2\n2024-01-02,2.0\n").unwrap();
    assert_eq!(reading.series[0].close, [1.9, 2.0]);
    assert_eq!(warned(&reading), ["left out 1 repeated row (line 4)"]);
    let reading = closes("2024-01-03,3\n2024-01-02,2\n2024-01-02,2\n2024-01-01,1\n").unwrap();
    assert_eq!(reading.series[0].close, [1.0, 2.0, 3.0]);
    assert_eq!(reading.understood.series[0].lines, [5, 3, 2]);
}

#[test]
fn holes_in_the_range_and_the_volume_are_filled_and_named() {
    let text = "Date,Open,High,Low,Close,Volume\n2024-01-01,1,4,1,3,9\n2024-01-02,-,4,2,3,\n";
    let reading = read(text).unwrap();
    let range = reading.series[0].range.as_ref().unwrap();
    assert_eq!((range.open[1], range.high[1], range.low[1]), (3.0, 4.0, 2.0));
    assert_eq!(reading.series[0].volume, Some(vec![9.0, 0.0]));
    assert_eq!(
        warned(&reading),
        [
            "1 row without open, high or low (line 3): the close is used instead",
            "1 row without a volume (line 3): taken as 0",
        ]
    );
}

#[test]
fn columns_that_are_empty_throughout_are_not_there() {
    let text = "Date,Open,High,Low,Close,Volume\n2024-01-01,,,,3,\n2024-01-02,,,,4,\n";
    let reading = read(text).unwrap();
    assert_eq!(reading.series[0].range, None);
    assert_eq!(reading.series[0].volume, None);
    assert!(reading.warnings.is_empty());
}

#[test]
fn the_price_column_can_be_named_or_numbered() {
    let read = |column: &str| {
        let reading = read_bytes("prices.csv", YAHOO.as_bytes(), &priced(column)).unwrap();
        let series = &reading.series[0];
        (series.close[0], series.adjusted[0], series.range.is_some())
    };
    assert_eq!(read("close"), (222.91, 222.13, true));
    assert_eq!(read("5"), (222.91, 222.13, true));
    assert_eq!(read("Adj Close"), (222.13, 222.13, false));
    assert_eq!(read("open"), (220.97, 220.97, false));
}

#[test]
fn an_adjusted_close_alone_serves_as_both() {
    let reading = read("Date,Adj Close\n2024-01-02,7\n").unwrap();
    assert_eq!(reading.series[0].close, [7.0]);
    assert_eq!(reading.series[0].adjusted, [7.0]);
}

#[test]
fn a_lone_column_of_numbers_is_the_price_whatever_its_name() {
    let reading = read("DATE,DCOILWTICO\n2024-01-02,7\n2024-01-03,.\n").unwrap();
    assert_eq!(reading.series[0].close, [7.0]);
    let reading = read("2024-01-02,7\n2024-01-03,8\n").unwrap();
    assert_eq!(reading.series[0].close, [7.0, 8.0]);
    assert_eq!(reading.understood.header, None);
}

#[test]
fn zero_and_negative_prices_are_read_and_can_be_found() {
    let reading = closes("2020-04-17,18.27\n2020-04-20,-36.98\n2020-04-21,0\n").unwrap();
    let found = reading.series[0].first_nonpositive();
    assert_eq!(found, Some((date(2020, 4, 20), -36.98, "price")));
    assert_eq!(reading.line(0, date(2020, 4, 20)), Some(3));
    assert_eq!(closes("2020-04-17,1").unwrap().series[0].first_nonpositive(), None);
    let mut adjusted = closes("2020-04-17,18.27\n2020-04-20,36.98\n").unwrap().series.remove(0);
    adjusted.adjusted[1] = 0.0;
    assert_eq!(adjusted.first_nonpositive(), Some((date(2020, 4, 20), 0.0, "adjusted close")));
}

#[test]
fn standard_input_is_named_in_messages() {
    let error = read_bytes("standard input", b"", &ReadOptions::default()).unwrap_err();
    assert_eq!(error.to_string(), "standard input: is empty, expected a header and rows of prices");
}

#[test]
fn lines_may_be_longer_than_the_head() {
    let wide = |cell: &dyn Fn(usize) -> String| (0..26_000).map(|column| cell(column) + ",").collect::<String>();
    let text = format!(
        "Date,{}\n2024-01-02,{}\n2024-01-03,{}\n",
        wide(&|column| format!("T{column}.Close")),
        wide(&|column| format!("{}.500000", column + 1)),
        wide(&|column| format!("{}.250000", column + 1)),
    );
    let reading = read(&text).unwrap();
    assert_eq!((reading.series.len(), reading.series[25_999].close[1]), (26_000, 26_000.25));
}

/// A ticker that is listed later than others, or was delisted, has no missing prices before and after; one with a gap
/// has. In a file of one series, all rows are expected to have a price.
#[test]
fn a_ticker_lacks_prices_only_between_its_first_and_its_last() {
    let days: Vec<String> = (1..=28).map(|day| format!("2024-02-{day:02}")).collect();
    let price = |ticker: usize, day: usize| match (ticker, day) {
        (1, ..=9) | (2, 18..) | (3, 12) => String::new(),
        _ => format!("{}.{day:02}", 10 + ticker),
    };
    let names = ["FULL", "LATE", "DEAD", "GAP"];
    let row = |day: usize| format!("{},{}\n", days[day], [0, 1, 2, 3].map(|ticker| price(ticker, day)).join(","));
    let wide = format!("Date,{}\n{}", names.join(","), (0..28).map(row).collect::<String>());
    let rows =
        |day: usize| [0, 1, 2, 3].map(|ticker| format!("{},{},{}\n", days[day], names[ticker], price(ticker, day)));
    let long = format!("Date,Ticker,Close\n{}", (0..28).flat_map(rows).collect::<String>());
    for (text, lines) in [(&wide, "line 14 of GAP"), (&long, "line 53 of GAP")] {
        let reading = read(text).unwrap();
        assert_eq!(reading.series.iter().map(PriceSeries::len).collect::<Vec<_>>(), [28, 18, 18, 27]);
        let warnings: Vec<String> =
            warned(&reading).into_iter().filter(|warning| warning.contains("without a price")).collect();
        let ended = "DEAD: the last price is of 2024-02-18, and 10 rows without a price follow, up to 2024-02-28: \
                     forecasts start from the last price";
        assert_eq!(warnings, [ended.into(), format!("left out 1 row without a price ({lines})")]);
    }
    // Also if only that ticker is requested, and its column is empty in all rows from which columns are recognised.
    let row = |day: i64| {
        let late = if day < 200 { String::new() } else { format!("{}.5", 7 + day % 5) };
        format!("{},{}.5,{late}\n", date(2020, 1, 1).saturating_add(jiff::Span::new().days(day)), 10 + day % 7)
    };
    let options = ReadOptions { series: Some("LATE".into()), ..ReadOptions::default() };
    for text in [&wide, &format!("Date,FULL,LATE\n{}", (0..300).map(row).collect::<String>())] {
        let only = warned(&read_bytes("prices.csv", text.as_bytes(), &options).unwrap());
        assert!(!only.iter().any(|warning| warning.contains("without a price")), "{only:?}");
    }
    // A file of one series, with or without a column of its ticker.
    for (header, ticker) in [("Date,Close", ""), ("Date,Ticker,Close", "LATE,")] {
        let alone: String = (0..28).map(|day| format!("{},{ticker}{}\n", days[day], price(1, day))).collect();
        let alone = warned(&read(&format!("{header}\n{alone}")).unwrap());
        let expected = "left out 10 rows without a price (lines 2, 3, 4, 5, 6 and 5 more)".to_owned();
        assert!(alone.contains(&expected), "{alone:?}");
    }
}

#[test]
fn warnings_of_a_file_of_many_name_the_series() {
    let before = "Date,AAA,BBB,CCC\n2024-01-02,1,2,3\n2024-01-03,1,2,3\n2024-01-04,1,2,3\n2024-01-05,1,,3\n";
    let after = "2024-03-05,1,2,3\n2024-03-06,1,2,3\n2024-03-07,1,2,-3\n";
    let reading = read(&format!("{before}{after}")).unwrap();
    let warnings = warned(&reading);
    for warning in [
        "no row from 2024-01-05 to 2024-03-05, 60 days (line 6 of AAA)",
        "left out 1 row without a price (line 5 of BBB)",
        "no row from 2024-01-04 to 2024-03-05, 61 days (line 6 of BBB)",
    ] {
        assert!(warnings.contains(&warning.to_owned()), "{warnings:?}");
    }
    // A gap that several series share is reported once.
    let common =
        read("Date,AAA,BBB,CCC\n2024-01-02,1,2,3\n2024-01-03,1,2,3\n2024-03-05,1,2,3\n2024-03-06,1,2,3\n").unwrap();
    let gap = "no row from 2024-01-03 to 2024-03-05, 62 days (line 4 of AAA, BBB and CCC)".to_owned();
    assert_eq!(warned(&common).iter().filter(|warning| warning.starts_with("no row")).collect::<Vec<_>>(), [&gap]);
    let remarks: Vec<String> = reading.remarks().iter().map(Warning::to_string).collect();
    assert!(remarks.contains(&"1 price of zero or below (line 8 of CCC)".to_owned()), "{remarks:?}");
}

/// Rows of `count` days from 2021-03-01 on.
fn rows_of(count: usize, row: impl Fn(usize, &str) -> String) -> Vec<String> {
    let days = (0..).map(|day| date(2021, 3, 1) + jiff::Span::new().days(day + day / 5 * 2));
    days.take(count).enumerate().map(|(at, day)| row(at, &day.to_string())).collect()
}

/// A price in no order, as digits.
fn quoted(row: usize) -> String {
    format!("{}.{:02}", 50 + row % 3, row * 37 % 100)
}

#[test]
fn a_count_behind_the_last_row_is_no_row() {
    let rows = rows_of(40, |row, day| format!("{day},{},1{row:03}", quoted(row)));
    let text = |rows: &[String]| read(&format!("Date,Close,Volume\n{}\n", rows.join("\n")));
    let reading = text(&[&rows[..], &["12345".to_owned()]].concat()).unwrap();
    assert_eq!((reading.series[0].len(), warned(&reading)), (40, vec!["left out 1 line of text (line 42)".to_owned()]));
    for count in ["Count,40", "共40筆", "Total rows: ,40", "조회건수,40", "40,,", "(40 rows, 3 columns)", "n = 40"]
    {
        let reading =
            text(&[&rows[..], &[count.to_owned()]].concat()).unwrap_or_else(|error| panic!("{count}: {error}"));
        assert_eq!((reading.series[0].len(), warned(&reading).len()), (40, 1), "{count}");
    }
    // Between rows, it is a row that was cut off, and so is the beginning of a year.
    let between = [&rows[..20], &["12345".to_owned()], &rows[20..]].concat();
    let cut = |end: &str| [&rows[..], &[end.to_owned()]].concat();
    for (rows, line) in [(between, 22), (cut("202"), 42), (cut("20"), 42), (cut("2021-04-29"), 42)] {
        let error = text(&rows).unwrap_err();
        assert!(error.line == Some(line) && matches!(*error.problem, Problem::Width { found: 1, .. }), "{error}");
    }
}

#[test]
fn lines_of_events_and_of_vendors_are_no_rows() {
    let mut rows = rows_of(40, |row, day| format!("{day}\t{0}\t{0}\t{0}\t{0}\t{0}", quoted(row)));
    rows.insert(9, "2021-03-11\t0.46\tDividend".into());
    rows.push("Downloaded from Barchart.com as of 11-20-2026 04:12pm CST".into());
    let reading = read(&format!("Date\tOpen\tHigh\tLow\tClose\tAdj Close\n{}\n", rows.join("\n"))).unwrap();
    assert_eq!((reading.series[0].len(), warned(&reading)), (40, vec!["left out 1 line of text (line 11)".to_owned()]));
}

#[test]
fn a_row_whose_prices_are_one_word_has_no_price() {
    let row = |row: usize, day: &str| match row % 9 {
        4 => format!("{day},Wahltag,Wahltag,Wahltag,Wahltag"),
        _ => format!("{day},{0},{0},{0},{0}", quoted(row)),
    };
    let text = |rows: &[String]| read(&format!("Date,Open,High,Low,Close\n{}\n", rows.join("\n")));
    let rows = rows_of(40, row);
    let reading = text(&rows).unwrap();
    assert!(reading.series[0].len() == 36 && warned(&reading)[0].starts_with("left out 4 rows without a price"));
    let other = rows.join("\n").replacen("Wahltag", "Wahltga", 1);
    assert!(text(&[other]).unwrap_err().to_string().contains("cannot read 'Wahltag' as a number"));
}

#[test]
fn a_day_may_be_written_twice_in_a_cell() {
    let row = |row: usize, day: &str| {
        let day: jiff::civil::Date = day.parse().unwrap();
        format!("\"{}{}\",{}", day.strftime("%A, %B %d, %Y"), day.strftime("%a, %b %d, %Y"), quoted(row))
    };
    let reading = read(&format!("Date,Close\n{}\n", rows_of(40, row).join("\n"))).unwrap();
    assert_eq!((reading.series[0].dates[1], reading.series[0].len()), (date(2021, 3, 2), 40));
    assert_eq!(reading.understood.date_format, "Mon, Mon DD, YYYY");
    // Two different days are no date.
    assert!(read("Date,Close\n\"March 1, 2021Mar 2, 2021\",50.5\n\"March 2, 2021Mar 3, 2021\",50.75\n").is_err());
}

#[test]
fn columns_that_are_equal_need_no_choice() {
    let of = |late: &str| {
        let row = |row: usize, day: &str| {
            let other = if row == 120 { late.to_owned() } else { quoted(row) };
            format!("{day},{0},{other},{0}", quoted(row))
        };
        read(&format!("Date,HG_KAPANIS,HGDG_KAPANIS,HG_CLOSE\n{}\n", rows_of(150, row).join("\n")))
    };
    let reading = of(&quoted(120)).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(reading.series[0].len(), 150);
    let error = of("57.5").unwrap_err().to_string();
    assert!(error.contains("could each be the price column"), "{error}");
}

#[test]
fn pairs_of_a_date_and_a_price_are_series_of_the_same_days() {
    let of = |late: &str| {
        let row = |row: usize, day: &str| {
            let other = if row == 120 { late } else { day };
            format!("{day},{},{other},9{}", quoted(row), quoted(row + 1))
        };
        format!("AAA Equity,,BBB Equity,\nDate,PX_LAST,Date,PX_LAST\n{}\n", rows_of(150, row).join("\n"))
    };
    let same = of(&rows_of(121, |_, day| day.to_owned())[120]);
    let reading = read(&same).unwrap_or_else(|error| panic!("{error}"));
    let names: Vec<&str> = reading.series.iter().map(|series| series.name.as_str()).collect();
    assert_eq!((names, reading.series[1].len()), (vec!["AAA Equity", "BBB Equity"], 150));
    let other = of("2030-01-02");
    let error = read(&other).unwrap_err();
    assert!(error.line == Some(123) && error.to_string().contains("could each be the date column"), "{error}");
    // With its own dates, one series can be read.
    let date_of = |column: &str| Some(column.parse().unwrap());
    let dated = ReadOptions { date: date_of("AAA Equity Date"), ..ReadOptions::default() };
    let reading = read_bytes("p.csv", other.as_bytes(), &dated).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((reading.series.len(), &*reading.series[0].name), (1, "AAA Equity"));
    assert!(warned(&reading)[0].contains("BBB Equity PX_LAST"), "{:?}", reading.warnings);
    // And so can the other one, whose dates are never those of the first.
    let price = ReadOptions { price: Some("BBB Equity PX_LAST".parse().unwrap()), ..ReadOptions::default() };
    let reading = read_bytes("p.csv", other.as_bytes(), &price).unwrap_or_else(|error| panic!("{error}"));
    assert!(reading.series[0].dates.contains(&date(2030, 1, 2)), "{:?}", reading.series[0].dates);
    let mixed = ReadOptions { date: date_of("AAA Equity Date"), ..price };
    let early = same.replacen(",2021-03-02,9", ",2030-01-02,9", 1);
    let error = read_bytes("p.csv", early.as_bytes(), &mixed).unwrap_err().to_string();
    assert!(error.contains("'BBB Equity Date' and 'AAA Equity Date' could each be the date column"), "{error}");
}

#[test]
fn columns_put_below_each_other_by_pandas_are_series() {
    let of = |name: &str| rows_of(40, |row, day| format!("{day},{name},{}", quoted(row + name.len()))).join("\n");
    let reading = read(&format!("Date,variable,value\n{}\n{}\n", of("AAPL"), of("KO"))).unwrap();
    assert_eq!(reading.series.iter().map(|series| series.name.as_str()).collect::<Vec<_>>(), ["AAPL", "KO"]);
}

#[test]
fn of_two_volumes_the_turnover_is_not_read() {
    let row = |row: usize, day: &str| {
        let count = 20_000 + row * 7919 % 9777;
        format!("{day};{},25;{};{count}", 50 + row % 3, count * (50 + row % 3))
    };
    let reading = read(&format!("Data;Fechamento;Volume;Quantidade\n{}\n", rows_of(40, row).join("\n"))).unwrap();
    assert_eq!(reading.series[0].volume.as_ref().unwrap()[1], 27_919.0);
}

#[test]
fn days_in_digits_without_a_header_are_dates() {
    let row = |row: usize, day: &str| {
        let day: jiff::civil::Date = day.parse().unwrap();
        format!("{};220;A;USD;{}", day.strftime("%d%m%Y"), quoted(row))
    };
    let reading = read(&format!("{}\n", rows_of(40, row).join("\n"))).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(reading.series[0].dates[39], date(2021, 4, 23));
}

#[test]
fn the_example_of_a_choice_is_no_open() {
    // Bars under words of a language in which only the open is known.
    let row = |row: usize, day: &str| {
        let (cents, step) = (5000 + row * 37 % 300, row * 7 % 20);
        let [open, close, high, low] =
            [cents, cents + step, cents + step + 9, cents - 11].map(|cents| cents as f64 / 100.0);
        format!("{day},{open},{close},{high},{low}")
    };
    let text = format!("Date,Open,Aaa,Bbb,Ccc\n{}\n", rows_of(40, row).join("\n"));
    let error = read(&text).unwrap_err();
    let Problem::SeveralColumns { candidates, .. } = &*error.problem else { panic!("{error}") };
    assert!(candidates.len() > 1 && candidates[0] != "Open", "{candidates:?}");
}
