//! Finds the table in the text: its delimiter, its header, its first row.

mod delimiter;
mod header;
mod records;

pub(super) use records::{Blanks, Cells, Dialect, Records, Row, scan};

use std::collections::HashMap;

use super::error::{Fault, Problem};
use super::lines::Lines;
use super::text::Input;
use super::vocabulary::names;
use crate::columnar::{Columns, DELIMITER};
use header::Header;

/// Number of rows that are used to find the table.
const LOOKED_AT: usize = 120;

/// The form of the table.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Table {
    /// What separates the cells.
    pub dialect: Dialect,
    /// The names of the columns; empty where the file has none.
    pub names: Vec<String>,
    /// For each column the ticker above or below its name, if the header has a row of tickers; otherwise empty.
    pub tickers: Vec<String>,
    /// The line of the names, if there is one; 0 where they are not in the text.
    pub header: Option<usize>,
    /// The first line that may hold prices.
    pub first_line: usize,
    /// The lines above that would be prices under another delimiter.
    pub passed_over: Lines,
}

/// One of the first rows.
#[derive(Debug, Clone, PartialEq)]
struct Line {
    number: usize,
    cells: Vec<Vec<u8>>,
}

impl Table {
    /// Finds the table in the beginning of the text.
    pub fn find(input: &Input) -> Result<Self, Fault> {
        if let Some(columns) = &input.columns {
            let table = Table::of_columns(columns);
            return if input.head().is_empty() { Err(Problem::NoRows.into()) } else { Ok(table) };
        }
        let dialect = delimiter::find(input.head());
        let rows = rows_of(input.head(), dialect);
        let Some(first) = rows.first() else {
            // No row, or one that cannot be read.
            Records::new(input.head(), dialect).next()?;
            return Err(Problem::Empty.into());
        };
        let header = header::find(&rows);
        let width = |line: &Line| line.cells.len();
        if let Some(fault) = header.as_ref().and_then(|header| lost_delimiter(header, &rows)) {
            return Err(fault);
        }
        let Header { names, tickers, line, first_line } = header.unwrap_or_else(|| Header {
            names: vec![String::new(); rows.iter().find(|row| delimiter::has_prices(row)).map_or(width(first), width)],
            tickers: Vec::new(),
            line: None,
            first_line: rows.iter().find(|row| row.cells.len() > 1).map_or(1, |row| row.number),
        });
        let passed_over = delimiter::other_prices(input.head(), dialect, first_line);
        Ok(Table { dialect, names, tickers, header: line, first_line, passed_over })
    }

    /// The table of a Parquet file. Of two names of each column the vendors' words are the names, the others the tickers.
    fn of_columns(columns: &Columns) -> Self {
        let known = |names: &[String]| names.iter().filter(|name| names::role(name.as_bytes()).is_some()).count();
        let is_turned = known(&columns.second) + 1 > known(&columns.names);
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

    /// The name of a column in messages: its name, or its number from 1.
    pub fn label(&self, column: usize) -> String {
        let name = self.names.get(column).map_or("", String::as_str);
        self.label_among(column, self.names.iter().filter(|other| *other == name).count())
    }

    /// The label of a column whose name `same_named` columns have.
    fn label_among(&self, column: usize, same_named: usize) -> String {
        let name = self.names.get(column).map_or("", String::as_str);
        match self.tickers.get(column) {
            _ if name.is_empty() => format!("column {}", column + 1),
            Some(ticker) if !ticker.is_empty() => format!("{ticker} {name}"),
            _ if same_named > 1 => format!("{name} (column {})", column + 1),
            _ => name.to_owned(),
        }
    }

    /// The labels of some columns.
    pub fn labels_of(&self, columns: &[usize]) -> Vec<String> {
        // Counted once: there may be thousands of columns.
        let mut counts: HashMap<&str, usize> = HashMap::new();
        self.names.iter().for_each(|name| *counts.entry(name).or_default() += 1);
        let count = |column: usize| self.names.get(column).and_then(|name| counts.get(name.as_str())).map_or(0, |n| *n);
        columns.iter().map(|&column| self.label_among(column, count(column))).collect()
    }

    /// All columns' labels.
    pub fn labels(&self) -> Vec<String> {
        self.labels_of(&(0..self.names.len()).collect::<Vec<_>>())
    }
}

/// Names that end with a delimiter, above rows that end with one and have one cell more: a delimiter between names is
/// missing.
fn lost_delimiter(header: &Header, rows: &[Line]) -> Option<Fault> {
    let (line, found) = (header.line?, header.names.len());
    let under = rows.iter().find(|row| row.number >= header.first_line && delimiter::has_prices(row))?;
    let ends = header.names.last()?.is_empty() && under.cells.last()?.is_empty();
    (ends && under.cells.len() > found).then(|| Fault::at(line, Problem::Width { found, expected: under.cells.len() }))
}

/// The first rows of a text, as far as they can be read.
fn rows_of(head: &[u8], dialect: Dialect) -> Vec<Line> {
    let mut records = Records::new(head, dialect);
    let mut rows = Vec::new();
    while let Ok(Some(row)) = records.next() {
        let cells = row.cells.iter().map(<[u8]>::to_vec).collect();
        rows.push(Line { number: row.line, cells });
        if rows.len() == LOOKED_AT {
            break;
        }
    }
    rows
}
