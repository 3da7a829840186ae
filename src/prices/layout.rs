//! Where the header is, and where the rows begin.

use super::date;
use super::error::{Fault, Problem};
use super::input::Input;
use super::names::{self, Role};
use super::number::{self, Cell};
use super::records::{Cells, Records};

/// How many rows may stand before the first row of prices.
const PREAMBLE: usize = 100;

/// The form of the table.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layout {
    /// What parts the cells.
    pub delimiter: u8,
    /// The columns' names; empty where the file gives none.
    pub names: Vec<String>,
    /// The line of the header, if there is one.
    pub header: Option<usize>,
}

/// The first rows, kept apart from the text.
type Line = (usize, Vec<Vec<u8>>);

impl Layout {
    /// Finds the table in the beginning of the text.
    pub fn find(input: &Input) -> Result<Self, Fault> {
        let delimiter = b',';
        let rows = first_rows(input.head(), delimiter)?;
        if rows.is_empty() {
            return Err(Problem::Empty.into());
        }
        let header = header(&rows).or_else(|| row_above_the_first_prices(&rows));
        let (line, names) = match header {
            Some((line, cells)) => (Some(*line), cells.iter().map(|cell| lossy(cell)).collect()),
            None => (None, vec![String::new(); rows[0].1.len()]),
        };
        Ok(Layout { delimiter, names, header: line })
    }

    /// Whether a line stands under the header.
    pub fn is_data(&self, line: usize) -> bool {
        self.header.is_none_or(|header| line > header)
    }

    /// What a column is called in messages: its name, or its number from 1.
    pub fn label(&self, column: usize) -> String {
        match self.names.get(column) {
            Some(name) if !name.is_empty() => name.clone(),
            _ => format!("column {}", column + 1),
        }
    }

    /// All columns' labels.
    pub fn labels(&self) -> Vec<String> {
        (0..self.names.len()).map(|column| self.label(column)).collect()
    }
}

fn first_rows(head: &[u8], delimiter: u8) -> Result<Vec<Line>, Fault> {
    let mut records = Records::new(head, delimiter);
    let mut rows = Vec::new();
    while rows.len() < PREAMBLE {
        let Some(row) = records.next()? else { break };
        rows.push((row.line, row.cells.iter().map(<[u8]>::to_vec).collect()));
    }
    Ok(rows)
}

/// The first row that names a date column, or two columns of any known kind.
fn header(rows: &[Line]) -> Option<&Line> {
    rows.iter().find(|(_, cells)| {
        let known: Vec<Role> = cells.iter().filter_map(|cell| names::role(cell)).map(|(role, _)| role).collect();
        cells.len() > 1 && (known.len() > 1 || known.contains(&Role::Date))
    })
}

/// Where no name is known, the header is the row above the first row of prices, if there is one.
fn row_above_the_first_prices(rows: &[Line]) -> Option<&Line> {
    let first = rows.iter().position(|(_, cells)| has_prices(cells))?;
    let above = rows.get(first.checked_sub(1)?)?;
    (above.1.len() == rows[first].1.len()).then_some(above)
}

fn has_prices(cells: &[Vec<u8>]) -> bool {
    let any = |test: fn(&[u8]) -> bool| cells.iter().any(|cell| test(cell));
    any(|cell| date::parse(cell).is_some()) && any(is_number)
}

pub(super) fn is_number(cell: &[u8]) -> bool {
    matches!(number::parse(cell), Cell::Value(_))
}

fn lossy(cell: &[u8]) -> String {
    String::from_utf8_lossy(cell).into_owned()
}

/// The share of a column's filled cells that pass a test, among the first rows under the header.
pub(super) fn share(input: &Input, layout: &Layout, column: usize, test: fn(&[u8]) -> bool) -> f64 {
    let mut records = Records::new(input.head(), layout.delimiter);
    let (mut filled, mut passed) = (0_u32, 0_u32);
    while let Ok(Some(row)) = records.next() {
        let cell = Cells::get(row.cells, column);
        if layout.is_data(row.line) && number::parse(cell) != Cell::Missing {
            filled += 1;
            passed += u32::from(test(cell));
        }
        if filled as usize == PREAMBLE {
            break;
        }
    }
    f64::from(passed) / f64::from(filled.max(1))
}
