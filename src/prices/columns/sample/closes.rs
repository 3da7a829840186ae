//! Which of the unnamed columns can be closes.

use super::Sample;

impl Sample {
    /// Returns the columns that can be closes, or all columns if there are none. Such a column changes, does not number
    /// the rows, has no changes of sign and does not move like a volume; and its numbers are about as large as those of
    /// most of the others.
    pub fn may_be_closes(&self, columns: &[usize]) -> Vec<usize> {
        /// A few cells far behind the first rows are remarks.
        const MIN_LATE_CELLS: usize = 10;
        let is_price = |&column: &usize| {
            (!self.read_on[column] || self.kinds[column].filled >= MIN_LATE_CELLS)
                && self.moves_as_price(column)
                && !self.holds_changes(column)
                && !self.changes_by_one(column)
                && self.numbers(column).all(|number| number > 0.0)
        };
        let prices: Vec<usize> = columns.iter().copied().filter(is_price).collect();
        let is_volume = |column: &usize| prices.iter().any(|&price| self.is_large_volume(*column, price));
        let prices: Vec<usize> = prices.iter().copied().filter(|column| !is_volume(column)).collect();
        let prices = self.of_one_size(&prices);
        // A constant price beside its volume: neither is read without a message.
        let is_still = |&column: &usize| self.holds_decimals(column) && self.changes(column) == 0;
        if let [only] = prices[..]
            && self.moves_as_count(only)
            && columns.iter().any(is_still)
        {
            return columns.iter().copied().filter(|column| *column == only || is_still(column)).collect();
        }
        if prices.is_empty() { columns.to_vec() } else { prices }
    }

    /// Returns the largest set of columns whose numbers differ by at most a factor of two, or all columns if no two are
    /// alike.
    fn of_one_size(&self, columns: &[usize]) -> Vec<usize> {
        const MAX_RATIO: f64 = 2.0;
        let sizes: Vec<f64> = columns.iter().map(|&column| self.middle(column).unwrap_or(f64::NAN)).collect();
        let alike = |size: f64| -> Vec<usize> {
            let is_alike = |other: f64| (1.0 / MAX_RATIO..=MAX_RATIO).contains(&(other / size));
            columns.iter().zip(&sizes).filter(|(_, other)| is_alike(**other)).map(|(column, _)| *column).collect()
        };
        let largest = sizes.iter().map(|&size| alike(size)).max_by_key(Vec::len).unwrap_or_default();
        if largest.len() > 1 { largest } else { columns.to_vec() }
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;

    use crate::testing::{noise, read};
    use crate::{ColumnRef, ReadError, ReadOptions, Reading, read_bytes};

    /// Reads a file without a header; `line` makes each line from the number of the row, a close and a volume.
    fn table(line: impl Fn(usize, f64, f64) -> String) -> Result<Reading, ReadError> {
        let mut random = noise(5);
        let mut uniform = || random.next().unwrap();
        let mut close = 60.0;
        let rows = (0..40).map(|row| {
            close *= 0.98 + 0.04 * uniform();
            let day = date(2021, 3, 1) + i64::try_from(row).unwrap().days();
            format!("{day},{}\n", line(row, close, (1e6 * (0.2 + uniform())).round()))
        });
        read(&rows.collect::<String>())
    }

    fn fault(line: impl Fn(usize, f64, f64) -> String) -> String {
        table(line).unwrap_err().to_string()
    }

    #[test]
    fn a_column_that_alone_may_be_the_close_is_read() {
        for (place, text) in [
            (1, table(|_, close, volume| format!("{close:.2},{volume}"))),
            (2, table(|_, close, volume| format!("{volume},{close:.2}"))),
            (2, table(|row, close, _| format!("{row},{close:.2},{:.2}", close - 60.0))),
        ] {
            let reading = text.unwrap_or_else(|error| panic!("{error}"));
            let column = reading.understood.columns.iter().position(|column| column.role == crate::Role::Close);
            assert_eq!(column, Some(place));
        }
        // A volume that usually moves by less than a fifth, and differs from the price in size.
        let calm = |row: usize, close: f64, _: f64| format!("{close:.2},{}", 40_000 + row * 5003 % 9000);
        assert!(table(calm).unwrap().series[0].volume.is_some());
        let reading = table(|_, close, volume| format!("{close:.2},{volume}")).unwrap();
        assert!(reading.series[0].volume.is_some());
    }

    #[test]
    fn a_volume_is_not_the_price_beside_one_that_stays_the_same() {
        let text = fault(|_, _, volume| format!("10.5,{volume}"));
        assert!(text.contains("'column 2' and 'column 3' could each be the price column"), "{text}");
        // A constant factor of one.
        let won = |row: usize, _: f64, _: f64| format!("1.0,{}", 61_000 + row * 700 % 1900);
        assert!(table(won).is_ok());
    }

    #[test]
    fn the_rows_of_one_series_tell_its_close_from_its_volume() {
        for keys in [["AAA", "BBB"], ["101", "102"], ["2021-03-19", "2021-06-18"]] {
            for zeros in [0, 3] {
                let row = |at: usize, key: &str, close: f64, volume: usize| {
                    let volume = if zeros > 0 && at.is_multiple_of(zeros) { 0 } else { volume };
                    format!("2021-03-{:02},{key},{close:.2},{volume}\n", at + 1)
                };
                let both = |at: usize| {
                    let move_of = |size: usize| (at * size % 7) as f64 / 8.0;
                    row(at, keys[0], 50.0 + move_of(3), 90_000 + at * 50_021 % 70_000)
                        + &row(at, keys[1], 240.0 + move_of(5), 40_000 + at * 7919 % 30_000)
                };
                let text = (0..28).map(both).collect::<String>();
                let by = ReadOptions { ticker_column: Some(ColumnRef::Number(2)), ..ReadOptions::default() };
                let reading = read_bytes("p.csv", text.as_bytes(), &by).unwrap_or_else(|error| panic!("{error}"));
                let closes: Vec<f64> = reading.series.iter().map(|series| series.close[0]).collect();
                assert_eq!((closes, reading.series[0].volume.is_some()), (vec![50.0, 240.0], true), "{keys:?}");
            }
        }
    }

    #[test]
    fn volumes_money_and_changes_are_not_named_as_prices() {
        // High, low and close, with the volume, the turnover, a change, and the market value of the company.
        let text = fault(|row, close, volume| {
            let change = if row % 2 == 0 { 0.5 } else { -0.25 };
            let (high, low) = (close + 0.5, close - 0.5);
            format!("{high:.2},{low:.2},{close:.2},{volume},{:.0},{change},{:.0}", volume * close, close * 5.9e9)
        });
        assert!(text.contains("'column 2', 'column 3' and 'column 4' could each be the price column"), "{text}");
        // Prices of two stocks.
        let text =
            fault(|row, close, _| format!("{close:.2},{:.2}", 900.0 + f64::from(u8::try_from(row % 5).unwrap())));
        assert!(text.contains("'column 2' and 'column 3' could each be the price column"), "{text}");
    }
}
