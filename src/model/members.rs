//! Trains the networks of the fits of a run in parallel, and ends early if the observer stops the training.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rayon::prelude::*;

use super::checkpoint::MemberState;
use super::config::Config;
use super::fit_error::FitError;
use super::keeper::Keeper;
use super::member::{Member, TrainNetwork};
use super::progress::FitProgress;
use super::training::StoppedFit;
use fourcast_base::threads::pool;
use fourcast_nn::network::MAX_WORKERS;
use fourcast_nn::train::{AfterEpoch, Diverged, Epoch, Outcome};

/// The networks of all fits.
pub(super) struct Trained {
    /// The networks of each plan, in the order of the plans: at least one, and fewer than the ensemble if training was
    /// stopped.
    pub members: Vec<Vec<Member>>,
    /// Windows trained on per second, over all networks.
    pub windows_per_second: f64,
    /// Whether training was stopped before its end.
    pub stopped: Option<StoppedFit>,
}

/// Trains every member of every plan.
///
/// If the observer stops the training, each network ends after its current epoch, and networks that have not begun are
/// left out. The first network of a plan still runs one epoch, so that there is always a model.
pub(super) fn train_all(
    plans: &[&dyn TrainNetwork],
    config: &Config,
    threads: usize,
    progress: &dyn FitProgress,
) -> Result<Trained, FitError> {
    let jobs: Vec<(usize, usize)> =
        (0..plans.len()).flat_map(|plan| (0..config.ensemble).map(move |number| (plan, number))).collect();
    let run = Run::new(plans, config, &jobs, progress)?;
    run.announce();
    // More threads would be idle, because a batch is split into at most MAX_WORKERS micro-batches.
    let threads = threads.min(jobs.len() * MAX_WORKERS);
    // With several networks per thread, batches are not split. With one network per thread they are split, because
    // otherwise threads would be idle once their network has ended.
    let alone = threads <= 1 || jobs.len() > threads;
    let start = Instant::now();
    let train_them = || (0..jobs.len()).into_par_iter().map(|job| run.train(job, alone)).collect();
    let trained: Vec<_> = if threads == 0 { train_them() } else { pool(threads)?.install(train_them) };
    let elapsed = start.elapsed();
    progress.finish();
    run.collect(trained, elapsed)
}

/// The training of all networks.
struct Run<'a> {
    plans: &'a [&'a dyn TrainNetwork],
    config: &'a Config,
    /// The plan and the number of each network.
    jobs: &'a [(usize, usize)],
    progress: &'a dyn FitProgress,
    keeper: Option<Keeper<'a>>,
    stop: Stop<'a>,
    /// The time spent training, in nanoseconds, summed over all networks.
    busy: AtomicU64,
}

impl<'a> Run<'a> {
    /// Reads the checkpoint, if there is one to resume from.
    fn new(
        plans: &'a [&'a dyn TrainNetwork],
        config: &'a Config,
        jobs: &'a [(usize, usize)],
        progress: &'a dyn FitProgress,
    ) -> Result<Run<'a>, FitError> {
        let keeper = progress.checkpoint().map(|checkpoint| Keeper::new(checkpoint, (plans, config), progress));
        let keeper = keeper.transpose()?;
        let is_unfinished = |job| Some(keeper.as_ref()?.state_of(job)?.state.next.is_some());
        let stop = Stop::new(jobs, is_unfinished, plans.len(), progress);
        Ok(Run { plans, config, jobs, progress, keeper, stop, busy: AtomicU64::new(0) })
    }

    fn state_of(&self, job: usize) -> Option<Arc<MemberState>> {
        self.keeper.as_ref().and_then(|keeper| keeper.state_of(job))
    }

    /// Tells the observer what will be trained.
    fn announce(&self) {
        let Run { plans, config, jobs, progress, .. } = self;
        let planned = |(job, (plan, _)): (usize, &(usize, usize))| {
            let known = self.state_of(job).map_or(0, |member| member.epochs.len());
            (plans[*plan].windows_of_epoch(), config.epochs.saturating_sub(known))
        };
        progress.planned(&jobs.iter().enumerate().map(planned).collect::<Vec<_>>());
        let known = self.keeper.as_ref().map_or(0, Keeper::epochs);
        let may_stop_early = plans.iter().any(|plan| plan.may_stop_early(config));
        progress.start(jobs.len(), jobs.len() * config.epochs - known, may_stop_early);
    }

    /// Trains a network, `alone` on one thread, unless the observer stopped the training before the network begins.
    fn train(&self, job: usize, alone: bool) -> Result<Option<Member>, Diverged> {
        let Run { config, progress, keeper, stop, .. } = self;
        let (plan, number) = self.jobs[job];
        let from = self.state_of(job);
        if !stop.begins(job, from.is_some()) {
            progress.done(job, config.epochs);
            return Ok(None);
        }
        let start = Instant::now();
        if let Some(keeper) = keeper {
            keeper.begin(job);
        }
        let mut observe = |epochs: &[Epoch], after: &AfterEpoch<'_, f32>| {
            if let Some(epoch) = epochs.last() {
                progress.epoch(job, epoch);
            }
            let next = stop.after(job, after);
            if let Some(keeper) = keeper {
                keeper.after(job, after, epochs, next.is_break());
            }
            next
        };
        let trained = self.plans[plan].train(config, (number, from.as_deref()), alone, &mut observe);
        let run = trained.as_ref().map_or(0, |member| member.outcome.epochs);
        stop.ended(job);
        progress.done(job, config.epochs - run);
        self.busy.fetch_add(start.elapsed().as_nanos() as u64, Ordering::Relaxed);
        trained.map(Some)
    }

    /// Returns the networks of each plan. Called after all have ended, so that the error does not depend on which
    /// thread was faster.
    fn collect(self, trained: Vec<Result<Option<Member>, Diverged>>, elapsed: Duration) -> Result<Trained, FitError> {
        let Run { plans, config, jobs, keeper, .. } = self;
        let trained = trained.into_iter().collect::<Result<Vec<Option<Member>>, Diverged>>();
        if let (Err(_), Some(keeper)) = (&trained, &keeper) {
            keeper.failed();
        }
        let trained = trained.map_err(|cause| FitError::Diverged {
            cause,
            epochs: config.epochs,
            learning_rate: config.learning_rate,
            initial: plans.iter().filter_map(|plan| plan.huge_initial_weight()).reduce(f32::max),
        })?;
        let outcomes: Vec<&Outcome> = trained.iter().flatten().map(|member| &member.outcome).collect();
        let windows_per_second = windows_per_second(&outcomes, elapsed, Duration::from_nanos(self.busy.into_inner()));
        let epochs = outcomes.iter().map(|outcome| outcome.epochs).sum();
        let is_stopped = self.stop.is_used.into_inner();
        if let Some(keeper) = keeper.as_ref().filter(|_| is_stopped) {
            keeper.stopped();
        }
        let mut members: Vec<Vec<Member>> = plans.iter().map(|_| Vec::new()).collect();
        for ((plan, _), member) in jobs.iter().zip(trained) {
            members[*plan].extend(member);
        }
        let stopped = is_stopped.then(|| StoppedFit {
            epochs,
            planned: jobs.len() * config.epochs,
            networks: members.last().map_or(0, Vec::len),
            planned_networks: config.ensemble,
        });
        Ok(Trained { members, windows_per_second, stopped })
    }
}

/// Returns the number of windows trained on per second of the run time `elapsed`, without the part of it that was not
/// spent in the optimiser. `busy` is the training time of all networks together.
fn windows_per_second(outcomes: &[&Outcome], elapsed: Duration, busy: Duration) -> f64 {
    let windows: usize = outcomes.iter().map(|outcome| outcome.windows).sum();
    let step_time: Duration = outcomes.iter().map(|outcome| outcome.step_time).sum();
    let fraction = step_time.as_secs_f64() / busy.as_secs_f64();
    // No windows were trained on if there were no epochs, or if all had been run before the training was resumed.
    if windows == 0 { 0.0 } else { windows as f64 / (elapsed.as_secs_f64() * fraction) }
}

/// Ends running networks, and leaves out others, after the observer stops the training.
struct Stop<'a> {
    progress: &'a dyn FitProgress,
    /// The plan and the number of each network.
    jobs: &'a [(usize, usize)],
    networks: Mutex<Networks>,
    /// Whether a network was ended or left out.
    is_used: AtomicBool,
}

/// The progress of the networks.
struct Networks {
    /// Whether a network of each plan has begun.
    begun: Vec<bool>,
    stages: Vec<Stage>,
    /// Epochs run, over all networks.
    epochs: usize,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Stage {
    /// Not begun.
    Waiting,
    /// Not begun since the training was resumed, but before it was interrupted.
    Resumed,
    Running,
    Ended,
}

impl<'a> Stop<'a> {
    /// Returns the state for networks, some of which can be in a checkpoint, complete or unfinished.
    fn new(
        jobs: &'a [(usize, usize)],
        is_unfinished: impl Fn(usize) -> Option<bool>,
        plans: usize,
        progress: &'a dyn FitProgress,
    ) -> Stop<'a> {
        let stage = |job| match is_unfinished(job) {
            None => Stage::Waiting,
            Some(true) => Stage::Resumed,
            // This network runs no epoch, and its plan has a network.
            Some(false) => Stage::Ended,
        };
        let stages: Vec<Stage> = (0..jobs.len()).map(stage).collect();
        let mut begun = vec![false; plans];
        jobs.iter().zip(&stages).for_each(|(job, stage)| begun[job.0] |= *stage == Stage::Ended);
        let networks = Networks { begun, stages, epochs: 0 };
        Stop { progress, jobs, networks: Mutex::new(networks), is_used: AtomicBool::new(false) }
    }

    fn networks(&self) -> MutexGuard<'_, Networks> {
        self.networks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a network is trained. `is_known` networks have begun before the training was interrupted.
    fn begins(&self, job: usize, is_known: bool) -> bool {
        let mut networks = self.networks();
        let is_first = !std::mem::replace(&mut networks.begun[self.jobs[job].0], true);
        let begins = is_first || is_known || !self.progress.is_stopped();
        let runs = begins && networks.stages[job] != Stage::Ended;
        networks.stages[job] = if runs { Stage::Running } else { Stage::Ended };
        self.is_used.fetch_or(!begins, Ordering::Relaxed);
        begins
    }

    /// Returns whether training continues after an epoch.
    fn after(&self, job: usize, after: &AfterEpoch<'_, f32>) -> ControlFlow<()> {
        let mut networks = self.networks();
        networks.epochs += 1;
        let is_stopped = self.progress.is_stopped();
        if is_stopped || after.is_last() {
            // Marked as ended here, before the network is returned: otherwise another network that stops in the
            // meantime would count one more epoch of it.
            networks.stages[job] = Stage::Ended;
        }
        if !is_stopped {
            return ControlFlow::Continue(());
        }
        self.progress.stopping(networks.epochs + networks.to_come(self.jobs));
        if after.is_last() {
            return ControlFlow::Continue(());
        }
        self.is_used.store(true, Ordering::Relaxed);
        ControlFlow::Break(())
    }

    fn ended(&self, job: usize) {
        self.networks().stages[job] = Stage::Ended;
    }
}

impl Networks {
    /// Returns the number of epochs that remain in a training run that is being stopped: one for each network that runs
    /// or is resumed, and one for each plan that has no such network and none that has begun.
    fn to_come(&self, jobs: &[(usize, usize)]) -> usize {
        let still = |stage: &Stage| matches!(stage, Stage::Running | Stage::Resumed);
        let resumed = |plan: usize| jobs.iter().zip(&self.stages).any(|(job, stage)| job.0 == plan && still(stage));
        let first = self.begun.iter().enumerate().filter(|(plan, has_begun)| !**has_begun && !resumed(*plan));
        self.stages.iter().filter(|stage| still(stage)).count() + first.count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SilentFit;

    /// Two networks of one plan and one of another. The checkpoint has one complete network, of the first plan.
    #[test]
    fn networks_that_are_whole_run_no_epoch() {
        let jobs = [(0, 0), (0, 1), (1, 0)];
        let stop = Stop::new(&jobs, |job| (job < 2).then_some(job == 1), 2, &SilentFit);
        // The unfinished network, and the first network of the other plan.
        assert_eq!(stop.networks().to_come(&jobs), 2);
        assert!(stop.begins(0, true));
        assert_eq!(stop.networks().to_come(&jobs), 2, "the whole one has begun");
        assert!(stop.begins(1, true));
        assert_eq!(stop.networks().to_come(&jobs), 2, "the unfinished one runs");
        stop.ended(1);
        assert_eq!(stop.networks().to_come(&jobs), 1);
    }
}
