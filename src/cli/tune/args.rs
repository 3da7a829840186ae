//! The arguments of `fourcast tune`, as typed and as resolved.

use std::path::PathBuf;
use std::str::FromStr;

use anyhow::Result;
use clap::Args as ClapArgs;

use crate::cli::compare::{once, some_or_all};
use crate::cli::covariates::CovariateArgs;
use crate::cli::options::{ModelArgs, PriceArgs, refuse_overwrite};
use crate::cli::output_args::{FormatArgs, MessageArgs, Output};
use crate::cli::recipe::{CommonArgs, KindArgs, count, several};
use crate::cli::sources::with_files_of_folders;
use crate::cli::walk::WalkArgs;
use crate::cli::{CliError, usage_error};
use crate::eval::backtest::BacktestSettings;
use crate::eval::baselines::Baseline;
use crate::eval::tune::{Objective, Part, TuneSettings, Values};
use crate::files::WriteLock;
use crate::model::{self, ConfigOptions, MAX_DAYS};
use crate::nn::{CellKind, Topology};
use crate::prices::{ReadOptions, Source};

/// Search for a better configuration, and estimate the optimism of its score.
///
/// Trials are drawn at random from the values of --cells, --windows, --hidden, --layers, --learning-rate and --epochs;
/// the first is the default configuration, if it is among them. In the first rung all are scored on a few folds, in the
/// next the best third of them on three times as many, and so on (successive halving). A fold is a fit on the rows
/// before it and the forecasts of its days, as in a backtest. The score is the CRPS divided by that of EWMA on the same
/// days, or with --objective rmse the RMSE divided by that of tomorrow = today.
///
/// The score of the best of many trials is optimistic, because it was chosen by that score. The expected optimism,
/// estimated with a bootstrap over the folds, says by how much. No trial sees the test days, the last of the file
/// (--test-days): the best trial and the default configuration are tested there, once. Then the best one is trained on
/// all days and written to the model file.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  fourcast tune prices.csv
  fourcast tune prices.csv --trials 81 --state search.jsonl  can be stopped
  fourcast tune prices.csv --cells gru,lstm --windows 2..20 --init-from pretrained
  fourcast tune prices.csv --hidden 16,64 --learning-rate 0.001..0.01
  fourcast tune a.csv b.csv c.csv --objective rmse           for several series
  fourcast tune prices.csv --shard 1/2 --state one.jsonl --state two.jsonl")]
pub struct Args {
    #[command(flatten)]
    prices: PriceArgs,
    #[command(flatten)]
    search: SearchArgs,
    #[command(flatten)]
    walk: WalkArgs,
    #[command(flatten)]
    covariates: CovariateArgs,
    #[command(flatten)]
    common: CommonArgs,
    #[command(flatten)]
    model: ModelArgs,
    #[command(flatten)]
    format: FormatArgs,
    #[command(flatten)]
    messages: MessageArgs,
}

#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Search")]
struct SearchArgs {
    /// Configurations that are drawn and scored
    #[arg(long, visible_alias = "tries", value_name = "N", default_value_t = 27, value_parser = count(MAX_TRIALS))]
    trials: usize,
    /// Folds of the last rung; each rung before has a third of those of the next
    #[arg(long, value_name = "N", default_value_t = 27, value_parser = count(MAX_FOLDS))]
    folds: usize,
    /// Measure by which the trials are scored
    #[arg(long, value_enum, default_value_t)]
    objective: Objective,
    /// Kinds of the layers to search over, separated by commas
    #[arg(
        long,
        visible_alias = "cell",
        value_parser = some_or_all(&CellKind::ALL),
        value_delimiter = ',',
        value_name = "CELLS",
        default_value = "lstm,gru,rnn,dense"
    )]
    cells: Vec<Vec<CellKind>>,
    /// Lengths of the input and the output sequence
    #[arg(long, value_enum, default_value_t = ConfigOptions::default().topology)]
    topology: Topology,
    /// Days in the input window: several with commas, or a range LOW..HIGH; one-to-many reads one day [default:
    /// 1,2,4,8,16]
    #[arg(long, visible_alias = "window", value_name = "DAYS", value_parser = several(count(MAX_DAYS)))]
    windows: Option<Values<usize>>,
    /// Baselines on the test days, in addition to the best trial and the default configuration; that of the score is
    /// always included
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "naive,ewma,egarch")]
    baselines: Vec<Baseline>,
    /// Keep every evaluation in this file; the same command continues from it after an interruption. If the option is
    /// repeated, the first file is written, and the others, of other processes, are only read
    #[arg(long, value_name = "FILE")]
    state: Vec<PathBuf>,
    /// Evaluate the part of process I of N in the first incomplete rung, then exit; each process needs its own --state
    /// file. Run all N again until the rungs are complete, then once without --shard
    #[arg(long, value_name = "PROCESS/N", requires = "state")]
    shard: Option<Shard>,
}

/// Maximum number of trials; each requires at least one evaluation.
const MAX_TRIALS: usize = 100_000;
/// Maximum number of folds.
const MAX_FOLDS: usize = 1000;
/// Maximum number of processes.
const MAX_SHARDS: usize = 100_000;

/// A part of the evaluations, as typed.
#[derive(Debug, Clone, Copy)]
struct Shard(Part);

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Shard, String> {
        let wrong = || "expected I/N, for example 1/4 for the first of four".to_owned();
        let (number, of) = text.split_once('/').ok_or_else(wrong)?;
        let [number, of] = [number, of].map(|text| text.trim().parse::<usize>().ok());
        let (number, of) = number.zip(of).ok_or_else(wrong)?;
        let is_part = (1..=MAX_SHARDS).contains(&of) && (1..=of).contains(&number);
        if is_part { Ok(Shard(Part { number: number - 1, of })) } else { Err(wrong()) }
    }
}

/// Returns `command` with options that accept several values, and with folds of a quarter of a year.
pub fn lists(command: clap::Command) -> clap::Command {
    let command = CommonArgs::several_values(command);
    let help = "Days from one fit to the next, which is the length of a fold; in short files folds are shorter";
    command.mut_arg("refit_every", |arg| arg.default_value("63").help(help))
}

/// The checked request.
pub struct TuneRequest {
    /// The files.
    pub sources: Vec<Source>,
    /// The reading options.
    pub read: ReadOptions,
    /// The options that all trials have in common, and the values that trials are drawn from.
    pub common: CommonArgs,
    /// Kinds of the layers.
    pub cells: Vec<CellKind>,
    /// Days of a window.
    pub windows: Values<usize>,
    /// Topology of all trials.
    pub topology: Topology,
    /// The number of trials.
    pub trials: usize,
    /// The settings of the search.
    pub settings: TuneSettings,
    /// The file for the evaluations.
    pub state: Option<PathBuf>,
    /// The files of other processes.
    pub others: Vec<PathBuf>,
    /// The part of this process.
    pub part: Option<Part>,
    /// The file for the model.
    pub model: PathBuf,
    /// The options of the output.
    pub output: Output,
    /// The lock of the model, if one is written.
    _lock: Option<WriteLock>,
}

impl Args {
    /// Checks everything that can be checked before the prices are read.
    pub fn resolve(self) -> Result<TuneRequest> {
        let (sources, mut read) = self.prices.resolve()?;
        let sources = with_files_of_folders(sources)?;
        self.covariates.resolve("tune", &mut read)?;
        let SearchArgs { trials, folds, objective, cells, topology, windows, baselines, state, shard } = self.search;
        if self.common.starts_from_model() {
            let wrong = "--init-from takes pretrained or random here: the weights of a model are of one network";
            return Err(usage_error("tune", wrong));
        }
        let windows = match (windows, topology) {
            (Some(_), Topology::OneToMany) => {
                return Err(usage_error("tune", "one-to-many reads one day: leave out --windows"));
            }
            (None, Topology::OneToMany) => Values::Each(vec![1]),
            (windows, _) => windows.unwrap_or_else(|| Values::Each(vec![1, 2, 4, 8, 16])),
        };
        let model = self.model.resolve();
        let mut state = state.into_iter();
        let (first, others): (_, Vec<PathBuf>) = (state.next(), state.collect());
        if let Some(path) = &first {
            refuse_overwrite(&sources, path)?;
            if *path == model.path {
                return Err(CliError::same_file(path, "the model").into());
            }
        }
        let model = model.path;
        // A shard writes no model.
        let mut lock = None;
        if shard.is_none() {
            refuse_overwrite(&sources, &model)?;
            lock = Some(WriteLock::of(&model).map_err(CliError::from)?);
            model::check_target(&model).map_err(CliError::from)?;
        }
        let cells = once(cells.into_iter().flatten());
        let default = self.common.recipe_of_default(default_kind(topology), &kinds(&cells, topology))?;
        let (horizon, threads) = (default.horizon(), default.threads);
        let supported = |baseline: &Baseline| baseline.supports(horizon);
        let mut baselines: Vec<Baseline> = baselines.into_iter().filter(supported).collect();
        baselines.push(objective.baseline());
        baselines.sort_unstable();
        baselines.dedup();
        let usual = self.walk.settings(horizon, read.calendar);
        let walk = BacktestSettings { baselines, levels: Vec::new(), threads, ..usual };
        let settings = TuneSettings { walk, folds, objective, seed: self.common.seed() };
        let output = Output::of(self.format, self.messages);
        let (common, part) = (self.common, shard.map(|shard| shard.0));
        Ok(TuneRequest {
            sources,
            read,
            common,
            cells,
            windows,
            topology,
            trials,
            settings,
            state: first,
            others,
            part,
            model,
            output,
            _lock: lock,
        })
    }
}

/// Returns the network of the default configuration.
pub fn default_kind(topology: Topology) -> KindArgs {
    KindArgs { cell: ConfigOptions::default().cell, topology, window: None }
}

/// Returns the networks of all trials, which determine the options that have an effect.
pub fn kinds(cells: &[CellKind], topology: Topology) -> Vec<KindArgs> {
    cells.iter().map(|cell| KindArgs { cell: *cell, topology, window: None }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::command;

    #[test]
    fn the_examples_of_the_help_are_command_lines() {
        let mut cli = command();
        let tune = cli.find_subcommand_mut("tune").unwrap();
        let help = tune.render_long_help().to_string();
        let examples: Vec<&str> = help.lines().filter_map(|line| line.trim().strip_prefix("fourcast ")).collect();
        assert_eq!(examples.len(), 6);
        for example in examples {
            let typed = example.split("   ").next().unwrap();
            let words = std::iter::once("fourcast").chain(typed.split_whitespace());
            let matches = command().try_get_matches_from(words);
            assert!(matches.is_ok(), "{example}: {}", matches.unwrap_err());
        }
    }

    #[test]
    fn a_shard_is_one_of_several() {
        let part = |text: &str| text.parse::<Shard>().ok().map(|shard| (shard.0.number, shard.0.of));
        assert_eq!((part("1/4"), part("4/4")), (Some((0, 4)), Some((3, 4))));
        for wrong in ["0/4", "5/4", "1", "1/0", "-1/4", "1/4/2", "a/b"] {
            assert_eq!(part(wrong), None, "{wrong}");
        }
    }
}
