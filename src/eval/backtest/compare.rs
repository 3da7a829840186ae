//! Walks several networks and baselines forward over the same days and compares them with one of them.

use std::ops::Range;

use super::baselines::BaselineWalk;
use super::track::{Day, Track};
use super::walk::{self, Walk};
use super::{BacktestError, BacktestProgress, BacktestSettings, Subject, check};
use crate::EvalError;
use crate::check::mean;
use crate::verdict::{Comparison, ComparisonSettings, Fallback, Forecasts, measures};
use fourcast_features::without_halts;
use fourcast_model::{Config, Init};
use fourcast_prices::{Frequency, PriceSeries};

/// A network to be compared.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Its name in the comparison.
    pub name: String,
    /// The configuration to fit.
    pub config: Config,
    /// The source of its initial weights; `None` for random weights.
    pub init: Option<Init>,
}

/// What the networks are compared with, and at which level.
#[derive(Debug, Clone, PartialEq)]
pub struct CompareSettings {
    /// The walk, the same for all; its baselines follow the networks.
    pub walk: BacktestSettings,
    /// The index of the reference among the networks, followed by the baselines.
    pub reference: usize,
    /// Joint level of all findings of a measure: each interval has the level 1 - (1 - level) / comparisons
    /// (Bonferroni).
    pub level: f64,
}

/// Networks and baselines on the same days.
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkComparison {
    /// The series.
    pub series: String,
    /// What a row of the series is.
    pub frequency: Frequency,
    /// The test days.
    pub days: Vec<Day>,
    /// Days ahead of each forecast.
    pub horizon: usize,
    /// Fits of each network.
    pub refits: usize,
    /// The networks, then the baselines.
    pub forecasters: Vec<Compared>,
    /// The index of the forecaster that the others are compared with.
    pub reference: usize,
    /// The effect of memory on accuracy: networks with a memory against those without, longer windows against shorter
    /// ones.
    pub memory: Vec<MemoryPair>,
    /// Comparisons per measure, by which 1 - level is divided.
    pub comparisons: usize,
    /// Joint level of all findings of a measure.
    pub level: f64,
}

/// A forecaster of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// Its name.
    pub name: String,
    /// Its network; `None` for a baseline.
    pub network: Option<NetworkSize>,
    /// The baselines that replaced it on some days.
    pub fallbacks: Vec<Fallback>,
    /// Root mean squared error of the price, on the basis of the last day tested.
    pub rmse: f64,
    /// Mean CRPS of the logarithmic return.
    pub crps: f64,
    /// Fits whose distribution is not calibrated.
    pub uncalibrated: usize,
    /// The comparison with the reference; `None` for the reference itself.
    pub against: Option<Measures>,
}

/// A network, and its size.
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkSize {
    /// Its configuration.
    pub config: Config,
    /// Weights of one network of the ensemble.
    pub weights: usize,
    /// Whether its weights start from pretrained networks.
    pub pretrained: bool,
}

/// A comparison on both measures.
#[derive(Debug, Clone, PartialEq)]
pub struct Measures {
    /// On price, by root mean squared error.
    pub price: Comparison,
    /// On the predictive distribution, by CRPS.
    pub distribution: Comparison,
}

/// The kind of difference in memory between two networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemoryPart {
    /// A layer with a memory against one without, with the same window.
    Recurrence,
    /// A longer window against a shorter one, with the same cell.
    Window,
}

/// Two networks that differ only in their memory.
#[derive(Debug, Clone, PartialEq)]
pub struct MemoryPair {
    /// The kind of difference.
    pub part: MemoryPart,
    /// The index of the one with more memory.
    pub own: usize,
    /// The index of the one with less memory.
    pub other: usize,
    /// The first against the second.
    pub measures: Measures,
}

/// Walks every network forward over the same last days of a series, each fitted on the same rows. Compares all
/// forecasters with the reference, and networks that differ only in their memory with each other. `progress` returns
/// the observer of the network at an index.
///
/// # Errors
/// Those of [`backtest`](super::backtest), if one of the networks cannot be tested on these days.
pub fn compare(
    series: &PriceSeries,
    candidates: &[Candidate],
    settings: &CompareSettings,
    progress: &dyn Fn(usize) -> Box<dyn BacktestProgress>,
) -> Result<NetworkComparison, BacktestError> {
    let walk = &settings.walk;
    check(series, walk.horizon, walk)?;
    let (listed, series) = (series, &*without_halts(series));
    let origins = common_origins(series, candidates, walk)?;
    let days = Day::all(series, &origins, walk.horizon);
    let mut entries = Vec::new();
    let mut baselines = Vec::new();
    for (place, candidate) in candidates.iter().enumerate() {
        // The baselines are the same for every network, so they are walked only once.
        let named = if place == 0 { walk.baselines.clone() } else { Vec::new() };
        let walk = BacktestSettings { baselines: named, ..walk.clone() };
        let Walk { forecasts, uncalibrated, baselines: walked } =
            walk::walk((series, listed), candidate.subject(), &walk, origins.clone(), &*progress(place))?;
        let track = Track::new(&candidate.name, forecasts)?;
        entries.push(Entry::new(track, &days, Some((candidate, uncalibrated.len())))?);
        baselines.extend(walked);
    }
    for track in baselines.into_iter().map(BaselineWalk::track) {
        entries.push(Entry::new(track?, &days, None)?);
    }
    let refits = origins.len().div_ceil(walk.refit_every);
    let today = days.iter().map(Day::common_naive).collect();
    let actual = days.iter().map(Day::common_actual).collect();
    let field = Field { days: &days, today, actual, entries: &entries, settings };
    Ok(field.compare((series, refits))?)
}

impl Candidate {
    fn subject(&self) -> Subject<'_> {
        Subject::Recipe { config: &self.config, init: self.init.as_ref(), in_sample: false }
    }
}

/// Returns the origins that every network can be tested on: those of the network with the fewest.
fn common_origins(
    series: &PriceSeries,
    candidates: &[Candidate],
    settings: &BacktestSettings,
) -> Result<Range<usize>, BacktestError> {
    let all = candidates.iter().map(|candidate| walk::origins(series, candidate.subject(), settings));
    let all = all.collect::<Result<Vec<_>, _>>()?;
    let start = all.iter().map(|origins| origins.start).max().unwrap_or_default();
    Ok(start..all.first().map_or(start, |origins| origins.end))
}

/// A forecaster and its daily forecasts.
struct Entry {
    track: Track,
    prices: Vec<f64>,
    crps: Vec<f64>,
    network: Option<NetworkSize>,
    uncalibrated: usize,
}

impl Entry {
    fn new(track: Track, days: &[Day], of: Option<(&Candidate, usize)>) -> Result<Entry, EvalError> {
        let network = of.map(|(candidate, _)| NetworkSize {
            config: candidate.config.clone(),
            weights: candidate.config.weights(),
            pretrained: candidate.init.is_some(),
        });
        let (prices, crps) = (track.common_prices(days), track.crps(days)?);
        Ok(Entry { track, prices, crps, network, uncalibrated: of.map_or(0, |(_, fits)| fits) })
    }

    fn forecasts(&self) -> Forecasts<'_> {
        Forecasts { name: &self.track.name, fallbacks: &[], prices: &self.prices, crps: &self.crps }
    }
}

/// All forecasters of a comparison, with the outcomes.
struct Field<'a> {
    days: &'a [Day],
    /// The last known closes, and the closes of the days forecast, on one basis.
    today: Vec<f64>,
    actual: Vec<f64>,
    entries: &'a [Entry],
    settings: &'a CompareSettings,
}

impl Field<'_> {
    fn compare(&self, (series, refits): (&PriceSeries, usize)) -> Result<NetworkComparison, EvalError> {
        let CompareSettings { reference, level, ref walk } = *self.settings;
        let memory = self.memory_pairs();
        let others = (0..self.entries.len()).filter(|place| *place != reference).map(|place| (place, reference));
        let mut pairs: Vec<(usize, usize)> =
            others.chain(memory.iter().map(|(_, own, other)| (*own, *other))).collect();
        pairs.sort_unstable();
        pairs.dedup();
        let comparisons = pairs.len().max(1);
        let each = ComparisonSettings { horizon: walk.horizon, level: 1.0 - (1.0 - level) / comparisons as f64 };
        let compared = |(place, entry): (usize, &Entry)| {
            let against = (place != reference).then(|| self.measures(place, reference, &each)).transpose()?;
            self.compared(entry, against)
        };
        let pair = |(part, own, other): (MemoryPart, usize, usize)| {
            Ok(MemoryPair { part, own, other, measures: self.measures(own, other, &each)? })
        };
        Ok(NetworkComparison {
            series: series.name.clone(),
            frequency: series.frequency,
            horizon: walk.horizon,
            refits,
            forecasters: self.entries.iter().enumerate().map(compared).collect::<Result<_, EvalError>>()?,
            reference,
            memory: memory.into_iter().map(pair).collect::<Result<_, EvalError>>()?,
            comparisons,
            level,
            days: self.days.to_vec(),
        })
    }

    fn measures(&self, own: usize, other: usize, settings: &ComparisonSettings) -> Result<Measures, EvalError> {
        let [own, other] = [own, other].map(|place| self.entries[place].forecasts());
        let [price, distribution] = measures(&self.today, &self.actual, &own, &other, settings)?;
        Ok(Measures { price, distribution })
    }

    fn compared(&self, entry: &Entry, against: Option<Measures>) -> Result<Compared, EvalError> {
        Ok(Compared {
            name: entry.track.name.clone(),
            network: entry.network.clone(),
            fallbacks: entry.track.fallbacks.clone(),
            rmse: crate::scores::rmse(&self.actual, &entry.prices)?,
            crps: mean(&entry.crps),
            uncalibrated: entry.uncalibrated,
            against,
        })
    }

    /// Returns the pairs of networks that differ only in their memory: each cell with a memory against one without, on
    /// that cell's longest window; and the longest window of each cell against its shortest.
    fn memory_pairs(&self) -> Vec<(MemoryPart, usize, usize)> {
        let (mut recurrence, mut windows) = (Vec::new(), Vec::new());
        for (own, config) in self.networks() {
            let alike = || self.networks().filter(|(_, other)| other.topology == config.topology);
            let of_cell = || alike().filter(|(_, other)| other.cell == config.cell);
            if of_cell().any(|(_, other)| other.window > config.window) {
                continue;
            }
            if let Some((other, _)) =
                of_cell().filter(|(_, other)| other.window < config.window).min_by_key(|(_, o)| o.window)
            {
                windows.push((MemoryPart::Window, own, other));
            }
            // With a window of one day there is nothing to remember.
            if !config.cell.is_recurrent() || config.window == 1 {
                continue;
            }
            let without = alike().find(|(_, other)| !other.cell.is_recurrent() && other.window == config.window);
            recurrence.extend(without.map(|(other, _)| (MemoryPart::Recurrence, own, other)));
        }
        recurrence.into_iter().chain(windows).collect()
    }

    fn networks(&self) -> impl Iterator<Item = (usize, &Config)> {
        self.entries.iter().enumerate().filter_map(|(place, entry)| Some((place, &entry.network.as_ref()?.config)))
    }
}
