//! `fourcast predict`: the next close from the model on disk.

use std::borrow::Cow;
use std::io;

use anyhow::Result;
use clap::Args as ClapArgs;

use super::many::Answers;
use super::options::{Format, ModelFile, Output, Prices, Sessions, place, read, remember, unlike_model};
use super::{CliError, forecast, warn};
use crate::model::{self, Forecast, ForecastError, Forecaster, Training};
use crate::prices::{PriceSeries, Problem, ReadError, ReadOptions, Reading, Source};
use crate::report::{self, CsvRows, ForecastRow, Terminal};

/// Forecast the next close, with its odds, from the model that `train` wrote.
///
/// Without -m the model is model.safetensors in this folder. Where there is none, and with --pretrained, the answer
/// comes from networks that were pretrained on simulated markets alone.
///
/// The prices need not be those the model was trained on, and the last four rows under the header
/// are enough. A file of several tickers is answered with a row each.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  fourcast predict prices.csv
  fourcast predict prices.csv --pretrained        without a model of one's own
  price=$(fourcast predict -m model.safetensors - --format value < prices.csv)")]
pub struct Args {
    #[command(flatten)]
    prices: Prices,
    #[command(flatten)]
    sessions: Sessions,
    #[command(flatten)]
    model: ModelFile,
    /// Answer from the networks pretrained on simulated markets, whatever model is in this folder
    #[arg(long, conflicts_with = "named", help_heading = "Model")]
    pretrained: bool,
    #[command(flatten)]
    output: Output,
}

/// Runs it: each series is printed as it is forecast. An error of the only one leaves nothing on standard output.
pub fn run(args: Args) -> Result<()> {
    let model = args.load_model()?;
    let (sources, options) = (args.prices.sources(), args.read_options(model.as_ref()));
    let steps = model.as_ref().map_or(1, |model| model.card.config.horizons().count());
    let mut answers = Answers::of(sources.len(), &args.output, steps);
    let mut told = false;
    for source in &sources {
        match read(source, &options, &args.output) {
            Ok(reading) => args.answer(model.as_ref(), (source, &reading), &mut answers, &mut told)?,
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

/// The way around a model that nobody asked for.
const PRETRAINED: &str = "pass --pretrained to answer from the networks pretrained on simulated markets";

impl Args {
    /// The model that answers; none where the pretrained networks do.
    fn load_model(&self) -> Result<Option<Forecaster>, CliError> {
        if self.pretrained || self.model.is_absent() {
            return Ok(None);
        }
        let loaded = model::load(self.model.path()).map_err(CliError::from);
        Ok(Some(loaded.map_err(|told| if self.model.is_found() { told.or_else(PRETRAINED) } else { told })?))
    }

    /// What the user said of the files, and else what was said to `train`.
    fn read_options(&self, model: Option<&Forecaster>) -> ReadOptions {
        let mut options = self.prices.read_options(Some(&self.sessions));
        if let Some(Training { date_column, price_column, .. }) = model.map(|model| &model.card.training) {
            let named = |column: &Option<String>| column.as_ref().and_then(|column| column.parse().ok());
            options.date = options.date.or_else(|| named(date_column));
            options.price = options.price.or_else(|| named(price_column));
        }
        if let Some(model) = model {
            remember(&mut options, model);
        }
        options
    }

    /// Rows of another spacing than those of the model. What nobody said on this command line is what it remembers.
    fn misspaced(&self, model: Option<&Forecaster>, error: ReadError) -> CliError {
        match model.filter(|_| self.prices.frequency.is_none()) {
            Some(model) => unlike_model(model, error),
            None => error.into(),
        }
    }

    /// A column that nobody named on this command line is one that the model remembers.
    fn unreadable(&self, error: ReadError) -> CliError {
        let Problem::UnknownColumn { role, wanted, .. } = &*error.problem else { return error.into() };
        let named = match *role {
            "date" => self.prices.date_column.is_some(),
            "price" => self.prices.price_column.is_some(),
            _ => true,
        };
        if named {
            return error.into();
        }
        let help = format!(
            "the model was trained with --{role}-column {wanted}: name this file's column with --{role}-column"
        );
        let told = CliError { message: error.to_string(), help: Some(help) };
        if self.model.is_found() { told.or_else(PRETRAINED) } else { told }
    }

    /// A series that a model cannot answer for. Of a model that nobody asked for it is said which file it is, and what
    /// to type instead, where the pretrained networks can answer.
    fn unfit(&self, model: Option<&Forecaster>, told: CliError, series: &PriceSeries) -> CliError {
        let answered = || model::pretrained_for(series).forecast(series).is_ok();
        let Some(model) = model.filter(|_| self.model.is_found() && answered()) else { return told };
        let message = format!("{} ({})", told.message, self.found_in_words(&model.card.training));
        let help = "name another model with -m FILE, train one of this file with: fourcast train PRICES.csv -m FILE";
        CliError { message, help: Some(help.to_owned()) }.or_else(PRETRAINED)
    }

    fn found_in_words(&self, training: &Training) -> String {
        let days = training.first.zip(training.last).map(|(first, last)| format!(", {first} to {last}"));
        let (file, days) = (self.model.path().display(), days.unwrap_or_default());
        format!("{file}, found in this folder, was trained on {}{days}", training.series)
    }

    /// Says, once a run, that a model which nobody asked for was trained on another series.
    fn tell_of_found(&self, model: Option<&Forecaster>, place: &str, series: &str, told: &mut bool) {
        let Some(training) = model.map(|model| &model.card.training) else { return };
        if *told || self.output.quiet || !self.model.is_found() || training.series == series {
            return;
        }
        *told = true;
        let hint = format!(
            "pass -m {} if that is meant; otherwise name another model, or {PRETRAINED}",
            self.model.path().display()
        );
        warn(&format!("{place}: {}", self.found_in_words(training)), Some(&hint));
    }

    /// Answers for every series of a file; `told` is whether it has been said whose the model is.
    fn answer(
        &self,
        model: Option<&Forecaster>,
        (source, reading): (&Source, &Reading),
        answers: &mut Answers<'_>,
        told: &mut bool,
    ) -> Result<()> {
        answers.expect(reading.count());
        for one in reading.in_order() {
            let index = match one {
                Ok(index) => index,
                Err(failed) => {
                    answers.fail(&failed.name, CliError::of_read(&failed.error))?;
                    continue;
                }
            };
            let name = &reading.series[index].name;
            if let Err(error) = reading.spacing_of_series_settled(index) {
                answers.fail(name, self.misspaced(model, error))?;
                continue;
            }
            let forecast = self.forecast(model, (source, reading, index));
            match forecast.and_then(|forecast| Ok((forecast::rows(&forecast, &self.output)?, forecast))) {
                Ok((rows, forecast)) => {
                    if model.is_none() && answers.answered() == 0 {
                        self.report_pretrained();
                    }
                    let place = place(source, reading, index, None);
                    self.tell_of_found(model, &place, name, told);
                    forecast::tell_notes(&place, &forecast, &self.output);
                    answers.answer(|out, format, csv| print(out, format, csv, &rows))?;
                }
                Err(error) => {
                    let told = CliError::series((source, reading, index), &error);
                    answers.fail(name, self.unfit(model, told, &reading.series[index]))?;
                }
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
        let mut model = model.map_or_else(|| Cow::Owned(model::pretrained_for(series)), Cow::Borrowed);
        if let Some(calendar) = self.sessions.calendar {
            model.to_mut().card.training.calendar = Some(calendar);
        }
        model.forecast(series)
    }

    fn report_pretrained(&self) {
        if self.output.quiet || self.pretrained {
            return;
        }
        let message = format!(
            "no {}: answering from the prior, networks that have seen simulated markets and none of these prices",
            self.model.path().display()
        );
        warn(&message, Some("a model of these prices comes from: fourcast train"));
    }
}
