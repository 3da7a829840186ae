//! The age of the last prices of a series on a day.

use jiff::civil::Date;
use thiserror::Error;

use super::series::PriceSeries;
use fourcast_base::words::counted;

/// The number of days by which the last row may be later than today: in Asia it can be tomorrow.
const TIME_ZONES: i32 = 1;

/// The maximum age of the last prices of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaxAge {
    /// The age in calendar days.
    pub days: u32,
    /// The day up to which the age is counted.
    pub today: Date,
}

/// The last prices of a series are too old, or are of a future day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AgeError {
    /// The last row is too old.
    #[error("the last row is dated {last}, {} before {today}, expected at most {}", counted(*.age, "day"), counted(*.most, "day"))]
    LastRow {
        /// The day of the last row.
        last: Date,
        /// The day up to which the age is counted.
        today: Date,
        /// The days between the two.
        age: usize,
        /// The maximum number of days.
        most: usize,
    },
    /// The last rows repeat prices that are too old.
    #[error("the last {} up to {last} repeat the prices of {since}, {} before {today}, expected at most {}", counted(*.rows, "row"), counted(*.age, "day"), counted(*.most, "day"))]
    Repeated {
        /// The number of rows that repeat them.
        rows: usize,
        /// The last day whose prices were new.
        since: Date,
        /// The day of the last row.
        last: Date,
        /// The day up to which the age is counted.
        today: Date,
        /// The days from `since` to `today`.
        age: usize,
        /// The maximum number of days.
        most: usize,
    },
    /// The last row is of a future day.
    #[error("the last row is dated {last}, after {today}, expected rows up to that day")]
    Future {
        /// The day of the last row.
        last: Date,
        /// The day up to which the age is counted.
        today: Date,
    },
}

impl AgeError {
    /// Returns no day, because the file as a whole is at fault.
    pub fn date(&self) -> Option<Date> {
        None
    }
}

impl MaxAge {
    /// Checks the age of the last prices of a series, counted from the last day whose prices were new (see
    /// [`last_new_row`]).
    ///
    /// # Errors
    /// [`AgeError`] says how old they are, or that the last row is more than a day after today.
    pub fn check(self, series: &PriceSeries) -> Result<(), AgeError> {
        let MaxAge { days, today } = self;
        let (row, end) = (last_new_row(series), series.len() - 1);
        let (since, last) = (series.dates[row], series.dates[end]);
        if (last - today).get_days() > TIME_ZONES {
            return Err(AgeError::Future { last, today });
        }
        let age = usize::try_from((today - since).get_days()).unwrap_or(0);
        let most = days as usize;
        match (age > most, row == end) {
            (false, _) => Ok(()),
            (true, true) => Err(AgeError::LastRow { last, today, age, most }),
            (true, false) => Err(AgeError::Repeated { rows: end - row, since, last, today, age, most }),
        }
    }
}

/// Returns the last row whose prices are new. A row repeats the row before if it has the same four prices and its high
/// and low differ; or if all its prices, or its only one, equal the close of the row before, and it has no new volume.
/// If such repetitions are rare in a series, rows that repeat a block of up to twenty rows are not new either, nor are
/// five or more rows of one price, whatever their volumes.
pub fn last_new_row(series: &PriceSeries) -> usize {
    let after_one = (1..series.len()).rev().find(|row| !repeats(series, *row)).unwrap_or(0);
    let blocks = (2..=MAX_BLOCK).filter_map(|rows| before_blocks(series, rows));
    blocks.chain(before_one_price(series)).fold(after_one, usize::min)
}

/// The maximum length of a block that a feed repeats.
const MAX_BLOCK: usize = 20;
/// At most one in this many earlier rows may repeat another.
const RARE: usize = 20;

/// Returns the last row before those that repeat a block of `rows` rows at least once.
fn before_blocks(series: &PriceSeries, rows: usize) -> Option<usize> {
    /// In series with closes only, a few are equal by chance.
    const MIN_CLOSES: usize = 4;
    let min = if series.range.is_some() { rows } else { rows.max(MIN_CLOSES) };
    let block = series.len().saturating_sub(rows).max(1)..series.len();
    if block.clone().skip(1).all(|row| is_copied(series, row, row - 1)) {
        return None;
    }
    before_rare(series.len(), rows, min, |row| is_copied(series, row, row - rows))
}

/// Returns the last row before those of one price.
fn before_one_price(series: &PriceSeries) -> Option<usize> {
    const MIN_ROWS: usize = 5;
    before_rare(series.len(), 1, MIN_ROWS, |row| is_copied(series, row, row - 1))
}

/// Returns the last row before the rows at the end that all pass a test, if there are enough of them and few other rows
/// pass it. `first` is the first row that can pass it.
fn before_rare(rows: usize, first: usize, min: usize, test: impl Fn(usize) -> bool) -> Option<usize> {
    let alike = (first..rows).rev().take_while(|&row| test(row)).count();
    let before = rows - alike;
    if alike < min || before < RARE {
        return None;
    }
    let others = (first..before).filter(|&row| test(row)).count();
    (RARE * others <= before).then(|| before - 1)
}

/// Whether a row has the same prices as another.
fn is_copied(series: &PriceSeries, row: usize, other: usize) -> bool {
    let bars = series.range.iter().flat_map(|range| [&range.open, &range.high, &range.low]);
    bars.chain([&series.close]).all(|column| column[row] == column[other])
}

fn repeats(series: &PriceSeries, row: usize) -> bool {
    let close = series.close[row];
    let bars = series.range.iter().flat_map(|range| [&range.open, &range.high, &range.low]);
    let is_flat = bars.clone().all(|column| column[row] == close);
    let is_traded = |volume: &Vec<f64>| volume[row] > 0.0 && volume[row] != volume[row - 1];
    let is_traded = series.volume.as_ref().is_some_and(is_traded);
    // Two days of trade do not have the same open, high, low and close, whatever volume a feed counts for them.
    close == series.close[row - 1] && if is_flat { !is_traded } else { is_copied(series, row, row - 1) }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::OpenHighLow;

    /// Closes of consecutive days from 2024-01-01 on.
    fn closes(close: &[f64]) -> PriceSeries {
        PriceSeries {
            dates: (1..).take(close.len()).map(|day| date(2024, 1, day)).collect(),
            close: close.to_vec(),
            adjusted: close.to_vec(),
            ..PriceSeries::default()
        }
    }

    fn with_bars(close: &[f64], open: &[f64], volume: &[f64]) -> PriceSeries {
        let range = OpenHighLow { open: open.to_vec(), high: close.to_vec(), low: close.to_vec() };
        PriceSeries { range: Some(range), volume: Some(volume.to_vec()), ..closes(close) }
    }

    fn message(series: &PriceSeries, days: u32, day: i8) -> String {
        let check = MaxAge { days, today: date(2024, 1, day) }.check(series);
        check.map_or_else(|error| error.to_string(), |()| "passed".into())
    }

    #[test]
    fn the_last_row_may_be_so_many_days_old() {
        let series = closes(&[1.0, 2.0, 3.0]);
        assert_eq!(message(&series, 0, 3), "passed");
        assert_eq!(message(&series, 4, 7), "passed");
        let old = "the last row is dated 2024-01-03, 5 days before 2024-01-08, expected at most 4 days";
        assert_eq!(message(&series, 4, 8), old);
    }

    /// A feed that has stopped can repeat its last row every day.
    #[test]
    fn rows_that_repeat_a_price_do_not_make_it_newer() {
        let frozen = closes(&[[1.0, 2.0].as_slice(), &[3.0; 10]].concat());
        let expected = "the last 9 rows up to 2024-01-12 repeat the prices of 2024-01-03, 9 days before 2024-01-12, \
                        expected at most 4 days";
        assert_eq!(message(&frozen, 4, 12), expected);
        assert_eq!(message(&frozen, 9, 12), "passed");
        // Whole rows are copied, including their volume, and rows of one price have no volume.
        assert_eq!(last_new_row(&with_bars(&[3.0; 4], &[2.0; 4], &[7.0; 4])), 0);
        assert_eq!(last_new_row(&with_bars(&[3.0; 4], &[2.0, 2.0, 3.0, 3.0], &[7.0, 7.0, 0.0, 0.0])), 0);
        assert_eq!(last_new_row(&closes(&[3.0])), 0);
        // A whole bar is copied, with a volume that changes.
        assert_eq!(last_new_row(&with_bars(&[3.0; 4], &[2.0; 4], &[7.0, 8.0, 9.0, 6.0])), 0);
    }

    /// A feed can repeat its last days, with volumes that change.
    #[test]
    fn blocks_of_rows_that_are_repeated_are_not_new() {
        let walk = |rows: usize| -> Vec<f64> { (0..rows).map(|row| 50.0 + (row as f64 * 1.7).sin()).collect() };
        for block in [2, 3, 5, 20] {
            let mut close = walk(60);
            close.extend_from_within(60 - block..);
            close.extend_from_within(60 - block..60);
            let days = close.len();
            let volume: Vec<f64> = (0..days).map(|row| 1000.0 + row as f64).collect();
            let dates = date(2024, 1, 1).series(jiff::Span::new().days(1)).take(days).collect();
            let open: Vec<f64> = close.iter().map(|close| close - 0.1).collect();
            let range = OpenHighLow { open: open.clone(), high: close.clone(), low: open };
            let bars = PriceSeries { dates, close: close.clone(), adjusted: close, ..PriceSeries::default() };
            assert_eq!(last_new_row(&bars), 59, "{block}");
            let bars = PriceSeries { range: Some(range), volume: Some(volume), ..bars };
            assert_eq!(last_new_row(&bars), 59, "{block}");
        }
        // On a coarse grid, rows are equal by chance.
        let coarse: Vec<f64> = (0..20).map(|row| [1.0, 2.0][row % 2]).collect();
        assert_eq!(last_new_row(&closes(&coarse)), 19);
    }

    /// Bars of one price with volumes that change; the price moves on other days.
    #[test]
    fn a_price_that_stands_still_under_new_volumes_is_not_new() {
        let frozen = |rows: usize| {
            let close = [(1..=20).map(f64::from).collect::<Vec<_>>(), vec![20.0; rows]].concat();
            let volume: Vec<f64> = (0..close.len()).map(|row| 1000.0 + row as f64).collect();
            last_new_row(&with_bars(&close, &close, &volume))
        };
        assert_eq!((frozen(4), frozen(5), frozen(10)), (23, 19, 19));
    }

    #[test]
    fn a_day_that_traded_at_the_same_close_is_new() {
        assert_eq!(last_new_row(&with_bars(&[3.0; 4], &[3.0; 4], &[7.0, 8.0, 9.0, 6.0])), 3);
        assert_eq!(last_new_row(&with_bars(&[3.0; 4], &[3.0, 2.0, 1.0, 2.0], &[7.0; 4])), 3);
        let fund = PriceSeries { volume: Some(vec![0.0; 2]), ..closes(&[3.0, 4.0]) };
        assert_eq!(last_new_row(&fund), 1);
    }

    #[test]
    fn a_row_of_the_future_is_none_of_today() {
        let series = closes(&[1.0, 2.0, 3.0]);
        assert_eq!(message(&series, 4, 2), "passed", "in Asia it is tomorrow");
        let early = "the last row is dated 2024-01-03, after 2024-01-01, expected rows up to that day";
        assert_eq!(message(&series, 4, 1), early);
    }
}
