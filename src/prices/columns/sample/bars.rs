//! Recognises columns that are the prices of one bar by their numbers.

use super::super::plan::Field;
use super::order::{Ordered, Step};
use super::{Sample, mean, nearly_all};
use crate::moves::median;

/// The columns of a bar without names.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::columns) struct UnnamedBar {
    pub fields: Vec<(Field, usize)>,
    /// Other columns that can be the close.
    pub or_close: Vec<usize>,
}

impl Sample {
    /// Whether columns relate like the prices of one bar on nearly all rows: `high` is the highest, `low` the lowest,
    /// the two are not far apart, and the others lie between them.
    pub fn stands_as_bar(&self, high: usize, low: usize, inner: &[usize]) -> bool {
        const MAX_RATIO: f64 = 2.0;
        const MAX_ROUNDING: f64 = 1e-3;
        let columns = [&[high, low], inner].concat();
        let rows = self.rows.iter().filter_map(|row| self.values(row, &columns));
        let rows: Vec<Vec<f64>> = rows.filter(|row| row.iter().all(|price| *price > 0.0)).collect();
        let stands = |row: &&Vec<f64>| {
            let (high, low) = (row[0] * (1.0 + MAX_ROUNDING), row[1] * (1.0 - MAX_ROUNDING));
            row[1] <= row[0]
                && row[0] <= MAX_RATIO * row[1]
                && row[2..].iter().all(|price| (low..=high).contains(price))
        };
        !rows.is_empty() && nearly_all(rows.iter().filter(stands).count(), rows.len()) && is_of_days(&rows)
    }

    /// Whether a column is the low of a bar without a high, or the high of a bar without a low: on nearly all rows it
    /// is at or beyond the others, and as near to them as prices of one day are.
    pub fn ends_bar(&self, end: usize, inner: &[usize], is_low: bool) -> bool {
        let columns = [&[end], inner].concat();
        let rows = self.rows.iter().filter_map(|row| self.values(row, &columns));
        let is_end =
            |row: &Vec<f64>| row[1..].iter().all(|price| if is_low { row[0] <= *price } else { row[0] >= *price });
        let rows: Vec<bool> = rows.map(|row| is_end(&row)).collect();
        let are_near = inner.iter().all(|&column| self.is_near(column, end));
        !rows.is_empty() && are_near && nearly_all(rows.iter().filter(|is_end| **is_end).count(), rows.len())
    }

    /// Returns the unnamed columns that are open, high, low and close by their numbers, and the volume beside them.
    /// Four adjacent columns are such a bar if, on nearly all rows, the second is the highest and the third the lowest.
    /// Columns in another order are a bar only if the preceding rows distinguish open and close.
    pub fn bar(&self, columns: &[usize], steps: &[Step]) -> Option<UnnamedBar> {
        let is_bar = |four: &&[usize]| self.stands_as_bar(four[1], four[2], &[four[0], four[3]]);
        let four = columns.windows(4).find(is_bar).filter(|_| self.rows.len() > 2);
        let (ends, Ordered { open, close, or_close }) = match four {
            Some(&[first, high, low, last]) => {
                let rest: Vec<usize> =
                    columns.iter().copied().filter(|column| ![first, high, low, last].contains(column)).collect();
                ([high, low], self.in_usual_order([first, high, low, last], &rest, steps))
            }
            _ => self.in_any_order(columns, steps)?,
        };
        let [high, low] = ends;
        let bar = [open, high, low, close];
        let beside: Vec<usize> = columns.iter().copied().filter(|column| !bar.contains(column)).collect();
        let volume = self.unnamed_volume(bar, &beside).map(|column| (Field::Volume, column));
        let fields = [Field::Open, Field::High, Field::Low, Field::Close].into_iter().zip(bar);
        Some(UnnamedBar { fields: fields.chain(volume).collect(), or_close })
    }

    /// Returns the columns of a bar, the likeliest close first: the close is neither the highest nor the lowest, and in
    /// most files it stands behind the open.
    pub fn likely_closes(&self, bar: &[usize]) -> Vec<usize> {
        let level = |column: usize| mean(self.numbers(column)).unwrap_or_default();
        let high = bar.iter().copied().max_by(|&one, &other| level(one).total_cmp(&level(other)));
        let low = bar.iter().copied().min_by(|&one, &other| level(one).total_cmp(&level(other)));
        let is_end = |column: &usize| Some(*column) == high || Some(*column) == low;
        let (ends, inner): (Vec<usize>, Vec<usize>) = bar.iter().copied().partition(is_end);
        inner.into_iter().rev().chain(ends).collect()
    }

    /// Returns the columns that are prices of one bar: one is always the highest, one always the lowest, the two are
    /// never far apart, and a third moves between them. `None` if there are no such three columns.
    pub fn one_bar(&self, columns: &[usize]) -> Option<Vec<usize>> {
        /// Among more columns, three series can relate like this by chance.
        const MAX_COLUMNS: usize = 24;
        /// The usual range of a bar is twice the usual daily move.
        const MAX_RANGE: f64 = 6.0;
        // A series that ends or starts within the rows would leave only a few of them, on which other columns could
        // look like a bar.
        let columns: Vec<usize> = columns.iter().copied().filter(|&column| self.is_mostly_filled(column)).collect();
        let rows: Vec<Vec<f64>> = self.rows.iter().filter_map(|row| self.values(row, &columns)).collect();
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
        if rows.len() < 3 || !(3..=MAX_COLUMNS).contains(&columns.len()) {
            return None;
        }
        let moves = |at: usize| mean(rows.windows(2).map(|pair| (pair[1][at] - pair[0][at]).abs()));
        // For series that are always in the same order, the distance is many times the daily move.
        let moves_across = |at: usize, high: usize, low: usize| {
            let range = mean(rows.iter().map(|row| row[high] - row[low]));
            range.zip(moves(at)).is_none_or(|(range, moves)| range < MAX_RANGE * moves)
        };
        let pairs = places.clone().flat_map(|high| places.clone().map(move |low| (high, low)));
        let bars = pairs.filter(|&(high, low)| near(high, low)).map(|(high, low)| {
            let inner = places
                .clone()
                .filter(|&at| at != high && at != low && within(at, high, low) && moves_across(at, high, low));
            (high, low, inner.collect::<Vec<_>>())
        });
        // On few rows, a high can look like a price within the range of two other columns: the bar has the widest
        // range.
        let width = |&(high, low, _): &(usize, usize, Vec<usize>)| {
            mean(rows.iter().map(|row| row[high] / row[low])).unwrap_or_default()
        };
        let order = |one: &(usize, usize, Vec<usize>), other: &(usize, usize, Vec<usize>)| {
            one.2.len().cmp(&other.2.len()).then(width(one).total_cmp(&width(other)))
        };
        let (high, low, inner) = bars.max_by(order).filter(|(.., inner)| !inner.is_empty())?;
        let is_between = |at: usize| rows.iter().all(|row| (row[low]..=row[high]).contains(&row[at]));
        let others = places.filter(|at| ![high, low].contains(at) && !inner.contains(at));
        let others: Vec<usize> = others.filter(|&at| is_between(at) && moves_across(at, high, low)).collect();
        let mut bar = [inner, others, vec![high, low]].concat();
        bar.sort_unstable();
        Some(bar.into_iter().map(|at| columns[at]).collect())
    }
}

/// Whether the range from the second number of a row to the first is usually less than a multiple of the move from row
/// to row. For series that are always in the same order it is not.
fn is_of_days(rows: &[Vec<f64>]) -> bool {
    const MAX_RANGE: f64 = 6.0;
    let range = median(rows.iter().map(|row| row[0] - row[1]).collect());
    let moves = mean(rows.windows(2).map(|pair| (pair[1][1] - pair[0][1]).abs()));
    range.zip(moves).is_none_or(|(range, moves)| moves == 0.0 || range < MAX_RANGE * moves)
}
