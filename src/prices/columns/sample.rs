//! What the first rows hold, column by column, where names do not say.

use super::Field;
use super::names;
use crate::prices::dates;
use crate::prices::numbers::{self, DecimalMark};
use crate::prices::table::{Records, Table};
use crate::prices::text::Input;

/// How many rows are looked at.
const ROWS: usize = 100;

/// The first rows under the header.
pub(super) struct Sample {
    rows: Vec<Vec<Vec<u8>>>,
}

impl Sample {
    pub fn take(input: &Input, table: &Table) -> Self {
        let mut records = Records::new(input.head(), table.dialect);
        let mut rows = Vec::new();
        while let Ok(Some(row)) = records.next() {
            if row.line >= table.first_line {
                rows.push(row.cells.iter().map(<[u8]>::to_vec).collect());
            }
            if rows.len() == ROWS {
                break;
            }
        }
        Self { rows }
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The cells of a column that hold something.
    fn filled(&self, column: usize) -> impl Iterator<Item = &[u8]> + Clone {
        let cells = self.rows.iter().filter_map(move |row| row.get(column));
        cells.map(Vec::as_slice).filter(|cell| !numbers::is_missing(cell))
    }

    pub fn is_blank(&self, column: usize) -> bool {
        self.filled(column).next().is_none()
    }

    /// Whether more than half of a column passes a test.
    fn mostly(&self, column: usize, test: impl Fn(&[u8]) -> bool) -> bool {
        let (mut passed, mut all) = (0, 0);
        for cell in self.filled(column) {
            all += 1;
            passed += usize::from(test(cell));
        }
        2 * passed > all
    }

    /// Whether a column whose name says date has dates.
    pub fn holds_dates(&self, column: usize) -> bool {
        self.mostly(column, |cell| dates::is_date(cell, true))
    }

    /// Whether a column whose name says nothing has dates: bare numbers would have to be the same
    /// time of every day.
    pub fn holds_only_dates(&self, column: usize) -> bool {
        self.mostly(column, |cell| dates::is_date(cell, false))
            || (self.holds_dates(column) && self.is_one_time_of_day(column))
    }

    fn is_one_time_of_day(&self, column: usize) -> bool {
        let seconds = |cell: &[u8]| {
            let digits = cell.split(|&byte| byte == b'.').next()?;
            std::str::from_utf8(digits.get(..10.min(digits.len()))?).ok()?.parse::<i64>().ok()
        };
        let mut times: Vec<i64> = self.filled(column).filter_map(seconds).map(|time| time % 86_400).collect();
        times.sort_unstable();
        times.dedup();
        // Two of them where clocks are changed in summer.
        (1..=2).contains(&times.len())
    }

    pub fn holds_numbers(&self, column: usize) -> bool {
        self.mostly(column, numbers::is_number)
    }

    pub fn holds_words(&self, column: usize) -> bool {
        let letters = |cell: &[u8]| String::from_utf8_lossy(cell).chars().any(char::is_alphabetic);
        self.mostly(column, |cell| letters(cell) && !numbers::is_number(cell) && !dates::is_date(cell, true))
    }

    /// Whether a column numbers the rows.
    pub fn counts_rows(&self, column: usize, table: &Table) -> bool {
        const COUNTERS: [&str; 9] = ["", "index", "no", "nr", "id", "row", "rank", "번호", "序号"];
        let name = names::normal(&table.names[column]);
        let counter = COUNTERS.contains(&name.as_str()) || name.starts_with("unnamed");
        let values: Vec<f64> = self.filled(column).filter_map(value).collect();
        let by_one = |step: f64| values.windows(2).all(|pair| pair[1] - pair[0] == step);
        counter && table.header.is_some() && (by_one(1.0) || by_one(-1.0))
    }

    /// Open, high, low and close (and a volume behind them) among columns without names, if the
    /// numbers are so: in every row the second is the highest and the third the lowest.
    pub fn bar(&self, columns: &[usize]) -> Option<Vec<(Field, usize)>> {
        let &[open, high, low, close, ref rest @ ..] = columns else {
            return None;
        };
        let fits = |row: &Vec<Vec<u8>>| {
            let values = [open, high, low, close].map(|column| row.get(column).and_then(|cell| value(cell)));
            match values {
                [Some(open), Some(high), Some(low), Some(close)] => {
                    high >= open.max(close).max(low) && low <= open.min(close)
                }
                _ => true,
            }
        };
        if self.rows.len() < 3 || !self.rows.iter().all(fits) {
            return None;
        }
        let fields = [Field::Close, Field::Open, Field::High, Field::Low];
        let volume = rest.first().filter(|&&column| rest.len() == 1 && !self.is_like(column, close));
        let bar = fields.into_iter().zip([close, open, high, low]);
        Some(bar.chain(volume.map(|&column| (Field::Volume, column))).collect())
    }

    /// Whether columns are the prices of one bar: one is always the highest, one always the lowest, and
    /// these two are never far apart.
    pub fn is_one_bar(&self, columns: &[usize]) -> bool {
        let rows: Vec<Vec<f64>> = self.rows.iter().filter_map(|row| values(row, columns)).collect();
        let always = |at: usize, extreme: fn(f64, f64) -> f64| {
            rows.iter().all(|row| row.iter().all(|&other| extreme(row[at], other) == row[at]))
        };
        let places = || 0..columns.len();
        let close = |high: usize, low: usize| rows.iter().all(|row| row[low] > 0.0 && row[high] / row[low] < 1.25);
        let mut highs = places().filter(|&at| always(at, f64::max));
        let low = places().find(|&at| always(at, f64::min));
        rows.len() >= 3 && columns.len() >= 3 && highs.any(|high| low.is_some_and(|low| close(high, low)))
    }

    /// Whether a column's numbers lie between those of two others, row by row.
    pub fn is_between(&self, column: usize, low: usize, high: usize) -> bool {
        let rows = self.rows.iter().filter_map(|row| values(row, &[low, column, high]));
        let rows: Vec<bool> = rows.map(|row| row.is_sorted()).collect();
        !rows.is_empty() && rows.into_iter().all(|between| between)
    }

    /// Whether the dates of two columns are the same days.
    pub fn same_days(&self, one: usize, other: usize) -> bool {
        let day = |row: &Vec<Vec<u8>>, column: usize| dates::bare_day(row.get(column)?);
        self.rows.iter().all(|row| day(row, one) == day(row, other))
    }

    /// Whether a column has numbers of the size of another's: an adjusted close and no volume.
    fn is_like(&self, column: usize, other: usize) -> bool {
        let pairs = self.rows.iter().filter_map(|row| Some((value(row.get(column)?)?, value(row.get(other)?)?)));
        pairs.filter(|(one, other)| (0.001..=2.0).contains(&(one / other))).count() > 0
    }
}

/// The numbers in some columns of a row, if all of them are numbers.
fn values(row: &[Vec<u8>], columns: &[usize]) -> Option<Vec<f64>> {
    columns.iter().map(|&column| value(row.get(column)?)).collect()
}

/// A cell's number under the mark that makes one of it.
fn value(cell: &[u8]) -> Option<f64> {
    [DecimalMark::Point, DecimalMark::Comma].into_iter().find_map(|mark| match numbers::price(cell, mark) {
        numbers::Cell::Value(value) => Some(value),
        _ => None,
    })
}
