//! From a vendor's file to a checked [`PriceSeries`].
//!
//! This room has never heard of a network. Everything that can be wrong with a price file is found
//! here, with the line and the column, so that the rooms above may trust every number they get.
//!
//! The way of a file through the room, one step a module:
//!
//! | step | module | from | to |
//! |---|---|---|---|
//! | 1 | `input` | a path, standard input, bytes | text, its head in memory |
//! | 2 | `layout` | the head | delimiter, header, names |
//! | 3 | `columns`, `names` | names and content | the columns to read |
//! | 4 | `records`, `rows`, `date`, `number` | the whole text | a draft |
//! | 5 | `order`, `build` | the draft | the series |

mod build;
mod columns;
mod date;
mod draft;
mod error;
mod input;
mod layout;
mod lines;
mod names;
mod number;
mod options;
mod order;
mod reading;
mod records;
mod rows;
mod series;
mod sessions;
mod warning;

use std::path::Path;

pub use error::{Problem, ReadError};
pub use lines::Lines;
pub use names::Role;
pub use options::{ColumnRef, ReadOptions, Source};
pub use order::Order;
pub use reading::{Column, Reading, SeriesNotes, Understood};
pub use series::{OpenHighLow, PriceSeries};
pub use sessions::{TradingWeek, next_session, session_ahead};
pub use warning::Warning;

use columns::{Field, Plan};
use error::Fault;
use input::Input;
use layout::Layout;
use rows::Rows;

/// Reads the prices of a file or of standard input.
///
/// # Errors
///
/// A [`ReadError`] names the place, the thing and what was expected, and has a help line.
pub fn read(source: &Source, options: &ReadOptions) -> Result<Reading, ReadError> {
    let label = source.to_string();
    Input::open(source).and_then(|input| understand(&label, input, options)).map_err(|fault| fault.of(&label))
}

/// Reads prices from memory; `label` stands for the file's name.
///
/// # Errors
///
/// As [`read`].
pub fn read_bytes(label: &str, bytes: &[u8], options: &ReadOptions) -> Result<Reading, ReadError> {
    Input::new(Box::new(bytes)).and_then(|input| understand(label, input, options)).map_err(|fault| fault.of(label))
}

fn understand(label: &str, input: Input, options: &ReadOptions) -> Result<Reading, Fault> {
    let layout = Layout::find(&input)?;
    let plan = Plan::find(&input, &layout, options)?;
    let bom = input.bom;
    let mut rows = rows::read(input.into_text(), &layout, &plan, options)?;
    let name = |field| plan.column(field).map_or_else(String::new, |column| layout.label(column));
    some_prices(&rows, options, name(Field::Close))?;

    let mut warnings = Vec::new();
    let (order, against) = order::order_of(&rows.draft);
    let repeated = order::sort(&mut rows.draft, order, name)?;
    if !rows.draft.no_price.is_empty() {
        let lines = rows.draft.no_price.clone();
        warnings.push(Warning::NoPrice { lines });
    }
    if !against.is_empty() {
        warnings.push(Warning::Shuffled { lines: against });
    }
    if !repeated.is_empty() {
        warnings.push(Warning::Repeated { lines: repeated });
    }
    let lines = rows.draft.lines.clone();
    let series = build::build(&series_name(label), rows.draft, &mut warnings);
    let understood = Understood {
        source: label.to_owned(),
        encoding: if bom { "utf-8+BOM" } else { "utf-8" }.to_owned(),
        delimiter: char::from(layout.delimiter),
        decimal: '.',
        header: layout.header,
        date_format: "YYYY-MM-DD".to_owned(),
        columns: columns_of(&layout, &plan),
        rows: rows.count,
        usable_rows: series.len(),
        order,
        series: vec![SeriesNotes { lines }],
    };
    Ok(Reading { series: vec![series], understood, warnings })
}

/// Fails where no row is left to make a series of, saying why.
fn some_prices(rows: &Rows, options: &ReadOptions, column: String) -> Result<(), Fault> {
    if !rows.draft.dates.is_empty() {
        return Ok(());
    }
    Err(match rows.span {
        None => Problem::NoRows,
        Some((first, last)) if rows.draft.no_price.is_empty() => {
            Problem::OutsideSpan { since: options.since, until: options.until, first, last }
        }
        Some(_) => Problem::NoPrices { column },
    }
    .into())
}

fn columns_of(layout: &Layout, plan: &Plan) -> Vec<Column> {
    let named = layout.names.iter().enumerate();
    named.map(|(column, name)| Column { name: name.clone(), number: column + 1, role: plan.role(column) }).collect()
}

/// The file's name without its folder and its ending.
fn series_name(label: &str) -> String {
    let stem = Path::new(label).file_stem();
    stem.map_or_else(|| label.to_owned(), |stem| stem.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests;
