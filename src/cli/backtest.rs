//! `fourcast backtest`: does the model know more than "tomorrow = today"?

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args as ClapArgs;

use super::options::{Format, Output, Prices, is_same_file, place, read};
use super::recipe::{Recipe, share};
use super::{SkillNotShown, Told, leak, note, output, usage_error, warn};
use crate::eval::backtest::{self, Absence, Backtest, BacktestError, Settings, Silent, Subject};
use crate::eval::baselines::Kind;
use crate::eval::scores::Skill;
use crate::eval::verdict::{Comparison, min_days};
use crate::features::Halts;
use crate::model::{self, Forecaster, ModelFileError, ModelFileProblem};
use crate::prices::{PriceSeries, Reading, Source};
use crate::report::{self, FitBar, Tested};
use crate::words::{counted, join};

/// Walk forward over the last days of a file, beside the baselines, and say what it was worth.
///
/// Every forecast is made as train and predict would have made it on that day, from rows up to that
/// day alone. Ends with a verdict: does it beat "tomorrow = today", and the econometricians' models,
/// on the price and on its odds, and with what evidence?
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  fourcast backtest prices.csv
  fourcast backtest prices.csv --cell gru --refit-every 63 --forecasts days.csv
  fourcast backtest prices.csv --model model.safetensors    a saved model, on days after its own
  fourcast backtest prices.csv --require-skill 0.0          fails with exit code 3 without skill
  fourcast backtest prices.csv --audit                      proves that no later row is looked at")]
pub struct Args {
    #[command(flatten)]
    prices: Prices,
    #[command(flatten)]
    test: Test,
    #[command(flatten)]
    recipe: Recipe,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Backtest")]
struct Test {
    /// Test this model as it is, on days after those it was trained on
    #[arg(short, long, value_name = "FILE", conflicts_with_all = Recipe::OPTIONS)]
    model: Option<PathBuf>,
    /// Test on days that have reached the weights of --model or --init-from, too
    #[arg(long)]
    in_sample: bool,
    /// Days to test on, the last ones, at least 3 [default: 500, or a third of a shorter file]
    #[arg(long, value_name = "DAYS", value_parser = test_days)]
    test_days: Option<usize>,
    /// Days from one fit to the next
    #[arg(long, value_name = "DAYS", default_value_t = 21, value_parser = days)]
    refit_every: usize,
    /// Fit on this many days, the last ones before the fit [default: all]
    #[arg(long, value_name = "DAYS", value_parser = days)]
    rolling: Option<usize>,
    #[arg(long, value_name = "LIST", value_delimiter = ',', help = baselines_help())]
    baselines: Option<Vec<Kind>>,
    /// Share of the windows of each fit, the last ones, on which its odds are calibrated
    #[arg(long, value_name = "SHARE", default_value_t = 0.2, value_parser = share)]
    test_fraction: f64,
    /// Write a row a test day: what came, and every forecast with its quantiles, in prices
    #[arg(long, value_name = "FILE")]
    forecasts: Option<PathBuf>,
    /// Exit with 3 unless the verdict on the price is better than tomorrow = today, and by more than this
    /// skill: the 95 % interval lies above it and the Diebold-Mariano test rejects it. Takes at
    /// least 50 test days, and 10 for each day of the horizon
    #[arg(long, value_name = "SKILL", value_parser = skill)]
    require_skill: Option<f64>,
    /// Spoil all rows after this many origins, walk again after each, and prove that no forecast
    /// changes; --audit alone takes 5
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

fn baselines_help() -> String {
    let name = |kind: Kind| match kind {
        Kind::Naive => format!("{kind} ({}, always there)", kind.full_name()),
        _ => kind.to_string(),
    };
    let names = join(&Kind::ALL.map(name), "and");
    format!("What to compare with, among {names} [default: all that forecast as far ahead as --horizon]")
}

fn days(text: &str) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(days) if (1..=1_000_000).contains(&days) => Ok(days),
        _ => Err("expected a number of days from 1, for example 250".into()),
    }
}

fn test_days(text: &str) -> Result<usize, String> {
    days(text).ok().filter(|days| *days >= 3).ok_or_else(|| "expected a number of days from 3, for example 250".into())
}

fn origins(text: &str) -> Result<usize, String> {
    days(text).map_err(|_| "expected a number of origins from 1, for example 5".into())
}

fn skill(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(skill) if skill.is_finite() && skill < 1.0 => Ok(skill),
        _ => Err("expected a skill below 1, for example 0.0".into()),
    }
}

/// Runs it: every series is tested before a word is printed.
pub fn run(args: Args) -> Result<()> {
    args.recipe.check("backtest")?;
    args.check()?;
    let model = match &args.test.model {
        Some(path) => Some(model::load(path).map_err(Told::from)?),
        None => None,
    };
    args.check_gate(model.as_ref().map_or(args.recipe.horizon(), |model| model.card.config.horizon))?;
    if let Some(path) = &args.test.forecasts {
        args.prices.spare(path)?;
        args.spare_model(path)?;
        let check = model::check_target_of(path, "forecasts of a backtest", report::are_forecasts_of_days);
        check.map_err(|error| Told::target(path, &error))?;
    }
    let mut results = Vec::new();
    for source in args.prices.sources() {
        let reading = read(&source, &args.prices.read_options(), &args.output).map_err(Told::from)?;
        reading.splits_settled().map_err(Told::from)?;
        for index in 0..reading.series.len() {
            results.push(test(&args, model.as_ref(), (&source, &reading, index))?);
        }
    }
    check_audit(&results)?;
    if let Some(path) = &args.test.forecasts {
        let write = |out: &mut dyn Write| {
            let backtests = results.iter().map(|(result, _)| result).collect::<Vec<_>>();
            report::forecasts_of_days_as_csv(out, &backtests)
        };
        report::to_file(path, &write).map_err(|error| Told::file(path, &error))?;
    }
    // A reader that has seen enough has not seen the gate: what it closes for must fail all the same.
    match print(&args, &results) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => check_skill(&results, args.test.require_skill),
    }
}

fn print(args: &Args, results: &[Tested]) -> io::Result<()> {
    let format = args.output.format();
    let mut out = output::stdout(format == Format::Table)?;
    match format {
        Format::Table => report::backtests_as_table(&mut out, results),
        Format::Csv => report::backtests_as_csv(&mut out, results),
        Format::Json => report::backtests_as_json(&mut out, results),
        Format::Value => report::backtests_as_values(&mut out, results),
    }?;
    out.flush()
}

fn test(
    args: &Args,
    model: Option<&Forecaster>,
    (source, reading, index): (&Source, &Reading, usize),
) -> Result<Tested> {
    let (series, in_sample) = (&reading.series[index], args.test.in_sample);
    let tested = match model {
        Some(forecaster) => args.walk(source, series, Subject::Model { forecaster, in_sample }),
        None => {
            let (config, init) = args.recipe.plan(&place(source, reading, index, None), series)?;
            args.walk(source, series, Subject::Recipe { config: &config, init: init.as_ref(), in_sample })
        }
    };
    Ok(tested.map_err(|error| Told::series((source, reading, index), &error))?)
}

impl Args {
    /// Refuses options that would do nothing.
    fn check(&self) -> Result<()> {
        if self.test.in_sample && self.test.model.is_none() && self.recipe.starts_from().is_none() {
            let wrong = "--in-sample is for weights that may have seen the days: pass --model FILE or --init-from FILE";
            return Err(usage_error("backtest", wrong));
        }
        Ok(())
    }

    /// Refuses a gate on fewer test days than a verdict takes.
    fn check_gate(&self, horizon: usize) -> Result<()> {
        let needed = min_days(horizon);
        match (self.test.require_skill, self.test.test_days) {
            (Some(_), Some(days)) if days < needed => {
                let ahead = if horizon == 1 { String::new() } else { format!(" for forecasts {horizon} days ahead") };
                let wrong = format!("--require-skill takes at least {needed} test days{ahead}: --test-days is {days}");
                Err(usage_error("backtest", &wrong))
            }
            _ => Ok(()),
        }
    }

    /// Refuses to write over the model that is tested, or that weights start from.
    fn spare_model(&self, target: &Path) -> Result<()> {
        match self.test.model.as_deref().or(self.recipe.starts_from()) {
            Some(model) if is_same_file(model, target) => Err(Told::same_file(target, "the model").into()),
            _ => Ok(()),
        }
    }

    /// The backtest of one series, and its audit if one is asked for.
    fn walk(&self, source: &Source, series: &PriceSeries, subject: Subject<'_>) -> Result<Tested, BacktestError> {
        let settings = self.settings(subject.config().horizon);
        let result = backtest::backtest(series, subject, &settings, &*self.progress())?;
        self.tell(source, &result, series);
        self.warn_of_leaks(source, &result, subject.config().columns_of(series));
        let audit = |sample| {
            if self.output.verbose {
                note(&format!("{source}: auditing {}", counted(sample, "origin")));
            }
            backtest::audit(series, subject, &settings, &result, sample)
        };
        let certificate = self.test.audit.map(audit).transpose()?;
        Ok((result, certificate))
    }

    fn settings(&self, horizon: usize) -> Settings {
        let mut levels = vec![0.5, 0.9, 0.98];
        levels.extend(self.output.levels());
        levels.sort_by(f64::total_cmp);
        levels.dedup();
        let fitting = |kind: &Kind| horizon == 1 || !kind.is_one_day_ahead();
        let all = || Kind::ALL.into_iter().filter(fitting).collect();
        let mut baselines = self.test.baselines.clone().unwrap_or_else(all);
        baselines.push(Kind::Naive);
        baselines.sort_unstable();
        baselines.dedup();
        Settings {
            test_days: self.test.test_days,
            refit_every: self.test.refit_every,
            rolling: self.test.rolling,
            baselines,
            test_fraction: self.test.test_fraction,
            levels,
            threads: self.recipe.threads(),
        }
    }

    fn progress(&self) -> Box<dyn backtest::Progress> {
        if !self.output.quiet && io::stderr().is_terminal() { Box::new(FitBar::new()) } else { Box::new(Silent) }
    }

    /// Of skill that is too good to be true.
    fn warn_of_leaks(&self, source: &Source, result: &Backtest, columns: Vec<&str>) {
        if !self.output.quiet {
            leak::warn_of(&format!("{source}: {}", result.series), &result.verdict, &columns);
        }
    }

    /// What the reader of the result must know beside it.
    fn tell(&self, source: &Source, result: &Backtest, series: &PriceSeries) {
        if self.output.quiet {
            return;
        }
        if let Some(halts) = Halts::of(series) {
            let days = counted(halts.days, "day");
            let message = format!("{source}: {}: left out {days} without trade: none of them is tested", series.name);
            warn(&message, None);
        }
        if result.in_sample {
            let message =
                format!("{source}: {}: the model has seen days it is tested on: its scores flatter", series.name);
            warn(&message, None);
        }
        if result.uncalibrated > 0 {
            let fits = counted(result.refits.max(1), "fit");
            let message = format!(
                "{source}: {}: the odds of {} of {fits} are the networks' own: too few unseen days to calibrate on",
                series.name, result.uncalibrated
            );
            warn(&message, None);
        }
        for Absence { asked, fits: times, first } in Absence::of(&result.replaced) {
            let fits = counted(result.fits, "fit");
            let message = format!(
                "{source}: {}: {asked} was not to be had on {times} of {fits}, first on {}: {} took its place ({})",
                series.name, first.origin, first.used, first.why
            );
            warn(&message, None);
        }
    }
}

/// A later row that reached a forecast is a fault of the program, and no result stands beside it.
fn check_audit(results: &[Tested]) -> Result<()> {
    let found =
        results.iter().find_map(|(result, certificate)| Some((result, certificate.as_ref()?.difference.as_ref()?)));
    let Some((result, difference)) = found else { return Ok(()) };
    let message = format!(
        "{}: look-ahead: changing rows after {} changed what {} said on {}: {} became {}",
        result.series,
        difference.spoilt_after,
        difference.name,
        difference.origin,
        difference.said.0,
        difference.said.1
    );
    let help = "no figure of this backtest can be trusted; please report it".to_owned();
    Err(Told { message, help: Some(help) }.into())
}

/// The gate: what the verdict calls better, by at least as much as is asked, passes.
fn check_skill(results: &[Tested], required: Option<f64>) -> Result<()> {
    let Some(required) = required else { return Ok(()) };
    for (result, _) in results {
        let Some(naive) = result.verdict.against(Kind::Naive.name()) else { continue };
        if !naive.price.is_better_by(required)? {
            return Err(SkillNotShown(not_shown(&result.series, required, &naive.price)).into());
        }
    }
    Ok(())
}

fn not_shown(series: &str, required: f64, price: &Comparison) -> String {
    let message = format!("{series}: skill on price over tomorrow = today not shown to be above {required}");
    let why = match (&price.reason, &price.skill) {
        (Some(reason), _) => reason.to_string(),
        (None, Some(Skill { value, lower: Some(lower), upper: Some(upper), .. })) => {
            let p =
                price.test.as_ref().map_or(String::new(), |test| format!(", Diebold-Mariano p = {:.4}", test.p_value));
            format!("it is {value:.4}, from {lower:.4} to {upper:.4}{p}")
        }
        _ => price.finding.alone().to_owned(),
    };
    format!("{message}: {why}")
}

impl Told {
    /// A file that cannot be written to, before there is anything to write.
    fn target(path: &Path, error: &ModelFileError) -> Told {
        match error.problem {
            ModelFileProblem::Occupied { .. } => Told { message: error.to_string(), help: Some(error.help()) },
            _ => Told::file(path, error),
        }
    }

    /// A file that cannot be written.
    fn file(path: &Path, error: &dyn std::fmt::Display) -> Told {
        let error = error.to_string();
        let named = error.starts_with(&path.display().to_string());
        let message = if named { error } else { format!("{}: cannot be written: {error}", path.display()) };
        Told { message, help: Some("pass the name of a file in a folder you may write to".into()) }
    }
}
