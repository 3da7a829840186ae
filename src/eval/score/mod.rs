//! Scores recorded forecasts, from a ledger or from any other source, against the actual prices, beside baselines from
//! the same origins.
//!
//! Everything is compared in logarithmic returns from the origin: the forecast relative to the close that it was made
//! from, the outcome relative to the close in the given prices. Therefore a later split or dividend, or a revision of
//! prices, does not affect scores by a change of unit.
//!
//! The modules, from the bottom. Each imports only from modules above it in the table; a test reads this table.
//!
//! | modules | what they do |
//! |---|---|
//! | `record` | recorded forecasts, and those of a ledger |
//! | `table_error` | why a file of forecasts cannot be scored |
//! | `layout` | the columns of a CSV file of forecasts from any program |
//! | `rows` | the rows of such a file, one after another |
//! | `table` | recorded forecasts from such a file |
//! | `remark` | remarks on forecasts that are left out or doubtful |
//! | `matching` | the rows of the prices that forecasts are about |
//! | `closes` | the check whether forecasts were made from the given prices |
//! | `doubts` | forecasts that cannot have been made as stated, found from all of them together |

mod closes;
mod doubts;
mod layout;
mod matching;
mod record;
mod remark;
mod rows;
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

/// Settings of the scoring of recorded forecasts.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreSettings {
    /// The baselines to compare with; by default those of a backtest.
    pub baselines: Option<Vec<Baseline>>,
    /// Days from one fit of the baselines to the next.
    pub refit_every: usize,
    /// Central intervals to score, if the forecasts have their ends.
    pub levels: Vec<f64>,
    /// The only horizon to score; by default all.
    pub horizon: Option<usize>,
}

/// The forecasts of a series for one horizon.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// The series.
    pub series: String,
    /// What a row of the series is.
    pub frequency: Frequency,
    /// Days ahead.
    pub horizon: usize,
    /// Forecasts scored, one per day.
    pub days: usize,
    /// Forecasts whose day is after the last row.
    pub pending: Pending,
    /// Forecasts for days with an earlier forecast.
    pub repeated: usize,
    /// Forecasts left out for another reason.
    pub left_out: usize,
    /// The scores; `None` for fewer than [`MIN_DAYS`] days.
    pub result: Option<Backtest>,
}

/// Minimum number of days for scores; a verdict requires more.
pub const MIN_DAYS: usize = 3;

/// The error of forecasts that cannot be scored.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ScoreError {
    /// The forecasts were made from the prices of another series.
    #[error("{0}")]
    OtherPrices(OtherPrices),
    /// The prices or a baseline cannot be used.
    #[error(transparent)]
    Backtest(#[from] BacktestError),
}

/// Scores the forecasts of a series, separately for each horizon. Also returns the remarks on individual forecasts.
///
/// # Errors
/// [`ScoreError`] if the forecasts were made from other prices, a price is not above zero, or a requested baseline
/// cannot forecast the series.
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
    /// Returns the baselines for forecasts this many days ahead, the simplest first.
    fn baselines_for(&self, horizon: usize) -> Vec<Baseline> {
        let defaults = || ALL.iter().copied().filter(|one| one.is_default && one.supports(horizon)).collect();
        let mut baselines = self.baselines.clone().unwrap_or_else(defaults);
        baselines.push(NAIVE);
        baselines.sort_unstable();
        baselines.dedup();
        baselines
    }

    /// Returns the settings of the baselines' walk. Its intervals are those with an end at one of the quantile
    /// `levels`.
    fn walk(&self, horizon: usize, levels: &[f64]) -> BacktestSettings {
        BacktestSettings {
            horizon,
            test_days: None,
            refit_every: self.refit_every,
            rolling: None,
            calendar: None,
            baselines: self.baselines_for(horizon),
            test_fraction: 0.0,
            levels: levels.iter().map(|level| interval_of(*level)).collect(),
            events: Vec::new(),
            threads: 0,
        }
    }
}

/// Returns the level of the central interval with an end at a quantile.
fn interval_of(level: f64) -> f64 {
    (1.0 - 2.0 * level).abs()
}

/// Scores the forecasts of these rows.
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

/// Returns the central intervals of recorded forecasts that are scored.
pub fn intervals_of(records: &Records, settings: &ScoreSettings) -> Vec<f64> {
    central_levels(&records.levels, &settings.levels)
}

/// Returns the central intervals among those `wanted` whose ends were forecast; if there are none, all whose ends were
/// forecast. Point forecasts have no intervals.
fn central_levels(levels: &[f64], wanted: &[f64]) -> Vec<f64> {
    let all = central_intervals(levels).into_iter().map(|interval| interval.level);
    let is_forecast = |wanted: &f64| all.clone().any(|level| (level - wanted).abs() < 1e-9);
    let found: Vec<f64> = wanted.iter().copied().filter(is_forecast).collect();
    if found.is_empty() { all.rev().collect() } else { found }
}

/// Returns the indices of each interval's ends among the quantiles.
fn places(levels: &[f64], intervals: &[f64]) -> Vec<(usize, usize)> {
    let place = |end: f64| levels.iter().position(|level| (level - end).abs() < 1e-9).unwrap_or(0);
    intervals.iter().map(|level| (place((1.0 - level) / 2.0), place((1.0 + level) / 2.0))).collect()
}

/// Returns the recorded forecasts as logarithmic returns from the close that each was made from.
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
    /// Returns its forecasts only of the scored days, at the levels of the recorded forecasts. The walk over the
    /// origins from `first` on contains every row, and for each level the interval with an end at that level.
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
