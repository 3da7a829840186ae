//! The weights that a fit starts from.

use jiff::civil::Date;

use super::forecaster::Forecaster;
use super::initial_weights::InitialWeights;

/// Initial weights and input scales, taken from another forecaster.
#[derive(Debug, Clone)]
pub struct Init {
    /// The forecaster, of the same shape and inputs as the configuration to fit.
    pub forecaster: Forecaster,
    /// The entry in the card.
    pub init_from: InitialWeights,
}

impl Init {
    /// The last day that the weights depend on; `None` for pretrained networks.
    pub fn seen_until(&self) -> Option<Date> {
        self.forecaster.card.training.seen_until()
    }
}
