//! The file of `--forecasts`: a row of csv per test day.

use std::io;
use std::path::Path;

use crate::eval::backtest::Backtest;
use crate::eval::scores::LEVELS;
use crate::model::AtomicFile;
use crate::report::number::rounded;

/// The columns before the quantiles.
const HEADER: [&str; 5] = ["series", "date", "actual", "naive", "forecast"];

/// Whether a file that starts so is one of [`DaysAsCsv`].
pub fn are_forecasts_of_days(head: &[u8]) -> bool {
    head.starts_with(HEADER.join(",").as_bytes())
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
        let header = HEADER.map(str::to_owned);
        let quantiles = LEVELS.map(|level| format!("q{level:.2}"));
        csv.write_record(header.iter().chain(&quantiles))?;
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
