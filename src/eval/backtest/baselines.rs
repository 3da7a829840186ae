//! What the baselines said on the same days.

use std::ops::Range;

use super::track::{Said, Track};
use super::walk::{Days, blocks};
use super::{Progress, Settings, training_rows};
use crate::eval::EvalError;
use crate::eval::baselines::garch::{Garch, Unfit};
use crate::eval::baselines::{Baseline, Fitted, Forecast, Kind};
use crate::eval::scores::LEVELS;
use crate::eval::verdict::Fallback;
use crate::prices::PriceSeries;
use jiff::civil::Date;

/// A baseline that could not be fitted on a day, and what took its place until the next fit.
#[derive(Debug, Clone, PartialEq)]
pub struct Replaced {
    /// The fit, counted from 0.
    pub fit: usize,
    /// The origin from which on: that of the fit, or a later one where it exploded after that.
    pub origin: Date,
    /// What could not be fitted.
    pub asked: Kind,
    /// What took its place.
    pub used: Kind,
    /// Why.
    pub why: String,
}

/// A baseline that could not be had on some fits.
#[derive(Debug, Clone, PartialEq)]
pub struct NotFitted<'a> {
    /// The baseline.
    pub asked: Kind,
    /// On how many fits. What takes its place can explode before the next one and is replaced in turn:
    /// that is one fit still.
    pub fits: usize,
    /// The first time.
    pub first: &'a Replaced,
}

impl NotFitted<'_> {
    /// Those of a walk, from what took whose place in it.
    pub fn of(replaced: &[Replaced]) -> Vec<NotFitted<'_>> {
        let not_fitted = |asked| {
            let mut own: Vec<&Replaced> = replaced.iter().filter(|replaced| replaced.asked == asked).collect();
            own.sort_by_key(|replaced| replaced.fit);
            own.dedup_by_key(|replaced| replaced.fit);
            own.first().map(|first| NotFitted { asked, fits: own.len(), first })
        };
        Kind::ALL.into_iter().filter_map(not_fitted).collect()
    }
}

/// A baseline's walk.
pub(super) struct ScoredBaseline {
    pub kind: Kind,
    pub said: Vec<Said>,
    pub replaced: Vec<Replaced>,
    /// The baseline that forecast, a day after another: it or a fallback.
    pub used: Vec<Kind>,
}

impl ScoredBaseline {
    /// Whether it forecast on a single day.
    pub fn is_fitted(&self) -> bool {
        self.used.contains(&self.kind)
    }

    /// Its track, under its own name: with the days on which fallbacks forecast in its place.
    pub fn track(self) -> Result<Track, EvalError> {
        let kind = self.kind;
        self.track_as(kind)
    }

    /// Its track under the name of who forecast: the fallback that did so most often, where it was never fitted.
    pub fn track_of_used(self) -> Result<Track, EvalError> {
        let days = |kind: &Kind| self.used.iter().filter(|used| *used == kind).count();
        let most = Kind::ALL.into_iter().max_by_key(days).unwrap_or(self.kind);
        let name = if self.is_fitted() { self.kind } else { most };
        self.track_as(name)
    }

    fn track_as(self, name: Kind) -> Result<Track, EvalError> {
        let fallback = |kind: Kind| {
            let days = self.used.iter().filter(|used| **used == kind).count();
            (kind != name && days > 0).then(|| Fallback { used: kind.name().to_owned(), days })
        };
        let fallbacks = Kind::ALL.into_iter().filter_map(fallback).collect();
        Ok(Track { fallbacks, ..Track::new(name.name(), self.said)? })
    }
}

/// Walks a baseline over the days, fitting it where the model is fitted and taking in each day as it
/// comes. A search for parameters starts where the last one ended.
pub(super) fn walk(
    kind: Kind,
    series: &PriceSeries,
    settings: &Settings,
    days: &Days,
    progress: &dyn Progress,
) -> Result<ScoredBaseline, EvalError> {
    let r = |row: usize| (series.adjusted[row] / series.adjusted[row - 1]).ln();
    let mut baseline = ScoredBaseline { kind, said: Vec::new(), replaced: Vec::new(), used: Vec::new() };
    let mut earlier: Option<Fitted> = None;
    for (fit, block) in blocks(&days.origins, settings.refit_every).into_iter().enumerate() {
        let rows = training_rows(&block, settings.rolling);
        let returns: Vec<f64> = (rows.start + 1..rows.end).map(r).collect();
        let mut fitted = kind.fit(&returns, earlier.as_ref())?;
        if let Some(last) = fitted.replacements().last() {
            let (origin, used, why) = (series.dates[block.start], fitted.used(), last.why.to_string());
            baseline.replaced.push(Replaced { fit, origin, asked: kind, used, why });
        }
        let start = fitted.clone();
        for origin in block.clone() {
            if origin > block.start {
                fitted.update(r(origin));
                if let Some(why) = replace_exploded(&mut fitted, series, (&returns, block.start..origin + 1))? {
                    let (origin, used) = (series.dates[origin], fitted.used());
                    baseline.replaced.push(Replaced { fit, origin, asked: kind, used, why });
                }
            }
            baseline.used.push(fitted.used());
            baseline.said.push(said(&fitted.forecast(), days.horizon, &settings.levels));
        }
        earlier = Some(start);
        progress.fitted();
    }
    Ok(baseline)
}

/// A volatility model can be sound when it is fitted and explode on a day it had not seen the like
/// of. The days since its fit are then given to EWMA, which cannot, until the next fit; the answer is why.
fn replace_exploded(
    fitted: &mut Fitted,
    series: &PriceSeries,
    (returns, since): (&[f64], Range<usize>),
) -> Result<Option<String>, EvalError> {
    let Some(ratio) = fitted.garch().and_then(Garch::implausible_ratio) else { return Ok(None) };
    let r = |row: usize| (series.adjusted[row] / series.adjusted[row - 1]).ln();
    let mut ewma = Kind::Ewma.fit(returns, None)?;
    (since.start + 1..since.end).for_each(|row| ewma.update(r(row)));
    *fitted = ewma;
    Ok(Some(Unfit::Implausible { ratio }.to_string()))
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

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    /// A fallback of one day is a note; a baseline that never forecast gives its name away.
    #[test]
    fn a_track_is_called_what_it_is() {
        let track = |used: &[Kind]| {
            let baseline = ScoredBaseline { kind: Kind::Egarch, said: vec![], replaced: vec![], used: used.to_vec() };
            let track = baseline.track_of_used().unwrap();
            (track.name, track.fallbacks.into_iter().map(|f| (f.used, f.days)).collect::<Vec<_>>())
        };
        let (egarch, gjr, ewma) = (Kind::Egarch, Kind::Gjr, Kind::Ewma);
        assert_eq!(track(&[egarch, egarch]), ("egarch".into(), vec![]));
        assert_eq!(track(&[ewma, ewma, egarch]), ("egarch".into(), vec![("ewma".into(), 2)]));
        assert_eq!(track(&[gjr, gjr, ewma]), ("gjr".into(), vec![("ewma".into(), 1)]));
    }

    #[test]
    fn a_fit_whose_stand_in_explodes_is_one_fit() {
        let replaced = |fit, day, asked, used| {
            let (origin, why) = (date(2020, 1, day), "it explodes".to_owned());
            Replaced { fit, origin, asked, used, why }
        };
        let all = [
            replaced(1, 8, Kind::Gjr, Kind::Garch),
            replaced(0, 1, Kind::Egarch, Kind::Gjr),
            replaced(0, 5, Kind::Egarch, Kind::Ewma),
            replaced(1, 9, Kind::Egarch, Kind::Ewma),
        ];
        let not_fitted = NotFitted::of(&all);
        let told: Vec<_> =
            not_fitted.iter().map(|not_fitted| (not_fitted.asked, not_fitted.fits, not_fitted.first)).collect();
        assert_eq!(told, [(Kind::Gjr, 1, &all[0]), (Kind::Egarch, 2, &all[1])]);
    }
}
