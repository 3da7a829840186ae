//! The file of `--forecasts`: a row of csv per test day.

use std::io;
use std::path::Path;

use crate::eval::backtest::Backtest;
use crate::eval::scores::LEVELS;
use crate::model::AtomicFile;
use crate::report::number::rounded;

/// The columns before the quantiles.
const HEADER: [&str; 5] = ["series", "date", "actual", "naive", "forecast"];

/// All columns: those, and the quantiles.
fn columns() -> Vec<String> {
    HEADER.map(str::to_owned).into_iter().chain(LEVELS.map(|level| format!("q{level:.2}"))).collect()
}

/// Whether a file that starts so is one of [`DaysAsCsv`]: with all of its columns and no others.
pub fn are_forecasts_of_days(head: &[u8]) -> bool {
    head.strip_prefix(columns().join(",").as_bytes()).is_some_and(|rest| matches!(rest.first(), Some(b'\n' | b'\r')))
}

/// Rows of csv, one a test day: `series,date,actual,naive,forecast`, then the quantiles, all of them prices. They are
/// written as series are tested; the file is in its place when [`finish`](DaysAsCsv::finish) has put it there, and
/// unchanged before.
#[derive(Debug)]
pub struct DaysAsCsv {
    csv: csv::Writer<AtomicFile>,
}

impl DaysAsCsv {
    /// Starts with the header.
    ///
    /// # Errors
    /// If no file can be made in the folder of `path`.
    pub fn create(path: &Path) -> io::Result<DaysAsCsv> {
        let mut csv = csv::Writer::from_writer(AtomicFile::create(path)?);
        csv.write_record(columns())?;
        Ok(DaysAsCsv { csv })
    }

    /// Adds the test days of a series.
    ///
    /// # Errors
    /// Any error of writing.
    pub fn add(&mut self, result: &Backtest) -> io::Result<()> {
        let prices = result.model.prices(&result.days);
        for (k, day) in result.days.iter().enumerate() {
            let numbers = [day.actual, day.naive, prices[k]];
            let numbers = numbers.into_iter().chain(result.model.price_quantiles(k, &result.days));
            let date = [result.series.clone(), day.date.to_string()];
            self.csv.write_record(date.into_iter().chain(numbers.map(|number| rounded(number).to_string())))?;
        }
        Ok(())
    }

    /// Puts the file in its place.
    ///
    /// # Errors
    /// Any error of writing.
    pub fn finish(self) -> io::Result<()> {
        self.csv.into_inner().map_err(csv::IntoInnerError::into_error)?.commit()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_with_other_columns_is_another_one() {
        let own = format!("{}\nAAPL,2024-01-02,1,1,1", columns().join(","));
        assert!(are_forecasts_of_days(own.as_bytes()));
        for other in ["series,date,actual,naive,forecast,mine\n", "series,date,actual,naive,forecast\n", ""] {
            assert!(!are_forecasts_of_days(other.as_bytes()), "{other}");
        }
    }
}
