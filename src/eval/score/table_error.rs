//! The reasons why a file of forecasts cannot be scored.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use fourcast_base::words::{counted, join, shown};
use fourcast_prices::cells::AmbiguousCell;

/// Maximum number of bytes of a file that are read.
pub(super) const MAX_BYTES: u64 = 1 << 30;
/// Maximum number of bytes of a row.
pub(super) const MAX_ROW: u64 = 1 << 24;

/// The error of a file of forecasts that cannot be scored.
#[derive(Debug, Error)]
#[error("{}{}: {problem}", .path.display(), .line.map_or(String::new(), |line| format!(":{line}")))]
pub struct TableError {
    /// The file.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: Option<u64>,
    /// The problem.
    pub problem: TableProblem,
}

/// The problem with a file of forecasts.
#[derive(Debug, Error)]
pub enum TableProblem {
    /// The path does not exist.
    #[error("no such file, expected forecasts")]
    Missing,
    /// The file cannot be read.
    #[error("cannot be read: {0}")]
    Read(io::Error),
    /// A row is not UTF-8 text, or does not have as many cells as the header.
    #[error("{0}")]
    Row(String),
    /// A column is missing.
    #[error("no column '{expected}' among {}", names(.found))]
    NoColumn {
        /// The missing column.
        expected: &'static str,
        /// The columns of the file.
        found: Vec<String>,
    },
    /// There is no column of price forecasts or quantiles.
    #[error("no forecast among the columns {}: expected 'forecast', quantiles such as 'q0.05', or intervals such as 'lower_90' and 'upper_90'", names(.0))]
    NoForecast(Vec<String>),
    /// All quantiles are on one side of the median.
    #[error("no column 'forecast' or 'q0.5', and no quantiles in pairs around the median: there is no price forecast")]
    NoMiddle,
    /// The name of a column is nearly that of a quantile.
    #[error("column '{}': expected a quantile as q0.05, or the ends of an interval in per cent as lower_90 and upper_90", shown(.0.as_str()))]
    Quantile(String),
    /// Two columns are the same quantile or have the same name.
    #[error("the columns '{}' and '{}' are both {what}", shown(.columns.0.as_str()), shown(.columns.1.as_str()))]
    Twice {
        /// What both columns are.
        what: String,
        /// The columns.
        columns: (String, String),
    },
    /// An interval has only one end.
    #[error("no column '{missing}' beside '{found}': expected both ends of the interval")]
    OneEnd {
        /// The column of the end that exists.
        found: String,
        /// The name of the missing end.
        missing: String,
    },
    /// A cell is not a value of its column's type.
    #[error("column '{}': found '{}', expected {expected}", shown(.column.as_str()), shown(.found.as_str()))]
    Cell {
        /// The column.
        column: String,
        /// The cell.
        found: String,
        /// The expected value.
        expected: String,
    },
    /// A day or a number can be read in two ways.
    #[error("{0}")]
    Ambiguous(AmbiguousCell),
    /// A row contains the forecasts of several models.
    #[error("the forecasts of {}, expected those of one", names(.0))]
    Models(Vec<String>),
    /// The file is longer than the maximum number of bytes that are read.
    #[error("more than {} GB, expected forecasts", MAX_BYTES >> 30)]
    Long,
    /// A row is longer than the maximum number of bytes of a row.
    #[error("the row is longer than {} MB, expected a forecast", MAX_ROW >> 20)]
    LongRow,
    /// The file is empty.
    #[error("is empty, expected a header and a row for each forecast")]
    Nothing,
    /// There are no forecasts.
    #[error("no row with a forecast, expected at least one{}", without_values(*.missing))]
    Empty {
        /// Rows with a missing value.
        missing: usize,
    },
}

fn without_values(missing: usize) -> String {
    let has = if missing == 1 { "has" } else { "have" };
    if missing == 0 { String::new() } else { format!("; {} {has} a missing value", counted(missing, "row")) }
}

fn names(columns: &[String]) -> String {
    const MAX_NAMES: usize = 12;
    let mut all: Vec<String> = columns.iter().take(MAX_NAMES).map(|name| format!("'{}'", shown(name))).collect();
    if columns.len() > MAX_NAMES {
        all.push(format!("{} more", columns.len() - MAX_NAMES));
    }
    join(&all, "and")
}
