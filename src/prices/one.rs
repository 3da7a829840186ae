//! One series of a file: its rows, and the series built from them.

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

/// Facts that the series of a file share.
pub(super) struct FileFacts {
    /// The file's path, or "standard input".
    pub label: String,
    /// Whether the file holds several series.
    pub several: bool,
    /// Whether the longest series has so many rows that a series with one or two rows can be a misspelt ticker.
    pub has_long: bool,
    pub options: ReadOptions,
    /// What the line numbers count.
    pub numbering: Numbering,
    /// The order of the dates, and the order with day and month exchanged.
    pub orders: Option<[DateOrder; 2]>,
    pub table: Table,
    pub plan: Plan,
    /// The first and the last day of the whole file.
    pub span: Option<(Date, Date)>,
    /// Why a day can have several rows.
    pub cause: Cause,
    /// The beginning of the text.
    pub head: Vec<u8>,
    /// The columns that distinguish the rows of a day, once they are needed.
    pub keys: OnceLock<Keys>,
}

/// The rows of one series of a file, as they were read.
pub struct SeriesRows {
    draft: Draft,
    file: Arc<FileFacts>,
}

/// A series of a file, with the facts that messages about it need.
#[derive(Debug)]
pub struct OneSeries {
    /// The series.
    pub series: PriceSeries,
    /// Facts about the series besides its numbers.
    pub notes: SeriesNotes,
    /// The warnings about the series. They do not name it.
    pub warnings: Vec<Warning>,
    /// The file's path, or "standard input".
    pub file: Arc<str>,
    /// What the line numbers count.
    pub numbering: Numbering,
    /// Whether the file holds other series.
    pub is_one_of_several: bool,
    /// Whether the caller requested the frequency.
    pub frequency_is_asked: bool,
}

/// The maximum number of rows of a series that can be a misspelt ticker, beside a series with at least [`LONG`] rows.
const SHORT: usize = 2;
/// The number of rows of a series beside which others can be misspelt tickers.
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

    /// Returns the name of the series.
    pub fn name(&self) -> &str {
        &self.draft.name
    }

    /// Builds the series.
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
            // Rows without a known ticker belong to no series.
            let is_of_series = (file.several || is_priceless) && !name.is_empty();
            if is_of_series { fault.of_series(&file.label, &name) } else { fault.of(&file.label) }
        })
    }
}

/// Restores a spilled draft, without the rows to be left out.
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
        // If one series is requested, only its rows are kept, so the number of series in the file is not known.
        draft.is_of_several = self.several || options.series.is_some();
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
        // Several rows per day have an error of their own.
        let is_intraday = matches!(built.notes.spaced, Some(Spaced { spacing: Spacing::Intraday(_), .. }));
        if self.several && self.has_long && built.series.len() <= SHORT && !is_intraday {
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

    /// Whether the caller states nothing about the days, and another usual order would exchange day and month. If the
    /// year comes first, the month is second. For a file as it was on an earlier day, the later rows decide.
    fn days_may_be_months(&self) -> bool {
        let ReadOptions { date_order, frequency, keep_unfinished, .. } = self.options;
        let is_usual = self.orders.is_some_and(|[own, _]| matches!(own, DateOrder::Dmy | DateOrder::Mdy));
        is_usual && date_order.is_none() && frequency.is_none() && !keep_unfinished
    }

    /// Returns the order of dates with which monthly rows are a few days apart, if the caller states no order.
    fn days_in(&self, built: &build::Built) -> Option<DateOrder> {
        let is_monthly = matches!(built.notes.spaced, Some(Spaced { spacing: Spacing::Monthly, .. }));
        let is_open = is_monthly && self.options.date_order.is_none();
        let [_, other] = self.orders.filter(|_| is_open)?;
        order::are_days_if_exchanged(&built.series.dates).then_some(other)
    }

    /// Adds the orders of dates to the fault that day and month are exchanged.
    fn with_orders(&self, mut fault: Fault) -> Fault {
        if let Problem::ExchangedMonths { orders, .. } = &mut *fault.problem {
            *orders = self.orders;
        }
        fault
    }

    /// Returns the label of the column of a field of a series.
    fn label_of(&self, series: &str, field: Field) -> String {
        let groups = &self.plan.groups;
        // In a file with a ticker column and several prices, the name of a series is that of the ticker and the column.
        let is_own = |name: &str| series.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with(' '));
        let mut own: Vec<_> = groups.iter().filter(|group| group.name.as_deref().is_some_and(is_own)).collect();
        own.sort_by_key(|group| std::cmp::Reverse(group.name.as_ref().map(String::len)));
        let column = own.into_iter().chain(groups).find_map(|group| group.column(field));
        column.map_or_else(String::new, |column| self.table.label(column))
    }

    /// Returns the columns that distinguish rows; they are the same for all series.
    fn keys(&self) -> Keys {
        self.keys.get_or_init(|| keys::find(&self.head, &self.table, &self.plan)).clone()
    }
}

impl OneSeries {
    /// Returns the line of a day, counted from 1.
    pub fn line(&self, date: Date) -> Option<usize> {
        let row = self.series.dates.binary_search(&date).ok()?;
        self.notes.lines.get(row).map(|&line| line as usize)
    }

    /// Checks that the series has no unsettled jump that looks like a split, because a model would learn it as a
    /// return.
    ///
    /// # Errors
    /// The first such jump, with its date and ratio, and what to do.
    pub fn split_settled(&self) -> Result<(), ReadError> {
        let settled = self.notes.split_settled(self.is_one_of_several);
        settled.map_err(|fault| fault.counted_in(self.numbering).of(&self.file))
    }

    /// Checks that the rows have the requested frequency, or are daily if none was requested, and that the price moves.
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
