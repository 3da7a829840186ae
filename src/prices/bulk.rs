//! Reads the rows of a long text in parallel, in blocks of lines whose rows are all plain, as nearly all rows are.

use std::collections::HashMap;
use std::io::{Cursor, Read};

use jiff::civil::Date;
use rayon::prelude::*;

use super::clock::Clock;
use super::columns::{Field, LateRows, Plan};
use super::draft::{Draft, Values};
use super::error::{Fault, Problem};
use super::limits::MAX_LINE;
use super::numbers::{self, Cell};
use super::row_drafts::{Rows, Tickers};
use super::rows::{RowReader, is_note};
use super::table::{Blanks, Cells, scan};

/// The number of bytes of a block.
const BLOCK: usize = 1024 * 1024;

/// The number of blocks of a batch per thread.
const BLOCKS_PER_THREAD: usize = 4;

/// The rows of a block, column by column.
#[derive(Default)]
struct PlainRows {
    /// The tickers, in the order of their first rows.
    tickers: Vec<Vec<u8>>,
    /// The index of each row's ticker; empty if the file has no tickers.
    of: Vec<u32>,
    dates: Vec<Date>,
    /// The currencies as they are written, each once.
    currencies: Vec<String>,
    /// The index of each row's currency, up to the last row with one.
    currency_of: Vec<Option<u32>>,
    /// The lines, counted from 1 in the block.
    lines: Vec<u32>,
    /// The values of the fields, row by row.
    values: Vec<f64>,
    late: LateRows,
}

/// A block of whole lines, with its rows if all are plain.
struct Block {
    text: Vec<u8>,
    rows: Option<PlainRows>,
}

/// Reads a text in blocks of whole lines.
struct Blocks<R> {
    text: R,
    size: usize,
    /// The beginning of the next block: the text after the last line break that was read.
    rest: Vec<u8>,
}

impl<R: Read> Blocks<R> {
    fn new(text: R, size: usize) -> Self {
        Blocks { text, size, rest: Vec::new() }
    }

    /// Returns the next block; empty at the end of the text. A block ends with a line break, unless a line is too long.
    fn next(&mut self) -> Result<Vec<u8>, Fault> {
        let mut block = std::mem::take(&mut self.rest);
        let mut wanted = self.size;
        loop {
            let read = self.text.by_ref().take(wanted as u64).read_to_end(&mut block).map_err(Problem::reading)?;
            if read < wanted || block.len() > 2 * MAX_LINE {
                return Ok(block);
            }
            if let Some(end) = block[block.len() - read..].iter().rposition(|&byte| byte == b'\n') {
                let end = block.len() - read + end + 1;
                self.rest = block.split_off(end);
                return Ok(block);
            }
            wanted = self.size;
        }
    }

    /// Returns the text from here on, preceded by blocks that were read.
    fn after(self, blocks: Vec<u8>) -> impl Read {
        let Blocks { text, rest, .. } = self;
        Cursor::new(blocks).chain(Cursor::new(rest)).chain(text)
    }
}

/// The part of a text that is left to be read row by row.
struct Left<R> {
    /// Text that was read, but whose rows were not added.
    text: Vec<u8>,
    /// The text after it.
    blocks: Blocks<R>,
    /// The number of line breaks before it.
    breaks: usize,
    /// Why the text after it cannot be read.
    failed: Option<Fault>,
}

/// Whether blocks can be read independently: each row belongs to one series and has nothing beside its prices.
fn is_plain(plan: &Plan, clock: Clock, blanks: Blanks) -> bool {
    let alone = plan.groups.len() == 1 && plan.covariates.is_empty() && plan.month_and_day.is_none();
    let alone = alone && plan.same_dates.is_empty();
    alone && plan.signed.is_none() && clock == Clock::None && blanks == Blanks::Cut
}

impl PlainRows {
    /// Adds the currency of a row.
    fn see_currency(&mut self, row: usize, written: &str) {
        let known = self.currencies.iter().position(|known| known == written);
        let place = known.unwrap_or_else(|| {
            self.currencies.push(written.to_owned());
            self.currencies.len() - 1
        });
        self.currency_of.resize(row, None);
        self.currency_of.push(Some(place as u32));
    }

    fn currency(&self, row: usize) -> Option<&str> {
        let place = self.currency_of.get(row).copied().flatten()?;
        Some(&self.currencies[place as usize])
    }
}

impl RowReader<'_> {
    /// Reads all rows.
    pub(super) fn read(self, text: impl Read) -> Result<Rows, Fault> {
        self.read_in_blocks(text, BLOCK)
    }

    /// Reads the first block of a text row by row, and the other blocks, of `block` bytes, in parallel if they are
    /// plain.
    fn read_in_blocks(self, text: impl Read, block: usize) -> Result<Rows, Fault> {
        let (mut rows, mut tickers) = (Rows::default(), Tickers::default());
        self.read_text(text, block, (&mut rows, &mut tickers))?;
        self.check_tickers(&rows)?;
        self.add_lost(&mut rows)?;
        if let Some(line) = rows.count_behind.take().and_then(|fault| fault.line) {
            rows.notes.push(line);
        }
        rows.names = match self.plan.by {
            None => self.plan.groups.iter().map(|group| self.name_of(group)).collect(),
            Some(_) => tickers.names,
        };
        Ok(rows)
    }

    fn read_text(self, text: impl Read, block: usize, (rows, tickers): (&mut Rows, &mut Tickers)) -> Result<(), Fault> {
        if !is_plain(self.plan, self.clock, self.table.dialect.blanks) {
            return self.add_rows(rows, tickers, text, 0);
        }
        let mut blocks = Blocks::new(text, block);
        let first = blocks.next()?;
        if first.contains(&b'"') || first.last() != Some(&b'\n') {
            return self.add_rows(rows, tickers, blocks.after(first), 0);
        }
        self.add_rows(rows, tickers, &first[..], 0)?;
        match self.read_blocks(blocks, (&mut *rows, &mut *tickers), line_breaks(&first))? {
            None => Ok(()),
            Some(Left { text, blocks, breaks, failed: None }) => {
                self.add_rows(rows, tickers, blocks.after(text), breaks)
            }
            // A second attempt could find the end of the text where the fault was.
            Some(Left { text, breaks, failed: Some(fault), .. }) => {
                self.add_rows(rows, tickers, &text[..], breaks).and(Err(fault))
            }
        }
    }

    /// Reads the blocks of a text up to the end, or to the first with a quote, which can continue in the next block.
    /// Returns what is left in that case.
    fn read_blocks<R: Read>(
        self,
        mut blocks: Blocks<R>,
        (rows, tickers): (&mut Rows, &mut Tickers),
        mut breaks: usize,
    ) -> Result<Option<Left<R>>, Fault> {
        let count = BLOCKS_PER_THREAD * rayon::current_num_threads().min(16);
        let mut parsed: Vec<Block> = Vec::new();
        // An error while reading the text is reported after the rows before it.
        let mut failed = None;
        loop {
            let mut texts = Vec::new();
            while texts.len() < count && failed.is_none() {
                match blocks.next() {
                    Ok(text) if text.is_empty() => break,
                    Ok(text) => texts.push(text),
                    Err(fault) => failed = Some(fault),
                }
            }
            if texts.is_empty() && parsed.is_empty() {
                return failed.map_or(Ok(None), Err);
            }
            // Parses these blocks, while the rows of the last ones are added.
            let parse = |text: Vec<u8>| Block { rows: self.plain_rows(&text), text };
            let last = std::mem::take(&mut parsed);
            let add = || self.add_blocks(last, (&mut *rows, &mut *tickers), &mut breaks);
            let (added, next) = rayon::join(add, || texts.into_par_iter().map(parse).collect::<Vec<_>>());
            if let Some(mut text) = added? {
                next.into_iter().for_each(|block| text.extend(block.text));
                return Ok(Some(Left { text, blocks, breaks, failed }));
            }
            parsed = next;
        }
    }

    /// Adds the rows of blocks. Returns the text from the first block with a quote on.
    fn add_blocks(
        self,
        blocks: Vec<Block>,
        (rows, tickers): (&mut Rows, &mut Tickers),
        breaks: &mut usize,
    ) -> Result<Option<Vec<u8>>, Fault> {
        let mut blocks = blocks.into_iter();
        while let Some(Block { text, rows: plain }) = blocks.next() {
            match plain {
                Some(plain) => {
                    rows.go_on()?;
                    self.add_plain(rows, tickers, &plain, *breaks);
                }
                None if text.contains(&b'"') || text.last() != Some(&b'\n') => {
                    let mut left = text;
                    blocks.for_each(|block| left.extend(block.text));
                    return Ok(Some(left));
                }
                None => self.add_rows(rows, tickers, &text[..], *breaks)?,
            }
            *breaks += line_breaks(&text);
        }
        Ok(None)
    }

    /// Returns the rows of a block if all are plain: each has the usual width, a day, a ticker if the file has tickers,
    /// and prices that are numbers or empty. Other blocks are read row by row, in their order.
    fn plain_rows(self, text: &[u8]) -> Option<PlainRows> {
        let mut rows = PlainRows { late: LateRows::of_block(), ..PlainRows::default() };
        let mut places = HashMap::<&[u8], u32>::new();
        let mut last: (&[u8], u32) = (b"", 0);
        let (mut at, mut line, mut ends, mut quoted) = (0, 0, Vec::new(), false);
        while at < text.len() {
            ends.clear();
            let end = scan(text, at, at, self.table.dialect.delimiter, &mut ends, &mut quoted)?;
            ends.push(end - at);
            line += 1;
            let line_text = &text[at..end];
            let cells = Cells::new(line_text, &ends);
            at = end + 1;
            if quoted {
                return None;
            }
            if cells.is_blank_or_rule() {
                continue;
            }
            if cells.len() != self.table.names.len() {
                return None;
            }
            let date = self.forms.date.parse(cells.get(self.plan.date))?;
            rows.dates.push(date);
            rows.lines.push(line);
            if let Some(by) = self.plan.by {
                let ticker = cell_of(line_text, &ends, by);
                if ticker.is_empty() {
                    return None;
                }
                if last.0 != ticker || rows.of.is_empty() {
                    let next = places.len() as u32;
                    let place = *places.entry(ticker).or_insert(next);
                    if place == next {
                        rows.tickers.push(ticker.to_vec());
                    }
                    last = (ticker, place);
                }
                rows.of.push(last.1);
            }
            self.plain_values(cells, &mut rows.values)?;
            if self.options.until.is_none_or(|until| date <= until) {
                rows.late.see(&self.plan.late, cells);
            }
            if let Some(written) = self.currency(cells, &self.plan.groups[0]) {
                rows.see_currency(rows.dates.len() - 1, written);
            }
        }
        Some(rows)
    }

    /// Adds the values of a row.
    fn plain_values(self, cells: Cells<'_>, values: &mut Vec<f64>) -> Option<()> {
        let group = &self.plan.groups[0];
        for &(field, column) in &group.fields {
            match self.value(field, cells.get(column)) {
                Cell::Value(value) => values.push(value),
                Cell::Missing => values.push(f64::NAN),
                _ => return None,
            }
        }
        if self.other_currency(cells, group).is_some() || self.differing_copy(cells, group).is_some() {
            return None;
        }
        let is_text = numbers::is_missing(cells.get(group.close())) && is_note(cells);
        (!is_text).then_some(())
    }

    fn add_plain(self, rows: &mut Rows, tickers: &mut Tickers, plain: &PlainRows, breaks: usize) {
        let fields = &self.plan.groups[0].fields;
        let mut drafts: Vec<Option<Option<usize>>> = vec![None; plain.tickers.len()];
        if !plain.dates.is_empty() {
            rows.other_width = None;
        }
        rows.with_ticker += plain.of.len();
        rows.late.see_all(&self.plan.late, &plain.late);
        for (row, (&date, &line)) in plain.dates.iter().zip(&plain.lines).enumerate() {
            let draft = match plain.of.get(row) {
                None => 0,
                Some(&place) => {
                    let place = place as usize;
                    let of_ticker = || self.draft_of(rows, tickers, &plain.tickers[place]);
                    let known = drafts[place];
                    let draft = known.unwrap_or_else(of_ticker);
                    drafts[place] = Some(draft);
                    match draft {
                        Some(draft) => draft,
                        None => continue,
                    }
                }
            };
            rows.count += 1;
            rows.see(date);
            let is_before = self.options.since.is_some_and(|since| date < since);
            if is_before || self.options.until.is_some_and(|until| date > until) {
                continue;
            }
            if draft == rows.drafts.len() {
                rows.drafts.push(Draft::new(self.name_of(&self.plan.groups[0])));
            }
            if rows.drafts[draft].fault.is_none() {
                let mut values: Values = [f64::NAN; Field::COUNT];
                let own = &plain.values[row * fields.len()..];
                fields.iter().zip(own).for_each(|(&(field, _), &value)| values[field as usize] = value);
                rows.push(draft, (breaks + line as usize, date, None, plain.currency(row)), &values, fields);
            }
        }
    }
}

fn line_breaks(text: &[u8]) -> usize {
    text.iter().filter(|&&byte| byte == b'\n').count()
}

/// Returns a cell of a line; it can outlive the ends of the cells.
fn cell_of<'a>(line: &'a [u8], ends: &[usize], column: usize) -> &'a [u8] {
    let start = if column == 0 { 0 } else { ends[column - 1] + 1 };
    line[start..ends[column]].trim_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::ReadOptions;
    use crate::reader::look;
    use crate::text::Input;

    /// Returns the rows of a text, read in blocks of `block` bytes, or its fault, as text.
    fn read(text: &str, block: usize, options: &ReadOptions) -> String {
        let mut input = Input::new(Box::new(text.as_bytes())).unwrap_or_else(|fault| panic!("{fault:?}"));
        let (table, plan, forms) = look(&mut input, "p", options).unwrap_or_else(|fault| panic!("{fault:?}"));
        let clock = Clock::find(input.head(), &table, &plan, &forms);
        let reader = RowReader { table: &table, plan: &plan, forms: &forms, clock, options, name: "p" };
        format!("{:?}", reader.read_in_blocks(input.into_text(), block))
    }

    /// Rows of three tickers, with lines `odd` inserted before the rows with the given numbers.
    fn text(odd: &[(usize, &str)]) -> String {
        let mut text = "Date,Ticker,Close,Volume\n".to_owned();
        for row in 0..300 {
            odd.iter().filter(|(at, _)| *at == row).for_each(|(_, line)| text += line);
            let (day, month, ticker) = (row % 28 + 1, row / 28 % 12 + 1, ["A", "B", "C"][row % 3]);
            text += &format!("2024-{month:02}-{day:02},{ticker},{}.5,{row}\n", 100 + row);
        }
        text
    }

    /// A text whose reading fails before its end.
    struct Cut<'a>(&'a [u8], bool);

    impl Read for Cut<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            match self.0.read(buffer)? {
                0 if !std::mem::replace(&mut self.1, true) => Err(std::io::Error::other("damaged")),
                count => Ok(count),
            }
        }
    }

    #[test]
    fn a_fault_behind_a_quote_is_reported() {
        for odd in ["2024-01-02,D,5,7\n", "2024-01-02,D,\"1,234.5\",7\n"] {
            let text = text(&[(250, odd)]);
            let options = ReadOptions::default();
            let mut input = Input::new(Box::new(text.as_bytes())).unwrap_or_else(|fault| panic!("{fault:?}"));
            let (table, plan, forms) = look(&mut input, "p", &options).unwrap_or_else(|fault| panic!("{fault:?}"));
            let clock = Clock::find(input.head(), &table, &plan, &forms);
            let reader = RowReader { table: &table, plan: &plan, forms: &forms, clock, options: &options, name: "p" };
            let read = reader.read_in_blocks(Cut(text.as_bytes(), false), 300);
            assert!(read.is_err_and(|fault| format!("{fault:?}").contains("damaged")), "{odd}");
        }
    }

    /// Rows that were spilled to a file are unchanged.
    #[test]
    fn memory_changes_nothing() {
        let options = ReadOptions::default();
        let text =
            text(&[(120, "2024-01-02,D,,\n"), (200, "2024-01-02,A,\"1,234.5\",7\n"), (280, "2024-13-02,B,1,2\n")]);
        let mut input = Input::new(Box::new(text.as_bytes())).unwrap_or_else(|fault| panic!("{fault:?}"));
        let (table, plan, forms) = look(&mut input, "p", &options).unwrap_or_else(|fault| panic!("{fault:?}"));
        let clock = Clock::find(input.head(), &table, &plan, &forms);
        let reader = RowReader { table: &table, plan: &plan, forms: &forms, clock, options: &options, name: "p" };
        let drafts = |most: usize, block: usize| {
            let mut rows = Rows::within(most);
            let read = reader.read_text(text.as_bytes(), block, (&mut rows, &mut Tickers::default()));
            read.unwrap_or_else(|fault| panic!("{fault:?}"));
            let spilled = rows.drafts.iter().filter(|draft| draft.is_spilled()).count();
            assert!(rows.drafts.iter().all(|draft| !draft.is_of_one_day()));
            let restored: Vec<Draft> = rows.drafts.into_iter().map(|draft| draft.restored().unwrap()).collect();
            (format!("{restored:?}"), spilled)
        };
        let (whole, _) = drafts(usize::MAX, 1 << 30);
        for most in [1, 100, 3000] {
            for block in [300, 1 << 30] {
                let (drafts, spilled) = drafts(most, block);
                assert_eq!(drafts, whole, "{most} bytes");
                // The series with a fault has no rows.
                assert_eq!(spilled, 2, "{most} bytes");
            }
        }
    }

    /// The same rows with fifteen columns that are empty in the first rows, and then filled in some.
    fn with_late_columns() -> String {
        let cell = |row: usize, column: usize| match row > 110 + 10 * column && row.is_multiple_of(column + 1) {
            true => format!(",{}.25", 50 + row + column),
            false => ",".to_owned(),
        };
        let names: String = (0..15).map(|column| format!(",Grade {column} crude")).collect();
        let cells = |row: usize| (0..15).map(|column| cell(row, column)).collect();
        let behind = |row: usize| if row == 0 { names.clone() } else { cells(row) };
        text(&[]).lines().enumerate().map(|(row, line)| format!("{line}{}\n", behind(row))).collect()
    }

    #[test]
    fn blocks_change_nothing() {
        let texts = [
            text(&[]),
            text(&[(250, "\n\n"), (260, "Date,Ticker,Close,Volume\n")]),
            text(&[(120, "2024-01-02,D,,\n2024-01-03,D,-,5\n")]),
            text(&[(120, "2024-01-02,A,12:3,\n"), (280, "2024-13-02,B,1,2\n")]),
            text(&[(200, "2024-01-02,D,\"1,234.5\",7\n"), (290, "\"x\ny\",,,\n")]),
            text(&[(200, "INDEX;TOTAL\n1,2\n3,4\n"), (210, "10 rows in set\n")]),
            text(&[(200, "2024-01-02,,5,6\n")]),
            text(&[(200, "2024-01-02,A,5\n")]),
            text(&[(200, "2024-01-02,A,0,0\n")]).replace("A,", "AAPL,"),
            with_late_columns(),
        ];
        let series = ReadOptions { series: Some("b".into()), ..ReadOptions::default() };
        let since = ReadOptions { since: Some(jiff::civil::date(2024, 6, 1)), ..ReadOptions::default() };
        let until = ReadOptions { until: Some(jiff::civil::date(2024, 3, 1)), ..ReadOptions::default() };
        for text in &texts {
            for options in [&ReadOptions::default(), &series, &since, &until] {
                let whole = read(text, 1 << 30, options);
                for block in [64, 300, 2_000] {
                    assert_eq!(read(text, block, options), whole, "blocks of {block}: {text}");
                }
            }
        }
    }
}
