//! Prices of both sides of the quotes, bid and ask: columns of one instrument, not of two.

use super::finder::Finder;
use crate::error::Fault;
use crate::options::ColumnUse;
use crate::vocabulary::affix::{Side, side};
use crate::vocabulary::names::Role;

/// The columns of such prices.
struct Sided {
    columns: Vec<(usize, Side, Role)>,
    /// Whether there are other columns that may be prices.
    are_beside_others: bool,
}

impl Sided {
    fn is_of_both(&self) -> bool {
        let has = |wanted: Side| self.columns.iter().any(|(_, side, _)| *side == wanted);
        has(Side::Bid) && has(Side::Ask)
    }
}

impl Finder<'_> {
    fn sided(&self) -> Sided {
        let is_open = |column: usize| self.known[column].is_none() && !self.dates.contains(&column);
        let may_be = |column: &usize| is_open(*column) && self.may_be_series(*column);
        let side = |column: usize| side(&self.table.names[column]).map(|(side, role)| (column, side, role));
        let (sided, others): (Vec<usize>, Vec<usize>) =
            self.columns().filter(may_be).partition(|&column| side(column).is_some());
        // A count of ticks is no price.
        let others: Vec<usize> = others.into_iter().filter(|&column| self.is_like_price(column)).collect();
        let has_close = self.known.iter().flatten().any(|(role, _)| role.is_close());
        Sided {
            columns: sided.into_iter().filter_map(side).collect(),
            are_beside_others: has_close || !others.is_empty(),
        }
    }

    /// Gives such columns their roles: of one side alone they are the prices; beside other prices they are not read.
    /// `BID close` beside these is of a ticker.
    pub(super) fn name_sides(&mut self) {
        let sided = self.sided();
        if sided.is_of_both() && !sided.are_beside_others {
            return;
        }
        for &(column, _, role) in sided.columns.iter().filter(|(column, ..)| self.affixed[*column].is_none()) {
            let role = if sided.are_beside_others { Role::Unused } else { role };
            self.known[column] = Some((role, 0));
        }
    }

    /// The fault that either side may be the price.
    pub(super) fn check_sides(&self) -> Result<(), Fault> {
        let sided = self.sided();
        if !sided.is_of_both() || sided.are_beside_others {
            return Ok(());
        }
        let closes: Vec<usize> =
            sided.columns.iter().filter(|(.., role)| *role == Role::Close).map(|(column, ..)| *column).collect();
        let all = || sided.columns.iter().map(|(column, ..)| *column).collect::<Vec<_>>();
        self.only(ColumnUse::Price, if closes.is_empty() { all() } else { closes }.as_slice()).map(drop)
    }
}
