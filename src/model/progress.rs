//! The reports of a running fit, and how it is stopped.

use super::checkpoint::Checkpoint;
use fourcast_base::files::FileError;
use fourcast_nn::train::Epoch;

/// An observer of a fit. Members are trained in parallel, so calls come from several threads.
pub trait FitProgress: Sync {
    /// Called before the first epoch, with the networks of the test fit and of the final fit together, and the number
    /// of epochs over all of them. If networks `may_stop_early`, that number is an upper bound.
    fn start(&self, networks: usize, epochs: usize, may_stop_early: bool);
    /// Called before [`start`](FitProgress::start), for each network with the windows of an epoch and the maximum
    /// number of epochs.
    fn planned(&self, _windows_and_epochs: &[(usize, usize)]) {}
    /// Called after an epoch of a network. The networks of the test fit come first.
    fn epoch(&self, network: usize, epoch: &Epoch);
    /// Called after a network has ended, `saved` epochs before the maximum.
    fn done(&self, network: usize, saved: usize);
    /// Called after an epoch of a training run that is being stopped, with the total number of epochs over all
    /// networks.
    fn stopping(&self, _epochs: usize) {}
    /// Called after all networks.
    fn finish(&self);
    /// Whether training must end. Called after each epoch of each network.
    fn is_stopped(&self) -> bool {
        false
    }
    /// Returns where the state of the training is kept, if it is kept.
    fn checkpoint(&self) -> Option<&Checkpoint> {
        None
    }
    /// Called before the first epoch of a training run that is resumed, with the epochs in its checkpoint for each fit,
    /// summed over the networks of the fit; the fit of the model is the last. `None` if there is no checkpoint.
    fn resumed(&self, _epochs: Option<&[usize]>) {}
    /// Called after a checkpoint could not be written. The training continues.
    fn checkpoint_failed(&self, _error: &FileError) {}
}

/// An observer that ignores the progress of a fit.
pub struct SilentFit;

impl FitProgress for SilentFit {
    fn start(&self, _networks: usize, _epochs: usize, _may_stop_early: bool) {}
    fn epoch(&self, _network: usize, _epoch: &Epoch) {}
    fn done(&self, _network: usize, _saved: usize) {}
    fn finish(&self) {}
}
