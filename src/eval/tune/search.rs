//! The search: evaluates what the schedule requires, on all threads, until the search is complete, is stopped, or has
//! finished its part.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use thiserror::Error;

use super::optimism::{Finalists, Optimism};
use super::schedule::{Placed, Schedule, Stage};
use super::{Found, Losses, Searched, TuneError, TuneSettings};
use fourcast_base::words::counted;
use fourcast_model::ConfigOptions;

/// The inputs of a search.
#[derive(Debug, Clone, Copy)]
pub struct Search<'a> {
    /// The settings.
    pub settings: &'a TuneSettings,
    /// The rungs.
    pub schedule: &'a Schedule,
    /// The trials; the first is the default configuration.
    pub trials: &'a [ConfigOptions],
    /// The series.
    pub series: &'a [Searched],
}

/// One evaluation: indices of the series, the trial and the fold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evaluation {
    /// Index of the series.
    pub series: usize,
    /// Index of the trial.
    pub index: usize,
    /// Index of the fold.
    pub fold: usize,
}

/// A part of the evaluations of a rung, for one of several processes: those of every `of`-th trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// The number of this part, from zero.
    pub number: usize,
    /// The number of parts.
    pub of: usize,
}

/// Receives the progress of a search, from several threads.
pub trait TuneProgress: Sync {
    /// Called at the start with the maximum number of evaluations, and the number of those already known.
    fn start(&self, planned: usize, known: usize);
    /// Called after each evaluation, which must be saved before the next one begins.
    ///
    /// # Errors
    /// An error of a file, which ends the search.
    fn evaluated(&self, evaluation: Evaluation, found: &Found) -> io::Result<()>;
    /// Called after the last evaluation.
    fn finish(&self);
    /// Whether the search should end; called before each evaluation.
    fn is_stopped(&self) -> bool {
        false
    }
}

/// The error of a search that ended without a result.
#[derive(Debug, Error)]
pub enum SearchError {
    /// The observer stopped it.
    #[error("after {done} of at most {}", counted(*.planned, "evaluation"))]
    Stopped {
        /// Number of evaluations made or known.
        done: usize,
        /// Maximum number of evaluations planned.
        planned: usize,
    },
    /// An evaluation could not be saved.
    #[error(transparent)]
    Keep(#[from] io::Error),
}

/// The end of a search or of a part of it.
#[derive(Debug)]
pub struct SearchEnd {
    /// The trials, the best first; `None` if other parts of a rung are missing, or every series failed.
    pub ranking: Option<Vec<Placed>>,
    /// The first incomplete rung, from zero, and the number of its evaluations that other parts have yet to make.
    pub missing: (usize, usize),
    /// The series that failed, by index.
    pub failures: BTreeMap<usize, TuneError>,
}

impl Search<'_> {
    /// Returns the maximum number of evaluations.
    pub fn planned(&self) -> usize {
        self.schedule.evaluations() * self.series.len()
    }

    /// Makes the evaluations that `losses` does not contain. With a part, makes only its own, in the first incomplete
    /// rung.
    ///
    /// A series that cannot be evaluated is left out of all scores. The result depends neither on the number of threads
    /// nor on which evaluations were known.
    ///
    /// # Errors
    /// [`SearchError`] if the search was stopped, or an evaluation could not be saved.
    pub fn run(
        &self,
        losses: &mut Losses,
        part: Option<Part>,
        progress: &dyn TuneProgress,
    ) -> Result<SearchEnd, SearchError> {
        progress.start(self.planned(), losses.count());
        let end = self.make(losses, part, progress);
        progress.finish();
        end
    }

    fn make(
        &self,
        losses: &mut Losses,
        part: Option<Part>,
        progress: &dyn TuneProgress,
    ) -> Result<SearchEnd, SearchError> {
        let mut failures = BTreeMap::new();
        let mut first_rung = None;
        loop {
            let live: Vec<usize> = (0..self.series.len()).filter(|series| !failures.contains_key(series)).collect();
            if live.is_empty() {
                return Ok(SearchEnd { ranking: None, missing: (0, 0), failures });
            }
            let (rung, missing) = match self.stage(losses, &live) {
                Stage::Done(ranking) => {
                    return Ok(SearchEnd { ranking: Some(ranking), missing: (0, 0), failures });
                }
                Stage::Evaluate { rung, missing } => (rung, missing),
            };
            let all = missing
                .into_iter()
                .flat_map(|(index, fold)| live.iter().map(move |series| Evaluation { series: *series, index, fold }));
            let all: Vec<Evaluation> =
                all.filter(|one| losses.get(one.series, one.index, one.fold).is_none()).collect();
            let is_own = |one: &Evaluation| part.is_none_or(|part| one.index % part.of == part.number);
            let own: Vec<Evaluation> = all.iter().copied().filter(is_own).collect();
            let is_later = part.is_some() && *first_rung.get_or_insert(rung) != rung;
            if own.is_empty() || is_later {
                return Ok(SearchEnd { ranking: None, missing: (rung, all.len()), failures });
            }
            failures.extend(self.evaluate(&own, losses, progress)?);
        }
    }

    fn stage(&self, losses: &Losses, live: &[usize]) -> Stage {
        let is_known = |index: usize, fold: usize| live.iter().all(|series| losses.get(*series, index, fold).is_some());
        let score = |index: usize, folds: &[usize]| self.score(losses, live, index, folds);
        self.schedule.stage(&is_known, &score)
    }

    /// Returns the score of a trial on folds, over some series.
    fn score(&self, losses: &Losses, live: &[usize], index: usize, folds: &[usize]) -> Option<f64> {
        let relative = losses.relative(live, index, folds)?;
        Some(self.settings.objective.of_mean(crate::check::mean(&relative)))
    }

    /// Evaluates in parallel. Returns the series that failed, each with the error of its first evaluation that failed.
    fn evaluate(
        &self,
        evaluations: &[Evaluation],
        losses: &mut Losses,
        progress: &dyn TuneProgress,
    ) -> Result<BTreeMap<usize, TuneError>, SearchError> {
        let threads = self.settings.walk.threads.max(1);
        let workers = threads.min(evaluations.len());
        let state = Mutex::new(Batch::default());
        let next = AtomicUsize::new(0);
        let work = || {
            while let Some(one) = evaluations.get(next.fetch_add(1, Ordering::Relaxed)) {
                let held = || state.lock().unwrap_or_else(PoisonError::into_inner);
                if progress.is_stopped() || held().unkept.is_some() {
                    break;
                }
                let searched = &self.series[one.series];
                let found = searched.evaluate(&self.trials[one.index], one.fold, self.settings, threads / workers);
                let mut batch = held();
                match found {
                    Ok(found) => match progress.evaluated(*one, &found) {
                        Ok(()) => batch.found.push((*one, found)),
                        Err(error) => batch.unkept = Some(error),
                    },
                    Err(error) => batch.failed.push((*one, error)),
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..workers {
                scope.spawn(work);
            }
            work();
        });
        let Batch { found, mut failed, unkept } = state.into_inner().unwrap_or_else(PoisonError::into_inner);
        let complete = found.len() + failed.len() == evaluations.len();
        for (one, found) in found {
            losses.insert((one.series, one.index, one.fold), found);
        }
        if let Some(error) = unkept {
            return Err(error.into());
        }
        if !complete {
            return Err(SearchError::Stopped { done: losses.count(), planned: self.planned() });
        }
        failed.sort_by_key(|(one, _)| *one);
        let mut failures = BTreeMap::new();
        for (one, error) in failed {
            failures.entry(one.series).or_insert(error);
        }
        Ok(failures)
    }

    /// Returns the expected optimism of the best trial in a ranking, over the series `live`.
    pub fn optimism(&self, losses: &Losses, live: &[usize], ranking: &[Placed]) -> Option<Optimism> {
        let last = self.schedule.rungs.len() - 1;
        let (fresh, all) = (self.schedule.fresh_folds(), self.schedule.folds_of(last));
        let relative = |index: usize| losses.relative(live, index, all);
        let is_finalist =
            |one: &&Placed| one.rung == last && self.schedule.is_eligible(one.index) && one.score.is_finite();
        let trials: Vec<Vec<f64>> = ranking.iter().filter(is_finalist).filter_map(|one| relative(one.index)).collect();
        let default = relative(0).filter(|own| own.iter().all(|loss| loss.is_finite()))?;
        let before = all.len() - fresh.len();
        let objective = self.settings.objective;
        Finalists { trials: &trials, default: &default, before, objective }.optimism(self.settings.seed)
    }
}

/// The results of the threads.
#[derive(Default)]
struct Batch {
    found: Vec<(Evaluation, Found)>,
    failed: Vec<(Evaluation, TuneError)>,
    unkept: Option<io::Error>,
}
