//! Layouts of files in public repositories: headers in mid-file, exchange rates of banks, portfolio accounts, panels
//! with arbitrary key names.

use fourcast::cli::help::Help;
use fourcast::prices::{self, ReadOptions, Reading};
use jiff::civil::Date;

use crate::tables::{noise, price, table};

fn read(text: &str) -> Reading {
    let reading = prices::read_bytes("p.csv", text.as_bytes(), &ReadOptions::default());
    reading.unwrap_or_else(|error| panic!("{error}\n{}\n{text}", error.help()))
}

fn fault(text: &str) -> String {
    match prices::read_bytes("p.csv", text.as_bytes(), &ReadOptions::default()) {
        Err(error) => format!("{error}\n{}", error.help()),
        Ok(reading) => panic!("{} series read from {text}", reading.series.len()),
    }
}

/// Returns the names of the series and their last closes.
fn series(text: &str) -> Vec<(String, f64)> {
    let mut reading = read(text);
    reading.series.drain(..).map(|series| (series.name.clone(), *series.close.last().unwrap())).collect()
}

fn names(text: &str) -> Vec<String> {
    series(text).into_iter().map(|(name, _)| name).collect()
}

fn warnings(text: &str) -> String {
    read(text).warnings.iter().map(|warning| format!("{warning}\n")).collect()
}

/// Returns prices that do not move with those of `price`.
fn other(row: usize) -> f64 {
    (20_000.0 + 900.0 * noise(5 * row + 2)).round() / 100.0
}

/// Inserts lines into a text after its first `behind` lines.
fn with_lines(text: &str, behind: usize, lines: &str) -> String {
    let all: Vec<&str> = text.lines().collect();
    format!("{}\n{lines}\n{}\n", all[..behind].join("\n"), all[behind..].join("\n"))
}

#[test]
fn a_header_with_other_names_in_mid_file_is_an_error() {
    let wide = table("Date,AAPL,MSFT", 40, |row, day| format!("{day},{},{}", price(row), other(row)));
    for (header, found) in [
        ("Date,AAPL,GOOG", "'GOOG' where line 1 has 'MSFT'"),
        ("date,KO,MSFT", "'KO' where line 1 has 'AAPL'"),
        ("Date,AAPL,MSFT,GOOG", "'GOOG' where line 1 has no name"),
    ] {
        let said = fault(&with_lines(&wide, 20, header));
        let expected = format!("p.csv:21: another table begins here, with {found}");
        assert!(said.starts_with(&expected), "{said}");
        assert!(said.contains("write the rows below it into a file of their own"), "{said}");
    }
    let unnamed = wide.replacen("Date", "", 1);
    assert!(fault(&with_lines(&unnamed, 20, ",AAPL,GOOG")).contains("'GOOG' where line 1 has 'MSFT'"));
    let yahoo = format!("Price,Close,High\nTicker,KO,KO\n{}", wide.replacen("Date,AAPL,MSFT", "Date,,", 1));
    let repeated = with_lines(&yahoo, 20, "Price,Close,High\nTicker,PEP,PEP\nDate,,");
    assert!(fault(&repeated).starts_with("p.csv:22: another table"), "{}", fault(&repeated));
}

#[test]
fn a_repeated_header_and_one_under_the_last_row_are_left_out() {
    let wide = table("Date,AAPL,MSFT", 40, |row, day| format!("{day},{},{}", price(row), other(row)));
    for lines in ["Date,AAPL,MSFT", "DATE,aapl,Msft", "Date,,", "a note,,"] {
        assert_eq!(series(&with_lines(&wide, 20, lines)), series(&wide), "{lines}");
    }
    assert_eq!(series(&format!("{wide}Date,AAPL,GOOG\n")), series(&wide));
    let of_units = wide.replacen("MSFT\n", "MSFT\nDate,USD,EUR\n", 1);
    assert_eq!(series(&with_lines(&of_units, 20, "Date,AAPL,MSFT\nDate,USD,EUR")), series(&of_units));
    let close = table("Date,Close", 40, |row, day| format!("{day},{}", price(row)));
    assert_eq!(series(&with_lines(&close, 20, "Datum,Schlusskurs")), series(&close));
}

#[test]
fn a_line_that_names_another_ticker_in_mid_file_is_an_error() {
    let close = table("Date,Close", 40, |row, day| format!("{day},{}", price(row)));
    let of = |first: &str, second: &str| format!("{first}\n{}", with_lines(&close, 20, second));
    let same = of("Symbol: KO", "Symbol: KO\nDate,Close");
    assert_eq!(series(&same), series(&close));
    for (text, expected) in [
        (
            of("Symbol: KO", "Symbol: PEP\nDate,Close"),
            "p.csv:22: the rows below are of 'PEP', the rows above are of 'KO' (line 1)",
        ),
        (
            of("Ticker,KO", "Ticker,PEP\nDate,Close"),
            "p.csv:22: the rows below are of 'PEP', the rows above are of 'KO' (line 1)",
        ),
        (
            of("NYSE", "AMEX\nDate,Close"),
            "p.csv:22: the rows below are of 'AMEX', the rows above are of 'NYSE' (line 1)",
        ),
        (
            with_lines(&close, 20, "Symbol: PEP"),
            "p.csv:21: the rows below are of 'PEP', and no line names the ticker of",
        ),
    ] {
        assert!(fault(&text).starts_with(expected), "{}", fault(&text));
    }
    for note in ["Ticker: see the notes", "Name: The Coca-Cola Company"] {
        assert_eq!(series(&with_lines(&close, 20, note)), series(&close), "{note}");
    }
    let two = of("Symbol: KO\nName: Coca-Cola", "Symbol: KO\nName: Coca-Cola\nDate,Close");
    assert_eq!(series(&two), series(&close));
    assert_eq!(series(&format!("{close}Symbol: PEP\n")), series(&close));
}

/// Returns the rates of a bank for transfers and for cash, which can be equal.
fn rates(header: &str, cash: f64, middle: bool) -> String {
    table(header, 40, |row, day| {
        let buying = price(row);
        let selling = buying * 1.004;
        let end = if middle { format!(",{:.4}", buying * 1.002) } else { String::new() };
        format!("{day},{buying:.4},{:.4},{selling:.4},{:.4}{end}", buying * (1.0 - cash), selling * (1.0 + cash))
    })
}

#[test]
fn the_middle_rate_of_a_bank_is_the_price_and_a_side_never_is() {
    for header in [
        "Date,Buying Rate,Cash Buying Rate,Selling Rate,Cash Selling Rate,Middle Rate",
        "日期,现汇买入价,现钞买入价,现汇卖出价,现钞卖出价,中行折算价",
    ] {
        for cash in [0.0, 0.02] {
            let text = rates(header, cash, true);
            let [(_, last)] = &series(&text)[..] else { panic!("{header}") };
            assert_eq!(format!("{last:.4}"), format!("{:.4}", price(39) * 1.002), "{header} {cash}");
        }
    }
    for header in [
        "Date,TT Buying Rate,OD Buying Rate,TT Selling Rate,OD Selling Rate",
        "Date,Buying Rate,Rate of buying,Selling Rate,Rate of selling",
        "日期,现汇买入价,现钞买入价,现汇卖出价,现钞卖出价",
    ] {
        for cash in [0.0, 0.02] {
            assert_eq!(names(&rates(header, cash, false)).len(), 4, "{header} {cash}");
        }
    }
}

#[test]
fn a_middle_rate_beside_other_prices_than_its_sides_is_a_series() {
    let gold = table("Date,Gold,Mid Rate", 40, |row, day| format!("{day},{},{}", price(row), other(row)));
    assert_eq!(names(&gold), ["Gold", "Mid Rate"]);
    let alone = table("Date,Mid Rate", 40, |row, day| format!("{day},{}", price(row)));
    assert_eq!(series(&alone)[0].1, price(39));
}

/// Returns the accounts of a portfolio with these columns.
fn books(columns: &str) -> String {
    table(&format!("date,{columns}"), 60, |row, day| {
        let cash = 10_000.0 + 400.0 * (row / 7) as f64;
        let positions = 2000.0 * price(row);
        let cells = columns.split(',').map(|name| match name.to_lowercase().as_str() {
            "cash" => format!("{cash:.2}"),
            "positions_value" | "holdings" => format!("{positions:.2}"),
            "n_positions" | "position_count" => (1 + row % 9).to_string(),
            "exposure" | "drawdown" => format!("{:.4}", positions / (cash + positions)),
            "day_pnl" => format!("{:.2}", 40.0 * (noise(row) - 0.5)),
            "price" | "xu100" | "spy_close" => format!("{:.2}", other(row)),
            _ => format!("{:.2}", cash + positions),
        });
        format!("{day},{}", cells.collect::<Vec<_>>().join(","))
    })
}

#[test]
fn the_value_of_a_portfolio_is_the_price_of_its_books() {
    let value = 10_000.0 + 400.0 * 8.0 + 2000.0 * price(59);
    for columns in [
        "cash,positions_value,nav",
        "cash,positions_value,nav,n_positions,exposure",
        "cash,positions_value,total_equity,day_pnl",
        "cash,positions_value,total_value",
        "Cash,Positions_Value,Portfolio_Value,Position_Count",
        "cash,holdings,total",
        "portfolio_value,cash,holdings,drawdown",
        "account_value,cash",
        "cash,equity",
        "total_assets,cash,positions_value",
        "holdings,Patrimonio",
    ] {
        let text = books(columns);
        assert_eq!(series(&text).iter().map(|(_, last)| *last).collect::<Vec<_>>(), [value], "{columns}");
        assert!(read(&text).series[0].volume.is_none(), "{columns}");
        // A part of the value is named in a warning, because beside other columns its name can be that of an index.
        let part = columns.split(',').find(|name| matches!(*name, "cash" | "Cash" | "holdings")).unwrap();
        assert!(warnings(&text).contains(&format!("'{part}'")), "{columns}: {}", warnings(&text));
    }
    for (columns, expected) in [
        ("nav,cash,n_positions,exposure,xu100", ["nav", "xu100"]),
        ("cash,positions_value,total_equity,n_positions,spy_close", ["total_equity", "spy_close"]),
    ] {
        assert_eq!(names(&books(columns)), expected);
        assert!(warnings(&books(columns)).contains("'cash'"), "{}", warnings(&books(columns)));
    }
    let of_price = books("price,cash,holdings,total");
    assert_eq!(names(&of_price), ["price", "total"]);
    let kinds = table("Date,Equity,Bonds,Gold,Cash", 40, |row, day| {
        format!("{day},{},{},{},{:.3}", price(row), other(row), other(3 * row), 100.0 + 0.01 * price(row))
    });
    assert_eq!(names(&kinds), ["Equity", "Bonds", "Gold", "Cash"]);
    // In capitals, the same words are tickers.
    let tickers =
        table("Date,CASH,NAV,KO", 40, |row, day| format!("{day},{},{},{}", price(row), other(row), price(3 * row)));
    assert_eq!(names(&tickers), ["CASH", "NAV", "KO"]);
    for ticker in ["PNL", "CAPE", "PNL.L"] {
        let header = format!("Date,{ticker},AAPL");
        let of_ticker = table(&header, 40, |row, day| format!("{day},{},{}", price(row), other(row)));
        assert_eq!(names(&of_ticker), [ticker, "AAPL"]);
    }
    // The column can be a state (0 or 1) or the value of a basket.
    let state = |value: fn(usize) -> f64| {
        let cells = |row: usize, day: Date| format!("{day},{},{},{}", value(row), price(row), other(3 * row));
        names(&table("date,risk_off,benchmark,gold", 40, cells))
    };
    assert_eq!(state(other), ["risk_off", "benchmark", "gold"]);
    assert_eq!(state(|row| (row / 5 % 2) as f64), ["benchmark", "gold"]);
}

#[test]
fn quantities_beside_prices_are_said_and_no_series() {
    let text = |columns: &str| {
        table(&format!("date,{columns}"), 60, |row, day| {
            let cells = columns.split(',').enumerate().map(|(at, _)| format!("{:.2}", other(row + 17 * at)));
            format!("{day},{}", cells.collect::<Vec<_>>().join(","))
        })
    };
    for (columns, kept, left) in [
        ("cash_settlement,three_month,lme_stock", &["cash_settlement", "three_month"][..], "lme_stock"),
        ("SP500,Gold,Earnings", &["SP500", "Gold"], "Earnings"),
        ("SP500,Real Price,Real Dividend", &["SP500", "Real Price"], "Real Dividend"),
        ("EURRON,USDRON,EURRON (volatilitas)", &["EURRON", "USDRON"], "EURRON (volatilitas)"),
        ("AGG_px,SPY_px,AGG_shares", &["AGG_px", "SPY_px"], "AGG_shares"),
    ] {
        assert_eq!(names(&text(columns)), kept, "{columns}");
        assert!(warnings(&text(columns)).contains(&format!("column '{left}' is not read")), "{columns}");
    }
    let shiller = text("SP500,Gold,Earnings,Consumer Price Index");
    assert_eq!(names(&shiller), ["SP500", "Gold"]);
    assert_eq!(names(&text("SP500,Gold,CPI")), ["SP500", "Gold", "CPI"]);
    // Without other columns, they are the series to be forecast.
    assert_eq!(names(&text("CPI")).len(), 1);
    assert_eq!(names(&text("real,nominal")), ["real", "nominal"]);
}

#[test]
fn nobody_is_warned_of_a_count_beside_a_bar() {
    let bars = |name: &str, cell: fn(usize) -> String| {
        table(&format!("Date,Open,High,Low,Close,Volume,{name}"), 60, |row, day| {
            let close = price(row);
            let bar = format!("{:.2},{:.2},{:.2},{close}", close - 0.1, close + 0.4, close - 0.5);
            format!("{day},{bar},{},{}", 1000 + 37 * (row % 11), cell(row))
        })
    };
    let small: fn(usize) -> String = |row| format!("{:.2}", 1.5 + 0.2 * noise(row));
    for name in ["PBR", "DIV", "QTY_PER_TRADE", "medianFee"] {
        assert_eq!(warnings(&bars(name, small)), "", "{name}");
    }
    assert!(warnings(&bars("USDKRW", |row| format!("{:.2}", other(row)))).contains("USDKRW"));
    let years = table("Date,t,price", 60, |row, day| {
        format!("{day},{:.3},{}", f64::from(day.year()) + f64::from(day.day_of_year()) / 366.0, price(row))
    });
    assert_eq!(warnings(&years), "");
}

/// Returns a panel with a row a day for each key, ordered by key or by day.
fn panel(header: &str, keys: &[&str], by_day: bool) -> String {
    let days: Vec<String> = table("", 30, |_, day| day.to_string()).lines().skip(1).map(str::to_owned).collect();
    let row = |key: usize, day: usize| {
        format!("{},{},{:.2}\n", days[day], keys[key], (1 + key) as f64 * price(day + 7 * key))
    };
    let all = (0..keys.len()).flat_map(|key| (0..days.len()).map(move |day| (key, day)));
    let mut all: Vec<(usize, usize)> = all.collect();
    if by_day {
        all.sort_by_key(|&(key, day)| (day, key));
    }
    format!("{header}\n{}", all.into_iter().map(|(key, day)| row(key, day)).collect::<String>())
}

#[test]
fn the_key_of_a_panel_may_have_any_name() {
    for name in ["Country", "maturity", "currency", "Market", "item", "Gemüse", "D1", "exchange", "region"] {
        for by_day in [true, false] {
            let text = panel(&format!("Date,{name},value"), &["Kenya", "Ghana", "Mali"], by_day);
            assert_eq!(names(&text), ["Kenya", "Ghana", "Mali"], "{name}");
            let said = format!("several rows a day: a series is read for each value of column '{name}'");
            assert!(warnings(&text).contains(&said), "{}", warnings(&text));
        }
    }
    let both = panel("Date,code,name,rate", &["KES,Kenyan Shilling", "GHS,Ghana Cedi"], true);
    assert_eq!(names(&both), ["KES", "GHS"]);
    let units = panel("Date,D1,Value", &["EUR1", "USD1", "JPY100"], true);
    assert_eq!(names(&units), ["EUR1", "USD1", "JPY100"]);
    let rates = panel("Date,code,buy_cash,buy_transfer,sell", &["KES,7,9", "GHS,8,8.5"], true);
    assert!(names(&rates).contains(&"GHS sell".to_owned()), "{:?}", names(&rates));
    let two = panel("Date,shop,good,value", &["A,Rice", "A,Maize", "B,Rice"], true);
    assert!(prices::read_bytes("p.csv", two.as_bytes(), &ReadOptions::default()).is_err());
}

#[test]
fn files_of_the_bundesbank_are_named_by_their_first_line() {
    let rows = table("", 40, |row, day| format!("{day};{};", price(row).to_string().replace('.', ",")));
    let rows: String = rows.lines().skip(1).map(|line| format!("{line}\n")).collect();
    let above = "\"\";BBEX3.D.USD;BBEX3.D.USD_FLAGS\n\"\";\"Euro-Referenzkurs der EZB / 1 EUR = ... USD\";\n\
                 Einheit;USD (US-Dollar);\nKommentar (englisch);comment;\nStand vom;03.01.2024 14:30:00;\n\
                 2021-02-26;.;Kein Wert vorhanden\n";
    let reading = read(&format!("{above}{rows}"));
    assert_eq!((reading.series.len(), reading.series[0].close.len()), (1, 40));
    assert!(!warnings(&format!("{above}{rows}")).contains("FLAGS"));
    let columns: Vec<&str> = reading.understood.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(columns, ["", "BBEX3.D.USD", "BBEX3.D.USD_FLAGS"]);
}

#[test]
fn securities_above_one_name_of_all_columns_name_the_series() {
    let rows = table(",YLD_MID,YLD_MID", 40, |row, day| format!("{day},{},{}", price(row), other(row)));
    assert_eq!(names(&format!(",91 GOVT,92 GOVT\n{rows}")), ["91 GOVT", "92 GOVT"]);
}

#[test]
fn a_fraction_of_a_second_may_stand_behind_a_comma() {
    let text = table("Date;Close", 40, |row, day| format!("{day}T17:00:00,000Z;{}", price(row)));
    assert_eq!(series(&text)[0].1, price(39));
}

#[test]
fn rates_of_the_czech_national_bank_have_decimal_commas() {
    let comma = |price: f64| format!("{price:.3}").replace('.', ",");
    let text = table("Datum|1 AUD|1 EUR|", 40, |row, day| {
        format!("{}|{}|{}|", day.strftime("%d.%m.%Y"), comma(price(row) / 3.0), comma(other(row) / 9.0))
    });
    assert_eq!(series(&text)[0], ("1 AUD".to_owned(), (price(39) / 3.0 * 1000.0).round() / 1000.0));
}

/// Returns rows of one price beside a column of words: one word in the first half, another in the second.
fn renamed(column: &str, words: [&str; 2], times: f64) -> String {
    table(&format!("Date,{column},value"), 60, |row, day| match row {
        ..30 => format!("{day},{},{}", words[0], price(row)),
        _ => format!("{day},{},{:.2}", words[1], times * price(row)),
    })
}

#[test]
fn a_ticker_that_ends_where_the_next_begins_is_one_series_that_was_renamed() {
    for column in ["ticker_raw", "symbol_raw", "symbol_name", "yahoo_ticker"] {
        let text = renamed(column, ["FB", "META"], 1.0);
        assert_eq!(names(&text).len(), 1, "{column}");
        assert_eq!(read(&text).series[0].close.len(), 60, "{column}");
        assert_eq!(warnings(&text), "", "{column}");
        let jump = warnings(&renamed(column, ["FB", "META"], 0.4));
        assert!(jump.contains("changes from 'FB' to 'META' (line 32), where the price jumps"), "{jump}");
        // Rows in descending order.
        let mut lines: Vec<&str> = text.lines().collect();
        lines[1..].reverse();
        assert_eq!(names(&lines.join("\n")).len(), 1, "{column}");
    }
    assert_eq!(names(&renamed("ticker", ["FB", "META"], 1.0)), ["FB", "META"]);
    // Tickers whose days overlap, and a single ticker.
    let stacked = panel("Date,ticker_raw,value", &["FB", "META"], false);
    assert_eq!(names(&stacked), ["FB", "META"]);
    assert_eq!(names(&renamed("ticker_raw", ["FB", "FB"], 1.0)), ["FB"]);
}

#[test]
fn a_second_series_far_down_shows_that_the_tickers_overlap() {
    // Long lines, so that the third ticker is far after the part of the text that is read first.
    let source = "x".repeat(120);
    let rows = |first: &str, second: &str| {
        let all = table("", 3000, |at, day| {
            format!("{day},{},{},{source}", if at < 1000 { first } else { second }, price(at))
        });
        all.trim_start().to_owned()
    };
    let header = "Date,ticker_raw,value,source";
    assert_eq!(names(&format!("{header}\n{}{}", rows("FB", "META"), rows("GOOG", "GOOG"))), ["FB", "META", "GOOG"]);
    assert_eq!(names(&format!("{header}\n{}", rows("FB", "META"))).len(), 1);
}

#[test]
fn lines_that_name_the_ticker_of_a_column_are_left_out() {
    let plain = panel("Date,Symbol,Close", &["JPM", "DIS"], false);
    for (first, second) in [
        ("Symbol: JPM", "Symbol: DIS"),
        ("Symbol: JPM", "Symbol: DIS\nDate,Symbol,Close"),
        ("Symbol: NYSE:JPM\nName: JPMorgan", "Symbol: NYSE:DIS\nName: Disney\nDate,Symbol,Close"),
        ("JPM", "DIS\nDate,Symbol,Close"),
    ] {
        let text = format!("{first}\n{}", with_lines(&plain, 31, second));
        assert_eq!(series(&text), series(&plain), "{first} {second}");
    }
    let other = format!("Symbol: JPM\n{}", with_lines(&plain, 31, "Symbol: KO\nDate,Symbol,Close"));
    assert!(fault(&other).starts_with("p.csv:33: the rows below are of 'KO', the rows above are of 'JPM' (line 1)"));
    let by_country = panel("Date,Country,Close", &["Kenya", "Ghana"], false);
    let text = with_lines(&by_country, 31, "Symbol: KO");
    assert!(fault(&text).starts_with("p.csv:32: the rows below are of 'KO'"), "{}", fault(&text));
}

#[test]
fn a_repeated_header_may_have_units_or_the_name_of_a_note() {
    let wide = table("Date,PFE,MSFT", 40, |row, day| format!("{day},{},{}", price(row), other(row)));
    for header in ["Date,PFE (USD),MSFT (USD)", "Date,PFE [EUR],MSFT", "Date,PFE,MSFT,Note", "Date,PFE,MSFT,USD"] {
        assert_eq!(series(&with_lines(&wide, 20, header)), series(&wide), "{header}");
    }
    let of_units = wide.replacen("PFE,MSFT", "PFE (USD),MSFT (USD)", 1);
    assert_eq!(series(&with_lines(&of_units, 20, "Date,PFE,MSFT")), series(&of_units));
    for header in ["Date,PFE (USD),GOOG (USD)", "Date,PFE,GOOG,Note", "Date,PFE (NYSE),MSFT", "Date,PFE,MSFT,GOOG"] {
        assert!(fault(&with_lines(&wide, 20, header)).starts_with("p.csv:21: another table"), "{header}");
    }
    let other_unit = with_lines(&of_units, 20, "Date,PFE (EUR),MSFT (EUR)");
    assert!(fault(&other_unit).starts_with("p.csv:21: another table"));
}

#[test]
fn vintages_and_sides_are_no_keys_of_a_panel() {
    for words in [
        ["prelim", "final"],
        ["Preliminary", "Revised"],
        ["v1", "v2"],
        ["bid", "ask"],
        ["BUY", "SELL"],
        ["limit", "market"],
        ["call", "put"],
        ["AM", "PM"],
    ] {
        for column in ["release", "kind", "group"] {
            let said = fault(&panel(&format!("Date,{column},value"), &words, true));
            assert!(said.contains("is also on line"), "{words:?} {column}: {said}");
            assert!(said.contains(&format!("--ticker-column {column}")), "{words:?} {column}: {said}");
        }
    }
    assert!(fault(&panel("Date,release,value", &["open", "close"], true)).contains("is also on line"));
    let with_label = panel("Date,kind,label,value", &["bid,what is offered", "ask,what is asked"], true);
    assert!(fault(&with_label).contains("is also on line"));
    assert_eq!(names(&panel("Date,region,value", &["V1", "North"], true)), ["V1", "North"]);
}

/// A header in mid-file can have another name for its dates.
#[test]
fn a_header_with_other_tickers_and_another_name_of_the_dates_begins_another_table() {
    let rows = |from: u8, price: f64| -> String {
        (0..9).map(|day| format!("2024-03-{:02},{}\n", from + day, price + f64::from(day % 4))).collect()
    };
    for other in ["Day,GOOG", "X,GOOG", "Date,GOOG"] {
        let error = fault(&format!("Date,AAPL\n{}{other}\n{}", rows(1, 180.25), rows(11, 140.5)));
        assert!(error.contains(":11: another table begins here"), "{other}: {error}");
    }
    // A line of text that does not name another ticker is left out.
    let text = format!("Date,AAPL\n{}Source,Yahoo\n{}", rows(1, 180.25), rows(11, 181.5));
    assert_eq!(read(&text).series[0].len(), 18);
}

/// A spreadsheet reads `="2024-01-02"` as a text.
#[test]
fn cells_of_text_for_a_spreadsheet_are_their_text() {
    let plain = table("Date,Close", 60, |row, day| format!("{day},{:.2}", price(row)));
    let wrapped = table("=\"Date\",=\"Close\"", 60, |row, day| format!("=\"{day}\",=\"{:.2}\"", price(row)));
    let quoted = table("Date,Close", 60, |row, day| format!("\"=\"\"{day}\"\"\",\"=\"\"{:.2}\"\"\"", price(row)));
    let [expected, wrapped, quoted] = [plain, wrapped, quoted].map(|text| read(&text).series.remove(0));
    assert!(wrapped.dates == expected.dates && wrapped.close == expected.close);
    assert!(quoted.dates == expected.dates && quoted.close == expected.close);
}

#[test]
fn an_adjusted_close_of_zeros_is_none() {
    for zero in ["0", "0.00"] {
        let text = table("Date,Close,Adj Close", 60, |row, day| format!("{day},{:.2},{zero}", price(row)));
        let series = read(&text).series.remove(0);
        assert_eq!(series.adjusted, series.close, "{zero}");
    }
    // Zeros on some rows are prices that are missing.
    let part = |row: usize| if row < 30 { 0.0 } else { price(row) };
    let text = table("Date,Close,Adj Close", 60, |row, day| format!("{day},{:.2},{:.2}", price(row), part(row)));
    let series = read(&text).series.remove(0);
    assert_ne!(series.adjusted, series.close);
}

#[test]
fn words_under_the_name_of_a_price_are_no_price() {
    let text = table("Price hub,Trade date,Price", 60, |row, day| format!("Mid C Peak,{day},{:.2}", price(row)));
    assert_eq!(names(&text).len(), 1);
    let text = table("Price hub,Trade date,Settle", 60, |row, day| format!("Mid C Peak,{day},{:.2}", price(row)));
    assert_eq!(series(&text)[0].1, (price(59) * 100.0).round() / 100.0);
}

#[test]
fn the_month_of_three_columns_of_a_date_may_be_a_name() {
    let plain = read(&table("Date,Close", 60, |row, day| format!("{day},{:.2}", price(row)))).series.remove(0);
    for (header, month) in
        [("Year,Month,Day,Close", "%B"), ("Year,Month,Date,Close", "%m"), ("Jahr,Monat,Tag,Kurs", "%b")]
    {
        let text = table(header, 60, |row, day| {
            let day: Date = day.to_string().parse().unwrap();
            format!("{},{},{},{:.2}", day.year(), day.strftime(month), day.day(), price(row))
        });
        let series = read(&text).series.remove(0);
        assert!(series.dates == plain.dates && series.close == plain.close, "{header}");
    }
}

#[test]
fn the_reference_day_of_japanese_tables_is_the_date() {
    let text = table("基準日,1年,2年,10年", 60, |row, day| {
        format!("{day},{:.3},{:.3},{:.3}", price(row) / 100.0, price(row) / 90.0, other(row) / 80.0)
    });
    assert_eq!(names(&text), ["1年", "2年", "10年"]);
}
