//! The losses of a network during its training.

use fourcast_nn::train::Epoch;

/// One of the two fits of a training run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhichFit {
    /// The fit on the windows before the test.
    Test,
    /// The fit of the model.
    Final,
}

/// The losses of one network, one number per epoch.
#[derive(Debug, Clone, PartialEq)]
pub struct LossCurve {
    /// The fit.
    pub fit: WhichFit,
    /// The index of the network in the ensemble, from 0.
    pub member: usize,
    /// Mean loss of the training windows, each in the step that trained on it.
    pub training: Vec<f64>,
    /// Mean loss after each epoch on windows that are not used for training: the validation windows, which decide when
    /// to stop; without any, in the test fit, the test days, which do not affect the training. Empty if neither was
    /// measured.
    pub unseen: Vec<f64>,
    /// The epoch whose weights were kept, from 1.
    pub kept: usize,
}

impl LossCurve {
    pub(super) fn new((fit, member): (WhichFit, usize), epochs: &[Epoch], kept: usize) -> LossCurve {
        let training = epochs.iter().map(|epoch| epoch.train_loss).collect();
        // A training run that was resumed can have measured these losses after only some of the epochs.
        let unseen: Option<Vec<f64>> = epochs.iter().map(|epoch| epoch.valid_loss).collect();
        LossCurve { fit, member, training, unseen: unseen.unwrap_or_default(), kept }
    }
}
