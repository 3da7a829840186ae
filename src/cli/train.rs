//! `fourcast train`: fit a model and write it to disk.

use std::io::{self, IsTerminal};
use std::num::NonZeroUsize;

use anyhow::Result;
use clap::{Args as ClapArgs, ValueEnum};

use super::options::{Format, ModelFile, Output, Prices, place, read, single};
use super::{Told, forecast};
use crate::features::{InputSet, Target};
use crate::model::{self, Config, FitError, FitOptions, Fitted, ForecastError, LossKind, Progress, Silent};
use crate::model::{MOST_DAYS, MOST_HIDDEN, MOST_LAYERS, MOST_MEMBERS};
use crate::prices::{ColumnRef, PriceSeries, Reading, Role, Source};
use crate::report::{self, EpochLines, ProgressBar, Summary};

/// Fit a model to a file of daily prices and write it to disk.
///
/// Ends with how the recipe did on the last days of the file, fitted on the days before them, beside
/// "tomorrow = today"; and with the next close and its odds.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  fourcast train prices.csv
  fourcast train prices.csv --target price --loss mse    the textbook's version")]
pub struct Args {
    #[command(flatten)]
    prices: Prices,
    #[command(flatten)]
    model: ModelFile,
    #[command(flatten)]
    network: NetworkArgs,
    #[command(flatten)]
    training: TrainingArgs,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Network")]
struct NetworkArgs {
    /// Days the network sees
    #[arg(long, value_name = "DAYS", default_value_t = 4, value_parser = count(MOST_DAYS))]
    window: usize,
    /// Days ahead
    #[arg(long, value_name = "DAYS", default_value_t = 1, value_parser = count(MOST_DAYS))]
    horizon: usize,
    /// Units a layer
    #[arg(long, value_name = "UNITS", default_value_t = 16, value_parser = count(MOST_HIDDEN))]
    hidden: usize,
    /// Layers, one above the other
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = count(MOST_LAYERS))]
    layers: usize,
    /// What is forecast
    #[arg(long, value_enum, default_value = "return")]
    target: TargetArg,
    /// What training makes small
    #[arg(long, value_enum, default_value = "student-t")]
    loss: LossArg,
    /// What the network reads of a day
    #[arg(long, value_enum, default_value = "auto")]
    features: FeaturesArg,
}

#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Training")]
struct TrainingArgs {
    /// Most passes over the windows
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = count(1_000_000))]
    epochs: usize,
    /// Windows a step
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = count(1_000_000))]
    batch_size: usize,
    /// Highest learning rate
    #[arg(long, value_name = "RATE", default_value_t = 3e-3, value_parser = rate)]
    learning_rate: f64,
    /// Epochs without a better validation loss before training stops; 0 never stops early
    #[arg(long, value_name = "EPOCHS", default_value_t = 5)]
    patience: usize,
    /// Share of the windows, the last ones, whose loss decides when training stops
    #[arg(long, value_name = "SHARE", default_value_t = 0.15, value_parser = share)]
    valid_fraction: f64,
    /// Share of the windows, the last ones, that a fit on the earlier ones is tested on; 0 for no
    /// test
    #[arg(long, value_name = "SHARE", default_value_t = 0.2, value_parser = share)]
    test_fraction: f64,
    /// Networks whose quantiles are averaged
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = count(MOST_MEMBERS))]
    ensemble: usize,
    /// Seed of everything random: same seed, same bytes
    #[arg(long, value_name = "N", default_value_t = 4)]
    seed: u64,
    /// Threads [default: all cores]
    #[arg(long, value_name = "N", value_parser = count(4096))]
    threads: Option<usize>,
}

fn count(most: usize) -> impl clap::builder::TypedValueParser<Value = usize> {
    use clap::builder::TypedValueParser;
    clap::value_parser!(u64).range(1..=most as u64).map(|value| value as usize)
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if (0.0..1.0).contains(&share) => Ok(share),
        _ => Err("expected a share from 0 to below 1, for example 0.15".into()),
    }
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if rate > 0.0 && rate.is_finite() => Ok(rate),
        _ => Err("expected a number above 0, for example 0.003".into()),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TargetArg {
    /// The logarithmic return, from which a price is quoted
    Return,
    /// The scaled price level, as textbooks do
    Price,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LossArg {
    /// Negative log-likelihood of a Student-t distribution
    StudentT,
    /// Squared error
    Mse,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FeaturesArg {
    /// All that the file and the target allow
    Auto,
    /// The close alone
    Close,
    /// Open, high, low and close
    Ohlc,
}

impl Args {
    fn config(&self, series: &PriceSeries) -> Config {
        let target = match self.network.target {
            TargetArg::Return => Target::Return,
            TargetArg::Price => Target::Price,
        };
        let set = match (self.network.features, target) {
            (FeaturesArg::Close, _) | (FeaturesArg::Auto, Target::Price) => InputSet::Close,
            (FeaturesArg::Ohlc, _) => InputSet::Ohlc,
            (FeaturesArg::Auto, _) if series.range.is_some() => InputSet::Ohlc,
            (FeaturesArg::Auto, _) => InputSet::Close,
        };
        let inputs = match target {
            Target::Return => set.for_return(),
            Target::Price => set.for_price(),
        };
        Config {
            cell: "lstm".into(),
            topology: "many-to-one".into(),
            inputs,
            target,
            loss: match self.network.loss {
                LossArg::StudentT => LossKind::StudentT,
                LossArg::Mse => LossKind::Mse,
            },
            window: self.network.window,
            horizon: self.network.horizon,
            hidden: self.network.hidden,
            layers: self.network.layers,
            ensemble: self.training.ensemble,
            epochs: self.training.epochs,
            batch_size: self.training.batch_size,
            learning_rate: self.training.learning_rate,
            patience: self.training.patience,
            valid_fraction: self.training.valid_fraction,
            seed: self.training.seed,
        }
    }

    fn progress(&self) -> Box<dyn Progress> {
        match (self.output.verbose, self.output.quiet) {
            (true, _) => Box::new(EpochLines::new(self.training.ensemble)),
            (false, false) if io::stderr().is_terminal() => Box::new(ProgressBar::new()),
            _ => Box::new(Silent),
        }
    }
}

/// Runs it. Whether the model can be written is found out before the training, and nothing is
/// printed before it is written.
pub fn run(args: Args) -> Result<()> {
    let sources = args.prices.sources();
    let [source] = sources.as_slice() else {
        let message = format!("{} files of prices, expected one: a model is trained on one series", sources.len());
        return Err(Told { message, help: Some("train a model a file, each with its own --model".into()) }.into());
    };
    model::check_target(&args.model.path).map_err(Told::from)?;
    let reading = read(source, &args.prices.read_options(), &args.output)?;
    let series = single(&reading)?;
    let config = args.config(series);
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let options =
        FitOptions { test_fraction: args.training.test_fraction, threads: args.training.threads.unwrap_or(cores) };
    let fitted = model::fit(series, &config, options, &*args.progress());
    let mut fitted = fitted.map_err(|error| fit_error(source, &reading, error))?;
    note_columns(&mut fitted, &reading, &args.prices);
    model::save(&fitted.forecaster, &args.model.path).map_err(Told::from)?;

    let place = source.to_string();
    let forecast = fitted.forecaster.forecast(series).map_err(|error| Told::forecast(&place, error))?;
    let forecast = forecast::row(&place, &forecast, &args.output);
    print(&args, Summary::new(&args.model.path, &fitted, forecast))
}

fn print(args: &Args, summary: Summary) -> Result<()> {
    let mut out = anstream::stdout().lock();
    match args.output.format() {
        Format::Table => report::summary_as_table(&mut out, &summary)?,
        Format::Csv => report::summary_as_csv(&mut out, &summary)?,
        Format::Json => report::summary_as_json(&mut out, &summary)?,
        Format::Value => report::forecasts_as_values(&mut out, std::slice::from_ref(&summary.forecast))?,
    }
    Ok(())
}

fn fit_error(source: &Source, reading: &Reading, error: FitError) -> Told {
    let date = match &error {
        FitError::Series(ForecastError::NonPositive { date, .. }) => Some(*date),
        _ => None,
    };
    Told::fit(&place(source, reading, 0, date), error)
}

/// Lets the model remember which columns it was trained on.
fn note_columns(fitted: &mut Fitted, reading: &Reading, prices: &Prices) {
    let training = &mut fitted.forecaster.card.training;
    let used = reading.understood.columns.iter().filter(|column| column.role != Role::Unused);
    training.columns = used.map(|column| (column.name.clone(), column.role.to_string())).collect();
    training.date_column = prices.date.as_ref().map(ColumnRef::to_string);
    training.price_column = prices.price.as_ref().map(ColumnRef::to_string);
}
