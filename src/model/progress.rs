//! What a fit reports while it runs, and how it is stopped.

use super::checkpoint::Checkpoint;
use fourcast_base::files::FileError;
use fourcast_nn::train::Epoch;

/// Observer of a fit. Members are trained in parallel, so calls come from several threads.
pub trait FitProgress: Sync {
    /// Before the first epoch: the networks of the test fit and of the final fit, and how many epochs there will be
    /// over all of them. They are at most as many where networks `may_stop_early`.
    fn start(&self, networks: usize, epochs: usize, may_stop_early: bool);
    /// Before [`start`](FitProgress::start): of each network, the windows of an epoch and the epochs that it will run at most.
    fn planned(&self, _windows_and_epochs: &[(usize, usize)]) {}
    /// After an epoch of a network. The networks of the test fit come first.
    fn epoch(&self, network: usize, epoch: &Epoch);
    /// After a network, `saved` epochs before the maximum.
    fn done(&self, network: usize, saved: usize);
    /// After an epoch of a training run that is to end: how many epochs there will be over all networks.
    fn stopping(&self, _epochs: usize) {}
    /// After all networks.
    fn finish(&self);
    /// Whether training is to end: asked after each epoch of each network.
    fn is_stopped(&self) -> bool {
        false
    }
    /// Where the state of the training is kept, if it is.
    fn checkpoint(&self) -> Option<&Checkpoint> {
        None
    }
    /// Before the first epoch of a training run that is resumed: the epochs that its checkpoint has of each fit, that
    /// of the model last, over the networks of the fit; none where there is no checkpoint.
    fn resumed(&self, _epochs: Option<&[usize]>) {}
    /// After a checkpoint that could not be written. The training continues.
    fn checkpoint_failed(&self, _error: &FileError) {}
}

/// Ignores the progress of a fit.
pub struct SilentFit;

impl FitProgress for SilentFit {
    fn start(&self, _networks: usize, _epochs: usize, _may_stop_early: bool) {}
    fn epoch(&self, _network: usize, _epoch: &Epoch) {}
    fn done(&self, _network: usize, _saved: usize) {}
    fn finish(&self) {}
}
