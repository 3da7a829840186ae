//! Tables that look like one table of prices but are not: a layout that changes, a second table, 32nds, a single
//! column, running text.

use fourcast::cli::help::{Help, hint_of};
use fourcast::prices::{self, ReadOptions, Reading};
use jiff::civil::date;

use crate::tables::{noise, price, rows_of, table, weekdays};

fn read(text: &str) -> Reading {
    let reading = prices::read_bytes("p.csv", text.as_bytes(), &ReadOptions::default());
    reading.unwrap_or_else(|error| panic!("{error}\n{}\n{text}", error.help()))
}

fn warnings(text: &str) -> String {
    read(text).warnings.iter().map(|warning| format!("{warning}\n")).collect()
}

fn fault(text: &str) -> String {
    let error = prices::read_bytes("p.csv", text.as_bytes(), &ReadOptions::default()).map(|_| text).unwrap_err();
    format!("{error}\n{}", error.help())
}

/// Returns open and close of each day; the open is near the previous close.
fn open_and_close(rows: usize) -> Vec<[f64; 2]> {
    let mut last = 100.0;
    let day = |row: usize| {
        let open = last * (1.0 + 0.006 * (noise(2 * row) - 0.5));
        last = open * (1.0 + 0.04 * (noise(2 * row + 1) - 0.5));
        [open, last]
    };
    (0..rows).map(day).collect()
}

#[test]
fn opens_and_closes_that_are_exchanged_on_some_rows_are_named() {
    let prices = open_and_close(600);
    let of = |exchanged: std::ops::Range<usize>| {
        table("Date,Open,High,Low,Close", 600, |row, day| {
            let [open, close] = prices[row];
            let (high, low) = (open.max(close) + 0.05, open.min(close) - 0.05);
            let [open, close] = if exchanged.contains(&row) { [close, open] } else { [open, close] };
            format!("{day},{open:.2},{high:.2},{low:.2},{close:.2}")
        })
    };
    assert_eq!(warnings(&of(0..0)), "");
    let found = |exchanged| {
        let found = warnings(&of(exchanged));
        assert_eq!(found.lines().count(), 1, "{found}");
        let words: Vec<&str> = found.split_whitespace().collect();
        let line = |word: &str| {
            let at = words.windows(2).position(|pair| pair == [word, "line"]).unwrap_or_else(|| panic!("{found}"));
            words[at + 2].trim_end_matches(':').parse::<usize>().unwrap()
        };
        assert!(found.starts_with("'Close' seems to hold the opens and 'Open' the closes"), "{found}");
        [line("from"), line("to")]
    };
    for (exchanged, lines) in [(300..600, [302, 601]), (0..300, [2, 301]), (200..420, [202, 421])] {
        let near = found(exchanged).into_iter().zip(lines).all(|(found, line)| found.abs_diff(line) < 10);
        assert!(near, "{lines:?}");
    }
    assert!(!warnings(&of(0..600)).contains("from line"));
}

#[test]
fn a_second_table_with_other_columns_is_an_error() {
    let days = weekdays(date(2021, 3, 1), 80);
    let bars = |days: &[jiff::civil::Date]| {
        rows_of("Date,Open,Close,Volume", days, |row, day| format!("{day},{},{},{row}00", price(row), price(row + 1)))
    };
    let second = |header: &str| rows_of(header, &days[40..], |row, day| format!("{day},{}", price(row)));
    for header in ["Date,Price", "date,close", "Day,KO"] {
        let found = fault(&(bars(&days[..40]) + &second(header)));
        assert!(found.starts_with("p.csv:42: another table begins here, with "), "{found}");
    }
    // The same number of columns, with other names.
    let other =
        rows_of("Date,Close,Volume,Change", &days[40..], |row, day| format!("{day},{},{row}00,0.5", price(row)));
    let found = fault(&(bars(&days[..40]) + &other));
    assert!(found.starts_with("p.csv:42: another table begins here, with "), "{found}");
    // The same header again, and text below the prices.
    assert!(warnings(&(bars(&days[..40]) + &bars(&days[40..]))).starts_with("left out 1 line of text (line 42)"));
    let index = bars(&days) + "INDEX,TOTAL,PAGESIZE\n0,3500,100\n";
    assert!(warnings(&index).starts_with("left out 2 lines of text (lines 82 and 83)"));
}

#[test]
fn prices_in_32nds_are_named_in_each_form() {
    let of = |form: fn(usize, usize) -> String| {
        table("Date,Close", 200, |row, day| format!("{day},{}", form(108 + row * 7 / 32 % 5, row * (row + 7) % 32)))
    };
    for form in [
        |whole, part| format!("{whole}'{part:02}"),
        |whole, part| format!("{whole}-{part:02}"),
        |whole, part| format!("{whole}-{part:02}+"),
    ] {
        let found = fault(&of(form));
        assert!(found.contains("is a price in 32nds, expected decimals\nwrite 109'145 as 109.453125"), "{found}");
    }
    let pointed = warnings(&of(|whole, part| format!("{whole}.{part:02}")));
    assert_eq!(pointed, "'Close' has no decimals above 31: prices like 108.00 may be in 32nds\n");
    assert_eq!(warnings(&of(|whole, part| format!("{whole}.{:02}", part * 3))), "");
}

#[test]
fn a_single_column_is_named() {
    let days = weekdays(date(2021, 3, 1), 40);
    let of = |header: &str, cell: &dyn Fn(usize) -> String| {
        format!("{header}{}", (0..40).map(|row| cell(row) + "\n").collect::<String>())
    };
    for (text, column) in [
        (of("Date\n", &|row| days[row].to_string()), "'Date'"),
        (of("Close\n", &|row| price(row).to_string()), "'Close'"),
        (of("Name\n", &|row| "abcdefgh"[row % 8..].to_owned()), "'Name'"),
        (of("", &|row| days[row].to_string()), "without a name"),
    ] {
        let found = fault(&text);
        let expected = format!("p.csv: has one column, {column}, expected a date and a price");
        assert!(found.starts_with(&expected), "{found}");
    }
}

#[test]
fn running_text_is_no_table() {
    let found = fault(include_str!("../../data/README.md"));
    assert!(found.starts_with("p.csv: is running text, expected a table of text (CSV)"), "{found}");
    let prose = "Prices of the year 2021, as the exchange has them.\n\nThe first, on 2021-03-01, was 51.25, and the last 52.\n\
                 A few days, in May, are missing.\nSee the notes, the list, and the index, for more.\nDate, close, volume.\n";
    let found = fault(prose);
    assert!(found.starts_with("p.csv: is running text"), "{found}");
    // Text above and below prices is allowed.
    let table = table("Date,Close", 30, |row, day| format!("{day},{}", price(row)));
    let close = &read(&format!("{prose}{table}{prose}")).series[0].close;
    assert_eq!(close.len(), 30);
}

#[test]
fn a_price_that_accrues_is_not_interpolated() {
    let days = weekdays(date(2018, 1, 1), 1500);
    for decimals in [2, 4, 6] {
        let of = |by_calendar: bool| {
            rows_of("Date,Close", &days, |row, day| {
                let days = if by_calendar { (day - days[0]).get_days() as f64 } else { 1.4 * row as f64 };
                format!("{day},{:.decimals$}", 1000.0 * (1.0 + 0.03 / 365.0 * days))
            })
        };
        // Two rates; the first is negative.
        let turns = rows_of("Date,Close", &days, |row, day| {
            let (below, above) = (row.min(900) as f64, row.saturating_sub(900) as f64);
            format!("{day},{:.decimals$}", 1000.0 * (1.0 + (0.03 * above - 0.005 * below) / 365.0))
        });
        for text in [of(true), of(false), turns] {
            assert!(!warnings(&text).contains("straight line"), "{decimals}: {}", warnings(&text));
        }
    }
}

#[test]
fn the_columns_of_a_bar_have_one_currency() {
    let of = |open: &'static str| {
        table("Date,Open,High,Low,Close", 30, |row, day| {
            let price = price(row);
            format!("{day},{open}{price},{open}{:.2},{open}{:.2},€{price}", price + 0.5, price - 0.5)
        })
    };
    assert!(fault(&of("$")).starts_with("p.csv:2: 'Open' is in $ and 'Close' in €, expected one currency"));
    assert_eq!(warnings(&of("€")), "");
    assert_eq!(warnings(&of("")), "");
    // The second currency appears only on a later row.
    let later = table("Date,Open,High,Low,Close", 900, |row, day| {
        let price = price(row);
        format!("{day},{}{price},€{:.2},€{:.2},€{price}", ["€", "$"][row / 600], price + 0.5, price - 0.5)
    });
    assert!(fault(&later).starts_with("p.csv:602: 'Open' is in $ and 'Close' in €"), "{}", fault(&later));
}

#[test]
fn years_and_days_of_the_year_may_be_joined() {
    let days = weekdays(date(2019, 12, 2), 60);
    let text =
        rows_of("Date,Close", &days, |row, day| format!("{}{:03},{}", day.year(), day.day_of_year(), price(row)));
    assert_eq!(read(&text).series[0].dates, days);
    assert_eq!(read(&text).understood.date_format, "YYYYDDD");
}

#[test]
fn weeks_in_digits_are_weeks() {
    for header in ["Date", "Week", ""] {
        let week = |row: usize| format!("{},{}\n", 202_001 + 100 * (row / 52) + row % 52, price(row));
        let text = format!("{header},Close\n{}", (0..104).map(week).collect::<String>());
        let found = fault(&text);
        assert!(found.contains(" holds weeks (202001), daily prices are expected"), "{header}: {found}");
    }
}

#[test]
fn on_a_coarse_grid_a_tick_is_not_far_off() {
    let close = |row: usize| if noise(row) < 0.2 { "0.06" } else { "0.05" };
    assert_eq!(warnings(&table("Date,Close", 300, |row, day| format!("{day},{}", close(row)))), "");
    let wrong = table("Date,Close", 300, |row, day| format!("{day},{}", if row == 150 { "5.00" } else { close(row) }));
    assert!(warnings(&wrong).contains("1 price far from the prices around (line 152)"), "{}", warnings(&wrong));
}

#[test]
fn contracts_of_one_day_are_distinguished_by_their_column() {
    for name in ["Expiry", "Contract Month", "Expiration_Date"] {
        let text = table(&format!("Date,{name},Open,Settle"), 60, |row, day| {
            let of = |expiry: &str| format!("{day},{expiry},{},{}", price(row), price(row + expiry.len() + 1));
            ["2022-03-20", "2022-06-2", "2022-9-2"].map(of).join("\n")
        });
        let error = read(&text).rows_settled().unwrap_err();
        assert!(error.to_string().contains("several rows per day: one row per day is expected"), "{error}");
        let help = format!("to read a series of each '{name}', or keep the rows of one, for example the nearest");
        assert!(error.help().ends_with(&help), "{}", error.help());
    }
}

#[test]
fn rows_of_a_few_weekdays_are_named() {
    let of = |weekdays: &[i8]| {
        let days = date(2020, 1, 6).series(jiff::Span::new().days(1));
        let days: Vec<_> =
            days.filter(|day| weekdays.contains(&day.weekday().to_monday_one_offset())).take(200).collect();
        warnings(&rows_of("Date,Close", &days, |row, day| format!("{day},{}", price(row))))
    };
    let found = of(&[1, 3, 5]);
    assert_eq!(found, "all rows are on Mondays, Wednesdays and Fridays: only these weekdays are taken as sessions\n");
    assert!(of(&[1, 2, 4]).starts_with("all rows are on Mondays, Tuesdays and Thursdays:"));
    for all in [&[1, 2, 3, 4, 5][..], &[1, 2, 3, 4], &[7, 1, 2, 3, 4], &[1, 2, 3, 4, 5, 6, 7]] {
        assert_eq!(of(all), "", "{all:?}");
    }
}

#[test]
fn a_column_that_pandas_has_numbered_is_a_second_one() {
    let of = |header: &str, second: fn(usize) -> String| {
        table(header, 30, |row, day| format!("{day},{},{}", price(row), second(row)))
    };
    let other = fault(&of("Date,Close,Close.1", |row| format!("{}", price(row + 7))));
    assert!(other.starts_with("p.csv: 'Close' and 'Close.1' could each be the price column"), "{other}");
    assert_eq!(warnings(&of("Date,Close,Close.1", |row| format!("{}", price(row)))), "");
    // The row at which the two columns begin to differ does not matter.
    for differs in [200, 299] {
        let text = table("Date,Close,Close.1", 300, |row, day| {
            format!("{day},{},{}", price(row), price(row) * if row < differs { 1.0 } else { 3.0 })
        });
        let expected = format!("p.csv:{}: 'Close' and 'Close.1' could each be the price column", differs + 2);
        assert!(fault(&text).starts_with(&expected), "{}", fault(&text));
    }
    // The difference is after the first megabyte, and text after that is read in blocks.
    let rows: String = (0..60_000)
        .map(|row| {
            let day = date(1850, 1, 1).checked_add(jiff::ToSpan::days(row as i64)).unwrap();
            format!("{day},{},{}\n", price(row), price(row) * if row < 55_000 { 1.0 } else { 3.0 })
        })
        .collect();
    let found = fault(&format!("Date,Close,Close.1\n{rows}"));
    assert!(found.starts_with("p.csv:55002: 'Close' and 'Close.1'"), "{}", &found[..100]);
    let ends = table("Date,Close,Close.1", 300, |row, day| {
        let close = if row < 200 { price(row).to_string() } else { String::new() };
        format!("{day},{close},{}", price(row))
    });
    assert!(fault(&ends).starts_with("p.csv:202: 'Close' and 'Close.1'"), "{}", fault(&ends));
    assert_eq!(read(&of("Date,AAPL,AAPL.1", |row| format!("{}", price(row + 7)))).series.len(), 2);
}

#[test]
fn equal_columns_are_read_once() {
    let bar = |row: usize| format!("{},{},{},{}", price(row), price(row) + 1.0, price(row) - 1.0, price(row));
    for header in [
        "Date,Open,High,Low,Close,Open,High,Low,Close",
        "Date,Open,High,Low,Close,Open.1,High.1,Low.1,Close.1",
        "Date,Open_x,High_x,Low_x,Close_x,Open_y,High_y,Low_y,Close_y",
        "Date,Open,High,Low,Close_x,a,b,c,Close_y",
        "Date,Open,High,Low,Close,a,b,c,Price",
    ] {
        let text = table(header, 60, |row, day| format!("{day},{},{}", bar(row), bar(row)));
        let reading = read(&text);
        assert_eq!(reading.series.len(), 1, "{header}");
        assert!(reading.series[0].range.is_some(), "{header}");
        let unlike = table(header, 60, |row, day| format!("{day},{},{}", bar(row), bar(row + usize::from(row == 58))));
        if !header.contains("_x,High_x") {
            assert!(fault(&unlike).contains("could each be the price column"), "{header}: {}", fault(&unlike));
        }
    }
    // The second column can be the fuller one, with other decimals.
    for header in ["Date,Open,High,Low,Close_x,Close_y", "Date,Open,High,Low,Close,Price"] {
        let text = table(header, 60, |row, day| {
            let first = if row % 7 == 3 { String::new() } else { price(row).to_string() };
            format!("{day},{},{},{},{first},{:.4}", price(row), price(row) + 1.0, price(row) - 1.0, price(row))
        });
        let reading = read(&text);
        assert_eq!((reading.series.len(), reading.series[0].close.len()), (1, 60), "{header}");
        assert!(reading.series[0].range.is_some(), "{header}");
    }
    let dates = table("Date,Date,Close", 60, |row, day| format!("{day},{day},{}", price(row)));
    assert_eq!(read(&dates).series[0].close.len(), 60);
    // Two tickers can have equal prices.
    let wide = table("Date,AAA,BBB", 60, |row, day| format!("{day},{},{}", price(row), price(row)));
    assert_eq!(read(&wide).series.len(), 2);
}

#[test]
fn rows_of_nothing_but_closes_are_read() {
    let of = |name: &str| table("Date,Type,Price", 120, |row, day| format!("{day},{name},{}", price(row)));
    assert_eq!(read(&of("Close")).series.len(), 1);
    assert!(fault(&of("Open")).contains("column 'Type' holds the names of columns ('Open')"));
}

#[test]
fn days_of_another_form_are_an_error() {
    let days = weekdays(date(2022, 1, 3), 120);
    let of = |form: &dyn Fn(usize, jiff::civil::Date) -> String| {
        rows_of("Date;Close", &days, |row, day| format!("{};{}", form(row, day), price(row)))
    };
    let short = |day: jiff::civil::Date| format!("{:02}.{:02}.{:02}", day.day(), day.month(), day.year() - 2000);
    // Dates with the day first and a two-digit year, on the last row or the last ten.
    for first in [119, 110] {
        let found = fault(&of(&|row, day| if row < first { day.to_string() } else { short(day) }));
        let expected =
            format!("p.csv:{}: column 'Date': cannot read '{}' as a date (YYYY-MM-DD)", first + 2, short(days[first]));
        assert!(found.starts_with(&expected), "{found}");
    }
    let found = fault(&of(&|row, day| if row < 110 { day.to_string() } else { short(day) }));
    assert!(found.ends_with("if more rows are like it, write all dates in one form, YYYY-MM-DD"), "{found}");
    let found = fault(&of(&|row, day| if row == 110 { "x".to_owned() } else { day.to_string() }));
    assert!(found.ends_with("fix that row, or take it out"), "{found}");
    let found = fault(&of(&|row, day| if row < 119 { short(day) } else { day.to_string() }));
    assert!(found.starts_with("p.csv:121: column 'Date': cannot read '2022-06-17' as a date (DD.MM.YY)"), "{found}");
    let found = fault(&of(&|row, day| {
        if row < 20 { day.to_string() } else { format!("{:02}/{:02}/{}", day.day(), day.month(), day.year()) }
    }));
    assert!(found.starts_with("p.csv:2: column 'Date': cannot read '2022-01-03' as a date (DD/MM/YYYY)"), "{found}");
}

#[test]
fn days_with_day_and_month_exchanged_are_an_error() {
    let days = weekdays(date(2022, 1, 3), 300);
    let exchanged = |newest_first: bool| {
        let mut rows: Vec<String> = (0..days.len())
            .map(|row| {
                let (day, month, year) = (days[row].day(), days[row].month(), days[row].year());
                let date = if day <= 12 { format!("{day}/{month}/{year}") } else { format!("{month}/{day}/{year}") };
                format!("{date},{}", price(row))
            })
            .collect();
        if newest_first {
            rows.reverse();
        }
        format!("Date,Close\n{}\n", rows.join("\n"))
    };
    for newest_first in [false, true] {
        let found = fault(&exchanged(newest_first));
        assert!(found.contains("is out of order, but fits if day and month are exchanged, as on"), "{found}");
        assert!(
            found.ends_with(
                "export the dates again as YYYY-MM-DD: a spreadsheet has read some of them in another order"
            )
        );
    }
    // The wrong dates were sorted by a spreadsheet.
    let mut sorted: Vec<jiff::civil::Date> =
        days.iter().map(|day| jiff::civil::Date::new(day.year(), day.day(), day.month()).unwrap_or(*day)).collect();
    sorted.sort_unstable();
    let found = fault(&rows_of("Date,Close", &sorted, |row, day| format!("{day},{}", price(row))));
    assert!(
        found.contains("more days fall on a weekend, none of them after the 12th: day and month may be"),
        "{found}"
    );
    // Dates with a time of day.
    for time in [" 00:00:00", "T16:00:00Z"] {
        let with_time = |text: String| {
            let row = |row: &str| row.replacen(',', &format!("{time},"), 1);
            let rows: Vec<String> = text.lines().skip(1).map(row).collect();
            format!("Date,Close\n{}\n", rows.join("\n"))
        };
        let exchange =
            |day: jiff::civil::Date| jiff::civil::Date::new(day.year(), day.day(), day.month()).unwrap_or(day);
        let unsorted = rows_of("Date,Close", &days, |row, day| format!("{},{}", exchange(day), price(row)));
        let found = fault(&with_time(unsorted));
        assert!(found.contains("fits if day and month are exchanged"), "{found}");
        let found = fault(&with_time(rows_of("Date,Close", &sorted, |row, day| format!("{day},{}", price(row)))));
        assert!(found.contains("day and month may be"), "{found}");
    }
    // A row for the first of each month beside the rows of sessions, as after joining monthly data.
    let mut joined = days.clone();
    joined.extend((1..=14).map(|month: i8| date(2022 + i16::from(month / 13), (month - 1) % 12 + 1, 1)));
    joined.sort_unstable();
    joined.dedup();
    assert_eq!(
        read(&rows_of("Date,Close", &joined, |row, day| format!("{day},{}", price(row)))).series[0].dates,
        joined
    );
    // A market that trades on seven days a week.
    let all: Vec<jiff::civil::Date> = date(2022, 1, 1).series(jiff::ToSpan::days(1)).take(300).collect();
    assert_eq!(read(&rows_of("Date,Close", &all, |row, day| format!("{day},{}", price(row)))).series[0].dates, all);
    // Rows in no order are sorted.
    let shuffled = rows_of("Date,Close", &days, |row, _| format!("{},{}", days[row * 7 % 300], price(row)));
    assert_eq!(read(&shuffled).series[0].dates, days);
}

#[test]
fn the_bar_of_a_price_has_its_currency() {
    let text = table("Date,Open USD,High USD,Low USD,Close USD,Open EUR,High EUR,Low EUR,Close EUR", 60, |row, day| {
        let bar = |rate: f64| {
            let prices = [price(row), price(row) + 1.0, price(row) - 1.0, price(row) + 0.5];
            prices.map(|price| format!("{:.2}", rate * price)).join(",")
        };
        format!("{day},{},{}", bar(1.0), bar(0.999))
    });
    for (name, columns) in [("Close USD", [1, 2, 3, 4]), ("Close EUR", [5, 6, 7, 8])] {
        let options = ReadOptions { price: Some(name.parse().unwrap()), ..ReadOptions::default() };
        let reading = prices::read_bytes("p.csv", text.as_bytes(), &options).unwrap();
        let cells: Vec<f64> =
            text.lines().nth(1).unwrap().split(',').skip(1).map(|cell| cell.parse().unwrap()).collect();
        let (series, of) = (&reading.series[0], |place: usize| cells[columns[place] - 1]);
        let range = series.range.as_ref().unwrap();
        assert_eq!(
            [range.open[0], range.high[0], range.low[0], series.close[0]],
            [of(0), of(1), of(2), of(3)],
            "{name}"
        );
    }
}

#[test]
fn the_columns_of_a_series_below_each_other_are_an_error() {
    let names = ["open", "high", "low", "close", "volume"];
    let row = |row: usize, day: jiff::civil::Date| names.map(|name| format!("{day},{name},{}", price(row))).join("\n");
    let found = fault(&table("date,variable,value", 40, row));
    assert!(found.starts_with("p.csv: column 'variable' holds the names of columns ('open', 'high', 'low'"), "{found}");
    let in_blocks = names.map(|name| table("x", 40, |row, day| format!("{day},{name},{}", price(row))).split_off(2));
    let found = fault(&format!("Date,variable,value\n{}", in_blocks.concat()));
    assert!(found.starts_with("p.csv: column 'variable' holds the names of columns ('open'"), "{found}");
    // Tickers that are also words for open, low and so on.
    let tickers = table("date,ticker,value", 40, |row, day| {
        ["OPEN", "LOW", "KEY"].map(|name| format!("{day},{name},{}", price(row + name.len()))).join("\n")
    });
    assert_eq!(read(&tickers).series.len(), 3);
}

/// Open, high and low of the next day beside a close, or the close of the day before beside them: in both cases a row
/// contains values that are not known on its day.
#[test]
fn opens_highs_and_lows_of_the_next_day_would_be_known() {
    let prices = open_and_close(301);
    let reading = read(&table("Date,Open,High,Low,Close", 300, |row, day| {
        let [open, close] = prices[row + 1];
        let (high, low) = (open.max(close) + 0.05, open.min(close) - 0.05);
        format!("{day},{open:.2},{high:.2},{low:.2},{:.2}", prices[row][1])
    }));
    let [warning] = &reading.warnings[..] else { panic!("{:?}", reading.warnings) };
    assert_eq!(warning.to_string(), "'Close' has the values of the day before, as the other columns show");
    assert!(hint_of(warning).unwrap().contains("forecasts would use values of the day that they forecast"));
}

/// Exports of brokers and of a charting program, and a strategy with its closes day by day.
#[test]
fn lists_of_transactions_of_brokers_are_an_error() {
    let side = |row: usize| ["Buy", "Sell"][row % 2];
    let count = |row: usize| 1 + (20.0 * noise(row)) as usize;
    let rows = |header: &str, cells: &dyn Fn(usize) -> String| {
        table(header, 40, |row, day| {
            cells(row).replace("DAY", &day.to_string()).replace("PRICE", &price(row).to_string())
        })
    };
    let tables = [
        rows("Trade #,Type,Signal,Date/Time,Price USD,Contracts,Profit USD", &|row| {
            format!("{},{} Long,x,DAY,PRICE,10,{}.5", row / 2 + 1, ["Entry", "Exit"][row % 2], count(row))
        }),
        rows("Action,Time,Ticker,No. of shares,Price / share,Exchange rate,Result,Total", &|row| {
            format!("Market {},DAY,AAPL,{}.5,PRICE,1.0{},,{}", side(row), count(row), count(row), 100 * count(row))
        }),
        rows(
            "Timestamp,Transaction Type,Asset,Quantity Transacted,Spot Price at Transaction,Subtotal,Fees and/or Spread",
            &|row| format!("DAY,{},BTC,0.{},PRICE,{}.5,1.2", side(row), count(row), count(row)),
        ),
        rows("Position ID,Action,Amount,Units,Open Date,Open Rate,Close Rate,Profit", &|row| {
            format!("{row},Buy Apple,{},{},DAY,PRICE,PRICE,1.5", 100 * count(row), count(row))
        }),
        rows("Geschäftstag;Stück / Nom.;Bezeichnung;WKN;Ausführungskurs", &|row| {
            format!("DAY;{};SAP SE;716460;PRICE", count(row))
        }),
        rows("Datum,Product,ISIN,Aantal,Koers,Wisselkoers,Transactiekosten,Order ID", &|row| {
            format!("DAY,APPLE INC,US0378331005,{},PRICE,1.08,-2.00,abc-{row}", count(row))
        }),
    ];
    for text in &tables {
        let found = fault(text);
        assert!(found.contains("a list of transactions"), "{text}\n{found}");
    }
    for (header, cells) in [
        ("Date,Close,Order,Qty,Fee", "DAY,PRICE,SIDE,COUNT,1.5"),
        ("Date,Close,Position,Trade,Fee,Shares,Cash,Portfolio", "DAY,PRICE,1,SIDE,1.5,COUNT,COUNT00,COUNT01"),
        ("date,close,buy_signal,sell_signal,trade_type,amount", "DAY,PRICE,0,1,SIDE,COUNT"),
        ("Datum,Schlusskurs,Action,Quantity,Commission", "DAY,PRICE,SIDE,COUNT,0.5"),
    ] {
        let text = rows(header, &|row| cells.replace("SIDE", side(row)).replace("COUNT", &count(row).to_string()));
        let reading = read(&text);
        let closes: Vec<f64> = reading.series.iter().map(|series| series.close[0]).collect();
        assert!(closes[0] == price(0) && reading.series[0].volume.is_none(), "{header}: {closes:?}");
        // The same rows on a few days of each month are transactions.
        let few: Vec<&str> = text.lines().enumerate().filter(|(at, _)| at % 7 == 0).map(|(_, line)| line).collect();
        assert!(fault(&few.join("\n")).contains("a list of transactions"), "{header}");
    }
    let strategy =
        rows("Date,Close,Position,Units,Profit", &|row| format!("DAY,PRICE,{},{},1.5", side(row), count(row)));
    let of_orders = rows("Date,Price,Quantity", &|row| format!("DAY,PRICE,{}", 1000 * count(row)));
    for text in [strategy.replace("Buy", "Long").replace("Sell", "Short"), of_orders] {
        assert_eq!(read(&text).series.len(), 1, "{text}");
    }
}
