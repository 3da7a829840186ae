//! Columns that are not read: a warning names them. Beside a close with a known name, it names only those that can hold
//! prices; in a table of tickers, it names every column whose name does not show that it is no ticker.

use std::collections::HashSet;

use super::finder::Finder;
use super::groups::VAGUE;
use super::plan::{Field, Group, Plan};
use crate::vocabulary::beside::{is_change, is_flag, is_fraction, is_label, is_of_flags};
use crate::vocabulary::books::{is_of_other_kind, is_part, may_be_part, may_be_total, total};
use crate::vocabulary::currency_names;
use crate::vocabulary::headers::{OF_CONTRACTS, OF_PERIODS, OF_TIMES};
use crate::vocabulary::indicators;
use crate::vocabulary::names::{self, Role};

impl Finder<'_> {
    /// Returns the columns that are not read and that a warning names: first those that can hold prices, then the
    /// others.
    pub(super) fn not_read(&self, plan: &Plan) -> [Vec<usize>; 2] {
        let read = self.are_read(plan);
        let named = |&column: &usize| {
            !read[column] && !self.table.names[column].is_empty() && !is_of_flags(&self.table.names[column])
        };
        // If a price of the bar is out of reach, another warning says that only closes are read.
        let reported = |&column: &usize| !plan.out_of_reach.is_empty() && self.known[column].is_some();
        // In a table of several series, every column that is no series is named.
        let is_wide = plan.groups.len() > 1 && plan.groups.iter().all(|group| self.known[group.close()].is_none());
        let is_none = |&column: &usize| !is_wide && self.cannot_be_price(column);
        let bar = self.bar_beside_close(&plan.groups);
        let may_be_price =
            |column: usize| !is_none(&column) && (self.is_dropped(column, &plan.groups) || bar.contains(&column));
        let are_tickers = self.are_tickers(plan);
        let is_left = |column: &usize| may_be_price(*column) || are_tickers && self.is_left_of_tickers(*column, plan);
        let dropped = self.columns().filter(named).filter(|column| !reported(column)).filter(is_left);
        let unnamed = self.columns().filter(|&column| !read[column] && self.is_left_beside_close(column, plan));
        let of_other_days =
            self.other_days.iter().copied().filter(|&column| !read[column] && self.sample.holds_prices(column));
        let of_other_days: Vec<usize> = of_other_days.collect();
        let dropped = dropped.chain(unnamed).filter(|column| !of_other_days.contains(column)).collect::<Vec<_>>();
        let all = dropped.into_iter().chain(of_other_days.iter().copied());
        let (others, prices) = all.partition(|&column| self.is_no_price_to_name(column));
        [prices, others]
    }

    /// Returns the names of columns that are not read, without those that another warning names.
    pub(super) fn labels_to_name(&self, columns: &[usize], plan: &Plan) -> Vec<String> {
        // A set, because there can be thousands.
        let without_price: HashSet<&String> = plan.without_price.iter().collect();
        let labels = self.table.labels_of(columns).into_iter();
        labels.filter(|label| !is_misnamed(label, plan) && !without_price.contains(label)).collect()
    }

    /// Returns the columns that are not read and have too few cells in the sample to be judged.
    pub(super) fn hardly_filled(&self, plan: &Plan) -> Vec<usize> {
        /// With fewer, a price may not have moved.
        const MIN_CELLS: usize = 10;
        let read = self.are_read(plan);
        let is_open = |column: usize| !self.sample.is_filled_for(column, MIN_CELLS) && !self.sample.is_read_on(column);
        self.columns().filter(|&column| !read[column] && is_open(column)).collect()
    }

    /// Returns whether each column is read.
    fn are_read(&self, plan: &Plan) -> Vec<bool> {
        let mut read = vec![false; self.known.len()];
        plan.date_columns().into_iter().chain(plan.by).for_each(|column| read[column] = true);
        plan.groups.iter().flat_map(|group| &group.fields).for_each(|&(_, column)| read[column] = true);
        plan.covariates.iter().for_each(|&(_, column)| read[column] = true);
        read
    }

    /// Whether all series are columns of tickers, beside no close with a known name.
    fn are_tickers(&self, plan: &Plan) -> bool {
        let is_unknown = |group: &Group| self.known[group.close()].is_none();
        self.table.header.is_some() && plan.by.is_none() && plan.groups.iter().all(is_unknown)
    }

    /// Whether a column of a table of tickers is left out although its name does not show that it is no ticker: a
    /// ticker whose numbers count the rows, which is a fault of the file, or an unknown name.
    fn is_left_of_tickers(&self, column: usize, plan: &Plan) -> bool {
        let reported = plan.currency == Some(column)
            || [&plan.same_dates, &plan.copies].iter().any(|columns| columns.contains(&column));
        !reported && !self.is_other_by_name(column, plan)
    }

    /// Whether the name of a column beside tickers shows that it is no ticker.
    fn is_other_by_name(&self, column: usize, plan: &Plan) -> bool {
        let name = &self.table.names[column];
        let is_open = || self.sample.holds_prices(column) || self.sample.is_blank(column);
        let is_price = |role: Role| is_price(role) || role == Role::Ticker && is_open();
        let is_known = names::role(name.as_bytes()).is_some_and(|(role, _)| !is_price(role));
        let is_beside_one = || is_change(name) || is_flag(name) || self.is_indicator(column);
        // `DAY` and `ROW` can be tickers if their numbers do not label the rows.
        let may_be_ticker = names::is_symbol(name) && self.sample.holds_prices(column) && !self.labels_rows(column);
        let says_other = if is_label(name) { !may_be_ticker } else { is_known };
        // Beside a fund such as `Absolute Return`, another word for a measure can be the name of a fund too.
        let is_beside_price =
            matches!(&plan.groups[..], [one] if !indicators::is_indicator(&self.table.names[one.close()]));
        (says_other || is_beside_price && is_beside_one()) && !self.is_like_capitals_beside(column, &plan.groups)
    }

    /// Whether a column is written in capitals like the tickers, with prices that differ from theirs: `RETURNS` at 226.
    fn is_like_capitals_beside(&self, column: usize, groups: &[Group]) -> bool {
        /// Every pair of columns is compared.
        const MAX_COLUMNS: usize = 64;
        let is_capital = |column: usize| {
            let name = &self.table.names[column];
            name.chars().any(char::is_alphabetic) && !name.chars().any(char::is_lowercase)
        };
        let is_own = |group: &Group| is_capital(group.close()) && !self.is_of_day(column, group.close());
        let may_be = is_capital(column) && !is_label(&self.table.names[column]) && self.is_like_price(column);
        self.known.len() <= MAX_COLUMNS && may_be && groups.iter().all(is_own)
    }

    /// Returns the columns with unknown names that form a bar with the close of the only series, which is read without
    /// a bar.
    fn bar_beside_close(&self, groups: &[Group]) -> Vec<usize> {
        let [group] = groups else { return Vec::new() };
        let close = group.close();
        if group.column(Field::Open).is_some() || self.known[close].is_none() {
            return Vec::new();
        }
        let may_be = |column: &usize| self.may_be_series(*column) && self.is_unnamed_series(*column);
        let columns: Vec<usize> = self.columns().filter(|column| *column == close || may_be(column)).collect();
        let bar = self.sample.one_bar(&columns).filter(|bar| bar.contains(&close)).unwrap_or_default();
        bar.into_iter().filter(|column| *column != close).collect()
    }

    /// Whether a column of a table without a header is not read beside a close without open, high and low, or without a
    /// volume. If the bar and the volume are read, another warning names their columns.
    fn is_left_beside_close(&self, column: usize, plan: &Plan) -> bool {
        let is_number = self.sample.holds_numbers(column) && self.sample.changes(column) > 0;
        let is_whole = |group: &Group| [Field::Open, Field::Volume].iter().all(|&field| group.column(field).is_some());
        let is_alone = |group: &Group| !is_whole(group) && group.name.is_none();
        let is_key = plan.codes.contains(&column) || self.sample.holds_only_dates(column);
        let may_be_code = || self.dates.iter().any(|&date| self.sample.may_be_codes(column, date));
        let is_other = self.sample.changes_by_one(column) || is_key || may_be_code();
        self.table.header.is_none() && plan.groups.iter().all(is_alone) && is_number && !is_other
    }

    /// Returns the columns of whole numbers that are the codes of several series below each other.
    pub(super) fn codes(&self, head: &[u8], date: usize, by: Option<usize>, groups: &[Group]) -> Vec<usize> {
        let [group] = groups else { return Vec::new() };
        let is_named = |column: usize| {
            let name = names::normal(&self.table.names[column]);
            let is_in = |words: &[&str]| words.contains(&name.as_str());
            is_in(&OF_TIMES) || is_in(&OF_CONTRACTS) || is_in(&OF_PERIODS) || self.labels_rows(column)
        };
        let is_other = |&column: &usize| {
            let is_read = group.fields.iter().any(|(_, field)| *field == column) || self.dates.contains(&column);
            by.is_none() && !is_read && !is_named(column)
        };
        let others: Vec<usize> = self.columns().filter(is_other).collect();
        self.sample.series_codes(head, self.table, [date, group.close()], &others)
    }

    /// Whether a column holds percentages, changes or row numbers, which are never prices.
    fn cannot_be_price(&self, column: usize) -> bool {
        let percent = is_fraction(&self.table.names[column]);
        let priced = self.known[column].is_some_and(|(role, _)| is_price(role));
        percent || self.sample.changes_by_one(column) || (!priced && self.sample.holds_changes(column))
    }

    /// Whether a column that is not read needs a warning.
    fn is_dropped(&self, column: usize, groups: &[Group]) -> bool {
        let closes = groups.len() > 1 && groups.iter().all(|group| self.known[group.close()].is_none());
        match self.known[column] {
            // The sum of a fund's price and its distributions.
            Some((role, rank)) if role.is_close() && rank > VAGUE && groups.len() == 1 => false,
            // Another price of the same series, whose best column is read: a last price beside a close, a second high.
            Some((role, rank)) if is_price(role) => {
                let is_known = |group: &Group| self.is_of_series(column, role, group);
                let is_clearer =
                    || role == Role::Close && rank < VAGUE && self.is_beside_vague_price(column, &groups[0]);
                let is_left = groups.len() > 1 || !is_known(&groups[0]) || is_clearer();
                self.may_be_series(column) && is_left && !self.is_bar_in_other_currency(column, groups)
            }
            Some(_) => {
                let is_beside = self.is_measure_beside_ticker(column, groups) || self.is_part_of_books(column, groups);
                let is_side = self.sides_by_values.contains(&column);
                (groups.len() > 1 || is_beside || is_side) && self.may_be_series(column)
            }
            None if closes => !self.labels_rows(column) && !self.sample.is_blank(column),
            None if self.affixed[column].is_some() => {
                self.may_be_series(column) && (groups.len() > 1 || self.is_close_of_other(column, groups))
            }
            // Beside a close, indicators and counts are not prices.
            None => {
                let has_close = groups.iter().any(|group| self.known[group.close()].is_some());
                let is_measure = has_close && self.is_indicator(column);
                let may_be = self.may_be_series(column) && self.is_unnamed_series(column);
                may_be && !is_measure && self.deserves_warning(column, groups)
            }
        }
    }

    /// Whether a column is the close in a currency, beside the close of a bar without one: `CloseUSD`.
    fn is_bar_in_other_currency(&self, column: usize, groups: &[Group]) -> bool {
        let has_currency =
            |column: usize| names::normal(&self.table.names[column]).split(' ').any(currency_names::is_like_currency);
        let is_plain = |group: &Group| group.column(Field::Open).is_some() && !has_currency(group.close());
        let is_close = self.known[column].is_some_and(|(role, _)| role == Role::Close);
        is_close && has_currency(column) && matches!(groups, [one] if is_plain(one))
    }

    /// Whether a column is the close of a ticker, beside a close without a ticker and with different prices: `Close
    /// Gold` beside `Close`.
    fn is_close_of_other(&self, column: usize, groups: &[Group]) -> bool {
        let is_close = self.affixed[column].as_ref().is_some_and(|((role, _), _)| role.is_close());
        let is_other = |group: &Group| self.is_like_price(column) && !self.is_of_day(column, group.close());
        is_close && matches!(groups, [one] if is_other(one))
    }

    /// Whether a column holds a part of the value of a portfolio whose total value is the only price.
    fn is_part_of_books(&self, column: usize, groups: &[Group]) -> bool {
        let has_total = |group: &Group| {
            let name = &self.table.names[group.close()];
            total(name).is_some() || may_be_total(name)
        };
        let name = &self.table.names[column];
        (is_part(name) || may_be_part(name))
            && self.measures.contains(&column)
            && matches!(groups, [one] if has_total(one))
    }

    /// Whether a column is a fundamental of the only ticker of a table.
    fn is_measure_beside_ticker(&self, column: usize, groups: &[Group]) -> bool {
        let is_ticker = |group: &Group| self.known[group.close()].is_none();
        self.measures.contains(&column) && matches!(groups, [one] if is_ticker(one))
    }

    /// Whether a column of prices belongs to the series that is read, for whose role the series has a better column.
    fn is_of_series(&self, column: usize, role: Role, group: &Group) -> bool {
        let close = group.close();
        let has = group.fields.iter().any(|&(_, field)| self.known[field].is_some_and(|(read, _)| read == role));
        let near = self.sample.is_near(column, close);
        let is_other = near || self.known[close].is_none() || role == Role::Adjusted || self.is_money(column, close);
        (has && near) || (role.is_close() && is_other)
    }

    /// Whether the close that is read is named only `Price`, and the column, a settlement or a last price, is no copy
    /// of it.
    fn is_beside_vague_price(&self, column: usize, group: &Group) -> bool {
        names::normal(&self.table.names[group.close()]) == "price" && self.repeated[column].is_none()
    }

    /// Whether the numbers of a column look like prices, not like counts.
    pub(super) fn is_like_price(&self, column: usize) -> bool {
        self.sample.holds_decimals(column) && self.sample.moves_as_price(column)
    }

    /// Whether a column without a known name can be a series that is not read.
    fn deserves_warning(&self, column: usize, groups: &[Group]) -> bool {
        let alone = |close: usize| self.known[close].is_some() && !self.is_generic(close);
        match groups {
            [one] if alone(one.close()) => {
                let name = &self.table.names[column];
                // Beside a bar or a volume, the columns belong to the same stock, and RSI is not a ticker.
                if one.fields.len() > 1 && indicators::is_bare_indicator(name) {
                    return false;
                }
                if is_of_other_kind(name) && !names::is_symbol(name) || self.is_of_bar_beside(name, one) {
                    return false;
                }
                let ticker = names::is_symbol(name);
                self.is_like_price(column) && (ticker || !self.is_of_day(column, one.close()))
            }
            _ => true,
        }
    }

    /// Whether a name is a fundamental of a company, beside its bar or its volume.
    fn is_of_bar_beside(&self, name: &str, group: &Group) -> bool {
        group.fields.len() > 1 && (indicators::measure(name).is_some() || is_of_other_kind(name))
    }

    /// Whether a column beside a close is another quantity of the same days: a price near the close, or an amount or
    /// count many times as large.
    pub(super) fn is_of_day(&self, column: usize, close: usize) -> bool {
        self.sample.is_near(column, close) || self.is_money(column, close)
    }

    fn is_money(&self, column: usize, close: usize) -> bool {
        const MIN_TIMES_PRICE: f64 = 1e3;
        let [column, close] = [column, close].map(|column| self.sample.middle(column));
        column.zip(close).is_some_and(|(column, close)| column > MIN_TIMES_PRICE * close)
    }

    /// Returns the named columns of a wide table that are empty in the whole file.
    pub(super) fn blank_series(&self, groups: &[Group]) -> Vec<String> {
        if groups.iter().any(|group| self.known[group.close()].is_some() || self.affixed[group.close()].is_some()) {
            return Vec::new();
        }
        let blank = |&column: &usize| self.known[column].is_none() && self.sample.is_blank(column);
        let named = |&column: &usize| {
            let name = &self.table.names[column];
            !name.is_empty() && !names::is_counter(name) && !is_of_flags(name)
        };
        let blank: Vec<usize> = self.columns().filter(blank).filter(named).collect();
        self.table.labels_of(&blank)
    }
}

fn is_price(role: Role) -> bool {
    role.is_close() || matches!(role, Role::Open | Role::High | Role::Low)
}

/// Whether another warning names a column as misspelt.
fn is_misnamed(label: &str, plan: &Plan) -> bool {
    plan.misnamed.iter().any(|(column, _)| column == label)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use crate::testing::read;

    #[test]
    fn fractions_and_codes_are_not_offered_as_prices() {
        let rows = (0..40).map(|row| {
            let code = ["SJC", "9920", "58.5", "PNJ"][row % 4];
            let (one, other) = (40.0 + 0.3 * ((row * 7) % 11) as f64, 60.0 + 0.4 * ((row * 5) % 13) as f64);
            let day = date(2024, 1, 1).saturating_add(jiff::Span::new().days(row as i64));
            format!(
                "{day},{one:.2},{other:.2},{:.2},{:.3},{code}\n",
                30.0 + (row * 3 % 7) as f64,
                0.5 + (row % 6) as f64
            )
        });
        let text = format!("Date,AAA,BBB,spread_pct,turnover_rate,kind\n{}", rows.collect::<String>());
        assert_eq!(
            read(&text).unwrap().warnings.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["columns 'spread_pct', 'turnover_rate' and 'kind' are not read: they contain no prices"]
        );
    }
}
