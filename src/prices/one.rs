//! One series of a file: its rows, and the series that is made of them.

use std::sync::{Arc, OnceLock};

use jiff::civil::Date;

use super::collector::OfSeries;
use super::columns::{Field, Plan};
use super::dates::DateOrder;
use super::draft::Draft;
use super::error::{Cause, Fault, Problem, ReadError};
use super::keys::{self, Keys};
use super::lines::Numbering;
use super::notes::SeriesNotes;
use super::options::ReadOptions;
use super::series::PriceSeries;
use super::spacing::{Spaced, Spacing};
use super::table::Table;
use super::warning::Warning;
use super::{build, known_ahead, order};

/// What the series of a file have in common.
pub(super) struct FileFacts {
    /// The file's path, or "standard input".
    pub label: String,
    /// Whether the file holds several series.
    pub several: bool,
    /// Whether the longest series has so many rows that one of a row or two may be a misspelt ticker.
    pub has_long: bool,
    pub options: ReadOptions,
    /// What the numbers of its lines count.
    pub numbering: Numbering,
    /// The order of the dates, and the one that exchanges day and month.
    pub orders: Option<[DateOrder; 2]>,
    pub table: Table,
    pub plan: Plan,
    /// The first and the last day of the whole file.
    pub span: Option<(Date, Date)>,
    /// Why a day may have several rows.
    pub cause: Cause,
    /// The beginning of the text.
    pub head: Vec<u8>,
    /// The columns that distinguish the rows of a day, once they are asked for.
    pub keys: OnceLock<Keys>,
}

/// The rows of one series of a file, as they were read.
pub struct SeriesRows {
    draft: Draft,
    file: Arc<FileFacts>,
}

/// A series of a file, with what messages about it need.
#[derive(Debug)]
pub struct OneSeries {
    /// The series.
    pub series: PriceSeries,
    /// What is known about it besides its numbers.
    pub notes: SeriesNotes,
    /// The warnings about it. They do not name it.
    pub warnings: Vec<Warning>,
    /// The file's path, or "standard input".
    pub file: Arc<str>,
    /// What the numbers of its lines count.
    pub numbering: Numbering,
    /// Whether the file holds other series too.
    pub is_one_of_several: bool,
    /// Whether the caller gave the frequency.
    pub frequency_is_asked: bool,
}

/// Rows of a series that may be a misspelt ticker, beside one of at least [`LONG`].
const SHORT: usize = 2;
/// Rows of a series beside which others may be misspelt tickers.
const LONG: usize = 10;

impl FileFacts {
    /// Whether one of the drafts is long.
    pub fn has_long(drafts: &[Draft]) -> bool {
        drafts.iter().any(|draft| draft.row_count() >= LONG)
    }
}

impl SeriesRows {
    pub(super) fn new(draft: Draft, file: Arc<FileFacts>) -> Self {
        SeriesRows { draft, file }
    }

    /// The name of the series.
    pub fn name(&self) -> &str {
        &self.draft.name
    }

    /// Makes the series.
    ///
    /// # Errors
    /// A [`ReadError`] about the rows of this series.
    pub fn build(self) -> Result<OneSeries, ReadError> {
        let SeriesRows { draft, file } = self;
        let name = draft.name.clone();
        let draft = match draft.is_spilled() {
            true => restored(draft, &file.options).map_err(|fault| fault.of(&file.label))?,
            false => draft,
        };
        let is_priceless = file.plan.by.is_some() && draft.is_empty() && draft.has_no_price();
        let built = if is_priceless { Err(file.no_prices()) } else { file.build(draft) };
        built.map_err(|fault| fault.counted_in(file.numbering)).map_err(|fault| {
            // Rows whose ticker is not known are of no series.
            let is_of_series = (file.several || is_priceless) && !name.is_empty();
            if is_of_series { fault.of_series(&file.label, &name) } else { fault.of(&file.label) }
        })
    }
}

/// A draft whose rows were in a file, without those that are to be left out.
fn restored(draft: Draft, options: &ReadOptions) -> Result<Draft, Fault> {
    let mut draft = draft.restored().map_err(Problem::reading)?;
    draft.leave_out(options.drop_last);
    Ok(draft)
}

impl FileFacts {
    fn no_prices(&self) -> Fault {
        let column = self.table.label(self.plan.groups[0].close());
        Problem::NoPrices { column, others: Vec::new() }.into()
    }

    fn build(&self, mut draft: Draft) -> Result<OneSeries, Fault> {
        let (options, calendar) = (&self.options, self.options.calendar);
        let rows_beside = draft.take_covariates();
        let name = draft.name.clone();
        if let Some(fault) = order::year_or_days(&draft).filter(|_| self.days_may_be_months()) {
            return Err(self.with_orders(fault));
        }
        let built = build::build(draft, options, |field| self.label_of(&name, field), self.cause);
        let built = built.map_err(|fault| self.with_orders(fault));
        let mut built = built.map_err(|fault| keys::with_keys(fault, || self.keys()))?;
        let nonpositive = std::mem::take(&mut built.notes.nonpositive);
        built.notes.nonpositive = nonpositive.counted_in(self.numbering);
        if matches!(built.notes.spaced, Some(Spaced { spacing: Spacing::Intraday(None), .. })) {
            built.notes.distinguished_by = keys::other(&self.head, &self.table, &self.plan);
        }
        built.notes.days_in = self.days_in(&built);
        built.notes.cut = match self.span {
            Some((first, last)) => {
                (options.since.filter(|since| first < *since), options.until.filter(|until| *until < last))
            }
            None => (None, None),
        };
        let (covariates, mut found) =
            known_ahead::covariates(&self.plan.covariates, &rows_beside, &built.series, calendar)?;
        built.series.covariates = covariates;
        found.extend(options.events.iter().flat_map(|events| known_ahead::of_events(events, &built.series)));
        options.events.iter().for_each(|events| built.series.add_events(events, calendar));
        built.findings.covariates = found;
        let mut warnings = OfSeries::of(built.findings, &built.notes, self.numbering);
        if self.several && self.has_long && built.series.len() <= SHORT {
            warnings.push(Warning::ShortSeries(vec![name]));
        }
        Ok(OneSeries {
            warnings,
            series: built.series,
            notes: built.notes,
            file: self.label.as_str().into(),
            numbering: self.numbering,
            is_one_of_several: self.several,
            frequency_is_asked: options.frequency.is_some(),
        })
    }

    /// Whether the caller says nothing of the days, and another usual order would exchange day and month: where the year
    /// stands first the month is second. Of a file as it was on an earlier day the later rows decide.
    fn days_may_be_months(&self) -> bool {
        let ReadOptions { date_order, frequency, keep_unfinished, .. } = self.options;
        let is_usual = self.orders.is_some_and(|[own, _]| matches!(own, DateOrder::Dmy | DateOrder::Mdy));
        is_usual && date_order.is_none() && frequency.is_none() && !keep_unfinished
    }

    /// The order of dates by which monthly rows are a few days apart, where the caller states none.
    fn days_in(&self, built: &build::Built) -> Option<DateOrder> {
        let is_monthly = matches!(built.notes.spaced, Some(Spaced { spacing: Spacing::Monthly, .. }));
        let is_open = is_monthly && self.options.date_order.is_none();
        let [_, other] = self.orders.filter(|_| is_open)?;
        order::are_days_if_exchanged(&built.series.dates).then_some(other)
    }

    /// The fault, of months whose day and month are exchanged with the orders of dates that do so.
    fn with_orders(&self, mut fault: Fault) -> Fault {
        if let Problem::ExchangedMonths { orders, .. } = &mut *fault.problem {
            *orders = self.orders;
        }
        fault
    }

    /// The name of the column of a field of a series.
    fn label_of(&self, series: &str, field: Field) -> String {
        let groups = &self.plan.groups;
        let own = groups.iter().filter(|group| group.name.as_deref() == Some(series));
        let column = own.chain(groups).find_map(|group| group.column(field));
        column.map_or_else(String::new, |column| self.table.label(column))
    }

    /// The columns that distinguish rows; they are the same for all series.
    fn keys(&self) -> Keys {
        self.keys.get_or_init(|| keys::find(&self.head, &self.table, &self.plan)).clone()
    }
}

impl OneSeries {
    /// The line of a day, counted from 1.
    pub fn line(&self, date: Date) -> Option<usize> {
        let row = self.series.dates.binary_search(&date).ok()?;
        self.notes.lines.get(row).map(|&line| line as usize)
    }

    /// Checks that it has no unsettled jump that looks like a split: no model should learn one as a return.
    ///
    /// # Errors
    /// The first such jump, with its date and ratio, and what to do.
    pub fn split_settled(&self) -> Result<(), ReadError> {
        let settled = self.notes.split_settled(self.is_one_of_several);
        settled.map_err(|fault| fault.counted_in(self.numbering).of(&self.file))
    }

    /// Checks that its rows have the requested frequency, or are daily if none was requested, and that its price moves.
    ///
    /// # Errors
    /// The spacing found, its evidence, and what to do; or the price that is the same on all rows.
    pub fn rows_settled(&self) -> Result<(), ReadError> {
        let asked = (self.series.frequency, self.frequency_is_asked);
        self.notes
            .rows_settled(&self.series.dates, asked, self.is_one_of_several)
            .map_err(|fault| fault.counted_in(self.numbering).of(&self.file))
    }
}
