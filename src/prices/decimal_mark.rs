//! Which mark is decimal where every price has one mark and three digits after it: `1.005` is a price or a thousand.
//!
//! Programs and countries that write whole prices in groups write the rest of the file in another way than those that
//! write three decimals. Each rule here needs prices that are on no coarse grid, as whole prices of currencies of small
//! unit are; nothing is decided from the prices of one column alone.

use super::numbers::DecimalMark::{self, Comma, Point};
use super::numbers::MarkEvidence;

/// What the delimiter and the dates of a file show.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct DecimalMarkEvidence {
    delimiter: u8,
    rows: usize,
    /// Rows whose date begins with a year of four digits: `2024-11-06`, `20241106`.
    year_first: usize,
    /// Rows whose date begins with an English word: `Nov 6, 2024`, `Wednesday 6 November 2024`.
    english: usize,
    /// Rows whose date is digits with a day after the 12th in the first place, and in the second one.
    day_first: usize,
    month_first: usize,
    /// Rows whose date is `06.11.2024`.
    points: usize,
    /// Whether all names are in quotes and no number is: a number in groups would be a text, and in quotes too.
    quotes_text_alone: bool,
    /// Whether lines above the table are labelled in English.
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

/// The beginnings of months and weekdays with which an English date begins.
const ENGLISH: [&str; 19] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "mon", "tue", "wed", "thu",
    "fri", "sat", "sun",
];

impl DecimalMarkEvidence {
    /// Those of a file with this delimiter, whose dates are still to be seen.
    pub fn of(delimiter: u8) -> Self {
        Self { delimiter, ..Self::default() }
    }

    /// Takes the lines above the rows into account, of which the last one is that of the names.
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

    /// Takes the date of a row into account.
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

    /// Whether the file is in English, or a program wrote it, with commas or blanks between cells and dates that begin
    /// with the year: neither groups thousands with points. Other delimiters are those of a country with decimal commas
    /// too: tabs and bars show a program only where names are in quotes and numbers are not, or labels are in English.
    fn never_groups_with_points(&self) -> bool {
        let is_by_program = match self.delimiter {
            b',' | b' ' => true,
            b'\t' | b'|' => self.quotes_text_alone || self.english_labels,
            _ => false,
        };
        self.is_in_english() || (is_by_program && self.rows > 0 && self.year_first == self.rows)
    }

    /// Whether the dates are those of English, or of the United States.
    fn is_in_english(&self) -> bool {
        let is_american = self.month_first > 0 && self.day_first == 0 && self.points == 0;
        is_american || (self.rows > 0 && self.english == self.rows)
    }

    /// Whether the dates begin with the day, in digits.
    fn is_day_first(&self) -> bool {
        self.month_first == 0 && (self.day_first > 0 || (self.rows > 0 && self.points == self.rows))
    }

    /// The mark that the dialect of the file shows, where `open` is the only one of its prices: the program that writes
    /// semicolons between cells is one of a country with decimal commas, if it writes the day first too; that of the
    /// Czech National Bank writes bars, and points in dates.
    pub fn of_dialect(&self, open: DecimalMark) -> Option<DecimalMark> {
        let is_decimal = match open {
            Point => self.never_groups_with_points(),
            Comma if self.delimiter == b'|' => self.rows > 0 && self.points == self.rows,
            Comma => self.delimiter == b';' && self.is_day_first(),
        };
        is_decimal.then_some(open)
    }

    /// Whether a point before three digits is likely to be decimal, beside English names: programs that write the year
    /// first and tabs or bars between cells seldom group thousands, and then no number is in groups.
    pub fn is_likely_point(&self, prices: &MarkEvidence, volumes: &MarkEvidence, amounts: &MarkEvidence) -> bool {
        let is_grouped = |evidence: &MarkEvidence| evidence.only_open() == Some(Point);
        let is_by_program = matches!(self.delimiter, b'\t' | b'|') && self.rows > 0 && self.year_first == self.rows;
        let is_open = prices.only_open() == Some(Point) && !prices.may_be_on_grid() && !prices.has_small_whole();
        is_by_program && is_open && !is_grouped(volumes) && !is_grouped(amounts)
    }

    /// The mark, from the prices, from the volumes, and from the other columns of counts and amounts.
    pub fn mark(&self, prices: &MarkEvidence, volumes: &MarkEvidence, amounts: &MarkEvidence) -> Option<DecimalMark> {
        let open = prices.only_open()?;
        // Volumes are whole: their groups have the other mark, or none of both.
        if volumes.only_open() == Some(open.other()) || volumes.has_spaced() || amounts.has_spaced() {
            return Some(open);
        }
        // Volumes in groups show the groups of prices. Their decimals would be three on every row.
        if prices.may_be_on_grid() || prices.has_small_whole() || volumes.only_open() == Some(open) {
            return None;
        }
        let is_ungrouped = volumes.has_ungrouped() || amounts.has_ungrouped();
        let is_european = self.points > 0 || (self.delimiter == b';' && !self.is_in_english());
        let by_amounts = is_ungrouped && (open == Point || is_european);
        self.of_dialect(open).or(by_amounts.then_some(open))
    }
}
