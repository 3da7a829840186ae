//! The test days, the refits, and the model's forecast of each day.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::civil::Date;
use rayon::prelude::*;

use super::baselines::{self, BaselineWalk};
use super::days::{Days, blocks};
use super::track::{DayForecast, MIN_RATIO, bounded_log_return};
use super::{
    BacktestError, BacktestProgress, BacktestSettings, MIN_ASKED, MIN_RETURNS, MIN_TEST_DAYS, Subject, TEST_DAYS,
    training_rows,
};
use crate::scores::{Event, QUANTILE_LEVELS};
use fourcast_base::threads::pool;
use fourcast_features::Frame;
use fourcast_model::{
    self as model, Ahead, Config, FitError, FitOptions, ForecastError, Forecaster, Init, Needs, SizeSetting,
    Uncalibrated, settings_to_lower,
};
use fourcast_prices::{PriceSeries, unfinished_rows};

/// Returns the origins of the test.
pub(super) fn origins(
    series: &PriceSeries,
    subject: Subject<'_>,
    settings: &BacktestSettings,
) -> Result<Range<usize>, BacktestError> {
    let (rows, horizon) = (series.len(), settings.horizon);
    let (earliest, end) = (earliest(subject, &[]), rows.saturating_sub(horizon));
    let asked = test_days_asked(settings, horizon)?;
    check_rolling(subject, settings)?;
    check_rows(rows, subject, settings)?;
    let (last, in_sample) = subject.seen_until();
    // The last day that a model was trained on is a valid origin, because the day after it is new.
    let unseen = seen(subject, series).saturating_sub(1);
    let first = match (subject, settings.test_days) {
        (_, Some(_)) => end - asked,
        (Subject::Model { .. }, None) if !in_sample => unseen.max(end.saturating_sub(TEST_DAYS)),
        // By default a short file keeps two thirds of its rows for training.
        (_, None) => end - TEST_DAYS.min(rows / 3).clamp(asked, end - earliest),
    };
    let unseen = unseen.max(earliest);
    match last {
        Some(last) if !in_sample && (first < unseen || end < first + asked) => {
            let needed = end.saturating_sub(first).max(asked);
            let found = end.saturating_sub(unseen);
            let possible = Some(found).filter(|days| *days >= min_asked(horizon));
            Err(BacktestError::InSample { last, found: in_words(found), needed, possible })
        }
        _ => Ok(first.max(earliest)..end),
    }
}

/// Returns the first origin that every baseline, and the subject with some of its settings at their minimum, can
/// forecast from.
pub(super) fn earliest(subject: Subject<'_>, minimal: &[SizeSetting]) -> usize {
    match subject {
        Subject::Recipe { config, .. } => Needs::of(config).with_minimal(minimal).rows().max(MIN_RETURNS + 1) - 1,
        Subject::Model { forecaster, .. } => Frame::first_origin(forecaster.card.config.window).max(MIN_RETURNS),
    }
}

/// Returns the settings that decide how many rows a fit requires; a fitted model has none.
fn settings_of(subject: Subject<'_>) -> &'static [SizeSetting] {
    if matches!(subject, Subject::Recipe { .. }) { &Needs::SETTINGS } else { &[] }
}

fn check_rolling(subject: Subject<'_>, settings: &BacktestSettings) -> Result<(), BacktestError> {
    let earliest = |minimal: &[SizeSetting]| earliest(subject, minimal);
    match settings.rolling {
        Some(rolling) if rolling <= earliest(&[]) => {
            let smaller = settings_to_lower(settings_of(subject), |minimal| earliest(minimal) < rolling);
            Err(BacktestError::TooShortRolling { rolling, needed: earliest(&[]) + 1, smaller })
        }
        _ => Ok(()),
    }
}

fn check_rows(rows: usize, subject: Subject<'_>, settings: &BacktestSettings) -> Result<(), BacktestError> {
    let horizon = |minimal: &[SizeSetting]| {
        let is_minimal = minimal.contains(&SizeSetting::Horizon);
        if is_minimal { 1 } else { settings.horizon }
    };
    let test_days = |minimal: &[SizeSetting]| match settings.test_days {
        _ if minimal.contains(&SizeSetting::TestDays) => min_asked(horizon(minimal)),
        Some(asked) => asked,
        None => min_by_default(horizon(minimal)),
    };
    let needed = |minimal: &[SizeSetting]| earliest(subject, minimal) + test_days(minimal) + horizon(minimal);
    if rows >= needed(&[]) {
        return Ok(());
    }
    let lowered = [&[SizeSetting::TestDays], settings_of(subject)].concat();
    let smaller = settings_to_lower(&lowered, |minimal| needed(minimal) <= rows);
    Err(BacktestError::TooFewRows { rows, needed: needed(&[]), test_days: test_days(&[]), smaller })
}

/// Returns the number of test days requested, or the default minimum.
fn test_days_asked(settings: &BacktestSettings, horizon: usize) -> Result<usize, BacktestError> {
    let needed = min_asked(horizon);
    match settings.test_days {
        Some(asked) if asked < needed => Err(BacktestError::TooFewTestDays { asked, horizon, needed }),
        Some(asked) => Ok(asked),
        None => Ok(min_by_default(horizon)),
    }
}

/// Returns the minimum number of test days that can be requested.
fn min_asked(horizon: usize) -> usize {
    // Forecasts h days ahead from neighbouring origins overlap, so a test requires more than h days.
    MIN_ASKED.max(horizon + 1)
}

/// Returns the minimum number of test days by default.
fn min_by_default(horizon: usize) -> usize {
    min_asked(horizon).max(MIN_TEST_DAYS)
}

fn in_words(days: usize) -> String {
    match days {
        0 => "there is no day".to_owned(),
        1 => "there is 1 day".to_owned(),
        days => format!("there are {days} days"),
    }
}

/// Returns the number of rows up to the last day that the subject's weights were trained on before the walk.
pub(super) fn seen(subject: Subject<'_>, series: &PriceSeries) -> usize {
    subject.seen_until().0.map_or(0, |last| series.dates.partition_point(|date| *date <= last))
}

/// The result of a walk.
pub(super) struct Walk {
    /// The subject's forecasts.
    pub forecasts: Vec<DayForecast>,
    /// One entry for each of its fits whose distribution is not calibrated: the reason, if known.
    pub uncalibrated: Vec<Option<Uncalibrated>>,
    /// The baselines' forecasts.
    pub baselines: Vec<BaselineWalk>,
}

/// Returns the forecasts of the subject and of each baseline on each origin. Fits run in parallel; the result does not
/// depend on the number of threads.
///
/// `listed` has all rows of the file, `series` those with trade.
pub(super) fn walk(
    (series, listed): (&PriceSeries, &PriceSeries),
    subject: Subject<'_>,
    settings: &BacktestSettings,
    origins: Range<usize>,
    progress: &dyn BacktestProgress,
) -> Result<Walk, BacktestError> {
    let days = Days { origins, horizon: settings.horizon };
    let blocks = blocks(&days.origins, settings.refit_every);
    let fits = match subject {
        Subject::Recipe { .. } => blocks.len(),
        Subject::Model { .. } => 1,
    };
    let planned = fits + settings.baselines.len() * blocks.len();
    let rows: usize = blocks.iter().map(|block| training_rows(block, settings.rolling).len()).sum();
    let earliest = earliest(subject, &[]);
    let refit = |days| Refit::of(days, (series, listed), earliest, settings);
    let refits: Vec<Refit> = match subject {
        Subject::Recipe { .. } => blocks.into_iter().map(refit).collect(),
        Subject::Model { .. } => Vec::new(),
    };
    let of_subject = match subject {
        Subject::Recipe { .. } => refits.iter().map(|refit| refit.rows.len()).sum(),
        Subject::Model { .. } => days.origins.len(),
    };
    progress.start(planned, of_subject + settings.baselines.len() * rows);
    let counting = Counting { progress, fits: AtomicUsize::new(0) };
    let progress: &dyn BacktestProgress = &counting;
    let model = || match subject {
        Subject::Recipe { config, init, .. } => forecasts_of_refits(series, &refits, settings, progress, &|known| {
            fit(series, known, (config, init), settings)
        }),
        Subject::Model { forecaster, .. } => forecasts_of_model(series, &days.origins, settings, progress, forecaster),
    };
    let baselines = || -> Vec<Result<BaselineWalk, _>> {
        let all = settings.baselines.par_iter();
        all.map(|baseline| baselines::walk(baseline, series, settings, &days, progress)).collect()
    };
    let both = || rayon::join(model, baselines);
    let (forecasts, baselines) =
        if settings.threads == 0 { both() } else { pool(settings.threads).map_err(FitError::from)?.install(both) };
    progress.finish();
    let fits = counting.fits.into_inner();
    if fits < planned && counting.progress.is_stopped() {
        return Err(BacktestError::Stopped { fits, planned });
    }
    let (forecasts, uncalibrated) = forecasts?;
    Ok(Walk { forecasts, uncalibrated, baselines: baselines.into_iter().collect::<Result<_, _>>()? })
}

/// Counts the fits and forwards the progress.
struct Counting<'a> {
    progress: &'a dyn BacktestProgress,
    fits: AtomicUsize,
}

impl BacktestProgress for Counting<'_> {
    fn start(&self, fits: usize, rows: usize) {
        self.progress.start(fits, rows);
    }

    fn fitted(&self, rows: usize) {
        self.fits.fetch_add(1, Ordering::Relaxed);
        self.progress.fitted(rows);
    }

    fn finish(&self) {
        self.progress.finish();
    }

    fn is_stopped(&self) -> bool {
        self.progress.is_stopped()
    }
}

/// A subject's forecasts, and one entry for each of its fits whose distribution is not calibrated.
type ModelForecasts = (Vec<DayForecast>, Vec<Option<Uncalibrated>>);

/// A fit of the subject.
struct Refit {
    /// The days that are forecast with it.
    days: Range<usize>,
    /// The rows on which it is made.
    rows: Range<usize>,
}

impl Refit {
    /// Returns the fit for a block: the one that `train` makes on the file as it was on the first day of the block.
    /// `earliest` is the first day on which a fit is possible.
    fn of(
        days: Range<usize>,
        (series, listed): (&PriceSeries, &PriceSeries),
        earliest: usize,
        settings: &BacktestSettings,
    ) -> Refit {
        let until = |day: Date| move |date: &Date| *date <= day;
        let known = listed.dates.partition_point(until(series.dates[days.start]));
        let (dates, close) = (&listed.dates[..known], &listed.close[..known]);
        let kept = known - unfinished_rows(dates, close, listed.frequency, settings.calendar);
        let end = series.dates.partition_point(until(listed.dates[kept - 1]));
        // `train` refuses a file with fewer rows, so the unfinished row is used.
        let end = if end > earliest { end } else { days.start + 1 };
        Refit { rows: training_rows(&(end - 1..days.end), settings.rolling), days }
    }
}

/// Returns the forecasts of a configuration that is fitted again for every block.
fn forecasts_of_refits(
    series: &PriceSeries,
    refits: &[Refit],
    settings: &BacktestSettings,
    progress: &dyn BacktestProgress,
    fit: &(dyn Fn(Range<usize>) -> Result<Forecaster, FitError> + Sync),
) -> Result<ModelForecasts, BacktestError> {
    let block = |Refit { days: block, rows }: &Refit| {
        // A stopped walk is discarded by the caller.
        if progress.is_stopped() {
            return Ok(Default::default());
        }
        let (first, count) = (rows.start, rows.len());
        let forecaster = fit(rows.clone())?;
        // The frame contains no row after the block's last origin and, with a rolling window, none before the fit's
        // first row.
        let known = series.slice(first..block.end);
        let days = block.start - first..block.end - first;
        let forecasts = forecasts(&forecaster, &forecaster.frame_for(&days, &known), &known, days, asked(settings))?;
        progress.fitted(count);
        Ok((forecasts, uncalibrated(&forecaster)))
    };
    let each: Vec<Result<_, FitError>> = refits.par_iter().map(block).collect();
    let (forecasts, uncalibrated): (Vec<_>, Vec<_>) =
        each.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
    Ok((forecasts.concat(), uncalibrated.into_iter().flatten().collect()))
}

/// Returns `Some` if a forecaster's distribution is not calibrated, with the reason if known.
fn uncalibrated(forecaster: &Forecaster) -> Option<Option<Uncalibrated>> {
    forecaster.card.calibration.is_none().then_some(forecaster.card.uncalibrated)
}

/// Returns the forecasts of a fitted model.
fn forecasts_of_model(
    series: &PriceSeries,
    origins: &Range<usize>,
    settings: &BacktestSettings,
    progress: &dyn BacktestProgress,
    forecaster: &Forecaster,
) -> Result<ModelForecasts, BacktestError> {
    let known = series.slice(0..origins.end);
    forecaster.check(&known).map_err(FitError::Series)?;
    let forecasts =
        forecasts(forecaster, &forecaster.frame_for(origins, &known), &known, origins.clone(), asked(settings));
    let forecasts = forecasts.map_err(FitError::Series)?;
    progress.fitted(origins.len());
    Ok((forecasts, uncalibrated(forecaster).into_iter().collect()))
}

/// Returns the horizon, the levels and the events that forecasts are requested for.
fn asked(settings: &BacktestSettings) -> (usize, &[f64], &[Event]) {
    (settings.horizon, &settings.levels, &settings.events)
}

/// Fits the model that `train` fits to these rows.
fn fit(
    series: &PriceSeries,
    rows: Range<usize>,
    (config, init): (&Config, Option<&Init>),
    settings: &BacktestSettings,
) -> Result<Forecaster, FitError> {
    // The default of zero threads means those of the current pool, in which the refits run in parallel. The evaluations
    // of the fits are not used.
    let options = FitOptions { test_fraction: settings.test_fraction, evaluates: false, ..FitOptions::default() };
    let fitted = model::fit(&series.slice(rows), config, init, options, &model::SilentFit)?;
    #[cfg(test)]
    let fitted = leak(fitted, series);
    Ok(fitted.forecaster)
}

/// The name of the series whose fits have look-ahead in tests.
#[cfg(test)]
pub(super) const LEAKY: &str = "leaky";

/// Adds a leak that the audit must find: the inputs are scaled on all rows, including later ones.
#[cfg(test)]
fn leak(mut fitted: model::Fitted, series: &PriceSeries) -> model::Fitted {
    if series.name == LEAKY {
        let frame = fitted.forecaster.frame(series);
        fitted.forecaster.card.input_scalers = fourcast_features::Scaler::fit_columns(frame.inputs.all());
    }
    fitted
}

/// Returns a forecaster's forecasts on each of `origins`.
///
/// # Errors
/// If one of the numbers in them is not finite.
pub(super) fn forecasts(
    forecaster: &Forecaster,
    frame: &Frame,
    series: &PriceSeries,
    origins: Range<usize>,
    (horizon, levels, events): (usize, &[f64], &[Event]),
) -> Result<Vec<DayForecast>, ForecastError> {
    let ahead = forecaster.card.config.days_of(Ahead::Day(horizon))?;
    let days = origins.clone().zip(forecaster.paths_of(frame, origins, &ahead));
    let forecast = |(day, path): (usize, model::Path)| {
        path.check(frame.is_of_returns())?;
        let on_grid = |log_return: f64| match path.is_on_grid() {
            // Not recomputed from a price, because outcomes are on the same grid to the last bit.
            true => log_return.max(MIN_RATIO.ln()),
            false => bounded_log_return(frame.adjusted_after(day, log_return), series.adjusted[day]),
        };
        let probability = |event: &Event| {
            let bound = frame.outcome_of(day, event.bound(series.close[day]));
            let beyond = if event.is_above() { model::Path::probability_above } else { model::Path::probability_below };
            beyond(&path, 0, bound)
        };
        let quantile = |p: f64| on_grid(path.quantile(0, p));
        let forecast = DayForecast {
            point: on_grid(path.median(0)),
            quantiles: QUANTILE_LEVELS.map(quantile).to_vec(),
            ends: levels.iter().map(|c| (quantile((1.0 - c) / 2.0), quantile((1.0 + c) / 2.0))).collect(),
            probabilities: events.iter().map(probability).collect(),
        };
        ForecastError::check(forecast.numbers())?;
        Ok(forecast)
    };
    days.map(forecast).collect()
}
