//! Trains the networks of the fits of a run in parallel, and ends early where the observer asks for it.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rayon::prelude::*;

use super::config::Config;
use super::fit_error::{FitError, pool};
use super::keeper::Keeper;
use super::member::{Member, Plan};
use super::progress::FitProgress;
use super::training::StoppedFit;
use crate::nn::network::MAX_WORKERS;
use crate::nn::train::{AfterEpoch, Diverged, Epoch, Outcome};

/// The networks of all fits.
pub(super) struct Trained {
    /// The networks of each plan, in the order of the plans: at least one, and fewer than the ensemble where training
    /// was stopped.
    pub members: Vec<Vec<Member>>,
    /// Windows trained on per second, over all networks.
    pub windows_per_second: f64,
    /// Whether training was stopped before its end.
    pub stopped: Option<StoppedFit>,
}

/// Trains every member of every plan.
///
/// Where the observer stops the training, each network ends after the epoch it is in, and networks that have not begun
/// are left out, except the first network of a plan, which runs one epoch, so that there is always a model.
pub(super) fn train_all(
    plans: &[&dyn Plan],
    config: &Config,
    threads: usize,
    progress: &dyn FitProgress,
) -> Result<Trained, FitError> {
    let jobs: Vec<(usize, usize)> =
        (0..plans.len()).flat_map(|plan| (0..config.ensemble).map(move |number| (plan, number))).collect();
    let may_stop_early = plans.iter().any(|plan| plan.may_stop_early(config));
    let keeper = progress.checkpoint().map(|checkpoint| Keeper::new(checkpoint, (plans, config), progress));
    let keeper = keeper.transpose()?;
    let known = keeper.as_ref().map_or(0, Keeper::epochs);
    progress.start(jobs.len(), jobs.len() * config.epochs - known, may_stop_early);
    // More threads would be idle: a batch is split into at most MAX_WORKERS micro-batches.
    let threads = threads.min(jobs.len() * MAX_WORKERS);
    // With several networks per thread, batches are not split. With one network per thread they are, or threads would
    // be idle once their network is done.
    let alone = threads <= 1 || jobs.len() > threads;
    let start = Instant::now();
    let busy = AtomicU64::new(0);
    let stop = Stop::new(plans.len(), progress);
    let train = |(job, (plan, number)): (usize, &(usize, usize))| {
        let from = keeper.as_ref().and_then(|keeper| keeper.state_of(job));
        if !stop.begins(*plan, from.is_some()) {
            progress.done(config.epochs);
            return Ok(None);
        }
        let own_start = Instant::now();
        if let Some(keeper) = &keeper {
            keeper.begin(job);
        }
        let mut observe = |epochs: &[Epoch], after: &AfterEpoch<'_, f32>| {
            if let Some(epoch) = epochs.last() {
                progress.epoch(job, epoch);
            }
            let next = stop.after(after);
            if let Some(keeper) = &keeper {
                keeper.after(job, after, epochs, next.is_break());
            }
            next
        };
        let trained = plans[*plan].train(config, (*number, from.as_deref()), alone, &mut observe);
        let run = trained.as_ref().map_or(0, |member| member.outcome.epochs);
        progress.done(config.epochs - run);
        busy.fetch_add(own_start.elapsed().as_nanos() as u64, Ordering::Relaxed);
        trained.map(Some)
    };
    let train_them = || jobs.par_iter().enumerate().map(train).collect();
    let trained: Vec<_> = if threads == 0 { train_them() } else { pool(threads)?.install(train_them) };
    let elapsed = start.elapsed();
    progress.finish();
    // Collected first, so that the error does not depend on which thread was faster.
    let diverged = |cause| FitError::Diverged { cause, epochs: config.epochs, learning_rate: config.learning_rate };
    let trained = trained.into_iter().collect::<Result<Vec<Option<Member>>, Diverged>>();
    if let (Err(_), Some(keeper)) = (&trained, &keeper) {
        keeper.failed();
    }
    let trained = trained.map_err(diverged)?;
    let outcomes: Vec<&Outcome> = trained.iter().flatten().map(|member| &member.outcome).collect();
    let windows_per_second = windows_per_second(&outcomes, elapsed, Duration::from_nanos(busy.into_inner()));
    let epochs = outcomes.iter().map(|outcome| outcome.epochs).sum();
    let is_stopped = stop.is_used.into_inner();
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

/// Windows trained on per second of the run time `elapsed`, less the part of it that was not spent in the optimiser.
/// The networks were trained for the time `busy`, all together.
fn windows_per_second(outcomes: &[&Outcome], elapsed: Duration, busy: Duration) -> f64 {
    let windows: usize = outcomes.iter().map(|outcome| outcome.windows).sum();
    let work: Duration = outcomes.iter().map(|outcome| outcome.work).sum();
    let fraction = work.as_secs_f64() / busy.as_secs_f64();
    // Without epochs, and where all were run before the training was resumed, nothing was trained on.
    if windows == 0 { 0.0 } else { windows as f64 / (elapsed.as_secs_f64() * fraction) }
}

/// Ends networks, and leaves out others, once the observer asks for it.
struct Stop<'a> {
    progress: &'a dyn FitProgress,
    /// Whether a network of each plan has begun.
    begun: Vec<AtomicBool>,
    /// Whether a network was ended or left out.
    is_used: AtomicBool,
}

impl<'a> Stop<'a> {
    fn new(plans: usize, progress: &'a dyn FitProgress) -> Stop<'a> {
        let begun = (0..plans).map(|_| AtomicBool::new(false)).collect();
        Stop { progress, begun, is_used: AtomicBool::new(false) }
    }

    /// Whether a network of a plan is trained, which may have been before it was interrupted.
    fn begins(&self, plan: usize, is_known: bool) -> bool {
        let is_first = !self.begun[plan].swap(true, Ordering::Relaxed);
        let begins = is_first || is_known || !self.progress.is_stopped();
        self.is_used.fetch_or(!begins, Ordering::Relaxed);
        begins
    }

    /// Whether training goes on after an epoch.
    fn after(&self, after: &AfterEpoch<'_, f32>) -> ControlFlow<()> {
        if after.is_last() || !self.progress.is_stopped() {
            return ControlFlow::Continue(());
        }
        self.is_used.store(true, Ordering::Relaxed);
        ControlFlow::Break(())
    }
}
