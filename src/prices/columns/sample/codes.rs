//! Whether whole numbers are the codes of several series.

use std::collections::{HashMap, HashSet};

use super::{Kinds, Sample, mean};
use crate::dates;
use crate::numbers;
use crate::table::{Records, Table};

/// The most rows that are examined.
const MAX_ROWS: usize = 20_000;
/// Fewer rows are not enough evidence.
const MIN_ROWS: usize = 6;

/// A row of a table: its day, the cells that can be codes, and its price.
struct Coded {
    day: Vec<u8>,
    codes: Vec<Vec<u8>>,
    price: f64,
}

impl Sample {
    /// Whether at least a quarter of the cells of a column are words, as among codes of which some are numbers.
    pub fn holds_some_words(&self, column: usize) -> bool {
        let words = self.filled(column).filter(|cell| is_word(cell)).count();
        words > 0 && 4 * words >= self.filled(column).count()
    }

    /// Returns the columns that identify the series of several rows per day, in the beginning of a text: no two rows of
    /// a day share a number, each number repeats, and the prices under two numbers keep their distance from day to day.
    /// Prices at two times of day do not: each day they rise or fall anew between them.
    pub fn series_codes(&self, head: &[u8], table: &Table, [date, price]: [usize; 2], of: &[usize]) -> Vec<usize> {
        let columns: Vec<usize> = of.iter().copied().filter(|&column| self.holds_codes(column)).collect();
        if columns.is_empty() {
            return columns;
        }
        let rows = self.coded(head, table, [date, price], &columns);
        let is_key = |place: usize| is_distinguished(&rows, place) && self.may_have_codes(columns[place], &rows, place);
        let identifies = |place: &usize| is_key(*place) && keep_their_distance(&rows, *place);
        (0..columns.len()).filter(identifies).map(|place| columns[place]).collect()
    }

    /// Whether the numbers of a column can be codes by their form: whole numbers, including `005930`, or strikes such
    /// as `52.5`.
    fn holds_codes(&self, column: usize) -> bool {
        self.all(column, |cell| cell.iter().all(u8::is_ascii_digit) || self.value(column, cell).is_some())
    }

    /// Whether a column looks like codes in the first rows, whatever the prices are.
    pub fn may_be_codes(&self, column: usize, date: usize) -> bool {
        let rows = self.coded_rows(column, date);
        self.holds_codes(column) && is_distinguished(&rows, 0) && self.may_have_codes(column, &rows, 0)
    }

    /// Whether a column has whole numbers, or strikes such as `52.5`, each of which occurs on most days. Prices on a
    /// coarse grid repeat too.
    fn may_have_codes(&self, column: usize, rows: &[Coded], place: usize) -> bool {
        !self.holds_fractions(column) && !self.holds_decimals(column) || are_on_most_days(rows, place)
    }

    fn coded_rows(&self, column: usize, date: usize) -> Vec<Coded> {
        let row = |row: &Vec<Vec<u8>>| {
            Some(Coded { day: row.get(date)?.clone(), codes: vec![row.get(column)?.clone()], price: f64::NAN })
        };
        self.rows[..self.first].iter().filter_map(row).collect()
    }

    /// Returns the rows of one series, if a column distinguishes several rows per day: only within a series do numbers
    /// move from row to row.
    pub fn of_one_series(&self, column: usize) -> Self {
        let key = self.rows.first().and_then(|row| row.get(column));
        let is_own = |row: &&Vec<Vec<u8>>| row.get(column) == key;
        let rows: Vec<Vec<Vec<u8>>> = self.rows[..self.first].iter().filter(is_own).cloned().collect();
        let mut kinds = vec![Kinds::default(); self.kinds.len()];
        rows.iter().for_each(|row| kinds.iter_mut().zip(row).for_each(|(kinds, cell)| kinds.see(cell)));
        let (first, marks, read_on) = (rows.len(), self.marks.clone(), self.read_on.clone());
        Self {
            rows,
            first,
            later: Vec::new(),
            last_line: self.last_line,
            fault: None,
            kinds,
            marks,
            delimiter: self.delimiter,
            read_on,
        }
    }

    /// Whether the first rows have a few different cells in a column that distinguish the rows of each day.
    pub fn distinguishes(&self, column: usize, date: usize) -> bool {
        let rows = self.coded_rows(column, date);
        is_distinguished(&rows, 0) && are_on_most_days(&rows, 0)
    }

    fn coded(&self, head: &[u8], table: &Table, [date, price]: [usize; 2], columns: &[usize]) -> Vec<Coded> {
        let mut records = Records::new(head, table.dialect);
        let mut rows = Vec::new();
        // An unreadable row is reported later, when all rows are read.
        while let Ok(Some(row)) = records.next() {
            let is_row = row.line >= table.first_line && row.cells.fits(table.names.len());
            let price = self.value(price, row.cells.get(price)).filter(|_| is_row);
            let codes = || columns.iter().map(|&column| row.cells.get(column).to_vec()).collect();
            rows.extend(price.map(|price| Coded { day: row.cells.get(date).to_vec(), codes: codes(), price }));
            if rows.len() == MAX_ROWS {
                break;
            }
        }
        rows
    }
}

/// Whether there are several rows per day, and a few codes distinguish them.
fn is_distinguished(rows: &[Coded], place: usize) -> bool {
    let days: HashSet<&[u8]> = rows.iter().map(|row| &row.day[..]).collect();
    let codes: HashSet<&[u8]> = rows.iter().map(|row| &row.codes[place][..]).collect();
    let both: HashSet<(&[u8], &[u8])> = rows.iter().map(|row| (&row.day[..], &row.codes[place][..])).collect();
    let are_few = codes.len() > 1 && 2 * codes.len() <= rows.len() && 4 * days.len() <= 3 * rows.len();
    rows.len() >= MIN_ROWS && both.len() == rows.len() && are_few
}

/// Whether each code has a row on most days.
fn are_on_most_days(rows: &[Coded], place: usize) -> bool {
    let days: HashSet<&[u8]> = rows.iter().map(|row| &row.day[..]).collect();
    let codes: HashSet<&[u8]> = rows.iter().map(|row| &row.codes[place][..]).collect();
    4 * codes.len() * days.len() <= 5 * rows.len()
}

/// Whether the distance between the prices under one code and the next changes little from day to day relative to its
/// size. The bound is less strict if the distance is far larger than the moves under a code.
fn keep_their_distance(rows: &[Coded], place: usize) -> bool {
    /// The ratio is 2 for independent distances, and far below 1 for two random walks.
    const MAX_RATIO: f64 = 0.5;
    /// A price moves less within a day than from day to day.
    const MIN_TIMES_MOVE: f64 = 2.0;
    let mut prices: HashMap<(&[u8], &[u8]), f64> = HashMap::new();
    let (mut days, mut codes) = (Vec::new(), Vec::new());
    let (mut seen, mut known) = (HashSet::new(), HashSet::new());
    for row in rows {
        let (day, code) = (&row.day[..], &row.codes[place][..]);
        prices.insert((code, day), row.price.ln());
        days.extend(seen.insert(day).then_some(day));
        codes.extend(known.insert(code).then_some(code));
    }
    let [mut distances, mut changes, mut moves] = [const { Vec::new() }; 3];
    for pair in codes.windows(2) {
        let both = |day: &&[u8]| Some([*prices.get(&(pair[0], *day))?, *prices.get(&(pair[1], *day))?]);
        let both: Vec<[f64; 2]> = days.iter().filter_map(both).collect();
        let apart = |[one, other]: &[f64; 2]| other - one;
        distances.extend(both.iter().map(apart));
        changes.extend(both.windows(2).map(|pair| apart(&pair[1]) - apart(&pair[0])));
        moves.extend(both.windows(2).map(|pair| pair[1][0] - pair[0][0]));
    }
    let size = |values: &[f64]| {
        let squares = values.iter().filter(|value| value.is_finite()).map(|value| value * value);
        mean(squares).unwrap_or(f64::NAN)
    };
    let [apart, change, usual] = [size(&distances), size(&changes), size(&moves)];
    let ratio = change / apart;
    ratio < MAX_RATIO || (ratio < 2.0 * MAX_RATIO && apart > MIN_TIMES_MOVE * usual)
}

/// Whether a cell has letters and is no number, date or time.
pub(super) fn is_word(cell: &[u8]) -> bool {
    let is_other = numbers::is_number(cell) || dates::is_date(cell, true) || dates::resembles_clock(cell);
    !is_other && String::from_utf8_lossy(cell).chars().any(char::is_alphabetic)
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;

    use crate::testing::{noise, read};
    use crate::{Cause, ColumnRef, Problem, ReadOptions, Warning, read_bytes};

    /// A table with rows of each day under several numbers; the price is made from the day, the number and a random
    /// walk per number.
    fn table(name: &str, codes: &[usize], price: impl Fn(f64, usize) -> f64) -> String {
        let mut random = noise(9);
        let mut walk = vec![50.0_f64; codes.len()];
        let mut text = format!("date,{name},close\n");
        for row in 0..40_i64 {
            for (place, code) in codes.iter().enumerate() {
                walk[place] *= 0.98 + 0.04 * random.next().unwrap();
                let day = date(2021, 3, 1) + row.days();
                text += &format!("{day},{code},{:.2}\n", price(walk[place], place));
            }
        }
        text
    }

    #[test]
    fn numbers_of_several_series_are_named() {
        for codes in [&[21, 22][..], &[1, 2, 3]] {
            let text = table("series", codes, |walk, place| walk * (1.0 + place as f64));
            let found = read(&text).unwrap_err().to_string();
            assert!(found.contains("is also on line"), "{found}");
            let by = ReadOptions { ticker_column: Some(ColumnRef::Name("series".into())), ..ReadOptions::default() };
            assert_eq!(read_bytes("p.csv", text.as_bytes(), &by).unwrap().series.len(), codes.len());
        }
    }

    /// Numbers of three digits or more are read as tickers, with a warning.
    #[test]
    fn long_numbers_of_several_series_are_tickers() {
        for codes in [&[2021, 2022][..], &[101, 102, 205], &[600_000, 600_036]] {
            for name in ["series", "fund_code", "id", "SecurityID"] {
                let text = table(name, codes, |walk, place| walk * (1.0 + place as f64));
                for text in [text.clone(), format!("date,{name},close\n{}", in_blocks(&text))] {
                    let reading = read(&text).unwrap();
                    assert_eq!(reading.series.len(), codes.len(), "{name}");
                    let is_warned = reading.remarks().iter().any(|warning| matches!(warning, Warning::PanelKey { .. }));
                    assert!(is_warned, "{name}");
                }
            }
        }
        // Two vintages of one price, or two times of day, are no series.
        let vintages = table("release", &[101, 102], |walk, _| 50.0 + (walk * 1e6).fract() / 50.0);
        assert_eq!(read(&vintages).unwrap().series.len(), 1);
    }

    /// Returns the first column that an error suggests as tickers, or the column that a warning says is read as
    /// tickers.
    fn offered(text: &str) -> String {
        if let Some(Warning::PanelKey { column }) = read(text).ok().and_then(|reading| {
            reading.remarks().into_iter().find(|warning| matches!(warning, Warning::PanelKey { .. }))
        }) {
            return column;
        }
        let error = read(text).and_then(|reading| reading.only_settled().map(|_| String::new())).unwrap_err();
        match &*error.problem {
            Problem::Contradiction { cause: Cause::Words, keys, .. } => keys[0].clone(),
            _ => error.to_string(),
        }
    }

    /// Reorders the rows of a table by code: the rows of each code stand below those of the code before.
    fn in_blocks(text: &str) -> String {
        let mut lines: Vec<&str> = text.lines().skip(1).collect();
        lines.sort_by_key(|line| line.split(',').nth(1).map(str::to_owned));
        lines.join("\n") + "\n"
    }

    #[test]
    fn numbers_with_zeros_before_or_behind_them_and_those_that_may_be_times_are_named() {
        let far = |walk: f64, place: usize| walk * (1.0 + place as f64);
        for codes in [["005930", "000660"], ["0005", "0700"], ["100.0", "105.0"], ["2330", "2317"], ["2021", "2022"]] {
            for price in [far, |walk: f64, _| walk] {
                let text = table("series", &[0, 1], price);
                let text = text.replace(",0,", &format!(",{},", codes[0])).replace(",1,", &format!(",{},", codes[1]));
                assert_eq!(offered(&text), "series");
                let rows = text.split_once('\n').unwrap().1;
                assert_eq!(offered(rows), "column 2");
                let blocks = in_blocks(&text);
                assert_eq!(offered(&blocks), "column 2");
                assert_eq!(offered(&format!("date,series,close\n{blocks}")), "series");
            }
        }
    }

    /// Returns the column that an error suggests as the column of series; the error is a contradiction, days that begin
    /// again, or several rows per day.
    fn named(text: &str) -> Option<String> {
        let error = read(text).and_then(|reading| reading.only_settled().map(|_| String::new())).unwrap_err();
        match &*error.problem {
            Problem::Contradiction { keys, .. } | Problem::BeginAgain { keys, .. } => keys.first().cloned(),
            Problem::Spacing { by, .. } => by.first().cloned(),
            _ => Some(error.to_string()),
        }
    }

    #[test]
    fn days_and_strikes_that_tell_series_apart_are_named_and_lead_on() {
        for [near, far] in [
            ["2021-03-19", "2021-06-18"],
            ["2021-03", "2021-06"],
            ["19/03/2021", "18/06/2021"],
            ["19-Mar-2021", "18-Jun-2021"],
            ["202103", "202106"],
            ["52.5", "55.0"],
        ] {
            for name in ["expiry", "contract", "maturity", "series", ""] {
                let text = table(name, &[0, 1], |walk, place| walk * (1.0 + place as f64));
                let text = text.replace(",0,", &format!(",{near},")).replace(",1,", &format!(",{far},"));
                let header = format!("date,{name},close\n");
                for text in [text.clone(), header.clone() + &in_blocks(&text)] {
                    let wanted = if name.is_empty() { "column 2" } else { name };
                    // Some of these tables are read without an error.
                    if read(&text).is_ok_and(|reading| reading.series.len() == 2) {
                        continue;
                    }
                    assert_eq!(named(&text).as_deref(), Some(wanted), "{near} {name}");
                    let by = ReadOptions { ticker_column: Some(ColumnRef::Number(2)), ..ReadOptions::default() };
                    assert_eq!(read_bytes("p.csv", text.as_bytes(), &by).unwrap().series.len(), 2, "{near} {name}");
                    let rows = text.split_once('\n').unwrap().1;
                    assert_eq!(named(rows).as_deref(), Some("column 2"), "{near}");
                    assert_eq!(read_bytes("p.csv", rows.as_bytes(), &by).unwrap().series.len(), 2, "{near}");
                }
            }
        }
    }

    #[test]
    fn a_column_of_a_series_that_begins_again_is_no_key() {
        // A factor that changes once, in a file that has one day twice.
        let row = |at: i64| format!("{},{}.5,{}\n", date(2021, 3, 1) + at.days(), 50 + at % 4, 1 + at / 20);
        let text = format!("date,close,factor\n{}2021-03-03,99.5,3\n", (0..40).map(row).collect::<String>());
        assert_eq!(named(&text), None);
    }

    #[test]
    fn times_without_a_name_stay_times() {
        for times in [["0930", "1200", "1600"], ["093000", "120000", "160000"], ["09:30", "12:00", "16:00"]] {
            let mut random = noise(4);
            let mut price = 50.0;
            let rows = (0..40_i64).flat_map(|day| times.map(|time| (date(2021, 3, 1) + day.days(), time)));
            let rows = rows.map(|(day, time)| {
                price *= 0.995 + 0.01 * random.next().unwrap();
                format!("{day},{time},{price:.2}\n")
            });
            let reading = read(&rows.collect::<String>()).unwrap();
            assert!(reading.remarks().iter().any(|warning| warning.to_string().contains("several rows per day, ")));
        }
    }

    #[test]
    fn hours_of_a_day_are_no_series() {
        // Each row is near the row before.
        let mut random = noise(4);
        let mut price = 50.0;
        let rows = (0..40_i64).flat_map(|day| [9, 12, 15].map(|hour| (date(2021, 3, 1) + day.days(), hour)));
        let rows = rows.map(|(day, hour)| {
            price *= 0.995 + 0.01 * random.next().unwrap();
            format!("{day},{hour},{price:.2}\n")
        });
        let text = format!("date,session,close\n{}", rows.collect::<String>());
        let reading = read(&text).unwrap();
        assert!(reading.only_settled().is_err());
        assert!(reading.remarks().iter().any(|warning| warning.to_string().contains("several rows per day")));
    }
}
