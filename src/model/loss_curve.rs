//! The losses of a network while it was trained.

use fourcast_nn::train::Epoch;

/// Which of the two fits of a training run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhichFit {
    /// That on the windows before the test.
    Test,
    /// That of the model.
    Final,
}

/// The losses of one network, one number per epoch.
#[derive(Debug, Clone, PartialEq)]
pub struct LossCurve {
    /// The fit.
    pub fit: WhichFit,
    /// The network of the ensemble, from 0.
    pub member: usize,
    /// Mean loss of the training windows, each in the step that trained on it.
    pub training: Vec<f64>,
    /// Mean loss after the epoch on windows that were not trained on: the validation windows, which decide when to
    /// stop; where there are none, in the test fit the test days, which decide nothing. Empty where neither was
    /// measured.
    pub unseen: Vec<f64>,
    /// The epoch whose weights were kept, from 1.
    pub kept: usize,
}

impl LossCurve {
    pub(super) fn new((fit, member): (WhichFit, usize), epochs: &[Epoch], kept: usize) -> LossCurve {
        let training = epochs.iter().map(|epoch| epoch.train_loss).collect();
        // A training run that was resumed may have measured them after a part of the epochs only.
        let unseen: Option<Vec<f64>> = epochs.iter().map(|epoch| epoch.valid_loss).collect();
        LossCurve { fit, member, training, unseen: unseen.unwrap_or_default(), kept }
    }
}
