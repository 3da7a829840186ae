//! Finds the table in the text: its delimiter, its header and its first row.

mod cells;
mod delimiter;
mod dialect;
mod fields;
mod header;
mod records;

pub(super) use cells::Cells;
pub(super) use dialect::{Blanks, Dialect};
pub(super) use records::{Records, Row, scan};

use std::collections::HashMap;

use super::error::{Fault, Problem};
use super::lines::Lines;
use super::text::Input;
use super::vocabulary::names;
use delimiter::has_prices;
use fourcast_base::columnar::{Columns, DELIMITER};
use header::Header;

pub(super) use delimiter::mark as delimiter_of;

/// The number of rows that are used to find the table.
const LOOKED_AT: usize = 120;

/// The format of the table.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Table {
    /// What separates the cells.
    pub dialect: Dialect,
    /// The names of the columns; empty if the file has none.
    pub names: Vec<String>,
    /// For each column, the ticker above or below its name, if the header has a row of tickers; otherwise empty.
    pub tickers: Vec<String>,
    /// The line of the names, if there is one; 0 if the names are not in the text.
    pub header: Option<usize>,
    /// The first line that can hold prices.
    pub first_line: usize,
    /// The lines above that are prices with another delimiter.
    pub passed_over: Lines,
}

/// One of the first rows.
#[derive(Debug, Clone, PartialEq)]
struct Line {
    number: usize,
    cells: Vec<Vec<u8>>,
}

impl Table {
    /// Finds the table from the beginning of the text.
    pub fn find(input: &Input) -> Result<Self, Fault> {
        if let Some(columns) = &input.columns {
            let table = Table::of_columns(columns);
            return if input.head().is_empty() { Err(Problem::NoRows.into()) } else { Ok(table) };
        }
        let dialect = delimiter::find(input.head());
        let rows = rows_of(input.head(), dialect);
        let Some(first) = rows.first() else {
            // There is no row, or the first one cannot be read.
            Records::new(input.head(), dialect).next()?;
            return Err(Problem::Empty.into());
        };
        if is_prose(&rows, input.head(), dialect) {
            return Err(Problem::Foreign { what: "running text", is_model: false }.into());
        }
        // pandas numbers the columns of a list without names from 0.
        let rows = if header::is_numbered(&rows) { &rows[1..] } else { &rows[..] };
        let header = header::find(rows);
        let width = |line: &Line| line.cells.len();
        if let Some(fault) = header.as_ref().and_then(|header| lost_delimiter(header, rows)) {
            return Err(fault);
        }
        let Header { names, tickers, line, first_line } = header.unwrap_or_else(|| Header {
            names: vec![String::new(); rows.iter().find(|row| has_prices(row)).map_or(width(first), width)],
            tickers: Vec::new(),
            line: None,
            first_line: rows.iter().find(|row| row.cells.len() > 1).map_or(1, |row| row.number),
        });
        let passed_over = delimiter::other_prices(input.head(), dialect, first_line);
        Ok(Table { dialect, names, tickers, header: line, first_line, passed_over })
    }

    /// Returns the table of a Parquet file. If each column has two names, the known words are the names, and the others
    /// the tickers.
    fn of_columns(columns: &Columns) -> Self {
        let known = |names: &[String]| names.iter().filter(|name| names::role(name.as_bytes()).is_some()).count();
        let of_two = |first: &'_ [String], second: &'_ [String]| {
            let pairs = first.iter().zip(second).filter(|(first, second)| !first.is_empty() && !second.is_empty());
            fields::are_fields(pairs.map(|(first, second)| (first.as_bytes(), second.as_bytes())))
        };
        let is_turned = match [of_two(&columns.names, &columns.second), of_two(&columns.second, &columns.names)] {
            [true, false] => false,
            [false, true] => true,
            _ => known(&columns.second) + 1 > known(&columns.names),
        };
        let pairs = columns.names.iter().zip(&columns.second);
        let turned = |(first, second): (&String, &String)| match is_turned && !second.is_empty() {
            true => (second.clone(), first.clone()),
            false => (first.clone(), second.clone()),
        };
        let (named, tickers): (Vec<String>, Vec<String>) = pairs.map(turned).unzip();
        Table {
            dialect: Dialect { delimiter: DELIMITER, blanks: Blanks::Cut },
            names: if tickers.is_empty() { columns.names.clone() } else { named },
            tickers,
            header: Some(0),
            first_line: 1,
            passed_over: Lines::default(),
        }
    }

    /// Returns the name of a column in messages: its name, or its number counted from 1.
    pub fn label(&self, column: usize) -> String {
        let name = self.names.get(column).map_or("", String::as_str);
        self.label_among(column, self.names.iter().filter(|other| *other == name).count())
    }

    /// Returns the label of a column whose name is shared by `same_named` columns.
    fn label_among(&self, column: usize, same_named: usize) -> String {
        let name = self.names.get(column).map_or("", String::as_str);
        match self.tickers.get(column) {
            _ if name.is_empty() => format!("column {}", column + 1),
            Some(ticker) if !ticker.is_empty() => format!("{ticker} {name}"),
            _ if same_named > 1 => format!("{name} (column {})", column + 1),
            _ => name.to_owned(),
        }
    }

    /// Returns the labels of some columns.
    pub fn labels_of(&self, columns: &[usize]) -> Vec<String> {
        // Counted once, because there can be thousands of columns.
        let mut counts: HashMap<&str, usize> = HashMap::new();
        self.names.iter().for_each(|name| *counts.entry(name).or_default() += 1);
        let count = |column: usize| self.names.get(column).and_then(|name| counts.get(name.as_str())).map_or(0, |n| *n);
        columns.iter().map(|&column| self.label_among(column, count(column))).collect()
    }

    /// Returns the labels of all columns.
    pub fn labels(&self) -> Vec<String> {
        self.labels_of(&(0..self.names.len()).collect::<Vec<_>>())
    }
}

/// Returns the fault that a delimiter between names is missing: the names end with a delimiter, and the rows below end
/// with one too and have one cell more.
fn lost_delimiter(header: &Header, rows: &[Line]) -> Option<Fault> {
    let (line, found) = (header.line?, header.names.len());
    let under = rows.iter().find(|row| row.number >= header.first_line && has_prices(row))?;
    let ends = header.names.last()?.is_empty() && under.cells.last()?.is_empty();
    (ends && under.cells.len() > found).then(|| Fault::at(line, Problem::Width { found, expected: under.cells.len() }))
}

/// Whether a text is no table: the rows of the most frequent width are fewer than half, some rows are sentences, and at
/// most a few rows of equal width hold prices, by chance.
fn is_prose(rows: &[Line], head: &[u8], dialect: Dialect) -> bool {
    /// A shorter text can be a damaged table.
    const MIN_ROWS: usize = 5;
    const MIN_WORDS: usize = 8;
    let words = |row: &Line| row.cells.iter().map(|cell| cell.split(u8::is_ascii_whitespace).count()).sum::<usize>();
    let is_ragged = rows.len() >= MIN_ROWS && 2 * most_of_one_width(rows) < rows.len();
    // If blanks separate the cells, a sentence has a date and a number now and then.
    let by_chance = if matches!(dialect.blanks, Blanks::Part(_)) { 2 } else { 0 };
    let prices = || all_rows(head, dialect).filter(has_prices).collect::<Vec<_>>();
    is_ragged && rows.iter().any(|row| words(row) >= MIN_WORDS) && most_of_one_width(&prices()) <= by_chance
}

/// Returns the number of rows with several cells that have the most frequent width.
fn most_of_one_width(rows: &[Line]) -> usize {
    let mut widths: HashMap<usize, usize> = HashMap::new();
    rows.iter().filter(|row| row.cells.len() > 1).for_each(|row| *widths.entry(row.cells.len()).or_default() += 1);
    widths.into_values().max().unwrap_or(0)
}

/// Returns the rows of a text, up to one that cannot be read.
fn all_rows(head: &[u8], dialect: Dialect) -> impl Iterator<Item = Line> {
    let mut records = Records::new(head, dialect);
    std::iter::from_fn(move || {
        let row = records.next().ok()??;
        Some(Line { number: row.line, cells: row.cells.iter().map(<[u8]>::to_vec).collect() })
    })
}

/// Returns the first rows of a text, up to one that cannot be read.
fn rows_of(head: &[u8], dialect: Dialect) -> Vec<Line> {
    all_rows(head, dialect).take(LOOKED_AT).collect()
}
