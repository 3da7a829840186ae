//! `fourcast predict`: forecasts the next close with a model.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args as ClapArgs;

pub(super) use super::chosen_model::Model;
use super::covariates::EventArgs;
use super::interrupt::{self, Interrupted};
use super::ledger::{LedgerOfRun, check_hindsight, check_ledger, check_possible, entries};
use super::max_age::{MaxAgeArgs, refuse_future};
use super::options::{Format, ModelArgs, PriceArgs, Use, place_of, threads};
use super::output_args::{Output, OutputArgs};
use super::pages::{PageArgs, PageFiles, Pages};
use super::questions::QuestionArgs;
use super::recipe::count;
use super::results::{Origin, ResultArgs, ResultFile};
use super::series_run::{Answered, SeriesRun};
use super::sources::with_files_of_folders;
use super::typed_options::TypedOptions;
use super::{CliError, forecast, note, warn};
use crate::eval::ledger::Entry;
use crate::fleet::{Event, Inputs, Workers, each_series};
use crate::model::{Ahead, Forecast, ForecastError, Forecaster, MAX_DAYS};
use crate::prices::{self, MaxAge, OneSeries, PriceSeries, ReadError, ReadOptions, Source};
use crate::report::page::ForecastPage;
use crate::report::{self, ForecastRow, OfManySeries, Question, WithFan, WithWarnings};
use crate::words::counted;

/// Forecast the next close, or those of the next days, with prediction intervals.
///
/// The model is model.safetensors in this folder unless -m names another. Without a model, and with --pretrained, the
/// networks pretrained on simulated markets forecast.
///
/// The prices need not be those the model was trained on; four rows below the header are enough. In a file of several
/// tickers each ticker is forecast, in a folder each file.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  fourcast predict prices.csv
  fourcast predict prices.csv --pretrained        without a model of your own
  fourcast predict prices.csv --above 450 --below 400 --quantiles 0.01,0.05
  fourcast predict prices.csv --path 20           each of the next 20 days
  fourcast predict prices/ --format csv           every file of a folder
  fourcast predict prices.csv --plot fan.svg      a chart of the days ahead
  fourcast predict prices.csv --max-age 5 --today 2013-03-04
  fourcast predict tickers.csv --models models    each ticker with its own model
  fourcast predict prices.csv --ledger l.jsonl    keep it for fourcast score
  price=$(fourcast predict -m model.safetensors - --format value < prices.csv)")]
pub struct Args {
    #[command(flatten)]
    prices: PriceArgs,
    #[command(flatten)]
    age: MaxAgeArgs,
    #[command(flatten)]
    model: ModelArgs,
    /// Use the networks pretrained on simulated markets, even if there is a model in this folder
    #[arg(long, conflicts_with = "named", help_heading = "Model")]
    pretrained: bool,
    /// Forecast each series with its own model from this folder, which train --each has written
    #[arg(long, value_name = "DIR", conflicts_with_all = ["named", "pretrained"], help_heading = "Model")]
    models: Option<PathBuf>,
    #[command(flatten)]
    events: EventArgs,
    #[command(flatten)]
    questions: QuestionArgs,
    #[command(flatten)]
    ahead: AheadArgs,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    results: ResultArgs,
    /// Append each forecast to this file, to be scored by fourcast score once its day has come; one that it
    /// already contains is not added again
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    ledger: Option<PathBuf>,
    /// Maximum number of threads, at most one per core; the results do not depend on it [default: all cores]
    #[arg(long, value_name = "N", value_parser = count(4096), help_heading = "Run")]
    threads: Option<usize>,
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
    /// Forecast the close of each of the next days, one row per day
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

/// The file of prices in the errors about a model that was loaded shortly before.
const PRICES: &str = "PRICES.csv";

/// The checked request, with the model loaded.
struct PredictRequest {
    sources: Vec<Source>,
    /// The reading options of the command line.
    requested: ReadOptions,
    /// The reading options of the command line, completed by those recorded in the model.
    read: ReadOptions,
    model: Model,
    /// The maximum age of the last prices.
    max_age: Option<MaxAge>,
    /// The questions about the distribution, other than intervals.
    questions: Vec<Question>,
    ahead: Ahead,
    output: Output,
    results: Option<ResultFile>,
    ledger: Option<PathBuf>,
    threads: usize,
    pages: PageFiles,
}

impl Args {
    fn resolve(self, mut options: TypedOptions) -> Result<PredictRequest> {
        let (sources, mut requested) = self.prices.resolve()?;
        let sources = with_files_of_folders(sources)?;
        let max_age = self.age.resolve(&mut options, &mut requested);
        let events = self.events.file().map(Path::to_owned);
        self.events.resolve(&mut requested)?;
        let output = self.output.resolve(self.results.file());
        let questions = self.questions.resolve(output.format)?;
        let models = self.models.clone();
        let model = match self.models {
            Some(folder) => Model::of_folder(folder)?,
            None => Model::load(self.model, self.pretrained)?,
        };
        let read = model.read_options(&requested)?;
        let model_path = model.path().map(|path| (path, "the model"));
        let results = self.results.file().map(|path| (path, "the results"));
        let others: Vec<(&Path, &str)> = model_path.into_iter().chain(results).collect();
        self.ledger.iter().try_for_each(|path| check_ledger(path, &sources, &others))?;
        let ledger = self.ledger.as_deref().map(|path| (path, "the ledger"));
        let pages = self.pages.resolve(&sources, &others.into_iter().chain(ledger).collect::<Vec<_>>())?;
        let models = models.as_deref().map(|path| ("models", path));
        let events = events.as_deref().map(|path| ("events", path)).into_iter().chain(models);
        let results = self.results.resolve(Origin {
            command: "predict",
            sources: &sources,
            files: &model.path().map(|path| ("model", path)).into_iter().chain(events).collect::<Vec<_>>(),
            seed: None,
            typed: options,
            whole: pages.options(),
            output: (output.format, output.quiet),
        })?;
        let (ahead, threads) = (self.ahead.resolve(), threads(self.threads));
        let ledger = self.ledger;
        Ok(PredictRequest {
            sources,
            requested,
            read,
            model,
            max_age,
            questions,
            ahead,
            output,
            results,
            ledger,
            threads,
            pages,
        })
    }
}

/// Runs the subcommand: prints each series as soon as it and those before it are forecast. If the only series fails,
/// nothing is written to standard output.
pub fn run(args: Args, options: TypedOptions) -> Result<()> {
    let request = args.resolve(options)?;
    request.check_model_is_meant()?;
    let results = request.results.as_ref();
    // The forecasts of a finished shard may be missing in the ledger; they are then made again, with the same values.
    let finished = || results.and_then(|file| file.finished(request.output.quiet, |_| None));
    if let Some(outcome) = if request.ledger.is_none() { finished() } else { None } {
        return outcome;
    }
    let workers = Workers::new(request.threads)?;
    let series = SeriesRun::new(request.sources.len(), (&request.output, Use::Forecast), request.rows());
    let series = series.with_models(request.model.folder()).into_file(results)?;
    let pages = Pages::new(&request.pages);
    let ledger = request.ledger.as_ref().map(LedgerOfRun::new);
    let mut run = Run {
        request: &request,
        series,
        pages,
        table: Vec::new(),
        failed: Vec::new(),
        ledger,
        has_warned_of_model: false,
        is_stopped: false,
    };
    let open = |source: &Source| Ok((prices::open(source, &request.read)?, ()));
    let work = |(): &(), one: OneSeries| request.forecast(one);
    let inputs = Inputs { sources: &request.sources, shard: results.and_then(ResultFile::shard) };
    let done = each_series(&workers, inputs, open, work, |event| run.take(event));
    // Appended before the file of the results and its manifest are written, because these state that all is done.
    let kept = run.append_to_ledger();
    done?;
    kept?;
    run.finish()
}

/// A forecast, with its rows to print.
struct Forecasted {
    forecast: Forecast,
    rows: Vec<ForecastRow>,
    /// The entries for the ledger, if there is one.
    entries: Vec<Entry>,
    /// The series, if it is drawn.
    series: Option<PriceSeries>,
    /// The note that the named model is of another series.
    note: Option<String>,
}

/// A run over all series.
struct Run<'a> {
    request: &'a PredictRequest,
    series: SeriesRun<'a>,
    pages: Pages<'a>,
    /// The rows of several series, for a table with columns that fit all of them.
    table: Vec<ForecastRow>,
    /// The series without rows, each with the number of rows before it.
    failed: Vec<(usize, String)>,
    /// The forecasts for the ledger.
    ledger: Option<LedgerOfRun<'a>>,
    /// Whether the note on which model was found, or that it is of another series, was printed; it is printed once per
    /// run.
    has_warned_of_model: bool,
    /// Whether Ctrl-C ended the run.
    is_stopped: bool,
}

impl Run<'_> {
    /// Prints the outcome of an event. Breaks if the rest can be left out.
    fn take(&mut self, event: Event<Result<Forecasted, CliError>>) -> Result<ControlFlow<()>> {
        let PredictRequest { model, requested, .. } = self.request;
        let unreadable = |error: &ReadError, source: &Source| model.unreadable(error, source, requested);
        match self.series.take(event, unreadable, |one| forecast::warnings(&one.forecast, &one.rows)) {
            Some((_, Ok(answered))) => self.answer(answered)?,
            Some((name, Err(error))) => self.fail(&name, error)?,
            None => {}
        }
        if self.series.answers.is_many() {
            interrupt::listen("the series in work");
            self.is_stopped = interrupt::is_stopped();
        }
        Ok(if self.is_over() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }

    fn fail(&mut self, series: &str, error: CliError) -> Result<()> {
        if !self.series.answers.takes(series) {
            return Ok(());
        }
        let error = error.into();
        self.pages.fail(series, &error);
        self.failed.push((self.table.len(), series.to_owned()));
        self.series.answers.fail(series, error)
    }

    /// Whether the remaining series are left out: because of Ctrl-C, or because standard output is a closed pipe and
    /// nothing else is requested.
    fn is_over(&self) -> bool {
        self.is_stopped || (self.series.answers.is_closed() && !self.request.pages.is_any() && self.ledger.is_none())
    }

    fn answer(&mut self, answered: Answered<Forecasted>) -> Result<()> {
        let Answered { place, value: Forecasted { forecast, rows, entries, series, note }, warnings } = answered;
        self.series.answers.takes(&forecast.series);
        if let Some(ledger) = &mut self.ledger {
            ledger.add(entries);
        }
        let output = &self.request.output;
        if !output.quiet {
            self.warn_of_model(&place, &forecast.series);
            self.note_model(note);
        }
        let answers = &mut self.series.answers;
        let (has_charts, is_many) = (answers.has_charts(), answers.is_many());
        let drawn = series.as_ref().filter(|_| has_charts || self.request.pages.is_any());
        let fan = |series| Ok::<_, CliError>((series, self.request.fan(&rows, series)?));
        let drawn = drawn.map(fan).transpose()?;
        if let Some((series, fan)) = drawn.as_ref().filter(|_| self.request.pages.is_any()) {
            self.add_page((&forecast, &rows), series, fan)?;
        }
        let answers = &mut self.series.answers;
        if is_many && output.format == Format::Table {
            answers.count();
            self.table.extend(rows);
            return Ok(());
        }
        if let Some((series, (fan, days))) = drawn.filter(|_| has_charts) {
            let shown = WithFan { rows: &rows, series, fan: (&fan, &days) };
            return answers.answer(|out, format, csv| report::write(&shown, format, out, csv));
        }
        let shown = WithWarnings { report: &rows.as_slice(), warnings: if is_many { &warnings } else { &[] } };
        answers.answer(|out, format, csv| report::write(&shown, format, out, csv))
    }

    fn append_to_ledger(&mut self) -> Result<(), CliError> {
        let Some(ledger) = self.ledger.take() else { return Ok(()) };
        self.series.answers.end_progress();
        ledger.append(self.request.output.quiet)
    }

    fn finish(mut self) -> Result<()> {
        let table = OfManySeries { rows: &self.table, failed: &self.failed };
        if !self.table.is_empty() {
            self.series.answers.print(|out, _| table.write(out))?;
        }
        if self.is_stopped {
            let done = counted(self.series.answers.answered(), "forecast");
            let unwritten = self.request.results.as_ref().map_or_else(String::new, ResultFile::unwritten);
            let message = format!("after {done}: the others are not forecast{unwritten}");
            self.series.interrupt(&message)?;
            return Err(Interrupted(message).into());
        }
        self.pages.finish("predict")?;
        self.series.finish()
    }

    /// Adds the series to the page and the picture.
    fn add_page(
        &mut self,
        (forecast, rows): (&Forecast, &[ForecastRow]),
        series: &PriceSeries,
        fan: &(Vec<ForecastRow>, Vec<usize>),
    ) -> Result<(), CliError> {
        let request = self.request;
        let model = request.model.of_series(series, PRICES)?;
        let forecaster = model.for_series(series, request.requested.calendar);
        let path = model.path().map(|path| path.display().to_string());
        let explanation = request.pages.explanation(&forecaster, series);
        let page = ForecastPage {
            rows,
            fan: (&fan.0, fan.1.clone()),
            series,
            notes: forecast::notes(forecast, rows),
            model: (path.as_deref().unwrap_or("pretrained on simulated markets"), &forecaster.card),
            explanation: explanation.as_ref(),
        };
        self.pages.add(|| page.page(), Some(|| page.chart()))
    }

    /// Prints once per run that the model is of another series.
    fn note_model(&mut self, message: Option<String>) {
        let Some(message) = message else { return };
        if !std::mem::replace(&mut self.has_warned_of_model, true) {
            self.series.answers.print_above(|| note(&message));
        }
    }

    /// Prints once per run the warning about a model that the command line does not name.
    fn warn_of_model(&mut self, place: &str, series: &str) {
        let Some((message, hint)) = self.request.model.warning(place, series) else { return };
        if !std::mem::replace(&mut self.has_warned_of_model, true) {
            self.series.answers.print_above(|| warn(&message, Some(&hint)));
        }
    }
}

impl PredictRequest {
    /// Returns the days of a chart, with their numbers of rows after the origin.
    fn fan(&self, rows: &[ForecastRow], series: &PriceSeries) -> Result<(Vec<ForecastRow>, Vec<usize>), CliError> {
        let model = self.model.of_series(series, PRICES)?;
        let forecaster = model.for_series(series, self.requested.calendar);
        let of_days = |ahead| forecaster.forecast_ahead(series, ahead);
        Ok(forecast::fan((rows, self.ahead), &forecaster.card.config, &self.output.levels, of_days))
    }

    /// Returns the number of rows per series.
    fn rows(&self) -> usize {
        let days = self.model.forecaster().map(|model| model.card.config.days_of(self.ahead));
        match (days, self.ahead) {
            (Some(Ok(days)), _) => days.len(),
            (None, Ahead::Path(days)) => days,
            _ => 1,
        }
    }

    /// Returns the forecast of a series, with its rows to print.
    fn forecast(&self, one: OneSeries) -> Result<Forecasted, CliError> {
        one.rows_settled().map_err(|error| self.model.misspaced(error, &self.requested))?;
        let check = |age: MaxAge| age.check(&one.series).map_err(|error| CliError::of_one(&one, &error));
        self.max_age.map_or(Ok(()), check)?;
        self.ledger.as_ref().map_or(Ok(()), |_| refuse_future(&one))?;
        let model = self.model.of_series(&one.series, &one.file)?;
        self.check_series_is_meant(&model, &one)?;
        let forecast = model.forecast(&one.series, self.ahead, self.requested.calendar);
        let rows = |forecast: &Forecast| forecast::rows_with_provenance(forecast, &self.output.levels, &self.questions);
        let of_ledger = |forecast: &Forecast| match &self.ledger {
            Some(_) => entries(forecast, &one.series),
            None => Ok(Vec::new()),
        };
        let with_rows = forecast.and_then(|forecast| Ok((rows(&forecast)?, of_ledger(&forecast)?, forecast)));
        let (rows, entries, forecast) = with_rows.map_err(|error| {
            // Another model is not the remedy for days that this one does not forecast, or for a missing value.
            let has_remedy = matches!(error, ForecastError::Ahead { .. } | ForecastError::NotKnownAhead { .. });
            let error = CliError::of_one(&one, &error);
            let work = |model: &Forecaster| model.forecast_ahead(&one.series, self.ahead).is_ok();
            model.unfit((error, has_remedy), (&one.file, &one.series), &self.requested, work)
        })?;
        self.ledger.as_ref().map_or(Ok(()), |_| check_hindsight(&forecast, &one.file))?;
        check_possible(&entries, &one.file)?;
        let is_drawn = self.pages.is_any() || self.output.format == Format::Table;
        let note = model.note(&place_of(&one, None), &one.series);
        Ok(Forecasted { forecast, rows, entries, series: is_drawn.then_some(one.series), note })
    }

    /// With `--strict`, returns an error for a model of another series that the command line does not name.
    fn check_series_is_meant(&self, model: &Model, one: &OneSeries) -> Result<(), CliError> {
        match model.warning(&one.file, &one.series.name).filter(|_| self.output.strict) {
            Some((message, hint)) => Err(CliError { message, help: Some(hint) }),
            None => Ok(()),
        }
    }

    /// With `--strict`, returns an error for pretrained networks that were not requested.
    fn check_model_is_meant(&self) -> Result<(), CliError> {
        match &self.model {
            Model::Pretrained { is_asked: false } if self.output.strict => {
                let (message, hint) = Model::not_trained();
                Err(CliError { message, help: Some(format!("{hint}, or pass --pretrained")) })
            }
            _ => Ok(()),
        }
    }
}
