//! `fourcast train`: fit a model and write it to disk.

use std::io::{self, IsTerminal};

use anyhow::Result;
use clap::Args as ClapArgs;

use super::options::{Format, ModelFile, Output, Prices, Sessions, read};
use super::recipe::{Recipe, share};
use super::{CliError, SeriesError, forecast, leak, output};
use crate::eval::backtest::verdict_of_test;
use crate::model::{self, FitOptions, Fitted, Progress, Silent};
use crate::prices::{ColumnRef, Reading, Role};
use crate::report::{self, EpochLines, ProgressBar, Summary};

/// Fit a model to a file of daily prices and write it to disk.
///
/// Ends with how the recipe did on the last days of the file, fitted on the days before them, beside
/// "tomorrow = today"; and with the next close and its odds.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  fourcast train prices.csv
  fourcast train prices.csv --target price --loss mse                  the textbook's version
  fourcast train prices.csv --topology many-to-many --horizon 5        a path of five days
  fourcast train prices.csv --cell gru --hidden 32 --layers 2          another network")]
pub struct Args {
    #[command(flatten)]
    prices: Prices,
    #[command(flatten)]
    sessions: Sessions,
    #[command(flatten)]
    model: ModelFile,
    #[command(flatten)]
    recipe: Recipe,
    /// Share of the windows, the last ones, that a fit on the earlier ones is tested on; 0 for no
    /// test
    #[arg(long, value_name = "SHARE", default_value_t = 0.2, value_parser = share, help_heading = "Training")]
    test_fraction: f64,
    #[command(flatten)]
    output: Output,
}

impl Args {
    fn progress(&self) -> Box<dyn Progress> {
        match (self.output.verbose, self.output.quiet) {
            (true, _) => Box::new(EpochLines::new(self.recipe.ensemble())),
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
        return Err(CliError { message, help: Some("train a model a file, each with its own --model".into()) }.into());
    };
    args.recipe.check("train")?;
    args.prices.spare(args.model.path())?;
    model::check_target(args.model.path()).map_err(CliError::from)?;
    let reading =
        read(source, &args.prices.read_options(Some(&args.sessions)), &args.output).map_err(CliError::from)?;
    let series = reading.only().map_err(CliError::from)?;
    reading.spacing_settled().map_err(CliError::from)?;
    reading.splits_settled().map_err(CliError::from)?;
    let options = FitOptions { test_fraction: args.test_fraction, threads: args.recipe.threads() };
    let (config, init) = args.recipe.plan(&source.to_string(), series)?;
    let failed = |error: &dyn SeriesError| CliError::series((source, &reading, 0), error);
    let fitted = model::fit(series, &config, init.as_ref(), options, &*args.progress());
    let mut fitted = fitted.map_err(|error| failed(&error))?;
    note_prices(&mut fitted, &reading, &args.prices, &args.sessions);
    // A model that forecasts no price is not written.
    let forecast = fitted.forecaster.forecast(series).map_err(|error| failed(&error))?;
    let path = forecast::rows(&forecast, &args.output).map_err(|error| failed(&error))?;
    model::save(&fitted.forecaster, args.model.path()).map_err(CliError::from)?;

    forecast::tell_notes(&source.to_string(), &forecast, &args.output);
    let verdict = fitted.test.as_ref().map(|test| verdict_of_test(series, test));
    if let Some(Ok(verdict)) = verdict.as_ref().filter(|_| !args.output.quiet) {
        leak::warn_of(&format!("{source}: {}", series.name), verdict, &config.columns_of(series));
    }
    print(&args, Summary::new(args.model.path(), &fitted, verdict, path))
}

fn print(args: &Args, summary: Summary) -> Result<()> {
    let format = args.output.format();
    let mut out = output::stdout(format == Format::Table)?;
    match format {
        Format::Table => report::summary_as_table(&mut out, &summary)?,
        Format::Csv => report::summary_as_csv(&mut out, &summary)?,
        Format::Json => report::summary_as_json(&mut out, &summary)?,
        Format::Value => report::forecasts_as_values(&mut out, &summary.path)?,
    }
    Ok(())
}

/// Lets the model remember which columns it was trained on, and whose holidays it keeps.
fn note_prices(fitted: &mut Fitted, reading: &Reading, prices: &Prices, sessions: &Sessions) {
    let training = &mut fitted.forecaster.card.training;
    let used = reading.understood.columns.iter().filter(|column| column.role != Role::Unused);
    training.columns = used.map(|column| (column.name.clone(), column.role.to_string())).collect();
    training.date_column = prices.date_column.as_ref().map(ColumnRef::to_string);
    training.price_column = prices.price_column.as_ref().map(ColumnRef::to_string);
    training.calendar = sessions.calendar;
}
