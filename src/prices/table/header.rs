//! Finds the header among the rows above the prices.

use std::collections::HashSet;

use super::Line;
use super::delimiter::{has_prices, known_names};
use super::fields;
use crate::vocabulary::affix;
use crate::vocabulary::currencies;
use crate::vocabulary::names::{self, Role};
use crate::{dates, numbers};

/// The content of the header.
#[derive(Debug, PartialEq)]
pub(super) struct Header {
    pub names: Vec<String>,
    pub tickers: Vec<String>,
    pub line: Option<usize>,
    pub first_line: usize,
}

/// Finds the header; `None` if there is none.
pub(super) fn find(rows: &[Line]) -> Option<Header> {
    let prices = rows.iter().position(has_prices).map(|row| row + usize::from(names_codes(&rows[row..])));
    let above = without_dated(&rows[..prices.unwrap_or(rows.len())], prices.map(|prices| &rows[prices]));
    let first = prices.map(|prices| &rows[prices]);
    let pair = fields::find(above, first);
    let names = pair.map(|pair| pair.names).or_else(|| named(above, first));
    let names = names.or_else(|| unknown(above, first?)).or_else(|| undated(rows, first))?;
    let width = rows[names].cells.len();
    let of_tickers = pair.map(|pair| &rows[pair.tickers]);
    let is_of_header = |row: &Line| is_text(row) || is_labelled(&rows[names], row) || Some(row) == of_tickers;
    let is_under = |row: &&Line| row.cells.len() == width && is_of_header(row);
    // Rows of units or tickers under the names belong to the header; unreadable prices do not.
    let rows_under = above[names + 1..].iter().take_while(is_under).count();
    let last = names + rows_under;
    let block: Vec<&Line> = block(above, names, width).chain(&above[names + 1..=last]).collect();
    let header = Header {
        names: column_names(&rows[names], &block),
        tickers: tickers(&rows[names], &block, of_tickers),
        line: Some(rows[names].number),
        first_line: rows[last].number + 1,
    };
    let header = header.named_by_tickers().named_above(&block).named_over_currencies(&block);
    Some(match lacks_index(&header, rows) {
        false => header.without_end(rows),
        true => header.with_index(above.get(last + 1)),
    })
}

/// Returns the rows above the first price, without the rows at their end that have a day but no price.
fn without_dated<'a>(above: &'a [Line], prices: Option<&Line>) -> &'a [Line] {
    let is_dated = |row: &Line| {
        let day = |row: &Line| row.cells.first().is_some_and(|cell| dates::is_date(cell, false));
        prices.is_some_and(|prices| day(prices) && row.cells.len() == prices.cells.len()) && day(row)
    };
    let count = above.iter().rev().take_while(|row| is_dated(row)).count();
    &above[..above.len() - count]
}

/// Whether the first row numbers the columns, `0,1,2` or `,0,1,2`, above rows that are as wide. The next row holds
/// prices and, if the first column is an index, begins with row 0.
pub(super) fn is_numbered(rows: &[Line]) -> bool {
    let [first, second, ..] = rows else { return false };
    let has_index = first.cells[0].is_empty() && second.cells[0] == b"0";
    let columns = &first.cells[usize::from(has_index)..];
    let is_number = |(at, cell): (usize, &Vec<u8>)| cell == at.to_string().as_bytes();
    let same_width = first.cells.len() == second.cells.len() && columns.len() > 1;
    same_width && columns.iter().enumerate().all(is_number) && has_prices(second)
}

/// Whether the first of some rows has codes that look like a date and numbers, `Date,600000,000001`, above rows with a
/// day in the column where it has a name or an empty cell.
fn names_codes(rows: &[Line]) -> bool {
    /// A single row can look like a day by chance.
    const MIN_DAYS: usize = 2;
    let [first, under @ ..] = rows else { return false };
    let is_name = |cell: &[u8]| cell.first().is_none_or(|byte| !byte.is_ascii_digit());
    let Some(days) = first.cells.iter().position(|cell| is_name(cell)) else { return false };
    let is_code = |cell: &Vec<u8>| !cell.is_empty() && cell.iter().all(u8::is_ascii_digit);
    let are_codes = first.cells.iter().enumerate().all(|(at, cell)| at == days || is_code(cell));
    let is_day = |row: &&Line| row.cells.get(days).is_some_and(|cell| dates::is_date(cell, false));
    are_codes && under.len() >= MIN_DAYS && under.iter().take(MIN_DAYS).all(|row| is_day(&row))
}

/// Whether every row of prices has one cell more than there are names, and the names fit after an unnamed first column:
/// R and pandas write a table with its index in this way.
fn lacks_index(header: &Header, rows: &[Line]) -> bool {
    let mut prices = rows.iter().filter(|row| row.number >= header.first_line && has_prices(row)).peekable();
    let role = |name: &String| names::role(name.as_bytes()).or_else(|| Some(affix::split(name)?.0));
    let days = header.names.iter().position(|name| matches!(role(name), Some((Role::Date, _))));
    let day = days.map_or(0, |column| column + 1);
    // If a delimiter is missing in the header, a name is unknown, or the date is in another position.
    if days.is_none() && !header.names.iter().all(|name| role(name).is_some()) {
        return false;
    }
    let fits = |row: &Line| {
        let last = row.cells.last().is_some_and(|cell| !cell.is_empty());
        last && row.cells.len() == header.names.len() + 1 && dates::is_date(&row.cells[day], days.is_some())
    };
    header.tickers.is_empty() && prices.peek().is_some() && prices.all(fits)
}

impl Header {
    /// Takes the tickers as names if the row of names has only the name of the index: pandas writes `Ticker,AAPL,MSFT`
    /// over `Date,,` for columns whose index has a name.
    fn named_by_tickers(mut self) -> Self {
        let index_alone = self.names.len() > 1 && self.names[1..].iter().all(String::is_empty);
        if index_alone && self.tickers.len() == self.names.len() {
            self.names[1..].clone_from_slice(&self.tickers[1..]);
            self.tickers = Vec::new();
        }
        self
    }

    /// Names columns whose row of names is a row of currencies, `CURRENCY,E,E` as Datastream writes it, by the first row
    /// above it that begins with a word for names.
    fn named_over_currencies(mut self, block: &[&Line]) -> Self {
        let is_currency = |name: &String| currencies::WORDS.contains(&names::normal(name).as_str());
        let names_series = |row: &&&Line| {
            let is_label = matches!(names::role(&row.cells[0]), Some((Role::Ticker, _)));
            is_label && row.cells.len() == self.names.len() && row.cells.iter().all(|cell| !cell.is_empty())
        };
        let row = block.iter().find(names_series).copied();
        if let Some(row) = row.filter(|_| self.names.first().is_some_and(is_currency)) {
            self.names = row.cells.iter().map(|cell| text(cell)).collect();
            self.names[0] = "Date".to_owned();
            self.tickers = Vec::new();
        }
        self
    }

    /// Takes the cells of a row above as names if several columns share one unknown name and that row has a different
    /// cell for each: Bloomberg writes the securities over `YLD_YTM_MID,YLD_YTM_MID`, and the Bundesbank writes them
    /// over `USD,,USD,`, with names of flags.
    fn named_above(mut self, block: &[&Line]) -> Self {
        let named: Vec<usize> = (1..self.names.len()).filter(|&column| !self.names[column].is_empty()).collect();
        let different: HashSet<&String> = named.iter().map(|&column| &self.names[column]).collect();
        let are_unknown = different.iter().all(|name| names::role(name.as_bytes()).is_none());
        let differ = |row: &&&Line| {
            let cells = named.iter().map(|&column| &row.cells[column]).filter(|cell| !cell.is_empty());
            row.cells.len() == self.names.len() && cells.collect::<HashSet<&Vec<u8>>>().len() == named.len()
        };
        let repeats = different.len() < named.len() && are_unknown && self.tickers.is_empty();
        if let Some(row) = block.iter().find(differ).filter(|_| repeats) {
            // The label of a row of units is no name for the dates.
            let first = usize::from(matches!(names::role(self.names[0].as_bytes()), Some((Role::Date, _))));
            self.names[first..].clone_from_slice(&row.cells[first..].iter().map(|cell| text(cell)).collect::<Vec<_>>());
        }
        self
    }

    /// Removes an unnamed last column that no row of prices has: only the names end with a delimiter.
    fn without_end(mut self, rows: &[Line]) -> Self {
        let mut prices = rows.iter().filter(|row| row.number >= self.first_line && has_prices(row)).peekable();
        let ends = self.names.len() > 1 && self.names.last().is_some_and(String::is_empty);
        if ends && prices.peek().is_some() && prices.all(|row| row.cells.len() + 1 == self.names.len()) {
            self.names.pop();
            self.tickers.truncate(self.names.len());
        }
        self
    }

    /// Adds a first column, whose name is the only cell of the next line, or empty.
    fn with_index(mut self, below: Option<&Line>) -> Self {
        let alone = below.filter(|line| line.cells.len() == 1 && is_text(line));
        self.first_line = alone.map_or(self.first_line, |line| line.number + 1);
        self.names.insert(0, alone.map_or_else(String::new, |line| text(&line.cells[0])));
        self
    }
}

/// Returns the row with the most known names: a name of a date, or two names of any kind; of several such rows, the
/// last. Rows as wide as the first row of prices take precedence, because there can be other tables above.
fn named(above: &[Line], prices: Option<&Line>) -> Option<usize> {
    let names_days = |cell: &Vec<u8>| matches!(names::role(cell), Some((Role::Date, _)));
    let is_header = |row: &Line| known_names(row) > usize::from(!row.cells.iter().any(names_days));
    let fits = |row: &Line| prices.is_some_and(|prices| row.cells.len() == prices.cells.len());
    let rows = above.iter().enumerate().filter(|(_, row)| is_header(row));
    rows.max_by_key(|(_, row)| (fits(row), known_names(row))).map(|(place, _)| place)
}

/// Returns the row directly above the prices if it has no known name: `,005930,000660`. Between a row with an unnamed
/// index and the prices, there can be rows that describe the columns.
fn unknown(above: &[Line], prices: &Line) -> Option<usize> {
    let is_header = |row: &Line| {
        let unnamed_index = row.cells[0].is_empty();
        let without_index = || row.cells.len() > 1 && row.cells.len() + 1 == prices.cells.len() && is_text(row);
        (row.cells.len() == prices.cells.len() && (unnamed_index || is_text(row)))
            || (without_index() && dates::is_date(&prices.cells[0], false))
    };
    if is_header(above.last()?) {
        return Some(above.len() - 1);
    }
    let labelled = |names: usize| above[names + 1..].iter().all(|row| is_labelled(&above[names], row));
    (0..above.len()).find(|&names| is_header(&above[names]) && labelled(names))
}

/// Returns the first row if no row has a date and the rows under it are as wide and hold numbers: messages need the
/// names. With a single column, dates or a known name are enough.
fn undated(rows: &[Line], prices: Option<&Line>) -> Option<usize> {
    let [first, under @ ..] = rows else { return None };
    let holds_numbers = |row: &Line| {
        let is_figure = |cell: &&Vec<u8>| numbers::is_number(cell) || dates::period(cell, false).is_some();
        let numbers = row.cells.iter().filter(is_figure).count();
        row.cells.len() == first.cells.len() && 2 * numbers > row.cells.len()
    };
    let is_column = |row: &Line| row.cells.len() == 1;
    let is_figure = |row: &Line| !is_text(row);
    let is_named = || names::role(&first.cells[0]).is_some() || under.iter().all(is_figure);
    let is_header = under.iter().all(holds_numbers) || (rows.iter().all(is_column) && is_named());
    (prices.is_none() && is_text(first) && !under.is_empty() && is_header).then_some(0)
}

/// Whether a row under names with an unnamed index begins with a label: `unit,USD`.
fn is_labelled(names: &Line, row: &Line) -> bool {
    let label = String::from_utf8_lossy(&row.cells[0]);
    let words = |letter: char| letter.is_alphabetic() || letter.is_whitespace() || "()".contains(letter);
    let is_labelled = names.cells[0].is_empty() && row.cells.len() == names.cells.len();
    // The first line under the names can describe the columns without a label, as in files of the Bundesbank.
    is_labelled && (!label.is_empty() && label.chars().all(words) || label.is_empty() && is_described(names, row))
}

/// Whether a row describes the columns in sentences: no cell is a number, and at least one has several words.
fn is_described(names: &Line, row: &Line) -> bool {
    let is_number = |cell: &Vec<u8>| numbers::is_number(cell);
    let is_sentence = |cell: &Vec<u8>| cell.split(u8::is_ascii_whitespace).count() > 1;
    row != names && row.cells.iter().any(is_sentence) && !row.cells.iter().any(is_number)
}

/// Whether a row holds words and no price or date.
fn is_text(row: &Line) -> bool {
    let figure = |cell: &[u8]| numbers::is_number(cell) || dates::is_date(cell, false);
    let starts_with_digit = |cell: &[u8]| cell.first().is_some_and(u8::is_ascii_digit);
    !row.cells.iter().any(|cell| figure(cell) || starts_with_digit(cell))
}

/// Returns the rows directly above the names that are as wide as these.
fn block(above: &[Line], names: usize, width: usize) -> impl Iterator<Item = &Line> {
    let same = above[..names].iter().rev().take_while(move |row| row.cells.len() == width);
    let count = same.count();
    above[names - count..names].iter()
}

/// Returns the names; the name of the index can be in a separate row.
fn column_names(names: &Line, block: &[&Line]) -> Vec<String> {
    let mut named: Vec<String> = names.cells.iter().map(|cell| text(cell)).collect();
    let names_days = |cell: &[u8]| matches!(names::role(cell), Some((Role::Date, _)));
    let alone = |row: &Line| row.cells[1..].iter().all(Vec::is_empty);
    let index = block.iter().find(|row| names_days(&row.cells[0]) && alone(row));
    if let Some(first) = named.first_mut() {
        *first = index.map_or_else(|| first.trim_start_matches('#').trim().to_owned(), |row| text(&row.cells[0]));
    }
    named
}

/// Returns the row of tickers: a row that begins with a word for tickers, or a row next to repeated names; or
/// `of_tickers`, if the names of the fields repeat for each of its cells.
fn tickers(names: &Line, block: &[&Line], of_tickers: Option<&Line>) -> Vec<String> {
    let role = |cell: &[u8]| names::role(cell).map(|(role, _)| role);
    let prices = |row: &Line| {
        let mut cells = names.cells.iter().zip(&row.cells).skip(1);
        cells.all(|(name, ticker)| !ticker.is_empty() || !matches!(role(name), Some(Role::Close | Role::Volume)))
    };
    let is_ticker = |row: &&&Line| role(&row.cells[0]) == Some(Role::Ticker) && prices(row);
    let closes = names.cells.iter().filter(|cell| role(cell) == Some(Role::Close)).count();
    let filled = |row: &&&Line| row.cells[1..].iter().filter(|cell| !cell.is_empty()).count() > 1;
    let beside = |row: &&&Line| closes > 1 && filled(row) && known_names(row) < 2;
    let is_pair = |row: &&Line| closes > 1 || role(&row.cells[0]) == Some(Role::Ticker);
    let found = block.iter().find(is_ticker).or_else(|| block.iter().find(beside)).copied();
    let found = of_tickers.filter(is_pair).or(found);
    let found = found.or_else(|| block.iter().find(|row| is_over_dates(names, row)).copied());
    found.map_or_else(Vec::new, |row| tickers_of(names, row))
}

/// Whether a row has cells only over columns of dates, of which there are several: Bloomberg writes the tickers over
/// pairs of a date and a price.
fn is_over_dates(names: &Line, row: &Line) -> bool {
    let is_date = |cell: &[u8]| matches!(names::role(cell), Some((Role::Date, _)));
    let mut cells = names.cells.iter().zip(&row.cells);
    let dates = names.cells.iter().filter(|cell| is_date(cell)).count();
    dates > 1 && cells.all(|(name, ticker)| ticker.is_empty() != is_date(name))
}

/// Returns the tickers of a row. A ticker over a date belongs to the columns up to the next ticker.
fn tickers_of(names: &Line, row: &Line) -> Vec<String> {
    let mut tickers: Vec<String> = row.cells.iter().map(|cell| text(cell)).collect();
    if is_over_dates(names, row) {
        for column in 1..tickers.len() {
            if tickers[column].is_empty() {
                tickers[column] = tickers[column - 1].clone();
            }
        }
    }
    tickers
}

fn text(cell: &[u8]) -> String {
    String::from_utf8_lossy(cell).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::{Dialect, rows_of};
    use super::*;

    fn header(text: &str) -> Option<(Vec<String>, Vec<String>, usize)> {
        let found = find(&rows_of(text.as_bytes(), Dialect::of(b"", b',')))?;
        Some((found.names, found.tickers, found.first_line))
    }

    fn named(text: &str) -> (String, usize) {
        let (names, tickers, first) = header(text).unwrap();
        assert!(tickers.is_empty(), "{text}");
        (names.join(","), first)
    }

    const ROWS: &str = "2024-11-01,1,2\n2024-11-04,3,4\n";

    #[test]
    fn names_are_above_the_prices() {
        assert_eq!(named(&format!("Date,Close,Volume\n{ROWS}")), ("Date,Close,Volume".into(), 2));
        assert_eq!(named(&format!("day?,this,that\n{ROWS}")), ("day?,this,that".into(), 2));
        assert_eq!(named(&format!(",005930,000660\n{ROWS}")), (",005930,000660".into(), 2));
        assert_eq!(header(ROWS), None);
    }

    #[test]
    fn numbers_of_columns_are_no_names() {
        let is_numbered = |text: &str| super::is_numbered(&rows_of(text.as_bytes(), Dialect::of(b"", b',')));
        assert!(is_numbered(&format!("0,1,2\n{ROWS}")) && is_numbered(",0,1\n0,2024-11-01,1\n1,2024-11-04,3\n"));
        // Columns of simulations, named by their numbers.
        assert!(!is_numbered(&format!(",0,1\n{ROWS}")) && !is_numbered(ROWS));
    }

    #[test]
    fn columns_of_one_unit_are_named_by_the_row_of_their_codes() {
        let codes = "\"\",X.USD,X.USD_FLAGS,X.TRY,X.TRY_FLAGS\n\"\",Rate of USD,,Rate of TRY,\n";
        for units in ["Einheit,EUR,,EUR,\n", "Einheit,USD,,USD,\nDimension,Eins,,Eins,\n"] {
            let found = named(&format!("{codes}{units}2024-11-01,1.5,,2.5,\n2024-11-04,1.6,,2.6,\n"));
            assert_eq!(found.0, ",X.USD,X.USD_FLAGS,X.TRY,X.TRY_FLAGS");
        }
        // The Hungarian National Bank: the currencies, and the number of units of each.
        assert_eq!(named(&format!("Dátum/ISO,USD,EUR\nEgység,1,1\n{ROWS}")).0, "Dátum/ISO,USD,EUR");
        // Names that differ are kept.
        let text = format!("Kind,X1,X2\nUnit,USD,TRY\n{ROWS}");
        assert_eq!(named(&text).0, "Unit,USD,TRY");
    }

    #[test]
    fn tickers_stand_over_pairs_of_a_date_and_a_price() {
        let (names, tickers, first) =
            header("AAA,,BBB,\nDate,PX_LAST,Date,PX_LAST\n2024-11-01,1,2024-11-01,2\n").unwrap();
        assert_eq!(
            (names.join(","), tickers.join(","), first),
            ("Date,PX_LAST,Date,PX_LAST".into(), "AAA,AAA,BBB,BBB".into(), 3)
        );
    }

    #[test]
    fn a_row_of_currencies_names_no_series() {
        for header in ["Name,DAX,FTSE 100\nCode,DAXINDX,FTSE100\nCURRENCY,E,£", "Code,DAX,FTSE 100\nCurrency,E,E"] {
            let (names, tickers, _) = super::tests::header(&format!("{header}\n01/03/2023,98.29,38.76\n")).unwrap();
            assert_eq!(
                (names.join("|"), tickers.concat()),
                ("Date|DAX|FTSE 100".to_owned(), String::new()),
                "{header}"
            );
        }
    }

    #[test]
    fn codes_of_six_digits_are_names() {
        for codes in ["Date,600000,600519", ",000001,300750", "Date,600519,5930"] {
            assert_eq!(named(&format!("{codes}\n{ROWS}")), (codes.into(), 2));
        }
        assert_eq!(header("n/a,1,2\n2024-11-01,1.5,2\n2024-11-04,3,4\n").map(|(names, ..)| names.len()), None);
    }

    #[test]
    fn other_lines_may_be_above_the_names() {
        let text = format!("http://www.example.com/\n\n# exported 2024-11-05\nDate,Close,Volume\n{ROWS}");
        assert_eq!(named(&text), ("Date,Close,Volume".into(), 5));
        let text = format!("Symbol,AAPL,\nPeriod,daily,\n#Date,Close,Volume\n{ROWS}");
        assert_eq!(named(&text), ("Date,Close,Volume".into(), 4));
        let text = format!("Date,Close,Volume\n,USD,shares\n{ROWS}");
        assert_eq!(named(&text), ("Date,Close,Volume".into(), 3));
    }

    #[test]
    fn a_row_that_cannot_be_read_is_no_header() {
        let text = format!("Date,Close,Volume\n2024-13-01,1,2\n{ROWS}");
        assert_eq!(named(&text), ("Date,Close,Volume".into(), 2));
        assert_eq!(header("2024-13-01,1,2\n2024-11-01,1,2\n"), None);
        assert_eq!(named("Date,Close\n"), ("Date,Close".into(), 2));
    }

    #[test]
    fn the_row_of_tickers_is_found_whatever_they_look_like() {
        for [one, other] in [["LOW", "HOG"], ["005930.KS", "7203.T"], ["KEY", "OPEN"], ["005930", "000660"]] {
            for (fields, tickers) in [("Price", "Ticker"), ("Attributes", "Symbols"), ("", "")] {
                let fields = format!("{fields},Close,Close,High,High,Volume,Volume");
                let tickers = format!("{tickers},{one},{other},{one},{other},{one},{other}");
                for text in [format!("{fields}\n{tickers}"), format!("{tickers}\n{fields}")] {
                    let (names, found, first) =
                        header(&format!("{text}\nDate,,,,,,\n2024-11-01,1,2,1,2,1,2\n")).unwrap();
                    assert_eq!((names.join(","), first), ("Date,Close,Close,High,High,Volume,Volume".into(), 4));
                    assert_eq!(found.join(","), tickers);
                }
            }
            let text = format!(",Close,High,Low\nDate,{one},{one},{one}\n2024-11-01,1,2,1\n");
            let (names, found, first) = header(&text).unwrap();
            assert_eq!((names.join(","), found.len(), first), (",Close,High,Low".into(), 0, 3));
        }
    }

    #[test]
    fn a_row_of_prices_is_no_row_of_tickers() {
        for day in ["1990-Q1", "43000", "Q1 1990", "FY1990", "JAN90"] {
            assert_eq!(named(&format!("Date,Close\n{day},7.5\n1990-Q2,7.75\n")).1, 2, "{day}");
        }
    }

    #[test]
    fn tickers_may_have_a_row_of_their_own() {
        let one = "Price,Close,High\nTicker,AAPL,AAPL\nDate,,\n2024-11-01,1,2\n";
        let (names, tickers, first) = header(one).unwrap();
        assert_eq!(
            (names.join(","), tickers.join(","), first),
            ("Date,Close,High".into(), "Ticker,AAPL,AAPL".into(), 4)
        );
        let two = ",AAPL,KO\n,Close,Close\nDate,,\n2024-11-01,1,2\n";
        let (names, tickers, first) = header(two).unwrap();
        assert_eq!((names.join(","), tickers.join(","), first), ("Date,Close,Close".into(), ",AAPL,KO".into(), 4));
        let above = "Ticker,AAPL,KO\nPrice,Close,Close\nDate,,\n2024-11-01,1,2\n";
        let (names, tickers, _) = header(above).unwrap();
        assert_eq!((names.join(","), tickers.join(",")), ("Date,Close,Close".into(), "Ticker,AAPL,KO".into()));
    }
}
