//! What a fit starts from.

use jiff::civil::Date;

use super::forecaster::Forecaster;
use super::initial_weights::InitialWeights;

/// Initial weights and input scales: those of another forecaster.
#[derive(Debug, Clone)]
pub struct Init {
    /// The forecaster, of the same shape and inputs as the configuration to fit.
    pub forecaster: Forecaster,
    /// Its entry in the card.
    pub start: InitialWeights,
}

impl Init {
    /// The last day that the weights depend on; none for pretrained networks.
    pub fn seen_until(&self) -> Option<Date> {
        self.forecaster.card.training.seen_until()
    }
}
