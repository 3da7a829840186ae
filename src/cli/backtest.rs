//! `fourcast backtest`: does the model know more than "tomorrow = today"?

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args as ClapArgs;

use super::help::help_of;
use super::many::Answers;
use super::options::{Format, Output, Prices, is_same_file, place, read, read_with_history, remember, unlike_model};
use super::recipe::{Recipe, share};
use super::{CliError, SkillNotShown, leak, note, tell_error, usage_error, warn};
use crate::eval::backtest::{
    self, Backtest, BacktestError, BacktestProgress, BacktestSettings, Difference, NotFitted, SilentBacktest, Subject,
};
use crate::eval::baselines::{ALL, Baseline, NAIVE};
use crate::eval::scores::Skill;
use crate::eval::verdict::{Comparison, min_days};
use crate::features::Halts;
use crate::model::{self, Forecaster, ModelFileError, ModelFileProblem};
use crate::prices::{History, PriceSeries, ReadError, ReadOptions, Reading, Source};
use crate::report::{self, CsvRows, DaysAsCsv, FitBar, Terminal, Tested};
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
  fourcast backtest prices.csv --audit                      the same forecasts from the file cut on the day")]
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
    baselines: Option<Vec<Baseline>>,
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
    /// Cut the file after this many origins, read it again, walk again up to there, and compare
    /// every forecast; --audit alone takes 5
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
    let name = |baseline: &Baseline| match *baseline == NAIVE {
        true => format!("{baseline} (tomorrow = today, always there)"),
        false => baseline.to_string(),
    };
    let names = join(&ALL.iter().map(name).collect::<Vec<_>>(), "and");
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

/// Runs it: each series is printed as it is tested. An error of the only one leaves nothing on standard output.
pub fn run(args: Args) -> Result<()> {
    args.recipe.check("backtest")?;
    args.check()?;
    let model = args.models()?;
    args.check_gate(model.as_ref().map_or(args.recipe.horizon(), |model| model.card.config.horizon))?;
    if let Some(path) = &args.test.forecasts {
        args.prices.spare(path)?;
        args.spare_model(path)?;
        let check = model::check_target_of(path, "forecasts of a backtest", report::are_forecasts_of_days);
        check.map_err(|error| CliError::target(path, &error))?;
    }
    let sources = args.prices.sources();
    let mut run = Run {
        args: &args,
        model: model.as_ref(),
        answers: Answers::of(sources.len(), &args.output, 1),
        days: args.test.forecasts.as_ref().map(|_| DaysAsCsv::new()).transpose()?,
        unskilled: Vec::new(),
    };
    let options = args.read_options(model.as_ref());
    for source in &sources {
        match args.read(source, &options) {
            Ok((reading, history)) => run.test(source, &reading, history.as_ref())?,
            Err(error) => run.answers.fail(&source.series_name(), CliError::from(error))?,
        }
        if run.is_over() {
            break;
        }
    }
    run.finish()
}

/// A run over all series, as far as it has come.
struct Run<'a> {
    args: &'a Args,
    model: Option<&'a Forecaster>,
    answers: Answers<'a>,
    /// The test days so far, where they are to be written.
    days: Option<DaysAsCsv>,
    /// What the gate has to say of series that did not pass it.
    unskilled: Vec<SkillNotShown>,
}

impl Run<'_> {
    fn test(&mut self, source: &Source, reading: &Reading, history: Option<&History>) -> Result<()> {
        self.answers.expect(reading.count());
        for one in reading.in_order() {
            match one {
                Ok(index) => match test(self.args, self.model, (source, reading, index), history) {
                    Ok(tested) => self.answer(&tested)?,
                    Err(error) => self.answers.fail(&reading.series[index].name, error)?,
                },
                Err(failed) => self.answers.fail(&failed.name, CliError::of_read(&failed.error))?,
            }
            if self.is_over() {
                break;
            }
        }
        Ok(())
    }

    fn answer(&mut self, tested: &Tested) -> Result<()> {
        check_audit(tested)?;
        if let Some(days) = &mut self.days {
            days.add(&tested.0)?;
        }
        self.unskilled.extend(check_skill(&tested.0, self.args.test.require_skill)?);
        let first = self.answers.answered() == 0;
        self.answers.answer(|out, format, csv| print(out, format, csv, (first, tested)))
    }

    /// A reader that has seen enough has not seen the gate, the audit or the file of test days: they want every
    /// series all the same.
    fn is_over(&self) -> bool {
        let test = &self.args.test;
        let wanted = test.require_skill.is_some() || test.audit.is_some() || test.forecasts.is_some();
        self.answers.is_closed() && !wanted
    }

    fn finish(mut self) -> Result<()> {
        if let (Some(path), Some(days)) = (&self.args.test.forecasts, &self.days)
            && self.answers.answered() > 0
        {
            report::to_file(path, days.text()).map_err(|error| CliError::file(path, &error))?;
        }
        let last = self.unskilled.pop();
        self.unskilled.iter().for_each(|unskilled| tell_error(&unskilled.to_string(), None));
        match (self.answers.finish(), last) {
            (Ok(()), Some(last)) => Err(last.into()),
            (failed, last) => {
                last.iter().for_each(|unskilled| tell_error(&unskilled.to_string(), None));
                failed
            }
        }
    }
}

fn print(
    out: &mut Terminal<'_>,
    format: Format,
    csv: &mut CsvRows,
    (first, tested): (bool, &Tested),
) -> io::Result<()> {
    match format {
        Format::Table => {
            if !first {
                writeln!(out)?;
            }
            report::backtest_as_table(out, tested)
        }
        Format::Csv => report::backtest_as_csv(out, csv, tested),
        Format::Json => report::backtest_as_json(out, tested),
        Format::Value => report::backtest_as_value(out, tested),
    }
}

fn test(
    args: &Args,
    model: Option<&Forecaster>,
    (source, reading, index): (&Source, &Reading, usize),
    history: Option<&History>,
) -> Result<Tested> {
    reading.spacing_of_series_settled(index).map_err(|error| args.misspaced(model, error))?;
    reading.split_settled(index).map_err(CliError::from)?;
    let (series, in_sample) = (&reading.series[index], args.test.in_sample);
    let tested = match model {
        Some(forecaster) => args.walk(source, (series, history), Subject::Model { forecaster, in_sample }),
        None => {
            let (config, init) = args.recipe.plan(&place(source, reading, index, None), series)?;
            args.walk(source, (series, history), Subject::Recipe { config: &config, init: init.as_ref(), in_sample })
        }
    };
    Ok(tested.map_err(|error| CliError::series((source, reading, index), &error))?)
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

    /// The model that is tested, if one is. One that weights start from must be readable, too: what is wrong with it
    /// is wrong for every series.
    fn models(&self) -> Result<Option<Forecaster>> {
        if let Some(path) = self.recipe.starts_from() {
            model::load(path).map_err(CliError::from)?;
        }
        Ok(self.test.model.as_ref().map(|path| model::load(path)).transpose().map_err(CliError::from)?)
    }

    /// What the user said of the files, and else what was said when the model that is tested was trained.
    fn read_options(&self, model: Option<&Forecaster>) -> ReadOptions {
        let mut options = self.prices.read_options(None);
        if let Some(model) = model {
            remember(&mut options, model);
        }
        options
    }

    /// Rows of another spacing than what is tested is made for.
    fn misspaced(&self, model: Option<&Forecaster>, error: ReadError) -> CliError {
        match model {
            Some(model) if self.prices.frequency.is_none() => unlike_model(model, error),
            _ => error.into(),
        }
    }

    /// Refuses to write over the model that is tested, or that weights start from.
    fn spare_model(&self, target: &Path) -> Result<()> {
        match self.test.model.as_deref().or(self.recipe.starts_from()) {
            Some(model) if is_same_file(model, target) => Err(CliError::same_file(target, "the model").into()),
            _ => Ok(()),
        }
    }

    /// The backtest of one series, and its audit if one is asked for.
    fn walk(
        &self,
        source: &Source,
        (series, history): (&PriceSeries, Option<&History>),
        subject: Subject<'_>,
    ) -> Result<Tested, BacktestError> {
        let settings = self.settings(subject.config().horizon);
        let result = backtest::backtest(series, subject, &settings, &*self.progress())?;
        self.tell(source, &result, series);
        self.warn_of_leaks(source, &result, subject.config().columns_of(series));
        let audit = |(sample, history): (usize, &History)| {
            if self.output.verbose {
                note(&format!("{source}: auditing {}", counted(sample, "origin")));
            }
            let known_on = |day| history.series_on(&series.name, day);
            backtest::audit(series, subject, &settings, &result, sample, &known_on)
        };
        let audit_report = self.test.audit.zip(history).map(audit).transpose()?;
        Ok((result, audit_report))
    }

    /// A file, and its text where an audit is to read it again.
    fn read(&self, source: &Source, options: &ReadOptions) -> Result<(Reading, Option<History>), ReadError> {
        if self.test.audit.is_none() {
            return Ok((read(source, options, &self.output)?, None));
        }
        read_with_history(source, options, &self.output).map(|(reading, history)| (reading, Some(history)))
    }

    fn settings(&self, horizon: usize) -> BacktestSettings {
        let mut levels = vec![0.5, 0.9, 0.98];
        levels.extend(self.output.levels());
        levels.sort_by(f64::total_cmp);
        levels.dedup();
        let all = || ALL.iter().copied().filter(|baseline| baseline.supports(horizon)).collect();
        let mut baselines = self.test.baselines.clone().unwrap_or_else(all);
        baselines.push(NAIVE);
        baselines.sort_unstable();
        baselines.dedup();
        BacktestSettings {
            test_days: self.test.test_days,
            refit_every: self.test.refit_every,
            rolling: self.test.rolling,
            baselines,
            test_fraction: self.test.test_fraction,
            levels,
            threads: self.recipe.threads(),
        }
    }

    fn progress(&self) -> Box<dyn BacktestProgress> {
        if !self.output.quiet && io::stderr().is_terminal() {
            Box::new(FitBar::new())
        } else {
            Box::new(SilentBacktest)
        }
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
        if let [first, ..] = result.uncalibrated[..] {
            let (count, fits) = (result.uncalibrated.len(), counted(result.refits.max(1), "fit"));
            let reason = first.map_or(String::new(), |reason| format!(": {reason}"));
            let message =
                format!("{source}: {}: the odds of {count} of {fits} are the networks' own{reason}", series.name);
            warn(&message, None);
        }
        for NotFitted { baseline, fits: times, first } in NotFitted::of(&result.fallbacks) {
            let fits = counted(result.fits, "fit");
            let message = format!(
                "{source}: {}: {baseline} could not be fitted on {times} of {fits}, first on {}: {} is its fallback ({})",
                series.name, first.origin, first.used, first.reason
            );
            warn(&message, None);
        }
    }
}

/// A later row that reached a forecast is a fault of the program, and no result stands beside it.
fn check_audit((result, audit_report): &Tested) -> Result<()> {
    let difference = audit_report.as_ref().and_then(|audit_report| audit_report.difference.as_ref());
    let Some(difference) = difference else { return Ok(()) };
    let message = format!("{}: look-ahead: {}", result.series, in_words(difference));
    let help = "no figure of this backtest can be trusted; please report it".to_owned();
    Err(CliError { message, help: Some(help) }.into())
}

fn in_words(difference: &Difference) -> String {
    match difference {
        Difference::Reading { what, date: Some(date), cut_after } => {
            format!("of the file cut after {cut_after}, the {what} of {date} is read otherwise than of the whole file")
        }
        Difference::Reading { what, date: None, cut_after } => {
            format!("the file cut after {cut_after} and the whole file do not both have the column {what}")
        }
        Difference::Forecast { name, origin, cut_after, forecasts: (whole, cut) } => format!(
            "of the file cut after {cut_after}, what {name} forecasts on {origin} differs: {whole} became {cut}"
        ),
    }
}

/// The gate: what the verdict calls better, by at least as much as is asked, passes. What it has to say of a series
/// that does not.
fn check_skill(result: &Backtest, required: Option<f64>) -> Result<Option<SkillNotShown>> {
    let naive = result.verdict.against(NAIVE.name);
    match (required, naive) {
        (Some(required), Some(naive)) if !naive.price.is_better_by(required)? => {
            let why = not_shown(&result.series, required, &naive.price);
            Ok(Some(SkillNotShown(report::in_words_of(result.frequency, &why))))
        }
        _ => Ok(None),
    }
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

impl CliError {
    /// A file that cannot be written to, before there is anything to write.
    fn target(path: &Path, error: &ModelFileError) -> CliError {
        match error.problem {
            ModelFileProblem::Occupied { .. } => CliError { message: error.to_string(), help: Some(help_of(error)) },
            _ => CliError::file(path, error),
        }
    }

    /// A file that cannot be written.
    fn file(path: &Path, error: &dyn std::fmt::Display) -> CliError {
        let error = error.to_string();
        let named = error.starts_with(&path.display().to_string());
        let message = if named { error } else { format!("{}: cannot be written: {error}", path.display()) };
        CliError { message, help: Some("pass the name of a file in a folder you may write to".into()) }
    }
}
