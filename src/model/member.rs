//! A network of an ensemble, and the fit that trains it.

use std::ops::ControlFlow;

use super::checkpoint::MemberState;
use super::config::Config;
use fourcast_nn::parameters::Parameters;
use fourcast_nn::train::{AfterEpoch, Diverged, Epoch, Outcome};

/// A trained network of an ensemble.
pub(super) struct Member {
    /// The index in the ensemble, from 0.
    pub number: usize,
    pub weights: Parameters<f32>,
    pub outcome: Outcome,
    pub epochs: Vec<Epoch>,
}

/// The function called after an epoch, with all epochs up to it; a break ends the training.
pub(super) type Observe<'a> = dyn FnMut(&[Epoch], &AfterEpoch<'_, f32>) -> ControlFlow<()> + 'a;

/// A fit, as the trainer of the networks of its ensemble.
pub(super) trait TrainNetwork: Sync {
    /// Whether a network can stop before its last epoch because its validation loss no longer falls.
    fn may_stop_early(&self, config: &Config) -> bool;

    /// Returns the number of windows that a network is trained on per epoch.
    fn windows_of_epoch(&self) -> usize;

    /// Trains or continues one network of the ensemble, given by its number; `alone` on one thread.
    fn train(
        &self,
        config: &Config,
        network: (usize, Option<&MemberState>),
        alone: bool,
        observe: &mut Observe<'_>,
    ) -> Result<Member, Diverged>;

    /// Returns the hash of all windows that are used for training or decide when to stop.
    fn windows_sha256(&self) -> String;

    /// Returns the largest absolute value of the initial weights, if it is far beyond those of a training run.
    fn huge_initial_weight(&self) -> Option<f32>;

    /// Returns the hash of the initial weights; empty if they are random.
    fn initial_weights(&self) -> String;
}
