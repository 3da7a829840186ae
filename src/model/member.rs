//! A network of an ensemble, and the fit that trains it.

use std::ops::ControlFlow;

use super::checkpoint::MemberState;
use super::config::Config;
use fourcast_nn::parameters::Parameters;
use fourcast_nn::train::{AfterEpoch, Diverged, Epoch, Outcome};

/// A trained network of an ensemble.
pub(super) struct Member {
    /// Its place in the ensemble, from 0.
    pub number: usize,
    pub weights: Parameters<f32>,
    pub outcome: Outcome,
    pub epochs: Vec<Epoch>,
}

/// What is called after an epoch, with all epochs up to it; a break ends the training.
pub(super) type Observe<'a> = dyn FnMut(&[Epoch], &AfterEpoch<'_, f32>) -> ControlFlow<()> + 'a;

/// One fit, as it trains the networks of its ensemble.
pub(super) trait TrainNetwork: Sync {
    /// Whether a network may stop before its last epoch because its validation loss no longer falls.
    fn may_stop_early(&self, config: &Config) -> bool;

    /// Windows that a network is trained on in an epoch.
    fn windows_of_epoch(&self) -> usize;

    /// Trains one network of the ensemble, given by its number, or continues it; `alone` on one thread.
    fn train(
        &self,
        config: &Config,
        network: (usize, Option<&MemberState>),
        alone: bool,
        observe: &mut Observe<'_>,
    ) -> Result<Member, Diverged>;

    /// The hash of all windows that are trained on or decide when to stop.
    fn windows_sha256(&self) -> String;

    /// The largest absolute value of the weights that networks start from, if it is far beyond those of a training run.
    fn huge_initial_weight(&self) -> Option<f32>;

    /// The hash of the weights that networks start from; empty where they are random.
    fn initial_weights(&self) -> String;
}
