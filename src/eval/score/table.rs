//! Recorded forecasts from a file of csv, whoever wrote it: a row a forecast, with the columns below. Other columns are
//! not read.
//!
//! | column | what it holds |
//! |---|---|
//! | `date` | the day forecast, as `YYYY-MM-DD` |
//! | `series` | the series; without it the file is about one |
//! | `origin` | the last day that was known; without it the row of the prices before the day |
//! | `horizon` | rows from the origin to the day; without it those that the prices have |
//! | `last_close`, or `naive` | the close on the origin that the forecast was made from; without it that of the prices |
//! | `forecast` | the price; without it the median, or the middle of the quantiles beside it |
//! | `q0.05` and so on | the price quantile at that level |
//! | `lower_90`, `upper_90` and so on | the ends of the central interval of that many per cent: `q0.05` and `q0.95` |
//! | `error` | not empty in a row without a forecast, which is skipped |

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use csv::StringRecord;
use jiff::civil::Date;
use thiserror::Error;

use super::record::{Recorded, Records};
use crate::model::MAX_DAYS;
use crate::words::{counted, join, shown};

/// A file of forecasts cannot be scored.
#[derive(Debug, Error)]
#[error("{}{}: {problem}", .path.display(), .line.map_or(String::new(), |line| format!(":{line}")))]
pub struct TableError {
    /// The file.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: Option<u64>,
    /// What is wrong.
    pub problem: TableProblem,
}

/// What is wrong with a file of forecasts.
#[derive(Debug, Error)]
pub enum TableProblem {
    /// The path does not exist.
    #[error("no such file, expected forecasts")]
    Missing,
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Read(io::Error),
    /// A row is not UTF-8 text, or has another number of cells than the header.
    #[error("{0}")]
    Row(String),
    /// A column is missing.
    #[error("no column '{expected}' among {}", names(.found))]
    NoColumn {
        /// What is missing.
        expected: &'static str,
        /// The columns there are.
        found: Vec<String>,
    },
    /// There is neither a price nor a quantile.
    #[error("no forecast among the columns {}: expected 'forecast', quantiles such as 'q0.05', or intervals such as 'lower_90' and 'upper_90'", names(.0))]
    NoForecast(Vec<String>),
    /// The quantiles are on one side of the median.
    #[error("no column 'forecast' or 'q0.5', and no quantiles in pairs around the median: there is no price forecast")]
    NoMiddle,
    /// A column is named nearly as a quantile.
    #[error("column '{}': expected a quantile as q0.05, or the ends of an interval in per cent as lower_90 and upper_90", shown(.0.as_str()))]
    Quantile(String),
    /// Two columns are the same quantile or have one name.
    #[error("the columns '{}' and '{}' are both {what}", shown(.columns.0.as_str()), shown(.columns.1.as_str()))]
    Twice {
        /// What they are.
        what: String,
        /// The columns.
        columns: (String, String),
    },
    /// An interval has one end.
    #[error("no column '{missing}' beside '{found}': expected both ends of the interval")]
    OneEnd {
        /// The end there is.
        found: String,
        /// The other one.
        missing: String,
    },
    /// A cell is not what its column holds.
    #[error("column '{}': found '{}', expected {expected}", shown(.column.as_str()), shown(.found.as_str()))]
    Cell {
        /// The column.
        column: String,
        /// The cell.
        found: String,
        /// What it should be.
        expected: &'static str,
    },
    /// The file has no end in sight.
    #[error("more than {} GB, expected forecasts", MAX_BYTES >> 30)]
    Long,
    /// There is no forecast.
    #[error("no row with a forecast, expected at least one")]
    Empty,
}

fn names(columns: &[String]) -> String {
    const MAX_NAMES: usize = 12;
    let mut all: Vec<String> = columns.iter().take(MAX_NAMES).map(|name| format!("'{}'", shown(name))).collect();
    if columns.len() > MAX_NAMES {
        all.push(format!("{} more", columns.len() - MAX_NAMES));
    }
    join(&all, "and")
}

/// The forecasts of a file by series; those of a file without a column `series` are under an empty name.
///
/// # Errors
/// [`TableError`] names the line.
pub fn read_table(path: &Path) -> Result<BTreeMap<String, Records>, TableError> {
    let failed = |line, problem| TableError { path: path.to_owned(), line, problem };
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes));
    read.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => failed(None, TableProblem::Missing),
        _ => failed(None, TableProblem::Read(error)),
    })?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(failed(None, TableProblem::Long));
    }
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(&bytes[..]);
    let mut lines = Lines::of(&bytes);
    let of_csv = |error: csv::Error| {
        let line = error.position().map(|place| Lines::of(&bytes).line_of(place));
        match error.into_kind() {
            csv::ErrorKind::Io(error) => failed(line, TableProblem::Read(error)),
            csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                let found = counted(usize::try_from(len).unwrap_or(usize::MAX), "cell");
                failed(line, TableProblem::Row(format!("{found}, expected {expected_len} as in the header")))
            }
            _ => failed(line, TableProblem::Row("is not UTF-8 text, expected csv".to_owned())),
        }
    };
    let header = reader.headers().map_err(of_csv)?.clone();
    let columns = Columns::of(&header).map_err(|problem| failed(Some(1), problem))?;
    let mut all: BTreeMap<String, Records> = BTreeMap::new();
    for row in reader.records() {
        let row = row.map_err(of_csv)?;
        let line = row.position().map_or(0, |place| lines.line_of(place));
        let read = columns.read(&header, &row, line).map_err(|problem| failed(Some(line), problem))?;
        let Some((series, recorded)) = read else { continue };
        let new = || Records { name: "forecasts".into(), levels: columns.levels(), forecasts: Vec::new() };
        all.entry(series).or_insert_with(new).forecasts.push(recorded);
    }
    if all.is_empty() { Err(failed(None, TableProblem::Empty)) } else { Ok(all) }
}

/// Most bytes of a file that are read.
const MAX_BYTES: u64 = 1 << 30;

/// The lines of a text, in order.
struct Lines<'a> {
    bytes: &'a [u8],
    offset: usize,
    line: u64,
}

impl Lines<'_> {
    fn of(bytes: &[u8]) -> Lines<'_> {
        Lines { bytes, offset: 0, line: 1 }
    }

    /// The line of a row, not before the last one. The place of a row is where the empty lines before it begin.
    fn line_of(&mut self, place: &csv::Position) -> u64 {
        let start = usize::try_from(place.byte()).unwrap_or(usize::MAX).clamp(self.offset, self.bytes.len());
        let blank = self.bytes[start..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let row = start + blank;
        self.line += self.bytes[self.offset..row].iter().filter(|byte| **byte == b'\n').count() as u64;
        self.offset = row;
        self.line
    }
}

/// The places of the columns.
struct Columns {
    date: usize,
    series: Option<usize>,
    origin: Option<usize>,
    horizon: Option<usize>,
    last_close: Option<usize>,
    forecast: Option<usize>,
    error: Option<usize>,
    /// Level and place of each quantile, by level.
    quantiles: Vec<(f64, usize)>,
}

impl Columns {
    fn of(header: &StringRecord) -> Result<Columns, TableProblem> {
        let found = || header.iter().map(str::to_owned).collect::<Vec<_>>();
        // A byte order mark is not a part of the first name.
        let named = |name: &str| header.iter().position(|column| is_named(column, name));
        for name in ["date", "series", "origin", "horizon", "last_close", "forecast", "error"] {
            let all: Vec<&str> = header.iter().filter(|column| is_named(column, name)).collect();
            if let [one, other, ..] = all[..] {
                let columns = (one.to_owned(), other.to_owned());
                return Err(TableProblem::Twice { what: format!("'{name}'"), columns });
            }
        }
        let columns = Columns {
            date: named("date").ok_or_else(|| TableProblem::NoColumn { expected: "date", found: found() })?,
            series: named("series"),
            origin: named("origin"),
            horizon: named("horizon"),
            last_close: named("last_close").or_else(|| named("naive")),
            forecast: named("forecast"),
            error: named("error"),
            quantiles: quantiles(header)?,
        };
        if columns.forecast.is_none() && columns.quantiles.is_empty() {
            return Err(TableProblem::NoForecast(found()));
        }
        if columns.forecast.is_none() && !columns.have_middle() {
            return Err(TableProblem::NoMiddle);
        }
        Ok(columns)
    }

    /// Whether the quantiles have a median, or lie around it in pairs.
    fn have_middle(&self) -> bool {
        let levels = || self.quantiles.iter().map(|(level, _)| *level);
        levels().any(|level| level == 0.5) || levels().zip(levels().rev()).all(|(a, b)| (a + b - 1.0).abs() < 1e-9)
    }

    /// The levels of the quantiles; of points 0.5.
    fn levels(&self) -> Vec<f64> {
        if self.quantiles.is_empty() { vec![0.5] } else { self.quantiles.iter().map(|(level, _)| *level).collect() }
    }

    /// A row; none of one with an error in the place of a forecast.
    fn read(
        &self,
        header: &StringRecord,
        row: &StringRecord,
        line: u64,
    ) -> Result<Option<(String, Recorded)>, TableProblem> {
        if self.error.is_some_and(|column| !row[column].is_empty()) {
            return Ok(None);
        }
        let wrong = |column: usize, expected: &'static str| TableProblem::Cell {
            column: header[column].to_owned(),
            found: row[column].to_owned(),
            expected,
        };
        let day = |column: usize| day(&row[column]).ok_or_else(|| wrong(column, "a day as YYYY-MM-DD"));
        let number = |column: usize| {
            let number = row[column].parse::<f64>().ok().filter(|number| number.is_finite());
            number.ok_or_else(|| wrong(column, "a finite number"))
        };
        let close = |column: usize| {
            Some(number(column)?).filter(|close| *close > 0.0).ok_or_else(|| wrong(column, "a price above zero"))
        };
        let ahead = |column: usize| {
            let rows = row[column].parse::<usize>().ok().filter(|rows| (1..=MAX_DAYS).contains(rows));
            rows.ok_or_else(|| wrong(column, "a number of rows from 1"))
        };
        let quantiles: Vec<f64> =
            self.quantiles.iter().map(|(_, column)| number(*column)).collect::<Result<_, TableProblem>>()?;
        let point = self.forecast.map(number).transpose()?.unwrap_or_else(|| self.middle(&quantiles));
        let quantiles = if quantiles.is_empty() { vec![point] } else { quantiles };
        let recorded = Recorded {
            line: usize::try_from(line).unwrap_or(usize::MAX),
            origin: self.origin.map(day).transpose()?,
            date: day(self.date)?,
            horizon: self.horizon.map(ahead).transpose()?,
            last_close: self.last_close.map(close).transpose()?,
            point,
            quantiles,
            data: None,
            frequency: None,
        };
        Ok(Some((self.series.map_or_else(String::new, |column| row[column].to_owned()), recorded)))
    }

    /// The median, or the middle of the quantiles beside it; where all are on one side of it the nearest.
    fn middle(&self, quantiles: &[f64]) -> f64 {
        let below = self.quantiles.iter().rposition(|(level, _)| *level <= 0.5);
        let above = self.quantiles.iter().position(|(level, _)| *level >= 0.5);
        match (below, above) {
            (Some(below), Some(above)) => 0.5 * (quantiles[below] + quantiles[above]),
            (Some(one), None) | (None, Some(one)) => quantiles[one],
            (None, None) => f64::NAN,
        }
    }
}

/// Whether a column has a name, in whatever case; a byte order mark is no part of it.
fn is_named(column: &str, name: &str) -> bool {
    column.trim_start_matches('\u{feff}').eq_ignore_ascii_case(name)
}

/// A day, with or without a time of day behind it.
fn day(cell: &str) -> Option<Date> {
    let (day, rest) = cell.split_at_checked(10)?;
    let is_alone = rest.is_empty() || rest.starts_with(['T', ' ']);
    if is_alone { day.parse().ok() } else { None }
}

/// The columns that are quantiles, by level.
fn quantiles(header: &StringRecord) -> Result<Vec<(f64, usize)>, TableProblem> {
    let mut all: Vec<(f64, usize)> = Vec::new();
    for (place, column) in header.iter().enumerate() {
        let Some(level) = level_of(column) else {
            if is_nearly_quantile(column) {
                return Err(TableProblem::Quantile(column.to_owned()));
            }
            continue;
        };
        if let Some((_, other)) = all.iter().find(|(known, _)| (known - level).abs() < 1e-9) {
            let columns = (header[*other].to_owned(), column.to_owned());
            return Err(TableProblem::Twice { what: format!("the quantile at {level}"), columns });
        }
        all.push((level, place));
    }
    let has = |name: &str| header.iter().any(|column| is_named(column, name));
    for column in header.iter().filter(|column| level_of(column).is_some()) {
        let lower = column.to_ascii_lowercase();
        let other = match (lower.strip_prefix("lower_"), lower.strip_prefix("upper_")) {
            (Some(level), _) => format!("upper_{level}"),
            (_, Some(level)) => format!("lower_{level}"),
            _ => continue,
        };
        if !has(&other) {
            return Err(TableProblem::OneEnd { found: column.to_owned(), missing: other });
        }
    }
    all.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    Ok(all)
}

/// The level of a quantile's column: `q0.05`, `lower_90`.
fn level_of(column: &str) -> Option<f64> {
    let name = column.trim_start_matches('\u{feff}').to_ascii_lowercase();
    let number = |text: &str| text.parse::<f64>().ok().filter(|_| text.starts_with(|c: char| c.is_ascii_digit()));
    let within = |level: f64| Some(level).filter(|level| *level > 0.0 && *level < 1.0);
    // A level below 1 % is a fraction.
    let number_in_per_cent = |text: &str| number(text).filter(|per_cent| *per_cent >= 1.0);
    // In per cent, so that the level of `lower_90` is that of `q0.05`.
    let end = |per_cent: f64, sign: f64| within(per_cent / 100.0).map(|_| round((100.0 + sign * per_cent) / 200.0));
    if let Some(level) = name.strip_prefix('q') {
        return number(level).and_then(within);
    }
    let lower = name.strip_prefix("lower_").and_then(number_in_per_cent).and_then(|per_cent| end(per_cent, -1.0));
    lower.or_else(|| name.strip_prefix("upper_").and_then(number_in_per_cent).and_then(|per_cent| end(per_cent, 1.0)))
}

/// Whether a column that is no quantile is named like one: `q5`, `lower`, `upper90`.
fn is_nearly_quantile(column: &str) -> bool {
    let name = column.trim_start_matches('\u{feff}').to_ascii_lowercase();
    let is_number = |text: &str| text.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    let end = name.strip_prefix("lower").or_else(|| name.strip_prefix("upper"));
    let is_end = end.is_some_and(|rest| rest.is_empty() || is_number(rest.trim_start_matches(['_', '-', ' '])));
    is_end || name.strip_prefix('q').is_some_and(|rest| is_number(rest.trim_start_matches(['_', '-', ' '])))
}

fn round(level: f64) -> f64 {
    (level * 1e12).round() / 1e12
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn table(text: &str) -> Result<BTreeMap<String, Records>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f.csv");
        std::fs::write(&path, text).unwrap();
        let place = path.display().to_string();
        read_table(&path).map_err(|error| error.to_string().replace(&place, "f.csv"))
    }

    fn only(text: &str) -> (Vec<f64>, Recorded) {
        let mut all = table(text).unwrap();
        let records = all.remove("").unwrap();
        (records.levels, records.forecasts.into_iter().next().unwrap())
    }

    #[test]
    fn points_intervals_and_quantiles_are_read() {
        let (levels, point) = only("Date,Forecast,mine\n2024-01-03,101.5,x\n");
        assert_eq!((levels, point.point, &point.quantiles[..], point.line), (vec![0.5], 101.5, &[101.5][..], 2));
        assert_eq!((point.date, point.origin, point.last_close), (date(2024, 1, 3), None, None));
        let (levels, one) = only(
            "date,origin,lower_50,upper_50,lower_90,upper_90,naive\n\
                                  2024-01-03 00:00:00,2024-01-02,99,101,95,106,100\n",
        );
        assert_eq!((levels, one.quantiles), (vec![0.05, 0.25, 0.75, 0.95], vec![95.0, 99.0, 101.0, 106.0]));
        assert_eq!((one.point, one.origin, one.last_close), (100.0, Some(date(2024, 1, 2)), Some(100.0)));
        let (levels, one) = only("\u{feff}date,q0.50,q0.1,horizon\n2024-01-03,100,90,5\n");
        assert_eq!(
            (levels, one.quantiles, one.point, one.horizon),
            (vec![0.1, 0.5], vec![90.0, 100.0], 100.0, Some(5))
        );
    }

    #[test]
    fn rows_of_several_series_are_apart_and_errors_are_skipped() {
        let all =
            table("series,date,forecast,error\nB,2024-01-03,1,\nA,2024-01-03,2,\nA,,,no such file\nA,2024-01-04,3,\n")
                .unwrap();
        let points = |name: &str| all[name].forecasts.iter().map(|one| one.point).collect::<Vec<_>>();
        assert_eq!((all.len(), points("A"), points("B")), (2, vec![2.0, 3.0], vec![1.0]));
    }

    #[test]
    fn faults_name_line_and_column() {
        for (text, error) in [
            ("day,forecast\n", "f.csv:1: no column 'date' among 'day' and 'forecast'"),
            (
                "date,price\n2024-01-03,1\n",
                "f.csv:1: no forecast among the columns 'date' and 'price': expected 'forecast', \
              quantiles such as 'q0.05', or intervals such as 'lower_90' and 'upper_90'",
            ),
            (
                "date,q0.05,q0.1\n2024-01-03,1,2\n",
                "f.csv:1: no column 'forecast' or 'q0.5', and no quantiles in pairs around the median: there is no price \
              forecast",
            ),
            ("date,forecast,Forecast\n", "f.csv:1: the columns 'forecast' and 'Forecast' are both 'forecast'"),
            ("date,forecast\n", "f.csv: no row with a forecast, expected at least one"),
            (
                "date,forecast\n2024-01-03,1\n3 Jan,1\n",
                "f.csv:3: column 'date': found '3 Jan', expected a day as YYYY-MM-DD",
            ),
            ("date,forecast\n2024-01-03,inf\n", "f.csv:2: column 'forecast': found 'inf', expected a finite number"),
            (
                "date,forecast,naive\n2024-01-03,1,0\n",
                "f.csv:2: column 'naive': found '0', expected a price above zero",
            ),
            ("date,q0.1,q0.9\n2024-01-03,2,\n", "f.csv:2: column 'q0.9': found '', expected a finite number"),
            (
                "date,q0.05,lower_90,upper_90\n",
                "f.csv:1: the columns 'q0.05' and 'lower_90' are both the quantile at 0.05",
            ),
            ("date,lower_90\n", "f.csv:1: no column 'upper_90' beside 'lower_90': expected both ends of the interval"),
            ("date,forecast\n2024-01-03\n", "f.csv:2: 1 cell, expected 2 as in the header"),
        ] {
            assert_eq!(table(text).unwrap_err(), error);
        }
        assert!(read_table(Path::new("none.csv")).unwrap_err().to_string().starts_with("none.csv: no such file"));
    }

    #[test]
    fn levels_of_columns() {
        assert_eq!(level_of("q0.05"), Some(0.05));
        assert_eq!((level_of("lower_90"), level_of("Upper_97.5")), (Some(0.05), Some(0.9875)));
        for other in ["q1", "q0", "q", "qty", "q-0.5", "lower_100", "lower_", "egarch_q0.05", "volume"] {
            assert_eq!(level_of(other), None, "{other}");
        }
        for nearly in ["q5", "q1.5", "lower", "upper90", "lower_0.9", "lower_100", "upper_90%"] {
            assert!(level_of(nearly).is_none() && is_nearly_quantile(nearly), "{nearly}");
            let error = table(&format!("date,forecast,{nearly}\n2024-01-03,1,1\n")).unwrap_err();
            assert!(error.starts_with(&format!("f.csv:1: column '{nearly}': expected a quantile as q0.05")), "{error}");
        }
        assert!(
            ["q", "qty", "quarter", "lowering", "upper_band", "volume"].iter().all(|name| !is_nearly_quantile(name))
        );
    }
}
