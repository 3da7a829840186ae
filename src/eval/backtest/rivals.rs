//! What the baselines said on the same days.

use std::ops::Range;

use super::track::Said;
use super::walk::{Days, blocks};
use super::{Progress, Settings, training_rows};
use crate::eval::EvalError;
use crate::eval::baselines::garch::{Garch, Unfit};
use crate::eval::baselines::{Baseline, Fitted, Forecast, Kind};
use crate::eval::scores::LEVELS;
use crate::prices::PriceSeries;
use jiff::civil::Date;

/// A baseline that could not be fitted on a day, and what took its place until the next fit.
#[derive(Debug, Clone, PartialEq)]
pub struct Replaced {
    /// The origin of the fit.
    pub origin: Date,
    /// What could not be fitted.
    pub asked: Kind,
    /// What took its place.
    pub used: Kind,
    /// Why.
    pub why: String,
}

/// A baseline's walk.
pub(super) struct Rival {
    pub kind: Kind,
    pub said: Vec<Said>,
    pub replaced: Vec<Replaced>,
    /// Fits at which another took its place at once.
    pub never_fitted: usize,
}

/// Walks a baseline over the days, fitting it where the model is fitted and taking in each day as it
/// comes. A search for parameters starts where the last one ended.
pub(super) fn walk(
    kind: Kind,
    series: &PriceSeries,
    settings: &Settings,
    days: &Days,
    progress: &dyn Progress,
) -> Result<Rival, EvalError> {
    let r = |row: usize| (series.adjusted[row] / series.adjusted[row - 1]).ln();
    let mut rival = Rival { kind, said: Vec::with_capacity(days.origins.len()), replaced: Vec::new(), never_fitted: 0 };
    let mut earlier: Option<Fitted> = None;
    for block in blocks(&days.origins, settings.refit_every) {
        let rows = training_rows(&block, settings.rolling);
        let returns: Vec<f64> = (rows.start + 1..rows.end).map(r).collect();
        let mut fitted = kind.fit(&returns, earlier.as_ref())?;
        if let Some(last) = fitted.replacements().last() {
            let (origin, used, why) = (series.dates[block.start], fitted.used(), last.why.to_string());
            rival.replaced.push(Replaced { origin, asked: kind, used, why });
            rival.never_fitted += 1;
        }
        let start = fitted.clone();
        for origin in block.clone() {
            if origin > block.start {
                fitted.update(r(origin));
                if let Some(replaced) = replace_exploded(&mut fitted, series, (&returns, block.start..origin + 1))? {
                    rival.replaced.push(replaced);
                }
            }
            rival.said.push(said(&fitted.forecast(), days.horizon, &settings.levels));
        }
        earlier = Some(start);
        progress.fitted();
    }
    Ok(rival)
}

/// A volatility model can be sound when it is fitted and explode on a day it had not seen the like
/// of. The days since its fit are then given to EWMA, which cannot, until the next fit.
fn replace_exploded(
    fitted: &mut Fitted,
    series: &PriceSeries,
    (returns, since): (&[f64], Range<usize>),
) -> Result<Option<Replaced>, EvalError> {
    let Some(ratio) = fitted.garch().and_then(Garch::absurdity) else { return Ok(None) };
    let r = |row: usize| (series.adjusted[row] / series.adjusted[row - 1]).ln();
    let (asked, origin) = (fitted.asked(), series.dates[since.end - 1]);
    let mut ewma = Kind::Ewma.fit(returns, None)?;
    (since.start + 1..since.end).for_each(|row| ewma.update(r(row)));
    *fitted = ewma;
    let why = Unfit::Absurd { ratio }.to_string();
    Ok(Some(Replaced { origin, asked, used: Kind::Ewma, why }))
}

/// The forecast of tomorrow, taken `horizon` days ahead as a random walk: what is expected of every day
/// grows with time, the width with its root.
fn said(forecast: &Forecast<'_>, horizon: usize, levels: &[f64]) -> Said {
    let ahead = horizon as f64;
    let mean = forecast.once + ahead * (forecast.mean - forecast.once);
    let quantile = |p: f64| mean + ahead.sqrt() * (forecast.quantile(p) - forecast.mean);
    let quantiles = LEVELS.map(quantile).to_vec();
    Said {
        // A point forecast is the mean, so that tomorrow = today is just that.
        median: mean,
        quantiles,
        ends: levels.iter().map(|c| (quantile((1.0 - c) / 2.0), quantile((1.0 + c) / 2.0))).collect(),
    }
}
