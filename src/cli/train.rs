//! `fourcast train`: fits a model to prices and writes it to disk.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args as ClapArgs;

use super::covariates::CovariateArgs;
use super::help::Help;
use super::interrupt::{self, Interrupted, Stoppable};
use super::options::{Format, ModelArgs, Output, OutputArgs, PriceArgs, Use, read, refuse_overwrite};
use super::pages::{PageArgs, PageFiles, Pages};
use super::recipe::{Recipe, RecipeArgs, fraction};
use super::{CliError, SeriesError, forecast, leak, output, warn};
use crate::eval::backtest::verdict_of_test;
use crate::features::Target;
use crate::model::{
    self, Ahead, FitOptions, FitProgress, Fitted, Forecast, ForecastError, Forecaster, SilentFit, StoppedFit,
};
use crate::prices::{ColumnRef, Nonpositive, PriceSeries, ReadOptions, Reading, Role, Source};
use crate::report::page::TrainingPage;
use crate::report::{self, CsvRows, EpochLines, ForecastRow, ProgressBar, Summary};
use crate::words::counted;

/// Fit a model to a CSV file of prices and write it to disk.
///
/// Then print how accurate a fit to the earlier windows is on the last ones, compared with "tomorrow = today", and
/// the forecast of the next close with its prediction intervals.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  fourcast train prices.csv
  fourcast train prices.csv --target price --loss mse                  the price level, as in textbooks
  fourcast train prices.csv --topology many-to-many --horizon 5        a path of five days
  fourcast train prices.csv --report page.html                         a page with the losses and the forecast
  fourcast train prices.csv --past VIX --events meetings.csv           further inputs
  fourcast train prices.csv --cell gru --hidden 32 --layers 2          a larger network")]
pub struct Args {
    #[command(flatten)]
    prices: PriceArgs,
    #[command(flatten)]
    model: ModelArgs,
    #[command(flatten)]
    covariates: CovariateArgs,
    #[command(flatten)]
    recipe: RecipeArgs,
    /// Fraction of the windows, the last ones, on which a fit to the earlier ones is tested and calibrated; 0 for no test
    #[arg(long, value_name = "FRACTION", default_value_t = FitOptions::default().test_fraction, value_parser = fraction)]
    #[arg(help_heading = "Training")]
    test_fraction: f64,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    pages: PageArgs,
}

/// What is to be trained, checked.
#[derive(Debug)]
struct TrainRequest {
    source: Source,
    read: ReadOptions,
    /// Where the model is written.
    model: PathBuf,
    recipe: Recipe,
    fit: FitOptions,
    output: Output,
    pages: PageFiles,
}

impl Args {
    /// Checks everything that can be checked before the prices are read, among it that the model can be written.
    fn resolve(self) -> Result<TrainRequest> {
        let (sources, mut read) = self.prices.resolve();
        let [source] = <[Source; 1]>::try_from(sources).map_err(|sources| several_files(sources.len()))?;
        let recipe = self.recipe.resolve("train")?;
        self.covariates.resolve("train", &mut read)?;
        let model = self.model.resolve().path;
        refuse_overwrite(std::slice::from_ref(&source), &model)?;
        model::check_target(&model).map_err(CliError::from)?;
        let pages = self.pages.resolve(std::slice::from_ref(&source), &[(&model, "the model")])?;
        let fit = FitOptions { test_fraction: self.test_fraction, threads: recipe.threads, ..FitOptions::default() };
        Ok(TrainRequest { source, read, model, recipe, fit, output: self.output.resolve(), pages })
    }
}

fn several_files(count: usize) -> CliError {
    let message = format!("{count} files of prices, expected one: a model is trained on one series");
    CliError { message, help: Some("train a model per file, each with its own --model".into()) }
}

/// Runs it. Nothing is printed before the model is written.
pub fn run(args: Args) -> Result<()> {
    let request = args.resolve()?;
    let TrainRequest { source, output, .. } = &request;
    let reading = read(source, &request.read, (output, Use::Fit)).map_err(CliError::from)?;
    let series = reading.only().map_err(CliError::from)?;
    reading.spacing_settled().map_err(CliError::from)?;
    reading.splits_settled().map_err(CliError::from)?;
    let (config, init) = request.recipe.config_for(&source.to_string(), series)?;
    if config.target == Target::Price && !output.quiet {
        warn_of_returns(source, series);
    }
    let failed = |error: &dyn SeriesError| CliError::series((source, &reading, 0), error);
    if !output.quiet {
        request.recipe.warn_of_far_day();
    }
    interrupt::listen("the epoch, with the best model so far");
    let fit_options = FitOptions { watches_test: request.draws_losses(), ..request.fit };
    let fitted = model::fit(series, &config, init.as_ref(), fit_options, &request.progress());
    let mut fitted = fitted.map_err(|error| failed(&error))?;
    note_prices(&mut fitted, &reading, &request.read);
    let next = Next::of(&fitted.forecaster, series, output).map_err(|error| failed(&error))?;
    let replaced = replaced_series(&request.model, series);
    model::save(&fitted.forecaster, &request.model).map_err(CliError::from)?;

    if !output.quiet {
        replaced.iter().for_each(|other| warn_of_replaced(&request.model, other, series));
        if let Some(error) = &next.unknown {
            let CliError { message, help } = failed(error);
            warn(&format!("{message}: the model is written, and that session is not forecast"), help.as_deref());
        }
    }
    next.forecast.iter().for_each(|forecast| forecast::warn_of_notes(&source.to_string(), forecast, output));
    let verdict = fitted.test.as_ref().map(|test| verdict_of_test(series, test));
    if let Some(Ok(verdict)) = verdict.as_ref().filter(|_| !output.quiet) {
        leak::warn_of(&format!("{source}: {}", series.name), verdict, (&config.columns_of(series), series.frequency));
    }
    let summary = Summary::new(&request.model, &fitted, verdict, next.path);
    if request.pages.is_any() {
        request.write_pages(&summary, &fitted, series)?;
    }
    print(output, &summary)?;
    fitted.stopped.map_or(Ok(()), |stopped| Err(request.stopped(stopped, &fitted).into()))
}

/// The forecast of the next sessions, printed with the summary.
struct Next {
    forecast: Option<Forecast>,
    path: Vec<ForecastRow>,
    /// Why there is none: the file has no value known ahead for the next session. The model can be used once it has.
    unknown: Option<ForecastError>,
}

impl Next {
    /// Forecasts the sessions after a series.
    ///
    /// # Errors
    /// Of a model that cannot forecast, which is not written.
    fn of(model: &Forecaster, series: &PriceSeries, output: &Output) -> Result<Next, ForecastError> {
        match model.forecast(series) {
            Ok(forecast) => {
                let path = forecast::rows(&forecast, &output.levels, &[])?;
                Ok(Next { forecast: Some(forecast), path, unknown: None })
            }
            Err(error @ ForecastError::NotKnownAhead { .. }) => {
                Ok(Next { forecast: None, path: Vec::new(), unknown: Some(error) })
            }
            Err(error) => Err(error),
        }
    }
}

/// The series of the model that a file holds, if it is another one.
fn replaced_series(path: &Path, series: &PriceSeries) -> Option<String> {
    let old = path.is_file().then(|| model::load(path).ok())??;
    let other = old.card.training.series;
    (other != series.name).then_some(other)
}

fn warn_of_replaced(path: &Path, other: &str, series: &PriceSeries) {
    let message = format!("{}: replaced the model of '{other}' with one of '{}'", path.display(), series.name);
    warn(&message, Some("to keep a model per series, name its file with --model"));
}

/// Warns of returns in the place of prices. A model of returns refuses them; the textbook's target does not.
fn warn_of_returns(source: &Source, series: &PriceSeries) {
    if let Some(cause @ Nonpositive::Returns) = series.nonpositive() {
        warn(&format!("{source}: {}{}", series.name, cause.remark()), Some(&cause.help()));
    }
}

impl TrainRequest {
    /// Whether a chart of the losses is drawn.
    fn draws_losses(&self) -> bool {
        let on_terminal = || self.output.format == Format::Table && io::stdout().is_terminal();
        self.pages.is_any() || (!self.output.quiet && on_terminal())
    }

    /// Writes the page and the picture.
    fn write_pages(&self, summary: &Summary, fitted: &Fitted, series: &PriceSeries) -> Result<(), CliError> {
        let forecaster = &fitted.forecaster;
        let of_days = |ahead| forecaster.forecast_ahead(series, ahead);
        let config = &forecaster.card.config;
        let fan = forecast::fan((&summary.path, Ahead::Usual), config, &self.output.levels, of_days);
        let model = self.model.display().to_string();
        let explanation = self.pages.explanation(forecaster, series);
        let page = TrainingPage {
            summary,
            curves: &fitted.loss_curves,
            fan: (&fan.0, fan.1),
            series,
            model: &model,
            explanation: explanation.as_ref(),
        };
        let mut pages = Pages::new(&self.pages);
        pages.add(|| page.page(), || page.chart())?;
        pages.finish("train")
    }

    /// A run that Ctrl-C ended.
    fn stopped(&self, StoppedFit { epochs, planned }: StoppedFit, fitted: &Fitted) -> Interrupted {
        let (kept, asked) = (fitted.forecaster.members.len(), self.recipe.ensemble());
        let fewer = if kept < asked { format!(", {kept} of {}", counted(asked, "network")) } else { String::new() };
        let model = self.model.display();
        Interrupted(format!("after {epochs} of at most {planned} epochs: {model} holds the best model so far{fewer}"))
    }

    fn progress(&self) -> Stoppable<dyn FitProgress> {
        Stoppable(match (self.output.verbose, self.output.quiet) {
            (true, _) => Box::new(EpochLines::new(self.recipe.ensemble())),
            (false, false) if io::stderr().is_terminal() => Box::new(ProgressBar::new()),
            _ => Box::new(SilentFit),
        })
    }
}

fn print(output: &Output, summary: &Summary) -> Result<()> {
    let mut out = output::stdout((output.format == Format::Table, !output.quiet))?;
    Ok(report::write(summary, output.format, &mut out, &mut CsvRows::of(false))?)
}

/// Records in the model which columns it was trained on, and the exchange whose holidays it skips.
fn note_prices(fitted: &mut Fitted, reading: &Reading, options: &ReadOptions) {
    let training = &mut fitted.forecaster.card.training;
    let used = reading.understood.columns.iter().filter(|column| column.role != Role::Unused);
    training.columns = used.map(|column| (column.name.clone(), column.role.to_string())).collect();
    let past = reading.series.iter().flat_map(|series| series.covariates.list());
    training.columns.extend(past.map(|covariate| (covariate.name, covariate.kind.to_string())));
    training.date_column = options.date.as_ref().map(ColumnRef::to_string);
    training.price_column = options.price.as_ref().map(ColumnRef::to_string);
    training.calendar = options.calendar;
}
