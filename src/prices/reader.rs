//! Reads a file from its bytes to the rows of its series: all steps in order.

use std::mem::take;
use std::sync::{Arc, OnceLock};

use super::clock::Clock;
use super::collector::FileWarnings;
use super::columns::{self, BarNotRead, Field, Joined, Plan};
use super::draft::Draft;
use super::duplicate_series::DuplicateSeries;
use super::error::{Cause, Fault, Problem, ReadError};
use super::lines::{Lines, Numbering};
use super::one::{FileFacts, SeriesRows};
use super::options::{ReadOptions, Source, series_name};
use super::order::Order;
use super::price_file::PriceFile;
use super::reading::{Column, Reading, Understood};
use super::row_drafts::Rows;
use super::rows::RowReader;
use super::survey::{self, Forms};
use super::table::Table;
use super::text::Input;
use super::warning::Warning;

/// Reads the prices of a file or of standard input.
///
/// # Errors
///
/// A [`ReadError`] names the place, what was found and what was expected, and has a help line.
pub fn read(source: &Source, options: &ReadOptions) -> Result<Reading, ReadError> {
    open(source, options)?.read()
}

/// Reads the rows of a file or of standard input. The series are built later.
///
/// # Errors
///
/// The errors of [`read`], except those of a single series.
pub fn open(source: &Source, options: &ReadOptions) -> Result<PriceFile, ReadError> {
    let label = source.to_string();
    Input::open(source).and_then(|input| understand(&label, input, options)).map_err(|fault| fault.of(&label))
}

/// Reads prices from memory. `label` is the name of the file in messages.
///
/// # Errors
///
/// The errors of [`read`].
pub fn read_bytes(label: &str, bytes: &[u8], options: &ReadOptions) -> Result<Reading, ReadError> {
    let input = Input::new(Box::new(bytes));
    input.and_then(|input| understand(label, input, options)).map_err(|fault| fault.of(label))?.read()
}

/// Finds the table in a text, the columns to read, and the formats of their cells.
pub(super) fn look(input: &mut Input, name: &str, options: &ReadOptions) -> Result<(Table, Plan, Forms), Fault> {
    let table = Table::find(input)?;
    let mut plan = columns::find(input, &table, options)?;
    plan.choose(options, name)?;
    let forms = survey::find(input, &table, &plan, options)?;
    Ok((table, plan, forms))
}

/// Reads all rows of a text.
pub(super) fn understand(label: &str, input: Input, options: &ReadOptions) -> Result<PriceFile, Fault> {
    let numbering = if input.columns.is_some() { Numbering::Rows } else { Numbering::Lines };
    understand_rows(label, input, options, numbering).map_err(|fault| fault.counted_in(numbering))
}

fn understand_rows(
    label: &str,
    mut input: Input,
    options: &ReadOptions,
    numbering: Numbering,
) -> Result<PriceFile, Fault> {
    let name = series_name(label);
    let (table, mut plan, forms) = look(&mut input, &name, options)?;
    let (compression, encoding) = (input.compression, input.encoding.clone());
    let left_out = input.columns.take().map(|columns| columns.left_out).unwrap_or_default();
    let head = input.head().to_vec();
    let clock = Clock::find(input.head(), &table, &plan, &forms);
    let reader = RowReader { table: &table, plan: &plan, forms: &forms, clock, options, name: &name };
    let mut rows = reader.read(input.into_text())?;
    take(&mut rows.late).name_columns(&mut plan, &table, options);
    let drafts = filled_drafts(&mut rows, &table, &plan, options)?;
    // A ticker without prices, or without rows in the requested range of days, is a failed series. A column without
    // prices is left out.
    let is_cut = options.since.is_some() || options.until.is_some();
    let is_series = |draft: &Draft| !draft.is_empty() || (plan.by.is_some() && (is_cut || draft.has_no_price()));
    let (drafts, empty): (Vec<_>, Vec<_>) = drafts.into_iter().partition(is_series);
    let mut warnings = FileWarnings::new(drafts.len() > 1);
    if !left_out.is_empty() {
        warnings.push(Warning::NoCells(left_out));
    }
    rows.notes = std::mem::take(&mut rows.notes).counted_in(numbering);
    general_warnings(&mut warnings, &rows, &table, &plan, &forms);
    if let Some(alike) = plan.by.is_none().then(|| DuplicateSeries::find(&drafts)).flatten() {
        let group = |name: &str| plan.groups.iter().find(|group| group.name.as_deref() == Some(name));
        let label = |name: &str| group(name).map_or_else(|| name.to_owned(), |group| table.label(group.close()));
        warnings.push(Warning::AlikeColumns(alike.labelled(label)));
    }
    let empty: Vec<String> =
        empty.into_iter().map(|draft| draft.name).chain(plan.without_price.iter().cloned()).collect();
    if !empty.is_empty() {
        warnings.push(Warning::EmptySeries(empty));
    }
    let understood = Understood {
        source: label.to_owned(),
        compression,
        encoding,
        numbering,
        delimiter: (numbering == Numbering::Lines).then(|| char::from(table.dialect.delimiter)),
        decimal: forms.mark.as_char(),
        header: table.header.filter(|&line| line > 0),
        date_format: forms.pattern(),
        columns: columns_of(&table, &plan),
        rows: rows.count,
        usable_rows: 0,
        order: Order::OldestFirst,
        frequency: options.frequency,
        series: Vec::new(),
    };
    let cause = match (clock != Clock::None, !plan.words.is_empty() || !plan.codes.is_empty()) {
        (true, _) => Cause::Times,
        (_, true) => Cause::Words,
        _ => Cause::Mistake,
    };
    let (label, options, several) = (label.to_owned(), options.clone(), drafts.len() > 1);
    let has_long = FileFacts::has_long(&drafts);
    let (span, keys) = (rows.span, OnceLock::new());
    let orders = forms.date.with_days_exchanged();
    let facts =
        FileFacts { label, several, has_long, options, numbering, orders, table, plan, span, cause, head, keys };
    let facts = Arc::new(facts);
    let series = drafts.into_iter().map(|draft| SeriesRows::new(draft, facts.clone())).collect();
    Ok(PriceFile { series, understood, warnings })
}

/// Returns the drafts of the requested series, without the rows to be left out.
fn filled_drafts(rows: &mut Rows, table: &Table, plan: &Plan, options: &ReadOptions) -> Result<Vec<Draft>, Fault> {
    let mut drafts = std::mem::take(&mut rows.drafts);
    // Names can differ only in letter case: an exact match takes precedence.
    if drafts.iter().any(|draft| options.names(&draft.name)) {
        drafts.retain(|draft| options.names(&draft.name));
    }
    for draft in &mut drafts {
        // A spilled draft leaves its rows out when it is restored. It is restored here only if no row would remain.
        if draft.is_spilled() && options.drop_last && draft.is_of_one_day() {
            *draft = take(draft).restored().map_err(Problem::reading)?;
        }
        if !draft.is_spilled() {
            draft.leave_out(options.drop_last);
        }
    }
    // Rows without a known ticker belong to no series.
    let filled = drafts.iter().filter(|draft| !draft.is_empty() && !draft.name.is_empty()).count();
    if filled == 0 {
        return Err(nothing(rows, drafts.iter().any(Draft::has_no_price), options, table, plan));
    }
    one_day(rows, filled, plan).map_or(Ok(drafts), |problem| Err(problem.into()))
}

fn general_warnings(warnings: &mut FileWarnings, rows: &Rows, table: &Table, plan: &Plan, forms: &Forms) {
    warnings.lines(Warning::Text, table.passed_over.clone());
    warnings.lines(Warning::Text, rows.notes.clone());
    warnings.lines(Warning::NoTicker, rows.no_ticker.clone().counted_in(rows.notes.numbering()));
    if let Some(bar) = assumed_bar(table, plan) {
        let or_close = plan.groups[0].or_close.iter().map(|column| column + 1).collect();
        warnings.push(Warning::AssumedBar { bar, or_close });
    }
    for (column, alike) in plan.misnamed.iter().cloned() {
        warnings.push(Warning::OddName { column, alike });
    }
    for (column, alike) in plan.taken.iter().cloned() {
        warnings.push(Warning::TakenName { column, alike });
    }
    if !plan.not_read.is_empty() {
        warnings.push(Warning::NotRead(plan.not_read.clone()));
    }
    if !plan.no_prices.is_empty() {
        warnings.push(Warning::HoldNoPrices(plan.no_prices.clone()));
    }
    if let Some([cell, grouped]) = forms.likely_point.clone() {
        warnings.push(Warning::LikelyPoint { cell, grouped });
    }
    if let Some((column, sign)) = plan.signed.clone().filter(|_| rows.below_zero > 0) {
        warnings.push(Warning::Signed { column, sign, rows: rows.below_zero });
    }
    if let Some(Joined { column, before, after, line, jumps }) = plan.joined.clone() {
        let line = Lines::from(line).counted_in(rows.notes.numbering());
        warnings.push(Warning::JoinedSeries { column, before, after, line, jumps });
    }
    if let Some(column) = plan.panel_key.clone() {
        warnings.push(Warning::PanelKey { column });
    }
    if let Some([high, low]) = plan.swapped.clone() {
        warnings.push(Warning::Swapped { high, low });
    }
    if !plan.of_one_name.is_empty() {
        warnings.push(Warning::OfOneName(plan.of_one_name.clone()));
    }
    if !plan.out_of_reach.is_empty() {
        let close = table.label(plan.groups[0].close());
        warnings.push(Warning::OutOfReach { columns: plan.out_of_reach.clone(), close });
    }
    if let Some(BarNotRead { columns, price, close }) = plan.bar_not_read.clone() {
        warnings.push(Warning::BarNotRead { columns, price, close });
    }
    if let Some((column, found)) = forms.pointed.clone() {
        warnings.push(Warning::MaybeThirtySeconds { column: table.label(column), found });
    }
    if forms.zone_in_doubt {
        warnings.push(Warning::ZoneInDoubt);
    }
}

/// Returns the columns that are read as open, high, low and close in a file without a header, counted from 1.
fn assumed_bar(table: &Table, plan: &Plan) -> Option<[usize; 4]> {
    let bar = [Field::Open, Field::High, Field::Low, Field::Close].map(|field| plan.groups[0].column(field));
    let [Some(open), Some(high), Some(low), Some(close)] = bar else {
        return None;
    };
    table.header.is_none().then_some([open, high, low, close].map(|column| column + 1))
}

/// Returns the problem of a file that lists many tickers on a single day.
fn one_day(rows: &Rows, tickers: usize, plan: &Plan) -> Option<Problem> {
    let (first, last) = rows.span?;
    let listed = plan.by.is_some() && tickers > 1 && first == last;
    listed.then_some(Problem::OneDay { date: first, tickers })
}

/// Returns the fault that says why no row is left.
fn nothing(rows: &Rows, no_price: bool, options: &ReadOptions, table: &Table, plan: &Plan) -> Fault {
    let wanted = options.series.clone().filter(|_| rows.span.is_none() && plan.by.is_some());
    match (wanted, rows.span) {
        (Some(wanted), _) => Problem::UnknownSeries { wanted, series: rows.names.clone() },
        (None, None) => Problem::NoRows,
        (None, Some(_)) if options.drop_last && !no_price => Problem::LastAlone,
        (None, Some(_)) if no_price => Problem::NoPrices {
            column: table.label(plan.groups[0].close()),
            others: table.labels_of(&plan.other_prices),
        },
        (None, Some((first, last))) => Problem::OutsideSpan { since: options.since, until: options.until, first, last },
    }
    .into()
}

fn columns_of(table: &Table, plan: &Plan) -> Vec<Column> {
    let named = table.names.iter().zip(plan.roles(table.names.len())).enumerate();
    named.map(|(column, (name, role))| Column { name: name.clone(), number: column + 1, role }).collect()
}
