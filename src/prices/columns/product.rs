//! Finds a column that is the product of two others: turnover = average price x volume.

use super::finder::Finder;
use crate::prices::vocabulary::names::Role;

impl Finder<'_> {
    /// Gives the columns of such a table their roles: the product is turnover and not a price; the price is the close
    /// if no other column is named so, and likewise the volume.
    pub(super) fn name_product(&mut self) {
        /// Every triple of columns is tried; tables with more columns hold many series.
        const MAX_COLUMNS: usize = 16;
        let numbers: Vec<usize> = self.columns().filter(|&column| self.may_be_factor(column)).collect();
        if self.table.header.is_none() || numbers.len() > MAX_COLUMNS {
            return;
        }
        let role = |column: usize| self.known[column].map(|(role, _)| role);
        let may_be = |[money, _, volume]: [usize; 3]| {
            !matches!(role(money), Some(Role::Volume | Role::Adjusted)) && role(volume) != Some(Role::Unused)
        };
        let Some([money, price, volume]) = self.sample.product(&numbers, may_be) else { return };
        let is_named = |role: Role, max_rank: u8| {
            let mut named = self.all_named().into_iter().filter(|(column, _)| *column != money);
            named.any(|(_, (found, rank))| found == role && rank < max_rank)
        };
        let has_close = is_named(Role::Close, 3) || is_named(Role::Adjusted, 3);
        let has_volume = is_named(Role::Volume, u8::MAX);
        self.known[money] = Some((Role::Unused, 0));
        if !has_close {
            self.known[price] = Some((Role::Close, 0));
        }
        if !has_volume {
            self.known[volume] = Some((Role::Volume, 0));
        }
    }

    fn may_be_factor(&self, column: usize) -> bool {
        let is_number = self.sample.holds_numbers(column) && !self.dates.contains(&column);
        let role = self.known[column].map(|(role, _)| role);
        let other = matches!(role, Some(Role::Open | Role::High | Role::Low | Role::Ticker | Role::Split));
        is_number && !other && self.affixed[column].is_none() && !self.table.names[column].is_empty()
    }
}
