//! Covariates on the command line: columns and events that networks read in addition to the prices.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use clap::Args;

use super::help::{FILE, column_flag, nearest_file, option};
use super::{CliError, usage_error};
use crate::model::Forecaster;
use crate::prices::{
    ColumnRef, ColumnUse, CovariateKind, Events, EventsError, Problem, ReadError, ReadOptions, Source,
};
use crate::words::shell_word;

/// Options about further inputs of a network that is trained.
#[derive(Debug, Args)]
#[command(next_help_heading = "Further inputs")]
pub struct CovariateArgs {
    /// Columns whose value of a day is known at the end of the day, such as the VIX or the return of another market;
    /// separated by commas; as in csv, a name with a comma is in double quotes
    #[arg(long, value_name = "COLUMNS", value_parser = columns)]
    past: Vec<Columns>,
    /// Columns whose values are known ahead; rows after the last price, with an empty price, contain the later values
    #[arg(long, value_name = "COLUMNS", value_parser = columns)]
    future: Vec<Columns>,
    #[command(flatten)]
    events: EventArgs,
}

/// The columns of one value of an option.
#[derive(Debug, Clone)]
struct Columns(Vec<ColumnRef>);

/// Parses columns written as a row of csv.
///
/// # Errors
/// If the text is not a single row.
fn columns(text: &str) -> Result<Columns, String> {
    let expected = || "expected names of columns, as in a row of csv: VIX,\"Rate, 10 years\"".to_owned();
    let mut rows = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes()).into_records();
    let row = rows.next().ok_or_else(expected)?.map_err(|_| expected())?;
    // The reader accepts a quote that is never closed as closed at the end.
    if rows.next().is_some() || text.matches('"').count() % 2 == 1 {
        return Err(expected());
    }
    Ok(Columns(row.iter().map(|name| name.parse().unwrap_or_else(|never: Infallible| match never {})).collect()))
}

/// The file of events.
#[derive(Debug, Args)]
#[command(next_help_heading = "Further inputs")]
pub struct EventArgs {
    /// CSV file of dates known ahead, such as announcements: a date (YYYY-MM-DD) in each row, then optionally a value
    /// (1 if there is none); a date without a session counts for the next one. Events without values widen the
    /// forecasts of their session by a factor that is estimated on the training rows; the networks learn the
    /// effect of events with different values, most reliably for the next session
    #[arg(long, value_name = "FILE")]
    events: Option<PathBuf>,
}

impl CovariateArgs {
    /// Returns the file of events, if one is named.
    pub fn events_file(&self) -> Option<&Path> {
        self.events.file()
    }

    /// Adds the columns and events to the reading options.
    ///
    /// # Errors
    /// If a column is named twice, or the file of events cannot be read.
    pub fn resolve(self, subcommand: &str, read: &mut ReadOptions) -> Result<()> {
        let all = |values: Vec<Columns>| values.into_iter().flat_map(|columns| columns.0).collect::<Vec<_>>();
        let (past, future) = (all(self.past), all(self.future));
        let columns: Vec<&ColumnRef> = past.iter().chain(&future).collect();
        if let Some(twice) = columns.iter().enumerate().find(|(place, column)| columns[..*place].contains(column)) {
            let wrong = format!("--past and --future name the column {} twice: name it once", twice.1);
            return Err(usage_error(subcommand, &wrong));
        }
        (read.past, read.future) = (past, future);
        self.events.resolve(read)?;
        Ok(())
    }
}

impl EventArgs {
    /// Returns the file, if one is named.
    pub fn file(&self) -> Option<&Path> {
        self.events.as_deref()
    }

    /// Adds the events to the reading options.
    ///
    /// # Errors
    /// If the file of events cannot be read, or the rows are not days.
    pub fn resolve(self, read: &mut ReadOptions) -> Result<(), CliError> {
        let Some(path) = self.events else { return Ok(()) };
        if let Some(frequency) = read.frequency.filter(|frequency| !frequency.is_daily()) {
            let message = format!("--events is for daily rows, and these are {frequency}");
            return Err(CliError { message, help: Some("leave out --events".into()) });
        }
        let events = Events::read(&path)
            .map_err(|error| CliError { help: Some(help_of(&error)), message: error.to_string() })?;
        read.events = Some(Arc::new(events));
        Ok(())
    }
}

fn help_of(error: &EventsError) -> String {
    match error {
        EventsError::Missing { path } => nearest_file(path, "name a csv file of dates: one (YYYY-MM-DD) in each row"),
        EventsError::Io { .. } | EventsError::Columns { .. } | EventsError::Long { .. } => {
            "name a csv file of dates: one (YYYY-MM-DD) in each row".into()
        }
        EventsError::Line { .. } => "fix that line, or take it out".into(),
        EventsError::Empty { .. } => "write one date (YYYY-MM-DD) in each row".into(),
    }
}

/// Adds the columns that a model reads, and checks that its events are given.
///
/// # Errors
/// If events are missing, or the model does not read them.
pub fn remember_covariates(read: &mut ReadOptions, model: Option<&Forecaster>) -> Result<(), CliError> {
    let named = |kind| -> Vec<ColumnRef> {
        let covariates = model.into_iter().flat_map(|model| model.card.config.covariates_of(kind));
        covariates.map(|covariate| ColumnRef::Name(covariate.name.clone())).collect()
    };
    (read.past, read.future) = (named(CovariateKind::Past), named(CovariateKind::Future));
    let wanted = model.and_then(|model| model.card.config.covariates_of(CovariateKind::Events).next());
    match (wanted, &read.events) {
        (Some(wanted), None) => {
            let message = format!("no events, expected '{}': the model was trained with --events", wanted.name);
            let file = option("--events", &format!("{}.csv", wanted.name));
            let help = format!("pass {file}, the file with the dates of the same events");
            Err(CliError { message, help: Some(help) })
        }
        (None, Some(_)) => {
            let message = "--events is for models that were trained with it, and this one was not".to_owned();
            Err(CliError { message, help: Some("leave out --events, or train a model with it".into()) })
        }
        _ => Ok(()),
    }
}

/// Returns the error of a file that cannot be read; `files` is the number of files. With several files, a missing
/// covariate is a problem of this file, because another name on the command line would apply to all.
pub fn unreadable(error: &ReadError, files: usize) -> CliError {
    let Problem::UnknownColumn { role, wanted, .. } = &*error.problem else { return CliError::of_read(error) };
    if files < 2 || !role.is_covariate() {
        return CliError::of_read(error);
    }
    let flag = column_flag(*role);
    let help = format!("add a column '{wanted}' to {}, or leave that file out: {flag} is for all files", error.file);
    CliError { message: error.to_string(), help: Some(help) }
}

/// Returns the error of a file without a column that the model reads, or with an unreadable cell in it; `None` for
/// other errors.
pub fn missing_column(error: &ReadError) -> Option<CliError> {
    let Problem::UnknownColumn { role, wanted, .. } = &*error.problem else { return damaged_cell(error) };
    if !role.is_covariate() {
        return None;
    }
    let typed = option(column_flag(*role), &wanted.to_string());
    let message = format!("{}: no column '{wanted}', expected it: the model was trained with {typed}", error.file);
    let file = if error.file == Source::Stdin.to_string() { FILE.to_owned() } else { shell_word(&error.file) };
    let help = format!("add the column under that name, or train a model without it with: fourcast train {file}");
    Some(CliError { message, help: Some(help) })
}

/// Returns the error of a cell in a column that the model reads and that no option of the command line names.
fn damaged_cell(error: &ReadError) -> Option<CliError> {
    let (role, column) = match &*error.problem {
        Problem::Number { role, column, other_mark: None, .. } | Problem::Infinite { role, column, .. } => {
            (*role, column)
        }
        _ => return None,
    };
    let place = error
        .line
        .map_or_else(|| error.file.clone(), |line| format!("{} {line} of {}", error.numbering.noun(), error.file));
    let help = match role {
        ColumnUse::Past => format!(
            "write a number as '{column}' into {place}, or leave the cell empty: then the last value before it is used"
        ),
        ColumnUse::Future => format!("write a number as '{column}' into {place}: the model reads it of each day"),
        _ => return None,
    };
    Some(CliError { message: error.to_string(), help: Some(help) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_written_as_a_row_of_csv() {
        let names = |text: &str| columns(text).map(|found| found.0.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(names("VIX").unwrap(), ["VIX"]);
        assert_eq!(names("VIX,7,US 10Y").unwrap(), ["VIX", "7", "US 10Y"]);
        assert_eq!(names("\"V,X\",VIX").unwrap(), ["V,X", "VIX"]);
        assert_eq!(names("\"5\"\" pipe\"").unwrap(), ["5\" pipe"]);
        for wrong in ["", "\"V,X", "a\nb"] {
            assert!(names(wrong).unwrap_err().contains("as in a row of csv"), "{wrong}");
        }
    }
}
