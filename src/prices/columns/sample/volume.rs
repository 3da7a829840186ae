//! The volume beside a bar without names.

use super::{Sample, nearly_all};

impl Sample {
    /// The volume among the columns beside a bar of open, high, low and close. A single column is the volume, and of
    /// several behind the bar the first: volumes in money, numbers of trades and shares of the volume follow it, in
    /// files of exchanges.
    pub(super) fn unnamed_volume(&self, bar: [usize; 4], rest: &[usize]) -> Option<usize> {
        let last = bar.into_iter().max().unwrap_or_default();
        let is_price = |column: usize| self.is_like(column, bar[3]) && self.moves_as_price(column);
        let is_count = |&column: &usize| !is_price(column) && self.numbers(column).all(|number| number >= 0.0);
        // An adjusted close may stand between.
        let behind = (last + 1..).take_while(|column| rest.contains(column)).find(|&column| !is_price(column));
        let volume = match rest[..] {
            [one] => Some(one),
            // Before the bar there may be a volume too.
            _ => behind.filter(|_| rest.iter().all(|&column| column > last)),
        };
        let volume = volume.filter(is_count);
        let shares = |money: usize| rest.iter().copied().find(|&other| self.is_traded_at(money, other, bar));
        volume.map(|column| shares(column).unwrap_or(column))
    }

    /// Whether a column over another is a price of a bar: money over shares.
    fn is_traded_at(&self, money: usize, shares: usize, [_, high, low, _]: [usize; 4]) -> bool {
        const MAX_ROUNDING: f64 = 0.01;
        let rows = self.rows.iter().filter_map(|row| self.values(row, &[money, shares, high, low]));
        let rows: Vec<bool> = rows
            .filter(|row| row[1] > 0.0)
            .map(|row| (row[3] * (1.0 - MAX_ROUNDING)..=row[2] * (1.0 + MAX_ROUNDING)).contains(&(row[0] / row[1])))
            .collect();
        !rows.is_empty() && nearly_all(rows.iter().filter(|traded| **traded).count(), rows.len())
    }

    /// Whether a column has numbers of the size of another's: an adjusted close, not a volume.
    fn is_like(&self, column: usize, other: usize) -> bool {
        let pairs = self.rows.iter().filter_map(|row| Some((self.number(row, column)?, self.number(row, other)?)));
        pairs.filter(|(one, other)| (0.001..=2.0).contains(&(one / other))).count() > 0
    }
}
