//! The baselines' forecasts of the test days.

use std::ops::Range;

use jiff::civil::Date;

use super::days::{Days, blocks};
use super::track::{DayForecast, Track};
use super::{BacktestProgress, BacktestSettings, training_rows};
use crate::EvalError;
use crate::baselines::{Baseline, BaselineFit, HorizonForecast, NewDay, Past, Unfit};
use crate::scores::{Event, QUANTILE_LEVELS};
use crate::verdict::Fallback;
use fourcast_features::Indicators;
use fourcast_prices::PriceSeries;

/// A baseline that could not be used from a day on, and the fallback used until the next fit.
#[derive(Debug, Clone, PartialEq)]
pub struct FallbackEvent {
    /// The fit, counted from 0.
    pub fit: usize,
    /// The first origin of the fallback: that of the fit, or a later one at which the volatility became implausible.
    pub origin: Date,
    /// The baseline requested.
    pub baseline: Baseline,
    /// The fallback.
    pub used: Baseline,
    /// The reason.
    pub reason: String,
}

/// A baseline that was replaced by a fallback in some fits.
#[derive(Debug, Clone, PartialEq)]
pub struct NotFitted<'a> {
    /// The baseline.
    pub baseline: Baseline,
    /// Fits with a fallback. A fallback that is itself replaced before the next fit does not count twice.
    pub fits: usize,
    /// The first event.
    pub first: &'a FallbackEvent,
}

impl NotFitted<'_> {
    /// Returns one entry for each baseline among the events of a backtest.
    pub fn of(events: &[FallbackEvent]) -> Vec<NotFitted<'_>> {
        let not_fitted = |baseline| {
            let mut own: Vec<&FallbackEvent> = events.iter().filter(|event| event.baseline == baseline).collect();
            own.sort_by_key(|event| event.fit);
            own.dedup_by_key(|event| event.fit);
            own.first().map(|first| NotFitted { baseline, fits: own.len(), first })
        };
        distinct(events.iter().map(|event| event.baseline)).into_iter().filter_map(not_fitted).collect()
    }
}

/// Returns the baselines without repetition, the simplest first.
fn distinct(baselines: impl Iterator<Item = Baseline>) -> Vec<Baseline> {
    let mut all: Vec<Baseline> = baselines.collect();
    all.sort();
    all.dedup();
    all
}

/// A baseline's forecasts over a backtest.
pub(crate) struct BaselineWalk {
    pub baseline: Baseline,
    pub forecasts: Vec<DayForecast>,
    pub events: Vec<FallbackEvent>,
    /// The baseline that forecast each day: this one or a fallback.
    pub used: Vec<Baseline>,
}

impl BaselineWalk {
    /// Whether the baseline itself, not a fallback, forecast at least one day.
    pub fn is_fitted(&self) -> bool {
        self.used.contains(&self.baseline)
    }

    /// Returns its track under its own name, including the days on which fallbacks forecast.
    pub fn track(self) -> Result<Track, EvalError> {
        let baseline = self.baseline;
        self.track_as(baseline)
    }

    /// Returns its track under the name of the baseline that forecast: the most frequent fallback if it was never
    /// fitted itself.
    pub fn track_of_used(self) -> Result<Track, EvalError> {
        let most_used = distinct(self.used.iter().copied()).into_iter().max_by_key(|baseline| self.days_of(*baseline));
        let name = if self.is_fitted() { self.baseline } else { most_used.unwrap_or(self.baseline) };
        self.track_as(name)
    }

    /// Returns the track with quantiles at `levels`.
    pub fn track_at(self, levels: &[f64]) -> Result<Track, EvalError> {
        let baseline = self.baseline;
        self.track_of((baseline, levels))
    }

    fn days_of(&self, baseline: Baseline) -> usize {
        self.used.iter().filter(|used| **used == baseline).count()
    }

    fn track_as(self, name: Baseline) -> Result<Track, EvalError> {
        self.track_of((name, &QUANTILE_LEVELS))
    }

    fn track_of(self, (name, levels): (Baseline, &[f64])) -> Result<Track, EvalError> {
        let others = distinct(self.used.iter().copied()).into_iter().filter(|used| *used != name);
        let fallback = |used: Baseline| Fallback { used: used.name.to_owned(), days: self.days_of(used) };
        let fallbacks = others.map(fallback).collect();
        Ok(Track { fallbacks, ..Track::at(name.name, levels, self.forecasts)? })
    }
}

/// Walks a baseline over the days. It is fitted on the days of the model's fits and updated every day. Each search for
/// parameters starts from the result of the last one.
pub(crate) fn walk(
    baseline: &Baseline,
    series: &PriceSeries,
    settings: &BacktestSettings,
    days: &Days,
    progress: &dyn BacktestProgress,
) -> Result<BaselineWalk, EvalError> {
    let mut walk = BaselineWalk { baseline: *baseline, forecasts: Vec::new(), events: Vec::new(), used: Vec::new() };
    let mut earlier: Option<BaselineFit> = None;
    let all = Observations::of(series);
    for (number, block) in blocks(&days.origins, settings.refit_every).into_iter().enumerate() {
        // A stopped walk is discarded by the caller.
        if progress.is_stopped() {
            break;
        }
        let rows = training_rows(&block, settings.rolling);
        let count = rows.len();
        let past = all.past(rows).ahead(days.horizon);
        let fitted = BaselineFit::new(baseline, &past, earlier.as_ref())?;
        if let Some(step) = fitted.fallback_steps().last() {
            walk.event(number, series.dates[block.start], fitted.used(), &step.why);
        }
        earlier = Some(walk.block(fitted, (number, &block, &past), (series, &all), settings)?);
        progress.fitted(count);
    }
    Ok(walk)
}

impl BaselineWalk {
    fn event(&mut self, fit: usize, origin: Date, used: Baseline, why: &Unfit) {
        let reason = why.to_string();
        self.events.push(FallbackEvent { fit, origin, baseline: self.baseline, used, reason });
    }

    /// Forecasts the days of a block. Returns the block's own fit, where the next search starts, even if a fallback
    /// replaced it during the block.
    fn block(
        &mut self,
        mut fitted: BaselineFit,
        (number, block, past): (usize, &Range<usize>, &Past<'_>),
        (series, all): (&PriceSeries, &Observations),
        settings: &BacktestSettings,
    ) -> Result<BaselineFit, EvalError> {
        let mut fallback: Option<BaselineFit> = None;
        for origin in block.clone() {
            let current = fallback.as_mut().unwrap_or(&mut fitted);
            if origin > block.start {
                current.update(all.day(origin));
                if let Some(ratio) = current.implausible_ratio() {
                    let since = (block.start + 1..=origin).map(|day| all.day(day));
                    let last = fallback_after(self.baseline.last_fallback(), past, since)?;
                    self.event(number, series.dates[origin], last.used(), &Unfit::Implausible { ratio });
                    fallback = Some(last);
                }
            }
            let current = fallback.as_ref().unwrap_or(&fitted);
            self.used.push(current.used());
            self.forecasts.push(day_forecast(&current.forecast_ahead(), (&settings.levels, &settings.events)));
        }
        Ok(fitted)
    }
}

/// What the baselines are fitted to, one row per day. No row depends on later rows.
struct Observations {
    returns: Vec<f64>,
    variances: Vec<f64>,
    has_bars: bool,
}

impl Observations {
    fn of(series: &PriceSeries) -> Observations {
        let indicators = Indicators::new(series, None);
        let variances = indicators.bars().variance.clone();
        Observations { returns: indicators.returns, variances, has_bars: series.range.is_some() }
    }

    /// Returns the days after the first of `rows`, up to the last.
    fn past(&self, rows: Range<usize>) -> Past<'_> {
        let days = rows.end.min(rows.start + 1)..rows.end;
        let (returns, variances) = (&self.returns[days.clone()], &self.variances[days]);
        Past { variances, has_bars: self.has_bars, ..Past::of(returns) }
    }

    fn day(&self, row: usize) -> NewDay {
        NewDay { r: self.returns[row], variance: self.variances[row] }
    }
}

/// Returns the last fallback, fitted to the same past as the baseline and updated with the days `since`. A volatility
/// model that was sound when fitted can become implausible after a return of unprecedented size.
fn fallback_after(
    last: &Baseline,
    past: &Past<'_>,
    since: impl Iterator<Item = NewDay>,
) -> Result<BaselineFit, EvalError> {
    let mut fitted = BaselineFit::new(last, past, None)?;
    since.for_each(|day| fitted.update(day));
    Ok(fitted)
}

fn day_forecast(forecast: &HorizonForecast<'_>, (levels, events): (&[f64], &[Event])) -> DayForecast {
    let quantile = |p: f64| forecast.quantile(p);
    DayForecast {
        // The point forecast is the mean: for "tomorrow = today" exactly today's price.
        point: forecast.mean(),
        quantiles: QUANTILE_LEVELS.map(quantile).to_vec(),
        ends: levels.iter().map(|c| (quantile((1.0 - c) / 2.0), quantile((1.0 + c) / 2.0))).collect(),
        probabilities: events.iter().map(|event| event.probability(quantile)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backtest::SilentBacktest;
    use crate::baselines::testing::returns;
    use crate::baselines::{EGARCH, EWMA, GARCH, GJR};
    use jiff::{ToSpan, civil::date};

    /// If a fallback forecast some days, the track lists it; if fallbacks forecast every day, the track has the name of
    /// the most frequent one.
    #[test]
    fn a_track_has_the_name_of_what_forecast() {
        let track = |used: &[Baseline]| {
            let (forecasts, events) = (vec![], vec![]);
            let walk = BaselineWalk { baseline: EGARCH, forecasts, events, used: used.to_vec() };
            let track = walk.track_of_used().unwrap();
            (track.name, track.fallbacks.into_iter().map(|f| (f.used, f.days)).collect::<Vec<_>>())
        };
        assert_eq!(track(&[EGARCH, EGARCH]), ("egarch".into(), vec![]));
        assert_eq!(track(&[EWMA, EWMA, EGARCH]), ("egarch".into(), vec![("ewma".into(), 2)]));
        assert_eq!(track(&[GJR, GJR, EWMA]), ("gjr".into(), vec![("ewma".into(), 1)]));
    }

    #[test]
    fn a_fit_whose_fallback_fails_too_is_one_fit() {
        let event = |fit, day, baseline, used| {
            let (origin, reason) = (date(2020, 1, day), "its volatility explodes".to_owned());
            FallbackEvent { fit, origin, baseline, used, reason }
        };
        let all =
            [event(1, 8, GJR, GARCH), event(0, 1, EGARCH, GJR), event(0, 5, EGARCH, EWMA), event(1, 9, EGARCH, EWMA)];
        let not_fitted = NotFitted::of(&all);
        let found: Vec<_> = not_fitted.iter().map(|one| (one.baseline, one.fits, one.first)).collect();
        assert_eq!(found, [(GJR, 1, &all[0]), (EGARCH, 2, &all[1])]);
    }

    /// The price falls to a fiftieth on a day after the fit: EWMA replaces EGARCH from that day to the next fit.
    #[test]
    fn an_implausible_volatility_between_fits_has_a_fallback() {
        let mut price = 100.0;
        let mut adjusted: Vec<f64> = Vec::new();
        for r in returns(900) {
            price *= r.exp();
            adjusted.push(price);
        }
        adjusted[800..].iter_mut().for_each(|price| *price /= 50.0);
        let series = PriceSeries {
            name: "p".into(),
            frequency: fourcast_prices::Frequency::Daily,
            dates: (0..900).map(|day| date(2000, 1, 1) + i64::from(day).days()).collect(),
            close: adjusted.clone(),
            adjusted,
            range: None,
            volume: None,
            ..PriceSeries::default()
        };
        let settings = BacktestSettings {
            horizon: 1,
            test_days: None,
            refit_every: 60,
            rolling: None,
            calendar: None,
            baselines: vec![EGARCH],
            test_fraction: 0.0,
            levels: vec![0.9],
            events: Vec::new(),
            threads: 1,
        };
        let days = Days { origins: 780..890, horizon: 1 };
        let walk = walk(&EGARCH, &series, &settings, &days, &SilentBacktest).unwrap();
        let event = walk.events.iter().find(|event| event.fit == 0).expect("no fallback in the first block");
        assert_eq!((event.baseline, event.used, event.origin), (EGARCH, EWMA, series.dates[800]));
        assert!(event.reason.contains("times the sample's"), "{}", event.reason);
        assert_eq!((walk.used[19], walk.used[20], walk.used[59]), (EGARCH, EWMA, EWMA));
        let width = |day: usize| walk.forecasts[day].ends[0].1 - walk.forecasts[day].ends[0].0;
        assert!(width(20) > width(19) && width(59) < 5.0, "{} {} {}", width(19), width(20), width(59));
    }
}
