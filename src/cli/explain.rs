//! `fourcast explain`: shows what the networks read and computed for a forecast, day by day.

use std::io::{self, IsTerminal};

use anyhow::Result;
use clap::Args as ClapArgs;
use jiff::civil::Date;

use super::covariates::EventArgs;
use super::options::{ModelArgs, PriceArgs, Use, day, place, read};
use super::output_args::{FormatArgs, MessageArgs, Output};
use super::pages::{PageArgs, PageFiles, Pages};
use super::predict::Model;
use super::recipe::count;
use super::single::only_file;
use super::warnings::{CliWarning, Kind, Strictly};
use super::{CliError, forecast, note, output, screen, warn};
use crate::features::halts;
use crate::model::{Card, ExplainError, ExplainOptions, Explanation, Forecaster, MAX_DAYS};
use crate::prices::{PriceSeries, ReadOptions, Source};
use crate::report::page::ExplanationPage;
use crate::report::{self, CsvRows, ExplainBar, Explained, ForecastRow};
use crate::words::counted;

/// Show what the networks read and computed for a forecast: inputs, gates and states, and what each day adds.
///
/// For each day of the window: the inputs as the networks read them and the prices that they came from; gates (LSTM: i,
/// f, g, o; GRU: r, z, n), cell state and hidden state; and how much the day moves the median of the forecast and its
/// width, by gradients, by integrated gradients from average inputs (Sundararajan et al. 2017), and by the plain test
/// of replacing the day by average inputs.
///
/// The model is found as by `predict`. CSV output has one number per row; csv and json also have the inputs before
/// standardisation and the gradient by each input.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  fourcast explain prices.csv
  fourcast explain prices.csv --date 2012-09-21 --units
  fourcast explain prices.csv --gradient-norms --window 22  of 22 days
  fourcast explain prices.csv --report page.html            drawn day by day
  fourcast explain prices.csv --plot network.svg            only the drawing
  fourcast explain prices.csv --format json")]
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
    /// Only this network of the ensemble, from 1 [default: all of them, and their mean]
    #[arg(long, value_name = "NUMBER", help_heading = "Model")]
    member: Option<usize>,
    /// The origin: the last day that the forecast uses, as YYYY-MM-DD, with a whole window before it [default: the last
    /// of the file]
    #[arg(long = "date", value_name = "DAY", value_parser = origin, help_heading = "Explanation")]
    origin: Option<Date>,
    /// Days ahead whose dependence on the window is shown, separated by commas [default: the next day; of a
    /// path, its last]
    #[arg(long, value_name = "DAYS", value_delimiter = ',', help_heading = "Explanation")]
    ahead: Vec<usize>,
    /// Read windows of this many days; recurrent networks only. The time grows with its square [default: the window
    /// that the model was trained on]
    #[arg(long, value_name = "DAYS", value_parser = count(MAX_DAYS), help_heading = "Explanation")]
    window: Option<usize>,
    /// Show only the norm of the gradient by the inputs of each day, which says how much the forecast depends on that
    /// day
    #[arg(long, visible_alias = "fading", conflicts_with = "units", help_heading = "Explanation")]
    gradient_norms: bool,
    /// Show each unit of each network, not only mean and standard deviation
    #[arg(long, help_heading = "Explanation")]
    units: bool,
    #[command(flatten)]
    format: FormatArgs,
    #[command(flatten)]
    pages: PageArgs,
    #[command(flatten)]
    messages: MessageArgs,
}

fn origin(text: &str) -> Result<Date, String> {
    day(text).map_err(|error| format!("{error}; the column of dates is --date-column"))
}

/// Removes the alias of `--date-column`, because `--date` is the origin here.
pub fn names(command: clap::Command) -> clap::Command {
    command.mut_arg("date_column", |arg| arg.visible_alias(None)).mut_arg("files", |arg| {
        arg.help("File of prices, as CSV or Parquet; standard input if there is none, or for \"-\"")
    })
}

/// The checked request, with the model loaded.
struct ExplainRequest {
    source: Source,
    /// The reading options of the command line.
    typed: ReadOptions,
    /// The reading options, completed by those recorded in the model.
    read: ReadOptions,
    model: Model,
    origin: Option<Date>,
    options: ExplainOptions,
    gradient_norms: bool,
    units: bool,
    output: Output,
    /// The page and the picture to write.
    pages: PageFiles,
}

impl Args {
    fn resolve(self) -> Result<ExplainRequest, CliError> {
        let (sources, mut typed) = self.prices.resolve()?;
        self.events.resolve(&mut typed)?;
        let source = only_file(sources, "one forecast is explained", "explain one file after the other")?;
        let model = Model::load(self.model, self.pretrained)?;
        let read = model.read_options(&typed)?;
        let model_path = model.path().map(|path| (path, "the model"));
        let pages = self.pages.resolve(std::slice::from_ref(&source), &model_path.into_iter().collect::<Vec<_>>())?;
        Ok(ExplainRequest {
            source,
            typed,
            read,
            model,
            origin: self.origin,
            options: ExplainOptions { member: self.member, ahead: self.ahead, window: self.window },
            gradient_norms: self.gradient_norms,
            units: self.units,
            output: Output::of(self.format, self.messages),
            pages,
        })
    }
}

/// Runs it.
pub fn run(args: Args) -> Result<()> {
    let request = args.resolve()?;
    let ExplainRequest { source, output, .. } = &request;
    let reading = read(source, &request.read, (output, Use::Forecast))
        .map_err(|error| request.model.unreadable(&error, source, &request.typed))?;
    Strictly(output, Use::Forecast).check(source, &reading)?;
    let series = reading.only().map_err(CliError::from)?;
    reading.rows_settled().map_err(|error| request.model.misspaced(error, &request.typed))?;
    let series = request.up_to_origin(series)?;
    let model = request.model.for_series(&series, request.typed.calendar);
    let failed = |error: ExplainError| {
        // Other errors concern the request, and their helps name a valid one.
        let is_remedy = !matches!(error, ExplainError::Forecast(_));
        let error = CliError::series((source, &reading, 0), &error);
        let work = |model: &Forecaster| model.explain(&series, &request.options).is_ok();
        request.model.unfit((error, is_remedy), (&source.to_string(), &series), &request.typed, work)
    };
    let bar = ExplainBar::new(request.is_long(model.card.config.window) && io::stderr().is_terminal());
    let observe = &mut |done, all| bar.observe(done, all);
    let explanation = model.explain_observed(&series, &request.options, observe).map_err(failed)?;
    let rows = forecast::rows(explanation.predicted(), &LEVELS, &[]).map_err(|error| failed(error.into()))?;
    request.warn((&place(source, &reading, 0, None), &series), &explanation, &rows)?;
    let explained = Explained {
        explanation: &explanation,
        rows: &rows,
        gradient_norms: request.gradient_norms,
        units: request.units,
        screen: screen::screen(),
    };
    request.write_pages(&explained, &model.card)?;
    let mut out = output::stdout((output.format == report::Format::Table, false))?;
    Ok(report::write(&explained, output.format, &mut out, &mut CsvRows::of(false))?)
}

/// Returns the note that the windows are not those of the model, if so.
fn other_window(explanation: &Explanation) -> Option<String> {
    let Explanation { config, trained_window, .. } = explanation;
    let windows = || {
        format!(
            "gates, states and influence are computed for windows of {}: they do not explain the forecast, which uses \
             windows of {trained_window}, as in training",
            counted(config.window, explanation.forecast.frequency.unit())
        )
    };
    (config.window != *trained_window).then(windows)
}

/// The levels of the intervals: the default levels of `predict`.
const LEVELS: [f64; 2] = [0.5, 0.9];

/// Windows of this many days take several seconds.
const LONG: usize = 250;

impl ExplainRequest {
    /// Whether the explanation takes so long that a terminal shows its progress.
    fn is_long(&self, window: usize) -> bool {
        !self.output.quiet && self.options.window.unwrap_or(window) >= LONG
    }

    /// Writes the page and the picture, if they are requested.
    fn write_pages(&self, explained: &Explained<'_>, card: &Card) -> Result<(), CliError> {
        let file = self.model.path().map(|path| path.display().to_string());
        let page = ExplanationPage {
            explained: *explained,
            notes: other_window(explained.explanation)
                .into_iter()
                .chain(forecast::notes(explained.explanation.predicted(), explained.rows))
                .collect(),
            model: (file.as_deref().unwrap_or("pretrained on simulated markets"), card),
        };
        let mut pages = Pages::new(&self.pages);
        pages.add(|| page.page(), Some(|| page.chart()))?;
        pages.finish("explain")
    }

    /// Returns the number of days required by the explained windows and by the forecast.
    fn window(&self, series: &PriceSeries) -> usize {
        let of_model = self.model.for_series(series, self.typed.calendar).card.config.window;
        self.options.window.unwrap_or(of_model).max(of_model)
    }

    /// Returns the rows of a series up to the origin.
    fn up_to_origin(&self, series: &PriceSeries) -> Result<PriceSeries, CliError> {
        let Some(origin) = self.origin else { return Ok(series.clone()) };
        let found = series.dates.binary_search(&origin);
        let rows = found.map_or_else(|row| row, |row| row + 1);
        // If no day has a whole window up to it, the file itself is the problem, which is reported later.
        let min_rows = self.min_rows(series).filter(|min| found.is_err() || rows < *min);
        let Some(min) = min_rows else { return Ok(series.slice(0..rows.max(1))) };
        let (first, last) = (series.dates[min - 1], series.dates[series.len() - 1]);
        let nearest = series.dates[rows.clamp(min, series.len()) - 1];
        let what = match found {
            Ok(_) => format!("{} up to {origin}, too few for a window", counted(rows, "row")),
            Err(_) => format!("no row on {origin}"),
        };
        let message = format!("{}: {what}, expected one of its days from {first} to {last}", self.source);
        Err(CliError { message, help: Some(format!("pass --date {nearest}")) })
    }

    /// Returns the minimum number of first rows with a whole window of days with trade; `None` if not even all rows
    /// have one.
    fn min_rows(&self, series: &PriceSeries) -> Option<usize> {
        let window = self.window(series);
        let traded = (1..).zip(halts(series)).filter(|(_, is_halt)| !is_halt);
        traded.map(|(rows, _)| rows).nth(window.max(1) - 1)
    }

    /// Prints the warnings.
    ///
    /// # Errors
    /// With `--strict`, the first warning.
    fn warn(
        &self,
        (place, series): (&str, &PriceSeries),
        explanation: &Explanation,
        rows: &[ForecastRow],
    ) -> Result<(), CliError> {
        let of_model = self.model.warning(place, &explanation.predicted().series);
        if let Some((message, hint)) = of_model.filter(|_| self.output.strict || !self.output.quiet) {
            if self.output.strict {
                return Err(CliWarning::strict(message, Some(hint)));
            }
            warn(&message, Some(&hint));
        }
        if let Some(message) = self.model.note(place, series).filter(|_| !self.output.quiet) {
            note(&message);
        }
        let of_window = other_window(explanation).map(|text| CliWarning::new(Kind::Window, text));
        let of_forecast = forecast::warnings(explanation.predicted(), rows);
        let warnings: Vec<_> = of_window.into_iter().chain(of_forecast).collect();
        Strictly(&self.output, Use::Forecast).check_result(place, &warnings)?;
        if !self.output.quiet {
            warnings.iter().for_each(|warning| warn(&format!("{place}: {}", warning.text), warning.hint.as_deref()));
        }
        Ok(())
    }
}
