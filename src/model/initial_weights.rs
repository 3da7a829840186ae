//! The origin of a network's initial weights.

use serde::{Deserialize, Serialize};

/// The origin of a network's initial weights.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InitialWeights {
    /// Random numbers.
    #[default]
    Random,
    /// The networks pretrained on simulated markets.
    #[serde(alias = "prior")]
    Pretrained,
    /// Another model, by the name of its file.
    Model(String),
}
