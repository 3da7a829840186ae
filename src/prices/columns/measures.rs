//! Fundamentals of a company or a fund beside its price: price to earnings, earnings per share, dividend yield, net
//! assets, the number of holders.

use std::collections::HashSet;

use super::finder::Finder;
use crate::vocabulary::affix::{Measured, measured};
use crate::vocabulary::books::total;
use crate::vocabulary::funds::is_of_fund;
use crate::vocabulary::names::{Measure, Role, measure, normal};

impl Finder<'_> {
    /// Marks columns of fundamentals as no series: if the name of one can mean nothing else, or if most of those that
    /// could be tickers are correlated with the only other column, as ratios of it are, or hardly change.
    pub(super) fn name_measures(&mut self) {
        self.name_measures_of_tickers();
        // The total assets of a fund are no price, but those of a portfolio are.
        let is_of_books =
            |column: usize| self.known[column] == Some((Role::Close, 0)) && total(&self.table.names[column]).is_some();
        let may_be =
            |column: &usize| !self.dates.contains(column) && !is_of_books(*column) && self.may_be_series(*column);
        let (mut found, others): (Vec<usize>, Vec<usize>) =
            self.columns().filter(may_be).partition(|&column| measure(&self.table.names[column]).is_some());
        let closes: Vec<usize> = self.named_closes();
        let is_clear = |column: &usize| measure(&self.table.names[*column]) == Some(Measure::Clear);
        let others: Vec<usize> = others.into_iter().filter(|&column| self.is_unnamed_series(column)).collect();
        let price = if others.is_empty() { &closes } else { &others };
        // Without a price column, the assets of a fund can be the series to read.
        if price.is_empty() {
            found.retain(|&column| !is_of_fund(&normal(&self.table.names[column])));
        }
        let goes_with = match price[..] {
            [price] => found.iter().filter(|&&column| self.is_of_company(column, price)).count(),
            _ => 0,
        };
        if found.iter().any(is_clear) || goes_with > 0 && 2 * goes_with >= found.len() {
            found.iter().for_each(|&column| self.known[column] = Some((Role::Unused, 0)));
            self.measures.extend(found);
        }
    }

    /// Marks columns of fundamentals and indicators of the tickers of a wide table: `AAPL PE` and `MSFT PE` beside
    /// `AAPL`.
    fn name_measures_of_tickers(&mut self) {
        let is_open = |column: usize| self.known[column].is_none() && self.affixed[column].is_none();
        let may_be = |column: &usize| !self.dates.contains(column) && is_open(*column) && self.may_be_series(*column);
        let columns: Vec<usize> = self.columns().filter(may_be).collect();
        let names: HashSet<&str> = columns.iter().map(|&column| self.table.names[column].as_str()).collect();
        let of = |column: usize| measured(&self.table.names[column]);
        let of_tickers = columns.iter().flat_map(|&column| of(column)).filter(|one| names.contains(one.ticker));
        let forms: HashSet<(bool, String)> = of_tickers.map(|one| one.form).collect();
        let is_of_form = |one: Measured<'_>| forms.contains(&one.form);
        let found: Vec<usize> = columns.into_iter().filter(|&column| of(column).into_iter().any(is_of_form)).collect();
        found.iter().for_each(|&column| self.known[column] = Some((Role::Unused, 0)));
        self.measures.extend(found);
    }

    /// Whether a column is correlated with a price as its ratios are, or hardly changes.
    fn is_of_company(&self, column: usize, price: usize) -> bool {
        const MIN_WITH: f64 = 0.9;
        const MIN_AGAINST: f64 = 0.6;
        const MIN_ROWS_PER_CHANGE: usize = 10;
        let is_set = || MIN_ROWS_PER_CHANGE * self.sample.changes(column) <= self.sample.changes(price);
        let moves = self.sample.correlation(column, price);
        moves.is_some_and(|moves| moves >= MIN_WITH || moves <= -MIN_AGAINST) || is_set()
    }
}
