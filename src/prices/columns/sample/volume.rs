//! Finds the volume beside an unnamed bar.

use super::{Sample, nearly_all};
use crate::moves::median;

impl Sample {
    /// Returns the volume among the columns beside a bar of open, high, low and close. A single column is the volume.
    /// If several stand behind the bar, it is the first: in files of exchanges, turnover in money, numbers of trades
    /// and shares of the volume follow it. Otherwise it is the column by which turnover in money divides to a price, or
    /// the only count.
    pub(super) fn unnamed_volume(&self, bar: [usize; 4], beside: &[usize]) -> Option<usize> {
        let mut rest: Vec<usize> = beside.iter().copied().filter(|&column| !self.changes_by_one(column)).collect();
        let varies = |column: usize| self.changes(column) > 0;
        if rest.iter().any(|&column| varies(column) && self.is_count(column, bar[3])) {
            rest.retain(|&column| varies(column));
        }
        let last = bar.into_iter().max().unwrap_or_default();
        // An adjusted close can stand in between.
        let behind = || rest.iter().copied().find(|&column| column > last && !self.is_price(column, bar[3]));
        let volume = match rest[..] {
            [one] => Some(one),
            _ if rest.iter().all(|&column| column > last) => behind(),
            _ => None,
        };
        let shares = |money: usize| rest.iter().copied().find(|&other| self.is_traded_at(money, other, bar));
        let volume = volume.filter(|&column| self.is_count(column, bar[3]));
        let found = volume.map(|column| shares(column).unwrap_or(column)).or_else(|| self.only_count(bar, &rest));
        found.filter(|&column| self.is_no_change(column, bar[3]))
    }

    /// Returns the only column that moves like a volume beside a close.
    pub(in crate::columns) fn volume_beside(&self, close: usize, beside: &[usize]) -> Option<usize> {
        self.only_count([close; 4], beside).filter(|&column| self.is_no_change(column, close))
    }

    /// Whether the form of a column shows that it is neither a change of the price nor a percentage: numbers with
    /// units, or whole numbers that are larger than the price. With more rows, the numbers themselves decide.
    fn is_no_change(&self, column: usize, close: usize) -> bool {
        /// The changes of so many days all have one sign with a probability of 1/128.
        const MIN_ROWS: usize = 8;
        let is_larger = || self.middle(column) > self.middle(close);
        let is_whole = || !self.holds_fractions(column) && is_larger();
        self.kinds[column].filled >= MIN_ROWS || !self.holds_prices(column) || is_whole()
    }

    /// Whether a column named volume moves like one beside a price, or holds whole numbers that are many times the
    /// price.
    pub(in crate::columns) fn is_volume_beside(&self, column: usize, price: usize) -> bool {
        const MIN_TIMES_PRICE: f64 = 100.0;
        /// Fewer moves are not enough evidence.
        const MIN_VALUES: usize = 6;
        let middle = self.middle(column).zip(self.middle(price));
        let is_large = middle.is_some_and(|(one, other)| other > 0.0 && one > MIN_TIMES_PRICE * other);
        let has_units = !self.holds_prices(column);
        let moves = || self.numbers(column).count() >= MIN_VALUES && self.moves_as_volume(column, price);
        has_units || moves() || is_large && !self.holds_fractions(column)
    }

    /// Whether an unnamed column holds whole numbers that are many times a price and move like its volume.
    pub(super) fn is_large_volume(&self, column: usize, price: usize) -> bool {
        const MIN_TIMES_PRICE: f64 = 100.0;
        const MIN_VALUES: usize = 6;
        let middle = self.middle(column).zip(self.middle(price));
        let is_large = middle.is_some_and(|(one, other)| one > MIN_TIMES_PRICE * other);
        is_large
            && !self.holds_fractions(column)
            && self.numbers(column).count() >= MIN_VALUES
            && self.moves_as_volume(column, price)
    }

    /// Returns the column of shares beside a column of money, or the only column of whole numbers that moves like a
    /// volume.
    fn only_count(&self, bar: [usize; 4], rest: &[usize]) -> Option<usize> {
        let is_moving = |column: usize| self.is_count(column, bar[3]) && self.moves_as_volume(column, bar[3]);
        let counts: Vec<usize> = rest.iter().copied().filter(|&column| is_moving(column)).collect();
        let is_whole = |column: &usize| !self.holds_fractions(*column);
        let is_of_money = |&shares: &usize| counts.iter().any(|&money| self.is_traded_at(money, shares, bar));
        let of_money: Vec<usize> = counts.iter().copied().filter(is_of_money).collect();
        let whole = |columns: &[usize]| columns.iter().copied().filter(is_whole).collect::<Vec<_>>();
        match (&of_money[..], &whole(&of_money)[..], &whole(&counts)[..]) {
            (&[one], ..) | (_, &[one], _) | (&[], _, &[one]) => Some(one),
            _ => None,
        }
    }

    /// Whether a column can be a volume beside a close: no other price, not the market value of the company, and not
    /// negative.
    fn is_count(&self, column: usize, close: usize) -> bool {
        const MAX_TIMES_CLOSE: f64 = 1.5;
        let usual = self.usual_move(column).zip(self.usual_move(close));
        let is_value = usual.is_some_and(|(own, other)| own > 0.0 && own < MAX_TIMES_CLOSE * other);
        !self.is_price(column, close) && !is_value && self.numbers(column).all(|number| number >= 0.0)
    }

    fn is_price(&self, column: usize, close: usize) -> bool {
        self.is_like(column, close) && self.moves_as_price(column) && !self.moves_as_volume(column, close)
    }

    /// Whether a column usually moves several times as far as a close, which neither the market value of a company nor
    /// its number of shares does.
    fn moves_as_volume(&self, column: usize, close: usize) -> bool {
        const MIN_MOVE: f64 = 0.05;
        const MIN_TIMES_CLOSE: f64 = 3.0;
        let usual = self.usual_move(column).zip(self.usual_move(close));
        usual.is_some_and(|(own, other)| own > MIN_MOVE.max(MIN_TIMES_CLOSE * other))
    }

    /// Whether a column holds whole numbers that move more than prices usually do.
    pub fn moves_as_count(&self, column: usize) -> bool {
        const MIN_MOVE: f64 = 0.05;
        !self.holds_fractions(column) && self.usual_move(column).is_some_and(|own| own > MIN_MOVE)
    }

    /// Returns the median size of the moves of a column, without rows that repeat the row before.
    fn usual_move(&self, column: usize) -> Option<f64> {
        let values: Vec<f64> = self.numbers(column).collect();
        let moves = values.windows(2).map(|pair| (pair[1] / pair[0]).ln().abs());
        median(moves.filter(|size| *size > 0.0 && size.is_finite()).collect())
    }

    /// Whether a column divided by another is a price of a bar: money over shares, each in units of a power of ten.
    fn is_traded_at(&self, money: usize, shares: usize, [_, high, low, _]: [usize; 4]) -> bool {
        const MAX_ROUNDING: f64 = 0.01;
        let rows = self.rows.iter().filter_map(|row| self.values(row, &[money, shares, high, low]));
        let rows: Vec<Vec<f64>> = rows.filter(|row| row[1] > 0.0 && row[3] > 0.0).collect();
        let Some(ratio) = median(rows.iter().map(|row| row[0] / row[1] / row[3]).collect()) else { return false };
        let unit = 10.0_f64.powf(ratio.log10().round());
        let is_within = |row: &&Vec<f64>| {
            let price = row[0] / row[1] / unit;
            (row[3] * (1.0 - MAX_ROUNDING)..=row[2] * (1.0 + MAX_ROUNDING)).contains(&price)
        };
        money != shares && nearly_all(rows.iter().filter(is_within).count(), rows.len())
    }

    /// Whether the numbers of a column are about as large as those of another: an adjusted close, not a volume.
    fn is_like(&self, column: usize, other: usize) -> bool {
        let pairs = self.rows.iter().filter_map(|row| Some((self.number(row, column)?, self.number(row, other)?)));
        pairs.filter(|(one, other)| (0.001..=2.0).contains(&(one / other))).count() > 0
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;

    use crate::Role;
    use crate::testing::{noise, read};

    /// Returns the column that is read as the volume, by its position in `columns`, which makes a row from the number
    /// of the row, the bar, the previous close, the shares and a random number.
    fn volume(columns: impl Fn(usize, &str, f64, f64, f64) -> String) -> Option<usize> {
        let mut random = noise(11);
        let mut uniform = || random.next().unwrap();
        let mut close = 40.0_f64;
        let rows: Vec<String> = (0..60)
            .map(|row| {
                let (before, open) = (close, close * (0.998 + 0.004 * uniform()));
                close = (open * (0.98 + 0.04 * uniform()) * 100.0).round() / 100.0;
                let bar = format!("{open:.2},{:.2},{:.2},{close:.2}", open.max(close) + 0.01, open.min(close) - 0.01);
                let shares = (1e6 * (0.3 + uniform())).round();
                let day = date(2021, 3, 1) + i64::try_from(row).unwrap().days();
                format!("{day},{}\n", columns(row, &bar, before, shares, uniform()))
            })
            .collect();
        let reading = read(&rows.concat()).unwrap();
        reading.understood.columns.iter().find(|column| column.role == Role::Volume).map(|column| column.number)
    }

    #[test]
    fn a_volume_may_stand_before_the_bar() {
        // Taiwan: shares, turnover, the bar, the change and the trades; also with the trades before the shares, and
        // with row numbers.
        let taiwan = |_: usize, bar: &str, before: f64, shares: f64, random: f64| {
            format!(
                "{shares},{:.0},{bar},{:.2},{:.0}",
                shares * before,
                random - 0.5,
                shares / (700.0 + 400.0 * random)
            )
        };
        assert_eq!(volume(taiwan), Some(2));
        let trades = |_: usize, bar: &str, before: f64, shares: f64, random: f64| {
            format!("{:.0},{shares},{:.2},{bar}", shares / (60.0 + 20.0 * random), shares * before)
        };
        assert_eq!(volume(trades), Some(3));
        assert_eq!(volume(|row, bar, _, shares, _| format!("{row},{bar},{shares}")), Some(7));
        assert_eq!(volume(|_, bar, before, shares, _| format!("{before:.2},{bar},{shares}")), Some(7));
        assert_eq!(volume(|_, bar, _, shares, _| format!("{shares},{bar}")), Some(2));
    }

    #[test]
    fn a_volume_may_stand_behind_changes() {
        // Tushare: shares in hundreds, turnover in thousands.
        let tushare = |_: usize, bar: &str, before: f64, shares: f64, random: f64| {
            format!("{bar},{before:.2},{:.2},{:.2},{:.3}", random - 0.5, shares / 100.0, shares * before / 1000.0)
        };
        assert_eq!(volume(tushare), Some(8));
    }

    #[test]
    fn a_volume_may_have_a_unit() {
        let investing = |_: usize, bar: &str, _: f64, shares: f64, random: f64| {
            format!("{bar},{:.2}M,{:.2}%", shares / 1e6, random - 0.5)
        };
        assert_eq!(volume(investing), Some(6));
    }

    #[test]
    fn of_few_rows_a_percentage_is_no_volume() {
        let rows = ["10.5,10.9,10.1,10.6", "10.6,11.2,10.5,11", "11,11.5,10.8,11.4", "11.3,11.9,11.1,11.6"];
        let of = |values: [&str; 4]| {
            let line = |(at, (bar, value)): (usize, (&str, &str))| format!("2021-03-0{},{bar},{value}\n", at + 1);
            let reading = read(&rows.into_iter().zip(values).enumerate().map(line).collect::<String>()).unwrap();
            let is_said = reading.warnings.iter().any(|warning| warning.to_string() == "column 6 is not read");
            (reading.series[0].volume.is_some(), is_said)
        };
        // A percentage change, a turnover rate in percent, a change in whole numbers, and volumes.
        assert_eq!(of(["0.95", "3.77", "3.64", "1.75"]), (false, true));
        assert_eq!(of(["1.25", "0.81", "2.2", "0.95"]), (false, true));
        assert_eq!(of(["1", "4", "4", "2"]), (false, true));
        assert_eq!(of(["9100", "12000", "8800", "15000"]), (true, false));
        assert_eq!(of(["9.1K", "12K", "8.8K", "15K"]), (true, false));
    }

    #[test]
    fn a_volume_that_cannot_be_identified_is_left_out() {
        let two = |_: usize, bar: &str, _: f64, shares: f64, random: f64| {
            format!("{:.0},{bar},{shares}", 1e5 * (0.3 + random))
        };
        assert_eq!(volume(two), None);
        // The market value of a company and the number of its shares.
        let value =
            |_: usize, bar: &str, before: f64, _: f64, _: f64| format!("{:.0},{bar},5969782550", before * 5.9e9);
        assert_eq!(volume(value), None);
    }
}
