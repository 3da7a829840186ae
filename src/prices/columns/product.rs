//! Finds a column that is the product of two others: turnover = average price x volume.

use super::finder::Finder;
use super::groups::VAGUE;
use crate::vocabulary::funds::may_be_in_issue;
use crate::vocabulary::headers::is_count;
use crate::vocabulary::names::{self, Role};

impl Finder<'_> {
    /// Gives the three columns their roles. The product is turnover, not a price. The factors are the close and the
    /// volume, unless other columns are named so, or another column is near the price. Turnover over volume lies within
    /// the bar of a day, so it does not show which price of the bar a column is.
    pub(super) fn name_product(&mut self) {
        /// Every triple of columns is tried. Tables with more columns hold many series.
        const MAX_COLUMNS: usize = 16;
        let numbers: Vec<usize> = self.columns().filter(|&column| self.may_be_factor(column)).collect();
        if self.table.header.is_none() || numbers.len() > MAX_COLUMNS {
            return;
        }
        let role = |column: usize| self.known[column].map(|(role, _)| role);
        // The product of a price and one of two volumes is turnover: `Volume` beside `Quantidade`.
        let are_volumes = |columns: [usize; 2]| columns.iter().all(|&column| role(column) == Some(Role::Volume));
        let may_be = |[money, _, volume]: [usize; 3]| match role(money) {
            Some(Role::Adjusted) => false,
            Some(Role::Volume) => are_volumes([money, volume]),
            _ => role(volume) != Some(Role::Unused),
        };
        let Some([money, price, volume]) = self.sample.product(&numbers, may_be) else { return };
        let is_named = |role: Role, max_rank: u8| {
            let mut named = self.all_named().into_iter().filter(|(column, _)| *column != money);
            named.any(|(_, (found, rank))| found == role && rank < max_rank)
        };
        let has_close = is_named(Role::Close, 3) || is_named(Role::Adjusted, 3);
        let has_volume = is_named(Role::Volume, u8::MAX);
        self.known[money] = Some((Role::Unused, 0));
        let is_of_same_days = |&column: &usize| {
            let is_other = ![money, price, volume].contains(&column) && !self.dates.contains(&column);
            is_other && self.may_be_series(column) && self.sample.is_near(column, price)
        };
        if !has_close && !self.columns().any(|column| is_of_same_days(&column)) {
            self.known[price] = Some((Role::Close, 0));
        }
        if !has_volume {
            self.known[volume] = Some((Role::Volume, 0));
        }
    }

    /// Marks columns of volume that are zero on all rows as not to be read, beside one that is not: MetaTrader writes
    /// the volume of the exchange, which is unknown for many symbols, beside the tick volume.
    pub(super) fn pass_over_empty_volumes(&mut self) {
        let volumes = self.columns().filter(|&column| matches!(self.known[column], Some((Role::Volume, _))));
        let (empty, filled): (Vec<usize>, Vec<usize>) =
            volumes.partition(|&column| self.sample.all(column, |cell| self.sample.value(column, cell) == Some(0.0)));
        if !filled.is_empty() {
            empty.into_iter().for_each(|column| self.known[column] = Some((Role::Unused, 0)));
        }
    }

    /// Marks columns whose names can mean traded units or units in issue as not to be read if their numbers are those of
    /// units in issue, or of units held: these hardly move.
    pub(super) fn pass_over_units_in_issue(&mut self) {
        const MIN_CLASSES: usize = 2;
        let is_volume = |column: usize| matches!(self.known[column], Some((Role::Volume, _)));
        let are_in_issue = |column: &usize| {
            is_volume(*column) && may_be_in_issue(&self.table.names[*column]) && self.sample.hardly_moves(*column)
        };
        // A fund can be called `Shares` or `Units`, but beside another price such a column holds the units held, unless
        // all names are tickers.
        let has_close = !self.named_closes().is_empty();
        let is_other = |column: &usize| {
            let is_open = self.is_unnamed_series(*column) && !self.dates.contains(column);
            is_open && self.may_be_series(*column) && self.is_like_price(*column)
        };
        let others: Vec<usize> = self.columns().filter(is_other).collect();
        let is_symbol = |column: &usize| names::is_long_symbol(&self.table.names[*column]);
        let is_ticker = |column: usize| is_symbol(&column) && others.iter().all(is_symbol);
        let is_shares = |column: usize| names::normal(&self.table.names[column]) == "shares";
        // `Bonds,Property,Shares,Cash` are asset classes.
        let is_class =
            |column: usize| is_shares(column) && others.len() >= MIN_CLASSES && self.sample.hardly_repeats(column);
        let is_price = |column: usize| {
            let may_be = !has_close || is_shares(column);
            let is_alone = others.is_empty() || is_ticker(column) || is_class(column);
            may_be && is_alone && self.is_like_price(column)
        };
        let found: Vec<usize> = self.columns().filter(are_in_issue).collect();
        let (prices, held): (Vec<usize>, Vec<usize>) = found.into_iter().partition(|&column| is_price(column));
        prices.into_iter().for_each(|column| self.known[column] = None);
        held.iter().for_each(|&column| self.known[column] = Some((Role::Unused, 0)));
        if !has_close {
            self.measures.extend(held);
        }
    }

    /// Gives turnover and shares their roles in a table without an average price: turnover over shares moves far less
    /// than turnover does.
    pub(super) fn name_turnover(&mut self) {
        let may_be = |column: usize| self.known[column].is_none_or(|known| matches!(known, (Role::Close, VAGUE..)));
        let money = self.columns().find(|&column| may_be(column) && self.shares_behind(column).is_some());
        let Some((money, shares)) = money.and_then(|money| Some((money, self.shares_behind(money)?))) else { return };
        self.known[money] = Some((Role::Unused, 0));
        self.known[shares].get_or_insert((Role::Volume, 0));
    }

    /// Whether a column holds counts or money, so that it is not suggested as the price.
    pub(super) fn is_no_price(&self, column: usize) -> bool {
        match self.known[column] {
            Some((Role::Volume | Role::Split | Role::Dividend, _)) => true,
            Some((Role::Unused, _)) if !self.sample.moves_as_price(column) => true,
            _ => self.shares_behind(column).is_some(),
        }
    }

    /// Whether a column that was named as the price is named as a volume, or holds a count or money beside a price.
    pub(super) fn is_count_or_money(&self, column: usize) -> bool {
        let is_other = matches!(self.known[column], Some((Role::Volume | Role::Split | Role::Dividend, _)));
        // `Vol` can be a volatility, whose estimates move more than prices do, and in a wide table a ticker.
        let is_volatility = || names::normal(&self.table.names[column]) == "vol" && self.sample.holds_fractions(column);
        let is_named = is_other && !self.is_like_price(column) && !is_volatility();
        let is_beside = || self.columns().any(|price| price != column && self.sample.is_count_beside(column, price));
        is_named || self.shares_behind(column).is_some() || is_beside()
    }

    /// Returns the columns of shares or contracts.
    pub(super) fn counts(&self) -> Vec<usize> {
        /// Tables with more such columns hold many series.
        const MAX_COUNTS: usize = 8;
        let is_count = |column: &usize| {
            let is_named = is_count(&names::normal(&self.table.names[*column]));
            is_named || matches!(self.known[*column], Some((Role::Volume, _)))
        };
        self.columns().filter(is_count).take(MAX_COUNTS).collect()
    }

    /// Returns the column of shares or contracts with which a column is about in proportion: turnover is, a price is
    /// not.
    fn shares_behind(&self, money: usize) -> Option<usize> {
        let mut counts = self.counts.iter().copied().filter(|&shares| shares != money);
        counts.find(|&shares| self.sample.is_about_in_proportion(money, shares))
    }

    fn may_be_factor(&self, column: usize) -> bool {
        let is_number = self.sample.holds_numbers(column) && !self.dates.contains(&column);
        let role = self.known[column].map(|(role, _)| role);
        let other = matches!(role, Some(Role::Open | Role::High | Role::Low | Role::Ticker | Role::Split));
        is_number && !other && self.affixed[column].is_none() && !self.table.names[column].is_empty()
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Row, first_closes};

    #[test]
    fn units_held_beside_a_ticker_are_no_series() {
        for header in ["Date,AAPL,Units", "Date,BTC,units", "Date,VTI,Shares", "Date,Gold,Ounces", "Date,Kurs,Anteile"]
        {
            let held = |row: Row| format!("{:.2},{:.4}", row.prices[0], 12.3456 + (row.number / 20) as f64);
            let found = first_closes(header, held).unwrap();
            assert!(found.len() == 1 && found[0] > 30.0, "{header}: {found:?}");
        }
    }

    #[test]
    fn shares_among_asset_classes_and_tickers_are_a_series() {
        let three = |Row { prices: [one, other], .. }: Row| format!("{one:.2},{other:.2},{:.2}", 900.0 + 2.0 * one);
        let four = |row: Row| format!("{},{:.2}", three(row), 20.0 + 3.0 * row.prices[1]);
        for header in
            ["Date,Bonds,Property,Shares,Cash", "Date,GOOG,IBM,CONTRACTS,SHARES-USD", ",GOOG,IBM,CONTRACTS,SHARES-USD"]
        {
            assert_eq!(first_closes(header, four).map(|found| found.len()), Ok(4), "{header}");
        }
        assert_eq!(first_closes("Date,Bonds,Gold,Shares", three).map(|found| found.len()), Ok(3));
    }
}
