//! One evaluation: a trial on a fold of a series, as in a backtest.

use super::days::SearchDays;
use super::{Found, Loss, Objective, TuneError, TuneSettings};
use crate::backtest::{Backtest, BacktestError, BacktestSettings, SilentBacktest, Subject, backtest};
use crate::baselines::{Baseline, EWMA, NAIVE};
use fourcast_features::without_halts;
use fourcast_model::{Config, ConfigOptions, FitError, ForecastError, Init};
use fourcast_prices::PriceSeries;

impl Objective {
    /// Returns the baseline whose losses divide those of trials.
    pub fn baseline(self) -> Baseline {
        match self {
            Objective::Crps => EWMA,
            Objective::Rmse => NAIVE,
        }
    }

    /// Returns the loss of a forecaster with these scores; `price` is the unit of prices.
    fn loss(self, crps: f64, rmse: f64, price: f64) -> f64 {
        match self {
            Objective::Crps => crps,
            Objective::Rmse => (rmse / price) * (rmse / price),
        }
    }
}

/// A series of a search.
#[derive(Debug, Clone)]
pub struct Searched {
    /// The series, without days without trade.
    pub series: PriceSeries,
    /// Its days.
    pub days: SearchDays,
    /// The configuration of each trial, and whether its weights start from the pretrained networks.
    pub configs: Vec<(Config, bool)>,
}

impl Searched {
    /// Prepares a series for a search over `trials`; the first trial is the default configuration.
    ///
    /// # Errors
    /// [`TuneError`] if a trial cannot be configured for the series, or the series is too short for one of them.
    pub fn new(series: &PriceSeries, trials: &[ConfigOptions], settings: &TuneSettings) -> Result<Searched, TuneError> {
        let mut resolved: Vec<(Config, Option<Init>)> = Vec::new();
        for options in trials {
            let (config, init) = options.resolve(series)?;
            config.check_memory(series.len(), settings.walk.threads).map_err(fourcast_model::ConfigError::from)?;
            resolved.push((config, init));
        }
        let series = without_halts(series).into_owned();
        let subjects: Vec<Subject<'_>> = resolved
            .iter()
            .map(|(config, init)| Subject::Recipe { config, init: init.as_ref(), in_sample: false })
            .collect();
        let days = SearchDays::of(&series, &subjects, settings)?;
        let configs = resolved.into_iter().map(|(config, init)| (config, init.is_some())).collect();
        Ok(Searched { series, days, configs })
    }

    /// Returns the rows of a fold, up to its last target.
    fn known(&self, fold: usize, horizon: usize) -> PriceSeries {
        self.series.slice(0..self.days.folds[fold].end + horizon)
    }

    /// Evaluates a trial on a fold. If a fit diverges, that is the result; other errors are errors of the series.
    pub(super) fn evaluate(
        &self,
        options: &ConfigOptions,
        fold: usize,
        settings: &TuneSettings,
        threads: usize,
    ) -> Result<Found, TuneError> {
        let walk = &settings.walk;
        let length = self.days.folds[fold].len();
        let of_fold = BacktestSettings {
            test_days: Some(length),
            refit_every: length,
            baselines: vec![settings.objective.baseline()],
            levels: Vec::new(),
            events: Vec::new(),
            threads,
            ..walk.clone()
        };
        let (config, init) = options.resolve(&self.series)?;
        let subject = Subject::Recipe { config: &config, init: init.as_ref(), in_sample: false };
        match backtest(&self.known(fold, walk.horizon), subject, &of_fold, &SilentBacktest) {
            Ok(result) => Ok(Ok(loss(&result, settings.objective))),
            Err(BacktestError::Fit(error)) if is_of_try(&error) => Ok(Err(error.to_string())),
            Err(error) => Err(error.into()),
        }
    }
}

/// Whether a fit failed because of its settings, not because of the series.
fn is_of_try(error: &FitError) -> bool {
    matches!(error, FitError::Diverged { .. } | FitError::Series(ForecastError::NotFinite))
}

fn loss(result: &Backtest, objective: Objective) -> Loss {
    let price = result.days[0].common_actual();
    // A network always has a distribution.
    let of = |scores: &crate::backtest::Scores| objective.loss(scores.crps.unwrap_or(f64::NAN), scores.rmse, price);
    Loss { own: of(&result.scores), baseline: of(&result.baseline_scores[0]) }
}
