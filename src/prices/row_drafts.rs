//! The rows that have been read, in a draft for each series.

use std::collections::HashMap;

use jiff::civil::Date;

use super::columns::{Field, LateRows};
use super::draft::{Draft, Values};
use super::error::Fault;
use super::lines::Lines;
use super::sections::Sections;
use super::spill::{Columns, SpillWriter};

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
    pub(super) other_header: usize,
    /// What the lines of text state about the rows under them.
    pub(super) sections: Sections,
    /// A row with one whole number: a count behind the last row, or a row that was cut off.
    pub(super) count_behind: Option<Fault>,
    /// Rows in which columns that are empty in the sample have cells.
    pub(super) late: LateRows,
}

/// The memory that the rows of all drafts use, and the file to which they are written if it is too much.
#[derive(Debug)]
struct Memory {
    bytes: usize,
    max: usize,
    writer: Option<SpillWriter>,
}

/// The maximum number of bytes of rows in memory.
const MAX_MEMORY: usize = 256 << 20;

impl Default for Memory {
    fn default() -> Self {
        Memory { bytes: 0, max: MAX_MEMORY, writer: None }
    }
}

impl Rows {
    /// Returns the fault of a row with one number, if further rows follow it.
    pub(super) fn go_on(&mut self) -> Result<(), Fault> {
        self.count_behind.take().map_or(Ok(()), Err)
    }

    /// Makes empty rows that use at most `max` bytes of memory.
    #[cfg(test)]
    pub(super) fn within(max: usize) -> Rows {
        Rows { memory: Memory { max, ..Memory::default() }, ..Rows::default() }
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
        if self.memory.bytes > self.memory.max {
            self.spill();
        }
    }

    /// Returns an error if the prices under a header in other words do not continue those above it.
    pub(super) fn check_words_of_header(
        &mut self,
        draft: usize,
        values: &Values,
        fields: &[(Field, usize)],
    ) -> Result<(), Fault> {
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
        let Memory { bytes, max, writer } = &mut self.memory;
        let mut spilled = || {
            let writer = match writer {
                Some(writer) => writer,
                None => writer.insert(SpillWriter::new()?),
            };
            self.drafts.iter_mut().try_for_each(|draft| draft.spill(writer))
        };
        match spilled() {
            Ok(()) => *bytes = 0,
            Err(_) => *max = usize::MAX,
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
    /// Whether a cell is one of the tickers.
    pub(super) fn contains(&self, cell: &[u8]) -> bool {
        self.drafts.contains_key(cell)
    }

    /// Returns the draft of a ticker. A new ticker has the draft that `new` returns, if any.
    pub(super) fn draft(&mut self, cell: &[u8], new: impl FnOnce(&str) -> Option<usize>) -> Option<usize> {
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
