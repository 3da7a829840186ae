//! What the baselines said on the same days.

use super::track::Said;
use super::walk::{Days, blocks};
use super::{Progress, Settings, training_rows};
use crate::eval::EvalError;
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
    let mut rival = Rival { kind, said: Vec::with_capacity(days.origins.len()), replaced: Vec::new() };
    let mut earlier: Option<Fitted> = None;
    for block in blocks(&days.origins, settings.refit_every) {
        let rows = training_rows(&block, settings.rolling);
        let returns: Vec<f64> = (rows.start + 1..rows.end).map(r).collect();
        let mut fitted = kind.fit(&returns, earlier.as_ref())?;
        if let Some(last) = fitted.replacements().last() {
            let (origin, used, why) = (series.dates[block.start], fitted.used(), last.why.to_string());
            rival.replaced.push(Replaced { origin, asked: kind, used, why });
        }
        let start = fitted.clone();
        for origin in block.clone() {
            if origin > block.start {
                fitted.update(r(origin));
            }
            rival.said.push(said(&fitted.forecast(), days.horizon, &settings.levels));
        }
        earlier = Some(start);
        progress.fitted();
    }
    Ok(rival)
}

/// The forecast of tomorrow, taken `horizon` days ahead as a random walk: the mean grows with time,
/// the width with its root.
fn said(forecast: &Forecast<'_>, horizon: usize, levels: &[f64]) -> Said {
    let ahead = horizon as f64;
    let quantile = |p: f64| ahead * forecast.mean + ahead.sqrt() * (forecast.quantile(p) - forecast.mean);
    let quantiles = LEVELS.map(quantile).to_vec();
    Said {
        // A point forecast is the mean, so that tomorrow = today is just that.
        median: ahead * forecast.mean,
        quantiles,
        ends: levels.iter().map(|c| (quantile((1.0 - c) / 2.0), quantile((1.0 + c) / 2.0))).collect(),
    }
}
