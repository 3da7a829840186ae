//! The file of `--forecasts`: one csv row per test day.

use std::io;
use std::path::Path;

use crate::eval::backtest::{Backtest, Track};
use crate::eval::baselines::Baseline;
use crate::eval::scores::QUANTILE_LEVELS;
use crate::files::{AtomicFile, io_error};
use crate::report::number::rounded;
use crate::report::record::cell;

/// The columns before the quantiles.
const HEADER: [&str; 5] = ["series", "date", "actual", "naive", "forecast"];

/// Returns the columns that every file has: those of [`HEADER`], and the quantiles of the model.
fn columns() -> Vec<String> {
    HEADER.map(str::to_owned).into_iter().chain(quantiles(String::new())).collect()
}

/// Returns the columns of a baseline: its point forecast and its quantiles.
fn columns_of(baseline: &str) -> impl Iterator<Item = String> {
    std::iter::once(format!("{baseline}_{POINT}")).chain(quantiles(format!("{baseline}_")))
}

const POINT: &str = "forecast";

/// The last columns: the last day known to the forecast, and the factor that converts the prices of the row to the
/// basis of the last test day. Files of earlier versions have neither column, or only the first.
const LAST: [&str; 2] = ["origin", "basis"];

fn quantiles(prefix: String) -> impl Iterator<Item = String> {
    QUANTILE_LEVELS.into_iter().map(move |level| format!("{prefix}q{level:.2}"))
}

/// Whether `head`, the beginning of a file, is that of a file written by [`DaysAsCsv`]: it has all of its columns, and
/// no others except those of baselines.
pub fn are_forecasts_of_days(head: &[u8]) -> bool {
    let line = head.split(|byte| matches!(byte, b'\n' | b'\r')).next().filter(|line| line.len() < head.len());
    let cells: Option<Vec<&str>> =
        line.and_then(|line| str::from_utf8(line).ok()).map(|line| line.split(',').collect());
    let (own, width) = (columns(), 1 + QUANTILE_LEVELS.len());
    cells.is_some_and(|cells| {
        let cells = cells.strip_suffix(&LAST).or_else(|| cells.strip_suffix(&LAST[..1])).unwrap_or(&cells);
        cells.len() >= own.len()
            && cells[..own.len()] == own
            && cells[own.len()..].chunks(width).all(are_columns_of_a_baseline)
    })
}

fn are_columns_of_a_baseline(cells: &[&str]) -> bool {
    let name = cells[0].strip_suffix(POINT).and_then(|name| name.strip_suffix('_'));
    name.is_some_and(|name| !name.is_empty() && columns_of(name).eq(cells.iter().copied()))
}

/// Csv rows, one per test day: `series,date,actual,naive,forecast`, then the quantiles, all as prices. If requested,
/// the point forecasts and quantiles of baselines follow. The origin and the factor to the basis of the last test day
/// are last. Rows are written as series are tested, to a temporary file that replaces the file only with
/// [`finish`](DaysAsCsv::finish).
#[derive(Debug)]
pub struct DaysAsCsv {
    csv: csv::Writer<AtomicFile>,
    baselines: Vec<Baseline>,
}

impl DaysAsCsv {
    /// Creates the file and writes the header: the columns of the model's forecasts, and those of `baselines`.
    ///
    /// # Errors
    /// If no file can be created in the folder of `path`.
    pub fn create(path: &Path, baselines: &[Baseline]) -> io::Result<DaysAsCsv> {
        let mut csv = csv::Writer::from_writer(AtomicFile::create(path)?);
        let of_baselines = baselines.iter().flat_map(|baseline| columns_of(baseline.name));
        let names = columns().into_iter().chain(of_baselines).chain(LAST.map(str::to_owned));
        csv.write_record(names).map_err(io_error)?;
        Ok(DaysAsCsv { csv, baselines: baselines.to_vec() })
    }

    /// Adds the test days of a series. Its backtest must have all of the baselines.
    ///
    /// # Errors
    /// If writing fails.
    pub fn add(&mut self, result: &Backtest) -> io::Result<()> {
        let named = |baseline: &Baseline| result.baselines.iter().find(|track| track.name == baseline.name);
        let tracks = std::iter::once(&result.model).chain(self.baselines.iter().filter_map(named));
        let forecasts: Vec<(&Track, Vec<f64>)> = tracks.map(|track| (track, track.prices(&result.days))).collect();
        for (k, day) in result.days.iter().enumerate() {
            let of_track = |(track, prices): &(&Track, Vec<f64>)| {
                std::iter::once(prices[k]).chain(track.price_quantiles(k, &result.days)).collect::<Vec<_>>()
            };
            let numbers = [day.actual, day.naive].into_iter().chain(forecasts.iter().flat_map(of_track));
            let date = [result.series.clone(), day.date.to_string()];
            let digits = |number| cell(&rounded(number).into());
            let last = [day.origin.to_string(), digits(day.common)];
            self.csv.write_record(date.into_iter().chain(numbers.map(digits)).chain(last)).map_err(io_error)?;
        }
        Ok(())
    }

    /// Moves the file to its path.
    ///
    /// # Errors
    /// If writing fails.
    pub fn finish(self) -> io::Result<()> {
        self.csv.into_inner().map_err(csv::IntoInnerError::into_error)?.commit()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_with_other_columns_is_another_one() {
        let of = |names: &[&str]| {
            let all = columns().into_iter().chain(names.iter().flat_map(|name| columns_of(name)));
            all.collect::<Vec<_>>().join(",")
        };
        for own in [of(&[]), of(&["egarch"]), of(&["naive", "egarch-x"])] {
            assert!(are_forecasts_of_days(format!("{own}\nAAPL,2024-01-02,1,1,1").as_bytes()), "{own}");
            assert!(are_forecasts_of_days(format!("{own}\r\n").as_bytes()), "{own}");
            assert!(are_forecasts_of_days(format!("{own},origin\n").as_bytes()), "{own}");
            assert!(are_forecasts_of_days(format!("{own},origin,basis\n").as_bytes()), "{own}");
            for more in ["", ",mine\n", ",origin,origin\n", ",basis\n", ",egarch_forecast\n", "\"\n"] {
                assert!(!are_forecasts_of_days(format!("{own}{more}").as_bytes()), "{own}{more}");
            }
        }
        for other in ["series,date,actual,naive,forecast,mine\n", "series,date,actual,naive,forecast\n", ""] {
            assert!(!are_forecasts_of_days(other.as_bytes()), "{other}");
        }
    }
}
