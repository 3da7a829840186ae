//! The walk-forward backtest: forecasts each day from earlier rows only, and scores the forecasts.
//!
//! Everything behind a forecast (scalers, weights, early stopping, calibration) is fitted on rows up to its origin. A
//! refit does what `train` does, a forecast what `predict` does.
//!
//! The modules, from the bottom. Each imports only from modules above it in the table; a test reads this table.
//!
//! | modules | what they do |
//! |---|---|
//! | `error` | why no backtest can be made |
//! | `days` | the test days, in blocks with one fit each |
//! | `track` | one forecaster's forecasts, day by day |
//! | `baselines` | the baselines' forecasts of the test days |
//! | `walk` | the refits, and the model's forecasts |
//! | `scores`, `events` | the scores of forecasts, and of the probabilities of events |
//! | `over_time` | the gain on each baseline, day by day |
//! | `compare` | several networks on the same days |
//! | `audit` | proof that no later row influences a forecast |

mod audit;
pub(crate) mod baselines;
mod compare;
mod days;
mod error;
mod events;
mod over_time;
pub(crate) mod scores;
pub(crate) mod track;
mod walk;

use std::ops::Range;

use jiff::civil::Date;

use super::EvalError;
use super::baselines::{ALL, Baseline, EGARCH, NAIVE};
use super::scores::{Event, EventScores};
use super::verdict::{self, Forecasts, Verdict, verdict};
use fourcast_features::{Indicators, without_halts};
use fourcast_model::{Config, Forecaster, Init, TestFit, Uncalibrated};
use fourcast_prices::{Calendar, Frequency, PriceSeries};

pub use audit::{AsKnownOn, AuditReport, CutSeries, Difference, Unread, audit};
pub use baselines::{FallbackEvent, NotFitted};
pub use compare::{
    Candidate, CompareSettings, Compared, Measures, MemoryPair, MemoryPart, NetworkComparison, NetworkSize, compare,
};
pub use days::Days;
pub use error::BacktestError;
pub use over_time::Gain;
pub use scores::{LevelScores, Scores};
pub use track::{Day, Track};

/// Settings of a walk.
#[derive(Debug, Clone, PartialEq)]
pub struct BacktestSettings {
    /// Days ahead of the tested forecasts; the model must forecast that day (see [`Config::days_ahead`]).
    pub horizon: usize,
    /// Number of test days, the last ones; by default 500, or a third of a shorter file.
    pub test_days: Option<usize>,
    /// Days from one fit to the next.
    pub refit_every: usize,
    /// Number of rows of a fit, the last ones before the block; by default all.
    pub rolling: Option<usize>,
    /// The calendar that decides whether the last week or month of a fit's rows is complete, as in reading.
    pub calendar: Option<Calendar>,
    /// The baselines to compare with.
    pub baselines: Vec<Baseline>,
    /// Fraction of a fit's windows, the last ones, on which its distribution is calibrated.
    pub test_fraction: f64,
    /// Central intervals to score.
    pub levels: Vec<f64>,
    /// Events whose probabilities are scored.
    pub events: Vec<Event>,
    /// Threads; zero for those of the current pool.
    pub threads: usize,
}

impl BacktestSettings {
    /// Default number of days from one fit to the next: a month.
    pub const REFIT_EVERY: usize = 21;
    /// Default fraction of a fit's windows on which its distribution is calibrated.
    pub const TEST_FRACTION: f64 = 0.2;
    /// The levels of the intervals that a verdict names.
    pub const INTERVAL_LEVELS: [f64; 3] = [0.5, 0.9, 0.98];

    /// Returns the settings of `fourcast backtest` without options, for forecasts `horizon` days ahead: all default
    /// baselines that support the horizon, and the threads of the current pool.
    pub fn new(horizon: usize) -> BacktestSettings {
        BacktestSettings {
            horizon,
            test_days: None,
            refit_every: Self::REFIT_EVERY,
            rolling: None,
            calendar: None,
            baselines: ALL.iter().copied().filter(|one| one.is_default && one.supports(horizon)).collect(),
            test_fraction: Self::TEST_FRACTION,
            levels: Self::INTERVAL_LEVELS.to_vec(),
            events: Vec::new(),
            threads: 0,
        }
    }
}

/// Default number of test days in a file that is long enough.
pub const TEST_DAYS: usize = 500;

/// The forecaster under test.
#[derive(Debug, Clone, Copy)]
pub enum Subject<'a> {
    /// A configuration, fitted again for every block.
    Recipe {
        /// The configuration to fit.
        config: &'a Config,
        /// The source of its initial weights.
        init: Option<&'a Init>,
        /// Whether days that those weights were trained on may be test days.
        in_sample: bool,
    },
    /// A fitted model, not fitted again.
    Model {
        /// The model.
        forecaster: &'a Forecaster,
        /// Whether days that it was trained on may be test days.
        in_sample: bool,
    },
}

impl Subject<'_> {
    /// Returns its configuration.
    pub fn config(&self) -> &Config {
        match self {
            Subject::Recipe { config, .. } => config,
            Subject::Model { forecaster, .. } => &forecaster.card.config,
        }
    }

    /// Returns the last day that its weights were trained on before the walk, and whether days up to it may be tested
    /// anyway.
    fn seen_until(&self) -> (Option<Date>, bool) {
        match self {
            Subject::Recipe { init, in_sample, .. } => (init.and_then(Init::seen_until), *in_sample),
            Subject::Model { forecaster, in_sample } => (forecaster.card.seen_until(), *in_sample),
        }
    }
}

/// Receives the progress of a backtest, from several threads.
pub trait BacktestProgress: Sync {
    /// Called at the start with the number of fits and the number of rows of all fits together.
    fn start(&self, fits: usize, rows: usize);
    /// Called after each fit with its number of rows.
    fn fitted(&self, rows: usize);
    /// Called after the last fit.
    fn finish(&self);
    /// Whether the walk should end; called before each fit.
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
    /// What a row of the series is.
    pub frequency: Frequency,
    /// Its number of rows, without days without trade.
    pub rows: usize,
    /// The configuration of the model; `None` for recorded forecasts (see [`score`](crate::score)).
    pub config: Option<Config>,
    /// The test days, each with what was known and the outcome.
    pub days: Vec<Day>,
    /// Days ahead of each forecast.
    pub horizon: usize,
    /// Fits of the model.
    pub refits: usize,
    /// Fits of each baseline.
    pub fits: usize,
    /// One entry for each fit of the model whose distribution is not calibrated: the reason, if known.
    pub uncalibrated: Vec<Option<Uncalibrated>>,
    /// Whether the model was trained on test days.
    pub in_sample: bool,
    /// The model's forecasts.
    pub model: Track,
    /// Each baseline's forecasts, in the order of the settings.
    pub baselines: Vec<Track>,
    /// Baselines that could not be used from some day on, with their fallbacks.
    pub fallbacks: Vec<FallbackEvent>,
    /// Scores of the model.
    pub scores: Scores,
    /// Scores of the baselines, in the same order.
    pub baseline_scores: Vec<Scores>,
    /// Scores of the probabilities of each requested event.
    pub events: Vec<EventScores>,
    /// The comparisons with the baselines.
    pub verdict: Verdict,
}

/// Minimum number of test days by default.
const MIN_TEST_DAYS: usize = 20;
/// Minimum number of test days that can be requested: one for each tercile of volatility.
const MIN_ASKED: usize = 3;
/// Minimum number of returns that every baseline can be fitted to.
pub(super) const MIN_RETURNS: usize = 60;

/// Walks `subject` and the baselines forward over the last days of a series. Days without trade are neither test days
/// nor training days (see [`halts`](fourcast_features::halts)).
///
/// # Errors
/// [`BacktestError`] if the series is too short or unsuitable, or the model was trained on the test days.
pub fn backtest(
    series: &PriceSeries,
    subject: Subject<'_>,
    settings: &BacktestSettings,
    progress: &dyn BacktestProgress,
) -> Result<Backtest, BacktestError> {
    let horizon = settings.horizon;
    check(series, horizon, settings)?;
    let (listed, series) = (series, &*without_halts(series));
    let origins = walk::origins(series, subject, settings)?;
    let walk::Walk { forecasts, baselines, uncalibrated } =
        walk::walk((series, listed), subject, settings, origins.clone(), progress)?;
    let days = Day::all(series, &origins, horizon);
    let fits = origins.len().div_ceil(settings.refit_every);
    let model = Track::new("fourcast", forecasts)?;
    // A baseline that was never fitted has only the forecasts of its fallbacks, so it is not compared with.
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

/// Returns the origins of a test of `subject`, and the first origin up to which it could be fitted. `series` must not
/// contain days without trade.
pub(super) fn test_origins(
    series: &PriceSeries,
    subject: Subject<'_>,
    settings: &BacktestSettings,
) -> Result<(Range<usize>, usize), BacktestError> {
    check(series, settings.horizon, settings)?;
    Ok((walk::origins(series, subject, settings)?, walk::earliest(subject, &[])))
}

/// Checks what can be checked before the walk.
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

/// The baselines that the test of a single fit is compared with.
const REFERENCE: [Baseline; 2] = [NAIVE, EGARCH];

/// Returns the verdict on the test of a fit to one series: against "tomorrow = today" and EGARCH, both fitted once, on
/// the days before the test.
///
/// # Errors
/// [`EvalError`] if there are too few days for a baseline, or a price is not above zero.
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
        calendar: None,
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

/// Compares a forecaster with others on the same days.
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

/// Returns the rows on which the fit of a block is made.
fn training_rows(block: &Range<usize>, rolling: Option<usize>) -> Range<usize> {
    let end = block.start + 1;
    rolling.map_or(0, |rows| end.saturating_sub(rows))..end
}
