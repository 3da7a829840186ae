//! `fourcast predict`: forecasts the next close with a model.

use anyhow::Result;
use clap::Args as ClapArgs;

pub(super) use super::chosen_model::Model;
use super::covariates::EventArgs;
use super::many::Answers;
use super::options::{Format, ModelArgs, Output, OutputArgs, PriceArgs, Use, place, read};
use super::pages::{PageArgs, PageFiles, Pages};
use super::questions::QuestionArgs;
use super::recipe::count;
use super::{CliError, forecast, warn};
use crate::model::{Ahead, Forecast, ForecastError, Forecaster, MAX_DAYS};
use crate::prices::{PriceSeries, ReadOptions, Reading, Source};
use crate::report::page::ForecastPage;
use crate::report::{self, ForecastRow, OfManySeries, Question, WithFan};

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
    /// Forecast the close of this day ahead instead of the next; 1 to 30 with a model trained with the defaults
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

/// Runs it: each series is printed as it is forecast. An error of the only one leaves nothing on standard output.
pub fn run(args: Args) -> Result<()> {
    let request = args.resolve()?;
    let answers = Answers::of(request.sources.len(), &request.output, request.rows());
    let pages = Pages::new(&request.pages);
    let mut run = Run { request: &request, answers, pages, table: Vec::new(), has_warned_of_model: false };
    for source in &request.sources {
        match read(source, &request.read, (&request.output, Use::Forecast)) {
            Ok(reading) => run.forecast_all(source, &reading)?,
            Err(error) => run.fail(&source.series_name(), request.model.unreadable(&error, source, &request.typed))?,
        }
        if run.is_over() {
            break;
        }
    }
    run.finish()
}

/// A run over all series.
struct Run<'a> {
    request: &'a PredictRequest,
    answers: Answers<'a>,
    pages: Pages<'a>,
    /// The rows of several series, for a table whose columns are as wide as the widest of them.
    table: Vec<ForecastRow>,
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
                Err(failed) => {
                    let error = self.request.model.unreadable(&failed.error, source, &self.request.typed);
                    self.fail(&failed.name, error)?;
                }
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
        let has_charts = self.answers.has_charts();
        let fan = (has_charts || self.request.pages.is_any()).then(|| self.request.fan(rows, series));
        if let Some(fan) = fan.as_ref().filter(|_| self.request.pages.is_any()) {
            self.add_page((forecast, rows), series, fan)?;
        }
        if self.answers.is_many() && output.format == Format::Table {
            self.answers.count();
            self.table.extend_from_slice(rows);
            return Ok(());
        }
        match fan.filter(|_| has_charts) {
            Some((fan, days)) => {
                let shown = WithFan { rows, series, fan: (&fan, &days) };
                self.answers.answer(|out, format, csv| report::write(&shown, format, out, csv))
            }
            None => self.answers.answer(|out, format, csv| report::write(&rows.as_slice(), format, out, csv)),
        }
    }

    fn finish(mut self) -> Result<()> {
        let table = OfManySeries(&self.table);
        if !self.table.is_empty() {
            self.answers.print(|out, _| table.write(out))?;
        }
        self.pages.finish("predict")?;
        self.answers.finish()
    }

    /// Adds the series to the page and the picture.
    fn add_page(
        &mut self,
        (forecast, rows): (&Forecast, &[ForecastRow]),
        series: &PriceSeries,
        fan: &(Vec<ForecastRow>, Vec<usize>),
    ) -> Result<(), CliError> {
        let request = self.request;
        let forecaster = request.model.for_series(series, request.typed.calendar);
        let path = request.model.path().map(|path| path.display().to_string());
        let explanation = request.pages.explanation(&forecaster, series);
        let page = ForecastPage {
            rows,
            fan: (&fan.0, fan.1.clone()),
            series,
            notes: forecast.notes.iter().map(ToString::to_string).collect(),
            model: (path.as_deref().unwrap_or("pretrained on simulated markets"), &forecaster.card),
            explanation: explanation.as_ref(),
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
    /// The days of a chart, and how many rows after the origin each is.
    fn fan(&self, rows: &[ForecastRow], series: &PriceSeries) -> (Vec<ForecastRow>, Vec<usize>) {
        let forecaster = self.model.for_series(series, self.typed.calendar);
        let of_days = |ahead| forecaster.forecast_ahead(series, ahead);
        forecast::fan((rows, self.ahead), &forecaster.card.config, &self.output.levels, of_days)
    }

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
            let work = |model: &Forecaster| model.forecast_ahead(series, self.ahead).is_ok();
            self.model.unfit((error, has_remedy), (source, series), &self.typed, work)
        })?;
        Ok((forecast, rows))
    }
}
