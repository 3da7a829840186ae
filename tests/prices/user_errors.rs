//! Errors of vendors and of users: the wrong column, another currency, a volume that is not one, rows with another
//! spacing at an end of the file.

use fourcast::cli::help::Help;
use fourcast::prices::{self, Frequency, ReadOptions, Reading, Splits};
use jiff::ToSpan;
use jiff::civil::{Date, date};

use crate::tables::{noise, price, rows_of, table, weekdays};

fn shares(row: usize) -> usize {
    100_000 + (900_000.0 * noise(3 * row + 1)) as usize
}

fn bars(rows: usize) -> String {
    table("Date,Open,High,Low,Close,Volume", rows, |row, day| {
        let close = price(row);
        format!("{day},{:.2},{:.2},{:.2},{close},{}", close - 0.1, close + 0.4, close - 0.5, shares(row))
    })
}

fn long(rows: usize) -> String {
    table("Date,Symbol,Close", rows, |row, day| {
        format!("{day},KO,{}\n{day},XOM,{:.2}", price(row), 2.0 * price(row + 1))
    })
}

fn read_with(text: &str, options: &ReadOptions) -> Reading {
    let reading = prices::read_bytes("p.csv", text.as_bytes(), options);
    reading.unwrap_or_else(|error| panic!("{error}\n{}\n{text}", error.help()))
}

fn read(text: &str) -> Reading {
    read_with(text, &ReadOptions::default())
}

/// Returns the error and its help: of the file, of one of its series, or of the checks of every command except
/// `inspect`.
fn fault(text: &str, options: &ReadOptions) -> String {
    let error = match prices::read_bytes("p.csv", text.as_bytes(), options) {
        Err(error) => error,
        Ok(reading) => {
            let failed = reading.failed.into_iter().map(|failed| failed.error).next();
            let series = reading.series.len();
            let reading = prices::read_bytes("p.csv", text.as_bytes(), options).unwrap();
            let settled = || (0..series).find_map(|one| reading.spacing_of_series_settled(one).err());
            failed.or_else(settled).unwrap_or_else(|| panic!("no error in {text}"))
        }
    };
    format!("{error}\n{}", error.help())
}

fn plain() -> ReadOptions {
    ReadOptions::default()
}

fn warnings(reading: &Reading) -> String {
    reading.warnings.iter().map(|warning| format!("{warning}\n")).collect()
}

fn close_column(text: &str) -> String {
    let reading = read(text);
    let close = reading.understood.columns.iter().find(|column| column.role == prices::Role::Close);
    close.unwrap_or_else(|| panic!("{text}")).name.clone()
}

#[test]
fn a_column_of_another_kind_is_answered_with_those_that_fit() {
    let named = |what: &str, name: &str| {
        let name = Some(name.parse().unwrap());
        match what {
            "date" => ReadOptions { date: name, ..plain() },
            "price" => ReadOptions { price: name, ..plain() },
            _ => ReadOptions { ticker_column: name, ..plain() },
        }
    };
    let (bars, long) = (bars(40), long(40));
    for (text, what, name, message, help) in [
        (
            &bars,
            "date",
            "Close",
            "column 'Close' contains no dates: ",
            "name the one that does with --date-column Date",
        ),
        (
            &bars,
            "date",
            "Volume",
            "column 'Volume' contains no dates: ",
            "name the one that does with --date-column Date",
        ),
        (&bars, "date", "5", "column 'Close' contains no dates: ", "name the one that does with --date-column Date"),
        (&long, "date", "symbol", "column 'Symbol' contains no dates: 'KO'", "--date-column Date"),
        (&bars, "price", "Date", "column 'Date' contains no prices: '2021-03-01'", "for example --price-column Close"),
        (&long, "price", "Symbol", "column 'Symbol' contains no prices: 'KO'", "with --price-column Close"),
        (&bars, "ticker", "Close", "column 'Close' contains no tickers: ", "leave out --ticker-column"),
        (&bars, "ticker", "Date", "column 'Date' contains no tickers: '2021-03-01'", "leave out --ticker-column"),
        (&bars, "ticker", "Volume", "column 'Volume' contains no tickers: ", "leave out --ticker-column"),
        (&long, "ticker", "Close", "column 'Close' contains no tickers: ", "with --ticker-column Symbol"),
        (&long, "ticker", "Date", "column 'Date' contains no tickers: ", "with --ticker-column Symbol"),
        (&bars, "ticker", "Symbol", "no ticker column 'Symbol', and none of 'Date', ", "leave out --ticker-column"),
        (&bars, "date", "Dat", "no date column 'Dat', expected 'Date'", "did you mean 'Date'? pass --date-column Date"),
        (&bars, "date", "Day", "no date column 'Day', expected 'Date'", "name it with --date-column Date"),
        (
            &bars,
            "price",
            "closing",
            "'closing', expected one of 'Close', 'Open', 'High' or 'Low'",
            "--price-column Close",
        ),
        (&bars, "price", "turnover", "expected one of 'Close', 'Open', 'High' or 'Low'", "--price-column Close"),
        (&bars, "price", "max", "expected one of 'High', ", "for example --price-column High"),
        (&bars, "price", "volum", "expected one of 'Close', 'Open', 'High' or 'Low'", "--price-column Close"),
    ] {
        let fault = fault(text, &named(what, name));
        assert!(fault.contains(message) && fault.contains(help), "{what} {name}: {fault}");
    }
    // A column that moves like a volume is not a price, even under another name.
    let traded = bars.replace("Volume", "Traded");
    for (text, name) in [(&bars, "Volume"), (&bars, "6"), (&traded, "Traded")] {
        let fault = fault(text, &named("price", name));
        assert!(fault.contains("' contains no prices: '"), "{fault}");
        assert!(fault.ends_with("for example --price-column Close"), "{fault}");
    }
    // `Vol` is a volatility here.
    let implied = table("Date,Vol", 30, |row, day| format!("{day},{:.2}", price(row) / 5.0));
    assert_eq!(read_with(&implied, &named("price", "Vol")).series[0].close.len(), 30);
    let realised =
        table("Date,Vol", 30, |row, day| format!("{day},{:.2}", price(row) / [2.0, 5.0, 3.0, 9.0][row * row % 11 % 4]));
    assert_eq!(read_with(&realised, &named("price", "Vol")).series[0].close.len(), 30);
    // Numbers can be tickers.
    let codes = long.replace("KO", "600000.0").replace("XOM", "5930.0");
    assert_eq!(read_with(&codes, &named("ticker", "Symbol")).series.len(), 2);
}

#[test]
fn part_of_a_name_is_enough_for_a_suggestion() {
    let text = table("Date,Close,Adj Close", 30, |row, day| format!("{day},{},{:.2}", price(row), price(row) / 2.0));
    let wanted = ReadOptions { price: Some("adj".parse().unwrap()), ..plain() };
    assert!(fault(&text, &wanted).contains("did you mean 'Adj Close'? pass --price-column 'Adj Close'"));
}

#[test]
fn turnover_is_never_suggested_as_the_price() {
    let money = |row: usize| (price(row) * shares(row) as f64).round();
    for (header, row) in [
        (
            "Date,Volume,Turnover",
            &(|row, day| format!("{day},{},{}", shares(row), money(row))) as &dyn Fn(usize, Date) -> String,
        ),
        ("Date,Shares,Value", &|row, day| format!("{day},{},{}", shares(row), money(row))),
        ("Date,Volume,Money", &|row, day| format!("{day},{},{:.2}", shares(row), money(row) + 0.25)),
        ("Date,Close,Turnover", &|row, day| format!("{day},,{}", money(row))),
        ("Date,Close,Volume,Value", &|row, day| format!("{day},,{},{}", shares(row), money(row))),
    ] {
        let fault = fault(&table(header, 40, row), &plain());
        assert!(fault.contains("price"), "{header}: {fault}");
        assert!(!fault.contains("--price-column"), "{header}: {fault}");
        assert!(!fault.contains("no column contains numbers"), "{header}: {fault}");
    }
    // With an unknown column name, the list of possible columns has no turnover either.
    let text = table("Date,Last,Volume,Turnover", 40, |row, day| {
        format!("{day},{},{},{}", price(row), shares(row), money(row))
    });
    let fault = fault(&text, &ReadOptions { price: Some("clos".parse().unwrap()), ..plain() });
    assert!(fault.contains("expected 'Last'"), "{fault}");
}

#[test]
fn prices_in_two_currencies_are_an_error_with_the_lines() {
    let turns = |row: usize| if row < 20 { ["USD", "$"] } else { ["EUR", "€"] };
    let column = table("Date,Close,Currency", 40, |row, day| format!("{day},{},{}", price(row), turns(row)[0]));
    let sign = table("Date,Close", 40, |row, day| format!("{day},{}{}", turns(row)[1], price(row)));
    let code = table("Date,Close", 40, |row, day| format!("{day},{} {}", price(row), turns(row)[0]));
    let pence = table("Date,Close,Ccy", 40, |row, day| format!("{day},{},{}", price(row), ["GBP", "GBX"][row / 20]));
    let of_close = table("Date,Close,Close Currency", 40, |row, day| format!("{day},{},{}", price(row), turns(row)[0]));
    let signs = table("Date,Close,Currency", 40, |row, day| format!("{day},{},{}", price(row), turns(row)[1]));
    let of_signs = |sign: char| {
        table("Date,Close,Currency", 40, |row, day| format!("{day},{},{}", price(row), [sign, '$'][row / 20]))
    };
    let divisa = column.replace("Currency", "Divisa");
    for (text, one, other) in [
        (&column, "USD", "EUR"),
        (&sign, "$", "€"),
        (&code, "USD", "EUR"),
        (&pence, "GBP", "GBX"),
        (&of_close, "USD", "EUR"),
        (&signs, "$", "€"),
        (&of_signs('₹'), "₹", "$"),
        (&of_signs('฿'), "฿", "$"),
        (&divisa, "USD", "EUR"),
    ] {
        let fault = fault(text, &plain());
        let message =
            format!("p.csv:22: the price is in {other} on this line and in {one} on line 2, expected one currency");
        assert!(fault.starts_with(&message), "{fault}");
        assert!(fault.contains("pass --since 2021-03-29"), "{fault}");
        let from = ReadOptions { since: Some(date(2021, 3, 29)), ..plain() };
        assert_eq!(read_with(text, &from).series[0].close.len(), 20);
    }
    // The second column shows what the first does not.
    let second = table("Date,Close,Currency,Listing Currency", 40, |row, day| {
        format!("{day},{},USD,{}", price(row), ["USD", "EUR"][row / 20])
    });
    assert!(fault(&second, &plain()).starts_with("p.csv:22: the price is in EUR on this line"));
    // The currency alternates, so there is no day from which on only one is used.
    let mixed =
        table("Date,Close,Currency", 40, |row, day| format!("{day},{},{}", price(row), ["USD", "EUR"][row % 2]));
    let fault = fault(&mixed, &plain());
    assert!(fault.starts_with("p.csv:3: the price is in EUR on this line") && !fault.contains("--since"), "{fault}");
}

#[test]
fn one_currency_for_each_series_is_none_to_report() {
    let long = table("Date,Symbol,Currency,Close", 20, |row, day| {
        format!("{day},KO,USD,{}\n{day},SAP,EUR,{}", price(row), price(row + 1))
    });
    assert_eq!(read(&long).series.len(), 2);
    // A sign on only some of the cells, and one currency written as sign and as code.
    let part = table("Date,Close", 20, |row, day| format!("{day},{}{}", ["", "$"][row % 2], price(row)));
    assert_eq!(warnings(&read(&part)), "");
    let words = table("Date,Close", 20, |row, day| {
        format!("{day},{}", [format!("${}", price(row)), format!("{} USD", price(row))][row % 2])
    });
    assert_eq!(read(&words).series[0].close.len(), 20);
    // Currencies of something other than the prices.
    for name in ["Dividend Currency", "Reporting Currency", "Fee", "Base Currency", "EPS ccy", "Market Cap Currency"] {
        let other = table(&format!("Date,Close,{name}"), 40, |row, day| {
            format!("{day},{},{}", price(row), ["EUR", "USD"][row / 20])
        });
        assert_eq!(read(&other).series[0].close.len(), 40, "{name}");
    }
    for name in ["AUM Currency", "Waluta dywidendy", "Währung Dividende"] {
        let other = table(&format!("Date,Close,{name}"), 40, |row, day| {
            format!("{day},{},{}", price(row), ["EUR", "USD"][row / 20])
        });
        assert_eq!(read(&other).series[0].close.len(), 40, "{name}");
    }
    // A currency only on days with a dividend.
    let on_dividends = table("Date,Close,Dividends,Currency", 100, |row, day| {
        let (amount, currency) = if row % 25 == 5 { (0.22, ["EUR", "USD"][row / 50]) } else { (0.0, "") };
        format!("{day},{},{amount},{currency}", price(row))
    });
    assert_eq!(read(&on_dividends).series[0].close.len(), 100);
    // One currency in two spellings.
    for [one, other] in [["CNY", "人民币"], ["CHF", "SFr"], ["SEK", "kr"]] {
        let text =
            table("Date,Close,Currency", 40, |row, day| format!("{day},{},{}", price(row), [one, other][row / 20]));
        assert_eq!(read(&text).series[0].close.len(), 40, "{one} {other}");
    }
    let sleeves =
        table("Date,Close,Sleeve", 40, |row, day| format!("{day},{},{}", price(row), ["EUR", "USD", "GBP"][row % 3]));
    assert_eq!(read(&sleeves).series[0].close.len(), 40);
    let words =
        table("Date,Close,Currency", 20, |row, day| format!("{day},{},{}", price(row), ["US Dollar", "USD"][row % 2]));
    assert_eq!(read(&words).series[0].close.len(), 20);
    // A column of currencies that are the names of the series.
    let rates =
        table("Date,Currency,Rate", 20, |row, day| format!("{day},USD,{}\n{day},JPY,{}", price(row), price(row + 1)));
    let by = ReadOptions { ticker_column: Some("Currency".parse().unwrap()), ..plain() };
    assert_eq!(read_with(&rates, &by).series.len(), 2);
    assert_eq!(read(&rates).series.len(), 2);
}

#[test]
fn an_impossible_volume_is_reported_and_not_used() {
    for bad in ["-5000", "1e-9", "1e300"] {
        let text = bars(40).replace(&format!(",{}\n", shares(20)), &format!(",{bad}\n"));
        let reading = read(&text);
        assert_eq!(reading.series[0].volume.as_ref().unwrap()[20], 0.0, "{bad}");
        assert_eq!(warnings(&reading), "1 row with an impossible volume (line 22): read as no volume\n", "{bad}");
    }
    for bad in ["abc", "inf"] {
        let text = bars(40).replace(&format!(",{}\n", shares(20)), &format!(",{bad}\n"));
        let fault = fault(&text, &plain());
        assert!(fault.starts_with("p.csv:22: column 'Volume': "), "{fault}");
        assert!(
            fault.contains("leave it empty if the volume is not known")
                || fault.contains("leave the cell empty if the volume is not known"),
            "{fault}"
        );
    }
    // A column of negative numbers is not a volume.
    let negative = table("Date,Close,Volume", 40, |row, day| format!("{day},{},-{}", price(row), shares(row)));
    let reading = read(&negative);
    assert_eq!(reading.series[0].volume, None);
    assert!(warnings(&reading).starts_with("40 rows with an impossible volume "), "{}", warnings(&reading));
    // Coins are traded in small fractions.
    let coins = table("Date,Close,Volume", 40, |row, day| format!("{day},{},0.0000{}", price(row), shares(row)));
    assert_eq!(warnings(&read(&coins)), "");
}

#[test]
fn a_few_weeks_at_an_end_of_daily_rows_are_named() {
    let days = weekdays(date(2021, 3, 1), 120);
    let closes = |days: &[Date]| rows_of("Date,Close", days, |row, day| format!("{day},{}", price(row)));
    let weeks = |from: Date, count: i64| (1..=count).map(move |week| from + (7 * week).days());
    let last = days[119];
    for count in [2, 5, 7] {
        let after: Vec<Date> = days.iter().copied().chain(weeks(last, count)).collect();
        let line = 122;
        let expected = format!(
            "the last {count} rows are a week apart (from line {line} on), the others a day: they are read as days\n"
        );
        assert_eq!(warnings(&read(&closes(&after))), expected);
        let before: Vec<Date> =
            (1..=count).rev().map(|week| days[0] - (7 * week).days()).chain(days.iter().copied()).collect();
        let expected = format!(
            "the first {count} rows are a week apart (up to line {}), the others a day: they are read as days\n",
            count + 1
        );
        assert_eq!(warnings(&read(&closes(&before))), expected);
    }
    let months: Vec<Date> = days.iter().copied().chain((1..=3).map(|month| last + (30 * month).days())).collect();
    let found = warnings(&read(&closes(&months)));
    assert!(found.starts_with("the last 3 rows are a month apart (from line 122 on)"), "{found}");
    assert!(!found.contains("no row from"), "{found}");
    // Days after weeks.
    let friday = date(2021, 3, 5);
    let weekly: Vec<Date> = (0..110).map(|week| friday + (7 * week).days()).collect();
    let tail: Vec<Date> = weekly.iter().copied().chain((3..=6).map(|day| weekly[109] + day.days())).collect();
    let found = warnings(&read_with(&closes(&tail), &ReadOptions { frequency: Some(Frequency::Weekly), ..plain() }));
    assert!(found.contains("the last 3 rows are a day apart (from line 112 on), the others a week"), "{found}");
    // A single week without rows can be a holiday.
    let holiday: Vec<Date> = days.iter().copied().chain(weeks(last, 1)).collect();
    assert_eq!(warnings(&read(&closes(&holiday))), "");
}

#[test]
fn periods_in_words_are_named_for_what_they_are() {
    let of = |header: &str, periods: Vec<String>| {
        let rows = periods.iter().enumerate().map(|(row, period)| format!("{period},{}\n", price(row)));
        format!("{header},Close\n{}", rows.collect::<String>())
    };
    let all = |count: i32, of: fn(i32, i32) -> String| -> Vec<String> {
        (1990..2010).flat_map(|year| (1..=count).map(move |part| of(year, part))).collect()
    };
    let names = |part: i32| {
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][part as usize - 1]
    };
    let month = |form: fn(i32, &str) -> String| -> Vec<String> {
        (1990..2010).flat_map(|year| (1..=12).map(move |part| form(year, names(part)))).collect()
    };
    for (kind, found, periods) in [
        ("quarters", "1990-Q1", all(4, |year, part| format!("{year}-Q{part}"))),
        ("quarters", "Q1 1990", all(4, |year, part| format!("Q{part} {year}"))),
        ("quarters", "1990Q1", all(4, |year, part| format!("{year}Q{part}"))),
        ("quarters", "1990 Q1", all(4, |year, part| format!("{year} Q{part}"))),
        ("quarters", "1Q1990", all(4, |year, part| format!("{part}Q{year}"))),
        ("quarters", "Q1/90", all(4, |year, part| format!("Q{part}/{:02}", year % 100))),
        ("half years", "1990H1", all(2, |year, part| format!("{year}H{part}"))),
        ("half years", "1990-S1", all(2, |year, part| format!("{year}-S{part}"))),
        ("months", "1990M01", all(12, |year, part| format!("{year}M{part:02}"))),
        ("months", "1990-M1", all(12, |year, part| format!("{year}-M{part}"))),
        ("months", "199001", all(12, |year, part| format!("{year}{part:02}"))),
        ("months", "1990.01", all(12, |year, part| format!("{year}.{part:02}"))),
        ("months", "1990-01", all(12, |year, part| format!("{year}-{part:02}"))),
        ("months", "01/1990", all(12, |year, part| format!("{part:02}/{year}"))),
        ("months", "Jan-90", month(|year, name| format!("{name}-{:02}", year % 100))),
        ("months", "Jan 1990", month(|year, name| format!("{name} {year}"))),
        ("months", "JAN90", month(|year, name| format!("{}{:02}", name.to_uppercase(), year % 100))),
        ("weeks", "1990-W01", all(52, |year, part| format!("{year}-W{part:02}"))),
        ("weeks", "1990W01", all(52, |year, part| format!("{year}W{part:02}"))),
        ("weeks", "W1 1990", all(52, |year, part| format!("W{part} {year}"))),
        ("weeks", "1990 week 1", all(52, |year, part| format!("{year} week {part}"))),
        ("years", "1990", all(1, |year, _| year.to_string())),
        ("years", "FY1990", all(1, |year, _| format!("FY{year}"))),
    ] {
        for header in ["Date", "Period", "Quarter", "Week", "Month", "Year", ""] {
            let fault = fault(&of(header, periods.clone()), &plain());
            let named = if header.is_empty() { "column 1" } else { header };
            let expected = format!("p.csv: '{named}' holds {kind} ({found}), daily prices are expected");
            assert!(fault.starts_with(&expected), "{header},{found}: {fault}");
            match kind {
                "months" => assert!(fault.contains("pass --frequency monthly"), "{fault}"),
                "weeks" => assert!(fault.contains("pass --frequency weekly"), "{fault}"),
                _ => assert!(fault.contains("name a file of daily, weekly or monthly prices"), "{fault}"),
            }
        }
    }
    let parts = |row: usize| format!("{},{},{}\n", 2000 + row / 12, 1 + row % 12, price(row));
    let of_year_and_month = format!("Year,Month,Close\n{}", (0..48).map(parts).collect::<String>());
    let found = fault(&of_year_and_month, &plain());
    assert!(found.starts_with("p.csv: 'Month' holds months (1), daily prices are expected"), "{found}");
    // A date can be a year, a week and a weekday, or six digits.
    let days = weekdays(date(2021, 3, 1), 30);
    let weeks = rows_of("Date,Close", &days, |row, day| {
        let week = day.iso_week_date();
        format!("{}-W{:02}-{},{}", week.year(), week.week(), week.weekday().to_monday_one_offset(), price(row))
    });
    assert_eq!(read(&weeks).series[0].dates, days);
    let short = rows_of("Date,Close", &days, |row, day| format!("{},{}", day.strftime("%y%m%d"), price(row)));
    assert_eq!(read(&short).series[0].dates, days);
}

/// Returns a list of trades, at any time of the day; some days have none.
fn trades(header: &str, row: impl Fn(usize, Date, &str) -> String) -> String {
    let days = weekdays(date(2021, 3, 1), 60);
    let trades = (0..90).map(|trade| {
        let day = days[(trade * 3) / 5];
        row(trade, day, &format!("{:02}:{:02}:07", 9 + trade * 5 % 7, trade * trade * 13 % 60))
    });
    format!("{header}\n{}", trades.map(|row| row + "\n").collect::<String>())
}

#[test]
fn a_list_of_transactions_needs_no_side() {
    let count = |row: usize| 10 * (1 + row * 7 % 9);
    let fee = |row: usize| 1.0 + (row % 5) as f64 / 4.0;
    for text in [
        trades("Date,Price,Quantity,Fee", |row, day, time| {
            format!("{day} {time},{},{},{}", price(row), count(row), fee(row))
        }),
        trades("Date,Time,Price,Quantity,Fee", |row, day, time| {
            format!("{day},{time},{},{},{}", price(row), count(row), fee(row))
        }),
        trades("Date,Price,Quantity,Fee", |row, day, _| format!("{day},{},{},{}", price(row), count(row), fee(row))),
        trades("Trade Date,Symbol,Price,Shares,Commission,Amount", |row, day, _| {
            let amount = price(row) * count(row) as f64 + fee(row);
            format!("{day},AAPL,{},{},{},{amount:.2}", price(row), count(row), fee(row))
        }),
        table("Date,Price,Quantity,Fee", 60, |row, day| format!("{day},{},{},{}", price(row), count(row), fee(row))),
    ] {
        let fault = fault(&text, &plain());
        assert!(fault.starts_with("p.csv: a list of transactions ("), "{fault}");
    }
    // Prices with the number of shares traded are prices, and so are trades without fees.
    let history = table("Date,Price,Shares,Value", 60, |row, day| {
        format!("{day},{},{},{}", price(row), shares(row), (price(row) * shares(row) as f64).round())
    });
    assert_eq!(close_column(&history), "Price");
    let ticks =
        trades("Date,Time,Price,Quantity", |row, day, time| format!("{day},{time},{},{}", price(row), count(row)));
    let found = fault(&ticks, &plain());
    assert!(found.contains("several rows per day at irregular times: one row per day is expected"), "{found}");
}

#[test]
fn one_cause_has_one_warning() {
    // The rows are weeks, so warnings about gaps and weekdays are left out.
    let weeks: Vec<Date> = (0..60).map(|week| date(2021, 3, 5) + (7 * (week + week / 30)).days()).collect();
    let text = rows_of("Date,Close", &weeks, |row, day| format!("{day},{}", price(row)));
    assert_eq!(warnings(&read(&text)), "");
    assert!(fault(&text, &plain()).contains("rows are a week apart"));
    // Rows that are trades.
    let ticks = trades("Date,Time,Price,Quantity", |row, day, time| format!("{day},{time},{},{}", price(row), row + 1));
    assert_eq!(warnings(&read(&ticks)), "");
    // Rows that are hours, of which the last day is incomplete.
    let hours = table("Time,Close", 40, |row, day| {
        let hours = if row == 39 { 9..12 } else { 9..16 };
        hours.map(|hour| format!("{day} {hour:02}:30,{}", price(row * 7 + hour))).collect::<Vec<_>>().join("\n")
    });
    assert_eq!(warnings(&read(&hours)), "");
    assert!(fault(&hours, &plain()).contains("several rows per day, an hour apart"));
}

#[test]
fn tables_below_each_other_and_days_side_by_side_are_named() {
    let days = weekdays(date(2021, 3, 1), 40);
    let of = |times: usize| rows_of("Date,Close", &days, |row, day| format!("{day},{}", price(times * row + times)));
    let below = format!("Symbol: KO\n{}\nSymbol: XOM\n{}", of(1), of(2));
    let fault_of = |text: &str| fault(text, &plain());
    let found = fault_of(&below);
    let said = "p.csv:44: the rows below are of 'XOM', the rows above are of 'KO' (line 1), expected one table";
    assert!(found.starts_with(said), "{found}");
    let found = fault_of(&format!("Symbol: KO\n{}\nA word\n{}", of(1), of(2)));
    assert!(
        found.starts_with("p.csv:46: the days start again here, at 2021-03-01, as if another series began"),
        "{found}"
    );
    assert!(found.contains("write the ticker of each row in a column"), "{found}");
    // A column of expiries distinguishes the two tables. The help names it, and following the help works.
    let contract = |expiry: &str, times: usize| {
        let row = |(row, day): (usize, &Date)| format!("{day},{expiry},{}\n", price(times * row + times));
        days.iter().enumerate().map(row).collect::<String>()
    };
    let contracts = format!("Date,Expiry,Close\n{}{}", contract("2021-06-18", 1), contract("2021-09-17", 2));
    let found = fault_of(&contracts);
    assert!(found.contains("the days start again here"), "{found}");
    assert!(found.contains("with --ticker-column Expiry"), "{found}");
    let by = ReadOptions { ticker_column: Some("Expiry".parse().unwrap()), ..plain() };
    assert_eq!(prices::read_bytes("p.csv", contracts.as_bytes(), &by).unwrap().series.len(), 2);
    // The second table has no header, and only a part of the days.
    let later = |from: usize| of(2).lines().skip(1 + from).map(|line| format!("{line}\n")).collect::<String>();
    for from in [0, 15] {
        let found = fault_of(&(of(1) + &later(from)));
        assert!(found.starts_with("p.csv:42: the days start again here, at "), "{found}");
    }
    // The same prices again, and a single repeated day.
    assert!(warnings(&read(&(of(1) + &of(1)))).contains("left out 40 repeated rows"));
    let found = fault_of(&(of(1) + &later(39)));
    assert!(found.starts_with("p.csv:42: 2021-04-23 is also on line 41"), "{found}");
    let turned = |text: &str| {
        text.lines().rev().filter(|line| *line != "Date,Close").map(|line| format!("{line}\n")).collect::<String>()
    };
    let newest_first = format!("Date,Close\n{}{}", turned(&of(1)), turned(&of(2)));
    assert!(fault_of(&newest_first).starts_with("p.csv:42: the days start again here, at 2021-04-23"));
    let header: String = days.iter().map(|day| format!(",{day}")).collect();
    let prices = |times: usize| (0..40).map(|row| format!(",{}", price(times * row))).collect::<String>();
    let transposed = format!("Ticker{header}\nKO{}\nXOM{}\n", prices(1), prices(2));
    let found = fault_of(&transposed);
    assert!(
        found.starts_with("p.csv: the days are in one row (2021-03-01, 2021-03-02, …), expected a row for each"),
        "{found}"
    );
}

#[test]
fn a_column_of_words_is_no_price_whatever_its_name() {
    let text = table("Date,Base,Quote,Rate", 30, |row, day| format!("{day},EUR,USD,{}", price(row)));
    assert_eq!(close_column(&text), "Rate");
}

/// A price can open near the previous close and end the day at many times that.
#[test]
fn a_bar_from_the_close_before_to_a_far_close_is_kept() {
    let text = |low: f64| {
        table("Date,Open,High,Low,Close", 80, |row, day| {
            let level = price(row) * if row < 60 { 1.0 } else { 8.0 };
            let low = if row == 60 { low } else { level - 0.5 };
            let open = if row == 60 { price(59) } else { level };
            format!("{day},{open:.2},{:.2},{low:.2},{level:.2}", level + 0.5)
        })
    };
    let reading = read_with(&text(price(59) - 0.5), &ReadOptions { splits: Some(Splits::AsIs), ..plain() });
    let range = reading.series[0].range.as_ref().unwrap();
    assert!((range.low[60] - (price(59) - 0.5)).abs() < 0.006, "{}", range.low[60]);
    assert!(!warnings(&reading).contains("far from the "), "{}", warnings(&reading));
    // A low below the previous close is far from both closes.
    let reading = read_with(&text(price(59) / 9.0), &ReadOptions { splits: Some(Splits::AsIs), ..plain() });
    assert!(warnings(&reading).contains("far from the close"), "{}", warnings(&reading));
}

#[test]
fn a_month_that_is_not_known_is_to_be_written_in_english() {
    let text = table("Date,Close", 40, |row, day| format!("{},{}", day.strftime("%d %b %Y"), price(row)));
    let messages = fault(&text.replace("Apr", "Xyz"), &plain());
    assert!(messages.contains("cannot read '01 Xyz 2021' as a date"), "{messages}");
    assert!(messages.contains("write the month in English, or the day as YYYY-MM-DD"), "{messages}");
    let messages = fault(&text.replacen("01 Apr 2021", "x1 Apr 2021", 1), &plain());
    assert!(!messages.contains("in English"), "{messages}");
}

/// The last row of a ticker without its date, whose price is the number of rows.
#[test]
fn a_row_of_a_ticker_is_no_number_of_rows() {
    let text = table("Ticker,Date,Close", 40, |row, day| format!("T,{day},{:.2}", price(row)));
    for row in ["T,,40", "T,40"] {
        let reading = prices::read_bytes("p.csv", format!("{text}{row}\n").as_bytes(), &plain());
        let failed = reading
            .map_or_else(|error| vec![error], |reading| reading.failed.into_iter().map(|one| one.error).collect());
        assert_eq!(failed.len(), 1, "{row}");
    }
}
