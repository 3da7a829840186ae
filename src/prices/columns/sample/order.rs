//! Which unnamed columns of a bar are the open and the close. The preceding rows decide: a previous close repeats the
//! close, and an open is nearer to the close of the row before than to any other of its prices.

use std::collections::HashMap;

use super::{Sample, mean, nearly_all};
use crate::dates::{DateEvidence, DateOrder, FoundForm, days_between};
use crate::moves::tick;
use crate::numbers;

/// The indices of two consecutive rows of one series, the earlier day first.
pub type Step = [usize; 2];

/// The minimum number of steps for evidence.
const MIN_STEPS: usize = 20;

/// The minimum t value of a difference of distances, if one of several columns is chosen.
const DECISIVE: f64 = 4.0;

/// The minimum t value between two columns that can be the close.
const DECISIVE_OF_TWO: f64 = 3.0;

/// The columns of a bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ordered {
    pub open: usize,
    pub close: usize,
    /// Other columns that can be the close.
    pub or_close: Vec<usize>,
}

impl Ordered {
    /// Adds the open to the columns that can be the close.
    fn or_open(mut self) -> Self {
        self.or_close.push(self.open);
        self.or_close.sort_unstable();
        self
    }
}

impl Sample {
    /// Returns the steps from row to row; none if the days are in no order.
    pub fn steps(&self, date: usize, by: Option<usize>, order: Option<DateOrder>) -> Vec<Step> {
        let rows = &self.rows[..self.first];
        let cell = |row: usize, column: usize| rows[row].get(column).map(Vec::as_slice).unwrap_or_default();
        let mut evidence = DateEvidence::default();
        (0..rows.len()).for_each(|row| evidence.see(cell(row, date), 0));
        let FoundForm::Form(form) = evidence.verdict(order) else { return Vec::new() };
        let days: Vec<_> = (0..rows.len()).map(|row| form.parse(cell(row, date))).collect();
        let mut last: HashMap<&[u8], usize> = HashMap::new();
        let before = (0..rows.len()).filter_map(|row| {
            let series = by.map_or(&b""[..], |by| cell(row, by));
            last.insert(series, row).map(|before| [before, row])
        });
        let pairs: Vec<Step> = before.collect();
        let up = pairs.iter().filter(|[before, row]| days[*before] < days[*row]).count();
        let down = pairs.iter().filter(|[before, row]| days[*before] > days[*row]).count();
        match (nearly_all(up, pairs.len()), nearly_all(down, pairs.len())) {
            (true, false) => pairs,
            (false, true) => pairs.into_iter().map(|[before, row]| [row, before]).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether the days of a column are those of another or a few days earlier, on all rows that have the other. `order`
    /// is the order of dates that the caller states.
    pub fn are_days_apart(&self, from: usize, to: usize, order: Option<DateOrder>) -> bool {
        const MAX_DAYS: i64 = 6;
        let rows = &self.rows[..self.first];
        let mut evidence = DateEvidence::default();
        // The last day of a price that is still valid can be empty.
        let cells = || {
            let pairs = rows.iter().filter_map(|row| Some([row.get(from)?, row.get(to)?]));
            pairs.filter(|[_, to]| !numbers::is_missing(to))
        };
        cells().flatten().for_each(|cell| evidence.see(cell, 0));
        let FoundForm::Form(form) = evidence.verdict(order) else { return false };
        let mut days = cells().map(|pair| Some(days_between(form.parse(pair[0])?, form.parse(pair[1])?)));
        cells().next().is_some() && days.all(|days| days.is_some_and(|days| (0..=MAX_DAYS).contains(&days)))
    }

    /// Returns open and close of a bar whose columns are in the usual order, `open, high, low, close`, or have these
    /// two exchanged. `rest` are the columns beside the bar.
    pub(super) fn in_usual_order(
        &self,
        [open, high, low, close]: [usize; 4],
        rest: &[usize],
        steps: &[Step],
    ) -> Ordered {
        let bar = [open, high, low, close];
        let within = self.within(high, low, &[&bar[..], rest].concat());
        if let Some(found) = self.by_previous_close(bar, &within, rest, steps) {
            return found;
        }
        if self.is_nearer([close, open], [open, close], steps, DECISIVE) {
            return self.chosen(close, open, &within, &bar, steps);
        }
        let found = self.chosen(open, close, &within, &bar, steps);
        if self.is_open_distinguished(found.open, found.close, steps) { found } else { found.or_open() }
    }

    /// Whether the preceding rows show that the column in the position of the open is not the close.
    fn is_open_distinguished(&self, open: usize, close: usize, steps: &[Step]) -> bool {
        /// With fewer steps, the variance cannot be estimated.
        const MIN_KNOWN: usize = 4;
        /// The minimum t value with few steps. In the other order, the distances differ as much in the other direction.
        const LIKELY_OF_FEW: f64 = 2.0;
        let t = self.nearer_of([open, close], [close, open], steps, MIN_KNOWN);
        let min = if steps.len() < MIN_STEPS { LIKELY_OF_FEW } else { 0.0 };
        t.is_some_and(|t| t > min) || self.is_copy(open, close)
    }

    /// Returns high and low, and open and close, of a bar whose columns are in any order; `None` if the preceding rows
    /// do not distinguish open and close.
    pub(super) fn in_any_order(&self, columns: &[usize], steps: &[Step]) -> Option<([usize; 2], Ordered)> {
        /// Among more columns, series can relate like the prices of a bar by chance.
        const MAX_COLUMNS: usize = 24;
        let prices: Vec<usize> = columns.iter().copied().filter(|&column| self.moves_as_price(column)).collect();
        if steps.len() < MIN_STEPS || prices.len() > MAX_COLUMNS {
            return None;
        }
        let pairs = prices.iter().flat_map(|&high| prices.iter().map(move |&low| [high, low]));
        let pairs = pairs.filter(|[high, low]| high != low && self.stands_as_bar(*high, *low, &[]));
        let bars = pairs.map(|[high, low]| ([high, low], self.within(high, low, &prices)));
        let (ends, within) = bars.max_by_key(|(_, within)| within.len()).filter(|(_, within)| within.len() > 1)?;
        let found = self.apart(ends, &within, columns, steps)?;
        Some((ends, found))
    }

    /// Returns open and close among the columns between high and low.
    fn apart(&self, ends: [usize; 2], within: &[usize], columns: &[usize], steps: &[Step]) -> Option<Ordered> {
        let repeated = self.repeated(within, columns, ends, steps);
        // Exchanges write the last price in front of the close.
        let (open, close) = match repeated.last() {
            Some(&close) => self.distinguished_open(close, within, ends, steps)?,
            None => self.open_and_close(within, ends, steps)?,
        };
        Some(Ordered { open, close, or_close: Vec::new() })
    }

    /// Returns the open, if it can be distinguished from the other columns beside a close, and the close.
    fn distinguished_open(
        &self,
        close: usize,
        within: &[usize],
        ends: [usize; 2],
        steps: &[Step],
    ) -> Option<(usize, usize)> {
        let mut others = self.without_copies(&[&[close], within].concat(), ends);
        others.retain(|&column| column != close);
        let [open, _] = self.nearest(others.iter().map(|&open| [open, close]), steps)?;
        let is_distinguished =
            |&other: &usize| other == open || self.is_nearer([open, close], [other, close], steps, DECISIVE_OF_TWO);
        others.iter().all(is_distinguished).then_some((open, close))
    }

    /// Returns open and close, if they can be distinguished from each other and from the other columns.
    fn open_and_close(&self, within: &[usize], ends: [usize; 2], steps: &[Step]) -> Option<(usize, usize)> {
        // A close can always equal the high.
        if within.iter().any(|&column| ends.into_iter().any(|end| self.is_copy(column, end))) {
            return None;
        }
        let alternatives = self.without_copies(within, ends);
        let pairs = alternatives.iter().flat_map(|&open| alternatives.iter().map(move |&close| [open, close]));
        let [open, close] = self.nearest(pairs.filter(|[open, close]| open != close), steps)?;
        let bar = [open, ends[0], ends[1], close];
        let is_close =
            |&other: &usize| [open, close].contains(&other) || self.is_likelier_close(close, other, open, &bar, steps);
        let is_distinguished =
            self.is_nearer([open, close], [close, open], steps, DECISIVE) && alternatives.iter().all(is_close);
        self.distinguished_open(close, within, ends, steps).filter(|_| is_distinguished)
    }

    /// Returns the pair of open and close with the smallest distance from row to row.
    fn nearest(&self, pairs: impl Iterator<Item = [usize; 2]>, steps: &[Step]) -> Option<[usize; 2]> {
        let known = pairs.filter_map(|pair| Some((pair, self.distance(pair, steps)?)));
        known.min_by(|(_, one), (_, other)| one.total_cmp(other)).map(|(pair, _)| pair)
    }

    /// Returns the columns without those that repeat an earlier one, or one of two others.
    fn without_copies(&self, columns: &[usize], ends: [usize; 2]) -> Vec<usize> {
        let mut found: Vec<usize> = Vec::new();
        for &column in columns {
            let is_end = ends.into_iter().any(|end| self.is_copy(column, end));
            if !is_end && !found.iter().any(|&other| self.is_copy_or_adjusted(column, other)) {
                found.push(column);
            }
        }
        found
    }

    /// Returns the columns of prices that lie within the bar on nearly all rows.
    fn within(&self, high: usize, low: usize, columns: &[usize]) -> Vec<usize> {
        let is_within = |&column: &usize| {
            column != high && column != low && self.moves_as_price(column) && self.stands_as_bar(high, low, &[column])
        };
        columns.iter().copied().filter(is_within).collect()
    }

    /// Returns the close among the columns within a bar whose open is known: `close`, unless another column is nearer
    /// to the opens.
    fn chosen(&self, open: usize, close: usize, within: &[usize], bar: &[usize], steps: &[Step]) -> Ordered {
        let others = within.iter().copied().filter(|column| !bar.contains(column));
        let candidates: Vec<usize> = [close, open].into_iter().chain(others).collect();
        let mut alternatives = self.without_copies(&candidates, [bar[1], bar[2]]);
        alternatives.retain(|&column| column != open);
        // A close that always equals the high or the low was removed as a copy of it.
        if !alternatives.contains(&close) {
            return Ordered { open, close, or_close: Vec::new() };
        }
        let is_worse = |column: &&usize| {
            alternatives.iter().any(|&other| self.is_likelier_close(other, **column, open, bar, steps))
        };
        let mut left: Vec<usize> = alternatives.iter().filter(|column| !is_worse(column)).copied().collect();
        let found = left.iter().copied().find(|&column| column == close).or(left.first().copied()).unwrap_or(close);
        left.retain(|&column| column != found);
        Ordered { open, close: found, or_close: left }
    }

    /// Whether a column is more likely to be the close than another. The other is an average; or the column is clearly
    /// nearer to the next opens; or it is somewhat nearer, and the other never equals the high or the low; or it is
    /// about as near, and only the other lies outside the bar.
    fn is_likelier_close(&self, column: usize, other: usize, open: usize, bar: &[usize], steps: &[Step]) -> bool {
        const LIKELY: f64 = 1.5;
        const MIN_TOUCHES: usize = 4;
        const MIN_OUTSIDE: usize = 3;
        let ends = [bar[1], bar[2]];
        let is_average = |one: usize, with: usize| self.is_average(one, [open, bar[1], bar[2], with]);
        if column != other && is_average(other, column) && !is_average(column, other) {
            return true;
        }
        let touches = |column: usize| self.touches(column, ends);
        let outside = |column: usize| self.outside(column, ends);
        let Some(t) = self.nearer([open, column], [open, other], steps).filter(|_| column != other) else {
            return false;
        };
        t > DECISIVE_OF_TWO
            || t > LIKELY && touches(other) == 0 && touches(column) >= MIN_TOUCHES
            || t > -LIKELY && outside(column) == 0 && outside(other) >= MIN_OUTSIDE
    }

    /// Whether a column is a mean of the prices of a bar on nearly all rows, to within its last decimal: of high and
    /// low, of high, low and once or twice the close, or of all four.
    fn is_average(&self, column: usize, [open, high, low, close]: [usize; 4]) -> bool {
        const MIN_ROWS: usize = 5;
        const WEIGHTS: [[f64; 4]; 4] =
            [[0.0, 1.0, 1.0, 0.0], [0.0, 1.0, 1.0, 1.0], [0.0, 1.0, 1.0, 2.0], [1.0, 1.0, 1.0, 1.0]];
        let rows = self.rows.iter().filter_map(|row| self.values(row, &[column, open, high, low, close]));
        let rows: Vec<Vec<f64>> = rows.filter(|row| row[2] > row[3]).collect();
        let rounding = 0.501 * tick(&rows.iter().map(|row| row[0]).collect::<Vec<_>>());
        let differ = rows.iter().filter(|row| row[0] != row[4]).count();
        let is_mean = |weights: [f64; 4]| {
            let mean = |row: &[f64]| {
                let sum: f64 = weights.iter().zip(&row[1..]).map(|(weight, price)| weight * price).sum();
                sum / weights.iter().sum::<f64>()
            };
            nearly_all(rows.iter().filter(|row| (row[0] - mean(row)).abs() <= rounding).count(), rows.len())
        };
        differ >= MIN_ROWS && WEIGHTS.into_iter().any(is_mean)
    }

    /// Returns the number of rows on which a price equals the high or the low of a bar.
    fn touches(&self, column: usize, [high, low]: [usize; 2]) -> usize {
        let rows = self.rows.iter().filter_map(|row| self.values(row, &[column, high, low]));
        rows.filter(|row| row[2] < row[1] && (row[0] == row[1] || row[0] == row[2])).count()
    }

    /// Returns the mean distance of the opens from the closes of the rows before.
    fn distance(&self, pair: [usize; 2], steps: &[Step]) -> Option<f64> {
        mean(steps.iter().filter_map(|&step| self.night(step, pair)))
    }

    /// Returns the distance of an open from the close of the row before.
    fn night(&self, [before, row]: Step, [open, close]: [usize; 2]) -> Option<f64> {
        let [open, close] = [self.number(&self.rows[row], open)?, self.number(&self.rows[before], close)?];
        Some((open / close).ln().abs()).filter(|distance| distance.is_finite())
    }

    /// Whether the distance between open and close from row to row is clearly smaller for one pair of columns than for
    /// another.
    fn is_nearer(&self, pair: [usize; 2], other: [usize; 2], steps: &[Step], min: f64) -> bool {
        self.nearer(pair, other, steps).is_some_and(|t| t > min)
    }

    /// Returns the t value of how much smaller the distance of the opens from the closes before is for one pair of
    /// columns than for another.
    fn nearer(&self, pair: [usize; 2], other: [usize; 2], steps: &[Step]) -> Option<f64> {
        self.nearer_of(pair, other, steps, MIN_STEPS)
    }

    /// Returns the t value of [`Self::nearer`] if there are at least `min` steps.
    fn nearer_of(&self, pair: [usize; 2], other: [usize; 2], steps: &[Step], min: usize) -> Option<f64> {
        let gain = |&step: &Step| Some(self.night(step, other)? - self.night(step, pair)?);
        let gains: Vec<f64> = steps.iter().filter_map(gain).collect();
        let middle = mean(gains.iter().copied()).filter(|_| gains.len() >= min)?;
        let variance = mean(gains.iter().map(|gain| (gain - middle).powi(2)))?;
        Some(middle / (variance / gains.len() as f64).sqrt().max(f64::MIN_POSITIVE))
    }

    /// Returns the number of rows on which a price is above the high or below the low of a bar.
    pub fn outside(&self, column: usize, [high, low]: [usize; 2]) -> usize {
        let rows = self.rows.iter().filter_map(|row| self.values(row, &[column, high, low]));
        rows.filter(|row| row[0] > row[1] || row[0] < row[2]).count()
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;

    use crate::testing::{noise, read};
    use crate::{ReadError, Reading, Role};

    /// A day's open, high, low, close and previous close.
    type Day = [f64; 5];

    fn days(rows: usize) -> Vec<Day> {
        let mut random = noise(7);
        let mut uniform = || random.next().unwrap() - 0.5;
        let mut last = 50.0_f64;
        let mut day = |_| {
            let before = last;
            let open = last * (1.0 + 0.01 * uniform());
            let path: Vec<f64> = (0..8)
                .scan(open, |at, _| {
                    *at *= 1.0 + 0.02 * uniform();
                    Some(*at)
                })
                .collect();
            last = (path[7] * 100.0).round() / 100.0;
            let high = path.iter().copied().fold(open, f64::max);
            let low = path.iter().copied().fold(open, f64::min);
            [open, high, low, last, before].map(|price| (price * 100.0).round() / 100.0)
        };
        (0..rows).map(&mut day).collect()
    }

    /// A table without a header; the oldest or the newest day comes first.
    fn table(days: &[Day], newest_first: bool, row: impl Fn(usize, Day) -> String) -> String {
        let line = |(at, day): (usize, &Day)| {
            let date = date(2021, 3, 1) + i64::try_from(at).unwrap().days();
            format!("{date},{}\n", row(at, *day))
        };
        let mut lines: Vec<String> = days.iter().enumerate().map(line).collect();
        if newest_first {
            lines.reverse();
        }
        lines.concat()
    }

    fn closes(days: &[Day]) -> Vec<f64> {
        days.iter().map(|day| day[3]).collect()
    }

    fn warned(reading: &Reading) -> String {
        reading.warnings.iter().map(|warning| format!("{warning}\n")).collect()
    }

    fn column(reading: &Reading, role: Role) -> Option<usize> {
        reading.understood.columns.iter().find(|column| column.role == role).map(|column| column.number)
    }

    #[test]
    fn open_and_close_are_distinguished_in_any_order() {
        const ORDERS: [[usize; 4]; 7] =
            [[0, 1, 2, 3], [3, 1, 2, 0], [2, 1, 0, 3], [0, 3, 1, 2], [1, 2, 3, 0], [3, 0, 1, 2], [2, 3, 0, 1]];
        let days = days(60);
        for (order, newest_first) in ORDERS.into_iter().flat_map(|order| [false, true].map(|newest| (order, newest))) {
            let text = table(&days, newest_first, |at, day| {
                let prices: Vec<String> = order.iter().map(|&place| format!("{:.2}", day[place])).collect();
                format!("{},{}", prices.join(","), 9000 + 700 * (at % 7))
            });
            let reading = read(&text).unwrap();
            assert_eq!(reading.series[0].close, closes(&days), "{order:?}");
            let found = [Role::Open, Role::High, Role::Low, Role::Close].map(|role| column(&reading, role).unwrap());
            let place = |wanted: usize| 2 + order.iter().position(|&place| place == wanted).unwrap();
            assert_eq!(found, [0, 1, 2, 3].map(place));
            let [open, high, low, close] = found;
            let remark =
                format!("no header: columns {open}, {high}, {low} and {close} are read as open, high, low and close\n");
            assert_eq!(warned(&reading), remark);
        }
    }

    #[test]
    fn opens_that_are_anywhere_in_the_bar_tell_nothing() {
        let mut random = noise(3);
        let days: Vec<Day> = days(60)
            .into_iter()
            .map(|[_, high, low, ..]| {
                let mut within = || low + (high - low) * random.next().unwrap();
                [within(), high, low, within(), 0.0]
            })
            .collect();
        let of = |order: [usize; 4]| -> Result<Reading, ReadError> {
            read(&table(&days, false, |_, day| order.map(|place| day[place].to_string()).join(",")))
        };
        assert_eq!(of([0, 1, 2, 3]).unwrap().series[0].close, closes(&days));
        assert!(of([0, 3, 1, 2]).unwrap_err().to_string().contains("could each be the price column"));
    }

    #[test]
    fn a_previous_close_tells_the_close_and_is_none() {
        let days = days(12);
        // NetEase; India's exchange, with a last price; and the usual order with the previous close within it.
        let netease = |_, [o, h, l, c, p]: Day| format!("{c},{h},{l},{o},{p},{}", c - p);
        let usual = |_, [o, h, l, c, p]: Day| format!("{o},{h},{l},{c},{p},{c}");
        for (name, text) in [("netease", table(&days, false, netease)), ("usual", table(&days, true, usual))] {
            let reading = read(&text).unwrap();
            assert_eq!(reading.series[0].close, closes(&days), "{name}");
            assert!(!warned(&reading).contains("may be"), "{name}");
        }
        // Four rows are enough; three are not.
        for (rows, is_distinguished) in [(4, true), (3, false)] {
            let reading = read(&table(&days[..rows], true, netease)).unwrap();
            assert_eq!(reading.series[0].close == closes(&days[..rows]), is_distinguished);
            assert_eq!(warned(&reading).contains("'column 2' may be the close too"), !is_distinguished);
        }
        // On a coarse grid, the previous close is within the bar on nearly all rows.
        let round = |price: f64| (price * 2.0).round() / 2.0;
        let coarse: Vec<Day> = super::tests::days(60).into_iter().map(|day| day.map(round)).collect();
        let india =
            |_, [o, h, l, c, p]: Day| format!("{o},{},{},{p},{c},{c},{}", h + 0.5, l - 0.5, round((h + l) / 2.0));
        let reading = read(&table(&coarse, false, india)).unwrap();
        assert_eq!(reading.series[0].close, closes(&coarse));
        assert_eq!(column(&reading, Role::Close), Some(7));
    }

    #[test]
    fn a_previous_close_tells_the_close_from_a_last_price() {
        let days = days(40);
        // The last price of an Indian share equals the close on nearly all days.
        let row = |differs: fn(usize) -> bool| {
            move |at: usize, [o, h, l, c, p]: Day| {
                let last = if differs(at) { (c - 0.01).max(l - 0.01) } else { c };
                format!("{p},{o},{:.2},{:.2},{last:.2},{c},{:.2},9000", h + 0.02, l - 0.02, (h + l) / 2.0)
            }
        };
        let reading = read(&table(&days, false, row(|at| at % 12 == 5))).unwrap();
        assert_eq!(reading.series[0].close, closes(&days));
        assert!(!warned(&reading).contains("may be"), "{}", warned(&reading));
        // No row after the newest one shows which of the two is the close.
        let reading = read(&table(&days, false, row(|at| at == 39))).unwrap();
        assert_eq!(reading.series[0].close, closes(&days));
        assert!(warned(&reading).contains("'column 6' may be the close too"), "{}", warned(&reading));
    }

    #[test]
    fn later_rows_tell_the_close_from_a_last_price() {
        let days = days(300);
        let row = |at: usize, [o, h, l, c, p]: Day| {
            let last = if [120, 185, 260].contains(&at) { c - 0.01 } else { c };
            format!("{p},{o},{:.2},{:.2},{last:.2},{c},{:.2},9000", h + 0.02, l - 0.02, (h + l) / 2.0)
        };
        for newest_first in [false, true] {
            let reading = read(&table(&days, newest_first, row)).unwrap();
            assert_eq!(column(&reading, Role::Close), Some(7), "{newest_first}");
        }
    }

    #[test]
    fn the_close_of_the_next_day_is_not_the_close() {
        let days = days(60);
        let next = |at: usize| days.get(at + 1).map_or(days[at][3], |day| day[3]);
        let text = table(&days, false, |at, [o, h, l, c, _]| format!("{o},{},{},{c},{}", h + 1.0, l - 1.0, next(at)));
        assert_eq!(read(&text).unwrap().series[0].close, closes(&days));
    }

    #[test]
    fn an_average_before_the_close_is_not_the_close() {
        let days = days(80);
        let average = |_, [o, h, l, c, _]: Day| format!("{o},{h},{l},{:.2},{c},{}", (h + l + c) / 3.0, 90_000);
        let reading = read(&table(&days, false, average)).unwrap();
        assert_eq!(reading.series[0].close, closes(&days));
        assert_eq!(column(&reading, Role::Close), Some(6));
        // A mean of the bar is recognised by its numbers, even on few rows and with ticks of a cent.
        let few = read(&table(&days[..8], false, average)).unwrap();
        assert_eq!(column(&few, Role::Close), Some(6));
        let pennies: Vec<Day> = days.iter().map(|day| day.map(|price| (price * 2.0).round() / 100.0)).collect();
        let of_four = |_, [o, h, l, c, _]: Day| {
            let (h, l) = (h.max(o).max(c), l.min(o).min(c));
            format!("{o},{h},{l},{:.2},{c},{}", (o + h + l + c) / 4.0, 90_000)
        };
        let reading = read(&table(&pennies, false, of_four)).unwrap();
        assert_eq!(column(&reading, Role::Close), Some(6), "{}", warned(&reading));
        // On few rows, another average or a last price that differs now and then cannot be distinguished from a close.
        let other = |at: usize, [o, h, l, c, _]: Day| {
            let weight = [0.3, 0.45, 0.6][at % 3];
            format!("{o},{h},{l},{:.2},{c},{}", weight * h.min(c + 0.1) + (1.0 - weight) * l.max(c - 0.1), 90_000)
        };
        let few = read(&table(&days[..8], false, other)).unwrap();
        assert_eq!(column(&few, Role::Close), Some(5));
        assert!(warned(&few).contains("'column 6' may be the close too"), "{}", warned(&few));
        let last = |at: usize, [o, h, l, c, _]: Day| {
            let last = [c, c + 0.04, c, c - 0.04][at % 4].clamp(l, h);
            format!("{o},{h},{l},{last:.2},{c}")
        };
        let reading = read(&table(&days, false, last)).unwrap();
        assert!(warned(&reading).contains("'column 6' may be the close too"), "{}", warned(&reading));
    }

    #[test]
    fn a_close_that_is_always_the_high_stays_the_close() {
        let rising: Vec<Day> =
            days(12).into_iter().map(|[.., c, p]| [p, c.max(p) + 0.5, p, c.max(p) + 0.5, p]).collect();
        let text = table(&rising, false, |_, [o, h, l, c, _]| format!("{o},{h},{l},{c},{:.2},1000", (o + c) / 2.0));
        let reading = read(&text).unwrap();
        assert_eq!(reading.series[0].close, closes(&rising));
        assert_eq!(column(&reading, Role::Close), Some(5));
    }

    #[test]
    fn a_usual_order_that_nothing_tells_is_named() {
        // Close, high, low and open: twenty rows, and rows that open far from the close before.
        let few = days(20);
        let exchanged = |_, [o, h, l, c, _]: Day| format!("{c},{h},{l},{o},1000");
        let reading = read(&table(&few, false, exchanged)).unwrap();
        assert!(warned(&reading).contains("'column 2' may be the close too"), "{}", warned(&reading));
        let usual = |_, [o, h, l, c, _]: Day| format!("{o},{h},{l},{c},1000");
        for rows in [10, 20, 60] {
            let reading = read(&table(&days(rows), true, usual)).unwrap();
            assert!(!warned(&reading).contains("may be"), "{}", warned(&reading));
        }
        let reading = read(&table(&days(3), true, usual)).unwrap();
        assert!(warned(&reading).contains("'column 2' may be the close too"), "{}", warned(&reading));
    }

    #[test]
    fn an_adjusted_close_is_not_named() {
        let days = days(40);
        let adjusted = |_, [o, h, l, c, _]: Day| format!("{o},{h},{l},{c},{:.6},1000", c * 0.9995);
        let reading = read(&table(&days, false, adjusted)).unwrap();
        assert_eq!(reading.series[0].close, closes(&days));
        assert!(!warned(&reading).contains("may be"), "{}", warned(&reading));
    }
}
