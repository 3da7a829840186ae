//! The message of every error and every warning, each caused by an example file.
//!
//! To accept a change of the messages: `cargo insta review`, or rename the `.snap.new` file.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use jiff::civil::{Date, date};

use super::{Help, hint_of};
use crate::prices::testing::noise;
use crate::prices::{
    self, Changed, ColumnRef, Events, Frequency, Numbering, Problem, ReadError, ReadOptions, Source, Unbounded,
    Warning, read_bytes,
};

/// Defines the name of each variant, and the list of all names, so that a variant without an example fails the test.
macro_rules! variants {
    ($names:ident, $name_of:ident, $type:ident: $($variant:ident),+ $(,)?) => {
        const $names: &[&str] = &[$(stringify!($variant)),+];
        fn $name_of(one: &$type) -> &'static str {
            match one {
                $($type::$variant { .. } => stringify!($variant),)+
                _ => "unlisted",
            }
        }
    };
}

variants!(PROBLEMS, name_of_problem, Problem:
    Missing, Folder, Io, LongLine, Unbounded, Changed, Empty, NoRows, NoPrices, NoColumn, RowNumbers, SeveralColumns,
    UnknownColumn, Width, OpenQuote, Number, TwoMarks, Infinite, Date, Year, AmbiguousNumber, AmbiguousDate, NoTicker,
    ThirtySeconds, OtherHeader, OtherTicker, OneDay, UnknownSeries, SeveralSeries, UnsettledSplit, Foreign, Contradiction, Transactions, Periods, Spacing,
    LastAlone, OutsideSpan, NoValue, NamedTwice, PriceAhead, OtherKind, Currencies, Constant, Transposed, BeginAgain,
    OneColumn, Huge, OtherCurrency, ExchangedDays, ExchangedWeekends, ExchangedMonths, OtherYear, Stacked,
);

variants!(WARNINGS, name_of_warning, Warning:
    NoPrice, NoTicker, NoTrade, Merged, CloseOnly, OutOfReach, BarNotRead, Swapped, OfOneName, AlikeColumns, NotRead, HoldNoPrices, LikelyPoint, Signed, JoinedSeries, PanelKey, TakenName, Repeated, Text, Shuffled, NoRange, NoVolume, OddVolume, Constant, OtherEnd, Halted, OutsideRange, UnfitBars, OpenForClose, Stale, FarOff, Leaps, FarOut, Nonpositive, OddDays,
    LongGap, NotDaily, Unfinished, NoPriceAtEnd, MoreNoPriceAtEnd, UnfinishedDay, StaleEnd, Wild, EmptySeries, Contradicted, Outlier, Moved, Diverging, Filled, Unchanged, Interpolated, OddName, ShortSeries, SplitLike, SmallSplit, SplitAtEnd, NoCells, AssumedBar,
    ZoneInDoubt, Covariate, MaybeThirtySeconds, FewWeekdays,
);

/// Messages by variant.
type Messages = BTreeMap<&'static str, Vec<String>>;

fn page(names: &[&str], messages: &Messages) -> String {
    let missing: Vec<_> = names.iter().filter(|name| !messages.contains_key(**name)).collect();
    assert!(missing.is_empty(), "no example for {missing:?}");
    let mut page = String::new();
    for name in names {
        for text in &messages[name] {
            writeln!(page, "{name}: {text}").unwrap();
        }
    }
    page
}

fn error_of(text: &str, options: ReadOptions) -> ReadError {
    let read = read_bytes("prices.csv", text.as_bytes(), &options);
    match read {
        Err(error) => error,
        Ok(reading) => {
            let spacing = reading.rows_settled().err();
            let found = spacing.or_else(|| reading.only().err()).or_else(|| reading.splits_settled().err());
            found.unwrap_or_else(|| panic!("no error in {text}"))
        }
    }
}

/// Returns the error of the first series that could not be read.
fn failed_of(text: &str) -> ReadError {
    read_bytes("prices.csv", text.as_bytes(), &ReadOptions::default()).unwrap().failed.remove(0).error
}

/// Returns a table whose columns of opens and closes have exchanged names; each close is the next open.
fn exchanged() -> String {
    let days = date(2024, 1, 1).series(jiff::Span::new().days(1)).take(90);
    let closes: Vec<f64> = noise(5).take(91).map(|noise| 100.0 + noise.round_ties_even() + 5.0 * noise).collect();
    let row = |(row, day): (usize, Date)| {
        let (open, close) = (closes[row], closes[row + 1]);
        format!("{day},{close:.2},{:.2},{:.2},{open:.2}\n", open.max(close), open.min(close))
    };
    format!("Date,Open,High,Low,Close\n{}", days.enumerate().map(row).collect::<String>())
}

/// Returns the table of [`exchanged`], preceded by as many rows with the right names.
fn exchanged_later() -> String {
    let (text, header) = (exchanged(), "Date,Open,High,Low,Close");
    let right = |row: &str| {
        let cells: Vec<&str> = row.split(',').collect();
        let day = cells[0].parse::<Date>().unwrap() - jiff::Span::new().days(90);
        format!("{day},{},{},{},{}\n", cells[4], cells[2], cells[3], cells[1])
    };
    let rows: String = text.lines().skip(1).map(right).collect();
    format!("{header}\n{rows}{}", text.strip_prefix(header).unwrap().trim_start())
}

/// Returns closes of Mondays, Wednesdays and Fridays.
fn of_three_weekdays() -> String {
    let days = date(2024, 1, 1).series(jiff::Span::new().days(1));
    let days = days.filter(|day| [1, 3, 5].contains(&day.weekday().to_monday_one_offset())).take(90).zip(noise(5));
    format!(
        "Date,Close\n{}",
        days.map(|(day, noise)| format!("{day},{:.2}\n", 100.0 + 5.0 * noise)).collect::<String>()
    )
}

/// Returns days after the twelfth as month, day and year, the others as day, month and year.
fn with_exchanged_days() -> String {
    let day = |day: usize| if day > 12 { format!("1/{day}/2024,{day}\n") } else { format!("{day}/1/2024,{day}\n") };
    format!("Date,Close\n{}", (2..=25).map(day).collect::<String>())
}

/// Returns the weekdays of a year, sorted, with day and month exchanged where possible.
fn with_exchanged_weekends() -> String {
    let weekdays = date(2023, 1, 2).series(jiff::Span::new().days(1)).take(360);
    let weekdays = weekdays.filter(|day| day.weekday().to_monday_one_offset() < 6);
    let exchanged = |day: Date| Date::new(day.year(), day.day(), day.month()).unwrap_or(day);
    let days: std::collections::BTreeSet<Date> = weekdays.map(exchanged).collect();
    let rows = days.iter().zip(noise(5)).map(|(day, noise)| format!("{day},{:.2}\n", 100.0 + 5.0 * noise));
    format!("Date,Close\n{}", rows.collect::<String>())
}

/// Returns days of one year; one row has a different year.
fn with_other_year() -> String {
    let days = date(2024, 1, 1).series(jiff::Span::new().days(1)).take(20);
    let rows = days.map(|day| format!("{day},{}\n", 50 + day.day() % 5)).collect::<String>();
    format!("Date,Close\n{}", rows.replace("2024-01-09", "2042-01-09"))
}

/// Returns the first days of 24 months, with day and month exchanged.
fn with_exchanged_months() -> String {
    let row = |month: usize| format!("{}-01-{:02},{}\n", 2020 + month / 12, month % 12 + 1, 100 + month * 7 % 5);
    format!("Date,Close\n{}", (0..24).map(row).collect::<String>())
}

/// Returns closes of a treasury future, written with a decimal point.
fn pointed() -> String {
    let days = date(2024, 1, 1).series(jiff::Span::new().days(1)).take(200);
    let row = |(row, day): (usize, Date)| format!("{day},{}.{:02}\n", 108 + row * 7 / 32 % 5, row * (row + 7) % 32);
    format!("Date,Close\n{}", days.enumerate().map(row).collect::<String>())
}

/// Returns closes of a treasury future in 32nds.
fn in_32nds() -> String {
    let row = |day: usize| format!("2024-01-{day:02},109'{:02}{}\n", day * 7 % 32, [0, 2, 5, 7][day % 4]);
    format!("Date,Close\n{}", (1..=12).map(row).collect::<String>())
}

#[test]
fn messages_of_errors() {
    let plain = ReadOptions::default;
    let column = |name: &str| Some(ColumnRef::Name(name.to_owned()));
    let refused = std::io::Error::new(std::io::ErrorKind::PermissionDenied, "permission denied");
    let changed = |how| ReadError {
        file: "prices.csv".into(),
        line: None,
        numbering: Numbering::Lines,
        series: None,
        problem: Box::new(Problem::Changed(how)),
    };
    let mut errors = vec![
        prices::read(&Source::File("no/such.csv".into()), &plain()).unwrap_err(),
        prices::read(&Source::File("src".into()), &plain()).unwrap_err(),
        read_bytes("prices.csv.gz", &[0x1F, 0x8B, 8, 0, 0, 0], &plain()).unwrap_err(),
        ReadError {
            file: "prices.csv".into(),
            line: Some(7),
            numbering: Numbering::Lines,
            series: None,
            problem: Box::new(Problem::LongLine),
        },
        ReadError {
            file: "prices.csv".into(),
            line: None,
            numbering: Numbering::Lines,
            series: None,
            problem: Box::new(Problem::Unbounded(Unbounded::Stream)),
        },
        ReadError {
            file: "prices.csv".into(),
            line: None,
            numbering: Numbering::Lines,
            series: None,
            problem: Box::new(Problem::Unbounded(Unbounded::Packed)),
        },
        changed(Changed::Longer),
        changed(Changed::Shorter),
        ReadError {
            file: "prices.csv".into(),
            line: None,
            numbering: Numbering::Lines,
            series: None,
            problem: Box::new(Problem::Io(refused)),
        },
        error_of("Date,Close,Price\n2024-01-02,1,2\n", ReadOptions { price: column("Clsoe"), ..plain() }),
        error_of("Date,Close,Price\n2024-01-02,1,2\n", ReadOptions { ticker_column: column("Close2"), ..plain() }),
        error_of("Date,Close\n2024-01-02,1.5\n", ReadOptions { date: column("Close"), ..plain() }),
        error_of("Date,Close\n2024-01-02,1.5\n", ReadOptions { ticker_column: column("Close"), ..plain() }),
        error_of("Date,Close,Open\n2024-01-02,1.5,1.25\n", ReadOptions { price: column("Date"), ..plain() }),
        error_of("Date,Close\n2024-01-02,1\n", ReadOptions { until: Some(date(2023, 1, 2)), ..plain() }),
        error_of(&in_32nds(), plain()),
        error_of("Date,Close\n2024-01-02,109'14\n2024-01-03,109'31\n", plain()),
        error_of("Date,Close,Volume\n2024-01-02,1.5,100\n", ReadOptions { price: column("Volume"), ..plain() }),
        error_of("Date,Close\n2024-01-02,1.5\n", ReadOptions { date: column("2024-01-02"), ..plain() }),
        error_of("Date,Open,Close\n2024-01-02,1.5,2.5\nDate,Price\n2024-01-03,2.5\n", plain()),
        error_of("Date,KO,XOM\n2024-01-02,1.5,2.5\nDate,KO,PEP\n2024-01-03,1.5,3.5\n", plain()),
        error_of("Symbol: KO\nDate,Close\n2024-01-02,1.5\nSymbol: XOM\nDate,Close\n2024-01-03,2.5\n", plain()),
        error_of("Date\n2024-01-02\n2024-01-03\n", plain()),
        error_of("2024-01-02\n2024-01-03\n", plain()),
        error_of("Date,Open,High,Low,Close\n2024-01-02,$1.5,$2,$1,€1.5\n", plain()),
        error_of(&with_exchanged_days(), plain()),
        error_of(&with_exchanged_weekends(), plain()),
        error_of(&with_other_year(), plain()),
        error_of(&with_exchanged_months(), plain()),
        error_of(
            "date,variable,value\n2024-01-02,open,1\n2024-01-02,high,2\n2024-01-02,low,1\n2024-01-02,close,1\n",
            plain(),
        ),
        error_of("Date,Close,F\n2024-01-02,1,1e300\n", ReadOptions { future: vec!["F".parse().unwrap()], ..plain() }),
        error_of("Date,Close\n2024-01-02,1\n", ReadOptions { past: vec!["VIX".parse().unwrap()], ..plain() }),
        error_of("Date,Open,Close\n2024-01-02,1.5,2.5\nDate,Close,Open\n2024-01-03,2.5,1.5\n", plain()),
        error_of(
            "Date,Close\n2024-01-02,1\n",
            ReadOptions { since: Some(date(2025, 1, 2)), until: Some(date(2023, 1, 2)), ..plain() },
        ),
        error_of("Ticker,Date,Close\nA,2024-01-02,1\n", ReadOptions { series: Some("B".into()), ..plain() }),
        error_of("Date,Close\n2024-01-02,1\n", ReadOptions { since: Some(date(2025, 1, 2)), ..plain() }),
        error_of("Date,Close\n2024-01-02,1.5\n", ReadOptions { decimal_comma: true, ..plain() }),
        error_of("Date,Close,VIX\n2024-01-02,1,2\n", ReadOptions { past: vec!["VXI".parse().unwrap()], ..plain() }),
        error_of(
            "Date,Close,VIX\n2024-01-02,1,\n2024-01-03,1,9\n",
            ReadOptions { past: vec!["VIX".parse().unwrap()], ..plain() },
        ),
        error_of(
            "Date,Close,Mood\n2024-01-02,1,calm\n",
            ReadOptions { past: vec!["Mood".parse().unwrap()], ..plain() },
        ),
        error_of("Date,Close,VIX\n2024-01-02,1,inf\n", ReadOptions { past: vec!["VIX".parse().unwrap()], ..plain() }),
        error_of(
            "Date,Close,VIX\n2024-01-02,1,2\n",
            ReadOptions { past: vec!["VIX".parse().unwrap(), "3".parse().unwrap()], ..plain() },
        ),
        error_of("Date,Close,VIX\n2024-01-02,1,\n", ReadOptions { future: vec!["VIX".parse().unwrap()], ..plain() }),
        error_of("Date,Close,VIX\n2024-01-02,1,\n", ReadOptions { future: vec!["Close".parse().unwrap()], ..plain() }),
        failed_of("Ticker,Date,Close\nA,2024-01-02,1\nA,2024-01-03,2\nB,2024-01-02,\nB,2024-01-03,\n"),
    ];
    // `tests/program/help.rs` follows the help of each error.
    let texts = include_str!("../../../tests/fixtures/faulty.txt").split("====\n");
    errors.extend(texts.map(|text| error_of(text, plain())));
    errors.extend(errors_of_spacing());
    let mut messages = Messages::new();
    for error in errors {
        let all = messages.entry(name_of_problem(&error.problem)).or_default();
        all.push(format!("{error}\n  help: {}", error.help()));
    }
    insta::assert_snapshot!(page(PROBLEMS, &messages));
}

/// Returns the errors of files with unexpected spacing of rows, each with options.
fn errors_of_spacing() -> Vec<ReadError> {
    let every = |step: jiff::Span| {
        let days = date(2023, 12, 29).series(step).take(12);
        let row = |(row, day): (usize, jiff::civil::Date)| format!("{day},{}\n", 100 + row % 3);
        format!("Date,Close\n{}", days.enumerate().map(row).collect::<String>())
    };
    let days = |days: i64| every(jiff::Span::new().days(days));
    let asked = |frequency| ReadOptions { frequency: Some(frequency), ..ReadOptions::default() };
    let two = format!("Ticker,{}", days(7).replace("\n2", "\nA,2")) + "B,2024-01-02,1\n";
    let alone = ReadOptions { drop_last: true, ..ReadOptions::default() };
    vec![
        error_of(&every(jiff::Span::new().months(1)), asked(Frequency::Weekly)),
        error_of(&days(1), asked(Frequency::Monthly)),
        error_of(&two, ReadOptions::default()),
        error_of("Date,Close\n2024-01-02,1\n", alone),
        read_bytes("prices.csv", b"\x10\x27\0\0\0\0\0\0{", &ReadOptions::default()).unwrap_err(),
    ]
}

/// Returns sixty weekdays of quiet trade: date, open, high, low, close, adjusted close and volume.
fn rows() -> Vec<[String; 7]> {
    let weekdays = date(2024, 1, 1).series(jiff::Span::new().days(1));
    let weekdays = weekdays.filter(|day| day.weekday().to_monday_one_offset() < 6).take(60);
    let row = |(row, day): (usize, jiff::civil::Date)| {
        let close = 100.0 + (row * 7 % 5) as f64 / 4.0 + row as f64 / 8.0;
        let numbers = [close - 0.25, close + 0.5, close - 0.5, close, close, 1000.0 + row as f64];
        let mut cells = [const { String::new() }; 7];
        cells[0] = day.to_string();
        cells.iter_mut().skip(1).zip(numbers).for_each(|(cell, number)| *cell = number.to_string());
        cells
    };
    weekdays.enumerate().map(row).collect()
}

/// Returns the rows as a file, after a change.
fn changed(change: impl Fn(&mut Vec<[String; 7]>)) -> String {
    let mut rows = rows();
    change(&mut rows);
    let lines: String = rows.iter().map(|row| row.join(",") + "\n").collect();
    format!("Date,Open,High,Low,Close,Adj Close,Volume\n{lines}")
}

/// Returns consecutive days with closes without a trend; `other` can replace a close, given its day and the close
/// before, by returning a value above zero.
fn uneven(days: usize, other: impl Fn(Date, f64) -> f64) -> String {
    let all = date(2024, 1, 1).series(jiff::Span::new().days(1)).take(days).zip(noise(5));
    let mut before = 100.0;
    let row = |(day, noise): (Date, f64)| {
        let replaced = other(day, before);
        before = if replaced > 0.0 { replaced } else { ((100.0 + 10.0 * noise) * 100.0).round() / 100.0 };
        format!("{day},{before}\n")
    };
    all.map(row).collect()
}

/// Sets every tenth close to the mean of the closes before and after it.
fn between(rows: String) -> String {
    let mut rows: Vec<(&str, f64)> =
        rows.lines().filter_map(|row| row.split_once(',')).map(|(day, close)| (day, close.parse().unwrap())).collect();
    for row in (5..rows.len() - 1).step_by(10) {
        rows[row].1 = (rows[row - 1].1 + rows[row + 1].1) / 2.0;
    }
    rows.iter().map(|(day, close)| format!("{day},{close}\n")).collect()
}

#[test]
fn messages_of_warnings() {
    let [open, high, low, close, adjusted, volume] = [1, 2, 3, 4, 5, 6];
    let set = |row: usize, columns: &[usize], value: &str| {
        changed(|rows| columns.iter().for_each(|&column| rows[row][column] = value.to_owned()))
    };
    let closes = |text: &str| format!("Date,Close\n{text}");
    fn price(row: i64) -> i64 {
        100 + row * 7 % 5
    }
    let closes_and = |other: fn(i64) -> i64| {
        let rows = (1..=30).map(|day| format!("2024-01-{day:02},{},{}\n", price(day), other(day)));
        "Date,T3,T70\n".to_owned() + &rows.collect::<String>()
    };
    let texts = [
        changed(|_| {}),
        set(20, &[close], ""),
        changed(|rows| rows.insert(5, rows[4].clone())),
        changed(|rows| rows.swap(5, 9)),
        set(20, &[low], ""),
        set(20, &[volume], ""),
        set(20, &[volume], "-5"),
        exchanged(),
        exchanged_later(),
        pointed(),
        (2..9)
            .map(|day| format!("2024-01-{day:02},Kenya,{day}.5\n2024-01-{day:02},Ghana,{day}.25\n"))
            .fold("Date,Country,Rate\n".to_owned(), |text, rows| text + &rows),
        "house,Date,Close\n".to_owned()
            + &(1..=30)
                .map(|day| {
                    let (house, times) = if day < 16 { ("HDFC", 1) } else { ("SBI", 3) };
                    format!("{house},2024-01-{day:02},{}\n", times * price(day))
                })
                .collect::<String>(),
        of_three_weekdays(),
        changed(|rows| {
            rows.iter_mut().for_each(|row| row[open] = format!("{}", 1.5 * row[high].parse::<f64>().unwrap()))
        }),
        closes(&(1..=9).map(|day| format!("2024-01-{day:02},5\n")).collect::<String>()),
        changed(|rows| (58..60).zip(["2024-03-28", "2024-04-04"]).for_each(|(row, day)| rows[row][0] = day.into())),
        changed(|rows| (0..2).zip(["2023-12-20", "2023-12-27"]).for_each(|(row, day)| rows[row][0] = day.into())),
        set(20, &[open, high, low, volume], "0"),
        set(20, &[high], "101"),
        changed(|rows| (1..7).for_each(|column| rows[20][column] = rows[19][column].clone())),
        set(20, &[open, high, low, close, adjusted], "10400"),
        set(20, &[high], "404"),
        set(20, &[high], "1040"),
        set(20, &[low], "-3.5"),
        set(20, &[open, high, low, close, adjusted, volume], "0"),
        changed(|rows| {
            let mut poorer = rows[20].clone();
            (poorer[high], poorer[volume]) = ("105".into(), String::new());
            rows.insert(20, poorer);
        }),
        changed(|rows| rows.iter_mut().for_each(|row| row[open] = "6073523".into())),
        changed(|_| {}).replace("Open", "Opne"),
        "date,PRC\n2024-01-02,1.5\n2024-01-03,-1.6\n2024-01-04,1.55\n".to_owned(),
        "일자,현재가\n2024-01-02,+1500\n2024-01-03,-1480\n2024-01-04,-1475\n".to_owned(),
        "Date\tClose\n2024-01-02\t3.986\n2024-01-03\t3.962\n2024-01-04\t3.971\n2024-01-05\t3.958\n2024-01-08\t3.963\n"
            .to_owned(),
        "Date,KO,XOM,note\n2024-01-02,1.5,2.5,a\n2024-01-03,1.6,2.5,b\n2024-01-04,1.5,2.4,b\n".to_owned(),
        "Date,KO,XOM,Average\n2024-01-02,1.5,2.5,2.1\n2024-01-03,1.6,2.5,2.2\n2024-01-04,1.5,2.4,2.0\n".to_owned(),
        changed(|rows| rows.iter_mut().for_each(|row| row.swap(high, low))),
        "Date,KEY,KEY\n2024-01-02,1.5,2.5\n2024-01-03,1.6,2.5\n2024-01-04,1.5,2.4\n".to_owned(),
        closes_and(|row| price(row - 1)),
        closes_and(|row| if row == 9 { 99 } else { price(row) }),
        set(20, &[close, adjusted], "-36.98"),
        changed(|rows| {
            rows.drain(5..30);
        }),
        changed(|rows| rows.iter_mut().skip(20).for_each(|row| row[adjusted] = "7.5".into())),
        set(20, &[adjusted], "90"),
        changed(|rows| (0..59).for_each(|row| rows[row][high] = rows[row + 1][high].clone())),
        changed(|rows| (0..59).for_each(|row| rows[row][adjusted] = rows[row + 1][adjusted].clone())),
        changed(|rows| (1..60).rev().for_each(|row| rows[row][adjusted] = rows[row - 1][adjusted].clone())),
        changed(|rows| {
            let other = noise(3).map(|part| (200.0 + 5.0 * part).to_string());
            rows.iter_mut().zip(other).for_each(|(row, price)| row[adjusted] = price);
        }),
        closes(&uneven(200, |day, before| if day.weekday().to_monday_zero_offset() > 4 { before } else { 0.0 })),
        closes(&uneven(300, |day, before| if day.day() % 6 == 0 { before } else { 0.0 })),
        closes(&between(uneven(400, |_, _| 0.0))),
        changed(|_| {}).replace("Adj Close", "Adj Clsoe"),
        changed(|rows| {
            let mut saturday = rows[39].clone();
            saturday[0] = "2024-02-24".into();
            rows.insert(40, saturday);
        }),
        changed(|_| {}) + "In the currency of the exchange\n",
        closes(&(1..=12).map(|month| format!("2024-{month:02}-01,{}\n", price(month))).collect::<String>()),
        closes(&(1..=9).map(|day| format!("2024-01-{day:02},{}\n", [5, 50, 11][day % 3])).collect::<String>()),
        "Date,A,B,C\n2024-01-02,1,2,\n2024-01-03,1.5,2.5,\n".to_owned(),
        closes(&(1..=20).map(|day| format!("2024-01-{day:02},{}\n", 100 - day / 11 * 50)).collect::<String>()),
        closes(&(1..=24).map(|day| format!("2024-01-{day:02},{}\n", price(day) - day / 24 * 36)).collect::<String>()),
        closes(
            &(1..=30).map(|day| format!("2024-01-{day:02},{}\n", price(day) * (2 + day / 15 * 5))).collect::<String>(),
        ),
        changed(|rows| {
            let split = |cell: &mut String| *cell = format!("{}", 0.75 * cell.parse::<f64>().unwrap());
            rows.iter_mut().skip(40).for_each(|row| row[open..=adjusted].iter_mut().for_each(split));
        }),
        (1..=4).map(|day| format!("2024-01-{day:02},5,7,4,6\n")).collect::<String>(),
        closes("2024-01-02T15:00:00Z,5.1\n2024-01-03T15:00:00Z,5.2\n2024-01-04T15:00:00Z,5.3\n"),
        "Ticker,Date,Close\n".to_owned()
            + &(1..=12).map(|day| format!("A,2024-01-{day:02},{}\n", price(day))).collect::<String>()
            + "AA,2024-01-13,113\n",
        "Ticker,Date,Close\nA,2024-01-02,100\nA,2024-01-03,101\nB,2024-01-02,102\nB,2024-01-03,103\n,2024-01-04,102\n"
            .to_owned(),
        set(59, &[open, high, low, close, adjusted, volume], ""),
        changed(|rows| rows.iter_mut().skip(50).for_each(|row| (1..7).for_each(|column| row[column].clear()))),
        changed(|rows| {
            (52..60).for_each(|row| {
                (1..6).for_each(|column| rows[row][column] = rows[51][close].clone());
                rows[row][volume] = "0".into();
            })
        }),
        changed(|rows| rows.iter_mut().for_each(|row| row[0] += " 00:00")).replacen(
            "2024-03-22 00:00",
            "2024-03-22 11:30",
            1,
        ),
        "Ticker,Date,Close\n".to_owned()
            + &(0..5).map(|ticker| format!("{ticker}A,2024-01-02,1\n{ticker}A,2024-01-03,\n")).collect::<String>(),
    ];
    let day = |week: i64| date(2024, 1, 5) + jiff::Span::new().days(7 * week);
    let weeks = (0..12).map(|week| format!("{},{}\n", day(week), price(week)));
    let weeks = closes(&(weeks.collect::<String>() + "2024-03-27,110\n"));
    let weekly = ReadOptions { frequency: Some(Frequency::Weekly), ..ReadOptions::default() };
    let column = |name: &str| ReadOptions { price: Some(ColumnRef::Name(name.into())), ..ReadOptions::default() };
    let covariate = |values: &str, event: Option<&str>| {
        let row = |(day, value): (usize, &str)| format!("2024-01-{:02},{},{value}\n", day + 2, 5 + day % 2);
        let rows: String = values.split(',').enumerate().map(row).collect();
        let events = event.map(|day| Arc::new(Events::parse("events.csv", day).unwrap()));
        let options = ReadOptions { past: vec!["VIX".parse().unwrap()], events, ..ReadOptions::default() };
        ("Date,Close,VIX\n".to_owned() + &rows, options)
    };
    let texts = texts.into_iter().map(|text| (text, ReadOptions::default())).chain([
        (weeks, weekly),
        (changed(|_| {}), column("adj close")),
        (changed(|_| {}), column("Open")),
        covariate("3,3,3,3", None),
        covariate("1,2,,", None),
        covariate("1,2,3,1", Some("2023-01-03")),
        covariate("1,2,3,1", Some("2024-01-03")),
        covariate("1,2,3,1", Some("2024-01-05\n2024-01-05")),
        covariate("1,2,3,1", Some("2024-01-04\n2024-01-04\n2024-01-05\n2024-01-05")),
        covariate("5,6,5,6", None),
    ]);
    let mut messages = Messages::new();
    for (text, options) in texts {
        let reading = read_bytes("prices.csv", text.as_bytes(), &options);
        for warning in reading.unwrap_or_else(|error| panic!("{error}\n{text}")).remarks() {
            let hint = hint_of(&warning).map_or(String::new(), |hint| format!("\n  help: {hint}"));
            let all = messages.entry(name_of_warning(&warning)).or_default();
            all.push(format!("{warning}{hint}"));
            all.dedup();
        }
    }
    let table = include_bytes!("../../../tests/fixtures/parquet/nested.parquet");
    let of_table = read_bytes("prices.parquet", table, &ReadOptions::default()).unwrap().remarks();
    let warning = of_table.iter().find(|warning| matches!(warning, Warning::NoCells(_))).unwrap();
    messages.insert("NoCells", vec![warning.to_string()]);
    insta::assert_snapshot!(page(WARNINGS, &messages));
}
