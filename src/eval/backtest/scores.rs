//! Scores of one forecaster.

use serde::Serialize;

use super::track::{Day, Track};
use crate::EvalError;
use crate::scores::{
    DirectionScore, IntervalScore, PitHistogram, QuantileForecasts, TercileScores, direction_score, interval_score,
    mae, mase, mean_pinball, naive_scale, pit, pit_histogram, rmse, smape, tercile_scores,
};
use crate::verdict::Fallback;

/// Scores of one forecaster.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scores {
    /// The forecaster.
    pub name: String,
    /// The baselines that replaced it on some days.
    pub fallbacks: Vec<Fallback>,
    /// Root mean squared error of the price, on the basis of the last day tested.
    pub rmse: f64,
    /// Mean absolute error of the price.
    pub mae: f64,
    /// The mean absolute error divided by the mean absolute one-day change before the test; `None` if the price did not
    /// move.
    pub mase: Option<f64>,
    /// Symmetric mean absolute percentage error of the price, as a fraction.
    pub smape: f64,
    /// Direction hit rate; `None` if it forecasts no change.
    pub direction: Option<DirectionScore>,
    /// Mean CRPS of the logarithmic return; `None` for forecasts without a distribution.
    pub crps: Option<f64>,
    /// Mean pinball loss of the logarithmic return.
    pub pinball: Option<f64>,
    /// Its prediction intervals.
    pub levels: Vec<LevelScores>,
    /// Histogram of the probability integral transform (PIT) of the outcomes.
    pub pit: Option<PitHistogram>,
}

/// Scores of one central interval, in logarithmic returns.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LevelScores {
    /// Over all days.
    pub all: IntervalScore,
    /// On days of low, medium and high volatility.
    pub by_volatility: TercileScores,
}

/// Bins of the PIT histogram.
const BINS: usize = 10;
/// Level of the confidence interval of the direction hit rate.
const LEVEL: f64 = 0.95;

/// The data that forecasts are scored with.
pub(crate) struct Scorer<'a> {
    pub days: &'a [Day],
    /// Volatility known on each origin.
    pub volatility: &'a [f64],
    /// Prices before the test.
    pub before: &'a [f64],
    pub levels: &'a [f64],
}

impl Scorer<'_> {
    pub fn scores(&self, track: &Track) -> Result<Scores, EvalError> {
        let actual: Vec<f64> = self.days.iter().map(Day::common_actual).collect();
        let today: Vec<f64> = self.days.iter().map(Day::common_naive).collect();
        let returns: Vec<f64> = self.days.iter().map(Day::log_return).collect();
        let prices = track.common_prices(self.days);
        let mean = |values: Vec<f64>| values.iter().sum::<f64>() / values.len() as f64;
        let distribution = match track.is_of_points() {
            true => None,
            false => Some((
                mean(track.crps(self.days)?),
                mean(mean_pinball(&returns, &track.quantiles)?),
                // With fewer quantiles the bins cannot be distinguished.
                match track.quantiles.levels().len() + 1 >= BINS {
                    true => Some(pit_histogram(&pit(&returns, &track.quantiles)?, BINS)?),
                    false => None,
                },
            )),
        };
        let (crps, pinball, pit) = match distribution {
            Some((crps, pinball, pit)) => (Some(crps), Some(pinball), pit),
            None => (None, None, None),
        };
        Ok(Scores {
            name: track.name.clone(),
            fallbacks: track.fallbacks.clone(),
            rmse: rmse(&actual, &prices)?,
            mae: mae(&actual, &prices)?,
            mase: match self.scale() {
                Some(scale) => Some(mase(&actual, &prices, scale)?),
                None => None,
            },
            smape: smape(&actual, &prices)?,
            direction: direction_score(&today, &actual, &prices, LEVEL).ok(),
            crps,
            pinball,
            levels: self.level_scores(track, &returns)?,
            pit,
        })
    }

    /// Returns the mean absolute change before the test, on the common basis; `None` if the price did not move.
    fn scale(&self) -> Option<f64> {
        let basis = self.days[0].common_naive() / self.before.last()?;
        naive_scale(self.before).ok().map(|scale| scale * basis)
    }

    fn level_scores(&self, track: &Track, returns: &[f64]) -> Result<Vec<LevelScores>, EvalError> {
        let each = self.levels.iter().enumerate();
        each.map(|(k, level)| {
            let mut ends = QuantileForecasts::new(&[(1.0 - level) / 2.0, (1.0 + level) / 2.0])?;
            for day in &track.ends {
                ends.push(&[day[k].0, day[k].1])?;
            }
            Ok(LevelScores {
                all: interval_score(returns, &ends, *level)?,
                by_volatility: tercile_scores(returns, &ends, *level, self.volatility)?,
            })
        })
        .collect()
    }
}
