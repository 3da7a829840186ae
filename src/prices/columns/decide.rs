//! Decides on the columns: by the caller's options, then by name, then by content. The order of the steps matters: each
//! uses the decisions of the earlier ones.

use super::finder::Finder;
use super::plan::{Group, Plan};
use super::sample::Sample;
use super::{copies, known, unlike};
use crate::covariates::{Covariate, CovariateKind};
use crate::error::{Fault, Problem};
use crate::options::{ColumnUse, ReadOptions};
use crate::table::Table;
use crate::text::Input;
use crate::vocabulary::affix;
use crate::vocabulary::names::Role;

/// Decides which columns to read.
pub(crate) fn plan(input: &mut Input, table: &Table, options: &ReadOptions) -> Result<Plan, Fault> {
    let (mut finder, letters) = Finder::new(Sample::take(input, table, options), table, options);
    finder.check_rows(options)?;
    let (date, month_and_day) = finder.decide_dates(options)?;
    finder.sample.read_on(input, table, &finder.late_starters(), options)?;
    finder.pass_over_other_days(date);
    finder.pass_over_others(date);
    finder.read_words_as_tickers(input, options)?;
    let (by, panel_key) = finder.decide_tickers(input, options, date)?;
    let covariates = finder.decide_covariates(options)?;
    let taken = [letters, finder.take_misnamed()].concat();
    // Further names are tickers by now.
    finder.sample.read_on(input, table, &finder.late_starters(), options)?;
    let groups = finder.decide_series(options, by)?;
    if let Some(column) = price_ahead(&covariates, &groups) {
        return Err(Problem::PriceAhead { column }.into());
    }
    let panel_key = panel_key.map(|column| table.label(column));
    let plan = Plan { date, month_and_day, by, panel_key, taken, groups, covariates, ..Plan::default() };
    Ok(finder.with_remarks(plan, input, options))
}

/// Returns the column of a price or a volume that the caller states to be known ahead: every forecast would have the
/// day to forecast as input.
fn price_ahead(covariates: &[(Covariate, usize)], groups: &[Group]) -> Option<String> {
    let is_price = |column: usize| groups.iter().flat_map(|group| &group.fields).any(|(_, own)| *own == column);
    let mut ahead = covariates.iter().filter(|(covariate, _)| covariate.kind == CovariateKind::Future);
    ahead.find(|(_, column)| is_price(*column)).map(|(covariate, _)| covariate.name.clone())
}

impl<'a> Finder<'a> {
    /// Returns the state before any decision, and the one-letter names that were read as words, each with its word.
    pub(super) fn new(sample: Sample, table: &'a Table, options: &ReadOptions) -> (Finder<'a>, Vec<(String, String)>) {
        let (mut known, letters) = known::of(table, &sample);
        let repeated = copies::settle(table, &sample, &mut known);
        let mut affixed = affix::split_all(&table.names, &known);
        // `Price hub`, with the name of the hub, is no price.
        let with_words = affixed.iter_mut().enumerate().filter(|(column, _)| sample.holds_words(*column));
        with_words.for_each(|(_, affixed)| *affixed = None);
        let finder = Finder {
            table,
            sample,
            known,
            repeated,
            affixed,
            equal_dates: Default::default(),
            equal_prices: Default::default(),
            date_order: options.date_order,
            dates: Vec::new(),
            labels: Vec::new(),
            counts: Vec::new(),
            measures: Vec::new(),
            sides_by_values: Vec::new(),
            other_days: Vec::new(),
        };
        (finder, letters)
    }

    /// Returns an error if the rows are not days of prices. Beside the closes of a strategy, the numbers of shares that
    /// it trades are no volumes.
    fn check_rows(&mut self, options: &ReadOptions) -> Result<(), Fault> {
        let mut transactions = unlike::transactions(&self.sample, self.table).filter(|_| options.price.is_none());
        if transactions.is_some() && unlike::is_daily_log(&self.sample, self.table, options.date_order) {
            transactions = None;
            for column in unlike::of_transactions(self.table) {
                self.known[column] = Some((Role::Unused, 0));
            }
        }
        match transactions.or_else(|| unlike::stacked(&self.sample, self.table)) {
            Some(fault) => Err(fault),
            None => Ok(()),
        }
    }

    /// Decides on the column of dates, or on those of years, months and days.
    fn decide_dates(&mut self, options: &ReadOptions) -> Result<(usize, Option<[usize; 2]>), Fault> {
        let parts = self.year_month_day().filter(|_| options.date.is_none());
        let date = parts.map_or_else(|| self.date_beside_price(options), |[year, ..]| Ok(year));
        let periods = || unlike::periods(&self.sample, self.table, date.as_ref().ok().copied(), options.frequency);
        if let Some(fault) = periods().filter(|_| parts.is_none()) {
            return Err(fault);
        }
        let date = date?;
        let month_and_day = parts.map(|[_, month, day]| [month, day]);
        self.dates = [date].into_iter().chain(month_and_day.into_iter().flatten()).collect();
        self.dates.iter().for_each(|&column| self.known[column] = Some((Role::Date, 0)));
        Ok((date, month_and_day))
    }

    /// Marks the columns that are no prices by their numbers.
    pub(super) fn pass_over_others(&mut self, date: usize) {
        self.free_names_of_funds();
        self.read_index_as_key(date);
        self.pass_over_previous_closes(date);
        self.pass_over_flags();
        self.pass_over_labels();
        self.pass_over_empty_volumes();
        self.name_holding();
        self.pass_over_units_in_issue();
        // In the books of a portfolio, the value of positions is the product of the total value and the exposure.
        if !self.name_books() {
            self.name_product();
        }
        self.counts = self.counts();
        self.name_turnover();
        self.name_measures();
        self.name_average();
        self.name_quantities();
        self.pass_over_derived();
        self.name_middle();
        self.name_sides();
        self.read_index_as_series();
    }

    /// Returns the column of tickers, if there is one, and returns it again if only its values identify it, not its
    /// name.
    fn decide_tickers(
        &mut self,
        input: &mut Input,
        options: &ReadOptions,
        date: usize,
    ) -> Result<(Option<usize>, Option<usize>), Fault> {
        if options.ticker_column.is_none() && self.dates.len() == 1 {
            self.pass_over_renamed(input, date)?;
        }
        let named = self.by(options.ticker_column.as_ref(), date)?;
        let key = || self.panel_key(input.head(), date).or_else(|| self.number_key(input.head(), date));
        let panel_key = if named.is_none() { key() } else { None };
        let by = named.or(panel_key);
        if let Some(by) = by {
            self.known[by] = Some((Role::Ticker, 0));
        }
        self.sample.why_empty().map_or(Ok((by, panel_key)), Err)
    }

    /// Returns the covariates and their columns, which are no series.
    fn decide_covariates(&mut self, options: &ReadOptions) -> Result<Vec<(Covariate, usize)>, Fault> {
        let covariates = self.covariates(options)?;
        covariates.iter().for_each(|&(_, column)| {
            self.known[column].get_or_insert((Role::Unused, 0));
        });
        Ok(covariates)
    }

    /// Returns the columns of each series.
    fn decide_series(&mut self, options: &ReadOptions, by: Option<usize>) -> Result<Vec<Group>, Fault> {
        let mut groups: Vec<Group> = match &options.price {
            Some(wanted) => match self.group_of_series(options).filter(|_| by.is_none()) {
                Some(group) => vec![group],
                None => vec![self.group_of(self.find_fitting(ColumnUse::Price, wanted)?)],
            },
            None => self.groups()?,
        };
        if let [only] = &mut groups[..] {
            self.name_as_requested(only, options);
        }
        Ok(groups)
    }

    /// Adds remarks on the columns that are read, and on those that are not.
    fn with_remarks(&self, mut plan: Plan, input: &Input, options: &ReadOptions) -> Plan {
        let (date, by) = (plan.date, plan.by);
        plan.words = self.words(date).filter(|&column| Some(column) != by).collect();
        plan.codes = self.codes(input.head(), date, by, &plan.groups);
        let has_one_currency = |column: &usize| Some(*column) != by && plan.groups.len() == 1;
        plan.currency = self.currency(&[date]).filter(has_one_currency);
        plan.misnamed = self.misnamed(&plan.groups);
        let has_dates = self.sample.holds_dates(date);
        plan.other_dates = if has_dates { Vec::new() } else { self.fitting(ColumnUse::Date, [date]) };
        plan.other_prices = self.fitting(ColumnUse::Price, plan.groups.iter().map(Group::close));
        plan.same_dates = self.equal_dates.take();
        if let [group] = &plan.groups[..] {
            plan.out_of_reach = self.out_of_reach(group);
            plan.bar_not_read = self.bar_not_read(group).filter(|_| plan.out_of_reach.is_empty());
        }
        plan.swapped = self.swapped(&plan.groups);
        if let ([group], None) = (&plan.groups[..], by) {
            plan.joined = self.joined(input.head(), group.close(), &plan.words);
        }
        plan.signed = self.signed(&plan.groups);
        if options.price.is_none() {
            plan.copies = self.copies(&plan.groups);
            plan.of_one_name = self.rename_duplicates(&mut plan.groups);
            plan.without_price = [self.without_price(), self.blank_series(&plan.groups)].concat();
            let labels = |columns: Vec<usize>| self.labels_to_name(&columns, &plan);
            [plan.not_read, plan.no_prices] = self.not_read(&plan).map(labels);
            plan.late = self.hardly_filled(&plan);
        }
        plan
    }
}
