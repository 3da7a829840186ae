//! The days, the refits, and what the model said on each day.

use std::ops::Range;

use rayon::prelude::*;

use super::rivals::{self, Rival};
use super::track::{Said, log_return};
use super::{
    BacktestError, LEAST_ASKED, LEAST_RETURNS, LEAST_TEST_DAYS, Progress, Settings, Subject, TEST_DAYS, training_rows,
};
use crate::eval::scores::LEVELS;
use crate::features::Frame;
use crate::model::{self, Config, FitError, FitOptions, Forecaster, Init, rows_needed};
use crate::prices::PriceSeries;

/// The origins of a test, and how far ahead each looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Days {
    /// The last row each forecast may see.
    pub origins: Range<usize>,
    /// Days ahead.
    pub horizon: usize,
}

/// The origins to test on.
pub(super) fn origins(
    series: &PriceSeries,
    subject: Subject<'_>,
    settings: &Settings,
) -> Result<Range<usize>, BacktestError> {
    let (rows, config) = (series.len(), subject.config());
    let end = rows.saturating_sub(config.horizon);
    let earliest = match subject {
        Subject::Recipe { config, .. } => {
            rows_needed(config.window, config.horizon, config.valid_fraction).max(LEAST_RETURNS + 1) - 1
        }
        Subject::Model { .. } => Frame::first_origin(config.window).max(LEAST_RETURNS),
    };
    let least = LEAST_ASKED.max(config.horizon + 1);
    if let Some(asked) = settings.test_days.filter(|asked| *asked < least) {
        return Err(BacktestError::TooFewTestDays { asked, horizon: config.horizon, needed: least });
    }
    if let Some(rolling) = settings.rolling.filter(|rolling| *rolling <= earliest) {
        return Err(BacktestError::TooShortRolling { rolling, needed: earliest + 1 });
    }
    let asked = settings.test_days.unwrap_or(LEAST_TEST_DAYS).max(least);
    let too_few = || BacktestError::TooFewRows { rows, needed: earliest + asked + config.horizon, test_days: asked };
    if end < earliest + asked {
        return Err(too_few());
    }
    // Unasked, a short file keeps two thirds of its rows to learn from.
    let fitting = || TEST_DAYS.min(rows / 3).clamp(LEAST_TEST_DAYS, end - earliest);
    let (last, in_sample) = subject.seen_until();
    let first = match (subject, settings.test_days) {
        (_, Some(_)) => end - asked,
        (Subject::Model { .. }, None) if !in_sample => {
            seen(subject, series).saturating_sub(1).max(end.saturating_sub(TEST_DAYS))
        }
        (_, None) => end - fitting(),
    };
    // Standing on its last day a model has seen nothing of tomorrow.
    let unseen = seen(subject, series).saturating_sub(1).max(earliest);
    if let Some(last) = last.filter(|_| !in_sample && (first < unseen || end < first + asked)) {
        let found = match end.saturating_sub(unseen) {
            0 => "there is no day".to_owned(),
            1 => "there is 1 day".to_owned(),
            days => format!("there are {days} days"),
        };
        return Err(BacktestError::InSample { last, found, needed: end.saturating_sub(first).max(asked) });
    }
    Ok(first.max(earliest)..end)
}

/// Rows of the series up to the last day that has reached the subject's weights before the walk.
pub(super) fn seen(subject: Subject<'_>, series: &PriceSeries) -> usize {
    subject.seen_until().0.map_or(0, |last| series.dates.partition_point(|date| *date <= last))
}

/// A walk's outcome.
pub(super) struct Walk {
    /// What the subject said.
    pub said: Vec<Said>,
    /// Fits of it whose odds could not be calibrated.
    pub uncalibrated: usize,
    /// What the baselines said.
    pub rivals: Vec<Rival>,
}

/// What the subject and each baseline said on each origin. Fits run side by side; the result does not
/// depend on how many at once.
pub(super) fn walk(
    series: &PriceSeries,
    subject: Subject<'_>,
    settings: &Settings,
    origins: Range<usize>,
    progress: &dyn Progress,
) -> Result<Walk, BacktestError> {
    let days = Days { origins, horizon: subject.config().horizon };
    let blocks = blocks(&days.origins, settings.refit_every);
    let fits = match subject {
        Subject::Recipe { .. } => blocks.len(),
        Subject::Model { .. } => 1,
    };
    progress.start(fits + settings.baselines.len() * blocks.len());
    let model = || match subject {
        Subject::Recipe { config, init, .. } => {
            let block = |block: &Range<usize>| {
                let forecaster = refit(series, config, init, settings, block)?;
                // Nothing after the block's last origin is even in the frame, and of a rolling walk nothing
                // before the fit's first row.
                let first = training_rows(block, settings.rolling).start;
                let known = series.slice(first..block.end);
                let days = block.start - first..block.end - first;
                let said = forecasts(&forecaster, &forecaster.frame(&known), &known, days, &settings.levels);
                progress.fitted();
                Ok((said, forecaster.card.calibration.is_none()))
            };
            let said: Vec<Result<_, FitError>> = blocks.par_iter().map(block).collect();
            let (said, uncalibrated): (Vec<_>, Vec<_>) =
                said.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
            Ok((said.concat(), uncalibrated.into_iter().filter(|uncalibrated| *uncalibrated).count()))
        }
        Subject::Model { forecaster, .. } => {
            let known = series.slice(0..days.origins.end);
            model::check(&forecaster.card.config, &known).map_err(FitError::Series)?;
            let said = forecasts(forecaster, &forecaster.frame(&known), &known, days.origins.clone(), &settings.levels);
            progress.fitted();
            Ok((said, usize::from(forecaster.card.calibration.is_none())))
        }
    };
    let rivals = || -> Vec<Result<Rival, _>> {
        let kinds = settings.baselines.par_iter();
        kinds.map(|kind| rivals::walk(*kind, series, settings, &days, progress)).collect()
    };
    let (said, rivals): (Result<_, BacktestError>, _) =
        model::pool(settings.threads)?.install(|| rayon::join(model, rivals));
    progress.finish();
    let (said, uncalibrated) = said?;
    Ok(Walk { said, uncalibrated, rivals: rivals.into_iter().collect::<Result<_, _>>()? })
}

/// The origins in blocks, each with a fit of its own.
pub(super) fn blocks(origins: &Range<usize>, refit_every: usize) -> Vec<Range<usize>> {
    let starts = origins.clone().step_by(refit_every);
    starts.map(|start| start..origins.end.min(start + refit_every)).collect()
}

/// The model as `train` would make it on the block's first origin.
fn refit(
    series: &PriceSeries,
    config: &Config,
    init: Option<&Init>,
    settings: &Settings,
    block: &Range<usize>,
) -> Result<Forecaster, FitError> {
    let known = series.slice(training_rows(block, settings.rolling));
    // On the walk's own threads: the refits are what runs side by side.
    let options = FitOptions { test_fraction: settings.test_fraction, threads: 0 };
    let fitted = model::fit(&known, config, init, options, &model::Silent)?;
    #[cfg(feature = "leaky")]
    let fitted = leak(fitted, series);
    Ok(fitted.forecaster)
}

/// What the audit must catch: inputs scaled on all rows, later ones too.
#[cfg(feature = "leaky")]
fn leak(mut fitted: model::Fitted, series: &PriceSeries) -> model::Fitted {
    let frame = fitted.forecaster.frame(series);
    fitted.forecaster.card.input_scalers = crate::features::Scaler::fit_columns(frame.inputs.view());
    fitted
}

/// What a forecaster says on each of `origins`.
pub(super) fn forecasts(
    forecaster: &Forecaster,
    frame: &Frame,
    series: &PriceSeries,
    origins: Range<usize>,
    levels: &[f64],
) -> Vec<Said> {
    let last = |path: &model::Path| path.horizons().count() - 1;
    let days = origins.clone().zip(forecaster.paths(frame, origins));
    let said = |(day, path): (usize, model::Path)| {
        let moved = |moved: f64| log_return(frame.adjusted_after(day, moved), series.adjusted[day]);
        let quantile = |p: f64| moved(path.quantile(last(&path), p));
        Said {
            median: moved(path.median(last(&path))),
            quantiles: LEVELS.map(quantile).to_vec(),
            ends: levels.iter().map(|c| (quantile((1.0 - c) / 2.0), quantile((1.0 + c) / 2.0))).collect(),
        }
    };
    days.map(said).collect()
}
