//! Reads the cells of a row: its day, its numbers, and their faults.

use jiff::civil::Date;

use super::columns::{self, Field, Group};
use super::covariates::Covariate;
use super::dates;
use super::draft::{CovariateRow, Values};
use super::error::{Fault, Problem};
use super::limits::MAX_COVARIATE;
use super::numbers::{self, Cell, DecimalMark};
use super::options::ColumnUse;
use super::row_drafts::Rows;
use super::rows::{RowReader, is_note};
use super::spill::has_fraction;
use super::table::{Cells, Row};
use super::vocabulary::currencies::are_one;
use fourcast_base::words::shortened;

impl RowReader<'_> {
    /// Returns the day of a row; `None` if the row is a line of text among the prices.
    pub(super) fn date(&self, row: &Row) -> Result<Option<Date>, Fault> {
        let expected = self.table.names.len();
        let fits = row.cells.fits(expected);
        let date = self.day(row.cells).filter(|_| fits);
        let dated = if fits { row.cells.get(self.plan.date) } else { b"" };
        if let Some(other) = date.and_then(|date| self.other_date(row.cells, date)) {
            let candidates = self.table.labels_of(&[self.plan.date, other]);
            return Err(Fault::at(row.line, Problem::SeveralColumns { what: ColumnUse::Date, candidates }));
        }
        if date.is_some() || is_text(row.cells, dated) || (!fits && is_note(row.cells)) {
            return Ok(date);
        }
        let (column, found) = (self.table.label(self.plan.date), shown(row.cells, self.plan.date));
        let problem = if !fits && row.cells.iter().any(has_line_break) {
            Problem::OpenQuote
        } else if !fits {
            Problem::Width { found: row.cells.len(), expected }
        } else if dates::is_of_other_year(row.cells.get(self.plan.date)) {
            Problem::Year { column, found }
        } else {
            Problem::Date {
                column,
                found,
                expected: self.forms.pattern(),
                is_of_other_form: dates::is_usual_date(row.cells.get(self.plan.date)),
                other_order: self.forms.other_order.filter(|_| self.plan.month_and_day.is_none()),
                others: self.table.labels_of(&self.plan.other_dates),
            }
        };
        Err(Fault::at(row.line, problem))
    }

    /// Returns a column that repeated the dates in the first rows, and has another day in this row. A blank cell is no
    /// contradiction.
    fn other_date(&self, cells: Cells, date: Date) -> Option<usize> {
        let is_other = |column: &usize| {
            let cell = cells.get(*column);
            !numbers::is_missing(cell) && self.forms.date.parse(cell) != Some(date)
        };
        self.plan.same_dates.iter().copied().find(is_other)
    }

    /// Returns the day in the cells of a row.
    pub(super) fn day(&self, cells: Cells) -> Option<Date> {
        let year = cells.get(self.plan.date);
        match self.plan.month_and_day {
            Some([month, day]) => columns::of_parts([year, cells.get(month), cells.get(day)]),
            None => self.forms.date.parse(year),
        }
    }

    /// Reads the number in a cell of a field.
    pub(super) fn value(&self, field: Field, cell: &[u8]) -> Cell {
        match field {
            Field::Volume => numbers::volume(cell, self.forms.mark),
            Field::Split => numbers::ratio(cell, self.forms.mark),
            _ => numbers::price(cell, self.forms.mark),
        }
    }

    /// Returns the currency of a row's price, as it is written: in a separate column, or beside the price.
    pub(super) fn currency<'c>(&self, cells: Cells<'c>, group: &Group) -> Option<&'c str> {
        let own = self.plan.currency.map(|column| cells.get(column)).filter(|cell| !numbers::is_missing(cell));
        let own = own.and_then(|cell| std::str::from_utf8(cell).ok());
        own.or_else(|| numbers::currency(cells.get(group.close())))
    }

    /// Returns the labels of the close and of a column that repeated it in the first rows, and has another value in
    /// this row. A blank cell is no contradiction.
    pub(super) fn differing_copy(&self, cells: Cells<'_>, group: &Group) -> Option<Vec<String>> {
        let price = |column: usize| self.value(Field::Close, cells.get(column));
        let differs = |column: &usize| {
            let is_other = || price(*column) != price(group.close());
            cells.get(*column) != cells.get(group.close()) && !numbers::is_missing(cells.get(*column)) && is_other()
        };
        let copy = *self.plan.copies.iter().find(|column| differs(column))?;
        Some(self.table.labels_of(&[group.close(), copy]))
    }

    /// Returns the column of a price in another currency than the close, if both currencies are written beside the
    /// prices of a row.
    pub(super) fn other_currency(&self, cells: Cells<'_>, group: &Group) -> Option<usize> {
        let close = numbers::currency(cells.get(group.close()))?;
        let is_other = |column: usize| numbers::currency(cells.get(column)).is_some_and(|found| !are_one(found, close));
        let prices = group.fields.iter().filter(|(field, _)| field.is_price()).map(|(_, column)| *column);
        prices.into_iter().find(|column| is_other(*column))
    }

    /// Returns the numbers of a row for a series.
    pub(super) fn values(&self, rows: &Rows, row: &Row, group: &Group) -> Result<Values, Fault> {
        let mut values = [f64::NAN; Field::COUNT];
        for &(field, column) in &group.fields {
            let cell = row.cells.get(column);
            match self.value(field, cell) {
                Cell::Value(value) => values[field as usize] = value,
                Cell::Missing => {}
                _ if self.holds_one_word(row.cells, group) => return Ok([f64::NAN; Field::COUNT]),
                bad => {
                    let with_mark = self.with_mark(rows, &values, group);
                    return Err(Fault::at(row.line, self.unreadable(bad, row.cells, column, &with_mark)));
                }
            }
        }
        if let Some(candidates) = self.differing_copy(row.cells, group) {
            return Err(Fault::at(row.line, Problem::SeveralColumns { what: ColumnUse::Price, candidates }));
        }
        if let Some(column) = self.other_currency(row.cells, group) {
            let written = |column: usize| numbers::currency(row.cells.get(column)).unwrap_or_default().to_owned();
            let (here, there) = (written(column), written(group.close()));
            let [column, close] = [column, group.close()].map(|column| self.table.label(column));
            return Err(Fault::at(row.line, Problem::OtherCurrency { column, here, close, there }));
        }
        Ok(values)
    }

    /// Whether the prices of a row are all the same word, which states why there are none: `Half day`, `Wahltag`.
    fn holds_one_word(&self, cells: Cells, group: &Group) -> bool {
        let mut prices =
            group.fields.iter().filter(|(field, _)| field.is_price()).map(|&(_, column)| cells.get(column));
        let Some(first) = prices.next() else { return false };
        let is_word = |cell: &[u8]| !cell.is_empty() && !cell.iter().any(u8::is_ascii_digit);
        is_word(first) && prices.clone().count() > 0 && prices.all(|cell| cell == first)
    }

    /// Returns the covariates of a row; `None` if there are none.
    pub(super) fn covariates(&self, row: &Row, date: Date, is_priceless: bool) -> Result<Option<CovariateRow>, Fault> {
        if self.plan.covariates.is_empty() {
            return Ok(None);
        }
        let value = |&(ref covariate, column): &(Covariate, usize)| match numbers::price(
            row.cells.get(column),
            self.forms.mark,
        ) {
            Cell::Value(value) if value.abs() <= MAX_COVARIATE => Ok(value),
            Cell::Value(_) => {
                let (column, found) = (self.table.label(column), shown(row.cells, column));
                Err(Fault::at(row.line, Problem::Huge { column, found }))
            }
            Cell::Missing => Ok(f64::NAN),
            bad => {
                let problem = self.unreadable(bad, row.cells, column, &self.forms.with_mark);
                Err(Fault::at(row.line, problem.of_column(covariate.kind.into())))
            }
        };
        let values = self.plan.covariates.iter().map(value).collect::<Result<_, _>>()?;
        let line = u32::try_from(row.line).unwrap_or(u32::MAX);
        Ok(Some(CovariateRow { date, line, values, is_priceless }))
    }

    /// Returns the columns with numbers that only the mark in use can read: those found by the survey, and those with
    /// fractions so far.
    fn with_mark(&self, rows: &Rows, values: &Values, group: &Group) -> Vec<usize> {
        let has = |field: Field| {
            has_fraction(&values[field as usize..=field as usize])
                || rows.drafts.iter().any(|draft| draft.has_fraction(field))
        };
        let fractions = group.fields.iter().filter(|(field, _)| has(*field)).map(|&(_, column)| column);
        self.forms.with_mark.iter().copied().chain(fractions).collect()
    }

    /// Returns the problem of a cell; `with_mark` are the columns that only the mark in use can read.
    fn unreadable(&self, cell: Cell, cells: Cells, column: usize, with_mark: &[usize]) -> Problem {
        let (label, found) = (self.table.label(column), shown(cells, column));
        let other = self.forms.mark.other();
        let readable = matches!(numbers::volume(cells.get(column), other), Cell::Value(_));
        let is_volume = self.plan.groups.iter().any(|group| group.column(Field::Volume) == Some(column));
        match (cell, with_mark) {
            _ if has_line_break(cells.get(column)) => Problem::OpenQuote,
            (Cell::Infinite, _) => Problem::Infinite { role: ColumnUse::Price, is_volume, column: label, found },
            (_, []) => {
                let other_mark = readable.then_some(other);
                Problem::Number { role: ColumnUse::Price, is_volume, column: label, found, other_mark }
            }
            // If other cells of the column have the mark in use, the cell is a mistake.
            (_, [first, ..]) if readable && !with_mark.contains(&column) => {
                let first = self.table.label(*first);
                match other {
                    DecimalMark::Comma => Problem::TwoMarks { point: first, comma: label },
                    DecimalMark::Point => Problem::TwoMarks { point: label, comma: first },
                }
            }
            _ => Problem::Number { role: ColumnUse::Price, is_volume, column: label, found, other_mark: None },
        }
    }
}

/// Whether a row is a line of text: a repeated header, a source, a footnote, or a summary with words instead of the
/// date: `Average,153.6,154.9`.
fn is_text(cells: Cells, date: &[u8]) -> bool {
    let figure = |cell: &[u8]| cell.first().is_some_and(u8::is_ascii_digit) || numbers::is_number(cell);
    let word = |cell: &[u8]| {
        let text = String::from_utf8_lossy(cell);
        let mut words = text.split(|letter: char| !letter.is_alphabetic());
        // Two Chinese or Korean characters are a word.
        let weight = |word: &str| word.chars().map(|letter| 1 + usize::from(!letter.is_ascii())).sum::<usize>();
        words.any(|word| weight(word) > 2) && !numbers::is_missing(cell)
    };
    let words_alone = |cell: &[u8]| word(cell) && !cell.iter().any(u8::is_ascii_digit);
    cells.iter().any(word) && (!cells.iter().any(figure) || words_alone(date))
}

/// Whether a cell has several lines, which a number does not have: a quote may be unclosed.
fn has_line_break(cell: &[u8]) -> bool {
    cell.contains(&b'\n')
}

/// Returns a cell as a message shows it, with a limited length.
fn shown(cells: Cells, column: usize) -> String {
    shortened(&String::from_utf8_lossy(cells.get(column)))
}
