//! Prices of both sides of a quote, bid and ask: columns of one instrument, not of two.

use super::finder::Finder;
use super::groups::VAGUE;
use crate::error::Fault;
use crate::options::ColumnUse;
use crate::vocabulary::affix::side;
use crate::vocabulary::indicators::measure;
use crate::vocabulary::names::{self, Role};
use crate::vocabulary::sides::{Side, has_side, is_middle, side_alone};

/// The largest ratio of a selling price to a buying price, or its inverse.
const MAX_SPREAD: f64 = 1.25;

/// The largest ratio of two prices that are taken for sides only because a third is their mean.
const MAX_SPREAD_WITHOUT_NAMES: f64 = 1.05;

/// The columns of bid and ask prices.
struct Sided {
    columns: Vec<(usize, Side, Role)>,
    /// Whether other columns can be prices.
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
        // A tick count is no price.
        let others: Vec<usize> = others.into_iter().filter(|&column| self.is_like_price(column)).collect();
        let has_close = self.known.iter().flatten().any(|(role, _)| role.is_close());
        Sided {
            columns: sided.into_iter().filter_map(side).collect(),
            are_beside_others: has_close || !others.is_empty(),
        }
    }

    /// Names the close beside the prices at which a dealer buys and sells, and marks these as not to be read. If no
    /// column is clearly the close, the close is a column between both sides, whatever its name: `Average` between
    /// `Buying` and `Selling`.
    pub(super) fn name_middle(&mut self) {
        let is_side = |column: &usize| side_alone(&self.table.names[*column]).is_some() && self.may_be_series(*column);
        let sides: Vec<usize> = self.columns().filter(is_side).collect();
        let closes = |finder: &Self, below: u8| -> Vec<usize> {
            let named = finder.all_named().into_iter().filter(|(column, _)| !sides.contains(column));
            named.filter(|(_, (role, rank))| role.is_close() && *rank < below).map(|(column, _)| column).collect()
        };
        if closes(self, VAGUE).is_empty()
            && let Some(middle) = self.middle(&sides)
        {
            self.known[middle] = Some((Role::Close, 0));
        }
        self.name_mean();
        self.read_middle_without_sides();
        let found = closes(self, u8::MAX);
        // Without a close, `Sell` is read beside `Buy Cash`.
        let is_unused = |&side: &usize| matches!(self.known[side], Some((Role::Unused, _)));
        let (unused, read): (Vec<usize>, Vec<usize>) = sides.iter().partition(|side| is_unused(side));
        if found.is_empty() && read.iter().any(|&side| self.known[side].is_none()) {
            unused.into_iter().for_each(|side| self.known[side] = None);
        }
        let is_beside = |side: usize| found.iter().any(|&close| self.sample.is_in_reach(side, close));
        let beside: Vec<usize> = sides.iter().copied().filter(|&side| is_beside(side)).collect();
        beside.into_iter().for_each(|side| self.known[side] = Some((Role::Unused, 0)));
    }

    /// Reads the only one of three prices that is the mean of the other two on nearly all rows as the close, whatever
    /// the names, and marks the others, which are its sides, as not to be read.
    fn name_mean(&mut self) {
        let is_open = |column: usize| match self.known[column] {
            None => !self.is_amount(column),
            Some((Role::Unused, _)) => self.is_like_price(column),
            Some((Role::Close, rank)) => rank >= VAGUE,
            _ => false,
        };
        let may_be = |column: &usize| !self.dates.contains(column) && is_open(*column) && self.may_be_series(*column);
        let open: Vec<usize> = self.columns().filter(may_be).collect();
        let is_clear = |(_, (role, rank)): &(usize, (Role, u8))| role.is_close() && *rank < VAGUE;
        let [one, two, three] = open[..] else { return };
        if self.all_named().iter().any(is_clear) || !open.iter().all(|&column| self.is_like_price(column)) {
            return;
        }
        // Two tickers and their mean are three series.
        let is_symbol = |column: usize| names::is_long_symbol(&self.table.names[column]);
        let is_unnamed = |side: &usize| side_alone(&self.table.names[*side]).is_none();
        let spread = |sides: [usize; 2]| match sides.iter().any(is_unnamed) {
            true => MAX_SPREAD_WITHOUT_NAMES,
            false => MAX_SPREAD,
        };
        let are_sides = |sides: [usize; 2]| {
            self.are_within(sides, spread(sides)) && !sides.iter().any(|side| is_unnamed(side) && is_symbol(*side))
        };
        let orders = [[one, two, three], [two, one, three], [three, one, two]];
        let is_mean =
            |[mean, bid, ask]: &&[usize; 3]| are_sides([*bid, *ask]) && self.sample.is_mean(*mean, [*bid, *ask]);
        if let Some(&[mean, bid, ask]) = orders.iter().find(is_mean) {
            let unnamed: Vec<usize> = [bid, ask].into_iter().filter(is_unnamed).collect();
            self.sides_by_values.extend(unnamed);
            self.known[mean] = Some((Role::Close, 0));
            [bid, ask].into_iter().for_each(|side| self.known[side] = Some((Role::Unused, 0)));
        }
    }

    /// Reads a middle rate as the close of the rates beside it, but as one of several series beside other prices.
    fn read_middle_without_sides(&mut self) {
        let has_sides = self.columns().any(|column| has_side(&self.table.names[column]));
        let is_other = |column: usize| self.known[column].is_none() && self.is_like_price(column);
        if !has_sides && self.columns().any(|column| is_other(column) && !self.dates.contains(&column)) {
            let middles: Vec<usize> = self.columns().filter(|&column| is_middle(&self.table.names[column])).collect();
            middles.into_iter().for_each(|column| self.known[column] = None);
        }
    }

    /// Returns the column whose prices lie between both sides on nearly all rows: preferably one named as a close, then
    /// one with an unknown name.
    fn middle(&self, sides: &[usize]) -> Option<usize> {
        let of = |wanted: Side| {
            sides.iter().copied().filter(move |&column| side_alone(&self.table.names[column]) == Some(wanted))
        };
        let all = of(Side::Bid).flat_map(|bid| of(Side::Ask).map(move |ask| [bid, ask]));
        let pairs: Vec<[usize; 2]> = all.filter(|pair| self.are_near(*pair)).collect();
        let rank = |column: usize| match self.known[column] {
            Some((Role::Close, rank)) => Some(rank),
            None => Some(u8::MAX - 1),
            // Averages are marked elsewhere as not to be read; an average of the day before does not belong to this
            // day.
            Some((Role::Unused, _)) if !names::is_of_day_before(&self.table.names[column]) => Some(u8::MAX),
            _ => None,
        };
        // A cash rate can equal the transfer rate on all rows: a copy of one side is not between both sides.
        let is_copy = |column: usize| pairs.iter().flatten().any(|&side| self.sample.is_copy(column, side));
        let is_between =
            |column: usize| pairs.iter().any(|&pair| self.sample.is_within(column, pair)) && !is_copy(column);
        let may_be = |column: &usize| {
            !sides.contains(column)
                && !has_side(&self.table.names[*column])
                && !self.dates.contains(column)
                && self.may_be_series(*column)
                && is_between(*column)
        };
        let found = self.columns().filter(may_be).filter_map(|column| Some((rank(column)?, column)));
        found.min().map(|(_, column)| column)
    }

    /// Returns the buying and selling prices of one instrument, if none of them is read and only a measure is beside
    /// them: `Bid,Ask,Yield`. BID and ASK far from each other are tickers.
    fn sides_beside_measure(&self) -> Vec<usize> {
        let name = |column: usize| &self.table.names[column];
        let is_unused = |column: usize| matches!(self.known[column], Some((Role::Unused, _)));
        let is_side =
            |&column: &usize| is_unused(column) && side_alone(name(column)).is_some() && self.may_be_series(column);
        let sides: Vec<usize> = self.columns().filter(is_side).collect();
        let is_pair = match sides[..] {
            [one, other] if side_alone(name(one)) == Some(Side::Bid) => self.are_near([one, other]),
            [one, other] => self.are_near([other, one]),
            _ => false,
        };
        let is_open = |column: &usize| self.known[*column].is_none() && self.may_be_series(*column);
        let mut open = self.columns().filter(|column| !self.dates.contains(column) && is_open(column)).peekable();
        let are_measures = open.peek().is_some() && open.all(|column| measure(name(column)).is_some());
        if is_pair && are_measures && self.named_closes().is_empty() { sides } else { Vec::new() }
    }

    /// Whether a selling price is near a buying price. BUY and ASK can also be tickers.
    fn are_near(&self, sides: [usize; 2]) -> bool {
        self.are_within(sides, MAX_SPREAD)
    }

    fn are_within(&self, [bid, ask]: [usize; 2], spread: f64) -> bool {
        let middles = self.sample.middle(bid).zip(self.sample.middle(ask));
        middles.is_some_and(|(bid, ask)| (1.0 / spread..=spread).contains(&(ask / bid)))
    }

    /// Gives columns of bid and ask their roles: if there is only one side, it is the price; beside other prices the
    /// sides are not read. There, `BID close` is a close of the ticker BID.
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

    /// Returns an error if either side can be the price.
    pub(super) fn check_sides(&self) -> Result<(), Fault> {
        let both = self.sides_beside_measure();
        if !both.is_empty() {
            return self.only(ColumnUse::Price, &both).map(drop);
        }
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

#[cfg(test)]
mod tests {
    use crate::testing::{Row, first_closes, read, walks, warnings};

    /// Prices far from each other belong to different stocks, whatever their names.
    #[test]
    fn tickers_called_buy_and_ask_are_series() {
        let rows = (2..30).map(|day| format!("2024-01-{day:02},151.{day},44.{day},75.{day},210.{day}\n"));
        let reading = read(&format!("Date,BUY,ASK,CASH,AAPL\n{}", rows.collect::<String>())).unwrap();
        let names: Vec<&str> = reading.series.iter().map(|series| series.name.as_str()).collect();
        assert_eq!(names, ["BUY", "ASK", "CASH", "AAPL"]);
    }

    /// Reads 28 days of a bid, an offer and what `tail` adds.
    fn of_sides(header: &str, tail: &str) -> Result<Vec<f64>, String> {
        let tail = |day: usize| if tail == "mid" { format!(",151.{}", day + 15) } else { tail.to_owned() };
        let row = |day: usize| format!("2024-01-{day:02},151.{day:02},151.{}{}", day + 30, tail(day));
        let text = format!("Date,{header}\n{}", (2..30).map(|day| row(day) + "\n").collect::<String>());
        let reading = read(&text).map_err(|error| error.to_string())?;
        Ok(reading.series.iter().map(|series| series.close[0]).collect())
    }

    #[test]
    fn a_unit_in_brackets_does_not_change_a_side() {
        for names in [["Bid price", "Offer price"], ["Buying", "Selling"], ["TT Buy", "TT Sell"], ["Bid", "Offer"]] {
            let header = |unit: &str| names.map(|name| format!("{name}{unit}")).join(",");
            let plain = of_sides(&header(""), "").map_err(|_| "is refused");
            for unit in [" (p)", " (Kshs)", " (GBX)", " [USD]"] {
                let header = header(unit);
                assert_eq!(of_sides(&header, "").map_err(|_| "is refused"), plain, "{header}");
                for middle in ["Mid price", "Mean", "Mid"] {
                    let header = format!("{header},{middle}{unit}");
                    assert_eq!(of_sides(&header, "mid"), Ok(vec![151.17]), "{header}");
                }
            }
        }
        assert_eq!(of_sides("Application Price,Withdrawal Price,Mid Price", "mid"), Ok(vec![151.17]));
    }

    #[test]
    fn a_yield_beside_both_sides_is_not_the_price() {
        for names in ["Bid,Ask", "Bid price (p),Offer price (p)", "Buy,Sell"] {
            let error = of_sides(&format!("{names},Yield"), ",2.1").expect_err(names);
            assert!(error.contains("could each be the price column"), "{names}: {error}");
        }
    }

    /// A bid, an offer and their mean, in the order of `at`; on each tenth row, all are equal.
    fn quoted(row: Row, at: [usize; 3]) -> String {
        let price = row.prices[0];
        let half = if row.number % 10 == 3 { 0.0 } else { 0.13 };
        let cells = [price - half, price + half, price];
        format!("{:.2},{:.2},{:.2}", cells[at[0]], cells[at[1]], cells[at[2]])
    }

    #[test]
    fn the_mean_of_two_rates_is_the_price() {
        let expected = first_closes("Date,Close", |row| format!("{:.2}", row.prices[0]));
        for header in
            ["Datum,Köp,Sälj,Mitt", "Dátum,Vétel,Eladás,Közép", "Date,Value,Index,Level", "Date,Alpha,Beta,Gamma"]
        {
            for at in [[0, 1, 2], [1, 0, 2], [0, 2, 1], [2, 0, 1], [1, 2, 0], [2, 1, 0]] {
                assert_eq!(first_closes(header, |row| quoted(row, at)), expected, "{header} {at:?}");
                let names: Vec<&str> = header.split(',').skip(1).collect();
                let warnings = warnings(&walks(header, |row| quoted(row, at)));
                for side in (0..3).filter(|&column| at[column] != 2) {
                    let is_named = warnings.iter().any(|warning| warning.contains(&format!("'{}'", names[side])));
                    assert!(is_named, "{header} {at:?} {}: {warnings:?}", names[side]);
                }
            }
        }
    }

    #[test]
    fn a_mean_of_two_series_is_a_series() {
        // Another rate is not dropped.
        let rates =
            |row: Row| format!("{:.2},5.40,{1:.2},{2:.2}", row.prices[0], row.prices[0] - 0.13, row.prices[0] + 0.13);
        assert_eq!(first_closes("Date,sofr,iorb,p25,p75", rates).map(|found| found.len()), Ok(4));
        for (header, near) in
            [("Date,A1,B2,Basket", 0.0), ("Date,Fund A,Fund B,Blend 50/50", 14.0), ("Date,SPY,VTI,MIX", 19.5)]
        {
            let found = first_closes(header, |Row { prices: [one, other], .. }| {
                let one = one + near;
                format!("{one:.2},{other:.2},{:.3}", (one + other) / 2.0)
            });
            assert_eq!(found.map(|found| found.len()), Ok(3), "{header}");
        }
    }
}
