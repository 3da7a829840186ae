//! Tables that are easily misread: turnover as a price, a sign as a loss, one calendar as another.

use fourcast::cli::help::Help;
use fourcast::prices::{self, DateOrder, Frequency, ReadOptions, Reading, Role, Splits};
use jiff::ToSpan;
use jiff::civil::{Date, Weekday, date};

use crate::tables::{noise, price, table, weekdays};

fn options() -> ReadOptions {
    ReadOptions::default()
}

fn read_with(text: &str, options: &ReadOptions) -> Reading {
    let reading = prices::read_bytes("prices.csv", text.as_bytes(), options);
    reading.unwrap_or_else(|error| panic!("{error}\n{:?}\n{text}", error.help()))
}

fn read(text: &str) -> Reading {
    read_with(text, &options())
}

fn fault(text: &str, options: &ReadOptions) -> String {
    match prices::read_bytes("prices.csv", text.as_bytes(), options) {
        Err(error) => format!("{error}\n{}", error.help()),
        Ok(reading) => {
            let error = reading.rows_settled().unwrap_err();
            format!("{error}\n{}", error.help())
        }
    }
}

fn warnings(reading: &Reading) -> String {
    reading.warnings.iter().map(|warning| format!("{warning}\n")).collect()
}

fn role(reading: &Reading, name: &str) -> Role {
    reading.understood.columns.iter().find(|column| column.name == name).unwrap().role
}

#[test]
fn a_product_of_two_columns_is_turnover() {
    for header in [
        "Date,Value,Average,Quantity",
        "Date,Value,VWAP,Volume",
        "Date,Valor,Preço médio,Quantidade",
        "date,amount,avg,vol",
        "date,value,wavg,num",
        "Date,Total,Mean,Shares",
        "Date,Turnover,Average,Quantity",
    ] {
        let text = table(header, 40, |row, day| {
            let shares = (1e6 + 9e6 * noise(row + 500)).round();
            format!("{day},{:.0},{},{shares}", price(row) * shares, price(row))
        });
        let reading = read(&text);
        let series = reading.only().unwrap_or_else(|error| panic!("{header}: {error}"));
        assert_eq!((series.close[0], series.volume.is_some()), (price(0), true), "{header}");
    }
    // Cross rates are not turnovers.
    let text = table("Date,EURUSD,USDJPY,EURJPY", 40, |row, day| {
        let [dollar, yen] = [1.1 + 0.02 * noise(row), 110.0 + 2.0 * noise(row + 99)];
        format!("{day},{dollar:.4},{yen:.2},{:.2}", dollar * yen)
    });
    assert_eq!(read(&text).series.len(), 3);
    // Beside a close, the average is not a price.
    let text = table("Date,Close,VWAP,Volume,Amount", 40, |row, day| {
        let shares = (1e6 + 9e6 * noise(row + 500)).round();
        format!("{day},{},{},{shares},{:.0}", price(row) + 0.5, price(row), price(row) * shares)
    });
    let reading = read(&text);
    assert_eq!([role(&reading, "Close"), role(&reading, "VWAP")], [Role::Close, Role::Unused]);
}

#[test]
fn signs_that_say_something_else_are_left_out() {
    let text = table("일자,현재가,시가,고가,저가,거래량", 20, |row, day| {
        let sign = |at: usize| if noise(row + at) > 0.5 { '+' } else { '-' };
        let close = 70_000 + 10 * row;
        format!(
            "{day},{}{close},{}{close},{}{},{}{},1000{row}",
            sign(1),
            sign(2),
            sign(3),
            close + 100,
            sign(4),
            close - 100
        )
    });
    let reading = read(&text);
    assert_eq!(reading.only().unwrap().close[3], 70_030.0);
    assert!(reading.only().unwrap().range.is_some() && warnings(&reading).contains("the sign is that of the change"));
    let text = table("PERMNO,date,PRC,VOL", 20, |row, day| {
        format!("14593,{day},{}{},1000", if row % 7 == 3 { "-" } else { "" }, price(row))
    });
    let reading = read(&text);
    assert_eq!(reading.only().unwrap().close[3], price(3));
    assert!(warnings(&reading).contains("'PRC' has 3 prices below zero, where the sign marks the middle"));
    // Under another column name, a price below zero stays below zero.
    let text = table("date,Close", 20, |row, day| format!("{day},{}{}", if row == 3 { "-" } else { "" }, price(row)));
    assert_eq!(read(&text).only().unwrap().close[3], -price(3));
}

#[test]
fn shares_with_a_sign_are_transactions() {
    let text = table("Date,Shares,Price,Commission,Ticker", 10, |row, day| {
        format!("{day},{}{},{},1.5,SPY", if row % 3 == 1 { "-" } else { "" }, row + 1, price(row))
    });
    let messages = fault(&text, &options());
    assert!(
        messages.contains("a list of transactions ('Shares' says '-2', beside 'Commission' and 'Price')"),
        "{messages}"
    );
}

/// Returns `count` sessions from a day on, with dates in the calendar of the Republic of China.
fn taiwanese(header: &str, first: Date, count: usize, sessions: impl Fn(Date) -> bool, digits: bool) -> String {
    let days = first.series(1.day()).filter(|day| sessions(*day)).take(count).enumerate();
    let row = |(row, day): (usize, Date)| {
        let year = day.year() - 1911;
        match digits {
            true => format!("{year:03}{:02}{:02},{}\n", day.month(), day.day(), price(row)),
            false => format!("{year}/{:02}/{:02},{}\n", day.month(), day.day(), price(row)),
        }
    };
    format!("{header}\n{}", days.map(row).collect::<String>())
}

#[test]
fn years_of_two_digits_are_of_the_calendar_that_fits() {
    let weekday = |day: Date| !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
    for year in 1996..=2010 {
        let first = date(year, 3, 4);
        let text = taiwanese("日期,收盤價", first, 40, weekday, false);
        let found = read(&text).only().unwrap().dates[0];
        assert_eq!(found.year(), year, "{text}");
        // Without Chinese column names both calendars are possible, unless the days of the week exclude one.
        let text = taiwanese("Date,Close", first, 40, weekday, false);
        match prices::read_bytes("prices.csv", text.as_bytes(), &options()) {
            Ok(reading) => assert_eq!(reading.only().unwrap().dates[0].year(), year),
            Err(error) => {
                let messages = format!("{error}\n{}", error.help());
                assert!(messages.contains("(year of the Republic of China first)"), "{messages}");
                assert!(
                    messages.ends_with("pass --date-order ymd or roc to give the order of day, month and year"),
                    "{messages}"
                );
            }
        }
        let asked = |order| ReadOptions { date_order: Some(order), ..options() };
        assert_eq!(read_with(&text, &asked(DateOrder::Roc)).only().unwrap().dates[0].year(), year);
        assert_eq!(read_with(&text, &asked(DateOrder::Ymd)).only().unwrap().dates[0].year(), year - 11);
    }
    let text = taiwanese("日期,收盤價", date(2010, 12, 20), 20, weekday, true);
    assert_eq!(read(&text).only().unwrap().dates[0], date(2010, 12, 20));
}

fn closes(dates: &[Date]) -> String {
    let row = |(row, date): (usize, &Date)| format!("{date},{}\n", price(row));
    format!("Date,Close\n{}", dates.iter().enumerate().map(row).collect::<String>())
}

#[test]
fn spacings_between_the_named_ones_are_refused_at_any_setting() {
    let halves: Vec<Date> = (0..48)
        .map(|half| date(2019 + half / 24, (1 + half / 2 % 12) as i8, if half % 2 == 0 { 1 } else { 15 }))
        .collect();
    for frequency in [None, Some(Frequency::Daily), Some(Frequency::Weekly), Some(Frequency::Monthly)] {
        let messages = fault(&closes(&halves), &ReadOptions { frequency, ..options() });
        assert!(messages.contains("rows are half a month apart"), "{messages}");
    }
    let daily = weekdays(date(2020, 1, 6), 150);
    let weekly: Vec<Date> = daily[149].series(1.week()).skip(1).take(50).collect();
    let text = closes(&[daily.clone(), weekly].concat());
    let messages = fault(&text, &options());
    let last = daily[149];
    assert!(messages.contains(&format!("rows are daily up to {last} and weekly from there on")), "{messages}");
    let after = ReadOptions { since: Some(last), frequency: Some(Frequency::Weekly), ..options() };
    assert!(read_with(&text, &after).rows_settled().is_ok());
    assert!(read_with(&text, &ReadOptions { until: Some(last), ..options() }).rows_settled().is_ok());
}

#[test]
fn seconds_since_1970_are_distinguished_within_a_day() {
    let rows = (0..800).map(|row| format!("{},{}\n", 1_600_000_000 + 300 * row, price(row)));
    let messages = fault(&format!("time,close\n{}", rows.collect::<String>()), &options());
    assert!(messages.contains("several rows per day, 5 minutes apart"), "{messages}");
}

#[test]
fn the_help_for_months_does_not_ask_for_what_was_given() {
    let text = "Month,Open,Close\nSeptember-2014,101.5,102.5\nOctober-2014,102.5,103.5\n";
    let messages = fault(text, &ReadOptions { frequency: Some(Frequency::Monthly), ..options() });
    assert!(messages.contains("write each month as a day") && !messages.contains("--frequency"), "{messages}");
}

#[test]
fn no_unfinished_month_is_left_out_of_weeks() {
    let weekly: Vec<Date> = date(2021, 1, 1).series(1.week()).take(40).collect();
    let reading = read_with(&closes(&weekly), &ReadOptions { frequency: Some(Frequency::Monthly), ..options() });
    assert!(reading.rows_settled().is_err());
    assert_eq!(warnings(&reading), "");
}

#[test]
fn a_word_among_tickers_is_one_more_series() {
    for header in [
        "Date,Close,AAPL,MSFT,IBM,F,T",
        "Date,Value,Growth,Momentum,Quality",
        "Date,SMA,EMA,MSFT",
        "Date,AAPL.Close,MSFT.Close,SPY",
        "Date,AAPL,SIZE,MSFT,RETURN",
    ] {
        let names = header.split(',').count() - 1;
        let text = table(header, 30, |row, day| {
            let cells = (1..=names).map(|at| format!(",{:.2}", price(row + 31 * at) * 2.5_f64.powi(at as i32)));
            day.to_string() + &cells.collect::<String>()
        });
        let reading = read(&text);
        assert_eq!(reading.series.len(), names, "{header}\n{}", warnings(&reading));
        assert!(!warnings(&reading).contains("not read"), "{header}");
    }
    // Oscillators and averages beside a close are not series.
    let text = table("Date,Close,Volume,RSI,BB_upper,S.N.,+/- %", 30, |row, day| {
        let close = price(row);
        format!(
            "{day},{close},100{row},{:.2},{:.2},{},{:.2}",
            30.0 + 40.0 * noise(row),
            close + 2.0,
            row + 1,
            noise(row)
        )
    });
    let reading = read(&text);
    assert_eq!((reading.series.len(), warnings(&reading)), (1, String::new()));
}

#[test]
fn a_mistaken_unit_of_some_days_is_named_once() {
    let text = table("Date,Close", 60, |row, day| {
        format!("{day},{}", if (20..23).contains(&row) { 100.0 * price(row) } else { price(row) })
    });
    let reading = read(&text);
    assert_eq!(warnings(&reading), "3 prices far from the prices around (lines 22, 23 and 24)\n");
    assert!(reading.splits_settled().is_ok());
}

#[test]
fn vendors_names_are_known() {
    let bar = |header: &str, before: &str, after: &str, order: [usize; 4]| {
        let text = table(header, 20, |row, day| {
            let close = price(row);
            let bar = [close - 0.1, close + 0.5, close - 0.5, close];
            let cells: Vec<String> = order.iter().map(|&at| format!("{:.2}", bar[at])).collect();
            format!(
                "{},{before}{}{}",
                day.strftime("%Y%m%d"),
                cells.join(","),
                after.replace(",500", &format!(",5{row:02}"))
            )
        });
        let reading = read(&text);
        let series = reading.only().unwrap();
        assert_eq!((series.close[0], series.range.is_some()), (price(0), true), "{header}");
        assert!(series.volume.is_some() && warnings(&reading).is_empty(), "{header}: {}", warnings(&reading));
    };
    let close_first = [3, 0, 1, 2];
    bar("basDt,srtnCd,itmsNm,clpr,mkp,hipr,lopr,trqu,trPrc", "005930,삼성전자,", ",500,900000", close_first);
    bar(
        "BAS_DD,ISU_CD,ISU_NM,TDD_CLSPRC,TDD_OPNPRC,TDD_HGPRC,TDD_LWPRC,ACC_TRDVOL,ACC_TRDVAL",
        "005930,삼성전자,",
        ",500,900000",
        close_first,
    );
    bar("التاريخ,الأخير,الفتح,الأعلى,الأدنى,الحجم", "", ",500", close_first);
    bar("Päivämäärä,Viimeisin,Avaus,Korkein,Alin,Vol.", "", ",500", close_first);
    bar(
        "DATA_PREGAO,PRECO_ABERTURA,PRECO_MAXIMO,PRECO_MINIMO,PRECO_ULTIMO_NEGOCIO,PRECO_MELHOR_OFERTA_COMPRA,\
         PRECO_MELHOR_OFERTA_VENDA,QUANTIDADE_NEGOCIADA",
        "",
        ",50.1,50.2,500",
        [0, 1, 2, 3],
    );
    bar("date,open,high,low,close,nmVolume,nmValue,ptVolume,ptValue", "", ",500,25000,0,0", [0, 1, 2, 3]);
    let text = table("Scheme Code,Net Asset Value,Repurchase Price,Sale Price,Date", 20, |row, day| {
        format!("119551,{},{},{},{day}", price(row), price(row) - 1.0, price(row) + 1.0)
    });
    assert_eq!(read(&text).only().unwrap().close[0], price(0));
}

/// The adjusted close was not adjusted for the last split, because rows were appended after it or because it is a copy
/// of the close. The split is then found in it as in the close.
#[test]
fn a_split_in_the_adjusted_close_is_named() {
    for share in [1.0, 0.9] {
        let text = table("Date,Close,Adj Close", 120, |row, day| {
            let close = price(row) / if row < 80 { 1.0 } else { 4.0 };
            format!("{day},{close:.4},{:.4}", close * if row < 40 { share } else { 1.0 })
        });
        let reading = read(&text);
        let split = reading.splits_settled().unwrap_err().to_string();
        assert!(split.contains("4:1 split"), "{split}");
        let adjusted = prices::read_bytes(
            "p.csv",
            text.as_bytes(),
            &ReadOptions { splits: Some(Splits::Adjust), ..ReadOptions::default() },
        );
        let series = &adjusted.unwrap().series[0];
        assert!(series.adjusted.windows(2).all(|pair| (0.8..1.2).contains(&(pair[1] / pair[0]))), "{share}");
    }
}

/// Prices of futures in 32nds are not read as thousands, and thousands with an apostrophe are not read as 32nds.
#[test]
fn prices_in_32nds_are_an_error() {
    let in_32nds = |row: usize| format!("109'{:02}{}", row * 7 % 32, [0, 2, 5, 7][row % 4]);
    let text = table("Date,Close", 40, |row, day| format!("{day},{}", in_32nds(row)));
    let error = prices::read_bytes("p.csv", text.as_bytes(), &options()).unwrap_err().to_string();
    assert!(error.ends_with("column 'Close': '109'000' is a price in 32nds, expected decimals"), "{error}");
    let in_full = table("Date,Close", 40, |row, day| format!("{day},{}'{:02}0", 109 + row % 4, row * 7 % 32));
    assert!(prices::read_bytes("p.csv", in_full.as_bytes(), &options()).is_err());
    let thousands = table("Date,Close", 40, |row, day| format!("{day},{}'{:03}", 109 + row % 2, row * 41 % 1000));
    assert_eq!(read(&thousands).series[0].close[1], 110_041.0);
    // A share price of twelve thousand francs in steps of ten, and volumes in whole thousands.
    let francs = table("Date,Close", 40, |row, day| format!("{day},12'{:02}0", row * 7 % 31));
    assert_eq!(read(&francs).series[0].close[1], 12_070.0);
    let volumes = table("Date;Close;Volume", 40, |row, day| format!("{day};{};{}'000", price(row), 3 + row % 9));
    assert_eq!(read(&volumes).series[0].volume.as_ref().unwrap()[1], 4000.0);
}

/// Columns that form bars only on a few days are not read as bars.
#[test]
fn bars_that_hold_on_few_days_are_left_out() {
    let text = table("Date,Open,High,Low,Close", 60, |row, day| {
        let close = price(row);
        format!("{day},{close:.2},{:.2},{:.2},{:.2}", close * 0.99, close * 0.98, close)
    });
    let reading = read(&text);
    assert!(reading.series[0].range.is_none());
    let expected = "left out open, high and low: on 60 of 60 days a price is outside high and low";
    assert!(warnings(&reading).contains(expected), "{}", warnings(&reading));
}

/// A second table with its columns in another order is not read in the order of the first.
#[test]
fn a_header_in_another_order_is_an_error() {
    let rows = table("Date,Open,Close", 20, |row, day| format!("{day},{0},{0}", price(row)));
    let text = format!("{rows}Date,Close,Open\n2026-01-05,1.5,2.5\n");
    let error = prices::read_bytes("p.csv", text.as_bytes(), &options()).unwrap_err().to_string();
    assert!(error.contains("the header is repeated with its columns in another order"), "{error}");
}

/// Returns a price around `base`, in thousandths, as an integer.
fn thousandths(base: usize, row: usize) -> usize {
    base + (base as f64 / 50.0 * noise(row)) as usize
}

/// Writes digits in groups of three.
fn grouped(digits: usize, mark: char) -> String {
    match digits {
        ..1000 => digits.to_string(),
        _ => format!("{}{mark}{:03}", grouped(digits / 1000, mark), digits % 1000),
    }
}

#[test]
fn three_decimals_are_read_where_the_rest_of_the_file_shows_the_mark() {
    let of = |mark: char, header: &str, cells: fn(&str, usize, Date) -> String| {
        let row = |row, day| cells(&grouped(thousandths(148_000, row), mark), row, day);
        let reading = read(&table(header, 40, row));
        assert_eq!(reading.understood.decimal, mark, "{header}");
        let close = reading.only().unwrap_or_else(|error| panic!("{header}: {error}")).close[7];
        assert_eq!(close, thousandths(148_000, 7) as f64 / 1000.0, "{header}");
    };
    // The volume has no groups, or they are separated by the other mark, blanks or apostrophes.
    of('.', "Date\tClose\tVolume", |price, row, day| format!("{}\t{price}\t2345{row}", day.strftime("%d/%m/%Y")));
    of(',', "Date;Close;Volume", |price, row, day| format!("{day};{price};2345{row}"));
    of(',', "Datum\tSchluss\tStück", |price, row, day| format!("{}\t{price}\t2345{row}", day.strftime("%d.%m.%Y")));
    of('.', "Date,Close,Volume", |price, row, day| {
        format!("\"{}\",\"{price}\",\"24,{}\"", day.strftime("%d/%m/%Y"), 300 + row)
    });
    of(',', "Fecha;Cierre;Volumen", |price, row, day| format!("{};{price};24.{}", day.strftime("%d-%m-%Y"), 300 + row));
    of(',', "Date;Dernier;Volume", |price, row, day| format!("{};{price};350 {}", day.strftime("%d/%m/%Y"), 300 + row));
    of('.', "Datum;Schlusskurs;Umsatz", |price, row, day| {
        format!("{};{price};43'{}", day.strftime("%d.%m.%Y"), 300 + row)
    });
    // Dates as a program or an English text writes them; or semicolons, with dates that begin with the day.
    of('.', "<DATE>\t<CLOSE>\t<TICKVOL>\t<VOL>", |price, row, day| {
        format!("{}\t{price}\t2345{row}\t0", day.strftime("%Y.%m.%d"))
    });
    of('.', "Date,USD/JPY", |price, _, day| format!("\"{}\",\"{price}\"", day.strftime("%Y/%m/%d")));
    // Blanks between cells; names in quotes but numbers without; notes in English.
    of('.', "Date Close", |price, _, day| format!("{day} {price}"));
    of('.', "\"date\"\t\"close\"", |price, _, day| format!("{day}\t{price}"));
    of('.', "\"date\"|\"close\"", |price, _, day| format!("{}|{price}", day.strftime("%Y%m%d")));
    let fred = "Title:               Rate\nSeries ID:           R\nUnits:               Index\nFrequency:           Daily\n\nDATE\tVALUE";
    of('.', fred, |price, _, day| format!("{day}\t{price}"));
    of('.', "Date\tClose", |price, _, day| format!("{}\t{price}", day.strftime("%b %d, %Y")));
    of('.', "Date\tClose", |price, _, day| format!("{}\t{price}", day.strftime("%m/%d/%Y")));
    of(',', "Date;Cours", |price, _, day| format!("{};{price}", day.strftime("%d/%m/%Y")));
    // Some prices are below one.
    let text = table("Datum;Eröffnung;Hoch;Tief;Schluss", 40, |row, day| {
        let cell = |price: usize| format!("{},{:03}", price / 1000, price % 1000);
        let close = thousandths(1_001, row);
        format!("{day};{};{};{};{}", cell(close + 1), cell(close + 9), cell(close - 3), cell(close))
    });
    let reading = read(&text);
    assert!(reading.only().unwrap().range.is_some() && reading.warnings.is_empty(), "{:?}", reading.warnings);
}

/// A file with English names and dates that begin with the year was written by a program. A warning says how a point is
/// read.
#[test]
fn a_point_before_three_digits_is_read_as_decimal_in_the_file_of_a_program() {
    for delimiter in ["\t", "|"] {
        for (names, columns) in [("Date|Close", 1), ("Date|AAPL|MSFT", 2), ("Date|Open|High|Low|Close", 4)] {
            let row = |row, day: Date| {
                let price = |at: usize| grouped(thousandths(4_000, row) + [3, 9, 1, 5][at], '.');
                let prices: Vec<String> = (0..columns).map(price).collect();
                format!("{}|{}", day.strftime("%Y%m%d"), prices.join("|")).replace('|', delimiter)
            };
            let reading = read(&table(&names.replace('|', delimiter), 40, row));
            assert_eq!(reading.understood.decimal, '.', "{names}");
            let said = warnings(&reading);
            assert!(said.contains("is read with a decimal point, not as 4"), "{names}: {said}");
        }
    }
}

#[test]
fn whole_prices_in_groups_are_not_taken_for_three_decimals() {
    let open = |header: &str, step: usize, cells: fn(usize, Date) -> String| {
        let text = table(header, 40, |row, day| cells(thousandths(25_000, row) / step * step, day));
        let messages = fault(&text, &options());
        assert!(messages.contains(" can be 25"), "{header}: {messages}");
    };
    // Prices in a currency with a small unit, in steps of 5 and 10.
    open("Date;Close", 5, |price, day| format!("{day};{}", grouped(price, '.')));
    open("Date;Close;Volume", 10, |price, day| format!("{day};{};2345678", grouped(price, ',')));
    open("Date;Close", 10, |price, day| format!("{};{}", day.strftime("%d/%m/%Y"), grouped(price, ',')));
    // Volumes in the same groups.
    open("Date;Close;Volume", 1, |price, day| {
        format!("{day};{};{}", grouped(price, '.'), grouped(price + 99_000, '.'))
    });
    // Nothing in the file decides between the two readings.
    open("Date,Close", 1, |price, day| format!("{day},\"{}\"", grouped(price, ',')));
    open("Date;Close", 1, |price, day| format!("{day};{}", grouped(price, '.')));
    open("Datum\tKurs", 1, |price, day| format!("{day}\t{}", grouped(price, '.')));
    open("Date|Close|Volume", 1, |price, day| {
        format!("{day}|{}|{}", grouped(price, '.'), grouped(price + 99_000, '.'))
    });
    open("Date|Close", 5, |price, day| format!("{day}|{}", grouped(price, '.')));
    open("\"Date\"\t\"Close\"", 1, |price, day| format!("{day}\t\"{}\"", grouped(price, '.')));
    // Some prices are below a thousand, and would then have three decimals too.
    let text = table("Date\tClose", 40, |row, day| {
        format!("{}\t{}", day.strftime("%m/%d/%Y"), grouped(thousandths(990, row), '.'))
    });
    assert!(text.contains("\t99") && text.contains("\t1.0"), "{text}");
    assert!(fault(&text, &options()).contains(" can be 1"));
    open("Datum;Kurs", 1, |price, day| format!("{};{}", day.strftime("%d.%m.%Y"), grouped(price, '.')));
    open("Date;Close", 1, |price, day| format!("{};{}", day.strftime("%b %d, %Y"), grouped(price, ',')));
}
