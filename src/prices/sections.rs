//! Lines of text among the rows that begin another table: a header with other names, or the name of another ticker.

use super::dates;
use super::error::{Fault, Problem};
use super::numbers;
use super::table::{Cells, Row, Table};
use super::vocabulary::currency_names;
use super::vocabulary::names::{self, Role};

/// What the lines of text so far state about the rows under them.
#[derive(Debug, Default)]
pub(super) struct Sections {
    /// The words of lines such as `Symbol: AAPL`, the tickers that the lines name, and the line numbers.
    named: Vec<(String, String, usize)>,
    /// The lines above the rows; those of a header of several lines can repeat.
    above: Vec<Vec<Vec<u8>>>,
    /// The ticker that is the only cell of a line above the header, and that line.
    title: Option<(String, usize)>,
    /// A ticker that is the only cell of a line, if that line is the last one.
    last: Option<(String, usize)>,
    /// Why rows under the last line cannot be read together with those above it: an error as soon as there is such a
    /// row.
    pending: Option<Pending>,
    /// The fault of a header in other words, unless the prices below it continue those above it.
    in_other_words: Option<Fault>,
}

/// A fault of the next row, if there is one.
#[derive(Debug)]
struct Pending {
    fault: Fault,
    /// The ticker that the row must have in a column of tickers, if there is one, for the fault not to occur.
    ticker: Option<String>,
}

impl Pending {
    fn of_ticker(line: usize, ticker: String, above: Option<(String, usize)>) -> Self {
        let problem = Problem::OtherTicker { ticker: ticker.clone(), above };
        Self { fault: Fault::at(line, problem), ticker: Some(ticker) }
    }

    /// Whether a row belongs to the ticker that the line above it names: `NYSE:JPM` is `JPM`.
    fn is_of(&self, cell: &[u8]) -> bool {
        let cell = String::from_utf8_lossy(cell).trim().to_lowercase();
        let ticker = self.ticker.as_ref().map(|ticker| ticker.to_lowercase());
        ticker.is_some_and(|ticker| !cell.is_empty() && (ticker.contains(&cell) || cell.contains(&ticker)))
    }
}

impl Sections {
    /// Adds a line above the rows.
    pub(super) fn see_above(&mut self, row: &Row, table: &Table) {
        const MAX_LINES: usize = 64;
        if let Some((word, ticker)) = ticker_named(row.cells) {
            self.name(word, ticker, row.line);
        }
        if self.above.len() < MAX_LINES {
            self.above.push(row.cells.iter().map(<[u8]>::to_vec).collect());
        }
        if table.header == Some(row.line) {
            self.title = self.last.take();
        }
        self.last = alone(row.cells).map(|ticker| (ticker, row.line));
    }

    /// Adds a line of text among the rows. `has_rows` is whether there are rows above it, and `by` is the column of the
    /// tickers.
    pub(super) fn see(&mut self, row: &Row, table: &Table, has_rows: bool, by: Option<usize>) {
        // A word other than the name of the column of tickers has another meaning, such as the name of the company.
        let by = by.map(|by| names::normal(&table.names[by])).filter(|name| is_word_of_tickers(name));
        if let Some((word, ticker)) = ticker_named(row.cells) {
            let is_of_column = by.as_ref().is_none_or(|name| *name == word);
            let above = self.name(word, ticker.clone(), row.line);
            // A note can also begin with such a word.
            let is_other = above.as_ref().map_or(names::is_long_symbol(&ticker), |(above, _)| *above != ticker);
            if has_rows && is_other && is_of_column {
                self.pending = Some(Pending::of_ticker(row.line, ticker, above));
            }
        }
        if by.is_none()
            && is_header(row.cells, table)
            && let (Some(last), Some(title)) = (&self.last, &self.title)
            && last.0 != title.0
        {
            self.pending = Some(Pending::of_ticker(last.1, last.0.clone(), Some(title.clone())));
        }
        self.last = alone(row.cells).map(|ticker| (ticker, row.line));
    }

    /// Adds a line that names a ticker, and returns the ticker that the last line with the same word named, and that
    /// line.
    fn name(&mut self, word: String, ticker: String, line: usize) -> Option<(String, usize)> {
        match self.named.iter_mut().find(|(known, ..)| *known == word) {
            Some((_, last, at)) => Some((std::mem::replace(last, ticker), std::mem::replace(at, line))),
            None => {
                self.named.push((word, ticker, line));
                None
            }
        }
    }

    /// Whether a row is a header. A header with other names is an error as soon as a row follows.
    pub(super) fn see_header(&mut self, row: &Row, table: &Table, date: usize) -> bool {
        let is_header = table.header.is_some() && is_header_line(row.cells, table, date);
        if !is_header || self.above.iter().any(|line| line.iter().map(Vec::as_slice).eq(row.cells.iter())) {
            return is_header;
        }
        let fault = |names: (String, String)| {
            let problem = Problem::OtherHeader { same_columns: false, first: table.header, names: Some(names) };
            Fault::at(row.line, problem)
        };
        match other_name(row.cells, table, date, false) {
            Some(names) => self.pending = Some(Pending { fault: fault(names), ticker: None }),
            None => self.in_other_words = other_name(row.cells, table, date, true).map(fault),
        }
        true
    }

    /// Whether a header in other words, such as `Datum,Schluss` under `Date,Close`, stands above the next row.
    pub(super) fn is_in_other_words(&self) -> bool {
        self.in_other_words.is_some()
    }

    /// Returns the error that the first close under such a header is far from the last close above it.
    pub(super) fn check_closes(&mut self, above: Option<f64>, below: f64) -> Result<(), Fault> {
        const MAX_MOVE: f64 = 0.25;
        let Some(fault) = self.in_other_words.take() else { return Ok(()) };
        let goes_on = above.is_some_and(|above| (below / above).ln().abs() <= MAX_MOVE);
        if goes_on { Ok(()) } else { Err(fault) }
    }

    /// Returns the error that a row follows under such a line, unless the row's ticker agrees with the line.
    pub(super) fn check(&mut self, ticker: Option<&[u8]>) -> Result<(), Fault> {
        self.last = None;
        let pending = self.pending.take().filter(|pending| !ticker.is_some_and(|cell| pending.is_of(cell)));
        pending.map_or(Ok(()), |pending| Err(pending.fault))
    }
}

/// Whether a row has, instead of a date, the name of the column of dates, or of the tickers above it; if the column has
/// no name, whether most other cells are the names of their columns.
fn is_header_line(cells: Cells, table: &Table, date: usize) -> bool {
    let cell = cells.get(date);
    let is = |names: &[String]| names.get(date).is_some_and(|name| is_name(cell, name));
    if !cell.is_empty() {
        return is(&table.names) || is(&table.tickers) || is_header_with_other_date(cells, table, date);
    }
    let is_unnamed = table.names[date].is_empty() && cells.fits(table.names.len());
    let same = || cells.iter().zip(&table.names).filter(|(cell, name)| is_name(cell, name)).count();
    let is_word = |cell: &[u8]| !numbers::is_missing(cell) && !numbers::is_number(cell);
    let are_words = || (0..cells.len()).all(|column| column == date || is_word(cells.get(column)));
    is_unnamed && are_words() && same() > 0 && 2 * same() + 1 >= cells.len()
}

/// Whether a row without a number has another name for the column of dates, and other tickers or other words for a
/// price than the columns: `Day,GOOG` under `Date,AAPL`.
fn is_header_with_other_date(cells: Cells, table: &Table, date: usize) -> bool {
    let is_symbol = |name: &[u8]| std::str::from_utf8(name).is_ok_and(|name| names::is_symbol(name.trim()));
    let is_price =
        |name: &[u8]| names::role(name).is_some_and(|(role, _)| role != Role::Unused && role != Role::Ticker);
    let agrees = |(cell, name): (&[u8], &String)| {
        let name = name.as_bytes();
        is_symbol(cell) && is_symbol(name) || is_price(cell) && is_price(name)
    };
    let is_named = |(cell, _): &(&[u8], &String)| !numbers::is_missing(cell) && !numbers::is_number(cell);
    let mut others = cells.iter().zip(&table.names).enumerate().filter(|(column, _)| *column != date);
    let is_whole = cells.len() == table.names.len() && cells.len() > 1;
    // Checked for every row: most dates begin with a digit, and most other cells are numbers.
    !cells.get(date).first().is_some_and(u8::is_ascii_digit)
        && is_whole
        && others.all(|(_, pair)| is_named(&pair) && agrees(pair))
        && !dates::is_date(cells.get(date), false)
}

/// Returns the first name in a header that differs from that of its column, and the name of the column. Another word
/// for the same price of the bar counts if `words` is true, or if the column of dates has its own name in the header
/// and the word is for the close: `Date,Last` under `Date,Close`.
fn other_name(cells: Cells, table: &Table, date: usize, words: bool) -> Option<(String, String)> {
    let is_of_tickers = table.tickers.get(date).is_some_and(|name| is_name(cells.get(date), name));
    let names = if is_of_tickers { &table.tickers } else { &table.names };
    let own = |column: usize| names.get(column).map_or("", String::as_str);
    let has_own_date = is_name(cells.get(date), own(date));
    let is_other = |&column: &usize| {
        let (cell, own) = (cells.get(column), own(column));
        let is_same = || is_name(cell, own) || is_alike(cell, own) || is_with_unit(cell, own) || is_note(cell, own);
        let is_word = || are_of_one_role(cell, own.as_bytes()) && !(words || has_own_date && is_of_closes(own));
        !cell.is_empty() && !is_same() && !is_word()
    };
    let other = (0..cells.len()).find(is_other)?;
    Some((String::from_utf8_lossy(cells.get(other)).into_owned(), own(other).to_owned()))
}

/// Whether two names differ only in punctuation: `Adj. Close` and `Adj Close`.
fn is_alike(cell: &[u8], name: &str) -> bool {
    let name = names::normal(name);
    !name.is_empty() && names::normal(&String::from_utf8_lossy(cell)) == name
}

fn is_of_closes(name: &str) -> bool {
    names::role(name.as_bytes()).is_some_and(|(role, _)| role.is_close())
}

/// Whether a cell is the name of a column.
fn is_name(cell: &[u8], name: &str) -> bool {
    let bare = cell.strip_prefix(b"#").unwrap_or(cell).trim_ascii();
    !name.is_empty() && (bare.eq_ignore_ascii_case(name.trim().as_bytes()) || cell == name.as_bytes())
}

/// Whether one of two names is the other followed by a unit in brackets: `PFE (USD)` and `PFE`.
fn is_with_unit(cell: &[u8], name: &str) -> bool {
    let cell = String::from_utf8_lossy(cell);
    let is = |bare: Option<&str>, other: &str| bare.is_some_and(|bare| bare.eq_ignore_ascii_case(other.trim()));
    is(without_unit(&cell), name) || is(without_unit(name), &cell)
}

/// Returns a name without the unit in brackets behind it.
fn without_unit(name: &str) -> Option<&str> {
    let (bare, unit) = name.trim().strip_suffix([')', ']'])?.rsplit_once(['(', '['])?;
    is_unit(unit).then_some(bare.trim()).filter(|bare| !bare.is_empty())
}

fn is_unit(text: &str) -> bool {
    const UNITS: [&str; 7] = ["%", "points", "pts", "index", "units", "dollars", "euro"];
    currency_names::is_like_currency(text) || UNITS.contains(&text.trim().to_lowercase().as_str())
}

/// Whether a name in a column without a name means notes or a unit.
fn is_note(cell: &[u8], name: &str) -> bool {
    const NOTES: [&str; 14] = [
        "note",
        "notes",
        "unit",
        "units",
        "currency",
        "remark",
        "remarks",
        "comment",
        "comments",
        "source",
        "hinweis",
        "bemerkung",
        "einheit",
        "wahrung",
    ];
    let text = String::from_utf8_lossy(cell);
    name.is_empty() && (is_unit(&text) || NOTES.contains(&names::normal(&text).as_str()))
}

/// Whether a name is a word for a ticker.
fn is_word_of_tickers(name: &str) -> bool {
    matches!(names::role(name.as_bytes()), Some((Role::Ticker, _)))
}

/// Whether two names are words for the same price of the bar: `Close` and `Schluss`.
fn are_of_one_role(one: &[u8], other: &[u8]) -> bool {
    let role = |name: &[u8]| names::role(name).map(|(role, _)| role).filter(|role| *role != Role::Unused);
    role(one).is_some_and(|found| Some(found) == role(other) && found != Role::Ticker)
}

/// Whether a row repeats all names of the header.
fn is_header(cells: Cells, table: &Table) -> bool {
    cells.len() == table.names.len() && cells.iter().zip(&table.names).all(|(cell, name)| is_name(cell, name))
}

/// Returns the word and the ticker of a line that names a ticker: `Symbol: AAPL`, `Ticker,AAPL`.
fn ticker_named(cells: Cells) -> Option<(String, String)> {
    // A third cell is enough to decide: a line can have thousands.
    let filled: Vec<&[u8]> = cells.iter().filter(|cell| !cell.is_empty()).take(3).collect();
    let (name, ticker) = match filled[..] {
        [line] => {
            let separator = line.iter().position(|byte| b":=".contains(byte))?;
            (&line[..separator], &line[separator + 1..])
        }
        [name, ticker] => (name.strip_suffix(b":").unwrap_or(name), ticker),
        _ => return None,
    };
    let word = names::normal(&String::from_utf8_lossy(name));
    let ticker = String::from_utf8_lossy(ticker).trim().to_owned();
    // The names of two columns are not a word and its ticker.
    (is_word_of_tickers(&word) && !ticker.is_empty() && names::role(ticker.as_bytes()).is_none())
        .then_some((word, ticker))
}

/// Returns the ticker that is the only cell of a line.
fn alone(cells: Cells) -> Option<String> {
    let mut filled = cells.iter().filter(|cell| !cell.is_empty());
    let (Some(cell), None) = (filled.next(), filled.next()) else { return None };
    let text = std::str::from_utf8(cell).ok()?;
    let is_ticker = names::is_long_symbol(text) && text.chars().any(char::is_alphabetic);
    let is_other = || dates::is_date(cell, false) || dates::period(cell, false).is_some();
    (is_ticker && !is_other()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use crate::testing::read;

    /// Rows of ten days from the first of a month on, with prices around `price`.
    fn rows(month: usize, price: f64) -> String {
        (0..10).map(|day| format!("2024-{month:02}-{:02},{:.2}\n", day + 1, price + (day * 7 % 4) as f64)).collect()
    }

    /// Returns the number of rows that are read, or the message of the error.
    fn found(header: &str, other: &str, price: f64) -> Result<usize, String> {
        let text = format!("{header}\n{}{other}\n{}", rows(3, 180.25), rows(4, price));
        read(&text).map(|reading| reading.series[0].len()).map_err(|error| error.to_string())
    }

    #[test]
    fn another_word_for_the_close_under_the_same_dates_begins_another_table() {
        for (header, other) in [
            ("Fecha,Close", "Fecha,Last"),
            ("Date,Close", "Date,Price"),
            ("Date,Last", "Date,Close"),
            ("Datum,Schluss", "Datum,Kurs"),
            ("Date,Close", "Date,Schluss"),
        ] {
            for price in [181.5, 60.5] {
                let error = found(header, other, price).unwrap_err();
                assert!(error.contains(":12: another table begins here"), "{header} {other}: {error}");
            }
        }
        for other in ["Date,Close", "date,CLOSE", "Date,Close (USD)", "DATE, close "] {
            assert_eq!(found("Date,Close", other, 181.5), Ok(20), "{other}");
        }
    }

    /// Vendors change the language of a file to which they add rows; the prices then continue.
    #[test]
    fn a_header_in_other_words_needs_prices_that_go_on() {
        for other in ["Datum,Schluss", "Fecha,Cierre", "Day,Last"] {
            assert_eq!(found("Date,Close", other, 181.5), Ok(20), "{other}");
            let error = found("Date,Close", other, 60.5).unwrap_err();
            assert!(error.contains(":12: another table begins here"), "{other}: {error}");
        }
    }
}
