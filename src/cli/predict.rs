//! `fourcast predict`: the next close from the model on disk.

use std::borrow::Cow;
use std::io;

use anyhow::Result;
use clap::Args as ClapArgs;

use super::many::Answers;
use super::options::{Format, ModelFile, Output, Prices, Sessions, place, read};
use super::{Told, forecast, warn};
use crate::model::{self, Forecast, ForecastError, Forecaster, Training};
use crate::prices::{Problem, ReadError, ReadOptions, Reading, Source};
use crate::report::{self, CsvRows, ForecastRow, Terminal};

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

/// Runs it: each series is printed as it is forecast. An error of the only one leaves nothing on standard output.
pub fn run(args: Args) -> Result<()> {
    let model = if args.model.is_absent() { None } else { Some(model::load(args.model.path()).map_err(Told::from)?) };
    let (sources, options) = (args.prices.sources(), args.read_options(model.as_ref()));
    let steps = model.as_ref().map_or(1, |model| model.card.config.horizons().count());
    let mut answers = Answers::of(sources.len(), &args.output, steps);
    for source in &sources {
        match read(source, &options, &args.output) {
            Ok(reading) => args.answer(model.as_ref(), (source, &reading), &mut answers)?,
            Err(error) => answers.fail(&source.series_name(), args.unreadable(error))?,
        }
        if answers.is_closed() {
            break;
        }
    }
    answers.finish()
}

fn print(out: &mut Terminal<'_>, format: Format, csv: &mut CsvRows, rows: &[ForecastRow]) -> io::Result<()> {
    match format {
        Format::Table => report::forecasts_as_table(out, rows),
        Format::Csv => report::forecasts_as_csv(out, csv, rows),
        Format::Json => report::forecasts_as_json(out, rows),
        Format::Value => report::forecasts_as_values(out, rows),
    }
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

    /// Answers for every series of a file.
    fn answer(
        &self,
        model: Option<&Forecaster>,
        (source, reading): (&Source, &Reading),
        answers: &mut Answers<'_>,
    ) -> Result<()> {
        answers.expect(reading.count());
        for one in reading.in_order() {
            let index = match one {
                Ok(index) => index,
                Err(failed) => {
                    answers.fail(&failed.name, Told::of_read(&failed.error))?;
                    continue;
                }
            };
            let name = &reading.series[index].name;
            let forecast = self.forecast(model, (source, reading, index));
            match forecast.and_then(|forecast| Ok((forecast::rows(&forecast, &self.output)?, forecast))) {
                Ok((rows, forecast)) => {
                    if model.is_none() && answers.answered() == 0 {
                        self.tell_of_prior();
                    }
                    let place = place(source, reading, index, None);
                    forecast::tell_notes(&place, &forecast, &self.output);
                    answers.answer(|out, format, csv| print(out, format, csv, &rows))?;
                }
                Err(error) => answers.fail(name, Told::series((source, reading, index), &error))?,
            }
            if answers.is_closed() {
                break;
            }
        }
        Ok(())
    }

    fn forecast(
        &self,
        model: Option<&Forecaster>,
        (_, reading, index): (&Source, &Reading, usize),
    ) -> Result<Forecast, ForecastError> {
        let series = &reading.series[index];
        let mut model = model.map_or_else(|| Cow::Owned(model::prior_for(series)), Cow::Borrowed);
        if let Some(calendar) = self.sessions.calendar {
            model.to_mut().card.training.calendar = Some(calendar);
        }
        model.forecast(series)
    }

    fn tell_of_prior(&self) {
        if self.output.quiet {
            return;
        }
        let message = format!(
            "no {}: answering from the prior, networks that have seen simulated markets and none of these prices",
            self.model.path().display()
        );
        warn(&message, Some("a model of these prices comes from: fourcast train"));
    }
}
