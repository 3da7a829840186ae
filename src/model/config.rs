//! What the user may choose, and what a model file remembers.

use serde::{Deserialize, Serialize};

use crate::features::{Input, Target};
use crate::nn::{Loss, Shape};

/// What training makes small.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LossKind {
    /// Negative log-likelihood of a Student-t distribution.
    StudentT,
    /// Squared error.
    Mse,
}

impl LossKind {
    /// The loss itself.
    pub fn loss(self) -> Loss {
        match self {
            LossKind::StudentT => Loss::StudentT,
            LossKind::Mse => Loss::Mse,
        }
    }
}

/// Everything that decides a model, apart from the data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Config {
    /// Kind of cell: `lstm`.
    pub cell: String,
    /// Shape of the sequence job: `many-to-one`.
    pub topology: String,
    /// Inputs a day, in the network's order.
    pub inputs: Vec<Input>,
    /// What is forecast.
    pub target: Target,
    /// What training makes small.
    pub loss: LossKind,
    /// Days the network sees.
    pub window: usize,
    /// Days ahead.
    pub horizon: usize,
    /// Units a layer.
    pub hidden: usize,
    /// Layers.
    pub layers: usize,
    /// Networks whose quantiles are averaged.
    pub ensemble: usize,
    /// Most epochs.
    pub epochs: usize,
    /// Windows a step.
    pub batch_size: usize,
    /// Highest rate.
    pub learning_rate: f64,
    /// Epochs without a better validation loss before training stops; 0 never stops.
    pub patience: usize,
    /// Share of the windows, the last ones, that decides when training stops.
    pub valid_fraction: f64,
    /// Seed of everything random.
    pub seed: u64,
}

impl Config {
    /// The network's shape.
    pub fn shape(&self) -> Shape {
        Shape {
            inputs: self.inputs.len(),
            window: self.window,
            hidden: self.hidden,
            layers: self.layers,
            outputs: self.loss.loss().outputs(),
        }
    }

    /// Whether a file needs an open, a high and a low for it.
    pub fn needs_range(&self) -> bool {
        self.inputs.iter().any(|input| input.needs_range())
    }
}
