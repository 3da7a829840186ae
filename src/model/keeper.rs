//! Collects the states of the networks during a training run, and writes them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use serde_json::{Map, Value};

use super::checkpoint::bytes::{self, Expected, States};
use super::checkpoint::{Checkpoint, CheckpointError, CheckpointProblem, MemberState};
use super::config::Config;
use super::header::MAX_TENSOR_BYTES;
use super::member::TrainNetwork;
use super::progress::FitProgress;
use fourcast_base::files::{FileError, FileProblem};
use fourcast_nn::Network;
use fourcast_nn::train::{AfterEpoch, Epoch};

/// Keeps the state of a training run.
///
/// Time is divided into intervals whose length is set by the checkpoint. Each network leaves a copy of its state after
/// its first epoch in a new interval, and the last of them writes the file. A network that waits for another one on the
/// same thread leaves no copy. In that case, the first network in the next interval writes the available copies.
pub(super) struct Keeper<'a> {
    checkpoint: &'a Checkpoint,
    training: (&'a [&'a dyn TrainNetwork], &'a Config),
    progress: &'a dyn FitProgress,
    start: Instant,
    identity: OnceLock<Map<String, Value>>,
    /// For each network, the interval of its last copy.
    kept: Vec<AtomicU64>,
    networks: Mutex<Networks>,
}

struct Networks {
    states: States,
    is_running: Vec<bool>,
    /// The interval of the first copy that has not been written to the file.
    due: Option<u64>,
    /// The interval in which the file was written.
    written: u64,
}

impl<'a> Keeper<'a> {
    /// Starts from the file, if the training is resumed and the file exists.
    ///
    /// # Errors
    /// [`CheckpointError`] if the file is from another training run, or damaged.
    pub fn new(
        checkpoint: &'a Checkpoint,
        training: (&'a [&'a dyn TrainNetwork], &'a Config),
        progress: &'a dyn FitProgress,
    ) -> Result<Keeper<'a>, CheckpointError> {
        let count = training.0.len() * training.1.ensemble;
        let mut keeper = Keeper {
            checkpoint,
            training,
            progress,
            start: Instant::now(),
            identity: OnceLock::new(),
            kept: (0..count).map(|_| AtomicU64::new(0)).collect(),
            networks: Mutex::new(Networks {
                states: vec![None; count],
                is_running: vec![false; count],
                due: None,
                written: 0,
            }),
        };
        if checkpoint.resumes {
            let states = keeper.read();
            let states = states.map_err(|problem| CheckpointError { path: checkpoint.path.clone(), problem })?;
            let of_fit =
                |fit: &[Option<Arc<MemberState>>]| fit.iter().flatten().map(|member| member.epochs.len()).sum();
            let of_fits =
                |states: &States| states.chunks(training.1.ensemble.max(1)).map(of_fit).collect::<Vec<usize>>();
            progress.resumed(states.as_ref().map(of_fits).as_deref());
            if let Some(states) = states {
                keeper.networks.get_mut().unwrap_or_else(PoisonError::into_inner).states = states;
            }
        }
        Ok(keeper)
    }

    fn read(&self) -> Result<Option<States>, CheckpointProblem> {
        let config = self.training.1;
        let mut weights = Network::<f32>::describe(config.shape());
        weights.allocate();
        let expected = Expected {
            training: self.identity(),
            networks: self.kept.len(),
            lanes: weights.values.len(),
            epochs: config.epochs,
        };
        // A checkpoint of another training run is read far enough to name the differences.
        let max = bytes::max_bytes(expected.networks, expected.lanes, expected.epochs).max(MAX_TENSOR_BYTES);
        self.checkpoint.read(max)?.map(|bytes| bytes::read(&bytes, &expected)).transpose()
    }

    /// Everything that the weights depend on.
    fn identity(&self) -> &Map<String, Value> {
        self.identity.get_or_init(|| {
            let (plans, config) = self.training;
            let mut identity = Map::new();
            identity.insert("version".into(), env!("CARGO_PKG_VERSION").into());
            let config = serde_json::to_value(config).unwrap_or_default();
            for (name, value) in config.as_object().into_iter().flatten() {
                identity.insert(name.replace('_', " "), value.clone());
            }
            identity.insert("fits".into(), plans.len().into());
            identity.insert("initial weights".into(), plans[0].initial_weights().into());
            for (place, plan) in plans.iter().enumerate() {
                let of = if place + 1 == plans.len() { "the model" } else { "its test" };
                identity.insert(format!("prices or days of {of}"), plan.windows_sha256().into());
            }
            identity
        })
    }

    fn networks(&self) -> MutexGuard<'_, Networks> {
        self.networks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the state from which a network continues, if there is one.
    pub fn state_of(&self, network: usize) -> Option<Arc<MemberState>> {
        self.networks().states[network].clone()
    }

    /// Returns the number of epochs that all networks have run.
    pub fn epochs(&self) -> usize {
        self.networks().states.iter().flatten().map(|member| member.epochs.len()).sum()
    }

    /// Called before the first epoch of a network.
    pub fn begin(&self, network: usize) {
        self.networks().is_running[network] = true;
    }

    /// Called after an epoch of a network. If `is_stopped`, the epoch is the network's last.
    pub fn after(&self, network: usize, after: &AfterEpoch<'_, f32>, epochs: &[Epoch], is_stopped: bool) {
        let ends = after.is_last() || is_stopped;
        let interval = self.interval();
        if !ends && self.kept[network].load(Ordering::Relaxed) >= interval {
            return;
        }
        let state = MemberState { epochs: epochs.to_vec(), state: after.state() };
        self.kept[network].store(interval, Ordering::Relaxed);
        let mut networks = self.networks();
        networks.states[network] = Some(Arc::new(state));
        networks.is_running[network] = !ends;
        if networks.is_due(interval, &self.kept) {
            self.write(&networks.states);
        }
    }

    /// Returns the number of intervals that have passed.
    fn interval(&self) -> u64 {
        let every = self.checkpoint.every.filter(|every| !every.is_zero());
        every.map_or(0, |every| (self.start.elapsed().as_nanos() / every.as_nanos()) as u64)
    }

    /// Called after all networks if the observer stopped the training. The states are kept.
    pub fn stopped(&self) {
        if self.checkpoint.every.is_some() {
            self.write(&self.networks().states);
        }
    }

    /// Called after a training run that cannot continue.
    pub fn failed(&self) {
        // If the file cannot be removed, the training that would resume it reports it.
        let _ = self.checkpoint.remove();
    }

    fn write(&self, states: &States) {
        let written = bytes::write(self.identity(), states).map_err(|reason| FileError {
            path: self.checkpoint.path.clone(),
            problem: FileProblem::Write(std::io::Error::other(reason)),
        });
        if let Err(error) = written.and_then(|bytes| self.checkpoint.write(&bytes)) {
            self.progress.checkpoint_failed(&error);
        }
    }
}

impl Networks {
    /// Whether the file must be written, after a network has left its state in this interval.
    fn is_due(&mut self, interval: u64, kept: &[AtomicU64]) -> bool {
        if interval <= self.written {
            return false;
        }
        let first = *self.due.get_or_insert(interval);
        let mut running = self.is_running.iter().zip(kept).filter(|(is_running, _)| **is_running);
        let all_have = running.all(|(_, kept)| kept.load(Ordering::Relaxed) >= first);
        let writes = all_have || first < interval;
        if writes {
            (self.due, self.written) = (None, interval);
        }
        writes
    }
}
