//! `fourcast score`: scores recorded forecasts against the actual prices, beside baselines.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args as ClapArgs;

use super::backtest::{baselines_help, scored_levels, skill, warnings_of};
use super::gate::{Gate, Gates};
use super::leak;
use super::options::{Format, PriceArgs, Use, place_of, threads};
use super::output_args::{Output, OutputArgs};
use super::pages::{PageArgs, PageFiles, Pages};
use super::recipe::count;
use super::series_run::{Answered, SeriesRun};
use super::sources::with_files_of_folders;
use super::walk::days;
use super::warnings::{CliWarning, Kind};
use super::{CliError, SkillNotShown, note, warn};
use crate::eval::baselines::Baseline;
use crate::eval::ledger;
use crate::eval::score::{self, Records, Remark, ScoreError, ScoreSettings, Scored, Table, intervals_of, read_table};
use crate::fleet::{Event, Inputs, Workers, each_series};
use crate::math::lower_median;
use crate::model::MAX_DAYS;
use crate::prices::{self, OneSeries, PriceSeries, ReadError, ReadOptions, Source};
use crate::report::page::{chart_of_backtest, page_of_score};
use crate::report::{self, ScoredSeries, WithWarnings, no_skill_without_scores};
use crate::words::{counted, join, shown};

/// Score recorded forecasts against the actual prices, and compare them with baselines.
///
/// The forecasts are those of a ledger, written by `predict --ledger`, or those of any csv file with one row per
/// forecast. Its delimiter, decimals and dates are detected as those of price files; numbers that can be read in two
/// ways are read as the prices suggest, and rows without a value are left out with a warning. The verdict is that of
/// `backtest`: whether the forecasts are more accurate than "tomorrow = today" and than volatility models that are
/// fitted up to the same origins.
///
/// Forecasts whose last closes show that they were made from the prices of another series are refused. If most are on
/// another scale than the prices, or nearly all equal the closes of their own days or of the days after, that is a
/// warning.
///
/// Forecasts whose day has not come are counted. If several have the same day and the same number of days ahead, the
/// first line counts.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  fourcast predict prices.csv --ledger ledger.jsonl    each day after the close
  fourcast score prices.csv --ledger ledger.jsonl      once the days have come
  fourcast score prices.csv --forecasts mine.csv       of another program
  fourcast score prices.csv --ledger ledger.jsonl --report page.html
  fourcast score prices.csv --ledger ledger.jsonl --horizon 1 --require-skill 0.0")]
pub struct Args {
    #[command(flatten)]
    prices: PriceArgs,
    #[command(flatten)]
    what: WhatArgs,
    /// Score only the forecasts of this day ahead [default: each day ahead that was forecast, by itself]
    #[arg(long, value_name = "DAYS", value_parser = count(MAX_DAYS), help_heading = "Scores")]
    horizon: Option<usize>,
    #[arg(long, value_name = "LIST", value_delimiter = ',', help = baselines_help(), help_heading = "Scores")]
    baselines: Option<Vec<Baseline>>,
    /// Days from one fit of the baselines to the next
    #[arg(long, value_name = "DAYS", default_value_t = 21, value_parser = days, help_heading = "Scores")]
    refit_every: usize,
    /// Exit with code 3 unless the price skill over "tomorrow = today" is shown to be above this: its 95 % interval
    /// lies above, and the Diebold-Mariano test rejects at the 1 % level that the skill is this. Needs at least 50
    /// forecasts, and 10 per day of the horizon
    #[arg(long, value_name = "SKILL", value_parser = skill, help_heading = "Scores")]
    require_skill: Option<f64>,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    pages: PageArgs,
    /// Maximum number of threads, at most one per core; the results do not depend on it [default: all cores]
    #[arg(long, value_name = "N", value_parser = count(4096), help_heading = "Run")]
    threads: Option<usize>,
}

/// The forecasts to score.
#[derive(Debug, ClapArgs)]
#[group(required = true, multiple = false)]
struct WhatArgs {
    /// Score the forecasts of this ledger, which predict --ledger has written
    #[arg(long, value_name = "FILE", help_heading = "Scores")]
    ledger: Option<PathBuf>,
    /// Score the forecasts of this csv file: a column date, the day forecast, and forecast, or quantiles as q0.05 or as
    /// lower_90 and upper_90; also origin, series and last_close. The columns of Prophet, statsforecast, neuralforecast
    /// and AutoGluon are known too, and quantiles as 0.05, q5, p05 and 5%
    #[arg(long, value_name = "FILE", help_heading = "Scores")]
    forecasts: Option<PathBuf>,
}

/// The checked request, with the forecasts read.
struct ScoreRequest {
    sources: Vec<Source>,
    read: ReadOptions,
    /// The file of the forecasts.
    path: PathBuf,
    /// Its forecasts by series.
    records: BTreeMap<String, Records>,
    settings: ScoreSettings,
    require_skill: Option<f64>,
    output: Output,
    /// The page and the picture.
    pages: PageFiles,
    threads: usize,
}

impl Args {
    fn resolve(self) -> Result<ScoreRequest> {
        let (sources, mut read) = self.prices.resolve()?;
        let sources = with_files_of_folders(sources)?;
        let output = self.output.resolve(None);
        let (path, records) = match (self.what.ledger, self.what.forecasts) {
            (Some(path), _) => {
                let ledger = read_ledger(&path, &output)?;
                let mut frequencies = ledger.entries.iter().map(|(_, entry)| entry.frequency);
                let first =
                    frequencies.next().filter(|first| !first.is_daily() && frequencies.all(|one| one == *first));
                read.frequency = read.frequency.or(first);
                (path, Records::of_ledger(ledger))
            }
            (None, path) => {
                let path = path.unwrap_or_default();
                let records = read_forecasts(&path, (&sources[..], &read), &output)?;
                (path, records)
            }
        };
        let settings = ScoreSettings {
            baselines: self.baselines,
            refit_every: self.refit_every,
            levels: scored_levels(&output),
            horizon: self.horizon,
        };
        let pages = self.pages.resolve(&sources, &[(&path, "the forecasts")])?;
        let (require_skill, threads) = (self.require_skill, threads(self.threads));
        Ok(ScoreRequest { sources, read, path, records, settings, require_skill, output, pages, threads })
    }
}

/// Reads the forecasts of a csv file. Prints how it is read if it is not in this program's own format, and a warning
/// about rows without a value, which is an error with `--strict`.
fn read_forecasts(
    path: &Path,
    prices: (&[Source], &ReadOptions),
    output: &Output,
) -> Result<BTreeMap<String, Records>, CliError> {
    let mut unread = None;
    let usual = |series: &str| {
        usual_close(prices, series).unwrap_or_else(|error| {
            unread = Some(error);
            None
        })
    };
    let table = read_table(path, prices.1, usual);
    if let (Err(_), Some(error)) = (&table, unread) {
        return Err(error.into());
    }
    let Table { records, reading, missing } = table.map_err(CliError::from)?;
    let file = path.display();
    if !reading.is_empty() && !output.quiet {
        note(&format!("{file}: read {}", join(&reading, "and")));
    }
    if !missing.is_empty() {
        let left_out = format!("{file}: left out {} without a value ({missing})", counted(missing.count(), "row"));
        if output.strict {
            return Err(CliWarning::strict(left_out, Some("fill in the values, or take the rows out".into())));
        }
        if !output.quiet {
            warn(&left_out, None);
        }
    }
    Ok(records)
}

/// Returns the median close of a series, or of the only series if `name` is empty; `None` for prices that cannot be
/// read twice.
///
/// # Errors
/// If a file of prices cannot be read.
fn usual_close((sources, read): (&[Source], &ReadOptions), name: &str) -> Result<Option<f64>, ReadError> {
    let mut series = Vec::new();
    for file in sources.iter().filter(|source| matches!(source, Source::File(_))) {
        series.extend(prices::read(file, read)?.series);
    }
    let is_only = series.len() == 1;
    let found = series.into_iter().find(|one| one.name == name || (is_only && name.is_empty()));
    Ok(found.and_then(|one| lower_median(one.close)))
}

/// Reads the forecasts of a ledger. Prints a warning about lines that are not forecasts, which is an error with
/// `--strict`.
fn read_ledger(path: &Path, output: &Output) -> Result<ledger::Ledger, CliError> {
    let ledger = ledger::read(path)?;
    let Some((line, why)) = ledger.unreadable.first() else {
        return if ledger.entries.is_empty() { Err(no_forecasts(path, "")) } else { Ok(ledger) };
    };
    let why = shown(&why.to_string());
    if ledger.entries.is_empty() {
        return Err(no_forecasts(path, &format!("; line {line} is not a forecast: {why}")));
    }
    let more = match ledger.unreadable.len() - 1 {
        0 => String::new(),
        more => format!(", and {} after it", counted(more, "line")),
    };
    let message = format!("{}: line {line} is not a forecast and is left out: {why}{more}", path.display());
    if output.strict {
        return Err(CliWarning::strict(message, Some("repair the line, or take it out".into())));
    }
    if !output.quiet {
        warn(&message, None);
    }
    Ok(ledger)
}

fn no_forecasts(path: &Path, why: &str) -> CliError {
    CliError {
        message: format!("{}: holds no forecasts, expected at least one{why}", path.display()),
        help: Some("name the file that fourcast predict --ledger has written".into()),
    }
}

/// Runs the subcommand: prints each series as soon as it and those before it are scored.
pub fn run(args: Args) -> Result<()> {
    let request = args.resolve()?;
    let workers = Workers::new(request.threads)?;
    let series = SeriesRun::new(request.sources.len(), (&request.output, Use::Fit), 1);
    let pages = Pages::new(&request.pages);
    let mut run = Run {
        request: &request,
        series,
        pages,
        gates: Gates::new(request.output.quiet),
        found: BTreeSet::new(),
        has_scores: false,
    };
    let open = |source: &Source| Ok((prices::open(source, &request.read)?, ()));
    let work = |(): &(), one: OneSeries| request.score(one);
    each_series(&workers, Inputs { sources: &request.sources, shard: None }, open, work, |event| run.take(event))?;
    run.finish()
}

/// A series that has been scored.
struct Outcome {
    scored: Vec<Scored>,
    series: PriceSeries,
    warnings: Vec<CliWarning>,
}

/// A run over all series.
struct Run<'a> {
    request: &'a ScoreRequest,
    series: SeriesRun<'a>,
    pages: Pages<'a>,
    gates: Gates,
    /// The series with both forecasts and prices.
    found: BTreeSet<String>,
    /// Whether any forecasts have scores.
    has_scores: bool,
}

impl Run<'_> {
    /// Prints the outcome of an event. Breaks if the rest can be left out.
    fn take(&mut self, event: Event<Result<Option<Outcome>, CliError>>) -> Result<ControlFlow<()>> {
        let unreadable = |error: &ReadError, _: &Source| CliError::of_read(error);
        let notes = |one: &Option<Outcome>| one.as_ref().map_or_else(Vec::new, |one| one.warnings.clone());
        match self.series.take(event, unreadable, notes) {
            Some((name, Ok(answered))) => self.answer(&name, answered)?,
            Some((name, Err(error))) => {
                self.series.answers.takes(&name);
                self.found.insert(name.clone());
                let error = error.into();
                self.pages.fail(&name, &error);
                self.series.answers.fail(&name, error)?;
            }
            None => {}
        }
        let wanted = self.request.require_skill.is_some() || self.request.pages.is_any();
        let is_over = self.series.answers.is_closed() && !wanted;
        Ok(if is_over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }

    fn answer(&mut self, name: &str, answered: Answered<Option<Outcome>>) -> Result<()> {
        let Answered { value, warnings, .. } = answered;
        self.series.answers.takes(name);
        let Some(Outcome { scored, series, .. }) = value else { return Ok(()) };
        self.found.insert(name.to_owned());
        for (place, one) in scored.iter().enumerate() {
            self.has_scores |= one.result.is_some();
            let chart = one.result.as_ref().map(|result| || chart_of_backtest(result));
            self.pages.add(|| page_of_score((place, one), &series), chart)?;
        }
        let records = self.request.records_of(name);
        let (forecaster, levels) =
            records.map_or(("", Vec::new()), |records| (&*records.name, intervals_of(records, &self.request.settings)));
        let shown = ScoredSeries { scored: &scored, forecaster, levels: &levels };
        let answers = &mut self.series.answers;
        let (first, is_many) = (answers.answered() == 0, answers.is_many());
        let shown = WithWarnings { report: &shown, warnings: if is_many { &warnings } else { &[] } };
        answers.answer(|out, format, csv| {
            if format == Format::Table && !first {
                writeln!(out)?;
            }
            report::write(&shown, format, out, csv)
        })?;
        self.check_skill(&scored)
    }

    fn check_skill(&mut self, scored: &[Scored]) -> Result<()> {
        let Some(required) = self.request.require_skill else { return Ok(()) };
        for one in scored {
            let gate = match &one.result {
                Some(result) => Gate::of(result, Some(required))?,
                None => Some(Gate::NotPassed(SkillNotShown(no_skill_without_scores(one)))),
            };
            self.gates.add(gate, &self.series.answers);
        }
        Ok(())
    }

    fn finish(self) -> Result<()> {
        let request = self.request;
        if self.series.answers.answered() + self.series.answers.failed() == 0 && !self.series.answers.is_closed() {
            return Err(request.nothing_of("these series").into());
        }
        self.series.answers.end_progress();
        if !request.output.quiet {
            self.warn_of_missing_prices();
            self.note_no_chart();
        }
        self.pages.finish("score")?;
        self.gates.finish(|| self.series.finish())
    }

    /// Prints that a requested picture is not written, because an older one may exist.
    fn note_no_chart(&self) {
        if let Some(path) = self.request.pages.plot().filter(|_| !self.has_scores && self.series.answers.answered() > 0)
        {
            note(&format!("{}: not written, as no forecasts have scores yet", path.display()));
        }
    }

    /// Warns of forecasts of series that no file contains.
    fn warn_of_missing_prices(&self) {
        let missing: Vec<&String> =
            self.request.records.keys().filter(|name| !name.is_empty() && !self.found.contains(*name)).collect();
        if !missing.is_empty() {
            let path = self.request.path.display();
            warn(&format!("{path}: no prices of {}: their forecasts are not scored", named(&missing)), None);
        }
    }
}

/// Lists the first few of some names.
fn named(names: &[&String]) -> String {
    const MAX_NAMES: usize = 5;
    let mut all: Vec<String> = names.iter().take(MAX_NAMES).map(|name| format!("'{}'", shown(name))).collect();
    if names.len() > MAX_NAMES {
        all.push(format!("{} more", names.len() - MAX_NAMES));
    }
    join(&all, "and")
}

impl ScoreRequest {
    /// Returns the forecasts of a series. A file that names no series is about the only one.
    fn records_of(&self, series: &str) -> Option<&Records> {
        self.records.get(series).or_else(|| self.records.get(""))
    }

    fn nothing_of(&self, series: &str) -> CliError {
        let names: Vec<&String> = self.records.keys().collect();
        CliError {
            message: format!("{}: no forecast of {series}, found those of {}", self.path.display(), named(&names)),
            help: Some("name the files of their prices: a series has the name of its file, or of its ticker".into()),
        }
    }

    /// Scores a series; returns `None` if it is one of several and has no forecasts.
    fn score(&self, one: OneSeries) -> Result<Option<Outcome>, CliError> {
        let (name, is_only) = (&one.series.name, self.sources.len() == 1 && !one.is_one_of_several);
        let is_of_one = self.records.contains_key("");
        if is_of_one && !is_only {
            return Err(CliError {
                message: format!(
                    "{}: no column 'series', expected one because the prices are of several series",
                    self.path.display()
                ),
                help: Some("add the column, or pass one file of prices, of several series with --series NAME".into()),
            });
        }
        let Some(records) = self.records_of(name) else {
            return if is_only { Err(self.nothing_of(&format!("'{}'", shown(name)))) } else { Ok(None) };
        };
        one.rows_settled()?;
        one.split_settled()?;
        let scored = score::score(&one.series, records, &self.settings);
        let (scored, remarks) = scored.map_err(|error| self.unscored(error, &one))?;
        if scored.is_empty() {
            let horizon = self.settings.horizon.unwrap_or_default();
            let message =
                format!("{}: no forecast of '{}' {} ahead", self.path.display(), shown(name), counted(horizon, "row"));
            return Err(CliError {
                message,
                help: Some("leave out --horizon to score each day ahead that was forecast".into()),
            });
        }
        self.check_scored(name, &scored, &remarks)?;
        let warnings = self.warnings(&one, &scored, &remarks);
        Ok(Some(Outcome { scored, warnings, series: one.series }))
    }

    fn unscored(&self, error: ScoreError, one: &OneSeries) -> CliError {
        match error {
            ScoreError::Backtest(error) => CliError::of_one(one, &error),
            ScoreError::OtherPrices(other) => CliError {
                message: format!("{}: {}: {other}", place_of(one, None), self.path.display()),
                help: Some(
                    "name the file of the prices that the forecasts were made from; later splits, each a factor of all \
                     closes before it, and single revised closes are not a contradiction"
                        .into(),
                ),
            },
        }
    }

    /// Returns an error if there is nothing to print: all forecasts are left out, or a bare value is requested and
    /// there are no scores.
    fn check_scored(&self, name: &str, scored: &[Scored], remarks: &[Remark]) -> Result<(), CliError> {
        let is_any_left = scored.iter().any(|one| one.days + one.pending.forecasts > 0);
        let impossible = remarks.iter().find(|remark| remark.kind.is_impossible());
        if let (false, Some(remark)) = (is_any_left, impossible.or(remarks.first())) {
            return Err(CliError {
                message: format!(
                    "{}: no forecast of '{}' can be scored: {}",
                    self.path.display(),
                    shown(name),
                    report::remark_in_words(remark)
                ),
                help: Some("name the file as it was written, with prices of the same series".into()),
            });
        }
        if self.output.format == Format::Value && scored.iter().all(|one| one.result.is_none()) {
            let why: Vec<String> = scored.iter().map(no_skill_without_scores).collect();
            return Err(CliError {
                message: format!("no value: {}", shown(&why.join("; "))),
                help: Some(
                    "score them when more of their days have closes; --format table shows how many are pending".into(),
                ),
            });
        }
        Ok(())
    }

    fn warnings(&self, one: &OneSeries, scored: &[Scored], remarks: &[Remark]) -> Vec<CliWarning> {
        let mut warnings: Vec<CliWarning> = Vec::new();
        for remark in remarks {
            let text = format!("{}: {}", self.path.display(), report::remark_in_words(remark));
            warnings.push(CliWarning::new(Kind::Recorded(remark.kind), text));
        }
        for result in scored.iter().filter_map(|scored| scored.result.as_ref()) {
            let of_result = warnings_of(result, &one.series);
            let all = of_result.into_iter().chain(leak::warnings_of(&result.verdict, (&[], &[]), result.frequency));
            for warning in all {
                if warnings.iter().all(|known| known.text != warning.text) {
                    warnings.push(warning);
                }
            }
        }
        warnings
    }
}
