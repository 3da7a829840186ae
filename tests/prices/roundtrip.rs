//! Prices written in any combination of vendors' habits are read back unchanged.

use std::io::Write;

use encoding_rs::Encoding;
use fourcast::prices::{self, Order, PriceSeries, ReadOptions};
use jiff::ToSpan;
use jiff::civil::{Date, Weekday, date};
use proptest::prelude::*;
use proptest::sample::select;

/// The names of date, open, high, low, close and volume in a language, and encodings that support them.
type Language = ([&'static str; 6], &'static [&'static str]);

const LANGUAGES: [Language; 10] = [
    (["Date", "Open", "High", "Low", "Close", "Volume"], &["utf-8", "utf-16le", "windows-1252"]),
    (["날짜", "시가", "고가", "저가", "종가", "거래량"], &["utf-8", "euc-kr", "utf-16le"]),
    (["Datum", "Eröffnung", "Hoch", "Tief", "Schluss", "Volumen"], &["utf-8", "windows-1252"]),
    (["Date", "Ouverture", "Plus haut", "Plus bas", "Clôture", "Volume"], &["utf-8", "windows-1252"]),
    (["Fecha", "Apertura", "Máximo", "Mínimo", "Último", "Volumen"], &["utf-8", "windows-1252"]),
    (["Data", "Apertura", "Massimo", "Minimo", "Chiusura", "Volume"], &["utf-8"]),
    (["Data", "Abertura", "Máxima", "Mínima", "Último", "Volume"], &["utf-8", "windows-1252"]),
    (["Data", "Otwarcie", "Najwyższy", "Najniższy", "Zamknięcie", "Wolumen"], &["utf-8", "windows-1250"]),
    (["日付", "始値", "高値", "安値", "終値", "出来高"], &["utf-8", "shift_jis"]),
    (["日期", "开盘", "最高", "最低", "收盘", "成交量"], &["utf-8", "gbk", "utf-16le"]),
];

/// How a file is written.
#[derive(Debug, Clone)]
struct Habits {
    language: Language,
    encoding: usize,
    delimiter: char,
    quote_all: bool,
    crlf: bool,
    mark: bool,
    decimal_comma: bool,
    group: Option<char>,
    currency: &'static str,
    date: usize,
    order: Order,
    columns: Vec<usize>,
    preamble: bool,
    blank_rows: bool,
    missing: &'static str,
    packed: usize,
}

fn habits() -> impl Strategy<Value = Habits> {
    let text = (select(&LANGUAGES[..]), 0..3_usize, select(vec![',', ';', '\t', '|']), any::<bool>(), any::<bool>());
    let numbers = (
        any::<bool>(),
        select(vec![None, Some('t'), Some(' '), Some('\u{a0}'), Some('\u{202f}'), Some('\'')]),
        select(vec!["", "", "", "$", "€", "₩"]),
        select(vec!["", "null", "N/A", "-", "NaN", "."]),
    );
    let order = select(vec![Order::OldestFirst, Order::NewestFirst, Order::Shuffled]);
    let columns = Just((0..6).collect::<Vec<usize>>()).prop_shuffle();
    let rest = (0..DATES.len(), order, columns, any::<bool>(), any::<bool>(), any::<bool>(), 0..3_usize);
    (text, numbers, rest).prop_map(|(text, numbers, rest)| Habits {
        language: text.0,
        encoding: text.1,
        delimiter: text.2,
        quote_all: text.3,
        crlf: text.4,
        decimal_comma: numbers.0,
        group: numbers.1,
        currency: numbers.2,
        missing: numbers.3,
        date: rest.0,
        order: rest.1,
        columns: rest.2,
        preamble: rest.3,
        blank_rows: rest.4,
        mark: rest.5,
        packed: rest.6,
    })
}

type DateForm = fn(Date) -> String;

const DATES: [DateForm; 15] = [
    |day| day.to_string(),
    |day| day.strftime("%Y/%m/%d").to_string(),
    |day| day.strftime("%Y.%m.%d").to_string(),
    |day| day.strftime("%Y%m%d").to_string(),
    |day| day.strftime("%d/%m/%Y").to_string(),
    |day| day.strftime("%m/%d/%Y").to_string(),
    |day| day.strftime("%d.%m.%Y").to_string(),
    |day| day.strftime("%-m/%-d/%y").to_string(),
    |day| day.strftime("%d-%b-%y").to_string(),
    |day| day.strftime("%b %-d, %Y").to_string(),
    |day| day.strftime("%Y-%m-%d 00:00:00+09:00").to_string(),
    |day| day.strftime("%Y-%m-%dT05:00:00Z").to_string(),
    |day| day.strftime("%Y년 %-m월 %-d일").to_string(),
    |day| seconds(day).to_string(),
    |day| (seconds(day) * 1000).to_string(),
];

fn seconds(day: Date) -> i64 {
    date(1970, 1, 1).duration_until(day).as_secs() + 5 * 3600
}

/// Days of a plausible walk, in cents, including a row without a price.
#[derive(Debug, Clone)]
struct Days {
    first: Date,
    closes: Vec<i64>,
    hole: usize,
}

fn days() -> impl Strategy<Value = Days> {
    let steps = proptest::collection::vec(-150..=150_i64, 12..60);
    (0..6000_i32, 2_000..900_000_i64, steps, any::<proptest::sample::Index>()).prop_map(|(day, start, steps, hole)| {
        let mut close = start;
        let closes: Vec<i64> = steps
            .iter()
            .map(|step| {
                close += close * step / 10_000;
                // Cents that are not a multiple of ten make the decimal mark unambiguous.
                if close % 10 == 0 { close + 3 } else { close }
            })
            .collect();
        let first = date(2004, 1, 1).saturating_add(day.days());
        Days { first, hole: hole.index(closes.len() - 2) + 1, closes }
    })
}

impl Days {
    fn dates(&self) -> Vec<Date> {
        let weekdays = |day: &Date| !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        self.first.series(1.day()).filter(weekdays).take(self.closes.len()).collect()
    }

    /// Returns open, high, low and close in cents, and the volume.
    fn bar(&self, row: usize) -> [i64; 5] {
        let close = self.closes[row];
        [close + 1, close + close / 80 + 2, close - close / 90 - 1, close, 1_000_000 + 3_501 * row as i64]
    }
}

/// Formats a number as the file has it.
fn number(value: i64, decimals: bool, habits: &Habits) -> String {
    let (whole, cents) = if decimals { (value / 100, value % 100) } else { (value, 0) };
    let (mark, point) = if habits.decimal_comma { (',', '.') } else { ('.', ',') };
    let group = habits.group.map(|group| if group == 't' { point } else { group });
    let digits = whole.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if let Some(group) = group.filter(|_| place > 0 && (digits.len() - place) % 3 == 0) {
            text.push(group);
        }
        text.push(digit);
    }
    if decimals { format!("{}{text}{mark}{cents:02}", habits.currency) } else { text }
}

fn cell(text: String, habits: &Habits) -> String {
    if habits.quote_all || text.contains(habits.delimiter) { format!("\"{text}\"") } else { text }
}

/// Returns the text of the file.
fn write(days: &Days, habits: &Habits) -> String {
    let joined = |cells: Vec<String>| {
        let cells: Vec<String> = habits.columns.iter().map(|&column| cell(cells[column].clone(), habits)).collect();
        cells.join(&habits.delimiter.to_string())
    };
    let dates = days.dates();
    let mut rows: Vec<String> = (0..dates.len())
        .map(|row| {
            let [open, high, low, close, volume] = days.bar(row);
            let prices = [open, high, low, close].map(|price| number(price, true, habits));
            let mut cells = vec![DATES[habits.date](dates[row])];
            cells.extend(if row == days.hole { [habits.missing; 4].map(String::from) } else { prices });
            cells.push(number(volume, false, habits));
            joined(cells)
        })
        .collect();
    match habits.order {
        Order::OldestFirst => {}
        Order::NewestFirst => rows.reverse(),
        Order::Shuffled => rows.rotate_left(3),
    }
    let mut lines = Vec::new();
    if habits.preamble {
        lines.extend(["https://www.example.com".to_owned(), String::new()]);
    }
    lines.push(joined(habits.language.0.iter().map(|name| (*name).to_owned()).collect()));
    lines.extend(rows);
    if habits.blank_rows {
        lines.extend([String::new(), habits.delimiter.to_string().repeat(5)]);
    }
    let end = if habits.crlf { "\r\n" } else { "\n" };
    lines.iter().map(|line| format!("{line}{end}")).collect()
}

/// Returns the bytes of the file; none if the encoding does not support its characters.
fn encode(text: &str, habits: &Habits) -> Option<Vec<u8>> {
    let encodings = habits.language.1;
    let mut bytes = match encodings[habits.encoding % encodings.len()] {
        "utf-8" if habits.mark => [b"\xEF\xBB\xBF", text.as_bytes()].concat(),
        "utf-8" => text.as_bytes().to_vec(),
        "utf-16le" => {
            let mark = habits.mark.then_some(0xFEFF);
            mark.into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
        }
        name => {
            let (bytes, _, unmappable) = Encoding::for_label(name.as_bytes())?.encode(text);
            (!unmappable).then(|| bytes.into_owned())?
        }
    };
    match habits.packed {
        1 => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(&bytes).ok()?;
            bytes = encoder.finish().ok()?;
        }
        2 => bytes = ruzstd::encoding::compress_to_vec(&bytes[..], ruzstd::encoding::CompressionLevel::Fastest),
        _ => {}
    }
    Some(bytes)
}

fn check(series: &PriceSeries, days: &Days) {
    let dates = days.dates();
    let kept: Vec<usize> = (0..dates.len()).filter(|&row| row != days.hole).collect();
    let column = |place: usize| -> Vec<f64> { kept.iter().map(|&row| days.bar(row)[place] as f64 / 100.0).collect() };
    assert_eq!(series.dates, kept.iter().map(|&row| dates[row]).collect::<Vec<_>>());
    assert_eq!(series.close, column(3));
    assert_eq!(series.adjusted, series.close);
    let range = series.range.as_ref().unwrap();
    assert_eq!((&range.open, &range.high, &range.low), (&column(0), &column(1), &column(2)));
    let volume: Vec<f64> = kept.iter().map(|&row| days.bar(row)[4] as f64).collect();
    assert_eq!(series.volume.as_ref(), Some(&volume));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn what_is_written_is_read(days in days(), habits in habits()) {
        let text = write(&days, &habits);
        prop_assume!(encode(&text, &habits).is_some());
        let bytes = encode(&text, &habits).unwrap();
        let reading = prices::read_bytes("file.csv", &bytes, &ReadOptions::default());
        let reading = reading.unwrap_or_else(|error| panic!("{error}\n{text}"));
        prop_assert_eq!(reading.series.len(), 1, "{}", text);
        check(&reading.series[0], &days);
        prop_assert_eq!(reading.understood.order, habits.order);
        prop_assert_eq!(reading.understood.rows, days.closes.len());
        prop_assert_eq!(reading.understood.delimiter, Some(habits.delimiter));
        let mark = if habits.decimal_comma { ',' } else { '.' };
        prop_assert_eq!(reading.understood.decimal, mark);
    }
}
