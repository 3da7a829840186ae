//! Scores recorded forecasts, of a ledger or of anyone, against the actual prices, beside baselines of the same
//! origins.
//!
//! Everything is compared in logarithmic returns from the origin: those of a forecast from the close that it was made
//! from, the outcome's from the prices at hand. So a split or a dividend since then, or prices that were revised,
//! change no score by a change of the unit.
//!
//! The modules, from the bottom. Each imports only from modules that stand before it; a test reads this table.
//!
//! | modules | what they do |
//! |---|---|
//! | `record` | recorded forecasts, from a ledger |
//! | `table_error` | why a file of forecasts cannot be scored |
//! | `layout` | the columns of a file of csv, whoever wrote it |
//! | `table` | recorded forecasts from such a file |
//! | `remark` | forecasts that are left out, or are not what they were |
//! | `matching` | the rows of the prices that each is about |
//! | `closes` | whether they were made from these prices |
//! | `doubts` | forecasts that cannot have been made, seen from all of them |

mod closes;
mod doubts;
mod layout;
mod matching;
mod record;
mod remark;
mod table;
mod table_error;

use thiserror::Error;

use crate::backtest::baselines::{self, BaselineWalk};
use crate::backtest::scores::Scorer;
use crate::backtest::track::{DayForecast, bounded_log_return};
use crate::backtest::{self, Backtest, BacktestError, BacktestSettings, Day, Days, SilentBacktest, Track};
use crate::baselines::{ALL, Baseline, NAIVE};
use crate::scores::central_intervals;
use fourcast_features::{Indicators, without_halts};
use fourcast_prices::{Frequency, PriceSeries};

pub use closes::OtherPrices;
use closes::contradiction;
use doubts::doubts;
pub use matching::{Due, Pending};
use matching::{Pair, match_rows};
pub use record::{Recorded, Records};
pub use remark::{Remark, RemarkKind};
pub use table::{Table, read_table};
pub use table_error::{TableError, TableProblem};

/// How recorded forecasts are scored.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreSettings {
    /// What to compare with; by default the baselines of a backtest.
    pub baselines: Option<Vec<Baseline>>,
    /// Days from one fit of the baselines to the next.
    pub refit_every: usize,
    /// Central intervals to score, where the forecasts have their ends.
    pub levels: Vec<f64>,
    /// The one day ahead to score; by default each.
    pub horizon: Option<usize>,
}

/// The forecasts of a series for one day ahead.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// The series.
    pub series: String,
    /// What a row of it is.
    pub frequency: Frequency,
    /// Days ahead.
    pub horizon: usize,
    /// Forecasts scored: one for each day.
    pub days: usize,
    /// Forecasts whose day has not come.
    pub pending: Pending,
    /// Forecasts of days that had been forecast before.
    pub repeated: usize,
    /// Forecasts left out for another reason.
    pub left_out: usize,
    /// The scores; none of fewer than [`MIN_DAYS`] days.
    pub result: Option<Backtest>,
}

/// Fewest days that have scores; a verdict takes more.
pub const MIN_DAYS: usize = 3;

/// Forecasts cannot be scored.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ScoreError {
    /// They were made from the prices of another series.
    #[error("{0}")]
    OtherPrices(OtherPrices),
    /// The prices, or a baseline.
    #[error(transparent)]
    Backtest(#[from] BacktestError),
}

/// Scores the forecasts of a series, for each number of days ahead by itself. With them what was found about single
/// forecasts.
///
/// # Errors
/// [`ScoreError`] if the forecasts were made from other prices, a price is not above zero, or a baseline that is asked
/// for cannot forecast the series.
pub fn score(
    series: &PriceSeries,
    records: &Records,
    settings: &ScoreSettings,
) -> Result<(Vec<Scored>, Vec<Remark>), ScoreError> {
    let traded = &*without_halts(series);
    if let Some(other) = contradiction(traded, &records.forecasts) {
        return Err(ScoreError::OtherPrices(other));
    }
    let matched = match_rows((series, traded), &records.forecasts, settings.horizon);
    let pairs: Vec<Pair> = matched.by_horizon.values().flat_map(|due| due.pairs.iter().copied()).collect();
    let remarks = doubts(traded, &records.forecasts, &pairs).into_iter().chain(matched.remarks).collect();
    let scored = matched.by_horizon.into_iter().map(|(horizon, due)| {
        let result = match due.pairs.len() {
            0..MIN_DAYS => None,
            _ => Some(result(traded, (records, &due.pairs), horizon, settings)?),
        };
        Ok(Scored {
            series: series.name.clone(),
            frequency: series.frequency,
            horizon,
            days: due.pairs.len(),
            pending: due.pending,
            repeated: due.repeated,
            left_out: due.left_out,
            result,
        })
    });
    Ok((scored.collect::<Result<_, BacktestError>>()?, remarks))
}

impl ScoreSettings {
    /// The baselines of forecasts this many days ahead, the simplest first.
    fn baselines_for(&self, horizon: usize) -> Vec<Baseline> {
        let defaults = || ALL.iter().copied().filter(|one| one.is_default && one.supports(horizon)).collect();
        let mut baselines = self.baselines.clone().unwrap_or_else(defaults);
        baselines.push(NAIVE);
        baselines.sort_unstable();
        baselines.dedup();
        baselines
    }

    /// The walk of the baselines. The quantiles at `levels` are the ends of the intervals asked for.
    fn walk(&self, horizon: usize, levels: &[f64]) -> BacktestSettings {
        BacktestSettings {
            horizon,
            test_days: None,
            refit_every: self.refit_every,
            rolling: None,
            baselines: self.baselines_for(horizon),
            test_fraction: 0.0,
            levels: levels.iter().map(|level| interval_of(*level)).collect(),
            events: Vec::new(),
            threads: 0,
        }
    }
}

/// The central interval that has its lower or upper end at a quantile.
fn interval_of(level: f64) -> f64 {
    (1.0 - 2.0 * level).abs()
}

/// The scores of the forecasts of these rows.
fn result(
    series: &PriceSeries,
    (records, pairs): (&Records, &[Pair]),
    horizon: usize,
    settings: &ScoreSettings,
) -> Result<Backtest, BacktestError> {
    let walk_settings = settings.walk(horizon, &records.levels);
    backtest::check(series, horizon, &walk_settings)?;
    let rows: Vec<(usize, usize)> = pairs.iter().map(|pair| (pair.origin, pair.then)).collect();
    let days = Day::of_rows(series, &rows);
    let (first, last) = (rows[0].0, rows[rows.len() - 1].0);
    let levels = intervals_of(records, settings);
    let model = track(records, pairs, &levels)?;
    let of_days = Days { origins: first..last + 1, horizon };
    let walks = walk_settings.baselines.iter();
    let walks = walks.map(|baseline| baselines::walk(baseline, series, &walk_settings, &of_days, &SilentBacktest));
    let walks: Vec<BaselineWalk> = walks.collect::<Result<_, _>>()?;
    let of_their_own: Vec<bool> = walks.iter().map(BaselineWalk::is_fitted).collect();
    let fallbacks = walks.iter().flat_map(|walk| walk.events.iter().cloned()).collect();
    let on_days = |walk: BaselineWalk| walk.on_days(&rows, first, (&records.levels, &levels));
    let baselines = walks.into_iter().map(on_days).collect::<Result<Vec<Track>, _>>()?;
    let indicators = Indicators::new(series, None);
    let volatility: Vec<f64> = rows.iter().map(|(origin, _)| indicators.volatility[*origin]).collect();
    let before = &series.adjusted[..=first];
    let scorer = Scorer { days: &days, volatility: &volatility, before, levels: &levels };
    let scores = scorer.scores(&model)?;
    let baseline_scores = baselines.iter().map(|track| scorer.scores(track)).collect::<Result<Vec<_>, _>>()?;
    let fitted = baselines.iter().zip(of_their_own).filter(|(_, own)| *own).map(|(track, _)| track);
    let verdict = backtest::verdict_of(&days, &model, &fitted.collect::<Vec<_>>(), horizon)?;
    Ok(Backtest {
        series: series.name.clone(),
        frequency: series.frequency,
        rows: series.len(),
        config: None,
        horizon,
        refits: 0,
        fits: of_days.origins.len().div_ceil(settings.refit_every),
        uncalibrated: Vec::new(),
        in_sample: false,
        days,
        model,
        baselines,
        fallbacks,
        scores,
        baseline_scores,
        events: Vec::new(),
        verdict,
    })
}

/// The central intervals of some recorded forecasts that are scored.
pub fn intervals_of(records: &Records, settings: &ScoreSettings) -> Vec<f64> {
    central_levels(&records.levels, &settings.levels)
}

/// The central intervals among those `wanted` whose ends were forecast; if there is none of them, all whose ends were.
/// None of points.
fn central_levels(levels: &[f64], wanted: &[f64]) -> Vec<f64> {
    let all = central_intervals(levels).into_iter().map(|interval| interval.level);
    let is_forecast = |wanted: &f64| all.clone().any(|level| (level - wanted).abs() < 1e-9);
    let found: Vec<f64> = wanted.iter().copied().filter(is_forecast).collect();
    if found.is_empty() { all.rev().collect() } else { found }
}

/// The place of each interval's ends among the quantiles.
fn places(levels: &[f64], intervals: &[f64]) -> Vec<(usize, usize)> {
    let place = |end: f64| levels.iter().position(|level| (level - end).abs() < 1e-9).unwrap_or(0);
    intervals.iter().map(|level| (place((1.0 - level) / 2.0), place((1.0 + level) / 2.0))).collect()
}

/// The recorded forecasts, as logarithmic returns from the close that each was made from.
fn track(records: &Records, pairs: &[Pair], intervals: &[f64]) -> Result<Track, BacktestError> {
    let places = places(&records.levels, intervals);
    let of_day = |pair: &Pair| {
        let forecast = &records.forecasts[pair.forecast];
        let log_return = |price: f64| bounded_log_return(price, pair.from);
        let quantiles: Vec<f64> = forecast.quantiles.iter().map(|price| log_return(*price)).collect();
        DayForecast {
            point: log_return(forecast.point),
            ends: places.iter().map(|(lower, upper)| (quantiles[*lower], quantiles[*upper])).collect(),
            quantiles,
            probabilities: Vec::new(),
        }
    };
    Ok(Track::at(&records.name, &records.levels, pairs.iter().map(of_day).collect())?)
}

impl BaselineWalk {
    /// Its forecasts of the days scored alone, at the levels of the recorded forecasts: a walk over the origins from
    /// `first` on has every row, and for each level the interval that has an end there.
    fn on_days(
        mut self,
        rows: &[(usize, usize)],
        first: usize,
        (levels, intervals): (&[f64], &[f64]),
    ) -> Result<Track, crate::EvalError> {
        let places = places(levels, intervals);
        let at_levels = |day: &DayForecast| {
            let quantile = |(level, (lower, upper)): (&f64, &(f64, f64))| if *level < 0.5 { *lower } else { *upper };
            let quantiles: Vec<f64> = levels.iter().zip(&day.ends).map(quantile).collect();
            DayForecast {
                point: day.point,
                ends: places.iter().map(|(lower, upper)| (quantiles[*lower], quantiles[*upper])).collect(),
                quantiles,
                probabilities: Vec::new(),
            }
        };
        self.forecasts = rows.iter().map(|(origin, _)| at_levels(&self.forecasts[origin - first])).collect();
        self.used = rows.iter().map(|(origin, _)| self.used[origin - first]).collect();
        self.track_at(levels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_intervals_are_those_whose_ends_were_forecast() {
        let wanted = [0.5, 0.9, 0.98];
        assert_eq!(central_levels(&crate::scores::QUANTILE_LEVELS, &wanted), wanted);
        assert_eq!(central_levels(&[0.05, 0.25, 0.5, 0.75, 0.95], &wanted), [0.5, 0.9]);
        assert_eq!(central_levels(&[0.025, 0.1, 0.5, 0.9, 0.975], &wanted), [0.8, 0.95]);
        assert!(central_levels(&[0.5], &wanted).is_empty());
        assert_eq!(places(&[0.05, 0.25, 0.5, 0.75, 0.95], &[0.9, 0.5]), [(0, 4), (1, 3)]);
    }
}
