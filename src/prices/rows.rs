//! Reads the rows of the whole text into drafts of series.

use std::collections::HashMap;
use std::io::Read;

use jiff::civil::Date;

use super::clock::Clock;
use super::columns::{Field, Group, Plan};
use super::dates;
use super::draft::{Draft, Values};
use super::error::{Fault, Problem};
use super::lines::Lines;
use super::numbers::{self};
use super::options::ReadOptions;
use super::sections::Sections;
use super::spill::{Columns, SpillWriter};
use super::survey::Forms;
use super::table::{Cells, Records, Row, Table};
use super::vocabulary::footers::{is_count_of_rows, is_footer, is_number_of_rows};
use super::vocabulary::names::{self, Role};

/// The result of reading the rows.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// A draft for each series, in the order in which they appear.
    pub drafts: Vec<Draft>,
    /// The number of rows of prices, used or not.
    pub count: usize,
    /// Lines of text among the rows.
    pub notes: Lines,
    /// The first and the last day of the whole file, whatever span was requested.
    pub span: Option<(Date, Date)>,
    /// The number of rows whose negative close was read without its sign.
    pub below_zero: usize,
    /// All series of the file, requested or not.
    pub names: Vec<String>,
    /// Rows without a ticker, in a file with tickers; they are left out.
    pub no_ticker: Lines,
    /// The first unreadable row whose ticker is unknown, and the number of such rows.
    pub(super) lost: Option<(Fault, usize)>,
    /// The number of rows with a ticker, requested or not.
    pub(super) with_ticker: usize,
    /// The memory used by the drafts.
    memory: Memory,
    /// The width of the last row, if it can be the header of another table: `INDEX;TOTAL;PAGESIZE`.
    pub(super) other_width: Option<usize>,
    /// The last line of text, which can be that header.
    other_header: usize,
    /// What the lines of text state about the rows under them.
    sections: Sections,
    /// A row with one whole number: a count behind the last row, or a row that was cut off.
    pub(super) count_behind: Option<Fault>,
}

/// The memory that the rows of all drafts use, and the file to which they are written if it is too much.
#[derive(Debug)]
struct Memory {
    bytes: usize,
    most: usize,
    writer: Option<SpillWriter>,
}

/// The maximum number of bytes of rows in memory.
const MAX_MEMORY: usize = 256 << 20;

impl Default for Memory {
    fn default() -> Self {
        Memory { bytes: 0, most: MAX_MEMORY, writer: None }
    }
}

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
        let width = row.cells.len();
        if rows.other_width == Some(width) {
            if is_price_of_other_table(row.cells) {
                rows.sections.check(None)?;
                let problem = Problem::OtherHeader { same_columns: false, first: self.table.header, names: None };
                return Err(Fault::at(rows.other_header, problem));
            }
            rows.notes.push(row.line);
            return Ok(());
        }
        let date = match self.date(row) {
            _ if rows.sections.see_header(row, self.table, self.plan.date) => None,
            Ok(date) => date,
            Err(fault) if self.may_be_count(rows, row.cells) => {
                rows.count_behind = Some(fault);
                return Ok(());
            }
            Err(fault) => {
                rows.sections.check(self.plan.by.map(|by| row.cells.get(by)))?;
                return self.give_up(rows, tickers, row, fault);
            }
        };
        let Some(date) = date else {
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
            rows.other_width = (width > 1 && !row.cells.fits(self.table.names.len())).then_some(width);
            return Ok(());
        };
        rows.other_width = None;
        rows.sections.check(self.plan.by.map(|by| row.cells.get(by)))?;
        if self.is_note(row) {
            rows.notes.push(row.line);
            return Ok(());
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
        let time = self.clock.read(row.cells, self.plan.date);
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
            let values = self.values(rows, row, group).and_then(|values| {
                let is_priceless = self.plan.has_future_columns() && Draft::is_without_prices(&values, &group.fields);
                Ok((values, self.covariates(row, date, is_priceless)?))
            });
            match values {
                Ok((mut values, covariates)) => {
                    rows.check_words_of_header(draft, &values, &group.fields)?;
                    rows.below_zero += usize::from(self.leave_out_signs(&mut values));
                    if covariates.as_ref().is_none_or(|row| !row.is_priceless) {
                        let currency = self.currency(row.cells, group);
                        rows.push(draft, (row.line, date, time, currency), &values, &group.fields);
                    }
                    rows.drafts[draft].covariates.extend(covariates);
                }
                Err(fault) if self.holds_several() => rows.drafts[draft].fail(fault),
                Err(fault) => return Err(fault),
            }
        }
        Ok(())
    }

    /// Whether a row states the number of rows: in known words; by the number of rows so far; or as a single whole
    /// number, as EODHD writes it behind the last row, that cannot be a date that was cut off.
    fn may_be_count(&self, rows: &Rows, cells: Cells) -> bool {
        let fits = cells.fits(self.table.names.len());
        let all: Vec<&[u8]> = cells.iter().filter(|cell| !cell.is_empty()).take(3).collect();
        if is_count_of_rows(&all) && !fits || is_number_of_rows(&all, (rows.count, fits)) {
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
            && !tickers.drafts.contains_key(cell)
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
        let mut known = places.into_iter().flatten().filter(|&column| tickers.drafts.contains_key(cell(column)));
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

impl Rows {
    /// Returns the fault of a row with one number, if further rows follow it.
    pub(super) fn go_on(&mut self) -> Result<(), Fault> {
        self.count_behind.take().map_or(Ok(()), Err)
    }

    /// Makes empty rows that use at most `most` bytes of memory.
    #[cfg(test)]
    pub(super) fn within(most: usize) -> Rows {
        Rows { memory: Memory { most, ..Memory::default() }, ..Rows::default() }
    }

    /// Adds a row to a draft, with the currency of its price if there is one.
    pub(super) fn push(
        &mut self,
        draft: usize,
        (line, date, time, currency): (usize, Date, Option<u32>, Option<&str>),
        values: &Values,
        fields: &[(Field, usize)],
    ) {
        if let Some(currency) = currency.filter(|_| !values[Field::Close as usize].is_nan()) {
            self.drafts[draft].currencies.see(line, date, currency);
        }
        self.drafts[draft].push(line, (date, time), values, fields);
        self.memory.bytes += Columns::row_bytes(fields.len());
        if self.memory.bytes > self.memory.most {
            self.spill();
        }
    }

    /// Returns an error if the prices under a header in other words do not continue those above it.
    fn check_words_of_header(&mut self, draft: usize, values: &Values, fields: &[(Field, usize)]) -> Result<(), Fault> {
        let close = values[Field::Close as usize];
        if !self.sections.is_in_other_words()
            || close.is_nan()
            || !fields.iter().any(|(field, _)| *field == Field::Close)
        {
            return Ok(());
        }
        let above = self.drafts[draft].values[Field::Close as usize].last().copied();
        self.sections.check_closes(above, close)
    }

    /// Writes the rows of all drafts to a file. If this fails, for example because the disk is full, they stay in
    /// memory.
    fn spill(&mut self) {
        let Memory { bytes, most, writer } = &mut self.memory;
        let mut spilled = || {
            let writer = match writer {
                Some(writer) => writer,
                None => writer.insert(SpillWriter::new()?),
            };
            self.drafts.iter_mut().try_for_each(|draft| draft.spill(writer))
        };
        match spilled() {
            Ok(()) => *bytes = 0,
            Err(_) => *most = usize::MAX,
        }
    }

    pub(super) fn see(&mut self, date: Date) {
        self.span = Some(match self.span {
            Some((first, last)) => (first.min(date), last.max(date)),
            None => (date, date),
        });
    }
}

/// The tickers so far, with the first draft of each.
#[derive(Default)]
pub(super) struct Tickers {
    drafts: HashMap<Vec<u8>, Option<usize>>,
    pub(super) names: Vec<String>,
    /// The last ticker: rows of a ticker are mostly consecutive.
    last: Option<(Vec<u8>, Option<usize>)>,
}

impl Tickers {
    fn draft(&mut self, cell: &[u8], new: impl FnOnce(&str) -> Option<usize>) -> Option<usize> {
        if let Some((_, draft)) = self.last.as_ref().filter(|(last, _)| last == cell) {
            return *draft;
        }
        let draft = match self.drafts.get(cell) {
            Some(draft) => *draft,
            None => {
                let name = String::from_utf8_lossy(cell).into_owned();
                let draft = new(&name);
                self.names.push(name);
                self.drafts.insert(cell.to_vec(), draft);
                draft
            }
        };
        self.last = Some((cell.to_vec(), draft));
        draft
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
