//! The walk-forward backtest: the forecast of each day from earlier rows alone, and its scores.
//!
//! Everything behind a forecast (scalers, weights, early stopping, calibration) is fitted on rows up to its origin. A
//! refit is the fit of `train`, a forecast that of `predict`.
//!
//! The modules, from the bottom. Each imports only from modules that stand before it; a test reads this table.
//!
//! | modules | what they do |
//! |---|---|
//! | `days` | the test days, in blocks of one fit each |
//! | `track` | one forecaster's forecasts, day by day |
//! | `baselines` | the baselines' forecasts of the same days |
//! | `walk` | the refits, and the model's forecasts |
//! | `scores`, `events` | their scores, and those of probabilities of events |
//! | `over_time` | how the scores came about, day by day |
//! | `compare` | several networks on the same days |
//! | `audit` | proof that no later row reaches a forecast |

mod audit;
pub(crate) mod baselines;
mod compare;
mod days;
mod events;
mod over_time;
pub(crate) mod scores;
pub(crate) mod track;
mod walk;

use std::ops::Range;

use jiff::civil::Date;
use thiserror::Error;

use super::EvalError;
use super::baselines::{ALL, Baseline, EGARCH, NAIVE};
use super::scores::{Event, EventScores};
use super::verdict::{self, Forecasts, Verdict, verdict};
use fourcast_base::words::counted;
use fourcast_features::{Indicators, without_halts};
use fourcast_model::{Config, FitError, Forecaster, Init, Smaller, TestFit, Uncalibrated, at_least};
use fourcast_prices::{Frequency, Nonpositive, PriceSeries};

pub use audit::{AsKnownOn, AuditReport, CutSeries, Difference, Unread, audit};
pub use baselines::{FallbackEvent, NotFitted};
pub use compare::{
    Candidate, CompareSettings, Compared, Measures, MemoryPair, MemoryPart, NetworkComparison, NetworkSize, compare,
};
pub use days::Days;
pub use over_time::Gain;
pub use scores::{LevelScores, Scores};
pub use track::{Day, Track};

/// How to walk forward.
#[derive(Debug, Clone, PartialEq)]
pub struct BacktestSettings {
    /// Days ahead of the forecasts that are tested; the model must forecast that day (see [`Config::days_ahead`]).
    pub horizon: usize,
    /// Days to test on, the last ones; by default 500, or a third of a shorter file.
    pub test_days: Option<usize>,
    /// Days from one fit to the next.
    pub refit_every: usize,
    /// Rows of a fit, the last ones before it; by default all.
    pub rolling: Option<usize>,
    /// What to compare with.
    pub baselines: Vec<Baseline>,
    /// Fraction of a fit's windows, the last ones, on which its distribution is calibrated.
    pub test_fraction: f64,
    /// Central intervals to score.
    pub levels: Vec<f64>,
    /// Events whose probabilities are scored.
    pub events: Vec<Event>,
    /// Threads; zero for those of the pool that it runs in.
    pub threads: usize,
}

impl BacktestSettings {
    /// Days from one fit to the next by default: a month.
    pub const REFIT_EVERY: usize = 21;
    /// Fraction of a fit's windows on which its distribution is calibrated by default.
    pub const TEST_FRACTION: f64 = 0.2;
    /// The levels of the intervals that a verdict names.
    pub const INTERVAL_LEVELS: [f64; 3] = [0.5, 0.9, 0.98];

    /// What `fourcast backtest` does without options, for forecasts `horizon` days ahead: all default baselines that
    /// support the horizon, and the threads of the pool that it runs in.
    pub fn new(horizon: usize) -> BacktestSettings {
        BacktestSettings {
            horizon,
            test_days: None,
            refit_every: Self::REFIT_EVERY,
            rolling: None,
            baselines: ALL.iter().copied().filter(|one| one.is_default && one.supports(horizon)).collect(),
            test_fraction: Self::TEST_FRACTION,
            levels: Self::INTERVAL_LEVELS.to_vec(),
            events: Vec::new(),
            threads: 0,
        }
    }
}

/// Days a backtest takes in a file that is long enough.
pub const TEST_DAYS: usize = 500;

/// What forecasts.
#[derive(Debug, Clone, Copy)]
pub enum Subject<'a> {
    /// A configuration, fitted again for every block.
    Recipe {
        /// What to fit.
        config: &'a Config,
        /// Where its weights start.
        init: Option<&'a Init>,
        /// Whether days that those weights were trained on may be tested.
        in_sample: bool,
    },
    /// A fitted model, as it is.
    Model {
        /// The model.
        forecaster: &'a Forecaster,
        /// Whether days it was trained on may be tested.
        in_sample: bool,
    },
}

impl Subject<'_> {
    /// What it is.
    pub fn config(&self) -> &Config {
        match self {
            Subject::Recipe { config, .. } => config,
            Subject::Model { forecaster, .. } => &forecaster.card.config,
        }
    }

    /// The last day that its weights were trained on before the walk, and whether days up to it may be tested
    /// nevertheless.
    fn seen_until(&self) -> (Option<Date>, bool) {
        match self {
            Subject::Recipe { init, in_sample, .. } => (init.and_then(Init::seen_until), *in_sample),
            Subject::Model { forecaster, in_sample } => (forecaster.card.seen_until(), *in_sample),
        }
    }
}

/// Receives the progress of a backtest, from several threads.
pub trait BacktestProgress: Sync {
    /// How many fits there will be, and the rows of all.
    fn start(&self, fits: usize, rows: usize);
    /// One of them is done, on so many rows.
    fn fitted(&self, rows: usize);
    /// All are done.
    fn finish(&self);
    /// Whether the walk is to end: asked before each fit.
    fn is_stopped(&self) -> bool {
        false
    }
}

/// Ignores the progress of a backtest.
pub struct SilentBacktest;

impl BacktestProgress for SilentBacktest {
    fn start(&self, _fits: usize, _rows: usize) {}
    fn fitted(&self, _rows: usize) {}
    fn finish(&self) {}
}

/// A finished backtest.
#[derive(Debug, Clone, PartialEq)]
pub struct Backtest {
    /// The series.
    pub series: String,
    /// What a row of it is.
    pub frequency: Frequency,
    /// Its rows: days with trade.
    pub rows: usize,
    /// What forecast; none of recorded forecasts (see [`score`](crate::score)).
    pub config: Option<Config>,
    /// Each test day: what was known, and the outcome.
    pub days: Vec<Day>,
    /// Days ahead of each forecast.
    pub horizon: usize,
    /// Fits of the model.
    pub refits: usize,
    /// Fits of each baseline.
    pub fits: usize,
    /// Fits of the model whose distribution is not calibrated: why each is not, where that is known.
    pub uncalibrated: Vec<Option<Uncalibrated>>,
    /// Whether the model was trained on test days.
    pub in_sample: bool,
    /// The model's forecasts.
    pub model: Track,
    /// Each baseline's forecasts, in the order of the settings.
    pub baselines: Vec<Track>,
    /// Baselines that could not be used from some day on, and their fallbacks.
    pub fallbacks: Vec<FallbackEvent>,
    /// Scores of the model.
    pub scores: Scores,
    /// Scores of the baselines, in their order.
    pub baseline_scores: Vec<Scores>,
    /// Scores of the probabilities of each event asked for.
    pub events: Vec<EventScores>,
    /// The comparisons with the baselines.
    pub verdict: Verdict,
}

impl Backtest {
    /// The baseline with the lowest CRPS, and its CRPS less that of the model, of returns, summed from the first day to
    /// each; `None` without baselines.
    pub fn cumulative_gain(&self) -> Option<(&str, Vec<f64>)> {
        let scored = self.baselines.iter().zip(&self.baseline_scores);
        let scored = scored.filter_map(|(track, scores)| Some((track, scores.crps?)));
        let (best, _) = scored.min_by(|(_, one), (_, other)| one.total_cmp(other))?;
        let (own, others) = (self.model.crps(&self.days).ok()?, best.crps(&self.days).ok()?);
        let sum = |sum: &mut f64, (own, other): (f64, f64)| {
            *sum += other - own;
            Some(*sum)
        };
        Some((&best.name, own.into_iter().zip(others).scan(0.0, sum).collect()))
    }
}

/// A backtest cannot be made.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum BacktestError {
    /// The file is too short for the days asked for.
    #[error("{} of prices, expected {} for {}", counted(*.rows, "row"), at_least(*.needed), counted(*.test_days, "test day"))]
    TooFewRows {
        /// Rows there are.
        rows: usize,
        /// Rows it takes.
        needed: usize,
        /// Test days.
        test_days: usize,
        /// Settings of which smaller values would do.
        smaller: Option<Smaller>,
    },
    /// Too few test days for forecasts several days ahead, whose errors overlap.
    #[error("{} of forecasts {} ahead, expected at least {needed}", counted(*.asked, "test day"), counted(*.horizon, "day"))]
    TooFewTestDays {
        /// Test days asked for.
        asked: usize,
        /// Days ahead.
        horizon: usize,
        /// Test days it takes.
        needed: usize,
    },
    /// Each fit would see too few rows.
    #[error("{} for each fit, expected {}", counted(*.rolling, "row"), at_least(*.needed))]
    TooShortRolling {
        /// Rows asked for.
        rolling: usize,
        /// Rows it takes.
        needed: usize,
        /// Settings of which smaller values would do.
        smaller: Option<Smaller>,
    },
    /// A model would be tested on days it was trained on, or that its initial weights were trained on.
    #[error("the model was trained on days up to {last}, and {found} after them, expected at least {needed}")]
    InSample {
        /// The model's last day.
        last: Date,
        /// Days there are after it, in words.
        found: String,
        /// Days it takes.
        needed: usize,
        /// The maximum number of test days that the days after it allow, if they allow any.
        possible: Option<usize>,
    },
    /// Baselines forecast logarithmic returns.
    #[error("the {which} on {date} is {price}, expected one above zero: the baselines forecast returns{}", .cause.remark())]
    NonPositive {
        /// The day.
        date: Date,
        /// The price.
        price: f64,
        /// Which one it is: `price` or `adjusted close`.
        which: &'static str,
        /// What the prices at or below zero of the series are.
        cause: Nonpositive,
    },
    /// A baseline was asked for a longer horizon than it supports.
    #[error("{baseline} forecasts {} ahead, expected a baseline for {}", ahead(*.baseline), counted(*.horizon, "day"))]
    Horizon {
        /// The baseline.
        baseline: Baseline,
        /// Days asked for.
        horizon: usize,
    },
    /// A baseline that reads bars was asked for, and the series has none.
    #[error("the series has no open, high and low, which {baseline} is fitted to")]
    NoBars {
        /// The baseline.
        baseline: Baseline,
    },
    /// The observer stopped the walk.
    #[error("stopped after {fits} of {}: no verdict", counted(*.planned, "fit"))]
    Stopped {
        /// Fits made.
        fits: usize,
        /// Fits there would have been.
        planned: usize,
    },
    /// A fit failed.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// A score failed.
    #[error(transparent)]
    Eval(#[from] EvalError),
}

impl BacktestError {
    /// The day at fault, where it is one.
    pub fn date(&self) -> Option<Date> {
        match self {
            BacktestError::NonPositive { date, .. } => Some(*date),
            BacktestError::Fit(cause) => cause.date(),
            _ => None,
        }
    }
}

/// Fewest test days by default.
const MIN_TEST_DAYS: usize = 20;
/// Fewest test days that can be asked for: one for each tercile of volatility.
const MIN_ASKED: usize = 3;
/// Fewest returns that every baseline can be fitted to.
pub(super) const MIN_RETURNS: usize = 60;

/// Walks `subject` and the baselines forward over the last days of a series. Days without trade are neither
/// tested nor trained on (see [`halts`](fourcast_features::halts)).
///
/// # Errors
/// [`BacktestError`] if the series is too short or unfit, or the model was trained on the days.
pub fn backtest(
    series: &PriceSeries,
    subject: Subject<'_>,
    settings: &BacktestSettings,
    progress: &dyn BacktestProgress,
) -> Result<Backtest, BacktestError> {
    let horizon = settings.horizon;
    check(series, horizon, settings)?;
    let series = &*without_halts(series);
    let origins = walk::origins(series, subject, settings)?;
    let walk::Walk { forecasts, baselines, uncalibrated } =
        walk::walk(series, subject, settings, origins.clone(), progress)?;
    let days = Day::all(series, &origins, horizon);
    let fits = origins.len().div_ceil(settings.refit_every);
    let model = Track::new("fourcast", forecasts)?;
    // Without a single fit of its own its track is that of its fallbacks: no comparison is made with it.
    let of_its_own: Vec<bool> = baselines.iter().map(baselines::BaselineWalk::is_fitted).collect();
    let fallbacks = baselines.iter().flat_map(|walk| walk.events.iter().cloned()).collect();
    let baselines = baselines.into_iter().map(baselines::BaselineWalk::track).collect::<Result<Vec<_>, _>>()?;
    let volatility = Indicators::new(series, None).volatility[origins.clone()].to_vec();
    let before = &series.adjusted[..=origins.start];
    let scorer = scores::Scorer { days: &days, volatility: &volatility, before, levels: &settings.levels };
    let scores = scorer.scores(&model)?;
    let baseline_scores = baselines.iter().map(|track| scorer.scores(track)).collect::<Result<Vec<_>, _>>()?;
    let fitted = baselines.iter().zip(of_its_own).filter(|(_, own)| *own).map(|(track, _)| track);
    let in_sample = walk::seen(subject, series) > origins.start + 1;
    let verdict = verdict_of(&days, &model, &fitted.collect::<Vec<_>>(), horizon)?;
    let verdict = if in_sample { verdict.without_clark_west() } else { verdict };
    let events = events::scores(&days, (&settings.events, horizon), &model, &baselines)?;
    let refits = if matches!(subject, Subject::Recipe { .. }) { fits } else { 0 };
    Ok(Backtest {
        series: series.name.clone(),
        frequency: series.frequency,
        rows: series.len(),
        config: Some(subject.config().clone()),
        horizon,
        refits,
        fits,
        uncalibrated,
        in_sample,
        days,
        model,
        baselines,
        fallbacks,
        scores,
        baseline_scores,
        events,
        verdict,
    })
}

/// The origins of a test of `subject`, and the first origin that it could be fitted up to. Of a series without days
/// without trade.
pub(super) fn test_origins(
    series: &PriceSeries,
    subject: Subject<'_>,
    settings: &BacktestSettings,
) -> Result<(Range<usize>, usize), BacktestError> {
    check(series, settings.horizon, settings)?;
    Ok((walk::origins(series, subject, settings)?, walk::earliest(subject, &[])))
}

/// What can be checked before the walk.
pub(super) fn check(series: &PriceSeries, horizon: usize, settings: &BacktestSettings) -> Result<(), BacktestError> {
    if let Some(((date, price, which), cause)) = series.first_nonpositive().zip(series.nonpositive()) {
        return Err(BacktestError::NonPositive { date, price, which, cause });
    }
    if let Some(baseline) = settings.baselines.iter().find(|baseline| !baseline.supports(horizon)) {
        return Err(BacktestError::Horizon { baseline: *baseline, horizon });
    }
    match settings.baselines.iter().find(|baseline| baseline.needs_bars) {
        Some(baseline) if series.range.is_none() => Err(BacktestError::NoBars { baseline: *baseline }),
        _ => Ok(()),
    }
}

/// How far ahead a baseline forecasts at most, in words.
fn ahead(baseline: Baseline) -> String {
    match baseline.max_horizon {
        1 => "one day".to_owned(),
        days => format!("at most {days} days"),
    }
}

/// The baselines that the test of a single fit is compared with.
const REFERENCE: [Baseline; 2] = [NAIVE, EGARCH];

/// The verdict on the test of a fit to one series: against tomorrow = today and EGARCH, both fitted once, on the days
/// before the test.
///
/// # Errors
/// [`EvalError`] if the days are too few for a baseline, or a price is not above zero.
pub fn verdict_of_test(series: &PriceSeries, test: &TestFit) -> Result<Verdict, EvalError> {
    if let Some((date, price, _)) = series.first_nonpositive() {
        return Err(EvalError::NonPositive { date, price });
    }
    let series = &*without_halts(series);
    let origins = test.days.first().cloned().unwrap_or_default();
    let frame = test.forecaster.frame_for(&origins, series);
    let horizon = test.forecaster.card.config.usual_day();
    let forecasts = walk::forecasts(&test.forecaster, &frame, series, origins.clone(), (horizon, &[], &[]));
    let forecasts = forecasts.map_err(|_| EvalError::NotFinite { what: "forecasts", index: 0, value: f64::NAN })?;
    let model = Track::new("fourcast", forecasts)?;
    let once = BacktestSettings {
        horizon,
        test_days: None,
        refit_every: origins.len(),
        rolling: None,
        baselines: REFERENCE.into_iter().filter(|baseline| baseline.supports(horizon)).collect(),
        test_fraction: 0.0,
        levels: Vec::new(),
        events: Vec::new(),
        threads: 1,
    };
    let mut baselines = Vec::new();
    for baseline in &once.baselines {
        let days = Days { origins: origins.clone(), horizon };
        baselines.push(baselines::walk(baseline, series, &once, &days, &SilentBacktest)?.track_of_used()?);
    }
    let baselines: Vec<&Track> = baselines.iter().collect();
    verdict_of(&Day::all(series, &origins, horizon), &model, &baselines, horizon)
}

/// The comparisons of a forecaster with others on the same days.
pub(super) fn verdict_of(
    days: &[Day],
    model: &Track,
    baselines: &[&Track],
    horizon: usize,
) -> Result<Verdict, EvalError> {
    let today: Vec<f64> = days.iter().map(Day::common_naive).collect();
    let actual: Vec<f64> = days.iter().map(Day::common_actual).collect();
    let is_of_points = model.is_of_points();
    let model_crps = model.crps(days)?;
    let baseline_crps = baselines.iter().map(|track| track.crps(days)).collect::<Result<Vec<_>, _>>()?;
    let model_prices = model.common_prices(days);
    let baseline_prices: Vec<Vec<f64>> = baselines.iter().map(|track| track.common_prices(days)).collect();
    let model = Forecasts { name: &model.name, fallbacks: &[], prices: &model_prices, crps: &model_crps };
    let baselines: Vec<Forecasts<'_>> = baselines
        .iter()
        .zip(baseline_prices.iter().zip(&baseline_crps))
        .map(|(track, (prices, crps))| Forecasts { name: &track.name, fallbacks: &track.fallbacks, prices, crps })
        .collect();
    let settings = verdict::ComparisonSettings { horizon, ..verdict::ComparisonSettings::default() };
    let verdict = verdict(&today, &actual, &model, &baselines, &settings)?;
    Ok(if is_of_points { verdict.without_distribution() } else { verdict })
}

/// The rows that the fit of a block is made on.
fn training_rows(block: &Range<usize>, rolling: Option<usize>) -> Range<usize> {
    let end = block.start + 1;
    rolling.map_or(0, |rows| end.saturating_sub(rows))..end
}
