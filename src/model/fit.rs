//! Fits a forecaster to one series, or to several together, and evaluates the configuration on unseen days.

use std::ops::Range;
use std::time::{Duration, Instant};

use super::ahead::Ahead;
use super::assess::Assessment;
use super::config::Config;
use super::cut::{self, Dated};
use super::fit_error::FitError;
use super::forecast_error::ForecastError;
use super::forecaster::Forecaster;
use super::init::Init;
use super::loss_curve::{LossCurve, WhichFit};
use super::member::{Member, TrainNetwork};
use super::members::{Trained, train_all};
use super::plan::FitPlan;
use super::pool::for_each;
use super::progress::FitProgress;
use super::source::Source;
use super::spans::{MIN_TEST, Needs, Spans};
use super::training::StoppedFit;
use super::uncalibrated;
use fourcast_base::threads::pool;
use fourcast_features::Target;
use fourcast_prices::PriceSeries;
use rayon::ThreadPool;

/// Options of a fit that are not part of the model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FitOptions {
    /// Fraction of the windows, the last ones, used to test a fit on the earlier windows; 0 for no test.
    pub test_fraction: f64,
    /// Whether the errors and the coverage of the test are computed in addition to the calibration. If prices lie on a
    /// coarse grid, this takes longer than the fit.
    pub evaluates: bool,
    /// Whether the loss on the test days is measured after every epoch of the test fit if there are no validation
    /// windows. It is for a chart of losses and does not affect the fit. It takes a tenth of the time of a fit.
    pub watches_test: bool,
    /// Number of threads; 0 for those of the pool that `fit` is called in.
    pub threads: usize,
}

impl Default for FitOptions {
    /// A test on the last fifth of the windows, on the threads of the pool that `fit` is called in.
    fn default() -> Self {
        FitOptions { test_fraction: 0.2, evaluates: true, watches_test: false, threads: 0 }
    }
}

/// A fitted forecaster, its test and its speed.
#[derive(Debug, Clone)]
pub struct Fitted {
    /// The model.
    pub forecaster: Forecaster,
    /// The test fit, if there were enough days.
    pub test: Option<TestFit>,
    /// The losses of each network, epoch by epoch: those of the test fit first.
    pub loss_curves: Vec<LossCurve>,
    /// Duration of the fit, without reading and writing.
    pub elapsed: Duration,
    /// Windows trained on (forward, backward and update) per second, over all networks.
    pub windows_per_second: f64,
    /// Whether the observer stopped the training. The model then has only the networks whose training had begun.
    pub stopped: Option<StoppedFit>,
}

/// A forecaster fitted on the days before its test days.
#[derive(Debug, Clone)]
pub struct TestFit {
    /// The forecaster, without calibration but with scale adjustment.
    pub forecaster: Forecaster,
    /// The origins of the test in each series, all after its training days.
    pub days: Vec<Range<usize>>,
}

/// The series of a fit to several series together: those that can be trained on.
pub struct JointFit<'a> {
    /// The series that cannot be trained on, by their index, and why.
    pub left_out: Vec<(usize, FitError)>,
    sources: Vec<Source<'a>>,
    config: Config,
    options: FitOptions,
    /// The threads of the fit; `None` for those of the pool that it is called in.
    pool: Option<ThreadPool>,
    start: Instant,
}

/// A forecaster fitted to several series.
#[derive(Debug, Clone)]
pub struct FittedSeveral {
    /// The fit to the series that can be trained on, if there are any. The test days are those of these series.
    pub fitted: Option<Fitted>,
    /// The series that cannot be trained on, by their index, and why.
    pub left_out: Vec<(usize, FitError)>,
}

/// Fits `config` to a series. A test fit on the days before the last `test_fraction` evaluates the configuration on
/// unseen days; the final fit is on all days. The test days calibrate the final fit. The networks of both fits are
/// trained in parallel; the same arguments give bit-identical results with any number of threads. Days without trade
/// are left out (see [`halts`](fourcast_features::halts)): rows, origins and windows count only days with trade.
///
/// # Errors
/// [`FitError`] if the series is too short or unfit for the target, a value of the training is not allowed, or training
/// diverges.
///
/// # Panics
/// If `init` does not have the shape of `config`.
pub fn fit(
    series: &PriceSeries,
    config: &Config,
    init: Option<&Init>,
    options: FitOptions,
    progress: &dyn FitProgress,
) -> Result<Fitted, FitError> {
    let start = Instant::now();
    config.check_training()?;
    let source = Source::alone(series, config)?;
    fit_all(vec![source], (config, init), options, (start, progress))
}

impl<'a> JointFit<'a> {
    /// Returns the series of a fit of `config`. A series that cannot be trained on is left out.
    ///
    /// # Errors
    /// [`FitError`] if the target is a price level, or a value of the training is not allowed.
    pub fn new(series: &[&'a PriceSeries], config: &Config, options: FitOptions) -> Result<JointFit<'a>, FitError> {
        let start = Instant::now();
        config.check_training()?;
        if config.target == Target::Price && series.len() > 1 {
            return Err(FitError::PriceLevels);
        }
        let pool = (options.threads > 0).then(|| pool(options.threads)).transpose()?;
        let rows = series.iter().map(|one| one.len()).sum();
        let each =
            in_pool(pool.as_ref(), || for_each(series.len(), |place| Source::of_several(series[place], config, rows)));
        let (mut sources, mut left_out) = (Vec::new(), Vec::new());
        for (place, one) in each.into_iter().enumerate() {
            match one {
                Ok(source) => sources.push(source),
                Err(error) => left_out.push((place, error)),
            }
        }
        Ok(JointFit { left_out, sources, config: config.clone(), options, pool, start })
    }

    /// Returns the number of days that a forecast of the model has by default.
    pub fn days(&self) -> usize {
        self.config.days_of(Ahead::Usual).map_or(1, |days| days.len())
    }

    /// Fits the configuration to the series together, as [`fit`] does to one. Each series is in units of its own
    /// volatility, and the weight of a long series is less than proportional to its length. The windows of all series
    /// are split into training, validation and test at the same dates, so that no other series reveals a test day.
    /// Returns `None` if all series were left out.
    ///
    /// # Errors
    /// [`FitError`] if all series together are too short, or training diverges.
    ///
    /// # Panics
    /// If `init` does not have the shape of the configuration.
    pub fn fit(self, init: Option<&Init>, progress: &dyn FitProgress) -> Result<Option<Fitted>, FitError> {
        let JointFit { sources, config, options, pool, start, .. } = self;
        if sources.is_empty() {
            return Ok(None);
        }
        in_pool(pool.as_ref(), || fit_all(sources, (&config, init), options, (start, progress))).map(Some)
    }
}

/// Runs `work` in `pool`, or in the pool that this is called in.
fn in_pool<T: Send>(pool: Option<&ThreadPool>, work: impl FnOnce() -> T + Send) -> T {
    match pool {
        Some(pool) => pool.install(work),
        None => work(),
    }
}

/// Fits `config` to several series together: [`JointFit::new`] and [`JointFit::fit`].
///
/// # Errors
/// Those of [`JointFit::new`] and [`JointFit::fit`].
///
/// # Panics
/// If `init` does not have the shape of `config`.
pub fn fit_several(
    series: &[&PriceSeries],
    config: &Config,
    init: Option<&Init>,
    options: FitOptions,
    progress: &dyn FitProgress,
) -> Result<FittedSeveral, FitError> {
    let mut joint = JointFit::new(series, config, options)?;
    let left_out = std::mem::take(&mut joint.left_out);
    Ok(FittedSeveral { fitted: joint.fit(init, progress)?, left_out })
}

/// Fits to the series `sources`.
fn fit_all(
    mut sources: Vec<Source<'_>>,
    (config, init): (&Config, Option<&Init>),
    options: FitOptions,
    (start, progress): (Instant, &dyn FitProgress),
) -> Result<Fitted, FitError> {
    let Days { last, test, about_test } =
        Days::new(&sources, config, init, options.test_fraction).ok_or_else(|| {
            let rows = sources.iter().map(|source| source.traded.len()).sum();
            FitError::too_few_rows(rows, Needs::of(config))
        })?;
    if let [alone] = &mut sources[..] {
        alone.keep(config);
    }
    let sources = &sources[..];
    let last = FitPlan::new(config, sources, last, init, None);
    let watched = |days: &[Range<usize>]| options.watches_test.then(|| days.to_vec());
    let test = test.map(|(spans, days)| (FitPlan::new(config, sources, spans, init, watched(&days).as_deref()), days));
    let plans: Vec<&FitPlan<'_>> = test.iter().map(|(plan, _)| plan).chain([&last]).collect();
    if let Some(date) = plans.iter().filter_map(|plan| plan.not_finite()).min() {
        return Err(FitError::NotFinite { date });
    }
    let plans: Vec<&dyn TrainNetwork> = plans.into_iter().map(|plan| plan as &dyn TrainNetwork).collect();
    let Trained { mut members, windows_per_second, stopped } = train_all(&plans, config, options.threads, progress)?;

    let loss_curves = loss_curves(&members);
    let of_last = members.pop().unwrap_or_default();
    let of_test = members.pop().unwrap_or_default();
    let test = test.map(|(plan, days)| (plan.forecaster(of_test), plan, days));
    let mut forecaster = last.forecaster(of_last);
    forecaster.card.losses.interrupted = stopped;
    if let Some((test, plan, days)) = &test {
        forecaster.card.losses.valid = forecaster.card.losses.valid.or_else(|| plan.loss_on(test, days));
        let unseen = Assessment::new(test, plan, days, options.evaluates);
        forecaster.card.calibration = unseen.calibration();
        if options.evaluates {
            let evaluation = unseen.evaluation();
            ForecastError::check([evaluation.rmse, evaluation.naive_rmse])?;
            forecaster.card.evaluation = Some(evaluation);
        }
    }
    if forecaster.card.calibration.is_none() {
        forecaster.card.uncalibrated = Some(about_test.reason());
    }
    let test = test.map(|(forecaster, _, days)| TestFit { forecaster, days });
    Ok(Fitted { forecaster, test, loss_curves, elapsed: start.elapsed(), windows_per_second, stopped })
}

/// The days of the test fit and of the final fit.
struct Days {
    last: Vec<Spans>,
    /// The days before the test, and the test's origins in each series.
    test: Option<(Vec<Spans>, Vec<Range<usize>>)>,
    about_test: uncalibrated::TestSpan,
}

impl Days {
    /// Returns `None` if all series together have too few windows.
    fn new(sources: &[Source<'_>], config: &Config, init: Option<&Init>, fraction: f64) -> Option<Days> {
        let ahead = config.days_to_target();
        let dated: Vec<Dated<'_>> = sources.iter().map(|source| source.dated(config)).collect();
        let last = cut::spans(&dated, config.valid_fraction, ahead)?;
        let test = cut::test(&dated, fraction, config.valid_fraction, ahead);
        let seen = init.and_then(Init::seen_until);
        let (asked, fitted) = (cut::test_days(&dated, fraction), test.is_some());
        let about_test = uncalibrated::TestSpan { fraction, asked, fitted, seen };
        // Days that the initial weights depend on are not used for the test.
        let unseen = |(source, days): (&Source<'_>, &Range<usize>)| {
            let rows = seen.map_or(0, |last| source.traded.dates.partition_point(|date| *date <= last));
            days.start.max(rows.saturating_sub(1)).min(days.end)..days.end
        };
        let test = test.map(|(spans, days)| (spans, sources.iter().zip(&days).map(unseen).collect::<Vec<_>>()));
        let test = test.filter(|(_, days)| days.iter().map(Range::len).sum::<usize>() >= MIN_TEST);
        Some(Days { last, test, about_test })
    }
}

/// Returns the loss curves of the networks of both fits, or of the final fit alone.
fn loss_curves(members: &[Vec<Member>]) -> Vec<LossCurve> {
    let of_fit = |(fit, own): (WhichFit, &Vec<Member>)| -> Vec<LossCurve> {
        let curve = |member: &Member| LossCurve::new((fit, member.number), &member.epochs, member.outcome.best.epoch);
        // Weights that were not trained have no curve.
        own.iter().filter(|member| !member.epochs.is_empty()).map(curve).collect()
    };
    let fits = [WhichFit::Test, WhichFit::Final].into_iter().skip(2 - members.len());
    fits.zip(members).flat_map(of_fit).collect()
}
