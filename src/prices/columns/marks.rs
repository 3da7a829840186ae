//! The decimal mark of each column in the sample.

use crate::dates;
use crate::decimal_mark::DecimalMarkEvidence;
use crate::numbers::{self, DecimalMark, FoundMark, MarkEvidence};
use crate::options::ReadOptions;

/// The decimal mark of each column: the mark that the caller states; otherwise the mark that its own cells show;
/// otherwise that of the other columns.
#[derive(Debug, Clone, Default)]
pub(super) struct Marks(Vec<DecimalMark>);

impl Marks {
    pub fn find(rows: &[Vec<Vec<u8>>], columns: usize, delimiter: u8, options: &ReadOptions) -> Self {
        if options.decimal_comma || options.decimal_point {
            let mark = if options.decimal_comma { DecimalMark::Comma } else { DecimalMark::Point };
            return Self(vec![mark; columns]);
        }
        let mut of_all = MarkEvidence::default();
        let mut own = vec![MarkEvidence::default(); columns];
        for (column, cell) in rows.iter().flat_map(|row| row.iter().enumerate()).filter(|(_, cell)| may_be_number(cell))
        {
            of_all.see(cell, 0, column);
            // Each of these has the evidence of one column.
            if let Some(own) = own.get_mut(column) {
                own.see(cell, 0, 0);
            }
        }
        let mark = |evidence: &MarkEvidence| match evidence.verdict(false) {
            FoundMark::Mark(mark) => Some(mark),
            FoundMark::NoMark | FoundMark::Ambiguous(_) => None,
        };
        let open = of_all.only_open().filter(|_| !of_all.may_be_on_grid());
        let by_file = || evidence_of(rows, delimiter).of_dialect(open?);
        let shared = mark(&of_all).or_else(|| of_all.majority()).or_else(by_file).unwrap_or(DecimalMark::Point);
        Self(own.iter().map(|own| mark(own).unwrap_or(shared)).collect())
    }

    /// Reads the number in a cell of a column: with the column's mark, or with the other mark if the first cannot read
    /// the cell.
    pub fn value(&self, column: usize, cell: &[u8]) -> Option<f64> {
        self.read(column, cell, numbers::price)
    }

    /// Reads a number like [`Marks::value`], with or without a unit.
    pub fn volume(&self, column: usize, cell: &[u8]) -> Option<f64> {
        self.value(column, cell).or_else(|| self.read(column, cell, numbers::volume))
    }

    fn read(&self, column: usize, cell: &[u8], read: fn(&[u8], DecimalMark) -> numbers::Cell) -> Option<f64> {
        let own = self.0.get(column).copied().unwrap_or(DecimalMark::Point);
        [own, own.other()].into_iter().find_map(|mark| match read(cell, mark) {
            numbers::Cell::Value(value) => Some(value),
            _ => None,
        })
    }
}

/// Returns the evidence in the format of the first date of each row.
fn evidence_of(rows: &[Vec<Vec<u8>>], delimiter: u8) -> DecimalMarkEvidence {
    let mut evidence = DecimalMarkEvidence::of(delimiter);
    let first_date = |row: &Vec<Vec<u8>>| row.iter().position(|cell| dates::is_date(cell, false));
    let dates = rows.iter().filter_map(|row| Some(&row[first_date(row)?]));
    dates.for_each(|cell| evidence.see_date(cell));
    evidence
}

/// Whether a cell can be a number with a mark: `31.12.2024` is a date.
fn may_be_number(cell: &[u8]) -> bool {
    let marks = cell.iter().filter(|byte| matches!(byte, b'.' | b',')).count();
    marks < 2 || !dates::is_date(cell, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(rows: &[&str], options: &ReadOptions) -> Vec<Option<f64>> {
        let rows: Vec<Vec<Vec<u8>>> =
            rows.iter().map(|row| row.split(';').map(|cell| cell.as_bytes().to_vec()).collect()).collect();
        let marks = Marks::find(&rows, rows[0].len(), b';', options);
        rows[0].iter().enumerate().map(|(column, cell)| marks.volume(column, cell)).collect()
    }

    #[test]
    fn a_column_is_read_by_its_own_mark_or_that_of_the_others() {
        let plain = ReadOptions::default();
        assert_eq!(values(&["186,730;186,30;9.999"], &plain), [Some(186.73), Some(186.3), Some(9999.0)]);
        assert_eq!(values(&["186,730;186.30"], &plain), [Some(186_730.0), Some(186.3)]);
        assert_eq!(values(&["186,730;1,5M", "186,7;2,5M"], &plain), [Some(186.73), Some(1.5e6)]);
        // A date is no evidence.
        assert_eq!(values(&["31.12.2024;186,730"], &plain)[1], Some(186_730.0));
        assert_eq!(values(&["1,5;1.234", "1,5;0.234"], &plain), [Some(1.5), Some(1.234)]);
        let comma = ReadOptions { decimal_comma: true, ..ReadOptions::default() };
        assert_eq!(values(&["186,730;1.5"], &comma), [Some(186.73), Some(1.5)]);
        let point = ReadOptions { decimal_point: true, ..ReadOptions::default() };
        assert_eq!(values(&["186,730;1,5"], &point), [Some(186_730.0), Some(1.5)]);
    }
}
