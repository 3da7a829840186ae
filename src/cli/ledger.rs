//! The ledger of `predict --ledger`: forecasts that are kept until their days have come.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};

use super::files::{check_distinct, check_target};
use super::options::refuse_overwrite;
use super::{CliError, note, warn};
use crate::eval::ledger::{self, Appended, Days, Entry, MadeWith, Prices, Repair, data_hash, impossible, is_ledger};
use crate::eval::scores::QUANTILE_LEVELS;
use crate::model::{Forecast, ForecastError};
use crate::prices::{PriceSeries, Source};
use crate::report::rounded;
use crate::words::counted;

/// Returns an error for a file to which nothing can be appended: one of another kind, or one that the run reads or
/// writes.
pub fn check_ledger(path: &Path, sources: &[Source], others: &[(&Path, &str)]) -> Result<(), CliError> {
    check_distinct(path, others)?;
    // A ledger can be in a folder in which no file can be created.
    if path.is_file() && starts_as_ledger(path) {
        refuse_overwrite(sources, path)?;
        let opened = OpenOptions::new().append(true).open(path);
        return opened.map(drop).map_err(|error| CliError::cannot_write(path, &error));
    }
    check_target(path, ("a ledger of forecasts", is_ledger), sources, None)
}

fn starts_as_ledger(path: &Path) -> bool {
    use std::io::Read;
    let mut head = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(64).read_to_end(&mut head));
    read.is_ok() && !head.is_empty() && is_ledger(&head)
}

/// Returns an error for a forecast in hindsight, which was not made before its day.
pub fn check_hindsight(forecast: &Forecast, file: &str) -> Result<(), CliError> {
    if !forecast.provenance.hindsight {
        return Ok(());
    }
    let message =
        format!("{file}: no forecast for the ledger: the model was trained on days after {}", forecast.origin);
    let help = "leave --ledger out, or name a model that was trained up to that day".into();
    Err(CliError { message, help: Some(help) })
}

/// Returns an error for a forecast that `score` would leave out because its prices cannot be closes: forecasts of
/// models of price levels can be below zero.
pub fn check_possible(entries: &[Entry], file: &str) -> Result<(), CliError> {
    let is_impossible =
        |entry: &&Entry| impossible(entry.last_close, (&entry.quantiles(), entry.forecast), entry.horizon).is_some();
    let Some(entry) = entries.iter().find(is_impossible) else { return Ok(()) };
    let quantiles = entry.quantiles();
    let (lowest, highest) = (quantiles[0], quantiles[quantiles.len() - 1]);
    let (date, last_close) = (entry.date, entry.last_close);
    Err(CliError {
        message: format!(
            "{file}: no forecast for the ledger: its quantiles for {date} range from {lowest} to {highest}, which is \
             impossible after a last close of {last_close}"
        ),
        help: Some("leave --ledger out, or name a model of returns (train --target return)".into()),
    })
}

/// Returns the entries of a forecast, one per session.
///
/// # Errors
/// If a quantile is not finite.
pub fn entries(forecast: &Forecast, series: &PriceSeries) -> Result<Vec<Entry>, ForecastError> {
    let made_with = MadeWith {
        model: forecast.provenance.model.clone(),
        data: data_hash(series),
        version: forecast.provenance.version.to_owned(),
    };
    let entry = |(step, horizon): (usize, usize)| {
        let days = Days { origin: forecast.origin, date: forecast.dates[step], horizon };
        let quantiles = QUANTILE_LEVELS.map(|level| rounded(forecast.quantile(step, level))).to_vec();
        ForecastError::check(quantiles.iter().copied())?;
        // A number read from the file has all of its digits, a computed one only those that are printed.
        let prices = Prices { last_close: forecast.last_close, forecast: rounded(forecast.median(step)), quantiles };
        Ok(Entry::new((&forecast.series, forecast.frequency), days, prices, made_with.clone()))
    };
    forecast.horizons().enumerate().map(entry).collect()
}

/// The forecasts of a run that are to be appended to the ledger.
pub struct LedgerOfRun<'a> {
    path: &'a PathBuf,
    entries: Vec<Entry>,
}

impl<'a> LedgerOfRun<'a> {
    /// Creates an empty list.
    pub fn new(path: &'a PathBuf) -> Self {
        LedgerOfRun { path, entries: Vec::new() }
    }

    /// Adds the forecasts of a series.
    pub fn add(&mut self, entries: Vec<Entry>) {
        self.entries.extend(entries);
    }

    /// Appends the forecasts, if there are any.
    ///
    /// # Errors
    /// If the file cannot be written; no forecast is then added.
    pub fn append(self, quiet: bool) -> Result<(), CliError> {
        if self.entries.is_empty() {
            return Ok(());
        }
        let appended = ledger::append(self.path, &self.entries)?;
        if !quiet {
            self.report(&appended);
        }
        Ok(())
    }

    fn report(&self, Appended { added, known, repair, unreadable }: &Appended) {
        let path = self.path.display();
        if let Some(line) = unreadable.first() {
            warn(&format!("{path}: line {line} is not a forecast; it is left as it is"), None);
        }
        match repair {
            Some(Repair::CutOff { bytes }) => {
                let part = format!("{bytes} byte{} of a forecast", if *bytes == 1 { "" } else { "s" });
                warn(&format!("{path}: the last line was incomplete: {part} removed"), None);
            }
            Some(Repair::Completed) => warn(&format!("{path}: the last line had no line break: it was added"), None),
            None => {}
        }
        let known = match known {
            0 => String::new(),
            known => format!(", {known} already recorded"),
        };
        note(&format!("{path}: {} added{known}", counted(*added, "forecast")));
    }
}
