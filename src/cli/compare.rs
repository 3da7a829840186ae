//! `fourcast compare`: compares several networks on the same test days.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::Result;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args as ClapArgs, ValueEnum};

use super::covariates::CovariateArgs;
use super::interrupt::{self, Interrupted, Stoppable};
use super::options::{PriceArgs, Use, place, read};
use super::output_args::{FormatArgs, MessageArgs, Output};
use super::pages::{PageArgs, PageFiles, Pages};
use super::recipe::{CommonArgs, KindArgs, Recipe, count};
use super::single::only_file;
use super::walk::WalkArgs;
use super::warnings::{CliWarning, Kind, Strictly};
use super::{CliError, note, output, usage_error, warn};
use crate::eval::backtest::{
    BacktestProgress, BacktestSettings, Candidate, CompareSettings, NetworkComparison, SilentBacktest, compare,
};
use crate::eval::baselines::Baseline;
use crate::features::Halts;
use crate::model::MAX_DAYS;
use crate::nn::{CellKind, Topology};
use crate::prices::{PriceSeries, ReadOptions, Reading, Source};
use crate::report::page::{chart_of_comparison, page_of_comparison};
use crate::report::{self, CsvRows, FitBar};
use crate::words::{counted, join};

/// Compare networks on the same test days: whether recurrence or a longer window improves the forecast.
///
/// Every combination of the cells, topologies and windows is refitted and tested as by `backtest`, all on the
/// same days and the same rows. Each is compared with one of them, the reference: by the CRPS of its predictive
/// distribution and by the root mean squared error of the price, as skill (1 - its score / that of the reference) with
/// a standard error that allows for autocorrelation, and tested with a correction for the number of comparisons.
///
/// Weights start at random unless --init-from pretrained is given, since only lstm, gru and rnn are pretrained: cells
/// are comparable only if all start from the same kind of weights. The inputs of a day include volatilities of the days
/// before it, so a network with a window of one day has information on earlier days too. The lines below the table
/// compare networks that differ only in their memory.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  fourcast compare prices.csv --cells lstm,gru --hidden 32
  fourcast compare prices.csv --cells lstm --windows 1,4,10
  fourcast compare prices.csv --cells lstm,gru,rnn --windows 4 --init-from pretrained
  fourcast compare prices.csv --cells lstm,dense --reference ewma --refit-every 21
  fourcast compare prices.csv --cells gru --windows 4 --topologies many-to-one,many-to-many --horizon 3
  fourcast compare prices.csv --cells lstm,dense --report compare.html")]
pub struct Args {
    #[command(flatten)]
    prices: PriceArgs,
    #[command(flatten)]
    candidates: CandidateArgs,
    #[command(flatten)]
    walk: WalkArgs,
    #[command(flatten)]
    covariates: CovariateArgs,
    #[command(flatten)]
    common: CommonArgs,
    #[command(flatten)]
    format: FormatArgs,
    #[command(flatten)]
    messages: MessageArgs,
    #[command(flatten)]
    pages: PageArgs,
}

#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Comparison")]
struct CandidateArgs {
    /// Kinds of the layers, separated by commas
    #[arg(
        long,
        visible_alias = "cell",
        value_parser = some_or_all(&CellKind::ALL),
        value_delimiter = ',',
        value_name = "CELLS",
        default_value = "all"
    )]
    cells: Vec<Vec<CellKind>>,
    /// Lengths of the input and the output sequence, separated by commas
    #[arg(
        long,
        visible_alias = "topology",
        value_parser = some_or_all(Topology::value_variants()),
        value_delimiter = ',',
        value_name = "LIST",
        default_value = "many-to-one"
    )]
    topologies: Vec<Vec<Topology>>,
    /// Days in the input window, separated by commas; one-to-many reads one day [default: 1,4]
    #[arg(long, visible_alias = "window", value_delimiter = ',', value_name = "DAYS", value_parser = count(MAX_DAYS))]
    windows: Vec<usize>,
    /// What all others are compared with: a network, as the table names it, or a baseline [default: the first network]
    #[arg(long, value_name = "NAME")]
    reference: Option<String>,
    /// Baselines on the same days, below the networks
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "naive,ewma")]
    baselines: Vec<Baseline>,
}

/// Parses a value of a list: one of these names, or `all`.
pub(super) fn some_or_all<T: ValueEnum + Send + Sync>(of: &'static [T]) -> impl TypedValueParser<Value = Vec<T>> {
    let all = PossibleValue::new("all").help("All of them");
    let names = of.iter().filter_map(ValueEnum::to_possible_value);
    PossibleValuesParser::new(std::iter::once(all).chain(names)).try_map(|name| match &*name {
        all if all.eq_ignore_ascii_case("all") => Ok(of.to_vec()),
        name => T::from_str(name, true).map(|one| vec![one]),
    })
}

/// Returns `command` with one file, and with less frequent fits than a backtest, because there are many networks.
pub fn one_file(command: clap::Command) -> clap::Command {
    let start =
        "Initial weights: random, or pretrained (on simulated markets; only lstm, gru and rnn) [default: random]";
    let command = command.mut_arg("init_from", |arg| arg.help(start));
    command.mut_arg("refit_every", |arg| arg.default_value("100")).mut_arg("files", |arg| {
        arg.help("File of prices, as CSV or Parquet; standard input if there is none, or for \"-\"")
    })
}

/// The checked request of a comparison.
struct CompareRequest {
    source: Source,
    read: ReadOptions,
    /// Names and recipes of the networks.
    recipes: Vec<(String, Recipe)>,
    settings: CompareSettings,
    output: Output,
    pages: PageFiles,
}

/// Joint level of the findings of a measure.
const LEVEL: f64 = 0.95;

impl Args {
    fn resolve(self) -> Result<CompareRequest> {
        let (sources, mut read) = self.prices.resolve()?;
        let pages = self.pages.resolve(&sources, &[])?;
        let source = only_file(sources, "networks are compared on one series", "compare on one file after the other")?;
        self.covariates.resolve("compare", &mut read)?;
        if self.common.starts_from_model() {
            let wrong = "--init-from takes pretrained or random here: the weights of a model are of one network";
            return Err(usage_error("compare", wrong));
        }
        let kinds = self.candidates.kinds()?;
        let recipes = recipes(&kinds, &self.common)?;
        let names: Vec<&str> = recipes.iter().map(|(name, _)| &**name).collect();
        let (baselines, reference) = self.candidates.against(&names)?;
        let first = &recipes[0].1;
        let walk = BacktestSettings {
            baselines,
            levels: Vec::new(),
            threads: first.threads,
            ..self.walk.settings(first.horizon(), read.calendar)
        };
        Ok(CompareRequest {
            source,
            read,
            recipes,
            settings: CompareSettings { walk, reference, level: LEVEL },
            output: Output::of(self.format, self.messages),
            pages,
        })
    }
}

impl CandidateArgs {
    /// Returns every combination once, in the order of the command line.
    fn kinds(&self) -> Result<Vec<KindArgs>> {
        let reads_windows = |topology: &Topology| *topology != Topology::OneToMany;
        let topologies = once(self.topologies.iter().flatten().copied());
        if !self.windows.is_empty() && !topologies.iter().any(reads_windows) {
            return Err(usage_error("compare", "one-to-many reads one day: leave out --windows"));
        }
        let windows = if self.windows.is_empty() { &[1, 4][..] } else { &self.windows };
        let (cells, windows) = (once(self.cells.iter().flatten().copied()), once(windows.iter().copied()));
        let mut kinds = Vec::new();
        for topology in topologies {
            let windows = if reads_windows(&topology) { &windows[..] } else { &[1] };
            let of_cell = |cell: &CellKind| windows.iter().map(move |window| (*cell, *window)).collect::<Vec<_>>();
            let of_topology = cells.iter().flat_map(of_cell);
            kinds.extend(of_topology.map(|(cell, window)| KindArgs { cell, topology, window: Some(window) }));
        }
        Ok(kinds)
    }

    /// Returns the baselines without repetition, and the index of the reference among networks and baselines.
    fn against(&self, networks: &[&str]) -> Result<(Vec<Baseline>, usize)> {
        let mut baselines = self.baselines.clone();
        let name = self.reference.as_deref().unwrap_or(networks[0]);
        baselines.extend(name.parse::<Baseline>());
        baselines.sort_unstable();
        baselines.dedup();
        let named: Vec<&str> = networks.iter().copied().chain(baselines.iter().map(|baseline| baseline.name)).collect();
        match named.iter().position(|one| one.eq_ignore_ascii_case(name)) {
            Some(place) => Ok((baselines, place)),
            None => {
                let all: Vec<String> = networks.iter().map(|one| (*one).to_owned()).collect();
                let wrong =
                    format!("--reference {name}: expected a baseline, for example ewma, or {}", join(&all, "or"));
                Err(usage_error("compare", &wrong))
            }
        }
    }
}

/// Returns the items without repetition, in the order of their first occurrence.
pub(super) fn once<T: PartialEq>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut all = Vec::new();
    for item in items {
        if !all.contains(&item) {
            all.push(item);
        }
    }
    all
}

/// Returns the names and recipes of the networks. A name consists of the cell and of whatever else differs.
fn recipes(kinds: &[KindArgs], common: &CommonArgs) -> Result<Vec<(String, Recipe)>> {
    let topologies = kinds.iter().any(|kind| kind.topology != kinds[0].topology);
    let windows = kinds.iter().any(|kind| kind.window != kinds[0].window);
    let recipe = |kind: &KindArgs| {
        let KindArgs { cell, topology, window } = *kind;
        let named = topologies.then(|| topology.to_possible_value().map(|value| value.get_name().to_owned())).flatten();
        let days = window.filter(|_| windows).map(|days| days.to_string());
        let name = [Some(cell.name().to_owned()), named, days].into_iter().flatten().collect::<Vec<_>>().join("-");
        let own = common.without_foreign(kind, kinds);
        Ok((name, own.recipe_of(KindArgs { cell, topology, window }, "compare")?.for_its_day()))
    };
    kinds.iter().map(recipe).collect()
}

/// Runs it.
pub fn run(args: Args) -> Result<()> {
    let request = args.resolve()?;
    let CompareRequest { source, output, .. } = &request;
    let reading = read(source, &request.read, (output, Use::Fit))?;
    let strictly = Strictly(output, Use::Fit);
    strictly.check(source, &reading)?;
    let series = reading.only_settled().map_err(CliError::from)?;
    let candidates = request.candidates((&reading, series))?;
    interrupt::listen("the current fit, without a comparison");
    let reached = AtomicUsize::new(0);
    let progress = |at: usize| {
        reached.store(at, Ordering::Relaxed);
        request.progress((at, candidates.len()), &candidates[at].name)
    };
    let result = compare(series, &candidates, &request.settings, &progress).map_err(|error| {
        if interrupt::is_stopped() {
            return request.stopped(reached.load(Ordering::Relaxed), &candidates).into();
        }
        anyhow::Error::from(CliError::series((source, &reading, 0), &error))
    })?;
    let (place, warnings) = (place(source, &reading, 0, None), warnings_of(&result, series));
    strictly.check_result(&place, &warnings)?;
    warnings.iter().filter(|_| !output.quiet).for_each(|warning| warn(&format!("{place}: {}", warning.text), None));
    let mut out = output::stdout((output.format == report::Format::Table, false))?;
    report::write(&result, output.format, &mut out, &mut CsvRows::of(false))?;
    out.flush()?;
    let mut pages = Pages::new(&request.pages);
    pages.add(|| page_of_comparison(&result), Some(|| chart_of_comparison(&result)))?;
    Ok(pages.finish("compare")?)
}

fn warnings_of(result: &NetworkComparison, series: &PriceSeries) -> Vec<CliWarning> {
    let mut warnings = Vec::new();
    let mut say = |kind, text| warnings.push(CliWarning::new(kind, text));
    if let Some(halts) = Halts::of(series) {
        say(Kind::Halts, format!("left out {halts}: none of them is tested"));
    }
    let networks = result.forecasters.iter().filter(|one| one.network.is_some());
    let count = networks.clone().filter(|one| one.uncalibrated > 0).count();
    if count > 0 {
        let networks = counted(networks.count(), "network");
        say(Kind::Uncalibrated, format!("{count} of {networks} have prediction intervals that are not calibrated"));
    }
    warnings
}

impl CompareRequest {
    fn candidates(&self, (reading, series): (&Reading, &PriceSeries)) -> Result<Vec<Candidate>, CliError> {
        let place = place(&self.source, reading, 0, None);
        let candidate = |(name, recipe): &(String, Recipe)| {
            let (config, init) = recipe.config_for(&place, series)?;
            Ok(Candidate { name: name.clone(), config, init })
        };
        self.recipes.iter().map(candidate).collect()
    }

    /// Returns the error of a run that Ctrl-C ended while the network at that index was tested.
    fn stopped(&self, at: usize, candidates: &[Candidate]) -> Interrupted {
        let (name, count) = (&candidates[at].name, candidates.len());
        Interrupted(format!("{}: at {name}, network {} of {count}: no comparison", self.source, at + 1))
    }

    fn progress(&self, (at, of): (usize, usize), name: &str) -> Box<dyn BacktestProgress> {
        let is_drawn = !self.output.quiet && io::stderr().is_terminal();
        let bar: Box<dyn BacktestProgress> = match is_drawn {
            true => Box::new(FitBar::labelled(&format!("{name} ({} of {of})", at + 1))),
            false => Box::new(SilentBacktest),
        };
        let bar: Box<dyn BacktestProgress> = if self.output.verbose {
            Box::new(Timed { bar, name: name.to_owned(), start: Instant::now() })
        } else {
            bar
        };
        Box::new(Stoppable(bar))
    }
}

/// Progress that ends with a line on standard error. The time is not in the results, which are therefore the same in
/// every run.
struct Timed {
    bar: Box<dyn BacktestProgress>,
    name: String,
    start: Instant,
}

impl BacktestProgress for Timed {
    fn start(&self, fits: usize, rows: usize) {
        self.bar.start(fits, rows);
    }

    fn fitted(&self, rows: usize) {
        self.bar.fitted(rows);
    }

    fn finish(&self) {
        self.bar.finish();
        note(&format!("{}: {:.1} s", self.name, self.start.elapsed().as_secs_f64()));
    }
}
