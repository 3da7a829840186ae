//! How columns relate to each other: prices of one day, counts, and products of a price and a count.

use super::{Sample, mean, nearly_all};
use crate::moves::{median, tick};

impl Sample {
    /// Whether the prices of two columns differ by at most a factor of `MAX_RATIO` on nearly all rows.
    pub fn is_in_reach(&self, column: usize, other: usize) -> bool {
        const MAX_RATIO: f64 = 5.0;
        let pairs = self.rows.iter().filter_map(|row| self.values(row, &[column, other]));
        let pairs: Vec<bool> = pairs
            .filter(|pair| pair.iter().all(|price| *price > 0.0))
            .map(|pair| (1.0 / MAX_RATIO..=MAX_RATIO).contains(&(pair[0] / pair[1])))
            .collect();
        nearly_all(pairs.iter().filter(|near| **near).count(), pairs.len())
    }

    /// Whether two columns differ as prices of one day do, by a few times the usual daily move, rather than as two
    /// series.
    pub fn is_near(&self, column: usize, other: usize) -> bool {
        const MAX_DISTANCE: f64 = 4.0;
        let rows: Vec<Vec<f64>> = self.rows.iter().filter_map(|row| self.values(row, &[column, other])).collect();
        let distance = median(rows.iter().map(|row| (row[0] - row[1]).abs()).collect());
        let moves = mean(rows.windows(2).map(|pair| (pair[1][1] - pair[0][1]).abs()));
        distance.zip(moves).is_none_or(|(distance, moves)| distance <= MAX_DISTANCE * moves)
    }

    /// Whether the numbers of a column lie between those of two others on nearly all rows; either of the two can be the
    /// larger.
    pub fn is_within(&self, column: usize, [one, other]: [usize; 2]) -> bool {
        let rows = self.rows.iter().filter_map(|row| self.values(row, &[column, one, other]));
        let rows: Vec<bool> = rows.map(|row| (row[1].min(row[2])..=row[1].max(row[2])).contains(&row[0])).collect();
        !rows.is_empty() && nearly_all(rows.iter().filter(|within| **within).count(), rows.len())
    }

    /// Whether a column is the mean of two others, up to rounding, on nearly all rows, and one of the two is on no row the
    /// smaller.
    pub fn is_mean(&self, column: usize, [one, other]: [usize; 2]) -> bool {
        const MIN_ROWS: usize = 5;
        let rows: Vec<Vec<f64>> = self.rows.iter().filter_map(|row| self.values(row, &[column, one, other])).collect();
        let unit = tick(&rows.iter().map(|row| row[0]).collect::<Vec<_>>());
        let is_mean = |row: &&Vec<f64>| {
            let spread = row[1] - row[2];
            let is_small = (row[0] - row[2] - spread / 2.0).abs() <= unit.min(0.2 * spread.abs()) * (1.0 + 1e-6);
            spread != 0.0 && is_small
        };
        let found = rows.iter().filter(is_mean).count();
        let is_one_larger = rows.iter().all(|row| row[1] >= row[2]) || rows.iter().all(|row| row[1] <= row[2]);
        rows.len() >= MIN_ROWS && nearly_all(found, rows.len()) && is_one_larger
    }

    /// Whether a column holds positive numbers that change on few rows, like the units of a fund that are held.
    pub fn is_held(&self, column: usize) -> bool {
        const MIN_ROWS: usize = 20;
        const MIN_ROWS_PER_CHANGE: usize = 5;
        let filled = self.kinds[column].filled;
        let is_rare = || MIN_ROWS_PER_CHANGE * self.changes(column) <= filled;
        filled >= MIN_ROWS && is_rare() && self.numbers(column).all(|value| value > 0.0 && value != 1.0)
    }

    /// Whether a column is the product of a price and a number of units, up to the rounding of the three, on nearly all
    /// rows.
    pub fn is_value_of(&self, value: usize, price: usize, units: usize) -> bool {
        const MIN_ROWS: usize = 20;
        let rows: Vec<Vec<f64>> = self.rows.iter().filter_map(|row| self.values(row, &[value, price, units])).collect();
        let half = |at: usize| 0.5 * tick(&rows.iter().map(|row| row[at]).collect::<Vec<_>>());
        // Whole units are exact.
        let of_units = if rows.iter().all(|row| row[2].fract() == 0.0) { 0.0 } else { half(2) };
        let (of_value, of_price) = (half(0), half(1));
        let is_product = |row: &&Vec<f64>| {
            let rounding = of_value + of_price * row[2] + of_units * row[1];
            (row[0] - row[1] * row[2]).abs() <= (rounding * (1.0 + 1e-6)).min(0.01 * row[0].abs())
        };
        rows.len() >= MIN_ROWS && nearly_all(rows.iter().filter(is_product).count(), rows.len())
    }

    /// Whether a column equals another on nearly all rows.
    pub fn is_copy(&self, column: usize, other: usize) -> bool {
        let rows: Vec<Vec<f64>> = self.rows.iter().filter_map(|row| self.values(row, &[column, other])).collect();
        nearly_all(rows.iter().filter(|row| row[0] == row[1]).count(), rows.len())
    }

    /// Whether a column repeats another, or is its multiple by a factor that changes rarely, like an adjusted price.
    pub(super) fn is_copy_or_adjusted(&self, column: usize, other: usize) -> bool {
        let rows = self.rows[..self.first].iter().filter_map(|row| self.values(row, &[column, other]));
        let rows: Vec<Vec<f64>> = rows.filter(|row| row.iter().all(|value| *value > 0.0)).collect();
        let tick = |at: usize| tick(&rows.iter().map(|row| row[at]).collect::<Vec<_>>());
        let ticks = [tick(0), tick(1)];
        let is_kept = |pair: &&[Vec<f64>]| {
            let ratio = |row: &[f64]| (row[0] / row[1]).ln();
            (ratio(&pair[1]) - ratio(&pair[0])).abs() <= ticks[0] / pair[1][0] + ticks[1] / pair[1][1]
        };
        let kept = rows.windows(2).filter(is_kept).count();
        let [above, below] = [|row: &&Vec<f64>| row[0] > row[1], |row: &&Vec<f64>| row[0] < row[1]]
            .map(|is_so| rows.iter().filter(is_so).count());
        let pairs = rows.len().saturating_sub(1);
        pairs > 0 && (kept + 1 == pairs || nearly_all(kept, pairs)) && (above == 0 || below == 0)
    }

    /// Whether the distance of two columns is new in each row, like that of a high from its close. The distance of two
    /// series persists. Few rows do not decide.
    pub fn has_new_distance(&self, column: usize, other: usize) -> bool {
        const MIN_ROWS: usize = 12;
        const MIN_RATIO: f64 = 0.5;
        let rows = self.rows[..self.first].iter().filter_map(|row| self.values(row, &[column, other]));
        let apart: Vec<f64> = rows.map(|row| row[0] - row[1]).collect();
        let changes = mean(apart.windows(2).map(|pair| (pair[1] - pair[0]).abs()));
        let sizes = mean(apart.iter().map(|apart| apart.abs()));
        apart.len() < MIN_ROWS || changes.zip(sizes).is_some_and(|(change, size)| change >= MIN_RATIO * size)
    }

    /// Whether a column is the adjusted close of a close: its multiple by a factor that changes rarely, or within its
    /// reach and equal to it in the newest row.
    pub fn is_adjusted_beside(&self, column: usize, close: usize) -> bool {
        let rows = &self.rows[..self.first];
        let is_same = |row: &Vec<Vec<u8>>| self.values(row, &[column, close]).is_some_and(|pair| pair[0] == pair[1]);
        let ends_alike = || [rows.first(), rows.last()].into_iter().flatten().any(is_same);
        self.is_copy_or_adjusted(column, close) || self.is_in_reach(column, close) && ends_alike()
    }

    /// Returns the correlation of the moves of two columns from row to row.
    pub fn correlation(&self, column: usize, other: usize) -> Option<f64> {
        const MIN_ROWS: usize = 10;
        let rows = self.rows[..self.first].iter().filter_map(|row| self.values(row, &[column, other]));
        let rows: Vec<Vec<f64>> = rows.filter(|row| row.iter().all(|value| *value > 0.0)).collect();
        let moves = |at: usize| rows.windows(2).map(move |pair| (pair[1][at] / pair[0][at]).ln());
        let product =
            |one: usize, other: usize| moves(one).zip(moves(other)).map(|(one, other)| one * other).sum::<f64>();
        let found = product(0, 1) / (product(0, 0) * product(1, 1)).sqrt();
        (rows.len() >= MIN_ROWS && found.is_finite()).then_some(found)
    }

    /// Whether a column is about in proportion to another that is not larger: the usual move of their ratio is less
    /// than half of the column's own, and as small as that of a price.
    pub fn is_about_in_proportion(&self, column: usize, other: usize) -> bool {
        const MIN_ROWS: usize = 5;
        const MAX_USUAL_MOVE: f64 = 0.2;
        let rows = self.rows[..self.first].iter().filter_map(|row| {
            let [one, other] = [column, other].map(|column| self.volume(row, column));
            Some((one?, other?)).filter(|(one, other)| *one > 0.0 && *other > 0.0)
        });
        let rows: Vec<(f64, f64)> = rows.collect();
        let usual = |of: &dyn Fn(&(f64, f64)) -> f64| {
            median(rows.windows(2).map(|pair| (of(&pair[1]) / of(&pair[0])).ln().abs()).collect()).unwrap_or(0.0)
        };
        let (own, of_ratio) = (usual(&|pair| pair.0), usual(&|pair| pair.0 / pair.1));
        let is_larger = nearly_all(rows.iter().filter(|(one, other)| one >= other).count(), rows.len());
        rows.len() >= MIN_ROWS && is_larger && of_ratio < MAX_USUAL_MOVE && 2.0 * of_ratio < own
    }

    /// Whether the prices of two columns are usually no farther apart than a price moves within two days, like prices
    /// of one day.
    pub fn is_of_one_day(&self, column: usize, other: usize) -> bool {
        const MAX_DISTANCE: f64 = 2.0;
        let rows: Vec<Vec<f64>> = self.rows.iter().filter_map(|row| self.values(row, &[column, other])).collect();
        let distance = median(rows.iter().map(|row| (row[0] - row[1]).abs()).collect());
        let moves = mean(rows.windows(2).map(|pair| (pair[1][1] - pair[0][1]).abs()));
        distance.zip(moves).is_none_or(|(distance, moves)| distance <= MAX_DISTANCE * moves)
    }

    /// Whether a column holds large whole numbers that move more than prices do, beside a column that moves like a
    /// price.
    pub fn is_count_beside(&self, column: usize, price: usize) -> bool {
        const MIN_VALUES: usize = 20;
        /// The minimum ratio of a count to the price.
        const MIN_TIMES_PRICE: f64 = 100.0;
        /// The usual moves of a count (at least) and of a price (at most).
        const USUAL_MOVES: (f64, f64) = (0.1, 0.05);
        let usual = |column: usize| {
            let values: Vec<f64> = self.rows[..self.first].iter().filter_map(|row| self.number(row, column)).collect();
            let moves = values.windows(2).map(|pair| (pair[1] / pair[0]).ln().abs()).filter(|size| size.is_finite());
            median(moves.collect()).filter(|_| values.len() >= MIN_VALUES)
        };
        let is_large =
            || self.middle(column).zip(self.middle(price)).is_some_and(|(one, other)| one > MIN_TIMES_PRICE * other);
        !self.holds_fractions(column)
            && is_large()
            && usual(column).is_some_and(|usual| usual > USUAL_MOVES.0)
            && usual(price).is_some_and(|usual| usual > 0.0 && usual < USUAL_MOVES.1)
    }

    /// Returns three columns of which the first is the product of the second, a price, and the third, a count, on
    /// nearly all rows. Averages are rounded, and counts can be in thousands. Only triples that pass `may_be` are
    /// tried.
    pub fn product(&self, columns: &[usize], may_be: impl Fn([usize; 3]) -> bool) -> Option<[usize; 3]> {
        const MAX_ROUNDING: f64 = 0.06;
        const MIN_ROWS: usize = 5;
        /// The minimum ratio of a count to the price; cross rates do not reach it.
        const MIN_TIMES_PRICE: f64 = 100.0;
        let counts = |column: usize| {
            let decimals = |cell: &&[u8]| self.marks.volume(column, cell).is_some_and(|value| value.fract() != 0.0);
            nearly_all(
                self.kinds[column].filled - self.filled(column).filter(decimals).count(),
                self.kinds[column].filled,
            )
        };
        let column = |column: usize| -> Vec<f64> {
            self.rows.iter().map(|row| self.volume(row, column).unwrap_or(f64::NAN)).collect()
        };
        let values: Vec<Vec<f64>> = columns.iter().map(|&at| column(at)).collect();
        let is_product = |money: usize, price: usize, count: usize| {
            let ratio = |row: usize| values[money][row] / values[price][row] / values[count][row];
            let known = (0..self.rows.len()).filter(|&row| values[count][row] > 0.0 && values[price][row] > 0.0);
            let ratios: Vec<f64> = known.map(ratio).filter(|ratio| ratio.is_finite() && *ratio > 0.0).collect();
            let unit = 1000.0_f64.powf((median(ratios.clone()).unwrap_or(0.0).log10() / 3.0).round());
            let allowed = if unit == 1.0 { MAX_ROUNDING } else { MAX_ROUNDING / 6.0 };
            let close = ratios.iter().filter(|ratio| (**ratio / unit - 1.0).abs() < allowed).count();
            ratios.len() >= MIN_ROWS && nearly_all(close, self.rows.len())
        };
        let known = |at: usize| self.filled(at).filter_map(|cell| self.marks.volume(at, cell)).collect();
        let middle: Vec<f64> = columns.iter().map(|&at| median(known(at)).unwrap_or(0.0)).collect();
        let places = 0..columns.len();
        let pairs = places.clone().flat_map(|price| places.clone().map(move |count| (price, count)));
        let pairs = pairs.filter(|&(price, count)| {
            middle[count] > MIN_TIMES_PRICE * middle[price]
                && counts(columns[count])
                && self.moves_as_price(columns[price])
        });
        let mut found = pairs.filter_map(|(price, count)| {
            let mut threes = places.clone().map(|money| [money, price, count]);
            let is_found = |three: &[usize; 3]| {
                let [money, price, count] = *three;
                let distinct = money != price && money != count;
                distinct && may_be(three.map(|place| columns[place])) && is_product(money, price, count)
            };
            threes.find(is_found).map(|three| three.map(|place| columns[place]))
        });
        found.next()
    }
}
