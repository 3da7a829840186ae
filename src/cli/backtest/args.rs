//! The arguments of `fourcast backtest`, as typed and as resolved.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args as ClapArgs, ValueEnum};

use crate::cli::chosen_model::Model;
use crate::cli::covariates::{CovariateArgs, remember_covariates};
use crate::cli::files::{check_distinct, check_target};
use crate::cli::options::{PriceArgs, remember};
use crate::cli::output_args::{Output, OutputArgs};
use crate::cli::pages::{PageArgs, PageFiles};
use crate::cli::recipe::{Recipe, RecipeArgs};
use crate::cli::results::{Origin, ResultArgs, ResultFile};
use crate::cli::sources::with_files_of_folders;
use crate::cli::typed_options::TypedOptions;
use crate::cli::walk::{WalkArgs, days};
use crate::cli::{CliError, usage_error};
use crate::eval::backtest::BacktestSettings;
use crate::eval::baselines::{ALL, Baseline, NAIVE};
use crate::eval::scores::Event;
use crate::eval::verdict::min_days;
use crate::model::{self, Forecaster};
use crate::prices::{Calendar, ReadOptions, Source};
use crate::report;
use crate::words::join;

/// Test forecasts of past days against baselines, and report whether they are better.
///
/// Every forecast is made as `train` and `predict` would have made it on that day, from rows up to that day only. With
/// several series, each has networks of its own, as `train --each` makes them. The verdict says whether the forecasts
/// are more accurate than "tomorrow = today" and than volatility models, for the price and for its predictive
/// distribution, and gives the test results it rests on.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  fourcast backtest prices.csv
  fourcast backtest prices.csv --cell gru --refit-every 63 --forecasts days.csv
  fourcast backtest prices.csv --model model.safetensors  days after training
  fourcast backtest prices.csv --brier +2%,-5%            probabilities of moves
  fourcast backtest prices.csv --require-skill 0.0        code 3 if not shown
  fourcast backtest prices.csv --report page.html         a page with charts
  fourcast backtest prices.csv --audit                    check for look-ahead")]
pub struct Args {
    #[command(flatten)]
    prices: PriceArgs,
    #[command(flatten)]
    test: TestArgs,
    #[command(flatten)]
    covariates: CovariateArgs,
    #[command(flatten)]
    recipe: RecipeArgs,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    results: ResultArgs,
    #[command(flatten)]
    pages: PageArgs,
}

#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Backtest")]
struct TestArgs {
    // The conflicts of this option are in `conflicts`.
    /// Test this model without fitting, on days after those it was trained on
    #[arg(short, long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Test the model of each series in this folder, which train --each has written, in the same way
    #[arg(long, value_name = "DIR", conflicts_with = "model")]
    models: Option<PathBuf>,
    /// Also test on days that the weights of --model, --models or --init-from were trained on
    #[arg(long)]
    in_sample: bool,
    #[command(flatten)]
    walk: WalkArgs,
    #[arg(long, value_name = "LIST", value_delimiter = ',', help = baselines_help())]
    baselines: Option<Vec<Baseline>>,
    /// Write a CSV file with a row per test day: the actual price, and every forecast with its quantiles, in prices
    #[arg(long, value_name = "FILE")]
    forecasts: Option<PathBuf>,
    /// Forecasters in that file: the model, or the model and every baseline
    #[arg(
        long,
        value_name = "FORECASTERS",
        value_enum,
        default_value_t,
        requires = "forecasts",
        hide_default_value = true
    )]
    forecasts_of: Forecasters,
    /// Score the probabilities of moves (Brier score): of a close more than 2 % above that of the origin with +2%, more
    /// than 5 % below it with -5%, of any rise with 0%. Separate several with commas, or repeat the option
    #[arg(long, value_name = "MOVES", value_delimiter = ',', allow_hyphen_values = true)]
    brier: Vec<Event>,
    /// Exit with code 3 unless the price skill over "tomorrow = today" is shown to be above this: its 95 % interval
    /// lies above, and the Diebold-Mariano test rejects at the 1 % level that the skill is this. Needs at least 50 test
    /// days, and 10 per day of the horizon
    #[arg(long, value_name = "SKILL", value_parser = skill)]
    require_skill: Option<f64>,
    /// Check for look-ahead: cut the file after this many of the test days, read and forecast again, and compare every
    /// forecast [--audit without a number: 5]
    #[arg(
        long,
        value_name = "ORIGINS",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "5",
        value_parser = origins
    )]
    audit: Option<usize>,
}

/// The forecasters in the file of test days.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Forecasters {
    /// The model [default]
    #[default]
    Model,
    /// The model and every baseline
    All,
}

/// Maximum number of moves with scored probabilities; each requires a search in every forecast of every day.
const MAX_MOVES: usize = 100;

/// Returns the help of `--baselines`.
pub fn baselines_help() -> String {
    let name = |baseline: &Baseline| match *baseline == NAIVE {
        true => format!("{baseline} (tomorrow = today, always included)"),
        false if baseline.needs_bars => format!("{baseline} (needs open, high and low; one day ahead)"),
        false => baseline.to_string(),
    };
    let names = join(&ALL.iter().map(name).collect::<Vec<_>>(), "and");
    let others: Vec<String> = ALL.iter().filter(|baseline| !baseline.is_default).map(Baseline::to_string).collect();
    format!("Baselines to compare with, of {names} [default: all but {}]", join(&others, "and"))
}

fn origins(text: &str) -> Result<usize, String> {
    days(text).map_err(|_| "expected a number of origins from 1, for example 5".into())
}

/// Parses a skill on the command line.
///
/// # Errors
/// If the text is not a skill.
pub fn skill(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(skill) if skill.is_finite() && skill < 1.0 => Ok(skill),
        _ => Err("expected a skill below 1, for example 0.0".into()),
    }
}

/// Returns `command` with the conflicts of its options: a finished model is not trained.
pub fn conflicts(command: clap::Command) -> clap::Command {
    // A finished model can be tested on a day other than its usual one.
    let fixed = RecipeArgs::training_options().into_iter().filter(|option| option != "horizon");
    let trained = fixed.chain(["rolling", "test_fraction", "past", "future"].map(Into::into));
    let trained: Vec<clap::Id> = trained.collect();
    let of_file = |model: clap::Arg| model.conflicts_with_all(trained.clone());
    command.mut_arg("model", of_file).mut_arg("models", of_file)
}

/// The checked request, with models loaded.
pub struct BacktestRequest {
    /// The files.
    pub sources: Vec<Source>,
    /// The reading options of the command line.
    pub requested: ReadOptions,
    /// The reading options of the command line, completed by those recorded in the model.
    pub read: ReadOptions,
    /// The forecaster under test.
    pub(in crate::cli) subject: Subject,
    /// Whether days that its weights were trained on may be test days.
    pub in_sample: bool,
    /// The settings of the test.
    pub settings: BacktestSettings,
    /// Threads for all series together.
    pub threads: usize,
    /// The file for a row per test day.
    pub forecasts: Option<PathBuf>,
    /// The forecasters whose forecasts are written to that file.
    pub forecasts_of: Forecasters,
    /// The skill that must be shown.
    pub require_skill: Option<f64>,
    /// The number of origins of the audit.
    pub audit: Option<usize>,
    /// The options of the output.
    pub output: Output,
    /// The file of the results.
    pub results: Option<ResultFile>,
    /// The files of the page and the picture.
    pub pages: PageFiles,
}

/// The forecaster under test.
pub(in crate::cli) enum Subject {
    /// A finished model, not fitted again.
    Model(Box<Forecaster>),
    /// The models of the series.
    Models(Model),
    /// A configuration, fitted again for every block.
    Recipe(Box<Recipe>),
}

impl Subject {
    /// Returns the day ahead that is tested: the one requested, or the usual one of the forecaster.
    fn horizon(&self, asked: Option<usize>) -> usize {
        asked.unwrap_or_else(|| match self {
            Subject::Recipe(recipe) => recipe.horizon(),
            _ => self.model().map_or(1, |model| model.card.config.usual_day()),
        })
    }

    /// Returns the folder of the models of the series.
    pub fn models(&self) -> Option<&Path> {
        if let Subject::Models(models) = self { models.folder() } else { None }
    }

    /// Returns the model that is tested, unless it is fitted here; for a folder the first model.
    pub fn model(&self) -> Option<&Forecaster> {
        match self {
            Subject::Model(model) => Some(model),
            Subject::Models(models) => models.forecaster(),
            Subject::Recipe(_) => None,
        }
    }
}

impl TestArgs {
    /// Returns an error for options that exclude each other; `has_weights` states whether a file of weights is named.
    fn check(&self, has_weights: bool) -> Result<()> {
        if self.in_sample && !has_weights && self.models.is_none() {
            let wrong = "--in-sample is for weights that were trained on some of the days: pass --model FILE, --models DIR \
                         or --init-from FILE";
            return Err(usage_error("backtest", wrong));
        }
        if self.brier.len() > MAX_MOVES {
            return Err(usage_error("backtest", &format!("--brier takes at most {MAX_MOVES} moves: pass fewer")));
        }
        Ok(())
    }

    /// Returns the subject of the test with models loaded: the configuration of `recipe` if no model is named.
    fn subject(&self, recipe: Recipe) -> Result<Subject> {
        Ok(match (&self.model, &self.models) {
            (Some(path), _) => Subject::Model(Box::new(model::load(path).map_err(CliError::from)?)),
            (None, Some(folder)) => Subject::Models(Model::of_folder(folder.clone())?),
            (None, None) => Subject::Recipe(Box::new(recipe.for_its_day())),
        })
    }

    /// Returns its options that a shard cannot have because they concern all series.
    fn options_of_whole_runs(&self) -> impl Iterator<Item = &'static str> {
        let forecasts = self.forecasts.as_ref().map(|_| "--forecasts");
        forecasts.into_iter().chain(self.require_skill.map(|_| "--require-skill"))
    }
}

impl Args {
    /// Checks everything that can be checked before the prices are read, and loads the models.
    pub fn resolve(self, typed_options: TypedOptions) -> Result<BacktestRequest> {
        let (sources, mut requested) = self.prices.resolve()?;
        let sources = with_files_of_folders(sources)?;
        let (test, output) = (self.test, self.output.resolve(self.results.file()));
        let recipe = self.recipe.resolve("backtest")?;
        let events = self.covariates.events_file().map(Path::to_owned);
        self.covariates.resolve("backtest", &mut requested)?;
        let (threads, model_file) = (recipe.threads, test.model.clone().or_else(|| recipe.init_file.clone()));
        test.check(model_file.is_some())?;
        let (asked, seed) = (recipe.asked_horizon(), recipe.seed());
        let subject = test.subject(recipe)?;
        let horizon = subject.horizon(asked);
        check_gate(test.require_skill, test.walk.test_days, horizon)?;
        if test.audit.is_some() {
            check_audit_origins(&sources)?;
        }
        let results = self.results.file().map(|path| (path, "the results"));
        if let Some(path) = &test.forecasts {
            let of_days = ("forecasts of a backtest", report::are_forecasts_of_days);
            check_target(path, of_days, &sources, model_file.as_deref())?;
            check_distinct(path, results.as_slice())?;
        }
        let model_path = model_file.as_deref().map(|path| (path, "the model"));
        let days = test.forecasts.as_deref().map(|path| (path, "the test days"));
        let others = model_path.into_iter().chain(days).chain(results);
        let pages = self.pages.resolve(&sources, &others.collect::<Vec<_>>())?;
        let mut read = requested.clone();
        if let Some(model) = subject.model() {
            remember(&mut read, model);
            remember_covariates(&mut read, Some(model))?;
        }
        let whole = test.options_of_whole_runs().chain(pages.options().iter().copied()).collect::<Vec<_>>();
        let models = test.models.as_deref().map(|path| ("models", path));
        let events = events.as_deref().map(|path| ("events", path)).into_iter().chain(models);
        let results = self.results.resolve(Origin {
            command: "backtest",
            sources: &sources,
            files: &model_file.as_deref().map(|path| ("model", path)).into_iter().chain(events).collect::<Vec<_>>(),
            seed: (test.model.is_none() && test.models.is_none()).then_some(seed),
            typed: typed_options,
            whole: &whole,
            output: (output.format, output.quiet),
        })?;
        Ok(BacktestRequest {
            settings: settings(&test, &output, (horizon, read.calendar)),
            threads,
            sources,
            read,
            requested,
            subject,
            in_sample: test.in_sample,
            forecasts: test.forecasts,
            forecasts_of: test.forecasts_of,
            require_skill: test.require_skill,
            audit: test.audit,
            output,
            results,
            pages,
        })
    }
}

/// `--audit 3` reads a file called 3. If there is no such file, the number was meant for the option.
fn check_audit_origins(sources: &[Source]) -> Result<()> {
    let is_number = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
    let names = sources.iter().filter_map(|source| match source {
        Source::File(path) if !path.exists() => path.to_str(),
        _ => None,
    });
    match names.into_iter().find(|name| is_number(name)) {
        Some(number) => {
            let wrong = format!("--audit takes its number after '=': write --audit={number}");
            Err(usage_error("backtest", &wrong))
        }
        None => Ok(()),
    }
}

/// Returns an error for a gate on fewer test days than a verdict requires.
fn check_gate(required: Option<f64>, test_days: Option<usize>, horizon: usize) -> Result<()> {
    let needed = min_days(horizon);
    match (required, test_days) {
        (Some(_), Some(days)) if days < needed => {
            let ahead = if horizon == 1 { String::new() } else { format!(" for forecasts {horizon} days ahead") };
            let wrong = format!("--require-skill takes at least {needed} test days{ahead}: --test-days is {days}");
            Err(usage_error("backtest", &wrong))
        }
        _ => Ok(()),
    }
}

/// Returns the levels of the scored intervals: those of the verdict and those to print.
pub fn scored_levels(output: &Output) -> Vec<f64> {
    let mut levels = BacktestSettings::INTERVAL_LEVELS.to_vec();
    levels.extend(&output.levels);
    levels.sort_by(f64::total_cmp);
    levels.dedup();
    levels
}

/// Returns the settings: the levels of the verdict and those to print, each baseline once, and always "tomorrow =
/// today".
fn settings(test: &TestArgs, output: &Output, (horizon, calendar): (usize, Option<Calendar>)) -> BacktestSettings {
    let usual = test.walk.settings(horizon, calendar);
    let mut baselines = test.baselines.clone().unwrap_or_else(|| usual.baselines.clone());
    baselines.push(NAIVE);
    baselines.sort_unstable();
    baselines.dedup();
    let mut events: Vec<Event> = Vec::new();
    for event in &test.brier {
        if !events.contains(event) {
            events.push(*event);
        }
    }
    BacktestSettings { baselines, levels: scored_levels(output), events, ..usual }
}
