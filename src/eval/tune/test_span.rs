//! Compares the best trial and the default configuration on the test days, which no trial has used. Both are fitted as
//! in a backtest.

use super::{Objective, Searched, TuneError, TuneSettings};
use crate::backtest::{Backtest, BacktestProgress, BacktestSettings, Scores, Subject, Track, backtest, verdict_of};
use crate::verdict::Verdict;
use fourcast_model::ConfigOptions;

/// Name of the default configuration in a verdict.
pub const DEFAULT: &str = "default";

/// The best trial and the default configuration on the test days of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct TestSpan {
    /// The best trial.
    pub best: Backtest,
    /// The default configuration; `None` if it is the best trial.
    pub default: Option<Backtest>,
    /// The verdict on the best trial: against the default configuration, unless that is the best trial, and against
    /// each baseline.
    pub verdict: Verdict,
}

impl TestSpan {
    /// Walks both forward. `progress` returns the observer of the first walk (0) and of the second (1).
    ///
    /// # Errors
    /// [`TuneError`] if the backtest of either fails.
    pub fn of(
        searched: &Searched,
        (best, default): (&ConfigOptions, Option<&ConfigOptions>),
        settings: &TuneSettings,
        progress: &dyn Fn(usize) -> Box<dyn BacktestProgress>,
    ) -> Result<TestSpan, TuneError> {
        let test_days = Some(searched.days.test.len());
        let walk = BacktestSettings { test_days, ..settings.walk.clone() };
        let test = |options: &ConfigOptions, place: usize| {
            let (config, init) = options.resolve(&searched.series)?;
            let subject = Subject::Recipe { config: &config, init: init.as_ref(), in_sample: false };
            Ok::<_, TuneError>(backtest(&searched.series, subject, &walk, &*progress(place))?)
        };
        let best = test(best, 0)?;
        let default = default.map(|options| test(options, 1)).transpose()?;
        let track = default.as_ref().map(|default| Track { name: DEFAULT.to_owned(), ..default.model.clone() });
        let others: Vec<&Track> = track.iter().chain(&best.baselines).collect();
        let verdict =
            verdict_of(&best.days, &best.model, &others, walk.horizon).map_err(crate::backtest::BacktestError::from)?;
        Ok(TestSpan { best, default, verdict })
    }

    /// Returns the scores of the best trial and of the default configuration, averaged over the test days of all
    /// series.
    pub fn mean_scores<'a>(spans: impl ExactSizeIterator<Item = &'a TestSpan>, objective: Objective) -> (f64, f64) {
        let count = spans.len() as f64;
        let scores = spans.map(|span| span.scores(objective));
        let (best, default) = scores.fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        (best / count, default / count)
    }

    /// Returns the scores of the best trial and of the default configuration, relative to the baseline of the
    /// objective.
    pub fn scores(&self, objective: Objective) -> (f64, f64) {
        let default = self.default.as_ref().unwrap_or(&self.best);
        let (best, default) = (objective.score(&self.best), objective.score(default));
        (best, default)
    }
}

impl Objective {
    /// Returns the score of a backtest that includes the baseline of the objective.
    fn score(self, result: &Backtest) -> f64 {
        let baseline = result.baseline_scores.iter().find(|scores| scores.name == self.baseline().name);
        let of = |scores: &Scores| match self {
            // A network always has a distribution.
            Objective::Crps => scores.crps.unwrap_or(f64::NAN),
            Objective::Rmse => scores.rmse,
        };
        of(&result.scores) / baseline.map_or(f64::NAN, of)
    }
}
