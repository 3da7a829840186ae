//! What the first rows hold, column by column, where names do not say.

use super::Field;
use super::names;
use crate::prices::dates;
use crate::prices::error::{Fault, Problem};
use crate::prices::numbers::{self, DecimalMark};
use crate::prices::table::{Records, Table};
use crate::prices::text::Input;

/// How many rows are looked at.
const ROWS: usize = 100;

/// The first rows under the header.
pub(super) struct Sample {
    rows: Vec<Vec<Vec<u8>>>,
    /// Why there is not one more.
    fault: Option<Fault>,
}

impl Sample {
    pub fn take(input: &Input, table: &Table) -> Self {
        let mut records = Records::new(input.head(), table.dialect);
        let mut rows = Vec::new();
        let fault = loop {
            match records.next() {
                Ok(Some(row)) if row.line >= table.first_line => {
                    rows.push(row.cells.iter().map(<[u8]>::to_vec).collect());
                }
                Ok(Some(_)) => {}
                Ok(None) => break None,
                Err(fault) => break Some(fault),
            }
            if rows.len() == ROWS {
                break None;
            }
        };
        Self { rows, fault }
    }

    /// Why there is not one row, if there is none.
    pub fn why_empty(&mut self) -> Option<Fault> {
        self.rows.is_empty().then(|| self.fault.take().unwrap_or_else(|| Problem::NoRows.into()))
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
            let time = digits.get(..10.min(digits.len())).filter(|time| time.len() > 8)?;
            std::str::from_utf8(time).ok()?.parse::<i64>().ok()
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

    /// Whether a column's numbers may be prices: no units of volumes stand behind them.
    pub fn holds_prices(&self, column: usize) -> bool {
        self.mostly(column, numbers::is_price)
    }

    /// Whether a column has figures that cannot be read as numbers or dates, and not always the same.
    pub fn holds_riddles(&self, column: usize) -> bool {
        let known = |cell: &[u8]| numbers::is_number(cell) || dates::is_date(cell, true) || cell.contains(&b':');
        let riddle = |cell: &[u8]| numbers::is_figure(cell) && !known(cell);
        let mut cells = self.filled(column);
        let first = cells.next();
        self.mostly(column, riddle) && cells.any(|cell| Some(cell) != first)
    }

    /// Whether a column is the same power of ten in every row: the unit that a rate is for.
    pub fn is_unit(&self, column: usize) -> bool {
        const ENOUGH: usize = 3;
        let values: Vec<f64> = self.filled(column).filter_map(value).collect();
        let unit = [1.0, 10.0, 100.0, 1000.0, 10_000.0].contains(values.first().unwrap_or(&0.0));
        values.len() >= ENOUGH && unit && values.windows(2).all(|pair| pair[0] == pair[1])
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

    /// The columns that are prices of one bar: one is always the highest and one always the lowest of them, never
    /// far apart, and a third goes to and fro between these two. Nothing where there are no such three.
    pub fn one_bar(&self, columns: &[usize]) -> Option<Vec<usize>> {
        /// More columns than this are those of many series, of which three may stand so by chance.
        const MOST: usize = 24;
        let rows: Vec<Vec<f64>> = self.rows.iter().filter_map(|row| values(row, columns)).collect();
        let places = 0..columns.len();
        let near = |high: usize, low: usize| {
            high != low && rows.iter().all(|row| row[low] > 0.0 && row[high] >= row[low] && row[high] / row[low] < 1.25)
        };
        let within = |at: usize, high: usize, low: usize| {
            let depth = |row: &Vec<f64>| (row[at] - row[low]) / (row[high] - row[low]);
            let depths: Vec<f64> = rows.iter().map(depth).filter(|depth| !depth.is_nan()).collect();
            let (least, most) = depths.iter().fold((1.0_f64, 0.0_f64), |(l, m), &d| (l.min(d), m.max(d)));
            depths.iter().all(|depth| (0.0..=1.0).contains(depth)) && most - least > 0.3
        };
        if rows.len() < 3 || !(3..=MOST).contains(&columns.len()) {
            return None;
        }
        let pairs = places.clone().flat_map(|high| places.clone().map(move |low| (high, low)));
        let bars = pairs.filter(|&(high, low)| near(high, low)).map(|(high, low)| {
            let inner = places.clone().filter(|&at| at != high && at != low && within(at, high, low));
            (high, low, inner.collect::<Vec<_>>())
        });
        let (high, low, inner) = bars.max_by_key(|(.., inner)| inner.len()).filter(|(.., inner)| !inner.is_empty())?;
        let mut bar = [inner, vec![high, low]].concat();
        bar.sort_unstable();
        Some(bar.into_iter().map(|at| columns[at]).collect())
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
