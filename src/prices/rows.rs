//! Reads the rows of the whole text into drafts of series.

use std::io::Read;

use jiff::civil::Date;

use super::clock::Clock;
use super::columns::{Field, Group, Plan};
use super::dates;
use super::draft::{Draft, Values};
use super::error::{Fault, Problem};
use super::numbers::{self};
use super::options::ReadOptions;
use super::row_drafts::{Rows, Tickers};
use super::survey::Forms;
use super::table::{Cells, Records, Row, Table};
use super::vocabulary::footers::{is_count_of_rows, is_footer, is_number_of_rows};
use super::vocabulary::names::{self, Role};

/// How to read a row.
#[derive(Clone, Copy)]
pub(super) struct RowReader<'a> {
    pub table: &'a Table,
    pub plan: &'a Plan,
    pub forms: &'a Forms,
    pub clock: Clock,
    pub options: &'a ReadOptions,
    /// The name of a series that the file does not name.
    pub name: &'a str,
}

/// When the prices of a row were quoted.
#[derive(Clone, Copy)]
struct Moment {
    date: Date,
    /// In seconds since midnight.
    time: Option<u32>,
}

impl RowReader<'_> {
    /// Adds the rows of a text, which follows `breaks` line breaks, one by one.
    pub(super) fn add_rows(
        self,
        rows: &mut Rows,
        tickers: &mut Tickers,
        text: impl Read,
        breaks: usize,
    ) -> Result<(), Fault> {
        let mut records = Records::after(breaks, text, self.table.dialect);
        while let Some(row) = records.next()? {
            match row.line >= self.table.first_line {
                true => self.add(rows, tickers, &row)?,
                false => rows.sections.see_above(&row, self.table),
            }
        }
        Ok(())
    }

    /// Returns the line and the day of each row of prices, requested or not, of a text that was read before; rows that
    /// were skipped then are skipped again.
    pub fn dates(self, text: impl Read) -> Result<Vec<(usize, Date)>, Fault> {
        let mut records = Records::new(text, self.table.dialect);
        let mut dates = Vec::new();
        while let Some(row) = records.next()? {
            if row.line >= self.table.first_line {
                dates.extend(self.date(&row).ok().flatten().map(|date| (row.line, date)));
            }
        }
        Ok(dates)
    }

    fn add(&self, rows: &mut Rows, tickers: &mut Tickers, row: &Row) -> Result<(), Fault> {
        rows.go_on()?;
        if rows.other_width == Some(row.cells.len()) {
            return self.add_of_other_width(rows, row);
        }
        let date = match self.date(row) {
            _ if rows.sections.see_header(row, self.table, self.plan.date) => None,
            Ok(date) => date,
            Err(fault) if !self.is_of_ticker(tickers, row) && self.may_be_count(rows, row.cells) => {
                rows.count_behind = Some(fault);
                return Ok(());
            }
            Err(fault) => {
                rows.sections.check(self.plan.by.map(|by| row.cells.get(by)))?;
                return self.give_up(rows, tickers, row, fault);
            }
        };
        let Some(date) = date else { return self.add_text(rows, row) };
        rows.other_width = None;
        rows.sections.check(self.plan.by.map(|by| row.cells.get(by)))?;
        if self.is_note(row) {
            rows.notes.push(row.line);
            return Ok(());
        }
        // Rows of tickers that are not requested too, as in the sample.
        if self.options.until.is_none_or(|until| date <= until) {
            rows.late.see(&self.plan.late, row.cells);
        }
        let first_draft = match self.plan.by {
            None => 0,
            Some(by) => match self.ticker(rows, tickers, row, by) {
                Some(draft) => draft,
                None => return Ok(()),
            },
        };
        rows.count += 1;
        rows.see(date);
        let is_later = self.options.until.is_some_and(|until| date > until);
        // Covariates known ahead are also read on later days.
        let is_left_out = is_later && !self.plan.has_future_columns();
        if is_left_out || self.options.since.is_some_and(|since| date < since) {
            return Ok(());
        }
        let moment = Moment { date, time: self.clock.read(row.cells, self.plan.date) };
        for (place, group) in self.plan.groups.iter().enumerate() {
            let draft = first_draft + place;
            if draft == rows.drafts.len() {
                rows.drafts.push(Draft::new(self.name_of(group)));
            }
            if rows.drafts[draft].fault.is_some() {
                continue;
            }
            if is_later {
                let covariates = self.covariates(row, date, false)?;
                rows.drafts[draft].covariates.extend(covariates);
                continue;
            }
            self.add_values(rows, row, moment, draft, group)?;
        }
        Ok(())
    }

    /// Adds what a group of columns has on a day to its draft.
    fn add_values(&self, rows: &mut Rows, row: &Row, moment: Moment, draft: usize, group: &Group) -> Result<(), Fault> {
        let Moment { date, time } = moment;
        let values = self.values(rows, row, group).and_then(|values| {
            let is_priceless = self.plan.has_future_columns() && Draft::is_without_prices(&values, &group.fields);
            Ok((values, self.covariates(row, date, is_priceless)?))
        });
        let (mut values, covariates) = match values {
            Err(fault) if self.holds_several() => {
                rows.drafts[draft].fail(fault);
                return Ok(());
            }
            values => values?,
        };
        rows.check_words_of_header(draft, &values, &group.fields)?;
        rows.below_zero += usize::from(self.leave_out_signs(&mut values));
        if covariates.as_ref().is_none_or(|row| !row.is_priceless) {
            let currency = self.currency(row.cells, group);
            rows.push(draft, (row.line, date, time, currency), &values, &group.fields);
        }
        rows.drafts[draft].covariates.extend(covariates);
        Ok(())
    }

    /// Takes a row into account that is as wide as the line of text above it, which can be the header of another table.
    fn add_of_other_width(&self, rows: &mut Rows, row: &Row) -> Result<(), Fault> {
        if is_price_of_other_table(row.cells) {
            rows.sections.check(None)?;
            let problem = Problem::OtherHeader { same_columns: false, first: self.table.header, names: None };
            return Err(Fault::at(rows.other_header, problem));
        }
        rows.notes.push(row.line);
        Ok(())
    }

    /// Takes a line of text into account.
    fn add_text(&self, rows: &mut Rows, row: &Row) -> Result<(), Fault> {
        if let Some(same_columns) = self.other_header(row) {
            let problem = Problem::OtherHeader { same_columns, first: self.table.header, names: None };
            return Err(Fault::at(row.line, problem));
        }
        rows.sections.see(row, self.table, rows.count > 0, self.plan.by);
        // A line that is in every file of a vendor needs no warning.
        let is_known = row.cells.iter().any(is_footer);
        if !is_known {
            rows.notes.push(row.line);
        }
        rows.other_header = row.line;
        let width = row.cells.len();
        rows.other_width = (width > 1 && !row.cells.fits(self.table.names.len())).then_some(width);
        Ok(())
    }

    /// Whether a row has a ticker of an earlier row.
    fn is_of_ticker(&self, tickers: &Tickers, row: &Row) -> bool {
        self.plan.by.is_some_and(|by| tickers.contains(row.cells.get(by)))
    }

    /// Whether a row states the number of rows: in known words; by the number of rows so far; or as a single whole
    /// number, as EODHD writes it behind the last row, that cannot be a date that was cut off.
    fn may_be_count(&self, rows: &Rows, cells: Cells) -> bool {
        let fits = cells.fits(self.table.names.len());
        let all: Vec<&[u8]> = cells.iter().filter(|cell| !cell.is_empty()).take(3).collect();
        let is_alone = fits && all.first() == Some(&cells.get(0));
        if is_count_of_rows(&all) && !fits || is_number_of_rows(&all, (rows.count, is_alone)) {
            return true;
        }
        let mut filled = all.into_iter();
        let (Some(number), None) = (filled.next(), filled.next()) else { return false };
        let Some((first, last)) = rows.span else { return false };
        let starts_year = |date: Date| date.year().to_string().as_bytes().starts_with(number);
        let is_of_digits = self.forms.sample.bytes().all(|byte| byte.is_ascii_digit());
        let may_be_cut = number.len() <= 2 || is_of_digits || starts_year(first) || starts_year(last);
        !fits && number.iter().all(u8::is_ascii_digit) && !may_be_cut
    }

    /// Returns, for a row that is a header as wide as the table's but different, whether it has the same names in
    /// another order.
    fn other_header(&self, row: &Row) -> Option<bool> {
        let names = &self.table.names;
        if self.table.header.is_none() || row.cells.len() != names.len() {
            return None;
        }
        let lower = |name: &str| name.trim().to_lowercase();
        let cells: Vec<String> = row.cells.iter().map(|cell| lower(&String::from_utf8_lossy(cell))).collect();
        let names: Vec<String> = names.iter().map(|name| lower(name)).collect();
        let sorted = |list: &[String]| {
            let mut list = list.to_vec();
            list.sort();
            list
        };
        let is_reordered = cells != names && sorted(&cells) == sorted(&names);
        let role = |name: &String| names::role(name.as_bytes()).map(|(role, _)| role);
        let [own, other] = [&names, &cells].map(|names| names.iter().map(role).collect::<Vec<_>>());
        let is_header = |roles: &[Option<Role>]| {
            roles.contains(&Some(Role::Date)) && roles.iter().flatten().any(|role| role.is_close())
        };
        let is_unlike = || own != other && is_header(&own) && is_header(&other);
        (is_reordered || is_unlike()).then_some(is_reordered)
    }

    /// Makes prices positive if a sign does not mean a negative price, and returns whether the close was negative.
    fn leave_out_signs(&self, values: &mut Values) -> bool {
        let below = self.plan.signed.is_some() && values[Field::Close as usize] < 0.0;
        if self.plan.signed.is_some() {
            let prices = [Field::Close, Field::Open, Field::High, Field::Low];
            prices.into_iter().for_each(|field| values[field as usize] = values[field as usize].abs());
        }
        below
    }

    /// Whether a fault can concern one series of several.
    fn holds_several(&self) -> bool {
        self.plan.by.is_some() || self.plan.groups.len() > 1
    }

    /// Handles a row whose date or width is wrong: if the row has a ticker, its series fails; otherwise the row can
    /// belong to any series, and is reported separately.
    fn give_up(&self, rows: &mut Rows, tickers: &mut Tickers, row: &Row, fault: Fault) -> Result<(), Fault> {
        let Some(by) = self.plan.by.filter(|_| self.plan.groups.len() == 1) else { return Err(fault) };
        let column = match row.cells.fits(self.table.names.len()) {
            true => Some(by).filter(|&by| !row.cells.get(by).is_empty()),
            false => self.ticker_of_other_width(tickers, row, by),
        };
        let Some(by) = column else {
            let (first, count) = rows.lost.take().unwrap_or((fault, 0));
            rows.lost = Some((first, count + 1));
            return Ok(());
        };
        if self.is_summary(tickers, row, by) {
            rows.notes.push(row.line);
            return Ok(());
        }
        if let Some(first) = self.ticker(rows, tickers, row, by) {
            rows.drafts[first].fail(fault);
        }
        Ok(())
    }

    /// Whether a row without a date is a summary, with a word instead of a ticker that occurs in no earlier row:
    /// `Total,,12345`.
    fn is_summary(&self, tickers: &Tickers, row: &Row, by: usize) -> bool {
        const WORDS: [&str; 8] = ["total", "totals", "sum", "average", "mean", "count", "summe", "gesamt"];
        let cell = row.cells.get(by);
        let is_word = || {
            let name = names::normal(&String::from_utf8_lossy(cell));
            name.split(' ').any(|word| WORDS.contains(&word))
        };
        row.cells.fits(self.table.names.len())
            && row.cells.get(self.plan.date).is_empty()
            && !tickers.contains(cell)
            && is_word()
    }

    /// Adds a nameless failed series for the rows without a known ticker, if they are few and there are several series.
    /// If a series was requested, or there is only one, it can lack any of these rows, so they are an error.
    pub(super) fn add_lost(&self, rows: &mut Rows) -> Result<(), Fault> {
        let Some((fault, count)) = rows.lost.take() else { return Ok(()) };
        if self.options.series.is_some() || rows.drafts.len() < 2 || count >= rows.with_ticker {
            return Err(fault);
        }
        let mut lost = Draft::new(String::new());
        lost.fail(fault);
        rows.drafts.push(lost);
        Ok(())
    }

    /// Returns the column of the ticker in a row with too few or too many cells: its usual position, counted from the
    /// front or from the back, if the cell holds a ticker seen before; or the usual position in a row with a date, if
    /// the cell is no number.
    fn ticker_of_other_width(&self, tickers: &Tickers, row: &Row, by: usize) -> Option<usize> {
        let width = row.cells.len();
        let places = [Some(by).filter(|by| *by < width), (by + width).checked_sub(self.table.names.len())];
        let cell = |column: usize| row.cells.get(column);
        let mut known = places.into_iter().flatten().filter(|&column| tickers.contains(cell(column)));
        match (known.next(), known.next()) {
            (Some(one), Some(other)) => Some(one).filter(|_| cell(one) == cell(other)),
            (Some(one), None) => Some(one),
            (None, _) => {
                let is_name = |column: usize| !cell(column).is_empty() && !numbers::is_number(cell(column));
                places[0].filter(|&column| is_name(column) && self.day(row.cells).is_some())
            }
        }
    }

    /// Whether a row of the usual width holds only a date and a note. Checked only if the close is missing.
    fn is_note(&self, row: &Row) -> bool {
        let missing = |group: &Group| numbers::is_missing(row.cells.get(group.close()));
        self.plan.groups.iter().all(missing) && is_note(row.cells)
    }

    pub(super) fn name_of(&self, group: &Group) -> String {
        group.name.clone().unwrap_or_else(|| self.name.to_owned())
    }

    /// Returns the first draft of the row's ticker; `None` if the ticker was not requested, or the row has none.
    fn ticker(&self, rows: &mut Rows, tickers: &mut Tickers, row: &Row, by: usize) -> Option<usize> {
        let cell = row.cells.get(by);
        if cell.is_empty() {
            rows.no_ticker.push(row.line);
            return None;
        }
        rows.with_ticker += 1;
        self.draft_of(rows, tickers, cell)
    }

    /// Returns an error if at least every second row has no ticker, which is more than a few incomplete rows.
    pub(super) fn check_tickers(&self, rows: &Rows) -> Result<(), Fault> {
        let (Some(by), [first, ..]) = (self.plan.by, rows.no_ticker.first()) else { return Ok(()) };
        if rows.no_ticker.count() < rows.with_ticker {
            return Ok(());
        }
        let (column, others) = (self.table.label(by), self.table.labels_of(&self.plan.words));
        Err(Fault::at(*first, Problem::NoTicker { column, others }))
    }

    /// Returns the first draft of a ticker; `None` if it was not requested.
    pub(super) fn draft_of(&self, rows: &mut Rows, tickers: &mut Tickers, cell: &[u8]) -> Option<usize> {
        tickers.draft(cell, |name| {
            if !self.options.wants(name) {
                return None;
            }
            let first = rows.drafts.len();
            let groups = self.plan.groups.iter();
            rows.drafts.extend(groups.map(|group| {
                let whole = group.name.iter().map(|group| format!("{name} {group}")).next();
                Draft::new(whole.unwrap_or_else(|| name.to_owned()))
            }));
            Some(first)
        })
    }
}

/// Whether a row under the header of another table begins with a date and holds a number.
fn is_price_of_other_table(cells: Cells) -> bool {
    let mut cells = cells.iter();
    cells.next().is_some_and(|first| dates::is_date(first, false)) && cells.any(numbers::is_number)
}

/// Whether a row is a note with a number: `Nov 8, 2024  0.25 Dividend`, `4:1 Stock Splits`, `10 rows in set`. The
/// number and the word for the event can be in separate cells.
pub(super) fn is_note(cells: Cells) -> bool {
    const LONG_WORD: usize = 4;
    const EVENTS: [&str; 3] = ["divid", "split", "distribution"];
    let words = |cell: &[u8]| {
        let text = String::from_utf8_lossy(cell);
        text.split(|letter: char| !letter.is_alphabetic()).any(|word| word.chars().count() >= LONG_WORD)
    };
    let figure = |cell: &[u8]| cell.first().is_some_and(u8::is_ascii_digit);
    let filled: Vec<&[u8]> = cells.iter().filter(|cell| !cell.is_empty()).collect();
    match filled[..] {
        [note] => figure(note) && words(note) && !dates::is_date(note, false),
        [date, note] => {
            let figures = note.iter().any(u8::is_ascii_digit);
            dates::is_date(date, false) && figures && words(note) && !dates::is_date(note, false)
        }
        [date, number, note] => {
            let name = names::normal(&String::from_utf8_lossy(note));
            let is_event = EVENTS.iter().any(|event| name.contains(event));
            is_event && dates::is_date(date, false) && number.first().is_some_and(u8::is_ascii_digit)
        }
        _ => false,
    }
}
