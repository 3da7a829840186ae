//! `fourcast predict`: forecasts the next close with a model.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args as ClapArgs;

use super::covariates::{EventArgs, missing_column, remember_covariates};
use super::many::Answers;
use super::options::{
    ModelArgs, Output, OutputArgs, PriceArgs, Use, place, read, remember, train_command, unlike_model,
};
use super::pages::{PageArgs, PageFiles, Pages};
use super::questions::QuestionArgs;
use super::recipe::count;
use super::{CliError, forecast, warn};
use crate::model::{self, Ahead, Forecast, ForecastError, Forecaster, MAX_DAYS, Training};
use crate::prices::{Calendar, PriceSeries, Problem, ReadError, ReadOptions, Reading, Source};
use crate::report::page::ForecastPage;
use crate::report::{self, ForecastRow, Question};

/// Forecast the next close, or those of the next days, with prediction intervals.
///
/// The model is model.safetensors in this folder unless -m names another. Without a model, and with --pretrained, the
/// networks pretrained on simulated markets forecast.
///
/// The prices may differ from those the model was trained on; four rows below the header are enough. Of a file of
/// several tickers, each is forecast.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  fourcast predict prices.csv
  fourcast predict prices.csv --pretrained        without a model of your own
  fourcast predict prices.csv --above 450 --below 400 --quantiles 0.01,0.05
  fourcast predict prices.csv --path 20           the next 20 days, a row a day
  fourcast predict prices.csv --plot fan.svg      a chart of the days ahead
  price=$(fourcast predict -m model.safetensors - --format value < prices.csv)")]
pub struct Args {
    #[command(flatten)]
    prices: PriceArgs,
    #[command(flatten)]
    model: ModelArgs,
    /// Use the networks pretrained on simulated markets, even if there is a model in this folder
    #[arg(long, conflicts_with = "named", help_heading = "Model")]
    pretrained: bool,
    #[command(flatten)]
    events: EventArgs,
    #[command(flatten)]
    questions: QuestionArgs,
    #[command(flatten)]
    ahead: AheadArgs,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    pages: PageArgs,
}

/// The days ahead to forecast. Without either: the next one, or every day of a model that forecasts paths.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Model")]
struct AheadArgs {
    /// Forecast the close of this day ahead instead of the next; 1 to 30 with a model trained without --horizon
    #[arg(long, value_name = "DAYS", value_parser = count(MAX_DAYS))]
    horizon: Option<usize>,
    /// Forecast the close of each of the next days, a row a day
    #[arg(long, value_name = "DAYS", value_parser = count(MAX_DAYS), conflicts_with = "horizon")]
    path: Option<usize>,
}

impl AheadArgs {
    fn resolve(&self) -> Ahead {
        match (self.horizon, self.path) {
            (Some(day), _) => Ahead::Day(day),
            (None, Some(days)) => Ahead::Path(days),
            (None, None) => Ahead::Usual,
        }
    }
}

/// What is to be forecast, checked, with the model loaded.
struct PredictRequest {
    sources: Vec<Source>,
    /// How to read the files, as on the command line.
    typed: ReadOptions,
    /// The same, with what the model records for options that are not on the command line.
    read: ReadOptions,
    model: Model,
    /// What is asked of the distribution besides intervals.
    questions: Vec<Question>,
    ahead: Ahead,
    output: Output,
    pages: PageFiles,
}

/// What forecasts.
pub(super) enum Model {
    /// The pretrained networks of each series; `is_asked` with `--pretrained`.
    Pretrained { is_asked: bool },
    /// A model file; `is_named` if the command line names it.
    File { forecaster: Box<Forecaster>, path: PathBuf, is_named: bool },
}

/// The alternative to a model that the command line does not name.
const PRETRAINED: &str = "pass --pretrained to forecast with the networks pretrained on simulated markets";

impl Args {
    fn resolve(self) -> Result<PredictRequest> {
        let (sources, mut typed) = self.prices.resolve();
        self.events.resolve(&mut typed)?;
        let output = self.output.resolve();
        let questions = self.questions.resolve(output.format)?;
        let model = Model::load(self.model, self.pretrained)?;
        let read = model.read_options(&typed)?;
        let model_path = model.path().map(|path| (path, "the model"));
        let pages = self.pages.resolve(&sources, &model_path.into_iter().collect::<Vec<_>>())?;
        Ok(PredictRequest { sources, typed, read, model, questions, ahead: self.ahead.resolve(), output, pages })
    }
}

impl Model {
    /// The model of the command line, or the one in this folder, or the pretrained networks.
    pub(super) fn load(file: ModelArgs, is_asked: bool) -> Result<Model, CliError> {
        let file = file.resolve();
        if is_asked || file.is_absent() {
            return Ok(Model::Pretrained { is_asked });
        }
        match model::load(&file.path).map_err(CliError::from) {
            Ok(forecaster) => {
                Ok(Model::File { forecaster: Box::new(forecaster), path: file.path, is_named: file.is_named })
            }
            Err(error) if file.is_named => Err(error),
            Err(error) => Err(error.or_else(PRETRAINED)),
        }
    }

    /// The model of a file.
    pub(super) fn forecaster(&self) -> Option<&Forecaster> {
        match self {
            Model::Pretrained { .. } => None,
            Model::File { forecaster, .. } => Some(forecaster),
        }
    }

    /// The file.
    fn path(&self) -> Option<&Path> {
        match self {
            Model::Pretrained { .. } => None,
            Model::File { path, .. } => Some(path),
        }
    }

    /// The default model file, which the command line does not name, in words.
    fn found_in_words(&self) -> Option<String> {
        let Model::File { forecaster, path, is_named: false } = self else { return None };
        let training = &forecaster.card.training;
        let days = training.first.zip(training.last).map(|(first, last)| format!(", {first} to {last}"));
        let (path, series, days) = (path.display(), &training.series, days.unwrap_or_default());
        Some(format!("{path}, found in this folder, was trained on {series}{days}"))
    }

    /// The options of the command line, completed by what the model records.
    ///
    /// # Errors
    /// If events are missing, or given to a model that does not read them.
    pub(super) fn read_options(&self, typed: &ReadOptions) -> Result<ReadOptions, CliError> {
        let mut options = typed.clone();
        if let Some(model) = self.forecaster() {
            let Training { date_column, price_column, .. } = &model.card.training;
            let named = |column: &Option<String>| column.as_ref().and_then(|column| column.parse().ok());
            options.date = options.date.or_else(|| named(date_column));
            options.price = options.price.or_else(|| named(price_column));
            remember(&mut options, model);
        }
        remember_covariates(&mut options, self.forecaster())?;
        Ok(options)
    }

    fn forecast(
        &self,
        series: &PriceSeries,
        ahead: Ahead,
        calendar: Option<Calendar>,
    ) -> Result<Forecast, ForecastError> {
        self.for_series(series, calendar).forecast_ahead(series, ahead)
    }

    /// The forecaster of a series, with the exchange of the command line, if that has one.
    pub(super) fn for_series(&self, series: &PriceSeries, calendar: Option<Calendar>) -> Cow<'_, Forecaster> {
        let own = || Cow::Owned(model::pretrained_for(series));
        let mut model = self.forecaster().map_or_else(own, Cow::Borrowed);
        if let Some(calendar) = calendar {
            model.to_mut().card.training.calendar = Some(calendar);
        }
        model
    }

    /// The warning about a model that the command line does not name: that there is none, or that it was trained on
    /// another series. With what to do about it.
    pub(super) fn warning(&self, place: &str, series: &str) -> Option<(String, String)> {
        match self {
            Model::Pretrained { is_asked: false } => Some((
                "no model.safetensors: forecasting with networks pretrained on simulated markets, not on these prices"
                    .into(),
                "train a model on these prices with: fourcast train".into(),
            )),
            Model::File { forecaster, path, is_named: false } if forecaster.card.training.series != series => {
                let message = format!("{place}: {}", self.found_in_words().unwrap_or_default());
                let path = path.display();
                let hint = format!("pass -m {path} if that is meant; otherwise name another model, or {PRETRAINED}");
                Some((message, hint))
            }
            _ => None,
        }
    }

    /// Rows of another frequency than the model's, where the command line does not say which.
    pub(super) fn misspaced(&self, error: ReadError, typed: &ReadOptions) -> CliError {
        match self.forecaster().filter(|_| typed.frequency.is_none()) {
            Some(model) => unlike_model(model, typed, error),
            None => error.into(),
        }
    }

    /// A file that cannot be read. An unknown column that is not on the command line is recorded in the model.
    pub(super) fn unreadable(&self, error: ReadError, typed: &ReadOptions) -> CliError {
        if let Some(error) = missing_column(&error) {
            return if self.found_in_words().is_some() { error.or_else(PRETRAINED) } else { error };
        }
        let Problem::UnknownColumn { role, wanted, .. } = &*error.problem else { return error.into() };
        let is_typed = match *role {
            "date" => typed.date.is_some(),
            "price" => typed.price.is_some(),
            _ => true,
        };
        if is_typed {
            return error.into();
        }
        let option = format!("--{role}-column");
        let help = format!("the model was trained with {option} {wanted}: name this file's column with {option}");
        let error = CliError { message: error.to_string(), help: Some(help) };
        if self.found_in_words().is_some() { error.or_else(PRETRAINED) } else { error }
    }

    /// A series that the model cannot forecast. If the command line does not name the model and the pretrained networks
    /// can forecast the series, the error names the model file and the alternatives.
    pub(super) fn unfit(
        &self,
        error: CliError,
        (source, series): (&Source, &PriceSeries),
        typed: &ReadOptions,
    ) -> CliError {
        let Some(found) = self.found_in_words() else { return error };
        if model::pretrained_for(series).forecast(series).is_err() {
            return error;
        }
        let message = format!("{} ({found})", error.message);
        let train = train_command(&source.to_string(), typed, "FILE");
        let help = format!("name another model with -m FILE, train one of this file with: {train}");
        CliError { message, help: Some(help) }.or_else(PRETRAINED)
    }
}

/// Runs it: each series is printed as it is forecast. An error of the only one leaves nothing on standard output.
pub fn run(args: Args) -> Result<()> {
    let request = args.resolve()?;
    let answers = Answers::of(request.sources.len(), &request.output, request.rows());
    let pages = Pages::new(&request.pages);
    let mut run = Run { request: &request, answers, pages, has_warned_of_model: false };
    for source in &request.sources {
        match read(source, &request.read, (&request.output, Use::Forecast)) {
            Ok(reading) => run.forecast_all(source, &reading)?,
            Err(error) => run.fail(&source.series_name(), request.model.unreadable(error, &request.typed))?,
        }
        if run.is_over() {
            break;
        }
    }
    run.pages.finish("predict")?;
    run.answers.finish()
}

/// A run over all series.
struct Run<'a> {
    request: &'a PredictRequest,
    answers: Answers<'a>,
    pages: Pages<'a>,
    /// Whether it has been printed which model was found: once per run.
    has_warned_of_model: bool,
}

impl Run<'_> {
    /// Forecasts every series of a file.
    fn forecast_all(&mut self, source: &Source, reading: &Reading) -> Result<()> {
        self.answers.expect(reading.count());
        for one in reading.in_order() {
            match one {
                Ok(index) => match self.request.forecast(source, reading, index) {
                    Ok(forecast) => {
                        let place = place(source, reading, index, None);
                        self.answer(&place, &forecast, &reading.series[index])?;
                    }
                    Err(error) => self.fail(&reading.series[index].name, error)?,
                },
                Err(failed) => self.fail(&failed.name, CliError::of_read(&failed.error))?,
            }
            if self.is_over() {
                break;
            }
        }
        Ok(())
    }

    fn fail(&mut self, series: &str, error: CliError) -> Result<()> {
        let error = error.into();
        self.pages.fail(series, &error);
        self.answers.fail(series, error)
    }

    /// Whether the rest of the series can be left out: standard output is a closed pipe, and nothing else is asked for.
    fn is_over(&self) -> bool {
        self.answers.is_closed() && !self.request.pages.is_any()
    }

    fn answer(
        &mut self,
        place: &str,
        (forecast, rows): &(Forecast, Vec<ForecastRow>),
        series: &PriceSeries,
    ) -> Result<()> {
        let output = &self.request.output;
        if !output.quiet {
            self.warn_of_model(place, &forecast.series);
        }
        forecast::warn_of_notes(place, forecast, output);
        if self.request.pages.is_any() {
            self.add_page((forecast, rows), series)?;
        }
        self.answers.answer(|out, format, csv| report::write(&rows.as_slice(), format, out, csv))
    }

    /// Adds the series to the page and the picture.
    fn add_page(
        &mut self,
        (forecast, rows): (&Forecast, &[ForecastRow]),
        series: &PriceSeries,
    ) -> Result<(), CliError> {
        let request = self.request;
        let forecaster = request.model.for_series(series, request.typed.calendar);
        let of_days = |ahead| forecaster.forecast_ahead(series, ahead);
        let fan = forecast::fan((rows, request.ahead), &forecaster.card.config, &request.output.levels, of_days);
        let path = request.model.path().map(|path| path.display().to_string());
        let page = ForecastPage {
            rows,
            fan: (&fan.0, fan.1),
            series,
            notes: forecast.notes.iter().map(ToString::to_string).collect(),
            model: (path.as_deref().unwrap_or("pretrained on simulated markets"), &forecaster.card),
        };
        self.pages.add(|| page.page(), || page.chart())
    }

    /// Warns of a model that the command line does not name, once a run.
    fn warn_of_model(&mut self, place: &str, series: &str) {
        let Some((message, hint)) = self.request.model.warning(place, series) else { return };
        if !std::mem::replace(&mut self.has_warned_of_model, true) {
            warn(&message, Some(&hint));
        }
    }
}

impl PredictRequest {
    /// Rows per series.
    fn rows(&self) -> usize {
        let days = self.model.forecaster().map(|model| model.card.config.days_of(self.ahead));
        match (days, self.ahead) {
            (Some(Ok(days)), _) => days.len(),
            (None, Ahead::Path(days)) => days,
            _ => 1,
        }
    }

    /// The forecast of a series, and its rows to print.
    fn forecast(
        &self,
        source: &Source,
        reading: &Reading,
        index: usize,
    ) -> Result<(Forecast, Vec<ForecastRow>), CliError> {
        reading.spacing_of_series_settled(index).map_err(|error| self.model.misspaced(error, &self.typed))?;
        let series = &reading.series[index];
        let forecast = self.model.forecast(series, self.ahead, self.typed.calendar);
        let rows = |forecast: &Forecast| forecast::rows(forecast, &self.output.levels, &self.questions);
        let with_rows = forecast.and_then(|forecast| Ok((rows(&forecast)?, forecast)));
        let (rows, forecast) = with_rows.map_err(|error| {
            // No other model is the remedy for days that this one does not forecast, or for a missing value.
            let has_remedy = matches!(error, ForecastError::Ahead { .. } | ForecastError::NotKnownAhead { .. });
            let error = CliError::series((source, reading, index), &error);
            if has_remedy { error } else { self.model.unfit(error, (source, series), &self.typed) }
        })?;
        Ok((forecast, rows))
    }
}
