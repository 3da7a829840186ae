//! Cells of a table that holds no prices, such as a table of forecasts. The delimiter and the formats of days and
//! numbers are decided as in price files.

use std::fmt;

use jiff::civil::Date;

use super::dates::{DateEvidence, DateForm, DateSense, FoundForm};
use super::numbers::{self, Cell, DecimalMark, FoundMark, MarkEvidence};
use super::options::ReadOptions;
use super::table::delimiter_of;

/// Returns the delimiter of a text.
pub fn delimiter(head: &[u8]) -> u8 {
    delimiter_of(head)
}

/// Whether a cell is empty, or a marker of a missing value such as `NaN`.
pub fn is_missing(cell: &str) -> bool {
    numbers::is_missing(cell.as_bytes())
}

/// The days and numbers of a table seen so far.
#[derive(Debug, Clone, Default)]
pub struct CellEvidence {
    days: DateEvidence,
    numbers: MarkEvidence,
}

/// The formats of the days and numbers of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct CellForms {
    date: DateForm,
    /// The pattern of the days: `YYYY-MM-DD`.
    pub pattern: String,
    /// The decimal mark.
    pub mark: DecimalMark,
}

/// A cell that can be read in two ways, and no other cell is evidence.
#[derive(Debug, Clone, PartialEq)]
pub struct AmbiguousCell {
    /// The line of the cell.
    pub line: usize,
    /// Whether the cell is a number; otherwise it is a day.
    pub is_number: bool,
    found: String,
    readings: Vec<String>,
}

impl fmt::Display for AmbiguousCell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}' may be {}, and no other row decides", self.found, self.readings.join(" or "))
    }
}

impl CellEvidence {
    /// Takes a day into account.
    pub fn see_day(&mut self, cell: &str, line: usize) {
        self.days.see(cell.as_bytes(), line);
    }

    /// Takes a number of a column into account.
    pub fn see_number(&mut self, cell: &str, line: usize, column: usize) {
        self.numbers.see(cell.as_bytes(), line, column);
    }

    /// Returns the formats, for a table with this delimiter. If the numbers can have either decimal mark, the mark of
    /// the options decides; it is not used otherwise, because the options describe price files, which can be written
    /// differently. Without it, the mark is the one with which the first such cell is near `usual` of its line, that
    /// is, near the size that the number should have.
    ///
    /// # Errors
    /// If the formats are ambiguous.
    pub fn forms(
        &self,
        delimiter: u8,
        options: &ReadOptions,
        usual: impl FnOnce(usize) -> Option<f64>,
    ) -> Result<CellForms, AmbiguousCell> {
        let date = self.date_form(options)?;
        let mark = match self.numbers.verdict(delimiter == b',') {
            FoundMark::Mark(mark) => mark,
            FoundMark::NoMark => DecimalMark::Point,
            FoundMark::Ambiguous(_) if options.decimal_comma => DecimalMark::Comma,
            FoundMark::Ambiguous(_) if options.decimal_point => DecimalMark::Point,
            FoundMark::Ambiguous(open) => {
                match usual(open.line).and_then(|usual| mark_near(open.cell.as_bytes(), usual)) {
                    Some(mark) => mark,
                    None => {
                        let readings = MARKS.map(|mark| numbers::show(open.cell.as_bytes(), mark)).to_vec();
                        return Err(AmbiguousCell { line: open.line, is_number: true, found: open.cell, readings });
                    }
                }
            }
        };
        let pattern = self.days.sample(date).map_or_else(|| ISO.to_owned(), |sample| date.shape.pattern(sample));
        Ok(CellForms { date, pattern, mark })
    }

    fn date_form(&self, options: &ReadOptions) -> Result<DateForm, AmbiguousCell> {
        let days = self.days.clone().with_today(options.today);
        // No order of the options can read days such as 2024-01-31 in another way.
        if let Some(FoundForm::Form(form)) = options.date_order.map(|order| days.verdict(Some(order))) {
            return Ok(form);
        }
        let open = match days.verdict(None) {
            FoundForm::Form(form) => return Ok(form),
            FoundForm::NoDate => return Ok(DateForm::ISO),
            FoundForm::Ambiguous(open) => open,
        };
        let reading = |(sense, day): &(DateSense, Date)| format!("{day} ({sense})");
        let readings = open.readings.iter().map(reading).collect();
        Err(AmbiguousCell { line: open.line, is_number: false, found: open.cell, readings })
    }
}

const MARKS: [DecimalMark; 2] = [DecimalMark::Point, DecimalMark::Comma];

/// Returns the mark with which a number is near another: its two readings differ by a factor of a thousand.
fn mark_near(cell: &[u8], usual: f64) -> Option<DecimalMark> {
    const NEAR: f64 = 30.0;
    let is_near = |mark: &DecimalMark| match numbers::price(cell, *mark) {
        Cell::Value(value) => (value / usual).ln().abs() < NEAR.ln(),
        Cell::Missing | Cell::Infinite | Cell::Bad => false,
    };
    MARKS.into_iter().find(is_near)
}

/// The pattern of days like `2024-01-31`.
const ISO: &str = "YYYY-MM-DD";

impl CellForms {
    /// Returns the day in a cell, with or without a time of day.
    pub fn day(&self, cell: &str) -> Option<Date> {
        self.date.parse(cell.as_bytes())
    }

    /// Whether days are written like `2024-01-31`.
    pub fn is_iso(&self) -> bool {
        self.pattern.starts_with(ISO)
    }

    /// Returns the finite number in a cell.
    pub fn number(&self, cell: &str) -> Option<f64> {
        match numbers::price(cell.as_bytes(), self.mark) {
            Cell::Value(value) => Some(value),
            Cell::Missing | Cell::Infinite | Cell::Bad => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DateOrder;
    use jiff::civil::date;

    fn forms(days: &[&str], numbers: &[&str], delimiter: u8) -> Result<CellForms, AmbiguousCell> {
        forms_as(days, numbers, delimiter, &ReadOptions::default())
    }

    fn forms_as(
        days: &[&str],
        numbers: &[&str],
        delimiter: u8,
        options: &ReadOptions,
    ) -> Result<CellForms, AmbiguousCell> {
        let mut evidence = CellEvidence::default();
        days.iter().zip(2..).for_each(|(cell, line)| evidence.see_day(cell, line));
        numbers.iter().zip(2..).for_each(|(cell, line)| evidence.see_number(cell, line, 1));
        evidence.forms(delimiter, options, |_| None)
    }

    #[test]
    fn a_usual_value_decides_between_decimal_marks() {
        let mark = |cell: &str, usual: f64| {
            let mut evidence = CellEvidence::default();
            evidence.see_number(cell, 2, 1);
            evidence
                .forms(b';', &ReadOptions::default(), |line| Some(usual).filter(|_| line == 2))
                .map(|forms| forms.mark)
        };
        assert_eq!(mark("1,161", 1.2), Ok(DecimalMark::Comma));
        assert_eq!(mark("1,161", 900.0), Ok(DecimalMark::Point));
        assert_eq!(mark("1.161", 1.2), Ok(DecimalMark::Point));
        assert_eq!(mark("40.983", 41_000.0), Ok(DecimalMark::Comma));
        assert_eq!(mark("40.98", 41_000.0), Ok(DecimalMark::Point), "as it is written");
        assert!(mark("1,161", 1e6).is_err());
    }

    #[test]
    fn options_decide_where_cells_do_not() {
        let (days, comma) = (["04/05/2024"], ReadOptions { decimal_comma: true, ..ReadOptions::default() });
        assert!(forms(&[], &["1.234"], b';').unwrap_err().is_number);
        let mark = |cell, options: &ReadOptions| forms_as(&[], &[cell], b';', options).unwrap().mark;
        assert_eq!(mark("1.234", &comma), DecimalMark::Comma);
        assert_eq!(mark("1.2345", &comma), DecimalMark::Point);
        assert_eq!(mark("1.234", &ReadOptions { decimal_point: true, ..ReadOptions::default() }), DecimalMark::Point);
        assert!(!forms(&days, &[], b',').unwrap_err().is_number);
        let dmy = ReadOptions { date_order: Some(DateOrder::Dmy), ..ReadOptions::default() };
        let form = |day: &str| forms_as(&[day], &[], b',', &dmy).unwrap().day(day);
        assert_eq!((form(days[0]), form("2024-05-04")), (Some(date(2024, 5, 4)), Some(date(2024, 5, 4))));
        // The order of the options takes precedence over the likelier one: the days of some dates in one month are
        // their first numbers.
        let january = ["01/03/2024", "01/04/2024", "01/05/2024", "01/08/2024", "01/09/2024", "01/10/2024"];
        let read = forms_as(&january, &[], b',', &dmy).unwrap();
        assert_eq!(read.day(january[0]), Some(date(2024, 3, 1)));
    }

    #[test]
    fn forms_are_those_of_price_files() {
        let german = forms(&["30.01.2024", "31.01.2024"], &["101,5", "99,25"], b';').unwrap();
        assert_eq!((german.day("01.02.2024"), german.number("1.101,5")), (Some(date(2024, 2, 1)), Some(1101.5)));
        assert_eq!((&*german.pattern, german.mark), ("DD.MM.YYYY", DecimalMark::Comma));
        let iso = forms(&["2024-01-30"], &["101.5"], b',').unwrap();
        assert_eq!((iso.day("2024-01-31 00:00:00"), iso.is_iso()), (Some(date(2024, 1, 31)), true));
        assert_eq!((iso.number("nan"), iso.number("inf"), iso.number("x")), (None, None, None));
        let open = forms(&["04/05/2024"], &[], b',').unwrap_err();
        assert_eq!((open.line, open.to_string().starts_with("'04/05/2024' may be 2024-0")), (2, true), "{open}");
        assert!(is_missing("") && is_missing("NaN") && !is_missing("1"));
        assert_eq!(delimiter(b"date;forecast\n30.01.2024;101,5\n31.01.2024;102,5\n"), b';');
        assert_eq!(delimiter(b"date,forecast\n2024-01-03,1\n"), b',');
    }
}
