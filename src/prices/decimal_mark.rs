//! Decides which mark is decimal if every price has one mark followed by three digits: `1.005` can be a price near one,
//! or a thousand.
//!
//! Programs and countries that group the digits of whole prices differ in the rest of the file from those that write
//! three decimals. Each rule here requires prices that are not on a coarse grid, as whole prices in currencies with a
//! small unit are; the prices of a single column decide nothing.

use super::numbers::DecimalMark::{self, Comma, Point};
use super::numbers::MarkEvidence;

/// The evidence in the delimiter and the dates of a file.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct DecimalMarkEvidence {
    delimiter: u8,
    rows: usize,
    /// Rows whose date begins with a four-digit year: `2024-11-06`, `20241106`.
    year_first: usize,
    /// Rows whose date begins with an English word: `Nov 6, 2024`, `Wednesday 6 November 2024`.
    english: usize,
    /// Rows whose date, in digits, begins with a day after the 12th, and rows that have such a day second.
    day_first: usize,
    month_first: usize,
    /// Rows whose date is like `06.11.2024`.
    points: usize,
    /// Whether all names are in quotes and no number is: a number with grouped digits would be text, and also in
    /// quotes.
    quotes_text_alone: bool,
    /// Whether lines above the table have English labels.
    english_labels: bool,
}

/// Labels of lines above a table, such as those of FRED's text files.
const LABELS: [&str; 11] = [
    "title",
    "series id",
    "source",
    "release",
    "frequency",
    "units",
    "seasonal adjustment",
    "date range",
    "last updated",
    "notes",
    "currency",
];

/// The names of months and weekdays with which an English date begins, abbreviated.
const ENGLISH: [&str; 19] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "mon", "tue", "wed", "thu",
    "fri", "sat", "sun",
];

impl DecimalMarkEvidence {
    /// Makes the evidence of a file with this delimiter, without its dates.
    pub fn of(delimiter: u8) -> Self {
        Self { delimiter, ..Self::default() }
    }

    /// Adds the lines above the rows, the last of which holds the names.
    pub fn see_above(&mut self, lines: &[&[u8]], has_quoted_numbers: bool) {
        const MIN_LABELS: usize = 3;
        let label = |line: &[u8]| {
            let text = String::from_utf8_lossy(line).to_lowercase();
            text.split_once(':').is_some_and(|(label, _)| LABELS.contains(&label.trim()))
        };
        self.english_labels = lines.iter().filter(|line| label(line)).count() >= MIN_LABELS;
        let names = lines.last().map_or(&[][..], |line| line.trim_ascii());
        let is_quoted = |name: &[u8]| matches!(name.trim_ascii(), [] | [b'"', .., b'"']);
        self.quotes_text_alone =
            !names.is_empty() && !has_quoted_numbers && names.split(|byte| *byte == self.delimiter).all(is_quoted);
    }

    /// Adds the date of a row.
    pub fn see_date(&mut self, cell: &[u8]) {
        let digits = |cell: &[u8]| cell.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let value = |digits: &[u8]| digits.iter().fold(0, |value, digit| 10 * value + u32::from(digit - b'0'));
        self.rows += 1;
        let first = digits(cell);
        if first == 4 || first >= 8 {
            self.year_first += 1;
        } else if let (1 | 2, Some(mark @ (b'.' | b'/' | b'-'))) = (first, cell.get(first)) {
            let rest = &cell[first + 1..];
            let second = digits(rest);
            self.points += usize::from(*mark == b'.');
            self.day_first += usize::from(value(&cell[..first]) > 12);
            self.month_first += usize::from((1..=2).contains(&second) && value(&rest[..second]) > 12);
        } else {
            let start = cell.get(..3).map(<[u8]>::to_ascii_lowercase);
            self.english += usize::from(start.is_some_and(|start| ENGLISH.iter().any(|word| word.as_bytes() == start)));
        }
    }

    /// Whether the file is in English, or was written by a program, with commas or blanks between cells and dates that
    /// begin with the year: neither groups thousands with points. Other delimiters are also used in countries with
    /// decimal commas: with tabs and bars, a program is assumed only if names are in quotes and numbers are not, or
    /// labels are in English.
    fn never_groups_with_points(&self) -> bool {
        let is_by_program = match self.delimiter {
            b',' | b' ' => true,
            b'\t' | b'|' => self.quotes_text_alone || self.english_labels,
            _ => false,
        };
        self.is_in_english() || (is_by_program && self.rows > 0 && self.year_first == self.rows)
    }

    /// Whether the dates are in English or in the order of the United States.
    fn is_in_english(&self) -> bool {
        let is_american = self.month_first > 0 && self.day_first == 0 && self.points == 0;
        is_american || (self.rows > 0 && self.english == self.rows)
    }

    /// Whether the dates begin with the day, in digits.
    fn is_day_first(&self) -> bool {
        self.month_first == 0 && (self.day_first > 0 || (self.rows > 0 && self.points == self.rows))
    }

    /// Returns the mark that the conventions of the file show, if `open` is the only mark of its prices. Semicolons
    /// between cells mean a country with decimal commas, if the day comes first. Files of the Czech National Bank have
    /// bars between cells, and points in dates.
    pub fn of_dialect(&self, open: DecimalMark) -> Option<DecimalMark> {
        let is_decimal = match open {
            Point => self.never_groups_with_points(),
            Comma if self.delimiter == b'|' => self.rows > 0 && self.points == self.rows,
            Comma => self.delimiter == b';' && self.is_day_first(),
        };
        is_decimal.then_some(open)
    }

    /// Whether a point before three digits is probably decimal, beside English names: programs that write the year
    /// first and tabs or bars between cells seldom group thousands; and no number may be grouped.
    pub fn is_likely_point(&self, prices: &MarkEvidence, volumes: &MarkEvidence, amounts: &MarkEvidence) -> bool {
        let is_grouped = |evidence: &MarkEvidence| evidence.only_open() == Some(Point);
        let is_by_program = matches!(self.delimiter, b'\t' | b'|') && self.rows > 0 && self.year_first == self.rows;
        let is_open = prices.only_open() == Some(Point) && !prices.may_be_on_grid() && !prices.has_small_whole();
        is_by_program && is_open && !is_grouped(volumes) && !is_grouped(amounts)
    }

    /// Returns the mark, from the prices, from the volumes, and from the other columns of counts and amounts.
    pub fn mark(&self, prices: &MarkEvidence, volumes: &MarkEvidence, amounts: &MarkEvidence) -> Option<DecimalMark> {
        let open = prices.only_open()?;
        // Volumes are whole numbers: they are grouped with the other mark, or with neither.
        if volumes.only_open() == Some(open.other()) || volumes.has_spaced() || amounts.has_spaced() {
            return Some(open);
        }
        // Volumes with grouped digits show how prices are grouped. They would not have three decimals on every row.
        if prices.may_be_on_grid() || prices.has_small_whole() || volumes.only_open() == Some(open) {
            return None;
        }
        let is_ungrouped = volumes.has_ungrouped() || amounts.has_ungrouped();
        let is_european = self.points > 0 || (self.delimiter == b';' && !self.is_in_english());
        let by_amounts = is_ungrouped && (open == Point || is_european);
        self.of_dialect(open).or(by_amounts.then_some(open))
    }
}
