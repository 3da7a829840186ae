//! Columns that are the prices of one bar by their numbers.

use super::super::plan::Field;
use super::{Sample, mean, nearly_all};
use crate::moves::median;

impl Sample {
    /// Whether columns relate like the prices of one bar on nearly all rows: one the highest, one the lowest, these two
    /// not far apart, and the others between them.
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

    /// Four adjacent unnamed columns that are open, high, low and close by their numbers: on nearly every row the
    /// second is the highest and the third the lowest. A single column that is left is the volume, and of several the one
    /// behind the close: volumes in money, numbers of trades and shares of the volume follow it, in files of exchanges.
    pub fn bar(&self, columns: &[usize]) -> Option<Vec<(Field, usize)>> {
        let is_bar = |four: &&[usize]| self.stands_as_bar(four[1], four[2], &[four[0], four[3]]);
        let four = columns.windows(4).find(is_bar).filter(|_| self.rows.len() > 2)?;
        let bar = [Field::Open, Field::High, Field::Low, Field::Close].into_iter().zip(four.iter().copied());
        let rest: Vec<usize> = columns.iter().copied().filter(|column| !four.contains(column)).collect();
        let is_price = |column: usize| self.is_like(column, four[3]) && self.moves_as_price(column);
        let is_count = |&column: &usize| !is_price(column) && self.numbers(column).all(|number| number >= 0.0);
        // An adjusted close may stand between.
        let behind = (four[3] + 1..).take_while(|column| rest.contains(column)).find(|&column| !is_price(column));
        let volume = match rest[..] {
            [one] => Some(one),
            // Before the bar there may be a volume too.
            _ => behind.filter(|_| rest.iter().all(|&column| column > four[3])),
        };
        let volume = volume.filter(is_count);
        let shares = |money: usize| rest.iter().copied().find(|&other| self.is_traded_at(money, other, four));
        let volume = volume.map(|column| shares(column).unwrap_or(column));
        Some(bar.chain(volume.map(|column| (Field::Volume, column))).collect())
    }

    /// Whether a column over another is a price of a bar: money over shares.
    fn is_traded_at(&self, money: usize, shares: usize, bar: &[usize]) -> bool {
        const MAX_ROUNDING: f64 = 0.01;
        let rows = self.rows.iter().filter_map(|row| self.values(row, &[money, shares, bar[1], bar[2]]));
        let rows: Vec<bool> = rows
            .filter(|row| row[1] > 0.0)
            .map(|row| (row[3] * (1.0 - MAX_ROUNDING)..=row[2] * (1.0 + MAX_ROUNDING)).contains(&(row[0] / row[1])))
            .collect();
        !rows.is_empty() && nearly_all(rows.iter().filter(|traded| **traded).count(), rows.len())
    }

    /// The columns that are prices of one bar: one is always the highest and one always the lowest, never far apart,
    /// and a third moves between these two. `None` where there are no such three.
    pub fn one_bar(&self, columns: &[usize]) -> Option<Vec<usize>> {
        /// Among more columns, three series may relate like this by chance.
        const MAX_COLUMNS: usize = 24;
        /// The usual range of a bar is twice the usual daily move.
        const MAX_RANGE: f64 = 6.0;
        let rows: Vec<Vec<f64>> = self.rows.iter().filter_map(|row| self.values(row, columns)).collect();
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
        // Of series that are always in the same order the distance is many times the daily move.
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
        let (high, low, inner) = bars.max_by_key(|(.., inner)| inner.len()).filter(|(.., inner)| !inner.is_empty())?;
        let mut bar = [inner, vec![high, low]].concat();
        bar.sort_unstable();
        Some(bar.into_iter().map(|at| columns[at]).collect())
    }

    /// Whether a column has numbers of the size of another's: an adjusted close, not a volume.
    fn is_like(&self, column: usize, other: usize) -> bool {
        let pairs = self.rows.iter().filter_map(|row| Some((self.number(row, column)?, self.number(row, other)?)));
        pairs.filter(|(one, other)| (0.001..=2.0).contains(&(one / other))).count() > 0
    }
}

/// Whether the range from the second number of a row to the first is usually not many times the move from row to row.
/// Of series that are always in the same order it is.
fn is_of_days(rows: &[Vec<f64>]) -> bool {
    const MAX_RANGE: f64 = 6.0;
    let range = median(rows.iter().map(|row| row[0] - row[1]).collect());
    let moves = mean(rows.windows(2).map(|pair| (pair[1][1] - pair[0][1]).abs()));
    range.zip(moves).is_none_or(|(range, moves)| moves == 0.0 || range < MAX_RANGE * moves)
}
