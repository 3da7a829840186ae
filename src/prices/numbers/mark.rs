//! Decides the decimal mark of a file from all its numbers together.

use std::collections::BTreeSet;

use super::DecimalMark::{self, Comma, Point};

/// The evidence for each decimal mark in the numbers seen so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct MarkEvidence {
    /// The weight of evidence for a decimal point: 1 for a cell like `2.5`; 10 for a cell like `1,234.5`, `1,234,567`
    /// or `0.998`, which is unlikely to be a typing error.
    point: usize,
    /// The weight of evidence for a decimal comma.
    comma: usize,
    /// For each mark, the columns of cells that are evidence for it.
    columns: [Vec<bool>; 2],
    /// The number of cells like `1.234`, for each mark.
    undecided: [usize; 2],
    /// The number of these cells that end with 0 or 5.
    on_grid: [usize; 2],
    /// Whether a number from 1 to 999 has no mark.
    small_whole: bool,
    /// Columns that have a number of more than three digits without a mark.
    ungrouped: BTreeSet<usize>,
    /// Whether a number has its thousands grouped by blanks or apostrophes.
    spaced: bool,
    /// The first cell like `1.234`, for each mark.
    open: [Option<AmbiguousNumber>; 2],
}

/// A cell that can be read both ways.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AmbiguousNumber {
    pub cell: String,
    pub line: usize,
    pub column: usize,
}

/// The conclusion from the evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FoundMark {
    /// The mark is clear.
    Mark(DecimalMark),
    /// No number has a mark: either mark can be used.
    NoMark,
    /// A number can be read both ways, and there is no evidence.
    Ambiguous(AmbiguousNumber),
}

impl MarkEvidence {
    /// Takes a cell into account. Cells without a number are ignored.
    pub fn see(&mut self, cell: &[u8], line: usize, column: usize) {
        let Some(number) = digits_and_marks(cell) else {
            return;
        };
        match indication_of(number) {
            Indication::Mark(mark) => {
                *(if mark == Point { &mut self.point } else { &mut self.comma }) += weight(number);
                let columns = &mut self.columns[mark as usize];
                if columns.len() <= column {
                    columns.resize(column + 1, false);
                }
                columns[column] = true;
            }
            Indication::Ungrouped => {
                self.ungrouped.insert(column);
            }
            Indication::Spaced => self.spaced = true,
            Indication::Nothing => {
                let is_whole = number.iter().all(u8::is_ascii_digit);
                self.small_whole |= is_whole && number.iter().any(|digit| *digit != b'0');
            }
            Indication::Either(mark) => {
                self.undecided[mark as usize] += 1;
                self.on_grid[mark as usize] += usize::from(number.last().is_some_and(|last| b"05".contains(last)));
                self.open[mark as usize].get_or_insert_with(|| AmbiguousNumber {
                    cell: String::from_utf8_lossy(cell).into_owned(),
                    line,
                    column,
                });
            }
        }
    }

    /// Returns the columns with a number that can only be read with this mark.
    pub fn columns_with(&self, mark: DecimalMark) -> impl Iterator<Item = usize> {
        let columns = self.columns[mark as usize].iter().enumerate();
        columns.filter(|(_, seen)| **seen).map(|(column, _)| column)
    }

    /// Whether any number is unambiguous.
    pub fn is_clear(&self) -> bool {
        self.point + self.comma > 0
    }

    /// Returns the mark of most of the unambiguous numbers, even if they are few.
    pub fn majority(&self) -> Option<DecimalMark> {
        self.is_clear().then_some(if self.point >= self.comma { Point } else { Comma })
    }

    /// Returns the only mark of the numbers that can be read both ways, if no other number contradicts that it is
    /// decimal.
    pub fn only_open(&self) -> Option<DecimalMark> {
        match self.undecided {
            [_, 0] if self.undecided[0] > 0 && self.comma == 0 => Some(Point),
            [0, _] if self.undecided[1] > 0 && self.point == 0 => Some(Comma),
            _ => None,
        }
    }

    /// Whether at least half of the cells like `1.234` end with 0 or 5, as whole prices on a coarse grid do; with three
    /// decimals, a fifth would. A few cells are no evidence.
    pub fn may_be_on_grid(&self) -> bool {
        const MIN_CELLS: usize = 5;
        let (cells, on_grid) = (self.undecided.iter().sum::<usize>(), self.on_grid.iter().sum::<usize>());
        cells < MIN_CELLS || 2 * on_grid >= cells
    }

    /// Whether a number has more than three digits and no mark.
    pub fn has_ungrouped(&self) -> bool {
        !self.ungrouped.is_empty()
    }

    /// Whether a number from 1 to 999 has no mark: beside a decimal `1.018` it would have decimals.
    pub fn has_small_whole(&self) -> bool {
        self.small_whole
    }

    /// Whether a number has its thousands grouped by blanks or apostrophes.
    pub fn has_spaced(&self) -> bool {
        self.spaced
    }

    /// Decides. In an unquoted cell of a comma-delimited file, a point cannot group thousands: a file that writes
    /// `1.234` for a thousand has decimal commas, and would have to quote its numbers.
    pub fn verdict(&self, unquoted_commas: bool) -> FoundMark {
        // One unambiguous cell among many ambiguous ones can be an error.
        if let Some(mark) = self.majority().filter(|_| 20 * (self.point + self.comma) >= self.undecided.iter().sum()) {
            return FoundMark::Mark(mark);
        }
        let ungrouped = |open: &AmbiguousNumber| self.ungrouped.contains(&open.column);
        match &self.open {
            [None, None] => FoundMark::NoMark,
            [Some(open), None] if ungrouped(open) || unquoted_commas => FoundMark::Mark(Point),
            [None, Some(open)] if ungrouped(open) => FoundMark::Mark(Comma),
            [Some(open), _] | [_, Some(open)] => FoundMark::Ambiguous(open.clone()),
        }
    }
}

/// What a single number shows.
#[derive(Debug, PartialEq)]
enum Indication {
    /// It can only be read with this decimal mark.
    Mark(DecimalMark),
    /// Its one mark can be decimal or group thousands.
    Either(DecimalMark),
    /// It has more than three digits and no mark.
    Ungrouped,
    /// Its thousands are grouped by blanks or apostrophes, and it has no mark.
    Spaced,
    Nothing,
}

fn weight(number: &[u8]) -> usize {
    let marks = number.iter().filter(|byte| b".,".contains(byte)).count();
    // `0.998` between cells like `1.005`: no group of thousands begins with a zero, and no typing error gives three
    // decimals.
    let is_below_one = matches!(number, [b'0', b'.' | b',', _, _, _]);
    if marks > 1 || is_below_one { 10 } else { 1 }
}

/// Returns the number in a cell, from its first digit or a mark directly in front of it to its last digit.
fn digits_and_marks(cell: &[u8]) -> Option<&[u8]> {
    let first = cell.iter().position(u8::is_ascii_digit)?;
    let last = cell.iter().rposition(u8::is_ascii_digit)?;
    let mark_before = first > 0 && matches!(cell[first - 1], b'.' | b',');
    let number = &cell[first - usize::from(mark_before)..=last];
    let known = |byte: &u8| byte.is_ascii_digit() || b".,' eE+-\xC2\xA0\xE2\x80\xAF\x99".contains(byte);
    number.iter().all(known).then_some(number)
}

fn indication_of(number: &[u8]) -> Indication {
    let count = |mark: u8| number.iter().filter(|&&byte| byte == mark).count();
    let last = number.iter().rposition(|byte| b".,".contains(byte));
    match (count(b'.'), count(b',')) {
        (0, 0) if number.len() > 3 && number.iter().all(u8::is_ascii_digit) => Indication::Ungrouped,
        (0, 0) if is_spaced(number) => Indication::Spaced,
        (0, 0) => Indication::Nothing,
        (1, 0) => alone(number, last, Point),
        (0, 1) => alone(number, last, Comma),
        // A repeated mark groups thousands.
        (_, 0) => Indication::Mark(Comma),
        (0, _) => Indication::Mark(Point),
        // If there are both, the last mark is decimal.
        _ if last.is_some_and(|at| number[at] == b'.') => Indication::Mark(Point),
        _ => Indication::Mark(Comma),
    }
}

/// Whether the digits of a whole number are grouped by blanks or apostrophes.
fn is_spaced(number: &[u8]) -> bool {
    let grouped = std::str::from_utf8(number).ok().filter(|text| !text.bytes().all(|byte| byte.is_ascii_digit()));
    grouped.is_some_and(|text| super::ungrouped(text).is_some())
}

/// Returns what a single mark shows: it can group thousands only between one to three digits that do not begin with a
/// zero, and three digits.
fn alone(number: &[u8], at: Option<usize>, mark: DecimalMark) -> Indication {
    let (before, after) = number.split_at(at.unwrap_or(0));
    let after = &after[1..];
    let thousands = after.len() == 3
        && after.iter().all(u8::is_ascii_digit)
        && (1..=3).contains(&before.len())
        && before.iter().all(u8::is_ascii_digit)
        && before[0] != b'0';
    if thousands { Indication::Either(mark) } else { Indication::Mark(mark) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(cells: &[&str]) -> FoundMark {
        let mut evidence = MarkEvidence::default();
        for (line, cell) in cells.iter().enumerate() {
            evidence.see(cell.as_bytes(), line + 1, 4);
        }
        evidence.verdict(false)
    }

    #[test]
    fn one_clear_number_decides() {
        for clear in ["2.5", "0.123", "1234.567", "1,234.5", "1,234,567", ".5", "8.200E+11", "1 234.567", "$2.50"] {
            assert_eq!(verdict(&["1,234", clear]), FoundMark::Mark(Point), "{clear}");
        }
        for clear in ["2,5", "0,123", "1234,567", "1.234,5", "1.234.567", "1 234,567", "2,50 €", "-1,33%"] {
            assert_eq!(verdict(&["1.234", clear]), FoundMark::Mark(Comma), "{clear}");
        }
    }

    #[test]
    fn the_majority_decides() {
        assert_eq!(verdict(&["2.5", "2.6", "12,3"]), FoundMark::Mark(Point));
        assert_eq!(verdict(&["2,5", "2,6", "12.3"]), FoundMark::Mark(Comma));
    }

    #[test]
    fn one_typing_error_does_not_decide() {
        let mut cells = vec!["15,315"; 40];
        cells.push("15,3915");
        assert!(matches!(verdict(&cells), FoundMark::Ambiguous(_)));
        cells.push("1,015,315");
        assert_eq!(verdict(&cells), FoundMark::Mark(Point));
    }

    #[test]
    fn numbers_without_marks_need_none() {
        assert_eq!(verdict(&["25220", "12", "", "null", "abc", "12/30/2024"]), FoundMark::NoMark);
    }

    #[test]
    fn three_digits_after_one_mark_are_ambiguous() {
        let open = |cell: &str| FoundMark::Ambiguous(AmbiguousNumber { cell: cell.into(), line: 2, column: 4 });
        assert_eq!(verdict(&["12", "1,234", "999,111"]), open("1,234"));
        assert_eq!(verdict(&["12", "1.234", "999.111"]), open("1.234"));
        assert_eq!(verdict(&["12", "1.234", "1,234", "12345"]), open("1.234"));
    }

    #[test]
    fn ungrouped_thousands_and_the_delimiter_decide() {
        assert_eq!(verdict(&["149.604", "65276700"]), FoundMark::Mark(Point));
        assert_eq!(verdict(&["149,604", "65276700"]), FoundMark::Mark(Comma));
        // Another column can be written differently.
        let mut evidence = MarkEvidence::default();
        evidence.see(b"25,220", 2, 1);
        evidence.see(b"65276700", 2, 2);
        assert!(matches!(evidence.verdict(false), FoundMark::Ambiguous(_)));
        let mut evidence = MarkEvidence::default();
        evidence.see(b"149.604", 2, 1);
        assert_eq!(evidence.verdict(true), FoundMark::Mark(Point));
        let mut evidence = MarkEvidence::default();
        evidence.see(b"149,604", 2, 1);
        assert!(matches!(evidence.verdict(true), FoundMark::Ambiguous(_)));
    }
}
