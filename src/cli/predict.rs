//! `fourcast predict`: the next close from the model on disk.

use std::borrow::Cow;

use anyhow::Result;
use clap::Args as ClapArgs;

use super::options::{Format, ModelFile, Output, Prices, Sessions, read};
use super::{Told, forecast, output, warn};
use crate::model::{self, Forecaster, Training};
use crate::prices::{Problem, ReadError, ReadOptions, Source};
use crate::report::{self, ForecastRow};

/// Forecast the next close, with its odds, from the model that `train` wrote.
///
/// Without a model the answer comes from the prior, networks that have seen simulated markets alone.
/// The prices need not be those the model was trained on, and the last four rows under the header
/// are enough. A file of several tickers is answered with a row each.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  fourcast predict prices.csv
  price=$(fourcast predict -m model.safetensors - --format value < prices.csv)")]
pub struct Args {
    #[command(flatten)]
    prices: Prices,
    #[command(flatten)]
    sessions: Sessions,
    #[command(flatten)]
    model: ModelFile,
    #[command(flatten)]
    output: Output,
}

/// Runs it: every file is forecast before a word is printed, so that an error leaves no half
/// answer.
pub fn run(args: Args) -> Result<()> {
    let model = if args.model.is_absent() { None } else { Some(model::load(args.model.path()).map_err(Told::from)?) };
    let options = args.read_options(model.as_ref());
    let mut rows = Vec::new();
    for source in args.prices.sources() {
        rows.extend(args.forecast(model.as_ref(), &source, &options)?);
    }
    if model.is_none() && !args.output.quiet {
        let message = format!(
            "no {}: answering from the prior, networks that have seen simulated markets and none of these prices",
            args.model.path().display()
        );
        warn(&message, Some("a model of these prices comes from: fourcast train"));
    }
    let format = args.output.format();
    let mut out = output::stdout(format == Format::Table)?;
    match format {
        Format::Table => report::forecasts_as_table(&mut out, &rows)?,
        Format::Csv => report::forecasts_as_csv(&mut out, &rows)?,
        Format::Json => report::forecasts_as_json(&mut out, &rows)?,
        Format::Value => report::forecasts_as_values(&mut out, &rows)?,
    }
    Ok(())
}

impl Args {
    /// What the user said of the files, and else what was said to `train`.
    fn read_options(&self, model: Option<&Forecaster>) -> ReadOptions {
        let mut options = self.prices.read_options();
        if let Some(Training { date_column, price_column, .. }) = model.map(|model| &model.card.training) {
            let named = |column: &Option<String>| column.as_ref().and_then(|column| column.parse().ok());
            options.date = options.date.or_else(|| named(date_column));
            options.price = options.price.or_else(|| named(price_column));
        }
        options
    }

    /// A column that nobody named on this command line is one that the model remembers.
    fn unreadable(&self, error: ReadError) -> Told {
        let Problem::UnknownColumn { flag, wanted, .. } = &*error.problem else { return error.into() };
        let named = match *flag {
            "date" => self.prices.date.is_some(),
            "price" => self.prices.price.is_some(),
            _ => true,
        };
        if named {
            return error.into();
        }
        let help = format!("the model was trained with --{flag} {wanted}: name this file's column with --{flag}");
        Told { message: error.to_string(), help: Some(help) }
    }

    /// The forecasts of every series of a file.
    fn forecast(&self, model: Option<&Forecaster>, source: &Source, options: &ReadOptions) -> Result<Vec<ForecastRow>> {
        let reading = read(source, options, &self.output).map_err(|error| self.unreadable(error))?;
        let mut rows = Vec::new();
        for (index, series) in reading.series.iter().enumerate() {
            let mut model = model.map_or_else(|| Cow::Owned(model::prior_for(series)), Cow::Borrowed);
            if let Some(calendar) = self.sessions.calendar {
                model.to_mut().card.training.calendar = Some(calendar);
            }
            let failed = |error| Told::series((source, &reading, index), &error);
            let forecast = model.forecast(series).map_err(failed)?;
            rows.extend(forecast::rows(&forecast, &self.output).map_err(failed)?);
            forecast::tell_notes(&source.to_string(), &forecast, &self.output);
        }
        Ok(rows)
    }
}
