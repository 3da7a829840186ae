//! Where the weights of a network started.

use serde::{Deserialize, Serialize};

/// Where the weights of a network started.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InitialWeights {
    /// At random.
    #[default]
    Random,
    /// From the networks pretrained on simulated markets.
    #[serde(alias = "prior")]
    Pretrained,
    /// From another model, by its file's name.
    Model(String),
}
