//! The rows of the whole text into drafts.

use std::io::Read;

use jiff::civil::Date;

use super::columns::{Field, Plan};
use super::date;
use super::draft::{Draft, Values};
use super::error::{Fault, Problem};
use super::layout::Layout;
use super::number::{self, Cell};
use super::options::ReadOptions;
use super::records::{Cells, Records, Row};

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub draft: Draft,
    /// Rows of the file that are not blank, wherever they ended up.
    pub count: usize,
    /// The first and last day of the whole file, whatever part of it was asked for.
    pub span: Option<(Date, Date)>,
}

/// Reads all rows.
pub(super) fn read(text: impl Read, layout: &Layout, plan: &Plan, options: &ReadOptions) -> Result<Rows, Fault> {
    let mut records = Records::new(text, layout.delimiter);
    let reader = RowReader { layout, plan };
    let mut rows = Rows::default();
    while let Some(row) = records.next()? {
        if !layout.is_data(row.line) {
            continue;
        }
        rows.count += 1;
        let date = reader.date(&row)?;
        rows.see(date);
        if options.since.is_some_and(|since| date < since) || options.until.is_some_and(|until| date > until) {
            continue;
        }
        let values = reader.values(&row)?;
        rows.draft.push(row.line, date, &values, &plan.fields);
    }
    Ok(rows)
}

impl Rows {
    fn see(&mut self, date: Date) {
        self.span = Some(match self.span {
            Some((first, last)) => (first.min(date), last.max(date)),
            None => (date, date),
        });
    }
}

struct RowReader<'a> {
    layout: &'a Layout,
    plan: &'a Plan,
}

impl RowReader<'_> {
    fn date(&self, row: &Row) -> Result<Date, Fault> {
        let expected = self.layout.names.len();
        if !row.cells.fits(expected) {
            let found = row.cells.len();
            return Err(Fault::at(row.line, Problem::Width { found, expected }));
        }
        date::parse(row.cells.get(self.plan.date)).ok_or_else(|| {
            let problem = Problem::Date {
                column: self.layout.label(self.plan.date),
                found: text(row.cells, self.plan.date),
                expected: "YYYY-MM-DD".to_owned(),
            };
            Fault::at(row.line, problem)
        })
    }

    fn values(&self, row: &Row) -> Result<Values, Fault> {
        let mut values = [f64::NAN; Field::COUNT];
        for &(field, column) in &self.plan.fields {
            match number::parse(row.cells.get(column)) {
                Cell::Value(value) => values[field as usize] = value,
                Cell::Missing => {}
                cell => {
                    return Err(Fault::at(row.line, self.unreadable(cell, row.cells, column)));
                }
            }
        }
        Ok(values)
    }

    fn unreadable(&self, cell: Cell, cells: Cells, column: usize) -> Problem {
        let (column, found) = (self.layout.label(column), text(cells, column));
        match cell {
            Cell::Infinite => Problem::Infinite { column, found },
            _ => Problem::Number { column, found },
        }
    }
}

/// A cell as a message shows it: not longer than a line can bear.
fn text(cells: Cells, column: usize) -> String {
    const SHOWN: usize = 40;
    let text = String::from_utf8_lossy(cells.get(column)).into_owned();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
